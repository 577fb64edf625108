/* SPDX-License-Identifier: Apache-2.0 */
/** Fields of a card's files, by their description. */
#ifndef CITYCARD_FIELDS_H
#define CITYCARD_FIELDS_H

#include "bytes.h"
#include "family.h"

/** A card while it is read. The name's own bytes are kept, so that one cut by the end of its record can be put together. */
struct cc_reading {
    struct cc_card *card;
    uint8_t name[64];
    size_t name_len;
};

/**
 * Take the fields of one file or record value out of `in`. CC_OK; CC_NOT_FOUND when it is blank; CC_ERR_PROTOCOL when it is
 * shorter than its family's cards have it, or its number is none: then nothing is taken. Fields beyond the end of a file
 * that is long enough stay empty.
 */
int cc_fields_take(const struct cc_file_desc *file, struct cc_bytes in, struct cc_reading *reading);

/** One record of a purse log, 23 bytes; amounts times `factor`. CC_OK, CC_NOT_FOUND (blank), CC_ERR_PROTOCOL (short). */
int cc_log_parse(struct cc_bytes in, uint8_t factor, struct cc_log_entry *entry);
/** One journey, 48 bytes, likewise. */
int cc_journey_parse(struct cc_bytes in, struct cc_journey *journey);

#endif
