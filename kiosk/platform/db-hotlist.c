/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hotlist: its entries as they are now, one row a version with the delta that led to it, and the files that were built.
 * A mark is a BLOB of eight bytes, so that their order is the file's.
 */
#include "platform/db-rows.h"

#include <string.h>

static void mark_bytes(uint64_t mark, uint8_t out[8])
{
    mark = GUINT64_TO_BE(mark);
    memcpy(out, &mark, 8);
}

bool db_hotlist_version(struct db *db, int64_t *version, GError **error)
{
    return db_int(db, error, 0, version, "SELECT max(version) FROM hotlist WHERE community=?1", "");
}

bool db_hotlist_head(struct db *db, struct hotlist_head *out, bool *known, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT version, issued_ms, count, digest FROM hotlist WHERE community=?1"
                                  " ORDER BY version DESC LIMIT 1",
                                  "");
    int step;

    memset(out, 0, sizeof *out);
    *known = false;
    if (stmt == NULL || (step = db_next(db, stmt, error)) < 0)
        return false;
    if (step == 0)
        return true;
    out->version = db_col_int(stmt, 0);
    out->issued_ms = db_col_int(stmt, 1);
    out->count = db_col_int(stmt, 2);
    *known = db_copy_bytes(stmt, 3, out->digest, 32);
    db_done(stmt);
    return true;
}

bool db_hotlist_add(struct db *db, const struct hotlist_version_row *row, GError **error)
{
    return db_run(db, error, "INSERT INTO hotlist VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)", "iiibisss", row->head.version,
                  row->head.issued_ms, row->head.count, row->head.digest, sizeof row->head.digest, row->changes,
                  row->payload, row->signature, row->key_id);
}

/* ---- Entries ---- */

bool db_hotlist_entry_get(struct db *db, uint64_t mark, int *reason, GError **error)
{
    uint8_t bytes[8];
    int64_t value;

    mark_bytes(mark, bytes);
    if (!db_int(db, error, -1, &value,
                "SELECT coalesce((SELECT s.reason FROM hotlist_import i JOIN hotlist_staged s ON s.community=i.community AND"
                " s.mark=?2 WHERE i.community=?1 AND i.state='PUBLISHED'),"
                " (SELECT reason FROM hotlist_entry WHERE community=?1 AND mark=?2))",
                "b", bytes, sizeof bytes))
        return false;
    *reason = (int)value;
    return true;
}

bool db_hotlist_entry_set(struct db *db, const struct hotlist_entry *entry, int64_t since_ms, GError **error)
{
    uint8_t bytes[8];

    mark_bytes(entry->mark, bytes);
    return db_run(db, error,
                  "INSERT INTO hotlist_entry VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE SET reason=excluded.reason,"
                  " since_ms=excluded.since_ms",
                  "bii", bytes, sizeof bytes, (int64_t)entry->reason, since_ms);
}

bool db_hotlist_entry_delete(struct db *db, uint64_t mark, GError **error)
{
    uint8_t bytes[8];

    mark_bytes(mark, bytes);
    return db_run(db, error, "DELETE FROM hotlist_entry WHERE community=?1 AND mark=?2", "b", bytes, sizeof bytes);
}

/* With the staged rows of a published import over it. */
static struct db_rows *each_query(struct db *db, GError **error)
{
    struct import_row import;

    if (!db_import_find(db, &import, error))
        return NULL;
    if (import.state != IMPORT_PUBLISHED)
        return db_query(db, error, "SELECT mark, reason FROM hotlist_entry WHERE community=?1 ORDER BY mark", "");
    return db_query(db, error,
                    "SELECT mark, reason FROM hotlist_entry e WHERE community=?1 AND NOT EXISTS (SELECT 1 FROM hotlist_staged s"
                    " WHERE s.community=?1 AND s.mark=e.mark) UNION ALL SELECT mark, reason FROM hotlist_staged WHERE"
                    " community=?1 AND reason>=0 ORDER BY mark",
                    "");
}

bool db_hotlist_each(struct db *db, hotfile_each_fn each, void *ctx, GError **error)
{
    struct db_rows *stmt = each_query(db, error);
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct hotlist_entry entry = {.reason = (uint8_t)db_col_int(stmt, 1)};
        uint8_t bytes[8];

        if (db_copy_bytes(stmt, 0, bytes, 8)) {
            memcpy(&entry.mark, bytes, 8);
            entry.mark = GUINT64_FROM_BE(entry.mark);
            if (each(ctx, &entry, error))
                continue;
        } else {
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an entry of the hotlist is none");
        }
        db_done(stmt);
        step = -1;
    }
    return step == 0;
}

bool db_card_mark_listed(struct db *db, uint64_t mark, const char *except_token, bool *listed, GError **error)
{
    char first[33], last[33], digits[HOTLIST_MARK_DIGITS + 1];
    int64_t count;

    hotlist_mark_format(mark, digits);
    g_snprintf(first, sizeof first, "%s0000000000000000", digits);
    g_snprintf(last, sizeof last, "%sffffffffffffffff", digits);
    if (!db_int(db, error, 0, &count,
                "SELECT count(*) FROM card WHERE community=?1 AND token BETWEEN ?2 AND ?3 AND token<>?4"
                " AND state IN ('lost','suspended')",
                "sss", first, last, except_token))
        return false;
    *listed = count > 0;
    return true;
}

