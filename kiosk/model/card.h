/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card, from the issuer's stock to the card that takes its place. Pure; kiosk and platform link the same file.
 *
 *    NEW ── issue ──► ACTIVE ── lose ────► LOST ── found (desk, the person there, two of the staff) ──► ACTIVE
 *                       ├────── suspend ─► SUSPENDED      │
 *                       ├────── expire ──► EXPIRED        │
 *                       └────── damage ──► DAMAGED        │
 *    LOST, SUSPENDED, EXPIRED, DAMAGED ── replace (two of the staff) ──► REPLACED, for ever
 *
 * A loss is reported by anybody, also while a kiosk is offline: it only ever takes rights away. Whoever has an ACTIVE card says first what
 * is wrong with it. A new card is issued to somebody, or in the place of one that is replaced, by two of the staff.
 */
#ifndef MODEL_CARD_H
#define MODEL_CARD_H

#include <stdbool.h>

enum card_state { CARD_NEW, CARD_ACTIVE, CARD_LOST, CARD_SUSPENDED, CARD_EXPIRED, CARD_DAMAGED, CARD_REPLACED, CARD_STATES };
const char *card_state_name(enum card_state state); /* "new" … */
bool card_state_parse(const char *name, enum card_state *out);

enum card_act { CARD_DO_ISSUE, CARD_DO_LOSE, CARD_DO_FOUND, CARD_DO_SUSPEND, CARD_DO_EXPIRE, CARD_DO_DAMAGE, CARD_DO_REPLACE, CARD_ACTS };
const char *card_act_name(enum card_act act); /* "issue" … */

enum card_code {
    CARD_OK,
    CARD_STATE_WRONG, /* not from here */
    CARD_STAFF_FEW,   /* more of the staff have to answer for it: one, or two different ones */
    CARD_PERSON_AWAY, /* the person has to stand at the desk */
    CARD_CODES
};
/** "CARD_STATE" …; "" for CARD_OK. */
const char *card_code_name(enum card_code code);

struct card_deed {
    enum card_act act;
    unsigned staff; /* how many different members answer for it */
    bool present;   /* the person stands at the desk */
};
/** Move `state` when this may be done; unchanged otherwise. */
enum card_code card_do(enum card_state *state, const struct card_deed *deed);
/** May anything be done with it at a kiosk? */
bool card_in_use(enum card_state state);
/** What a reason on the hotlist (hotlist_reason_name()) says of a card: never ACTIVE. What is fraud or unknown is SUSPENDED. */
enum card_state card_state_listed(const char *reason);

#endif
