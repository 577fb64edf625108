/* SPDX-License-Identifier: Apache-2.0 */
/** What the page shows, read in one transaction. No personal data is asked for. */
#ifndef PLATFORM_FIGURES_H
#define PLATFORM_FIGURES_H

#include "platform/admin/cells.h"
#include "platform/admin/ratings.h"
#include "platform/data/db-figures.h"

#define FIGURES_MONTHS 12

enum figures_series { FIGURES_PAID, FIGURES_LOADED, FIGURES_RETURNED, FIGURES_HOURS, FIGURES_EVENTS, FIGURES_REFUSED, FIGURES_SERIES };

struct figures_month {
    uint32_t month;                         /* YYYYMM */
    struct cell grades[RATING_GRADES], all; /* grades[0] is grade 1 */
};

struct figures {
    int64_t now_ms, from, to; /* days, without `to`, which is today */
    char of[32];              /* kiosk whose money it is, "": of all */
    GArray *fleet;            /* struct fleet_row */
    int64_t doubts, alarms;
    GArray *series[FIGURES_SERIES]; /* struct cell of each day; hours are of no kiosk */
    struct figures_month months[FIGURES_MONTHS]; /* the newest first; only those that are over */
};

/** Periods that may be asked for. */
extern const unsigned figures_periods[];
extern const size_t figures_period_count;

/** `days` and `of` as they were asked for (NULL: not); what there is not is the first period, and all kiosks. */
bool figures_read(struct db *db, const char *days, const char *of, int64_t now_ms, struct figures *out, GError **error);
void figures_clear(struct figures *figures);

/** Of those who said something: how many percent were satisfied (grades 3 to 5). *exact false: at least so many. Below 0: nothing can be said. */
int figures_satisfied(const struct figures_month *month, bool *exact);

#endif
