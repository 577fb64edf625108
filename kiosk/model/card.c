/* SPDX-License-Identifier: Apache-2.0 */
#include "model/card.h"
#include "model/strict.h"
#include <string.h>

static const char *const STATES[CARD_STATES] = {"new", "active", "lost", "suspended", "expired", "damaged", "replaced"};
static const char *const ACTS[CARD_ACTS] = {"issue", "lose", "found", "suspend", "expire", "damage", "replace"};
static const char *const CODES[CARD_CODES] = {"", "CARD_STATE", "CARD_STAFF", "PERSON_AWAY"};

/* From which states (bits), to which, and who has to be there. */
#define FROM(x) (1u << (x))
static const struct {
    unsigned from;
    enum card_state to;
    unsigned staff;
    bool present;
} MOVES[CARD_ACTS] = {
    [CARD_DO_ISSUE] = {FROM(CARD_NEW), CARD_ACTIVE, 2, false},
    [CARD_DO_LOSE] = {FROM(CARD_ACTIVE), CARD_LOST, 0, false},
    [CARD_DO_FOUND] = {FROM(CARD_LOST), CARD_ACTIVE, 2, true},
    [CARD_DO_SUSPEND] = {FROM(CARD_ACTIVE), CARD_SUSPENDED, 1, false},
    [CARD_DO_EXPIRE] = {FROM(CARD_ACTIVE), CARD_EXPIRED, 0, false},
    [CARD_DO_DAMAGE] = {FROM(CARD_ACTIVE), CARD_DAMAGED, 1, false},
    [CARD_DO_REPLACE] = {FROM(CARD_LOST) | FROM(CARD_SUSPENDED) | FROM(CARD_EXPIRED) | FROM(CARD_DAMAGED), CARD_REPLACED, 2, false},
};

const char *card_state_name(enum card_state state)
{
    return names_at(STATES, CARD_STATES, state);
}

bool card_state_parse(const char *name, enum card_state *out)
{
    unsigned at = 0;
    bool found = names_find(STATES, CARD_STATES, name, &at);

    if (found)
        *out = (enum card_state)at;
    return found;
}

const char *card_act_name(enum card_act act)
{
    return names_at(ACTS, CARD_ACTS, act);
}

const char *card_code_name(enum card_code code)
{
    return names_at(CODES, CARD_CODES, code);
}

enum card_code card_do(enum card_state *state, const struct card_deed *deed)
{
    if (deed->act >= CARD_ACTS || *state >= CARD_STATES || (MOVES[deed->act].from & FROM(*state)) == 0)
        return CARD_STATE_WRONG;
    if (deed->staff < MOVES[deed->act].staff)
        return CARD_STAFF_FEW;
    if (MOVES[deed->act].present && !deed->present)
        return CARD_PERSON_AWAY;
    *state = MOVES[deed->act].to;
    return CARD_OK;
}

bool card_in_use(enum card_state state)
{
    return state == CARD_ACTIVE;
}

enum card_state card_state_listed(const char *reason)
{
    enum card_state state = CARD_SUSPENDED;

    if (strcmp(reason, "stolen") == 0)
        return CARD_LOST;
    return card_state_parse(reason, &state) && state != CARD_NEW && state != CARD_ACTIVE ? state : CARD_SUSPENDED;
}
