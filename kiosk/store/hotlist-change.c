/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving the hotlist on: a file put in force, deltas applied, both written into a new file. All of it slow work (hashing, merging,
 * asking the old file) happens before the store's lock is taken; what the lock covers is one transaction.
 */
#include "store/file.h"
#include "store/hotlist.h"

#include <string.h>

/* The table of changes is merged into a new file when it has this many rows, or, for short lists, a quarter of them. */
#define ROWS_MAX 65536
#define ROWS_MIN 1024

static char *hex32(const uint8_t bytes[32])
{
    GString *text = g_string_sized_new(64);

    for (int i = 0; i < 32; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

static bool unhex32(const char *text, uint8_t out[32])
{
    bool good = strlen(text) == 64;

    for (int i = 0; good && i < 64; i++) {
        good = g_ascii_isxdigit(text[i]);
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (g_ascii_xdigit_value(text[i]) & 15));
    }
    return good;
}

/* What `meta` says of the list after a change. Within a transaction. */
static bool head_write(struct store *store, const struct hotlist_head *head, const char *key_id, GError **error)
{
    g_autofree char *digest = hex32(head->digest);

    return meta_set_int(store, "hotlist_version", head->version, error) &&
           meta_set_int(store, "hotlist_issued_ms", head->issued_ms, error) &&
           meta_set_int(store, "hotlist_count", head->count, error) &&
           meta_set_text(store, "hotlist_digest", digest, error) &&
           meta_set_text(store, "hotlist_key", key_id, error) &&
           /* The issuer's own time is the only one at which this list surely was the newest. */
           mark_write(store, &store->hotlist_confirmed, head->issued_ms, error);
}

static bool head_read(struct store *store, struct hotlist_head *head)
{
    g_autofree char *digest = meta_text(store, "hotlist_digest");

    memset(head, 0, sizeof *head);
    head->version = meta_int(store, "hotlist_version", 0);
    head->issued_ms = meta_int(store, "hotlist_issued_ms", 0);
    head->count = meta_int(store, "hotlist_count", 0);
    return head->version > 0 && unhex32(digest, head->digest);
}

/* ---- Files -------------------------------------------------------------------------------------------------------- */

/* A file of a version, or a download? ".high" and what is being written are neither. */
static bool is_list(const char *name, const char *stem)
{
    const char *end = g_str_has_prefix(name, stem) ? name + strlen(stem) : "";

    return g_str_has_prefix(end, ".part-") ||
           (end[0] == '.' && end[1] != '\0' && end[1 + strspn(end + 1, "0123456789")] == '\0');
}

/* Remove what no row names any more: versions other than these two, and downloads. */
static void tidy(struct store *store, int64_t base, int64_t before)
{
    g_autofree char *folder = g_path_get_dirname(store->hotlist.path);
    g_autofree char *stem = g_path_get_basename(store->hotlist.path);
    g_autofree char *keep_base = g_strdup_printf("%s.%" G_GINT64_FORMAT, stem, base);
    g_autofree char *keep_before = g_strdup_printf("%s.%" G_GINT64_FORMAT, stem, before);
    g_autoptr(GError) error = NULL;
    const char *name;
    GDir *dir = g_dir_open(folder, 0, &error);

    while (dir != NULL && error == NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (!is_list(name, stem) || strcmp(name, keep_base) == 0 || strcmp(name, keep_before) == 0)
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        file_remove(path, &error);
    }
    if (dir != NULL)
        g_dir_close(dir);
    if (error != NULL)
        g_warning("hotlist: %s", error->message); /* it is tried again after the next change */
}

/* Put a file that lies in its place in force. Takes `file`. */
static bool base_set(struct store *store, struct hotfile *file, const char *key_id, GError **error)
{
    const struct hotlist_head *head = hotfile_head(file);
    struct hotfile *old = file;

    g_mutex_lock(&store->lock);
    int64_t before = meta_int(store, "hotlist_base", 0);
    int64_t confirmed_ms = meta_int(store, "hotlist_version", 0) == head->version ? store->hotlist_confirmed.now_ms
                                                                                 : head->issued_ms;
    bool done = (sql_begin(&store->sql, error) && head_write(store, head, key_id, error) &&
                 mark_write(store, &store->hotlist_confirmed, confirmed_ms, error) &&
                 meta_set_int(store, "hotlist_base", head->version, error) &&
                 sql_run(&store->sql, SQL_HOTLIST_CLEAR, "DELETE FROM hotlist_overlay", error, "") &&
                 store_commit(store, error)) ||
                store_abandon(store);
    if (done) {
        old = store->hotlist.base;
        store->hotlist.base = file;
        store->hotlist.rows = 0;
        store->hotlist.damaged = false;
        store->hotlist_confirmed.now_ms = confirmed_ms;
    }
    g_mutex_unlock(&store->lock);
    if (done) {
        hotlist_high_keep(store);
        tidy(store, head->version, before);
    }
    hotfile_unref(old);
    return done;
}

/* ---- A whole file ------------------------------------------------------------------------------------------------- */

char *store_hotlist_part(struct store *store, const struct hotlist_manifest *manifest)
{
    g_autofree char *hash = hex32(manifest->sha256);

    return g_strdup_printf("%s.part-%.16s", store->hotlist.path, hash);
}

static bool file_is_signed(const char *path, const struct hotlist_manifest *manifest, GError **error)
{
    uint8_t hash[32];
    int64_t len = 0;

    if (!file_sha256(path, hash, &len, error))
        return false;
    return (len == manifest->length && memcmp(hash, manifest->sha256, 32) == 0) ||
           store_state_error(error, "hotlist %" G_GINT64_FORMAT ": the file is not the one that was signed",
                             manifest->head.version);
}

bool store_hotlist_have(struct store *store, const struct hotlist_manifest *manifest)
{
    g_autofree char *path = hotlist_file_path(store, manifest->head.version);

    return file_is_signed(path, manifest, NULL);
}

/* The file that was signed, and nothing else; and it holds what it says. */
static bool file_check(const char *path, const struct hotlist_manifest *manifest, GError **error)
{
    struct hotfile *file = file_is_signed(path, manifest, error) ? hotfile_open(path, error) : NULL;
    bool good;

    if (file == NULL)
        return false;
    const struct hotlist_head *head = hotfile_head(file);
    if (head->version != manifest->head.version || head->issued_ms != manifest->head.issued_ms ||
        head->count != manifest->head.count || memcmp(head->digest, manifest->head.digest, 32) != 0)
        good = store_state_error(error, "hotlist %" G_GINT64_FORMAT ": file and manifest differ", head->version);
    else
        good = hotfile_verify(file, error);
    hotfile_unref(file);
    return good;
}

/* What was fetched is checked and moved to its place; what turns out to be something else is not kept. */
static bool part_take(const char *part, const char *path, const struct hotlist_manifest *manifest, GError **error)
{
    g_autoptr(GError) why = NULL;

    if (file_check(part, manifest, error))
        return file_move(part, path, error);
    if (!file_remove(part, &why))
        g_warning("hotlist: %s", why->message);
    return false;
}

static bool install(struct store *store, const struct hotlist_manifest *manifest, GError **error)
{
    g_autofree char *part = store_hotlist_part(store, manifest);
    g_autofree char *path = hotlist_file_path(store, manifest->head.version);
    struct store_hotlist state;
    struct hotfile *file;
    int64_t size;

    store_hotlist_state(store, manifest->key_id, &state);
    if (manifest->head.version <= state.version)
        return store_state_error(error, "hotlist %" G_GINT64_FORMAT " is not newer than %" G_GINT64_FORMAT,
                                 manifest->head.version, state.version);
    if (!file_size(part, &size, error) ||
        !(size >= 0 ? part_take(part, path, manifest, error) : file_check(path, manifest, error)))
        return false;
    file = hotfile_open(path, error);
    return file != NULL && base_set(store, file, manifest->key_id, error);
}

bool store_hotlist_install(struct store *store, const struct hotlist_manifest *manifest, GError **error)
{
    g_mutex_lock(&store->hotlist.work);
    bool done = install(store, manifest, error);
    g_mutex_unlock(&store->hotlist.work);
    return done;
}

/* ---- Deltas ------------------------------------------------------------------------------------------------------- */

/* One change, with what the file says of its mark. */
struct change {
    uint64_t mark;
    int to, base; /* reason, or HOTLIST_OFF */
};

static bool change_plan(GArray *plan, const struct hotfile *base, uint64_t mark, int to, GError **error)
{
    enum hotlist_reason reason = HOTLIST_OTHER;
    enum hotlist_found found = base != NULL ? hotfile_find(base, mark, &reason, error) : HOTLIST_ABSENT;
    struct change change = {mark, to, found == HOTLIST_LISTED ? (int)reason : HOTLIST_OFF};

    g_array_append_val(plan, change);
    return found != HOTLIST_DAMAGED;
}

/* The changes of one delta: those that take off first. */
static GArray *delta_plan(const struct hotfile *base, const struct hotlist_delta *delta, GError **error)
{
    GArray *plan = g_array_new(FALSE, FALSE, sizeof(struct change));
    bool good = true;

    for (size_t i = 0; good && i < delta->remove_count; i++)
        good = change_plan(plan, base, delta->removes[i], HOTLIST_OFF, error);
    for (size_t i = 0; good && i < delta->add_count; i++)
        good = delta->adds[i].reason < HOTLIST_REASONS
                   ? change_plan(plan, base, delta->adds[i].mark, delta->adds[i].reason, error)
                   : store_state_error(error, "a delta of the hotlist has a reason that is none");
    if (!good)
        g_clear_pointer(&plan, g_array_unref);
    return plan;
}

static bool row_write(struct store *store, const struct change *change, bool there, GError **error)
{
    char digits[HOTLIST_MARK_DIGITS + 1];

    hotlist_mark_format(change->mark, digits);
    if (change->to == change->base) {
        store->hotlist.rows -= there;
        return !there || sql_run(&store->sql, SQL_HOTLIST_DROP, "DELETE FROM hotlist_overlay WHERE mark=?1", error,
                                 "s", digits);
    }
    store->hotlist.rows += !there;
    return sql_run(&store->sql, SQL_HOTLIST_PUT,
                   "INSERT INTO hotlist_overlay(mark,reason) VALUES(?1,?2)"
                   " ON CONFLICT(mark) DO UPDATE SET reason=excluded.reason",
                   error, "si", digits, (int64_t)change->to);
}

static bool change_apply(struct store *store, const struct change *change, struct hotlist_head *head, GError **error)
{
    int had;

    if (!hotlist_overlay_find(store, change->mark, &had, error))
        return false;
    bool there = had != HOTLIST_UNCHANGED;
    if (!there)
        had = change->base;
    if (had == change->to)
        return store_state_error(error, "a delta of the hotlist changes nothing at one of its marks");
    if (had >= 0)
        hotlist_digest_remove(head->digest, change->mark, (uint8_t)had);
    if (change->to >= 0)
        hotlist_digest_add(head->digest, change->mark, (uint8_t)change->to);
    head->count += (change->to >= 0) - (had >= 0);
    return row_write(store, change, there, error);
}

static bool delta_apply(struct store *store, const struct hotlist_delta *delta, const GArray *plan,
                        struct hotlist_head *head, GError **error)
{
    if (delta->from != head->version || delta->to <= delta->from)
        return store_state_error(error,
                                 "delta of the hotlist from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                                 " does not fit %" G_GINT64_FORMAT,
                                 delta->from, delta->to, head->version);
    for (guint i = 0; i < plan->len; i++)
        if (!change_apply(store, &g_array_index(plan, struct change, i), head, error))
            return false;
    head->version = delta->to;
    head->issued_ms = delta->issued_ms;
    if (head->count == delta->count && memcmp(head->digest, delta->digest, 32) == 0)
        return true;
    /* Ours is not what the platform believes it to be: only the whole list helps. */
    store->hotlist.damaged = true;
    return store_state_error(error, "hotlist %" G_GINT64_FORMAT ": what the delta makes is not the platform's list",
                             delta->to);
}

static bool deltas_commit(struct store *store, const struct hotlist_delta *deltas, GArray **plans, size_t count,
                          GError **error)
{
    struct store_hotlist state;
    struct hotlist_head head;

    hotlist_state_locked(store, deltas[0].key_id, &state);
    if (state.version == 0 || !head_read(store, &head))
        return store_state_error(error, "there is no hotlist that a delta could be applied to");
    if (!sql_begin(&store->sql, error))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!delta_apply(store, &deltas[i], plans[i], &head, error))
            return false;
    return head_write(store, &head, deltas[0].key_id, error) && store_commit(store, error);
}

