/* SPDX-License-Identifier: Apache-2.0 */
/* My page at the kiosk without a line: who looked and what happened as it was kept, how people want it, and that all of it goes. */
#include "model/preference.h"
#include "roomkit.h"
#include "store/internal.h"
#include "store/seats.h"

#include <string.h>

#define ALICE "00112233445566778899aabbccddeeff"
#define BOB   "ffeeddccbbaa99887766554433221100"
#define ITEMS_MAX 260

struct fixture {
    struct roomkit kit;
    struct kiosk_mine_event mine; /* the last one; its items: */
    struct kiosk_reading readings[ITEMS_MAX];
    struct kiosk_happening happenings[ITEMS_MAX];
    unsigned events;
};

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind != KIOSK_EVENT_MINE)
        return;
    f->mine = event->mine;
    g_assert_cmpuint(f->mine.count, <=, ITEMS_MAX);
    for (size_t i = 0; i < f->mine.count && f->mine.readings != NULL; i++)
        f->readings[i] = event->mine.readings[i];
    for (size_t i = 0; i < f->mine.count && f->mine.happenings != NULL; i++)
        f->happenings[i] = event->mine.happenings[i];
    f->events++;
}

static void up(struct fixture *f, const void *data)
{
    roomkit_open(&f->kit, on_event, f);
    roomkit_feed(&f->kit, "preference", BOB, NULL);
    g_assert_true(store_feed_whole(f->kit.kiosk->store, NULL));
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
}

static const struct kiosk_mine_event *ask(struct fixture *f, enum kiosk_mine_ask ask, const struct kiosk_preference *preference)
{
    struct kiosk_mine_request request = {.ask = ask};
    unsigned had = f->events;

    if (preference != NULL)
        request.preference = *preference;
    mine_do(f->kit.kiosk, &request);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpint(f->mine.ask, ==, ask);
    return &f->mine;
}

/* As if the platform had shown it this morning. */
static void keep(struct fixture *f, const char *purpose, const char *text)
{
    g_autofree char *json = g_strdelimit(g_strdup(text), "'", '"');

    g_assert_true(store_person_put(f->kit.kiosk->store, f->kit.kiosk->session.token, purpose, json, NULL));
}

#define READING(n, role, fields, place)                                                                                          \
    "{'n':" n ",'at_ms':1795312921111,'actor':'S0001','role':" role ",'fields':" fields ",'purpose':'complaint','case_id':'C-1'," \
    "'kiosk':'K0001','place_zh':" place ",'place_en':'Desk'}"
#define LOG(rows) "{'purpose':'access','asof_ms':1795312921999,'access':[" rows "],'own':{'times':7,'last_ms':1795312900000},'cursor':''}"

static void test_readings(struct fixture *f, const void *data)
{
    const struct kiosk_mine_event *mine = ask(f, KIOSK_MINE_ASK_READINGS, NULL);

    g_assert_false(mine->known || mine->live);
    g_assert_cmpstr(mine->reason, ==, "OFFLINE");
    keep(f, "access", LOG(READING("9", "'clerk'", "'name,bills,moods'", "'服务台\\u202e'")));
    mine = ask(f, KIOSK_MINE_ASK_READINGS, NULL);
    g_assert_true(mine->known && !mine->live);
    g_assert_cmpint(mine->asof_ms, ==, 1795312921999);
    g_assert_cmpint(mine->own_times, ==, 7);
    g_assert_cmpuint(mine->count, ==, 1);
    g_assert_cmpstr(f->readings[0].role, ==, "clerk");
    g_assert_cmpstr(f->readings[0].case_id, ==, "C-1");
    g_assert_cmpstr(f->readings[0].place_zh, ==, "服务台"); /* nothing that turns the writing */
    g_assert_cmpuint(f->readings[0].fields, ==, PERSON_NAME | PERSON_BILLS);
    roomkit_lift(&f->kit);
    mine = ask(f, KIOSK_MINE_ASK_READINGS, NULL);
    g_assert_cmpstr(mine->reason, ==, "CARD");
    g_assert_cmpuint(mine->count, ==, 0);
    roomkit_lay(&f->kit, BOB);
    g_assert_false(ask(f, KIOSK_MINE_ASK_READINGS, NULL)->known);
}

/* What does not fit is not shown at all. */
static void test_readings_nonsense(struct fixture *f, const void *data)
{
    static const char *const NONSENSE[] = {
        "{}", LOG("{}"), LOG("7"), LOG(READING("0", "'clerk'", "'name'", "'a'")), LOG(READING("1", "'a_role_that_is_too_long'", "'name'", "'a'")),
        LOG(READING("1", "'clerk'", "7", "'a'")), "{'asof_ms':1795312921999,'access':[],'cursor':''}",
        "{'asof_ms':-1,'access':[],'own':{'times':0,'last_ms':0}}", "{'asof_ms':1795312921999,'access':{},'own':{'times':0,'last_ms':0}}"};

    for (size_t i = 0; i < G_N_ELEMENTS(NONSENSE); i++) {
        keep(f, "access", NONSENSE[i]);
        g_assert_false(ask(f, KIOSK_MINE_ASK_READINGS, NULL)->known);
    }
}

