/* SPDX-License-Identifier: Apache-2.0 */
/* Lessons: a whole one on the real machine to learn on, and what the kiosk's own machine may say and hear meanwhile. */
#include "backend.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "stage_practice.h"

#include <glib/gstdio.h>

#define AWAIT(condition) \
    while (!(condition)) \
        g_main_context_iteration(NULL, TRUE)

/* ---- The real machine ------------------------------------------------------------------------------------------------ */

static struct stage *classroom(char **folder)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    *folder = g_dir_make_tmp("citycard-lesson-XXXXXX", NULL);
    g_assert_nonnull(*folder);
    stage->config.data_dir = *folder;
    stage->ui->options.practice = &ui_practice_kiosk;
    stage->ui->times.still_there_ms = stage->ui->times.still_there_elder_ms = 600000; /* the real machine takes its time */
    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    return stage;
}

static void begin(struct stage *stage, const char *lesson)
{
    service_practice.enter(stage->ui);
    stage_press(stage, lesson);
    stage_assert_page(stage, &page_lesson);
    AWAIT(stage->ui->session.active && stage->ui->status.sam_ready);
    stage_settle(stage);
    stage_press(stage, "Begin");
    stage_assert_page(stage, &page_home);
    g_assert_true(stage_shows(stage, "Practice mode, nothing is real"));
}

/* Every lesson ends here: the kiosk's own person is back, the folder is gone, and its own machine was asked for nothing. */
static void learnt(struct stage *stage, const char *folder, const char *says)
{
    g_assert_true(stage_shows(stage, "Well done!"));
    stage_press(stage, "Finish");
    stage_assert_page(stage, &page_learnt);
    g_assert_true(stage_shows(stage, says));
    g_assert_false(stage_shows(stage, "Practice mode, nothing is real"));
    g_assert_cmpint(g_rmdir(folder), ==, 0); /* empty again */
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    g_assert_cmpstr(stage->ui->session.identity.card_last4, ==, "1017");
    g_assert_cmpuint(stage->pays + stage->orders + stage->tickets + stage->credits, ==, 0);
}

static void leave(struct stage *stage, char *folder)
{
    stage_free(stage);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_free(folder);
}

static void test_lessons(void)
{
    char *folder;
    struct stage *stage = classroom(&folder);

    begin(stage, "Pay the water bill");
    AWAIT(bills_of(stage->ui)->known && bills_of(stage->ui)->count == 2);
    stage_press(stage, "Pay bills");
    stage_press(stage, "Next");
    g_assert_true(stage_shows(stage, "Touch “Pay now”"));
    stage_press(stage, "Pay now");
    AWAIT(stage->ui->page == &page_result);
    stage_settle(stage);
    g_assert_null(stage_button(stage, "Print slip"));
    learnt(stage, folder, "You can pay a bill now");
    stage_press(stage, "Print slip");
    g_assert_cmpuint(stage->prints, ==, 1); /* by the kiosk's own */
    g_assert_cmpint(stage->printed_kind, ==, KIOSK_PRINT_LESSON);
    g_assert_cmpstr(stage->counted, ==, " kiosk.lesson.bills.started kiosk.lesson.bills.finished");

    begin(stage, "Order a service");
    stage_press(stage, "Order a service");
    stage_press(stage, "Meals");
    stage_press(stage, "Meal delivery");
    stage_press(stage, "Tomorrow morning");
    stage_press(stage, "Order: ¥15.00");
    AWAIT(stage->ui->page == &page_order_placed);
    stage_settle(stage);
    learnt(stage, folder, "You can order a service now");
    leave(stage, folder);
}

static void test_lessons_more(void)
{
    char *folder;
    struct stage *stage = classroom(&folder);

    begin(stage, "Sign in to serve");
    stage_press(stage, "Volunteer");
    AWAIT(stage_button(stage, "Sign in") != NULL);
    stage_settle(stage);
    stage_press(stage, "Sign in");
    AWAIT(stage->ui->practising.done);
    stage_settle(stage);
    learnt(stage, folder, "You can sign in now");

    begin(stage, "Report a repair");
    stage_press(stage, "Report a problem");
    AWAIT(stage_button(stage, "Light out") != NULL);
    stage_settle(stage);
    stage_press(stage, "Light out");
    stage_press(stage, "My building");
    AWAIT(stage->ui->page == &page_ticket_more);
    stage_settle(stage);
    stage_press(stage, "For some days");
    stage_press(stage, "I, with this card");
    g_assert_true(stage_shows(stage, "Touch “Send the report”"));
    stage_press(stage, "Send the report");
    AWAIT(stage->ui->page == &page_ticket_filed);
    stage_settle(stage);
    learnt(stage, folder, "You can report a repair now");
    leave(stage, folder);
}

/* ---- The kiosk's own machine meanwhile --------------------------------------------------------------------------------- */

static struct stage *pupil(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_lesson(stage, LESSON_BILLS);
    g_assert_true(stage->ui->practising.on);
    stage->beside = true;
    return stage;
}

static void offline(struct kiosk_status *status)
{
    status->online = false;
}

static void assert_over(struct stage *stage)
{
    g_assert_false(stage->ui->practising.on);
    g_assert_cmpuint(stage->lessons_ended, ==, 1);
    g_assert_null(stage->ui->practising.machine);
    g_assert_cmpstr(stage->ui->practising.identity.card_last4, ==, "");
}

