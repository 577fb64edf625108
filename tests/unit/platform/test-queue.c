/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the hall: who gets which, counters, kiosks' own ranges, the day's end, two nodes at once, what the tables refuse. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/queue-serve.h"
#include "platform/calls/restored.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/queue/queues.h"
#include "schema.h"
#include "sync/signed.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HALL "HALL"

/* ---- A hall ---- */

static void matter_put(struct credit_kit *f, const char *code, char group, bool retired)
{
    struct matter matter = {.group = group, .name = {"测试事项", "A matter"}, .papers = {{"身份证", "ID card"}}, .paper_count = 1,
                            .places = {HALL}, .place_count = 1, .kiosk = MATTER_KIOSK_PART, .max_per_day = 2};
    g_autoptr(GError) error = NULL;

    g_strlcpy(matter.code, code, sizeof matter.code);
    g_assert_true(db_begin(f->platform->db, true, &error) && queues_matter_put(f->platform->db, &matter, retired, now_ms(), &error) &&
                  db_commit(f->platform->db, &error));
}

static void kiosk_put(struct credit_kit *f, const char *kiosk, int64_t own)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, &error) && queues_kiosk_put(f->platform->db, kiosk, HALL, own, &error) &&
                  db_commit(f->platform->db, &error));
}

/* Tomorrow at this hour, a working day. */
static void hour(struct credit_kit *f, int day, int hours)
{
    static uint32_t first;
    int64_t at_ms;

    if (day == 0 && hours == 10)
        first = date_of_ms(g_get_real_time() / 1000 + DAY);
    at_ms = ms_of_date(first) + day * DAY + hours * HOUR;
    credit_kit_shift_ms = at_ms - g_get_real_time() / 1000;
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_ticket_day_set(f->platform->db, date_of_ms(at_ms), true, NULL) &&
                  db_commit(f->platform->db, NULL));
}

static unsigned tap_count;

static void up(struct credit_kit *f, const void *data)
{
    struct hall_row hall = {HALL, "办事大厅", "Service hall", "", "", "100-0000-0000", 9 * 60, 17 * 60};
    g_autoptr(GError) error = NULL;

    credit_kit_up(f, data);
    tap_count = 0;
    hour(f, 0, 10);
    g_assert_true(db_begin(f->platform->db, true, &error) && queues_hall_put(f->platform->db, &hall, &error) &&
                  db_commit(f->platform->db, &error));
    kiosk_put(f, "K0001", 0);
    matter_put(f, "RETIRE", 'A', false);
    matter_put(f, "WELFARE", 'B', false);
}

#define QUEUE_ADD(path, test) g_test_add(path, struct credit_kit, NULL, up, test, credit_kit_down)

/* ---- As a kiosk asks ---- */

static json_t *post(struct credit_kit *f, const char *kiosk, const char *path, const char *secret, json_t *body, const char *key, unsigned wanted)
{
    g_autofree char *header = g_strconcat("Bearer ", secret != NULL ? secret : "", NULL), *quoted = g_strdup_printf("\"%s\"", key);
    char *text = json_dumps(body, JSON_COMPACT);
    struct request given = {.method = "POST", .path = path, .kiosk = kiosk, .certificate = KIT_SERIAL, .idempotency_key = quoted,
                            .authorization = secret != NULL ? header : NULL, .body = text, .body_len = strlen(text)};
    struct reply reply = {0};

    handlers_run(f->platform, &given, &reply);
    schema_check_exchange("POST", path, text, reply.status, reply.body, reply.body_len);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    if (reply.status != wanted)
        g_error("%s: %u %s", text, reply.status, reply.body);
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

static const char *text_in(json_t *json, const char *member)
{
    return json_string_value(json_object_get(json, member));
}

static int64_t int_in(json_t *json, const char *member)
{
    return json_integer_value(json_object_get(json, member));
}

static void refused(json_t *answer, const char *code)
{
    g_assert_cmpstr(text_in(answer, "code"), ==, code);
    json_decref(answer);
}

static const char *key_new(void)
{
    static char keys[8][37];
    static unsigned at;
    char *key = keys[at++ % 8];

    uuid7(now_ms(), key);
    return key;
}

/* Taps that proved their card, of this test. */
static struct tap {
    char card[33], staff[33];
    int64_t at_ms;
} taps[16];

/* The secret of a tap of this card, of somebody of the staff when `staff`. Good until it is asked for again. */
static const char *tapped(struct credit_kit *f, const char *card, const char *staff)
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < tap_count; i++)
        if (strcmp(taps[i].card, card) == 0 && strcmp(taps[i].staff, staff) == 0 && now_ms() < taps[i].at_ms + TAP_SESSION_MS / 2)
            return credit_kit_secret(digits[i]);
    g_assert_cmpuint(tap_count, <, 16);
    g_strlcpy(taps[tap_count].card, card, sizeof taps[0].card);
    g_strlcpy(taps[tap_count].staff, staff, sizeof taps[0].staff);
    taps[tap_count].at_ms = now_ms();
    return credit_kit_session(f, card, staff, digits[tap_count++]);
}

static json_t *take(struct credit_kit *f, const char *secret, const char *matter, const char *key, unsigned wanted)
{
    return post(f, "K0001", QUEUE_TICKETS_PATH, secret, json_pack("{s:s}", "matter", matter), key, wanted);
}

