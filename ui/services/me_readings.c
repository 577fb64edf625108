/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who viewed what is known of the card's owner (F29), a sentence each; whoever wonders at one of them asks, and only who answers for
 * the community sees the question. What the person looked at themselves is counted, so that it buries nothing.
 */
#include "me.h"
#include "../flow.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "tickets.h"

#include <string.h>

static const char *title(struct ui *ui)
{
    return L_("Who viewed my data", NC_("large", "Who viewed me"));
}

static char *speech(struct ui *ui)
{
    const struct mine *mine = mine_of(ui);

    if (!mine->looked.told)
        return g_strdup(_("One moment, please"));
    if (!mine->looked.known)
        return g_strdup(mine_away(mine->refused));
    return g_strdup(mine->reading_count > 0 ? _("The newest stands first. Touch one to hear it.") : _("Nobody else has looked."));
}

static void open_reading(struct ui *ui, size_t index)
{
    mine_of(ui)->reading_at = index;
    flow_go(ui, &page_me_reading);
}

static char *own_words(const struct mine *mine)
{
    g_autofree char *moment = words_moment(mine->own_ms);

    if (mine->own_times == 0)
        return g_strdup(_("You have not looked yourself."));
    /* Translators: how often, when last. */
    return g_strdup_printf(_("You yourself: %1$lld times, last %2$s"), (long long)mine->own_times, moment);
}

static GtkWidget *foot_new(struct ui *ui)
{
    const struct mine *mine = mine_of(ui);
    GtkWidget *foot = kit_column("kx-foot");
    g_autofree char *own = own_words(mine);
    const struct kind_button buttons[] = {{NULL, _("OK"), "kx-primary", kind_go_back}};

    if (mine->looked.known) {
        kit_add(foot, kit_label(own, "kx-note"));
        kit_add(foot, mine_asof(mine->looked.asof_ms, mine->looked.live));
    }
    kit_add(foot, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), false));
    return foot;
}

static const char *nobody(const struct mine *mine)
{
    if (!mine->looked.told)
        return _("One moment, please");
    return mine->looked.known ? _("Nobody else has looked.") : mine_away(mine->refused);
}

static char *note_of(const struct kiosk_reading *reading)
{
    g_autofree char *clock = words_clock(reading->at_ms);

    return g_strdup_printf("%s · %s", clock, reading_why(reading));
}

static GtkWidget *build(struct page *page)
{
    const struct mine *mine = mine_of(page->ui);
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MINE_READINGS);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const char *day = "";

    for (size_t i = 0; i < mine->reading_count; i++) {
        const struct kiosk_reading *reading = &mine->readings[i];
        char *this_day = mine_day(reading->at_ms), *note = note_of(reading);
        g_ptr_array_add(texts, this_day);
        g_ptr_array_add(texts, note);
        rows[i] = (struct kind_row){.icon = "person", .heading = strcmp(day, this_day) != 0 ? this_day : NULL, .text = reading_who(reading),
                                    .note = note, .go = open_reading, .index = i};
        day = this_day;
    }
    return kind_list(page, rows, mine->reading_count, nobody(mine), foot_new(page->ui));
}

const struct page_class page_me_readings = {
    .name = "me-readings",
    .service = &service_me,
    .title = title,
    .speech = speech,
    .build = build,
};

void readings_enter(struct ui *ui)
{
    mine_ask(ui, KIOSK_MINE_ASK_READINGS);
    ui->backend->tickets(ui->kiosk, &(struct kiosk_ticket_request){.ask = KIOSK_TICKET_ASK_CATALOGUE}); /* where a question goes */
    flow_go(ui, &page_me_readings);
}

/* ---- One of them ------------------------------------------------------------------------------------------------------------ */

static const struct kiosk_reading *reading_of(struct ui *ui)
{
    return &mine_of(ui)->readings[mine_of(ui)->reading_at];
}

static const char *one_title(struct ui *ui)
{
    return reading_who(reading_of(ui));
}

/* Who looked is no secret to who stands there, and there is nothing of the person in it but that. */
static char *one_speech(struct ui *ui)
{
    return reading_sentence(reading_of(ui));
}

static void go_ask(struct ui *ui, size_t index)
{
    flow_go(ui, &page_me_ask);
}

static GtkWidget *one_build(struct page *page)
{
    const struct kiosk_reading *reading = reading_of(page->ui);
    g_autofree char *sentence = reading_sentence(reading), *which = g_strdup_printf(_("For case %s"), reading->case_id);
    GtkWidget *blocks[4] = {kit_label(sentence, "kx-answer kx-reading")};
    size_t count = 1;
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", kind_go_read},
        {NULL, L_("I have a question about this", NC_("large", "I have a question")), "kx-plain", go_ask},
        {NULL, _("OK"), "kx-primary", kind_go_back},
    };

    if (reading->case_id[0] != '\0')
        blocks[count++] = kit_label(which, "kx-soft");
    blocks[count++] = kit_label(_("Names of staff are not shown. The community knows who it was."), "kx-soft");
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_me_reading = {
    .name = "me-reading",
    .service = &service_me,
    .title = one_title,
    .speech = one_speech,
    .build = one_build,
};

