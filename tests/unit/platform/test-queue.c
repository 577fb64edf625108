/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the hall: who gets which, counters, kiosks' own ranges, the day's end, two nodes at once, what the tables refuse. */
#include "hall-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/queue-serve.h"
#include "platform/calls/restored.h"
#include "platform/commands/commands.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "schema.h"
#include "sync/signed.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Numbers ---- */

static void test_numbers(struct credit_kit *f, const void *data)
{
    g_autofree char *key = g_strdup(hall_key()), *first = hall_given(f, "RETIRE", "A001"), *other = hall_given(f, "WELFARE", "B001");
    json_t *answer = hall_take(f, NULL, "RETIRE", key, 200);

    g_assert_cmpint(hall_int(answer, "ahead"), ==, 1);
    hall_stands(answer, "A002", "ISSUED");
    hall_stands(hall_take(f, NULL, "RETIRE", key, 200), "A002", "ISSUED"); /* the same request */
    hall_stands(hall_take(f, credit_kit_secret('7'), "RETIRE", key, 200), "A002", "ISSUED"); /* after the session was over, too */
    hall_refused(hall_take(f, NULL, "WELFARE", key, 422), "KEY_REUSED");
    hall_refused(hall_take(f, NULL, "NONE", hall_key(), 422), "QUEUE_MATTER");
    hall_refused(hall_take(f, NULL, "RETIRE", "x", 400), "IDEMPOTENCY_KEY");
    hall_refused(hall_post(f, "K0001", QUEUE_TICKETS_PATH, NULL, json_pack("{s:i}", "matter", 1), hall_key(), 400), "MALFORMED");
    hall_refused(hall_post(f, "K0002", QUEUE_TICKETS_PATH, NULL, json_pack("{s:s}", "matter", "RETIRE"), hall_key(), 409), "QUEUE_HALL");
    hall_refused(hall_take(f, credit_kit_secret('7'), "RETIRE", hall_key(), 403), "SESSION_OVER");
    hall_matter(f, "WELFARE", 'B', true);
    hall_refused(hall_take(f, NULL, "WELFARE", hall_key(), 422), "QUEUE_MATTER");
    hall_hour(f, 0, 17);
    hall_refused(hall_take(f, NULL, "RETIRE", hall_key(), 409), "QUEUE_CLOSED");
}

static void test_whose(struct credit_kit *f, const void *data)
{
    g_autofree char *first = hall_given(f, "RETIRE", "A001");
    json_t *answer = hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 200);

    g_assert_cmpstr(hall_text(answer, "class"), ==, "priority"); /* by her age */
    g_assert_cmpint(hall_int(answer, "ahead"), ==, 0);
    g_assert_cmpstr(hall_number(f, hall_text(answer, "id")).card, ==, f->elder);
    json_decref(answer);
    hall_stands(hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 200), "A002", "ISSUED"); /* whose answer was lost: the one that she has */
    answer = hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 200);
    g_assert_cmpstr(hall_text(answer, "class"), ==, "normal");
    json_decref(answer);
    json_t *body = json_pack("{s:s, s:b}", "matter", "RETIRE", "priority", true);
    hall_refused(hall_post(f, "K0001", QUEUE_TICKETS_PATH, NULL, json_incref(body), hall_key(), 403), "STAFF_NEEDED");
    hall_refused(hall_post(f, "K0001", QUEUE_TICKETS_PATH, hall_tapped(f, f->adult, ""), json_incref(body), hall_key(), 403), "STAFF_NEEDED");
    answer = hall_post(f, "K0001", QUEUE_TICKETS_PATH, hall_tapped(f, STAFF, "staff-1"), body, hall_key(), 200);
    g_assert_cmpstr(hall_text(answer, "class"), ==, "priority");
    g_assert_cmpstr(hall_number(f, hall_text(answer, "id")).card, ==, ""); /* not the one of the staff */
    json_decref(answer);
}

