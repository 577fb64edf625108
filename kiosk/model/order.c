/* SPDX-License-Identifier: Apache-2.0 */
/* A resident's order of a service. Drawn in order.h. */
#include "model/order.h"

#include "model/model.h"
#include "model/strict.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

const struct order_rules ORDER_RULES = {
    .offer_ms = 2 * HOUR_MS,
    .cutoff_ms = 2 * HOUR_MS,
    .confirm_ms = 72 * HOUR_MS,
    .remind_ms = 48 * HOUR_MS,
    .expire_ms = 7 * DAY_MS,
    .rate_ms = 30 * DAY_MS,
    .refusals_alert = 2,
};

/* ---- Names ---- */

static const char *const STATE_NAMES[] = {"PLACED", "REVIEW",   "POOL",     "OFFERED",   "ESCALATED", "ACCEPTED", "IN_SERVICE", "NO_SHOW",
                                          "FINISHED", "DISPUTED", "COMPLETED", "RATED", "REFUNDED", "REJECTED", "CANCELLED", "EXPIRED"};
static const char *const STEP_NAMES[] = {"review", "open",     "approve", "reject",     "dispatch", "grab",   "accept",   "refuse", "lapse",
                                         "escalate", "assign", "start",   "absent",     "reschedule", "close", "withdraw", "finish", "confirm",
                                         "auto",   "dispute",  "settle",  "give_back",  "cancel",   "expire", "rate"};
static const char *const ACTOR_NAMES[] = {"resident", "provider", "clerk", "manager", "clock"};
static const char *const CODE_NAMES[] = {"ORDER_OK", "ORDER_STATE", "ORDER_ACTOR", "ORDER_REASON", "ORDER_WHOSE", "ORDER_EARLY", "ORDER_LATE",
                                         "ORDER_VALUE"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == ORDER_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEP_NAMES) == ORDER_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(ACTOR_NAMES) == ORDER_ACTORS);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == ORDER_CODES);

const char *order_state_name(enum order_state state)
{
    return names_at(STATE_NAMES, ORDER_STATES, state);
}

const char *order_step_name(enum order_step step)
{
    return names_at(STEP_NAMES, ORDER_STEPS, step);
}

const char *order_actor_name(enum order_actor actor)
{
    return names_at(ACTOR_NAMES, ORDER_ACTORS, actor);
}

const char *order_code_name(enum order_code code)
{
    return names_at(CODE_NAMES, ORDER_CODES, code);
}

static bool find(const char *const *names, size_t count, const char *name, unsigned *out)
{
    return name != NULL && names_find(names, count, name, out);
}

bool order_state_parse(const char *name, enum order_state *out)
{
    unsigned at = 0;
    bool found = find(STATE_NAMES, ORDER_STATES, name, &at);

    if (found)
        *out = (enum order_state)at;
    return found;
}

bool order_step_parse(const char *name, enum order_step *out)
{
    unsigned at = 0;
    bool found = find(STEP_NAMES, ORDER_STEPS, name, &at);

    if (found)
        *out = (enum order_step)at;
    return found;
}

bool order_actor_parse(const char *name, enum order_actor *out)
{
    unsigned at = 0;
    bool found = find(ACTOR_NAMES, ORDER_ACTORS, name, &at);

    if (found)
        *out = (enum order_actor)at;
    return found;
}

/* ---- Steps ---- */

#define STATE(name) (1u << ORDER_##name)
#define BY(name)    (1u << ORDER_##name)
#define OF_DESK     (BY(CLERK) | BY(MANAGER))

