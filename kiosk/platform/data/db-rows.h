/* SPDX-License-Identifier: Apache-2.0 */
/** What the rest of the platform asks of the database, table by table. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_ROWS_H
#define PLATFORM_DB_ROWS_H

#include <jansson.h>
#include "model/payment.h"
#include "model/staff.h"
#include "platform/sample/community.h"
#include "platform/data/db.h"
#include "store/hotfile.h"

/** Ranks of db_run_later(): a row stands behind those that it points at. */
enum { LATER_EVENT, LATER_PAYMENT, LATER_CLAIM, LATER_STEP, LATER_POSTING, LATER_BILL, LATER_ATTENDANCE, LATER_TAP, LATER_CHANGE, LATER_VOLUNTEER };

/* ---- db-community.c ---- */
bool db_meta_set(struct db *db, const char *key, const char *value, GError **error);
bool db_meta_get(struct db *db, const char *key, char **value, GError **error);
bool db_biller_add(struct db *db, const struct biller *biller, GError **error);
bool db_household_add(struct db *db, const struct household *household, GError **error);
bool db_person_add(struct db *db, int id, const struct person *person, GError **error);
bool db_card_add(struct db *db, const struct sample_card *card, const char *token, GError **error);
/** *state NULL: no such card. g_free both. */
bool db_card_find(struct db *db, const char *number, char **token, char **state, GError **error);
/** Is there a card of this token in use? */
/** Whose card it is; -1 nobody's of ours. */
bool db_card_token_person(struct db *db, const char *token, int64_t *person, GError **error);
bool db_card_token_active(struct db *db, const char *token, bool *active, GError **error);
bool db_card_state_set(struct db *db, const char *number, const char *state, GError **error);

struct bill_row {
    char id[64];
    char card[21];
    char biller[16], account_no[24], period[16], usage[32], state[16];
    int64_t amount_fen;
    uint32_t issue, due;
};
bool db_bill_add(struct db *db, const struct bill_row *bill, GError **error);
/** What its biller states although nothing is to be paid: an amount of zero or less. Its state and due day are nobody's. */
bool db_statement_add(struct db *db, const struct bill_row *statement, GError **error);
bool db_bill_find(struct db *db, const char *id, struct bill_row *out, bool *found, GError **error);
bool db_bill_state_set(struct db *db, const char *id, const char *state, GError **error);
/** The feed's value of a bill (masked), new reference; NULL without error: no such bill. */
json_t *db_bill_value(struct db *db, const char *id, GError **error);
bool db_bill_count(struct db *db, int64_t *out, GError **error);
bool db_notice_set(struct db *db, const char *id, const char *value, GError **error);

/* ---- db-sample.c ---- */
/** Of all rows that a sample made, opened and without tokens: the same for the same seed on any engine and under any keys. g_free. */
char *db_sample_digest(struct db *db, GError **error);

/* ---- db-staff.c ---- */
struct staff_row {
    struct staff staff;
    int64_t person; /* whose card it is */
};
/** By id, or by the card's token: the row in force then, or the newest. */
bool db_staff_find(struct db *db, const char *name, int64_t at_ms, struct staff_row *out, bool *found, GError **error);
/** Is the id in use, or the card of somebody in office in a part of this row's time? */
bool db_staff_taken(struct db *db, const struct staff *row, bool *taken, GError **error);
/** Is there a row of this card that began at the same moment, in the table of this role? */
bool db_staff_began(struct db *db, const struct staff *row, bool *began, GError **error);
/** Rows that began behind `after_ms` and until `until_ms` on a card that has another one. GArray of struct staff_row. */
GArray *db_staff_begun(struct db *db, int64_t after_ms, int64_t until_ms, GError **error);
bool db_staff_add(struct db *db, const struct staff *staff, const char *name, GError **error);
bool db_staff_retire(struct db *db, const char *id, int64_t at_ms, GError **error);
/** The feed's value, new reference; NULL without error: none. */
json_t *db_staff_value(struct db *db, const char *topic, const char *token, int64_t now_ms, GError **error);
/** All with names, for people. New reference. */
json_t *db_staff_list(struct db *db, GError **error);

