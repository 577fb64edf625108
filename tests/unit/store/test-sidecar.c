/* SPDX-License-Identifier: Apache-2.0 */
/* The sidecar as the only place of the last rows: power cuts whose WAL is gone, files that cannot be read, damage, epochs. */
#include "fixture.h"
#include "faultvfs.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static int64_t head_of(struct store *store)
{
    uint8_t hash[32];
    return store_head(store, hash);
}

static char *beside(const struct fixture *fixture, const char *ending)
{
    return g_strconcat(fixture->path, ending, NULL);
}

/* ---- Power cuts: the database as it lay on the medium, the sidecar as it is ----------------------------------------- */

struct medium {
    char *bytes, *wal;
    gsize len, wal_len;
};

static struct medium medium_of(struct fixture *fixture)
{
    g_autofree char *wal = beside(fixture, "-wal");
    struct medium medium = {0};

    g_assert_true(g_file_get_contents(fixture->path, &medium.bytes, &medium.len, NULL));
    g_assert_true(g_file_get_contents(wal, &medium.wal, &medium.wal_len, NULL));
    return medium;
}

/* What the database has right after a start is flushed: this much survives the next cut. */
static struct medium flushed(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
    return medium_of(fixture);
}

static void cut(struct fixture *fixture, struct medium *medium)
{
    g_autofree char *wal = beside(fixture, "-wal"), *tail = beside(fixture, "-tail"), *bytes = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(tail, &bytes, &len, NULL));
    fixture_close(fixture);
    g_assert_true(g_file_set_contents(fixture->path, medium->bytes, (gssize)medium->len, NULL));
    g_assert_true(g_file_set_contents(wal, medium->wal, (gssize)medium->wal_len, NULL));
    g_assert_true(g_file_set_contents(tail, bytes, (gssize)len, NULL));
    g_clear_pointer(&medium->bytes, g_free);
    g_clear_pointer(&medium->wal, g_free);
}

static void assert_head(struct fixture *fixture, int64_t head, enum store_state state)
{
    g_autofree char *reason = NULL;

    g_assert_cmpint(head_of(fixture->store), ==, head);
    g_assert_cmpint(store_state(fixture->store, &reason), ==, state);
    assert_sound(fixture->store);
}

static void cut_holds(struct fixture *fixture, struct medium *medium, int64_t head)
{
    cut(fixture, medium);
    fixture_open(fixture);
    assert_head(fixture, head, STORE_WHOLE);
}

static void test_cut(struct fixture *fixture, const void *data)
{
    struct medium medium = flushed(fixture);

    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    cut_holds(fixture, &medium, 5);
}

/* The platform knew more rows than this disk has: the first one written here is not number one. */
static void test_cut_behind_gap(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 0, NULL);
    fixture_close(fixture);
    fixture->identity.epoch = 2;
    fixture->identity.head_seq = 40;
    memset(fixture->identity.chain_nonce, 0xD4, 32);
    fixture_open(fixture);
    struct medium medium = flushed(fixture);
    for (int i = 0; i < 3; i++)
        fact_put(fixture->store, i, NULL);
    cut_holds(fixture, &medium, 43);
}

/* The same on a disk that was empty. */
static void test_cut_new_disk(struct fixture *fixture, const void *data)
{
    fixture_close(fixture);
    fixture_remove(fixture->dir);
    g_assert_cmpint(g_mkdir(fixture->dir, 0700), ==, 0);
    fixture->identity.head_seq = 40;
    fixture_open(fixture);
    struct medium medium = flushed(fixture);
    for (int i = 0; i < 3; i++)
        fact_put(fixture->store, i, NULL);
    cut_holds(fixture, &medium, 43);
}

/* The rows of the outbox have these ids, and lie in this epoch. */
static void assert_facts(struct store *store, char ids[][37], guint count, int64_t epoch)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(store, 100, SIZE_MAX, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < count; i++) {
        guint at = 0;
        while (at < rows->len && strcmp(((struct store_row *)rows->pdata[at])->id, ids[i]) != 0)
            at++;
        g_assert_cmpuint(at, <, rows->len);
        g_assert_cmpint(((struct store_row *)rows->pdata[at])->epoch, ==, epoch);
    }
}

/* Enrolled anew between the cut and the next start: the new epoch took the places of rows that only the sidecar has. */
static void test_cut_enrolled_anew(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store_verdict_row verdict = {.seq = 1, .verdict = STORE_ACCEPTED};
    uint8_t nonce[32] = {0xE5};
    char ids[3][37];

    fact_put(fixture->store, 0, NULL);
    g_assert_true(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
    struct medium medium = flushed(fixture);
    for (int i = 0; i < 3; i++)
        fact_put(fixture->store, i, ids[i]);
    cut(fixture, &medium);
    fixture->identity.epoch = 2;
    memset(fixture->identity.chain_nonce, 0xD4, 32);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WAITS);
    g_assert_true(store_epoch_open(fixture->store, 3, nonce, 1, &error));
    g_assert_no_error(error);
    assert_facts(fixture->store, ids, 3, 3);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_head(fixture, 8, STORE_WHOLE);
}

