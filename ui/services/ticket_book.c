/* SPDX-License-Identifier: Apache-2.0 */
#include "ticket_book.h"
#include "../texts.h"
#include "../words.h"
#include "model/ticket.h"
#include "order_book.h"

#include <openssl/crypto.h>
#include <string.h>

#define CATEGORIES_MAX 100
#define PLACES_MAX     2500
#define STREETS_MAX    200

/* ---- What can be told of ---------------------------------------------------------------------------------------------- */

void ticket_catalogue_clear(void *data)
{
    struct ticket_catalogue *catalogue = data;

    g_free(catalogue->categories);
    g_free(catalogue->places);
    *catalogue = (struct ticket_catalogue){0};
}

void ticket_catalogue_categories(struct ticket_catalogue *catalogue, const struct kiosk_category *items, size_t count)
{
    g_free(catalogue->categories);
    catalogue->count = MIN(count, CATEGORIES_MAX);
    catalogue->categories = g_memdup2(items, catalogue->count * sizeof *items);
    catalogue->known = true;
}

void ticket_catalogue_places(struct ticket_catalogue *catalogue, const struct kiosk_place *items, size_t count)
{
    g_free(catalogue->places);
    catalogue->place_count = MIN(count, PLACES_MAX);
    catalogue->places = g_memdup2(items, catalogue->place_count * sizeof *items);
}

const struct kiosk_category *ticket_catalogue_find(const struct ticket_catalogue *catalogue, const char *code)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->categories[i].code, code) == 0)
            return &catalogue->categories[i];
    return NULL;
}

const struct kiosk_place *ticket_catalogue_place(const struct ticket_catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < catalogue->place_count; i++)
        if (strcmp(catalogue->places[i].id, id) == 0)
            return &catalogue->places[i];
    return NULL;
}

const char *ticket_category_name(const struct kiosk_category *category)
{
    return order_either(category->name_zh, category->name_en);
}

const char *ticket_icon(const char *service)
{
    static const struct {
        const char *service, *icon;
    } icons[] = {
        {"F01", "light"},   {"F02", "lift"},  {"F03", "water"},    {"F04", "drain"},  {"F05", "road"},    {"F06", "manhole"},
        {"F07", "gate"},    {"F08", "fitness"}, {"F09", "ramp"},   {"E01", "rubbish"}, {"E02", "sorting"}, {"E03", "noise"},
        {"E04", "pet"},     {"E05", "fumes"}, {"E06", "leaf"},     {"O01", "parking"}, {"O02", "ebike"},   {"O03", "lane"},
        {"O04", "falling"}, {"S01", "property"}, {"S02", "person"}, {"S03", "fee"},   {"A01", "idea"}, {TICKET_QUESTION, "help"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(icons); i++)
        if (strcmp(icons[i].service, service) == 0)
            return icons[i].icon;
    return "report";
}

/* ---- Streets ------------------------------------------------------------------------------------------------------------- */

/* Bytes of the street in a name; 0: none. */
static size_t street_bytes(const char *name)
{
    size_t len = strcspn(name, "0123456789");

    while (len > 0 && name[len] != '\0' && name[len - 1] == ' ')
        len--;
    return name[len] == '\0' ? 0 : len;
}

bool ticket_street_has(const struct ticket_street *street, const struct kiosk_place *place)
{
    size_t len = street_bytes(place->name);

    return len > 0 && strlen(street->name) == len && strncmp(street->name, place->name, len) == 0;
}

static struct ticket_street *street_find(GArray *streets, const struct kiosk_place *place)
{
    for (guint i = 0; i < streets->len; i++)
        if (ticket_street_has(&g_array_index(streets, struct ticket_street, i), place))
            return &g_array_index(streets, struct ticket_street, i);
    return NULL;
}

GArray *ticket_streets(const struct ticket_catalogue *catalogue)
{
    GArray *streets = g_array_new(FALSE, FALSE, sizeof(struct ticket_street));

    for (size_t i = 0; i < catalogue->place_count; i++) {
        const struct kiosk_place *place = &catalogue->places[i];
        struct ticket_street *there = street_find(streets, place), fresh = {.count = 1, .first = i};
        size_t len = street_bytes(place->name);
        if (there != NULL) {
            there->count++;
        } else if (streets->len < STREETS_MAX) {
            g_strlcpy(fresh.name, place->name, len > 0 ? len + 1 : sizeof fresh.name);
            g_array_append_val(streets, fresh);
        }
    }
    return streets;
}

const char *ticket_house(const struct ticket_street *street, const struct kiosk_place *place)
{
    const char *rest = place->name + (ticket_street_has(street, place) ? strlen(street->name) : 0);

    while (*rest == ' ')
        rest++;
    return rest;
}

/* ---- A person's cases ------------------------------------------------------------------------------------------------------ */

void ticket_list_clear(struct ticket_list *list)
{
    if (list->items != NULL)
        OPENSSL_cleanse(list->items, list->count * sizeof *list->items);
    g_free(list->items);
    OPENSSL_cleanse(&list->home, sizeof list->home);
    *list = (struct ticket_list){0};
}

void ticket_list_take(struct ticket_list *list, const struct kiosk_tickets_event *told)
{
    size_t at = 0;

    ticket_list_clear(list);
    list->items = g_new0(struct kiosk_ticket, MAX(told->count, 1));
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < told->count; i++)
            if (told->items[i].may_confirm == (first == 1))
                list->items[at++] = told->items[i];
    list->count = at;
    list->told = true;
    list->known = told->known;
    list->home = told->home;
}

