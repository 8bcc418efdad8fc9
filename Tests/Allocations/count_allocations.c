// Counts the allocations of a process from within, for a test that reads the counts from outside. Preloaded
// (LD_PRELOAD) it stands before the C library's malloc and its kin, and calls them. Must never allocate itself, nor
// change what is allocated.
//
// ALLOCATION_COUNTS names a file of at least `sizeof(struct counts)` bytes, which is mapped and shared with the test
// (counted.py knows its layout). While the test has set `tracing`, each allocation's call stack is counted too.

#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEPTH = 30, STACKS = 4096 };

struct stack {
    _Atomic uint64_t count;
    uint64_t hash;
    uint64_t frames[DEPTH];
};

struct counts {
    _Atomic uint64_t allocations;
    _Atomic uint64_t bytes;
    _Atomic uint64_t tracing;
    atomic_flag lock;
    struct stack stacks[STACKS];
};

// The C library's own, by the names under which it exports them for this purpose.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static struct counts *counts;
// Finding out the call stack may allocate.
static _Thread_local int inside __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("ALLOCATION_COUNTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *memory = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) return;
    // The first call loads what it needs; later ones do not allocate.
    void *frame[1];
    backtrace(frame, 1);
    counts = memory;
}

static void trace(void) {
    void *frames[DEPTH + 2];
    int found = backtrace(frames, DEPTH + 2);
    uint64_t hash = 14695981039346656037u;
    for (int index = 2; index < found; index++) hash = (hash ^ (uintptr_t)frames[index]) * 1099511628211u;
    while (atomic_flag_test_and_set(&counts->lock)) {
    }
    for (uint64_t step = 0; step < STACKS; step++) {
        struct stack *stack = &counts->stacks[(hash + step) % STACKS];
        if (stack->count != 0 && stack->hash != hash) continue;
        if (stack->count == 0) {
            stack->hash = hash;
            for (int index = 2; index < found; index++) stack->frames[index - 2] = (uintptr_t)frames[index];
        }
        stack->count++;
        break;
    }
    atomic_flag_clear(&counts->lock);
}

static void count(size_t size) {
    if (!counts) return;
    atomic_fetch_add_explicit(&counts->allocations, 1, memory_order_seq_cst);
    atomic_fetch_add_explicit(&counts->bytes, size, memory_order_relaxed);
    if (atomic_load_explicit(&counts->tracing, memory_order_relaxed) && !inside) {
        inside = 1;
        trace();
        inside = 0;
    }
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    count(size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}
