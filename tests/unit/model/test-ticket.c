/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets: every pair of state and step, the counters, who may what, until when, what others see. */
#include "model/ticket.h"
#include "model/model.h"

#define ALL_NEEDS 0x3Fu
#define DAY_MS    INT64_C(86400000)

/* What is drawn at the head of ticket.c, once more by hand: a line a pair that leads anywhere. */
static const struct {
    enum ticket_state from;
    enum ticket_step step;
    enum ticket_actor actor;
    enum ticket_state to;
} WAYS[] = {
    {TICKET_NEW, TICKET_RECEIVE, TICKET_BY_SYSTEM, TICKET_TRIAGE},
    {TICKET_TRIAGE, TICKET_ASSIGN, TICKET_BY_DESK, TICKET_ASSIGNED},
    {TICKET_TRIAGE, TICKET_MERGE, TICKET_BY_DESK, TICKET_DUPLICATE},
    {TICKET_TRIAGE, TICKET_REFUSE, TICKET_BY_DESK, TICKET_NOT_ACCEPTED},
    {TICKET_ASSIGNED, TICKET_RETURN, TICKET_BY_DESK, TICKET_TRIAGE},
    {TICKET_ASSIGNED, TICKET_START, TICKET_BY_DESK, TICKET_IN_PROGRESS},
    {TICKET_FORCE_ASSIGNED, TICKET_START, TICKET_BY_DESK, TICKET_IN_PROGRESS},
    {TICKET_REOPENED, TICKET_START, TICKET_BY_DESK, TICKET_IN_PROGRESS},
    {TICKET_IN_PROGRESS, TICKET_PLAN, TICKET_BY_DESK, TICKET_PLANNED},
    {TICKET_IN_PROGRESS, TICKET_WAIT, TICKET_BY_DESK, TICKET_WAIT_INFO},
    {TICKET_IN_PROGRESS, TICKET_EXTEND, TICKET_BY_MANAGER, TICKET_IN_PROGRESS},
    {TICKET_IN_PROGRESS, TICKET_RESOLVE, TICKET_BY_DESK, TICKET_RESOLVED},
    {TICKET_PLANNED, TICKET_RESUME, TICKET_BY_DESK, TICKET_IN_PROGRESS},
    {TICKET_WAIT_INFO, TICKET_RESUME, TICKET_BY_DESK, TICKET_IN_PROGRESS},
    {TICKET_RESOLVED, TICKET_CALL, TICKET_BY_DESK, TICKET_CALLBACK},
    {TICKET_CALLBACK, TICKET_CONFIRM, TICKET_BY_RESIDENT, TICKET_CLOSED},
    {TICKET_CALLBACK, TICKET_DENY, TICKET_BY_RESIDENT, TICKET_REOPENED},
    {TICKET_CALLBACK, TICKET_EXPIRE, TICKET_BY_SYSTEM, TICKET_CLOSED},
    {TICKET_NEW, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_TRIAGE, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_ASSIGNED, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_FORCE_ASSIGNED, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_IN_PROGRESS, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_PLANNED, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_WAIT_INFO, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_RESOLVED, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_CALLBACK, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
    {TICKET_REOPENED, TICKET_WITHDRAW, TICKET_BY_RESIDENT, TICKET_WITHDRAWN},
};

static enum ticket_code moved(struct ticket_clock *ticket, enum ticket_step step, enum ticket_actor actor)
{
    struct ticket_move move = {.step = step, .actor = actor, .brings = ALL_NEEDS, .days = 1, .at_ms = ticket->state_ms + 8 * DAY_MS};

    return ticket_move(ticket, &move, NULL);
}

static const void *way_of(enum ticket_state state, enum ticket_step step, size_t *at)
{
    for (*at = 0; *at < G_N_ELEMENTS(WAYS); (*at)++)
        if (WAYS[*at].from == state && WAYS[*at].step == step)
            return &WAYS[*at];
    return NULL;
}

static void test_every_pair(void)
{
    unsigned led = 0, refused = 0;

    for (unsigned state = 0; state < TICKET_STATES; state++)
        for (unsigned step = 0; step < TICKET_STEPS; step++) {
            size_t at = 0;
            bool leads = way_of(state, step, &at) != NULL;
            for (unsigned actor = 0; actor < TICKET_ACTORS; actor++) {
                struct ticket_clock ticket = {.state = state, .due = 20261130, .state_ms = ms_of_date(20261122)}, before = ticket;
                enum ticket_code code = moved(&ticket, step, actor);
                if (leads && WAYS[at].actor == actor) {
                    g_assert_cmpint(code, ==, TICKET_OK);
                    g_assert_cmpint(ticket.state, ==, WAYS[at].to);
                    led++;
                } else if (!leads && !(state == TICKET_TRIAGE && step == TICKET_FORCE)) { /* that one hangs on the returns */
                    g_assert_cmpint(code, ==, TICKET_STATE);
                    g_assert_true(memcmp(&ticket, &before, sizeof ticket) == 0);
                    refused++;
                }
            }
        }
    g_assert_cmpuint(led, ==, G_N_ELEMENTS(WAYS));
    g_assert_cmpuint(refused, ==, (TICKET_STATES * TICKET_STEPS - G_N_ELEMENTS(WAYS) - 1) * TICKET_ACTORS);
}

/* Nobody does another one's step; a manager does the desk's. */
static void test_actors(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(WAYS); i++)
        for (unsigned actor = 0; actor < TICKET_ACTORS; actor++) {
            struct ticket_clock ticket = {.state = WAYS[i].from, .due = 20261130};
            bool may = WAYS[i].actor == actor || (WAYS[i].actor == TICKET_BY_DESK && actor == TICKET_BY_MANAGER) ||
                       (WAYS[i].step == TICKET_RESUME && actor == TICKET_BY_SYSTEM);
            g_assert_cmpint(moved(&ticket, WAYS[i].step, actor) == TICKET_OK, ==, may);
            g_assert_cmpint(ticket.state == WAYS[i].to && WAYS[i].to != WAYS[i].from, ==, may && WAYS[i].to != WAYS[i].from);
        }
}

