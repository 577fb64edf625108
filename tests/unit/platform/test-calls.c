/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment and who may call what; every exchange is checked against openapi.json. */
#include "kit.h"
#include "model/model.h"
#include "platform/activities/activities.h"
#include "platform/data/db-rows.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/handlers.h"
#include "platform/tickets/form.h"
#include "platform/tickets/georeport.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/pki.h"
#include "platform/calls/problems.h"
#include "platform/calls/throttle.h"
#include "platform/calls/versions.h"
#include "platform/wipe.h"
#include "schema.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Enrolment ---- */

static char *csr_of(EVP_PKEY *key, const char *name)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes, *text;
    long len;

    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    g_assert_cmpint(X509_REQ_set_pubkey(request, key), ==, 1);
    g_assert_cmpint(X509_REQ_sign(request, key, EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_bio_X509_REQ(bio, request), ==, 1);
    len = BIO_get_mem_data(bio, &bytes);
    text = g_strndup(bytes, (gsize)len);
    BIO_free(bio);
    X509_REQ_free(request);
    return text;
}

static char *fresh_csr(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *text = csr_of(key, name);

    EVP_PKEY_free(key);
    return text;
}

static json_t *enrol(struct kit_stage *f, const char *kiosk, const char *code, const char *csr,
                     unsigned *status)
{
    return kit_call(f->platform, "POST", "/v1/enrol", NULL, NULL,
                    json_pack("{s:s, s:s, s:s}", "kiosk", kiosk, "code", code, "csr", csr), status);
}

static char *new_code(struct kit_stage *f, const char *kiosk, int64_t when_ms)
{
    g_autoptr(GError) error = NULL;
    char *code = enrolment_code_new(f->platform, kiosk, when_ms, &error);

    g_assert_no_error(error);
    return code;
}

static void assert_refused(struct kit_stage *f, const char *kiosk, const char *code, const char *detail)
{
    g_autofree char *csr = fresh_csr(kiosk);
    unsigned status;
    json_t *answer = enrol(f, kiosk, code, csr, &status);

    g_assert_cmpuint(status, ==, 403);
    g_assert_cmpstr(json_string_value(json_object_get(answer, "code")), ==, "ENROL_REFUSED");
    g_assert_cmpstr(json_string_value(json_object_get(answer, "detail")), ==, detail);
    json_decref(answer);
}

static void enrolled(struct kit_stage *f, const char *kiosk)
{
    g_autofree char *csr = fresh_csr(kiosk), *code = new_code(f, kiosk, now_ms());
    unsigned status;

    json_decref(enrol(f, kiosk, code, csr, &status));
    g_assert_cmpuint(status, ==, 200);
}

static void own_seats(struct kit_stage *f, int places, const char *told)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, &error));
    g_assert_true(places == 0 || activities_allot(f->platform, "K0001", "T-1", places, now_ms(), &error));
    json_t *envelope = db_seat_envelope(f->platform->db, "K0001", &error);
    g_assert_nonnull(strstr(json_string_value(json_object_get(envelope, "payload")), told));
    g_assert_true(db_commit(f->platform->db, &error));
    json_decref(envelope);
}

/* A kiosk that is enrolled anew may have forgotten which of its seats it promised: it is told of none of those again. */
static void test_own_seats(struct kit_stage *f, const void *data)
{
    struct activity_row activity = {"T", "class", "测试课", "A test", "活动室", "Room", "100", 0, 1};
    struct date_row date = {.id = "T-1", .activity = "T", .session = {.start_ms = now_ms() + 3600000, .end_ms = now_ms() + 7200000, .seats = 9}};
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_true(db_begin(f->platform->db, true, &error) && activities_add(f->platform->db, &activity, &error) &&
                  activities_date_add(f->platform->db, &date, &error) && db_commit(f->platform->db, &error));
    own_seats(f, 2, "\"places\":2");
    enrolled(f, "K0001");
    own_seats(f, 0, "\"places\":2"); /* for the first time: nothing is forgotten */
    enrolled(f, "K0001");
    own_seats(f, 0, "\"seats\":[]");
    own_seats(f, 5, "\"places\":3"); /* three are new */
}

