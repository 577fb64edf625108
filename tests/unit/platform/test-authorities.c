/* SPDX-License-Identifier: Apache-2.0 */
/* One authority follows another: what kiosks are told, who would be left out, nodes with older files, databases of an earlier day. */
#include "kit.h"
#include "platform/calls/metrics.h"
#include "platform/calls/restored.h"
#include "platform/data/db-authorities.h"
#include "platform/data/db-rows.h"
#include "platform/keys/authorities.h"
#include "platform/keys/pki.h"
#include "device/files.h"
#include "model/clock.h"
#include "sync/credentials.h"
#include "sync/signed.h"
#include "sync/trust.h"
#include <glib/gstdio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char *const FILES[] = {PLATFORM_CA_FILE, PLATFORM_CA_KEY_FILE, PLATFORM_SERVER_FILE, PLATFORM_AUTHORITIES_FILE};
#define FILES_COUNT G_N_ELEMENTS(FILES)

struct fixture {
    char *dir;
    struct platform *platform;
    char *first[FILES_COUNT]; /* the files of before; NULL: it was not there */
};

static void up(struct fixture *f, const void *data)
{
    struct pen pen;

    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &pen);
    for (size_t i = 0; i < FILES_COUNT; i++)
        f->first[i] = file_there(f->dir, FILES[i]) ? platform_file(f->dir, FILES[i], NULL, NULL) : NULL;
}

static void down(struct fixture *f, const void *data)
{
    for (size_t i = 0; i < FILES_COUNT; i++)
        g_free(f->first[i]);
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

static void old_files(struct fixture *f)
{
    for (size_t i = 0; i < FILES_COUNT; i++) {
        g_autofree char *path = g_build_filename(f->dir, FILES[i], NULL);
        if (f->first[i] != NULL)
            g_assert_true(file_put(f->dir, FILES[i], f->first[i], strlen(f->first[i]), NULL));
        else
            g_unlink(path);
    }
}

static void again(struct fixture *f)
{
    g_autoptr(GError) error = NULL;

    platform_close(f->platform);
    f->platform = platform_open(f->dir, &error);
    g_assert_no_error(error);
}

static void must(bool ok, GError *error)
{
    g_assert_no_error(error);
    g_assert_true(ok);
}

#define MUST(call)                          \
    do {                                    \
        g_autoptr(GError) error = NULL;     \
        bool ok = call;                     \
        must(ok, error);                    \
    } while (0)

static void refused(bool done, GError *error, const char *why)
{
    g_assert_false(done);
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    if (strstr(error->message, why) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, why);
}

#define REFUSED(call, why)                  \
    do {                                    \
        g_autoptr(GError) error = NULL;     \
        bool done = call;                   \
        refused(done, error, why);          \
    } while (0)

static int64_t version(struct fixture *f)
{
    struct authorities *now = authorities_now(f->platform);
    int64_t out = now->version;

    authorities_unref(now);
    return out;
}

/* Files of this node say what the platform says. */
static void assert_files(struct fixture *f)
{
    struct authorities *now = authorities_now(f->platform), *files = authorities_of_files(f->dir, NULL);
    g_autofree char *bundle = authorities_bundle(now), *ca = platform_file(f->dir, PLATFORM_CA_FILE, NULL, NULL);
    g_autofree char *server = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    EVP_PKEY *key = pki_key_load(f->dir, PLATFORM_CA_KEY_FILE, NULL), *server_key = pki_key_load(f->dir, PLATFORM_SERVER_KEY_FILE, NULL);

    g_assert_cmpint(files->version, ==, now->version);
    g_assert_cmpstr(ca, ==, bundle);
    g_assert_cmpint(EVP_PKEY_eq(key, authorities_issuer(now)->key), ==, 1);
    g_assert_true(credentials_issued_by(server, authorities_server(now)->pem));
    g_assert_true(credentials_match(server, server_key));
    EVP_PKEY_free(server_key);
    EVP_PKEY_free(key);
    authorities_unref(files);
    authorities_unref(now);
}

/* Asks as K0001, which has version `known`; its list, judged as a kiosk does. */
static struct trust told(struct fixture *f, const char *known)
{
    g_autofree char *ca = g_strdup(f->first[0]);
    struct trust given = {.pem = ca}, next;
    unsigned status;
    json_t *answer = kit_authorities(f->platform, "K0001", known, &status);

    g_assert_cmpuint(status, ==, 200);
    json_t *payload = signed_open(f->platform->sign_public, json_object_get(answer, "authorities"), NULL);
    g_assert_true(trust_next(&given, payload, now_ms(), &next, NULL));
    json_decref(payload);
    json_decref(answer);
    return next;
}

static unsigned left(struct fixture *f, bool knows)
{
    struct authorities *now = authorities_now(f->platform);
    g_autoptr(GArray) list = authorities_left_out(f->platform, now, now_ms(), NULL);

    authorities_unref(now);
    for (guint i = 0; i < list->len; i++)
        g_assert_true(g_array_index(list, struct authorities_left, i).knows == knows);
    return list->len;
}

/* A certificate for K0001 of whoever issues now, which it uses from now on. */
static char *renewed(struct fixture *f)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *csr = credentials_request_pem(key, "K0001");
    unsigned status;
    json_t *answer = kit_call(f->platform, "POST", "/v1/renew", NULL, "K0001", json_pack("{s:s}", "csr", csr), &status);
    char *pem = g_strdup(json_string_value(json_object_get(answer, "certificate")));
    g_autofree char *serial = NULL;

    g_assert_cmpuint(status, ==, 200);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    MUST(db_text(f->platform->db, &error, &serial, "SELECT serial FROM certificate WHERE community=?1 AND kiosk='K0001' AND state='NEXT'", ""));
    MUST(db_certificate_promote(f->platform->db, "K0001", serial, &error));
    /* Calls of the kit show this number. */
    MUST(db_run(f->platform->db, &error, "UPDATE certificate SET serial='" KIT_SERIAL "' WHERE community=?1 AND serial=?2", "s", serial));
    MUST(db_run(f->platform->db, &error, "UPDATE kiosk SET certificate='" KIT_SERIAL "' WHERE community=?1 AND id='K0001'", ""));
    MUST(db_commit(f->platform->db, &error));
    EVP_PKEY_free(key);
    json_decref(answer);
    return pem;
}