static void test_needs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(WAYS); i++)
        for (unsigned bit = 1; bit <= TICKET_NEEDS_OTHER; bit <<= 1) {
            struct ticket_clock ticket = {.state = WAYS[i].from, .due = 20261130};
            struct ticket_move move = {
                .step = WAYS[i].step, .actor = WAYS[i].actor, .brings = ALL_NEEDS & ~bit, .days = 1, .at_ms = 9 * DAY_MS};
            bool needed = (ticket_step_needs(WAYS[i].step) & bit) != 0;
            g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, needed ? TICKET_MISSING : TICKET_OK);
        }
    g_assert_cmpuint(ticket_step_needs(TICKET_RETURN), ==, TICKET_NEEDS_REASON | TICKET_NEEDS_UNIT);
    g_assert_cmpuint(ticket_step_needs(TICKET_REFUSE), ==, TICKET_NEEDS_REASON | TICKET_NEEDS_REPLY);
}

static void test_returns(void)
{
    struct ticket_clock ticket;

    ticket_file(&ticket, TICKET_NORMAL, ms_of_date(20261123), NULL);
    uint32_t due = ticket.due;
    g_assert_cmpint(moved(&ticket, TICKET_FORCE, TICKET_BY_MANAGER), ==, TICKET_STATE); /* not before two returns */
    for (int i = 0; i < TICKET_RETURNS_MAX; i++) {
        g_assert_cmpint(moved(&ticket, TICKET_ASSIGN, TICKET_BY_DESK), ==, TICKET_OK);
        g_assert_cmpint(moved(&ticket, TICKET_RETURN, TICKET_BY_DESK), ==, TICKET_OK);
    }
    g_assert_cmpuint(ticket.returns, ==, 2);
    g_assert_cmpuint(ticket.due, ==, due); /* TK-1: the clock ran on */
    g_assert_cmpint(moved(&ticket, TICKET_ASSIGN, TICKET_BY_DESK), ==, TICKET_MANAGER);
    g_assert_cmpint(moved(&ticket, TICKET_FORCE, TICKET_BY_DESK), ==, TICKET_MANAGER);
    g_assert_cmpint(moved(&ticket, TICKET_FORCE, TICKET_BY_MANAGER), ==, TICKET_OK);
    g_assert_cmpint(moved(&ticket, TICKET_RETURN, TICKET_BY_DESK), ==, TICKET_STATE); /* this one has to do it */
}

static void test_reopened(void)
{
    struct ticket_clock ticket = {.state = TICKET_IN_PROGRESS, .due = 20261130};

    for (unsigned i = 1; i <= 3; i++) {
        g_assert_cmpint(moved(&ticket, TICKET_RESOLVE, TICKET_BY_DESK), ==, TICKET_OK);
        g_assert_cmpint(moved(&ticket, TICKET_CALL, TICKET_BY_DESK), ==, TICKET_OK);
        g_assert_cmpint(moved(&ticket, TICKET_DENY, TICKET_BY_RESIDENT), ==, TICKET_OK);
        g_assert_cmpuint(ticket.reopened, ==, i);
        if (i <= TICKET_REOPENED_MAX)
            g_assert_cmpint(moved(&ticket, TICKET_START, TICKET_BY_DESK), ==, TICKET_OK);
    }
    g_assert_cmpint(moved(&ticket, TICKET_START, TICKET_BY_DESK), ==, TICKET_MANAGER);
    g_assert_cmpint(moved(&ticket, TICKET_START, TICKET_BY_MANAGER), ==, TICKET_OK);
}

