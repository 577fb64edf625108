/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/figures.h"
#include "model/model.h"
#include <string.h>

const unsigned figures_periods[] = {30, 7, 90, 365};
const size_t figures_period_count = G_N_ELEMENTS(figures_periods);

static const char *const series_keys[FIGURES_SERIES] = {"paid", "loaded", "returned", "hours", "events", "refused"};

static unsigned period_of(const char *days)
{
    guint64 number = 0;

    if (days != NULL && g_ascii_string_to_unsigned(days, 10, 1, 365, &number, NULL))
        for (size_t i = 0; i < figures_period_count; i++)
            if (figures_periods[i] == number)
                return figures_periods[i];
    return figures_periods[0];
}

/* ---- Days ---- */

/* One that was never enrolled has never had anything to tell. */
static GPtrArray *parts_of(const GArray *fleet, const char *of, int *which)
{
    GPtrArray *out = g_ptr_array_new();

    *which = -1;
    for (guint i = 0; i < fleet->len; i++) {
        const struct fleet_row *kiosk = &g_array_index(fleet, struct fleet_row, i);

        if (strcmp(kiosk->state, "NEW") == 0)
            continue;
        if (of != NULL && strcmp(kiosk->id, of) == 0)
            *which = (int)out->len;
        g_ptr_array_add(out, (char *)kiosk->id);
    }
    return out;
}

static bool series_read(struct db *db, const char *of, struct figures *out, GError **error)
{
    int which;
    g_autoptr(GPtrArray) kiosks = parts_of(out->fleet, of, &which);

    if (which >= 0)
        g_strlcpy(out->of, kiosks->pdata[which], sizeof out->of);
    for (int i = 0; i < FIGURES_SERIES; i++) {
        g_autoptr(GArray) rows = db_day_rows(db, series_keys[i], out->from, out->to, error);
        bool whole = i == FIGURES_HOURS;

        if (rows == NULL)
            return false;
        out->series[i] = cells_of_days(rows, out->from, out->to, (const char *const *)kiosks->pdata, whole ? 0 : kiosks->len,
                                       whole ? -1 : which);
    }
    return true;
}

/* ---- Ratings: by month, since a day has few of them ---- */

static uint32_t month_before(uint32_t month)
{
    return month % 100 > 1 ? month - 1 : month - 100 + 11;
}

static int64_t month_day(uint32_t month)
{
    return stats_day(ms_of_date(month * 100 + 1));
}

static bool month_add(struct db *db, int grade, struct figures_month *out, int64_t end, GError **error)
{
    g_autoptr(GArray) rows = db_day_rows(db, rating_key(grade), month_day(out->month), end, error);

    for (guint i = 0; rows != NULL && i < rows->len; i++)
        out->grades[grade - 1].n += g_array_index(rows, struct day_row, i).n;
    return rows != NULL;
}

static bool months_read(struct db *db, struct figures *out, GError **error)
{
    uint32_t month = date_of_ms(out->now_ms) / 100;

    for (int i = 0; i < FIGURES_MONTHS; i++) {
        int64_t end = month_day(month);

        month = month_before(month);
        out->months[i].month = month;
        for (int grade = 1; grade <= RATING_GRADES; grade++)
            if (!month_add(db, grade, &out->months[i], end, error))
                return false;
        cells_close(out->months[i].grades, RATING_GRADES, &out->months[i].all);
    }
    return true;
}

int figures_satisfied(const struct figures_month *month, bool *exact)
{
    int64_t satisfied = 0, shown = 0;

    for (int grade = 1; grade <= RATING_GRADES; grade++) {
        const struct cell *cell = &month->grades[grade - 1];

        satisfied += cell->shown && grade >= 3 ? cell->n : 0;
        shown += cell->shown ? cell->n : 0;
    }
    if (!month->all.shown || shown == 0)
        return -1;
    *exact = shown == month->all.n;
    return (int)(satisfied * 100 / month->all.n);
}

/* ---- All ---- */

bool figures_read(struct db *db, const char *days, const char *of, int64_t now_ms, struct figures *out, GError **error)
{
    bool ok;

    memset(out, 0, sizeof *out);
    out->now_ms = now_ms;
    out->to = stats_day(now_ms);
    out->from = out->to - period_of(days);
    if (!db_begin(db, false, error))
        return false;
    ok = (out->fleet = db_fleet(db, error)) != NULL && db_open_matters(db, &out->doubts, &out->alarms, error) &&
         series_read(db, of, out, error) && months_read(db, out, error);
    db_rollback(db);
    if (!ok)
        figures_clear(out);
    return ok;
}

void figures_clear(struct figures *figures)
{
    g_clear_pointer(&figures->fleet, g_array_unref);
    for (int i = 0; i < FIGURES_SERIES; i++)
        g_clear_pointer(&figures->series[i], g_array_unref);
}
