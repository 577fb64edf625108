/* SPDX-License-Identifier: Apache-2.0 */
/* Who is acting: from what the card says, the hotlist and the calendar (F01, EL-1, PV-1). */
#include "service/internal.h"
#include "service/practice.h"

#include <string.h>

#define ELDER_AGE   60
#define APP_ENABLED 1

static enum kiosk_card_verdict verdict_of(struct kiosk *kiosk, const struct session *session, int read_result)
{
    const struct cc_card *card = &session->card;

    if (read_result == CC_CARD_BLOCKED || card->blocked || card->app_version != APP_ENABLED)
        return KIOSK_CARD_BLOCKED;
    g_autofree char *reason = store_hotlist_lookup(kiosk->store, session->token);
    if (reason != NULL)
        return KIOSK_CARD_LOST;
    if (!cc_card_valid_on(card, date_of_ms(health_now_ms(kiosk))))
        return KIOSK_CARD_EXPIRED;
    return KIOSK_CARD_OK;
}

/* EL-1: sixty or over on this day. The elder class alone is enough: some cards carry no ID number. */
static bool is_elder(const struct kiosk *kiosk, const struct cc_card *card)
{
    uint32_t birth = id_number_birth(card->holder.id_number);
    if (card->card_class == CC_CLASS_ELDER)
        return true;
    return birth != 0 && age_on(birth, date_of_ms(health_now_ms(kiosk))) >= ELDER_AGE;
}

/* A card of another city may be read, not served: its bills are not here. */
static bool is_visitor(const struct kiosk *kiosk, const struct cc_card *card)
{
    char city[5];
    g_snprintf(city, sizeof city, "%04X", card->city);
    return strcmp(city, kiosk->config->city) != 0;
}

static void identity_fill(const struct kiosk *kiosk, struct session *session)
{
    const struct cc_card *card = &session->card;
    struct kiosk_identity *identity = &session->identity;
    size_t digits = strlen(card->card_number);

    g_autofree char *masked = mask_name(card->holder.name);
    g_strlcpy(identity->name_masked, masked, sizeof identity->name_masked);
    if (digits >= 4)
        g_strlcpy(identity->card_last4, card->card_number + digits - 4, sizeof identity->card_last4);
    identity->card_class = card->card_class;
    identity->elder = is_elder(kiosk, card);
    identity->staff = card->holder.present && card->holder.staff == 1;
    identity->visitor = is_visitor(kiosk, card);
    identity->has_balance = card->has_balance;
    identity->balance_fen = card->balance_fen;
    identity->valid_to = card->valid_to;
}

/* Whose number the platform knows: cards of the country's transport union, and our own. */
static bool is_ours(int result, const struct cc_card *card)
{
    return result != CC_ERR_UNSUPPORTED && result != CC_NO_IDENTITY &&
           (result < 0 || card->family == CC_FAMILY_T_UNION || card->family == CC_FAMILY_COMMUNITY);
}

int identity_read(struct kiosk *kiosk, struct cc_port *port, struct session *session)
{
    int result = cc_card_read(port, CC_READ_HOLDER | CC_READ_CLASS | CC_READ_BALANCE, &session->card);

    memset(&session->identity, 0, sizeof session->identity);
    session->token[0] = '\0';
    if (!is_ours(result, &session->card)) {
        memset(&session->card, 0, sizeof session->card);
        session->verdict = KIOSK_CARD_UNKNOWN;
        return CC_OK;
    }
    if (result < 0) {
        session->verdict = KIOSK_CARD_UNREADABLE;
        return result;
    }
    if (g_str_has_prefix(session->card.card_number, PRACTICE_DEMO_CARDS)) {
        memset(&session->card, 0, sizeof session->card);
        session->verdict = KIOSK_CARD_DEMO;
        return CC_OK;
    }
    card_token(kiosk->enrolment.index_key, session->card.card_number, session->token);
    session->verdict = verdict_of(kiosk, session, result);
    identity_fill(kiosk, session);
    preference_look(kiosk, session);
    return CC_OK;
}
