/* SPDX-License-Identifier: Apache-2.0 */
/** Tickets as this kiosk knows them: what can be told of, where, what became of a card's own, what others have told. */
#ifndef STORE_TICKETS_H
#define STORE_TICKETS_H

#include "model/ticket.h"
#include "store/store.h"

/** Values of the feed's topics "category" (in their places) and "place" (by id): GPtrArray of json_t. NULL with error. */
GPtrArray *store_categories(struct store *store, GError **error);
GPtrArray *store_ticket_places(struct store *store, GError **error);
/** One of them; NULL without error: not there. New reference. */
json_t *store_category(struct store *store, const char *code, GError **error);
json_t *store_ticket_place(struct store *store, const char *id, GError **error);
/** Working days as told, a GArray of struct calendar_day; empty: nothing was. */
GArray *store_workdays(struct store *store, GError **error);
/** Open tickets of everybody about this at that place of the list: values of the topic "case", the newest first. */
GPtrArray *store_cases(struct store *store, const char *service, const char *place, GError **error);
/** Where the card's owner lives, to the building, as its bills say; g_free; NULL without error: not known now. */
char *store_home(struct store *store, const char *card_token, GError **error);

#define STORE_TICKET_STEPS 16
struct store_ticket {
    char id[37];
    int64_t no; /* 0: the platform has not said yet */
    char service[17];
    char place[201];           /* as it is read, "" not known */
    struct ticket_clock clock; /* with what was done here since; due 0: not told yet */
    uint32_t planned;
    int64_t filed_ms, interest;
    char reply[301];
    bool pending;    /* filed or moved here, and the platform has not taken that in */
    bool refused;    /* filed here, and the platform refused it: there is no such ticket */
    char reason[48]; /* the platform's code: of that, or of the last step from here when it refused that one; "" */
    size_t step_count;
    struct {
        int64_t at_ms;
        enum ticket_state state;
        char note[301];
    } steps[STORE_TICKET_STEPS]; /* what the platform told of its course, the oldest first */
};
/**
 * Tickets of this card, newest first: what the platform told, what is in the journal and not acknowledged, and for thirty days what the
 * platform refused of it. GArray of struct store_ticket; *known false: what the platform told is too old, or was wiped, and only the
 * journal's is there. What was filed without a name is nobody's.
 */
GArray *store_tickets(struct store *store, const char *card_token, bool *known, GError **error);
/** "I have it, too", said here by this card of that number, and not acknowledged. False with error. */
bool store_interest_waits(struct store *store, const char *card_token, const char *no, bool *waits, GError **error);

#endif
