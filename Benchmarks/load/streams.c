// Owns the streams of a load, and the count of what comes on them. On the way of an event to its count there are its
// share of one read and of one look at the clock, one search for a byte, and no memory that is asked for.

#include "load.h"

enum { MOST_OPENING = 128 };

struct stream {
    int fd;
    bool is_open;
    uint8_t kept;     // bytes of a stamp that a read had cut off
    char tail[STAMP];
    uint32_t count;   // of its events
    uint64_t sum;     // of their numbers, each mixed: it differs if one came twice and another not at all
};

// What each stream must have got; streams of the same topics must have got the same.
struct expectation {
    uint32_t count;
    uint64_t sum;
};

uint64_t received, last_arrival;

static struct stream *streams;
static int opened;
static struct expectation *expectations;
static uint32_t *latencies; // microseconds
static size_t latency_count, latency_room;
static uint32_t first_measured = UINT32_MAX;

static int groups(void) { return plan.streams < plan.topics ? plan.streams : plan.topics; }

static uint64_t mixed(uint64_t number) {
    number = (number + 1) * 0x9E3779B97F4A7C15;
    return (number ^ number >> 29) * 0xBF58476D1CE4E5B9;
}

void make_streams(void) {
    streams = calloc(plan.streams, sizeof *streams);
    expectations = calloc(groups(), sizeof *expectations);
    latency_room = (size_t)plan.messages * (plan.streams / groups() + 1);
    latencies = malloc(latency_room * sizeof *latencies);
    if (!streams || !expectations || !latencies) fail("there is not enough memory");
}

// MARK: Opening

static void open_stream(int number) {
    static char request[16 * MOST_SIZE];
    char *end = request + sprintf(request, "GET %s", plan.subscribe);
    for (int topic = number % groups(); topic < plan.topics; topic += plan.streams) {
        if (topic >= plan.streams) *end++ = '&';
        const char *parameter = topic < plan.patterns ? plan.pattern[topic % plan.pattern_count] : plan.topic;
        end += fill(end, request + sizeof request - end, parameter, topic, "");
    }
    end += sprintf(end, " HTTP/1.1\r\nHost: localhost:%d\r\nAccept: text/event-stream\r\n\r\n", plan.port);
    streams[number].fd = dial(0, number);
    send_request(streams[number].fd, request, end - request);
}

void open_streams(void) {
    int begun = 0;
    while (opened < plan.streams) {
        // Fewer on the way than the queue of any listener holds.
        while (begun < plan.streams && begun - opened < MOST_OPENING) open_stream(begun++);
        if (!turn(plan.patience * 1000000000ull)) fail("only %d of %d streams were opened", opened, plan.streams);
    }
}

// MARK: Counting

static uint64_t letters(const char *at, int count, unsigned *all) {
    uint64_t value = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned char)at[i] - (unsigned)'A';
        *all |= digit;
        value = value << 4 | (digit & 15);
    }
    return value;
}

static void count_event(struct stream *stream, const char *stamp, uint64_t now) {
    unsigned all = 0;
    uint32_t number = letters(stamp + 1, NUMBER_DIGITS, &all);
    uint64_t due = letters(stamp + 1 + NUMBER_DIGITS, CLOCK_DIGITS, &all);
    if (all > 15) fail("an event is broken: %.*s", STAMP, stamp);
    stream->count++;
    stream->sum += mixed(number);
    received++;
    if (number >= first_measured && latency_count < latency_room) latencies[latency_count++] = (now - due) / 1000;
}

void read_stream(uint32_t number) {
    // One read takes what a busy server joins into several writes.
    static char buffer[STAMP + (1 << 18)];
    struct stream *stream = &streams[number];
    memcpy(buffer, stream->tail, stream->kept);
    ssize_t count = read(stream->fd, buffer + stream->kept, sizeof buffer - STAMP);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) fail("stream %u ended: %s", number, count ? strerror(errno) : "the server closed it");
    const char *at = buffer, *end = buffer + stream->kept + count;
    stream->kept = 0;
    if (!stream->is_open) {
        // It is short, and comes in one piece from a server on the same machine.
        const char *head_end = memmem(at, end - at, "\r\n\r\n", 4);
        if (!head_end || memcmp(at, "HTTP/1.1 200", 12)) fail("no stream was opened: %.*s", (int)(end - at), at);
        stream->is_open = true;
        opened++;
        at = head_end + 4;
    }
    last_arrival = nanoseconds();
    while ((at = memchr(at, MARK, end - at))) {
        if (end - at < STAMP) {
            stream->kept = end - at;
            memcpy(stream->tail, at, stream->kept);
            return;
        }
        count_event(stream, at, last_arrival);
        at += STAMP;
    }
}

// MARK: Checking

// Notes an event that is published; gives the number of streams that it must come to.
uint64_t expect(uint32_t event, uint32_t topic) {
    if (topic >= (uint32_t)plan.topics) return 0;
    int group = topic % groups();
    expectations[group].count++;
    expectations[group].sum += mixed(event);
    return plan.streams / groups() + (group < plan.streams % groups());
}

// Each stream must have each of its events once. What comes too much is given a moment to come.
void check_streams(void) {
    while (turn(50000000)) {}
    for (int i = 0; i < plan.streams; i++) {
        struct expectation *wanted = &expectations[i % groups()];
        if (streams[i].count != wanted->count || streams[i].sum != wanted->sum)
            fail("stream %d got %u events; %u others were due", i, streams[i].count, wanted->count);
    }
}

// MARK: Latencies

void measure_latencies(uint32_t first_event) { first_measured = first_event; }

static int by_size(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void sort_latencies(void) { qsort(latencies, latency_count, sizeof *latencies, by_size); }

uint32_t latency(double part) { return latency_count ? latencies[(size_t)(part * (latency_count - 1))] : 0; }
