/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of services: every step from every state by everybody, the ways that happen, and lives drawn by chance. */
#include "model/order.h"

#include <glib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define START   INT64_C(1790000000000)

static struct order_deed deed(enum order_step step, enum order_actor actor, int64_t at_ms)
{
    struct order_deed deed = {.step = step, .actor = actor, .at_ms = at_ms, .visit_ms = at_ms + 24 * HOUR_MS, .minutes = 45};

    g_strlcpy(deed.provider, "P1", sizeof deed.provider);
    g_strlcpy(deed.reason, "家里没有人", sizeof deed.reason);
    return deed;
}

static void go(struct order *order, enum order_step step, enum order_actor actor, int64_t hours)
{
    struct order_deed what = deed(step, actor, START + hours * HOUR_MS);

    g_assert_cmpstr(order_code_name(order_do(order, &what, NULL)), ==, "ORDER_OK");
}

static void refused(const struct order *order, const struct order_deed *what, enum order_code code)
{
    struct order copy = *order;

    g_assert_cmpstr(order_code_name(order_do(&copy, what, NULL)), ==, order_code_name(code));
    g_assert_cmpmem(&copy, sizeof copy, order, sizeof *order);
}

static void is(const struct order *order, enum order_state state)
{
    g_assert_cmpstr(order_state_name(order->state), ==, order_state_name(state));
}

/* What the drawing says, written down a second time: state, step, whose, and where it leads. */
static const char *const DRAWN[] = {
    "PLACED review clock REVIEW",        "PLACED open clock POOL",               "PLACED cancel resident CANCELLED",
    "PLACED expire clock EXPIRED",       "REVIEW approve clerk POOL",            "REVIEW approve manager POOL",
    "REVIEW reject clerk REJECTED",      "REVIEW reject manager REJECTED",       "REVIEW cancel resident CANCELLED",
    "REVIEW expire clock EXPIRED",       "REVIEW escalate clock ESCALATED",      "POOL dispatch clerk OFFERED",
    "POOL dispatch manager OFFERED",     "POOL grab provider ACCEPTED",          "POOL escalate clock ESCALATED",
    "POOL cancel resident CANCELLED",    "POOL expire clock EXPIRED",            "OFFERED accept provider ACCEPTED",
    "OFFERED refuse provider POOL",      "OFFERED lapse clock POOL",             "OFFERED cancel resident CANCELLED",
    "ESCALATED assign manager OFFERED",  "ESCALATED cancel resident CANCELLED",  "ESCALATED expire clock EXPIRED",
    "ACCEPTED start provider IN_SERVICE", "ACCEPTED absent provider NO_SHOW",    "ACCEPTED absent resident NO_SHOW",
    "ACCEPTED withdraw provider POOL",   "ACCEPTED cancel resident CANCELLED",   "IN_SERVICE finish provider FINISHED",
    "NO_SHOW reschedule provider ACCEPTED", "NO_SHOW reschedule clerk ACCEPTED", "NO_SHOW reschedule manager ACCEPTED",
    "NO_SHOW close resident CANCELLED",  "NO_SHOW close clerk CANCELLED",        "NO_SHOW close manager CANCELLED",
    "FINISHED confirm resident COMPLETED", "FINISHED auto clock COMPLETED",      "FINISHED dispute resident DISPUTED",
    "DISPUTED settle clerk COMPLETED",   "DISPUTED settle manager COMPLETED",    "DISPUTED give_back clerk REFUNDED",
    "DISPUTED give_back manager REFUNDED", "COMPLETED rate resident RATED",
};

/* An order in that state, by its shortest way. */
static struct order in_state(enum order_state state)
{
    struct order order = order_place(state == ORDER_REVIEW || state == ORDER_REJECTED, START, 4 * HOUR_MS);

