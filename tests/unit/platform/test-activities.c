/* SPDX-License-Identifier: Apache-2.0 */
/* Activities at the platform: who gets a place, who waits, who moves up; kiosks' own seats; called off; nothing twice. */
#include "kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/activities/activities.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/wipe.h"
#include "schema.h"
#include "sync/signed.h"
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)
#define DATE    "T-1"

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pens[2];
    int64_t now, start;
};

static void date_add(struct fixture *f, const char *id, int64_t start_ms, int seats, int age_min, int age_max)
{
    struct date_row date = {.session = {.start_ms = start_ms, .end_ms = start_ms + 2 * HOUR_MS, .seats = seats, .age_min = age_min,
                                        .age_max = age_max}};
    g_autoptr(GError) error = NULL;

    g_strlcpy(date.id, id, sizeof date.id);
    g_strlcpy(date.activity, "T", sizeof date.activity);
    g_assert_true(db_begin(f->platform->db, true, &error) && activities_date_add(f->platform->db, &date, &error) &&
                  db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static const char *token(unsigned n)
{
    static char tokens[16][33];
    g_snprintf(tokens[n % 16], 33, "%032x", n + 1);
    return tokens[n % 16];
}

/* Each of another resident, as far as there are so many. */
static void cards_add(struct fixture *f, unsigned from, unsigned count)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, &error));
    for (unsigned n = from; n < from + count; n++)
        g_assert_true(db_run(f->platform->db, &error,
                             "INSERT INTO card(community, token, number, person, issuer, class, valid_from, valid_to, state)"
                             " SELECT community, ?2, ?3, person, issuer, class, valid_from, valid_to, 'active' FROM card WHERE community=?1"
                             " AND token IN (SELECT token FROM card WHERE community=?1 AND length(token)=32 ORDER BY person LIMIT 1 OFFSET ?4)",
                             "spi", token(n), "card.number", token(n), "3109901777700000000", (int64_t)(20 + n % 20)));
    g_assert_true(db_commit(f->platform->db, &error));
    g_assert_no_error(error);
}

static void set_up(struct fixture *f, gconstpointer data)
{
    struct activity_row activity = {"T", "class", "测试课", "A test", "活动室", "Room", "100", 0, 1};
    g_autoptr(GError) error = NULL;

    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pens[0]);
    kit_enrol(f->platform, "K0002", &f->pens[1]);
    f->now = now_ms();
    f->start = f->now + 3 * DAY_MS;
    g_assert_true(db_begin(f->platform->db, true, &error) && activities_add(f->platform->db, &activity, &error) &&
                  db_commit(f->platform->db, &error));
    g_assert_no_error(error);
    date_add(f, DATE, f->start, data != NULL ? GPOINTER_TO_INT(data) : 2, 0, 0);
    cards_add(f, 0, 8);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

/* ---- What is told, and what became of it ---- */

static char *told(struct fixture *f, unsigned kiosk, const char *type, json_t *data, const char *verdict, const char *code)
{
    json_t *event = pen_event(&f->pens[kiosk], type, data);
    json_t *answer = kit_push(f->platform, &f->pens[kiosk], json_pack("[O]", event));
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
    json_decref(event);
    return id;
}

static char *asked_for(struct fixture *f, unsigned kiosk, const char *date, unsigned who, int companions, const char *how)
{
    json_t *data = json_pack("{s:s, s:s, s:i}", "session", date, "card_token", token(who), "companions", companions);

    if (how != NULL)
        json_object_set_new(data, how, json_true());
    return told(f, kiosk, "seat.asked", data, "accepted", "");
}

static char *asked(struct fixture *f, unsigned who)
{
    return asked_for(f, 0, DATE, who, 0, NULL);
}

static void step(struct fixture *f, const char *seat, unsigned who, const char *what, const char *verdict, const char *code)
{
    g_free(told(f, 1, "seat.step", json_pack("{s:s, s:s, s:s}", "seat", seat, "card_token", token(who), "step", what), verdict, code));
}

static struct seat_row row_of(struct fixture *f, const char *id)
{
    g_autoptr(GError) error = NULL;
    struct seat_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, &error) && db_seat_find(f->platform->db, id, &row, &found, &error));
    db_rollback(f->platform->db);
    g_assert_no_error(error);
    g_assert_true(found);
    return row;
}

