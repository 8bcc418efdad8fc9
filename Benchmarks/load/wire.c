// Owns the bytes of a connection, in clear or over TLS: of the rest nobody knows which it is.

#include "load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static SSL_CTX *context;

// Whoever answers is taken for the server: it is on this machine, with a certificate of its own making.
static SSL *shake_hands(int fd) {
    // Names of protocols behind their lengths.
    static const unsigned char http1[] = "\x08http/1.1", http2[] = "\x02h2";
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        int failed = plan.http2 ? SSL_CTX_set_alpn_protos(context, http2, sizeof http2 - 1)
                                : SSL_CTX_set_alpn_protos(context, http1, sizeof http1 - 1);
        if (!context || failed) fail("TLS cannot be had");
    }
    SSL *tls = SSL_new(context);
    if (!tls || SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) fail("no TLS session came about");
    return tls;
}

// Connects to the server. What is sent waits for room, until `be_quick` is called.
struct wire dial(int port, bool over_tls) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0) fail("no socket: %s (raise the limit of open files with ulimit -n)", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Closed by a reset, so that the ports of thousands of streams are free again at once.
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    struct sockaddr_in server = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    if (connect(fd, (struct sockaddr *)&server, sizeof server)) fail("no connection: %s", strerror(errno));
    return (struct wire){fd, over_tls ? shake_hands(fd) : NULL};
}

// From now on nothing waits, and what arrives goes to the reader of this kind.
void be_quick(const struct wire *wire, uint32_t kind, uint32_t number) {
    fcntl(wire->fd, F_SETFL, O_NONBLOCK);
    watch(wire->fd, kind, number);
}

// There is always room for what is sent: a connection has one request on the way at a time, or says little.
void send_bytes(const struct wire *wire, const char *bytes, size_t count) {
    ssize_t sent = wire->tls ? SSL_write(wire->tls, bytes, count) : write(wire->fd, bytes, count);
    if (sent != (ssize_t)count) fail("a request was not sent: %s", sent < 0 ? strerror(errno) : "only a part of it");
}

// As read(2). Over TLS it gives a record at most, and there may be more.
ssize_t receive_bytes(const struct wire *wire, char *into, size_t room) {
    if (!wire->tls) return read(wire->fd, into, room);
    errno = 0;
    int count = SSL_read(wire->tls, into, room);
    if (count > 0) return count;
    int reason = SSL_get_error(wire->tls, count);
    if (reason == SSL_ERROR_WANT_READ) errno = EAGAIN;
    return reason == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

void hang_up(struct wire *wire) {
    SSL_free(wire->tls);
    close(wire->fd);
    *wire = (struct wire){-1, NULL};
}
