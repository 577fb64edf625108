/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints and repairs at the kiosk: filed without a line, shown at once, moved by whose card it is; what is cached, and how it goes. */
#include "service/internal.h"
#include "model/model.h"
#include "roomkit.h"
#include "store/internal.h"
#include "store/tickets.h"

#include <string.h>

#define ALICE "00112233445566778899aabbccddeeff"
#define BOB   "ffeeddccbbaa99887766554433221100"
#define DAY   INT64_C(86400000)
#define HOME  "澄明区禾光路 8 号"
#define TOLD  "01890000-0000-7000-8000-0000000000ab"

/* ---- Fixture ----------------------------------------------------------------------------------------------------------- */

#define ITEMS_MAX 16

struct fixture {
    struct roomkit kit;
    struct kiosk_tickets_event told; /* the last one; its items: */
    struct kiosk_ticket items[ITEMS_MAX];
    struct kiosk_case cases[ITEMS_MAX];
    struct kiosk_category categories[ITEMS_MAX];
    struct kiosk_place places[ITEMS_MAX];
    size_t category_count, place_count;
    unsigned events;
    struct kiosk_rating_event rated; /* the last one */
};

static void tickets_event(struct fixture *f, const struct kiosk_tickets_event *told)
{
    f->told = *told;
    g_assert_cmpuint(told->count, <=, ITEMS_MAX);
    if (told->phase == KIOSK_TICKET_LIST)
        memcpy(f->items, told->items, told->count * sizeof f->items[0]);
    if (told->phase == KIOSK_TICKET_SIMILAR)
        memcpy(f->cases, told->cases, told->count * sizeof f->cases[0]);
    f->events++;
}

static void on_event(void *data, const struct kiosk_event *event)
{
    struct fixture *f = data;

    if (event->kind == KIOSK_EVENT_CATEGORIES) {
        f->category_count = event->categories.count;
        memcpy(f->categories, event->categories.items, MIN(f->category_count, ITEMS_MAX) * sizeof f->categories[0]);
    }
    if (event->kind == KIOSK_EVENT_PLACES) {
        f->place_count = event->places.count;
        memcpy(f->places, event->places.items, MIN(f->place_count, ITEMS_MAX) * sizeof f->places[0]);
    }
    if (event->kind == KIOSK_EVENT_RATING)
        f->rated = event->rating;
    if (event->kind == KIOSK_EVENT_TICKETS)
        tickets_event(f, &event->tickets);
}

static json_t *category_value(const char *id, int place, const char *class, json_t *questions)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b, s:o}", "id", id, "place", place, "name_zh", "噪音", "name_en", "Noise", "group",
                     "环境 Environment", "class", class, "other", 0, "questions", questions);
}

static json_t *when_asked(void)
{
    return json_pack("[{s:s, s:b, s:b, s:s, s:s, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}]", "code", "when", "required", 1, "many", 1, "about_zh",
                     "什么时候", "about_en", "When", "choices", "key", "day", "name_zh", "白天", "name_en", "By day", "key", "night", "name_zh",
                     "夜里", "name_en", "At night");
}

static json_t *ticket_value(const char *id, const char *card, const char *state)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:b, s:i, s:i, s:s, s:[{s:I, s:s, s:s}]}", "id", id, "no",
                     (json_int_t)20261122000001, "card_token", card, "service", "F01", "place", HOME, "state", state, "state_ms",
                     (json_int_t)(now_ms() - 1000), "filed_ms", (json_int_t)(now_ms() - DAY), "due", 20261127, "reopened", 0, "provisional", 0,
                     "planned", 0, "interest", 3, "reply", "灯换好了", "steps", "at_ms", (json_int_t)(now_ms() - DAY), "state", "TRIAGE",
                     "note", "");
}

static json_t *case_value(const char *no, const char *service)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:i}", "id", no, "service", service, "place", "P0001", "state", "ASSIGNED", "filed_ms",
                     (json_int_t)(now_ms() - DAY), "interest", 2);
}

