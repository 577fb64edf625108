/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's PSAM. Start-up reads EF15 (serial) and EF16 (terminal number) in the MF, selects the purchase application,
 * and reads EF17 (key index, issuer, receiver, dates) there. Modules differ in how files are reached: by short identifier
 * or by SELECT and READ BINARY; and in how the application is: see cc_sam_systems. What each family's PSAM wants (order and
 * number of the factors, key usages) is in the family's description.
 */
#include "psam.h"

#include "codes.h"
#include "family.h"
#include "recognise.h"

#include <openssl/crypto.h>
#include <string.h>

#define MASTER_FILE      0x3F00
#define SAM_SERIAL_LEN   10
#define SAM_PUBLIC_LEN   14 /* EF15: serial 10, version, key-card type, issuer FCI 2 */
#define SAM_TERMINAL_LEN 6
#define SAM_PURCHASE_LEN 25 /* EF17: key index, issuer 8, receiver 8, start 4, end 4 */
#define SAM_BLOCK_MAX    240 /* data of one 80 FA besides the initial value: whole blocks below 255 */

static int read_master_file(struct cc_sam *sam)
{
    struct cc_answer answer;
    int result = cc_select_file(&sam->port, MASTER_FILE, &answer); /* after power-on it is selected anyway */
    if (result != CC_OK)
        return result;
    result = cc_file_read_either(&sam->port, 0x15, SAM_PUBLIC_LEN, &answer);
    if (result < 0)
        return result;
    struct cc_bytes in = cc_answer_bytes(&answer);
    if (result == CC_OK)
        cc_take(&in, sam->serial, SAM_SERIAL_LEN);
    result = cc_file_read_either(&sam->port, 0x16, SAM_TERMINAL_LEN, &answer);
    if (result != CC_OK)
        return result;
    in = cc_answer_bytes(&answer);
    bool whole = in.left == SAM_TERMINAL_LEN;
    bool blank = cc_bytes_blank(in);
    cc_take(&in, sam->terminal, SAM_TERMINAL_LEN);
    return whole && !blank ? CC_OK : CC_ERR_SAM;
}

/* CC_OK when the selection succeeded, CC_NOT_FOUND when it was refused. */
static int selected(int result, const struct cc_answer *answer)
{
    if (result != CC_OK)
        return result;
    return answer->sw == 0x9000 ? CC_OK : CC_NOT_FOUND;
}

static int try_name(struct cc_port *port, const uint8_t *name, size_t len)
{
    struct cc_answer answer;
    int result = len > 0 ? cc_select_name(port, name, len, &answer) : CC_NOT_FOUND;
    return selected(result, &answer);
}

static int try_file(struct cc_port *port, uint16_t file)
{
    struct cc_answer answer;
    int result = file != 0 ? cc_select_file(port, file, &answer) : CC_NOT_FOUND;
    return selected(result, &answer);
}

/*
 * A resident's card can have DF01, EF15 and EF16 too, and some cards answer to a name they only begin like:
 * whatever has the T-Union purse is no PSAM.
 */
static int refuse_resident_card(struct cc_port *port)
{
    struct cc_card card = {0};
    int result = cc_family_select(port, cc_family_desc_of(CC_FAMILY_T_UNION), &card);
    if (result == CC_OK || result == CC_CARD_BLOCKED)
        return CC_ERR_SAM;
    return result == CC_ERR_UNSUPPORTED ? CC_OK : result;
}

static int select_purchase_application(struct cc_port *port)
{
    int result = CC_NOT_FOUND;
    for (size_t i = 0; i < cc_sam_system_count && result == CC_NOT_FOUND; i++) {
        const struct cc_sam_system *system = &cc_sam_systems[i];
        result = try_name(port, system->aid, system->aid_len);
        if (result == CC_NOT_FOUND)
            result = try_name(port, system->aid, system->aid_short_len);
        if (result == CC_NOT_FOUND)
            result = try_file(port, system->file);
    }
    return result;
}

/* A short or absent EF17 leaves key index 1, no issuer and no dates. */
static int read_purchase_file(struct cc_sam *sam)
{
    struct cc_answer answer;
    uint8_t from[4], to[4];
    sam->key_index = 1;
    int result = cc_file_read_either(&sam->port, 0x17, SAM_PURCHASE_LEN, &answer);
    if (result != CC_OK)
        return result == CC_NOT_FOUND ? CC_OK : result;
    struct cc_bytes in = cc_answer_bytes(&answer);
    if (in.left < SAM_PURCHASE_LEN || cc_bytes_blank(in))
        return CC_OK;
    sam->key_index = cc_take_u8(&in);
    cc_take(&in, sam->issuer, sizeof sam->issuer);
    cc_take(&in, sam->receiver, sizeof sam->receiver);
    cc_take(&in, from, sizeof from);
    cc_take(&in, to, sizeof to);
    sam->valid_from = cc_bcd_date(from);
    sam->valid_to = cc_bcd_date(to);
    return CC_OK;
}

static bool in_force(const struct cc_sam *sam, uint32_t today)
{
    if (today == 0)
        return true;
    return today >= sam->valid_from && (sam->valid_to == 0 || today <= sam->valid_to);
}

