/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A platform that talks nonsense: the kiosk says so in words, loses nothing, uses nothing of it, and is well again with
 * the first sensible answer.
 */
#include "eavesdrop.h"
#include "front.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "store/file.h"
#include "sync/hotlist.h"
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
    eavesdrop_answers(false); /* they are changed on their way; the front checks those that are not */
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
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), ==, 3); /* those two, and that it took its quota */
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    assert_well_again(f);
}

static json_t *other_envelope(const char *payload);

/* ---- One row that no batch can bring ---- */

struct poison {
    char id[37];
    gint refused, letters;
};

/* Whatever batch it is in is malformed, as far as this platform can tell. */
static bool poison_hook(void *data, const struct request *request, struct reply *out)
{
    struct poison *poison = data;

    if (strcmp(request->path, "/v1/deadletter") == 0)
        g_atomic_int_inc(&poison->letters);
    if (strcmp(request->path, "/v1/events") != 0 || strcmp(request->method, "POST") != 0 ||
        strstr(request->body, poison->id) == NULL)
        return false;
    g_atomic_int_inc(&poison->refused);
    handlers_problem(out, 400, "MALFORMED", "a batch that this platform does not like");
    return true;
}

/* In the middle of many: found by halves, sent alone as raw bytes, and nothing behind it is held up. */
static void test_poison(struct fixture *f, const void *data)
{
    struct poison poison = {.refused = 0};
    json_t *note = json_pack("{s:s, s:i, s:i, s:i, s:i, s:b}", "reason", "in the middle", "after", 0, "before", 1, "salvaged", 0, "lost", 0, "end_known", true);

    for (int i = 0; i < 40; i++) {
        struct payment payment;

        if (i == 20)
            g_assert_true(store_append(f->kiosk.store, "journal.restored", note, poison.id, NULL));
        kit_payment(&payment, f->card, NULL, 10);
        kiosk_pay(&f->kiosk, &payment, PAYMENT_CONFIRMED);
    }
    json_decref(note);
    front_set(f->front, poison_hook, &poison);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(poison.letters, ==, 1);
    g_assert_cmpint(poison.refused, <=, 20); /* halves, not one by one */
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
    g_assert_true(kiosk_wait_anchored(&f->kiosk));
    json_t *report = kit_report(front_platform(f->front));
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 8650 + 40 * 10);
    json_decref(report);
}

/* ---- Time ---- */

struct old_time {
    char *first; /* a true answer, of the beginning */
    bool replay;
};

static bool old_time_hook(void *data, const struct request *request, struct reply *out)
{
    struct old_time *old = data;

    if (strcmp(request->path, "/v1/time") != 0 || !old->replay)
        return false;
    out->status = 200;
    out->content_type = "application/json";
    out->body = strdup(old->first);
    out->body_len = strlen(out->body);
    return true;
}

static void assert_time_unknown(struct fixture *f)
{
    struct clock_view view;

    store_clock(f->kiosk.store, &view);
    g_assert_false(view.offset_known);
}

