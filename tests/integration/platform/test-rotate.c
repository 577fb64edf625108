/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the platform that change while kiosks are there, away, or were away for all of it. */
#include "rig.h"
#include "device/files.h"
#include "sync/credentials.h"
#include "sync/http.h"
#include "sync/signed.h"
#include "sync/signing.h"
#include "sync/trust.h"
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <signal.h>
#include <string.h>

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig here, away;
    char *card[4];
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    kiosk_enrol(&f->here, f->data, f->server.port, "K0001");
    kiosk_enrol(&f->away, f->data, f->server.port, "K0002");
    for (unsigned i = 0; i < 4; i++)
        f->card[i] = kit_card(i);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->here);
    kiosk_done(&f->away);
    server_down(&f->server);
    for (unsigned i = 0; i < 4; i++)
        g_free(f->card[i]);
    kit_dir_done(f->data);
}

/* citycard-platform admin rotate WHAT --data DIR [OPTION] */
static void rotate(struct fixture *f, const char *what, const char *option)
{
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "rotate", what, "--data", f->data, option, NULL}, NULL));
}

/* The same disk, with a code. */
static void enrol_anew(struct fixture *f, struct kiosk_rig *kiosk, const char *id)
{
    g_autofree char *code = platform_run(f->data, "enrol-code", id, NULL), *pem = g_build_filename(f->data, "ca.pem", NULL);
    g_autoptr(GError) error = NULL;

    store_close(kiosk->store);
    (void)sync_enrol(kiosk->dir, kiosk->url, pem, id, code, &error);
    g_assert_no_error(error);
    g_assert_true(sync_identity_load(kiosk->dir, &kiosk->identity, &error));
    kiosk_open_store(kiosk);
}

static void again(struct fixture *f)
{
    server_down(&f->server);
    server_up(&f->server, f->data, f->server.port);
}

static int64_t version_of(struct kiosk_rig *kiosk)
{
    struct store_hotlist state;
    char line[SIGNED_KEY_ID_SIZE];

    g_assert_true(signed_key_id(kiosk->identity.signing_key, line));
    store_hotlist_state(kiosk->store, line, &state);
    return state.version;
}

static void assert_list(struct fixture *f, struct kiosk_rig *kiosk)
{
    int64_t newest = platform_sql_int(f->data, "SELECT max(version) FROM hotlist");

    g_assert_true(kiosk_wait_online(kiosk, true));
    for (int i = 0; i < 100 && version_of(kiosk) != newest; i++)
        g_assert_true(kiosk_wait_rounds(kiosk, 1));
    g_assert_cmpint(version_of(kiosk), ==, newest);
}

