/* SPDX-License-Identifier: Apache-2.0 */
/** Opinions, topics, electorates and ballots. The machine of a topic is model/topic.h. */
#ifndef PLATFORM_TOPICS_H
#define PLATFORM_TOPICS_H

#include "platform/data/db-topics.h"
#include "platform/persons/taps.h"
#include "platform/platform.h"
#include "platform/staff.h"

/* ---- topics.c: each a transaction of its own unless said. False with PLATFORM_ERROR_STATE: why not ---- */
/**
 * A draft of one of the staff. `words` {title, about, decides, next}, each {zh, en}: what it is called and about, who decides, what
 * happens at the threshold.
 */
bool topics_add(struct platform *platform, const char *id, json_t *words, const char *by, int64_t now_ms, GError **error);

/** Where an electorate comes from. */
enum electorate_kind { ELECTORATE_NONE, ELECTORATE_ADULTS, ELECTORATE_HOUSEHOLDS, ELECTORATE_LIST };
struct topic_order {
    const char *topic;
    enum topic_step step;
    const char *by[2];             /* of the register; the second one NULL where one is enough */
    const char *reason, *other;    /* of RETURN, WITHDRAW (may be NULL); of MERGE */
    int64_t threshold, until_ms;   /* of ACCEPT; of OPEN the time */
    int64_t meeting_ms;            /* of DELIBERATE */
    enum electorate_kind kind;     /* of OPEN */
    const char *list;              /* of ELECTORATE_LIST: a line each, "CARD_NUMBER AREA_CM2", or "- AREA_CM2" */
    bool special, binding;         /* of OPEN; `rule` names what makes it binding */
    const char *rule;
    json_t *answer;                /* {zh, en}: of DECIDE, and of REPORT what was done */
    json_t *milestones;            /* of EXECUTE: [{zh, en, due}] */
};
bool topics_step(struct platform *platform, const struct topic_order *order, int64_t now_ms, GError **error);
/** A statement that people may agree to, while the topic is talked over; `words` {zh, en}. At most TOPIC_STATEMENTS_MAX of a topic. */
#define TOPIC_STATEMENTS_MAX 20
struct statement_new {
    const char *id, *topic, *by;
    json_t *words;
    bool resident; /* whose it is */
};
bool topics_statement(struct platform *platform, const struct statement_new *statement, int64_t now_ms, GError **error);
bool topics_statement_hide(struct platform *platform, const char *id, const char *by, int64_t now_ms, GError **error);
/** What the clock does: qualified, lapsed; that kiosks drop what they are told of no more. *done steps. */
bool topics_run(struct platform *platform, int64_t now_ms, int *done, GError **error);
/** Inside a transaction: of one topic, what is due now. */
bool topics_clock(struct db *db, const char *id, int64_t now_ms, int *done, GError **error);
/** Inside a transaction. False with PLATFORM_ERROR_STATE: the register says no. `by`: two, NULL behind the last one. */
bool topics_staff(struct db *db, const char *const by[2], size_t needed, enum staff_act act, int64_t now_ms, GError **error);
/** {zh, en}, each of 1 to `max` bytes: as text, g_free. NULL with PLATFORM_ERROR_STATE. */
char *topics_pair(json_t *words, size_t max, GError **error);

/* ---- electorate.c: inside a transaction ---- */
/** Freeze it into the row and the tables: who, units, areas, a salt and the hash over all of it. */
bool electorate_freeze(struct platform *platform, const struct topic_order *order, struct topic_row *row, int64_t now_ms, GError **error);
/** The hash of what the tables have, as 64 hex digits; and the totals. */
bool electorate_hash(struct db *db, const struct topic_row *row, char hash[65], int64_t *units, int64_t *area_cm2, GError **error);

/* ---- ballots.c ---- */
struct ballot_call {
    const char *kiosk, *secret, *topic, *code;
    enum ballot_choice choice;
};
/** A vote behind a tap that proved its card: {topic, code}, new reference; NULL with `refusal`, or trouble (status 0, `error`). */
json_t *ballots_vote(struct platform *platform, const struct ballot_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error);
/** Inside a transaction: JSON of what came of it, g_free. NULL also when the two tables do not agree. */
char *ballots_result(struct db *db, const struct topic_row *row, GError **error);
/** Inside a transaction: what is wrong with one topic's electorate, turnout, papers, sums, support; *broken g_free, NULL: nothing. */
bool ballots_check(struct db *db, const char *topic, char **broken, GError **error);
/** Of all topics; *count of those that were looked at. */
bool ballots_check_all(struct db *db, int64_t *count, char **broken, GError **error);

/* ---- opinions.c: each a transaction of its own ---- */
bool opinions_answer(struct platform *platform, const char *id, json_t *answer, const char *by, int64_t now_ms, GError **error);
/** It led to this topic. */
bool opinions_link(struct platform *platform, const char *id, const char *topic, const char *by, int64_t now_ms, GError **error);
/** As db_opinions(), behind a row of the access log. */
json_t *opinions_list(struct platform *platform, bool all, GError **error);

/* ---- topic-events.c ---- */
/** An event of a kiosk, inside its transaction. `at_ms`: when it happened, as well as that is known. *code NULL: taken. */
struct topic_event {
    const char *kiosk, *id, *type;
    int64_t at_ms;
};
bool topics_type(const char *type);
bool topics_apply(struct platform *platform, const struct topic_event *event, json_t *data, int64_t now_ms, const char **code, GError **error);

#endif
