/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"
#include "model/model.h"
#include "platform/credit/quota.h"
#include "platform/sample/community.h"
#include "platform/data/db-rows.h"
#include "platform/calls/handlers.h"
#include "platform/hotlist/hotlist.h"
#include "platform/sample/init.h"
#include "platform/staff.h"
#include "schema.h"
#include "sync/wire.h"
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *kit_dir(void)
{
    g_autoptr(GError) error = NULL;
    char *dir = g_dir_make_tmp("citycard-test-XXXXXX", &error);

    if (g_getenv("CITYCARD_TPM") == NULL)
        g_setenv("CITYCARD_TPM", "none", FALSE); /* not the TPM of the machine that tests */
    g_assert_no_error(error);
    return dir;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

/* ---- A database of a server, where the tests run against one ---- */

#define SERVER "CITYCARD_TEST_PG" /* libpq's connection string of somebody who may make databases */

void kit_server_script(const char *sql)
{
    PGconn *conn = PQconnectdb(g_getenv(SERVER));
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        g_error("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

static void on_server(const char *format, const char *name)
{
    g_autofree char *sql = g_strdup_printf(format, name);
    kit_server_script(sql);
}

char *kit_database(void)
{
    static int count;
    g_autofree char *name = g_strdup_printf("kit_%d_%d", (int)getpid(), ++count);

    if (g_getenv(SERVER) == NULL)
        return NULL;
    on_server("CREATE DATABASE %s TEMPLATE template0", name);
    return g_strdup_printf("%s dbname=%s", g_getenv(SERVER), name);
}

static void database_drop(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, DB_SERVER_FILE, NULL), *text = NULL;
    const char *name = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL) && (name = strstr(text, "dbname=kit_")) != NULL)
        on_server("DROP DATABASE IF EXISTS %s WITH (FORCE)", name + strlen("dbname="));
}

bool kit_on_file(void)
{
    return g_getenv(SERVER) == NULL;
}

/* As text, and a number as digits in half bytes too, as cards have it; a dump shows bytes in hex, so that one is the other there. */
static bool file_has(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL), *bytes = NULL;
    uint8_t digits[8];
    gsize len = 0;

    if (!g_file_get_contents(path, &bytes, &len, NULL))
        return false;
    return memmem(bytes, len, text, strlen(text)) != NULL ||
           (strlen(text) == 16 && cc_unhex(text, digits, sizeof digits) == 8 && memmem(bytes, len, digits, sizeof digits) != NULL);
}

static bool dump_has(const char *dir, const char *text)
{
    g_autofree char *path = g_build_filename(dir, DB_SERVER_FILE, NULL), *conninfo = NULL, *dump = NULL;
    char *argv[] = {"pg_dump", "--inserts", "-d", NULL, NULL};
    g_autoptr(GError) error = NULL;
    int status = 1;

    g_file_get_contents(path, &conninfo, NULL, &error);
    g_assert_no_error(error);
    argv[3] = conninfo;
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &dump, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
    return strstr(dump, text) != NULL;
}

bool kit_database_has(const char *dir, const char *text)
{
    return kit_on_file() ? file_has(dir, "platform.db", text) || file_has(dir, "platform.db-wal", text) : dump_has(dir, text);
}

