/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A file system for SQLite that stands before its own and hands everything through. Whoever counts, fails or remembers some of it
 * puts functions of its own in the place of these.
 */
#ifndef TEST_VFS_PASS_H
#define TEST_VFS_PASS_H

#include <sqlite3.h>
#include <stddef.h>

/** Begins each file of such a VFS; what the owner adds comes behind it. */
struct pass_file {
    sqlite3_file base;
    sqlite3_file *real; /* in the memory behind the owner's struct */
};

/** SQLite's own. */
sqlite3_vfs *pass_below(void);
/** Everything handed through. */
sqlite3_io_methods pass_methods(void);
/** The owner's struct has `size` bytes. As xOpen; the struct behind `pass_file` is zero then. */
int pass_open(const char *name, sqlite3_file *out, size_t size, const sqlite3_io_methods *methods, int flags, int *flags_out);
/** *vfs becomes a copy of SQLite's own for such files: to be changed, and registered. Once a process. */
void pass_prepare(sqlite3_vfs *vfs, const char *name, size_t size);

static inline sqlite3_file *pass_real(sqlite3_file *file)
{
    return ((struct pass_file *)file)->real;
}

#endif
