/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch asks of the database before its first event is judged (calls/ingest-ask.c) is not believed any more once an event of the
 * same batch, or of one before it in the same transaction, has written what it rests on. Each case here ends otherwise with an answer that is old.
 */
#include "credit-kit.h"
#include "platform/data/db-pg-ahead.h"
#include "platform/data/db-reconcile.h"
#include "platform/data/db-stats.h"
#include "platform/persons/late.h"
#include "model/model.h"
#include <string.h>

/* The first event of an epoch writes more than others: it is over before each case. */
static void up(struct credit_kit *f, const void *data)
{
    struct pen *const pens[] = {&f->pen, &f->other};

    credit_kit_up(f, data);
    for (size_t i = 0; i < G_N_ELEMENTS(pens); i++)
        json_decref(kit_push(f->platform, pens[i], json_pack("[o]", pen_event(pens[i], "receipt.printed", json_pack("{s:s, s:b}", "receipt_no", "R-1", "copy", 0)))));
}

static struct payment purchase(const char *card, const char *bill, int64_t amount_fen, uint16_t counter, uint32_t before_fen)
{
    struct payment p;

    kit_payment(&p, card, bill, amount_fen);
    p.purchase.counter = counter;
    p.purchase.balance_before_fen = before_fen;
    return p;
}

static void add_pair(json_t *events, struct pen *pen, struct payment *p)
{
    json_array_append_new(events, pen_payment(pen, p, PAYMENT_COMMITTING));
    kit_tac(p);
    json_array_append_new(events, pen_payment(pen, p, PAYMENT_CONFIRMED));
}

/* Events stolen; `codes`: "" accepted. */
static void push(struct credit_kit *f, struct pen *pen, json_t *events, const char *const *codes)
{
    json_t *answer = kit_push(f->platform, pen, events);

    for (size_t i = 0; codes[i] != NULL; i++)
        g_assert_cmpstr(kit_code(answer, i), ==, codes[i]);
    json_decref(answer);
}

static json_t *findings(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *rows = db_findings_report(f->platform->db, NULL);
    db_rollback(f->platform->db);
    return rows;
}

/* The second begins with less than the first left, the third where the second ended. */
static void test_one_card(struct credit_kit *f, const void *data)
{
    static const char *const CODES[] = {"", "", "", "", "", "", NULL};
    g_autofree char *card = kit_card(1);
    struct payment a = purchase(card, NULL, 100, 7, 5000), b = purchase(card, NULL, 200, 8, 4000), c = purchase(card, NULL, 300, 9, 3800);
    json_t *events = json_array(), *rows;

    add_pair(events, &f->pen, &a);
    add_pair(events, &f->pen, &b);
    add_pair(events, &f->pen, &c);
    push(f, &f->pen, events, CODES);
    rows = findings(f);
    g_assert_cmpuint(json_array_size(rows), ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 0), "code")), ==, "BALANCE");
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 0), "payment_a")), ==, a.id);
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 0), "payment_b")), ==, b.id);
    json_decref(rows);
}

/* What one TAC proves is posted once; who is refused in the middle takes nobody along. */
static void test_one_proof(struct credit_kit *f, const void *data)
{
    static const char *const CODES[] = {"", "", "", "PROOF_USED", "", "", NULL};
    g_autofree char *card = kit_card(1), *other = kit_card(0);
    struct payment a = purchase(card, NULL, 100, 7, 5000), again, c = purchase(other, NULL, 300, 3, 3000), fresh;
    json_t *events = json_array(), *report;

    kit_payment(&fresh, card, NULL, 100);
    add_pair(events, &f->pen, &a);
    again = a;
    g_strlcpy(again.id, fresh.id, sizeof again.id);
    again.purchase.has_tac = false;
    add_pair(events, &f->pen, &again);
    add_pair(events, &f->pen, &c);
    push(f, &f->pen, events, CODES);
    report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 400);
    kit_assert_ledger(report);
    json_decref(report);
}

