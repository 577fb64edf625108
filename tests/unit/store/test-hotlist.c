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

/* ---- Never back --------------------------------------------------------------------------------------------------- */

static void lose_database(struct fixture *fixture)
{
    static const char *const ENDS[] = {"", "-wal", "-shm", "-tail"};

    fixture_close(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(ENDS); i++) {
        g_autofree char *path = g_strconcat(fixture->path, ENDS[i], NULL);
        g_assert_true(g_unlink(path) == 0 || errno == ENOENT);
    }
    fixture_open(fixture);
}

/* The database is gone and an older file comes, rightly signed: it is here, and it is not in force until it is as new. */
static void test_lost_database(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) one = LIST(TOKEN ":lost"), two = LIST(TOKEN ":lost", T2 ":stolen"), three = LIST(T2 ":stolen");

    g_assert_true(give(fixture->store, one, 5, MS, 0));
    g_assert_true(move_on(fixture->store, one, 5, two, 7, MS + 7000));
    lose_database(fixture);
    assert_info(fixture->store, 0, 0, 0);
    g_assert_cmpint(state_of(fixture->store).version, ==, 0);
    g_assert_cmpint(state_of(fixture->store).high, ==, 7);
    g_assert_true(give(fixture->store, one, 5, MS, 0));
    g_assert_cmpint(state_of(fixture->store).version, ==, 5);
    assert_info(fixture->store, 0, 0, 0);
    assert_listed(fixture->store, TOKEN, "lost"); /* what it knows it still says */
    g_autoptr(GError) error = NULL;
    g_assert_false(store_hotlist_confirm(fixture->store, 5, MS, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_info(fixture->store, 0, 0, 0);
    g_assert_true(move_on(fixture->store, one, 5, two, 7, MS + 7000));
    assert_info(fixture->store, 7, MS + 7000, MS + 7000);
    /* Lost again, and the newest file is at hand. */
    lose_database(fixture);
    g_assert_true(give(fixture->store, three, 8, MS + 8000, 0));
    assert_info(fixture->store, 8, MS + 8000, MS + 8000);
}

/* Versions of another platform's key are another list's. What only the second file knew is lost with it, not the rest. */
static void test_high(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) one = LIST(TOKEN ":lost");
    g_autofree char *path = g_strconcat(fixture->path, ".hotlist.high", NULL);
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest;
    struct store_hotlist other;

    g_assert_true(give(fixture->store, one, 7, MS, 0));
    store_hotlist_state(fixture->store, "fedcba9876543210", &other);
    g_assert_cmpint(other.high, ==, 0);
    g_assert_cmpint(other.version, ==, 0);
    fixture_close(fixture);
    g_assert_true(g_file_set_contents(path, "0123456789abcdef 99999999999999999999\n", -1, NULL));
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*is not readable*");
    fixture_open(fixture);
    g_test_assert_expected_messages();
    g_assert_cmpint(state_of(fixture->store).high, ==, 7);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, HOTKIT_KEY " 7\n"); /* written anew */
    hotkit_part(fixture->store, one, 2, MS + 2000, &manifest);
    g_strlcpy(manifest.key_id, "fedcba9876543210", sizeof manifest.key_id);
    g_assert_true(store_hotlist_install(fixture->store, &manifest, &error)); /* enrolled at another platform */
    assert_info(fixture->store, 2, MS + 2000, MS + 2000);
}

/* ---- What is not the list that was signed ------------------------------------------------------------------------- */

static void spoil(struct hotlist_manifest *manifest, int which)
{
    switch (which) {
    case 0:
        manifest->head.version++;
        break;
    case 1:
        manifest->head.count++;
        break;
    case 2:
        manifest->head.issued_ms++;
        break;
    case 3:
        manifest->head.digest[31] ^= 1;
        break;
    case 4:
        manifest->length++;
        break;
    default:
        g_assert_not_reached();
    }
}