static bool follows(struct kiosk_rig *kiosk)
{
    g_autofree char *path = g_build_filename(kiosk->dir, "signing.json", NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void lost(struct fixture *f, unsigned card)
{
    g_free(platform_run(f->data, "card-lost", f->card[card], NULL));
}

static void assert_sent(struct kiosk_rig *kiosk, const char *card)
{
    struct payment payment;

    kit_payment(&payment, card, NULL, 100);
    kiosk_pay(kiosk, &payment, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(kiosk));
    g_assert_cmpint(store_refused_count(kiosk->store), ==, 0);
}

static void change_key(struct fixture *f)
{
    rotate(f, "signing", NULL);
    rotate(f, "signing", "--finish");
    again(f);
}

/* One is there all the time, the other one comes back when the key has changed twice. */
static void test_signing(struct fixture *f, const void *data)
{
    kiosk_start(&f->here);
    kiosk_start(&f->away);
    assert_list(f, &f->here);
    assert_list(f, &f->away);
    kiosk_stop(&f->away);
    rotate(f, "signing", NULL);
    lost(f, 0);
    assert_list(f, &f->here);
    g_assert_false(follows(&f->here)); /* still the old one's signatures */
    rotate(f, "signing", "--finish");
    again(f);
    lost(f, 1);
    assert_list(f, &f->here);
    g_assert_true(follows(&f->here));
    assert_sent(&f->here, f->card[2]);
    /* The next start follows what it kept. */
    kiosk_stop(&f->here);
    kiosk_start(&f->here);
    lost(f, 2);
    assert_list(f, &f->here);
    change_key(f);
    lost(f, 3);
    assert_list(f, &f->here);
    kiosk_start(&f->away);
    assert_list(f, &f->away);
    g_assert_true(follows(&f->away));
    assert_sent(&f->away, f->card[0]);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
}

static char *file_of(struct fixture *f, const char *name)
{
    return g_build_filename(f->data, name, NULL);
}

/* A key that nobody introduced is refused, by its name in the status; the journal still gets out, and nothing else is lost. */
static void test_not_introduced(struct fixture *f, const void *data)
{
    g_autofree char *list = file_of(f, "signing.json"), *aside = file_of(f, "aside"), *text = NULL;
    struct sync_status status;

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    kiosk_stop(&f->here);
    int64_t before = version_of(&f->here);
    change_key(f);
    lost(f, 0);
    g_assert_cmpint(g_rename(list, aside), ==, 0);
    kiosk_start(&f->here);
    g_assert_true(kiosk_wait_online(&f->here, false));
    kiosk_status(&f->here, &status);
    g_assert_nonnull(strstr(status.error, "not introduced to this kiosk"));
    assert_sent(&f->here, f->card[2]);
    g_assert_cmpint(version_of(&f->here), ==, before);
    kiosk_stop(&f->here);
    /* Damaged on its way: as good as none. */
    g_assert_true(g_file_get_contents(aside, &text, NULL, NULL));
    char *key = strstr(text, "public_key\\\":\\\"");
    g_assert_nonnull(key);
    key[strlen("public_key\\\":\\\"")] ^= 1;
    g_assert_true(g_file_set_contents(list, text, -1, NULL));
    kiosk_start(&f->here);
    g_assert_true(kiosk_wait_online(&f->here, false));
    g_assert_false(follows(&f->here));
    kiosk_stop(&f->here);
    g_assert_cmpint(g_rename(aside, list), ==, 0);
    kiosk_start(&f->here);
    assert_list(f, &f->here);
    g_assert_cmpint(version_of(&f->here), >, before);
}

/* The platform's list loses what a kiosk has followed already: the next start still gets to where it was. */
static void test_list_lost(struct fixture *f, const void *data)
{
    g_autofree char *list = file_of(f, "signing.json");

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    change_key(f);
    lost(f, 0);
    assert_list(f, &f->here);
    g_assert_true(follows(&f->here));
    g_assert_cmpint(g_unlink(list), ==, 0);
    kiosk_stop(&f->here); /* it asks once a minute only */
    change_key(f);
    kiosk_start(&f->here);
    lost(f, 1);
    assert_list(f, &f->here);
    kiosk_stop(&f->here);
    kiosk_start(&f->here);
    lost(f, 2);
    assert_list(f, &f->here);
}

/* Whoever has the new key cannot go back either: versions are counted on over the change. */
static void test_not_back(struct fixture *f, const void *data)
{
    g_autofree char *db = file_of(f, "platform.db"), *bytes = NULL;
    struct sync_status status;
    gsize len;

    kiosk_start(&f->here);
    assert_list(f, &f->here);
    server_down(&f->server);
    g_assert_true(g_file_get_contents(db, &bytes, &len, NULL));
    server_up(&f->server, f->data, f->server.port);
    lost(f, 0);
    assert_list(f, &f->here);
    int64_t high = version_of(&f->here);
    change_key(f);
    assert_list(f, &f->here);
    server_down(&f->server);
    g_assert_true(g_file_set_contents(db, bytes, (gssize)len, NULL));
    server_up(&f->server, f->data, f->server.port);
    g_assert_true(kiosk_wait_online(&f->here, false));
    g_assert_true(kiosk_wait_rounds(&f->here, 2));
    kiosk_status(&f->here, &status);
    g_assert_false(status.online);
    g_assert_nonnull(strstr(status.error, "hotlist"));
    g_assert_cmpint(version_of(&f->here), ==, high);
}

/* ---- The certificate authority ---- */

/* citycard-platform admin WHAT --data DIR [OPTION …]; then the node looks. */
static void ca(struct fixture *f, const char *what, const char *option, const char *more)
{
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", what, "--data", f->data, option, more, NULL}, NULL));
    g_subprocess_send_signal(f->server.process, SIGHUP);
}

static void ca_refused(struct fixture *f, const char *what, const char *option, const char *why)
{
    g_autofree char *said = NULL;

    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", what, "--data", f->data, option, NULL}, &said));
    if (strstr(said, why) == NULL)
        g_error("\"%s\" does not say \"%s\"", said, why);
}

/* Who is listed: "K0002-" does not trust the new one, "K0002+" uses a certificate of the old one. g_free. */
static char *ca_left(struct fixture *f)
{
    g_autofree char *text = platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "ca-status", "--data", f->data, "--json", NULL}, NULL);
    json_t *status = json_loads(text, 0, NULL), *kiosk;
    GString *out = g_string_new(NULL);
    size_t i;

    g_assert_nonnull(status);
    json_array_foreach(json_object_get(status, "left_out"), i, kiosk)
        g_string_append_printf(out, "%s%c", json_string_value(json_object_get(kiosk, "kiosk")), json_is_true(json_object_get(kiosk, "trusts")) ? '+' : '-');
    json_decref(status);
    return g_string_free(out, FALSE);
}

