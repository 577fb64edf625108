/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk's certificate is changed, and the machine stops, or its disk fails, at every step of it, once or several times in a row:
 * afterwards there is always a pair that the platform takes. The authority is the platform's own; what it takes follows its table:
 * the current one, or the next one, whose first use puts the current one out.
 */
#include "disk-faults.h"
#include "fixture.h"
#include "device/files.h"
#include "device/keys.h"
#include "model/clock.h"
#include "platform/keys/pki.h"
#include "platform/platform.h"
#include "sync/credentials.h"
#include "sync/renew.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR_MS     INT64_C(3600000)
#define WHOLE_LIFE  8  /* rounds after which everything must be in order again */
#define STEPS_MOST  64

/* ---- The platform --------------------------------------------------------------------------------------------------- */

/* Outlives a process that is ended. */
struct table {
    char current[64], next[64];
};

struct world {
    struct fixture *f;
    struct table *table;
    EVP_PKEY *ca_key;
    X509 *ca;
    struct device_keys *keys;
    char *pem;         /* what the kiosk shows */
    bool answers_lost; /* the answer to a renewal does not arrive */
    int64_t boot_ms;
};

static struct world *world;

static char *serial_of(const char *pem, char out[64])
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = BN_bn2hex(number);
    g_autofree char *lower = g_ascii_strdown(hex, -1);

    g_strlcpy(out, lower, 64);
    OPENSSL_free(hex);
    BN_free(number);
    X509_free(certificate);
    BIO_free(bio);
    return out;
}

static bool admitted(void)
{
    char serial[64];

    serial_of(world->pem, serial);
    if (strcmp(serial, world->table->next) == 0) {
        g_strlcpy(world->table->current, serial, sizeof world->table->current);
        world->table->next[0] = '\0';
    }
    return strcmp(serial, world->table->current) == 0;
}

static void answer(struct http_response *out, unsigned status, json_t *json)
{
    char *text;

    json_object_set_new(json, "server_time", json_integer(now_ms()));
    text = json_dumps(json, JSON_COMPACT);
    out->status = status;
    g_strlcpy(out->content_type, status == 200 ? "application/json" : "application/problem+json", sizeof out->content_type);
    out->body = g_string_new(text);
    free(text);
    json_decref(json);
}

static json_t *renewed(const char *body)
{
    json_t *question = json_loads(body, 0, NULL);
    char serial[64];
    char *pem = pki_sign_kiosk(world->ca, world->ca_key, json_string_value(json_object_get(question, "csr")), "K0001",
                               PKI_KIOSK_LIFE_S, serial, NULL);
    json_t *json = json_pack("{s:s, s:s}", "kiosk", "K0001", "certificate", pem);

    g_assert_nonnull(pem);
    g_strlcpy(world->table->next, serial_of(pem, serial), sizeof world->table->next);
    json_decref(question);
    g_free(pem);
    return json;
}

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    memset(out, 0, sizeof *out);
    if (!admitted()) {
        answer(out, 403, json_pack("{s:s}", "code", "CERTIFICATE_NEEDED"));
        return true;
    }
    bool renewal = strcmp(call->path, "/v1/renew") == 0;
    answer(out, 200, renewal ? renewed(call->body) : json_object());
    if (!renewal || !world->answers_lost)
        return true;
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "cut");
    return false;
}

static bool change(void *ctx, const char *cert_pem, const char *key_pem)
{
    g_free(world->pem);
    world->pem = g_strdup(cert_pem);
    return true;
}

static int64_t wall(void *ctx)
{
    return g_get_real_time() / 1000;
}

static int64_t boot(void *ctx)
{
    return world->boot_ms;
}

static const char *boot_id(void *ctx)
{
    return "11111111-1111-7111-8111-111111111111";
}

static void nap(void *ctx, unsigned ms)
{
}

static void chance(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_random_int();
}

/* ---- The kiosk ---------------------------------------------------------------------------------------------------------- */

