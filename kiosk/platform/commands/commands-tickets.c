/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets, by the staff; and the keys of the public door. */
#include "platform/persons/access.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_BYTES_MAX 64
#define TEXT_BYTES_MAX 4000
#define LIST_MAX       1000
#define HOURLY_DEFAULT 60

struct entry {
    char *data_dir, *ticket, *step, *reason, *unit, *reply, *publish, *other, *id, *service, *file, *name;
    char **by;
    gint64 date, days, hourly;
    gboolean json, resident, all;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->ticket, &entry->step,    &entry->reason, &entry->unit, &entry->reply,
                      &entry->publish,  &entry->other,  &entry->id,      &entry->service, &entry->file, &entry->name};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&entry->by, g_strfreev);
}

/* ---- list, show ---- */

static json_t *row_json(const struct ticket_row *row)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:b, s:I, s:b, s:b, s:i, s:i, s:b, s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I}", "no",
                     (json_int_t)row->no, "token", row->token, "service", row->service, "state", ticket_state_name(row->clock.state),
                     "closed", ticket_closed(row->clock.state), "due", (json_int_t)row->clock.due, "provisional", row->clock.provisional,
                     "public", row->public, "returns", (int)row->clock.returns, "reopened", (int)row->clock.reopened, "anonymous",
                     row->anonymous, "interest", (json_int_t)row->interest, "unit", row->unit, "kiosk", row->kiosk, "address_id",
                     row->address_id, "same_as", (json_int_t)row->same_as, "public_text", row->public_text, "status_notes",
                     row->status_notes, "filed_ms", (json_int_t)row->filed_ms, "updated_ms", (json_int_t)row->updated_ms);
}

static json_t *list_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autofree char *services = entry->service != NULL ? g_strdup_printf(",%s,", entry->service) : g_strdup("");
    struct ticket_search search = {.services = services, .open = true, .closed = entry->all, .unpublic = true, .to_ms = G_MAXINT64,
                                   .limit = LIST_MAX};
    g_autoptr(GPtrArray) rows = db_ticket_search(db, &search, error);
    json_t *out = rows != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < rows->len; i++)
        json_array_append_new(out, row_json(g_ptr_array_index(rows, i)));
    return out;
}

/* All of it, for whoever has to work on it: also what was written, who it was, and what is like it. */
static json_t *show_in(struct db *db, const struct entry *entry, GError **error)
{
    struct ticket_row row;
    bool found;

    if (!db_ticket_find(db, entry->ticket, &row, &found, error))
        return NULL;
    if (!found) {
        command_wrong(error, "no such ticket");
        return NULL;
    }
    json_t *out = row_json(&row), *events = db_ticket_events(db, row.token, error), *similar = json_array();
    g_autoptr(GPtrArray) near = events != NULL ? tickets_similar(db, &row, error) : NULL;
    for (guint i = 0; near != NULL && i < near->len; i++)
        json_array_append_new(similar, json_string(g_ptr_array_index(near, i)));
    json_object_set_new(out, "description", json_string(row.description));
    json_object_set_new(out, "address", json_string(row.address));
    json_object_set_new(out, "contact", json_loads(row.contact, 0, NULL));
    json_object_set_new(out, "attributes", json_loads(row.attributes, 0, NULL));
    json_object_set_new(out, "similar", similar);
    json_object_set_new(out, "events", events != NULL ? events : json_null());
    ticket_row_clear(&row);
    if (near == NULL)
        g_clear_pointer(&out, json_decref);
    return out;
}

static void print_row(json_t *row)
{
    printf("%" JSON_INTEGER_FORMAT "  %-6s %-14s due %" JSON_INTEGER_FORMAT "%s  returns %" JSON_INTEGER_FORMAT "  also %"
           JSON_INTEGER_FORMAT "  %s  %s\n",
           json_integer_value(json_object_get(row, "no")), json_string_value(json_object_get(row, "service")),
           json_string_value(json_object_get(row, "state")), json_integer_value(json_object_get(row, "due")),
           json_is_true(json_object_get(row, "provisional")) ? " (provisional)" : "",
           json_integer_value(json_object_get(row, "returns")), json_integer_value(json_object_get(row, "interest")),
           json_is_true(json_object_get(row, "public")) ? "public" : "not public", json_string_value(json_object_get(row, "unit")));
}

