/* SPDX-License-Identifier: Apache-2.0 */
/* What guards the card: PIN, challenges, authentication, secure messaging (JR/T 0025.2; ISO 7816-4). */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

enum { PIN_UNBLOCK_BLOCK = 8 };

static bool answer_status(struct vc_reply *reply, uint16_t sw)
{
    *reply = (struct vc_reply){.sw = sw};
    return true;
}

/* ---- PIN ------------------------------------------------------------------------------------------------------------ */

static bool is_pin(const uint8_t *pin, size_t len)
{
    if (len < 2 || len > VC_PIN_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (pin[i] >> 4 > 9 || ((pin[i] & 0x0F) > 9 && !(i == len - 1 && (pin[i] & 0x0F) == 0x0F)))
            return false;
    return true;
}

/* The lost try is durable before the answer: pulling the card does not buy another one. */
static bool check_pin(struct vc_card *card, const uint8_t *pin, size_t len, bool *right,
                      struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    *right = false;
    if (card->state.tries == 0)
        return answer_status(reply, 0x6983);
    *right = len == next.pin_len && CRYPTO_memcmp(pin, next.pin, len) == 0;
    next.tries = *right ? VC_PIN_TRIES : (uint8_t)(next.tries - 1);
    card->session.pin_verified = *right;
    reply->sw = *right ? 0x9000 : (uint16_t)(0x63C0 | next.tries);
    bool powered = next.tries == card->state.tries || vc_card_commit(card, &next, reply);
    *right = *right && powered && reply->sw == 0x9000;
    card->session.pin_verified = *right;
    return powered;
}

bool vc_card_verify(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool right;
    if (command->p1 != 0 || command->p2 != 0)
        return answer_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc < 2 || command->lc > VC_PIN_MAX)
        return answer_status(reply, 0x6700);
    return check_pin(card, command->data, command->lc, &right, reply);
}

static bool store_pin(struct vc_card *card, const uint8_t *pin, size_t len, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    memset(next.pin, 0, sizeof(next.pin));
    memcpy(next.pin, pin, len);
    next.pin_len = len;
    next.tries = VC_PIN_TRIES;
    reply->sw = 0x9000;
    bool powered = vc_card_commit(card, &next, reply);
    OPENSSL_cleanse(&next, sizeof(next));
    return powered;
}

/* Data: old PIN, FF, new PIN. No PIN byte is FF, so the first FF is the border. */
bool vc_card_change_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->p1 != 1 || command->p2 != 0)
        return answer_status(reply, command->p1 != 1 ? 0x6A86 : 0x6A88);
    const uint8_t *border = command->lc ? memchr(command->data, 0xFF, command->lc) : NULL;
    if (!border)
        return answer_status(reply, command->lc ? 0x6A80 : 0x6700);
    size_t old_len = (size_t)(border - command->data), new_len = command->lc - old_len - 1;
    if (old_len < 2 || old_len > VC_PIN_MAX || !is_pin(border + 1, new_len))
        return answer_status(reply, 0x6A80);
    bool right, powered = check_pin(card, command->data, old_len, &right, reply);
    if (!powered || !right)
        return powered;
    return store_pin(card, border + 1, new_len, reply);
}

/* ---- Challenge and authentication --------------------------------------------------------------------------------------- */

bool vc_card_challenge(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    size_t len = command->le == 4 ? 4 : 8;
    if (command->lc || !command->has_le)
        return answer_status(reply, 0x6700);
    if (command->p1 || command->p2)
        return answer_status(reply, 0x6A86);
    memset(card->session.challenge, 0, sizeof(card->session.challenge));
    if (!vc_card_random(card, card->session.challenge, len))
        return answer_status(reply, 0x6F00);
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
    uint8_t challenge[8], expected[8];
    if (command->p1 != 0 || command->p2 != 0)
        return answer_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc != 8)
        return answer_status(reply, 0x6700);
    if (!take_challenge(card, challenge))
        return answer_status(reply, 0x6984);
    if (!vc_des3_encrypt(card->keys.authentication, challenge, expected))
        return answer_status(reply, 0x6F00);
    card->session.authenticated = CRYPTO_memcmp(expected, command->data, 8) == 0;
    return answer_status(reply, card->session.authenticated ? 0x9000 : 0x6300);
}

bool vc_card_internal(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t out[8];
    if (command->p1 != 0 || command->p2 != 0)
        return answer_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc != 8)
        return answer_status(reply, 0x6700);
    if (!vc_des3_encrypt(card->keys.authentication, command->data, out))
        return answer_status(reply, 0x6F00);
    vc_reply_put(reply, out, 8);
    reply->sw = 0x9000;
    return true;
}

/* ---- Secure messaging ------------------------------------------------------------------------------------------------------ */

