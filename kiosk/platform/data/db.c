/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include "platform/data/db-stats.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <stdarg.h>
#include <string.h>

#define VALUES_MAX     64 /* of a statement */
#define DB_READERS_MAX 4  /* connections of one database that read */


/* The connection string that DIR/database holds, g_free; *server false: there is no such file, and the database is one itself. */
static char *server_of(const char *data_dir, bool *server, GError **error)
{
    g_autofree char *path = g_build_filename(data_dir, DB_SERVER_FILE, NULL);
    char *text = NULL;
    gsize len = 0;

    *server = g_file_test(path, G_FILE_TEST_EXISTS);
    if (!*server || !g_file_get_contents(path, &text, &len, error))
        return NULL;
    if (len == strlen(text) && *g_strstrip(text) != '\0')
        return text;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s holds no connection string", path);
    g_free(text);
    return NULL;
}

/* ---- Connections ---- */

static GPrivate reading; /* GSList of the readers that this thread's transactions are on: one of each database */

/* Where this thread's statements go: its reader while it reads, else the connection that writes. */
static struct db *here(struct db *db)
{
    for (GSList *item = g_private_get(&reading); item != NULL; item = item->next)
        if (((struct db *)item->data)->owner == db)
            return item->data;
    return db;
}

static void reader_free(gpointer data)
{
    struct db *reader = data;

    reader->engine->close(reader);
    g_free(reader);
}

static struct db *reader_new(struct db *db, GError **error)
{
    struct db *reader = g_new0(struct db, 1);

    *reader = (struct db){.engine = db->engine, .community = db->community, .keys = db->keys, .owner = db};
    if (db->engine->open_reader(reader, db->place, error))
        return reader;
    reader_free(reader);
    return NULL;
}

/* Under the lock: an idle one, or a place for a new one (NULL). */
static struct db *reader_wait(struct db *db)
{
    while (db->readers->len == 0 && db->reader_count >= DB_READERS_MAX)
        g_cond_wait(&db->readers_back, &db->readers_lock);
    if (db->readers->len > 0)
        return g_ptr_array_steal_index(db->readers, db->readers->len - 1);
    db->reader_count++;
    return NULL;
}

static struct db *reader_take(struct db *db, GError **error)
{
    g_mutex_lock(&db->readers_lock);
    struct db *reader = reader_wait(db);
    g_mutex_unlock(&db->readers_lock);
    if (reader != NULL || (reader = reader_new(db, error)) != NULL)
        return reader;
    g_mutex_lock(&db->readers_lock);
    db->reader_count--;
    g_cond_signal(&db->readers_back);
    g_mutex_unlock(&db->readers_lock);
    return NULL;
}

static void reader_give_back(struct db *reader)
{
    struct db *db = reader->owner;

    g_mutex_lock(&db->readers_lock);
    g_ptr_array_add(db->readers, reader);
    g_cond_signal(&db->readers_back);
    g_mutex_unlock(&db->readers_lock);
}

static struct db *db_new(const char *community, const char *place, const struct db_keys *keys)
{
    struct db *db = g_new0(struct db, 1);

    g_mutex_init(&db->lock);
    g_cond_init(&db->turn_over);
    g_mutex_init(&db->readers_lock);
    g_cond_init(&db->readers_back);
    db->readers = g_ptr_array_new_with_free_func(reader_free);
    db->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    db->community = g_strdup(community);
    db->place = g_strdup(place);
    db->keys = g_memdup2(keys, keys != NULL ? sizeof *keys : 0);
    return db;
}

struct db *db_open(const char *data_dir, const char *community, bool create, const struct db_keys *keys, GError **error)
{
    bool server = false;
    g_autofree char *conninfo = server_of(data_dir, &server, error);

    if (server && conninfo == NULL)
        return NULL;
    struct db *db = db_new(community, server ? conninfo : data_dir, keys);
    db->engine = server ? &db_engine_pg : &db_engine_sqlite;
    if (db->engine->open(db, db->place, create, error))
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    g_assert(db->readers->len == db->reader_count);
    g_ptr_array_unref(db->readers);
    g_hash_table_unref(db->accounts);
    db->engine->close(db);
    g_mutex_clear(&db->lock);
    g_cond_clear(&db->turn_over);
    g_mutex_clear(&db->readers_lock);
    g_cond_clear(&db->readers_back);
    if (db->keys != NULL)
        OPENSSL_cleanse(db->keys, sizeof *db->keys);
    g_free(db->keys);
    g_free(db->community);
    g_free(db->place);
    g_free(db);
}

const char *db_community(const struct db *db)
{
    return db->community;
}

/* ---- Transactions ---- */

static bool begin_reading(struct db *db, GError **error)
{
    g_assert(here(db) == db);
    struct db *reader = reader_take(db, error);

    if (reader == NULL)
        return false;
    if (!db->engine->begin(reader, false, error)) {
        reader_give_back(reader);
        return false;
    }
    g_private_set(&reading, g_slist_prepend(g_private_get(&reading), reader));
    return true;
}

/* One after the other in the order in which they came, so that none waits for long. */
static void turn_wait(struct db *db)
{
    g_mutex_lock(&db->lock);
    uint64_t mine = db->turn_next++;
    while (db->turn != mine)
        g_cond_wait(&db->turn_over, &db->lock);
    g_mutex_unlock(&db->lock);
}

static void turn_end(struct db *db)
{
    g_mutex_lock(&db->lock);
    db->turn++;
    db->turn_ms = 0;
    g_cond_broadcast(&db->turn_over);
    g_mutex_unlock(&db->lock);
}

