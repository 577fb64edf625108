/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a payment's JSON, strictly: exactly the members that payment.c writes, each in its range. */
#include "model/model.h"
#include "model/payment.h"
#include "model/payment-names.h"
#include "model/strict.h"

#include <openssl/crypto.h>
#include <string.h>

#define AMOUNT_FEN_MAX 100000000 /* a million yuan: far above any purse, far below any overflow */

static unsigned take_name(struct strict *strict, const char *key, const struct payment_names *words)
{
    return strict_name(strict, key, words->names, words->count);
}

static void card_number_check(struct strict *reader, const char *number)
{
    for (; *number != '\0'; number++)
        if (!g_ascii_isdigit(*number))
            reader->ok = false;
}

/* The kiosk pays with T-Union cards and those of our own profile. */
static enum cc_family take_family(struct strict *reader)
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
    struct strict r = strict_open(json);

    p->state = take_name(&r, "state", &payment_card_states);
    p->evidence = take_name(&r, "evidence", &payment_evidence);
    r.ok = r.ok && p->evidence <= CC_EVIDENCE_LOG;
    strict_text(&r, "card_number", 1, p->card_number, sizeof p->card_number);
    card_number_check(&r, p->card_number);
    strict_hex(&r, "serial", p->serial, sizeof p->serial);
    strict_hex(&r, "issuer", p->issuer, sizeof p->issuer);
    strict_hex(&r, "terminal", p->terminal, sizeof p->terminal);
    p->terminal_serial = (uint32_t)strict_int(&r, "terminal_serial", 0, UINT32_MAX);
    p->type = (uint8_t)strict_int(&r, "type", 0, UINT8_MAX);
    p->amount_fen = (uint32_t)strict_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
    p->balance_before_fen = (uint32_t)strict_int(&r, "balance_before_fen", 0, UINT32_MAX);
    p->counter = (uint16_t)strict_int(&r, "counter", 0, UINT16_MAX);
    p->key_version = (uint8_t)strict_int(&r, "key_version", 0, UINT8_MAX);
    p->algorithm = (uint8_t)strict_int(&r, "algorithm", 0, UINT8_MAX);
    strict_hex(&r, "random", p->random, sizeof p->random);
    strict_hex(&r, "date", p->date_bcd, sizeof p->date_bcd);
    strict_hex(&r, "time", p->time_bcd, sizeof p->time_bcd);
    strict_hex(&r, "mac1", p->mac1, sizeof p->mac1);
    p->has_tac = strict_bool(&r, "has_tac");
    strict_hex(&r, "tac", p->tac, sizeof p->tac);
    strict_hex(&r, "mac2", p->mac2, sizeof p->mac2);
    p->family = take_family(&r);
    return strict_done(&r);
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
        struct strict r = strict_open(bill);
        strict_text(&r, "id", 1, payment->bills[i].id, sizeof payment->bills[i].id);
        payment->bills[i].amount_fen = strict_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
        if (!strict_done(&r) || bill_repeats(payment, i))
            return false;
        sum_fen += payment->bills[i].amount_fen;
    }
    payment->bill_count = count;
    return count == 0 || sum_fen == payment->purchase.amount_fen;
}

static bool load_from_json(json_t *json, struct cc_load *l)
{
    struct strict r = strict_open(json);

    l->state = take_name(&r, "state", &payment_card_states);
    l->evidence = take_name(&r, "evidence", &payment_evidence);
    r.ok = r.ok && l->evidence != CC_EVIDENCE_MAC2 && l->evidence != CC_EVIDENCE_TAC;
    strict_text(&r, "card_number", 1, l->card_number, sizeof l->card_number);
    card_number_check(&r, l->card_number);
    strict_hex(&r, "serial", l->serial, sizeof l->serial);
    strict_hex(&r, "issuer", l->issuer, sizeof l->issuer);
    strict_hex(&r, "terminal", l->terminal, sizeof l->terminal);
    l->type = (uint8_t)strict_int(&r, "type", 0, UINT8_MAX);
    l->amount_fen = (uint32_t)strict_int(&r, "amount_fen", 1, AMOUNT_FEN_MAX);
    l->balance_before_fen = (uint32_t)strict_int(&r, "balance_before_fen", 0, UINT32_MAX);
    l->counter = (uint16_t)strict_int(&r, "counter", 0, UINT16_MAX);
    l->key_index = (uint8_t)strict_int(&r, "key_index", 0, UINT8_MAX);
    l->key_version = (uint8_t)strict_int(&r, "key_version", 0, UINT8_MAX);
    l->algorithm = (uint8_t)strict_int(&r, "algorithm", 0, UINT8_MAX);
    strict_hex(&r, "random", l->random, sizeof l->random);
    strict_hex(&r, "mac1", l->mac1, sizeof l->mac1);
    strict_hex(&r, "date", l->date_bcd, sizeof l->date_bcd);
    strict_hex(&r, "time", l->time_bcd, sizeof l->time_bcd);
    strict_hex(&r, "mac2", l->mac2, sizeof l->mac2);
    l->has_tac = strict_bool(&r, "has_tac");
    strict_hex(&r, "tac", l->tac, sizeof l->tac);
    l->family = take_family(&r);
    return strict_done(&r);
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

static bool terms_from_json(struct strict *r, struct payment *payment)
{
    bool reversal;

    payment->way = take_name(r, "way", &payment_ways);
    strict_text(r, "reverses", 0, payment->reverses, sizeof payment->reverses);
    reversal = payment->way == PAYMENT_WAY_REVERSAL;
    return (reversal ? uuid_valid(payment->reverses) : payment->reverses[0] == '\0') &&
           staff_from_json(strict_take(r, "staff"), payment);
}

static bool kind_from_json(struct strict *r, struct payment *payment)
{
    if (json_object_get(r->object, "load") == NULL)
        return purchase_from_json(strict_take(r, "purchase"), &payment->purchase) &&
               bills_from_json(strict_take(r, "bills"), payment);
    payment->kind = PAYMENT_LOAD;
    return load_from_json(strict_take(r, "load"), &payment->load) && terms_from_json(r, payment);
}

/* A member that is only written when there is something to say. */
static unsigned note_from_json(struct strict *r, const char *key, const struct payment_names *names)
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
    struct strict r = strict_open(json);

    strict_text(&r, "id", 36, payment.id, sizeof payment.id);
    payment.state = (enum payment_state)take_name(&r, "state", &payment_states);
    strict_text(&r, "receipt_no", 0, payment.receipt_no, sizeof payment.receipt_no);
    payment.at_ms = strict_int(&r, "at_ms", 0, STRICT_MS_MAX);
    payment.online = strict_bool(&r, "online");
    payment.why = note_from_json(&r, "why", &payment_whys);
    payment.settled_by = note_from_json(&r, "settled_by", &payment_settlers);
    bool good = kind_from_json(&r, &payment) && uuid_valid(payment.id) && strict_done(&r);
    if (good)
        *out = payment;
    OPENSSL_cleanse(&payment, sizeof payment);
    return good;
}
