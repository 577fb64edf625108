/* SPDX-License-Identifier: Apache-2.0 */
/* What people join in: activities and seats, volunteering, points. What is asked of the machine, what is promised in words, what stays of the person. */
#include "flow.h"
#include "service.h"
#include "services/activities.h"
#include "services/credit_words.h"
#include "services/me.h"
#include "services/pages.h"
#include "services/prints.h"
#include "services/volunteer.h"
#include "stage_volunteer.h"
#include "services/seat_words.h"
#include "stage_mine.h"
#include "stage_prints.h"
#include "stage_tickets.h"

#include <string.h>

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
    const size_t first[] = {3, 2, 4, 0, 1, 5};

    g_assert_cmpmem(order, count * sizeof *order, first, sizeof first);
    g_assert_true(stage_shows(stage, "Called off: it does not take place"));
    g_assert_true(stage_shows(stage, "A seat is free for you until 4 November, 14:15"));
    g_assert_true(stage_shows(stage, "nothing is promised yet"));
    stage_free(stage);
}

/* However many dates come before: one's own seat is listed, and a seat that is offered. */
static void test_own_behind_many(void)
{
    enum { MANY = 300 };
    g_autofree struct kiosk_activity *items = g_new0(struct kiosk_activity, MANY);
    const struct kiosk_seat seats[] = {{.id = "own", .session = "date-298", .state = "REGISTERED", .told = true},
                                       {.id = "offer", .session = "date-299", .state = "OFFERED", .told = true}};
    struct activity_list list = {0};
    struct seat_list own = {0};
    size_t count;

    for (size_t i = 0; i < MANY; i++)
        g_snprintf(items[i].session, sizeof items[i].session, "date-%zu", i);
    activity_list_take(&list, items, MANY, 0, 0);
    seat_list_take(&own, seats, G_N_ELEMENTS(seats), true);
    g_autofree size_t *order = activity_order(&list, &own, &count);
    g_assert_cmpuint(count, ==, ACTIVITY_OTHERS_MAX + 2);
    g_assert_cmpuint(order[0], ==, 299);
    g_assert_cmpuint(order[1], ==, 298);
    activity_list_clear(&list);
    seat_list_clear(&own);
}

/* A name without a blank, as long as there are: the page is not wider than the panel for it. */
static void test_hostile_title(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_XLARGE);
    struct kiosk_activity item = {.session = "wide", .start_ms = 1793754900000, .end_ms = 1793762100000};
    struct kiosk_event event = {.kind = KIOSK_EVENT_ACTIVITIES, .activities = {&item, 1, 1793754900000, 1793754900000}};
    int least;

    memset(item.title_en, 'W', sizeof item.title_en - 1);
    ui_event(stage->ui, &event);
    activities_open(stage->ui, "wide");
    stage_settle(stage);
    gtk_widget_measure(gtk_window_get_child(ui_window(stage->ui)), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
    g_assert_cmpint(least, <=, 1080);
    stage_free(stage);
}

static void test_one_and_many(void)
{
    struct kiosk_activity activity = {.left = 1};
    g_autofree char *one = NULL, *points = NULL, *many = NULL;

    texts_use(LANGUAGE_EN);
    texts_use_large(false);
    one = activity_chance(&activity, true);
    points = credit_price(KIOSK_BOOK_POINTS, 1);
    many = credit_price(KIOSK_BOOK_POINTS, 2);
    g_assert_cmpstr(one, ==, "1 seat is left");
    g_assert_cmpstr(points, ==, "1 point");
    g_assert_cmpstr(many, ==, "2 points");
    g_assert_nonnull(strstr(credit_refusal("LIMIT_DAY"), "tomorrow"));
    g_assert_null(strstr(credit_refusal("LIMIT_PAYMENT"), "tomorrow")); /* it would be too much then as well */
    g_assert_null(strstr(credit_refusal("LIMIT_TOTAL"), "tomorrow"));
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
    stage_press(stage, "Print slip");
    g_assert_cmpint(stage->printed_kind, ==, KIOSK_PRINT_SEAT);
    g_assert_cmpstr(stage->printed_id, ==, "seat-1");
    g_assert_nonnull(strstr(stage->printed_text, "School for seniors: smartphones"));
    g_assert_nonnull(strstr(stage->printed_text, "People: 3"));
    stage_print(stage, false, "NO_PAPER");
    g_assert_true(stage_shows(stage, "The printer has no paper"));
    stage_seat(stage, KIOSK_SEAT_REFUSED, "NO_CARD"); /* of a list: what was promised stays */
    g_assert_true(stage_shows(stage, "Your seat is kept for you"));
    stage_press(stage, "Finish");
    g_assert_false(stage_holds(stage, "smartphones"));
    stage_free(stage);
}

