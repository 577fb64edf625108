/* SPDX-License-Identifier: Apache-2.0 */
/* Activities and seats at the kiosk: what is told, what may be promised and never twice, what waits for an answer, what is forgotten. */
#include "compactkit.h"
#include "faultvfs.h"
#include "fixture.h"
#include "model/model.h"
#include "store/seats.h"

#include <string.h>

#define ID   "01970000-0000-7000-8000-000000000001"
#define DATE(START) "{'id':'T-1','start_ms':" START ",'end_ms':1900000000000,'seats':4,'age_min':0,'age_max':0,'called_off':false,'left':1,'waiting':2}"
#define ACTIVITY(KEY, TITLE, DATES)                                                                                                   \
    "{'topic':'activity','key':'" KEY "','version':3,'deleted':false,'value':{'id':'T','kind':'class','title_zh':" TITLE               \
    ",'title_en':'Test','place_zh':'','place_en':'','phone':'100','fee_fen':0,'later':1,'sessions':[" DATES "]}}"
#define SEAT(VERSION, STATE, ENDED)                                                                                                    \
    "{'topic':'seat','key':'" ID "','version':" VERSION ",'deleted':false,'value':{'id':'" ID "','card_token':'" TOKEN                  \
    "','session':'T-1','activity':'T','seat':{'state':'" STATE "','companions':1,'asked_ms':5,'offered_ms':0,'ended_ms':" ENDED           \
    "},'reason':'','drawn':false,'start_ms':1800000000000,'end_ms':1900000000000}}"

static void feed(struct fixture *f, const char *items, const char *cursor)
{
    g_autoptr(GError) error = NULL;
    json_t *json = json_of(items);

    g_assert_true(store_feed_apply(f->store, json, cursor, &error));
    g_assert_no_error(error);
    json_decref(json);
}

static GArray *seats(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    bool known = false;
    GArray *out = store_seats(f->store, TOKEN, &known, &error);

    g_assert_no_error(error);
    return out;
}

static void test_activities(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store_date date;
    bool found;

    feed(f, "[" ACTIVITY("T", "'课'", DATE("1800000000000")) "]", "c1");
    g_autoptr(GPtrArray) rows = store_activities(f->store, &error);
    g_assert_cmpuint(rows->len, ==, 1);
    g_assert_null(json_object_get(g_ptr_array_index(rows, 0), "later"));
    g_assert_true(store_date(f->store, "T-1", &date, &found, &error) && found);
    g_assert_cmpint(date.session.seats, ==, 4);
    g_assert_cmpint(date.left, ==, 1);
    g_assert_cmpint(date.waiting, ==, 2);
    g_assert_true(store_date(f->store, "T-2", &date, &found, &error));
    g_assert_false(found);
    feed(f, "[{'topic':'activity','key':'T','version':4,'deleted':true,'value':null}]", "c2");
    g_autoptr(GPtrArray) none = store_activities(f->store, &error);
    g_assert_cmpuint(none->len, ==, 0);
}

/* What does not fit is set aside, and holds up nothing. */
static void test_set_aside(struct fixture *f, const void *data)
{
    static const char *const wrong[] = {
        ACTIVITY("U", "'课'", DATE("1800000000000")), ACTIVITY("T", "7", DATE("1800000000000")), ACTIVITY("T", "'a\\nb'", DATE("1800000000000")),
        ACTIVITY("T", "'课'", DATE("1900000000000")), ACTIVITY("T", "'课'", "{'id':'T-1'}"), ACTIVITY("T", "'课'", "7"),
        SEAT("5", "NOWHERE", "0"), SEAT("5", "CANCELLED", "0"), SEAT("5", "REGISTERED", "-1"),
        "{'topic':'seat','key':'x','version':5,'deleted':false,'value':{}}", "{'topic':'seat','key':'x','version':5,'deleted':false,'value':[]}",
        "{'topic':'activity','key':'T','version':5,'deleted':false,'value':null}",
        "{'topic':'allotment','key':'K0000','version':5,'deleted':false,'value':{'payload':'{}'}}",
    };
    GString *items = g_string_new("[");

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_string_append_printf(items, "%s,", wrong[i]);
    g_string_append(items, ACTIVITY("T", "'课'", DATE("1800000000000")) "]");
    feed(f, items->str, "c1");
    g_string_free(items, TRUE);
    g_autoptr(GPtrArray) rows = store_activities(f->store, NULL);
    g_assert_cmpuint(rows->len, ==, 1);
    g_autoptr(GArray) none = seats(f);
    g_assert_cmpuint(none->len, ==, 0);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM pull_quarantine"), ==, G_N_ELEMENTS(wrong));
    fixture_open(f);
}

