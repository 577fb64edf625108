/* SPDX-License-Identifier: Apache-2.0 */
/**
 * BER-TLV as cards use it (ISO 7816-4, 5.2.2): tags of one to three bytes, definite lengths of one to three
 * bytes, filler bytes 00 and FF between objects. Depth and number of objects have a limit, so that no card
 * can keep us busy.
 */
#ifndef CITYCARD_TLV_H
#define CITYCARD_TLV_H

#include "bytes.h"

#define CC_TLV_DEPTH_MAX   4
#define CC_TLV_OBJECTS_MAX 64

struct cc_tlv {
    uint32_t tag;
    bool constructed;
    struct cc_bytes value;
};

enum cc_tlv_step { CC_TLV_END = 0, CC_TLV_OBJECT = 1, CC_TLV_MALFORMED = -1 };

/** Read the next object of `in`. */
enum cc_tlv_step cc_tlv_next(struct cc_bytes *in, struct cc_tlv *out);
/** First object with `tag`, looking into constructed ones. False when absent, malformed before it, or over a
 * limit. */
bool cc_tlv_find(struct cc_bytes in, uint32_t tag, struct cc_bytes *value);

#endif