/* One wish at a time, and its answer is read though the card is gone, without whose it is. */
static void test_answer_outlives_card(void)
{
    struct stage *stage = at_date("School for seniors: smartphones");

    activities_request(stage->ui, KIOSK_SEAT_ASK_SEAT, 0);
    activities_request(stage->ui, KIOSK_SEAT_ASK_CANCEL, 0);
    g_assert_cmpuint(stage->seats, ==, 1);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_seat_answer);
    stage_seat(stage, KIOSK_SEAT_PROMISED, "");
    g_assert_true(stage_shows(stage, "Your seat is kept for you"));
    g_assert_true(stage_shows(stage, "smartphones"));
    g_assert_false(stage_holds(stage, "李**"));
    g_assert_cmpuint(activities_visit(stage->ui)->seats.count, ==, 0);
    stage_press(stage, "Finish");
    g_assert_cmpstr(activities_asked(stage->ui)->session, ==, "");
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
    g_assert_true(stage_shows(stage, "You asked to give the seat back"));
    g_assert_false(stage_shows(stage, "Somebody else can come")); /* nobody has heard it yet */
    stage_status(stage, offline);
    g_assert_true(stage_shows(stage, "goes to the community centre by itself"));
    stage_seat_told(stage, "CANCELLED", "");
    g_assert_true(stage_shows(stage, "You gave the seat back"));
    g_assert_true(stage_shows(stage, "Somebody else can come"));
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
    static const struct page_class *const pages[] = {&page_activities, &page_activity, &page_companions, &page_seat_cancel};

    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        struct stage *stage = at_date("Calligraphy");

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

/* ---- Volunteers ---------------------------------------------------------------------------------------------------- */

static struct stage *at_volunteer(bool serving)
{
    struct stage *stage = portrait();

    stage_status(stage, offline); /* all of it is a fact of this machine */
    stage_card(stage, PERSON_ADULT);
    stage_activities(stage);
    stage_press(stage, "Start");
    stage_press(stage, "Volunteer");
    stage_assert_page(stage, &page_volunteer);
    g_assert_true(stage_shows(stage, "One moment, please"));
    stage_balance(stage, true, serving);
    return stage;
}

/* A date that is told while somebody reads is there; what is the same is not built anew. */
static void test_duty_comes(void)
{
    struct stage *stage = portrait();

    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_press(stage, "Volunteer");
    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_ACTIVITIES, .activities = {NULL, 0, 1793754900000, 1793754900000}});
    stage_balance(stage, true, false);
    g_assert_null(stage_button(stage, "Sign in"));
    for (unsigned had = stage->seat_lists; stage->seat_lists == had;)
        g_main_context_iteration(NULL, TRUE);
    stage_activities(stage);
    GtkWidget *button = stage_button(stage, "Sign in");
    g_assert_nonnull(button);
    stage_activities(stage);
    g_assert_true(stage_button(stage, "Sign in") == button);
    stage_free(stage);
}

static void test_sign_in(void)
{
    struct stage *stage = at_volunteer(false);

    g_assert_true(stage_shows(stage, "124 h 30 min"));
    g_assert_true(stage_shows(stage, "Clean-up day"));
    g_assert_true(stage_shows(stage, "You did not sign out the last time."));
    stage_press(stage, "Sign in");
    stage_assert_page(stage, &page_volunteer_done);
    g_assert_cmpint(stage->credit.ask, ==, KIOSK_CREDIT_ASK_ATTEND);
    g_assert_cmpstr(stage->credit.slot, ==, "date-5");
    g_assert_cmpint(stage->credit.slot_end_ms - stage->credit.slot_start_ms, ==, INT64_C(7200000));
    stage_credit(stage, KIOSK_CREDIT_IN, "");
    g_assert_true(stage_shows(stage, "Put your card here again when you leave"));
    stage_credit(stage, KIOSK_CREDIT_REFUSED, "NO_CARD"); /* of a later question: what was written down stays */
    g_assert_true(stage_shows(stage, "You are signed in"));
    stage_free(stage);
}

