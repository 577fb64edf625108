/* SPDX-License-Identifier: Apache-2.0 */
#include "model/order-event.h"

#include "model/book.h"
#include "model/strict.h"

#include <string.h>

static const char *const PAY_NAMES[] = {"none", "coin", "subsidy"};
G_STATIC_ASSERT(G_N_ELEMENTS(PAY_NAMES) == ORDER_PAYS);

const char *order_pay_name(enum order_pay pay)
{
    return names_at(PAY_NAMES, ORDER_PAYS, pay);
}

bool order_pay_parse(const char *name, enum order_pay *out)
{
    unsigned at = 0;
    bool found = name != NULL && names_find(PAY_NAMES, ORDER_PAYS, name, &at);

    if (found)
        *out = (enum order_pay)at;
    return found;
}

static void token_take(struct strict *r, const char *key, char out[33])
{
    strict_text(r, key, 0, out, 33);
    if (*out != '\0' && (strlen(out) != 32 || strspn(out, "0123456789abcdef") != 32))
        r->ok = false;
}

/* ---- Placing ---- */

json_t *order_placing_to_json(const struct order_placing *placing)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s}", "service", placing->service, "card_token",
                     placing->card_token, "price_fen", (json_int_t)placing->price_fen, "pay", order_pay_name(placing->pay), "amount",
                     (json_int_t)placing->amount, "want_from_ms", (json_int_t)placing->want_from_ms, "want_to_ms",
                     (json_int_t)placing->want_to_ms, "description", placing->words, "address", placing->address, "phone",
                     placing->phone, "name", placing->name);
}

bool order_placing_from_json(json_t *json, struct order_placing *out)
{
    struct strict r = strict_open(json);

    memset(out, 0, sizeof *out);
    strict_text(&r, "service", 1, out->service, sizeof out->service);
    token_take(&r, "card_token", out->card_token);
    out->price_fen = strict_int(&r, "price_fen", 0, LEDGER_AMOUNT_MAX);
    out->pay = (enum order_pay)strict_name(&r, "pay", PAY_NAMES, ORDER_PAYS);
    out->amount = strict_int(&r, "amount", 0, LEDGER_AMOUNT_MAX);
    out->want_from_ms = strict_int(&r, "want_from_ms", 0, STRICT_MS_MAX);
    out->want_to_ms = strict_int(&r, "want_to_ms", 0, STRICT_MS_MAX);
    strict_words(&r, "description", out->words, sizeof out->words);
    strict_words(&r, "address", out->address, sizeof out->address);
    strict_words(&r, "phone", out->phone, sizeof out->phone);
    strict_words(&r, "name", out->name, sizeof out->name);
    return strict_done(&r) && *out->card_token != '\0' && (out->pay == ORDER_PAY_NONE) == (out->amount == 0) &&
           out->want_to_ms >= out->want_from_ms;
}

/* ---- Steps ---- */

json_t *order_saying_to_json(const struct order_saying *saying)
{
    json_t *staff = json_array();

    for (size_t i = 0; i < 2 && saying->staff[i][0] != '\0'; i++)
        json_array_append_new(staff, json_string(saying->staff[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:I, s:I, s:i, s:s}", "order", saying->order, "step",
                     order_step_name(saying->deed.step), "actor", order_actor_name(saying->deed.actor), "card_token",
                     saying->card_token, "staff", staff, "provider", saying->deed.provider, "visit_ms",
                     (json_int_t)saying->deed.visit_ms, "minutes", (json_int_t)saying->deed.minutes, "stars", saying->stars,
                     "description", saying->deed.reason);
}

static void staff_take(struct strict *r, struct order_saying *out)
{
    json_t *staff = strict_take(r, "staff");
    size_t count = json_array_size(staff);

    if (!json_is_array(staff) || count > 2)
        r->ok = false;
    for (size_t i = 0; r->ok && i < count; i++) {
        const char *name = json_string_value(json_array_get(staff, i));
        if (name == NULL || *name == '\0' || g_strlcpy(out->staff[i], name, sizeof out->staff[i]) >= sizeof out->staff[i])
            r->ok = false;
    }
}

static void name_take(struct strict *r, const char *key, struct order_saying *out)
{
    char text[16] = "";

    strict_text(r, key, 1, text, sizeof text);
    r->ok = r->ok && (strcmp(key, "step") == 0 ? order_step_parse(text, &out->deed.step) : order_actor_parse(text, &out->deed.actor));
}

/* The resident by their card, everybody else by the register; the clock is the platform's own. */
static bool signed_well(const struct order_saying *saying)
{
    bool resident = saying->deed.actor == ORDER_RESIDENT, card = *saying->card_token != '\0', staff = saying->staff[0][0] != '\0';

    return saying->deed.actor != ORDER_CLOCK && card == resident && staff == !resident &&
           (saying->deed.step == ORDER_DO_RATE) == (saying->stars > 0);
}

bool order_saying_from_json(json_t *json, struct order_saying *out)
{
    struct strict r = strict_open(json);

    memset(out, 0, sizeof *out);
    strict_uuid(&r, "order", out->order);
    name_take(&r, "step", out);
    name_take(&r, "actor", out);
    token_take(&r, "card_token", out->card_token);
    staff_take(&r, out);
    strict_text(&r, "provider", 0, out->deed.provider, sizeof out->deed.provider);
    out->deed.visit_ms = strict_int(&r, "visit_ms", 0, STRICT_MS_MAX);
    out->deed.minutes = strict_int(&r, "minutes", 0, ORDER_MINUTES_MAX);
    out->stars = (int)strict_int(&r, "stars", 0, ORDER_STARS_MAX);
    strict_words(&r, "description", out->deed.reason, sizeof out->deed.reason);
    return strict_done(&r) && signed_well(out);
}

bool order_resident_may(const struct order *order, enum order_step step, int64_t now_ms)
{
    struct order copy = *order;
    struct order_deed deed = {.step = step, .actor = ORDER_RESIDENT, .at_ms = now_ms};

    return order_do(&copy, &deed, NULL) == ORDER_OK;
}
