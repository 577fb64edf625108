/* SPDX-License-Identifier: Apache-2.0 */
/* The roll: who is on it, by what kiosks tell and by the desk. The event's id is kept with it: the same registration twice is one. */
#include "platform/volunteers/volunteers-work.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

bool volunteers_type(const char *type)
{
    return strcmp(type, VOLUNTEER_JOINED) == 0 || strcmp(type, VOLUNTEER_STAR_ASKED) == 0 || strcmp(type, VOLUNTEER_DISPUTED) == 0;
}

bool volunteers_no(const char **out, enum volunteer_code code)
{
    *out = code != VOLUNTEER_OK ? volunteer_code_name(code) : NULL;
    return true;
}

struct joining {
    const char *card, *guardian; /* tokens; guardian "" none */
    struct roll_row row;
    uint32_t birth, guardian_birth;
};

/* Was the guardian's card out of use when it was tapped? What became of it later is not asked: the kiosk may have been offline. */
static bool guardian_out(struct db *db, const struct joining *joining, bool frozen, bool *out, GError **error)
{
    int64_t stopped_ms = 0, listed_ms = 0, at_ms = joining->row.registered_ms;
    char current[33];

    if (!db_card_current(db, joining->guardian, current, &stopped_ms, error) ||
        !db_card_listed_since(db, joining->guardian, &listed_ms, error))
        return false;
    bool dated = stopped_ms != 0 || listed_ms != 0;
    *out = dated ? (stopped_ms != 0 && stopped_ms <= at_ms) || (listed_ms != 0 && listed_ms <= at_ms) : frozen;
    return true;
}

static bool guardian_load(struct db *db, struct joining *joining, bool *fit, GError **error)
{
    struct credit_person guardian;
    bool out = false;

    *fit = true;
    if (*joining->guardian == '\0')
        return true;
    if (!db_credit_person(db, joining->guardian, &guardian, error) ||
        !db_card_token_person(db, joining->guardian, &joining->row.guardian, error) ||
        !guardian_out(db, joining, guardian.frozen, &out, error))
        return false;
    joining->guardian_birth = guardian.birth;
    *fit = guardian.found && !out && joining->row.guardian != joining->row.person;
    return true;
}

/* Who they are. *code: which of them is not known. */
static bool people_load(struct db *db, struct joining *joining, enum volunteer_code *code, GError **error)
{
    struct credit_person person;
    bool fit = false;

    joining->row.guardian = -1;
    *code = VOLUNTEER_OK;
    if (!db_credit_person(db, joining->card, &person, error) || !db_card_token_person(db, joining->card, &joining->row.person, error) ||
        !guardian_load(db, joining, &fit, error))
        return false;
    joining->birth = person.birth;
    if (!person.found)
        *code = VOLUNTEER_UNKNOWN;
    else if (!fit)
        *code = VOLUNTEER_GUARDIAN;
    return true;
}

static bool join(struct db *db, struct joining *joining, enum volunteer_code *code, GError **error)
{
    struct roll_row there;
    bool found = false;

    if (!people_load(db, joining, code, error))
        return false;
    if (*code != VOLUNTEER_OK)
        return true;
    if (!db_roll_find(db, joining->row.person, &there, &found, error))
        return false;
    *code = found ? VOLUNTEER_ALREADY : volunteer_may_join(joining->birth, joining->guardian_birth, joining->row.registered_on);
    return *code != VOLUNTEER_OK || (db_roll_add(db, &joining->row, error) && db_change_add(db, "volunteer", joining->card, error));
}

static bool joined(struct db *db, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **out, GError **error)
{
    struct volunteer_join told;
    struct joining joining = {.row = {.registered_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms)}};
    enum volunteer_code code = VOLUNTEER_OK;

    if (!volunteer_join_from_json(data, &told)) {
        *out = "DATA";
        return true;
    }
    joining.card = told.token;
    joining.guardian = told.guardian;
    joining.row.registered_on = date_of_ms(joining.row.registered_ms);
    joining.row.skills = told.skills;
    g_strlcpy(joining.row.event, event->id, sizeof joining.row.event);
    g_strlcpy(joining.row.kiosk, event->kiosk, sizeof joining.row.kiosk);
    g_strlcpy(joining.row.pledge, told.pledge, sizeof joining.row.pledge);
    return join(db, &joining, &code, error) && volunteers_no(out, code);
}

bool volunteers_apply(struct platform *platform, const struct volunteer_event *event, json_t *data, int64_t now_ms, const char **code,
                      GError **error)
{
    *code = NULL;
    if (strcmp(event->type, VOLUNTEER_JOINED) == 0)
        return joined(platform->db, event, data, now_ms, code, error);
    return strcmp(event->type, VOLUNTEER_STAR_ASKED) == 0 ? volunteers_star(platform->db, event, data, now_ms, code, error)
                                                          : volunteers_dispute(platform->db, event, data, now_ms, code, error);
}

bool volunteers_consent(struct db *db, const char *token, uint32_t birth, int64_t at_ms, bool *given, GError **error)
{
    enum volunteer_gate gate = volunteer_gate(birth, date_of_ms(at_ms));
    struct roll_row row;
    bool found = false;

    *given = gate != VOLUNTEER_ACCOMPANIED && gate != VOLUNTEER_CONSENT;
    if (*given)
        return true;
    if (!db_roll_of_card(db, token, &row, &found, error))
        return false;
    *given = found && row.guardian >= 0;
    return true;
}

/* ---- The desk ----------------------------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *what, const char *why)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%s: %s", what, why);
    return false;
}

/* "" and true without a number. */
static bool token_of(struct db *db, const char *number, char out[33], GError **error)
{
    g_autofree char *token = NULL, *state = NULL;

    out[0] = '\0';
    if (number == NULL)
        return true;
    if (!db_card_find(db, number, &token, &state, error))
        return false;
    if (token == NULL || strcmp(state, "active") != 0)
        return refuse(error, "a card", "not of this community, or not in use");
    g_strlcpy(out, token, 33);
    return true;
}

static bool register_in(struct db *db, const char *card, const char *guardian, struct joining *joining, GError **error)
{
    char tokens[2][33];
    enum volunteer_code code = VOLUNTEER_OK;

    joining->card = tokens[0];
    joining->guardian = tokens[1];
    if (!token_of(db, card, tokens[0], error) || !token_of(db, guardian, tokens[1], error) || !join(db, joining, &code, error))
        return false;
    return code == VOLUNTEER_OK || refuse(error, "not on the roll", volunteer_code_name(code));
}

bool volunteers_register(struct platform *platform, const char *card, const char *guardian, unsigned skills, int64_t now_ms,
                         char no[VOLUNTEER_NO_SIZE], GError **error)
{
    struct joining joining = {.row = {.registered_ms = now_ms, .registered_on = date_of_ms(now_ms), .skills = skills, .pledge = VOLUNTEER_PLEDGE}};

    if (!db_begin(platform->db, true, error))
        return false;
    if (!register_in(platform->db, card, guardian, &joining, error)) {
        db_rollback(platform->db);
        return false;
    }
    g_strlcpy(no, joining.row.no, VOLUNTEER_NO_SIZE);
    return db_commit(platform->db, error);
}
