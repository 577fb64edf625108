/* SPDX-License-Identifier: Apache-2.0 */
/** Facts of each kind written into a store, and rows taken out of its journal: for the tests of compaction. */
#ifndef TEST_STORE_COMPACTKIT_H
#define TEST_STORE_COMPACTKIT_H

#include "bookkit.h"

#define BOB   "ffeeddccbbaa99887766554433221100"
#define STAFF "0f0e0d0c0b0a09080706050403020100"
extern const char *const CARDS[3];

/* ---- Written, or refused with STORE_ERROR_STATE ---- */
bool try_event(struct store *store, const char *type, json_t *data);
bool try_payment(struct store *store, struct payment *payment, enum payment_state state);
/** Another kiosk's doubt came to nothing. */
bool try_settled(struct store *store, struct payment *payment);
bool try_print(struct store *store, const struct payment *payment);
bool try_txn(struct store *store, const struct ledger_txn *txn);
bool try_hold(struct store *store, const struct ledger_hold *hold);
bool try_tap(struct store *store, const struct attendance_event *event);
bool try_close(struct store *store, const struct attendance_close *end);
/** A reversal of it. */
bool try_undo(struct store *store, const struct ledger_txn *txn);
/** All that is held, spent by `txn`, which is filled. */
bool try_capture(struct store *store, const struct ledger_hold *hold, struct ledger_txn *txn);

/** 5 yuan for a bill (NULL: none), from beginning to end, with a receipt number. */
void pay(struct store *store, const char *card, const char *bill, struct payment *out);
/** All that waits; about each refuse_each-th row is refused, 0 none. */
void acknowledge(struct store *store, int refuse_each);
/** Whatever its age; archives and books are looked at after it. How many rows left. */
int compact(struct fixture *fixture, int rows_kept, int run_min, int rows_max);
/** Projections are built anew, from segments and what is left. */
void reopen(struct fixture *fixture);
/** How many rows of the journal are so; the store is opened again for it. */
int64_t left(struct fixture *fixture, const char *what);
enum ledger_state state_of(struct store *store, const char *id);

#endif