/* Rows of before the first enrolment are in the sidecar: they are recorded again, and not taken for the chain's. */
static void test_first_enrolment(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    uint8_t nonce[32] = {0xD4};
    char ids[1][37];

    fixture_close(fixture);
    fixture_remove(fixture->dir);
    g_assert_cmpint(g_mkdir(fixture->dir, 0700), ==, 0);
    fixture->identity.epoch = 0;
    memset(fixture->identity.chain_nonce, 0, 32);
    fixture_open(fixture);
    fact_put(fixture->store, 0, ids[0]);
    fixture_close(fixture);
    fixture->identity.epoch = 1;
    memset(fixture->identity.chain_nonce, 0xC3, 32);
    for (int i = 0; i < 2; i++) {
        fixture_open(fixture);
        g_assert_cmpint(head_of(fixture->store), ==, 0);
        g_assert_cmpint(store_state(fixture->store, NULL), ==, STORE_WAITS);
        g_assert_cmpint(store_epoch(fixture->store), ==, 1);
        fixture_close(fixture);
    }
    fixture_open(fixture);
    g_assert_true(store_epoch_open(fixture->store, 2, nonce, 0, &error));
    g_assert_no_error(error);
    assert_facts(fixture->store, ids, 1, 2); /* in an epoch that the platform knows */
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 2);
    assert_sound(fixture->store);
}

/* ---- Damage ----------------------------------------------------------------------------------------------------------- */

static void poke(struct fixture *fixture, gsize at, const void *bytes, gsize len)
{
    g_autofree char *tail = beside(fixture, "-tail");
    FILE *file = g_fopen(tail, "r+b");

    g_assert_nonnull(file);
    g_assert_cmpint(fseek(file, (long)at, SEEK_SET), ==, 0);
    g_assert_cmpuint(fwrite(bytes, 1, len, file), ==, len);
    g_assert_cmpint(fclose(file), ==, 0);
}

/* A row that fits the chain, by whoever knows how, and that makes no sense: the journal opens, waits, and keeps it for people. */
static void test_forged(struct fixture *fixture, const void *data)
{
    g_autofree char *tail = beside(fixture, "-tail"), *bytes = NULL;
    gsize len = 0;

    fact_put(fixture->store, 0, NULL);
    struct medium medium = flushed(fixture);
    fact_put(fixture->store, 1, NULL);
    g_assert_true(g_file_get_contents(tail, &bytes, &len, NULL));
    char *second = memmem(bytes + 4, len - 4, "CKT1", 4), *body = second + 24 + 36 + 32 + 32;
    memcpy(strstr(body, "test.fact"), "payment.x", 9);
    g_autofree char *id = g_strndup(second + 24, 36);
    chain_hash((uint8_t *)second + 24 + 36, 1, 2, id, body, strlen(body), 
               (uint8_t *)second + 24 + 36 + 32);
    cut(fixture, &medium);
    g_assert_true(g_file_set_contents(tail, bytes, (gssize)len, NULL));
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WAITS);
    fixture_close(fixture);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM salvaged WHERE seq=2 AND type='payment.x'"), ==, 1);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WAITS);
}

/* Heads without end that each claim all that is behind them: looked at only so far. */
static void test_frames_without_end(struct fixture *fixture, const void *data)
{
    enum { HEADS = 40000 };
    g_autofree char *tail = beside(fixture, "-tail");
    g_autofree uint8_t *bytes = g_malloc0(HEADS * 24 + (200 << 10));

    fact_put(fixture->store, 0, NULL);
    fixture_close(fixture);
    memset(bytes, 'x', HEADS * 24 + (200 << 10));
    for (int i = 0; i < HEADS; i++)
        memcpy(bytes + (gsize)i * 24, "CKT1\0\1\xff\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 24);
    g_assert_true(g_file_set_contents(tail, (char *)bytes, HEADS * 24 + (200 << 10), NULL));
    gint64 begun = g_get_monotonic_time();
    fixture_open(fixture);
    g_test_message("opened after %" G_GINT64_FORMAT " ms", (g_get_monotonic_time() - begun) / 1000);
    assert_head(fixture, 1, STORE_WHOLE); /* it was closed in order: the database has all */
    fact_put(fixture->store, 1, NULL);
    fixture_close(fixture);
    fixture_tail_remove(fixture);
    fixture_open(fixture);
    g_assert_cmpint(head_of(fixture->store), ==, 2);
}

/* A length that is damaged hides no row behind it. */
static void test_length_damaged(struct fixture *fixture, const void *data)
{
    static const uint8_t LONG[4] = {0, 0, 0x20, 0};
    g_autoptr(GError) error = NULL;

    fact_put(fixture->store, 0, NULL);
    struct medium medium = flushed(fixture);
    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    cut(fixture, &medium);
    poke(fixture, 4, LONG, 4); /* of row 1, which the database has */
    fixture_open(fixture);
    assert_head(fixture, 6, STORE_WHOLE);
}

/* It is there and cannot be opened: what it has may be missing, and nothing is given a number twice. */
static void test_unreadable(struct fixture *fixture, const void *data)
{
    g_autofree char *tail = beside(fixture, "-tail"), *away = beside(fixture, "-away");
    struct medium medium = flushed(fixture);

    fact_put(fixture->store, 0, NULL);
    cut(fixture, &medium);
    g_assert_cmpint(g_rename(tail, away), ==, 0);
    g_assert_cmpint(g_mkdir(tail, 0700), ==, 0);
    fixture_open(fixture);
    g_assert_cmpint(store_state(fixture->store, NULL), ==, STORE_WAITS);
    fixture_close(fixture);
    g_assert_cmpint(g_rmdir(tail), ==, 0);
    g_assert_cmpint(g_rename(away, tail), ==, 0);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WAITS);
}

