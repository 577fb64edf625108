/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/restored.h"
#include "platform/data/db-credit.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "platform/queue/queues.h"
#include "model/clock.h"
#include "sync/credentials.h"
#include "sync/hotlist.h"
#include "sync/wire.h"
#include <string.h>

#define DAY_MS       INT64_C(86400000)
#define OPEN_MS      (90 * DAY_MS) /* as long as a kiosk's certificate lasts */
#define EPOCHS_MAX   64            /* that one kiosk can have had since */
#define VERSION_JUMP INT64_C(1000000)
#define FROM_KEY     "restored_from_ms"
#define AT_KEY       "restored_at_ms"

static bool number_get(struct db *db, const char *key, int64_t *out, GError **error)
{
    g_autofree char *text = NULL;

    *out = 0;
    if (!db_meta_get(db, key, &text, error))
        return false;
    if (text != NULL && !g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, out, NULL))
        *out = 0;
    return true;
}

static bool number_set(struct db *db, const char *key, int64_t value, GError **error)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
    return db_meta_set(db, key, text, error);
}

/* ---- Marking ---- */

/* A version that no delta leads to: everybody takes the file, whatever list they have of the time that is gone. */
static bool hotlist_jump(struct platform *platform, int64_t now_ms, GError **error)
{
    struct hotlist_head head;
    bool renew;

    if (!hotlist_head_of(platform->db, &head, &renew, error))
        return false;
    head.version += VERSION_JUMP;
    head.issued_ms = now_ms;
    return hotlist_version_add(platform, NULL, HOTLIST_DELTA_MAX + 1, &head, error);
}

/* Beyond all that kiosks may have been told; with the newest that this node's files or the database still know. */
static bool authorities_jump(struct platform *platform, GError **error)
{
    struct authorities *now = authorities_now(platform), *next = authorities_jumped(now, error);
    bool ok = next != NULL && authorities_put(platform, now->version, next, error);

    authorities_unref(next);
    authorities_unref(now);
    return ok;
}

static bool mark(struct platform *platform, int64_t from_ms, int64_t now_ms, GError **error)
{
    uint8_t generation[8];
    char text[17];
    int64_t before_ms, at_ms;

    random_bytes(generation, sizeof generation);
    wire_hex(generation, sizeof generation, text);
    if (!number_get(platform->db, FROM_KEY, &before_ms, error) || !number_get(platform->db, AT_KEY, &at_ms, error))
        return false;
    /* Put back twice within the time: the earlier moment counts. */
    if (at_ms != 0 && now_ms - at_ms < OPEN_MS)
        from_ms = MIN(from_ms, before_ms);
    return db_meta_set(platform->db, "generation", text, error) && number_set(platform->db, FROM_KEY, from_ms, error) &&
           number_set(platform->db, AT_KEY, now_ms, error) && authorities_jump(platform, error) && hotlist_jump(platform, now_ms, error) &&
           db_quota_renew(platform->db, now_ms, error) && queues_restored(platform->db, now_ms, error);
}

bool restored_mark(struct platform *platform, int64_t from_ms, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (!mark(platform, from_ms, now_ms, error)) {
        db_rollback(platform->db);
        return false;
    }
    return db_commit(platform->db, error) && authorities_follow(platform, error) && hotlist_tend(platform, now_ms, error);
}

/* ---- What kiosks know better ---- */

static bool is_open(struct db *db, int64_t now_ms, bool *open, GError **error)
{
    int64_t at_ms;
    bool ok = number_get(db, AT_KEY, &at_ms, error);

    *open = ok && at_ms != 0 && now_ms - at_ms < OPEN_MS;
    return ok;
}

bool restored_epoch_may(struct db *db, const struct kiosk_row *kiosk, int64_t epoch, int64_t now_ms, bool *may, GError **error)
{
    bool open = false, ok = is_open(db, now_ms, &open, error);

    *may = open && epoch > kiosk->head_epoch && epoch - kiosk->head_epoch <= EPOCHS_MAX;
    return ok;
}

