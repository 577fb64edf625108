/* SPDX-License-Identifier: Apache-2.0 */
/* Importing a long hotlist: kiosks are served meanwhile, a stop is gone on from, and who reports a card meanwhile is heard. */
#include "kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 120000

struct fixture {
    char *dir, *path;
    struct platform *platform;
    struct pen pen;
    GThread *thread;
    gint over;
};

static void up(struct fixture *f, const void *data)
{
    f->dir = kit_dir();
    f->path = g_build_filename(f->dir, "lines", NULL);
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
}

/* The newest version's count and digest are those of the entries that readers see. */
static int64_t assert_list(struct fixture *f);

static void down(struct fixture *f, const void *data)
{
    assert_list(f);
    g_assert_true(hotlist_settle(f->platform, NULL));
    assert_list(f);
    platform_close(f->platform);
    kit_dir_done(f->dir);
    g_free(f->path);
}

struct seen {
    struct hotlist_head head;
    uint64_t last;
};

static bool sum_up(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    struct seen *seen = ctx;

    if (seen->head.count++ > 0)
        g_assert_cmpuint(entry->mark, >, seen->last);
    seen->last = entry->mark;
    hotlist_digest_add(seen->head.digest, entry->mark, entry->reason);
    return true;
}

static int64_t assert_list(struct fixture *f)
{
    struct hotlist_head head;
    struct seen seen = {0};
    bool known;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_hotlist_head(f->platform->db, &head, &known, NULL) && known);
    g_assert_true(db_hotlist_each(f->platform->db, sum_up, &seen, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpint(seen.head.count, ==, head.count);
    g_assert_cmpmem(seen.head.digest, 32, head.digest, 32);
    return head.count;
}

static void lines_write(struct fixture *f, const char *before, int from, int count)
{
    g_autoptr(GString) text = g_string_new(before);

    for (int i = from; i < from + count; i++)
        g_string_append_printf(text, "9902000000%06d stolen\n", i);
    g_assert_true(g_file_set_contents(f->path, text->str, -1, NULL));
}

static int reason_of(struct fixture *f, const char *card)
{
    char token[33];
    struct hotlist_listed listed;
    uint64_t mark;

    card_token(f->platform->index_key, card, token);
    g_assert_true(hotlist_mark_of_token(token, &mark));
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_hotlist_entry_find(f->platform->db, mark, &listed, NULL));
    db_rollback(f->platform->db);
    return listed.reason;
}

static struct import_row import_of(struct platform *platform)
{
    struct import_row import;

    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_import_find(platform->db, &import, NULL));
    db_rollback(platform->db);
    return import;
}

static gpointer import_run(gpointer data)
{
    struct fixture *f = data;
    g_autoptr(GError) error = NULL;
    int64_t version, lines;

    hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error);
    g_assert_no_error(error);
    g_assert_cmpint(version, ==, 3);
    g_atomic_int_set(&f->over, 1);
    return NULL;
}

static void wait_begun(struct fixture *f)
{
    for (int i = 0; i < 20000 && import_of(f->platform).done == 0; i++)
        g_usleep(500);
    g_assert_cmpint(import_of(f->platform).done, >, 0);
}

/* One transaction of all kept every kiosk waiting until it was over. */
static void test_between(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(2);
    g_autofree char *first = g_strdup_printf("-%s\n", card);
    int64_t worst_ms = 0, version;
    unsigned pushed = 0;

    lines_write(f, first, 0, LINES);
    f->thread = g_thread_new("import", import_run, f);
    wait_begun(f);
    g_assert_true(hotlist_card_lost(f->platform, card, now_ms(), &version, NULL)); /* a version of its own, at once */
    g_assert_cmpint(version, ==, 2);
    while (g_atomic_int_get(&f->over) == 0) {
        json_t *fact = json_pack("{s:s, s:i, s:s, s:s}", "refused", "01985d5e-5c00-7000-8000-000000000001", "seq", 1, "by", "S0001", "why", "seen");
        int64_t begun_us = g_get_monotonic_time();
        json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", pen_event(&f->pen, "refused.resolved", fact)));
        worst_ms = MAX(worst_ms, (g_get_monotonic_time() - begun_us) / 1000);
        g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
        json_decref(answer);
        pushed++;
    }
    g_thread_join(f->thread);
    g_test_message("%u batches were taken meanwhile, the slowest in %d ms", pushed, (int)worst_ms);
    g_assert_cmpuint(pushed, >=, LINES / 5000 / 2); /* in between the transactions of the import */
    g_assert_cmpint(reason_of(f, card), ==, HOTLIST_LOST); /* who reported it knew better than the file */
    g_assert_cmpint(assert_list(f), >=, LINES);
}

static pid_t import_elsewhere(struct fixture *f)
{
    pid_t child = fork();
    int64_t version, lines;

    g_assert_cmpint(child, >=, 0);
    if (child != 0)
        return child;
    struct platform *other = platform_open(f->dir, NULL);
    bool done = other != NULL && hotlist_import(other, f->path, now_ms(), &version, &lines, NULL);
    _exit(done ? 0 : 1);
}

