/* SPDX-License-Identifier: Apache-2.0 */
/* Cards that the issuer made, the one that takes another's place, and what the purse of that one had left. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/money/claims.h"
#include "platform/persons/replace.h"
#include "platform/persons/two.h"
#include "model/model.h"
#include <stdio.h>
#include <string.h>

#define ISSUER_HEX 16

/* ---- card-stock ---- */

static bool issuer_fits(const char *text)
{
    return text != NULL && strlen(text) == ISSUER_HEX && strspn(text, "0123456789ABCDEF") == ISSUER_HEX;
}

bool command_card_stock(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *number = NULL, *issuer = NULL;
    gint class = 1, from = 0, to = 0;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &number, "its 16 or 19 digits", "NUMBER"},
        {"issuer", 0, 0, G_OPTION_ARG_STRING, &issuer, "issuer code as the card tells it, 16 hex digits", "HEX"},
        {"class", 0, 0, G_OPTION_ARG_INT, &class, "kind of card", "N"},
        {"valid-from", 0, 0, G_OPTION_ARG_INT, &from, "first day", "YYYYMMDD"},
        {"valid-to", 0, 0, G_OPTION_ARG_INT, &to, "last day", "YYYYMMDD"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform card-stock", entries, NULL, error))
        return false;
    if (data_dir == NULL || number == NULL || !issuer_fits(issuer) || class < 0 || class > 255)
        return command_wrong(error, "--data, --card, --issuer, --valid-from and --valid-to are needed");
    struct card_row row = {.card_class = class, .valid_from = from, .valid_to = to};
    g_strlcpy(row.issuer, issuer, sizeof row.issuer);
    struct platform *platform = platform_open(data_dir, error);
    g_autofree char *full = command_card_number(number);
    bool ok = platform != NULL && card_stock_add(platform, full, &row, now_ms(), error);
    platform_close(platform);
    return ok;
}

/* ---- card-replace ---- */

char *command_successor(struct platform *platform, const char *number, const char *cause)
{
    g_autofree char *full = command_card_number(number);
    char token[33];

    card_token(platform->index_key, full, token);
    return cause != NULL ? g_strconcat(token, ":", cause, NULL) : g_strdup(token);
}

/* Both at once, about this card. */
static bool card_two(struct platform *platform, const char *kind, const char *card, const char *data, const char *reason, char **by, GError **error)
{
    g_autofree char *full = command_card_number(card);
    char token[33];

    card_token(platform->index_key, full, token);
    const struct two_action action = {kind, token, data, reason};
    return two_now(platform, &action, by, now_ms(), error);
}