/* Another number, so that the next one can have that of the kit. */
static void put_by(struct fixture *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    MUST(db_run(f->platform->db, &error, "UPDATE certificate SET serial='0b' WHERE community=?1 AND serial='" KIT_SERIAL "'", ""));
    MUST(db_commit(f->platform->db, &error));
}

static void test_steps(struct fixture *f, const void *data)
{
    g_autofree char *before = renewed(f);
    struct trust trust = told(f, NULL);

    g_assert_cmpint(trust.version, ==, 1);
    g_assert_cmpstr(trust.pem, ==, f->first[0]);
    trust_clear(&trust);
    g_assert_true(credentials_issued_by(before, f->first[0]));
    REFUSED(authorities_serve(f->platform, true, now_ms(), &error), "there is no other authority");
    REFUSED(authorities_retire(f->platform, true, now_ms(), &error), "there is one authority");

    /* Beside it. */
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    assert_files(f);
    REFUSED(authorities_rotate(f->platform, now_ms(), &error), "another authority was made already");
    REFUSED(authorities_retire(f->platform, true, now_ms(), &error), "servers still have certificates of the old one");
    g_assert_cmpuint(left(f, false), ==, 1);
    REFUSED(authorities_serve(f->platform, false, now_ms(), &error), "1 kiosks in service would be left out");
    trust = told(f, "1");
    g_assert_cmpint(trust.version, ==, 2);
    g_assert_true(credentials_share(trust.pem, f->first[0]));
    g_assert_false(credentials_share(trust.issuer, f->first[0]));
    g_assert_cmpuint(left(f, false), ==, 1);
    put_by(f);
    g_autofree char *after = renewed(f);
    g_assert_true(credentials_issued_by(after, trust.issuer));
    g_assert_false(credentials_issued_by(after, f->first[0]));
    /* It has a certificate of the new one, and has not said that it trusts it. */
    REFUSED(authorities_serve(f->platform, false, now_ms(), &error), "would be left out");
    trust_clear(&trust);
    trust = told(f, "2");
    trust_clear(&trust);
    g_assert_cmpuint(left(f, true), ==, 0);

    /* Servers go over. */
    g_assert_true(f->first[2] != NULL);
    MUST(authorities_serve(f->platform, false, now_ms(), &error));
    assert_files(f);
    REFUSED(authorities_serve(f->platform, true, now_ms(), &error), "servers have its certificates already");
    g_assert_cmpuint(left(f, true), ==, 0);

    /* The old one ends, its key is nowhere any more. */
    MUST(authorities_retire(f->platform, false, now_ms(), &error));
    assert_files(f);
    g_assert_cmpint(version(f), ==, 4);
    for (size_t i = 0; i < FILES_COUNT; i++) {
        g_autofree char *text = platform_file(f->dir, FILES[i], NULL, NULL);
        g_assert_null(strstr(text, f->first[1]));
    }
    again(f);
    g_assert_cmpint(version(f), ==, 4);
    /* And once more, with the next one. */
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    assert_files(f);
    g_assert_cmpint(version(f), ==, 5);
}

