/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/certificates/certificates.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-volunteers.h"
#include "platform/persons/access.h"
#include "platform/staff.h"
#include "model/codes.h"
#include "model/model.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

#define DAY_MS    INT64_C(86400000)
#define FIRST_DAY 20000101 /* from when on service can be told of */
#define LIST_MAX  200
#define SERIES    999999

struct making {
    struct db *db;
    struct tap_session session;
    struct certificate_issuer issuer;
    struct roll_row roll; /* .no "": not on the roll of volunteers */
    char *name;
    GArray *services;
    int64_t now_ms;
};

static bool refuse(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
    return false;
}

static bool state_error(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, text);
    return false;
}

/* ---- Who asks ---- */

static bool session_find(struct making *m, const char *kiosk, const char *secret, struct tap_refusal *refusal, GError **error)
{
    bool found = false;

    if (!taps_find(m->db, kiosk, secret, m->now_ms, &m->session, &found, error))
        return false;
    return found || refuse(refusal, 403, "SESSION_OVER");
}

/* Each reading and each certificate is a row of the log that the person sees. */
static bool log_it(struct making *m, const char *number, GError **error)
{
    struct access access = {.actor = "self", .role = "resident", .person = m->session.person,
                            .fields = PERSON_NAME | PERSON_ATTENDANCE, .purpose = PURPOSE_CREDIT, .case_id = number,
                            .kiosk = m->session.kiosk};

    return db_access_add(m->db, &access, m->now_ms, error);
}

/* ---- Hours ---- */

static int64_t day_after_ms(uint32_t date)
{
    return ms_of_date(date) + DAY_MS;
}

static bool services_read(struct making *m, uint32_t from, uint32_t to, GError **error)
{
    g_clear_pointer(&m->services, g_array_unref);
    m->services = db_certificate_services(m->db, m->session.person, ms_of_date(from), day_after_ms(to), error);
    return m->services != NULL;
}

/* Of one body's; *first_ms is when the first of them was. */
static int64_t minutes_of(const struct making *m, const struct certificate_issuer *issuer, int64_t *first_ms)
{
    int64_t minutes = 0;

    *first_ms = INT64_MAX;
    for (guint i = 0; i < m->services->len; i++) {
        const struct certificate_service *service = &g_array_index(m->services, struct certificate_service, i);
        if (service->issuer[0] == '\0' ? !issuer->own : strcmp(service->issuer, issuer->code) != 0)
            continue;
        minutes += service->minutes;
        *first_ms = MIN(*first_ms, service->first_ms);
    }
    return minutes;
}

/* ---- Whose ---- */

static bool person_read(struct making *m, GError **error)
{
    bool found = false;

    m->name = db_person_name(m->db, m->session.person, error);
    return m->name != NULL && db_roll_find(m->db, m->session.person, &m->roll, &found, error);
}

/* ---- One more ---- */

static bool number_give(struct making *m, struct certificate_row *row, GError **error)
{
    row->year = date_of_ms(m->now_ms) / 10000;
    if (!db_certificate_next(m->db, row->issuer, row->year, &row->seq, error))
        return false;
    if (row->seq > SERIES || !certificate_number((unsigned)row->year, row->issuer, (unsigned)row->seq, row->number, sizeof row->number))
        return state_error(error, "this body has no number left in this year");
    return true;
}

static bool day_full(struct making *m, bool *full, GError **error)
{
    int64_t count = 0;

    if (!db_certificate_count(m->db, m->session.person, m->now_ms - DAY_MS, &count, error))
        return false;
    *full = count >= CERTIFICATES_DAY_MAX;
    return true;
}

static bool too_many(struct tap_refusal *refusal)
{
    refuse(refusal, 429, "CERTIFICATES_TOO_MANY");
    refusal->retry_after_s = 3600;
    return false;
}

static bool row_new(struct making *m, struct certificate_row *row, struct tap_refusal *refusal, GError **error)
{
    bool full = false;

    if (!day_full(m, &full, error))
        return false;
    if (full)
        return too_many(refusal);
    if (!number_give(m, row, error))
        return false;
    row->made_ms = m->now_ms;
    g_strlcpy(row->state, "MADE", sizeof row->state);
    row->told = certificate_paper(row, &m->issuer, m->name, m->roll.no, m->services);
    const struct certificate_step step = {.number = row->number, .step = "MADE", .kiosk = row->kiosk, .staff = {"", ""}, .reason = "",
                                          .at_ms = m->now_ms};
    return db_certificate_enter(m->db, row, error) && db_certificate_step_add(m->db, &step, error);
}

