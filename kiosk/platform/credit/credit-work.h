/* SPDX-License-Identifier: Apache-2.0 */
/** One event of volunteer credit while it is judged: credit.c and its parts. */
#ifndef PLATFORM_CREDIT_WORK_H
#define PLATFORM_CREDIT_WORK_H

#include "platform/credit/credit.h"
#include "platform/staff.h"

#define HOLD_CLOCK_MS INT64_C(86400000) /* a kiosk's clock may be off by a day */

struct credit_work {
    struct db *db;
    const char *kiosk; /* NULL: by hand */
    int64_t epoch, seq, at_ms, now_ms; /* at_ms: when the kiosk wrote it */
    int64_t offset_ms; /* what it knew of its clock then */
    struct credit_rules rules;
    struct credit_rules_kept *kept; /* NULL: by hand */
    struct ledger_txn txn, original;
    struct ledger_hold hold;
    struct credit_facts facts;
    struct outcome *out;
    unsigned flags;
    int64_t missing; /* of a spend from a quota */
};

/** Put the verdict; true. */
bool credit_refuse_as(struct credit_work *work, enum store_verdict verdict, const char *code);
bool credit_refuse(struct credit_work *work, enum ledger_code code);

/** What this account could spend now, without its open holds but `except`. */
bool credit_spendable(struct credit_work *work, const struct account *of, enum book book, const char *except, int64_t *out,
                      GError **error);
/** Who answers for it (tokens or ids, "" none): see staff_judge(). `about`: a card token. */
bool credit_staff(struct credit_work *work, const char staff[2][33], size_t needed, enum staff_act act, const char *about,
                  enum ledger_code *out, GError **error);

/** Each takes an event's data; false is trouble of the database. */
bool credit_apply_hold(struct credit_work *work, json_t *data, GError **error);
struct attendance_row;
/** Kept, and told to kiosks. */
bool credit_attendance_put(struct db *db, const struct attendance_row *row, GError **error);
bool credit_apply_tap(struct credit_work *work, json_t *data, GError **error);
void credit_ask_tap(struct db *db, const char *kiosk, json_t *data);
bool credit_apply_close(struct credit_work *work, json_t *data, GError **error);

#endif
