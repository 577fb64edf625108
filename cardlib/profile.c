/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

const struct cc_profile cc_profile_t_union = {
    .family = CC_FAMILY_T_UNION,
    .aid = {0xA0, 0x00, 0x00, 0x06, 0x32, 0x01, 0x01, 0x05},
    .aid_len = 8,
    .sfi_application = 0x15,
    .application_len = 30,
    .sfi_holder = 0x16,
    .holder_len = 55,
    .sfi_management = 0x17,
    .management_len = 11,
    .sfi_log = 0x18,
    .log_record_len = 23,
    .purse_p2 = 0x02,
    .purchase_init_p1 = 0x01,
    .purchase_type = 0x06,
    /* A000000632 and "MOT.CPSAM01"; terminals in service also select by the first seven bytes. */
    .sam_aid = {0xA0, 0x00, 0x00, 0x06, 0x32, 'M', 'O', 'T', '.', 'C', 'P', 'S', 'A', 'M', '0', '1'},
    .sam_aid_len = 16,
    .sam_aid_short_len = 7,
    .sam_df = 0xDF01,
    .factors = {CC_FACTOR_CARD_SERIAL, CC_FACTOR_ISSUER},
    .factor_count = 2,
    .factors_fallback = 1,
    .tac_key_p1 = 0x44,
    .tac_key_p2 = 0x00,
    .mac_p1 = 0x05,
};

const struct cc_profile *cc_profile_of(enum cc_family family)
{
    return family == CC_FAMILY_T_UNION ? &cc_profile_t_union : 0;
}
