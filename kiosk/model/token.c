/* SPDX-License-Identifier: Apache-2.0 */
/* The blind index of a card number (RFC 2104 HMAC with SHA-256): equal cards are found, numbers are not told.
 */
#include "model/model.h"
#include "model/model-internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

/* HMAC with SHA-256 and no key yet: looked up once, copied for each use. */
static EVP_MAC_CTX *keyless(void)
{
    static EVP_MAC_CTX *made;

    if (g_once_init_enter(&made)) {
        EVP_MAC *mac = EVP_MAC_fetch(model_crypto(), "HMAC", NULL);
        EVP_MAC_CTX *fresh = EVP_MAC_CTX_new(mac);
        OSSL_PARAM digest[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA2-256", 0),
                               OSSL_PARAM_construct_end()};

        if (fresh == NULL || EVP_MAC_CTX_set_params(fresh, digest) != 1)
            g_error("OpenSSL: no HMAC in the default provider");
        EVP_MAC_free(mac);
        g_once_init_leave(&made, fresh);
    }
    return made;
}

void keyed_digest(const uint8_t key[32], const void *bytes, size_t len, uint8_t out[32])
{
    EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(keyless());
    size_t written = 0;

    if (mac == NULL || EVP_MAC_init(mac, key, 32, NULL) != 1 || EVP_MAC_update(mac, bytes, len) != 1 ||
        EVP_MAC_final(mac, out, &written, 32) != 1 || written != 32)
        g_error("OpenSSL: HMAC failed");
    EVP_MAC_CTX_free(mac);
}

void card_token(const uint8_t key[32], const char *card_number, char out[33])
{
    static const char HEX[] = "0123456789abcdef";
    uint8_t mac[32];

    keyed_digest(key, card_number, strlen(card_number), mac);
    for (size_t i = 0; i < 16; i++) {
        out[2 * i] = HEX[mac[i] >> 4];
        out[2 * i + 1] = HEX[mac[i] & 15];
    }
    out[32] = '\0';
    OPENSSL_cleanse(mac, sizeof mac);
}
