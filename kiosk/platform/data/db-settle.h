/* SPDX-License-Identifier: Apache-2.0 */
/** What is owed to billers and merchants, line by line, and the files that tell them. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_SETTLE_H
#define PLATFORM_DB_SETTLE_H

#include <jansson.h>
#include "platform/data/db.h"

/** One side that is settled with: "payable:BILLER" of MONEY, "redeemed:ITEM" of POINTS, COIN or SUBSIDY. */
struct settle_party {
    char account[64], book[16];
};
struct settle_file {
    struct settle_party party;
    int64_t n, from_ms, until_ms; /* from 0: the first one */
    int64_t lines, late, amount, made_ms;
    uint8_t sha256[32]; /* of the CSV */
    char *payload, *signature; /* g_free: settle_file_clear() */
    char key_id[24];
};
void settle_file_clear(struct settle_file *file);

/** Those that have a line; `account` NULL: any. GArray of struct settle_party. */
GArray *db_settle_parties(struct db *db, const char *account, GError **error);
/** The number and the end of the newest file; 0 and 0 none. */
bool db_settle_last(struct db *db, const struct settle_party *party, int64_t *n, int64_t *until_ms, GError **error);
/** Open a file and put all lines that are in none and were posted before its end into it: how many. */
bool db_settle_open(struct db *db, const struct settle_file *file, int64_t *lines, GError **error);
bool db_settle_close(struct db *db, const struct settle_file *file, GError **error);
bool db_settle_find(struct db *db, const struct settle_party *party, int64_t n, struct settle_file *out, bool *found, GError **error);

struct settle_line {
    char txn[96], kind[16], payment[40], kiosk[32], bill[64], account_no[32], period[16];
    int64_t line, amount, posted_ms, taken_ms;
};
/** All of a file in the order they were posted. GArray of struct settle_line. */
GArray *db_settle_lines(struct db *db, const struct settle_party *party, int64_t n, GError **error);

struct settle_payment {
    const char *staff_a, *staff_b, *reason;
    int64_t paid_ms;
};
/** Move its sum from the biller's account to "bank:settlement". */
bool db_settle_pay(struct db *db, const struct settle_file *file, const struct settle_payment *payment, GError **error);
/** {"files": […], "due": […]}: all files with whether they are paid, and what no file has yet. New reference. */
json_t *db_settle_report(struct db *db, GError **error);

#endif
