/* SPDX-License-Identifier: Apache-2.0 */
/* Topics: every step from every state by everybody, times, a walk drawn by chance, what residents say, ballots at their borders. */
#include "model/topic.h"

#include <glib.h>
#include <string.h>

#define NOW    INT64_C(1790000000000)
#define DAY_MS INT64_C(86400000)
#define ALL    0x7Fu

/* What the drawing says, written down a second time: from, step, to, by whom (a author, s staff, c committee, p the clock). */
static const char *const DRAWN[] = {
    "DRAFT submit MODERATION a",          "MODERATION accept COLLECTING sc",  "MODERATION return RETURNED sc",
    "MODERATION merge MERGED sc",         "COLLECTING qualify QUALIFIED p",   "COLLECTING lapse LAPSED p",
    "QUALIFIED deliberate DELIBERATION c", "DELIBERATION open BALLOT c",      "BALLOT decide DECIDED c",
    "DECIDED execute EXECUTING c",        "EXECUTING milestone EXECUTING c",  "EXECUTING report REPORTED c",
    "DECIDED report REPORTED c",
    "DRAFT withdraw WITHDRAWN a",         "MODERATION withdraw WITHDRAWN a",  "COLLECTING withdraw WITHDRAWN a",
    "QUALIFIED withdraw WITHDRAWN a",     "DELIBERATION withdraw WITHDRAWN a",
};

static struct topic in_state(enum topic_state state, enum topic_step step)
{
    return (struct topic){.state = state, .threshold = 10, .support = step == TOPIC_QUALIFY ? 10 : 9, .until_ms = NOW, .milestones = 2,
                          .reached = step == TOPIC_MILESTONE ? 1 : 2, .binding = true,
                          .outcome = step == TOPIC_REPORT ? TOPIC_REJECTED : TOPIC_PASSED};
}

static struct topic_move move_of(enum topic_step step, enum topic_actor actor)
{
    return (struct topic_move){.step = step, .actor = actor, .people = 2, .brings = ALL, .threshold = 10, .until_ms = NOW + DAY_MS,
                               .milestones = 2, .at_ms = NOW};
}

static void test_every_step(void)
{
    static const char who[] = "ascp";
    unsigned taken = 0, drawn = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
        drawn += (unsigned)strlen(strrchr(DRAWN[i], ' ') + 1);
    for (unsigned state = 0; state < TOPIC_STATES; state++)
        for (unsigned step = 0; step < TOPIC_STEPS; step++)
            for (unsigned actor = 0; actor < TOPIC_ACTORS; actor++) {
                struct topic topic = in_state((enum topic_state)state, (enum topic_step)step), before = topic;
                const struct topic_move move = move_of((enum topic_step)step, (enum topic_actor)actor);
                bool done = topic_do(&topic, &move) == TOPIC_OK, is_drawn = false;
                g_autofree char *told = g_strdup_printf("%s %s %s ", topic_state_name((enum topic_state)state),
                                                        topic_step_name((enum topic_step)step), topic_state_name(topic.state));

                for (size_t i = 0; i < G_N_ELEMENTS(DRAWN); i++)
                    is_drawn = is_drawn || (g_str_has_prefix(DRAWN[i], told) && strchr(DRAWN[i] + strlen(told), who[actor]) != NULL);
                if (done != is_drawn)
                    g_error("%sby %c: %s", told, who[actor], done ? "done, not drawn" : "drawn, not done");
                if (!done)
                    g_assert_cmpmem(&topic, sizeof topic, &before, sizeof before);
                g_assert_false(done && topic_ended((enum topic_state)state));
                taken += done;
            }
    g_assert_cmpuint(taken, ==, drawn);
}

