/* SPDX-License-Identifier: Apache-2.0 */
/* Topics of the community. Drawn in topic.h. */
#include "model/topic.h"

#include "model/strict.h"
#include <string.h>

static const char *const STATE_NAMES[] = {"DRAFT",     "MODERATION", "COLLECTING", "QUALIFIED", "DELIBERATION", "BALLOT",   "DECIDED",
                                          "EXECUTING", "REPORTED",   "LAPSED",     "RETURNED",  "MERGED",       "WITHDRAWN"};
static const char *const STEP_NAMES[] = {"submit",     "accept", "return", "merge",   "qualify",   "lapse",  "deliberate",
                                         "open", "decide", "execute", "milestone", "report", "withdraw"};
static const char *const CODE_NAMES[] = {"TOPIC_OK",    "TOPIC_STATE", "TOPIC_ACTOR",   "TOPIC_TWO",   "TOPIC_MISSING",
                                         "TOPIC_EARLY", "TOPIC_LATE",  "TOPIC_ALREADY", "TOPIC_OTHERS"};
static const char *const OUTCOME_NAMES[] = {"NO_QUORUM", "REJECTED", "PASSED"};
static const char *const CHOICE_NAMES[] = {"for", "against", "abstain"};
G_STATIC_ASSERT(G_N_ELEMENTS(CHOICE_NAMES) == BALLOT_CHOICES);
G_STATIC_ASSERT(G_N_ELEMENTS(STATE_NAMES) == TOPIC_STATES);
G_STATIC_ASSERT(G_N_ELEMENTS(STEP_NAMES) == TOPIC_STEPS);
G_STATIC_ASSERT(G_N_ELEMENTS(CODE_NAMES) == TOPIC_CODES);
G_STATIC_ASSERT(G_N_ELEMENTS(OUTCOME_NAMES) == TOPIC_OUTCOMES);

const char *topic_state_name(enum topic_state state)
{
    return names_at(STATE_NAMES, TOPIC_STATES, state);
}

bool topic_state_parse(const char *name, enum topic_state *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(STATE_NAMES, TOPIC_STATES, name, &at);

    if (found)
        *out = (enum topic_state)at;
    return found;
}

const char *topic_step_name(enum topic_step step)
{
    return names_at(STEP_NAMES, TOPIC_STEPS, step);
}

bool topic_step_parse(const char *name, enum topic_step *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(STEP_NAMES, TOPIC_STEPS, name, &at);

    if (found)
        *out = (enum topic_step)at;
    return found;
}

const char *topic_code_name(enum topic_code code)
{
    return names_at(CODE_NAMES, TOPIC_CODES, code);
}

const char *topic_outcome_name(enum topic_outcome outcome)
{
    return names_at(OUTCOME_NAMES, TOPIC_OUTCOMES, outcome);
}

bool topic_outcome_parse(const char *name, enum topic_outcome *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(OUTCOME_NAMES, TOPIC_OUTCOMES, name, &at);

    if (found)
        *out = (enum topic_outcome)at;
    return found;
}

const char *ballot_choice_name(enum ballot_choice choice)
{
    return names_at(CHOICE_NAMES, BALLOT_CHOICES, (unsigned)choice - BALLOT_FOR);
}

bool paper_code_valid(const char *code)
{
    return strlen(code) == PAPER_CODE_SIZE - 1 && strspn(code, PAPER_ALPHABET) == PAPER_CODE_SIZE - 1;
}

/* ---- The table ---- */

#define IN(name)  (1u << TOPIC_##name)
#define BY(name)  (1u << TOPIC_BY_##name)
#define BEFORE    (IN(DRAFT) | IN(MODERATION) | IN(COLLECTING) | IN(QUALIFIED) | IN(DELIBERATION))
#define ENDS      (IN(REPORTED) | IN(LAPSED) | IN(RETURNED) | IN(MERGED) | IN(WITHDRAWN))
#define NEEDS(name) TOPIC_NEEDS_##name