static void assert_left(struct fixture *f, const char *wanted)
{
    g_autofree char *left = ca_left(f);
    g_assert_cmpstr(left, ==, wanted);
}

static void wait_left(struct fixture *f, const char *wanted)
{
    for (int i = 0; i < 100; i++) {
        g_autofree char *left = ca_left(f);
        if (strcmp(left, wanted) == 0)
            return;
        g_usleep(100000);
    }
    assert_left(f, wanted);
}

/* A kiosk asks at its start, and then once an hour. */
static void start_anew(struct kiosk_rig *kiosk)
{
    kiosk_stop(kiosk);
    kiosk_start(kiosk);
    g_assert_true(kiosk_wait_online(kiosk, true));
}

/* What the platform says to whoever has this certificate. g_free. */
static char *answer_to(struct fixture *f, const char *path, const char *cert, const char *key)
{
    g_autofree char *trusted = file_text(f->data, "ca.pem"), *url = g_strdup(f->here.url);
    struct http_options options = {.url = url, .ca_pem = trusted, .cert_pem = cert, .key_pem = key};
    g_autoptr(GError) error = NULL;
    struct http *http = http_new(&options, NULL, &error);
    struct http_response response;

    g_assert_no_error(error);
    g_assert_true(http_request(http, &(struct http_call){.path = path}, &response, &error));
    char *out = g_strdup_printf("%ld %s", response.status, response.body->str);
    http_response_clear(&response);
    http_free(http);
    return out;
}

static void assert_answer(struct fixture *f, const char *cert, const char *key, const char *status, const char *code)
{
    g_autofree char *answer = answer_to(f, "/v1/feed?cursor=&limit=1", cert, key);

    g_assert_true(g_str_has_prefix(answer, status));
    g_assert_nonnull(strstr(answer, code));
}

/* Until the node that serves tells this version, without having been started anew. */
static void wait_told(struct fixture *f, int version, const char *cert, const char *key)
{
    g_autofree char *told = g_strdup_printf("\\\"version\\\":%d,", version), *answer = NULL;

    for (int i = 0; i < 200 && (answer == NULL || strstr(answer, told) == NULL); i++) {
        g_usleep(50000);
        g_free(answer);
        answer = answer_to(f, "/v1/authorities", cert, key);
    }
    if (strstr(answer, told) == NULL)
        g_error("the node never told version %d", version);
}

static void assert_check(struct fixture *f, const char *says)
{
    g_autofree char *out = platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "check", "--data", f->data, NULL}, NULL);
    g_assert_nonnull(strstr(out, says));
}

/* A new kiosk with this file of an authority. */
static void enrol_by(struct fixture *f, const char *authority, const char *id)
{
    char *dir = kit_dir();
    g_autofree char *code = platform_run(f->data, "enrol-code", id, NULL), *ca_file = g_build_filename(dir, "given.pem", NULL);
    g_autoptr(GError) error = NULL;
    struct trust trust;

    g_assert_true(g_file_set_contents(ca_file, authority, -1, NULL));
    (void)sync_enrol(dir, f->here.url, ca_file, id, code, &error);
    g_assert_no_error(error);
    g_assert_true(trust_open(dir, &trust, &error));
    g_autofree char *cert = file_text(dir, "client.pem"), *issuer = platform_issuer(f->data);
    g_assert_cmpstr(trust.issuer, ==, issuer);
    g_assert_true(credentials_issued_by(cert, issuer) && !credentials_issued_by(cert, authority));
    trust_clear(&trust);
    kit_dir_done(dir);
}

/*
 * One kiosk is there, one is away and comes back in time, a third one does not. The server's certificate goes over under connections that
 * there are; in the end the old authority is worth nothing, and who was left out comes by a code.
 */
