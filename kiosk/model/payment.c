/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payment's state machine (drawn in payment.h) and its one JSON form, in which it lies in the journal,
 * goes to the platform and comes back after a power cut. Reading is strict: exactly the members that are
 * written, each in its range.
 */
#include "model/payment.h"
#include "model/model.h"
#include "model/strict.h"

#include <openssl/crypto.h>
#include <string.h>

#define AMOUNT_FEN_MAX 100000000 /* a million yuan: far above any purse, far below any overflow */

/* ---- States ------------------------------------------------------------------------------------------------------ */

static const char *const STATES[] = {"INTENT", "COMMITTING", "CONFIRMED", "IN_DOUBT", "VOID"};
static const char *const PURCHASE_STATES[] = {"NONE", "PREPARED", "SENT", "CONFIRMED", "VOID", "IN_DOUBT"};
static const char *const EVIDENCE[] = {"NONE", "MAC2", "TAC", "LOG"};

G_STATIC_ASSERT(G_N_ELEMENTS(STATES) == PAYMENT_VOID + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(PURCHASE_STATES) == CC_PURCHASE_IN_DOUBT + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(EVIDENCE) == CC_EVIDENCE_LOG + 1);

const char *payment_state_name(enum payment_state state)
{
    return names_at(STATES, G_N_ELEMENTS(STATES), state);
}

bool payment_state_parse(const char *name, enum payment_state *out)
{
    unsigned at = 0;

    if (!names_find(STATES, G_N_ELEMENTS(STATES), name, &at))
        return false;
    *out = (enum payment_state)at;
    return true;
}

bool payment_may(enum payment_state from, enum payment_state to)
{
    switch (from) {
    case PAYMENT_INTENT:
        return to == PAYMENT_COMMITTING;
    case PAYMENT_COMMITTING:
        return to == PAYMENT_CONFIRMED || to == PAYMENT_IN_DOUBT || to == PAYMENT_VOID;
    case PAYMENT_IN_DOUBT:
        return to == PAYMENT_CONFIRMED || to == PAYMENT_VOID;
    case PAYMENT_CONFIRMED:
    case PAYMENT_VOID:
        break;
    }
    return false;
}

struct payment *payment_new(void)
{
    return g_new0(struct payment, 1);
}

/* The card's number and codes do not outlive the payment in memory. */
void payment_free(struct payment *payment)
{
    if (payment == NULL)
        return;
    OPENSSL_cleanse(payment, sizeof *payment);
    g_free(payment);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
    static const char HEX[] = "0123456789ABCDEF";
    char text[2 * 16 + 1];

    g_assert(len <= 16);
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = HEX[bytes[i] >> 4];
        text[2 * i + 1] = HEX[bytes[i] & 15];
    }
    return json_stringn(text, 2 * len);
}

#define HEX_OF(array) hex_json(array, sizeof(array))

/* Only cards that are not T-Union's say what they are: payments from before there were others read as they were written. */
static json_t *with_family(json_t *purchase, enum cc_family family)
{
    bool told = family != CC_FAMILY_UNKNOWN && family != CC_FAMILY_T_UNION;

    if (purchase == NULL || !told)
        return purchase;
    if (json_object_set_new(purchase, "family", json_string(cc_family_name(family))) == 0)
        return purchase;
    json_decref(purchase);
    return NULL;
}

static json_t *purchase_to_json(const struct cc_purchase *p)
{
    json_t *purchase = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:b, s:o, "
        "s:o}",                                                                                     //
        "state", names_at(PURCHASE_STATES, G_N_ELEMENTS(PURCHASE_STATES), p->state),                 //
        "evidence", names_at(EVIDENCE, G_N_ELEMENTS(EVIDENCE), p->evidence),                         //
        "card_number", p->card_number, "serial", HEX_OF(p->serial), "issuer", HEX_OF(p->issuer),    //
        "terminal", HEX_OF(p->terminal), "terminal_serial", (json_int_t)p->terminal_serial,         //
        "type", (json_int_t)p->type, "amount_fen", (json_int_t)p->amount_fen,                       //
        "balance_before_fen", (json_int_t)p->balance_before_fen, "counter", (json_int_t)p->counter, //
        "key_version", (json_int_t)p->key_version, "algorithm", (json_int_t)p->algorithm,           //
        "random", HEX_OF(p->random), "date", HEX_OF(p->date_bcd), "time", HEX_OF(p->time_bcd),      //
        "mac1", HEX_OF(p->mac1), "has_tac", p->has_tac, "tac", HEX_OF(p->tac), "mac2", HEX_OF(p->mac2));

    return with_family(purchase, p->family);
}

static json_t *bills_to_json(const struct payment *payment)
{
    json_t *bills = json_array();

    for (size_t i = 0; bills != NULL && i < payment->bill_count && i < PAYMENT_BILLS_MAX; i++) {
        json_t *bill = json_pack("{s:s, s:I}", "id", payment->bills[i].id, //
                                 "amount_fen", (json_int_t)payment->bills[i].amount_fen);
        if (json_array_append_new(bills, bill) == 0)
            continue;
        json_decref(bills);
        return NULL;
    }
    return bills;
}

json_t *payment_to_json(const struct payment *payment)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:b, s:o, s:o}", "id", payment->id, //
                     "state", payment_state_name(payment->state), "receipt_no", payment->receipt_no, "at_ms",
                     (json_int_t)payment->at_ms, "online", payment->online, //
                     "purchase", purchase_to_json(&payment->purchase), "bills", bills_to_json(payment));
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

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

    p->state = strict_name(&r, "state", PURCHASE_STATES, G_N_ELEMENTS(PURCHASE_STATES));
    p->evidence = strict_name(&r, "evidence", EVIDENCE, G_N_ELEMENTS(EVIDENCE));
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

bool payment_from_json(json_t *json, struct payment *out)
{
    struct payment payment = {0};
    struct strict r = strict_open(json);

    strict_text(&r, "id", 36, payment.id, sizeof payment.id);
    payment.state = (enum payment_state)strict_name(&r, "state", STATES, G_N_ELEMENTS(STATES));
    strict_text(&r, "receipt_no", 0, payment.receipt_no, sizeof payment.receipt_no);
    payment.at_ms = strict_int(&r, "at_ms", 0, INT64_C(253402271999999)); /* the last day of the year 9999 */
    payment.online = strict_bool(&r, "online");
    bool purchase_ok = purchase_from_json(strict_take(&r, "purchase"), &payment.purchase);
    bool good =
        purchase_ok && bills_from_json(strict_take(&r, "bills"), &payment) && uuid_valid(payment.id) && strict_done(&r);
    if (good)
        *out = payment;
    OPENSSL_cleanse(&payment, sizeof payment);
    return good;
}
