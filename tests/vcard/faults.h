/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What can go wrong between a reader and a card, as a plan: "at the n-th command from now, cut the answer to one byte".
 * The plan knows nothing of sockets: it says in a vc_play what the wire must do, and vpcd.c, or channel.h for a test
 * without pcscd, does it.
 */
#ifndef VCARD_FAULTS_H
#define VCARD_FAULTS_H

#include "model.h"

#define VC_ANSWER_MAX 65538
#define VC_FAULTS_MAX 16
#define VC_STAYS_OUT  (-1)

enum vc_fault_kind {
    VC_FAULT_PULL_BEFORE, /* card gone before its commit */
    VC_FAULT_PULL_AFTER,  /* card gone after its commit, nobody heard the answer */
    VC_FAULT_DROP,        /* link closed without the length; the card comes back */
    VC_FAULT_EMPTY,       /* an answer of length zero, link held open a while */
    VC_FAULT_CUT,         /* a whole message of only `bytes` bytes */
    VC_FAULT_PROMISE,     /* the whole length promised, `bytes` bytes sent, link closed */
    VC_FAULT_DELAY,       /* `ms` before the answer, `byte_us` for each byte */
    VC_FAULT_SWAP,        /* another card within `gap` ms */
    VC_FAULT_GARBAGE,     /* random bytes instead of the answer */
    VC_FAULT_MAC2,        /* a wrong MAC2 in DEBIT's answer (the card's own proof stays right) */
    VC_FAULT_FLIP,        /* the lowest bit of answer byte `bytes` inverted */
    VC_FAULT_RESET,       /* the device loses its session before the command, link untouched */
    VC_FAULT_SW,          /* only the status word `sw`, the command not executed */
};

struct vc_fault {
    enum vc_fault_kind kind;
    int ins;         /* only commands with this INS are counted; -1 every one */
    unsigned at;     /* fires at the at-th counted command since armed, from 1 */
    unsigned repeat; /* how often it fires in a row; 0 for ever */
    unsigned seen, fired;
    size_t bytes;
    bool has_bytes;
    unsigned ms, byte_us;
    bool swap_before; /* the command is not even executed */
    char key[32];
    uint64_t seed;
    uint16_t sw;
    int back_ms; /* until the card is in again, VC_STAYS_OUT */
};

struct vc_faults {
    struct vc_fault items[VC_FAULTS_MAX];
    size_t count;
    uint64_t commands; /* since the last clear */
};

/** The device under a plan: a card's or the PSAM's model. */
struct vc_device {
    void *model;
    enum vc_outcome (*transmit)(void *model, const uint8_t *command, size_t len, uint8_t *answer, size_t room,
                                size_t *answer_len);
    void (*power)(void *model);
    bool *lose_power_at_commit;
    bool *spoil_mac2; /* NULL for a PSAM */
};

struct vc_device vc_card_device(struct vc_card *card);
struct vc_device vc_sam_device(struct vc_sam *sam);

/** How the answer leaves. */
enum vc_wire {
    VC_WIRE_WHOLE, /* `len` bytes */
    VC_WIRE_EMPTY, /* a message of length zero, the link closed `hold_ms` later */
    VC_WIRE_CLOSE, /* closed without a byte */
    VC_WIRE_CUT    /* `promised` told, `len` bytes sent, closed */
};

struct vc_play {
    enum vc_wire wire;
    uint8_t answer[VC_ANSWER_MAX];
    size_t len, promised;
    unsigned delay_ms, byte_us, hold_ms;
    bool gone;         /* the link closes after this; the session is lost already */
    int back_ms;       /* when gone: the card is in again after this, or VC_STAYS_OUT */
    char swap_key[32]; /* when gone and not empty: this card comes instead */
};

/** "pull-before" and so on. */
const char *vc_fault_name(enum vc_fault_kind kind);
/** Arm a fault from the words after "card" or "sam". On failure false, and what is wrong in `error`. */
bool vc_faults_arm(struct vc_faults *faults, char *const words[], size_t count, char *error,
                   size_t error_size);
void vc_faults_clear(struct vc_faults *faults);

/** Let the device execute one command under the plan. */
void vc_faults_run(struct vc_faults *faults, const struct vc_device *device, const uint8_t *command,
                   size_t len, struct vc_play *play);

#endif
