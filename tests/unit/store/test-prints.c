/* SPDX-License-Identifier: Apache-2.0 */
/* The printer's queue: kept over a restart and sealed, one after another, given up when it is late, and what was out before. */
#include "fixture.h"
#include "model/model.h"
#include "store/prints.h"

#include <string.h>

#define SECRET "王小明的凭条"

static void add(struct fixture *f, const char *what)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_print_add(f->store, what, TOKEN, SECRET, &error));
    g_assert_no_error(error);
}

/* NULL: nothing waits. */
static bool next(struct fixture *f, struct store_print *out)
{
    g_autoptr(GError) error = NULL;
    int found = store_print_next(f->store, out, &error);

    g_assert_no_error(error);
    return found == 1;
}

static void take(struct fixture *f, const char *what, struct store_print *out)
{
    g_assert_true(next(f, out));
    g_assert_cmpstr(out->what, ==, what);
    g_assert_cmpstr(out->text, ==, SECRET);
    g_clear_pointer(&out->text, g_free);
}

static void end(struct fixture *f, const struct store_print *job, enum store_print_state state, const char *reason)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(store_print_end(f->store, job->id, state, reason, &error));
    g_assert_no_error(error);
}

static void nothing_waits(struct fixture *f)
{
    struct store_print job;
    g_assert_false(next(f, &job));
}

static int64_t rows(struct fixture *f, const char *where)
{
    g_autofree char *query = g_strdup_printf("SELECT count(*) FROM print WHERE %s", where);
    fixture_close(f);
    int64_t count = raw_int(f->path, query);
    fixture_open(f);
    return count;
}

static void test_order(struct fixture *f, const void *data)
{
    struct store_print job;

    nothing_waits(f);
    add(f, "order:1");
    add(f, "seat:2");
    add(f, "order:1"); /* it waits already */
    take(f, "order:1", &job);
    g_assert_false(store_print_was_out(f->store, "order:1"));
    end(f, &job, STORE_PRINT_DONE, "");
    g_assert_true(store_print_was_out(f->store, "order:1"));
    take(f, "seat:2", &job);
    end(f, &job, STORE_PRINT_FAILED, "NO_PAPER");
    g_assert_false(store_print_was_out(f->store, "seat:2"));
    add(f, "seat:3");
    take(f, "seat:3", &job);
    end(f, &job, STORE_PRINT_UNSURE, "OFFLINE");
    g_assert_true(store_print_was_out(f->store, "seat:3"));
    nothing_waits(f);
    g_assert_cmpint(rows(f, "value!=''"), ==, 0);
    g_assert_cmpint(rows(f, "state='FAILED' AND reason='NO_PAPER'"), ==, 1);
}

/* An older program left certificates stopped and told nobody: they are found again once, but for what was told. */
static void test_stopped_before(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *told = json_pack("{s:s}", "number", "CC-2");
    struct store_print job;

    add(f, "certificate:CC-1");
    add(f, "certificate:CC-2");
    add(f, "order:1");
    g_assert_true(store_append(f->store, "certificate.printed", told, NULL, &error));
    json_decref(told);
    fixture_close(f);
    raw_sql(f->path, "UPDATE print SET state='FAILED', reason='STOPPED', value=''; PRAGMA user_version=20");
    fixture_open(f);
    g_assert_cmpint(store_print_stopped(f->store, "certificate", 0, &job, &error), ==, 1);
    g_assert_cmpstr(job.what, ==, "certificate:CC-1");
    g_assert_cmpint(store_print_stopped(f->store, "certificate", job.id, &job, &error), ==, 0);
    g_assert_true(store_prints_settle(f->store, &error));
    g_assert_true(store_print_was_out(f->store, "certificate:CC-1"));
    g_assert_cmpint(rows(f, "state='PRINTING'"), ==, 0); /* it is not found a second time */
}

/* What waits is there again, what was being printed may be out: the next one of it bears the mark. */
static void test_restart(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct store_print job;

    add(f, "order:1");
    add(f, "seat:2");
    take(f, "order:1", &job);
    fixture_close(f);
    fixture_open(f);
    g_assert_true(store_prints_settle(f->store, &error));
    g_assert_true(store_print_was_out(f->store, "order:1"));
    take(f, "seat:2", &job);
    end(f, &job, STORE_PRINT_DONE, "");
    g_assert_cmpint(rows(f, "state='FAILED' AND reason='STOPPED' AND value=''"), ==, 1);
}

static int64_t told(struct fixture *f)
{
    fixture_close(f);
    int64_t count = raw_int(f->path, "SELECT count(*) FROM journal WHERE type='certificate.printed'");
    fixture_open(f);
    return count;
}