/* The id of a number of nobody's that has to be this one. */
static char *given(struct credit_kit *f, const char *matter, const char *number)
{
    json_t *answer = take(f, NULL, matter, key_new(), 200);
    char *id = g_strdup(text_in(answer, "id"));

    g_assert_cmpstr(text_in(answer, "number"), ==, number);
    json_decref(answer);
    return id;
}

static json_t *saying(const char *step, const char *counter, const char *ticket)
{
    json_t *body = json_pack("{s:s, s:s}", "step", step, "counter", counter);

    if (ticket != NULL)
        json_object_set_new(body, "ticket", json_string(ticket));
    return body;
}

static json_t *desk(struct credit_kit *f, json_t *body, unsigned wanted)
{
    return post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), body, key_new(), wanted);
}

static void stands(json_t *answer, const char *number, const char *state)
{
    g_assert_cmpstr(text_in(answer, "number"), ==, number);
    g_assert_cmpstr(text_in(answer, "state"), ==, state);
    json_decref(answer);
}

static struct queue_row row_of(struct credit_kit *f, const char *id)
{
    struct queue_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_queue_find(f->platform->db, id, &row, &found, NULL) && found);
    db_rollback(f->platform->db);
    return row;
}

static json_t *fed(struct credit_kit *f, const char *kiosk, const char *topic, const char *key)
{
    json_t *feed = kit_feed(f->platform, kiosk), *value = json_incref(json_object_get(kit_fed(feed, topic, key), "value"));

    json_decref(feed);
    return value;
}

/* ---- Numbers ---- */

static void test_numbers(struct credit_kit *f, const void *data)
{
    g_autofree char *key = g_strdup(key_new()), *first = given(f, "RETIRE", "A001"), *other = given(f, "WELFARE", "B001");
    json_t *answer = take(f, NULL, "RETIRE", key, 200);

    g_assert_cmpint(int_in(answer, "ahead"), ==, 1);
    stands(answer, "A002", "ISSUED");
    stands(take(f, NULL, "RETIRE", key, 200), "A002", "ISSUED"); /* the same request */
    stands(take(f, credit_kit_secret('7'), "RETIRE", key, 200), "A002", "ISSUED"); /* after the session was over, too */
    refused(take(f, NULL, "WELFARE", key, 422), "KEY_REUSED");
    refused(take(f, NULL, "NONE", key_new(), 422), "QUEUE_MATTER");
    refused(take(f, NULL, "RETIRE", "x", 400), "IDEMPOTENCY_KEY");
    refused(post(f, "K0001", QUEUE_TICKETS_PATH, NULL, json_pack("{s:i}", "matter", 1), key_new(), 400), "MALFORMED");
    refused(post(f, "K0002", QUEUE_TICKETS_PATH, NULL, json_pack("{s:s}", "matter", "RETIRE"), key_new(), 409), "QUEUE_HALL");
    refused(take(f, credit_kit_secret('7'), "RETIRE", key_new(), 403), "SESSION_OVER");
    matter_put(f, "WELFARE", 'B', true);
    refused(take(f, NULL, "WELFARE", key_new(), 422), "QUEUE_MATTER");
    hour(f, 0, 17);
    refused(take(f, NULL, "RETIRE", key_new(), 409), "QUEUE_CLOSED");
}

static void test_whose(struct credit_kit *f, const void *data)
{
    g_autofree char *first = given(f, "RETIRE", "A001");
    json_t *answer = take(f, tapped(f, f->elder, ""), "RETIRE", key_new(), 200);

    g_assert_cmpstr(text_in(answer, "class"), ==, "priority"); /* by her age */
    g_assert_cmpint(int_in(answer, "ahead"), ==, 0);
    g_assert_cmpstr(row_of(f, text_in(answer, "id")).card, ==, f->elder);
    json_decref(answer);
    stands(take(f, tapped(f, f->elder, ""), "RETIRE", key_new(), 200), "A002", "ISSUED"); /* whose answer was lost: the one that she has */
    answer = take(f, tapped(f, f->adult, ""), "RETIRE", key_new(), 200);
    g_assert_cmpstr(text_in(answer, "class"), ==, "normal");
    json_decref(answer);
    json_t *body = json_pack("{s:s, s:b}", "matter", "RETIRE", "priority", true);
    refused(post(f, "K0001", QUEUE_TICKETS_PATH, NULL, json_incref(body), key_new(), 403), "STAFF_NEEDED");
    refused(post(f, "K0001", QUEUE_TICKETS_PATH, tapped(f, f->adult, ""), json_incref(body), key_new(), 403), "STAFF_NEEDED");
    answer = post(f, "K0001", QUEUE_TICKETS_PATH, tapped(f, STAFF, "staff-1"), body, key_new(), 200);
    g_assert_cmpstr(text_in(answer, "class"), ==, "priority");
    g_assert_cmpstr(row_of(f, text_in(answer, "id")).card, ==, ""); /* not the one of the staff */
    json_decref(answer);
}

static void asked(struct credit_kit *f, const char *secret, int times)
{
    for (int i = 0; i < times; i++)
        json_decref(take(f, secret, "RETIRE", key_new(), 200));
}

static void all_end(struct credit_kit *f, const char *state)
{
    g_assert_true(db_begin(f->platform->db, true, NULL) &&
                  db_run(f->platform->db, NULL, "UPDATE queue_ticket SET state=?2, ended_ms=issued_ms+1 WHERE community=?1 AND ended_ms=0", "s",
                         state) &&
                  db_commit(f->platform->db, NULL));
}