static void test_wrong_file(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) old = LIST(TOKEN ":lost"), fresh = LIST(T2 ":stolen", T3 ":lost");
    struct store *store = fixture->store;
    struct hotlist_manifest manifest;

    g_assert_true(give(store, old, 3, MS, 0));
    for (int which = 0; which < 5; which++) {
        g_autoptr(GError) error = NULL;
        hotkit_part(store, fresh, 4, MS + 4000, &manifest);
        g_autofree char *part = store_hotlist_part(store, &manifest);
        spoil(&manifest, which);
        g_assert_false(store_hotlist_install(store, &manifest, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
        g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS)); /* not kept: it would be wrong again */
        assert_info(store, 3, MS, MS);
        assert_listed(store, TOKEN, "lost");
        assert_listed(store, T2, NULL);
    }
    hotkit_part(store, fresh, 4, MS + 4000, &manifest);
    g_autofree char *part = store_hotlist_part(store, &manifest), *bytes = NULL;
    gsize len;
    g_assert_true(g_file_get_contents(part, &bytes, &len, NULL));
    for (gsize cut = 0; cut <= len; cut += MAX(1, len / 16)) { /* cut, or with a bit over */
        g_autoptr(GError) error = NULL;
        if (cut < len)
            bytes[cut] ^= 0x10;
        g_assert_true(g_file_set_contents(part, bytes, (gssize)cut, NULL));
        g_assert_false(store_hotlist_install(store, &manifest, &error));
        g_assert_nonnull(error);
        assert_info(store, 3, MS, MS);
        if (cut < len)
            bytes[cut] ^= 0x10;
    }
    g_assert_true(g_file_set_contents(part, bytes, (gssize)len, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_true(store_hotlist_install(store, &manifest, &error));
    assert_listed(store, T2, "stolen");
}

/* Rightly signed bytes that are no list, or another than they say: a platform that went mad. */
static void test_mad_file(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) old = LIST(TOKEN ":lost"), fresh = LIST(T2 ":stolen", T3 ":lost");
    struct hotlist_manifest manifest;
    g_autofree char *bytes = NULL;
    gsize len = 0;

    g_assert_true(give(fixture->store, old, 3, MS, 0));
    hotkit_part(fixture->store, fresh, 4, MS + 4000, &manifest);
    g_autofree char *right = store_hotlist_part(fixture->store, &manifest);
    g_assert_true(g_file_get_contents(right, &bytes, &len, NULL));
    for (gsize at = 0; at < len; at++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *aside = g_strconcat(fixture->path, ".aside", NULL);
        struct hotlist_manifest mad = manifest;

        bytes[at] ^= 1;
        g_assert_true(g_file_set_contents(aside, bytes, (gssize)len, NULL));
        g_assert_true(file_sha256(aside, mad.sha256, &mad.length, &error));
        g_autofree char *part = store_hotlist_part(fixture->store, &mad);
        g_assert_true(file_move(aside, part, &error));
        g_assert_false(store_hotlist_install(fixture->store, &mad, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
        bytes[at] ^= 1;
    }
    assert_info(fixture->store, 3, MS, MS);
    assert_listed(fixture->store, TOKEN, "lost");
}

static void assert_refused(struct store *store, struct hotlist_delta *delta, size_t count, const char *says)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(store_hotlist_apply(store, delta, count, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_STATE);
    g_assert_nonnull(strstr(error->message, says));
    assert_info(store, 3, MS, MS);
    assert_listed(store, TOKEN, "lost");
    assert_listed(store, T2, NULL);
    g_assert_cmpint(state_of(store).since, ==, 0);
}

/* All or nothing: one change that makes no sense, and the list stays whole; a list that is not the platform's is fetched anew. */
static void test_wrong_delta(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) old = LIST(TOKEN ":lost"), fresh = LIST(T2 ":stolen", T3 ":lost"), later = LIST(T3 ":lost");
    struct store *store = fixture->store;
    struct hotlist_delta deltas[2];
    const uint64_t nobody = 0x1234;
    struct hotlist_entry strange = {0x77, HOTLIST_REASONS};

    g_assert_true(give(store, old, 3, MS, 0));
    hotkit_delta(old, 3, fresh, 4, MS + 4000, &deltas[0]);
    hotkit_delta(fresh, 4, later, 5, MS + 5000, &deltas[1]);
    struct hotlist_delta bad = deltas[0];
    bad.removes = &nobody;
    assert_refused(store, &bad, 1, "changes nothing");
    bad = deltas[0];
    bad.adds = &strange;
    bad.add_count = 1;
    assert_refused(store, &bad, 1, "a reason that is none");
    struct hotlist_delta both[2] = {deltas[0], deltas[1]};
    both[1].from = 3;
    assert_refused(store, both, 2, "does not fit");
    both[1] = deltas[1];
    both[1].key_id[0] = 'f';
    assert_refused(store, both, 2, "several keys");
    g_assert_false(state_of(store).damaged);
    both[1] = deltas[1];
    both[1].count++;
    assert_refused(store, both, 2, "not the platform's list");
    g_assert_true(state_of(store).damaged); /* from now on only the whole list helps … */
    g_assert_cmpint(state_of(store).version, ==, 0);
    assert_info(store, 3, MS, MS); /* … and until then the old one is in force */
    struct hotlist_manifest manifest;
    g_autoptr(GError) error = NULL;
    hotkit_part(store, old, 3, MS, &manifest);
    g_assert_true(store_hotlist_have(store, &manifest)); /* the very file: nothing to fetch */
    g_assert_true(store_hotlist_install(store, &manifest, &error));
    g_assert_true(store_hotlist_apply(store, deltas, 2, &error));
    g_assert_no_error(error);
    assert_info(store, 5, MS + 5000, MS + 5000);
    assert_listed(store, TOKEN, NULL);
    assert_listed(store, T3, "lost");
    hotkit_delta_clear(&deltas[0]);
    hotkit_delta_clear(&deltas[1]);
}

/* ---- A disk that lies --------------------------------------------------------------------------------------------- */

static void flip(const char *path, int64_t at)
{
    int fd = open(path, O_RDWR);
    char byte;

    g_assert_cmpint(pread(fd, &byte, 1, at), ==, 1);
    byte ^= 0x40;
    g_assert_cmpint(pwrite(fd, &byte, 1, at), ==, 1);
    g_assert_cmpint(close(fd), ==, 0);
}

/* Whatever byte is wrong: a card that is listed is never let through, one that is not is at worst held up. */
static void test_every_byte(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) list = hotkit_random(1, 300), other = hotkit_random(2, 100);
    g_autofree char *path = g_strconcat(fixture->path, ".one", NULL);
    struct stat info;

    hotkit_write(list, 3, MS, path);
    g_assert_cmpint(stat(path, &info), ==, 0);
    for (int64_t at = 0; at < info.st_size; at++) {
        g_autoptr(GError) opening = NULL;
        flip(path, at);
        struct hotfile *file = hotfile_open(path, &opening);
        g_assert_true((file == NULL) == (at < 128));
        for (guint i = 0; file != NULL && i < 400; i++) {
            bool listed = i < 300;
            const struct hotlist_entry *entry = &g_array_index(listed ? list : other, struct hotlist_entry, listed ? i : i - 300);
            g_autoptr(GError) error = NULL;
            enum hotlist_reason reason = HOTLIST_OTHER;
            enum hotlist_found found = hotfile_find(file, entry->mark, &reason, &error);
            if (found == HOTLIST_DAMAGED)
                g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
            else
                g_assert_cmpint(found, ==, listed ? HOTLIST_LISTED : HOTLIST_ABSENT);
            if (found == HOTLIST_LISTED)
                g_assert_cmpint(reason, ==, entry->reason);
        }
        hotfile_unref(file);
        flip(path, at);
    }
}

