/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ThreadSanitizer sees POSIX's locks and not GLib's, which are futexes of a library that it did not build: without this everything that
 * they guard would be a race. Loaded before the program (LD_PRELOAD), it tells of each lock, each wait and each job of a pool what the
 * sanitizer has to know, and calls GLib's own.
 */
#include <dlfcn.h>
#include <glib.h>

/* Not there in a program that was built without the sanitizer: a shell on the way, a database server. */
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

static void acquire(void *address)
{
    if (__tsan_acquire != NULL)
        __tsan_acquire(address);
}

static void release(void *address)
{
    if (__tsan_release != NULL)
        __tsan_release(address);
}

#define REAL(NAME) ((__typeof__(&NAME))(void *)real(#NAME))

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        __builtin_trap();
    return found;
}

void g_mutex_lock(GMutex *mutex)
{
    REAL(g_mutex_lock)(mutex);
    acquire(mutex);
}

void g_mutex_unlock(GMutex *mutex)
{
    release(mutex);
    REAL(g_mutex_unlock)(mutex);
}

gboolean g_mutex_trylock(GMutex *mutex)
{
    gboolean mine = REAL(g_mutex_trylock)(mutex);

    if (mine)
        acquire(mutex);
    return mine;
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
    release(mutex);
    REAL(g_cond_wait)(cond, mutex);
    acquire(mutex);
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    release(mutex);
    gboolean woken = REAL(g_cond_wait_until)(cond, mutex, end_time);
    acquire(mutex);
    return woken;
}

/* ---- Pools: what was before a job was handed over is before the job; what the jobs did is before the pool's end ---- */

struct pool {
    GFunc run;
    gpointer user_data;
};
static GHashTable *pools; /* GThreadPool → struct pool, which stays: a thread may still be on its way out of it */
static GMutex pools_lock;

static void job(gpointer data, gpointer user_data)
{
    struct pool *pool = user_data;

    acquire(data);
    pool->run(data, pool->user_data);
    release(pool);
}

GThreadPool *g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads, gboolean exclusive, GError **error)
{
    struct pool *pool = g_new(struct pool, 1);
    *pool = (struct pool){func, user_data};
    GThreadPool *made = REAL(g_thread_pool_new)(job, pool, max_threads, exclusive, error);

    g_mutex_lock(&pools_lock);
    if (pools == NULL)
        pools = g_hash_table_new(NULL, NULL);
    g_hash_table_replace(pools, made, pool);
    g_mutex_unlock(&pools_lock);
    return made;
}

gboolean g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error)
{
    release(data);
    return REAL(g_thread_pool_push)(pool, data, error);
}

void g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait)
{
    g_mutex_lock(&pools_lock);
    struct pool *ours = g_hash_table_lookup(pools, pool);
    g_mutex_unlock(&pools_lock);
    REAL(g_thread_pool_free)(pool, immediate, wait);
    if (ours != NULL && wait)
        acquire(ours);
}