const struct kiosk_ticket *ticket_list_find(const struct ticket_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].id, id) == 0)
            return &list->items[i];
    return NULL;
}

unsigned ticket_list_waiting(const struct ticket_list *list)
{
    unsigned count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].may_confirm;
    return count;
}

/* ---- Words of one ---------------------------------------------------------------------------------------------------------- */

const char *ticket_name(const struct kiosk_ticket *ticket, bool hide)
{
    const char *name = order_either(ticket->name_zh, ticket->name_en);

    if (hide && ticket->personal)
        return _("A private matter");
    return name[0] != '\0' ? name : _("A report");
}

static const struct {
    const char *state, *word, *next;
    enum { NOTHING, BY, PLANNED } date; /* what %s in `next` is */
} states[] = {
    {"NEW", N_("Written down"), N_("It waits here until the network is back. The clock runs from when you told us. Answer by %s."), BY},
    {"TRIAGE", N_("Received"), N_("The service centre finds out who sees to it. Answer by %s."), BY},
    {"ASSIGNED", N_("Passed on"), N_("It has been given to those who see to it. Answer by %s."), BY},
    {"FORCE_ASSIGNED", N_("Passed on"), N_("The manager has said who sees to it. Answer by %s."), BY},
    {"IN_PROGRESS", N_("Being done"), N_("Somebody is seeing to it. Answer by %s."), BY},
    {"PLANNED", N_("Planned"), N_("It will be done on %s."), PLANNED},
    {"WAIT_INFO", N_("We ask you"), N_("Something is not clear. Please tell the service desk, or call 12345."), NOTHING},
    {"RESOLVED", N_("Done, they say"), N_("They say that it is done. The service centre asks you soon."), NOTHING},
    {"CALLBACK", N_("Please answer"), N_("They say that it is done. Is it? Without an answer it is closed after seven days."), NOTHING},
    {"REOPENED", N_("Opened again"), N_("You said that it is not done. They see to it again."), NOTHING},
    {"CLOSED", N_("Closed"), N_("It is done. Thank you for telling us."), NOTHING},
    {"DUPLICATE", N_("Told before"), N_("Somebody told of the same. It is seen to there."), NOTHING},
    {"NOT_ACCEPTED", N_("Not taken up"), N_("It is not for the service centre. What they say about it stands below."), NOTHING},
    {"WITHDRAWN", N_("Called off"), N_("You called it off."), NOTHING},
    {"REFUSED", N_("Not received"), N_("This was not received. Please tell us again, or ask at the service desk."), NOTHING},
};

static size_t state_index(const char *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return i;
    return 1;
}

const char *ticket_state_word(const char *state)
{
    return _(states[state_index(state)].word);
}