static bool deltas_apply(struct store *store, const struct hotlist_delta *deltas, GArray **plans, size_t count,
                         GError **error)
{
    g_autoptr(GError) why = NULL;

    g_mutex_lock(&store->lock);
    bool done = deltas_commit(store, deltas, plans, count, error);
    if (done)
        store->hotlist_confirmed.now_ms = deltas[count - 1].issued_ms;
    else {
        store_abandon(store);
        if (!hotlist_rows_load(store, &why))
            g_critical("hotlist: %s", why->message);
    }
    g_mutex_unlock(&store->lock);
    return done;
}

static bool apply(struct store *store, const struct hotlist_delta *deltas, size_t count, GError **error)
{
    g_autofree GArray **plans = g_new0(GArray *, count);
    struct hotfile *base;
    bool good = true;

    for (size_t i = 1; i < count; i++)
        if (strcmp(deltas[i].key_id, deltas[0].key_id) != 0)
            return store_state_error(error, "deltas of the hotlist by several keys");
    g_mutex_lock(&store->lock);
    base = store->hotlist.base != NULL ? hotfile_ref(store->hotlist.base) : NULL;
    g_mutex_unlock(&store->lock);
    for (size_t i = 0; good && i < count; i++)
        good = (plans[i] = delta_plan(base, &deltas[i], error)) != NULL;
    hotfile_unref(base);
    good = good && deltas_apply(store, deltas, plans, count, error);
    for (size_t i = 0; i < count; i++)
        g_clear_pointer(&plans[i], g_array_unref);
    return good;
}