static void test_callback_days(void)
{
    struct ticket_clock ticket = {.state = TICKET_CALLBACK, .state_ms = 1000};
    struct ticket_move move = {.step = TICKET_EXPIRE, .actor = TICKET_BY_SYSTEM, .at_ms = 1000 + 7 * DAY_MS - 1};

    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_EARLY);
    move.at_ms++;
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    g_assert_cmpint(ticket.state, ==, TICKET_CLOSED);
}

/* 2026-11-23 is a Monday; golden dates by a paper calendar. */
static void test_due(void)
{
    static const struct {
        uint32_t filed;
        enum ticket_class class;
        uint32_t due;
    } golden[] = {
        {20261123, TICKET_DANGER, 20261123}, {20261123, TICKET_URGENT, 20261124},   {20261123, TICKET_NORMAL, 20261130},
        {20261127, TICKET_URGENT, 20261130}, {20261128, TICKET_URGENT, 20261130},   {20261123, TICKET_PERSONAL, 20261202},
        {20261123, TICKET_COMPLEX, 20261214}, {20261231, TICKET_URGENT, 20270101},  {20261128, TICKET_DANGER, 20261128},
    };
    struct ticket_clock ticket;

    for (size_t i = 0; i < G_N_ELEMENTS(golden); i++) {
        ticket_file(&ticket, golden[i].class, ms_of_date(golden[i].filed) + 86399999, NULL);
        g_assert_cmpuint(ticket.due, ==, golden[i].due);
        g_assert_cmpint(ticket.provisional, ==, golden[i].class != TICKET_DANGER);
        g_assert_cmpint(ticket.state, ==, TICKET_TRIAGE);
    }
}

/* National Day of 2026 as it could be: 1 to 7 October off, Saturday the 10th worked for it. */
static void test_calendar(void)
{
    static const struct calendar_day days[] = {{20261001, false}, {20261002, false}, {20261005, false}, {20261006, false},
                                               {20261007, false}, {20261010, true}};
    struct calendar calendar = {days, G_N_ELEMENTS(days)};
    struct ticket_clock ticket;

    ticket_file(&ticket, TICKET_NORMAL, ms_of_date(20260929), &calendar);
    g_assert_cmpuint(ticket.due, ==, 20261012); /* 30, 8, 9, Saturday 10, Monday 12 */
    g_assert_false(ticket.provisional);
    ticket_file(&ticket, TICKET_COMPLEX, ms_of_date(20261225), &calendar);
    g_assert_true(ticket.provisional); /* it ends in a year that nobody told of */
}

static void test_wait_and_extend(void)
{
    struct ticket_clock ticket = {.state = TICKET_IN_PROGRESS, .due = 20261127, .state_ms = ms_of_date(20261123)};
    struct ticket_move move = {.step = TICKET_WAIT, .actor = TICKET_BY_DESK, .brings = ALL_NEEDS, .days = 15, .at_ms = ms_of_date(20261123)};

    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    move = (struct ticket_move){.step = TICKET_RESUME, .at_ms = ms_of_date(20261125)};
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    g_assert_cmpuint(ticket.due, ==, 20261201); /* Tuesday and Wednesday stood */
    move = (struct ticket_move){.step = TICKET_WAIT, .brings = ALL_NEEDS, .at_ms = ms_of_date(20261125)};
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    move = (struct ticket_move){.step = TICKET_RESUME, .at_ms = ms_of_date(20270125)};
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    g_assert_cmpuint(ticket.waited_days, ==, TICKET_WAIT_DAYS_MAX);
    g_assert_cmpuint(ticket.due, ==, 20261204); /* three more, and no more */
    move = (struct ticket_move){.step = TICKET_EXTEND, .actor = TICKET_BY_MANAGER, .brings = ALL_NEEDS, .days = 16, .at_ms = 1};
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_MISSING);
    move.days = 15;
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_OK);
    g_assert_cmpuint(ticket.due, ==, 20261225);
    g_assert_cmpint(ticket_move(&ticket, &move, NULL), ==, TICKET_ONCE);
}

