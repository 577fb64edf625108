/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A virtual smart-city card (T-Union, JT/T 978) and the operator's PSAM: pure models. A command goes in, an answer
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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- The community: who holds which card, and the demonstration keys ------------------------------------------ */

#define VC_PERSONAS_MAX 64
#define VC_PIN_MAX      6 /* bytes: twelve digits */

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
};

struct vc_community {
    struct vc_persona personas[VC_PERSONAS_MAX];
    size_t count;
    struct vc_keys keys;
    struct vc_sam_identity sam;
};

/** Read both files. On failure false, and one sentence in `error`. */
bool vc_community_load(struct vc_community *community, const char *personas_path, const char *keys_path,
                       char *error, size_t error_size);
/** Borrowed; NULL when nobody has that key. */
const struct vc_persona *vc_community_find(const struct vc_community *community, const char *key);

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

#define VC_LOG_RECORDS     10
#define VC_LOG_SIZE        23
#define VC_JOURNEY_RECORDS 30
#define VC_JOURNEY_SIZE    48
#define VC_PIN_TRIES       3
#define VC_CACHE_MAX       4

/** Transaction types (TTI). */
enum { VC_TYPE_LOAD = 0x02, VC_TYPE_PURCHASE = 0x06, VC_TYPE_COMPOUND = 0x09 };

/** GET TRANSACTION PROVE: of the last purse transaction only. `counter` is the value after the increment. */
struct vc_proof {
    uint8_t type; /* 0: none */
    uint16_t counter;
    uint8_t mac[4], tac[4];
};

enum vc_block { VC_NOT_BLOCKED, VC_BLOCKED, VC_BLOCKED_FOR_EVER };

/** Everything that survives a loss of power. */
struct vc_card_state {
    uint64_t commits;
    uint32_t balance_fen;
    uint16_t offline_counter, online_counter;
    uint8_t tries;
    enum vc_block block;
    uint8_t pin[VC_PIN_MAX];
    size_t pin_len;
    uint8_t ef15[30], ef16[55], ef17[60];
    uint8_t log[VC_LOG_RECORDS][VC_LOG_SIZE]; /* newest first */
    size_t log_count;
    uint8_t journeys[VC_JOURNEY_RECORDS][VC_JOURNEY_SIZE]; /* newest first */
    struct vc_proof proof;
};

/** The state of a card fresh from the issuer. False when the name cannot be written in GB 18030. */
bool vc_card_fresh(const struct vc_persona *persona, struct vc_card_state *state);

/** The same six keys, diversified by issuer code and then by card serial. */
bool vc_card_keys(const struct vc_keys *masters, const uint8_t issuer[8], const uint8_t serial[8],
                  struct vc_keys *keys);

enum vc_selected { VC_SELECTED_MF, VC_SELECTED_ADF };
enum vc_pending_kind { VC_PENDING_NONE, VC_PENDING_LOAD, VC_PENDING_PURCHASE, VC_PENDING_COMPOUND };

/** Between INITIALIZE and CREDIT or DEBIT. */
struct vc_pending {
    enum vc_pending_kind kind;
    uint32_t amount_fen;
    uint8_t terminal[6], random[4];
    struct {
        uint8_t record; /* 0 adds a newest record, 1 to 30 overwrites one */
        uint8_t bytes[VC_JOURNEY_SIZE];
    } cache[VC_CACHE_MAX];
    size_t cache_count;
};

/** Lost with the power. */
struct vc_card_session {
    enum vc_selected selected;
    uint16_t file; /* of the selected EF, 0 none */
    bool pin_verified, authenticated;
    uint8_t challenge[8];
    size_t challenge_len; /* 0: none taken */
    struct vc_pending pending;
};

struct vc_card {
    struct vc_card_state state;
    struct vc_card_session session;
    struct vc_transport transport;
    struct vc_keys keys; /* this card's own */
    bool pin_for_purchase;
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
/** Power off and on, or reset: the session is gone, the state stays. Chaining stays as set. */
void vc_card_power(struct vc_card *card);
/** One command. On VC_ANSWERED *answer_len bytes stand in `answer` (258 are enough). */
enum vc_outcome vc_card_transmit(struct vc_card *card, const uint8_t *command, size_t len, uint8_t *answer,
                                 size_t room, size_t *answer_len);
void vc_card_cleanse(struct vc_card *card);

/* ---- The PSAM --------------------------------------------------------------------------------------------------- */

struct vc_sam_state {
    uint64_t commits;
    uint32_t terminal_serial; /* the last one given out; never repeats */
};

struct vc_sam_session {
    enum vc_selected selected;
    uint16_t file;
    bool open; /* an 8070 that waits for its 8072 */
    unsigned mac2_tries;
    uint32_t amount_fen;
    uint8_t session_key[8];
    uint8_t working_usage; /* after 80 1A; 0 none */
    uint8_t working_key[16];
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