/* The same bill by two cards in a batch, and by one payment twice. */
static void test_one_bill(struct credit_kit *f, const void *data)
{
    static const char *const CODES[] = {"", "", "", "", NULL};
    g_autofree char *card = kit_card(1), *other = kit_card(0), *account = NULL;
    char bill[64], token[33];
    int64_t fen = kit_bill(f->platform, card, 0, bill);
    struct payment a = purchase(card, bill, fen, 7, 90000), b = purchase(other, bill, fen, 3, 90000);
    json_t *events = json_array(), *report;

    add_pair(events, &f->pen, &a);
    add_pair(events, &f->pen, &b);
    push(f, &f->pen, events, CODES);
    report = kit_report(f->platform);
    card_token(f->platform->index_key, other, token);
    account = g_strconcat("refund:", token, NULL);
    g_assert_cmpint(kit_balance(report, account), ==, -fen);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 2 * fen);
    kit_assert_ledger(report);
    json_decref(report);
}

static struct attendance_event tap(const char *token, const char *slot, int64_t start_ms, bool out)
{
    struct attendance_event event = {.slot_start_ms = start_ms, .slot_end_ms = start_ms + HOUR, .out = out,
                                     .at_ms = out ? start_ms + HOUR - MINUTE : start_ms + MINUTE};

    g_strlcpy(event.slot, slot, sizeof event.slot);
    g_strlcpy(event.token, token, sizeof event.token);
    uuid7(now_ms(), event.id);
    return event;
}

static void add_tap(json_t *events, struct pen *pen, const struct attendance_event *event)
{
    json_array_append_new(events, pen_event(pen, "attendance.tap", attendance_event_to_json(event)));
}

/* Out behind in; and nobody is at two places at one time. */
static void test_taps(struct credit_kit *f, const void *data)
{
    static const char *const CODES[] = {"", "", "OVERLAP", "", NULL};
    int64_t start_ms = now_ms() - 5 * HOUR;
    struct attendance_event in = tap(f->adult, "a", start_ms, false), out = in, there = tap(f->adult, "b", start_ms, false),
                            else_ = tap(f->elder, "b", start_ms, false);
    json_t *events = json_array();

    out.out = true;
    out.at_ms = in.slot_end_ms - MINUTE;
    add_tap(events, &f->pen, &in);
    add_tap(events, &f->pen, &out);
    add_tap(events, &f->pen, &there);
    add_tap(events, &f->pen, &else_);
    push(f, &f->pen, events, CODES);
}

/* ---- Several batches in one transaction ---- */

struct sender {
    struct platform *platform;
    struct pen *pen;
    json_t *events, *answer;
};

static gpointer send(gpointer data)
{
    struct sender *sender = data;

    sender->answer = kit_push(sender->platform, sender->pen, json_deep_copy(sender->events));
    return NULL;
}

static void wait_for(struct platform *platform, bool leading, guint waiting)
{
    for (bool there = false; !there; g_usleep(1000)) {
        g_mutex_lock(&platform->ingest.lock);
        there = platform->ingest.leading == leading && g_queue_get_length(&platform->ingest.waiting) == waiting;
        g_mutex_unlock(&platform->ingest.lock);
    }
}

/* The first one leads and waits for us; the others come behind it and share a transaction. */
static void send_together(struct platform *platform, struct sender *senders, size_t count)
{
    GThread *threads[4];

    g_assert_cmpuint(count, <=, G_N_ELEMENTS(threads));
    g_assert_true(db_begin(platform->db, true, NULL));
    for (size_t i = 0; i < count; i++) {
        threads[i] = g_thread_new("sender", send, &senders[i]);
        wait_for(platform, true, (guint)i);
    }
    db_rollback(platform->db);
    for (size_t i = 0; i < count; i++)
        g_thread_join(threads[i]);
}

static json_t *pairs(struct pen *pen, struct payment *p)
{
    json_t *events = json_array();

    add_pair(events, pen, p);
    return events;
}

/* Two kiosks, one bill; and the one's batch once more, all in one transaction: who comes first pays, and nothing counts twice. */
static void test_group(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(1), *other = kit_card(0);
    char bill[64];
    int64_t fen = kit_bill(f->platform, card, 0, bill);
    struct payment first = purchase(card, NULL, 100, 7, 90000), a = purchase(card, bill, fen, 8, 89900), b = purchase(other, bill, fen, 3, 90000);
    struct sender senders[4] = {{f->platform, &f->pen, pairs(&f->pen, &first), NULL}};
    senders[1] = (struct sender){f->platform, &f->pen, pairs(&f->pen, &a), NULL};
    senders[2] = (struct sender){f->platform, &f->other, pairs(&f->other, &b), NULL};
    senders[3] = senders[1];

    send_together(f->platform, senders, G_N_ELEMENTS(senders));
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        for (size_t event = 0; event < 2; event++)
            g_assert_cmpstr(kit_verdict(senders[i].answer, event), ==, i < 3 ? "accepted" : "duplicate");
    json_t *report = kit_report(f->platform), *rows = findings(f);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 2 * fen + 100);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, -fen);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, 3);
    g_assert_cmpuint(json_array_size(rows), ==, 0);
    kit_assert_ledger(report);
    json_decref(rows);
    json_decref(report);
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++)
        json_decref(senders[i].answer);
    for (size_t i = 0; i < 3; i++)
        json_decref(senders[i].events);
}

