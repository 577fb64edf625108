/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SQLite's own file system with faults: the n-th write, sync or truncation of a database, its WAL or its sidecar fails, or there is no
 * more room. Everything else goes to the real one, and names of files must live as long as SQLite asks for. For one thread.
 */
#ifndef TEST_FAULTVFS_H
#define TEST_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

struct faults {
    int sync_fails_in, write_fails_in, truncate_fails_in; /* 1: the next one; 0: none */
    bool tail_unreadable; /* a sidecar's bytes cannot be read */
    bool index_full;      /* no room for more of a WAL's index than its first 4,062 pages */
    bool stuck;        /* once one has failed, every later sync, write and truncation fails too */
    bool limited;      /* `room` counts */
    int64_t room;      /* bytes that files may still grow; then SQLITE_FULL */
    const char *ballast; /* when this file is gone, its 16 MiB are room */
    int syncs, writes; /* seen so far */
    int failed;
};
extern struct faults faults;

/** Make it the default VFS; faults_clear() leaves it in place and harmless. */
void faults_install(void);
void faults_clear(void);

/** The kernel writes an open file to the medium, as it does after a while without being asked. */
void faults_write_back(const char *name);
/** Write what is on the medium of an open file, and nothing that was never flushed, to `to`; nothing when it is not open. */
void faults_medium(const char *name, const char *to);

#endif