int cc_sam_open(struct cc_sam *sam, const struct cc_channel *channel, uint32_t today)
{
    cc_port_init(&sam->port, channel);
    return cc_sam_open_port(sam, today);
}

int cc_sam_open_port(struct cc_sam *sam, uint32_t today)
{
    struct cc_port port = sam->port;
    *sam = (struct cc_sam){.port = port};
    int result = refuse_resident_card(&sam->port);
    if (result == CC_OK)
        result = read_master_file(sam);
    if (result == CC_OK)
        result = select_purchase_application(&sam->port);
    if (result == CC_OK)
        result = read_purchase_file(sam);
    if (result == CC_OK)
        return in_force(sam, today) ? CC_OK : CC_ERR_SAM;
    /* The service or the reader being gone is worth knowing; anything else means "no PSAM in this slot". */
    bool elsewhere = result == CC_ERR_NO_SERVICE || result == CC_ERR_NO_READER || result == CC_ERR_IN_USE;
    return elsewhere ? result : CC_ERR_SAM;
}

int cc_sam_check(const struct cc_sam *sam, const struct cc_sam_expected *expected)
{
    if (expected->has_terminal && memcmp(sam->terminal, expected->terminal, sizeof sam->terminal) != 0)
        return CC_ERR_SAM;
    if (expected->has_issuer && memcmp(sam->issuer, expected->issuer, sizeof sam->issuer) != 0)
        return CC_ERR_SAM;
    return CC_OK;
}

bool cc_sam_session_is(const struct cc_sam *sam, const struct cc_purchase *purchase)
{
    return sam && sam->live && !sam->port.broken && sam->live_serial == purchase->terminal_serial &&
           memcmp(sam->terminal, purchase->terminal, sizeof sam->terminal) == 0;
}

/* ---- Factors ---- */

static const struct cc_payment_desc *payment_of(enum cc_family family)
{
    const struct cc_family_desc *desc = cc_family_desc_of(family);
    return desc && desc->payment.supported ? &desc->payment : NULL;
}

static struct cc_diversity diversity_of(const struct cc_purchase *purchase)
{
    return (struct cc_diversity){
        .family = purchase->family, .serial = purchase->serial, .issuer = purchase->issuer};
}

/* The first `count` factors; bad when the family has not so many. */
static void put_factors(struct cc_writer *out, size_t count, const struct cc_diversity *of)
{
    const struct cc_payment_desc *payment = payment_of(of->family);
    out->bad = out->bad || !payment || count > payment->factor_count;
    for (size_t i = 0; i < count && !out->bad; i++) {
        switch (payment->factors[i]) {
        case CC_FACTOR_CARD_SERIAL:
            cc_put(out, of->serial, 8);
            break;
        case CC_FACTOR_ISSUER:
            cc_put(out, of->issuer, 8);
            break;
        }
    }
}

/* ---- A purchase ---- */

/* 9000 and exactly `len` bytes, else CC_ERR_SAM. */
static int ask(struct cc_sam *sam, const struct cc_command *command, size_t len, struct cc_answer *answer)
{
    int result = cc_apdu(&sam->port, command, answer);
    return result == CC_OK && answer->sw == 0x9000 && answer->len == len ? CC_OK : CC_ERR_SAM;
}

int cc_sam_security_code(struct cc_sam *sam, const uint8_t code[9])
{
    struct cc_command command = {.cla = 0x80, .ins = 0xCA, .data = code, .data_len = 9, .le = CC_LE_NONE};
    struct cc_answer answer;
    sam->live = false;
    return ask(sam, &command, 0, &answer);
}

/* Table of 80 70: random, counter, amount, type, date, time, key version, algorithm, factors. */
static int send_init_purchase(struct cc_sam *sam, size_t factors, const struct cc_purchase *purchase,
                              struct cc_answer *answer)
{
    uint8_t body[20 + 8 * CC_FACTORS_MAX] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    const struct cc_diversity of = diversity_of(purchase);
    cc_put(&out, purchase->random, sizeof purchase->random);
    cc_put_u16(&out, purchase->counter);
    cc_put_u32(&out, purchase->amount_fen);
    cc_put_u8(&out, purchase->type);
    cc_put(&out, purchase->date_bcd, sizeof purchase->date_bcd);
    cc_put(&out, purchase->time_bcd, sizeof purchase->time_bcd);
    cc_put_u8(&out, purchase->key_version);
    cc_put_u8(&out, purchase->algorithm);
    put_factors(&out, factors, &of);
    if (out.bad)
        return CC_ERR_ARGUMENT;
    struct cc_command command = {.cla = 0x80, .ins = 0x70, .data = body, .data_len = out.len, .le = 8};
    return cc_apdu(&sam->port, &command, answer);
}