    if (state == ORDER_REVIEW || state == ORDER_REJECTED)
        go(&order, ORDER_DO_REVIEW, ORDER_CLOCK, 0);
    if (state == ORDER_REJECTED)
        go(&order, ORDER_DO_REJECT, ORDER_CLERK, 1);
    if (state == ORDER_CANCELLED)
        go(&order, ORDER_DO_CANCEL, ORDER_RESIDENT, 1);
    if (state == ORDER_EXPIRED)
        go(&order, ORDER_DO_EXPIRE, ORDER_CLOCK, 24 * 8);
    if (state <= ORDER_REVIEW || state == ORDER_REJECTED || state >= ORDER_CANCELLED)
        return order;
    go(&order, ORDER_DO_OPEN, ORDER_CLOCK, 0);
    if (state == ORDER_ESCALATED)
        go(&order, ORDER_DO_ESCALATE, ORDER_CLOCK, 4);
    if (state == ORDER_OFFERED)
        go(&order, ORDER_DO_DISPATCH, ORDER_CLERK, 1);
    if (state == ORDER_POOL || state == ORDER_ESCALATED || state == ORDER_OFFERED)
        return order;
    go(&order, ORDER_DO_GRAB, ORDER_PROVIDER, 1); /* the visit is in hour 25 */
    if (state == ORDER_NO_SHOW)
        go(&order, ORDER_DO_ABSENT, ORDER_RESIDENT, 26);
    if (state == ORDER_ACCEPTED || state == ORDER_NO_SHOW)
        return order;
    go(&order, ORDER_DO_START, ORDER_PROVIDER, 25);
    if (state != ORDER_IN_SERVICE)
        go(&order, ORDER_DO_FINISH, ORDER_PROVIDER, 26);
    if (state == ORDER_DISPUTED || state == ORDER_REFUNDED)
        go(&order, ORDER_DO_DISPUTE, ORDER_RESIDENT, 27);
    if (state == ORDER_REFUNDED)
        go(&order, ORDER_DO_GIVE_BACK, ORDER_CLERK, 28);
    if (state == ORDER_COMPLETED || state == ORDER_RATED)
        go(&order, ORDER_DO_CONFIRM, ORDER_RESIDENT, 27);
    if (state == ORDER_RATED)
        go(&order, ORDER_DO_RATE, ORDER_RESIDENT, 28);
    return order;
}

/* A moment at which that step of people or clock is neither early nor late. */
static int64_t moment(const struct order *order, enum order_step step)
{
    int64_t at_ms = START + 5 * HOUR_MS;

    if (step == ORDER_DO_ACCEPT || step == ORDER_DO_REFUSE)
        at_ms = order->offered_ms + HOUR_MS;
    if (step == ORDER_DO_LAPSE)
        at_ms = order->offered_ms + 2 * HOUR_MS;
    if (step == ORDER_DO_ABSENT)
        at_ms = order->visit_ms;
    if (step == ORDER_DO_AUTO)
        at_ms = order->finished_ms + 72 * HOUR_MS;
    if (step == ORDER_DO_EXPIRE)
        at_ms = START + 7 * 24 * HOUR_MS;
    if (step == ORDER_DO_RATE)
        at_ms = order->ended_ms + 24 * HOUR_MS;
    return at_ms;
}

static void test_every_step(void)
{
    unsigned taken = 0;

    for (unsigned state = 0; state < ORDER_STATES; state++)
        for (unsigned step = 0; step < ORDER_STEPS; step++)
            for (unsigned actor = 0; actor < ORDER_ACTORS; actor++) {
                struct order order = in_state((enum order_state)state);
                is(&order, (enum order_state)state);
                order.reviewed = step == ORDER_DO_REVIEW;
                struct order_deed what = deed((enum order_step)step, (enum order_actor)actor, moment(&order, (enum order_step)step));
                bool done = order_do(&order, &what, NULL) == ORDER_OK;
                g_autofree char *told = g_strdup_printf("%s %s %s %s", order_state_name((enum order_state)state),
                                                        order_step_name((enum order_step)step),
                                                        order_actor_name((enum order_actor)actor), order_state_name(order.state));
                bool drawn = false;

                for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
                    drawn = drawn || strcmp(DRAWN[i], told) == 0;
                if (done != drawn)
                    g_error("%s: %s", told, done ? "done, not drawn" : "drawn, not done");
                g_assert_true(order_may((enum order_state)state, (enum order_step)step, (enum order_actor)actor) == done);
                taken += done;
            }
    g_assert_cmpuint(taken, ==, G_N_ELEMENTS(DRAWN));
}

