/* SPDX-License-Identifier: Apache-2.0 */
/* The hotlist in the store: files and deltas, never back, all or nothing, whatever stops in between. */
#include "fixture.h"
#include "hotkit.h"
#include "model/model.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define T2 "ffeeddccbbaa99887766554433221100"
#define T3 "7f00000000000000ffffffffffffffff"
#define MS INT64_C(1795276800000)

static void assert_info(struct store *store, int64_t version, int64_t issued_ms, int64_t confirmed_ms)
{
    int64_t had_version = -1, had_issued_ms = -1, had_confirmed_ms = -1;

    g_assert_true(store_hotlist_info(store, &had_version, &had_issued_ms, &had_confirmed_ms));
    g_assert_cmpint(had_version, ==, version);
    g_assert_cmpint(had_issued_ms, ==, issued_ms);
    g_assert_cmpint(had_confirmed_ms, ==, confirmed_ms);
}

static void assert_listed(struct store *store, const char *token, const char *reason)
{
    g_autofree char *had = store_hotlist_lookup(store, token);
    g_assert_cmpstr(had, ==, reason);
}

static struct store_hotlist state_of(struct store *store)
{
    struct store_hotlist state;

    store_hotlist_state(store, HOTKIT_KEY, &state);
    return state;
}

/* A list of these tokens, "TOKEN:reason" each. */
static GArray *list_of(const char *const *texts)
{
    GArray *list = hotkit_list();

    for (; *texts != NULL; texts++) {
        g_autofree char *token = g_strndup(*texts, 32);
        hotkit_add(list, token, *texts + 33);
    }
    return list;
}
#define LIST(...) list_of((const char *const[]){__VA_ARGS__, NULL})

static bool give(struct store *store, GArray *list, int64_t version, int64_t issued_ms, int error_code)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest;

    hotkit_part(store, list, version, issued_ms, &manifest);
    bool done = store_hotlist_install(store, &manifest, &error);
    if (!done)
        g_assert_error(error, STORE_ERROR, error_code);
    return done;
}

static bool move_on(struct store *store, GArray *from, int64_t from_version, GArray *to, int64_t to_version, int64_t issued_ms)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_delta delta;

    hotkit_delta(from, from_version, to, to_version, issued_ms, &delta);
    bool done = store_hotlist_apply(store, &delta, 1, &error);
    if (!done)
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    hotkit_delta_clear(&delta);
    return done;
}

/* ---- In force ----------------------------------------------------------------------------------------------------- */

static void test_file(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) first = LIST(TOKEN ":lost", T2 ":stolen"), second = LIST(T2 ":lost");
    struct store *store = fixture->store;

    assert_info(store, 0, 0, 0);
    assert_listed(store, TOKEN, NULL);
    g_assert_true(give(store, first, 3, MS + 1000, 0));
    assert_info(store, 3, MS + 1000, MS + 1000);
    assert_listed(store, TOKEN, "lost");
    assert_listed(store, T2, "stolen");
    assert_listed(store, T3, NULL);
    g_assert_false(give(store, second, 3, MS + 2000, STORE_ERROR_STATE)); /* never the same, never back */
    g_assert_false(give(store, second, 2, MS + 2000, STORE_ERROR_STATE));
    assert_listed(store, TOKEN, "lost");
    g_assert_true(give(store, second, 7, MS + 5000, 0)); /* whole: who is not on it is free */
    assert_listed(store, TOKEN, NULL);
    assert_listed(store, T2, "lost");
    fixture_close(fixture);
    fixture_open(fixture);
    assert_info(fixture->store, 7, MS + 5000, MS + 5000);
    assert_listed(fixture->store, T2, "lost");
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*not a card token");
    assert_listed(fixture->store, "no token", "UNREADABLE");
    g_test_assert_expected_messages();
}

static void test_deltas(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) one = LIST(TOKEN ":lost", T2 ":stolen"), two = LIST(TOKEN ":suspended", T3 ":lost"),
                      none = hotkit_list();
    struct store *store = fixture->store;

    g_assert_false(move_on(store, one, 1, two, 2, MS)); /* from nothing to nowhere */
    g_assert_true(give(store, one, 1, MS, 0));
    g_assert_true(move_on(store, one, 1, two, 2, MS + 2000));
    assert_info(store, 2, MS + 2000, MS + 2000);
    assert_listed(store, TOKEN, "suspended");
    assert_listed(store, T2, NULL);
    assert_listed(store, T3, "lost");
    g_assert_cmpint(state_of(store).since, ==, 3);
    g_assert_false(move_on(store, one, 1, two, 2, MS + 2000)); /* once more */
    g_assert_false(move_on(store, two, 4, one, 5, MS + 3000)); /* of another base */
    g_assert_false(move_on(store, two, 2, one, 2, MS + 3000)); /* no newer */
    fixture_close(fixture);
    fixture_open(fixture);
    store = fixture->store;
    assert_info(store, 2, MS + 2000, MS + 2000);
    assert_listed(store, T3, "lost");
    g_assert_true(move_on(store, two, 2, one, 3, MS + 3000)); /* back as it was: no change is left */
    g_assert_cmpint(state_of(store).since, ==, 0);
    g_assert_true(move_on(store, one, 3, none, 4, MS + 4000));
    g_assert_cmpint(state_of(store).count, ==, 0);
    assert_listed(store, TOKEN, NULL);
    assert_listed(store, T2, NULL);
}

static void test_confirm(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) none = hotkit_list();
    GError *error = NULL;

    g_assert_false(store_hotlist_confirm(fixture->store, 1, MS, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_clear_error(&error);
    g_assert_true(give(fixture->store, none, 1, MS, 0));
    g_assert_false(store_hotlist_confirm(fixture->store, 2, MS, &error)); /* there is a newer one: not ours */
    g_clear_error(&error);
    for (int second = 0; second < 200; second += 5)
        g_assert_true(store_hotlist_confirm(fixture->store, 1, MS + second * 1000, &error));
    assert_info(fixture->store, 1, MS, MS + 195000);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_info(fixture->store, 1, MS, MS + 195000);
    g_assert_true(store_hotlist_compact(fixture->store, true, &error));
    assert_info(fixture->store, 1, MS, MS + 195000);
    g_assert_true(store_hotlist_confirm(fixture->store, 1, MS - 86400000, &error)); /* the clock was put right */
    assert_info(fixture->store, 1, MS, MS - 86400000);
    g_assert_no_error(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/hotlist/file", test_file);
    FIXTURE_ADD("/store/hotlist/deltas", test_deltas);
    FIXTURE_ADD("/store/hotlist/confirm", test_confirm);
    return g_test_run();
}
