/* SPDX-License-Identifier: Apache-2.0 */
/* Which authorities a kiosk trusts: lists that lead on, hostile ones, and a stop or a failing disk at every step of taking one. */
#include "disk-faults.h"
#include "fixture.h"
#include "device/files.h"
#include "model/clock.h"
#include "platform/keys/pki.h"
#include "sync/credentials.h"
#include "sync/round.h"
#include "sync/signed.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR_MS    INT64_C(3600000)
#define DAY_MS     (24 * HOUR_MS)
#define CAS        4
#define STEPS_MOST 64

struct world {
    struct fixture f;
    EVP_PKEY *ca_keys[CAS], *sign, *stranger;
    X509 *cas[CAS];
    char *pems[CAS];
    uint8_t public[32];
    struct sync_identity identity;
    struct transport transport;
    struct round round;
    /* The platform's answers */
    char *payload;
    EVP_PKEY *signer;
    unsigned status, asked;
    int64_t known[8];  /* what it was told */
    bool cut;
    char *used;        /* what the transport was told to trust */
};

static struct world *world;

/* ---- The platform --------------------------------------------------------------------------------------------------- */

static json_t *envelope_of(struct world *w, EVP_PKEY *signer, const char *payload)
{
    g_autofree char *signature = pki_sign(signer, payload, strlen(payload), NULL);
    char id[SIGNED_KEY_ID_SIZE];

    g_assert_true(signed_key_id(w->public, id));
    return json_pack("{s:s, s:s, s:s}", "payload", payload, "signature", signature, "key_id", id);
}

/* Certificates by their texts, NULL-terminated. g_free. */
static char *list(int64_t version, ...)
{
    json_t *pems = json_array(), *json;
    const char *pem;
    va_list args;

    va_start(args, version);
    while ((pem = va_arg(args, const char *)) != NULL)
        json_array_append_new(pems, json_string(pem));
    va_end(args);
    json = json_pack("{s:s, s:I, s:I, s:o}", "kind", TRUST_KIND, "version", (json_int_t)version, "issued_at", (json_int_t)1, "authorities", pems);
    char *text = json_dumps(json, JSON_COMPACT), *out = g_strdup(text);
    free(text);
    json_decref(json);
    return out;
}

static void tell(struct world *w, char *payload)
{
    g_free(w->payload);
    w->payload = payload;
}

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    struct world *w = world;

    memset(out, 0, sizeof *out);
    g_assert_true(g_str_has_prefix(call->path, "/v1/authorities?known="));
    w->known[w->asked++ % G_N_ELEMENTS(w->known)] = g_ascii_strtoll(strrchr(call->path, '=') + 1, NULL, 10);
    if (w->cut) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "cut");
        return false;
    }
    json_t *json = w->status == 200 ? json_pack("{s:o, s:I}", "authorities", envelope_of(w, w->signer, w->payload), "server_time", (json_int_t)now_ms())
                                    : json_pack("{s:s}", "code", "NOT_FOUND");
    char *text = json_dumps(json, JSON_COMPACT);
    out->status = w->status;
    g_strlcpy(out->content_type, w->status == 200 ? "application/json" : "application/problem+json", sizeof out->content_type);
    out->body = g_string_new(text);
    free(text);
    json_decref(json);
    return true;
}

static bool use(void *ctx, const char *authorities)
{
    g_free(world->used);
    world->used = g_strdup(authorities);
    return true;
}

/* ---- The kiosk ---- */

static void start(struct world *w)
{
    g_autoptr(GError) error = NULL;

    trust_clear(&w->round.trust);
    w->transport = (struct transport){.request = request, .trust = use};
    w->round = (struct round){.transport = &w->transport, .store = w->f.store, .identity = &w->identity, .data_dir = w->f.dir};
    g_assert_true(signing_init(&w->round.signing, w->public));
    (void)trust_open(w->f.dir, &w->round.trust, &error);
    g_assert_no_error(error);
}