static void asked(struct credit_kit *f, const char *secret, int times)
{
    for (int i = 0; i < times; i++)
        json_decref(hall_take(f, secret, "RETIRE", hall_key(), 200));
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
    hall_refused(hall_take(f, NULL, "RETIRE", hall_key(), 429), "QUEUE_TOO_MANY");
    json_decref(hall_take(f, NULL, "WELFARE", hall_key(), 200));
    asked(f, hall_tapped(f, f->adult, ""), 1);
    json_decref(hall_post(f, "K0001", QUEUE_TICKETS_PATH, hall_tapped(f, STAFF, "staff-1"), body, hall_key(), 200));
    credit_kit_shift_ms += HOUR + 1;
    asked(f, NULL, QUEUE_NOBODY_OPEN - QUEUE_NOBODY_HOUR - 1); /* the one for the staff's visitor is nobody's, too */
    hall_refused(hall_take(f, NULL, "RETIRE", hall_key(), 429), "QUEUE_TOO_MANY");
    all_end(f, "DONE");
    asked(f, NULL, 1);
}

/* Of a card: twice served, and not more than three times as often in all. */
static void test_many(struct credit_kit *f, const void *data)
{
    for (int i = 0; i < 2; i++) {
        asked(f, hall_tapped(f, f->adult, ""), 1);
        all_end(f, "DONE");
    }
    hall_refused(hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 409), "QUEUE_MANY");
    for (int i = 0; i < 2 * QUEUE_ASKED_TIMES; i++) {
        asked(f, hall_tapped(f, f->elder, ""), 1);
        all_end(f, i % 2 == 0 ? "CANCELLED" : "EXPIRED");
    }
    hall_refused(hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 409), "QUEUE_MANY");
}

static void test_told(struct credit_kit *f, const void *data)
{
    g_autofree char *id = hall_given(f, "RETIRE", "A001");
    json_auto_t *here = hall_fed(f, "K0001", "queue", HALL), *matter = hall_fed(f, "K0002", "matter", "RETIRE"), *there = hall_fed(f, "K0002", "queue", HALL);
    json_t *ticket = json_array_get(json_object_get(here, "tickets"), 0), *group = json_array_get(json_object_get(here, "groups"), 0);

    g_assert_null(there); /* of another hall than this kiosk's: not even a tombstone */
    g_assert_cmpstr(hall_text(ticket, "id"), ==, id);
    g_assert_cmpstr(hall_text(ticket, "number"), ==, "A001");
    g_assert_cmpint(hall_int(group, "waiting"), ==, 1);
    g_assert_cmpint(hall_int(group, "each_ms"), ==, -1);
    g_assert_cmpstr(hall_text(json_array_get(json_object_get(matter, "halls"), 0), "name_en"), ==, "Service hall");
    hall_kiosk(f, "K0002", 0);
    json_auto_t *now = hall_fed(f, "K0002", "queue", HALL);
    g_assert_nonnull(now);
}

/* ---- At a counter ---- */

static void test_counter(struct credit_kit *f, const void *data)
{
    g_autofree char *a = hall_given(f, "RETIRE", "A001"), *b = hall_given(f, "RETIRE", "A002"), *again = g_strdup(hall_key());
    json_t *called;

    hall_refused(hall_post(f, "K0002", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), hall_saying("call", "1", NULL), hall_key(), 409), "QUEUE_HALL");
    hall_refused(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, f->adult, ""), hall_saying("call", "1", NULL), hall_key(), 403), "STAFF_NEEDED");
    hall_refused(hall_post(f, "K0001", QUEUE_STEPS_PATH, credit_kit_secret('e'), hall_saying("call", "1", NULL), hall_key(), 403), "SESSION_OVER");
    hall_refused(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), hall_saying("call", "1", NULL), "x", 400), "IDEMPOTENCY_KEY");
    hall_refused(hall_desk(f, hall_saying("call", "1", a), 400), "MALFORMED");
    hall_refused(hall_desk(f, hall_saying("recall", "1", NULL), 400), "MALFORMED");
    called = hall_desk(f, hall_saying("pause", "1", NULL), 200);
    g_assert_true(json_is_true(json_object_get(called, "paused")));
    json_decref(called);
    hall_refused(hall_desk(f, hall_saying("call", "1", NULL), 409), "QUEUE_PAUSED");
    json_decref(hall_desk(f, hall_saying("resume", "1", NULL), 200));
    hall_stands(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), hall_saying("call", "1", NULL), again, 200), "A001", "CALLED");
    hall_stands(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), hall_saying("call", "1", NULL), again, 200), "A001", "CALLED"); /* once */
    hall_refused(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), hall_saying("serve", "1", a), again, 422), "KEY_REUSED");
    hall_refused(hall_desk(f, hall_saying("call", "1", NULL), 409), "QUEUE_BUSY");
    hall_stands(hall_desk(f, hall_saying("call", "2", NULL), 200), "A002", "CALLED");
    hall_refused(hall_desk(f, hall_saying("call", "3", NULL), 409), "QUEUE_NOBODY");
    hall_refused(hall_desk(f, hall_saying("serve", "1", b), 409), "QUEUE_OTHER");
    hall_refused(hall_desk(f, hall_saying("done", "1", a), 409), "QUEUE_STATE");
    hall_refused(hall_desk(f, hall_saying("serve", "1", again), 422), "QUEUE_UNKNOWN");
    hall_stands(hall_desk(f, hall_saying("serve", "2", b), 200), "A002", "SERVING");
    hall_stands(hall_desk(f, hall_saying("done", "2", b), 200), "A002", "DONE");
    hall_refused(hall_desk(f, hall_saying("recall", "1", a), 409), "QUEUE_EARLY");
}