char *ticket_next_words(const struct kiosk_ticket *ticket)
{
    size_t at = state_index(ticket->state);
    g_autofree char *due = ticket_due_words(ticket->due, ticket->provisional), *planned = words_day(ticket->planned);
    const char *date = states[at].date == BY ? due : planned;

    if (states[at].date == NOTHING)
        return g_strdup(_(states[at].next));
    if (date[0] == '\0')
        return g_strdup(_("Somebody is seeing to it."));
    return g_strdup_printf(_(states[at].next), date);
}

char *ticket_number_words(int64_t no, const char *local)
{
    return no > 0 ? order_number_words(no) : g_strdup(local);
}

char *ticket_due_words(uint32_t due, bool provisional)
{
    g_autofree char *day = words_day(due);

    /* Translators: a day: the working days of that year are not known yet. */
    return due != 0 && provisional ? g_strdup_printf(_("about %s"), day) : g_steal_pointer(&day);
}

char *ticket_case_words(const struct kiosk_case *one)
{
    g_autofree char *day = words_day_of(one->filed_ms), *told = g_strdup_printf(_("told on %s"), day);
    g_autoptr(GString) words = g_string_new(told);

    if (one->interest > 0)
        g_string_append_printf(words, P_(" · %u more person has it", " · %u more people have it", one->interest), (unsigned)MIN(one->interest, 9999));
    g_string_append_printf(words, " · %s", ticket_state_word(one->state));
    return g_string_free(g_steal_pointer(&words), FALSE);
}

/* ---- Why not ------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *reason;
    struct ticket_refusal refusal;
} refusals[] = {
    {"EMERGENCY",
     {N_("That cannot wait for a report"), N_("In danger call 119, 120 or 110 now, or ask the staff."), TICKET_WAY_HOME, N_("Home")}},
    {"REPEATED", {N_("You told us this a moment ago"), N_("Once is enough."), TICKET_WAY_MINE, N_("My cases")}},
    {"MANY",
     {N_("That was enough with one tap. Nothing was sent."), N_("Take your card and put it back to tell us more."), TICKET_WAY_MINE,
      N_("My cases")}},
    {"SERVICE",
     {N_("This cannot be told of here any more. Nothing was sent."), N_("Choose something else, please."), TICKET_WAY_WHAT, N_("Choose again")}},
    {"ATTRIBUTES",
     {N_("What is asked has changed. Nothing was sent."), N_("Please choose once more."), TICKET_WAY_WHAT, N_("Choose again")}},
    {"ANONYMOUS",
     {N_("This one needs somebody to answer to. Nothing was sent."), N_("Please choose once more."), TICKET_WAY_WHAT, N_("Choose again")}},
    {"DESK",
     {N_("The service desk has to ask you something"), N_("Please tell it at the service desk, or call 12345."), TICKET_WAY_HOME, N_("Home")}},
    {"LOCATION",
     {N_("This place is not in the list any more. Nothing was sent."), N_("Choose another one, please."), TICKET_WAY_WHERE, N_("Choose a place")}},
    {"STATE", {N_("Something has changed meanwhile. Nothing was done."), N_("Look at your case again."), TICKET_WAY_MINE, N_("My cases")}},
    {"UNKNOWN", {N_("This case is not known any more"), N_("Look at your cases again."), TICKET_WAY_MINE, N_("My cases")}},
    {"NO_CARD",
     {N_("The card was gone too soon. Nothing was done."), N_("Put it back and start again, please."), TICKET_WAY_HOME, N_("Home")}},
    {"CARD_LOST", {N_("This card is reported lost. Nothing was done."), N_("Please see the service desk."), TICKET_WAY_HOME, N_("Home")}},
};

struct ticket_refusal ticket_refusal_of(const char *reason)
{
    struct ticket_refusal out = {N_("This machine cannot write anything down just now. Nothing was done."),
                                 N_("Please tell the service desk, or call 12345."), TICKET_WAY_HOME, N_("Home")};

    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (strcmp(refusals[i].reason, reason) == 0)
            out = refusals[i].refusal;
    return (struct ticket_refusal){_(out.headline), _(out.advice), out.way, _(out.button)};
}
