/* SPDX-License-Identifier: Apache-2.0 */
/** An open platform: its database and keys. Handlers and commands get one of these. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "model/seal.h"
#include "platform/data/db.h"
#include "platform/keys/authorities.h"
#include "platform/keys/hsm.h"
#include "platform/keys/purse-keys.h"
#include <openssl/types.h>

struct platform {
    char *data_dir;
    struct db *db;
    GMutex authorities_lock; /* guards the next one */
    struct authorities *authorities; /* of kiosks' and the server's certificates: authorities_now() */
    EVP_PKEY *sign_key; /* Ed25519 */
    uint8_t sign_public[32];
    uint8_t index_key[32];  /* card tokens */
    bool loads;             /* is there a key for loads? */
    struct purse_masters masters;
    struct hsm *hsm; /* NULL: the keys are the masters above */
    struct purse_keys purse_keys;
    GMutex running_lock; /* guards `running`, the idempotency keys of requests under way */
    GHashTable *running;
    gint draining;          /* atomic: /v1/health says so, and a load balancer takes this node out */
    struct ingest_queue {
        GMutex lock;
        GCond moved;
        GQueue waiting; /* batches of events, of the threads that wait for their verdicts */
        bool leading;   /* does one of them write for all? */
        GCond room;
        unsigned reading; /* so many read their batches now */
        bool unaided;     /* nobody helps to read them, so that all that is drawn at random comes in one order: of a simulation */
        GThreadPool *helpers; /* read parts of them where a processor is idle; NULL: none was yet */
        unsigned wary;  /* so many groups more stand behind savepoints from the beginning; of whoever leads */
    } ingest;
    int64_t kiosk_life_s;   /* of kiosks' certificates */
    unsigned address_connections_max; /* 0: as many as calls/address.h says */
    char *kiosk_version_min; /* of their software; NULL: any */
    struct seal_ring seal;  /* version 1, 2, …: each gives every kiosk a key of its own */
};

/** Open what init made in DIR. */
struct platform *platform_open(const char *data_dir, GError **error);
void platform_close(struct platform *platform);

/** When it was, as well as it is known: a kiosk's `at`, corrected by what it knew of our clock; never later than now, so that no clock
 *  gives anybody more days, and not before any journal that is still unsent. */
int64_t platform_told_ms(int64_t at_ms, int64_t offset_ms, int64_t now_ms);

/** Take the purse keys of this token instead of what the secrets name. The token is not asked yet. */
bool platform_use_hsm(struct platform *platform, const char *uri, GError **error);
/** From now on they lie there: `uri` into the secrets, the masters out of them. */
bool platform_keep_hsm(struct platform *platform, const char *uri, GError **error);
/** The master that cards prove themselves by, into secrets that have none yet: those of a platform from before there were such proofs. */
bool platform_add_proof(struct platform *platform, const uint8_t master[16], GError **error);

/** When it happened, as well as a kiosk knows: its time and what it found this to be off; never later than now, never absurdly long ago. */
int64_t platform_told_ms(int64_t at_ms, int64_t offset_ms, int64_t now_ms);

/** Of an event whose id is another thing's already: a conflict, where all other codes are of what is rejected. */
extern const char ID_REUSED[];

/** The keys of one kiosk for personal members, all versions: derived, so that none of them is stored. */
void platform_seal_ring(const struct platform *platform, const char *kiosk, struct seal_ring *out);

/**
 * One more version of the secret that those keys come from. A kiosk gets its key of it when it is enrolled anew; what was sealed
 * by older versions opens as before.
 */
bool platform_seal_rotate(struct platform *platform, GError **error);

/* Files of the data folder. */
#define PLATFORM_CA_FILE         "ca.pem"
#define PLATFORM_CA_KEY_FILE     "ca.key"
#define PLATFORM_SERVER_FILE     "server.pem"
#define PLATFORM_SERVER_KEY_FILE "server.key"
#define PLATFORM_SIGN_KEY_FILE   "sign.key"
#define PLATFORM_SIGN_NEXT_FILE  "sign-next.key" /* keys/signing.h */
#define PLATFORM_SIGNING_FILE    "signing.json"
#define PLATFORM_AUTHORITIES_FILE "authorities.json" /* keys/authorities.h */
#define PLATFORM_SECRETS_FILE    "secrets.json"
#define PLATFORM_OPERATORS_FILE     "operators-ca.pem"
#define PLATFORM_OPERATORS_KEY_FILE "operators-ca.key"

/** Whoever changes keys or secrets of DIR, or copies all of them, has this lock: a descriptor to close, -1 is an error. Waits. */
int platform_keys_lock(const char *data_dir, GError **error);

/** Read a file of DIR, at most 64 KiB, g_free. */
char *platform_file(const char *data_dir, const char *name, gsize *len, GError **error);
/** Write it new, 0600; fails when it is there. */
bool platform_file_new(const char *data_dir, const char *name, const char *text, GError **error);
/** The same of any bytes; `data_dir` NULL: `name` is a path. */
bool platform_bytes_new(const char *data_dir, const char *name, const char *bytes, size_t len, GError **error);

#endif
