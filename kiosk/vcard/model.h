/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A virtual smart-city card of any family (profile.h) and the operator's PSAM: pure models. A command goes in, an answer
 * comes out; no sockets, no files, no clock. citycard-vcard puts them behind pcscd; unit tests and the simulator call
 * them directly (channel.h turns one into a cc_channel).
 *
 * What survives a loss of power is one plain struct per device (vc_card_state, vc_sam_state). A command that changes it
 * builds the next state aside, hands it to the commit hook, and only when that said VC_COMMITTED takes it over and
 * answers. So balance, counter, log, journey and proof move together or not at all, whenever the card is pulled.
 */
#ifndef VCARD_MODEL_H
#define VCARD_MODEL_H

#include "apdu.h"
#include "profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Who holds which card, and keys --------------------------------------------------------------------------- */

#define VC_PIN_MAX 6 /* bytes: twelve digits */

struct vc_persona {
    char key[32];
    char name[64]; /* UTF-8 */
    char id_number[33];
    uint8_t serial[8]; /* the 16 digits of card_number */
    uint8_t issuer[8];
    uint8_t city[2];
    uint8_t card_class, holder_type, staff, id_type;
    uint8_t valid_from[4], valid_to[4]; /* BCD */
    uint32_t balance_fen;
    uint8_t pin[VC_PIN_MAX];
    size_t pin_len;
    bool pin_for_purchase;
    uint16_t offline_counter, online_counter;
    uint8_t atr[33];
    size_t atr_len;
};

/** Master keys, two-key triple DES. */
struct vc_keys {
    uint8_t purchase[16], tac[16], load[16], maintenance[16], authentication[16], pin_unblock[16];
};

/** What is printed on the PSAM's paper. */
struct vc_sam_identity {
    uint8_t serial[10], terminal[6], issuer[8], receiver[8];
    uint8_t valid_from[4], valid_to[4];
    uint8_t key_index;
    uint8_t atr[33];
    size_t atr_len;
    /* What PSAM systems do not agree upon. All zero: a T-Union PSAM that takes one to three factors, the last first. */
    uint8_t version, card_type; /* EF15 of the MF; 0: 01 */
    uint8_t aid[16];
    uint8_t aid_len, aid_least; /* 0: T-Union's, whole or its first 7 bytes */
    bool no_aid;                /* only by FID */
    uint16_t fid;               /* of the purchase application; 0: DF01 */
    uint8_t factors;            /* how many it takes; 0: one to three */
    bool first_factor_first;    /* in which order they are applied */
    bool takes_code;            /* knows 80 CA: the security code is checked and covered by MAC1 */
    uint8_t code_key[16];
    uint8_t known_codes[4][VC_CODE_SIZE]; /* true ones whose key nobody published */
    size_t known_code_count;
};

/** UTF-8 to GB 18030, padded with 00 to `room`; false when it does not fit whole. */
bool vc_gb18030(const char *utf8, uint8_t *out, size_t room);

/* ---- What both devices share ------------------------------------------------------------------------------------ */

enum vc_commit { VC_COMMITTED, VC_COMMIT_FAILED, VC_COMMIT_POWER_LOST };
enum vc_outcome {
    VC_ANSWERED,
    VC_POWER_LOST /* the power went before the commit: no answer, nothing changed */
};

/** A source of randomness; NULL uses OpenSSL's. */
typedef bool (*vc_random_fn)(void *ctx, uint8_t *out, size_t len);

/* ---- The card --------------------------------------------------------------------------------------------------- */

#define VC_LOG_RECORDS  10
#define VC_LOG_SIZE     23
#define VC_JOURNEY_SIZE 48
#define VC_PIN_TRIES    3
#define VC_CACHE_MAX    4
#define VC_CACHE_SIZE   128

/** Transaction types (TTI). */
enum {
    VC_TYPE_LOAD_ED = 0x01,
    VC_TYPE_LOAD = 0x02,
    VC_TYPE_UNLOAD = 0x03,
    VC_TYPE_CASH = 0x04,
    VC_TYPE_PURCHASE_ED = 0x05,
    VC_TYPE_PURCHASE = 0x06,
    VC_TYPE_OVERDRAFT = 0x07,
    VC_TYPE_COMPOUND = 0x09,
};

/** GET TRANSACTION PROVE: of the last purse transaction only. `counter` is the value after the increment. */
struct vc_proof {
    uint8_t type; /* 0: none */
    uint16_t counter;
    uint8_t mac[4], tac[4];
};

enum vc_block { VC_NOT_BLOCKED, VC_BLOCKED, VC_BLOCKED_FOR_EVER };

struct vc_purse_state {
    uint32_t balance_fen;
    uint16_t offline_counter, online_counter;
    uint32_t limit_fen, overdrawn_fen; /* overdraft: allowed, and used */
    struct vc_proof proof;
};

struct vc_pin_state {
    uint8_t tries, len;
    uint8_t digits[VC_PIN_MAX];
};

/** Everything that survives a loss of power. What its indices mean is in the profile. */
struct vc_card_state {
    uint64_t commits;
    union {
        struct vc_purse_state purses[VC_PURSES_MAX];
        struct { /* the first purse by itself: most cards have no other */
            uint32_t balance_fen;
            uint16_t offline_counter, online_counter;
        };
    };
    struct vc_pin_state pins[VC_PINS_MAX];
    uint8_t blocks[VC_APPS_MAX]; /* enum vc_block */
    uint8_t card_blocked;
    uint8_t counts[VC_FILES_MAX]; /* records that a file holds */
    uint8_t image[VC_IMAGE_MAX];
    uint8_t rekeyed[VC_KEYS_MAX]; /* WRITE KEY put these in the place of the profile's */
    uint8_t new_keys[VC_KEYS_MAX][16];
};

