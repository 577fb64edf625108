/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include <glib/gstdio.h>

#include "charge.h"
#include "flow.h"
#include "printing.h"
#include "example.h"
#include "kinds_service.h"
#include "service.h"
#include "services/orders.h"
#include "services/activities.h"
#include "services/pages.h"
#include "shell.h"

static void offline(struct kiosk_status *status)
{
    status->online = false;
    status->allowed = KIOSK_ALLOWED_OFFLINE_LIMITS;
}

static void offline_long(struct kiosk_status *status)
{
    offline(status);
    status->allowed = KIOSK_ALLOWED_READING;
}

static void no_reader(struct kiosk_status *status)
{
    status->reader = KIOSK_READER_NONE;
}

static void no_service_no_sam(struct kiosk_status *status)
{
    offline(status);
    status->reader = KIOSK_READER_NO_SERVICE;
    status->sam_ready = false;
}

static void idle(struct stage *stage)
{
    stage_status(stage, NULL);
}

static void idle_notice(struct stage *stage)
{
    idle(stage);
    stage_notices_calm(stage, 3, NULL, false);
    stage->ui->idle_turn = 1;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
}

/* A picture wider than high, on the disk for as long as it is read. */
static void idle_photo(struct stage *stage)
{
    g_autofree char *path = g_build_filename(g_get_user_runtime_dir(), "photo.png", NULL);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1600, 900);
    cairo_t *cr = cairo_create(surface);

    cairo_set_source_rgb(cr, 0.75, 0.85, 0.7);
    cairo_paint(cr);
    cairo_set_source_rgb(cr, 0.2, 0.4, 0.25);
    cairo_arc(cr, 800, 450, 300, 0, 7);
    cairo_fill(cr);
    cairo_destroy(cr);
    g_assert_cmpint(cairo_surface_write_to_png(surface, path), ==, CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    idle(stage);
    stage_notices_calm(stage, 3, path, false);
    stage->ui->idle_turn = 1;
    flow_refresh(stage->ui, false);
    stage_settle(stage);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static void idle_urgent(struct stage *stage)
{
    stage_status(stage, no_reader);
    stage_notices(stage, 4);
    stage_settle(stage);
}

static void idle_offline(struct stage *stage)
{
    stage_status(stage, offline);
}

static void idle_no_reader(struct stage *stage)
{
    stage_status(stage, no_reader);
}

static void idle_much_trouble(struct stage *stage)
{
    stage_status(stage, no_service_no_sam);
}

static void greeting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
}

static void greeting_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
}

static void home(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_bills(stage, 3);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void home_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
    flow_home(stage->ui);
    stage_settle(stage);
}

static void bills_n(struct stage *stage, size_t count)
{
    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, count);
}

static void bills_waiting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_settle(stage);
}

static void bills(struct stage *stage)
{
    bills_n(stage, 3);
    stage_settle(stage);
}

static void bills_many(struct stage *stage)
{
    bills_n(stage, 12);
}

static void bills_none(struct stage *stage)
{
    bills_n(stage, 0);
}

static void bills_looking_only(struct stage *stage)
{
    stage_status(stage, offline_long);
    bills_n(stage, 3);
}

static void confirm(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
}

static void confirm_many(struct stage *stage)
{
    bills_n(stage, 8);
    flow_go(stage->ui, &page_confirm);
    stage_settle(stage);
}

static void pay(struct stage *stage)
{
    stage_to_confirm(stage, PERSON_ADULT);
    bills_pay(stage->ui);
    stage_settle(stage);
}

static void pin(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_PIN_NEEDED, NULL);
}

static void pin_wrong(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_PIN_WRONG, NULL);
    stage_press(stage, "1");
    stage_press(stage, "2");
}

static void working_removed(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
}

