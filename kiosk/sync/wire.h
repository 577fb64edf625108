/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What both ends of the wire share: reading foreign JSON within limits, hex and base64, names of verdicts. Pure.
 * Everything that came over the network goes through wire_parse() first.
 */
#ifndef SYNC_WIRE_H
#define SYNC_WIRE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/store.h"

/** Nesting of objects and arrays that a message of ours may have; the deepest one has 6. */
#define WIRE_DEPTH_MAX 12
/** Bytes of one answer that a kiosk is ready to read. */
#define WIRE_ANSWER_BYTES_MAX (4u * 1024 * 1024)
/** Bytes of one request that the platform is ready to read. */
#define WIRE_REQUEST_BYTES_MAX (1024u * 1024)
/** The same once it is unpacked, and what one dead letter may carry. */
#define WIRE_UNZIPPED_BYTES_MAX (4u * 1024 * 1024)
#define WIRE_LETTER_BYTES_MAX   (256u * 1024)
/** No kiosk ever writes so many events: a number beyond it is nonsense, and sums of two are none. */
#define WIRE_SEQ_MAX (INT64_C(1) << 53)
/** One push: rows, and bytes of their bodies; one body. */
#define WIRE_PUSH_ROWS_MAX  500
#define WIRE_PUSH_BYTES_MAX (512u * 1024)
#define WIRE_BODY_BYTES_MAX (64u * 1024)
/** Items of one page of the feed. */
#define WIRE_FEED_LIMIT_MAX 500
#define WIRE_CURSOR_MAX     128
/** Seconds that a request for the feed may be kept waiting for news. */
#define WIRE_WAIT_S_MAX 30

#define SYNC_ERROR sync_error_quark()
GQuark sync_error_quark(void);
enum sync_error {
    SYNC_ERROR_TRANSPORT, /* no connection, cut, too slow */
    SYNC_ERROR_TLS,       /* certificate, version, name */
    SYNC_ERROR_STATUS,    /* an HTTP status other than the one expected */
    SYNC_ERROR_ANSWER,    /* not the JSON that the contract says */
    SYNC_ERROR_SIGNATURE, /* a signed list that is not by the key of our enrolment, or older than ours */
    SYNC_ERROR_FILE,      /* a file of the data folder */
    SYNC_ERROR_STOPPED,   /* sync_stop() was called */
    SYNC_ERROR_CRYPTO,
};

/**
 * Parse one JSON text of exactly `len` bytes whose top is an object: strict UTF-8, no duplicate keys, nesting at most
 * WIRE_DEPTH_MAX (checked before the parser runs, so that a deep text costs no stack). New reference or NULL.
 */
json_t *wire_parse(const char *bytes, size_t len, GError **error);

/** Members of an object; false when missing, of another type or outside the bounds. Strings are borrowed. */
bool wire_get_string(json_t *object, const char *key, size_t bytes_max, const char **out);
bool wire_get_int(json_t *object, const char *key, int64_t min, int64_t max, int64_t *out);
bool wire_get_bool(json_t *object, const char *key, bool *out);
/** Exactly `len` bytes of lower-case hex. */
bool wire_get_hex(json_t *object, const char *key, uint8_t *out, size_t len);

/** Lower-case hex; `out` needs 2·len + 1 bytes. Returns out. */
char *wire_hex(const uint8_t *bytes, size_t len, char *out);
/** Exactly 2·len lower-case hex digits, nothing else. */
bool wire_unhex(const char *text, uint8_t *out, size_t len);
/** Strict base64 of exactly `len` bytes. */
bool wire_unbase64(const char *text, uint8_t *out, size_t len);

/** "accepted", "duplicate", "conflict", "rejected", "retry". */
const char *wire_verdict_name(enum store_verdict verdict);
bool wire_verdict_parse(const char *name, enum store_verdict *out);

/** A wall time that a platform can lawfully tell: 2024 to 2099. Anything else would poison the time high mark for ever. */
bool wire_time_plausible(int64_t wall_ms);

#endif
