/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of volunteer credit at the platform share: a clock that can be moved, two kiosks, three people, two of the staff. */
#ifndef TEST_CREDIT_KIT_H
#define TEST_CREDIT_KIT_H

#include "kit.h"
#include "platform/credit/credit.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define STAFF  "0f0e0d0c0b0a09080706050403020100"
#define STRANGER "0f0e0d0c0b0a090807060504030201ff"
#define OTHER_STAFF "0f0e0d0c0b0a09080706050403020101"

extern int64_t credit_kit_shift_ms;

struct credit_kit {
    char *dir;
    struct platform *platform;
    struct pen pen, other;
    char adult[33], elder[33], student[33];
    struct credit_rules rules;
};

#define CREDIT_KIT_ADD(path, test) g_test_add(path, struct credit_kit, NULL, credit_kit_up, test, credit_kit_down)

void credit_kit_up(struct credit_kit *f, const void *data);
void credit_kit_books(struct credit_kit *f);
void credit_kit_down(struct credit_kit *f, const void *data);
void credit_kit_push(struct credit_kit *f, struct pen *pen, const char *type, const char *schema, json_t *data,
                 const char *verdict, const char *code);
void credit_kit_txn(struct credit_kit *f, struct pen *pen, const struct ledger_txn *txn, const char *code);
int64_t credit_kit_balance(struct credit_kit *f, const char *account, enum book book);
int64_t credit_kit_person(struct credit_kit *f, const char *token, enum book book);
struct ledger_txn credit_kit_make(enum ledger_type type, enum book book, enum owner_kind from, const char *from_owner,
                              enum owner_kind to, const char *to_owner, int64_t amount);
struct ledger_txn credit_kit_spend(const char *token, enum book book, const char *item, int64_t amount);
struct ledger_txn credit_kit_gift(const char *from, const char *to, int64_t minutes);
/** The version of the quota that this kiosk pulls, checked as it would check it; into `out`. */
int64_t credit_kit_quota(struct credit_kit *f, const char *kiosk, struct quota_set *out);

/** 64 of this digit: the secret of a session. Good until it is asked for again. */
const char *credit_kit_secret(char digit);
/** A session of this card at K0001, as after a tap that proved it; `staff` "" a resident's. Its secret. */
const char *credit_kit_session(struct credit_kit *f, const char *card, const char *staff, char digit);

#endif
