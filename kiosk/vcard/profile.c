/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles put together, and records where a profile says that they are. */
#include "model.h"

#include <stdio.h>
#include <string.h>

size_t vc_file_stride(const struct vc_file *file)
{
    return (size_t)file->size + (file->kind == VC_VARIABLE);
}

size_t vc_file_room(const struct vc_file *file)
{
    return file->kind == VC_BINARY ? file->size : vc_file_stride(file) * file->slots;
}

uint8_t vc_profile_add_file(struct vc_profile *profile, size_t app, const struct vc_file *file)
{
    size_t index = profile->file_count, room = vc_file_room(file);
    bool unlawful = file->kind != VC_BINARY && (file->size > 255 || file->slots == 0);
    if (index == VC_FILES_MAX || room > VC_IMAGE_MAX - profile->image_used || room == 0 || unlawful)
        return VC_NONE;
    profile->files[index] = *file;
    profile->files[index].at = (uint16_t)profile->image_used;
    profile->image_used += room;
    profile->file_count++;
    profile->apps[app].files |= UINT64_C(1) << index;
    return (uint8_t)index;
}

bool vc_profile_add_key(struct vc_profile *profile, const struct vc_key *key)
{
    if (profile->key_count == VC_KEYS_MAX)
        return false;
    profile->keys[profile->key_count++] = *key;
    return true;
}

uint8_t vc_profile_file(const struct vc_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->file_count; i++)
        if (strcmp(profile->files[i].name, name) == 0)
            return (uint8_t)i;
    return VC_NONE;
}

uint8_t vc_profile_purse(const struct vc_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->purse_count; i++)
        if (strcmp(profile->purses[i].name, name) == 0)
            return (uint8_t)i;
    return VC_NONE;
}

struct vc_app vc_app_empty(const char *name)
{
    struct vc_app app = {.purses = {VC_NONE, VC_NONE}, .fci_file = VC_NONE};
    snprintf(app.name, sizeof(app.name), "%s", name);
    return app;
}

/* ---- Records ------------------------------------------------------------------------------------------------------ */

const uint8_t *vc_state_record(const struct vc_profile *profile, const struct vc_card_state *state,
                               uint8_t file, size_t number, size_t *len)
{
    if (file >= profile->file_count || number == 0 || number > state->counts[file])
        return NULL;
    const struct vc_file *at = &profile->files[file];
    const uint8_t *slot = state->image + at->at + (number - 1) * vc_file_stride(at);
    if (len)
        *len = at->kind == VC_VARIABLE ? slot[0] : at->size;
    return at->kind == VC_VARIABLE ? slot + 1 : slot;
}

bool vc_state_put(const struct vc_profile *profile, struct vc_card_state *state, uint8_t file, size_t number,
                  const uint8_t *bytes, size_t len)
{
    const struct vc_file *at = &profile->files[file];
    bool variable = at->kind == VC_VARIABLE;
    if (number == 0 || number > at->slots || number > state->counts[file] + 1u || len > at->size)
        return false;
    uint8_t *slot = state->image + at->at + (number - 1) * vc_file_stride(at);
    memset(slot, 0, vc_file_stride(at));
    for (size_t i = 0; i < len; i++)
        slot[variable + i] = bytes[i];
    if (variable)
        slot[0] = (uint8_t)len;
    if (number > state->counts[file])
        state->counts[file] = (uint8_t)number;
    return true;
}

void vc_state_push(const struct vc_profile *profile, struct vc_card_state *state, uint8_t file,
                   const uint8_t *bytes, size_t len)
{
    const struct vc_file *at = &profile->files[file];
    size_t stride = vc_file_stride(at);
    memmove(state->image + at->at + stride, state->image + at->at, (at->slots - 1u) * stride);
    if (state->counts[file] < at->slots)
        state->counts[file]++;
    vc_state_put(profile, state, file, 1, bytes, len < at->size ? len : at->size);
}
