/* SPDX-License-Identifier: Apache-2.0 */
/* What people join in: activities and seats. What is asked of the machine, what is promised in words, what stays of the person. */
#include "flow.h"
#include "service.h"
#include "services/activities.h"
#include "services/pages.h"
#include "stage.h"

static struct stage *portrait(void)
{
    return stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
}

static void offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_OFFLINE_LIMITS;
}

/* ---- Activities ---------------------------------------------------------------------------------------------------- */

static struct stage *at_activities(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_activities(stage);
    stage_seats(stage, true);
    stage_press(stage, "Start");
    g_assert_true(stage_shows(stage, "A seat is free for you")); /* on the tile */
    stage_press(stage, "Activities");
    stage_assert_page(stage, &page_activities);
    return stage;
}

static struct stage *at_date(const char *title)
{
    struct stage *stage = at_activities();

    stage_press(stage, title);
    stage_assert_page(stage, &page_activity);
    return stage;
}

static void test_without_card(void)
{
    struct stage *stage = portrait();

    stage_activities(stage);
    stage_press(stage, "Activities");
    stage_press(stage, "School for seniors: smartphones");
    g_assert_true(stage_shows(stage, "From 60 years on"));
    g_assert_true(stage_shows(stage, "Full. You can join the waiting list"));
    g_assert_true(stage_shows(stage, "put your card on the reader"));
    g_assert_null(stage_button(stage, "I want to come"));
    stage_press(stage, "Other activities");
    stage_assert_page(stage, &page_activities);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_activities);
    g_assert_cmpuint(stage->seats, ==, 0);
    stage_free(stage);
}

/* What must not be missed stands first, whatever its date. */
static void test_order(void)
{
    struct stage *stage = at_activities();
    size_t count;
    g_autofree size_t *order = activity_order(activities_of(stage->ui), &activities_visit(stage->ui)->seats, &count);
    const size_t first[] = {3, 2, 4, 0, 1};

    g_assert_cmpmem(order, count * sizeof *order, first, sizeof first);
    g_assert_true(stage_shows(stage, "Called off: it does not take place"));
    g_assert_true(stage_shows(stage, "A seat is free for you until 4 November, 14:15"));
    g_assert_true(stage_shows(stage, "nothing is promised yet"));
    stage_free(stage);
}

static void test_ask_for_three(void)
{
    struct stage *stage = at_date("School for seniors: smartphones");

    stage_press(stage, "I want to come");
    stage_assert_page(stage, &page_companions);
    stage_press(stage, "3 of us");
    stage_assert_page(stage, &page_seat_answer);
    g_assert_true(stage_shows(stage, "One moment, please"));
    g_assert_cmpint(stage->seat.ask, ==, KIOSK_SEAT_ASK_SEAT);
    g_assert_cmpstr(stage->seat.session, ==, "date-1");
    g_assert_cmpint(stage->seat.companions, ==, 2);
    stage_seat(stage, KIOSK_SEAT_PROMISED, "");
    g_assert_true(stage_shows(stage, "Your seat is kept for you"));
    g_assert_true(stage_shows(stage, "For 3 people"));
    stage_seat(stage, KIOSK_SEAT_REFUSED, "NO_CARD"); /* of a list: what was promised stays */
    g_assert_true(stage_shows(stage, "Your seat is kept for you"));
    stage_press(stage, "Finish");
    g_assert_false(stage_holds(stage, "smartphones"));
    stage_free(stage);
}

/* Nothing is promised before somebody who may has said so; whoever waits sees it come. */
static void test_full(void)
{
    struct stage *stage = at_date("School for seniors: smartphones");

    stage_press(stage, "I want to come");
    stage_press(stage, "Just me");
    stage_seat(stage, KIOSK_SEAT_ASKED, "");
    g_assert_true(stage_shows(stage, "Asked for, not promised yet"));
    g_assert_false(stage_shows(stage, "kept for you"));
    stage_seat_told(stage, "WAITLISTED", "");
    g_assert_true(stage_shows(stage, "Full: you are on the waiting list"));
    stage_seat_told(stage, "REFUSED", "SEAT_AGE");
    g_assert_true(stage_shows(stage, "This is for: From 60 years on."));
    stage_seat_told(stage, "REGISTERED", "");
    g_assert_true(stage_shows(stage, "Your seat is kept for you"));
    stage_free(stage);
}

