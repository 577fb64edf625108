/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signers: an issuer's key in memory (issuers, tests), and the operator's PSAM.
 *
 * A key makes three things (JR/T 0025.2, secure messaging, 3DES):
 *  - MAC: retail MAC over data with padding method 2, initial value given.
 *  - Encrypted data: length byte ‖ data, filled up with 80 00… unless that is whole blocks already, ECB.
 *  - Cryptogram: one block, plain.
 * RELOAD PIN alone wants single DES with left half XOR right half. Retail MAC with two equal halves is single DES, so that
 * signer folds the key into both halves and is otherwise the same.
 */
#include "cipher.h"
#include "psam.h"

#include <openssl/crypto.h>
#include <string.h>

/* The contexts are borrowed and never written: struct cc_signer has a plain pointer for signers that do. */
static int key_mac(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    return cc_suite_3des.sm_mac(ctx, iv, data, len, mac);
}

static int reload_mac(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    const uint8_t *key = ctx;
    uint8_t folded[16];
    for (size_t i = 0; i < 8; i++)
        folded[i] = folded[i + 8] = key[i] ^ key[i + 8];
    int result = cc_suite_3des.sm_mac(folded, iv, data, len, mac);
    OPENSSL_cleanse(folded, sizeof folded);
    return result;
}

static int key_encrypt(void *ctx, const uint8_t *data, size_t len, uint8_t *out, size_t *out_len)
{
    uint8_t plain[256] = {0};
    struct cc_writer writer = cc_writer_on(plain, sizeof plain);
    if (len > 254)
        return CC_ERR_ARGUMENT;
    cc_put_u8(&writer, (uint8_t)len);
    cc_put(&writer, data, len);
    if (writer.len % 8 != 0)
        cc_put_u8(&writer, 0x80);
    size_t whole = (writer.len + 7) / 8 * 8;
    int result = writer.bad || whole > *out_len ? CC_ERR_ARGUMENT : CC_OK;
    if (result == CC_OK && !cc_cipher_des3(true, ctx, plain, whole, out))
        result = CC_ERR_CRYPTO;
    *out_len = result == CC_OK ? whole : 0;
    OPENSSL_cleanse(plain, sizeof plain);
    return result;
}

static int key_cipher(void *ctx, const uint8_t in[8], uint8_t out[8])
{
    return cc_cipher_des3(true, ctx, in, 8, out) ? CC_OK : CC_ERR_CRYPTO;
}

void cc_signer_of_key(struct cc_signer *signer, const uint8_t *key)
{
    *signer = (struct cc_signer){
        .ctx = (void *)key, .mac = key_mac, .encrypt = key_encrypt, .cipher = key_cipher};
}

void cc_signer_of_reload_key(struct cc_signer *signer, const uint8_t *key)
{
    *signer = (struct cc_signer){.ctx = (void *)key, .mac = reload_mac};
}

static int sam_mac(void *ctx, const uint8_t iv[8], const uint8_t *data, size_t len, uint8_t mac[4])
{
    const struct cc_sam_key *key = ctx;
    const struct cc_diversity diversity = {
        .family = key->card->family, .serial = key->card->serial, .issuer = key->card->issuer};
    return cc_sam_mac(key->sam, &diversity, key->p1, key->p2, iv, data, len, mac);
}

void cc_signer_of_sam(struct cc_signer *signer, struct cc_sam_key *key)
{
    *signer = (struct cc_signer){.ctx = key, .mac = sam_mac};
}
