/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"
#include "device/keys.h"
#include "model/clock.h"
#include "model/model.h"
#include "model/order-event.h"
#include "platform/persons/replace.h"
#include "platform/staff.h"
#include "sync/ask.h"
#include "sync/credentials.h"
#include "sync/http.h"
#include "sync/identity.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Of these tests alone: nothing was ever protected by it. */
static const char KEY_PEM[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeTxru3RqfyhgnRPI\n"
                              "e9vV5PfACWBSJPiAm1MWuaUKBlKhRANCAASjKhcme7Gy4Qii6nidhdjShTrGSbYg\n"
                              "4XPn2/yUSa3JJXyya6ZMy5gJvOwjK3gdGhOffRDXkvOVKLuSkJmGHaGl\n"
                              "-----END PRIVATE KEY-----\n";

/* ---- Time and chance ---- */

static struct {
    int64_t wall_ms, boot_ms;
    uint64_t draws;
    bool differ;
} clock_now;

static int64_t life_wall(void *ctx)
{
    clock_now.boot_ms++;
    return clock_now.wall_ms++;
}

static int64_t life_boot(void *ctx)
{
    return clock_now.boot_ms;
}

static const char *life_boot_id(void *ctx)
{
    return "01985d5e-5c00-7000-8000-00000000b007";
}

static void life_sleep(void *ctx, unsigned ms)
{
    clock_now.wall_ms += ms;
    clock_now.boot_ms += ms;
}

/* Keys and nonces of 8, 16 and 32 bytes are always the same, whatever was drawn before them: a version that draws more or less than
 * another gives its kiosks the same. What makes ids, and nonces of ciphers, goes on and on. */
static void life_random(void *ctx, uint8_t *out, size_t len)
{
    if (len == 8 || len == 16 || (len == 32 && !clock_now.differ)) {
        memset(out, 0x42, len);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        clock_now.draws = clock_now.draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(clock_now.draws >> 56);
    }
}

void life_clock_again(int64_t wall_ms)
{
    clock_now.wall_ms = wall_ms;
    clock_now.boot_ms = 600000;
    clock_now.draws = 20261122 + (uint64_t)wall_ms;
}

void life_draw_secrets(bool differ)
{
    clock_now.differ = differ;
}

void life_clock(int64_t wall_ms)
{
    static const struct clock_source source = {NULL, life_wall, life_boot, life_boot_id, life_sleep, life_random};

    life_clock_again(wall_ms);
    clock_use(&source);
}

void life_clock_end(void)
{
    clock_use(NULL);
}

/* ---- The worker's wire ---- */

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct life *life = ctx;
    g_autofree char *key = call->idempotency_key != NULL ? g_strdup_printf("\"%s\"", call->idempotency_key) : NULL;
    g_autofree char *range = call->file != NULL ? g_strdup_printf("bytes=%" G_GINT64_FORMAT "-", call->file->from) : NULL;
    g_autofree char *body = call->body != NULL ? g_strndup(call->body, call->body_len) : NULL;

    *out = (struct http_response){.body = g_string_new(NULL)};
    const struct carried carried = {.method = body != NULL ? "POST" : "GET", .path = call->path, .key = key, .range = range,
                                    .session = call->session, .body = body};
    out->status = life->carry(life, &carried, out->body, out->content_type);
    if (call->file == NULL || out->status > 299)
        return true;
    bool taken = call->file->take(call->file->ctx, out->status == 206 ? call->file->from : 0, out->body->str, out->body->len);
    g_assert_true(taken);
    return true;
}

static void rest(void *ctx, int timeout_ms)
{
    life_sleep(NULL, (unsigned)MAX(timeout_ms, 0));
}

static void wake(void *ctx)
{
}

/* ---- Beginning and end ---- */

static EVP_PKEY *life_key(void)
{
    EVP_PKEY *key = credentials_key_read(KEY_PEM);

    g_assert_nonnull(key);
    return key;
}

static char *life_csr(void)
{
    EVP_PKEY *key = life_key();
    char *csr = credentials_request_pem(key, LIFE_KIOSK);

    EVP_PKEY_free(key);
    g_assert_nonnull(csr);
    return csr;
}