bool store_hotlist_apply(struct store *store, const struct hotlist_delta *deltas, size_t count, GError **error)
{
    if (count == 0)
        return true;
    g_mutex_lock(&store->hotlist.work);
    bool done = apply(store, deltas, count, error);
    g_mutex_unlock(&store->hotlist.work);
    if (done)
        hotlist_high_keep(store);
    return done;
}

/* ---- Compaction --------------------------------------------------------------------------------------------------- */

#define TAKEN_OFF UINT8_MAX

static GArray *overlay_load(struct store *store, GError **error)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct hotlist_entry));
    sqlite3_stmt *query = sql_query(&store->sql, SQL_HOTLIST_ALL,
                                    "SELECT mark, reason FROM hotlist_overlay ORDER BY mark", error, "");
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1) {
        struct hotlist_entry entry;
        int64_t reason = sqlite3_column_int64(query, 1);

        entry.reason = reason == HOTLIST_OFF ? TAKEN_OFF : (uint8_t)reason;
        if (hotlist_mark_parse(sql_text(query, 0), &entry.mark)) {
            g_array_append_val(rows, entry);
            continue;
        }
        sql_done(query);
        store_state_error(error, "a row of the hotlist's changes is none");
        more = -1;
    }
    if (more < 0)
        g_clear_pointer(&rows, g_array_unref);
    return rows;
}