static void stands(struct fixture *f, const char *id, enum seat_state state, const char *reason)
{
    struct seat_row row = row_of(f, id);

    g_assert_cmpstr(seat_state_name(row.seat.state), ==, seat_state_name(state));
    g_assert_cmpstr(row.reason, ==, reason);
}

static int clock_to(struct fixture *f, int64_t at_ms)
{
    g_autoptr(GError) error = NULL;
    int done = 0;

    g_assert_true(seats_run(f->platform, at_ms, &done, &error));
    g_assert_no_error(error);
    return done;
}

static json_t *value_of(struct fixture *f, const char *topic, const char *key)
{
    json_t *feed = kit_feed(f->platform, "K0001"), *out = json_incref(json_object_get(kit_fed(feed, topic, key), "value"));

    json_decref(feed);
    return out;
}

static int64_t date_says(struct fixture *f, const char *name)
{
    json_t *value = value_of(f, "activity", "T");
    int64_t n = json_integer_value(json_object_get(json_array_get(json_object_get(value, "sessions"), 0), name));

    g_assert_nonnull(value);
    json_decref(value);
    return n;
}

static int64_t counted(struct fixture *f, const char *sql)
{
    int64_t n = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &n, sql, ""));
    db_rollback(f->platform->db);
    return n;
}

/* ---- Asking, waiting, moving up ---- */

static void test_asked_once(struct fixture *f, gconstpointer data)
{
    json_t *event = pen_event(&f->pens[0], "seat.asked",
                              json_pack("{s:s, s:s, s:i}", "session", DATE, "card_token", token(0), "companions", 1));
    const char *id = json_string_value(json_object_get(event, "id"));

    (void)data;
    for (int i = 0; i < 2; i++) {
        json_t *answer = kit_push(f->platform, &f->pens[0], json_pack("[O]", event));
        g_assert_cmpstr(kit_verdict(answer, 0), ==, i == 0 ? "accepted" : "duplicate");
        json_decref(answer);
    }
    stands(f, id, SEAT_REGISTERED, "");
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat WHERE community=?1"), ==, 1);
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat_step WHERE community=?1"), ==, 2);
    g_assert_cmpint(date_says(f, "left"), ==, 0);
    json_t *value = value_of(f, "seat", id);
    g_assert_cmpstr(json_string_value(json_object_get(value, "card_token")), ==, token(0));
    g_assert_cmpstr(json_string_value(json_object_get(json_object_get(value, "seat"), "state")), ==, "REGISTERED");
    json_decref(value);
    json_decref(event);
}

static json_t *wish(struct fixture *f, unsigned who)
{
    return pen_event(&f->pens[0], "seat.asked", json_pack("{s:s, s:s, s:i}", "session", DATE, "card_token", token(who), "companions", 0));
}

