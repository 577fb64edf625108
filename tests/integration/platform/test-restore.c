/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks that are not what they were: a copy put back, a copy that went on by itself, a new one, one enrolled anew. Afterwards the
 * journal is whole, no number was used twice, and every payment is on the platform exactly once.
 */
#include "rig.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

struct fixture {
    char *data;
    struct server_process server;
    struct kiosk_rig kiosk;
    char *card[3];
};

static void up(struct fixture *f, const void *data)
{
    f->data = kit_dir();
    kit_init(f->data, 60);
    server_up(&f->server, f->data, 0);
    kiosk_enrol(&f->kiosk, f->data, f->server.port, "K0001");
    for (unsigned i = 0; i < 3; i++)
        f->card[i] = kit_card(i);
}

static void down(struct fixture *f, const void *data)
{
    kiosk_done(&f->kiosk);
    server_down(&f->server);
    for (unsigned i = 0; i < 3; i++)
        g_free(f->card[i]);
    kit_dir_done(f->data);
}

static void pay(struct fixture *f, struct payment *payment, unsigned card, int64_t fen, enum payment_state end)
{
    kit_payment(payment, f->card[card], NULL, fen);
    kiosk_pay(&f->kiosk, payment, end);
}

static void online_and_sent(struct fixture *f)
{
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
}

static void stop(struct fixture *f)
{
    kiosk_stop(&f->kiosk);
    g_clear_pointer(&f->kiosk.store, store_close);
}

static char *file_of(struct fixture *f, const char *name)
{
    return g_build_filename(f->kiosk.dir, name, NULL);
}

/* The disk as it lies, with the store closed: one file. */
static void disk_copy(struct fixture *f, const char *from, const char *to)
{
    g_autofree char *source = file_of(f, from), *target = file_of(f, to);
    g_autofree char *bytes = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(source, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(target, bytes, (gssize)len, NULL));
}

/* A copy of the whole disk brings its own sidecar; one of the database alone finds the newer one. */
static void disk_put_back(struct fixture *f)
{
    disk_copy(f, "copy", "kiosk.db");
    disk_copy(f, "copy-tail", "kiosk.db-tail");
}

static void disk_keep(struct fixture *f)
{
    disk_copy(f, "kiosk.db", "copy");
    disk_copy(f, "kiosk.db-tail", "copy-tail");
}

static void disk_remove(struct fixture *f, const char *name)
{
    g_autofree char *path = file_of(f, name);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static int64_t head_of(struct fixture *f)
{
    uint8_t hash[32];
    return store_head(f->kiosk.store, hash);
}

/* Journal whole and equal to the platform's; nothing refused; each payment of the kiosk there with its state. */
static void assert_believed(struct fixture *f, const struct payment *payments[], size_t count)
{
    g_autoptr(GError) error = NULL;

    bool chain = store_verify_chain(f->kiosk.store, 0, &error);
    g_assert_no_error(error);
    bool equal = store_rebuild(f->kiosk.store, &error);
    g_assert_no_error(error);
    g_assert_true(chain && equal);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM payment"), ==, (int64_t)count);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict<>'accepted'"), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*)-count(DISTINCT seq) FROM event"), ==, 0);
    for (size_t i = 0; i < count; i++) {
        struct payment *ours = store_payment(f->kiosk.store, payments[i]->id, &error);
        g_assert_no_error(error);
        g_assert_nonnull(ours);
        g_autofree char *query = g_strdup_printf("SELECT count(*) FROM payment WHERE id='%s' AND state='%s'",
                                                 payments[i]->id, payment_state_name(ours->state));
        g_assert_cmpint(platform_sql_int(f->data, query), ==, 1);
        payment_free(ours);
    }
    json_t *report = platform_ledger(f->data);
    kit_assert_ledger(report);
    json_decref(report);
}

/* ---- A copy put back ------------------------------------------------------------------------------------------------------- */

