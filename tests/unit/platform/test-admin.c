/* SPDX-License-Identifier: Apache-2.0 */
/* The page for operators: its numbers, who may see it, what is never below ten, and that nothing in it is markup of somebody else. */
#include "credit-kit.h"
#include "device/locale.h"
#include "kit.h"
#include "model/model.h"
#include "platform/admin/admin.h"
#include "platform/admin/page.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-check.h"
#include "platform/data/db-rows.h"
#include "platform/persons/replace.h"
#include "schema.h"
#include <stdlib.h>
#include <string.h>

#define DAY_MS   INT64_C(86400000)
#define OPERATOR "0a11"
#define DECIDER  "0a22"
#define DIGEST   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void operator_put(struct db *db, const char *serial, const char *id, const char *role, const char *digest)
{
    struct operator_row row = {.issued_ms = now_ms(), .ends_ms = now_ms() + DAY_MS};

    g_strlcpy(row.serial, serial, sizeof row.serial);
    g_strlcpy(row.id, id, sizeof row.id);
    g_strlcpy(row.role, role, sizeof row.role);
    g_strlcpy(row.digest, digest, sizeof row.digest);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_operator_add(db, &row, NULL));
    g_assert_true(db_commit(db, NULL));
}

static void up(struct credit_kit *f, const void *data)
{
    credit_kit_up(f, data);
    operator_put(f->platform->db, OPERATOR, "op.1", ADMIN_OPERATOR, DIGEST);
    operator_put(f->platform->db, DECIDER, "boss", ADMIN_DECISION_MAKER, ""); /* of before digests were kept */
}

static const struct request LOOK = {.method = "GET", .path = ADMIN_PATH, .certificate = OPERATOR, .certificate_digest = DIGEST, .operator_id = "op.1",
                                    .operator_role = ADMIN_OPERATOR, .lang = "en", .body = ""};

/* The page, or what refuses it; g_free. */
static char *look(struct credit_kit *f, const struct request *request, unsigned *status)
{
    struct reply reply = {0};
    char *text;

    handlers_run(f->platform, request, &reply);
    schema_check_exchange("GET", request->path, NULL, reply.status, reply.body, reply.body_len);
    *status = reply.status;
    text = g_strndup(reply.body, reply.body_len);
    reply_clear(&reply);
    return text;
}

static char *page_of(struct credit_kit *f, const struct request *request)
{
    unsigned status;
    char *text = look(f, request, &status);

    g_assert_cmpuint(status, ==, 200);
    return text;
}

static void assert_has(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        g_error("not in the page: %s\n%s", text, page);
}

static void assert_has_not(const char *page, const char *text)
{
    if (strstr(page, text) != NULL)
        g_error("in the page: %s\n%s", text, page);
}

/* ---- Who may ---- */

static void refused(struct credit_kit *f, struct request request)
{
    unsigned status;

    for (int i = 0; i < 2; i++) {
        request.path = i == 0 ? ADMIN_PATH : ADMIN_STYLE_PATH;
        g_autofree char *text = look(f, &request, &status);
        g_assert_cmpuint(status, ==, 403);
        assert_has(text, "OPERATOR_NEEDED");
    }
}

