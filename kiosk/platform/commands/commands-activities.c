/* SPDX-License-Identifier: Apache-2.0 */
/* Activities: what there is, new ones, calling off, who has a seat. */
#include "platform/activities/activities.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)

struct entry {
    char *data_dir, *activity, *session, *kind, *title_zh, *title_en, *place_zh, *place_en, *phone, *start, *by, *reason, *kiosk, *seat,
        *step, *id;
    gint64 fee, minutes, seats, age_min, age_max, places;
    gboolean json, all;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->activity, &entry->session, &entry->kind,   &entry->title_zh, &entry->title_en,
                      &entry->place_zh, &entry->place_en, &entry->phone,   &entry->start,  &entry->by,       &entry->reason,
                      &entry->kiosk,    &entry->seat,     &entry->step,    &entry->id};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

/* ---- list, show, seats ---- */

static bool one_json(struct db *db, const char *id, int64_t from_ms, json_t *out, GError **error)
{
    struct activity_row row;
    bool found;

    if (!db_activity_find(db, id, &row, &found, error) || !found)
        return found;
    g_autoptr(GArray) dates = db_dates(db, id, from_ms, error);
    json_t *list = json_array();
    bool ok = dates != NULL;
    for (guint i = 0; ok && i < dates->len; i++) {
        const struct date_row *date = &g_array_index(dates, struct date_row, i);
        struct date_count count;

        ok = db_date_count(db, date->id, &count, error);
        if (ok)
            json_array_append_new(list, json_pack("{s:s, s:o, s:I, s:I, s:I, s:s}", "id", date->id, "session",
                                                  seat_session_to_json(&date->session), "taken", (json_int_t)count.taken, "held",
                                                  (json_int_t)count.held, "waiting", (json_int_t)count.waiting, "off_reason",
                                                  date->off_reason));
    }
    json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "id", row.id, "kind", row.kind, "title_zh",
                                         row.title_zh, "title_en", row.title_en, "place_zh", row.place_zh, "place_en", row.place_en,
                                         "phone", row.phone, "fee_fen", (json_int_t)row.fee_fen, "sessions", list));
    return ok;
}

static json_t *list_in(struct db *db, const struct entry *entry, GError **error)
{
    int64_t from_ms = entry->all ? 0 : now_ms();
    g_autoptr(GPtrArray) ids = db_activities(db, from_ms, error);
    json_t *out = ids != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < ids->len; i++)
        if ((entry->activity == NULL || strcmp(entry->activity, g_ptr_array_index(ids, i)) == 0) &&
            !one_json(db, g_ptr_array_index(ids, i), from_ms, out, error))
            g_clear_pointer(&out, json_decref);
    return out;
}

static json_t *seat_json(struct db *db, const struct seat_row *row, GError **error)
{
    json_t *steps = db_seat_steps(db, row->id, error);

    return steps == NULL ? NULL
                         : json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:b, s:o}", "id", row->id, "session", row->session, "card_token",
                                     row->card, "kiosk", row->kiosk, "seat", seat_to_json(&row->seat), "reason", row->reason, "drawn",
                                     row->drawn, "door", row->door, "steps", steps);
}

/* The roster of a date, in the order of asking. */
static json_t *show_in(struct db *db, const struct entry *entry, GError **error)
{
    g_autoptr(GArray) rows = db_seats(db, entry->session, true, error);
    json_t *out = rows != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < rows->len; i++) {
        json_t *one = seat_json(db, &g_array_index(rows, struct seat_row, i), error);
        if (one == NULL)
            g_clear_pointer(&out, json_decref);
        else
            json_array_append_new(out, one);
    }
    return out;
}

static int64_t number(json_t *in, const char *name)
{
    return json_integer_value(json_object_get(in, name));
}

static const char *text(json_t *in, const char *name)
{
    return json_string_value(json_object_get(in, name));
}

static void print_activity(json_t *activity)
{
    json_t *date;
    size_t i;

    printf("%s  %s  %s\n", text(activity, "id"), text(activity, "title_en"), text(activity, "title_zh"));
    json_array_foreach(json_object_get(activity, "sessions"), i, date)
    {
        json_t *session = json_object_get(date, "session");

        printf("  %-40s %u  seats %" PRId64 "  taken %" PRId64 "  held %" PRId64 "  waiting %" PRId64 "%s\n", text(date, "id"),
               date_of_ms(number(session, "start_ms")), number(session, "seats"), number(date, "taken"), number(date, "held"),
               number(date, "waiting"), json_is_true(json_object_get(session, "called_off")) ? "  called off" : "");
    }
}