char *life_enrolment(const char *code)
{
    g_autofree char *csr = life_csr();
    json_t *json = json_pack("{s:s, s:s, s:s}", "kiosk", LIFE_KIOSK, "code", code, "csr", csr);
    char *text = json_dumps(json, JSON_COMPACT), *out = g_strdup(text);

    free(text);
    json_decref(json);
    return out;
}

static void on_status(void *data, const struct sync_status *status)
{
    ((struct life *)data)->status = *status;
}

void life_open(struct life *life, const char *enrolment)
{
    const struct transport transport = {.ctx = life, .request = request, .sleep = rest, .wake = wake};
    g_autofree char *path = NULL, *file = NULL, *sealed = NULL;
    g_autoptr(GError) error = NULL;
    struct store_identity identity;
    struct device_keys *keys;
    json_t *json = wire_parse(enrolment, strlen(enrolment), &error);

    g_assert_no_error(error);
    g_assert_true(identity_from_json(json, &life->identity));
    json_decref(json);
    life->dir = kit_dir();
    keys = device_keys_renew(life->dir, &error);
    g_assert_no_error(error);
    sealed = device_keys_wrap(keys, "platform.json", enrolment, &error);
    device_keys_free(keys);
    g_assert_no_error(error);
    file = g_build_filename(life->dir, "platform.json", NULL);
    g_assert_true(g_file_set_contents(file, sealed, -1, NULL));
    path = g_build_filename(life->dir, "kiosk.db", NULL);
    sync_store_identity(&life->identity, &identity);
    life->store = store_open(path, &identity, &error);
    g_assert_no_error(error);
    const struct sync_options options = {.data_dir = life->dir, .platform_url = "https://none:1"};
    life->sync = sync_open(&options, &transport, life->store, on_status, life, &error);
    g_assert_no_error(error);
}

void life_close(struct life *life)
{
    sync_stop(life->sync);
    store_close(life->store);
    kit_dir_done(life->dir);
}

/* ---- The day ---- */

static void append(struct life *life, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;

    store_append(life->store, type, data, NULL, &error);
    g_assert_no_error(error);
    json_decref(data);
}

/* Its id, g_free. */
static char *append_named(struct life *life, const char *type, json_t *data)
{
    g_autoptr(GError) error = NULL;
    char id[37];

    store_append(life->store, type, data, id, &error);
    g_assert_no_error(error);
    json_decref(data);
    return g_strdup(id);
}

static void append_payment(struct life *life, struct payment *payment, enum payment_state state)
{
    payment->state = state;
    append(life, payment_event_type(payment->kind, state), payment_to_json(payment));
}

static void token_of(const struct life *life, unsigned persona, char token[33])
{
    g_autofree char *card = kit_card(persona);

    card_token(life->identity.index_key, card, token);
}

static void pay(struct life *life, enum payment_state end)
{
    g_autofree char *card = kit_card(0);
    g_autoptr(GError) error = NULL;
    struct payment payment;
    int64_t asof_ms;
    char token[33];

    token_of(life, 0, token);
    GPtrArray *bills = store_bills(life->store, token, &asof_ms, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(bills->len, >, 0);
    json_t *bill = bills->pdata[0];
    kit_payment(&payment, card, json_string_value(json_object_get(bill, "id")),
                json_integer_value(json_object_get(bill, "amount_fen")));
    g_ptr_array_unref(bills);
    g_autofree char *receipt_no = store_receipt_no(life->store, &error);
    g_assert_no_error(error);
    g_strlcpy(payment.receipt_no, receipt_no, sizeof payment.receipt_no);
    append_payment(life, &payment, PAYMENT_COMMITTING);
    if (end == PAYMENT_CONFIRMED)
        kit_tac(&payment);
    append_payment(life, &payment, end);
    if (end == PAYMENT_CONFIRMED)
        append(life, "receipt.printed", json_pack("{s:s, s:s}", "payment_id", payment.id, "receipt_no", payment.receipt_no));
}

static void tap(struct life *life, const char *id, const char *way, int64_t slot_ms, int64_t at_ms)
{
    char token[33];

    token_of(life, 0, token);
    append(life, "attendance.tap",
           json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "id", id, "slot", "S1", "card_token", token, "slot_start_ms",
                     (json_int_t)slot_ms, "slot_end_ms", (json_int_t)slot_ms + 7200000, "at_ms", (json_int_t)at_ms, "tap",
                     way));
}

