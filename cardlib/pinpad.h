/* SPDX-License-Identifier: Apache-2.0 */
/* PIN entry on the reader, PC/SC part 10: what a reader offers, and what it is told. Bytes only, no PC/SC calls. */
#ifndef CITYCARD_PINPAD_H
#define CITYCARD_PINPAD_H

#include "bytes.h"
#include "citycard.h"

/** SCardControl codes of the entries a reader offers; 0: not offered. */
struct cc_pad_features {
    uint32_t verify, modify;
};

/**
 * The answer to CM_IOCTL_GET_FEATURE_REQUEST: tag 1 ‖ length 1 ‖ control code 4, big-endian, again and again. A driver is as
 * hostile as a card: what is cut off or has another length is passed over, the first of each tag counts.
 */
void cc_pad_features_read(struct cc_bytes in, struct cc_pad_features *out);

/** Longest structure that cc_pad_build() makes. */
#define CC_PAD_STRUCTURE_MAX 64

/** PIN_VERIFY_STRUCTURE or PIN_MODIFY_STRUCTURE for the request, packed and in host order. Length, 0 for an impossible one. */
size_t cc_pad_build(const struct cc_pad_request *request, uint8_t out[CC_PAD_STRUCTURE_MAX]);

#endif
