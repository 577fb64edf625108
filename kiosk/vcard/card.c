/* SPDX-License-Identifier: Apache-2.0 */
/* The card: power, selection, and the table of commands. ISO 7816-4 (selection), JR/T 0025.2 (purse commands). */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

enum { FID_MF = 0x3F00 };

void vc_card_setup(struct vc_card *card, const struct vc_profile *profile, const struct vc_card_state *state)
{
    memset(card, 0, sizeof(*card));
    card->profile = *profile;
    card->state = *state;
    card->transport.chaining = profile->chaining;
}

void vc_card_cleanse(struct vc_card *card)
{
    OPENSSL_cleanse(card, sizeof(*card));
}

void vc_card_power(struct vc_card *card)
{
    memset(&card->session, 0, sizeof(card->session));
    card->transport.keeps = false;
}

/* ---- What the other files call ---------------------------------------------------------------------------------- */

bool vc_card_commit(struct vc_card *card, struct vc_card_state *next, struct vc_reply *reply)
{
    enum vc_commit outcome = VC_COMMITTED;
    next->commits = card->state.commits + 1;
    if (card->lose_power_at_commit)
        outcome = VC_COMMIT_POWER_LOST;
    else if (card->commit)
        outcome = card->commit(card->commit_ctx, next);
    if (outcome == VC_COMMITTED)
        card->state = *next;
    else
        *reply = (struct vc_reply){.sw = 0x6581};
    return outcome != VC_COMMIT_POWER_LOST;
}

bool vc_card_random(struct vc_card *card, uint8_t *out, size_t len)
{
    return card->random ? card->random(card->random_ctx, out, len) : vc_random(out, len);
}

const struct vc_app *vc_card_app(const struct vc_card *card)
{
    return &card->profile.apps[card->session.app];
}

uint8_t *vc_card_key(struct vc_card *card, enum vc_key_kind kind)
{
    for (size_t i = 0; i < card->profile.key_count; i++)
        if (card->profile.keys[i].kind == kind)
            return card->state.rekeyed[i] ? card->state.new_keys[i] : card->profile.keys[i].value;
    return NULL;
}

/* ---- Selection ---------------------------------------------------------------------------------------------------- */

/* 6F { 84 name, A5 { 9F08 version, 9F0C the public file as it is now } } */
static void build_fci(const struct vc_card *card, const struct vc_app *app, struct vc_reply *reply)
{
    struct vc_reply inner = {.len = 0};
    if (app->fci_version_len) {
        const uint8_t version[] = {0x9F, 0x08, app->fci_version_len};
        vc_reply_put(&inner, version, sizeof(version));
        vc_reply_put(&inner, app->fci_version, app->fci_version_len);
    }
    if (app->fci_file != VC_NONE) {
        const struct vc_file *file = &card->profile.files[app->fci_file];
        const uint8_t issuer[] = {0x9F, 0x0C, app->fci_size};
        vc_reply_put(&inner, issuer, sizeof(issuer));
        for (size_t i = 0; i < app->fci_size; i++) {
            size_t behind = i - file->size;
            vc_reply_put8(&inner, i < file->size               ? card->state.image[file->at + i]
                                  : behind < app->fci_tail_len ? app->fci_tail[behind]
                                                               : 0x00);
        }
    }
    const uint8_t outer[] = {0x6F, (uint8_t)(app->aid_len + inner.len + 4), 0x84, app->aid_len},
                  middle[] = {0xA5, (uint8_t)inner.len};
    vc_reply_put(reply, outer, sizeof(outer));
    vc_reply_put(reply, app->aid, app->aid_len);
    vc_reply_put(reply, middle, sizeof(middle));
    vc_reply_put(reply, inner.data, inner.len);
}

/* A blocked application still shows its FCI; only the status tells. */
static void select_app(struct vc_card *card, size_t index, bool fci, struct vc_reply *reply)
{
    const struct vc_app *app = &card->profile.apps[index];
    enum vc_block block = card->state.blocks[index];
    memset(&card->session, 0, sizeof(card->session));
    card->session.app = (uint8_t)index;
    reply->sw = block == VC_BLOCKED_FOR_EVER ? 0x9303 : block == VC_BLOCKED ? 0x6A81 : 0x9000;
    if (!fci || block == VC_BLOCKED_FOR_EVER)
        return;
    if (app->fci_built)
        build_fci(card, app, reply);
    else
        vc_reply_put(reply, app->fci, app->fci_len);
}

