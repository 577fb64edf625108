/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No statement of the calls that kiosks make all day goes through a whole table that grows. Every statement that runs here is noted
 * as SQLite runs it, and its plan is asked for; triggers are taken apart for that. Each key begins with the
 * community, so a search by "community=?" alone is a scan as well; but for the first or last row of an index.
 */
#include "ingest-make.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"
#include "platform/tickets/georeport.h"
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include <sqlite3.h>
#include <string.h>

/* What grows with events, people or days. */
static const char *const GROWING[] = {"event", "refusal", "payment", "payment_bill", "txn", "entry", "attendance", "change", "idempotency",
                                      "load_order", "credit_txn", "credit_entry", "credit_lot", "credit_lot_use", "credit_hold",
                                      "settlement", "doubt", "anchor", "deadletter", "card", "person", "bill", "hotlist", "alarm",
                                      "certificate", "ticket", "ticket_event", NULL};

/* By the community alone, and yet a row or a page only. */
static const char *const ENDS[] = {"max(n)", "max(version)", NULL};

static GHashTable *seen; /* texts of statements */
static guint ran;        /* how often any was */

static int on_statement(unsigned type, void *ctx, void *stmt, void *text)
{
    const char *sql = sqlite3_sql(stmt);

    if (seen != NULL && sql != NULL && strncmp(text, "--", 2) != 0) {
        g_hash_table_add(seen, g_strdup(sql));
        ran++;
    }
    return 0;
}

static int on_connection(sqlite3 *sql, char **why, const struct sqlite3_api_routines *api)
{
    return sqlite3_trace_v2(sql, SQLITE_TRACE_STMT, on_statement, NULL);
}

/* "SCAN event", "SEARCH e USING INDEX … (community=?)": the alias stands there, so the statement says which tables there are. */
static bool goes_through_all(const char *detail, const char *sql)
{
    g_auto(GStrv) words = g_strsplit(detail, " ", 3);
    const char *name = g_strv_length(words) > 1 ? words[1] : "";
    bool scan = strcmp(words[0], "SCAN") == 0 && strcmp(name, "CONSTANT") != 0;
    bool wide = strcmp(words[0], "SEARCH") == 0 && g_str_has_suffix(detail, "(community=?)");

    if (!scan && !wide)
        return false;
    for (size_t i = 0; wide && ENDS[i] != NULL; i++)
        if (strstr(sql, ENDS[i]) != NULL)
            return false;
    for (size_t i = 0; GROWING[i] != NULL; i++) {
        g_autofree char *as = g_strdup_printf("\\b%s( AS)? %s\\b", GROWING[i], name);
        if (strcmp(name, GROWING[i]) == 0 || g_regex_match_simple(as, sql, 0, 0))
            return true;
    }
    return false;
}

static unsigned plan_check(sqlite3 *sql, const char *text)
{
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", text, NULL);
    sqlite3_stmt *stmt = NULL;
    unsigned bad = 0;

    if (sqlite3_prepare_v2(sql, explain, -1, &stmt, NULL) != SQLITE_OK)
        g_error("%s: %s", text, sqlite3_errmsg(sql));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);
        if (!goes_through_all(detail, text))
            continue;
        g_test_message("%s\n    %s", detail, text);
        bad++;
    }
    sqlite3_finalize(stmt);
    return bad;
}

static void no_value(sqlite3_context *context, int count, sqlite3_value **values)
{
}

static sqlite3 *open_beside(const char *dir)
{
    static const char *const FUNCTIONS[] = {"card_ref", "blind", "keyed", "unhex"};
    g_autofree char *path = g_build_filename(dir, "platform.db", NULL);
    sqlite3 *sql = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(FUNCTIONS); i++)
        sqlite3_create_function_v2(sql, FUNCTIONS[i], 1, SQLITE_UTF8, NULL, no_value, NULL, NULL, NULL);
    return sql;
}

