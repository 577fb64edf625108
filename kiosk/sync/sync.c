/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sync worker.
 *
 *            ┌──────── kick, news, or interval_ms ────────┐
 *            ▼                                            │
 *   ROUND: feed ─► time ─► outbox ─► all good ─► IDLE ────┘   IDLE: one request waits at the platform for news
 *            │       │        │
 *            └───────┴────────┴─ any failure ─► BACKOFF (backoff.h): full jitter to retry_ms_max, at least Retry-After ─► ROUND
 *                                                     the network changed, or a question was answered: within 15 s, once a wait
 *
 * While a request waits for news, a round leaves the feed out: a kick only pushes, and interval_ms only asks for the signed
 * time, which tells within seconds that the platform is still there. News make a whole round. Without such a request (the
 * platform does not know it, or a transport has none) each round is a whole one.
 *
 * A kick ends IDLE and not BACKOFF, nor does the network's return end it at once: a platform in trouble is not asked more often because there is more to tell it.
 * A feed or a time whose content is wrong does not stop the push: evidence of payments must get out. Lost transport ends the
 * round. Only a whole good round ends the backoff. Stopping aborts a request under way; sending it again is always safe.
 */
#include "sync/ask.h"
#include "sync/backoff.h"
#include "sync/credentials.h"
#include "sync/http.h"
#include "sync/renew.h"
#include "sync/files.h"
#include "sync/round.h"
#include "device/keys.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define INTERVAL_MS_DEFAULT 5000

