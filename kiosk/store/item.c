/* SPDX-License-Identifier: Apache-2.0 */
#include "store/item.h"
#include "store/member.h"
#include "model/content.h"
#include "model/model.h"
#include "model/order-event.h"
#include "model/payment.h"
#include "model/strict.h"

#include <openssl/crypto.h>
#include <string.h>

static const struct member BILLER[] = {
    {"id", FORM_ID, 63, true},
    {"kind", FORM_WORD, 15, true},
    {"name_zh", FORM_LINE, 63, true},
    {"name_en", FORM_LINE, 63, true},
};

static const struct member BILL[] = {
    {"id", FORM_ID, 63, true},
    {"card_token", FORM_TOKEN, 32, true},
    {"account_masked", FORM_LINE, 31, false},
    {"period", FORM_LINE, 15, true},
    {"name_masked", FORM_LINE, 63, false},
    {"address_masked", FORM_LINE, 127, false},
    {"usage", FORM_LINE, 31, false},
    {"amount_fen", FORM_AMOUNT, 0, true},
    {"issue", FORM_DATE, 8, true},
    {"due", FORM_DATE, 8, true},
    {"state", FORM_STATE, 15, true},
};

static const struct member NOTICE[] = {
    {"id", FORM_ID, 63, true},          {"kind", FORM_WORD, 31, true},
    {"title_zh", FORM_LINE, 127, true}, {"title_en", FORM_LINE, 127, true},
    {"body_zh", FORM_TEXT, 1023, true}, {"body_en", FORM_TEXT, 1023, true},
    {"from", FORM_DATE, 8, true},       {"to", FORM_DATE, 8, true},
    {"urgent", FORM_BOOL, 0, false},    {"symbol", FORM_WORD, 15, false},
};

static const struct member DOUBT[] = {
    {"id", FORM_ID, 36, true},
    {"card_token", FORM_TOKEN, 32, true},
    {"kiosk", FORM_ID, 31, true},
    {"state", FORM_DOUBT_STATE, 15, true},
};

static const struct member SERVICE[] = {
    {"id", FORM_ID, ORDER_SERVICE_SIZE - 1, true}, {"place", FORM_NUMBER, 0, true},      {"name_zh", FORM_LINE, 63, true},
    {"name_en", FORM_LINE, 63, true},              {"need", FORM_WORD, 15, true},        {"unit", FORM_LINE, 15, false},
    {"price_fen", FORM_AMOUNT, 0, true},           {"coin_min", FORM_AMOUNT, 0, true},  {"subsidy_fen", FORM_AMOUNT, 0, true},
    {"minutes", FORM_NUMBER, 0, true},             {"accept_ms", FORM_NUMBER, 0, true}, {"own_words", FORM_BOOL, 0, false},
    {"at_home", FORM_BOOL, 0, false},
};

static const struct member PROVIDER[] = {
    {"id", FORM_ID, ORDER_PROVIDER_SIZE - 1, true}, {"kind", FORM_WORD, 15, true},   {"name_zh", FORM_LINE, 63, true},
    {"name_en", FORM_LINE, 63, true},               {"phone", FORM_LINE, 32, false}, {"hours", FORM_LINE, 63, false},
    {"services", FORM_LINE, 255, false},
};

static const struct member ORDER[] = {
    {"id", FORM_ID, 36, true},
    {"no", FORM_NUMBER, 0, true},
    {"card_token", FORM_TOKEN, 32, true},
    {"service", FORM_ID, ORDER_SERVICE_SIZE - 1, true},
    {"want_from_ms", FORM_NUMBER, 0, true},
    {"want_to_ms", FORM_NUMBER, 0, true},
    {"price_fen", FORM_AMOUNT, 0, true},
    {"pay", FORM_PAY, 15, true},
    {"amount", FORM_NUMBER, 0, true},
    {"stars", FORM_NUMBER, 0, true},
    {"remind", FORM_BOOL, 0, false},
};

static int64_t number_in(json_t *value, const char *name)
{
    return json_integer_value(json_object_get(value, name));
}

static const char *text_in(json_t *value, const char *name)
{
    return json_string_value(json_object_get(value, name));
}

/* ---- Topics ------------------------------------------------------------------------------------------------------- */

static const char *bill_read(json_t *value, struct item *out)
{
    const char *wrong = NULL;
    json_t *biller = members_read(BILLER, G_N_ELEMENTS(BILLER), json_object_get(value, "biller"), &wrong);

    if (biller == NULL)
        return "biller";
    out->value = members_read(BILL, G_N_ELEMENTS(BILL), value, &wrong);
    if (json_object_set_new(out->value, "biller", biller) != 0)
        return wrong;
    out->card_token = text_in(out->value, "card_token");
    out->state = text_in(out->value, "state");
    out->amount_fen = number_in(out->value, "amount_fen");
    out->due = number_in(out->value, "due");
    return NULL;
}

/* What belongs to it, as far as it can be read: a notice is shown without what does not fit. */
static void files_keep(json_t *from, json_t *to)
{
    json_t *files = json_array(), *one;
    struct file_told file;
    size_t i;

    json_array_foreach(json_object_get(from, "files"), i, one)
        if (json_array_size(files) < NOTICE_FILES_MAX && file_told_from_json(one, &file))
            json_array_append_new(files, file_told_to_json(&file));
    json_object_set_new(to, "files", files);
}

