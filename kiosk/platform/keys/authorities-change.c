/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/keys/authorities.h"
#include "platform/data/db-authorities.h"
#include "platform/platform.h"
#include "sync/credentials.h"
#include <string.h>

/* ---- Who would be left out ---- */

/* Without a certificate that is valid it has to be enrolled anew in any case. */
static bool in_service(const struct kiosk_authorities *kiosk, int64_t now_ms)
{
    int64_t from_ms, to_ms;

    return credentials_validity(kiosk->pem, &from_ms, &to_ms) && to_ms > now_ms;
}

static GArray *left_out(struct platform *platform, const struct authorities *authorities, int64_t now_ms, GError **error)
{
    const struct authority *issuer = authorities_issuer(authorities);
    bool retiring = authorities->serving + 1 == authorities->count;
    g_autoptr(GArray) kiosks = db_kiosks_authorities(platform->db, error);
    GArray *out = kiosks != NULL ? g_array_new(FALSE, TRUE, sizeof(struct authorities_left)) : NULL;

    for (guint i = 0; out != NULL && i < kiosks->len; i++) {
        const struct kiosk_authorities *kiosk = &g_array_index(kiosks, struct kiosk_authorities, i);
        struct authorities_left left = {.seen_ms = kiosk->seen_ms, .knows = kiosk->version >= issuer->since};

        if (!in_service(kiosk, now_ms) || (left.knows && (!retiring || credentials_issued_by(kiosk->pem, issuer->pem))))
            continue;
        g_strlcpy(left.kiosk, kiosk->id, sizeof left.kiosk);
        g_array_append_val(out, left);
    }
    return out;
}

GArray *authorities_left_out(struct platform *platform, const struct authorities *authorities, int64_t now_ms, GError **error)
{
    GArray *out;

    if (authorities->count == 1)
        return g_array_new(FALSE, TRUE, sizeof(struct authorities_left));
    if (!db_begin(platform->db, false, error))
        return NULL;
    out = left_out(platform, authorities, now_ms, error);
    db_rollback(platform->db);
    return out;
}

/* ---- Steps ---- */

typedef struct authorities *(*next_fn)(const struct authorities *authorities, int64_t now_ms, GError **error);

static struct authorities *next_serve(const struct authorities *authorities, int64_t now_ms, GError **error)
{
    return authorities_with_server(authorities, error);
}

static struct authorities *next_retire(const struct authorities *authorities, int64_t now_ms, GError **error)
{
    return authorities_without_old(authorities, error);
}

static bool nobody_left_out(struct platform *platform, const struct authorities *authorities, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) left = left_out(platform, authorities, now_ms, error);

    if (left != NULL && left->len > 0)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%u kiosks in service would be left out (ca-status lists them): wait, or --force",
                    left->len);
    return left != NULL && left->len == 0;
}

/* Judged and written in one transaction: of two commands at once the second one sees what the first one did. */
static bool step_in(struct platform *platform, const struct authorities *before, const struct authorities *next, bool force, int64_t now_ms,
                    GError **error)
{
    return (force || nobody_left_out(platform, before, now_ms, error)) && authorities_put(platform, before->version, next, error);
}

static bool step_write(struct platform *platform, const struct authorities *before, const struct authorities *next, bool force, int64_t now_ms,
                       GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (step_in(platform, before, next, force, now_ms, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* The files follow the database: a stop in between is finished by whoever looks next. */
static bool step(struct platform *platform, next_fn fn, bool force, int64_t now_ms, GError **error)
{
    struct authorities *before, *next;
    bool ok;

    if (!authorities_follow(platform, error))
        return false;
    before = authorities_now(platform);
    next = fn(before, now_ms, error);
    ok = next != NULL && step_write(platform, before, next, force, now_ms, error) && authorities_follow(platform, error);
    authorities_unref(next);
    authorities_unref(before);
    return ok;
}

bool authorities_rotate(struct platform *platform, int64_t now_ms, GError **error)
{
    return step(platform, authorities_with_next, true, now_ms, error);
}

bool authorities_serve(struct platform *platform, bool force, int64_t now_ms, GError **error)
{
    return step(platform, next_serve, force, now_ms, error);
}

bool authorities_retire(struct platform *platform, bool force, int64_t now_ms, GError **error)
{
    return step(platform, next_retire, force, now_ms, error);
}