/* A touch means what stood there, however the list has moved since; what has ended is no longer to be had. */
static void test_sign_in_moved(void)
{
    const int64_t now_ms = 1793754900000, minute_ms = 60000;
    const struct kiosk_activity duties[] = {
        {.session = "soup", .kind = "volunteer", .title_en = "Soup kitchen", .start_ms = now_ms - 60 * minute_ms, .end_ms = now_ms + 10 * minute_ms},
        {.session = "park", .kind = "volunteer", .title_en = "Park watch", .start_ms = now_ms - 30 * minute_ms, .end_ms = now_ms + 90 * minute_ms},
        {.session = "read", .kind = "volunteer", .title_en = "Reading aloud", .start_ms = now_ms - 20 * minute_ms, .end_ms = now_ms + 90 * minute_ms}};
    struct stage *stage = at_volunteer(false);

    ui_event(stage->ui, &(struct kiosk_event){.kind = KIOSK_EVENT_ACTIVITIES, .activities = {duties, G_N_ELEMENTS(duties), now_ms, now_ms}});
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "Soup kitchen"));
    activities_of(stage->ui)->now_ms += 20 * minute_ms;
    stage_press(stage, "Soup kitchen");
    stage_assert_page(stage, &page_volunteer);
    g_assert_false(stage_shows(stage, "Soup kitchen"));
    g_assert_cmpint(stage->credit.ask, !=, KIOSK_CREDIT_ASK_ATTEND);
    activities_of(stage->ui)->now_ms -= 20 * minute_ms;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
    activities_of(stage->ui)->now_ms += 20 * minute_ms;
    stage_press(stage, "Park watch");
    g_assert_cmpstr(stage->credit.slot, ==, "park");
    stage_credit(stage, KIOSK_CREDIT_IN, "");
    g_assert_true(stage_shows(stage, "Park watch"));
    stage_free(stage);
}

static void test_sign_out(void)
{
    struct stage *stage = at_volunteer(true);

    g_assert_true(stage_shows(stage, "Since 08:50. Clean-up day"));
    stage_press(stage, "Sign out");
    g_assert_cmpstr(stage->credit.slot, ==, ""); /* the machine knows which */
    stage_credit(stage, KIOSK_CREDIT_OUT, "");
    g_assert_true(stage_shows(stage, "This time: 1 h 30 min. Your leader confirms it"));
    stage_press(stage, "Home");
    service_volunteer.enter(stage->ui);
    stage_balance(stage, true, true);
    stage_press(stage, "Sign out");
    stage_credit(stage, KIOSK_CREDIT_REPEATED, "");
    g_assert_true(stage_shows(stage, "That is written down already"));
    stage_free(stage);
}

static void test_tap_refused(void)
{
    struct stage *stage = at_volunteer(false);

    stage_press(stage, "Sign in");
    stage_credit(stage, KIOSK_CREDIT_REFUSED, "OVERLAP");
    g_assert_true(stage_shows(stage, "signed in somewhere else"));
    stage_press(stage, "Finish");
    stage_card(stage, PERSON_ELDER); /* of whom nothing is known */
    service_volunteer.enter(stage->ui);
    stage_balance(stage, false, false);
    g_assert_false(stage_holds(stage, "124 h"));
    stage_free(stage);
}

/* From home to the number in five pages, nothing typed; once, however often it is touched. */
static void test_register(void)
{
    struct stage *stage = portrait();

    stage_status(stage, offline);
    stage_card(stage, PERSON_ADULT);
    stage_no_duties(stage);
    stage_press(stage, "Start");
    stage_press(stage, "Volunteer");
    stage_balance(stage, false, false);
    g_assert_true(stage_shows(stage, "Become a volunteer?"));
    stage_press(stage, "Become a volunteer");
    stage_assert_page(stage, &page_volunteer_skills);
    stage_press(stage, "Teaching");
    stage_press(stage, "Greening");
    stage_press(stage, "Teaching"); /* not that after all */
    stage_press(stage, "Next");
    stage_assert_page(stage, &page_volunteer_pledge);
    g_assert_true(stage_shows(stage, "Greening") && !stage_shows(stage, "Teaching"));
    g_assert_cmpuint(stage->volunteers, ==, 0);
    stage_press(stage, "I promise");
    stage_assert_page(stage, &page_volunteer_joined);
    g_assert_cmpuint(stage->ui->trail_len, <=, 4);
    g_assert_cmpint(stage->volunteer.ask, ==, KIOSK_VOLUNTEER_ASK_JOIN);
    g_assert_cmpuint(stage->volunteer.skills, ==, 1u << 6);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_JOINED, "");
    g_assert_true(stage_shows(stage, "Your number comes from the community"));
    stage_volunteer(stage, ROLL_WAITS); /* nothing is promised before it is there */
    g_assert_false(stage_shows(stage, "Your volunteer number"));
    stage_volunteer(stage, ROLL_NEW);
    g_assert_true(stage_shows(stage, "Z202 6000 0042 0"));
    g_assert_cmpuint(stage->volunteers, ==, 1);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_volunteer_joined);
    stage_press(stage, "Finish");
    stage_assert_page(stage, &page_idle);
    g_assert_false(stage_holds(stage, "Z202"));
    stage_free(stage);
}

