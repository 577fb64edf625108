/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the hall: every step from every state, times, a walk drawn by chance beside a second model, whose turn it is, how long, matters. */
#include "model/matter.h"

#include <glib.h>
#include <string.h>

#define NOW INT64_C(1790000000000)
#define MINUTE_MS INT64_C(60000)

/* ---- The machine ---- */

/* What the drawing says, written down a second time: from, step, to, by whom (r resident, d desk, s the clock). */
static const char *const DRAWN[] = {
    "ISSUED call CALLED d",        "REQUEUED call CALLED d",   "CALLED recall CALLED d",      "CALLED skip MISSED ds",
    "CALLED serve SERVING d",      "SERVING done DONE d",      "MISSED back REQUEUED rd",     "MISSED expire EXPIRED s",
    "ISSUED cancel CANCELLED rd",  "ISSUED transfer TRANSFERRED d", "ISSUED close EXPIRED s", "CALLED close EXPIRED s",
    "MISSED close EXPIRED s",      "REQUEUED close EXPIRED s", "SERVING close DONE s",
};

static struct queue_ticket in_state(enum queue_state state, enum queue_step step)
{
    return (struct queue_ticket){.state = state, .calls = step == QUEUE_DO_RECALL ? 1 : QUEUE_CALLS, .issued_ms = NOW - 90 * MINUTE_MS,
                                 .called_ms = NOW - MINUTE_MS, .missed_ms = NOW - (step == QUEUE_DO_BACK ? 1 : 31) * MINUTE_MS};
}

static void test_every_step(void)
{
    static const char who[] = "rds";
    unsigned taken = 0, drawn = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
        drawn += (unsigned)strlen(strrchr(DRAWN[i], ' ') + 1);
    for (unsigned state = 0; state < QUEUE_STATES; state++)
        for (unsigned step = 0; step < QUEUE_STEPS; step++)
            for (unsigned actor = 0; actor < QUEUE_ACTORS; actor++) {
                struct queue_ticket ticket = in_state((enum queue_state)state, (enum queue_step)step), before = ticket;
                bool done = queue_do(&ticket, (enum queue_step)step, (enum queue_actor)actor, NOW) == QUEUE_OK, is_drawn = false;
                g_autofree char *told = g_strdup_printf("%s %s %s ", queue_state_name((enum queue_state)state),
                                                        queue_step_name((enum queue_step)step), queue_state_name(ticket.state));

                for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
                    is_drawn = is_drawn || (g_str_has_prefix(DRAWN[i], told) && strchr(DRAWN[i] + strlen(told), who[actor]) != NULL);
                if (done != is_drawn)
                    g_error("%sby %c: %s", told, who[actor], done ? "done, not drawn" : "drawn, not done");
                if (!done)
                    g_assert_cmpmem(&ticket, sizeof ticket, &before, sizeof before);
                g_assert_true((ticket.ended_ms == 0) == (!done || queue_open(ticket.state)));
                taken += done;
            }
    g_assert_cmpuint(taken, ==, drawn);
}

static void at(struct queue_ticket *ticket, enum queue_step step, enum queue_actor actor, int64_t at_ms, const char *code)
{
    g_assert_cmpstr(queue_code_name(queue_do(ticket, step, actor, at_ms)), ==, code);
}

static void call_three_times(struct queue_ticket *ticket, int64_t at_ms)
{
    at(ticket, QUEUE_DO_CALL, QUEUE_BY_DESK, at_ms, "QUEUE_OK");
    at(ticket, QUEUE_DO_RECALL, QUEUE_BY_DESK, at_ms + 19999, "QUEUE_EARLY");
    at(ticket, QUEUE_DO_RECALL, QUEUE_BY_DESK, at_ms + 20000, "QUEUE_OK");
    at(ticket, QUEUE_DO_SKIP, QUEUE_BY_DESK, at_ms + 60000, "QUEUE_EARLY");
    at(ticket, QUEUE_DO_RECALL, QUEUE_BY_DESK, at_ms + 40000, "QUEUE_OK");
    at(ticket, QUEUE_DO_RECALL, QUEUE_BY_DESK, at_ms + 60000, "QUEUE_LATE");
    at(ticket, QUEUE_DO_SKIP, QUEUE_BY_SYSTEM, at_ms + 59999, "QUEUE_EARLY");
}

