/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What differs between card families and PSAM systems, as data. The sources of these facts disagree in places
 * (see README.md); an operator whose PSAM differs changes a value here, not code.
 */
#ifndef CITYCARD_PROFILE_H
#define CITYCARD_PROFILE_H

#include "citycard.h"

#define CC_FACTORS_MAX 3

enum cc_factor {
    CC_FACTOR_CARD_SERIAL, /* rightmost 8 bytes of the application serial */
    CC_FACTOR_ISSUER,      /* issuer code, EF15[0..7] */
};

struct cc_profile {
    enum cc_family family;
    uint8_t aid[16], aid_len;

    /* Files of the application, by short identifier, and how much of each is of use. */
    uint8_t sfi_application, application_len;
    uint8_t sfi_holder, holder_len;
    uint8_t sfi_management, management_len;
    uint8_t sfi_log, log_record_len;

    /* Purse. */
    uint8_t purse_p2;         /* 01 ED, 02 EP */
    uint8_t purchase_init_p1; /* 01 purchase, 03 compound */
    uint8_t purchase_type;    /* 06 EP purchase */

    /* PSAM application: names in the order of trying, then the file identifier of its ADF. */
    uint8_t sam_aid[16], sam_aid_len, sam_aid_short_len;
    uint16_t sam_df;

    /* 80 70: diversification factors in order; after 6700 only the first `factors_fallback` are sent. */
    enum cc_factor factors[CC_FACTORS_MAX];
    uint8_t factor_count, factors_fallback;

    /* TAC by the PSAM: 80 1A `tac_key_p1` `tac_key_p2`, then 80 FA `mac_p1` 00. */
    uint8_t tac_key_p1, tac_key_p2, mac_p1;
};

extern const struct cc_profile cc_profile_t_union;

/** Profile of a family, NULL for one this library does not know. */
const struct cc_profile *cc_profile_of(enum cc_family family);

#endif