static void test_who(struct credit_kit *f, const void *data)
{
    struct request request = LOOK;
    int count = 0;

    g_free(page_of(f, &LOOK));
    refused(f, (struct request){.method = "GET", .body = ""});
    refused(f, (struct request){.method = "GET", .kiosk = "K0001", .certificate = KIT_SERIAL, .body = ""});
    request.operator_role = ADMIN_DECISION_MAKER; /* the certificate says another role than the register */
    refused(f, request);
    request = LOOK;
    request.operator_id = "boss";
    refused(f, request);
    request = LOOK;
    request.certificate = "0a33"; /* of the authority, and not in the register */
    refused(f, request);
    request = LOOK;
    request.certificate_digest = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"; /* made by somebody else, all else the same */
    refused(f, request);
    request.certificate_digest = NULL;
    refused(f, request);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_operator_revoke(f->platform->db, "op.1", now_ms(), &count, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    g_assert_cmpint(count, ==, 1);
    refused(f, LOOK);
}

/* Whoever may look at the page is no kiosk. */
static void test_no_kiosk(struct credit_kit *f, const void *data)
{
    struct request request = LOOK;
    unsigned status;

    request.path = "/v1/feed";
    g_autofree char *text = look(f, &request, &status);
    g_assert_cmpuint(status, ==, 403);
    assert_has(text, "CERTIFICATE_NEEDED");
}

/* ---- The numbers ---- */

static void pay(struct pen *pen, struct platform *platform, unsigned times, int64_t fen)
{
    for (unsigned i = 0; i < times; i++) {
        g_autofree char *card = kit_card(0);
        struct payment payment;

        kit_payment(&payment, card, NULL, fen);
        json_t *events = json_array();
        json_array_append_new(events, pen_payment(pen, &payment, PAYMENT_COMMITTING));
        kit_tac(&payment);
        json_array_append_new(events, pen_payment(pen, &payment, PAYMENT_CONFIRMED));
        json_t *answer = kit_push(platform, pen, events);
        g_assert_cmpstr(kit_verdict(answer, 1), ==, "accepted");
        json_decref(answer);
    }
}

static void said(struct credit_kit *f, const char *type, json_t *data, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, type, data)));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
}

static json_t *rating_of(const char *service, int grade, const char *rater)
{
    return json_pack("{s:s, s:s, s:i, s:s}", "service", service, "kind", "payment", "grade", grade, "rater", rater);
}

static void rate(struct credit_kit *f, const char *service, int grade, const char *rater, const char *verdict, const char *code)
{
    said(f, "rating.given", rating_of(service, grade, rater), verdict, code);
}

static void rate_many(struct credit_kit *f, int grade, int times)
{
    for (int i = 0; i < times; i++) {
        char id[37];

        uuid7(now_ms(), id);
        rate(f, id, grade, f->adult, "accepted", "");
    }
}

/* 12 payments of 1.23 yuan and 11 of 0.50 at two kiosks, and three at a third one. */
static void test_golden(struct credit_kit *f, const void *data)
{
    struct request request = LOOK;
    char day[16];
    g_autofree char *row = NULL;

    page_date(stats_day(now_ms()), day);
    pay(&f->pen, f->platform, 12, 123);
    pay(&f->other, f->platform, 11, 50);
    g_autofree char *today = page_of(f, &LOOK);
    row = g_strdup_printf("<th scope=\"row\">%s</th>", day);
    assert_has_not(today, row); /* it is not over */
    g_free(row);
    credit_kit_shift_ms += DAY_MS;
    row = g_strdup_printf("<th scope=\"row\">%s</th><td class=\"n\">23</td><td class=\"n\">20.26</td>", day);
    g_autofree char *all = page_of(f, &LOOK);
    assert_has(all, row);
    assert_has(all, "Paid by card (yuan)</th><td class=\"n\">23</td><td class=\"n\">20.26</td><td class=\"n\">1</td><td class=\"n\">29</td>");
    assert_has(all, "Events of kiosks</th><td class=\"n\">46</td>");
    request.of = "K0002";
    request.days = "7";
    g_autofree char *one = page_of(f, &request);
    assert_has(one, "<td class=\"n\">11</td><td class=\"n\">5.50</td>");
    assert_has(one, "Paid by card (yuan)</th><td class=\"n\">11</td><td class=\"n\">5.50</td><td class=\"n\">1</td><td class=\"n\">6</td>");
}

/* Next to a kiosk with three payments the other one's number would tell them. */
static void test_remainder(struct credit_kit *f, const void *data)
{
    struct request request = LOOK;

    pay(&f->pen, f->platform, 12, 100);
    pay(&f->other, f->platform, 3, 100);
    credit_kit_shift_ms += DAY_MS;
    g_autofree char *all = page_of(f, &LOOK);
    assert_has(all, "<td class=\"n\">15</td><td class=\"n\">15.00</td>");
    for (int i = 1; i <= 2; i++) {
        request.of = i == 1 ? "K0001" : "K0002";
        g_autofree char *one = page_of(f, &request);
        assert_has_not(one, "<td class=\"n\">12</td>");
        assert_has_not(one, "<td class=\"n\">3</td>");
        assert_has(one, "Paid by card (yuan)</th><td class=\"n\">–</td><td class=\"n\">–</td><td class=\"n\">0</td><td class=\"n\">30</td>");
    }
}

