// Owns the faults of a disk, on command. For tests only.
#pragma once

// What may fail.
enum {
    FAULT_WRITE = 1,
    FAULT_SYNC = 2,
    FAULT_TRUNCATE = 4,
    FAULT_READ = 8,
};

typedef struct faults faults;

// Makes a file system of SQLite's under a name that must stay valid. It does what the system's own does until it is told
// to fail. It is never freed.
faults *faults_make(const char *name);

// From now on, what is of these kinds fails with a code of SQLite's, after so many that do not; no kind ends it.
void faults_set(faults *faults, int kinds, int code, long after);

// How often something failed.
long faults_count(faults *faults);
