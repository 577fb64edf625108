/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hotlist: its entries as they are now, one row a version with the delta that led to it, and the files that were built.
 * A mark is a BLOB of eight bytes, so that their order is the file's.
 */
#include "platform/data/db-rows.h"

#include "sync/wire.h"
#include <string.h>

#define PAGE_ROWS 10000 /* at a time: an engine may hold all rows of a statement, and a list has millions */

void db_mark_bytes(uint64_t mark, uint8_t out[8])
{
    mark = GUINT64_TO_BE(mark);
    memcpy(out, &mark, 8);
}

/* ---- Many marks ---- */

/* Rows (mark, reason), rising. `sql` gives those behind the mark ?2, at most ?3. */
struct marks {
    const char *sql;
    struct db_rows *stmt; /* NULL: the next page is to be asked for */
    int64_t rows;         /* of this page */
    uint8_t last[8];      /* the mark that was read last; before the first one `len` is 0: no bytes come before all others */
    size_t len;
    bool over;
    uint64_t mark;
    int reason;
};

static bool mark_read(struct marks *marks, GError **error)
{
    if (!db_copy_bytes(marks->stmt, 0, marks->last, sizeof marks->last)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an entry of the hotlist is none");
        return false;
    }
    marks->len = sizeof marks->last;
    marks->rows++;
    memcpy(&marks->mark, marks->last, sizeof marks->mark);
    marks->mark = GUINT64_FROM_BE(marks->mark);
    marks->reason = (int)db_col_int(marks->stmt, 1);
    return true;
}

/* The next row, or `over`. */
static bool marks_next(struct db *db, struct marks *marks, GError **error)
{
    int step = 0;

    while (step == 0) {
        if (marks->stmt == NULL) {
            marks->rows = 0;
            marks->stmt = db_query(db, error, marks->sql, "bi", marks->last, marks->len, (int64_t)PAGE_ROWS);
        }
        step = marks->stmt != NULL ? db_next(db, marks->stmt, error) : -1;
        if (step > 0)
            return mark_read(marks, error);
        marks->stmt = NULL;
        marks->over = step == 0 && marks->rows < PAGE_ROWS;
        if (marks->over)
            return true;
    }
    return false;
}

static void marks_end(struct marks *marks)
{
    if (marks->stmt != NULL)
        db_done(marks->stmt);
}

bool db_marks_each(struct db *db, const char *sql, db_mark_fn each, void *ctx, GError **error)
{
    struct marks marks = {.sql = sql};
    bool good;

    while ((good = marks_next(db, &marks, error)) && !marks.over && (good = each(ctx, marks.mark, marks.reason, error)))
        ;
    marks_end(&marks);
    return good;
}

/* ---- Versions ---- */

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

static bool listed_read(struct db_rows *row, void *into)
{
    struct hotlist_listed *out = into;

    out->reason = (int)db_col_int(row, 0);
    out->since_ms = out->reason >= 0 ? db_col_int(row, 1) : 0;
    out->replaced = db_col_int(row, 2) != 0;
    return true;
}

/* All tokens that begin with this mark. */
static void mark_tokens(uint64_t mark, char first[33], char last[33])
{
    char digits[HOTLIST_MARK_DIGITS + 1];

    hotlist_mark_format(mark, digits);
    g_snprintf(first, 33, "%s0000000000000000", digits);
    g_snprintf(last, 33, "%sffffffffffffffff", digits);
}

bool db_hotlist_entry_find(struct db *db, uint64_t mark, struct hotlist_listed *out, GError **error)
{
    static const struct db_reader LISTED = {listed_read, sizeof(struct hotlist_listed), "an entry of the hotlist"};
    char first[33], last[33];
    uint8_t bytes[8];
    bool found = false;

    db_mark_bytes(mark, bytes);
    mark_tokens(mark, first, last);
    return db_first(db,
                    db_query(db, error,
                             "SELECT coalesce(s.reason, e.reason, -1), CASE WHEN s.at_ms<coalesce(e.since_ms, s.at_ms+1) THEN s.at_ms ELSE"
                             " coalesce(e.since_ms, 0) END, CASE WHEN EXISTS (SELECT 1 FROM card_line l WHERE l.community=?1 AND l.card"
                             " BETWEEN ?3 AND ?4) THEN 1 ELSE 0 END FROM (SELECT 1 AS n) one LEFT JOIN hotlist_entry e ON e.community=?1"
                             " AND e.mark=?2 LEFT JOIN (SELECT g.reason, i.at_ms FROM hotlist_import i JOIN hotlist_staged g ON"
                             " g.community=i.community AND g.mark=?2 WHERE i.community=?1 AND i.state='PUBLISHED') s ON 1=1",
                             "bss", bytes, sizeof bytes, first, last),
                    &LISTED, out, &found, error);
}

