/* SPDX-License-Identifier: Apache-2.0 */
/* The blind index of a card number (RFC 2104 HMAC with SHA-256): equal cards are found, numbers are not told.
 */
#include "model/model.h"
#include "model/model-internal.h"

#include <openssl/crypto.h>
#include <string.h>

void card_token(const uint8_t key[32], const char *card_number, char out[33])
{
    static const char HEX[] = "0123456789abcdef";
    uint8_t mac[32];
    size_t mac_len = 0;

    if (EVP_Q_mac(model_crypto(), "HMAC", NULL, "SHA2-256", NULL, key, 32, (const unsigned char *)card_number,
                  strlen(card_number), mac, sizeof mac, &mac_len) == NULL ||
        mac_len != sizeof mac)
        g_error("OpenSSL: HMAC failed");
    for (size_t i = 0; i < 16; i++) {
        out[2 * i] = HEX[mac[i] >> 4];
        out[2 * i + 1] = HEX[mac[i] & 15];
    }
    out[32] = '\0';
    OPENSSL_cleanse(mac, sizeof mac);
}

void keyed_digest(const uint8_t key[32], const void *bytes, size_t len, uint8_t out[32])
{
    size_t written = 0;

    if (EVP_Q_mac(model_crypto(), "HMAC", NULL, "SHA2-256", NULL, key, 32, bytes, len, out, 32, &written) == NULL)
        g_error("OpenSSL: HMAC failed");
}
