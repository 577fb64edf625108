/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups by SQLite's backup API, while the kiosk goes on: some pages under each hold of the lock; what changes meanwhile is
 * carried over by SQLite, as it is the same connection. A finished copy is stamped: opened as a kiosk's journal it WAITS, for
 * its numbers may have been taken since. It gets its name only when it was read again and its chain holds.
 */
#include "store/internal.h"
#include "model/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define STEP_PAGES 64
#define STEP_PAUSE_MS 2

static bool failed(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    return false;
}

static bool copy_pages(struct store *store, sqlite3 *to, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", store->sql.db, "main");
    g_mutex_unlock(&store->lock);
    int code = backup != NULL ? SQLITE_OK : SQLITE_ERROR;

    while (code == SQLITE_OK || code == SQLITE_BUSY) {
        g_mutex_lock(&store->lock);
        code = sqlite3_backup_step(backup, STEP_PAGES);
        g_mutex_unlock(&store->lock);
        if (code == SQLITE_OK || code == SQLITE_BUSY)
            clock_sleep_ms(STEP_PAUSE_MS);
    }
    g_mutex_lock(&store->lock);
    int end = backup != NULL ? sqlite3_backup_finish(backup) : SQLITE_ERROR;
    g_mutex_unlock(&store->lock);
    if (code == SQLITE_DONE && end == SQLITE_OK)
        return true;
    g_set_error(error, STORE_ERROR, (code & 0xFF) == SQLITE_FULL ? STORE_ERROR_FULL : STORE_ERROR_SQL, "backup: %s",
                sqlite3_errstr(code == SQLITE_DONE ? end : code));
    return false;
}

/* One file, no WAL beside it, and marked as a copy. What is cached of persons does not outlive its day in a backup: whoever
 * restores it gets it from the feed. */
static bool stamp(sqlite3 *copy, GError **error)
{
    static const char ALONE[] = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON;";
    static const char SCRIPT[] = "INSERT INTO meta VALUES('cursor',''),('persons_refill',1)"
                                 " ON CONFLICT(key) DO UPDATE SET value=excluded.value;"
                                 "INSERT INTO meta VALUES('state','waits'),('state_reason','restored')"
                                 " ON CONFLICT(key) DO UPDATE SET value=excluded.value";

    g_autofree char *forget = snapshots_forget();

    if (sqlite3_exec(copy, ALONE, NULL, NULL, NULL) == SQLITE_OK && sqlite3_exec(copy, forget, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(copy, SCRIPT, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "backup: %s", sqlite3_errmsg(copy));
    return false;
}

static bool copy_make(struct store *store, const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    sqlite3 *to = NULL;

    if (fd < 0)
        return failed(path, error);
    close(fd);
    bool done = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    if (!done)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, to != NULL ? sqlite3_errmsg(to) : "no memory");
    done = done && copy_pages(store, to, error) && stamp(to, error);
    if (sqlite3_close(to) != SQLITE_OK)
        done = false;
    return done;
}

/* Read as somebody who restores it will: sound pages, whole chain. */
static bool copy_holds(const struct store *store, const char *path, GError **error)
{
    struct store *copy = store_look(path, &store->identity, error);
    bool good = copy != NULL && store_integrity(copy, error) && store_verify_chain(copy, 0, error);

    store_close(copy);
    return good;
}

static bool rename_durably(const char *from, const char *to, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(to);

    if (g_rename(from, to) != 0)
        return failed(to, error);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        failed(folder, error);
    if (fd >= 0)
        close(fd);
    return good;
}

bool store_backup(struct store *store, const char *path, GError **error)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);

    if (copy_make(store, fresh, error) && copy_holds(store, fresh, error) && rename_durably(fresh, path, error))
        return true;
    g_unlink(fresh);
    return false;
}

/* ---- Nightly: two are kept ---------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names sort by time: kiosk-YYYYMMDD.db. g_free'd array of names, NULL-terminated. */
static char **backup_names(const char *folder)
{
    GPtrArray *names = g_ptr_array_new();
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_prefix(name, "kiosk-") && g_str_has_suffix(name, ".db"))
            g_ptr_array_add(names, g_strdup(name));
    g_clear_pointer(&dir, g_dir_close);
    if (names->len > 0)
        qsort(names->pdata, names->len, sizeof *names->pdata, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

bool store_backup_nightly(struct store *store, const char *folder, uint32_t day, GError **error)
{
    g_autofree char *name = g_strdup_printf("kiosk-%08u.db", day), *path = g_build_filename(folder, name, NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    if (g_mkdir_with_parents(folder, 0700) != 0)
        return failed(folder, error);
    if (!store_backup(store, path, error))
        return false;
    g_auto(GStrv) names = backup_names(folder);
    for (guint i = 0, count = g_strv_length(names); i + STORE_BACKUPS_KEPT < count; i++) {
        g_autofree char *old = g_build_filename(folder, names[i], NULL);
        if (g_unlink(old) != 0)
            return failed(old, error);
    }
    return true;
}

char *store_backup_newest(const char *folder)
{
    g_auto(GStrv) names = backup_names(folder);
    guint count = g_strv_length(names);

    return count > 0 ? g_build_filename(folder, names[count - 1], NULL) : NULL;
}
