/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases that are damaged, cut off, or somebody else's: set aside whole, and a new one that waits, with what can be read of
 * the old. With the rows that the platform has, and an epoch, everything is there again: open doubts above all.
 */
#include "fixture.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>

#define CARDS 24

struct damage {
    struct fixture base;
    GPtrArray *acknowledged; /* of struct store_row: what the platform has */
    char doubt[37], waiting[37], open[37];
    GBytes *before; /* the file, closed */
};

static void pay(struct store *store, const char *card, int64_t fen, enum payment_state end, char id[37])
{
    struct payment payment;

    payment_make(&payment, card, NULL, fen);
    payment_put(store, &payment, PAYMENT_COMMITTING);
    if (end != PAYMENT_COMMITTING)
        payment_put(store, &payment, end);
    if (id != NULL)
        g_strlcpy(id, payment.id, 37);
}

/* Half of it acknowledged; then a doubt, a payment and one that is under way, which nobody else knows of. */
static void up(struct damage *d, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_up(&d->base, NULL);
    for (int i = 0; i < CARDS; i++) {
        g_autofree char *card = g_strdup_printf("99010000000%05d", i);
        pay(d->base.store, card, 100 + i, PAYMENT_CONFIRMED, NULL);
    }
    pay(d->base.store, CARD, 777, PAYMENT_IN_DOUBT, NULL);
    d->acknowledged = store_outbox(d->base.store, 1000, SIZE_MAX, &error);
    g_assert_cmpuint(d->acknowledged->len, ==, 2 * CARDS + 2);
    for (guint i = 0; i < d->acknowledged->len; i++) {
        struct store_verdict_row verdict = {.seq = ((struct store_row *)d->acknowledged->pdata[i])->seq};
        g_assert_true(store_outbox_verdicts(d->base.store, &verdict, 1, &error));
    }
    pay(d->base.store, "9901000000009001", 300, PAYMENT_IN_DOUBT, d->doubt);
    pay(d->base.store, "9901000000009002", 400, PAYMENT_CONFIRMED, d->waiting);
    pay(d->base.store, OTHER, 500, PAYMENT_COMMITTING, d->open);
    fixture_close(&d->base);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    g_assert_true(g_file_get_contents(d->base.path, &bytes, &len, NULL));
    d->before = g_bytes_new(bytes, len);
}

static void down(struct damage *d, const void *data)
{
    g_bytes_unref(d->before);
    g_ptr_array_unref(d->acknowledged);
    fixture_down(&d->base, NULL);
}

static void file_set(struct damage *d, const void *bytes, gsize len)
{
    static const char *const BESIDE[] = {"-wal", "-shm"};

    for (size_t i = 0; i < G_N_ELEMENTS(BESIDE); i++) {
        g_autofree char *path = g_strconcat(d->base.path, BESIDE[i], NULL);
        g_unlink(path);
    }
    g_assert_true(g_file_set_contents(d->base.path, bytes, (gssize)len, NULL));
}

static int quarantined(struct damage *d)
{
    g_autofree char *root = g_build_filename(d->base.dir, "quarantine", NULL);
    GDir *dir = g_dir_open(root, 0, NULL);
    int count = 0;

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        count++;
    g_clear_pointer(&dir, g_dir_close);
    return count;
}

static void reopen(struct damage *d)
{
    g_autoptr(GError) error = NULL;

    d->base.store = store_open_or_salvage(d->base.path, &d->base.identity, &error);
    g_assert_no_error(error);
}

/* The platform's part, as the sync worker plays it. */
static void make_whole_as(struct damage *d, int epoch)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct store_verdict_row *verdicts = g_new0(struct store_verdict_row, d->acknowledged->len);
    const struct store_row *last = d->acknowledged->pdata[d->acknowledged->len - 1];
    uint8_t nonce[32];

    for (guint i = 0; i < d->acknowledged->len; i++)
        verdicts[i].seq = ((struct store_row *)d->acknowledged->pdata[i])->seq;
    memset(nonce, 0x22, sizeof nonce);
    bool adopted = store_rows_adopt(d->base.store, (struct store_row *const *)d->acknowledged->pdata, verdicts,
                                    d->acknowledged->len, &error);
    g_assert_no_error(error);
    bool opened = adopted && store_epoch_open(d->base.store, epoch, nonce, last->seq, &error);
    g_assert_no_error(error);
    g_assert_true(opened);
}