static json_t *bill_value(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:{s:s, s:s, s:s, s:s}}", "id", "B1", "card_token", ALICE, "period",
                     "2026-10", "account_masked", "", "name_masked", "王*", "address_masked", HOME, "amount_fen", 100, "issue", 20261101, "due",
                     20261201, "state", "PAID", "biller", "id", "power", "kind", "power", "name_zh", "供电", "name_en", "Power");
}

static void up(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    roomkit_open(&f->kit, on_event, f);
    roomkit_feed(&f->kit, "category", "F01", category_value("F01", 1, "normal", json_array()));
    roomkit_feed(&f->kit, "category", "E03", category_value("E03", 2, "normal", when_asked()));
    roomkit_feed(&f->kit, "category", "S02", category_value("S02", 3, "personal", json_array()));
    roomkit_feed(&f->kit, "category", "F06", category_value("F06", 0, "danger", json_array()));
    roomkit_feed(&f->kit, "place", "P0001", json_pack("{s:s, s:s}", "id", "P0001", "name", HOME));
    roomkit_feed(&f->kit, "bill", "B1", bill_value());
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    roomkit_lay(&f->kit, ALICE);
}

static void down(struct fixture *f, const void *data)
{
    roomkit_close(&f->kit);
}

static void ask(struct fixture *f, const struct kiosk_ticket_request *request, enum kiosk_ticket_phase phase, const char *reason)
{
    unsigned had = f->events;

    tickets_do(f->kit.kiosk, request);
    roomkit_deliver();
    g_assert_cmpuint(f->events, ==, had + 1);
    g_assert_cmpstr(f->told.reason, ==, reason);
    g_assert_cmpint(f->told.phase, ==, phase);
    g_assert_cmpint(f->told.ask, ==, request->ask);
}

static void list(struct fixture *f, size_t count)
{
    const struct kiosk_ticket_request request = {.ask = KIOSK_TICKET_ASK_LIST};

    ask(f, &request, KIOSK_TICKET_LIST, "");
    g_assert_cmpuint(f->told.count, ==, count);
}

static struct kiosk_ticket_request wish(const char *service)
{
    struct kiosk_ticket_request request = {.ask = KIOSK_TICKET_ASK_FILE, .place = "P0001", .description = "几天了 王小明"};

    g_strlcpy(request.service, service, sizeof request.service);
    return request;
}

/* The same with the questions as the screen has them now. */
static struct kiosk_ticket_request read_wish(struct fixture *f, const char *service)
{
    struct kiosk_ticket_request request = wish(service);

    tickets_do(f->kit.kiosk, &(struct kiosk_ticket_request){.ask = KIOSK_TICKET_ASK_CATALOGUE});
    roomkit_deliver();
    for (size_t i = 0; i < f->category_count; i++)
        if (strcmp(f->categories[i].code, service) == 0)
            g_strlcpy(request.asks, f->categories[i].asks, sizeof request.asks);
    return request;
}

static struct kiosk_ticket_request about(const char *ticket, enum kiosk_ticket_ask what)
{
    struct kiosk_ticket_request request = {.ask = what};

    g_strlcpy(request.ticket, ticket, sizeof request.ticket);
    return request;
}

static int64_t waiting(struct fixture *f)
{
    return store_outbox_waiting(f->kit.kiosk->store);
}

/* The data of the last row, its personal members sealed; new reference. */
static json_t *last_body(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, &error);
    const struct store_row *row = g_ptr_array_index(rows, rows->len - 1);
    json_t *body = json_loads(row->body, 0, NULL), *data = json_incref(json_object_get(body, "data"));

    json_decref(body);
    return data;
}

static void verdict_last(struct fixture *f, const char *code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(f->kit.kiosk->store, 100, SIZE_MAX, &error);

    for (guint i = 0; i < rows->len; i++) {
        bool refuse = i + 1 == rows->len && *code != '\0';
        struct store_verdict_row said = {.seq = ((const struct store_row *)g_ptr_array_index(rows, i))->seq,
                                         .verdict = refuse ? STORE_REJECTED : STORE_ACCEPTED};
        g_strlcpy(said.code, refuse ? code : "", sizeof said.code);
        store_outbox_verdicts(f->kit.kiosk->store, &said, 1, &error);
        g_assert_no_error(error);
    }
}