int cc_sam_init_purchase(struct cc_sam *sam, struct cc_purchase *purchase)
{
    const struct cc_payment_desc *payment = payment_of(purchase->family);
    struct cc_answer answer;
    sam->live = false;
    if (!payment)
        return CC_ERR_ARGUMENT;
    int result = send_init_purchase(sam, payment->factor_count, purchase, &answer);
    if (result == CC_OK && answer.sw == 0x6700 && payment->factors_fallback < payment->factor_count)
        result = send_init_purchase(sam, payment->factors_fallback, purchase, &answer);
    if (result != CC_OK || answer.sw != 0x9000 || answer.len != 8)
        return CC_ERR_SAM;
    struct cc_bytes in = cc_answer_bytes(&answer);
    purchase->terminal_serial = cc_take_u32(&in);
    cc_take(&in, purchase->mac1, sizeof purchase->mac1);
    sam->live = true;
    sam->live_serial = purchase->terminal_serial;
    sam->debit_sent = false;
    return CC_OK;
}

bool cc_sam_check_mac2(struct cc_sam *sam, const uint8_t mac2[4])
{
    struct cc_command command = {.cla = 0x80, .ins = 0x72, .data = mac2, .data_len = 4, .le = CC_LE_NONE};
    struct cc_answer answer;
    int result = cc_apdu(&sam->port, &command, &answer);
    if (result != CC_OK || answer.sw != 0x9000)
        return false;
    sam->live = false; /* credited: the session is over */
    return true;
}

/* ---- Codes with a key of the card's ---- */

static int load_key(struct cc_sam *sam, const struct cc_diversity *of, uint8_t p1, uint8_t p2)
{
    uint8_t body[8 * CC_FACTORS_MAX] = {0};
    struct cc_writer out = cc_writer_on(body, sizeof body);
    struct cc_answer answer;
    put_factors(&out, p1 >> 5, of); /* P1: the top three bits are the levels */
    struct cc_command command = {.cla = 0x80, .ins = 0x1A, .p1 = p1, .p2 = p2, .data = body};
    command.data_len = out.len;
    command.le = CC_LE_NONE;
    return out.bad ? CC_ERR_ARGUMENT : ask(sam, &command, 0, &answer);
}

/*
 * P1 of 80 FA: bit 0 a MAC, bit 1 more blocks follow, bit 2 the data begin with the initial value. So one block alone is 05;
 * more of them are 07, 03 …, 01.
 */
static int send_blocks(struct cc_sam *sam, uint8_t single_p1, const uint8_t iv[8], struct cc_bytes data, uint8_t mac[4])
{
    uint8_t body[8 + SAM_BLOCK_MAX] = {0};
    struct cc_answer answer;
    for (bool first = true;; first = false) {
        struct cc_writer out = cc_writer_on(body, sizeof body);
        if (first)
            cc_put(&out, iv, 8);
        struct cc_bytes part = cc_take_sub(&data, data.left > SAM_BLOCK_MAX ? SAM_BLOCK_MAX : data.left);
        cc_put(&out, part.at, part.left);
        bool more = data.left > 0;
        struct cc_command command = {.cla = 0x80, .ins = 0xFA, .data = body, .data_len = out.len};
        command.p1 = (uint8_t)((first ? single_p1 : single_p1 & ~0x04) | (more ? 0x02 : 0x00));
        command.le = more ? CC_LE_NONE : 4;
        command.once = !first || more; /* a part that the PSAM took in twice would give another MAC */
        if (ask(sam, &command, more ? 0 : 4, &answer) != CC_OK)
            return CC_ERR_SAM;
        if (!more)
            break;
    }
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, mac, 4);
    return CC_OK;
}

int cc_sam_mac(struct cc_sam *sam, const struct cc_diversity *of, uint8_t p1, uint8_t p2, const uint8_t iv[8],
               const uint8_t *data, size_t len, uint8_t mac[4])
{
    const struct cc_payment_desc *payment = payment_of(of->family);
    uint8_t padded[5 + 255 + 8] = {0};
    struct cc_writer out = cc_writer_on(padded, sizeof padded);
    sam->live = false;
    if (!payment)
        return CC_ERR_UNSUPPORTED;
    cc_put(&out, data, len);
    cc_put_u8(&out, 0x80); /* ISO 9797 padding method 2, done by the caller; the rest is zero */
    size_t whole = (out.len + 7) / 8 * 8;
    int result = out.bad || whole > sizeof padded ? CC_ERR_ARGUMENT : load_key(sam, of, p1, p2);
    if (result == CC_OK)
        result = send_blocks(sam, payment->mac_p1, iv, cc_bytes_of(padded, whole), mac);
    OPENSSL_cleanse(padded, sizeof padded); /* an issuer's command may hold what is nobody's business */
    return result;
}

int cc_sam_purchase_tac(struct cc_sam *sam, const struct cc_purchase *purchase, uint8_t tac[4])
{
    static const uint8_t iv[8] = {0};
    const struct cc_payment_desc *payment = payment_of(purchase->family);
    const struct cc_diversity of = diversity_of(purchase);
    uint8_t data[22] = {0};
    struct cc_writer out = cc_writer_on(data, sizeof data);
    if (!payment)
        return CC_ERR_UNSUPPORTED;
    cc_code_purchase_tac(&out, purchase);
    return cc_sam_mac(sam, &of, payment->tac_key_p1, payment->tac_key_p2, iv, data, out.len, tac);
}
