/* SPDX-License-Identifier: Apache-2.0 */
/** Facts of the books and loads, filled and not written yet, for the tests of the store. */
#ifndef TEST_STORE_BOOKKIT_H
#define TEST_STORE_BOOKKIT_H

#include "fixture.h"
#include "store/ledger.h"

#define ALICE  TOKEN
#define MINUTE INT64_C(60000)

void txn_begin(struct ledger_txn *txn, enum ledger_type type);
/** So many points of this card for an item; quota 0: of none. */
void spend_make(struct ledger_txn *txn, const char *token, const char *item, int64_t points, int64_t quota);
/** Of Alice's points. */
void hold_make(struct ledger_hold *hold, int64_t amount, int64_t life_ms);
/** The first tap of two hours in slot S1. */
void tap_make(struct attendance_event *event, const char *token, int64_t start_ms, int64_t at_ms);
/** 0 minutes: refused. */
void close_make(struct attendance_close *end, const char *id, const char *staff, int64_t minutes, const char *reason);
/** Cash, or, with `reverses`, a purchase that is given back. */
void load_make(struct payment *load, const char *card_number, int64_t amount_fen, const char *reverses);

#endif
