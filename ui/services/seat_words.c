/* SPDX-License-Identifier: Apache-2.0 */
#include "seat_words.h"
#include "../texts.h"
#include "../words.h"

#include <string.h>

/* ---- Activities ---------------------------------------------------------------------------------------------------- */

const char *activity_title(const struct kiosk_activity *activity)
{
    return texts_language() == LANGUAGE_ZH || activity->title_en[0] == '\0' ? activity->title_zh : activity->title_en;
}

const char *activity_place(const struct kiosk_activity *activity)
{
    return texts_language() == LANGUAGE_ZH || activity->place_en[0] == '\0' ? activity->place_zh : activity->place_en;
}

char *activity_whom(const struct kiosk_activity *activity)
{
    if (activity->age_min <= 0 && activity->age_max <= 0)
        return g_strdup(_("Everybody"));
    if (activity->age_max <= 0)
        return g_strdup_printf(_("From %d years on"), activity->age_min);
    if (activity->age_min <= 0)
        return g_strdup_printf(_("Up to %d years"), activity->age_max);
    return g_strdup_printf(_("From %1$d to %2$d years"), activity->age_min, activity->age_max);
}

char *activity_fee(const struct kiosk_activity *activity)
{
    return activity->fee_fen > 0 ? words_amount(activity->fee_fen) : g_strdup(_("Nothing"));
}

/* Certain is only what this machine may promise by itself. */
char *activity_chance(const struct kiosk_activity *activity, bool online)
{
    if (activity->own > 0)
        return g_strdup_printf(L_("You can have a seat at once: %lld here", NC_("large", "At once: %lld here")),
                               (long long)activity->own);
    if (!online)
        return g_strdup(L_("The network is away: you can ask, the answer comes later", NC_("large", "You can ask, answer later")));
    if (activity->left <= 0)
        return g_strdup(L_("Full. You can join the waiting list", NC_("large", "Full. You can wait")));
    return g_strdup_printf(PL_("%lld seat is left", "%lld seats are left", NC_("large", "%lld left"), activity->left), (long long)activity->left);
}

/* ---- Seats --------------------------------------------------------------------------------------------------------- */

static char *offer_says(const struct kiosk_seat *seat)
{
    g_autofree char *until = words_moment(seat->offer_ends_ms);

    return g_strdup_printf(L_("A seat is free for you until %s", NC_("large", "A seat for you until %s")), until);
}

static const char *step_says(const struct kiosk_seat *seat)
{
    if (seat_steps(seat, SEAT_DO_CANCEL))
        return L_("You asked to give the seat back", NC_("large", "Giving it back"));
    if (seat_steps(seat, SEAT_DO_TAKE))
        return L_("You said yes; the centre confirms it", NC_("large", "You said yes"));
    return L_("You are checked in", NC_("large", "Checked in"));
}

static const char *state_says(const struct kiosk_seat *seat)
{
    enum seat_state state;

    if (!seat_state_parse(seat->state, &state))
        return NULL;
    switch (state) {
    case SEAT_REQUESTED:
        return L_("You asked for a seat; nothing is promised yet", NC_("large", "Asked, not promised yet"));
    case SEAT_WAITLISTED:
        return L_("You are on the waiting list", NC_("large", "You are waiting"));
    case SEAT_REGISTERED:
        return L_("You have a seat", NC_("large", "Your seat"));
    case SEAT_CHECKED_IN:
    case SEAT_COMPLETED:
        return L_("You are checked in", NC_("large", "Checked in"));
    case SEAT_REFUSED:
        return L_("You could not get a seat", NC_("large", "No seat"));
    case SEAT_LAPSED:
        return L_("The offer of a seat has ended", NC_("large", "The offer has ended"));
    case SEAT_CANCELLED:
        return _("You gave this seat back");
    default:
        return NULL;
    }
}

char *seat_says(const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    enum standing standing = activity_standing(activity, seat);

    if (standing == STANDING_LOST || standing == STANDING_OFF)
        return g_strdup(L_("Called off: it does not take place", NC_("large", "Called off")));
    if (seat == NULL)
        return NULL;
    if (seat->waits)
        return g_strdup(step_says(seat));
    return standing == STANDING_OFFER ? offer_says(seat) : g_strdup(state_says(seat));
}

const char *seat_advice(const struct kiosk_activity *activity, const struct kiosk_seat *seat)
{
    switch (activity_standing(activity, seat)) {
    case STANDING_LOST:
        return _("You need not come. You have nothing more to do.");
    case STANDING_OFFER:
        return _("If you want it, take it now. Later it goes to the next one.");
    case STANDING_OWN:
        break;
    default:
        return "";
    }
    if (seat_is(seat, SEAT_REQUESTED))
        return _("The community centre answers. Look here again.");
    if (seat_is(seat, SEAT_WAITLISTED))
        return _("When a seat becomes free, you see it here.");
    return seat_is(seat, SEAT_REGISTERED) && !seat->waits ? _("Put your card on a machine there when you come.") : "";
}

/* ---- What came to nothing -------------------------------------------------------------------------------------------- */

static const struct {
    const char *reason, *text;
} refusals[] = {
    {"SEAT_CLASH", N_("You have a seat somewhere else at the same time.")},
    {"SEAT_TWICE", N_("You have asked for this before.")},
    {"SEAT_EARLY", N_("You can check in from one hour before it begins.")},
    {"SEAT_LATE", N_("The time for this is over.")},
    {"SEAT_OVER", N_("This activity is called off.")},
    {"SEAT_FULL", N_("There is no seat left.")},
    {"SEAT_STATE", N_("This seat has changed meanwhile. Please look again.")},
    {"SEAT_UNKNOWN", N_("This activity is not listed any more.")},
    {"SEAT_CARD", N_("This card is not in use. Please see the service desk.")},
    {"CARD_REPLACED", N_("This card is not in use. Please see the service desk.")},
    {"CARD_LOST", N_("This card is reported lost. Please see the service desk.")},
    {"NO_CARD", N_("Please put your card back, and begin again.")},
};

char *seat_refusal(const struct kiosk_activity *activity, const char *reason)
{
    g_autofree char *whom = activity != NULL ? activity_whom(activity) : NULL;

    if (strcmp(reason, "SEAT_AGE") == 0 && whom != NULL)
        return g_strdup_printf(_("This is for: %s."), whom);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (strcmp(refusals[i].reason, reason) == 0)
            return g_strdup(_(refusals[i].text));
    return g_strdup(_("This machine cannot write anything down now. Please ask at the service desk."));
}