/* It knows the new one and uses a certificate of the old one; when that has ended, it is in service no more. */
static void test_depends(struct fixture *f, const void *data)
{
    g_autofree char *pem = NULL;
    struct authorities *now;

    f->platform->kiosk_life_s = 86400;
    pem = renewed(f);
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    struct trust trust = told(f, "2");
    trust_clear(&trust);
    MUST(authorities_serve(f->platform, false, now_ms(), &error));
    g_assert_cmpuint(left(f, true), ==, 1);
    REFUSED(authorities_retire(f->platform, false, now_ms(), &error), "1 kiosks in service would be left out");
    now = authorities_now(f->platform);
    g_autoptr(GArray) later = authorities_left_out(f->platform, now, now_ms() + 2 * INT64_C(86400000), NULL);
    g_assert_cmpuint(later->len, ==, 0);
    authorities_unref(now);
    MUST(authorities_retire(f->platform, true, now_ms(), &error));
    assert_files(f);
}

static void test_asked_wrongly(struct fixture *f, const void *data)
{
    static const char *const known[] = {"-1", "x", "", "9223372036854775808", "1 OR 1"};

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        unsigned status;
        json_decref(kit_authorities(f->platform, "K0001", known[i], &status));
        g_assert_cmpuint(status, ==, 400);
    }
}

/* A node that was away comes with the files that it had: at each of the steps, or after all of them. */
static void test_old_node(struct fixture *f, const void *data)
{
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    old_files(f);
    again(f);
    g_assert_cmpint(version(f), ==, 2); /* it issues by the right one before it has looked */
    MUST(authorities_follow(f->platform, &error));
    assert_files(f);
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    MUST(authorities_retire(f->platform, true, now_ms(), &error));
    old_files(f);
    again(f);
    MUST(authorities_follow(f->platform, &error));
    g_assert_cmpint(version(f), ==, 4);
    assert_files(f);
    /* Nothing is made anew when nothing changed. */
    g_autofree char *server = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    MUST(authorities_follow(f->platform, &error));
    g_autofree char *same = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_cmpstr(server, ==, same);
}

/* A stop between any two files, and damaged ones: the next look makes them of the document. */
static void test_between(struct fixture *f, const void *data)
{
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    for (size_t i = 0; i < FILES_COUNT; i++) {
        g_autofree char *path = g_build_filename(f->dir, FILES[i], NULL);
        if (f->first[i] != NULL)
            g_assert_true(file_put(f->dir, FILES[i], f->first[i], strlen(f->first[i]), NULL));
        else
            g_assert_true(g_file_set_contents(path, i % 2 != 0 ? "{\"version\":9" : "", -1, NULL));
        again(f);
        MUST(authorities_follow(f->platform, &error));
        g_assert_cmpint(version(f), ==, 3);
        assert_files(f);
    }
}

static void forget(struct fixture *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    MUST(db_run(f->platform->db, &error, "DELETE FROM authorities WHERE community=?1", ""));
    MUST(db_commit(f->platform->db, &error));
}

