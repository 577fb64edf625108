/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/page.h"
#include "platform/admin/admin.h"
#include "model/model.h"
#include <string.h>

void page_put(struct page *page, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(page->out, text);
}

const char *word(const struct page *page, const char *text)
{
    return words_get(page->language, text);
}

void page_date(int64_t day, char out[16])
{
    uint32_t date = date_of_ms(stats_day_ms(day));

    g_snprintf(out, 16, "%04u-%02u-%02u", date / 10000, date / 100 % 100, date % 100);
}

char *page_time(int64_t wall_ms)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autoptr(GDateTime) utc = wall_ms != 0 ? g_date_time_new_from_unix_utc(wall_ms / 1000) : NULL;
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;

    return local != NULL ? g_date_time_format(local, "%Y-%m-%d %H:%M") : g_strdup("–");
}

/* ---- The frame ---- */

static unsigned days_of(const struct page *page)
{
    return (unsigned)(page->figures->to - page->figures->from);
}

static void language_link(struct page *page, enum words_language language, const char *name)
{
    g_autofree char *of = g_uri_escape_string(page->figures->of, NULL, FALSE);

    page_put(page, "<a href=\"" ADMIN_PATH "?lang=%s&amp;days=%u&amp;of=%s\" hreflang=\"%s\" lang=\"%s\" aria-current=\"%s\">%s</a> ",
             words_code(language), days_of(page), of, words_code(language), words_code(language),
             language == page->language ? "true" : "false", name);
}

static void head(struct page *page)
{
    const char *title = word(page, "Fleet and figures");

    page_put(page,
             "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">"
             "<title>%s – citycard</title><link rel=\"stylesheet\" href=\"" ADMIN_STYLE_PATH "\"></head>\n<body>"
             "<a class=\"skip\" href=\"#main\">%s</a>\n<header><h1>%s</h1><p>%s · %s</p><nav aria-label=\"%s\">",
             words_code(page->language), title, word(page, "To the content"), title, page->who,
             strcmp(page->role, ADMIN_OPERATOR) == 0 ? word(page, "operator") : word(page, "decision maker"), word(page, "Language"));
    language_link(page, WORDS_ZH, "中文");
    language_link(page, WORDS_EN, "English");
    page_put(page, "</nav></header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

static void option(struct page *page, const char *value, bool chosen, const char *name)
{
    page_put(page, "<option value=\"%s\"%s>%s</option>", value, chosen ? " selected" : "", name);
}

static void form(struct page *page)
{
    page_put(page,
             "<form method=\"get\" action=\"" ADMIN_PATH "\"><input type=\"hidden\" name=\"lang\" value=\"%s\">"
             "<label for=\"days\">%s</label><select id=\"days\" name=\"days\">",
             words_code(page->language), word(page, "Period"));
    for (size_t i = 0; i < figures_period_count; i++) {
        g_autofree char *value = g_strdup_printf("%u", figures_periods[i]);
        g_autofree char *name = g_strdup_printf(word(page, "the last %u days"), figures_periods[i]);
        option(page, value, figures_periods[i] == days_of(page), name);
    }
    page_put(page, "</select><label for=\"of\">%s</label><select id=\"of\" name=\"of\">", word(page, "Money of"));
    option(page, "", *page->figures->of == '\0', word(page, "all kiosks"));
    for (guint i = 0; i < page->figures->fleet->len; i++) {
        const char *id = g_array_index(page->figures->fleet, struct fleet_row, i).id;
        option(page, id, strcmp(id, page->figures->of) == 0, id);
    }
    page_put(page, "</select><button type=\"submit\">%s</button></form>\n", word(page, "Show"));
}

static void foot(struct page *page)
{
    g_autofree char *now = page_time(page->figures->now_ms);

    page_put(page, "</main>\n<footer><p>%s</p><p>%s</p><p>%s %s (UTC+8)</p></footer></body></html>\n",
             word(page, "Days and months that are over, by the day on which the platform booked it; what a kiosk tells late counts on the day when it came."),
             word(page, "No number is below ten: what is smaller is left out, also from sums, and kiosks that would tell it are left out with it."),
             word(page, "As of"), now);
}

char *page_write(struct page *page)
{
    page->out = g_string_sized_new(64 * 1024);
    head(page);
    page_fleet(page);
    page_put(page, "<section aria-labelledby=\"choose\"><h2 id=\"choose\">%s</h2>\n", word(page, "Figures"));
    form(page);
    page_put(page, "</section>\n");
    page_totals(page);
    page_money(page);
    page_hours(page);
    page_ratings(page);
    foot(page);
    return g_string_free(page->out, FALSE);
}