static void damaged(struct store *store, const char *token)
{
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "hotlist: *");
    assert_listed(store, token, "UNREADABLE");
    g_test_assert_expected_messages();
}

/* A bad sector: cards there count as listed, it is told, and the file is fetched anew. */
static void test_bad_sector(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) list = LIST(TOKEN ":lost", T2 ":stolen");
    g_autofree char *path = g_strconcat(fixture->path, ".hotlist.3", NULL);

    g_assert_true(give(fixture->store, list, 3, MS, 0));
    flip(path, 145);
    damaged(fixture->store, TOKEN);
    damaged(fixture->store, T3);
    struct store_hotlist state = state_of(fixture->store);
    g_assert_true(state.damaged);
    g_assert_cmpint(state.version, ==, 0);
    assert_info(fixture->store, 3, MS, MS);
    g_autoptr(GError) error = NULL;
    g_assert_true(store_hotlist_compact(fixture->store, true, &error)); /* nothing is made out of it */
    g_assert_true(give(fixture->store, list, 3, MS, 0));
    g_assert_false(state_of(fixture->store).damaged);
    assert_listed(fixture->store, TOKEN, "lost");
    assert_listed(fixture->store, T3, NULL);
}

static void test_lost_file(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) list = LIST(TOKEN ":lost"), next = LIST(TOKEN ":lost", T2 ":stolen"), last = LIST(T2 ":stolen");
    g_autofree char *path = g_strconcat(fixture->path, ".hotlist.3", NULL), *other = g_strconcat(fixture->path, ".x", NULL);

    g_assert_true(give(fixture->store, list, 3, MS, 0));
    g_assert_true(move_on(fixture->store, list, 3, next, 4, MS + 4000));
    for (int way = 0; way < 2; way++) { /* gone; another version in its place */
        fixture_close(fixture);
        g_assert_cmpint(g_unlink(path), ==, 0);
        if (way == 1) {
            hotkit_write(last, 2, MS, other);
            g_assert_cmpint(g_rename(other, path), ==, 0);
        }
        g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "hotlist: *");
        fixture_open(fixture);
        g_test_assert_expected_messages();
        g_assert_true(state_of(fixture->store).damaged);
        assert_listed(fixture->store, T2, "stolen"); /* a change is known all the same */
        damaged(fixture->store, TOKEN);
        damaged(fixture->store, T3);
        assert_info(fixture->store, 4, MS + 4000, MS + 4000);
        g_assert_true(give(fixture->store, list, 3, MS, 0));
        assert_info(fixture->store, 0, 0, 0); /* below what was in force */
        g_assert_true(move_on(fixture->store, list, 3, next, 4, MS + 4000));
        assert_info(fixture->store, 4, MS + 4000, MS + 4000);
    }
}

