/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/waiting.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"

struct waiter {
    void *connection;
    int64_t end_ms; /* boot time */
};

struct waiting {
    struct db *db; /* a connection of its own: it sees what others commit, and never holds them up */
    GThread *thread;
    GMutex lock;
    GHashTable *waiters; /* kiosk id → struct waiter */
    GHashTable *sent_home; /* connections, until they have asked or are gone */
    waiting_fn suspend, resume;
    unsigned turn;
    bool ending;
    /* Of the thread. */
    int64_t version, woken_ms;
    struct feed_head head, told; /* as it is, and as it was when all were woken */
};

/* ---- Under the lock ---- */

static void wake(struct waiting *waiting, struct waiter *waiter)
{
    waiting->resume(waiter->connection);
}

static void wake_all(struct waiting *waiting)
{
    GHashTableIter iter;
    gpointer waiter;

    waiting->turn++;
    g_hash_table_iter_init(&iter, waiting->waiters);
    while (g_hash_table_iter_next(&iter, NULL, &waiter)) {
        wake(waiting, waiter);
        g_hash_table_iter_remove(&iter);
    }
}

static void wake_due(struct waiting *waiting, int64_t now)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, waiting->waiters);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct waiter *waiter = value;

        if (now < waiter->end_ms)
            continue;
        wake(waiting, waiter);
        g_hash_table_iter_remove(&iter);
    }
}

/* ---- The thread ---- */

enum news { NEWS_NONE, NEWS_PLAIN, NEWS_URGENT };

/* A database that cannot be asked is told by the requests themselves; here it is no news. */
static bool look(struct waiting *waiting, GError **error)
{
    int64_t version;
    bool ok;

    if (!db_begin(waiting->db, false, error))
        return false;
    ok = db_version(waiting->db, &version, error);
    if (ok && version != waiting->version)
        ok = db_feed_head(waiting->db, &waiting->head, error);
    db_rollback(waiting->db);
    if (ok)
        waiting->version = version;
    return ok;
}

static enum news news_of(struct waiting *waiting)
{
    g_autoptr(GError) error = NULL;
    const struct feed_head *now = &waiting->head, *told = &waiting->told;

    if (!look(waiting, &error)) {
        g_warning("looking for news: %s", error->message);
        return NEWS_NONE;
    }
    if (now->hotlist != told->hotlist || now->urgent != told->urgent)
        return NEWS_URGENT;
    return now->change != told->change ? NEWS_PLAIN : NEWS_NONE;
}

static void turn_over(struct waiting *waiting, enum news news, int64_t now)
{
    if (news == NEWS_URGENT || (news == NEWS_PLAIN && now - waiting->woken_ms >= WAITING_QUIET_MS)) {
        waiting->woken_ms = now;
        waiting->told = waiting->head;
        wake_all(waiting);
    } else {
        wake_due(waiting, now);
    }
}

static gpointer run(gpointer data)
{
    struct waiting *waiting = data;
    bool ending = false;

    while (!ending) {
        enum news news = news_of(waiting);

        g_mutex_lock(&waiting->lock);
        ending = waiting->ending;
        if (!ending)
            turn_over(waiting, news, clock_boot_ms());
        g_mutex_unlock(&waiting->lock);
        if (!ending)
            clock_sleep_ms(WAITING_LOOK_MS);
    }
    return NULL;
}

/* ---- For others ---- */

struct waiting *waiting_new(struct platform *platform, waiting_fn suspend, waiting_fn resume, GError **error)
{
    struct waiting *waiting = g_new0(struct waiting, 1);

    g_mutex_init(&waiting->lock);
    waiting->waiters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    waiting->sent_home = g_hash_table_new(g_direct_hash, g_direct_equal);
    waiting->suspend = suspend;
    waiting->resume = resume;
    waiting->version = -1;
    waiting->db = db_open(platform->data_dir, db_community(platform->db), false, NULL, error);
    if (waiting->db != NULL)
        waiting->thread = g_thread_try_new("feed-news", run, waiting, error);
    if (waiting->thread == NULL)
        g_clear_pointer(&waiting, waiting_free);
    return waiting;
}

unsigned waiting_turn(struct waiting *waiting)
{
    g_mutex_lock(&waiting->lock);
    unsigned turn = waiting->turn;
    g_mutex_unlock(&waiting->lock);
    return turn;
}

bool waiting_add(struct waiting *waiting, const char *kiosk, void *connection, unsigned turn, int64_t end_ms)
{
    struct waiter *waiter, *older;
    bool wait;

    g_mutex_lock(&waiting->lock);
    wait = !waiting->ending && waiting->turn == turn;
    if (wait) {
        older = g_hash_table_lookup(waiting->waiters, kiosk);
        if (older != NULL) {
            g_hash_table_add(waiting->sent_home, older->connection);
            wake(waiting, older);
        }
        waiter = g_new(struct waiter, 1);
        *waiter = (struct waiter){connection, end_ms};
        waiting->suspend(connection);
        g_hash_table_replace(waiting->waiters, g_strdup(kiosk), waiter);
    }
    g_mutex_unlock(&waiting->lock);
    return wait;
}

bool waiting_over(struct waiting *waiting, void *connection)
{
    g_mutex_lock(&waiting->lock);
    bool over = g_hash_table_remove(waiting->sent_home, connection) || waiting->ending;
    g_mutex_unlock(&waiting->lock);
    return over;
}

void waiting_forget(struct waiting *waiting, void *connection)
{
    g_mutex_lock(&waiting->lock);
    g_hash_table_remove(waiting->sent_home, connection);
    g_mutex_unlock(&waiting->lock);
}

void waiting_end(struct waiting *waiting)
{
    g_mutex_lock(&waiting->lock);
    waiting->ending = true;
    wake_all(waiting);
    g_mutex_unlock(&waiting->lock);
    g_clear_pointer(&waiting->thread, g_thread_join);
}

void waiting_free(struct waiting *waiting)
{
    if (waiting == NULL)
        return;
    if (waiting->thread != NULL)
        waiting_end(waiting);
    db_close(waiting->db);
    g_hash_table_unref(waiting->waiters);
    g_hash_table_unref(waiting->sent_home);
    g_mutex_clear(&waiting->lock);
    g_free(waiting);
}
