// Makes the disk fail, hang, or be cut off for a hub under test, on command. Preloaded (LD_PRELOAD) it stands before the
// C library's calls for files, and passes on to the kernel what is not to fail. Must never touch other files than the log
// and those beside it, nor pretend that something was written that was not.
//
// FAULTY_DISK names the log. FAULTY_DISK_CONTROL names a file of at least `sizeof(struct control)` bytes, which is mapped
// and shared with the test (faulty_disk.py knows its layout). FAULTY_DISK_JOURNAL, if given, names a directory: a file
// `journal` in it then gets a record of what each call is about to change and of each sync, so that the test can take
// back what was never synced, as a machine does that loses power (power.py).

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// As bits: calls, and files.
enum { READ = 1, WRITE = 2, SYNC = 4, TRUNCATE = 8, OPEN = 16 };
enum { LOG = 1, SIDE = 2, SHARED = 4, OTHER = 8, DIRECTORY = 16 };
enum action { FAIL = 1, FAIL_HALFWAY, KILL, KILL_HALFWAY, KILL_AFTERWARDS };

struct control {
    // Set by the test. A fault is for some calls on some files: so many of them go well before, and so many meet it.
    _Atomic uint32_t action, calls, files;
    _Atomic int32_t error;
    _Atomic int64_t after, times;
    // These calls take so many milliseconds more; below zero, until that is changed.
    _Atomic uint32_t slow_calls, slow_files;
    _Atomic int32_t slowness;
    // Syncs of these files say that they are done, and are not.
    _Atomic uint32_t unsynced_files;
    // Told to the test.
    _Atomic int32_t waiting;
    _Atomic int64_t met, syncs;
};

enum { FILES = 1 << 16 };
static struct control *control;
static char log_path[PATH_MAX], directory[PATH_MAX], journal_directory[PATH_MAX];
static _Atomic uint8_t kinds[FILES];
static int journal = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t sequence;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTY_DISK"), *shared = getenv("FAULTY_DISK_CONTROL");
    const char *journals = getenv("FAULTY_DISK_JOURNAL");
    int fd = path && shared ? (int)syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC, 0) : -1;
    if (fd < 0) return;
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (memory == MAP_FAILED) return;
    snprintf(log_path, sizeof log_path, "%s", path);
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (journals) {
        char name[PATH_MAX + 16];
        snprintf(journal_directory, sizeof journal_directory, "%s", journals);
        snprintf(name, sizeof name, "%s/journal", journals);
        journal = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        struct stat now;
        if (journal < 0 || fstat(journal, &now) != 0) abort();
        // Numbers go on after those of processes before, of which each has a record far longer than 1.
        sequence = (uint64_t)now.st_size;
    }
    control = memory;
}

static uint8_t kind_of(const char *path) {
    if (!control) return 0;
    size_t length = strlen(log_path);
    if (strncmp(path, log_path, length) == 0) {
        const char *end = path + length;
        if (!*end) return LOG;
        if (strcmp(end, "-wal") == 0) return SIDE;
        if (strcmp(end, "-shm") == 0) return SHARED;
        return *end == '-' ? OTHER : 0;
    }
    length = strlen(directory);
    if (strncmp(path, directory, length) == 0 && (!path[length] || strcmp(path + length, "/") == 0)) return DIRECTORY;
    return 0;
}

static uint8_t kind(int fd) { return fd >= 0 && fd < FILES ? atomic_load(&kinds[fd]) : 0; }

// Faults ---------------------------------------------------------------------------------------------------------------