static int64_t asked(struct credit_kit *f, const char *sql)
{
    int64_t n = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &n, sql, ""));
    db_rollback(f->platform->db);
    return n;
}

#define COUNTED(GRADE) "SELECT sum(n) FROM day_total WHERE community=?1 AND key='rating:" GRADE "'"

/* Changed once, within a day: what counts is the last word, both are kept; one that is low now is followed up. */
static void test_rating_changed(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"UPDATE rating_first SET grade=5 WHERE community=?1", "stays"},
        {"DELETE FROM rating_first WHERE community=?1", "stays"},
    };
    static const char one[] = "01985d5e-5c00-7000-8000-000000000001", two[] = "01985d5e-5c00-7000-8000-000000000002";

    said(f, "rating.changed", rating_of(one, 2, f->adult), "rejected", "UNKNOWN");
    said(f, "rating.changed", rating_of("payment 1", 2, f->adult), "rejected", "DATA");
    rate(f, one, 5, f->adult, "accepted", "");
    rate(f, two, 1, f->adult, "accepted", "");
    said(f, "rating.changed", rating_of(one, 2, f->elder), "rejected", "UNKNOWN"); /* another person's */
    credit_kit_shift_ms += DAY_MS - 60000;
    json_t *why = rating_of(one, 2, f->adult);
    json_object_set_new(why, "reasons", json_pack("[s]", "attitude"));
    credit_kit_push(f, &f->other, "rating.changed", "Rating", rating_of(one, 1, f->adult), "conflict", "RATED_ALREADY"); /* not said there */
    said(f, "rating.changed", why, "accepted", "");
    said(f, "rating.changed", rating_of(one, 4, f->adult), "conflict", "RATED_ALREADY");
    rate(f, one, 4, f->adult, "conflict", "RATED_ALREADY");
    g_assert_cmpint(asked(f, COUNTED("5")), ==, 0);
    g_assert_cmpint(asked(f, COUNTED("2")), ==, 1);
    g_assert_cmpint(asked(f, "SELECT grade FROM rating_first WHERE community=?1"), ==, 5);
    g_assert_cmpint(asked(f, "SELECT sum(reasons) FROM rating_reason WHERE community=?1"), ==, RATING_ATTITUDE);
    g_assert_cmpint(asked(f, "SELECT count(*) FROM rating_step WHERE community=?1 AND state='OPEN'"), ==, 2);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
    credit_kit_shift_ms += 120000;
    said(f, "rating.changed", rating_of(two, 4, f->adult), "conflict", "RATED_ALREADY"); /* a day is over */
    g_assert_cmpint(asked(f, COUNTED("1")), ==, 1);
}

static void on_ratings(struct credit_kit *f, const char *sql)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, sql, ""));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* A kiosk whose clock is days ahead: the count moves where it was made, at the day of receipt. */
static void test_rating_counted(struct credit_kit *f, const void *data)
{
    static const char one[] = "01985d5e-5c00-7000-8000-000000000001", two[] = "01985d5e-5c00-7000-8000-000000000002";

    rate(f, one, 5, f->adult, "accepted", "");
    rate(f, two, 4, f->adult, "accepted", "");
    on_ratings(f, "UPDATE rating SET at_ms=at_ms+259200000 WHERE community=?1");
    on_ratings(f, "UPDATE rating SET counted_day=NULL WHERE community=?1 AND grade=4"); /* of before that was kept */
    said(f, "rating.changed", rating_of(one, 2, f->adult), "accepted", "");
    said(f, "rating.changed", rating_of(two, 3, f->adult), "accepted", "");
    g_assert_cmpint(asked(f, COUNTED("5")), ==, 0);
    g_assert_cmpint(asked(f, COUNTED("2")), ==, 1);
    g_assert_cmpint(asked(f, COUNTED("4")), ==, 0);
    g_assert_cmpint(asked(f, COUNTED("3")), ==, 1);
}

