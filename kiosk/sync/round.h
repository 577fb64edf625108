/* SPDX-License-Identifier: Apache-2.0 */
/** What feed.c and push.c share: one exchange with the platform, and what was learnt of its clock. */
#ifndef SYNC_ROUND_H
#define SYNC_ROUND_H

#include <openssl/types.h>
#include "store/files.h"
#include "store/store.h"
#include "sync/signing.h"
#include "sync/sync.h"
#include "sync/transport.h"
#include "sync/trust.h"
#include "sync/wire.h"

struct round {
    const struct transport *transport;
    struct store *store;
    const struct sync_identity *identity;
    struct signing signing; /* whose signatures count */
    int http_status;
    unsigned retry_after_s;
    bool time_known;
    int64_t clock_offset_ms; /* platform minus ours, from this round's fastest answer */
    int64_t round_trip_ms;
    bool head_known;         /* the platform told once since the start how far it knows our journal … */
    bool disk_old;           /* … and it was further than our disk goes: until the journal is whole again */
    int rows_max;            /* of a push: halved when a batch is refused as a whole or does not get through */
    bool more;               /* the last push ended before the outbox did */
    bool fetch_broke;        /* fetch.c: the line broke off … */
    bool fetch_grew;         /* … but there is more of the file than before */
    bool fetching;           /* a hotlist's file is on its way: the next round goes on with it */
    char problem[32];        /* code of the last answer that was a problem */
    /* Signed time, anchors, certificate: boot time of the last try, 0 none. */
    const char *data_dir;
    EVP_PKEY *key;           /* of our certificate; NULL: no anchors, no renewal */
    char *cert_pem;          /* the certificate in use */
    struct trust trust;      /* what the platform's server may be of */
    int64_t trust_asked_ms;
    /* renew.c */
    bool pair_next;      /* the pair in use is the new one */
    bool pair_two;       /* files of a second pair are there */
    bool pair_answered;  /* the platform answered under the pair in use, since it is in use */
    unsigned pair_refused; /* how often in a row it did not take one of two */
    bool time_signed;
    int64_t time_boot_ms, anchor_tried_ms, renew_tried_ms;
    struct {
        char id[65];
        int64_t boot_ms;
    } files_failed[STORE_FILES_MAX]; /* files.c: left alone for an hour */
    int64_t files_tidied_ms;
    bool files_untidy;       /* it failed the last time */
    char file_broke[65];   /* whose line broke off last without having brought anything */
    int64_t files_from_ms; /* boot time before which the platform wants to be asked for none */
    /* The request that waits for news. */
    bool listening;
    int64_t listen_from_ms, listen_quiet_ms;
};

/** One request; the answer must be 200, application/json and an object with a plausible server_time. New reference. */
json_t *round_call(struct round *round, const char *path, const char *body, GError **error);

/** Is this the end of the connection, whatever was asked over it? */
bool round_connection_lost(const GError *error);
/**
 * Something that a round can do without failed: false, and tried again in the next round, when the connection is lost; else it
 * is logged and left for an hour (*tried_ms stays). Steals `why`.
 */
bool round_spare(int64_t *tried_ms, const char *what, GError *why, GError **error);

/** One page of the feed, checked but not yet applied. */
struct feed_page {
    json_t *answer; /* owned; the rest is borrowed from it */
    json_t *items;
    const char *cursor;
    bool more;
    int64_t hotlist_version;
};
/** Steals `answer`. Pure: this is what a fuzzer feeds. */
bool feed_page_read(json_t *answer, struct feed_page *out, GError **error);
void feed_page_clear(struct feed_page *page);

/** Pull pages until there are no more (bounded). */
bool feed_pull(struct round *round, GError **error);

/** What the store has of the hotlist, counted by the key of our enrolment and those that followed it. */
bool hotlist_state(struct round *round, struct store_hotlist *out, GError **error);
/**
 * Fetch what leads to version `newest` or beyond, unless it is here: *asked tells. A large file takes several rounds
 * (round->fetching); what came of it is kept. Nothing is used before its signature, version, length, hash and contents were checked.
 */
bool hotlist_pull(struct round *round, int64_t newest, bool *asked, GError **error);

/** The verdicts of an answer to `rows`: exactly one for each of them. g_free'd array of rows->len, or NULL. */
struct store_verdict_row *push_verdicts_read(json_t *answer, GPtrArray *rows, GError **error);
/** Push what waits (bounded; round->more when there is more). */
bool push_outbox(struct round *round, GError **error);

/* ---- time.c ---- */
bool time_due(const struct round *round);
/** Ask for a signed time and keep it. */
bool time_ask(struct round *round, GError **error);

/* ---- listen.c ---- */
/** Is there news, as far as the request that waits can tell? Begins one when there is none. */
bool listen_news(struct round *round);
/** How long to sleep of these (at least 1) so that the next one is begun in time. */
int64_t listen_pause_ms(const struct round *round, int64_t pause_ms);
void listen_stop(struct round *round);

/* ---- anchor.c ---- */
/** Once a day. */
bool anchor_send(struct round *round, GError **error);

#endif
