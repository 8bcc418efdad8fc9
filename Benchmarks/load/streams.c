// Owns the streams of a load, and the count of what comes on them. On the way of an event to its count there are its
// share of one read and of one look at the clock, one search for a byte, and no memory that is asked for.

#include "load.h"

enum { MOST_OPENING = 128 };

struct stream {
    bool is_open;
    uint8_t kept;     // bytes of a stamp that a read had cut off
    char tail[STAMP];
    uint32_t count;   // of its events
    uint64_t sum;     // of their numbers, each mixed: it differs if one came twice and another not at all
};

// What carries one stream of HTTP/1.1, or several of HTTP/2.
struct connection {
    struct wire wire;
    struct frames frames;
};

// What each stream must have got; streams of the same topics must have got the same.
struct expectation {
    uint32_t count;
    uint64_t sum;
};

uint64_t received, last_arrival;

static struct stream *streams;
static struct connection *connections;
static int opened;
static struct expectation *expectations;
static uint32_t *latencies; // microseconds
static size_t latency_count, latency_room;
static uint32_t first_measured = UINT32_MAX;

static int groups(void) { return plan.streams < plan.topics ? plan.streams : plan.topics; }

// Streams of a connection, but those that are stuck.
static int carried(void) { return plan.http2 ? plan.http2 : 1; }

static uint64_t mixed(uint64_t number) {
    number = (number + 1) * 0x9E3779B97F4A7C15;
    return (number ^ number >> 29) * 0xBF58476D1CE4E5B9;
}

void make_streams(void) {
    streams = calloc(plan.streams, sizeof *streams);
    connections = calloc((plan.streams - 1) / carried() + 1, sizeof *connections);
    expectations = calloc(groups(), sizeof *expectations);
    latency_room = (size_t)plan.messages * (plan.streams / groups() + 1);
    latencies = malloc(latency_room * sizeof *latencies);
    if (!streams || !connections || !expectations || !latencies) fail("there is not enough memory");
}

// MARK: Opening

static char *write_path(char *out, const char *end, int number) {
    out += sprintf(out, "%s", plan.subscribe);
    for (int topic = number % groups(); topic < plan.topics; topic += plan.streams) {
        if (topic >= plan.streams) *out++ = '&';
        const char *parameter = topic < plan.patterns ? plan.pattern[topic % plan.pattern_count] : plan.topic;
        out += fill(out, end - out, parameter, topic, "");
    }
    *out = 0;
    return out;
}

// Opens a connection with all its streams; gives the number of the next stream.
static int open_connection(int first) {
    static char path[16 * MOST_SIZE], request[32 * MOST_SIZE];
    struct connection *connection = &connections[first / carried()];
    char *end = request;
    int next = first + 1;
    connection->wire = dial(plan.stream_port, plan.tls);
    connection->frames.first = first;
    if (plan.http2) {
        end = write_preface(end);
        next = first + plan.http2 < plan.streams ? first + plan.http2 : plan.streams;
        for (int place = 0; place < next - first + plan.stuck; place++) {
            write_path(path, path + sizeof path, place < plan.stuck ? first : first + place - plan.stuck);
            if (request + sizeof request - end < MOST_SIZE) fail("requests are too long");
            end = write_request(end, place, path);
        }
    } else {
        end += sprintf(end, "GET ");
        end = write_path(end, request + sizeof request, first);
        end += sprintf(end, " HTTP/1.1\r\nHost: localhost:%d\r\nAccept: text/event-stream\r\n\r\n", plan.stream_port);
    }
    send_bytes(&connection->wire, request, end - request);
    be_quick(&connection->wire, 0, first / carried());
    return next;
}

void open_streams(void) {
    int begun = 0;
    while (opened < plan.streams) {
        // Fewer on the way than the queue of any listener holds.
        while (begun < plan.streams && begun - opened < MOST_OPENING) begun = open_connection(begun);
        if (!turn(plan.patience * 1000000000ull)) fail("only %d of %d streams were opened", opened, plan.streams);
    }
}

// A stream that is at this place of the connection which begins with the first one.
void stream_opened(int first, int place) {
    if (place < plan.stuck) return;
    struct stream *stream = &streams[first + place - plan.stuck];
    if (!stream->is_open) opened++;
    stream->is_open = true;
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

static void find_events(struct stream *stream, const char *at, const char *end, uint64_t now) {
    if (stream->kept) {
        size_t missing = STAMP - stream->kept, some = (size_t)(end - at) < missing ? (size_t)(end - at) : missing;
        memcpy(stream->tail + stream->kept, at, some);
        stream->kept += some;
        at += some;
        if (stream->kept < STAMP) return;
        stream->kept = 0;
        count_event(stream, stream->tail, now);
    }
    while ((at = memchr(at, MARK, end - at))) {
        if (end - at < STAMP) {
            stream->kept = end - at;
            memcpy(stream->tail, at, stream->kept);
            return;
        }
        count_event(stream, at, now);
        at += STAMP;
    }
}

void read_events(int first, int place, const char *at, const char *end, uint64_t now) {
    if (place < plan.stuck && at < end) fail("%zu bytes came through a window that is closed", end - at);
    if (place >= plan.stuck) find_events(&streams[first + place - plan.stuck], at, end, now);
}

void read_connection(uint32_t number) {
    // One read takes what a busy server joins into several writes.
    static char buffer[1 << 18];
    struct connection *connection = &connections[number];
    const struct wire *wire = &connection->wire;
    do {
        ssize_t count = receive_bytes(wire, buffer, sizeof buffer);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) fail("connection %u ended: %s", number, count ? strerror(errno) : "the server closed it");
        const char *at = buffer, *end = buffer + count;
        last_arrival = nanoseconds();
        if (plan.http2) {
            read_frames(&connection->frames, wire, at, end, last_arrival);
            continue;
        }
        struct stream *stream = &streams[number];
        if (!stream->is_open) {
            // It is short, and comes in one piece from a server on the same machine.
            const char *head_end = memmem(at, end - at, "\r\n\r\n", 4);
            if (!head_end || memcmp(at, "HTTP/1.1 200", 12)) fail("no stream was opened: %.*s", (int)(end - at), at);
            stream_opened(number, 0);
            at = head_end + 4;
        }
        find_events(stream, at, end, last_arrival);
    } while (wire->tls); // which may hold a record that the poller knows nothing of
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