/* ---- A question about it ------------------------------------------------------------------------------------------------------ */

/* What is told so is seen by nobody else; nothing else is asked along with it. */
static const struct kiosk_category *category_of(struct ui *ui)
{
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);

    for (size_t i = 0; i < catalogue->count; i++)
        if (catalogue->categories[i].personal && !catalogue->categories[i].desk && catalogue->categories[i].count == 0)
            return &catalogue->categories[i];
    return NULL;
}

static const char *ask_title(struct ui *ui)
{
    return _("Send a question about this?");
}

static char *ask_speech(struct ui *ui)
{
    return g_strdup(category_of(ui) != NULL ? _("Only the community sees it, and you get an answer.") : _("Please ask at the service desk."));
}

/* Named by its number: the community finds whose reading it was, and no words of it travel twice. */
static void request_fill(struct ui *ui, const struct kiosk_category *category, struct kiosk_ticket_request *out)
{
    const struct kiosk_reading *reading = reading_of(ui);
    g_autofree char *sentence = reading_sentence(reading);
    /* Translators: a number, a sentence. */
    g_autofree char *text = g_strdup_printf(_("A question about entry %1$lld of who viewed my data. %2$s"), (long long)reading->n, sentence);
    const char *place = reading->place_zh[0] != '\0' ? reading->place_zh : _("At no kiosk");

    out->ask = KIOSK_TICKET_ASK_FILE;
    g_strlcpy(out->service, category->code, sizeof out->service);
    g_strlcpy(out->address, place, sizeof out->address);
    g_strlcpy(out->description, text, sizeof out->description);
}

static void send(struct ui *ui, size_t index)
{
    const struct kiosk_category *category = category_of(ui);
    g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);
    struct mine *mine = mine_of(ui);

    if (mine->asking || category == NULL)
        return;
    request_fill(ui, category, request);
    mine->asking = true;
    ui->backend->tickets(ui->kiosk, request);
    flow_refresh(ui, false);
}

static GtkWidget *ask_build(struct page *page)
{
    const bool able = category_of(page->ui) != NULL, asking = mine_of(page->ui)->asking;
    g_autofree char *about = reading_sentence(reading_of(page->ui));
    GtkWidget *blocks[] = {kit_label(about, "kx-soft"), NULL};

    return kind_confirm(page, &(struct kind_confirm){
                                  .sentence = able ? _("Only the community sees it, and you get an answer.") : _("Please ask at the service desk."),
                                  .blocks = blocks,
                                  .no = _("Rather not"),
                                  .yes = asking ? _("One moment, please") : _("Send the question"),
                                  .yes_go = send,
                                  .yes_off = !able || asking,
                              });
}

const struct page_class page_me_ask = {
    .name = "me-ask",
    .service = &service_me,
    .title = ask_title,
    .speech = ask_speech,
    .build = ask_build,
};

/* ---- What became of it ---------------------------------------------------------------------------------------------------------- */

void readings_event(struct ui *ui, const struct kiosk_event *event)
{
    struct mine *mine = mine_of(ui);
    const struct kiosk_tickets_event *told = &event->tickets;

    if (!mine->asking || told->ask != KIOSK_TICKET_ASK_FILE)
        return;
    mine->asking = false;
    g_strlcpy(mine->refused, told->phase == KIOSK_TICKET_FILED ? "" : told->reason, sizeof mine->refused);
    g_strlcpy(mine->local, told->local, sizeof mine->local);
    tickets_list_ask(ui);
    if (flow_underneath(ui) == &page_me_ask)
        flow_go(ui, &page_me_asked);
}

static const char *asked_title(struct ui *ui)
{
    return mine_of(ui)->refused[0] == '\0' ? _("Your question is on its way") : _("The question was not sent");
}

static char *asked_speech(struct ui *ui)
{
    return g_strdup(asked_title(ui));
}

static const char *asked_words(struct ui *ui)
{
    const char *refused = mine_of(ui)->refused;

    if (refused[0] == '\0')
        return _("Only the community sees it. You find the answer under Report a problem, in your reports.");
    return g_str_equal(refused, "REPEATED") ? _("You have asked about this already.") : _("Please ask at the service desk.");
}

static GtkWidget *asked_build(struct page *page)
{
    struct ui *ui = page->ui;
    const bool sent = mine_of(ui)->refused[0] == '\0';

    return mine_end(page, sent, asked_words(ui), sent ? mine_of(ui)->local : "");
}

const struct page_class page_me_asked = {
    .name = "me-asked",
    .flags = PAGE_NO_BACK | PAGE_PASSING,
    .service = &service_me,
    .title = asked_title,
    .speech = asked_speech,
    .build = asked_build,
};
