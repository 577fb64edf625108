/* SPDX-License-Identifier: Apache-2.0 */
/* Activities and seats at the kiosk, without a line: what is promised and what is only asked for, and the door. */
#include "service/internal.h"
#include "roomkit.h"
#include "store/seats.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define ALICE "00112233445566778899aabbccddeeff"
#define BOB   "ffeeddccbbaa99887766554433221100"
#define HOUR  INT64_C(3600000)

struct fixture {
    struct roomkit kit;
    struct kiosk_seat_event event; /* the last one */
    struct kiosk_seat seats[8];
    struct kiosk_activity dates[8];
    size_t seat_count, date_count;
    unsigned events;
    int64_t now;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_SEAT) {
        f->event = event->seat;
        f->events++;
    } else if (event->kind == KIOSK_EVENT_SEATS) {
        f->seat_count = MIN(event->seats.count, G_N_ELEMENTS(f->seats));
        if (f->seat_count > 0)
            memcpy(f->seats, event->seats.items, f->seat_count * sizeof f->seats[0]);
    } else if (event->kind == KIOSK_EVENT_ACTIVITIES) {
        f->date_count = MIN(event->activities.count, G_N_ELEMENTS(f->dates));
        if (f->date_count > 0)
            memcpy(f->dates, event->activities.items, f->date_count * sizeof f->dates[0]);
    }
}

static json_t *date(const char *id, int64_t start_ms, int age_min, int age_max, bool called_off)
{
    return json_pack("{s:s, s:I, s:I, s:i, s:i, s:i, s:b, s:i, s:i}", "id", id, "start_ms", (json_int_t)start_ms, "end_ms",
                     (json_int_t)(start_ms + HOUR), "seats", 3, "age_min", age_min, "age_max", age_max, "called_off", called_off, "left", 0,
                     "waiting", 0);
}

static void activities_feed(struct fixture *f)
{
    json_t *dates = json_pack("[o, o, o, o, o]", date("NEXT", f->now + 48 * HOUR, 0, 0, false), date("SAME", f->now + 48 * HOUR, 0, 0, false),
                              date("NOW", f->now - HOUR / 2, 0, 0, false), date("OVER", f->now - 5 * HOUR, 0, 0, false),
                              date("OFF", f->now + 24 * HOUR, 0, 0, true));

    roomkit_feed(&f->kit, "activity", "A",
         json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "id", "A", "kind", "class", "title_zh", "课", "title_en", "Class", "place_zh",
                   "", "place_en", "", "phone", "", "fee_fen", 0, "sessions", dates));
}

static void allot(struct fixture *f, int places)
{
    struct allotment allotment = {.version = 1, .kiosk = "K0000", .issued_ms = 1, .count = 1, .allots = {{"NEXT", places}}};
    g_autoptr(GError) error = NULL;

    store_allotment_set(f->kit.kiosk->store, &allotment, &error);
    g_assert_no_error(error);
}

static void up(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    roomkit_open(&f->kit, on_event, f);
    f->now = now_ms();
    activities_feed(f);
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    roomkit_close(&f->kit);
}

static void request(struct fixture *f, enum kiosk_seat_ask what, const char *of, int companions)
{
    struct kiosk_seat_request request = {.ask = what, .companions = companions};
    bool by_id = what == KIOSK_SEAT_ASK_CANCEL || what == KIOSK_SEAT_ASK_TAKE;

    g_strlcpy(by_id ? request.id : request.session, of, by_id ? sizeof request.id : sizeof request.session);
    kiosk_request_seat(f->kit.kiosk, &request);
    g_assert_true(worker_turn(f->kit.kiosk));
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

static void answered(struct fixture *f, enum kiosk_seat_ask what, const char *of, int companions, enum kiosk_seat_phase phase,
                     const char *reason)
{
    unsigned before = f->events;

    request(f, what, of, companions);
    g_assert_cmpuint(f->events, ==, before + 1);
    g_assert_cmpint(f->event.ask, ==, what);
    if (f->event.phase != phase)
        g_error("%s: %d %s", of, f->event.phase, f->event.reason);
    g_assert_cmpstr(f->event.reason, ==, reason);
}

static int waiting(struct fixture *f)
{
    return store_outbox_waiting(f->kit.kiosk->store);
}

static void test_list(struct fixture *f, const void *data)
{
    allot(f, 2);
    roomkit_lift(&f->kit); /* needs no card */
    request(f, KIOSK_SEAT_ASK_LIST, "", 0);
    g_assert_cmpuint(f->date_count, ==, 4); /* what is over is not told */
    g_assert_cmpstr(f->dates[0].session, ==, "NOW");
    g_assert_cmpstr(f->dates[1].session, ==, "OFF");
    g_assert_true(f->dates[1].called_off);
    g_assert_cmpint(f->dates[2].own + f->dates[3].own, ==, 2);
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_REFUSED, "NO_CARD");
    answered(f, KIOSK_SEAT_ASK_MINE, "", 0, KIOSK_SEAT_REFUSED, "NO_CARD");
}

