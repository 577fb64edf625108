/* SPDX-License-Identifier: Apache-2.0 */
/* What guards the card: challenges, authentication, secure messaging, blocking, new keys (JR/T 0025.2; ISO 7816-4). */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- Keys ------------------------------------------------------------------------------------------------------------ */

uint8_t vc_card_find_key(const struct vc_card *card, enum vc_key_kind kind, int id)
{
    for (size_t i = 0; i < card->profile.key_count; i++) {
        const struct vc_key *key = &card->profile.keys[i];
        if (key->kind == kind && key->apps >> card->session.app & 1 && (id < 0 || key->id == id))
            return (uint8_t)i;
    }
    return VC_NONE;
}

/* The same, with the key that does the work where a card has no own one for it. */
static uint8_t find_or_instead(const struct vc_card *card, enum vc_key_kind kind, int id)
{
    uint8_t key = vc_card_find_key(card, kind, id);
    if (key != VC_NONE || vc_card_find_key(card, kind, -1) != VC_NONE)
        return key;
    if (kind == VC_KEY_INTERNAL)
        return vc_card_find_key(card, VC_KEY_EXTERNAL, id);
    if (kind == VC_KEY_BLOCK || kind == VC_KEY_UNBLOCK)
        return vc_card_find_key(card, VC_KEY_MAINTENANCE, -1);
    return VC_NONE;
}

const uint8_t *vc_card_key_value(const struct vc_card *card, uint8_t key)
{
    return card->state.rekeyed[key] ? card->state.new_keys[key] : card->profile.keys[key].value;
}

/* ---- Challenge and authentication --------------------------------------------------------------------------------------- */

bool vc_card_challenge(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    size_t len = command->le == 4 ? 4 : 8;
    if (command->lc || !command->has_le)
        return vc_reply_status(reply, 0x6700);
    if (command->p1 || command->p2)
        return vc_reply_status(reply, 0x6A86);
    memset(card->session.challenge, 0, sizeof(card->session.challenge));
    if (!vc_card_random(card, card->session.challenge, len))
        return vc_reply_status(reply, 0x6F00);
    card->session.challenge_len = len;
    vc_reply_put(reply, card->session.challenge, len);
    reply->sw = 0x9000;
    return true;
}

/* A challenge serves once. A short one is filled up with zeros. */
static bool take_challenge(struct vc_card *card, uint8_t challenge[8])
{
    bool taken = card->session.challenge_len > 0;
    memcpy(challenge, card->session.challenge, 8);
    memset(card->session.challenge, 0, 8);
    card->session.challenge_len = 0;
    return taken;
}

bool vc_card_external(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t challenge[8], expected[8], key = vc_card_find_key(card, VC_KEY_EXTERNAL, command->p2);
    if (command->p1 != 0 || key == VC_NONE)
        return vc_reply_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc != 8)
        return vc_reply_status(reply, 0x6700);
    if (!take_challenge(card, challenge))
        return vc_reply_status(reply, 0x6984);
    if (!vc_des3_encrypt(vc_card_key_value(card, key), challenge, expected))
        return vc_reply_status(reply, 0x6F00);
    bool right = CRYPTO_memcmp(expected, command->data, 8) == 0;
    card->session.authenticated &= ~(1u << key);
    card->session.authenticated |= (unsigned)right << key;
    return vc_reply_status(reply, right ? 0x9000 : 0x6300);
}

bool vc_card_internal(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t out[8], key = find_or_instead(card, VC_KEY_INTERNAL, command->p2);
    if (command->p1 != 0 || key == VC_NONE)
        return vc_reply_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc != 8)
        return vc_reply_status(reply, 0x6700);
    if (!vc_des3_encrypt(vc_card_key_value(card, key), command->data, out))
        return vc_reply_status(reply, 0x6F00);
    vc_reply_put(reply, out, 8);
    reply->sw = 0x9000;
    return true;
}

/* ---- Secure messaging ------------------------------------------------------------------------------------------------------ */

