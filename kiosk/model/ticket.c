/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   NEW ──► TRIAGE ──assign──► ASSIGNED ──start──► IN_PROGRESS ──resolve──► RESOLVED ──call──► CALLBACK ──► CLOSED
 *            ▲  │                 │                  ▲ ▲ ▲                                      │     confirm, or
 *            │  │                 └─return─┐         │ │ └──start── REOPENED ◄──────deny────────┘     seven days
 *            └──┼──────────────────────────┘         │ │
 *               └─force─► FORCE_ASSIGNED ──start─────┘ ├── plan ──► PLANNED ──resume──┐
 *                                                      ├── wait ──► WAIT_INFO ─resume─┤
 *                                                      └──────────────────────────────┘   extend: stays IN_PROGRESS
 *
 *   TRIAGE ──merge──► DUPLICATE      TRIAGE ──refuse──► NOT_ACCEPTED      any open one ──withdraw──► WITHDRAWN
 *
 * 1. The clock runs from the resident's submission to the answer. A return does not stop it (TK-1): a case that nobody
 *    wants would stay without an answer for ever. After two returns the desk cannot assign any more: authority does.
 * 2. Only WAIT_INFO stops the clock, for five working days in all: it is the resident who is asked.
 * 3. A resident who says no opens it again; from the third time on authority has to take it up.
 * 4. CLOSED, DUPLICATE, NOT_ACCEPTED, WITHDRAWN are the end, and the only ones that GeoReport is told as closed (TK-3):
 *    RESOLVED and CALLBACK are the unit's word, not the resident's.
 */
#include "model/ticket.h"
#include "model/model.h"
#include "model/strict.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)

static const char *const STATES[] = {"NEW",      "TRIAGE",   "ASSIGNED", "FORCE_ASSIGNED", "IN_PROGRESS",  "PLANNED",  "WAIT_INFO",
                                     "RESOLVED", "CALLBACK", "REOPENED", "CLOSED",         "DUPLICATE",    "NOT_ACCEPTED", "WITHDRAWN"};
static const char *const STEPS[] = {"receive", "assign",  "force",  "return", "start",  "plan",  "wait",   "resume",  "extend",
                                    "resolve", "call",    "confirm", "deny",  "expire", "merge", "refuse", "withdraw"};
static const char *const CLASSES[] = {"danger", "urgent", "normal", "personal", "complex"};
static const char *const CODES[] = {"OK", "STATE", "ACTOR", "MANAGER", "MISSING", "ONCE", "EARLY"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATES) == TICKET_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEPS) == TICKET_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(CLASSES) == TICKET_CLASSES);
G_STATIC_ASSERT(G_N_ELEMENTS(CODES) == TICKET_CODES);

const char *ticket_state_name(enum ticket_state state)
{
    return names_at(STATES, TICKET_STATES, state);
}

bool ticket_state_parse(const char *name, enum ticket_state *out)
{
    unsigned at = 0;
    bool found = names_find(STATES, TICKET_STATES, name, &at);

    if (found)
        *out = (enum ticket_state)at;
    return found;
}

const char *ticket_step_name(enum ticket_step step)
{
    return names_at(STEPS, TICKET_STEPS, step);
}

bool ticket_step_parse(const char *name, enum ticket_step *out)
{
    unsigned at = 0;
    bool found = names_find(STEPS, TICKET_STEPS, name, &at);

    if (found)
        *out = (enum ticket_step)at;
    return found;
}

const char *ticket_class_name(enum ticket_class class)
{
    return names_at(CLASSES, TICKET_CLASSES, class);
}

bool ticket_class_parse(const char *name, enum ticket_class *out)
{
    unsigned at = 0;
    bool found = names_find(CLASSES, TICKET_CLASSES, name, &at);

    if (found)
        *out = (enum ticket_class)at;
    return found;
}

const char *ticket_code_name(enum ticket_code code)
{
    return names_at(CODES, TICKET_CODES, code);
}

/* ---- The table ---- */

