/* SPDX-License-Identifier: Apache-2.0 */
/* Notices and files, by the staff. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/content/content.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *data_dir, *id, *kind, *title_zh, *title_en, *body_zh, *body_en, *audience, *place, *symbol, *by, *reason, *path, *name, *ticket, *out;
    char **files;
    gint64 from, to;
    gboolean urgent, all, json;
};

static void entry_clear(struct entry *e)
{
    char **texts[] = {&e->data_dir, &e->id, &e->symbol,   &e->kind, &e->title_zh, &e->title_en, &e->body_zh, &e->body_en, &e->audience,
                      &e->place,    &e->by,    &e->reason, &e->path,   &e->name,     &e->ticket,  &e->out};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&e->files, g_strfreev);
}

static bool print_json(json_t *json)
{
    bool ok = json != NULL && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;

    json_decref(json);
    return ok;
}

static const char *text_of(json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text != NULL ? text : "";
}

/* ---- notice ---- */

static json_t *value_made(const struct entry *e)
{
    json_t *value = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:I, s:I, s:b, s:s*, s:s*, s:s*}", "id", e->id, "kind", e->kind, "title_zh",
                              e->title_zh, "title_en", e->title_en, "body_zh", e->body_zh, "body_en", e->body_en, "from",
                              (json_int_t)e->from, "to", (json_int_t)e->to, "urgent", e->urgent != FALSE, "audience", e->audience,
                              "place", e->place, "symbol", e->symbol);

    if (value != NULL && e->files != NULL) {
        json_t *files = json_array();
        for (char **file = e->files; *file != NULL; file++)
            json_array_append_new(files, json_string(*file));
        json_object_set_new(value, "files", files);
    }
    return value;
}

static bool notice_add(struct platform *platform, struct entry *e, GError **error)
{
    char id[37];

    uuid7(now_ms(), id);
    if (e->id == NULL)
        e->id = g_strdup(id);
    json_t *value = value_made(e);
    if (value == NULL)
        return command_wrong(error, "texts have to be UTF-8");
    bool ok = notices_draft(platform, value, e->by, now_ms(), error);
    json_decref(value);
    if (ok)
        puts(e->id);
    return ok;
}

static void print_notices(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_t *value = json_loads(text_of(row, "value"), 0, NULL);
        printf("%-10s %s  %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT "%s  by %s, %s  opened %" JSON_INTEGER_FORMAT ", confirmed %"
               JSON_INTEGER_FORMAT "  %s\n",
               text_of(row, "state"), text_of(row, "id"), json_integer_value(json_object_get(value, "from")),
               json_integer_value(json_object_get(value, "to")), json_is_true(json_object_get(value, "urgent")) ? " urgent" : "",
               text_of(row, "author"), *text_of(row, "approved_by") != '\0' ? text_of(row, "approved_by") : "nobody yet",
               json_integer_value(json_object_get(row, "opened")), json_integer_value(json_object_get(row, "readers")),
               text_of(value, "title_zh"));
        json_decref(value);
    }
}

static bool notice_list(struct platform *platform, const struct entry *e, GError **error)
{
    json_t *rows = notices_list(platform, e->all, error);

    if (rows == NULL || e->json)
        return rows != NULL && print_json(rows);
    print_notices(rows);
    json_decref(rows);
    return true;
}

static bool notice_counts(struct platform *platform, const struct entry *e, GError **error)
{
    json_t *rows = notices_counts(platform, error), *row;
    size_t i;

    if (rows == NULL || e->json)
        return rows != NULL && print_json(rows);
    json_array_foreach(rows, i, row)
    {
        json_t *value = json_loads(text_of(row, "value"), 0, NULL);
        printf("%8" JSON_INTEGER_FORMAT "  %s  %s\n", json_integer_value(json_object_get(row, "n")), text_of(row, "notice"),
               text_of(value, "title_zh"));
        json_decref(value);
    }
    json_decref(rows);
    return true;
}

