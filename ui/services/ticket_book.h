/* SPDX-License-Identifier: Apache-2.0 */
/** What can be told of and where, what became of a person's cases, and the words for all of it. No GTK. */
#ifndef UI_SERVICES_TICKET_BOOK_H
#define UI_SERVICES_TICKET_BOOK_H

#include <stddef.h>
#include <glib.h>
#include "service/kiosk.h"

/* ---- What can be told of, and where: of the machine ---- */

struct ticket_catalogue {
    bool known;
    struct kiosk_category *categories;
    size_t count;
    struct kiosk_place *places;
    size_t place_count;
};
void ticket_catalogue_categories(struct ticket_catalogue *catalogue, const struct kiosk_category *items, size_t count);
void ticket_catalogue_places(struct ticket_catalogue *catalogue, const struct kiosk_place *items, size_t count);
void ticket_catalogue_clear(void *catalogue);
/** Borrowed; NULL: it cannot be told of any more. */
const struct kiosk_category *ticket_catalogue_find(const struct ticket_catalogue *catalogue, const char *code);
const struct kiosk_place *ticket_catalogue_place(const struct ticket_catalogue *catalogue, const char *id);
/** Borrowed, as all words here that are not g_free'd. */
const char *ticket_category_name(const struct kiosk_category *category);
/** By the category's code; any other is an exclamation mark. */
const char *ticket_icon(const char *service);

/** Places by their streets: what a name has before its first figure. */
struct ticket_street {
    char name[201];
    size_t count, first; /* so many places, the first of them at this index */
};
/** In the order of their first place, GArray of struct ticket_street; a place without a figure, or without a street, is one of its own. */
GArray *ticket_streets(const struct ticket_catalogue *catalogue);
/** Is it one of this street's? */
bool ticket_street_has(const struct ticket_street *street, const struct kiosk_place *place);
/** The rest of a place's name behind its street; all of it where there is none. */
const char *ticket_house(const struct ticket_street *street, const struct kiosk_place *place);

/* ---- A person's cases ---- */

struct ticket_list {
    bool told, known; /* known false: only what was done here is in it */
    struct kiosk_ticket *items; /* what wants an answer first */
    size_t count;
    struct kiosk_place home;
};
void ticket_list_take(struct ticket_list *list, const struct kiosk_tickets_event *told);
void ticket_list_clear(struct ticket_list *list);
/** Borrowed; NULL: not there any more. */
const struct kiosk_ticket *ticket_list_find(const struct ticket_list *list, const char *id);
/** How many the person is asked about. */
unsigned ticket_list_waiting(const struct ticket_list *list);

/** What it is about, also when it cannot be told of any more; `hide`: not of one about a person, others may look on. */
const char *ticket_name(const struct kiosk_ticket *ticket, bool hide);
const char *ticket_state_word(const char *state);
/** What happens next, or what happened, in a sentence; g_free'd. */
char *ticket_next_words(const struct kiosk_ticket *ticket);
/** The community's number, or the machine's own; g_free'd. */
char *ticket_number_words(int64_t no, const char *local);
/** "27 November", "about 27 November" where the working days are not known; "" not known; g_free'd. */
char *ticket_due_words(uint32_t due, bool provisional);
/** What was said of a similar one: since when, by how many, where it stands; g_free'd. */
char *ticket_case_words(const struct kiosk_case *one);

/* ---- Why not ---- */

struct ticket_refusal {
    const char *headline, *advice;
    enum ticket_way { TICKET_WAY_HOME, TICKET_WAY_MINE, TICKET_WAY_WHAT, TICKET_WAY_WHERE } way;
    const char *button;
};
struct ticket_refusal ticket_refusal_of(const char *reason);

#endif