/* Header and Lc (MAC counted) are part of what the MAC covers. */
uint16_t vc_card_check_mac(struct vc_card *card, enum vc_key_kind kind, const struct vc_command *command)
{
    uint8_t input[5 + 255], challenge[8], mac[4], key = find_or_instead(card, kind, -1);
    if (key == VC_NONE)
        return 0x6A88;
    if (command->lc < 4)
        return 0x6987;
    if (!take_challenge(card, challenge))
        return 0x6984;
    size_t data_len = command->lc - 4;
    uint8_t head[5] = {command->cla, command->ins, command->p1, command->p2, (uint8_t)command->lc};
    memcpy(input, head, 5);
    memcpy(input + 5, command->data, data_len);
    if (!vc_retail_mac(vc_card_key_value(card, key), challenge, input, 5 + data_len, mac))
        return 0x6F00;
    return CRYPTO_memcmp(mac, command->data + data_len, 4) == 0 ? 0 : 0x6988;
}

static bool set_block(struct vc_card *card, const struct vc_command *command, enum vc_block block,
                      struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    enum vc_key_kind kind = block == VC_NOT_BLOCKED ? VC_KEY_UNBLOCK : VC_KEY_BLOCK;
    uint16_t sw = command->lc == 4 ? vc_card_check_mac(card, kind, command) : 0x6700;
    if (sw)
        return vc_reply_status(reply, sw);
    next.blocks[card->session.app] = (uint8_t)block;
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_block(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->p1 != 0 || command->p2 > 1)
        return vc_reply_status(reply, 0x6A86);
    if (card->session.app == 0)
        return vc_reply_status(reply, 0x6985); /* the MF is no application */
    return set_block(card, command, command->p2 ? VC_BLOCKED_FOR_EVER : VC_BLOCKED, reply);
}

bool vc_card_unblock(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->p1 != 0 || command->p2 != 0)
        return vc_reply_status(reply, 0x6A86);
    if (card->state.blocks[card->session.app] != VC_BLOCKED)
        return vc_reply_status(reply, 0x6985);
    return set_block(card, command, VC_NOT_BLOCKED, reply);
}

/* From now on only SELECT gets another answer than 6985: 6A81. There is no way back. */
bool vc_card_block_card(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    if (command->p1 != 0 || command->p2 != 0)
        return vc_reply_status(reply, 0x6A86);
    uint16_t sw = command->lc == 4 ? vc_card_check_mac(card, VC_KEY_BLOCK, command) : 0x6700;
    if (sw)
        return vc_reply_status(reply, sw);
    next.card_blocked = true;
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

/* ---- WRITE KEY --------------------------------------------------------------------------------------------------------- */

/* Plain text: length 14, four attribute bytes, key 16, 80 00 00. What the attributes mean depends on the card system. */
static bool open_key(const uint8_t master[16], const uint8_t sealed[24], uint8_t key[16])
{
    static const uint8_t padding[] = {0x80, 0x00, 0x00};
    uint8_t plain[24];
    bool good = true;
    for (size_t i = 0; i < sizeof(plain); i += 8)
        good = good && vc_des3_decrypt(master, sealed + i, plain + i);
    good = good && plain[0] == 0x14 && memcmp(plain + 21, padding, sizeof(padding)) == 0;
    if (good)
        memcpy(key, plain + 5, 16);
    OPENSSL_cleanse(plain, sizeof(plain));
    return good;
}

/* P1 the key's type in the issuer's list, P2 its id. */
static uint8_t key_to_write(const struct vc_card *card, const struct vc_command *command)
{
    for (size_t i = 0; i < card->profile.key_count; i++) {
        const struct vc_key *key = &card->profile.keys[i];
        if (key->type && key->type == command->p1 && key->id == command->p2 &&
            key->apps >> card->session.app & 1)
            return (uint8_t)i;
    }
    return VC_NONE;
}

bool vc_card_write_key(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t target = key_to_write(card, command), master = vc_card_find_key(card, VC_KEY_MASTER, -1);
    struct vc_card_state next = card->state;
    if (target == VC_NONE || master == VC_NONE)
        return vc_reply_status(reply, 0x6A88);
    uint16_t sw = command->lc == 28 ? vc_card_check_mac(card, VC_KEY_MASTER, command) : 0x6700;
    if (!sw && !open_key(vc_card_key_value(card, master), command->data, next.new_keys[target]))
        sw = 0x6A80;
    if (sw)
        return vc_reply_status(reply, sw);
    next.rekeyed[target] = true;
    reply->sw = 0x9000;
    bool powered = vc_card_commit(card, &next, reply);
    OPENSSL_cleanse(&next, sizeof(next));
    return powered;
}