static void answered(struct fixture *f, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, &f->pens[0], json_pack("[O]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
}

/* The id of a seat or of a step that there is makes no other seat, and the kiosk goes on. */
static void test_id_reused(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0);
    json_t *first = wish(f, 1), *second = wish(f, 2);
    struct seat_order cancel = {.id = json_string_value(json_object_get(first, "id")), .seat = a, .step = SEAT_DO_CANCEL, .kiosk = "",
                                .staff = "staff-1", .at_ms = now_ms()};
    struct seat_asking other = {.id = json_string_value(json_object_get(second, "id")), .session = DATE, .card = token(3), .kiosk = "",
                                .at_ms = now_ms()};
    const char *code;

    (void)data;
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(seats_step(f->platform->db, &cancel, now_ms(), &code, NULL) && code == NULL);
    g_assert_true(seats_ask(f->platform->db, &other, now_ms(), &code, NULL) && code == NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
    answered(f, first, "conflict", "ID_REUSED");
    answered(f, second, "conflict", "ID_REUSED");
    answered(f, second, "conflict", "ID_REUSED"); /* and again, of the same place */
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat WHERE community=?1"), ==, 2);
    g_assert_cmpstr(row_of(f, other.id).card, ==, token(3));
    json_t *third = pen_event(&f->pens[0], "seat.step", json_pack("{s:s, s:s, s:s}", "seat", other.id, "card_token", token(3), "step", "cancel"));
    struct seat_asking another = {.id = json_string_value(json_object_get(third, "id")), .session = DATE, .card = token(5), .kiosk = "",
                                  .at_ms = now_ms()};
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(seats_ask(f->platform->db, &another, now_ms(), &code, NULL) && code == NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
    answered(f, third, "conflict", "ID_REUSED");
    g_assert_true(seat_is_open(row_of(f, other.id).seat.state));
    g_free(asked(f, 4));
    json_decref(third);
    json_decref(first);
    json_decref(second);
}

static void test_queue(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0), *b = asked(f, 1), *two = asked_for(f, 1, DATE, 2, 1, NULL), *one = asked(f, 3);

    (void)data;
    stands(f, b, SEAT_REGISTERED, "");
    stands(f, two, SEAT_WAITLISTED, "");
    step(f, a, 1, "cancel", "rejected", "SEAT_OTHER_CARD");
    step(f, a, 0, "cancel", "accepted", "");
    stands(f, a, SEAT_CANCELLED, "");
    /* One place is free; the first of the queue needs two, and nobody passes them, neither the next nor who asks now. */
    stands(f, two, SEAT_WAITLISTED, "");
    stands(f, one, SEAT_WAITLISTED, "");
    g_autofree char *late = asked(f, 4);
    stands(f, late, SEAT_WAITLISTED, "");
    g_assert_cmpint(date_says(f, "waiting"), ==, 3);
    g_assert_cmpint(date_says(f, "left"), ==, 0);
    step(f, b, 1, "cancel", "accepted", "");
    stands(f, two, SEAT_OFFERED, "");
    step(f, one, 3, "take", "rejected", "SEAT_STATE");
    step(f, two, 2, "take", "accepted", "");
    stands(f, two, SEAT_REGISTERED, "");
    step(f, two, 2, "cancel", "accepted", "");
    stands(f, one, SEAT_OFFERED, "");
    stands(f, late, SEAT_OFFERED, "");
}

/* Who asked first at a kiosk without a line is not behind who was heard of first. */
static void test_told_behind(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0), *two = asked_for(f, 1, DATE, 2, 1, NULL);
    struct seat_asking before = {.id = "01890000-0000-7000-8000-000000000001", .session = DATE, .card = token(3), .kiosk = "K0001",
                                 .at_ms = f->now - HOUR_MS};
    const char *code;

    (void)data;
    stands(f, two, SEAT_WAITLISTED, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(seats_ask(f->platform->db, &before, now_ms(), &code, NULL) && code == NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
    stands(f, before.id, SEAT_REGISTERED, "");
    stands(f, two, SEAT_WAITLISTED, "");
    step(f, a, 0, "cancel", "accepted", "");
    stands(f, two, SEAT_WAITLISTED, "");
}

static void test_offer_lapses(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked_for(f, 0, DATE, 0, 1, NULL), *b = asked_for(f, 0, DATE, 1, 1, NULL), *c = asked_for(f, 0, DATE, 2, 1, NULL);

    (void)data;
    step(f, a, 0, "cancel", "accepted", "");
    stands(f, b, SEAT_OFFERED, "");
    g_assert_cmpint(clock_to(f, now_ms() + SEAT_OFFER_MS - HOUR_MS), ==, 0);
    g_assert_cmpint(clock_to(f, now_ms() + SEAT_OFFER_MS + 1000), ==, 1);
    stands(f, b, SEAT_LAPSED, "");
    stands(f, c, SEAT_OFFERED, "");
    g_assert_cmpint(clock_to(f, f->start), ==, 1);
    stands(f, c, SEAT_LAPSED, "");
    g_assert_cmpint(clock_to(f, f->start), ==, 0);
}

static void test_refused(struct fixture *f, gconstpointer data)
{
    g_autofree char *number = kit_card(0);
    char adult[33];

    (void)data;
    card_token(f->platform->index_key, number, adult);
    date_add(f, "T-OLD", f->start + DAY_MS, 5, 100, 120);
    date_add(f, "T-CLASH", f->start + HOUR_MS, 5, 0, 0);
    g_autofree char *a = asked(f, 0), *again = asked(f, 0), *clash = asked_for(f, 1, "T-CLASH", 0, 0, NULL);
    stands(f, a, SEAT_REGISTERED, "");
    stands(f, again, SEAT_REFUSED, "SEAT_TWICE");
    stands(f, clash, SEAT_REFUSED, "SEAT_CLASH");
    g_autofree char *young = told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i}", "session", "T-OLD", "card_token", adult, "companions", 0),
                                  "accepted", "");
    stands(f, young, SEAT_REFUSED, "SEAT_AGE");
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i}", "session", "NONE", "card_token", adult, "companions", 0), "rejected",
                "SEAT_UNKNOWN"));
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i}", "session", DATE, "card_token", adult, "companions", 6), "rejected", "DATA"));
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i, s:b, s:b}", "session", DATE, "card_token", adult, "companions", 0, "drawn", 1,
                                              "door", 1), "rejected", "DATA"));
    g_free(told(f, 0, "seat.step", json_pack("{s:s, s:s, s:s}", "seat", a, "card_token", token(0), "step", "offer"), "rejected", "SEAT_STATE"));
    g_free(told(f, 0, "seat.step", json_pack("{s:s, s:s, s:s}", "seat", "x", "card_token", token(0), "step", "take"), "rejected", "DATA"));
}