/* ---- The rule itself ---- */

static int64_t seats(struct db *db, const char *key)
{
    int64_t n = -1;

    db_rests(db, "thing", key);
    g_assert_true(db_int(db, NULL, 0, &n, "SELECT count(*) FROM meta WHERE community=?1 AND key=?2", "s", key) || db_asks(db));
    return n;
}

static void put(struct db *db, const char *key)
{
    g_assert_true(db_run(db, NULL, "INSERT INTO meta(community, key, value) VALUES(?1,?2,'x')", "s", key));
}

static void ask(struct db *db)
{
    if (!db_asks(db)) /* a file */
        return;
    g_assert_true(db_asking(db, true, NULL));
    (void)seats(db, "a");
    (void)seats(db, "b");
    g_assert_true(db_asking(db, false, NULL));
}

/* Who tells nothing, who tells what he touches, and who takes something back. */
static void test_rule(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    ask(db);
    g_assert_cmpint(seats(db, "a"), ==, 0);
    db_touches(db, "thing", "a");
    put(db, "a");
    g_assert_cmpint(seats(db, "a"), ==, 1);
    put(db, "b");
    g_assert_cmpint(seats(db, "b"), ==, 1);
    g_assert_true(db_savepoint(db, "item", NULL));
    g_assert_true(db_run(db, NULL, "DELETE FROM meta WHERE community=?1 AND key IN ('a','b')", ""));
    ask(db);
    g_assert_cmpint(seats(db, "a"), ==, 0);
    g_assert_true(db_undo(db, "item", NULL));
    g_assert_cmpint(seats(db, "a"), ==, 1);
    g_assert_cmpint(seats(db, "b"), ==, 1);
    db_rollback(db);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_cmpint(seats(db, "a"), ==, 0);
    db_rollback(db);
}

static int64_t statements(void)
{
    struct db_stats stats;

    db_stats_get(&stats);
    return stats.statements;
}

/* Its error shows only at the server. False: told. */
static bool divide(struct db *db, const char *by)
{
    int64_t n;

    return db_int(db, NULL, 0, &n, "SELECT 1/CAST(?2 AS INTEGER) FROM meta WHERE community=?1", "s", by);
}

static int64_t zero(struct db *db)
{
    int64_t n = -1;

    (void)db_int(db, NULL, 0, &n, "SELECT count(*)-1 FROM meta WHERE community=?1 AND key='a'", "");
    return n;
}

/* What is asked behind a question that fails, known to the server or not, does not hide that. */
static void test_failed(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(db, true, NULL));
    if (!db_asks(db)) {
        db_rollback(db);
        return g_test_skip("a file");
    }
    put(db, "a");
    g_assert_true(db_asking(db, true, NULL));
    (void)seats(db, "b");
    (void)divide(db, "0");
    (void)zero(db); /* a new literal: what is under way is read first */
    (void)seats(db, "a");
    g_assert_false(db_asking(db, false, &error));
    g_assert_nonnull(error);
    db_rollback(db);
    g_assert_true(db_begin(db, true, NULL));
    put(db, "a");
    ask(db);
    g_assert_cmpint(seats(db, "a"), ==, 1);
    g_assert_cmpint(zero(db), ==, 0);
    db_rollback(db);
}

