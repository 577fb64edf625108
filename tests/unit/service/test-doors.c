/* SPDX-License-Identifier: Apache-2.0 */
/* The program's doors for those who look after a kiosk, as they are called: no display, on a kiosk that runs and one that does not. */
#include "hotkit.h"
#include "model/model.h"
#include "store/store.h"
#include "sync/credentials.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <string.h>


struct fixture {
    char *dir, *path;
    struct store *store;
};

static void pay(struct fixture *f, int n, enum payment_state end)
{
    struct payment *payment = payment_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_ascii_strdown(payment_state_name(end), -1), *type = g_strconcat("payment.", name, NULL);

    payment->at_ms = now_ms();
    uuid7(payment->at_ms, payment->id);
    payment->purchase = (struct cc_purchase){
        .state = CC_PURCHASE_SENT, .type = 6, .amount_fen = 100, .balance_before_fen = 500, .terminal_serial = (uint32_t)n};
    g_snprintf(payment->purchase.card_number, sizeof payment->purchase.card_number, "990100000000%04d", n);
    payment->state = PAYMENT_COMMITTING;
    json_t *json = payment_to_json(payment);
    g_assert_true(store_append(f->store, "payment.committing", json, NULL, &error));
    json_decref(json);
    payment->state = end;
    json = payment_to_json(payment);
    g_assert_true(store_append(f->store, type, json, NULL, &error));
    json_decref(json);
    payment_free(payment);
}

static void up(struct fixture *f, const void *data)
{
    struct store_identity identity = {.kiosk_id = "K0001", .epoch = 1};
    g_autoptr(GError) error = NULL;

    f->dir = g_dir_make_tmp("citycard-doors-XXXXXX", &error);
    f->path = g_build_filename(f->dir, "kiosk.db", NULL);
    f->store = store_open(f->path, &identity, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 20; i++)
        pay(f, i, PAYMENT_CONFIRMED);
    pay(f, 77, PAYMENT_IN_DOUBT);
}

static void folder_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            folder_remove(file);
        else
            g_assert_cmpint(g_unlink(file), ==, 0);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_assert_cmpint(g_rmdir(path), ==, 0);
}

static void down(struct fixture *f, const void *data)
{
    g_clear_pointer(&f->store, store_close);
    folder_remove(f->dir);
    g_free(f->path);
    g_free(f->dir);
}

/* What the program says on stdout, and its exit code. Without a display in its environment. */
static char *run(int *code, const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autoptr(GError) error = NULL;
    char *out = NULL;

    g_subprocess_launcher_unsetenv(launcher, "DISPLAY");
    g_subprocess_launcher_unsetenv(launcher, "WAYLAND_DISPLAY");
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    *code = g_subprocess_get_exit_status(process);
    return out;
}

static char *door(struct fixture *f, int *code, const char *option, const char *value)
{
    return run(code, (const char *const[]){KIOSK_PROGRAM, "--data", f->dir, option, value, NULL});
}

static void test_check(struct fixture *f, const void *data)
{
    int code = -1;
    g_autofree char *running = door(f, &code, "--store-check", NULL); /* beside the kiosk that runs */

    g_assert_cmpint(code, ==, 0);
    g_assert_null(strstr(running, "WRONG"));
    g_clear_pointer(&f->store, store_close);
    g_autofree char *stopped = door(f, &code, "--store-check", "--all");
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(stopped, "ok      chain: to row 42 in epoch 1"));
    g_assert_nonnull(strstr(stopped, "ok      archives: 0"));
}