static void test_copy(struct fixture *f, const void *data)
{
    struct payment first, second, doubt, after;
    g_autoptr(GError) error = NULL;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    kiosk_stop(&f->kiosk);
    int64_t kept = head_of(f);
    stop(f);
    disk_keep(f);
    kiosk_open_store(&f->kiosk);
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    pay(f, &doubt, 2, 300, PAYMENT_IN_DOUBT);
    online_and_sent(f);
    kiosk_stop(&f->kiosk);
    int64_t told = head_of(f);
    stop(f);
    disk_put_back(f);
    kiosk_open_store(&f->kiosk);
    g_assert_cmpint(head_of(f), ==, kept);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 2);
    g_assert_cmpint(head_of(f), >, told); /* all of them, and journal.restored */
    g_assert_cmpint(store_payments_in_doubt(f->kiosk.store), ==, 1);
    /* How much the lost disk had not told is not known: no money until somebody has looked. */
    g_assert_cmpint(store_state(f->kiosk.store, NULL), ==, STORE_LOST);
    g_assert_true(store_state_set(f->kiosk.store, STORE_WHOLE, "", &error));
    pay(f, &after, 1, 400, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_believed(f, (const struct payment *[]){&first, &second, &doubt, &after}, 4);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM kiosk WHERE alarm='RESTORED'"), ==, 1);
    stop(f);
    kiosk_open_store(&f->kiosk); /* the enrolment's file still names the first epoch */
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 2);
}

/* ---- A copy that went on by itself: two lives from one row on ------------------------------------------------------------------ */

static void test_fork(struct fixture *f, const void *data)
{
    struct payment first, there, here, open;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    stop(f);
    disk_keep(f);
    kiosk_open_store(&f->kiosk);
    pay(f, &there, 1, 200, PAYMENT_CONFIRMED);
    online_and_sent(f);
    stop(f);
    disk_put_back(f);
    kiosk_open_store(&f->kiosk);
    pay(f, &here, 2, 300, PAYMENT_CONFIRMED); /* offline, at places that are taken */
    pay(f, &open, 0, 350, PAYMENT_COMMITTING);
    online_and_sent(f);
    /* Both lives are there; the payment that was under way is a doubt. */
    g_assert_cmpint(store_payments_in_doubt(f->kiosk.store), ==, 1);
    assert_believed(f, (const struct payment *[]){&first, &there, &here, &open}, 4);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
    stop(f);
    kiosk_open_store(&f->kiosk);
}

static void end_payment(struct fixture *f, struct payment *payment, enum payment_state end)
{
    g_autoptr(GError) error = NULL;

    payment_set_outcome(payment, end);
    if (end == PAYMENT_CONFIRMED)
        kit_tac(payment);
    json_t *data = payment_to_json(payment);
    g_assert_true(store_append(f->kiosk.store, payment_event_type(PAYMENT_PURCHASE, end), data, NULL, &error));
    json_decref(data);
}

static void assert_salvaged(struct fixture *f, int kept, int known, int recorded)
{
    g_autofree char *path = file_of(f, "kiosk.db");
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;

    stop(f);
    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT total(state='kept'), total(state='known'), total(state='recorded') FROM salvaged",
                                       -1, &stmt, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(stmt), ==, SQLITE_ROW);
    g_assert_cmpint(sqlite3_column_int(stmt, 0), ==, kept);
    g_assert_cmpint(sqlite3_column_int(stmt, 1), ==, known);
    g_assert_cmpint(sqlite3_column_int(stmt, 2), ==, recorded);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    kiosk_open_store(&f->kiosk);
}

/* One doubt that two lives of a disk end, the first one of them told at once. */
static void end_twice(struct fixture *f, struct payment *doubt, enum payment_state first)
{
    struct payment other;

    pay(f, doubt, 0, 100, PAYMENT_IN_DOUBT);
    online_and_sent(f);
    stop(f);
    disk_keep(f);
    kiosk_open_store(&f->kiosk);
    other = *doubt;
    end_payment(f, doubt, first);
    online_and_sent(f);
    stop(f);
    disk_put_back(f);
    kiosk_open_store(&f->kiosk);
    end_payment(f, &other, PAYMENT_CONFIRMED);
}

/* Both found the same: it is said once, and nobody has to look into that. */
static void test_fork_same_end(struct fixture *f, const void *data)
{
    struct payment doubt, after;

    end_twice(f, &doubt, PAYMENT_CONFIRMED);
    pay(f, &after, 1, 200, PAYMENT_CONFIRMED);
    online_and_sent(f);
    assert_believed(f, (const struct payment *[]){&doubt, &after}, 2);
    assert_salvaged(f, 0, 1, 2);
}