/* As the worker does it: a round, and what follows. How the last one ended. */
static bool live(unsigned rounds)
{
    const struct transport transport = {.request = request, .renew = change};
    struct sync_identity identity = {.kiosk_id = "K0001"};
    struct round round = {.transport = &transport, .store = world->f->store, .identity = &identity, .data_dir = world->f->dir};
    struct renew_pair pair = {0};
    bool good = false;

    if (!trust_open(world->f->dir, &round.trust, NULL) || !renew_open(&round, world->keys, &pair, NULL)) {
        trust_clear(&round.trust);
        return false;
    }
    change(NULL, pair.cert_pem, pair.key_pem);
    renew_use(&round, credentials_key_read(pair.key_pem), pair.cert_pem);
    renew_pair_clear(&pair);
    for (unsigned i = 0; i < rounds; i++) {
        json_t *said = round_call(&round, "/v1/time", NULL, NULL);
        good = said != NULL;
        if (!good && round.http_status == 403)
            renew_other(&round);
        else
            renew_when_due(&round, NULL);
        json_decref(said);
        world->boot_ms += HOUR_MS;
    }
    renew_use(&round, NULL, NULL);
    trust_clear(&round.trust);
    return good;
}

static char *file_of(const char *name)
{
    return file_get(world->f->dir, name, KEYS_FILE_MAX, NULL, NULL);
}

/* Online, one pair, and a new one. */
static void assert_in_order(const char *first_cert)
{
    g_assert_true(live(WHOLE_LIFE));
    g_assert_true(live(1));
    g_assert_false(file_there(world->f->dir, "client-next.key"));
    g_assert_false(file_there(world->f->dir, "client-next.pem"));
    g_autofree char *cert = file_of("client.pem");
    g_assert_cmpstr(cert, !=, first_cert);
}

/* ---- A day in which it is due ------------------------------------------------------------------------------------------- */

struct first {
    char *sealed, *cert;
};

static struct first first_make(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *pem = credentials_key_pem(key), *csr = credentials_request_pem(key, "K0001");
    struct first first = {0};
    char serial[64];

    first.sealed = device_keys_wrap(world->keys, "client.key", pem, NULL);
    first.cert = pki_sign_kiosk(world->ca, world->ca_key, csr, "K0001", 3600, serial, NULL);
    g_assert_nonnull(first.cert);
    g_free(pem);
    g_free(csr);
    EVP_PKEY_free(key);
    return first;
}

static void day_begin(const struct first *first)
{
    static const char *const names[] = {"client.key", "client.pem", "client-next.key", "client-next.pem"};

    fault_set(FAULT_NONE, 0, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(world->f->dir, names[i], NULL);
        unlink(path);
    }
    g_assert_true(file_put(world->f->dir, "client.key", first->sealed, strlen(first->sealed), NULL));
    g_assert_true(file_put(world->f->dir, "client.pem", first->cert, strlen(first->cert), NULL));
    memset(world->table, 0, sizeof *world->table);
    serial_of(first->cert, world->table->current);
}

/* A life in a process of its own; true: it was ended at its step. */
static bool stopped(enum fault fault, unsigned at)
{
    int status = 0;
    pid_t child = fork();

    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        fault_set(fault, at, 1);
        _exit(live(WHOLE_LIFE) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), !=, 1); /* without a stop it is online */
    return WEXITSTATUS(status) == STOPPED;
}

