/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a platform in order over the years: keys that come later, and everything sealed being looked at. */
#include "pair.h"
#include "platform/commands/commands.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-check.h"
#include "platform/data/db-engine.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "platform/keys/signing.h"
#include "schema.h"
#include "sync/signing.h"
#include <glib/gstdio.h>
#include <string.h>

/* A command as it is typed. */
static bool run(command_fn command, GError **error, ...)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    va_list args;

    g_ptr_array_add(words, (char *)"command");
    va_start(args, error);
    for (char *word = va_arg(args, char *); word != NULL; word = va_arg(args, char *))
        g_ptr_array_add(words, word);
    va_end(args);
    g_ptr_array_add(words, NULL);
    return kit_command(command, words, error);
}

static void assert_says(GError **error, const char *text)
{
    g_assert_nonnull(*error);
    if (strstr((*error)->message, text) == NULL)
        g_error("\"%s\" does not say \"%s\"", (*error)->message, text);
    g_clear_error(error);
}

static void reopen(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
}

/* ---- The key of proofs ---- */

static void secrets_without_proof(struct fixture *f)
{
    g_autofree char *path = g_build_filename(f->dir, PLATFORM_SECRETS_FILE, NULL);
    json_t *json = json_load_file(path, 0, NULL);

    g_assert_cmpint(json_object_del(json, "proof_master"), ==, 0);
    g_assert_cmpint(json_dump_file(json, path, 0), ==, 0);
    json_decref(json);
    reopen(f);
    g_assert_false(f->platform->masters.has_proof);
}

