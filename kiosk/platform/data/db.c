/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-stats.h"
#include "model/clock.h"
#include <openssl/crypto.h>
#include <string.h>

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
struct db *db_here(struct db *db)
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
    g_assert(db_here(db) == db);
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
    g_assert(db_here(db) == db);
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

static __thread struct db_asker asker;

struct db_asker db_thread_answers(struct db_asker now)
{
    struct db_asker before = asker;

    asker = now;
    return before;
}

/* In the transaction that has just begun. */
static bool asker_is_still(struct db *db, GError **error)
{
    struct kiosk_row kiosk;

    return asker.kiosk == NULL || db_kiosk_still(db, asker.kiosk, asker.certificate, &kiosk, error);
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
    struct db *at = db_here(db);
    at->begun_ms = clock_boot_ms();
    at->posts = writing && at->engine->post != NULL;
    db_stats_begun(writing, at->begun_ms - asked_ms);
    if (asker_is_still(db, error))
        return true;
    db_rollback(db);
    return false;
}

/* What was taken to be there may be undone. */
static void forget(struct db *at)
{
    if (at->owner == NULL)
        g_hash_table_remove_all(at->accounts);
}

bool db_commit(struct db *db, GError **error)
{
    struct db *at = db_here(db);

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
    struct db *at = db_here(db);

    at->posts = false;
    at->engine->rollback(at);
    forget(at);
    leave(at);
}

bool db_end(struct db *db, bool good, GError **error)
{
    if (good)
        return db_commit(db, error);
    db_rollback(db);
    return false;
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
    forget(db_here(db));
    return db->engine->script(db, script, error);
}

uint64_t db_runs(struct db *db)
{
    return db->runs;
}