/* Of one that was missed at `missed_ms` and has expired. */
static void told_late(const struct queue_ticket *expired, int64_t missed_ms)
{
    struct queue_ticket ticket = *expired;

    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, expired->ended_ms, "QUEUE_STATE");
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_SYSTEM, missed_ms + 1, "QUEUE_ACTOR");
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, missed_ms + 30 * MINUTE_MS, "QUEUE_OK");
    g_assert_true(ticket.state == QUEUE_REQUEUED && ticket.ended_ms == 0 && ticket.behind == 3);
    ticket = *expired;
    ticket.requeued = true;
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, missed_ms + 1, "QUEUE_ONCE");
    ticket = *expired;
    ticket.missed_ms = 0; /* closed in the evening, never called */
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, missed_ms + 1, "QUEUE_STATE");
}

static void test_times(void)
{
    struct queue_ticket ticket = {.issued_ms = NOW}, late;
    enum queue_step step;
    int64_t at_ms;

    g_assert_false(queue_next_step(&ticket, &step, &at_ms));
    call_three_times(&ticket, NOW);
    g_assert_true(queue_next_step(&ticket, &step, &at_ms) && step == QUEUE_DO_SKIP && at_ms == NOW + 60000);
    at(&ticket, step, QUEUE_BY_SYSTEM, at_ms, "QUEUE_OK");
    late = ticket;
    at(&late, QUEUE_DO_EXPIRE, QUEUE_BY_SYSTEM, at_ms + 30 * MINUTE_MS, "QUEUE_EARLY");
    at(&late, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, at_ms + 30 * MINUTE_MS + 1, "QUEUE_LATE");
    g_assert_true(queue_next_step(&late, &step, &late.issued_ms) && step == QUEUE_DO_EXPIRE);
    at(&late, step, QUEUE_BY_SYSTEM, late.issued_ms, "QUEUE_OK");
    told_late(&late, at_ms);
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, at_ms + 30 * MINUTE_MS, "QUEUE_OK");
    g_assert_cmpuint(ticket.behind, ==, 3);
    call_three_times(&ticket, NOW + 3600000);
    at(&ticket, QUEUE_DO_SKIP, QUEUE_BY_DESK, NOW + 3660000, "QUEUE_OK");
    at(&ticket, QUEUE_DO_BACK, QUEUE_BY_RESIDENT, NOW + 3660000, "QUEUE_ONCE");
    g_assert_true(queue_next_step(&ticket, &step, &at_ms) && at_ms == NOW + 3660000);
    at(&ticket, step, QUEUE_BY_SYSTEM, at_ms, "QUEUE_OK");
    g_assert_cmpint(ticket.state, ==, QUEUE_EXPIRED);
}

/* ---- A walk by chance ---- */

/* What may not be, whatever is asked for. `calls`: of this time in the queue, counted here. */
struct watch {
    unsigned calls, backs;
    int64_t called_ms, missed_ms;
};

static void watch_step(struct watch *watch, const struct queue_ticket *before, enum queue_step step, int64_t at_ms)
{
    g_assert_true(queue_open(before->state));
    if (step == QUEUE_DO_CALL)
        *watch = (struct watch){.calls = 1, .backs = watch->backs, .called_ms = at_ms};
    if (step == QUEUE_DO_RECALL) {
        g_assert_cmpint(at_ms - watch->called_ms, >=, QUEUE_CALL_MS);
        watch->called_ms = at_ms;
        g_assert_cmpuint(++watch->calls, <=, QUEUE_CALLS);
    }
    if (step == QUEUE_DO_SKIP) {
        g_assert_cmpuint(watch->calls, ==, QUEUE_CALLS);
        g_assert_cmpint(at_ms - watch->called_ms, >=, QUEUE_CALL_MS);
        watch->missed_ms = at_ms;
    }
    if (step == QUEUE_DO_BACK) {
        g_assert_cmpint(at_ms - watch->missed_ms, <=, QUEUE_BACK_MS);
        g_assert_cmpuint(++watch->backs, ==, 1);
    }
    if (step == QUEUE_DO_EXPIRE)
        g_assert_true(watch->backs == 1 || at_ms - watch->missed_ms > QUEUE_BACK_MS);
}

