/* SPDX-License-Identifier: Apache-2.0 */
/* What does not follow in cards' chains, for people. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/money/reconcile.h"
#include "platform/platform.h"
#include "model/clock.h"
#include "model/model.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *code, *step;
} STEPS[] = {
    {"GAP", "wait for silent kiosks; what stays was made at another operator's terminals: compare with clearing"},
    {"LOAD_MISSING", "wait for silent kiosks; what stays was loaded elsewhere: compare with clearing"},
    {"BALANCE", "money came or went without a transaction: put the card onto the hotlist, ask its holder to the desk"},
    {"SAME_COUNTER", "two cards have one name, or one was set back: put it onto the hotlist, look into both kiosks"},
    {"BACK", "the clock of a kiosk was wrong, or a card was set back: look into both kiosks"},
    {"OVER_CAP", "more than a purse may hold: put the card onto the hotlist, ask its holder to the desk"},
};

static const char *text_in(json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text != NULL ? text : "";
}

static int64_t int_in(json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void print_row(json_t *row, int64_t now)
{
    g_autofree char *off = money_format(int_in(row, "off_fen"));

    printf("%-5s %-12s card **** %s  %s %" PRId64 "..%" PRId64 "  %s  %s%s%s  for %" PRId64 " min", text_in(row, "severity"),
           text_in(row, "code"), text_in(row, "card_last4"), text_in(row, "kind"), int_in(row, "from_counter"), int_in(row, "counter"), off,
           text_in(row, "kiosk_a"), *text_in(row, "kiosk_a") != '\0' ? " and " : "", text_in(row, "kiosk_b"),
           (now - int_in(row, "since_ms")) / 60000);
    if (*text_in(row, "doubt") != '\0')
        printf("  perhaps doubt %s", text_in(row, "doubt"));
    if (*text_in(row, "alarm") != '\0')
        printf("  see doubts: %s", text_in(row, "alarm"));
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++)
        if (strcmp(STEPS[i].code, text_in(row, "code")) == 0)
            printf("\n    %s", STEPS[i].step);
    putchar('\n');
}

static int64_t print_rows(json_t *rows, bool json)
{
    int64_t now = now_ms(), alarms = 0;
    json_t *row;
    size_t i;

    if (json) {
        json_dumpf(rows, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_array_foreach(rows, i, row)
    {
        alarms += strcmp(text_in(row, "severity"), "ALARM") == 0;
        if (!json)
            print_row(row, now);
    }
    if (!json)
        printf("%zu open, %" PRId64 " of them alarms\n", json_array_size(rows), alarms);
    return alarms;
}

static bool whole(struct platform *platform, GError **error)
{
    struct reconcile_whole out;

    if (!db_begin(platform->db, true, error))
        return false;
    if (!reconcile_whole(platform->db, now_ms(), &out, error)) {
        db_rollback(platform->db);
        return false;
    }
    if (!db_commit(platform->db, error))
        return false;
    fprintf(stderr, "%" PRId64 " cards, %" PRId64 " transactions, %" PRId64 " findings, %" PRId64 " put right\n", out.cards, out.steps,
            out.findings, out.wrong);
    return true;
}

/* Alarms make it fail, as what is wrong with the books does. */
bool command_reconcile(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean json = FALSE, all = FALSE;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "for programs", NULL},
        {"whole", 0, 0, G_OPTION_ARG_NONE, &all, "judge all cards anew, and put right what differs", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform reconcile", entries, NULL, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    json_t *rows = NULL;
    if (platform != NULL && (!all || whole(platform, error)) && db_begin(platform->db, false, error)) {
        rows = db_findings_report(platform->db, error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (rows == NULL)
        return false;
    int64_t alarms = print_rows(rows, json);
    json_decref(rows);
    return alarms == 0 || command_wrong(error, "cards' transactions do not follow each other");
}
