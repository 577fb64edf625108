/* SPDX-License-Identifier: Apache-2.0 */
#include "store/internal.h"
#include "model/help.h"

#include <string.h>

/* compact.c leaves an open one in the journal. */
static const char OPEN_SQL[] =
    "SELECT id, json_extract(body,'$.data.kind'), at_ms FROM journal j WHERE type='help.called'"
    " AND NOT EXISTS (SELECT 1 FROM journal e WHERE e.type='help.ended' AND e.seq>j.seq AND json_extract(e.body,'$.data.call')=j.id)"
    " AND seq NOT IN (SELECT seq FROM refused) ORDER BY seq";

static GArray *open_read(struct store *store, GError **error)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct store_help));
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_HELP_OPEN, OPEN_SQL, error, "");
    int more = rows == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, rows, error)) == 1) {
        struct store_help call = {.red = strcmp(sql_text(rows, 1), help_kind_name(HELP_RED)) == 0, .at_ms = sqlite3_column_int64(rows, 2)};

        g_strlcpy(call.id, sql_text(rows, 0), sizeof call.id);
        g_array_append_val(out, call);
    }
    if (more < 0)
        g_clear_pointer(&out, g_array_unref);
    return out;
}

GArray *store_help_open(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    GArray *out = open_read(store, error);
    g_mutex_unlock(&store->lock);
    return out;
}

char *store_help_answered(struct store *store)
{
    g_mutex_lock(&store->lock);
    char *call = meta_text(store, "help_answered");
    g_mutex_unlock(&store->lock);
    return call;
}
