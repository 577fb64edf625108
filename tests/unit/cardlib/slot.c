/* SPDX-License-Identifier: Apache-2.0 */
#include "slot.h"

#include <glib.h>

void slot_card(struct slot *slot, struct vc_card *card)
{
    *slot = (struct slot){.card = card};
}

void slot_module(struct slot *slot, struct vc_sam *module)
{
    *slot = (struct slot){.module = module};
}

static void power(struct slot *slot)
{
    if (slot->card)
        vc_card_power(slot->card);
    else
        vc_sam_power(slot->module);
}

void slot_again(struct slot *slot, enum tear tear, unsigned at, size_t cut_to)
{
    power(slot);
    slot->tear = tear;
    slot->at = at;
    slot->cut_to = cut_to;
    slot->commands = 0;
    slot->fired = slot->gone = false;
}

static enum vc_outcome carry_out(struct slot *slot, const uint8_t *command, size_t len, uint8_t *answer,
                                 size_t room, size_t *answer_len)
{
    if (slot->card)
        return vc_card_transmit(slot->card, command, len, answer, room, answer_len);
    return vc_sam_transmit(slot->module, command, len, answer, room, answer_len);
}

static int lost(struct slot *slot, int result)
{
    slot->gone = true;
    power(slot);
    return result;
}

static int transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    struct slot *slot = ctx;
    size_t room = *answer_len;
    g_assert_false(slot->gone);
    slot->commands += 1;
    slot->debits += slot->card && command[1] == 0x54;
    slot->credits += slot->card && command[1] == 0x52;
    enum tear tear = slot->commands == slot->at ? slot->tear : TEAR_NONE;
    slot->fired = slot->fired || tear != TEAR_NONE;
    *answer_len = 0;
    if (tear == TEAR_BEFORE)
        return lost(slot, CC_ERR_REMOVED);
    if (tear == TEAR_RESET)
        power(slot);
    if (tear == TEAR_AT_COMMIT)
        *(slot->card ? &slot->card->lose_power_at_commit : &slot->module->lose_power_at_commit) = true;
    if (carry_out(slot, command, len, answer, room, answer_len) == VC_POWER_LOST)
        return lost(slot, CC_ERR_REMOVED);
    if (tear == TEAR_AFTER)
        return lost(slot, CC_ERR_REMOVED);
    if (tear == TEAR_EMPTY)
        *answer_len = 0;
    if (tear == TEAR_CUT) {
        slot->last_len = *answer_len;
        *answer_len = MIN(*answer_len, slot->cut_to);
    }
    if (*answer_len < 2)
        return lost(slot, CC_OK);
    return CC_OK;
}

struct cc_channel slot_channel(struct slot *slot)
{
    return (struct cc_channel){.ctx = slot, .transmit = transmit};
}