void kit_dir_done(char *dir)
{
    database_drop(dir);
    g_assert_cmpint(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(dir);
}

void kit_init(const char *dir, unsigned residents)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *database = kit_database();
    struct init_options options = {
        .database = database,
        .data_dir = dir,
        .residents = residents,
        .seed = 1,
        .today = KIT_TODAY,
        .personas_file = COMMUNITY_DIR "/personas.json",
        .keys_file = COMMUNITY_DIR "/demo-keys.json",
    };

    bool ok = platform_init(&options, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

/* The first of the personas may answer for loads, too: two that are in the register and one that pays are three cards then. */
static void adult_answers(struct platform *platform)
{
    struct staff staff = {.id = "adult", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE};
    g_autofree char *card = kit_card(0);
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(platform->db, true, &error) && staff_add(platform, card, "adult", &staff, &error) &&
                  db_commit(platform->db, &error));
    g_assert_no_error(error);
}

struct platform *kit_platform(const char *dir)
{
    return kit_platform_of(dir, KIT_RESIDENTS);
}

void kit_up(struct kit_stage *stage, const void *data)
{
    stage->dir = kit_dir();
    stage->platform = kit_platform(stage->dir);
}

void kit_down(struct kit_stage *stage, const void *data)
{
    platform_close(stage->platform);
    kit_dir_done(stage->dir);
}

struct platform *kit_platform_of(const char *dir, unsigned residents)
{
    g_autoptr(GError) error = NULL;
    struct platform *platform;

    kit_init(dir, residents);
    platform = platform_open(dir, &error);
    g_assert_no_error(error);
    adult_answers(platform);
    return platform;
}

static json_t *sample_file(const char *name)
{
    g_autofree char *path = g_build_filename(COMMUNITY_DIR, name, NULL);
    json_t *json = json_load_file(path, 0, NULL);

    g_assert_nonnull(json);
    return json;
}

char *kit_card(unsigned persona)
{
    json_t *json = sample_file("personas.json");
    json_t *card = json_array_get(json_object_get(json, "cards"), persona);
    char *number = g_strconcat("310", json_string_value(json_object_get(card, "card_number")), NULL);

    json_decref(json);
    return number;
}

int64_t kit_bill(struct platform *platform, const char *card, unsigned n, char id[64])
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    struct bill_row bill;
    bool found;

    g_assert_true(db_begin(platform->db, false, &error));
    g_assert_true(db_text(platform->db, &error, &text,
                          "SELECT id FROM bill WHERE community=?1 AND card=?2 ORDER BY id LIMIT 1 OFFSET ?3",
                          "ci", card, (int64_t)n));
    g_assert_nonnull(text);
    g_assert_true(db_bill_find(platform->db, text, &bill, &found, &error));
    g_assert_true(found);
    db_rollback(platform->db);
    g_assert_no_error(error);
    g_strlcpy(id, text, 64);
    return bill.amount_fen;
}

void kit_payment(struct payment *payment, const char *card, const char *bill, int64_t amount_fen)
{
    static uint32_t count;

    memset(payment, 0, sizeof *payment);
    payment->at_ms = now_ms();
    uuid7(payment->at_ms, payment->id);
    payment->purchase = (struct cc_purchase){
        .state = CC_PURCHASE_SENT,
        .terminal_serial = ++count,
        .type = 6,
        .amount_fen = (uint32_t)amount_fen,
        .balance_before_fen = 50000,
        .counter = (uint16_t)(7 + count),
        .key_version = 1,
        .date_bcd = {0x20, 0x26, 0x11, 0x22},
        .time_bcd = {0x09, 0x30, 0x15},
    };
    g_strlcpy(payment->purchase.card_number, card, sizeof payment->purchase.card_number);
    g_assert_cmpint(cc_unhex(card + strlen(card) - 16, payment->purchase.serial, 8), ==, 8);
    g_assert_cmpint(cc_unhex("01019901FFFFFFFF", payment->purchase.issuer, 8), ==, 8);
    g_assert_cmpint(cc_unhex("990100000001", payment->purchase.terminal, 6), ==, 6);
    if (bill == NULL)
        return;
    payment->bill_count = 1;
    payment->bills[0].amount_fen = amount_fen;
    g_strlcpy(payment->bills[0].id, bill, sizeof payment->bills[0].id);
}

static void card_key(const char *name, const uint8_t issuer[8], const uint8_t serial[8], uint8_t key[16])
{
    static json_t *keys; /* read once, for as long as the program runs */
    uint8_t master[16];

    if (keys == NULL)
        keys = sample_file("demo-keys.json");
    const char *hex = json_string_value(json_object_get(json_object_get(keys, "master"), name));
    g_assert_cmpint(cc_unhex(hex, master, sizeof master), ==, 16);
    g_assert_true(purse_card_key(master, issuer, serial, key));
}

