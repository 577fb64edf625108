/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only SQL on the kiosk. One append-only, hash-chained journal; every other table of our own facts is a projection
 * of it and can be rebuilt; what the platform sends (bills, notices, hotlist) is a cache beside it.
 *
 * Thread safe: one read-write connection behind one lock that is held for a single transaction only, never across a card
 * command or a request. WAL and synchronous=FULL are set and read back; store_open() fails when they do not hold.
 * An error of COMMIT is answered by reading the event id back, so `true` and `false` are both the truth.
 */
#ifndef STORE_H
#define STORE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "model/clockwatch.h"
#include "model/payment.h"
#include "model/seal.h"
#include "store/hotfile.h"

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);
enum store_error {
    STORE_ERROR_OPEN,
    STORE_ERROR_SQL,
    STORE_ERROR_FULL,
    STORE_ERROR_CORRUPT,
    STORE_ERROR_CHAIN,
    STORE_ERROR_STATE,
    STORE_ERROR_FOREIGN,
    STORE_ERROR_FILE, /* of a file beside the database */
};

struct store;

struct store_identity {
    char kiosk_id[32];
    int epoch;
    uint8_t chain_nonce[32];
    int64_t head_seq; /* the last row of ours that the platform had when it enrolled us */
    /* Secrets. What names a person or a card is never on the disk in clear: see README.md. */
    uint8_t index_key[32]; /* card tokens: tables know cards by these */
    struct seal_ring seal; /* personal members of events; the platform has the same keys */
    uint8_t local_key[32]; /* the cache, of this machine alone */
};

/** Open or create. Verifies the chain's tail (last 10,000 rows) and rebuilds projections when their version is old. */
struct store *store_open(const char *path, const struct store_identity *identity, GError **error);
/**
 * As a kiosk opens its only journal. A file that is damaged, cut or somebody else's is moved to DIR/quarantine/ and a new one
 * begun with what can be read of it; that one, and a new one of an enrolled kiosk, WAITS for the platform.
 */
struct store *store_open_or_salvage(const char *path, const struct store_identity *identity, GError **error);
void store_close(struct store *store);

/* ---- Journal -------------------------------------------------------------------------------------------------- */

struct store_row {
    int64_t seq, epoch;
    char id[37];
    uint8_t prev[32], hash[32];
    char *body; /* exactly the bytes that were hashed, and that are sent */
};
void store_row_free(struct store_row *row);

enum store_verdict { STORE_ACCEPTED, STORE_DUPLICATE, STORE_CONFLICT, STORE_REJECTED, STORE_RETRY };
struct store_verdict_row { int64_t seq; enum store_verdict verdict; char code[48]; };

/**
 * Append one event and apply it to the projections, durable when it returns true. Types: "payment.committing",
 * "payment.confirmed", "payment.in_doubt", "payment.void", the same four of "load." (data: payment_to_json()),
 * "doubt.settled" ({kiosk, payment}: another kiosk's doubt, settled here by its card), "receipt.printed".
 * `id_out` (37 bytes, may be NULL) gets the event's UUIDv7. A payment event that the state machine of model/payment.h
 * does not allow is refused with STORE_ERROR_STATE and nothing is written. `data` is in clear: its personal members
 * (model/seal.h) are sealed on the way, and opened where the store hands a payment out.
 */
bool store_append(struct store *store, const char *type, json_t *data, char *id_out, GError **error);

/** Check the hash chain: the last `rows`, or all when 0. False with STORE_ERROR_CHAIN and the first bad seq in the message. */
bool store_verify_chain(struct store *store, int64_t rows, GError **error);
/** Rebuild every projection from the journal into fresh tables and compare with what was there: true when equal. */
bool store_rebuild(struct store *store, GError **error);
/** The last row of all and its hash; 0 and the epoch's nonce when there is none. */
int64_t store_head(struct store *store, uint8_t hash[32]);
/** The same with the epoch of that row. */
int64_t store_head_place(struct store *store, int64_t *epoch, uint8_t hash[32]);

/* ---- Epochs (epoch.c) --------------------------------------------------------------------------------------------- */

