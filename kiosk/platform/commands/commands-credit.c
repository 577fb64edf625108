/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to volunteer credit at the platform. */
#include "platform/persons/access.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/two.h"
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/credit/quota.h"
#include "platform/activities/activities.h"
#include "platform/tickets/tickets.h"
#include "platform/topics/topics.h"
#include "model/model.h"
#include "model/reward.h"
#include "sync/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- credit ---- */

static void print_books(json_t *report)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(report, "accounts"), i, row)
    {
        printf("%-8s %-44s %12" JSON_INTEGER_FORMAT "\n", json_string_value(json_object_get(row, "book")),
               json_string_value(json_object_get(row, "account")), json_integer_value(json_object_get(row, "balance")));
    }
    json_array_foreach(json_object_get(report, "transactions"), i, row)
    {
        json_int_t flags = json_integer_value(json_object_get(row, "flags"));
        if (flags != 0)
            printf("look into %s (%s):%s%s%s%s\n", json_string_value(json_object_get(row, "id")),
                   json_string_value(json_object_get(row, "type")), flags & CREDIT_FLAG_HOUSEHOLD ? " one household" : "",
                   flags & CREDIT_FLAG_MIRRORED ? " back and forth" : "",
                   flags & CREDIT_FLAG_OVERDRAWN ? " spent twice while offline, covered" : "",
                   flags & CREDIT_FLAG_OWES ? " below zero" : "");
    }
}

static json_t *books(struct platform *platform, GError **error)
{
    json_t *report = NULL;

    if (!db_begin(platform->db, false, error))
        return NULL;
    g_autofree char *broken = db_credit_broken(platform->db, error);
    if (error == NULL || *error == NULL)
        report = db_credit_report(platform->db, error);
    db_rollback(platform->db);
    if (report != NULL)
        json_object_set_new(report, "broken", broken != NULL ? json_string(broken) : json_null());
    return report;
}

bool command_credit(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean json = FALSE;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "for programs", NULL},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform credit", entries, NULL, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    json_t *report = platform != NULL && access_note_command(platform, "credit", PURPOSE_EXPORT, error) ? books(platform, error) : NULL;
    platform_close(platform);
    if (report == NULL)
        return false;
    const char *broken = json_string_value(json_object_get(report, "broken"));
    if (json) {
        char *text = json_dumps(report, JSON_INDENT(2));
        puts(text != NULL ? text : "");
        free(text);
    } else {
        print_books(report);
    }
    bool whole = broken == NULL || command_wrong(error, broken);
    json_decref(report);
    return whole;
}

/* ---- credit-move ---- */

struct move {
    char *data_dir, *card, *book, *fund, *reason;
    char **by;
    gint64 amount;
};

static bool issue_make(const struct move *move, const char *token, struct ledger_txn *txn, GError **error)
{
    enum book book;

    if (!book_parse(move->book, &book) || book == BOOK_MONEY)
        return command_wrong(error, "--book is HOURS, POINTS, COIN or SUBSIDY");
    txn->type = LEDGER_ISSUE;
    txn->at_ms = now_ms();
    uuid7(txn->at_ms, txn->id);
    return (ledger_txn_add(txn, book, OWNER_FUND, move->fund, -move->amount) &&
            ledger_txn_add(txn, book, OWNER_PERSON, token, move->amount)) ||
           command_wrong(error, "--fund is a short name");
}

