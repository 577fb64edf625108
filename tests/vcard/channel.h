/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A model behind cardlib's seam, with a fault plan and without pcscd: what the same faults look like to a program that
 * talks through PC/SC. A closed link is an empty success, a promise kept in part a short one (vpcd does both), a promise
 * broken off an error, and whatever comes after is CC_ERR_REMOVED until the test sets `gone` to false again.
 */
#ifndef VCARD_CHANNEL_H
#define VCARD_CHANNEL_H

#include "cardlib/citycard.h"
#include "data.h"
#include "faults.h"

#include <string.h>

struct vc_channel {
    struct vc_device device;
    struct vc_faults faults;
    bool gone;
    /** Another card is put in: replace `device`. NULL leaves the slot empty. */
    void (*swap)(void *ctx, const char *key);
    void *swap_ctx;
    struct vc_play play; /* of the last command */
};

static inline int vc_channel_finish(struct vc_channel *channel)
{
    const struct vc_play *play = &channel->play;
    if (!play->gone)
        return CC_OK;
    channel->gone = true;
    if (play->swap_key[0] && channel->swap) {
        channel->swap(channel->swap_ctx, play->swap_key);
        channel->gone = false;
    }
    return play->wire == VC_WIRE_CUT && play->len == 0 ? CC_ERR_REMOVED : CC_OK;
}

static inline int vc_channel_transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                                      size_t *answer_len)
{
    struct vc_channel *channel = ctx;
    size_t room = *answer_len;
    *answer_len = 0;
    if (channel->gone)
        return CC_ERR_REMOVED;
    vc_faults_run(&channel->faults, &channel->device, command, command_len, &channel->play);
    if (channel->play.wire == VC_WIRE_WHOLE || channel->play.wire == VC_WIRE_CUT) {
        *answer_len = channel->play.len < room ? channel->play.len : room;
        memcpy(answer, channel->play.answer, *answer_len);
    }
    return vc_channel_finish(channel);
}

static inline struct cc_channel vc_channel_open(struct vc_channel *channel, struct vc_device device)
{
    memset(channel, 0, sizeof(*channel));
    channel->device = device;
    return (struct cc_channel){channel, vc_channel_transmit};
}

/** A card or PSAM out of a data file, in memory only, and the channel to it. */
struct vc_loaded {
    bool is_sam;
    struct vc_data_card data; /* of a card: what it is, and its fresh state */
    struct vc_card card;
    struct vc_data_sam sam_data;
    struct vc_sam sam;
    struct vc_channel channel;
};

/** Load `path` (tests/vcard/data/NAME.json) and open a channel to it. On failure false, and one sentence in `error`. */
static inline bool vc_channel_load(struct vc_loaded *loaded, const char *path, struct cc_channel *out,
                                   char *error, size_t error_size)
{
    static const struct vc_sam_state fresh = {.commits = 0};
    if (!vc_data_is_sam(path, &loaded->is_sam, error, error_size))
        return false;
    if (loaded->is_sam) {
        if (!vc_data_sam(path, &loaded->sam_data, error, error_size))
            return false;
        vc_sam_init(&loaded->sam, &loaded->sam_data.identity, &loaded->sam_data.masters, &fresh);
        *out = vc_channel_open(&loaded->channel, vc_sam_device(&loaded->sam));
        return true;
    }
    if (!vc_data_card(path, &loaded->data, error, error_size))
        return false;
    vc_card_setup(&loaded->card, &loaded->data.profile, &loaded->data.fresh);
    *out = vc_channel_open(&loaded->channel, vc_card_device(&loaded->card));
    return true;
}

#endif
