/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in and out of service (F03): one large button, and the machine knows which of the two it is. What may be signed in to are
 * the dates of activities of the kind "volunteer", from one hour before they begin to their end. Hours count when a leader has
 * confirmed them; a sign-out that was forgotten is never made up for here.
 */
#include "activities.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"
#include "volunteer.h"
#include "volunteer_words.h"

#include <string.h>

#define DUTY_KIND "volunteer"
#define LOOK_AGAIN_S 3

struct volunteer_room *volunteer_room(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_volunteer, sizeof(struct volunteer_room), NULL);
}

/* ---- Dates of service ---------------------------------------------------------------------------------------------- */

static bool is_duty(const struct kiosk_activity *activity)
{
    return strcmp(activity->kind, DUTY_KIND) == 0 && strlen(activity->session) < sizeof((struct kiosk_credit_request *)0)->slot;
}

static size_t duties_now(struct ui *ui, const struct kiosk_activity *out[DUTY_MAX])
{
    const struct activity_list *list = activities_of(ui);
    int64_t now_ms = activity_list_now_ms(list);
    size_t count = 0;

    for (size_t i = 0; i < list->count && count < DUTY_MAX; i++)
        if (is_duty(&list->items[i]) && activity_door_open(&list->items[i], now_ms))
            out[count++] = &list->items[i];
    return count;
}

/* What stands on the page is what a touch means, whatever has ended since. */
static void duties_keep(struct ui *ui, const struct kiosk_activity *const *duties, size_t count)
{
    struct volunteer_room *volunteer = volunteer_room(ui);

    for (size_t i = 0; i < DUTY_MAX; i++)
        g_strlcpy(volunteer->duties[i], i < count ? duties[i]->session : "", sizeof volunteer->duties[i]);
}

/* NULL: it has ended meanwhile, or is not told of any more. */
static const struct kiosk_activity *duty_at(struct ui *ui, size_t index)
{
    const struct activity_list *list = activities_of(ui);
    const struct kiosk_activity *duty = index < DUTY_MAX ? activity_list_find(list, volunteer_room(ui)->duties[index]) : NULL;

    return duty != NULL && is_duty(duty) && activity_door_open(duty, activity_list_now_ms(list)) ? duty : NULL;
}

static const struct kiosk_activity *duty_next(struct ui *ui)
{
    const struct activity_list *list = activities_of(ui);
    int64_t now_ms = activity_list_now_ms(list);

    for (size_t i = 0; i < list->count; i++)
        if (is_duty(&list->items[i]) && !list->items[i].called_off && list->items[i].start_ms > now_ms)
            return &list->items[i];
    return NULL;
}

/* ---- On the roll or not ---------------------------------------------------------------------------------------------- */

static bool is_told(struct ui *ui)
{
    return volunteer_room(ui)->told && volunteer_room(ui)->state_told && activities_of(ui)->known;
}

/* Old enough, as far as the card says, and neither on the roll nor on the way there. */
static bool may_join(struct ui *ui)
{
    const struct kiosk_volunteer_event *state = &volunteer_room(ui)->state;

    return state->known && !state->on_roll && !state->waits && state->gate != KIOSK_GATE_REFUSED;
}

/* What follows for who is not: why not, or that it is on its way; NULL: nothing. */
static const char *roll_words(struct ui *ui)
{
    const struct kiosk_volunteer_event *state = &volunteer_room(ui)->state;

    if (state->on_roll)
        return state->star_refused[0] != '\0' ? volunteer_refusal(state->star_refused) : NULL;
    if (state->waits)
        return _("Your number comes from the community. It is shown here as soon as it is there.");
    if (state->gate == KIOSK_GATE_REFUSED)
        return volunteer_refusal("AGE");
    return state->refused[0] != '\0' ? volunteer_refusal(state->refused) : NULL;
}

