/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in and out of service (F03): one large button, and the machine knows which of the two it is. What may be signed in to are
 * the dates of activities of the kind "volunteer", from one hour before they begin to their end. Hours count when a leader has
 * confirmed them; a sign-out that was forgotten is never made up for here.
 */
#include "activities.h"
#include "credit_words.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"

#include <string.h>

#define DUTY_KIND "volunteer"
#define DUTY_MAX  8
#define LOOK_AGAIN_S 3

struct volunteer {
    bool told;
    char shown[65]; /* digest of what the page said last */
    struct kiosk_credit_event balance;
};

/* A touch of the button, and what became of it. */
struct tap {
    bool waits;
    struct kiosk_credit_event answer;
    int64_t at_ms;
};

static struct volunteer *volunteer_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_volunteer, sizeof(struct volunteer), NULL);
}

/* Owned by its page: it stays when the card is taken from it. */
static struct tap *tap_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_volunteer_done, sizeof(struct tap), NULL);
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

static const struct kiosk_activity *duty_next(struct ui *ui)
{
    const struct activity_list *list = activities_of(ui);
    int64_t now_ms = activity_list_now_ms(list);

    for (size_t i = 0; i < list->count; i++)
        if (is_duty(&list->items[i]) && !list->items[i].called_off && list->items[i].start_ms > now_ms)
            return &list->items[i];
    return NULL;
}

/* ---- In or out ----------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    const struct kiosk_activity *duties[DUTY_MAX];
    const struct volunteer *volunteer = volunteer_of(ui);

    if (!volunteer->told || !activities_of(ui)->known)
        return _("One moment, please");
    if (volunteer->balance.serving)
        return L_("You are signed in", NC_("large", "Signed in"));
    switch (duties_now(ui, duties)) {
    case 0:
        return L_("Nothing is planned now. Ask your leader", NC_("large", "Ask your leader"));
    case 1:
        return L_("Sign in for service?", NC_("large", "Sign in?"));
    default:
        return L_("Which service do you sign in to?", NC_("large", "Which service?"));
    }
}

static char *speech(struct ui *ui)
{
    return g_strdup(volunteer_of(ui)->balance.serving ? _("You are signed in. Touch Sign out when you leave.") : title(ui));
}

void volunteer_attend(struct ui *ui, size_t index)
{
    struct kiosk_credit_request request = {.ask = KIOSK_CREDIT_ASK_ATTEND};
    const struct kiosk_activity *duties[DUTY_MAX];

    if (tap_of(ui)->waits)
        return;
    if (!volunteer_of(ui)->balance.serving) {
        if (index >= duties_now(ui, duties)) { /* it has ended meanwhile */
            flow_refresh(ui, true);
            return;
        }
        g_strlcpy(request.slot, duties[index]->session, sizeof request.slot);
        request.slot_start_ms = duties[index]->start_ms;
        request.slot_end_ms = duties[index]->end_ms;
    }
    *tap_of(ui) = (struct tap){.waits = true, .at_ms = activity_list_now_ms(activities_of(ui))};
    ui->backend->credit(ui->kiosk, &request);
    flow_go(ui, &page_volunteer_done);
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
    return kind_list(page, rows, count, "", NULL);
}

/* What the person has; not said of somebody of whom nothing is known. */
static GtkWidget *facts_new(struct ui *ui)
{
    const struct kiosk_credit_event *balance = &volunteer_of(ui)->balance;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *hours = words_duration(balance->hours_min), *noted = words_duration(balance->noted_min),
                    *stars = g_strdup_printf(_("%u-star volunteer"), balance->stars);

    if (balance->known)
        kit_add(card, kit_fact(_("Hours that count"), hours));
    if (balance->known && balance->stars > 0 && ui->size != TEXT_XLARGE)
        kit_add(card, kit_label(stars, "kx-body"));
    kit_add(card, kit_fact(L_("Noted here, the leader confirms", NC_("large", "Not confirmed yet")), noted));
    return card;
}

static GtkWidget *forgotten_new(struct ui *ui)
{
    GtkWidget *line;

    if (volunteer_of(ui)->balance.forgotten == 0)
        return NULL;
    line = kit_line("kx-slip kx-warn");
    kit_add(line, kx_icon_new("warn"));
    kit_add(line, kit_label(_("You did not sign out the last time. Tell your leader how long you stayed."), "kx-body"));
    return line;
}

static const char *button_word(struct ui *ui, bool any)
{
    if (volunteer_of(ui)->balance.serving)
        return L_("Sign out", NC_("large", "I leave"));
    return any ? L_("Sign in", NC_("large", "I am here")) : NULL;
}

