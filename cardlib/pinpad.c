/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PC/SC part 10, with the fields of CCID 1.1, 6.1.11 and 6.1.12.
 *
 * The PIN stands in the command as BCD pairs, left-justified, no length field (JR/T 0025.2: VERIFY). A block of fixed size is
 * filled up with F by the template; with block size 0 the reader sends the digits alone and sets Lc itself. A fixed block for
 * a PIN of any length would be wrong: the card would compare the filling too, and count a miss.
 */
#include "pinpad.h"

#include <string.h>

#define TAG_VERIFY_PIN_DIRECT 0x06
#define TAG_MODIFY_PIN_DIRECT 0x07

#define FORMAT_BCD_LEFT 0x81 /* units are bytes, PIN at offset 0 of the data, left-justified, BCD */
#define BY_OK_KEY       0x02 /* entry ends with the OK key */
#define LANGUAGE_ZH_CN  0x0804
#define CONFIRM_AND_OLD 0x03 /* ask for the new PIN twice, and for the old one first */
#define THREE_MESSAGES  0x03 /* old, new, new again */

#define DIGITS_MIN   4
#define DIGITS_MAX   12
#define TIMEOUT_S_MAX 120

void cc_pad_features_read(struct cc_bytes in, struct cc_pad_features *out)
{
    memset(out, 0, sizeof *out);
    while (in.left >= 2) {
        uint8_t tag = cc_take_u8(&in);
        struct cc_bytes value = cc_take_sub(&in, cc_take_u8(&in));
        if (value.bad || in.bad)
            return;
        uint32_t code = value.left == 4 ? cc_take_u32(&value) : 0;
        if (tag == TAG_VERIFY_PIN_DIRECT && out->verify == 0)
            out->verify = code;
        if (tag == TAG_MODIFY_PIN_DIRECT && out->modify == 0)
            out->modify = code;
    }
}

/* The structures are in the byte order of the machine, unlike everything else in this library. */
static void put_host16(struct cc_writer *out, uint16_t value)
{
    cc_put(out, (const uint8_t *)&value, sizeof value);
}

static void put_host32(struct cc_writer *out, uint32_t value)
{
    cc_put(out, (const uint8_t *)&value, sizeof value);
}

static void put_filling(struct cc_writer *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        cc_put_u8(out, 0xFF);
}

static void put_head(struct cc_writer *out, const struct cc_pad_request *request, uint8_t block)
{
    cc_put_u8(out, (uint8_t)request->timeout_s); /* bTimerOut */
    cc_put_u8(out, (uint8_t)request->timeout_s); /* bTimerOut2: after the first key */
    cc_put_u8(out, FORMAT_BCD_LEFT);
    cc_put_u8(out, block); /* bmPINBlockString: no length in the data */
    cc_put_u8(out, 0);     /* bmPINLengthFormat */
}

static void put_digits(struct cc_writer *out, const struct cc_pad_request *request)
{
    put_host16(out, (uint16_t)(request->digits_min << 8 | request->digits_max)); /* wPINMaxExtraDigit */
}

/* VERIFY 00 20 00 reference. */
static void put_verify(struct cc_writer *out, const struct cc_pad_request *request, uint8_t block)
{
    put_head(out, request, block);
    put_digits(out, request);
    cc_put_u8(out, BY_OK_KEY);
    cc_put_u8(out, 1); /* bNumberMessage */
    put_host16(out, LANGUAGE_ZH_CN);
    cc_put_u8(out, 0); /* bMsgIndex */
    cc_put(out, (const uint8_t[3]){0}, 3);
    put_host32(out, 5u + block);
    cc_put(out, (const uint8_t[]){0x00, 0x20, 0x00, request->reference, block}, 5);
    put_filling(out, block);
}

/* CHANGE PIN 80 5E 01 reference, old PIN ‖ FF ‖ new PIN (JR/T 0025.2). */
static void put_change(struct cc_writer *out, const struct cc_pad_request *request, uint8_t block)
{
    uint8_t lc = (uint8_t)(2 * block + 1);
    put_head(out, request, block);
    cc_put_u8(out, 0);                    /* bInsertionOffsetOld */
    cc_put_u8(out, (uint8_t)(block + 1)); /* bInsertionOffsetNew */
    put_digits(out, request);
    cc_put_u8(out, CONFIRM_AND_OLD);
    cc_put_u8(out, BY_OK_KEY);
    cc_put_u8(out, THREE_MESSAGES);
    put_host16(out, LANGUAGE_ZH_CN);
    cc_put(out, (const uint8_t[3]){0, 1, 2}, 3); /* bMsgIndex1 to 3 */
    cc_put(out, (const uint8_t[3]){0}, 3);
    put_host32(out, 5u + lc);
    cc_put(out, (const uint8_t[]){0x80, 0x5E, 0x01, request->reference, lc}, 5);
    put_filling(out, lc);
}

size_t cc_pad_build(const struct cc_pad_request *request, uint8_t out[CC_PAD_STRUCTURE_MAX])
{
    bool fixed = request->digits_min == request->digits_max;
    if (request->digits_min < DIGITS_MIN || request->digits_max > DIGITS_MAX ||
        request->digits_min > request->digits_max || request->timeout_s < 1 || request->timeout_s > TIMEOUT_S_MAX)
        return 0;
    uint8_t block = fixed ? (uint8_t)((request->digits_max + 1) / 2) : 0;
    struct cc_writer writer = cc_writer_on(out, CC_PAD_STRUCTURE_MAX);
    if (request->kind == CC_PAD_VERIFY)
        put_verify(&writer, request, block);
    else if (request->kind == CC_PAD_CHANGE && fixed)
        put_change(&writer, request, block);
    return writer.bad ? 0 : writer.len;
}