bool db_hotlist_entry_set(struct db *db, const struct hotlist_entry *entry, int64_t since_ms, GError **error)
{
    uint8_t bytes[8];

    db_mark_bytes(entry->mark, bytes);
    return db_run(db, error,
                  "INSERT INTO hotlist_entry VALUES(?1,?2,?3,?4) ON CONFLICT(community, mark) DO UPDATE SET"
                  " reason=excluded.reason, since_ms=excluded.since_ms",
                  "bii", bytes, sizeof bytes, (int64_t)entry->reason, since_ms);
}

bool db_hotlist_entry_delete(struct db *db, uint64_t mark, GError **error)
{
    uint8_t bytes[8];

    db_mark_bytes(mark, bytes);
    return db_run(db, error, "DELETE FROM hotlist_entry WHERE community=?1 AND mark=?2", "b", bytes, sizeof bytes);
}

/* The next entry of the list: of two rows with one mark the staged one says what it is, and one that takes off is none. */
static bool entry_next(struct db *db, struct marks *kept, struct marks *staged, struct hotlist_entry *out, bool *over, GError **error)
{
    int reason = -1;

    while (reason < 0) {
        *over = kept->over && staged->over;
        if (*over)
            return true;
        bool fresh = !staged->over && (kept->over || staged->mark <= kept->mark);
        bool both = fresh && !kept->over && staged->mark == kept->mark;
        out->mark = fresh ? staged->mark : kept->mark;
        reason = fresh ? staged->reason : kept->reason;
        if ((fresh && !marks_next(db, staged, error)) || ((!fresh || both) && !marks_next(db, kept, error)))
            return false;
    }
    out->reason = (uint8_t)reason;
    return true;
}

/* With the staged rows of a published import over it. */
bool db_hotlist_each(struct db *db, hotfile_each_fn each, void *ctx, GError **error)
{
    struct marks kept = {.sql = "SELECT mark, reason FROM hotlist_entry WHERE community=?1 AND mark>?2 ORDER BY mark LIMIT ?3"},
                 staged = {.sql = "SELECT mark, reason FROM hotlist_staged WHERE community=?1 AND mark>?2 ORDER BY mark LIMIT ?3"};
    struct hotlist_entry entry;
    struct import_row import;
    bool over = false, good = db_import_find(db, &import, error);

    staged.over = import.state != IMPORT_PUBLISHED;
    good = good && marks_next(db, &kept, error) && (staged.over || marks_next(db, &staged, error));
    while (good && (good = entry_next(db, &kept, &staged, &entry, &over, error)) && !over)
        good = each(ctx, &entry, error);
    marks_end(&kept);
    marks_end(&staged);
    return good;
}

bool db_card_mark_listed(struct db *db, uint64_t mark, const char *except_token, bool *listed, GError **error)
{
    char first[33], last[33];
    int64_t count;

    mark_tokens(mark, first, last);
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
    struct hotlist_listed entry = {.reason = -1};
    uint64_t mark = 0;

    *listed = false;
    if (hotlist_mark_of_token(token, &mark) && !db_hotlist_entry_find(db, mark, &entry, error))
        return false;
    *listed = entry.reason >= 0 && entry.since_ms <= at_ms;
    return true;
}

/* ---- Deltas ---- */

bool db_hotlist_way(struct db *db, int64_t since, struct hotlist_way *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT count(*), coalesce(sum(changes), 0), coalesce(sum(CASE WHEN payload IS NULL"
                                  " THEN 1 ELSE 0 END), 0) FROM hotlist WHERE community=?1 AND version>?2",
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
                  "INSERT INTO hotlist_file VALUES(?1,?2,?3,?4,?5) ON CONFLICT(community, version) DO UPDATE SET"
                  " payload=excluded.payload, signature=excluded.signature, key_id=excluded.key_id",
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
    g_autofree char *manifest = NULL;
    const char *text;

    *hash = NULL;
    if (!db_text(db, error, &manifest, "SELECT payload FROM hotlist_file WHERE community=?1 AND version=?2", "i", version))
        return false;
    if (manifest == NULL)
        return true;
    json_t *json = wire_parse(manifest, strlen(manifest), error);
    if (wire_get_string(json, "sha256", 64, &text))
        *hash = g_strdup(text);
    else if (json != NULL)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the manifest of a hotlist is damaged");
    json_decref(json);
    return *hash != NULL;
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
