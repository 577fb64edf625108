/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/commands/commands-two.h"
#include "platform/hotlist/hotlist.h"
#include "platform/calls/address.h"
#include "platform/calls/http.h"
#include "platform/calls/log.h"
#include "platform/calls/metrics-serve.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/retention.h"
#include "platform/staff.h"
#include "device/locale.h"
#include "model/model.h"
#include "platform/activities/activities.h"
#include "platform/queue/queues.h"
#include "platform/topics/topics.h"
#include "platform/tickets/tickets.h"
#include "platform/keys/pki.h"
#include "platform/calls/versions.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* Blocked before any thread starts, so that only the wait below gets them. */
static bool block_signals(sigset_t *set, GError **error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, set, NULL) == 0 && sigaction(SIGPIPE, &ignore, NULL) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "signals: %s", g_strerror(errno));
    return false;
}

#define TEND_S   5
#define NIGHT_MS INT64_C(3600000) /* how often it is looked whether a night's work is due, */
#define FIRST_MS INT64_C(600000)  /* and when first: a start has enough to do */

/*
 * What may take long has a thread of its own, one at a time for each kind of work: whoever serves goes on hearing signals and telling
 * systemd's watchdog. What fails is tried again at the next look.
 */
struct chore {
    GThread *thread;
    gint busy;
};

/* False: the last one is not over. */
static bool chore_begin(struct chore *chore, const char *name, GThreadFunc run, gpointer data)
{
    if (g_atomic_int_get(&chore->busy))
        return false;
    g_clear_pointer(&chore->thread, g_thread_join);
    g_atomic_int_set(&chore->busy, 1);
    chore->thread = g_thread_try_new(name, run, data, NULL);
    if (chore->thread == NULL)
        g_atomic_int_set(&chore->busy, 0);
    return true;
}

static void chore_end(struct chore *chore)
{
    g_clear_pointer(&chore->thread, g_thread_join);
}

struct night {
    struct chore chore;
    struct platform *builder;
    int64_t look_ms; /* boot time of the next look */
    gint stop;
};

static gpointer night_run(gpointer data)
{
    struct night *night = data;
    g_autoptr(GError) error = NULL, seat_error = NULL, topic_error = NULL;
    int seats = 0, topics = 0;

    struct order_run orders;

    if (!service_orders_run(night->builder, now_ms(), &orders, &error)) {
        g_warning("orders: %s", error->message);
        g_clear_error(&error);
    }
    if (!retention_nightly(night->builder, now_ms(), &night->stop, &error))
        g_warning("retention: %s", error->message);
    if (!seats_run(night->builder, now_ms(), &seats, &seat_error))
        g_warning("seats: %s", seat_error->message);
    if (!topics_run(night->builder, now_ms(), &topics, &topic_error))
        g_warning("topics: %s", topic_error->message);
    g_atomic_int_set(&night->chore.busy, 0);
    return NULL;
}

static void night_tend(struct night *night)
{
    int64_t now = clock_boot_ms();

    if (now >= night->look_ms && chore_begin(&night->chore, "night", night_run, night))
        night->look_ms = now + NIGHT_MS;
}

/* All that happens while it serves, beside requests. */
struct tending {
    struct chore chore;
    struct server *server;
    struct platform *platform, *builder;
    bool stuck;
    bool hotlist_well, tls_well, staff_well, queue_well; /* of the chore's thread */
    struct night night;
};

static void said_once(bool *well, bool is_well, const char *what, const GError *error)
{
    if (!is_well && *well)
        g_warning("%s: %s", what, error->message);
    *well = is_well;
}

/*
 * The file of the hotlist is built whenever this node has none of the newest: another node, or a command, made a version. Through a
 * connection of the builder's own, so that nobody who asks waits for it. A certificate that was renewed is taken without a restart.
 */
static gpointer tend(gpointer data)
{
    struct tending *tending = data;
    g_autoptr(GError) hotlist_error = NULL, tls_error = NULL, staff_error = NULL, queue_error = NULL;
    int steps = 0;
    bool changed = false;
    bool built = hotlist_tend(tending->builder, now_ms(), &hotlist_error);
    bool read = server_reload(tending->server, &changed, &tls_error);
    bool told = staff_tend(tending->builder, now_ms(), &staff_error);
    bool counted = queues_run(tending->builder, now_ms(), &steps, &queue_error);

    said_once(&tending->hotlist_well, built, "hotlist", hotlist_error); /* a list without its file still has its deltas */
    said_once(&tending->tls_well, read, "certificates stay as they were", tls_error);
    said_once(&tending->staff_well, told, "who is in office now", staff_error);
    said_once(&tending->queue_well, counted, "numbers in the hall", queue_error);
    if (changed)
        g_message("certificates were read anew");
    g_atomic_int_set(&tending->chore.busy, 0);
    return NULL;
}

