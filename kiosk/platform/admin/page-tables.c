/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/page.h"
#include "model/model.h"
#include <string.h>

/* ---- Cells ---- */

static void count_cell(struct page *page, const struct cell *cell)
{
    if (cell->shown)
        page_put(page, "<td class=\"n\">%" G_GINT64_FORMAT "</td>", cell->n);
    else
        page_put(page, "<td class=\"n few\">&lt;%d</td>", CELL_MIN);
}

static char *hours_text(int64_t minutes)
{
    return g_strdup_printf("%s%" G_GINT64_FORMAT ":%02d", minutes < 0 ? "-" : "", ABS(minutes) / 60, (int)(ABS(minutes) % 60));
}

static void amount_cell(struct page *page, const struct cell *cell, char *(*text)(int64_t))
{
    g_autofree char *amount = cell->shown ? text(cell->amount) : NULL;

    page_put(page, "<td class=\"n\">%s</td>", amount != NULL ? amount : "–");
}

static const struct cell *day_of(const struct page *page, enum figures_series series, guint day)
{
    return &g_array_index(page->figures->series[series], struct cell, day);
}

static struct cells_sum sum_of(const struct page *page, enum figures_series series)
{
    const GArray *days = page->figures->series[series];

    return cells_sum((const struct cell *)days->data, days->len);
}