/* ---- db-feed.c ---- */
/** Put (topic, key) at the end of the feed. */
bool db_change_add(struct db *db, const char *topic, const char *key, GError **error);
/** What a kiosk is told to do, see wipe.h. */
bool db_command_set(struct db *db, const char *id, const char *value, GError **error);
/**
 * Keys in the feed that are about the owner of this card token, or with NULL about any, oldest first; topics "bill", "credit",
 * "order", "ticket" and "seat". GPtrArray of g_free'd text.
 */
GPtrArray *db_change_personal(struct db *db, const char *topic, const char *token, GError **error);
bool db_change_last(struct db *db, int64_t *n, GError **error);
/** Where the feed ends: the newest hotlist, the last change of a security topic, the last change of any. */
struct feed_head {
    int64_t hotlist, urgent, change;
};
bool db_feed_head(struct db *db, struct feed_head *out, GError **error);
/** How far a kiosk was told: numbers of changes. `rest` <= `first`; one number where nothing is left to tell. */
struct feed_place {
    int64_t first, rest; /* of security topics, of all others */
};
/**
 * What comes behind `place`, at most `limit` items, for this kiosk: security topics first; other kiosks' quotas, seats and answers are left
 * out. `place` moves behind what is told, and stays where that is nothing. New reference. In a transaction.
 */
json_t *db_change_items(struct db *db, const char *kiosk, struct feed_place *place, int64_t limit, GError **error);

/* ---- db-hotlist.c ---- */
/** As it lies in the tables, whose order is that of the numbers. */
void db_mark_bytes(uint64_t mark, uint8_t out[8]);
/** False: stop, with its error. */
typedef bool (*db_mark_fn)(void *ctx, uint64_t mark, int reason, GError **error);
/** Rows (mark, reason) in rising order, however many, a page at a time: those that `sql` gives behind the mark ?2, at most ?3. */
bool db_marks_each(struct db *db, const char *sql, db_mark_fn each, void *ctx, GError **error);
bool db_hotlist_version(struct db *db, int64_t *version, GError **error);
/** The newest version; *known false: its count and digest are not kept (it is older than both), or there is none (version 0). */
bool db_hotlist_head(struct db *db, struct hotlist_head *out, bool *known, GError **error);
/** A new version and the delta that leads to it; `payload` NULL: none does, so the file must. */
struct hotlist_version_row {
    struct hotlist_head head;
    int64_t changes;
    const char *payload, *signature, *key_id;
};
bool db_hotlist_add(struct db *db, const struct hotlist_version_row *row, GError **error);
struct hotlist_listed {
    int reason;       /* −1: not on the list */
    int64_t since_ms; /* whatever the reason was then; 0: not on the list */
    bool replaced;    /* of a card that was replaced: it is HOTLIST_REPLACED for ever */
};
/** As it is in force, with a published import over the list. */
bool db_hotlist_entry_find(struct db *db, uint64_t mark, struct hotlist_listed *out, GError **error);
bool db_hotlist_entry_set(struct db *db, const struct hotlist_entry *entry, int64_t since_ms, GError **error);
bool db_hotlist_entry_delete(struct db *db, uint64_t mark, GError **error);
/** All entries in rising order. */
bool db_hotlist_each(struct db *db, hotfile_each_fn each, void *ctx, GError **error);
/** Deltas from `since` on: versions and changes up to the newest, and whether one of them is missing. */
struct hotlist_way {
    int64_t versions, changes;
    bool broken;
};
bool db_hotlist_way(struct db *db, int64_t since, struct hotlist_way *out, GError **error);
/** Envelopes after `since`, at most so many of them and of their changes (but at least one). New reference. */
json_t *db_hotlist_deltas(struct db *db, int64_t since, int64_t deltas_max, int64_t changes_max, GError **error);
/** Forget deltas issued before, of versions up to `version`. */
bool db_hotlist_deltas_forget(struct db *db, int64_t before_ms, int64_t version, GError **error);
bool db_hotlist_file_add(struct db *db, int64_t version, const char *payload, const char *signature,
                         const char *key_id, GError **error);
