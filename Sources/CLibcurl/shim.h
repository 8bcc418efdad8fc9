// libcurl: HTTP requests out. Its option setters are variadic, which Swift cannot call: a typed shim for each kind.
#ifndef FANFARE_CLIBCURL_SHIM_H
#define FANFARE_CLIBCURL_SHIM_H

#include <curl/curl.h>

// What libcurl calls with received bytes, of the body or of one header line; it answers how many it took.
typedef size_t (*fanfare_curl_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode fanfare_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the string.
static inline CURLcode fanfare_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// The list must live until the transfer has ended.
static inline CURLcode fanfare_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode fanfare_curl_set_receive(CURL *easy, CURLoption option, fanfare_curl_receive value) {
    return curl_easy_setopt(easy, option, value);
}

// For the context pointers (CURLOPT_WRITEDATA, CURLOPT_HEADERDATA) and the buffer of CURLOPT_ERRORBUFFER.
static inline CURLcode fanfare_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the bytes, which may hold zeros: the size goes first.
static inline CURLcode fanfare_curl_set_body(CURL *easy, const void *bytes, curl_off_t count) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes) : code;
}

static inline CURLcode fanfare_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode fanfare_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

#endif