/* File and changes, both rising; a change goes before the file's entry of the same mark. */
static bool merge(struct hotfile_reader *reader, const GArray *rows, struct hotfile_writer *writer, GError **error)
{
    struct hotlist_entry entry;
    int more = reader != NULL ? hotfile_reader_next(reader, &entry, error) : 0;
    guint at = 0;

    while (more == 1 || (more == 0 && at < rows->len)) {
        const struct hotlist_entry *row = at < rows->len ? &g_array_index(rows, struct hotlist_entry, at) : NULL;
        bool changed = row != NULL && (more == 0 || row->mark <= entry.mark);
        bool both = changed && more == 1 && row->mark == entry.mark;
        const struct hotlist_entry *next = changed ? row : &entry;

        if (next->reason != TAKEN_OFF && !hotfile_writer_add(writer, next->mark, next->reason, error))
            return false;
        at += changed;
        if (!changed || both)
            more = hotfile_reader_next(reader, &entry, error);
    }
    return more == 0;
}

static bool merged_write(struct store *store, const struct hotlist_head *head, struct hotfile *base,
                         const GArray *rows, GError **error)
{
    g_autofree char *path = hotlist_file_path(store, head->version);
    struct hotfile_writer *writer = hotfile_writer_new(path, head, error);
    struct hotfile_reader *reader;
    bool done;

    if (writer == NULL)
        return false;
    reader = base != NULL ? hotfile_reader_new(base) : NULL;
    done = merge(reader, rows, writer, error);
    hotfile_reader_free(reader);
    if (done)
        return hotfile_writer_finish(writer, error);
    hotfile_writer_abandon(writer);
    return false;
}

/* What there is to merge; *rows stays NULL when nothing is to be done. */
static bool compact_begin(struct store *store, bool now, struct hotlist_head *head, char **key, struct hotfile **base,
                          GArray **rows, GError **error)
{
    bool good = true;

    g_mutex_lock(&store->lock);
    int64_t waiting = store->hotlist.rows;
    bool due = waiting > (now ? 0 : ROWS_MIN) && (now || waiting > MIN(ROWS_MAX, meta_int(store, "hotlist_count", 0) / 4));
    if (due && !store->hotlist.damaged && head_read(store, head)) {
        *rows = overlay_load(store, error);
        good = *rows != NULL;
        *key = meta_text(store, "hotlist_key");
        *base = store->hotlist.base != NULL ? hotfile_ref(store->hotlist.base) : NULL;
    }
    g_mutex_unlock(&store->lock);
    return good;
}

static bool compact(struct store *store, bool now, GError **error)
{
    g_autofree char *key = NULL, *path = NULL;
    g_autoptr(GArray) rows = NULL;
    struct hotlist_head head;
    struct hotfile *base = NULL, *file;
    bool done = compact_begin(store, now, &head, &key, &base, &rows, error);

    if (done && rows != NULL) {
        path = hotlist_file_path(store, head.version);
        done = merged_write(store, &head, base, rows, error) && (file = hotfile_open(path, error)) != NULL &&
               base_set(store, file, key, error);
    }
    hotfile_unref(base);
    return done;
}

bool store_hotlist_compact(struct store *store, bool now, GError **error)
{
    g_mutex_lock(&store->hotlist.work);
    bool done = compact(store, now, error);
    g_mutex_unlock(&store->hotlist.work);
    return done;
}