/* With the card that took the other's place. */
static void test_rating_changed_by_successor(struct credit_kit *f, const void *data)
{
    static const char one[] = "01985d5e-5c00-7000-8000-000000000001";
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20461231};
    const struct card_replacing ask = {.card = f->elder, .successor = row.token, .cause = "damaged", .staff = {"staff-1", "staff-2"},
                                       .reason = "the chip does not answer"};
    const char *refused = NULL;

    rate(f, one, 1, f->elder, "accepted", "");
    g_assert_true(card_stock_add(f->platform, "3109901007700000017", &row, now_ms(), NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(card_replace(f->platform, &ask, now_ms(), &refused, NULL));
    g_assert_cmpstr(refused, ==, NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
    said(f, "rating.changed", rating_of(one, 4, row.token), "accepted", "");
    said(f, "rating.changed", rating_of(one, 5, f->elder), "conflict", "RATED_ALREADY");
    g_assert_cmpint(asked(f, COUNTED("1")), ==, 0);
    g_assert_cmpint(asked(f, COUNTED("4")), ==, 1);
    g_assert_cmpint(asked(f, "SELECT count(*) FROM rating_step WHERE community=?1"), ==, 2); /* opened, and over */
    g_assert_cmpint(asked(f, "SELECT count(*) FROM rating_step WHERE community=?1 AND n=1 AND state='CLOSED' AND staff='platform'"), ==, 1);
}

static void test_ratings(struct credit_kit *f, const void *data)
{
    static const char service[] = "01985d5e-5c00-7000-8000-000000000001";

    rate(f, service, 5, f->adult, "accepted", "");
    rate(f, service, 1, f->adult, "conflict", "RATED_ALREADY");
    rate(f, service, 5, f->elder, "accepted", "");
    rate(f, service, 6, f->student, "rejected", "DATA");
    rate(f, service, 0, f->student, "rejected", "DATA");
    rate(f, service, 3, "Zhang San", "rejected", "DATA");
    rate(f, "payment 1", 3, f->student, "rejected", "DATA");
    json_t *why = json_pack("{s:s, s:s, s:i, s:s, s:[s]}", "service", service, "kind", "payment", "grade", 3, "rater", f->student, "reasons",
                            "weather");
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "rating.given", why)));
    g_assert_cmpstr(kit_code(answer, 0), ==, "DATA");
    json_decref(answer);
    rate_many(f, 5, 28); /* 30 of grade 5, 20 of 4, 12 of 2, 3 of 1 */
    rate_many(f, 4, 20);
    rate_many(f, 2, 12);
    rate_many(f, 1, 3);
    g_autofree char *now = page_of(f, &LOOK);
    assert_has_not(now, "<td class=\"n\">65</td>"); /* the month is not over */
    credit_kit_shift_ms += 31 * DAY_MS;
    g_autofree char *later = page_of(f, &LOOK);
    /* Grades 3 and 1 are below ten, and together too: grade 2 is hidden with them. At least 50 of 65 were satisfied. */
    assert_has(later, "<td class=\"n\">65</td><td class=\"n\">≥ 76 %</td><td class=\"n\">30</td><td class=\"n\">20</td>"
                      "<td class=\"n few\">&lt;10</td><td class=\"n few\">&lt;10</td><td class=\"n few\">&lt;10</td>");
}

static void test_health(struct credit_kit *f, const void *data)
{
    struct request feed = {.method = "GET", .path = "/v1/feed", .kiosk = "K0001", .certificate = KIT_SERIAL, .body = "",
                           .user_agent = "citycard-kiosk/9.8.7<b>", .behind = "42"};
    struct request request = LOOK;
    unsigned status;

    g_free(look(f, &feed, &status));
    g_assert_cmpuint(status, ==, 200);
    g_autofree char *page = page_of(f, &LOOK);
    assert_has(page, "<td class=\"n\">42</td>");
    assert_has(page, "<td>9.8.7</td>");
    assert_has(page, "in service");
    feed.behind = "a lot";
    g_free(look(f, &feed, &status));
    g_assert_cmpuint(status, ==, 400);
    credit_kit_shift_ms += 3600000;
    request.certificate = DECIDER;
    request.operator_id = "boss";
    request.operator_role = ADMIN_DECISION_MAKER;
    g_autofree char *later = page_of(f, &request);
    assert_has(later, "silent");
    assert_has_not(later, "<td class=\"n\">42</td>"); /* not for whom it is no work */
    assert_has(later, "<dt>Payments in doubt</dt><dd>&lt;10</dd>");
}