/* ---- Tests -------------------------------------------------------------------------------------------------------------- */

/* A question is no problem to choose from, has no place but its words, and is one row of the journal; another one is another. */
static void test_question(struct fixture *f, const void *data)
{
    const struct kiosk_ticket_request catalogue = {.ask = KIOSK_TICKET_ASK_CATALOGUE};
    struct kiosk_ticket_request asked = {.ask = KIOSK_TICKET_ASK_FILE, .service = TICKET_QUESTION, .address = "K0001 · 怎么交水电费？"};

    ask(f, &asked, KIOSK_TICKET_REFUSED, "SERVICE"); /* a platform of before */
    roomkit_feed(&f->kit, "category", TICKET_QUESTION, category_value(TICKET_QUESTION, 9, "personal", json_array()));
    tickets_do(f->kit.kiosk, &catalogue);
    roomkit_deliver();
    g_assert_cmpuint(f->category_count, ==, 4);
    for (size_t i = 0; i < f->category_count; i++)
        g_assert_cmpstr(f->categories[i].code, !=, TICKET_QUESTION);
    int64_t had = waiting(f);
    ask(f, &asked, KIOSK_TICKET_FILED, "");
    ask(f, &asked, KIOSK_TICKET_REFUSED, "REPEATED");
    g_strlcpy(asked.address, "K0001 · 怎么充值？", sizeof asked.address);
    ask(f, &asked, KIOSK_TICKET_FILED, "");
    g_assert_cmpint(waiting(f), ==, had + 2);
    json_t *body = last_body(f);
    g_assert_cmpstr(json_string_value(json_object_get(body, "service")), ==, TICKET_QUESTION);
    g_assert_null(json_object_get(body, "description"));
    json_decref(body);
    list(f, 2);
}

static void test_catalogue(struct fixture *f, const void *data)
{
    const struct kiosk_ticket_request request = {.ask = KIOSK_TICKET_ASK_CATALOGUE};

    tickets_do(f->kit.kiosk, &request);
    roomkit_deliver();
    g_assert_cmpuint(f->category_count, ==, 4);
    g_assert_cmpstr(f->categories[0].code, ==, "F06"); /* by its place */
    g_assert_true(f->categories[0].danger && !f->categories[0].personal);
    g_assert_true(f->categories[3].personal);
    g_assert_cmpuint(f->categories[2].count, ==, 1);
    g_assert_cmpstr(f->categories[2].questions[0].choices[1].name_zh, ==, "夜里");
    g_assert_true(f->categories[2].questions[0].many && f->categories[2].questions[0].required);
    g_assert_cmpuint(f->place_count, ==, 1);
    g_assert_cmpstr(f->places[0].name, ==, HOME);
    list(f, 0);
    g_assert_cmpstr(f->told.home.id, ==, "P0001"); /* where the bills go */
    g_assert_cmpstr(f->told.home.name, ==, HOME);
    roomkit_lay(&f->kit, BOB);
    list(f, 0);
    g_assert_cmpstr(f->told.home.name, ==, "");
    roomkit_feed(&f->kit, "category", "F06", NULL);
    roomkit_feed(&f->kit, "place", "P0001", NULL);
    tickets_do(f->kit.kiosk, &request);
    roomkit_deliver();
    g_assert_cmpuint(f->category_count, ==, 3);
    g_assert_cmpuint(f->place_count, ==, 0);
}