static void select_by_fid(struct vc_card *card, unsigned fid, bool only_files, bool fci,
                          struct vc_reply *reply)
{
    uint8_t file = vc_card_file(card, fid, true);
    for (size_t i = 0; i < card->profile.app_count && !only_files; i++) {
        unsigned own = i == 0 ? FID_MF : card->profile.apps[i].fid;
        if (own && own == fid) {
            select_app(card, i, fci, reply);
            return;
        }
    }
    reply->sw = file == VC_NONE ? 0x6A82 : 0x9000;
    if (file == VC_NONE)
        return;
    card->session.has_file = true;
    card->session.file = file;
}

static void select_by_name(struct vc_card *card, const uint8_t *name, size_t len, bool fci,
                           struct vc_reply *reply)
{
    reply->sw = 0x6A82;
    for (size_t i = 0; i < card->profile.app_count; i++) {
        const struct vc_app *app = &card->profile.apps[i];
        if (app->aid_len && len >= app->aid_least && len <= app->aid_len &&
            memcmp(name, app->aid, len) == 0) {
            select_app(card, i, fci, reply);
            return;
        }
    }
}

static bool select_command(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool fci = command->p2 == 0x00, by_fid = command->p1 <= 0x02;
    if (card->state.card_blocked)
        reply->sw = 0x6A81;
    else if (command->p2 != 0x00 && command->p2 != 0x0C)
        reply->sw = 0x6A86;
    else if (command->p1 == 0x00 && command->lc == 0)
        select_app(card, 0, fci, reply);
    else if (by_fid && command->lc == 2)
        select_by_fid(card, (unsigned)(command->data[0] << 8 | command->data[1]), command->p1 == 0x02, fci,
                      reply);
    else if (by_fid || (command->p1 == 0x04 && command->lc == 0))
        reply->sw = 0x6700;
    else if (command->p1 != 0x04)
        reply->sw = 0x6A86;
    else
        select_by_name(card, command->data, command->lc, fci, reply);
    return true;
}

/* The Ministry of Housing's security code (CJ/T 166): a PSAM checks it and puts it behind MAC1's input. */
static bool get_code(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_app *app = vc_card_app(card);
    if (command->lc || !command->has_le)
        return vc_reply_status(reply, 0x6700);
    if (command->p1 || command->p2 || !app->has_code)
        return vc_reply_status(reply, 0x6A88);
    vc_reply_put(reply, app->code, VC_CODE_SIZE);
    reply->sw = 0x9000;
    return true;
}

/* ---- The table ------------------------------------------------------------------------------------------------------ */

enum {
    WHEN_BLOCKED = 1, /* also while the application is blocked */
    KEEPS = 2,        /* does not end a transaction between INITIALIZE and DEBIT */
    /* Only cards that have one know the command at all: */
    PURSE = 4,
    CODE = 8,
    PIN = 16,
    KEY = 32,
};

static const struct row {
    uint8_t cla, ins;
    unsigned flags;
    vc_card_handler handler;
} rows[] = {
    {0x00, 0xA4, WHEN_BLOCKED, select_command},
    {0x00, 0xB0, WHEN_BLOCKED, vc_card_read_binary},
    {0x04, 0xB0, WHEN_BLOCKED | KEY, vc_card_read_binary},
    {0x00, 0xB2, WHEN_BLOCKED, vc_card_read_record},
    {0x04, 0xB2, WHEN_BLOCKED | KEY, vc_card_read_record},
    {0x80, 0x5C, WHEN_BLOCKED | PURSE, vc_card_get_balance},
    {0x80, 0x50, PURSE, vc_card_initialize},
    {0x80, 0x52, KEEPS | PURSE, vc_card_credit},
    {0x80, 0xDC, KEEPS | PURSE, vc_card_cache},
    {0x80, 0x54, KEEPS | PURSE, vc_card_debit},
    {0x80, 0x58, KEEPS | PURSE, vc_card_update_overdraft},
    {0x80, 0x5A, WHEN_BLOCKED | PURSE, vc_card_prove},
    {0x80, 0xCA, KEEPS | CODE, get_code},
    {0x00, 0x84, WHEN_BLOCKED, vc_card_challenge},
    {0x00, 0x82, KEY, vc_card_external},
    {0x00, 0x88, KEY, vc_card_internal},
    {0x00, 0x20, PIN, vc_card_verify},
    {0x80, 0x5E, PIN, vc_card_change_pin},
    {0x84, 0x24, PIN, vc_card_unblock_pin},
    {0x00, 0xD6, 0, vc_card_update_binary},
    {0x04, 0xD6, KEY, vc_card_update_binary},
    {0x00, 0xDC, 0, vc_card_update_record},
    {0x04, 0xDC, KEY, vc_card_update_record},
    {0x00, 0xE2, 0, vc_card_append},
    {0x04, 0xE2, KEY, vc_card_append},
    {0x84, 0x1E, WHEN_BLOCKED | KEY, vc_card_block},
    {0x84, 0x18, WHEN_BLOCKED | KEY, vc_card_unblock},
    {0x84, 0x16, WHEN_BLOCKED | KEY, vc_card_block_card},
    {0x84, 0xD4, KEY, vc_card_write_key},
};