/* Of the connection that this thread's transaction is on, which it has no more. */
static void leave(struct db *at)
{
    db_stats_ended(clock_boot_ms() - at->begun_ms);
    if (at->owner == NULL) {
        turn_end(at);
        return;
    }
    g_private_set(&reading, g_slist_remove(g_private_get(&reading), at));
    reader_give_back(at);
}

static void turn_mark(struct db *db)
{
    g_mutex_lock(&db->lock);
    db->turn_ms = clock_boot_ms();
    g_mutex_unlock(&db->lock);
}

static bool begin_writing(struct db *db, GError **error)
{
    g_assert(here(db) == db);
    turn_wait(db);
    if (db->engine->far)
        turn_mark(db);
    if (db->engine->begin(db, true, error)) {
        turn_mark(db);
        return true;
    }
    turn_end(db);
    return false;
}

int64_t db_turn_ms(struct db *db)
{
    g_mutex_lock(&db->lock);
    int64_t since_ms = db->turn_ms;
    g_mutex_unlock(&db->lock);
    return since_ms != 0 ? clock_boot_ms() - since_ms : 0;
}

static __thread bool thread_reads, thread_wrote;

void db_thread_reads(bool on)
{
    thread_reads = on;
    thread_wrote = false;
}

bool db_thread_wrote(void)
{
    bool wrote = thread_wrote;

    thread_wrote = false;
    return wrote;
}

/* True: not here. */
static bool refused_here(bool writing, GError **error)
{
    if (!writing || !thread_reads)
        return false;
    thread_wrote = true;
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_READS, "this thread only reads");
    return true;
}

bool db_begin(struct db *db, bool writing, GError **error)
{
    int64_t asked_ms = clock_boot_ms();

    if (refused_here(writing, error))
        return false;
    if (!(writing ? begin_writing(db, error) : begin_reading(db, error))) {
        db_stats_failed();
        return false;
    }
    struct db *at = here(db);
    at->begun_ms = clock_boot_ms();
    at->posts = writing && at->engine->post != NULL;
    db_stats_begun(writing, at->begun_ms - asked_ms);
    return true;
}

/* What was taken to be there may be undone. */
static void forget(struct db *at)
{
    if (at->owner == NULL)
        g_hash_table_remove_all(at->accounts);
}

bool db_commit(struct db *db, GError **error)
{
    struct db *at = here(db);

    at->posts = false;
    bool ok = at->engine->commit(at, error);

    if (!ok) {
        db_stats_failed();
        forget(at);
    }
    leave(at);
    return ok;
}

void db_rollback(struct db *db)
{
    struct db *at = here(db);

    at->posts = false;
    at->engine->rollback(at);
    forget(at);
    leave(at);
}

bool db_savepoint(struct db *db, const char *name, GError **error)
{
    g_autofree char *script = g_strdup_printf("SAVEPOINT %s", name);

    return db->engine->script(db, script, error);
}

bool db_release(struct db *db, const char *name, GError **error)
{
    g_autofree char *script = g_strdup_printf("RELEASE %s", name);

    return db->engine->script(db, script, error);
}

bool db_undo(struct db *db, const char *name, GError **error)
{
    g_autofree char *script = g_strdup_printf("ROLLBACK TO %s; RELEASE %s", name, name);

    (void)db_settle(db, NULL); /* whatever failed, it is undone */
    forget(here(db));
    return db->engine->script(db, script, error);
}

uint64_t db_runs(struct db *db)
{
    return db->runs;
}

/* ---- Statements ---- */

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
        rows = db->engine->query(here(db), sql, bindings.values, bindings.count, error);
    bindings_clear(&bindings);
    return rows;
}

typedef bool (*post_fn)(struct db *db, const char *sql, const struct db_value *values, int count, GError **error);

static bool posted(struct db *db, GError **error, post_fn post, const char *sql, const char *format, va_list *args)
{
    struct bindings bindings;

    db_stats_statement();
    bool ok = bind_all(db, &bindings, format, args, error) && post(here(db), sql, bindings.values, bindings.count, error);

    bindings_clear(&bindings);
    return ok;
}

bool db_bulk(struct db *db, bool on, GError **error)
{
    struct db *at = here(db);

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
    return rows->engine->next(here(db), rows, error);
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
    here(db)->runs++;
    if (here(db)->posts && post != NULL)
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
    here(db)->runs++;
    bool ok = bind_all(db, &bindings, format, args, error) && db->engine->later(here(db), what, bindings.values, bindings.count, error);

    bindings_clear(&bindings);
    return ok;
}

bool db_gathers(struct db *db)
{
    return here(db)->posts && db->engine->later != NULL;
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
    return here(db)->posts && db->engine->asking != NULL;
}

bool db_asking(struct db *db, bool on, GError **error)
{
    return db->engine->asking(here(db), on, error);
}

void db_rests(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->rests(here(db), topic, key);
}

void db_touches(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->touches(here(db), topic, key);
}

void db_forget(struct db *db, const char *topic, const char *key)
{
    if (db_asks(db))
        db->engine->forget(here(db), topic, key);
}

bool db_settle(struct db *db, GError **error)
{
    struct db *at = here(db);

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
    return db->engine->changes(here(db));
}

bool db_digest(struct db *db, const void *bytes, size_t len, uint8_t out[DB_KEYED_SIZE], GError **error)
{
    return db_keyed(db->keys, bytes, len, out, error);
}

bool db_version(struct db *db, int64_t *out, GError **error)
{
    return db->engine->version(here(db), out, error);
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
