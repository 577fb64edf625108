/* SPDX-License-Identifier: Apache-2.0 */
/* The wallet, what happened on the card, money onto it from card to card; calls for help. */
#include "flow.h"
#include "services/pages.h"
#include "stage.h"

static struct stage *portrait(void)
{
    return stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
}

static struct stage *at_desk(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_press(stage, "My wallet");
    stage_press(stage, "Add money");
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Next")));
    stage_press(stage, "¥100");
    g_assert_true(stage_shows(stage, "¥368.50"));
    stage_press(stage, "Next");
    stage_assert_page(stage, &page_load_desk);
    return stage;
}

static void test_load(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    stage_assert_page(stage, &page_load_desk);
    g_assert_false(stage_holds(stage, "李**"));
    stage_card(stage, PERSON_STAFF);
    stage_assert_page(stage, &page_load_desk); /* not greeted */
    g_assert_false(stage->ui->session.active);
    stage_card_removed(stage);
    g_assert_true(stage_shows(stage, "Now put your own card back"));
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_load_confirm);
    g_assert_true(stage_shows(stage, "李**"));
    g_assert_cmpuint(stage->loads, ==, 0);
    stage_press(stage, "Put it on the card");
    stage_assert_page(stage, &page_working);
    g_assert_cmpuint(stage->loads, ==, 1);
    g_assert_cmpint(stage->load.amount_fen, ==, 10000);
    g_assert_cmpstr(stage->load.reverses, ==, "");
    g_assert_null(stage->paid_pin);
    stage_load(stage, KIOSK_PAYMENT_CONFIRMED, NULL, false);
    stage_assert_page(stage, &page_result);
    g_assert_true(stage_shows(stage, "Money added"));
    g_assert_false(stage_shows(stage, "Paid"));
    stage_press(stage, "Finish");
    g_assert_cmpuint(stage->ends, ==, 1);
    stage_free(stage);
}

/* Who puts another card there is another person; the first one's amount is forgotten. */
static void test_load_other_card(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ELDER);
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpint(*load_amount(stage->ui), ==, 0);
    g_assert_cmpuint(stage->loads, ==, 0);
    stage_free(stage);
}

/* Without one of the staff nothing is asked of the machine, however often the card is put there. */
static void test_load_without_staff(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_load_desk);
    g_assert_true(stage_shows(stage, "Give the cash to the staff"));
    g_assert_cmpuint(stage->loads, ==, 0);
    stage_free(stage);
}

/* Help, or the sound, lies over the page that waits: the cards are heard all the same. */
static void test_load_aside(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    flow_help(stage->ui);
    stage_card(stage, PERSON_STAFF);
    stage_assert_page(stage, &page_load_desk);
    g_assert_false(stage->ui->session.active);
    stage_card_removed(stage);
    flow_sound(stage->ui);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_load_confirm);
    stage_press(stage, "Put it on the card");
    g_assert_cmpint(stage->load.amount_fen, ==, 10000);
    g_assert_cmpint(stage->load.since_boot_ms, >, 0);
    stage_free(stage);
}

/* Whoever comes because help was called has said nothing of money by that. */
static void test_load_help_called(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    flow_help(stage->ui);
    flow_help_call(stage->ui, false);
    stage_card(stage, PERSON_STAFF);
    stage_help(stage, KIOSK_HELP_ENDED, false, true);
    stage_assert_page(stage, &page_load_desk);
    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_load_confirm);
    stage_free(stage);
    stage = at_desk();
    stage_card_removed(stage);
    flow_help(stage->ui);
    flow_help_call(stage->ui, false);
    stage_card(stage, PERSON_STAFF);
    stage_help(stage, KIOSK_HELP_ENDED, false, true);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ADULT);
    g_assert_true(stage->ui->page != &page_load_confirm);
    stage_free(stage);
}

/* A card that cannot be read is said; nothing of the load is forgotten for it. */
static void test_load_bad_card(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    stage_bad_card(stage, KIOSK_CARD_UNREADABLE);
    stage_assert_page(stage, &page_load_desk);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_load_desk);
    g_assert_cmpint(*load_amount(stage->ui), ==, 10000);
    stage_free(stage);
}

/* Nobody is known while the page waits: nothing leads back to a page of a person. "No" is the end. */
static void test_load_no_way_back(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    g_assert_true((stage->ui->page->flags & PAGE_NO_BACK) != 0);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_load_confirm);
    flow_back(stage->ui);
    stage_assert_page(stage, &page_goodbye);
    g_assert_cmpuint(stage->loads, ==, 0);
    stage_free(stage);
}

/* What staff's register does not know is refused by the machine: they are asked anew, the amount stays. */
static void test_load_staff_refused(void)
{
    struct stage *stage = at_desk();

    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Put it on the card");
    stage_load(stage, KIOSK_PAYMENT_NOT_NOW, "STAFF", false);
    g_assert_true(stage_shows(stage, "No money was put on the card"));
    stage_press(stage, "OK");
    stage_assert_page(stage, &page_load_desk);
    g_assert_true(stage_shows(stage, "Pay at the service desk"));
    g_assert_cmpint(*load_amount(stage->ui), ==, 10000);
    stage_free(stage);
}

static void is_offline(struct kiosk_status *status)
{
    status->online = false;
}

/* What cannot be done is said before, not after. */
static void test_load_limits(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_RICH);
    stage->ui->session.identity.balance_fen = 488800;
    load_enter(stage->ui);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "Balance may not exceed ¥5,000: at most ¥110 more"));
    g_assert_true(gtk_widget_is_sensitive(stage_button(stage, "¥100")));
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "¥200")));
    stage_status(stage, is_offline);
    g_assert_true(stage_shows(stage, "Money cannot be added without the network"));
    g_assert_null(stage_button(stage, "Next"));
    stage_status(stage, NULL);
    g_assert_nonnull(stage_button(stage, "Next"));
    stage_free(stage);
}

