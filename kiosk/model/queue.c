/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the hall. Drawn in queue.h. */
#include "model/queue.h"

#include "model/strict.h"

#include <stdlib.h>
#include <string.h>

static const char *const STATE_NAMES[] = {"ISSUED", "CALLED",  "SERVING",   "MISSED",     "REQUEUED",
                                          "DONE",   "EXPIRED", "CANCELLED", "TRANSFERRED"};
static const char *const STEP_NAMES[] = {"call", "recall", "skip", "serve", "done", "back", "expire", "cancel", "transfer", "close"};
static const char *const ACTOR_NAMES[] = {"resident", "staff", "platform"};
static const char *const CODE_NAMES[] = {"QUEUE_OK", "QUEUE_STATE", "QUEUE_ACTOR", "QUEUE_EARLY", "QUEUE_LATE", "QUEUE_ONCE"};
static const char *const CLASS_NAMES[] = {"booked", "priority", "normal"};
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == QUEUE_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEP_NAMES) == QUEUE_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(ACTOR_NAMES) == QUEUE_ACTORS);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == QUEUE_CODES);
G_STATIC_ASSERT(G_N_ELEMENTS(CLASS_NAMES) == QUEUE_CLASSES);

const char *queue_state_name(enum queue_state state)
{
    return names_at(STATE_NAMES, QUEUE_STATES, state);
}

bool queue_state_parse(const char *name, enum queue_state *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(STATE_NAMES, QUEUE_STATES, name, &at);

    if (found)
        *out = (enum queue_state)at;
    return found;
}

const char *queue_step_name(enum queue_step step)
{
    return names_at(STEP_NAMES, QUEUE_STEPS, step);
}

bool queue_step_parse(const char *name, enum queue_step *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(STEP_NAMES, QUEUE_STEPS, name, &at);

    if (found)
        *out = (enum queue_step)at;
    return found;
}

const char *queue_actor_name(enum queue_actor actor)
{
    return names_at(ACTOR_NAMES, QUEUE_ACTORS, actor);
}

const char *queue_code_name(enum queue_code code)
{
    return names_at(CODE_NAMES, QUEUE_CODES, code);
}

const char *queue_class_name(enum queue_class class)
{
    return names_at(CLASS_NAMES, QUEUE_CLASSES, class);
}

bool queue_class_parse(const char *name, enum queue_class *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(CLASS_NAMES, QUEUE_CLASSES, name, &at);

    if (found)
        *out = (enum queue_class)at;
    return found;
}

/* ---- The table ---- */

#define IN(name) (1u << QUEUE_##name)
#define BY(name) (1u << QUEUE_BY_##name)
#define WAITS    (IN(ISSUED) | IN(REQUEUED))
#define OPEN     (WAITS | IN(CALLED) | IN(SERVING) | IN(MISSED))

/* One line a step: from where, where to, by whom. */
static const struct {
    unsigned from;
    enum queue_state to;
    unsigned by;
} STEPS[QUEUE_STEPS] = {
    [QUEUE_DO_CALL] = {WAITS, QUEUE_CALLED, BY(DESK)},
    [QUEUE_DO_RECALL] = {IN(CALLED), QUEUE_CALLED, BY(DESK)},
    [QUEUE_DO_SKIP] = {IN(CALLED), QUEUE_MISSED, BY(DESK) | BY(SYSTEM)},
    [QUEUE_DO_SERVE] = {IN(CALLED), QUEUE_SERVING, BY(DESK)},
    [QUEUE_DO_DONE] = {IN(SERVING), QUEUE_DONE, BY(DESK)},
    [QUEUE_DO_BACK] = {IN(MISSED), QUEUE_REQUEUED, BY(RESIDENT) | BY(DESK)},
    [QUEUE_DO_EXPIRE] = {IN(MISSED), QUEUE_EXPIRED, BY(SYSTEM)},
    [QUEUE_DO_CANCEL] = {IN(ISSUED), QUEUE_CANCELLED, BY(RESIDENT) | BY(DESK)},
    [QUEUE_DO_TRANSFER] = {IN(ISSUED), QUEUE_TRANSFERRED, BY(DESK)},
    [QUEUE_DO_CLOSE] = {OPEN, QUEUE_EXPIRED, BY(SYSTEM)},
};

bool queue_open(enum queue_state state)
{
    return (unsigned)state < QUEUE_STATES && (OPEN & (1u << state)) != 0;
}

bool queue_waits(enum queue_state state)
{
    return (unsigned)state < QUEUE_STATES && (WAITS & (1u << state)) != 0;
}