/* Each thing that a step has to bring along, left out; and the second person. */
static void test_needs(void)
{
    for (unsigned step = 0; step < TOPIC_STEPS; step++)
        for (unsigned state = 0; state < TOPIC_STATES; state++)
            for (unsigned actor = 0; actor < TOPIC_ACTORS; actor++) {
                struct topic_move move = move_of((enum topic_step)step, (enum topic_actor)actor);
                struct topic topic = in_state((enum topic_state)state, (enum topic_step)step), less = topic, one = topic;

                if (topic_do(&topic, &move) != TOPIC_OK)
                    continue;
                move.people = 1;
                g_assert_true((topic_do(&one, &move) == TOPIC_TWO) == topic_step_by_two((enum topic_step)step));
                move.people = 2;
                move.brings = ALL & ~topic_step_needs((enum topic_step)step);
                g_assert_true((topic_do(&less, &move) == TOPIC_MISSING) == (topic_step_needs((enum topic_step)step) != 0));
            }
    struct topic topic = in_state(TOPIC_MODERATION, TOPIC_ACCEPT);
    struct topic_move move = move_of(TOPIC_ACCEPT, TOPIC_BY_STAFF);
    move.threshold = 0;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_MISSING);
    move.threshold = 1;
    move.until_ms = NOW;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_MISSING);
    topic = in_state(TOPIC_DECIDED, TOPIC_EXECUTE);
    move = move_of(TOPIC_EXECUTE, TOPIC_BY_COMMITTEE);
    move.milestones = TOPIC_MILESTONES_MAX + 1;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_MISSING);
}

static void test_times(void)
{
    struct topic topic = {.state = TOPIC_COLLECTING, .threshold = 2, .until_ms = NOW};
    struct topic_voice voice = {.elector = true, .at_ms = NOW - 1};
    struct topic_move move = move_of(TOPIC_DECIDE, TOPIC_BY_COMMITTEE);
    enum topic_step step;

    g_assert_false(topic_due(&topic, NOW - 1, &step));
    g_assert_true(topic_due(&topic, NOW, &step) && step == TOPIC_LAPSE);
    g_assert_cmpint(topic_support(&topic, &voice), ==, TOPIC_OK);
    g_assert_cmpint(topic_support(&topic, &voice), ==, TOPIC_OK);
    g_assert_true(topic_due(&topic, NOW, &step) && step == TOPIC_QUALIFY); /* enough came in time */
    move.step = TOPIC_LAPSE;
    move.actor = TOPIC_BY_SYSTEM;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_EARLY);
    topic = in_state(TOPIC_BALLOT, TOPIC_DECIDE);
    move = move_of(TOPIC_DECIDE, TOPIC_BY_COMMITTEE);
    move.at_ms = NOW - 1;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_EARLY);
    topic = in_state(TOPIC_EXECUTING, TOPIC_MILESTONE);
    move = move_of(TOPIC_REPORT, TOPIC_BY_COMMITTEE);
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_EARLY);
    move.step = TOPIC_MILESTONE;
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_OK);
    g_assert_cmpint(topic_do(&topic, &move), ==, TOPIC_ALREADY);
}

/* What is decided: carried out when it passed or the ballot advised, else only reported. */
static void test_decided(void)
{
    for (unsigned outcome = 0; outcome < TOPIC_OUTCOMES; outcome++)
        for (unsigned binding = 0; binding < 2; binding++) {
            const struct topic decided = {.state = TOPIC_DECIDED, .binding = binding != 0, .outcome = (enum topic_outcome)outcome};
            const struct topic_move execute = move_of(TOPIC_EXECUTE, TOPIC_BY_COMMITTEE), report = move_of(TOPIC_REPORT, TOPIC_BY_COMMITTEE);
            bool passed = outcome == TOPIC_PASSED;
            struct topic topic = decided;

            g_assert_cmpint(topic_do(&topic, &execute), ==, passed || binding == 0 ? TOPIC_OK : TOPIC_STATE);
            topic = decided;
            g_assert_cmpint(topic_do(&topic, &report), ==, passed ? TOPIC_STATE : TOPIC_OK);
            g_assert_true((topic.state == TOPIC_REPORTED) == !passed);
        }
    enum topic_outcome parsed = TOPIC_NO_QUORUM;
    g_assert_true(topic_outcome_parse("PASSED", &parsed) && parsed == TOPIC_PASSED);
    g_assert_false(topic_outcome_parse("passed", &parsed) || topic_outcome_parse(NULL, &parsed));
}

/* ---- A walk by chance ---- */

