/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's hash chain; the kiosk's store, the platform and anybody who audits them compute the same. */
#include "model/model.h"
#include "model/model-internal.h"

#include <string.h>

static void put_u64(uint8_t out[8], uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

/* An ill-formed id counts as RFC 9562's Max UUID, which no event can have: such a row has a hash, but never a
 * right one. */
static void put_id(uint8_t out[16], const char *id)
{
    memset(out, 0xFF, 16);
    if (!uuid_valid(id))
        return;
    for (int i = 0, at = 0; i < 16; i++, at += 2) {
        if (id[at] == '-')
            at++;
        out[i] = (uint8_t)(g_ascii_xdigit_value(id[at]) << 4 | g_ascii_xdigit_value(id[at + 1]));
    }
}

void chain_hash(const uint8_t prev[32], int64_t epoch, int64_t seq, const char *id, const char *body,
                size_t body_len, uint8_t hash[32])
{
    uint8_t head[4 + 32 + 8 + 8 + 16 + 8] = "SCK1";
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned hash_len = 0;

    memcpy(head + 4, prev, 32);
    put_u64(head + 36, (uint64_t)epoch);
    put_u64(head + 44, (uint64_t)seq);
    put_id(head + 52, id);
    put_u64(head + 68, body_len);
    if (context == NULL || EVP_DigestInit_ex2(context, model_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(context, head, sizeof head) != 1 || EVP_DigestUpdate(context, body, body_len) != 1 ||
        EVP_DigestFinal_ex(context, hash, &hash_len) != 1 || hash_len != 32)
        g_error("OpenSSL: SHA-256 failed");
    EVP_MD_CTX_free(context);
}
