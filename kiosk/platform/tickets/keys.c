/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/crypto.h>

/* 256 random bits in hex: nobody guesses them, so a keyed digest without salt or work is enough to keep. */
char *ticket_key_new(struct platform *platform, const char *name, int64_t hourly, char id[17], GError **error)
{
    struct ticket_key_row row = {.hourly = hourly, .made_ms = now_ms()};
    uint8_t secret[32], short_id[4];
    char key[65];

    random_bytes(secret, sizeof secret);
    random_bytes(short_id, sizeof short_id);
    wire_hex(secret, sizeof secret, key);
    wire_hex(short_id, sizeof short_id, row.id);
    g_strlcpy(id, row.id, 17);
    OPENSSL_cleanse(secret, sizeof secret);
    bool ok = db_begin(platform->db, true, error);
    if (ok && !db_ticket_key_add(platform->db, &row, name, key, error)) {
        db_rollback(platform->db);
        ok = false;
    }
    ok = ok && db_commit(platform->db, error);
    char *out = ok ? g_strdup(key) : NULL;
    OPENSSL_cleanse(key, sizeof key);
    return out;
}
