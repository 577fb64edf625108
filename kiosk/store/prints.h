/* SPDX-License-Identifier: Apache-2.0 */
/** What is to be printed: a queue apart from the journal, and which things were printed before. */
#ifndef STORE_PRINTS_H
#define STORE_PRINTS_H

#include "store/store.h"

#define STORE_PRINT_WHAT_SIZE 80

enum store_print_state {
    STORE_PRINT_WAITING,
    STORE_PRINT_PRINTING,
    STORE_PRINT_DONE,     /* the printer has said so */
    STORE_PRINT_FAILED,   /* for `reason`; "STOPPED": it may be out, nobody knows */
    STORE_PRINT_UNSURE,   /* the same, but some of it went to the printer: it may be out */
    STORE_PRINT_GIVEN_UP, /* its turn came too late, or it was wiped: never sent */
};

struct store_print {
    int64_t id;
    char what[STORE_PRINT_WHAT_SIZE]; /* kind:id of the thing, ours */
    char *text; /* what is on it, in clear; cleanse and g_free it */
};

/**
 * Put one at the end; kept sealed. `token` of the card that it is of, "" nobody's: it goes with what else is wiped. Of what waits
 * already no second one is made. False with error: nothing is in the queue.
 */
bool store_print_add(struct store *store, const char *what, const char *token, const char *text, GError **error);
/** Take the oldest one, which is being printed from now on. 1 there, 0 nothing waits, -1 error. Those that wait too long are given up. */
int store_print_next(struct store *store, struct store_print *out, GError **error);
/** What became of it: DONE, or FAILED or UNSURE for `reason` (""). What was on it is gone from the disk, either way. */
bool store_print_end(struct store *store, int64_t id, enum store_print_state state, const char *reason, GError **error);
/**
 * The same, and the event that says that it is out, or may be: both or neither, told once, whenever the machine stops. False with error also
 * where this one is not being printed (any more): nothing is written then.
 */
bool store_print_out(struct store *store, int64_t id, enum store_print_state state, const char *reason, const char *type, json_t *data,
                     GError **error);
/** While nothing is being printed: the first of `kind` behind `after` that was stopped in the middle, or whose end could not be written.
 *  1 there (without its text), 0 none, -1 error. */
int store_print_stopped(struct store *store, const char *kind, int64_t after, struct store_print *out, GError **error);
/** Was this thing printed before, or may it have been? In doubt yes. */
bool store_print_was_out(struct store *store, const char *what);
/** Nothing is being printed at this moment: what seems to be was stopped in the middle, or its end could not be written. FAILED, "STOPPED". */
bool store_prints_settle(struct store *store, GError **error);

#endif
