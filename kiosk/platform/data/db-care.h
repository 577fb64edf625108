/* SPDX-License-Identifier: Apache-2.0 */
/** Who is looked after, in whose grid, and the visits to them. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_CARE_H
#define PLATFORM_DB_CARE_H

#include <jansson.h>
#include "model/care.h"
#include "platform/data/db.h"

struct care_row {
    char id[37];
    int64_t person, household;
    char grid[16];              /* of the household; of what was read only */
    struct care care;           /* ended too when they left the community */
    uint32_t items[CARE_ITEMS]; /* day since when each is known; 0: it is not */
};
bool db_care_add(struct db *db, const struct care_row *row, GError **error);
/** By its id. */
bool db_care_find(struct db *db, const char *id, struct care_row *out, bool *found, GError **error);
/** Of a person. */
bool db_care_of(struct db *db, int64_t person, struct care_row *out, bool *found, GError **error);
/** All but whose it is. */
bool db_care_put(struct db *db, const struct care_row *row, GError **error);
/** Home of a person; −1: there is no such person. */
bool db_care_home(struct db *db, int64_t person, int64_t *household, GError **error);
/** Ids of those something is due of, in this grid, "" in any; with a level "" of any. GPtrArray of g_free'd text. */
GPtrArray *db_care_open(struct db *db, const char *grid, const char *level, GError **error);

struct care_visit_row {
    const char *id, *worker, *kiosk; /* worker: id of the register */
    const struct care_visit *visit;
    int64_t due_ms, received_ms;
};
bool db_care_visit_add(struct db *db, const struct care_visit_row *row, GError **error);
bool db_care_visit_taken(struct db *db, const char *id, bool *taken, GError **error);
/** Was somebody there that day? */
bool db_care_day_taken(struct db *db, const char *care, uint32_t date, bool *taken, GError **error);
/** The newest first, opened. New reference. */
json_t *db_care_visits(struct db *db, const char *care, int64_t limit, GError **error);

/** From then on this one of the register looks after a grid; or until then no more. */
bool db_care_grid_set(struct db *db, const char *worker, const char *grid, int64_t from_ms, GError **error);
bool db_care_grid_end(struct db *db, const char *worker, const char *grid, int64_t to_ms, GError **error);
bool db_care_grid_has(struct db *db, const char *worker, const char *grid, int64_t at_ms, bool *has, GError **error);
/** {worker, grid, from_ms, to_ms}, new reference. */
json_t *db_care_grids(struct db *db, GError **error);

/** One row of a list. `name` and `address` are masked and g_free'd by care_listed_clear(). */
struct care_listed {
    struct care_row row;
    int64_t due_ms, seen_ms; /* seen: the last tap of one of their cards at a kiosk; 0 */
    char *name, *address;
};
void care_listed_clear(void *listed);
struct care_page {
    const char *worker;     /* whose grids; NULL: all */
    int64_t not_household;  /* their own home is none of it; −1 */
    int64_t due_ms;         /* behind this one */
    const char *id;
    int64_t now_ms, limit;
};
/** What is due, soonest first. GArray of struct care_listed, which clears its rows. */
GArray *db_care_list(struct db *db, const struct care_page *page, GError **error);
/** All of one household who are looked after or were, and have not left. */
GArray *db_care_household(struct db *db, int64_t household, GError **error);
/** Whoever left: what they needed and what was said of them is taken out. */
bool db_care_erase(struct db *db, int64_t person, GError **error);

#endif
