/* SPDX-License-Identifier: Apache-2.0 */
/* PINs: verifying, changing, and what the issuer does when they are forgotten (JR/T 0025.2). */
#include "card_internal.h"
#include "crypto.h"

#include <openssl/crypto.h>
#include <string.h>

enum { PIN_UNBLOCK_BLOCK = 8 };

/* ---- Which one ------------------------------------------------------------------------------------------------------ */

static bool is_here(const struct vc_card *card, uint8_t pin)
{
    return card->profile.pins[pin].apps >> card->session.app & 1;
}

uint8_t vc_card_pin(const struct vc_card *card)
{
    for (size_t i = 0; i < card->profile.pin_count; i++)
        if (is_here(card, (uint8_t)i))
            return (uint8_t)i;
    return VC_NONE;
}

/* The selected directory's PIN with this id, or VC_NONE. */
static uint8_t find_pin(const struct vc_card *card, uint8_t id)
{
    for (size_t i = 0; i < card->profile.pin_count; i++)
        if (card->profile.pins[i].id == id && is_here(card, (uint8_t)i))
            return (uint8_t)i;
    return VC_NONE;
}

/* ---- VERIFY, CHANGE, RELOAD ------------------------------------------------------------------------------------------ */

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
static bool check_pin(struct vc_card *card, uint8_t index, const uint8_t *digits, size_t len, bool *right,
                      struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    struct vc_pin_state *pin = &next.pins[index];
    const uint8_t tries = pin->tries;
    *right = false;
    if (tries == 0)
        return vc_reply_status(reply, 0x6983);
    *right = len == pin->len && CRYPTO_memcmp(digits, pin->digits, len) == 0;
    pin->tries = *right ? card->profile.pins[index].tries : (uint8_t)(tries - 1);
    reply->sw = *right ? 0x9000 : (uint16_t)(0x63C0 | pin->tries);
    bool powered = pin->tries == tries || vc_card_commit(card, &next, reply);
    *right = *right && powered && reply->sw == 0x9000;
    card->session.pin_verified &= ~(1u << index);
    card->session.pin_verified |= (unsigned)*right << index;
    return powered;
}

bool vc_card_verify(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    bool right;
    uint8_t pin = find_pin(card, command->p2);
    if (command->p1 != 0 || pin == VC_NONE)
        return vc_reply_status(reply, command->p1 ? 0x6A86 : 0x6A88);
    if (command->lc < 2 || command->lc > VC_PIN_MAX)
        return vc_reply_status(reply, 0x6700);
    return check_pin(card, pin, command->data, command->lc, &right, reply);
}

static bool store_pin(struct vc_card *card, uint8_t index, const uint8_t *digits, size_t len,
                      struct vc_reply *reply)
{
    struct vc_card_state next = card->state;
    struct vc_pin_state *pin = &next.pins[index];
    memset(pin->digits, 0, sizeof(pin->digits));
    memcpy(pin->digits, digits, len);
    pin->len = (uint8_t)len;
    pin->tries = card->profile.pins[index].tries;
    reply->sw = 0x9000;
    bool powered = vc_card_commit(card, &next, reply);
    OPENSSL_cleanse(&next, sizeof(next));
    return powered;
}

/* P1 = 00, by the issuer: new PIN and a MAC of single DES under the folded reload key. */
static bool reload_pin(struct vc_card *card, uint8_t pin, const struct vc_command *command,
                       struct vc_reply *reply)
{
    uint8_t folded[8], mac[4], key = vc_card_find_key(card, VC_KEY_PIN_RELOAD, -1);
    if (key == VC_NONE || pin == VC_NONE)
        return vc_reply_status(reply, pin == VC_NONE ? 0x6A88 : 0x6A86);
    if (command->lc < 6 || command->lc > VC_PIN_MAX + 4)
        return vc_reply_status(reply, 0x6700);
    size_t len = command->lc - 4;
    vc_fold(vc_card_key_value(card, key), folded);
    bool good = vc_mac(folded, command->data, len, mac);
    OPENSSL_cleanse(folded, sizeof(folded));
    if (!good)
        return vc_reply_status(reply, 0x6F00);
    if (CRYPTO_memcmp(mac, command->data + len, 4) != 0)
        return vc_reply_status(reply, 0x6988);
    return is_pin(command->data, len) ? store_pin(card, pin, command->data, len, reply)
                                      : vc_reply_status(reply, 0x6A80);
}

/* Data: old PIN, FF, new PIN. No PIN byte is FF, so the first FF is the border. */
bool vc_card_change_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t pin = find_pin(card, command->p2);
    if (command->p1 == 0)
        return reload_pin(card, pin, command, reply);
    if (command->p1 != 1 || pin == VC_NONE)
        return vc_reply_status(reply, command->p1 != 1 ? 0x6A86 : 0x6A88);
    const uint8_t *border = command->lc ? memchr(command->data, 0xFF, command->lc) : NULL;
    if (!border)
        return vc_reply_status(reply, command->lc ? 0x6A80 : 0x6700);
    size_t old_len = (size_t)(border - command->data), new_len = command->lc - old_len - 1;
    if (old_len < 2 || old_len > VC_PIN_MAX || !is_pin(border + 1, new_len))
        return vc_reply_status(reply, 0x6A80);
    bool right, powered = check_pin(card, pin, command->data, old_len, &right, reply);
    if (!powered || !right)
        return powered;
    return store_pin(card, pin, border + 1, new_len, reply);
}

/* 3DES(DPUK, length ‖ PIN ‖ 80 00…) and a MAC. Issuers disagree on P1 and P2: both orders of key id and 00/01 pass. */
bool vc_card_unblock_pin(struct vc_card *card, const struct vc_command *command, struct vc_reply *reply)
{
    uint8_t block[PIN_UNBLOCK_BLOCK], pin = vc_card_pin(card),
                                      key = vc_card_find_key(card, VC_KEY_PIN_UNBLOCK, -1);
    if (pin == VC_NONE || command->p1 > 1 || command->p2 > 1)
        return vc_reply_status(reply, pin == VC_NONE ? 0x6A88 : 0x6A86);
    uint16_t sw = command->lc == 12 ? vc_card_check_mac(card, VC_KEY_PIN_UNBLOCK, command) : 0x6700;
    if (sw)
        return vc_reply_status(reply, sw);
    if (!vc_des3_decrypt(vc_card_key_value(card, key), command->data, block))
        return vc_reply_status(reply, 0x6F00);
    bool lawful = block[0] <= VC_PIN_MAX && is_pin(block + 1, block[0]) && block[1 + block[0]] == 0x80;
    bool powered = lawful ? store_pin(card, pin, block + 1, block[0], reply) : vc_reply_status(reply, 0x6A80);
    OPENSSL_cleanse(block, sizeof(block));
    return powered;
}
