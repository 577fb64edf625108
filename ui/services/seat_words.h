/* SPDX-License-Identifier: Apache-2.0 */
/** Activities and seats in words. No GTK. */
#ifndef UI_SEAT_WORDS_H
#define UI_SEAT_WORDS_H

#include "activity_list.h"

/** In the chosen language; Chinese where there is no English. Borrowed. */
const char *activity_title(const struct kiosk_activity *activity);
const char *activity_place(const struct kiosk_activity *activity);
/** "From 60 years", "Everybody", … g_free'd. */
char *activity_whom(const struct kiosk_activity *activity);
/** What is paid there. g_free'd. */
char *activity_fee(const struct kiosk_activity *activity);
/** What can be had now: promised at once, asked for, or waited for. g_free'd. */
char *activity_chance(const struct kiosk_activity *activity, bool online);

/** How the card stands with this date, in a few words; NULL: nothing to say. `seat` may be NULL. g_free'd. */
char *seat_says(const struct kiosk_activity *activity, const struct kiosk_seat *seat);
/** What follows from it, or what to do; "" nothing. */
const char *seat_advice(const struct kiosk_activity *activity, const struct kiosk_seat *seat);
/** Why a wish came to nothing. `activity` may be NULL. g_free'd. */
char *seat_refusal(const struct kiosk_activity *activity, const char *reason);

#endif
