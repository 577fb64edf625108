/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's commands: secure messaging (04, 84), blocking, files, authentication. JR/T 0025.2 and ISO 7816-4.
 *
 * Each works on the application selected last, takes a fresh challenge (it serves once), and is sent once: whether a command
 * whose answer was lost has been carried out, the card tells when it is asked (SELECT of a blocked application, the file).
 */
#include "issuer.h"

#include <openssl/crypto.h>
#include <string.h>

/* The challenge as an initial value: 4 bytes and zeros, or all 8 on cards that give no shorter one (6700, 6Cxx). */
static int fresh_challenge(struct cc_port *port, uint8_t iv[8])
{
    struct cc_command command = {.ins = 0x84, .le = 4};
    struct cc_answer answer;
    int result = cc_apdu(port, &command, &answer);
    if (result == CC_OK && answer.sw == 0x6700) {
        command.le = 8;
        result = cc_apdu(port, &command, &answer);
    }
    if (result == CC_OK)
        result = cc_sw_result(answer.sw);
    if (result != CC_OK)
        return result;
    if (answer.len != 4 && answer.len != 8)
        return CC_ERR_PROTOCOL;
    memset(iv, 0, 8);
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, iv, answer.len);
    return CC_OK;
}

/* A try counter or 6300 here counts codes, not PINs. */
static int secure_result(uint16_t sw)
{
    if (sw == 0x6300 || ((sw & 0xFFF0) == 0x63C0 && sw != 0x63C0))
        return CC_ERR_MAC;
    return cc_sw_result(sw);
}

int cc_secure_command(struct cc_port *port, const struct cc_command *command, const struct cc_signer *signer)
{
    uint8_t bytes[5 + 255] = {0}, iv[8], mac[CC_MAC_LEN];
    struct cc_writer out = cc_writer_on(bytes, sizeof bytes);
    if (!signer || !signer->mac || command->data_len > CC_SECURE_DATA_MAX)
        return CC_ERR_ARGUMENT;
    cc_put_u8(&out, command->cla);
    cc_put_u8(&out, command->ins);
    cc_put_u8(&out, command->p1);
    cc_put_u8(&out, command->p2);
    cc_put_u8(&out, (uint8_t)(command->data_len + CC_MAC_LEN));
    cc_put(&out, command->data, command->data_len);
    int result = fresh_challenge(port, iv);
    if (result == CC_OK)
        result = signer->mac(signer->ctx, iv, bytes, out.len, mac);
    if (result == CC_OK) {
        struct cc_answer answer;
        struct cc_command secured = *command;
        cc_put(&out, mac, sizeof mac);
        secured.data = bytes + 5;
        secured.data_len = out.len - 5;
        secured.le = CC_LE_NONE;
        secured.once = true;
        result = cc_apdu(port, &secured, &answer);
        if (result == CC_OK)
            result = secure_result(answer.sw);
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return result;
}

int cc_application_block(struct cc_port *port, bool for_ever, const struct cc_signer *signer)
{
    struct cc_command command = {.cla = 0x84, .ins = 0x1E, .p2 = for_ever ? 0x01 : 0x00};
    return cc_secure_command(port, &command, signer);
}

int cc_application_unblock(struct cc_port *port, const struct cc_signer *signer)
{
    struct cc_command command = {.cla = 0x84, .ins = 0x18};
    return cc_secure_command(port, &command, signer);
}

static bool is_short_identifier(uint8_t sfi)
{
    return sfi >= 1 && sfi <= 30;
}

int cc_file_update(struct cc_port *port, uint8_t sfi, uint8_t offset, const uint8_t *data, size_t len,
                   const struct cc_signer *signer)
{
    struct cc_command command = {
        .cla = 0x04, .ins = 0xD6, .p1 = 0x80 | sfi, .p2 = offset, .data = data, .data_len = len};
    if (!is_short_identifier(sfi) || len == 0)
        return CC_ERR_ARGUMENT;
    return cc_secure_command(port, &command, signer);
}

int cc_record_update(struct cc_port *port, uint8_t sfi, uint8_t record, const uint8_t *data, size_t len,
                     const struct cc_signer *signer)
{
    struct cc_command command = {.cla = 0x04,
                                 .ins = 0xDC,
                                 .p1 = record,
                                 .p2 = (uint8_t)(sfi << 3 | 4),
                                 .data = data,
                                 .data_len = len};
    if (!is_short_identifier(sfi) || record == 0 || len == 0)
        return CC_ERR_ARGUMENT;
    return cc_secure_command(port, &command, signer);
}

int cc_authenticate_external(struct cc_port *port, uint8_t key_id, const struct cc_signer *signer, unsigned *tries_left)
{
    uint8_t challenge[8], cryptogram[8];
    struct cc_command command = {.ins = 0x82, .p2 = key_id, .data = cryptogram, .data_len = 8, .le = CC_LE_NONE};
    command.once = true;
    struct cc_answer answer;
    *tries_left = 0;
    if (!signer || !signer->cipher)
        return CC_ERR_ARGUMENT;
    int result = fresh_challenge(port, challenge);
    if (result == CC_OK)
        result = signer->cipher(signer->ctx, challenge, cryptogram);
    if (result == CC_OK)
        result = cc_apdu(port, &command, &answer);
    OPENSSL_cleanse(cryptogram, sizeof cryptogram);
    if (result != CC_OK)
        return result;
    if (answer.sw == 0x6300)
        return CC_ERR_MAC; /* wrong, and the card does not tell how many tries are left */
    result = cc_sw_result(answer.sw);
    if (result == CC_PIN_WRONG)
        *tries_left = answer.sw & 0x0F;
    return result;
}

int cc_internal_answer(struct cc_port *port, uint8_t p1, uint8_t p2, const uint8_t data[8], uint8_t given[8])
{
    struct cc_command command = {.ins = 0x88, .p1 = p1, .p2 = p2, .data = data, .data_len = 8, .le = 8};
    struct cc_answer answer;
    int result = cc_apdu(port, &command, &answer);
    if (result == CC_OK)
        result = cc_sw_result(answer.sw);
    if (result != CC_OK)
        return result;
    if (answer.len != 8)
        return CC_ERR_PROTOCOL;
    struct cc_bytes in = cc_answer_bytes(&answer);
    cc_take(&in, given, 8);
    return CC_OK;
}

int cc_authenticate_internal(struct cc_port *port, uint8_t p1, uint8_t p2, const uint8_t data[8],
                             const struct cc_signer *signer, bool *genuine)
{
    uint8_t expected[8], given[8];
    *genuine = false;
    if (!signer || !signer->cipher)
        return CC_ERR_ARGUMENT;
    int result = cc_internal_answer(port, p1, p2, data, given);
    if (result != CC_OK)
        return result;
    result = signer->cipher(signer->ctx, data, expected);
    *genuine = result == CC_OK && CRYPTO_memcmp(expected, given, sizeof given) == 0;
    return result;
}
