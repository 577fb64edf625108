/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hotlist in force: a file of one version (base) and the changes since (table hotlist_overlay), which together are the version
 * in `meta`. hotlist-change.c moves it on.
 *
 *   files beside the database        when a stop at any moment leaves
 *   NAME.hotlist.VERSION             the base, and the one before it: written or fetched whole, flushed and renamed in before any
 *                                    row of the database names it; removed after no row names it any more
 *   NAME.hotlist.part-HASH           a download under way: nothing until its hash is right
 *   NAME.hotlist.high                "KEY VERSION": the highest version ever in force. Raised after the database's commit, and again
 *                                    at each start, so it is never above what was in force and catches up with it
 *
 * A list below the highest version (the database was lost and a file fetched anew that is not quite the newest) is here, is looked
 * up, takes deltas, and is not in force: store_hotlist_info() says that there is none.
 */
#include "store/hotlist.h"
#include "store/file.h"

#include <string.h>

#define HIGH_BYTES_MAX 64

/* ---- The second file ---------------------------------------------------------------------------------------------- */

static char *high_path(struct store *store)
{
    return g_strconcat(store->hotlist.path, ".high", NULL);
}

static bool high_parse(struct hotlist_keep *keep, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", 3);
    int64_t version;

    if (g_strv_length(parts) != 2 || strlen(parts[0]) != sizeof keep->high_key - 1 || !g_str_has_suffix(parts[1], "\n"))
        return false;
    g_strchomp(parts[1]);
    if (!g_ascii_string_to_signed(parts[1], 10, 1, G_MAXINT64, &version, NULL))
        return false;
    keep->high = version;
    g_strlcpy(keep->high_key, parts[0], sizeof keep->high_key);
    return true;
}

static void high_load(struct store *store)
{
    g_autofree char *path = high_path(store);
    g_autoptr(GError) error = NULL;
    size_t len = 0;
    g_autofree char *text = file_read(path, HIGH_BYTES_MAX, &len, &error);

    if (error != NULL)
        g_critical("hotlist: %s", error->message);
    else if (text != NULL && !high_parse(&store->hotlist, text))
        g_critical("hotlist: %s is not readable: only the database remembers the highest version", path);
}

void hotlist_high_keep(struct store *store)
{
    g_autofree char *key = NULL, *path = high_path(store);
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&store->lock);
    int64_t version = meta_int(store, "hotlist_version", 0);
    key = meta_text(store, "hotlist_key");
    bool due = version > 0 && *key != '\0' &&
               (strcmp(key, store->hotlist.high_key) != 0 || version > store->hotlist.high);
    g_mutex_unlock(&store->lock);
    if (!due)
        return;
    g_autofree char *text = g_strdup_printf("%s %" G_GINT64_FORMAT "\n", key, version);
    if (!file_replace(path, text, strlen(text), &error)) {
        g_warning("hotlist: %s", error->message); /* tried again at the next confirmation */
        return;
    }
    g_mutex_lock(&store->lock);
    high_parse(&store->hotlist, text);
    g_mutex_unlock(&store->lock);
}

/* ---- Load --------------------------------------------------------------------------------------------------------- */

char *hotlist_file_path(struct store *store, int64_t version)
{
    return g_strdup_printf("%s.%" G_GINT64_FORMAT, store->hotlist.path, version);
}

bool hotlist_rows_load(struct store *store, GError **error)
{
    sqlite3_stmt *count =
        sql_query(&store->sql, SQL_HOTLIST_COUNT, "SELECT count(*) FROM hotlist_overlay", error, "");

    if (count == NULL || sql_step(&store->sql, count, error) != 1)
        return false;
    store->hotlist.rows = sqlite3_column_int64(count, 0);
    sql_done(count);
    return true;
}

static void base_load(struct store *store)
{
    int64_t base = meta_int(store, "hotlist_base", 0);
    g_autoptr(GError) error = NULL;

    if (base == 0)
        return;
    g_autofree char *path = hotlist_file_path(store, base);
    store->hotlist.base = hotfile_open(path, &error);
    if (store->hotlist.base != NULL && hotfile_head(store->hotlist.base)->version == base)
        return;
    g_clear_pointer(&store->hotlist.base, hotfile_unref);
    store->hotlist.damaged = true;
    g_critical("hotlist: %s", error != NULL ? error->message : "the file is of another version");
}

void hotlist_load(struct store *store, const char *path)
{
    g_autoptr(GError) error = NULL;

    g_mutex_init(&store->hotlist.work);
    store->hotlist.path = g_strconcat(path, ".hotlist", NULL);
    high_load(store);
    base_load(store);
    if (!hotlist_rows_load(store, &error)) {
        store->hotlist.damaged = true;
        g_critical("hotlist: %s", error->message);
    }
    hotlist_high_keep(store);
}

void hotlist_unload(struct store *store)
{
    if (store->hotlist.path == NULL)
        return;
    hotfile_unref(store->hotlist.base);
    g_free(store->hotlist.path);
    g_mutex_clear(&store->hotlist.work);
}

/* ---- State -------------------------------------------------------------------------------------------------------- */

/* Below what was in force once under this key? */
static bool behind(struct store *store, const char *key, int64_t version)
{
    return strcmp(key, store->hotlist.high_key) == 0 && version < store->hotlist.high;
}