static bool knows(const struct vc_profile *profile, const struct row *row)
{
    bool has_code = false;
    for (size_t i = 0; i < profile->app_count; i++)
        has_code |= profile->apps[i].has_code;
    for (size_t i = 0; i < profile->lack_count; i++)
        if (profile->lacks[i].cla == row->cla && profile->lacks[i].ins == row->ins)
            return false;
    return !((row->flags & PURSE) && profile->purse_count == 0) && !((row->flags & CODE) && !has_code) &&
           !((row->flags & PIN) && profile->pin_count == 0) &&
           !((row->flags & KEY) && profile->key_count == 0);
}

/* NULL with the status that says why. */
static const struct row *find_row(const struct vc_card *card, const struct vc_command *command, uint16_t *sw)
{
    *sw = 0x6E00;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].cla != command->cla || !knows(&card->profile, &rows[i]))
            continue;
        if (rows[i].ins == command->ins)
            return &rows[i];
        *sw = 0x6D00;
    }
    return NULL;
}

static uint16_t refusal(const struct vc_card *card, const struct row *row)
{
    const struct vc_app *app = vc_card_app(card);
    enum vc_block block = card->state.blocks[card->session.app];
    if (row->handler == select_command || row->handler == vc_card_challenge)
        return 0;
    if (card->state.card_blocked)
        return 0x6985;
    if ((row->flags & PURSE) && app->purses[0] == VC_NONE && app->purses[1] == VC_NONE)
        return 0x6985;
    if (block == VC_BLOCKED_FOR_EVER)
        return 0x9303;
    if (block == VC_BLOCKED && !(row->flags & WHEN_BLOCKED))
        return 0x6985;
    return 0;
}

/* False: the power was lost at the commit. */
static bool execute(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint16_t sw = 0;
    const struct row *row = find_row(card, command, &sw);
    if (row)
        sw = refusal(card, row);
    if (!row || !(row->flags & KEEPS))
        card->session.pending.kind = VC_PENDING_NONE;
    if (sw) {
        reply->sw = sw;
        return true;
    }
    return row->handler(card, command, reply);
}

/* FF CA: what the reader knows of a contactless card (PC/SC part 3). It never reaches the card. */
static void get_data(const struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    const struct vc_profile *profile = &card->profile;
    size_t historical = profile->atr_len > 4 && profile->atr[2] == 0x80 ? profile->atr[1] & 0x0Fu : 0;
    reply->sw = 0x9000;
    if (command->ins != 0xCA)
        reply->sw = 0x6D00;
    else if (command->lc || !command->has_le)
        reply->sw = 0x6700;
    else if (profile->uid_len == 0 || command->p1 > 1 || command->p2 ||
             (command->p1 == 1 && profile->storage))
        reply->sw = 0x6A81;
    else if (command->p1 == 0)
        vc_reply_put(reply, profile->uid, profile->uid_len);
    else if (4 + historical < profile->atr_len)
        vc_reply_put(reply, profile->atr + 4, historical);
}

enum vc_outcome vc_card_transmit(struct vc_card *card, const uint8_t *command_bytes, size_t len,
                                 uint8_t *answer, size_t room, size_t *answer_len)
{
    struct vc_command command;
    struct vc_reply reply = {.sw = 0x6F00};
    bool powered = true;
    if (!vc_command_parse(&command, command_bytes, len)) {
        card->session.pending.kind = VC_PENDING_NONE;
        reply.sw = 0x6700;
    } else if (command.cla == 0xFF) {
        struct vc_transport reader = {.chaining = false};
        get_data(card, &command, &reply);
        vc_transport_shape(&reader, &command, &reply);
    } else if (card->profile.storage) {
        reply.sw = 0x6E00;
    } else if (command.cla == 0x00 && command.ins == 0xC0) {
        vc_transport_get_response(&card->transport, &command, &reply);
    } else {
        powered = execute(card, &command, &reply);
        vc_transport_shape(&card->transport, &command, &reply);
    }
    card->lose_power_at_commit = false;
    *answer_len = vc_reply_bytes(&reply, answer, room);
    if (powered)
        return VC_ANSWERED;
    *answer_len = 0;
    vc_card_power(card);
    return VC_POWER_LOST;
}