void kit_proof(const char *card, const char *challenge, char answer[17])
{
    uint8_t issuer[8], serial[8], asked[8], said[8], key[16];

    g_assert_cmpint(cc_unhex("01019901FFFFFFFF", issuer, 8), ==, 8);
    g_assert_cmpint(cc_unhex(card + 3, serial, 8), ==, 8);
    g_assert_cmpint(cc_unhex(challenge, asked, 8), ==, 8);
    card_key("authentication", issuer, serial, key);
    g_assert_cmpint(cc_suite_3des.session(key, asked, said), ==, CC_OK);
    wire_hex(said, sizeof said, answer);
}

void kit_tac(struct payment *payment)
{
    struct cc_purchase *p = &payment->purchase;
    struct cc_load *l = &payment->load;
    struct payment_facts facts = payment_facts(payment);
    uint8_t key[16];

    card_key("tac", facts.issuer, facts.serial, key);
    if (payment->kind == PAYMENT_LOAD) {
        g_assert_cmpint(cc_suite_load_tac(key, l, l->tac), ==, CC_OK);
        l->has_tac = true;
        l->state = CC_PURCHASE_CONFIRMED;
        l->evidence = CC_EVIDENCE_PROOF;
        return;
    }
    g_assert_cmpint(cc_suite_purchase_tac(key, p, p->tac), ==, CC_OK);
    p->has_tac = true;
    p->state = CC_PURCHASE_CONFIRMED;
    p->evidence = CC_EVIDENCE_MAC2;
}

/* ---- Staff ---- */

void kit_staff(struct platform *platform, const char *token, const char *id, unsigned persona, enum staff_role role)
{
    struct staff staff = {.role = role, .scope = STAFF_EVERYWHERE};
    g_autofree char *card = kit_card(persona);
    g_autoptr(GError) error = NULL;

    g_strlcpy(staff.id, id, sizeof staff.id);
    g_strlcpy(staff.token, token, sizeof staff.token);
    g_assert_true(db_begin(platform->db, true, &error));
    g_assert_true(db_run(platform->db, &error,
                         "INSERT INTO card(community, token, number, person, issuer, class, valid_from, valid_to, state)"
                         " SELECT community, ?3, ?4, person, issuer, class, valid_from, valid_to, 'active' FROM card"
                         " WHERE community=?1 AND token=?2",
                         "csp", card, token, "card.number", token, "3109901777700000000") &&
                  db_staff_add(platform->db, &staff, id, &error) && db_change_add(platform->db, "staff", token, &error) &&
                  db_commit(platform->db, &error));
    g_assert_no_error(error);
}

/* ---- Loads ---- */

void kit_mac1(struct payment *payment)
{
    struct cc_load *l = &payment->load;
    uint8_t key[16], session[8];

    card_key("load", l->issuer, l->serial, key);
    g_assert_cmpint(cc_suite_load_session(key, l->random, l->counter, session), ==, CC_OK);
    g_assert_cmpint(cc_suite_load_mac1(session, l, l->mac1), ==, CC_OK);
}

void kit_load(struct platform *platform, struct payment *payment, const char *card, int64_t amount_fen,
              int64_t balance_fen, uint16_t counter, const char *staff_card)
{
    struct payment like;

    kit_payment(&like, card, NULL, amount_fen);
    memset(payment, 0, sizeof *payment);
    memcpy(payment->id, like.id, sizeof payment->id);
    payment->at_ms = like.at_ms;
    payment->kind = PAYMENT_LOAD;
    payment->online = true;
    payment->load = (struct cc_load){.state = CC_PURCHASE_PREPARED, .family = CC_FAMILY_T_UNION, .type = 2,
                                     .amount_fen = (uint32_t)amount_fen, .balance_before_fen = (uint32_t)balance_fen,
                                     .counter = counter, .key_index = 1, .key_version = 1};
    g_strlcpy(payment->load.card_number, card, sizeof payment->load.card_number);
    memcpy(payment->load.serial, like.purchase.serial, 8);
    memcpy(payment->load.issuer, like.purchase.issuer, 8);
    memcpy(payment->load.terminal, like.purchase.terminal, 6);
    random_bytes(payment->load.random, sizeof payment->load.random);
    kit_mac1(payment);
    payment->staff_count = 1;
    card_token(platform->index_key, staff_card, payment->staff[0]);
}

