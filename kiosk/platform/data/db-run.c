/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: values by their formats, sealed where they must be, and what comes back. */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include "platform/data/db-stats.h"
#include <openssl/crypto.h>
#include <stdarg.h>
#include <string.h>

#define VALUES_MAX 64 /* of a statement */

/* Set as far as `count` only. */
struct bindings {
    struct db_value values[VALUES_MAX];
    char *made[VALUES_MAX]; /* what was sealed or indexed here; wiped */
    uint8_t digests[VALUES_MAX][DB_KEYED_SIZE];
    int count;
};

/* c, x, p, j: what stands in the table for a text that must not stand there. */
static char *text_make(const struct db *db, char format, va_list *args, GError **error)
{
    const char *place = format == 'p' ? va_arg(*args, const char *) : NULL;
    const char *key = format == 'p' || format == 'j' ? va_arg(*args, const char *) : NULL;
    const char *text = va_arg(*args, const char *);

    if (text == NULL)
        return NULL;
    if (format == 'c')
        return db_card_ref(db->keys, text, error);
    if (format == 'x')
        return db_blind(db->keys, text, error);
    if (format == 'j')
        return db_seal_body(db->keys, key, text, error);
    g_autofree char *whole = g_strdup_printf("%s|%s", place, key);
    return db_seal(db->keys, whole, text, error);
}

static bool digest_make(const struct db *db, struct bindings *bindings, va_list *args, GError **error)
{
    struct db_value *value = &bindings->values[bindings->count];
    const void *bytes = va_arg(*args, const void *);
    size_t len = va_arg(*args, size_t);

    value->bytes = bindings->digests[bindings->count];
    value->len = DB_KEYED_SIZE;
    return db_keyed(db->keys, bytes, len, bindings->digests[bindings->count], error);
}

/* False: `error` is set. */
static bool bindings_add(const struct db *db, struct bindings *bindings, char format, va_list *args, GError **error)
{
    struct db_value *value = &bindings->values[bindings->count];
    GError *why = NULL;

    g_assert(bindings->count < VALUES_MAX && strchr("sibcxpjk", format) != NULL);
    *value = (struct db_value){.kind = 0};
    bindings->made[bindings->count] = NULL;
    value->kind = format == 'k' ? 'b' : format == 'i' || format == 'b' ? format : 's';
    if (format == 's') {
        value->text = va_arg(*args, const char *);
    } else if (format == 'i') {
        value->number = va_arg(*args, int64_t);
    } else if (format == 'b') {
        value->bytes = va_arg(*args, const void *);
        value->len = va_arg(*args, size_t);
    } else if (format == 'k') {
        (void)digest_make(db, bindings, args, &why);
    } else {
        value->text = bindings->made[bindings->count] = text_make(db, format, args, &why);
    }
    bindings->count++;
    if (why != NULL)
        g_propagate_error(error, why);
    return why == NULL;
}

static bool bind_all(struct db *db, struct bindings *bindings, const char *format, va_list *args, GError **error)
{
    bool good = true;

    bindings->values[0] = (struct db_value){.kind = 's', .text = db->community};
    bindings->made[0] = NULL;
    bindings->count = 1;
    for (; good && *format != '\0'; format++)
        good = bindings_add(db, bindings, *format, args, error);
    return good;
}

static void bindings_clear(struct bindings *bindings)
{
    for (int i = 0; i < bindings->count; i++)
        if (bindings->made[i] != NULL) {
            OPENSSL_cleanse(bindings->made[i], strlen(bindings->made[i]));
            g_free(bindings->made[i]);
        }
}

static struct db_rows *bound(struct db *db, GError **error, const char *sql, const char *format, va_list *args)
{
    struct bindings bindings;
    struct db_rows *rows = NULL;

    db_stats_statement();
    if (bind_all(db, &bindings, format, args, error))
        rows = db->engine->query(db_here(db), sql, bindings.values, bindings.count, error);
    bindings_clear(&bindings);
    return rows;
}

typedef bool (*post_fn)(struct db *db, const char *sql, const struct db_value *values, int count, GError **error);

