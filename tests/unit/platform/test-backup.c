/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of everything while it runs, and a platform out of it; damaged ones, full disks, other keys. */
#include "pair.h"
#include "platform/backup/backup.h"
#include "platform/data/db-check.h"
#include "platform/data/db-rows.h"
#include "platform/keys/operators.h"
#include "platform/keys/pki.h"
#include "platform/keys/signing.h"
#include "platform/platform.h"
#include "model/clock.h"
#include "sync/credentials.h"
#include <glib/gstdio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SECRET "a passphrase of some length"

struct places {
    char *top, *copy, *back, *database;
};

static void places_up(struct places *places)
{
    places->top = kit_dir();
    places->copy = g_build_filename(places->top, "copy", NULL);
    places->back = g_build_filename(places->top, "back", NULL);
    places->database = kit_database();
}

static void places_done(struct places *places)
{
    /* The database of the restored platform goes with the folder that names it. */
    if (places->database != NULL) {
        g_autofree char *named = g_build_filename(places->top, DB_SERVER_FILE, NULL);
        g_assert_true(g_file_set_contents(named, places->database, -1, NULL));
    }
    g_free(places->copy);
    g_free(places->back);
    g_free(places->database);
    kit_dir_done(places->top);
}

static void make(struct fixture *f, struct places *places, bool in_clear, const char *passphrase)
{
    const struct backup_options options = {f->dir, places->copy, in_clear, passphrase};
    g_autoptr(GError) error = NULL;

    (void)backup_make(&options, &error);
    g_assert_no_error(error);
}

static struct restore_options from(const struct places *places, const char *passphrase)
{
    return (struct restore_options){.folder = places->copy, .data_dir = places->back, .passphrase = passphrase, .database = places->database};
}

static void refused(const struct restore_options *options, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *half = g_strconcat(options->data_dir, ".restoring", NULL);
    int64_t moment_ms;

    g_assert_false(backup_restore(options, &moment_ms, &error));
    g_assert_nonnull(error);
    if (strstr(error->message, why) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, why);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
}

static struct platform *restored(const struct restore_options *options)
{
    g_autoptr(GError) error = NULL;
    int64_t moment_ms = 0;

    (void)backup_restore(options, &moment_ms, &error);
    g_assert_no_error(error);
    struct platform *platform = platform_open(options->data_dir, &error);
    g_assert_no_error(error);
    g_autofree char *from_ms = NULL;
    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_meta_get(platform->db, "restored_from_ms", &from_ms, NULL));
    db_rollback(platform->db);
    g_assert_cmpint(g_ascii_strtoll(from_ms, NULL, 10), ==, moment_ms);
    return platform;
}

static void assert_good(struct platform *platform)
{
    g_autofree char *books = NULL, *chains = NULL, *sealed = NULL;
    int64_t events = 0, values = 0;

    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_check_books(platform->db, &books, NULL));
    g_assert_true(db_check_chains(platform->db, &events, &chains, NULL));
    g_assert_true(db_check_sealed(platform->db, &values, &sealed, NULL));
    db_rollback(platform->db);
    g_assert_cmpstr(books, ==, NULL);
    g_assert_cmpstr(chains, ==, NULL);
    g_assert_cmpstr(sealed, ==, NULL);
    g_assert_cmpint(values, >, 100);
}

static void pay(struct fixture *f, int64_t fen)
{
    struct payment payment;

    kit_payment(&payment, f->card, NULL, fen);
    put(f, &f->pen, &payment, PAYMENT_COMMITTING);
    kit_tac(&payment);
    put(f, &f->pen, &payment, PAYMENT_CONFIRMED);
}

/* Everything in the folder is for its owner only. */
static void assert_private(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    GStatBuf info;

    g_assert_cmpint(g_stat(folder, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 0777, ==, 0700);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_assert_cmpint(g_stat(path, &info), ==, 0);
        g_assert_cmpint(info.st_mode & 0777, ==, 0600);
    }
}