/* The database was put back to a day before: the node's files still know, and say so to all others. */
static void test_put_back(struct fixture *f, const void *data)
{
    char *text = NULL;

    MUST(authorities_rotate(f->platform, now_ms(), &error));
    forget(f);
    again(f);
    g_assert_cmpint(version(f), ==, 2);
    MUST(authorities_follow(f->platform, &error));
    g_assert_true(db_begin(f->platform->db, false, NULL));
    MUST(db_authorities_get(f->platform->db, &text, &error));
    db_rollback(f->platform->db);
    g_assert_nonnull(text);
    g_free(text);
    /* Marked as put back: beyond all that kiosks may have been told. */
    MUST(restored_mark(f->platform, now_ms() - 1000, now_ms(), &error));
    g_assert_cmpint(version(f), ==, 2 + AUTHORITIES_JUMP);
    assert_files(f);
    struct trust trust = told(f, "5");
    g_assert_cmpint(trust.version, ==, 2 + AUTHORITIES_JUMP);
    trust_clear(&trust);
}

/* ---- Put back, and another node's folder is of a later day ---- */

static void files_read(struct fixture *f, char *out[FILES_COUNT])
{
    for (size_t i = 0; i < FILES_COUNT; i++)
        out[i] = platform_file(f->dir, FILES[i], NULL, NULL);
}

static void files_write(struct fixture *f, char *texts[FILES_COUNT])
{
    for (size_t i = 0; i < FILES_COUNT; i++) {
        g_assert_true(file_put(f->dir, FILES[i], texts[i], strlen(texts[i]), NULL));
        g_free(texts[i]);
    }
    again(f);
}

/* The database and this folder are of the first day, and marked as put back. */
static void first_day(struct fixture *f)
{
    forget(f);
    old_files(f);
    again(f);
    MUST(restored_mark(f->platform, now_ms() - 1000, now_ms(), &error));
    g_assert_cmpint(version(f), ==, 1 + AUTHORITIES_JUMP);
    assert_files(f);
}

/* As a kiosk that trusts `pem` alone, at version `known`, judges it. */
static bool leads_on(struct fixture *f, const char *pem, int64_t known)
{
    struct trust given = {.version = known, .pem = (char *)pem}, next;
    unsigned status;
    json_t *answer = kit_authorities(f->platform, "K0001", NULL, &status);
    json_t *payload = signed_open(f->platform->sign_public, json_object_get(answer, "authorities"), NULL);
    bool good = trust_next(&given, payload, now_ms(), &next, NULL) && next.pem != NULL;

    trust_clear(&next);
    json_decref(payload);
    json_decref(answer);
    return good;
}

static bool aside_none(struct fixture *f)
{
    g_autoptr(GPtrArray) aside = authorities_aside(f->dir);
    return aside->len == 0;
}

/* Its key is the only one that can lead kiosks on that went over: it is taken over again, whatever the versions say. */
static void test_later_folder(struct fixture *f, const void *data)
{
    char *later[FILES_COUNT];

    MUST(authorities_rotate(f->platform, now_ms(), &error));
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    MUST(authorities_retire(f->platform, true, now_ms(), &error));
    files_read(f, later);
    g_autofree char *key = g_strdup(later[1]), *pem = g_strdup(later[0]);
    first_day(f);
    files_write(f, later);
    g_assert_cmpint(version(f), ==, 2 + AUTHORITIES_JUMP);
    MUST(authorities_follow(f->platform, &error));
    assert_files(f);
    g_autofree char *issues = platform_file(f->dir, PLATFORM_CA_KEY_FILE, NULL, NULL);
    g_assert_cmpstr(issues, ==, key);
    g_assert_true(leads_on(f, pem, 4));
    g_assert_true(aside_none(f));
    /* The folder that was put back follows, and nothing goes round in circles. */
    old_files(f);
    again(f);
    MUST(authorities_follow(f->platform, &error));
    MUST(authorities_follow(f->platform, &error));
    g_assert_cmpint(version(f), ==, 2 + AUTHORITIES_JUMP);
    assert_files(f);
}

/* Between the steps both stay in force, and servers with the one that everybody trusts. */
static void test_later_folder_of_two(struct fixture *f, const void *data)
{
    char *later[FILES_COUNT];

    MUST(authorities_rotate(f->platform, now_ms(), &error));
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    files_read(f, later);
    first_day(f);
    files_write(f, later);
    MUST(authorities_follow(f->platform, &error));
    struct authorities *now = authorities_now(f->platform);
    g_assert_cmpint(now->version, ==, 2 + AUTHORITIES_JUMP);
    g_assert_cmpuint(now->count, ==, 2);
    g_assert_cmpuint(now->serving, ==, 0);
    /* Who said that it has the version of the jump was not told of the second one. */
    g_assert_cmpint(authorities_issuer(now)->since, ==, now->version);
    authorities_unref(now);
    assert_files(f);
    g_assert_true(leads_on(f, f->first[0], 1 + AUTHORITIES_JUMP));
}

