// The least that a fan-out can be: one thread, one epoll, and the writes that nobody can do without. A yardstick and no
// server: it believes whatever it is told, keeps no history, and lets one full reader hold up all others.
//
//   least PORT each   writes each event to each of its streams at once
//   least PORT join   joins what one round of epoll brings: one write a round for each stream that is owed something
//
//   GET /7    opens a stream of topic 7
//   POST /7   publishes its body there

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_TOPICS = 1 << 17, MOST_READY = 512, READ = 1 << 17 };

// A topic's streams, and the frames that they are owed.
struct topic {
    int *streams, count, room;
    char *frames;
    size_t length, frames_room;
    bool is_due;
};

static struct topic topics[MOST_TOPICS];
static struct topic *due[MOST_READY];
static int due_count;

static void add_stream(struct topic *topic, int fd) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    if (topic->count == topic->room) {
        topic->room = topic->room ? 2 * topic->room : 1;
        topic->streams = realloc(topic->streams, topic->room * sizeof *topic->streams);
    }
    topic->streams[topic->count++] = fd;
    if (write(fd, head, sizeof head - 1) < 0) perror("least: head");
}

static void add_frame(struct topic *topic, const char *body, size_t length) {
    static unsigned position;
    size_t needed = topic->length + length + 64;
    if (needed > topic->frames_room) {
        topic->frames_room = 2 * needed;
        topic->frames = realloc(topic->frames, topic->frames_room);
    }
    char *end = topic->frames + topic->length;
    end += sprintf(end, "id: least0-%u\ndata: ", ++position);
    memcpy(end, body, length);
    memcpy(end + length, "\n\n", 2);
    topic->length = end + length + 2 - topic->frames;
}

static void fan_out(struct topic *topic) {
    for (int i = 0; i < topic->count; i++) {
        // The socket blocks, so that nothing is lost when it is full.
        if (write(topic->streams[i], topic->frames, topic->length) < 0) perror("least: write");
    }
    topic->length = 0;
    topic->is_due = false;
}

static void answer(int fd, char *request, size_t length, bool joins) {
    static const char accepted[] = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
    request[length] = 0;
    struct topic *topic = &topics[atoi(strchr(request, '/') + 1) % MOST_TOPICS];
    if (request[0] == 'G') {
        add_stream(topic, fd);
        return;
    }
    char *body = strstr(request, "\r\n\r\n") + 4;
    add_frame(topic, body, request + length - body);
    if (write(fd, accepted, sizeof accepted - 1) < 0) perror("least: answer");
    if (!joins) {
        fan_out(topic);
    } else if (!topic->is_due) {
        topic->is_due = true;
        due[due_count++] = topic;
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) {
        perror("least: listen");
        exit(1);
    }
    return fd;
}

int main(int count, char **arguments) {
    if (count != 3) return fputs("usage: least PORT each|join\n", stderr), 2;
    bool joins = !strcmp(arguments[2], "join");
    int listener = listen_on(atoi(arguments[1])), poller = epoll_create1(0), on = 1;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){EPOLLIN, {.fd = listener}});
    while (true) {
        static struct epoll_event ready[MOST_READY];
        int ready_count = epoll_wait(poller, ready, MOST_READY, -1);
        for (int i = 0; i < ready_count; i++) {
            static char request[READ + 1];
            int fd = ready[i].data.fd;
            if (fd == listener) {
                int accepted = accept(listener, NULL, NULL);
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                epoll_ctl(poller, EPOLL_CTL_ADD, accepted, &(struct epoll_event){EPOLLIN, {.fd = accepted}});
                continue;
            }
            ssize_t length = read(fd, request, READ);
            if (length > 0) answer(fd, request, length, joins);
            else close(fd); // the load ends all streams at once, and then it is over
        }
        for (int i = 0; i < due_count; i++) fan_out(due[i]);
        due_count = 0;
    }
}
