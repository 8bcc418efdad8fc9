// SQLite: a log in a file.
#include <sqlite3.h>

// The macro casts, which Swift cannot see.
static inline sqlite3_destructor_type fanfare_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// What sqlite3_config and its like take after their first argument varies in kind, which Swift cannot call.
static inline int fanfare_sqlite_keep_wal_on_close(sqlite3 *db, int on) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, (int *)0);
}
