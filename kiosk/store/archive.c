/* SPDX-License-Identifier: Apache-2.0 */
/* What compaction leaves: archive files written and tidied up, carried states into projections, archives read again against
 * their segments. */
#include "store/file.h"
#include "store/internal.h"
#include "model/model.h"
#include "sync/zip.h"

#include <openssl/evp.h>
#include <stdio.h>
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
        good = json_is_object(carried) && projection_load(target, carried, error);
        if (!json_is_object(carried))
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "what a segment carries cannot be read");
        json_decref(carried);
    }
    if (!good && more == 1)
        sql_done(rows);
    return good && more == 0 && projection_loaded(target, error);
}

/* ---- Writing ---------------------------------------------------------------------------------------------------------- */

static void hex_append(GString *out, const uint8_t bytes[32])
{
    for (int i = 0; i < 32; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
}

/* One JSON object a line; the body is a string in it, so that its bytes come out as they went in. */
bool archive_line(GString *lines, const struct store_row *row)
{
    g_autoptr(GString) prev = g_string_new(NULL), hash = g_string_new(NULL);

    hex_append(prev, row->prev);
    hex_append(hash, row->hash);
    json_t *line = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)row->epoch, "seq", (json_int_t)row->seq,
                             "id", row->id, "prev", prev->str, "hash", hash->str, "body", row->body);
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(line);
    if (text == NULL)
        return false;
    g_string_append(lines, text);
    g_string_append_c(lines, '\n');
    free(text);
    return true;
}

static char *archive_text(const char *folder, const char *name);

/* journal-FIRST-LAST.jsonl.zst, or with another number behind it when that is some other journal's: two copies of a disk may have had
 * other rows at these places. *there: a file of just these lines. NULL: too many. */