// What is to become of a call: 0 if it is to go well.
static enum action fate(uint32_t call, uint8_t file) {
    if (!control || !file) return 0;
    if (call == SYNC) atomic_fetch_add(&control->syncs, 1);
    if ((atomic_load(&control->slow_calls) & call) && (atomic_load(&control->slow_files) & file)) {
        atomic_fetch_add(&control->waiting, 1);
        for (int passed = 0;; passed++) {
            int slowness = atomic_load(&control->slowness);
            if (slowness >= 0 && passed >= slowness) break;
            usleep(1000);
        }
        atomic_fetch_sub(&control->waiting, 1);
    }
    enum action action = atomic_load(&control->action);
    if (!action || !(atomic_load(&control->calls) & call) || !(atomic_load(&control->files) & file)) return 0;
    if (atomic_fetch_sub(&control->after, 1) > 0) return 0;
    if (atomic_fetch_sub(&control->times, 1) <= 0) return 0;
    atomic_fetch_add(&control->met, 1);
    if (action == KILL) kill(getpid(), SIGKILL);
    errno = atomic_load(&control->error);
    return action;
}

// The journal ----------------------------------------------------------------------------------------------------------

enum operation { WROTE = 1, CUT, SYNCED, MADE, REMOVED, RENAMED, NAMES_SYNCED, SYNC_FAILED };

// A record is followed by `length` bytes: what was there before, or names, each with a NUL at its end.
struct record {
    uint64_t operation, sequence, file;
    int64_t offset, size, old_size, length;
};

static void append(struct record record, const void *bytes) {
    record.sequence = ++sequence;
    // One write each: the record is whole, or the call that it is about was never made.
    size_t size = sizeof record + (size_t)record.length;
    char *whole = malloc(size);
    memcpy(whole, &record, sizeof record);
    if (record.length) memcpy(whole + sizeof record, bytes, (size_t)record.length);
    if (syscall(SYS_write, journal, whole, size) != (long)size) abort();
    free(whole);
}

static int is_recorded(uint8_t file) { return journal >= 0 && (file & (LOG | SIDE | OTHER)); }

// Records what is about to be lost of a file by a change of `size` bytes at `offset`, or by a cut there.
static void record_change(enum operation operation, int fd, int64_t offset, int64_t size) {
    struct stat now;
    if (fstat(fd, &now) != 0) abort();
    int64_t end = operation == CUT ? now.st_size : offset + size < now.st_size ? offset + size : now.st_size;
    int64_t length = end > offset ? end - offset : 0;
    char *bytes = malloc((size_t)length + 1);
    if (syscall(SYS_pread64, fd, bytes, (size_t)length, offset) != length) abort();
    append((struct record){operation, 0, now.st_ino, offset, size, now.st_size, length}, bytes);
    free(bytes);
}

static void record_names(enum operation operation, const char *old, const char *new, const char *grave) {
    char names[3 * PATH_MAX];
    int length = snprintf(names, sizeof names, "%s%c%s%c%s", old, 0, new, 0, grave) + 1;
    struct stat now;
    append((struct record){operation, 0, stat(old, &now) == 0 ? now.st_ino : 0, 0, 0, 0, length}, names);
}

// Keeps a file that is about to lose its name, under another one.
static void bury(const char *path, char *grave, size_t size) {
    grave[0] = 0;
    if (access(path, F_OK) != 0) return;
    snprintf(grave, size, "%s/%llu", journal_directory, (unsigned long long)sequence + 1);
    if (link(path, grave) != 0) abort();
}

// Calls ----------------------------------------------------------------------------------------------------------------

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    uint8_t file = kind_of(path);
    // What cannot be written to can be opened for reading.
    int is_reading = control && atomic_load(&control->error) == EROFS && (flags & O_ACCMODE) == O_RDONLY;
    enum action action = is_reading ? 0 : fate(OPEN, file);
    if (action == FAIL || action == FAIL_HALFWAY) return -1;
    int is_made = (flags & O_CREAT) && is_recorded(file);
    if (is_made) pthread_mutex_lock(&lock);
    is_made = is_made && access(path, F_OK) != 0 ? 2 : is_made;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    int error = errno;
    if (action) kill(getpid(), SIGKILL);
    if (is_made == 2 && fd >= 0) record_names(MADE, path, "", "");
    if (is_made) pthread_mutex_unlock(&lock);
    if (fd >= 0 && fd < FILES) atomic_store(&kinds[fd], file);
    errno = error;
    return fd;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int close(int fd) {
    if (fd >= 0 && fd < FILES) atomic_store(&kinds[fd], 0);
    return (int)syscall(SYS_close, fd);
}

