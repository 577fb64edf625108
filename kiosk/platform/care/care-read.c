/* SPDX-License-Identifier: Apache-2.0 */
/* What is due, and how a household is: for those who look after its grid, masked, and never without rows of the access log. */
#include "platform/care/care.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/persons/access.h"
#include "platform/staff.h"
#include "model/model.h"
#include <string.h>

struct reading {
    struct db *db;
    struct tap_session session;
    struct staff_row staff;
    const char *kiosk;
    int64_t household, own, now_ms; /* household −1: the list */
    struct care_page page;
    char behind[37];
};

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

/* ---- The request ---- */

/* "due_ms.id", as a page before it told. */
static bool cursor_read(const char *cursor, struct reading *r)
{
    const char *dot = strchr(cursor, '.');

    if (*cursor == '\0')
        return true;
    if (strlen(cursor) > CARE_CURSOR_MAX || dot == NULL || !uuid_valid(dot + 1))
        return false;
    g_autofree char *due = g_strndup(cursor, (gsize)(dot - cursor));
    g_strlcpy(r->behind, dot + 1, sizeof r->behind);
    return g_ascii_string_to_signed(due, 10, 0, G_MAXINT64, &r->page.due_ms, NULL);
}

static bool request_read(const struct care_request *request, struct reading *r, struct tap_refusal *refusal)
{
    enum purpose purpose;

    r->household = -1;
    r->page.id = r->behind;
    if (!cursor_read(request->cursor != NULL ? request->cursor : "", r) ||
        (request->household != NULL && !g_ascii_string_to_signed(request->household, 10, 0, G_MAXINT32, &r->household, NULL)))
        return refuse(refusal, 400, "MALFORMED");
    return (purpose_parse(request->purpose, &purpose) && purpose == PURPOSE_CARE) || refuse(refusal, 400, "PURPOSE");
}

/* ---- Who may ---- */

static bool session_fits(struct reading *r, const struct care_request *request, struct tap_refusal *refusal, GError **error)
{
    bool found = false;

    if (!taps_find(r->db, request->kiosk, request->secret, r->now_ms, &r->session, &found, error))
        return false;
    return found || refuse(refusal, 403, "SESSION_OVER");
}

static bool staff_fits(struct reading *r, struct tap_refusal *refusal, GError **error)
{
    struct staff_question question = {.names = {r->session.staff}, .needed = 1, .act = STAFF_TICKETS, .kiosk = r->kiosk,
                                      .at_ms = r->now_ms, .now_ms = r->now_ms};
    enum ledger_code code = LEDGER_OK;
    bool found = false;

    if (r->session.staff[0] == '\0')
        return refuse(refusal, 403, "STAFF_NEEDED");
    if (!staff_judge(r->db, &question, &code, error) || !db_staff_find(r->db, r->session.staff, r->now_ms, &r->staff, &found, error) ||
        (found && !db_care_home(r->db, r->staff.person, &r->own, error)))
        return false;
    return (found && code == LEDGER_OK) || refuse(refusal, 403, "STAFF_NEEDED");
}

/* A household that is not there, one of another grid and one's own are answered alike. */
static bool household_fits(struct reading *r, const GArray *rows, struct tap_refusal *refusal, GError **error)
{
    bool has = false;

    if (rows->len > 0 && !db_care_grid_has(r->db, r->staff.staff.id, g_array_index(rows, struct care_listed, 0).row.grid, r->now_ms, &has, error))
        return false;
    return (has && r->household != r->own) || refuse(refusal, 403, "STAFF_NEEDED");
}

/* ---- The answer ---- */

static bool log_rows(struct reading *r, const GArray *rows, GError **error)
{
    struct access access = {.actor = r->session.staff, .role = staff_role_name(r->staff.staff.role), .fields = PERSON_NAME | PERSON_CARE,
                            .purpose = PURPOSE_CARE, .case_id = "", .kiosk = r->kiosk};

    for (guint i = 0; i < rows->len; i++) {
        access.person = g_array_index(rows, struct care_listed, i).row.person;
        if (!db_access_add(r->db, &access, r->now_ms, error))
            return false;
    }
    return true;
}

static json_t *row_json(const struct care_listed *listed, int64_t now_ms)
{
    const struct care *care = &listed->row.care;

    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:b}", "care", listed->row.id, "household",
                     (json_int_t)listed->row.household, "grid", listed->row.grid, "name_masked", listed->name, "address_masked",
                     listed->address, "level", care_level_name(care->level), "due_ms", (json_int_t)care_due_ms(care), "urgency",
                     care_urgency_name(care_urgency(care, listed->seen_ms, now_ms)), "last", (json_int_t)care->last, "seen_ms",
                     (json_int_t)listed->seen_ms, "consent", care->consent);
}

