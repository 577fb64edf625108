/* SPDX-License-Identifier: Apache-2.0 */
#include "hotkit.h"
#include "store/file.h"

#include <string.h>

GArray *hotkit_list(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct hotlist_entry));
}

GArray *hotkit_random(unsigned seed, int n)
{
    GRand *rand = g_rand_new_with_seed(seed);
    GArray *list = hotkit_list();

    for (int i = 0; i < n; i++) {
        struct hotlist_entry entry = {.mark = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand)};
        guint32 draw = g_rand_int(rand);

        while (entry.reason < HOTLIST_OTHER && (draw & 1) != 0) {
            entry.reason++;
            draw >>= 1;
        }
        g_array_append_val(list, entry);
    }
    g_rand_free(rand);
    return list;
}

void hotkit_add(GArray *list, const char *token, const char *reason)
{
    struct hotlist_entry entry = {0};
    enum hotlist_reason code;

    g_assert_true(hotlist_mark_of_token(token, &entry.mark));
    g_assert_true(hotlist_reason_parse(reason, &code));
    entry.reason = (uint8_t)code;
    g_array_append_val(list, entry);
}

static int by_mark(const void *a, const void *b)
{
    uint64_t left = ((const struct hotlist_entry *)a)->mark, right = ((const struct hotlist_entry *)b)->mark;
    return (left > right) - (left < right);
}

void hotkit_head(GArray *list, int64_t version, int64_t issued_ms, struct hotlist_head *out)
{
    g_array_sort(list, by_mark);
    *out = (struct hotlist_head){.version = version, .issued_ms = issued_ms, .count = list->len};
    for (guint i = 0; i < list->len; i++) {
        const struct hotlist_entry *entry = &g_array_index(list, struct hotlist_entry, i);
        hotlist_digest_add(out->digest, entry->mark, entry->reason);
    }
}

void hotkit_write(GArray *list, int64_t version, int64_t issued_ms, const char *path)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_head head;
    struct hotfile_writer *writer;

    hotkit_head(list, version, issued_ms, &head);
    writer = hotfile_writer_new(path, &head, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < list->len; i++) {
        const struct hotlist_entry *entry = &g_array_index(list, struct hotlist_entry, i);
        g_assert_true(hotfile_writer_add(writer, entry->mark, entry->reason, &error));
    }
    hotfile_writer_finish(writer, &error);
    g_assert_no_error(error);
}

void hotkit_part(struct store *store, GArray *list, int64_t version, int64_t issued_ms, struct hotlist_manifest *out)
{
    g_autoptr(GError) error = NULL;
    /* The part's name has the file's hash in it. */
    struct hotlist_manifest nobody = {0};
    g_autofree char *aside = store_hotlist_part(store, &nobody);

    memset(out, 0, sizeof *out);
    hotkit_head(list, version, issued_ms, &out->head);
    g_strlcpy(out->key_id, HOTKIT_KEY, sizeof out->key_id);
    hotkit_write(list, version, issued_ms, aside);
    g_assert_true(file_sha256(aside, out->sha256, &out->length, &error));
    g_autofree char *part = store_hotlist_part(store, out);
    g_assert_true(file_move(aside, part, &error));
    g_assert_no_error(error);
}

/* What of `list` is not in `other`, or has another reason there when that counts. */
static GArray *without(GArray *list, GArray *other, bool reasons)
{
    GArray *rest = hotkit_list();
    guint at = 0;

    for (guint i = 0; i < list->len; i++) {
        const struct hotlist_entry *entry = &g_array_index(list, struct hotlist_entry, i);
        while (at < other->len && g_array_index(other, struct hotlist_entry, at).mark < entry->mark)
            at++;
        const struct hotlist_entry *there = at < other->len ? &g_array_index(other, struct hotlist_entry, at) : NULL;
        if (there == NULL || there->mark != entry->mark || (reasons && there->reason != entry->reason))
            g_array_append_val(rest, *entry);
    }
    return rest;
}

void hotkit_delta(GArray *from, int64_t from_version, GArray *to, int64_t to_version, int64_t issued_ms,
                  struct hotlist_delta *out)
{
    struct hotlist_head before, after;

    hotkit_head(from, from_version, issued_ms, &before);
    hotkit_head(to, to_version, issued_ms, &after);
    GArray *adds = without(to, from, true), *removes = without(from, to, false);
    uint64_t *marks = g_new0(uint64_t, removes->len + 1);

    for (guint i = 0; i < removes->len; i++)
        marks[i] = g_array_index(removes, struct hotlist_entry, i).mark;
    *out = (struct hotlist_delta){.from = from_version, .to = to_version, .issued_ms = issued_ms, .count = after.count,
                                  .add_count = adds->len, .removes = marks, .remove_count = removes->len};
    memcpy(out->digest, after.digest, 32);
    g_strlcpy(out->key_id, HOTKIT_KEY, sizeof out->key_id);
    out->adds = (const struct hotlist_entry *)(void *)g_array_free(adds, FALSE);
    g_array_unref(removes);
}

void hotkit_delta_clear(struct hotlist_delta *delta)
{
    g_free((void *)delta->adds);
    g_free((void *)delta->removes);
    memset(delta, 0, sizeof *delta);
}

bool hotkit_give(struct store *store, int64_t version, int64_t issued_ms, json_t *entries, GError **error)
{
    g_autoptr(GArray) list = hotkit_list();
    struct hotlist_manifest manifest;
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        hotkit_add(list, json_string_value(json_object_get(entry, "token")),
                   json_string_value(json_object_get(entry, "reason")));
    }
    json_decref(entries);
    hotkit_part(store, list, version, issued_ms, &manifest);
    return store_hotlist_install(store, &manifest, error);
}
