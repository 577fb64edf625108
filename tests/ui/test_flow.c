/* SPDX-License-Identifier: Apache-2.0 */
/* From page to page, as the machine and the person lead: what is asked of the machine, and what stays of the person. */
#include <glib/gstdio.h>

#include "charge.h"
#include "device/utterance.h"
#include "device/voice.h"
#include "flow.h"
#include "kinds/kinds.h"
#include "kinds_service.h"
#include "model/spoken.h"
#include "service.h"
#include "services/me.h"
#include "services/pages.h"
#include "scenes.h"
#include "shell.h"

static struct stage *portrait(void)
{
    return stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
}

/* ---- Paying ------------------------------------------------------------------------------------------------------- */

static void test_pay(void)
{
    struct stage *stage = portrait();

    g_assert_cmpuint(stage->notices, ==, 1); /* asked for at the start */
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpuint(stage->bills, ==, 1);
    stage_press(stage, "Start");
    stage_bills(stage, 3);
    g_assert_true(stage_shows(stage, "3 unpaid, ¥209.57 in total"));
    stage_press(stage, "Pay bills");
    g_assert_cmpuint(stage->bills, ==, 2);
    stage_press(stage, "Water, ¥43.80, Pay by 15 November");
    g_assert_true(stage_shows(stage, "¥165.77"));
    stage_press(stage, "Next");
    stage_assert_page(stage, &page_confirm);
    g_assert_true(stage_shows(stage, "one hundred and sixty-five yuan seventy-seven"));
    g_assert_false(stage_shows(stage, "3121"));
    stage_press(stage, "Pay now");
    stage_assert_page(stage, &page_working);
    g_assert_cmpstr(stage->paid_ids, ==, "bill-1,bill-3");
    g_assert_null(stage->paid_pin);
    stage_payment(stage, KIOSK_PAYMENT_WORKING, NULL);
    stage_assert_page(stage, &page_working);
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Home")));
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_assert_page(stage, &page_result);
    g_assert_true(stage_shows(stage, "K0001-261104-0007"));
    g_assert_true(stage_shows(stage, "¥11.78"));
    g_assert_cmpuint(stage->bills, ==, 3); /* those on the screen no longer hold */
    stage_press(stage, "Finish");
    g_assert_cmpuint(stage->ends, ==, 1);
    stage_assert_page(stage, &page_goodbye);
    stage_free(stage);
}

/* A hand that trembles strikes twice: the second strike does not touch what has come under it. */
static void test_second_strike(void)
{
    struct stage *stage = portrait();
    struct shell *shell = stage->ui->shell;

    stage->ui->times.strike_ms = 60000;
    g_assert_true(shell_hears(shell));
    flow_refresh(stage->ui, false); /* the same page */
    g_assert_true(shell_hears(shell));
    stage_press(stage, "Notices");
    g_assert_false(shell_hears(shell));
    stage_free(stage);
    stage = portrait();
    stage->ui->times.strike_ms = 1;
    shell = stage->ui->shell;
    g_assert_true(shell_hears(shell));
    stage_press(stage, "Notices");
    stage_wait(20);
    g_assert_true(shell_hears(shell));
    stage_wait(600);
    stage->ui->times.strike_ms = 60000;
    stage_card(stage, PERSON_ADULT); /* nobody touched */
    g_assert_true(shell_hears(shell));
    stage_free(stage);
}

static void test_balance_follows(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_press(stage, "Home");
    stage_press(stage, "My wallet");
    g_assert_true(stage_shows(stage, "¥11.78"));
    stage_free(stage);
}

static void test_eight_at_most(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, 12);
    g_assert_cmpuint(bill_list_chosen_count(bills_of(stage->ui)), ==, 8);
    g_assert_true(stage_shows(stage, "At most 8 bills at once"));
    g_assert_false(bill_list_choose(bills_of(stage->ui), 10, true));
    g_assert_true(bill_list_choose(bills_of(stage->ui), 0, false));
    g_assert_true(bill_list_choose(bills_of(stage->ui), 10, true));
    stage_free(stage);
}