/* One of them found nothing, the other one has the card's proof: the platform hears of it, and its people. */
static void test_fork_other_end(struct fixture *f, const void *data)
{
    struct payment doubt;

    end_twice(f, &doubt, PAYMENT_VOID);
    online_and_sent(f);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM payment WHERE state='CONFIRMED' AND tac='OK'"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM alarm WHERE kind='VOID_BUT_PROVEN' AND named='K0001'"), ==, 1);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE verdict<>'accepted'"), ==, 0);
    g_autofree char *list = platform_run(f->data, "doubts", NULL, NULL);
    g_assert_nonnull(strstr(list, doubt.id));
    g_assert_nonnull(strstr(list, "VOID_BUT_PROVEN, named: K0001"));
    g_assert_nonnull(strstr(list, "doubt-settle ID paid by two people"));
    assert_salvaged(f, 0, 0, 1);
}

/* The same, but only the database was put back: the sidecar brings the rest, and nothing has to be asked for. */
static void test_sidecar_newer(struct fixture *f, const void *data)
{
    struct payment first, second, doubt, after;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    stop(f);
    disk_copy(f, "kiosk.db", "copy");
    kiosk_open_store(&f->kiosk);
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    pay(f, &doubt, 2, 300, PAYMENT_IN_DOUBT);
    int64_t head = head_of(f);
    stop(f); /* nothing of it was told */
    disk_copy(f, "copy", "kiosk.db");
    kiosk_open_store(&f->kiosk);
    g_assert_cmpint(head_of(f), ==, head);
    g_assert_cmpint(store_payments_in_doubt(f->kiosk.store), ==, 1);
    pay(f, &after, 0, 400, PAYMENT_CONFIRMED);
    online_and_sent(f);
    g_assert_cmpint(store_state(f->kiosk.store, NULL), ==, STORE_WHOLE);
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 1);
    assert_believed(f, (const struct payment *[]){&first, &second, &doubt, &after}, 4);
}

/* ---- A new disk ------------------------------------------------------------------------------------------------------------------ */

static void test_new_disk(struct fixture *f, const void *data)
{
    struct payment first, doubt, after;
    g_autoptr(GError) error = NULL;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    pay(f, &doubt, 1, 200, PAYMENT_IN_DOUBT);
    online_and_sent(f);
    stop(f);
    disk_remove(f, "kiosk.db");
    disk_remove(f, "kiosk.db-tail");
    kiosk_open_store(&f->kiosk);
    online_and_sent(f);
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 2);
    g_assert_cmpint(store_payments_in_doubt(f->kiosk.store), ==, 1);
    g_assert_true(store_state_set(f->kiosk.store, STORE_WHOLE, "", &error));
    pay(f, &after, 2, 300, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_believed(f, (const struct payment *[]){&first, &doubt, &after}, 3);
}

/* ---- Enrolled anew while rows wait ------------------------------------------------------------------------------------------------- */

static void test_enrolled_anew(struct fixture *f, const void *data)
{
    struct payment first, waiting, after;
    g_autoptr(GError) error = NULL;
    g_autofree char *code = NULL, *ca = g_build_filename(f->data, "ca.pem", NULL);

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    kiosk_stop(&f->kiosk);
    int64_t told = head_of(f);
    pay(f, &waiting, 1, 200, PAYMENT_CONFIRMED);
    stop(f);
    code = platform_run(f->data, "enrol-code", "K0001", NULL);
    g_assert_true(sync_enrol(f->kiosk.dir, f->kiosk.url, ca, "K0001", code, &error));
    g_assert_true(sync_identity_load(f->kiosk.dir, &f->kiosk.identity, &error));
    g_assert_cmpint(f->kiosk.identity.epoch, ==, 2);
    g_assert_cmpint(f->kiosk.identity.head_seq, ==, told);
    kiosk_open_store(&f->kiosk);
    pay(f, &after, 2, 300, PAYMENT_CONFIRMED);
    online_and_sent(f);
    g_assert_cmpint(store_state(f->kiosk.store, NULL), ==, STORE_WHOLE);
    assert_believed(f, (const struct payment *[]){&first, &waiting, &after}, 3);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM event WHERE epoch=1"), ==, told + 2);
}

