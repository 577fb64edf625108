/* SPDX-License-Identifier: Apache-2.0 */
/* Telling of a problem: where it is, what others told of it, what is asked, all of it read back, and the number. Nothing is typed. */
#include "../flow.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "tickets.h"

#include <string.h>

#define HOUSES_MAX   400
#define LOOK_AGAIN_S 2 /* for the number that the community gives */

/* ---- Where is it? ------------------------------------------------------------------------------------------------------- */

static const char *where_title(struct ui *ui)
{
    return L_("Where is it?", NC_("large", "Where is it?"));
}

static char *where_speech(struct ui *ui)
{
    return g_strdup(where_title(ui));
}

/* Rows before the streets. */
enum { WHERE_HOME, WHERE_HERE, WHERE_STREETS };

static void go_where(struct ui *ui, size_t index)
{
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);
    struct tickets *tickets = tickets_of(ui);
    struct kiosk_place here = {0};
    g_autoptr(GArray) streets = ticket_streets(catalogue);

    if (index == WHERE_HERE) {
        g_strlcpy(here.name, _("Around this service centre"), sizeof here.name);
        tickets_place(ui, &here);
    } else if (index == WHERE_HOME) {
        tickets_place(ui, &tickets->list.home);
    } else if (index - WHERE_STREETS < streets->len) {
        tickets->street = g_array_index(streets, struct ticket_street, index - WHERE_STREETS);
        if (tickets->street.count == 1)
            tickets_place(ui, &catalogue->places[tickets->street.first]);
        else
            flow_go(ui, &page_ticket_street);
    }
}

static GtkWidget *where_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_place *home = &tickets_of(ui)->list.home;
    g_autoptr(GArray) streets = ticket_streets(tickets_catalogue(ui));
    g_autofree struct kind_row *rows = g_new0(struct kind_row, streets->len + WHERE_STREETS);
    size_t count = 0;

    if (home->name[0] != '\0')
        rows[count++] = (struct kind_row){.icon = "home", .text = _("My building"), .note = home->name, .go = go_where, .index = WHERE_HOME};
    rows[count++] = (struct kind_row){.icon = "people", .text = _("Around this service centre"), .go = go_where, .index = WHERE_HERE};
    for (guint i = 0; i < streets->len; i++)
        rows[count++] = (struct kind_row){
            .icon = "road", .text = g_array_index(streets, struct ticket_street, i).name, .go = go_where, .index = WHERE_STREETS + i};
    return kind_list(page, rows, count, "", NULL);
}

const struct page_class page_ticket_where = {
    .name = "ticket-where",
    .service = &service_tickets,
    .title = where_title,
    .speech = where_speech,
    .build = where_build,
};

/* ---- Which house? -------------------------------------------------------------------------------------------------------- */

static const char *street_title(struct ui *ui)
{
    return _("Which house is it?");
}

static char *street_speech(struct ui *ui)
{
    return g_strdup(street_title(ui));
}

static void go_house(struct ui *ui, size_t index)
{
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);

    if (index < catalogue->place_count)
        tickets_place(ui, &catalogue->places[index]);
}

static GtkWidget *street_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct ticket_catalogue *catalogue = tickets_catalogue(ui);
    const struct ticket_street *street = &tickets_of(ui)->street;
    g_autofree struct kind_row *rows = g_new0(struct kind_row, HOUSES_MAX);
    size_t count = 0;

    for (size_t i = 0; i < catalogue->place_count && count < HOUSES_MAX; i++)
        if (ticket_street_has(street, &catalogue->places[i]))
            rows[count++] = (struct kind_row){.icon = "property", .text = ticket_house(street, &catalogue->places[i]), .note = street->name,
                                              .go = go_house, .index = i};
    return kind_list(page, rows, count, _("There is nothing to choose from now."), NULL);
}

const struct page_class page_ticket_street = {
    .name = "ticket-street",
    .service = &service_tickets,
    .title = street_title,
    .speech = street_speech,
    .build = street_build,
};

/* ---- What others told ---------------------------------------------------------------------------------------------------- */