static enum queue_code in_time(const struct queue_ticket *ticket, enum queue_step step, int64_t at_ms)
{
    switch (step) {
    case QUEUE_DO_RECALL:
        return ticket->calls >= QUEUE_CALLS ? QUEUE_LATE : at_ms < ticket->called_ms + QUEUE_CALL_MS ? QUEUE_EARLY : QUEUE_OK;
    case QUEUE_DO_SKIP:
        return ticket->calls < QUEUE_CALLS || at_ms < ticket->called_ms + QUEUE_CALL_MS ? QUEUE_EARLY : QUEUE_OK;
    case QUEUE_DO_BACK:
        return ticket->requeued ? QUEUE_ONCE : at_ms > ticket->missed_ms + QUEUE_BACK_MS ? QUEUE_LATE : QUEUE_OK;
    case QUEUE_DO_EXPIRE:
        return !ticket->requeued && at_ms <= ticket->missed_ms + QUEUE_BACK_MS ? QUEUE_EARLY : QUEUE_OK;
    default:
        return QUEUE_OK;
    }
}

/* They were back before the clock ended it, and that was told late. Closed in the evening it was not missed, or is over. */
static bool back_before(const struct queue_ticket *ticket, enum queue_step step, int64_t at_ms)
{
    return step == QUEUE_DO_BACK && ticket->state == QUEUE_EXPIRED && ticket->missed_ms != 0 && at_ms < ticket->ended_ms;
}

static enum queue_code judge(const struct queue_ticket *ticket, enum queue_step step, enum queue_actor actor, int64_t at_ms)
{
    if ((unsigned)ticket->state >= QUEUE_STATES || (unsigned)step >= QUEUE_STEPS ||
        ((STEPS[step].from & (1u << ticket->state)) == 0 && !back_before(ticket, step, at_ms)))
        return QUEUE_STATE;
    if ((unsigned)actor >= QUEUE_ACTORS || (STEPS[step].by & (1u << actor)) == 0)
        return QUEUE_ACTOR;
    return in_time(ticket, step, at_ms);
}

static void apply(struct queue_ticket *ticket, enum queue_step step, int64_t at_ms)
{
    bool served = step == QUEUE_DO_CLOSE && ticket->state == QUEUE_SERVING;

    ticket->state = served ? QUEUE_DONE : STEPS[step].to;
    if (step == QUEUE_DO_CALL || step == QUEUE_DO_RECALL) {
        ticket->calls = step == QUEUE_DO_CALL ? 1 : ticket->calls + 1;
        ticket->called_ms = at_ms;
        ticket->behind = 0;
    }
    if (step == QUEUE_DO_SKIP)
        ticket->missed_ms = at_ms;
    if (step == QUEUE_DO_SERVE)
        ticket->served_ms = at_ms;
    if (step == QUEUE_DO_BACK) {
        ticket->requeued = true;
        ticket->calls = 0;
        ticket->behind = QUEUE_BEHIND;
        ticket->ended_ms = 0;
    }
    if (!queue_open(ticket->state))
        ticket->ended_ms = at_ms;
}

enum queue_code queue_do(struct queue_ticket *ticket, enum queue_step step, enum queue_actor actor, int64_t at_ms)
{
    enum queue_code code = judge(ticket, step, actor, at_ms);

    if (code == QUEUE_OK)
        apply(ticket, step, at_ms);
    return code;
}

bool queue_next_step(const struct queue_ticket *ticket, enum queue_step *step, int64_t *at_ms)
{
    if (ticket->state == QUEUE_CALLED && ticket->calls >= QUEUE_CALLS) {
        *step = QUEUE_DO_SKIP;
        *at_ms = ticket->called_ms + QUEUE_CALL_MS;
        return true;
    }
    *step = QUEUE_DO_EXPIRE;
    *at_ms = ticket->missed_ms + (ticket->requeued ? 0 : QUEUE_BACK_MS + 1);
    return ticket->state == QUEUE_MISSED;
}

/* ---- Numbers ---- */

bool queue_letter_valid(char letter)
{
    return letter >= 'A' && letter <= 'Z' && letter != 'I' && letter != 'O';
}

bool queue_no_write(char letter, int no, char out[QUEUE_NO_SIZE])
{
    if (!queue_letter_valid(letter) || no < 1 || no > QUEUE_NO_MAX)
        return false;
    out[0] = letter;
    out[1] = (char)('0' + no / 100);
    out[2] = (char)('0' + no / 10 % 10);
    out[3] = (char)('0' + no % 10);
    out[4] = '\0';
    return true;
}

bool queue_no_read(const char *text, char *letter, int *no)
{
    if (strlen(text) != QUEUE_NO_SIZE - 1 || !queue_letter_valid(text[0]) || strspn(text + 1, "0123456789") != 3)
        return false;
    *letter = text[0];
    *no = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    return *no > 0;
}