static void test_ticks_survive_news(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, 3);
    stage_press(stage, "Electricity, ¥96.72, Overdue since 31 October");
    stage_bills(stage, 4); /* the answer to a later question */
    g_assert_false(bills_of(stage->ui)->chosen[0]);
    g_assert_true(bills_of(stage->ui)->chosen[3]);
    stage_free(stage);
}

/* One that comes while somebody reads is shown; what is looked over already is what is paid. */
static void test_bill_comes(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, 2);
    for (unsigned had = stage->bills; stage->bills == had;)
        g_main_context_iteration(NULL, TRUE);
    GtkWidget *button = stage_button(stage, "Next");
    stage_bills(stage, 2);
    g_assert_true(stage_button(stage, "Next") == button); /* nothing is another: nothing is built anew */
    stage_bills(stage, 3);
    g_assert_cmpuint(bill_list_chosen_count(bills_of(stage->ui)), ==, 3);
    stage_press(stage, "Next");
    stage_assert_page(stage, &page_confirm);
    stage_bills(stage, 4);
    g_assert_cmpuint(bills_of(stage->ui)->count, ==, 3);
    stage_free(stage);
}

static void test_pin(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL);
    stage_assert_page(stage, &page_pin);
    g_assert_true(stage_shows(stage, "3 tries left"));
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Confirm")));
    for (const char *key = "123456"; *key != '\0'; key++) {
        char name[2] = {*key, '\0'};

        stage_press(stage, name);
    }
    g_assert_false(stage_holds(stage, "123456"));
    stage_press(stage, "Confirm");
    g_assert_cmpstr(stage->paid_pin, ==, "123456");
    g_assert_cmpuint(stage->ui->session.pin[0], ==, 0);
    stage_payment(stage, KIOSK_PAYMENT_PIN_WRONG, NULL);
    g_assert_true(stage_shows(stage, "2 tries left"));
    g_assert_true(stage_shows(stage, "No money was taken"));
    stage_press(stage, "7");
    stage_press(stage, "Cancel");
    stage_assert_page(stage, &page_confirm);
    g_assert_cmpuint(stage->ui->session.pin[0], ==, 0);
    stage_free(stage);
}

static void test_pin_keys(void)
{
    struct stage *stage = portrait();
    struct page *page;

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL);
    page = shell_page(stage->ui->shell);
    g_assert_true(page->class->key(page, GDK_KEY_4));
    g_assert_true(page->class->key(page, GDK_KEY_KP_2));
    g_assert_false(page->class->key(page, GDK_KEY_a));
    g_assert_cmpstr(stage->ui->session.pin, ==, "42");
    g_assert_true(page->class->key(page, GDK_KEY_BackSpace));
    g_assert_cmpstr(stage->ui->session.pin, ==, "4");
    stage_card_removed(stage);
    g_assert_cmpuint(stage->ui->session.pin[0], ==, 0);
    stage_free(stage);
}

/* ---- The page of the person ------------------------------------------------------------------------------------------ */

static void test_my_page(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    g_assert_cmpuint(stage->persons, ==, 0); /* each reading is a row in a log: only when it is wanted */
    stage_press(stage, "My page");
    stage_assert_page(stage, &page_me);
    g_assert_cmpuint(stage->persons, ==, 1);
    stage_person(stage, PERSON_LIVE);
    g_assert_true(stage_shows(stage, "124 h 30 min"));
    g_assert_true(stage_shows(stage, "2-star volunteer"));
    stage_press(stage, "Large text");
    g_assert_true(stage_shows(stage, "124 h 30 min"));
    g_assert_false(stage_shows(stage, "2-star volunteer")); /* the three numbers only */
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_home);
    stage_card_removed(stage);
    stage_person(stage, PERSON_LIVE); /* the answer came after the person had left */
    g_assert_false(stage_holds(stage, "124 h"));
    stage_assert_page(stage, &page_goodbye);
    stage_free(stage);
}

