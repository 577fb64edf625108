/* SPDX-License-Identifier: Apache-2.0 */
/** What the screen knows of the person before it; plain values, wiped as a whole when the session ends (PV-1). No GTK. */
#ifndef UI_SESSION_H
#define UI_SESSION_H

#include <stdbool.h>
#include "service/kiosk.h"

#define SESSION_PIN_MIN   4
#define SESSION_PIN_MAX   6
#define SESSION_BILLS_MAX 200 /* held */
#define SESSION_PAY_MAX   8   /* paid in one debit: PAYMENT_BILLS_MAX of kiosk/model/payment.h */

enum print_state { PRINT_NONE, PRINT_RUNNING, PRINT_DONE, PRINT_FAILED };

struct session {
    bool active; /* a person is at the screen */
    struct kiosk_identity identity;

    bool bills_known;
    bool bills_away; /* what was known of this card's bills is too old to be shown: to be seen when online */
    struct kiosk_bill *bills;
    bool *chosen;
    size_t bill_count;
    int64_t bills_asof_ms;

    bool paid_for; /* a payment was asked for in this session */
    struct kiosk_payment_event payment;
    enum kiosk_card_verdict verdict;
    bool message_is_card; /* the message page speaks of the card's verdict, not of a payment */

    enum print_state print;
    char print_reason[32];

    char pin[SESSION_PIN_MAX + 1];
};

/** Copy the bills. A bill known before keeps its tick; of new ones, all up to SESSION_PAY_MAX are ticked. */
void session_take_bills(struct session *session, const struct kiosk_bill *items, size_t count,
                        int64_t asof_ms);
size_t session_chosen_count(const struct session *session);
int64_t session_chosen_fen(const struct session *session);
int64_t session_unpaid_fen(const struct session *session);
/** Tick or untick; false when SESSION_PAY_MAX are ticked already. */
bool session_choose(struct session *session, size_t index, bool chosen);
/** NULL-terminated ids of the ticked bills, borrowed strings in a list for g_free(). */
const char **session_chosen_ids(const struct session *session);

/** One more digit; false when full or none. */
bool session_pin_add(struct session *session, char digit);
void session_pin_erase(struct session *session);
void session_pin_wipe(struct session *session);

/** Forget the person: overwritten, then freed. */
void session_wipe(struct session *session);

#endif
