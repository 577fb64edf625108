/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metrics.h"
#include "device/keys.h"
#include "model/clock.h"

#include <glib/gstdio.h>
#include <sys/statvfs.h>

/* A list over ten thousand entries long is not counted on: it is told as it is. */
#define NAMES_MAX 10000

static int64_t file_bytes(const char *data_dir, const char *name)
{
    g_autofree char *path = g_build_filename(data_dir, name, NULL);
    GStatBuf info;

    return g_stat(path, &info) == 0 ? info.st_size : 0;
}

struct folder {
    int64_t files, bytes, newest_ms;
};

static struct folder folder_look(const char *data_dir, const char *name)
{
    g_autofree char *path = g_build_filename(data_dir, name, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    struct folder folder = {0};
    const char *entry;

    while (dir != NULL && folder.files < NAMES_MAX && (entry = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, entry, NULL);
        GStatBuf info;
        if (g_stat(file, &info) != 0)
            continue;
        folder.files++;
        folder.bytes += info.st_size;
        folder.newest_ms = MAX(folder.newest_ms, (int64_t)info.st_mtime * 1000);
    }
    g_clear_pointer(&dir, g_dir_close);
    return folder;
}

static void put(json_t *figures, const char *name, int64_t value)
{
    json_object_set_new(figures, name, json_integer(value));
}

static void journal_figures(json_t *figures, struct store *store)
{
    static const char *const STATES[] = {[STORE_WHOLE] = "whole", [STORE_WAITS] = "waits", [STORE_LOST] = "lost"};
    int64_t epoch, head, acked, oldest = store_oldest_waiting_ms(store);
    g_autofree char *reason = NULL;

    store_places(store, &epoch, &head, &acked);
    json_object_set_new(figures, "journal_state", json_string(STATES[store_state(store, &reason)]));
    json_object_set_new(figures, "journal_reason", json_string(reason));
    put(figures, "journal_epoch", epoch);
    put(figures, "journal_head_seq", head);
    put(figures, "journal_acknowledged_seq", acked);
    put(figures, "events_waiting", store_outbox_waiting(store));
    put(figures, "events_waiting_oldest_seconds", oldest > 0 ? MAX(0, store_true_ms(store) - oldest) / 1000 : 0);
    put(figures, "events_refused", store_refused_count(store));
    put(figures, "payments_in_doubt", store_payments_in_doubt(store));
}

/* Why a kiosk takes no money or soon will not, as one number each: what an alarm is set on. */
static void closed_figures(json_t *figures, struct store *store, const char *data_dir)
{
    g_autofree char *ballast = g_build_filename(data_dir, "ballast", NULL);
    enum store_state state = store_state(store, NULL);
    enum store_room room = store_room_look(ballast);

    put(figures, "money_stopped_journal_waits", state == STORE_WAITS);
    put(figures, "money_stopped_journal_lost", state == STORE_LOST);
    put(figures, "money_stopped_disk_full", room == STORE_ROOM_NONE);
    put(figures, "disk_little_room", room != STORE_ROOM_PLENTY);
}

static void file_figures(json_t *figures, const char *data_dir)
{
    struct folder backups = folder_look(data_dir, "backup"), archives = folder_look(data_dir, STORE_ARCHIVE);
    struct statvfs info;

    put(figures, "database_bytes", file_bytes(data_dir, "kiosk.db"));
    put(figures, "wal_bytes", file_bytes(data_dir, "kiosk.db-wal"));
    put(figures, "sidecar_bytes", file_bytes(data_dir, "kiosk.db-tail"));
    put(figures, "ballast_bytes", file_bytes(data_dir, "ballast"));
    put(figures, "archive_files", archives.files);
    put(figures, "archive_bytes", archives.bytes);
    put(figures, "backup_files", backups.files);
    put(figures, "backup_age_seconds", backups.files > 0 ? MAX(0, now_ms() - backups.newest_ms) / 1000 : -1);
    put(figures, "quarantined", folder_look(data_dir, "quarantine").files);
    if (statvfs(data_dir, &info) == 0) {
        put(figures, "disk_free_bytes", (int64_t)info.f_bavail * (int64_t)info.f_frsize);
        put(figures, "disk_bytes", (int64_t)info.f_blocks * (int64_t)info.f_frsize);
    }
}

/* Both at once: on the way into the TPM, and the file still tells all. */
static const char *key_place(const char *data_dir)
{
    if (file_bytes(data_dir, KEYS_FILE) > 0)
        return "file";
    return file_bytes(data_dir, KEYS_TPM_FILE) > 0 ? "tpm" : "none";
}

json_t *metrics_collect(struct store *store, const char *data_dir)
{
    json_t *figures = json_object();
    int64_t version = 0, issued_ms = 0, confirmed_ms = 0;
    struct clock_view clock;

    journal_figures(figures, store);
    closed_figures(figures, store, data_dir);
    file_figures(figures, data_dir);
    json_object_set_new(figures, "key_place", json_string(key_place(data_dir)));
    store_clock(store, &clock);
    json_object_set_new(figures, "clock_state", json_string(clock_trust_name(clock.trust)));
    if (store_hotlist_info(store, &version, &issued_ms, &confirmed_ms) && version > 0)
        put(figures, "hotlist_age_seconds", MAX(0, store_true_ms(store) - MAX(issued_ms, confirmed_ms)) / 1000);
    put(figures, "hotlist_version", version);
    return figures;
}

char *metrics_text(json_t *figures)
{
    GString *out = g_string_new(NULL);
    const char *name;
    json_t *value;

    json_object_foreach(figures, name, value)
    {
        g_string_append_printf(out, "# TYPE citycard_%s gauge\n", name);
        if (json_is_integer(value))
            g_string_append_printf(out, "citycard_%s %" G_GINT64_FORMAT "\n", name, (gint64)json_integer_value(value));
        else
            g_string_append_printf(out, "citycard_%s{value=\"%s\"} 1\n", name, json_string_value(value));
    }
    g_string_append(out, "# EOF\n");
    return g_string_free(out, FALSE);
}