static void up(struct world *w, const void *data)
{
    size_t len = sizeof w->public;

    fixture_up(&w->f, NULL);
    world = w;
    for (size_t i = 0; i < CAS; i++)
        g_assert_true(pki_authority_new("an authority", &w->ca_keys[i], &w->cas[i], &w->pems[i], NULL));
    w->sign = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    w->stranger = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    w->signer = w->sign;
    w->status = 200;
    g_assert_cmpint(EVP_PKEY_get_raw_public_key(w->sign, w->public, &len), ==, 1);
    g_assert_true(file_put(w->f.dir, "ca.pem", w->pems[0], strlen(w->pems[0]), NULL));
    start(w);
}

static void down(struct world *w, const void *data)
{
    fault_set(FAULT_NONE, 0, 0);
    trust_clear(&w->round.trust);
    for (size_t i = 0; i < CAS; i++) {
        EVP_PKEY_free(w->ca_keys[i]);
        X509_free(w->cas[i]);
        g_free(w->pems[i]);
    }
    EVP_PKEY_free(w->sign);
    EVP_PKEY_free(w->stranger);
    g_free(w->payload);
    g_free(w->used);
    fixture_down(&w->f, NULL);
}

static bool trusts(struct world *w, size_t ca)
{
    return credentials_share(w->round.trust.pem, w->pems[ca]);
}

static void assert_first(struct world *w)
{
    g_assert_cmpint(w->round.trust.version, ==, 0);
    g_assert_true(trusts(w, 0));
    for (size_t i = 1; i < CAS; i++)
        g_assert_false(trusts(w, i));
    g_assert_false(file_there(w->f.dir, TRUST_FILE));
    g_assert_null(w->used);
}

/* What is refused is told in the log and is no trouble of the round. */
static void assert_refused(struct world *w, char *payload, const char *why)
{
    g_autofree char *pattern = g_strdup_printf("*stay as they were: %s*", why);

    tell(w, payload);
    w->round.trust_asked_ms = 0;
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
    g_assert_true(trust_ask(&w->round, NULL));
    g_test_assert_expected_messages();
}

static void asked(struct world *w)
{
    w->round.trust_asked_ms = 0;
    g_assert_true(trust_ask(&w->round, NULL));
}

static void test_followed(struct world *w, const void *data)
{
    tell(w, list(2, w->pems[0], w->pems[1], NULL));
    asked(w);
    g_assert_true(trusts(w, 0) && trusts(w, 1));
    g_assert_cmpstr(w->used, ==, w->round.trust.pem);
    g_assert_cmpstr(w->round.trust.issuer, ==, w->pems[1]);
    /* The platform hears of it at once, and then no more than once an hour. */
    g_assert_cmpuint(w->asked, ==, 2);
    g_assert_cmpint(w->known[0], ==, 0);
    g_assert_cmpint(w->known[1], ==, 2);
    g_assert_true(trust_ask(&w->round, NULL));
    g_assert_cmpuint(w->asked, ==, 2);
    /* The old one goes, and does not come back: not by an older list, not with the old file beside it. */
    tell(w, list(3, w->pems[1], NULL));
    asked(w);
    g_assert_false(trusts(w, 0));
    assert_refused(w, list(2, w->pems[0], w->pems[1], NULL), "the platform's authorities are of an older version");
    start(w);
    g_assert_cmpint(w->round.trust.version, ==, 3);
    g_assert_true(trusts(w, 1) && !trusts(w, 0));
    /* Another list of the version that is here changes nothing. */
    tell(w, list(3, w->pems[1], w->pems[2], NULL));
    asked(w);
    g_assert_false(trusts(w, 2));
    /* Away for two changes, and one is left that it knows. */
    tell(w, list(1000009, w->pems[1], w->pems[3], NULL));
    asked(w);
    g_assert_true(trusts(w, 3));
}