static void test_filed_offline(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("F01");

    ask(f, &request, KIOSK_TICKET_FILED, "");
    g_assert_cmpint(waiting(f), ==, 1);
    g_autofree char *id = g_strdup(f->told.id), *local = g_strdup(f->told.local);
    g_assert_cmpuint(strlen(local), ==, strlen(f->kit.kiosk->enrolment.kiosk_id) + 7);
    g_assert_true(f->told.provisional && f->told.due > date_of_ms(now_ms()));
    json_t *body = last_body(f);
    g_assert_cmpstr(json_string_value(json_object_get(body, "card_token")), ==, ALICE);
    g_assert_cmpstr(json_string_value(json_object_get(body, "address_id")), ==, "P0001");
    g_assert_cmpstr(json_string_value(json_object_get(body, "description")), !=, request.description); /* sealed */
    json_decref(body);
    uint32_t due = f->told.due;
    list(f, 1);
    g_assert_cmpstr(f->items[0].id, ==, id);
    g_assert_cmpstr(f->items[0].local, ==, local);
    g_assert_cmpstr(f->items[0].state, ==, "NEW");
    g_assert_cmpstr(f->items[0].place, ==, HOME);
    g_assert_cmpuint(f->items[0].due, ==, due);
    g_assert_true(f->items[0].pending && !f->items[0].may_withdraw && !f->items[0].may_confirm);
    ask(f, &request, KIOSK_TICKET_REFUSED, "REPEATED");
    request.place[0] = '\0'; /* the same somewhere else is another matter */
    g_strlcpy(request.address, "河边的亭子", sizeof request.address);
    ask(f, &request, KIOSK_TICKET_FILED, "");
    ask(f, &request, KIOSK_TICKET_REFUSED, "REPEATED");
    roomkit_lay(&f->kit, BOB); /* nobody sees another's */
    list(f, 0);
    request = about(id, KIOSK_TICKET_ASK_WITHDRAW);
    ask(f, &request, KIOSK_TICKET_REFUSED, "UNKNOWN");
    g_assert_cmpint(waiting(f), ==, 2);
}

/* Taken in: it waits no more here, and is told by the feed. Refused: it is said, and nothing was filed. */
static void test_answered(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("F01");

    ask(f, &request, KIOSK_TICKET_FILED, "");
    g_autofree char *id = g_strdup(f->told.id);
    verdict_last(f, "");
    list(f, 0);
    roomkit_feed(&f->kit, "ticket", id, ticket_value(id, ALICE, "TRIAGE"));
    list(f, 1);
    g_assert_cmpstr(f->items[0].local, ==, "");
    g_assert_cmpint(f->items[0].no, ==, 20261122000001);
    g_assert_true(!f->items[0].pending && f->items[0].may_withdraw);
    request = read_wish(f, "E03");
    request.answers[0] = 3;
    ask(f, &request, KIOSK_TICKET_FILED, "");
    json_t *body = last_body(f), *when = json_object_get(json_object_get(body, "attributes"), "when");
    g_assert_cmpstr(json_string_value(json_array_get(when, 1)), ==, "night");
    json_decref(body);
    verdict_last(f, "LOCATION");
    list(f, 2);
    g_assert_cmpstr(f->items[0].state, ==, "REFUSED");
    g_assert_cmpstr(f->items[0].reason, ==, "LOCATION");
    g_assert_true(f->items[0].due == 0 && !f->items[0].may_rate && !f->items[0].may_withdraw);
    ask(f, &request, KIOSK_TICKET_FILED, ""); /* not REPEATED */
}

static void test_refused(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("NONE");

    ask(f, &request, KIOSK_TICKET_REFUSED, "SERVICE");
    request = wish("GAS");
    ask(f, &request, KIOSK_TICKET_REFUSED, "EMERGENCY");
    g_assert_cmpstr(f->told.call, ==, "119");
    request = read_wish(f, "E03"); /* what it asks was not answered */
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
    request.answers[0] = 4;
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
    request = wish("F01");
    request.answers[0] = 1; /* it asks nothing */
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
    request = wish("F01");
    g_strlcpy(request.place, "P9999", sizeof request.place);
    ask(f, &request, KIOSK_TICKET_REFUSED, "LOCATION");
    request.place[0] = '\0';
    ask(f, &request, KIOSK_TICKET_REFUSED, "LOCATION");
    request = wish("F01");
    g_strlcpy(request.description, "\xff\xfe", sizeof request.description);
    ask(f, &request, KIOSK_TICKET_REFUSED, "WORDS");
    request = wish("S02");
    request.anonymous = true;
    ask(f, &request, KIOSK_TICKET_REFUSED, "ANONYMOUS");
    roomkit_lift(&f->kit);
    request = wish("F01");
    ask(f, &request, KIOSK_TICKET_REFUSED, "NO_CARD");
    g_assert_cmpint(waiting(f), ==, 0);
}

