/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a payment's JSON, strictly: exactly the members that payment.c writes, each in its range. */
#include "model/model.h"
#include "model/payment.h"
#include "model/payment-names.h"

#include <openssl/crypto.h>
#include <string.h>

#define AMOUNT_FEN_MAX 100000000 /* a million yuan: far above any purse, far below any overflow */

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Walks the members of one object: counts what was asked for, so that foreign members are seen at the end. */
struct reader {
    json_t *object;
    size_t taken;
    bool ok;
};

static json_t *take(struct reader *reader, const char *key)
{
    json_t *value = json_object_get(reader->object, key);

    if (value == NULL)
        reader->ok = false;
    reader->taken++;
    return value;
}

static int64_t take_int(struct reader *reader, const char *key, int64_t min, int64_t max)
{
    json_t *value = take(reader, key);
    json_int_t number = json_integer_value(value);

    if (json_is_integer(value) && number >= min && number <= max)
        return number;
    reader->ok = false;
    return min;
}

static bool take_bool(struct reader *reader, const char *key)
{
    json_t *value = take(reader, key);

    if (!json_is_boolean(value))
        reader->ok = false;
    return json_is_true(value);
}

/* Printable ASCII of our own making: ids and numbers, no text of people. */
static void take_text(struct reader *reader, const char *key, size_t min, char *out, size_t out_size)
{
    json_t *value = take(reader, key);
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    bool good = text != NULL && len >= min && len < out_size;

    for (size_t i = 0; good && i < len; i++)
        good = g_ascii_isgraph(text[i]);
    if (good)
        memcpy(out, text, len + 1);
    else
        reader->ok = false;
}

static unsigned take_name(struct reader *reader, const char *key, const struct payment_names *names)
{
    unsigned at = 0;

    if (!payment_name_find(names, json_string_value(take(reader, key)), &at))
        reader->ok = false;
    return at;
}

static int hex_upper(char c)
{
    return g_ascii_isdigit(c) || (c >= 'A' && c <= 'F') ? g_ascii_xdigit_value(c) : -1;
}

static void take_hex(struct reader *reader, const char *key, uint8_t *out, size_t len)
{
    json_t *value = take(reader, key);
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) != 2 * len) {
        reader->ok = false;
        return;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_upper(text[2 * i]), low = hex_upper(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            reader->ok = false;
            return;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
}

static bool finished(const struct reader *reader)
{
    return reader->ok && json_object_size(reader->object) == reader->taken;
}

static void card_number_check(struct reader *reader, const char *number)
{
    for (; *number != '\0'; number++)
        if (!g_ascii_isdigit(*number))
            reader->ok = false;
}

/* The kiosk pays with T-Union cards and those of our own profile. */
static enum cc_family take_family(struct reader *reader)
{
    const char *name = json_string_value(json_object_get(reader->object, "family"));

    if (json_object_get(reader->object, "family") == NULL)
        return CC_FAMILY_T_UNION;
    reader->taken++;
    if (g_strcmp0(name, cc_family_name(CC_FAMILY_COMMUNITY)) != 0)
        reader->ok = false;
    return CC_FAMILY_COMMUNITY;
}

static bool purchase_from_json(json_t *json, struct cc_purchase *p)
{
    struct reader r = {.object = json, .ok = json_is_object(json)};

    p->state = take_name(&r, "state", &payment_card_states);
    p->evidence = take_name(&r, "evidence", &payment_evidence);
    r.ok = r.ok && p->evidence <= CC_EVIDENCE_LOG;
    take_text(&r, "card_number", 1, p->card_number, sizeof p->card_number);
    card_number_check(&r, p->card_number);
    take_hex(&r, "serial", p->serial, sizeof p->serial);
    take_hex(&r, "issuer", p->issuer, sizeof p->issuer);
    take_hex(&r, "terminal", p->terminal, sizeof p->terminal);
    p->terminal_serial = (uint32_t)take_int(&r, "terminal_serial", 0, UINT32_MAX);
    p->type = (uint8_t)take_int(&r, "type", 0, UINT8_MAX);
    p->amount_fen = (uint32_t)take_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
    p->balance_before_fen = (uint32_t)take_int(&r, "balance_before_fen", 0, UINT32_MAX);
    p->counter = (uint16_t)take_int(&r, "counter", 0, UINT16_MAX);
    p->key_version = (uint8_t)take_int(&r, "key_version", 0, UINT8_MAX);
    p->algorithm = (uint8_t)take_int(&r, "algorithm", 0, UINT8_MAX);
    take_hex(&r, "random", p->random, sizeof p->random);
    take_hex(&r, "date", p->date_bcd, sizeof p->date_bcd);
    take_hex(&r, "time", p->time_bcd, sizeof p->time_bcd);
    take_hex(&r, "mac1", p->mac1, sizeof p->mac1);
    p->has_tac = take_bool(&r, "has_tac");
    take_hex(&r, "tac", p->tac, sizeof p->tac);
    take_hex(&r, "mac2", p->mac2, sizeof p->mac2);
    p->family = take_family(&r);
    return finished(&r);
}

static bool bill_repeats(const struct payment *payment, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(payment->bills[i].id, payment->bills[at].id) == 0)
            return true;
    return false;
}

