/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/credit/quota.h"
#include "platform/credit/credit-work.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/keys/pki.h"
#include "model/strict.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

#define LIFE_MS  (24 * 3600 * INT64_C(1000))
#define RENEW_MS (LIFE_MS / 2)

#define OPEN_MS  (2 * LIFE_MS) /* a version is its time, or little more */

/* Nothing to hand out and nothing handed out: nothing is due. */
bool quota_due(struct db *db, const char *kiosk, int64_t now_ms, bool *due, GError **error)
{
    g_autofree struct quota_set *newest = g_new0(struct quota_set, 1);
    int64_t changed_ms = 0, below = 0;

    if (!db_quota_find(db, kiosk, 0, newest, error) || !db_quota_policy_changed(db, kiosk, &changed_ms, error) ||
        !db_quota_below(db, kiosk, &below, error))
        return false;
    *due = changed_ms > 0 && (newest->version < below || newest->version == 0 || now_ms >= newest->issued_ms + RENEW_MS ||
                              changed_ms > newest->issued_ms || now_ms < newest->issued_ms);
    return true;
}

static bool sign_and_add(struct platform *platform, const struct quota_set *set, GError **error)
{
    json_t *json = quota_set_to_json(set);
    char *payload = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    g_autofree char *signature = payload != NULL ? pki_sign(platform->sign_key, payload, strlen(payload), error) : NULL;
    char key_id[SIGNED_KEY_ID_SIZE];
    bool ok = signature != NULL && signed_key_id(platform->sign_public, key_id) &&
              db_quota_add(platform->db, set, payload, signature, key_id, error) &&
              db_change_add(platform->db, "quota", set->kiosk, error);

    free(payload);
    json_decref(json);
    return ok;
}

/* By the rules as they are now; *version 0 before it: none was ever handed out. */
static bool issue_next(struct platform *platform, const char *kiosk, int64_t now_ms, int64_t *version, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1), *newest = g_new0(struct quota_set, 1);

    int64_t below = 0;

    if (!db_quota_find(platform->db, kiosk, 0, newest, error) || !db_quota_policies(platform->db, kiosk, set, error) ||
        !db_quota_below(platform->db, kiosk, &below, error))
        return false;
    set->version = MAX(MAX(newest->version, below) + 1, now_ms);
    g_strlcpy(set->kiosk, kiosk, sizeof set->kiosk);
    set->issued_ms = now_ms;
    set->expires_ms = now_ms + LIFE_MS;
    *version = set->version;
    return sign_and_add(platform, set, error);
}

bool quota_issue(struct platform *platform, const char *kiosk, int64_t now_ms, GError **error)
{
    int64_t version;
    bool due = false;

    /* Asked once more with the lock: another request may have been first. */
    return quota_due(platform->db, kiosk, now_ms, &due, error) && (!due || issue_next(platform, kiosk, now_ms, &version, error));
}

bool quota_rule(struct platform *platform, const char *kiosk, const struct quota *quota, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_quota_policy_set(platform->db, kiosk, quota, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static bool withdraw(struct platform *platform, const char *kiosk, int64_t now_ms, int64_t *version, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1), *newest = g_new0(struct quota_set, 1);
    int64_t changed_ms = 0;

    if (!db_quota_find(platform->db, kiosk, 0, newest, error) || !db_quota_policies(platform->db, kiosk, set, error))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        set->quotas[i].limit = set->quotas[i].per_card = 0;
        if (!db_quota_policy_set(platform->db, kiosk, &set->quotas[i], error))
            return false;
    }
    if (newest->version == 0)
        return true;
    /* Not older than the rules that were just written, or it would be due for renewal at once. */
    return db_quota_policy_changed(platform->db, kiosk, &changed_ms, error) &&
           issue_next(platform, kiosk, MAX(now_ms, changed_ms), version, error);
}

bool quota_withdraw(struct platform *platform, const char *kiosk, int64_t now_ms, int64_t *version, GError **error)
{
    *version = 0;
    if (!db_begin(platform->db, true, error))
        return false;
    if (withdraw(platform, kiosk, now_ms, version, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

bool quota_end(struct db *db, const char *kiosk, const char *why, const struct quota_place *from, GError **error)
{
    g_autofree struct quota_set *newest = g_new0(struct quota_set, 1);

    return db_quota_find(db, kiosk, 0, newest, error) &&
           (newest->version == 0 || db_quota_over(db, kiosk, newest->version + 1, why, from, error));
}

bool quota_taken(struct credit_work *work, json_t *data, GError **error)
{
    const struct quota_place at = {0, work->seq, work->now_ms};
    struct strict r = strict_open(data);
    int64_t version = strict_int(&r, "version", 1, INT64_MAX);

    if (!strict_done(&r))
        return credit_refuse_as(work, STORE_REJECTED, "DATA");
    /* One that is unknown may be of the time that a database forgot when it was put back: the kiosk gives up older ones, and is due for
     * another. Versions are times: nobody was ever handed out one of a later day. */
    if (version > work->now_ms + LIFE_MS)
        return credit_refuse(work, LEDGER_QUOTA);
    return db_quota_over(work->db, work->kiosk, version, "taken", &at, error);
}

/* ---- What may still be spent --------------------------------------------------------------------------------------- */

static bool left_add(struct db *db, const char *kiosk, const struct quota_set *set, json_t *out, GError **error)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct quota *quota = &set->quotas[i];
        struct quota_use use = {0};
        if (quota->subject != QUOTA_KIOSK)
            continue;
        if (!db_quota_used(db, kiosk, set->version, quota, "", &use, error))
            return false;
        json_array_append_new(out, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "kiosk", kiosk, "book", book_name(quota->book),
                                             "version", (json_int_t)set->version, "limit", (json_int_t)quota->limit, "used",
                                             (json_int_t)use.all, "left", (json_int_t)(quota->limit - use.all), "expires_at",
                                             (json_int_t)set->expires_ms));
    }
    return true;
}

static bool left_read(struct db *db, json_t *row, int64_t now_ms, json_t *out, GError **error)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    const char *text = json_string_value(json_object_get(row, "payload"));
    json_t *json = text != NULL ? wire_parse(text, strlen(text), NULL) : NULL;
    bool good = quota_set_from_json(json, set);

    json_decref(json);
    if (!good) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a quota is damaged");
        return false;
    }
    return now_ms >= set->expires_ms || left_add(db, set->kiosk, set, out, error);
}

json_t *quota_left(struct db *db, int64_t now_ms, GError **error)
{
    json_t *open = db_quota_open(db, now_ms - OPEN_MS, error), *out = json_array(), *row;
    bool ok = open != NULL;
    size_t i;

    json_array_foreach(open, i, row)
        ok = ok && left_read(db, row, now_ms, out, error);
    json_decref(open);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

bool quota_sample(struct db *db, GError **error)
{
    static const struct quota SAMPLE[] = {{BOOK_COIN, QUOTA_KIOSK, "", 12000, 0},
                                          {BOOK_COIN, QUOTA_PERSON, "", 240, 0},
                                          {BOOK_POINTS, QUOTA_KIOSK, "", 500, 0},
                                          {BOOK_POINTS, QUOTA_PERSON, "", 40, 0}};

    for (size_t i = 0; i < G_N_ELEMENTS(SAMPLE); i++)
        if (!db_quota_policy_set(db, "*", &SAMPLE[i], error))
            return false;
    return true;
}
