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

#include "platform/data/db-engine.h"
#include <libpq-fe.h>

struct db_pg_answer {
    PGresult *result; /* NULL: under way, or it did not come */
    bool ended;
    unsigned wanted;  /* so many more times: it was asked for so often */
    const char *name; /* the statement's, on the server */
    struct db_value *values; /* its own */
    int count;
};

struct db_pg_ahead {
    bool asking;         /* questions go out, and have no rows yet */
    bool live;           /* there may be answers */
    bool told;           /* of the next statement that writes is known what it touches */
    GHashTable *answers; /* by question */
    GHashTable *resting; /* on what → list of answers */
    GPtrArray *all;      /* answers in their order */
    GPtrArray *asked;    /* those that are under way */
    guint read;          /* of them */
    GPtrArray *rests;    /* of the next question */
    GPtrArray *old;      /* results that ended: rows of them may be open; so many at most */
    GError *failed;      /* a question could not be asked: nothing lies here any more, and what is asked until the end of asking goes nowhere */
};

/** No answers any more. Rows that were given are none either: nobody reads them across a statement that writes. */
void db_pg_ahead_clear(struct db_pg_ahead *ahead);
/** From now on questions are asked. */
void db_pg_ahead_begin(struct db_pg_ahead *ahead);
/** So many answers lie here that no more are taken; what the question would rest on is forgotten. It is asked when it is wanted. */
bool db_pg_ahead_full(struct db_pg_ahead *ahead);
/** No answers any more, and `why` (taken over) is kept for whoever ends the asking. */
void db_pg_ahead_fail(struct db_pg_ahead *ahead, GError *why);
/** What comes from the server is an answer. */
bool db_pg_ahead_awaits(const struct db_pg_ahead *ahead);
/** The error that was kept, or that not each question has its answer. */
bool db_pg_ahead_complete(const struct db_pg_ahead *ahead, GError **error);
/** False: it is asked already. `name` lives as long as the connection. */
bool db_pg_ahead_add(struct db_pg_ahead *ahead, const char *sql, const char *name, const struct db_value *values, int count);
/** The next answer, taken over. */
void db_pg_ahead_answer(struct db_pg_ahead *ahead, PGresult *result);
/** Borrowed; NULL: it has to be asked. It may have ended, as long as there is room for results that ended. */
struct db_pg_answer *db_pg_ahead_find(const struct db_pg_ahead *ahead, const char *sql, const struct db_value *values, int count);
/** `first`, which has ended, and others behind it that have and will be wanted, are asked for from now on: ahead->asked, to be sent in this order. */
void db_pg_ahead_again(struct db_pg_ahead *ahead, struct db_pg_answer *first);

void db_pg_ahead_rests(struct db_pg_ahead *ahead, const char *topic, const char *key);
void db_pg_ahead_touches(struct db_pg_ahead *ahead, const char *topic, const char *key);
void db_pg_ahead_forget(struct db_pg_ahead *ahead, const char *topic, const char *key);
/** Before each statement that writes. */
void db_pg_ahead_wrote(struct db_pg_ahead *ahead);

#endif
