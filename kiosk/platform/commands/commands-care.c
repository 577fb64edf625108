/* SPDX-License-Identifier: Apache-2.0 */
/* Visits: who is looked after and by whom, one more visit, a major change. */
#include "platform/care/care.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

struct entry {
    char *data_dir, *card, *level, *items, *worker, *grid, *care;
    gint64 from, until;
    gboolean json, declined, end;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->card, &entry->level, &entry->items, &entry->worker, &entry->grid, &entry->care};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static bool finish(struct db *db, bool ok, GError **error)
{
    if (ok)
        return db_commit(db, error);
    db_rollback(db);
    return false;
}

static bool state_error(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, text);
    return false;
}

/* A day that --from or --until names; `fallback` without it, 0 for what is none. */
static uint32_t day_of(gint64 given, uint32_t fallback)
{
    if (given == 0)
        return fallback;
    return given > 0 && given <= 99991231 && date_valid((uint32_t)given) ? (uint32_t)given : 0;
}

static bool grid_fits(const char *grid)
{
    return grid != NULL && strlen(grid) == 15 && strspn(grid, "0123456789") == 15;
}

/* ---- Looking ---- */

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    json_t *rows = care_rows(platform, now_ms(), error), *row;
    size_t i;

    if (rows == NULL || entry->json)
        return rows != NULL && command_print_json(rows);
    json_array_foreach(rows, i, row)
    {
        printf("%s  %-7s %-7s until %u  grid %s  %s\n", json_string_value(json_object_get(row, "care")),
               json_string_value(json_object_get(row, "level")), json_string_value(json_object_get(row, "urgency")),
               date_of_ms(json_integer_value(json_object_get(row, "due_ms"))), json_string_value(json_object_get(row, "grid")),
               json_string_value(json_object_get(row, "name_masked")));
    }
    json_decref(rows);
    return true;
}

static bool grids(struct platform *platform, struct entry *entry, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return false;
    json_t *rows = db_care_grids(platform->db, error);
    db_rollback(platform->db);
    return rows != NULL && command_print_json(rows);
}

/* ---- Who is looked after, and by whom ---- */

static bool order_read(const struct entry *entry, struct care_order *order, GError **error)
{
    order->consent = !entry->declined;
    order->began = day_of(entry->from, date_of_ms(now_ms()));
    if (entry->card == NULL || !care_level_parse(entry->level, &order->level) || order->began == 0 ||
        !care_items_parse(entry->items != NULL ? entry->items : "", &order->items))
        return command_wrong(error, "--card, --level high, key or general; --items of those of kiosk/model/care.h; --from YYYYMMDD");
    return true;
}

static bool put_in(struct db *db, const char *number, struct care_order *order, char id[37], GError **error)
{
    g_autofree char *token = NULL, *state = NULL;

    if (!db_card_find(db, number, &token, &state, error))
        return false;
    if (token == NULL)
        return state_error(error, "no such card in this community");
    return db_card_token_person(db, token, &order->person, error) && care_put(db, order, id, error);
}

static bool put(struct platform *platform, struct entry *entry, GError **error)
{
    struct care_order order = {0};
    char id[37] = "";

    if (!order_read(entry, &order, error))
        return false;
    g_autofree char *number = command_card_number(entry->card);
    if (!db_begin(platform->db, true, error) || !finish(platform->db, put_in(platform->db, number, &order, id, error), error))
        return false;
    puts(id);
    return true;
}

static bool grid_in(struct db *db, const struct entry *entry, GError **error)
{
    struct staff_row row;
    bool found = false;

    if (entry->end)
        return db_care_grid_end(db, entry->worker, entry->grid, now_ms(), error);
    if (!db_staff_find(db, entry->worker, now_ms(), &row, &found, error))
        return false;
    if (!found || strcmp(row.staff.id, entry->worker) != 0 || !staff_role_may(row.staff.role, STAFF_TICKETS))
        return state_error(error, "nobody of this id in the register of staff does visits");
    return db_care_grid_set(db, entry->worker, entry->grid, now_ms(), error);
}

static bool grid(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->worker == NULL || !grid_fits(entry->grid))
        return command_wrong(error, "--worker ID of the register and --grid of 15 digits");
    return db_begin(platform->db, true, error) && finish(platform->db, grid_in(platform->db, entry, error), error);
}

/* ---- What makes a visit due ---- */

static bool extra(struct platform *platform, struct entry *entry, GError **error)
{
    enum care_level level;
    uint32_t by = day_of(entry->until, 0);
    int64_t count = 0;

    if (by < date_of_ms(now_ms()) || (entry->grid != NULL && !grid_fits(entry->grid)) ||
        (entry->level != NULL && !care_level_parse(entry->level, &level)))
        return command_wrong(error, "--until YYYYMMDD, today or later; --grid of 15 digits; --level high, key or general");
    if (!db_begin(platform->db, true, error) ||
        !finish(platform->db,
                care_extra(platform->db, entry->grid != NULL ? entry->grid : "", entry->level != NULL ? entry->level : "", by, now_ms(),
                           &count, error),
                error))
        return false;
    printf("%" G_GINT64_FORMAT "\n", count);
    return true;
}

static bool change(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->care == NULL || !uuid_valid(entry->care))
        return command_wrong(error, "--care ID");
    return db_begin(platform->db, true, error) &&
           finish(platform->db, care_change(platform->db, entry->care, now_ms(), error), error);
}

/* ---- The command ---- */

bool command_care(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"list", list}, {"grids", grids}, {"put", put}, {"grid", grid}, {"extra", extra},
                                                    {"change", change}, {NULL, NULL}};
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &entry.card, "put: of who is looked after", "NUMBER"},
        {"level", 0, 0, G_OPTION_ARG_STRING, &entry.level, "high (weekly), key (monthly), general (quarterly)", "LEVEL"},
        {"items", 0, 0, G_OPTION_ARG_STRING, &entry.items, "put: needs and risks that are known: A,B", "ITEMS"},
        {"from", 0, 0, G_OPTION_ARG_INT64, &entry.from, "put: from which day on (today)", "YYYYMMDD"},
        {"declined", 0, 0, G_OPTION_ARG_NONE, &entry.declined, "put: they have not agreed to visits", NULL},
        {"worker", 0, 0, G_OPTION_ARG_STRING, &entry.worker, "grid: who of the register looks after it", "ID"},
        {"grid", 0, 0, G_OPTION_ARG_STRING, &entry.grid, "its 15 digits; extra: of this one only", "CODE"},
        {"end", 0, 0, G_OPTION_ARG_NONE, &entry.end, "grid: no more", NULL},
        {"until", 0, 0, G_OPTION_ARG_INT64, &entry.until, "extra: one more visit by that day", "YYYYMMDD"},
        {"care", 0, 0, G_OPTION_ARG_STRING, &entry.care, "change: whom something happened to, as `list` names them", "ID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform care", entries, &what, error) && command_act(actions, what, entry.data_dir, NULL, &entry, error);

    entry_clear(&entry);
    return ok;
}
