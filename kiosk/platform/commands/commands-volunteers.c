/* SPDX-License-Identifier: Apache-2.0 */
/* Volunteers at the desk: the roll, stars, hardship; hours in dispute. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/credit/credit.h"
#include "platform/volunteers/volunteers.h"
#include "model/clock.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

/* ---- volunteer ---- */

struct volunteer_entry {
    char *data_dir, *card, *guardian, *skills, *hardship;
    gboolean star, registers;
};

/* "repair,teach" */
static bool skills_read(const char *text, unsigned *out, GError **error)
{
    g_auto(GStrv) names = g_strsplit(text != NULL ? text : "", ",", VOLUNTEER_SKILLS + 1);
    json_t *list = json_array();

    for (char **name = names; *name != NULL; name++)
        json_array_append_new(list, json_string(*name));
    bool good = volunteer_skills_from_json(list, out);
    json_decref(list);
    return good || command_wrong(error, "--skills are names, with commas between: company errand repair phone teach culture green patrol");
}

static bool register_do(struct platform *platform, const struct volunteer_entry *entry, const char *number, GError **error)
{
    g_autofree char *guardian = entry->guardian != NULL ? command_card_number(entry->guardian) : NULL;
    char no[VOLUNTEER_NO_SIZE];
    unsigned skills = 0;

    if (!skills_read(entry->skills, &skills, error) || !volunteers_register(platform, number, guardian, skills, now_ms(), no, error))
        return false;
    printf("%s\n", no);
    return true;
}

static bool star_do(struct platform *platform, const char *number, GError **error)
{
    unsigned stars = 0;
    bool granted = false;

    if (!credit_star(platform, number, &granted, &stars, error))
        return false;
    printf("%s: %u stars\n", granted ? "granted" : "not reached yet", stars);
    return true;
}

static bool volunteer_do(struct platform *platform, const struct volunteer_entry *entry, GError **error)
{
    g_autofree char *number = command_card_number(entry->card);

    return (entry->hardship == NULL || credit_hardship(platform, number, strcmp(entry->hardship, "yes") == 0, error)) &&
           (!entry->registers || register_do(platform, entry, number, error)) && (!entry->star || star_do(platform, number, error));
}

static void volunteer_entry_clear(struct volunteer_entry *entry)
{
    g_free(entry->data_dir);
    g_free(entry->card);
    g_free(entry->guardian);
    g_free(entry->skills);
    g_free(entry->hardship);
}

bool command_volunteer(int argc, char **argv, GError **error)
{
    struct volunteer_entry entry = {0};
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &entry.card, "whose", "NUMBER"},
        {"register", 0, 0, G_OPTION_ARG_NONE, &entry.registers, "put on the roll; tells the volunteer's number", NULL},
        {"guardian", 0, 0, G_OPTION_ARG_STRING, &entry.guardian, "who agrees for a child: that card", "NUMBER"},
        {"skills", 0, 0, G_OPTION_ARG_STRING, &entry.skills, "what they can do", "A,B"},
        {"star", 0, 0, G_OPTION_ARG_NONE, &entry.star, "grant the next star that the hours carry", NULL},
        {"hardship", 0, 0, G_OPTION_ARG_STRING, &entry.hardship, "special hardship", "yes|no"},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform volunteer", entries, NULL, error);

    if (ok && (entry.data_dir == NULL || entry.card == NULL ||
               (entry.hardship != NULL && strcmp(entry.hardship, "yes") != 0 && strcmp(entry.hardship, "no") != 0)))
        ok = command_wrong(error, "--data and --card are needed; --hardship is yes or no");
    struct platform *platform = ok ? platform_open(entry.data_dir, error) : NULL;
    ok = platform != NULL && volunteer_do(platform, &entry, error);
    platform_close(platform);
    volunteer_entry_clear(&entry);
    return ok;
}

/* ---- hours ---- */

struct hours_entry {
    char *data_dir, *attendance, *reason;
    char **by;
    gint64 minutes;
    gboolean json;
};

static bool disputes(struct platform *platform, bool json, GError **error)
{
    json_t *rows = NULL, *row;
    size_t i;

    if (db_begin(platform->db, false, error)) {
        rows = db_disputes_open(platform->db, error);
        db_rollback(platform->db);
    }
    if (rows == NULL || json)
        return rows != NULL && command_print_json(rows);
    json_array_foreach(rows, i, row)
        printf("%s  %-13s  %-8s  %" JSON_INTEGER_FORMAT " min\n", json_string_value(json_object_get(row, "attendance")),
               json_string_value(json_object_get(row, "no")), json_string_value(json_object_get(row, "what")),
               json_integer_value(json_object_get(row, "minutes")));
    json_decref(rows);
    return true;
}

/* What was certified of these hours is said on paper that somebody has. */
static bool correct(struct platform *platform, const struct hours_entry *entry, GError **error)
{
    g_autoptr(GPtrArray) certificates = NULL;

    if (!volunteers_correct(platform, entry->attendance, entry->minutes, entry->by, entry->reason, now_ms(), &certificates, error))
        return false;
    for (guint i = 0; i < certificates->len; i++)
        printf("%s  has these hours in it as they were: it is to be withdrawn\n", (const char *)g_ptr_array_index(certificates, i));
    return true;
}

static bool hours_do(struct platform *platform, const char *what, const struct hours_entry *entry, GError **error)
{
    if (strcmp(what, "disputes") == 0)
        return disputes(platform, entry->json, error);
    if (strcmp(what, "correct") != 0)
        return command_wrong(error, "disputes or correct");
    if (!uuid_valid(entry->attendance) || !command_text_fits(entry->reason, COMMAND_REASON_BYTES_MAX) || entry->minutes < 0)
        return command_wrong(error, "--attendance, --minutes, --reason and twice --by are needed");
    return correct(platform, entry, error);
}

bool command_hours(int argc, char **argv, GError **error)
{
    struct hours_entry entry = {.minutes = -1};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"attendance", 0, 0, G_OPTION_ARG_STRING, &entry.attendance, "which hours", "ID"},
        {"minutes", 0, 0, G_OPTION_ARG_INT64, &entry.minutes, "so much is right; 0: none", "N"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &entry.by, "who answers for it, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why", "TEXT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform hours", entries, &what, error);

    struct platform *platform = ok ? command_data_open(entry.data_dir, error) : NULL;
    ok = platform != NULL && hours_do(platform, what, &entry, error);
    platform_close(platform);
    g_free(entry.data_dir);
    g_free(entry.attendance);
    g_free(entry.reason);
    g_strfreev(entry.by);
    return ok;
}