static void test_proof(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *in = g_strconcat("--data=", f->dir, NULL), *none = g_build_filename(f->dir, "none.json", NULL);
    const uint8_t serial[8] = {1}, challenge[8] = {2};
    uint8_t before[8] = {0}, after[8] = {0};
    GStatBuf info;

    const struct purse_keys *keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, before), ==, PURSE_KEYS_OK);
    g_assert_false(run(command_keys_add, &error, in, "proof", "--keys=" COMMUNITY_DIR "/demo-keys.json", NULL));
    assert_says(&error, "already");
    secrets_without_proof(f);
    keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, after), ==, PURSE_KEYS_UNKNOWN);

    g_assert_false(run(command_keys_add, &error, in, "proof", NULL));
    assert_says(&error, "--keys FILE");
    g_assert_true(g_file_set_contents(none, "{\"master\": {\"authentication\": \"00\"}}", -1, NULL));
    g_autofree char *wrong = g_strconcat("--keys=", none, NULL);
    g_assert_false(run(command_keys_add, &error, in, "proof", wrong, NULL));
    assert_says(&error, "no master.authentication");
    g_assert_true(run(command_keys_add, &error, in, "proof", "--keys=" COMMUNITY_DIR "/demo-keys.json", NULL));
    g_assert_no_error(error);
    reopen(f);
    keys = &f->platform->purse_keys;
    g_assert_cmpint(keys->prove(keys->ctx, serial, serial, challenge, after), ==, PURSE_KEYS_OK);
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
    g_autofree char *secrets = g_build_filename(f->dir, PLATFORM_SECRETS_FILE, NULL);
    g_assert_cmpint(g_stat(secrets, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

/* ---- The key of signed lists ---- */

static json_t *introductions(struct fixture *f)
{
    unsigned status;
    json_t *answer = kit_call(f->platform, "GET", "/v1/signing-keys", NULL, "K0001", NULL, &status), *list;
    json_t *envelope;
    size_t i;

    g_assert_cmpuint(status, ==, 200);
    list = json_incref(json_object_get(answer, "introductions"));
    json_decref(answer);
    json_array_foreach(list, i, envelope)
    {
        json_t *payload = json_loads(json_string_value(json_object_get(envelope, "payload")), 0, NULL);
        g_autofree char *why = schema_fault("SigningKey", payload);
        g_assert_cmpstr(why, ==, NULL);
        json_decref(payload);
    }
    return list;
}

static void assert_signed_now(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    json_t *answer = kit_hotlist(f->platform, 0), *since = kit_hotlist(f->platform, 1);
    json_t *manifest = signed_open(f->platform->sign_public, json_object_get(answer, "manifest"), &error);
    json_t *delta = signed_open(f->platform->sign_public, json_array_get(json_object_get(since, "deltas"), 0), &error);

    g_assert_no_error(error);
    g_assert_true(manifest != NULL && delta != NULL);
    json_decref(manifest);
    json_decref(delta);
    json_decref(answer);
    json_decref(since);
}

static void test_signing(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *in = g_strconcat("--data=", f->dir, NULL), *next = g_build_filename(f->dir, PLATFORM_SIGN_NEXT_FILE, NULL);
    struct signing kiosk;
    uint8_t first[32];
    unsigned steps;
    const struct hotlist_change lost = {.mark = 1, .reason = HOTLIST_LOST};
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof lost);
    int64_t version;

    g_array_append_val(changes, lost);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(hotlist_publish(f->platform, changes, now_ms(), &version, &error));
    g_assert_true(db_commit(f->platform->db, NULL));
    memcpy(first, f->platform->sign_public, 32);
    g_assert_true(signing_init(&kiosk, first));
    json_t *list = introductions(f);
    g_assert_cmpuint(json_array_size(list), ==, 0);
    json_decref(list);
    g_assert_false(run(command_rotate_signing, &error, in, "--finish", NULL));
    assert_says(&error, "no next key");
    /* Stopped when the key was made and told to nobody: it goes on with that one. */
    g_assert_true(pki_signing_key_new(f->dir, PLATFORM_SIGN_NEXT_FILE, &error));
    g_autofree char *made = NULL, *kept = NULL;
    g_assert_true(g_file_get_contents(next, &made, NULL, NULL));
    g_assert_true(run(command_rotate_signing, &error, in, NULL));
    g_assert_true(g_file_get_contents(next, &kept, NULL, NULL));
    g_assert_cmpstr(made, ==, kept);
    g_assert_false(run(command_rotate_signing, &error, in, NULL));
    assert_says(&error, "introduced already");
    reopen(f);
    g_assert_cmpmem(first, 32, f->platform->sign_public, 32); /* told, not in use */
    assert_signed_now(f);
    g_assert_true(run(command_rotate_signing, &error, in, "--finish", NULL));
    reopen(f);
    g_assert_cmpint(memcmp(first, f->platform->sign_public, 32), !=, 0);
    assert_signed_now(f); /* what lay there, signed by the first */
    g_assert_false(run(command_rotate_signing, &error, in, "--finish", NULL));
    assert_says(&error, "no next key");
    /* Once more, and whoever knows the first key only follows both. */
    g_assert_true(run(command_rotate_signing, &error, in, "--days=1", NULL));
    g_assert_true(run(command_rotate_signing, &error, in, "--finish", NULL));
    reopen(f);
    list = introductions(f);
    g_assert_true(signing_follow(&kiosk, list, &steps, &error));
    g_assert_cmpuint(steps, ==, 2);
    g_assert_cmpmem(kiosk.newest, 32, f->platform->sign_public, 32);
    json_decref(list);
}

/* ---- Everything sealed ---- */

/* A row in each table that has a sealed column. */
static void fill(struct fixture *f)
{
    struct payment paid, load;

    kit_payment(&paid, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, &paid, PAYMENT_COMMITTING);
    kit_load(f->platform, &load, f->card, 5000, 25230, 3, f->staff);
    ask(f, "K0001", &load, 200, "");
    push_one(f, &f->pen,
             pen_event(&f->pen, "ticket.filed",
                       json_pack("{s:s, s:b, s:s, s:s, s:s}", "service", "F01", "anonymous", 0, "description", "the lift stands", "address_id",
                                 "P0001", "phone", "13800001234")),
             "accepted", "");
}

/* What is wrong with it, or NULL; g_free. Inside a transaction. */
static char *sealed_wrong(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    char *broken = NULL;
    int64_t count = 0;

    g_assert_true(db_check_sealed(f->platform->db, &count, &broken, &error));
    g_assert_no_error(error);
    g_assert_true(count > 0 || broken != NULL);
    return broken;
}

static const char *sql_of(const char *format, const struct db_seal_place *place)
{
    g_autofree char *text = g_strdup_printf(format, place->table, place->column, place->key);
    return g_intern_string(text);
}

#define ONE " WHERE community=?1 AND %3$s=(SELECT max(%3$s) FROM %1$s WHERE community=?1 AND %2$s IS NOT NULL)"

static void damage(struct fixture *f, const struct db_seal_place *place)
{
    const char *body = "UPDATE %1$s SET %2$s='{\"card_number\":{\"k\":1,\"s\":\"QUJD\"}}' " ONE;
    const char *text = "UPDATE %1$s SET %2$s='13800001234'" ONE;
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    if (strcmp(place->table, "ticket_event") == 0) /* what happened stays */
        g_assert_true(f->platform->db->engine->script(f->platform->db, kit_on_file() ? "DROP TRIGGER ticket_event_update"
                                                                              : "DROP TRIGGER ticket_event_update ON ticket_event",
                                                      &error));
    (void)db_run(f->platform->db, &error, sql_of(strcmp(place->place, DB_SEAL_BODY) == 0 ? body : text, place), "");
    g_assert_no_error(error);
    g_autofree char *broken = sealed_wrong(f), *named = g_strdup_printf("%s.%s of ", place->table, place->column);
    if (broken == NULL || !g_str_has_prefix(broken, named))
        g_error("%s is damaged and it is said: %s", named, broken);
    db_rollback(f->platform->db);
}

static int64_t rows_of(struct fixture *f, const struct db_seal_place *place)
{
    int64_t count = 0;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &count, sql_of("SELECT count(*) FROM %1$s WHERE community=?1 AND %2$s IS NOT NULL", place), ""));
    db_rollback(f->platform->db);
    return count;
}