/* One kiosk does not use up the numbers of a hall; whoever has a card, or staff, gets one all the same. */
static void test_too_many(struct credit_kit *f, const void *data)
{
    json_t *body = json_pack("{s:s, s:b}", "matter", "RETIRE", "priority", true);

    asked(f, NULL, QUEUE_NOBODY_HOUR);
    refused(take(f, NULL, "RETIRE", key_new(), 429), "QUEUE_TOO_MANY");
    json_decref(take(f, NULL, "WELFARE", key_new(), 200));
    asked(f, tapped(f, f->adult, ""), 1);
    json_decref(post(f, "K0001", QUEUE_TICKETS_PATH, tapped(f, STAFF, "staff-1"), body, key_new(), 200));
    credit_kit_shift_ms += HOUR + 1;
    asked(f, NULL, QUEUE_NOBODY_OPEN - QUEUE_NOBODY_HOUR - 1); /* the one for the staff's visitor is nobody's, too */
    refused(take(f, NULL, "RETIRE", key_new(), 429), "QUEUE_TOO_MANY");
    all_end(f, "DONE");
    asked(f, NULL, 1);
}

/* Of a card: twice served, and not more than three times as often in all. */
static void test_many(struct credit_kit *f, const void *data)
{
    for (int i = 0; i < 2; i++) {
        asked(f, tapped(f, f->adult, ""), 1);
        all_end(f, "DONE");
    }
    refused(take(f, tapped(f, f->adult, ""), "RETIRE", key_new(), 409), "QUEUE_MANY");
    for (int i = 0; i < 2 * QUEUE_ASKED_TIMES; i++) {
        asked(f, tapped(f, f->elder, ""), 1);
        all_end(f, i % 2 == 0 ? "CANCELLED" : "EXPIRED");
    }
    refused(take(f, tapped(f, f->elder, ""), "RETIRE", key_new(), 409), "QUEUE_MANY");
}

static void test_told(struct credit_kit *f, const void *data)
{
    g_autofree char *id = given(f, "RETIRE", "A001");
    json_auto_t *here = fed(f, "K0001", "queue", HALL), *matter = fed(f, "K0002", "matter", "RETIRE"), *there = fed(f, "K0002", "queue", HALL);
    json_t *ticket = json_array_get(json_object_get(here, "tickets"), 0), *group = json_array_get(json_object_get(here, "groups"), 0);

    g_assert_null(there); /* of another hall than this kiosk's: not even a tombstone */
    g_assert_cmpstr(text_in(ticket, "id"), ==, id);
    g_assert_cmpstr(text_in(ticket, "number"), ==, "A001");
    g_assert_cmpint(int_in(group, "waiting"), ==, 1);
    g_assert_cmpint(int_in(group, "each_ms"), ==, -1);
    g_assert_cmpstr(text_in(json_array_get(json_object_get(matter, "halls"), 0), "name_en"), ==, "Service hall");
    kiosk_put(f, "K0002", 0);
    json_auto_t *now = fed(f, "K0002", "queue", HALL);
    g_assert_nonnull(now);
}

/* ---- At a counter ---- */

static void test_counter(struct credit_kit *f, const void *data)
{
    g_autofree char *a = given(f, "RETIRE", "A001"), *b = given(f, "RETIRE", "A002"), *again = g_strdup(key_new());
    json_t *called;

    refused(post(f, "K0002", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), saying("call", "1", NULL), key_new(), 409), "QUEUE_HALL");
    refused(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, f->adult, ""), saying("call", "1", NULL), key_new(), 403), "STAFF_NEEDED");
    refused(post(f, "K0001", QUEUE_STEPS_PATH, credit_kit_secret('e'), saying("call", "1", NULL), key_new(), 403), "SESSION_OVER");
    refused(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), saying("call", "1", NULL), "x", 400), "IDEMPOTENCY_KEY");
    refused(desk(f, saying("call", "1", a), 400), "MALFORMED");
    refused(desk(f, saying("recall", "1", NULL), 400), "MALFORMED");
    called = desk(f, saying("pause", "1", NULL), 200);
    g_assert_true(json_is_true(json_object_get(called, "paused")));
    json_decref(called);
    refused(desk(f, saying("call", "1", NULL), 409), "QUEUE_PAUSED");
    json_decref(desk(f, saying("resume", "1", NULL), 200));
    stands(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), saying("call", "1", NULL), again, 200), "A001", "CALLED");
    stands(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), saying("call", "1", NULL), again, 200), "A001", "CALLED"); /* once */
    refused(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), saying("serve", "1", a), again, 422), "KEY_REUSED");
    refused(desk(f, saying("call", "1", NULL), 409), "QUEUE_BUSY");
    stands(desk(f, saying("call", "2", NULL), 200), "A002", "CALLED");
    refused(desk(f, saying("call", "3", NULL), 409), "QUEUE_NOBODY");
    refused(desk(f, saying("serve", "1", b), 409), "QUEUE_OTHER");
    refused(desk(f, saying("done", "1", a), 409), "QUEUE_STATE");
    refused(desk(f, saying("serve", "1", again), 422), "QUEUE_UNKNOWN");
    stands(desk(f, saying("serve", "2", b), 200), "A002", "SERVING");
    stands(desk(f, saying("done", "2", b), 200), "A002", "DONE");
    refused(desk(f, saying("recall", "1", a), 409), "QUEUE_EARLY");
}

