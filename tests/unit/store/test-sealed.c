/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing personal in clear in any file of the store; read back with the keys, and only with them. */
#include "fixture.h"
#include "model/model.h"

#include <string.h>

#define NAME    "李静安"
#define ADDRESS "禾光路 126 弄"
#define SERIAL  "A1B2C3D4E5F60718"

#define BILL(id, amount)                                                                                               \
    "{'topic':'bill','key':'" id "','version':1,'deleted':false,'value':{'id':'" id "','card_token':'" TOKEN           \
    "','biller':{'id':'elec','kind':'elec','name_zh':'澄明供电','name_en':'Chengming Power'},'account_masked':'',"      \
    "'period':'202610','name_masked':'" NAME "','address_masked':'" ADDRESS "','usage':'','amount_fen':" amount        \
    ",'issue':20261101,'due':20261201,'state':'UNPAID'}}"

/* In how many files of the folder do these bytes stand? */
static int files_with(const struct fixture *fixture, const char *text)
{
    GDir *dir = g_dir_open(fixture->dir, 0, NULL);
    const char *name = NULL;
    int count = 0;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(fixture->dir, name, NULL), *bytes = NULL;
        gsize len = 0;
        g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
        count += memmem(bytes, len, text, strlen(text)) != NULL;
    }
    g_dir_close(dir);
    return count;
}

static void assert_nothing_personal(const struct fixture *fixture)
{
    static const char *const PERSONAL[] = {CARD, OTHER, SERIAL, NAME, ADDRESS, "13800001234", "静安"};

    g_assert_cmpint(files_with(fixture, "payment.committing"), >, 0); /* the search finds what is there */
    g_assert_cmpint(files_with(fixture, "b1"), >, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(PERSONAL); i++)
        g_assert_cmpint(files_with(fixture, PERSONAL[i]), ==, 0);
}

static void make(struct payment *payment, const char *card_number, const char *bill_id)
{
    payment_make(payment, card_number, bill_id, 100);
    static const uint8_t serial[8] = {0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18};
    memcpy(payment->purchase.serial, serial, sizeof serial);
}

/* Payments to every end, a slip, bills, an item set aside, an event with people in it. */
static void run(struct store *store, struct payment *doubt)
{
    g_autoptr(GError) error = NULL;
    struct payment payment;
    json_t *items = json_of("[" BILL("b1", "100") "," BILL("b2", "-1") "]");
    json_t *people = json_of("{'people':[{'name':'" NAME "','phone':'13800001234','address':'" ADDRESS "','n':1}]}");

    g_assert_true(store_feed_apply(store, items, "c1", &error));
    make(&payment, CARD, "b1");
    payment_put(store, &payment, PAYMENT_COMMITTING);
    g_autofree char *receipt = store_receipt_no(store, &error);
    g_strlcpy(payment.receipt_no, receipt, sizeof payment.receipt_no);
    payment_put(store, &payment, PAYMENT_CONFIRMED);
    json_t *slip = json_pack("{s:s, s:s}", "payment_id", payment.id, "receipt_no", payment.receipt_no);
    g_assert_true(store_append(store, "receipt.printed", slip, NULL, &error));
    make(&payment, CARD, NULL);
    payment_put(store, &payment, PAYMENT_COMMITTING);
    payment_put(store, &payment, PAYMENT_VOID);
    make(doubt, OTHER, NULL);
    payment_put(store, doubt, PAYMENT_COMMITTING);
    g_assert_cmpint(store_payments_settle_boot(store, &error), ==, 1);
    g_assert_true(store_append(store, "test.people", people, NULL, &error));
    g_assert_no_error(error);
    json_decref(people);
    json_decref(slip);
    json_decref(items);
}

