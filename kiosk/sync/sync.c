/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sync worker.
 *
 *            ┌────────────── kick, or interval_ms ──────────────┐
 *            ▼                                                  │
 *   ROUND: feed (hotlist first) ─► outbox ─► all good ─► IDLE ──┘
 *            │                        │
 *            └──── any failure ───────┴─► BACKOFF: 0 … min(retry_ms_max, 500·2ⁿ) ms, at least Retry-After ─► ROUND
 *
 * A kick ends IDLE and not BACKOFF: a platform in trouble is not asked more often because there is more to tell it.
 * A feed whose content is wrong does not stop the push: evidence of payments must get out. Lost transport ends the round.
 * n goes back to 0 after a whole good round only. Stopping aborts a request under way; sending it again is always safe.
 */
#include "sync/ask.h"
#include "sync/http.h"
#include "sync/round.h"
#include "device/keys.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <string.h>

#define INTERVAL_MS_DEFAULT  5000
#define RETRY_MS_MAX_DEFAULT 10000
#define RETRY_MS_BASE        500
#define RETRY_AFTER_S_MAX    300

struct sync {
    GThread *thread;
    struct transport transport;
    struct store *store;
    struct sync_identity identity;
    sync_status_fn fn;
    void *data;
    unsigned interval_ms, retry_ms_max;
    gint stop, kicked;
    struct asks *asks; /* thread safe */
    /* Owned by the thread. */
    struct sync_status status;
    struct round round;
    unsigned failures;
};

/* One line, bounded, on a boundary of UTF-8. */
static void set_error_text(struct sync_status *status, const char *message)
{
    g_autofree char *text = g_utf8_make_valid(message != NULL ? message : "unknown", -1);
    size_t len = strlen(text);

    if (len >= sizeof status->error) {
        len = sizeof status->error - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
        text[len] = '\0';
    }
    g_strlcpy(status->error, g_strdelimit(text, "\r\n\t", ' '), sizeof status->error);
}

static bool run_round(struct sync *sync, GError **error)
{
    GError *feed_error = NULL;
    int feed_status = 0;
    unsigned feed_retry_s = 0;

    sync->round.time_known = false;
    if (!feed_pull(&sync->round, &feed_error)) {
        feed_status = sync->round.http_status;
        feed_retry_s = sync->round.retry_after_s;
        if (round_lost(feed_error)) {
            g_propagate_error(error, feed_error);
            return false;
        }
    }
    if (!push_outbox(&sync->round, feed_error == NULL ? error : NULL) && feed_error == NULL)
        return false;
    if (feed_error == NULL)
        return true;
    sync->round.http_status = feed_status;
    sync->round.retry_after_s = MAX(feed_retry_s, sync->round.retry_after_s);
    g_propagate_error(error, feed_error);
    return false;
}

static void tell(struct sync *sync)
{
    if (sync->fn != NULL)
        sync->fn(sync->data, &sync->status);
}

static void round_and_tell(struct sync *sync)
{
    GError *error = NULL;
    bool good = run_round(sync, &error);

    sync->status.disk_old = sync->round.disk_old;
    if (g_error_matches(error, SYNC_ERROR, SYNC_ERROR_STOPPED)) {
        g_clear_error(&error);
        return;
    }
    sync->status.online = good;
    if (sync->round.http_status != 0)
        sync->status.http_status = sync->round.http_status;
    if (good) {
        sync->failures = 0;
        sync->status.synced_ms = now_ms();
        sync->status.clock_offset_ms = sync->round.clock_offset_ms;
        sync->status.error[0] = '\0';
    } else {
        sync->failures = MIN(sync->failures + 1, 30);
        set_error_text(&sync->status, error != NULL ? error->message : NULL);
    }
    g_clear_error(&error);
    tell(sync);
}

/* Full jitter: any moment between now and the exponential bound, so that a city's kiosks do not come back in step. */
static int pause_ms(struct sync *sync)
{
    unsigned bound_ms, least_ms;

    if (sync->failures == 0)
        return (int)sync->interval_ms;
    bound_ms = (unsigned)MIN((guint64)sync->retry_ms_max, (guint64)RETRY_MS_BASE << (sync->failures - 1));
    least_ms = MIN(sync->round.retry_after_s, RETRY_AFTER_S_MAX) * 1000;
    return (int)(least_ms + random_below(bound_ms + 1));
}

static void pause_worker(struct sync *sync)
{
    int64_t end_ms = clock_boot_ms() + pause_ms(sync);

    while (g_atomic_int_get(&sync->stop) == 0) {
        int64_t left_ms = end_ms - clock_boot_ms();

        if (left_ms <= 0 || (sync->failures == 0 && g_atomic_int_get(&sync->kicked) != 0))
            return;
        sync->transport.sleep(sync->transport.ctx, (int)MIN(left_ms + 1, 60000));
        asks_carry(sync->asks, &sync->transport);
    }
}