/* Needs and risks apart, each with the day since when it is known. */
static json_t *items_json(const uint32_t items[CARE_ITEMS], bool needs)
{
    json_t *out = json_array();

    for (unsigned i = 0; i < CARE_ITEMS; i++)
        if (items[i] != 0 && ((CARE_ITEM(i) & CARE_NEEDS) != 0) == needs)
            json_array_append_new(out, json_pack("{s:s, s:I}", "item", care_item_name((enum care_item)i), "since", (json_int_t)items[i]));
    return out;
}

static json_t *list_json(const struct reading *r, const GArray *rows)
{
    const struct care_listed *last = rows->len > 0 ? &g_array_index(rows, struct care_listed, rows->len - 1) : NULL;
    g_autofree char *cursor = rows->len < CARE_PAGE_MAX ? g_strdup("") : g_strdup_printf("%" G_GINT64_FORMAT ".%s", last->due_ms, last->row.id);
    json_t *profiles = json_array();

    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(profiles, row_json(&g_array_index(rows, struct care_listed, i), r->now_ms));
    return json_pack("{s:o, s:s, s:I}", "profiles", profiles, "cursor", cursor, "server_time", (json_int_t)r->now_ms);
}

static bool person_add(const struct reading *r, const struct care_listed *listed, json_t *profiles, GError **error)
{
    json_t *visits = db_care_visits(r->db, listed->row.id, CARE_VISITS_MAX, error), *row;

    if (visits == NULL)
        return false;
    row = row_json(listed, r->now_ms);
    return json_object_set_new(row, "needs", items_json(listed->row.items, true)) == 0 &&
           json_object_set_new(row, "risks", items_json(listed->row.items, false)) == 0 &&
           json_object_set_new(row, "visits", visits) == 0 && json_array_append_new(profiles, row) == 0;
}

static json_t *household_json(const struct reading *r, const GArray *rows, GError **error)
{
    json_t *profiles = json_array();

    for (guint i = 0; i < rows->len; i++)
        if (!person_add(r, &g_array_index(rows, struct care_listed, i), profiles, error)) {
            json_decref(profiles);
            return NULL;
        }
    return json_pack("{s:I, s:o, s:I}", "household", (json_int_t)r->household, "profiles", profiles, "server_time", (json_int_t)r->now_ms);
}

static GArray *rows_of(struct reading *r, GError **error)
{
    if (r->household >= 0)
        return db_care_household(r->db, r->household, error);
    r->page.worker = r->staff.staff.id;
    r->page.not_household = r->own;
    r->page.now_ms = r->now_ms;
    r->page.limit = CARE_PAGE_MAX;
    return db_care_list(r->db, &r->page, error);
}

static json_t *answer(struct reading *r, struct tap_refusal *refusal, GError **error)
{
    g_autoptr(GArray) rows = rows_of(r, error);

    if (rows == NULL || (r->household >= 0 && !household_fits(r, rows, refusal, error)) || !log_rows(r, rows, error))
        return NULL;
    return r->household >= 0 ? household_json(r, rows, error) : list_json(r, rows);
}

json_t *care_read(struct platform *platform, const struct care_request *request, int64_t now_ms, struct tap_refusal *refusal,
                  GError **error)
{
    struct reading r = {.db = platform->db, .kiosk = request->kiosk, .now_ms = now_ms, .own = -1};
    json_t *out = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!request_read(request, &r, refusal) || !db_begin(r.db, true, error))
        return NULL;
    if (session_fits(&r, request, refusal, error) && staff_fits(&r, refusal, error))
        out = answer(&r, refusal, error);
    return access_told(r.db, out, error);
}

/* A reading of everybody, by a command. */
static GArray *noted_rows(struct db *db, int64_t now_ms, GError **error)
{
    struct care_page page = {.not_household = -1, .id = "", .now_ms = now_ms, .limit = G_MAXINT32};
    struct access access = {.actor = "care list", .role = "operator", .person = -1, .fields = PERSON_NAME | PERSON_CARE,
                            .purpose = PURPOSE_CARE, .case_id = "", .kiosk = ""};

    return db_access_add(db, &access, now_ms, error) ? db_care_list(db, &page, error) : NULL;
}

json_t *care_rows(struct platform *platform, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return NULL;
    g_autoptr(GArray) rows = noted_rows(platform->db, now_ms, error);
    json_t *out = rows == NULL ? NULL : json_array();
    for (guint i = 0; rows != NULL && i < rows->len; i++)
        json_array_append_new(out, row_json(&g_array_index(rows, struct care_listed, i), now_ms));
    return access_told(platform->db, out, error);
}
