/* SPDX-License-Identifier: Apache-2.0 */
/** What the screen knows of the person before it; plain values, wiped as a whole when the session ends (PV-1). No GTK. */
#ifndef UI_SESSION_H
#define UI_SESSION_H

#include <stdbool.h>
#include "rooms.h"
#include "service/kiosk.h"

#define SESSION_PIN_MIN 4
#define SESSION_PIN_MAX 6

struct charge;

enum print_state { PRINT_NONE, PRINT_RUNNING, PRINT_DONE, PRINT_FAILED };
/** What was printed last. */
struct session_print {
    enum kiosk_print_kind kind;
    char id[64];
    enum print_state state;
};

struct session {
    bool active; /* a person is at the screen */
    struct kiosk_identity identity;

    const struct charge *charge; /* what was asked of the card last; NULL: nothing */
    struct kiosk_payment_event payment;
    enum kiosk_card_verdict verdict;
    bool message_is_card; /* the message page speaks of the card's verdict, not of a payment */
    struct session_print print;
    bool keep_asked; /* whether it may be kept how they want it */
    char pin[SESSION_PIN_MAX + 1];

    struct rooms rooms; /* of the services */
};

/** One more digit; false when full or none. */
bool session_pin_add(struct session *session, char digit);
void session_pin_erase(struct session *session);
void session_pin_wipe(struct session *session);

/** Forget the person: overwritten, then freed. */
void session_wipe(struct session *session);

#endif