static void test_statement(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_press(stage, "My wallet");
    g_assert_cmpuint(stage->statements, ==, 0);
    stage_press(stage, "What happened");
    g_assert_cmpuint(stage->statements, ==, 1);
    g_assert_true(stage_shows(stage, "One moment, please"));
    stage_statement(stage, 100, true); /* more than are listed */
    g_assert_true(stage_shows(stage, "+¥100.00"));
    stage_press(stage, "OK");
    stage_assert_page(stage, &page_wallet);
    stage_card_removed(stage);
    stage_statement(stage, 6, true); /* too late: nobody is here */
    g_assert_false(stage_holds(stage, "+¥100.00"));
    stage_free(stage);
}

/* ---- Help --------------------------------------------------------------------------------------------------------------- */

/* One touch is none: a child passes by. */
static void test_help_twice(void)
{
    struct stage *stage = portrait();

    stage_press(stage, "Get help");
    stage_press(stage, "Emergency");
    g_assert_cmpuint(stage->helps, ==, 0);
    stage_press(stage, "Somebody of the desk"); /* not the same one */
    g_assert_cmpuint(stage->helps, ==, 0);
    stage_press(stage, "Somebody of the desk");
    g_assert_cmpuint(stage->helps, ==, 1);
    g_assert_cmpint(stage->help, ==, KIOSK_HELP_ASK_GREEN);
    stage_assert_page(stage, &page_help_called);
    g_assert_true(stage_shows(stage, "Machine K0001"));
    stage_free(stage);
}

static struct stage *calling(bool red)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_press(stage, "Get help");
    flow_help_call(stage->ui, red);
    stage_help(stage, KIOSK_HELP_CALLED, red, true);
    return stage;
}

/* A card is taken along by who waits: the call stays, the name goes. */
static void test_help_stays(void)
{
    struct stage *stage = calling(false);

    g_assert_false(stage_shows(stage, "119"));
    stage_card_removed(stage);
    stage_assert_page(stage, &page_help_called);
    g_assert_false(stage_holds(stage, "李**"));
    stage_help(stage, KIOSK_HELP_ANSWERED, false, true);
    g_assert_true(stage_shows(stage, "Somebody is coming"));
    stage_press(stage, "It is over");
    g_assert_cmpint(stage->help, ==, KIOSK_HELP_ASK_END);
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

static void test_help_ended_by_staff(void)
{
    struct stage *stage = calling(true);

    g_assert_true(stage_shows(stage, "119"));
    g_assert_true(stage_shows(stage, "100-5550-0126"));
    stage_press(stage, "Home");
    stage_press(stage, "Get help"); /* it is open still */
    stage_assert_page(stage, &page_help_called);
    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_help(stage, KIOSK_HELP_ENDED, true, true);
    stage_assert_page(stage, &page_greeting);
    stage_press(stage, "Get help");
    stage_assert_page(stage, &page_help);
    stage_free(stage);
}

/* What became of the money is told to whoever called for help meanwhile; home is not before that. */
static void test_help_over_working(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_assert_page(stage, &page_working);
    flow_help(stage->ui);
    stage_card_removed(stage);
    flow_home(stage->ui);
    stage_assert_page(stage, &page_working);
    flow_help(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, NULL);
    stage_assert_page(stage, &page_doubt);
    flow_help(stage->ui);
    stage_bad_card(stage, KIOSK_CARD_UNREADABLE);
    flow_back(stage->ui);
    stage_assert_page(stage, &page_doubt);
    stage_free(stage);
}

/* Nobody answers: numbers. */
static void test_help_late(void)
{
    struct stage *stage = portrait();

    stage->ui->times.help_ms = 50;
    stage_status(stage, NULL);
    flow_help(stage->ui);
    flow_help_call(stage->ui, false);
    stage_await_text(stage, "Nobody has answered yet", true);
    g_assert_true(stage_shows(stage, "120"));
    stage_free(stage);
}

/* Nobody can be told: numbers at once. */
static void test_help_unheard(void)
{
    struct stage *stage = portrait();

    stage_status(stage, is_offline);
    flow_help(stage->ui);
    flow_help_call(stage->ui, false);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "The desk cannot be told from here just now"));
    g_assert_true(stage_shows(stage, "110"));
    stage_free(stage);
}

int main(int argc, char **argv)
{
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/load/cash", test_load);
    g_test_add_func("/ui/load/other-card", test_load_other_card);
    g_test_add_func("/ui/load/without-staff", test_load_without_staff);
    g_test_add_func("/ui/load/aside", test_load_aside);
    g_test_add_func("/ui/load/help-called", test_load_help_called);
    g_test_add_func("/ui/load/bad-card", test_load_bad_card);
    g_test_add_func("/ui/load/no-way-back", test_load_no_way_back);
    g_test_add_func("/ui/load/staff-refused", test_load_staff_refused);
    g_test_add_func("/ui/load/limits", test_load_limits);
    g_test_add_func("/ui/load/statement", test_statement);
    g_test_add_func("/ui/help/twice", test_help_twice);
    g_test_add_func("/ui/help/stays", test_help_stays);
    g_test_add_func("/ui/help/ended-by-staff", test_help_ended_by_staff);
    g_test_add_func("/ui/help/over-working", test_help_over_working);
    g_test_add_func("/ui/help/late", test_help_late);
    g_test_add_func("/ui/help/unheard", test_help_unheard);
    return g_test_run();
}
