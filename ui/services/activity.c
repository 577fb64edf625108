/* SPDX-License-Identifier: Apache-2.0 */
/* One date of an activity: what it is, how the card stands with it, and the one thing to do next. */
#include "activities.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "seat_words.h"

static const char *title(struct ui *ui)
{
    const struct kiosk_activity *activity = activities_shown(ui);

    return activity != NULL ? activity_title(activity) : _("This activity is not listed any more.");
}

/* What everybody may hear; how the card stands with it is read. */
static char *speech(struct ui *ui)
{
    const struct kiosk_activity *activity = activities_shown(ui);
    const struct kiosk_seat *seat = activities_seat(ui);
    char *slip = seat != NULL ? printing_says(ui, KIOSK_PRINT_SEAT, seat->id, "") : NULL;

    if (slip != NULL)
        return slip;
    g_autofree char *when = activity != NULL ? words_span(activity->start_ms, activity->end_ms) : NULL;

    return activity == NULL ? g_strdup(title(ui))
                            : g_strdup_printf("%s. %s. %s", activity_title(activity), when, activity_place(activity));
}

/* ---- What is said -------------------------------------------------------------------------------------------------- */

static GtkWidget *standing_new(const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    enum standing standing = activity_standing(activity, seat);
    g_autofree char *says = seat_says(activity, seat);
    const char *advice = seat_advice(activity, seat);
    GtkWidget *card;

    if (says == NULL)
        return NULL;
    card = kit_column(standing == STANDING_OWN || standing == STANDING_NOTHING ? "kx-card kx-place" : "kx-card kx-place kx-warn");
    kit_add(card, kit_label(says, "kx-answer kx-strong"));
    if (advice[0] != '\0')
        kit_add(card, kit_label(advice, "kx-body"));
    return card;
}

static GtkWidget *facts_new(const struct kiosk_activity *activity, bool few)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *when = words_span(activity->start_ms, activity->end_ms), *whom = activity_whom(activity),
                    *fee = activity_fee(activity);

    kit_add(card, kit_label(when, "kx-answer kx-strong"));
    if (activity_place(activity)[0] != '\0')
        kit_add(card, kit_label(activity_place(activity), "kx-body"));
    if (!few)
        kit_add(card, kit_fact(_("For whom"), whom));
    if (!few || activity->fee_fen > 0)
        kit_add(card, kit_fact(_("To pay there"), fee));
    return card;
}

static GtkWidget *chance_new(struct ui *ui, const struct kiosk_activity *activity)
{
    g_autofree char *chance = activity_chance(activity, activities_online(ui)), *moment = words_moment(activities_of(ui)->asof_ms),
                    *asof = g_strdup_printf(_("As of %s"), moment);
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_label(chance, "kx-answer"));
    if (activities_of(ui)->asof_ms > 0)
        kit_add(card, kit_label(asof, "kx-note"));
    return card;
}

/* ---- What can be done ---------------------------------------------------------------------------------------------- */

static void ask_how_many(struct ui *ui, size_t index)
{
    flow_go(ui, &page_companions);
}

static void take(struct ui *ui, size_t index)
{
    activities_request(ui, KIOSK_SEAT_ASK_TAKE, 0);
}

static void check_in(struct ui *ui, size_t index)
{
    activities_request(ui, KIOSK_SEAT_ASK_CHECK_IN, 0);
}

static void ask_whether(struct ui *ui, size_t index)
{
    flow_go(ui, &page_seat_cancel);
}

static bool checked_in(const struct kiosk_seat *seat)
{
    return seat_is(seat, SEAT_CHECKED_IN) || seat_steps(seat, SEAT_DO_CHECK_IN);
}

/* No card, called off, over, or checked in already: nothing but to look at others. */
static bool nothing_to_do(struct ui *ui, const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    return !ui->session.active || ui->session.identity.visitor || activity->called_off || checked_in(seat) ||
           activity_list_now_ms(activities_of(ui)) >= activity->end_ms;
}

/* Its slip was not taken along when it was asked for. */
static void print(struct ui *ui, size_t index)
{
    const struct kiosk_activity *activity = activities_shown(ui);
    const struct kiosk_seat *seat = activities_seat(ui);
    g_autofree char *says = activity != NULL && seat != NULL ? seat_says(activity, seat) : NULL;

    if (says != NULL)
        seat_slip_print(ui, activity, &(struct seat_slip){seat->id, says, seat_advice(activity, seat), seat->companions});
}

static bool may_print(struct ui *ui, const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    return activity_standing(activity, seat) == STANDING_OWN && (seat_is(seat, SEAT_REGISTERED) || seat_is(seat, SEAT_WAITLISTED)) && !seat->waits &&
           !nothing_to_do(ui, activity, seat);
}

/* Nothing is left to do but to take its slip along. */
static struct kind_button own_button(struct ui *ui, const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    struct kind_button slip = may_print(ui, activity, seat) ? printing_button(ui, KIOSK_PRINT_SEAT, seat->id, print) : (struct kind_button){0};

    return slip.word != NULL ? slip : (struct kind_button){NULL, _("Home"), "kx-primary", kind_go_home};
}

