// libuv: event loops, timers, signals and wake-ups across threads; and what Swift's view of the C library leaves out.
#include <uv.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __linux__
// glibc declares accept4 for _GNU_SOURCE only, which Swift's own view of glibc does not set.
int accept4(int, struct sockaddr *restrict, socklen_t *restrict, int);

// Takes a connection in that does not block and is not inherited: one system call instead of three.
static inline int fanfare_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#endif

// Asks the allocator to give the system back what is free, where it can be asked.
static inline void fanfare_return_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
