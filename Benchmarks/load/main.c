// Owns the load of a benchmark: opens streams, publishes events, and counts what comes back. It knows no server by name
// and looks into none: who runs it reads the server's figures between its steps. It must never report a run in which an
// event was lost, repeated or broken as one that went well.
//
//   load --port N --streams N --topics N --known N --messages N --publishers N --rate N --size N
//        --subscribe PATH --topic PARAMETER [--patterns N --pattern PARAMETER …] --publish PATH --body TEXT --type TEXT
//        --patience SECONDS [--http2 N [--stuck N]] [--tls 1 --stream-port N]
//
// `%d` stands for the number of a topic, and in --body `%s` for the event's data. One topic has many streams, or one
// stream has many topics: a stream has a topic if their numbers are the same modulo the smaller of the two counts. The first
// --patterns topics are asked for by patterns instead, of which each must match that one topic.
//
// Each stream has a connection of HTTP/1.1, or N share one of --http2; and on each of these there are --stuck more, whose
// windows stay closed, so that nothing comes on them. The streams go to --stream-port, if it is told, and over --tls;
// who publishes speaks HTTP/1.1 in clear to --port always, so that only streams differ.
//
// It goes in steps, says on standard output when one is over, and begins the next when it reads a line:
//   ready     it has done nothing yet
//   open      all streams are open
//   known     one event was published on each of the first --known topics, and has come wherever it should
//   {…}       --messages events were published, on the first --topics topics in turn, and have come: the figures
//
// It gives up when nothing came for --patience seconds. One thread and one epoll, so that it takes as little as it can
// of what it measures.

#include "load.h"

#include <getopt.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <time.h>

struct plan plan = {.streams = 1000, .topics = 1, .known = 1, .messages = 1000, .publishers = 1, .size = 128,
                    .patience = 10, .type = "text/plain"};

static int poller;
static void (*const readers[])(uint32_t number) = {read_connection, read_answer};

void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t clock_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t nanoseconds(void) { return clock_of(CLOCK_MONOTONIC); }

// What arrives at a descriptor goes to the reader of this kind.
void watch(int fd, uint32_t kind, uint32_t number) {
    struct epoll_event interest = {EPOLLIN, {.u64 = (uint64_t)kind << 32 | number}};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &interest)) fail("epoll: %s", strerror(errno));
}

// Writes a template with its `%d` and `%s` filled in; gives the number of bytes.
size_t fill(char *out, size_t room, const char *template, uint32_t number, const char *data) {
    size_t length = 0;
    for (; *template; template++) {
        if (room - length < MOST_SIZE) fail("a request is too long");
        if (template[0] != '%') out[length++] = *template;
        else if (*++template == 'd') length += sprintf(out + length, "%u", number);
        else length += sprintf(out + length, "%s", data);
    }
    return length;
}

// Waits for what arrives, at most so many nanoseconds, and has it read.
bool turn(uint64_t most) {
    struct epoll_event ready[512];
    struct timespec wait = {most / 1000000000, most % 1000000000};
    int count = epoll_pwait2(poller, ready, 512, &wait, NULL);
    if (count < 0) fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) readers[ready[i].data.u64 >> 32](ready[i].data.u64);
    return count > 0;
}

static void say(const char *step) {
    char line[16];
    printf("%s\n", step);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) exit(1);
}

static bool read_plan(int count, char **arguments) {
    const struct { const char *name; int *number; const char **text; } known[] = {
        {"port", &plan.port, 0}, {"streams", &plan.streams, 0}, {"topics", &plan.topics, 0},
        {"known", &plan.known, 0}, {"messages", &plan.messages, 0}, {"publishers", &plan.publishers, 0},
        {"size", &plan.size, 0}, {"patience", &plan.patience, 0}, {"patterns", &plan.patterns, 0},
        {"stream-port", &plan.stream_port, 0}, {"http2", &plan.http2, 0}, {"stuck", &plan.stuck, 0},
        {"tls", &plan.tls, 0},
        {"subscribe", 0, &plan.subscribe}, {"topic", 0, &plan.topic}, {"publish", 0, &plan.publish},
        {"body", 0, &plan.body}, {"type", 0, &plan.type}, {"rate", 0, 0}, {"pattern", 0, 0}};
    enum { COUNT = sizeof known / sizeof *known };
    struct option options[COUNT + 1] = {0};
    for (int i = 0; i < COUNT; i++) options[i] = (struct option){known[i].name, 1, 0, 0};
    for (int result, i; (result = getopt_long(count, arguments, "", options, &i)) >= 0;) {
        if (result) return false;
        if (known[i].number) *known[i].number = atoi(optarg);
        else if (known[i].text) *known[i].text = optarg;
        else if (!strcmp(known[i].name, "rate")) plan.rate = atof(optarg);
        else if (plan.pattern_count < MOST_PATTERNS) plan.pattern[plan.pattern_count++] = optarg;
        else return false;
    }
    if (!plan.subscribe || !plan.topic || !plan.publish || !plan.body || optind < count) return false;
    if (!plan.stream_port) plan.stream_port = plan.port;
    return plan.port > 0 && plan.http2 >= 0 && plan.stuck >= 0 && (plan.http2 || !plan.stuck) && plan.streams > 0 && plan.topics > 0 && plan.known >= plan.topics && plan.messages > 0 &&
           plan.publishers > 0 && plan.size >= STAMP && plan.size < MOST_SIZE / 2 &&
           (plan.patterns == 0 || plan.pattern_count > 0);
}

int main(int count, char **arguments) {
    if (!read_plan(count, arguments)) {
        fputs("load: the head of Benchmarks/load/main.c says what it must be told\n", stderr);
        return 2;
    }
    poller = epoll_create1(0);
    make_streams();
    say("ready");
    uint64_t begun = nanoseconds();
    open_streams();
    double opening = (nanoseconds() - begun) / 1e9;
    open_publishers();
    say("open");

    publish_events(0, plan.known, plan.known, 0, 0);
    check_streams();
    say("known");

    uint64_t earlier = received, used = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    measure_latencies(plan.known);
    begun = nanoseconds();
    publish_events(plan.known, plan.messages, plan.topics, plan.publishers, plan.rate);
    double elapsed = (last_arrival - begun) / 1e9, busy = (clock_of(CLOCK_PROCESS_CPUTIME_ID) - used) / 1e9;
    check_streams();
    sort_latencies();
    uint64_t delivered = received - earlier;
    printf("{\"published\": %d, \"delivered\": %lu, \"opening_s\": %.3f, \"elapsed_s\": %.4f, "
           "\"load_processor_s\": %.4f, \"deliveries_per_s\": %.0f, \"latency_p50_us\": %u, \"latency_p99_us\": %u, "
           "\"latency_max_us\": %u, \"stuck_resets\": %u}\n",
        plan.messages, delivered, opening, elapsed, busy, delivered / elapsed, latency(0.5), latency(0.99), latency(1),
        stuck_resets);
    return 0;
}