static void fill_buttons(struct ui *ui, const struct kiosk_activity *activity, const struct kiosk_seat *seat, struct kind_button out[2])
{
    static const struct kind_button nothing = {0};
    int64_t now_ms = activity_list_now_ms(activities_of(ui));
    enum standing standing = activity_standing(activity, seat);
    struct kind_button back = {"cross", L_("I cannot come", NC_("large", "I cannot come")), "kx-plain", ask_whether};

    out[0] = standing == STANDING_OFFER || (standing == STANDING_OWN && !seat->waits) ? back : nothing;
    if (nothing_to_do(ui, activity, seat)) {
        out[0] = nothing;
        out[1] = (struct kind_button){NULL, L_("Other activities", NC_("large", "Others")), "kx-primary", kind_go_back};
    } else if (activity_door_open(activity, now_ms)) {
        out[1] = (struct kind_button){"tick", _("I am here"), "kx-primary", check_in};
    } else if (standing == STANDING_OFFER) {
        out[1] = (struct kind_button){"tick", L_("Take the seat", NC_("large", "Take it")), "kx-primary", take};
    } else if (standing == STANDING_OWN) {
        out[1] = own_button(ui, activity, seat);
    } else {
        out[1] = (struct kind_button){NULL, L_("I want to come", NC_("large", "I come")), "kx-primary", ask_how_many};
    }
}

static const char *foot_note(struct ui *ui, const struct kiosk_activity *activity)
{
    const struct seat_list *seats = &activities_visit(ui)->seats;

    if (activity->called_off)
        return NULL;
    if (!ui->session.active)
        return _("To come along, put your card on the reader.");
    return seats->known && !seats->whole && seat_list_of(seats, activity->session) == NULL
               ? _("What you asked for at other machines is seen when online.")
               : NULL;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_activity *activity = activities_shown(ui);
    const struct kiosk_seat *seat = activities_seat(ui);
    GtkWidget *blocks[6] = {NULL}, *slip;
    struct kind_button buttons[2];
    size_t count = 0;

    if (activity == NULL)
        return kind_poster(page, &(struct kind_poster){.drawing = kit_badge("activity", "kx-badge-large"),
                                                       .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
    if (seat != NULL && (slip = printing_line(ui, KIOSK_PRINT_SEAT, seat->id, "")) != NULL)
        blocks[count++] = slip;
    if ((blocks[count] = standing_new(activity, seat)) != NULL)
        count++;
    blocks[count++] = facts_new(activity, ui->size == TEXT_XLARGE && ui_landscape(ui));
    if (!activity->called_off && activity_standing(activity, seat) == STANDING_NOTHING)
        blocks[count++] = chance_new(ui, activity);
    if (foot_note(ui, activity) != NULL)
        blocks[count++] = kit_label(foot_note(ui, activity), "kx-soft");
    fill_buttons(ui, activity, seat, buttons);
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_activity = {
    .name = "activity",
    .service = &service_activities,
    .news = PAGE_NEWS_PRINT,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- How many come ------------------------------------------------------------------------------------------------- */

static const char *companions_title(struct ui *ui)
{
    return L_("How many of you will come?", NC_("large", "How many come?"));
}

static char *companions_speech(struct ui *ui)
{
    return g_strdup(_("How many of you will come? Touch Just me when you come alone."));
}

static void ask_seat(struct ui *ui, size_t index)
{
    activities_request(ui, KIOSK_SEAT_ASK_SEAT, (int)index);
}

static GtkWidget *companions_build(struct page *page)
{
    struct kind_tile tiles[SEAT_COMPANIONS_MAX + 1] = {{"person", _("Just me"), NULL, ask_seat, 0}};
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 1; i <= SEAT_COMPANIONS_MAX; i++) {
        g_ptr_array_add(words, g_strdup_printf(L_("%zu of us", NC_("large", "%zu of us")), i + 1));
        tiles[i] = (struct kind_tile){"people", words->pdata[i - 1], NULL, ask_seat, i};
    }
    return kind_choose(page, tiles, G_N_ELEMENTS(tiles), true);
}

const struct page_class page_companions = {
    .name = "companions",
    .service = &service_activities,
    .title = companions_title,
    .speech = companions_speech,
    .build = companions_build,
};

/* ---- I cannot come ------------------------------------------------------------------------------------------------- */

static const char *cancel_title(struct ui *ui)
{
    return L_("Give this seat back?", NC_("large", "Give it back?"));
}

static char *cancel_speech(struct ui *ui)
{
    return g_strdup(_("Give this seat back? Somebody else gets it then."));
}

static void cancel(struct ui *ui, size_t index)
{
    activities_request(ui, KIOSK_SEAT_ASK_CANCEL, 0);
}

static GtkWidget *cancel_build(struct page *page)
{
    const struct kiosk_activity *activity = activities_shown(page->ui);
    g_autofree char *when = activity != NULL ? words_span(activity->start_ms, activity->end_ms) : g_strdup("");

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge("activity", "kx-badge-large kx-warn"),
                                 .under = kit_label(activity != NULL ? activity_title(activity) : "", "kx-answer kx-strong"),
                                 .answer = when,
                                 .soft = {_("Somebody else gets it then.")},
                                 .buttons = {{NULL, L_("No, I come", NC_("large", "No")), "kx-plain", kind_go_back},
                                             {NULL, L_("Yes, give it back", NC_("large", "Yes")), "kx-primary", cancel}},
                             });
}

const struct page_class page_seat_cancel = {
    .name = "seat-cancel",
    .service = &service_activities,
    .flags = PAGE_PASSING,
    .title = cancel_title,
    .speech = cancel_speech,
    .build = cancel_build,
};