ssize_t pread64(int fd, void *to, size_t count, off64_t offset) {
    return fate(READ, kind(fd)) == FAIL ? -1 : syscall(SYS_pread64, fd, to, count, offset);
}

ssize_t pread(int fd, void *to, size_t count, off_t offset) { return pread64(fd, to, count, offset); }

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t offset) {
    uint8_t file = kind(fd);
    enum action action = fate(WRITE, file);
    if (action == FAIL) return -1;
    int error = errno;
    int is_half = action == FAIL_HALFWAY || action == KILL_HALFWAY;
    if (is_recorded(file)) {
        pthread_mutex_lock(&lock);
        record_change(WROTE, fd, offset, (int64_t)count);
    }
    ssize_t written = syscall(SYS_pwrite64, fd, from, is_half ? count / 2 : count, offset);
    if (action == KILL_HALFWAY || action == KILL_AFTERWARDS) kill(getpid(), SIGKILL);
    if (is_recorded(file)) pthread_mutex_unlock(&lock);
    if (action == FAIL_HALFWAY) {
        errno = error;
        return -1;
    }
    return written;
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t offset) { return pwrite64(fd, from, count, offset); }

ssize_t write(int fd, const void *from, size_t count) {
    uint8_t file = kind(fd);
    // SQLite writes at the present place of a file only what is shared between processes, and lost with the machine.
    return fate(WRITE, file) == FAIL ? -1 : syscall(SYS_write, fd, from, count);
}

static int sync_file(int fd, long call) {
    uint8_t file = kind(fd);
    enum action action = fate(SYNC, file);
    int error = errno, is_failing = action == FAIL || action == FAIL_HALFWAY;
    if (control && !is_failing && (file & atomic_load(&control->unsynced_files))) return 0;
    if (journal < 0 || !(is_recorded(file) || file == DIRECTORY)) return is_failing ? -1 : (int)syscall(call, fd);
    // What is written while it runs may be left out.
    pthread_mutex_lock(&lock);
    int64_t through = (int64_t)sequence;
    pthread_mutex_unlock(&lock);
    int result = is_failing ? -1 : (int)syscall(call, fd);
    if (result == 0 && action) kill(getpid(), SIGKILL);
    struct stat now;
    fstat(fd, &now);
    // After a failure the system takes what it could not write for written: no later sync tries it again.
    enum operation operation = result != 0 ? SYNC_FAILED : file == DIRECTORY ? NAMES_SYNCED : SYNCED;
    pthread_mutex_lock(&lock);
    append((struct record){operation, 0, now.st_ino, through, 0, 0, 0}, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int ftruncate64(int fd, off64_t size) {
    uint8_t file = kind(fd);
    enum action action = fate(TRUNCATE, file);
    if (action == FAIL || action == FAIL_HALFWAY) return -1;
    if (is_recorded(file)) {
        pthread_mutex_lock(&lock);
        record_change(CUT, fd, size, 0);
    }
    int result = (int)syscall(SYS_ftruncate, fd, size);
    if (action) kill(getpid(), SIGKILL);
    if (is_recorded(file)) pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int unlink(const char *path) {
    if (!is_recorded(kind_of(path)) || access(path, F_OK) != 0) return (int)syscall(SYS_unlink, path);
    char grave[PATH_MAX + 32];
    pthread_mutex_lock(&lock);
    bury(path, grave, sizeof grave);
    record_names(REMOVED, path, "", grave);
    int result = (int)syscall(SYS_unlink, path);
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *old, const char *new) {
    if (!is_recorded(kind_of(old))) return (int)syscall(SYS_rename, old, new);
    char grave[PATH_MAX + 32];
    pthread_mutex_lock(&lock);
    bury(new, grave, sizeof grave);
    record_names(RENAMED, old, new, grave);
    int result = (int)syscall(SYS_rename, old, new);
    pthread_mutex_unlock(&lock);
    return result;
}
