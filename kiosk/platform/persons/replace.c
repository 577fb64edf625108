/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/replace.h"
#include "platform/credit/credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

struct replacing {
    struct platform *platform;
    struct db *db;
    const struct card_replacing *ask;
    struct card_row old, fresh;
    struct card_replacement row;
    int64_t now_ms;
    const char *refused;
};

static bool refuse(struct replacing *r, const char *code)
{
    r->refused = code;
    return true;
}

/* ---- May it be? Each false is trouble, a code in `refused` a refusal ---- */

static bool people_fit(struct replacing *r, GError **error)
{
    const struct card_replacing *ask = r->ask;
    const struct staff_question question = {.names = {ask->staff[0], ask->staff[1]}, .needed = 2, .act = STAFF_DESK, .kiosk = ask->kiosk,
                                            .about = ask->card, .at_ms = r->now_ms, .now_ms = r->now_ms};
    enum ledger_code code = LEDGER_OK;

    if (!staff_judge(r->db, &question, &code, error))
        return false;
    return code == LEDGER_OK || refuse(r, ledger_code_name(code));
}

/* What is wrong with one that is in use is said first. */
static bool cause_tell(struct replacing *r)
{
    static const enum card_act ACTS[] = {CARD_DO_LOSE, CARD_DO_SUSPEND, CARD_DO_EXPIRE, CARD_DO_DAMAGE};
    const char *cause = r->ask->cause;
    bool over = r->old.valid_to < (int64_t)date_of_ms(r->now_ms);

    for (size_t i = 0; i < G_N_ELEMENTS(ACTS) && r->old.state == CARD_ACTIVE; i++) {
        enum card_state state = r->old.state;
        const struct card_deed deed = {.act = ACTS[i], .staff = 2};
        if (card_do(&state, &deed) == CARD_OK && strcmp(card_state_name(state), cause) == 0 && (state != CARD_EXPIRED || over))
            r->old.state = state;
    }
    return *cause == '\0' || strcmp(card_state_name(r->old.state), cause) == 0;
}

/* In office now, or from a later day on. */
static bool of_staff(struct replacing *r, bool *staff, GError **error)
{
    struct staff office = {.from_ms = r->now_ms};

    g_strlcpy(office.token, r->ask->card, sizeof office.token);
    return db_staff_taken(r->db, &office, staff, error);
}

static bool old_fits(struct replacing *r, GError **error)
{
    const struct card_deed deed = {.act = CARD_DO_REPLACE, .staff = 2};
    bool found = false, staff = false, left = false;
    int64_t since_ms = 0;

    if (!db_card_row(r->db, r->ask->card, &r->old, &found, error))
        return false;
    if (!found)
        return refuse(r, "CARD_UNKNOWN");
    if (!of_staff(r, &staff, error) || !db_person_left(r->db, r->old.person, &left, error) ||
        !db_card_listed_since(r->db, r->ask->card, &since_ms, error))
        return false;
    if (staff)
        return refuse(r, "CARD_OF_STAFF");
    if (left)
        return refuse(r, "PERSON_LEFT");
    if (!cause_tell(r))
        return refuse(r, "CARD_STATE");
    r->row.cause = r->old.state;
    r->row.stopped_ms = since_ms != 0 ? MIN(since_ms, r->now_ms) : r->now_ms;
    enum card_state state = r->old.state;
    return card_do(&state, &deed) == CARD_OK || refuse(r, "CARD_STATE");
}

static bool fresh_fits(struct replacing *r, GError **error)
{
    bool found = false;

    if (!db_stock_find(r->db, r->ask->successor, &r->fresh, &found, error))
        return false;
    if (!found || r->fresh.state != CARD_NEW)
        return refuse(r, "CARD_NOT_STOCK");
    if (r->fresh.valid_from > (int64_t)date_of_ms(r->now_ms))
        return refuse(r, "CARD_TOO_EARLY");
    return r->fresh.valid_to >= (int64_t)date_of_ms(r->now_ms) || refuse(r, "CARD_EXPIRED");
}

/* ---- It is ---- */

static void row_fill(struct replacing *r)
{
    const struct card_replacing *ask = r->ask;

    g_strlcpy(r->row.card, ask->card, sizeof r->row.card);
    g_strlcpy(r->row.successor, ask->successor, sizeof r->row.successor);
    g_strlcpy(r->row.staff_a, ask->staff[0], sizeof r->row.staff_a);
    g_strlcpy(r->row.staff_b, ask->staff[1], sizeof r->row.staff_b);
    g_strlcpy(r->row.kiosk, ask->kiosk != NULL ? ask->kiosk : "", sizeof r->row.kiosk);
    g_strlcpy(r->row.reason, ask->reason, sizeof r->row.reason);
    g_strlcpy(r->row.request, ask->request != NULL ? ask->request : "", sizeof r->row.request);
    r->row.at_ms = r->now_ms;
}

/* The state that it stopped in stays in its row; that it was replaced is another one. */
static bool old_ends(struct replacing *r, GError **error)
{
    return db_card_state_put(r->db, r->row.card, card_state_name(r->row.cause), error) &&
           db_sessions_end(r->db, r->row.card, "", false, r->now_ms, error) &&
           hotlist_card_replaced(r->platform, r->row.card, r->now_ms, &r->row.version, error);
}

static bool replace(struct replacing *r, GError **error)
{
    const struct credit_move move = {r->row.card, r->row.successor, r->row.staff_a, r->row.staff_b};

    return old_ends(r, error) && db_stock_issue(r->db, &r->fresh, r->old.person, r->now_ms, error) &&
           credit_move(r->db, &move, r->now_ms, r->row.txn, error) && db_replacement_add(r->db, &r->row, error) &&
           db_card_follow(r->db, &r->row, error);
}

bool card_replace(struct platform *platform, const struct card_replacing *ask, int64_t now_ms, const char **refused, GError **error)
{
    struct replacing r = {.platform = platform, .db = platform->db, .ask = ask, .now_ms = now_ms};
    bool ok = old_fits(&r, error) && (r.refused != NULL || people_fit(&r, error)) && (r.refused != NULL || fresh_fits(&r, error));

    if (ok && r.refused == NULL) {
        row_fill(&r);
        ok = replace(&r, error);
    }
    *refused = r.refused;
    return ok;
}

/* ---- The stock ---- */

static bool state_error(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, text);
    return false;
}

static bool stock_add(struct platform *platform, const char *number, const struct card_row *row, int64_t now_ms, GError **error)
{
    bool added = false;

    if (!db_stock_add(platform->db, row, number, now_ms, &added, error))
        return false;
    return added || state_error(error, "this card is in the stock already, or somebody's");
}

bool card_stock_add(struct platform *platform, const char *number, struct card_row *row, int64_t now_ms, GError **error)
{
    if (strlen(number) != 19 || strspn(number, "0123456789") != 19 || !luhn_ok(number + 3))
        return state_error(error, "no number of a card");
    if (!date_valid((uint32_t)row->valid_from) || !date_valid((uint32_t)row->valid_to) || row->valid_to < row->valid_from)
        return state_error(error, "no days between which a card is good");
    card_token(platform->index_key, number, row->token);
    if (!db_begin(platform->db, true, error))
        return false;
    if (stock_add(platform, number, row, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
