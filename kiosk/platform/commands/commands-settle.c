/* SPDX-License-Identifier: Apache-2.0 */
/* Settlement files: made for billers and merchants, listed, and said to be paid by two people. */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/money/settle.h"
#include "platform/persons/two.h"
#include "model/clock.h"
#include "model/model.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settle ------------------------------------------------------------------------------------------------------ */

struct settle_wish {
    char *data_dir, *biller, *merchant, *until, *out;
    gboolean all;
    int64_t until_ms;
};

static void wish_clear(struct settle_wish *wish)
{
    g_free(wish->data_dir);
    g_free(wish->biller);
    g_free(wish->merchant);
    g_free(wish->until);
    g_free(wish->out);
}

/* The day is in it, to its end. */
static bool day_end(const char *text, int64_t *out)
{
    guint64 date;

    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 20000101, 99991231, &date, NULL) || !date_valid((uint32_t)date))
        return false;
    *out = ms_of_date((uint32_t)date) + SETTLE_DAY_MS;
    return true;
}

static bool wish_read(int *argc, char ***argv, struct settle_wish *out, GError **error)
{
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &out->data_dir, "data folder", "DIR"},
        {"biller", 0, 0, G_OPTION_ARG_STRING, &out->biller, "this biller's", "ID"},
        {"merchant", 0, 0, G_OPTION_ARG_STRING, &out->merchant, "what was redeemed as this item", "ITEM"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &out->all, "everybody's", NULL},
        {"until", 0, 0, G_OPTION_ARG_STRING, &out->until, "the last day, which must be over", "YYYYMMDD"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &out->out, "where the files are written; DATA/settlements", "DIR"},
        {NULL},
    };

    if (!command_options(argc, argv, "citycard-platform settle", entries, NULL, error))
        return false;
    if (out->data_dir == NULL || (out->biller != NULL) + (out->merchant != NULL) + (out->all != FALSE) != 1 ||
        !day_end(out->until, &out->until_ms))
        return command_wrong(error, "--data, --until YYYYMMDD and one of --biller, --merchant and --all are needed");
    if (out->until_ms > now_ms())
        return command_wrong(error, "--until: that day is not over");
    if (out->out == NULL)
        out->out = g_build_filename(out->data_dir, "settlements", NULL);
    return true;
}

static GArray *parties_of(struct platform *platform, const struct settle_wish *wish, GError **error)
{
    g_autofree char *account = wish->biller != NULL     ? g_strconcat("payable:", wish->biller, NULL)
                               : wish->merchant != NULL ? g_strconcat("redeemed:", wish->merchant, NULL)
                                                        : NULL;
    GArray *parties;

    if (!db_begin(platform->db, false, error))
        return NULL;
    parties = db_settle_parties(platform->db, account, error);
    db_rollback(platform->db);
    return parties;
}

static bool settle_one(struct platform *platform, const struct settle_wish *wish, const struct settle_party *party, GError **error)
{
    int64_t written = 0;
    bool made = false, ok;

    if (!settle_next(platform, party, wish->until_ms, now_ms(), &made, error))
        return false;
    ok = settle_write(platform, party, wish->out, &written, error);
    printf("%s %s: %s, %" PRId64 " written\n", party->account, party->book, made ? "a new file" : "nothing new", written);
    return ok;
}

/* What stands against one of them is told when all others have theirs. */
static bool settle_all(struct platform *platform, const struct settle_wish *wish, GError **error)
{
    g_autoptr(GArray) parties = parties_of(platform, wish, error);
    GError *first = NULL;

    if (parties == NULL || g_mkdir_with_parents(wish->out, 0700) != 0)
        return parties != NULL && command_wrong(error, "--out cannot be made");
    for (guint i = 0; i < parties->len; i++)
        (void)settle_one(platform, wish, &g_array_index(parties, struct settle_party, i), first == NULL ? &first : NULL);
    if (parties->len == 0)
        puts("nothing is due");
    if (first != NULL)
        g_propagate_error(error, first);
    return first == NULL;
}