static void test_enrol(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms());
    g_autofree char *csr = fresh_csr("somebody else");
    g_autofree char *typed = g_ascii_strdown(code, -1);
    unsigned status;
    json_t *answer = enrol(f, "K0001", typed, csr, &status);
    const char *pem = json_string_value(json_object_get(answer, "certificate"));
    BIO *bio;
    X509 *certificate;
    char name[64];
    int days, seconds;

    g_assert_cmpuint(status, ==, 200);
    bio = BIO_new_mem_buf(pem, -1);
    certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    g_assert_nonnull(certificate);
    /* Our name for it, not the one it asked for; ours to sign; for clients only; 90 days. */
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    g_assert_cmpstr(name, ==, "K0001");
    g_assert_cmpint(X509_verify(certificate, authorities_issuer(f->platform->authorities)->key), ==, 1);
    g_assert_cmpuint(X509_get_extended_key_usage(certificate), ==, XKU_SSL_CLIENT);
    g_assert_cmpint(X509_check_ca(certificate), ==, 0);
    g_assert_cmpint(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)), ==, 1);
    g_assert_true(days >= 89 && days <= 90);
    g_assert_cmpint(json_integer_value(json_object_get(answer, "epoch")), ==, 1);
    X509_free(certificate);
    BIO_free(bio);
    json_decref(answer);
    /* One time. */
    assert_refused(f, "K0001", code, "kiosk or code is not valid");
}

static void test_enrol_again(struct kit_stage *f, const void *data)
{
    unsigned status;
    json_t *first, *second;
    g_autofree char *csr = fresh_csr("K0001");
    g_autofree char *code = new_code(f, "K0001", now_ms());
    g_autofree char *code2 = NULL;

    first = enrol(f, "K0001", code, csr, &status);
    g_assert_cmpuint(status, ==, 200);
    code2 = new_code(f, "K0001", now_ms());
    second = enrol(f, "K0001", code2, csr, &status);
    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpint(json_integer_value(json_object_get(second, "epoch")), ==, 2);
    g_assert_false(json_equal(json_object_get(first, "chain_nonce"), json_object_get(second, "chain_nonce")));
    g_assert_true(json_equal(json_object_get(first, "index_key"), json_object_get(second, "index_key")));
    json_decref(first);
    json_decref(second);
}

/* The same keys with each enrolment, so that a new epoch reads what the old ones wrote; another kiosk has others. A new version
 * comes behind. */
static void test_seal_keys(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *csr = fresh_csr("K0001"), *other_csr = fresh_csr("K0002");
    g_autofree char *code = new_code(f, "K0001", now_ms()), *other_code = new_code(f, "K0002", now_ms());
    unsigned status;
    json_t *first = enrol(f, "K0001", code, csr, &status), *other = enrol(f, "K0002", other_code, other_csr, &status);
    json_t *keys = json_object_get(first, "seal_keys");

    g_assert_cmpuint(json_array_size(keys), ==, 1);
    g_assert_false(json_equal(keys, json_object_get(other, "seal_keys")));
    g_assert_true(platform_seal_rotate(f->platform, &error));
    g_assert_no_error(error);
    g_autofree char *code2 = new_code(f, "K0001", now_ms());
    json_t *second = enrol(f, "K0001", code2, csr, &status), *more = json_object_get(second, "seal_keys");
    g_assert_cmpuint(json_array_size(more), ==, 2);
    g_assert_true(json_equal(json_array_get(more, 0), json_array_get(keys, 0)));
    g_assert_false(json_equal(json_array_get(more, 1), json_array_get(keys, 0)));
    json_decref(first);
    json_decref(other);
    json_decref(second);
}