/** The newest file: its version (0 none) and envelope (new reference); both may be NULL. */
bool db_hotlist_file(struct db *db, int64_t *version, json_t **envelope, GError **error);
/** The SHA-256 that was signed for the file of this version, hex, g_free; NULL without error: none. */
bool db_hotlist_file_hash(struct db *db, int64_t version, char **hash, GError **error);
/** The versions of all but the newest `keep` files, whose rows are removed. GArray of int64_t. */
GArray *db_hotlist_files_forget(struct db *db, int64_t keep, GError **error);
/* ---- db-hotlist-import.c: drawn in schema-import.c ---- */
enum import_state { IMPORT_NONE, IMPORT_STAGING, IMPORT_DROPPED, IMPORT_PUBLISHED };
struct import_row {
    enum import_state state;
    uint8_t file[32];                     /* digest of its changes */
    int64_t done, changes, count, at_ms;  /* at_ms: begun, then published */
    uint8_t digest[32];
};
bool db_import_find(struct db *db, struct import_row *out, GError **error);
/** State NONE: takes it away. */
bool db_import_set(struct db *db, const struct import_row *row, GError **error);
struct staged_row {
    bool found;
    int reason, had;
};
bool db_staged_get(struct db *db, uint64_t mark, struct staged_row *out, GError **error);
bool db_staged_set(struct db *db, uint64_t mark, int reason, int had, GError **error);
bool db_staged_delete(struct db *db, uint64_t mark, GError **error);
/** The first `limit` rows are put into the list as entries of `since_ms` (or from before, when they were there), or with `drop` just forgotten. *more: others are left. */
bool db_staged_move(struct db *db, int64_t limit, bool drop, int64_t since_ms, bool *more, GError **error);
/** Those that change something, rising; all of them. */
bool db_staged_each(struct db *db, db_mark_fn each, void *ctx, GError **error);

/** Was the card of this token on the list already then? */
bool db_card_listed_at(struct db *db, const char *token, int64_t at_ms, bool *listed, GError **error);
/** Is another card with a token that begins so lost or suspended? */
bool db_card_mark_listed(struct db *db, uint64_t mark, const char *except_token, bool *listed, GError **error);

/* ---- db-kiosks.c ---- */
struct kiosk_row {
    char id[32], place_zh[128], place_en[128], state[16], certificate[64];
    int64_t epoch;                /* the newest one given */
    int64_t head_seq, head_epoch; /* the last event of all epochs; 0: none */
    uint8_t chain_nonce[32];      /* of `epoch` */
    uint8_t head_hash[32];        /* the nonce while there is no event */
    char alarm[48];
};
bool db_kiosk_find(struct db *db, const char *id, struct kiosk_row *out, bool *found, GError **error);
/**
 * Is this the certificate of that enrolled kiosk, and `out` its row? Asked in each transaction that answers or keeps what a kiosk asked for:
 * since it passed the door it may have been shut out, or enrolled anew on another machine. False, with PLATFORM_ERROR_KIOSK_UNKNOWN or
 * PLATFORM_ERROR_KIOSK_REVOKED: it is not, and nothing may come of the request.
 */
bool db_kiosk_still(struct db *db, const char *id, const char *certificate, struct kiosk_row *out, GError **error);
bool db_kiosk_add(struct db *db, const char *id, const char *place_zh, const char *place_en, GError **error);
/** New epoch, nonce and certificate; the head stays: numbers of events go on. */
bool db_kiosk_enrol(struct db *db, const struct kiosk_row *kiosk, int64_t now_ms, GError **error);
bool db_kiosk_head_set(struct db *db, const char *id, int64_t epoch, int64_t seq, const uint8_t hash[32], int64_t now_ms,
                       GError **error);
bool db_kiosk_alarm_set(struct db *db, const char *id, const char *alarm, GError **error);
bool db_kiosk_revoke(struct db *db, const char *id, GError **error);
/** Array of kiosks for people, new reference. */
json_t *db_kiosks(struct db *db, GError **error);

struct code_row {
    uint8_t salt[16], digest[32];
    int64_t expires_ms, tries_left;
};
bool db_code_set(struct db *db, const char *kiosk, const struct code_row *code, GError **error);
bool db_code_find(struct db *db, const char *kiosk, struct code_row *out, bool *found, GError **error);
bool db_code_delete(struct db *db, const char *kiosk, GError **error);

