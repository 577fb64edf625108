/* SPDX-License-Identifier: Apache-2.0 */
/* Telling of a problem and what becomes of it: from page to page, what is asked of the machine, and what stays. */
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "services/tickets.h"
#include "stage_faq.h"
#include "stage_tickets.h"

#define PAGES_MAX 5 /* from home */

static struct stage *someone(const char *states)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_tickets(stage, states);
    stage_press(stage, "Start");
    service_tickets.enter(stage->ui);
    stage_catalogue(stage, false);
    return stage;
}

static void offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_READING;
}

/* From what it is about to the page that reads it back. */
static void to_read_back(struct stage *stage, const char *who)
{
    stage_press(stage, "Lift fault");
    stage_assert_page(stage, &page_ticket_where);
    stage_press(stage, "My building");
    g_assert_cmpint(stage->ticket.ask, ==, KIOSK_TICKET_ASK_SIMILAR);
    g_assert_cmpstr(stage->ticket.place, ==, "P0001");
    stage_similar(stage, 0);
    stage_assert_page(stage, &page_ticket_more);
    g_assert_cmpuint(stage->ui->trail_len, <=, PAGES_MAX - 1);
    stage_press(stage, "Doors do not close");
    stage_press(stage, "For some days");
    stage_press(stage, who);
    g_assert_true(stage_shows(stage, "Lift fault") && stage_shows(stage, "禾光路 8 号") && stage_shows(stage, "Doors do not close"));
}

static void test_file(void)
{
    struct stage *stage = someone("");

    to_read_back(stage, "I, with this card");
    unsigned had = stage->tickets;
    stage_press(stage, "Send the report");
    tickets_file(stage->ui); /* once */
    g_assert_cmpuint(stage->tickets, ==, had + 1);
    g_assert_cmpint(stage->ticket.ask, ==, KIOSK_TICKET_ASK_FILE);
    g_assert_cmpstr(stage->ticket.service, ==, "F02");
    g_assert_cmpstr(stage->ticket.place, ==, "P0001");
    g_assert_cmpstr(stage->ticket.address, ==, "");
    g_assert_cmpuint(stage->ticket.answers[0], ==, 2);
    g_assert_cmpstr(stage->ticket.description, ==, "For some days");
    g_assert_false(stage->ticket.anonymous || stage->ticket.warned);
    stage_ticket_answer(stage, KIOSK_TICKET_FILED, "");
    stage_assert_page(stage, &page_ticket_filed);
    g_assert_true(stage_shows(stage, "Case K0001-3F9A2C") && stage_shows(stage, "10 November"));
    stage_tickets(stage, "TRIAGE"); /* the community has heard of it */
    g_assert_true(stage_shows(stage, "Case 20261104 000101"));
    stage_card_removed(stage);
    stage_assert_page(stage, &page_ticket_filed);
    g_assert_false(stage_holds(stage, "李**"));
    g_assert_cmpuint(tickets_of(stage->ui)->list.count, ==, 0);
    stage_press(stage, "Finish");
    g_assert_cmpint(tickets_filed(stage->ui)->no, ==, 0);
    stage_free(stage);
}

static void test_offline(void)
{
    struct stage *stage = someone("");

    stage_status(stage, offline);
    to_read_back(stage, "Nobody, without my name");
    g_assert_true(stage_shows(stage, "No network now"));
    stage_press(stage, "Send the report");
    g_assert_true(stage->ticket.anonymous);
    stage_ticket_answer(stage, KIOSK_TICKET_FILED, "");
    stage_tickets(stage, ""); /* it is nobody's */
    g_assert_true(stage_shows(stage, "Written down, it is sent later"));
    g_assert_true(stage_shows(stage, "Case K0001-3F9A2C") && stage_shows(stage, "12345"));
    stage_free(stage);
}

