/* SPDX-License-Identifier: Apache-2.0 */
/* The card: power, selection, files, and the table of commands. JT/T 978.2 (files), JR/T 0025.2 (purse commands). */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

static const uint8_t adf_aid[] = {0xA0, 0x00, 0x00, 0x06, 0x32, 0x01, 0x01, 0x05};
static const uint8_t mf_name[] = "1PAY.SYS.DDF01";

enum { FID_MF = 0x3F00, FID_ADF = 0x1001 };

/* ---- Birth ------------------------------------------------------------------------------------------------------ */

static void put(uint8_t **at, const void *bytes, size_t len)
{
    memcpy(*at, bytes, len);
    *at += len;
}

/* EF15: issuer, type 02 (purse), state 01 (enabled), application serial, dates, issuer's FCI data. */
static void fresh_ef15(const struct vc_persona *persona, uint8_t ef15[30])
{
    static const uint8_t enabled[] = {0x02, 0x01}, serial_head[] = {0x03, 0x10}, fci[2] = {0};
    uint8_t *at = ef15;
    put(&at, persona->issuer, 8);
    put(&at, enabled, 2);
    put(&at, serial_head, 2); /* '0' and the industry's 310: the number has 19 digits */
    put(&at, persona->serial, 8);
    put(&at, persona->valid_from, 4);
    put(&at, persona->valid_to, 4);
    put(&at, fci, 2);
}

/* EF17: country 156, province, city, interoperable, class. */
static void fresh_ef17(const struct vc_persona *persona, uint8_t ef17[60])
{
    uint8_t head[] = {0x00,
                      0x00,
                      0x01,
                      0x56,
                      persona->city[0],
                      0x00,
                      persona->city[0],
                      persona->city[1],
                      0x00,
                      0x01,
                      persona->card_class};
    memcpy(ef17, head, sizeof(head));
}

bool vc_card_fresh(const struct vc_persona *persona, struct vc_card_state *state)
{
    memset(state, 0, sizeof(*state));
    state->balance_fen = persona->balance_fen;
    state->offline_counter = persona->offline_counter;
    state->online_counter = persona->online_counter;
    state->tries = VC_PIN_TRIES;
    memcpy(state->pin, persona->pin, persona->pin_len);
    state->pin_len = persona->pin_len;
    fresh_ef15(persona, state->ef15);
    fresh_ef17(persona, state->ef17);
    state->ef16[0] = persona->holder_type;
    state->ef16[1] = persona->staff;
    memcpy(state->ef16 + 22, persona->id_number, strnlen(persona->id_number, 32));
    state->ef16[54] = persona->id_type;
    return vc_gb18030(persona->name, state->ef16 + 2, 20);
}

bool vc_card_keys(const struct vc_keys *masters, const uint8_t issuer[8], const uint8_t serial[8],
                  struct vc_keys *keys)
{
    const uint8_t *from[] = {masters->purchase,       masters->tac,
                             masters->load,           masters->maintenance,
                             masters->authentication, masters->pin_unblock};
    uint8_t *to[] = {keys->purchase,       keys->tac,        keys->load, keys->maintenance,
                     keys->authentication, keys->pin_unblock};
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
        if (!vc_diversify(from[i], issuer, to[i]) || !vc_diversify(to[i], serial, to[i]))
            return false;
    return true;
}