static void allot(struct fixture *f, const char *kiosk, int places, bool good)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_cmpint(activities_allot(f->platform, kiosk, DATE, places, f->now, &error), ==, good);
    if (good)
        g_assert_true(db_commit(f->platform->db, NULL));
    else
        db_rollback(f->platform->db);
}

/* A card of nobody, or one that is not in use any more; who stands at the door with one that is lost is there. */
static void test_cards(struct fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE card SET state='lost' WHERE community=?1 AND token=?2", "s", token(1)));
    g_assert_true(db_commit(f->platform->db, NULL));
    date_add(f, "T-NOW", f->now - HOUR_MS / 2, 1, 0, 0);
    allot(f, "K0002", 1, true);
    g_autofree char *nobody = asked(f, 15), *lost = asked_for(f, 1, DATE, 1, 0, "drawn"), *lasts = asked(f, 0);
    stands(f, nobody, SEAT_REFUSED, "SEAT_CARD");
    stands(f, lost, SEAT_REFUSED, "SEAT_CARD");
    stands(f, lasts, SEAT_REGISTERED, "");
    g_free(asked_for(f, 0, "T-NOW", 1, 0, "door"));
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i, s:b}", "session", "T-NOW", "card_token", token(15), "companions", 0, "door", 1),
                "rejected", "SEAT_CARD"));
}

/* ---- A kiosk's own seats ---- */

static void test_own_seats(struct fixture *f, gconstpointer data)
{
    (void)data;
    allot(f, "K0002", 3, true);
    allot(f, "K0002", 2, false); /* a kiosk keeps them */
    allot(f, "K0001", 2, false); /* one is left */
    g_assert_cmpint(date_says(f, "left"), ==, 1);
    /* The last free place, then the queue, while the other kiosk promises its own without asking. */
    g_autofree char *a = asked(f, 0), *b = asked(f, 1), *own = asked_for(f, 1, DATE, 2, 1, "drawn");
    stands(f, a, SEAT_REGISTERED, "");
    stands(f, b, SEAT_WAITLISTED, "");
    stands(f, own, SEAT_REGISTERED, "");
    g_assert_true(row_of(f, own).drawn);
    /* More than it has is a wish like any other, and another kiosk has none. */
    g_autofree char *more = asked_for(f, 1, DATE, 3, 1, "drawn"), *foreign = asked_for(f, 0, DATE, 4, 0, "drawn");
    stands(f, more, SEAT_WAITLISTED, "");
    g_assert_false(row_of(f, more).drawn);
    stands(f, foreign, SEAT_WAITLISTED, "");
    /* What is given back goes to who waits, not back to the kiosk. */
    step(f, own, 2, "cancel", "accepted", "");
    stands(f, b, SEAT_OFFERED, "");
    g_autofree char *last = asked_for(f, 1, DATE, 5, 0, "drawn"), *none = asked_for(f, 1, DATE, 6, 0, "drawn");
    stands(f, last, SEAT_REGISTERED, "");
    stands(f, none, SEAT_WAITLISTED, "");
}