static void test_missed(struct credit_kit *f, const void *data)
{
    g_autofree char *a = hall_given(f, "RETIRE", "A001");
    int done = 0;

    for (int round = 0; round < 2; round++) {
        hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A001", "CALLED");
        for (int i = 0; i < 2; i++) {
            credit_kit_shift_ms += QUEUE_CALL_MS;
            hall_stands(hall_desk(f, hall_saying("recall", "1", a), 200), "A001", "CALLED");
        }
        hall_refused(hall_desk(f, hall_saying("recall", "1", a), 409), "QUEUE_LATE");
        hall_refused(hall_desk(f, hall_saying("skip", "1", a), 409), "QUEUE_EARLY");
        credit_kit_shift_ms += QUEUE_CALL_MS;
        g_assert_true(queues_run(f->platform, now_ms(), &done, NULL)); /* the clock skips by itself */
        if (round == 0) {
            g_assert_cmpint(hall_number(f, a).ticket.state, ==, QUEUE_MISSED);
            hall_stands(hall_desk(f, hall_saying("back", "1", a), 200), "A001", "REQUEUED");
        }
    }
    g_assert_cmpint(hall_number(f, a).ticket.state, ==, QUEUE_EXPIRED);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_step WHERE community=?1 AND step='skip' AND actor='platform'"), ==, 2);
    hall_refused(hall_desk(f, hall_saying("back", "1", a), 409), "QUEUE_STATE");
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 0);
}

/* Missed by hand twice: the second time it is said that there is no third. */
static void test_once(struct credit_kit *f, const void *data)
{
    g_autofree char *a = hall_given(f, "RETIRE", "A001");
    struct queue_row row;
    enum queue_code code;
    const struct queue_doing skip = {.step = QUEUE_DO_SKIP, .actor = QUEUE_BY_DESK, .id = "", .kiosk = "", .staff = "staff-1", .counter = "1",
                                     .at_ms = now_ms() + 3600000};

    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A001", "CALLED");
    row = hall_number(f, a);
    row.ticket.calls = QUEUE_CALLS;
    row.ticket.requeued = true;
    g_assert_true(db_begin(f->platform->db, true, NULL) && queues_step(f->platform->db, &row, &skip, &code, NULL) && code == QUEUE_OK &&
                  db_commit(f->platform->db, NULL));
    /* The clock would end it in the same moment: here it is an hour behind. */
    hall_refused(hall_desk(f, hall_saying("back", "1", a), 409), "QUEUE_ONCE");
}

static void test_turns(struct credit_kit *f, const void *data)
{
    static const char *const order[] = {"A003", "A004", "A001", "A005", "A002"};
    g_autofree char *a = hall_given(f, "RETIRE", "A001"), *b = hall_given(f, "RETIRE", "A002");

    for (int i = 0; i < 3; i++)
        json_decref(hall_post(f, "K0001", QUEUE_TICKETS_PATH, hall_tapped(f, STAFF, "staff-1"), json_pack("{s:s, s:b}", "matter", "RETIRE", "priority", true),
                         hall_key(), 200));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        json_auto_t *answer = hall_desk(f, json_pack("{s:s, s:s, s:s}", "step", "call", "counter", "1", "groups", "AB"), 200);
        const char *id = hall_text(answer, "id");

        g_assert_cmpstr(hall_text(answer, "number"), ==, order[i]);
        json_decref(hall_desk(f, hall_saying("serve", "1", id), 200));
        credit_kit_shift_ms += 4 * MINUTE;
        json_decref(hall_desk(f, hall_saying("done", "1", id), 200));
    }
    json_auto_t *next = hall_take(f, NULL, "RETIRE", hall_key(), 200); /* five services say how long one takes */
    g_assert_cmpint(hall_int(next, "from_min"), ==, 0);
    g_assert_cmpint(hall_int(next, "to_min"), ==, 10);
    hall_refused(hall_desk(f, json_pack("{s:s, s:s, s:s}", "step", "call", "counter", "1", "groups", "B"), 409), "QUEUE_NOBODY");
}

