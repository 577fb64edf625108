/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/commands/commands-admin.h"
#include "platform/commands/commands-two.h"
#include "platform/sample/community.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-rows.h"
#include "platform/calls/enrolment.h"
#include "platform/sample/init.h"
#include "platform/persons/access.h"
#include "platform/wipe.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool command_options(int *argc, char ***argv, const char *name, const GOptionEntry *entries, char **rest,
                     GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    bool ok;

    g_set_prgname(name);
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, argc, argv, error);
    if (!ok)
        return false;
    if (*argc > (rest != NULL ? 2 : 1))
        return command_wrong(error, "too many arguments");
    if (rest != NULL) {
        if (*argc < 2)
            return command_wrong(error, "an argument is missing");
        *rest = (*argv)[1];
    }
    return true;
}

bool command_moment(const char *text, int64_t *out)
{
    g_autoptr(GDateTime) time = text != NULL ? g_date_time_new_from_iso8601(text, NULL) : NULL;

    *out = time != NULL ? g_date_time_to_unix(time) * 1000 : 0;
    return text == NULL || (time != NULL && *out > 0);
}

bool command_print_json(json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;

    json_decref(json);
    if (text != NULL)
        puts(text);
    free(text);
    return text != NULL;
}

struct platform *command_data_open(const char *data_dir, GError **error)
{
    if (data_dir != NULL)
        return platform_open(data_dir, error);
    command_wrong(error, "--data DIR is needed");
    return NULL;
}

static bool none_of(const struct command_action *actions, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (const struct command_action *at = actions; at->name != NULL; at++)
        g_string_append_printf(text, "%s%s", at == actions ? "" : at[1].name != NULL ? ", " : " or ", at->name);
    g_string_append(text, ", and --data DIR");
    return command_wrong(error, text->str);
}

bool command_act(const struct command_action *actions, const char *what, const char *data_dir, command_ready_fn ready, struct entry *entry,
                 GError **error)
{
    const struct command_action *action = actions;

    while (action->name != NULL && strcmp(action->name, what) != 0)
        action++;
    if (action->name == NULL || data_dir == NULL)
        return none_of(actions, error);
    struct platform *platform = platform_open(data_dir, error);
    bool ok = platform != NULL && (ready == NULL || ready(platform, error)) && action->run(platform, entry, error);
    platform_close(platform);
    return ok;
}

struct platform *command_open(int argc, char **argv, const char *name, gboolean *json, char **rest, GError **error)
{
    g_autofree char *data_dir = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, json, "for programs", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, name, entries, rest, error))
        return NULL;
    return command_data_open(data_dir, error);
}

/* ---- init ---- */

static bool number_option(const char *text, guint64 max, guint64 fallback, guint64 *out)
{
    *out = fallback;
    return text == NULL || g_ascii_string_to_unsigned(text, 10, 0, max, out, NULL);
}

