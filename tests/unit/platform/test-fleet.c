/* SPDX-License-Identifier: Apache-2.0 */
/* Signed time, anchors, dead letters, renewed certificates, packed bodies, and what the platform takes on at once. */
#include "kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/calls/enrolment.h"
#include "platform/calls/handlers.h"
#include "platform/calls/restored.h"
#include "platform/calls/address.h"
#include "platform/calls/throttle.h"
#include "schema.h"
#include "sync/signed.h"
#include "sync/wire.h"
#include "sync/zip.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pen;
    EVP_PKEY *key; /* of the kiosk's certificate */
    char serial[64];
};

static void write_run(struct fixture *f, bool ok)
{
    g_assert_true(ok);
    g_assert_true(db_commit(f->platform->db, NULL));
}

static char *csr_pem(EVP_PKEY *key)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes, *text;
    long len;

    g_assert_cmpint(X509_REQ_set_pubkey(request, key), ==, 1);
    g_assert_cmpint(X509_REQ_sign(request, key, EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_bio_X509_REQ(bio, request), ==, 1);
    len = BIO_get_mem_data(bio, &bytes);
    text = g_strndup(bytes, (gsize)len);
    BIO_free(bio);
    X509_REQ_free(request);
    return text;
}

static json_t *call_as(struct fixture *f, const char *serial, const char *method, const char *path,
                       const char *nonce, json_t *body, unsigned *status)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct request request = {.method = method,
                              .path = path,
                              .content_type = "application/json",
                              .nonce = nonce,
                              .kiosk = serial != NULL ? "K0001" : NULL,
                              .certificate = serial,
                              .body = text != NULL ? text : "",
                              .body_len = text != NULL ? strlen(text) : 0};
    struct reply reply = {0};
    json_t *answer;

    handlers_run(f->platform, &request, &reply);
    schema_check_exchange(method, path, text, reply.status, reply.body, reply.body_len);
    *status = reply.status;
    answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

static json_t *renew(struct fixture *f, EVP_PKEY *key, const char *under, unsigned *status)
{
    g_autofree char *csr = csr_pem(key);

    return call_as(f, under, "POST", "/v1/renew", NULL, json_pack("{s:s}", "csr", csr), status);
}

