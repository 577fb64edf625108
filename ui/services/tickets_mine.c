/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own cases: where each stands, its course, and what they can say about it: it is done, it is not, call it off, how it was. */
#include "../flow.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "tickets.h"

#include <string.h>

/* ---- All of them --------------------------------------------------------------------------------------------------- */

static const char *mine_title(struct ui *ui)
{
    return _("My cases");
}

static char *mine_speech(struct ui *ui)
{
    unsigned waiting = ticket_list_waiting(&tickets_of(ui)->list);

    return g_strdup(waiting > 0 ? _("Your cases. The first one wants an answer from you.") : _("Your cases. Touch one to look at it."));
}

static void go_ticket(struct ui *ui, size_t index)
{
    struct tickets *tickets = tickets_of(ui);

    if (index >= tickets->list.count)
        return;
    g_strlcpy(tickets->ticket, tickets->list.items[index].id, sizeof tickets->ticket);
    flow_go(ui, &page_ticket);
}

static const char *empty_words(const struct tickets *tickets)
{
    if (!tickets->list.told)
        return _("One moment, please");
    return tickets->list.known ? _("You have no cases.") : _("Your cases can be seen when online.");
}

/* What was done here and has not gone out is told apart. */
static char *row_note(const struct kiosk_ticket *ticket)
{
    g_autofree char *day = words_day_of(ticket->filed_ms), *due = ticket_due_words(ticket->due, ticket->provisional);
    const char *state = ticket_state_word(ticket->state);

    if (ticket->may_confirm) /* the state stands above its name */
        return g_steal_pointer(&day);
    if (ticket->pending) /* Translators: a state, the day of telling. */
        return g_strdup_printf(_("%1$s · not sent yet · %2$s"), state, day);
    if (ticket->ended_ms != 0 || due[0] == '\0')
        return g_strdup_printf("%s · %s", state, day);
    /* Translators: a state, the day of the answer. */
    return g_strdup_printf(_("%1$s · answer by %2$s"), state, due);
}

static GtkWidget *mine_build(struct page *page)
{
    const struct tickets *tickets = tickets_of(page->ui);
    size_t count = tickets->list.count;
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MAX(count, 1));
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < count; i++) {
        const struct kiosk_ticket *ticket = &tickets->list.items[i];

        g_ptr_array_add(notes, row_note(ticket));
        rows[i] = (struct kind_row){.icon = ticket->personal ? "lock" : ticket_icon(ticket->service),
                                    .kicker = ticket->may_confirm ? _("Please answer") : NULL,
                                    .text = ticket_name(ticket, true),
                                    .note = notes->pdata[i],
                                    .go = go_ticket,
                                    .index = i};
    }
    return kind_list(page, rows, count, empty_words(tickets), NULL);
}

const struct page_class page_ticket_mine = {
    .name = "ticket-mine",
    .service = &service_tickets,
    .title = mine_title,
    .speech = mine_speech,
    .build = mine_build,
};

/* ---- One of them --------------------------------------------------------------------------------------------------- */

static const struct kiosk_ticket *shown(struct ui *ui)
{
    return ticket_list_find(&tickets_of(ui)->list, tickets_of(ui)->ticket);
}

static const char *ticket_title(struct ui *ui)
{
    const struct kiosk_ticket *ticket = shown(ui);

    return ticket != NULL ? ticket_name(ticket, false) : _("My cases");
}

static char *ticket_speech(struct ui *ui)
{
    const struct kiosk_ticket *ticket = shown(ui);
    char *slip = ticket != NULL ? printing_says(ui, KIOSK_PRINT_TICKET, ticket->id, "") : NULL;

    if (slip != NULL)
        return slip;
    return g_strdup(ticket != NULL ? ticket_state_word(ticket->state) : _("One moment, please"));
}

static void go_page(struct ui *ui, size_t index)
{
    static const struct page_class *const pages[] = {&page_ticket_withdraw, &page_ticket_deny};

    flow_go(ui, pages[index]);
}

