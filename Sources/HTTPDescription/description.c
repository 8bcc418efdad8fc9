// The compiler brings the bytes of the file beside this one (C23, #embed).
#include "HTTPDescription.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi_json[] = {
#embed "openapi.json"
};

const unsigned char *const http_description = openapi_json;
const size_t http_description_count = sizeof openapi_json;
