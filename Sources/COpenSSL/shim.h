// OpenSSL: TLS, certificates and keys. Much of it is macros and variadic functions, which Swift cannot see: a typed shim
// for each that is needed.
#ifndef FANFARE_COPENSSL_SHIM_H
#define FANFARE_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Errors: a list of them, which each thread has for itself -------------------------------------------------------------

// Makes sure that what comes next is not blamed for what was before.
static inline void fanfare_forget_errors(void) {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

// Contexts ------------------------------------------------------------------------------------------------------------

static inline int fanfare_tls_begin_with_1_2(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) && SSL_CTX_set_max_proto_version(context, 0);
}

// What holds for servers: the server's order of ciphers counts, unless the client has no hardware for AES; nothing is
// compressed, and nothing is negotiated again.
static inline void fanfare_tls_set_server_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_RENEGOTIATION);
}

// What holds for sockets that do not block: a write takes what it can, may be repeated from another place, and memory is
// held only while bytes are in it. A read returns after each record that is not the application's, so that a peer that
// sends nothing else does not keep a thread for itself.
static inline void fanfare_tls_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
}

static inline int fanfare_tls_set_groups(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_groups_list(context, names);
}

static inline void fanfare_tls_keep_no_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// The context holds on to the certificate.
static inline int fanfare_tls_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

typedef int (*fanfare_tls_choose_by_name)(SSL *session, int *alert, void *owner);

static inline void fanfare_tls_on_server_name(SSL_CTX *context, fanfare_tls_choose_by_name choose, void *owner) {
    SSL_CTX_set_tlsext_servername_callback(context, choose);
    SSL_CTX_set_tlsext_servername_arg(context, owner);
}

// Tickets are authenticated by HMAC with SHA-256. The parameters point to their names, which Swift's strings are not
// there long enough for.
static inline int fanfare_tls_set_ticket_authentication(EVP_MAC_CTX *context, unsigned char *key, size_t size) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(context, parameters);
}

// Sessions ------------------------------------------------------------------------------------------------------------

static inline int fanfare_tls_ask_for_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

// Transports: what carries a session's bytes --------------------------------------------------------------------------

static inline void fanfare_bio_begin(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void fanfare_bio_await_bytes(BIO *bio) { BIO_set_retry_read(bio); }
static inline void fanfare_bio_await_room(BIO *bio) { BIO_set_retry_write(bio); }

// Keys ----------------------------------------------------------------------------------------------------------------

static inline EVP_PKEY *fanfare_make_p256_key(void) { return EVP_EC_gen("P-256"); }

// Makes a key of what was built, and frees the latter; a null if that is no key. Parameters point to their names, which
// Swift's strings are not there long enough for.
static inline EVP_PKEY *fanfare_finish_key(const char *type, OSSL_PARAM_BLD *parts, int is_whole, int has_private) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = is_whole ? OSSL_PARAM_BLD_to_param(parts) : NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    int selection = has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(parts);
    return key;
}

// A key of RSA: the modulus, the public exponent, and if it is private the private exponent, then two primes, their two
// exponents and the coefficient, as far as they are known.
static inline EVP_PKEY *fanfare_make_rsa_key(BIGNUM *const numbers[8]) {
    static const char *const names[8] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    int is_whole = parts != NULL;
    for (int index = 0; is_whole && index < 8; index++)
        if (numbers[index]) is_whole = OSSL_PARAM_BLD_push_BN(parts, names[index], numbers[index]);
    return fanfare_finish_key("RSA", parts, is_whole, numbers[2] != NULL);
}

// A key of an elliptic curve: its point, uncompressed, and its number if it is private.
static inline EVP_PKEY *fanfare_make_ec_key(const char *curve, const unsigned char *point, size_t size,
                                            const BIGNUM *number) {
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    int is_whole = parts && OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) &&
                   OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, size) &&
                   (!number || OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_PRIV_KEY, number));
    return fanfare_finish_key("EC", parts, is_whole, number != NULL);
}

// The two parameters of a public key's own that are numbers; whoever calls frees them.
static inline BIGNUM *fanfare_rsa_modulus(const EVP_PKEY *key) {
    BIGNUM *number = NULL;
    return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &number) == 1 ? number : NULL;
}
static inline BIGNUM *fanfare_rsa_exponent(const EVP_PKEY *key) {
    BIGNUM *number = NULL;
    return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &number) == 1 ? number : NULL;
}

static inline void fanfare_free(void *memory) { OPENSSL_free(memory); }
static inline void fanfare_clear_free(void *memory, size_t size) { OPENSSL_clear_free(memory, size); }

#endif