/* Whoever of the staff stands there has seen why: somebody goes before others. */
static void before(struct credit_kit *f, const char *matter)
{
    json_decref(hall_post(f, "K0001", QUEUE_TICKETS_PATH, hall_tapped(f, STAFF, "staff-1"), json_pack("{s:s, s:b}", "matter", matter, "priority", true),
                          hall_key(), 200));
}

static void called(struct credit_kit *f, const char *counter, const char *groups, const char *number)
{
    json_auto_t *answer = hall_desk(f, json_pack("{s:s, s:s, s:s}", "step", "call", "counter", counter, "groups", groups), 200);
    const char *id = hall_text(answer, "id");

    g_assert_cmpstr(hall_text(answer, "number"), ==, number);
    json_decref(hall_desk(f, hall_saying("serve", counter, id), 200));
    json_decref(hall_desk(f, hall_saying("done", counter, id), 200));
}

/* Two of A at two counters count for A, and not for B; two at a counter that calls both count for both. */
static void test_runs(struct credit_kit *f, const void *data)
{
    g_autofree char *a = hall_given(f, "RETIRE", "A001"), *b = hall_given(f, "WELFARE", "B001");

    for (int i = 0; i < 4; i++) {
        before(f, "RETIRE");
        before(f, "WELFARE");
    }
    called(f, "1", "A", "A002");
    called(f, "2", "B", "B002");
    called(f, "3", "A", "A003");
    called(f, "2", "B", "B003");
    json_auto_t *queue = hall_fed(f, "K0001", "queue", HALL);
    json_t *first = json_array_get(json_object_get(queue, "tickets"), 0);
    g_assert_cmpstr(hall_text(first, "number"), ==, "A001");
    g_assert_cmpint(hall_int(first, "ahead"), ==, 0); /* two of her letter went before */
    called(f, "1", "A", "A001");
    called(f, "4", "AB", "A004");
    called(f, "4", "AB", "A005");
    called(f, "4", "AB", "B001");
    called(f, "4", "AB", "B004");
}

static void test_transfer(struct credit_kit *f, const void *data)
{
    json_auto_t *taken = hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 200);
    json_auto_t *second = hall_take(f, hall_tapped(f, f->adult, ""), "WELFARE", hall_key(), 200);
    const char *id = hall_text(taken, "id"), *welfare = hall_text(second, "id");
    g_autofree char *key = g_strdup(hall_key());
    json_t *body = hall_saying("transfer", "1", id);

    json_object_set_new(body, "matter", json_string("WELFARE"));
    hall_refused(hall_desk(f, json_incref(body), 409), "QUEUE_TWICE"); /* she has one there */
    hall_stands(hall_desk(f, hall_saying("cancel", "1", welfare), 200), "B001", "CANCELLED");
    json_object_set_new(body, "matter", json_string("NONE"));
    hall_refused(hall_desk(f, json_incref(body), 422), "QUEUE_MATTER");
    hall_matter(f, "OTHER", 'B', true);
    json_object_set_new(body, "matter", json_string("OTHER"));
    hall_refused(hall_desk(f, json_incref(body), 422), "QUEUE_MATTER"); /* not done any more */
    json_object_set_new(body, "matter", json_string("WELFARE"));
    hall_stands(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), json_incref(body), key, 200), "B002", "ISSUED");
    hall_stands(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), body, key, 200), "B002", "ISSUED");
    struct queue_row old = hall_number(f, id), now = hall_number(f, old.moved);
    g_assert_cmpint(old.ticket.state, ==, QUEUE_TRANSFERRED);
    g_assert_cmpstr(now.card, ==, f->adult);
    g_assert_cmpint(now.ticket.issued_ms, ==, old.ticket.issued_ms);
}