bool command_card_replace(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL, *successor = NULL, *cause = NULL, *reason = NULL;
    g_auto(GStrv) by = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "the card that is lost, damaged, suspended or over", "NUMBER"},
        {"successor", 0, 0, G_OPTION_ARG_STRING, &successor, "a card of the stock, which the person gets", "NUMBER"},
        {"cause", 0, 0, G_OPTION_ARG_STRING, &cause, "of a card that is in use still: lost, suspended, expired or damaged", "STATE"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &by, "who decides, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "why", "TEXT"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform card-replace", entries, NULL, error))
        return false;
    if (data_dir == NULL || card == NULL || successor == NULL || !command_text_fits(reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--data, --card, --successor and --reason are needed, --by twice");
    struct platform *platform = platform_open(data_dir, error);
    g_autofree char *data = platform != NULL ? command_successor(platform, successor, cause) : NULL;
    bool ok = platform != NULL && card_two(platform, "card-replace", card, data, reason, by, error);
    platform_close(platform);
    return ok;
}

/* ---- card-found ---- */

bool command_card_found(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL, *reason = NULL;
    g_auto(GStrv) by = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "the card that was reported lost, and is here", "NUMBER"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &by, "who has card and person before them, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "why", "TEXT"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform card-found", entries, NULL, error))
        return false;
    if (data_dir == NULL || card == NULL || !command_text_fits(reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--data, --card and --reason are needed, --by twice");
    struct platform *platform = platform_open(data_dir, error);
    bool ok = platform != NULL && card_two(platform, "card-found", card, "", reason, by, error);
    platform_close(platform);
    return ok;
}

/* ---- card-claims ---- */

static gint64 number_in(json_t *claim, const char *key)
{
    return json_integer_value(json_object_get(claim, key));
}

static void claim_print(json_t *claim)
{
    bool known = json_is_integer(json_object_get(claim, "balance_fen"));
    g_autofree char *balance = known ? money_format(number_in(claim, "balance_fen")) : g_strdup("?");
    g_autofree char *paid = money_format(number_in(claim, "paid_fen"));

    printf("%-8s card %s  now %s  %s  paid %s  due %u", json_string_value(json_object_get(claim, "state")),
           json_string_value(json_object_get(claim, "card")), json_string_value(json_object_get(claim, "successor")), balance, paid,
           date_of_ms(number_in(claim, "due_ms")));
    printf("  open %" G_GINT64_FORMAT ", findings %" G_GINT64_FORMAT ", silent kiosks %" G_GINT64_FORMAT "\n", number_in(claim, "open_payments"),
           number_in(claim, "findings"), number_in(claim, "silent_kiosks"));
    if (number_in(claim, "lost_kiosks") > 0)
        printf("    %" G_GINT64_FORMAT " revoked kiosks may have payments of it that nobody told\n", number_in(claim, "lost_kiosks"));
    if (number_in(claim, "accepted") > 0)
        printf("    two people have accepted a sum\n");
    if (json_is_true(json_object_get(claim, "unclear")))
        printf("    whether a purchase or a load was the last is not certain\n");
    if (number_in(claim, "short_fen") != 0)
        printf("    %" G_GINT64_FORMAT " fen too much were paid, a payment told late had taken them: claim-short by two people\n",
               number_in(claim, "short_fen"));
    else if (strcmp(json_string_value(json_object_get(claim, "state")), "DOUBT") == 0)
        printf("    what nobody can clear is ended by two people, 0 to %" G_GINT64_FORMAT " fen: claim-accept --most-fen %" G_GINT64_FORMAT "\n",
               number_in(claim, "most_fen"), number_in(claim, "most_fen"));
    else if (strcmp(json_string_value(json_object_get(claim, "state")), "UNKNOWN") == 0)
        printf("    nobody ever told of it: ended by two people with nothing: claim-accept --amount-fen 0 --most-fen 0\n");
    else if (strcmp(json_string_value(json_object_get(claim, "state")), "DUE") == 0)
        printf("    %" G_GINT64_FORMAT " fen to the holder, at a desk: claim-pay by two people\n", number_in(claim, "owed_fen"));
}

bool command_card_claims(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform card-claims", &json, NULL, error);
    json_t *claims = platform != NULL ? claims_list(platform, now_ms(), error) : NULL, *claim;
    size_t i;

    if (claims != NULL && json)
        json_dumpf(claims, stdout, JSON_INDENT(2));
    json_array_foreach(claims, i, claim)
    {
        if (!json)
            claim_print(claim);
    }
    bool ok = claims != NULL;
    json_decref(claims);
    platform_close(platform);
    return ok;
}

/* ---- claim-pay, claim-short, claim-accept ---- */

struct claim_wish {
    char *data_dir, *card, *kiosk, *reason;
    char **by;
    gint64 fen, most_fen; /* most_fen: of claim-accept */
};

#define NO_FEN G_MININT64

/* By its token: of the card, its number is not kept. */
static bool claim_two(struct platform *platform, const char *kind, const struct claim_wish *wish, GError **error)
{
    g_autofree char *full = command_card_number(wish->card);
    char token[33];

    card_token(platform->index_key, full, token);
    g_autofree char *most = wish->most_fen != NO_FEN ? g_strdup_printf(":%" G_GINT64_FORMAT, wish->most_fen) : g_strdup("");
    g_autofree char *subject = g_strdup_printf("%s:%s:%" G_GINT64_FORMAT "%s", token, wish->kiosk != NULL ? wish->kiosk : "-", wish->fen, most);
    const struct two_action action = {kind, subject, "", wish->reason};
    return two_now(platform, &action, wish->by, now_ms(), error);
}

static bool claim_read(int *argc, char ***argv, const char *kind, const char *name, struct claim_wish *out, GError **error)
{
    bool accepts = strcmp(kind, "claim-accept") == 0;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &out->data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &out->card, "the card that was replaced", "NUMBER"},
        {"kiosk", 0, 0, G_OPTION_ARG_STRING, &out->kiosk, "the desk whose drawer it is; claim-short without: the community bears it; claim-accept without: nothing is paid", "KIOSK"},
        {"amount-fen", 0, 0, G_OPTION_ARG_INT64, &out->fen, "as it was counted, and as card-claims says", "FEN"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->by, "who answers for it, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "why", "TEXT"},
        {accepts ? "most-fen" : NULL, 0, 0, G_OPTION_ARG_INT64, &out->most_fen, "the most that it could have had left, as card-claims says", "FEN"},
        {NULL},
    };

    if (!command_options(argc, argv, name, entries, NULL, error))
        return false;
    if (accepts && out->most_fen == NO_FEN)
        return command_wrong(error, "--most-fen is needed, as card-claims says");
    return (out->data_dir != NULL && out->card != NULL && out->fen != NO_FEN && command_text_fits(out->reason, COMMAND_REASON_BYTES_MAX)) ||
           command_wrong(error, "--data, --card, --amount-fen and --reason are needed, --by twice");
}

static bool claim_command(int argc, char **argv, const char *kind, const char *name, GError **error)
{
    struct claim_wish wish = {.fen = NO_FEN, .most_fen = NO_FEN};
    struct platform *platform = NULL;
    bool ok = claim_read(&argc, &argv, kind, name, &wish, error) && (platform = platform_open(wish.data_dir, error)) != NULL &&
              claim_two(platform, kind, &wish, error);

    platform_close(platform);
    g_free(wish.data_dir);
    g_free(wish.card);
    g_free(wish.kiosk);
    g_free(wish.reason);
    g_strfreev(wish.by);
    return ok;
}

bool command_claim_pay(int argc, char **argv, GError **error)
{
    return claim_command(argc, argv, "claim-pay", "citycard-platform claim-pay", error);
}

bool command_claim_short(int argc, char **argv, GError **error)
{
    return claim_command(argc, argv, "claim-short", "citycard-platform claim-short", error);
}

bool command_claim_accept(int argc, char **argv, GError **error)
{
    return claim_command(argc, argv, "claim-accept", "citycard-platform claim-accept", error);
}