static void test_missed(struct credit_kit *f, const void *data)
{
    g_autofree char *a = given(f, "RETIRE", "A001");
    int done = 0;

    for (int round = 0; round < 2; round++) {
        stands(desk(f, saying("call", "1", NULL), 200), "A001", "CALLED");
        for (int i = 0; i < 2; i++) {
            credit_kit_shift_ms += QUEUE_CALL_MS;
            stands(desk(f, saying("recall", "1", a), 200), "A001", "CALLED");
        }
        refused(desk(f, saying("recall", "1", a), 409), "QUEUE_LATE");
        refused(desk(f, saying("skip", "1", a), 409), "QUEUE_EARLY");
        credit_kit_shift_ms += QUEUE_CALL_MS;
        g_assert_true(queues_run(f->platform, now_ms(), &done, NULL)); /* the clock skips by itself */
        if (round == 0) {
            g_assert_cmpint(row_of(f, a).ticket.state, ==, QUEUE_MISSED);
            stands(desk(f, saying("back", "1", a), 200), "A001", "REQUEUED");
        }
    }
    g_assert_cmpint(row_of(f, a).ticket.state, ==, QUEUE_EXPIRED);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_step WHERE community=?1 AND step='skip' AND actor='platform'"), ==, 2);
    refused(desk(f, saying("back", "1", a), 409), "QUEUE_STATE");
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 0);
}

/* Missed by hand twice: the second time it is said that there is no third. */
static void test_once(struct credit_kit *f, const void *data)
{
    g_autofree char *a = given(f, "RETIRE", "A001");
    struct queue_row row;
    enum queue_code code;
    const struct queue_doing skip = {.step = QUEUE_DO_SKIP, .actor = QUEUE_BY_DESK, .id = "", .kiosk = "", .staff = "staff-1", .counter = "1",
                                     .at_ms = now_ms() + 3600000};

    stands(desk(f, saying("call", "1", NULL), 200), "A001", "CALLED");
    row = row_of(f, a);
    row.ticket.calls = QUEUE_CALLS;
    row.ticket.requeued = true;
    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_step(f->platform->db, &row, &skip, &code, NULL) && code == QUEUE_OK &&
                  db_commit(f->platform->db, NULL));
    /* The clock would end it in the same moment: here it is an hour behind. */
    refused(desk(f, saying("back", "1", a), 409), "QUEUE_ONCE");
}

static void test_turns(struct credit_kit *f, const void *data)
{
    static const char *const order[] = {"A003", "A004", "A001", "A005", "A002"};
    g_autofree char *a = given(f, "RETIRE", "A001"), *b = given(f, "RETIRE", "A002");

    for (int i = 0; i < 3; i++)
        json_decref(post(f, "K0001", QUEUE_TICKETS_PATH, tapped(f, STAFF, "staff-1"), json_pack("{s:s, s:b}", "matter", "RETIRE", "priority", true),
                         key_new(), 200));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        json_auto_t *answer = desk(f, json_pack("{s:s, s:s, s:s}", "step", "call", "counter", "1", "groups", "AB"), 200);
        const char *id = text_in(answer, "id");

        g_assert_cmpstr(text_in(answer, "number"), ==, order[i]);
        json_decref(desk(f, saying("serve", "1", id), 200));
        credit_kit_shift_ms += 4 * MINUTE;
        json_decref(desk(f, saying("done", "1", id), 200));
    }
    json_auto_t *next = take(f, NULL, "RETIRE", key_new(), 200); /* five services say how long one takes */
    g_assert_cmpint(int_in(next, "from_min"), ==, 0);
    g_assert_cmpint(int_in(next, "to_min"), ==, 10);
    refused(desk(f, json_pack("{s:s, s:s, s:s}", "step", "call", "counter", "1", "groups", "B"), 409), "QUEUE_NOBODY");
}

static void test_transfer(struct credit_kit *f, const void *data)
{
    json_auto_t *taken = take(f, tapped(f, f->adult, ""), "RETIRE", key_new(), 200);
    json_auto_t *second = take(f, tapped(f, f->adult, ""), "WELFARE", key_new(), 200);
    const char *id = text_in(taken, "id"), *welfare = text_in(second, "id");
    g_autofree char *key = g_strdup(key_new());
    json_t *body = saying("transfer", "1", id);

    json_object_set_new(body, "matter", json_string("WELFARE"));
    refused(desk(f, json_incref(body), 409), "QUEUE_TWICE"); /* she has one there */
    stands(desk(f, saying("cancel", "1", welfare), 200), "B001", "CANCELLED");
    json_object_set_new(body, "matter", json_string("NONE"));
    refused(desk(f, json_incref(body), 422), "QUEUE_MATTER");
    matter_put(f, "OTHER", 'B', true);
    json_object_set_new(body, "matter", json_string("OTHER"));
    refused(desk(f, json_incref(body), 422), "QUEUE_MATTER"); /* not done any more */
    json_object_set_new(body, "matter", json_string("WELFARE"));
    stands(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), json_incref(body), key, 200), "B002", "ISSUED");
    stands(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, STAFF, "staff-1"), body, key, 200), "B002", "ISSUED");
    struct queue_row old = row_of(f, id), now = row_of(f, old.moved);
    g_assert_cmpint(old.ticket.state, ==, QUEUE_TRANSFERRED);
    g_assert_cmpstr(now.card, ==, f->adult);
    g_assert_cmpint(now.ticket.issued_ms, ==, old.ticket.issued_ms);
}