/* Who is of the staff and has a number themselves. */
static void test_own(struct credit_kit *f, const void *data)
{
    json_auto_t *taken = hall_take(f, hall_tapped(f, STAFF, ""), "RETIRE", hall_key(), 200);

    hall_refused(hall_desk(f, hall_saying("cancel", "1", hall_text(taken, "id")), 409), "QUEUE_OWN");
    hall_refused(hall_desk(f, hall_saying("call", "1", NULL), 409), "QUEUE_NOBODY"); /* not hers either */
    g_autofree char *behind = hall_given(f, "RETIRE", "A002");
    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A002", "CALLED");
    hall_stands(hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, OTHER_STAFF, "staff-2"), hall_saying("cancel", "1", hall_text(taken, "id")), hall_key(), 200),
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
    g_autofree char *a = hall_given(f, "RETIRE", "A001"), *b = hall_given(f, "WELFARE", "B001");
    json_t *body = hall_saying("transfer", "1", b);

    line_set(f, "A", 998);
    g_autofree char *last = hall_given(f, "RETIRE", "A999");
    hall_refused(hall_take(f, NULL, "RETIRE", hall_key(), 409), "QUEUE_FULL");
    json_object_set_new(body, "matter", json_string("RETIRE"));
    hall_refused(hall_desk(f, body, 409), "QUEUE_FULL");
    g_assert_cmpint(hall_number(f, b).ticket.state, ==, QUEUE_ISSUED);
}

static void test_day(struct credit_kit *f, const void *data)
{
    g_autofree char *waits = hall_given(f, "RETIRE", "A001"), *served = hall_given(f, "RETIRE", "A002");
    int done = 0;

    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A001", "CALLED");
    hall_stands(hall_desk(f, hall_saying("serve", "1", waits), 200), "A001", "SERVING");
    hall_hour(f, 1, 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(done, ==, 2);
    g_autofree char *next = hall_given(f, "RETIRE", "A001");
    g_assert_cmpint(hall_number(f, waits).ticket.state, ==, QUEUE_DONE);
    g_assert_cmpint(hall_number(f, served).ticket.state, ==, QUEUE_EXPIRED);
    g_assert_cmpint(hall_number(f, next).ticket.state, ==, QUEUE_ISSUED);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autoptr(GArray) services = db_queue_services(f->platform->db, HALL, 'A', NULL);
    db_rollback(f->platform->db);
    g_assert_cmpuint(services->len, ==, 0); /* midnight does not say how long it took */
}

/* ---- Kiosks' own numbers ---- */

static struct queue_ranges *ranges_of(struct credit_kit *f, const char *kiosk)
{
    json_auto_t *envelope = hall_fed(f, kiosk, "numbers", kiosk), *payload = NULL;
    struct queue_ranges *out = g_new0(struct queue_ranges, 1);

    g_assert_nonnull(envelope);
    payload = json_loads(hall_text(envelope, "payload"), 0, NULL);
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

    hall_kiosk(f, "K0001", 10);
    hall_kiosk(f, "K0002", 5);
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
    hall_matter(f, "RETIRE", 'C', true);
    told_issued(f, &f->pen, today, "A991", "RETIRE", NULL, "accepted", ""); /* printed before the guide changed */
    hall_matter(f, "RETIRE", 'A', false);
    credit_kit_push(f, &f->pen, "queue.issued", "QueueIssued",
                    json_pack("{s:s, s:s, s:i, s:s}", "place", "nowhere", "matter", "RETIRE", "day", (int)today, "number", "A992"), "rejected", "QUEUE_HALL");
    told_issued(f, &f->other, today, "A989", "RETIRE", STRANGER, "accepted", "");
    json_auto_t *queue = hall_fed(f, "K0001", "queue", HALL);
    g_assert_cmpstr(hall_text(json_array_get(json_object_get(queue, "tickets"), 0), "class"), ==, "priority");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>''"), ==, 1);
}

/* She drew one, and once more: the second is nobody's, and goes before others as the first. The next day she has none. */
static void test_unnamed(struct credit_kit *f, const void *data)
{
    static const char *const sql = "SELECT count(*) FROM queue_ticket WHERE community=?1 AND class='priority'";
    int done = 0;

    hall_kiosk(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->elder, "accepted", "");
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A991", "RETIRE", f->elder, "accepted", "");
    g_assert_cmpint(kit_count(f->platform, sql), ==, 2);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>''"), ==, 1);
    /* It does not block her: what the kiosk says of the card gives way to the card. */
    hall_stands(hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 200), "A001", "ISSUED");
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND drawn=1"), ==, 0);
    json_decref(hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 200));
    hall_hour(f, 1, 10);
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->elder, "accepted", ""); /* before the clock looked */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND ended_ms=0"), ==, 1);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND card<>'' AND drawn=1"), ==, 1);
    json_t *answer = hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 200);
    hall_stands(answer, "A001", "ISSUED");
}