static bool command_init(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *seed = NULL, *today = NULL, *personas = NULL, *keys = NULL, *hsm = NULL, *database = NULL,
                    *dirty = NULL;
    g_auto(GStrv) hosts = NULL;
    gint residents = 1000;
    gboolean year = FALSE;
    guint64 seed_number, today_number;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder to make", "DIR"},
        {"residents", 0, 0, G_OPTION_ARG_INT, &residents, "people of the sample community (1000)", "N"},
        {"dirty", 0, 0, G_OPTION_ARG_FILENAME, &dirty, "dirty data on purpose; FILE is told which row has what", "FILE"},
        {"year", 0, 0, G_OPTION_ARG_NONE, &year, "and twelve months of bills, payments, volunteers, credit, tickets, ratings, orders, seats", NULL},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &seed, "seed of the sample community (1)", "S"},
        {"today", 0, 0, G_OPTION_ARG_STRING, &today, "day the sample is made for", "YYYYMMDD"},
        {"personas", 0, 0, G_OPTION_ARG_FILENAME, &personas, "personas.json", "FILE"},
        {"keys", 0, 0, G_OPTION_ARG_FILENAME, &keys, "demo-keys.json", "FILE"},
        {"database", 0, 0, G_OPTION_ARG_STRING, &database,
         "PostgreSQL: libpq's connection string, without a password (libpq reads ~/.pgpass); else a file in DIR", "CONNINFO"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &hsm, "token that has the purse keys, instead of --keys", "PKCS11_URI"},
        {"host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hosts, "one more name or address of the server",
         "NAME_OR_IP"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform init", entries, NULL, error))
        return false;
    if (data_dir == NULL)
        return command_wrong(error, "--data DIR is needed");
    if (!number_option(seed, G_MAXUINT64, 1, &seed_number) ||
        !number_option(today, 99999999, date_of_ms(now_ms()), &today_number) ||
        !date_valid((uint32_t)today_number))
        return command_wrong(error, "--seed takes a number, --today a date as YYYYMMDD");
    if (residents < 20)
        return command_wrong(error, "--residents takes at least 20");
    struct init_options options = {
        .data_dir = data_dir,
        .residents = (unsigned)residents,
        .seed = seed_number,
        .today = (uint32_t)today_number,
        .year = year,
        .dirty_report = dirty,
        .personas_file = personas != NULL ? personas : COMMUNITY_DIR "/personas.json",
        .keys_file = keys != NULL ? keys : COMMUNITY_DIR "/demo-keys.json",
        .hsm = hsm,
        .hosts = (const char *const *)hosts,
        .database = database,
    };
    return platform_init(&options, error);
}

/* ---- Kiosks ---- */

static bool command_enrol_code(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *kiosk = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform enrol-code", &json, &kiosk, error);
    g_autofree char *code = NULL;

    if (platform == NULL)
        return false;
    code = enrolment_code_new(platform, kiosk, now_ms(), error);
    platform_close(platform);
    if (code == NULL)
        return false;
    puts(code);
    return true;
}

static void print_kiosks(json_t *kiosks)
{
    json_t *kiosk;
    size_t i;

    json_array_foreach(kiosks, i, kiosk)
    {
        const char *alarm = json_string_value(json_object_get(kiosk, "alarm"));

        printf("%-10s %-9s epoch %" JSON_INTEGER_FORMAT "  events %" JSON_INTEGER_FORMAT
               "  refused %" JSON_INTEGER_FORMAT "  %s%s%s\n",
               json_string_value(json_object_get(kiosk, "id")),
               json_string_value(json_object_get(kiosk, "state")),
               json_integer_value(json_object_get(kiosk, "epoch")),
               json_integer_value(json_object_get(kiosk, "head_seq")),
               json_integer_value(json_object_get(kiosk, "refused")),
               json_string_value(json_object_get(kiosk, "place_zh")), alarm != NULL ? "  ALARM " : "",
               alarm != NULL ? alarm : "");
    }
}