static struct stage *at_guardian(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    service_volunteer.enter(stage->ui);
    stage_no_duties(stage);
    stage_balance(stage, false, false);
    volunteer_go_join(stage->ui, 0);
    volunteer_join(stage->ui, 0);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_GUARDIAN, "");
    return stage;
}

/* A child's registration waits for another card; whose, the machine judges. */
static void test_guardian(void)
{
    struct stage *stage = at_guardian();

    g_assert_true(stage_shows(stage, "Now the card of your parent"));
    stage_card_removed(stage);
    stage_assert_page(stage, &page_volunteer_guardian);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_volunteer_guardian);
    g_assert_true(stage_shows(stage, "Do you agree that your child becomes a volunteer?"));
    g_assert_cmpint(stage->volunteer.ask, !=, KIOSK_VOLUNTEER_ASK_CONSENT);
    stage_press(stage, "Yes, I agree");
    g_assert_cmpint(stage->volunteer.ask, ==, KIOSK_VOLUNTEER_ASK_CONSENT);
    g_assert_true(stage_shows(stage, "One moment, please"));
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_REFUSED, "GUARDIAN");
    g_assert_true(stage_shows(stage, "the card of a grown-up"));
    stage_card_removed(stage);
    stage_card(stage, PERSON_RICH);
    stage_card_removed(stage); /* without a word: it is waited for again */
    g_assert_null(stage_button(stage, "Yes, I agree"));
    g_assert_true(stage_shows(stage, "Now the card of your parent"));
    stage_card(stage, PERSON_RICH);
    stage_press(stage, "Yes, I agree");
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_JOINED, "");
    stage_assert_page(stage, &page_volunteer_joined);
    g_assert_true(stage_shows(stage, "The child's number is shown here with the child's card"));
    stage_volunteer(stage, ROLL_NEW); /* of the card that lies there now, which is not the child's */
    g_assert_false(stage_shows(stage, "Your volunteer number"));
    stage_free(stage);
}

/* Two minutes, as it is said, also for who has one for each page. */
static void test_guardian_has_time(void)
{
    struct stage *stage = at_guardian();

    stage->ui->times.still_there_ms = 600000;
    stage->ui->times.still_there_elder_ms = 60100; /* asked after 100 ms, and a minute to answer */
    stage->ui->times.warning_ms = 60000;
    stage_card_removed(stage);
    stage_await_text(stage, "Still there?", true);
    stage_assert_page(stage, &page_volunteer_guardian);
    stage_free(stage);
}

/* The next card in the hall is no guardian's: its person is greeted, and nothing becomes of the registration. */
static void test_guardian_not_me(void)
{
    struct stage *stage = at_guardian();
    unsigned had = stage->volunteers;

    stage_card_removed(stage);
    stage_card(stage, PERSON_ELDER);
    stage_press(stage, "Not me");
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpuint(stage->volunteers, ==, had);
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_JOINED, "");
    stage_assert_page(stage, &page_greeting);
    stage_card_removed(stage);
    stage_card(stage, PERSON_RICH); /* nothing waits for a card any more */
    stage_assert_page(stage, &page_greeting);
    stage_free(stage);
}

/* Nothing is planned: only with a leader who knows of it. Hours that are not right, and stars, are asked once. */
static void test_adhoc_and_hours(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    service_volunteer.enter(stage->ui);
    stage_no_duties(stage);
    stage_balance(stage, true, false);
    stage_press(stage, "Ad-hoc service");
    stage_assert_page(stage, &page_volunteer_adhoc);
    g_assert_cmpuint(stage->credits, ==, 0);
    stage_press(stage, "Sign in");
    g_assert_true(stage->credit.adhoc);
    stage_credit(stage, KIOSK_CREDIT_IN, "");
    stage_press(stage, "Home");
    service_volunteer.enter(stage->ui);
    stage_balance(stage, true, false);
    stage_volunteer(stage, ROLL_FULL);
    stage_press(stage, "My hours");
    g_assert_true(stage_shows(stage, "Under public notice until 12 November"));
    volunteer_go_dispute(stage->ui, 0); /* not posted: nothing to say of it */
    stage_assert_page(stage, &page_volunteer_hours);
    volunteer_go_dispute(stage->ui, 2);
    stage_press(stage, "Too many");
    g_assert_cmpuint(stage->volunteer.what, ==, 1);
    g_assert_cmpstr(stage->volunteer.hours, ==, "01890000-0000-7000-8000-000000000003");
    stage_volunteer_answer(stage, KIOSK_VOLUNTEER_DONE, "");
    g_assert_true(stage_shows(stage, "The service desk looks at it"));
    g_assert_cmpuint(stage->volunteers, ==, 1);
    stage_free(stage);
}