static void told_at(struct credit_kit *f, const char *number, int64_t at_ms)
{
    const struct queue_drawn drawn = {.day = date_of_ms(now_ms()), .letter = number[0], .no = (int)g_ascii_strtoll(number + 1, NULL, 10)};
    const struct queue_asking asking = {.id = hall_key(), .hall = HALL, .matter = "RETIRE", .kiosk = "K0001", .card = "", .at_ms = at_ms};
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

    hall_kiosk(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    told_issued(f, &f->pen, date_of_ms(now_ms() + DAY), "A990", "RETIRE", f->adult, "rejected", "QUEUE_RANGE");
    first = hall_given(f, "RETIRE", "A001");
    credit_kit_shift_ms += 1000;
    told_at(f, "A991", now_ms() + HOUR);
    credit_kit_shift_ms += 1000; /* of one moment the lower number comes first */
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_ticket WHERE community=?1 AND no=991 AND issued_ms>(SELECT issued_ms"
                                           " FROM queue_ticket WHERE community=?1 AND no=1)"), ==, 1);
    json_t *next = hall_take(f, NULL, "RETIRE", hall_key(), 200);
    g_assert_cmpint(hall_int(next, "ahead"), ==, 2);
    json_decref(next);
    told_at(f, "A992", now_ms() - DAY);
    g_assert_cmpint(kit_count(f->platform, "SELECT (SELECT issued_ms FROM queue_ticket WHERE community=?1 AND no=1)-issued_ms FROM queue_ticket"
                                           " WHERE community=?1 AND no=992"), <=, HOUR + 60000);
    told_issued(f, &f->pen, date_of_ms(now_ms()), "A990", "RETIRE", f->adult, "accepted", "");
    json_auto_t *queue = hall_fed(f, "K0001", "queue", HALL);
    g_assert_cmpuint(json_array_size(json_object_get(queue, "tickets")), ==, 5);
    hall_hour(f, 1, 9);
    json_auto_t *later = hall_fed(f, "K0001", "queue", HALL); /* before the clock looked */
    g_assert_cmpuint(json_array_size(json_object_get(later, "tickets")), ==, 0);
    hall_refused(hall_desk(f, hall_saying("call", "1", NULL), 409), "QUEUE_NOBODY");
}

static void test_closed(struct credit_kit *f, const void *data)
{
    uint32_t today = date_of_ms(now_ms());
    int done = 0;

    hall_kiosk(f, "K0001", 10);
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
    g_autofree char *nobody = hall_given(f, "RETIRE", "A001"), *missed = hall_given(f, "RETIRE", "A002"), *none = g_strdup(hall_key());
    json_auto_t *hers = hall_take(f, hall_tapped(f, f->elder, ""), "WELFARE", hall_key(), 200);

    said(f, &f->other, "queue.cancelled", nobody, NULL, "rejected", "QUEUE_OTHER_CARD"); /* a kiosk of no hall */
    said(f, &f->pen, "queue.cancelled", nobody, NULL, "accepted", "");
    said(f, &f->pen, "queue.cancelled", nobody, NULL, "rejected", "QUEUE_STATE");
    said(f, &f->pen, "queue.cancelled", hall_text(hers, "id"), NULL, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->pen, "queue.cancelled", hall_text(hers, "id"), f->adult, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->other, "queue.cancelled", hall_text(hers, "id"), f->elder, "accepted", "");
    said(f, &f->pen, "queue.cancelled", none, NULL, "rejected", "QUEUE_UNKNOWN");
    said(f, &f->pen, "queue.back", missed, NULL, "rejected", "QUEUE_STATE");
    said(f, &f->other, "queue.back", missed, NULL, "rejected", "QUEUE_OTHER_CARD");
    said(f, &f->pen, "queue.back", none, NULL, "rejected", "QUEUE_UNKNOWN");
    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A002", "CALLED");
    for (int i = 0; i < 2; i++) {
        credit_kit_shift_ms += QUEUE_CALL_MS;
        json_decref(hall_desk(f, hall_saying("recall", "1", missed), 200));
    }
    credit_kit_shift_ms += 2 * MINUTE;
    said(f, &f->pen, "queue.back", missed, NULL, "accepted", "");
    g_assert_cmpint(hall_number(f, missed).ticket.state, ==, QUEUE_REQUEUED);
    g_assert_true(queues_type("queue.issued") && !queues_type("queue.other"));
}