static void result(struct stage *stage)
{
    pay(stage);
    stage_payment(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
}

static void result_printed(struct stage *stage)
{
    result(stage);
    printing_ask(stage->ui, KIOSK_PRINT_RECEIPT, stage->ui->session.payment.id, NULL);
    stage_print(stage, true, "");
}

static void result_no_paper(struct stage *stage)
{
    result(stage);
    printing_ask(stage->ui, KIOSK_PRINT_RECEIPT, stage->ui->session.payment.id, NULL);
    stage_print(stage, false, "NO_PAPER");
}

static void result_recovered(struct stage *stage)
{
    struct kiosk_payment_event payment = {.phase = KIOSK_PAYMENT_CONFIRMED,
                                          .recovered = true,
                                          .amount_fen = 14052,
                                          .balance_after_fen = 1178,
                                          .id = "019a4d2e-7c00-7000-8000-000000000001",
                                          .receipt_no = "K0001-261104-0007"};

    stage_card(stage, PERSON_ADULT);
    stage_payment_full(stage, &payment);
}

static void doubt(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
    stage_payment(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
}

static void ended(struct stage *stage, enum kiosk_payment_phase phase, const char *reason)
{
    pay(stage);
    stage_payment(stage, phase, reason);
}

static void low(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LOW, NULL);
}

static void limit_payment(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LIMIT, "LIMIT_PAYMENT");
}

static void limit_day(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_LIMIT, "LIMIT_DAY");
}

static void not_now(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "NO_SAM");
}

static void records_wait(struct kiosk_status *status)
{
    status->store_ok = false;
    status->records = KIOSK_RECORDS_WAIT;
}

static void records_lost(struct kiosk_status *status)
{
    status->store_ok = false;
    status->records = KIOSK_RECORDS_LOST;
}

static void not_now_waits(struct stage *stage)
{
    stage_status(stage, records_wait);
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "JOURNAL_WAITS");
}

static void not_now_lost(struct stage *stage)
{
    stage_status(stage, records_lost);
    ended(stage, KIOSK_PAYMENT_NOT_NOW, "JOURNAL_LOST");
}

static void failed(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_FAILED, "CARD");
}

static void failed_removed(struct stage *stage)
{
    pay(stage);
    stage_card_removed(stage);
    stage_payment(stage, KIOSK_PAYMENT_FAILED, "CARD_REMOVED");
}

static void void_recovered(struct stage *stage)
{
    struct kiosk_payment_event payment = {
        .phase = KIOSK_PAYMENT_VOID, .recovered = true, .amount_fen = 14052};

    stage_card(stage, PERSON_ADULT);
    stage_payment_full(stage, &payment);
}

static void voided(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_VOID, NULL);
}

static void other_card(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_OTHER_CARD, "OTHER_CARD");
}

static void elsewhere(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_ELSEWHERE, "BILL");
}

static void pin_blocked(struct stage *stage)
{
    ended(stage, KIOSK_PAYMENT_PIN_BLOCKED, NULL);
}

static void card_lost(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_LOST);
}

static void card_expired(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_EXPIRED);
}

static void card_blocked(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_BLOCKED);
}

static void card_unknown(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_UNKNOWN);
}

static void card_unreadable(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_UNREADABLE);
}

static void card_two(struct stage *stage)
{
    stage_bad_card(stage, KIOSK_CARD_TWO);
}

static void wallet(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_wallet);
    stage_settle(stage);
}

static void wallet_visitor(struct stage *stage)
{
    stage_card(stage, PERSON_VISITOR);
    flow_go(stage->ui, &page_wallet);
    stage_settle(stage);
}

static void statement(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 6, true);
}

static void statement_none(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 0, true);
}

static void statement_unread(struct stage *stage)
{
    wallet(stage);
    statement_enter(stage->ui);
    stage_statement(stage, 1, false);
}

static void load(struct stage *stage)
{
    wallet(stage);
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_chosen(struct stage *stage)
{
    wallet(stage);
    *load_amount(stage->ui) = 10000;
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_little_room(struct stage *stage)
{
    stage_card(stage, PERSON_RICH);
    stage->ui->session.identity.balance_fen -= 9000;
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_full(struct stage *stage)
{
    stage_card(stage, PERSON_RICH);
    load_enter(stage->ui);
    stage_settle(stage);
}

static void load_offline(struct stage *stage)
{
    stage_status(stage, offline);
    load(stage);
}

static void load_desk(struct stage *stage)
{
    load_chosen(stage);
    load_desk_enter(stage->ui);
    stage_settle(stage);
}

static void load_desk_staff(struct stage *stage)
{
    load_desk(stage);
    stage_card_removed(stage);
    stage_card(stage, PERSON_STAFF);
    stage_card_removed(stage);
}

static void load_confirm(struct stage *stage)
{
    load_desk_staff(stage);
    stage_card(stage, PERSON_ADULT);
}

static void load_ends(struct stage *stage, enum kiosk_payment_phase phase, const char *reason)
{
    load_confirm(stage);
    load_put(stage->ui);
    stage_load(stage, phase, reason, false);
}

static void load_result(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_CONFIRMED, NULL);
}

static void load_doubt(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_IN_DOUBT, "CARD");
}

static void load_no_staff(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_NOT_NOW, "STAFF");
}