/* ---- db-epochs.c ---- */
/** Give a kiosk the epoch kiosk->epoch with kiosk->chain_nonce: rows of the older ones are refused from its first row on. */
bool db_epoch_open(struct db *db, const struct kiosk_row *kiosk, const char *reason, int64_t now_ms, GError **error);
/** An epoch of the time before a restore; the kiosk's newest stays. */
bool db_epoch_note(struct db *db, const char *kiosk, int64_t epoch, const uint8_t nonce[32], int64_t now_ms, GError **error);
bool db_epoch_nonce(struct db *db, const char *kiosk, int64_t epoch, uint8_t nonce[32], bool *found, GError **error);
/** Its first event came, and `lost` numbers before it never will. */
bool db_epoch_begin(struct db *db, const char *kiosk, int64_t epoch, int64_t first_seq, int64_t lost, GError **error);
/** Events behind the place (epoch, after), at most `limit` and `bytes_max` of bodies; *more: there are others. New reference. */
json_t *db_events_after(struct db *db, const char *kiosk, int64_t epoch, int64_t after, int64_t limit, size_t bytes_max,
                        bool *more, GError **error);

/* ---- db-events.c ---- */
struct event_row {
    const char *kiosk;
    int64_t epoch, seq;
    const char *id;
    uint8_t prev[32], hash[32];
    const char *body;
    size_t body_len;
    const char *text; /* the body, or "" when its bytes are no text */
};
/** What is stored at (kiosk, epoch, seq). */
struct event_found {
    bool found;
    char id[37], verdict[16], code[48];
    uint8_t hash[32];
};
bool db_event_find(struct db *db, const char *kiosk, int64_t epoch, int64_t seq, struct event_found *out,
                   GError **error);
/** Adds to `taken` the ids (g_strdup) of those that an accepted event has already. */
bool db_event_ids_taken(struct db *db, const struct event_row *events, size_t count, GHashTable *taken, GError **error);
/** With what became of them; all of one kiosk and epoch. Several go into one statement. */
struct event_judged {
    const struct event_row *event;
    const char *verdict, *code;
};
bool db_events_add(struct db *db, const struct event_judged *events, size_t count, int64_t now_ms, GError **error);
bool db_refusal_add(struct db *db, const struct event_row *event, const char *code, int64_t now_ms,
                    GError **error);

/* ---- db-fleet.c ---- */
/** `state` CURRENT or NEXT; the one that had it becomes OLD. Every certificate stays known: anchors are proved with them. */
bool db_certificate_add(struct db *db, const char *kiosk, const char *serial, const char *pem, const char *state,
                        int64_t now_ms, GError **error);
bool db_certificate_is_next(struct db *db, const char *kiosk, const char *serial, bool *next, GError **error);
bool db_certificate_promote(struct db *db, const char *kiosk, const char *serial, GError **error);
/** g_free; NULL without error: not known. */
bool db_certificate_pem(struct db *db, const char *kiosk, const char *serial, char **pem, GError **error);
/** PEM of each that this kiosk ever had; g_ptr_array_unref. */
GPtrArray *db_certificates_of(struct db *db, const char *kiosk, GError **error);

struct anchor_row {
    const char *kiosk, *serial, *text, *signature, *state;
    int64_t epoch, seq, at_ms;
    uint8_t hash[32];
};
bool db_anchor_add(struct db *db, const struct anchor_row *anchor, int64_t now_ms, GError **error);
/** Compare those that were ahead of us with the events that have come since; an alarm when one does not fit. */
bool db_anchors_settle(struct db *db, const char *kiosk, GError **error);
/** The raw bytes of an event, whatever they are. */
bool db_letter_add(struct db *db, const struct event_row *event, const char *reason, const char *verdict,
                   int64_t now_ms, GError **error);