/* 0: systemd has no watchdog for us. */
static int64_t watchdog_ms(void)
{
    uint64_t watchdog_us = 0;

    return sd_watchdog_enabled(0, &watchdog_us) > 0 ? (int64_t)(watchdog_us / 1000) : 0;
}

/* A watchdog wants to hear from us twice in its time. */
static int64_t step_ms(int64_t watchdog)
{
    return watchdog > 0 ? CLAMP(watchdog / 2, 100, TEND_S * 1000) : TEND_S * 1000;
}

/* That signals are heard proves nothing: who has the writer for as long as we may be silent keeps the whole community from writing. */
static void watchdog_tell(struct tending *tending, int64_t watchdog)
{
    int64_t held_ms = MAX(db_turn_ms(tending->platform->db), db_turn_ms(tending->builder->db));
    bool stuck = watchdog > 0 && held_ms > watchdog;

    if (stuck && !tending->stuck)
        g_warning("the database's writer has not come back for %d s: systemd is told nothing until it does", (int)(held_ms / 1000));
    tending->stuck = stuck;
    if (!stuck)
        sd_notify(0, "WATCHDOG=1");
}

static void wait_for_end(const sigset_t *set, struct tending *tending)
{
    int64_t watchdog = watchdog_ms(), step = step_ms(watchdog);
    const struct timespec time = {.tv_sec = step / 1000, .tv_nsec = step % 1000 * 1000000};
    int signal;

    while ((signal = sigtimedwait(set, NULL, &time)) < 0 || signal == SIGHUP) {
        if (signal == SIGHUP || errno == EAGAIN) {
            (void)chore_begin(&tending->chore, "tend", tend, tending);
            night_tend(&tending->night);
        }
        watchdog_tell(tending, watchdog);
    }
    g_atomic_int_set(&tending->night.stop, 1);
}

/* Before the server is gone: they ask it. */
static void tending_end(struct tending *tending)
{
    chore_end(&tending->chore);
    chore_end(&tending->night.chore);
}

/* The load balancer looks a few times and then sends nobody here; a second signal ends the wait. */
static void drain(const sigset_t *set, struct tending *tending, int drain_s)
{
    int64_t end_ms = clock_boot_ms() + drain_s * INT64_C(1000), left;

    sd_notify(0, "STOPPING=1\nSTATUS=draining");
    server_drain_begin(tending->server);
    while ((left = end_ms - clock_boot_ms()) > 0) {
        const struct timespec time = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        int signal = sigtimedwait(set, NULL, &time);

        if (signal == SIGTERM || signal == SIGINT)
            break;
    }
    tending_end(tending);
    server_drain(tending->server);
}

/* A socket that systemd listens on for us: connections wait there while this program is started anew. −1: there is none. */
static bool socket_given(int *socket, GError **error)
{
    int count = sd_listen_fds(1);

    *socket = -1;
    if (count == 0)
        return true;
    if (count == 1 && sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) > 0) {
        *socket = SD_LISTEN_FDS_START;
        return true;
    }
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "one listening socket is taken from systemd, not %d of what kind ever", count);
    return false;
}

/* A token that has other keys, or is not what is needed, is found now and not at the first load. */
static bool keys_answer(struct platform *platform, const char *uri, GError **error)
{
    bool in_clear = platform->hsm == NULL;

    if (uri != NULL && !platform_use_hsm(platform, uri, error))
        return false;
    if (uri != NULL && in_clear)
        g_warning("%s still has the masters: keys-to-hsm takes them out", PLATFORM_SECRETS_FILE);
    return platform->hsm == NULL || hsm_check(platform->hsm, error);
}

struct serving {
    char *data_dir, *listen, *hsm, *version_min, *metrics, *log, *node;
    gint life_h, drain_s, connections;
};

