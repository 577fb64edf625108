/* SPDX-License-Identifier: Apache-2.0 */
#include "tlv.h"

/* ISO 7816-4, 5.2.2.1: low five bits all set means that more tag bytes follow, the last with its top bit
 * clear. */
static uint32_t take_tag(struct cc_bytes *in, bool *constructed)
{
    uint8_t byte = cc_take_u8(in);
    uint32_t tag = byte;
    *constructed = (byte & 0x20) != 0;
    if ((byte & 0x1F) != 0x1F)
        return tag;
    for (int more = 0; more < 2; more++) {
        byte = cc_take_u8(in);
        tag = tag << 8 | byte;
        if (!(byte & 0x80))
            return tag;
    }
    in->bad = true;
    return 0;
}

/* 5.2.2.2: 00 to 7F, 81 xx, 82 xx xx. The indefinite form (80) is not for cards. */
static size_t take_length(struct cc_bytes *in)
{
    uint8_t first = cc_take_u8(in);
    if (first < 0x80)
        return first;
    if (first == 0x81)
        return cc_take_u8(in);
    if (first == 0x82)
        return cc_take_u16(in);
    in->bad = true;
    return 0;
}

enum cc_tlv_step cc_tlv_next(struct cc_bytes *in, struct cc_tlv *out)
{
    *out = (struct cc_tlv){0};
    while (!in->bad && in->left > 0 && (in->at[0] == 0x00 || in->at[0] == 0xFF))
        cc_skip(in, 1);
    if (in->bad)
        return CC_TLV_MALFORMED;
    if (in->left == 0)
        return CC_TLV_END;
    uint32_t tag = take_tag(in, &out->constructed);
    size_t len = take_length(in);
    struct cc_bytes value = cc_take_sub(in, len);
    if (in->bad)
        return CC_TLV_MALFORMED;
    out->tag = tag;
    out->value = value;
    return CC_TLV_OBJECT;
}

static bool find_within(struct cc_bytes in, uint32_t tag, struct cc_bytes *value, unsigned depth,
                        unsigned *budget)
{
    struct cc_tlv object;
    while (cc_tlv_next(&in, &object) == CC_TLV_OBJECT) {
        if (*budget == 0)
            return false;
        *budget -= 1;
        if (object.tag == tag) {
            *value = object.value;
            return true;
        }
        if (object.constructed && depth < CC_TLV_DEPTH_MAX &&
            find_within(object.value, tag, value, depth + 1, budget))
            return true;
    }
    return false;
}

bool cc_tlv_find(struct cc_bytes in, uint32_t tag, struct cc_bytes *value)
{
    unsigned budget = CC_TLV_OBJECTS_MAX;
    *value = cc_bytes_of(NULL, 0);
    return find_within(in, tag, value, 1, &budget);
}