/* One line a step: from where, by whom, where to. */
static const struct {
    unsigned from, by;
    enum order_state to;
    bool reason; /* has to be given */
} steps[ORDER_STEPS] = {
    [ORDER_DO_REVIEW] = {STATE(PLACED), BY(CLOCK), ORDER_REVIEW, false},
    [ORDER_DO_OPEN] = {STATE(PLACED), BY(CLOCK), ORDER_POOL, false},
    [ORDER_DO_APPROVE] = {STATE(REVIEW), OF_DESK, ORDER_POOL, false},
    [ORDER_DO_REJECT] = {STATE(REVIEW), OF_DESK, ORDER_REJECTED, true},
    [ORDER_DO_DISPATCH] = {STATE(POOL), OF_DESK, ORDER_OFFERED, false},
    [ORDER_DO_GRAB] = {STATE(POOL), BY(PROVIDER), ORDER_ACCEPTED, false},
    [ORDER_DO_ACCEPT] = {STATE(OFFERED), BY(PROVIDER), ORDER_ACCEPTED, false},
    [ORDER_DO_REFUSE] = {STATE(OFFERED), BY(PROVIDER), ORDER_POOL, true},
    [ORDER_DO_LAPSE] = {STATE(OFFERED), BY(CLOCK), ORDER_POOL, false},
    [ORDER_DO_ESCALATE] = {STATE(POOL) | STATE(REVIEW), BY(CLOCK), ORDER_ESCALATED, false},
    [ORDER_DO_ASSIGN] = {STATE(ESCALATED), BY(MANAGER), ORDER_OFFERED, false},
    [ORDER_DO_START] = {STATE(ACCEPTED), BY(PROVIDER), ORDER_IN_SERVICE, false},
    [ORDER_DO_ABSENT] = {STATE(ACCEPTED), BY(PROVIDER) | BY(RESIDENT), ORDER_NO_SHOW, false},
    [ORDER_DO_RESCHEDULE] = {STATE(NO_SHOW), BY(PROVIDER) | OF_DESK, ORDER_ACCEPTED, false},
    [ORDER_DO_CLOSE] = {STATE(NO_SHOW), BY(RESIDENT) | OF_DESK, ORDER_CANCELLED, false},
    [ORDER_DO_WITHDRAW] = {STATE(ACCEPTED), BY(PROVIDER), ORDER_POOL, true},
    [ORDER_DO_FINISH] = {STATE(IN_SERVICE), BY(PROVIDER), ORDER_FINISHED, false},
    [ORDER_DO_CONFIRM] = {STATE(FINISHED), BY(RESIDENT), ORDER_COMPLETED, false},
    [ORDER_DO_AUTO] = {STATE(FINISHED), BY(CLOCK), ORDER_COMPLETED, false},
    [ORDER_DO_DISPUTE] = {STATE(FINISHED), BY(RESIDENT), ORDER_DISPUTED, false},
    [ORDER_DO_SETTLE] = {STATE(DISPUTED), OF_DESK, ORDER_COMPLETED, true},
    [ORDER_DO_GIVE_BACK] = {STATE(DISPUTED), OF_DESK, ORDER_REFUNDED, true},
    [ORDER_DO_CANCEL] = {STATE(PLACED) | STATE(REVIEW) | STATE(POOL) | STATE(OFFERED) | STATE(ESCALATED) | STATE(ACCEPTED), BY(RESIDENT),
                         ORDER_CANCELLED, false},
    [ORDER_DO_EXPIRE] = {STATE(PLACED) | STATE(REVIEW) | STATE(POOL) | STATE(ESCALATED), BY(CLOCK), ORDER_EXPIRED, false},
    [ORDER_DO_RATE] = {STATE(COMPLETED), BY(RESIDENT), ORDER_RATED, false},
};

bool order_may(enum order_state from, enum order_step step, enum order_actor actor)
{
    return from < ORDER_STATES && step < ORDER_STEPS && actor < ORDER_ACTORS && (steps[step].from & 1u << from) != 0 &&
           (steps[step].by & 1u << actor) != 0;
}

bool order_is_open(enum order_state state)
{
    return state < ORDER_COMPLETED;
}

enum order_hold order_hold_of(enum order_state state)
{
    if (order_is_open(state))
        return ORDER_HOLD_KEEP;
    return state == ORDER_COMPLETED || state == ORDER_RATED ? ORDER_HOLD_CAPTURE : ORDER_HOLD_RELEASE;
}

struct order order_place(bool reviewed, int64_t at_ms, int64_t accept_ms)
{
    return (struct order){.state = ORDER_PLACED, .reviewed = reviewed, .placed_ms = at_ms,
                          .accept_by_ms = at_ms + CLAMP(accept_ms, 0, ORDER_RULES.expire_ms)};
}

/* ---- Who, when, with what ---- */

static bool gives_provider(enum order_step step)
{
    return step == ORDER_DO_DISPATCH || step == ORDER_DO_ASSIGN || step == ORDER_DO_GRAB;
}

static enum order_code check_whose(const struct order *order, const struct order_deed *deed)
{
    if (gives_provider(deed->step) || deed->actor == ORDER_PROVIDER) {
        if (deed->provider[0] == '\0')
            return ORDER_VALUE;
        if (!gives_provider(deed->step) && strcmp(deed->provider, order->provider) != 0)
            return ORDER_WHOSE;
    }
    return ORDER_OK;
}

