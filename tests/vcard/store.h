/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The cards' and the PSAM's memory on disk: one JSON file each, replaced atomically (write aside, fsync, rename, fsync
 * of the folder) before the answer that tells of it leaves.
 */
#ifndef VCARD_STORE_H
#define VCARD_STORE_H

#include "model.h"

struct vc_store {
    int folder; /* descriptor, locked against a second process */
};

enum vc_found { VC_FOUND, VC_ABSENT, VC_DAMAGED };

/** Make the folder if it is not there, and lock it. On failure false, and one sentence in `error`. */
bool vc_store_open(struct vc_store *store, const char *path, char *error, size_t error_size);
void vc_store_close(struct vc_store *store);

/** *state is the fresh card: what an older program's file lacks stays as it is there. */
enum vc_found vc_store_load_card(const struct vc_store *store, const struct vc_profile *profile,
                                 const char *key, struct vc_card_state *state);
bool vc_store_save_card(const struct vc_store *store, const struct vc_profile *profile, const char *key,
                        const struct vc_card_state *state);
enum vc_found vc_store_load_sam(const struct vc_store *store, struct vc_sam_state *state);
bool vc_store_save_sam(const struct vc_store *store, const struct vc_sam_state *state);

#endif