static void test_seen(void)
{
    const char *number = NULL;
    unsigned closed = 0;

    for (unsigned state = 0; state < TICKET_STATES; state++) {
        enum ticket_state again = TICKET_STATES;
        g_assert_true(ticket_state_parse(ticket_state_name(state), &again));
        g_assert_cmpint(again, ==, state);
        closed += ticket_closed(state);
    }
    g_assert_cmpuint(closed, ==, 4);
    g_assert_true(ticket_closed(TICKET_CLOSED) && ticket_closed(TICKET_DUPLICATE) && ticket_closed(TICKET_NOT_ACCEPTED) &&
                  ticket_closed(TICKET_WITHDRAWN));
    g_assert_true(ticket_public(TICKET_NORMAL) && ticket_anonymous_allowed(TICKET_DANGER));
    g_assert_false(ticket_public(TICKET_PERSONAL) || ticket_anonymous_allowed(TICKET_PERSONAL));
    g_assert_true(ticket_emergency("gas", &number));
    g_assert_cmpstr(number, ==, "119");
    g_assert_true(ticket_emergency("INJURY", &number));
    g_assert_cmpstr(number, ==, "120");
    g_assert_false(ticket_emergency("F01", &number) || ticket_emergency("", &number));
}

static void test_danger_words(void)
{
    g_assert_cmpstr(ticket_danger_words("楼道着火了"), ==, "119");
    g_assert_cmpstr(ticket_danger_words("There is a GAS LEAK"), ==, "119");
    g_assert_cmpstr(ticket_danger_words("有人受伤"), ==, "120");
    g_assert_cmpstr(ticket_danger_words("有人持刀"), ==, "110");
    g_assert_null(ticket_danger_words("灯不亮"));
    g_assert_null(ticket_danger_words(""));
    g_assert_null(ticket_danger_words("\xff着火")); /* no text at all */
}

static void test_local(void)
{
    char local[48], kiosk[8], end[TICKET_LOCAL_DIGITS + 1];

    ticket_local("K0001", "01890000-0000-7000-8000-0000003f9a2c", local, sizeof local);
    g_assert_cmpstr(local, ==, "K0001-3F9A2C");
    g_assert_true(ticket_local_read(local, kiosk, sizeof kiosk, end));
    g_assert_cmpstr(kiosk, ==, "K0001");
    g_assert_cmpstr(end, ==, "3f9a2c");
    g_assert_false(ticket_local_read("-3F9A2C", kiosk, sizeof kiosk, end));
    g_assert_false(ticket_local_read("K0001-3F9A2", kiosk, sizeof kiosk, end));
    g_assert_false(ticket_local_read("K0001-3F9A2%", kiosk, sizeof kiosk, end));
    g_assert_false(ticket_local_read("K00000001-3F9A2C", kiosk, sizeof kiosk, end)); /* too long a name */
    g_assert_false(ticket_local_read("20261122000001", kiosk, sizeof kiosk, end));
    g_assert_false(ticket_local_read("01890000-0000-7000-8000-0000003f9a2c", kiosk, sizeof kiosk, end));
}

static void test_resident_may(void)
{
    struct ticket_clock clock = {.state = TICKET_CALLBACK};

    g_assert_true(ticket_resident_may(&clock, TICKET_CONFIRM) && ticket_resident_may(&clock, TICKET_DENY));
    g_assert_cmpint(clock.state, ==, TICKET_CALLBACK); /* asked, not done */
    clock.state = TICKET_TRIAGE;
    g_assert_true(ticket_resident_may(&clock, TICKET_WITHDRAW));
    g_assert_false(ticket_resident_may(&clock, TICKET_CONFIRM) || ticket_resident_may(&clock, TICKET_ASSIGN));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ticket/every-pair", test_every_pair);
    g_test_add_func("/ticket/actors", test_actors);
    g_test_add_func("/ticket/needs", test_needs);
    g_test_add_func("/ticket/returns", test_returns);
    g_test_add_func("/ticket/reopened", test_reopened);
    g_test_add_func("/ticket/callback-days", test_callback_days);
    g_test_add_func("/ticket/due", test_due);
    g_test_add_func("/ticket/calendar", test_calendar);
    g_test_add_func("/ticket/wait-and-extend", test_wait_and_extend);
    g_test_add_func("/ticket/seen", test_seen);
    g_test_add_func("/ticket/danger-words", test_danger_words);
    g_test_add_func("/ticket/local", test_local);
    g_test_add_func("/ticket/resident-may", test_resident_may);
    return g_test_run();
}