static void walk_step(const struct topic *before, const struct topic *topic, const struct topic_move *move)
{
    g_assert_false(topic_ended(before->state));
    if (topic->state == TOPIC_BALLOT || topic->state == TOPIC_DECIDED)
        g_assert_cmpuint(move->people, >=, 2);
    if (topic->state == TOPIC_QUALIFIED)
        g_assert_cmpint(topic->support, >=, topic->threshold);
    if (topic->state == TOPIC_LAPSED)
        g_assert_true(topic->support < topic->threshold && move->at_ms >= topic->until_ms);
    if (topic->state == TOPIC_REPORTED)
        g_assert_cmpuint(topic->reached, ==, topic->milestones);
    if (topic->state == TOPIC_REPORTED && topic->outcome == TOPIC_PASSED)
        g_assert_cmpint(before->state, ==, TOPIC_EXECUTING);
    if (topic->state == TOPIC_EXECUTING && topic->binding)
        g_assert_cmpint(topic->outcome, ==, TOPIC_PASSED);
    if (topic->state == TOPIC_WITHDRAWN)
        g_assert_cmpint(before->state, <, TOPIC_BALLOT);
    if (!topic_ended(topic->state)) /* never back */
        g_assert_true(topic->state == before->state + 1 || (topic->state == TOPIC_EXECUTING && before->state == TOPIC_EXECUTING));
}

static void test_walk(void)
{
    unsigned ended[TOPIC_STATES] = {0};

    for (int walk = 0; walk < 4000; walk++) {
        struct topic topic = {.state = TOPIC_DRAFT, .binding = g_test_rand_bit(),
                              .outcome = (enum topic_outcome)g_test_rand_int_range(0, TOPIC_OUTCOMES)};
        int64_t at_ms = NOW;

        for (int i = 0; i < 400 && !topic_ended(topic.state); i++) {
            struct topic before = topic;
            struct topic_voice voice = {.elector = g_test_rand_bit(), .already = g_test_rand_bit(), .at_ms = at_ms};
            struct topic_move move = move_of((enum topic_step)g_test_rand_int_range(0, i % 40 == 0 ? TOPIC_STEPS : TOPIC_WITHDRAW),
                                             (enum topic_actor)g_test_rand_int_range(0, TOPIC_ACTORS));

            move.people = (unsigned)g_test_rand_int_range(0, 3);
            move.brings = g_test_rand_bit() ? ALL : (unsigned)g_test_rand_int_range(0, (int)ALL + 1);
            move.threshold = g_test_rand_int_range(0, 5);
            move.milestones = (unsigned)g_test_rand_int_range(0, 4);
            move.at_ms = at_ms += g_test_rand_int_range(0, 3600000);
            move.until_ms = at_ms + g_test_rand_int_range(0, 36000000);
            if (topic_support(&topic, &voice) == TOPIC_OK) {
                g_assert_true(voice.elector && !voice.already && before.state == TOPIC_COLLECTING && voice.at_ms < before.until_ms);
                before = topic;
            }
            if (topic_do(&topic, &move) == TOPIC_OK)
                walk_step(&before, &topic, &move);
            else
                g_assert_cmpmem(&topic, sizeof topic, &before, sizeof before);
        }
        ended[topic.state]++;
    }
    for (unsigned state = TOPIC_REPORTED; state < TOPIC_STATES; state++)
        g_assert_cmpuint(ended[state], >, 0);
}

/* ---- What residents say ---- */

