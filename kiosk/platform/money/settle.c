/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/settle.h"
#include "platform/data/db-rows.h"
#include "platform/keys/pki.h"
#include "store/file.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 13
static const char NAMES[] = "type,number,kind,late,posted_ms,taken_ms,kiosk,payment,transaction,line,account_no,period,amount\r\n";

static bool fail(GError **error, enum platform_error code, const struct settle_party *party, int64_t n, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, code, "settlement %s %s %" PRId64 ": %s", party->account, party->book, n, what);
    return false;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

/* RFC 4180: what holds a comma, a quote or an end of line is quoted, quotes are doubled. */
static void add_field(GString *csv, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        g_string_append(csv, text);
        return;
    }
    g_string_append_c(csv, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *text);
    }
    g_string_append_c(csv, '"');
}

static void add_row(GString *csv, const char *const fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (i > 0)
            g_string_append_c(csv, ',');
        add_field(csv, fields[i] != NULL ? fields[i] : "");
    }
    g_string_append(csv, "\r\n");
}

struct number {
    char text[24];
};

static const char *number(struct number *out, int64_t value)
{
    g_snprintf(out->text, sizeof out->text, "%" PRId64, value);
    return out->text;
}

static const char *unit_of(const char *book)
{
    return strcmp(book, "POINTS") == 0 ? "points" : strcmp(book, "COIN") == 0 ? "minutes" : "fen";
}

static void add_head(GString *csv, const struct settle_file *file, const char *community)
{
    struct number n, from, until, made;
    const char *const fields[FIELDS] = {"H", number(&n, file->n), file->party.account, file->party.book, number(&from, file->from_ms),
                                        number(&until, file->until_ms), community, number(&made, file->made_ms),
                                        unit_of(file->party.book)};

    g_string_append(csv, NAMES);
    add_row(csv, fields);
}

static bool is_late(const struct settle_file *file, const struct settle_line *line)
{
    return file->n > 1 && line->taken_ms < file->from_ms;
}

static void add_line(GString *csv, const struct settle_file *file, const struct settle_line *line, int64_t i)
{
    struct number no, posted, taken, at, amount;
    const char *const fields[FIELDS] = {"D", number(&no, i), line->kind, is_late(file, line) ? "1" : "0",
                                        number(&posted, line->posted_ms), number(&taken, line->taken_ms), line->kiosk, line->payment,
                                        line->txn, number(&at, line->line), line->account_no, line->period,
                                        number(&amount, line->amount)};

    add_row(csv, fields);
}

static void add_tail(GString *csv, int64_t count, int64_t sum)
{
    struct number lines, amount;
    uint8_t digest[32];
    char hex[65];
    const char *fields[FIELDS] = {"T", number(&lines, count)};

    SHA256((const uint8_t *)csv->str, csv->len, digest);
    fields[2] = wire_hex(digest, sizeof digest, hex);
    fields[FIELDS - 1] = number(&amount, sum);
    add_row(csv, fields);
}

/* All of it, and what is counted on the way: lines, late ones, sum and digest. */
static char *make_csv(struct platform *platform, const struct settle_file *file, struct settle_file *counted, gsize *len, GError **error)
{
    g_autoptr(GArray) lines = db_settle_lines(platform->db, &file->party, file->n, error);
    GString *csv;

    if (lines == NULL)
        return NULL;
    csv = g_string_new(NULL);
    *counted = (struct settle_file){.lines = lines->len};
    add_head(csv, file, db_community(platform->db));
    for (guint i = 0; i < lines->len; i++) {
        const struct settle_line *line = &g_array_index(lines, struct settle_line, i);
        add_line(csv, file, line, (int64_t)i + 1);
        counted->late += is_late(file, line);
        if (__builtin_add_overflow(counted->amount, line->amount, &counted->amount)) {
            fail(error, PLATFORM_ERROR_SQL, &file->party, file->n, "its sum is too large");
            g_string_free(csv, TRUE);
            return NULL;
        }
    }
    add_tail(csv, counted->lines, counted->amount);
    SHA256((const uint8_t *)csv->str, csv->len, counted->sha256);
    *len = csv->len;
    return g_string_free(csv, FALSE);
}

/* ---- The next one ------------------------------------------------------------------------------------------------ */

static bool sign(struct platform *platform, struct settle_file *file, gsize bytes, GError **error)
{
    char hex[65];
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I}", "kind", "settlement", "community",
                             db_community(platform->db), "account", file->party.account, "book", file->party.book, "n",
                             (json_int_t)file->n, "from_ms", (json_int_t)file->from_ms, "until_ms", (json_int_t)file->until_ms, "lines",
                             (json_int_t)file->lines, "late", (json_int_t)file->late, "amount", (json_int_t)file->amount, "bytes",
                             (json_int_t)bytes, "sha256", wire_hex(file->sha256, 32, hex), "made_ms", (json_int_t)file->made_ms);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    file->payload = g_strdup(text);
    free(text);
    if (file->payload == NULL)
        return fail(error, PLATFORM_ERROR_CRYPTO, &file->party, file->n, "no memory");
    file->signature = pki_sign(platform->sign_key, file->payload, strlen(file->payload), error);
    return file->signature != NULL && signed_key_id(platform->sign_public, file->key_id);
}