/* Whom to call comes first; whoever was told may go on. */
/* The feed puts the answers in another order, or gives them other names, after they were read: nothing else is filed. */
static void test_questions_changed(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = read_wish(f, "E03");
    json_t *turned = when_asked(), *renamed = when_asked(), *choices = json_object_get(json_array_get(turned, 0), "choices");
    json_t *day = json_incref(json_array_get(choices, 0));

    json_array_remove(choices, 0);
    json_array_append_new(choices, day);
    request.answers[0] = 1;
    roomkit_feed(&f->kit, "category", "E03", category_value("E03", 2, "normal", turned));
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
    json_object_set_new(json_array_get(json_object_get(json_array_get(renamed, 0), "choices"), 0), "name_zh", json_string("清早"));
    roomkit_feed(&f->kit, "category", "E03", category_value("E03", 2, "normal", renamed));
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
    g_assert_cmpint(waiting(f), ==, 0);
    roomkit_feed(&f->kit, "category", "E03", category_value("E03", 7, "normal", when_asked())); /* elsewhere in the list, and asks the same */
    ask(f, &request, KIOSK_TICKET_FILED, "");
    request = read_wish(f, "E03");
    g_strlcpy(request.place, "", sizeof request.place);
    g_strlcpy(request.address, "河边的亭子", sizeof request.address);
    memset(request.asks, 'x', sizeof request.asks); /* without an end */
    request.answers[0] = 1;
    ask(f, &request, KIOSK_TICKET_REFUSED, "ATTRIBUTES");
}

static void test_danger(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("F06");

    ask(f, &request, KIOSK_TICKET_REFUSED, "DANGER");
    g_assert_cmpstr(f->told.call, ==, "110");
    g_assert_cmpint(waiting(f), ==, 0);
    request.warned = true;
    ask(f, &request, KIOSK_TICKET_FILED, "");
    g_assert_cmpuint(f->told.due, ==, date_of_ms(now_ms())); /* the same day */
    request = wish("F01");
    g_strlcpy(request.description, "楼道冒烟，有人受伤", sizeof request.description);
    ask(f, &request, KIOSK_TICKET_REFUSED, "DANGER");
    g_assert_cmpstr(f->told.call, ==, "119");
}

/* Nothing of whose card it is is written, nor is it in anybody's list; five of them with one tap. */
static void test_anonymous(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("F01");

    request.anonymous = true;
    request.place[0] = '\0';
    g_strlcpy(request.address, "服务中心门口", sizeof request.address);
    for (int i = 0; i < 5; i++)
        ask(f, &request, KIOSK_TICKET_FILED, "");
    ask(f, &request, KIOSK_TICKET_REFUSED, "MANY");
    json_t *body = last_body(f);
    g_assert_null(json_object_get(body, "card_token"));
    g_assert_true(json_is_true(json_object_get(body, "anonymous")));
    g_assert_nonnull(json_object_get(body, "address"));
    json_decref(body);
    list(f, 0);
    g_assert_cmpint(waiting(f), ==, 5);
}