static X509 *certificate_of(json_t *answer)
{
    BIO *bio = BIO_new_mem_buf(json_string_value(json_object_get(answer, "certificate")), -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    g_assert_nonnull(certificate);
    return certificate;
}

static void serial_of(json_t *answer, char serial[64])
{
    X509 *certificate = certificate_of(answer);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = BN_bn2hex(number);
    g_autofree char *lower = g_ascii_strdown(hex, -1);

    g_strlcpy(serial, lower, 64);
    OPENSSL_free(hex);
    BN_free(number);
    X509_free(certificate);
}

static unsigned status_of_time(struct fixture *f, const char *serial)
{
    unsigned status;

    json_decref(call_as(f, serial, "GET", "/v1/time", "0123456789abcdef", NULL, &status));
    return status;
}

/* A kiosk with a certificate whose key we hold: renewed once from the bare number that kit_enrol() gives. */
static void up(struct fixture *f, const void *data)
{
    unsigned status;

    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    f->key = EVP_EC_gen("P-256");
    json_t *answer = renew(f, f->key, KIT_SERIAL, &status);
    g_assert_cmpuint(status, ==, 200);
    serial_of(answer, f->serial);
    json_decref(answer);
    g_assert_cmpuint(status_of_time(f, f->serial), ==, 200);
}

static void down(struct fixture *f, const void *data)
{
    EVP_PKEY_free(f->key);
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

/* ---- Time ---- */

static void test_time(struct fixture *f, const void *data)
{
    static const char *const wrong[] = {"", "0123456789abcde", "0123456789ABCDEF", "0123456789abcdeg",
                                        "00000000000000000000000000000000000000000000000000000000000000000"};
    unsigned status;
    int64_t server_ms;
    const char *nonce, *kiosk;
    json_t *answer = call_as(f, f->serial, "GET", "/v1/time", "00112233445566778899aabbccddeeff", NULL, &status);

    g_assert_cmpuint(status, ==, 200);
    json_t *payload = signed_open(f->platform->sign_public, answer, NULL);
    g_assert_nonnull(payload);
    g_autofree char *why = schema_fault("SignedTime", payload);
    g_assert_cmpstr(why, ==, NULL);
    g_assert_true(wire_get_int(payload, "server_time", 0, INT64_MAX, &server_ms));
    g_assert_cmpint(ABS(server_ms - now_ms()), <, 5000);
    g_assert_true(wire_get_string(payload, "nonce", 64, &nonce));
    g_assert_cmpstr(nonce, ==, "00112233445566778899aabbccddeeff");
    g_assert_true(wire_get_string(payload, "kiosk", 31, &kiosk));
    g_assert_cmpstr(kiosk, ==, "K0001");
    json_decref(payload);
    json_decref(answer);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        json_decref(call_as(f, f->serial, "GET", "/v1/time", wrong[i], NULL, &status));
        g_assert_cmpuint(status, ==, 400);
    }
    json_decref(call_as(f, NULL, "GET", "/v1/time", "0123456789abcdef", NULL, &status));
    g_assert_cmpuint(status, ==, 403);
    json_decref(call_as(f, NULL, "GET", "/v1/time", NULL, NULL, &status));
    g_assert_cmpuint(status, ==, 200);
}

/* ---- Anchors ---- */

static json_t *anchor_of(struct fixture *f, const char *kiosk, int64_t seq, const uint8_t hash[32], EVP_PKEY *key)
{
    char hex[65];
    json_t *json = json_pack("{s:s, s:I, s:I, s:s, s:I}", "kiosk", kiosk, "epoch", (json_int_t)f->pen.epoch, "seq",
                             (json_int_t)seq, "hash", wire_hex(hash, 32, hex), "at", (json_int_t)now_ms());
    char *text = json_dumps(json, JSON_COMPACT);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t len = sizeof der;

    g_assert_cmpint(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), ==, 1);
    g_assert_cmpint(EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, strlen(text)), ==, 1);
    EVP_MD_CTX_free(ctx);
    g_autofree char *base64 = g_base64_encode(der, len);
    json_t *body = json_pack("{s:s, s:s}", "anchor", text, "signature", base64);
    free(text);
    json_decref(json);
    return body;
}

static void post_anchor(struct fixture *f, json_t *body, unsigned expected, const char *state)
{
    unsigned status;
    json_t *answer = call_as(f, f->serial, "POST", "/v1/anchors", NULL, body, &status);

    g_assert_cmpuint(status, ==, expected);
    g_assert_cmpstr(json_string_value(json_object_get(answer, "state")), ==, state);
    json_decref(answer);
}

static void assert_alarm(struct fixture *f, const char *alarm)
{
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_kiosk_find(f->platform->db, "K0001", &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpstr(row.alarm, ==, alarm);
}

static json_t *printed(struct fixture *f)
{
    return pen_event(&f->pen, "receipt.printed", json_pack("{s:s}", "payment", "x"));
}

static void push(struct fixture *f, json_t *event, const char *verdict)
{
    unsigned status;
    json_t *events = json_pack("[o]", event);
    json_t *answer = call_as(f, f->serial, "POST", "/v1/events", NULL,
                             json_pack("{s:I, s:o}", "epoch", (json_int_t)f->pen.epoch, "events", events), &status);

    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    json_decref(answer);
}

static void test_anchor(struct fixture *f, const void *data)
{
    uint8_t other[32] = {1};
    EVP_PKEY *stranger = EVP_EC_gen("P-256");

    push(f, printed(f), "accepted");
    post_anchor(f, anchor_of(f, "K0001", 1, f->pen.prev, f->key), 200, "MATCH");
    post_anchor(f, anchor_of(f, "K0001", 1, f->pen.prev, stranger), 403, NULL);
    post_anchor(f, anchor_of(f, "K0002", 1, f->pen.prev, f->key), 400, NULL);
    assert_alarm(f, "");
    post_anchor(f, anchor_of(f, "K0001", 1, other, f->key), 200, "MISMATCH");
    assert_alarm(f, "ANCHOR_MISMATCH");
    EVP_PKEY_free(stranger);
}

/* Signed before the event came here: compared when it does, whichever way it turns out. */
static void test_anchor_ahead(struct fixture *f, const void *data)
{
    json_t *event = printed(f), *second;
    uint8_t other[32] = {1};

    post_anchor(f, anchor_of(f, "K0001", 1, f->pen.prev, f->key), 200, "AHEAD");
    push(f, event, "accepted");
    assert_alarm(f, "");
    second = printed(f);
    post_anchor(f, anchor_of(f, "K0001", 2, other, f->key), 200, "AHEAD");
    push(f, second, "accepted");
    assert_alarm(f, "ANCHOR_MISMATCH");
}

/* ---- Dead letters ---- */

static json_t *letter_of(struct fixture *f, const char *bytes, size_t len)
{
    char id[37], prev[65], hash_text[65];
    uint8_t hash[32];
    g_autofree char *base64 = g_base64_encode((const guchar *)bytes, len);

    uuid7(now_ms(), id);
    f->pen.seq++;
    chain_hash(f->pen.prev, f->pen.epoch, f->pen.seq, id, bytes, len, hash);
    json_t *letter = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)f->pen.epoch, "seq",
                               (json_int_t)f->pen.seq, "id", id, "prev", wire_hex(f->pen.prev, 32, prev), "hash",
                               wire_hex(hash, 32, hash_text), "body", base64, "reason", "HTTP 400");
    memcpy(f->pen.prev, hash, 32);
    return letter;
}

