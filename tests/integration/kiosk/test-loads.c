/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money onto the card through real readers and a real platform: cash, what is given back, cards that are pulled at CREDIT,
 * and doubts that another kiosk of the same platform settles, or the platform itself.
 */
#include <string.h>

#include "till.h"
#include "token.h"

/* A member of staff taps and takes the card away again. */
static void approve(const char *key)
{
    struct lab_event card = lab_tap(lab, key);
    g_assert_true(card.event.card.identity.staff);
    lift();
}

static struct lab_event load(int64_t amount_fen, const char *reverses)
{
    struct kiosk_load_request request = {.amount_fen = amount_fen};

    g_strlcpy(request.reverses, reverses, sizeof request.reverses);
    kiosk_request_load(lab_kiosk(lab), &request, NULL);
    struct lab_event end = lab_wait_payment(lab);
    return end;
}

static void assert_end(struct lab_event end, enum kiosk_payment_phase phase, const char *reason)
{
    g_assert_cmpstr(end.event.payment.reason, ==, reason);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
}

static void assert_at_platform(const char *id, const char *state, const char *settled)
{
    g_autofree char *state_now = payment_member(id, "state");
    g_autofree char *settled_now = payment_member(id, "settled");

    g_assert_cmpstr(state_now, ==, state);
    g_assert_cmpstr(settled_now, ==, settled);
}

static bool is_statement(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATEMENT;
}

static struct lab_event statement(void)
{
    kiosk_request_statement(lab_kiosk(lab));
    return lab_wait(lab, "statement", is_statement, NULL, 5000);
}

/* One movement, though both the card's log and the journal have it; of a payment that this kiosk does not know there is no receipt. */
static void assert_statement(bool load, int64_t amount_fen, const char *receipt_no)
{
    struct lab_event told = statement();

    g_assert_true(told.event.statement.read);
    g_assert_cmpuint(told.event.statement.count, ==, 1);
    g_assert_cmpstr(told.movement.receipt_no, ==, receipt_no);
    g_assert_true(told.movement.load == load && !told.movement.open && !told.movement.returned);
    g_assert_cmpint(told.movement.amount_fen, ==, amount_fen);
    g_assert_cmpint(told.movement.at_ms, >, 0);
}

/* ---- Loads ------------------------------------------------------------------------------------------------------------ */

static void cash(void)
{
    begin();
    approve("staff");
    lab_tap(lab, CARD);
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event end = load(5000, "");
    assert_end(end, KIOSK_PAYMENT_CONFIRMED, "");
    g_assert_true(end.event.payment.load);
    g_assert_cmpint(end.event.payment.balance_after_fen, ==, before_fen + 5000);
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen + 5000);
    lab_wait_synced(lab);
    assert_at_platform(end.event.payment.id, "CONFIRMED", "KIOSK");
    g_assert_cmpint(account("cash:K0001"), ==, 5000);
    g_assert_cmpint(account("purse:float"), ==, -5000);
    assert_statement(true, 5000, end.event.payment.receipt_no);
    /* One tap of staff is good for one load. */
    assert_end(load(5000, ""), KIOSK_PAYMENT_NOT_NOW, "STAFF");
    finish();
}

static void refused(void)
{
    begin();
    lab_tap(lab, CARD);
    assert_end(load(5000, ""), KIOSK_PAYMENT_NOT_NOW, "STAFF");
    lift();
    approve("staff");
    lab_tap(lab, CARD);
    int64_t before_fen = lab_card_balance(lab, CARD);
    assert_end(load(5001, ""), KIOSK_PAYMENT_LIMIT, "LOAD_UNIT");
    assert_end(load(490000, ""), KIOSK_PAYMENT_LIMIT, "LOAD_CAP");
    lift();
    lab_tap(lab, "staff"); /* not their own card */
    assert_end(load(5000, ""), KIOSK_PAYMENT_NOT_NOW, "STAFF");
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen);
    finish();
}

/* The platform is gone between the status and the question: no answer, nothing charged, and the order (none) is closed. */
static void no_answer(void)
{
    begin();
    approve("staff");
    lab_tap(lab, CARD);
    int64_t before_fen = lab_card_balance(lab, CARD);
    lab_platform_stop(lab);
    struct lab_event end = load(5000, "");
    for (int i = 0; i < 20 && g_str_equal(end.event.payment.reason, "NO_ANSWER"); i++) {
        g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_FAILED);
        g_usleep(500000);
        end = load(5000, ""); /* until the kiosk knows that it is offline, and does not even ask */
    }
    assert_end(end, KIOSK_PAYMENT_NOT_NOW, "OFFLINE");
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen);
    lab_platform_start(lab);
    lab_wait_synced(lab);
    /* What staff approved was not used up. */
    assert_end(load(5000, ""), KIOSK_PAYMENT_CONFIRMED, "");
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen + 5000);
    lab_wait_synced(lab);
    g_assert_cmpint(account("cash:K0001"), ==, 5000);
    finish();
}

