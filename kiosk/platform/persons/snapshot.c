/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/snapshot.h"
#include "platform/persons/access.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)

struct reading {
    struct db *db;
    struct tap_session session;
    enum purpose purpose;
    const char *card, *case_id, *role;
    int64_t person, now_ms;
    struct entry_place place; /* of the cursor */
    int64_t before;
    bool others; /* of the log: without what the person looked at */
};

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

/* ---- The request ---- */

/* Numbers of cases are written by people: no text about people fits. */
static bool case_fits(const char *text)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._/";

    return strlen(text) <= ACCESS_CASE_MAX && strspn(text, allowed) == strlen(text);
}

/* "at_ms.txn.line", or a row of the access log. */
static bool cursor_read(const char *cursor, struct reading *out)
{
    g_auto(GStrv) parts = g_strsplit(cursor, ".", 4);
    guint count = g_strv_length(parts);

    out->place.at_ms = out->before = G_MAXINT64;
    if (*cursor == '\0')
        return true;
    if (strlen(cursor) > SNAPSHOT_CURSOR_MAX)
        return false;
    if (count == 1)
        return g_ascii_string_to_signed(parts[0], 10, 1, G_MAXINT64, &out->before, NULL);
    if (count != 3 || strlen(parts[1]) != 36)
        return false;
    g_strlcpy(out->place.txn, parts[1], sizeof out->place.txn);
    return g_ascii_string_to_signed(parts[0], 10, 0, G_MAXINT64, &out->place.at_ms, NULL) &&
           g_ascii_string_to_signed(parts[2], 10, 0, G_MAXINT64, &out->place.line, NULL);
}

static bool request_read(const struct snapshot_request *request, struct reading *out, struct tap_refusal *refusal)
{
    enum purpose_for wanted = request->card != NULL ? PURPOSE_FOR_STAFF : PURPOSE_FOR_PERSON;

    out->case_id = request->case_id != NULL ? request->case_id : "";
    if (!cursor_read(request->cursor != NULL ? request->cursor : "", out) || !case_fits(out->case_id) ||
        (request->card != NULL && (strlen(request->card) != 32 || strspn(request->card, "0123456789abcdef") != 32)))
        return refuse(refusal, 400, "MALFORMED");
    if (!purpose_parse(request->purpose, &out->purpose) || purpose_for(out->purpose) != wanted)
        return refuse(refusal, 400, "PURPOSE");
    out->others = request->who != NULL;
    if (out->others && (strcmp(request->who, "others") != 0 || out->purpose != PURPOSE_ACCESS))
        return refuse(refusal, 400, "MALFORMED");
    return out->purpose != PURPOSE_COMPLAINT || *out->case_id != '\0' || refuse(refusal, 400, "PURPOSE");
}

/* ---- Who may ---- */

/* The register's word, about this person: nobody looks at their own record as staff. */
bool snapshot_staff_fits(struct db *db, const struct tap_session *session, const char *card, const char *kiosk, int64_t now_ms,
                         struct tap_refusal *refusal, GError **error)
{
    struct staff_question question = {.names = {session->staff}, .needed = 1, .act = STAFF_DESK, .kiosk = kiosk,
                                      .about = card, .at_ms = now_ms, .now_ms = now_ms};
    enum ledger_code code = LEDGER_OK;
    int64_t seen = 0;

    if (session->staff[0] == '\0')
        return refuse(refusal, 403, "STAFF_NEEDED");
    if (!staff_judge(db, &question, &code, error))
        return false;
    if (code != LEDGER_OK)
        return refuse(refusal, 403, "STAFF_NEEDED");
    if (!db_access_persons(db, session->staff, now_ms - HOUR_MS, &seen, error))
        return false;
    if (seen < SNAPSHOT_STAFF_HOUR_MAX)
        return true;
    refuse(refusal, 429, "PERSONS_TOO_MANY");
    refusal->retry_after_s = HOUR_MS / 1000;
    return false;
}

static bool staff_role(struct reading *r, GError **error)
{
    struct staff_row row;
    bool found = false;

    if (!db_staff_find(r->db, r->session.staff, r->now_ms, &row, &found, error))
        return false;
    r->role = found ? staff_role_name(row.staff.role) : "clerk";
    return true;
}

static bool reading_allowed(struct reading *r, const struct snapshot_request *request, struct tap_refusal *refusal, GError **error)
{
    bool found = false;

    if (!taps_find(r->db, request->kiosk, request->secret, r->now_ms, &r->session, &found, error))
        return false;
    if (!found)
        return refuse(refusal, 403, "SESSION_OVER");
    r->role = "resident";
    r->card = r->session.card;
    r->person = r->session.person;
    if (request->card == NULL)
        return true;
    r->card = request->card;
    if (!db_card_token_person(r->db, r->card, &r->person, error))
        return false;
    if (r->person < 0)
        return refuse(refusal, 422, "CARD_UNKNOWN");
    return snapshot_staff_fits(r->db, &r->session, r->card, request->kiosk, r->now_ms, refusal, error) && staff_role(r, error);
}

static bool log_it(struct reading *r, const char *kiosk, GError **error)
{
    struct access access = {.actor = strcmp(r->role, "resident") == 0 ? "self" : r->session.staff, .role = r->role,
                            .person = r->person, .fields = purpose_fields(r->purpose), .purpose = r->purpose,
                            .case_id = r->case_id, .kiosk = kiosk};

    return db_access_add(r->db, &access, r->now_ms, error);
}

