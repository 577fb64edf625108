/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Notices and files.
 *
 *   notice:  one of the staff writes        another one approves            anybody who may write takes it off
 *            DRAFT ───────────────────────► PUBLISHED (kiosks are told) ──► WITHDRAWN (a tombstone, at once)
 *              └── nobody wants it ─────────────────────────────────────────►
 *
 *   file:    kept while a notice, an activity, a ticket or somebody (pin) uses it; public ones that are used are told to kiosks
 */
#ifndef PLATFORM_CONTENT_H
#define PLATFORM_CONTENT_H

#include "platform/data/db-content.h"
#include "platform/persons/taps.h"
#include "platform/platform.h"

/* ---- notices.c: each a transaction of its own; `by` ids of the register. False with PLATFORM_ERROR_STATE: who or what may not ---- */
/** `value` as kiosks will be told it (model/content.h), its files as an array of ids. Borrowed. */
bool notices_draft(struct platform *platform, json_t *value, const char *by, int64_t now_ms, GError **error);
bool notices_approve(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error);
bool notices_withdraw(struct platform *platform, const char *id, const char *by, const char *reason, int64_t now_ms, GError **error);
/** Still to come and those in force; `all`: and what was withdrawn. New reference. */
json_t *notices_list(struct platform *platform, bool all, GError **error);

/** How often each was opened, also what kiosks have of their own (NOTICE_OWN), most first: [{notice, value, n}], value "" of what is no notice. New reference. */
json_t *notices_counts(struct platform *platform, GError **error);

/** Events of kiosks. Inside a transaction; *code NULL: it is kept, else why it is rejected. */
#define NOTICE_READ_TYPE "notice.read"
bool notices_read(struct db *db, const char *kiosk, json_t *data, int64_t at_ms, const char **code, GError **error);

/* ---- files.c ---- */
#define FILES_DAY_MAX       200 /* of a kiosk in 24 hours; and so many tickets a day that are given one */
#define FILES_DAY_BYTES_MAX (64 * 1024 * 1024)
/**
 * Of a kiosk: {sha256, type, ticket, bytes} → {sha256, length, type, known, server_time}; new reference. NULL with `refusal`, status
 * 0: trouble, in `error`. What a kiosk sent already is `known`, and used by this ticket, too; what is public is refused.
 */
json_t *files_take(struct platform *platform, const char *kiosk, json_t *request, int64_t now_ms, struct tap_refusal *refusal,
                   GError **error);
/**
 * For `by` of the register (may be NULL: public ones only), inside a transaction; g_byte_array_unref. What a resident sent is for who
 * works on tickets of that kiosk and did not send it, and a row of the access log. NULL with PLATFORM_ERROR_STATE: there is none, or no.
 */
GByteArray *files_read(struct db *db, const char *id, const char *by, int64_t now_ms, GError **error);
/** Of the staff, for everybody: kept as long as it is pinned or used. Inside a transaction. */
bool files_add(struct db *db, const char *name, const void *bytes, size_t len, int64_t now_ms, char id[FILE_ID_SIZE], GError **error);
/** Inside a transaction: this public file is used by … from now on, and told to kiosks. False with PLATFORM_ERROR_STATE: there is none. */
bool files_use(struct db *db, const char *id, const char *what, const char *which, GError **error);
/** Inside a transaction: all that it used, not any more. */
bool files_unuse(struct db *db, const char *what, const char *which, GError **error);

#endif
