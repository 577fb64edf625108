/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment stands for rows that are gone, so each has a seal: the SHA-256 of all that it says. Its rows were hashed, and SQLite's
 * pages are not: the end of a long value lies in a page that quick_check takes as it is. A seal without its segment tells that
 * a whole one is gone.
 *
 *   seal = SHA-256( for each column: type 1 ‖ length 8 (big endian) ‖ bytes; a number as its decimal digits )
 */
#include "store/internal.h"

#include <openssl/evp.h>

static bool value_digest(EVP_MD_CTX *digest, sqlite3_value *value)
{
    int type = sqlite3_value_type(value);
    const void *bytes = type == SQLITE_BLOB ? sqlite3_value_blob(value) : sqlite3_value_text(value);
    uint64_t len = (uint64_t)sqlite3_value_bytes(value);
    uint8_t head[9] = {(uint8_t)type};

    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(len >> (56 - 8 * i));
    return EVP_DigestUpdate(digest, head, sizeof head) == 1 && (len == 0 || (bytes != NULL && EVP_DigestUpdate(digest, bytes, len) == 1));
}

static void on_seal(sqlite3_context *context, int count, sqlite3_value **values)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    uint8_t seal[32];
    bool good = digest != NULL && EVP_DigestInit_ex2(digest, EVP_sha256(), NULL) == 1;

    for (int i = 0; good && i < count; i++)
        good = value_digest(digest, values[i]);
    if (good && EVP_DigestFinal_ex(digest, seal, NULL) == 1)
        sqlite3_result_blob(context, seal, sizeof seal, SQLITE_TRANSIENT);
    else
        sqlite3_result_error(context, "a segment cannot be sealed", -1);
    EVP_MD_CTX_free(digest);
}

bool segment_seal_install(struct sql *sql, GError **error)
{
    if (sqlite3_create_function_v2(sql->db, "segment_seal", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, on_seal, NULL,
                                   NULL, NULL) == SQLITE_OK)
        return true;
    return sql_fail(sql, "segment_seal", error);
}

bool segment_seal_add(struct sql *sql, int64_t first_seq, GError **error)
{
    return sql_run(sql, SQL_SEGMENT_SEAL, "INSERT INTO segment_seal SELECT first_seq," SEGMENT_SEAL " FROM segment WHERE first_seq=?1",
                   error, "i", first_seq);
}

int segment_seal_next(struct sql *sql, int64_t *first_seq, GError **error)
{
    sqlite3_stmt *next = sql_query(sql, SQL_SEGMENT_SEALED,
                                   "SELECT n, (SELECT seal FROM segment_seal WHERE first_seq=n) IS (SELECT " SEGMENT_SEAL
                                   " FROM segment WHERE first_seq=n) FROM (SELECT min(n) AS n FROM"
                                   " (SELECT min(first_seq) AS n FROM segment WHERE first_seq>?1"
                                   " UNION ALL SELECT min(first_seq) FROM segment_seal WHERE first_seq>?1)) WHERE n IS NOT NULL",
                                   error, "i", *first_seq);
    int found = next == NULL ? -1 : sql_step(sql, next, error);

    if (found != 1)
        return found;
    *first_seq = sqlite3_column_int64(next, 0);
    bool holds = sqlite3_column_int(next, 1) == 1;
    sql_done(next);
    if (!holds)
        g_set_error(error, STORE_ERROR, STORE_ERROR_CHAIN, "the segment of row %" G_GINT64_FORMAT " is not as it was written",
                    (gint64)*first_seq);
    return holds ? 1 : -1;
}

bool segment_seals_hold(struct sql *sql, GError **error)
{
    int64_t first_seq = INT64_MIN;
    int more = 1;

    while (more == 1)
        more = segment_seal_next(sql, &first_seq, error);
    return more == 0;
}