static void serving_clear(struct serving *o)
{
    char *texts[] = {o->data_dir, o->listen, o->hsm, o->version_min, o->metrics, o->log, o->node};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

static bool serving_right(const struct serving *o, GError **error)
{
    if (o->data_dir == NULL || o->life_h < 1 || o->life_h > 24 * 825 || !versions_valid(o->version_min) || o->drain_s < 0 ||
        o->drain_s > 600 || o->connections < 1)
        return command_wrong(error, "--data DIR is needed, --certificate-hours is 1 to 19800, --kiosk-version-min is N.N.N,"
                                    " --drain-seconds is 0 to 600, --address-connections is at least 1");
    if (!log_start(o->log != NULL ? o->log : "warning", o->node != NULL ? o->node : g_get_host_name()))
        return command_wrong(error, "--log is error, warning, info or debug");
    return true;
}

/* Until a signal. */
static bool serve(struct serving *o, struct platform *platform, const sigset_t *set, GError **error)
{
    g_autoptr(GError) hotlist_error = NULL;
    struct platform *builder = NULL;
    struct server *server = NULL;
    struct metrics_server *metrics = NULL;
    int socket;
    bool ok = socket_given(&socket, error);

    /* A list without its file still has its deltas: not a reason to shut. */
    if (ok && !hotlist_tend(platform, now_ms(), &hotlist_error))
        g_warning("hotlist: %s", hotlist_error->message);
    ok = ok && tickets_ready(platform, error) && (builder = platform_open(o->data_dir, error)) != NULL &&
         (o->metrics == NULL || (metrics = metrics_serve(platform, o->metrics, error)) != NULL) &&
         (server = server_start(platform, o->listen != NULL ? o->listen : "127.0.0.1:8443", socket, error)) != NULL;
    if (ok) {
        printf("listening on %s\n", server_address(server));
        if (metrics != NULL)
            printf("metrics on %s\n", metrics_server_address(metrics));
        fflush(stdout);
        sd_notify(0, "READY=1");
        struct tending tending = {.server = server, .platform = platform, .builder = builder, .hotlist_well = true, .tls_well = true, .staff_well = true, .queue_well = true,
                                  .night = {.builder = builder, .look_ms = clock_boot_ms() + FIRST_MS}};
        wait_for_end(set, &tending);
        drain(set, &tending, o->drain_s);
    }
    metrics_serve_end(metrics);
    platform_close(builder);
    return ok;
}

static bool serve_opened(struct serving *o, GError **error)
{
    struct platform *platform;
    sigset_t set;
    bool ok;

    locale_bind(NULL); /* what the page for operators says */
    if (!serving_right(o, error) || !block_signals(&set, error) || (platform = platform_open(o->data_dir, error)) == NULL)
        return false;
    platform->kiosk_life_s = o->life_h * INT64_C(3600);
    platform->address_connections_max = (unsigned)o->connections;
    platform->kiosk_version_min = g_steal_pointer(&o->version_min);
    ok = keys_answer(platform, o->hsm, error) && serve(o, platform, &set, error);
    platform_close(platform);
    return ok;
}

bool command_serve(int argc, char **argv, GError **error)
{
    struct serving o = {.life_h = PKI_KIOSK_LIFE_S / 3600, .connections = ADDRESS_CONNECTIONS_MAX};
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &o.data_dir, "data folder", "DIR"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &o.listen, "127.0.0.1:8443; a socket that systemd gives comes first", "ADDRESS:PORT"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &o.hsm, "another token than the one that secrets.json names", "PKCS11_URI"},
        {"certificate-hours", 0, 0, G_OPTION_ARG_INT, &o.life_h, "life of kiosks' certificates (2160)", "HOURS"},
        {"kiosk-version-min", 0, 0, G_OPTION_ARG_STRING, &o.version_min, "oldest software of kiosks that is served", "N.N.N"},
        {"drain-seconds", 0, 0, G_OPTION_ARG_INT, &o.drain_s, "after SIGTERM: tell the load balancer so long before the port is shut (0)",
         "S"},
        {"address-connections", 0, 0, G_OPTION_ARG_INT, &o.connections,
         "so many from one address or IPv6 /64 (512): more where a load balancer stands before all of them", "N"},
        {"metrics", 0, 0, G_OPTION_ARG_STRING, &o.metrics, "counts for Prometheus, plain HTTP, not for the outside", "ADDRESS:PORT"},
        {"log", 0, 0, G_OPTION_ARG_STRING, &o.log, "error, warning, info (each request), debug (warning)", "LEVEL"},
        {"node", 0, 0, G_OPTION_ARG_STRING, &o.node, "name of this node in the log (the machine's)", "NAME"},
        {NULL},
    };
    bool ok = command_options(&argc, &argv, "citycard-platform serve", entries, NULL, error) && serve_opened(&o, error);

    serving_clear(&o);
    return ok;
}

bool command_server_renew(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL;
    gboolean new_key = FALSE;
    GOptionEntry entries[] = {{"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
                              {"new-key", 0, 0, G_OPTION_ARG_NONE, &new_key, "for a new key: the one that there is may be known to others", NULL},
                              {NULL}};

    if (!command_options(&argc, &argv, "citycard-platform server-renew", entries, NULL, error))
        return false;
    if (data_dir == NULL)
        return command_wrong(error, "--data DIR is needed");
    /* A backup at this moment has the certificate of before or the new one. */
    int lock = platform_keys_lock(data_dir, error);
    bool ok = lock >= 0 && (new_key ? pki_server_rekey(data_dir, error) : pki_server_renew(data_dir, error));
    if (lock >= 0)
        close(lock);
    return ok;
}