static void load_cap(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_LIMIT, "LOAD_CAP");
}

static void load_no_answer(struct stage *stage)
{
    load_ends(stage, KIOSK_PAYMENT_FAILED, "NO_ANSWER");
}

static void load_void_recovered(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_load(stage, KIOSK_PAYMENT_VOID, NULL, true);
}

static void load_recovered(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_load(stage, KIOSK_PAYMENT_CONFIRMED, NULL, true);
}

static void me_waiting(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_me.enter(stage->ui);
    stage_settle(stage);
}

static void me(struct stage *stage)
{
    me_waiting(stage);
    stage_person(stage, PERSON_LIVE);
}

static void me_kept(struct stage *stage)
{
    me_waiting(stage);
    stage_person(stage, PERSON_KEPT);
}

static void me_away(struct stage *stage)
{
    me_waiting(stage);
    stage_person(stage, PERSON_AWAY);
}

static void notices(struct stage *stage)
{
    stage_notices(stage, 9);
    service_notices.enter(stage->ui);
    stage_settle(stage);
}

static void notices_none(struct stage *stage)
{
    stage_notices(stage, 0);
    service_notices.enter(stage->ui);
    stage_settle(stage);
}

static void notice(struct stage *stage)
{
    notices(stage);
    notices_open(stage->ui, 0);
    stage_settle(stage);
}

/* The page's slip, and what the printer says. */
static void slip(struct stage *stage, bool ok)
{
    stage_press(stage, printing_button(stage->ui, KIOSK_PRINT_NOTICE, "", NULL).word);
    stage_print(stage, ok, ok ? "" : "NO_PAPER");
}

static void notice_no_paper(struct stage *stage)
{
    notice(stage);
    slip(stage, false);
}

/* The one order's page, in this state. */
#define FIRST_ORDER "01890000-0000-7000-8000-000000000001"

static void orders_known(struct stage *stage, const char *states)
{
    stage_status(stage, NULL);
    stage_card(stage, PERSON_ADULT);
    stage_services(stage);
    stage_orders(stage, states);
}

static void orders_needs(struct stage *stage)
{
    orders_known(stage, "");
    service_orders.enter(stage->ui);
    stage_settle(stage);
}

static void orders_again(struct stage *stage)
{
    orders_known(stage, "FINISHED ACCEPTED");
    service_orders.enter(stage->ui);
    stage_settle(stage);
}

static void order_go(struct stage *stage, const char *code)
{
    orders_known(stage, "");
    orders_choose(stage->ui, order_catalogue_find(orders_catalogue(stage->ui), code));
    stage_settle(stage);
}

static void order_services(struct stage *stage)
{
    orders_known(stage, "");
    g_strlcpy(orders_of(stage->ui)->need, "housing", sizeof orders_of(stage->ui)->need);
    flow_go(stage->ui, &page_order_services);
    stage_settle(stage);
}

static void order_when(struct stage *stage)
{
    order_go(stage, "H01");
}

static void order_pay(struct stage *stage)
{
    order_go(stage, "H01");
    stage_orders_rich(stage, "");
    flow_go(stage->ui, &page_order_pay);
    stage_settle(stage);
}

static void order_words(struct stage *stage)
{
    order_go(stage, "X01");
}

static void order_confirm(struct stage *stage, void (*status)(struct kiosk_status *), bool rich)
{
    struct order_when whens[ORDER_WHENS];

    order_go(stage, "H01");
    stage_status(stage, status);
    if (rich) {
        stage_orders_rich(stage, "");
        orders_of(stage->ui)->pay = KIOSK_ORDER_PAY_SUBSIDY;
    }
    order_whens(orders_catalogue(stage->ui)->now_ms, whens);
    orders_of(stage->ui)->when = whens[1];
    flow_go(stage->ui, &page_order_confirm);
    stage_settle(stage);
}

static void order_confirm_rich(struct stage *stage)
{
    order_confirm(stage, NULL, true);
}

static void order_confirm_offline(struct stage *stage)
{
    order_confirm(stage, offline, false);
}