const char *kit_ask_load(struct platform *platform, const char *kiosk, struct payment *payment, const char *key,
                         unsigned *status)
{
    g_autofree char *own = g_strdup_printf("\"%s\"", payment->id);
    json_t *json = payment_to_json(payment);
    g_autofree char *why = schema_fault("LoadPayment", json);
    char *text = json_dumps(json, JSON_COMPACT);
    struct request request = {.method = "POST", .path = "/v1/loads", .content_type = "application/json",
                              .idempotency_key = key != NULL ? key : own, .kiosk = kiosk, .certificate = KIT_SERIAL,
                              .body = text, .body_len = strlen(text)};
    struct reply reply = {0};
    const char *date, *time, *mac2, *code = "";

    g_assert_cmpstr(why, ==, NULL);
    handlers_run(platform, &request, &reply);
    schema_check_exchange("POST", "/v1/loads", text, reply.status, reply.body, reply.body_len);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    *status = reply.status;
    if (reply.status == 200) {
        g_assert_true(wire_get_string(answer, "date", 8, &date) && wire_get_string(answer, "time", 6, &time) &&
                      wire_get_string(answer, "mac2", 8, &mac2));
        g_assert_cmpint(cc_unhex(date, payment->load.date_bcd, 4), ==, 4);
        g_assert_cmpint(cc_unhex(time, payment->load.time_bcd, 3), ==, 3);
        g_assert_cmpint(cc_unhex(mac2, payment->load.mac2, 4), ==, 4);
        payment->load.state = CC_PURCHASE_SENT;
    } else {
        code = g_intern_string(json_string_value(json_object_get(answer, "code")));
    }
    json_decref(answer);
    json_decref(json);
    free(text);
    reply_clear(&reply);
    return code;
}

/* ---- Pen ---- */

json_t *pen_event(struct pen *pen, const char *type, json_t *data)
{
    char id[37], prev[65], hash_text[65];
    uint8_t hash[32];
    json_t *body, *event;
    char *text;

    uuid7(now_ms(), id);
    pen->seq++;
    if (!pen->clear) {
        json_t *sealed = seal_members(&pen->seal, id, data);
        g_assert_nonnull(sealed);
        json_decref(data);
        data = sealed;
    }
    body = json_pack("{s:s, s:s, s:I, s:s, s:i, s:s, s:I, s:o}", "id", id, "type", type, "at",
                     (json_int_t)now_ms(), "boot_id", "boot", "boot_ms", 1, "kiosk", pen->kiosk, "seq",
                     (json_int_t)pen->seq, "data", data);
    text = json_dumps(body, JSON_COMPACT);
    g_assert_nonnull(text);
    chain_hash(pen->prev, pen->epoch, pen->seq, id, text, strlen(text), hash);
    event = json_pack("{s:I, s:s, s:s, s:s, s:s}", "seq", (json_int_t)pen->seq, "id", id, "prev",
                      wire_hex(pen->prev, 32, prev), "hash", wire_hex(hash, 32, hash_text), "body", text);
    memcpy(pen->prev, hash, 32);
    g_autofree char *why = pen->unchecked ? NULL : schema_fault("EventBody", body);
    g_assert_cmpstr(why, ==, NULL);
    json_decref(body);
    free(text);
    return event;
}

json_t *pen_payment(struct pen *pen, struct payment *payment, enum payment_state state)
{
    json_t *data;

    payment->state = state;
    data = payment_to_json(payment);
    g_autofree char *why = pen->unchecked ? NULL : schema_fault(payment->kind == PAYMENT_LOAD ? "LoadPayment" : "Payment", data);
    g_assert_cmpstr(why, ==, NULL);
    return pen_event(pen, payment_event_type(payment->kind, state), data);
}

