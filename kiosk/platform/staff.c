/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/staff.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <string.h>

/* What was recorded before there was a register is taken as it was then, as long as a kiosk may be on its own. */
#define LATE_MS (31 * INT64_C(86400000))

struct answer {
    struct staff_row row;
    enum ledger_code code;
};

/* Names of before the register: two of them are two texts, and that is all that can be said. */
static bool before_register(struct db *db, const struct staff_question *q, bool *before, GError **error)
{
    g_autofree char *text = NULL;
    int64_t since_ms = 0;

    if (!db_meta_get(db, "staff_since_ms", &text, error))
        return false;
    *before = text != NULL && g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &since_ms, NULL) && q->at_ms < since_ms &&
              q->now_ms < since_ms + LATE_MS;
    return true;
}

static enum ledger_code texts_judge(const struct staff_question *q, size_t given)
{
    if (given < q->needed || (q->needed == 2 && strcmp(q->names[0], q->names[1]) == 0))
        return LEDGER_TWO_PERSONS;
    return LEDGER_OK;
}

static bool one_judge(struct db *db, const struct staff_question *q, const char *name, struct answer *out, GError **error)
{
    bool found, lost = false;

    if (!db_staff_find(db, name, q->at_ms, &out->row, &found, error))
        return false;
    out->code = found ? staff_may(&out->row.staff, q->act, q->kiosk, q->at_ms) : LEDGER_STAFF_UNKNOWN;
    if (out->code != LEDGER_OK || q->kiosk == NULL)
        return true;
    /* Whoever has the card that was lost answers for nobody. */
    if (!db_card_listed_at(db, out->row.staff.token, q->at_ms, &lost, error))
        return false;
    out->code = lost ? LEDGER_FROZEN : LEDGER_OK;
    return true;
}

static bool people_judge(struct db *db, const struct staff_question *q, size_t given, enum ledger_code *out, GError **error)
{
    struct answer answers[2];
    int64_t about = -1;

    if (q->about != NULL && !db_card_token_person(db, q->about, &about, error))
        return false;
    for (size_t i = 0; i < given && *out == LEDGER_OK; i++) {
        if (!one_judge(db, q, q->names[i], &answers[i], error))
            return false;
        *out = answers[i].code;
        if (*out == LEDGER_OK && about >= 0 && answers[i].row.person == about)
            *out = LEDGER_STAFF_OWN_CARD;
    }
    if (*out == LEDGER_OK && given == 2 && answers[0].row.person == answers[1].row.person)
        *out = LEDGER_STAFF_ONE_PERSON;
    return true;
}

bool staff_judge(struct db *db, const struct staff_question *q, enum ledger_code *out, GError **error)
{
    size_t given = 0;
    bool before = false;

    while (given < 2 && q->names[given] != NULL && *q->names[given] != '\0')
        given++;
    *out = texts_judge(q, given);
    if (*out != LEDGER_OK)
        return true;
    return before_register(db, q, &before, error) && (before || people_judge(db, q, given, out, error));
}

bool staff_allows(struct db *db, const struct staff_question *question, GError **error)
{
    enum ledger_code code = LEDGER_OK;

    if (!staff_judge(db, question, &code, error))
        return false;
    if (code != LEDGER_OK)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the register of staff says no: %s", ledger_code_name(code));
    return code == LEDGER_OK;
}

/* ---- The register ---- */

bool staff_add(struct platform *platform, const char *card_number, const char *name, struct staff *staff, GError **error)
{
    g_autofree char *token = NULL, *state = NULL;
    bool taken = false, before = false;

    if (!db_card_find(platform->db, card_number, &token, &state, error))
        return false;
    if (token == NULL)
        return platform_refuse(error, "no such card in this community");
    g_strlcpy(staff->token, token, sizeof staff->token);
    if (!db_staff_taken(platform->db, staff, &taken, error) || !db_staff_began(platform->db, staff, &before, error))
        return false;
    if (taken)
        return platform_refuse(error, "this id is in the register already, or the card is of somebody who is in office for a part of that time");
    if (before)
        return platform_refuse(error, "a row of this card that is over began at exactly this moment: let this one begin later");
    return db_staff_add(platform->db, staff, name, error) && db_change_add(platform->db, staff_topic(staff->role), token, error);
}

/*
 * Kiosks know one row of a card and kind of role: of the next one they are told when it begins. What they are told is by the clock of
 * the node that they ask, which may be behind ours and still say the row before, past which their cursor goes: a minute later they are
 * told once more.
 */
#define SKEW_MS INT64_C(60000)

static const struct telling {
    const char *until; /* rows that began until then were told */
    int64_t behind_ms;
} TELLINGS[] = {{"staff_told_ms", 0}, {"staff_told_again_ms", SKEW_MS}};

static bool told_until(struct db *db, const char *key, int64_t *out, GError **error)
{
    g_autofree char *text = NULL;

    *out = 0;
    if (!db_meta_get(db, key, &text, error))
        return false;
    return text == NULL || g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, out, error);
}

static GArray *begun(struct db *db, const struct telling *telling, int64_t now_ms, GError **error)
{
    int64_t after_ms = 0;

    return told_until(db, telling->until, &after_ms, error) ? db_staff_begun(db, after_ms, now_ms - telling->behind_ms, error) : NULL;
}

static bool tell(struct db *db, const struct telling *telling, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) rows = begun(db, telling, now_ms, error);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, now_ms - telling->behind_ms);
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++) {
        const struct staff *staff = &g_array_index(rows, struct staff_row, i).staff;
        ok = db_change_add(db, staff_topic(staff->role), staff->token, error);
    }
    return ok && (rows->len == 0 || db_meta_set(db, telling->until, text, error));
}

static bool tell_all(struct db *db, int64_t now_ms, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TELLINGS); i++)
        if (!tell(db, &TELLINGS[i], now_ms, error))
            return false;
    return true;
}

/* Reads only: there is hardly ever one. */
static bool any_begun(struct db *db, int64_t now_ms, bool *any, GError **error)
{
    bool ok = db_begin(db, false, error);

    *any = false;
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < G_N_ELEMENTS(TELLINGS); i++) {
        g_autoptr(GArray) rows = begun(db, &TELLINGS[i], now_ms, error);
        ok = rows != NULL;
        *any = *any || (ok && rows->len > 0);
    }
    db_rollback(db); /* nothing was written */
    return ok;
}

bool staff_tend(struct platform *platform, int64_t now_ms, GError **error)
{
    struct db *db = platform->db;
    bool any;

    if (!any_begun(db, now_ms, &any, error))
        return false;
    if (!any)
        return true;
    if (!db_begin(db, true, error))
        return false;
    if (tell_all(db, now_ms, error))
        return db_commit(db, error);
    db_rollback(db);
    return false;
}

static bool retire(struct db *db, const char *id, int64_t at_ms, GError **error)
{
    struct staff_row row;
    bool found;

    if (!db_staff_find(db, id, at_ms, &row, &found, error))
        return false;
    if (!found || strcmp(row.staff.id, id) != 0)
        return platform_refuse(error, "no such id in the register");
    if (row.staff.to_ms != 0 && row.staff.to_ms <= at_ms)
        return platform_refuse(error, "retired already");
    return db_staff_retire(db, id, MAX(at_ms, row.staff.from_ms), error) &&
           db_change_add(db, staff_topic(row.staff.role), row.staff.token, error);
}

bool staff_retire(struct platform *platform, const char *id, int64_t at_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (retire(platform->db, id, at_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
