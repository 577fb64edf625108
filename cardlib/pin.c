/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The holder's PIN, JR/T 0025.2: VERIFY, CHANGE, RELOAD, UNBLOCK. Every command here may cost a try: none is ever sent twice,
 * and every copy of a PIN is cleansed. Where the reader has a keypad the digits never come here at all (PC/SC part 10).
 */
#include "family.h"
#include "issuer.h"
#include "recognise.h"

#include <openssl/crypto.h>
#include <string.h>

#define PIN_BYTES_MAX 6
#define PAD_TIMEOUT_S 30

const char cc_pin_on_pad[] = ""; /* told by its address; read as digits it is none */

/* Two digits a byte; an odd last digit is followed by F. */
struct packed_pin {
    uint8_t bytes[PIN_BYTES_MAX];
    size_t len;
};

/* False when it is none. */
static bool pack_pin(const char *pin, struct packed_pin *packed)
{
    size_t len = pin ? strnlen(pin, 13) : 0;
    if (len < 4 || len > 12 || strspn(pin, "0123456789") != len)
        return false;
    memset(packed->bytes, 0xFF, sizeof packed->bytes);
    packed->len = (len + 1) / 2;
    for (size_t i = 0; i < len; i++) {
        uint8_t digit = (uint8_t)(pin[i] - '0'), *byte = &packed->bytes[i / 2];
        *byte = (uint8_t)(i % 2 == 0 ? digit << 4 | 0x0F : (*byte & 0xF0) | digit);
    }
    return true;
}

/* The family's PIN; NULL when it has none that is known. */
static const struct cc_pin_desc *pin_of(const struct cc_card *card)
{
    const struct cc_family_desc *desc = cc_family_desc_of(card->family);
    return desc && desc->pin.digits_max > 0 ? &desc->pin : NULL;
}

/*
 * VERIFY goes to whatever is selected. A reading may have ended in the master file or in another application of the card, whose
 * PIN, and whose tries, are others.
 */
static int come_back(struct cc_port *port, const struct cc_card *card)
{
    struct cc_answer fci;
    if (!port->elsewhere)
        return CC_OK;
    int result = cc_family_enter(port, cc_family_desc_of(card->family), &fci);
    return result == CC_ERR_UNSUPPORTED ? CC_OTHER_CARD : result;
}

static int pin_result(uint16_t sw, unsigned *tries_left)
{
    int result = cc_sw_result(sw);
    if (result == CC_PIN_WRONG)
        *tries_left = sw & 0x0F;
    return result;
}

/* ---- On the reader's keypad ------------------------------------------------------------------------------------- */

bool cc_pin_pad(const struct cc_port *port)
{
    return port->channel.pad != NULL;
}

/* 64xx are the reader's own words (PC/SC part 10): the card has not been asked. */
static int pad_result(uint16_t sw, unsigned *tries_left)
{
    switch (sw) {
    case 0x6400:
        return CC_TIMEOUT;
    case 0x6401:
        return CC_CANCELLED;
    case 0x6402: /* the two entries of the new PIN differ */
    case 0x6403: /* too few or too many digits */
        return CC_DECLINED;
    default:
        return pin_result(sw, tries_left);
    }
}

static int ask_pad(struct cc_port *port, const struct cc_card *card, enum cc_pad_kind kind, const struct cc_pin_desc *pin,
                   unsigned *tries_left)
{
    const struct cc_pad_request request = {.kind = kind,
                                           .reference = pin->reference,
                                           .digits_min = pin->digits_min,
                                           .digits_max = pin->digits_max,
                                           .timeout_s = PAD_TIMEOUT_S};
    uint8_t answer[258] = {0};
    size_t len = sizeof answer;
    if (!cc_pin_pad(port))
        return CC_ERR_UNSUPPORTED;
    if (port->broken)
        return CC_ERR_REMOVED;
    int result = come_back(port, card);
    if (result != CC_OK)
        return result;
    port->commands += 1;
    result = port->channel.pad(port->channel.ctx, &request, answer, &len);
    if (result == CC_ERR_UNSUPPORTED)
        return result; /* the reader has a keypad, yet not for this: nothing was sent */
    if (result == CC_OK && (len < 2 || len > sizeof answer))
        result = len < 2 ? CC_ERR_REMOVED : CC_ERR_SYSTEM;
    if (result != CC_OK) {
        port->broken = true;
        return result < 0 ? result : CC_ERR_SYSTEM;
    }
    port->bytes += len;
    port->last_sw = (uint16_t)(answer[len - 2] << 8 | answer[len - 1]);
    return pad_result(port->last_sw, tries_left);
}

/* ---- By the computer's own keys --------------------------------------------------------------------------------- */

static int send_pin(struct cc_port *port, const struct cc_card *card, const struct cc_command *command,
                    unsigned *tries_left)
{
    struct cc_answer answer;
    int result = come_back(port, card);
    if (result != CC_OK)
        return result;
    result = cc_apdu(port, command, &answer);
    return result == CC_OK ? pin_result(answer.sw, tries_left) : result;
}

