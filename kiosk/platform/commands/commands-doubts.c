/* SPDX-License-Identifier: Apache-2.0 */
/* What people see of open doubts and of alarms, and how two of them end one that no card can end. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/money/doubts.h"
#include "platform/money/orders.h"
#include "platform/persons/access.h"
#include "platform/persons/two.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* ---- doubts ---- */

static const char *text_in(json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text != NULL ? text : "";
}

static const struct {
    const char *code, *step;
} ALARM_STEPS[] = {
    {"VOID_BUT_PROVEN", "the card's proof is posted; look into the kiosk that is named, then doubt-settle ID paid by two people"},
    {"LOAD_ON_CARD", "the card says that it got this load; count the desk's cash, then doubt-settle by two people"},
    {"LOAD_UNEXPLAINED", "the card was loaded at this counter; compare with the operator's clearing, then doubt-settle by two people"},
    {"LOG_CONTRADICTS", "another kiosk saw it in the card's log; ask the card once more, then doubt-settle by two people"},
    {"PAID_BUT_VOID", "a kiosk denies what is confirmed; look into the kiosk that is named, then doubt-settle by two people"},
    {"TAC_WRONG", "the proof is not the card's; look into the kiosk that is named, then doubt-settle by two people"},
};

static const char *next_step(json_t *row, int64_t now)
{
    int64_t age_ms = now - json_integer_value(json_object_get(row, "at_ms"));

    for (size_t i = 0; i < G_N_ELEMENTS(ALARM_STEPS); i++)
        if (strcmp(text_in(row, "code"), ALARM_STEPS[i].code) == 0)
            return ALARM_STEPS[i].step;
    if (strcmp(text_in(row, "state"), "COMMITTING") == 0)
        return "wait for its kiosk; if the kiosk does not come back, revoke it or enrol it anew";
    if (age_ms < 7 * DAY_MS)
        return "ask the holder to put the card onto any kiosk";
    return "compare with the purse operator's clearing, then doubt-settle by two people";
}

static json_t *doubts_of(struct platform *platform, GError **error)
{
    json_t *rows = NULL;

    if (access_note_command(platform, "doubts", PURPOSE_EXPORT, error) && orders_sweep(platform, now_ms(), error) &&
        db_begin(platform->db, false, error)) {
        rows = db_doubts(platform->db, error);
        db_rollback(platform->db);
    }
    return rows;
}

static void print_rows(json_t *rows)
{
    int64_t now = now_ms();
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        g_autofree char *amount = money_format(json_integer_value(json_object_get(row, "amount_fen")));
        int64_t minutes = (now - json_integer_value(json_object_get(row, "at_ms"))) / 60000;

        printf("%s  %-8s %-10s %-10s card **** %s  %s  %" G_GINT64_FORMAT " min", text_in(row, "id"), text_in(row, "kind"),
               text_in(row, "state"), text_in(row, "kiosk"), text_in(row, "card_last4"), amount, minutes);
        if (*text_in(row, "code") != '\0')
            printf("  %s, named: %s", text_in(row, "code"), *text_in(row, "named") != '\0' ? text_in(row, "named") : "nobody");
        printf("\n    %s\n", next_step(row, now));
    }
    printf("%zu open\n", json_array_size(rows));
}

bool command_doubts(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean json = FALSE;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "for programs", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform doubts", entries, NULL, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    json_t *rows = platform != NULL ? doubts_of(platform, error) : NULL;
    platform_close(platform);
    if (rows == NULL)
        return false;
    if (json)
        json_dumpf(rows, stdout, JSON_INDENT(2));
    else
        print_rows(rows);
    json_decref(rows);
    return true;
}

/* ---- doubt-settle ---- */

struct decision {
    char *data_dir, *reason;
    char **by, **rest; /* ID, paid | void */
};

static void decision_clear(struct decision *decision)
{
    g_free(decision->data_dir);
    g_free(decision->reason);
    g_strfreev(decision->by);
    g_strfreev(decision->rest);
}

static bool decision_read(int *argc, char ***argv, struct decision *out, GError **error)
{
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &out->data_dir, "data folder", "DIR"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->by, "who decides, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "what they have seen", "TEXT"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->rest, NULL, NULL},
        {NULL},
    };

    if (!command_options(argc, argv, "citycard-platform doubt-settle", entries, NULL, error))
        return false;
    if (out->data_dir == NULL || out->rest == NULL || g_strv_length(out->rest) != 2 ||
        (strcmp(out->rest[1], "paid") != 0 && strcmp(out->rest[1], "void") != 0))
        return command_wrong(error, "--data DIR, the payment's id and paid or void are needed");
    if (out->by == NULL || g_strv_length(out->by) != 2 || !command_text_fits(out->reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--by is needed twice, for two different people, and --reason once");
    return true;
}

static bool decide(struct platform *platform, const struct decision *decision, GError **error)
{
    const struct two_action action = {"doubt-settle", decision->rest[0], decision->rest[1], decision->reason};

    return two_now(platform, &action, decision->by, now_ms(), error);
}

bool command_doubt_settle(int argc, char **argv, GError **error)
{
    struct decision decision = {0};
    struct platform *platform = NULL;
    bool ok = decision_read(&argc, &argv, &decision, error) &&
              (platform = platform_open(decision.data_dir, error)) != NULL && decide(platform, &decision, error);

    platform_close(platform);
    decision_clear(&decision);
    return ok;
}
