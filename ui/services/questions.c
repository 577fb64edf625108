/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions and answers (F24), reached from help, and so from every page and without a card:
 *
 *   HELP ─► QUESTIONS (pictures) ─► QUESTION (the answer in steps) ─► QUESTION_SENT (with the desk now, or why not)
 *
 * What an answer did not solve becomes a case of the service desk in the words of its question, so that it is told exactly once, also after
 * a day without a line, is answered by a day that is promised, and its answer stands first at home when the card comes back.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "model/ticket.h"
#include "pages.h"
#include "question_list.h"
#include "ticket_book.h"
#include "tickets.h"

#include <string.h>

/* Of the machine. What somebody looks at is kept by its name: a newer list does not change it. */
struct questions {
    struct question_list list;
    char read[64];
};

/* Of the person: the question that is with the desk. */
struct asked {
    bool waiting;
    char local[41], reason[32];
    uint32_t due;
    bool provisional;
};

static struct questions *questions_of(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_questions, sizeof(struct questions), question_list_clear); /* the list is its beginning */
}

static struct asked *asked_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_questions, sizeof(struct asked), NULL);
}

static void count(struct ui *ui, const char *id, bool unsolved)
{
    char name[64];

    if (ui->backend != NULL && ui->backend->notice_read != NULL && question_counted_as(id, unsolved, name))
        ui->backend->notice_read(ui->kiosk, name);
}

/* ---- All of them --------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    return L_("What is it about?", NC_("large", "What is it about?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Questions and answers. Touch the picture that fits."));
}

static void open(struct ui *ui, size_t index)
{
    struct questions *questions = questions_of(ui);
    struct question question;

    if (index >= question_list_count(&questions->list))
        return;
    question_at(&questions->list, index, &question);
    g_strlcpy(questions->read, question.id, sizeof questions->read);
    question_clear(&question);
    count(ui, questions->read, false);
    flow_go(ui, &page_question);
}

void questions_open(struct ui *ui, const char *id)
{
    size_t index;

    if (question_find(&questions_of(ui)->list, id, &index))
        open(ui, index);
}

static GtkWidget *build(struct page *page)
{
    const struct question_list *list = &questions_of(page->ui)->list;
    size_t shown = question_list_count(list);
    g_autofree struct kind_tile *tiles = g_new0(struct kind_tile, shown);
    struct question question;

    for (size_t i = 0; i < shown; i++) {
        question_at(list, i, &question);
        tiles[i] = (struct kind_tile){.icon = question.icon, .word = question.title, .go = open, .index = i};
        question_clear(&question);
    }
    return kind_pick(page, tiles, shown, false);
}

static bool back_to_help(struct ui *ui)
{
    flow_help(ui);
    return true;
}

const struct page_class page_questions = {
    .name = "questions",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .service = &service_questions,
    .title = title,
    .speech = speech,
    .build = build,
    .back = back_to_help,
};

/* ---- The answer ------------------------------------------------------------------------------------------------------ */

/* False: it has been taken off meanwhile. */
static bool shown(struct ui *ui, struct question *out)
{
    const struct questions *questions = questions_of(ui);
    size_t index;

    if (!question_find(&questions->list, questions->read, &index))
        return false;
    question_at(&questions->list, index, out);
    return true;
}

static const char *question_title(struct ui *ui)
{
    struct question question;

    if (!shown(ui, &question))
        return _("This answer is not there any more");
    const char *words = question.title; /* of the list, or of the catalogue */
    question_clear(&question);
    return words;
}

static char *question_speech(struct ui *ui)
{
    GString *words = g_string_new(question_title(ui));
    struct question question = {0};

    if (shown(ui, &question))
        for (size_t i = 0; i < question.count; i++)
            g_string_append_printf(words, "\n%s", question.steps[i].text);
    question_clear(&question);
    return g_string_free(words, FALSE);
}

static GtkWidget *step_new(size_t number, const char *icon, const char *text)
{
    GtkWidget *card = kit_column("kx-card"), *line = kit_add(card, kit_line("kx-row")), *words;
    g_autofree char *numbered = number > 0 ? g_strdup_printf("%zu. %s", number, text) : g_strdup(text);

    kit_add(line, kit_badge(icon, NULL));
    words = kit_add(line, kit_label(numbered, "kx-answer"));
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    return card;
}

static void picture_add(KxPager *pager, const struct question *question)
{
    GdkTexture *texture = question->picture[0] != '\0' ? kx_photo_read(question->picture) : NULL;

    if (texture == NULL)
        return;
    kx_pager_add(pager, kx_photo_new(texture, question->title));
    g_object_unref(texture);
}

static void to_desk(struct ui *ui, size_t index);