static bool posted(struct db *db, GError **error, post_fn post, const char *sql, const char *format, va_list *args)
{
    struct bindings bindings;

    db_stats_statement();
    bool ok = bind_all(db, &bindings, format, args, error) && post(db_here(db), sql, bindings.values, bindings.count, error);

    bindings_clear(&bindings);
    return ok;
}

bool db_bulk(struct db *db, bool on, GError **error)
{
    struct db *at = db_here(db);

    return at->engine->bulk(at, on, error);
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
    return rows->engine->next(db_here(db), rows, error);
}

void db_done(struct db_rows *rows)
{
    rows->engine->done(rows);
}

static bool run_all(struct db *db, struct db_rows *rows, GError **error)
{
    int step = -1;

    while (rows != NULL && (step = db_next(db, rows, error)) > 0)
        ;
    return step == 0;
}

/* `post` NULL, or nothing may be posted now: by itself. */
static bool run_by(struct db *db, GError **error, post_fn post, const char *sql, const char *format, va_list *args)
{
    db_here(db)->runs++;
    if (db_here(db)->posts && post != NULL)
        return posted(db, error, post, sql, format, args);
    return run_all(db, bound(db, error, sql, format, args), error);
}

bool db_run(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    bool ok = run_by(db, error, db->engine->post, sql, format, &args);
    va_end(args);
    return ok;
}

static bool waits(struct db *db, const struct db_later *what, const char *format, va_list *args, GError **error)
{
    struct bindings bindings;

    db_stats_statement();
    db_here(db)->runs++;
    bool ok = bind_all(db, &bindings, format, args, error) && db->engine->later(db_here(db), what, bindings.values, bindings.count, error);

    bindings_clear(&bindings);
    return ok;
}

bool db_gathers(struct db *db)
{
    return db_here(db)->posts && db->engine->later != NULL;
}

bool db_run_later(struct db *db, GError **error, const struct db_later *what, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    bool ok = db_gathers(db) ? waits(db, what, format, &args, error) : run_by(db, error, db->engine->post, what->sql, format, &args);
    va_end(args);
    return ok;
}

bool db_add_row(struct db *db, GError **error, const char *sql, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    bool ok = run_by(db, error, db->engine->gather != NULL ? db->engine->gather : db->engine->post, sql, format, &args);
    va_end(args);
    return ok;
}

bool db_asks(struct db *db)
{
    return db_here(db)->posts && db->engine->asking != NULL;
}

bool db_asking(struct db *db, bool on, GError **error)
{
    return db->engine->asking(db_here(db), on, error);
}

void db_rests(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->rests(db_here(db), topic, key);
}

void db_touches(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->touches(db_here(db), topic, key);
}

void db_forget(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->forget(db_here(db), topic, key);
}

bool db_settle(struct db *db, GError **error)
{
    struct db *at = db_here(db);

    return !at->posts || at->engine->settle(at, error);
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
    return db->engine->changes(db_here(db));
}

bool db_digest(struct db *db, const void *bytes, size_t len, uint8_t out[DB_KEYED_SIZE], GError **error)
{
    return db_keyed(db->keys, bytes, len, out, error);
}

bool db_version(struct db *db, int64_t *out, GError **error)
{
    return db->engine->version(db_here(db), out, error);
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

bool db_col_unsealed(struct db *db, struct db_rows *rows, int column, const char *place, const char *key, char **out, GError **error)
{
    const char *sealed = db_col_text(rows, column);
    g_autofree char *whole = g_strdup_printf("%s|%s", place, key);

    *out = sealed != NULL ? db_unseal(db->keys, whole, sealed, error) : NULL;
    return sealed == NULL || *out != NULL;
}

bool db_col_opened(struct db *db, struct db_rows *rows, int column, const char *id, char **out, GError **error)
{
    const char *body = db_col_text(rows, column);

    *out = body != NULL ? db_open_body(db->keys, id, body, error) : NULL;
    return body == NULL || *out != NULL;
}

void db_copy_text(struct db_rows *rows, int column, char *out, size_t size)
{
    const char *text = db_col_text(rows, column);

    g_strlcpy(out, text != NULL ? text : "", size);
}

const void *db_col_bytes(struct db_rows *rows, int column, size_t *len)
{
    *len = 0;
    return rows->engine->bytes(rows, column, len);
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