static void tamper(struct fixture *f, const char *script)
{
    sqlite3 *db = NULL;

    g_clear_pointer(&f->store, store_close);
    g_assert_cmpint(sqlite3_open(f->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, script, NULL, NULL, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
}

static void test_check_wrong(struct fixture *f, const void *data)
{
    int code = -1;

    tamper(f, "UPDATE payment SET amount_fen=1 WHERE seq=2");
    g_autofree char *projection = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
    g_assert_nonnull(strstr(projection, "WRONG   projections: the projection payment"));
    tamper(f, "DROP TRIGGER journal_no_update; UPDATE journal SET at_ms=at_ms+1 WHERE seq=5");
    g_autofree char *chain = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
    g_assert_nonnull(strstr(chain, "WRONG   chain: the journal is broken at row 5"));
    g_assert_true(g_file_set_contents(f->path, "no database at all, but long enough that somebody could think that it is one,"
                                               " since it has more than a hundred bytes",
                                      -1, NULL));
    g_autofree char *none = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
}

static void test_export(struct fixture *f, const void *data)
{
    g_autofree char *file = g_build_filename(f->dir, "export.jsonl", NULL), *text = NULL, *broken = NULL;
    int code = -1;
    gsize len = 0;

    g_autofree char *said = door(f, &code, "--export", file);
    g_assert_cmpint(code, ==, 0);
    g_assert_cmpstr(said, ==, (broken = g_strdup_printf("42 rows in %s\n", file)));
    g_assert_true(g_file_get_contents(file, &text, &len, NULL));
    g_assert_null(strstr(text, "9901000000000")); /* no card number in clear */
    g_autofree char *verified = run(&code, (const char *const[]){VERIFIER, file, NULL});
    g_assert_cmpint(code, ==, 0);
    g_assert_true(g_str_has_prefix(verified, "42 rows of K0001 hold"));
    char *amount = strstr(text, "amount_fen");
    amount[0] ^= 1;
    g_assert_true(g_file_set_contents(file, text, (gssize)len, NULL));
    g_autofree char *refused = run(&code, (const char *const[]){VERIFIER, file, NULL});
    g_assert_cmpint(code, !=, 0);
}

/* ---- Anchors ------------------------------------------------------------------------------------------------------ */

/* A certificate of kiosk K0001 as base64 of DER; which authority it is of is no matter here. */
static char *certificate_make(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    uint8_t *der = NULL;

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const uint8_t *)"K0001", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    g_assert_cmpint(X509_sign(certificate, key, EVP_sha256()), >, 0);
    int len = i2d_X509(certificate, &der);
    char *text = g_base64_encode(der, (gsize)len);
    OPENSSL_free(der);
    X509_free(certificate);
    return text;
}

/* The head is signed and noted as sync does it; `other`: another hash than the journal has. */
static void anchor(struct fixture *f, EVP_PKEY *key, const char *certificate, bool other)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];
    int64_t epoch = 0, seq = store_head_place(f->store, &epoch, hash);
    GString *hex = g_string_new(NULL);

    hash[7] ^= other;
    for (size_t i = 0; i < sizeof hash; i++)
        g_string_append_printf(hex, "%02x", hash[i]);
    g_autofree char *text = g_strdup_printf("{\"kiosk\":\"K0001\",\"epoch\":%" G_GINT64_FORMAT ",\"seq\":%" G_GINT64_FORMAT
                                            ",\"hash\":\"%s\",\"at\":1793754900000}", epoch, seq, hex->str);
    g_autofree char *signature = credentials_sign(key, text, strlen(text), &error);
    json_t *data = json_pack("{s:I, s:I, s:s, s:I, s:s, s:s, s:s, s:s}", "epoch", (json_int_t)epoch, "seq", (json_int_t)seq, "hash",
                             hex->str, "at", (json_int_t)1793754900000, "state", "MATCH", "anchor", text, "signature", signature,
                             "certificate", certificate);
    g_assert_true(store_append(f->store, "journal.anchored", data, NULL, &error));
    json_decref(data);
    g_string_free(hex, TRUE);
}

static void leave_for_archive(struct fixture *f)
{
    struct store_retention retention = {.before_ms = now_ms() + 1000, .rows_kept = 2, .run_min = 3, .rows_max = 1000};
    g_autofree char *folder = g_build_filename(f->dir, "archive", NULL);
    g_autoptr(GError) error = NULL;
    int gone = 0;

    for (;;) {
        g_autoptr(GPtrArray) rows = store_outbox(f->store, 100, SIZE_MAX, &error);
        if (rows->len == 0)
            break;
        for (guint i = 0; i < rows->len; i++) {
            struct store_verdict_row verdict = {.seq = ((struct store_row *)rows->pdata[i])->seq};
            g_assert_true(store_outbox_verdicts(f->store, &verdict, 1, &error));
        }
    }
    g_assert_true(store_compact(f->store, &retention, folder, &gone, &error));
    g_assert_cmpint(gone, >, 10);
}