static void test_voices(void)
{
    struct topic collecting = {.state = TOPIC_COLLECTING, .threshold = 5, .until_ms = NOW}, ballot = {.state = TOPIC_BALLOT, .until_ms = NOW};
    const struct topic_voice good = {.elector = true, .at_ms = NOW - 1}, late = {.elector = true, .at_ms = NOW},
                             again = {.elector = true, .already = true, .at_ms = NOW - 1}, other = {.at_ms = NOW - 1};

    g_assert_cmpint(topic_support(&collecting, &good), ==, TOPIC_OK);
    g_assert_cmpint(collecting.support, ==, 1);
    g_assert_cmpint(topic_support(&collecting, &late), ==, TOPIC_LATE);
    g_assert_cmpint(topic_support(&collecting, &again), ==, TOPIC_ALREADY);
    g_assert_cmpint(topic_support(&collecting, &other), ==, TOPIC_OTHERS);
    g_assert_cmpint(topic_support(&ballot, &good), ==, TOPIC_STATE);
    g_assert_cmpint(collecting.support, ==, 1);
    g_assert_cmpint(topic_paper(&ballot, &good), ==, TOPIC_OK);
    g_assert_cmpint(topic_paper(&ballot, &late), ==, TOPIC_LATE);
    g_assert_cmpint(topic_paper(&ballot, &again), ==, TOPIC_ALREADY);
    g_assert_cmpint(topic_paper(&ballot, &other), ==, TOPIC_OTHERS);
    g_assert_cmpint(topic_paper(&collecting, &good), ==, TOPIC_STATE);
    for (int64_t vote = -2; vote <= 2; vote++)
        g_assert_true((topic_statement(&collecting, &again, vote) == TOPIC_OK) == (vote >= -1 && vote <= 1)); /* may be changed */
    g_assert_cmpint(topic_statement(&collecting, &other, 1), ==, TOPIC_OTHERS);
    g_assert_cmpint(topic_statement(&ballot, &good, 1), ==, TOPIC_STATE);
}

static void test_papers(void)
{
    g_assert_true(paper_code_valid("23456789ABCDEFGH"));
    g_assert_false(paper_code_valid("23456789ABCDEFG"));
    g_assert_false(paper_code_valid("23456789ABCDEFGHJ"));
    for (const char *bad = "01IOa -"; *bad != '\0'; bad++) {
        char code[] = "23456789ABCDEFGH";
        code[7] = *bad;
        g_assert_false(paper_code_valid(code));
    }
    for (size_t i = 1; i < strlen(PAPER_ALPHABET); i++)
        g_assert_cmpint(PAPER_ALPHABET[i - 1], <, PAPER_ALPHABET[i]);
    g_assert_cmpstr(ballot_choice_name(BALLOT_FOR), ==, "for");
    g_assert_cmpstr(ballot_choice_name(BALLOT_AGAINST), ==, "against");
    g_assert_cmpstr(ballot_choice_name(BALLOT_ABSTAIN), ==, "abstain");
    g_assert_cmpstr(ballot_choice_name((enum ballot_choice)0), ==, "?");
}

/* ---- VT-3 ---- */

static void came(int64_t voting, int64_t voting_cm2, int64_t yes, int64_t yes_cm2, bool special, const char *outcome)
{
    const struct ballot ballot = {900, 810000000, voting, voting_cm2, yes, yes_cm2};

    g_assert_cmpstr(topic_outcome_name(topic_outcome(&ballot, special)), ==, outcome);
}

static void test_outcomes(void)
{
    came(600, 540000000, 301, 270000001, false, "PASSED");
    came(599, 540000000, 599, 540000000, false, "NO_QUORUM");
    came(600, 539999999, 600, 539999999, false, "NO_QUORUM");
    came(600, 540000000, 300, 540000000, false, "REJECTED"); /* not more than half */
    came(600, 540000000, 600, 270000000, false, "REJECTED");
    came(600, 540000000, 450, 405000000, true, "PASSED");    /* three quarters and no more */
    came(600, 540000000, 449, 540000000, true, "REJECTED");
    came(600, 540000000, 600, 404999999, true, "REJECTED");
    came(600, 540000000, 601, 270000001, false, "NO_QUORUM"); /* more than voted: nothing came of it */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/topic/every-step", test_every_step);
    g_test_add_func("/model/topic/needs", test_needs);
    g_test_add_func("/model/topic/times", test_times);
    g_test_add_func("/model/topic/decided", test_decided);
    g_test_add_func("/model/topic/walk", test_walk);
    g_test_add_func("/model/topic/voices", test_voices);
    g_test_add_func("/model/topic/papers", test_papers);
    g_test_add_func("/model/topic/outcomes", test_outcomes);
    return g_test_run();
}
