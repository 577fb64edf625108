/* SPDX-License-Identifier: Apache-2.0 */
/* Halls, matters, kiosks' own numbers, and steps at a counter. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "platform/queue/queues.h"
#include "platform/staff.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *data_dir, *hall, *kiosk, *file, *name_zh, *name_en, *address_zh, *address_en, *phone, *opens, *closes, *by, *counter, *step, *ticket,
        *matter, *groups, *day, *id;
    gint64 own;
    gboolean json, retire;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->hall,    &entry->kiosk,  &entry->file,    &entry->name_zh, &entry->name_en, &entry->address_zh,
                      &entry->address_en, &entry->phone, &entry->opens,  &entry->closes,  &entry->by,      &entry->counter, &entry->step,
                      &entry->ticket,   &entry->matter,  &entry->groups, &entry->day,     &entry->id};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static const char *or_none(const char *given)
{
    return given != NULL ? given : "";
}

/* ---- Changing what there is: somebody who may publish ---- */

static bool staff_fits(struct db *db, const char *staff, GError **error)
{
    struct staff_question question = {.names = {staff}, .needed = 1, .act = STAFF_PUBLISH, .at_ms = now_ms(), .now_ms = now_ms()};

    return staff_allows(db, &question, error);
}

typedef bool (*change_fn)(struct db *db, const void *what, GError **error);

static bool change(struct platform *platform, const struct entry *entry, change_fn in, const void *what, GError **error)
{
    if (entry->by == NULL)
        return command_wrong(error, "--by STAFF is needed");
    if (!db_begin(platform->db, true, error))
        return false;
    if (staff_fits(platform->db, entry->by, error) && in(platform->db, what, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* "09:30" as minutes of the day; −1: none. */
static int64_t minute_of(const char *text)
{
    if (text == NULL || strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 || strspn(text + 3, "0123456789") != 2)
        return -1;
    int64_t minute = g_ascii_strtoll(text, NULL, 10) * 60 + g_ascii_strtoll(text + 3, NULL, 10);
    return text[3] <= '5' && minute <= 1440 ? minute : -1;
}

static bool hall_in(struct db *db, const void *what, GError **error)
{
    return queues_hall_put(db, what, error);
}

static bool hall(struct platform *platform, struct entry *entry, GError **error)
{
    struct hall_row row = {.open_min = minute_of(entry->opens), .close_min = minute_of(entry->closes)};

    if (entry->hall == NULL || row.open_min < 0 || row.close_min < 0)
        return command_wrong(error, "--hall ID --name-zh … --name-en … --opens 09:00 --closes 17:00 are needed");
    if (!command_text_fits(entry->name_zh, sizeof row.name_zh - 1) || !command_text_fits(entry->name_en, sizeof row.name_en - 1) ||
        g_strlcpy(row.id, entry->hall, sizeof row.id) >= sizeof row.id ||
        g_strlcpy(row.address_zh, or_none(entry->address_zh), sizeof row.address_zh) >= sizeof row.address_zh ||
        g_strlcpy(row.address_en, or_none(entry->address_en), sizeof row.address_en) >= sizeof row.address_en ||
        g_strlcpy(row.phone, or_none(entry->phone), sizeof row.phone) >= sizeof row.phone)
        return command_wrong(error, "a text is missing or too long");
    g_strlcpy(row.name_zh, entry->name_zh, sizeof row.name_zh);
    g_strlcpy(row.name_en, entry->name_en, sizeof row.name_en);
    return change(platform, entry, hall_in, &row, error);
}

static bool kiosk_in(struct db *db, const void *what, GError **error)
{
    const struct entry *entry = what;

    return queues_kiosk_put(db, entry->kiosk, or_none(entry->hall), entry->own, error);
}

static bool kiosk(struct platform *platform, struct entry *entry, GError **error)
{
    return entry->kiosk != NULL ? change(platform, entry, kiosk_in, entry, error) : command_wrong(error, "--kiosk ID is needed");
}

struct putting {
    struct matter matter;
    bool retire;
};

static bool matter_in(struct db *db, const void *what, GError **error)
{
    const struct putting *putting = what;

    return queues_matter_put(db, &putting->matter, putting->retire, now_ms(), error);
}

static bool matter(struct platform *platform, struct entry *entry, GError **error)
{
    g_autofree struct putting *putting = g_new0(struct putting, 1);
    json_error_t where = {0};
    json_t *json = entry->file != NULL ? json_load_file(entry->file, JSON_REJECT_DUPLICATES, &where) : NULL;
    bool good = json != NULL && matter_from_json(json, &putting->matter);

    json_decref(json);
    if (!good)
        return command_wrong(error, entry->file == NULL ? "--file FILE is needed" : "the file is no matter: queue/README.md");
    putting->retire = entry->retire;
    return change(platform, entry, matter_in, putting, error);
}

/* ---- Looking ---- */

static json_t *row_json(const struct queue_row *row)
{
    char number[QUEUE_NO_SIZE] = "";

    queue_no_write(row->letter, row->no, number);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:b, s:s, s:I, s:I}", "id", row->id, "number", number, "hall", row->hall, "matter",
                     row->matter, "class", queue_class_name(row->class), "state", queue_state_name(row->ticket.state), "calls",
                     (int)row->ticket.calls, "counter", row->counter, "drawn", row->drawn, "kiosk", row->kiosk, "issued_ms",
                     (json_int_t)row->ticket.issued_ms, "ended_ms", (json_int_t)row->ticket.ended_ms);
}

static bool hall_numbers(struct db *db, const char *id, uint32_t day, json_t *out, GError **error)
{
    g_autoptr(GArray) rows = db_queue_day(db, id, day, error);

    for (guint i = 0; rows != NULL && i < rows->len; i++)
        json_array_append_new(out, row_json(&g_array_index(rows, struct queue_row, i)));
    return rows != NULL;
}

static json_t *list_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autoptr(GPtrArray) halls = db_halls(db, error);
    uint32_t day = entry->day != NULL ? (uint32_t)g_ascii_strtoull(entry->day, NULL, 10) : date_of_ms(now_ms());
    json_t *out = halls != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < halls->len; i++)
        if ((entry->hall == NULL || strcmp(entry->hall, g_ptr_array_index(halls, i)) == 0) &&
            !hall_numbers(db, g_ptr_array_index(halls, i), day, out, error))
            g_clear_pointer(&out, json_decref);
    return out;
}