/* The same words on another paper would be two numbers for one thing: it is the one that there is. */
static bool row_find_or_new(struct making *m, struct certificate_row *row, struct tap_refusal *refusal, GError **error)
{
    struct certificate_row same;
    bool found = false;

    if (!db_certificate_same(m->db, row, &same, &found, error))
        return false;
    if (!found)
        return row_new(m, row, refusal, error);
    *row = same;
    return true;
}


static bool make_new(struct making *m, const struct certificate_ask *ask, struct certificate_row *row, struct tap_refusal *refusal,
                     GError **error)
{
    bool found = false;
    int64_t first_ms;

    if (!db_issuer_find(m->db, ask->issuer, &m->issuer, &found, error))
        return false;
    if (!found)
        return refuse(refusal, 422, "ISSUER_UNKNOWN");
    if (!services_read(m, ask->from, ask->to, error) || !person_read(m, error))
        return false;
    *row = (struct certificate_row){.person = m->session.person, .from = ask->from, .to = ask->to, .full_name = ask->full_name,
                                    .minutes = minutes_of(m, &m->issuer, &first_ms)};
    if (row->minutes <= 0)
        return refuse(refusal, 422, "HOURS_NONE");
    g_strlcpy(row->issuer, m->issuer.code, sizeof row->issuer);
    g_strlcpy(row->request, ask->request, sizeof row->request);
    g_strlcpy(row->kiosk, ask->kiosk, sizeof row->kiosk);
    return row_find_or_new(m, row, refusal, error);
}

static bool same_request(const struct certificate_row *row, const struct making *m, const struct certificate_ask *ask)
{
    return row->person == m->session.person && row->from == ask->from && row->to == ask->to && row->full_name == ask->full_name &&
           (*ask->issuer == '\0' || strcmp(row->issuer, ask->issuer) == 0);
}

static bool row_make(struct making *m, const struct certificate_ask *ask, struct certificate_row *row, struct tap_refusal *refusal,
                     GError **error)
{
    bool found = false;

    if (!session_find(m, ask->kiosk, ask->secret, refusal, error) || !db_certificate_of_request(m->db, ask->request, row, &found, error))
        return false;
    if (found && !same_request(row, m, ask))
        return refuse(refusal, 422, "KEY_REUSED");
    return (found || make_new(m, ask, row, refusal, error)) && log_it(m, row->number, error);
}

static bool dates_fit(const struct certificate_ask *ask, int64_t now_ms)
{
    return date_valid(ask->from) && date_valid(ask->to) && ask->from >= FIRST_DAY && ask->from <= ask->to && ask->to <= date_of_ms(now_ms);
}

static void making_clear(struct making *m)
{
    db_secret_free(m->name);
    g_clear_pointer(&m->services, g_array_unref);
}

json_t *certificate_make(struct platform *platform, const struct certificate_ask *ask, int64_t now_ms, struct tap_refusal *refusal,
                         GError **error)
{
    struct making m = {.db = platform->db, .now_ms = now_ms};
    struct certificate_row row = {0};
    json_t *out = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!dates_fit(ask, now_ms)) {
        refuse(refusal, 400, "MALFORMED");
        return NULL;
    }
    if (!db_begin(m.db, true, error))
        return NULL;
    if (row_make(&m, ask, &row, refusal, error) && (out = certificate_json(m.db, &row, error)) != NULL)
        json_object_set_new(out, "server_time", json_integer(now_ms));
    certificate_row_clear(&row);
    making_clear(&m);
    return access_told(m.db, out, error);
}

/* ---- What there is ---- */

static json_t *offer(const struct certificate_issuer *issuer, uint32_t from, uint32_t to, int64_t minutes)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "issuer", issuer->code, "name_zh", issuer->name_zh, "name_en", issuer->name_en,
                     "from", (json_int_t)from, "to", (json_int_t)to, "minutes", (json_int_t)minutes);
}