static void order_placed(struct stage *stage, void (*status)(struct kiosk_status *), const char *state)
{
    order_confirm(stage, status, false);
    orders_place(stage->ui);
    stage_order_answer(stage, KIOSK_ORDER_PLACED, FIRST_ORDER, "");
    stage_orders(stage, state);
}

static void order_placed_online(struct stage *stage)
{
    order_placed(stage, NULL, "POOL");
}

static void order_placed_printed(struct stage *stage)
{
    order_placed(stage, NULL, "POOL");
    slip(stage, true);
}

static void order_placed_unheard(struct stage *stage)
{
    order_placed(stage, NULL, "PLACED");
}

static void order_placed_offline(struct stage *stage)
{
    order_placed(stage, offline, "PLACED");
}

static void order_refused(struct stage *stage)
{
    order_confirm(stage, NULL, false);
    orders_place(stage->ui);
    stage_order_answer(stage, KIOSK_ORDER_REFUSED, "", "PRICE");
}

static void order_mine(struct stage *stage)
{
    orders_known(stage, "PLACED ACCEPTED FINISHED COMPLETED CANCELLED REVIEW");
    flow_go(stage->ui, &page_order_mine);
    stage_settle(stage);
}

static void order_one(struct stage *stage, const char *state, const struct page_class *page)
{
    orders_known(stage, state);
    g_strlcpy(orders_of(stage->ui)->order, FIRST_ORDER, sizeof orders_of(stage->ui)->order);
    flow_go(stage->ui, page);
    stage_settle(stage);
}

static void order_finished(struct stage *stage)
{
    order_one(stage, "FINISHED", &page_order);
}

static void order_completed(struct stage *stage)
{
    order_one(stage, "COMPLETED", &page_order);
}

static void order_waits(struct stage *stage)
{
    order_one(stage, "PLACED", &page_order);
}

static void order_cancel(struct stage *stage)
{
    order_one(stage, "ACCEPTED", &page_order_cancel);
}

static void order_dispute(struct stage *stage)
{
    order_one(stage, "FINISHED", &page_order_dispute);
}

static void rate(struct stage *stage)
{
    order_finished(stage);
    rating_ask(stage->ui, FIRST_ORDER, RATING_OF_ORDER);
    stage_settle(stage);
}

static void rate_why(struct stage *stage)
{
    rate(stage);
    flow_go(stage->ui, &page_rate_why);
    stage_settle(stage);
}

static void rate_thanks(struct stage *stage)
{
    rate(stage);
    flow_go(stage->ui, &page_rate_thanks);
    stage_settle(stage);
}

/* ---- Activities ---- */

static void activities(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_activities(stage);
    stage_seats(stage, true);
    service_activities.enter(stage->ui);
    stage_settle(stage);
}

static void date(struct stage *stage, const char *session)
{
    activities(stage);
    activities_open(stage->ui, session);
    stage_settle(stage);
}

static void activity_full(struct stage *stage)
{
    stage_status(stage, offline);
    stage_activities(stage);
    service_activities.enter(stage->ui);
    activities_open(stage->ui, "date-1");
    stage_settle(stage);
}

static void activity_offer(struct stage *stage)
{
    date(stage, "date-2");
}

static void companions(struct stage *stage)
{
    date(stage, "date-1");
    flow_go(stage->ui, &page_companions);
    stage_settle(stage);
}

static void seat_cancel(struct stage *stage)
{
    date(stage, "date-3");
    flow_go(stage->ui, &page_seat_cancel);
    stage_settle(stage);
}

static void wish(struct stage *stage, enum kiosk_seat_phase phase, const char *reason)
{
    date(stage, "date-1");
    activities_request(stage->ui, KIOSK_SEAT_ASK_SEAT, 2);
    stage_seat(stage, phase, reason);
}

static void seat_given_back(struct stage *stage)
{
    date(stage, "date-4");
    activities_request(stage->ui, KIOSK_SEAT_ASK_CANCEL, 0);
    stage_seat(stage, KIOSK_SEAT_WAITS, "");
}

static void seat_promised(struct stage *stage)
{
    wish(stage, KIOSK_SEAT_PROMISED, "");
}

static void seat_no_paper(struct stage *stage)
{
    seat_promised(stage);
    slip(stage, false);
}

static void seat_asked(struct stage *stage)
{
    stage_status(stage, offline);
    wish(stage, KIOSK_SEAT_ASKED, "");
}

static void seat_refused(struct stage *stage)
{
    wish(stage, KIOSK_SEAT_REFUSED, "STORE");
}