static const char *similar_title(struct ui *ui)
{
    struct tickets *tickets = tickets_of(ui);

    g_snprintf(tickets->title, sizeof tickets->title, P_("%u report of the same is here. Is it yours, too?", "%u reports of the same are here. Is one yours, too?", tickets->case_count),
               (unsigned)tickets->case_count);
    return tickets->title;
}

static char *similar_speech(struct ui *ui)
{
    return g_strdup(_("Somebody told of it already. If it is the same, touch it: then you need not tell it again."));
}

static void go_more(struct ui *ui, size_t index)
{
    flow_go(ui, &page_ticket_more);
}

static GtkWidget *similar_foot(struct ui *ui)
{
    const struct kind_button button = {NULL, _("No, mine is another"), "kx-primary", go_more, 0, tickets_of(ui)->asking};

    return kind_foot(ui, &button, 1, false);
}

static GtkWidget *similar_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct tickets *tickets = tickets_of(ui);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    struct kind_row rows[TICKET_SIMILAR_MAX];

    for (size_t i = 0; i < tickets->case_count; i++) {
        const struct kiosk_case *one = &tickets->cases[i];

        g_ptr_array_add(notes, ticket_case_words(one));
        rows[i] = (struct kind_row){.icon = ticket_icon(tickets->service),
                                    .text = one->joined ? _("You said so, too") : _("Me too"),
                                    .note = notes->pdata[i],
                                    .go = tickets_join,
                                    .index = i,
                                    .off = one->joined || tickets->asking};
    }
    return kind_list(page, rows, tickets->case_count, "", similar_foot(ui));
}

const struct page_class page_ticket_similar = {
    .name = "ticket-similar",
    .service = &service_tickets,
    .flags = PAGE_PASSING,
    .title = similar_title,
    .speech = similar_speech,
    .build = similar_build,
};

static const char *joined_title(struct ui *ui)
{
    return _("Noted: you have it, too");
}

static char *joined_speech(struct ui *ui)
{
    return g_strdup(_("Noted. You need not tell it again."));
}