void kit_enrol(struct platform *platform, const char *kiosk, struct pen *pen)
{
    g_autoptr(GError) error = NULL;
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(platform->db, true, &error));
    g_assert_true(db_kiosk_find(platform->db, kiosk, &row, &found, &error));
    g_assert_true(found);
    row.epoch++;
    memset(row.chain_nonce, 0x5A, sizeof row.chain_nonce);
    g_strlcpy(row.certificate, KIT_SERIAL, sizeof row.certificate);
    g_assert_true(db_kiosk_enrol(platform->db, &row, now_ms(), &error));
    g_assert_true(quota_end(platform->db, kiosk, "enrolled", &(struct quota_place){.epoch = row.epoch, .at_ms = now_ms()}, &error));
    g_assert_true(db_commit(platform->db, &error));
    g_assert_no_error(error);
    *pen = (struct pen){.epoch = row.epoch, .seq = row.head_seq};
    g_strlcpy(pen->kiosk, kiosk, sizeof pen->kiosk);
    memcpy(pen->prev, row.chain_nonce, 32);
    platform_seal_ring(platform, kiosk, &pen->seal);
}

/* ---- Calls ---- */

static json_t *run(struct platform *platform, const struct request *values, json_t *body, unsigned *status)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct request request = *values;
    struct reply reply = {0};
    json_t *answer;

    request.content_type = "application/json";
    request.certificate = request.kiosk != NULL ? KIT_SERIAL : NULL;
    request.body = text != NULL ? text : "";
    request.body_len = text != NULL ? strlen(text) : 0;
    handlers_run(platform, &request, &reply);
    schema_check_exchange(request.method, request.path, text, reply.status, reply.body, reply.body_len);
    *status = reply.status;
    answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    g_assert_nonnull(answer);
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

json_t *kit_call(struct platform *platform, const char *method, const char *path, const char *query_cursor,
                 const char *kiosk, json_t *body, unsigned *status)
{
    return run(platform, &(struct request){.method = method, .path = path, .cursor = query_cursor, .kiosk = kiosk}, body,
               status);
}

json_t *kit_authorities(struct platform *platform, const char *kiosk, const char *known, unsigned *status)
{
    return run(platform, &(struct request){.method = "GET", .path = "/v1/authorities", .known = known, .kiosk = kiosk}, NULL, status);
}

json_t *kit_own_events(struct platform *platform, const char *kiosk, const char *epoch, const char *after,
                       const char *limit, unsigned *status)
{
    return run(platform,
               &(struct request){.method = "GET",
                                 .path = "/v1/events",
                                 .epoch = epoch,
                                 .after = after,
                                 .limit = limit,
                                 .kiosk = kiosk},
               NULL, status);
}

json_t *kit_feed(struct platform *platform, const char *kiosk)
{
    json_t *all = json_array();
    g_autofree char *cursor = g_strdup("");
    bool more = true;

    while (more) {
        unsigned status;
        json_t *answer = kit_call(platform, "GET", "/v1/feed", cursor, kiosk, NULL, &status);
        g_assert_cmpuint(status, ==, 200);
        json_array_extend(all, json_object_get(answer, "items"));
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(answer, "cursor")));
        more = json_is_true(json_object_get(answer, "more"));
        json_decref(answer);
    }
    return json_pack("{s:o}", "items", all);
}

json_t *kit_fed(json_t *feed, const char *topic, const char *key)
{
    json_t *items = json_object_get(feed, "items");

    for (size_t i = json_array_size(items); i-- > 0;) {
        json_t *item = json_array_get(items, i);
        if (g_strcmp0(json_string_value(json_object_get(item, "topic")), topic) == 0 &&
            g_strcmp0(json_string_value(json_object_get(item, "key")), key) == 0)
            return item;
    }
    return NULL;
}

json_t *kit_hotlist(struct platform *platform, int64_t since)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, since);
    unsigned status;
    json_t *answer = run(
        platform, &(struct request){.method = "GET", .path = "/v1/hotlist", .since = text, .kiosk = "K0001"}, NULL, &status);

    g_assert_cmpuint(status, ==, 200);
    return answer;
}