/* ---- In or out ----------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    const struct kiosk_activity *duties[DUTY_MAX];
    const struct volunteer_room *volunteer = volunteer_room(ui);

    if (!is_told(ui))
        return _("One moment, please");
    if (volunteer->balance.serving)
        return L_("You are signed in", NC_("large", "Signed in"));
    switch (duties_now(ui, duties)) {
    case 0:
        if (may_join(ui))
            return L_("Become a volunteer?", NC_("large", "Volunteer?"));
        if (volunteer->state.waits)
            return L_("You are registered. Thank you!", NC_("large", "Registered, thanks!"));
        return L_("Nothing is planned now. Ask your leader", NC_("large", "Ask your leader"));
    case 1:
        return L_("Sign in for service?", NC_("large", "Sign in?"));
    default:
        return L_("Which service do you sign in to?", NC_("large", "Which service?"));
    }
}

static char *speech(struct ui *ui)
{
    return g_strdup(volunteer_room(ui)->balance.serving ? _("You are signed in. Touch Sign out when you leave.") : title(ui));
}

static void sign_in(struct ui *ui, const struct kiosk_activity *duty)
{
    struct kiosk_credit_request request = {.ask = KIOSK_CREDIT_ASK_ATTEND, .slot_start_ms = duty->start_ms, .slot_end_ms = duty->end_ms};

    g_strlcpy(request.slot, duty->session, sizeof request.slot);
    volunteer_tap(ui, &request, duty);
}

void volunteer_attend(struct ui *ui, size_t index)
{
    const struct kiosk_credit_event *balance = &volunteer_room(ui)->balance;
    const struct kiosk_activity *duty = duty_at(ui, index);

    if (volunteer_tap_waits(ui))
        return;
    if (balance->serving)
        volunteer_tap(ui, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_ATTEND}, activity_list_find(activities_of(ui), balance->slot));
    else if (duty != NULL)
        sign_in(ui, duty);
    else
        flow_refresh(ui, true);
}

/* To what leads away from the large button. */
static struct kind_button aside_button(struct ui *ui)
{
    if (volunteer_room(ui)->state.on_roll)
        return (struct kind_button){"clock", _("My hours"), "kx-plain", volunteer_go_hours};
    if (may_join(ui))
        return (struct kind_button){"volunteer", L_("Become a volunteer", NC_("large", "Sign me up")), "kx-plain", volunteer_go_join};
    return (struct kind_button){NULL, NULL, NULL, NULL};
}

static GtkWidget *build_many(struct page *page, const struct kiosk_activity *const *duties, size_t count)
{
    struct kind_row rows[DUTY_MAX];
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(notes, words_span(duties[i]->start_ms, duties[i]->end_ms));
        rows[i] = (struct kind_row){
            .icon = "volunteer", .text = activity_title(duties[i]), .note = notes->pdata[i], .go = volunteer_attend, .index = i};
    }
    const struct kind_button aside = aside_button(page->ui);
    return kind_list(page, rows, count, "", kind_foot(page->ui, &aside, 1, false));
}

/* What the person has; not said of somebody of whom nothing is known. */
static GtkWidget *facts_new(struct ui *ui)
{
    const struct kiosk_credit_event *balance = &volunteer_room(ui)->balance;
    const struct kiosk_volunteer_event *state = &volunteer_room(ui)->state;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *hours = words_duration(balance->hours_min), *noted = words_duration(balance->noted_min), *next = volunteer_star_words(state),
                    *stars = g_strdup_printf(_("%u-star volunteer"), balance->stars), *number = volunteer_number_words(state->no);

    if (state->on_roll)
        kit_add(card, kit_fact(L_("Volunteer number", NC_("large", "Number")), number));
    if (balance->known)
        kit_add(card, kit_fact(_("Hours that count"), hours));
    if (balance->known && balance->stars > 0 && ui->size != TEXT_XLARGE)
        kit_add(card, kit_label(stars, "kx-body"));
    if (next != NULL && ui->size == TEXT_STD)
        kit_add(card, kit_label(next, "kx-body"));
    kit_add(card, kit_fact(L_("Noted here, the leader confirms", NC_("large", "Not confirmed yet")), noted));
    return card;
}

static GtkWidget *forgotten_new(struct ui *ui)
{
    GtkWidget *line;

    if (volunteer_room(ui)->balance.forgotten == 0)
        return NULL;
    line = kit_line("kx-slip kx-warn");
    kit_add(line, kx_icon_new("warn"));
    kit_add(line, kit_label(_("You did not sign out the last time. Tell your leader how long you stayed."), "kx-body"));
    return line;
}

static const char *button_word(struct ui *ui, bool any)
{
    if (volunteer_room(ui)->balance.serving)
        return L_("Sign out", NC_("large", "I leave"));
    return any ? L_("Sign in", NC_("large", "I am here")) : NULL;
}

