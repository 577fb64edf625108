/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that the platform refused, until staff have worked them out. */
#include "fixture.h"

#include <string.h>

static void refuse(struct store *store, int64_t seq, enum store_verdict verdict, const char *code)
{
    g_autoptr(GError) error = NULL;
    struct store_verdict_row row = {.seq = seq, .verdict = verdict};

    g_strlcpy(row.code, code, sizeof row.code);
    g_assert_true(store_outbox_verdicts(store, &row, 1, &error));
}

static GPtrArray *list(struct store *store, bool all)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = store_refused(store, all, &error);

    g_assert_no_error(error);
    return rows;
}

static void fill(struct fixture *f, char id_of_two[37])
{
    for (int i = 1; i <= 4; i++)
        fact_put(f->store, i, i == 2 ? id_of_two : NULL);
    refuse(f->store, 2, STORE_CONFLICT, "TAC_WRONG");
    refuse(f->store, 4, STORE_REJECTED, "BODY");
}

static void test_list(struct fixture *f, const void *data)
{
    char id[37];

    fill(f, id);
    g_autoptr(GPtrArray) rows = list(f->store, false);
    g_assert_cmpuint(rows->len, ==, 2);
    const struct store_refused *newest = rows->pdata[0], *older = rows->pdata[1];
    g_assert_cmpint(newest->seq, ==, 4);
    g_assert_cmpint(newest->verdict, ==, STORE_REJECTED);
    g_assert_cmpstr(newest->code, ==, "BODY");
    g_assert_cmpint(older->seq, ==, 2);
    g_assert_cmpint(older->verdict, ==, STORE_CONFLICT);
    g_assert_cmpstr(older->id, ==, id);
    g_assert_cmpint(strlen(older->type), >, 0);
    g_assert_cmpint(older->at_ms, >, 0);
    g_assert_cmpint(older->refused_ms, >=, older->at_ms);
    g_assert_false(older->resolved);
}

static void test_resolve(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    char id[37];

    fill(f, id);
    g_assert_true(store_refused_resolve(f->store, 2, "Wang Fang", "paid back at the desk, slip 17", &error));
    g_assert_no_error(error);
    g_assert_cmpint(store_refused_count(f->store), ==, 1);
    g_autoptr(GPtrArray) open = list(f->store, false);
    g_autoptr(GPtrArray) all = list(f->store, true);
    g_assert_cmpuint(open->len, ==, 1);
    g_assert_cmpuint(all->len, ==, 2);
    const struct store_refused *row = all->pdata[1];
    g_assert_true(row->resolved);
    g_assert_cmpstr(row->by, ==, "Wang Fang");
    g_assert_cmpstr(row->why, ==, "paid back at the desk, slip 17");

    /* An event like any other: it waits to be sent, is chained, and a rebuild knows it. */
    g_assert_cmpint(store_outbox_waiting(f->store), ==, 3);
    assert_sound(f->store);
    fixture_close(f);
    fixture_open(f);
    g_assert_cmpint(store_refused_count(f->store), ==, 1);
}

static void assert_not(struct fixture *f, int64_t seq, const char *by, const char *why)
{
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];
    int64_t head = store_head(f->store, hash);

    g_assert_false(store_refused_resolve(f->store, seq, by, why, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_assert_cmpint(store_head(f->store, hash), ==, head);
}

static void test_resolve_wrong(struct fixture *f, const void *data)
{
    g_autofree char *longest = g_strnfill(201, 'x');
    char id[37];

    fill(f, id);
    assert_not(f, 1, "A", "was accepted");
    assert_not(f, 99, "A", "is not there");
    assert_not(f, 2, "", "nobody");
    assert_not(f, 2, "A", "");
    assert_not(f, 2, "A", longest);
    assert_not(f, 2, "123456789012345678901234567890123", "too long a name");
    assert_not(f, 2, "A", "\xff\xfe");
    g_assert_true(store_refused_resolve(f->store, 2, "A", "done", NULL));
    assert_not(f, 2, "B", "twice");
    g_assert_cmpint(store_refused_count(f->store), ==, 1);
}

#define ADD(name) FIXTURE_ADD("/store-refused/" #name, test_##name)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(list);
    ADD(resolve);
    ADD(resolve_wrong);
    return g_test_run();
}
