/* SPDX-License-Identifier: Apache-2.0 */
/* Cards of the sample community: 310 9901 and eleven digits, the last by Luhn; demonstration keys only. */
#include "platform/sample/community.h"
#include "platform/data/error.h"
#include "platform/sample/rng.h"
#include "model/model.h"
#include "citycard.h"
#include <string.h>

enum kind { KIND_CARD = 20 };

static bool copy_text(json_t *json, const char *key, char *out, size_t size, size_t len)
{
    const char *text = json_string_value(json_object_get(json, key));

    if (text == NULL || strlen(text) != len || len >= size)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool date_of(json_t *json, const char *key, uint32_t *out)
{
    char text[9];
    guint64 date;

    if (!copy_text(json, key, text, sizeof text, 8) ||
        !g_ascii_string_to_unsigned(text, 10, 0, 99999999, &date, NULL) || !date_valid((uint32_t)date))
        return false;
    *out = (uint32_t)date;
    return true;
}

static bool persona_card(struct community *community, json_t *json, int person, GError **error)
{
    struct sample_card card = {.person = person, .state = CARD_ACTIVE};
    char number[17];
    json_t *class = json_object_get(json, "card_class");

    if (!copy_text(json, "card_number", number, sizeof number, 16) || !luhn_ok(number) ||
        !copy_text(json, "issuer", card.issuer, sizeof card.issuer, 16) || !json_is_integer(class) ||
        !date_of(json, "valid_from", &card.valid_from) || !date_of(json, "valid_to", &card.valid_to)) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "the card of persona %d is malformed",
                    person + 1);
        return false;
    }
    g_snprintf(card.number, sizeof card.number, "310%s", number);
    card.card_class = (uint8_t)json_integer_value(class);
    if (g_strcmp0(json_string_value(json_object_get(json, "status")), "lost") == 0)
        card.state = CARD_LOST;
    else if (card.valid_to < community->today)
        card.state = CARD_EXPIRED;
    g_array_append_val(community->cards, card);
    return true;
}

static unsigned holder_permille(int age)
{
    if (age >= 60)
        return 950;
    return age >= 18 ? 700 : age >= 6 ? 250 : 0;
}

static enum card_state state_of(struct rng *rng)
{
    unsigned draw = rng_below(rng, 1000);

    if (draw < 960)
        return CARD_ACTIVE;
    return draw < 975 ? CARD_LOST : draw < 990 ? CARD_EXPIRED : draw < 995 ? CARD_DAMAGED : CARD_SUSPENDED;
}

static void resident_card(struct community *community, int index, struct rng *rng)
{
    const struct person *person = &g_array_index(community->people, struct person, index);
    struct sample_card card = {.person = index, .issuer = "01019901FFFFFFFF", .state = state_of(rng)};
    unsigned years = rng_below(rng, 6);
    char digits[17];

    g_snprintf(digits, sizeof digits, "9901%04u%07d", 1, community->first + index);
    digits[15] = luhn_digit(digits);
    digits[16] = '\0';
    g_snprintf(card.number, sizeof card.number, "310%s", digits);
    card.card_class = person->age >= 60  ? CC_CLASS_ELDER
                      : person->age < 18 ? CC_CLASS_STUDENT
                                         : CC_CLASS_ORDINARY;
    card.valid_from = (community->today / 10000 - years) * 10000 + 301;
    if (card.state == CARD_EXPIRED)
        card.valid_from -= 100000;
    card.valid_to = card.valid_from + 100000 - 73; /* ten years on, 28 February */
    g_array_append_val(community->cards, card);
}

bool community_cards(struct community *community, const struct community_options *options, GError **error)
{
    json_t *persona;
    size_t i;

    json_array_foreach(community->block == 0 ? json_object_get(options->personas, "cards") : NULL, i, persona)
    {
        if (!persona_card(community, persona, (int)i, error))
            return false;
    }
    for (i = 0; i < community->people->len; i++) {
        const struct person *person = &g_array_index(community->people, struct person, i);
        struct rng rng = rng_of(options->seed, KIND_CARD, (uint64_t)community->first + i);

        if (!person->persona && rng_permille(&rng, holder_permille(person->age)))
            resident_card(community, (int)i, &rng);
    }
    return true;
}