/* ---- Points -------------------------------------------------------------------------------------------------------- */

static struct stage *at_rewards(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_press(stage, "Start");
    stage_press(stage, "My points");
    stage_rewards(stage);
    stage_balance(stage, true, false);
    g_assert_true(stage_shows(stage, "1245"));
    g_assert_true(stage_shows(stage, "120 points end with 1 December"));
    g_assert_true(stage_shows(stage, "As of 4 November, 09:15"));
    stage_press(stage, "What can I get?");
    stage_assert_page(stage, &page_rewards);
    g_assert_true(stage_shows(stage, "600 points · Enough for 2"));
    g_assert_true(stage_shows(stage, "1255 points missing"));
    return stage;
}

static void test_redeem(void)
{
    struct stage *stage = at_rewards();

    stage_press(stage, "A fan");
    g_assert_null(stage_button(stage, "Get it"));
    stage_press(stage, "Something else");
    stage_press(stage, "Rice, 2 kg");
    g_assert_true(stage_shows(stage, "645 points")); /* left after it */
    stage_press(stage, "Get it");
    g_assert_cmpint(stage->credit.ask, ==, KIOSK_CREDIT_ASK_REDEEM);
    g_assert_cmpint(stage->credit.book, ==, KIOSK_BOOK_POINTS);
    g_assert_cmpint(stage->credit.amount, ==, 600);
    g_assert_cmpstr(stage->credit.item, ==, "RICE");
    stage_credit(stage, KIOSK_CREDIT_DONE, "");
    g_assert_true(stage_shows(stage, "It is yours"));
    g_assert_true(stage_shows(stage, "0000A1B2"));
    stage_free(stage);
}

/* Nothing is handed over before the platform said yes; a no comes as well. */
static void test_redeem_pending(void)
{
    static const struct {
        enum kiosk_credit_phase phase;
        const char *reason, *shown;
    } ends[] = {{KIOSK_CREDIT_POSTED, "", "It is yours"}, {KIOSK_CREDIT_REJECTED, "BALANCE", "There is not enough for this."}};

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        struct stage *stage = at_rewards();

        stage_press(stage, "An hour of company on a walk");
        stage_press(stage, "Get it");
        g_assert_cmpint(stage->credit.book, ==, KIOSK_BOOK_COIN);
        stage_credit(stage, KIOSK_CREDIT_PENDING, "");
        g_assert_true(stage_shows(stage, "Nothing is handed over before."));
        g_assert_false(stage_shows(stage, "0000A1B2"));
        stage_credit(stage, ends[i].phase, ends[i].reason);
        g_assert_true(stage_shows(stage, ends[i].shown));
        stage_free(stage);
    }
}

static void test_redeem_offline(void)
{
    struct stage *stage = at_rewards();

    stage_status(stage, offline);
    stage_press(stage, "A haircut");
    stage_press(stage, "Get it");
    stage_credit(stage, KIOSK_CREDIT_REFUSED, "QUOTA");
    g_assert_true(stage_shows(stage, "when the network is there"));
    stage_press(stage, "Home");
    service_points.enter(stage->ui);
    stage_balance(stage, false, false);
    g_assert_true(stage_shows(stage, "Your points can be seen when online"));
    stage_free(stage);
}

/* What was paid for with points is read to its end, also when the card goes before the answer comes. */
static void test_redeem_outlives_card(void)
{
    struct stage *stage = at_rewards();

    points_choose(stage->ui, 0);
    points_redeem(stage->ui, 0);
    stage_card_removed(stage);
    stage_assert_page(stage, &page_reward_done);
    g_assert_true(stage_shows(stage, "One moment, please"));
    stage_credit(stage, KIOSK_CREDIT_PENDING, "");
    stage_credit(stage, KIOSK_CREDIT_POSTED, "");
    g_assert_true(stage_shows(stage, "0000A1B2"));
    g_assert_true(stage_shows(stage, "Rice, 2 kg"));
    g_assert_false(stage_holds(stage, "李**"));
    flow_toggle_language(stage->ui); /* of the one who was here; the next one has the machine's */
    flow_next_size(stage->ui);
    stage_card(stage, PERSON_ADULT);
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpint(texts_language(), ==, LANGUAGE_EN);
    g_assert_cmpint(stage->ui->size, ==, TEXT_STD);
    g_assert_false(stage_holds(stage, "0000A1B2"));
    stage_free(stage);
}

