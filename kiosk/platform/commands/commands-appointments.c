/* SPDX-License-Identifier: Apache-2.0 */
/* Appointments: times that a hall offers, and what its desk does for whoever calls. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "platform/queue/appointments.h"
#include "platform/staff.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct entry {
    char *data_dir, *hall, *matter, *start, *card, *by, *id, *day;
    gint64 minutes, places;
    gboolean by_hall;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->hall, &entry->matter, &entry->start, &entry->card, &entry->by, &entry->id, &entry->day};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static const char *or_none(const char *given)
{
    return given != NULL ? given : "";
}

static bool start_read(const struct entry *entry, int64_t *start_ms)
{
    return entry->start != NULL && command_moment(entry->start, start_ms);
}

/* *code is what stood against it. */
static bool ended(struct platform *platform, bool ok, const char *const *code, GError **error)
{
    if (ok && *code == NULL)
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    if (ok)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "it is not done: %s", *code);
    return false;
}

/* ---- Times ---- */

static bool slot_in(struct db *db, const struct slot_row *row, const char *staff, const char **code, GError **error)
{
    const struct staff_question question = {.names = {staff}, .needed = 1, .act = STAFF_PUBLISH, .at_ms = now_ms(), .now_ms = now_ms()};
    enum ledger_code judged = LEDGER_OK;

    if (!staff_judge(db, &question, &judged, error))
        return false;
    *code = judged != LEDGER_OK ? ledger_code_name(judged) : NULL;
    return *code != NULL || appointments_slot_put(db, row, error);
}

static bool slot(struct platform *platform, struct entry *entry, GError **error)
{
    struct slot_row row = {.minutes = entry->minutes, .places = entry->places};
    const char *code = NULL;

    if (entry->by == NULL || !start_read(entry, &row.start_ms) || !matter_code_valid(entry->hall) || !matter_code_valid(entry->matter))
        return command_wrong(error, "--hall ID --matter CODE --start 2026-12-01T09:00:00+08:00 --minutes N --places N --by STAFF are needed");
    g_strlcpy(row.hall, entry->hall, sizeof row.hall);
    g_strlcpy(row.matter, entry->matter, sizeof row.matter);
    return db_begin(platform->db, true, error) && ended(platform, slot_in(platform->db, &row, entry->by, &code, error), &code, error);
}

static bool printed(struct platform *platform, json_t *rows)
{
    db_rollback(platform->db);
    return rows != NULL && command_print_json(rows);
}

static bool slots(struct platform *platform, struct entry *entry, GError **error)
{
    return db_begin(platform->db, false, error) &&
           printed(platform, db_slots(platform->db, or_none(entry->hall), or_none(entry->matter), now_ms(), error));
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    guint64 given = date_of_ms(now_ms());

    if (entry->day != NULL && (!g_ascii_string_to_unsigned(entry->day, 10, 0, 99999999, &given, NULL) || !date_valid((uint32_t)given)))
        return command_wrong(error, "--day is a date as YYYYMMDD");
    int64_t from_ms = ms_of_date((uint32_t)given);
    return db_begin(platform->db, false, error) &&
           printed(platform, db_appointments(platform->db, or_none(entry->hall), from_ms, from_ms + DAY_MS, error));
}

/* ---- Appointments ---- */

static bool book(struct platform *platform, struct entry *entry, GError **error)
{
    g_autofree char *number = command_card_number(entry->card);
    char id[37], token[33];
    struct appointment_asking asking = {.id = entry->id != NULL ? entry->id : id, .hall = entry->hall, .matter = entry->matter, .card = token,
                                        .staff = entry->by};
    const char *code = NULL;

    if (number == NULL || entry->by == NULL || !start_read(entry, &asking.start_ms) || !matter_code_valid(entry->hall) ||
        !matter_code_valid(entry->matter) || (entry->id != NULL && !uuid_valid(entry->id)))
        return command_wrong(error, "--card NUMBER --hall ID --matter CODE --start 2026-12-01T09:00:00+08:00 --by STAFF are needed");
    uuid7(now_ms(), id);
    card_token(platform->index_key, number, token);
    if (!db_begin(platform->db, true, error) ||
        !ended(platform, appointments_book(platform->db, &asking, now_ms(), &code, error), &code, error))
        return false;
    puts(asking.id);
    return true;
}

static bool move(struct platform *platform, struct entry *entry, GError **error)
{
    struct appointment_asking asking = {.id = entry->id, .staff = entry->by};
    const char *code = NULL;

    if (entry->id == NULL || entry->by == NULL || !start_read(entry, &asking.start_ms))
        return command_wrong(error, "--id APPOINTMENT --start 2026-12-01T09:00:00+08:00 --by STAFF are needed");
    return db_begin(platform->db, true, error) &&
           ended(platform, appointments_move(platform->db, &asking, now_ms(), &code, error), &code, error);
}

static bool cancel(struct platform *platform, struct entry *entry, GError **error)
{
    const struct appointment_asking asking = {.id = entry->id, .staff = entry->by};
    const char *code = NULL;

    if (entry->id == NULL || entry->by == NULL)
        return command_wrong(error, "--id APPOINTMENT --by STAFF are needed");
    return db_begin(platform->db, true, error) &&
           ended(platform, appointments_cancel(platform->db, &asking, entry->by_hall, now_ms(), &code, error), &code, error);
}

bool command_appointment(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"slot", slot}, {"slots", slots}, {"book", book}, {"move", move}, {"cancel", cancel},
                                                    {"list", list}, {NULL, NULL}};
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"hall", 0, 0, G_OPTION_ARG_STRING, &entry.hall, "which hall", "ID"},
        {"matter", 0, 0, G_OPTION_ARG_STRING, &entry.matter, "for which matter", "CODE"},
        {"start", 0, 0, G_OPTION_ARG_STRING, &entry.start, "when it begins, ISO 8601 with its zone", "TIME"},
        {"minutes", 0, 0, G_OPTION_ARG_INT64, &entry.minutes, "slot: how long", "N"},
        {"places", 0, 0, G_OPTION_ARG_INT64, &entry.places, "slot: for how many; 0: for nobody more", "N"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &entry.card, "book: of who comes", "NUMBER"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &entry.by, "who of the register answers for it", "STAFF"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "which appointment; book: given twice it is booked once", "UUID"},
        {"by-hall", 0, 0, G_OPTION_ARG_NONE, &entry.by_hall, "cancel: the hall cannot keep it, or could not", NULL},
        {"day", 0, 0, G_OPTION_ARG_STRING, &entry.day, "list: of which day (today)", "YYYYMMDD"},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform appointment", entries, &what, error) &&
              command_act(actions, what, entry.data_dir, NULL, &entry, error);

    entry_clear(&entry);
    return ok;
}