static void test_trail(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL);
    stage_press(stage, "Get help");
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_pin);
    stage_press(stage, "Back"); /* past what only passed */
    stage_assert_page(stage, &page_confirm);
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_bills);
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_home);
    g_assert_cmpuint(stage->ui->trail_len, ==, 0);
    for (int i = 0; i < 50; i++) { /* to and fro leaves no long trail */
        flow_go(stage->ui, &page_wallet);
        flow_go(stage->ui, &page_notices);
        flow_back(stage->ui);
        stage_assert_page(stage, &page_wallet);
        flow_go(stage->ui, &page_notices);
    }
    g_assert_cmpuint(stage->ui->trail_len, ==, 1);
    stage_free(stage);
}

/* ---- A pulled card -------------------------------------------------------------------------------------------------- */

static void test_doubt_and_back(void)
{
    struct stage *stage = portrait();
    struct kiosk_payment_event settled = {.phase = KIOSK_PAYMENT_CONFIRMED,
                                          .recovered = true,
                                          .amount_fen = 14052,
                                          .balance_after_fen = 1178,
                                          .receipt_no = "K0001-261104-0007"};

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_working);
    g_assert_true(stage_shows(stage, "Card removed too soon. Put it back"));
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
    stage_assert_page(stage, &page_doubt);
    g_assert_false(stage_holds(stage, "李**"));
    stage_bad_card(stage, KIOSK_CARD_UNREADABLE);
    stage_assert_page(stage, &page_doubt);
    stage_card(stage, PERSON_ADULT);
    stage_payment_full(stage, &settled);
    stage_assert_page(stage, &page_result);
    g_assert_true(stage_shows(stage, "You paid once"));
    stage_free(stage);
}

static void test_settled_before_the_greeting(void)
{
    struct stage *stage = portrait();
    struct kiosk_payment_event settled = {
        .phase = KIOSK_PAYMENT_CONFIRMED, .recovered = true, .amount_fen = 100};

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
    stage_card_removed(stage);
    stage_assert_page(stage, &page_doubt);
    stage_payment_full(stage, &settled);
    stage_assert_page(stage, &page_result);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_result);
    g_assert_true(stage_shows(stage, "李**"));
    stage_free(stage);
}

static void test_failure_is_read_first(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_card_removed(stage);
    stage_payment(stage, KIOSK_PAYMENT_FAILED, "CARD_REMOVED");
    stage_assert_page(stage, &page_message);
    g_assert_true(stage_shows(stage, "No money was taken"));
    g_assert_false(stage_holds(stage, "李**"));
    stage_press(stage, "OK");
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

/* The same with the card taken when the page is there already: it stays, without the name. */
static void test_message_outlives_card(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_FAILED, "CARD");
    stage_card_removed(stage);
    stage_assert_page(stage, &page_message);
    g_assert_true(stage_shows(stage, "No money was taken"));
    g_assert_false(stage_holds(stage, "李**"));
    stage_free(stage);
}

static void test_pin_of_nobody(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    flow_home(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL); /* to a question of whoever was here before */
    stage_assert_page(stage, &page_home);
    stage_free(stage);
}

static void test_nobody_there(void)
{
    struct stage *stage = portrait();

    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL); /* came after the person had gone */
    stage_assert_page(stage, &page_idle);
    stage_bills(stage, 3);
    g_assert_false(bills_of(stage->ui)->known);
    stage_free(stage);
}

/* ---- Nothing personal remains ---------------------------------------------------------------------------------------- */

static void assert_forgotten(struct stage *stage)
{
    static const char *const traces[] = {"李**", "1017",   "张**",   "禾光路",
                                         "3120", "209.57", "268.50", "K0001-261104", "124 h", "1245"};
    static const struct session empty;

    for (size_t i = 0; i < G_N_ELEMENTS(traces); i++)
        if (stage_holds(stage, traces[i]))
            g_error("“%s” is still on page %s", traces[i], stage->ui->page->name);
    g_assert_cmpmem(&stage->ui->session, sizeof empty, &empty, sizeof empty);
}

static void test_result_without_card(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_result);
    g_assert_false(stage_holds(stage, "李**"));
    stage_press(stage, "Print slip"); /* the slip first */
    g_assert_cmpstr(stage->printed_id, ==, "019a4d2e-7c00-7000-8000-000000000001");
    g_assert_cmpstr(stage->printed_language, ==, "en");
    g_assert_cmpuint(stage->ends, ==, 0);
    stage_free(stage);
}