/* One question at a time, and its own answer; and what was asked for is found again. */
static void test_redeem_once(void)
{
    struct stage *stage = at_rewards();

    points_choose(stage->ui, 0);
    points_redeem(stage->ui, 0);
    points_redeem(stage->ui, 0);
    g_assert_cmpuint(stage->credits, ==, 1);
    stage->credit.ask = KIOSK_CREDIT_ASK_ATTEND; /* of another service, and of what the card has: no answer to this */
    stage_credit(stage, KIOSK_CREDIT_REFUSED, "OVERLAP");
    stage->credit.ask = KIOSK_CREDIT_ASK_BALANCE;
    stage_credit(stage, KIOSK_CREDIT_REFUSED, "NO_CARD");
    g_assert_true(stage_shows(stage, "One moment, please"));
    stage->credit.ask = KIOSK_CREDIT_ASK_REDEEM;
    flow_home(stage->ui);
    stage_credit(stage, KIOSK_CREDIT_DONE, "");
    stage_assert_page(stage, &page_home);
    g_assert_true(stage_shows(stage, "It is yours"));
    service_points.enter(stage->ui);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "0000A1B2"));
    flow_home(stage->ui);
    stage_settle(stage);
    g_assert_false(stage_shows(stage, "It is yours"));
    stage_free(stage);
}

static void test_tap_outlives_card(void)
{
    struct stage *stage = at_volunteer(false);

    volunteer_attend(stage->ui, 0);
    volunteer_attend(stage->ui, 0);
    g_assert_cmpuint(stage->credits, ==, 1);
    stage_card_removed(stage);
    stage_credit(stage, KIOSK_CREDIT_IN, "");
    stage_assert_page(stage, &page_volunteer_done);
    g_assert_true(stage_shows(stage, "Put your card here again when you leave"));
    g_assert_false(stage_holds(stage, "124 h"));
    stage_press(stage, "Finish");
    stage_assert_page(stage, &page_idle);
    stage_free(stage);
}

static void test_credit_card_pulled(void)
{
    static const struct page_class *const pages[] = {&page_volunteer, &page_points, &page_rewards, &page_reward};

    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        struct stage *stage = at_rewards();

        points_choose(stage->ui, 0);
        flow_go(stage->ui, pages[i]);
        stage_card_removed(stage);
        stage_assert_page(stage, &page_goodbye);
        stage_credit(stage, KIOSK_CREDIT_DONE, ""); /* the answer came after the person had left */
        stage_balance(stage, true, false);
        stage_assert_page(stage, &page_goodbye);
        g_assert_false(stage_holds(stage, "1245"));
        stage_free(stage);
    }
}

/* ---- My page ------------------------------------------------------------------------------------------------------- */

static struct stage *at_me(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    service_me.enter(stage->ui);
    stage_person(stage, PERSON_LIVE);
    return stage;
}

/* Who keeps how they want it is greeted so; what they change of it is kept, and nothing of it is there for the next one. */
static void test_wishes_met(void)
{
    const struct kiosk_preference wanted = {.size = 2, .contrast = true, .voice = false, .slow = true, .low = true};
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card_wanting(stage, &wanted);
    stage_assert_page(stage, &page_greeting);
    g_assert_cmpint(stage->ui->size, ==, TEXT_XLARGE);
    g_assert_true(stage->ui->contrast && stage->ui->low && stage->ui->speech.slow && !stage->ui->voice_on);
    g_assert_cmpint(texts_language(), ==, LANGUAGE_ZH);
    g_assert_cmpuint(stage->mines, ==, 0);
    flow_home(stage->ui);
    flow_toggle_language(stage->ui);
    g_assert_cmpuint(stage->mines, ==, 1);
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_KEEP);
    g_assert_true(stage->mine.preference.english && stage->mine.preference.low);
    flow_set_contrast(stage->ui, false);
    g_assert_cmpuint(stage->mines, ==, 2);
    stage_card_removed(stage);
    g_assert_false(stage->ui->session.identity.preference_kept);
    flow_go(stage->ui, &page_idle);
    g_assert_false(stage->ui->low || stage->ui->contrast || stage->ui->speech.slow);
    g_assert_cmpint(stage->ui->size, ==, TEXT_STD);
    g_assert_cmpuint(stage->mines, ==, 2);
    stage_free(stage);
}

