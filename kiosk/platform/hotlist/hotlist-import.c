/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole file of changes as one version, without keeping anybody from writing meanwhile: staged beside the list in many short
 * transactions, published in one more, moved into the list afterwards. Drawn in schema-import.c. A stop at any place is gone on
 * from by the same command with the same file.
 */
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "model/model.h"
#include "sync/hotlist.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define CHUNK    5000 /* changes in one transaction: well below a tenth of a second */
#define PAUSE_MS 5    /* who waits for the lock gets it */

/* ---- The file ---- */

#define LINE_BYTES_MAX 128

/* 16 digits as they are printed, or 19 as a card tells them. */
static bool number_token(const struct platform *platform, const char *number, char token[33])
{
    size_t len = strlen(number);
    g_autofree char *full = NULL;

    if ((len != 16 && len != 19) || strspn(number, "0123456789") != len)
        return false;
    full = g_strconcat(len == 16 ? "310" : "", number, NULL);
    card_token(platform->index_key, full, token);
    return true;
}

static bool line_read(const struct platform *platform, char *line, struct hotlist_change *out)
{
    bool off = line[0] == '-';
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(line + off), " \t,", 3);
    guint count = g_strv_length(words);
    enum hotlist_reason reason = HOTLIST_LOST;
    char token[33];

    if (count == 0 || count > 2 || (count == 2 && !hotlist_reason_parse(words[1], &reason)))
        return false;
    out->reason = off ? HOTLIST_TAKE_OFF : (int)reason;
    if (number_token(platform, words[0], token))
        return hotlist_mark_of_token(token, &out->mark);
    return hotlist_mark_of_token(words[0], &out->mark);
}

/* Whole: a file that was cut off in its last line has no end there, and what is left of a number may be another card's. */
static bool line_whole(const char *line)
{
    size_t len = strlen(line);

    return len > 0 && line[len - 1] == '\n';
}

static GArray *file_read_changes(const struct platform *platform, const char *path, GError **error)
{
    FILE *file = fopen(path, "re");
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    char line[LINE_BYTES_MAX];
    int64_t number = 0;
    bool good = file != NULL, whole = true;

    while (good && fgets(line, sizeof line, file) != NULL) {
        struct hotlist_change change;

        number++;
        good = whole = line_whole(line);
        if (!whole || line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
            continue;
        good = line_read(platform, line, &change);
        if (good)
            g_array_append_val(changes, change);
    }
    if (file == NULL || ferror(file))
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "%s cannot be read", path);
    else if (!whole)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s, line %" G_GINT64_FORMAT " has no end: the file is torn, or the line too long",
                    path, number);
    else if (!good)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "%s, line %" G_GINT64_FORMAT " is not NUMBER [REASON]",
                    path, number);
    good = good && !ferror(file);
    if (file != NULL)
        fclose(file);
    if (!good)
        g_clear_pointer(&changes, g_array_unref);
    return changes;
}

