/* SPDX-License-Identifier: Apache-2.0 */
/** A real platform in a process of its own, a real kiosk (store and sync worker), and the wire between them. */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include "kit.h"
#include "store/store.h"
#include "sync/sync.h"
#include <gio/gio.h>

/* ---- A platform process ---- */

struct server_process {
    char *data_dir;
    GSubprocess *process;
    unsigned port;
};
/** Start `citycard-platform serve` on `port` (0: a free one) and wait for its line. */
void server_up(struct server_process *server, const char *data_dir, unsigned port);
/** The same with more options of `serve`, NULL-terminated; NULL: none. */
void server_up_with(struct server_process *server, const char *data_dir, unsigned port, const char *const *options);
/** SIGKILL, and wait. */
void server_kill(struct server_process *server);
/** SIGTERM; it must exit with 0 within ten seconds. */
void server_down(struct server_process *server);
/** Start it as systemd does that hears of it: the socket that it tells, close() it. `watchdog_us`: how long it may be silent. */
int notify_up(struct server_process *server, const char *data_dir, const char *watchdog_us);
/** The next message that says this, within twenty seconds. */
void notify_read(int fd, const char *wanted);
/** Wait until it says nothing for so long; false: it told fifteen times on end. */
bool notify_silent(int fd, int ms);
/** Run another subcommand; g_free'd stdout. Must exit with 0. */
char *platform_run(const char *data_dir, const char *command, const char *argument, const char *option);
/** A whole command line; g_free'd stdout. *refused gets stderr of one that has to fail, NULL: it has to work. */
char *platform_command(const char *const *argv, char **refused);
json_t *platform_ledger(const char *data_dir);
char *file_text(const char *dir, const char *name);
/** The authority that issues certificates of this platform now. g_free. */
char *platform_issuer(const char *data_dir);
/** Until the certificate in this file is of this authority, as often as it takes. */
void wait_issued_by(const char *dir, const char *name, const char *authority);
/** Rows of a table, read from beside, on either engine: the first number of one statement. */
int64_t platform_sql_int(const char *data_dir, const char *sql);
/** Any number of statements. */
void platform_sql_run(const char *data_dir, const char *sql);

/* ---- A kiosk ---- */

struct kiosk_rig {
    char *dir, *url;
    struct sync_identity identity;
    struct store *store;
    struct sync *sync;
    GMutex lock;
    GCond changed;
    struct sync_status status;
    unsigned retry_ms_max;     /* 0: 300 */
    unsigned rounds, failures; /* failures: of rounds, since a test set it to 0 */
    struct sync_status failed; /* as the first of them left it */
};
/** Enrol at the platform of data_dir behind https://localhost:port. */
void kiosk_enrol(struct kiosk_rig *kiosk, const char *data_dir, unsigned port, const char *id);
void kiosk_open_store(struct kiosk_rig *kiosk);
/** The private key of its certificate, PEM, opened with the machine's secret. g_free. */
char *kiosk_client_key(const char *dir);
void kiosk_start(struct kiosk_rig *kiosk);
/** With rounds so far apart, as a kiosk in the field; kiosk_start() has them ten times a second. */
void kiosk_start_every(struct kiosk_rig *kiosk, unsigned interval_ms);
void kiosk_stop(struct kiosk_rig *kiosk);
/** Stop, close, remove. */
void kiosk_done(struct kiosk_rig *kiosk);

/** Wait until the status says so (a round at least after the call), at most 20 s; false when it did not. */
bool kiosk_wait_online(struct kiosk_rig *kiosk, bool online);
/** Until nothing waits in the outbox. */
bool kiosk_wait_sent(struct kiosk_rig *kiosk);
/** Until the journal was anchored, and that was sent, too: nothing more comes by itself. */
bool kiosk_wait_anchored(struct kiosk_rig *kiosk);
bool kiosk_wait_rounds(struct kiosk_rig *kiosk, unsigned rounds);
void kiosk_status(struct kiosk_rig *kiosk, struct sync_status *out);

/** Append the events of a payment to the kiosk's journal: committing, then `end` unless it is COMMITTING. */
void kiosk_pay(struct kiosk_rig *kiosk, struct payment *payment, enum payment_state end);

/* ---- A wire that can be cut ---- */

enum wire_mode {
    WIRE_PASS,
    WIRE_DEAF,         /* answers of the server are swallowed; requests pass */
    WIRE_DEAF_ON_PUSH, /* passes until the client has sent 12,000 bytes, which a feed request never is; then deaf */
    WIRE_BLACKHOLE, /* nothing passes, nothing is closed */
    WIRE_REFUSE,    /* connections are closed at once */
};
struct wire;
/** Listens on a free port of 127.0.0.1. */
struct wire *wire_new(unsigned server_port);
unsigned wire_port(const struct wire *wire);
void wire_set(struct wire *wire, enum wire_mode mode);
void wire_server(struct wire *wire, unsigned server_port);
/** Close all connections there are. */
void wire_cut(struct wire *wire);
void wire_free(struct wire *wire);

#endif