static bool make(struct platform *platform, struct settle_file *file, bool *made, GError **error)
{
    struct settle_file counted;
    int64_t lines = 0;
    gsize len = 0;

    if (!db_settle_last(platform->db, &file->party, &file->n, &file->from_ms, error))
        return false;
    file->n++;
    if (file->until_ms <= file->from_ms)
        return true; /* told already */
    if (!db_settle_open(platform->db, file, &lines, error))
        return false;
    *made = lines > 0;
    if (!*made)
        return true;
    char *csv = make_csv(platform, file, &counted, &len, error);
    if (csv == NULL)
        return false;
    OPENSSL_cleanse(csv, len);
    g_free(csv);
    file->lines = counted.lines;
    file->late = counted.late;
    file->amount = counted.amount;
    memcpy(file->sha256, counted.sha256, sizeof file->sha256);
    return sign(platform, file, len, error) && db_settle_close(platform->db, file, error);
}

bool settle_next(struct platform *platform, const struct settle_party *party, int64_t until_ms, int64_t now_ms, bool *made, GError **error)
{
    struct settle_file file = {.party = *party, .until_ms = until_ms, .made_ms = now_ms};

    *made = false;
    if (until_ms > now_ms)
        return fail(error, PLATFORM_ERROR_ARGUMENT, party, 0, "its time is not over");
    if (!db_begin(platform->db, true, error))
        return false;
    bool ok = make(platform, &file, made, error);
    settle_file_clear(&file);
    if (ok && *made)
        return db_commit(platform->db, error);
    db_rollback(platform->db); /* a file of nothing is none */
    return ok;
}

/* ---- As files ---------------------------------------------------------------------------------------------------- */

bool settle_text(struct platform *platform, const struct settle_file *file, char **csv, char **envelope, GError **error)
{
    struct settle_file counted;
    gsize len = 0;

    *envelope = NULL;
    *csv = make_csv(platform, file, &counted, &len, error);
    if (*csv == NULL)
        return false;
    json_t *json = json_pack("{s:s, s:s, s:s}", "payload", file->payload, "signature", file->signature, "key_id", file->key_id);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    *envelope = g_strdup(text);
    free(text);
    if (*envelope != NULL && CRYPTO_memcmp(counted.sha256, file->sha256, sizeof file->sha256) == 0)
        return true;
    OPENSSL_cleanse(*csv, len);
    g_clear_pointer(csv, g_free);
    g_clear_pointer(envelope, g_free);
    return fail(error, PLATFORM_ERROR_STATE, &file->party, file->n, "what it says is not what was signed");
}

static char *path_of(const struct settle_file *file, const char *dir)
{
    g_autofree char *account = g_strdelimit(g_strdup(file->party.account), ":/\\", '-');
    g_autofree char *name = g_strdup_printf("settlement-%s-%s-%06" PRId64 ".csv", account, file->party.book, file->n);

    return g_build_filename(dir, name, NULL);
}

/* The signature last: who finds it finds the file whole. */
static bool write_both(const char *path, const char *csv, const char *envelope, GError **error)
{
    g_autofree char *signed_path = g_strconcat(path, ".json", NULL);

    return file_replace(path, csv, strlen(csv), error) && file_replace(signed_path, envelope, strlen(envelope), error);
}

static bool write_one(struct platform *platform, const struct settle_party *party, int64_t n, const char *dir, int64_t *written,
                      GError **error)
{
    struct settle_file file;
    char *csv = NULL, *envelope = NULL;
    bool found = false, ok = true;

    if (!db_begin(platform->db, false, error))
        return false;
    memset(&file, 0, sizeof file);
    ok = db_settle_find(platform->db, party, n, &file, &found, error) &&
         (found || fail(error, PLATFORM_ERROR_STATE, party, n, "there is none"));
    g_autofree char *path = path_of(&file, dir), *signed_path = g_strconcat(path, ".json", NULL);
    bool there = ok && g_file_test(path, G_FILE_TEST_EXISTS) && g_file_test(signed_path, G_FILE_TEST_EXISTS);
    ok = ok && (there || settle_text(platform, &file, &csv, &envelope, error));
    db_rollback(platform->db);
    if (ok && !there) {
        ok = write_both(path, csv, envelope, error);
        *written += ok;
    }
    db_secret_free(csv);
    g_free(envelope);
    settle_file_clear(&file);
    return ok;
}

bool settle_write(struct platform *platform, const struct settle_party *party, const char *dir, int64_t *written, GError **error)
{
    int64_t last = 0, until_ms;
    GError *untold = NULL;

    *written = 0;
    if (!db_begin(platform->db, false, error))
        return false;
    bool ok = db_settle_last(platform->db, party, &last, &until_ms, error);
    db_rollback(platform->db);
    /* One that cannot be told again, because who is in it was erased meanwhile, does not keep those behind it from being written. */
    for (int64_t n = 1; ok && n <= last; n++) {
        GError *why = NULL;

        if (write_one(platform, party, n, dir, written, &why))
            continue;
        ok = g_error_matches(why, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
        if (!ok && untold != NULL)
            g_clear_error(&untold);
        if (untold == NULL)
            untold = g_steal_pointer(&why);
        g_clear_error(&why);
    }
    if (untold != NULL)
        g_propagate_error(error, untold);
    return ok && untold == NULL;
}

/* ---- Paid -------------------------------------------------------------------------------------------------------- */

bool settle_pay(struct platform *platform, const struct settle_party *party, int64_t n, const struct settle_payment *payment, GError **error)
{
    struct settle_file file;
    bool found = false;

    memset(&file, 0, sizeof file);
    if (!db_settle_find(platform->db, party, n, &file, &found, error))
        return false;
    bool ok = found || fail(error, PLATFORM_ERROR_STATE, party, n, "there is none");
    ok = ok && (file.amount != 0 || fail(error, PLATFORM_ERROR_STATE, party, n, "nothing is to be paid"));
    ok = ok && db_settle_pay(platform->db, &file, payment, error);
    settle_file_clear(&file);
    return ok;
}
