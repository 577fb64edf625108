/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a version: written out of the entries as they are in one snapshot, then named by a signed manifest. A row names only
 * files that are there whole; a stop in between leaves a file that nobody asks for and the next building replaces.
 */
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "store/file.h"
#include "sync/hotlist.h"
#include "sync/signed.h"
#include "sync/wire.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS        INT64_C(86400000)
#define DELTAS_KEPT   (60 * DAY_MS) /* twice as long as a kiosk may be away and still count on them */
#define FILES_KEPT    2             /* the one before is being fetched by somebody */
#define CHANGES_MIN   1000
#define VERSIONS_MIN  200

char *hotlist_path(const struct platform *platform, int64_t version)
{
    g_autofree char *name = g_strdup_printf("hotlist-%" G_GINT64_FORMAT ".bin", version);

    return g_build_filename(platform->data_dir, name, NULL);
}

/* ---- Building ---- */

static bool write_entry(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    return hotfile_writer_add(ctx, entry->mark, entry->reason, error);
}

/* In one snapshot: the newest version and its entries. */
static bool write_file(struct platform *platform, struct hotlist_head *head, GError **error)
{
    g_autofree char *path = NULL;
    struct hotfile_writer *writer;
    bool known;

    if (!db_hotlist_head(platform->db, head, &known, error))
        return false;
    if (!known) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE,
                            "the hotlist is of an older program: its next change makes a version that can be built");
        return false;
    }
    path = hotlist_path(platform, head->version);
    writer = hotfile_writer_new(path, head, error);
    if (writer == NULL)
        return false;
    if (db_hotlist_each(platform->db, write_entry, writer, error))
        return hotfile_writer_finish(writer, error);
    hotfile_writer_abandon(writer);
    return false;
}

static char *manifest_text(const struct hotlist_head *head, const uint8_t sha256[32], int64_t length)
{
    char digest[65], hash[65];
    json_t *payload = json_pack("{s:s, s:I, s:I, s:I, s:s, s:I, s:s}", "kind", HOTLIST_KIND_FILE, "version",
                                (json_int_t)head->version, "issued_at", (json_int_t)head->issued_ms, "count",
                                (json_int_t)head->count, "digest", wire_hex(head->digest, 32, digest), "length",
                                (json_int_t)length, "sha256", wire_hex(sha256, 32, hash));
    char *text = payload != NULL ? json_dumps(payload, JSON_COMPACT) : NULL;

    json_decref(payload);
    return text;
}

/* The row that names it. *old: versions whose files nobody is told of any more. */
static bool name_file(struct platform *platform, const struct hotlist_head *head, const char *text, int64_t now_ms,
                      GArray **old, GError **error)
{
    g_autofree char *signature = pki_sign(platform->sign_key, text, strlen(text), error);
    char key_id[SIGNED_KEY_ID_SIZE];

    if (signature == NULL || !signed_key_id(platform->sign_public, key_id) || !db_begin(platform->db, true, error))
        return false;
    if (db_hotlist_file_add(platform->db, head->version, text, signature, key_id, error) &&
        (*old = db_hotlist_files_forget(platform->db, FILES_KEPT, error)) != NULL &&
        db_hotlist_deltas_forget(platform->db, now_ms - DELTAS_KEPT, head->version, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static bool remove_files(struct platform *platform, const GArray *versions, GError **error)
{
    for (guint i = 0; i < versions->len; i++) {
        g_autofree char *path = hotlist_path(platform, g_array_index(versions, int64_t, i));
        if (!file_remove(path, error))
            return false;
    }
    return true;
}

static bool build(struct platform *platform, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) old = NULL;
    g_autofree char *path = NULL;
    struct hotlist_head head;
    uint8_t hash[32];
    int64_t length;
    char *text = NULL;
    bool done;

    if (!db_begin(platform->db, false, error))
        return false;
    done = write_file(platform, &head, error);
    db_rollback(platform->db);
    if (!done)
        return false;
    path = hotlist_path(platform, head.version);
    done = file_sha256(path, hash, &length, error) && (text = manifest_text(&head, hash, length)) != NULL &&
           name_file(platform, &head, text, now_ms, &old, error) && remove_files(platform, old, error);
    free(text);
    return done;
}

/* ---- When ---- */

/* *known false: the newest version is of an older program, which told no digest. */
static bool due(struct platform *platform, bool *known, bool *out, GError **error)
{
    struct hotlist_head head;
    struct hotlist_way way;
    int64_t file = 0;
    bool done;

    if (!db_begin(platform->db, false, error))
        return false;
    done = db_hotlist_head(platform->db, &head, known, error) && db_hotlist_file(platform->db, &file, NULL, error) &&
           db_hotlist_way(platform->db, file, &way, error);
    db_rollback(platform->db);
    if (!done)
        return false;
    g_autofree char *path = hotlist_path(platform, file);
    *out = *known && (file == 0 || way.broken || way.changes > MAX(CHANGES_MIN, head.count / 20) ||
                      way.versions > MAX(VERSIONS_MIN, head.count / 1000) || !g_file_test(path, G_FILE_TEST_IS_REGULAR));
    return true;
}

/* A version that an older program made has no digest: an empty change gives the list one. */
static bool renew(struct platform *platform, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    struct hotlist_head head;
    int64_t version;
    bool known;

    if (!db_begin(platform->db, true, error))
        return false;
    if (db_hotlist_head(platform->db, &head, &known, error) &&
        (known || hotlist_publish(platform, none, now_ms, &version, error)))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

bool hotlist_tend(struct platform *platform, int64_t now_ms, GError **error)
{
    bool known = false, wanted = false;

    if (!due(platform, &known, &wanted, error) ||
        (!known && (!renew(platform, now_ms, error) || !due(platform, &known, &wanted, error))))
        return false;
    return !wanted || build(platform, now_ms, error);
}
