/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

bool db_quota_policy_set(struct db *db, const char *kiosk, const struct quota *quota, GError **error)
{
    char key[64];

    quota_key(quota, key);
    return db_run(db, error,
                  "INSERT INTO quota_policy VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, kiosk, key) DO UPDATE SET"
                  " amount=excluded.amount, per_card=excluded.per_card, changed_ms=excluded.changed_ms",
                  "ssiii", kiosk, key, quota->limit, quota->per_card, now_ms());
}

static bool key_parse(const char *text, struct quota *out)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", 2);

    if (g_strv_length(parts) != 2 || !book_parse(parts[0], &out->book))
        return false;
    out->subject = strcmp(parts[1], "kiosk") == 0 ? QUOTA_KIOSK : strcmp(parts[1], "person") == 0 ? QUOTA_PERSON : QUOTA_ITEM;
    if (out->subject == QUOTA_ITEM)
        g_strlcpy(out->item, parts[1] + strlen("item:"), sizeof out->item);
    return true;
}

/* A kiosk's own rule comes before that of all. */
bool db_quota_policies(struct db *db, const char *kiosk, struct quota_set *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT key, amount, per_card FROM quota_policy p WHERE community=?1 AND amount>=0 AND"
                                  " (kiosk=?2 OR (kiosk='*' AND NOT EXISTS (SELECT 1 FROM quota_policy o WHERE o.community=?1"
                                  " AND o.kiosk=?2 AND o.key=p.key))) ORDER BY key",
                                  "s", kiosk);
    int step = -1;

    out->count = 0;
    while (stmt != NULL && (step = db_next(db, stmt, error)) == 1) {
        struct quota quota = {.limit = db_col_int(stmt, 1), .per_card = db_col_int(stmt, 2)};
        if (out->count < QUOTAS_MAX && key_parse(db_col_text(stmt, 0), &quota))
            out->quotas[out->count++] = quota;
    }
    return step == 0;
}

bool db_quota_policy_changed(struct db *db, const char *kiosk, int64_t *changed_ms, GError **error)
{
    return db_int(db, error, 0, changed_ms,
                  "SELECT max(changed_ms) FROM quota_policy WHERE community=?1 AND kiosk IN (?2,'*')", "s", kiosk);
}

bool db_quota_add(struct db *db, const struct quota_set *set, const char *payload, const char *signature,
                  const char *key_id, GError **error)
{
    return db_run(db, error, "INSERT INTO quota_issue VALUES(?1,?2,?3,?4,?5,?6)", "sisss", set->kiosk, set->version,
                  payload, signature, key_id);
}

bool db_quota_find(struct db *db, const char *kiosk, int64_t version, struct quota_set *out, GError **error)
{
    g_autofree char *text = NULL;

    memset(out, 0, sizeof *out);
    if (!db_text(db, error, &text,
                 "SELECT payload FROM quota_issue WHERE community=?1 AND kiosk=?2 AND (?3=0 OR version=?3) ORDER BY version"
                 " DESC LIMIT 1",
                 "si", kiosk, version))
        return false;
    if (text == NULL)
        return true;
    json_t *json = wire_parse(text, strlen(text), error);
    bool good = quota_set_from_json(json, out);
    json_decref(json);
    if (!good && error != NULL && *error == NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a quota is damaged");
    return good;
}

bool db_quota_spends(struct db *db, const char *kiosk, bool *spends, GError **error)
{
    g_autofree struct quota_set *newest = g_new0(struct quota_set, 1);

    *spends = false;
    if (!db_quota_find(db, kiosk, 0, newest, error))
        return false;
    for (size_t i = 0; i < newest->count; i++)
        *spends = *spends || newest->quotas[i].limit > 0;
    return true;
}

json_t *db_quota_envelope(struct db *db, const char *kiosk, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT payload, signature, key_id FROM quota_issue WHERE community=?1 AND kiosk=?2 ORDER BY"
                                  " version DESC LIMIT 1",
                                  "s", kiosk);
    json_t *envelope;

    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return NULL;
    envelope = json_pack("{s:s, s:s, s:s}", "payload", db_col_text(stmt, 0), "signature",
                         db_col_text(stmt, 1), "key_id", db_col_text(stmt, 2));
    db_done(stmt);
    return envelope;
}

bool db_quota_over(struct db *db, const char *kiosk, int64_t below, const char *why, const struct quota_place *from, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO quota_over SELECT ?1,?2,?3,?4,?5,?6,?7 WHERE NOT EXISTS (SELECT 1 FROM quota_over WHERE community=?1 AND"
                  " kiosk=?2 AND below=?3 AND why=?4 AND epoch=?5) ON CONFLICT DO NOTHING",
                  "sisiii", kiosk, below, why, from->epoch, from->seq, from->at_ms);
}

bool db_quota_below(struct db *db, const char *kiosk, int64_t *below, GError **error)
{
    return db_int(db, error, 0, below, "SELECT max(below) FROM quota_over WHERE community=?1 AND kiosk=?2", "s", kiosk);
}

