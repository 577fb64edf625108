/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bars as SVG inside of the page. Not through Cairo's SVG surface: that paints fixed colours and draws letters as shapes, so that
 * neither dark nor high contrast could change them, nor a reader of the screen find a text in them. Colours are classes of style.css.
 */
#include "platform/admin/page.h"

#define WIDTH  760
#define HEIGHT 240
#define LEFT   70
#define RIGHT  750
#define TOP    16
#define BOTTOM 206
#define LINES  4 /* of the grid, above the bottom */

/* The least of 1, 2, 5, 10, 20 … that is no less: a fourth of the axis' height. */
static int64_t step_for(int64_t units)
{
    static const int64_t steps[] = {1, 2, 5};
    int64_t power = 1;

    while (power <= INT64_MAX / 50) {
        for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
            if (steps[i] * power * LINES >= units)
                return steps[i] * power;
        power *= 10;
    }
    return power;
}

static int64_t highest(const struct plot *plot)
{
    int64_t out = 1;

    for (guint i = 0; i < plot->days->len; i++) {
        const struct cell *day = &g_array_index(plot->days, struct cell, i);

        if (day->shown)
            out = MAX(out, day->amount / plot->per_unit + 1);
    }
    return out;
}

static void grid(struct page *page, const struct plot *plot, int64_t step)
{
    for (int line = 0; line <= LINES; line++) {
        int y = BOTTOM - (BOTTOM - TOP) * line / LINES;

        page_put(page, "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", LEFT, y, RIGHT, y);
        page_put(page, "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%" G_GINT64_FORMAT "</text>", LEFT - 8, y + 5,
                 step * line);
    }
    page_put(page, "<text class=\"axis\" x=\"4\" y=\"%d\">%s</text>", HEIGHT - 6, plot->unit);
}

static void day_label(struct page *page, const struct plot *plot, guint day, const char *anchor, int x)
{
    char date[16];

    page_date(plot->from + day, date);
    page_put(page, "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>", x, BOTTOM + 20, anchor, date);
}

/* In hundredths, so that a year's bars are of one width. A day that may not be shown is a short mark and no height. */
static void bar(struct page *page, const struct plot *plot, guint i, int64_t top)
{
    const struct cell *day = &g_array_index(plot->days, struct cell, i);
    int slot = (RIGHT - LEFT) * 100 / (int)plot->days->len, x = LEFT * 100 + (RIGHT - LEFT) * 100 * (int)i / (int)plot->days->len;
    int width = slot * 3 / 4;
    int64_t amount = MAX(day->amount, 0);
    int height = day->shown ? (int)((double)amount / (double)top * (BOTTOM - TOP) * 100) : 300;

    page_put(page, "<rect class=\"%s\" x=\"%d.%02d\" y=\"%d.%02d\" width=\"%d.%02d\" height=\"%d.%02d\"/>", day->shown ? "bar" : "few",
             (x + slot / 8) / 100, (x + slot / 8) % 100, (BOTTOM * 100 - height) / 100, (BOTTOM * 100 - height) % 100, width / 100,
             width % 100, height / 100, height % 100);
}

void page_plot(struct page *page, const struct plot *plot)
{
    int64_t step = step_for(highest(plot));
    guint last = plot->days->len - 1;

    page_put(page,
             "<figure><svg role=\"img\" aria-labelledby=\"%s-title %s-desc\" viewBox=\"0 0 %d %d\">"
             "<title id=\"%s-title\">%s</title><desc id=\"%s-desc\">%s</desc>",
             plot->id, plot->id, WIDTH, HEIGHT, plot->id, plot->title, plot->id, plot->about);
    grid(page, plot, step);
    for (guint i = 0; i < plot->days->len; i++)
        bar(page, plot, i, step * LINES * plot->per_unit);
    day_label(page, plot, 0, "start", LEFT);
    day_label(page, plot, last / 2, "middle", (LEFT + RIGHT) / 2);
    day_label(page, plot, last, "end", RIGHT);
    page_put(page, "</svg><figcaption>%s</figcaption></figure>\n", plot->title);
}