/* Made by a version that sealed nothing: the secret is added once, and stays. */
static void test_old_secrets(struct kit_stage *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(f->dir, "secrets.json", NULL);
    json_t *secrets = json_load_file(path, 0, NULL);
    struct seal_ring had;

    json_object_del(secrets, "seal_secrets");
    g_assert_cmpint(json_dump_file(secrets, path, 0), ==, 0);
    json_decref(secrets);
    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(f->platform->seal.newest, ==, 1);
    had = f->platform->seal;
    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(&had, sizeof had, &f->platform->seal, sizeof had);
}

static void test_three_strikes(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms());

    assert_refused(f, "K0001", "0000-0000-0000", "kiosk or code is not valid");
    assert_refused(f, "K0001", "0000-0000-0001", "kiosk or code is not valid");
    assert_refused(f, "K0001", "0000-0000-0002", "kiosk or code is not valid");
    assert_refused(f, "K0001", code, "kiosk or code is not valid");
}

static void test_two_strikes(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms());
    g_autofree char *csr = fresh_csr("K0001");
    unsigned status;

    assert_refused(f, "K0001", "0000-0000-0000", "kiosk or code is not valid");
    assert_refused(f, "K0001", "0000-0000-0001", "kiosk or code is not valid");
    json_decref(enrol(f, "K0001", code, csr, &status));
    g_assert_cmpuint(status, ==, 200);
}

static void test_expired(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms() - ENROLMENT_CODE_HOURS * INT64_C(3600000));

    assert_refused(f, "K0001", code, "code has expired");
}

static void test_other_kiosks_code(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms());

    assert_refused(f, "K0002", code, "kiosk or code is not valid");
    assert_refused(f, "K4711", code, "kiosk or code is not valid");
    assert_refused(f, "K0001", "nonsense!", "kiosk or code is not valid");
}

/* A bad request for a certificate costs no code. */
static void test_bad_csr(struct kit_stage *f, const void *data)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *p384 = EVP_EC_gen("P-384");
    g_autofree char *code = new_code(f, "K0001", now_ms()), *csr = fresh_csr("K0001");
    g_autofree char *rsa_csr = csr_of(rsa, "K0001"), *p384_csr = csr_of(p384, "K0001");
    const char *bad[] = {"", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
                         rsa_csr, p384_csr};
    unsigned status;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        json_decref(enrol(f, "K0001", code, bad[i], &status));
        g_assert_cmpuint(status, ==, 400);
    }
    json_decref(enrol(f, "K0001", code, csr, &status));
    g_assert_cmpuint(status, ==, 200);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(p384);
}

static void test_code_is_hashed(struct kit_stage *f, const void *data)
{
    g_autofree char *code = new_code(f, "K0001", now_ms());
    g_auto(GStrv) parts = g_strsplit(code, "-", 3);
    g_autofree char *plain = g_strjoinv("", parts);

    g_assert_true(kit_database_has(f->dir, "K0001"));
    g_assert_false(kit_database_has(f->dir, plain));
    g_assert_false(kit_database_has(f->dir, code));
}

static void test_modes(struct kit_stage *f, const void *data)
{
    static const char *const names[] = {"ca.key",       "server.key",  "sign.key",
                                        "secrets.json", "platform.db", "platform.db-wal"};
    struct stat info;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *name = kit_on_file() || !g_str_has_prefix(names[i], "platform.db") ? names[i] : DB_SERVER_FILE;
        g_autofree char *path = g_build_filename(f->dir, name, NULL);

        g_assert_cmpint(stat(path, &info), ==, 0);
        g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    }
    g_assert_cmpint(stat(f->dir, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0700);
}

/* ---- Who may ---- */

