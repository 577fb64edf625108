/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sync worker: one thread, libcurl, TLS 1.3 with the kiosk's own certificate. Pulls security topics first, then the
 * rest; pushes journal rows after the last acknowledged one; keeps the verdicts. It alone speaks HTTP. README.md and
 * openapi.json in this folder hold the contract.
 */
#ifndef SYNC_H
#define SYNC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "store/store.h"

struct device_keys;

struct sync_status {
    bool online;
    int64_t synced_ms;       /* of the last whole success, 0 never */
    int64_t clock_offset_ms; /* platform minus ours, at the last success */
    bool disk_old;           /* the platform has events of this kiosk that its disk has not: a copy, or a new one */
    int http_status;         /* of the last answer, 0 none */
    char error[96];          /* short, no personal data; empty when online */
};

/** Called in the sync thread after each round and whenever `online` changes. Only plain values; must not block. */
typedef void (*sync_status_fn)(void *data, const struct sync_status *status);

struct sync_options {
    const char *data_dir;     /* holds ca.pem, client.pem, client.key, platform.json (from enrolment) */
    const char *platform_url; /* "https://host:port" */
    const struct device_keys *keys; /* the machine's secret, for the time of the call; NULL: it is opened */
    unsigned interval_ms;     /* pause after a success, default 5000 when 0 */
    unsigned retry_ms_max;    /* cap of the backoff (full jitter, base 2 s), default 300000 when 0 */
    unsigned start_splay_ms;  /* the first round comes at any moment within it; 0: at once */
};

struct sync;
struct transport;
/**
 * A sync that does nothing by itself: sync_turn() is one round in the caller's thread, sync_run() gives it a thread of its
 * own. `transport` is copied and its ctx freed with the sync by its free(); NULL: libcurl to platform_url.
 */
struct sync *sync_open(const struct sync_options *options, const struct transport *transport, struct store *store,
                       sync_status_fn fn, void *data, GError **error);
void sync_turn(struct sync *sync);
bool sync_run(struct sync *sync, GError **error);
/** Was there a kick since the last turn began? */
bool sync_kicked(struct sync *sync);
/** sync_open() over libcurl, and sync_run(). */
struct sync *sync_start(const struct sync_options *options, struct store *store, sync_status_fn fn, void *data, GError **error);
/** From any thread: there is something new to push. Starts a round at once when idle. NULL (no platform) is allowed. */
void sync_kick(struct sync *sync);
/**
 * From any thread: the network changed, perhaps it is back. A wait after trouble is cut to any moment of the next 15 s, no sooner
 * than the platform asked for; otherwise nothing happens. NULL is allowed.
 */
void sync_network_changed(struct sync *sync);
/** Stop (a request under way is aborted) and free. NULL is allowed. */
void sync_stop(struct sync *sync);

/** What enrolment gave this kiosk; DIR/platform.json, sealed with the machine's secret. */
struct sync_identity {
    char kiosk_id[32];
    char place_zh[128], place_en[128];
    int epoch;
    uint8_t chain_nonce[32]; /* `prev` of the epoch's first event */
    int64_t head_seq;        /* the last event of ours that the platform had then: numbers go on behind it */
    uint8_t index_key[32];   /* HMAC key of card tokens */
    uint8_t signing_key[32]; /* Ed25519 public key of signed lists */
    struct seal_ring seal;   /* keys of personal members */
    uint8_t local_key[32];   /* of this machine, not of the platform: what the store caches of persons */
};
bool sync_identity_open(const struct device_keys *keys, const char *data_dir, struct sync_identity *out, GError **error);
/** The same for whoever does not keep the machine's secret open: it is opened for this once. */
bool sync_identity_load(const char *data_dir, struct sync_identity *out, GError **error);
/** A kiosk that was never enrolled: keys of this machine alone. */
void sync_identity_none(const struct device_keys *keys, const char *kiosk_id, struct sync_identity *out);
/** What of it the store is opened with. */
void sync_store_identity(const struct sync_identity *identity, struct store_identity *out);

/**
 * Enrol once with a one-time code: makes a P-256 key on this machine, sends a request for a certificate to
 * POST /v1/enrol over TLS 1.3 checked against ca_file, and leaves ca.pem, client.key, client.pem and platform.json in
 * data_dir (0600, written whole or not at all, client.key and platform.json sealed with the machine's secret).
 */
bool sync_enrol(const char *data_dir, const char *platform_url, const char *ca_file, const char *kiosk_id,
                const char *code, GError **error);

#endif
