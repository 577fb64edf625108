/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an auditor needs, and no secret: every row as it was hashed, with personal members sealed; epochs, segments and the
 * head. A row from before members were sealed goes out with them masked, and then its hash can be followed but not computed.
 */
#include "store/internal.h"
#include "model/clock.h"
#include "model/seal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 12

static char *hex_of(sqlite3_stmt *row, int column)
{
    const uint8_t *bytes = sqlite3_column_blob(row, column);
    int len = sqlite3_column_bytes(row, column);
    GString *out = g_string_new(NULL);

    for (int i = 0; i < len; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
    return g_string_free(out, FALSE);
}

/* Bytes as hex. */
static json_t *table_json(struct sql *sql, const char *query, const char *const names[], GError **error)
{
    sqlite3_stmt *rows = NULL;
    json_t *array = json_array();
    int code = SQLITE_ERROR;

    if (sqlite3_prepare_v2(sql->db, query, -1, &rows, NULL) == SQLITE_OK) {
        while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
            json_t *json = json_object();
            for (int i = 0; names[i] != NULL; i++) {
                g_autofree char *hex = sqlite3_column_type(rows, i) == SQLITE_BLOB ? hex_of(rows, i) : NULL;
                json_object_set_new(json, names[i],
                                    hex != NULL ? json_string(hex)
                                    : sqlite3_column_type(rows, i) == SQLITE_INTEGER
                                        ? json_integer(sqlite3_column_int64(rows, i))
                                        : json_string(sql_text(rows, i)));
            }
            json_array_append_new(array, json);
        }
    }
    sqlite3_finalize(rows);
    if (code == SQLITE_DONE)
        return array;
    sql_fail(sql, "export", error);
    json_decref(array);
    return NULL;
}

static json_t *head_json(struct store *store, GError **error)
{
    static const char *const EPOCH[] = {"epoch", "nonce", "first_seq", "opened_ms", "reason", NULL};
    static const char *const SEGMENT[] = {"first_seq", "last_seq", "epoch", "first_prev", "last_hash",
                                          "rows",      "digest",   "archive", NULL};
    json_t *epochs = table_json(&store->sql, "SELECT epoch,nonce,first_seq,opened_ms,reason FROM epoch ORDER BY epoch", EPOCH,
                                error);
    json_t *segments = table_json(&store->sql,
                                  "SELECT first_seq,last_seq,epoch,first_prev,last_hash,rows,digest,archive FROM segment"
                                  " ORDER BY first_seq",
                                  SEGMENT, error);
    if (epochs != NULL && segments != NULL)
        return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "format", "citycard-journal-1", "kiosk",
                         store->identity.kiosk_id, "exported_ms", (json_int_t)now_ms(), "head_seq",
                         (json_int_t)store->head_seq, "acked_seq", (json_int_t)store->acked_seq, "epochs", epochs,
                         "segments", segments);
    json_decref(epochs);
    json_decref(segments);
    return NULL;
}

/* ---- Personal members in clear ------------------------------------------------------------------------------------------- */

/* Mask in place; how many there were. */
static int mask_clear(json_t *json, int depth)
{
    const char *name;
    json_t *value;
    void *next;
    size_t i;
    int masked = 0;

    if (depth > DEPTH_MAX)
        return 0;
    json_object_foreach_safe(json, next, name, value)
    {
        if (seal_personal(name) && json_is_string(value) && *json_string_value(value) != '\0') {
            json_string_set(value, "***");
            masked++;
        } else {
            masked += mask_clear(value, depth + 1);
        }
    }
    if (json_is_array(json)) {
        json_array_foreach(json, i, value)
        {
            masked += mask_clear(value, depth + 1);
        }
    }
    return masked;
}

static json_t *row_json(sqlite3_stmt *row)
{
    g_autofree char *prev = hex_of(row, 4), *hash = hex_of(row, 5);
    json_t *body = json_loads(sql_text(row, 3), JSON_REJECT_DUPLICATES, NULL);
    bool clear = body != NULL && mask_clear(body, 0) > 0;
    json_t *json = json_pack("{s:I, s:I, s:s, s:s, s:s}", "epoch", (json_int_t)sqlite3_column_int64(row, 0), "seq",
                             (json_int_t)sqlite3_column_int64(row, 1), "id", sql_text(row, 2), "prev", prev, "hash", hash);

    if (json != NULL && clear)
        json_object_set(json, "masked", body);
    else if (json != NULL)
        json_object_set_new(json, "body", json_string(sql_text(row, 3)));
    json_decref(body);
    return json;
}

static bool line_write(FILE *file, json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool good = text != NULL && fputs(text, file) >= 0 && fputc('\n', file) != EOF;

    free(text);
    json_decref(json);
    return good;
}

static bool rows_write(struct store *store, FILE *file, int *count, GError **error)
{
    sqlite3_stmt *rows = NULL;
    int code = SQLITE_ERROR;
    bool good = true;

    if (sqlite3_prepare_v2(store->sql.db, "SELECT epoch,seq,id,body,prev,hash FROM journal ORDER BY seq", -1, &rows, NULL) !=
        SQLITE_OK)
        return sql_fail(&store->sql, "export", error);
    while (good && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        good = line_write(file, row_json(rows));
        *count += good;
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        sql_fail(&store->sql, "export", error);
    sqlite3_finalize(rows);
    return good && code == SQLITE_DONE;
}

bool store_export(struct store *store, const char *path, int *rows, GError **error)
{
    FILE *file = g_fopen(path, "wbe");

    *rows = 0;
    if (file == NULL || fchmod(fileno(file), 0600) != 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
        if (file != NULL)
            fclose(file);
        return false;
    }
    g_mutex_lock(&store->lock);
    json_t *head = head_json(store, error);
    bool done = head != NULL && line_write(file, head) && rows_write(store, file, rows, error);
    g_mutex_unlock(&store->lock);
    done = fflush(file) == 0 && fsync(fileno(file)) == 0 && done;
    if (fclose(file) != 0)
        done = false;
    if (!done && error != NULL && *error == NULL)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    return done;
}

/* ---- Figures ---------------------------------------------------------------------------------------------------------------- */

int64_t store_oldest_waiting_ms(struct store *store)
{
    int64_t ms = 0;

    g_mutex_lock(&store->lock);
    sqlite3_stmt *oldest = sql_query(&store->sql, SQL_OLDEST,
                                     "SELECT at_ms FROM journal WHERE seq>?1 AND seq NOT IN (SELECT seq FROM refused)"
                                     " ORDER BY seq LIMIT 1",
                                     NULL, "i", store->acked_seq);
    if (oldest != NULL && sql_step(&store->sql, oldest, NULL) == 1) {
        ms = sqlite3_column_int64(oldest, 0);
        sql_done(oldest);
    }
    g_mutex_unlock(&store->lock);
    return ms;
}

void store_places(struct store *store, int64_t *epoch, int64_t *head_seq, int64_t *acked_seq)
{
    g_mutex_lock(&store->lock);
    *epoch = store->epoch;
    *head_seq = store->head_seq;
    *acked_seq = store->acked_seq;
    g_mutex_unlock(&store->lock);
}