/* This year, the one before, and all: each body's, where there is anything in it. All of one year is not said twice. */
static bool offers_add(struct making *m, GArray *issuers, json_t *out, GError **error)
{
    uint32_t today = date_of_ms(m->now_ms), year = today / 10000;
    const struct { uint32_t from, to; } spans[] = {{year * 10000 + 101, today}, {(year - 1) * 10000 + 101, (year - 1) * 10000 + 1231},
                                                   {FIRST_DAY, today}};

    for (size_t span = 0; span < G_N_ELEMENTS(spans); span++) {
        if (!services_read(m, spans[span].from, spans[span].to, error))
            return false;
        for (guint i = 0; i < issuers->len; i++) {
            const struct certificate_issuer *issuer = &g_array_index(issuers, struct certificate_issuer, i);
            int64_t first_ms, minutes = minutes_of(m, issuer, &first_ms);
            bool all = spans[span].from == FIRST_DAY;
            uint32_t from = all && minutes > 0 ? date_of_ms(first_ms) : spans[span].from;
            if (minutes > 0 && !(all && from >= spans[0].from))
                json_array_append_new(out, offer(issuer, from, spans[span].to, minutes));
        }
    }
    return true;
}

/* Those that can be printed again. */
static bool own_add(struct making *m, json_t *out, GError **error)
{
    g_autoptr(GPtrArray) numbers = db_certificate_numbers(m->db, m->session.person, CERTIFICATES_LIST_MAX, error);
    bool ok = numbers != NULL;

    for (guint i = 0; ok && i < numbers->len; i++) {
        struct certificate_row row = {0};
        bool found = false;
        ok = db_certificate_find(m->db, g_ptr_array_index(numbers, i), &row, &found, error);
        json_t *one = ok && strcmp(row.state, "WITHDRAWN") != 0 ? certificate_json(m->db, &row, error) : NULL;
        if (one != NULL)
            json_array_append_new(out, one);
        certificate_row_clear(&row);
    }
    return ok;
}

static json_t *all_of(struct making *m, GError **error)
{
    g_autoptr(GArray) issuers = db_issuers(m->db, error);
    json_t *offers = json_array(), *own = json_array();
    bool ok = issuers != NULL && person_read(m, error) && offers_add(m, issuers, offers, error) && own_add(m, own, error);
    g_autofree char *masked = ok ? mask_name(m->name) : NULL;
    json_t *out = ok ? json_pack("{s:s, s:s, s:O, s:O, s:I}", "name_masked", masked, "volunteer_no", m->roll.no, "offers", offers, "certificates",
                                 own, "server_time", (json_int_t)m->now_ms)
                     : NULL;

    json_decref(offers);
    json_decref(own);
    return out;
}

json_t *certificates_read(struct platform *platform, const char *kiosk, const char *secret, int64_t now_ms, struct tap_refusal *refusal,
                          GError **error)
{
    struct making m = {.db = platform->db, .now_ms = now_ms};
    json_t *out = NULL;

    memset(refusal, 0, sizeof *refusal);
    if (!db_begin(m.db, true, error))
        return NULL;
    if (session_find(&m, kiosk, secret, refusal, error) && log_it(&m, "", error))
        out = all_of(&m, error);
    making_clear(&m);
    return access_told(m.db, out, error);
}

/* ---- Printed ---- */

bool certificate_type(const char *type)
{
    return strcmp(type, CERTIFICATE_PRINTED) == 0;
}

bool certificate_apply(struct platform *platform, const char *kiosk, json_t *data, int64_t at_ms, const char **code, GError **error)
{
    struct certificate_row row = {0};
    const char *number;
    bool found = false;

    *code = NULL;
    if (json_object_size(data) != 1 || !wire_get_string(data, "number", CERTIFICATE_NUMBER_SIZE - 1, &number) ||
        !certificate_number_ok(number)) {
        *code = "DATA";
        return true;
    }
    bool ok = db_certificate_find(platform->db, number, &row, &found, error);
    certificate_row_clear(&row);
    if (!ok || !found) {
        *code = ok ? "UNKNOWN" : NULL;
        return ok;
    }
    const struct certificate_step step = {.number = number, .step = "PRINTED", .kiosk = kiosk, .staff = {"", ""}, .reason = "", .at_ms = at_ms};
    return db_certificate_printed(platform->db, number, at_ms, error) && db_certificate_step_add(platform->db, &step, error);
}

/* ---- Withdrawn ---- */