static char *verify(struct fixture *f, const char *option, const char *value, int *code)
{
    g_autofree char *file = g_build_filename(f->dir, "export.jsonl", NULL);
    g_autofree char *said = door(f, code, "--export", file);

    g_assert_cmpint(*code, ==, 0);
    return run(code, (const char *const[]){VERIFIER, file, option, value, NULL});
}

static void test_anchors(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256"), *foreign = EVP_EC_gen("P-256");
    g_autofree char *certificate = certificate_make(key), *archive = g_build_filename(f->dir, "archive", NULL);
    int code = -1;

    anchor(f, key, certificate, false);
    for (int i = 90; i < 95; i++)
        pay(f, i, PAYMENT_CONFIRMED);
    anchor(f, key, certificate, false);
    g_autofree char *held = verify(f, NULL, NULL, &code);
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(held, "\n2 anchors are signed and held by the chain, 0 signed"));
    leave_for_archive(f);
    g_autofree char *archived = verify(f, NULL, NULL, &code);
    g_assert_cmpint(code, ==, 0);
    g_assert_null(strstr(archived, "\n2 anchors"));
    g_autofree char *all = verify(f, "--archive", archive, &code);
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(all, "\n2 anchors are signed and held by the chain, 0 signed"));
    g_autofree char *nowhere = verify(f, "--archive", f->dir, &code);
    g_assert_cmpint(code, !=, 0);
    anchor(f, foreign, certificate, false); /* whose certificate it is not */
    g_autofree char *forged = verify(f, NULL, NULL, &code);
    g_assert_cmpint(code, !=, 0);
    EVP_PKEY_free(foreign);
    EVP_PKEY_free(key);
}

/* The chain holds, and is not the one that was signed. */
static void test_rewritten(struct fixture *f, const void *data)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_autofree char *certificate = certificate_make(key);
    int code = -1;

    anchor(f, key, certificate, true);
    g_autofree char *said = verify(f, NULL, NULL, &code);
    g_assert_cmpint(code, !=, 0);
    EVP_PKEY_free(key);
}

/* ---- The hotlist -------------------------------------------------------------------------------------------------- */

static void test_hotlist(struct fixture *f, const void *data)
{
    g_autofree char *file = g_strconcat(f->path, ".hotlist.7", NULL), *bytes = NULL;
    g_autoptr(GArray) seven = hotkit_random(3, 5000), eight = hotkit_random(3, 5200);
    struct hotlist_manifest manifest;
    struct hotlist_delta delta;
    g_autoptr(GError) error = NULL;
    int code = -1;
    gsize len = 0;

    hotkit_part(f->store, seven, 7, 1793754900000, &manifest);
    g_assert_true(store_hotlist_install(f->store, &manifest, &error));
    hotkit_delta(seven, 7, eight, 8, 1793754901000, &delta);
    g_assert_true(store_hotlist_apply(f->store, &delta, 1, &error));
    hotkit_delta_clear(&delta);
    g_autofree char *good = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(good, "ok      hotlist: version 8 signed by " HOTKIT_KEY ": 5200 cards, file of version 7 whole, "));
    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    bytes[len - 40] ^= 1; /* in its last bucket, which no payment would ask for */
    g_assert_true(g_file_set_contents(file, bytes, (gssize)len, NULL));
    g_autofree char *bucket = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
    g_assert_nonnull(strstr(bucket, "WRONG   hotlist: "));
    bytes[len - 40] ^= 1;
    g_assert_true(g_file_set_contents(file, bytes, (gssize)len, NULL));
    tamper(f, "DELETE FROM hotlist_overlay WHERE mark=(SELECT min(mark) FROM hotlist_overlay)");
    g_autofree char *changes = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
    g_assert_nonnull(strstr(changes, "file and changes do not make the list that was signed"));
    g_assert_cmpint(g_unlink(file), ==, 0);
    g_autofree char *gone = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
}

