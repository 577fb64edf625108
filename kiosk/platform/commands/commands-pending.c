/* SPDX-License-Identifier: Apache-2.0 */
/* What one of the staff asks for and another confirms; people who leave; how long anything is kept. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/persons/retention.h"
#include "platform/persons/two.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

/* ---- pending ---- */

struct entry {
    char *data_dir, *kind, *subject, *data, *successor, *cause, *reason, *by, *id;
    gboolean json, all;
};

static void entry_clear(struct entry *entry)
{
    g_free(entry->data_dir);
    g_free(entry->kind);
    g_free(entry->subject);
    g_free(entry->data);
    g_free(entry->successor);
    g_free(entry->cause);
    g_free(entry->reason);
    g_free(entry->by);
    g_free(entry->id);
}

static bool entry_read(int *argc, char ***argv, struct entry *out, char **verb, GError **error)
{
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &out->data_dir, "data folder", "DIR"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &out->kind, "doubt-settle, hold-release, person-left, settlement-paid, credit-move, card-replace, card-found, claim-pay, claim-short, claim-accept or certificate-withdraw", "KIND"},
        {"subject", 0, 0, G_OPTION_ARG_STRING, &out->subject, "id of the payment or hold; number of a card; BILLER:NUMBER of a file; CARD:BOOK:AMOUNT; CARD:KIOSK:FEN, of claim-accept CARD:KIOSK:FEN:MOST; number of a certificate", "ID"},
        {"outcome", 0, 0, G_OPTION_ARG_STRING, &out->data, "of doubt-settle: paid or void", "OUTCOME"},
        {"successor", 0, 0, G_OPTION_ARG_STRING, &out->successor, "of card-replace: a card of the stock", "NUMBER"},
        {"cause", 0, 0, G_OPTION_ARG_STRING, &out->cause, "of card-replace, of a card that is in use still", "STATE"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "why", "TEXT"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &out->by, "who asks, confirms or withdraws, of the register of staff", "ID"},
        {"id", 0, 0, G_OPTION_ARG_STRING, &out->id, "of the action", "ID"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &out->json, "for programs", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &out->all, "also what is over", NULL},
        {NULL},
    };

    if (!command_options(argc, argv, "citycard-platform pending", entries, verb, error))
        return false;
    return out->data_dir != NULL || command_wrong(error, "--data DIR is needed");
}

static const char *const OF_CARDS[] = {"person-left", "credit-move", "card-replace", "card-found", "claim-pay", "claim-short", "claim-accept", NULL}; /* what they are about begins with one */

static bool pending_ask(struct platform *platform, struct entry *entry, GError **error)
{
    struct two_action action = {entry->kind, entry->subject, entry->data != NULL ? entry->data : "", entry->reason};
    bool settle = g_strcmp0(entry->kind, "doubt-settle") == 0;
    char token[33], id[37];

    if (!two_kind_valid(entry->kind) || entry->subject == NULL || entry->by == NULL ||
        !command_text_fits(entry->reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--kind, --subject, --reason and --by are needed");
    bool replaces = g_strcmp0(entry->kind, "card-replace") == 0;
    if (replaces != (entry->successor != NULL) || (!replaces && entry->cause != NULL))
        return command_wrong(error, "--successor, and --cause, belong to card-replace");
    g_autofree char *successor = replaces ? command_successor(platform, entry->successor, entry->cause) : NULL;
    if (settle != (strcmp(action.data, "paid") == 0 || strcmp(action.data, "void") == 0) || (!settle && *action.data != '\0'))
        return command_wrong(error, "--outcome paid or void belongs to doubt-settle");
    if (replaces)
        action.data = successor;
    g_autofree char *subject = NULL;
    if (g_strv_contains(OF_CARDS, entry->kind)) {
        /* The number of a card comes first, and is not kept. */
        size_t len = strcspn(entry->subject, ":");
        g_autofree char *number = g_strndup(entry->subject, len), *full = command_card_number(number);
        card_token(platform->index_key, full, token);
        action.subject = subject = g_strconcat(token, entry->subject + len, NULL);
    }
    if (!two_ask(platform, &action, entry->by, now_ms(), id, error))
        return false;
    puts(id);
    return true;
}

static const char *text_in(json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text != NULL ? text : "";
}

static bool pending_list(struct platform *platform, struct entry *entry, GError **error)
{
    json_t *rows = two_list(platform, !entry->all, now_ms(), error), *row;
    size_t i;

    if (rows == NULL)
        return false;
    if (entry->json)
        json_dumpf(rows, stdout, JSON_INDENT(2));
    json_array_foreach(rows, i, row)
        if (!entry->json)
            printf("%s  %-9s %s %s %s  asked by %s  %s\n", text_in(row, "id"), text_in(row, "state"), text_in(row, "kind"),
                   text_in(row, "subject"), text_in(row, "data"), text_in(row, "asked_by"), text_in(row, "reason"));
    json_decref(rows);
    return true;
}

static bool pending_do(struct platform *platform, const char *verb, struct entry *entry, GError **error)
{
    if (strcmp(verb, "ask") == 0)
        return pending_ask(platform, entry, error);
    if (strcmp(verb, "list") == 0)
        return pending_list(platform, entry, error);
    if (entry->id == NULL || entry->by == NULL)
        return command_wrong(error, "--id and --by are needed");
    if (strcmp(verb, "confirm") == 0)
        return two_confirm(platform, entry->id, entry->by, now_ms(), error);
    if (strcmp(verb, "withdraw") == 0)
        return two_withdraw(platform, entry->id, entry->by, now_ms(), error);
    return command_wrong(error, "ask, list, confirm or withdraw");
}

bool command_pending(int argc, char **argv, GError **error)
{
    struct entry entry = {0};
    struct platform *platform = NULL;
    char *verb = NULL;
    bool ok = entry_read(&argc, &argv, &entry, &verb, error) && (platform = platform_open(entry.data_dir, error)) != NULL &&
              pending_do(platform, verb, &entry, error);

    platform_close(platform);
    entry_clear(&entry);
    return ok;
}

/* ---- person-left ---- */

bool command_person_left(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL, *reason = NULL;
    g_auto(GStrv) by = NULL;
    char token[33];
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "a card of the person, none of whose cards is in use", "NUMBER"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &by, "who decides, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "why", "TEXT"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform person-left", entries, NULL, error))
        return false;
    if (data_dir == NULL || card == NULL || !command_text_fits(reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--data, --card and --reason are needed, --by twice");
    struct platform *platform = platform_open(data_dir, error);
    if (platform == NULL)
        return false;
    g_autofree char *full = command_card_number(card);
    card_token(platform->index_key, full, token);
    const struct two_action action = {"person-left", token, "", reason};
    bool ok = two_now(platform, &action, by, now_ms(), error);
    platform_close(platform);
    return ok;
}

/* ---- retention ---- */

bool command_retention(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean dry = FALSE;
    struct retention done;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, "count, and change nothing", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform retention", entries, NULL, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    bool ok = platform != NULL && retention_run(platform, now_ms(), dry, NULL, &done, error);
    platform_close(platform);
    for (int kept = 0; ok && kept < KEPTS; kept++)
        printf("%-18s after %4" G_GINT64_FORMAT " days  %" G_GINT64_FORMAT "%s\n", retention_name(kept), retention_days(kept),
               done.counts[kept], dry ? " would go" : " gone");
    if (ok && done.waiting > 0)
        printf("%" G_GINT64_FORMAT " people who left wait for a payment to be settled\n", done.waiting);
    return ok;
}