static void check_all(const char *dir, guint at_least)
{
    sqlite3 *sql = open_beside(dir);
    guint count = 0;
    g_autofree gpointer *texts = g_hash_table_get_keys_as_array(seen, &count);
    unsigned bad = 0;

    g_assert_cmpuint(count, >=, at_least);
    for (guint i = 0; i < count; i++)
        if (g_regex_match_simple("^(SELECT|INSERT|UPDATE|DELETE)\\b", texts[i], 0, 0))
            bad += plan_check(sql, texts[i]);
    g_assert_cmpint(sqlite3_close(sql), ==, SQLITE_OK);
    g_assert_cmpuint(bad, ==, 0);
}

/* A part of a trigger as a statement of its own: the row it is about is values that are bound. */
static unsigned part_check(sqlite3 *sql, const char *part)
{
    g_autoptr(GRegex) row = g_regex_new("\\b(NEW|OLD)\\.\\w+", 0, 0, NULL), raise = g_regex_new("RAISE\\([^)]*\\)", 0, 0, NULL);
    g_autofree char *bound = g_regex_replace_literal(row, part, -1, 0, "?1", 0, NULL);
    g_autofree char *text = g_strstrip(g_regex_replace_literal(raise, bound, -1, 0, "1", 0, NULL));

    return *text != '\0' ? plan_check(sql, text) : 0;
}