static void post_letter(struct fixture *f, json_t *letter, const char *verdict, const char *code)
{
    unsigned status;
    json_t *answer = call_as(f, f->serial, "POST", "/v1/deadletter", NULL, letter, &status);

    g_assert_cmpuint(status, ==, 200);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(answer);
}

/* Bytes that are no text, with a NUL among them: kept, refused, and the chain goes on behind them. */
static void test_letter(struct fixture *f, const void *data)
{
    static const char bytes[] = "{\"id\":\"\xff\xfe\0x\"}";
    uint8_t stored[sizeof bytes - 1];
    struct db_rows *rows;
    json_t *letter;

    push(f, printed(f), "accepted");
    letter = letter_of(f, bytes, sizeof bytes - 1);
    json_t *again = json_deep_copy(letter), *forked = json_deep_copy(letter);
    post_letter(f, letter, "rejected", "BODY");
    post_letter(f, again, "rejected", "BODY");
    push(f, printed(f), "accepted");
    assert_alarm(f, "");
    json_object_set_new(forked, "hash", json_string("1111111111111111111111111111111111111111111111111111111111111111"));
    post_letter(f, forked, "conflict", "SEQ_FORK");
    g_assert_true(db_begin(f->platform->db, false, NULL));
    rows = db_query(f->platform->db, NULL, "SELECT raw FROM deadletter WHERE community=?1 AND seq=2 AND verdict='rejected'", "");
    g_assert_true(rows != NULL && db_next(f->platform->db, rows, NULL) == 1);
    g_assert_true(db_copy_bytes(rows, 0, stored, sizeof stored));
    db_done(rows);
    db_rollback(f->platform->db);
    g_assert_cmpmem(stored, sizeof stored, bytes, sizeof bytes - 1);
}

/* A letter that is a good event after all has its effects; one that comes too early waits its turn. */
static void test_letter_good(struct fixture *f, const void *data)
{
    json_t *first = printed(f), *second = printed(f), *letter;
    const char *body = json_string_value(json_object_get(second, "body"));
    g_autofree char *base64 = g_base64_encode((const guchar *)body, strlen(body));
    unsigned status;

    json_object_set_new(second, "epoch", json_integer(f->pen.epoch));
    json_object_set_new(second, "reason", json_string("HTTP 400"));
    json_object_set_new(second, "body", json_string(base64));
    letter = json_deep_copy(second);
    post_letter(f, second, "retry", "GAP");
    push(f, first, "accepted");
    post_letter(f, letter, "accepted", "");
    json_t *empty = letter_of(f, "x", 1);
    json_object_set_new(empty, "body", json_string(""));
    json_decref(call_as(f, f->serial, "POST", "/v1/deadletter", NULL, empty, &status));
    g_assert_cmpuint(status, ==, 400);
}

/* ---- Renewal ---- */

