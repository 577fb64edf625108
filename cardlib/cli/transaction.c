/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A purchase or a load as JSON and back, for the recovery file. What is read may have been written by another
 * version or by anybody: each member is checked, and one wrong member makes the whole unreadable.
 */
#include "cli.h"

#include <string.h>

#define FORMAT 1

struct transaction_common transaction_common(struct transaction *transaction)
{
    struct cc_purchase *p = &transaction->purchase;
    struct cc_load *l = &transaction->load;
    if (transaction->kind == TRANSACTION_LOAD)
        return (struct transaction_common){
            &l->state,   &l->evidence, &l->family,      l->card_number,         l->serial,   l->issuer,
            l->terminal, &l->type,     &l->key_version, &l->algorithm,          l->random,   l->date_bcd,
            l->time_bcd, l->tac,       &l->amount_fen,  &l->balance_before_fen, &l->counter, &l->has_tac};
    return (struct transaction_common){
        &p->state,   &p->evidence, &p->family,      p->card_number,         p->serial,   p->issuer,
        p->terminal, &p->type,     &p->key_version, &p->algorithm,          p->random,   p->date_bcd,
        p->time_bcd, p->tac,       &p->amount_fen,  &p->balance_before_fen, &p->counter, &p->has_tac};
}

const char *transaction_noun(enum transaction_kind kind)
{
    return kind == TRANSACTION_LOAD ? "load" : "payment";
}

struct recovery_key recovery_key_of(const struct transaction *transaction)
{
    bool load = transaction->kind == TRANSACTION_LOAD;
    struct recovery_key key = {.kind = transaction->kind,
                               .family = load ? transaction->load.family : transaction->purchase.family};
    memcpy(key.serial, load ? transaction->load.serial : transaction->purchase.serial, sizeof key.serial);
    return key;
}

/* ---- Out --------------------------------------------------------------------------------------------------------- */

static void set_number(json_t *object, const char *key, uint32_t number)
{
    json_object_set_new(object, key, json_integer(number));
}

static void set_bytes(json_t *object, const char *key, const uint8_t *bytes, size_t len)
{
    json_object_set_new(object, key, json_hex(bytes, len));
}

json_t *transaction_json(const struct transaction *transaction)
{
    struct transaction copy = *transaction;
    struct transaction_common c = transaction_common(&copy);
    const struct cc_purchase *p = &transaction->purchase;
    const struct cc_load *l = &transaction->load;
    json_t *object = json_object();
    set_number(object, "format", FORMAT);
    set_number(object, "state", *c.state);
    set_number(object, "evidence", *c.evidence);
    set_number(object, "family", *c.family);
    json_object_set_new(object, "card_number", json_text(c.card_number));
    set_bytes(object, "serial", c.serial, 8);
    set_bytes(object, "issuer", c.issuer, 8);
    set_bytes(object, "terminal", c.terminal, 6);
    set_number(object, "type", *c.type);
    set_number(object, "amount_fen", *c.amount_fen);
    set_number(object, "balance_before_fen", *c.balance_before_fen);
    set_number(object, "counter", *c.counter);
    set_number(object, "key_version", *c.key_version);
    set_number(object, "algorithm", *c.algorithm);
    set_bytes(object, "random", c.random, 4);
    set_bytes(object, "date", c.date_bcd, 4);
    set_bytes(object, "time", c.time_bcd, 3);
    json_object_set_new(object, "has_tac", json_boolean(*c.has_tac));
    set_bytes(object, "tac", c.tac, 4);
    if (transaction->kind == TRANSACTION_LOAD) {
        set_number(object, "key_index", l->key_index);
        set_bytes(object, "mac1", l->mac1, sizeof l->mac1);
        set_bytes(object, "mac2", l->mac2, sizeof l->mac2);
        return object;
    }
    set_number(object, "terminal_serial", p->terminal_serial);
    set_bytes(object, "mac1", p->mac1, sizeof p->mac1);
    set_bytes(object, "mac2", p->mac2, sizeof p->mac2);
    if (p->has_security_code)
        set_bytes(object, "security_code", p->security_code, sizeof p->security_code);
    return object;
}