static char *free_name(const char *folder, int64_t first, int64_t last, const char *lines, const char *ending, bool *there)
{
    *there = false;
    for (int n = 1; n < 100; n++) {
        g_autofree char *more = n == 1 ? g_strdup("") : g_strdup_printf("-%d", n);
        g_autofree char *name = g_strdup_printf("journal-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "%s.jsonl%s", first, last, more, ending);
        g_autofree char *path = g_build_filename(folder, name, NULL), *text = archive_text(folder, name);

        *there = g_strcmp0(text, lines) == 0;
        if (*there || !g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&name);
    }
    return NULL;
}

char *archive_write(const char *folder, int64_t first, int64_t last, const GString *lines, bool *made, GError **error)
{
    size_t len = 0;
    char *packed = zip_pack(lines->str, lines->len, &len);
    bool there = false;
    g_autofree char *name = free_name(folder, first, last, lines->str, packed != NULL ? ".zst" : "", &there);
    g_autofree char *path = g_build_filename(folder, name != NULL ? name : "", NULL);
    bool done = name != NULL || store_state_error(error, "the archive folder has too many files of rows %" G_GINT64_FORMAT, first);

    /* Written again when it is there: whether it was flushed nobody knows. */
    done = done && file_folder(folder, error) &&
           file_replace(path, packed != NULL ? packed : lines->str, packed != NULL ? len : lines->len, error);
    *made = done && !there;
    free(packed);
    return done ? g_steal_pointer(&name) : NULL;
}

bool archive_drop(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return file_remove(path, error);
}

/* ---- What a compaction that was stopped left ----------------------------------------------------------------------------- */

/* Only what never was whole goes. A whole file stays, also when no segment names it: a copy of the database that is put back one
 * day may, or it is all that is left of another journal. */
bool archive_tidy(const char *folder, GError **error)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    bool good = true;

    while (good && dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_prefix(name, "journal-") && (g_str_has_suffix(name, ".jsonl.new") || g_str_has_suffix(name, ".zst.new")))
            good = archive_drop(folder, name, error);
    g_clear_pointer(&dir, g_dir_close);
    return good;
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

/* What is in it, g_free; NULL: not there, or not to be read. */
static char *archive_text(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *bytes = NULL;
    size_t len = 0, text_len = 0;
    char *text = NULL, *out = NULL;

    if (strchr(name, '/') != NULL || (bytes = file_read(path, ARCHIVE_BYTES_MAX, &len, NULL)) == NULL)
        return NULL;
    if (!g_str_has_suffix(name, ".zst"))
        return g_steal_pointer(&bytes);
    if (zip_unpack(bytes, len, ARCHIVE_BYTES_MAX, &text, &text_len) == ZIP_OK)
        out = g_strdup(text);
    free(text);
    return out;
}

static bool archive_holds(const char *folder, const char *name, const struct expected *expected)
{
    g_autofree char *text = archive_text(folder, name);
    return text != NULL && text_holds(text, expected);
}

/* ---- One row out of an archive ---------------------------------------------------------------------------------------------- */

static char *body_at(const char *text, int64_t index)
{
    const char *line = text;

    for (; index > 0 && line != NULL; index--) {
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    json_t *json = line != NULL ? json_loads(line, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    char *body = g_strdup(json_string_value(json_object_get(json, "body")));

    json_decref(json);
    return body;
}

static bool expected_take(sqlite3_stmt *row, struct expected *out)
{
    *out = (struct expected){.first = sqlite3_column_int64(row, 0),
                             .last = sqlite3_column_int64(row, 1),
                             .epoch = sqlite3_column_int64(row, 2)};
    return sql_bytes(row, 3, out->prev, 32) && sql_bytes(row, 4, out->hash, 32) && sql_bytes(row, 5, out->digest, 32);
}

#define SEGMENT_COLUMNS "g.first_seq,g.last_seq,g.epoch,g.first_prev,g.last_hash,g.digest,g.archive"

static bool not_held(const char *name, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN, "archive %s is missing or not what its segment says", name);
    return false;
}

char *archive_payment(struct store *store, const char *payment_id, GError **error)
{
    g_autofree char *folder = NULL, *beside = NULL, *name = NULL;
    struct expected expected;
    int64_t seq = 0;

    if (store->hotlist.path == NULL)
        return NULL; /* only looked at: no folder is known */
    beside = g_path_get_dirname(store->hotlist.path);
    g_mutex_lock(&store->lock);
    sqlite3_stmt *query = sql_query(&store->sql, SQL_SEGMENT_PAYMENT,
                                    "SELECT " SEGMENT_COLUMNS ",p.seq FROM payment p JOIN segment g ON p.seq BETWEEN"
                                    " g.first_seq AND g.last_seq WHERE p.id=?1",
                                    error, "s", payment_id);
    int found = query == NULL ? -1 : sql_step(&store->sql, query, error);
    bool good = found == 1 && expected_take(query, &expected);
    if (found == 1) {
        name = g_strdup(sql_text(query, 6));
        seq = sqlite3_column_int64(query, 7);
        sql_done(query);
    }
    g_mutex_unlock(&store->lock);
    if (found != 1)
        return NULL;
    folder = g_build_filename(beside, STORE_ARCHIVE, NULL);
    g_autofree char *text = good ? archive_text(folder, name) : NULL;
    char *body = text != NULL && text_holds(text, &expected) ? body_at(text, seq - expected.first) : NULL;
    if (body == NULL)
        not_held(name, error);
    return body;
}

/* The first segment behind `after`; its archive's name, g_free. 1 there is one, 0 none, −1 error. */
static int segment_next(struct store *store, int64_t after, struct expected *out, char **name, GError **error)
{
    sqlite3_stmt *row = sql_query(&store->sql, SQL_SEGMENT_ALL,
                                  "SELECT " SEGMENT_COLUMNS " FROM segment g WHERE g.first_seq>?1 ORDER BY g.first_seq LIMIT 1",
                                  error, "i", after);
    int found = row == NULL ? -1 : sql_step(&store->sql, row, error);

    if (found != 1)
        return found;
    bool good = expected_take(row, out);
    *name = g_strdup(sql_text(row, 6));
    sql_done(row);
    return good ? 1 : not_held(*name, error) - 1;
}

bool store_archive_check(struct store *store, const char *folder, int *checked, GError **error)
{
    struct expected expected = {0};
    int found = 1;

    *checked = 0;
    while (found == 1) {
        g_autofree char *name = NULL;
        g_mutex_lock(&store->lock);
        found = segment_next(store, expected.first, &expected, &name, error);
        g_mutex_unlock(&store->lock);
        if (found == 1 && !archive_holds(folder, name, &expected))
            found = not_held(name, error) - 1;
        *checked += found == 1;
    }
    return found == 0;
}
