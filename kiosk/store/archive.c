/* SPDX-License-Identifier: Apache-2.0 */
/* What compaction left: carried states into projections, and archives read again against their segments. */
#include "store/internal.h"
#include "model/model.h"
#include "sync/zip.h"

#include <openssl/evp.h>
#include <string.h>

#define ARCHIVE_BYTES_MAX (256u * 1024 * 1024)

bool segments_carry(struct store *store, struct sql *target, GError **error)
{
    sqlite3_stmt *rows =
        sql_query(&store->sql, SQL_SEGMENT_CARRIED, "SELECT carried FROM segment ORDER BY first_seq", error, "");
    int more = -1;
    bool good = rows != NULL;

    while (good && (more = sql_step(&store->sql, rows, error)) == 1) {
        json_t *carried = json_loads(sql_text(rows, 0), JSON_REJECT_DUPLICATES, NULL);
        good = carried != NULL && projection_load(target, carried, error);
        if (carried == NULL)
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "what a segment carries cannot be read");
        json_decref(carried);
    }
    if (!good && more == 1)
        sql_done(rows);
    return good && more == 0;
}

/* ---- An archive against its segment ----------------------------------------------------------------------------------- */

struct expected {
    int64_t first, last, epoch;
    uint8_t prev[32], hash[32], digest[32];
};

static bool unhex(const char *text, uint8_t out[32])
{
    if (text == NULL || strlen(text) != 64)
        return false;
    for (int i = 0; i < 32; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool line_holds(const char *line, int64_t seq, int64_t epoch, uint8_t prev[32], EVP_MD_CTX *digest)
{
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *body = json_object_get(json, "body");
    const char *id = json_string_value(json_object_get(json, "id"));
    uint8_t line_prev[32], line_hash[32], hash[32];
    bool good = id != NULL && json_is_string(body) && json_integer_value(json_object_get(json, "seq")) == seq &&
                json_integer_value(json_object_get(json, "epoch")) == epoch &&
                unhex(json_string_value(json_object_get(json, "prev")), line_prev) &&
                unhex(json_string_value(json_object_get(json, "hash")), line_hash) && memcmp(prev, line_prev, 32) == 0;

    if (good) {
        chain_hash(prev, epoch, seq, id, json_string_value(body), json_string_length(body), hash);
        good = memcmp(hash, line_hash, 32) == 0 && EVP_DigestUpdate(digest, hash, 32) == 1;
        memcpy(prev, hash, 32);
    }
    json_decref(json);
    return good;
}

static bool text_holds(const char *text, const struct expected *expected)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    uint8_t prev[32], all[32];
    guint count = g_strv_length(lines);
    bool good = digest != NULL && EVP_DigestInit_ex2(digest, EVP_sha256(), NULL) == 1 && count > 0 &&
                (int64_t)count - 1 == expected->last - expected->first + 1;

    memcpy(prev, expected->prev, 32);
    for (guint i = 0; good && i + 1 < count; i++)
        good = line_holds(lines[i], expected->first + i, expected->epoch, prev, digest);
    good = good && memcmp(prev, expected->hash, 32) == 0 && EVP_DigestFinal_ex(digest, all, NULL) == 1 &&
           memcmp(all, expected->digest, 32) == 0;
    EVP_MD_CTX_free(digest);
    return good;
}

static bool archive_holds(const char *folder, const char *name, const struct expected *expected)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *bytes = NULL;
    gsize len = 0;
    size_t text_len = 0;
    char *text = NULL;

    if (strchr(name, '/') != NULL || !g_file_get_contents(path, &bytes, &len, NULL))
        return false;
    if (!g_str_has_suffix(name, ".zst"))
        return text_holds(bytes, expected);
    bool good = zip_unpack(bytes, len, ARCHIVE_BYTES_MAX, &text, &text_len) == ZIP_OK && text_holds(text, expected);
    free(text);
    return good;
}

bool store_archive_check(struct store *store, const char *folder, int *checked, GError **error)
{
    g_mutex_lock(&store->lock);
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_SEGMENT_ALL,
                                   "SELECT first_seq,last_seq,epoch,first_prev,last_hash,digest,archive FROM segment"
                                   " ORDER BY first_seq",
                                   error, "");
    int more = -1;
    bool good = rows != NULL;

    *checked = 0;
    while (good && (more = sql_step(&store->sql, rows, error)) == 1) {
        struct expected expected = {.first = sqlite3_column_int64(rows, 0),
                                    .last = sqlite3_column_int64(rows, 1),
                                    .epoch = sqlite3_column_int64(rows, 2)};
        good = sql_bytes(rows, 3, expected.prev, 32) && sql_bytes(rows, 4, expected.hash, 32) &&
               sql_bytes(rows, 5, expected.digest, 32) && archive_holds(folder, sql_text(rows, 6), &expected);
        if (!good)
            g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN, "archive %s is missing or not what its segment says",
                        sql_text(rows, 6));
        *checked += good;
    }
    if (!good && more == 1)
        sql_done(rows);
    g_mutex_unlock(&store->lock);
    return good && more == 0;
}