static void test_told(struct fixture *f, const void *data)
{
    feed(f, "[" SEAT("5", "WAITLISTED", "0") "]", "c1");
    g_autoptr(GArray) rows = seats(f);
    g_assert_cmpuint(rows->len, ==, 1);
    const struct store_seat *seat = &g_array_index(rows, struct store_seat, 0);
    g_assert_cmpint(seat->seat.state, ==, SEAT_WAITLISTED);
    g_assert_cmpint(seat->seat.companions, ==, 1);
    g_assert_true(seat->told);
    feed(f, "[" SEAT("4", "REGISTERED", "0") "]", "c2"); /* older than what is known */
    g_autoptr(GArray) same = seats(f);
    g_assert_cmpint(g_array_index(same, struct store_seat, 0).seat.state, ==, SEAT_WAITLISTED);
    feed(f, "[{'topic':'command','key':'w','version':6,'deleted':false,'value':{'kind':'wipe','token':'" TOKEN "'}}]", "c3");
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM seat"), ==, 0);
    fixture_open(f);
    feed(f, "[" SEAT("7", "REGISTERED", "0") "]", "c4"); /* what may be known again comes behind it */
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM seat WHERE value NOT LIKE '%WAITLISTED%' AND value NOT LIKE '%T-1%'"), ==, 1); /* sealed */
    fixture_open(f);
    feed(f, "[{'topic':'seat','key':'" ID "','version':8,'deleted':true,'value':null}]", "c5");
    g_autoptr(GArray) gone = seats(f);
    g_assert_cmpuint(gone->len, ==, 0);
}

static void allot(struct fixture *f, int64_t version, int places, bool good)
{
    struct allotment allotment = {.version = version, .issued_ms = 1, .count = 1, .allots = {{"T-1", places}}};
    g_autoptr(GError) error = NULL;

    g_strlcpy(allotment.kiosk, f->identity.kiosk_id, sizeof allotment.kiosk);
    g_assert_cmpint(store_allotment_set(f->store, &allotment, &error), ==, good);
}

static int64_t own_left(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    int64_t out = -1;

    g_assert_true(store_allotment_left(f->store, "T-1", &out, &error));
    return out;
}

static bool asked(struct fixture *f, int companions, bool own, char id[37])
{
    struct store_wish wish = {.session = "T-1", .token = TOKEN, .companions = companions};
    g_autoptr(GError) error = NULL;
    bool drawn = false;

    g_assert_true(store_seat_ask(f->store, &wish, own, &drawn, id, &error));
    g_assert_no_error(error);
    return drawn;
}

/* As many as there are, and not one more, whatever is lost of what was set aside. */
static void test_promised(struct fixture *f, const void *data)
{
    char id[37];

    g_assert_false(asked(f, 0, true, id)); /* none was given */
    allot(f, 10, 4, true);
    allot(f, 10, 9, false);
    allot(f, 9, 9, false); /* never back */
    g_assert_cmpint(own_left(f), ==, 4);
    g_assert_true(asked(f, 1, true, id));
    g_assert_false(asked(f, 0, false, id)); /* not wanted */
    g_assert_cmpint(own_left(f), ==, 2);
    g_assert_false(asked(f, 2, true, id)); /* two are left for three */
    g_assert_true(asked(f, 0, true, id));
    fixture_close(f);
    raw_sql(f->path, "DELETE FROM seat_own");
    fixture_open(f);
    g_assert_cmpint(own_left(f), ==, 1); /* the journal knows */
    g_assert_true(asked(f, 0, true, id));
    g_assert_false(asked(f, 0, true, id));
    g_assert_cmpint(own_left(f), ==, 0);
    allot(f, 11, 5, true); /* more of them: what was promised is in it */
    g_assert_cmpint(own_left(f), ==, 1);
    assert_sound(f->store);
}

/* Set aside, and then the power went: it is never promised again. */
static void test_set_aside_alone(struct fixture *f, const void *data)
{
    char id[37];

    allot(f, 1, 2, true);
    g_assert_true(asked(f, 0, true, id));
    fixture_close(f);
    raw_sql(f->path, "INSERT INTO seat_own VALUES('m','" TOKEN "','T-1',0,1,0,1,'',2)");
    fixture_open(f);
    g_assert_cmpint(own_left(f), ==, 0);
    g_autoptr(GArray) rows = seats(f);
    g_assert_cmpuint(rows->len, ==, 1); /* and is nobody's */
}