static void test_offline(void)
{
    struct stage *stage = at_activities();

    stage_status(stage, offline);
    stage_seats(stage, false);
    stage_press(stage, "School for seniors: smartphones");
    g_assert_true(stage_shows(stage, "The network is away: you can ask, the answer comes later"));
    g_assert_true(stage_shows(stage, "As of 4 November, 09:15"));
    g_assert_true(stage_shows(stage, "What you asked for at other machines"));
    stage_press(stage, "I want to come");
    stage_press(stage, "Just me");
    stage_seat(stage, KIOSK_SEAT_ASKED, "");
    g_assert_true(stage_shows(stage, "Your wish is written down"));
    stage_press(stage, "Home");
    service_activities.enter(stage->ui);
    stage_press(stage, "Morning tai chi"); /* two of this machine's own */
    g_assert_true(stage_shows(stage, "at once: 2 here"));
    stage_free(stage);
}

static void test_offer(void)
{
    struct stage *stage = at_date("Neighbours make dumplings");

    stage_press(stage, "Take the seat");
    g_assert_cmpint(stage->seat.ask, ==, KIOSK_SEAT_ASK_TAKE);
    g_assert_cmpstr(stage->seat.id, ==, "seat-2");
    stage_seat(stage, KIOSK_SEAT_WAITS, "");
    g_assert_true(stage_shows(stage, "The community centre confirms it"));
    stage_press(stage, "Home");
    stage_press(stage, "Activities");
    stage_press(stage, "Neighbours make dumplings");
    stage_press(stage, "Take the seat");
    stage_seat(stage, KIOSK_SEAT_REFUSED, "SEAT_LATE"); /* it ended meanwhile */
    g_assert_true(stage_shows(stage, "This did not work"));
    g_assert_true(stage_shows(stage, "The time for this is over."));
    stage_free(stage);
}

static void test_give_back(void)
{
    struct stage *stage = at_date("Calligraphy");

    stage_press(stage, "I cannot come");
    stage_assert_page(stage, &page_seat_cancel);
    stage_press(stage, "No, I come");
    stage_assert_page(stage, &page_activity);
    g_assert_cmpuint(stage->seats, ==, 0);
    stage_press(stage, "I cannot come");
    stage_press(stage, "Yes, give it back");
    g_assert_cmpint(stage->seat.ask, ==, KIOSK_SEAT_ASK_CANCEL);
    g_assert_cmpstr(stage->seat.id, ==, "seat-4");
    stage_seat(stage, KIOSK_SEAT_WAITS, "");
    g_assert_true(stage_shows(stage, "You gave the seat back"));
    stage_free(stage);
}

static void test_door(void)
{
    struct stage *stage = at_date("Morning tai chi");

    stage_press(stage, "I am here");
    g_assert_cmpint(stage->seat.ask, ==, KIOSK_SEAT_ASK_CHECK_IN);
    g_assert_cmpstr(stage->seat.session, ==, "date-0");
    stage_seat(stage, KIOSK_SEAT_WALKED_IN, "");
    g_assert_true(stage_shows(stage, "You are checked in"));
    g_assert_true(stage_shows(stage, "You had no seat booked"));
    stage_press(stage, "Home");
    service_activities.enter(stage->ui);
    stage_press(stage, "Autumn trip to the botanical garden");
    g_assert_true(stage_shows(stage, "You need not come"));
    g_assert_null(stage_button(stage, "I want to come"));
    stage_free(stage);
}

/* At each page: the session is over, and nothing of it is left. */
static void test_card_pulled(void)
{
    static const struct page_class *const pages[] = {&page_activities, &page_activity, &page_companions, &page_seat_cancel,
                                                     &page_seat_answer};

    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        struct stage *stage = at_date("Calligraphy");

        if (pages[i] == &page_seat_answer)
            activities_do(stage->ui, KIOSK_SEAT_ASK_SEAT, 0);
        else
            flow_go(stage->ui, pages[i]);
        stage_card_removed(stage);
        stage_assert_page(stage, &page_goodbye);
        stage_seat(stage, KIOSK_SEAT_PROMISED, ""); /* the answer came after the person had left */
        stage_seats(stage, true);
        stage_assert_page(stage, &page_goodbye);
        g_assert_cmpuint(activities_visit(stage->ui)->seats.count, ==, 0);
        g_assert_cmpstr(activities_visit(stage->ui)->session, ==, "");
        stage_free(stage);
    }
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/activities/without-card", test_without_card);
    g_test_add_func("/ui/activities/order", test_order);
    g_test_add_func("/ui/activities/ask-for-three", test_ask_for_three);
    g_test_add_func("/ui/activities/full", test_full);
    g_test_add_func("/ui/activities/offline", test_offline);
    g_test_add_func("/ui/activities/offer", test_offer);
    g_test_add_func("/ui/activities/give-back", test_give_back);
    g_test_add_func("/ui/activities/door", test_door);
    g_test_add_func("/ui/activities/card-pulled", test_card_pulled);
    return g_test_run();
}
