/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, the newest first, by day; all of it, or what has not ended; and one of it. */
#include "me.h"
#include "../flow.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "rating.h"

#include <string.h>

static const char *title(struct ui *ui)
{
    return mine_of(ui)->open_only ? L_("Orders, reports and seats that are open", NC_("large", "What is open")) : _("What I have done");
}

static char *speech(struct ui *ui)
{
    const struct mine *mine = mine_of(ui);

    if (!mine->happened.told)
        return g_strdup(_("One moment, please"));
    return g_strdup(mine->line_count > 0 ? _("The newest stands first. Touch one to see more.") : _("Nothing is written down here."));
}

static void open_line(struct ui *ui, size_t index)
{
    mine_of(ui)->line = mine_of(ui)->lines[index];
    flow_go(ui, &page_me_item);
}

static char *note_of(const struct kiosk_happening *line)
{
    g_autofree char *clock = line->at_ms > 0 ? words_clock(line->at_ms) : g_strdup("");
    const char *state = happening_state(line);

    if (clock[0] == '\0' || state[0] == '\0')
        return g_strconcat(clock, state, NULL);
    return g_strdup_printf("%s · %s", clock, state);
}

/* Each day once, above the first line of it. */
static size_t rows_fill(struct mine *mine, struct kind_row *rows, GPtrArray *texts)
{
    const char *day = "";
    size_t count = 0;

    for (size_t i = 0; i < mine->line_count; i++) {
        const struct kiosk_happening *line = &mine->lines[i];
        char *this_day = mine_day(line->at_ms), *text = happening_text(line), *note = note_of(line);
        g_ptr_array_add(texts, this_day);
        g_ptr_array_add(texts, text);
        g_ptr_array_add(texts, note);
        if (mine->open_only && !happening_open(line))
            continue;
        rows[count++] = (struct kind_row){.icon = happening_icon(line), .heading = strcmp(day, this_day) != 0 ? this_day : NULL, .text = text,
                                          .note = note, .go = open_line, .index = i};
        day = this_day;
    }
    return count;
}

/* What the machine knows by itself is there also when the platform says nothing. */
static GtkWidget *foot_new(struct ui *ui)
{
    const struct mine *mine = mine_of(ui);
    GtkWidget *foot = kit_column("kx-foot");
    const struct kind_button buttons[] = {{NULL, _("OK"), "kx-primary", kind_go_back}};

    if (mine->happened.known)
        kit_add(foot, mine_asof(mine->happened.asof_ms, mine->happened.live));
    else if (mine->happened.told)
        kit_add(foot, kit_label(L_("Only what this machine knows. The rest can be seen when online.", NC_("large", "Only what this machine knows")), "kx-soft"));
    kit_add(foot, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), false));
    return foot;
}

static GtkWidget *build(struct page *page)
{
    struct mine *mine = mine_of(page->ui);
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MINE_LINES);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    size_t count = rows_fill(mine, rows, texts);

    return kind_list(page, rows, count, mine->happened.told ? _("Nothing is written down here.") : _("One moment, please"),
                     foot_new(page->ui));
}

const struct page_class page_me_happened = {
    .name = "me-happened",
    .service = &service_me,
    .title = title,
    .speech = speech,
    .build = build,
};

void happened_enter(struct ui *ui, bool open_only)
{
    mine_of(ui)->open_only = open_only;
    mine_ask(ui, KIOSK_MINE_ASK_HAPPENED);
    flow_go(ui, &page_me_happened);
}

/* ---- One of it -------------------------------------------------------------------------------------------------------------- */

static const struct kiosk_happening *line_of(struct ui *ui)
{
    return &mine_of(ui)->line;
}

static const char *item_title(struct ui *ui)
{
    static const char *const KINDS[] = {
        [KIOSK_HAPPENED_SERVED] = N_("Volunteering"), [KIOSK_HAPPENED_CREDIT] = N_("What was written down"), [KIOSK_HAPPENED_PAYMENT] = N_("A payment"),
        [KIOSK_HAPPENED_ORDER] = N_("An order"),      [KIOSK_HAPPENED_TICKET] = N_("A report"),               [KIOSK_HAPPENED_SEAT] = N_("A seat"),
    };

    const struct kiosk_happening *line = line_of(ui);

    if (line->kind == KIOSK_HAPPENED_PAYMENT && line->amount >= 0)
        return line->returned ? _("Given back") : _("A top-up");
    return _(KINDS[line->kind]);
}

static void item_read(struct ui *ui, size_t index)
{
    const struct kiosk_happening *line = line_of(ui);
    g_autofree char *text = happening_text(line), *day = mine_day(line->at_ms);
    /* Translators: said aloud: a day, what happened, how it stands. */
    g_autofree char *said = g_strdup_printf(_("%1$s: %2$s. %3$s"), day, text, happening_state(line));

    flow_say(ui, said);
}

static char *item_speech(struct ui *ui)
{
    return g_strdup(_("This is written down for you. Touch Read aloud to hear it."));
}

static void fact_add(GtkWidget *card, const char *name, const char *value)
{
    if (value[0] != '\0')
        kit_add(card, kit_fact(name, value));
}

static const char *number_name(const struct kiosk_happening *line)
{
    if (line->kind == KIOSK_HAPPENED_ORDER)
        return _("Order number");
    return line->kind == KIOSK_HAPPENED_TICKET ? _("Case") : _("Number");
}

static void item_rate(struct ui *ui, size_t again)
{
    (again != 0 ? rating_ask_again : rating_ask)(ui, line_of(ui)->payment, RATING_OF_PAYMENT);
}

/* Behind what was paid today, too, and once more within the day. */
static struct kind_button rate_button(const struct kiosk_happening *line)
{
    const char *text = !line->may_rate ? NULL : line->rated ? _("Change my rating") : _("Rate it");

    return (struct kind_button){NULL, text, "kx-plain", item_rate, line->rated};
}

static GtkWidget *item_build(struct page *page)
{
    const struct kiosk_happening *line = line_of(page->ui);
    GtkWidget *what = kit_column("kx-card kx-place"), *card = kit_column("kx-card kx-place"), *pager = kx_pager_new();
    g_autofree char *text = happening_text(line), *day = mine_day(line->at_ms), *clock = line->at_ms > 0 ? words_clock(line->at_ms) : g_strdup("");
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", item_read},
        rate_button(line),
        {NULL, _("OK"), "kx-primary", kind_go_back},
    };

    kit_add(what, kit_label(text, "kx-answer kx-strong"));
    fact_add(card, _("Day"), day);
    fact_add(card, _("Time"), clock);
    fact_add(card, _("State"), happening_state(line));
    fact_add(card, number_name(line), line->number);
    kx_pager_add(KX_PAGER(pager), what);
    kx_pager_add(KX_PAGER(pager), card);
    return kit_sheet(kit_title(item_title(page->ui)), pager,
                     kind_foot(page->ui, buttons, G_N_ELEMENTS(buttons), line->may_rate && kind_upright(page->ui)));
}

const struct page_class page_me_item = {
    .name = "me-item",
    .service = &service_me,
    .title = item_title,
    .speech = item_speech,
    .build = item_build,
};