enum store_state {
    STORE_WHOLE,
    STORE_WAITS, /* appends are refused (STORE_ERROR_STATE): own rows are fetched first, then the platform gives an epoch */
    STORE_LOST,  /* in a new epoch, and rows are known to be missing: no money until staff has seen it */
};
/** `reason` (may be NULL) is g_free'd: "" when whole, else "new", "restored", "damaged", "disk_old", … */
enum store_state store_state(struct store *store, char **reason);
bool store_state_set(struct store *store, enum store_state state, const char *reason, GError **error);
/** The epoch that the next row goes to. */
int store_epoch(struct store *store);
/** The hash of a row of ours: 1 found, 0 there is none here (any more), -1 error. */
int store_hash_at(struct store *store, int64_t seq, uint8_t hash[32], GError **error);

/**
 * While it WAITS. Rows of ours as the platform has them, in order of places, with its verdicts (accepted, conflict, rejected):
 * they are taken over byte by byte behind our own; own rows that stand at their places are kept aside. STORE_ERROR_CHAIN
 * when one does not hold together or does not go on where the one before ends; then nothing of the page is taken.
 */
bool store_rows_adopt(struct store *store, struct store_row *const rows[], const struct store_verdict_row verdicts[],
                      size_t count, GError **error);
/** The last place that the platform surely has as we do; 0, 0 when there is none. */
void store_sure_place(struct store *store, int64_t *epoch, int64_t *seq);
/**
 * While it WAITS, all rows fetched: go on in this epoch, behind platform_seq and all that is known of here. Projections are built
 * again, `journal.restored` {reason, after, before, salvaged, lost, end_known} is the first row, and facts that had been set aside are
 * recorded again under their event ids. WHOLE afterwards, or LOST when rows are known to be missing or the end is not known.
 */
bool store_epoch_open(struct store *store, int epoch, const uint8_t nonce[32], int64_t platform_seq, GError **error);

/* ---- Keeping and checking --------------------------------------------------------------------------------------- */

/** Read-only, beside a kiosk that runs or on any file of one: for checks and exports. `identity` NULL: the file says whose. */
struct store *store_look(const char *path, const struct store_identity *identity, GError **error);
/** SQLite's integrity_check over the whole file. */
bool store_integrity(struct store *store, GError **error);

/** Below 10 % or 200 MB: staff is told. NONE: below 32 MiB, or the ballast is gone: no payment is begun. */
enum store_room { STORE_ROOM_PLENTY, STORE_ROOM_LITTLE, STORE_ROOM_NONE };
/** Without store_ballast_keep() there is always plenty: nobody looks after it. */
enum store_room store_room(struct store *store);
/** The same for whoever only looks, by the ballast's place. */
enum store_room store_room_look(const char *ballast);
/** Keep a file of 16 MiB here that gives way when the disk is full; make it when it is missing and there is room. */
bool store_ballast_keep(struct store *store, const char *path);

/** One JSON object a line: a head (kiosk, epochs, segments, head of the chain), then every row of the journal with its chain. */
bool store_export(struct store *store, const char *path, int *rows, GError **error);

/** Wall time of the oldest row that the platform has not acknowledged; 0 none. */
int64_t store_oldest_waiting_ms(struct store *store);
void store_places(struct store *store, int64_t *epoch, int64_t *head_seq, int64_t *acked_seq);

#define STORE_BACKUPS_KEPT 2
/** A copy while the kiosk goes on: one file, read again and its chain verified before it gets its name. */
bool store_backup(struct store *store, const char *path, GError **error);
/** FOLDER/kiosk-YYYYMMDD.db, once a day; older than the last two are removed. */
bool store_backup_nightly(struct store *store, const char *folder, uint32_t day, GError **error);
/** The newest nightly backup's path, g_free; NULL there is none. */
char *store_backup_newest(const char *folder);

/** What may leave the journal: see compact.c. */
struct store_retention {
    int64_t before_ms;       /* rows written before */
    int rows_kept;           /* so many of the newest stay in any case, at least 1 */
    int run_min, rows_max;   /* shorter runs are not worth a segment; rows looked at under one hold of the lock */
};
/** The folder beside the database in which archive files are looked for. */
#define STORE_ARCHIVE "archive"
/** Move acknowledged, final rows into FOLDER's archive files; *gone: how many. */
bool store_compact(struct store *store, const struct store_retention *retention, const char *folder, int *gone, GError **error);
/** Every segment's archive file, row by row. STORE_ERROR_CHAIN names the first that does not hold. */
bool store_archive_check(struct store *store, const char *folder, int *checked, GError **error);

