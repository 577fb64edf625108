/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-check.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include "model/model.h"
#include <sqlite3.h>
#include <string.h>

/* ---- The file ---- */

/* First row of a pragma that says nothing, or `good`, when all is well. */
static bool pragma_says(sqlite3 *sql, const char *pragma, const char *good, char **broken, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(sql, pragma, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        if (g_strcmp0(text, good) != 0)
            *broken = g_strdup_printf("%s: %s", pragma, text);
    } else if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        *broken = g_strdup_printf("%s: %s", pragma, sqlite3_errmsg(sql));
    } else if (code != SQLITE_DONE) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", pragma, sqlite3_errmsg(sql));
    }
    sqlite3_finalize(stmt);
    return *broken != NULL || code == SQLITE_ROW || code == SQLITE_DONE;
}

bool db_check_file(const char *data_dir, char **broken, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, "platform.db", NULL);
    sqlite3 *sql = NULL;
    bool ok;

    *broken = NULL;
    ok = sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
    if (!ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s: %s", path, sql != NULL ? sqlite3_errmsg(sql) : "no memory");
    ok = ok && pragma_says(sql, "PRAGMA integrity_check(1)", "ok", broken, error) &&
         (*broken != NULL || pragma_says(sql, "PRAGMA foreign_key_check", NULL, broken, error));
    sqlite3_close(sql);
    return ok;
}

/* ---- Chains ---- */

struct link {
    uint8_t prev[32], hash[32], nonce[32];
    int64_t epoch, seq;
    bool first, raw; /* of its epoch; came as bytes that are kept elsewhere */
    char code[32];
};

/* What was kept although it does not fit says so by its code. */
static bool link_holds(struct db_rows *row, const struct link *link, const struct link *before)
{
    const uint8_t *wanted = link->first ? link->nonce : before->hash;
    uint8_t hash[32];

    if (memcmp(link->prev, wanted, 32) != 0)
        return strcmp(link->code, "CHAIN_BROKEN") == 0;
    if (link->raw)
        return true;
    chain_hash(link->prev, link->epoch, link->seq, db_col_text(row, 2), db_col_text(row, 5), db_col_len(row, 5), hash);
    return memcmp(hash, link->hash, 32) == 0 || strcmp(link->code, "HASH_WRONG") == 0;
}

static bool link_read(struct db_rows *row, const struct link *before, struct link *out)
{
    *out = (struct link){.epoch = db_col_int(row, 0), .seq = db_col_int(row, 1), .raw = !db_col_null(row, 7)};
    db_copy_text(row, 6, out->code, sizeof out->code);
    out->first = out->epoch != before->epoch;
    return db_copy_bytes(row, 3, out->prev, 32) && db_copy_bytes(row, 4, out->hash, 32) &&
           (!out->first || db_copy_bytes(row, 8, out->nonce, 32));
}

static bool chain_check(struct db *db, const char *kiosk, struct link *last, int64_t *count, char **broken, GError **error)
{
    struct db_rows *rows =
        db_query(db, error,
                 "SELECT e.epoch, e.seq, e.id, e.prev, e.hash, e.body, e.code, d.seq, k.nonce FROM event e LEFT JOIN deadletter d ON"
                 " d.community=e.community AND d.kiosk=e.kiosk AND d.epoch=e.epoch AND d.seq=e.seq AND d.hash=e.hash"
                 " LEFT JOIN kiosk_epoch k ON k.community=e.community AND k.kiosk=e.kiosk AND k.epoch=e.epoch"
                 " WHERE e.community=?1 AND e.kiosk=?2 ORDER BY e.epoch, e.seq",
                 "s", kiosk);
    int step = -1;

    while (rows != NULL && *broken == NULL && (step = db_next(db, rows, error)) > 0) {
        struct link link;
        if (!link_read(rows, last, &link) || !link_holds(rows, &link, last)) {
            *broken = g_strdup_printf("%s, epoch %" G_GINT64_FORMAT ", event %" G_GINT64_FORMAT, kiosk, link.epoch, link.seq);
            db_done(rows);
            return true;
        }
        *last = link;
        ++*count;
    }
    return step == 0;
}

static bool kiosk_check(struct db *db, const char *kiosk, int64_t *count, char **broken, GError **error)
{
    struct link last = {.epoch = -1};
    struct kiosk_row row;
    bool found;

    if (!db_kiosk_find(db, kiosk, &row, &found, error) || !chain_check(db, kiosk, &last, count, broken, error))
        return false;
    if (*broken == NULL && last.epoch >= 0 &&
        (!found || row.head_epoch != last.epoch || row.head_seq != last.seq || memcmp(row.head_hash, last.hash, 32) != 0))
        *broken = g_strdup_printf("%s: the head that is kept is not its last event", kiosk);
    return true;
}

bool db_check_chains(struct db *db, int64_t *count, char **broken, GError **error)
{
    g_autoptr(GPtrArray) kiosks =
        db_texts(db, db_query(db, error, "SELECT id FROM kiosk WHERE community=?1 ORDER BY id", ""), error);

    *broken = NULL;
    *count = 0;
    for (guint i = 0; kiosks != NULL && *broken == NULL && i < kiosks->len; i++)
        if (!kiosk_check(db, kiosks->pdata[i], count, broken, error))
            return false;
    return kiosks != NULL;
}

/* ---- What is sealed ---- */

static bool opens(struct db *db, struct db_rows *row, const struct db_seal_place *place, GError **error)
{
    const char *key = db_col_text(row, 0);
    char *text = NULL;
    bool good = strcmp(place->place, DB_SEAL_BODY) == 0 ? db_col_opened(db, row, 1, key, &text, error)
                                                        : db_col_unsealed(db, row, 1, place->place, key, &text, error);

    db_secret_free(text);
    return good;
}

static bool sealed_check(struct db *db, struct db_rows *rows, const struct db_seal_place *place, int64_t *count, char **broken, GError **error)
{
    int step = -1;

    while (rows != NULL && (step = db_next(db, rows, error)) > 0) {
        g_autoptr(GError) why = NULL;

        if (!opens(db, rows, place, &why)) {
            *broken = g_strdup_printf("%s.%s of %s: %s", place->table, place->column, db_col_text(rows, 0), why != NULL ? why->message : "");
            db_done(rows);
            return true;
        }
        ++*count;
    }
    return step == 0;
}

bool db_check_sealed(struct db *db, int64_t *count, char **broken, GError **error)
{
    *broken = NULL;
    *count = 0;
    for (const struct db_seal_place *place = db_seal_places; *broken == NULL && place->place != NULL; place++) {
        g_autofree char *sql = g_strdup_printf("SELECT %s, %s FROM %s WHERE community=?1 AND %s IS NOT NULL%s%s%s", place->key,
                                               place->column, place->table, place->column, place->goes ? " AND " : "",
                                               place->goes ? place->column : "", place->goes ? "<>''" : "");
        /* A statement is known by its address as long as the connection lives. */
        if (!sealed_check(db, db_query(db, error, g_intern_string(sql), ""), place, count, broken, error))
            return false;
    }
    return true;
}

/* ---- Books ---- */

bool db_check_books(struct db *db, char **broken, GError **error)
{
    g_autofree char *open = NULL;
    GError *why = NULL;

    *broken = NULL;
    if (!db_text(db, error, &open, "SELECT id FROM txn WHERE community=?1 AND closed<>1", ""))
        return false;
    *broken = open != NULL ? g_strdup_printf("transaction %s is open", open) : db_credit_broken(db, &why);
    if (why != NULL)
        g_propagate_error(error, why);
    return why == NULL;
}