bool certificate_withdraw(struct platform *platform, const char *number, char **by, const char *reason, int64_t now_ms, GError **error)
{
    struct certificate_row row = {0};
    bool found = false, ok = db_certificate_find(platform->db, number, &row, &found, error), over = strcmp(row.state, "WITHDRAWN") == 0;
    int64_t person = row.person;

    certificate_row_clear(&row);
    if (!ok)
        return false;
    if (!found || over)
        return state_error(error, found ? "this certificate is withdrawn already" : "there is no certificate of this number");
    const struct certificate_step step = {.number = number, .step = "WITHDRAWN", .kiosk = "", .staff = {by[0], by[1]}, .reason = reason,
                                          .at_ms = now_ms};
    const struct access access = {.actor = by[0], .role = "clerk", .person = person, .fields = PERSON_ATTENDANCE,
                                  .purpose = PURPOSE_CORRECTION, .case_id = number, .kiosk = ""};
    return db_certificate_withdraw(platform->db, number, now_ms, error) && db_certificate_step_add(platform->db, &step, error) &&
           db_access_add(platform->db, &access, now_ms, error);
}

/* ---- Who issues, and the register ---- */

static const char *unfit(const struct certificate_issuer *issuer)
{
    char number[CERTIFICATE_NUMBER_SIZE];

    if (!certificate_number(2026, issuer->code, 1, number, sizeof number))
        return "a code of 1 to 8 capital letters and digits is needed";
    if (uscc_check(issuer->uscc) != USCC_OK)
        return "the unified social credit code is wrong";
    return issuer->name_zh[0] == '\0' || issuer->lead[0] == '\0' ? "name and person in charge are needed" : NULL;
}

bool certificate_issuer_put(struct platform *platform, const struct certificate_issuer *issuer, int64_t now_ms, GError **error)
{
    const char *why = unfit(issuer);

    if (why != NULL) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, why);
        return false;
    }
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_issuer_put(platform->db, issuer, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* What one body has certified would be certified by the other one once more. */
static bool activity_move(struct db *db, const char *activity, const char *code, GError **error)
{
    struct certificate_issuer was, now;
    char number[CERTIFICATE_NUMBER_SIZE] = "";
    bool had = false, found = false;

    if (!db_activity_issuer(db, activity, &was, &had, error) || !db_issuer_find(db, code, &now, &found, error))
        return false;
    if (!found && *code != '\0')
        return state_error(error, "there is no such body");
    if (had && !(found && strcmp(was.code, now.code) == 0) && !db_certificate_of_activity(db, activity, was.code, number, error))
        return false;
    if (*number != '\0') {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%s certifies service there: withdraw what %s has certified first", number,
                    was.code);
        return false;
    }
    return db_activity_issuer_set(db, activity, code, error);
}

bool certificate_activity_put(struct platform *platform, const char *activity, const char *code, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (activity_move(platform->db, activity, code, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static json_t *entry(struct db *db, const char *number, GError **error)
{
    struct certificate_row row = {0};
    bool found = false;
    json_t *out = NULL, *steps;

    if (db_certificate_find(db, number, &row, &found, error) && found && (steps = db_certificate_steps(db, number, error)) != NULL)
        out = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:o}", "number", row.number, "issuer", row.issuer, "state", row.state,
                        "from", (json_int_t)row.from, "to", (json_int_t)row.to, "minutes", (json_int_t)row.minutes, "prints",
                        (json_int_t)row.prints, "kiosk", row.kiosk, "made_ms", (json_int_t)row.made_ms, "steps", steps);
    certificate_row_clear(&row);
    return out;
}

json_t *certificates_list(struct platform *platform, const char *number, GError **error)
{
    json_t *out = json_array();

    if (!db_begin(platform->db, false, error))
        return NULL;
    g_autoptr(GPtrArray) numbers = number == NULL ? db_certificate_numbers(platform->db, -1, LIST_MAX, error)
                                                  : g_ptr_array_new_with_free_func(g_free);
    if (number != NULL)
        g_ptr_array_add(numbers, g_strdup(number));
    for (guint i = 0; numbers != NULL && i < numbers->len; i++) {
        json_t *one = entry(platform->db, g_ptr_array_index(numbers, i), error);
        if (one != NULL)
            json_array_append_new(out, one);
    }
    db_rollback(platform->db);
    if (numbers != NULL && (error == NULL || *error == NULL))
        return out;
    json_decref(out);
    return NULL;
}
