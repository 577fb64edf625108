/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs, states of the journal, and databases of older versions. */
#include "fixture.h"
#include "version1.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>

static int64_t head_of(struct store *store)
{
    uint8_t hash[32];
    return store_head(store, hash);
}

static void acknowledge_all(struct store *store)
{
    g_autoptr(GError) error = NULL;

    for (;;) {
        g_autoptr(GPtrArray) rows = store_outbox(store, 100, SIZE_MAX, &error);
        g_assert_no_error(error);
        if (rows->len == 0)
            return;
        for (guint i = 0; i < rows->len; i++) {
            struct store_verdict_row verdict = {.seq = ((struct store_row *)rows->pdata[i])->seq};
            g_assert_true(store_outbox_verdicts(store, &verdict, 1, &error));
        }
    }
}

/* ---- Version 1 ------------------------------------------------------------------------------------------------------ */

static void test_version_1(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct payment first, second, doubt;
    struct payment paid;

    fixture_close(fixture);
    g_assert_cmpint(g_unlink(fixture->path), ==, 0);
    payment_make(&first, CARD, "bill-1", 100);
    first.state = PAYMENT_COMMITTING;
    paid = first;
    paid.state = PAYMENT_CONFIRMED;
    payment_make(&second, OTHER, "bill-2", 200);
    second.state = PAYMENT_COMMITTING;
    doubt = second;
    doubt.state = PAYMENT_IN_DOUBT;
    version1_make(fixture->path, &fixture->identity, (struct payment *[]){&first, &paid, &second, &doubt},
                  (const char *[]){"payment.committing", "payment.confirmed", "payment.committing", "payment.in_doubt"},
                  4);
    fixture_open(fixture);
    g_assert_cmpint(head_of(fixture->store), ==, 4);
    g_assert_cmpint(store_epoch(fixture->store), ==, 1);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 2);
    g_assert_cmpint(store_refused_count(fixture->store), ==, 1);
    g_assert_cmpint(store_payments_in_doubt(fixture->store), ==, 1);
    g_autofree char *cursor = store_cursor(fixture->store);
    g_assert_cmpstr(cursor, ==, ""); /* what was cached of persons was in clear: it is asked for anew */
    fact_put(fixture->store, 5, NULL);
    assert_sound(fixture->store);
    fixture_close(fixture);
    /* Copied, and the old one gone once each row was found in the new one. */
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM sqlite_schema WHERE name='old_1_journal'"), ==, 0);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM journal WHERE seq<=4"), ==, 4);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM notice"), ==, 1);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

/* A row of the old table that the journal does not have: nothing of it goes. */
static void test_version_1_kept(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 1, NULL);
    fixture_close(fixture);
    raw_sql(fixture->path, "CREATE TABLE old_1_journal AS SELECT * FROM journal; UPDATE old_1_journal SET body=body||' '");
    fixture_open(fixture);
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM old_1_journal"), ==, 1);
    raw_sql(fixture->path, "UPDATE old_1_journal SET body=rtrim(body); INSERT INTO old_1_refused VALUES(1,'rejected','DATA',5)");
    fixture_open(fixture);
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM sqlite_schema WHERE name='old_1_journal'"), ==, 0);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM old_1_refused"), ==, 1);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

static void test_version_1_empty(struct fixture *fixture, const void *data)
{
    fixture_close(fixture);
    g_assert_cmpint(g_unlink(fixture->path), ==, 0);
    version1_make(fixture->path, &fixture->identity, NULL, NULL, 0);
    raw_sql(fixture->path, "DELETE FROM refused; UPDATE meta SET value=0 WHERE key='acked_seq'");
    fixture_open(fixture);
    fact_put(fixture->store, 1, NULL);
    g_assert_cmpint(head_of(fixture->store), ==, 1);
    assert_sound(fixture->store);
}

/* ---- Enrolled anew ---------------------------------------------------------------------------------------------------- */

static void enrol_again(struct fixture *fixture, int epoch, int64_t head_seq)
{
    fixture_close(fixture);
    fixture->identity.epoch = epoch;
    fixture->identity.head_seq = head_seq;
    memset(fixture->identity.chain_nonce, 0xD0 + epoch, sizeof fixture->identity.chain_nonce);
    fixture_open(fixture);
}

