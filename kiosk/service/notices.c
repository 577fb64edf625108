/* SPDX-License-Identifier: Apache-2.0 */
/* Community notices: need no card and no network (F11). */
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