bool db_quota_renew(struct db *db, int64_t now_ms, GError **error)
{
    return db_run(db, error, "UPDATE quota_policy SET changed_ms=?2 WHERE community=?1", "i", now_ms);
}

enum over { OVER_NOT, OVER, OVER_REVOKED };

static bool over_at(struct db *db, const char *kiosk, int64_t version, const struct quota_place *at, enum over *out, GError **error)
{
    int64_t found = OVER_NOT;
    bool ok = db_int(db, error, OVER_NOT, &found,
                     "SELECT max(CASE why WHEN 'revoked' THEN 2 ELSE 1 END) FROM quota_over WHERE community=?1 AND kiosk=?2 AND"
                     " below>?3 AND epoch<=?4 AND seq<?5",
                     "siii", kiosk, version, at->epoch, at->seq);

    *out = (enum over)found;
    return ok;
}

/* Does the event `first`, an epoch's first one, say that what its kiosk told as `seq` and of `at_ms` was there before it? */
static bool restored_covers(const char *body, int64_t first, int64_t seq, int64_t at_ms)
{
    json_t *event = wire_parse(body, strlen(body), NULL);
    const char *type;
    int64_t restored_ms, salvaged;
    bool covers = wire_get_string(event, "type", 48, &type) && strcmp(type, "journal.restored") == 0 &&
                  wire_get_int(event, "at", 0, INT64_MAX, &restored_ms) && at_ms <= restored_ms &&
                  wire_get_int(json_object_get(event, "data"), "salvaged", 0, INT64_MAX, &salvaged) && seq - first <= salvaged;

    json_decref(event);
    return covers;
}

static bool written_again(struct db *db, const char *kiosk, int64_t seq, int64_t at_ms, bool *again, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                    "SELECT e.seq, e.body FROM kiosk_epoch k CROSS JOIN event e WHERE k.community=?1 AND k.kiosk=?2"
                                    " AND e.community=?1 AND e.kiosk=?2 AND e.epoch=k.epoch AND e.seq=k.first_seq AND"
                                    " e.verdict='accepted' AND e.seq<?3",
                                    "si", kiosk, seq);
    int step = stmt != NULL ? 1 : -1;

    *again = false;
    while (step > 0 && (step = db_next(db, stmt, error)) > 0)
        *again = *again || restored_covers(db_col_text(stmt, 1), db_col_int(stmt, 0), seq, at_ms);
    return step == 0;
}

/* Rows of a damaged disk are written again behind those of the copy that went on: as many as journal.restored says, told to
 * people as an alarm, each by its own time. Nothing that comes late of a kiosk that was revoked is believed by its own time. */
bool db_quota_closed(struct db *db, const char *kiosk, int64_t version, const struct quota_place *at, bool *closed, GError **error)
{
    enum over over;
    bool again = false;

    if (!over_at(db, kiosk, version, at, &over, error) ||
        (over == OVER && !written_again(db, kiosk, at->seq, at->at_ms, &again, error)))
        return false;
    *closed = over != OVER_NOT && !again;
    return true;
}

json_t *db_quota_open(struct db *db, int64_t since_ms, GError **error)
{
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT i.kiosk, i.payload FROM quota_issue i JOIN kiosk k ON k.community=i.community AND k.id=i.kiosk"
                              " WHERE i.community=?1 AND i.version>?2 AND NOT EXISTS (SELECT 1 FROM quota_over o WHERE"
                              " o.community=i.community AND o.kiosk=i.kiosk AND o.below>i.version AND (o.why<>'enrolled' OR"
                              " k.head_epoch>=o.epoch)) ORDER BY i.kiosk, i.version",
                              "i", since_ms),
                     NULL, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

bool db_quota_used(struct db *db, const char *kiosk, int64_t version, const struct quota *quota, const char *account,
                   struct quota_use *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT coalesce(sum(-e.amount),0), coalesce(sum(CASE WHEN e.account=?5 THEN -e.amount"
                                  " ELSE 0 END),0) FROM credit_txn t INDEXED BY credit_txn_quota CROSS JOIN credit_entry e"
                                  " WHERE t.community=?1 AND t.kiosk=?2 AND t.quota=?3 AND t.quota<>0 AND e.community=?1"
                                  " AND e.txn=t.id AND e.amount<0 AND e.book=?4 AND (?6='' OR EXISTS (SELECT 1 FROM"
                                  " credit_entry i WHERE i.community=?1 AND i.txn=t.id AND i.account='redeemed:'||?6)) AND"
                                  " NOT EXISTS (SELECT 1 FROM credit_txn r WHERE r.community=?1 AND r.reverses=t.id)",
                                  "sisss", kiosk, version, book_name(quota->book), account,
                                  quota->subject == QUOTA_ITEM ? quota->item : "");

    if (stmt == NULL || db_next(db, stmt, error) != 1)
        return false;
    *out = (struct quota_use){db_col_int(stmt, 0), db_col_int(stmt, 1)};
    db_done(stmt);
    return true;
}
