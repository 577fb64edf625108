/* SPDX-License-Identifier: Apache-2.0 */
/** Cards and PSAMs out of one JSON file each (README.md: "Data of a card"). Strict: a wrong file is refused whole. */
#ifndef VCARD_DATA_H
#define VCARD_DATA_H

#include "model.h"

/** A card of a data file: what it is, and its fresh state. */
struct vc_data_card {
    char key[32];    /* the file's name without .json */
    char number[33]; /* "number" of "expect": for people only, may be empty */
    struct vc_profile profile;
    struct vc_card_state fresh;
};

/** A PSAM of a data file. */
struct vc_data_sam {
    struct vc_sam_identity identity;
    struct vc_keys masters;
};

/** "card" or "psam" file? False, and one sentence in `error`, when it is neither. */
bool vc_data_is_sam(const char *path, bool *is_sam, char *error, size_t error_size);
/** On failure false, and one sentence in `error`. */
bool vc_data_card(const char *path, struct vc_data_card *card, char *error, size_t error_size);
bool vc_data_sam(const char *path, struct vc_data_sam *sam, char *error, size_t error_size);

#endif
