/* SPDX-License-Identifier: Apache-2.0 */
/** The books within this folder: on any connection, with the store's lock held. */
#ifndef STORE_LEDGER_INTERNAL_H
#define STORE_LEDGER_INTERNAL_H

#include "store/internal.h"
#include "store/ledger.h"

#define LEDGER_PARTS 6
extern const struct projection_part ledger_parts[LEDGER_PARTS];

/* ledger.c: the projection. */
bool ledger_create(struct sql *sql, GError **error);
/** Is this type the books' to apply? */
bool ledger_event(const char *type);
bool ledger_apply(struct sql *sql, int64_t seq, const char *type, json_t *data, bool replay, GError **error);
bool ledger_txn_load(struct sql *sql, const char *id, struct ledger_txn *out, bool *found, GError **error);
bool ledger_hold_load(struct sql *sql, const char *id, struct ledger_hold *out, bool *found, GError **error);
bool ledger_attendance_load(struct sql *sql, const char *id, struct store_attendance *out, bool *found, GError **error);
/** id, slot, token, slot_start_ms, slot_end_ms, in_ms, out_ms, state. */
bool ledger_attendance_take(sqlite3_stmt *row, struct store_attendance *out);
/** What is bought: the owner of the account redeemed:ITEM, "" none. */
const char *ledger_item(const struct ledger_txn *txn);

/* quota.c */
bool ledger_quota_apply(struct sql *sql, int64_t seq, json_t *data, GError **error);
bool ledger_quota_ask(struct sql *sql, const char *token, enum book book, const char *item, int64_t amount,
                      int64_t now_ms, enum ledger_code *out, int64_t *version, GError **error);

/* credit.c: topics of the feed. A reason to set the item aside, or NULL: kept, unless `error` is set. */
bool credit_topic(const char *topic);
const char *credit_item_apply(struct store *store, json_t *item, GError **error);

/* staff.c: likewise; `value` NULL: taken away. */
const char *staff_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error);
const char *file_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error); /* files.c */
const char *post_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error);

const char *volunteer_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error); /* volunteers.c */

/* seats.c: likewise. */
const char *activity_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error);
const char *seat_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error);

#endif