#define IN(state) (1u << (state))
#define ENDS      (IN(TICKET_CLOSED) | IN(TICKET_DUPLICATE) | IN(TICKET_NOT_ACCEPTED) | IN(TICKET_WITHDRAWN))
#define OPEN      ((IN(TICKET_STATES) - 1u) & ~ENDS)
#define DESK      (1u << TICKET_BY_DESK | 1u << TICKET_BY_MANAGER)
#define MANAGER   (1u << TICKET_BY_MANAGER)
#define RESIDENT  (1u << TICKET_BY_RESIDENT)
#define SYSTEM    (1u << TICKET_BY_SYSTEM)

static const struct {
    unsigned from;
    enum ticket_state to;
    unsigned by, needs;
} TABLE[] = {
    [TICKET_RECEIVE] = {IN(TICKET_NEW), TICKET_TRIAGE, SYSTEM, 0},
    [TICKET_ASSIGN] = {IN(TICKET_TRIAGE), TICKET_ASSIGNED, DESK, TICKET_NEEDS_UNIT},
    [TICKET_FORCE] = {IN(TICKET_TRIAGE), TICKET_FORCE_ASSIGNED, MANAGER, TICKET_NEEDS_UNIT | TICKET_NEEDS_REASON},
    [TICKET_RETURN] = {IN(TICKET_ASSIGNED), TICKET_TRIAGE, DESK, TICKET_NEEDS_UNIT | TICKET_NEEDS_REASON},
    [TICKET_START] = {IN(TICKET_ASSIGNED) | IN(TICKET_FORCE_ASSIGNED) | IN(TICKET_REOPENED), TICKET_IN_PROGRESS, DESK, 0},
    [TICKET_PLAN] = {IN(TICKET_IN_PROGRESS), TICKET_PLANNED, DESK, TICKET_NEEDS_DATE},
    [TICKET_WAIT] = {IN(TICKET_IN_PROGRESS), TICKET_WAIT_INFO, DESK, TICKET_NEEDS_REPLY},
    [TICKET_RESUME] = {IN(TICKET_PLANNED) | IN(TICKET_WAIT_INFO), TICKET_IN_PROGRESS, DESK | SYSTEM, 0},
    [TICKET_EXTEND] = {IN(TICKET_IN_PROGRESS), TICKET_IN_PROGRESS, MANAGER, TICKET_NEEDS_DAYS | TICKET_NEEDS_REASON},
    [TICKET_RESOLVE] = {IN(TICKET_IN_PROGRESS), TICKET_RESOLVED, DESK, TICKET_NEEDS_REPLY},
    [TICKET_CALL] = {IN(TICKET_RESOLVED), TICKET_CALLBACK, DESK, 0},
    [TICKET_CONFIRM] = {IN(TICKET_CALLBACK), TICKET_CLOSED, RESIDENT, 0},
    [TICKET_DENY] = {IN(TICKET_CALLBACK), TICKET_REOPENED, RESIDENT, TICKET_NEEDS_REASON},
    [TICKET_EXPIRE] = {IN(TICKET_CALLBACK), TICKET_CLOSED, SYSTEM, 0},
    [TICKET_MERGE] = {IN(TICKET_TRIAGE), TICKET_DUPLICATE, DESK, TICKET_NEEDS_OTHER},
    [TICKET_REFUSE] = {IN(TICKET_TRIAGE), TICKET_NOT_ACCEPTED, DESK, TICKET_NEEDS_REASON | TICKET_NEEDS_REPLY},
    [TICKET_WITHDRAW] = {OPEN, TICKET_WITHDRAWN, RESIDENT, 0},
};
G_STATIC_ASSERT(G_N_ELEMENTS(TABLE) == TICKET_STEPS);

bool ticket_closed(enum ticket_state state)
{
    return (unsigned)state < TICKET_STATES && (ENDS & IN(state)) != 0;
}

unsigned ticket_step_needs(enum ticket_step step)
{
    return (unsigned)step < TICKET_STEPS ? TABLE[step].needs : 0;
}