static json_t *matters_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autoptr(GPtrArray) codes = db_matters(db, error);
    json_t *out = codes != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < codes->len; i++) {
        json_t *one = db_matter_value(db, g_ptr_array_index(codes, i), error);
        if (one == NULL)
            g_clear_pointer(&out, json_decref);
        else
            json_array_append_new(out, one);
    }
    return out;
}

static json_t *show_in(struct db *db, const struct entry *entry, GError **error)
{
    struct queue_row row;
    bool found = false;

    if (!db_queue_find(db, entry->ticket, &row, &found, error))
        return NULL;
    if (!found) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such number");
        return NULL;
    }
    json_t *steps = db_queue_steps(db, row.id, error), *one = row_json(&row);
    if (steps == NULL) {
        json_decref(one);
        return NULL;
    }
    json_object_set_new(one, "steps", steps);
    return json_pack("[o]", one);
}

static void print_row(json_t *row)
{
    const char *code = json_string_value(json_object_get(row, "code"));

    if (code != NULL)
        printf("%-16s %s  %s\n", code, json_string_value(json_object_get(row, "group")),
               json_string_value(json_object_get(json_object_get(row, "name"), "en")));
    else
        printf("%s  %s  %-11s %-8s %-16s %s %s\n", json_string_value(json_object_get(row, "id")), json_string_value(json_object_get(row, "number")),
               json_string_value(json_object_get(row, "state")), json_string_value(json_object_get(row, "class")),
               json_string_value(json_object_get(row, "matter")), json_string_value(json_object_get(row, "hall")),
               json_string_value(json_object_get(row, "counter")));
}

typedef json_t *(*look_fn)(struct db *db, const struct entry *entry, GError **error);

static bool look(struct platform *platform, const struct entry *entry, look_fn in, GError **error)
{
    json_t *rows = NULL, *row;
    size_t i;

    if (db_begin(platform->db, false, error)) {
        rows = in(platform->db, entry, error);
        db_rollback(platform->db);
    }
    if (rows == NULL)
        return false;
    if (entry->json)
        return command_print_json(rows);
    json_array_foreach(rows, i, row)
    {
        print_row(row);
    }
    json_decref(rows);
    return true;
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    return look(platform, entry, list_in, error);
}