static void test_metrics(struct fixture *f, const void *data)
{
    int code = -1;
    g_autofree char *text = door(f, &code, "--metrics", "json");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    g_assert_cmpint(code, ==, 0);
    g_assert_cmpint(json_integer_value(json_object_get(json, "events_waiting")), ==, 42);
    g_assert_cmpint(json_integer_value(json_object_get(json, "payments_in_doubt")), ==, 1);
    g_assert_cmpint(json_integer_value(json_object_get(json, "database_bytes")), >, 0);
    g_assert_cmpstr(json_string_value(json_object_get(json, "journal_state")), ==, "whole");
    g_assert_cmpint(json_integer_value(json_object_get(json, "money_stopped_journal_lost")), ==, 0);
    g_assert_cmpint(json_integer_value(json_object_get(json, "money_stopped_journal_waits")), ==, 0);
    json_decref(json);
    g_autofree char *open = door(f, &code, "--metrics", "openmetrics");
    g_assert_nonnull(strstr(open, "citycard_events_waiting 42\n"));
    g_assert_true(g_str_has_suffix(open, "# EOF\n"));
    g_autofree char *wrong = door(f, &code, "--metrics", "xml");
    g_assert_cmpint(code, ==, 2);
}

static void test_backup(struct fixture *f, const void *data)
{
    g_autofree char *copy = g_build_filename(f->dir, "copy.db", NULL), *nowhere = g_build_filename(f->dir, "no/copy.db", NULL);
    int code = -1;

    g_autofree char *said = door(f, &code, "--backup", copy); /* while the kiosk runs */
    g_assert_cmpint(code, ==, 0);
    g_assert_true(g_file_test(copy, G_FILE_TEST_EXISTS));
    g_autofree char *refused = door(f, &code, "--backup", nowhere);
    g_assert_cmpint(code, ==, 2);
}

static void test_lists(struct fixture *f, const void *data)
{
    int code = -1;
    g_autofree char *doubts = door(f, &code, "--doubts", NULL);
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(doubts, "1 in doubt"));
    g_assert_nonnull(strstr(doubts, "ASK_HOLDER")); /* the next step */
    g_autofree char *refused = door(f, &code, "--refused", NULL);
    g_assert_cmpint(code, ==, 0);
    g_assert_nonnull(strstr(refused, "0 refused"));
}

static void test_accept_loss(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    int code = -1;

    g_assert_true(store_state_set(f->store, STORE_LOST, "damaged", &error));
    g_autofree char *running = door(f, &code, "--accept-loss", NULL);
    g_assert_cmpint(code, ==, 2); /* the kiosk holds the lock */
    g_clear_pointer(&f->store, store_close);
    g_autofree char *checked = door(f, &code, "--store-check", NULL);
    g_assert_cmpint(code, ==, 1);
    g_assert_nonnull(strstr(checked, "rows are lost"));
    g_autofree char *figures = door(f, &code, "--metrics", "openmetrics");
    g_assert_nonnull(strstr(figures, "citycard_money_stopped_journal_lost 1\n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/doors/check", struct fixture, NULL, up, test_check, down);
    g_test_add("/doors/check-wrong", struct fixture, NULL, up, test_check_wrong, down);
    g_test_add("/doors/export", struct fixture, NULL, up, test_export, down);
    g_test_add("/doors/anchors", struct fixture, NULL, up, test_anchors, down);
    g_test_add("/doors/rewritten", struct fixture, NULL, up, test_rewritten, down);
    g_test_add("/doors/hotlist", struct fixture, NULL, up, test_hotlist, down);
    g_test_add("/doors/metrics", struct fixture, NULL, up, test_metrics, down);
    g_test_add("/doors/backup", struct fixture, NULL, up, test_backup, down);
    g_test_add("/doors/lists", struct fixture, NULL, up, test_lists, down);
    g_test_add("/doors/accept-loss", struct fixture, NULL, up, test_accept_loss, down);
    return g_test_run();
}