static void test_renew(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char lost[64], next[64];
    unsigned status;
    json_t *answer;

    g_assert_cmpuint(status_of_time(f, KIT_SERIAL), ==, 403); /* out since the first use of the one after it */
    answer = renew(f, key, f->serial, &status);
    serial_of(answer, lost);
    json_decref(answer);
    answer = renew(f, key, f->serial, &status); /* the first answer was lost */
    serial_of(answer, next);
    X509 *certificate = certificate_of(answer);
    char name[64];
    g_assert_cmpint(X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name), >, 0);
    g_assert_cmpstr(name, ==, "K0001");
    X509_free(certificate);
    json_decref(answer);
    g_assert_cmpuint(status_of_time(f, f->serial), ==, 200);
    g_assert_cmpuint(status_of_time(f, lost), ==, 403);
    g_assert_cmpuint(status_of_time(f, next), ==, 200);
    g_assert_cmpuint(status_of_time(f, f->serial), ==, 403);
    json_decref(call_as(f, next, "POST", "/v1/renew", NULL, json_pack("{s:s}", "csr", "rubbish"), &status));
    g_assert_cmpuint(status, ==, 400);
    /* Revoked: neither the one nor the next. */
    answer = renew(f, key, next, &status);
    serial_of(answer, lost);
    json_decref(answer);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    write_run(f, db_kiosk_revoke(f->platform->db, "K0001", NULL));
    g_assert_cmpuint(status_of_time(f, next), ==, 403);
    g_assert_cmpuint(status_of_time(f, lost), ==, 403);
    EVP_PKEY_free(key);
}

static void enrol_anew(struct fixture *f, const char *serial)
{
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_kiosk_find(f->platform->db, "K0001", &row, &found, NULL) && found);
    g_strlcpy(row.certificate, serial, sizeof row.certificate);
    row.epoch++;
    write_run(f, db_kiosk_enrol(f->platform->db, &row, now_ms(), NULL) &&
                     db_certificate_add(f->platform->db, "K0001", serial, "pem", "CURRENT", now_ms(), NULL));
}

/* A renewal that passed the door with `under`, and waited for the lock. */
static void renew_late(struct fixture *f, const char *under, int code)
{
    g_autofree char *csr = csr_pem(f->key);
    g_autoptr(GError) error = NULL;

    g_assert_null(enrolment_renew(f->platform, "K0001", under, csr, now_ms(), &error));
    g_assert_error(error, PLATFORM_ERROR, code);
}

static void renewed_late(struct fixture *f, const char *next, int code)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(enrolment_renewed(f->platform, "K0001", next, &error));
    g_assert_error(error, PLATFORM_ERROR, code);
}

/* The machine before may neither get a certificate of the name that is another one's now, nor put that one out by the first use of its own. */
static void test_renew_late(struct fixture *f, const void *data)
{
    char next[64], last[64];
    unsigned status;
    json_t *answer = renew(f, f->key, f->serial, &status);

    serial_of(answer, next);
    json_decref(answer);
    enrol_anew(f, "e402");
    renew_late(f, f->serial, PLATFORM_ERROR_KIOSK_UNKNOWN);
    renewed_late(f, next, PLATFORM_ERROR_KIOSK_UNKNOWN);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM certificate WHERE community=?1 AND state='NEXT'"), ==, 0);
    g_assert_cmpuint(status_of_time(f, next), ==, 403);
    g_assert_cmpuint(status_of_time(f, "e402"), ==, 200);
    answer = renew(f, f->key, "e402", &status); /* the new one's own: two requests bring it at once */
    serial_of(answer, last);
    json_decref(answer);
    g_assert_true(enrolment_renewed(f->platform, "K0001", last, NULL));
    g_assert_true(enrolment_renewed(f->platform, "K0001", last, NULL));
    answer = renew(f, f->key, last, &status);
    serial_of(answer, next);
    json_decref(answer);
    g_assert_true(enrolment_revoke(f->platform, "K0001", now_ms(), NULL));
    renew_late(f, last, PLATFORM_ERROR_KIOSK_REVOKED);
    renewed_late(f, next, PLATFORM_ERROR_KIOSK_REVOKED);
}

/* ---- After the database was put back ---- */

