// What the parts of the load generator share. There is one run in the process, so its state is global.

#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    // What the data of each event begins with: a mark that stands nowhere else, the event's number and when it was due,
    // in digits of base 16 that are the letters A to P. Events are found by a search for the one byte.
    MARK = '!',
    NUMBER_DIGITS = 8,
    CLOCK_DIGITS = 16,
    STAMP = 1 + NUMBER_DIGITS + CLOCK_DIGITS,
    MOST_SIZE = 1 << 15,
    MOST_PATTERNS = 8,
};

// What was asked for; main.c says what each means.
struct plan {
    int port, stream_port, streams, topics, known, messages, publishers, size, patience, patterns, pattern_count;
    int http2, stuck, tls;
    double rate;
    const char *subscribe, *topic, *pattern[MOST_PATTERNS], *publish, *body, *type;
};
extern struct plan plan;

// A connection; `tls` is nil in clear.
struct wire {
    int fd;
    struct ssl_st *tls;
};

// Where the reading of a connection of HTTP/2 stands.
struct frames {
    int first;             // of the load's streams, the first that it carries
    uint32_t left, stream; // of the frame: how much of it is to come, and whose it is
    uint32_t taken;        // bytes of data since the window was last opened
    uint8_t type, flags, kept;
    char head[9 + 8];      // its head, and of all but DATA the first bytes behind it
};

// main.c
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t nanoseconds(void);
void watch(int fd, uint32_t kind, uint32_t number);
size_t fill(char *out, size_t room, const char *template, uint32_t number, const char *data);
bool turn(uint64_t most);

// wire.c
struct wire dial(int port, bool over_tls);
void be_quick(const struct wire *wire, uint32_t kind, uint32_t number);
void send_bytes(const struct wire *wire, const char *bytes, size_t count);
ssize_t receive_bytes(const struct wire *wire, char *into, size_t room);
void hang_up(struct wire *wire);

// http2.c
extern uint32_t stuck_resets;
char *write_preface(char *out);
char *write_request(char *out, int number, const char *path);
void read_frames(struct frames *frames, const struct wire *wire, const char *at, const char *end, uint64_t now);

// streams.c
extern uint64_t received, last_arrival;
void make_streams(void);
void open_streams(void);
void stream_opened(int first, int place);
void read_events(int first, int place, const char *at, const char *end, uint64_t now);
void read_connection(uint32_t number);
uint64_t expect(uint32_t event, uint32_t topic);
void check_streams(void);
void measure_latencies(uint32_t first_event);
void sort_latencies(void);
uint32_t latency(double part);

// publishers.c
void open_publishers(void);
void read_answer(uint32_t number);
void publish_events(uint32_t first, uint32_t count, uint32_t topics, int by_count, double per_second);