void hotlist_state_locked(struct store *store, const char *key_id, struct store_hotlist *out)
{
    g_autofree char *key = meta_text(store, "hotlist_key"), *digest = meta_text(store, "hotlist_digest");
    bool ours = strcmp(key, key_id) == 0;

    memset(out, 0, sizeof *out);
    out->damaged = store->hotlist.damaged;
    out->base = meta_int(store, "hotlist_base", 0);
    out->since = store->hotlist.rows;
    out->issued_ms = meta_int(store, "hotlist_issued_ms", 0);
    out->confirmed_ms = store->hotlist_confirmed.now_ms;
    out->count = meta_int(store, "hotlist_count", 0);
    int64_t version = meta_int(store, "hotlist_version", 0);
    if (ours || *key == '\0')
        out->high = version;
    if (strcmp(store->hotlist.high_key, key_id) == 0)
        out->high = MAX(out->high, store->hotlist.high);
    /* Without a digest it cannot be told whether changes make the platform's list: it is fetched whole then. */
    if (ours && !out->damaged && *digest != '\0')
        out->version = version;
}

void store_hotlist_state(struct store *store, const char *key_id, struct store_hotlist *out)
{
    g_mutex_lock(&store->lock);
    hotlist_state_locked(store, key_id, out);
    g_mutex_unlock(&store->lock);
}

bool store_hotlist_damaged(struct store *store)
{
    g_mutex_lock(&store->lock);
    bool damaged = store->hotlist.damaged;
    g_mutex_unlock(&store->lock);
    return damaged;
}

bool store_hotlist_info(struct store *store, int64_t *version, int64_t *issued_ms, int64_t *confirmed_ms)
{
    g_mutex_lock(&store->lock);
    g_autofree char *key = meta_text(store, "hotlist_key");
    *version = meta_int(store, "hotlist_version", 0);
    if (behind(store, key, *version))
        *version = 0;
    *issued_ms = *version > 0 ? meta_int(store, "hotlist_issued_ms", 0) : 0;
    *confirmed_ms = *version > 0 ? store->hotlist_confirmed.now_ms : 0;
    g_mutex_unlock(&store->lock);
    return true;
}

/* Said at each round of sync: on the disk once a minute is enough, for a list that is good for a day. */
static bool confirm_locked(struct store *store, int64_t version, int64_t confirmed_ms, GError **error)
{
    struct mark *mark = &store->hotlist_confirmed;
    g_autofree char *key = meta_text(store, "hotlist_key");

    if (version < 1 || version != meta_int(store, "hotlist_version", 0) || behind(store, key, version) ||
        confirmed_ms < 0)
        return store_state_error(error, "hotlist %" G_GINT64_FORMAT " is not the one in force", version);
    if (mark_due(mark, confirmed_ms) && !(sql_begin(&store->sql, error) &&
                                          mark_write(store, mark, confirmed_ms, error) && store_commit(store, error)))
        return store_abandon(store);
    mark->now_ms = confirmed_ms;
    return true;
}

bool store_hotlist_confirm(struct store *store, int64_t version, int64_t confirmed_ms, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = confirm_locked(store, version, confirmed_ms, error);
    g_mutex_unlock(&store->lock);
    if (done)
        hotlist_high_keep(store);
    return done;
}

/* ---- Lookup ------------------------------------------------------------------------------------------------------- */

bool hotlist_overlay_find(struct store *store, uint64_t mark, int *reason, GError **error)
{
    char digits[HOTLIST_MARK_DIGITS + 1];

    *reason = HOTLIST_UNCHANGED;
    if (store->hotlist.rows == 0)
        return true;
    hotlist_mark_format(mark, digits);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_HOTLIST_GET,
                                    "SELECT reason FROM hotlist_overlay WHERE mark=?1", error, "s", digits);
    int more = query != NULL ? sql_step(&store->sql, query, error) : -1;
    if (more == 1) {
        *reason = (int)sqlite3_column_int64(query, 0);
        sql_done(query);
    }
    return more >= 0;
}

/* What the changes say, and the file to ask when they say nothing. */
static bool overlay_ask(struct store *store, uint64_t mark, int *reason, struct hotfile **base, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = hotlist_overlay_find(store, mark, reason, error);
    bool missing = store->hotlist.base == NULL && store->hotlist.damaged;
    if (done && store->hotlist.base != NULL)
        *base = hotfile_ref(store->hotlist.base);
    g_mutex_unlock(&store->lock);
    if (done && missing && *reason == HOTLIST_UNCHANGED) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "its file is not there");
        return false;
    }
    return done;
}

static bool find(struct store *store, const char *token, int *reason, GError **error)
{
    struct hotfile *base = NULL;
    enum hotlist_reason listed = HOTLIST_OTHER;
    enum hotlist_found found = HOTLIST_ABSENT;
    uint64_t mark;

    if (!hotlist_mark_of_token(token, &mark))
        return store_state_error(error, "not a card token");
    if (!overlay_ask(store, mark, reason, &base, error))
        return false;
    /* The file is read without the lock: a slow disk must not hold up a payment. */
    if (*reason == HOTLIST_UNCHANGED && base != NULL)
        found = hotfile_find(base, mark, &listed, error);
    if (found == HOTLIST_LISTED)
        *reason = (int)listed;
    hotfile_unref(base);
    return found != HOTLIST_DAMAGED;
}

char *store_hotlist_lookup(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;
    int reason = HOTLIST_UNCHANGED;

    if (find(store, token, &reason, &error))
        return reason >= 0 ? g_strdup(hotlist_reason_name(reason)) : NULL;
    g_critical("hotlist: %s", error->message);
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT)) {
        g_mutex_lock(&store->lock);
        store->hotlist.damaged = true; /* sync fetches it anew */
        g_mutex_unlock(&store->lock);
    }
    return g_strdup("UNREADABLE"); /* a card that cannot be checked counts as listed */
}