static void test_hostile(struct world *w, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *csr = credentials_request_pem(key, "K0001"), *cut = g_strndup(w->pems[1], strlen(w->pems[1]) / 2), *leaf = NULL;
    g_autofree char *changed = g_strdup(w->pems[1]), *whole = list(2, w->pems[0], w->pems[1], NULL);
    const char *const kinds[] = {"signing.key", "hotlist.file"};
    char serial[64];

    leaf = pki_sign_kiosk(w->cas[0], w->ca_keys[0], csr, "K0001", 86400, serial, NULL);
    g_assert_nonnull(leaf);
    changed[strlen(changed) / 2] ^= 1;
    assert_refused(w, list(2, w->pems[0], leaf, NULL), "an authority of the list is none"); /* CA:FALSE */
    assert_refused(w, list(2, w->pems[0], cut, NULL), "an authority of the list is none");
    assert_refused(w, list(2, w->pems[0], changed, NULL), "an authority of the list is none");
    assert_refused(w, list(2, w->pems[0], "", NULL), "an authority of the list is none");
    assert_refused(w, list(2, NULL), "an authority of the list is none");
    assert_refused(w, list(2, w->pems[0], w->pems[1], w->pems[2], w->pems[3], w->pems[0], NULL), "an authority of the list is none");
    assert_refused(w, list(2, w->pems[1], w->pems[2], NULL), "the list of authorities has none of ours");
    assert_refused(w, list(0, w->pems[0], NULL), "signed, but no list");
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        assert_refused(w, g_strdup_printf("{\"kind\":\"%s\",\"version\":2,\"issued_at\":1,\"authorities\":[]}", kinds[i]), "signed, but no list");
    assert_refused(w, g_strndup(whole, strlen(whole) - 1), "*");
    /* By somebody else, in our key's name. */
    w->signer = w->stranger;
    assert_refused(w, g_strdup(whole), "signature of the list is wrong");
    assert_first(w);
    EVP_PKEY_free(key);
}

/* Neither of tomorrow nor of the last century, by the time that the kiosk knows. */
static void test_days(struct world *w, const void *data)
{
    const int64_t wrong_ms[] = {now_ms() - 10 * DAY_MS, now_ms() + 4000 * DAY_MS};
    g_autofree char *payload = list(2, w->pems[0], w->pems[1], NULL);
    json_t *json = json_loads(payload, 0, NULL);
    struct trust next;

    for (size_t i = 0; i < G_N_ELEMENTS(wrong_ms); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(trust_next(&w->round.trust, json, wrong_ms[i], &next, &error));
        g_assert_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER);
        g_assert_null(next.pem);
    }
    g_assert_true(trust_next(&w->round.trust, json, now_ms(), &next, NULL));
    g_assert_true(credentials_share(next.pem, w->pems[1]));
    trust_clear(&next);
    json_decref(json);
}

/* The platform was put back to a day before an authority was given up: it is not trusted again, whatever is signed. */
static void test_given_up(struct world *w, const void *data)
{
    tell(w, list(2, w->pems[0], w->pems[1], NULL));
    asked(w);
    tell(w, list(3, w->pems[1], NULL));
    asked(w);
    start(w); /* kept over a start */
    g_assert_cmpuint(w->round.trust.left->len, ==, 1);
    assert_refused(w, list(1000002, w->pems[0], NULL), "*given up");
    assert_refused(w, list(1000002, w->pems[1], w->pems[0], NULL), "*given up"); /* it would issue */
    g_assert_cmpint(w->round.trust.version, ==, 3);
    tell(w, list(1000002, w->pems[0], w->pems[1], NULL));
    asked(w);
    g_assert_cmpint(w->round.trust.version, ==, 1000002);
    g_assert_true(trusts(w, 1) && !trusts(w, 0));
    /* Over the next ones, too. */
    tell(w, list(1000003, w->pems[0], w->pems[1], w->pems[2], NULL));
    asked(w);
    start(w);
    tell(w, list(1000004, w->pems[0], w->pems[1], w->pems[2], NULL));
    asked(w);
    g_assert_true(trusts(w, 1) && trusts(w, 2) && !trusts(w, 0));
    g_assert_cmpuint(w->round.trust.left->len, ==, 1);
}

