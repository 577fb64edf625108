/* SPDX-License-Identifier: Apache-2.0 */
#include "carry.h"
#include "platform/data/db-rows.h"
#include <string.h>

/* The value of one parameter of "path?a=b&c=d"; g_free, NULL when it is not there. */
static char *query(const char *path, const char *name)
{
    const char *mark = strchr(path, '?');
    g_auto(GStrv) parts = g_strsplit(mark != NULL ? mark + 1 : "", "&", -1);

    for (char **part = parts; *part != NULL; part++)
        if (g_str_has_prefix(*part, name) && (*part)[strlen(name)] == '=')
            return g_strdup(*part + strlen(name) + 1);
    return NULL;
}

void carry_run(struct platform *platform, const struct carry *carry, struct reply *out)
{
    g_autofree char *plain = g_strndup(carry->path, strcspn(carry->path, "?")), *cursor = query(carry->path, "cursor"),
                    *limit = query(carry->path, "limit"), *wait = query(carry->path, "wait"),
                    *nonce = query(carry->path, "nonce"), *epoch = query(carry->path, "epoch"),
                    *after = query(carry->path, "after"), *since = query(carry->path, "since");
    const struct request request = {.method = carry->method,
                                    .path = plain,
                                    .content_type = carry->body != NULL ? "application/json" : NULL,
                                    .cursor = cursor,
                                    .limit = limit,
                                    .wait = wait,
                                    .nonce = nonce,
                                    .epoch = epoch,
                                    .after = after,
                                    .since = since,
                                    .range = carry->range,
                                    .idempotency_key = carry->key,
                                    .kiosk = carry->certificate != NULL ? LIFE_KIOSK : NULL,
                                    .certificate = carry->certificate,
                                    .body = carry->body != NULL ? carry->body : "",
                                    .body_len = carry->body != NULL ? strlen(carry->body) : 0};

    memset(out, 0, sizeof *out);
    handlers_run(platform, &request, out);
    if (out->is_file)
        g_assert_true(reply_read_file(out));
}

void carry_certificate(struct platform *platform, char serial[64])
{
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_kiosk_find(platform->db, LIFE_KIOSK, &row, &found, NULL) && found);
    db_rollback(platform->db);
    g_strlcpy(serial, row.certificate, 64);
}
