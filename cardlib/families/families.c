/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all families. A new one: a description beside this file, a line here, a card in tests/vcard/data. */
#include "families.h"

/* The order of asking while nothing is known of what this reader sees: the common ones first. */
const struct cc_family_desc *const cc_family_descs[] = {
    &cc_family_t_union,  &cc_family_community, &cc_family_changsha, &cc_family_chongqing, &cc_family_tsinghua,
    &cc_family_city_union, &cc_family_social_security, &cc_family_beijing, &cc_family_shenzhen, &cc_family_wuhan,
    &cc_family_lingnan,  &cc_family_suzhou,    &cc_family_macau,
};
const size_t cc_family_desc_count = sizeof cc_family_descs / sizeof cc_family_descs[0];

const struct cc_family_desc *cc_family_desc_of(enum cc_family family)
{
    enum cc_family wanted = family == CC_FAMILY_UNKNOWN ? CC_FAMILY_T_UNION : family;
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        if (cc_family_descs[i]->family == wanted)
            return cc_family_descs[i];
    }
    return NULL;
}

const char *cc_family_name(enum cc_family family)
{
    switch (family) {
    case CC_FAMILY_UNKNOWN:
        return "unknown";
    case CC_FAMILY_BANK:
        return "bank";
    case CC_FAMILY_ISO7816:
        return "iso7816";
    case CC_FAMILY_STORAGE:
        return "storage";
    default:
        break;
    }
    const struct cc_family_desc *desc = cc_family_desc_of(family);
    return desc ? desc->name : "unknown";
}

const struct cc_sam_system cc_sam_systems[] = {
    /* A000000632 and "MOT.CPSAM01"; terminals in service also select by the first seven bytes. */
    {.name = "t-union",
     .aid = {0xA0, 0x00, 0x00, 0x06, 0x32, 'M', 'O', 'T', '.', 'C', 'P', 'S', 'A', 'M', '0', '1'},
     .aid_len = 16,
     .aid_short_len = 7},
    {.name = "pboc", .file = 0xDF01},
    {.name = "campus", .file = 0xDF03},
};
const size_t cc_sam_system_count = sizeof cc_sam_systems / sizeof cc_sam_systems[0];