static void print_rows(json_t *rows, bool json)
{
    char *text = json || !json_is_array(rows) ? json_dumps(rows, JSON_INDENT(2)) : NULL;
    json_t *row;
    size_t i;

    if (text != NULL)
        puts(text);
    else
        json_array_foreach(rows, i, row)
        {
            print_row(row);
        }
    free(text);
}

typedef json_t *(*look_fn)(struct db *db, const struct entry *entry, GError **error);

static bool look(struct platform *platform, const struct entry *entry, look_fn in, GError **error)
{
    json_t *rows = NULL;

    if (db_begin(platform->db, false, error)) {
        rows = in(platform->db, entry, error);
        db_rollback(platform->db);
    }
    if (rows == NULL)
        return false;
    print_rows(rows, entry->json);
    json_decref(rows);
    return true;
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    return look(platform, entry, list_in, error);
}

/* It names who reported, and how to reach them: that somebody looks is written down first. */
static bool show(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->ticket == NULL)
        return command_wrong(error, "--ticket is needed");
    return access_note_command(platform, "ticket show", PURPOSE_EXPORT, error) && look(platform, entry, show_in, error);
}

/* ---- step ---- */

static bool texts_fit(const struct entry *entry)
{
    return (entry->reason == NULL || command_text_fits(entry->reason, TEXT_BYTES_MAX)) &&
           (entry->unit == NULL || command_text_fits(entry->unit, UNIT_BYTES_MAX)) &&
           (entry->reply == NULL || command_text_fits(entry->reply, TEXT_BYTES_MAX)) &&
           (entry->publish == NULL || *entry->publish == '\0' || command_text_fits(entry->publish, TEXT_BYTES_MAX));
}

static bool step(struct platform *platform, struct entry *entry, GError **error)
{
    struct ticket_order order = {.ticket = entry->ticket, .resident = entry->resident, .reason = entry->reason, .unit = entry->unit,
                                 .reply = entry->reply, .publish = entry->publish, .other = entry->other};
    enum ticket_state state;
    char id[37];

    if (entry->ticket == NULL || entry->step == NULL || !ticket_step_parse(entry->step, &order.step))
        return command_wrong(error, "--ticket and --step are needed: assign force return start plan wait resume extend resolve call"
                                    " confirm deny merge refuse withdraw");
    if (entry->by == NULL || g_strv_length(entry->by) > 2 || !texts_fit(entry) || entry->date < 0 || entry->date > 99991231 ||
        entry->days < 0 || entry->days > 100 || (entry->id != NULL && !uuid_valid(entry->id)))
        return command_wrong(error, "--by ID (twice: with authority); --date YYYYMMDD, --days N, texts of at most 4000 bytes");
    order.staff[0] = entry->by[0];
    order.staff[1] = entry->by[1];
    order.date = (uint32_t)entry->date;
    order.days = (unsigned)entry->days;
    uuid7(now_ms(), id);
    order.id = entry->id != NULL ? entry->id : id;
    if (!tickets_step(platform, &order, now_ms(), &state, error))
        return false;
    puts(ticket_state_name(state));
    return true;
}

/* ---- calendar, places ---- */

static bool file_read(struct platform *platform, const struct entry *entry,
                      bool (*read)(struct db *db, const char *text, int *count, GError **error), GError **error)
{
    g_autofree char *text = NULL;
    int count = 0;

    if (entry->file == NULL)
        return command_wrong(error, "--file is needed");
    if (!g_file_get_contents(entry->file, &text, NULL, error) || !db_begin(platform->db, true, error))
        return false;
    if (!read(platform->db, text, &count, error)) {
        db_rollback(platform->db);
        return false;
    }
    if (!db_commit(platform->db, error))
        return false;
    printf("%d\n", count);
    return true;
}