/* Once, behind the first thing they change; kept when they say so, given up by a touch; what could not be written down is not so. */
static void test_keep_asked_once(void)
{
    struct stage *stage = portrait();

    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    service_settings.enter(stage->ui);
    stage_press(stage, "Strong contrast");
    stage_assert_page(stage, &page_settings_keep);
    stage_press(stage, "Only now");
    stage_assert_page(stage, &page_settings);
    stage_press(stage, "Buttons lower");
    stage_assert_page(stage, &page_settings);
    g_assert_true(stage->ui->low);
    g_assert_cmpuint(stage->mines, ==, 0);
    flow_go(stage->ui, &page_settings_keep);
    stage_settle(stage);
    stage_press(stage, "Keep it");
    stage_assert_page(stage, &page_settings);
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_KEEP);
    g_assert_true(stage->mine.preference.contrast && stage->mine.preference.low);
    stage_mine_done(stage, KIOSK_MINE_ASK_KEEP, "STORE");
    g_assert_false(stage->ui->session.identity.preference_kept);
    flow_keep(stage->ui, true);
    flow_go(stage->ui, &page_settings_keep);
    stage_settle(stage);
    stage_press(stage, "Give it up");
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_GIVE_UP);
    g_assert_false(stage->ui->session.identity.preference_kept);
    stage_free(stage);
}

/* From home in four pages; the question names the entry and nothing of the staff, and goes where nobody else sees it. */
static void test_reading_asked_about(void)
{
    struct stage *stage = at_me();

    readings_enter(stage->ui);
    stage_catalogue(stage, false);
    stage_readings(stage, MINE_LIVE);
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_READINGS);
    g_assert_true(stage_shows(stage, "12 times"));
    stage_press(stage, "Clerk of the service desk");
    g_assert_true(stage_shows(stage, "for a complaint of yours"));
    mine_of(stage->ui)->readings[0] = mine_of(stage->ui)->readings[1]; /* a newer list came */
    stage_press(stage, "I have a question about this");
    unsigned had = stage->tickets;
    stage_press(stage, "Send the question");
    g_assert_cmpuint(stage->tickets, ==, had + 1);
    g_assert_cmpint(stage->ticket.ask, ==, KIOSK_TICKET_ASK_FILE);
    g_assert_cmpstr(stage->ticket.service, ==, "S02");
    g_assert_nonnull(strstr(stage->ticket.description, "entry 41"));
    g_assert_true(g_str_has_suffix(stage->ticket.address, " · 41")); /* another entry is another question */
    stage_question(stage, "");
    stage_assert_page(stage, &page_me_asked);
    g_assert_true(stage_shows(stage, "K0001-3F9A2C"));
    stage_card_removed(stage);
    stage_readings(stage, MINE_LIVE); /* the answer came after the person had left */
    stage_happened(stage, MINE_LIVE);
    g_assert_false(stage_holds(stage, "20261104000101"));
    stage_free(stage);
}

static void test_happened(void)
{
    struct stage *stage = at_me();

    happened_enter(stage->ui, true);
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_HAPPENED);
    stage_happened(stage, MINE_KEPT);
    g_assert_true(stage_shows(stage, "Home cleaning") && stage_shows(stage, "Tai chi"));
    g_assert_false(stage_shows(stage, "Paid")); /* not open */
    stage_press(stage, "Home cleaning");
    stage_assert_page(stage, &page_me_item);
    g_assert_true(stage_shows(stage, "20261104000007"));
    stage_free(stage);
}

/* What was paid today can be rated from there, too. */
static void test_happened_rated(void)
{
    struct stage *stage = at_me();

    happened_enter(stage->ui, false);
    stage_happened(stage, MINE_LIVE);
    stage_press(stage, "Home cleaning");
    g_assert_null(stage_button(stage, "Rate it")); /* an order has its own page */
    flow_back(stage->ui);
    stage_settle(stage);
    stage_press(stage, "Paid ¥86.40");
    stage_press(stage, "Rate it");
    stage_press(stage, "Not now");
    stage_assert_page(stage, &page_me_item);
    stage_press(stage, "Rate it");
    stage_press(stage, "Satisfied");
    g_assert_cmpstr(stage->rated.service, ==, STAGE_PAID);
    stage_free(stage);
}

static void test_forget(void)
{
    struct stage *stage = at_me();

    flow_go(stage->ui, &page_me_forget);
    stage_settle(stage);
    stage_press(stage, "Delete it");
    g_assert_cmpint(stage->mine.ask, ==, KIOSK_MINE_ASK_FORGET);
    stage_assert_page(stage, &page_me_forget);
    stage_mine_done(stage, KIOSK_MINE_ASK_FORGET, "");
    stage_assert_page(stage, &page_me_forgotten);
    g_assert_false(mine_of(stage->ui)->told || mine_of(stage->ui)->person.known);
    stage_free(stage);
}

/* The number goes to the one that was asked for, not to the one that is looked at by now. */
static void test_certificate_of_another(void)
{
    struct stage *stage = at_me();

    certificates_enter(stage->ui);
    stage_certificates(stage, 2, 0, false);
    certificates_choose(stage->ui, 0);
    stage_settle(stage);
    stage_press(stage, "Print");
    flow_back(stage->ui);
    certificates_choose(stage->ui, 1);
    stage_certificate_made(stage);
    g_assert_false(stage_shows(stage, FIRST_CERTIFICATE));
    g_assert_nonnull(stage_button(stage, "With the full name"));
    g_assert_cmpstr(stage->ui->session.print.id, ==, FIRST_CERTIFICATE);
    stage_free(stage);
}

