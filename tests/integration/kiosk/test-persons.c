/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tap that proves its card, from the card in a real pcscd to the platform's access log: what the page of the person gets, what is
 * kept for when the platform is away, and what does not open a session.
 */
#include <string.h>

#include "citycard.h"
#include "model/model.h"
#include "service/internal.h"
#include "sync/persons.h"
#include "till.h"

static bool is_person(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_PERSON;
}

static struct kiosk_person_event ask_person(void)
{
    kiosk_request_person(lab_kiosk(lab));
    return lab_wait(lab, "the person", is_person, NULL, 20000).event.person;
}

/* Rows of the log of this card's owner, as an auditor gets them; the auditor's own reading is the first. */
static json_t *access_log(const char *number)
{
    g_autofree char *text = lab_platform_run(lab, "access-log", "--by", "S0001", "--card", number, "--json", NULL);
    json_t *rows = json_loads(text, 0, NULL);

    g_assert_true(json_is_array(rows));
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 0), "role")), ==, "auditor");
    return rows;
}

static const char *member(json_t *rows, size_t i, const char *key)
{
    return json_string_value(json_object_get(json_array_get(rows, i), key));
}

static void tap(void)
{
    begin();
    lab_tap(lab, "elder");
    struct kiosk_person_event person = ask_person();
    g_assert_cmpstr(person.reason, ==, "");
    g_assert_true(person.known && person.live);
    g_assert_cmpstr(person.card_state, ==, "active");
    g_assert_cmpint(person.hours_min, ==, 1200);
    g_assert_cmpuint(person.bills, >, 0);
    g_assert_nonnull(strchr(person.name_masked, '*'));
    json_t *rows = access_log("9901000000001025");
    g_assert_cmpuint(json_array_size(rows), ==, 2);
    g_assert_cmpstr(member(rows, 1, "actor"), ==, "self");
    g_assert_cmpstr(member(rows, 1, "kiosk"), ==, "K0001");
    g_assert_cmpstr(member(rows, 1, "purpose"), ==, "home");
    g_assert_cmpstr(member(rows, 1, "fields"), ==, "name,card,balances,holds,bills");
    json_decref(rows);
    ask_person(); /* by the session that is open */
    rows = access_log("9901000000001025");
    g_assert_cmpuint(json_array_size(rows), ==, 4);
    json_decref(rows);
    finish();
}

/* The platform is away: what was kept, with its time; of somebody else nothing. */
static void offline(void)
{
    enum { TRIES = 40 };
    begin();
    lab_tap(lab, "elder");
    int64_t asof_ms = ask_person().asof_ms;
    lab_platform_stop(lab);
    struct kiosk_person_event person = ask_person();
    for (int i = 0; i < TRIES && strcmp(person.reason, "OFFLINE") != 0; i++) {
        g_assert_true(person.known);
        g_usleep(250000);
        person = ask_person();
    }
    g_assert_cmpstr(person.reason, ==, "OFFLINE");
    g_assert_true(person.known && !person.live);
    g_assert_cmpint(person.asof_ms, ==, asof_ms);
    g_assert_cmpint(person.hours_min, ==, 1200);
    lift();
    lab_tap(lab, "adult");
    person = ask_person();
    g_assert_false(person.known || person.live);
    g_assert_cmpstr(person.name_masked, ==, "");
    finish();
}

/* What the card on the reader says to this, through a link of our own beside the kiosk. */
static void card_says(const uint8_t challenge[8], uint8_t answer[8])
{
    struct cc_link *link = NULL;
    struct cc_port port;
    struct cc_card card;

    g_assert_cmpint(cc_link_open(&link, "Virtual PCD 00 00", CC_SHARE_TRANSACTION, 5000), ==, CC_OK);
    cc_port_init(&port, cc_link_channel(link));
    g_assert_cmpint(cc_card_read(&port, 0, &card), ==, CC_OK);
    g_assert_cmpint(cc_internal_answer(&port, 0, 0, challenge, answer), ==, CC_OK);
    cc_link_close(link, false);
}

static void token_of(const char *number, char token[33])
{
    g_autofree char *full = g_strconcat("310", number, NULL);

    card_token(lab_kiosk(lab)->enrolment.index_key, full, token);
}

static void refused(void)
{
    struct persons_challenge challenge, second;
    char token[33], code[PERSONS_CODE_SIZE], secret[PERSONS_SECRET_SIZE] = "", other[PERSONS_SECRET_SIZE] = "";
    uint8_t answer[8];

    begin();
    struct sync *sync = lab_kiosk(lab)->sync;
    lab_tap(lab, "elder");
    token_of("9901000000001025", token);
    g_assert_true(persons_challenge(sync, token, &challenge, code));
    card_says(challenge.bytes, answer);
    g_assert_true(persons_open(sync, &challenge, answer, secret, code));
    g_assert_cmpuint(strlen(secret), ==, 64);
    /* The same bytes again, and for another challenge. */
    g_assert_false(persons_open(sync, &challenge, answer, other, code));
    g_assert_cmpstr(code, ==, "CHALLENGE_UNKNOWN");
    g_assert_true(persons_challenge(sync, token, &second, code));
    g_assert_cmpint(memcmp(challenge.bytes, second.bytes, 8), !=, 0);
    g_assert_false(persons_open(sync, &second, answer, other, code));
    g_assert_cmpstr(code, ==, "PROOF_WRONG");
    /* This card for another person. */
    token_of("9901000000001017", token);
    g_assert_true(persons_challenge(sync, token, &second, code));
    card_says(second.bytes, answer);
    g_assert_false(persons_open(sync, &second, answer, other, code));
    g_assert_cmpstr(code, ==, "PROOF_WRONG");
    token_of("9901000000001058", token);
    g_assert_false(persons_challenge(sync, token, &second, code));
    g_assert_cmpstr(code, ==, "CARD_CLOSED");
    /* The session that was opened rightly is good, until it is ended or its card is lost. */
    json_t *me = persons_me(sync, secret, "bills", code);
    g_assert_cmpstr(code, ==, "");
    json_decref(me);
    g_free(lab_platform_run(lab, "card-lost", "3109901000000001025", NULL));
    g_assert_null(persons_me(sync, secret, "bills", code));
    g_assert_cmpstr(code, ==, "SESSION_OVER");
    finish();
}

