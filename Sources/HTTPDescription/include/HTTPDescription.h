// The description of the hub's HTTP API, embedded in the binary as it is.
#ifndef HTTP_DESCRIPTION_H
#define HTTP_DESCRIPTION_H

#include <stddef.h>

/// The bytes of openapi.json, which are constant.
extern const unsigned char *const http_description;
/// How many they are.
extern const size_t http_description_count;

#endif
