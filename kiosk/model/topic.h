/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A topic of the community, from somebody's draft to the report of what was done. Pure; kiosk and platform link the same file.
 *
 *    DRAFT ─submit─► MODERATION ─accept─► COLLECTING ─qualify─► QUALIFIED ─deliberate─► DELIBERATION ─open─► BALLOT ─decide─► DECIDED
 *                       │  │                  │                                                                               │
 *                       │  └ merge ► MERGED   └ lapse ► LAPSED                                       REPORTED ◄─report─ EXECUTING ◄┘ execute
 *                       └ return ► RETURNED                                                          DECIDED ─report─► REPORTED, when it did not pass
 *
 *    withdraw: by its author, from every state before BALLOT that is no end. EXECUTING stays while milestones are reached.
 *
 * 1. The clock qualifies as soon as enough support is there, and lets a topic lapse when its time is over: support that came in time
 *    counts before the clock does (the last one and the end in the same moment: qualified).
 * 2. What decides needs two people: opening a ballot and saying what came of it. Nobody says that before its time is over.
 * 3. A report needs all milestones reached: what was promised is done, or there is no report.
 * 4. What did not pass is reported from where it was decided. It is carried out only if the ballot advised, never against one that binds.
 */
#ifndef MODEL_TOPIC_H
#define MODEL_TOPIC_H

#include "model/civic.h"

enum topic_state {
    TOPIC_DRAFT,
    TOPIC_MODERATION,
    TOPIC_COLLECTING,
    TOPIC_QUALIFIED,
    TOPIC_DELIBERATION,
    TOPIC_BALLOT,
    TOPIC_DECIDED,
    TOPIC_EXECUTING,
    TOPIC_REPORTED,
    TOPIC_LAPSED,
    TOPIC_RETURNED,
    TOPIC_MERGED,
    TOPIC_WITHDRAWN,
    TOPIC_STATES
};
/** "DRAFT" …; "?" when there is none. */
const char *topic_state_name(enum topic_state state);
bool topic_state_parse(const char *name, enum topic_state *out);
/** REPORTED, LAPSED, RETURNED, MERGED, WITHDRAWN. */
bool topic_ended(enum topic_state state);

enum topic_step {
    TOPIC_SUBMIT,
    TOPIC_ACCEPT,
    TOPIC_RETURN,
    TOPIC_MERGE,
    TOPIC_QUALIFY,
    TOPIC_LAPSE,
    TOPIC_DELIBERATE,
    TOPIC_OPEN,
    TOPIC_DECIDE,
    TOPIC_EXECUTE,
    TOPIC_MILESTONE,
    TOPIC_REPORT,
    TOPIC_WITHDRAW,
    TOPIC_STEPS
};
/** "submit" …, as people type them. */
const char *topic_step_name(enum topic_step step);
bool topic_step_parse(const char *name, enum topic_step *out);

/** Staff moderate, the committee carries it on. */
enum topic_actor { TOPIC_BY_AUTHOR, TOPIC_BY_STAFF, TOPIC_BY_COMMITTEE, TOPIC_BY_SYSTEM, TOPIC_ACTORS };

/** What a step has to bring along. */
#define TOPIC_NEEDS_REASON     0x01u /* why, for the author */
#define TOPIC_NEEDS_OTHER      0x02u /* the topic that it is merged into */
#define TOPIC_NEEDS_THRESHOLD  0x04u /* so much support, 1 …, and until when (VT-8) */
#define TOPIC_NEEDS_MEETING    0x08u /* when it is talked over */
#define TOPIC_NEEDS_ELECTORATE 0x10u /* a frozen list with its hash (VT-2), and until when */
#define TOPIC_NEEDS_ANSWER     0x20u /* what is decided or was done, for everybody */
#define TOPIC_NEEDS_MILESTONES 0x40u /* 1 … TOPIC_MILESTONES_MAX of them */
unsigned topic_step_needs(enum topic_step step);
/** Of two people, and not one for another. */
bool topic_step_by_two(enum topic_step step);

