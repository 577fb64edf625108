/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hotlist's file: immutable, one a version, made by the platform or by the kiosk out of an older one and what came since.
 * Equal lists of one version are equal files, byte for byte.
 *
 *   header 128     magic "CCHOTL01" 8 │ version 8 │ issued ms 8 │ count 8 │ length of the file 8 │ digest of the list 32 │
 *                  bucket bits 4 │ rice 4 │ zero 16 │ SHA-256 of these 96 bytes 32
 *   directory      (2^bucket bits + 1) × 4: where each bucket begins, and where the last one ends
 *   buckets        model/hotlist.h
 *
 * Integers are big endian. A lookup reads eight bytes of the directory and one bucket: at most two and three pages of 4 KiB, nothing
 * is kept in memory and nothing is mapped, so that a failing disk is an error and not a signal. Each bucket has a checksum over
 * its version and number too: a page that was lost, torn or misplaced is found when it is asked, and costs one bucket.
 */
#ifndef STORE_HOTFILE_H
#define STORE_HOTFILE_H

#include "model/hotlist.h"

struct hotlist_head {
    int64_t version, issued_ms, count;
    uint8_t digest[32];
};

struct hotfile;
/** Header checked. Shared by counting: hotfile_unref() it. */
struct hotfile *hotfile_open(const char *path, GError **error);
/** The same of an open file, which it owns from now on, also when it fails. */
struct hotfile *hotfile_open_fd(int fd, const char *name, GError **error);
struct hotfile *hotfile_ref(struct hotfile *file);
void hotfile_unref(struct hotfile *file);
const struct hotlist_head *hotfile_head(const struct hotfile *file);

/** From any thread. DAMAGED: it cannot be told, with the error. */
enum hotlist_found hotfile_find(const struct hotfile *file, uint64_t mark, enum hotlist_reason *reason, GError **error);

/** All entries in rising order until `each` is false, which has set the error then. */
typedef bool (*hotfile_each_fn)(void *ctx, const struct hotlist_entry *entry, GError **error);
bool hotfile_each(const struct hotfile *file, hotfile_each_fn each, void *ctx, GError **error);
/** Read all of it: does it hold what its header says, count and digest? */
bool hotfile_verify(const struct hotfile *file, GError **error);

/** Entries one by one in rising order, at most one bucket in memory. */
struct hotfile_reader;
struct hotfile_reader *hotfile_reader_new(struct hotfile *file);
void hotfile_reader_free(struct hotfile_reader *reader);
/** 1 an entry, 0 the end, −1 error. */
int hotfile_reader_next(struct hotfile_reader *reader, struct hotlist_entry *entry, GError **error);

/** Writes a file beside its place: exactly head->count entries in rising order, whose digest must be head->digest. */
struct hotfile_writer;
struct hotfile_writer *hotfile_writer_new(const char *path, const struct hotlist_head *head, GError **error);
bool hotfile_writer_add(struct hotfile_writer *writer, uint64_t mark, uint8_t reason, GError **error);
/** In place and durable when true. Frees the writer in any case. */
bool hotfile_writer_finish(struct hotfile_writer *writer, GError **error);
void hotfile_writer_abandon(struct hotfile_writer *writer);

#endif