/* Where the counters leave it to somebody with authority. */
static bool needs_authority(const struct ticket_clock *ticket, enum ticket_step step)
{
    return (step == TICKET_ASSIGN && ticket->returns >= TICKET_RETURNS_MAX) ||
           (step == TICKET_START && ticket->state == TICKET_REOPENED && ticket->reopened > TICKET_REOPENED_MAX);
}

static enum ticket_code judge(const struct ticket_clock *ticket, const struct ticket_move *move)
{
    if ((unsigned)ticket->state >= TICKET_STATES || (unsigned)move->step >= TICKET_STEPS || (unsigned)move->actor >= TICKET_ACTORS ||
        (TABLE[move->step].from & IN(ticket->state)) == 0)
        return TICKET_STATE;
    if ((TABLE[move->step].by & (1u << move->actor)) == 0)
        return TABLE[move->step].by == MANAGER && move->actor == TICKET_BY_DESK ? TICKET_MANAGER : TICKET_ACTOR;
    if (needs_authority(ticket, move->step) && (move->step == TICKET_ASSIGN || move->actor != TICKET_BY_MANAGER))
        return TICKET_MANAGER; /* who has authority says so: force */
    if (move->step == TICKET_FORCE && ticket->returns < TICKET_RETURNS_MAX)
        return TICKET_STATE;
    if (move->step == TICKET_EXTEND && ticket->extended)
        return TICKET_ONCE;
    if ((TABLE[move->step].needs & ~move->brings) != 0 ||
        (move->step == TICKET_EXTEND && (move->days < 1 || move->days > TICKET_EXTEND_DAYS_MAX)))
        return TICKET_MISSING;
    if (move->step == TICKET_EXPIRE && move->at_ms - ticket->state_ms < TICKET_CALLBACK_MS)
        return TICKET_EARLY;
    return TICKET_OK;
}

/* ---- The calendar ---- */

/* A calendar speaks of a year when it names any day of it. */
static bool knows(const struct calendar *calendar, uint32_t date)
{
    for (size_t i = 0; calendar != NULL && i < calendar->count; i++)
        if (calendar->days[i].date / 10000 == date / 10000)
            return true;
    return false;
}

static void due_after(struct ticket_clock *ticket, uint32_t from, unsigned days, const struct calendar *calendar)
{
    uint32_t due = workday_after(calendar, from, days);

    ticket->due = due != 0 ? due : from;
    ticket->provisional = days > 0 && (!knows(calendar, from) || !knows(calendar, ticket->due));
}

/* Working days that begin after `from` up to `to`, at most `max`. */
static unsigned workdays_between(const struct calendar *calendar, int64_t from_ms, int64_t to_ms, unsigned max)
{
    uint32_t date = date_of_ms(from_ms), last = date_of_ms(to_ms);
    unsigned days = 0;

    while (days < max && date != 0 && date < last) {
        date = date_of_ms(ms_of_date(date) + DAY_MS);
        if (workday(calendar, date))
            days++;
    }
    return days;
}

static void apply(struct ticket_clock *ticket, const struct ticket_move *move, const struct calendar *calendar)
{
    if (move->step == TICKET_RETURN)
        ticket->returns++;
    if (move->step == TICKET_DENY)
        ticket->reopened++;
    if (move->step == TICKET_EXTEND) {
        due_after(ticket, ticket->due, move->days, calendar);
        ticket->extended = true;
    }
    if (move->step == TICKET_RESUME && ticket->state == TICKET_WAIT_INFO) {
        unsigned days = workdays_between(calendar, ticket->state_ms, move->at_ms, TICKET_WAIT_DAYS_MAX - ticket->waited_days);
        ticket->waited_days += days;
        if (days > 0)
            due_after(ticket, ticket->due, days, calendar);
    }
    if (TABLE[move->step].to != ticket->state)
        ticket->state_ms = move->at_ms;
    ticket->state = TABLE[move->step].to;
}

enum ticket_code ticket_move(struct ticket_clock *ticket, const struct ticket_move *move, const struct calendar *calendar)
{
    enum ticket_code code = judge(ticket, move);

    if (code == TICKET_OK)
        apply(ticket, move, calendar);
    return code;
}