/* An answer that did not help goes to the desk by one touch, once, and only with a card. */
static void test_question(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage_status(stage, NULL);
    stage_question_open(stage, "kiosk.question.bill");
    g_assert_true(stage_shows(stage, "1. Lay your card on the reader"));
    stage_press(stage, "That did not help");
    g_assert_true(stage_shows(stage, "Shall somebody of the desk come?"));
    g_assert_cmpuint(stage->tickets, ==, 0);
    stage_press(stage, "Go on");
    stage_assert_page(stage, &page_idle);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_question_open(stage, "kiosk.question.bill");
    stage_press(stage, "That did not help");
    g_assert_cmpuint(stage->tickets, ==, 1);
    g_assert_cmpstr(stage->ticket.service, ==, "Q01");
    g_assert_nonnull(strstr(stage->ticket.address, "How do I pay a bill?"));
    g_assert_false(stage->ticket.anonymous);
    stage_question_answer(stage, KIOSK_TICKET_FILED, "");
    g_assert_true(stage_shows(stage, "Your question is with the desk") && stage_shows(stage, "13 November"));
    stage_question_answer(stage, KIOSK_TICKET_REFUSED, "STORE"); /* of nothing that was asked: nobody waits */
    g_assert_true(stage_shows(stage, "Your question is with the desk"));
    stage_press(stage, "Go on");
    stage_assert_page(stage, &page_home);
    stage_card_removed(stage);
    g_assert_false(stage_holds(stage, "K0001-3F9A2C"));
    stage_free(stage);
}

/* Whom to call comes before anything else; the machine may say so, too. */
static void test_danger(void)
{
    struct stage *stage = someone("");

    stage_press(stage, "In danger");
    stage_assert_page(stage, &page_ticket_danger);
    g_assert_true(stage_shows(stage, "119") && stage_shows(stage, "120") && stage_shows(stage, "110"));
    g_assert_null(stage_button(stage, "Nobody is in danger, go on"));
    flow_go(stage->ui, &page_tickets);
    tickets_choose(stage->ui, "F06");
    stage_settle(stage);
    stage_press(stage, "Nobody is in danger, go on");
    stage_assert_page(stage, &page_ticket_where);
    stage_press(stage, "Around this service centre"); /* in no list: nobody else's is looked for */
    stage_assert_page(stage, &page_ticket_more);
    stage_press(stage, "Since today");
    stage_press(stage, "I, with this card");
    stage_press(stage, "Send the report");
    g_assert_true(stage->ticket.warned);
    g_assert_cmpstr(stage->ticket.address, ==, "Around this service centre");
    stage_ticket_answer(stage, KIOSK_TICKET_REFUSED, "DANGER");
    stage_assert_page(stage, &page_ticket_danger);
    stage_free(stage);
}

static void test_similar(void)
{
    struct stage *stage = someone("");

    stage_press(stage, "Stair light out");
    stage_press(stage, "My building");
    stage_similar(stage, 2);
    stage_assert_page(stage, &page_ticket_similar);
    g_assert_true(stage_shows(stage, "2 reports of the same are here"));
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "You said so, too")));
    stage_press(stage, "Me too");
    g_assert_cmpint(stage->ticket.ask, ==, KIOSK_TICKET_ASK_JOIN);
    g_assert_cmpstr(stage->ticket.ticket, ==, "20261102000007");
    stage_ticket_answer(stage, KIOSK_TICKET_JOINED, "");
    stage_assert_page(stage, &page_ticket_joined);
    flow_go(stage->ui, &page_ticket_where);
    stage_press(stage, "My building");
    stage_similar(stage, 1);
    stage_press(stage, "No, mine is another");
    stage_assert_page(stage, &page_ticket_more);
    stage_similar(stage, 1); /* too late: it takes no page away */
    stage_assert_page(stage, &page_ticket_more);
    stage_free(stage);
}

/* Another place, or another matter, is touched before the answer has come: nobody joins what was touched first. */
static void test_similar_of_before(void)
{
    struct stage *stage = someone("");

    stage_press(stage, "Stair light out");
    stage_press(stage, "社区花园");
    g_assert_cmpstr(stage->ticket.place, ==, "P0006");
    stage_press(stage, "My building");
    g_assert_cmpstr(stage->ticket.place, ==, "P0001");
    stage_similar_at(stage, "F01", "P0006", 1);
    stage_assert_page(stage, &page_ticket_where);
    stage_similar_at(stage, "F02", "P0001", 1);
    stage_assert_page(stage, &page_ticket_where);
    stage_similar(stage, 2);
    stage_assert_page(stage, &page_ticket_similar);
    stage_free(stage);
}