static void section(struct page *page, const char *id, const char *title)
{
    page_put(page, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2>\n", id, id, title);
}

static void table(struct page *page, const char *id, const char *caption)
{
    page_put(page,
             "<div class=\"scroll tall\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s-caption\"><table>"
             "<caption id=\"%s-caption\">%s</caption><thead><tr>",
             id, id, caption);
}

static void column(struct page *page, const char *name)
{
    page_put(page, "<th scope=\"col\">%s</th>", name);
}

/* ---- Totals ---- */

static void total(struct page *page, const char *name, enum figures_series series, char *(*text)(int64_t))
{
    struct cells_sum sum = sum_of(page, series);
    g_autofree char *amount = text != NULL && sum.shown > 0 ? text(sum.amount) : NULL;

    page_put(page, "<tr><th scope=\"row\">%s</th>", name);
    if (sum.shown > 0)
        page_put(page, "<td class=\"n\">%" G_GINT64_FORMAT "</td>", sum.n);
    else
        page_put(page, "<td class=\"n\">–</td>");
    page_put(page, "<td class=\"n\">%s</td><td class=\"n\">%u</td><td class=\"n\">%u</td></tr>\n", amount != NULL ? amount : "–",
             sum.shown, sum.hidden);
}

void page_totals(struct page *page)
{
    section(page, "totals", word(page, "Totals of the period"));
    table(page, "totals", word(page, "Added up from the days that may be shown"));
    column(page, word(page, "What"));
    column(page, word(page, "How many"));
    column(page, word(page, "Amount"));
    column(page, word(page, "Days in it"));
    column(page, word(page, "Days with fewer than ten, not in it"));
    page_put(page, "</tr></thead><tbody>\n");
    total(page, word(page, "Paid by card (yuan)"), FIGURES_PAID, money_format);
    total(page, word(page, "Loaded onto cards (yuan)"), FIGURES_LOADED, money_format);
    total(page, word(page, "Given back (yuan)"), FIGURES_RETURNED, money_format);
    total(page, word(page, "Volunteer hours, of all kiosks (h:min)"), FIGURES_HOURS, hours_text);
    total(page, word(page, "Events of kiosks"), FIGURES_EVENTS, NULL);
    total(page, word(page, "Events that were refused"), FIGURES_REFUSED, NULL);
    page_put(page, "</tbody></table></div></section>\n");
}

/* ---- Days ---- */

static const char *marks(const struct page *page)
{
    return word(page, "One bar a day. A short mark stands for a day with fewer than ten, which is not shown. The table after it has the same numbers.");
}

static void day_head(struct page *page, guint day)
{
    char date[16];

    page_date(page->figures->from + day, date);
    page_put(page, "<tr><th scope=\"row\">%s</th>", date);
}

void page_money(struct page *page)
{
    const struct plot plot = {"plot-money", word(page, "Paid by card, yuan a day"), marks(page), word(page, "yuan"),
                              page->figures->series[FIGURES_PAID], 100, page->figures->from};

    section(page, "money", word(page, "Money"));
    page_plot(page, &plot);
    table(page, "money", word(page, "Money by day (yuan)"));
    column(page, word(page, "Day"));
    column(page, word(page, "Payments"));
    column(page, word(page, "Amount paid"));
    column(page, word(page, "Loads"));
    column(page, word(page, "Loaded"));
    column(page, word(page, "Given back, how often"));
    column(page, word(page, "Given back"));
    page_put(page, "</tr></thead><tbody>\n");
    for (guint day = 0; day < plot.days->len; day++) {
        day_head(page, day);
        for (enum figures_series series = FIGURES_PAID; series <= FIGURES_RETURNED; series++) {
            count_cell(page, day_of(page, series, day));
            amount_cell(page, day_of(page, series, day), money_format);
        }
        page_put(page, "</tr>\n");
    }
    page_put(page, "</tbody></table></div></section>\n");
}

void page_hours(struct page *page)
{
    const struct plot plot = {"plot-hours", word(page, "Volunteer hours a day, of all kiosks"), marks(page), word(page, "hours"),
                              page->figures->series[FIGURES_HOURS], 60, page->figures->from};

    section(page, "hours", word(page, "Volunteer hours"));
    page_plot(page, &plot);
    table(page, "hours", word(page, "Volunteer hours by day (h:min)"));
    column(page, word(page, "Day"));
    column(page, word(page, "Entries"));
    column(page, word(page, "Hours"));
    page_put(page, "</tr></thead><tbody>\n");
    for (guint day = 0; day < plot.days->len; day++) {
        day_head(page, day);
        count_cell(page, day_of(page, FIGURES_HOURS, day));
        amount_cell(page, day_of(page, FIGURES_HOURS, day), hours_text);
        page_put(page, "</tr>\n");
    }
    page_put(page, "</tbody></table></div></section>\n");
}

/* ---- Ratings ---- */

static void satisfied_cell(struct page *page, const struct figures_month *month)
{
    bool exact = false;
    int percent = figures_satisfied(month, &exact);

    if (percent < 0)
        page_put(page, "<td class=\"n\">–</td>");
    else
        page_put(page, "<td class=\"n\">%s%d %%</td>", exact ? "" : "≥ ", percent);
}

static void month_row(struct page *page, const struct figures_month *month)
{
    page_put(page, "<tr><th scope=\"row\">%04u-%02u</th>", month->month / 100, month->month % 100);
    count_cell(page, &month->all);
    satisfied_cell(page, month);
    for (int grade = RATING_GRADES; grade >= 1; grade--)
        count_cell(page, &month->grades[grade - 1]);
    page_put(page, "</tr>\n");
}

void page_ratings(struct page *page)
{
    section(page, "ratings", word(page, "Satisfaction"));
    table(page, "ratings", word(page, "Ratings by month, of all kiosks"));
    column(page, word(page, "Month"));
    column(page, word(page, "Ratings (n)"));
    column(page, word(page, "Satisfied (grades 5 to 3)"));
    column(page, word(page, "Very satisfied"));
    column(page, word(page, "Satisfied"));
    column(page, word(page, "Basically satisfied"));
    column(page, word(page, "Dissatisfied"));
    column(page, word(page, "Very dissatisfied"));
    page_put(page, "</tr></thead><tbody>\n");
    for (int i = 0; i < FIGURES_MONTHS; i++)
        month_row(page, &page->figures->months[i]);
    page_put(page, "</tbody></table></div><p class=\"note\">%s</p></section>\n",
             word(page, "≥: at least so many, because a grade with fewer than ten is not counted."));
}