/* ---- Never below ten ---- */

static void assert_closed(const struct cell *parts, size_t count, const struct cell *total)
{
    int64_t hidden_n = 0;
    size_t hidden = 0;

    g_assert_true(total->shown == (total->n >= CELL_MIN));
    for (size_t i = 0; i < count; i++) {
        g_assert_true(!parts[i].shown || (total->shown && parts[i].n >= CELL_MIN));
        hidden += !parts[i].shown;
        hidden_n += parts[i].shown ? 0 : parts[i].n;
    }
    g_assert_true(!total->shown || hidden == 0 || (hidden >= 2 && hidden_n >= CELL_MIN) || hidden == count);
}

static void test_cells(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261122);

    for (int round = 0; round < 20000; round++) {
        struct cell parts[6] = {{0}}, total;
        size_t count = (size_t)g_rand_int_range(rand, 1, 7);

        for (size_t i = 0; i < count; i++)
            parts[i].n = g_rand_int_range(rand, 0, round % 2 == 0 ? 14 : 60);
        cells_close(parts, count, &total);
        assert_closed(parts, count, &total);
    }
}

static struct cells_sum sum_asked(struct db *db, const char *days, const char *of)
{
    struct figures figures;

    g_assert_true(figures_read(db, days, of, now_ms(), &figures, NULL));
    struct cells_sum out = cells_sum((const struct cell *)figures.series[FIGURES_PAID]->data, figures.series[FIGURES_PAID]->len);
    figures_clear(&figures);
    return out;
}