/* Who is of the staff and has a number themselves. */
static void test_own(struct credit_kit *f, const void *data)
{
    json_auto_t *taken = take(f, tapped(f, STAFF, ""), "RETIRE", key_new(), 200);

    refused(desk(f, saying("cancel", "1", text_in(taken, "id")), 409), "QUEUE_OWN");
    refused(desk(f, saying("call", "1", NULL), 409), "QUEUE_NOBODY"); /* not hers either */
    g_autofree char *behind = given(f, "RETIRE", "A002");
    stands(desk(f, saying("call", "1", NULL), 200), "A002", "CALLED");
    stands(post(f, "K0001", QUEUE_STEPS_PATH, tapped(f, OTHER_STAFF, "staff-2"), saying("cancel", "1", text_in(taken, "id")), key_new(), 200),
           "A001", "CANCELLED");
}

/* ---- Numbers end ---- */

static void line_set(struct credit_kit *f, const char *letter, int64_t last_no)
{
    g_assert_true(db_begin(f->platform->db, true, NULL) &&
                  db_run(f->platform->db, NULL, "UPDATE queue_line SET last_no=?3 WHERE community=?1 AND letter=?2", "si", letter, last_no) &&
                  db_commit(f->platform->db, NULL));
}

static void test_full(struct credit_kit *f, const void *data)
{
    g_autofree char *a = given(f, "RETIRE", "A001"), *b = given(f, "WELFARE", "B001");
    json_t *body = saying("transfer", "1", b);

    line_set(f, "A", 998);
    g_autofree char *last = given(f, "RETIRE", "A999");
    refused(take(f, NULL, "RETIRE", key_new(), 409), "QUEUE_FULL");
    json_object_set_new(body, "matter", json_string("RETIRE"));
    refused(desk(f, body, 409), "QUEUE_FULL");
    g_assert_cmpint(row_of(f, b).ticket.state, ==, QUEUE_ISSUED);
}

static void test_day(struct credit_kit *f, const void *data)
{
    g_autofree char *waits = given(f, "RETIRE", "A001"), *served = given(f, "RETIRE", "A002");
    int done = 0;

    stands(desk(f, saying("call", "1", NULL), 200), "A001", "CALLED");
    stands(desk(f, saying("serve", "1", waits), 200), "A001", "SERVING");
    hour(f, 1, 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 2);
    g_autofree char *next = given(f, "RETIRE", "A001");
    g_assert_cmpint(row_of(f, waits).ticket.state, ==, QUEUE_DONE);
    g_assert_cmpint(row_of(f, served).ticket.state, ==, QUEUE_EXPIRED);
    g_assert_cmpint(row_of(f, next).ticket.state, ==, QUEUE_ISSUED);
}

/* ---- Kiosks' own numbers ---- */

static struct queue_ranges *ranges_of(struct credit_kit *f, const char *kiosk)
{
    json_auto_t *envelope = fed(f, kiosk, "numbers", kiosk), *payload = NULL;
    struct queue_ranges *out = g_new0(struct queue_ranges, 1);

    g_assert_nonnull(envelope);
    payload = json_loads(text_in(envelope, "payload"), 0, NULL);
    g_assert_true(queue_ranges_from_json(payload, out));
    g_assert_cmpstr(out->kiosk, ==, kiosk);
    g_autofree char *why = schema_fault("QueueRanges", payload);
    g_assert_cmpstr(why, ==, NULL);
    return out;
}

static void told_issued(struct credit_kit *f, struct pen *pen, uint32_t day, const char *number, const char *matter, const char *token,
                        const char *verdict, const char *code)
{
    json_t *data = json_pack("{s:s, s:s, s:i, s:s}", "place", HALL, "matter", matter, "day", (int)day, "number", number);

    if (token != NULL)
        json_object_set_new(data, "card_token", json_string(token));
    credit_kit_push(f, pen, "queue.issued", "QueueIssued", data, verdict, code);
}

static void test_ranges(struct credit_kit *f, const void *data)
{
    int done = 0;

    kiosk_put(f, "K0001", 10);
    kiosk_put(f, "K0002", 5);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 2);
    g_autofree struct queue_ranges *one = ranges_of(f, "K0001"), *two = ranges_of(f, "K0002");
    uint32_t today = date_of_ms(now_ms());
    g_assert_cmpuint(one->count, ==, 2 * QUEUE_DAYS_AHEAD);
    g_assert_true(one->ranges[0].day == today && one->ranges[0].letter == 'A' && one->ranges[0].from_no == 990 && one->ranges[0].to_no == 999);
    g_assert_true(two->ranges[0].day == today && two->ranges[0].from_no == 985 && two->ranges[0].to_no == 989);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 0);
    told_issued(f, &f->pen, today, "A990", "RETIRE", f->elder, "accepted", "");
    told_issued(f, &f->pen, today, "A990", "RETIRE", NULL, "rejected", "QUEUE_TAKEN");
    told_issued(f, &f->pen, today, "A989", "RETIRE", NULL, "rejected", "QUEUE_RANGE"); /* the other kiosk's */
    told_issued(f, &f->pen, today, "A001", "RETIRE", NULL, "rejected", "QUEUE_RANGE");
    told_issued(f, &f->pen, today, "B990", "NONE", NULL, "rejected", "QUEUE_MATTER");
    matter_put(f, "RETIRE", 'C', true);
    told_issued(f, &f->pen, today, "A991", "RETIRE", NULL, "accepted", ""); /* printed before the guide changed */
    matter_put(f, "RETIRE", 'A', false);
    credit_kit_push(f, &f->pen, "queue.issued", "QueueIssued",
                    json_pack("{s:s, s:s, s:i, s:s}", "place", "nowhere", "matter", "RETIRE", "day", (int)today, "number", "A992"), "rejected", "QUEUE_HALL");
    told_issued(f, &f->other, today, "A989", "RETIRE", STRANGER, "accepted", "");
    json_auto_t *queue = fed(f, "K0001", "queue", HALL);
    g_assert_cmpstr(text_in(json_array_get(json_object_get(queue, "tickets"), 0), "class"), ==, "priority");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>''"), ==, 1);
}