static GtkWidget *question_build(struct page *page)
{
    struct ui *ui = page->ui;
    GtkWidget *pager = kx_pager_new();
    struct question question = {0};
    bool there = shown(ui, &question);
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", kind_go_read},
        {NULL, there ? L_("That did not help", NC_("large", "Not solved")) : NULL, "kx-plain", to_desk},
        {NULL, L_("That helped", NC_("large", "Solved")), "kx-primary", kind_go_back},
    };

    kx_pager_add(KX_PAGER(pager), kit_title(question_title(ui))); /* it leafs as well: published ones may be long */
    for (size_t i = 0; i < question.count; i++)
        kx_pager_add(KX_PAGER(pager), step_new(question.steps[i].number, question.steps[i].icon, question.steps[i].text));
    if (there)
        picture_add(KX_PAGER(pager), &question);
    question_clear(&question);
    return kit_sheet(NULL, pager, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

static bool back_to_questions(struct ui *ui)
{
    flow_go(ui, &page_questions);
    return true;
}

const struct page_class page_question = {
    .name = "question",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .service = &service_questions,
    .title = question_title,
    .speech = question_speech,
    .build = question_build,
    .back = back_to_questions,
};

/* ---- To the desk ------------------------------------------------------------------------------------------------------- */

static bool has_card(const struct ui *ui)
{
    return ui->session.active && !ui->session.identity.visitor;
}

/* Where it was asked, and what: the desk reads the words of its own language. */
static void request_fill(struct ui *ui, struct kiosk_ticket_request *request)
{
    const char *machine = ui->options.config->kiosk_id;

    request->ask = KIOSK_TICKET_ASK_FILE;
    g_strlcpy(request->service, TICKET_QUESTION, sizeof request->service);
    g_snprintf(request->address, sizeof request->address, "%s%s%s", machine != NULL ? machine : "", machine != NULL && *machine != '\0' ? " · " : "",
               question_title(ui));
}

static void to_desk(struct ui *ui, size_t index)
{
    struct asked *asked = asked_of(ui);

    count(ui, questions_of(ui)->read, true);
    *asked = (struct asked){.waiting = has_card(ui) && ui->backend != NULL};
    if (asked->waiting) {
        g_autofree struct kiosk_ticket_request *request = g_new0(struct kiosk_ticket_request, 1);
        request_fill(ui, request);
        ui->backend->tickets(ui->kiosk, request);
    }
    flow_go(ui, &page_question_sent);
}

static const char *sent_title(struct ui *ui)
{
    const struct asked *asked = asked_of(ui);

    if (asked->waiting)
        return _("One moment, please");
    if (strcmp(asked->reason, "REPEATED") == 0)
        return _("The desk has this question already");
    if (asked->reason[0] != '\0')
        return _("The desk cannot be asked from here just now");
    return asked->local[0] != '\0' ? L_("Your question is with the desk", NC_("large", "The desk has it"))
                                   : L_("Shall somebody of the desk come?", NC_("large", "Shall somebody come?"));
}

static const char *sent_advice(struct ui *ui)
{
    const struct asked *asked = asked_of(ui);

    if (asked->waiting)
        return NULL;
    if (asked->local[0] != '\0' || strcmp(asked->reason, "REPEATED") == 0)
        return _("Come back with your card: the answer stands here first.");
    return asked->reason[0] != '\0' ? _("Please ask at the service desk, or touch Get help.")
                                    : _("With your card on the reader the desk gets your question in writing.");
}

static char *sent_speech(struct ui *ui)
{
    const char *advice = sent_advice(ui);

    return g_strdup_printf("%s%s%s", sent_title(ui), advice != NULL ? ". " : "", advice != NULL ? advice : "");
}

static void get_help(struct ui *ui, size_t index)
{
    flow_help(ui);
}

static void leave(struct ui *ui, size_t index)
{
    flow_go(ui, ui->aside_back);
}

static GtkWidget *sent_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct asked *asked = asked_of(ui);
    bool sent = asked->local[0] != '\0', later = sent && tickets_offline(ui);
    g_autofree char *number = sent ? ticket_number_words(0, asked->local) : NULL,
                    *due = sent ? ticket_due_words(asked->due, asked->provisional) : NULL,
                    *by = due != NULL && due[0] != '\0' ? g_strdup_printf(_("You get an answer by %s."), due) : NULL;
    const char *advice = sent_advice(ui), *waits = _("It goes out by itself when the network is back.");

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = sent ? kit_badge("tick", "kx-badge-large kx-ok") : kit_badge("help", "kx-badge-large"),
                                 .under = number != NULL ? kit_label(number, "kx-sum kx-strong") : NULL,
                                 .answer = by,
                                 .soft = {advice, later ? waits : NULL},
                                 .buttons = {{"help", sent || asked->waiting ? NULL : _("Get help"), "kx-plain", get_help},
                                             {NULL, L_("Go on", NC_("large", "Go on")), "kx-primary", leave}},
                             });
}

const struct page_class page_question_sent = {
    .name = "question-sent",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .news = PAGE_NEWS_ONLINE,
    .service = &service_questions,
    .title = sent_title,
    .speech = sent_speech,
    .build = sent_build,
    .back = back_to_questions,
};

/* ---- The service ----------------------------------------------------------------------------------------------------- */

static void on_filed(struct ui *ui, const struct kiosk_tickets_event *told)
{
    struct asked *asked = asked_of(ui);

    asked->waiting = false;
    g_strlcpy(asked->local, told->phase == KIOSK_TICKET_FILED ? told->local : "", sizeof asked->local);
    g_strlcpy(asked->reason, told->phase == KIOSK_TICKET_FILED ? "" : told->reason, sizeof asked->reason);
    asked->due = told->due;
    asked->provisional = told->provisional;
    tickets_list_ask(ui);
    if (ui->page == &page_question_sent)
        flow_refresh(ui, true);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_NOTICES) {
        if (question_list_take(&questions_of(ui)->list, event->notices.items, event->notices.count) &&
            (ui->page == &page_questions || ui->page == &page_question))
            flow_refresh(ui, false);
    } else if (event->kind == KIOSK_EVENT_TICKETS && event->tickets.ask == KIOSK_TICKET_ASK_FILE && ui->session.active &&
               asked_of(ui)->waiting) {
        on_filed(ui, &event->tickets);
    }
}

const struct service service_questions = {
    .name = "questions",
    .icon = "help",
    .who = SERVICE_FOR_ALL,
    .event = event,
};
