/* SPDX-License-Identifier: Apache-2.0 */
/** Volunteer credit in words. No GTK. */
#ifndef UI_CREDIT_WORDS_H
#define UI_CREDIT_WORDS_H

#include "service/kiosk.h"

/** So many points, or so much time in coins: "30 points", "2 h". g_free'd. */
char *credit_price(enum kiosk_book book, int64_t amount);
/** What the card has of it. */
int64_t credit_has(const struct kiosk_credit_event *balance, enum kiosk_book book);
/** In the chosen language; Chinese where there is no English. Borrowed. */
const char *reward_name(const struct kiosk_reward *reward);
const char *reward_place(const struct kiosk_reward *reward);
/** How many the card's balance is enough for, or what is missing. g_free'd. */
char *reward_enough(const struct kiosk_reward *reward, const struct kiosk_credit_event *balance);
/** Why nothing happened, and what to do: a constant sentence of the catalogues. */
const char *credit_refusal(const char *reason);
/** The same for an answer that was REFUSED or REJECTED, with what it tells beside the reason; g_free'd. */
char *credit_refused(const struct kiosk_credit_event *answer);

#endif
