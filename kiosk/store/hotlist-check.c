/* SPDX-License-Identifier: Apache-2.0 */
/* The hotlist of a kiosk that is only looked at: its file read whole, the changes since counted on it, all against what was signed. */
#include "store/hotlist.h"

#include <string.h>

/* What the file and the changes make. */
struct sum {
    const struct hotfile *base;
    int64_t count, changes;
    uint8_t digest[32];
};

static bool wrong(GError **error, const char *what)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "hotlist: %s", what);
    return false;
}

static bool change_add(struct sum *sum, uint64_t mark, int64_t to, GError **error)
{
    enum hotlist_reason reason = HOTLIST_OTHER;
    enum hotlist_found found = sum->base != NULL ? hotfile_find(sum->base, mark, &reason, error) : HOTLIST_ABSENT;

    if (found == HOTLIST_DAMAGED)
        return false;
    if (found == HOTLIST_LISTED)
        hotlist_digest_remove(sum->digest, mark, (uint8_t)reason);
    if (to != HOTLIST_OFF)
        hotlist_digest_add(sum->digest, mark, (uint8_t)to);
    sum->count += (to != HOTLIST_OFF) - (found == HOTLIST_LISTED);
    sum->changes++;
    return true;
}

static bool changes_add(struct store *store, struct sum *sum, GError **error)
{
    sqlite3_stmt *query =
        sql_query(&store->sql, SQL_HOTLIST_ALL, "SELECT mark, reason FROM hotlist_overlay ORDER BY mark", error, "");
    int more = query == NULL ? -1 : 1;
    bool good = true;
    uint64_t mark;

    while (good && more == 1 && (more = sql_step(&store->sql, query, error)) == 1) {
        int64_t to = sqlite3_column_int64(query, 1);
        good = hotlist_mark_parse(sql_text(query, 0), &mark) && to >= HOTLIST_OFF && to < HOTLIST_REASONS
                   ? change_add(sum, mark, to, error)
                   : wrong(error, "a row of its changes is none");
    }
    if (!good)
        sql_done(query);
    return good && more == 0;
}

/* The file of the base, every bucket of it. */
static bool base_read(struct store *store, int64_t base, struct hotfile **file, GError **error)
{
    g_autofree char *path =
        g_strdup_printf("%s.hotlist.%" G_GINT64_FORMAT, sqlite3_db_filename(store->sql.db, "main"), base);

    if (base == 0)
        return true;
    *file = hotfile_open(path, error);
    if (*file == NULL)
        return false;
    return hotfile_head(*file)->version == base ? hotfile_verify(*file, error) : wrong(error, "its file is of another version");
}

static bool check(struct store *store, struct hotfile **file, struct sum *sum, GError **error)
{
    g_autofree char *digest = meta_text(store, "hotlist_digest");
    GString *hex = g_string_new(NULL);

    if (!base_read(store, meta_int(store, "hotlist_base", 0), file, error)) {
        g_string_free(hex, TRUE);
        return false;
    }
    if (*file != NULL) {
        const struct hotlist_head *head = hotfile_head(*file);
        sum->base = *file;
        sum->count = head->count;
        memcpy(sum->digest, head->digest, sizeof sum->digest);
    }
    bool good = changes_add(store, sum, error);
    for (size_t i = 0; i < sizeof sum->digest; i++)
        g_string_append_printf(hex, "%02x", sum->digest[i]);
    if (good && (sum->count != meta_int(store, "hotlist_count", 0) || (*digest != '\0' && strcmp(digest, hex->str) != 0)))
        good = wrong(error, "file and changes do not make the list that was signed");
    g_string_free(hex, TRUE);
    return good;
}

bool store_hotlist_check(struct store *store, const char *key_id, char **told, GError **error)
{
    struct hotfile *file = NULL;
    struct sum sum = {0};

    *told = NULL;
    g_mutex_lock(&store->lock);
    g_autofree char *key = meta_text(store, "hotlist_key");
    int64_t version = meta_int(store, "hotlist_version", 0);
    bool good = version == 0 || check(store, &file, &sum, error);
    if (good && version > 0 && key_id != NULL && strcmp(key, key_id) != 0)
        good = wrong(error, "it is signed by another key than this kiosk's enrolment has");
    if (version == 0)
        *told = g_strdup("none in force");
    else if (good)
        *told = g_strdup_printf("version %" G_GINT64_FORMAT " signed by %s: %" G_GINT64_FORMAT " cards, file of version %"
                                G_GINT64_FORMAT " whole, %" G_GINT64_FORMAT " changes since",
                                version, key, sum.count, meta_int(store, "hotlist_base", 0), sum.changes);
    g_mutex_unlock(&store->lock);
    hotfile_unref(file);
    return good;
}