/* Changed once more before that folder came: nobody can say which one kiosks have, so no key is lost. */
static void test_two_days(struct fixture *f, const void *data)
{
    char *later[FILES_COUNT];

    MUST(authorities_rotate(f->platform, now_ms(), &error));
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    MUST(authorities_retire(f->platform, true, now_ms(), &error));
    files_read(f, later);
    struct authorities *lost = authorities_parse(later[3], NULL);
    first_day(f);
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    files_write(f, later);
    g_assert_true(aside_none(f));
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*are kept in authorities-aside-4-*kiosks that went over to them cannot connect*");
    MUST(authorities_follow(f->platform, &error));
    g_test_assert_expected_messages();
    g_assert_cmpint(version(f), ==, 2 + AUTHORITIES_JUMP);
    assert_files(f);
    MUST(authorities_follow(f->platform, &error)); /* said once */
    g_autoptr(GPtrArray) aside = authorities_aside(f->dir);
    g_assert_cmpuint(aside->len, ==, 1);
    g_autofree char *text = platform_file(f->dir, aside->pdata[0], NULL, NULL);
    struct authorities *kept = authorities_parse(text, NULL);
    g_assert_nonnull(kept);
    g_assert_cmpint(EVP_PKEY_eq(authorities_issuer(kept)->key, authorities_issuer(lost)->key), ==, 1);
    authorities_unref(kept);
    authorities_unref(lost);
}

/* In the database it stands sealed: neither key nor certificate is to be read there. */
static void test_sealed(struct fixture *f, const void *data)
{
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    struct authorities *now = authorities_now(f->platform);
    g_autofree char *key = credentials_key_pem(authorities_issuer(now)->key), *middle = g_strndup(key + 60, 40);
    g_assert_false(kit_database_has(f->dir, middle));
    g_assert_false(kit_database_has(f->dir, "BEGIN PRIVATE KEY"));
    authorities_unref(now);
}

/* ---- A second node: another folder with files of the first day, the same server ---- */

static struct platform *second(struct fixture *f, const char *dir)
{
    static const char *const names[] = {"ca.key", "ca.pem", "server.key", "server.pem", "sign.key", "secrets.json", "operators-ca.key",
                                        "operators-ca.pem", DB_SERVER_FILE};
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *text = platform_file(f->dir, names[i], NULL, &error);
        g_assert_no_error(error);
        g_assert_true(file_put(dir, names[i], text, strlen(text), NULL));
    }
    struct platform *platform = platform_open(dir, &error);
    g_assert_no_error(error);
    return platform;
}

static void expect_mended(void)
{
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "server.key does not belong to server.pem: a new certificate is made*bring both");
}