static bool out(struct fixture *f, const struct store_print *job)
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:s}", "number", "V2026YT010000172");
    bool done = store_print_out(f->store, job->id, STORE_PRINT_DONE, "", "certificate.printed", data, &error);

    g_assert_true(done == (error == NULL));
    json_decref(data);
    return done;
}

/* The word that it is out comes with its end, once; of what is not being printed there is none. */
static void test_out(struct fixture *f, const void *data)
{
    struct store_print job = {.id = 1};

    add(f, "certificate:1");
    g_assert_false(out(f, &job)); /* it waits */
    take(f, "certificate:1", &job);
    g_assert_cmpint(told(f), ==, 0);
    g_assert_true(out(f, &job));
    g_assert_false(out(f, &job));
    g_assert_cmpint(told(f), ==, 1);
    g_assert_cmpint(rows(f, "state='DONE' AND value=''"), ==, 1);
    add(f, "certificate:1");
    take(f, "certificate:1", &job);
    end(f, &job, STORE_PRINT_FAILED, "NO_PAPER");
    g_assert_false(out(f, &job));
    g_assert_cmpint(told(f), ==, 1);
}

static void assert_nowhere(const char *path, const char *text)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;

    if (g_file_get_contents(path, &bytes, &len, NULL))
        g_assert_null(memmem(bytes, len, text, strlen(text)));
}

static void test_sealed(struct fixture *f, const void *data)
{
    g_autofree char *wal = g_strconcat(f->path, "-wal", NULL);

    add(f, "order:1");
    assert_nowhere(wal, SECRET);
    fixture_close(f);
    assert_nowhere(f->path, SECRET);
    /* One that was moved to another's place does not open, and holds up nothing. */
    raw_sql(f->path, "UPDATE print SET what='order:9'");
    fixture_open(f);
    struct store_print job;
    add(f, "seat:2");
    g_assert_true(next(f, &job));
    g_assert_null(job.text);
    end(f, &job, STORE_PRINT_FAILED, "FAILED");
    take(f, "seat:2", &job);
    end(f, &job, STORE_PRINT_DONE, "");
}

/* Nobody stands there any more: also when the clock was set back meanwhile. */
static void test_late(struct fixture *f, const void *data)
{
    add(f, "order:1");
    add(f, "order:2");
    add(f, "order:3");
    fixture_close(f);
    raw_sql(f->path, "UPDATE print SET made_ms=made_ms-11*60000 WHERE what='order:1'");
    raw_sql(f->path, "UPDATE print SET made_ms=made_ms+11*60000 WHERE what='order:2'");
    fixture_open(f);
    struct store_print job;
    take(f, "order:3", &job);
    end(f, &job, STORE_PRINT_DONE, "");
    nothing_waits(f);
    g_assert_cmpint(rows(f, "state='GIVEN_UP' AND value=''"), ==, 2);
    g_assert_false(store_print_was_out(f->store, "order:1"));
}

/* The log does not grow for ever. */
static void test_old(struct fixture *f, const void *data)
{
    struct store_print job;

    add(f, "order:1");
    take(f, "order:1", &job);
    end(f, &job, STORE_PRINT_DONE, "");
    fixture_close(f);
    raw_sql(f->path, "UPDATE print SET made_ms=made_ms-91*86400000");
    fixture_open(f);
    add(f, "order:2");
    g_assert_cmpint(rows(f, "what='order:1'"), ==, 0);
    g_assert_cmpint(rows(f, "what='order:2'"), ==, 1);
}

/* The platform has this card wiped: what waits of it is not printed any more. */
static void test_wiped(struct fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    json_t *items = json_of("[{'topic':'command','key':'1','version':5,'deleted':false,'value':{'kind':'wipe','token':'" TOKEN "'}}]");

    add(f, "order:1");
    g_assert_true(store_feed_apply(f->store, items, "c1", &error));
    g_assert_no_error(error);
    json_decref(items);
    nothing_waits(f);
    g_assert_cmpint(rows(f, "state='GIVEN_UP' AND value=''"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/prints/order", test_order);
    FIXTURE_ADD("/store/prints/restart", test_restart);
    FIXTURE_ADD("/store/prints/stopped-before", test_stopped_before);
    FIXTURE_ADD("/store/prints/out", test_out);
    FIXTURE_ADD("/store/prints/sealed", test_sealed);
    FIXTURE_ADD("/store/prints/late", test_late);
    FIXTURE_ADD("/store/prints/old", test_old);
    FIXTURE_ADD("/store/prints/wiped", test_wiped);
    return g_test_run();
}
