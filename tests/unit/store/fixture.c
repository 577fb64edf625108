/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>

void fixture_open(struct fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    fixture->store = store_open(fixture->path, &fixture->identity, &error);
    g_assert_no_error(error);
    g_assert_nonnull(fixture->store);
}

void fixture_close(struct fixture *fixture)
{
    g_clear_pointer(&fixture->store, store_close);
}

void fixture_tail_remove(struct fixture *fixture)
{
    g_autofree char *tail = g_strconcat(fixture->path, "-tail", NULL);
    g_assert_cmpint(g_unlink(tail), ==, 0);
}

void fixture_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            fixture_remove(file);
        else
            g_assert_cmpint(g_unlink(file), ==, 0);
    }
    if (dir == NULL)
        return;
    g_dir_close(dir);
    g_assert_cmpint(g_rmdir(path), ==, 0);
}

void fixture_up(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture->dir = g_dir_make_tmp("citycard-store-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->dir, "kiosk.db", NULL);
    fixture->identity = (struct store_identity){.kiosk_id = "K0001", .epoch = 1};
    memset(fixture->identity.chain_nonce, 0xC3, sizeof fixture->identity.chain_nonce);
    memset(fixture->identity.index_key, 0x1D, sizeof fixture->identity.index_key);
    memset(fixture->identity.local_key, 0x10, sizeof fixture->identity.local_key);
    memset(fixture->identity.seal.keys[0], 0x5E, SEAL_KEY_SIZE);
    fixture->identity.seal.newest = 1;
    fixture_open(fixture);
}

void fixture_down(struct fixture *fixture, const void *data)
{
    fixture_close(fixture);
    fixture_remove(fixture->dir);
    g_free(fixture->path);
    g_free(fixture->dir);
}

void payment_make(struct payment *payment, const char *card_number, const char *bill_id, int64_t amount_fen)
{
    static gint terminal_serial;

    memset(payment, 0, sizeof *payment);
    payment->at_ms = now_ms();
    uuid7(payment->at_ms, payment->id);
    payment->purchase =
        (struct cc_purchase){.state = CC_PURCHASE_SENT,
                             .terminal_serial = (uint32_t)g_atomic_int_add(&terminal_serial, 1),
                             .type = 6,
                             .amount_fen = (uint32_t)amount_fen,
                             .balance_before_fen = 26850,
                             .counter = 7,
                             .mac1 = {0xDE, 0xAD, 0xBE, 0xEF}};
    g_strlcpy(payment->purchase.card_number, card_number, sizeof payment->purchase.card_number);
    if (bill_id == NULL)
        return;
    payment->bill_count = 1;
    payment->bills[0].amount_fen = amount_fen;
    g_strlcpy(payment->bills[0].id, bill_id, sizeof payment->bills[0].id);
}

bool payment_write(struct store *store, struct payment *payment, enum payment_state state, GError **error)
{
    g_autofree char *name = g_ascii_strdown(payment_state_name(state), -1);
    g_autofree char *type = g_strconcat("payment.", name, NULL);

    payment->state = state;
    json_t *data = payment_to_json(payment);
    bool done = store_append(store, type, data, NULL, error);
    json_decref(data);
    return done;
}

void payment_put(struct store *store, struct payment *payment, enum payment_state state)
{
    g_autoptr(GError) error = NULL;

    bool done = payment_write(store, payment, state, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

void fact_put(struct store *store, int n, char id_out[37])
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:i, s:s}", "n", n, "text", "事实 with \"quotes\"");

    bool done = store_append(store, "test.fact", data, id_out, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    json_decref(data);
}

void raw_sql(const char *path, const char *script)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    int code = sqlite3_exec(db, script, NULL, NULL, &message);
    if (code != SQLITE_OK)
        g_error("%s: %s", script, message);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

int64_t raw_int(const char *path, const char *query)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db, query, -1, &statement, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    return value;
}

json_t *json_of(const char *text)
{
    g_autofree char *proper = g_strdelimit(g_strdup(text), "'", '"');
    json_error_t where;
    json_t *json = json_loads(proper, 0, &where);

    if (json == NULL)
        g_error("%s: %s", proper, where.text);
    return json;
}

void assert_sound(struct store *store)
{
    g_autoptr(GError) error = NULL;

    bool chain = store_verify_chain(store, 0, &error);
    g_assert_no_error(error);
    bool equal = store_rebuild(store, &error);
    g_assert_no_error(error);
    g_assert_true(chain && equal);
}
