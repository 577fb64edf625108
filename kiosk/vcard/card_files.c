/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, writing, and what each of the two takes. ISO 7816-4; JR/T 0025.2 for records that have a tag. */
#include "card_internal.h"

#include <string.h>

/* ---- Finding -------------------------------------------------------------------------------------------------------- */

uint8_t vc_card_file(const struct vc_card *card, unsigned id, bool by_fid)
{
    uint64_t here = vc_card_app(card)->files;
    for (size_t i = 0; i < card->profile.file_count; i++) {
        const struct vc_file *file = &card->profile.files[i];
        bool fits = by_fid ? file->fid && file->fid == id : file->sfi && file->sfi == id;
        if (fits && here >> i & 1)
            return (uint8_t)i;
    }
    return VC_NONE;
}

size_t vc_card_tagged(const struct vc_card *card, uint8_t file, uint8_t tag)
{
    size_t len = 0;
    for (size_t i = 1; i <= card->state.counts[file]; i++) {
        const uint8_t *record = vc_state_record(&card->profile, &card->state, file, i, &len);
        if (record && len && record[0] == tag)
            return i;
    }
    return 0;
}

/* The file that a short identifier names, 0 meaning the selected one. VC_NONE with the status that says why. */
static uint8_t find(const struct vc_card *card, unsigned sfi, bool records, uint16_t *sw)
{
    bool current = sfi == 0;
    uint8_t file =
        current ? (card->session.has_file ? card->session.file : VC_NONE) : vc_card_file(card, sfi, false);
    *sw = file == VC_NONE ? (current ? 0x6986 : 0x6A82) : 0;
    if (file != VC_NONE && (card->profile.files[file].kind != VC_BINARY) != records)
        *sw = 0x6981;
    return *sw ? VC_NONE : file;
}

/* 0, or why this command may not touch the file: PIN or key not shown, MAC missing or wrong. */
static uint16_t allow(struct vc_card *card, enum vc_access access, const struct vc_command *command)
{
    uint8_t pin = vc_card_pin(card);
    bool secured = command->cla & 0x04;
    if (access == VC_NEVER || (access == VC_WITH_MAC && !secured))
        return 0x6982;
    if (access == VC_WITH_PIN && (pin == VC_NONE || !(card->session.pin_verified >> pin & 1)))
        return 0x6982;
    if (access == VC_WITH_EXTERNAL && !card->session.authenticated)
        return 0x6982;
    return secured ? vc_card_check_mac(card, VC_KEY_MAINTENANCE, command) : 0;
}

/* ---- Reading -------------------------------------------------------------------------------------------------------- */

/* A plain read has a Le and no data; one under secure messaging brings a MAC (and usually a Le). */
static bool wrong_read_length(const struct vc_command *command)
{
    bool secured = command->cla & 0x04;
    return secured ? command->lc != 4 : command->lc || !command->has_le;
}

bool vc_card_read_binary(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool by_sfi = command->p1 & 0x80;
    size_t offset = by_sfi ? command->p2 : (size_t)(command->p1 << 8 | command->p2);
    uint16_t sw = 0;
    if (wrong_read_length(command))
        return vc_reply_status(reply, 0x6700);
    if (by_sfi && (command->p1 & 0x60))
        return vc_reply_status(reply, 0x6A86);
    uint8_t index = find(card, by_sfi ? command->p1 & 0x1F : 0, false, &sw);
    if (by_sfi && (command->p1 & 0x1F) == 0)
        sw = 0x6A82;
    if (!sw)
        sw = allow(card, card->profile.files[index].read, command);
    if (sw)
        return vc_reply_status(reply, sw);
    const struct vc_file *file = &card->profile.files[index];
    if (offset >= file->size)
        return vc_reply_status(reply, 0x6B00);
    size_t rest = file->size - offset, asked = command->has_le ? command->le : 256;
    vc_reply_put(reply, card->state.image + file->at + offset, asked < rest ? asked : rest);
    reply->sw = 0x9000;
    if (by_sfi) {
        card->session.has_file = true;
        card->session.file = index;
    }
    return true;
}

/* P2's low bits: 100 means record number P1, 000 the first record whose identifier (tag) is P1. */
static size_t record_number(const struct vc_card *card, uint8_t file, const struct vc_command *command,
                            uint16_t *sw)
{
    bool by_tag = (command->p2 & 7) == 0;
    *sw = by_tag && !card->profile.files[file].by_tag ? card->profile.files[file].tag_sw : 0;
    if (*sw)
        return 0;
    size_t number = by_tag ? vc_card_tagged(card, file, command->p1) : command->p1;
    *sw = number == 0 || number > card->state.counts[file] ? 0x6A83 : 0;
    return number;
}