static void volunteer(struct life *life)
{
    int64_t at_ms = now_ms();
    char id[37];

    uuid7(at_ms, id);
    tap(life, id, "IN", at_ms - 3600000, at_ms - 3000000);
    tap(life, id, "OUT", at_ms - 3600000, at_ms);
}

/* The contract's answer of a load, as a kiosk takes it. */
static void load_take(struct payment *load, const char *text)
{
    json_t *answer = wire_parse(text, strlen(text), NULL);
    const char *id, *date, *time, *mac2;

    g_assert_true(wire_get_string(answer, "id", 36, &id) && strcmp(id, load->id) == 0);
    g_assert_true(wire_get_string(answer, "date", 8, &date) && wire_get_string(answer, "time", 6, &time) &&
                  wire_get_string(answer, "mac2", 8, &mac2));
    g_assert_cmpint(cc_unhex(date, load->load.date_bcd, 4), ==, 4);
    g_assert_cmpint(cc_unhex(time, load->load.time_bcd, 3), ==, 3);
    g_assert_cmpint(cc_unhex(mac2, load->load.mac2, 4), ==, 4);
    load->load.state = CC_PURCHASE_SENT;
    json_decref(answer);
}

static void put_on(struct life *life)
{
    g_autofree char *card = kit_card(1), *staff = kit_card(3), *body = NULL;
    g_autoptr(GError) error = NULL;
    struct platform *known = g_new0(struct platform, 1); /* what a kiosk knows of one */
    struct sync_answer answer;

    memcpy(known->index_key, life->identity.index_key, sizeof known->index_key);
    kit_load(known, &life->load, card, 5000, 25230, 1, staff);
    g_free(known);
    json_t *json = payment_to_json(&life->load);
    body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    const struct sync_question question = {"/v1/loads", life->load.id, body};
    bool answered = sync_ask(life->sync, &question, 1000, &answer, &error);
    g_assert_no_error(error);
    g_assert_true(answered);
    g_assert_cmpuint(answer.status, ==, 200);
    load_take(&life->load, answer.body);
    sync_answer_clear(&answer);
    append_payment(life, &life->load, PAYMENT_COMMITTING);
    kit_tac(&life->load);
    append_payment(life, &life->load, PAYMENT_CONFIRMED);
}

static void turn(struct life *life)
{
    sync_kick(life->sync);
    sync_turn(life->sync);
    if (!life->status.online)
        g_error("round: %s", life->status.error);
}

void life_day(struct life *life)
{
    turn(life);
    turn(life);
    pay(life, PAYMENT_CONFIRMED);
    pay(life, PAYMENT_VOID);
    turn(life);
    volunteer(life);
    put_on(life);
    pay(life, PAYMENT_IN_DOUBT);
    life_sleep(NULL, 61000); /* the time is asked for again */
    turn(life);
    turn(life);
}

/* ---- What comes seldom ---- */

static unsigned call(struct life *life, const char *method, const char *path, json_t *body)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL, type[64];
    unsigned status = life->carry(life, &(struct carried){.method = method, .path = path, .body = text}, answer, type);

    free(text);
    json_decref(body);
    return status;
}

static void anchor(struct life *life)
{
    g_autofree char *signature = NULL;
    uint8_t hash[32];
    char hex[65];
    int64_t seq = store_head(life->store, hash);
    json_t *json = json_pack("{s:s, s:i, s:I, s:s, s:I}", "kiosk", LIFE_KIOSK, "epoch", life->identity.epoch, "seq",
                             (json_int_t)seq, "hash", wire_hex(hash, 32, hex), "at", (json_int_t)now_ms());
    char *text = json_dumps(json, JSON_COMPACT);
    EVP_PKEY *key = life_key();

    signature = credentials_sign(key, text, strlen(text), NULL);
    EVP_PKEY_free(key);
    g_assert_cmpuint(call(life, "POST", "/v1/anchors", json_pack("{s:s, s:s}", "anchor", text, "signature", signature)), ==, 200);
    append(life, "journal.anchored",
           json_pack("{s:i, s:I, s:s, s:I, s:s, s:s, s:s, s:s}", "epoch", life->identity.epoch, "seq", (json_int_t)seq, "hash", hex, "at",
                     (json_int_t)now_ms(), "state", "MATCH", "anchor", text, "signature", signature, "certificate", ""));
    turn(life);
    json_decref(json);
    free(text);
}