/* ---- Large lists -------------------------------------------------------------------------------------------------- */

static void assert_all(struct store *store, GArray *list, GArray *absent)
{
    for (guint i = 0; i < list->len; i += MAX(1, list->len / 3000)) {
        const struct hotlist_entry *entry = &g_array_index(list, struct hotlist_entry, i);
        g_autofree char *token = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016x", entry->mark, i);
        assert_listed(store, token, hotlist_reason_name(entry->reason));
    }
    for (guint i = 0; i < absent->len; i++) {
        g_autofree char *token = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016x",
                                                 g_array_index(absent, struct hotlist_entry, i).mark, i);
        assert_listed(store, token, NULL);
    }
}

static GArray *changed(GArray *list, unsigned seed, guint adds, guint every)
{
    GArray *out = hotkit_random(seed, (int)adds);

    for (guint i = 0; i < list->len; i++) {
        struct hotlist_entry entry = g_array_index(list, struct hotlist_entry, i);
        if (i % every == 0)
            continue;
        if (i % every == 1)
            entry.reason = (uint8_t)((entry.reason + 1) % HOTLIST_REASONS);
        g_array_append_val(out, entry);
    }
    return out;
}

/* The file that the kiosk writes out of an older one and the changes is the file that the platform would have sent. */
static void test_compact(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) first = hotkit_random(1, 20000), second = changed(first, 2, 3000, 50), none = hotkit_random(3, 1000);
    g_autofree char *path = g_strconcat(fixture->path, ".hotlist.12", NULL), *direct = g_strconcat(fixture->path, ".x", NULL),
                    *one = NULL, *two = NULL, *before = g_strconcat(fixture->path, ".hotlist.11", NULL);
    g_autoptr(GError) error = NULL;
    gsize one_len, two_len;

    g_assert_true(give(fixture->store, first, 11, MS, 0));
    g_assert_true(move_on(fixture->store, first, 11, second, 12, MS + 12000));
    assert_all(fixture->store, second, none);
    g_assert_true(store_hotlist_confirm(fixture->store, 12, MS + 99000, &error));
    g_assert_cmpint(state_of(fixture->store).since, ==, 3000 + 400 + 400);
    g_assert_true(store_hotlist_compact(fixture->store, false, &error)); /* not yet */
    g_assert_cmpint(state_of(fixture->store).base, ==, 11);
    g_assert_true(store_hotlist_compact(fixture->store, true, &error));
    g_assert_no_error(error);
    g_assert_cmpint(state_of(fixture->store).base, ==, 12);
    g_assert_cmpint(state_of(fixture->store).since, ==, 0);
    assert_info(fixture->store, 12, MS + 12000, MS + 99000); /* it is as old as before */
    assert_all(fixture->store, second, none);
    hotkit_write(second, 12, MS + 12000, direct);
    g_assert_true(g_file_get_contents(path, &one, &one_len, NULL));
    g_assert_true(g_file_get_contents(direct, &two, &two_len, NULL));
    g_assert_cmpmem(one, one_len, two, two_len);
    g_assert_true(g_file_test(before, G_FILE_TEST_EXISTS)); /* the one before is kept … */
    g_autoptr(GArray) third = changed(second, 4, 9000, 60);
    g_assert_true(move_on(fixture->store, second, 12, third, 13, MS + 13000));
    g_assert_true(store_hotlist_compact(fixture->store, false, &error)); /* a quarter has changed: by itself */
    g_assert_cmpint(state_of(fixture->store).base, ==, 13);
    g_assert_false(g_file_test(before, G_FILE_TEST_EXISTS)); /* … and no longer */
    assert_all(fixture->store, third, none);
}