/* ---- Volunteers, points ---- */

static void volunteer(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_activities(stage);
    service_volunteer.enter(stage->ui);
    stage_balance(stage, true, false);
}

static void volunteer_in(struct stage *stage)
{
    volunteer(stage);
    stage_balance(stage, false, true);
}

static void tapped(struct stage *stage, enum kiosk_credit_phase phase, const char *reason)
{
    volunteer(stage);
    volunteer_attend(stage->ui, 0);
    stage_credit(stage, phase, reason);
}

static void volunteer_out(struct stage *stage)
{
    tapped(stage, KIOSK_CREDIT_OUT, "");
}

static void volunteer_refused(struct stage *stage)
{
    tapped(stage, KIOSK_CREDIT_REFUSED, "OVERLAP");
}

static void points(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    service_points.enter(stage->ui);
    stage_rewards(stage);
    stage_balance(stage, true, false);
}

static void rewards(struct stage *stage)
{
    points(stage);
    flow_go(stage->ui, &page_rewards);
    stage_settle(stage);
}

static void reward(struct stage *stage)
{
    rewards(stage);
    points_choose(stage->ui, 0);
    stage_settle(stage);
}

static void redeemed(struct stage *stage, enum kiosk_credit_phase phase, const char *reason)
{
    reward(stage);
    points_redeem(stage->ui, 0);
    stage_credit(stage, phase, reason);
}

static void reward_done(struct stage *stage)
{
    redeemed(stage, KIOSK_CREDIT_DONE, "");
}

static void reward_pending(struct stage *stage)
{
    redeemed(stage, KIOSK_CREDIT_PENDING, "");
}

static void reward_refused(struct stage *stage)
{
    redeemed(stage, KIOSK_CREDIT_REFUSED, "SNAPSHOT");
}

static void help(struct stage *stage)
{
    home(stage);
    flow_help(stage->ui);
    stage_settle(stage);
}

static void settings(struct stage *stage)
{
    home(stage);
    service_settings.enter(stage->ui);
    stage_settle(stage);
}

static void settings_left(struct stage *stage)
{
    settings(stage);
    stage->ui->voice_on = true;
    flow_set_bar_left(stage->ui, true);
    stage_settle(stage);
}

static void sound(struct stage *stage)
{
    home(stage);
    flow_sound(stage->ui);
    stage_settle(stage);
}

static void sound_without_card(struct stage *stage)
{
    stage->ui->voice_on = true;
    flow_sound(stage->ui);
    stage_settle(stage);
}

static void contrast(struct stage *stage)
{
    bills(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void contrast_home(struct stage *stage)
{
    home(stage);
    flow_set_contrast(stage->ui, true);
    stage_settle(stage);
}

static void still_there(struct stage *stage)
{
    home(stage);
    shell_warn(stage->ui->shell, 17);
    stage_settle(stage);
}

static void goodbye_take_card(struct stage *stage)
{
    home(stage);
    flow_end(stage->ui);
    stage_settle(stage);
}

static void goodbye(struct stage *stage)
{
    home(stage);
    stage_card_removed(stage);
}

/* ---- Kinds of pages: of a service that has one of each ------------------------------------------------------------------ */

static void kind_amount_empty(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_amount);
    stage_settle(stage);
}

static void kind_amount_chosen(struct stage *stage)
{
    kind_amount_empty(stage);
    kinds_press_amount(stage);
}

static void kind_confirm_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_confirm);
    stage_settle(stage);
}

static void kind_progress_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_progress);
    stage_settle(stage);
}

static void kind_result_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_result);
    stage_settle(stage);
}

static void kind_form_at(struct stage *stage, size_t question)
{
    stage_card(stage, PERSON_ADULT);
    kinds_answer(stage->ui, question);
    flow_go(stage->ui, &page_kind_form);
    stage_settle(stage);
}

static void kind_form_pick(struct stage *stage)
{
    kind_form_at(stage, 0);
}

static void kind_form_day(struct stage *stage)
{
    kind_form_at(stage, 1);
}

static void kind_form_time(struct stage *stage)
{
    kind_form_at(stage, 2);
}

static void kind_form_number(struct stage *stage)
{
    kind_form_at(stage, 3);
}

static void kind_form_all(struct stage *stage)
{
    kind_form_at(stage, 4);
}

/* ---- A service of one's own, and as many as a kiosk will ever have ------------------------------------------------------- */