/* The same when it opens, and a sector of it is bad. */
static void test_bad_sector(struct fixture *fixture, const void *data)
{
    struct medium medium = flushed(fixture);

    fact_put(fixture->store, 0, NULL);
    cut(fixture, &medium);
    faults.tail_unreadable = true;
    fixture_open(fixture);
    assert_head(fixture, 0, STORE_WAITS);
    fixture_close(fixture);
    faults_clear();
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WAITS);
}

/* It is gone. After a close it is not missed: the database has everything. */
static void test_missing(struct fixture *fixture, const void *data)
{
    struct medium medium = flushed(fixture);

    fact_put(fixture->store, 0, NULL);
    cut(fixture, &medium);
    fixture_tail_remove(fixture);
    fixture_open(fixture);
    assert_head(fixture, 0, STORE_WAITS);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_head(fixture, 0, STORE_WAITS);
}

static void test_missing_closed(struct fixture *fixture, const void *data)
{
    fact_put(fixture->store, 0, NULL);
    fixture_close(fixture);
    fixture_tail_remove(fixture);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WHOLE);
}

/* ---- Faults ------------------------------------------------------------------------------------------------------------ */

/* Told to have failed while the disk took nothing, not even the frame's end: emptied or closed later, it does not come back. */
static void not_taken_back(struct fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    json_t *fact = json_pack("{s:i}", "n", 7);

    fact_put(fixture->store, 0, NULL);
    faults.write_fails_in = 2; /* after the sidecar's own */
    faults.stuck = true;
    g_assert_false(store_append(fixture->store, "test.fact", fact, NULL, &error));
    json_decref(fact);
    faults_clear();
}

static void test_not_taken_back(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store_verdict_row verdict = {.seq = 1, .verdict = STORE_ACCEPTED};

    not_taken_back(fixture);
    g_assert_true(store_outbox_verdicts(fixture->store, &verdict, 1, &error));
    g_assert_no_error(error);
    struct medium medium = medium_of(fixture);
    cut(fixture, &medium);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WHOLE);
}

static void test_taken_back_at_close(struct fixture *fixture, const void *data)
{
    not_taken_back(fixture);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_head(fixture, 1, STORE_WHOLE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    faults_install();
    FIXTURE_ADD("/store/sidecar/cut", test_cut);
    FIXTURE_ADD("/store/sidecar/cut-behind-gap", test_cut_behind_gap);
    FIXTURE_ADD("/store/sidecar/cut-new-disk", test_cut_new_disk);
    FIXTURE_ADD("/store/sidecar/cut-enrolled-anew", test_cut_enrolled_anew);
    FIXTURE_ADD("/store/sidecar/first-enrolment", test_first_enrolment);
    FIXTURE_ADD("/store/sidecar/forged", test_forged);
    FIXTURE_ADD("/store/sidecar/frames-without-end", test_frames_without_end);
    FIXTURE_ADD("/store/sidecar/length-damaged", test_length_damaged);
    FIXTURE_ADD("/store/sidecar/unreadable", test_unreadable);
    FIXTURE_ADD("/store/sidecar/bad-sector", test_bad_sector);
    FIXTURE_ADD("/store/sidecar/missing", test_missing);
    FIXTURE_ADD("/store/sidecar/missing-closed", test_missing_closed);
    FIXTURE_ADD("/store/sidecar/not-taken-back", test_not_taken_back);
    FIXTURE_ADD("/store/sidecar/taken-back-at-close", test_taken_back_at_close);
    return g_test_run();
}