static void print_seat(json_t *seat)
{
    json_t *state = json_object_get(seat, "seat");

    printf("%s  %-10s +%" PRId64 "  %s  %s%s%s %s\n", text(seat, "id"), text(state, "state"), number(state, "companions"),
           text(seat, "card_token"), text(seat, "kiosk"), json_is_true(json_object_get(seat, "drawn")) ? " own" : "",
           json_is_true(json_object_get(seat, "door")) ? " door" : "", text(seat, "reason"));
}

typedef json_t *(*look_fn)(struct db *db, const struct entry *entry, GError **error);

static bool look(struct platform *platform, const struct entry *entry, look_fn in, void (*print)(json_t *row), GError **error)
{
    json_t *rows = NULL, *row;
    size_t i;

    if (db_begin(platform->db, false, error)) {
        rows = in(platform->db, entry, error);
        db_rollback(platform->db);
    }
    if (rows == NULL)
        return false;
    char *all = entry->json ? json_dumps(rows, JSON_INDENT(2)) : NULL;
    if (all != NULL)
        puts(all);
    else
        json_array_foreach(rows, i, row)
        {
            print(row);
        }
    free(all);
    json_decref(rows);
    return true;
}

static bool list(struct platform *platform, struct entry *entry, GError **error)
{
    return look(platform, entry, list_in, print_activity, error);
}

static bool show(struct platform *platform, struct entry *entry, GError **error)
{
    return entry->session != NULL ? look(platform, entry, show_in, print_seat, error) : command_wrong(error, "--session is needed");
}

/* ---- add, session, allot ---- */

static bool ended(struct platform *platform, bool good, GError **error)
{
    if (good)
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

static const char *or_none(const char *given)
{
    return given != NULL ? given : "";
}

static bool add(struct platform *platform, struct entry *entry, GError **error)
{
    struct activity_row row = {.fee_fen = entry->fee, .made_ms = now_ms()};

    if (entry->activity == NULL || entry->kind == NULL || entry->title_zh == NULL || entry->title_en == NULL || entry->fee < 0)
        return command_wrong(error, "--activity ID --kind WORD --title-zh … --title-en … are needed");
    bool fits = g_strlcpy(row.id, entry->activity, sizeof row.id) < sizeof row.id &&
                g_strlcpy(row.kind, entry->kind, sizeof row.kind) < sizeof row.kind &&
                g_strlcpy(row.title_zh, entry->title_zh, sizeof row.title_zh) < sizeof row.title_zh &&
                g_strlcpy(row.title_en, entry->title_en, sizeof row.title_en) < sizeof row.title_en &&
                g_strlcpy(row.place_zh, or_none(entry->place_zh), sizeof row.place_zh) < sizeof row.place_zh &&
                g_strlcpy(row.place_en, or_none(entry->place_en), sizeof row.place_en) < sizeof row.place_en &&
                g_strlcpy(row.phone, or_none(entry->phone), sizeof row.phone) < sizeof row.phone;
    if (!fits || !command_text_fits(entry->title_zh, sizeof row.title_zh) || !command_text_fits(entry->title_en, sizeof row.title_en))
        return command_wrong(error, "a text is too long, or not one line");
    return db_begin(platform->db, true, error) && ended(platform, activities_add(platform->db, &row, error), error);
}

static bool session(struct platform *platform, struct entry *entry, GError **error)
{
    g_autoptr(GDateTime) start = entry->start != NULL ? g_date_time_new_from_iso8601(entry->start, NULL) : NULL;
    struct date_row row = {.session = {.seats = (int)CLAMP(entry->seats, 0, SEAT_SEATS_MAX + 1),
                                          .age_min = (int)CLAMP(entry->age_min, 0, 1000),
                                          .age_max = (int)CLAMP(entry->age_max, 0, 1000)}};

    if (entry->activity == NULL || entry->session == NULL || start == NULL || entry->minutes < 1 || entry->minutes > 10080)
        return command_wrong(error, "--activity ID --session ID --start 2026-12-01T09:00:00+08:00 --minutes N --seats N are needed");
    if (g_strlcpy(row.id, entry->session, sizeof row.id) >= sizeof row.id ||
        g_strlcpy(row.activity, entry->activity, sizeof row.activity) >= sizeof row.activity)
        return command_wrong(error, "an id is too long");
    row.session.start_ms = g_date_time_to_unix(start) * 1000;
    row.session.end_ms = row.session.start_ms + entry->minutes * MINUTE_MS;
    return db_begin(platform->db, true, error) && ended(platform, activities_date_add(platform->db, &row, error), error);
}

static bool allot(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->kiosk == NULL || entry->session == NULL || entry->places < 1 || entry->places > SEAT_SEATS_MAX)
        return command_wrong(error, "--kiosk ID --session ID --places N are needed");
    return db_begin(platform->db, true, error) &&
           ended(platform, activities_allot(platform, entry->kiosk, entry->session, (int)entry->places, now_ms(), error), error);
}

