/* SPDX-License-Identifier: Apache-2.0 */
/** What is said of volunteers: what they can do, how their hours stand, why something was not done. No GTK. Borrowed unless said. */
#ifndef UI_VOLUNTEER_WORDS_H
#define UI_VOLUNTEER_WORDS_H

#include "service/kiosk.h"

const char *volunteer_skill_word(size_t skill);
const char *volunteer_skill_icon(size_t skill);
/** "Repairs, teaching"; g_free'd; "" none. */
char *volunteer_skills_words(unsigned skills);
/** The number as it is read, in groups of four; g_free'd. */
char *volunteer_number_words(const char *no);
/** How hours stand, in words; g_free'd. */
char *volunteer_hours_state(const struct kiosk_hours *hours);
/** Why a registration, a star or a word about hours was not taken in. */
const char *volunteer_refusal(const char *reason);
/** How it is with the next star; g_free'd; NULL: nothing to say. */
char *volunteer_star_words(const struct kiosk_volunteer_event *state);

#endif