/* The next event, whose bytes no batch would carry. */
static void letter(struct life *life)
{
    static const char body[] = "\xFF not text";
    g_autofree char *base64 = g_base64_encode((const guchar *)body, strlen(body));
    char id[37], prev_hex[65], hash_hex[65];
    uint8_t prev[32], hash[32];
    int64_t seq = store_head(life->store, prev) + 1;

    uuid7(now_ms(), id);
    chain_hash(prev, life->identity.epoch, seq, id, body, strlen(body), hash);
    g_assert_cmpuint(call(life, "POST", "/v1/deadletter",
                          json_pack("{s:i, s:I, s:s, s:s, s:s, s:s, s:s}", "epoch", life->identity.epoch, "seq",
                                    (json_int_t)seq, "id", id, "prev", wire_hex(prev, 32, prev_hex), "hash",
                                    wire_hex(hash, 32, hash_hex), "body", base64, "reason", "not text")),
                     ==, 200);
    g_assert_cmpuint(call(life, "POST", "/v1/epoch",
                          json_pack("{s:{s:i, s:I, s:s}, s:s}", "head", "epoch", life->identity.epoch, "seq", (json_int_t)seq,
                                    "hash", hash_hex, "reason", "restored")),
                     ==, 200);
}

void life_seldom(struct life *life)
{
    g_autofree char *csr = life_csr();

    g_assert_cmpuint(call(life, "GET", "/v1/health", NULL), ==, 200);
    g_assert_cmpuint(call(life, "GET", "/v1/time", NULL), ==, 200);
    g_assert_cmpuint(call(life, "GET", "/v1/events?epoch=0&after=0&limit=3", NULL), ==, 200);
    anchor(life);
    g_assert_cmpuint(call(life, "POST", "/v1/renew", json_pack("{s:s}", "csr", csr)), ==, 200);
    letter(life);
}

/* ---- What came later ---- */

/* Cards of the sample, as kit_card() numbers them. */
enum { RESIDENT, OLD_CARD = 4, COLLEAGUE = 2, CLERK = 3 };

static void stock_number(char out[20])
{
    g_snprintf(out, 20, "310%s", "990100770000001");
    out[18] = luhn_digit(out + 3);
    out[19] = '\0';
}

void life_desk(struct platform *platform)
{
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20361231};
    struct staff staff = {.id = "colleague", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE};
    g_autofree char *card = kit_card(COLLEAGUE);
    g_autoptr(GError) error = NULL;
    char number[20];

    stock_number(number);
    g_assert_true(card_stock_add(platform, number, &row, now_ms(), &error));
    g_assert_true(db_begin(platform->db, true, &error) && staff_add(platform, card, "colleague", &staff, &error));
    g_assert_true(db_commit(platform->db, &error));
}

/* A call of a session; new reference to its answer, which is 200. Steals `body`. */
static json_t *session_call(struct life *life, const char *path, const char *secret, const char *key, json_t *body)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL, type[64];
    const struct carried call = {.method = body != NULL ? "POST" : "GET", .path = path, .session = secret, .key = key, .body = text};

    if (life->carry(life, &call, answer, type) != 200)
        g_error("%s: %s", path, answer->str);
    free(text);
    json_decref(body);
    json_t *json = json_loads(answer->str, 0, NULL);
    g_assert_nonnull(json);
    return json;
}

/* g_free. */
static char *prove(struct life *life, unsigned persona)
{
    g_autofree char *card = kit_card(persona);
    char token[33], said[17];

    token_of(life, persona, token);
    json_t *challenge = session_call(life, "/v1/taps", NULL, NULL, json_pack("{s:s}", "card_token", token));
    kit_proof(card, json_string_value(json_object_get(challenge, "challenge")), said);
    json_t *opened = session_call(life, "/v1/sessions", NULL, NULL,
                                  json_pack("{s:O, s:s}", "id", json_object_get(challenge, "id"), "answer", said));
    char *secret = g_strdup(json_string_value(json_object_get(opened, "session")));
    json_decref(challenge);
    json_decref(opened);
    return secret;
}

