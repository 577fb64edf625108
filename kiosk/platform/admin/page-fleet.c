/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/admin.h"
#include "platform/admin/page.h"
#include "platform/keys/pki.h"
#include <string.h>

#define SILENT_MS (15 * INT64_C(60000))
#define ENDS_MS   (14 * INT64_C(86400000))

static const char *state_word(const struct page *page, const struct fleet_row *kiosk)
{
    if (strcmp(kiosk->state, "NEW") == 0)
        return word(page, "not enrolled");
    if (strcmp(kiosk->state, "REVOKED") == 0)
        return word(page, "revoked");
    return page->figures->now_ms - kiosk->seen_ms > SILENT_MS ? word(page, "silent") : word(page, "in service");
}

static bool is_operator(const struct page *page)
{
    return strcmp(page->role, ADMIN_OPERATOR) == 0;
}

static void certificate_cell(struct page *page, const struct fleet_row *kiosk)
{
    int64_t end_ms = *kiosk->pem != '\0' ? pki_end_ms(kiosk->pem) : 0, left_ms = end_ms - page->figures->now_ms;
    char date[16] = "–";
    bool soon = end_ms != 0 && left_ms < ENDS_MS;

    if (end_ms != 0)
        page_date(stats_day(end_ms), date);
    page_put(page, "<td class=\"%s\">%s%s%s</td>", soon ? "alarm" : "", date, soon ? " " : "",
             !soon ? "" : left_ms < 0 ? word(page, "(ended)") : word(page, "(ends soon)"));
}

/* Somebody waits there: before anything else that a machine may say of itself. For those who can send somebody. */
static bool calls(const struct page *page, const struct fleet_row *kiosk)
{
    return is_operator(page) && kiosk->help_ms != 0;
}

static const char *alarm_word(const struct page *page, const struct fleet_row *kiosk)
{
    if (calls(page, kiosk))
        return kiosk->help_red ? word(page, "EMERGENCY: help is called") : word(page, "help is called");
    return *kiosk->alarm != '\0' ? kiosk->alarm : word(page, "none");
}

static void kiosk_row(struct page *page, const struct fleet_row *kiosk)
{
    g_autofree char *seen = page_time(kiosk->seen_ms);

    page_put(page, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>%s</td>", kiosk->id,
             page->language == WORDS_EN ? kiosk->place_en : kiosk->place_zh, state_word(page, kiosk), seen);
    if (is_operator(page) && kiosk->behind < 0)
        page_put(page, "<td class=\"n\">–</td>");
    else if (is_operator(page))
        page_put(page, "<td class=\"n\">%" G_GINT64_FORMAT "</td>", kiosk->behind);
    page_put(page, "<td class=\"%s\">%s</td><td>%s</td>", calls(page, kiosk) || *kiosk->alarm != '\0' ? "alarm" : "",
             alarm_word(page, kiosk), *kiosk->version != '\0' ? kiosk->version : "–");
    certificate_cell(page, kiosk);
    page_put(page, "</tr>\n");
}

static void fleet_head(struct page *page)
{
    page_put(page,
             "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"fleet-caption\"><table>"
             "<caption id=\"fleet-caption\">%s</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
             "<th scope=\"col\">%s</th><th scope=\"col\">%s</th>",
             word(page, "Kiosks, their health and their certificates"), word(page, "Kiosk"), word(page, "Place"),
             word(page, "State"), word(page, "Last heard of"));
    if (is_operator(page))
        page_put(page, "<th scope=\"col\">%s</th>", word(page, "Not yet sent"));
    page_put(page, "<th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
             word(page, "Alarm"), word(page, "Software"), word(page, "Certificate until"));
}

/* Work to be done is for operators to the piece; for others it is a number of people's matters like any other. */
static void matter(struct page *page, const char *name, int64_t n)
{
    if (is_operator(page) || n >= CELL_MIN)
        page_put(page, "<div><dt>%s</dt><dd>%" G_GINT64_FORMAT "</dd></div>", name, n);
    else
        page_put(page, "<div><dt>%s</dt><dd>&lt;%d</dd></div>", name, CELL_MIN);
}

static void matters(struct page *page)
{
    int64_t alarms = 0, silent = 0, help = 0;

    for (guint i = 0; i < page->figures->fleet->len; i++) {
        const struct fleet_row *kiosk = &g_array_index(page->figures->fleet, struct fleet_row, i);

        alarms += *kiosk->alarm != '\0';
        help += calls(page, kiosk);
        silent += strcmp(kiosk->state, "ENROLLED") == 0 && page->figures->now_ms - kiosk->seen_ms > SILENT_MS;
    }
    page_put(page, "<section aria-labelledby=\"open\"><h2 id=\"open\">%s</h2><dl class=\"tiles\">", word(page, "Open matters"));
    page_put(page, "<div><dt>%s</dt><dd>%" G_GINT64_FORMAT "</dd></div><div><dt>%s</dt><dd>%" G_GINT64_FORMAT "</dd></div>",
             word(page, "Kiosks with an alarm"), alarms, word(page, "Silent kiosks"), silent);
    if (is_operator(page))
        page_put(page, "<div class=\"%s\"><dt>%s</dt><dd>%" G_GINT64_FORMAT "</dd></div>", help > 0 ? "alarm" : "",
                 word(page, "Kiosks that call for help"), help);
    matter(page, word(page, "Payments in doubt"), page->figures->doubts);
    matter(page, word(page, "Contradictions to be settled by two people"), page->figures->alarms);
    page_put(page, "</dl></section>\n");
}

void page_fleet(struct page *page)
{
    matters(page);
    page_put(page, "<section aria-labelledby=\"fleet\"><h2 id=\"fleet\">%s</h2>", word(page, "Kiosks"));
    fleet_head(page);
    for (guint i = 0; i < page->figures->fleet->len; i++)
        kiosk_row(page, &g_array_index(page->figures->fleet, struct fleet_row, i));
    page_put(page, "</tbody></table></div><p class=\"note\">%s</p></section>\n",
             word(page, "When a kiosk was last heard of is written down every five minutes."));
}