static void test_promised(struct fixture *f, const void *data)
{
    allot(f, 1);
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_PROMISED, "");
    g_assert_cmpint(waiting(f), ==, 1);
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_REFUSED, "SEAT_TWICE");
    answered(f, KIOSK_SEAT_ASK_SEAT, "SAME", 0, KIOSK_SEAT_REFUSED, "SEAT_CLASH");
    roomkit_lay(&f->kit, BOB);
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_ASKED, ""); /* the last own one is gone: nothing is promised */
    g_assert_cmpint(waiting(f), ==, 2);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
    g_assert_cmpstr(f->seats[0].state, ==, "REQUESTED");
    g_assert_false(f->seats[0].told);
    roomkit_lay(&f->kit, ALICE);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpstr(f->seats[0].state, ==, "REGISTERED");
    g_assert_cmpstr(f->seats[0].activity, ==, "A");
}

static void test_refused(struct fixture *f, const void *data)
{
    answered(f, KIOSK_SEAT_ASK_SEAT, "OFF", 0, KIOSK_SEAT_REFUSED, "SEAT_OVER");
    answered(f, KIOSK_SEAT_ASK_SEAT, "OVER", 0, KIOSK_SEAT_REFUSED, "SEAT_LATE");
    answered(f, KIOSK_SEAT_ASK_SEAT, "NOWHERE", 0, KIOSK_SEAT_REFUSED, "SEAT_UNKNOWN");
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 6, KIOSK_SEAT_REFUSED, "DATA");
    answered(f, KIOSK_SEAT_ASK_CANCEL, "nothing", 0, KIOSK_SEAT_REFUSED, "SEAT_UNKNOWN");
    g_assert_cmpint(waiting(f), ==, 0);
}

static void seat_tell(struct fixture *f, const char *id, const char *session, const char *state, int64_t offered_ms)
{
    roomkit_feed(&f->kit, "seat", id,
         json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:i, s:I, s:I, s:i}, s:s, s:b, s:I, s:I}", "id", id, "card_token", ALICE, "session", session,
                   "activity", "A", "seat", "state", state, "companions", 0, "asked_ms", (json_int_t)f->now, "offered_ms",
                   (json_int_t)offered_ms, "ended_ms", 0, "reason", "", "drawn", 0, "start_ms", (json_int_t)f->now, "end_ms",
                   (json_int_t)f->now + HOUR));
}

static void test_steps(struct fixture *f, const void *data)
{
    char id[37];

    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_ASKED, "");
    g_strlcpy(id, f->event.id, sizeof id);
    seat_tell(f, id, "NEXT", "OFFERED", f->now);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
    g_assert_cmpint(f->seats[0].offer_ends_ms, ==, f->now + SEAT_OFFER_MS);
    answered(f, KIOSK_SEAT_ASK_TAKE, id, 0, KIOSK_SEAT_WAITS, "");
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_true(f->seats[0].waits);
    seat_tell(f, id, "NEXT", "REGISTERED", f->now);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_false(f->seats[0].waits);
    answered(f, KIOSK_SEAT_ASK_TAKE, id, 0, KIOSK_SEAT_REFUSED, "SEAT_STATE");
    answered(f, KIOSK_SEAT_ASK_CANCEL, id, 0, KIOSK_SEAT_WAITS, "");
    roomkit_lay(&f->kit, BOB);
    answered(f, KIOSK_SEAT_ASK_CANCEL, id, 0, KIOSK_SEAT_REFUSED, "SEAT_UNKNOWN"); /* not theirs */
}

