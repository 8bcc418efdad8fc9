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
    int port, streams, topics, known, messages, publishers, size, patience, patterns, pattern_count;
    double rate;
    const char *subscribe, *topic, *pattern[MOST_PATTERNS], *publish, *body, *type;
};
extern struct plan plan;

// main.c
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t nanoseconds(void);
int dial(uint32_t kind, uint32_t number);
void send_request(int fd, const char *bytes, size_t count);
size_t fill(char *out, size_t room, const char *template, uint32_t number, const char *data);
bool turn(uint64_t most);

// streams.c
extern uint64_t received, last_arrival;
void make_streams(void);
void open_streams(void);
void read_stream(uint32_t number);
uint64_t expect(uint32_t event, uint32_t topic);
void check_streams(void);
void measure_latencies(uint32_t first_event);
void sort_latencies(void);
uint32_t latency(double part);

// publishers.c
void open_publishers(void);
void read_answer(uint32_t number);
void publish_events(uint32_t first, uint32_t count, uint32_t topics, int by_count, double per_second);
