/* SPDX-License-Identifier: Apache-2.0 */
#include "volunteer_words.h"
#include "../texts.h"
#include "../words.h"

#include <string.h>

static const struct {
    const char *icon, *word;
} skills[KIOSK_SKILLS] = {
    {"people", N_("Keeping company")}, {"bag", N_("Errands")},   {"tools", N_("Repairs")}, {"phone", N_("Phone help")},
    {"book", N_("Teaching")},          {"joy", N_("Music, art")}, {"leaf", N_("Greening")}, {"shield", N_("Patrols")},
};

const char *volunteer_skill_word(size_t skill)
{
    return skill < KIOSK_SKILLS ? _(skills[skill].word) : "";
}

const char *volunteer_skill_icon(size_t skill)
{
    return skill < KIOSK_SKILLS ? skills[skill].icon : "volunteer";
}

char *volunteer_skills_words(unsigned bits)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < KIOSK_SKILLS; i++)
        if ((bits & 1u << i) != 0) /* Translators: between the things of a list. */
            g_string_append_printf(out, "%s%s", out->len > 0 ? _(", ") : "", volunteer_skill_word(i));
    return g_string_free(out, FALSE);
}

char *volunteer_number_words(const char *no)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; no[i] != '\0'; i++) {
        if (i > 0 && i % 4 == 0)
            g_string_append_c(out, ' ');
        g_string_append_c(out, no[i]);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    const char *state, *text;
} states[] = {
    {"IN", N_("Signed in")},
    {"OUT", N_("Your leader confirms it")},
    {"RAW", N_("Your leader confirms it")},
    {"NEEDS_CONFIRM", N_("Not signed out: tell your leader")},
    {"CONFIRMED", N_("Confirmed")},
    {"POSTED", N_("Recorded")},
    {"DISPUTED", N_("Being looked into")},
    {"CORRECTED", N_("Put right, recorded")},
    {"REJECTED", N_("Not counted: ask your leader")},
};

char *volunteer_hours_state(const struct kiosk_hours *hours)
{
    g_autofree char *until = hours->until != 0 ? words_day(hours->until) : NULL;

    if (hours->disputed)
        return g_strdup(_("Being looked into"));
    if (strcmp(hours->state, "PUBLIC") == 0)
        return until != NULL ? g_strdup_printf(_("Under public notice until %s"), until) : g_strdup(_("Under public notice"));
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, hours->state) == 0)
            return g_strdup(_(states[i].text));
    return g_strdup("");
}

static const struct {
    const char *reason, *text;
} refusals[] = {
    {"ALREADY", N_("You are a volunteer already.")},
    {"REPEATED", N_("That is written down already, and on its way.")},
    {"AGE", N_("From six years on everybody can help. Please come again then, we look forward to it.")},
    {"CONSENT", N_("Under fourteen a parent agrees first. Please come together with their card, or see the service desk.")},
    {"GUARDIAN", N_("This has to be the card of a grown-up: mother, father, or who looks after the child.")},
    {"STAR", N_("The next star needs more hours that count. Every hour brings it nearer.")},
    {"STATE", N_("These hours are not recorded yet. Your leader can put them right.")},
    {"CARD_LOST", N_("This card is reported lost. Please see the service desk.")},
    {"CARD_REPLACED", N_("This card was replaced. Please use the new one.")},
    {"NO_CARD", N_("Please put your card back, and begin again.")},
};

const char *volunteer_refusal(const char *reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (strcmp(refusals[i].reason, reason) == 0)
            return _(refusals[i].text);
    return _("Please ask at the service desk. They can do it with you.");
}

char *volunteer_star_words(const struct kiosk_volunteer_event *state)
{
    g_autofree char *until = state->star_until != 0 ? words_day(state->star_until) : NULL, *missing = words_duration(state->star_missing);

    if (state->star_asked != 0 && until != NULL)
        return g_strdup_printf(P_("%1$u star: under public notice until %2$s", "%1$u stars: under public notice until %2$s", state->star_asked),
                               state->star_asked, until);
    if (state->star_asked != 0)
        return g_strdup_printf(P_("%u star is asked for", "%u stars are asked for", state->star_asked), state->star_asked);
    if (state->star_next != 0)
        return g_strdup_printf(P_("You can ask for %u star", "You can ask for %u stars", state->star_next), state->star_next);
    if (state->star_missing > 0)
        return g_strdup_printf(P_("%2$s more for %1$u star", "%2$s more for %1$u stars", state->stars + 1), state->stars + 1, missing);
    return NULL;
}