/* The platform is there, the token of its keys is not: try later, and nothing has happened. */
static void keys_away(void)
{
    begin();
    approve("staff");
    lab_tap(lab, CARD);
    int64_t before_fen = lab_card_balance(lab, CARD);
    token_take_away(lab_dir(lab));
    assert_end(load(5000, ""), KIOSK_PAYMENT_NOT_NOW, "KEYS_AWAY");
    assert_end(load(5000, ""), KIOSK_PAYMENT_NOT_NOW, "KEYS_AWAY");
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen);
    token_put_back(lab_dir(lab));
    g_usleep(1100000); /* it is asked anew after a second */
    struct lab_event end = load(5000, "");
    assert_end(end, KIOSK_PAYMENT_CONFIRMED, "");
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen + 5000);
    lab_wait_synced(lab);
    assert_at_platform(end.event.payment.id, "CONFIRMED", "KIOSK");
    g_assert_cmpint(account("purse:float"), ==, -5000);
    finish();
}

/* The card is pulled at CREDIT, before or after its commit. */
static struct lab_event tear(const char *kind)
{
    approve("staff");
    lab_tap(lab, CARD);
    g_autofree char *armed = lab_cards(lab, "fault card %s ins=52", kind);
    struct lab_event end = load(5000, "");
    g_autofree char *cleared = lab_cards(lab, "faults clear");
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_IN_DOUBT);
    return end;
}

static void torn(const char *kind, enum kiosk_payment_phase phase, int64_t gained_fen)
{
    begin();
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event doubt = tear(kind);
    lab_tap(lab, CARD);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
    g_assert_cmpstr(end.event.payment.id, ==, doubt.event.payment.id);
    g_assert_true(end.event.payment.recovered && end.event.payment.load);
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen + gained_fen);
    lab_wait_synced(lab);
    g_assert_cmpint(account("purse:float"), ==, -gained_fen);
    g_assert_cmpint(account("cash:K0001"), ==, gained_fen);
    finish();
}

static void torn_before(void)
{
    torn("pull-before", KIOSK_PAYMENT_VOID, 0);
}

static void torn_after(void)
{
    torn("pull-after", KIOSK_PAYMENT_CONFIRMED, 5000);
}

/* ---- Help ------------------------------------------------------------------------------------------------------------- */

static bool is_help(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_HELP && event->event.help.phase == *(enum kiosk_help_phase *)data;
}

static struct kiosk_help_event wait_help(enum kiosk_help_phase phase)
{
    return lab_wait(lab, "help", is_help, &phase, 30000).event.help;
}

/* Called without a card, answered at the platform, ended by a card of the staff: the platform has the whole of it. */
static void help_called(void)
{
    begin();
    kiosk_request_help(lab_kiosk(lab), KIOSK_HELP_ASK_GREEN);
    g_assert_true(wait_help(KIOSK_HELP_CALLED).heard);
    kiosk_request_help(lab_kiosk(lab), KIOSK_HELP_ASK_GREEN); /* no second call */
    wait_help(KIOSK_HELP_CALLED);
    lab_wait_synced(lab);
    g_autofree char *listed = lab_platform_run(lab, "help-call", "list", NULL);
    g_assert_nonnull(strstr(listed, "green  K0001  WAITING"));
    g_assert_null(strchr(strchr(listed, '\n') + 1, '\n'));
    g_autofree char *id = g_strndup(listed, 36);
    g_autofree char *answered = lab_platform_run(lab, "help-call", "answer", "--id", id, "--by", "S0001", NULL);
    wait_help(KIOSK_HELP_ANSWERED);
    lab_tap(lab, "staff");
    wait_help(KIOSK_HELP_ENDED);
    lift();
    lab_wait_synced(lab);
    g_autofree char *over = lab_platform_run(lab, "help-call", "list", "--all", NULL);
    g_assert_nonnull(strstr(over, "K0001  card"));
    g_assert_nonnull(strstr(over, "S0001"));
    finish();
}

