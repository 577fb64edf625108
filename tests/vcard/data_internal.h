/* SPDX-License-Identifier: Apache-2.0 */
/** Between the files that read data: data_files.c the files of a directory, data.c everything else. */
#ifndef VCARD_DATA_INTERNAL_H
#define VCARD_DATA_INTERNAL_H

#include "data.h"
#include "json_read.h"

/** A JSON value that describes bytes: hex (blanks allowed), or a list of hex and texts. Returns their number. */
size_t vc_data_bytes(struct vc_reader *reader, const char *field, const json_t *value, uint8_t *out,
                     size_t room);
/** One member of "files" into directory `app`, its bytes into the fresh state. */
void vc_data_file(struct vc_reader *reader, struct vc_data_card *card, size_t app);

#endif
