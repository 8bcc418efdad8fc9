// Owns the connections of a load that publish, with one request on the way each, and the pace of publishing. However
// few of them are measured, there are enough to make 100,000 topics known soon.

#include "load.h"

enum { SECOND = 1000000000, LEAST = 32 };

struct publisher {
    struct wire wire;
    bool is_open, is_waiting;
    size_t length;
    char answer[4096];
};

static struct publisher *publishers;
static int publisher_count;
static uint64_t acknowledged;

static void open_publisher(int number) {
    publishers[number].wire = dial(plan.port, false);
    be_quick(&publishers[number].wire, 1, number);
    publishers[number].is_open = true;
    publishers[number].length = 0;
}

void open_publishers(void) {
    publisher_count = plan.publishers < LEAST ? LEAST : plan.publishers;
    publishers = calloc(publisher_count, sizeof *publishers);
    if (!publishers) fail("there is not enough memory");
    for (int i = 0; i < plan.publishers; i++) open_publisher(i);
}

static char *write_letters(char *out, uint64_t value, int count) {
    for (int i = count - 1; i >= 0; i--) *out++ = 'A' + (value >> (4 * i) & 15);
    return out;
}

static void publish(struct publisher *by, uint32_t event, uint32_t topic, uint64_t due) {
    static char data[MOST_SIZE], body[4 * MOST_SIZE], request[8 * MOST_SIZE];
    char *end = data;
    *end++ = MARK;
    end = write_letters(end, event, NUMBER_DIGITS);
    end = write_letters(end, due, CLOCK_DIGITS);
    memset(end, 'x', data + plan.size - end);
    size_t size = fill(body, sizeof body, plan.body, topic, data);

    end = request + sprintf(request, "POST ");
    end += fill(end, 2 * MOST_SIZE, plan.publish, topic, "");
    end += sprintf(end, " HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", plan.port,
        plan.type, size);
    memcpy(end, body, size);
    // Servers close connections that were not used for long, and not all are opened before they are needed.
    if (!by->is_open) open_publisher(by - publishers);
    by->is_waiting = true;
    send_bytes(&by->wire, request, end + size - request);
}

void read_answer(uint32_t number) {
    struct publisher *by = &publishers[number];
    ssize_t count = receive_bytes(&by->wire, by->answer + by->length, sizeof by->answer - 1 - by->length);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0 && !by->is_waiting) {
        hang_up(&by->wire);
        by->is_open = false;
        return;
    }
    if (count <= 0) fail("a publish got no answer: %s", count ? strerror(errno) : "the server closed the connection");
    by->length += count;
    by->answer[by->length] = 0;
    const char *head_end = strstr(by->answer, "\r\n\r\n");
    if (!head_end) return;
    if (memcmp(by->answer, "HTTP/1.1 2", 10)) fail("not published: %s", by->answer);
    const char *field = strcasestr(by->answer, "\nContent-Length:");
    if (!field || field > head_end) fail("an answer does not say how long it is: %s", by->answer);
    size_t length = head_end + 4 - by->answer + strtoul(field + strlen("\nContent-Length:"), NULL, 10);
    if (by->length < length) return;
    if (by->length > length || !by->is_waiting) fail("an answer that nobody asked for: %s", by->answer);
    by->is_waiting = false;
    by->length = 0;
    acknowledged++;
}

// Publishes events on so many topics in turn, as fast as they are answered or at a rate, and waits until all are
// answered and all have come. Of the publishers only so many are used, or all there are for 0.
void publish_events(uint32_t first, uint32_t count, uint32_t topics, int by_count, double per_second) {
    if (by_count == 0) by_count = publisher_count;
    uint64_t begun = nanoseconds(), before = received, wanted = 0, progress = 0, progressed = begun;
    uint32_t sent = 0;
    int next = 0;
    acknowledged = 0;
    while (sent < count || acknowledged < count || received - before < wanted) {
        uint64_t wait = SECOND;
        for (int tries = 0; tries < by_count && sent < count; tries++) {
            struct publisher *by = &publishers[next];
            // The connections take turns, so that none goes unused for long.
            next = (next + 1) % by_count;
            if (by->is_waiting) continue;
            // An event counts from when it was due: a server that falls behind cannot hide it.
            uint64_t now = nanoseconds(), due = per_second > 0 ? begun + (uint64_t)(sent * 1e9 / per_second) : now;
            if (due > now) {
                wait = due - now;
                break;
            }
            wanted += expect(first + sent, sent % topics);
            publish(by, first + sent, sent % topics, due);
            sent++;
        }
        turn(wait);
        uint64_t now = nanoseconds();
        if (received + acknowledged + sent != progress) {
            progress = received + acknowledged + sent;
            progressed = now;
        } else if (now - progressed > (uint64_t)plan.patience * SECOND) {
            fail("of %u publishes %lu were answered, and %lu of %lu deliveries came; then nothing for %d s", count,
                acknowledged, received - before, wanted, plan.patience);
        }
    }
}