/* Seats of a date that the kiosk could not be told of would be nobody's. */
static void test_own_many(struct fixture *f, gconstpointer data)
{
    struct date_row date = {.activity = "T", .session = {.start_ms = f->start, .end_ms = f->start + HOUR_MS, .seats = 4}};

    (void)data;
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (int i = 0; i < ALLOTS_MAX; i++) {
        g_snprintf(date.id, sizeof date.id, "M-%d", i);
        g_assert_true(activities_date_add(f->platform->db, &date, NULL) && db_allotment_set(f->platform->db, "K0002", date.id, 1, NULL));
    }
    g_assert_true(db_commit(f->platform->db, NULL));
    allot(f, "K0002", 1, false);
    allot(f, "K0001", 1, true);
}

static void test_allotment_signed(struct fixture *f, gconstpointer data)
{
    g_autofree struct allotment *allotment = g_new0(struct allotment, 1);
    g_autoptr(GError) error = NULL;

    (void)data;
    allot(f, "K0001", 2, true);
    json_t *envelope = value_of(f, "allotment", "K0001");
    json_t *payload = signed_open(f->platform->sign_public, envelope, &error);
    g_assert_no_error(error);
    g_autofree char *wrong = schema_fault("Allotment", payload);
    g_assert_cmpstr(wrong, ==, NULL);
    g_assert_true(allotment_from_json(payload, allotment));
    g_assert_cmpstr(allotment->kiosk, ==, "K0001");
    g_assert_cmpint(allotment_places(allotment, DATE), ==, 2);
    g_assert_cmpint(allotment_places(allotment, "NONE"), ==, 0);
    json_decref(payload);
    json_decref(envelope);
    allot(f, "K0002", 1, true);
    g_assert_null(value_of(f, "allotment", "K0002")); /* told to that kiosk only */
}

/* ---- The door, the end ---- */

static void test_door(struct fixture *f, gconstpointer data)
{
    (void)data;
    date_add(f, "T-NOW", f->now - HOUR_MS / 2, 1, 0, 0);
    g_autofree char *a = asked_for(f, 0, "T-NOW", 0, 0, NULL), *b = asked_for(f, 0, "T-NOW", 1, 0, NULL);
    stands(f, a, SEAT_REGISTERED, "");
    stands(f, b, SEAT_WAITLISTED, "");
    step(f, a, 0, "cancel", "rejected", "SEAT_LATE");
    step(f, a, 0, "check_in", "accepted", "");
    stands(f, a, SEAT_CHECKED_IN, "");
    g_free(asked_for(f, 0, "T-NOW", 0, 0, "door")); /* a second tap */
    step(f, "01985d5e-5c00-7000-8000-000000000001", 0, "check_in", "rejected", "SEAT_UNKNOWN");
    g_autofree char *walk = asked_for(f, 1, "T-NOW", 2, 1, "door");
    g_free(asked_for(f, 1, "T-NOW", 1, 0, "door")); /* who waits and comes is there */
    stands(f, walk, SEAT_CHECKED_IN, "");
    stands(f, b, SEAT_CHECKED_IN, "");
    g_assert_true(row_of(f, walk).door && row_of(f, b).door && !row_of(f, a).door);
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat WHERE community=?1"), ==, 3);
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i, s:b}", "session", DATE, "card_token", token(5), "companions", 0, "door", 1),
                "rejected", "SEAT_EARLY"));
    g_autofree char *tomorrow = asked_for(f, 0, DATE, 6, 0, NULL);
    step(f, tomorrow, 6, "check_in", "rejected", "SEAT_EARLY");
    date_add(f, "T-OVER", f->now - 3 * HOUR_MS, 2, 0, 0);
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i, s:b}", "session", "T-OVER", "card_token", token(5), "companions", 0, "door", 1),
                "rejected", "SEAT_LATE"));
    g_assert_cmpint(clock_to(f, f->now + 2 * HOUR_MS), ==, 3);
    stands(f, a, SEAT_COMPLETED, "");
}

