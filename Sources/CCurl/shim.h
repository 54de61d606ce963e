// Typed faces of libcurl's variadic functions, one line each: Swift cannot call variadics.
#pragma once
#include <curl/curl.h>

static inline CURLcode sparc_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_off(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_data(CURL *h, CURLoption o, size_t (*v)(char *, size_t, size_t, void *)) { return curl_easy_setopt(h, o, v); }
static inline CURLcode sparc_curl_set_read(CURL *h, size_t (*v)(char *, size_t, size_t, void *)) { return curl_easy_setopt(h, CURLOPT_READFUNCTION, v); }
static inline CURLcode sparc_curl_set_seek(CURL *h, int (*v)(void *, curl_off_t, int)) { return curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, v); }
static inline CURLcode sparc_curl_set_opensocket(CURL *h, curl_socket_t (*v)(void *, curlsocktype, struct curl_sockaddr *)) { return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, v); }
static inline CURLcode sparc_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode sparc_curl_get_off(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode sparc_curl_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode sparc_curl_multi_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// The address bytes (4 or 16, network order) about to be connected to; 0 for another family.
static inline int sparc_curl_address(const struct curl_sockaddr *a, unsigned char *out) {
    if (a->family == AF_INET) { memcpy(out, &((const struct sockaddr_in *)&a->addr)->sin_addr, 4); return 4; }
    if (a->family == AF_INET6) { memcpy(out, &((const struct sockaddr_in6 *)&a->addr)->sin6_addr, 16); return 16; }
    return 0;
}
static inline curl_socket_t sparc_curl_socket(const struct curl_sockaddr *a) {
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static inline CURLcode sparc_curl_get_socket(CURL *h, curl_socket_t *v) { return curl_easy_getinfo(h, CURLINFO_ACTIVESOCKET, v); }