static void test_walk(void)
{
    unsigned ended[QUEUE_STATES] = {0};

    for (int walk = 0; walk < 20000; walk++) {
        struct queue_ticket ticket = {.issued_ms = NOW};
        struct watch watch = {0};
        int64_t at_ms = NOW;

        for (int i = 0; i < 60 && queue_open(ticket.state); i++) {
            struct queue_ticket before = ticket;
            /* Close is the evening's: seldom, so that what lies behind is walked, too. */
            enum queue_step step = (enum queue_step)g_test_rand_int_range(0, i < 50 ? QUEUE_DO_CLOSE : QUEUE_STEPS);
            enum queue_actor actor = (enum queue_actor)g_test_rand_int_range(0, QUEUE_ACTORS);

            at_ms += g_test_rand_int_range(0, g_test_rand_bit() ? 40000 : 2400000);
            if (queue_do(&ticket, step, actor, at_ms) == QUEUE_OK)
                watch_step(&watch, &before, step, at_ms);
            else
                g_assert_cmpmem(&ticket, sizeof ticket, &before, sizeof before);
        }
        ended[ticket.state]++;
    }
    g_assert_cmpuint(ended[QUEUE_DONE], >, 0);
    g_assert_cmpuint(ended[QUEUE_EXPIRED], >, 0);
    g_assert_cmpuint(ended[QUEUE_CANCELLED], >, 0);
    g_assert_cmpuint(ended[QUEUE_TRANSFERRED], >, 0);
}

/* ---- Whose turn ---- */

/* "n3 p1 b2": class and number; r: was back, so many come first. Called in this order. */
static void turns(const char *who, unsigned run, const char *expected)
{
    const struct queue_runs runs = {.counter = run, .letter = {run}};
    g_auto(GStrv) words = g_strsplit(who, " ", -1);
    struct queue_wait waits[16] = {0};
    unsigned order[16];
    size_t count = g_strv_length(words);
    g_autofree char **places = g_new0(char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        waits[i] = (struct queue_wait){.class = words[i][0] == 'p' ? QUEUE_PRIORITY : words[i][0] == 'b' ? QUEUE_BOOKED : QUEUE_NORMAL, .letter = 'A',
                                       .requeued = words[i][0] == 'r', .no = (int)g_ascii_strtoll(words[i] + 1, NULL, 10)};
        if (waits[i].requeued)
            waits[i].behind = (unsigned)waits[i].no;
        waits[i].issued_ms = waits[i].requeued ? NOW : NOW + waits[i].no;
    }
    g_assert_true(queue_order(waits, count, &runs, order));
    for (size_t i = 0; i < count; i++)
        places[order[i]] = words[i];
    g_autofree char *told = g_strjoinv(" ", places);
    g_assert_cmpstr(told, ==, expected);
}

static void test_turns(void)
{
    turns("n2 n1 n3", 0, "n1 n2 n3");
    turns("n1 p2 b3 p4 p5 n6", 0, "p2 b3 n1 p4 p5 n6");
    turns("n1 p2 p3", 2, "n1 p2 p3");
    turns("n1 p2 p3", 1, "p2 n1 p3");
    turns("p1 p2 p3", 2, "p1 p2 p3"); /* nobody else is there */
    turns("n1 n2 n4 n5 r3", 0, "n1 n2 n4 r3 n5");
    turns("n1 r3", 0, "n1 r3");       /* nobody more comes first */
    turns("r3 r1 n9", 0, "n9 r1 r3");
    turns("r0 p1", 0, "r0 p1");
    g_assert_cmpuint(queue_pick(NULL, 0, &(struct queue_runs){0}), ==, 0);
    g_assert_true(queue_order(NULL, 0, &(struct queue_runs){0}, NULL));
}

/* Two letters: what went before at another counter counts for its letter, what went before here for both. */
static void test_runs(void)
{
    const struct queue_wait waits[] = {{.class = QUEUE_PRIORITY, .letter = 'A', .issued_ms = NOW, .no = 1},
                                       {.class = QUEUE_PRIORITY, .letter = 'B', .issued_ms = NOW + 1, .no = 1},
                                       {.class = QUEUE_NORMAL, .letter = 'A', .issued_ms = NOW + 2, .no = 2}};

    g_assert_cmpuint(queue_pick(waits, 3, &(struct queue_runs){0}), ==, 0);
    g_assert_cmpuint(queue_pick(waits, 3, &(struct queue_runs){.letter = {2}}), ==, 1);    /* two of A at another counter */
    g_assert_cmpuint(queue_pick(waits, 3, &(struct queue_runs){.letter = {0, 2}}), ==, 0); /* nobody else of B waits */
    g_assert_cmpuint(queue_pick(waits, 3, &(struct queue_runs){.counter = 2}), ==, 2);     /* two here, of whatever letter */
    g_assert_cmpuint(queue_pick(waits, 2, &(struct queue_runs){.counter = 2, .letter = {2, 2}}), ==, 0);
    struct queue_runs runs = {.counter = 1, .letter = {1, 2}};
    struct queue_wait left[3];
    memcpy(left, waits, sizeof left);
    queue_called(left, 3, 0, &runs);
    g_assert_true(runs.counter == 2 && runs.letter[0] == 2 && runs.letter[1] == 2);
    queue_called(left, 3, 2, &runs);
    g_assert_true(runs.counter == 0 && runs.letter[0] == 0 && runs.letter[1] == 2);
}