static void make_whole(struct damage *d)
{
    make_whole_as(d, 2);
}

static void assert_state(struct store *store, const char *id, enum payment_state state)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment(store, id, &error);

    g_assert_no_error(error);
    g_assert_nonnull(payment);
    g_assert_cmpint(payment->state, ==, state);
    payment_free(payment);
}

/* Everything, whatever was damaged: the acknowledged rows come from the platform, the others from the file or its sidecar. */
static void assert_all_there(struct damage *d)
{
    struct payment payment;
    uint8_t hash[32];

    g_assert_cmpint(store_payments_in_doubt(d->base.store), ==, 3);
    assert_state(d->base.store, d->doubt, PAYMENT_IN_DOUBT);
    assert_state(d->base.store, d->waiting, PAYMENT_CONFIRMED);
    assert_state(d->base.store, d->open, PAYMENT_IN_DOUBT);
    assert_sound(d->base.store);
    g_assert_cmpint(store_epoch(d->base.store), ==, 2);
    g_assert_cmpint(store_head(d->base.store, hash), >, 2 * CARDS + 7);
    /* The card of an open doubt takes no other payment. */
    payment_make(&payment, OTHER, NULL, 1);
    GError *error = NULL;
    g_assert_false(payment_write(d->base.store, &payment, PAYMENT_COMMITTING, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
}

static void close_and_forget(struct damage *d)
{
    g_autofree char *root = g_build_filename(d->base.dir, "quarantine", NULL);
    g_autofree char *tail = g_strconcat(d->base.path, "-tail", NULL);

    fixture_close(&d->base);
    fixture_remove(root);
    g_unlink(tail);
}

/* ---- Each page in turn --------------------------------------------------------------------------------------------------------- */

static void test_each_page(struct damage *d, const void *with_sidecar)
{
    gsize len = 0;
    const uint8_t *bytes = g_bytes_get_data(d->before, &len);
    g_autofree char *tail = g_strconcat(d->base.path, "-tail", NULL);
    g_autofree char *tail_bytes = NULL;
    gsize tail_len = 0;
    int damaged = 0, whole = 0;

    g_assert_true(g_file_get_contents(tail, &tail_bytes, &tail_len, NULL));
    for (gsize page = 0; page * 4096 < len; page++) {
        g_autofree uint8_t *copy = g_memdup2(bytes, len);
        memset(copy + page * 4096, 0xA5, 4096);
        file_set(d, copy, len);
        if (with_sidecar != NULL)
            g_assert_true(g_file_set_contents(tail, tail_bytes, (gssize)tail_len, NULL));
        reopen(d);
        if (quarantined(d) > 0) {
            damaged++;
            g_assert_cmpint(store_state(d->base.store, NULL), ==, STORE_WAITS);
            make_whole(d);
            enum store_state state = store_state(d->base.store, NULL);
            whole += state == STORE_WHOLE;
            /* What stood on the page itself may be gone without a sidecar, and then it is said. */
            if (with_sidecar != NULL || state == STORE_WHOLE)
                assert_all_there(d);
            else
                assert_sound(d->base.store);
        }
        close_and_forget(d);
    }
    g_assert_cmpint(damaged, >=, 10);
    g_test_message("%d damaged pages seen, %d times nothing was missing", damaged, whole);
    if (with_sidecar != NULL)
        g_assert_cmpint(whole, ==, damaged);
}

/* ---- Cut off -------------------------------------------------------------------------------------------------------------------- */

static void test_cut(struct damage *d, const void *data)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(d->before, &len);
    g_autofree char *tail = g_strconcat(d->base.path, "-tail", NULL);
    g_autofree char *tail_bytes = NULL;
    gsize tail_len = 0;

    g_assert_true(g_file_get_contents(tail, &tail_bytes, &tail_len, NULL));
    for (gsize keep = 100; keep < MIN(len, 200000); keep += 9973) {
        file_set(d, bytes, keep);
        g_assert_true(g_file_set_contents(tail, tail_bytes, (gssize)tail_len, NULL));
        reopen(d);
        g_assert_cmpint(quarantined(d), ==, 1);
        make_whole(d);
        assert_all_there(d);
        close_and_forget(d);
    }
}

/* ---- Kept as it was ------------------------------------------------------------------------------------------------------------- */

static void test_kept(struct damage *d, const void *data)
{
    gsize len = 0;
    const uint8_t *bytes = g_bytes_get_data(d->before, &len);
    g_autofree uint8_t *copy = g_memdup2(bytes, len);
    g_autofree char *root = g_build_filename(d->base.dir, "quarantine", NULL);

    memset(copy, 0, 4096);
    file_set(d, copy, len);
    reopen(d);
    GDir *dir = g_dir_open(root, 0, NULL);
    g_autofree char *kept_path = g_build_filename(root, g_dir_read_name(dir), "kiosk.db", NULL);
    g_dir_close(dir);
    g_autofree char *kept = NULL;
    gsize kept_len = 0;
    g_assert_true(g_file_get_contents(kept_path, &kept, &kept_len, NULL));
    g_assert_cmpmem(kept, kept_len, copy, len);
    /* Nothing is appended until the platform has told an epoch; what can be read is read. */
    struct payment payment;
    GError *error = NULL;
    payment_make(&payment, "9901000000009009", NULL, 1);
    g_assert_false(payment_write(d->base.store, &payment, PAYMENT_COMMITTING, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    g_autoptr(GPtrArray) notices = store_notices(d->base.store, 20261122, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(notices->len, ==, 0);
    fixture_close(&d->base); /* stopped before the platform answered */
    reopen(d);
    g_assert_cmpint(store_state(d->base.store, NULL), ==, STORE_WAITS);
    g_assert_cmpint(quarantined(d), ==, 1);
    make_whole(d);
    assert_all_there(d);
}

/* Stopped (or out of room) after the old file was moved and before what it holds was in the new one: gone on from there. */
static void test_stopped(struct damage *d, const void *data)
{
    fixture_tail_remove(&d->base);
    for (int made = 0; made < 3; made++) {
        g_autofree char *folder = g_build_filename(d->base.dir, "quarantine", "20261122T000000Z", NULL);
        g_autofree char *to = g_build_filename(folder, "kiosk.db", NULL), *note = g_strconcat(d->base.path, "-damaged", NULL);
        gsize len = 0;
        const void *bytes = g_bytes_get_data(d->before, &len);

        file_set(d, bytes, len);
        g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
        g_assert_true(g_file_set_contents(note, "20261122T000000Z", -1, NULL));
        if (made > 0) /* 0: only the note was written */
            g_assert_cmpint(g_rename(d->base.path, to), ==, 0);
        if (made > 1) /* the new file was begun */
            g_assert_true(g_file_set_contents(d->base.path, "", 0, NULL));
        reopen(d);
        g_assert_cmpint(quarantined(d), ==, 1);
        g_assert_false(g_file_test(note, G_FILE_TEST_EXISTS));
        g_assert_cmpint(store_state(d->base.store, NULL), ==, STORE_WAITS);
        make_whole(d);
        assert_all_there(d);
        close_and_forget(d);
    }
    fixture_open(&d->base);
}

/* Where the database has this body is nothing any more. */
static void destroy(struct damage *d, const char *body)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(d->base.path, &bytes, &len, NULL));
    char *at = memmem(bytes, len, body, strlen(body));
    g_assert_nonnull(at);
    memset(bytes + (at - bytes) / 4096 * 4096, 0, 4096);
    file_set(d, bytes, len);
}

/* Facts behind a hole are recorded again at other places. The next damaged file has them at both, and each is one fact. */
static void test_twice(struct damage *d, const void *data)
{
    destroy(d, ((const struct store_row *)d->acknowledged->pdata[4])->body);
    reopen(d);
    make_whole(d);
    assert_all_there(d);
    fixture_close(&d->base);
    raw_sql(d->base.path, "DROP TRIGGER journal_no_update; UPDATE journal SET at_ms=at_ms+1 WHERE seq=3");
    reopen(d);
    g_assert_cmpint(quarantined(d), ==, 2);
    make_whole_as(d, 3);
    g_assert_cmpint(store_payments_in_doubt(d->base.store), ==, 3);
    assert_state(d->base.store, d->doubt, PAYMENT_IN_DOUBT);
    assert_state(d->base.store, d->waiting, PAYMENT_CONFIRMED);
    assert_state(d->base.store, d->open, PAYMENT_IN_DOUBT);
    assert_sound(d->base.store);
}

/* A broken chain in an otherwise sound file. */
static void test_chain(struct damage *d, const void *data)
{
    raw_sql(d->base.path, "DROP TRIGGER journal_no_update; UPDATE journal SET body=replace(body,'777','778') WHERE seq=49");
    reopen(d);
    g_assert_cmpint(quarantined(d), ==, 1);
    make_whole(d);
    assert_all_there(d);
}

static void test_foreign(struct damage *d, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;

    g_strlcpy(d->base.identity.kiosk_id, "K0777", sizeof d->base.identity.kiosk_id);
    reopen(d);
    g_assert_cmpint(quarantined(d), ==, 1);
    g_assert_cmpint(store_state(d->base.store, &reason), ==, STORE_WAITS);
    g_assert_cmpint(store_payments_in_doubt(d->base.store), ==, 0); /* another kiosk's facts are not ours to tell */
    fixture_close(&d->base);
    g_assert_true(g_file_set_contents(d->base.path, "a letter, no database; long enough to have a header, if it had one, of a"
                                                    " hundred bytes or so in front of whatever it would be about",
                                      -1, NULL));
    reopen(d);
    g_assert_cmpint(quarantined(d), ==, 2);
}

/* ---- A new disk -------------------------------------------------------------------------------------------------------------------- */

static void test_new(struct damage *d, const void *data)
{
    g_autofree char *reason = NULL, *again = NULL;

    g_assert_cmpint(g_unlink(d->base.path), ==, 0);
    fixture_tail_remove(&d->base);
    if (data != NULL) /* an earlier start made it, and got no further */
        g_assert_true(g_file_set_contents(d->base.path, "", 0, NULL));
    reopen(d);
    g_assert_cmpint(quarantined(d), ==, 0);
    g_assert_cmpint(store_state(d->base.store, &reason), ==, STORE_WAITS);
    g_assert_cmpstr(reason, ==, "new");
    fixture_close(&d->base);
    reopen(d); /* it is there now, and still new */
    g_assert_cmpint(store_state(d->base.store, &again), ==, STORE_WAITS);
    make_whole(d);
    g_assert_cmpint(store_payments_in_doubt(d->base.store), ==, 1);
    g_assert_cmpint(store_state(d->base.store, NULL), ==, STORE_LOST); /* how far the old one went nobody knows */
    assert_sound(d->base.store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/store/damage/each-page", struct damage, NULL, up, test_each_page, down);
    g_test_add("/store/damage/each-page-sidecar", struct damage, "sidecar", up, test_each_page, down);
    g_test_add("/store/damage/cut", struct damage, NULL, up, test_cut, down);
    g_test_add("/store/damage/kept", struct damage, NULL, up, test_kept, down);
    g_test_add("/store/damage/twice", struct damage, NULL, up, test_twice, down);
    g_test_add("/store/damage/stopped", struct damage, NULL, up, test_stopped, down);
    g_test_add("/store/damage/chain", struct damage, NULL, up, test_chain, down);
    g_test_add("/store/damage/foreign", struct damage, NULL, up, test_foreign, down);
    g_test_add("/store/damage/new", struct damage, NULL, up, test_new, down);
    g_test_add("/store/damage/new-begun", struct damage, "begun", up, test_new, down);
    return g_test_run();
}