static bool command_kiosks(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform kiosks", &json, NULL, error);
    json_t *kiosks = NULL;

    if (platform == NULL)
        return false;
    if (db_begin(platform->db, false, error)) {
        kiosks = db_kiosks(platform->db, error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (kiosks == NULL)
        return false;
    if (json)
        return command_print_json(kiosks);
    print_kiosks(kiosks);
    json_decref(kiosks);
    return true;
}

static bool command_revoke(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *kiosk = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform revoke", &json, &kiosk, error);
    bool ok = platform != NULL && enrolment_revoke(platform, kiosk, now_ms(), error);

    platform_close(platform);
    return ok;
}

/* ---- Cards, bills, ledger ---- */

/* Of the card that stands in its place now. */
static bool bill_card(struct db *db, struct bill_row *bill, GError **error)
{
    char number[24] = "";
    bool found = false;

    if (!db_card_number_now(db, bill->card, number, &found, error))
        return false;
    if (!found || strlen(number) >= sizeof bill->card) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no such card in this community");
        return false;
    }
    g_strlcpy(bill->card, number, sizeof bill->card);
    return true;
}

static bool add_bill(struct platform *platform, struct bill_row *bill, GError **error)
{
    int64_t count;

    if (!db_begin(platform->db, true, error))
        return false;
    if (!bill_card(platform->db, bill, error) || !db_bill_count(platform->db, &count, error))
        goto failed;
    g_snprintf(bill->id, sizeof bill->id, "B%07" G_GINT64_FORMAT, count + 1);
    g_snprintf(bill->account_no, sizeof bill->account_no, "T9%08" G_GINT64_FORMAT, count + 1);
    if (db_bill_add(platform->db, bill, error) && db_change_add(platform->db, "bill", bill->id, error))
        return db_commit(platform->db, error);
failed:
    db_rollback(platform->db);
    return false;
}

static bool command_bill_add(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL, *biller = NULL, *period = NULL, *use = NULL, *due = NULL;
    gint64 amount_fen = 0;
    guint64 due_number;
    uint32_t today = date_of_ms(now_ms());
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "card number", "NUMBER"},
        {"biller", 0, 0, G_OPTION_ARG_STRING, &biller, "ytdl ytsw ytrq yttx ytgd ahwy hjwy", "ID"},
        {"amount-fen", 0, 0, G_OPTION_ARG_INT64, &amount_fen, "amount", "FEN"},
        {"period", 0, 0, G_OPTION_ARG_STRING, &period, "this month", "YYYYMM"},
        {"usage", 0, 0, G_OPTION_ARG_STRING, &use, "", "TEXT"},
        {"due", 0, 0, G_OPTION_ARG_STRING, &due, "in 20 days", "YYYYMMDD"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform bill-add", entries, NULL, error))
        return false;
    if (data_dir == NULL || card == NULL || biller == NULL || community_biller(biller) == NULL ||
        amount_fen < 1 || amount_fen > 100000000 ||
        !number_option(due, 99999999, community_date_add(today, 20), &due_number) ||
        !date_valid((uint32_t)due_number))
        return command_wrong(error, "--data, --card, --biller and --amount-fen are needed; --due is YYYYMMDD");
    struct bill_row bill = {.amount_fen = amount_fen, .issue = today, .due = (uint32_t)due_number};
    struct platform *platform = platform_open(data_dir, error);
    if (platform == NULL)
        return false;
    g_snprintf(bill.card, sizeof bill.card, "%s%s", strlen(card) == 16 ? "310" : "", card);
    g_strlcpy(bill.biller, biller, sizeof bill.biller);
    g_snprintf(bill.period, sizeof bill.period, "%06u", today / 100);
    if (period != NULL)
        g_strlcpy(bill.period, period, sizeof bill.period);
    g_strlcpy(bill.usage, use != NULL ? use : "", sizeof bill.usage);
    g_strlcpy(bill.state, "UNPAID", sizeof bill.state);
    bool ok = add_bill(platform, &bill, error);
    platform_close(platform);
    if (ok)
        puts(bill.id);
    return ok;
}

static void print_ledger(json_t *report)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(report, "accounts"), i, row)
    {
        g_autofree char *amount = money_format(json_integer_value(json_object_get(row, "balance_fen")));
        printf("%-44s %14s\n", json_string_value(json_object_get(row, "code")), amount);
    }
    printf("payments %zu, transactions %zu, refused events %zu, sum of all entries %" JSON_INTEGER_FORMAT
           " fen\n",
           json_array_size(json_object_get(report, "payments")),
           json_array_size(json_object_get(report, "transactions")),
           json_array_size(json_object_get(report, "refused")),
           json_integer_value(json_object_get(report, "sum_fen")));
}

static bool command_ledger(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform ledger", &json, NULL, error);
    json_t *report = NULL;

    if (platform == NULL)
        return false;
    if (access_note_command(platform, "ledger", PURPOSE_EXPORT, error) && db_begin(platform->db, false, error)) {
        report = db_report(platform->db, error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (report == NULL)
        return false;
    if (json)
        return command_print_json(report);
    print_ledger(report);
    json_decref(report);
    return true;
}

static bool command_wipe(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *card = NULL;
    gboolean all = FALSE;
    const GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &card, "what is kept of this card's owner", "NUMBER"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "what is kept of anybody", NULL},
        G_OPTION_ENTRY_NULL};
    struct platform *platform = NULL;
    int64_t again = 0;

    if (!command_options(&argc, &argv, "citycard-platform wipe", entries, NULL, error))
        return false;
    if (data_dir == NULL || (card == NULL) == !all)
        return command_wrong(error, "--data and one of --card and --all are needed");
    g_autofree char *full = command_card_number(card);
    platform = platform_open(data_dir, error);
    bool ok = platform != NULL && wipe_order(platform, full, &again, error);
    platform_close(platform);
    if (ok)
        printf("ordered; %" G_GINT64_FORMAT " items are told again behind it\n", again);
    return ok;
}

