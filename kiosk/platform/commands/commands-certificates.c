/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of volunteer service: the register, who issues them, and what two people withdraw. */
#include "platform/certificates/certificates.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/persons/two.h"
#include "model/clock.h"
#include <stdio.h>
#include <string.h>

struct entry {
    char *data_dir, *number, *reason, **by;
    char *code, *uscc, *name_zh, *name_en, *lead, *phone, *activity;
    gboolean own, json;
};

static void entry_clear(struct entry *entry)
{
    char **texts[] = {&entry->data_dir, &entry->number, &entry->reason, &entry->code, &entry->uscc,
                      &entry->name_zh, &entry->name_en, &entry->lead, &entry->phone, &entry->activity};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_strfreev(entry->by);
}

static json_int_t number_in(json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static bool list(struct platform *platform, const struct entry *entry, GError **error)
{
    json_t *rows = certificates_list(platform, entry->number, error), *row;
    size_t i;

    if (rows == NULL || entry->json)
        return rows != NULL && command_print_json(rows);
    json_array_foreach(rows, i, row)
        printf("%s  %-9s  %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT "  %" JSON_INTEGER_FORMAT " min  printed %" JSON_INTEGER_FORMAT
               " times  %s\n",
               json_string_value(json_object_get(row, "number")), json_string_value(json_object_get(row, "state")), number_in(row, "from"),
               number_in(row, "to"), number_in(row, "minutes"), number_in(row, "prints"), json_string_value(json_object_get(row, "kiosk")));
    json_decref(rows);
    return true;
}

static bool copy(const char *from, char *to, size_t size)
{
    return from == NULL || (g_utf8_validate(from, -1, NULL) && g_strlcpy(to, from, size) < size);
}

static bool issuer(struct platform *platform, const struct entry *entry, GError **error)
{
    struct certificate_issuer row = {.own = entry->own};

    if (!copy(entry->code, row.code, sizeof row.code) || !copy(entry->uscc, row.uscc, sizeof row.uscc) ||
        !copy(entry->name_zh, row.name_zh, sizeof row.name_zh) || !copy(entry->name_en, row.name_en, sizeof row.name_en) ||
        !copy(entry->lead, row.lead, sizeof row.lead) || !copy(entry->phone, row.phone, sizeof row.phone))
        return command_wrong(error, "one of these texts is too long");
    return certificate_issuer_put(platform, &row, now_ms(), error);
}

static bool activity(struct platform *platform, const struct entry *entry, GError **error)
{
    if (entry->activity == NULL)
        return command_wrong(error, "--activity is needed, and --code of whose service it is (left out: the community's own)");
    return certificate_activity_put(platform, entry->activity, entry->code != NULL ? entry->code : "", error);
}

static bool run(struct platform *platform, const char *what, const struct entry *entry, GError **error)
{
    if (strcmp(what, "list") == 0)
        return list(platform, entry, error);
    if (strcmp(what, "issuer") == 0)
        return issuer(platform, entry, error);
    if (strcmp(what, "activity") == 0)
        return activity(platform, entry, error);
    if (strcmp(what, "withdraw") != 0)
        return command_wrong(error, "list, issuer, activity or withdraw");
    if (entry->number == NULL || !command_text_fits(entry->reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--number, --reason and two of --by are needed");
    return two_now(platform, &(struct two_action){"certificate-withdraw", entry->number, "", entry->reason}, entry->by, now_ms(), error);
}

bool command_certificate(int argc, char **argv, GError **error)
{
    struct entry entry = {0};
    char *what = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &entry.data_dir, "data folder", "DIR"},
        {"number", 0, 0, G_OPTION_ARG_STRING, &entry.number, "of one certificate", "NUMBER"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &entry.reason, "why it is withdrawn, without names", "TEXT"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &entry.by, "who of the register of staff; twice", "ID"},
        {"code", 0, 0, G_OPTION_ARG_STRING, &entry.code, "of an issuing body: 1 to 8 capital letters and digits, in its numbers", "CODE"},
        {"uscc", 0, 0, G_OPTION_ARG_STRING, &entry.uscc, "its unified social credit code", "CODE"},
        {"name-zh", 0, 0, G_OPTION_ARG_STRING, &entry.name_zh, "its name", "NAME"},
        {"name-en", 0, 0, G_OPTION_ARG_STRING, &entry.name_en, "its name in English", "NAME"},
        {"lead", 0, 0, G_OPTION_ARG_STRING, &entry.lead, "the person in charge", "NAME"},
        {"phone", 0, 0, G_OPTION_ARG_STRING, &entry.phone, "where to ask", "PHONE"},
        {"own", 0, 0, G_OPTION_ARG_NONE, &entry.own, "the community's own body", NULL},
        {"activity", 0, 0, G_OPTION_ARG_STRING, &entry.activity, "which is a body's", "ID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &entry.json, "for programs", NULL},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform certificate", entries, &what, error);

    struct platform *platform = ok ? command_data_open(entry.data_dir, error) : NULL;
    ok = platform != NULL && run(platform, what, &entry, error);
    platform_close(platform);
    entry_clear(&entry);
    return ok;
}