static void test_door(struct fixture *f, const void *data)
{
    static const char id[] = "01970000-0000-7000-8000-000000000001";

    seat_tell(f, id, "NOW", "REGISTERED", 0);
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NEXT", 0, KIOSK_SEAT_REFUSED, "SEAT_EARLY");
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 0, KIOSK_SEAT_CHECKED_IN, "");
    g_assert_cmpstr(f->event.id, ==, id);
    g_assert_cmpint(waiting(f), ==, 1);
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 0, KIOSK_SEAT_CHECKED_IN, ""); /* a second tap writes nothing */
    g_assert_cmpint(waiting(f), ==, 1);
    roomkit_lay(&f->kit, BOB);
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 1, KIOSK_SEAT_WALKED_IN, "");
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 1, KIOSK_SEAT_CHECKED_IN, "");
    g_assert_cmpint(waiting(f), ==, 2);
}

static void refuse_last(struct fixture *f, const char *code)
{
    struct store_verdict_row verdict = {.verdict = STORE_REJECTED};
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];

    g_strlcpy(verdict.code, code, sizeof verdict.code);
    verdict.seq = store_head(f->kit.kiosk->store, hash);
    g_assert_true(store_outbox_verdicts(f->kit.kiosk->store, &verdict, 1, &error));
    g_assert_no_error(error);
}

/* Let in at the door, and the platform says no: among their seats they see it, and why; a wish that is refused has a seat that tells it. */
static void test_door_refused(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];

    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 0, KIOSK_SEAT_WALKED_IN, "");
    int64_t first = store_head(f->kit.kiosk->store, hash);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
    g_assert_cmpstr(f->seats[0].state, ==, "CHECKED_IN");
    refuse_last(f, "CARD_REPLACED");
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
    g_assert_cmpstr(f->seats[0].state, ==, "REFUSED");
    g_assert_cmpstr(f->seats[0].reason, ==, "CARD_REPLACED");
    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 0, KIOSK_SEAT_WALKED_IN, ""); /* the door turns nobody away */
    refuse_last(f, "SEAT_LATE");
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_ASKED, "");
    refuse_last(f, "SEAT_UNKNOWN");
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 2);
    roomkit_lay(&f->kit, BOB);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 0);
    roomkit_feed(&f->kit, "card", ALICE, json_pack("{s:s, s:s}", "card_token", ALICE, "current", BOB)); /* it took that one's place */
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 2);
    g_assert_true(store_refused_resolve(f->kit.kiosk->store, first, "staff", "they were told", &error));
    g_assert_no_error(error);
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
}

/* Who was checked in at another kiosk taps here, too: the platform makes no second seat of it, and nothing waits for one. */
static void test_door_twice(struct fixture *f, const void *data)
{
    static const char ID[] = "01890000-0000-7000-8000-000000000001";
    json_t *seat = json_pack("{s:s, s:i, s:I, s:I, s:I}", "state", "CHECKED_IN", "companions", 0, "asked_ms", (json_int_t)f->now, "offered_ms",
                             (json_int_t)0, "ended_ms", (json_int_t)0);

    answered(f, KIOSK_SEAT_ASK_CHECK_IN, "NOW", 0, KIOSK_SEAT_WALKED_IN, "");
    roomkit_feed(&f->kit, "seat", ID,
                 json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:I, s:I}", "id", ID, "card_token", ALICE, "session", "NOW", "activity", "A", "seat",
                           seat, "reason", "", "start_ms", (json_int_t)(f->now - HOUR / 2), "end_ms", (json_int_t)(f->now + HOUR / 2)));
    request(f, KIOSK_SEAT_ASK_MINE, "", 0);
    g_assert_cmpuint(f->seat_count, ==, 1);
    g_assert_cmpstr(f->seats[0].id, ==, ID);
}

/* The disk takes nothing: that is said, and nothing is promised. */
static void test_disk(struct fixture *f, const void *data)
{
    struct rlimit had, none;

    allot(f, 1);
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &had), ==, 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = had.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "a seat cannot be written: *");
    answered(f, KIOSK_SEAT_ASK_SEAT, "NEXT", 0, KIOSK_SEAT_REFUSED, "STORE");
    g_test_assert_expected_messages();
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &had), ==, 0);
    signal(SIGXFSZ, SIG_DFL);
    g_assert_cmpint(waiting(f), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, struct fixture, NULL, up, test, down)
    ADD("/service/activities/list", test_list);
    ADD("/service/activities/promised", test_promised);
    ADD("/service/activities/refused", test_refused);
    ADD("/service/activities/steps", test_steps);
    ADD("/service/activities/door", test_door);
    ADD("/service/activities/door-refused", test_door_refused);
    ADD("/service/activities/door-twice", test_door_twice);
    ADD("/service/activities/disk", test_disk);
    return g_test_run();
}