bool db_card_listed_at(struct db *db, const char *token, int64_t at_ms, bool *listed, GError **error)
{
    uint8_t bytes[8];
    uint64_t mark = 0;
    int64_t count = 0;

    *listed = false;
    if (!hotlist_mark_of_token(token, &mark))
        return true;
    mark_bytes(mark, bytes);
    if (!db_int(db, error, 0, &count,
                "SELECT (SELECT count(*) FROM hotlist_entry WHERE community=?1 AND mark=?2 AND since_ms<=?3) +"
                " (SELECT count(*) FROM hotlist_import i JOIN hotlist_staged s ON s.community=i.community AND s.mark=?2"
                " WHERE i.community=?1 AND i.state='PUBLISHED' AND s.reason>=0 AND i.at_ms<=?3)",
                "bi", bytes, sizeof bytes, at_ms))
        return false;
    *listed = count > 0;
    return true;
}

/* ---- Deltas ---- */

bool db_hotlist_way(struct db *db, int64_t since, struct hotlist_way *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT count(*), ifnull(sum(changes), 0), ifnull(sum(payload IS NULL), 0) FROM hotlist"
                                  " WHERE community=?1 AND version>?2",
                                  "i", since);

    memset(out, 0, sizeof *out);
    if (stmt == NULL || db_next(db, stmt, error) <= 0)
        return false;
    out->versions = db_col_int(stmt, 0);
    out->changes = db_col_int(stmt, 1);
    out->broken = db_col_int(stmt, 2) != 0;
    db_done(stmt);
    return true;
}

static json_t *envelope_of(struct db_rows *stmt, int column)
{
    return json_pack("{s:s, s:s, s:s}", "payload", db_col_text(stmt, column), "signature",
                     db_col_text(stmt, column + 1), "key_id", db_col_text(stmt, column + 2));
}

json_t *db_hotlist_deltas(struct db *db, int64_t since, int64_t deltas_max, int64_t changes_max, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT changes, payload, signature, key_id FROM hotlist"
                                  " WHERE community=?1 AND version>?2 ORDER BY version LIMIT ?3",
                                  "ii", since, deltas_max);
    json_t *envelopes = json_array();
    int64_t changes = 0;
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        changes += db_col_int(stmt, 0);
        if (changes > changes_max && json_array_size(envelopes) > 0) {
            db_done(stmt);
            step = 0;
        } else if (json_array_append_new(envelopes, envelope_of(stmt, 1)) != 0) {
            g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "a delta of the hotlist is not UTF-8");
            db_done(stmt);
            step = -1;
        }
    }
    if (step == 0)
        return envelopes;
    json_decref(envelopes);
    return NULL;
}

bool db_hotlist_deltas_forget(struct db *db, int64_t before_ms, int64_t version, GError **error)
{
    return db_run(db, error,
                  "UPDATE hotlist SET payload=NULL, signature=NULL, key_id=NULL"
                  " WHERE community=?1 AND issued_ms<?2 AND version<=?3 AND payload IS NOT NULL",
                  "ii", before_ms, version);
}

/* ---- Files ---- */

bool db_hotlist_file_add(struct db *db, int64_t version, const char *payload, const char *signature,
                         const char *key_id, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO hotlist_file VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET payload=excluded.payload,"
                  " signature=excluded.signature, key_id=excluded.key_id",
                  "isss", version, payload, signature, key_id);
}

bool db_hotlist_file(struct db *db, int64_t *version, json_t **envelope, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT version, payload, signature, key_id FROM hotlist_file WHERE community=?1"
                                  " ORDER BY version DESC LIMIT 1",
                                  "");
    int step;

    *version = 0;
    if (envelope != NULL)
        *envelope = NULL;
    if (stmt == NULL || (step = db_next(db, stmt, error)) < 0)
        return false;
    if (step == 0)
        return true;
    *version = db_col_int(stmt, 0);
    if (envelope != NULL)
        *envelope = envelope_of(stmt, 1);
    db_done(stmt);
    return true;
}

bool db_hotlist_file_hash(struct db *db, int64_t version, char **hash, GError **error)
{
    return db_text(db, error, hash,
                   "SELECT json_extract(payload, '$.sha256') FROM hotlist_file WHERE community=?1 AND version=?2", "i",
                   version);
}

GArray *db_hotlist_files_forget(struct db *db, int64_t keep, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "DELETE FROM hotlist_file WHERE community=?1 AND version NOT IN (SELECT version FROM"
                                  " hotlist_file WHERE community=?1 ORDER BY version DESC LIMIT ?2) RETURNING version",
                                  "i", keep);
    GArray *versions = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step = stmt != NULL ? 1 : -1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        int64_t version = db_col_int(stmt, 0);
        g_array_append_val(versions, version);
    }
    if (step < 0)
        g_clear_pointer(&versions, g_array_unref);
    return versions;
}
