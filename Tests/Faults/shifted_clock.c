// Shifts the clocks of a hub under test, on command. Preloaded (LD_PRELOAD) it stands before the C library's calls that
// tell the time of day, and adds what the test wants. Must never shift the clock that does not step back while a process
// runs: only another start of the machine does that.
//
// SHIFTED_CLOCK names a file of at least `sizeof(struct shift)` bytes, which is mapped and shared with the test
// (shifted_clock.py knows its layout). SHIFTED_BOOT, if given, names a file to be read in place of the system's name for
// the present start of the machine, as if it had been started anew; its uptime is then counted from there.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct shift {
    // Set by the test: seconds to add to the time of day, and to take off the uptime from a process's start on.
    _Atomic int64_t seconds, uptime;
    // Told to the test: how often the time of day was asked for.
    _Atomic int64_t asked;
};

static struct shift *shift;
static int64_t uptime;
static const char *boot;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHIFTED_CLOCK");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (fd < 0) return;
    void *memory = mmap(NULL, sizeof(struct shift), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory == MAP_FAILED) return;
    boot = getenv("SHIFTED_BOOT");
    uptime = atomic_load(&((struct shift *)memory)->uptime);
    shift = memory;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result != 0 || !shift) return result;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        now->tv_sec += atomic_load(&shift->seconds);
        atomic_fetch_add(&shift->asked, 1);
    } else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME) {
        now->tv_sec -= uptime;
    }
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *now) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    if (now) *now = time.tv_sec;
    return time.tv_sec;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (boot && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0) path = boot;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
