// Owns the frames of HTTP/2 (RFC 9113), as far as streams that are asked for and then only read need them. It keeps all
// windows open, but those of streams that are asked to be stuck.

#include "load.h"

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };
enum { FRAME_HEAD = 9, LARGEST_WINDOW = INT32_MAX, FIRST_WINDOW = 65535 };

uint32_t stuck_resets;

static char *write_number(char *out, uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) *out++ = value >> (8 * i);
    return out;
}

static char *write_frame(char *out, uint32_t length, int type, int flags, uint32_t stream) {
    out = write_number(out, length, 3);
    *out++ = type;
    *out++ = flags;
    return write_number(out, stream, 4);
}

static char *write_window(char *out, uint32_t stream, uint32_t more) {
    return write_number(write_frame(out, 4, WINDOW_UPDATE, 0, stream), more, 4);
}

// A field whose name is in the static table, and is not to be put into the other (RFC 7541, section 6.2.2).
static char *write_field(char *out, unsigned name, const char *value) {
    size_t count = strlen(value), rest = count - 127;
    *out++ = name < 15 ? name : 15;
    if (name >= 15) *out++ = name - 15;
    *out++ = count < 127 ? count : 127;
    if (count >= 127) {
        for (; rest >= 128; rest >>= 7) *out++ = rest | 128;
        *out++ = rest;
    }
    return memcpy(out, value, count) + count;
}

// What a connection begins with: the preface, the settings, and a window that nothing ever fills.
char *write_preface(char *out) {
    out += sprintf(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    out = write_frame(out, 6, SETTINGS, 0, 0);
    out = write_number(out, 4, 2); // SETTINGS_INITIAL_WINDOW_SIZE
    out = write_number(out, plan.stuck ? 0 : LARGEST_WINDOW, 4);
    return write_window(out, 0, LARGEST_WINDOW - FIRST_WINDOW);
}

// Asks for a stream; the number is its place on its connection.
char *write_request(char *out, int number, const char *path) {
    enum { AUTHORITY = 1, PATH = 4, ACCEPT = 19 };
    char *head = out, host[32];
    uint32_t stream = 2 * number + 1;
    sprintf(host, "localhost:%d", plan.stream_port);
    out += FRAME_HEAD;
    *out++ = (char)0x82;                    // :method GET
    *out++ = (char)(plan.tls ? 0x87 : 0x86); // :scheme https, http
    out = write_field(out, PATH, path);
    out = write_field(out, AUTHORITY, host);
    out = write_field(out, ACCEPT, "text/event-stream");
    if (out - head - FRAME_HEAD > 16384) fail("a request is too long");
    write_frame(head, out - head - FRAME_HEAD, HEADERS, END_STREAM | END_HEADERS, stream);
    if (plan.stuck && number >= plan.stuck) out = write_window(out, stream, LARGEST_WINDOW);
    return out;
}

static uint32_t read_number(const char *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

// A frame other than DATA is there, with the first bytes of what it says.
static void handle(struct frames *frames, const struct wire *wire) {
    const char *said = frames->head + FRAME_HEAD;
    char answer[FRAME_HEAD + 8];
    int place = (frames->stream - 1) / 2;
    switch (frames->type) {
    case HEADERS:
        // `:status` comes first, and 200 is in the static table.
        if (said[0] != (char)0x88) fail("no stream was opened: its head begins with %#x", (unsigned char)said[0]);
        stream_opened(frames->first, place);
        break;
    case RST_STREAM:
        if (place >= plan.stuck) fail("stream %d was reset, code %u", place, read_number(said));
        stuck_resets++;
        break;
    case GOAWAY: fail("the server ends a connection, code %u", read_number(said + 4));
    case SETTINGS:
        if (!(frames->flags & ACK)) send_bytes(wire, answer, write_frame(answer, 0, SETTINGS, ACK, 0) - answer);
        break;
    case PING:
        memcpy(write_frame(answer, 8, PING, ACK, 0), said, 8);
        send_bytes(wire, answer, sizeof answer);
    }
}

// Reads bytes of a connection, cut anywhere.
void read_frames(struct frames *frames, const struct wire *wire, const char *at, const char *end, uint64_t now) {
    while (at < end) {
        if (frames->kept < FRAME_HEAD) {
            size_t some = end - at < FRAME_HEAD - frames->kept ? end - at : FRAME_HEAD - frames->kept;
            memcpy(frames->head + frames->kept, at, some);
            frames->kept += some;
            at += some;
            if (frames->kept < FRAME_HEAD) return;
            frames->left = read_number(frames->head) >> 8;
            frames->type = frames->head[3];
            frames->flags = frames->head[4];
            frames->stream = read_number(frames->head + 5) & INT32_MAX;
            if (frames->type == DATA) frames->taken += frames->left;
            if (frames->type <= HEADERS && frames->flags & PADDED) fail("a frame is padded, which nobody here expects");
        }
        size_t some = (size_t)(end - at) < frames->left ? (size_t)(end - at) : frames->left;
        if (frames->type == DATA) {
            read_events(frames->first, (frames->stream - 1) / 2, at, at + some, now);
        } else {
            size_t kept = sizeof frames->head - frames->kept;
            if (kept > some) kept = some;
            memcpy(frames->head + frames->kept, at, kept);
            frames->kept += kept;
        }
        at += some;
        frames->left -= some;
        if (frames->left) return;
        if (frames->type != DATA) handle(frames, wire);
        if (frames->type <= HEADERS && frames->flags & END_STREAM) fail("the server ended stream %u", frames->stream);
        frames->kept = 0;
        // Streams have two gigabytes each; those of a connection together may come to more.
        if (frames->taken > LARGEST_WINDOW / 2) {
            char window[FRAME_HEAD + 4];
            send_bytes(wire, window, write_window(window, 0, frames->taken) - window);
            frames->taken = 0;
        }
    }
}
