/* SPDX-License-Identifier: Apache-2.0 */
/** What the pages of volunteering share. */
#ifndef UI_SERVICES_VOLUNTEER_H
#define UI_SERVICES_VOLUNTEER_H

#include "../kinds/kinds.h"
#include "../ui.h"

/** Of the session. */
struct volunteer_room {
    bool told, state_told;
    char shown[65]; /* digest of what the first page said last */
    struct kiosk_credit_event balance;
    struct kiosk_volunteer_event state;
    unsigned skills;  /* ticked so far */
    char hours[37];   /* that are said to be wrong */
};
struct volunteer_room *volunteer_room(struct ui *ui);
/** What the kiosk knows is asked for again. */
void volunteer_ask(struct ui *ui);

/** To what can be done, to become a volunteer. */
void volunteer_go_join(struct ui *ui, size_t index);
/** Write the registration down with what is ticked. */
void volunteer_join(struct ui *ui, size_t index);
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
