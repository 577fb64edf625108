/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a hotlist is, at both ends of the wire and in its file. An entry is a mark, the first 64 bits of a card token
 * (HMAC-SHA-256, so each mark is as likely as any other), and a reason. A list of n entries meets a card that is not on it by
 * chance with n / 2⁶⁴: 5·10⁻¹³ for ten million.
 *
 * Golomb-Rice coding: S. W. Golomb, "Run-length encodings", IEEE Trans. IT-12 (1966); R. F. Rice, JPL Publication 79-22.
 */
#ifndef MODEL_HOTLIST_H
#define MODEL_HOTLIST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** In the order of how often they occur: the first costs one bit, the last seven. Stored in files: only ever add at the end. */
enum hotlist_reason {
    HOTLIST_LOST,
    HOTLIST_STOLEN,
    HOTLIST_SUSPENDED,
    HOTLIST_REPLACED,
    HOTLIST_EXPIRED,
    HOTLIST_FRAUD,
    HOTLIST_OTHER,
    HOTLIST_REASONS
};
/** "lost", "stolen", …; "other" for what is none. */
const char *hotlist_reason_name(int reason);
/** False for a name that is none of them. */
bool hotlist_reason_parse(const char *name, enum hotlist_reason *out);

struct hotlist_entry {
    uint64_t mark;
    uint8_t reason;
};

/** Entries that one list may have. */
#define HOTLIST_COUNT_MAX (INT64_C(1) << 28)
/** Digits of a mark. */
#define HOTLIST_MARK_DIGITS 16

/** The mark of a card token (32 lower-case hex digits); false when it is none. */
bool hotlist_mark_of_token(const char *token, uint64_t *mark);
/** Exactly 16 lower-case hex digits at `text` (no end is looked for). */
bool hotlist_mark_parse(const char *text, uint64_t *mark);
void hotlist_mark_format(uint64_t mark, char out[HOTLIST_MARK_DIGITS + 1]);

/**
 * The digest of a list: Σ SHA-256("SCH1" ‖ mark 8 ‖ reason 1) mod 2²⁵⁶, big endian. It does not depend on the order, so both ends
 * move it along with each change, and whoever has the whole list can compute it anew. An empty list has zero.
 */
void hotlist_digest_add(uint8_t digest[32], uint64_t mark, uint8_t reason);
/** Changes that were summed up elsewhere. */
void hotlist_digest_sum(uint8_t digest[32], const uint8_t changes[32]);
void hotlist_digest_remove(uint8_t digest[32], uint64_t mark, uint8_t reason);

/* ---- Buckets: how entries lie in the file ------------------------------------------------------------------------- */

/** Follows from the count alone, so that equal lists make equal files. */
struct hotlist_shape {
    unsigned bucket_bits; /* the top bits of a mark choose its bucket: 64 to 127 entries each */
    unsigned rice;        /* low bits of a gap that are written as they are */
};
struct hotlist_shape hotlist_shape_of(int64_t count);
static inline uint64_t hotlist_bucket_of(struct hotlist_shape shape, uint64_t mark)
{
    return shape.bucket_bits == 0 ? 0 : mark >> (64 - shape.bucket_bits);
}

/** Bytes of one bucket: some six times the mean. Random marks never come near it. */
#define HOTLIST_BUCKET_BYTES_MAX 8192
/** Entries that can lie in so many bytes: an entry takes three bits at least. */
#define HOTLIST_BUCKET_ENTRIES_MAX (HOTLIST_BUCKET_BYTES_MAX * 8 / 3)
/** A bucket without entries is its checksum alone. */
#define HOTLIST_BUCKET_BYTES_MIN 4

/**
 * A bucket: checksum 4 (SHA-256 of version 8 ‖ number 8 ‖ rest, cut), then bits from the top of each byte: for each entry in
 * rising order the gap to the one before (from the bucket's first value on; later gaps are at least 1, which is taken off) as
 * quotient in ones, a zero, `rice` low bits; then `reason` ones and a zero. The last byte is filled with ones, which is no entry.
 * Bytes written; 0 when they do not fit into `size` or the marks do not rise or are of another bucket.
 */
size_t hotlist_bucket_write(struct hotlist_shape shape, int64_t version, uint64_t number,
                            const struct hotlist_entry *entries, size_t count, uint8_t *out, size_t size);

enum hotlist_found { HOTLIST_ABSENT, HOTLIST_LISTED, HOTLIST_DAMAGED };
/** Look for a mark in its bucket. *reason is set when LISTED. */
enum hotlist_found hotlist_bucket_find(struct hotlist_shape shape, int64_t version, uint64_t mark, const uint8_t *bytes,
                                       size_t len, enum hotlist_reason *reason);
/** All entries of a bucket, at most HOTLIST_BUCKET_ENTRIES_MAX; −1 damaged. */
int hotlist_bucket_read(struct hotlist_shape shape, int64_t version, uint64_t number, const uint8_t *bytes, size_t len,
                        struct hotlist_entry *out);

#endif