/* What two people correct stands in the table of what two people decide. */
static bool correct(struct platform *platform, const struct move *move, const char *token, GError **error)
{
    g_autofree char *subject = g_strdup_printf("%s:%s:%" G_GINT64_FORMAT, token, move->book, move->amount);
    const struct two_action action = {"credit-move", subject, "", move->reason};

    if (!command_text_fits(move->reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--reason is needed");
    return two_now(platform, &action, move->by, now_ms(), error);
}

static bool move_do(struct platform *platform, const struct move *move, GError **error)
{
    g_autofree struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    g_autofree char *number = command_card_number(move->card);
    enum ledger_code code;
    char token[33];

    card_token(platform->index_key, number, token);
    if (move->fund == NULL)
        return correct(platform, move, token, error);
    if (!issue_make(move, token, txn, error) || !credit_by_hand(platform, txn, now_ms(), &code, error))
        return false;
    if (code == LEDGER_OK)
        puts(txn->id);
    return code == LEDGER_OK || command_wrong(error, ledger_code_name(code));
}

bool command_credit_move(int argc, char **argv, GError **error)
{
    struct move move = {0};
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &move.data_dir, "data folder", "DIR"},
        {"card", 0, 0, G_OPTION_ARG_STRING, &move.card, "whose", "NUMBER"},
        {"book", 0, 0, G_OPTION_ARG_STRING, &move.book, "HOURS POINTS COIN SUBSIDY", "BOOK"},
        {"amount", 0, 0, G_OPTION_ARG_INT64, &move.amount, "minutes, points or fen; below 0 takes away", "N"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &move.by, "who answers for it, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &move.reason, "why; not with --fund", "TEXT"},
        {"fund", 0, 0, G_OPTION_ARG_STRING, &move.fund, "issue from this fund", "NAME"},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform credit-move", entries, NULL, error);

    if (ok && (move.data_dir == NULL || move.card == NULL || move.book == NULL))
        ok = command_wrong(error, "--data, --card and --book are needed");
    if (ok) {
        struct platform *platform = platform_open(move.data_dir, error);
        ok = platform != NULL && move_do(platform, &move, error);
        platform_close(platform);
    }
    g_free(move.data_dir);
    g_free(move.card);
    g_free(move.book);
    g_free(move.fund);
    g_free(move.reason);
    g_strfreev(move.by);
    return ok;
}

/* ---- hold-release ---- */

static bool hold_release_do(struct platform *platform, const char *id, char **by, const char *reason, GError **error)
{
    const struct two_action action = {"hold-release", id, "", reason};

    return two_now(platform, &action, by, now_ms(), error);
}

bool command_hold_release(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *reason = NULL;
    g_auto(GStrv) by = NULL;
    char *id = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &by, "who decides, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "why", "TEXT"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform hold-release", entries, &id, error))
        return false;
    if (data_dir == NULL || !command_text_fits(reason, COMMAND_REASON_BYTES_MAX))
        return command_wrong(error, "--data and --reason are needed");
    struct platform *platform = platform_open(data_dir, error);
    bool ok = platform != NULL && hold_release_do(platform, id, by, reason, error);
    platform_close(platform);
    return ok;
}

/* ---- credit-rules ---- */

static bool rules_set(struct db *db, json_t *json, GError **error)
{
    struct credit_rules rules;

    return credit_rules_from_json(json, &rules) ? credit_rules_set(db, &rules, error)
                                                : command_wrong(error, "these are no rules of credit");
}

static bool rewards_set(struct db *db, json_t *json, GError **error)
{
    g_autofree struct reward_list *list = g_new0(struct reward_list, 1);

    return reward_list_from_json(json, list) ? credit_rewards_set(db, list, error)
                                             : command_wrong(error, "this is no list of rewards");
}

typedef bool (*set_fn)(struct db *db, json_t *json, GError **error);

static bool file_put(struct platform *platform, const char *path, set_fn set, GError **error)
{
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!g_file_get_contents(path, &text, &len, error))
        return false;
    json_t *json = wire_parse(text, len, error);
    bool begun = json != NULL && db_begin(platform->db, true, error), ok = begun && set(platform->db, json, error);
    json_decref(json);
    if (ok)
        return db_commit(platform->db, error);
    if (begun)
        db_rollback(platform->db);
    return false;
}