/* With one that ended come those behind it: what was asked before it had its turn. */
static void test_again(struct credit_kit *f, const void *data)
{
    static const char *const KEYS[] = {"a", "b", "c"};
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    if (!db_asks(db)) {
        db_rollback(db);
        return g_test_skip("a file");
    }
    g_assert_true(db_asking(db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
        (void)seats(db, KEYS[i]);
    g_assert_true(db_asking(db, false, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        db_touches(db, "thing", KEYS[i]);
        put(db, KEYS[i]);
    }
    int64_t before = statements();
    g_assert_cmpint(seats(db, "b"), ==, 1);
    g_assert_cmpint(statements(), ==, before + 1);
    g_assert_cmpint(seats(db, "c"), ==, 1);
    g_assert_cmpint(statements(), ==, before + 1);
    g_assert_cmpint(seats(db, "a"), ==, 1);
    g_assert_cmpint(statements(), ==, before + 2);
    db_rollback(db);
}

#define ASKED_MAX 4096

/* Of more than are kept, the rest is asked when it is wanted. */
static void test_many(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    if (!db_asks(db)) {
        db_rollback(db);
        return g_test_skip("a file");
    }
    put(db, "k4100");
    g_assert_true(db_asking(db, true, NULL));
    int64_t before = statements();
    for (int i = 0; i < ASKED_MAX + 10; i++) {
        g_autofree char *key = g_strdup_printf("k%d", i);
        (void)seats(db, key);
    }
    g_assert_true(db_asking(db, false, NULL));
    g_assert_cmpint(statements(), ==, before + 1);
    g_assert_cmpint(seats(db, "k4095"), ==, 0);
    g_assert_cmpint(statements(), ==, before + 1);
    g_assert_cmpint(seats(db, "k4100"), ==, 1);
    g_assert_cmpint(statements(), ==, before + 2);
    db_rollback(db);
}

/* Several rows of several answers that came as one, each answer's in its own order, and one that has none. */
static void test_rows(struct credit_kit *f, const void *data)
{
    static const char *const KEYS[] = {"b", "none", "a"}, *const WANTED[] = {"b2,b1,", "", "a3,a2,a1,"};
    static const char sql[] = "SELECT value, key FROM meta WHERE community=?1 AND key>=?2 AND key<?2||'z' ORDER BY key DESC";
    static const char *const ROWS[] = {"a1", "b1", "a2", "b2", "a3"};
    struct db *db = f->platform->db;

    g_assert_true(db_begin(db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++)
        put(db, ROWS[i]);
    for (int asking = db_asks(db); asking >= 0; asking--) {
        g_assert_true(!db_asks(db) || asking == 0 || db_asking(db, true, NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
            g_autoptr(GString) got = g_string_new(NULL);
            struct db_rows *rows = db_query(db, NULL, sql, "s", KEYS[i]);
            g_assert_nonnull(rows);
            g_assert_cmpint(asking != 0 ? 2 : db_col_count(rows), ==, 2);
            while (db_next(db, rows, NULL) > 0)
                g_string_append_printf(got, "%s,", db_col_text(rows, 1));
            g_assert_cmpstr(got->str, ==, asking != 0 ? "" : WANTED[i]);
        }
        g_assert_true(!db_asks(db) || asking == 0 || db_asking(db, false, NULL));
    }
    db_rollback(db);
}

#define META "INSERT INTO meta(community, key, value) VALUES(?1,?2,?3)"
static const struct db_later KEYED = {.sql = META " ON CONFLICT(community, key) DO UPDATE SET value=excluded.value", .rank = 9, .keys = 1},
                             ONCE = {.sql = META, .rank = 8};

static bool meta_is(struct db *db, const char *key, const char *value)
{
    g_autofree char *text = NULL;

    g_assert_true(db_text(db, NULL, &text, "SELECT value FROM meta WHERE community=?1 AND key=?2", "s", key));
    return g_strcmp0(text, value) == 0;
}

/* Rows that wait are there for whoever asks, the last one of a key; what a savepoint takes back is gone; what fails is told. */
static void test_later(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_run_later(db, NULL, &KEYED, "ss", "it's", "one"));
    g_assert_true(db_run_later(db, NULL, &ONCE, "ss", "two", NULL) || !db_gathers(db));
    db_rollback(db);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_run_later(db, NULL, &KEYED, "ss", "it's", "one"));
    g_assert_true(db_run_later(db, NULL, &KEYED, "ss", "two", "\\{\"\xe4\xb8\xad"));
    g_assert_true(db_run_later(db, NULL, &KEYED, "ss", "it's", "three"));
    g_assert_true(db_savepoint(db, "item", NULL));
    g_assert_true(db_run_later(db, NULL, &ONCE, "ss", "four", "4"));
    g_assert_true(db_run_later(db, NULL, &ONCE, "ss", "five", "5"));
    g_assert_true(meta_is(db, "five", "5"));
    g_assert_true(db_run_later(db, NULL, &ONCE, "ss", "six", "6"));
    g_assert_true(db_undo(db, "item", NULL));
    g_assert_true(meta_is(db, "six", NULL) && meta_is(db, "four", NULL));
    g_assert_true(meta_is(db, "it's", "three") && meta_is(db, "two", "\\{\"\xe4\xb8\xad"));
    g_assert_true(db_commit(db, NULL));
    g_assert_true(db_begin(db, true, NULL));
    bool ok = db_run_later(db, NULL, &ONCE, "ss", "seven", "7") && db_run_later(db, NULL, &ONCE, "ss", "two", "again");
    g_assert_false(ok && db_commit(db, &error));
    g_assert_true(!ok || error != NULL);
    if (!ok)
        db_rollback(db);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(meta_is(db, "seven", NULL));
    db_rollback(db);
}

/* A transaction of more entries than there may be is refused by its form: nothing is asked for each. */
static void test_entries(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;
    json_t *entries = json_array(), *txn = json_pack("{s:s, s:o}", "type", "GIFT", "entries", entries);
    struct late_word late;

    for (size_t i = 0; i < LEDGER_ENTRIES_MAX; i++)
        json_array_append_new(entries, json_pack("{s:s, s:i}", "account", "person:00000000000000000000000000000001", "amount", -1));
    g_assert_true(db_begin(db, true, NULL));
    int64_t before = statements();
    g_assert_true(late_read(db, "ledger.txn", txn, 0, &late, NULL));
    g_assert_cmpint(statements(), ==, before + LEDGER_ENTRIES_MAX);
    json_array_append(entries, json_array_get(entries, 0));
    g_assert_true(late_read(db, "ledger.txn", txn, 0, &late, NULL));
    g_assert_cmpint(statements(), ==, before + LEDGER_ENTRIES_MAX);
    db_rollback(db);
    json_decref(txn);
}

/* An answer that ends over and over again: results that ended, whose rows may be open, are so many at most. Then it is asked when it is wanted. */
static void test_bound(void)
{
    enum { TIMES = 20000 };
    static const char sql[] = "SELECT 1";
    const struct db_value values[] = {{.kind = 's', .text = "C"}, {.kind = 'i', .number = 7}};
    struct db_pg_ahead ahead = {.asking = false};
    unsigned again = 0;

    db_pg_ahead_begin(&ahead);
    for (int i = 0; i < TIMES; i++) {
        db_pg_ahead_rests(&ahead, "topic", "key");
        g_assert_cmpint(db_pg_ahead_add(&ahead, sql, values, 2), ==, i == 0);
    }
    db_pg_ahead_send(&ahead);
    db_pg_ahead_answer(&ahead, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK));
    struct db_pg_answer *answer = db_pg_ahead_find(&ahead, sql, values, 2);
    while (answer != NULL && again < TIMES) {
        db_pg_ahead_forget(&ahead, "topic", "key");
        if ((answer = db_pg_ahead_find(&ahead, sql, values, 2)) == NULL)
            break;
        db_pg_ahead_again(&ahead, answer);
        db_pg_ahead_send(&ahead);
        db_pg_ahead_answer(&ahead, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK));
        again++;
    }
    g_assert_null(answer);
    g_assert_cmpuint(again, >, 1000);
    g_assert_cmpuint(ahead.parts->len, ==, again + 1);
    g_assert_cmpuint(again, <=, 4096);
    db_pg_ahead_clear(&ahead);
}

#define ADD(name, test) g_test_add("/platform/answers/" name, struct credit_kit, NULL, up, test, credit_kit_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("one-card", test_one_card);
    ADD("one-proof", test_one_proof);
    ADD("one-bill", test_one_bill);
    ADD("taps", test_taps);
    ADD("group", test_group);
    ADD("rule", test_rule);
    ADD("failed", test_failed);
    ADD("again", test_again);
    ADD("many", test_many);
    ADD("rows", test_rows);
    ADD("later", test_later);
    ADD("entries", test_entries);
    g_test_add_func("/platform/answers/bound", test_bound);
    return g_test_run();
}
