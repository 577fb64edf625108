/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main path of every service, end to end: at most five pages from home to the one that says what became of it, its touches counted and printed; again without a line; and
 * again with the card taken away on each of its pages.
 */
#include "service.h"
#include "services/me.h"
#include "services/pages.h"
#include "street.h"

#include <glib/gstdio.h>

#define MOVES_MAX 8

struct move {
    const char *touch;             /* NULL: that was the last one */
    const struct page_class *page; /* what comes, sooner or later; NULL: the same page */
    const char *text, *offline;    /* seen there; without a line: that, if it is not NULL */
    const char *between;           /* not a touch: the card is taken away, this one comes and goes, and it is back; NULL: a touch */
};

enum { ONLINE = 1, OFFLINE = 2 };

struct path {
    const char *name, *card; /* NULL: without one */
    unsigned lines;          /* what it is walked with */
    const char *bill;        /* one is laid there before: the card's number; NULL: none */
    size_t from;             /* moves before its first page: those of another service */
    struct move moves[MOVES_MAX];
};

#define ADULT "9901000000001017"
#define PAY   {"Pay bills", &page_bills, NULL, NULL}, {"Next", &page_confirm, NULL, NULL}, {"Pay now", &page_result, "Paid", NULL}
#define REDEEM(LIST) {"My points", &page_points, "Points", NULL}, {LIST, &page_rewards, NULL, NULL}, \
    {"Two bars of soap", &page_reward, NULL, NULL}, {"Get it", &page_reward_done, "It is yours", NULL}
#define ORDER(WHAT)  {"Call a service", &page_orders, NULL, NULL}, {"Clothes", &page_order_services, NULL, NULL}, {WHAT, &page_order_when, NULL, NULL}
#define TICKET(WHAT) {"Report a problem", &page_tickets, NULL, NULL}, {WHAT, &page_ticket_where, NULL, NULL}, \
    {"Around this service centre", &page_ticket_more, NULL, NULL}, {"For some days", NULL, "Who gets", NULL}, {"I, with this card", NULL, NULL, NULL}

#define LOAD {"My wallet", &page_wallet, NULL, NULL}, {"Add money", &page_load, NULL, NULL}, {"¥50", NULL, NULL, NULL}, {"Next", &page_load_desk, NULL, NULL}, \
    {"", &page_load_confirm, NULL, NULL, "staff"}
#define CERTIFICATE {"My page", &page_me, NULL, NULL}, {"Prints", &page_prints, NULL, NULL}, \
    {"Certificate", &page_certificates, NULL, NULL}, {"1 Jan", &page_certificate, "20 h", NULL}
#define LESSON {"Pay the water bill", &page_lesson, NULL, NULL}, {"Begin", &page_home, "Practice mode, nothing is real", NULL}, \
    {"Pay bills", &page_bills, NULL, NULL}, {"Next", &page_confirm, NULL, NULL}, {"Pay now", &page_result, "Well done!", NULL}, \
    {"Finish", &page_learnt, "You can pay a bill now", NULL}

