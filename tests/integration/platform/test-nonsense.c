/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform that talks nonsense: the kiosk says so in words, loses nothing, uses nothing of it, and is well again with
 * the first sensible answer.
 */
#include "front.h"
#include "model/model.h"
#include "platform/db-rows.h"
#include "platform/hotlist.h"
#include "platform/pki.h"
#include "sync/signed.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    char *data;
    struct front *front;
    struct kiosk_rig kiosk;
    char *card;
    struct payment payment; /* waits in the outbox from the beginning */
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    f->front = front_new(f->data);
    kiosk_enrol(&f->kiosk, f->data, front_port(f->front), "K0001");
    f->card = kit_card(1);
    kit_payment(&f->payment, f->card, "B0000004", 8650);
    kiosk_pay(&f->kiosk, &f->payment, PAYMENT_CONFIRMED);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    front_free(f->front);
    g_free(f->card);
    kit_dir_done(f->data);
}

/* A canned answer to one path (NULL: to all). */
struct canned {
    const char *path, *type, *body;
    unsigned status, retry_after_s;
    size_t repeat; /* the body so many times */
    gint asked;
};

static bool canned_hook(void *data, const struct request *request, struct reply *out)
{
    struct canned *canned = data;
    GString *body;

    if (canned->path != NULL && strcmp(canned->path, request->path) != 0)
        return false;
    g_atomic_int_inc(&canned->asked);
    body = g_string_new(NULL);
    for (size_t i = 0; i < MAX(canned->repeat, 1); i++)
        g_string_append(body, canned->body);
    out->status = canned->status != 0 ? canned->status : 200;
    out->content_type = canned->type != NULL ? canned->type : "application/json";
    out->retry_after_s = canned->retry_after_s;
    out->body_len = body->len;
    out->body = strdup(body->str);
    g_string_free(body, TRUE);
    return true;
}

static void assert_nothing_used(struct fixture *f)
{
    int64_t version = 0, issued, confirmed;

    store_hotlist_info(f->kiosk.store, &version, &issued, &confirmed);
    g_assert_cmpint(version, ==, 0);
}

/* Heals with the platform's own answers: the payment arrives, once. */
static void assert_well_again(struct fixture *f)
{
    json_t *report;

    front_set(f->front, NULL, NULL);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    report = kit_report(front_platform(f->front));
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 8650);
    json_decref(report);
    g_assert_cmpuint(front_checked(f->front), >, 1);
}

static void assert_told(struct fixture *f, const char *says)
{
    struct sync_status status;

    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    kiosk_status(&f->kiosk, &status);
    if (strstr(status.error, says) == NULL)
        g_error("\"%s\" is not in \"%s\"", says, status.error);
    g_assert_true(g_utf8_validate(status.error, -1, NULL));
}

/* ---- Answers that are wrong as a whole ---- */

struct nonsense {
    const char *name;
    struct canned canned;
    const char *says;
};

#define DEEP "[[[[[[[[[[[[[[[[[[[["
static const struct nonsense nonsenses[] = {
    {"html", {.body = "<html>captive portal</html>", .type = "text/html"}, "not application/json"},
    {"not-json", {.body = "{items:[]}"}, "not JSON"},
    {"empty", {.body = ""}, "empty"},
    {"array", {.body = "[]"}, "not an object"},
    {"duplicate-keys", {.body = "{\"server_time\":1795312800000,\"items\":[],\"items\":[]}"}, "not JSON"},
    {"deep", {.body = DEEP DEEP DEEP}, "nested deeper"},
    {"bad-utf8", {.body = "{\"server_time\":1795312800000,\"cursor\":\"\xc3\x28\"}"}, "not JSON"},
    {"no-time",
     {.body = "{\"items\":[],\"cursor\":\"\",\"more\":false,\"hotlist_version\":0}"},
     "server_time"},
    {"time-of-the-pharaohs",
     {.body = "{\"items\":[],\"cursor\":\"\",\"more\":false,\"hotlist_version\":0,\"server_time\":1}"},
     "server_time"},
    {"time-of-the-robots",
     {.body = "{\"items\":[],\"cursor\":\"\",\"more\":false,\"hotlist_version\":0,\"server_time\":"
              "9000000000000000}"},
     "server_time"},
    {"other-schema", {.body = "{\"server_time\":1795312800000,\"rows\":[]}"}, "feed page without"},
    /* Any other item that does not fit is set aside; the list of lost cards is taken whole or not at all. */
    {"bad-hotlist",
     {.body = "{\"server_time\":1795312800000,\"items\":[{\"topic\":\"hotlist\",\"value\":{}}],\"cursor\":\"\","
              "\"more\":false,\"hotlist_version\":0}"},
     "no single hotlist envelope"},
    {"never-moves",
     {.body =
          "{\"server_time\":1795312800000,\"items\":[],\"cursor\":\"\",\"more\":true,\"hotlist_version\":0}"},
     "does not move"},
    {"500", {.body = "oops", .type = "text/plain", .status = 500}, "HTTP 500"},
    {"problem",
     {.body = "{\"title\":\"Tea pot\",\"status\":418}", .type = "application/problem+json", .status = 418},
     "HTTP 418: Tea pot"},
    {"redirect", {.body = "", .status = 302}, "HTTP 302"},
    {"huge", {.body = "          ", .repeat = 500000}, "larger than"},
    {"truncated", {.body = "", .type = FRONT_TRUNCATED}, ""},
};