#define ENTRY(at, type, book, amount) "{'at_ms':" at ",'txn':'t','line':0,'type':" type ",'book':" book ",'amount':" amount "}"
#define CREDIT                                                                                                                        \
    "{'asof_ms':1795312921999,'entries':[" ENTRY("1795312920000", "'SPEND'", "'POINTS'", "-30") "," ENTRY(                            \
        "1795312910000", "'EARN'", "'HOURS'", "120") "," ENTRY("1795312910000", "'EARN'", "'POINTS'", "40") "],"                      \
    "'attendance':[{'id':'a','slot':'s','in_ms':1795312900000,'out_ms':0,'minutes':120,'state':'POSTED'}]}"

#define HOURS_ENTRY(at, type, amount, hours)                                                                                          \
    "{'at_ms':" at ",'txn':'t','line':0,'type':" type ",'book':'HOURS','amount':" amount ",'hours':" hours "}"
#define HOURS                                                                                                                         \
    "{'asof_ms':1795312921999,'entries':[" HOURS_ENTRY("1795312920003", "'EARN'", "60", "'corrected'") "," HOURS_ENTRY(               \
        "1795312920002", "'REVERSE'", "-120", "''") "," HOURS_ENTRY("1795312920001", "'EARN'", "90", "'paper'") "," HOURS_ENTRY(      \
        "1795312910000", "'EARN'", "120", "'taps'") "],'attendance':[{'id':'a','slot':'s','in_ms':1795312900000,'out_ms':0,"            \
    "'minutes':60,'state':'CORRECTED'}]}"

static void assert_hours(struct fixture *f, size_t at, int64_t minutes, const char *state)
{
    g_assert_cmpint(f->happenings[at].kind, ==, KIOSK_HAPPENED_CREDIT);
    g_assert_cmpint(f->happenings[at].book, ==, KIOSK_BOOK_HOURS);
    g_assert_cmpint(f->happenings[at].amount, ==, minutes);
    g_assert_cmpstr(f->happenings[at].state, ==, state);
}

/* Newest first, each thing once; what was done here is on it also without the platform's page. */
static void test_happened(struct fixture *f, const void *data)
{
    const struct kiosk_mine_event *mine = ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);

    g_assert_false(mine->known);
    g_assert_cmpuint(mine->count, ==, 0);
    keep(f, "credit", CREDIT);
    mine = ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);
    g_assert_true(mine->known && !mine->live);
    g_assert_cmpuint(mine->count, ==, 3);
    g_assert_cmpint(f->happenings[0].kind, ==, KIOSK_HAPPENED_CREDIT);
    g_assert_cmpint(f->happenings[0].amount, ==, -30);
    g_assert_cmpint(f->happenings[0].book, ==, KIOSK_BOOK_POINTS);
    g_assert_cmpint(f->happenings[1].amount, ==, 40);
    g_assert_cmpint(f->happenings[2].kind, ==, KIOSK_HAPPENED_SERVED);
    g_assert_cmpint(f->happenings[2].amount, ==, 120);
    g_assert_cmpstr(f->happenings[2].state, ==, "POSTED");
    struct store_wish wish = {.session = "T-1", .token = ALICE};
    bool drawn;
    char id[37];
    g_assert_true(store_seat_ask(f->kit.kiosk->store, &wish, false, &drawn, id, NULL));
    g_assert_cmpuint(ask(f, KIOSK_MINE_ASK_HAPPENED, NULL)->count, ==, 4);
    keep(f, "credit", HOURS);
    g_assert_cmpuint(ask(f, KIOSK_MINE_ASK_HAPPENED, NULL)->count, ==, 5); /* the seat, too */
    assert_hours(f, 1, 60, "CORRECTED");
    assert_hours(f, 2, -120, "REVERSE");
    assert_hours(f, 3, 90, "PAPER");
    g_assert_cmpint(f->happenings[4].kind, ==, KIOSK_HAPPENED_SERVED); /* and not beside it what it was posted with */
    keep(f, "credit", "{'asof_ms':1795312921999,'entries':[" HOURS_ENTRY("1795312910000", "'EARN'", "90", "7") "],'attendance':[]}");
    g_assert_false(ask(f, KIOSK_MINE_ASK_HAPPENED, NULL)->known);
    keep(f, "credit", "{'asof_ms':1795312921999,'entries':[{}],'attendance':[]}");
    mine = ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);
    g_assert_false(mine->known);
    g_assert_cmpuint(mine->count, ==, 1);
}

static void rate(struct fixture *f, const char *payment, unsigned grade)
{
    struct kiosk_rating_request request = {.grade = grade};

    g_strlcpy(request.service, payment, sizeof request.service);
    rating_give(f->kit.kiosk, &request);
}