/* What is remembered has an end, and the newest are known. */
static void test_given_up_often(struct world *w, const void *data)
{
    for (size_t i = 0; i < TRUST_LEFT_MAX + 3; i++) {
        g_autofree char *digest = g_strdup_printf("%064zx", i);
        if (w->round.trust.left == NULL)
            w->round.trust.left = g_ptr_array_new_with_free_func(g_free);
        if (w->round.trust.left->len < TRUST_LEFT_MAX)
            g_ptr_array_add(w->round.trust.left, g_steal_pointer(&digest));
    }
    tell(w, list(2, w->pems[0], w->pems[1], NULL));
    asked(w);
    tell(w, list(3, w->pems[1], NULL));
    asked(w);
    start(w);
    g_assert_cmpuint(w->round.trust.left->len, ==, TRUST_LEFT_MAX);
    assert_refused(w, list(4, w->pems[0], NULL), "*given up");
}

/* `which` with an end of yesterday. g_free. */
static char *ended(struct world *w, size_t which)
{
    X509 *old = X509_dup(w->cas[which]);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *out;

    g_assert_nonnull(X509_gmtime_adj(X509_getm_notBefore(old), -3 * 86400));
    g_assert_nonnull(X509_gmtime_adj(X509_getm_notAfter(old), -86400));
    g_assert_cmpint(X509_sign(old, w->ca_keys[which], EVP_sha256()), >, 0);
    g_assert_cmpint(PEM_write_bio_X509(bio, old), ==, 1);
    long len = BIO_get_mem_data(bio, &text);
    out = g_strndup(text, (gsize)len);
    BIO_free(bio);
    X509_free(old);
    return out;
}

/* An old one whose time is over, and that nobody retired yet, keeps no list out; it is not trusted. One that issues has to be of today. */
static void test_ended(struct world *w, const void *data)
{
    g_autofree char *first = ended(w, 0), *both = g_strconcat(first, w->pems[1], NULL);

    g_assert_true(file_put(w->f.dir, "ca.pem", both, strlen(both), NULL));
    start(w);
    assert_refused(w, list(2, w->pems[1], first, NULL), "*not of today");
    tell(w, list(2, first, w->pems[1], w->pems[2], NULL));
    asked(w);
    g_assert_cmpint(w->round.trust.version, ==, 2);
    g_assert_true(trusts(w, 1) && trusts(w, 2));
    g_assert_false(credentials_share(w->round.trust.pem, first));
    g_assert_null(w->round.trust.left); /* its clock may be wrong: it did not leave */
}

/* The code of an enrolment is used already: what cannot be followed leaves ca.pem. */
static void test_enrolment(struct world *w, const void *data)
{
    g_autofree char *old = ended(w, 1), *good = list(7, w->pems[0], w->pems[1], NULL), *bad = list(7, w->pems[0], old, NULL);
    json_t *followed = json_loads(good, 0, NULL), *refused = json_loads(bad, 0, NULL);
    struct trust trust;

    trust_first(w->pems[0], followed, now_ms(), &trust);
    g_assert_cmpint(trust.version, ==, 7);
    g_assert_true(credentials_share(trust.pem, w->pems[1]));
    trust_clear(&trust);
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "enrolled with ca.pem alone: *not of today*");
    trust_first(w->pems[0], refused, now_ms(), &trust);
    g_test_assert_expected_messages();
    g_assert_null(trust.pem);
    g_assert_cmpint(trust.version, ==, 0);
    json_decref(followed);
    json_decref(refused);
}

static void test_silent(struct world *w, const void *data)
{
    g_autoptr(GError) error = NULL;

    /* A platform of before there were such lists. */
    w->status = 404;
    asked(w);
    assert_first(w);
    /* No line: the round's trouble, and asked again in the next one. */
    w->cut = true;
    w->round.trust_asked_ms = 0;
    g_assert_false(trust_ask(&w->round, &error));
    g_assert_error(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT);
    g_assert_cmpint(w->round.trust_asked_ms, ==, 0);
    assert_first(w);
}