/* A kiosk without a line tells of who came when all is over; and who was given up comes all the same. */
static void test_told_late(struct fixture *f, gconstpointer data)
{
    (void)data;
    date_add(f, "T-NOW", f->now - HOUR_MS / 2, 2, 0, 0);
    g_autofree char *a = asked_for(f, 0, "T-NOW", 0, 0, NULL), *b = asked_for(f, 0, "T-NOW", 1, 0, NULL);
    g_autofree char *c = asked_for(f, 0, "T-NOW", 2, 0, NULL);
    g_assert_cmpint(clock_to(f, f->now + 2 * HOUR_MS), ==, 1); /* who waits; nobody is absent yet */
    stands(f, c, SEAT_LAPSED, "");
    int64_t news = counted(f, "SELECT max(n) FROM change WHERE community=?1 AND topic='seat'");
    step(f, c, 2, "check_in", "accepted", "");
    /* That one is told once more: its kiosk waits for an answer about it. */
    g_assert_cmpint(counted(f, "SELECT min(n) FROM (SELECT n FROM change WHERE community=?1 AND topic='seat' ORDER BY n DESC LIMIT 2) l"), >, news);
    stands(f, c, SEAT_LAPSED, "");
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat WHERE community=?1 AND state='CHECKED_IN' AND door=1"), ==, 1);
    step(f, a, 0, "check_in", "accepted", "");
    g_assert_cmpint(clock_to(f, f->now + 5 * DAY_MS), ==, 3);
    stands(f, a, SEAT_COMPLETED, "");
    stands(f, b, SEAT_NO_SHOW, "");
}

static void test_called_off(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0), *b = asked_for(f, 0, DATE, 1, 1, NULL);
    g_autoptr(GError) error = NULL;

    (void)data;
    kit_staff(f->platform, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "boss", 1, STAFF_MANAGER);
    g_assert_false(activities_call_off(f->platform, DATE, "nobody", "rain", f->now, &error));
    g_clear_error(&error);
    stands(f, a, SEAT_REGISTERED, "");
    g_assert_true(activities_call_off(f->platform, DATE, "boss", "rain", f->now, &error));
    g_assert_no_error(error);
    stands(f, a, SEAT_CANCELLED, "SEAT_OVER");
    stands(f, b, SEAT_CANCELLED, "SEAT_OVER");
    g_assert_false(activities_call_off(f->platform, DATE, "boss", "rain", f->now, NULL));
    g_autofree char *late = asked(f, 2);
    stands(f, late, SEAT_REFUSED, "SEAT_OVER");
    step(f, a, 0, "check_in", "rejected", "SEAT_OVER");
    g_free(told(f, 0, "seat.asked", json_pack("{s:s, s:s, s:i, s:b}", "session", DATE, "card_token", token(3), "companions", 0, "door", 1),
                "rejected", "SEAT_OVER"));
    json_t *value = value_of(f, "activity", "T");
    g_assert_true(json_is_true(json_object_get(json_array_get(json_object_get(value, "sessions"), 0), "called_off")));
    json_decref(value);
}

static void test_staff_step(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0);
    char id[37];
    struct seat_order order = {.id = id, .seat = a, .step = SEAT_DO_CANCEL, .staff = "desk", .at_ms = f->now};
    g_autoptr(GError) error = NULL;
    enum seat_state state;

    (void)data;
    uuid7(f->now, id);
    kit_staff(f->platform, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "desk", 1, STAFF_CLERK);
    for (int i = 0; i < 2; i++) { /* the same id twice is one step */
        g_assert_true(activities_seat(f->platform, &order, f->now, &state, &error));
        g_assert_cmpint(state, ==, SEAT_CANCELLED);
    }
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat_step WHERE community=?1 AND actor='staff' AND staff='desk'"), ==, 1);
    uuid7(f->now, id);
    g_assert_false(activities_seat(f->platform, &order, f->now, &state, &error));
}

/* ---- What the tables hold by themselves ---- */