static bool put_in_force(int argc, char **argv, const char *name, set_fn set, GError **error)
{
    g_autofree char *data_dir = NULL;
    char *path = NULL;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {NULL},
    };

    if (!command_options(&argc, &argv, name, entries, &path, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    bool ok = platform != NULL && file_put(platform, path, set, error);
    platform_close(platform);
    return ok;
}

bool command_credit_rules(int argc, char **argv, GError **error)
{
    return put_in_force(argc, argv, "citycard-platform credit-rules", rules_set, error);
}

bool command_rewards(int argc, char **argv, GError **error)
{
    return put_in_force(argc, argv, "citycard-platform rewards", rewards_set, error);
}

/* ---- quota, expire ---- */

static bool quota_make(const char *book, const char *subject, gint64 limit, gint64 per_card, struct quota *out,
                       GError **error)
{
    bool good = book_parse(book, &out->book) && out->book != BOOK_MONEY && out->book != BOOK_HOURS;

    *out = (struct quota){.book = out->book, .limit = limit, .per_card = MAX(0, per_card)};
    if (good && strcmp(subject, "kiosk") == 0)
        out->subject = QUOTA_KIOSK;
    else if (good && strcmp(subject, "person") == 0)
        out->subject = QUOTA_PERSON;
    else if (good && g_str_has_prefix(subject, "item:") && strlen(subject) < strlen("item:") + sizeof out->item) {
        out->subject = QUOTA_ITEM;
        g_strlcpy(out->item, subject + strlen("item:"), sizeof out->item);
    } else
        good = false;
    return good || command_wrong(error, "--book is POINTS, COIN or SUBSIDY; --subject kiosk, person or item:ID");
}

bool command_quota(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *kiosk = NULL, *book = NULL, *subject = NULL;
    gint64 limit = G_MININT64, per_card = 0;
    struct quota quota = {0};
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"kiosk", 0, 0, G_OPTION_ARG_STRING, &kiosk, "for this one only", "ID"},
        {"book", 0, 0, G_OPTION_ARG_STRING, &book, "POINTS COIN SUBSIDY", "BOOK"},
        {"subject", 0, 0, G_OPTION_ARG_STRING, &subject, "kiosk, person or item:ID", "SUBJECT"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "points, minutes or fen; -1: none any more", "N"},
        {"per-card", 0, 0, G_OPTION_ARG_INT64, &per_card, "of one card at most", "N"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform quota", entries, NULL, error))
        return false;
    if (data_dir == NULL || book == NULL || subject == NULL || limit < -1 || limit > LEDGER_AMOUNT_MAX)
        return command_wrong(error, "--data, --book, --subject and --limit are needed");
    if (!quota_make(book, subject, limit, per_card, &quota, error))
        return false;
    struct platform *platform = platform_open(data_dir, error);
    bool ok = platform != NULL && quota_rule(platform, kiosk != NULL ? kiosk : "*", &quota, error);
    platform_close(platform);
    return ok;
}

static bool withdraw(struct platform *platform, const char *kiosk, GError **error)
{
    struct kiosk_row row;
    int64_t version = 0;
    bool found = false;

    if (!db_begin(platform->db, false, error))
        return false;
    bool ok = db_kiosk_find(platform->db, kiosk, &row, &found, error);
    db_rollback(platform->db);
    if (!ok || !found)
        return ok && command_wrong(error, "no such kiosk");
    if (!quota_withdraw(platform, kiosk, now_ms(), &version, error))
        return false;
    if (version != 0)
        printf("version %" G_GINT64_FORMAT "; what it has spent until it knows is accepted, of older versions for at most 24 hours\n", version);
    else
        puts("it had none, and gets none");
    return true;
}

bool command_quota_withdraw(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    char *kiosk = NULL;
    struct platform *platform = command_open(argc, argv, "citycard-platform quota-withdraw", &json, &kiosk, error);
    bool ok = platform != NULL && withdraw(platform, kiosk, error);

    platform_close(platform);
    return ok;
}

static void left_print(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
        printf("%-10s %-8s %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " left, version %" JSON_INTEGER_FORMAT "\n",
               json_string_value(json_object_get(row, "kiosk")), json_string_value(json_object_get(row, "book")),
               json_integer_value(json_object_get(row, "left")), json_integer_value(json_object_get(row, "limit")),
               json_integer_value(json_object_get(row, "version")));
}

bool command_quota_left(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform quota-left", &json, NULL, error);
    json_t *rows = NULL;

    if (platform != NULL && db_begin(platform->db, false, error)) {
        rows = quota_left(platform->db, now_ms(), error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (rows == NULL || json)
        return rows != NULL && command_print_json(rows);
    left_print(rows);
    json_decref(rows);
    return true;
}

bool command_expire(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    struct credit_day day = {0};
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {NULL},
    };

    if (!command_options(&argc, &argv, "citycard-platform expire", entries, NULL, error))
        return false;
    struct platform *platform = command_data_open(data_dir, error);
    struct order_run orders = {0};
    int closed = 0, seats = 0, topics = 0;
    /* Orders first: what is held for them begins anew before it would end. */
    bool ok = platform != NULL && service_orders_run(platform, now_ms(), &orders, error) && credit_day_run(platform, now_ms(), &day, error) &&
              tickets_day_run(platform, now_ms(), &closed, error) && seats_run(platform, now_ms(), &seats, error) &&
              topics_run(platform, now_ms(), &topics, error);
    platform_close(platform);
    if (ok)
        printf("written off %d, posted %d, without a second tap %d, stars %d, tickets closed %d, orders moved %d, reminded %d, seats %d, topics %d\n", day.expired, day.posted, day.overdue, day.stars, closed,
               orders.steps, orders.reminders, seats, topics);
    return ok;
}