/* She drew one, and once more: the second is nobody's, and goes before others as the first. The next day she has none. */
static void test_unnamed(struct credit_kit *f, const void *data)
{
    static const char *const sql = "SELECT count(*) FROM queue_ticket WHERE community=?1 AND class='priority'";
    int done = 0;

    kiosk_put(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->elder, "accepted", "");
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A991", "RETIRE", f->elder, "accepted", "");
    g_assert_cmpint(kit_count(f->platform, sql), ==, 2);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>''"), ==, 1);
    /* It does not block her: what the kiosk says of the card gives way to the card. */
    stands(take(f, tapped(f, f->elder, ""), "RETIRE", key_new(), 200), "A001", "ISSUED");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND drawn=1"), ==, 0);
    json_decref(take(f, tapped(f, f->adult, ""), "RETIRE", key_new(), 200));
    hour(f, 1, 10);
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->elder, "accepted", ""); /* before the clock looked */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND ended_ms=0"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND drawn=1"), ==, 1);
    json_t *answer = take(f, tapped(f, f->adult, ""), "RETIRE", key_new(), 200);
    stands(answer, "A001", "ISSUED");
}

static void told_at(struct credit_kit *f, const char *number, int64_t at_ms)
{
    const struct queue_drawn drawn = {.day = date_of_ms(now_ms()), .letter = number[0], .no = (int)g_ascii_strtoll(number + 1, NULL, 10)};
    const struct queue_asking asking = {.id = key_new(), .hall = HALL, .matter = "RETIRE", .kiosk = "K0001", .card = "", .at_ms = at_ms};
    const char *code = "";

    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_drawn(f->platform->db, &asking, &drawn, now_ms(), &code, NULL) &&
                  db_commit(f->platform->db, NULL));
    g_assert_cmpstr(code, ==, NULL);
}

/* A kiosk whose clock is wrong: a day fast, a day slow, an hour fast. */
static void test_clock(struct credit_kit *f, const void *data)
{
    g_autofree char *first = NULL;
    int done = 0;

    kiosk_put(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    told_issued(f, &f->pen, date_of_ms(now_ms() + DAY), "A990", "RETIRE", f->adult, "rejected", "QUEUE_RANGE");
    first = given(f, "RETIRE", "A001");
    credit_kit_shift_ms += 1000;
    told_at(f, "A991", now_ms() + HOUR);
    credit_kit_shift_ms += 1000; /* of one moment the lower number comes first */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND no=991 AND issued_ms>(SELECT issued_ms"
                                           " FROM queue_ticket WHERE community=?1 AND no=1)"), ==, 1);
    json_t *next = take(f, NULL, "RETIRE", key_new(), 200);
    g_assert_cmpint(int_in(next, "ahead"), ==, 2);
    json_decref(next);
    told_at(f, "A992", now_ms() - DAY);
    g_assert_cmpint(kit_count(f->platform, "SELECT (SELECT issued_ms FROM queue_ticket WHERE community=?1 AND no=1)-issued_ms FROM queue_ticket"
                                           " WHERE community=?1 AND no=992"), <=, HOUR + 60000);
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->adult, "accepted", "");
    json_auto_t *queue = fed(f, "K0001", "queue", HALL);
    g_assert_cmpuint(json_array_size(json_object_get(queue, "tickets")), ==, 5);
    hour(f, 1, 9);
    json_auto_t *later = fed(f, "K0001", "queue", HALL); /* before the clock looked */
    g_assert_cmpuint(json_array_size(json_object_get(later, "tickets")), ==, 0);
    refused(desk(f, saying("call", "1", NULL), 409), "QUEUE_NOBODY");
}

static void test_closed(struct credit_kit *f, const void *data)
{
    uint32_t today = date_of_ms(now_ms());
    int done = 0;

    kiosk_put(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_close(f->platform, "K0001", now_ms(), NULL) && db_commit(f->platform->db, NULL));
    g_autofree struct queue_ranges *none = ranges_of(f, "K0001");
    g_assert_cmpuint(none->count, ==, 0);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_autofree struct queue_ranges *others = ranges_of(f, "K0001");
    g_assert_cmpint(others->ranges[0].from_no, ==, 980);
    g_assert_cmpint(others->version, >, none->version);
    told_issued(f, &f->pen, today, "A995", "RETIRE", NULL, "accepted", ""); /* printed before */
    told_issued(f, &f->pen, today, "A985", "RETIRE", NULL, "accepted", "");
}

static void hall_of(struct credit_kit *f, const char *kiosk, const char *hall, int64_t own)
{
    int done = 0;

    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_kiosk_put(f->platform->db, kiosk, hall, own, NULL) &&
                  db_commit(f->platform->db, NULL));
    credit_kit_shift_ms += 1000;
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
}