static bool command_seal_rotate(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform seal-rotate", &json, NULL, error);
    bool ok = platform != NULL && platform_seal_rotate(platform, error);

    if (ok)
        printf("keys of version %u\n", platform->seal.newest);
    platform_close(platform);
    return ok;
}

const struct command commands[] = {
    {"init",
     "--data DIR [--residents N] [--year] [--dirty FILE] [--seed S] [--today YYYYMMDD] [--personas FILE] [--keys FILE | --hsm PKCS11_URI] "
     "[--host NAME_OR_IP …] [--database CONNINFO]",
     "make authority, keys and a sample community", command_init},
    {"check-sample", "[--residents N] [--year] [--dirty FILE] [--seed S] [--today YYYYMMDD] | --data DIR",
     "figures of a sample and whether they are believable; or the digest of one that lies in a platform", command_check_sample},
    {"serve", "--data DIR [--listen 127.0.0.1:8443] [--kiosk-version-min N.N.N] [--hsm PKCS11_URI] [--drain-seconds S] [--address-connections N] [--metrics ADDRESS:PORT] [--log LEVEL] [--node NAME]", "answer kiosks until SIGTERM", command_serve},
    {"server-renew", "--data DIR [--new-key]", "a new certificate of the server; a running one takes it by itself", command_server_renew},
    {"restored", "--data DIR --at TIME",
     "the database was put back to TIME (2026-11-22T20:50:00Z): kiosks tell anew what they know better", command_restored},
    {"admin", "COMMAND …", "what operators do, under one roof: admin --help", command_admin},
    {"enrol-code", "--data DIR KIOSK", "print a one-time code for a kiosk", command_enrol_code},
    {"kiosks", "--data DIR [--json]", "list kiosks and their alarms", command_kiosks},
    {"revoke", "--data DIR KIOSK", "shut a kiosk out at once", command_revoke},
    {"card-lost", "--data DIR CARD_NUMBER", "put a card on the hotlist, a new signed version",
     command_card_lost},
    {"card-found", "--data DIR --card NUMBER --by STAFF --by STAFF --reason TEXT",
     "two people who have the person before them take a card off the hotlist, a new signed version", command_card_found},
    {"card-stock", "--data DIR --card NUMBER --issuer HEX [--class N] --valid-from YYYYMMDD --valid-to YYYYMMDD",
     "a card that the issuer made and nobody has yet", command_card_stock},
    {"card-replace",
     "--data DIR --card NUMBER --successor NUMBER [--cause lost|suspended|expired|damaged] --by STAFF --by STAFF --reason TEXT",
     "two people give somebody a card of the stock in the place of one that is out of use", command_card_replace},
    {"card-claims", "--data DIR [--json]", "what purses of cards that were replaced had left, and when nothing can change that any more",
     command_card_claims},
    {"claim-pay", "--data DIR --card NUMBER --kiosk KIOSK --amount-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people pay the holder what the purse of a card that was replaced had left, out of a desk's drawer", command_claim_pay},
    {"claim-short", "--data DIR --card NUMBER [--kiosk KIOSK] --amount-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people say that what was paid too much came back, or that the community bears it", command_claim_short},
    {"claim-accept", "--data DIR --card NUMBER [--kiosk KIOSK] --amount-fen FEN --most-fen FEN --by STAFF --by STAFF --reason TEXT",
     "two people end a doubt of what a purse had left by a sum that they pay out of a desk's drawer, or by nothing", command_claim_accept},
    {"hotlist-import", "--data DIR FILE",
     "a line each, [-]CARD_NUMBER or TOKEN, and a reason: all of them are one version", command_hotlist_import},
    {"bill-add", "--data DIR --card NUMBER --biller ID --amount-fen FEN [--period …] [--usage …] [--due …]",
     "add an unpaid bill", command_bill_add},
    {"keys", "--data DIR [--hsm PKCS11_URI]", "where the keys of loads and TACs are, their check values, and whether they answer rightly",
     command_keys},
    {"keys-to-hsm", "--data DIR --hsm PKCS11_URI [--import]", "take them out of secrets.json, once a token answers as they do",
     command_keys_to_hsm},
    {"keys-add", "--data DIR proof --keys FILE | --hsm PKCS11_URI",
     "the key that cards prove themselves by, for a platform from before there were such taps", command_keys_add},
    {"seal-rotate", "--data DIR", "new keys for personal data; each kiosk takes them when it is enrolled anew",
     command_seal_rotate},
    {"wipe", "--data DIR --card NUMBER | --all", "have every kiosk forget what it keeps of a person, or of all", command_wipe},
    {"access-log", "--data DIR --by STAFF [--card NUMBER] [--before N] [--limit N] [--json]",
     "who looked at whom, when and why; this reading is written down, too", command_access_log},
    {"pending",
     "ask|list|confirm|withdraw --data DIR [--kind KIND --subject ID [--outcome paid|void] [--successor NUMBER [--cause STATE]] --reason TEXT] [--id ID] [--by STAFF] [--all] [--json]",
     "what one of the staff asks for and another confirms", command_pending},
    {"person-left", "--data DIR --card NUMBER --by STAFF --by STAFF --reason TEXT",
     "somebody left: personal details go after half a year", command_person_left},
    {"retention", "--data DIR [--dry-run]", "what is over its time goes; `serve` does it every night", command_retention},
    {"ledger", "--data DIR [--json]", "payments, bills and the ledger", command_ledger},
    {"doubts", "--data DIR [--json]", "payments and loads whose end is not known, and the next step", command_doubts},
    {"doubt-settle", "--data DIR ID paid|void --by STAFF --by STAFF --reason TEXT",
     "two people end a doubt that no card can end", command_doubt_settle},
    {"reconcile", "--data DIR [--json] [--whole]", "gaps and contradictions in cards' transactions; fails when one cannot be",
     command_reconcile},
    {"settle", "--data DIR --biller ID | --merchant ITEM | --all --until YYYYMMDD [--out DIR]",
     "signed settlement files of what is due up to the end of that day", command_settle},
    {"settlements", "--data DIR [--json]", "settlement files, whether they are paid, and what no file has yet", command_settlements},
    {"settlement-paid", "--data DIR --biller ID --number N --by STAFF --by STAFF --reason TEXT",
     "two people say that a biller's file was paid", command_settlement_paid},
    {"staff",
     "add|list|retire --data DIR [--json] [--id ID] [--card NUMBER --name NAME [--role ROLE] [--scope KIOSK] [--from DAY]] [--to DAY]",
     "the register of staff: whose card answers for what", command_staff},
    {"notice", "add|approve|withdraw|list|counts --data DIR --by STAFF [--id ID] [--kind KIND --title-zh TEXT … --from DAY --to DAY] [--urgent] [--file SHA256]",
     "notices: one of the staff writes, another approves, kiosks are told", command_notice},
    {"file", "add|drop|get|list --data DIR [--path FILE] [--id SHA256] [--out FILE] [--ticket TOKEN] [--by STAFF]",
     "pictures, sounds and PDFs of notices; photos of tickets", command_file},
    {"credit", "--data DIR [--json]", "the books of volunteer credit, and whether they hold", command_credit},
    {"credit-move", "--data DIR --card NUMBER --book BOOK --amount N (--by STAFF --by STAFF --reason TEXT | --fund NAME)",
     "adjust by two people (also below zero), or issue from a fund", command_credit_move},
    {"hold-release", "--data DIR ID --by STAFF --by STAFF --reason TEXT", "two people end a hold on somebody's credit",
     command_hold_release},
    {"credit-rules", "--data DIR FILE", "put rules of credit in force", command_credit_rules},
    {"rewards", "--data DIR FILE", "put a list of what can be redeemed in force", command_rewards},
    {"volunteer", "--data DIR --card NUMBER [--register [--guardian NUMBER] [--skills A,B]] [--star] [--hardship yes|no]",
     "put on the roll and tell the number; grant the next star; mark special hardship", command_volunteer},
    {"hours", "disputes|correct --data DIR [--json] [--attendance ID --minutes N --by STAFF --by STAFF --reason TEXT]",
     "hours that are not right, say their volunteers; two people put them right", command_hours},
    {"quota", "--data DIR --book BOOK --subject kiosk|person|item:ID --limit N [--per-card N] [--kiosk ID]",
     "what kiosks may let people spend offline", command_quota},
    {"quota-withdraw", "--data DIR KIOSK", "take back at once what a kiosk may let people spend offline", command_quota_withdraw},
    {"rating", "list|follow-up --data DIR [--all] [--json] [--service ID --step STATE --by STAFF --note TEXT [--rater TOKEN]]",
     "low ratings and what became of them", command_rating},
    {"help-call", "list|answer --data DIR [--all] [--json] [--id CALL --by STAFF]", "calls for help at kiosks: who is waiting, who is coming",
     command_help_call},
    {"certificate",
     "list|issuer|activity|withdraw --data DIR [--number N] [--json] [--by STAFF --by STAFF --reason TEXT] [--code CODE --uscc CODE --name-zh NAME --lead NAME [--own] …]",
     "certificates of volunteer service: the register, who issues them; two people withdraw one", command_certificate},
    {"quota-left", "--data DIR [--json]", "what kiosks may still let people spend offline, by version and book", command_quota_left},
    {"ticket", "list|show|step|calendar|places --data DIR [--ticket NO] [--step STEP --by ID [--by ID] …] [--file FILE]",
     "residents' tickets: look at them, move them, tell of working days and addresses", command_ticket},
    {"order", "list|show|step|service|provider --data DIR [--order NO] [--step STEP --as WHO --by ID [--by ID] …] [--service CODE …]",
     "orders of services: look at them, move them; what is offered, and who does it", command_order},
    {"appointment", "slot|slots|book|move|cancel|list --data DIR …", "times that halls offer, and who has one: queue/README.md", command_appointment},
    {"queue",
     "hall|kiosk|matter|list|matters|show|step --data DIR [--hall ID] [--kiosk ID --own N] [--file FILE] [--counter N --step STEP --ticket ID] [--by STAFF] …",
     "halls, what can be done there, numbers, calls at counters", command_queue},
    {"activity",
     "list|show|add|session|allot|call-off|seat --data DIR [--activity ID] [--session ID] [--kiosk ID --places N] [--seat ID --step STEP --by STAFF] …",
     "activities, their dates, kiosks' own seats, who has a seat", command_activity},
    {"topic",
     "list|show|add|step|statement|hide|check|codes --data DIR [--topic ID] [--file FILE] [--step STEP --by STAFF [--by STAFF] …] [--statement ID] …",
     "topics of the community: drafts, support, ballots and what came of them", command_topic},
    {"opinion", "list|answer|link --data DIR [--all] [--id ID --by STAFF [--zh TEXT --en TEXT] [--topic ID]]",
     "what residents said, its answer, and which topic came of it", command_opinion},
    {"care", "list|grids|put|grid|extra|change --data DIR [--card NUMBER --level LEVEL] [--worker ID --grid CODE] [--until YYYYMMDD] [--care ID] …",
     "visits: who is looked after and by whom, what is due", command_care},
    {"open311-key", "add|list|revoke --data DIR [--name WHOSE] [--hourly N] [--id ID]",
     "keys that may file by the public door (GeoReport v2); a key is told once", command_open311_key},
    {"expire", "--data DIR", "the day's run: lots, holds, hours whose publicity is over, tickets that nobody answered, seats, topics", command_expire},
    {NULL, NULL, NULL, NULL},
};