/* Since when, or to what and until when; else what comes next. */
static char *about(struct ui *ui, const struct kiosk_activity *now)
{
    const struct volunteer_room *volunteer = volunteer_room(ui);
    const struct kiosk_activity *at = volunteer->balance.serving ? activity_list_find(activities_of(ui), volunteer->balance.slot) : now,
                                *next = duty_next(ui);
    g_autofree char *since = words_clock(volunteer->balance.serving_since_ms), *when = NULL;

    if (volunteer->balance.serving) /* Translators: since when, of what. */
        return g_strdup_printf(_("Since %1$s. %2$s"), since, at != NULL ? activity_title(at) : _("Ad-hoc service"));
    at = at != NULL ? at : next;
    if (at == NULL)
        return g_strdup(may_join(ui) ? _("Neighbours help neighbours: everybody from six years on can.") : "");
    when = words_span(at->start_ms, at->end_ms);
    if (now == NULL)
        return g_strdup_printf(_("Next: %1$s, %2$s"), activity_title(at), when);
    return g_strdup_printf("%s, %s", activity_title(at), when);
}

/* All on the page that activities have a word in; g_free'd. */
static char *said(struct ui *ui)
{
    const struct kiosk_activity *duties[DUTY_MAX] = {NULL};
    size_t count = activities_of(ui)->known ? duties_now(ui, duties) : 0;
    g_autofree char *text = about(ui, duties[0]);
    GString *out = g_string_new(title(ui));

    g_string_append_printf(out, "|%s", text);
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(out, "|%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, duties[i]->session, activity_title(duties[i]), duties[i]->start_ms, duties[i]->end_ms);
    return g_string_free(out, FALSE);
}

/* Nothing is built anew under somebody's finger but what is another now. */
static bool says_else(struct ui *ui)
{
    struct volunteer_room *volunteer = volunteer_room(ui);
    g_autofree char *text = said(ui), *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    bool other = strcmp(digest, volunteer->shown) != 0;

    g_strlcpy(volunteer->shown, digest, sizeof volunteer->shown);
    return other;
}

static gboolean look_again(gpointer data)
{
    struct page *page = data;

    activities_ask(page->ui);
    return G_SOURCE_CONTINUE;
}

/* A date may be told, or begin, while somebody reads. */
static void show(struct page *page)
{
    says_else(page->ui);
    page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, look_again, page);
}

static void go_adhoc(struct ui *ui, size_t index)
{
    flow_go(ui, &page_volunteer_adhoc);
}

/* In or out is one touch. When nothing is planned: to the roll for who is not on it, else service that nobody planned. */
static void buttons_fill(struct ui *ui, size_t count, struct kind_button buttons[KIND_BUTTONS])
{
    const char *word = button_word(ui, count > 0);

    buttons[0] = aside_button(ui);
    if (word != NULL) {
        buttons[1] = (struct kind_button){"tick", word, "kx-primary", volunteer_attend};
    } else if (may_join(ui)) {
        buttons[0].class = "kx-primary";
    } else {
        buttons[1] = (struct kind_button){NULL, volunteer_room(ui)->state.on_roll ? L_("Ad-hoc service", NC_("large", "Ad-hoc service")) : NULL,
                                          "kx-plain", go_adhoc};
        buttons[2] = (struct kind_button){NULL, _("Home"), "kx-primary", kind_go_home};
    }
}

static GtkWidget *build_one(struct page *page, const struct kiosk_activity *duty, size_t count)
{
    struct ui *ui = page->ui;
    g_autofree char *text = about(ui, duty);
    GtkWidget *warn = forgotten_new(ui), *facts = facts_new(ui);
    struct kind_poster poster = {.drawing = kit_badge("volunteer", volunteer_room(ui)->balance.serving ? "kx-badge-large kx-ok" : "kx-badge-large"),
                                 .answer = text,
                                 .soft = {roll_words(ui)},
                                 .blocks = {warn != NULL ? warn : facts, warn != NULL ? facts : NULL}};

    buttons_fill(ui, count, poster.buttons);
    return kind_poster(page, &poster);
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_activity *duties[DUTY_MAX] = {NULL};

    if (!is_told(ui))
        return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("volunteer", "kx-badge-large")});
    size_t count = duties_now(ui, duties);
    duties_keep(ui, duties, count);
    if (count > 1 && !volunteer_room(ui)->balance.serving)
        return build_many(page, duties, count);
    return build_one(page, duties[0], count);
}

const struct page_class page_volunteer = {
    .name = "volunteer",
    .service = &service_volunteer,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};