static void confirm(struct ui *ui, size_t index)
{
    tickets_ask(ui, KIOSK_TICKET_ASK_CONFIRM, NULL);
}

static void rate(struct ui *ui, size_t again)
{
    (again != 0 ? rating_ask_again : rating_ask)(ui, tickets_of(ui)->ticket, RATING_OF_ORDER);
}

static GtkWidget *state_new(const struct kiosk_ticket *ticket)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *next = ticket_next_words(ticket);

    kit_add(card, kit_label(ticket_state_word(ticket->state), "kx-answer kx-strong"));
    kit_add(card, kit_label(next, "kx-body"));
    if (ticket->reason[0] != '\0' && strcmp(ticket->state, "REFUSED") != 0)
        kit_add(card, kit_label(_("What you asked for last was not done. Please ask at the service desk."), "kx-body"));
    if (ticket->pending && strcmp(ticket->state, "NEW") != 0)
        kit_add(card, kit_label(_("Not sent yet. It goes out by itself when the network is back."), "kx-body"));
    return card;
}

/* What somebody else wrote comes in blocks that leaf. */
static GtkWidget *reply_new(const struct kiosk_ticket *ticket)
{
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_label(_("They write"), "kx-note"));
    kit_add(card, kit_label(ticket->reply, "kx-body"));
    return card;
}

static GtkWidget *facts_new(const struct kiosk_ticket *ticket)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *no = ticket_number_words(ticket->no, ticket->local), *told = words_moment(ticket->filed_ms),
                    *others = g_strdup_printf("%" G_GINT64_FORMAT, ticket->interest);

    kit_add(card, kit_fact(_("Case"), no));
    kit_add(card, kit_fact(_("Told on"), told));
    if (ticket->interest > 0)
        kit_add(card, kit_fact(_("Others who have it"), others));
    if (ticket->place[0] != '\0')
        kit_add(card, kit_label(ticket->place, "kx-body"));
    kit_add(card, kit_fact(_("Ask after it"), "12345"));
    return card;
}

static GtkWidget *step_new(const char *state, int64_t at_ms, const char *note)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *day = words_moment(at_ms);

    kit_add(card, kit_fact(ticket_state_word(state), day));
    if (note[0] != '\0')
        kit_add(card, kit_label(note, "kx-body"));
    return card;
}

static void ticket_print(struct ui *ui, size_t index)
{
    const struct kiosk_ticket *ticket = shown(ui);

    if (ticket != NULL)
        ticket_slip_print(ui, &(struct ticket_slip){.id = ticket->id, .local = ticket->local, .what = ticket_name(ticket, false),
                                                    .where = ticket->place, .no = ticket->no, .filed_ms = ticket->filed_ms,
                                                    .due = ticket->ended_ms == 0 ? ticket->due : 0, .provisional = ticket->provisional});
}

static GtkWidget *blocks_new(struct ui *ui, const struct kiosk_ticket *ticket)
{
    g_autofree char *no = ticket_number_words(ticket->no, ticket->local);
    GtkWidget *pager = kx_pager_new(), *slip = printing_line(ui, KIOSK_PRINT_TICKET, ticket->id, no);

    if (slip != NULL)
        kx_pager_add(KX_PAGER(pager), slip);
    kx_pager_add(KX_PAGER(pager), state_new(ticket));
    if (ticket->reply[0] != '\0')
        kx_pager_add(KX_PAGER(pager), reply_new(ticket));
    kx_pager_add(KX_PAGER(pager), facts_new(ticket));
    for (size_t i = ticket->step_count; i-- > 0;) {
        bool said = strcmp(ticket->steps[i].note, ticket->reply) == 0;
        kx_pager_add(KX_PAGER(pager), step_new(ticket->steps[i].state, ticket->steps[i].at_ms, said ? "" : ticket->steps[i].note));
    }
    return pager;
}