static void assert_same_keys(const struct platform *a, const struct platform *b)
{
    g_assert_cmpmem(a->index_key, 32, b->index_key, 32);
    g_assert_cmpmem(a->sign_public, 32, b->sign_public, 32);
    g_assert_cmpmem(&a->masters, sizeof a->masters, &b->masters, sizeof b->masters);
}

/* ---- There and back ---- */

static void test_back(struct fixture *f, const void *passphrase)
{
    struct places places;
    bool in_clear = passphrase == NULL;

    places_up(&places);
    pay(f, 100);
    make(f, &places, in_clear, passphrase);
    assert_private(places.copy);
    g_autofree char *secrets = g_build_filename(places.copy, PLATFORM_SECRETS_FILE, NULL);
    g_assert_true(g_file_test(secrets, G_FILE_TEST_EXISTS) == in_clear);
    pay(f, 20); /* after the moment */
    struct restore_options options = from(&places, passphrase);
    if (!in_clear) {
        options.passphrase = NULL;
        refused(&options, "--passphrase-file");
        options.passphrase = "another passphrase";
        refused(&options, "the passphrase is another one");
        options.passphrase = passphrase;
    }
    struct platform *platform = restored(&options);
    assert_private(places.back);
    assert_same_keys(f->platform, platform);
    assert_good(platform);
    json_t *report = kit_report(platform);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 100);
    json_decref(report);
    platform_close(platform);
    refused(&options, "is not empty");
    places_done(&places);
}

/* Without keys it is of no use to who finds it, and with other ones neither. */
static void test_without_keys(struct fixture *f, const void *data)
{
    struct places places;
    g_autofree char *other = kit_dir();

    places_up(&places);
    make(f, &places, false, NULL);
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++) {
        g_autofree char *path = g_build_filename(places.copy, backup_names[i], NULL);
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
    struct restore_options options = from(&places, NULL);
    refused(&options, "--keys-from");
    platform_close(kit_platform(other));
    if (kit_on_file()) { /* a server's database would have been filled by it */
        options.keys_from = other;
        refused(&options, "not its keys");
    }
    options.keys_from = f->dir;
    struct platform *platform = restored(&options);
    assert_same_keys(f->platform, platform);
    assert_good(platform);
    platform_close(platform);
    kit_dir_done(g_steal_pointer(&other));
    places_done(&places);
}

/* ---- Another authority, and a server's key from elsewhere ---- */

static int64_t authorities_version(struct platform *platform, size_t *count)
{
    struct authorities *now = authorities_now(platform);
    int64_t version = now->version;

    *count = now->count;
    authorities_unref(now);
    return version;
}