/* ---- The platform's disk is the copy ---------------------------------------------------------------------------------------------- */

static void platform_disk_copy(struct fixture *f, const char *from, const char *to)
{
    g_autofree char *source = g_build_filename(f->data, from, NULL), *target = g_build_filename(f->data, to, NULL);
    g_autofree char *bytes = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(source, &bytes, &len, NULL));
    g_assert_true(g_file_set_contents(target, bytes, (gssize)len, NULL));
}

/* What it had acknowledged since is told again; `running`: to a kiosk that goes on, or to one that is started again. */
static void test_platform_copy(struct fixture *f, const void *running)
{
    struct payment first, second, doubt, after;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    server_down(&f->server);
    platform_disk_copy(f, "platform.db", "copy");
    server_up(&f->server, f->data, f->server.port);
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    pay(f, &doubt, 2, 300, PAYMENT_IN_DOUBT);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    if (running == NULL)
        kiosk_stop(&f->kiosk);
    server_down(&f->server);
    platform_disk_copy(f, "copy", "platform.db");
    server_up(&f->server, f->data, f->server.port);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM payment"), ==, 1);
    pay(f, &after, 1, 400, PAYMENT_CONFIRMED);
    if (running == NULL)
        kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 1);
    g_assert_cmpint(store_state(f->kiosk.store, NULL), ==, STORE_WHOLE);
    assert_believed(f, (const struct payment *[]){&first, &second, &doubt, &after}, 4);
}

/* ---- What kiosks were given since that moment: a certificate, an epoch, a hotlist, a place in the feed ------------------------------ */

static void platform_put_back(struct fixture *f, gint64 moment_s)
{
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(moment_s);
    g_autofree char *text = g_date_time_format_iso8601(at), *option = g_strconcat("--at=", text, NULL);

    server_down(&f->server);
    platform_disk_copy(f, "copy", "platform.db");
    g_free(platform_run(f->data, "restored", NULL, option));
    server_up(&f->server, f->data, f->server.port);
}

static void platform_keep(struct fixture *f)
{
    server_down(&f->server);
    platform_disk_copy(f, "platform.db", "copy");
    server_up(&f->server, f->data, f->server.port);
}

static void test_platform_forgot_epoch(struct fixture *f, const void *data)
{
    struct payment first, second, third, after;
    g_autoptr(GError) error = NULL;
    gint64 moment_s;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    kiosk_stop(&f->kiosk);
    stop(f);
    disk_keep(f);
    kiosk_open_store(&f->kiosk);
    online_and_sent(f);
    platform_keep(f);
    moment_s = g_get_real_time() / G_USEC_PER_SEC;
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    stop(f);
    disk_put_back(f); /* the kiosk's own disk, too: it gets its rows back and a second epoch */
    kiosk_open_store(&f->kiosk);
    online_and_sent(f);
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 2);
    g_assert_true(store_state_set(f->kiosk.store, STORE_WHOLE, "", &error));
    pay(f, &third, 2, 300, PAYMENT_IN_DOUBT);
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_free(platform_run(f->data, "card-lost", f->card[0], NULL));
    platform_put_back(f, moment_s);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM payment"), ==, 1);
    pay(f, &after, 1, 400, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    g_assert_cmpint(store_epoch(f->kiosk.store), ==, 2);
    assert_believed(f, (const struct payment *[]){&first, &second, &third, &after}, 4);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT max(version) FROM hotlist"), >, 1000000);
}