/* ---- Outbox: journal rows after the last acknowledged one ------------------------------------------------------- */

/** At most `rows_max` rows of one epoch and `bytes_max` bytes of bodies (at least one row), oldest first. GPtrArray of store_row. */
GPtrArray *store_outbox(struct store *store, int rows_max, size_t bytes_max, GError **error);
/** Record verdicts in one transaction: RETRY stays in the outbox and stops the acknowledged mark before it; CONFLICT and
 *  REJECTED go to the refused list and do not block what is behind them. */
bool store_outbox_verdicts(struct store *store, const struct store_verdict_row *rows, size_t count, GError **error);
/**
 * The platform has nothing behind `seq` any more: it is a copy of an earlier day. What it had acknowledged there waits again, also what
 * it had refused. False when some of it left the journal for an archive: that only people can bring back.
 */
bool store_outbox_again(struct store *store, int64_t seq, GError **error);
int store_outbox_waiting(struct store *store);

/* ---- Refused rows: for staff, until somebody has worked them out ------------------------------------------------- */

struct store_refused {
    int64_t seq, epoch;
    char id[37], type[49], code[48];
    enum store_verdict verdict;   /* CONFLICT or REJECTED */
    int64_t at_ms, refused_ms;    /* the event's own time; when the verdict came */
    bool resolved;
    char by[33], why[201];        /* who ended it and what was done; empty while open */
};
/** Rows that are still open. */
int store_refused_count(struct store *store);
/** Newest first, at most 1,000; open ones only unless `all`. GPtrArray of g_free'd struct store_refused, NULL with error. */
GPtrArray *store_refused(struct store *store, bool all, GError **error);
/**
 * Somebody has looked into it: the event "refused.resolved" {refused, seq, by, why} goes into the journal. `by` is at most 32
 * bytes, `why` 200, neither empty. STORE_ERROR_STATE when the row is not refused, or was resolved before.
 */
bool store_refused_resolve(struct store *store, int64_t seq, const char *by, const char *why, GError **error);

/* ---- Payments (projection) -------------------------------------------------------------------------------------- */

/** Also one whose rows left the journal. payment_free() the result. NULL without error: none. */
struct payment *store_payment(struct store *store, const char *payment_id, GError **error);
/** The open doubt of this card (COMMITTING or IN_DOUBT), if any. At most one a card. */
struct payment *store_payment_open(struct store *store, const char *card_number, GError **error);
int store_payments_in_doubt(struct store *store);
/** Our own doubts, oldest first: GPtrArray of struct payment. */
GPtrArray *store_payments_open(struct store *store, GError **error);
/** This card's last `count` here that the journal still has, newest first, also void ones: GPtrArray of struct payment. */
GPtrArray *store_payments_of(struct store *store, const char *card_number, int count, GError **error);
/** Is there a load that gives this payment back, or is about to? */
bool store_payment_reversed(struct store *store, const char *payment_id);
/** At start: every payment left in COMMITTING by a stop becomes IN_DOUBT, by an event each. Returns how many, -1 error. */
int store_payments_settle_boot(struct store *store, GError **error);

/* ---- Doubts of other kiosks, and what the platform says of ours (cache) ----------------------------------------- */

struct store_doubt {
    char kiosk[32];         /* where it was taken */
    struct payment payment; /* as it was then: IN_DOUBT */
};
void store_doubt_free(struct store_doubt *doubt);
/**
 * Doubts that other kiosks told the platform of and that nobody has settled as far as we know, we neither. Of one card, or
 * of all with NULL. GPtrArray of struct store_doubt, oldest first.
 */
GPtrArray *store_doubts(struct store *store, const char *card_token, GError **error);
/**
 * The next payment of ours that is open here and over for the platform, with that outcome in it: append it. NULL without
 * error: none.
 */
struct payment *store_doubt_verdict(struct store *store, GError **error);

struct store_usage { int64_t card_day_fen; int64_t unacknowledged_fen; int unacknowledged_count; };
/** Confirmed and open payments: of this card since day_start_ms; of all cards not acknowledged yet. */
bool store_usage(struct store *store, const char *card_number, int64_t day_start_ms, struct store_usage *out, GError **error);
/** Next receipt number, "K0001-20261122-0001": unique for ever on this kiosk. Derived from the journal. */
char *store_receipt_no(struct store *store, GError **error);