/* Away, and missed: the clock has done the rest. Its id. */
static char *missed(struct credit_kit *f, const char *secret, const char *number)
{
    json_auto_t *taken = hall_take(f, secret, "RETIRE", hall_key(), 200);
    char *id = g_strdup(hall_text(taken, "id"));
    int done = 0;

    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), number, "CALLED");
    for (int i = 0; i < 2; i++) {
        credit_kit_shift_ms += QUEUE_CALL_MS;
        json_decref(hall_desk(f, hall_saying("recall", "1", id), 200));
    }
    credit_kit_shift_ms += QUEUE_CALL_MS;
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(hall_number(f, id).ticket.state, ==, QUEUE_MISSED);
    return id;
}

/* A tap of this moment, told later. */
static json_t *tap_of_now(struct credit_kit *f, const char *ticket, const char *token)
{
    json_t *data = json_pack("{s:s}", "ticket", ticket);

    if (token != NULL)
        json_object_set_new(data, "card_token", json_string(token));
    return pen_event(&f->pen, "queue.back", data);
}

static void told(struct credit_kit *f, json_t *event, const char *verdict, const char *code)
{
    json_auto_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
}

static void expired(struct credit_kit *f, const char *id)
{
    int done = 0;

    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_cmpint(hall_number(f, id).ticket.state, ==, QUEUE_EXPIRED);
}

/* She was back in time, and her kiosk could not tell: by the time of the tap. */
static void test_back_late(struct credit_kit *f, const void *data)
{
    g_autofree char *in_time = missed(f, NULL, "A001");

    credit_kit_shift_ms += 29 * MINUTE;
    json_t *event = tap_of_now(f, in_time, NULL);
    credit_kit_shift_ms += 20 * MINUTE;
    expired(f, in_time);
    told(f, event, "accepted", "");
    struct queue_row row = hall_number(f, in_time);
    g_assert_true(row.ticket.state == QUEUE_REQUEUED && row.ticket.ended_ms == 0 && row.ticket.behind == QUEUE_BEHIND);
    hall_stands(hall_desk(f, hall_saying("call", "1", NULL), 200), "A001", "CALLED");
    json_decref(hall_desk(f, hall_saying("serve", "1", in_time), 200));
    json_decref(hall_desk(f, hall_saying("done", "1", in_time), 200));
    g_autofree char *too_late = missed(f, NULL, "A002");
    credit_kit_shift_ms += 31 * MINUTE;
    event = tap_of_now(f, too_late, NULL);
    expired(f, too_late);
    told(f, event, "rejected", "QUEUE_STATE");
    g_autofree char *hers = missed(f, hall_tapped(f, f->adult, ""), "A003");
    credit_kit_shift_ms += MINUTE;
    event = tap_of_now(f, hers, f->adult);
    credit_kit_shift_ms += 30 * MINUTE;
    expired(f, hers);
    hall_stands(hall_take(f, hall_tapped(f, f->adult, ""), "RETIRE", hall_key(), 200), "A004", "ISSUED");
    told(f, event, "rejected", "QUEUE_TWICE"); /* she has taken another one */
}

static void test_back_tomorrow(struct credit_kit *f, const void *data)
{
    g_autofree char *id = missed(f, NULL, "A001");
    json_t *event = tap_of_now(f, id, NULL);

    credit_kit_shift_ms += HOUR;
    expired(f, id);
    hall_hour(f, 1, 9);
    told(f, event, "rejected", "QUEUE_LATE");
}

/* ---- An older database was put back ---- */