/* By a second implementation of the format, in Python. */
static void test_known_files(struct fixture *fixture, const void *data)
{
    static const struct {
        int count;
        const char *sha256;
        int64_t length;
    } KNOWN[] = {
        {0, "a29d808667f320625bcc36ac7aa7ad30853ad8101441b43207869d517973e2d5", 140},
        {1, "945ccacde9469aa370fa67e2f8359e11ad1cd1f052f205ee85cf1b146dd68cc0", 149},
        {127, "c3091ec35a032774d6dde47b416bfb94caa556056b8bcfe65896b91c05bb82a7", 1133},
        {128, "135417fdf853cecbecf0a563ec4c27952f82681fbe8314efcce2766978c44f02", 1148},
        {1000, "94fad25f0a4494e104a2e6cb6c7d4a39e11fbe894731b7dcd1566c163c6002c1", 7646},
        {100000, "392f1a09a273fda67e100138daa10a7d954be3ff67209c3ae23bab600ba1fbe8", 672861},
    };
    g_autofree char *path = g_strconcat(fixture->path, ".x", NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(KNOWN); i++) {
        g_autoptr(GArray) list = hotkit_list();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        uint64_t state = 1;
        uint8_t hash[32];
        int64_t length;

        for (int n = 0; n < KNOWN[i].count; n++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            struct hotlist_entry entry = {state ^ state >> 29, (uint8_t)(n % 7)};
            g_array_append_val(list, entry);
        }
        hotkit_write(list, 5, MS, path);
        g_assert_true(file_sha256(path, hash, &length, &error));
        for (int n = 0; n < 32; n++)
            g_string_append_printf(text, "%02x", hash[n]);
        g_assert_cmpstr(text->str, ==, KNOWN[i].sha256);
        g_assert_cmpint(length, ==, KNOWN[i].length);
    }
}