static void test_next_person_is_greeted(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ELDER);
    g_assert_cmpint(stage->ui->size, ==, TEXT_LARGE);
    stage_press(stage, "中文");
    g_assert_cmpint(texts_language(), ==, LANGUAGE_ZH);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_goodbye);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpint(stage->ui->size, ==, TEXT_STD);
    g_assert_cmpint(texts_language(), ==, LANGUAGE_EN);
    stage_free(stage);
}

static void test_settings_before_the_tap_hold(void)
{
    struct stage *stage = portrait();

    stage_press(stage, "Version for elders");
    stage_press(stage, "中文");
    stage_card(stage, PERSON_ADULT);
    g_assert_cmpint(stage->ui->size, ==, TEXT_LARGE);
    g_assert_cmpint(texts_language(), ==, LANGUAGE_ZH);
    stage_free(stage);
}

/* ---- Time ------------------------------------------------------------------------------------------------------------ */

static void hurry(struct stage *stage)
{
    stage->ui->times = (struct ui_times){.still_there_ms = 300,
                                         .still_there_elder_ms = 300,
                                         .warning_ms = 200,
                                         .greeting_ms = 50,
                                         .greeting_elder_ms = 50,
                                         .goodbye_ms = 50,
                                         .after_card_ms = 200};
}

/* What comes is waited for, and what must be seen stays: on a busy machine times pass faster than pages are drawn. */
static void test_still_there(void)
{
    struct stage *stage = portrait();

    hurry(stage);
    stage->ui->times.still_there_ms = 60100; /* asked after 100 ms, and a minute to answer */
    stage->ui->times.warning_ms = 60000;
    stage_card(stage, PERSON_ADULT);
    stage_await_page(stage, &page_home);
    stage_await_text(stage, "Still there?", true);
    g_signal_emit_by_name(stage_button(stage, "I'm still here"), "clicked");
    stage_await_text(stage, "Still there?", false);
    stage_assert_page(stage, &page_home);
    stage_await_text(stage, "Still there?", true); /* asked anew, from the answer on */
    g_assert_cmpuint(stage->ends, ==, 0);
    stage_free(stage);
}

static void test_nobody_answers(void)
{
    struct stage *stage = portrait();

    hurry(stage);
    stage_card(stage, PERSON_ADULT);
    stage_await_page(stage, &page_goodbye);
    g_assert_cmpuint(stage->ends, ==, 1);
    g_assert_false(stage_holds(stage, "李**"));
    stage_wait(200);
    stage_assert_page(stage, &page_goodbye); /* the card lies there still */
    stage_card_removed(stage);
    stage_await_page(stage, &page_idle);
    stage_free(stage);
}

static void test_result_does_not_stay(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    hurry(stage);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_card_removed(stage);
    stage_await_page(stage, &page_idle);
    assert_forgotten(stage);
    stage_free(stage);
}

static void test_working_is_not_hurried(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    hurry(stage);
    bills_pay(stage->ui);
    stage_wait(800);
    stage_assert_page(stage, &page_working);
    g_assert_false(stage_holds(stage, "Still there?"));
    stage_free(stage);
}

/* ---- Machine, help, voice ---------------------------------------------------------------------------------------------- */

static void no_reader(struct kiosk_status *status)
{
    status->reader = KIOSK_READER_NONE;
    status->online = false;
}

static void test_machine_trouble(void)
{
    struct stage *stage = portrait();

    stage_status(stage, no_reader);
    g_assert_true(stage_shows(stage, "Cards cannot be read just now"));
    g_assert_true(stage_shows(stage, "Offline. Some tasks finish later (data as of 09:15)"));
    stage_status(stage, NULL);
    g_assert_true(stage_shows(stage, "Place your card on the reader"));
    g_assert_false(stage_holds(stage, "Offline"));
    stage_free(stage);
}

static void test_no_paper(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_press(stage, "Print slip");
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Print slip")));
    stage_print(stage, false, "NO_PAPER");
    g_assert_true(stage_shows(stage, "No paper. Note the number K0001-261104-0007"));
    g_assert_true(stage_shows(stage, "The printer has no paper"));
    stage_press(stage, "Print again");
    g_assert_cmpuint(stage->prints, ==, 2);
    stage_print(stage, true, "");
    g_assert_true(stage_shows(stage, "The slip is in the tray below the screen"));
    g_assert_false(stage_holds(stage, "The printer has no paper"));
    stage_free(stage);
}

