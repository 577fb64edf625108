/* SPDX-License-Identifier: Apache-2.0 */
/** Two kiosks of one platform, a resident's card with a bill, and two of the staff: what tests of loads and doubts begin with. */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include "kit.h"

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pen, other; /* K0001, K0002 */
    char *card, *staff, *second_staff;
    char bill[64];
    int64_t amount_fen;
};
/** For g_test_add(); the end also checks that the ledger sums to zero. */
void up(struct fixture *f, const void *data);
void down(struct fixture *f, const void *data);

/** Push one event (stolen) that must get this verdict and code. */
void push_one(struct fixture *f, struct pen *pen, json_t *event, const char *verdict, const char *code);
/** Push a payment in this state, which must be accepted. */
void put(struct fixture *f, struct pen *pen, struct payment *payment, enum payment_state state);
int64_t balance(struct fixture *f, const char *account);
/** `settled`: KIOSK, or who ended it. */
void assert_payment(struct fixture *f, const char *id, const char *state, const char *settled);
void assert_bill(struct fixture *f, const char *state);
/** The feed's item of this doubt, new reference: NULL when it is a tombstone. */
json_t *item(struct fixture *f, const char *id);
void assert_item(struct fixture *f, const char *id, const char *state);
/** A payment of K0001 that is in doubt. */
void make_doubt(struct fixture *f, struct payment *payment);
/** What this kiosk found out of a payment of K0001. */
json_t *settled_event(struct pen *pen, struct payment *payment, enum payment_state state);
/** Two people end a doubt; false: they may not. */
bool by_people(struct fixture *f, const char *id, enum payment_state outcome, const char *a, const char *b);
/** Ask for a load; the answer must have this status and code. */
void ask(struct fixture *f, const char *kiosk, struct payment *load, unsigned wanted, const char *code);

#endif
