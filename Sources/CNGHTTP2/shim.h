// nghttp2: frames, header compression and flow control of HTTP/2.
#include <nghttp2/nghttp2.h>