static void test_sealed(struct fixture *f, const void *data)
{
    unsigned damaged = 0;

    fill(f);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autofree char *broken = sealed_wrong(f);
    db_rollback(f->platform->db);
    g_assert_cmpstr(broken, ==, NULL);
    for (const struct db_seal_place *place = db_seal_places; place->place != NULL; place++)
        if (rows_of(f, place) > 0) {
            damage(f, place);
            damaged++;
        }
    g_assert_cmpuint(damaged, >=, 16);
}

/* Nothing is sealed for a place that the list does not have. */
static void test_sealed_unlisted(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_false(db_run(f->platform->db, &error, "UPDATE household SET address=?2 WHERE community=?1", "p", "household.landlord", "1", "x"));
    assert_says(&error, "db-seal-places.c");
    db_rollback(f->platform->db);
    g_assert_false(db_seal_place_known("household"));
    g_assert_false(db_seal_place_known("household.addres|1"));
    g_assert_false(db_seal_place_known("household.address2"));
    g_assert_false(db_seal_place_known("|1"));
    g_assert_true(db_seal_place_known("household.address|1"));
}

static bool listed(const char *table, const char *column)
{
    for (const struct db_seal_place *place = db_seal_places; place->place != NULL; place++)
        if (strcmp(place->table, table) == 0 && strcmp(place->column, column) == 0)
            return true;
    return false;
}

/* As the sealed look: nonce, tag and more in base64; or a member of JSON of that kind. Digests are hex, signatures a column of their own. */
static bool looks_sealed(const char *text)
{
    static const char hex[] = "0123456789abcdefABCDEF-", base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text), plain = strspn(text, base64);

    if (len >= 40 && len % 4 == 0 && strspn(text, hex) < len && plain >= len - 2 && strspn(text + plain, "=") == len - plain)
        return true;
    return *text == '{' && strstr(text, "\"s\":\"") != NULL && strstr(text, "\"k\":") != NULL;
}

static unsigned look_at(struct fixture *f, const char *table)
{
    g_autofree char *sql = g_strdup_printf("SELECT * FROM %s WHERE community=?1", table);
    json_t *rows = json_array(), *row, *value;
    const char *name;
    unsigned seen = 0;
    size_t at;

    g_assert_true(db_rows_json(f->platform->db, db_query(f->platform->db, NULL, g_intern_string(sql), ""), NULL, rows, NULL));
    json_array_foreach(rows, at, row)
        json_object_foreach(row, name, value)
        {
            /* Events are as their kiosks sealed them, and bound by their chain. */
            if (!json_is_string(value) || !looks_sealed(json_string_value(value)) || strcmp(name, "signature") == 0 ||
                strcmp(table, "event") == 0)
                continue;
            if (!listed(table, name))
                g_error("%s.%s holds what looks sealed, and db-seal-places.c does not have it: %s", table, name, json_string_value(value));
            seen++;
        }
    json_decref(rows);
    return seen;
}

/* Whatever looks sealed in any table stands in a column of the list. */
static void test_sealed_all_listed(struct fixture *f, const void *data)
{
    const char *sql = kit_on_file() ? "SELECT name FROM sqlite_schema WHERE type='table' AND ?1=?1 AND sql LIKE '%community TEXT%'"
                                    : "SELECT table_name FROM information_schema.columns WHERE table_schema='citycard' AND column_name='community' AND ?1=?1"
                                      " AND table_name NOT IN (SELECT table_name FROM information_schema.views)";
    g_autoptr(GError) error = NULL;
    unsigned seen = 0;

    fill(f);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_autoptr(GPtrArray) tables = db_texts(f->platform->db, db_query(f->platform->db, &error, sql, ""), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tables->len, >, 40);
    for (guint i = 0; i < tables->len; i++)
        seen += look_at(f, tables->pdata[i]);
    db_rollback(f->platform->db);
    g_assert_cmpuint(seen, >, 300);
}

#define ADD(name) g_test_add("/upkeep/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(proof);
    ADD(signing);
    ADD(sealed);
    ADD(sealed_unlisted);
    ADD(sealed_all_listed);
    return g_test_run();
}