static const struct path paths[] = {
    {"notices", NULL, ONLINE | OFFLINE, NULL, 0, {{"Notices", &page_notices, NULL, NULL}, {"Phone class", &page_notice, NULL, NULL}}},
    {"bills", "adult", ONLINE | OFFLINE, ADULT, 0, {PAY, {"Print slip", NULL, "The slip is in the tray", NULL}}},
    {"rating", "adult", ONLINE | OFFLINE, ADULT, 3, {PAY, {"Rate it", &page_rate, NULL, NULL},
                                                     {"Very satisfied", &page_rate_thanks, "Thank you", NULL}}},
    {"wallet", "adult", ONLINE | OFFLINE, NULL, 0, {{"My wallet", &page_wallet, "¥", NULL}}},
    {"statement", "adult", ONLINE | OFFLINE, NULL, 0, {{"My wallet", &page_wallet, NULL, NULL}, {"What happened", &page_statement, "Bills paid", NULL}}},
    {"load", "adult", ONLINE, NULL, 0, {LOAD, {"Put it on the card", &page_result, "Money added", NULL}}},
    {"no-load", "adult", OFFLINE, NULL, 0, {{"My wallet", &page_wallet, NULL, NULL}, {"Add money", &page_load, "Money cannot be added", NULL}}},
    {"settings", "adult", ONLINE | OFFLINE, NULL, 0, {{"Text and voice", &page_settings, NULL, NULL}, {"Strong contrast", &page_settings_keep, NULL, NULL},
                                                      {"Only now", &page_settings, "Normal colours", NULL}}},
    {"help", NULL, ONLINE | OFFLINE, NULL, 0, {{"Get help", &page_help, NULL, NULL}, {"Somebody of the desk", NULL, "Touch it once more", NULL},
        {"Somebody of the desk", &page_help_called, "The desk is being told", "The desk cannot be told"}, {"It is over", &page_idle, NULL, NULL}}},
    {"my-page", "elder", ONLINE | OFFLINE, NULL, 0, {{"My page", &page_me, "Points", NULL}}},
    {"certificate", "elder", ONLINE, NULL, 0, {CERTIFICATE, {"Print", NULL, "The slip is in the tray", NULL}}},
    {"points", "elder", ONLINE, NULL, 0, {REDEEM("Get what?")}},
    {"points-kept", "adult", OFFLINE, NULL, 0, {REDEEM("What can I get?")}},
    {"orders", "elder", ONLINE, NULL, 0, {ORDER("Mending"), {"Any day", &page_order_pay, NULL, NULL}, {"With money", &page_order_confirm, NULL, NULL},
                                          {"Order", &page_order_placed, NULL, NULL}}},
    {"orders-kept", "elder", OFFLINE, NULL, 0, {ORDER("Laundry"), {"Any day", &page_order_confirm, NULL, NULL}, {"Order", &page_order_placed, NULL, NULL}}},
    {"tickets", "adult", ONLINE, NULL, 0, {TICKET("Stair light"), {"Send the report", &page_ticket_filed, "Thank you", NULL}}},
    {"tickets-kept", "adult", OFFLINE, NULL, 0, {TICKET("Road damage"), {"Send the report", &page_ticket_filed, "Written down", NULL}}},
    {"activities", "elder", ONLINE, NULL, 0, {{"Join in", &page_activities, NULL, NULL}, {"Choir", &page_activity, NULL, NULL},
                                              {"I come", &page_companions, NULL, NULL}, {"Just me", &page_seat_answer, "You have a seat", NULL}}},
    {"lesson", "adult", ONLINE | OFFLINE, NULL, 3, {{"Learn to use", &page_practice, NULL, NULL}, LESSON}},
    {"register", "adult", ONLINE, NULL, 0, {{"Volunteer", &page_volunteer, NULL, NULL}, {"Become a volunteer", &page_volunteer_skills, NULL, NULL},
                                            {"Next", &page_volunteer_pledge, NULL, NULL}, {"I promise", &page_volunteer_joined, "Welcome, volunteer!", NULL}}},
    {"sign-in", "adult", ONLINE, NULL, 0, {{"Volunteer", &page_volunteer, NULL, NULL}, {"Sign in", &page_volunteer_done, "You are signed in", NULL}}},
    {"sign-out", "adult", OFFLINE, NULL, 0, {{"Volunteer", &page_volunteer, NULL, NULL}, {"Sign out", &page_volunteer_done, "You are signed out", NULL}}},
};

static struct street *street;

/* ---- The whole way -------------------------------------------------------------------------------------------------------- */

/* Staff take the cash. */
static void card_between(const struct path *path, const char *key)
{
    street_card_away(street);
    g_free(lab_cards(street->lab, "insert %s", key));
    street_await_text(street, "Staff: take your card away");
    street_card_away(street);
    street_await_text(street, "Now put your own card back");
    g_free(lab_cards(street->lab, "insert %s", path->card));
}