bool command_settle(int argc, char **argv, GError **error)
{
    struct settle_wish wish = {0};
    struct platform *platform = NULL;
    bool ok = wish_read(&argc, &argv, &wish, error) && (platform = platform_open(wish.data_dir, error)) != NULL &&
              settle_all(platform, &wish, error);

    platform_close(platform);
    wish_clear(&wish);
    return ok;
}

/* ---- settlements ------------------------------------------------------------------------------------------------- */

static int64_t int_in(json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void print_report(json_t *report)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(report, "files"), i, row)
        printf("%-32s %-8s %6" PRId64 "  until %08u  %6" PRId64 " lines, %" PRId64 " late  %14" PRId64 "  %s\n",
               json_string_value(json_object_get(row, "account")), json_string_value(json_object_get(row, "book")), int_in(row, "n"),
               date_of_ms(int_in(row, "until_ms") - 1), int_in(row, "lines"), int_in(row, "late"), int_in(row, "amount"),
               json_is_null(json_object_get(row, "paid_ms")) ? "not paid" : "paid");
    json_array_foreach(json_object_get(report, "due"), i, row)
        printf("%-32s %-8s    due                  %6" PRId64 " lines          %14" PRId64 "\n",
               json_string_value(json_object_get(row, "account")), json_string_value(json_object_get(row, "book")), int_in(row, "lines"),
               int_in(row, "amount"));
}

bool command_settlements(int argc, char **argv, GError **error)
{
    gboolean json = FALSE;
    struct platform *platform = command_open(argc, argv, "citycard-platform settlements", &json, NULL, error);
    json_t *report = NULL;

    if (platform != NULL && db_begin(platform->db, false, error)) {
        report = db_settle_report(platform->db, error);
        db_rollback(platform->db);
    }
    platform_close(platform);
    if (report == NULL)
        return false;
    if (json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_report(report);
    }
    json_decref(report);
    return true;
}

/* ---- settlement-paid --------------------------------------------------------------------------------------------- */

struct paid_wish {
    char *data_dir, *biller, *reason;
    char **by;
    gint64 n;
};

static bool pay(struct platform *platform, const struct paid_wish *wish, GError **error)
{
    g_autofree char *subject = g_strdup_printf("%s:%" G_GINT64_FORMAT, wish->biller, wish->n);
    const struct two_action action = {"settlement-paid", subject, "", wish->reason};

    return two_now(platform, &action, wish->by, now_ms(), error);
}

static bool paid_read(int *argc, char ***argv, struct paid_wish *out, GError **error)
{
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &out->data_dir, "data folder", "DIR"},
        {"biller", 0, 0, G_OPTION_ARG_STRING, &out->biller, "who was paid", "ID"},
        {"number", 0, 0, G_OPTION_ARG_INT64, &out->n, "of the file", "N"},
        {"by", 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->by, "who answers for it, of the register of staff; given twice", "ID"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "the bank's reference", "TEXT"},
        {NULL},
    };

    return command_options(argc, argv, "citycard-platform settlement-paid", entries, NULL, error) &&
           ((out->data_dir != NULL && out->biller != NULL && out->n > 0 && out->by != NULL && g_strv_length(out->by) == 2 &&
             command_text_fits(out->reason, COMMAND_REASON_BYTES_MAX)) ||
            command_wrong(error, "--data, --biller, --number, --by twice and --reason are needed"));
}

bool command_settlement_paid(int argc, char **argv, GError **error)
{
    struct paid_wish wish = {0};
    struct platform *platform = NULL;
    bool ok = paid_read(&argc, &argv, &wish, error) && (platform = platform_open(wish.data_dir, error)) != NULL &&
              pay(platform, &wish, error);

    platform_close(platform);
    g_free(wish.data_dir);
    g_free(wish.biller);
    g_free(wish.reason);
    g_strfreev(wish.by);
    return ok;
}