static bool notice_run(struct platform *platform, const char *what, struct entry *e, GError **error)
{
    if (strcmp(what, "list") == 0)
        return notice_list(platform, e, error);
    if (strcmp(what, "counts") == 0)
        return notice_counts(platform, e, error);
    if (e->by == NULL)
        return command_wrong(error, "--by is needed: who of the register answers for it");
    if (strcmp(what, "add") == 0)
        return notice_add(platform, e, error);
    if (e->id == NULL)
        return command_wrong(error, "--id is needed");
    if (strcmp(what, "approve") == 0)
        return notices_approve(platform, e->id, e->by, now_ms(), error);
    if (strcmp(what, "withdraw") != 0)
        return command_wrong(error, "add, approve, withdraw, list or counts");
    if (!command_text_fits(e->reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--reason is needed");
    return notices_withdraw(platform, e->id, e->by, e->reason, now_ms(), error);
}

static bool opened_run(struct entry *e, const char *what, bool (*run)(struct platform *, const char *, struct entry *, GError **),
                       GError **error)
{
    struct platform *platform = command_data_open(e->data_dir, error);
    bool ok = platform != NULL && run(platform, what, e, error);
    platform_close(platform);
    return ok;
}

bool command_notice(int argc, char **argv, GError **error)
{
    struct entry e = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &e.data_dir, "data folder", "DIR"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &e.id, "which one; a new one gets its own when this is left out", "ID"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &e.kind, "news, activity, government, water, health, safety, question …", "KIND"},
        {"title-zh", 0, 0, G_OPTION_ARG_STRING, &e.title_zh, "title in Chinese", "TEXT"},
        {"title-en", 0, 0, G_OPTION_ARG_STRING, &e.title_en, "title in English", "TEXT"},
        {"body-zh", 0, 0, G_OPTION_ARG_STRING, &e.body_zh, "text in Chinese", "TEXT"},
        {"body-en", 0, 0, G_OPTION_ARG_STRING, &e.body_en, "text in English", "TEXT"},
        {"from", 0, 0, G_OPTION_ARG_INT64, &e.from, "first day", "YYYYMMDD"},
        {"to", 0, 0, G_OPTION_ARG_INT64, &e.to, "last day", "YYYYMMDD"},
        {"urgent", 0, 0, G_OPTION_ARG_NONE, &e.urgent, "shown before others", NULL},
        {"audience", 0, 0, G_OPTION_ARG_STRING, &e.audience, "all, elder, child, volunteer, disabled", "WHO"},
        {"place", 0, 0, G_OPTION_ARG_STRING, &e.place, "at this kiosk only", "KIOSK"},
        {"file", 0, 0, G_OPTION_ARG_STRING_ARRAY, &e.files, "a file that belongs to it (see file add); up to four", "SHA256"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &e.by, "who of the register of staff", "STAFF"},
        {"symbol", 0, 0, G_OPTION_ARG_STRING, &e.symbol, "of a question: bills, wallet, card, lock, print, text, people, help …", "NAME"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &e.reason, "why it is withdrawn", "TEXT"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &e.all, "withdrawn ones, too", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &e.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform notice", entries, &what, error) &&
              opened_run(&e, what, notice_run, error);

    entry_clear(&e);
    return ok;
}

/* ---- file ---- */

/* Pinned by its own name until `file drop`: so that somebody has to say that it may go. */
static bool file_add(struct platform *platform, const struct entry *e, GError **error)
{
    g_autofree char *bytes = NULL, *base = e->path != NULL ? g_path_get_basename(e->path) : NULL;
    char id[FILE_ID_SIZE];
    gsize len = 0;

    if (e->path == NULL)
        return command_wrong(error, "--path is needed");
    if (!g_file_get_contents(e->path, &bytes, &len, error) || !db_begin(platform->db, true, error))
        return false;
    bool ok = db_end(platform->db,
                    files_add(platform->db, e->name != NULL ? e->name : base, bytes, len, now_ms(), id, error) &&
                        files_use(platform->db, id, "pin", id, error),
                    error);
    if (ok)
        puts(id);
    return ok;
}

static bool file_drop(struct platform *platform, const struct entry *e, GError **error)
{
    if (!file_id_valid(e->id))
        return command_wrong(error, "--id is the file's SHA-256");
    return db_begin(platform->db, true, error) && db_end(platform->db, files_unuse(platform->db, "pin", e->id, error), error);
}

static bool file_list(struct platform *platform, const struct entry *e, GError **error)
{
    json_t *rows = NULL, *row;
    size_t i;

    if (db_begin(platform->db, false, error)) {
        rows = db_file_list(platform->db, e->ticket != NULL ? "ticket" : NULL, e->ticket, error);
        db_rollback(platform->db);
    }
    if (rows == NULL || e->json)
        return rows != NULL && print_json(rows);
    json_array_foreach(rows, i, row)
        printf("%s  %-15s %8" JSON_INTEGER_FORMAT " bytes  %s%s  used %" JSON_INTEGER_FORMAT "  %s\n", text_of(row, "sha256"),
               text_of(row, "type"), json_integer_value(json_object_get(row, "length")),
               json_integer_value(json_object_get(row, "personal")) != 0 ? "personal, of " : "public", text_of(row, "kiosk"),
               json_integer_value(json_object_get(row, "uses")), text_of(row, "name"));
    json_decref(rows);
    return true;
}

static bool file_get(struct platform *platform, const struct entry *e, GError **error)
{
    if (!file_id_valid(e->id) || e->out == NULL)
        return command_wrong(error, "--id (the file's SHA-256) and --out FILE are needed");
    if (!db_begin(platform->db, true, error))
        return false;
    GByteArray *bytes = files_read(platform->db, e->id, e->by, now_ms(), error);
    bool ok = db_end(platform->db, bytes != NULL, error) &&
              platform_bytes_new(NULL, e->out, (const char *)bytes->data, bytes->len, error);
    if (bytes != NULL) {
        OPENSSL_cleanse(bytes->data, bytes->len);
        g_byte_array_unref(bytes);
    }
    return ok;
}

static bool file_run(struct platform *platform, const char *what, struct entry *e, GError **error)
{
    if (strcmp(what, "add") == 0)
        return file_add(platform, e, error);
    if (strcmp(what, "drop") == 0)
        return file_drop(platform, e, error);
    if (strcmp(what, "get") == 0)
        return file_get(platform, e, error);
    return strcmp(what, "list") == 0 ? file_list(platform, e, error) : command_wrong(error, "add, drop, get or list");
}

bool command_file(int argc, char **argv, GError **error)
{
    struct entry e = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &e.data_dir, "data folder", "DIR"},
        {"path", 0, 0, G_OPTION_ARG_FILENAME, &e.path, "a PNG, JPEG, PDF, Ogg or WAV, up to 8 MiB", "FILE"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &e.name, "what it is called (its file name)", "NAME"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &e.id, "which one", "SHA256"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &e.out, "write its bytes here, a new file", "FILE"},
        {"ticket", 0, 0, G_OPTION_ARG_STRING, &e.ticket, "what belongs to this ticket (its token)", "TOKEN"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &e.by, "who of the register of staff; needed for what came from residents", "STAFF"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &e.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform file", entries, &what, error) && opened_run(&e, what, file_run, error);

    entry_clear(&e);
    return ok;
}