/* ---- What the platform sent (cache) ------------------------------------------------------------------------------- */

struct store_help {
    char id[37]; /* the call's */
    bool red;
    int64_t at_ms;
};
/** Calls for help of this kiosk whose end is not written down, the oldest first, without what the platform refused. GArray. */
GArray *store_help_open(struct store *store, GError **error);
/** The call for help of this kiosk that was answered last, as the platform told; "" none. g_free. */
char *store_help_answered(struct store *store);
/** Opaque cursor, g_free; "" at first. */
char *store_cursor(struct store *store);
/**
 * Apply one page of the feed and its cursor in one transaction. `items` is the feed's array; topics "bill" and "notice"
 * are upserted by key or deleted; an item that does not validate is kept in pull_quarantine and the cursor moves on.
 * The hotlist has calls of its own: see store_hotlist_apply().
 */
bool store_feed_apply(struct store *store, json_t *items, const char *cursor, GError **error);

/**
 * Another database speaks for the platform now: forget bills, notices and the cursor, whose versions mean nothing to it. The
 * hotlist stays: its version never goes back.
 */
bool store_feed_reset(struct store *store, GError **error);

/*
 * The hotlist: a file (hotfile.h) and what came since in a table. Versions never go back, not even when the database was lost:
 * a second file keeps the highest. Whoever calls has checked the signatures; all or nothing, and the list in force stays when
 * something is refused (STORE_ERROR_STATE). Changes are for one thread (sync); questions for any.
 */
struct hotlist_manifest {
    struct hotlist_head head;
    int64_t length;
    uint8_t sha256[32]; /* of the whole file */
    char key_id[17];    /* whose signature it was: versions of another key are another list's */
};

struct hotlist_delta {
    int64_t from, to, issued_ms;
    int64_t count;      /* of the list after it … */
    uint8_t digest[32]; /* … and its digest */
    char key_id[17];
    const struct hotlist_entry *adds; /* also those whose reason changes; borrowed */
    size_t add_count;
    const uint64_t *removes;
    size_t remove_count;
};

struct store_hotlist {
    int64_t version;   /* what is here and whole; 0: nothing that a delta could be applied to */
    int64_t high;      /* the highest version ever in force. A list below it is not in force */
    int64_t base;      /* of the file */
    int64_t count;     /* entries */
    int64_t since;     /* changes since the file */
    int64_t issued_ms, confirmed_ms;
    bool damaged;      /* file or a part of it cannot be read: cards there count as listed until it was fetched anew */
};
/** As seen by this key. */
void store_hotlist_state(struct store *store, const char *key_id, struct store_hotlist *out);
/** Where to put the file of this manifest piece by piece, g_free. */
char *store_hotlist_part(struct store *store, const struct hotlist_manifest *manifest);
/** Is it here already (an old database was lost, its files were not)? Then it need not be fetched. */
bool store_hotlist_have(struct store *store, const struct hotlist_manifest *manifest);
/** Check that file, put it in place and in force. Refused unless newer than state.version. A wrong file is removed. */
bool store_hotlist_install(struct store *store, const struct hotlist_manifest *manifest, GError **error);
/** Apply deltas, the first of which begins at our version, in one transaction. */
bool store_hotlist_apply(struct store *store, const struct hotlist_delta *deltas, size_t count, GError **error);
/** Write file and changes into a new file when there are many changes, or when `now`. */
bool store_hotlist_compact(struct store *store, bool now, GError **error);

/**
 * Read all of it, on a store that is only looked at too: header, every bucket, count and digest of the file, the changes since, and
 * that they make the list whose version, count and digest were signed; `key_id` NULL: by whatever key. `told`: what it is, g_free.
 */
bool store_hotlist_check(struct store *store, const char *key_id, char **told, GError **error);
/** Is a part of the list unreadable? It is fetched anew by itself. */
bool store_hotlist_damaged(struct store *store);
/** 0 version when none is in force. confirmed_ms: when the platform last confirmed that this list is the newest. */
bool store_hotlist_info(struct store *store, int64_t *version, int64_t *issued_ms, int64_t *confirmed_ms);
/** The platform said that `version` still is the newest, at confirmed_ms. */
bool store_hotlist_confirm(struct store *store, int64_t version, int64_t confirmed_ms, GError **error);
/** Reason, g_free, or NULL: not listed. `token` is model/token.h's. "UNREADABLE" when it cannot be told. */
char *store_hotlist_lookup(struct store *store, const char *token);

