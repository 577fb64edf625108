/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network comes back during a long wait: the real worker over a transport that is never answered, in virtual time, with the
 * network's change in the middle of a wait.
 */
#include "fixture.h"
#include "device/files.h"
#include "device/keys.h"
#include "model/clock.h"
#include "sync/backoff.h"
#include "sync/sync.h"
#include "sync/transport.h"
#include "sync/wire.h"

#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define IDENTITY                                                                                                      \
    "{\"kiosk\":\"K0001\",\"place_zh\":\"\",\"place_en\":\"\",\"epoch\":1,\"chain_nonce\":\"" ZEROS "\",\"index_key\":\"" ZEROS \
    "\",\"signing_key\":\"" ZEROS "\",\"seal_keys\":[\"" ZEROS "\"]}"
#define START_MS INT64_C(1793754900000)
#define CHANGES  40 /* changes of the network in one life */

struct street {
    GRand *rand;
    int64_t boot_ms;
    unsigned retry_after_s; /* 0: the cable is out; else it answers 503 with this */
    unsigned changes;       /* how often a change is told of in one wait */
    struct sync *sync;
    gint ready, over;
    int64_t last_ms;               /* of the last round */
    int64_t changed_ms;            /* of the last change, 0: none since the last round */
    unsigned seen;
    int64_t waits_ms[CHANGES], whole_ms[CHANGES]; /* from the change, and from the round before it */
};

static struct street *street;

static int64_t virtual_wall(void *ctx)
{
    return START_MS + street->boot_ms;
}

static int64_t virtual_boot(void *ctx)
{
    return street->boot_ms;
}

static const char *virtual_boot_id(void *ctx)
{
    return "11111111-1111-7111-8111-111111111111";
}

static void virtual_sleep(void *ctx, unsigned ms)
{
    street->boot_ms += ms;
}

static void virtual_random(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)g_rand_int(street->rand);
}

/* ---- The transport ------------------------------------------------------------------------------------------------ */

static bool request(void *ctx, const struct http_call *call, struct http_response *out, GError **error)
{
    memset(out, 0, sizeof *out);
    if (street->changed_ms != 0 && street->seen < CHANGES) {
        street->waits_ms[street->seen] = street->boot_ms - street->changed_ms;
        street->whole_ms[street->seen++] = street->boot_ms - street->last_ms;
    }
    if (street->seen == CHANGES)
        g_atomic_int_set(&street->over, 1);
    street->changed_ms = 0;
    street->last_ms = street->boot_ms;
    if (street->retry_after_s == 0) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_TRANSPORT, "the cable is out");
        return false;
    }
    out->status = 503;
    out->retry_after_s = street->retry_after_s;
    out->body = g_string_new("{\"code\":\"BUSY\"}");
    g_strlcpy(out->content_type, "application/problem+json", sizeof out->content_type);
    return true;
}

/* In the middle of every wait the network changes; each sleep is cut, as by the wake that comes with a change. */
static void rest(void *ctx, int timeout_ms)
{
    if (g_atomic_int_get(&street->ready) == 0 || g_atomic_int_get(&street->over) != 0) {
        g_usleep(1000);
        return;
    }
    if (street->changed_ms != 0 || timeout_ms < 2) {
        street->boot_ms += timeout_ms;
        return;
    }
    street->boot_ms += MAX(timeout_ms / 2, 1);
    street->changed_ms = street->boot_ms;
    for (unsigned i = 0; i < street->changes; i++)
        sync_network_changed(street->sync);
}

static void wake(void *ctx)
{
}

/* ---- A life ------------------------------------------------------------------------------------------------------- */

static void live(struct street *own, const struct fixture *fixture)
{
    const struct transport transport = {.request = request, .sleep = rest, .wake = wake};
    const struct sync_options options = {.data_dir = fixture->dir, .platform_url = "https://none:1"};
    struct clock_source source = {NULL, virtual_wall, virtual_boot, virtual_boot_id, virtual_sleep, virtual_random};
    GError *error = NULL;

    own->rand = g_rand_new_with_seed(20261122);
    street = own;
    clock_use(&source);
    own->sync = sync_open(&options, &transport, fixture->store, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(sync_run(own->sync, &error));
    g_assert_no_error(error);
    g_atomic_int_set(&own->ready, 1);
    while (g_atomic_int_get(&own->over) == 0)
        g_usleep(1000);
    sync_stop(own->sync);
    clock_use(NULL);
    g_rand_free(own->rand);
}

static void enrolled_up(struct fixture *f, const void *data)
{
    struct device_keys *keys;
    g_autofree char *sealed = NULL;

    fixture_up(f, data);
    keys = device_keys_open(f->dir, NULL);
    g_assert_nonnull(keys);
    sealed = device_keys_wrap(keys, "platform.json", IDENTITY, NULL);
    device_keys_free(keys);
    g_assert_nonnull(sealed);
    g_assert_true(file_put(f->dir, "platform.json", sealed, strlen(sealed), NULL));
}

static void test_within_seconds(struct fixture *f, const void *data)
{
    struct street own = {.changes = 1};
    int64_t least_ms = G_MAXINT64, most_ms = 0;

    live(&own, f);
    for (size_t i = 0; i < CHANGES; i++) {
        least_ms = MIN(least_ms, own.waits_ms[i]);
        most_ms = MAX(most_ms, own.waits_ms[i]);
    }
    g_test_message("a round %d ms to %d ms after the change", (int)least_ms, (int)most_ms);
    g_assert_cmpint(most_ms, <=, BACKOFF_BACK_MS + 10);
    g_assert_cmpint(most_ms - least_ms, >, 1000); /* not all at once */
}

/* Without a change of the network the same life waits for minutes. */
static void test_without(struct fixture *f, const void *data)
{
    struct street own = {.changes = 0};
    int64_t most_ms = 0;

    live(&own, f);
    for (size_t i = 0; i < CHANGES; i++)
        most_ms = MAX(most_ms, own.waits_ms[i]);
    g_assert_cmpint(most_ms, >, 60000);
}

/* Many changes in one wait (each address and route is one) count as one: else the shortest of many draws would win. */
static void test_once_a_wait(struct fixture *f, const void *data)
{
    struct street one = {.changes = 1}, many = {.changes = 25};
    int64_t sum_one_ms = 0, sum_many_ms = 0;

    live(&one, f);
    live(&many, f);
    for (size_t i = 0; i < CHANGES; i++) {
        sum_one_ms += one.waits_ms[i];
        sum_many_ms += many.waits_ms[i];
    }
    g_assert_cmpint(sum_many_ms * 2, >, sum_one_ms);
}

static void test_retry_after_holds(struct fixture *f, const void *data)
{
    struct street own = {.changes = 1, .retry_after_s = 60};

    live(&own, f);
    for (size_t i = 0; i < CHANGES; i++) {
        g_assert_cmpint(own.whole_ms[i], >=, 60000);
        g_assert_cmpint(own.whole_ms[i], <=, 60000 + BACKOFF_CAP_MS + 10);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/network/within-seconds", struct fixture, NULL, enrolled_up, test_within_seconds, fixture_down);
    g_test_add("/network/without", struct fixture, NULL, enrolled_up, test_without, fixture_down);
    g_test_add("/network/once-a-wait", struct fixture, NULL, enrolled_up, test_once_a_wait, fixture_down);
    g_test_add("/network/retry-after", struct fixture, NULL, enrolled_up, test_retry_after_holds, fixture_down);
    return g_test_run();
}