/* Since when, or to what and until when; else what comes next. */
static char *about(struct ui *ui, const struct kiosk_activity *now)
{
    const struct volunteer *volunteer = volunteer_of(ui);
    const struct kiosk_activity *at = volunteer->balance.serving ? activity_list_find(activities_of(ui), volunteer->balance.slot) : now,
                                *next = duty_next(ui);
    g_autofree char *since = words_clock(volunteer->balance.serving_since_ms), *when = NULL;

    if (volunteer->balance.serving) /* Translators: since when, of what. */
        return g_strdup_printf(_("Since %1$s. %2$s"), since, at != NULL ? activity_title(at) : "");
    at = at != NULL ? at : next;
    if (at == NULL)
        return g_strdup(_("Not a volunteer yet? The service desk registers you."));
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
    struct volunteer *volunteer = volunteer_of(ui);
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

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct volunteer *volunteer = volunteer_of(ui);
    const struct kiosk_activity *duties[DUTY_MAX] = {NULL};
    bool told = volunteer->told && activities_of(ui)->known;
    size_t count = told ? duties_now(ui, duties) : 0;

    if (count > 1 && !volunteer->balance.serving)
        return build_many(page, duties, count);
    g_autofree char *text = told ? about(ui, duties[0]) : NULL;
    GtkWidget *warn = forgotten_new(ui), *facts = told ? facts_new(ui) : NULL;
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("volunteer", volunteer->balance.serving ? "kx-badge-large kx-ok" : "kx-badge-large"),
                                 .answer = text,
                                 .blocks = {warn != NULL ? warn : facts, warn != NULL ? facts : NULL},
                                 .buttons = {{NULL, told && count == 0 && !volunteer->balance.serving ? _("Home") : NULL, "kx-primary",
                                              kind_go_home},
                                             {"tick", told ? button_word(ui, count > 0) : NULL, "kx-primary", volunteer_attend}},
                             });
}

const struct page_class page_volunteer = {
    .name = "volunteer",
    .service = &service_volunteer,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};

/* ---- What became of it --------------------------------------------------------------------------------------------- */

static const char *done_title(struct ui *ui)
{
    const struct tap *tap = tap_of(ui);

    if (tap->waits)
        return _("One moment, please");
    switch (tap->answer.phase) {
    case KIOSK_CREDIT_IN:
        return L_("You are signed in", NC_("large", "Signed in"));
    case KIOSK_CREDIT_OUT:
        return L_("You are signed out. Thank you!", NC_("large", "Thank you!"));
    case KIOSK_CREDIT_REPEATED:
        return L_("That is written down already", NC_("large", "Written down already"));
    default:
        return L_("This did not work", NC_("large", "It did not work"));
    }
}

static char *done_advice(struct ui *ui)
{
    const struct tap *tap = tap_of(ui);
    g_autofree char *time = words_clock(tap->at_ms), *long_ = words_duration(tap->answer.minutes);

    if (tap->waits)
        return g_strdup("");
    switch (tap->answer.phase) {
    case KIOSK_CREDIT_IN:
        return g_strdup_printf(L_("Signed in at %s. Put your card here again when you leave", NC_("large", "At %s. Card again when you leave")),
                               time);
    case KIOSK_CREDIT_OUT:
        return tap->answer.minutes > 0
                   ? g_strdup_printf(L_("This time: %s. Your leader confirms it", NC_("large", "%s, the leader confirms")), long_)
                   : g_strdup(_("This was too short to count. Your leader can look at it."));
    case KIOSK_CREDIT_REPEATED:
        return g_strdup(_("You need not do it again."));
    default:
        return g_strdup(credit_refusal(tap->answer.reason));
    }
}

static char *done_speech(struct ui *ui)
{
    switch (tap_of(ui)->answer.phase) {
    case KIOSK_CREDIT_IN:
        return g_strdup(_("Signed in. Put your card here again when you leave."));
    case KIOSK_CREDIT_OUT:
        return g_strdup(_("Signed out. Your leader confirms the time. Thank you."));
    default:
        return g_strdup(done_title(ui));
    }
}

static GtkWidget *done_build(struct page *page)
{
    const struct tap *tap = tap_of(page->ui);
    bool refused = !tap->waits && tap->answer.phase == KIOSK_CREDIT_REFUSED;
    g_autofree char *text = done_advice(page->ui);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = refused             ? kit_badge("warn", "kx-badge-large kx-warn")
                                            : tap->waits ? kit_badge("clock", "kx-badge-large")
                                                                : kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = text,
                                 .buttons = {{NULL, page->ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_volunteer_done = {
    .name = "volunteer-done",
    .service = &service_volunteer,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = done_title,
    .speech = done_speech,
    .build = done_build,
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
    return volunteer_of(ui)->balance.serving ? g_strdup(L_("You are signed in", NC_("large", "Signed in"))) : NULL;
}

static void ask(struct ui *ui)
{
    ui->backend->credit(ui->kiosk, &(struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_BALANCE});
}

static void enter(struct ui *ui)
{
    ask(ui);
    activities_ask(ui);
    flow_go(ui, &page_volunteer);
}

static bool is_tap(enum kiosk_credit_phase phase)
{
    return phase == KIOSK_CREDIT_IN || phase == KIOSK_CREDIT_OUT || phase == KIOSK_CREDIT_REPEATED || phase == KIOSK_CREDIT_REFUSED;
}

static void on_balance(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct volunteer *volunteer = volunteer_of(ui);

    volunteer->told = true;
    volunteer->balance = *credit;
    if (ui->page == &page_volunteer || ui->page == &page_home)
        flow_refresh(ui, false);
}

static void on_tap(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct tap *tap = tap_of(ui);

    if (!tap->waits || credit->ask != KIOSK_CREDIT_ASK_ATTEND || !is_tap(credit->phase))
        return;
    tap->waits = false;
    tap->answer = *credit;
    if (ui->session.active)
        ask(ui);
    if (flow_within(ui, &service_volunteer))
        flow_go(ui, &page_volunteer_done);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->session.active && flow_underneath(ui) != &page_volunteer_done)
        return;
    if (event->kind == KIOSK_EVENT_CREDIT && event->credit.phase != KIOSK_CREDIT_BALANCE)
        on_tap(ui, &event->credit);
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
    .begin = ask,
    .enter = enter,
    .event = event,
};
