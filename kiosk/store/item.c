/* SPDX-License-Identifier: Apache-2.0 */
#include "store/item.h"
#include "model/content.h"
#include "model/model.h"
#include "model/order-event.h"
#include "model/payment.h"
#include "model/strict.h"

#include <openssl/crypto.h>
#include <string.h>

#define AMOUNT_FEN_MAX 100000000

/* How a member must look. */
enum form {
    FORM_ID,    /* printable ASCII without blanks */
    FORM_TOKEN, /* 32 lower-case hex digits */
    FORM_WORD,  /* lower-case letters and _ */
    FORM_LINE,  /* text of one line */
    FORM_TEXT,  /* text, with line ends */
    FORM_DATE,  /* YYYYMMDD, as a number or as eight digits; kept as a number */
    FORM_AMOUNT,
    FORM_BOOL,
    FORM_STATE,
    FORM_DOUBT_STATE,
    FORM_NUMBER, /* from 0 on: times, counts, numbers of orders */
    FORM_PAY,
};

struct member {
    const char *name;
    enum form form;
    size_t bytes_max; /* of strings */
    bool needed;      /* else an absent or null member becomes "" or false */
};

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
    {"urgent", FORM_BOOL, 0, false},
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

/* ---- One member --------------------------------------------------------------------------------------------------- */

static bool state_known(enum form form, const char *text)
{
    static const char *const BILL_STATES[] = {"UNPAID", "PAID", "PAID_ELSEWHERE", "CLOSED", NULL};
    static const char *const DOUBT_STATES[] = {"OPEN", "PAID", "VOID", NULL};
    return g_strv_contains(form == FORM_STATE ? BILL_STATES : DOUBT_STATES, text);
}

static bool character_fits(enum form form, gunichar c)
{
    switch (form) {
    case FORM_ID:
        return c > ' ' && c < 0x7F;
    case FORM_TOKEN:
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    case FORM_WORD:
        return (c >= 'a' && c <= 'z') || c == '_';
    case FORM_TEXT:
        return c == '\n' || !g_unichar_iscntrl(c);
    case FORM_LINE:
        return !g_unichar_iscntrl(c);
    default:
        return c < 0x80;
    }
}

/* jansson has made sure that it is UTF-8; a NUL within is a control character. */
static bool string_fits(const struct member *member, json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);

    if (text == NULL || len > member->bytes_max || (member->form == FORM_TOKEN && len != 32) ||
        (len == 0 && (member->form == FORM_ID || member->form == FORM_WORD)))
        return false;
    if (strlen(text) != len)
        return false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (!character_fits(member->form, g_utf8_get_char(p)))
            return false;
    enum order_pay pay;
    if (member->form == FORM_PAY)
        return order_pay_parse(text, &pay);
    return (member->form != FORM_STATE && member->form != FORM_DOUBT_STATE) || state_known(member->form, text);
}

static int64_t date_of(json_t *value)
{
    guint64 number = 0;

    if (json_is_string(value) && json_string_length(value) == 8 &&
        g_ascii_string_to_unsigned(json_string_value(value), 10, 0, 99991231, &number, NULL))
        return date_valid((uint32_t)number) ? (int64_t)number : -1;
    json_int_t plain = json_integer_value(value);
    return plain > 0 && plain <= 99991231 && date_valid((uint32_t)plain) ? plain : -1;
}

/* The member as it will be kept, new reference; NULL when it does not fit. */
static json_t *member_read(const struct member *member, json_t *value)
{
    if (!member->needed && (value == NULL || json_is_null(value)))
        return member->form == FORM_BOOL ? json_false() : json_string("");
    switch (member->form) {
    case FORM_DATE:
        return date_of(value) > 0 ? json_integer(date_of(value)) : NULL;
    case FORM_AMOUNT: {
        json_int_t fen = json_is_integer(value) ? json_integer_value(value) : -1;
        return fen >= 0 && fen <= AMOUNT_FEN_MAX ? json_integer(fen) : NULL;
    }
    case FORM_BOOL:
        return json_is_boolean(value) ? json_incref(value) : NULL;
    case FORM_NUMBER:
        return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= STRICT_MS_MAX ? json_incref(value)
                                                                                                                     : NULL;
    default:
        return string_fits(member, value) ? json_incref(value) : NULL;
    }
}

/* All members of one object, new reference; NULL and the name of the first that does not fit. */
static json_t *members_read(const struct member *members, size_t count, json_t *value, const char **wrong)
{
    json_t *out = json_object();

    *wrong = "value";
    for (size_t i = 0; out != NULL && i < count; i++) {
        json_t *kept = member_read(&members[i], json_object_get(value, members[i].name));
        if (json_object_set_new(out, members[i].name, kept) == 0)
            continue;
        *wrong = members[i].name;
        json_decref(out);
        return NULL;
    }
    return out;
}

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
                                        [ITEM_SERVICE] = "service", [ITEM_PROVIDER] = "provider", [ITEM_ORDER] = "order"};

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
    if (!string_fits(&KEY, json_object_get(json, "key")))
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