static void own_page(struct life *life)
{
    g_autofree char *secret = prove(life, RESIDENT);

    json_decref(session_call(life, "/v1/me?purpose=home", secret, NULL, NULL));
    json_decref(session_call(life, "/v1/me?purpose=credit&cursor=", secret, NULL, NULL));
    json_decref(session_call(life, "/v1/me/access-log?cursor=", secret, NULL, NULL));
    json_decref(session_call(life, "/v1/certificates", secret, NULL, NULL));
    json_decref(session_call(life, "/v1/sessions/end", secret, NULL, json_object()));
}

/* Lost, found by two, lost for good and replaced by two. */
static void desk(struct life *life)
{
    static const char *const KEYS[] = {"\"01985d5e-5c00-7000-8000-0000000000c1\"", "\"01985d5e-5c00-7000-8000-0000000000c2\"",
                                       "\"01985d5e-5c00-7000-8000-0000000000c3\""};
    g_autofree char *clerk = prove(life, CLERK), *colleague = prove(life, COLLEAGUE), *path = NULL, *lost = NULL, *found = NULL,
                    *replaced = NULL, *person = NULL;
    char token[33], successor[33], number[20];

    token_of(life, OLD_CARD, token);
    stock_number(number);
    card_token(life->identity.index_key, number, successor);
    path = g_strconcat("/v1/cards/", token, NULL);
    lost = g_strconcat(path, "/lost", NULL);
    found = g_strconcat(path, "/found", NULL);
    replaced = g_strconcat(path, "/replaced", NULL);
    person = g_strconcat("/v1/persons/", token, "?purpose=desk-help", NULL);
    json_decref(session_call(life, path, clerk, NULL, NULL));
    json_decref(session_call(life, person, clerk, NULL, NULL));
    json_decref(session_call(life, "/v1/care/profiles?purpose=care", clerk, NULL, NULL));
    json_decref(session_call(life, lost, clerk, KEYS[0], json_object()));
    json_decref(session_call(life, found, clerk, KEYS[1], json_pack("{s:s}", "second", colleague)));
    json_decref(session_call(life, replaced, clerk, KEYS[2], json_pack("{s:s, s:s, s:s, s:s}", "second", colleague, "successor", successor,
                                                                      "cause", "damaged", "reason", "the chip is broken")));
}

static void photo(struct life *life)
{
    static const char SHA256[] = "63ef318d96b5d0d0ceba6e04a4e622b1158335cdc67c49e27839132c6f655058",
                      BYTES[] = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

    g_assert_cmpuint(call(life, "POST", "/v1/files",
                          json_pack("{s:s, s:s, s:s, s:s}", "sha256", SHA256, "type", "image/png", "ticket",
                                    "01985d5e-5c00-7000-8000-0000000000f1", "bytes", BYTES)),
                     ==, 200);
}

/* Its event's id is g_free'd by the caller. */
static char *order(struct life *life)
{
    struct order_placing placing = {.price_fen = 2000, .service = "H04", .words = "the stairs"};

    token_of(life, RESIDENT, placing.card_token);
    return append_named(life, "order.placed", order_placing_to_json(&placing));
}

/* ---- What residents do beside paying ---- */

static void help(struct life *life)
{
    g_autofree char *call = append_named(life, "help.called", json_pack("{s:s}", "kind", "green"));

    append(life, "help.ended", json_pack("{s:s, s:s, s:i}", "call", call, "how", "touch", "after_ms", 4000));
}

static void rate(struct life *life, const char *type, int grade, const char *token)
{
    append(life, type, json_pack("{s:s, s:s, s:i, s:s}", "service", life->load.id, "kind", "payment", "grade", grade, "rater", token));
}

static void keep_wants(struct life *life, const char *token)
{
    append(life, "preference.kept", json_pack("{s:s, s:s}", "card_token", token, "wants", "large contrast"));
    turn(life);
    append(life, "preference.given_up", json_pack("{s:s}", "card_token", token));
}