/* What is asked changes while it is read: it is said, and asked again; what is on the screen is what is sent. */
static void test_questions_changed(void)
{
    struct stage *stage = someone("");

    to_read_back(stage, "I, with this card");
    stage_catalogue(stage, false); /* the same again */
    stage_assert_page(stage, &page_ticket_more);
    unsigned had = stage->tickets;
    stage_questions_turned(stage);
    stage_assert_page(stage, &page_ticket_refused);
    g_assert_true(stage_shows(stage, "What is asked has changed. Nothing was sent."));
    g_assert_cmpuint(stage->tickets, ==, had);
    stage_press(stage, "Choose again");
    to_read_back(stage, "I, with this card");
    stage_press(stage, "Send the report");
    g_assert_cmpuint(stage->ticket.answers[0], ==, 1); /* the doors are the first now */
    g_assert_cmpstr(stage->ticket.asks, ==, "lift, turned");
    stage_questions_turned(stage); /* it is under way */
    stage_catalogue(stage, false);
    stage_assert_page(stage, &page_ticket_more);
    stage_ticket_answer(stage, KIOSK_TICKET_FILED, "");
    stage_assert_page(stage, &page_ticket_filed);
    stage_free(stage);
}

/* A complaint about a person is never without a name, and others who look on do not read what it is. */
static void test_private(void)
{
    struct stage *stage = someone("PRIVATE");

    tickets_choose(stage->ui, "S02");
    stage_settle(stage);
    stage_press(stage, "Around this service centre");
    stage_press(stage, "For weeks");
    g_assert_true(stage_shows(stage, "Only the staff who see to it read this."));
    stage_press(stage, "Send the report");
    g_assert_false(stage->ticket.anonymous);
    flow_go(stage->ui, &page_ticket_mine);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "A private matter"));
    g_assert_false(stage_holds(stage, "Staff attitude"));
    stage_free(stage);
}

static void test_mine(void)
{
    struct stage *stage = someone("IN_PROGRESS CALLBACK");

    stage_press(stage, "My cases");
    g_assert_true(stage_shows(stage, "Please answer"));
    stage_press(stage, "Stair light out"); /* what wants an answer is the first */
    g_assert_true(stage_shows(stage, "灯泡和灯座都换了新的"));
    stage_press(stage, "Still not solved");
    stage_press(stage, "Not done");
    g_assert_cmpint(stage->ticket.ask, ==, KIOSK_TICKET_ASK_DENY);
    g_assert_cmpstr(stage->ticket.description, ==, "Not done");
    stage_ticket_answer(stage, KIOSK_TICKET_DONE, "");
    stage_assert_page(stage, &page_ticket);
    tickets_ask(stage->ui, KIOSK_TICKET_ASK_CONFIRM, NULL);
    stage_ticket_answer(stage, KIOSK_TICKET_DONE, "");
    stage_assert_page(stage, &page_rate);
    stage_free(stage);
}

/* Once more within the day, from the case itself (RT-2). */
static void test_rating_changed(void)
{
    struct stage *stage = someone("RATED");

    stage_press(stage, "My cases");
    stage_press(stage, "Stair light out");
    g_assert_null(stage_button(stage, "Rate it"));
    stage_press(stage, "Change my rating");
    stage_assert_page(stage, &page_rate);
    stage_press(stage, "Satisfied");
    g_assert_cmpuint(stage->rated.grade, ==, 4);
    stage_rated(stage, "");
    g_assert_null(stage_button(stage, "Change it"));
    stage_free(stage);
}

/* A page of something else is not taken from the screen by an answer: the tile has it. */
static void test_answer_elsewhere(void)
{
    struct stage *stage = someone("");

    to_read_back(stage, "I, with this card");
    stage_press(stage, "Send the report");
    flow_go(stage->ui, &page_result);
    stage_ticket_answer(stage, KIOSK_TICKET_FILED, "");
    stage_assert_page(stage, &page_result);
    flow_home(stage->ui);
    service_tickets.enter(stage->ui);
    stage_settle(stage);
    stage_assert_page(stage, &page_ticket_filed);
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/tickets/file", test_file);
    g_test_add_func("/ui/tickets/offline", test_offline);
    g_test_add_func("/ui/tickets/question", test_question);
    g_test_add_func("/ui/tickets/danger", test_danger);
    g_test_add_func("/ui/tickets/similar", test_similar);
    g_test_add_func("/ui/tickets/similar-of-before", test_similar_of_before);
    g_test_add_func("/ui/tickets/questions-changed", test_questions_changed);
    g_test_add_func("/ui/tickets/private", test_private);
    g_test_add_func("/ui/tickets/mine", test_mine);
    g_test_add_func("/ui/tickets/rating-changed", test_rating_changed);
    g_test_add_func("/ui/tickets/answer-elsewhere", test_answer_elsewhere);
    return g_test_run();
}