/* ---- call-off, seat ---- */

static bool call_off(struct platform *platform, struct entry *entry, GError **error)
{
    if (entry->session == NULL || entry->by == NULL || !command_text_fits(entry->reason, sizeof((struct date_row *)0)->off_reason))
        return command_wrong(error, "--session ID --by STAFF --reason TEXT are needed");
    return activities_call_off(platform, entry->session, entry->by, entry->reason, now_ms(), error);
}

static bool seat(struct platform *platform, struct entry *entry, GError **error)
{
    struct seat_order order = {.seat = entry->seat, .staff = entry->by, .at_ms = now_ms()};
    enum seat_state state;
    char id[37];

    if (entry->seat == NULL || entry->by == NULL || entry->step == NULL || !seat_step_parse(entry->step, &order.step) ||
        (entry->id != NULL && !uuid_valid(entry->id)))
        return command_wrong(error, "--seat ID --step cancel|take|check_in --by STAFF are needed");
    uuid7(now_ms(), id);
    order.id = entry->id != NULL ? entry->id : id;
    if (!activities_seat(platform, &order, now_ms(), &state, error))
        return false;
    puts(seat_state_name(state));
    return true;
}

/* ---- The command ---- */

bool command_activity(int argc, char **argv, GError **error)
{
    static const struct command_action actions[] = {{"list", list}, {"show", show}, {"add", add}, {"session", session},
                                                    {"allot", allot}, {"call-off", call_off}, {"seat", seat}, {NULL, NULL}};
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"activity", 0, 0, G_OPTION_ARG_STRING, &entry.activity, "which activity", "ID"},
        {"session", 0, 0, G_OPTION_ARG_STRING, &entry.session, "which date of it", "ID"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &entry.kind, "a word: sport, class, culture, health …; volunteer: its dates are signed in to", "WORD"},
        {"title-zh", 0, 0, G_OPTION_ARG_STRING, &entry.title_zh, "its title", "TEXT"},
        {"title-en", 0, 0, G_OPTION_ARG_STRING, &entry.title_en, "its title in English", "TEXT"},
        {"place-zh", 0, 0, G_OPTION_ARG_STRING, &entry.place_zh, "where", "TEXT"},
        {"place-en", 0, 0, G_OPTION_ARG_STRING, &entry.place_en, "where, in English", "TEXT"},
        {"phone", 0, 0, G_OPTION_ARG_STRING, &entry.phone, "whom to call", "TEXT"},
        {"fee-fen", 0, 0, G_OPTION_ARG_INT64, &entry.fee, "what it costs, paid there", "FEN"},
        {"start", 0, 0, G_OPTION_ARG_STRING, &entry.start, "when it begins, ISO 8601 with its zone", "TIME"},
        {"minutes", 0, 0, G_OPTION_ARG_INT64, &entry.minutes, "how long", "N"},
        {"seats", 0, 0, G_OPTION_ARG_INT64, &entry.seats, "for how many", "N"},
        {"age-min", 0, 0, G_OPTION_ARG_INT64, &entry.age_min, "from which age on", "YEARS"},
        {"age-max", 0, 0, G_OPTION_ARG_INT64, &entry.age_max, "up to which age; 0 with --age-min 0: anybody", "YEARS"},
        {"kiosk", 0, 0, G_OPTION_ARG_STRING, &entry.kiosk, "which gets seats of its own", "ID"},
        {"places", 0, 0, G_OPTION_ARG_INT64, &entry.places, "so many in all, for good", "N"},
        {"seat", 0, 0, G_OPTION_ARG_STRING, &entry.seat, "which seat", "ID"},
        {"step", 0, 0, G_OPTION_ARG_STRING, &entry.step, "cancel, take or check_in", "STEP"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &entry.by, "who of the register answers for it", "STAFF"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why it is called off", "TEXT"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &entry.id, "of this step: given twice it is done once", "UUID"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &entry.all, "also what is over", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform activity", entries, &what, error) && command_act(actions, what, entry.data_dir, NULL, &entry, error);

    entry_clear(&entry);
    return ok;
}
