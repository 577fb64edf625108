/* SPDX-License-Identifier: Apache-2.0 */
#include "credit_words.h"
#include "../texts.h"
#include "../words.h"

#include <string.h>

char *credit_price(enum kiosk_book book, int64_t amount)
{
    return book == KIOSK_BOOK_POINTS ? g_strdup_printf(P_("%lld point", "%lld points", amount), (long long)amount) : words_duration(amount);
}

int64_t credit_has(const struct kiosk_credit_event *balance, enum kiosk_book book)
{
    return book == KIOSK_BOOK_POINTS ? balance->points : balance->coin_min;
}

const char *reward_name(const struct kiosk_reward *reward)
{
    return texts_language() == LANGUAGE_ZH || reward->name_en[0] == '\0' ? reward->name_zh : reward->name_en;
}

const char *reward_place(const struct kiosk_reward *reward)
{
    return texts_language() == LANGUAGE_ZH || reward->place_en[0] == '\0' ? reward->place_zh : reward->place_en;
}

char *reward_enough(const struct kiosk_reward *reward, const struct kiosk_credit_event *balance)
{
    int64_t has = credit_has(balance, reward->book);
    g_autofree char *missing = credit_price(reward->book, reward->price - has);

    if (has < reward->price)
        return g_strdup_printf(_("%s missing"), missing);
    return g_strdup_printf(_("Enough for %lld"), (long long)(has / reward->price));
}

static const struct {
    const char *reason, *text;
} refusals[] = {
    {"BALANCE", N_("There is not enough for this.")},
    {"AGE", N_("This is not for this age. The service desk explains it.")}, /* where it is not known from which one on */
    {"CONSENT", N_("Under fourteen a parent agrees first. The service desk helps you both.")},
    {"STARS", N_("This needs more hours of service first.")},
    {"LIMIT_DAY", N_("That is all for today. Come again tomorrow, or ask at the service desk.")},
    {"LIMIT_AMOUNT", N_("This is too much to be given without the network. Please come again when it is there.")},
    {"LIMIT_PAYMENT", N_("This is too much to be given without the network. Please come again when it is there.")},
    {"QUOTA", N_("This machine may give out no more now. Please come again when the network is there.")},
    {"OFFLINE", N_("This works only with the network. Please come again later.")},
    {"SNAPSHOT", N_("What you have is not known here now. Please come again when the network is there.")},
    {"HOTLIST_OLD", N_("The network has been away for too long. Please come again later.")},
    {"OVERLAP", N_("You are signed in somewhere else at this time. Please ask your leader.")},
    {"FROZEN", N_("This card is reported lost. Please see the service desk.")},
    {"CARD_LOST", N_("This card is reported lost. Please see the service desk.")},
    {"NO_CARD", N_("Please put your card back, and begin again.")},
};

char *credit_refused(const struct kiosk_credit_event *answer)
{
    if (strcmp(answer->reason, "AGE") == 0 && answer->from_age > 0)
        return g_strdup_printf(L_("Available from age %d", NC_("large", "Available from age %d")), answer->from_age);
    return g_strdup(credit_refusal(answer->reason));
}

const char *credit_refusal(const char *reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (strcmp(refusals[i].reason, reason) == 0)
            return _(refusals[i].text);
    if (g_str_has_prefix(reason, "LIMIT_"))
        return _("This machine may give out no more now. Please come again when the network is there.");
    return _("This machine cannot write anything down now. Please ask at the service desk.");
}