void sync_turn(struct sync *sync)
{
    g_atomic_int_set(&sync->kicked, 0);
    asks_carry(sync->asks, &sync->transport); /* somebody waits for these, with a card on the reader */
    round_and_tell(sync);
    asks_carry(sync->asks, &sync->transport);
}

bool sync_kicked(struct sync *sync)
{
    return g_atomic_int_get(&sync->kicked) != 0;
}

static gpointer work(gpointer data)
{
    struct sync *sync = data;

    while (g_atomic_int_get(&sync->stop) == 0) {
        sync_turn(sync);
        pause_worker(sync);
    }
    return NULL;
}

static bool open_http(struct sync *sync, const struct sync_options *options, const struct device_keys *keys,
                      GError **error)
{
    g_autofree char *ca = g_build_filename(options->data_dir, "ca.pem", NULL);
    g_autofree char *cert = g_build_filename(options->data_dir, "client.pem", NULL);
    char *key = device_keys_read(keys, options->data_dir, "client.key", error);
    struct http_options http_options = {
        .url = options->platform_url, .ca_file = ca, .cert_file = cert, .key_pem = key};
    struct http *http = key != NULL ? http_new(&http_options, &sync->stop, error) : NULL;

    if (key != NULL)
        OPENSSL_cleanse(key, strlen(key));
    g_free(key);
    if (http != NULL)
        sync->transport = http_transport(http);
    return http != NULL;
}

static bool open_all(struct sync *sync, const struct sync_options *options, bool carried, GError **error)
{
    struct device_keys *own = options->keys == NULL ? device_keys_open(options->data_dir, error) : NULL;
    const struct device_keys *keys = own != NULL ? own : options->keys;
    bool ok = keys != NULL && sync_identity_open(keys, options->data_dir, &sync->identity, error) &&
              (carried || open_http(sync, options, keys, error));

    device_keys_free(own);
    return ok;
}

struct sync *sync_open(const struct sync_options *options, const struct transport *transport, struct store *store,
                       sync_status_fn fn, void *data, GError **error)
{
    struct sync *sync = g_new0(struct sync, 1);

    sync->asks = asks_new();
    g_return_val_if_fail(options->data_dir != NULL && store != NULL, NULL);
    sync->store = store;
    sync->fn = fn;
    sync->data = data;
    sync->interval_ms =
        options->interval_ms != 0 ? MIN(options->interval_ms, G_MAXINT / 2) : INTERVAL_MS_DEFAULT;
    sync->retry_ms_max =
        options->retry_ms_max != 0 ? MIN(options->retry_ms_max, G_MAXINT / 2) : RETRY_MS_MAX_DEFAULT;
    if (transport != NULL)
        sync->transport = *transport;
    if (!open_all(sync, options, transport != NULL, error)) {
        sync_stop(sync);
        return NULL;
    }
    sync->round = (struct round){.transport = &sync->transport,
                                 .store = store,
                                 .identity = &sync->identity,
                                 .rows_max = WIRE_PUSH_ROWS_MAX};
    return sync;
}

bool sync_run(struct sync *sync, GError **error)
{
    sync->thread = g_thread_try_new("sync", work, sync, error);
    return sync->thread != NULL;
}

struct sync *sync_start(const struct sync_options *options, struct store *store, sync_status_fn fn,
                        void *data, GError **error)
{
    struct sync *sync = sync_open(options, NULL, store, fn, data, error);

    if (sync == NULL || sync_run(sync, error))
        return sync;
    sync_stop(sync);
    return NULL;
}

void sync_kick(struct sync *sync)
{
    if (sync == NULL)
        return;
    g_atomic_int_set(&sync->kicked, 1);
    sync->transport.wake(sync->transport.ctx);
}

bool sync_ask(struct sync *sync, const struct sync_question *question, unsigned timeout_ms, struct sync_answer *out,
              GError **error)
{
    return asks_put(sync->asks, &sync->transport, sync->thread != NULL ? sync_kick : NULL, sync, question, timeout_ms,
                    out, error);
}

void sync_stop(struct sync *sync)
{
    if (sync == NULL)
        return;
    g_atomic_int_set(&sync->stop, 1);
    if (sync->thread != NULL) {
        sync->transport.wake(sync->transport.ctx);
        g_thread_join(sync->thread);
    }
    if (sync->transport.free != NULL)
        sync->transport.free(sync->transport.ctx);
    asks_free(sync->asks);
    OPENSSL_cleanse(&sync->identity, sizeof sync->identity);
    g_free(sync);
}