/* As the platform would have made it at `made_ms`: certificates begin a day before. What TLS checks is not asked here. */
static char *certificate_made(struct fixture *f, int64_t made_ms)
{
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes, *text;

    g_assert_nonnull(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(made_ms / 1000 - 86400)));
    g_assert_nonnull(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(made_ms / 1000 + 90 * 86400)));
    g_assert_cmpint(X509_set_pubkey(certificate, f->key), ==, 1);
    g_assert_cmpint(X509_sign(certificate, f->key, EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_bio_X509(bio, certificate), ==, 1);
    long len = BIO_get_mem_data(bio, &bytes);
    text = g_strndup(bytes, (gsize)len);
    BIO_free(bio);
    X509_free(certificate);
    return text;
}

static unsigned status_with(struct fixture *f, const char *serial, int64_t made_ms)
{
    g_autofree char *pem = certificate_made(f, made_ms);
    struct request request = {.method = "GET", .path = "/v1/time", .nonce = "0123456789abcdef", .kiosk = "K0001",
                              .certificate = serial, .certificate_pem = pem};
    struct reply reply = {0};

    handlers_run(f->platform, &request, &reply);
    unsigned status = reply.status;
    reply_clear(&reply);
    return status;
}

static void kiosk_set(struct fixture *f, bool revoked)
{
    struct kiosk_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    if (revoked) {
        write_run(f, db_kiosk_revoke(f->platform->db, "K0001", NULL));
        return;
    }
    g_assert_true(db_kiosk_find(f->platform->db, "K0001", &row, &found, NULL));
    g_autofree char *pem = certificate_made(f, now_ms() + 7200000);
    g_strlcpy(row.certificate, "e401", sizeof row.certificate);
    row.epoch++;
    write_run(f, db_kiosk_enrol(f->platform->db, &row, now_ms(), NULL) &&
                     db_certificate_add(f->platform->db, "K0001", "e401", pem, "CURRENT", now_ms(), NULL));
}

/* The certificate in force is what up() gave now; the database is marked as one of an hour before some that came later. */
static void test_lost_time(struct fixture *f, const void *data)
{
    const int64_t hour_ms = 3600000, now = now_ms();
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(status_with(f, "a1", now + 2 * hour_ms), ==, 403); /* not marked */
    g_assert_true(restored_mark(f->platform, now - hour_ms, now + 5 * hour_ms, &error));
    g_assert_cmpuint(status_with(f, "a0", now - hour_ms / 2), ==, 403); /* of the lost time, older than what is known */
    g_assert_cmpuint(status_with(f, "a9", now + 6 * hour_ms), ==, 403); /* of after the mark */
    g_assert_cmpuint(status_with(f, "a2", now + 2 * hour_ms), ==, 200);
    g_assert_cmpuint(status_of_time(f, f->serial), ==, 403);
    g_assert_cmpuint(status_with(f, "a3", now + 3 * hour_ms), ==, 200);
    /* An older disk comes with the one before, or the one before that: the newest stays in force. */
    g_assert_cmpuint(status_with(f, "a2", now + 2 * hour_ms), ==, 403);
    g_assert_cmpuint(status_with(f, "a1", now + hour_ms), ==, 403);
    g_assert_cmpuint(status_of_time(f, "a3"), ==, 200);
}

static void test_lost_time_revoked(struct fixture *f, const void *data)
{
    const int64_t hour_ms = 3600000, now = now_ms();
    g_autoptr(GError) error = NULL;

    g_assert_true(restored_mark(f->platform, now - 5 * hour_ms, now + hour_ms, &error));
    kiosk_set(f, true);
    g_assert_cmpuint(status_with(f, "b1", now + hour_ms / 2), ==, 403);
    kiosk_set(f, false); /* the machine that takes its place */
    g_assert_cmpuint(status_with(f, "b2", now + hour_ms / 2), ==, 403);
    g_assert_cmpuint(status_of_time(f, "e401"), ==, 200);
}

/* ---- Waiting ---- */