static void test_closed_loop(void)
{
    struct order order = order_place(true, START, 4 * HOUR_MS);

    go(&order, ORDER_DO_REVIEW, ORDER_CLOCK, 0);
    go(&order, ORDER_DO_APPROVE, ORDER_CLERK, 1);
    go(&order, ORDER_DO_DISPATCH, ORDER_CLERK, 1);
    go(&order, ORDER_DO_REFUSE, ORDER_PROVIDER, 2);
    g_assert_false(order.alert);
    g_assert_cmpstr(order.provider, ==, "");
    go(&order, ORDER_DO_DISPATCH, ORDER_CLERK, 2);
    go(&order, ORDER_DO_REFUSE, ORDER_PROVIDER, 3);
    g_assert_true(order.alert); /* twice: a clerk telephones */
    go(&order, ORDER_DO_ESCALATE, ORDER_CLOCK, 4);
    go(&order, ORDER_DO_ASSIGN, ORDER_MANAGER, 5);
    g_assert_false(order.alert);
    go(&order, ORDER_DO_ACCEPT, ORDER_PROVIDER, 6); /* visit in hour 30 */
    g_assert_cmpint(order.visit_ms, ==, START + 30 * HOUR_MS);
    go(&order, ORDER_DO_START, ORDER_PROVIDER, 30);
    go(&order, ORDER_DO_FINISH, ORDER_PROVIDER, 31);
    g_assert_cmpint(order_hold_of(order.state), ==, ORDER_HOLD_KEEP);
    go(&order, ORDER_DO_CONFIRM, ORDER_RESIDENT, 32);
    g_assert_cmpint(order_hold_of(order.state), ==, ORDER_HOLD_CAPTURE);
    go(&order, ORDER_DO_RATE, ORDER_RESIDENT, 32);
    g_assert_cmpint(order.minutes, ==, 45);
    g_assert_cmpint(order.accept_by_ms, ==, START + 4 * HOUR_MS); /* nobody moved it */
    g_assert_cmpint(order_hold_of(ORDER_REFUNDED), ==, ORDER_HOLD_RELEASE);
    g_assert_cmpint(order_hold_of(ORDER_EXPIRED), ==, ORDER_HOLD_RELEASE);
}

static void test_limits(void)
{
    struct order order = in_state(ORDER_OFFERED);
    struct order_deed what = deed(ORDER_DO_ACCEPT, ORDER_PROVIDER, order.offered_ms + 2 * HOUR_MS);

    refused(&order, &what, ORDER_LATE);
    what = deed(ORDER_DO_LAPSE, ORDER_CLOCK, order.offered_ms + 2 * HOUR_MS - 1);
    refused(&order, &what, ORDER_EARLY);
    what = deed(ORDER_DO_ACCEPT, ORDER_PROVIDER, order.offered_ms);
    g_strlcpy(what.provider, "P2", sizeof what.provider);
    refused(&order, &what, ORDER_WHOSE);
    what.provider[0] = '\0';
    refused(&order, &what, ORDER_VALUE);
    what = deed(ORDER_DO_REFUSE, ORDER_PROVIDER, order.offered_ms);
    what.reason[0] = '\0';
    refused(&order, &what, ORDER_REASON);
    what = deed(ORDER_DO_ACCEPT, ORDER_PROVIDER, order.offered_ms);
    what.visit_ms = what.at_ms - 1;
    refused(&order, &what, ORDER_VALUE);
    order = in_state(ORDER_ACCEPTED);
    what = deed(ORDER_DO_CANCEL, ORDER_RESIDENT, order.visit_ms - 2 * HOUR_MS - 1);
    g_assert_cmpint(order_do(&(struct order){.state = ORDER_ACCEPTED, .visit_ms = order.visit_ms}, &what, NULL), ==, ORDER_OK);
    what.at_ms++;
    refused(&order, &what, ORDER_LATE);
    order = in_state(ORDER_IN_SERVICE);
    what = deed(ORDER_DO_FINISH, ORDER_PROVIDER, START + 26 * HOUR_MS);
    what.minutes = 0;
    refused(&order, &what, ORDER_VALUE);
    what.minutes = ORDER_MINUTES_MAX + 1;
    refused(&order, &what, ORDER_VALUE);
    order = in_state(ORDER_COMPLETED);
    what = deed(ORDER_DO_RATE, ORDER_RESIDENT, order.ended_ms + 30 * 24 * HOUR_MS);
    refused(&order, &what, ORDER_LATE);
    what = deed((enum order_step)ORDER_STEPS, ORDER_RESIDENT, START);
    refused(&order, &what, ORDER_STATE);
}

