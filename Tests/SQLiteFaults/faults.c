// Passes everything on to the system's file system, but for what is to fail. A fault must come before anything is done.
#include "faults.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

struct faults {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    atomic_int kinds;
    atomic_int code;
    atomic_long after;
    atomic_long count;
};

typedef struct {
    sqlite3_file base;
    faults *faults;
    sqlite3_file *real;
} fault_file;

static int fault(fault_file *file, int kind) {
    faults *faults = file->faults;
    if (!(atomic_load(&faults->kinds) & kind)) return SQLITE_OK;
    if (atomic_fetch_sub(&faults->after, 1) > 0) return SQLITE_OK;
    atomic_fetch_add(&faults->count, 1);
    return atomic_load(&faults->code);
}

#define REAL(file) (((fault_file *)(file))->real)
#define FAIL(file, kind)                                  \
    do {                                                  \
        int code = fault((fault_file *)(file), (kind));   \
        if (code != SQLITE_OK) return code;               \
    } while (0)

static int file_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int file_read(sqlite3_file *f, void *to, int count, sqlite3_int64 at) {
    FAIL(f, FAULT_READ);
    return REAL(f)->pMethods->xRead(REAL(f), to, count, at);
}
static int file_write(sqlite3_file *f, const void *from, int count, sqlite3_int64 at) {
    FAIL(f, FAULT_WRITE);
    return REAL(f)->pMethods->xWrite(REAL(f), from, count, at);
}
static int file_truncate(sqlite3_file *f, sqlite3_int64 size) {
    FAIL(f, FAULT_TRUNCATE);
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}
static int file_sync(sqlite3_file *f, int flags) {
    FAIL(f, FAULT_SYNC);
    return REAL(f)->pMethods->xSync(REAL(f), flags);
}
static int file_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL(f)->pMethods->xFileSize(REAL(f), size); }
static int file_lock(sqlite3_file *f, int kind) { return REAL(f)->pMethods->xLock(REAL(f), kind); }
static int file_unlock(sqlite3_file *f, int kind) { return REAL(f)->pMethods->xUnlock(REAL(f), kind); }
static int file_check(sqlite3_file *f, int *is) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), is); }
static int file_control(sqlite3_file *f, int op, void *with) {
    return REAL(f)->pMethods->xFileControl(REAL(f), op, with);
}
static int file_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int file_traits(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **at) {
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, at);
}
static int file_shm_lock(sqlite3_file *f, int from, int count, int flags) {
    return REAL(f)->pMethods->xShmLock(REAL(f), from, count, flags);
}
static void file_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int file_shm_unmap(sqlite3_file *f, int delete) { return REAL(f)->pMethods->xShmUnmap(REAL(f), delete); }

static const sqlite3_io_methods methods = {
    2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock, file_check,
    file_control, file_sector, file_traits, file_shm_map, file_shm_lock, file_shm_barrier, file_shm_unmap, 0, 0};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out) {
    faults *all = (faults *)vfs->pAppData;
    fault_file *file = (fault_file *)f;
    file->faults = all;
    file->real = (sqlite3_file *)&file[1];
    int code = all->real->xOpen(all->real, name, file->real, flags, out);
    // What is not open has no methods.
    file->base.pMethods = file->real->pMethods ? &methods : 0;
    return code;
}

faults *faults_make(const char *name) {
    faults *all = calloc(1, sizeof(*all));
    all->real = sqlite3_vfs_find(0);
    all->vfs = *all->real;
    all->vfs.pNext = 0;
    all->vfs.zName = name;
    all->vfs.szOsFile = (int)sizeof(fault_file) + all->real->szOsFile;
    all->vfs.pAppData = all;
    all->vfs.xOpen = vfs_open;
    // The rest of the system's own functions finds what it needs in its own, which has to be `vfs` for them: they use
    // nothing of it but its limits, which are copied.
    sqlite3_vfs_register(&all->vfs, 0);
    return all;
}

void faults_set(faults *all, int kinds, int code, long after) {
    atomic_store(&all->kinds, 0);
    atomic_store(&all->code, code);
    atomic_store(&all->after, after);
    atomic_store(&all->kinds, kinds);
}

long faults_count(faults *all) { return atomic_load(&all->count); }