/* What was paid here can be rated from the list, and that changed once within the day. */
static void test_happened_rated(struct fixture *f, const void *data)
{
    struct session *session = &f->kit.kiosk->session;
    struct payment payment;

    g_strlcpy(session->card.card_number, "3109900000000000001", sizeof session->card.card_number);
    card_token(f->kit.kiosk->store->identity.index_key, session->card.card_number, session->token);
    roomkit_pay(&f->kit, session->card.card_number, &payment);
    g_assert_cmpuint(ask(f, KIOSK_MINE_ASK_HAPPENED, NULL)->count, ==, 1);
    g_assert_false(f->happenings[0].may_rate); /* it is not over */
    roomkit_paid(&f->kit, &payment);
    ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);
    g_assert_cmpstr(f->happenings[0].payment, ==, payment.id);
    g_assert_true(f->happenings[0].may_rate && !f->happenings[0].rated);
    rate(f, payment.id, 5);
    ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);
    g_assert_true(f->happenings[0].may_rate && f->happenings[0].rated);
    rate(f, payment.id, 2);
    ask(f, KIOSK_MINE_ASK_HAPPENED, NULL);
    g_assert_true(!f->happenings[0].may_rate && f->happenings[0].rated);
}

/* Whoever looks over a shoulder does not read what a private case is about. */
static void test_happened_private(struct fixture *f, const void *data)
{
    const struct kiosk_ticket_request told = {.ask = KIOSK_TICKET_ASK_FILE, .service = "S02", .address = "K0001 · 41", .description = "谁看了我的资料"};
    json_t *category = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b, s:[]}", "id", "S02", "place", 1, "name_zh", "家里的事", "name_en",
                                 "At home", "group", "其他 Other", "class", "personal", "other", 0, "questions");

    roomkit_feed(&f->kit, "category", "S02", category);
    tickets_do(f->kit.kiosk, &told);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(ask(f, KIOSK_MINE_ASK_HAPPENED, NULL)->count, ==, 1);
    g_assert_cmpint(f->happenings[0].kind, ==, KIOSK_HAPPENED_TICKET);
    g_assert_true(f->happenings[0].personal);
    g_assert_cmpstr(f->happenings[0].name_zh, ==, "");
    g_assert_cmpstr(f->happenings[0].name_en, ==, "");
}

static void look(struct fixture *f)
{
    preference_look(f->kit.kiosk, &f->kit.kiosk->session);
}

static unsigned written(struct fixture *f)
{
    return (unsigned)store_outbox_waiting(f->kit.kiosk->store);
}

/* Kept once, known at the next tap, given up; touching on and on writes nothing. */
static void test_preference(struct fixture *f, const void *data)
{
    struct kiosk_identity *identity = &f->kit.kiosk->session.identity;
    const struct kiosk_preference large = {.size = 2, .voice = true, .low = true}, huge = {.size = 3};

    look(f);
    g_assert_false(identity->preference_kept);
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_GIVE_UP, NULL)->reason, ==, ""); /* of what there is not */
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_KEEP, &huge)->reason, ==, "SIZE");
    g_assert_cmpuint(written(f), ==, 0);
    for (int i = 0; i < 3; i++)
        g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_KEEP, &large)->reason, ==, "");
    g_assert_cmpuint(written(f), ==, 1);
    roomkit_lift(&f->kit);
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_KEEP, &large)->reason, ==, "CARD");
    memset(identity, 0, sizeof *identity);
    roomkit_lay(&f->kit, BOB);
    look(f);
    g_assert_false(identity->preference_kept);
    roomkit_lay(&f->kit, ALICE);
    look(f);
    g_assert_true(identity->preference_kept);
    g_assert_cmpuint(identity->preference.size, ==, 2);
    g_assert_true(identity->preference.voice && identity->preference.low && !identity->preference.contrast);
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_GIVE_UP, NULL)->reason, ==, "");
    g_assert_cmpuint(written(f), ==, 2);
    look(f);
    g_assert_false(identity->preference_kept);
}

/* Gone is gone; events that wait stay, and the next tap of somebody else changes nothing. */
static void test_forget(struct fixture *f, const void *data)
{
    const struct kiosk_preference large = {.size = 1};

    keep(f, "access", LOG(""));
    ask(f, KIOSK_MINE_ASK_KEEP, &large);
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_FORGET, NULL)->reason, ==, "");
    g_assert_cmpuint(written(f), ==, 1);
    g_assert_false(ask(f, KIOSK_MINE_ASK_READINGS, NULL)->known);
    look(f); /* without a line nothing is fetched, so it stays so */
    g_assert_false(f->kit.kiosk->session.identity.preference_kept);
    keep(f, "access", LOG(""));
    g_assert_false(ask(f, KIOSK_MINE_ASK_READINGS, NULL)->known);
    roomkit_lift(&f->kit);
    g_assert_cmpstr(ask(f, KIOSK_MINE_ASK_FORGET, NULL)->reason, ==, "CARD");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add("/mine/" path, struct fixture, NULL, up, test, down)
    ADD("readings", test_readings);
    ADD("readings/nonsense", test_readings_nonsense);
    ADD("happened", test_happened);
    ADD("happened/private", test_happened_private);
    ADD("happened/rated", test_happened_rated);
    ADD("preference", test_preference);
    ADD("forget", test_forget);
    return g_test_run();
}