/* EXPLAIN does not tell what a statement's triggers do: each is taken apart. */
static unsigned trigger_check(sqlite3 *sql, const char *trigger)
{
    /* WHEN of the trigger; then what stands between BEGIN and END, at semicolons that are in no text. */
    g_autoptr(GRegex) shape = g_regex_new("^CREATE TRIGGER .*? ON \\w+(?: WHEN (.*?))? BEGIN (.*)END$", G_REGEX_DOTALL, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (!g_regex_match(shape, trigger, 0, &match))
        g_error("not understood: %s", trigger);
    g_autofree char *when = g_match_info_fetch(match, 1), *body = g_match_info_fetch(match, 2);
    g_autofree char *asked = g_strconcat("SELECT ", *when != '\0' ? when : "1", NULL);
    g_auto(GStrv) parts = g_regex_split_simple(";(?=(?:[^']*'[^']*')*[^']*$)", body, 0, 0);
    unsigned bad = part_check(sql, asked);

    for (char **part = parts; *part != NULL; part++)
        bad += part_check(sql, *part);
    return bad;
}

static void test_triggers(void)
{
    struct maker maker;
    sqlite3_stmt *stmt = NULL;
    unsigned count = 0, bad = 0;

    if (!kit_on_file()) {
        g_test_skip("plans of SQLite");
        return;
    }
    maker_open(&maker, 1);
    sqlite3 *sql = open_beside(maker.dir);
    g_assert_cmpint(sqlite3_prepare_v2(sql, "SELECT sql FROM sqlite_schema WHERE type='trigger'", -1, &stmt, NULL), ==, SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; count++)
        bad += trigger_check(sql, (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    g_assert_cmpint(sqlite3_close(sql), ==, SQLITE_OK);
    g_assert_cmpuint(count, >=, 40);
    g_assert_cmpuint(bad, ==, 0);
    maker_close(&maker);
}

/* Payments, taps and facts; their repetition; the feed; own rows; a load; the hotlist; time, health. */
static void test_calls(void)
{
    struct maker maker;
    struct payment load;
    unsigned status;

    if (!kit_on_file()) {
        g_test_skip("plans of SQLite");
        return;
    }
    maker_open(&maker, 2);
    seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) batches = maker_batches(&maker, 2, 20);
    for (int turn = 0; turn < 2; turn++)
        for (guint i = 0; i < batches->len; i++) {
            struct made_batch *batch = batches->pdata[i];
            json_decref(kit_call(maker.platform, "POST", "/v1/events", NULL, batch->kiosk, json_loads(batch->text, 0, NULL), &status));
            g_assert_cmpuint(status, ==, 200);
        }
    json_decref(kit_call(maker.platform, "GET", "/v1/feed", "", "B0000", NULL, &status));
    g_assert_cmpuint(status, ==, 200);
    json_decref(kit_own_events(maker.platform, "B0000", "0", "0", "10", &status));
    g_assert_cmpuint(status, ==, 200);
    g_autofree char *card = kit_card(1), *staff = kit_card(0);
    kit_load(maker.platform, &load, card, 5000, 1000, 3, staff);
    g_assert_cmpstr(kit_ask_load(maker.platform, "B0001", &load, NULL, &status), ==, "");
    json_decref(kit_call(maker.platform, "GET", "/v1/health", NULL, NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 200);
    check_all(maker.dir, 50);
    g_clear_pointer(&seen, g_hash_table_unref);
    maker_close(&maker);
}

/* The list of kiosks, which people look at: not hot, and asks of every kiosk how much it was refused. */
static void test_kiosks(void)
{
    struct maker maker;

    if (!kit_on_file()) {
        g_test_skip("plans of SQLite");
        return;
    }
    maker_open(&maker, 2);
    seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_assert_true(db_begin(maker.platform->db, false, NULL));
    json_decref(db_kiosks(maker.platform->db, NULL));
    db_rollback(maker.platform->db);
    check_all(maker.dir, 1);
    g_clear_pointer(&seen, g_hash_table_unref);
    maker_close(&maker);
}

#define TICKETS 40

static void file_tickets(struct platform *platform)
{
    g_assert_true(db_begin(platform->db, true, NULL) && tickets_catalogue(platform->db, NULL));
    for (int i = 0; i < TICKETS; i++) {
        char token[37];
        struct ticket_filing filing = {.token = token, .service = "F01", .description = "", .kiosk = "", .reporter = "", .api_key = "",
                                       .address_id = "", .address = "at the gate", .anonymous = true, .filed_ms = g_get_real_time() / 1000};
        const char *why = NULL;
        struct ticket_row row;

        uuid7(filing.filed_ms, token);
        g_assert_true(tickets_file(platform->db, &filing, filing.filed_ms, &row, &why, NULL));
        g_assert_null(why);
        ticket_row_clear(&row);
    }
    g_assert_true(db_commit(platform->db, NULL));
}

/* A list of the public door is read at once, however long it is; who left has their tickets found by an index. */
static void test_tickets(void)
{
    struct request request = {.method = "GET", .path = GEOREPORT_ROOT "requests.json", .body = ""};
    struct reply reply = {0};
    struct maker maker;

    if (!kit_on_file()) {
        g_test_skip("plans of SQLite");
        return;
    }
    maker_open(&maker, 1);
    file_tickets(maker.platform);
    seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    ran = 0;
    handlers_run(maker.platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    json_t *list = json_loadb(reply.body, reply.body_len, 0, NULL);
    g_assert_cmpuint(json_array_size(list), ==, TICKETS);
    g_assert_cmpuint(ran, >=, 2);
    g_assert_cmpuint(ran, <, 8);
    json_decref(list);
    reply_clear(&reply);
    g_hash_table_add(seen, g_strdup("SELECT token FROM ticket WHERE community=?1 AND reporter=?2 AND reporter<>''"));
    check_all(maker.dir, 3);
    g_clear_pointer(&seen, g_hash_table_unref);
    maker_close(&maker);
}

/* The check itself sees what it is for. */
static void test_sees(void)
{
    g_assert_true(goes_through_all("SCAN event", "SELECT count(*) FROM event"));
    g_assert_true(goes_through_all("SCAN e USING COVERING INDEX event_id", "SELECT count(*) FROM event e"));
    g_assert_true(goes_through_all("SEARCH payment USING PRIMARY KEY (community=?)", "SELECT id FROM payment WHERE community=?1"));
    g_assert_false(goes_through_all("SEARCH payment USING PRIMARY KEY (community=? AND id=?)", "SELECT id FROM payment WHERE community=?1 AND id=?2"));
    g_assert_false(goes_through_all("SCAN CONSTANT ROW", "SELECT 1"));
    g_assert_false(goes_through_all("SEARCH change USING COVERING INDEX x (community=?)", "SELECT max(n) FROM change WHERE community=?1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    sqlite3_auto_extension((void (*)(void))on_connection);
    g_test_add_func("/platform/plans/sees", test_sees);
    g_test_add_func("/platform/plans/calls", test_calls);
    g_test_add_func("/platform/plans/kiosks", test_kiosks);
    g_test_add_func("/platform/plans/tickets", test_tickets);
    g_test_add_func("/platform/plans/triggers", test_triggers);
    return g_test_run();
}
