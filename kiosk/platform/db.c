/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/db-engine.h"
#include "platform/db-seal.h"
#include <openssl/crypto.h>
#include <stdarg.h>
#include <string.h>

#define VALUES_MAX 32 /* of a statement */

G_DEFINE_QUARK(platform - error - quark, platform_error)

struct db *db_open(const char *data_dir, const char *community, bool create, const struct db_keys *keys, GError **error)
{
    struct db *db = g_new0(struct db, 1);

    g_mutex_init(&db->lock);
    db->engine = &db_engine_sqlite;
    db->community = g_strdup(community);
    db->keys = g_memdup2(keys, keys != NULL ? sizeof *keys : 0);
    if (db->engine->open(db, data_dir, create, error) && db->engine->migrate(db, error))
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db->engine->close(db);
    g_mutex_clear(&db->lock);
    if (db->keys != NULL)
        OPENSSL_cleanse(db->keys, sizeof *db->keys);
    g_free(db->keys);
    g_free(db->community);
    g_free(db);
}

const char *db_community(const struct db *db)
{
    return db->community;
}

/* ---- Transactions ---- */

bool db_begin(struct db *db, bool writing, GError **error)
{
    g_mutex_lock(&db->lock);
    if (db->engine->begin(db, writing, error))
        return true;
    g_mutex_unlock(&db->lock);
    return false;
}

bool db_commit(struct db *db, GError **error)
{
    bool ok = db->engine->commit(db, error);

    g_mutex_unlock(&db->lock);
    return ok;
}

void db_rollback(struct db *db)
{
    db->engine->rollback(db);
    g_mutex_unlock(&db->lock);
}

bool db_savepoint(struct db *db, GError **error)
{
    return db->engine->script(db, "SAVEPOINT item", error);
}

bool db_release(struct db *db, GError **error)
{
    return db->engine->script(db, "RELEASE item", error);
}

bool db_undo(struct db *db, GError **error)
{
    return db->engine->script(db, "ROLLBACK TO item; RELEASE item", error);
}

/* ---- Statements ---- */

static struct db_value value_take(char format, va_list *args)
{
    struct db_value value = {.kind = format};

    if (format == 's') {
        value.text = va_arg(*args, const char *);
    } else if (format == 'i') {
        value.number = va_arg(*args, int64_t);
    } else {
        g_assert(format == 'b');
        value.bytes = va_arg(*args, const void *);
        value.len = va_arg(*args, size_t);
    }
    return value;
}

static struct db_rows *bound(struct db *db, GError **error, const char *sql, const char *format, va_list *args)
{
    struct db_value values[VALUES_MAX] = {{.kind = 's', .text = db->community}};
    int count = 1;

    for (; *format != '\0'; format++) {
        g_assert(count < VALUES_MAX);
        values[count++] = value_take(*format, args);
    }
    return db->engine->query(db, sql, values, count, error);
}

struct db_rows *db_query(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;
    struct db_rows *rows;

    va_start(args, format);
    rows = bound(db, error, sql, format, &args);
    va_end(args);
    return rows;
}

int db_next(struct db *db, struct db_rows *rows, GError **error)
{
    return rows->engine->next(db, rows, error);
}

void db_done(struct db_rows *rows)
{
    rows->engine->done(rows);
}

bool db_run(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;
    struct db_rows *rows;
    int step;

    va_start(args, format);
    rows = bound(db, error, sql, format, &args);
    va_end(args);
    if (rows == NULL)
        return false;
    while ((step = db_next(db, rows, error)) > 0)
        ;
    return step == 0;
}

bool db_int(struct db *db, GError **error, int64_t fallback, int64_t *out, const char *sql,
            const char *format, ...)
{
    va_list args;
    struct db_rows *rows;
    int step;

    *out = fallback;
    va_start(args, format);
    rows = bound(db, error, sql, format, &args);
    va_end(args);
    if (rows == NULL)
        return false;
    step = db_next(db, rows, error);
    if (step > 0) {
        if (!db_col_null(rows, 0))
            *out = db_col_int(rows, 0);
        db_done(rows);
    }
    return step >= 0;
}

bool db_text(struct db *db, GError **error, char **out, const char *sql, const char *format, ...)
{
    va_list args;
    struct db_rows *rows;
    int step;

    *out = NULL;
    va_start(args, format);
    rows = bound(db, error, sql, format, &args);
    va_end(args);
    if (rows == NULL)
        return false;
    step = db_next(db, rows, error);
    if (step > 0) {
        *out = g_strdup(db_col_text(rows, 0));
        db_done(rows);
    }
    return step >= 0;
}

int db_changes(struct db *db)
{
    return db->engine->changes(db);
}

bool db_version(struct db *db, int64_t *out, GError **error)
{
    return db->engine->version(db, out, error);
}

/* ---- Columns ---- */

int db_col_count(struct db_rows *rows)
{
    return rows->engine->count(rows);
}

const char *db_col_name(struct db_rows *rows, int column)
{
    return rows->engine->name_of(rows, column);
}

bool db_col_null(struct db_rows *rows, int column)
{
    return rows->engine->is_null(rows, column);
}

bool db_col_is_int(struct db_rows *rows, int column)
{
    return rows->engine->is_int(rows, column);
}

int64_t db_col_int(struct db_rows *rows, int column)
{
    return rows->engine->number(rows, column);
}

const char *db_col_text(struct db_rows *rows, int column)
{
    return rows->engine->text(rows, column);
}

size_t db_col_len(struct db_rows *rows, int column)
{
    size_t len = 0;

    (void)rows->engine->bytes(rows, column, &len);
    return len;
}

void db_copy_text(struct db_rows *rows, int column, char *out, size_t size)
{
    const char *text = db_col_text(rows, column);

    g_strlcpy(out, text != NULL ? text : "", size);
}

bool db_copy_bytes(struct db_rows *rows, int column, uint8_t *out, size_t len)
{
    size_t has = 0;
    const void *bytes = rows->engine->bytes(rows, column, &has);

    if (bytes == NULL || has != len)
        return false;
    memcpy(out, bytes, len);
    return true;
}