/* Pages of the file that are in memory. */
static int pages_resident(const char *path)
{
    int fd = open(path, O_RDONLY), count = 0;
    struct stat info;

    g_assert_cmpint(fstat(fd, &info), ==, 0);
    size_t len = (size_t)info.st_size, pages = (len + 4095) / 4096;
    void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    g_autofree unsigned char *resident = g_malloc0(pages);
    g_assert_true(map != MAP_FAILED);
    g_assert_cmpint(mincore(map, len, resident), ==, 0);
    for (size_t i = 0; i < pages; i++)
        count += resident[i] & 1;
    munmap(map, len);
    close(fd);
    return count;
}

static void forget_pages(const char *path)
{
    int fd = open(path, O_RDWR);

    g_assert_cmpint(fdatasync(fd), ==, 0);
    g_assert_cmpint(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), ==, 0);
    close(fd);
}

/* An unknown card costs five pages at the most, and as a rule two. */
static void test_pages(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) list = hotkit_random(1, 300000), none = hotkit_random(2, 300);
    g_autofree char *path = g_strconcat(fixture->path, ".x", NULL);
    g_autoptr(GError) error = NULL;
    int most = 0, sum = 0;

    hotkit_write(list, 3, MS, path);
    struct hotfile *file = hotfile_open(path, &error);
    forget_pages(path);
    if (pages_resident(path) > 0) {
        g_test_skip("this file system keeps all of its pages in memory");
        hotfile_unref(file);
        return;
    }
    for (guint i = 0; i < none->len; i++) {
        enum hotlist_reason reason;
        forget_pages(path);
        g_assert_cmpint(hotfile_find(file, g_array_index(none, struct hotlist_entry, i).mark, &reason, &error), ==,
                        HOTLIST_ABSENT);
        int pages = pages_resident(path);
        most = MAX(most, pages);
        sum += pages;
    }
    hotfile_unref(file);
    g_test_message("pages: %d at the most, %.2f on average", most, (double)sum / none->len);
    g_assert_cmpint(most, <=, 5);
    g_assert_cmpint(sum, <=, (int)none->len * 3);
}

/* ---- Stopped anywhere --------------------------------------------------------------------------------------------- */

struct stop {
    int at, seen;
    int error; /* 0: the process ends here */
};

static int stop_step(void *ctx, enum file_step step, const char *path)
{
    struct stop *stop = ctx;

    if (++stop->seen != stop->at)
        return 0;
    if (stop->error == 0)
        _exit(77);
    return stop->error;
}

typedef bool (*work_fn)(struct store *store, GError **error);
static GArray *before_list, *after_list;

static bool work_install(struct store *store, GError **error)
{
    struct hotlist_manifest manifest;

    /* The download is part of it; its own steps must not count. */
    hotkit_part(store, after_list, 8, MS + 8000, &manifest);
    return store_hotlist_install(store, &manifest, error);
}

static bool work_delta(struct store *store, GError **error)
{
    struct hotlist_delta delta;

    hotkit_delta(before_list, 7, after_list, 8, MS + 8000, &delta);
    bool done = store_hotlist_apply(store, &delta, 1, error);
    hotkit_delta_clear(&delta);
    return done;
}

static bool work_compact(struct store *store, GError **error)
{
    return store_hotlist_compact(store, true, error);
}