struct sync {
    GThread *thread;
    struct transport transport;
    char *data_dir;
    struct store *store;
    struct sync_identity identity;
    sync_status_fn fn;
    void *data;
    unsigned interval_ms, splay_ms;
    gint stop, kicked, changed; /* changed: the network, since the last good round */
    struct asks *asks; /* thread safe */
    /* Owned by the thread. */
    struct sync_status status;
    struct round round;
    struct backoff backoff;
    unsigned pause_ms; /* after the round that was */
    int64_t asked_ms;  /* boot time before which the platform does not want us */
    bool news;         /* the request that waits was answered */
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

/* What went wrong first in a round; the parts behind it may still have gone well. */
struct trouble {
    GError *error;
    int http_status;
    unsigned retry_after_s;
    char problem[32];
};

typedef bool (*part_fn)(struct round *round, GError **error);

/* False: the connection is lost, the round is over. */
static bool part(struct sync *sync, struct trouble *trouble, part_fn fn)
{
    GError *error = NULL;
    bool lost;

    if (fn(&sync->round, &error))
        return true;
    lost = round_connection_lost(error);
    trouble->retry_after_s = MAX(trouble->retry_after_s, sync->round.retry_after_s);
    if (trouble->error != NULL) {
        g_clear_error(&error);
    } else {
        trouble->error = error != NULL ? error : g_error_new_literal(SYNC_ERROR, SYNC_ERROR_FILE, "unknown");
        trouble->http_status = sync->round.http_status;
        g_strlcpy(trouble->problem, sync->round.problem, sizeof trouble->problem);
    }
    return !lost;
}

static void run_round(struct sync *sync, bool kicked, struct trouble *trouble)
{
    bool light = sync->round.listening && !sync->news && !sync->round.fetching;

    sync->news = false;
    sync->round.time_known = false;
    if (!light && !part(sync, trouble, feed_pull))
        return;
    if ((light && !kicked) || time_due(&sync->round))
        if (!part(sync, trouble, time_ask))
            return;
    if (!part(sync, trouble, push_outbox) || trouble->error != NULL)
        return;
    if (part(sync, trouble, anchor_send) && part(sync, trouble, trust_ask) && part(sync, trouble, renew_when_due))
        part(sync, trouble, files_pull);
}

/* The last word on who we are outlives a restart and the network. With two certificates (renew.c) it is the word on one of them. */
static void keep_revoked(struct sync *sync, const struct trouble *trouble)
{
    static const char *const codes[] = {"KIOSK_REVOKED", "KIOSK_UNKNOWN", "CERTIFICATE_NEEDED", NULL};
    g_autoptr(GError) error = NULL;
    bool out = trouble->http_status == 403 && g_strv_contains(codes, trouble->problem);

    if ((out || g_error_matches(trouble->error, SYNC_ERROR, SYNC_ERROR_TLS)) && renew_other(&sync->round))
        return;
    if ((out || trouble->error == NULL) && !store_revoked_set(sync->store, out, &error))
        g_warning("what the platform thinks of us is not kept: %s", error->message);
}

static void tell(struct sync *sync)
{
    if (sync->fn != NULL)
        sync->fn(sync->data, &sync->status);
}

static void round_good(struct sync *sync)
{
    struct clock_view clock;

    backoff_good(&sync->backoff);
    g_atomic_int_set(&sync->changed, 0);
    sync->pause_ms = sync->round.more || sync->round.fetching ? 0 : sync->interval_ms;
    store_clock(sync->store, &clock);
    sync->status.synced_ms = now_ms();
    sync->status.clock_offset_ms = clock.offset_known ? clock.offset_ms : sync->round.clock_offset_ms;
    sync->status.error[0] = '\0';
}

/* A platform cannot say what is wrong with a certificate that its TLS did not take: who reads it here is told what can be done. */
static char *reason_of(const struct sync *sync, const struct trouble *trouble)
{
    uint32_t date;

    if (strcmp(trouble->problem, "CERTIFICATE_NEEDED") == 0 && renew_ended(&sync->round, &date))
        return g_strdup_printf("this kiosk's certificate ended on %u: enrol it anew", date);
    return g_strdup(trouble->error->message);
}

static void round_bad(struct sync *sync, const struct trouble *trouble)
{
    g_autofree char *reason = reason_of(sync, trouble);

    listen_stop(&sync->round);
    sync->pause_ms = backoff_failed(&sync->backoff, trouble->retry_after_s);
    sync->asked_ms = clock_boot_ms() + MIN(trouble->retry_after_s, BACKOFF_RETRY_S_MAX) * INT64_C(1000);
    set_error_text(&sync->status, reason);
}

static void round_and_tell(struct sync *sync, bool kicked)
{
    struct trouble trouble = {0};

    run_round(sync, kicked, &trouble);
    sync->status.disk_old = sync->round.disk_old;
    if (g_error_matches(trouble.error, SYNC_ERROR, SYNC_ERROR_STOPPED)) {
        g_clear_error(&trouble.error);
        return;
    }
    keep_revoked(sync, &trouble);
    sync->status.online = trouble.error == NULL;
    if (trouble.http_status != 0 || (trouble.error == NULL && sync->round.http_status != 0))
        sync->status.http_status = trouble.error != NULL ? trouble.http_status : sync->round.http_status;
    if (trouble.error == NULL)
        round_good(sync);
    else
        round_bad(sync, &trouble);
    g_clear_error(&trouble.error);
    tell(sync);
}

/* The end of a wait after trouble, when there is a sign that the network is back. */
static int64_t back_ms(struct sync *sync, int64_t end_ms)
{
    int64_t now_boot_ms = clock_boot_ms();

    if (end_ms <= now_boot_ms)
        return end_ms;
    return now_boot_ms + backoff_back(&sync->backoff, (unsigned)(end_ms - now_boot_ms),
                                      (unsigned)MAX(sync->asked_ms - now_boot_ms, 0));
}

/* Idle: until a kick, news, or the time is up. In trouble: until the time is up, which the network's return brings nearer once. */
static void pause_worker(struct sync *sync)
{
    int64_t end_ms = clock_boot_ms() + sync->pause_ms;
    bool idle = sync->backoff.failures == 0, back = idle, there = false;

    while (g_atomic_int_get(&sync->stop) == 0) {
        if (!back && (there || g_atomic_int_exchange(&sync->changed, 0) != 0)) {
            end_ms = back_ms(sync, end_ms);
            back = true;
        }
        int64_t left_ms = end_ms - clock_boot_ms();

        if (left_ms <= 0 || (idle && g_atomic_int_get(&sync->kicked) != 0))
            return;
        if (idle && (sync->news = listen_news(&sync->round)))
            return;
        if (idle)
            left_ms = listen_pause_ms(&sync->round, left_ms);
        sync->transport.sleep(sync->transport.ctx, (int)MIN(left_ms + 1, 60000));
        there = asks_carry(sync->asks, &sync->transport);
    }
}

void sync_turn(struct sync *sync)
{
    bool kicked = g_atomic_int_exchange(&sync->kicked, 0) != 0;

    asks_carry(sync->asks, &sync->transport); /* somebody waits for these, with a card on the reader */
    round_and_tell(sync, kicked);
    asks_carry(sync->asks, &sync->transport);
}

bool sync_kicked(struct sync *sync)
{
    return g_atomic_int_get(&sync->kicked) != 0;
}

static gpointer work(gpointer data)
{
    struct sync *sync = data;

    for (int64_t end_ms = clock_boot_ms() + backoff_splay(sync->splay_ms);
         g_atomic_int_get(&sync->stop) == 0 && clock_boot_ms() < end_ms;)
        sync->transport.sleep(sync->transport.ctx, (int)(end_ms - clock_boot_ms()) + 1);
    while (g_atomic_int_get(&sync->stop) == 0) {
        sync_turn(sync);
        pause_worker(sync);
    }
    return NULL;
}

static bool open_http(struct sync *sync, const struct sync_options *options, const struct device_keys *keys,
                      GError **error)
{
    struct renew_pair pair = {0};
    struct http_options http_options = {.url = options->platform_url, .ca_pem = sync->round.trust.pem};
    struct http *http = NULL;

    if (renew_open(&sync->round, keys, &pair, error)) {
        http_options.cert_pem = pair.cert_pem;
        http_options.key_pem = pair.key_pem;
        http = http_new(&http_options, &sync->stop, error);
    }
    if (http != NULL)
        renew_use(&sync->round, credentials_key_read(pair.key_pem), pair.cert_pem);
    renew_pair_clear(&pair);
    if (http == NULL)
        return false;
    sync->transport = http_transport(http);
    return sync->round.key != NULL || crypto_failed(error, "reading the key of the certificate");
}

/* A transport that was given has our certificate where it can change it, and our authorities where it knows any. */
static bool open_carried(struct sync *sync, const struct device_keys *keys, GError **error)
{
    const struct transport *transport = &sync->transport;
    struct renew_pair pair = {0};

    if (transport->trust != NULL && !transport->trust(transport->ctx, sync->round.trust.pem))
        return crypto_failed(error, "using the platform's authorities");
    if (transport->renew == NULL)
        return true;
    if (!renew_open(&sync->round, keys, &pair, error))
        return false;
    if (transport->renew(transport->ctx, pair.cert_pem, pair.key_pem))
        renew_use(&sync->round, credentials_key_read(pair.key_pem), pair.cert_pem);
    renew_pair_clear(&pair);
    return sync->round.key != NULL || crypto_failed(error, "using the kiosk's certificate");
}

static bool open_all(struct sync *sync, const struct sync_options *options, bool carried, GError **error)
{
    struct device_keys *own = options->keys == NULL ? device_keys_open(options->data_dir, error) : NULL;
    const struct device_keys *keys = own != NULL ? own : options->keys;
    bool unknown = carried && sync->transport.trust == NULL; /* then there need be none */
    bool ok = keys != NULL && sync_identity_open(keys, options->data_dir, &sync->identity, error) &&
              (trust_open(options->data_dir, &sync->round.trust, unknown ? NULL : error) || unknown) && (carried ? open_carried(sync, keys, error) : open_http(sync, options, keys, error));

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
    sync->splay_ms = options->start_splay_ms;
    sync->data_dir = g_strdup(options->data_dir);
    backoff_init(&sync->backoff, options->retry_ms_max);
    sync->round = (struct round){.transport = &sync->transport,
                                 .store = store,
                                 .identity = &sync->identity,
                                 .data_dir = sync->data_dir,
                                 .rows_max = WIRE_PUSH_ROWS_MAX};
    if (transport != NULL)
        sync->transport = *transport;
    if (!open_all(sync, options, transport != NULL, error) || !signing_open(&sync->round, error)) {
        sync_stop(sync);
        return NULL;
    }
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

void sync_network_changed(struct sync *sync)
{
    if (sync == NULL)
        return;
    g_atomic_int_set(&sync->changed, 1);
    sync->transport.wake(sync->transport.ctx);
}

bool sync_ask(struct sync *sync, const struct sync_question *question, unsigned timeout_ms, struct sync_answer *out,
              GError **error)
{
    return asks_put(sync->asks, &sync->transport, sync->thread != NULL ? sync_kick : NULL, sync, question, timeout_ms,
                    out, error);
}

void sync_tell(struct sync *sync, const struct sync_question *question, unsigned timeout_ms)
{
    asks_leave(sync->asks, question, timeout_ms);
    if (sync->thread != NULL)
        sync_kick(sync);
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
    renew_use(&sync->round, NULL, NULL);
    trust_clear(&sync->round.trust);
    g_free(sync->data_dir);
    asks_free(sync->asks);
    OPENSSL_cleanse(&sync->identity, sizeof sync->identity);
    g_free(sync);
}