/* ---- In ---------------------------------------------------------------------------------------------------------- */

struct reading {
    const json_t *object;
    bool failed;
};

static uint32_t get_number(struct reading *reading, const char *key, uint32_t max)
{
    const json_t *value = json_object_get(reading->object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > (json_int_t)max) {
        reading->failed = true;
        return 0;
    }
    return (uint32_t)number;
}

static void get_bytes(struct reading *reading, const char *key, uint8_t *out, size_t len)
{
    const char *text = json_string_value(json_object_get(reading->object, key));
    if (text == NULL || strlen(text) != 2 * len || cc_unhex(text, out, len) != (int)len)
        reading->failed = true;
}

static void get_card_number(struct reading *reading, char out[CC_CARD_NUMBER_SIZE])
{
    const char *text = json_string_value(json_object_get(reading->object, "card_number"));
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len >= CC_CARD_NUMBER_SIZE || strspn(text, "0123456789ABCDEF") != len) {
        reading->failed = true;
        return;
    }
    memcpy(out, text, len + 1);
}

static void get_common(struct reading *in, struct transaction_common *c)
{
    *c->state = (enum cc_purchase_state)get_number(in, "state", CC_PURCHASE_IN_DOUBT);
    *c->evidence = (enum cc_evidence)get_number(in, "evidence", CC_EVIDENCE_PROOF);
    /* Absent in files of the time when all cards were T-Union. */
    if (json_object_get(in->object, "family") != NULL)
        *c->family = (enum cc_family)get_number(in, "family", CC_FAMILIES - 1);
    get_card_number(in, c->card_number);
    get_bytes(in, "serial", c->serial, 8);
    get_bytes(in, "issuer", c->issuer, 8);
    get_bytes(in, "terminal", c->terminal, 6);
    *c->type = (uint8_t)get_number(in, "type", UINT8_MAX);
    *c->amount_fen = get_number(in, "amount_fen", UINT32_MAX);
    *c->balance_before_fen = get_number(in, "balance_before_fen", UINT32_MAX);
    *c->counter = (uint16_t)get_number(in, "counter", UINT16_MAX);
    *c->key_version = (uint8_t)get_number(in, "key_version", UINT8_MAX);
    *c->algorithm = (uint8_t)get_number(in, "algorithm", UINT8_MAX);
    get_bytes(in, "random", c->random, 4);
    get_bytes(in, "date", c->date_bcd, 4);
    get_bytes(in, "time", c->time_bcd, 3);
    const json_t *has_tac = json_object_get(in->object, "has_tac");
    in->failed |= !json_is_boolean(has_tac);
    *c->has_tac = json_is_true(has_tac);
    get_bytes(in, "tac", c->tac, 4);
}

bool transaction_from_json(const json_t *object, enum transaction_kind kind, struct transaction *out)
{
    struct reading in = {.object = object};
    memset(out, 0, sizeof *out);
    out->kind = kind;
    if (get_number(&in, "format", UINT32_MAX) != FORMAT)
        return false;
    struct transaction_common common = transaction_common(out);
    get_common(&in, &common);
    if (kind == TRANSACTION_LOAD) {
        out->load.key_index = (uint8_t)get_number(&in, "key_index", UINT8_MAX);
        get_bytes(&in, "mac1", out->load.mac1, sizeof out->load.mac1);
        get_bytes(&in, "mac2", out->load.mac2, sizeof out->load.mac2);
        return !in.failed;
    }
    out->purchase.terminal_serial = get_number(&in, "terminal_serial", UINT32_MAX);
    get_bytes(&in, "mac1", out->purchase.mac1, sizeof out->purchase.mac1);
    get_bytes(&in, "mac2", out->purchase.mac2, sizeof out->purchase.mac2);
    out->purchase.has_security_code = json_object_get(object, "security_code") != NULL;
    if (out->purchase.has_security_code)
        get_bytes(&in, "security_code", out->purchase.security_code, sizeof out->purchase.security_code);
    return !in.failed;
}