/* A notice is for everybody: printed without a card, in the type that the person reads. */
static void test_notice_print(void)
{
    struct stage *stage = portrait();

    stage_notices(stage, 4);
    service_notices.enter(stage->ui);
    notices_open(stage->ui, 0);
    stage_settle(stage);
    stage_press(stage, "Print slip");
    g_assert_cmpint(stage->printed_kind, ==, KIOSK_PRINT_NOTICE);
    g_assert_false(stage->printed_large);
    g_assert_true(stage_shows(stage, "Printing"));
    stage_print(stage, false, "JAM");
    g_assert_true(stage_shows(stage, "The printer does not work"));
    flow_set_size(stage->ui, TEXT_LARGE);
    flow_refresh(stage->ui, false);
    stage_press(stage, "Print again");
    g_assert_true(stage->printed_large);
    stage_print(stage, true, "");
    g_assert_null(stage_button(stage, "Print again"));
    stage_press(stage, "Other notices");
    notices_open(stage->ui, 1); /* another one: not printed yet */
    stage_settle(stage);
    g_assert_nonnull(stage_button(stage, "Print"));
    stage_free(stage);
}

static void test_help_and_back(void)
{
    struct stage *stage = portrait();

    stage_to_confirm(stage, PERSON_ADULT);
    stage_press(stage, "Get help");
    g_assert_cmpuint(stage->helps, ==, 0);
    stage_press(stage, "Get help");
    stage_press(stage, "Go on by myself");
    stage_assert_page(stage, &page_confirm);
    bills_pay(stage->ui);
    stage_press(stage, "Get help");
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL); /* the answer comes though help is shown */
    stage_assert_page(stage, &page_result);
    stage_free(stage);
}

static void test_visitor(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_VISITOR);
    g_assert_cmpuint(stage->bills, ==, 0);
    stage_press(stage, "Start");
    g_assert_null(stage_button(stage, "Pay bills"));
    g_assert_nonnull(stage_button(stage, "My wallet"));
    stage_free(stage);
}