static void tell_of_problem(struct life *life, const char *token)
{
    g_autofree char *ticket =
        append_named(life, "ticket.filed", json_pack("{s:s, s:b, s:s, s:s, s:s}", "service", "F01", "anonymous", 0, "description", "no light",
                                                     "card_token", token, "address", "the stairs of house 3"));

    turn(life);
    append(life, "ticket.step", json_pack("{s:s, s:s, s:s, s:s}", "ticket", ticket, "card_token", token, "step", "withdraw", "description", ""));
}

static void cancel(struct life *life, const char *id, const char *token)
{
    append(life, "order.step",
           json_pack("{s:s, s:s, s:s, s:s, s:[], s:s, s:i, s:i, s:i, s:s}", "order", id, "step", "cancel", "actor", "resident", "card_token", token,
                     "staff", "provider", "", "visit_ms", 0, "minutes", 0, "stars", 0, "description", ""));
}

static void join(struct life *life, const char *token)
{
    append(life, "volunteer.joined", json_pack("{s:s, s:[s], s:s}", "card_token", token, "skills", "company", "pledge", "2026-1"));
    append(life, "volunteer.star", json_pack("{s:s, s:i, s:s}", "card_token", token, "level", 1, "table", "sample-2026-11")); /* refused: no hours */
}

static void ask_seat(struct life *life, const char *token)
{
    g_autofree char *seat = append_named(life, "seat.asked", json_pack("{s:s, s:s, s:i}", "session", "none", "card_token", token, "companions", 0));

    append(life, "seat.step", json_pack("{s:s, s:s, s:s}", "seat", seat, "card_token", token, "step", "cancel")); /* refused, as the date */
}

#define NOTHING "01985d5e-5c00-7000-8000-0000000000e1" /* an id that is nowhere */

/* What this platform knows nothing of is refused, each with its own word. */
static void refused(struct life *life, const char *token)
{
    append(life, "volunteer.disputed", json_pack("{s:s, s:s, s:s}", "card_token", token, "attendance", NOTHING, "what", "TOO_FEW"));
    append(life, "ticket.interest", json_pack("{s:s, s:s}", "ticket", NOTHING, "card_token", token));
    append(life, "certificate.printed", json_pack("{s:s}", "number", "V2026YT01000001I"));
    append(life, "queue.issued", json_pack("{s:s, s:s, s:i, s:s}", "place", "HALL", "matter", "RETIRE", "day", 20261122, "number", "A990"));
    append(life, "queue.cancelled", json_pack("{s:s}", "ticket", NOTHING));
    append(life, "queue.back", json_pack("{s:s}", "ticket", NOTHING));
    append(life, "topic.supported", json_pack("{s:s, s:s}", "topic", "LIFT-2026", "card_token", token));
    append(life, "ballot.wished", json_pack("{s:s, s:s}", "topic", "LIFT-2026", "card_token", token));
    append(life, "statement.voted", json_pack("{s:s, s:s, s:i}", "statement", "S-1", "card_token", token, "vote", 1));
    append(life, "opinion.given", json_pack("{s:s, s:s, s:s}", "theme", "elders", "description", "a bench", "card_token", token));
}

/* Accepted and refused ones, and what the platform tells of them. */
static void residents(struct life *life, const char *ordered)
{
    char token[33];

    token_of(life, RESIDENT, token);
    help(life);
    append(life, "notice.read", json_pack("{s:s, s:i}", "notice", "kiosk.first", "n", 2));
    rate(life, "rating.given", 5, token);
    rate(life, "rating.changed", 4, token);
    keep_wants(life, token);
    tell_of_problem(life, token);
    cancel(life, ordered, token);
    join(life, token);
    ask_seat(life, token);
    refused(life, token);
    append(life, "refused.resolved", json_pack("{s:s, s:i, s:s, s:s}", "refused", life->load.id, "seq", 1, "by", "S0001", "why", "seen"));
    turn(life);
    turn(life);
}

void life_news(struct life *life)
{
    life_draw_secrets(true);
    g_assert_cmpuint(call(life, "GET", "/v1/signing-keys", NULL), ==, 200);
    g_assert_cmpuint(call(life, "GET", "/v1/authorities?known=1", NULL), ==, 200);
    g_autofree char *ordered = order(life);
    turn(life);
    photo(life);
    own_page(life);
    desk(life);
    turn(life); /* what became of it: the order, and what the old card had */
    residents(life, ordered);
    life_draw_secrets(false);
}
