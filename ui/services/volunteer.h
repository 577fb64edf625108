/* SPDX-License-Identifier: Apache-2.0 */
/** What the pages of volunteering share. */
#ifndef UI_SERVICES_VOLUNTEER_H
#define UI_SERVICES_VOLUNTEER_H

#include "../kinds/kinds.h"
#include "../ui.h"

#define DUTY_MAX 8 /* dates of service that are offered at once */

/** Of the session. */
struct volunteer_room {
    bool told, state_told;
    char shown[65]; /* digest of what the first page said last */
    struct kiosk_credit_event balance;
    struct kiosk_volunteer_event state;
    char duties[DUTY_MAX][64]; /* sessions on the page, in the order of its buttons; "" behind the last one */
    unsigned skills;  /* ticked so far */
    char hours[37];   /* that are said to be wrong */
};
struct volunteer_room *volunteer_room(struct ui *ui);
/** What the kiosk knows is asked for again: of the roll, of the hours. */
void volunteer_ask(struct ui *ui);
void volunteer_balance_ask(struct ui *ui);

/** In or out, and show what becomes of it. `duty` NULL: none that is told of. */
void volunteer_tap(struct ui *ui, const struct kiosk_credit_request *request, const struct kiosk_activity *duty);
/** It is not answered yet: no other one. */
bool volunteer_tap_waits(struct ui *ui);
void volunteer_tap_answered(struct ui *ui, const struct kiosk_credit_event *credit);

/** To what can be done, to become a volunteer. */
void volunteer_go_join(struct ui *ui, size_t index);
/** Write the registration down with what is ticked. */
void volunteer_join(struct ui *ui, size_t index);
/** The guardian agrees, whose card lies there. */
void volunteer_agree(struct ui *ui, size_t index);
/** The volunteer's own hours. */
void volunteer_go_hours(struct ui *ui, size_t index);
/** Say of the hours that are listed at `index` that they are wrong; what about them is asked next. */
void volunteer_go_dispute(struct ui *ui, size_t index);
/** The next star. */
void volunteer_star(struct ui *ui, size_t index);
/** Answers of the machine: to a registration, to a star or a word about hours. */
void volunteer_joining_answered(struct ui *ui, const struct kiosk_volunteer_event *answer);
void volunteer_noting_answered(struct ui *ui, const struct kiosk_volunteer_event *answer);

#endif