/* ---- db-payments.c ---- */
const char *db_kind_name(enum payment_kind kind); /* "purchase", "load" */
struct payment_row {
    char id[37], kiosk[32];
    enum payment_kind kind;
    enum payment_state state;
    bool settled; /* by somebody else than its kiosk … */
    enum payment_state settled_as;
    uint8_t intent[32];
    char tac[12]; /* NONE, OK, WRONG, UNPROVEN */
    bool taken;   /* made of an order: its kiosk has not told of it yet */
};
/** Its JSON, g_free. */
char *db_payment_text(const struct payment *payment, GError **error);
bool db_payment_find(struct db *db, const char *id, struct payment_row *out, bool *found, GError **error);
/** And what there is around it, in the same look. */
struct payment_around {
    int64_t proofs;   /* confirmed payments with this proof */
    int64_t txns;     /* transactions of the ledger that are its */
    int64_t open;     /* other open payments of its card and kind */
    int64_t reversed; /* loads of its card that are void */
    int64_t told;     /* is it a doubt that kiosks know of? */
};
struct payment_look {
    bool found;
    struct payment_row row; /* when it is found */
    struct payment_around around;
};
/* `proof`: db_digest() of what the TAC is over. */
bool db_payment_look(struct db *db, const char *id, const uint8_t proof[DB_KEYED_SIZE], const char *token, enum payment_kind kind,
                     struct payment_look *out, GError **error);
/** What lies sealed in the first column of the first row: the JSON of the payment or order `id`. g_free; NULL without error: none. */
bool db_body(struct db *db, struct db_rows *stmt, const char *id, char **text, GError **error);
/** The JSON of the payment as it was last told; g_free. NULL without error: there is none. */
bool db_payment_body(struct db *db, const char *id, char **text, GError **error);
/** What lies in the table of it: JSON whose personal members are sealed. g_free. No transaction is needed. */
char *db_payment_sealed(const struct db *db, const struct payment *payment, GError **error);
/** Of both: `sealed` is that, where it was made before; NULL: it is made here. `tac`: NONE of an intent. `outcomes`: of its claims, one a
 *  bill; NULL: all PENDING. */
bool db_payment_add(struct db *db, const char *kiosk, const char *token, const struct payment *payment, const char *sealed,
                    const char *tac, const uint8_t intent[32], const uint8_t proof[DB_KEYED_SIZE], const char *const *outcomes, GError **error);
bool db_payment_state_set(struct db *db, const struct payment *payment, const char *sealed, const char *tac, GError **error);
/** Is it a payment of this card and amount? */
bool db_payment_tac(struct db *db, const char *id, char **tac, GError **error);
bool db_payment_is(struct db *db, const char *id, const char *card, int64_t amount_fen, bool *is, GError **error);
/** COMMITTING becomes IN_DOUBT, in its body, too. */
bool db_payment_doubt(struct db *db, const char *id, GError **error);
/** Never over OK. */
bool db_payment_tac_set(struct db *db, const char *id, const char *tac, GError **error);
bool db_payment_taken_set(struct db *db, const char *id, bool taken, GError **error);
/** Which kiosk's word made it void; "" when it was people. */
bool db_payment_denier(struct db *db, const char *id, char kiosk[32], GError **error);
/** Its bills: how much, what became of it, and whose ("" of none of ours). GArray of struct claim_line. */
struct claim_line {
    int64_t amount_fen;
    char outcome[16], biller[16];
};
GArray *db_claim_lines(struct db *db, const char *payment, GError **error);
bool db_payment_proof_used(struct db *db, const uint8_t proof[DB_KEYED_SIZE], bool *used, GError **error);
bool db_claim_outcome_set(struct db *db, const char *payment, int64_t line, const char *outcome,
                          GError **error);
/** Every line of the payment. */
bool db_claims_outcome_set(struct db *db, const char *payment, const char *outcome, GError **error);
/** Bills that a payment names. GPtrArray of g_free'd text. */
GPtrArray *db_claims(struct db *db, const char *payment, GError **error);
/** Of all payments that claim this bill: is one PAID, how many are open, how many of those in doubt. */
struct claim_count {
    int64_t paid, open, in_doubt;
};
/** A bill and they. */
struct bill_claims {
    char biller[16], state[16];
    int64_t amount_fen;
    struct claim_count claims;
};
bool db_bill_claims(struct db *db, const char *bill, struct bill_claims *out, bool *found, GError **error);

/* ---- db-doubts.c ---- */
/** Where a card stood when a payment began. */
struct card_moment {
    char id[37];
    bool in_doubt;
    int64_t counter, balance_before_fen, amount_fen, at_ms;
};
/** Columns id, counter, balance, amount, time and, of open ones, whether it is in doubt. */
extern const struct db_reader db_moment_reader;
/** Open ones of this card and kind, other than `except`. GArray of struct card_moment. */
GArray *db_payments_open(struct db *db, const char *card, enum payment_kind kind, const char *except, GError **error);
/** The proven one that began at this counter. */
bool db_payment_at(struct db *db, const char *card, enum payment_kind kind, int64_t counter, struct card_moment *out,
                   bool *found, GError **error);
