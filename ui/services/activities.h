/* SPDX-License-Identifier: Apache-2.0 */
/** What the pages of activities share. */
#ifndef UI_ACTIVITIES_H
#define UI_ACTIVITIES_H

#include "../ui.h"
#include "activity_list.h"

/** Of the person, and of the page that is looked at. */
struct activity_visit {
    struct seat_list seats;
    char session[64]; /* the date on the screen */
};

/** What was asked for, and what became of it: outlives the card. */
struct seat_asked {
    char session[64];
    enum kiosk_seat_ask ask;
    int companions;
    bool waits; /* for the answer */
    struct kiosk_seat_event answer;
    struct kiosk_seat seat; /* that one, as it was told since; .id "": not yet */
    int shown;              /* of seat_answer.c: what the page says */
};

struct activity_list *activities_of(struct ui *ui);
struct activity_visit *activities_visit(struct ui *ui);
struct seat_asked *activities_asked(struct ui *ui);
/** The date on the screen; NULL: it is not told of any more. */
const struct kiosk_activity *activities_shown(struct ui *ui);
/** The card's seat there; NULL: none, or no card. */
const struct kiosk_seat *activities_seat(struct ui *ui);
/** Ask anew what there is, and what the card has. */
void activities_ask(struct ui *ui);
/** Show this date. */
void activities_open(struct ui *ui, const char *session);
/** Ask the machine for this about the date on the screen, once, and show what it answers. */
void activities_request(struct ui *ui, enum kiosk_seat_ask ask, int companions);
bool activities_online(const struct ui *ui);
/** Print the slip of this seat there; texts are borrowed. */
struct seat_slip {
    const char *id;          /* the seat's */
    const char *title, *text; /* how it stands, and what that means */
    int companions;
};
void seat_slip_print(struct ui *ui, const struct kiosk_activity *activity, const struct seat_slip *slip);
/** From what can be printed: all of them, the card's own as well. */
void activities_enter(struct ui *ui);
/** The page of the answer says something else now. */
bool seat_answer_changed(struct ui *ui);

#endif