/* From what can be printed to the seat that was asked for days ago, and to a notice. */
static void test_prints_seat(void)
{
    struct stage *stage = at_me();

    prints_enter(stage->ui, 0);
    stage_settle(stage);
    stage_press(stage, "A notice");
    stage_assert_page(stage, &page_notices);
    flow_back(stage->ui);
    stage_settle(stage);
    stage_press(stage, "Slip of a seat");
    stage_activities(stage);
    stage_seat_told(stage, "REGISTERED", "");
    stage_press(stage, "School for seniors: smartphones");
    stage_press(stage, "Print slip");
    g_assert_cmpint(stage->printed_kind, ==, KIOSK_PRINT_SEAT);
    g_assert_cmpstr(stage->printed_id, ==, "seat-1");
    g_assert_nonnull(strstr(stage->printed_text, "Community centre, room 205"));
    stage_seat_told(stage, "CANCELLED", "");
    g_assert_null(stage_button(stage, "Print slip"));
    stage_free(stage);
}

static void test_receipts_under_help(void)
{
    struct stage *stage = at_me();

    prints_enter(stage->ui, 0);
    stage_settle(stage);
    stage_press(stage, "Receipts");
    flow_help(stage->ui);
    stage_receipts(stage, 2);
    flow_back(stage->ui);
    stage_settle(stage);
    stage_assert_page(stage, &page_receipts);
    g_assert_false(stage_shows(stage, "One moment, please"));
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/activities/without-card", test_without_card);
    g_test_add_func("/ui/activities/order", test_order);
    g_test_add_func("/ui/activities/own-behind-many", test_own_behind_many);
    g_test_add_func("/ui/activities/hostile-title", test_hostile_title);
    g_test_add_func("/ui/activities/one-and-many", test_one_and_many);
    g_test_add_func("/ui/activities/ask-for-three", test_ask_for_three);
    g_test_add_func("/ui/activities/outlives-card", test_answer_outlives_card);
    g_test_add_func("/ui/activities/full", test_full);
    g_test_add_func("/ui/activities/offline", test_offline);
    g_test_add_func("/ui/activities/offer", test_offer);
    g_test_add_func("/ui/activities/give-back", test_give_back);
    g_test_add_func("/ui/activities/door", test_door);
    g_test_add_func("/ui/activities/card-pulled", test_card_pulled);
    g_test_add_func("/ui/volunteer/duty-comes", test_duty_comes);
    g_test_add_func("/ui/volunteer/sign-in", test_sign_in);
    g_test_add_func("/ui/volunteer/sign-in-moved", test_sign_in_moved);
    g_test_add_func("/ui/volunteer/sign-out", test_sign_out);
    g_test_add_func("/ui/volunteer/outlives-card", test_tap_outlives_card);
    g_test_add_func("/ui/volunteer/refused", test_tap_refused);
    g_test_add_func("/ui/volunteer/register", test_register);
    g_test_add_func("/ui/volunteer/guardian", test_guardian);
    g_test_add_func("/ui/volunteer/guardian-not-me", test_guardian_not_me);
    g_test_add_func("/ui/volunteer/guardian-has-time", test_guardian_has_time);
    g_test_add_func("/ui/volunteer/adhoc-and-hours", test_adhoc_and_hours);
    g_test_add_func("/ui/points/redeem", test_redeem);
    g_test_add_func("/ui/points/pending", test_redeem_pending);
    g_test_add_func("/ui/points/offline", test_redeem_offline);
    g_test_add_func("/ui/points/outlives-card", test_redeem_outlives_card);
    g_test_add_func("/ui/points/once", test_redeem_once);
    g_test_add_func("/ui/points/card-pulled", test_credit_card_pulled);
    g_test_add_func("/ui/me/wishes-met", test_wishes_met);
    g_test_add_func("/ui/me/keep-asked-once", test_keep_asked_once);
    g_test_add_func("/ui/me/reading-asked-about", test_reading_asked_about);
    g_test_add_func("/ui/me/happened", test_happened);
    g_test_add_func("/ui/me/happened-rated", test_happened_rated);
    g_test_add_func("/ui/me/forget", test_forget);
    g_test_add_func("/ui/me/certificate-of-another", test_certificate_of_another);
    g_test_add_func("/ui/me/receipts-under-help", test_receipts_under_help);
    g_test_add_func("/ui/prints/seat", test_prints_seat);
    return g_test_run();
}
