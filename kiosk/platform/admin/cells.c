/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/cells.h"
#include "platform/data/db-figures.h"
#include <string.h>

static struct cell *smallest_shown(struct cell *parts, size_t count)
{
    struct cell *out = NULL;

    for (size_t i = 0; i < count; i++)
        if (parts[i].shown && (out == NULL || parts[i].n < out->n))
            out = &parts[i];
    return out;
}

void cells_close(struct cell *parts, size_t count, struct cell *total)
{
    int64_t hidden_n = 0;
    size_t hidden = 0;
    struct cell *next;

    *total = (struct cell){0};
    for (size_t i = 0; i < count; i++) {
        total->n += parts[i].n;
        total->amount += parts[i].amount;
    }
    total->shown = total->n >= CELL_MIN;
    for (size_t i = 0; i < count; i++) {
        parts[i].shown = total->shown && parts[i].n >= CELL_MIN;
        hidden += !parts[i].shown;
        hidden_n += parts[i].shown ? 0 : parts[i].n;
    }
    while (hidden > 0 && (hidden < 2 || hidden_n < CELL_MIN) && (next = smallest_shown(parts, count)) != NULL) {
        next->shown = false;
        hidden++;
        hidden_n += next->n;
    }
}

struct cells_sum cells_sum(const struct cell *days, size_t count)
{
    struct cells_sum out = {0};

    for (size_t i = 0; i < count; i++) {
        out.n += days[i].shown ? days[i].n : 0;
        out.amount += days[i].shown ? days[i].amount : 0;
        out.shown += days[i].shown;
        out.hidden += !days[i].shown;
    }
    return out;
}

/* The place behind all kiosks is of what is of none of them; it is no part where there is nothing in it. */
static size_t place_of(const char *kiosk, const char *const *kiosks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(kiosks[i], kiosk) == 0)
            return i;
    return count;
}

GArray *cells_of_days(const GArray *rows, int64_t from, int64_t to, const char *const *kiosks, size_t kiosk_count, int which)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct cell));
    g_autofree struct cell *parts = g_new(struct cell, kiosk_count + 1);
    guint at = 0;

    for (int64_t day = from; day < to; day++) {
        struct cell total;

        memset(parts, 0, (kiosk_count + 1) * sizeof *parts);
        for (; at < rows->len && g_array_index(rows, struct day_row, at).day == day; at++) {
            const struct day_row *row = &g_array_index(rows, struct day_row, at);
            struct cell *part = &parts[place_of(row->kiosk, kiosks, kiosk_count)];

            part->n += row->n;
            part->amount += row->amount;
        }
        cells_close(parts, kiosk_count + (parts[kiosk_count].n > 0), &total);
        g_array_append_val(out, *(which < 0 ? &total : &parts[which]));
    }
    return out;
}