bool restored_epoch_take(struct db *db, struct kiosk_row *kiosk, const struct event_row *first, int64_t now_ms, GError **error)
{
    g_assert(first->epoch > kiosk->head_epoch && first->seq == kiosk->head_seq + 1);
    if (first->epoch <= kiosk->epoch) /* an epoch of after the restore is open already */
        return db_epoch_note(db, kiosk->id, first->epoch, first->prev, now_ms, error);
    kiosk->epoch = first->epoch;
    memcpy(kiosk->chain_nonce, first->prev, sizeof kiosk->chain_nonce);
    return db_epoch_open(db, kiosk, "platform_restored", now_ms, error);
}

bool restored_epoch_step(struct db *db, int64_t now_ms, int64_t *step, GError **error)
{
    bool open = false, ok = is_open(db, now_ms, &open, error);

    *step = open ? EPOCHS_MAX + 1 : 1;
    return ok;
}

/* Certificates begin a day before they are made (pki.c). */
static bool made_since(const char *pem, int64_t from_ms, int64_t at_ms)
{
    int64_t begin_ms, end_ms;

    return credentials_validity(pem, &begin_ms, &end_ms) && begin_ms + DAY_MS >= from_ms / 1000 * 1000 && begin_ms + DAY_MS <= at_ms;
}

/*
 * An older disk of the same kiosk, or a thief, may have one of that time as well: only what was made after everything that is known of
 * this kiosk is its own, and nothing of one that is revoked.
 */
static bool newest_of_all(struct db *db, const struct request *request, bool *newest, GError **error)
{
    struct kiosk_row kiosk;
    bool found;
    int64_t begin_ms, end_ms;

    *newest = false;
    if (!db_kiosk_find(db, request->kiosk, &kiosk, &found, error))
        return false;
    g_autoptr(GPtrArray) known = db_certificates_of(db, request->kiosk, error);
    if (known == NULL)
        return false;
    *newest = found && strcmp(kiosk.state, "ENROLLED") == 0 && credentials_validity(request->certificate_pem, &begin_ms, &end_ms);
    for (guint i = 0; *newest && i < known->len; i++) {
        int64_t other_ms;
        /* What is no certificate is of a kiosk that was never given one. */
        *newest = !credentials_validity(known->pdata[i], &other_ms, &end_ms) || begin_ms > other_ms;
    }
    return true;
}

static bool certificate_take(struct platform *platform, const struct request *request, bool *taken, GError **error)
{
    struct db *db = platform->db;
    int64_t from_ms, at_ms;
    bool newest;

    *taken = false;
    if (!number_get(db, FROM_KEY, &from_ms, error) || !number_get(db, AT_KEY, &at_ms, error))
        return false;
    if (!made_since(request->certificate_pem, from_ms, at_ms))
        return true;
    if (!newest_of_all(db, request, &newest, error))
        return false;
    if (!newest)
        return true;
    *taken = db_certificate_add(db, request->kiosk, request->certificate, request->certificate_pem, "CURRENT", now_ms(), error) &&
             db_certificate_promote(db, request->kiosk, request->certificate, error);
    return *taken;
}

/* Reads only: an older certificate comes with each request of a disk that was copied, and waits for no writer. */
static bool may_be_taken(struct db *db, bool *may, GError **error)
{
    *may = false;
    if (!db_begin(db, false, error))
        return false;
    bool ok = is_open(db, now_ms(), may, error);
    db_rollback(db);
    return ok;
}

bool restored_certificate_take(struct platform *platform, const struct request *request, bool *taken, GError **error)
{
    bool may;

    *taken = false;
    if (request->certificate_pem == NULL)
        return true;
    if (!may_be_taken(platform->db, &may, error))
        return false;
    if (!may)
        return true;
    if (!db_begin(platform->db, true, error))
        return false;
    if (certificate_take(platform, request, taken, error) && *taken)
        return *taken = db_commit(platform->db, error);
    db_rollback(platform->db);
    return error == NULL || *error == NULL;
}