static void test_answered(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    char id[37], *items;

    asked(f, 0, false, id);
    g_autoptr(GArray) before = seats(f);
    g_assert_cmpuint(before->len, ==, 1);
    g_assert_cmpint(g_array_index(before, struct store_seat, 0).seat.state, ==, SEAT_REQUESTED);
    g_assert_false(g_array_index(before, struct store_seat, 0).told);
    items = g_strdup_printf("[{'topic':'seat','key':'%s','version':5,'deleted':false,'value':{'id':'%s','card_token':'" TOKEN
                            "','session':'T-1','activity':'T','seat':{'state':'OFFERED','companions':0,'asked_ms':5,'offered_ms':6,"
                            "'ended_ms':0},'reason':'','drawn':false,'start_ms':1,'end_ms':2}}]", id, id);
    feed(f, items, "c1");
    g_autoptr(GArray) after = seats(f);
    g_assert_cmpuint(after->len, ==, 1);
    g_assert_true(g_array_index(after, struct store_seat, 0).told);
    g_assert_true(store_seat_step(f->store, id, TOKEN, SEAT_DO_TAKE, &error));
    g_autoptr(GArray) waits = seats(f);
    g_assert_cmpuint(waits->len, ==, 1);
    g_assert_cmpstr(g_array_index(waits, struct store_seat, 0).waits, ==, "take");
    feed(f, items, "c2"); /* of the same version: it answers too, since it was told again */
    g_autoptr(GArray) done = seats(f);
    g_assert_cmpstr(g_array_index(done, struct store_seat, 0).waits, ==, "");
    g_free(items);
    assert_sound(f->store);
}

/* What the platform refused waits for nothing; a later step does. */
static void refused(struct fixture *f)
{
    struct store_verdict_row verdict = {.verdict = STORE_REJECTED, .code = "SEAT_STATE"};
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];

    verdict.seq = store_head(f->store, hash);
    g_assert_true(store_outbox_verdicts(f->store, &verdict, 1, &error));
    g_assert_no_error(error);
}

static void stepped(struct fixture *f, enum seat_step step, const char *waits)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_seat_step(f->store, ID, TOKEN, step, &error));
    g_autoptr(GArray) before = seats(f);
    g_assert_cmpuint(before->len, ==, 1);
    g_assert_cmpstr(g_array_index(before, struct store_seat, 0).waits, ==, waits);
}

static void test_refused(struct fixture *f, const void *data)
{
    char id[37];

    allot(f, 1, 4, true);
    asked(f, 0, true, id);
    refused(f);
    g_autoptr(GArray) none = seats(f);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpint(own_left(f), ==, 3); /* it may have been said aloud: it is not promised again */
    feed(f, "[" SEAT("5", "REGISTERED", "0") "]", "c1");
    stepped(f, SEAT_DO_CANCEL, "cancel");
    refused(f);
    g_autoptr(GArray) rows = seats(f);
    g_assert_cmpuint(rows->len, ==, 1);
    g_assert_cmpstr(g_array_index(rows, struct store_seat, 0).waits, ==, "");
    stepped(f, SEAT_DO_CANCEL, "cancel");
    assert_sound(f->store);
}

static int64_t head(struct fixture *f)
{
    uint8_t hash[32];

    return store_head(f->store, hash);
}

/* Whichever write fails, what is told waits, and what is not told does not. */
static void test_step_whole(struct fixture *f, const void *data)
{
    bool done = false;

    feed(f, "[" SEAT("5", "REGISTERED", "0") "]", "c1");
    for (int n = 1; !done; n++) {
        g_assert_cmpint(n, <, 60);
        int64_t had = head(f);
        faults.write_fails_in = n;
        done = store_seat_step(f->store, ID, TOKEN, SEAT_DO_CANCEL, NULL);
        faults_clear();
        g_autoptr(GArray) rows = seats(f);
        g_assert_cmpint(head(f) - had, ==, done);
        g_assert_cmpstr(g_array_index(rows, struct store_seat, 0).waits, ==, done ? "cancel" : "");
    }
    assert_sound(f->store);
}

