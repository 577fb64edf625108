/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Answers to questions that were asked together, before they are wanted: db_asking() of db.h.
 *
 * Why an answer that is still here is right: the transaction has the community's turn, so nobody else writes. Of what this connection
 * writes itself, each statement ends every answer, but for one that db_touches() has told of; that one ends those that rest on what it
 * touches. So whoever forgets to tell is slow and not wrong; what is told stands beside the statement's text, and what an answer rests
 * on beside the question's. An answer that ended, and is
 * wanted, is asked for anew, and with it others that ended and will be wanted: behind what was written, again together. Whatever begins, ends or takes back a transaction or a part of it ends them all.
 */
#ifndef PLATFORM_DB_PG_AHEAD_H
#define PLATFORM_DB_PG_AHEAD_H

#include "platform/data/db-pg-rows.h"
#include "platform/data/db-pg-values.h"

struct db_pg_answer {
    struct db_pg_slice slice; /* without a result: under way, or it did not come */
    bool ended;
    unsigned wanted;  /* so many more times: it was asked for so often */
    const char *sql;
    struct db_value *values; /* its own */
    int count;
    GPtrArray *places; /* lists of `resting` that have it */
};

/* Questions of one literal go as one statement. */
struct db_pg_group {
    const char *sql;
    int count;
    GPtrArray *answers;
};

struct db_pg_ahead {
    bool asking;         /* questions are gathered, and have no rows yet */
    bool awaits;         /* they are under way: what comes from the server is their answer */
    bool live;           /* there may be answers */
    bool told;           /* of the next statement that writes is known what it touches */
    GHashTable *answers; /* by question */
    GHashTable *resting; /* on what → list of answers */
    GPtrArray *all;      /* answers in their order */
    GPtrArray *asked;    /* those that are to be sent */
    GPtrArray *groups;   /* that are under way */
    guint read;          /* of them */
    GPtrArray *rests;    /* of the next question */
    GPtrArray *parts;    /* what came, ever: rows of it may be open */
};

/** No answers any more. Rows that were given are none either: nobody reads them across a statement that writes. */
void db_pg_ahead_clear(struct db_pg_ahead *ahead);
/** From now on questions are asked. */
void db_pg_ahead_begin(struct db_pg_ahead *ahead);
/** So many answers lie here that no more are taken; what the question would rest on is forgotten. It is asked when it is wanted. */
bool db_pg_ahead_full(struct db_pg_ahead *ahead);
/** False: it is asked already. */
bool db_pg_ahead_add(struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count);
/** What was asked is in ahead->groups now, to be sent in this order. */
void db_pg_ahead_send(struct db_pg_ahead *ahead);
/** The next group's answers, taken over. */
void db_pg_ahead_answer(struct db_pg_ahead *ahead, PGresult *result);
/** False, with an error: a group has none. */
bool db_pg_ahead_complete(const struct db_pg_ahead *ahead, GError **error);
/** Borrowed; NULL: it has to be asked. It may have ended. */
struct db_pg_answer *db_pg_ahead_find(const struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count);
/** `first`, which has ended, and others behind it that have and will be wanted, are asked for: as if they had been added. */
void db_pg_ahead_again(struct db_pg_ahead *ahead, struct db_pg_answer *first);

void db_pg_ahead_rests(struct db_pg_ahead *ahead, const char *topic, const char *key);
void db_pg_ahead_touches(struct db_pg_ahead *ahead, const char *topic, const char *key);
void db_pg_ahead_forget(struct db_pg_ahead *ahead, const char *topic, const char *key);
/** Before each statement that writes. */
void db_pg_ahead_wrote(struct db_pg_ahead *ahead);

#endif