/* The same file in another order is the same file. */
static bool fingerprint(const GArray *changes, uint8_t out[32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    for (guint i = 0; ok && i < changes->len; i++) {
        const struct hotlist_change *change = &g_array_index(changes, struct hotlist_change, i);
        uint64_t mark = GUINT64_TO_BE(change->mark);
        uint8_t bytes[9];
        memcpy(bytes, &mark, 8);
        bytes[8] = (uint8_t)(change->reason + 1);
        ok = EVP_DigestUpdate(context, bytes, sizeof bytes) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

/* ---- What a staged row makes of the list ---- */

static void effect_add(struct import_row *import, uint64_t mark, int reason, int had)
{
    if (reason == had)
        return;
    if (had >= 0)
        hotlist_digest_remove(import->digest, mark, (uint8_t)had);
    if (reason >= 0)
        hotlist_digest_add(import->digest, mark, (uint8_t)reason);
    import->count += (reason >= 0) - (had >= 0);
    import->changes++;
}

static void effect_remove(struct import_row *import, uint64_t mark, int reason, int had)
{
    if (reason == had)
        return;
    if (reason >= 0)
        hotlist_digest_remove(import->digest, mark, (uint8_t)reason);
    if (had >= 0)
        hotlist_digest_add(import->digest, mark, (uint8_t)had);
    import->count -= (reason >= 0) - (had >= 0);
    import->changes--;
}

bool hotlist_import_heard(struct db *db, uint64_t mark, int reason, bool changed, GError **error)
{
    struct import_row import;
    struct staged_row staged;

    if (!db_import_find(db, &import, error))
        return false;
    if (import.state == IMPORT_PUBLISHED && changed) /* the caller writes the entry below it */
        return db_staged_delete(db, mark, error);
    if (import.state != IMPORT_STAGING)
        return true;
    if (!db_staged_get(db, mark, &staged, error))
        return false;
    if (staged.found)
        effect_remove(&import, mark, staged.reason, staged.had);
    return db_staged_set(db, mark, reason, reason, error) && db_import_set(db, &import, error);
}

/* ---- Steps: each a short transaction; *more: there is another ---- */

struct importing {
    struct platform *platform;
    const GArray *changes;
    uint8_t file[32];
    int64_t now_ms, version;
};
typedef bool (*step_fn)(struct importing *work, bool *more, GError **error);

static bool step_once(struct importing *work, step_fn step, bool *more, GError **error)
{
    if (!db_begin(work->platform->db, true, error))
        return false;
    if (step(work, more, error))
        return db_commit(work->platform->db, error);
    db_rollback(work->platform->db);
    return false;
}

static bool steps(struct importing *work, step_fn step, GError **error)
{
    bool more = true;

    while (more) {
        if (!step_once(work, step, &more, error))
            return false;
        if (more)
            clock_sleep_ms(PAUSE_MS);
    }
    return true;
}

/* Down into the list, or away when it is another file's. Ends with no import, or with one that is ours to go on. */
static bool clear_step(struct importing *work, bool *more, GError **error)
{
    struct db *db = work->platform->db;
    struct import_row import;

    *more = false;
    if (!db_import_find(db, &import, error) || import.state == IMPORT_NONE)
        return error == NULL || *error == NULL;
    if (import.state == IMPORT_STAGING && (work->changes == NULL || memcmp(import.file, work->file, 32) == 0))
        return true;
    if (import.state == IMPORT_STAGING) {
        import.state = IMPORT_DROPPED;
        if (!db_import_set(db, &import, error))
            return false;
    }
    if (!db_staged_move(db, CHUNK, import.state == IMPORT_DROPPED, import.at_ms, more, error))
        return false;
    return *more || db_import_set(db, &(struct import_row){.state = IMPORT_NONE}, error);
}

static bool begin_step(struct importing *work, bool *more, GError **error)
{
    struct import_row import;

    *more = false;
    if (!db_import_find(work->platform->db, &import, error))
        return false;
    if (import.state != IMPORT_NONE)
        return true;
    import = (struct import_row){.state = IMPORT_STAGING, .at_ms = work->now_ms};
    memcpy(import.file, work->file, sizeof import.file);
    return db_import_set(work->platform->db, &import, error);
}

static bool ours(struct importing *work, struct import_row *import, GError **error)
{
    if (!db_import_find(work->platform->db, import, error))
        return false;
    return (import->state == IMPORT_STAGING && memcmp(import->file, work->file, 32) == 0) ||
           platform_refuse(error, "another import of the hotlist began meanwhile");
}

/* A row that is there already: its card was told of since the import began. A replaced card stays so whatever the file says. */
static bool stage(struct db *db, const struct hotlist_change *change, struct import_row *import, GError **error)
{
    struct staged_row staged;
    struct hotlist_listed had;

    if (change->reason < HOTLIST_TAKE_OFF || change->reason >= HOTLIST_REASONS)
        return platform_refuse(error, "a reason that is none");
    if (!db_staged_get(db, change->mark, &staged, error) || !db_hotlist_entry_find(db, change->mark, &had, error))
        return false;
    int reason = had.replaced ? HOTLIST_REPLACED : change->reason;
    if (staged.found || had.reason == reason)
        return true;
    effect_add(import, change->mark, reason, had.reason);
    return db_staged_set(db, change->mark, reason, had.reason, error);
}

static bool stage_step(struct importing *work, bool *more, GError **error)
{
    struct import_row import;

    if (!ours(work, &import, error))
        return false;
    int64_t end = MIN(import.done + CHUNK, (int64_t)work->changes->len);
    for (; import.done < end; import.done++)
        if (!stage(work->platform->db, &g_array_index(work->changes, struct hotlist_change, import.done), &import, error))
            return false;
    *more = import.done < (int64_t)work->changes->len;
    return db_import_set(work->platform->db, &import, error);
}

static bool collect(void *ctx, uint64_t mark, int reason, GError **error)
{
    struct hotlist_change change = {.mark = mark, .reason = reason};

    g_array_append_val((GArray *)ctx, change);
    return true;
}

/* One row, and at most a delta's worth of changes read. */
static bool publish_step(struct importing *work, bool *more, GError **error)
{
    struct db *db = work->platform->db;
    g_autoptr(GArray) delta = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    struct import_row import;
    struct hotlist_head head;
    bool renew;

    *more = false;
    if (!ours(work, &import, error) || !hotlist_head_of(db, &head, &renew, error))
        return false;
    work->version = head.version;
    if (import.changes == 0 && !renew) { /* nothing is staged but what others told */
        import.state = IMPORT_DROPPED;
        return db_import_set(db, &import, error);
    }
    if (import.changes <= HOTLIST_DELTA_MAX && !db_staged_each(db, collect, delta, error))
        return false;
    head.issued_ms = import.at_ms = work->now_ms;
    head.count += import.count;
    hotlist_digest_sum(head.digest, import.digest);
    work->version = ++head.version;
    import.state = IMPORT_PUBLISHED;
    if (head.count > HOTLIST_COUNT_MAX)
        return platform_refuse(error, "more entries than a hotlist can have");
    return hotlist_version_add(work->platform, delta, import.changes, &head, error) && db_import_set(db, &import, error);
}

bool hotlist_settle(struct platform *platform, GError **error)
{
    struct importing work = {.platform = platform};
    return steps(&work, clear_step, error);
}

bool hotlist_import(struct platform *platform, const char *path, int64_t now_ms, int64_t *version, int64_t *lines,
                    GError **error)
{
    g_autoptr(GArray) changes = file_read_changes(platform, path, error);
    struct importing work = {.platform = platform, .changes = changes, .now_ms = now_ms};

    if (changes == NULL)
        return false;
    *lines = changes->len;
    hotlist_changes_sort(changes);
    if (!fingerprint(changes, work.file))
        return platform_refuse(error, "no digest of the file");
    if (!steps(&work, clear_step, error) || !steps(&work, begin_step, error) || !steps(&work, stage_step, error) ||
        !steps(&work, publish_step, error))
        return false;
    *version = work.version;
    return true;
}