/* However they come: everybody once, never three who go before others while one waits who does not. */
static void test_turns_by_chance(void)
{
    for (int round = 0; round < 500; round++) {
        size_t count = (size_t)g_test_rand_int_range(1, 60);
        struct queue_wait waits[60] = {0};
        unsigned order[60], normal_left = 0, in_a_row = 0;
        size_t at_place[60];
        bool seen[60] = {false};

        for (size_t i = 0; i < count; i++) {
            waits[i] = (struct queue_wait){.class = (enum queue_class)g_test_rand_int_range(0, QUEUE_CLASSES), .letter = 'A',
                                           .issued_ms = NOW + g_test_rand_int_range(0, 100), .no = (int)i + 1};
            normal_left += waits[i].class == QUEUE_NORMAL;
        }
        g_assert_true(queue_order(waits, count, &(struct queue_runs){0}, order));
        for (size_t i = 0; i < count; i++) {
            g_assert_cmpuint(order[i], <, count);
            g_assert_false(seen[order[i]]);
            seen[order[i]] = true;
            at_place[order[i]] = i;
        }
        for (size_t place = 0; place < count; place++) {
            bool normal = waits[at_place[place]].class == QUEUE_NORMAL;
            in_a_row = normal ? 0 : in_a_row + 1;
            g_assert_true(in_a_row <= QUEUE_RUN_MAX || normal_left == 0);
            normal_left -= normal;
        }
    }
}

static void test_classes(void)
{
    g_assert_cmpint(queue_class_of(true, 80, false), ==, QUEUE_BOOKED);
    g_assert_cmpint(queue_class_of(false, 70, false), ==, QUEUE_PRIORITY);
    g_assert_cmpint(queue_class_of(false, 69, false), ==, QUEUE_NORMAL);
    g_assert_cmpint(queue_class_of(false, -1, true), ==, QUEUE_PRIORITY);
    g_assert_cmpint(queue_class_of(false, -1, false), ==, QUEUE_NORMAL);
}

/* ---- Numbers, how long ---- */

static void test_numbers(void)
{
    static const char *const wrong[] = {"", "A1", "A000", "a001", "I001", "O001", "A0001", "A+01", "A 01", "1001"};
    char text[QUEUE_NO_SIZE], letter;
    int no;

    for (int n = 1; n <= QUEUE_NO_MAX; n++)
        g_assert_true(queue_no_write('B', n, text) && queue_no_read(text, &letter, &no) && letter == 'B' && no == n);
    g_assert_true(queue_no_write('A', 7, text));
    g_assert_cmpstr(text, ==, "A007");
    g_assert_false(queue_no_write('A', 1000, text) || queue_no_write('A', 0, text) || queue_no_write('O', 1, text));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(queue_no_read(wrong[i], &letter, &no));
    g_assert_true(queue_counter_valid("1") && queue_counter_valid("WINDOW12"));
    g_assert_false(queue_counter_valid("") || queue_counter_valid("WINDOW123") || queue_counter_valid("a") || queue_counter_valid("1 2"));
}

static void estimated(int64_t median_ms, unsigned ahead, unsigned counters, int from_min, int to_min)
{
    struct queue_estimate estimate = queue_estimate(median_ms, ahead, counters);

    g_assert_cmpint(estimate.from_min, ==, from_min);
    g_assert_cmpint(estimate.to_min, ==, to_min);
}

