/* SPDX-License-Identifier: Apache-2.0 */
/** The demonstration community: who holds which card, and its keys. */
#ifndef VCARD_COMMUNITY_H
#define VCARD_COMMUNITY_H

#include "model.h"

#define VC_PERSONAS_MAX 64

struct vc_community {
    struct vc_persona personas[VC_PERSONAS_MAX];
    size_t count;
    struct vc_keys keys;
    struct vc_sam_identity sam;
};

/** Read both files. On failure false, and one sentence in `error`. */
bool vc_community_load(struct vc_community *community, const char *personas_path, const char *keys_path,
                       char *error, size_t error_size);
/** Borrowed; NULL when nobody has that key. */
const struct vc_persona *vc_community_find(const struct vc_community *community, const char *key);

#endif