static bool calendar(struct platform *platform, struct entry *entry, GError **error)
{
    return file_read(platform, entry, tickets_days_read, error);
}

static bool places(struct platform *platform, struct entry *entry, GError **error)
{
    return file_read(platform, entry, tickets_places_read, error);
}

/* ---- Keys ---- */

static bool key_add(struct platform *platform, struct entry *entry, GError **error)
{
    char id[17];

    if (!command_text_fits(entry->name, COMMAND_REASON_BYTES_MAX) || entry->hourly < 1 || entry->hourly > 100000)
        return command_wrong(error, "--name says whose it is; --hourly is 1 to 100000");
    char *key = ticket_key_new(platform, entry->name, entry->hourly, id, error);
    if (key == NULL)
        return false;
    printf("%s %s\n", id, key);
    OPENSSL_cleanse(key, strlen(key));
    g_free(key);
    return true;
}

static json_t *keys_in(struct db *db, const struct entry *entry, GError **error)
{
    (void)entry;
    return db_ticket_keys(db, error);
}

static bool key_list(struct platform *platform, struct entry *entry, GError **error)
{
    entry->json = TRUE;
    return look(platform, entry, keys_in, error);
}

static bool key_revoke(struct platform *platform, struct entry *entry, GError **error)
{
    bool done = false;

    if (entry->id == NULL)
        return command_wrong(error, "--id is needed");
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_ticket_key_revoke(platform->db, entry->id, now_ms(), &done, error) && done)
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return done || (error != NULL && *error != NULL) ? false : command_wrong(error, "no such key, or revoked already");
}

/* ---- The commands ---- */

bool command_ticket(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"list", list},         {"show", show},     {"step", step},
                                            {"calendar", calendar}, {"places", places}, {NULL, NULL}};
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"ticket", 0, 0, G_OPTION_ARG_STRING, &entry.ticket, "its number, or its token", "NO"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "what happens to it", "STEP"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &entry.by, "who answers for it, of the register; given twice: with authority", "ID"},
        {"for-resident", 0, 0, G_OPTION_ARG_NONE, &entry.resident, "the resident said so", NULL},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why, for the staff; stays here, sealed", "TEXT"},
        {"unit", 0, 0, G_OPTION_ARG_STRING, &entry.unit, "which unit has it, or should have", "NAME"},
        {"reply", 0, 0, G_OPTION_ARG_STRING, &entry.reply, "a word for the resident; of public tickets for everybody", "TEXT"},
        {"publish", 0, 0, G_OPTION_ARG_STRING, &entry.publish, "the description that everybody may read; nobody's name in it", "TEXT"},
        {"other", 0, 0, G_OPTION_ARG_STRING, &entry.other, "the ticket that this one repeats", "NO"},
        {"date", 0, 0, G_OPTION_ARG_INT64, &entry.date, "for when it is planned", "YYYYMMDD"},
        {"days", 0, 0, G_OPTION_ARG_INT64, &entry.days, "working days more", "N"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "of this step: given twice it is done once", "UUID"},
        {"service", 0, 0, G_OPTION_ARG_STRING, &entry.service, "of this service only", "CODE"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "also what has ended", NULL},
        {"file", 0, 0, G_OPTION_ARG_FILENAME, &entry.file, "a list: YYYYMMDD work|rest, or ID ADDRESS, a line each", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform ticket", entries, &what, error) &&
              command_act(actions, what, entry.data_dir, tickets_ready, &entry, error);

    entry_clear(&entry);
    return ok;
}

bool command_open311_key(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"add", key_add}, {"list", key_list}, {"revoke", key_revoke}, {NULL, NULL}};
    struct entry entry = {.hourly = HOURLY_DEFAULT};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &entry.name, "whose key it is", "TEXT"},
        {"hourly", 0, 0, G_OPTION_ARG_INT64, &entry.hourly, "requests that it may file in an hour (60)", "N"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "which one", "ID"},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform open311-key", entries, &what, error) &&
              command_act(actions, what, entry.data_dir, tickets_ready, &entry, error);

    entry_clear(&entry);
    return ok;
}