/* When the step of a clock may be taken at the earliest; steps of people have no such time. */
static int64_t earliest_ms(const struct order *order, enum order_step step, const struct order_rules *rules)
{
    switch (step) {
    case ORDER_DO_LAPSE:
        return order->offered_ms + rules->offer_ms;
    case ORDER_DO_ESCALATE:
        return order->accept_by_ms;
    case ORDER_DO_AUTO:
        return order->finished_ms + rules->confirm_ms;
    case ORDER_DO_EXPIRE:
        return order->placed_ms + rules->expire_ms;
    case ORDER_DO_ABSENT: /* nobody is missing before the hour has come */
        return order->visit_ms;
    default:
        return order->placed_ms;
    }
}

/* The first moment at which it is too late. */
static int64_t latest_ms(const struct order *order, enum order_step step, const struct order_rules *rules)
{
    switch (step) {
    case ORDER_DO_ACCEPT:
    case ORDER_DO_REFUSE:
        return order->offered_ms + rules->offer_ms;
    case ORDER_DO_CANCEL:
        return order->state == ORDER_ACCEPTED ? order->visit_ms - rules->cutoff_ms : INT64_MAX;
    case ORDER_DO_RATE:
        return order->ended_ms + rules->rate_ms;
    default:
        return INT64_MAX;
    }
}

static enum order_code check_values(const struct order *order, const struct order_deed *deed)
{
    bool visits = deed->step == ORDER_DO_GRAB || deed->step == ORDER_DO_ACCEPT || deed->step == ORDER_DO_RESCHEDULE;

    if (deed->at_ms < 0 || deed->at_ms > STRICT_MS_MAX || !g_utf8_validate(deed->reason, -1, NULL))
        return ORDER_VALUE;
    if (visits && (deed->visit_ms < deed->at_ms || deed->visit_ms > STRICT_MS_MAX))
        return ORDER_VALUE;
    if (deed->step == ORDER_DO_FINISH && (deed->minutes < 1 || deed->minutes > ORDER_MINUTES_MAX))
        return ORDER_VALUE;
    /* What wants a look gets one, and nothing else does. */
    if ((deed->step == ORDER_DO_REVIEW && !order->reviewed) || (deed->step == ORDER_DO_OPEN && order->reviewed))
        return ORDER_STATE;
    return ORDER_OK;
}

static enum order_code judge(const struct order *order, const struct order_deed *deed, const struct order_rules *rules)
{
    if (deed->step >= ORDER_STEPS || deed->actor >= ORDER_ACTORS || (steps[deed->step].from & 1u << order->state) == 0)
        return ORDER_STATE;
    if ((steps[deed->step].by & 1u << deed->actor) == 0)
        return ORDER_ACTOR;
    enum order_code code = check_values(order, deed);

    if (code == ORDER_OK)
        code = check_whose(order, deed);
    if (code == ORDER_OK && steps[deed->step].reason && deed->reason[0] == '\0')
        code = ORDER_REASON;
    if (code == ORDER_OK && deed->at_ms < earliest_ms(order, deed->step, rules))
        code = ORDER_EARLY;
    if (code == ORDER_OK && deed->at_ms >= latest_ms(order, deed->step, rules))
        code = ORDER_LATE;
    return code;
}

/* ---- Doing ---- */

static void count_back(struct order *order, enum order_step step, const struct order_rules *rules)
{
    order->refusals += step == ORDER_DO_REFUSE;
    order->withdrawals += step == ORDER_DO_WITHDRAW;
    order->alert = order->alert || order->refusals >= rules->refusals_alert;
    memset(order->provider, 0, sizeof order->provider);
    order->offered_ms = order->visit_ms = 0;
}

enum order_code order_do(struct order *order, const struct order_deed *deed, const struct order_rules *rules)
{
    const struct order_rules *by = rules != NULL ? rules : &ORDER_RULES;
    enum order_code code = judge(order, deed, by);

    if (code != ORDER_OK)
        return code;
    order->state = steps[deed->step].to;
    if (gives_provider(deed->step)) {
        g_strlcpy(order->provider, deed->provider, sizeof order->provider);
        order->alert = false;
    }
    if (order->state == ORDER_OFFERED)
        order->offered_ms = deed->at_ms;
    if (order->state == ORDER_ACCEPTED)
        order->visit_ms = deed->visit_ms;
    if (order->state == ORDER_POOL)
        count_back(order, deed->step, by);
    if (order->state == ORDER_FINISHED) {
        order->finished_ms = deed->at_ms;
        order->minutes = deed->minutes;
    }
    if (!order_is_open(order->state) && order->ended_ms == 0)
        order->ended_ms = deed->at_ms;
    return ORDER_OK;
}