static void test_nonsense(struct fixture *f, const void *data)
{
    const struct nonsense *nonsense = data;
    struct canned canned = nonsense->canned;

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    assert_told(f, nonsense->says);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 2)); /* still going */
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 2);
    assert_nothing_used(f);
    g_assert_cmpint(store_time_high(f->kiosk.store), <, now_ms() + 3600000);
    assert_well_again(f);
}

/* The feed is nonsense and /v1/events is not: evidence of payments gets out all the same. */
static void test_push_goes_on(struct fixture *f, const void *data)
{
    struct canned canned = {.path = "/v1/feed", .body = "nonsense"};

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_told(f, "not JSON");
    assert_well_again(f);
}

/* ---- Answers to a push ---- */

#define HEAD_NONE                                                                                                        \
    "\"head\":{\"epoch\":1,\"seq\":0,\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"
static const struct nonsense push_nonsenses[] = {
    {"no-head", {.path = "/v1/events", .body = "{\"server_time\":1795312800000}"}, "without the platform's head"},
    {"no-verdicts",
     {.path = "/v1/events", .body = "{\"server_time\":1795312800000," HEAD_NONE "}"},
     "verdicts do not fit"},
    {"too-few",
     {.path = "/v1/events", .body = "{\"server_time\":1795312800000,\"verdicts\":[]," HEAD_NONE "}"},
     "verdicts do not fit"},
    {"400",
     {.path = "/v1/events",
      .body = "{\"title\":\"Bad request\"}",
      .type = "application/problem+json",
      .status = 400},
     "HTTP 400: Bad request"},
    {"413",
     {.path = "/v1/events", .body = "{}", .type = "application/problem+json", .status = 413},
     "HTTP 413"},
    {"503",
     {.path = "/v1/events", .body = "{}", .type = "application/problem+json", .status = 503},
     "HTTP 503"},
};

static void test_push_nonsense(struct fixture *f, const void *data)
{
    const struct nonsense *nonsense = data;
    struct canned canned = nonsense->canned;

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    assert_told(f, nonsense->says);
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 6));
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 2);
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    assert_well_again(f);
}

/* Retry-After is a minimum. */
static void test_retry_after(struct fixture *f, const void *data)
{
    struct canned canned = {
        .body = "{}", .type = "application/problem+json", .status = 503, .retry_after_s = 2};
    int asked;

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    assert_told(f, "HTTP 503");
    asked = g_atomic_int_get(&canned.asked);
    sync_kick(f->kiosk.sync); /* and a kick does not shorten it */
    g_usleep(1500000);
    g_assert_cmpint(g_atomic_int_get(&canned.asked), ==, asked);
    assert_well_again(f);
}

/* ---- Hotlists ---- */

/* The platform's own first page, with its hotlist envelope changed. */
struct forged {
    const char *member, *value;
    json_t *envelope; /* instead of it */
    int64_t version;  /* of the page, 0: as it is */
};

static bool forged_hook(void *data, const struct request *request, struct reply *out)
{
    struct forged *forged = data;
    json_t *page, *item;

    if (strcmp(request->path, "/v1/feed") != 0)
        return false;
    page = json_pack("{s:[{s:s,s:s,s:i,s:b,s:O}],s:s,s:b,s:I,s:I}", "items", "topic", "hotlist", "key",
                     "current", "version", 1, "deleted", 0, "value", forged->envelope, "cursor", "1.x.1.1",
                     "more", 0, "hotlist_version", (json_int_t)forged->version, "server_time",
                     (json_int_t)now_ms());
    item = json_object_get(json_array_get(json_object_get(page, "items"), 0), "value");
    if (forged->member != NULL)
        json_object_set_new(item, forged->member, json_string(forged->value));
    out->status = 200;
    out->content_type = "application/json";
    out->body = json_dumps(page, 0);
    out->body_len = strlen(out->body);
    json_decref(page);
    return true;
}

static json_t *own_envelope(struct fixture *f)
{
    struct db *db = front_platform(f->front)->db;
    json_t *envelope;

    g_assert_true(db_begin(db, false, NULL));
    envelope = db_hotlist_envelope(db, NULL);
    db_rollback(db);
    g_assert_nonnull(envelope);
    return envelope;
}

