/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Settlement files: what each biller and each merchant gets, told once.
 *
 *   posted entry ──► line, due ──settle──► line of file n, closed and signed ──settlement-paid (MONEY)──► bank:settlement
 *
 * A file takes everything that is due and was posted before its end, so that one that comes late for a period that is closed lies in
 * the next file, marked. Which line is in which file, its count and its sum are held by the tables (schema-settle.c); the bytes are
 * written again from them whenever the file is gone, and are compared with the digest that was signed.
 *
 * CSV by RFC 4180: CRLF, 13 fields in each line, the first one with their names.
 *
 *   H   number of the file, account, book, community, from, until (ms, the end is not in it), made, unit
 *   D   one line each: payment, reversal, correction, redemption; late 1: of a period that an earlier file has told
 *   T   count, sum, and SHA-256 of all bytes before this line
 *
 * Beside it NAME.json: {payload, signature, key_id}, Ed25519 by the platform's key over the payload's bytes (sync/signed.h).
 */
#ifndef PLATFORM_SETTLE_H
#define PLATFORM_SETTLE_H

#include "platform/data/db-settle.h"
#include "platform/platform.h"

#define SETTLE_DAY_MS INT64_C(86400000)

/** The next file of this party, of all that is due from before until_ms: *made false when there is nothing. A transaction of its own. */
bool settle_next(struct platform *platform, const struct settle_party *party, int64_t until_ms, int64_t now_ms, bool *made, GError **error);
/** Inside a transaction: the bytes of a file and its signed envelope, compared with what was signed; g_free both. */
bool settle_text(struct platform *platform, const struct settle_file *file, char **csv, char **envelope, GError **error);
/** Write every file of this party that DIR does not have, whole or not at all: how many. */
bool settle_write(struct platform *platform, const struct settle_party *party, const char *dir, int64_t *written, GError **error);
/** Inside a transaction: it was paid to the biller. */
bool settle_pay(struct platform *platform, const struct settle_party *party, int64_t n, const struct settle_payment *payment,
                GError **error);

#endif