bool order_next(const struct order *order, const struct order_rules *rules, enum order_step *step, int64_t *at_ms)
{
    const struct order_rules *by = rules != NULL ? rules : &ORDER_RULES;

    switch (order->state) {
    case ORDER_PLACED:
        *step = order->reviewed ? ORDER_DO_REVIEW : ORDER_DO_OPEN;
        break;
    case ORDER_REVIEW:
    case ORDER_POOL:
        *step = ORDER_DO_ESCALATE;
        break;
    case ORDER_OFFERED:
        *step = ORDER_DO_LAPSE;
        break;
    case ORDER_ESCALATED:
        *step = ORDER_DO_EXPIRE;
        break;
    case ORDER_FINISHED:
        *step = ORDER_DO_AUTO;
        break;
    case ORDER_ACCEPTED: /* people's turn: a look at the day of the visit, and after it every day */
    case ORDER_IN_SERVICE:
    case ORDER_NO_SHOW:
    case ORDER_DISPUTED:
        *step = ORDER_STEPS;
        *at_ms = order->state == ORDER_DISPUTED ? order->finished_ms + by->remind_ms : order->visit_ms + DAY_MS;
        return true;
    default:
        return false;
    }
    *at_ms = earliest_ms(order, *step, by);
    return true;
}

/* ---- JSON ---- */

json_t *order_to_json(const struct order *order)
{
    return json_pack("{s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:I, s:b}", "state", order_state_name(order->state), //
                     "reviewed", order->reviewed, "provider", order->provider, "placed_ms", (json_int_t)order->placed_ms, //
                     "accept_by_ms", (json_int_t)order->accept_by_ms, "offered_ms", (json_int_t)order->offered_ms, //
                     "visit_ms", (json_int_t)order->visit_ms, "finished_ms", (json_int_t)order->finished_ms, //
                     "ended_ms", (json_int_t)order->ended_ms, "refusals", (int)order->refusals, "withdrawals",
                     (int)order->withdrawals, "minutes", (json_int_t)order->minutes, "alert", order->alert);
}

/* An order that no steps lead to is damaged. */
static bool holds(const struct order *order)
{
    unsigned in = 1u << order->state;
    bool taken = (in & (STATE(OFFERED) | STATE(ACCEPTED) | STATE(IN_SERVICE) | STATE(NO_SHOW) | STATE(FINISHED) | STATE(DISPUTED) |
                        STATE(COMPLETED) | STATE(RATED) | STATE(REFUNDED))) != 0;
    bool waiting = (in & (STATE(PLACED) | STATE(REVIEW) | STATE(POOL) | STATE(ESCALATED) | STATE(REJECTED))) != 0;
    bool done = (in & (STATE(FINISHED) | STATE(DISPUTED) | STATE(COMPLETED) | STATE(RATED) | STATE(REFUNDED))) != 0;

    return (!taken || order->provider[0] != '\0') && (!waiting || order->provider[0] == '\0') && done == (order->finished_ms > 0) &&
           done == (order->minutes > 0) && order_is_open(order->state) == (order->ended_ms == 0) &&
           (order->state != ORDER_OFFERED || order->offered_ms > 0) && (order->state != ORDER_ACCEPTED || order->visit_ms > 0) &&
           order->accept_by_ms >= order->placed_ms;
}

bool order_from_json(json_t *json, struct order *out)
{
    struct order order = {0};
    struct strict r = strict_open(json);

    order.state = (enum order_state)strict_name(&r, "state", STATE_NAMES, ORDER_STATES);
    order.reviewed = strict_bool(&r, "reviewed");
    strict_text(&r, "provider", 0, order.provider, sizeof order.provider);
    order.placed_ms = strict_int(&r, "placed_ms", 0, STRICT_MS_MAX);
    order.accept_by_ms = strict_int(&r, "accept_by_ms", 0, STRICT_MS_MAX);
    order.offered_ms = strict_int(&r, "offered_ms", 0, STRICT_MS_MAX);
    order.visit_ms = strict_int(&r, "visit_ms", 0, STRICT_MS_MAX);
    order.finished_ms = strict_int(&r, "finished_ms", 0, STRICT_MS_MAX);
    order.ended_ms = strict_int(&r, "ended_ms", 0, STRICT_MS_MAX);
    order.refusals = (unsigned)strict_int(&r, "refusals", 0, 1000000);
    order.withdrawals = (unsigned)strict_int(&r, "withdrawals", 0, 1000000);
    order.minutes = strict_int(&r, "minutes", 0, ORDER_MINUTES_MAX);
    order.alert = strict_bool(&r, "alert");
    if (!strict_done(&r) || !holds(&order))
        return false;
    *out = order;
    return true;
}
