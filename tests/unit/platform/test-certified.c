/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what is certified and what is not, one number for one thing, what a printer said, two people, and what strangers see. */
#include "credit-kit.h"
#include "device/locale.h"
#include "model/clock.h"
#include "model/codes.h"
#include "model/model.h"
#include "platform/calls/certificates-serve.h"
#include "platform/certificates/certificates.h"
#include "platform/certificates/verify.h"
#include "platform/data/db-activities.h"
#include "platform/data/db-check.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-persons.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-volunteers.h"
#include "platform/persons/two.h"
#include "platform/volunteers/volunteers.h"
#include "schema.h"
#include <string.h>

#define LOGGED "SELECT count(*) FROM access_log WHERE community=?1 AND actor='self'"
#define STEPS  "SELECT count(*) FROM service_certificate_step WHERE community=?1"

/* ---- As a kiosk asks ---- */

static json_t *ask(struct credit_kit *f, const char *secret, json_t *body, const char *key, unsigned wanted)
{
    g_autofree char *header = g_strconcat("Bearer ", secret, NULL), *quoted = g_strdup_printf("\"%s\"", key != NULL ? key : "");
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct request given = {.method = body != NULL ? "POST" : "GET", .path = CERTIFICATES_PATH, .kiosk = "K0001", .certificate = KIT_SERIAL,
                            .authorization = header, .idempotency_key = key != NULL ? quoted : NULL, .body = text != NULL ? text : ""};
    struct reply reply = {0};

    given.body_len = strlen(given.body);
    handlers_run(f->platform, &given, &reply);
    schema_check_exchange(given.method, given.path, text, reply.status, reply.body, reply.body_len);
    g_assert_cmpuint(reply.status, ==, wanted);
    g_assert_cmpuint(reply.retry_after_s, ==, wanted == 429 ? 3600 : 0);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

static json_t *body_of(uint32_t from, uint32_t to, bool full)
{
    return json_pack("{s:s, s:i, s:i, s:b}", "issuer", "", "from", (int)from, "to", (int)to, "full_name", full);
}

static uint32_t today(void)
{
    return date_of_ms(now_ms());
}

static json_t *make(struct credit_kit *f, const char *secret, bool full)
{
    char key[37];

    uuid7(now_ms(), key);
    return ask(f, secret, body_of(today() / 10000 * 10000 + 101, today(), full), key, 200);
}

static const char *text_in(json_t *json, const char *member)
{
    return json_string_value(json_object_get(json, member));
}

static void assert_refused(json_t *answer, const char *code)
{
    g_assert_cmpstr(text_in(answer, "code"), ==, code);
    json_decref(answer);
}

static void printed(struct credit_kit *f, struct pen *pen, const char *number, const char *verdict, const char *code)
{
    credit_kit_push(f, pen, CERTIFICATE_PRINTED, "CertificatePrinted", json_pack("{s:s}", "number", number), verdict, code);
}

/* ---- As anybody looks ---- */

/* g_free. */
static char *look(struct credit_kit *f, const char *query, const char *accept)
{
    struct request request = {.method = "GET", .path = VERIFY_PATH, .query = query, .accept_language = accept, .body = ""};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    g_assert_nonnull(reply.page_language);
    schema_check_exchange("GET", VERIFY_PATH, NULL, reply.status, reply.body, reply.body_len);
    char *text = g_strndup(reply.body, reply.body_len);
    reply_clear(&reply);
    return text;
}

static char *verified(struct credit_kit *f, json_t *certificate)
{
    const char *address = text_in(certificate, "verify");

    g_assert_true(g_str_has_prefix(address, VERIFY_PATH "?"));
    return look(f, address + strlen(VERIFY_PATH "?"), "en");
}

static size_t times_in(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* ---- Tests ---- */

static void test_list(struct credit_kit *f, const void *data)
{
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    json_t *answer = ask(f, secret, NULL, NULL, 200), *offers = json_object_get(answer, "offers"), *one = json_array_get(offers, 0);

    g_assert_cmpuint(json_array_size(offers), ==, 1); /* this year; all is the same */
    g_assert_cmpint(json_integer_value(json_object_get(one, "minutes")), ==, 1200);
    g_assert_cmpstr(text_in(one, "issuer"), ==, "YT01");
    g_assert_cmpuint(json_array_size(json_object_get(answer, "certificates")), ==, 0);
    g_assert_nonnull(strchr(text_in(answer, "name_masked"), '*'));
    json_decref(answer);
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 1);
    assert_refused(ask(f, credit_kit_secret('9'), NULL, NULL, 403), "SESSION_OVER");
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 1);
}