static void test_notices_without_card(void)
{
    struct stage *stage = portrait();

    stage_notices(stage, 4);
    stage_press(stage, "Notices");
    stage_press(stage, "Free blood pressure check, Wednesdays");
    g_assert_true(stage_shows(stage, "每周三上午9点到11点")); /* no English text: the Chinese one */
    stage_press(stage, "Other notices");
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

/* What everybody may read is said with its numbers. */
static bool is_public(const struct page_class *page)
{
    return page == &page_notice || page == &page_activity || page == &page_tickets || page == &page_ticket_danger; /* 119, 120, 110 */
}

/* The one number of a rule that is said there: how much may be paid at once offline, from which age on a reward is. NULL: none. */
static const char *number_of_rule(const struct scene *scene)
{
    static const struct {
        const char *scene, *number;
    } rules[] = {{"limit-payment", "200.00"}, {"reward-age", "65"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (strcmp(scene->name, rules[i].scene) == 0)
            return rules[i].number;
    return NULL;
}

/* EL-3: what is said without being asked for has no name, no amount, no digit of a card. */
static void check_discreet(const char *text, const char *rule)
{
    const char *said = rule != NULL ? strstr(text, rule) : NULL;

    g_assert_true(rule == NULL || said != NULL);
    for (const char *c = text; *c != '\0'; c++)
        if (c == said)
            c += strlen(rule) - 1;
        else
            g_assert_false(g_ascii_isdigit(*c) || *c == '*');
}

/* Neither language has anything for the voice but words. */
static void check_words(enum language language, const char *text)
{
    g_autofree char *words = spoken_words(language == LANGUAGE_ZH ? SPOKEN_ZH : SPOKEN_EN, text);
    g_autofree char *markup = utterance_markup(texts_code(language), text);

    g_assert_nonnull(markup);
    for (const char *c = words; *c != '\0'; c++)
        g_assert_false(g_ascii_isdigit(*c) || strchr("<>&[]*", *c) != NULL);
}

static void assert_discreet(struct stage *stage, const struct scene *scene)
{
    for (int language = 0; stage->ui->page->speech != NULL && language < LANGUAGE_COUNT; language++) {
        texts_use((enum language)language);
        g_autofree char *text = stage->ui->page->speech(stage->ui);

        if (text != NULL)
            check_words((enum language)language, text);
        if (text != NULL && language == LANGUAGE_EN && !is_public(stage->ui->page))
            check_discreet(text, number_of_rule(scene));
    }
    texts_use(LANGUAGE_EN);
}

/* What is spoken is discreet, and when its person has gone nothing of theirs is left. */
static void test_every_scene(void)
{
    const struct scene *scene;

    for (size_t i = 0; (scene = scene_at(i)) != NULL; i++) {
        struct stage *stage = stage_new_serving(1080, 1920, LANGUAGE_EN, TEXT_STD, scene->services);

        scene->play(stage);
        assert_discreet(stage, scene);
        if (scene->page != &page_notices && scene->page != &page_notice) { /* they name streets, for everybody */
            stage_card_removed(stage);
            flow_end(stage->ui);
            stage_settle(stage);
            assert_forgotten(stage);
        }
        stage_free(stage);
    }
}

/* F11: one notice a screen, one after the other; what has ended is not shown, a picture that is none is no matter. */
static void test_idle_turns(void)
{
    struct stage *stage = portrait();
    unsigned asked = stage->notices;

    stage->config.idle_seconds = 1;
    stage_notices_calm(stage, 3, "/nonexistent/picture.png", true);
    g_assert_true(stage_shows(stage, "Place your card on the reader"));
    flow_refresh(stage->ui, false);
    stage_await_text(stage, "This week's menu", true);
    g_assert_true(stage_shows(stage, "Place your card on the reader"));
    stage_await_text(stage, "Free blood pressure check", true);
    g_assert_false(stage_shows(stage, "This week's menu"));
    stage_await_text(stage, "Free blood pressure check", false); /* the third has ended: the card's turn again */
    g_assert_false(stage_holds(stage, "waste sorting"));
    g_assert_cmpuint(stage->notices, >, asked);
    stage_await_text(stage, "This week's menu", true);
    stage_press(stage, "Read it");
    stage_assert_page(stage, &page_notice);
    g_assert_true(stage_shows(stage, "steamed perch"));
    stage_free(stage);
}

/* An emergency has the idle screen for itself, at once, and nothing that somebody has begun is covered by it. */
static void test_emergency(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_notices(stage, 4);
    stage_assert_page(stage, &page_working);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
    stage_assert_page(stage, &page_result);
    g_assert_false(stage_holds(stage, "No water"));
    flow_home(stage->ui);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "4 for you"));
    flow_end(stage->ui);
    stage_card_removed(stage);
    stage_await_page(stage, &page_idle);
    g_assert_true(stage_shows(stage, "No water at Lane 126 tomorrow") && stage_shows(stage, "Place your card on the reader"));
    stage_notices_calm(stage, 1, NULL, false);
    g_assert_false(stage_holds(stage, "No water"));
    stage_free(stage);
}

static bool hears(struct stage *stage, const char *text)
{
    return stage->ui->speech.said != NULL && strstr(stage->ui->speech.said, text) != NULL;
}

/* Sound is of the session; where it was called from is where it leads back to, from help as well. */
static void test_sound(void)
{
    struct stage *stage = portrait();
    struct speech *speech = &stage->ui->speech;

    stage_card(stage, PERSON_ADULT);
    flow_home(stage->ui);
    stage_settle(stage);
    stage_press(stage, "Voice");
    stage_assert_page(stage, &page_sound);
    g_assert_true(stage_shows(stage, "Voice: off"));
    g_assert_true(hears(stage, "Choose: ")); /* "say it again" is about home */
    stage_press(stage, "Voice on");
    stage_press(stage, "Louder");
    g_assert_true(stage_shows(stage, "Voice: loud"));
    stage_press(stage, "Louder");
    g_assert_cmpuint(speech->volume, ==, VOICE_VOLUMES - 1);
    for (int i = 0; i < 5; i++)
        stage_press(stage, "Quieter");
    g_assert_cmpuint(speech->volume, ==, 0);
    g_assert_true(stage_shows(stage, "Voice: very quiet"));
    stage_press(stage, "Slower");
    g_assert_true(speech->slow && hears(stage, "Choose: "));
    stage_press(stage, "Get help");
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_home);
    stage_card_removed(stage);
    g_assert_cmpuint(speech->volume, ==, VOICE_VOLUME_DEFAULT);
    stage_await_page(stage, &page_idle);
    g_assert_false(speech->slow || stage->ui->voice_on);
    stage_free(stage);
}