/* Two answers of different filters, or of two days, one taken from the other: never one to nine. */
static void test_differences(struct credit_kit *f, const void *data)
{
    static const char *const periods[] = {"7", "30", "90", "365"}, *const kiosks[] = {NULL, "K0001", "K0002"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    struct db *db = f->platform->db;
    int64_t seen[2 * G_N_ELEMENTS(periods) * G_N_ELEMENTS(kiosks)];
    size_t count = 0;

    g_assert_true(db_begin(db, true, NULL));
    for (int day = 1; day < 400; day++)
        for (int kiosk = 1; kiosk <= 2; kiosk++)
            g_assert_true(db_day_add(db, "paid", kiosk == 1 ? "K0001" : "K0002", now_ms() - day * DAY_MS,
                                     g_rand_int_range(rand, 0, 25), 100, NULL));
    g_assert_true(db_commit(db, NULL));
    for (int later = 0; later < 2; later++, credit_kit_shift_ms += DAY_MS)
        for (size_t p = 0; p < G_N_ELEMENTS(periods); p++)
            for (size_t k = 0; k < G_N_ELEMENTS(kiosks); k++)
                seen[count++] = sum_asked(db, periods[p], kiosks[k]).n;
    g_assert_cmpint(seen[9], >, 1000);
    for (size_t p = 0; p < G_N_ELEMENTS(periods); p++)
        for (size_t q = p + 1; q < G_N_ELEMENTS(periods); q++)
            for (size_t k = 0; k < G_N_ELEMENTS(kiosks); k++) {
                int64_t apart = seen[q * 3 + k] - seen[p * 3 + k];
                g_assert_true(apart == 0 || apart >= CELL_MIN);
            }
    /* All kiosks without the two that are shown. */
    for (size_t p = 0; p < G_N_ELEMENTS(periods); p++) {
        int64_t rest = seen[p * 3] - seen[p * 3 + 1] - seen[p * 3 + 2];
        g_assert_true(rest == 0 || rest >= CELL_MIN);
    }
}

/* ---- Text ---- */

static void test_hostile(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;
    struct request request = LOOK;

    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_kiosk_add(db, "<script>alert(1)</script>", "</td><img src=x onerror=1>", "\"'><svg onload=1>", NULL));
    g_assert_true(db_kiosk_alarm_set(db, "<script>alert(1)</script>", "<b>alarm</b>", NULL));
    g_assert_true(db_commit(db, NULL));
    for (int zh = 0; zh < 2; zh++) {
        request.lang = zh ? "zh" : "en";
        request.of = "\"><script>";
        request.days = "<script>";
        g_autofree char *page = page_of(f, &request);
        assert_has(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_has_not(page, "<script");
        assert_has_not(page, "<img");
        assert_has_not(page, "<svg on");
        assert_has_not(page, "<b>");
        assert_has_not(page, "onerror=1>");
    }
}

static void test_language(struct credit_kit *f, const void *data)
{
    struct request request = LOOK;

    g_assert_cmpint(words_choose("en-GB", "zh"), ==, WORDS_EN);
    g_assert_cmpint(words_choose(NULL, "de, en;q=0.8, zh-CN;q=0.9"), ==, WORDS_ZH);
    g_assert_cmpint(words_choose(NULL, "de, en-US;q=0.8, zh-CN;q=0.75"), ==, WORDS_EN);
    g_assert_cmpint(words_choose("fr", "en;q=0, fr"), ==, WORDS_ZH);
    g_assert_cmpint(words_choose("e", ",,;q=,z"), ==, WORDS_ZH);
    request.lang = NULL;
    request.accept_language = "en";
    g_autofree char *en = page_of(f, &request);
    assert_has(en, "<html lang=\"en\">");
    assert_has(en, ">Satisfaction<");
    request.accept_language = NULL;
    g_autofree char *zh = page_of(f, &request);
    assert_has(zh, "<html lang=\"zh-CN\">");
    assert_has(zh, ">满意度<");
    assert_has_not(zh, ">Satisfaction<");
}

/* No name, number or token of anybody is in it. */
static void test_nobody(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(0);

    pay(&f->pen, f->platform, 2, 100);
    g_autofree char *page = page_of(f, &LOOK);
    assert_has_not(page, card);
    assert_has_not(page, card + 3);
    assert_has_not(page, f->adult);
    assert_has_not(page, "staff-1");
}

/* ---- admin check ---- */

static void assert_checked(struct db *db, const char *sealed, const char *chains)
{
    g_autofree char *seal_broken = NULL, *chain_broken = NULL, *books_broken = NULL;
    int64_t count = 0;

    g_assert_true(db_check_sealed(db, &count, &seal_broken, NULL));
    g_assert_true(sealed == NULL ? seal_broken == NULL && count > 100 : strstr(seal_broken, sealed) != NULL);
    g_assert_true(db_check_chains(db, &count, &chain_broken, NULL));
    g_assert_true(chains == NULL ? chain_broken == NULL && count == 6 : strstr(chain_broken, chains) != NULL);
    g_assert_true(db_check_books(db, &books_broken, NULL));
    g_assert_cmpstr(books_broken, ==, NULL);
}

static void test_check(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;

    pay(&f->pen, f->platform, 3, 100);
    g_assert_true(db_begin(db, true, NULL));
    assert_checked(db, NULL, NULL);
    g_assert_true(db_run(db, NULL, "UPDATE person SET name=phone WHERE community=?1 AND id=7", ""));
    assert_checked(db, "person.name of 7", NULL);
    g_assert_true(db_run(db, NULL, "UPDATE kiosk SET head_seq=head_seq+1 WHERE community=?1 AND id='K0001'", ""));
    assert_checked(db, "person.name of 7", "K0001");
    g_assert_true(db_run(db, NULL, "UPDATE kiosk_epoch SET nonce=prev FROM event WHERE event.community=?1 AND kiosk_epoch.community=?1 AND"
                                   " event.kiosk='K0001' AND event.seq=2 AND kiosk_epoch.kiosk='K0001'", ""));
    assert_checked(db, "person.name of 7", "K0001, epoch 1, event 1");
    db_rollback(db);
}

#define ADD(name) g_test_add("/admin/" #name, struct credit_kit, NULL, up, test_##name, credit_kit_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    locale_bind(NULL);
    g_test_add_func("/admin/cells", test_cells);
    ADD(who);
    ADD(no_kiosk);
    ADD(golden);
    ADD(remainder);
    ADD(ratings);
    ADD(rating_changed);
    ADD(rating_counted);
    ADD(rating_changed_by_successor);
    ADD(health);
    ADD(differences);
    ADD(hostile);
    ADD(language);
    ADD(nobody);
    ADD(check);
    return g_test_run();
}