/* A file that is there alone counts. */
static void test_damaged(struct world *w, const void *data)
{
    static const char *const texts[] = {"", "{", "{\"version\":3}", "{\"version\":3,\"authorities\":[]}", "{\"version\":0,\"authorities\":[\"x\"]}"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        struct trust trust;

        g_assert_true(file_put(w->f.dir, TRUST_FILE, texts[i], strlen(texts[i]), NULL));
        g_assert_false(trust_open(w->f.dir, &trust, &error));
        g_assert_error(error, SYNC_ERROR, SYNC_ERROR_FILE);
        g_assert_null(trust.pem);
    }
}

static void test_damaged_memory(struct world *w, const void *data)
{
    g_autoptr(GPtrArray) left = g_ptr_array_new();
    struct trust kept = {.version = 3, .pem = w->pems[0], .left = left}, trust;
    g_autofree char *good = trust_text(&kept), *bad = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(file_put(w->f.dir, TRUST_FILE, good, strlen(good), NULL));
    g_assert_true(trust_open(w->f.dir, &trust, NULL));
    trust_clear(&trust);
    g_ptr_array_add(left, (gpointer) "0123");
    bad = trust_text(&kept);
    g_assert_true(file_put(w->f.dir, TRUST_FILE, bad, strlen(bad), NULL));
    g_assert_false(trust_open(w->f.dir, &trust, &error));
    g_assert_error(error, SYNC_ERROR, SYNC_ERROR_FILE);
}

/* ---- Stops ---- */

static void before(struct world *w)
{
    g_autofree char *path = g_build_filename(w->f.dir, TRUST_FILE, NULL);

    unlink(path);
    tell(w, list(2, w->pems[0], w->pems[1], NULL));
    start(w);
    asked(w);
    tell(w, list(3, w->pems[1], NULL));
}

/* The old list or the new one, whole; and the next start goes on. */
static void after(struct world *w)
{
    start(w);
    g_assert_true(w->round.trust.version == 2 || w->round.trust.version == 3);
    g_assert_true(trusts(w, 1));
    g_assert_true(trusts(w, 0) == (w->round.trust.version == 2));
    asked(w);
    g_assert_cmpint(w->round.trust.version, ==, 3);
    start(w);
    g_assert_true(trusts(w, 1) && !trusts(w, 0));
}

static bool stopped(struct world *w, enum fault fault, unsigned at)
{
    int status = 0;
    pid_t child = fork();

    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        w->round.trust_asked_ms = 0;
        fault_set(fault, at, 1);
        _exit(trust_ask(&w->round, NULL) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), !=, 1);
    return WEXITSTATUS(status) == STOPPED;
}

static void test_stops(struct world *w, const void *data)
{
    const enum fault faults[] = {FAULT_STOP_BEFORE, FAULT_STOP_AFTER};

    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        unsigned at = 0;
        for (bool more = true; more && at < STEPS_MOST; at++) {
            before(w);
            more = stopped(w, faults[i], at);
            after(w);
        }
        g_assert_cmpuint(at, >, 2);
        g_assert_cmpuint(at, <, STEPS_MOST);
    }
}

/* What could not be kept does not count. */
static void test_disk_fails(struct world *w, const void *data)
{
    before(w);
    fault_set(FAULT_NONE, 0, 0);
    asked(w);
    unsigned steps = fault_count();
    g_assert_cmpuint(steps, >, 2);
    for (unsigned at = 0; at < steps; at++) {
        before(w);
        fault_set(FAULT_FAIL, at, 1000);
        assert_refused(w, list(3, w->pems[1], NULL), "*");
        fault_set(FAULT_NONE, 0, 0);
        g_assert_cmpint(w->round.trust.version, ==, 2);
        after(w);
    }
}

#define ADD(name) g_test_add("/trust/" #name, struct world, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(followed);
    ADD(hostile);
    ADD(days);
    ADD(given_up);
    ADD(given_up_often);
    ADD(ended);
    ADD(damaged_memory);
    ADD(enrolment);
    ADD(silent);
    ADD(damaged);
    ADD(stops);
    ADD(disk_fails);
    return g_test_run();
}