static void plug(const char *jack, const char *state)
{
    g_assert_true(g_file_set_contents(jack, state, -1, NULL));
}

static void remove_all(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* F18: seen at once, kept for the session, gone with it. */
static void test_settings(void)
{
    struct stage *stage = stage_new(1280, 800, LANGUAGE_EN, TEXT_STD);
    struct ui *ui = stage->ui;

    stage_card(stage, PERSON_ADULT);
    flow_home(ui);
    service_settings.enter(ui);
    stage_settle(stage);
    stage_press(stage, "Strong contrast");
    stage_assert_page(stage, &page_settings_keep); /* behind the first change, once */
    stage_press(stage, "Only now");
    stage_assert_page(stage, &page_settings);
    stage_press(stage, "Buttons at the left");
    stage_press(stage, "Voice on");
    stage_press(stage, "Largest text size");
    stage_assert_page(stage, &page_settings);
    g_assert_true(ui->size == TEXT_XLARGE && ui->contrast && ui->bar_left && ui->voice_on);
    stage_press(stage, "Home");
    stage_assert_page(stage, &page_home);
    g_assert_true(ui->bar_left && ui->contrast);
    flow_end(ui);
    stage_card_removed(stage);
    stage_await_page(stage, &page_idle);
    g_assert_false(ui->size != TEXT_STD || ui->contrast || ui->bar_left || ui->voice_on);
    stage_free(stage);
}

/* EN 301 549, 5.1.3.9: amounts into a headset only; pulled out, the hall hears nothing of it, and with the card it is forgotten. */
static void test_headset(void)
{
    g_autofree char *folder = g_dir_make_tmp("speech-XXXXXX", NULL), *jack = g_build_filename(folder, "jack", NULL),
                    *where = g_strdup_printf("file:%s", jack);
    struct stage *stage = portrait();

    voice_free(stage->ui->voice);
    stage->ui->voice = voice_new(&(struct voice_setup){.wav_dir = folder});
    stage->config.headset = where;
    stage_to_confirm(stage, PERSON_ADULT);
    g_assert_false(hears(stage, "¥"));
    plug(jack, "1");
    flow_refresh(stage->ui, true);
    g_assert_true(voice_speaking(stage->ui->voice));
    g_assert_true(hears(stage, "¥") && hears(stage, "Pay now"));
    voice_stop(stage->ui->voice);
    g_signal_emit_by_name(ui_window(stage->ui), "move-focus", GTK_DIR_TAB_FORWARD); /* a key has come to a button (5.1.6.1) */
    g_assert_true(voice_speaking(stage->ui->voice));
    plug(jack, "0");
    voice_stop(stage->ui->voice);
    g_signal_emit_by_name(ui_window(stage->ui), "move-focus", GTK_DIR_TAB_FORWARD);
    g_assert_false(voice_speaking(stage->ui->voice));
    speech_repeat(stage->ui);
    g_assert_false(voice_speaking(stage->ui->voice));
    plug(jack, "1");
    flow_refresh(stage->ui, true);
    plug(jack, "0"); /* while it is being said */
    while (voice_speaking(stage->ui->voice))
        g_main_context_iteration(NULL, TRUE);
    plug(jack, "1");
    flow_refresh(stage->ui, true);
    plug(jack, "0");
    stage_card_removed(stage);
    g_assert_false(voice_speaking(stage->ui->voice) || hears(stage, "¥"));
    stage_free(stage);
    remove_all(folder);
}

/* Question after question by one touch each, back one by one, one of them touched again at the end. */
static void test_form(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    struct kind_answers *answers;

    stage_card(stage, PERSON_ADULT);
    flow_home(stage->ui);
    flow_go(stage->ui, &page_kind_form);
    stage_settle(stage);
    answers = kinds_answers(stage->ui);
    stage_press(stage, "Bathing");
    g_assert_true(stage_shows(stage, "On which day?"));
    stage_press(stage, "Back");
    g_assert_true(stage_shows(stage, "What help is needed?"));
    stage_press(stage, "Going along to the doctor");
    kinds_answer(stage->ui, 2);
    flow_refresh(stage->ui, false);
    stage_settle(stage);
    stage_press(stage, "09:30");
    g_assert_true(stage_shows(stage, "How many people?"));
    stage_press(stage, "Add");
    stage_press(stage, "Next");
    g_assert_cmpuint(answers->at, ==, 4);
    g_assert_cmpint(answers->value[3], ==, 2);
    stage_press(stage, "09:30"); /* its row: asked again, and back leads to all of them */
    g_assert_true(stage_shows(stage, "At what time?"));
    stage_press(stage, "Back");
    stage_press(stage, "Order");
    g_assert_cmpuint(kinds_done(stage->ui), ==, 1);
    kinds_answer(stage->ui, 0);
    stage_press(stage, "Back");
    stage_assert_page(stage, &page_home);
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/flow/form", test_form);
    g_test_add_func("/ui/flow/pay", test_pay);
    g_test_add_func("/ui/flow/second-strike", test_second_strike);
    g_test_add_func("/ui/flow/balance", test_balance_follows);
    g_test_add_func("/ui/flow/eight-at-most", test_eight_at_most);
    g_test_add_func("/ui/flow/ticks-survive", test_ticks_survive_news);
    g_test_add_func("/ui/flow/message-outlives-card", test_message_outlives_card);
    g_test_add_func("/ui/flow/pin-of-nobody", test_pin_of_nobody);
    g_test_add_func("/ui/flow/my-page", test_my_page);
    g_test_add_func("/ui/flow/trail", test_trail);
    g_test_add_func("/ui/flow/bill-comes", test_bill_comes);
    g_test_add_func("/ui/flow/pin", test_pin);
    g_test_add_func("/ui/flow/pin-keys", test_pin_keys);
    g_test_add_func("/ui/flow/doubt", test_doubt_and_back);
    g_test_add_func("/ui/flow/settled-first", test_settled_before_the_greeting);
    g_test_add_func("/ui/flow/failure-read-first", test_failure_is_read_first);
    g_test_add_func("/ui/flow/nobody-there", test_nobody_there);
    g_test_add_func("/ui/flow/result-without-card", test_result_without_card);
    g_test_add_func("/ui/flow/next-person", test_next_person_is_greeted);
    g_test_add_func("/ui/flow/settings-before-tap", test_settings_before_the_tap_hold);
    g_test_add_func("/ui/flow/still-there", test_still_there);
    g_test_add_func("/ui/flow/nobody-answers", test_nobody_answers);
    g_test_add_func("/ui/flow/result-ends", test_result_does_not_stay);
    g_test_add_func("/ui/flow/working-unhurried", test_working_is_not_hurried);
    g_test_add_func("/ui/flow/machine-trouble", test_machine_trouble);
    g_test_add_func("/ui/flow/no-paper", test_no_paper);
    g_test_add_func("/ui/flow/help", test_help_and_back);
    g_test_add_func("/ui/flow/visitor", test_visitor);
    g_test_add_func("/ui/flow/notice-print", test_notice_print);
    g_test_add_func("/ui/flow/notices", test_notices_without_card);
    g_test_add_func("/ui/flow/every-scene", test_every_scene);
    g_test_add_func("/ui/flow/idle-turns", test_idle_turns);
    g_test_add_func("/ui/flow/emergency", test_emergency);
    g_test_add_func("/ui/flow/settings", test_settings);
    g_test_add_func("/ui/flow/sound", test_sound);
    g_test_add_func("/ui/flow/headset", test_headset);
    return g_test_run();
}