/* Signed by a key that is not the one of enrolment. */
static json_t *other_envelope(const char *payload)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    g_autofree char *signature = pki_sign(key, payload, strlen(payload), NULL);
    uint8_t public_key[32];
    size_t len = sizeof public_key;
    char key_id[SIGNED_KEY_ID_SIZE];

    g_assert_cmpint(EVP_PKEY_get_raw_public_key(key, public_key, &len), ==, 1);
    g_assert_true(signed_key_id(public_key, key_id));
    EVP_PKEY_free(key);
    return json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", signature, "key_id", key_id);
}

static void run_forged(struct fixture *f, struct forged *forged, const char *says)
{
    front_set(f->front, forged_hook, forged);
    kiosk_start(&f->kiosk);
    assert_told(f, says);
    assert_nothing_used(f);
    g_autofree char *cursor = store_cursor(f->kiosk.store);
    g_assert_cmpstr(cursor, ==, "");
    assert_well_again(f);
    json_decref(forged->envelope);
}

static void test_forged_payload(struct fixture *f, const void *data)
{
    struct forged forged = {.member = "payload",
                            .value = "{\"version\":9,\"issued_at\":1795312800000,\"entries\":[]}",
                            .envelope = own_envelope(f),
                            .version = 9};

    run_forged(f, &forged, "signature");
}

static void test_forged_key(struct fixture *f, const void *data)
{
    struct forged forged = {.envelope =
                                other_envelope("{\"version\":9,\"issued_at\":1795312800000,\"entries\":[]}"),
                            .version = 9};

    run_forged(f, &forged, "another key");
}

/* An older list, rightly signed, after a newer one: refused, the newer one stays. */
static void test_rollback(struct fixture *f, const void *data)
{
    struct forged forged = {.envelope = own_envelope(f), .version = 2};
    int64_t version, issued, confirmed;
    char token[33];

    g_assert_true(hotlist_card_lost(front_platform(f->front), f->card, now_ms(), &version, NULL));
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    front_set(f->front, forged_hook, &forged);
    assert_told(f, "went back");
    /* The page itself may not be of an older platform either. */
    forged.version = 1;
    assert_told(f, "");
    g_assert_true(store_hotlist_info(f->kiosk.store, &version, &issued, &confirmed));
    g_assert_cmpint(version, ==, 2);
    card_token(f->kiosk.identity.index_key, f->card, token);
    g_autofree char *reason = store_hotlist_lookup(f->kiosk.store, token);
    g_assert_cmpstr(reason, ==, "lost");
    assert_well_again(f);
    json_decref(forged.envelope);
}

/* Pages without end: the round ends, the push has its turn. */
static bool endless_hook(void *data, const struct request *request, struct reply *out)
{
    gint *count = data;
    json_t *page;

    if (strcmp(request->path, "/v1/feed") != 0)
        return false;
    page =
        json_pack("{s:[],s:s,s:b,s:i,s:I}", "items", "cursor", g_atomic_int_add(count, 1) % 2 ? "1.a" : "1.b",
                  "more", 1, "hotlist_version", 0, "server_time", (json_int_t)now_ms());
    out->status = 200;
    out->content_type = "application/json";
    out->body = json_dumps(page, 0);
    out->body_len = strlen(out->body);
    json_decref(page);
    return true;
}

static void test_endless(struct fixture *f, const void *data)
{
    gint count = 0;

    front_set(f->front, endless_hook, &count);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(count, >=, 200);
    assert_well_again(f);
}

/* 410: the cursor is of a database that is gone. All over again, and the bills are there. */
static void test_gone(struct fixture *f, const void *data)
{
    struct db *db = front_platform(f->front)->db;
    g_autofree char *before = NULL, *after = NULL;

    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    before = store_cursor(f->kiosk.store);
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_meta_set(db, "generation", "00000000000000aa", NULL));
    g_assert_true(db_commit(db, NULL));
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 6));
    after = store_cursor(f->kiosk.store);
    g_assert_cmpstr(before, !=, after);
    g_assert_true(g_str_has_prefix(after, "1.00000000000000aa."));
    assert_well_again(f);
}

#define ADD(name) g_test_add("/nonsense/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(nonsenses); i++) {
        g_autofree char *path = g_strdup_printf("/nonsense/feed/%s", nonsenses[i].name);
        g_test_add(path, struct fixture, &nonsenses[i], up, test_nonsense, down);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(push_nonsenses); i++) {
        g_autofree char *path = g_strdup_printf("/nonsense/events/%s", push_nonsenses[i].name);
        g_test_add(path, struct fixture, &push_nonsenses[i], up, test_push_nonsense, down);
    }
    ADD(push_goes_on);
    ADD(retry_after);
    ADD(forged_payload);
    ADD(forged_key);
    ADD(rollback);
    ADD(endless);
    ADD(gone);
    return g_test_run();
}