static void test_tables(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked_for(f, 0, DATE, 0, 1, NULL), *b = asked(f, 1);
    static const struct kit_attempt attempts[] = {
        {"UPDATE seat SET state='REGISTERED' WHERE community=?1 AND state='WAITLISTED'", "no place is left"},
        {"UPDATE seat SET state='OFFERED' WHERE community=?1 AND state='WAITLISTED'", "no place is left"},
        {"INSERT INTO seat(community, id, session, card, kiosk, companions, drawn, door, state, reason, asked_ms, offered_ms, ended_ms,"
         " changed_ms) SELECT community, 'x', session, 'y', kiosk, 0, 0, 0, 'REGISTERED', '', 1, 0, 0, 1 FROM seat WHERE community=?1 AND state='WAITLISTED'",
         "no place is left"},
        {"INSERT INTO seat(community, id, session, card, kiosk, companions, drawn, door, state, reason, asked_ms, offered_ms, ended_ms,"
         " changed_ms) SELECT community, 'x', session, card, kiosk, 0, 0, 0, 'WAITLISTED', '', 1, 0, 0, 1 FROM seat WHERE community=?1 AND state='WAITLISTED'",
         "UNIQUE|unique"},
        {"UPDATE seat SET companions=0 WHERE community=?1", "a seat stays"},
        {"UPDATE seat SET card='cccccccccccccccccccccccccccccccc' WHERE community=?1", "a seat stays"},
        {"DELETE FROM seat WHERE community=?1", "not erased|FOREIGN|foreign"},
        {"UPDATE seat_step SET at_ms=1 WHERE community=?1", "what happened"},
        {"DELETE FROM seat_step WHERE community=?1", "what happened"},
        {"UPDATE activity_session SET seats=100 WHERE community=?1", "called off, once"},
        {"DELETE FROM activity_session WHERE community=?1", "not erased|FOREIGN|foreign"},
        {"DELETE FROM seat_issue WHERE community=?1", "what was signed"},
        {"UPDATE seat_allotment SET places=1 WHERE community=?1", "keeps the seats"},
        {"DELETE FROM seat_allotment WHERE community=?1", "keeps the seats"},
    };

    (void)data;
    stands(f, b, SEAT_WAITLISTED, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
    step(f, a, 0, "cancel", "accepted", "");
    static const struct kit_attempt back = {"UPDATE seat SET state='LAPSED' WHERE community=?1 AND state='CANCELLED'", "a seat stays"};
    g_assert_true(db_begin(f->platform->db, true, NULL));
    kit_assert_refused(f->platform->db, &back);
    db_rollback(f->platform->db);
}

/* Kiosks that stay online are told, once, that what is long over is gone. */
static void test_told_end(struct fixture *f, gconstpointer data)
{
    static const char seats[] = "SELECT max(n) FROM change WHERE community=?1 AND topic='seat'";
    static const char activity[] = "SELECT max(n) FROM change WHERE community=?1 AND topic='activity'";
    g_autofree char *a = asked(f, 0);

    (void)data;
    clock_to(f, f->start + 6 * DAY_MS); /* absent by now */
    stands(f, a, SEAT_NO_SHOW, "");
    int64_t n = counted(f, seats), m = counted(f, activity);
    clock_to(f, f->start + 8 * DAY_MS);
    g_assert_cmpint(counted(f, activity), >, m);
    g_assert_cmpint(counted(f, seats), ==, n);
    clock_to(f, f->start + 31 * DAY_MS);
    g_assert_cmpint(counted(f, seats), >, n);
    n = counted(f, seats);
    m = counted(f, activity);
    clock_to(f, f->start + 32 * DAY_MS);
    g_assert_cmpint(counted(f, seats), ==, n);
    g_assert_cmpint(counted(f, activity), ==, m);
}

/* ---- Persons ---- */

static void test_forgotten(struct fixture *f, gconstpointer data)
{
    g_autofree char *a = asked(f, 0);
    int64_t again = 0, n = counted(f, "SELECT max(n) FROM change WHERE community=?1 AND topic='seat'");
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_true(wipe_order(f->platform, NULL, &again, &error)); /* what may be known again comes behind it */
    g_assert_cmpint(counted(f, "SELECT max(n) FROM change WHERE community=?1 AND topic='seat'"), >, n);
    step(f, a, 0, "cancel", "accepted", "");
    g_assert_true(db_begin(f->platform->db, true, &error) && db_seats_erase(f->platform->db, token(0), &error) &&
                  db_commit(f->platform->db, &error));
    g_assert_no_error(error);
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat WHERE community=?1 AND card=''"), ==, 1);
    json_t *value = value_of(f, "seat", a);
    g_assert_true(json_is_null(value));
    json_decref(value);
    g_assert_false(kit_database_has(f->dir, "\"seat\":{\"card"));
}

/* ---- The past, for samples ---- */

static void test_past(struct fixture *f, gconstpointer data)
{
    int64_t start = f->now - 90 * DAY_MS;
    const struct seats_past_step came[] = {{SEAT_DO_SEAT, start - DAY_MS}, {SEAT_DO_CHECK_IN, start - 60000}, {SEAT_DO_COMPLETE, start + 2 * HOUR_MS}};
    const struct seats_past_step walked[] = {{SEAT_DO_CHECK_IN, start + 60000}, {SEAT_DO_COMPLETE, start + 2 * HOUR_MS}};
    struct seats_past past = {.id = "01970000-0000-7000-8000-000000000001", .session = "T-PAST", .card = token(0), .kiosk = "K0001",
                              .asked_ms = start - DAY_MS, .steps = came, .count = 3};
    g_autoptr(GError) error = NULL;

    (void)data;
    date_add(f, "T-PAST", start, 1, 0, 0);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_bulk(f->platform->db, true, &error) && seats_past(f->platform->db, &past, &error));
    past.id = "01970000-0000-7000-8000-000000000002";
    past.card = token(1);
    past.steps = walked;
    past.count = 2;
    g_assert_true(seats_past(f->platform->db, &past, &error) && db_bulk(f->platform->db, false, &error));
    g_assert_no_error(error);
    past.id = "01970000-0000-7000-8000-000000000003";
    past.card = token(2);
    past.steps = came;
    past.count = 3;
    KIT_REFUSED(f->platform->db, seats_past(f->platform->db, &past, NULL)); /* there was one seat */
    past.steps = &came[1];
    g_assert_true(db_savepoint(f->platform->db, "item", NULL));
    past.count = 1;
    past.asked_ms = start - 2 * DAY_MS;
    past.steps = &came[2];
    g_assert_false(seats_past(f->platform->db, &past, &error)); /* nobody is done who never came */
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_assert_true(db_undo(f->platform->db, "item", NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    stands(f, "01970000-0000-7000-8000-000000000001", SEAT_COMPLETED, "");
    g_assert_true(row_of(f, "01970000-0000-7000-8000-000000000002").door);
    g_assert_cmpint(counted(f, "SELECT count(*) FROM seat_step WHERE community=?1"), ==, 7);
}

/* ---- Everything at once, drawn by chance ---- */

static void test_never_more(struct fixture *f, gconstpointer data)
{
    char *seats[40];
    unsigned count = 0;

    (void)data;
    cards_add(f, 100, G_N_ELEMENTS(seats));
    allot(f, "K0002", 2, true);
    for (int i = 0; i < 160; i++) {
        if (count < 40 && (count == 0 || random_below(3) > 0)) {
            unsigned who = count;
            seats[count++] = asked_for(f, random_below(2), DATE, 100 + who, (int)random_below(3), random_below(3) == 0 ? "drawn" : NULL);
        } else {
            unsigned at = random_below(count);
            struct seat_row row = row_of(f, seats[at]);
            if (row.seat.state == SEAT_OFFERED || row.seat.state == SEAT_REGISTERED) {
                json_t *data_of = json_pack("{s:s, s:s, s:s}", "seat", seats[at], "card_token", row.card, "step",
                                            row.seat.state == SEAT_OFFERED ? "take" : "cancel");
                g_free(told(f, 0, "seat.step", data_of, "accepted", ""));
            }
        }
        g_assert_cmpint(counted(f, "SELECT sum(1+companions) FROM seat WHERE community=?1 AND session='" DATE "' AND state IN"
                                   " ('REGISTERED','OFFERED','CHECKED_IN')"), <=, 5);
    }
    for (unsigned i = 0; i < count; i++)
        g_free(seats[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(NAME, FN, SEATS) g_test_add("/platform/activities/" NAME, struct fixture, GINT_TO_POINTER(SEATS), set_up, FN, tear_down)
    TEST("asked-once", test_asked_once, 2);
    TEST("id-reused", test_id_reused, 2);
    TEST("queue", test_queue, 2);
    TEST("told-behind", test_told_behind, 2);
    TEST("offer-lapses", test_offer_lapses, 2);
    TEST("refused", test_refused, 2);
    TEST("cards", test_cards, 2);
    TEST("own-seats", test_own_seats, 4);
    TEST("own-many", test_own_many, 4);
    TEST("allotment-signed", test_allotment_signed, 4);
    TEST("door", test_door, 2);
    TEST("told-late", test_told_late, 2);
    TEST("called-off", test_called_off, 2);
    TEST("staff-step", test_staff_step, 2);
    TEST("tables", test_tables, 2);
    TEST("told-end", test_told_end, 2);
    TEST("forgotten", test_forgotten, 2);
    TEST("past", test_past, 2);
    TEST("never-more", test_never_more, 5);
    return g_test_run();
}