/* Its status waits, another tile leads nowhere, and who leaves is at home with their own card. */
static void test_leave(void)
{
    struct stage *stage = pupil();

    stage_status(stage, offline);
    g_assert_true(stage->ui->status.online);
    stage_press(stage, "My page");
    stage_assert_page(stage, &page_home);
    g_assert_cmpstr(stage->ui->session.identity.card_last4, ==, "0009");
    stage_press(stage, "Leave");
    stage_assert_page(stage, &page_home);
    assert_over(stage);
    g_assert_cmpstr(stage->ui->session.identity.card_last4, ==, "1025");
    g_assert_false(stage->ui->status.online);
    g_assert_cmpuint(stage->ends, ==, 0);
    g_assert_cmpstr(stage->counted, ==, " kiosk.lesson.bills.started");
    stage_free(stage);
}

static struct stage *pupil_without_card(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_status(stage, NULL);
    service_practice.enter(stage->ui);
    stage_press(stage, "Pay the water bill");
    stage_practice_card(stage);
    stage_press(stage, "Begin");
    stage->beside = true;
    return stage;
}

/* A real card that is put there stays what it is: nothing of it is shown before the lesson is left. */
static void test_other_card(void)
{
    struct stage *stage = pupil_without_card();

    stage_card(stage, PERSON_ADULT);
    g_assert_true(stage->ui->practising.on);
    g_assert_cmpstr(stage->ui->session.identity.card_last4, ==, "0009");
    stage_card_removed(stage);
    g_assert_true(stage->ui->practising.on); /* it did not lead the lesson */
    flow_set_size(stage->ui, TEXT_XLARGE);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Leave");
    assert_over(stage);
    g_assert_cmpstr(stage->ui->session.identity.card_last4, ==, "1017");
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpint(stage->ui->size, ==, TEXT_STD); /* the pupil's was another's */
    stage_free(stage);
}

/* One that cannot be used is told so when the lesson is left. */
static void test_bad_card(void)
{
    struct stage *stage = pupil_without_card();

    stage_bad_card(stage, KIOSK_CARD_BLOCKED);
    g_assert_true(stage->ui->practising.on);
    stage_press(stage, "Leave practice");
    assert_over(stage);
    stage_assert_page(stage, &page_message);
    g_assert_cmpint(stage->ui->session.verdict, ==, KIOSK_CARD_BLOCKED);
    g_assert_false(stage->ui->session.active);
    stage_free(stage);
}

static void test_card_taken(void)
{
    struct stage *stage = pupil();

    stage_card_removed(stage);
    assert_over(stage);
    g_assert_false(stage->ui->session.active || stage->ui->card_present);
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

/* Help is called for real, and is heard; the lesson goes on. */
static void test_help(void)
{
    struct stage *stage = pupil();

    flow_help(stage->ui);
    flow_help_call(stage->ui, true);
    stage_settle(stage);
    g_assert_cmpuint(stage->helps, ==, 1);
    g_assert_cmpint(stage->help, ==, KIOSK_HELP_ASK_RED);
    stage_help(stage, KIOSK_HELP_ANSWERED, true, true);
    g_assert_true(stage->ui->help.answered);
    stage_assert_page(stage, &page_help_called);
    stage_card_removed(stage); /* who waits goes on waiting */
    assert_over(stage);
    stage_assert_page(stage, &page_help_called);
    flow_set_size(stage->ui, TEXT_XLARGE);
    stage_card(stage, PERSON_ADULT); /* whoever comes next */
    g_assert_cmpint(stage->ui->size, ==, TEXT_STD);
    stage_free(stage);
}

/* A doubt of their own card was settled: that comes before any lesson. */
static void test_money(void)
{
    struct stage *stage = pupil();

    stage_payment(stage, KIOSK_PAYMENT_WORKING, "");
    g_assert_true(stage->ui->practising.on);
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
    assert_over(stage);
    stage_assert_page(stage, &page_doubt);
    stage_free(stage);
}

/* Twice as long as an elder has, then it is over as everywhere; before, it is said again what to touch. */
static void test_time(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage->ui->times.still_there_elder_ms = 3000;
    stage->ui->times.warning_ms = 100;
    stage->ui->times.lesson_repeat_ms = 100;
    stage->ui->voice_on = true;
    stage_lesson(stage, LESSON_BILLS);
    AWAIT(!stage->ui->practising.on || stage->ui->practising.repeats > 0);
    g_assert_true(stage->ui->practising.on);
    g_assert_cmpstr(stage->ui->speech.said, ==, "Touch “Pay bills”");
    AWAIT(!stage->ui->practising.on);
    assert_over(stage);
    g_assert_cmpuint(stage->ends, ==, 1); /* their own card's session, too */
    stage_free(stage);
}

/* A demonstration card leads to the lessons, through one and back; when it is taken, that is all over. */
static void test_demo_card(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_status(stage, NULL);
    stage_bad_card(stage, KIOSK_CARD_DEMO);
    stage_assert_page(stage, &page_practice);
    g_assert_false(stage->ui->session.active);
    stage_press(stage, "Order a service");
    stage_practice_card(stage);
    stage_press(stage, "Begin");
    stage_assert_page(stage, &page_home);
    stage->beside = true;
    stage_card_removed(stage);
    assert_over(stage);
    stage_assert_page(stage, &page_idle);
    stage_bad_card(stage, KIOSK_CARD_DEMO);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/practice/lessons", test_lessons);
    g_test_add_func("/ui/practice/lessons-more", test_lessons_more);
    g_test_add_func("/ui/practice/leave", test_leave);
    g_test_add_func("/ui/practice/other-card", test_other_card);
    g_test_add_func("/ui/practice/bad-card", test_bad_card);
    g_test_add_func("/ui/practice/card-taken", test_card_taken);
    g_test_add_func("/ui/practice/help", test_help);
    g_test_add_func("/ui/practice/money", test_money);
    g_test_add_func("/ui/practice/time", test_time);
    g_test_add_func("/ui/practice/demo-card", test_demo_card);
    return g_test_run();
}