/* Another platform's seats mean nothing to this one, and its versions even less. */
static void test_adopted(struct fixture *f, const void *data)
{
    feed(f, "[" SEAT("5", "REGISTERED", "0") "," ACTIVITY("T", "'课'", DATE("1800000000000")) "]", "c1");
    allot(f, 7, 2, true);
    fixture_close(f);
    raw_sql(f->path, "INSERT INTO seat_own VALUES('m','" TOKEN "','T-1',0,1,0,1,'',2); INSERT INTO wiped(token,version,why) VALUES('*',9,'wipe');"
                     "INSERT INTO person_snapshot VALUES('" TOKEN "','home',1,1,'x')");
    g_strlcpy(f->identity.kiosk_id, "K0002", sizeof f->identity.kiosk_id);
    fixture_open(f);
    feed(f, "[" SEAT("5", "WAITLISTED", "0") "]", "c1");
    g_autoptr(GArray) rows = seats(f);
    g_assert_cmpuint(rows->len, ==, 1);
    g_assert_cmpint(g_array_index(rows, struct store_seat, 0).seat.state, ==, SEAT_WAITLISTED);
    g_assert_cmpint(own_left(f), ==, 0);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT (SELECT count(*) FROM activity)+(SELECT count(*) FROM allotment)+(SELECT count(*) FROM seat_own)"
                                     "+(SELECT count(*) FROM person_snapshot)+(SELECT count(*) FROM wiped)"), ==, 0);
    fixture_open(f);
}

/* Other keys: cards have other tokens. What was promised stays counted, and a seat goes to whose it is told to be. */
static void test_other_keys(struct fixture *f, const void *data)
{
    char id[37];

    allot(f, 1, 2, true);
    g_assert_true(asked(f, 0, true, id));
    feed(f, "[" SEAT("5", "REGISTERED", "0") ",{'topic':'card','key':'" TOKEN "','version':5,'deleted':false,'value':{'card_token':'" TOKEN
            "','current':'cccccccccccccccccccccccccccccccc'}}]", "c1"); /* it has a seat from here */
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM card_line"), ==, 1);
    memset(f->identity.index_key, 0x77, sizeof f->identity.index_key);
    fixture_open(f);
    g_autoptr(GArray) none = seats(f);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpint(own_left(f), ==, 1);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM card_line"), ==, 0);
    raw_sql(f->path, "INSERT INTO seat VALUES('" ID "','cccccccccccccccccccccccccccccccc','T-9',4,'x')");
    fixture_open(f);
    feed(f, "[" SEAT("5", "REGISTERED", "0") "]", "c2");
    g_autoptr(GArray) early = seats(f);
    g_assert_cmpuint(early->len, ==, 0); /* not all of it is there */
    g_assert_true(store_feed_whole(f->store, NULL));
    g_autoptr(GArray) rows = seats(f);
    g_assert_cmpuint(rows->len, ==, 1);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM seat WHERE card_token='" TOKEN "' AND session='T-1'"), ==, 1);
    fixture_open(f);
}

/* What is archived counts still, also when what was set aside was lost before. */
static void test_archived(struct fixture *f, const void *data)
{
    char first[37], id[37];

    allot(f, 10, 3, true);
    g_assert_true(asked(f, 1, true, first));
    for (int i = 0; i < 3; i++)
        g_assert_false(asked(f, 0, false, id));
    acknowledge(f->store, 0);
    fixture_close(f);
    raw_sql(f->path, "DELETE FROM seat_own");
    fixture_open(f);
    g_assert_cmpint(own_left(f), ==, 1);
    g_assert_true(store_seat_step(f->store, first, TOKEN, SEAT_DO_CANCEL, NULL)); /* what is written down of a step is no promise */
    g_assert_cmpint(own_left(f), ==, 1);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 0, 1, 1000), >, 0);
    g_assert_cmpint(own_left(f), ==, 1);
    fixture_close(f);
    g_assert_cmpint(raw_int(f->path, "SELECT count(*) FROM journal WHERE json_extract(body,'$.data.drawn')=1"), ==, 1);
    raw_sql(f->path, "DELETE FROM allotment"); /* none is known at this moment */
    fixture_open(f);
    compact(f, 0, 1, 1000);
    allot(f, 11, 3, true);
    g_assert_cmpint(own_left(f), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    faults_install();
    FIXTURE_ADD("/store/seats/activities", test_activities);
    FIXTURE_ADD("/store/seats/set-aside", test_set_aside);
    FIXTURE_ADD("/store/seats/told", test_told);
    FIXTURE_ADD("/store/seats/promised", test_promised);
    FIXTURE_ADD("/store/seats/set-aside-alone", test_set_aside_alone);
    FIXTURE_ADD("/store/seats/answered", test_answered);
    FIXTURE_ADD("/store/seats/refused", test_refused);
    FIXTURE_ADD("/store/seats/step-whole", test_step_whole);
    FIXTURE_ADD("/store/seats/adopted", test_adopted);
    FIXTURE_ADD("/store/seats/other-keys", test_other_keys);
    FIXTURE_ADD("/store/seats/archived", test_archived);
    return g_test_run();
}