static void assert_server_fits(const char *dir)
{
    X509 *certificate = pki_certificate_load(dir, PLATFORM_SERVER_FILE, NULL);
    EVP_PKEY *key = pki_key_load(dir, PLATFORM_SERVER_KEY_FILE, NULL);

    g_assert_cmpint(X509_check_private_key(certificate, key), ==, 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Both are in the copy: in the keys, and sealed in the database. Versions that kiosks may have been told since are left behind. */
static void test_authorities(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct places places;
    size_t count;

    places_up(&places);
    (void)authorities_rotate(f->platform, now_ms(), &error);
    g_assert_no_error(error);
    make(f, &places, true, NULL);
    struct restore_options options = from(&places, NULL);
    struct platform *platform = restored(&options);
    g_assert_cmpint(authorities_version(platform, &count), ==, 2 + AUTHORITIES_JUMP);
    g_assert_cmpuint(count, ==, 2);
    assert_server_fits(places.back);
    platform_close(platform);
    places_done(&places);
}

static void test_server_key(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *pem = credentials_key_pem(key), *place = g_build_filename(f->dir, PLATFORM_SERVER_KEY_FILE, NULL);
    struct places places;

    places_up(&places);
    make(f, &places, false, NULL);
    g_assert_true(g_file_set_contents(place, pem, -1, NULL)); /* changed since */
    struct restore_options options = from(&places, NULL);
    options.keys_from = f->dir;
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "server.key does not belong to server.pem: a new certificate is made*");
    platform_close(restored(&options));
    g_test_assert_expected_messages();
    assert_server_fits(places.back);
    EVP_PKEY_free(key);
    places_done(&places);
}

static void copy_to(const char *from_dir, const char *to_dir, const char *name)
{
    g_autofree char *from = g_build_filename(from_dir, name, NULL), *to = g_build_filename(to_dir, name, NULL), *bytes = NULL;
    gsize len;

    if (!g_file_test(from, G_FILE_TEST_EXISTS))
        return;
    g_assert_true(g_file_get_contents(from, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(to, bytes, (gssize)len, NULL));
}

/* Whom a folder stopped trusting since, a backup from before does not bring back. */
static void test_operators(struct fixture *f, const void *data)
{
    g_autofree char *elsewhere = kit_dir(), *retired = NULL, *back = NULL, *left = g_build_filename(elsewhere, PLATFORM_OPERATORS_FILE, NULL);
    g_autoptr(GError) error = NULL;
    struct places places;

    places_up(&places);
    make(f, &places, false, NULL);
    (void)(operators_rotate(f->dir, &error) && operators_retire(f->dir, &error));
    g_assert_no_error(error);
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++)
        copy_to(f->dir, elsewhere, backup_names[i]);
    struct restore_options options = from(&places, NULL);
    options.keys_from = elsewhere;
    refused(&options, PLATFORM_OPERATORS_KEY_FILE " does not belong to " PLATFORM_OPERATORS_FILE);
    copy_to(f->dir, elsewhere, PLATFORM_OPERATORS_FILE);
    platform_close(restored(&options));
    retired = platform_file(f->dir, PLATFORM_OPERATORS_FILE, NULL, NULL);
    back = platform_file(places.back, PLATFORM_OPERATORS_FILE, NULL, NULL);
    g_assert_cmpstr(retired, ==, back);
    g_assert_cmpint(g_unlink(left), ==, 0);
    kit_dir_done(g_steal_pointer(&elsewhere));
    places_done(&places);
}

/* ---- The key of signed lists, changed ---- */

static void rotate(const char *dir)
{
    g_autoptr(GError) error = NULL;

    (void)(signing_begin(dir, 2000, 1000, &error) && signing_finish(dir, &error));
    g_assert_no_error(error);
}

static void assert_leads(struct places *places, const struct restore_options *options, const struct platform *before)
{
    g_autoptr(GError) error = NULL;
    struct platform *platform = restored(options);
    json_t *list = signing_introductions(places->back, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(json_array_size(list), ==, 1);
    json_decref(list);
    (void)signing_fits(places->back, &error);
    g_assert_no_error(error);
    g_assert_cmpint(memcmp(platform->sign_public, before->sign_public, 32), !=, 0);
    assert_good(platform);
    platform_close(platform);
}

/* A backup from before the change, keys from after it: they come with the introductions that lead to them, or not at all. */
static void test_keys_newer(struct fixture *f, const void *data)
{
    g_autofree char *elsewhere = kit_dir(), *next = g_build_filename(elsewhere, PLATFORM_SIGN_NEXT_FILE, NULL);
    struct places places;

    places_up(&places);
    make(f, &places, false, NULL);
    struct restore_options options = from(&places, NULL);
    options.keys_from = elsewhere;
    g_autoptr(GError) error = NULL;
    (void)signing_begin(f->dir, 2000, 1000, &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < BACKUP_KEY_FILES; i++)
        copy_to(f->dir, elsewhere, backup_names[i]);
    copy_to(f->dir, elsewhere, PLATFORM_SIGNING_FILE);
    g_assert_cmpint(g_unlink(next), ==, 0);
    refused(&options, PLATFORM_SIGN_NEXT_FILE " is missing");
    (void)signing_finish(f->dir, &error);
    g_assert_no_error(error);
    refused(&options, PLATFORM_SIGN_NEXT_FILE " is missing"); /* a key that was the old one all the time */
    copy_to(f->dir, elsewhere, PLATFORM_SIGN_KEY_FILE);
    if (kit_on_file()) { /* a server's database would have been filled by it */
        g_autofree char *list = g_build_filename(elsewhere, PLATFORM_SIGNING_FILE, NULL);
        g_assert_cmpint(g_unlink(list), ==, 0);
        refused(&options, "no " PLATFORM_SIGNING_FILE " leads on");
        copy_to(f->dir, elsewhere, PLATFORM_SIGNING_FILE);
    }
    assert_leads(&places, &options, f->platform);
    kit_dir_done(g_steal_pointer(&elsewhere));
    places_done(&places);
}

/* Keys that somebody names win over those in the backup. */
static void test_keys_named(struct fixture *f, const void *data)
{
    struct places places;

    places_up(&places);
    make(f, &places, false, SECRET);
    rotate(f->dir);
    struct restore_options options = from(&places, SECRET);
    options.keys_from = f->dir;
    refused(&options, "one place");
    options.passphrase = NULL;
    assert_leads(&places, &options, f->platform);
    places_done(&places);
}

/* Without the next key, nobody could go on from what kiosks were told. */
static void test_next_lost(struct fixture *f, const void *data)
{
    g_autofree char *next = g_build_filename(f->dir, PLATFORM_SIGN_NEXT_FILE, NULL);
    g_autoptr(GError) error = NULL;
    struct places places;

    places_up(&places);
    (void)signing_begin(f->dir, 2000, 1000, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_unlink(next), ==, 0);
    const struct backup_options options = {f->dir, places.copy, true, NULL};
    g_assert_false(backup_make(&options, &error));
    g_assert_nonnull(strstr(error->message, PLATFORM_SIGN_NEXT_FILE " is missing"));
    g_assert_false(g_file_test(places.copy, G_FILE_TEST_EXISTS));
    places_done(&places);
}

struct rotator {
    const char *dir;
    gint stop, done;
};

static gpointer rotate_on(gpointer data)
{
    struct rotator *rotator = data;

    for (; !g_atomic_int_get(&rotator->stop) && g_atomic_int_get(&rotator->done) < 60; g_atomic_int_inc(&rotator->done)) {
        rotate(rotator->dir);
        g_usleep(1000);
    }
    return NULL;
}

/* Whatever moment of a change it meets, the copy's keys and introductions are of one. */
static void test_rotating(struct fixture *f, const void *data)
{
    struct rotator rotator = {.dir = f->dir};
    g_autoptr(GError) error = NULL;
    GThread *thread = g_thread_new("rotator", rotate_on, &rotator);

    for (int i = 0; i < 5; i++) {
        struct places places;
        int before = g_atomic_int_get(&rotator.done);

        places_up(&places);
        while (g_atomic_int_get(&rotator.done) == before && before < 60)
            g_usleep(1000);
        make(f, &places, true, NULL);
        (void)signing_fits(places.copy, &error);
        g_assert_no_error(error);
        places_done(&places);
    }
    g_atomic_int_set(&rotator.stop, 1);
    g_thread_join(thread);
    g_assert_cmpint(rotator.done, >, 0);
}

/* ---- While others write ---- */

struct writer {
    struct fixture *f;
    gint stop, paid;
};

static gpointer write_on(gpointer data)
{
    struct writer *writer = data;

    for (; !g_atomic_int_get(&writer->stop); g_atomic_int_inc(&writer->paid))
        pay(writer->f, 1);
    return NULL;
}

static void wait_paid(struct writer *writer, int more)
{
    int wanted = g_atomic_int_get(&writer->paid) + more;

    while (g_atomic_int_get(&writer->paid) < wanted)
        g_usleep(1000);
}

static void test_running(struct fixture *f, const void *data)
{
    struct writer writer = {.f = f};
    struct places places;

    places_up(&places);
    GThread *thread = g_thread_new("writer", write_on, &writer);
    wait_paid(&writer, 3);
    make(f, &places, true, NULL);
    wait_paid(&writer, 3);
    g_atomic_int_set(&writer.stop, 1);
    g_thread_join(thread);
    struct restore_options options = from(&places, NULL);
    struct platform *platform = restored(&options);
    assert_good(platform);
    json_t *report = kit_report(platform);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), >, 0);
    g_assert_cmpint(kit_balance(report, "purse:float"), <, writer.paid);
    json_decref(report);
    platform_close(platform);
    places_done(&places);
}