static void test_files(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment doubt;

    run(fixture->store, &doubt);
    assert_nothing_personal(fixture); /* with the WAL beside it */
    fixture_close(fixture);
    assert_nothing_personal(fixture);
    fixture_open(fixture);
    assert_sound(fixture->store);
    assert_nothing_personal(fixture);
    struct payment *open = store_payment_open(fixture->store, OTHER, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(open->id, ==, doubt.id);
    g_assert_cmpstr(open->purchase.card_number, ==, OTHER);
    g_assert_cmpmem(open->purchase.serial, 8, doubt.purchase.serial, 8);
    payment_free(open);
    json_t *bill = store_bill(fixture->store, "b1", &error);
    g_assert_cmpstr(json_string_value(json_object_get(bill, "name_masked")), ==, NAME);
    json_decref(bill);
}

/* What goes to the platform is what lies here: sealed, and good for its hash. */
static void test_outbox(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment doubt;

    run(fixture->store, &doubt);
    g_autoptr(GPtrArray) rows = store_outbox(fixture->store, 100, 1 << 20, &error);
    g_assert_cmpuint(rows->len, ==, 8);
    for (guint i = 0; i < rows->len; i++) {
        struct store_row *row = g_ptr_array_index(rows, i);
        json_t *body = json_loads(row->body, 0, NULL);
        json_t *opened = seal_open_members(&fixture->identity.seal, row->id, json_object_get(body, "data"));
        g_assert_null(strstr(row->body, CARD));
        g_assert_nonnull(opened);
        json_decref(opened);
        json_decref(body);
    }
}

static void test_not_text(struct fixture *fixture, const void *data)
{
    static const char *const BAD[] = {"{'card_number':7}", "{'a':[{'name':{'k':1,'s':'AAAA'}}]}", "{'phone':['1']}"};

    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autoptr(GError) error = NULL;
        uint8_t hash[32];
        json_t *event = json_of(BAD[i]);
        g_assert_false(store_append(fixture->store, "test.fact", event, NULL, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
        g_assert_cmpint(store_head(fixture->store, hash), ==, 0);
        json_decref(event);
    }
}

/* ---- Keys --------------------------------------------------------------------------------------------------------- */

/* Enrolled anew with another community: other tokens, nothing of the old cache. The journal still tells of all payments. */
static void test_other_keys(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment doubt;

    run(fixture->store, &doubt);
    fixture_close(fixture);
    memset(fixture->identity.index_key, 0x77, sizeof fixture->identity.index_key);
    fixture_open(fixture);
    struct payment *open = store_payment_open(fixture->store, OTHER, &error);
    g_assert_cmpstr(open->id, ==, doubt.id);
    payment_free(open);
    g_assert_null(store_bill(fixture->store, "b1", &error));
    g_assert_no_error(error);
    g_autofree char *cursor = store_cursor(fixture->store);
    g_assert_cmpstr(cursor, ==, "");
    assert_sound(fixture->store);
}

static void test_new_version(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment doubt, later;

    run(fixture->store, &doubt);
    fixture_close(fixture);
    memset(fixture->identity.seal.keys[1], 0x99, SEAL_KEY_SIZE);
    fixture->identity.seal.newest = 2;
    fixture_open(fixture);
    make(&later, CARD, NULL);
    payment_put(fixture->store, &later, PAYMENT_COMMITTING);
    assert_sound(fixture->store);
    g_assert_cmpint(files_with(fixture, "\"k\":2"), >, 0);
    assert_nothing_personal(fixture);
}

/* Without the key the row is there, whole and hashed, and does not open: told as such, not as a broken file. */
static void test_wrong_key(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment doubt;

    run(fixture->store, &doubt);
    fixture_close(fixture);
    memset(fixture->identity.seal.keys[0], 0x11, SEAL_KEY_SIZE);
    fixture_open(fixture);
    g_assert_true(store_verify_chain(fixture->store, 0, &error));
    g_assert_null(store_payment(fixture->store, doubt.id, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
    g_clear_error(&error);
    g_assert_false(store_rebuild(fixture->store, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_OPEN);
    fixture_close(fixture);
    memset(fixture->identity.seal.keys[0], 0x5E, SEAL_KEY_SIZE);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

/* ---- A journal from before there were keys ------------------------------------------------------------------------ */

static void exec(sqlite3 *db, const char *script)
{
    g_assert_cmpint(sqlite3_exec(db, script, NULL, NULL, NULL), ==, SQLITE_OK);
}

/* Write row 1 anew as an older program did: in clear, with its right hash. It is the only row. */
static void write_in_clear(const struct fixture *fixture)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *get = NULL, *set = NULL;
    uint8_t hash[32];

    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    exec(db, "DROP TRIGGER journal_no_update");
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT id,body FROM journal WHERE seq=1", -1, &get, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(get), ==, SQLITE_ROW);
    const char *id = (const char *)sqlite3_column_text(get, 0);
    json_t *body = json_loads((const char *)sqlite3_column_text(get, 1), 0, NULL);
    json_object_set_new(body, "data", seal_open_members(&fixture->identity.seal, id, json_object_get(body, "data")));
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    g_assert_nonnull(strstr(text, CARD));
    chain_hash(fixture->identity.chain_nonce, fixture->identity.epoch, 1, id, text, strlen(text), hash);
    g_assert_cmpint(sqlite3_prepare_v2(db, "UPDATE journal SET body=?1, hash=?2", -1, &set, NULL), ==, SQLITE_OK);
    sqlite3_bind_text(set, 1, text, -1, SQLITE_STATIC);
    sqlite3_bind_blob(set, 2, hash, sizeof hash, SQLITE_STATIC);
    g_assert_cmpint(sqlite3_step(set), ==, SQLITE_DONE);
    sqlite3_finalize(set);
    sqlite3_finalize(get);
    exec(db, "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
             "  BEGIN SELECT RAISE(ABORT,'the journal is append only'); END;"
             "DROP VIEW card_counter; ALTER TABLE payment RENAME COLUMN card_token TO card_number;"
             "UPDATE payment SET card_number='" CARD "'; DROP TABLE card;"
             "CREATE TABLE card(card_number TEXT PRIMARY KEY, last_payment TEXT NOT NULL) STRICT, WITHOUT ROWID;"
             "INSERT INTO card SELECT card_number,id FROM payment;"
             "CREATE VIEW card_counter AS SELECT card_number FROM card;"
             "DELETE FROM meta WHERE key='keys'; UPDATE meta SET value=1 WHERE key='projection_version'");
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    free(text);
    json_decref(body);
}

static void test_old_rows(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment payment, more;

    make(&payment, CARD, NULL);
    payment_put(fixture->store, &payment, PAYMENT_COMMITTING);
    fixture_close(fixture);
    write_in_clear(fixture);
    fixture_open(fixture);
    assert_sound(fixture->store);
    struct payment *open = store_payment_open(fixture->store, CARD, &error);
    g_assert_cmpstr(open->id, ==, payment.id);
    payment_free(open);
    payment_put(fixture->store, &payment, PAYMENT_VOID);
    make(&more, OTHER, NULL);
    payment_put(fixture->store, &more, PAYMENT_COMMITTING);
    g_assert_cmpint(files_with(fixture, OTHER), ==, 0);
    fixture_close(fixture);
    /* Only the old body still has the number: once, in the journal. */
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM journal WHERE body LIKE '%" CARD "%'"), ==, 1);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM card WHERE length(card_token)=32"), ==, 2);
    fixture_open(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/sealed/files", test_files);
    FIXTURE_ADD("/store/sealed/outbox", test_outbox);
    FIXTURE_ADD("/store/sealed/not-text", test_not_text);
    FIXTURE_ADD("/store/sealed/other-keys", test_other_keys);
    FIXTURE_ADD("/store/sealed/new-version", test_new_version);
    FIXTURE_ADD("/store/sealed/wrong-key", test_wrong_key);
    FIXTURE_ADD("/store/sealed/old-rows", test_old_rows);
    return g_test_run();
}