/** The feed was read to its end. */
bool store_feed_whole(struct store *store, GError **error);

/**
 * What is cached of persons (bills, credit) goes: all of it when the platform has not confirmed it for a day, a card's when the
 * card is on the hotlist, the longest silent when there are more persons than the cap. Call it every minute or so; what is
 * due is not told from that moment on, whether it was called or not.
 */
bool store_snapshots_sweep(struct store *store, GError **error);
/** What the platform showed of the owner of this card for a purpose (model/purpose.h), JSON, kept sealed for a day; not of somebody who was wiped for being lost. */
bool store_person_put(struct store *store, const char *token, const char *purpose, const char *text, GError **error);
/** g_free, cleanse it; NULL without error: nothing that is not older than a day. */
char *store_person(struct store *store, const char *token, const char *purpose, GError **error);
/** The person asks for it: all that is cached of them goes, for good, and nothing is taken in before store_person_return(). Events stay. */
bool store_person_forget(struct store *store, const char *token, GError **error);
/** They are here again, and there is a line: if they had asked for that, what is known of them is fetched again. */
bool store_person_return(struct store *store, const char *token, GError **error);

struct preference;
struct preference_event;
/** An event, and what is cached with it: what counts here from now on. `said_ms`: when, by the best that is known of the time. */
bool store_preference_say(struct store *store, const struct preference_event *event, int64_t said_ms, GError **error);
/** *kept: `out` is how they want it. False: trouble. */
bool store_preference(struct store *store, const char *token, struct preference *out, bool *kept, GError **error);

/** Flush what appends left behind the sidecar, and carry it over into the database, when nobody waits. False: tried again later. */
bool store_flush(struct store *store);
void store_snapshots_cap(struct store *store, int persons_max);

/**
 * Unpaid bills of a card token that no payment here covers. GPtrArray of json_t* (the feed's value objects), borrowed by it.
 * *asof_ms 0: nothing is known of this card now, also not that there are none.
 */
GPtrArray *store_bills(struct store *store, const char *card_token, int64_t *asof_ms, GError **error);
/** Is this bill still to be paid as far as we know, and which amount? -1 when not. */
int64_t store_bill_open_fen(struct store *store, const char *card_token, const char *bill_id);
/** The cached bill whatever its state, a new reference; NULL without error: not known (any more). */
json_t *store_bill(struct store *store, const char *bill_id, GError **error);
/** Has this payment's receipt been printed before? (journal: "receipt.printed") */
bool store_receipt_printed(struct store *store, const char *payment_id);
GPtrArray *store_notices(struct store *store, uint32_t today, GError **error);

/* ---- What time it is (model/clockwatch.h) ------------------------------------------------------------------------ */

/** May the wall clock be believed, and what is the time really? */
void store_clock(struct store *store, struct clock_view *out);
/** The best that is known of the time: ages and windows are counted in it, so that setting a clock back reopens none. */
int64_t store_true_ms(struct store *store);
/** A time that the platform signed; both readings by clock_read(). On the disk at least once a minute, and when it is news. */
bool store_clock_signed(struct store *store, int64_t server_ms, const struct clock_reading *sent,
                        const struct clock_reading *received, GError **error);

/** The platform's last word on this kiosk was that it is not (any more) one of its own. Survives a restart. */
bool store_revoked(struct store *store);
bool store_revoked_set(struct store *store, bool revoked, GError **error);

/** When the head of the journal was last anchored at the platform, by the event "journal.anchored"; 0 never, -1 error. */
int64_t store_anchored_ms(struct store *store);

/** The highest wall time ever seen, ours or the platform's; and raising it. A clock below it is not trusted. */
int64_t store_time_high(struct store *store);
bool store_time_raise(struct store *store, int64_t wall_ms, GError **error);
/** Set it, also back: only for a time that the platform and our own clock agree on. */
bool store_time_correct(struct store *store, int64_t wall_ms, GError **error);

#endif