/* One line a step: from where, where to, by whom, with what, by how many. */
static const struct {
    unsigned from;
    enum topic_state to;
    unsigned by, needs, people;
} STEPS[TOPIC_STEPS] = {
    [TOPIC_SUBMIT] = {IN(DRAFT), TOPIC_MODERATION, BY(AUTHOR), 0, 1},
    [TOPIC_ACCEPT] = {IN(MODERATION), TOPIC_COLLECTING, BY(STAFF) | BY(COMMITTEE), NEEDS(THRESHOLD), 1},
    [TOPIC_RETURN] = {IN(MODERATION), TOPIC_RETURNED, BY(STAFF) | BY(COMMITTEE), NEEDS(REASON), 1},
    [TOPIC_MERGE] = {IN(MODERATION), TOPIC_MERGED, BY(STAFF) | BY(COMMITTEE), NEEDS(OTHER), 1},
    [TOPIC_QUALIFY] = {IN(COLLECTING), TOPIC_QUALIFIED, BY(SYSTEM), 0, 0},
    [TOPIC_LAPSE] = {IN(COLLECTING), TOPIC_LAPSED, BY(SYSTEM), 0, 0},
    [TOPIC_DELIBERATE] = {IN(QUALIFIED), TOPIC_DELIBERATION, BY(COMMITTEE), NEEDS(MEETING), 1},
    [TOPIC_OPEN] = {IN(DELIBERATION), TOPIC_BALLOT, BY(COMMITTEE), NEEDS(ELECTORATE), 2},
    [TOPIC_DECIDE] = {IN(BALLOT), TOPIC_DECIDED, BY(COMMITTEE), NEEDS(ANSWER), 2},
    [TOPIC_EXECUTE] = {IN(DECIDED), TOPIC_EXECUTING, BY(COMMITTEE), NEEDS(MILESTONES), 1},
    [TOPIC_MILESTONE] = {IN(EXECUTING), TOPIC_EXECUTING, BY(COMMITTEE), 0, 1},
    [TOPIC_REPORT] = {IN(EXECUTING) | IN(DECIDED), TOPIC_REPORTED, BY(COMMITTEE), NEEDS(ANSWER), 1},
    [TOPIC_WITHDRAW] = {BEFORE, TOPIC_WITHDRAWN, BY(AUTHOR), 0, 1},
};

bool topic_ended(enum topic_state state)
{
    return (unsigned)state < TOPIC_STATES && (ENDS & (1u << state)) != 0;
}

unsigned topic_step_needs(enum topic_step step)
{
    return (unsigned)step < TOPIC_STEPS ? STEPS[step].needs : 0;
}

bool topic_step_by_two(enum topic_step step)
{
    return (unsigned)step < TOPIC_STEPS && STEPS[step].people == 2;
}

static bool values_fit(const struct topic_move *move)
{
    if (move->step == TOPIC_ACCEPT && move->threshold < 1)
        return false;
    if ((move->step == TOPIC_ACCEPT || move->step == TOPIC_OPEN) && move->until_ms <= move->at_ms)
        return false;
    return move->step != TOPIC_EXECUTE || (move->milestones >= 1 && move->milestones <= TOPIC_MILESTONES_MAX);
}

static enum topic_code in_time(const struct topic *topic, enum topic_step step, int64_t at_ms)
{
    switch (step) {
    case TOPIC_QUALIFY:
        return topic->support >= topic->threshold ? TOPIC_OK : TOPIC_EARLY;
    case TOPIC_LAPSE:
        return topic->support < topic->threshold && at_ms >= topic->until_ms ? TOPIC_OK : TOPIC_EARLY;
    case TOPIC_DECIDE:
        return at_ms >= topic->until_ms ? TOPIC_OK : TOPIC_EARLY;
    case TOPIC_MILESTONE:
        return topic->reached < topic->milestones ? TOPIC_OK : TOPIC_ALREADY;
    case TOPIC_REPORT:
        return topic->reached == topic->milestones ? TOPIC_OK : TOPIC_EARLY;
    default:
        return TOPIC_OK;
    }
}

