/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: every combination of verdicts over a small batch, limits of a batch, and verdicts that make no sense. */
#include "fixture.h"

#include <string.h>

static GPtrArray *outbox(struct store *store, int rows_max, size_t bytes_max)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = store_outbox(store, rows_max, bytes_max, &error);
    g_assert_no_error(error);
    return rows;
}

static void assert_waiting(struct store *store, const char *seqs)
{
    g_autoptr(GPtrArray) rows = outbox(store, 100, SIZE_MAX);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < rows->len; i++)
        g_string_append_printf(text, "%s%d", i > 0 ? " " : "",
                               (int)((struct store_row *)rows->pdata[i])->seq);
    g_assert_cmpstr(text->str, ==, seqs);
    g_assert_cmpint(store_outbox_waiting(store), ==, rows->len);
}

static bool verdict(struct store *store, int64_t seq, enum store_verdict verdict, GError **error)
{
    struct store_verdict_row row = {.seq = seq, .verdict = verdict, .code = "CODE"};
    return store_outbox_verdicts(store, &row, 1, error);
}

static void give(struct store *store, int64_t seq, enum store_verdict which)
{
    g_autoptr(GError) error = NULL;
    bool done = verdict(store, seq, which, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

/* ---- All 125 batches of three ------------------------------------------------------------------------------------- */

static void batch_check(struct store *store, int64_t first, const enum store_verdict verdicts[3])
{
    struct store_verdict_row rows[3] = {{0}};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) expected = g_string_new(NULL);
    int refused = store_refused_count(store);
    bool stopped = false;

    for (int i = 0; i < 3; i++) {
        rows[2 - i] = (struct store_verdict_row){.seq = first + i, .verdict = verdicts[i]}; /* in any order */
        bool ends = verdicts[i] == STORE_CONFLICT || verdicts[i] == STORE_REJECTED;
        refused += ends;
        stopped = stopped || verdicts[i] == STORE_RETRY;
        if (stopped && !ends) /* accepted behind a retry: sent once more */
            g_string_append_printf(expected, "%s%d", expected->len > 0 ? " " : "", (int)first + i);
    }
    g_assert_true(store_outbox_verdicts(store, rows, 3, &error));
    g_assert_cmpint(store_refused_count(store), ==, refused);
    assert_waiting(store, expected->str);
}

static void test_combinations(struct fixture *fixture, const void *data)
{
    for (int mix = 0; mix < 125; mix++) {
        uint8_t hash[32];
        int64_t first = store_head(fixture->store, hash) + 1;
        enum store_verdict verdicts[3] = {mix % 5, mix / 5 % 5, mix / 25};
        for (int i = 0; i < 3; i++)
            fact_put(fixture->store, i, NULL);
        batch_check(fixture->store, first, verdicts);
        for (int i = 0; i < 3; i++) /* at last the platform has all of it */
            give(fixture->store, first + i, STORE_DUPLICATE);
        assert_waiting(fixture->store, "");
    }
}

/* A refused row does not hold up those behind it, and is never sent again. */
static void test_refused(struct fixture *fixture, const void *data)
{
    for (int i = 1; i <= 5; i++)
        fact_put(fixture->store, i, NULL);
    give(fixture->store, 1, STORE_RETRY);
    give(fixture->store, 2, STORE_REJECTED);
    give(fixture->store, 4, STORE_CONFLICT);
    assert_waiting(fixture->store, "1 3 5");
    g_assert_cmpint(store_refused_count(fixture->store), ==, 2);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_waiting(fixture->store, "1 3 5");
    give(fixture->store, 1, STORE_ACCEPTED); /* the mark passes 2 as well */
    assert_waiting(fixture->store, "3 5");
    give(fixture->store, 2, STORE_ACCEPTED); /* behind the mark: nothing to say any more */
    give(fixture->store, 3, STORE_DUPLICATE);
    give(fixture->store, 5, STORE_ACCEPTED);
    assert_waiting(fixture->store, "");
    g_assert_cmpint(store_refused_count(fixture->store), ==, 2);
    fixture_close(fixture);
    g_assert_cmpint(
        raw_int(fixture->path,
                "SELECT count(*) FROM refused WHERE seq=2 AND verdict='rejected' AND code='CODE'"),
        ==, 1);
    g_assert_cmpint(raw_int(fixture->path, "SELECT count(*) FROM refused WHERE seq=4 AND verdict='conflict'"),
                    ==, 1);
    fixture_open(fixture);
    assert_sound(fixture->store);
}

static void test_limits(struct fixture *fixture, const void *data)
{
    for (int i = 1; i <= 10; i++)
        fact_put(fixture->store, i, NULL);
    g_autoptr(GPtrArray) all = outbox(fixture->store, 100, SIZE_MAX);
    size_t first_two =
        strlen(((struct store_row *)all->pdata[0])->body) + strlen(((struct store_row *)all->pdata[1])->body);
    static const struct {
        int rows_max;
        int more;
        guint expected;
    } LIMITS[] = {{3, 1 << 20, 3}, {0, 1 << 20, 1}, {-1, 0, 1}, {100, 0, 2}, {100, -1, 1}, {1, 0, 1}};

    g_assert_cmpuint(all->len, ==, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
        g_autoptr(GPtrArray) rows =
            outbox(fixture->store, LIMITS[i].rows_max, first_two + (size_t)LIMITS[i].more);
        g_assert_cmpuint(rows->len, ==, LIMITS[i].expected);
    }
    g_autoptr(GPtrArray) none = outbox(fixture->store, 100, 0); /* one too large for the limit still goes */
    g_assert_cmpuint(none->len, ==, 1);
}

static void test_nonsense(struct fixture *fixture, const void *data)
{
    struct store_verdict_row twice[2] = {{.seq = 1, .verdict = STORE_ACCEPTED},
                                         {.seq = 1, .verdict = STORE_REJECTED}};
    struct store_verdict_row long_code = {.seq = 1, .verdict = STORE_REJECTED};
    GError *error = NULL;

    fact_put(fixture->store, 1, NULL);
    fact_put(fixture->store, 2, NULL);
    memset(long_code.code, 'x', sizeof long_code.code);
    for (int i = 0; i < 6; i++) {
        bool done = i == 0   ? verdict(fixture->store, 0, STORE_ACCEPTED, &error)
                    : i == 1 ? verdict(fixture->store, 3, STORE_ACCEPTED, &error)
                    : i == 2 ? verdict(fixture->store, 1, (enum store_verdict)99, &error)
                    : i == 3 ? store_outbox_verdicts(fixture->store, twice, 2, &error)
                    : i == 4 ? store_outbox_verdicts(fixture->store, &long_code, 1, &error)
                             : verdict(fixture->store, INT64_MAX, STORE_REJECTED, &error);
        g_assert_false(done);
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
        g_clear_error(&error);
        assert_waiting(fixture->store, "1 2");
    }
    g_assert_true(store_outbox_verdicts(fixture->store, NULL, 0, &error));
    g_assert_cmpint(store_refused_count(fixture->store), ==, 0);
}

/* A platform that was put back to an earlier day: what it had acknowledged, and refused, waits again. */
static void test_again(struct fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 5; i++)
        fact_put(fixture->store, i, NULL);
    for (int64_t seq = 1; seq <= 4; seq++)
        give(fixture->store, seq, seq == 3 ? STORE_REJECTED : STORE_ACCEPTED);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 1);
    g_assert_true(store_outbox_again(fixture->store, 4, &error)); /* nothing is missing */
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 1);
    g_assert_true(store_outbox_again(fixture->store, 1, &error));
    g_assert_no_error(error);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 4);
    g_autoptr(GPtrArray) rows = store_outbox(fixture->store, 10, SIZE_MAX, &error);
    g_assert_cmpuint(rows->len, ==, 4);
    g_assert_cmpint(((struct store_row *)rows->pdata[0])->seq, ==, 2);
    raw_sql(fixture->path, "DROP TRIGGER journal_no_delete; DELETE FROM journal WHERE seq=2"); /* one that went into an archive */
    for (int64_t seq = 2; seq <= 4; seq++)
        give(fixture->store, seq, STORE_ACCEPTED);
    g_assert_false(store_outbox_again(fixture->store, 1, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 1);
}

/* An epoch that begins far behind: the numbers between are passed in one step, however many they are. */
static void test_far(struct fixture *fixture, const void *data)
{
    const int64_t far = INT64_C(1) << 50;
    uint8_t nonce[32] = {1};
    g_autoptr(GError) error = NULL;

    fact_put(fixture->store, 1, NULL);
    g_assert_true(store_state_set(fixture->store, STORE_WAITS, "damaged", &error));
    g_assert_true(store_epoch_open(fixture->store, 9, nonce, far, &error));
    g_assert_no_error(error);
    give(fixture->store, 1, STORE_ACCEPTED);
    give(fixture->store, far + 1, STORE_ACCEPTED); /* journal.restored */
    g_assert_cmpint(store_outbox_waiting(fixture->store), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/outbox/combinations", test_combinations);
    FIXTURE_ADD("/store/outbox/refused", test_refused);
    FIXTURE_ADD("/store/outbox/limits", test_limits);
    FIXTURE_ADD("/store/outbox/nonsense", test_nonsense);
    FIXTURE_ADD("/store/outbox/again", test_again);
    FIXTURE_ADD("/store/outbox/far", test_far);
    return g_test_run();
}