/* Lives by chance: what is open has a next date, JSON brings everything back, nothing moves the promise. */
static void test_lives(void)
{
    GRand *rand = g_rand_new_with_seed(20261122);
    unsigned reached[ORDER_STATES] = {0};

    for (int life = 0; life < 4000; life++) {
        struct order order = order_place(g_rand_boolean(rand), START, g_rand_int_range(rand, 0, 10) * HOUR_MS), back;
        int64_t promised = order.accept_by_ms, at_ms = START, next_ms;
        enum order_step next;

        for (int tries = 0; tries < 3000 && order.state != ORDER_RATED; tries++) {
            struct order_deed what = deed((enum order_step)g_rand_int_range(rand, 0, ORDER_STEPS),
                                          (enum order_actor)g_rand_int_range(rand, 0, ORDER_ACTORS), at_ms);
            if (!order_may(order.state, what.step, what.actor) && g_rand_int_range(rand, 0, 50) > 0)
                continue; /* mostly what can be */
            at_ms += g_rand_int_range(rand, 0, 3) * g_rand_int_range(rand, 0, 15) * HOUR_MS;
            order_do(&order, &what, NULL);
            json_auto_t *json = order_to_json(&order);
            g_assert_true(order_from_json(json, &back));
            g_assert_cmpmem(&back, sizeof back, &order, sizeof order);
            g_assert_cmpint(order.accept_by_ms, ==, promised);
            g_assert_true(order_next(&order, NULL, &next, &next_ms) == order_is_open(order.state));
            reached[order.state]++;
        }
    }
    for (unsigned state = 0; state < ORDER_STATES; state++)
        g_assert_cmpuint(reached[state], >, 0);
    g_rand_free(rand);
}

static void test_damaged(void)
{
    struct order order, good = in_state(ORDER_ACCEPTED);
    const char *const hurt[] = {"provider", "visit_ms", "state", "ended_ms", "minutes"};
    json_t *const with[] = {json_string(""), json_integer(0), json_string("GONE"), json_integer(5), json_integer(5)};

    for (size_t i = 0; i < G_N_ELEMENTS(hurt); i++) {
        json_auto_t *json = order_to_json(&good);
        json_object_set_new(json, hurt[i], with[i]);
        g_assert_false(order_from_json(json, &order));
    }
    json_auto_t *json = order_to_json(&good);
    json_object_set_new(json, "foreign", json_true());
    g_assert_false(order_from_json(json, &order));
    g_assert_false(order_from_json(NULL, &order));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/order/every-step", test_every_step);
    g_test_add_func("/model/order/closed-loop", test_closed_loop);
    g_test_add_func("/model/order/limits", test_limits);
    g_test_add_func("/model/order/lives", test_lives);
    g_test_add_func("/model/order/damaged", test_damaged);
    return g_test_run();
}