/* An emergency without a line: kept, and told later in its order; it takes the place of the green one. */
static void help_offline(void)
{
    begin();
    lab_platform_stop(lab);
    kiosk_request_help(lab_kiosk(lab), KIOSK_HELP_ASK_GREEN);
    wait_help(KIOSK_HELP_CALLED);
    kiosk_request_help(lab_kiosk(lab), KIOSK_HELP_ASK_RED);
    g_assert_true(wait_help(KIOSK_HELP_CALLED).red);
    kiosk_request_help(lab_kiosk(lab), KIOSK_HELP_ASK_END);
    wait_help(KIOSK_HELP_ENDED);
    lab_platform_start(lab);
    lab_wait_synced(lab);
    g_autofree char *listed = lab_platform_run(lab, "help-call", "list", "--all", NULL);
    g_assert_nonnull(strstr(listed, "red    K0001  touch"));
    g_assert_nonnull(strstr(listed, "green  K0001  raised"));
    finish();
}

/* ---- Reversals ---------------------------------------------------------------------------------------------------------- */

static struct lab_event pay(void)
{
    struct lab_event bills = lab_bills(lab);

    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    return end;
}

/* What the platform makes of it comes with the next page of its feed. */
static void wait_bills(size_t count)
{
    for (int i = 0; i < 40 && lab_bills(lab).bill_count != count; i++)
        g_usleep(250000);
    g_assert_cmpuint(lab_bills(lab).bill_count, ==, count);
}

static void given_back_once(void)
{
    begin();
    lab_tap(lab, CARD);
    int64_t before_fen = lab_card_balance(lab, CARD);
    size_t bills_before = lab_bills(lab).bill_count;
    struct lab_event paid = pay();
    const char *id = paid.event.payment.id;
    lab_wait_synced(lab);
    lift();
    approve("staff");
    lab_tap(lab, CARD);
    assert_end(load(0, id), KIOSK_PAYMENT_NOT_NOW, "STAFF"); /* one is not two */
    lift();
    approve("staff");
    approve("colleague");
    lab_tap(lab, "elder");
    assert_end(load(0, id), KIOSK_PAYMENT_NOT_NOW, "ORIGINAL_OTHER");
    lift();
    lab_tap(lab, CARD);
    struct lab_event end = load(0, id);
    assert_end(end, KIOSK_PAYMENT_CONFIRMED, "");
    g_assert_cmpint(end.event.payment.amount_fen, ==, paid.event.payment.amount_fen);
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen);
    lab_wait_synced(lab);
    g_assert_cmpint(account("purse:float"), ==, 0);
    wait_bills(bills_before); /* the bill is to be paid again */
    lift();
    approve("staff");
    approve("colleague");
    lab_tap(lab, CARD);
    assert_end(load(0, id), KIOSK_PAYMENT_NOT_NOW, "REVERSED_ALREADY");
    finish();
}

/* Another kiosk knows nothing of the purchase: the platform does. */
static void given_back_elsewhere_once(void)
{
    begin();
    lab_tap(lab, CARD);
    struct lab_event paid = pay();
    lab_wait_synced(lab);
    lift();
    lab_kiosk_move(lab, "K0002");
    lab_wait_online(lab);
    approve("staff");
    approve("colleague");
    lab_tap(lab, CARD);
    assert_statement(false, paid.event.payment.amount_fen, "");
    assert_end(load(paid.event.payment.amount_fen - 1, paid.event.payment.id), KIOSK_PAYMENT_NOT_NOW, "ORIGINAL_OTHER");
    assert_end(load(paid.event.payment.amount_fen, paid.event.payment.id), KIOSK_PAYMENT_CONFIRMED, "");
    lab_wait_synced(lab);
    lift();
    lab_kiosk_move(lab, "K0001");
    lab_wait_online(lab);
    approve("staff");
    approve("colleague");
    lab_tap(lab, CARD);
    assert_end(load(0, paid.event.payment.id), KIOSK_PAYMENT_NOT_NOW, "REVERSED_ALREADY");
    finish();
}

/* ---- Doubts that travel --------------------------------------------------------------------------------------------------- */

static struct lab_event doubt_of_a_purchase(const char *kind)
{
    struct lab_event end = tear_payment(kind);

    lab_wait_synced(lab);
    return end;
}

static bool is_doubts(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_DOUBTS;
}

static size_t doubts_listed(void)
{
    kiosk_request_doubts(lab_kiosk(lab));
    return lab_wait(lab, "doubts", is_doubts, NULL, 5000).event.doubts.count;
}