static void test_who_may(struct kit_stage *f, const void *data)
{
    struct pen pen;
    unsigned status;
    json_t *answer;

    json_decref(kit_call(f->platform, "GET", "/v1/feed", "", NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 403);
    json_decref(kit_call(f->platform, "GET", "/v1/feed", "", "K0001", NULL, &status));
    g_assert_cmpuint(status, ==, 403); /* known, never enrolled */
    kit_enrol(f->platform, "K0001", &pen);
    json_decref(kit_call(f->platform, "GET", "/v1/feed", "", "K0001", NULL, &status));
    g_assert_cmpuint(status, ==, 200);
    json_decref(kit_call(f->platform, "GET", "/v1/feed", "", "K9999", NULL, &status));
    g_assert_cmpuint(status, ==, 403);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_kiosk_revoke(f->platform->db, "K0001", NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    answer = kit_call(f->platform, "GET", "/v1/feed", "", "K0001", NULL, &status);
    g_assert_cmpuint(status, ==, 403);
    g_assert_cmpstr(json_string_value(json_object_get(answer, "code")), ==, "KIOSK_REVOKED");
    json_decref(answer);
    answer = kit_call(f->platform, "POST", "/v1/events", NULL, "K0001",
                      json_pack("{s:i, s:[]}", "epoch", 1, "events"), &status);
    g_assert_cmpuint(status, ==, 403);
    json_decref(answer);
}

static void test_open_calls(struct kit_stage *f, const void *data)
{
    unsigned status;
    struct request request = {.method = "GET", .path = "/v1/openapi.json", .body = ""};
    struct reply reply = {0};
    json_t *served;

    json_decref(kit_call(f->platform, "GET", "/v1/time", NULL, NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 200);
    json_decref(kit_call(f->platform, "GET", "/v1/health", NULL, NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 200);
    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 200);
    served = json_loadb(reply.body, reply.body_len, JSON_REJECT_DUPLICATES, NULL);
    g_assert_true(json_equal(served, schema_document()));
    json_decref(served);
    reply_clear(&reply);
}

/* It describes exactly the calls there are. */
static void test_document(void)
{
    json_t *paths = json_object_get(schema_document(), "paths"), *methods, *operation;
    const char *path, *method;
    const char *allow;
    size_t count = 0;

    json_object_foreach(paths, path, methods)
    {
        json_object_foreach(methods, method, operation)
        {
            g_autofree char *upper = g_ascii_strup(method, -1);
            g_auto(GStrv) parts = g_strsplit(path, "{format}", 2);
            g_autofree char *concrete = g_strjoinv("json", parts);
            bool form = georeport_path(concrete);
            struct request request = {.method = upper, .path = concrete,
                                      .content_type = form ? "application/x-www-form-urlencoded" : "application/json"};

            g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 0);
            count++;
        }
    }
    g_assert_cmpuint(count, ==, handlers_count());
}

/* What can be sent is listed with its status and title, and nothing else is. */
static void test_problems(void)
{
    json_t *listed = json_object_get(json_object_get(schema_document(), "components"), "x-problems");

    for (size_t i = 0; i < problems_count; i++) {
        json_t *one = json_object_get(listed, problems[i].code);

        g_assert_cmpint(json_integer_value(json_object_get(one, "status")), ==, problems[i].status);
        g_assert_cmpstr(json_string_value(json_object_get(one, "title")), ==, problems[i].title);
        g_assert_true(problem_find(problems[i].code) == &problems[i]);
    }
    g_assert_cmpuint(json_object_size(listed), ==, problems_count);
}

static void test_limits(void)
{
    static const struct {
        const char *name;
        int64_t value;
    } ours[] = {{"requestBytes", WIRE_REQUEST_BYTES_MAX}, {"requestUnpackedBytes", WIRE_UNZIPPED_BYTES_MAX},
                {"requestUnpackedRatio", ZIP_RATIO_MAX}, {"answerBytes", WIRE_ANSWER_BYTES_MAX}, {"depth", WIRE_DEPTH_MAX},
                {"packFromBytes", ZIP_BYTES_MIN}, {"pushRows", WIRE_PUSH_ROWS_MAX}, {"pushBytes", WIRE_PUSH_BYTES_MAX},
                {"bodyBytes", WIRE_BODY_BYTES_MAX}, {"letterBytes", WIRE_LETTER_BYTES_MAX},
                {"feedItems", WIRE_FEED_LIMIT_MAX}, {"waitSeconds", WIRE_WAIT_S_MAX},
                {"requestsUnderWay", THROTTLE_UNDER_WAY_MAX}, {"requestBurst", THROTTLE_KIOSK_BURST},
                {"requestsPerSecond", THROTTLE_KIOSK_RATE}, {"formBytes", FORM_BYTES_MAX}, {"formFields", FORM_FIELDS_MAX}};
    json_t *limits = json_object_get(schema_document(), "x-limits");

    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        g_assert_cmpint(json_integer_value(json_object_get(limits, ours[i].name)), ==, ours[i].value);
    g_assert_cmpuint(json_object_size(limits), ==, G_N_ELEMENTS(ours));
}

/* Feed, loads and enrolment are for kiosks that are new enough; what an old one wrote down is taken. */
static void test_too_old(struct kit_stage *f, const void *data)
{
    static const struct {
        const char *agent;
        bool old;
    } agents[] = {{NULL, true}, {"curl/7.88", true}, {"citycard-kiosk", true}, {"citycard-kiosk/0.9.9", true},
                  {"citycard-kiosk/1.1", true}, {"citycard-kiosk/1.x", true}, {"citycard-kiosk/1.2", false},
                  {"citycard-kiosk/1.2.0 (hall)", false}, {"citycard-kiosk/2", false}, {"citycard-kiosk/1.10.3", false}};
    static const char *const taken[] = {"/v1/events", "/v1/hotlist", "/v1/time", NULL};
    struct pen pen;

    kit_enrol(f->platform, "K0001", &pen);
    f->platform->kiosk_version_min = g_strdup("1.2");
    for (size_t i = 0; i < G_N_ELEMENTS(agents); i++) {
        struct request request = {.method = "GET", .path = "/v1/feed", .kiosk = "K0001", .certificate = KIT_SERIAL,
                                  .user_agent = agents[i].agent, .body = ""};
        struct reply reply = {0};

        handlers_run(f->platform, &request, &reply);
        g_assert_cmpuint(reply.status, ==, agents[i].old ? 403 : 200);
        g_assert_true(!agents[i].old || strstr(reply.body, "\"KIOSK_TOO_OLD\"") != NULL);
        reply_clear(&reply);
        for (size_t j = 0; taken[j] != NULL; j++) {
            request.path = taken[j];
            request.since = "0";
            handlers_run(f->platform, &request, &reply);
            g_assert_cmpuint(reply.status, ==, 200);
            reply_clear(&reply);
        }
    }
    g_assert_true(versions_valid(NULL) && versions_valid("1") && versions_valid("1.2.3"));
    g_assert_false(versions_valid("") || versions_valid("1.2.3.4") || versions_valid("1. 2") || versions_valid("v1"));
}

static void test_precheck(void)
{
    const char *allow = NULL;
    struct request request = {.method = "GET", .path = "/v1/nothing"};

    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 404);
    request.path = "/v1/epoch";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 405);
    g_assert_cmpstr(allow, ==, "POST");
    request.path = "/v1/events";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 0);
    request.method = "PUT";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 405);
    g_assert_cmpstr(allow, ==, "GET, POST");
    request.method = "POST";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 415);
    request.content_type = "application/jsonx";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 415);
    request.content_type = "Application/JSON; charset=utf-8";
    g_assert_cmpuint(handlers_precheck(&request, &allow), ==, 0);
}

#define ADD(name) g_test_add("/platform/calls/" #name, struct kit_stage, NULL, kit_up, test_##name, kit_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(enrol);
    ADD(own_seats);
    ADD(enrol_again);
    ADD(seal_keys);
    ADD(old_secrets);
    ADD(three_strikes);
    ADD(two_strikes);
    ADD(expired);
    ADD(other_kiosks_code);
    ADD(bad_csr);
    ADD(code_is_hashed);
    ADD(modes);
    ADD(who_may);
    ADD(open_calls);
    ADD(too_old);
    g_test_add_func("/platform/calls/document", test_document);
    g_test_add_func("/platform/calls/problems", test_problems);
    g_test_add_func("/platform/calls/limits", test_limits);
    g_test_add_func("/platform/calls/precheck", test_precheck);
    return g_test_run();
}