static void step(const struct path *path, const struct move *move, bool online)
{
    const char *text = !online && move->offline != NULL ? move->offline : move->text;

    if (move->between != NULL)
        card_between(path, move->between);
    else
        street_touch(street, move->touch);
    if (move->page != NULL)
        street_await(street, move->page);
    if (text != NULL)
        street_await_text(street, text);
}

static size_t length(const struct path *path)
{
    size_t moves = 0;

    while (moves < MOVES_MAX && path->moves[moves].touch != NULL)
        moves++;
    return moves;
}

static void walk(const struct path *path, size_t moves, bool online)
{
    for (size_t i = 0; i < moves; i++) {
        if (i == path->from)
            street_count(street);
        step(path, &path->moves[i], online);
    }
}

static void arrive(const struct path *path)
{
    if (path->card != NULL)
        street_card(street, path->card);
}

static void leave(const struct path *path)
{
    if (path->card != NULL)
        street_card_away(street);
    else if (street->stage->ui->page != &page_idle)
        street_touch(street, "Home");
    if (street->stage->ui->page == &page_load_desk) /* which waits for the card of staff */
        street_touch(street, "Rather not");
    street_await_idle(street);
}

static size_t bills_there(const struct path *path)
{
    struct ui *ui = street->stage->ui;

    arrive(path);
    while (!bills_of(ui)->known)
        street_turn(street);
    size_t count = bills_of(ui)->count;
    leave(path);
    return count;
}

/* The platform tells of it in its next round. */
static void lay_bill(const struct path *path)
{
    if (path->bill == NULL || bills_there(path) > 0)
        return;
    g_free(lab_platform_run(street->lab, "bill-add", "--card", path->bill, "--biller", "ytdl", "--amount-fen", "130", NULL));
    while (bills_there(path) == 0)
        street_turn(street);
}

static void whole(const struct path *path, bool online)
{
    arrive(path);
    walk(path, length(path), online);
    g_test_message("%s%s: %u pages from home, %u touches", path->name, online ? "" : ", without a line", street->pages, street->touches);
    g_assert_cmpuint(street->pages, <=, 5 + 1); /* and the one that says what became of it */
    leave(path);
}

static void test_online(const void *data)
{
    lay_bill(data);
    whole(data, true);
}

/* What was told before is there, and what is asked for now is written down. */
static void test_offline(const void *data)
{
    const struct path *path = data;

    lay_bill(path);
    arrive(path); /* what is kept for later comes now */
    walk(path, 1, true);
    leave(path);
    street_line(street, false);
    whole(data, false);
    street_line(street, true);
}

/* Paid is paid: the number is on the screen instead. And what is on no paper is not issued. */
static const struct path without_paper[] = {
    {"bills", "adult", ONLINE, ADULT, 0, {PAY, {"Print slip", NULL, "No paper. Note the number", NULL}}},
    {"certificate", "elder", ONLINE, NULL, 0, {CERTIFICATE, {"Print", NULL, "It was not printed, so it is not issued yet", NULL}}},
};

static void test_no_paper(const void *data)
{
    const struct path *path = data;
    g_autofree char *folder = g_build_filename(lab_kiosk_dir(street->lab), "receipts", NULL);
    g_autofree char *mark = g_build_filename(folder, "OUT_OF_PAPER", NULL);

    lay_bill(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(mark, "", 0, NULL));
    arrive(path);
    walk(path, length(path), true);
    leave(path);
    g_assert_cmpint(g_unlink(mark), ==, 0);
}

/* On each page: it is idle again, and nothing of anybody is left. */
static void test_card_away(const void *data)
{
    const struct path *path = data;

    for (size_t moves = 0; moves < length(path); moves++) {
        lay_bill(path);
        arrive(path);
        walk(path, moves, true);
        leave(path);
    }
}

/* ---- A demonstration card (F23) ------------------------------------------------------------------------------------------- */

#define DEMONSTRATION "demonstration"