static void test_authority(struct fixture *f, const void *data)
{
    struct kiosk_rig late;
    struct sync_status status;

    kiosk_enrol(&late, f->data, f->server.port, "K0003");
    kiosk_start(&f->here);
    g_assert_true(kiosk_wait_online(&f->here, true));
    g_autofree char *old = platform_issuer(f->data), *old_cert = file_text(f->here.dir, "client.pem"), *old_key = kiosk_client_key(f->here.dir);
    assert_answer(f, old_cert, old_key, "200", "cursor");

    ca(f, "ca-rotate", NULL, NULL);
    wait_told(f, 2, old_cert, old_key);
    g_autofree char *new = platform_issuer(f->data);
    g_assert_cmpstr(new, !=, old);
    start_anew(&f->here);
    wait_issued_by(f->here.dir, "client.pem", new);
    wait_left(f, "K0002-K0003-");
    assert_answer(f, old_cert, old_key, "403", "KIOSK_UNKNOWN"); /* put out by the new one, not by its authority */
    assert_check(f, "authority 2");
    ca_refused(f, "ca-rotate", "--finish", "2 kiosks in service would be left out");
    ca_refused(f, "ca-retire", NULL, "servers still have certificates of the old one");
    g_autofree char *server = file_text(f->data, "server.pem");
    g_assert_true(credentials_issued_by(server, old));

    enrol_by(f, old, "K0004"); /* somebody has the old file still: what the platform tells leads on from it */
    g_free(platform_run(f->data, "revoke", "K0004", NULL));
    kiosk_start(&f->away); /* it comes back in time */
    wait_left(f, "K0003-");
    wait_issued_by(f->away.dir, "client.pem", new);
    ca_refused(f, "ca-rotate", "--finish", "1 kiosks in service would be left out");
    ca(f, "ca-rotate", "--finish", "--force");
    wait_issued_by(f->data, "server.pem", new);
    again(f);
    assert_sent(&f->here, f->card[0]);
    assert_sent(&f->away, f->card[1]);

    ca_refused(f, "ca-retire", NULL, "1 kiosks in service would be left out");
    ca(f, "ca-retire", "--force", NULL);
    again(f);
    start_anew(&f->here);
    start_anew(&f->away);
    assert_left(f, "");
    assert_answer(f, old_cert, old_key, "403", "CERTIFICATE_NEEDED");
    g_autofree char *kept = file_text(f->here.dir, TRUST_FILE), *escaped = g_strndup(strstr(old, "\n") + 1, 60);
    g_assert_null(strstr(kept, escaped));
    assert_sent(&f->here, f->card[0]);
    assert_sent(&f->away, f->card[1]);

    /* Left out: it does not know who that is, until somebody enrols it anew. Its journal goes on. */
    kiosk_start(&late);
    g_assert_true(kiosk_wait_online(&late, false));
    kiosk_status(&late, &status);
    g_assert_nonnull(strstr(status.error, "certificate"));
    kiosk_stop(&late);
    enrol_anew(f, &late, "K0003");
    kiosk_start(&late);
    assert_sent(&late, f->card[2]);
    kiosk_done(&late);
}

/* ---- Operators' authority ---- */

#define PASSPHRASE "a browser's passphrase"

struct person {
    char *cert, *key;
};

static char *operator_file(struct fixture *f, const char *id)
{
    g_autofree char *name = g_strconcat(id, ".p12", NULL), *out = g_build_filename(f->data, name, NULL),
                    *passphrase = g_build_filename(f->data, "passphrase", NULL);

    g_assert_true(g_file_set_contents(passphrase, PASSPHRASE, -1, NULL));
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "operator", "add", "--data", f->data, "--id", id, "--role", "operator",
                                                  "--passphrase-file", passphrase, "--out", out, NULL},
                            NULL));
    return g_steal_pointer(&out);
}

static char *certificate_text(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    g_assert_cmpint(PEM_write_bio_X509(bio, certificate), ==, 1);
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = g_strndup(bytes, (gsize)len);
    BIO_free(bio);
    return text;
}

/* Somebody with a certificate, as a browser has it. */
static struct person operator_new(struct fixture *f, const char *id)
{
    g_autofree char *path = operator_file(f, id), *bytes = NULL;
    struct person person;
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    const unsigned char *at = (const unsigned char *)bytes;
    PKCS12 *bag = d2i_PKCS12(NULL, &at, (long)len);
    g_assert_cmpint(PKCS12_parse(bag, PASSPHRASE, &key, &cert, NULL), ==, 1);
    person.key = credentials_key_pem(key);
    person.cert = certificate_text(cert);
    PKCS12_free(bag);
    EVP_PKEY_free(key);
    X509_free(cert);
    g_assert_cmpint(g_remove(path), ==, 0);
    return person;
}