static void test_wait(struct fixture *f, const void *data)
{
    struct request request = {.method = "GET", .path = "/v1/feed", .kiosk = "K0001", .certificate = f->serial};
    struct reply reply = {0};
    g_autofree char *cursor = NULL;
    json_t *page;

    request.wait = "25";
    request.limit = "500";
    handlers_run(f->platform, &request, &reply); /* there is news: now */
    g_assert_cmpint(reply.wait_ms, ==, 0);
    page = json_loadb(reply.body, reply.body_len, 0, NULL);
    cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
    json_decref(page);
    reply_clear(&reply);
    request.cursor = cursor;
    handlers_run(f->platform, &request, &reply);
    if (reply.wait_ms == 0) { /* a second page */
        page = json_loadb(reply.body, reply.body_len, 0, NULL);
        g_free(cursor);
        request.cursor = cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
        json_decref(page);
        reply_clear(&reply);
        handlers_run(f->platform, &request, &reply);
    }
    g_assert_cmpint(reply.wait_ms, ==, 25000);
    reply_clear(&reply);
    request.wait = "31";
    handlers_run(f->platform, &request, &reply);
    g_assert_cmpuint(reply.status, ==, 400);
    reply_clear(&reply);
}

/* ---- Packed bodies ---- */

static void test_zip(void)
{
    g_autofree char *text = g_malloc(300000);
    char *packed, *out;
    size_t packed_len, len;

    for (size_t i = 0; i < 300000; i++)
        text[i] = "0123456789abcdef"[(i * 2654435761u >> 13) % 16];
    packed = zip_pack(text, 300000, &packed_len);
    g_assert_nonnull(packed);
    g_assert_cmpint(zip_unpack(packed, packed_len, 300000, &out, &len), ==, ZIP_OK);
    g_assert_cmpmem(out, len, text, 300000);
    free(out);
    g_assert_cmpint(zip_unpack(packed, packed_len, 299999, &out, &len), ==, ZIP_TOO_LARGE);
    for (size_t cut = 0; cut < packed_len; cut += 1 + cut / 4)
        g_assert_cmpint(zip_unpack(packed, cut, 300000, &out, &len), ==, ZIP_BROKEN);
    g_assert_null(out);
    free(packed);
    g_assert_cmpint(zip_unpack("plain text, not zstd", 20, 1000, &out, &len), ==, ZIP_BROKEN);
    g_assert_null(zip_pack("x", 1, &packed_len)); /* would not be shorter */
}

/* Few bytes that would be very many, and a window that would eat the memory. */
static void test_bomb(void)
{
    size_t size = 64u * 1024 * 1024, bound = ZSTD_compressBound(size), len, packed_len;
    g_autofree char *zeros = g_malloc0(size), *bomb = g_malloc(bound);
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    char *out;

    packed_len = ZSTD_compress(bomb, bound, zeros, 4u * 1024 * 1024 - 1, 1);
    g_assert_cmpint(zip_unpack(bomb, packed_len, WIRE_UNZIPPED_BYTES_MAX, &out, &len), ==, ZIP_TOO_LARGE);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, 27);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
    packed_len = ZSTD_compress2(ctx, bomb, bound, zeros, size);
    ZSTD_freeCCtx(ctx);
    g_assert_cmpint(zip_unpack(bomb, packed_len, size, &out, &len), !=, ZIP_OK);
    g_assert_null(out);
}

static void test_codings(void)
{
    g_assert_true(zip_listed("zstd"));
    g_assert_true(zip_listed("gzip, ZSTD;q=0.5"));
    g_assert_false(zip_listed("gzip, zstd;q=0"));
    g_assert_false(zip_listed("zstd;q=0.000"));
    g_assert_false(zip_listed("zstandard, gzip"));
    g_assert_false(zip_listed(NULL));
}

/* ---- Throttle ---- */

static int64_t virtual_ms;

static int64_t virtual_now(void *ctx)
{
    return virtual_ms;
}

static const char *virtual_boot(void *ctx)
{
    return "11111111-1111-7111-8111-111111111111";
}

static void virtual_sleep(void *ctx, unsigned ms)
{
    virtual_ms += ms;
}

static void virtual_random(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_rand_int(ctx);
}