bool queue_counter_valid(const char *counter)
{
    size_t len = strlen(counter);

    return len > 0 && len < QUEUE_COUNTER_SIZE && strspn(counter, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

/* ---- Whose turn ---- */

enum queue_class queue_class_of(bool booked_in_time, int age, bool priority)
{
    if (booked_in_time)
        return QUEUE_BOOKED;
    return priority || age >= QUEUE_ELDER_AGE ? QUEUE_PRIORITY : QUEUE_NORMAL;
}

static bool earlier(const struct queue_wait *a, const struct queue_wait *b)
{
    return a->issued_ms != b->issued_ms ? a->issued_ms < b->issued_ms : a->no < b->no;
}

/* The first of one kind: who was back and has let the others go first; who goes before others; everybody else. */
enum kind { BACK, BEFORE, OTHER, HELD, KINDS };

static enum kind kind_of(const struct queue_wait *wait)
{
    if (wait->requeued)
        return wait->behind == 0 ? BACK : HELD;
    return wait->class == QUEUE_NORMAL ? OTHER : BEFORE;
}

/* Of those who have to let others go first, the one who has fewest of them left. */
static bool better(const struct queue_wait *a, const struct queue_wait *b)
{
    return a->requeued && b->requeued && a->behind != b->behind ? a->behind < b->behind : earlier(a, b);
}

static unsigned at(const struct queue_wait *wait)
{
    return (unsigned)(wait->letter - 'A') % QUEUE_LETTERS;
}

/* Letters, as bits, of which nobody goes before others now: two did, and somebody else waits. */
static unsigned letters_held(const struct queue_wait *waits, size_t count, const struct queue_runs *runs)
{
    unsigned held = 0;

    for (size_t i = 0; i < count; i++)
        if (kind_of(&waits[i]) == OTHER)
            held |= runs->counter >= QUEUE_RUN_MAX ? ~0u : runs->letter[at(&waits[i])] >= QUEUE_RUN_MAX ? 1u << at(&waits[i]) : 0;
    return held;
}

size_t queue_pick(const struct queue_wait *waits, size_t count, const struct queue_runs *runs)
{
    size_t first[KINDS] = {count, count, count, count};
    unsigned held = letters_held(waits, count, runs);

    for (size_t i = 0; i < count; i++) {
        enum kind kind = kind_of(&waits[i]);
        if (kind == BEFORE && (held & (1u << at(&waits[i]))) != 0)
            continue;
        if (first[kind] == count || better(&waits[i], &waits[first[kind]]))
            first[kind] = i;
    }
    for (size_t kind = 0; kind < KINDS; kind++)
        if (first[kind] < count)
            return first[kind];
    return count;
}

void queue_called(struct queue_wait *waits, size_t count, size_t picked, struct queue_runs *runs)
{
    bool before = kind_of(&waits[picked]) == BEFORE;
    unsigned *of_letter = &runs->letter[at(&waits[picked])];

    for (size_t i = 0; i < count; i++)
        if (i != picked && waits[i].requeued && waits[i].behind > 0)
            waits[i].behind--;
    runs->counter = before ? runs->counter + 1 : 0;
    *of_letter = before ? *of_letter + 1 : 0;
}

bool queue_order(const struct queue_wait *waits, size_t count, const struct queue_runs *runs, unsigned *order)
{
    struct queue_runs run = *runs;
    g_autofree struct queue_wait *left = count > 0 ? g_try_new(struct queue_wait, count) : NULL;
    g_autofree size_t *whose = count > 0 ? g_try_new(size_t, count) : NULL;

    if (count > QUEUE_NO_MAX || (count > 0 && (left == NULL || whose == NULL)))
        return false;
    for (size_t i = 0; i < count; i++) {
        left[i] = waits[i];
        whose[i] = i;
    }
    for (unsigned place = 0; count > 0; place++) {
        size_t picked = queue_pick(left, count, &run);

        queue_called(left, count, picked, &run);
        order[whose[picked]] = place;
        count--;
        left[picked] = left[count];
        whose[picked] = whose[count];
    }
    return true;
}

/* ---- How long ---- */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t queue_median(int64_t *ms, size_t count)
{
    if (count < QUEUE_SERVICES_MIN)
        return -1;
    qsort(ms, count, sizeof *ms, compare);
    return count % 2 == 1 ? ms[count / 2] : ms[count / 2 - 1] + (ms[count / 2] - ms[count / 2 - 1]) / 2;
}

#define FIVE_MIN_MS INT64_C(300000)
#define MEDIAN_MAX  INT64_C(86400000)

struct queue_estimate queue_estimate(int64_t median_ms, unsigned ahead, unsigned counters)
{
    int64_t each, low, high;

    if (median_ms < 0 || ahead > QUEUE_NO_MAX)
        return (struct queue_estimate){-1, -1};
    each = (median_ms < MEDIAN_MAX ? median_ms : MEDIAN_MAX) / (counters > 0 ? counters : 1);
    low = each * ahead * 3 / 4 / FIVE_MIN_MS * 5;
    high = (each * (ahead + 1) * 3 / 2 + FIVE_MIN_MS - 1) / FIVE_MIN_MS * 5;
    return (struct queue_estimate){(int)low, (int)(high > 5 ? high : 5)};
}