/* What each of them was told of the next step, the other one does, with a certificate for the key that it has. */
static void test_nodes(struct fixture *f, const void *data)
{
    g_autofree char *dir = kit_dir(), *named = NULL;
    struct fixture other = {.dir = dir};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *pem = credentials_key_pem(key);

    if (kit_on_file()) {
        g_test_skip("a file has one node");
        EVP_PKEY_free(key);
        kit_dir_done(g_steal_pointer(&dir));
        return;
    }
    other.platform = second(f, dir);
    g_assert_true(file_put(dir, PLATFORM_SERVER_KEY_FILE, pem, strlen(pem), NULL));
    expect_mended();
    MUST(pki_server_mend(dir, &error)); /* a node may have a key of its own */
    g_test_assert_expected_messages();
    MUST(authorities_rotate(f->platform, now_ms(), &error));
    g_assert_cmpint(version(&other), ==, 1);
    MUST(authorities_follow(other.platform, &error));
    g_assert_cmpint(version(&other), ==, 2);
    assert_files(&other);
    /* A step at the other one: the first one follows. */
    MUST(authorities_serve(other.platform, true, now_ms(), &error));
    assert_files(&other);
    REFUSED(authorities_serve(f->platform, true, now_ms(), &error), "servers have its certificates already"); /* it looked first */
    assert_files(f);
    MUST(authorities_retire(f->platform, true, now_ms(), &error));
    MUST(authorities_follow(other.platform, &error));
    assert_files(&other);
    g_autofree char *mine = platform_file(dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_true(credentials_match(mine, key));
    /* The folder has no database of its own to drop. */
    named = g_build_filename(dir, DB_SERVER_FILE, NULL);
    platform_close(other.platform);
    g_assert_cmpint(g_unlink(named), ==, 0);
    EVP_PKEY_free(key);
    kit_dir_done(g_steal_pointer(&dir));
}

static void test_metrics(struct fixture *f, const void *data)
{
    metrics_certificates(1, 2, 3);
    g_autofree char *two = metrics_page(f->platform->db);
    g_assert_nonnull(strstr(two, "citycard_certificate_end_seconds{of=\"authority\"} 2\n"));
    g_assert_nonnull(strstr(two, "citycard_certificate_end_seconds{of=\"authority_old\"} 3\n"));
    metrics_certificates(1, 2, 0);
    g_autofree char *one = metrics_page(f->platform->db);
    g_assert_null(strstr(one, "authority_old"));
}

/* The key of the server is another one than its certificate's: made anew for the same names. */
static void test_server_mended(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *pem = credentials_key_pem(key);

    MUST(pki_server_mend(f->dir, &error)); /* nothing to do */
    g_autofree char *same = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_cmpstr(same, ==, f->first[2]);
    g_assert_true(file_put(f->dir, PLATFORM_SERVER_KEY_FILE, pem, strlen(pem), NULL));
    g_autoptr(GError) why = NULL;
    g_assert_false(pki_server_renew(f->dir, &why));
    g_assert_nonnull(strstr(why->message, "does not belong to"));
    expect_mended();
    MUST(pki_server_mend(f->dir, &error));
    g_autofree char *mended = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_true(credentials_match(mended, key));
    g_assert_true(credentials_issued_by(mended, f->first[0]));
    EVP_PKEY_free(key);
    /* One that is brought, or a stop: a node that looks mends it. A new key is another one, for the same authority. */
    g_assert_true(file_put(f->dir, PLATFORM_SERVER_FILE, same, strlen(same), NULL));
    expect_mended();
    MUST(authorities_follow(f->platform, &error));
    g_test_assert_expected_messages();
    EVP_PKEY *now = pki_key_load(f->dir, PLATFORM_SERVER_KEY_FILE, NULL);
    g_autofree char *looked = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_true(credentials_match(looked, now));
    MUST(pki_server_rekey(f->dir, &error));
    EVP_PKEY *newer = pki_key_load(f->dir, PLATFORM_SERVER_KEY_FILE, NULL);
    g_autofree char *rekeyed = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_true(credentials_match(rekeyed, newer) && !credentials_match(rekeyed, now));
    g_assert_true(credentials_issued_by(rekeyed, f->first[0]));
    EVP_PKEY_free(now);
    EVP_PKEY_free(newer);
}

/* A new key was brought, and in the same moment servers are to have certificates of another authority. */
static void test_server_key_and_authority(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *pem = credentials_key_pem(key);

    MUST(authorities_rotate(f->platform, now_ms(), &error));
    g_assert_true(file_put(f->dir, PLATFORM_SERVER_KEY_FILE, pem, strlen(pem), NULL));
    expect_mended();
    MUST(authorities_serve(f->platform, true, now_ms(), &error));
    g_test_assert_expected_messages();
    assert_files(f);
    g_autofree char *made = platform_file(f->dir, PLATFORM_SERVER_FILE, NULL, NULL);
    g_assert_true(credentials_match(made, key) && !credentials_issued_by(made, f->first[0]));
    EVP_PKEY_free(key);
}

#define ADD(name) g_test_add("/authorities/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(steps);
    ADD(depends);
    ADD(asked_wrongly);
    ADD(old_node);
    ADD(between);
    ADD(put_back);
    ADD(later_folder);
    ADD(later_folder_of_two);
    ADD(two_days);
    ADD(sealed);
    ADD(nodes);
    ADD(metrics);
    ADD(server_mended);
    ADD(server_key_and_authority);
    return g_test_run();
}
