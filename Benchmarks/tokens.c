// Makes a key of P-256 and tokens that are signed with it, and measures what OpenSSL itself takes to verify them.
//
//     tokens COUNT KEY-FILE TOKEN-FILE
//
// The public key goes to KEY-FILE in PEM, the tokens to TOKEN-FILE, a line each. Prints the processor time of one
// verification in microseconds: the tokens' own bytes and signatures, by EVP_DigestVerify, with all that belongs to one.

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_VERIFIED = 5000, PART = 32 };

static void fail(const char *what) {
    fprintf(stderr, "tokens: %s\n", what);
    exit(1);
}

static size_t base64url(const unsigned char *bytes, size_t count, char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = 0;
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        for (size_t digit = 0; digit < (left > 2 ? 4 : left + 1); digit++)
            out[length++] = letters[group >> (18 - 6 * digit) & 63];
    }
    out[length] = 0;
    return length;
}

static double processor_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
    if (count != 4) fail("COUNT KEY-FILE TOKEN-FILE are wanted");
    long wanted = atol(arguments[1]);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    FILE *keys = fopen(arguments[2], "w"), *tokens = fopen(arguments[3], "w");
    if (!key || !sha256 || !keys || !tokens || !PEM_write_PUBKEY(keys, key) || fclose(keys)) fail("no key can be made");

    double used = 0;
    long verified = 0;
    for (long number = 0; number < wanted; number++) {
        char claims[256], text[1024];
        const char *header = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";
        int length = snprintf(
            claims, sizeof claims,
            "{\"sub\":\"user-%ld\",\"exp\":4102444800,\"fanfare\":{\"publish\":[\"bench/**\"],\"subscribe\":[\"users/{user}/**\"]}}",
            number);
        size_t signed_length = base64url((const unsigned char *)header, strlen(header), text);
        text[signed_length++] = '.';
        signed_length += base64url((const unsigned char *)claims, (size_t)length, text + signed_length);

        unsigned char der[80], raw[2 * PART];
        size_t der_length = sizeof der;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        if (!EVP_DigestSignInit(context, NULL, sha256, NULL, key) ||
            !EVP_DigestSign(context, der, &der_length, (unsigned char *)text, signed_length))
            fail("a token cannot be signed");
        EVP_MD_CTX_free(context);
        const unsigned char *next = der;
        ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &next, (long)der_length);
        BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, PART);
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + PART, PART);
        ECDSA_SIG_free(signature);

        if (verified < MOST_VERIFIED) {
            double before = processor_us();
            EVP_MD_CTX *other = EVP_MD_CTX_new();
            if (!EVP_DigestVerifyInit(other, NULL, sha256, NULL, key) ||
                EVP_DigestVerify(other, der, der_length, (unsigned char *)text, signed_length) != 1)
                fail("a token cannot be verified");
            EVP_MD_CTX_free(other);
            used += processor_us() - before;
            verified++;
        }
        char end[128];
        base64url(raw, sizeof raw, end);
        fprintf(tokens, "%.*s.%s\n", (int)signed_length, text, end);
    }
    if (fclose(tokens)) fail("the tokens cannot be written");
    printf("%.2f\n", used / (double)verified);
}
