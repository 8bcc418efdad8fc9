// A client of TLS 1.3 that asks the other side to change its keys, over and over, and does not read the answers. Commands
// come on standard input, each a line of a letter and a number, and then so many bytes:
//
//   s N   sends the bytes
//   f N   sends them (or nothing), asks for other keys, and again, until the socket has taken nothing for a second; says so
//   r 0   reads from now on; what comes goes to standard output
//   p 0   reads no more
//
// Standard error tells "full", "end" and "cut": the socket is full, the end was said, the connection ended without a word.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static SSL *ssl;
// What is to be sent lies here, so that reading never has to wait for it.
static BIO *out, *in;
static char piece[1 << 16];

static void check(int is_good, const char *what) {
    if (is_good) return;
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

static void tell(const char *what) { check(write(2, what, strlen(what)) > 0, "telling"); }

// Sends what the socket takes. Tells whether all is sent.
static int send_some(void) {
    static char rest[1 << 16];
    static int from, to;
    for (;;) {
        if (from == to) {
            from = 0;
            to = BIO_read(out, rest, sizeof rest);
            if (to <= 0) {
                to = 0;
                return 1;
            }
        }
        ssize_t count = send(fd, rest + from, to - from, MSG_NOSIGNAL);
        if (count < 0) {
            check(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET, "sending");
            return 0;
        }
        from += count;
    }
}

// Waits until all is sent, for as long as the socket takes anything within a second.
static int send_all(void) {
    while (!send_some()) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, 1000) == 0) return 0;
        if (room.revents & (POLLERR | POLLHUP)) return 0;
    }
    return 1;
}

// Reads what is there; what it comes to goes to standard output.
static void receive(void) {
    ssize_t count = recv(fd, piece, sizeof piece, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        tell(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN ? "end\n" : "cut\n");
        exit(0);
    }
    check(BIO_write(in, piece, (int)count) == count, "taking bytes in");
    while ((count = SSL_read(ssl, piece, sizeof piece)) > 0) check(write(1, piece, count) == count, "printing");
}

static void fill(const char *bytes, int count) {
    do {
        if (count) check(SSL_write(ssl, bytes, count) == count, "writing");
        check(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1, "changing keys");
    } while (send_all());
    tell("full\n");
}

int main(int count, char **arguments) {
    check(count == 3, "two arguments: the port, and the protocol's name");
    fd = socket(AF_INET, SOCK_STREAM, 0);
    // What waits in the kernel is little, so that all is soon full.
    int size = 4096, more = 32768;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &more, sizeof more);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    unsigned char names[256];
    names[0] = strlen(arguments[2]);
    memcpy(names + 1, arguments[2], names[0]);
    SSL_CTX_set_alpn_protos(context, names, names[0] + 1);
    ssl = SSL_new(context);
    SSL_set_bio(ssl, in = BIO_new(BIO_s_mem()), out = BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    while (SSL_do_handshake(ssl) != 1) {
        send_all();
        struct pollfd bytes = {.fd = fd, .events = POLLIN};
        poll(&bytes, 1, -1);
        receive();
    }
    send_all();
    int reads = 0;
    for (;;) {
        struct pollfd watched[2] = {{.fd = 0, .events = POLLIN}, {.fd = fd, .events = reads ? POLLIN : 0}};
        if (reads && !send_some()) watched[1].events |= POLLOUT;
        check(poll(watched, 2, -1) > 0, "waiting");
        if (reads && watched[1].revents) receive();
        if (!watched[0].revents) continue;
        // A byte at a time: what follows the line is not to be taken with it.
        char line[32] = "";
        for (unsigned at = 0; at < sizeof line - 1; at++) {
            if (read(0, line + at, 1) != 1) exit(0);
            if (line[at] == '\n') break;
        }
        int wanted = atoi(line + 2), have = 0;
        char *bytes = malloc(wanted + 1);
        while (have < wanted) {
            ssize_t some = read(0, bytes + have, wanted - have);
            check(some > 0, "a command in full");
            have += some;
        }
        if (line[0] == 'r' || line[0] == 'p') reads = line[0] == 'r';
        if (line[0] == 's') {
            check(SSL_write(ssl, bytes, wanted) == wanted, "writing");
            send_some();
        }
        if (line[0] == 'f') fill(bytes, wanted);
        free(bytes);
    }
}
