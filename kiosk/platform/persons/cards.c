/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/cards.h"
#include "platform/persons/access.h"
#include "platform/data/db-content.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/persons/replace.h"
#include "platform/persons/snapshot.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

struct desk {
    struct platform *platform;
    struct db *db;
    const struct card_call *call;
    struct tap_session session, second;
    struct tap_card card;
    int64_t person, now_ms;
};

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

/* ---- Who may ---- */

static bool desk_open(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    const struct card_call *call = d->call;
    bool found = false;

    if (!taps_find(d->db, call->kiosk, call->secret, d->now_ms, &d->session, &found, error))
        return false;
    if (!found)
        return refuse(refusal, 403, "SESSION_OVER");
    if (!db_card_token_person(d->db, call->token, &d->person, error) || !db_tap_card(d->db, call->token, &d->card, error))
        return false;
    if (d->session.staff[0] == '\0')
        return refuse(refusal, 403, "STAFF_NEEDED");
    if (d->person < 0 || d->card.number == NULL)
        return refuse(refusal, 422, "CARD_UNKNOWN");
    return snapshot_staff_fits(d->db, &d->session, call->token, call->kiosk, d->now_ms, refusal, error);
}

/* Two different people, both with their cards at this kiosk. */
static bool second_fits(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    struct staff_question question = {.names = {d->session.staff, d->second.staff}, .needed = 2, .act = STAFF_DESK,
                                      .kiosk = d->call->kiosk, .about = d->call->token, .at_ms = d->now_ms, .now_ms = d->now_ms};
    enum ledger_code code = LEDGER_OK;
    bool found = false;

    if (!taps_find(d->db, d->call->kiosk, d->call->second, d->now_ms, &d->second, &found, error))
        return false;
    if (!found || d->second.staff[0] == '\0')
        return refuse(refusal, 422, "STAFF_ONE_PERSON");
    if (!staff_judge(d->db, &question, &code, error))
        return false;
    if (code == LEDGER_TWO_PERSONS || code == LEDGER_STAFF_ONE_PERSON)
        return refuse(refusal, 422, "STAFF_ONE_PERSON");
    return code == LEDGER_OK || refuse(refusal, 403, "STAFF_NEEDED");
}

static bool log_it(struct desk *d, GError **error)
{
    struct staff_row row;
    bool found = false;

    if (!db_staff_find(d->db, d->session.staff, d->now_ms, &row, &found, error))
        return false;
    struct access access = {.actor = d->session.staff, .role = found ? staff_role_name(row.staff.role) : "clerk", .person = d->person,
                            .fields = PERSON_CARD, .purpose = PURPOSE_DESK_HELP, .case_id = "", .kiosk = d->call->kiosk};
    return db_access_add(d->db, &access, d->now_ms, error);
}

/* ---- The calls ---- */

static json_t *seen(struct desk *d, GError **error)
{
    struct card_replacement done;
    bool found = false;
    json_t *out = db_replacement_find(d->db, d->call->token, &done, &found, error) ? db_card_seen(d->db, d->call->token, error) : NULL;

    if (out != NULL && found)
        json_object_set_new(out, "successor", json_string(done.successor));
    if (out != NULL)
        json_object_set_new(out, "server_time", json_integer(d->now_ms));
    return out;
}

static bool report_told(struct desk *d, GError **error)
{
    const struct card_call *call = d->call;
    struct card_report report = {.at_ms = d->now_ms};
    bool lost = call->word == CARD_WORD_LOST;

    if (!hotlist_card_tell(d->platform, d->card.number, lost, d->now_ms, &report.version, error))
        return false;
    g_strlcpy(report.id, call->key, sizeof report.id);
    g_strlcpy(report.token, call->token, sizeof report.token);
    g_strlcpy(report.what, lost ? "lost" : "found", sizeof report.what);
    g_strlcpy(report.kiosk, call->kiosk, sizeof report.kiosk);
    g_strlcpy(report.staff_a, d->session.staff, sizeof report.staff_a);
    g_strlcpy(report.staff_b, d->second.staff, sizeof report.staff_b);
    return db_card_report_add(d->db, &report, error);
}

static bool replaced(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    const struct card_call *call = d->call;
    const struct card_replacing ask = {.card = call->token, .successor = call->successor, .cause = call->cause, .kiosk = call->kiosk,
                                       .staff = {d->session.staff, d->second.staff}, .reason = call->reason, .request = call->key};
    const char *code = NULL;

    if (!card_replace(d->platform, &ask, d->now_ms, &code, error))
        return false;
    return code == NULL || refuse(refusal, strcmp(code, "CARD_STATE") == 0 ? 409 : 422, code);
}

static bool report_new(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    const struct card_call *call = d->call;
    bool lost = strcmp(d->card.state, "lost") == 0;

    if (call->word != CARD_WORD_LOST && !second_fits(d, refusal, error))
        return false;
    if (call->word == CARD_WORD_REPLACED)
        return replaced(d, refusal, error);
    if (call->word == CARD_WORD_FOUND && !lost)
        return refuse(refusal, 409, "CARD_NOT_LOST");
    if (call->word == CARD_WORD_LOST && !lost && strcmp(d->card.state, "active") != 0)
        return refuse(refusal, 422, "CARD_CLOSED");
    return report_told(d, error);
}

/* What the key of this request was used for before; *same: for the same. */
static bool said_before(struct desk *d, bool *found, bool *same, GError **error)
{
    const struct card_call *call = d->call;
    struct card_report had;
    struct card_replacement done;

    if (!db_card_report_find(d->db, call->key, &had, found, error))
        return false;
    *same = *found && strcmp(had.token, call->token) == 0 && strcmp(had.kiosk, call->kiosk) == 0 && call->word != CARD_WORD_REPLACED &&
            strcmp(had.what, call->word == CARD_WORD_LOST ? "lost" : "found") == 0;
    if (*found)
        return true;
    if (!db_replacement_of_request(d->db, call->key, &done, found, error))
        return false;
    *same = *found && call->word == CARD_WORD_REPLACED && strcmp(done.card, call->token) == 0 &&
            strcmp(done.successor, call->successor) == 0 && strcmp(done.kiosk, call->kiosk) == 0;
    return true;
}

/* The same request again says how the card is now, and does nothing. */
static bool report(struct desk *d, struct tap_refusal *refusal, GError **error)
{
    bool found = false, same = false;

    if (!said_before(d, &found, &same, error))
        return false;
    if (!found)
        return report_new(d, refusal, error);
    return same || refuse(refusal, 422, "KEY_REUSED");
}

static json_t *run(struct platform *platform, const struct card_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    struct desk d = {.platform = platform, .db = platform->db, .call = call, .person = -1, .now_ms = now_ms};
    json_t *out = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!db_begin(d.db, true, error))
        return NULL;
    if (desk_open(&d, refusal, error) && log_it(&d, error) && (call->key == NULL || report(&d, refusal, error)))
        out = seen(&d, error);
    db_tap_card_clear(&d.card);
    return access_told(d.db, out, error);
}

json_t *cards_look(struct platform *platform, const struct card_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    struct card_call look = *call;

    look.key = NULL;
    return run(platform, &look, now_ms, refusal, error);
}

json_t *cards_report(struct platform *platform, const struct card_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    return run(platform, call, now_ms, refusal, error);
}