static GtkWidget *ticket_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_ticket *ticket = shown(ui);
    bool off = tickets_of(ui)->asking;

    if (ticket == NULL)
        return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("report", "kx-badge-large"),
                                                       .answer = _("One moment, please"),
                                                       .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
    const struct kind_button buttons[] = {
        printing_button(ui, KIOSK_PRINT_TICKET, ticket->id, ticket_print),
        {NULL, ticket->may_withdraw ? L_("Call the case off", NC_("large", "Call off")) : NULL, "kx-plain", go_page, 0, off},
        {NULL, ticket->may_deny ? _("Still not solved") : NULL, "kx-plain", go_page, 1, off},
        {NULL, ticket->may_confirm ? _("Yes, it is done") : NULL, "kx-primary", confirm, 0, off},
        {NULL, ticket->may_rate && ticket->rated ? _("Change my rating") : NULL, "kx-plain", rate, 1, off},
        {NULL, ticket->may_rate && !ticket->rated ? _("Rate it") : NULL, "kx-primary", rate, 0, off},
    };
    return kit_sheet(kit_title(ticket_title(ui)), blocks_new(ui, ticket), kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

const struct page_class page_ticket = {
    .name = "ticket",
    .service = &service_tickets,
    .news = PAGE_NEWS_PRINT,
    .title = ticket_title,
    .speech = ticket_speech,
    .build = ticket_build,
};

/* ---- Calling it off ---------------------------------------------------------------------------------------------------- */

static const char *withdraw_title(struct ui *ui)
{
    return L_("Shall this case be called off?", NC_("large", "Call the case off?"));
}

static char *withdraw_speech(struct ui *ui)
{
    return g_strdup(_("Shall this case be called off? Nobody sees to it then."));
}

static void withdraw(struct ui *ui, size_t index)
{
    tickets_ask(ui, KIOSK_TICKET_ASK_WITHDRAW, NULL);
}

static GtkWidget *withdraw_build(struct page *page)
{
    const struct kiosk_ticket *ticket = shown(page->ui);
    bool off = tickets_of(page->ui)->asking;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("report", "kx-badge-large"),
                                 .answer = ticket != NULL ? ticket_name(ticket, true) : NULL,
                                 .soft = {_("Nobody sees to it then.")},
                                 .buttons = {{NULL, _("No, keep the case"), "kx-plain", kind_go_back, 0, off},
                                             {NULL, L_("Yes, call the case off", NC_("large", "Yes, call off")), "kx-primary", withdraw, 0, off}},
                                 .upright_when_largest = true,
                             });
}

const struct page_class page_ticket_withdraw = {
    .name = "ticket-withdraw",
    .service = &service_tickets,
    .flags = PAGE_PASSING,
    .title = withdraw_title,
    .speech = withdraw_speech,
    .build = withdraw_build,
};

/* ---- What is not done? --------------------------------------------------------------------------------------------------- */

static const char *const whys[] = {N_("Not done"), N_("Half done"), N_("It is back"), N_("Badly done"), N_("Other")};
static const char *const why_icons[] = {"person", "clock", "warn", "cross", "phone"};

static const char *deny_title(struct ui *ui)
{
    return _("What is wrong?");
}

static char *deny_speech(struct ui *ui)
{
    return g_strdup(_("What is wrong? Your case is opened again then."));
}

static void deny(struct ui *ui, size_t index)
{
    tickets_ask(ui, KIOSK_TICKET_ASK_DENY, _(whys[index]));
}

static GtkWidget *deny_build(struct page *page)
{
    struct kind_tile tiles[G_N_ELEMENTS(whys)];

    for (size_t i = 0; i < G_N_ELEMENTS(whys); i++)
        tiles[i] = (struct kind_tile){why_icons[i], _(whys[i]), NULL, deny, i};
    return kind_scale(page, tiles, G_N_ELEMENTS(whys));
}

const struct page_class page_ticket_deny = {
    .name = "ticket-deny",
    .service = &service_tickets,
    .flags = PAGE_PASSING,
    .title = deny_title,
    .speech = deny_speech,
    .build = deny_build,
};