static const struct path demonstration = {"demonstration", DEMONSTRATION, ONLINE | OFFLINE, NULL, 0, {LESSON}};

/* The platform's, but for how many events it has heard: lessons are counted there. */
static json_t *books(void)
{
    json_t *ledger = lab_ledger(street->lab);

    g_assert_cmpint(json_object_del(ledger, "events"), ==, 0);
    return ledger;
}

static void assert_nothing_was_real(json_t *card, json_t *ledger)
{
    json_t *card_now = lab_card_state(street->lab, DEMONSTRATION), *ledger_now = books();
    g_autofree char *folder = g_build_filename(lab_kiosk_dir(street->lab), PRACTICE_FOLDER, NULL);

    g_assert_true(json_equal(card, card_now));
    g_assert_true(json_equal(ledger, ledger_now));
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS) && g_rmdir(folder) != 0); /* nothing is left in it */
    json_decref(card_now);
    json_decref(ledger_now);
}

/* It leads to the lessons and through one; taken away on any page it ends all of it. The ledger and the card stay as they were. */
static void test_demonstration(const void *data)
{
    bool online = GPOINTER_TO_INT(data) == ONLINE;
    json_t *ledger = books(), *card = lab_card_state(street->lab, DEMONSTRATION);

    if (!online)
        street_line(street, false);
    for (size_t moves = 0; moves <= length(&demonstration); moves++) {
        g_free(lab_cards(street->lab, "insert " DEMONSTRATION));
        street_await(street, &page_practice);
        walk(&demonstration, moves, online);
        leave(&demonstration);
        g_assert_false(street->stage->ui->practising.on);
    }
    if (!online)
        street_line(street, true);
    assert_nothing_was_real(card, ledger);
    json_decref(card);
    json_decref(ledger);
}

/* ---- Before and after ------------------------------------------------------------------------------------------------------ */

/* Something that volunteers are wanted for now. */
static void begin_service(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc(), from = g_date_time_add_minutes(now, -10);
    g_autofree char *start = g_date_time_format(from, "%Y-%m-%dT%H:%M:%SZ");

    g_free(lab_platform_run(street->lab, "activity", "add", "--activity", "WATCH", "--kind", "volunteer", "--title-zh", "大厅引导", "--title-en",
                            "Guiding in the hall", NULL));
    g_free(lab_platform_run(street->lab, "activity", "session", "--activity", "WATCH", "--session", "WATCH-1", "--start", start, "--minutes", "180",
                            "--seats", "9", NULL));
}

static void add(const char *how, const struct path *path, GTestDataFunc test)
{
    g_autofree char *name = g_strdup_printf("/paths/%s/%s", how, path->name);

    g_test_add_data_func(name, path, test);
}

static void add_away(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) /* they leave nothing behind but bills */
        if (paths[i].card != NULL && paths[i].lines & ONLINE)
            add("card-away", &paths[i], test_card_away);
}

static void add_whole(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        if (paths[i].lines & ONLINE)
            add("online", &paths[i], test_online);
        if (paths[i].lines & OFFLINE)
            add("offline", &paths[i], test_offline);
    }
    g_test_add_data_func("/paths/online/demonstration", GINT_TO_POINTER(ONLINE), test_demonstration);
    g_test_add_data_func("/paths/offline/demonstration", GINT_TO_POINTER(OFFLINE), test_demonstration);
    for (size_t i = 0; i < G_N_ELEMENTS(without_paper); i++)
        add("no-paper", &without_paper[i], test_no_paper);
}

/* `card-away` or `whole`: only those; else both. */
int main(int argc, char **argv)
{
    gtk_test_init(&argc, &argv, NULL);
    const char *only = argc > 1 ? argv[1] : NULL;

    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK); /* a printer without paper is a warning */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    texts_init(NULL);
    if (g_strcmp0(only, "whole") != 0)
        add_away();
    if (g_strcmp0(only, "card-away") != 0)
        add_whole();
    street = street_new();
    begin_service();
    int result = g_test_run();
    street_free(street);
    return result;
}
