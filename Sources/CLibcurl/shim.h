// libcurl: HTTP requests out. Its option setters are variadic, which Swift cannot call: a typed shim for each kind.
#include <curl/curl.h>