/* ---- Service that nobody planned --------------------------------------------------------------------------------------- */

static const char *adhoc_title(struct ui *ui)
{
    return L_("Does your leader know of it?", NC_("large", "Does the leader know?"));
}

static const char *adhoc_text(void)
{
    return _("Nothing is planned now. You can sign in all the same: your leader says afterwards how much of it counts.");
}

static char *adhoc_speech(struct ui *ui)
{
    return g_strdup(adhoc_text());
}

static void attend_adhoc(struct ui *ui, size_t index)
{
    if (!volunteer_tap_waits(ui))
        volunteer_tap(ui, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_ATTEND, .adhoc = true}, NULL);
}

static GtkWidget *adhoc_build(struct page *page)
{
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("volunteer", "kx-badge-large"),
                                 .answer = adhoc_text(),
                                 .buttons = {{NULL, _("Not today"), "kx-plain", kind_go_back},
                                             {"tick", L_("Sign in", NC_("large", "I am here")), "kx-primary", attend_adhoc}},
                             });
}

const struct page_class page_volunteer_adhoc = {
    .name = "volunteer-adhoc",
    .service = &service_volunteer,
    .title = adhoc_title,
    .speech = adhoc_speech,
    .build = adhoc_build,
};

/* ---- The service --------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return L_("Volunteer", NC_("large", "Volunteer"));
}

static const char *spoken(void)
{
    return _("volunteering");
}

static char *note(struct ui *ui)
{
    return volunteer_room(ui)->balance.serving ? g_strdup(L_("You are signed in", NC_("large", "Signed in"))) : NULL;
}

void volunteer_ask(struct ui *ui)
{
    ui->backend->volunteer(ui->kiosk, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_LOOK});
}

void volunteer_balance_ask(struct ui *ui)
{
    ui->backend->credit(ui->kiosk, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_BALANCE});
}

static void enter(struct ui *ui)
{
    volunteer_balance_ask(ui);
    volunteer_ask(ui);
    activities_ask(ui);
    flow_go(ui, &page_volunteer);
}

static void on_balance(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct volunteer_room *volunteer = volunteer_room(ui);

    volunteer->told = true;
    volunteer->balance = *credit;
    if (ui->page == &page_volunteer || ui->page == &page_home)
        flow_refresh(ui, false);
}

/* What was refused is no news of the roll. */
static void on_state(struct ui *ui, const struct kiosk_volunteer_event *state)
{
    struct volunteer_room *volunteer = volunteer_room(ui);

    volunteer->state_told = true;
    if (state->phase == KIOSK_VOLUNTEER_STATE)
        volunteer->state = *state;
    if (ui->page == &page_volunteer || ui->page == &page_volunteer_hours)
        flow_refresh(ui, false);
}

static void on_volunteer(struct ui *ui, const struct kiosk_volunteer_event *answer)
{
    if (answer->ask == KIOSK_VOLUNTEER_ASK_LOOK && ui->session.active)
        on_state(ui, answer);
    if (answer->ask == KIOSK_VOLUNTEER_ASK_STAR || answer->ask == KIOSK_VOLUNTEER_ASK_DISPUTE)
        volunteer_noting_answered(ui, answer);
    else
        volunteer_joining_answered(ui, answer);
}

/* An answer that is still read when the card was taken. */
static bool answer_shown(struct ui *ui)
{
    const struct page_class *page = flow_underneath(ui);

    return page == &page_volunteer_done || page == &page_volunteer_guardian || page == &page_volunteer_joined || page == &page_volunteer_noted;
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->session.active && !answer_shown(ui))
        return;
    if (event->kind == KIOSK_EVENT_VOLUNTEER)
        on_volunteer(ui, &event->volunteer);
    if (event->kind == KIOSK_EVENT_CREDIT && event->credit.phase != KIOSK_CREDIT_BALANCE)
        volunteer_tap_answered(ui, &event->credit);
    else if (event->kind == KIOSK_EVENT_CREDIT && ui->session.active)
        on_balance(ui, &event->credit);
    else if (event->kind == KIOSK_EVENT_ACTIVITIES && ui->page == &page_volunteer && says_else(ui))
        flow_refresh(ui, false);
}

const struct service service_volunteer = {
    .name = "volunteer",
    .icon = "volunteer",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .note = note,
    .begin = volunteer_balance_ask,
    .enter = enter,
    .event = event,
};
