/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

#include <string.h>

struct cc_bytes cc_bytes_of(const uint8_t *at, size_t len)
{
    return (struct cc_bytes){.at = at, .left = len};
}

static bool has(struct cc_bytes *in, size_t len)
{
    if (in->bad || in->left < len) {
        in->bad = true;
        return false;
    }
    return true;
}

static uint32_t take_number(struct cc_bytes *in, size_t len)
{
    if (!has(in, len))
        return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | in->at[i];
    in->at += len;
    in->left -= len;
    return value;
}

uint8_t cc_take_u8(struct cc_bytes *in)
{
    return (uint8_t)take_number(in, 1);
}

uint16_t cc_take_u16(struct cc_bytes *in)
{
    return (uint16_t)take_number(in, 2);
}

uint32_t cc_take_u24(struct cc_bytes *in)
{
    return take_number(in, 3);
}

uint32_t cc_take_u32(struct cc_bytes *in)
{
    return take_number(in, 4);
}

void cc_take(struct cc_bytes *in, uint8_t *out, size_t len)
{
    if (!has(in, len)) {
        memset(out, 0, len);
        return;
    }
    if (len == 0)
        return;
    memcpy(out, in->at, len);
    in->at += len;
    in->left -= len;
}

void cc_skip(struct cc_bytes *in, size_t len)
{
    if (!has(in, len) || len == 0)
        return;
    in->at += len;
    in->left -= len;
}

struct cc_bytes cc_take_sub(struct cc_bytes *in, size_t len)
{
    if (!has(in, len))
        return (struct cc_bytes){.bad = true};
    struct cc_bytes sub = cc_bytes_of(in->at, len);
    cc_skip(in, len);
    return sub;
}

struct cc_bytes cc_bytes_slice(struct cc_bytes in, size_t offset, size_t len)
{
    cc_skip(&in, offset);
    return cc_take_sub(&in, len);
}

bool cc_bytes_all(struct cc_bytes in, uint8_t value)
{
    for (size_t i = 0; i < in.left; i++) {
        if (in.at[i] != value)
            return false;
    }
    return true;
}

bool cc_bytes_blank(struct cc_bytes in)
{
    return cc_bytes_all(in, 0x00) || cc_bytes_all(in, 0xFF);
}

uint32_t cc_bcd_date(const uint8_t bcd[4])
{
    uint32_t date = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned high = bcd[i] >> 4, low = bcd[i] & 0x0F;
        if (high > 9 || low > 9)
            return 0;
        date = date * 100 + high * 10 + low;
    }
    unsigned month = date / 100 % 100, day = date % 100;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? date : 0;
}

uint8_t cc_bcd_byte(unsigned value)
{
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

struct cc_writer cc_writer_on(uint8_t *at, size_t room)
{
    return (struct cc_writer){.at = at, .room = room};
}

static void put_number(struct cc_writer *out, uint32_t value, size_t len)
{
    if (out->bad || out->room - out->len < len) {
        out->bad = true;
        return;
    }
    for (size_t i = 0; i < len; i++)
        out->at[out->len++] = (uint8_t)(value >> 8 * (len - 1 - i));
}

void cc_put_u8(struct cc_writer *out, uint8_t value)
{
    put_number(out, value, 1);
}

void cc_put_u16(struct cc_writer *out, uint16_t value)
{
    put_number(out, value, 2);
}

void cc_put_u32(struct cc_writer *out, uint32_t value)
{
    put_number(out, value, 4);
}

void cc_put(struct cc_writer *out, const uint8_t *bytes, size_t len)
{
    if (out->bad || out->room - out->len < len) {
        out->bad = true;
        return;
    }
    if (len == 0)
        return;
    memcpy(out->at + out->len, bytes, len);
    out->len += len;
}