static const struct service *const with_example[] = {&service_wallet, &service_example, NULL};
static const struct service *const four[] = {&service_wallet, &service_me, &service_notices, &service_bills, NULL};
static const struct service *const seven[] = {&service_wallet,  &service_me,      &service_activities, &service_notices,
                                              &service_example, &service_example, &service_bills,      NULL};
static const struct service *const fourteen[] = {
    &service_wallet, &service_me,      &service_activities, &service_notices, &service_example,
    &service_wallet, &service_me,      &service_activities, &service_notices, &service_example,
    &service_wallet, &service_example, &service_notices,    &service_bills,   NULL};

static void example(struct stage *stage)
{
    stage_press(stage, _("Canteen"));
}

/* With an unpaid bill, whose tile comes first though it is the last one of the list. */
static void home_with(struct stage *stage)
{
    g_autofree char *all = NULL;

    home(stage);
    all = page_home.speech(stage->ui);
    g_assert_nonnull(strstr(all, service_bills.spoken()));
    g_assert_true(strstr(all, service_bills.spoken()) < strstr(all, service_wallet.spoken()));
}

const struct scene scenes[] = {
    {"idle", &page_idle, idle},
    {"idle-notice", &page_idle, idle_notice},
    {"idle-photo", &page_idle, idle_photo},
    {"idle-urgent", &page_idle, idle_urgent},
    {"idle-offline", &page_idle, idle_offline},
    {"idle-no-reader", &page_idle, idle_no_reader},
    {"idle-much-trouble", &page_idle, idle_much_trouble},
    {"greeting", &page_greeting, greeting},
    {"greeting-visitor", &page_greeting, greeting_visitor},
    {"home", &page_home, home},
    {"home-visitor", &page_home, home_visitor},
    {"bills-waiting", &page_bills, bills_waiting},
    {"bills", &page_bills, bills},
    {"bills-many", &page_bills, bills_many},
    {"bills-none", &page_bills, bills_none},
    {"bills-looking-only", &page_bills, bills_looking_only},
    {"confirm", &page_confirm, confirm},
    {"confirm-many", &page_confirm, confirm_many},
    {"pin", &page_pin, pin},
    {"pin-wrong", &page_pin, pin_wrong},
    {"working", &page_working, pay},
    {"working-removed", &page_working, working_removed},
    {"result", &page_result, result},
    {"result-printed", &page_result, result_printed},
    {"result-no-paper", &page_result, result_no_paper},
    {"result-recovered", &page_result, result_recovered},
    {"doubt", &page_doubt, doubt},
    {"low", &page_message, low},
    {"limit-payment", &page_message, limit_payment},
    {"limit-day", &page_message, limit_day},
    {"not-now", &page_message, not_now},
    {"not-now-records-wait", &page_message, not_now_waits},
    {"not-now-records-lost", &page_message, not_now_lost},
    {"failed", &page_message, failed},
    {"failed-removed", &page_message, failed_removed},
    {"void", &page_message, voided},
    {"void-recovered", &page_message, void_recovered},
    {"other-card", &page_message, other_card},
    {"elsewhere", &page_message, elsewhere},
    {"pin-blocked", &page_message, pin_blocked},
    {"card-lost", &page_message, card_lost},
    {"card-expired", &page_message, card_expired},
    {"card-blocked", &page_message, card_blocked},
    {"card-unknown", &page_message, card_unknown},
    {"card-unreadable", &page_message, card_unreadable},
    {"card-two", &page_message, card_two},
    {"wallet", &page_wallet, wallet},
    {"wallet-visitor", &page_wallet, wallet_visitor},
    {"statement", &page_statement, statement},
    {"statement-none", &page_statement, statement_none},
    {"statement-unread", &page_statement, statement_unread},
    {"load", &page_load, load},
    {"load-chosen", &page_load, load_chosen},
    {"load-little-room", &page_load, load_little_room},
    {"load-full", &page_load, load_full},
    {"load-offline", &page_load, load_offline},
    {"load-desk", &page_load_desk, load_desk},
    {"load-desk-staff", &page_load_desk, load_desk_staff},
    {"load-confirm", &page_load_confirm, load_confirm},
    {"load-result", &page_result, load_result},
    {"load-doubt", &page_doubt, load_doubt},
    {"load-no-staff", &page_message, load_no_staff},
    {"load-cap", &page_message, load_cap},
    {"load-no-answer", &page_message, load_no_answer},
    {"load-void-recovered", &page_message, load_void_recovered},
    {"load-recovered", &page_result, load_recovered},
    {"me-waiting", &page_me, me_waiting},
    {"me", &page_me, me},
    {"me-kept", &page_me, me_kept},
    {"me-away", &page_me, me_away},
    {"notices", &page_notices, notices},
    {"notices-none", &page_notices, notices_none},
    {"notice", &page_notice, notice},
    {"notice-no-paper", &page_notice, notice_no_paper},
    {"orders", &page_orders, orders_needs},
    {"orders-again", &page_orders, orders_again},
    {"order-services", &page_order_services, order_services},
    {"order-when", &page_order_when, order_when},
    {"order-words", &page_order_words, order_words},
    {"order-pay", &page_order_pay, order_pay},
    {"order-confirm", &page_order_confirm, order_confirm_rich},
    {"order-confirm-offline", &page_order_confirm, order_confirm_offline},
    {"order-placed", &page_order_placed, order_placed_online},
    {"order-placed-printed", &page_order_placed, order_placed_printed},
    {"order-placed-unheard", &page_order_placed, order_placed_unheard},
    {"order-placed-offline", &page_order_placed, order_placed_offline},
    {"order-refused", &page_order_refused, order_refused},
    {"order-mine", &page_order_mine, order_mine},
    {"order-finished", &page_order, order_finished},
    {"order-completed", &page_order, order_completed},
    {"order-waits", &page_order, order_waits},
    {"order-cancel", &page_order_cancel, order_cancel},
    {"order-dispute", &page_order_dispute, order_dispute},
    {"rate", &page_rate, rate},
    {"rate-why", &page_rate_why, rate_why},
    {"rate-thanks", &page_rate_thanks, rate_thanks},
    {"activities", &page_activities, activities},
    {"activity-full", &page_activity, activity_full},
    {"activity-offer", &page_activity, activity_offer},
    {"companions", &page_companions, companions},
    {"seat-cancel", &page_seat_cancel, seat_cancel},
    {"seat-given-back", &page_seat_answer, seat_given_back},
    {"seat-promised", &page_seat_answer, seat_promised},
    {"seat-no-paper", &page_seat_answer, seat_no_paper},
    {"seat-asked", &page_seat_answer, seat_asked},
    {"seat-refused", &page_seat_answer, seat_refused},
    {"volunteer", &page_volunteer, volunteer},
    {"volunteer-in", &page_volunteer, volunteer_in},
    {"volunteer-out", &page_volunteer_done, volunteer_out},
    {"volunteer-refused", &page_volunteer_done, volunteer_refused},
    {"points", &page_points, points},
    {"rewards", &page_rewards, rewards},
    {"reward", &page_reward, reward},
    {"reward-done", &page_reward_done, reward_done},
    {"reward-pending", &page_reward_done, reward_pending},
    {"reward-refused", &page_reward_done, reward_refused},
    {"help", &page_help, help},
    {"settings", &page_settings, settings},
    {"settings-left", &page_settings, settings_left},
    {"sound", &page_sound, sound},
    {"sound-no-card", &page_sound, sound_without_card},
    {"contrast", &page_bills, contrast},
    {"contrast-home", &page_home, contrast_home},
    {"still-there", &page_home, still_there},
    {"goodbye-take-card", &page_goodbye, goodbye_take_card},
    {"goodbye", &page_goodbye, goodbye},
    {"home-4", &page_home, home_with, four},
    {"home-7", &page_home, home_with, seven},
    {"home-14", &page_home, home_with, fourteen},
    {"example", &page_example, example, with_example},
    {"kind-amount", &page_kind_amount, kind_amount_empty},
    {"kind-amount-chosen", &page_kind_amount, kind_amount_chosen},
    {"kind-form-pick", &page_kind_form, kind_form_pick},
    {"kind-form-day", &page_kind_form, kind_form_day},
    {"kind-form-time", &page_kind_form, kind_form_time},
    {"kind-form-number", &page_kind_form, kind_form_number},
    {"kind-form-all", &page_kind_form, kind_form_all},
    {"kind-confirm", &page_kind_confirm, kind_confirm_page},
    {"kind-progress", &page_kind_progress, kind_progress_page},
    {"kind-result", &page_kind_result, kind_result_page},
};
const size_t scene_count = G_N_ELEMENTS(scenes);