static void envelope_says(struct credit_kit *f, const char *place, size_t count, int to_no)
{
    g_autofree struct queue_ranges *now = ranges_of(f, "K0001");

    g_assert_cmpstr(now->place, ==, place);
    g_assert_cmpuint(now->count, ==, count);
    g_assert_true(count == 0 || now->ranges[0].to_no == to_no);
}

/* Its newest envelope is what holds: of another hall and back, of none, of one that was revoked. */
static void test_envelope(struct credit_kit *f, const void *data)
{
    struct hall_row other = {"OTHER", "另一大厅", "Another hall", "", "", "100-0000-0000", 9 * 60, 17 * 60};

    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_hall_put(f->platform->db, &other, NULL) && db_commit(f->platform->db, NULL));
    hall_of(f, "K0001", HALL, 10);
    envelope_says(f, HALL, 2 * QUEUE_DAYS_AHEAD, 999);
    hall_of(f, "K0001", "OTHER", 10); /* nothing is done there */
    envelope_says(f, "OTHER", 0, 0);
    hall_of(f, "K0001", HALL, 10);
    envelope_says(f, HALL, 2 * QUEUE_DAYS_AHEAD, 999);
    hall_of(f, "K0001", "", 0);
    envelope_says(f, HALL, 0, 0);
    hall_of(f, "K0001", HALL, 10);
    g_assert_true(enrolment_revoke(f->platform, "K0001", now_ms(), NULL));
    hall_of(f, "K0001", HALL, 10);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_range WHERE community=?1 AND closed=0"), ==, 0);
}

/* Ranges leave the platform half of the numbers. */
static void test_floor(struct credit_kit *f, const void *data)
{
    hall_of(f, "K0001", HALL, 200);
    hall_of(f, "K0002", HALL, 200);
    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_close(f->platform, "K0001", now_ms(), NULL) && db_commit(f->platform->db, NULL));
    hall_of(f, "K0001", HALL, 200);
    envelope_says(f, HALL, 0, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT min(low_no) FROM queue_line WHERE community=?1"), ==, 600);
}

static void said(struct credit_kit *f, struct pen *pen, const char *type, const char *ticket, const char *token, const char *verdict,
                 const char *code)
{
    json_t *data = json_pack("{s:s}", "ticket", ticket);

    if (token != NULL)
        json_object_set_new(data, "card_token", json_string(token));
    credit_kit_push(f, pen, type, strcmp(type, "queue.back") == 0 ? "QueueBack" : "QueueCancelled", data, verdict, code);
}

static void test_events(struct credit_kit *f, const void *data)
{
    g_autofree char *nobody = given(f, "RETIRE", "A001"), *missed = given(f, "RETIRE", "A002"), *none = g_strdup(key_new());
    json_auto_t *hers = take(f, tapped(f, f->elder, ""), "WELFARE", key_new(), 200);

    said(f, &f->other, "queue.cancelled", nobody, NULL, "rejected", "QUEUE_OTHER_CARD"); /* a kiosk of no hall */
    said(f, &f->pen, "queue.cancelled", nobody, NULL, "accepted", "");
    said(f, &f->pen, "queue.cancelled", nobody, NULL, "rejected", "QUEUE_STATE");
    said(f, &f->pen, "queue.cancelled", text_in(hers, "id"), NULL, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->pen, "queue.cancelled", text_in(hers, "id"), f->adult, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->other, "queue.cancelled", text_in(hers, "id"), f->elder, "accepted", "");
    said(f, &f->pen, "queue.cancelled", none, NULL, "rejected", "QUEUE_UNKNOWN");
    said(f, &f->pen, "queue.back", missed, NULL, "rejected", "QUEUE_STATE");
    said(f, &f->other, "queue.back", missed, NULL, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->pen, "queue.back", none, NULL, "rejected", "QUEUE_UNKNOWN");
    stands(desk(f, saying("call", "1", NULL), 200), "A002", "CALLED");
    for (int i = 0; i < 2; i++) {
        credit_kit_shift_ms += QUEUE_CALL_MS;
        json_decref(desk(f, saying("recall", "1", missed), 200));
    }
    credit_kit_shift_ms += 2 * MINUTE;
    said(f, &f->pen, "queue.back", missed, NULL, "accepted", "");
    g_assert_cmpint(row_of(f, missed).ticket.state, ==, QUEUE_REQUEUED);
    g_assert_true(queues_type("queue.issued") && !queues_type("queue.other"));
}

/* ---- An older database was put back ---- */

