/* SPDX-License-Identifier: Apache-2.0 */
/* Many at once, on both engines: batches that share commits, beside one that fails; readers beside a writer that does not end. */
#include "ingest-make.h"
#include "platform/calls/ingest.h"
#include "platform/data/db-stats.h"
#include "sync/wire.h"
#include <string.h>

#define KIOSKS  8
#define BATCHES 96

struct share {
    struct maker *maker;
    GPtrArray *batches;
    unsigned kiosk;
    unsigned accepted, others;
};

static json_t *push(struct platform *platform, const char *kiosk, const char *text, GError **error)
{
    json_t *request = wire_parse(text, strlen(text), NULL);
    json_t *answer = ingest_batch(platform, kiosk, KIT_SERIAL, request, g_get_real_time() / 1000, error);

    json_decref(request);
    return answer;
}

/* One kiosk's batches in their order; before each, one of a kiosk that nobody knows, which must fail alone. */
static gpointer kiosk_run(gpointer data)
{
    struct share *share = data;
    size_t i;
    json_t *item;

    for (guint at = share->kiosk; at < share->batches->len; at += KIOSKS) {
        const struct made_batch *batch = share->batches->pdata[at];
        g_autoptr(GError) error = NULL, unknown = NULL;

        g_assert_null(push(share->maker->platform, "NOBODY", batch->text, &unknown));
        g_assert_error(unknown, PLATFORM_ERROR, PLATFORM_ERROR_KIOSK_UNKNOWN);
        json_t *answer = push(share->maker->platform, batch->kiosk, batch->text, &error);
        g_assert_no_error(error);
        json_array_foreach(json_object_get(answer, "verdicts"), i, item)
            if (g_strcmp0(json_string_value(json_object_get(item, "verdict")), "accepted") == 0)
                share->accepted++;
            else
                share->others++;
        json_decref(answer);
    }
    return NULL;
}

static void test_batches(void)
{
    struct maker maker;
    struct share shares[KIOSKS];
    GThread *threads[KIOSKS];
    unsigned status;

    maker_open(&maker, KIOSKS);
    g_autoptr(GPtrArray) batches = maker_batches(&maker, BATCHES, 10);
    for (unsigned i = 0; i < KIOSKS; i++) {
        shares[i] = (struct share){.maker = &maker, .batches = batches, .kiosk = i};
        threads[i] = g_thread_new("kiosk", kiosk_run, &shares[i]);
    }
    for (int i = 0; i < 100; i++) { /* and somebody reads meanwhile */
        json_decref(kit_call(maker.platform, "GET", "/v1/health", NULL, NULL, NULL, &status));
        g_assert_cmpuint(status, ==, 200);
    }
    for (unsigned i = 0; i < KIOSKS; i++) {
        g_thread_join(threads[i]);
        g_assert_cmpuint(shares[i].accepted, ==, BATCHES / KIOSKS * 10);
        g_assert_cmpuint(shares[i].others, ==, 0);
    }
    json_t *report = kit_report(maker.platform);
    kit_assert_ledger(report);
    g_assert_cmpuint(json_array_size(json_object_get(report, "transactions")), ==, BATCHES * 2);
    json_decref(report);
    maker_close(&maker);
}

static int64_t statements_of(struct platform *platform, const struct made_batch *batch)
{
    g_autoptr(GError) error = NULL;
    struct db_stats before, after;
    size_t i;
    json_t *item;

    db_stats_get(&before);
    json_t *answer = push(platform, batch->kiosk, batch->text, &error);
    db_stats_get(&after);
    g_assert_no_error(error);
    json_array_foreach(json_object_get(answer, "verdicts"), i, item)
        g_assert_cmpstr(json_string_value(json_object_get(item, "verdict")), ==, "accepted");
    json_decref(answer);
    return after.statements - before.statements;
}

/* What an event costs in statements, payments and taps and mere facts together: no more than this, and no more for the last than for
 * the first, whatever lies there by then. A batch of ten has all that there is once. */
static void test_statements(void)
{
    enum { EVENTS = 100, PER_EVENT = 3, PER_BATCH = 10 };
    struct maker maker;
    int64_t first = 0, last = 0;

    maker_open(&maker, 1);
    g_autoptr(GPtrArray) batches = maker_batches(&maker, 8, EVENTS);
    for (guint i = 0; i < batches->len; i++) {
        last = statements_of(maker.platform, batches->pdata[i]);
        first = i == 1 ? last : first; /* the very first begins an epoch, too */
        g_test_message("%" G_GINT64_FORMAT " statements", last);
        g_assert_cmpint(last, <=, EVENTS * PER_EVENT + PER_BATCH);
    }
    g_assert_cmpint(last, <=, first + 2);
    maker_close(&maker);
}

static gpointer look(gpointer data)
{
    unsigned status;

    json_decref(kit_call(data, "GET", "/v1/health", NULL, NULL, NULL, &status));
    return GUINT_TO_POINTER(status);
}

/* The writer goes on only when the readers, more than there are connections for them, have their answers. */
static void test_readers(void)
{
    char *dir = kit_dir();
    struct platform *platform = kit_platform(dir);
    GThread *threads[12];

    g_assert_true(db_begin(platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("reader", look, platform);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(threads[i])), ==, 200);
    db_rollback(platform->db);
    platform_close(platform);
    kit_dir_done(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/together/batches", test_batches);
    g_test_add_func("/platform/together/statements", test_statements);
    g_test_add_func("/platform/together/readers", test_readers);
    return g_test_run();
}