#define TOPIC_MILESTONES_MAX 20

/* ---- VT-3: what came of a ballot, with the integers of civic.h ---- */
enum topic_outcome { TOPIC_NO_QUORUM, TOPIC_REJECTED, TOPIC_PASSED, TOPIC_OUTCOMES };
const char *topic_outcome_name(enum topic_outcome outcome);
bool topic_outcome_parse(const char *name, enum topic_outcome *out);
enum topic_outcome topic_outcome(const struct ballot *ballot, bool special);

struct topic {
    enum topic_state state;
    int64_t threshold, support;      /* of COLLECTING */
    int64_t until_ms;                /* of COLLECTING and BALLOT: before this moment */
    unsigned milestones, reached;    /* of EXECUTING */
    bool binding;                    /* of BALLOT and behind it: set by who opens it */
    enum topic_outcome outcome;      /* of DECIDED and behind it: set by who counts; before that it says nothing */
};

enum topic_code {
    TOPIC_OK,
    TOPIC_STATE,   /* the step does not lead from here */
    TOPIC_ACTOR,   /* somebody else does this */
    TOPIC_TWO,     /* a second person has to say so */
    TOPIC_MISSING, /* something that the step has to bring along */
    TOPIC_EARLY,   /* its time has not come, or support or milestones are missing */
    TOPIC_LATE,    /* its time is over */
    TOPIC_ALREADY, /* once only */
    TOPIC_OTHERS,  /* not in the electorate */
    TOPIC_CODES
};
/** "TOPIC_STATE" … */
const char *topic_code_name(enum topic_code code);

struct topic_move {
    enum topic_step step;
    enum topic_actor actor;
    unsigned people; /* who say so, all different */
    unsigned brings; /* TOPIC_NEEDS_… that are there */
    int64_t threshold, until_ms; /* of ACCEPT and, the time only, OPEN */
    unsigned milestones;         /* of EXECUTE */
    int64_t at_ms;
};
/** Do the step, or say why not and leave the topic as it is. */
enum topic_code topic_do(struct topic *topic, const struct topic_move *move);
/** What the clock does now; false: nothing. */
bool topic_due(const struct topic *topic, int64_t now_ms, enum topic_step *step);

/* ---- What residents say: VT-1. Each is judged with what is known of the person ---- */
struct topic_voice {
    bool elector; /* of the frozen list, or, where there is none, of this community */
    bool already; /* said so before */
    int64_t at_ms;
};
/** One more support: once a person, while it is collected. *topic.support grows. */
enum topic_code topic_support(struct topic *topic, const struct topic_voice *voice);

#define STATEMENT_DISAGREE (-1)
#define STATEMENT_PASS     0
#define STATEMENT_AGREE    1
/** A vote on a statement, −1, 0 or 1; a later one takes the place of the first while the topic is open. */
enum topic_code topic_statement(const struct topic *topic, const struct topic_voice *voice, int64_t vote);
/** A paper of the ballot: once an elector, never taken back. */
enum topic_code topic_paper(const struct topic *topic, const struct topic_voice *voice);

/** What a paper of the ballot says. The numbers are of one length on the wire and under a seal. */
enum ballot_choice { BALLOT_FOR = 1, BALLOT_AGAINST, BALLOT_ABSTAIN, BALLOT_CHOICES = BALLOT_ABSTAIN };
/** "for", "against", "abstain"; "?" when there is none. */
const char *ballot_choice_name(enum ballot_choice choice);
/**
 * A paper's code, which the receipt shows: 16 random characters of PAPER_ALPHABET, which rises by bytes; 80 bits. It is drawn at the kiosk
 * and says nothing of who, when or what.
 */
#define PAPER_ALPHABET  "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#define PAPER_CODE_SIZE 17
bool paper_code_valid(const char *code);

#endif