/** How many of this kind, not void, were taken in that time. */
bool db_payments_between(struct db *db, const char *card, enum payment_kind kind, int64_t from_ms, int64_t to_ms,
                         int64_t *count, GError **error);
GPtrArray *db_payments_committing(struct db *db, const char *kiosk, GError **error);
bool db_card_in_doubt(struct db *db, const char *card, bool *in_doubt, GError **error);
/** How a payment ended without its kiosk. */
struct settlement {
    enum payment_state outcome; /* CONFIRMED or VOID */
    enum payment_settler by;
    const char *kiosk;                      /* ELSEWHERE: where its card was */
    const char *staff_a, *staff_b, *reason; /* STAFF */
};
bool db_settlement_add(struct db *db, const char *payment, const struct settlement *s, int64_t now_ms, GError **error);
bool db_doubt_open(struct db *db, const char *payment, int64_t now_ms, GError **error);
/** Its kiosk waits for the end after all. */
bool db_doubt_reopen(struct db *db, const char *payment, GError **error);
/** *was_told: it is one that kiosks were told of, and this ends it. */
bool db_doubt_close(struct db *db, const char *payment, int64_t now_ms, bool *was_told, GError **error);
/** The feed's value, new reference; NULL without error: over, or none. */
json_t *db_doubt_value(struct db *db, const char *payment, GError **error);
/** Everything open, for people: doubts, and alarms (`state` ALARM, with `code` and who is `named`). New reference. */
json_t *db_doubts(struct db *db, GError **error);

/* ---- db-orders.c ---- */
struct order_row {
    char kiosk[32], state[16];
    uint8_t intent[32];
};
/** `verified`: the card's MAC1 is right. */
bool db_order_add(struct db *db, const char *kiosk, const struct payment *load, const uint8_t intent[32],
                  const char *state, bool verified, int64_t now_ms, GError **error);
/** The load as its kiosk has it, g_free; NULL without error: not kept. */
bool db_order_body(struct db *db, const char *id, char **text, GError **error);
/** Ids of orders of this kiosk (NULL: of any) that were made before and are CREATED still. */
GPtrArray *db_orders_silent(struct db *db, const char *kiosk, int64_t before_ms, GError **error);
/** Was this very word of the card (counter and random) used for an order? */
bool db_order_mac1_used(struct db *db, const struct cc_load *load, bool *used, GError **error);
/** The highest counter that the card itself has shown, −1 none. */
bool db_order_counter_shown(struct db *db, const char *card, int64_t *counter, GError **error);
/** Void orders of the card that had MAC2, with nothing else at their counter and no alarm yet. GArray of struct card_moment. */
GArray *db_orders_suspect(struct db *db, const char *card, GError **error);
/** The first that the card itself showed beyond this counter. */
bool db_order_next(struct db *db, const char *card, int64_t counter, struct card_moment *out, bool *found, GError **error);
/** The first proven purchase from then on that no load of ours came before. */
bool db_purchase_next(struct db *db, const char *card, int64_t from_ms, struct card_moment *out, bool *found,
                      GError **error);
bool db_purchases_sum(struct db *db, const char *card, int64_t from_ms, int64_t to_ms, int64_t *fen, GError **error);
bool db_order_find(struct db *db, const char *id, struct order_row *out, bool *found, GError **error);
bool db_order_state_set(struct db *db, const char *id, const char *state, GError **error);
/** Ids of orders of this card that began at this counter and are not over. */
GPtrArray *db_orders_open_at(struct db *db, const char *card, int64_t counter, const char *except, GError **error);
/** Ids of others of this card and counter that are posted without proof. */
GPtrArray *db_orders_unproven_at(struct db *db, const char *card, int64_t counter, const char *except, GError **error);
/** The highest counter at which a load of this card is proven, −1 none. */
bool db_order_counter_max(struct db *db, const char *card, int64_t *counter, GError **error);
bool db_order_reverses(struct db *db, const char *payment, bool *reversed, GError **error);
struct answer_row {
    uint8_t fingerprint[32];
    unsigned status;
    char *answer; /* g_free */
};
bool db_answer_find(struct db *db, const char *kiosk, const char *key, struct answer_row *out, bool *found,
                    GError **error);