/** The state of a card fresh from the issuer. False when the name cannot be written in GB 18030. */
bool vc_card_fresh(const struct vc_persona *persona, struct vc_card_state *state);

/** A persona's T-Union card: what it is, and its fresh state. `masters` NULL leaves the keys zero. */
bool vc_persona_card(const struct vc_persona *persona, const struct vc_keys *masters,
                     struct vc_profile *profile, struct vc_card_state *fresh);

/** The same six keys, diversified by issuer code and then by card serial. */
bool vc_card_keys(const struct vc_keys *masters, const uint8_t issuer[8], const uint8_t serial[8],
                  struct vc_keys *keys);

enum vc_pending_kind {
    VC_PENDING_NONE,
    VC_PENDING_LOAD,
    VC_PENDING_PURCHASE, /* and cash withdrawal */
    VC_PENDING_COMPOUND,
    VC_PENDING_UNLOAD,
    VC_PENDING_OVERDRAFT,
};

/** Between INITIALIZE and CREDIT or DEBIT. */
struct vc_pending {
    enum vc_pending_kind kind;
    uint8_t purse, key, type; /* indices of the profile; TTI */
    uint32_t amount_fen;
    uint8_t terminal[6], random[4];
    struct {
        uint8_t file, record; /* record: number or tag, 0 adds a newest one */
        uint8_t len;
        uint8_t bytes[VC_CACHE_SIZE];
    } cache[VC_CACHE_MAX];
    size_t cache_count;
};

/** Lost with the power. */
struct vc_card_session {
    uint8_t app;            /* the selected directory; 0 the MF */
    bool has_file;          /* an EF is selected: */
    uint8_t file;           /* index of the profile */
    unsigned pin_verified;  /* bit n: PIN n */
    unsigned authenticated; /* bit n: with key n */
    uint8_t challenge[8];
    size_t challenge_len; /* 0: none taken */
    struct vc_pending pending;
};

struct vc_card {
    struct vc_profile profile;
    struct vc_card_state state;
    struct vc_card_session session;
    struct vc_transport transport;
    enum vc_commit (*commit)(void *ctx, const struct vc_card_state *next); /* NULL: memory only */
    void *commit_ctx;
    vc_random_fn random;
    void *random_ctx;
    /* Faults, each for one command. */
    bool lose_power_at_commit;
    bool spoil_mac2;
};

/** Put the persona's card together with `state` (fresh or read back). Hooks may be set afterwards. */
bool vc_card_init(struct vc_card *card, const struct vc_persona *persona, const struct vc_keys *masters,
                  const struct vc_card_state *state);
/** Any card. */
void vc_card_setup(struct vc_card *card, const struct vc_profile *profile, const struct vc_card_state *state);
/** Power off and on, or reset: the session is gone, the state stays. Chaining stays as set. */
void vc_card_power(struct vc_card *card);
/** One command. On VC_ANSWERED *answer_len bytes stand in `answer` (258 are enough). */
enum vc_outcome vc_card_transmit(struct vc_card *card, const uint8_t *command, size_t len, uint8_t *answer,
                                 size_t room, size_t *answer_len);
void vc_card_cleanse(struct vc_card *card);

/** The first key of a kind in any directory, for tests and issuers; NULL when there is none. */
uint8_t *vc_card_key(struct vc_card *card, enum vc_key_kind kind);
/** A record as it lies in the state, number from 1; NULL when it is not there. *len may be NULL. */
const uint8_t *vc_state_record(const struct vc_profile *profile, const struct vc_card_state *state,
                               uint8_t file, size_t number, size_t *len);
/** Put a record in front of all others; the oldest goes when the file is full. Short ones are filled up with 00. */
void vc_state_push(const struct vc_profile *profile, struct vc_card_state *state, uint8_t file,
                   const uint8_t *bytes, size_t len);
/** Write record `number` (at most one behind the last). False when it has no place. */
bool vc_state_put(const struct vc_profile *profile, struct vc_card_state *state, uint8_t file, size_t number,
                  const uint8_t *bytes, size_t len);

/* ---- The PSAM --------------------------------------------------------------------------------------------------- */

struct vc_sam_state {
    uint64_t commits;
    uint32_t terminal_serial; /* the last one given out; never repeats */
};

enum vc_selected { VC_SELECTED_MF, VC_SELECTED_ADF };

struct vc_sam_session {
    enum vc_selected selected;
    uint16_t file;
    bool open; /* an 8070 that waits for its 8072 */
    unsigned mac2_tries;
    uint32_t amount_fen;
    uint8_t session_key[8];
    uint8_t working_usage; /* after 80 1A; 0 none */
    uint8_t working_key[16];
    bool mac_going;   /* 80 FA of several commands: */
    uint8_t chain[8]; /* what the blocks so far came to */
    bool has_code;
    uint8_t code[VC_CODE_SIZE]; /* checked by 80 CA, for the next 80 70 */
};

struct vc_sam {
    struct vc_sam_state state;
    struct vc_sam_session session;
    struct vc_transport transport;
    struct vc_sam_identity identity;
    struct vc_keys masters;
    enum vc_commit (*commit)(void *ctx, const struct vc_sam_state *next);
    void *commit_ctx;
    vc_random_fn random;
    void *random_ctx;
    bool lose_power_at_commit;
};

void vc_sam_init(struct vc_sam *sam, const struct vc_sam_identity *identity, const struct vc_keys *masters,
                 const struct vc_sam_state *state);
void vc_sam_power(struct vc_sam *sam);
enum vc_outcome vc_sam_transmit(struct vc_sam *sam, const uint8_t *command, size_t len, uint8_t *answer,
                                size_t room, size_t *answer_len);
void vc_sam_cleanse(struct vc_sam *sam);

#endif