static void assert_one_or_the_other(struct fixture *fixture, GArray *none)
{
    int64_t version, issued_ms, confirmed_ms;
    struct store_hotlist state = state_of(fixture->store);

    g_assert_true(store_hotlist_info(fixture->store, &version, &issued_ms, &confirmed_ms));
    g_assert_false(state.damaged);
    g_assert_cmpint(state.version, ==, version);
    g_assert_true(version == 7 || version == 8);
    assert_all(fixture->store, version == 7 ? before_list : after_list, none);
}

/* In a process of its own, which ends at the n-th step. False: there were fewer. */
static bool run_killed(struct fixture *fixture, work_fn work, int at)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct stop stop = {.at = at};
        fixture_open(fixture);
        file_faults(stop_step, &stop);
        _exit(work(fixture->store, NULL) ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_true(WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0);
    return WEXITSTATUS(status) == 77;
}

static void stopped(struct fixture *fixture, work_fn work, bool delta_first, int steps_min)
{
    g_autoptr(GArray) none = hotkit_random(9, 100);
    int at = 1;

    before_list = hotkit_random(1, 2000);
    after_list = changed(before_list, 2, 100, 40);
    for (bool more = true; more; at++) {
        lose_database(fixture);
        g_assert_true(give(fixture->store, before_list, 7, MS + 7000, 0));
        if (delta_first)
            g_assert_true(work_delta(fixture->store, NULL));
        fixture_close(fixture);
        more = run_killed(fixture, work, at);
        fixture_open(fixture);
        assert_one_or_the_other(fixture, none);
        if (state_of(fixture->store).version == 7) {
            GError *error = NULL;
            g_assert_true(work(fixture->store, &error)); /* it goes on as if nothing had been */
            g_assert_no_error(error);
        }
        g_assert_cmpint(state_of(fixture->store).version, ==, 8);
        assert_one_or_the_other(fixture, none);
        g_autofree char *high = g_strconcat(fixture->path, ".hotlist.high", NULL);
        g_assert_cmpint(g_unlink(high), ==, 0);
    }
    g_assert_cmpint(at, >, steps_min);
    g_array_unref(before_list);
    g_array_unref(after_list);
}

static void test_killed_install(struct fixture *fixture, const void *data)
{
    stopped(fixture, work_install, false, 15);
}

static void test_killed_delta(struct fixture *fixture, const void *data)
{
    stopped(fixture, work_delta, false, 5);
}

static void test_killed_compact(struct fixture *fixture, const void *data)
{
    stopped(fixture, work_compact, true, 7);
}

/* A step that fails instead: told, nothing changed, and the next attempt does it. */
static void failing(struct fixture *fixture, work_fn work, bool delta_first, int error_number, int error_code)
{
    g_autoptr(GArray) none = hotkit_random(9, 100);
    struct stop stop = {.error = error_number};
    int failed = 0;

    before_list = hotkit_random(1, 2000);
    after_list = changed(before_list, 2, 100, 40);
    do {
        g_autoptr(GError) error = NULL;
        g_autofree char *high = g_strconcat(fixture->path, ".hotlist.high", NULL);
        g_assert_true(g_unlink(high) == 0 || errno == ENOENT);
        lose_database(fixture);
        g_assert_true(give(fixture->store, before_list, 7, MS + 7000, 0));
        if (delta_first)
            g_assert_true(work_delta(fixture->store, &error));
        stop.at++;
        stop.seen = 0;
        file_faults(stop_step, &stop);
        bool done = work(fixture->store, &error);
        file_faults(NULL, NULL);
        if (!done)
            g_assert_error(error, STORE_ERROR, error_code);
        failed += !done;
        assert_one_or_the_other(fixture, none);
        g_clear_error(&error);
        if (!done && state_of(fixture->store).version == 7)
            g_assert_true(work(fixture->store, &error));
        assert_one_or_the_other(fixture, none);
        g_assert_cmpint(state_of(fixture->store).version, ==, 8);
    } while (stop.seen >= stop.at);
    g_assert_cmpint(failed, >=, delta_first ? 4 : 0);
    g_array_unref(before_list);
    g_array_unref(after_list);
}