/** Also forgets answers of more than seven days ago. */
bool db_answer_add(struct db *db, const char *kiosk, const char *key, const struct answer_row *row, int64_t now_ms,
                   GError **error);

/* ---- db-alarms.c ---- */
/** `named`: the kiosk whose word is contradicted; `teller`: who brought what contradicts it; each may be "". Once a kind. */
bool db_alarm_add(struct db *db, const char *payment, const char *kind, const char *named, const char *teller,
                  int64_t now_ms, GError **error);
bool db_alarms_open(struct db *db, const char *payment, int64_t *count, GError **error);
bool db_alarms_close(struct db *db, const char *payment, const struct settlement *settlement, int64_t now_ms,
                     GError **error);

/* ---- db-ledger.c ---- */
struct entry_row {
    char account[64];
    int64_t amount_fen;
};
/** What all transactions of a payment leave on each account that is not zero. GArray of struct entry_row. */
GArray *db_entries(struct db *db, const char *payment, GError **error);
bool db_txn_count(struct db *db, const char *payment, int64_t *count, GError **error);
/** A row as an object by column name. */
json_t *db_row_json(struct db_rows *stmt);
/* ---- db-read.c ---- */
/** A member of such an object that lies sealed, bound to `place` and to what the member `key` says. `last4`: no more than that is told. */
struct db_sealed {
    const char *member, *place, *key;
    bool last4;
};
/** What it says takes the place of what lies there; null stays null. */
bool db_row_unseal(struct db *db, json_t *row, const struct db_sealed *sealed, GError **error);
/** All rows, as objects, behind what `rows` has; `sealed` NULL: nothing of them is. `stmt` is ended; NULL is allowed. */
bool db_rows_json(struct db *db, struct db_rows *stmt, const struct db_sealed *sealed, json_t *rows, GError **error);
/** What was signed, of the first row: its payload, signature and key_id in this order. New reference; NULL without error: no row. */
json_t *db_envelope(struct db *db, struct db_rows *stmt, GError **error);
/** A sealed column into `size` bytes, as db_copy_text(). */
bool db_copy_unsealed(struct db *db, struct db_rows *stmt, int column, const char *place, const char *key, char *out, size_t size,
                      GError **error);
/** Wiped, then g_free; NULL is allowed. */
void db_secret_free(char *text);
/** A number as the key of what is sealed in its row: `out`. */
const char *db_key(int64_t id, char out[24]);
/** All but the last four characters of a number or an account are gone. */
const char *db_last4(const char *text);

/* ---- db-ledger.c ---- */
bool db_txn_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms,
                GError **error);
/** It is there afterwards; an account is never taken away. */
bool db_account_add(struct db *db, const char *code, GError **error);
bool db_entry_add(struct db *db, const char *txn, int64_t line, const char *account, int64_t amount_fen,
                  GError **error);
/** A transaction of two entries, closed: amount_fen (not 0) on `first`, as much with the other sign on `second`. */
bool db_posting_add(struct db *db, const char *id, const char *payment, const char *kind, int64_t at_ms, const char *first,
                    const char *second, int64_t amount_fen, GError **error);
/** Refused by the database unless the entries sum to zero. */
bool db_txn_close(struct db *db, const char *id, GError **error);
/** Everything of the ledger for people and checkers, new reference. */
json_t *db_report(struct db *db, GError **error);

/* ---- db-gauges.c ---- */
struct db_gauges {
    int64_t hotlist_version;
    int64_t kiosks_enrolled, kiosks_revoked, kiosks_alarmed;
    int64_t oldest_push_ms; /* when the kiosk that was heard of least lately told something; 0: none is enrolled */
    int64_t doubts_open, alarms_open;
    int64_t purses_short; /* replaced cards whose holders got more than their purses had */
};
/** In a transaction. */
bool db_gauges(struct db *db, struct db_gauges *out, GError **error);
/** PEM of the certificate of each enrolled kiosk; g_ptr_array_unref. */
GPtrArray *db_certificates_in_use(struct db *db, GError **error);

#endif