static void test_estimate(void)
{
    int64_t some[] = {9, 1, 5, 3, 7}, even[] = {1, 2, 8, 4, 20, 6};

    g_assert_cmpint(queue_median(some, 4), ==, -1);
    g_assert_cmpint(queue_median(some, 5), ==, 5);
    g_assert_cmpint(queue_median(even, 6), ==, 5);
    estimated(-1, 4, 1, -1, -1);
    estimated(8 * MINUTE_MS, 0, 1, 0, 15);
    estimated(8 * MINUTE_MS, 4, 0, 20, 60);
    estimated(8 * MINUTE_MS, 4, 2, 10, 30);
    estimated(0, 10, 1, 0, 5);
    estimated(INT64_MAX, 1, 1, 1080, 4320);
    estimated(8 * MINUTE_MS, QUEUE_NO_MAX + 1, 1, -1, -1);
}

/* ---- Matters and ranges ---- */

#define WORDS(zh, en) "{\"zh\":\"" zh "\",\"en\":\"" en "\"}"
#define MATTER                                                                                                                       \
    "{\"code\":\"RETIRE\",\"group\":\"A\",\"name\":" WORDS("退休登记", "Retirement") ",\"dept\":" WORDS("社保", "Social security")        \
    ",\"fee_note\":" WORDS("", "") ",\"papers\":[" WORDS("身份证", "ID card") "],\"places\":[\"HALL\"],\"fee_fen\":0,\"days\":5,"       \
    "\"kiosk_can\":\"part\",\"own_only\":true,\"lead_days_min\":1,\"horizon_workdays\":5,\"cancel_hours\":2,\"max_per_day\":1,"       \
    "\"no_show_limit\":3,\"no_show_window_days\":90,\"ban_days\":30}"

static void test_matter(void)
{
    json_auto_t *json = json_loads(MATTER, 0, NULL);
    struct matter matter;
    const char *key;
    json_t *value;

    g_assert_true(matter_from_json(json, &matter));
    g_assert_true(matter_at(&matter, "HALL") && !matter_at(&matter, "HAL"));
    json_auto_t *back = matter_to_json(&matter);
    g_assert_true(json_equal(json, back));
    json_object_foreach(json, key, value)
    { /* each member left out, or of another kind */
        json_auto_t *less = json_deep_copy(json), *other = json_deep_copy(json);
        json_object_del(less, key);
        json_object_set_new(other, key, json_null());
        g_assert_false(matter_from_json(less, &matter) || matter_from_json(other, &matter));
    }
    json_object_set_new(back, "group", json_string("O"));
    g_assert_false(matter_from_json(back, &matter));
    json_object_set_new(back, "group", json_string("A"));
    json_object_set_new(back, "places", json_pack("[s, s]", "HALL", "HALL"));
    g_assert_false(matter_from_json(back, &matter));
    json_object_set_new(back, "places", json_pack("[s]", "a b"));
    g_assert_false(matter_from_json(back, &matter));
}

static void test_ranges(void)
{
    struct queue_ranges ranges = {.version = 7, .kiosk = "K0001", .place = "HALL", .issued_ms = NOW, .count = 2,
                                  .ranges = {{20261123, 'A', 980, 999}, {20261123, 'B', 990, 999}}},
                        back;
    json_auto_t *json = queue_ranges_to_json(&ranges);

    g_assert_true(queue_ranges_from_json(json, &back));
    json_auto_t *again = queue_ranges_to_json(&back);
    g_assert_true(json_equal(json, again));
    json_object_set_new(json_array_get(json_object_get(json, "ranges"), 1), "group", json_string("A")); /* they meet */
    g_assert_false(queue_ranges_from_json(json, &back));
    json_object_set_new(json_array_get(json_object_get(again, "ranges"), 0), "day", json_integer(20261131));
    g_assert_false(queue_ranges_from_json(again, &back));
    g_assert_false(queue_ranges_from_json(NULL, &back));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/queue/every-step", test_every_step);
    g_test_add_func("/model/queue/times", test_times);
    g_test_add_func("/model/queue/walk", test_walk);
    g_test_add_func("/model/queue/turns", test_turns);
    g_test_add_func("/model/queue/runs", test_runs);
    g_test_add_func("/model/queue/turns-by-chance", test_turns_by_chance);
    g_test_add_func("/model/queue/classes", test_classes);
    g_test_add_func("/model/queue/numbers", test_numbers);
    g_test_add_func("/model/queue/estimate", test_estimate);
    g_test_add_func("/model/queue/matter", test_matter);
    g_test_add_func("/model/queue/ranges", test_ranges);
    return g_test_run();
}