/* ---- Damage ---- */

static char *contents(const char *path, gsize *len)
{
    char *bytes = NULL;

    g_assert_true(g_file_get_contents(path, &bytes, len, NULL));
    return bytes;
}

static void damaged_file(const struct places *places, const char *name)
{
    g_autofree char *path = g_build_filename(places->copy, name, NULL);
    struct restore_options options = from(places, SECRET);
    gsize len;
    g_autofree char *bytes = contents(path, &len);
    const char *why = strcmp(name, BACKUP_MANIFEST) == 0 ? "" : "is damaged";

    bytes[len / 2] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
    refused(&options, why);
    bytes[len / 2] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len - 1, NULL));
    refused(&options, why);
    g_assert_cmpint(g_unlink(path), ==, 0);
    refused(&options, "");
    g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
}

static void test_damaged(struct fixture *f, const void *data)
{
    struct places places;

    places_up(&places);
    make(f, &places, false, SECRET);
    damaged_file(&places, kit_on_file() ? BACKUP_FILE : BACKUP_DUMP);
    damaged_file(&places, BACKUP_KEYS);
    damaged_file(&places, PLATFORM_CA_FILE);
    damaged_file(&places, PLATFORM_SERVER_FILE);
    damaged_file(&places, BACKUP_MANIFEST);
    g_autofree char *more = g_build_filename(places.copy, PLATFORM_SIGN_KEY_FILE, NULL);
    struct restore_options options = from(&places, SECRET);
    g_assert_true(g_file_set_contents(more, "x", 1, NULL));
    refused(&options, "does not name");
    g_assert_cmpint(g_unlink(more), ==, 0);
    g_assert_false(g_file_test(places.back, G_FILE_TEST_EXISTS));
    platform_close(restored(&options)); /* put right again */
    places_done(&places);
}