static void stop_half_way(struct fixture *f)
{
    pid_t child = import_elsewhere(f);
    int status;

    wait_begun(f);
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    struct import_row import = import_of(f->platform);
    g_assert_cmpint(import.state, ==, IMPORT_STAGING);
    g_assert_cmpint(import.done, >, 0);
    g_assert_cmpint(import.done, <, LINES);
}

static void test_stopped(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    int64_t before = assert_list(f), version, lines;

    lines_write(f, "", 0, LINES);
    stop_half_way(f);
    g_assert_cmpint(assert_list(f), ==, before); /* nothing of it is in force */
    int64_t done = import_of(f->platform).done;
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(version, ==, 2);
    g_assert_cmpint(done, >, 0);
    g_assert_cmpint(assert_list(f), ==, before + LINES);
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_cmpint(version, ==, 2); /* once more: nothing changes */
}

/* Another file: what was staged of the first is nobody's. */
static void test_other_file(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    int64_t before = assert_list(f), version, lines;

    lines_write(f, "", 0, LINES);
    stop_half_way(f);
    lines_write(f, "", LINES, 10);
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(assert_list(f), ==, before + 10);
    json_t *answer = kit_hotlist(f->platform, 1); /* few enough for a delta */
    g_assert_cmpuint(json_array_size(json_object_get(answer, "deltas")), ==, 1);
    json_decref(answer);
}

/* A card is told of while a published import still lies over the list. */
static void test_over_the_list(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *a = kit_card(0), *b = kit_card(1), *lost = kit_card(4);
    g_autofree char *first = g_strdup_printf("%s stolen\n%s lost\n-%s\n", a, b, lost);
    int64_t version, lines;

    lines_write(f, first, 0, 100);
    g_assert_cmpint(reason_of(f, lost), ==, HOTLIST_LOST);
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(import_of(f->platform).state, ==, IMPORT_PUBLISHED);
    g_assert_cmpint(reason_of(f, a), ==, HOTLIST_STOLEN);
    g_assert_cmpint(reason_of(f, lost), ==, HOTLIST_TAKE_OFF);
    assert_list(f);
    g_assert_true(kit_card_told(f->platform, a, false, now_ms(), &version, &error)); /* over the staged row */
    g_assert_true(hotlist_card_lost(f->platform, b, now_ms(), &version, &error));  /* the same as the file */
    g_assert_true(hotlist_card_lost(f->platform, lost, now_ms(), &version, &error));
    g_assert_no_error(error);
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(reason_of(f, a), ==, HOTLIST_TAKE_OFF);
        g_assert_cmpint(reason_of(f, b), ==, HOTLIST_LOST);
        g_assert_cmpint(reason_of(f, lost), ==, HOTLIST_LOST);
        assert_list(f);
        g_assert_true(hotlist_settle(f->platform, &error));
        g_assert_cmpint(import_of(f->platform).state, ==, IMPORT_NONE);
    }
}

/* Both are longer than what is read at once: some go, some get another reason, some are new. */
static void test_over_pages(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    int64_t before = assert_list(f), version, lines;

    lines_write(f, "", 0, 40000);
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_true(hotlist_settle(f->platform, &error));
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(text, "%s9902000000%06d%s\n", i % 4 == 0 ? "-" : "", i, i % 4 == 0 ? "" : " lost");
    g_assert_true(g_file_set_contents(f->path, text->str, -1, NULL));
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
    g_assert_no_error(error);
    g_assert_cmpint(import_of(f->platform).state, ==, IMPORT_PUBLISHED);
    g_assert_cmpint(assert_list(f), ==, before + 45000);
}

/* Wherever the last line was torn, nothing of the file is taken: of 19 digits the first 16 would be another card. */
static void test_torn(struct fixture *f, const void *data)
{
    static const char text[] = "9902000000000001 stolen\n3109902000000000222 lost\n";
    const size_t last = strchr(text, '\n') + 1 - text;
    int64_t before = assert_list(f), version, lines;

    for (size_t len = last + 1; len < sizeof text - 1; len++) {
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_set_contents(f->path, text, (gssize)len, NULL));
        g_assert_false(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, &error));
        g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT);
        g_assert_nonnull(strstr(error->message, "line 2 has no end"));
    }
    g_assert_cmpint(assert_list(f), ==, before);
    g_assert_true(g_file_set_contents(f->path, text, -1, NULL));
    g_assert_true(hotlist_import(f->platform, f->path, now_ms(), &version, &lines, NULL));
    g_assert_cmpint(assert_list(f), ==, before + 2);
}

#define ADD(name) g_test_add("/hotlist-import/" #name, struct fixture, NULL, up, test_##name, down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(between);
    ADD(stopped);
    ADD(other_file);
    ADD(over_the_list);
    ADD(over_pages);
    ADD(torn);
    return g_test_run();
}