/* One debit pays these bills and nothing else: their sum is the amount. */
static bool bills_from_json(json_t *json, struct payment *payment)
{
    size_t count = json_array_size(json);
    int64_t sum_fen = 0;

    if (!json_is_array(json) || count > PAYMENT_BILLS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        json_t *bill = json_array_get(json, i);
        struct reader r = {.object = bill, .ok = json_is_object(bill)};
        take_text(&r, "id", 1, payment->bills[i].id, sizeof payment->bills[i].id);
        payment->bills[i].amount_fen = take_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
        if (!finished(&r) || bill_repeats(payment, i))
            return false;
        sum_fen += payment->bills[i].amount_fen;
    }
    payment->bill_count = count;
    return count == 0 || sum_fen == payment->purchase.amount_fen;
}

static bool load_from_json(json_t *json, struct cc_load *l)
{
    struct reader r = {.object = json, .ok = json_is_object(json)};

    l->state = take_name(&r, "state", &payment_card_states);
    l->evidence = take_name(&r, "evidence", &payment_evidence);
    r.ok = r.ok && l->evidence != CC_EVIDENCE_MAC2 && l->evidence != CC_EVIDENCE_TAC;
    take_text(&r, "card_number", 1, l->card_number, sizeof l->card_number);
    card_number_check(&r, l->card_number);
    take_hex(&r, "serial", l->serial, sizeof l->serial);
    take_hex(&r, "issuer", l->issuer, sizeof l->issuer);
    take_hex(&r, "terminal", l->terminal, sizeof l->terminal);
    l->type = (uint8_t)take_int(&r, "type", 0, UINT8_MAX);
    l->amount_fen = (uint32_t)take_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
    l->balance_before_fen = (uint32_t)take_int(&r, "balance_before_fen", 0, UINT32_MAX);
    l->counter = (uint16_t)take_int(&r, "counter", 0, UINT16_MAX);
    l->key_index = (uint8_t)take_int(&r, "key_index", 0, UINT8_MAX);
    l->key_version = (uint8_t)take_int(&r, "key_version", 0, UINT8_MAX);
    l->algorithm = (uint8_t)take_int(&r, "algorithm", 0, UINT8_MAX);
    take_hex(&r, "random", l->random, sizeof l->random);
    take_hex(&r, "mac1", l->mac1, sizeof l->mac1);
    take_hex(&r, "date", l->date_bcd, sizeof l->date_bcd);
    take_hex(&r, "time", l->time_bcd, sizeof l->time_bcd);
    take_hex(&r, "mac2", l->mac2, sizeof l->mac2);
    l->has_tac = take_bool(&r, "has_tac");
    take_hex(&r, "tac", l->tac, sizeof l->tac);
    l->family = take_family(&r);
    return finished(&r);
}

static bool token_ok(json_t *value, char out[33])
{
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) != 32 || strspn(text, "0123456789abcdef") != 32)
        return false;
    memcpy(out, text, 33);
    return true;
}

/* Cash: one who took it. A reversal: two, and they are two. */
static bool staff_from_json(json_t *json, struct payment *payment)
{
    size_t needed = payment->way == PAYMENT_WAY_REVERSAL ? 2 : 1;

    if (!json_is_array(json) || json_array_size(json) != needed)
        return false;
    for (size_t i = 0; i < needed; i++)
        if (!token_ok(json_array_get(json, i), payment->staff[i]))
            return false;
    payment->staff_count = needed;
    return needed < 2 || strcmp(payment->staff[0], payment->staff[1]) != 0;
}

static bool terms_from_json(struct reader *r, struct payment *payment)
{
    bool reversal;

    payment->way = take_name(r, "way", &payment_ways);
    take_text(r, "reverses", 0, payment->reverses, sizeof payment->reverses);
    reversal = payment->way == PAYMENT_WAY_REVERSAL;
    return (reversal ? uuid_valid(payment->reverses) : payment->reverses[0] == '\0') &&
           staff_from_json(take(r, "staff"), payment);
}

static bool kind_from_json(struct reader *r, struct payment *payment)
{
    if (json_object_get(r->object, "load") == NULL)
        return purchase_from_json(take(r, "purchase"), &payment->purchase) &&
               bills_from_json(take(r, "bills"), payment);
    payment->kind = PAYMENT_LOAD;
    return load_from_json(take(r, "load"), &payment->load) && terms_from_json(r, payment);
}

/* A member that is only written when there is something to say. */
static unsigned note_from_json(struct reader *r, const char *key, const struct payment_names *names)
{
    unsigned at = 0;

    if (json_object_get(r->object, key) != NULL) {
        at = take_name(r, key, names);
        r->ok = r->ok && at != 0;
    }
    return at;
}

bool payment_from_json(json_t *json, struct payment *out)
{
    struct payment payment = {0};
    struct reader r = {.object = json, .ok = json_is_object(json)};

    take_text(&r, "id", 36, payment.id, sizeof payment.id);
    payment.state = (enum payment_state)take_name(&r, "state", &payment_states);
    take_text(&r, "receipt_no", 0, payment.receipt_no, sizeof payment.receipt_no);
    payment.at_ms = take_int(&r, "at_ms", 0, INT64_C(253402271999999)); /* the last day of the year 9999 */
    payment.online = take_bool(&r, "online");
    payment.why = note_from_json(&r, "why", &payment_whys);
    payment.settled_by = note_from_json(&r, "settled_by", &payment_settlers);
    bool good = kind_from_json(&r, &payment) && uuid_valid(payment.id) && finished(&r);
    if (good)
        *out = payment;
    OPENSSL_cleanse(&payment, sizeof payment);
    return good;
}