/* From DECIDED it depends on what came of the ballot. */
static bool leads(const struct topic *topic, enum topic_step step)
{
    bool passed = topic->outcome == TOPIC_PASSED;

    if ((STEPS[step].from & (1u << topic->state)) == 0)
        return false;
    if (topic->state == TOPIC_DECIDED && step == TOPIC_EXECUTE)
        return passed || !topic->binding;
    return topic->state != TOPIC_DECIDED || step != TOPIC_REPORT || !passed;
}

static enum topic_code judge(const struct topic *topic, const struct topic_move *move)
{
    if ((unsigned)topic->state >= TOPIC_STATES || (unsigned)move->step >= TOPIC_STEPS || !leads(topic, move->step))
        return TOPIC_STATE;
    if ((unsigned)move->actor >= TOPIC_ACTORS || (STEPS[move->step].by & (1u << move->actor)) == 0)
        return TOPIC_ACTOR;
    if (move->people < STEPS[move->step].people)
        return TOPIC_TWO;
    if ((STEPS[move->step].needs & ~move->brings) != 0 || !values_fit(move))
        return TOPIC_MISSING;
    return in_time(topic, move->step, move->at_ms);
}

enum topic_code topic_do(struct topic *topic, const struct topic_move *move)
{
    enum topic_code code = judge(topic, move);

    if (code != TOPIC_OK)
        return code;
    topic->state = STEPS[move->step].to;
    if (move->step == TOPIC_ACCEPT) {
        topic->threshold = move->threshold;
        topic->support = 0;
    }
    if (move->step == TOPIC_ACCEPT || move->step == TOPIC_OPEN)
        topic->until_ms = move->until_ms;
    if (move->step == TOPIC_EXECUTE) {
        topic->milestones = move->milestones;
        topic->reached = 0;
    }
    if (move->step == TOPIC_MILESTONE)
        topic->reached++;
    return TOPIC_OK;
}

bool topic_due(const struct topic *topic, int64_t now_ms, enum topic_step *step)
{
    if (topic->state != TOPIC_COLLECTING)
        return false;
    *step = topic->support >= topic->threshold ? TOPIC_QUALIFY : TOPIC_LAPSE;
    return *step == TOPIC_QUALIFY || now_ms >= topic->until_ms;
}

/* ---- What residents say ---- */

/* While it is open; nobody who may not is told whether it is too late. */
static enum topic_code voice_judge(const struct topic *topic, enum topic_state wanted, const struct topic_voice *voice)
{
    if (topic->state != wanted)
        return TOPIC_STATE;
    if (!voice->elector)
        return TOPIC_OTHERS;
    return voice->at_ms < topic->until_ms ? TOPIC_OK : TOPIC_LATE;
}

enum topic_code topic_support(struct topic *topic, const struct topic_voice *voice)
{
    enum topic_code code = voice_judge(topic, TOPIC_COLLECTING, voice);

    if (code != TOPIC_OK)
        return code;
    if (voice->already)
        return TOPIC_ALREADY;
    topic->support++;
    return TOPIC_OK;
}

/* Statements are talked over from the first support until it comes to the ballot. */
enum topic_code topic_statement(const struct topic *topic, const struct topic_voice *voice, int64_t vote)
{
    bool open = topic->state == TOPIC_COLLECTING || topic->state == TOPIC_QUALIFIED || topic->state == TOPIC_DELIBERATION;

    if (!open)
        return TOPIC_STATE;
    if (!voice->elector)
        return TOPIC_OTHERS;
    return vote >= STATEMENT_DISAGREE && vote <= STATEMENT_AGREE ? TOPIC_OK : TOPIC_MISSING;
}

enum topic_code topic_paper(const struct topic *topic, const struct topic_voice *voice)
{
    enum topic_code code = voice_judge(topic, TOPIC_BALLOT, voice);

    return code == TOPIC_OK && voice->already ? TOPIC_ALREADY : code;
}

/* ---- What came of it ---- */

enum topic_outcome topic_outcome(const struct ballot *ballot, bool special)
{
    if (!ballot_quorum(ballot))
        return TOPIC_NO_QUORUM;
    return ballot_passes(ballot, special) ? TOPIC_PASSED : TOPIC_REJECTED;
}
