/* SPDX-License-Identifier: Apache-2.0 */
/**
 * No cell below ten. A cell is one kind of thing at one kiosk on one day that is over, and never changes then. Whatever is asked for is
 * added up from cells that may each be shown by themselves, so that no two answers differ by something that may not be: a period
 * is the sum of its days that are shown, never of all of its days.
 *
 * A day's total of all kiosks is shown from ten on. Then its parts must not tell each other: a part below ten is hidden, and as long
 * as what is hidden is one part alone, or less than ten together, the smallest part that is shown is hidden too.
 */
#ifndef PLATFORM_CELLS_H
#define PLATFORM_CELLS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CELL_MIN 10

struct cell {
    int64_t n, amount;
    bool shown;
};

/** Say which of the parts of one total may be shown; `total` gets their sum. */
void cells_close(struct cell *parts, size_t count, struct cell *total);

/** A series of days: what is shown of it. */
struct cells_sum {
    int64_t n, amount;
    unsigned shown, hidden; /* days */
};
/** `days` of struct cell. */
struct cells_sum cells_sum(const struct cell *days, size_t count);

/**
 * The days from ≤ day < to (struct day_row of data/db-figures.h, by day) as they may be shown: of all `kiosks` together, or of kiosks[which].
 * What is of no known kiosk is a part by itself. GArray of struct cell, one a day.
 */
GArray *cells_of_days(const GArray *rows, int64_t from, int64_t to, const char *const *kiosks, size_t kiosk_count, int which);

#endif