static void test_similar(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = {.ask = KIOSK_TICKET_ASK_SIMILAR, .service = "F01", .place = "P0001"};
    struct kiosk_ticket_request join = about("20261122000007", KIOSK_TICKET_ASK_JOIN);

    roomkit_feed(&f->kit, "case", "20261122000007", case_value("20261122000007", "F01"));
    roomkit_feed(&f->kit, "case", "20261122000008", case_value("20261122000008", "E03"));
    ask(f, &request, KIOSK_TICKET_SIMILAR, "");
    g_assert_cmpuint(f->told.count, ==, 1);
    g_assert_cmpstr(f->told.place, ==, "P0001");
    g_assert_cmpstr(f->told.service, ==, "F01");
    g_assert_cmpstr(f->cases[0].no, ==, "20261122000007");
    g_assert_cmpint(f->cases[0].interest, ==, 2);
    g_assert_false(f->cases[0].joined);
    ask(f, &join, KIOSK_TICKET_JOINED, "");
    g_assert_cmpstr(f->told.place, ==, "");
    ask(f, &join, KIOSK_TICKET_REFUSED, "REPEATED");
    ask(f, &request, KIOSK_TICKET_SIMILAR, "");
    g_assert_true(f->cases[0].joined);
    g_assert_cmpint(waiting(f), ==, 1);
    roomkit_lay(&f->kit, BOB);
    ask(f, &request, KIOSK_TICKET_SIMILAR, "");
    g_assert_false(f->cases[0].joined);
    join = about("x' OR 1", KIOSK_TICKET_ASK_JOIN);
    ask(f, &join, KIOSK_TICKET_REFUSED, "UNKNOWN");
    roomkit_feed(&f->kit, "case", "20261122000007", NULL);
    ask(f, &request, KIOSK_TICKET_SIMILAR, "");
    g_assert_cmpuint(f->told.count, ==, 0);
    roomkit_lift(&f->kit);
    ask(f, &request, KIOSK_TICKET_REFUSED, "NO_CARD");
    g_assert_cmpstr(f->told.place, ==, "P0001");
}

static void test_steps(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request deny = about(TOLD, KIOSK_TICKET_ASK_DENY), confirm = about(TOLD, KIOSK_TICKET_ASK_CONFIRM);

    roomkit_feed(&f->kit, "ticket", TOLD, ticket_value(TOLD, ALICE, "CALLBACK"));
    list(f, 1);
    g_assert_true(f->told.known && f->items[0].may_confirm && f->items[0].may_deny && !f->items[0].may_withdraw);
    g_assert_cmpstr(f->items[0].reply, ==, "灯换好了");
    g_assert_cmpuint(f->items[0].step_count, ==, 1);
    ask(f, &deny, KIOSK_TICKET_REFUSED, "WORDS");
    g_strlcpy(deny.description, "还是不亮", sizeof deny.description);
    ask(f, &deny, KIOSK_TICKET_DONE, "");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "REOPENED");
    g_assert_true(f->items[0].pending && !f->items[0].may_confirm);
    ask(f, &confirm, KIOSK_TICKET_REFUSED, "STATE");
    verdict_last(f, "STATE"); /* seven days were over meanwhile */
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "CALLBACK");
    g_assert_cmpstr(f->items[0].reason, ==, "STATE");
    ask(f, &confirm, KIOSK_TICKET_DONE, "");
    list(f, 1);
    g_assert_cmpstr(f->items[0].state, ==, "CLOSED");
    g_assert_cmpstr(f->items[0].reason, ==, "");
    g_assert_true(f->items[0].may_rate && !f->items[0].rated);
    struct kiosk_rating_request rating = {.service = TOLD, .grade = 4};
    rating_give(f->kit.kiosk, &rating);
    roomkit_deliver();
    g_assert_true(f->rated.given);
    list(f, 1);
    g_assert_true(f->items[0].may_rate && f->items[0].rated);
    rating.grade = 2; /* once it is changed */
    rating_give(f->kit.kiosk, &rating);
    roomkit_deliver();
    g_assert_true(f->rated.given);
    list(f, 1);
    g_assert_false(f->items[0].may_rate);
    rating_give(f->kit.kiosk, &rating);
    roomkit_deliver();
    g_assert_cmpstr(f->rated.reason, ==, "RATED_ALREADY");
    g_assert_cmpint(waiting(f), ==, 3);
}

