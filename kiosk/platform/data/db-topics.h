/* SPDX-License-Identifier: Apache-2.0 */
/** Topics, electorates, ballots, opinions. All inside a transaction of db.h. Persons are numbers; below zero nobody's any more. */
#ifndef PLATFORM_DB_TOPICS_H
#define PLATFORM_DB_TOPICS_H

#include <jansson.h>
#include "model/topic.h"
#include "platform/data/db.h"

#define TOPIC_ID_SIZE     33
#define TOPIC_WORDS_SIZE  8192 /* of the JSON of its words */
#define TOPIC_ANSWER_SIZE 4608
#define TOPIC_NOTE_SIZE   201

/* ---- db-topics.c ---- */
struct topic_row {
    char id[TOPIC_ID_SIZE], author[33], other[TOPIC_ID_SIZE], reason[TOPIC_NOTE_SIZE], rule[TOPIC_NOTE_SIZE];
    struct topic topic;
    char words[TOPIC_WORDS_SIZE];                                /* JSON {title, about, decides, next}, each {zh, en} */
    char answer[TOPIC_ANSWER_SIZE], report[TOPIC_ANSWER_SIZE];   /* JSON {zh, en}; "" none yet */
    char result[512];                                            /* JSON; "" none yet */
    char electorate[65], salt[33];                               /* hex; "" not frozen */
    int64_t units, area_cm2;                                     /* of the electorate */
    int64_t meeting_ms, made_ms, changed_ms, ended_ms;           /* 0: not */
    bool special;
};
bool db_topic_add(struct db *db, const struct topic_row *row, GError **error);
bool db_topic_find(struct db *db, const char *id, struct topic_row *out, bool *found, GError **error);
/** All but its id, author and when it was made. */
bool db_topic_set(struct db *db, const struct topic_row *row, GError **error);
/** Ids, the newest first; `all` with those that have ended. */
GPtrArray *db_topics(struct db *db, bool all, GError **error);
/** Those that the clock may move: enough support, or their time is over. */
GPtrArray *db_topics_due(struct db *db, int64_t now_ms, GError **error);

struct topic_step_row {
    const char *topic, *step, *actor, *staff_a, *staff_b, *from, *to, *note;
    int64_t at_ms;
};
bool db_topic_step_add(struct db *db, const struct topic_step_row *row, GError **error);
/** [{seq, at_ms, step, actor, staff_a, staff_b, from_state, to_state, note}], new reference. */
json_t *db_topic_steps(struct db *db, const char *topic, GError **error);

bool db_milestone_add(struct db *db, const char *topic, int64_t n, const char *words, uint32_t due, GError **error);
bool db_milestone_reach(struct db *db, const char *topic, int64_t n, int64_t at_ms, GError **error);

/* ---- db-topic-voices.c: what residents say ---- */
bool db_support_has(struct db *db, const char *topic, int64_t person, bool *has, GError **error);
/** And one more of the topic's count. */
bool db_support_add(struct db *db, const char *topic, int64_t person, int64_t at_ms, GError **error);

struct statement_row {
    char id[TOPIC_ID_SIZE], topic[TOPIC_ID_SIZE];
    bool hidden;
};
bool db_topic_statement_add(struct db *db, const char *id, const char *topic, const char *words, bool resident, const char *staff, int64_t now_ms,
                      GError **error);
bool db_topic_statement_find(struct db *db, const char *id, struct statement_row *out, bool *found, GError **error);
bool db_topic_statement_hide(struct db *db, const char *id, GError **error);
bool db_topic_statement_count(struct db *db, const char *topic, int64_t *out, GError **error);
/** The latest by when it was said; what is older changes nothing. */
bool db_topic_statement_vote(struct db *db, const char *statement, int64_t person, int64_t vote, int64_t at_ms, GError **error);
bool db_wish_add(struct db *db, const char *topic, int64_t person, uint32_t day, GError **error);
/** Wishes of those who have not voted. */
bool db_wish_count(struct db *db, const char *topic, int64_t *out, GError **error);