bool vc_card_read_record(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint16_t sw = 0;
    size_t len = 0;
    if (wrong_read_length(command))
        return vc_reply_status(reply, 0x6700);
    if ((command->p2 & 7) != 4 && (command->p2 & 7) != 0)
        return vc_reply_status(reply, 0x6A86);
    uint8_t file = find(card, command->p2 >> 3, true, &sw);
    size_t number = sw ? 0 : record_number(card, file, command, &sw);
    if (!sw)
        sw = allow(card, card->profile.files[file].read, command);
    if (sw)
        return vc_reply_status(reply, sw);
    const uint8_t *record = vc_state_record(&card->profile, &card->state, file, number, &len);
    vc_reply_put(reply, record, record ? len : 0);
    reply->sw = 0x9000;
    if (command->p2 >> 3) {
        card->session.has_file = true;
        card->session.file = file;
    }
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------------------------------- */

/* The data without the MAC that secure messaging put behind them. */
static size_t data_len(const struct vc_command *command)
{
    return command->cla & 0x04 ? command->lc - 4 : command->lc;
}

bool vc_card_update_binary(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    bool by_sfi = command->p1 & 0x80;
    size_t offset = by_sfi ? command->p2 : (size_t)(command->p1 << 8 | command->p2);
    uint16_t sw = 0;
    if (by_sfi && (command->p1 & 0x60))
        return vc_reply_status(reply, 0x6A86);
    uint8_t index = find(card, by_sfi ? command->p1 & 0x1F : 0, false, &sw);
    if (!sw)
        sw = allow(card, card->profile.files[index].update, command);
    if (sw)
        return vc_reply_status(reply, sw);
    const struct vc_file *file = &card->profile.files[index];
    size_t len = data_len(command);
    if (len == 0)
        return vc_reply_status(reply, 0x6700);
    if (offset > file->size || len > file->size - offset)
        return vc_reply_status(reply, 0x6B00);
    memcpy(next.image + file->at + offset, command->data, len);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

/* A record of its own length keeps it; where there is a tag, the new record has the same. */
static bool fits_record(const struct vc_card *card, uint8_t index, size_t number, const uint8_t *data,
                        size_t len)
{
    const struct vc_file *file = &card->profile.files[index];
    size_t old_len = 0;
    const uint8_t *old = vc_state_record(&card->profile, &card->state, index, number, &old_len);
    return len && old && len == old_len && (!file->by_tag || data[0] == old[0]);
}

bool vc_card_update_record(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    uint16_t sw = 0, allowed;
    if ((command->p2 & 7) != 4 && (command->p2 & 7) != 0)
        return vc_reply_status(reply, 0x6A86);
    uint8_t file = find(card, command->p2 >> 3, true, &sw);
    if (!sw && card->profile.files[file].update == VC_NEVER)
        sw = 0x6982;
    size_t number = sw ? 0 : record_number(card, file, command, &sw);
    if (sw)
        return vc_reply_status(reply, sw);
    allowed = allow(card, card->profile.files[file].update, command);
    if (allowed)
        return vc_reply_status(reply, allowed);
    size_t len = data_len(command);
    if (!fits_record(card, file, number, command->data, len))
        return vc_reply_status(reply, 0x6700);
    vc_state_put(&card->profile, &next, file, number, command->data, len);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_append(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    uint16_t sw = 0;
    if (command->p1 || (command->p2 & 7))
        return vc_reply_status(reply, 0x6A86);
    uint8_t index = find(card, command->p2 >> 3, true, &sw);
    if (!sw)
        sw = allow(card, card->profile.files[index].update, command);
    if (sw)
        return vc_reply_status(reply, sw);
    const struct vc_file *file = &card->profile.files[index];
    size_t len = data_len(command);
    if (len == 0 || len > file->size || (file->kind != VC_VARIABLE && len != file->size))
        return vc_reply_status(reply, 0x6700);
    if (file->kind == VC_CYCLIC)
        vc_state_push(&card->profile, &next, index, command->data, len);
    else if (!vc_state_put(&card->profile, &next, index, next.counts[index] + 1u, command->data, len))
        return vc_reply_status(reply, 0x6A84);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}
