/* SPDX-License-Identifier: Apache-2.0 */
/* A volunteer's own hours with how each stands, saying that some are not right (VR-5), and asking for the next star (VR-6). */
#include "../flow.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "volunteer.h"
#include "volunteer_words.h"

#include <string.h>

/* ---- My hours --------------------------------------------------------------------------------------------------------- */

static const char *hours_title(struct ui *ui)
{
    return _("My hours");
}

static char *hours_speech(struct ui *ui)
{
    return g_strdup(volunteer_room(ui)->state.hour_count > 0 ? _("These are your hours. If some are not right, touch them.") : _("No hours are written down yet."));
}

static const char *hours_icon(const struct kiosk_hours *hours)
{
    return strcmp(hours->state, "POSTED") == 0 || strcmp(hours->state, "CORRECTED") == 0 ? "tick" : "clock";
}

static char *hours_text(const struct kiosk_hours *hours)
{
    g_autofree char *day = words_day_of(hours->in_ms), *long_ = words_duration(hours->minutes);

    return hours->minutes > 0 ? g_strdup_printf("%s, %s", day, long_) : g_steal_pointer(&day);
}

static GtkWidget *hours_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct kiosk_volunteer_event *state = &volunteer_room(ui)->state;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *star = state->star_next != 0 ? g_strdup_printf(P_("Ask for %u star", "Ask for %u stars", state->star_next), state->star_next) : NULL;
    const struct kind_button button = {"star", star, "kx-primary", volunteer_star};
    struct kind_row rows[KIOSK_HOURS];

    for (size_t i = 0; i < state->hour_count; i++) {
        const struct kiosk_hours *hours = &state->hours[i];

        g_ptr_array_add(texts, hours_text(hours));
        g_ptr_array_add(texts, volunteer_hours_state(hours));
        rows[i] = (struct kind_row){.icon = hours_icon(hours), .text = texts->pdata[2 * i], .note = texts->pdata[2 * i + 1],
                                    .go = volunteer_go_dispute, .index = i, .off = !hours->may_dispute};
    }
    return kind_list(page, rows, state->hour_count, _("No hours are written down yet."), kind_foot(ui, &button, 1, false));
}

const struct page_class page_volunteer_hours = {
    .name = "volunteer-hours",
    .service = &service_volunteer,
    .title = hours_title,
    .speech = hours_speech,
    .build = hours_build,
};

void volunteer_go_hours(struct ui *ui, size_t index)
{
    volunteer_ask(ui);
    flow_go(ui, &page_volunteer_hours);
}

/* ---- What is not right? ------------------------------------------------------------------------------------------------ */

static const char *dispute_title(struct ui *ui)
{
    return L_("What is not right about these hours?", NC_("large", "What is not right?"));
}

static char *dispute_speech(struct ui *ui)
{
    return g_strdup(_("What is not right? The service desk looks at it. Until then the hours stay as they are."));
}

/* Owned by its page: what was asked for is still read when the card is taken. */
struct noting {
    bool waits, star;
    enum kiosk_volunteer_phase phase;
    char reason[32];
};

static struct noting *noting_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_volunteer_noted, sizeof(struct noting), NULL);
}

static void note_down(struct ui *ui, const struct kiosk_volunteer_request *request)
{
    if (noting_of(ui)->waits)
        return;
    *noting_of(ui) = (struct noting){.waits = true, .star = request->ask == KIOSK_VOLUNTEER_ASK_STAR};
    ui->backend->volunteer(ui->kiosk, request);
    flow_go(ui, &page_volunteer_noted);
}

static void dispute(struct ui *ui, size_t index)
{
    struct kiosk_volunteer_request request = {.ask = KIOSK_VOLUNTEER_ASK_DISPUTE, .what = (unsigned)index};

    g_strlcpy(request.hours, volunteer_room(ui)->hours, sizeof request.hours);
    note_down(ui, &request);
}

static GtkWidget *dispute_build(struct page *page)
{
    const struct kind_tile tiles[] = {
        {.icon = "minus", .word = _("Too few"), .go = dispute, .index = 0},
        {.icon = "plus", .word = _("Too many"), .go = dispute, .index = 1},
        {.icon = "cross", .word = _("I was not there"), .go = dispute, .index = 2},
    };

    return kind_scale(page, tiles, G_N_ELEMENTS(tiles));
}

const struct page_class page_volunteer_dispute = {
    .name = "volunteer-dispute",
    .service = &service_volunteer,
    .title = dispute_title,
    .speech = dispute_speech,
    .build = dispute_build,
};

void volunteer_go_dispute(struct ui *ui, size_t index)
{
    struct volunteer_room *room = volunteer_room(ui);

    if (index >= room->state.hour_count || !room->state.hours[index].may_dispute)
        return;
    g_strlcpy(room->hours, room->state.hours[index].id, sizeof room->hours);
    flow_go(ui, &page_volunteer_dispute);
}

void volunteer_star(struct ui *ui, size_t index)
{
    note_down(ui, &(struct kiosk_volunteer_request){.ask = KIOSK_VOLUNTEER_ASK_STAR});
}

/* ---- What became of it ------------------------------------------------------------------------------------------------- */

static const char *noted_title(struct ui *ui)
{
    const struct noting *noting = noting_of(ui);

    if (noting->waits)
        return _("One moment, please");
    if (noting->phase == KIOSK_VOLUNTEER_REFUSED)
        return L_("This did not work", NC_("large", "It did not work"));
    return noting->star ? L_("The star is asked for", NC_("large", "Asked for")) : L_("It is written down", NC_("large", "Written down"));
}

static const char *noted_answer(struct ui *ui)
{
    const struct noting *noting = noting_of(ui);

    if (noting->waits)
        return "";
    if (noting->phase == KIOSK_VOLUNTEER_REFUSED)
        return volunteer_refusal(noting->reason);
    return noting->star ? _("It is put under public notice, and is yours when nobody objects.")
                        : _("The service desk looks at it and puts it right. You see it here under My hours.");
}

static char *noted_speech(struct ui *ui)
{
    return g_strdup_printf("%s. %s", noted_title(ui), noted_answer(ui));
}

static GtkWidget *noted_build(struct page *page)
{
    const struct noting *noting = noting_of(page->ui);
    bool refused = !noting->waits && noting->phase == KIOSK_VOLUNTEER_REFUSED;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = noting->waits ? kit_badge("clock", "kx-badge-large")
                                            : refused     ? kit_badge("warn", "kx-badge-large kx-warn")
                                                          : kit_badge("tick", "kx-badge-large kx-ok"),
                                 .answer = noted_answer(page->ui),
                                 .buttons = {{NULL, page->ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_volunteer_noted = {
    .name = "volunteer-noted",
    .service = &service_volunteer,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = noted_title,
    .speech = noted_speech,
    .build = noted_build,
};

void volunteer_noting_answered(struct ui *ui, const struct kiosk_volunteer_event *answer)
{
    struct noting *noting = noting_of(ui);

    if (!noting->waits)
        return;
    noting->waits = false;
    noting->phase = answer->phase;
    g_strlcpy(noting->reason, answer->reason, sizeof noting->reason);
    if (flow_within(ui, &service_volunteer))
        flow_go(ui, &page_volunteer_noted);
}
