/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How people want it (F18): known at the tap, from what is cached, so that the greeting is drawn so, on any kiosk and without a line;
 * kept when they say so, and given up by a touch. What they want is a fact on the disk that the platform hears of once.
 */
#include "service/internal.h"
#include "model/preference.h"

static void shown(const struct preference *from, struct kiosk_preference *out)
{
    *out = (struct kiosk_preference){from->size, from->contrast, from->voice, from->slow, from->english, from->left, from->low};
}

static struct preference wanted(const struct kiosk_preference *from)
{
    return (struct preference){from->size, from->contrast, from->voice, from->slow, from->english, from->left, from->low};
}

void preference_look(struct kiosk *kiosk, struct session *session)
{
    g_autoptr(GError) error = NULL;
    struct preference preference;
    bool kept = false;

    if (session->verdict != KIOSK_CARD_OK || session->identity.visitor)
        return;
    if (health_online(kiosk) && !store_person_return(kiosk->store, session->token, &error))
        g_warning("what is known of a person is not fetched again: %s", error->message);
    g_clear_error(&error);
    if (!store_preference(kiosk->store, session->token, &preference, &kept, &error))
        g_warning("how somebody wants it: %s", error->message);
    session->identity.preference_kept = kept;
    if (kept)
        shown(&preference, &session->identity.preference);
}

/* Once for each thing that is said: touching on and on fills no journal. */
static bool said_already(const struct kiosk_identity *identity, const struct preference_event *event)
{
    struct preference had = wanted(&identity->preference);

    if (!event->kept)
        return !identity->preference_kept;
    return identity->preference_kept && preference_same(&had, &event->preference);
}

static const char *write_down(struct kiosk *kiosk, const struct preference_event *event)
{
    g_autoptr(GError) error = NULL;
    struct kiosk_identity *identity = &kiosk->session.identity;

    if (said_already(identity, event))
        return NULL;
    if (!store_preference_say(kiosk->store, event, health_now_ms(kiosk), &error)) {
        g_warning("how somebody wants it is not written: %s", error->message);
        return "STORE";
    }
    identity->preference_kept = event->kept;
    shown(&event->preference, &identity->preference);
    sync_kick(kiosk->sync);
    return NULL;
}

const char *preference_say(struct kiosk *kiosk, const struct kiosk_mine_request *request)
{
    struct preference_event event = {.kept = request->ask == KIOSK_MINE_ASK_KEEP, .preference = wanted(&request->preference)};
    const char *reason = gate_machine(kiosk);

    if (reason == NULL)
        reason = gate_card(kiosk);
    if (reason == NULL && event.kept && event.preference.size >= PREFERENCE_SIZES)
        reason = "SIZE";
    if (reason != NULL)
        return reason;
    g_strlcpy(event.card_token, kiosk->session.token, sizeof event.card_token);
    return write_down(kiosk, &event);
}
