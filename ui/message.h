/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What went wrong, in words: for each verdict on a card, each end of a payment and each trouble of the machine one
 * sentence and one next step. Money first: when money was at stake, the headline says what happened to it. No GTK.
 */
#ifndef UI_MESSAGE_H
#define UI_MESSAGE_H

#include <stdbool.h>
#include "service/kiosk.h"

enum message_tone { TONE_INFO, TONE_WARN, TONE_DANGER };
enum message_action { MESSAGE_HOME, MESSAGE_ANEW, MESSAGE_RETRY, MESSAGE_END, MESSAGE_HELP };

struct message {
    const char *icon;
    enum message_tone tone;
    char headline[160]; /* with money at stake: what happened to it */
    char reason[240];   /* may be empty */
    char advice[400];   /* the one next step */
    const char *button;
    enum message_action action;
};

struct message message_of_verdict(enum kiosk_card_verdict verdict);
/** Any phase that ends a payment without "paid" and without a doubt. `card_present` and the limit choose the wording. */
struct message message_of_payment(const struct kiosk_payment_event *payment, bool card_present,
                                  int64_t offline_payment_fen_max);

#define TROUBLES_MAX 5
struct trouble {
    const char *icon;
    bool severe; /* no session is possible, or no payment */
    char text[400];
};
/** What only staff should know of this machine; false: nothing. */
bool message_for_staff(const struct kiosk_status *status, bool speech_broken, struct trouble *trouble);
/**
 * What is wrong with the machine, most important first; `printer_reason` NULL or empty when the printer is well. Where no card is read
 * it says where the next machine is; `next_kiosk` NULL or empty: nobody has said.
 */
size_t message_troubles(const struct kiosk_status *status, const char *printer_reason, const char *next_kiosk, struct trouble *troubles);
/** A machine that cannot take any card: the message for the idle page. False when it can. */
bool message_of_machine(const struct kiosk_status *status, const char *next_kiosk, struct message *message);

#endif
