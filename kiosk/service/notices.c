/* SPDX-License-Identifier: Apache-2.0 */
/* Community notices: need no card and no network (F11). */
#include "model/content.h"
#include "service/internal.h"
#include "service/values.h"
#include "store/files.h"

static void notice_fill(struct kiosk_notice *notice, json_t *value)
{
    value_string(value, "id", notice->id, sizeof notice->id);
    value_string(value, "title_zh", notice->title_zh, sizeof notice->title_zh);
    value_string(value, "title_en", notice->title_en, sizeof notice->title_en);
    value_string(value, "body_zh", notice->body_zh, sizeof notice->body_zh);
    value_string(value, "body_en", notice->body_en, sizeof notice->body_en);
    notice->from = value_date(value, "from");
    notice->to = value_date(value, "to");
    notice->question = g_strcmp0(json_string_value(json_object_get(value, "kind")), NOTICE_QUESTION) == 0;
    value_string(value, "symbol", notice->symbol, sizeof notice->symbol);
    notice->urgent = json_is_true(json_object_get(value, "urgent"));
}

/* The first of its files that is a picture and is here. */
static void picture_fill(struct kiosk *kiosk, struct kiosk_notice *notice, json_t *value)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(value, "files"), i, one)
    {
        struct file_told file;
        g_autofree char *path = file_told_from_json(one, &file) && (file.type == FILE_PNG || file.type == FILE_JPEG)
                                    ? store_file(kiosk->store, file.id)
                                    : NULL;
        if (path != NULL && g_strlcpy(notice->picture, path, sizeof notice->picture) < sizeof notice->picture)
            return;
        notice->picture[0] = '\0';
    }
}

void notices_tell(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_notices(kiosk->store, date_of_ms(health_now_ms(kiosk)), &error);
    if (rows == NULL) {
        g_warning("notices: %s", error->message);
        return;
    }
    struct kiosk_notice *items = g_new0(struct kiosk_notice, rows->len);
    for (guint i = 0; i < rows->len; i++) {
        notice_fill(&items[i], g_ptr_array_index(rows, i));
        picture_fill(kiosk, &items[i], g_ptr_array_index(rows, i));
    }
    struct kiosk_event event = {.kind = KIOSK_EVENT_NOTICES,
                                .notices = {.items = items, .count = rows->len, .asof_ms = kiosk->told.synced_ms}};
    kiosk_post(kiosk, &event, items);
}

/* ---- How often they are read -------------------------------------------------------------------------------------- */

#define READS_MS    (10 * 60 * 1000)
#define READS_COUNT 200 /* notices that are counted at a time: as many as a screen lists */

void notices_opened(struct kiosk *kiosk, const char *id)
{
    if (kiosk->notice_reads == NULL) {
        kiosk->notice_reads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        kiosk->notice_reads_ms = clock_boot_ms();
    }
    int had = GPOINTER_TO_INT(g_hash_table_lookup(kiosk->notice_reads, id));
    if (had == 0 && g_hash_table_size(kiosk->notice_reads) >= READS_COUNT)
        return;
    g_hash_table_insert(kiosk->notice_reads, g_strdup(id), GINT_TO_POINTER(MIN(had + 1, NOTICE_READ_MAX)));
}

/* Recorded: it may be forgotten here. A journal that takes nothing now is asked again. */
static gboolean keep(gpointer id, gpointer count, gpointer ctx)
{
    struct kiosk *kiosk = ctx;
    struct notice_read read = {.n = GPOINTER_TO_INT(count)};
    g_autoptr(GError) error = NULL;

    g_strlcpy(read.notice, id, sizeof read.notice);
    json_t *data = notice_read_to_json(&read);
    bool done = data != NULL && store_append(kiosk->store, "notice.read", data, NULL, &error);
    json_decref(data);
    if (!done)
        g_message("how often a notice was read is recorded later: %s", error != NULL ? error->message : "no memory");
    return done;
}

void notices_reads_keep(struct kiosk *kiosk, bool now)
{
    if (kiosk->notice_reads == NULL || (!now && clock_boot_ms() - kiosk->notice_reads_ms < READS_MS))
        return;
    kiosk->notice_reads_ms = clock_boot_ms();
    if (kiosk->store != NULL)
        g_hash_table_foreach_remove(kiosk->notice_reads, keep, kiosk);
}