/* A year that the calendar speaks of is promised, with its holidays. */
static void test_calendar(struct fixture *f, const void *data)
{
    struct kiosk_ticket_request request = wish("F01");
    json_t *days = json_array();

    for (int i = 0; i < 40; i++)
        json_array_append_new(days, json_pack("{s:i, s:b}", "date", (int)date_of_ms(now_ms() + i * DAY), "work", i >= 30));
    roomkit_feed(&f->kit, "calendar", "workdays", json_pack("{s:s, s:o}", "id", "workdays", "days", days));
    ask(f, &request, KIOSK_TICKET_FILED, "");
    g_assert_false(f->told.provisional);
    g_assert_cmpuint(f->told.due, ==, date_of_ms(now_ms() + 34 * DAY));
}

static size_t quarantined(struct fixture *f)
{
    sqlite3_stmt *count = NULL;
    size_t out;

    g_assert_cmpint(sqlite3_prepare_v2(f->kit.kiosk->store->sql.db, "SELECT count(*) FROM pull_quarantine", -1, &count, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(count), ==, SQLITE_ROW);
    out = (size_t)sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    return out;
}

/* What does not fit is set aside and changes nothing. */
static void test_hostile(struct fixture *f, const void *data)
{
    g_autofree char *long_name = g_strnfill(10000, 'x');
    json_t *bad[] = {
        json_pack("{s:s, s:s}", "id", "P2", "name", long_name),
        json_pack("{s:s, s:s}", "id", "P2", "name", "a\x01\x02"),
        json_pack("{s:s, s:i}", "id", "P2", "name", 5),
        json_pack("{s:s, s:s}", "id", "P3", "name", "another key"),
    };
    const size_t had = quarantined(f);

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        roomkit_feed(&f->kit, "place", "P2", bad[i]);
    roomkit_feed(&f->kit, "category", "F02", category_value("F02", 1, "deadly", json_array()));
    roomkit_feed(&f->kit, "category", "F02", category_value("F02", 1, "normal", json_pack("[{s:s}]", "code", "x")));
    roomkit_feed(&f->kit, "ticket", TOLD, ticket_value(TOLD, ALICE, "LOST"));
    roomkit_feed(&f->kit, "ticket", TOLD, ticket_value(TOLD, "alice", "TRIAGE"));
    roomkit_feed(&f->kit, "case", "1", case_value("2", "F01"));
    roomkit_feed(&f->kit, "calendar", "workdays", json_pack("{s:s, s:[{s:i, s:b}]}", "id", "workdays", "days", "date", 20261345, "work", 1));
    g_assert_cmpuint(quarantined(f), ==, had + 10);
    test_catalogue(f, NULL);
}

/* The store's rules for what it holds of persons: sealed, and wiped by command. */
static void test_kept(struct fixture *f, const void *data)
{
    roomkit_feed(&f->kit, "ticket", TOLD, ticket_value(TOLD, ALICE, "CALLBACK"));
    g_autofree char *path = g_build_filename(f->kit.dir, "kiosk.db-wal", NULL), *bytes = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    g_assert_null(memmem(bytes, len, "灯换好了", strlen("灯换好了")));
    roomkit_feed(&f->kit, "command", "w", json_pack("{s:s, s:s}", "kind", "wipe", "token", ALICE));
    g_autoptr(GError) error = NULL;
    store_feed_whole(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    list(f, 0);
    roomkit_feed(&f->kit, "ticket", TOLD, ticket_value(TOLD, ALICE, "CALLBACK"));
    list(f, 1);
    store_feed_reset(f->kit.kiosk->store, &error);
    g_assert_no_error(error);
    list(f, 0);
}

#define ADD(path, test) g_test_add("/tickets/" path, struct fixture, NULL, up, test, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("question", test_question);
    ADD("catalogue", test_catalogue);
    ADD("filed-offline", test_filed_offline);
    ADD("answered", test_answered);
    ADD("refused", test_refused);
    ADD("questions-changed", test_questions_changed);
    ADD("danger", test_danger);
    ADD("anonymous", test_anonymous);
    ADD("similar", test_similar);
    ADD("steps", test_steps);
    ADD("calendar", test_calendar);
    ADD("hostile", test_hostile);
    ADD("kept", test_kept);
    return g_test_run();
}
