// SQLite: a log in a file.
#include <sqlite3.h>

// The macro casts, which Swift cannot see.
static inline sqlite3_destructor_type fanfare_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// What sqlite3_config and its like take after their first argument varies in kind, which Swift cannot call.
static inline int fanfare_sqlite_keep_wal_on_close(sqlite3 *db, int on) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, (int *)0);
}

// Has the next checkpoint copy all of the side file anew. After a sync that failed nobody knows what of earlier copies is on
// the disk, and no later sync tells: the system takes what it could not write for written. How far copies have come is in
// the index of the side file, in shared memory (https://www.sqlite.org/walformat.html, 2.1), and a smaller number than the
// true one does no harm. A form of the index that is not known is left alone.
static inline int fanfare_sqlite_copy_anew(sqlite3 *db) {
    enum { checkpoint_lock = 1, region = 32768, version = 3007000, copied_frames = 96 / 4 };
    sqlite3_file *file = 0;
    volatile void *index = 0;
    int result = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (result != SQLITE_OK) return result;
    if (!file || !file->pMethods || file->pMethods->iVersion < 2) return SQLITE_NOTFOUND;
    result = file->pMethods->xShmMap(file, 0, region, 0, &index);
    volatile unsigned int *words = (volatile unsigned int *)index;
    if (result != SQLITE_OK || !words || words[0] != version) return result;
    result = file->pMethods->xShmLock(file, checkpoint_lock, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
    if (result != SQLITE_OK) return result;
    __atomic_store_n(&words[copied_frames], 0, __ATOMIC_SEQ_CST);
    file->pMethods->xShmLock(file, checkpoint_lock, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
    return result;
}