json_t *kit_push(struct platform *platform, struct pen *pen, json_t *events)
{
    unsigned status;
    json_t *answer =
        kit_call(platform, "POST", "/v1/events", NULL, pen->kiosk,
                 json_pack("{s:I, s:o}", "epoch", (json_int_t)pen->epoch, "events", events), &status);

    g_assert_cmpuint(status, ==, 200);
    return answer;
}

static const char *verdict_member(json_t *answer, size_t i, const char *member)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(answer, "verdicts"), i), member));
}

const char *kit_verdict(json_t *answer, size_t i)
{
    return verdict_member(answer, i, "verdict");
}

const char *kit_code(json_t *answer, size_t i)
{
    const char *code = verdict_member(answer, i, "code");

    return code != NULL ? code : "";
}

/* ---- Reports ---- */

int64_t kit_count(struct platform *platform, const char *sql)
{
    int64_t out = -1;

    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_int(platform->db, NULL, -1, &out, sql, ""));
    db_rollback(platform->db);
    return out;
}

json_t *kit_report(struct platform *platform)
{
    g_autoptr(GError) error = NULL;
    json_t *report;

    g_assert_true(db_begin(platform->db, false, &error));
    report = db_report(platform->db, &error);
    db_rollback(platform->db);
    g_assert_no_error(error);
    return report;
}

int64_t kit_balance(json_t *report, const char *account)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(report, "accounts"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "code")), account) == 0)
            return json_integer_value(json_object_get(row, "balance_fen"));
    }
    return 0;
}

const char *kit_payment_text(json_t *report, const char *id, const char *member)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(report, "payments"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0)
            return json_string_value(json_object_get(row, member));
    }
    return NULL;
}

void kit_assert_ledger(json_t *report)
{
    int64_t total = 0, accounts = 0;
    json_t *txn, *entry, *account;
    size_t i, j;

    json_array_foreach(json_object_get(report, "transactions"), i, txn)
    {
        int64_t sum = 0;

        json_array_foreach(json_object_get(txn, "entries"), j, entry)
        {
            sum += json_integer_value(json_object_get(entry, "amount_fen"));
        }
        g_assert_cmpint(json_integer_value(json_object_get(txn, "closed")), ==, 1);
        g_assert_cmpint((gint64)json_array_size(json_object_get(txn, "entries")), >=, 2);
        g_assert_cmpint(sum, ==, 0);
        total += sum;
    }
    json_array_foreach(json_object_get(report, "accounts"), i, account)
    {
        accounts += json_integer_value(json_object_get(account, "balance_fen"));
    }
    g_assert_cmpint(total, ==, 0);
    g_assert_cmpint(accounts, ==, 0);
    g_assert_cmpint(json_integer_value(json_object_get(report, "sum_fen")), ==, 0);
}

bool kit_card_told(struct platform *platform, const char *number, bool lost, int64_t at_ms, int64_t *version, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (hotlist_card_tell(platform, number, lost, at_ms, version, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

void kit_assert_refused(struct db *db, const struct kit_attempt *attempt)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_savepoint(db, "item", NULL));
    if (db_run(db, &error, attempt->sql, "") && db_settle(db, &error))
        g_error("the database allowed: %s (%d rows)", attempt->sql, db_changes(db));
    g_assert_nonnull(error);
    if (!g_regex_match_simple(attempt->why, error->message, 0, 0))
        g_error("%s: %s", attempt->sql, error->message);
    g_assert_true(db_undo(db, "item", NULL));
}

/* ---- Commands ---- */

bool kit_command(bool (*command)(int argc, char **argv, GError **error), GPtrArray *words, GError **error)
{
    int count = (int)words->len - 1, out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    fflush(stdout);
    g_assert_cmpint(dup2(null, STDOUT_FILENO), ==, STDOUT_FILENO);
    bool good = command(count, (char **)words->pdata, error);
    fflush(stdout);
    g_assert_cmpint(dup2(out, STDOUT_FILENO), ==, STDOUT_FILENO);
    close(null);
    close(out);
    return good;
}