int cc_pin_verify(struct cc_port *port, const struct cc_card *card, const char *pin, unsigned *tries_left)
{
    const struct cc_pin_desc *desc = pin_of(card);
    struct packed_pin packed;
    *tries_left = 0;
    if (!desc)
        return CC_ERR_UNSUPPORTED;
    if (!pin || pin == cc_pin_on_pad)
        return ask_pad(port, card, CC_PAD_VERIFY, desc, tries_left);
    if (!pack_pin(pin, &packed))
        return CC_ERR_ARGUMENT;
    struct cc_command verify = {.ins = 0x20, .p2 = desc->reference, .data = packed.bytes, .data_len = packed.len};
    verify.le = CC_LE_NONE;
    verify.once = true;
    int result = send_pin(port, card, &verify, tries_left);
    OPENSSL_cleanse(&packed, sizeof packed);
    return result;
}

int cc_pin_change(struct cc_port *port, const struct cc_card *card, const char *old_pin, const char *new_pin,
                  unsigned *tries_left)
{
    const struct cc_pin_desc *desc = pin_of(card);
    struct packed_pin old = {.len = 0}, new = {.len = 0};
    uint8_t body[2 * PIN_BYTES_MAX + 1];
    struct cc_writer out = cc_writer_on(body, sizeof body);
    *tries_left = 0;
    if (!desc)
        return CC_ERR_UNSUPPORTED;
    if (!old_pin && !new_pin)
        return ask_pad(port, card, CC_PAD_CHANGE, desc, tries_left);
    int result = pack_pin(old_pin, &old) && pack_pin(new_pin, &new) ? CC_OK : CC_ERR_ARGUMENT;
    if (result == CC_OK) {
        cc_put(&out, old.bytes, old.len);
        cc_put_u8(&out, 0xFF);
        cc_put(&out, new.bytes, new.len);
        struct cc_command change = {.cla = 0x80, .ins = 0x5E, .p1 = 0x01, .p2 = desc->reference, .data = body};
        change.data_len = out.len;
        change.le = CC_LE_NONE;
        change.once = true;
        result = send_pin(port, card, &change, tries_left);
    }
    OPENSSL_cleanse(body, sizeof body);
    OPENSSL_cleanse(&old, sizeof old);
    OPENSSL_cleanse(&new, sizeof new);
    return result;
}

/* ---- By the issuer ---------------------------------------------------------------------------------------------- */

/* 84 24: E(length ‖ PIN ‖ 80 00…), 8 bytes, and the MAC of the whole command. */
int cc_pin_unblock(struct cc_port *port, const struct cc_card *card, const char *pin, const struct cc_signer *signer)
{
    const struct cc_pin_desc *desc = pin_of(card);
    struct packed_pin packed;
    uint8_t block[8];
    size_t block_len = sizeof block;
    if (!desc)
        return CC_ERR_UNSUPPORTED;
    if (!signer || !signer->encrypt || !pack_pin(pin, &packed))
        return CC_ERR_ARGUMENT;
    int result = signer->encrypt(signer->ctx, packed.bytes, packed.len, block, &block_len);
    OPENSSL_cleanse(&packed, sizeof packed);
    if (result == CC_OK && block_len != sizeof block)
        result = CC_ERR_CRYPTO;
    struct cc_command unblock = {
        .cla = 0x84, .ins = 0x24, .p1 = desc->unblock_p1, .p2 = desc->unblock_p2, .data = block};
    unblock.data_len = block_len;
    if (result == CC_OK)
        result = come_back(port, card);
    if (result == CC_OK)
        result = cc_secure_command(port, &unblock, signer);
    OPENSSL_cleanse(block, sizeof block);
    return result;
}

/* 80 5E 00: new PIN ‖ MAC over it alone, single DES, initial value of zeros; see signer.c. */
int cc_pin_reload(struct cc_port *port, const struct cc_card *card, const char *new_pin, const struct cc_signer *signer)
{
    static const uint8_t iv[8] = {0};
    const struct cc_pin_desc *desc = pin_of(card);
    struct packed_pin packed;
    uint8_t body[PIN_BYTES_MAX + CC_MAC_LEN], mac[CC_MAC_LEN];
    struct cc_writer out = cc_writer_on(body, sizeof body);
    unsigned tries_left;
    if (!desc)
        return CC_ERR_UNSUPPORTED;
    if (!signer || !signer->mac || !pack_pin(new_pin, &packed))
        return CC_ERR_ARGUMENT;
    int result = signer->mac(signer->ctx, iv, packed.bytes, packed.len, mac);
    cc_put(&out, packed.bytes, packed.len);
    OPENSSL_cleanse(&packed, sizeof packed);
    cc_put(&out, mac, sizeof mac);
    struct cc_command reload = {.cla = 0x80, .ins = 0x5E, .p2 = desc->reference, .data = body, .data_len = out.len};
    reload.le = CC_LE_NONE;
    reload.once = true;
    if (result == CC_OK)
        result = send_pin(port, card, &reload, &tries_left);
    OPENSSL_cleanse(body, sizeof body);
    return result == CC_PIN_WRONG ? CC_ERR_MAC : result; /* the count is of the reload key's tries */
}