struct opinion_row {
    const char *id, *theme, *words, *card, *kiosk; /* card "": nobody's */
    int64_t at_ms;
};
bool db_opinion_add(struct db *db, const struct opinion_row *row, GError **error);
bool db_opinion_has(struct db *db, const char *id, bool *has, GError **error);
/** `answer` JSON {zh, en}. */
bool db_opinion_answer(struct db *db, const char *id, const char *answer, const char *staff, int64_t now_ms, GError **error);
bool db_opinion_link(struct db *db, const char *id, const char *topic, GError **error);
/** [{id, theme, words, at_ms, answer, answered_ms, staff, topic, named}], the oldest first, at most 500; new reference. Who it was is not told. */
json_t *db_opinions(struct db *db, bool all, GError **error);

/**
 * Of somebody who left: their support and votes on statements are nobody's, their wishes to vote go. The frozen list and the turnout keep the
 * number, which is nobody's name any more: else the list's hash could not be checked.
 */
bool db_topics_erase(struct db *db, int64_t person, GError **error);
/** What they said, and that it was this card. */
bool db_opinions_erase(struct db *db, const char *card, GError **error);

/* ---- db-topic-feed.c ---- */
/** What kiosks are told, new reference; NULL without error: they do not show it (yet, or any more). */
json_t *db_topic_value(struct db *db, const char *id, int64_t now_ms, GError **error);
/** Put those into the feed that are told no more. */
bool db_topics_told_end(struct db *db, int64_t now_ms, GError **error);

/* ---- db-ballots.c ---- */
struct elector_row {
    int64_t person, unit, area_cm2; /* the area the same of all of a unit; person −1: the unit counts, and nobody votes for it */
};
/** Adults who have not left, whatever their card is, each a unit of 1. Of struct elector_row. `born_by`: YYYYMMDD. */
GArray *db_electors_adults(struct db *db, uint32_t born_by, GError **error);
/** Each household with its area (0: not known) and −1, and its adults; in no order. */
GArray *db_electors_households(struct db *db, uint32_t born_by, GError **error);
/** By unit and person. */
bool db_electors_add(struct db *db, const char *topic, const GArray *electors, GError **error);
/** The frozen list, by unit and person; −1 of a unit that has nobody. */
GArray *db_electors(struct db *db, const char *topic, GError **error);
/** *found false: not of the electorate. `out->area_cm2` as that of the unit. */
bool db_elector_find(struct db *db, const char *topic, int64_t person, struct elector_row *out, bool *found, GError **error);

bool db_turnout_has(struct db *db, const char *topic, int64_t unit, bool *has, GError **error);
bool db_turnout_add(struct db *db, const char *topic, int64_t unit, uint32_t day, GError **error);
/** How many voted, and their area. */
bool db_turnout_sum(struct db *db, const char *topic, int64_t *count, int64_t *area_cm2, GError **error);

/** What papers come to. */
struct urn {
    int64_t papers;
    int64_t count[BALLOT_CHOICES], area_cm2[BALLOT_CHOICES]; /* by choice − 1 */
};
bool db_urn_open(struct db *db, const char *topic, GError **error);
bool db_urn_get(struct db *db, const char *topic, struct urn *out, GError **error);
/**
 * A paper into the urn: its row, one more in the sums, and some hundred papers sealed anew with it, or all while they are fewer, in the
 * order of their codes: no row tells by how it lies there which one came last.
 */
bool db_paper_add(struct db *db, const char *topic, const char *code, enum ballot_choice choice, int64_t area_cm2, GError **error);
/** Of this topic, or of any: *taken. */
bool db_paper_has(struct db *db, const char *code, const char *topic, bool *has, bool *taken, GError **error);
/** Counted one by one; areas are not known of papers. */
bool db_papers_count(struct db *db, const char *topic, struct urn *out, GError **error);
/** In their order. GPtrArray of g_free'd text. */
GPtrArray *db_paper_codes(struct db *db, const char *topic, GError **error);

#endif
