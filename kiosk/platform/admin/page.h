/* SPDX-License-Identifier: Apache-2.0 */
/** Writing the page: every text that goes in is escaped. */
#ifndef PLATFORM_PAGE_H
#define PLATFORM_PAGE_H

#include "platform/admin/figures.h"
#include "platform/admin/words.h"

struct page {
    GString *out;
    enum words_language language;
    const struct figures *figures;
    const char *who, *role; /* the reader */
};

/** As printf; what the arguments hold is escaped, the format is markup. */
void page_put(struct page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** The wording in the reader's language; xgettext knows the name. */
const char *word(const struct page *page, const char *text) G_GNUC_FORMAT(2);

/** "2026-11-22". */
void page_date(int64_t day, char out[16]);
/** "2026-11-22 20:05", by the clock of +08:00; "–" for 0. */
char *page_time(int64_t wall_ms);

/** What a bar stands for, and how its axis is written. */
struct plot {
    const char *id, *title, *about; /* for who cannot see it */
    const char *unit;
    const GArray *days; /* struct cell, whose amount is drawn */
    int64_t per_unit;   /* amounts in one unit of the axis */
    int64_t from;       /* the first day */
};
/** page-plot.c */
void page_plot(struct page *page, const struct plot *plot);
/** page-fleet.c */
void page_fleet(struct page *page);
/** page-tables.c */
void page_totals(struct page *page);
void page_money(struct page *page);
void page_hours(struct page *page);
void page_ratings(struct page *page);

/** The whole page, free() it. */
char *page_write(struct page *page);

#endif