/* Rightly signed, but an answer to somebody's question of yesterday. */
static void test_time_replayed(struct fixture *f, const void *data)
{
    struct old_time old = {.replay = true};
    struct request request = {.method = "GET", .path = "/v1/time", .nonce = "0123456789abcdef0123456789abcdef", .kiosk = "K0001"};
    g_autofree char *serial = NULL;
    struct reply reply = {0};

    g_assert_true(db_begin(front_platform(f->front)->db, false, NULL));
    g_assert_true(db_text(front_platform(f->front)->db, NULL, &serial,
                          "SELECT certificate FROM kiosk WHERE community=?1 AND id='K0001'", ""));
    db_rollback(front_platform(f->front)->db);
    request.certificate = serial;
    handlers_run(front_platform(f->front), &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    old.first = g_strndup(reply.body, reply.body_len);
    reply_clear(&reply);
    front_set(f->front, old_time_hook, &old);
    kiosk_start(&f->kiosk);
    assert_told(f, "not the answer to our question");
    g_assert_true(kiosk_wait_sent(&f->kiosk)); /* evidence gets out all the same */
    assert_time_unknown(f);
    assert_well_again(f);
    g_free(old.first);
}

static void test_time_unsigned(struct fixture *f, const void *data)
{
    struct canned canned = {.path = "/v1/time", .body = "{\"server_time\":1795312800000}"};

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    assert_told(f, "without payload");
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_time_unknown(f);
    assert_well_again(f);
}

static void test_time_forged(struct fixture *f, const void *data)
{
    json_t *envelope = other_envelope("{\"nonce\":\"00\",\"server_time\":1795312800000,\"kiosk\":\"K0001\"}");
    json_object_set_new(envelope, "server_time", json_integer(1795312800000));
    char *text = json_dumps(envelope, 0);
    struct canned canned = {.path = "/v1/time", .body = text};

    front_set(f->front, canned_hook, &canned);
    kiosk_start(&f->kiosk);
    assert_told(f, "another key");
    assert_time_unknown(f);
    assert_well_again(f);
    free(text);
    json_decref(envelope);
}

/* ---- An anchor that is answered with nonsense, and a new certificate that is none ---- */

static void test_anchor_nonsense(struct fixture *f, const void *data)
{
    struct canned canned = {.path = "/v1/anchors", .body = "{\"server_time\":1795312800000,\"state\":\"FINE\"}"};

    front_set(f->front, canned_hook, &canned);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*anchor*");
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_rounds(&f->kiosk, 3));
    g_test_assert_expected_messages();
    g_assert_cmpint(store_anchored_ms(f->kiosk.store), ==, 0);
    g_assert_cmpint(canned.asked, ==, 1); /* and not asked again at once */
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

/* The platform's own answer to what leads on, with something else in its place. */
struct forged {
    json_t *deltas, *manifest; /* NULL: as they are */
    int64_t version;           /* of the feed's page, 0: as it is */
    const char *file;          /* bytes instead of the file's own */
    bool whole;                /* answers a part with the whole */
    gint asked;
};

static json_t *own_answer(struct fixture *f, const struct request *request)
{
    struct reply reply = {0};
    json_t *answer;

    handlers_run(front_platform(f->front), request, &reply);
    answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    g_assert_nonnull(answer);
    reply_clear(&reply);
    return answer;
}

static struct {
    struct fixture *f;
    struct forged forged;
} stage;

static void answer_json(json_t *json, struct reply *out)
{
    out->status = 200;
    out->content_type = "application/json";
    out->body = json_dumps(json, 0);
    out->body_len = strlen(out->body);
    json_decref(json);
}

static bool forged_file(const struct request *request, struct reply *out)
{
    struct request plain = *request;
    struct forged *forged = &stage.forged;

    g_atomic_int_inc(&forged->asked);
    if (forged->file != NULL) {
        out->status = 200;
        out->content_type = "application/octet-stream";
        out->body = strdup(forged->file);
        out->body_len = strlen(forged->file);
        return true;
    }
    if (forged->whole)
        plain.range = NULL;
    handlers_run(front_platform(stage.f->front), &plain, out);
    return true;
}

static bool forged_hook(void *data, const struct request *request, struct reply *out)
{
    struct forged *forged = data;
    json_t *answer;

    if (g_str_has_prefix(request->path, "/v1/hotlist/"))
        return forged_file(request, out);
    if (strcmp(request->path, "/v1/hotlist") != 0 && (strcmp(request->path, "/v1/feed") != 0 || forged->version == 0))
        return false;
    answer = own_answer(stage.f, request);
    if (json_object_get(answer, "items") != NULL)
        json_object_set_new(answer, "hotlist_version", json_integer(forged->version));
    if (forged->deltas != NULL)
        json_object_set(answer, "deltas", forged->deltas);
    if (forged->manifest != NULL || forged->deltas != NULL)
        json_object_set(answer, "manifest", forged->manifest != NULL ? forged->manifest : json_null());
    answer_json(answer, out);
    return true;
}

static json_t *own_hotlist(struct fixture *f, const char *since, const char *member)
{
    g_autofree char *serial = NULL;

    g_assert_true(db_begin(front_platform(f->front)->db, false, NULL));
    g_assert_true(db_text(front_platform(f->front)->db, NULL, &serial,
                          "SELECT certificate FROM kiosk WHERE community=?1 AND id='K0001'", ""));
    db_rollback(front_platform(f->front)->db);
    struct request request = {
        .method = "GET", .path = "/v1/hotlist", .since = since, .kiosk = "K0001", .certificate = serial};
    json_t *answer = own_answer(f, &request), *value = json_incref(json_object_get(answer, member));
    json_decref(answer);
    return value;
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

static void stage_set(struct fixture *f, struct forged forged)
{
    stage.f = f;
    stage.forged = forged;
    front_set(f->front, forged_hook, &stage.forged);
}

static void stage_clear(struct fixture *f)
{
    front_set(f->front, NULL, NULL);
    g_assert_true(kiosk_wait_online(&f->kiosk, true)); /* nobody is in the hook any more */
    json_decref(stage.forged.deltas);
    json_decref(stage.forged.manifest);
    memset(&stage.forged, 0, sizeof stage.forged);
}

/* Told, nothing of it used; what else the feed has is there all the same, and the payment goes out. */
static void run_forged(struct fixture *f, struct forged forged, const char *says)
{
    stage_set(f, forged);
    kiosk_start(&f->kiosk);
    assert_told(f, says);
    assert_nothing_used(f);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_autofree char *cursor = store_cursor(f->kiosk.store);
    g_assert_cmpstr(cursor, !=, "");
    stage_clear(f);
    assert_well_again(f);
}

static void test_forged_payload(struct fixture *f, const void *data)
{
    json_t *own = own_hotlist(f, "0", "manifest"), *manifest = json_deep_copy(own);

    json_decref(own);
    json_object_set_new(manifest, "payload", json_string("{\"kind\":\"hotlist.file\",\"version\":9}"));
    run_forged(f, (struct forged){.manifest = manifest}, "signature");
}

static void test_forged_key(struct fixture *f, const void *data)
{
    json_t *own = own_hotlist(f, "0", "manifest");

    run_forged(f, (struct forged){.manifest = other_envelope(json_string_value(json_object_get(own, "payload")))},
               "another key");
    json_decref(own);
}

static void test_forged_nothing(struct fixture *f, const void *data)
{
    run_forged(f, (struct forged){.deltas = json_array()}, "nothing that leads to it");
}

static void test_forged_file(struct fixture *f, const void *data)
{
    run_forged(f, (struct forged){.file = "not the file"}, "shorter");
}

/* As long as the right one, and another. */
static void test_swapped_file(struct fixture *f, const void *data)
{
    json_t *own = own_hotlist(f, "0", "manifest");
    json_t *payload = json_loads(json_string_value(json_object_get(own, "payload")), 0, NULL);
    g_autofree char *bytes = g_strnfill((gsize)json_integer_value(json_object_get(payload, "length")), 'x');

    json_decref(own);
    json_decref(payload);
    run_forged(f, (struct forged){.file = bytes}, "not the one that was signed");
}

static void test_endless_file(struct fixture *f, const void *data)
{
    g_autofree char *bytes = g_strnfill(1000000, 'x');

    run_forged(f, (struct forged){.file = bytes}, "longer");
}

static void assert_version(struct fixture *f, int64_t expected, const char *reason)
{
    int64_t version, issued, confirmed;
    char token[33];

    g_assert_true(store_hotlist_info(f->kiosk.store, &version, &issued, &confirmed));
    g_assert_cmpint(version, ==, expected);
    card_token(f->kiosk.identity.index_key, f->card, token);
    g_autofree char *had = store_hotlist_lookup(f->kiosk.store, token);
    g_assert_cmpstr(had, ==, reason);
}

/* Older answers, rightly signed, after a newer list: refused, the newer one stays. */
static void test_rollback(struct fixture *f, const void *data)
{
    json_t *manifest = own_hotlist(f, "0", "manifest"), *deltas;
    int64_t version;

    g_assert_true(hotlist_card_lost(front_platform(f->front), f->card, now_ms(), &version, NULL));
    deltas = own_hotlist(f, "1", "deltas");
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_version(f, 2, "lost");
    stage_set(f, (struct forged){.manifest = manifest, .version = 3});
    assert_told(f, "went back");
    stage_clear(f);
    stage_set(f, (struct forged){.deltas = deltas, .version = 3});
    assert_told(f, "does not fit");
    stage_clear(f);
    /* The page itself may not be of an older platform either. */
    stage_set(f, (struct forged){.version = 1});
    assert_told(f, "went back");
    assert_version(f, 2, "lost");
    stage_clear(f);
    assert_well_again(f);
}

/* A download goes on from where it ended, also past a server that knows no parts and from what is no part of it. */
static const struct resume {
    const char *name;
    int64_t have; /* bytes of the file, then … */
    int64_t junk; /* … bytes that are not of it */
    bool whole;
    int asked;
} RESUMES[] = {
    {"resume-nothing", 0, 0, false, 1},      {"resume-part", 100, 0, false, 1},
    {"resume-part-whole", 100, 0, true, 1},  {"resume-but-one", -1, 0, false, 1},
    {"resume-junk", 100, 20, false, 2},      {"resume-too-long", 100, 99999, false, 1},
};

static void test_resume(struct fixture *f, const void *data)
{
    const struct resume *resume = data;
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest;
    json_t *envelope = own_hotlist(f, "0", "manifest");
    g_autofree char *path = hotlist_path(front_platform(f->front), 1), *part = NULL, *bytes = NULL;
    g_autofree char *junk = g_strnfill((gsize)resume->junk, 'x');
    g_autoptr(GString) had = g_string_new(NULL);
    size_t len;

    g_assert_true(hotlist_manifest_open(front_platform(f->front)->sign_public, envelope, &manifest, &error));
    json_decref(envelope);
    bytes = file_read(path, 1000000, &len, &error);
    g_assert_no_error(error);
    g_string_append_len(had, bytes, resume->have < 0 ? (gssize)len + resume->have : resume->have);
    g_string_append_len(had, junk, resume->junk);
    part = store_hotlist_part(f->kiosk.store, &manifest);
    g_assert_true(g_file_set_contents(part, had->str, (gssize)had->len, NULL));
    stage_set(f, (struct forged){.whole = resume->whole});
    kiosk_start(&f->kiosk);
    if (resume->asked > 1)
        assert_told(f, "not the one that was signed");
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    assert_version(f, 1, NULL);
    g_assert_cmpint(g_atomic_int_get(&stage.forged.asked), ==, resume->asked);
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
    stage_clear(f);
    assert_well_again(f);
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
    ADD(poison);
    ADD(time_replayed);
    ADD(time_unsigned);
    ADD(time_forged);
    ADD(anchor_nonsense);
    ADD(retry_after);
    ADD(forged_payload);
    ADD(forged_key);
    ADD(forged_nothing);
    ADD(forged_file);
    ADD(swapped_file);
    ADD(endless_file);
    ADD(rollback);
    for (size_t i = 0; i < G_N_ELEMENTS(RESUMES); i++) {
        g_autofree char *name = g_strconcat("/nonsense/", RESUMES[i].name, NULL);
        g_test_add(name, struct fixture, &RESUMES[i], up, test_resume, down);
    }
    ADD(endless);
    ADD(gone);
    return g_test_run();
}