/* ---- The answer ---- */

static json_t *balances(struct reading *r, GError **error)
{
    struct balance balance;
    bool known = false;

    if (!db_credit_snapshot(r->db, r->card, r->now_ms, &balance, &known, error))
        return NULL;
    if (!known)
        memset(&balance, 0, sizeof balance);
    return json_pack("{s:I, s:I, s:I, s:I, s:i}", "hours_min", (json_int_t)balance.books[BOOK_HOURS].balance, "points",
                     (json_int_t)balance_spendable(&balance, BOOK_POINTS, r->now_ms), "coin_min",
                     (json_int_t)balance_spendable(&balance, BOOK_COIN, r->now_ms), "subsidy_fen",
                     (json_int_t)balance_spendable(&balance, BOOK_SUBSIDY, r->now_ms), "stars", (int)balance.stars);
}

static bool put(json_t *out, const char *name, json_t *value)
{
    return value != NULL && json_object_set_new(out, name, value) == 0;
}

/* Where the next page begins; "" there is none. */
static json_t *entries_cursor(json_t *rows)
{
    json_t *last = json_array_get(rows, json_array_size(rows) - 1);

    if (json_array_size(rows) < SNAPSHOT_PAGE_MAX)
        return json_string("");
    g_autofree char *text = g_strdup_printf("%" JSON_INTEGER_FORMAT ".%s.%" JSON_INTEGER_FORMAT,
                                            json_integer_value(json_object_get(last, "at_ms")),
                                            json_string_value(json_object_get(last, "txn")),
                                            json_integer_value(json_object_get(last, "line")));
    return json_string(text);
}

static json_t *access_cursor(json_t *rows)
{
    json_t *last = json_array_get(rows, json_array_size(rows) - 1);

    if (json_array_size(rows) < SNAPSHOT_PAGE_MAX)
        return json_string("");
    g_autofree char *text = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(last, "n")));
    return json_string(text);
}

static bool put_pages(struct reading *r, json_t *out, GError **error)
{
    unsigned fields = purpose_fields(r->purpose);
    json_t *rows;

    if ((fields & PERSON_ENTRIES) != 0) {
        rows = db_snapshot_entries(r->db, r->card, &r->place, SNAPSHOT_PAGE_MAX, error);
        if (!put(out, "entries", rows) || !put(out, "cursor", entries_cursor(rows)))
            return false;
    }
    if ((fields & PERSON_ACCESS_LOG) == 0)
        return true;
    rows = r->others ? db_access_others(r->db, r->person, r->before, SNAPSHOT_PAGE_MAX, error)
                     : db_access_rows(r->db, r->person, r->before, SNAPSHOT_PAGE_MAX, error);
    return put(out, "access", rows) && put(out, "cursor", access_cursor(rows)) &&
           (!r->others || put(out, "own", db_access_own(r->db, r->person, error)));
}

static bool put_fields(struct reading *r, json_t *out, GError **error)
{
    unsigned fields = purpose_fields(r->purpose);

    return ((fields & PERSON_NAME) == 0 || put(out, "name_masked", db_snapshot_name(r->db, r->person, error))) &&
           ((fields & PERSON_CARD) == 0 || put(out, "card", db_snapshot_card(r->db, r->card, error))) &&
           ((fields & PERSON_BALANCES) == 0 || put(out, "balances", balances(r, error))) &&
           ((fields & PERSON_HOLDS) == 0 ||
            put(out, "holds", db_snapshot_holds(r->db, r->card, r->now_ms, SNAPSHOT_HOLDS_MAX, error))) &&
           ((fields & PERSON_ACCOUNTS) == 0 || put(out, "accounts", db_snapshot_accounts(r->db, r->card, error))) &&
           ((fields & PERSON_BILLS) == 0 || put(out, "bills", db_snapshot_bills(r->db, r->card, SNAPSHOT_BILLS_MAX, error))) &&
           ((fields & PERSON_ATTENDANCE) == 0 ||
            put(out, "attendance", db_snapshot_attendance(r->db, r->card, SNAPSHOT_ATTENDANCE_MAX, error))) &&
           put_pages(r, out, error);
}

static json_t *answer(struct reading *r, GError **error)
{
    json_t *out = json_pack("{s:s, s:I, s:I}", "purpose", purpose_name(r->purpose), "asof_ms", (json_int_t)r->now_ms,
                            "server_time", (json_int_t)r->now_ms);

    if (put_fields(r, out, error))
        return out;
    json_decref(out);
    if (error != NULL && *error == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "what is known of a person is damaged");
    return NULL;
}

json_t *snapshot_read(struct platform *platform, const struct snapshot_request *request, int64_t now_ms,
                      struct tap_refusal *refusal, GError **error)
{
    struct reading r = {.db = platform->db, .now_ms = now_ms};
    json_t *out = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!request_read(request, &r, refusal) || !db_begin(r.db, true, error))
        return NULL;
    if (reading_allowed(&r, request, refusal, error) && log_it(&r, request->kiosk, error))
        out = answer(&r, error);
    return access_told(r.db, out, error);
}