static void world_up(struct world *own, struct fixture *f)
{
    g_autofree char *ca = NULL, *place = g_build_filename(f->dir, "ca.pem", NULL);
    g_autofree char *bytes = NULL;
    GError *error = NULL;

    *own = (struct world){.f = f, .boot_ms = HOUR_MS};
    world = own;
    own->table = mmap(NULL, sizeof *own->table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_assert_true(own->table != MAP_FAILED);
    g_assert_true(pki_init(f->dir, NULL, &error));
    own->ca_key = pki_key_load(f->dir, PLATFORM_CA_KEY_FILE, &error);
    own->ca = pki_certificate_load(f->dir, PLATFORM_CA_FILE, &error);
    g_assert_no_error(error);
    ca = g_build_filename(f->dir, PLATFORM_CA_FILE, NULL);
    g_assert_true(g_file_get_contents(ca, &bytes, NULL, NULL));
    g_assert_true(g_file_set_contents(place, bytes, -1, NULL));
    own->keys = device_keys_open(f->dir, &error);
    g_assert_no_error(error);
}

static void world_down(struct world *own)
{
    fault_set(FAULT_NONE, 0, 0);
    device_keys_free(own->keys);
    EVP_PKEY_free(own->ca_key);
    X509_free(own->ca);
    g_free(own->pem);
    munmap(own->table, sizeof *own->table);
}

typedef unsigned (*days_fn)(const struct first *first);

static void test_days(struct fixture *f, const void *days)
{
    struct clock_source source = {NULL, wall, boot, boot_id, nap, chance};
    struct world own;

    clock_use(&source);
    world_up(&own, f);
    struct first first = first_make();
    unsigned steps = ((days_fn)days)(&first);
    g_test_message("%u steps", steps);
    g_assert_cmpuint(steps, >, 5);
    g_assert_cmpuint(steps, <, STEPS_MOST);
    g_free(first.sealed);
    g_free(first.cert);
    world_down(&own);
    clock_use(NULL);
}

static unsigned stops(const struct first *first, enum fault fault)
{
    for (unsigned at = 0; at < STEPS_MOST; at++) {
        day_begin(first);
        if (!stopped(fault, at))
            return at;
        assert_in_order(first->cert);
    }
    return STEPS_MOST;
}

static unsigned stop_before_each(const struct first *first)
{
    return stops(first, FAULT_STOP_BEFORE);
}

static unsigned stop_after_each(const struct first *first)
{
    return stops(first, FAULT_STOP_AFTER);
}

/* And a second stop in the life after the first one. */
static unsigned stop_twice(const struct first *first)
{
    unsigned most = 0;

    for (unsigned one = 0; one < STEPS_MOST; one++) {
        bool reached = false;
        for (unsigned two = 0; two < STEPS_MOST; two++) {
            day_begin(first);
            reached = stopped(FAULT_STOP_AFTER, one);
            if (!reached || !stopped(FAULT_STOP_BEFORE, two))
                break;
            assert_in_order(first->cert);
        }
        if (!reached)
            return most;
        most = one + 1;
    }
    return most;
}

/* A disk that fails for a while, from each step on, for one operation, for two, for many; then the machine starts anew. */
static unsigned fail_in_a_row(const struct first *first)
{
    static const unsigned LENGTHS[] = {1, 2, 3, 5, 8, 1000};
    unsigned steps = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(LENGTHS); i++) {
        bool reached = true;
        for (unsigned at = 0; reached && at < STEPS_MOST; at++) {
            day_begin(first);
            fault_set(FAULT_FAIL, at, LENGTHS[i]);
            g_assert_true(live(WHOLE_LIFE)); /* online all the while */
            reached = fault_count() > at;
            fault_set(FAULT_NONE, 0, 0);
            assert_in_order(first->cert);
            steps = MAX(steps, at);
        }
    }
    return steps;
}

/* The platform made a certificate that never arrived. */
static unsigned lost_answers(const struct first *first)
{
    day_begin(first);
    world->answers_lost = true;
    g_assert_true(live(WHOLE_LIFE));
    world->answers_lost = false;
    assert_in_order(first->cert);
    return 10;
}

/* The platform was put back to a day on which it did not know the new one. */
static unsigned next_unknown(const struct first *first)
{
    day_begin(first);
    g_assert_true(live(1)); /* asked, written, not used yet */
    g_assert_true(file_there(world->f->dir, "client-next.pem"));
    world->table->next[0] = '\0';
    assert_in_order(first->cert);
    return 10;
}

#define ADD(path, days) g_test_add(path, struct fixture, days, fixture_up, test_days, fixture_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_FATAL_MASK); /* that a disk fails is warned of */
    ADD("/renew/stop-before-each-step", stop_before_each);
    ADD("/renew/stop-after-each-step", stop_after_each);
    ADD("/renew/stop-twice", stop_twice);
    ADD("/renew/fail-in-a-row", fail_in_a_row);
    ADD("/renew/lost-answers", lost_answers);
    ADD("/renew/next-unknown", next_unknown);
    return g_test_run();
}