/* Her number on the roll. */
static void enrol(struct credit_kit *f, char no[VOLUNTEER_NO_SIZE])
{
    struct roll_row row = {.guardian = -1, .registered_ms = now_ms(), .registered_on = today(), .pledge = VOLUNTEER_PLEDGE};

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_card_token_person(f->platform->db, f->elder, &row.person, NULL) && db_roll_add(f->platform->db, &row, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    memcpy(no, row.no, VOLUNTEER_NO_SIZE);
}

static void test_once(struct credit_kit *f, const void *data)
{
    char no[VOLUNTEER_NO_SIZE];
    enrol(f, no);
    g_autofree char *secret = g_strdup(credit_kit_session(f, f->elder, "", 'a'));
    char key[37];
    uuid7(now_ms(), key);
    json_t *first = ask(f, secret, body_of(20260101, today(), false), key, 200), *again = ask(f, secret, body_of(20260101, today(), false), key, 200),
           *same = make(f, secret, false), *full = make(f, secret, true);

    g_assert_true(certificate_number_ok(text_in(first, "number")) && g_str_has_prefix(text_in(first, "number"), "V"));
    g_assert_cmpint(json_integer_value(json_object_get(first, "minutes")), ==, 1200);
    g_assert_cmpstr(text_in(first, "state"), ==, "MADE");
    g_assert_cmpstr(text_in(first, "volunteer_no"), ==, no);
    g_assert_cmpint(uscc_check(text_in(json_object_get(first, "issuer"), "uscc")), ==, USCC_OK);
    g_assert_cmpstr(text_in(json_object_get(first, "issuer"), "lead"), !=, "");
    g_assert_cmpstr(text_in(again, "number"), ==, text_in(first, "number"));
    g_assert_cmpstr(text_in(same, "number"), ==, text_in(first, "number")); /* the same words have one number */
    g_assert_cmpstr(text_in(full, "number"), !=, text_in(first, "number"));
    g_assert_null(strchr(text_in(full, "name"), '*'));
    g_assert_cmpstr(text_in(first, "name"), ==, text_in(full, "name_masked"));
    g_assert_false(kit_database_has(f->dir, text_in(full, "name")));
    g_assert_cmpint(kit_count(f->platform, STEPS), ==, 2);
    g_assert_cmpint(kit_count(f->platform, LOGGED), ==, 4);
    /* Another one's, and the same key for something else. */
    const char *other = credit_kit_session(f, f->adult, "", 'b');
    assert_refused(ask(f, other, body_of(20260101, today(), false), key, 422), "KEY_REUSED");
    assert_refused(ask(f, credit_kit_session(f, f->elder, "", 'a' + 2), body_of(20260102, today(), false), key, 422), "KEY_REUSED");
    json_decref(first);
    json_decref(again);
    json_decref(same);
    json_decref(full);
}

static void test_refused(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = g_strdup(credit_kit_session(f, f->elder, "", 'a')), *none = g_strdup(credit_kit_session(f, f->student, "", 'b'));
    char key[37];
    uuid7(now_ms(), key);

    assert_refused(ask(f, secret, body_of(20260101, today(), false), NULL, 400), "IDEMPOTENCY_KEY");
    assert_refused(ask(f, secret, body_of(20260101, today() + 10000, false), key, 400), "MALFORMED");
    assert_refused(ask(f, secret, body_of(today(), 20260101, false), key, 400), "MALFORMED");
    assert_refused(ask(f, secret, body_of(20260230, today(), false), key, 400), "MALFORMED");
    assert_refused(ask(f, secret, json_pack("{s:s}", "issuer", ""), key, 400), "MALFORMED");
    assert_refused(ask(f, none, body_of(20260101, today(), false), key, 422), "HOURS_NONE");
    assert_refused(ask(f, secret, body_of(20240101, 20241231, false), key, 422), "HOURS_NONE"); /* before she began */
    assert_refused(ask(f, secret, json_pack("{s:s, s:i, s:i, s:b}", "issuer", "XX", "from", 20260101, "to", (int)today(), "full_name", 0), key, 422),
                   "ISSUER_UNKNOWN");
    assert_refused(ask(f, credit_kit_secret('9'), body_of(20260101, today(), false), key, 403), "SESSION_OVER");
    g_assert_cmpint(kit_count(f->platform, STEPS), ==, 0);
    /* Ten new ones a day. */
    for (unsigned i = 1; i <= CERTIFICATES_DAY_MAX; i++) {
        uuid7(now_ms(), key);
        json_decref(ask(f, secret, body_of(20260100 + i, today(), false), key, 200));
    }
    uuid7(now_ms(), key);
    assert_refused(ask(f, secret, body_of(20260120, today(), false), key, 429), "CERTIFICATES_TOO_MANY");
}

static void begin(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
}

static void end(struct credit_kit *f)
{
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* An activity of this body, and minutes of somebody's there that are posted. */
static void served_at(struct credit_kit *f, const char *card, const char *activity, const char *issuer, int64_t minutes, int64_t end_ms)
{
    struct attendance_row row = {.kiosk = "K0001", .minutes = minutes,
                                 .times = {ATTENDANCE_POSTED, end_ms - 2 * HOUR, end_ms, end_ms - 2 * HOUR, end_ms}};
    struct activity_row told = {.kind = "volunteer", .made_ms = now_ms()};
    struct date_row date = {.session = {.start_ms = row.times.slot_start_ms, .end_ms = row.times.slot_end_ms, .seats = 5, .age_max = 200}};
    g_autoptr(GError) error = NULL;

    g_strlcpy(told.id, activity, sizeof told.id);
    g_strlcpy(told.title_zh, activity, sizeof told.title_zh);
    g_strlcpy(told.title_en, activity, sizeof told.title_en);
    g_strlcpy(date.activity, activity, sizeof date.activity);
    g_snprintf(date.id, sizeof date.id, "%s-1", activity);
    g_strlcpy(row.slot, date.id, sizeof row.slot);
    g_strlcpy(row.token, card, sizeof row.token);
    uuid7(now_ms(), row.id);
    begin(f);
    g_assert_true(db_activity_add(f->platform->db, &told, &error) && db_date_add(f->platform->db, &date, &error) &&
                  db_activity_issuer_set(f->platform->db, activity, issuer, &error) && db_attendance_put(f->platform->db, &row, &error) &&
                  credit_post_hours(f->platform->db, &f->rules, card, row.id, minutes, now_ms(), &error));
    g_assert_no_error(error);
    end(f);
}

static int64_t offered(json_t *list, const char *issuer)
{
    json_t *offer;
    size_t i;

    json_array_foreach(json_object_get(list, "offers"), i, offer)
        if (strcmp(text_in(offer, "issuer"), issuer) == 0)
            return json_integer_value(json_object_get(offer, "minutes"));
    return 0;
}

/* Each body certifies its own: a charity's walk is none of the committee's hours, and what was undone is nobody's. */
static void test_bodies(struct credit_kit *f, const void *data)
{
    const struct certificate_issuer charity = {.code = "CH01", .uscc = "52990100MA0000029C", .name_zh = "示范慈善会", .lead = "示范"};
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    char key[37];

    g_assert_true(certificate_issuer_put(f->platform, &charity, now_ms(), NULL));
    served_at(f, f->elder, "walk", "CH01", 90, now_ms() - HOUR);
    served_at(f, f->elder, "garden", "", 60, now_ms() - 4 * HOUR);
    json_t *list = ask(f, secret, NULL, NULL, 200);
    g_assert_cmpint(offered(list, "YT01"), ==, 1260);
    g_assert_cmpint(offered(list, "CH01"), ==, 90);
    json_decref(list);
    uuid7(now_ms(), key);
    json_t *own = make(f, secret, false),
           *other = ask(f, secret, json_pack("{s:s, s:i, s:i, s:b}", "issuer", "CH01", "from", 20260101, "to", (int)today(), "full_name", 0), key, 200);
    json_t *content = json_object_get(own, "content");
    g_assert_cmpint(json_integer_value(json_object_get(own, "minutes")), ==, 1260);
    g_assert_cmpuint(json_array_size(content), ==, 2); /* the garden, and what has no title at last */
    g_assert_cmpstr(text_in(json_array_get(content, 0), "title_zh"), ==, "garden");
    g_assert_cmpstr(text_in(json_array_get(content, 1), "title_zh"), ==, "");
    g_assert_cmpint(json_integer_value(json_object_get(other, "minutes")), ==, 90);
    g_assert_true(g_str_has_prefix(text_in(other, "number") + 5, "CH01"));
    g_assert_cmpstr(text_in(json_array_get(json_object_get(other, "content"), 0), "title_zh"), ==, "walk");
    json_decref(own);
    json_decref(other);
    /* What an attendance brought is undone. */
    begin(f);
    g_autofree char *txn = NULL;
    struct ledger_txn made, undo = {0};
    bool found = false;
    g_assert_true(db_text(f->platform->db, NULL, &txn,
                          "SELECT t.id FROM credit_txn t JOIN attendance a ON a.community=t.community AND a.id=t.ref WHERE t.community=?1 AND"
                          " a.slot='walk-1'", ""));
    g_assert_true(db_credit_txn_find(f->platform->db, txn, &made, &found, NULL) && found);
    ledger_txn_reverse(&made, &undo);
    uuid7(now_ms(), undo.id);
    undo.at_ms = now_ms();
    g_assert_true(credit_post(f->platform->db, &undo, NULL, 0, now_ms(), 0, NULL));
    end(f);
    list = ask(f, secret, NULL, NULL, 200);
    g_assert_cmpint(offered(list, "CH01"), ==, 0);
    json_decref(list);
}

static void test_printed(struct credit_kit *f, const void *data)
{
    g_autofree char *secret = g_strdup(credit_kit_session(f, f->elder, "", 'a'));
    json_t *one = make(f, secret, false);
    g_autofree char *before = verified(f, one);

    g_assert_nonnull(strstr(before, "Not known")); /* on no paper that is known of */
    printed(f, &f->pen, text_in(one, "number"), "accepted", "");
    g_autofree char *after = verified(f, one);
    g_assert_nonnull(strstr(after, "Right: it stands in the register"));
    g_assert_nonnull(strstr(after, "20 h 0 min"));
    g_assert_nonnull(strstr(after, text_in(one, "name_masked")));
    g_assert_nonnull(strstr(after, "54990100MA0000017Y"));
    printed(f, &f->other, text_in(one, "number"), "accepted", ""); /* a reprint elsewhere */
    json_t *list = ask(f, secret, NULL, NULL, 200), *own = json_array_get(json_object_get(list, "certificates"), 0);
    g_assert_cmpstr(text_in(own, "state"), ==, "ISSUED");
    g_assert_cmpint(json_integer_value(json_object_get(own, "prints")), ==, 2);
    g_assert_cmpstr(text_in(own, "number"), ==, text_in(one, "number"));
    json_decref(list);
    printed(f, &f->pen, "V2026YT0199999", "rejected", "DATA");
    char unknown[CERTIFICATE_NUMBER_SIZE];
    g_assert_true(certificate_number(2026, "YT01", 999, unknown, sizeof unknown));
    printed(f, &f->pen, unknown, "rejected", "UNKNOWN");
    json_decref(one);
}

static void test_withdrawn(struct credit_kit *f, const void *data)
{
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    json_t *one = make(f, secret, false);
    const struct two_action action = {"certificate-withdraw", text_in(one, "number"), "", "hours were told twice"};
    char *both[] = {"staff-1", "staff-2", NULL}, *alone[] = {"staff-1", "staff-1", NULL};
    g_autoptr(GError) error = NULL;

    printed(f, &f->pen, text_in(one, "number"), "accepted", "");
    g_assert_false(two_now(f->platform, &action, alone, now_ms(), NULL));
    g_assert_true(two_now(f->platform, &action, both, now_ms(), &error));
    g_assert_false(two_now(f->platform, &action, both, now_ms(), &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_autofree char *page = verified(f, one);
    g_assert_nonnull(strstr(page, "Withdrawn: it does not count any more"));
    /* It is not printed again; asked for anew it has another number. */
    json_t *list = ask(f, secret, NULL, NULL, 200), *next = make(f, secret, false);
    g_assert_cmpuint(json_array_size(json_object_get(list, "certificates")), ==, 0);
    g_assert_cmpstr(text_in(next, "number"), !=, text_in(one, "number"));
    json_t *rows = certificates_list(f->platform, text_in(one, "number"), NULL), *steps = json_object_get(json_array_get(rows, 0), "steps");
    g_assert_cmpuint(json_array_size(steps), ==, 3);
    g_assert_cmpstr(text_in(json_array_get(steps, 2), "staff_b"), ==, "staff-2");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM access_log WHERE community=?1 AND purpose='correction'"), ==, 1);
    json_decref(rows);
    json_decref(list);
    json_decref(next);
    json_decref(one);
}

/* Of the one hour at this activity. */
static void attendance_at(struct credit_kit *f, const char *slot, char id[37])
{
    g_autofree char *text = NULL;

    begin(f);
    g_assert_true(db_text(f->platform->db, NULL, &text, "SELECT id FROM attendance WHERE community=?1 AND slot=?2", "s", slot));
    end(f);
    g_assert_nonnull(text);
    g_strlcpy(id, text, 37);
}

static void disputed(struct credit_kit *f, const char *token, const char *attendance)
{
    struct volunteer_dispute dispute = {.what = DOUBT_TOO_MANY};

    g_strlcpy(dispute.token, token, sizeof dispute.token);
    g_strlcpy(dispute.attendance, attendance, sizeof dispute.attendance);
    credit_kit_push(f, &f->pen, VOLUNTEER_DISPUTED, "VolunteerDisputed", volunteer_dispute_to_json(&dispute), "accepted", "");
}

/* The same hours are not on two papers that count: who puts hours right hears of what was certified, and they stay their body's until then. */
static void test_twice(struct credit_kit *f, const void *data)
{
    const struct certificate_issuer charity = {.code = "CH01", .uscc = "52990100MA0000029C", .name_zh = "示范慈善会", .lead = "示范"};
    char *both[] = {"staff-1", "staff-2", NULL}, key[37], id[37];
    g_autoptr(GPtrArray) over = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(certificate_issuer_put(f->platform, &charity, now_ms(), NULL));
    served_at(f, f->elder, "walk", "CH01", 90, now_ms() - HOUR);
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    g_assert_true(certificate_activity_put(f->platform, "walk", "", NULL)); /* nothing of it is certified */
    g_assert_true(certificate_activity_put(f->platform, "walk", "CH01", NULL));
    g_assert_false(certificate_activity_put(f->platform, "walk", "XX", NULL));
    json_decref(make(f, secret, true)); /* the own body's is no matter here */
    uuid7(now_ms(), key);
    json_t *one = ask(f, secret, json_pack("{s:s, s:i, s:i, s:b}", "issuer", "CH01", "from", 20260101, "to", (int)today(), "full_name", 0), key, 200);
    g_assert_false(certificate_activity_put(f->platform, "walk", "YT01", &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_assert_nonnull(strstr(error->message, text_in(one, "number")));
    g_assert_true(certificate_activity_put(f->platform, "walk", "CH01", NULL));
    attendance_at(f, "walk-1", id);
    disputed(f, f->elder, id);
    g_assert_true(volunteers_correct(f->platform, id, 60, both, "left early", now_ms(), &over, NULL));
    g_assert_cmpuint(over->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(over, 0), ==, text_in(one, "number"));
    const struct two_action action = {"certificate-withdraw", text_in(one, "number"), "", "hours were put right"};
    g_assert_true(two_now(f->platform, &action, both, now_ms(), NULL));
    g_assert_true(certificate_activity_put(f->platform, "walk", "YT01", NULL));
    json_decref(one);
}

/* Its kiosk had not told that it was printed. */
static void test_withdrawn_early(struct credit_kit *f, const void *data)
{
    json_t *one = make(f, credit_kit_session(f, f->elder, "", 'a'), false);
    const struct two_action action = {"certificate-withdraw", text_in(one, "number"), "", "hours were told twice"};
    char *both[] = {"staff-1", "staff-2", NULL};

    g_assert_true(two_now(f->platform, &action, both, now_ms(), NULL));
    g_autofree char *page = verified(f, one);
    g_assert_nonnull(strstr(page, "Withdrawn: it does not count any more"));
    g_assert_null(strstr(page, "1970"));
    g_assert_nonnull(strstr(page, "<th scope=\"row\">Issued on</th><td>–</td>"));
    json_decref(one);
}

/* As people type it who read a digit for a letter, or have a Chinese keyboard: g_free. */
static char *typed_as(const char *text, bool wide, bool letters)
{
    GString *out = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        gunichar c = letters && *text == '0' ? 'o' : letters && *text == '1' ? 'l' : (gunichar)*text;
        g_string_append_unichar(out, wide ? c - '!' + 0xFF01 : c);
    }
    char *form = g_uri_escape_string(out->str, NULL, false);
    g_string_free(out, TRUE);
    return form;
}

static void test_typed(struct credit_kit *f, const void *data)
{
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    bool zero = false, one = false;
    char key[37];

    for (unsigned i = 1; i <= CERTIFICATES_DAY_MAX && !(zero && one); i++) { /* until both digits were in a code */
        uuid7(now_ms(), key);
        json_t *made = ask(f, secret, body_of(20260100 + i, today(), false), key, 200);
        const char *code = text_in(made, "code");
        printed(f, &f->pen, text_in(made, "number"), "accepted", "");
        for (int wide = 0; wide < 2; wide++) {
            g_autofree char *number = typed_as(text_in(made, "number"), wide != 0, false), *digits = typed_as(code, wide != 0, true),
                            *query = g_strdup_printf("number=%s&code=%s", number, digits), *page = look(f, query, "en");
            g_assert_nonnull(strstr(page, "Right: it stands in the register"));
        }
        zero = zero || strchr(code, '0') != NULL;
        one = one || strchr(code, '1') != NULL;
        json_decref(made);
    }
}

/* The rows of the page, without what stands in them. */
static char *shape_of(const char *page)
{
    g_autoptr(GRegex) cells = g_regex_new("<td>[^<]*</td>|<h2 id=\"state\"[^<]*</h2>|value=\"[^\"]*\"|number=[^\"]*\"|aria-current=\"[^\"]*\"", 0, 0, NULL);

    return g_regex_replace_literal(cells, page, -1, 0, "", 0, NULL);
}

/* A page for browsers, in their language, that says nothing of a certificate; a problem for all else. */
static void test_later(void)
{
    static const struct {
        const char *accept, *language, *says;
        unsigned status;
    } cases[] = {{"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "en", "Too many have asked from here", 429},
                 {"text/html", "zh-CN", "没有查询", 503},
                 {"application/json", "en", "\"code\":\"TOO_MANY\"", 429},
                 {"*/*", "en", "\"code\":\"BUSY\"", 503},
                 {NULL, NULL, "\"code\":\"BUSY\"", 503}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct request request = {.method = "GET", .path = VERIFY_PATH, .query = "number=V1%3Cb%3E&code=C2", .accept = cases[i].accept,
                                        .accept_language = cases[i].language, .body = ""};
        struct reply reply = {0};
        bool page = i < 2;

        handlers_refuse(&request, &reply, cases[i].status, cases[i].status == 429 ? "TOO_MANY" : "BUSY");
        g_autofree char *text = g_strndup(reply.body, reply.body_len);
        g_assert_cmpuint(reply.status, ==, cases[i].status);
        g_assert_cmpstr(reply.content_type, ==, (page ? "text/html; charset=utf-8" : "application/problem+json"));
        g_assert_true(reply.retry_after_s > 0 || cases[i].status == 429); /* of 429 the throttle says it */
        g_assert_true((reply.page_language != NULL) == page);
        g_assert_cmpstr(reply.problem, ==, (cases[i].status == 429 ? "TOO_MANY" : "BUSY"));
        g_assert_nonnull(strstr(text, cases[i].says));
        g_assert_true(strstr(text, "<b>") == NULL && strstr(text, "<table") == NULL);
        g_assert_true(!page || strstr(text, "value=\"C2\"") != NULL); /* what was typed is still there */
        schema_check_answer(&(struct schema_exchange){.method = "GET", .path = VERIFY_PATH, .status = reply.status, .type = reply.content_type,
                                                      .answer = reply.body, .answer_len = reply.body_len});
        reply_clear(&reply);
    }
}

static void test_strangers(struct credit_kit *f, const void *data)
{
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    json_t *one = make(f, secret, true);
    char other[CERTIFICATE_NUMBER_SIZE];

    printed(f, &f->pen, text_in(one, "number"), "accepted", "");
    g_assert_true(certificate_number(2026, "YT01", 77, other, sizeof other));
    g_autofree char *wrong_code = g_strdup_printf("number=%s&code=0000000000", text_in(one, "number")),
                    *no_number = g_strdup_printf("number=%s&code=%s", other, text_in(one, "code")),
                    *small = g_ascii_strdown(text_in(one, "number"), -1),
                    *typed = g_strdup_printf("number=%.5s-%s&code=%.5s+%s", small, small + 5, text_in(one, "code"), text_in(one, "code") + 5);
    const char *const unknown[] = {wrong_code, no_number, "number=&code=", "number=%3Cscript%3Ealert(1)%3C/script%3E&code=%22%3E", "code=A",
                                   "number=V2026YT01000001%00&code=1"};
    g_autofree char *right = verified(f, one), *shape = shape_of(right), *by_hand = look(f, typed, "en"), *empty = look(f, NULL, "zh-CN");

    g_assert_nonnull(strstr(by_hand, "Right: it stands in the register"));
    g_assert_null(strstr(right, text_in(one, "name"))); /* in full it stands on the paper alone */
    g_assert_nonnull(strstr(empty, "查"));
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_autofree char *page = look(f, unknown[i], "en"), *like = shape_of(page);
        g_assert_null(strstr(page, text_in(one, "name_masked")));
        g_assert_null(strstr(page, "<script"));
        if (i + 1 < G_N_ELEMENTS(unknown)) { /* the last one is no form at all */
            g_assert_nonnull(strstr(page, "Not known"));
            g_assert_cmpstr(like, ==, shape);
            g_assert_cmpuint(times_in(page, "<tr>"), ==, times_in(right, "<tr>"));
        }
    }
    json_decref(one);
}

static void test_erased(struct credit_kit *f, const void *data)
{
    const char *secret = credit_kit_session(f, f->elder, "", 'a');
    json_t *one = make(f, secret, true);
    int64_t person = -1;

    printed(f, &f->pen, text_in(one, "number"), "accepted", "");
    begin(f);
    g_assert_true(db_card_token_person(f->platform->db, f->elder, &person, NULL) && db_certificates_erase(f->platform->db, person, NULL));
    end(f);
    g_autofree char *page = verified(f, one);
    g_assert_nonnull(strstr(page, "Right: it stands in the register"));
    g_assert_nonnull(strstr(page, "20 h 0 min"));
    g_assert_null(strstr(page, text_in(one, "name_masked")));
    json_decref(one);
}

/* By themselves. */
static void test_tables(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"DELETE FROM service_certificate WHERE community=?1", "register of certificates is kept"},
        {"DELETE FROM service_certificate_step WHERE community=?1", "register of certificates is kept"},
        {"UPDATE service_certificate_step SET reason='x' WHERE community=?1", "register of certificates is kept"},
        {"UPDATE service_certificate SET minutes=minutes+60 WHERE community=?1", "stays as it was made"},
        {"UPDATE service_certificate SET person=person+1 WHERE community=?1", "stays as it was made"},
        {"UPDATE service_certificate SET state='MADE', issued_ms=0, prints=0 WHERE community=?1", "stays as it was made"},
    };
    json_t *one = make(f, credit_kit_session(f, f->elder, "", 'a'), false);

    printed(f, &f->pen, text_in(one, "number"), "accepted", "");
    begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
    json_decref(one);
}

static void test_issuer(struct credit_kit *f, const void *data)
{
    struct certificate_issuer issuer = {.code = "CH01", .uscc = "52990100MA0000029C", .name_zh = "示范慈善会", .lead = "示范"};
    g_autoptr(GError) error = NULL;

    g_assert_true(certificate_issuer_put(f->platform, &issuer, now_ms(), &error));
    g_strlcpy(issuer.uscc, "52990100MA0000029D", sizeof issuer.uscc);
    g_assert_false(certificate_issuer_put(f->platform, &issuer, now_ms(), &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
    g_assert_false(kit_database_has(f->dir, "示范负责人")); /* sealed */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    locale_bind(NULL);
    CREDIT_KIT_ADD("/certified/list", test_list);
    CREDIT_KIT_ADD("/certified/once", test_once);
    CREDIT_KIT_ADD("/certified/refused", test_refused);
    CREDIT_KIT_ADD("/certified/bodies", test_bodies);
    CREDIT_KIT_ADD("/certified/printed", test_printed);
    CREDIT_KIT_ADD("/certified/withdrawn", test_withdrawn);
    CREDIT_KIT_ADD("/certified/twice", test_twice);
    CREDIT_KIT_ADD("/certified/withdrawn-early", test_withdrawn_early);
    CREDIT_KIT_ADD("/certified/typed", test_typed);
    CREDIT_KIT_ADD("/certified/strangers", test_strangers);
    g_test_add_func("/certified/later", test_later);
    CREDIT_KIT_ADD("/certified/erased", test_erased);
    CREDIT_KIT_ADD("/certified/tables", test_tables);
    CREDIT_KIT_ADD("/certified/issuer", test_issuer);
    return g_test_run();
}