/* 0, or why the last four bytes of the data are not this command's MAC. Header and Lc (MAC counted) are part of it. */
static uint16_t check_mac(struct vc_card *card, const uint8_t key[16], const struct vc_command *command)
{
    uint8_t input[5 + 255], challenge[8], mac[4];
    if (command->lc < 4)
        return 0x6987;
    if (!take_challenge(card, challenge))
        return 0x6984;
    size_t data_len = command->lc - 4;
    uint8_t head[5] = {command->cla, command->ins, command->p1, command->p2, (uint8_t)command->lc};
    memcpy(input, head, 5);
    memcpy(input + 5, command->data, data_len);
    if (!vc_retail_mac(key, challenge, input, 5 + data_len, mac))
        return 0x6F00;
    return CRYPTO_memcmp(mac, command->data + data_len, 4) == 0 ? 0 : 0x6988;
}

static uint8_t *binary_target(struct vc_card_state *state, const struct vc_command *command, size_t *size,
                              uint16_t *sw)
{
    *sw = 0x6A86;
    if ((command->p1 & 0xE0) != 0x80)
        return NULL;
    *sw = 0x6A82;
    switch (command->p1 & 0x1F) {
    case 0x15:
        *size = sizeof(state->ef15);
        return state->ef15;
    case 0x16:
        *size = sizeof(state->ef16);
        return state->ef16;
    case 0x17:
        *size = sizeof(state->ef17);
        return state->ef17;
    case 0x18:
    case 0x1E:
        *sw = 0x6981;
        return NULL;
    default:
        return NULL;
    }
}

/* Only journeys may be written from outside; the purse log is the card's own. */
static uint8_t *record_target(struct vc_card_state *state, const struct vc_command *command, size_t *size,
                              uint16_t *sw)
{
    unsigned file = command->p2 >> 3;
    *sw = (command->p2 & 7) != 4         ? 0x6A86
          : file == 0x18                 ? 0x6982
          : file >= 0x15 && file <= 0x17 ? 0x6981
                                         : 0x6A82;
    if (*sw == 0x6A86 || file != 0x1E)
        return NULL;
    *sw = 0x6A83;
    if (command->p1 == 0 || command->p1 > VC_JOURNEY_RECORDS)
        return NULL;
    *size = VC_JOURNEY_SIZE;
    return state->journeys[command->p1 - 1];
}

bool vc_card_update(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    bool record = command->ins == 0xDC;
    size_t size = 0, offset = record ? 0 : command->p2;
    uint16_t sw = 0;
    uint8_t *target =
        record ? record_target(&next, command, &size, &sw) : binary_target(&next, command, &size, &sw);
    if (!target)
        return answer_status(reply, sw);
    if (command->cla == 0x00)
        return answer_status(reply, 0x6982); /* every file wants a MAC */
    sw = check_mac(card, card->keys.maintenance, command);
    if (sw)
        return answer_status(reply, sw);
    size_t len = command->lc - 4;
    if (len == 0 || (record && len != size))
        return answer_status(reply, 0x6700);
    if (offset > size || len > size - offset)
        return answer_status(reply, 0x6B00);
    memcpy(target + offset, command->data, len);
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

static bool set_block(struct vc_card *card, const struct vc_command *command, enum vc_block block,
                      struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    uint16_t sw = command->lc == 4 ? check_mac(card, card->keys.maintenance, command) : 0x6700;
    if (sw)
        return answer_status(reply, sw);
    next.block = block;
    reply->sw = 0x9000;
    return vc_card_commit(card, &next, reply);
}

bool vc_card_block(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->p1 != 0 || command->p2 > 1)
        return answer_status(reply, 0x6A86);
    return set_block(card, command, command->p2 ? VC_BLOCKED_FOR_EVER : VC_BLOCKED, reply);
}

bool vc_card_unblock(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    if (command->p1 != 0 || command->p2 != 0)
        return answer_status(reply, 0x6A86);
    if (card->state.block != VC_BLOCKED)
        return answer_status(reply, 0x6985);
    return set_block(card, command, VC_NOT_BLOCKED, reply);
}

/* 3DES(DPUK, length ‖ PIN ‖ 80 00…) and a MAC. Issuers disagree on P1 and P2: both orders of key id and 00/01 pass. */
bool vc_card_unblock_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t block[PIN_UNBLOCK_BLOCK];
    if (command->p1 > 1 || command->p2 > 1)
        return answer_status(reply, 0x6A86);
    uint16_t sw = command->lc == 12 ? check_mac(card, card->keys.pin_unblock, command) : 0x6700;
    if (sw)
        return answer_status(reply, sw);
    if (!vc_des3_decrypt(card->keys.pin_unblock, command->data, block))
        return answer_status(reply, 0x6F00);
    bool lawful = block[0] <= VC_PIN_MAX && is_pin(block + 1, block[0]) && block[1 + block[0]] == 0x80;
    bool powered = lawful ? store_pin(card, block + 1, block[0], reply) : answer_status(reply, 0x6A80);
    OPENSSL_cleanse(block, sizeof(block));
    return powered;
}