static GtkWidget *joined_build(struct page *page)
{
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = _("You need not tell it again. The more people have it, the sooner it is seen."),
                                 .buttons = {{NULL, page->ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_ticket_joined = {
    .name = "ticket-joined",
    .service = &service_tickets,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = joined_title,
    .speech = joined_speech,
    .build = joined_build,
};

/* ---- Say more ------------------------------------------------------------------------------------------------------------- */

enum { ASK_SINCE = KIOSK_QUESTIONS, ASK_WHO, ASK_COUNT };

static const char *const sinces[] = {N_("Since today"), N_("For some days"), N_("For weeks")};

static const struct kiosk_question *question_at(struct ui *ui, size_t at)
{
    const struct kiosk_category *category = tickets_category(ui);

    return category != NULL && at < category->count ? &category->questions[at] : NULL;
}

static const char *question_words(struct ui *ui, size_t at)
{
    const struct kiosk_question *question = question_at(ui, at);

    if (question == NULL)
        return "";
    return texts_language() == LANGUAGE_ZH || question->about_en[0] == '\0' ? question->about_zh : question->about_en;
}

/* Its choices; where several hold, "all of it" as the last one. */
static bool choice_at(struct ui *ui, size_t at, size_t index, struct kind_option *out)
{
    const struct kiosk_question *question = question_at(ui, at);

    if (question == NULL || index >= question->count + (question->many && question->count > 1))
        return false;
    if (index == question->count) {
        out->word = g_strdup(_("All of it"));
        return true;
    }
    bool zh = texts_language() == LANGUAGE_ZH || question->choices[index].name_en[0] == '\0';
    out->word = g_strdup(zh ? question->choices[index].name_zh : question->choices[index].name_en);
    return true;
}

#define QUESTION(N)                                                                               \
    static const char *words_##N(struct ui *ui)                                                   \
    {                                                                                             \
        return question_words(ui, N);                                                             \
    }                                                                                             \
    static bool option_##N(struct ui *ui, size_t index, struct kind_option *out)                  \
    {                                                                                             \
        return choice_at(ui, N, index, out);                                                      \
    }                                                                                             \
    static bool asked_##N(struct ui *ui)                                                          \
    {                                                                                             \
        return question_at(ui, N) != NULL;                                                        \
    }
QUESTION(0)
QUESTION(1)
QUESTION(2)
QUESTION(3)

static const char *since_title(struct ui *ui)
{
    return _("Since when?");
}

static bool since_option(struct ui *ui, size_t index, struct kind_option *out)
{
    static const char *const icons[] = {"clock", "day", "calendar"};

    if (index >= G_N_ELEMENTS(sinces))
        return false;
    out->icon = icons[index];
    out->word = g_strdup(_(sinces[index]));
    return true;
}

static const char *who_title(struct ui *ui)
{
    return _("Who gets the answer?");
}

static const char *who_name(struct ui *ui)
{
    return _("Answer");
}

static bool who_option(struct ui *ui, size_t index, struct kind_option *out)
{
    if (index > 1)
        return false;
    out->icon = index == 0 ? "person" : "people";
    out->word = g_strdup(index == 0 ? _("I, with this card") : _("Nobody, without my name"));
    out->note = g_strdup(index == 0 ? _("You see it here under My cases") : _("Nothing is kept of who you are"));
    return true;
}

/* One about a person needs somebody to answer to. */
static bool who_asked(struct ui *ui)
{
    const struct kiosk_category *category = tickets_category(ui);

    return category != NULL && !category->personal;
}

static struct kind_answers *answers(struct ui *ui)
{
    return &tickets_of(ui)->answers;
}

void tickets_answers(struct ui *ui, struct kiosk_ticket_request *request)
{
    const struct kind_answers *given = answers(ui);
    int64_t since = given->value[ASK_SINCE];

    for (size_t i = 0; i < KIOSK_QUESTIONS; i++) {
        const struct kiosk_question *question = question_at(ui, i);
        bool all = question != NULL && given->value[i] == (int64_t)question->count;
        if (question != NULL)
            request->answers[i] = all ? (1u << question->count) - 1 : 1u << given->value[i];
    }
    if (since >= 0 && since < (int64_t)G_N_ELEMENTS(sinces))
        g_strlcpy(request->description, _(sinces[since]), sizeof request->description);
    request->anonymous = who_asked(ui) && given->value[ASK_WHO] == 1;
}

bool tickets_read_back(struct ui *ui)
{
    return answers(ui)->at >= ASK_COUNT;
}

static const char *more_title(struct ui *ui)
{
    return L_("Is all of this right?", NC_("large", "Is this right?"));
}

static char *sum_up(struct ui *ui)
{
    const struct kiosk_category *category = tickets_category(ui);

    if (tickets_offline(ui))
        return g_strdup(L_("No network now: it is written down here and sent by itself later.", NC_("large", "No network: it is sent later.")));
    return category != NULL && category->personal ? g_strdup(_("Only the staff who see to it read this.")) : NULL;
}

static const char *verb(void)
{
    return L_("Send the report", NC_("large", "Send"));
}

static void send(struct ui *ui, size_t index)
{
    tickets_file(ui);
}

static void go_what(struct ui *ui, size_t index)
{
    flow_go(ui, index == 0 ? &page_tickets : &page_ticket_where);
}

/* What and where, above the answers. */
static size_t facts(struct ui *ui, struct kind_row *rows)
{
    const struct tickets *tickets = tickets_of(ui);
    const struct kiosk_category *category = tickets_category(ui);

    rows[0] = (struct kind_row){.icon = ticket_icon(tickets->service), .text = category != NULL ? ticket_category_name(category) : _("A report"),
                                .note = _("What"), .go = go_what, .index = 0};
    rows[1] = (struct kind_row){.icon = "home", .text = tickets->place.name, .note = _("Where"), .go = go_what, .index = 1};
    return 2;
}

/* All that stands there, where and what included: said only when it is asked for. */
static void read_aloud(struct ui *ui, size_t index)
{
    const struct tickets *tickets = tickets_of(ui);
    const struct kiosk_category *category = tickets_category(ui);
    g_autoptr(GString) text = g_string_new(category != NULL ? ticket_category_name(category) : "");

    g_string_append_printf(text, ". %s", tickets->place.name);
    for (size_t i = 0; i <= ASK_WHO; i++) {
        struct kind_option option = {0};
        size_t at = (size_t)tickets->answers.value[i];
        bool there = i < KIOSK_QUESTIONS ? choice_at(ui, i, at, &option)
                     : i == ASK_SINCE    ? since_option(ui, at, &option)
                                         : who_asked(ui) && who_option(ui, at, &option);
        if (there)
            g_string_append_printf(text, ". %s", option.word);
        g_free(option.word);
        g_free(option.note);
    }
    flow_say(ui, text->str);
}

static const struct kind_question questions[ASK_COUNT] = {
    {.ask = KIND_ASK_PICK, .title = words_0, .name = words_0, .option = option_0, .asked = asked_0},
    {.ask = KIND_ASK_PICK, .title = words_1, .name = words_1, .option = option_1, .asked = asked_1},
    {.ask = KIND_ASK_PICK, .title = words_2, .name = words_2, .option = option_2, .asked = asked_2},
    {.ask = KIND_ASK_PICK, .title = words_3, .name = words_3, .option = option_3, .asked = asked_3},
    [ASK_SINCE] = {.ask = KIND_ASK_PICK, .icon = "clock", .title = since_title, .name = since_title, .option = since_option},
    [ASK_WHO] = {.ask = KIND_ASK_PICK, .icon = "person", .title = who_title, .name = who_name, .option = who_option, .asked = who_asked},
};

static const struct kind_form form = {
    .questions = questions,
    .count = ASK_COUNT,
    .answers = answers,
    .title = more_title,
    .facts = facts,
    .sum_up = sum_up,
    .verb = verb,
    .done = send,
    .read = read_aloud,
};

static const char *form_title(struct ui *ui)
{
    return kind_form_title(ui, &form);
}

static char *form_speech(struct ui *ui)
{
    return kind_form_speech(ui, &form);
}

static bool form_back(struct ui *ui)
{
    return kind_form_back(ui, &form);
}

static GtkWidget *form_build(struct page *page)
{
    return kind_form(page, &form);
}

const struct page_class page_ticket_more = {
    .name = "ticket-more",
    .service = &service_tickets,
    .title = form_title,
    .speech = form_speech,
    .build = form_build,
    .back = form_back,
};

/* ---- Filed ------------------------------------------------------------------------------------------------------------------ */

/* Owned by its page: it stays when the card is taken from it. */
struct ticket_filed *tickets_filed(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_ticket_filed, sizeof(struct ticket_filed), NULL);
}

static const char *filed_title(struct ui *ui)
{
    if (tickets_filed(ui)->no == 0 && tickets_offline(ui))
        return L_("Written down, it is sent later", NC_("large", "Written down"));
    return L_("Thank you for telling us", NC_("large", "Thank you"));
}

static char *filed_speech(struct ui *ui)
{
    char *slip = printing_says(ui, KIOSK_PRINT_TICKET, tickets_filed(ui)->id, "");

    if (slip != NULL)
        return slip;
    if (tickets_filed(ui)->anonymous)
        return g_strdup(_("It is written down without your name. Note the number to ask after it."));
    return g_strdup(_("It is written down. You find it under My cases."));
}

/* "Reply by …": what is promised; with a line it is certain, without one it counts from now all the same. */
static char *filed_answer(const struct ticket_filed *filed)
{
    g_autofree char *due = ticket_due_words(filed->due, filed->provisional);

    return due[0] != '\0' ? g_strdup_printf(_("You get an answer by %s."), due) : NULL;
}

static GtkWidget *number_new(const struct ticket_filed *filed)
{
    g_autofree char *no = ticket_number_words(filed->no, filed->local), *text = g_strdup_printf(_("Case %s"), no);

    return no[0] != '\0' ? kit_label(text, "kx-sum kx-strong") : NULL;
}

static GtkWidget *filed_facts(const struct ticket_filed *filed)
{
    GtkWidget *card = kit_column("kx-card kx-place");

    if (filed->what[0] != '\0')
        kit_add(card, kit_label(filed->what, "kx-answer kx-strong"));
    if (filed->where[0] != '\0')
        kit_add(card, kit_label(filed->where, "kx-body"));
    kit_add(card, kit_fact(_("Ask after it"), "12345"));
    return card;
}

static void filed_print(struct ui *ui, size_t index)
{
    const struct ticket_filed *filed = tickets_filed(ui);

    ticket_slip_print(ui, &(struct ticket_slip){.id = filed->id, .local = filed->local, .what = filed->what, .where = filed->where, .no = filed->no,
                                                .due = filed->due, .provisional = filed->provisional});
}

/* What the printer says comes first: it is what was touched last. */
static void filed_blocks(struct ui *ui, GtkWidget *blocks[KIND_BLOCKS])
{
    const struct ticket_filed *filed = tickets_filed(ui);
    g_autofree char *no = ticket_number_words(filed->no, filed->local);
    GtkWidget *slip = printing_line(ui, KIOSK_PRINT_TICKET, filed->id, no);

    blocks[0] = slip != NULL ? slip : filed_facts(filed);
    blocks[1] = slip != NULL ? filed_facts(filed) : NULL;
}

static GtkWidget *filed_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct ticket_filed *filed = tickets_filed(ui);
    g_autofree char *answer = filed_answer(filed);
    bool waits = filed->no == 0 && tickets_offline(ui);
    const char *later = filed->anonymous ? _("Note the number: without your name nobody can tell you.") : _("You find it under My cases.");

    struct kind_poster poster = {
        .drawing = waits ? kit_badge("clock", "kx-badge-large") : kit_badge("tick", "kx-badge-large kx-ok"),
        .under = number_new(filed),
        .answer = answer,
        .soft = {waits ? _("It goes out by itself when the network is back.") : later, waits ? later : NULL},
        .buttons = {printing_button(ui, KIOSK_PRINT_TICKET, filed->id, filed_print),
                    {NULL, ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                    {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
        .upright_when_largest = true,
    };

    filed_blocks(ui, poster.blocks);
    return kind_poster(page, &poster);
}

/* While the number has not come and there is a line: look again. */
static gboolean on_look(gpointer data)
{
    struct page *page = data;
    const struct ticket_filed *filed = tickets_filed(page->ui);

    if (!page->ui->session.active || filed->no != 0 || filed->anonymous || tickets_offline(page->ui)) {
        page->timeout = 0;
        return G_SOURCE_REMOVE;
    }
    tickets_list_ask(page->ui);
    return G_SOURCE_CONTINUE;
}

static void filed_show(struct page *page)
{
    page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, on_look, page);
}

const struct page_class page_ticket_filed = {
    .name = "ticket-filed",
    .service = &service_tickets,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .news = PAGE_NEWS_ONLINE | PAGE_NEWS_PRINT,
    .title = filed_title,
    .speech = filed_speech,
    .build = filed_build,
    .show = filed_show,
};

/* ---- Not filed --------------------------------------------------------------------------------------------------------------- */

static const char *refused_title(struct ui *ui)
{
    return ticket_refusal_of(tickets_of(ui)->refused).headline;
}

static char *refused_speech(struct ui *ui)
{
    struct ticket_refusal refusal = ticket_refusal_of(tickets_of(ui)->refused);

    return g_strdup_printf("%s. %s", refusal.headline, refusal.advice);
}

static void refused_go(struct ui *ui, size_t way)
{
    static const struct page_class *const pages[] = {
        [TICKET_WAY_MINE] = &page_ticket_mine,
        [TICKET_WAY_WHAT] = &page_tickets,
        [TICKET_WAY_WHERE] = &page_ticket_where,
    };

    if (way == TICKET_WAY_HOME)
        flow_home(ui);
    else
        flow_go(ui, pages[way]);
}

static GtkWidget *refused_build(struct page *page)
{
    struct ticket_refusal refusal = ticket_refusal_of(tickets_of(page->ui)->refused);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("warn", "kx-badge-large kx-warn"),
                                 .answer = refusal.advice,
                                 .buttons = {{NULL, refusal.way != TICKET_WAY_HOME ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, refusal.button, "kx-primary", refused_go, refusal.way}},
                             });
}

const struct page_class page_ticket_refused = {
    .name = "ticket-refused",
    .service = &service_tickets,
    .flags = PAGE_PASSING,
    .title = refused_title,
    .speech = refused_speech,
    .build = refused_build,
};