static void person_clear(struct person *person)
{
    g_free(person->cert);
    g_free(person->key);
}

/* Until the node that serves says so, without having been started anew. */
static void wait_looks(struct fixture *f, const struct person *person, const char *status)
{
    for (int i = 0; i < 400; i++) {
        g_autofree char *answer = answer_to(f, "/admin", person->cert, person->key);
        if (g_str_has_prefix(answer, status))
            return;
        g_usleep(50000);
    }
    g_error("the page never answered %s", status);
}

static void operators(struct fixture *f, const char *what, const char *option)
{
    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "operator", what, "--data", f->data, option, NULL}, NULL));
    g_subprocess_send_signal(f->server.process, SIGHUP);
}

static void operators_refused(struct fixture *f, const char *what, const char *why)
{
    g_autofree char *said = NULL;

    g_free(platform_command((const char *const[]){PLATFORM_PROGRAM, "admin", "operator", what, "--data", f->data, NULL}, &said));
    g_assert_nonnull(strstr(said, why));
}

/* A node that has the new certificates and not the new key, while another one issues by it. */
static void half_copied(struct fixture *f, const char *older)
{
    g_autofree char *newer = file_text(f->data, "operators-ca.key");
    struct person zoe = operator_new(f, "zoe");

    g_assert_true(file_put(f->data, "operators-ca.key", older, strlen(older), NULL));
    operators_refused(f, "ca-rotate", "zoe has a certificate of an authority that would be dropped");
    g_assert_true(file_put(f->data, "operators-ca.key", newer, strlen(newer), NULL));
    person_clear(&zoe);
}

/* Old and new side by side; then the old one ends, and with it whoever has nothing else. */
static void test_operators(struct fixture *f, const void *data)
{
    struct person ann = operator_new(f, "ann"), bob, more[] = {operator_new(f, "eve"), operator_new(f, "dan"), operator_new(f, "dan")};
    g_autofree char *alone = file_text(f->data, "operators-ca.key");

    wait_looks(f, &ann, "200");
    operators_refused(f, "ca-retire", "ca-rotate comes first");
    operators(f, "ca-rotate", NULL);
    operators_refused(f, "ca-rotate", "ca-retire comes next");
    half_copied(f, alone);
    bob = operator_new(f, "bob");
    wait_looks(f, &bob, "200");
    wait_looks(f, &ann, "200");
    struct person eve = operator_new(f, "eve");
    operators_refused(f, "ca-retire", "left out: ann, dan. "); /* eve has both kinds */
    person_clear(&eve);
    operators(f, "ca-retire", "--force");
    wait_looks(f, &ann, "403");
    wait_looks(f, &bob, "200");
    operators_refused(f, "ca-retire", "left out: ann, dan. ");
    operators(f, "revoke", "ann");
    operators(f, "revoke", "dan");
    operators(f, "revoke", "eve");
    operators_refused(f, "ca-retire", "ca-rotate comes first");
    assert_check(f, "operators-ca.pem");
    person_clear(&ann);
    person_clear(&bob);
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        person_clear(&more[i]);
}

/* Stopped between certificates and key: the older one goes on, and the same step is done again. */
static void test_operators_stopped(struct fixture *f, const void *data)
{
    g_autofree char *before = file_text(f->data, "operators-ca.key");
    struct person one, other;

    operators(f, "ca-rotate", NULL);
    g_assert_true(file_put(f->data, "operators-ca.key", before, strlen(before), NULL));
    one = operator_new(f, "one");
    wait_looks(f, &one, "200");
    operators(f, "ca-rotate", NULL);
    other = operator_new(f, "other");
    wait_looks(f, &other, "200");
    wait_looks(f, &one, "200");
    operators_refused(f, "ca-retire", "left out: one");
    person_clear(&one);
    person_clear(&other);
}

#define ADD(name) g_test_add("/platform/rotate/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* what a kiosk refuses is told in the log, too */
    ADD(signing);
    ADD(not_introduced);
    ADD(list_lost);
    ADD(not_back);
    ADD(authority);
    ADD(operators);
    ADD(operators_stopped);
    return g_test_run();
}