void ticket_file(struct ticket_clock *ticket, enum ticket_class class, int64_t filed_ms, const struct calendar *calendar)
{
    static const unsigned days[] = {
        [TICKET_DANGER] = 0, [TICKET_URGENT] = 1, [TICKET_NORMAL] = 5, [TICKET_PERSONAL] = 7, [TICKET_COMPLEX] = 15};

    *ticket = (struct ticket_clock){.state = TICKET_TRIAGE, .state_ms = filed_ms};
    due_after(ticket, date_of_ms(filed_ms), (unsigned)class < TICKET_CLASSES ? days[class] : days[TICKET_NORMAL], calendar);
}

/* ---- What others may see ---- */

bool ticket_public(enum ticket_class class)
{
    return class != TICKET_PERSONAL;
}

bool ticket_anonymous_allowed(enum ticket_class class)
{
    return class != TICKET_PERSONAL;
}

bool ticket_emergency(const char *service, const char **number)
{
    static const struct {
        const char *service, *number;
    } calls[] = {{"FIRE", "119"}, {"GAS", "119"}, {"INJURY", "120"}};

    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
        if (g_ascii_strcasecmp(service, calls[i].service) == 0) {
            *number = calls[i].number;
            return true;
        }
    return false;
}

const char *ticket_danger_words(const char *text)
{
    static const struct {
        const char *word, *number;
    } words[] = {
        {"着火", "119"},  {"起火", "119"},     {"失火", "119"},    {"冒烟", "119"},     {"火灾", "119"},     {"爆炸", "119"},
        {"煤气味", "119"}, {"燃气味", "119"},   {"煤气泄漏", "119"}, {"燃气泄漏", "119"}, {"漏煤气", "119"},   {"被困", "119"},
        {"受伤", "120"},  {"流血", "120"},     {"晕倒", "120"},    {"昏迷", "120"},     {"触电", "120"},     {"打人", "110"},
        {"持刀", "110"},  {"抢劫", "110"},     {"on fire", "119"}, {"gas leak", "119"}, {"smell of gas", "119"}, {"explosion", "119"},
        {"injured", "120"}, {"bleeding", "120"}, {"unconscious", "120"}, {"knife", "110"}, {"robbery", "110"},
    };
    g_autofree char *lower = g_utf8_validate(text, -1, NULL) ? g_utf8_strdown(text, -1) : NULL;

    for (size_t i = 0; lower != NULL && i < G_N_ELEMENTS(words); i++)
        if (strstr(lower, words[i].word) != NULL)
            return words[i].number;
    return NULL;
}

/* ---- What is said at a kiosk ---- */

bool ticket_resident_may(const struct ticket_clock *ticket, enum ticket_step step)
{
    struct ticket_clock copy = *ticket;
    const struct ticket_move move = {.step = step, .actor = TICKET_BY_RESIDENT, .brings = TICKET_NEEDS_REASON};

    return ticket_move(&copy, &move, NULL) == TICKET_OK;
}

void ticket_local(const char *kiosk, const char *id, char *out, size_t size)
{
    size_t len = strlen(id), from = len > TICKET_LOCAL_DIGITS ? len - TICKET_LOCAL_DIGITS : 0;
    g_autofree char *end = g_ascii_strup(id + from, -1);

    g_snprintf(out, size, "%s-%s", kiosk, end);
}

bool ticket_local_read(const char *name, char *kiosk, size_t kiosk_size, char end[TICKET_LOCAL_DIGITS + 1])
{
    const char *dash = strrchr(name, '-');
    size_t len = dash != NULL ? (size_t)(dash - name) : 0;

    if (len == 0 || len >= kiosk_size || strlen(dash + 1) != TICKET_LOCAL_DIGITS ||
        strspn(dash + 1, "0123456789abcdefABCDEF") != TICKET_LOCAL_DIGITS)
        return false;
    memcpy(kiosk, name, len);
    kiosk[len] = '\0';
    for (size_t i = 0; i <= TICKET_LOCAL_DIGITS; i++)
        end[i] = g_ascii_tolower(dash[1 + i]);
    return true;
}
