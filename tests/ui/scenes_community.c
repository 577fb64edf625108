/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "printing.h"
#include "service.h"
#include "services/orders.h"
#include "services/activities.h"
#include "services/pages.h"

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
    order_confirm(stage, scene_offline, false);
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
    order_placed(stage, scene_offline, "PLACED");
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

static void order_rated(struct stage *stage)
{
    order_one(stage, "RATED", &page_order);
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
    stage_status(stage, scene_offline);
    stage_activities(stage);
    service_activities.enter(stage->ui);
    activities_open(stage->ui, "date-1");
    stage_settle(stage);
}

static void activity_offer(struct stage *stage)
{
    date(stage, "date-2");
}

static void activity_own(struct stage *stage)
{
    activities(stage);
    stage_seat_told(stage, "REGISTERED", "");
    activities_open(stage->ui, "date-1");
    stage_settle(stage);
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
    stage_status(stage, scene_offline);
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

static void reward_age(struct stage *stage)
{
    redeemed(stage, KIOSK_CREDIT_REFUSED, "AGE");
    g_assert_true(stage_shows(stage, "65"));
}

const struct scene scenes_community[] = {
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
    {"order-rated", &page_order, order_rated},
    {"order-waits", &page_order, order_waits},
    {"order-cancel", &page_order_cancel, order_cancel},
    {"order-dispute", &page_order_dispute, order_dispute},
    {"rate", &page_rate, rate},
    {"rate-why", &page_rate_why, rate_why},
    {"rate-thanks", &page_rate_thanks, rate_thanks},
    {"activities", &page_activities, activities},
    {"activity-full", &page_activity, activity_full},
    {"activity-offer", &page_activity, activity_offer},
    {"activity-own", &page_activity, activity_own},
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
    {"reward-age", &page_reward_done, reward_age},
    {NULL}};