static void settled_elsewhere(const char *kind, enum kiosk_payment_phase phase, const char *state)
{
    begin();
    struct lab_event doubt = doubt_of_a_purchase(kind);
    g_assert_cmpuint(doubts_listed(), ==, 1);
    lab_kiosk_move(lab, "K0002");
    lab_wait_online(lab);
    g_assert_cmpuint(doubts_listed(), ==, 1);
    lab_tap(lab, CARD);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, phase);
    g_assert_cmpstr(end.event.payment.id, ==, doubt.event.payment.id);
    g_assert_true(end.event.payment.recovered);
    g_assert_cmpuint(doubts_listed(), ==, 0);
    lab_wait_synced(lab);
    assert_at_platform(doubt.event.payment.id, state, "ELSEWHERE");
    lift();
    lab_kiosk_move(lab, "K0001");
    lab_wait(lab, "no doubts at home", has_no_doubts, NULL, 15000);
    lab_wait_synced(lab);
    /* Nobody asks the card again: it pays at once. */
    lab_tap(lab, CARD);
    pay();
    finish();
}

static void debited_and_settled_elsewhere(void)
{
    settled_elsewhere("pull-after", KIOSK_PAYMENT_CONFIRMED, "CONFIRMED");
}

static void not_debited_and_settled_elsewhere(void)
{
    settled_elsewhere("pull-before", KIOSK_PAYMENT_VOID, "VOID");
}

static void load_settled_elsewhere(void)
{
    begin();
    int64_t before_fen = lab_card_balance(lab, CARD);
    struct lab_event doubt = tear("pull-after");
    lab_wait_synced(lab);
    lab_kiosk_move(lab, "K0002");
    lab_wait_online(lab);
    lab_tap(lab, CARD);
    struct lab_event end = lab_wait_payment(lab);
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    g_assert_true(end.event.payment.load);
    g_assert_cmpint(lab_card_balance(lab, CARD), ==, before_fen + 5000);
    lab_wait_synced(lab);
    assert_at_platform(doubt.event.payment.id, "CONFIRMED", "ELSEWHERE");
    g_assert_cmpint(account("cash:K0001"), ==, 5000); /* the drawer is where the money was taken */
    finish();
}

/* Two people at the platform end what no card can: the kiosk writes it down, and staff's list is empty. */
static void settled_by_two_people(void)
{
    begin();
    struct lab_event doubt = doubt_of_a_purchase("pull-after");
    g_autofree char *listed = lab_platform_run(lab, "doubts", NULL);
    g_assert_nonnull(strstr(listed, doubt.event.payment.id));
    g_autofree char *done = lab_platform_run(lab, "doubt-settle", doubt.event.payment.id, "paid", "--by", "S0001", "--by",
                                             "S0002", "--reason", "in the clearing file of today", NULL);
    lab_wait(lab, "no doubts", has_no_doubts, NULL, 20000);
    lab_wait_synced(lab);
    assert_at_platform(doubt.event.payment.id, "CONFIRMED", "STAFF");
    g_assert_cmpuint(doubts_listed(), ==, 0);
    g_autofree char *none = lab_platform_run(lab, "doubts", NULL);
    g_assert_nonnull(strstr(none, "0 open"));
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_getenv("CITYCARD_LAB_TOKEN") != NULL && !token_possible()) {
        g_print("1..0 # SKIP SoftHSM is needed\n");
        return 0;
    }
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK); /* warnings of a fault under test are not failures */
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add_func("/loads/cash", cash);
    g_test_add_func("/loads/refused", refused);
    g_test_add_func("/loads/no-answer", no_answer);
    if (g_getenv("CITYCARD_LAB_TOKEN") != NULL)
        g_test_add_func("/loads/keys-away", keys_away);
    if (g_getenv("CITYCARD_LAB_TOKEN") == NULL) {
        g_test_add_func("/loads/help", help_called);
        g_test_add_func("/loads/help-offline", help_offline);
    }
    g_test_add_func("/loads/torn-before", torn_before);
    g_test_add_func("/loads/torn-after", torn_after);
    g_test_add_func("/loads/given-back-once", given_back_once);
    g_test_add_func("/loads/given-back-elsewhere-once", given_back_elsewhere_once);
    g_test_add_func("/loads/debited-and-settled-elsewhere", debited_and_settled_elsewhere);
    g_test_add_func("/loads/not-debited-and-settled-elsewhere", not_debited_and_settled_elsewhere);
    g_test_add_func("/loads/load-settled-elsewhere", load_settled_elsewhere);
    g_test_add_func("/loads/settled-by-two-people", settled_by_two_people);
    return g_test_run();
}
