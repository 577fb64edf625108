/* SPDX-License-Identifier: Apache-2.0 */
/** What tests of money share: one lab at a time, cards that are lifted, payments that are torn, what the platform has of them. */
#ifndef TESTS_TILL_H
#define TESTS_TILL_H

#include "lab.h"

#define CARD "adult"

extern struct lab *lab;
/** A lab whose kiosk is online. */
void begin(void);
void finish(void);

bool is_removed(const struct lab_event *event, void *data);
bool has_no_doubts(const struct lab_event *event, void *data);
/** Take the card away, and wait until the kiosk has seen it. */
void lift(void);
/** CARD pays a bill and is pulled at DEBIT ("pull-before", "pull-after" …): in doubt, the card is out. */
struct lab_event tear_payment(const char *kind);
/** Balance of an account of the platform. */
int64_t account(const char *code);
/** A member of a payment as the platform has it; g_free. */
char *payment_member(const char *id, const char *member);

#endif