static void test_throttle(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    struct clock_source source = {rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, virtual_random};
    struct throttle *throttle;
    unsigned retry_s = 0, calm_s = 0, crowd_s = 0, passed = 0;

    clock_use(&source);
    throttle = throttle_new(2);
    g_assert_true(throttle_admit(throttle, &retry_s));
    g_assert_true(throttle_admit(throttle, &retry_s));
    for (int i = 0; i < 200; i++)
        throttle_took(throttle, 200);
    for (int i = 0; i < 10; i++) {
        g_assert_false(throttle_admit(throttle, &retry_s));
        calm_s = MAX(calm_s, retry_s);
    }
    for (int i = 0; i < 1000; i++) {
        g_assert_false(throttle_admit(throttle, &retry_s));
        crowd_s = MAX(crowd_s, retry_s);
    }
    /* Twice the time in which four threads do a thousand of 200 ms each: 100 s. */
    g_assert_cmpuint(calm_s, <, 5);
    g_assert_cmpuint(crowd_s, >, 60);
    g_assert_cmpuint(crowd_s, <=, 121);
    throttle_done(throttle);
    g_assert_true(throttle_admit(throttle, &retry_s));
    virtual_ms += 3600000; /* forgotten by then */
    g_assert_false(throttle_admit(throttle, &retry_s));
    g_assert_cmpuint(retry_s, <, 5);

    for (int i = 0; i < 1000; i++)
        passed += throttle_kiosk(throttle, "K0001", &retry_s);
    g_assert_cmpuint(passed, ==, THROTTLE_KIOSK_BURST);
    g_assert_cmpuint(retry_s, >, 0);
    g_assert_true(throttle_kiosk(throttle, "K0002", &retry_s));
    virtual_ms += 1000;
    for (int i = 0; i < 1000; i++)
        passed += throttle_kiosk(throttle, "K0001", &retry_s);
    g_assert_cmpuint(passed, ==, THROTTLE_KIOSK_BURST + THROTTLE_KIOSK_RATE);
    throttle_free(throttle);
    clock_use(NULL);
}

static bool asks(struct throttle *throttle, const char *text)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    unsigned retry_s = 0;
    bool is_six = inet_pton(AF_INET6, text, &six.sin6_addr) == 1;

    g_assert_true(is_six || inet_pton(AF_INET, text, &four.sin_addr) == 1);
    bool may = throttle_address(throttle, "door", is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four, &retry_s);
    g_assert_true(may || retry_s > 0);
    return may;
}

static unsigned times_answered(struct throttle *throttle, const char *text, unsigned times)
{
    unsigned answered = 0;

    for (unsigned i = 0; i < times; i++)
        answered += asks(throttle, text);
    return answered;
}

/* Addresses of a network, however many, are one; networks of a site are as many as eight; an address that is mapped is the one that it is. */
static void test_addresses(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    struct clock_source source = {rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, virtual_random};
    struct throttle *throttle;
    unsigned answered = 0;

    clock_use(&source);
    throttle = throttle_new(2);
    g_assert_cmpuint(times_answered(throttle, "2001:db8:1::1", 150) + times_answered(throttle, "2001:db8:1:0:ffff::2", 150), ==, THROTTLE_KIOSK_BURST);
    for (unsigned net = 1; net < 50; net++) {
        g_autofree char *text = g_strdup_printf("2001:db8:1:%x::1", net);
        answered += times_answered(throttle, text, 300);
    }
    g_assert_cmpuint(answered, ==, (THROTTLE_SITE_TIMES - 1) * THROTTLE_KIOSK_BURST);
    g_assert_cmpuint(throttle_names(throttle), <=, THROTTLE_SITE_TIMES + 2); /* networks that were sent away by their site take no place */
    g_assert_true(asks(throttle, "2001:db8:2::1"));
    g_assert_cmpuint(times_answered(throttle, "192.0.2.1", 150) + times_answered(throttle, "::ffff:192.0.2.1", 150), ==, THROTTLE_KIOSK_BURST);
    throttle_free(throttle);
    clock_use(NULL);
}

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in6 *six = (void *)&out;
    struct sockaddr_in *four = (void *)&out;
    bool is_six = strchr(text, ':') != NULL;

    out.ss_family = is_six ? AF_INET6 : AF_INET;
    g_assert_cmpint(is_six ? inet_pton(AF_INET6, text, &six->sin6_addr) : inet_pton(AF_INET, text, &four->sin_addr), ==, 1);
    return out;
}

static bool has_room(struct crowd *crowd, const char *text)
{
    struct sockaddr_storage address = address_of(text);
    return crowd_has_room(crowd, (struct sockaddr *)&address);
}

static void enter(struct crowd *crowd, const char *text)
{
    struct sockaddr_storage address = address_of(text);
    crowd_enter(crowd, (struct sockaddr *)&address);
}

