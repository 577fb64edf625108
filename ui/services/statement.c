/* SPDX-License-Identifier: Apache-2.0 */
/* What came off the card and went onto it: asked for when it is wanted, and forgotten with the session. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#define LINES_MAX 30
#define ALOUD_MAX 5 /* as much as anybody listens to */

struct statement {
    bool told, read;
    struct kiosk_movement lines[LINES_MAX];
    size_t count;
};

static struct statement *statement_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_statement, sizeof(struct statement), NULL);
}

static const char *title(struct ui *ui)
{
    return L_("What happened on this card", NC_("large", "On this card"));
}

static char *speech(struct ui *ui)
{
    const struct statement *statement = statement_of(ui);

    if (!statement->told)
        return g_strdup(_("One moment, please"));
    return g_strdup(statement->count > 0 ? _("The newest stands first. Touch Read aloud to hear it.") : _("Nothing is written on this card."));
}

const char *statement_what(const struct kiosk_movement *line)
{
    if (line->load)
        return line->returned ? _("Given back") : _("Added");
    return line->bills > 0 ? _("Bills paid") : _("Spent");
}

static char *note_of(const struct kiosk_movement *line)
{
    g_autofree char *moment = line->at_ms > 0 ? words_moment(line->at_ms) : g_strdup(_("no date"));
    const char *where = line->open ? _("being checked") : line->here ? _("at this machine") : _("elsewhere");

    if (line->receipt_no[0] == '\0')
        return g_strdup_printf("%s · %s", moment, where);
    return g_strdup_printf("%s · %s · %s", moment, where, line->receipt_no);
}

static GtkWidget *line_new(const struct ui *ui, const struct kiosk_movement *line)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *amount = words_amount(line->amount_fen), *note = note_of(line);
    g_autofree char *words = words_amount_in_words(line->amount_fen);
    g_autofree char *signed_amount = g_strdup_printf("%s%s", line->load ? "+" : "−", amount);

    kit_add(card, kit_fact(statement_what(line), signed_amount));
    if (ui->size != TEXT_STD)
        kit_add(card, kit_label(words, "kx-body"));
    kit_add(card, kit_label(note, "kx-note"));
    return card;
}

/* Amounts are said because somebody asks for it here, and only then (EL-3). */
static void read_aloud(struct ui *ui, size_t index)
{
    const struct statement *statement = statement_of(ui);
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < MIN(statement->count, ALOUD_MAX); i++) {
        const struct kiosk_movement *line = &statement->lines[i];
        g_autofree char *amount = words_amount_spoken(line->amount_fen), *day = line->at_ms > 0 ? words_day_of(line->at_ms) : g_strdup("");

        g_string_append_printf(text, "%s, %s, %s. ", day, statement_what(line), amount);
    }
    flow_say(ui, text->str);
}

static GtkWidget *build(struct page *page)
{
    const struct statement *statement = statement_of(page->ui);
    GtkWidget *blocks[LINES_MAX + 2] = {NULL};
    const struct kind_button buttons[] = {
        {"speak", statement->count > 0 ? _("Read aloud") : NULL, "kx-plain", read_aloud},
        {NULL, _("OK"), "kx-primary", kind_go_back},
    };
    size_t count = 0;

    if (!statement->told)
        blocks[count++] = kit_label(_("One moment, please"), "kx-answer");
    else if (!statement->read)
        blocks[count++] = kit_label(_("The card itself could not be asked. This is what was done here."), "kx-soft");
    else if (statement->count == 0)
        blocks[count++] = kit_label(_("Nothing is written on this card."), "kx-answer");
    for (size_t i = 0; i < statement->count; i++)
        blocks[count++] = line_new(page->ui, &statement->lines[i]);
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_statement = {
    .name = "statement",
    .title = title,
    .speech = speech,
    .build = build,
};

void statement_enter(struct ui *ui)
{
    *statement_of(ui) = (struct statement){0};
    ui->backend->statement(ui->kiosk);
    flow_go(ui, &page_statement);
}

void statement_event(struct ui *ui, const struct kiosk_event *event)
{
    struct statement *statement;

    if (event->kind != KIOSK_EVENT_STATEMENT || !ui->session.active)
        return; /* the answer came after the person had left */
    statement = statement_of(ui);
    *statement = (struct statement){.told = true, .read = event->statement.read, .count = MIN(event->statement.count, LINES_MAX)};
    for (size_t i = 0; i < statement->count; i++)
        statement->lines[i] = event->statement.items[i];
    if (ui->page == &page_statement)
        flow_refresh(ui, true);
}