static void test_restored(struct credit_kit *f, const void *data)
{
    g_autofree char *first = given(f, "RETIRE", "A001");
    int done = 0;

    kiosk_put(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    credit_kit_shift_ms += MINUTE;
    g_assert_true(restored_mark(f->platform, now_ms() - HOUR, now_ms(), NULL));
    g_autofree char *next = given(f, "RETIRE", "A202"), *other = given(f, "WELFARE", "B201"); /* of B nothing was known */
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_autofree struct queue_ranges *ranges = ranges_of(f, "K0001");
    g_assert_cmpuint(ranges->count, ==, 2 * QUEUE_DAYS_AHEAD);
    for (size_t i = 0; i < ranges->count; i++)
        g_assert_cmpint(ranges->ranges[i].to_no, ==, 979); /* 980 to 989 may be somebody's */
    line_set(f, "A", 968);
    g_assert_true(restored_mark(f->platform, now_ms() - HOUR, now_ms(), NULL));
    refused(take(f, NULL, "RETIRE", key_new(), 409), "QUEUE_FULL");
}

/* ---- Two nodes at once ---- */

struct node {
    struct platform *platform;
    int given;
};

static gpointer issue_many(gpointer data)
{
    struct node *node = data;

    for (int i = 0; i < 25; i++) {
        char id[37];
        const char *code = NULL;
        struct queue_asking asking = {.id = id, .hall = HALL, .matter = "RETIRE", .kiosk = "K0001", .card = "", .at_ms = now_ms()};

        uuid7(now_ms(), id);
        if (db_begin(node->platform->db, true, NULL) && queues_issue(node->platform->db, &asking, now_ms(), &code, NULL) && code == NULL &&
            db_commit(node->platform->db, NULL))
            node->given++;
    }
    return NULL;
}

static void test_nodes(struct credit_kit *f, const void *data)
{
    struct node nodes[2] = {{.platform = f->platform}, {.platform = platform_open(f->dir, NULL)}};
    GThread *threads[2];

    for (int i = 0; i < 2; i++)
        threads[i] = g_thread_new("node", issue_many, &nodes[i]);
    for (int i = 0; i < 2; i++)
        g_thread_join(threads[i]);
    platform_close(nodes[1].platform);
    g_assert_cmpint(nodes[0].given + nodes[1].given, ==, 50);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(DISTINCT no) FROM queue_ticket WHERE community=?1"), ==, 50);
    g_assert_cmpint(kit_count(f->platform, "SELECT max(no) FROM queue_ticket WHERE community=?1"), ==, 50);
}

/* ---- What the tables refuse ---- */

static void test_tables(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt attempts[] = {
        {"UPDATE queue_ticket SET no=7 WHERE community=?1", "a number stays what it was"},
        {"DELETE FROM queue_step WHERE community=?1", "what happened to a number stays"},
        {"UPDATE queue_step SET step='x' WHERE community=?1", "what happened to a number stays"},
        {"DELETE FROM queue_ticket WHERE community=?1", "numbers end"},
        {"UPDATE queue_line SET last_no=0 WHERE community=?1", "counting goes on"},
        {"UPDATE queue_line SET last_no=1000 WHERE community=?1", "CHECK|check"},
        {"UPDATE queue_range SET to_no=999 WHERE community=?1", "a kiosk keeps the numbers"},
        {"UPDATE queue_issue SET payload='x' WHERE community=?1", "what was signed stays"},
        {"INSERT INTO queue_ticket SELECT community, id||'x', hall, day, letter, no, matter, class, card, kiosk, drawn, state, calls, behind,"
         " requeued, counter, moved, issued_ms, called_ms, missed_ms, served_ms, ended_ms FROM queue_ticket WHERE community=?1",
         "UNIQUE|unique|duplicate"},
    };
    g_autofree char *id = given(f, "RETIRE", "A001");
    int done = 0;

    kiosk_put(f, "K0001", 10);
    kiosk_put(f, "K0002", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
}

/* ---- The command's way ---- */

static void test_by_command(struct credit_kit *f, const void *data)
{
    g_autofree char *id = given(f, "RETIRE", "A001");
    g_autoptr(GError) error = NULL;
    struct queue_call call = {.kiosk = "", .key = key_new(), .matter = "", .ticket = "", .counter = "1", .groups = "", .what = "call"};

    g_assert_null(queues_desk_by(f->platform, HALL, "nobody", &call, now_ms(), &error));
    g_assert_nonnull(strstr(error->message, "STAFF_UNKNOWN"));
    g_clear_error(&error);
    g_assert_null(queues_desk_by(f->platform, "NONE", "staff-1", &call, now_ms(), &error));
    g_assert_nonnull(strstr(error->message, "QUEUE_HALL"));
    g_clear_error(&error);
    stands(queues_desk_by(f->platform, HALL, "staff-1", &call, now_ms(), &error), "A001", "CALLED");
    g_assert_no_error(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    QUEUE_ADD("/platform/queue/numbers", test_numbers);
    QUEUE_ADD("/platform/queue/whose", test_whose);
    QUEUE_ADD("/platform/queue/too-many", test_too_many);
    QUEUE_ADD("/platform/queue/many", test_many);
    QUEUE_ADD("/platform/queue/told", test_told);
    QUEUE_ADD("/platform/queue/counter", test_counter);
    QUEUE_ADD("/platform/queue/missed", test_missed);
    QUEUE_ADD("/platform/queue/once", test_once);
    QUEUE_ADD("/platform/queue/turns", test_turns);
    QUEUE_ADD("/platform/queue/transfer", test_transfer);
    QUEUE_ADD("/platform/queue/own", test_own);
    QUEUE_ADD("/platform/queue/full", test_full);
    QUEUE_ADD("/platform/queue/day", test_day);
    QUEUE_ADD("/platform/queue/ranges", test_ranges);
    QUEUE_ADD("/platform/queue/clock", test_clock);
    QUEUE_ADD("/platform/queue/unnamed", test_unnamed);
    QUEUE_ADD("/platform/queue/closed", test_closed);
    QUEUE_ADD("/platform/queue/envelope", test_envelope);
    QUEUE_ADD("/platform/queue/floor", test_floor);
    QUEUE_ADD("/platform/queue/events", test_events);
    QUEUE_ADD("/platform/queue/restored", test_restored);
    QUEUE_ADD("/platform/queue/nodes", test_nodes);
    QUEUE_ADD("/platform/queue/tables", test_tables);
    QUEUE_ADD("/platform/queue/by-command", test_by_command);
    return g_test_run();
}