static const char *notice_read(json_t *value, struct item *out)
{
    const char *wrong = NULL;

    out->value = members_read(NOTICE, G_N_ELEMENTS(NOTICE), value, &wrong);
    if (out->value == NULL)
        return wrong;
    out->from = number_in(out->value, "from");
    out->to = number_in(out->value, "to");
    out->urgent = json_is_true(json_object_get(out->value, "urgent"));
    files_keep(value, out->value);
    return out->from <= out->to ? NULL : "from";
}

/* Taken over whole: another kiosk's doubt is settled with all of it, ours with what came of it. */
static const char *doubt_payment_read(json_t *value, struct item *out)
{
    json_t *json = json_object_get(value, "payment");
    struct payment payment;
    bool good = payment_from_json(json, &payment);
    enum payment_state said = strcmp(out->state, "PAID") == 0   ? PAYMENT_CONFIRMED
                              : strcmp(out->state, "VOID") == 0 ? PAYMENT_VOID
                                                                : PAYMENT_IN_DOUBT;

    good = good && strcmp(payment.id, out->key) == 0 && payment.state == said &&
           json_object_set(out->value, "payment", json) == 0;
    OPENSSL_cleanse(&payment, sizeof payment);
    return good ? NULL : "payment";
}

static const char *doubt_read(json_t *value, struct item *out)
{
    const char *wrong = NULL;

    out->value = members_read(DOUBT, G_N_ELEMENTS(DOUBT), value, &wrong);
    if (out->value == NULL)
        return wrong;
    out->card_token = text_in(out->value, "card_token");
    out->kiosk = text_in(out->value, "kiosk");
    out->state = text_in(out->value, "state");
    return doubt_payment_read(value, out);
}

static const char *catalogue_read(json_t *value, struct item *out)
{
    const char *wrong = NULL;

    out->value = out->topic == ITEM_SERVICE ? members_read(SERVICE, G_N_ELEMENTS(SERVICE), value, &wrong)
                                            : members_read(PROVIDER, G_N_ELEMENTS(PROVIDER), value, &wrong);
    return out->value == NULL ? wrong : NULL;
}

/* Its state is taken over whole, as the model has it. */
static const char *order_read(json_t *value, struct item *out)
{
    json_t *state = json_object_get(value, "order");
    const char *wrong = NULL;
    struct order order;

    out->value = members_read(ORDER, G_N_ELEMENTS(ORDER), value, &wrong);
    if (out->value == NULL)
        return wrong;
    out->card_token = text_in(out->value, "card_token");
    return order_from_json(state, &order) && json_object_set(out->value, "order", state) == 0 ? NULL : "order";
}

static const char *value_read(json_t *value, struct item *out)
{
    const char *wrong = NULL;

    switch (out->topic) {
    case ITEM_BILL:
        wrong = bill_read(value, out);
        break;
    case ITEM_DOUBT:
        wrong = doubt_read(value, out);
        break;
    case ITEM_SERVICE:
    case ITEM_PROVIDER:
        wrong = catalogue_read(value, out);
        break;
    case ITEM_ORDER:
        wrong = order_read(value, out);
        break;
    case ITEM_CATEGORY:
    case ITEM_PLACE:
    case ITEM_CALENDAR:
    case ITEM_TICKET:
    case ITEM_CASE:
        wrong = item_ticket_read(value, out);
        break;
    default:
        wrong = notice_read(value, out);
        break;
    }
    if (wrong != NULL)
        return wrong;
    return strcmp(text_in(out->value, "id"), out->key) == 0 ? NULL : "key";
}

static enum item_topic topic_of(const char *name)
{
    static const char *const NAMES[] = {[ITEM_BILL] = "bill",       [ITEM_NOTICE] = "notice",     [ITEM_DOUBT] = "doubt",
                                        [ITEM_SERVICE] = "service", [ITEM_PROVIDER] = "provider", [ITEM_ORDER] = "order",
                                        [ITEM_CATEGORY] = "category", [ITEM_PLACE] = "place", [ITEM_CALENDAR] = "calendar",
                                        [ITEM_TICKET] = "ticket",   [ITEM_CASE] = "case"};

    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(NAMES); i++)
        if (strcmp(name, NAMES[i]) == 0)
            return (enum item_topic)i;
    return ITEM_FOREIGN;
}

static const char *item_fill(json_t *json, struct item *out)
{
    static const struct member KEY = {"key", FORM_ID, 63, true};
    json_t *version = json_object_get(json, "version"), *deleted = json_object_get(json, "deleted");

    out->topic = topic_of(text_in(json, "topic"));
    if (out->topic == ITEM_FOREIGN)
        return "topic";
    if (!member_string_fits(&KEY, json_object_get(json, "key")))
        return "key";
    out->key = text_in(json, "key");
    out->version = json_integer_value(version);
    if (!json_is_integer(version) || out->version < 0)
        return "version";
    if (deleted != NULL && !json_is_boolean(deleted))
        return "deleted";
    out->deleted = json_is_true(deleted);
    return out->deleted ? NULL : value_read(json_object_get(json, "value"), out);
}

const char *item_read(json_t *json, struct item *out)
{
    memset(out, 0, sizeof *out);
    const char *wrong = item_fill(json, out);
    if (wrong != NULL)
        item_clear(out);
    return wrong;
}

void item_clear(struct item *item)
{
    json_decref(item->value);
    item->value = NULL;
}