/* Connections are counted by the network that somebody has, and who goes makes room for a neighbour. */
static void test_crowd(void)
{
    struct crowd *crowd = crowd_new(2);
    struct sockaddr_storage first = address_of("2001:db8:1::1");

    g_assert_true(has_room(crowd, "2001:db8:1::1"));
    enter(crowd, "2001:db8:1::1");
    enter(crowd, "2001:db8:1:0:ffff::2");
    g_assert_false(has_room(crowd, "2001:db8:1::3"));
    g_assert_true(has_room(crowd, "2001:db8:1:1::1"));
    crowd_leave(crowd, (struct sockaddr *)&first);
    g_assert_true(has_room(crowd, "2001:db8:1::3"));
    enter(crowd, "192.0.2.1");
    enter(crowd, "::ffff:192.0.2.1");
    g_assert_false(has_room(crowd, "192.0.2.1"));
    g_assert_true(has_room(crowd, "192.0.2.2"));
    crowd_free(crowd);
}

/* More sites than are remembered: those who are known have what they had, no more and no less, and memory has an end. */
static void test_addresses_flood(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    struct clock_source source = {rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, virtual_random};
    struct throttle *throttle;
    unsigned strangers = 0;

    clock_use(&source);
    throttle = throttle_new(2);
    g_assert_cmpuint(times_answered(throttle, "192.0.2.1", 300), ==, THROTTLE_KIOSK_BURST); /* has had all of it */
    g_assert_true(asks(throttle, "192.0.2.2"));
    for (unsigned i = 0; i < 2 * THROTTLE_KIOSKS_MAX; i++) {
        g_autofree char *text = g_strdup_printf("2001:%x:%x::1", i >> 16, i & 0xFFFF);
        strangers += asks(throttle, text);
    }
    g_assert_cmpuint(throttle_names(throttle), <=, THROTTLE_KIOSKS_MAX);
    g_assert_cmpuint(strangers, <, THROTTLE_KIOSKS_MAX);
    g_assert_false(asks(throttle, "192.0.2.1")); /* is not forgotten */
    g_assert_true(asks(throttle, "192.0.2.2"));
    virtual_ms += 10000; /* the flood is over */
    g_assert_true(asks(throttle, "192.0.2.3"));
    g_assert_cmpuint(throttle_names(throttle), <, 10);
    throttle_free(throttle);
    clock_use(NULL);
}

/* A site's own bucket is not forgotten while one more of its names is looked for. */
static void test_addresses_site_full(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    struct clock_source source = {rand, virtual_now, virtual_now, virtual_boot, virtual_sleep, virtual_random};
    struct throttle *throttle;

    clock_use(&source);
    throttle = throttle_new(2);
    for (unsigned i = 0; throttle_names(throttle) < THROTTLE_KIOSKS_MAX; i++) {
        g_autofree char *text = g_strdup_printf("2001:db8:7:%x::1", i);
        if (!asks(throttle, text))
            virtual_ms += 1000;
        g_assert_cmpuint(i, <, 4 * THROTTLE_KIOSKS_MAX);
    }
    virtual_ms += 10000;
    g_assert_true(asks(throttle, "2001:db8:7:ffff::1"));
    g_assert_cmpuint(throttle_names(throttle), ==, 2);
    throttle_free(throttle);
    clock_use(NULL);
}

#define ADD(name) g_test_add("/fleet/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(time);
    ADD(anchor);
    ADD(anchor_ahead);
    ADD(letter);
    ADD(letter_good);
    ADD(renew);
    ADD(renew_late);
    ADD(lost_time);
    ADD(lost_time_revoked);
    ADD(wait);
    g_test_add_func("/fleet/zip", test_zip);
    g_test_add_func("/fleet/bomb", test_bomb);
    g_test_add_func("/fleet/codings", test_codings);
    g_test_add_func("/fleet/throttle", test_throttle);
    g_test_add_func("/fleet/addresses", test_addresses);
    g_test_add_func("/fleet/crowd", test_crowd);
    g_test_add_func("/fleet/addresses-flood", test_addresses_flood);
    g_test_add_func("/fleet/addresses-site-full", test_addresses_site_full);
    return g_test_run();
}