static void test_platform_forgot_certificate(struct fixture *f, const void *data)
{
    struct payment first, second, after;
    g_autoptr(GError) error = NULL;
    g_autofree char *code = NULL, *ca = g_build_filename(f->data, "ca.pem", NULL);
    gint64 moment_s;

    pay(f, &first, 0, 100, PAYMENT_CONFIRMED);
    online_and_sent(f);
    platform_keep(f);
    g_usleep(1100000); /* certificates tell whole seconds */
    moment_s = g_get_real_time() / G_USEC_PER_SEC;
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    stop(f);
    code = platform_run(f->data, "enrol-code", "K0001", NULL);
    g_assert_true(sync_enrol(f->kiosk.dir, f->kiosk.url, ca, "K0001", code, &error));
    g_assert_true(sync_identity_load(f->kiosk.dir, &f->kiosk.identity, &error));
    kiosk_open_store(&f->kiosk);
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    online_and_sent(f);
    g_usleep(1100000);
    platform_put_back(f, moment_s);
    pay(f, &after, 2, 400, PAYMENT_CONFIRMED);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    g_assert_true(kiosk_wait_sent(&f->kiosk));
    assert_believed(f, (const struct payment *[]){&first, &second, &after}, 3);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT count(*) FROM refusal"), ==, 0);
    g_assert_cmpint(platform_sql_int(f->data, "SELECT max(epoch) FROM kiosk WHERE id='K0001'"), ==, 2);
    /* And enrolled anew after that: no number is given twice. */
    stop(f);
    g_free(code);
    code = platform_run(f->data, "enrol-code", "K0001", NULL);
    g_assert_true(sync_enrol(f->kiosk.dir, f->kiosk.url, ca, "K0001", code, &error));
    g_assert_true(sync_identity_load(f->kiosk.dir, &f->kiosk.identity, &error));
    g_assert_cmpint(f->kiosk.identity.epoch, >, 60);
    kiosk_open_store(&f->kiosk);
    online_and_sent(f);
}

/* Without the mark nothing is taken on a kiosk's word: it stays out, and its events with it. */
static void test_platform_not_marked(struct fixture *f, const void *data)
{
    struct payment second;
    g_autoptr(GError) error = NULL;
    g_autofree char *code = NULL, *ca = g_build_filename(f->data, "ca.pem", NULL);

    online_and_sent(f);
    platform_keep(f);
    g_assert_true(kiosk_wait_online(&f->kiosk, true));
    stop(f);
    code = platform_run(f->data, "enrol-code", "K0001", NULL);
    g_assert_true(sync_enrol(f->kiosk.dir, f->kiosk.url, ca, "K0001", code, &error));
    g_assert_true(sync_identity_load(f->kiosk.dir, &f->kiosk.identity, &error));
    kiosk_open_store(&f->kiosk);
    pay(f, &second, 1, 200, PAYMENT_CONFIRMED);
    server_down(&f->server);
    platform_disk_copy(f, "copy", "platform.db");
    server_up(&f->server, f->data, f->server.port);
    kiosk_start(&f->kiosk);
    g_assert_true(kiosk_wait_online(&f->kiosk, false));
    g_assert_cmpint(store_outbox_waiting(f->kiosk.store), >, 0);
    g_assert_cmpint(store_refused_count(f->kiosk.store), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/platform/restore/copy", struct fixture, NULL, up, test_copy, down);
    g_test_add("/platform/restore/fork", struct fixture, NULL, up, test_fork, down);
    g_test_add("/platform/restore/fork-same-end", struct fixture, NULL, up, test_fork_same_end, down);
    g_test_add("/platform/restore/fork-other-end", struct fixture, NULL, up, test_fork_other_end, down);
    g_test_add("/platform/restore/sidecar-newer", struct fixture, NULL, up, test_sidecar_newer, down);
    g_test_add("/platform/restore/new-disk", struct fixture, NULL, up, test_new_disk, down);
    g_test_add("/platform/restore/enrolled-anew", struct fixture, NULL, up, test_enrolled_anew, down);
    g_test_add("/platform/restore/platform-forgot-epoch", struct fixture, NULL, up, test_platform_forgot_epoch, down);
    g_test_add("/platform/restore/platform-forgot-certificate", struct fixture, NULL, up, test_platform_forgot_certificate, down);
    g_test_add("/platform/restore/platform-not-marked", struct fixture, NULL, up, test_platform_not_marked, down);
    g_test_add("/platform/restore/platform-copy", struct fixture, NULL, up, test_platform_copy, down);
    g_test_add("/platform/restore/platform-copy-running", struct fixture, "running", up, test_platform_copy, down);
    return g_test_run();
}