static void test_restored(struct credit_kit *f, const void *data)
{
    g_autofree char *first = hall_given(f, "RETIRE", "A001");
    int done = 0;

    hall_kiosk(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    credit_kit_shift_ms += MINUTE;
    g_assert_true(restored_mark(f->platform, now_ms() - HOUR, now_ms(), NULL));
    g_autofree char *next = hall_given(f, "RETIRE", "A202"), *other = hall_given(f, "WELFARE", "B201"); /* of B nothing was known */
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_autofree struct queue_ranges *ranges = ranges_of(f, "K0001");
    g_assert_cmpuint(ranges->count, ==, 2 * QUEUE_DAYS_AHEAD);
    for (size_t i = 0; i < ranges->count; i++)
        g_assert_cmpint(ranges->ranges[i].to_no, ==, 979); /* 980 to 989 may be somebody's */
    line_set(f, "A", 968);
    g_assert_true(restored_mark(f->platform, now_ms() - HOUR, now_ms(), NULL));
    hall_refused(hall_take(f, NULL, "RETIRE", hall_key(), 409), "QUEUE_FULL");
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
    g_autofree char *id = hall_given(f, "RETIRE", "A001");
    int done = 0;

    hall_kiosk(f, "K0001", 10);
    hall_kiosk(f, "K0002", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
}

/* ---- The command's way ---- */

static void test_by_command(struct credit_kit *f, const void *data)
{
    g_autofree char *id = hall_given(f, "RETIRE", "A001");
    g_autoptr(GError) error = NULL;
    struct queue_call call = {.kiosk = "", .key = hall_key(), .matter = "", .ticket = "", .counter = "1", .groups = "", .what = "call"};

    g_assert_null(queues_desk_by(f->platform, HALL, "nobody", &call, now_ms(), &error));
    g_assert_nonnull(strstr(error->message, "STAFF_UNKNOWN"));
    g_clear_error(&error);
    g_assert_null(queues_desk_by(f->platform, "NONE", "staff-1", &call, now_ms(), &error));
    g_assert_nonnull(strstr(error->message, "QUEUE_HALL"));
    g_clear_error(&error);
    hall_stands(queues_desk_by(f->platform, HALL, "staff-1", &call, now_ms(), &error), "A001", "CALLED");
    g_assert_no_error(error);
}

static void counter_refused(struct credit_kit *f, const char *counter)
{
    char *words[] = {"queue", "step", "--data", f->dir, "--hall", HALL, "--counter", (char *)counter, "--step", "pause", "--by", "staff-1", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_false(command_queue(G_N_ELEMENTS(words) - 1, words, &error));
    g_assert_nonnull(error);
    if (strstr(error->message, "--counter") == NULL)
        g_error("refused as %s", error->message);
}

static void test_counter_name(struct credit_kit *f, const void *data)
{
    static const char *const wrong[] = {"", "a", "1 2", "WINDOW123", "1;"};

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        counter_refused(f, wrong[i]);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM queue_counter WHERE community=?1"), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    HALL_KIT_ADD("/platform/queue/numbers", test_numbers);
    HALL_KIT_ADD("/platform/queue/whose", test_whose);
    HALL_KIT_ADD("/platform/queue/too-many", test_too_many);
    HALL_KIT_ADD("/platform/queue/many", test_many);
    HALL_KIT_ADD("/platform/queue/told", test_told);
    HALL_KIT_ADD("/platform/queue/counter", test_counter);
    HALL_KIT_ADD("/platform/queue/missed", test_missed);
    HALL_KIT_ADD("/platform/queue/once", test_once);
    HALL_KIT_ADD("/platform/queue/turns", test_turns);
    HALL_KIT_ADD("/platform/queue/runs", test_runs);
    HALL_KIT_ADD("/platform/queue/transfer", test_transfer);
    HALL_KIT_ADD("/platform/queue/own", test_own);
    HALL_KIT_ADD("/platform/queue/full", test_full);
    HALL_KIT_ADD("/platform/queue/day", test_day);
    HALL_KIT_ADD("/platform/queue/ranges", test_ranges);
    HALL_KIT_ADD("/platform/queue/clock", test_clock);
    HALL_KIT_ADD("/platform/queue/unnamed", test_unnamed);
    HALL_KIT_ADD("/platform/queue/closed", test_closed);
    HALL_KIT_ADD("/platform/queue/envelope", test_envelope);
    HALL_KIT_ADD("/platform/queue/floor", test_floor);
    HALL_KIT_ADD("/platform/queue/events", test_events);
    HALL_KIT_ADD("/platform/queue/back-late", test_back_late);
    HALL_KIT_ADD("/platform/queue/back-tomorrow", test_back_tomorrow);
    HALL_KIT_ADD("/platform/queue/restored", test_restored);
    HALL_KIT_ADD("/platform/queue/nodes", test_nodes);
    HALL_KIT_ADD("/platform/queue/tables", test_tables);
    HALL_KIT_ADD("/platform/queue/by-command", test_by_command);
    HALL_KIT_ADD("/platform/queue/counter-name", test_counter_name);
    return g_test_run();
}