static bool matters(struct platform *platform, struct entry *entry, GError **error)
{
    return look(platform, entry, matters_in, error);
}

static bool show(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->ticket == NULL)
        return command_wrong(error, "--ticket ID is needed");
    entry->json = TRUE;
    return look(platform, entry, show_in, error);
}

/* ---- A step at a counter ---- */

static bool step(struct platform *platform, struct entry *entry, GError **error)
{
    static const char *const known[] = {"call", "recall", "skip", "serve", "done", "back", "cancel", "transfer", "pause", "resume", NULL};
    char id[37];
    const struct queue_call call = {.kiosk = "", .key = entry->id != NULL ? entry->id : id, .matter = or_none(entry->matter),
                                    .ticket = or_none(entry->ticket), .counter = or_none(entry->counter), .groups = or_none(entry->groups),
                                    .what = or_none(entry->step)};

    if (entry->hall == NULL || entry->by == NULL || !g_strv_contains(known, call.what) || *call.counter == '\0' ||
        (entry->id != NULL && !uuid_valid(entry->id)))
        return command_wrong(error, "--hall ID --counter N --step call|recall|skip|serve|done|back|cancel|transfer|pause|resume --by STAFF are needed");
    if (!queue_counter_valid(call.counter))
        return command_wrong(error, "--counter is a name of 1 to 8 capital letters and digits");
    uuid7(now_ms(), id);
    json_t *out = queues_desk_by(platform, entry->hall, entry->by, &call, now_ms(), error);
    return out != NULL && command_print_json(out);
}

/* ---- The command ---- */

bool command_queue(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"hall", hall}, {"kiosk", kiosk}, {"matter", matter}, {"list", list},
                                                    {"matters", matters}, {"show", show}, {"step", step}, {NULL, NULL}};
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"hall", 0, 0, G_OPTION_ARG_STRING, &entry.hall, "which hall", "ID"},
        {"kiosk", 0, 0, G_OPTION_ARG_STRING, &entry.kiosk, "which kiosk stands there", "ID"},
        {"own", 0, 0, G_OPTION_ARG_INT64, &entry.own, "numbers of each letter and day that it gives out when nobody can be asked", "N"},
        {"file", 0, 0, G_OPTION_ARG_FILENAME, &entry.file, "a matter, as JSON", "FILE"},
        {"retire", 0, 0, G_OPTION_ARG_NONE, &entry.retire, "it is not done here any more", NULL},
        {"name-zh", 0, 0, G_OPTION_ARG_STRING, &entry.name_zh, "name of the hall", "TEXT"},
        {"name-en", 0, 0, G_OPTION_ARG_STRING, &entry.name_en, "its name in English", "TEXT"},
        {"address-zh", 0, 0, G_OPTION_ARG_STRING, &entry.address_zh, "where it is", "TEXT"},
        {"address-en", 0, 0, G_OPTION_ARG_STRING, &entry.address_en, "where it is, in English", "TEXT"},
        {"phone", 0, 0, G_OPTION_ARG_STRING, &entry.phone, "whom to call", "TEXT"},
        {"opens", 0, 0, G_OPTION_ARG_STRING, &entry.opens, "on working days", "HH:MM"},
        {"closes", 0, 0, G_OPTION_ARG_STRING, &entry.closes, "on working days", "HH:MM"},
        {"counter", 0, 0, G_OPTION_ARG_STRING, &entry.counter, "which counter", "N"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "what happens there", "STEP"},
        {"groups", 0, 0, G_OPTION_ARG_STRING, &entry.groups, "letters to call of; left out: any", "LETTERS"},
        {"ticket", 0, 0, G_OPTION_ARG_STRING, &entry.ticket, "which number", "ID"},
        {"matter", 0, 0, G_OPTION_ARG_STRING, &entry.matter, "to which matter it is moved", "CODE"},
        {"day", 0, 0, G_OPTION_ARG_STRING, &entry.day, "of which day (today)", "YYYYMMDD"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &entry.by, "who of the register answers for it", "STAFF"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "of this step: given twice it is done once", "UUID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform queue", entries, &what, error) && command_act(actions, what, entry.data_dir, NULL, &entry, error);

    entry_clear(&entry);
    return ok;
}
