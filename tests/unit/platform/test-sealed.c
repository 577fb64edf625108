/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that names a person or a card lies in clear in the platform's folder, also not after an older database became this one. */
#include "kit.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-seal.h"
#include <string.h>

static void assert_nowhere(struct kit_stage *f, const char *text)
{
    if (kit_database_has(f->dir, text))
        g_error("platform.db holds \"%s\" in clear", text);
}

static void assert_personas_nowhere(struct kit_stage *f)
{
    static const char *const MEMBERS[] = {"card_number", "name", "id_number", "phone", "address"};
    json_t *personas = json_load_file(COMMUNITY_DIR "/personas.json", 0, NULL), *person;
    size_t at = 0;

    g_assert_true(kit_database_has(f->dir, "UNPAID"));
    json_array_foreach(json_object_get(personas, "cards"), at, person)
    {
        for (size_t i = 0; i < G_N_ELEMENTS(MEMBERS); i++)
            assert_nowhere(f, json_string_value(json_object_get(person, MEMBERS[i])));
    }
    json_decref(personas);
}

static void reopen(struct kit_stage *f)
{
    g_autoptr(GError) error = NULL;

    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
}

static void push(struct kit_stage *f, struct pen *pen, json_t *event)
{
    json_t *answer = kit_push(f->platform, pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
}

/* Everything of a run: people, bills, payments to each end and in doubt. And it is read as before. */
static void test_run(struct kit_stage *f, const void *data)
{
    struct payment paid, doubt;
    struct pen pen;
    char bill[64];
    g_autofree char *card = kit_card(1);
    int64_t amount_fen = kit_bill(f->platform, card, 0, bill);

    kit_enrol(f->platform, "K0001", &pen);
    kit_payment(&paid, card, bill, amount_fen);
    push(f, &pen, pen_payment(&pen, &paid, PAYMENT_COMMITTING));
    kit_tac(&paid);
    push(f, &pen, pen_payment(&pen, &paid, PAYMENT_CONFIRMED));
    kit_payment(&doubt, card, NULL, 100);
    push(f, &pen, pen_payment(&pen, &doubt, PAYMENT_COMMITTING));
    push(f, &pen, pen_payment(&pen, &doubt, PAYMENT_IN_DOUBT));
    assert_personas_nowhere(f); /* the WAL beside it */
    reopen(f);
    assert_personas_nowhere(f);
    json_t *report = kit_report(f->platform);
    g_assert_cmpstr(kit_payment_text(report, paid.id, "card_number"), ==, card);
    json_decref(report);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *told = db_doubt_value(f->platform->db, doubt.id, NULL);
    db_rollback(f->platform->db);
    const char *number = json_string_value(
        json_object_get(json_object_get(json_object_get(told, "payment"), "purchase"), "card_number"));
    g_assert_cmpstr(number, ==, card);
    json_decref(told);
}

/* A value that was moved to another row does not open, and says so. */
static void test_moved(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(1);
    char bill[64];

    kit_bill(f->platform, card, 0, bill);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL,
                         "UPDATE person SET name=(SELECT name FROM person WHERE community=?1 AND id=0) WHERE community=?1", ""));
    g_assert_null(db_bill_value(f->platform->db, bill, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    db_rollback(f->platform->db);
}

/* Found by the index, one ID number once. */
static void test_id_once(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct person person = {.name = (char *)"某某", .sex = 'M', .birth = 19900101};

    g_strlcpy(person.id_number, "990102198506141024", sizeof person.id_number); /* the adult's */
    g_strlcpy(person.phone, "10000000000", sizeof person.phone);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_false(db_person_add(f->platform->db, 900000, &person, &error) && db_settle(f->platform->db, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    g_assert_nonnull(strstr(error->message, "id_index"));
    db_rollback(f->platform->db);
}

/* One bill of a biller, an account and a period, though the account is sealed each time anew. */
static void test_account_once(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(1);
    struct bill_row bill;
    char id[64];
    bool found = false;

    kit_bill(f->platform, card, 0, id);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_bill_find(f->platform->db, id, &bill, &found, &error) && found);
    g_assert_true(g_str_has_prefix(bill.account_no, "T"));
    g_strlcpy(bill.id, "another", sizeof bill.id);
    g_assert_false(db_bill_add(f->platform->db, &bill, &error) && db_settle(f->platform->db, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    g_assert_nonnull(strstr(error->message, "account_index"));
    db_rollback(f->platform->db);
    assert_nowhere(f, bill.account_no);
}

/* Without the keys the file opens, and nothing personal is read. */
static void test_no_keys(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *card = kit_card(1), *token = NULL, *state = NULL;
    struct db *db = db_open(f->dir, COMMUNITY_ID, false, NULL, &error);

    g_assert_no_error(error);
    g_assert_true(db_begin(db, false, NULL));
    g_assert_false(db_card_find(db, card, &token, &state, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL);
    db_rollback(db);
    db_close(db);
}

/* ---- An older database ------------------------------------------------------------------------------------------------ */

#define OLD_CARD "3109901000000001017"
#define OLD_ID   "01900000-0000-7000-8000-000000000001"

static const char OLD_ROWS[] =
    "INSERT INTO meta VALUES('" COMMUNITY_ID "','generation','0123456789abcdef');"
    "INSERT INTO household VALUES('" COMMUNITY_ID "',7,'澄明区稻香街道禾光路 126 弄 3 号','01',60);"
    "INSERT INTO person VALUES('" COMMUNITY_ID "',3,'李静安','990102198506141024','F',19850614,'10000799819',1,1,7);"
    "INSERT INTO card VALUES('" COMMUNITY_ID "','" OLD_CARD "','%s',3,'x',1,20240101,20340101,'active');"
    "INSERT INTO biller VALUES('" COMMUNITY_ID "','ytdl','elec','电','Power');"
    "INSERT INTO bill VALUES('" COMMUNITY_ID "','B1','" OLD_CARD "','ytdl','T90000001','202610',100,'',20261101,20261201,"
    "  'UNPAID');"
    "INSERT INTO kiosk(community,id,place_zh,place_en,state,epoch,head_seq) VALUES('" COMMUNITY_ID "','K0001','','','NEW',0,0);"
    "INSERT INTO payment(community,id,kiosk,state,card,token,amount_fen,balance_before_fen,counter,terminal,"
    "  terminal_serial,intent,receipt_no,at_ms,proof,body) VALUES('" COMMUNITY_ID "','" OLD_ID "','K0001','IN_DOUBT','" OLD_CARD
    "','%s',100,500,7,'990100000001',1,x'00','',1,x'01','{\"purchase\":{\"card_number\":\"" OLD_CARD "\"}}');";

/* A function that an earlier migration names; what it would be asked about is empty here. */
static void not_asked(sqlite3_context *context, int count, sqlite3_value **values)
{
    g_assert_not_reached();
}

/* As the program before left it, in place of the one that init made. */
static void write_old(struct kit_stage *f, const char *token)
{
    g_autofree char *path = g_build_filename(f->dir, "platform.db", NULL);
    g_autofree char *rows = g_strdup_printf(OLD_ROWS, token, token);
    sqlite3 *db = NULL;
    int version = 0;

    platform_close(f->platform);
    f->platform = NULL;
    g_assert_cmpint(remove(path), ==, 0);
    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_create_function(db, "unhex", 1, SQLITE_UTF8, NULL, not_asked, NULL, NULL), ==, SQLITE_OK);
    for (; db_migrations[version] != db_schema_sealed; version++)
        g_assert_cmpint(sqlite3_exec(db, db_migrations[version], NULL, NULL, NULL), ==, SQLITE_OK);
    g_autofree char *mark = g_strdup_printf("PRAGMA user_version=%d", version);
    g_assert_cmpint(sqlite3_exec(db, rows, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, mark, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    g_assert_true(kit_database_has(f->dir, OLD_CARD));
    g_assert_true(kit_database_has(f->dir, "李静安"));
}

static void test_older(struct kit_stage *f, const void *data)
{
    static const char *const GONE[] = {OLD_CARD, "李静安", "990102198506141024", "10000799819", "禾光路", "T90000001"};
    g_autoptr(GError) error = NULL;
    g_autofree char *found = NULL, *state = NULL, *body = NULL;
    char token[33];

    if (!kit_on_file()) {
        g_test_skip("a server has no older databases");
        return;
    }
    card_token(f->platform->index_key, OLD_CARD, token);
    write_old(f, token);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_find(f->platform->db, OLD_CARD, &found, &state, &error));
    g_assert_cmpstr(found, ==, token);
    json_t *value = db_bill_value(f->platform->db, "B1", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(json_string_value(json_object_get(value, "name_masked")), ==, "李**");
    g_assert_cmpstr(json_string_value(json_object_get(value, "account_masked")), ==, "0001");
    json_decref(value);
    struct credit_person person;
    g_assert_true(db_credit_person(f->platform->db, token, &person, &error) && person.found);
    g_assert_cmpuint(person.birth, ==, 19850614);
    int64_t clear = -1;
    g_assert_true(db_int(f->platform->db, NULL, -1, &clear, "SELECT count(*) FROM person WHERE community=?1 AND birth<>0", ""));
    g_assert_cmpint(clear, ==, 0);
    g_assert_true(db_payment_body(f->platform->db, OLD_ID, &body, &error));
    g_assert_nonnull(strstr(body, OLD_CARD));
    db_rollback(f->platform->db);
    json_t *report = kit_report(f->platform);
    g_assert_cmpstr(kit_payment_text(report, OLD_ID, "card_number"), ==, OLD_CARD);
    json_decref(report);
    reopen(f); /* closed: the WAL is in the file */
    for (size_t i = 0; i < G_N_ELEMENTS(GONE); i++)
        assert_nowhere(f, GONE[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/platform/sealed/" #name, struct kit_stage, NULL, kit_up, test_##name, kit_down)
    ADD(run);
    ADD(moved);
    ADD(id_once);
    ADD(account_once);
    ADD(no_keys);
    ADD(older);
    return g_test_run();
}