/* Not a byte of it stays under the name of a backup. */
static void test_full(struct fixture *f, const void *data)
{
    const struct rlimit small = {32768, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    struct places places;
    g_autoptr(GError) error = NULL;

    places_up(&places);
    const struct backup_options options = {f->dir, places.copy, false, SECRET};
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    g_assert_false(backup_make(&options, &error));
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &all), ==, 0);
    g_assert_nonnull(error);
    g_autofree char *part = g_strconcat(places.copy, ".part", NULL);
    g_assert_false(g_file_test(places.copy, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
    make(f, &places, false, SECRET);
    struct restore_options back = from(&places, SECRET);
    if (kit_on_file()) {
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
        refused(&back, "");
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &all), ==, 0);
        g_assert_false(g_file_test(places.back, G_FILE_TEST_EXISTS));
    }
    platform_close(restored(&back));
    places_done(&places);
}

#define ADD(name, data) g_test_add("/backup/" #name, struct fixture, data, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(back, SECRET);
    g_test_add("/backup/back-in-clear", struct fixture, NULL, up, test_back, down);
    ADD(without_keys, NULL);
    ADD(authorities, NULL);
    ADD(server_key, NULL);
    ADD(operators, NULL);
    ADD(keys_newer, NULL);
    ADD(keys_named, NULL);
    ADD(next_lost, NULL);
    ADD(rotating, NULL);
    ADD(running, NULL);
    ADD(damaged, NULL);
    ADD(full, NULL);
    return g_test_run();
}