static void test_enrolled_anew(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fact_put(fixture->store, 1, NULL);
    fact_put(fixture->store, 2, NULL);
    enrol_again(fixture, 2, 1);
    g_assert_cmpint(store_epoch(fixture->store), ==, 2);
    g_assert_cmpint(head_of(fixture->store), ==, 2);
    fact_put(fixture->store, 3, NULL);
    g_assert_cmpint(head_of(fixture->store), ==, 3); /* numbers go on */
    assert_sound(fixture->store);
    /* What waits goes out in its own epoch, one epoch a batch. */
    g_autoptr(GPtrArray) old = store_outbox(fixture->store, 100, SIZE_MAX, &error);
    g_assert_cmpuint(old->len, ==, 2);
    g_assert_cmpint(((struct store_row *)old->pdata[1])->epoch, ==, 1);
    acknowledge_all(fixture->store);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 0);
    enrol_again(fixture, 3, 3);
    fact_put(fixture->store, 4, NULL);
    g_autoptr(GPtrArray) fresh = store_outbox(fixture->store, 100, SIZE_MAX, &error);
    g_assert_cmpuint(fresh->len, ==, 1);
    struct store_row *row = fresh->pdata[0];
    g_assert_cmpint(row->epoch, ==, 3);
    g_assert_cmpmem(row->prev, 32, fixture->identity.chain_nonce, 32); /* an epoch begins with its nonce */
    assert_sound(fixture->store);
}

/* The platform has more of us than this disk: numbers that it knows are not taken again. */
static void test_gap(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 1, NULL);
    fact_put(fixture->store, 2, NULL);
    enrol_again(fixture, 2, 40);
    fact_put(fixture->store, 3, NULL);
    g_assert_cmpint(head_of(fixture->store), ==, 41);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 3);
    acknowledge_all(fixture->store);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 0);
    fact_put(fixture->store, 4, NULL);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 1);
    assert_sound(fixture->store);
    fixture_close(fixture);
    fixture_open(fixture);
    g_assert_cmpint(head_of(fixture->store), ==, 42);
    assert_sound(fixture->store);
}

static void test_empty_epochs(struct fixture *fixture, const void *data)
{
    enrol_again(fixture, 2, 7);
    enrol_again(fixture, 4, 7); /* numbers of epochs may have holes */
    fact_put(fixture->store, 1, NULL);
    g_assert_cmpint(head_of(fixture->store), ==, 8);
    assert_sound(fixture->store);
    fixture_close(fixture);
    fixture->identity.epoch = 2; /* an older enrolment file: what the store knows is newer */
    memset(fixture->identity.chain_nonce, 0xD2, sizeof fixture->identity.chain_nonce);
    fixture_open(fixture);
    g_assert_cmpint(store_epoch(fixture->store), ==, 4);
}

static void test_gap_tampered(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    for (int i = 1; i <= 4; i++)
        fact_put(fixture->store, i, NULL);
    enrol_again(fixture, 2, 4);
    fact_put(fixture->store, 5, NULL);
    fixture_close(fixture);
    /* An epoch that claims to begin later hides no row. */
    raw_sql(fixture->path, "DROP TRIGGER epoch_no_update; UPDATE epoch SET first_seq=4 WHERE epoch=2");
    struct store *store = store_open(fixture->path, &fixture->identity, &error);
    g_assert_null(store);
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CHAIN);
}

/* ---- States ------------------------------------------------------------------------------------------------------------- */

static void test_waits(struct fixture *fixture, const void *data)
{
    GError *error = NULL;
    struct payment payment;
    g_autofree char *reason = NULL, *none = NULL;

    fact_put(fixture->store, 1, NULL);
    g_assert_cmpint(store_state(fixture->store, &none), ==, STORE_WHOLE);
    g_assert_cmpstr(none, ==, "");
    g_assert_true(store_state_set(fixture->store, STORE_WAITS, "restored", &error));
    fixture_close(fixture);
    fixture_open(fixture); /* outlives a stop */
    g_assert_cmpint(store_state(fixture->store, &reason), ==, STORE_WAITS);
    g_assert_cmpstr(reason, ==, "restored");
    payment_make(&payment, CARD, NULL, 100);
    g_assert_false(payment_write(fixture->store, &payment, PAYMENT_COMMITTING, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    g_assert_cmpint(head_of(fixture->store), ==, 1);
    g_assert_true(store_state_set(fixture->store, STORE_LOST, "restored", &error));
    fact_put(fixture->store, 2, NULL);
    assert_sound(fixture->store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/epochs/version-1", test_version_1);
    FIXTURE_ADD("/store/epochs/version-1-empty", test_version_1_empty);
    FIXTURE_ADD("/store/epochs/version-1-kept", test_version_1_kept);
    FIXTURE_ADD("/store/epochs/enrolled-anew", test_enrolled_anew);
    FIXTURE_ADD("/store/epochs/gap", test_gap);
    FIXTURE_ADD("/store/epochs/empty", test_empty_epochs);
    FIXTURE_ADD("/store/epochs/gap-tampered", test_gap_tampered);
    FIXTURE_ADD("/store/epochs/waits", test_waits);
    return g_test_run();
}