bool vc_card_init(struct vc_card *card, const struct vc_persona *persona, const struct vc_keys *masters,
                  const struct vc_card_state *state)
{
    memset(card, 0, sizeof(*card));
    card->state = *state;
    card->pin_for_purchase = persona->pin_for_purchase;
    return vc_card_keys(masters, persona->issuer, persona->serial, &card->keys);
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

/* ---- Selection ---------------------------------------------------------------------------------------------------- */

static void put_fci(const struct vc_card *card, struct vc_reply *reply)
{
    static const uint8_t version[] = {0x9F, 0x08, 0x01, 0x02, 0x9F, 0x0C, 0x1E};
    uint8_t head[] = {0x6F, 0x31, 0x84, sizeof(adf_aid)};
    vc_reply_put(reply, head, sizeof(head));
    vc_reply_put(reply, adf_aid, sizeof(adf_aid));
    vc_reply_put8(reply, 0xA5);
    vc_reply_put8(reply, sizeof(version) + sizeof(card->state.ef15));
    vc_reply_put(reply, version, sizeof(version));
    vc_reply_put(reply, card->state.ef15, sizeof(card->state.ef15));
}

/* A blocked application still shows its FCI; only the status tells. */
static void select_adf(struct vc_card *card, bool fci, struct vc_reply *reply)
{
    memset(&card->session, 0, sizeof(card->session));
    card->session.selected = VC_SELECTED_ADF;
    reply->sw = card->state.block == VC_BLOCKED_FOR_EVER ? 0x9303
                : card->state.block == VC_BLOCKED        ? 0x6A81
                                                         : 0x9000;
    if (fci && card->state.block != VC_BLOCKED_FOR_EVER)
        put_fci(card, reply);
}

static void select_mf(struct vc_card *card, bool fci, struct vc_reply *reply)
{
    static const uint8_t head[] = {0x6F, 0x15, 0x84, sizeof(mf_name) - 1};
    static const uint8_t tail[] = {0xA5, 0x03, 0x88, 0x01, 0x01};
    memset(&card->session, 0, sizeof(card->session));
    reply->sw = 0x9000;
    if (!fci)
        return;
    vc_reply_put(reply, head, sizeof(head));
    vc_reply_put(reply, mf_name, sizeof(mf_name) - 1);
    vc_reply_put(reply, tail, sizeof(tail));
}

static bool is_file(unsigned fid)
{
    return (fid >= 0x15 && fid <= 0x18) || fid == 0x1E;
}

static void select_by_fid(struct vc_card *card, unsigned fid, bool fci, struct vc_reply *reply)
{
    reply->sw = 0x9000;
    if (fid == FID_MF) {
        select_mf(card, fci, reply);
    } else if (fid == FID_ADF) {
        select_adf(card, fci, reply);
    } else if (card->session.selected == VC_SELECTED_ADF && is_file(fid)) {
        card->session.file = (uint16_t)fid;
    } else {
        reply->sw = 0x6A82;
    }
}

static bool select_command(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool fci = command->p2 == 0x00;
    if (command->p2 != 0x00 && command->p2 != 0x0C) {
        reply->sw = 0x6A86;
    } else if (command->p1 == 0x00 && command->lc == 0) {
        select_mf(card, fci, reply);
    } else if (command->p1 == 0x00 && command->lc == 2) {
        select_by_fid(card, (unsigned)(command->data[0] << 8 | command->data[1]), fci, reply);
    } else if (command->p1 == 0x00 || (command->p1 == 0x04 && command->lc == 0)) {
        reply->sw = 0x6700;
    } else if (command->p1 != 0x04) {
        reply->sw = 0x6A86;
    } else if (command->lc == sizeof(adf_aid) && memcmp(command->data, adf_aid, sizeof(adf_aid)) == 0) {
        select_adf(card, fci, reply);
    } else if (command->lc == sizeof(mf_name) - 1 && memcmp(command->data, mf_name, command->lc) == 0) {
        select_mf(card, fci, reply);
    } else {
        reply->sw = 0x6A82;
    }
    return true;
}

/* ---- Files -------------------------------------------------------------------------------------------------------- */

static const uint8_t *binary_file(const struct vc_card *card, unsigned file, size_t *size)
{
    switch (file) {
    case 0x15:
        *size = sizeof(card->state.ef15);
        return card->state.ef15;
    case 0x16:
        *size = sizeof(card->state.ef16);
        return card->state.ef16;
    case 0x17:
        *size = sizeof(card->state.ef17);
        return card->state.ef17;
    default:
        return NULL;
    }
}

static bool read_binary(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool by_sfi = command->p1 & 0x80;
    unsigned file = by_sfi ? command->p1 & 0x1F : card->session.file;
    size_t offset = by_sfi ? command->p2 : (size_t)(command->p1 << 8 | command->p2), size = 0;
    const uint8_t *bytes = binary_file(card, file, &size);
    if (command->lc || !command->has_le) {
        reply->sw = 0x6700;
    } else if (by_sfi && (command->p1 & 0x60)) {
        reply->sw = 0x6A86;
    } else if (!bytes) {
        reply->sw = file == 0 ? 0x6986 : is_file(file) ? 0x6981 : 0x6A82;
    } else if (offset >= size) {
        reply->sw = 0x6B00;
    } else {
        size_t len = command->le < size - offset ? command->le : size - offset;
        vc_reply_put(reply, bytes + offset, len);
        reply->sw = 0x9000;
        if (by_sfi)
            card->session.file = (uint16_t)file;
    }
    return true;
}

static bool read_record(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    unsigned file = command->p2 >> 3 ? command->p2 >> 3 : card->session.file, record = command->p1;
    size_t count = file == 0x18 ? card->state.log_count : VC_JOURNEY_RECORDS;
    if (command->lc || !command->has_le) {
        reply->sw = 0x6700;
    } else if ((command->p2 & 7) != 4) {
        reply->sw = 0x6A86;
    } else if (file != 0x18 && file != 0x1E) {
        reply->sw = file == 0 ? 0x6986 : is_file(file) ? 0x6981 : 0x6A82;
    } else if (record == 0 || record > count) {
        reply->sw = 0x6A83;
    } else if (file == 0x18) {
        vc_reply_put(reply, card->state.log[record - 1], VC_LOG_SIZE);
        reply->sw = 0x9000;
    } else {
        vc_reply_put(reply, card->state.journeys[record - 1], VC_JOURNEY_SIZE);
        reply->sw = 0x9000;
    }
    return true;
}

/* ---- The table ------------------------------------------------------------------------------------------------------ */

enum {
    ANYWHERE = 1,     /* also in the MF */
    WHEN_BLOCKED = 2, /* also while the application is blocked */
    KEEPS = 4         /* does not end a transaction between INITIALIZE and DEBIT */
};

static const struct row {
    uint8_t cla, ins;
    unsigned flags;
    vc_card_handler handler;
} rows[] = {
    {0x00, 0xA4, ANYWHERE | WHEN_BLOCKED, select_command},
    {0x00, 0xB0, WHEN_BLOCKED, read_binary},
    {0x00, 0xB2, WHEN_BLOCKED, read_record},
    {0x80, 0x5C, WHEN_BLOCKED, vc_card_get_balance},
    {0x80, 0x50, 0, vc_card_initialize},
    {0x80, 0x52, KEEPS, vc_card_credit},
    {0x80, 0xDC, KEEPS, vc_card_cache},
    {0x80, 0x54, KEEPS, vc_card_debit},
    {0x80, 0x5A, WHEN_BLOCKED, vc_card_prove},
    {0x00, 0x84, ANYWHERE | WHEN_BLOCKED, vc_card_challenge},
    {0x00, 0x82, 0, vc_card_external},
    {0x00, 0x88, 0, vc_card_internal},
    {0x00, 0x20, 0, vc_card_verify},
    {0x80, 0x5E, 0, vc_card_change_pin},
    {0x84, 0x24, 0, vc_card_unblock_pin},
    {0x00, 0xD6, 0, vc_card_update},
    {0x04, 0xD6, 0, vc_card_update},
    {0x00, 0xDC, 0, vc_card_update},
    {0x04, 0xDC, 0, vc_card_update},
    {0x84, 0x1E, WHEN_BLOCKED, vc_card_block},
    {0x84, 0x18, WHEN_BLOCKED, vc_card_unblock},
};

/* NULL with the status that says why. */
static const struct row *find_row(const struct vc_command *command, uint16_t *sw)
{
    *sw = 0x6E00;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].cla == command->cla && rows[i].ins == command->ins)
            return &rows[i];
        if (rows[i].cla == command->cla)
            *sw = 0x6D00;
    }
    return NULL;
}

static uint16_t refusal(const struct vc_card *card, const struct row *row)
{
    if (row->flags & ANYWHERE)
        return 0;
    if (card->session.selected != VC_SELECTED_ADF)
        return row->ins == 0xB0 || row->ins == 0xB2 ? 0x6A82 : 0x6985;
    if (card->state.block == VC_BLOCKED_FOR_EVER)
        return 0x9303;
    if (card->state.block == VC_BLOCKED && !(row->flags & WHEN_BLOCKED))
        return 0x6985;
    return 0;
}

/* False: the power was lost at the commit. */
static bool execute(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint16_t sw = 0;
    const struct row *row = find_row(command, &sw);
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

enum vc_outcome vc_card_transmit(struct vc_card *card, const uint8_t *command_bytes, size_t len,
                                 uint8_t *answer, size_t room, size_t *answer_len)
{
    struct vc_command command;
    struct vc_reply reply = {.sw = 0x6F00};
    bool powered = true;
    if (!vc_command_parse(&command, command_bytes, len)) {
        card->session.pending.kind = VC_PENDING_NONE;
        reply.sw = 0x6700;
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