/* A card that is taken ends its session at the platform. */
static void taken(void)
{
    char code[PERSONS_CODE_SIZE], secret[PERSONS_SECRET_SIZE] = "";

    begin();
    lab_tap(lab, "elder");
    g_assert_true(ask_person().live);
    g_strlcpy(secret, lab_kiosk(lab)->session.secret, sizeof secret);
    g_assert_cmpuint(strlen(secret), ==, 64);
    json_decref(persons_me(lab_kiosk(lab)->sync, secret, "home", code));
    g_assert_cmpstr(code, ==, "");
    lift();
    for (int i = 0; i < 40 && code[0] == '\0'; i++) {
        g_usleep(100000);
        json_decref(persons_me(lab_kiosk(lab)->sync, secret, "home", code));
    }
    g_assert_cmpstr(code, ==, "SESSION_OVER");
    finish();
}

/* ---- Orders and ratings --------------------------------------------------------------------------------------------- */

static bool is_orders(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_ORDERS;
}

static bool is_services(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_SERVICES;
}

static bool is_rating(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_RATING;
}

static struct lab_event ask_orders(const struct kiosk_order_request *request)
{
    kiosk_request_orders(lab_kiosk(lab), request);
    return lab_wait(lab, "orders", is_orders, NULL, 20000);
}

/* The catalogue has come from the platform: what this service costs. */
static int64_t price_there(void)
{
    for (int i = 0; i < 100; i++) {
        kiosk_request_services(lab_kiosk(lab));
        int64_t price_fen = lab_wait(lab, "services", is_services, NULL, 20000).price_fen;
        if (price_fen > 0)
            return price_fen;
        g_usleep(100000);
    }
    g_error("the catalogue did not come");
}

/* The platform has taken it in so far. */
static struct kiosk_order until_told(const char *state)
{
    const struct kiosk_order_request list = {.ask = KIOSK_ORDER_ASK_LIST};
    struct kiosk_order order = {0};

    for (int i = 0; i < 100; i++) {
        order = ask_orders(&list).order;
        if (strcmp(order.state, state) == 0 && !order.pending && order.no > 0)
            return order;
        g_usleep(100000);
    }
    g_error("%s did not come, it is %s", state, order.state);
}

/* Ordered while the platform is away, taken in when it is back, called off; the payment of a bill is rated once. */
static void ordered(void)
{
    struct kiosk_order_request place = {.ask = KIOSK_ORDER_ASK_PLACE, .service = "H04"};
    struct kiosk_order_request cancel = {.ask = KIOSK_ORDER_ASK_CANCEL};
    struct kiosk_rating_request rating = {.grade = 2, .reasons = 1};

    begin();
    place.price_fen = price_there();
    lab_platform_stop(lab);
    lab_tap(lab, "adult");
    struct lab_event placed = ask_orders(&place);
    g_assert_cmpint(placed.event.orders.phase, ==, KIOSK_ORDER_PLACED);
    g_assert_cmpstr(ask_orders(&place).event.orders.reason, ==, "REPEATED");
    lab_platform_start(lab);
    struct kiosk_order order = until_told("POOL");
    g_assert_cmpstr(order.id, ==, placed.event.orders.id);
    g_strlcpy(cancel.order, order.id, sizeof cancel.order);
    g_assert_cmpint(ask_orders(&cancel).event.orders.phase, ==, KIOSK_ORDER_DONE);
    g_assert_cmpint(until_told("CANCELLED").no, ==, order.no);
    struct lab_event bills = lab_bills(lab);
    lab_pay(lab, &bills, NULL);
    struct lab_event paid = lab_wait_payment(lab);
    g_assert_cmpint(paid.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_strlcpy(rating.service, paid.event.payment.id, sizeof rating.service);
    kiosk_request_rate(lab_kiosk(lab), &rating);
    g_assert_true(lab_wait(lab, "the rating", is_rating, NULL, 20000).event.rating.given);
    kiosk_request_rate(lab_kiosk(lab), &rating);
    g_assert_true(lab_wait(lab, "the change", is_rating, NULL, 20000).event.rating.given);
    kiosk_request_rate(lab_kiosk(lab), &rating);
    g_assert_cmpstr(lab_wait(lab, "the second one", is_rating, NULL, 20000).event.rating.reason, ==, "RATED_ALREADY");
    lab_wait_synced(lab);
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/persons/tap", tap);
    g_test_add_func("/persons/offline", offline);
    g_test_add_func("/persons/refused", refused);
    g_test_add_func("/persons/taken", taken);
    g_test_add_func("/persons/ordered", ordered);
    return g_test_run();
}
