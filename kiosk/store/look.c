/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal that is only looked at: read-only, without the lock, in one read transaction, so that it may be the one of a kiosk
 * that runs, a backup, or an old disk. Nothing of it is changed, not even when something is found.
 */
#include "store/internal.h"

#include <string.h>

/* The caller knows no kiosk: the file says whose it is. */
static void identity_learn(struct store *store)
{
    if (store->identity.kiosk_id[0] != '\0')
        return;
    g_autofree char *kiosk_id = meta_text(store, "kiosk_id");
    g_strlcpy(store->identity.kiosk_id, kiosk_id, sizeof store->identity.kiosk_id);
}

static bool look_prepare(struct store *store, GError **error)
{
    store->sql.index_key = store->identity.index_key;
    if (!schema_is_present(store, error) || !sql_script(&store->sql, "BEGIN", error) || !epochs_load(store, error) ||
        !journal_head_load(store, error))
        return false;
    identity_learn(store);
    return store_marks_load(store, error);
}

struct store *store_look(const char *path, const struct store_identity *identity, GError **error)
{
    struct store *store = g_new0(struct store, 1);

    if (identity != NULL)
        store->identity = *identity;
    store->lock_fd = -1;
    store->looking = true;
    g_mutex_init(&store->lock);
    g_mutex_init(&store->compacting);
    if (sql_open_look(&store->sql, path, error) && look_prepare(store, error))
        return store;
    store_close(store);
    return NULL;
}

bool store_integrity(struct store *store, GError **error)
{
    sqlite3_stmt *check = NULL;
    bool good = false;

    g_mutex_lock(&store->lock);
    if (sqlite3_prepare_v2(store->sql.db, "PRAGMA integrity_check(1)", -1, &check, NULL) == SQLITE_OK &&
        sqlite3_step(check) == SQLITE_ROW) {
        good = strcmp(sql_text(check, 0), "ok") == 0;
        if (!good)
            g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "integrity_check: %s", sql_text(check, 0));
    } else {
        sql_fail(&store->sql, "integrity_check", error);
    }
    sqlite3_finalize(check);
    g_mutex_unlock(&store->lock);
    return good;
}