static void quiet(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static void test_failing(struct fixture *fixture, const void *data)
{
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
    guint handler = g_log_set_handler(NULL, G_LOG_LEVEL_WARNING, quiet, NULL); /* what could not be tidied up */
    failing(fixture, work_compact, true, ENOSPC, STORE_ERROR_FULL);
    failing(fixture, work_compact, true, EIO, STORE_ERROR_FILE);
    failing(fixture, work_delta, false, EIO, STORE_ERROR_FILE);
    g_log_remove_handler(NULL, handler);
}

/* ---- A store of before -------------------------------------------------------------------------------------------- */

/* The list of the first schema goes on until a file is there: looked up, and its age counted. */
static void test_migrated(struct fixture *fixture, const void *data)
{
    g_autoptr(GArray) list = LIST(T2 ":stolen");

    fixture_close(fixture);
    raw_sql(fixture->path,
            "DELETE FROM hotlist_overlay; INSERT INTO hotlist_overlay VALUES('0011223344556677',0),('ffeeddccbbaa9988',6);"
            "INSERT INTO meta VALUES('hotlist_version',9),('hotlist_issued_ms',1795276800000),"
            "('hotlist_confirmed_ms',1795276801000)");
    fixture_open(fixture);
    assert_info(fixture->store, 9, MS, MS + 1000);
    assert_listed(fixture->store, TOKEN, "lost");
    assert_listed(fixture->store, T2, "other");
    assert_listed(fixture->store, T3, NULL);
    g_assert_cmpint(state_of(fixture->store).version, ==, 0); /* no delta fits: fetch it whole */
    g_assert_cmpint(state_of(fixture->store).high, ==, 9);
    g_autoptr(GError) error = NULL;
    g_assert_true(store_hotlist_compact(fixture->store, true, &error));
    assert_listed(fixture->store, TOKEN, "lost");
    g_assert_true(give(fixture->store, list, 10, MS + 10000, 0));
    assert_info(fixture->store, 10, MS + 10000, MS + 10000);
    assert_listed(fixture->store, TOKEN, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/hotlist/file", test_file);
    FIXTURE_ADD("/store/hotlist/deltas", test_deltas);
    FIXTURE_ADD("/store/hotlist/confirm", test_confirm);
    FIXTURE_ADD("/store/hotlist/lost-database", test_lost_database);
    FIXTURE_ADD("/store/hotlist/high", test_high);
    FIXTURE_ADD("/store/hotlist/wrong-file", test_wrong_file);
    FIXTURE_ADD("/store/hotlist/mad-file", test_mad_file);
    FIXTURE_ADD("/store/hotlist/wrong-delta", test_wrong_delta);
    FIXTURE_ADD("/store/hotlist/every-byte", test_every_byte);
    FIXTURE_ADD("/store/hotlist/bad-sector", test_bad_sector);
    FIXTURE_ADD("/store/hotlist/lost-file", test_lost_file);
    FIXTURE_ADD("/store/hotlist/compact", test_compact);
    FIXTURE_ADD("/store/hotlist/known-files", test_known_files);
    FIXTURE_ADD("/store/hotlist/pages", test_pages);
    FIXTURE_ADD("/store/hotlist/killed-install", test_killed_install);
    FIXTURE_ADD("/store/hotlist/killed-delta", test_killed_delta);
    FIXTURE_ADD("/store/hotlist/killed-compact", test_killed_compact);
    FIXTURE_ADD("/store/hotlist/failing", test_failing);
    FIXTURE_ADD("/store/hotlist/migrated", test_migrated);
    return g_test_run();
}
