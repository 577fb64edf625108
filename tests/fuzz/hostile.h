/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card and a PSAM that answer whatever the input bytes say: the right thing, the right thing cut, chained or spoilt, any
 * status word, noise, nothing. Each keeps a record of what it was asked and what it said, so that a verdict of the library
 * can be held against the facts.
 */
#ifndef TEST_HOSTILE_H
#define TEST_HOSTILE_H

#include "citycard.h"

/** The whole answer to the last command of one kind, GET RESPONSE parts put together. */
struct heard {
    bool any;
    uint16_t sw;
    size_t len;
    uint8_t data[64];    /* the first bytes */
    uint8_t command[64]; /* the command it belongs to */
    size_t command_len;
};

/** Where the choices come from. When it runs dry, right answers follow. */
struct choices {
    const uint8_t *at;
    size_t left;
};

struct hostile {
    struct choices *choices;
    bool is_module;
    bool
        never_confirms; /* PSAM: right answers, but 80 72 is always refused and the TAC is never the card's */
    bool knows_purchase; /* card: may write the true record into its log */
    bool gone;
    unsigned commands, debits;
    uint8_t last_ins;
    uint8_t kept[256]; /* for GET RESPONSE */
    size_t kept_len;
    uint8_t whole[8192];
    size_t whole_len;
    uint8_t command[262];
    size_t command_len;
    uint8_t init_body[11], debit_body[15]; /* out of the commands, to write a true record */
    uint8_t type; /* of the transaction that INIT began */
    uint16_t counter;
    struct heard select, init, debit, balance, prove, check, tac;
    bool said_our_record; /* a whole record equal to `ours` was given by READ RECORD */
    bool said_other_record; /* … and one with our number and another's values */
    uint8_t ours[23];       /* set by the caller before resolve */
    bool mac2_accepted;   /* 80 72 answered 9000 at least once */
    uint8_t accepted_mac2[4];
};

void hostile_init(struct hostile *hostile, struct choices *choices, bool is_module);
struct cc_channel hostile_channel(struct hostile *hostile);
/** Forget what was heard and let the link live again (a new tap); debits stay counted. */
void hostile_again(struct hostile *hostile);
uint8_t choose(struct choices *choices);

/** The whole dialogue: read, open, prepare, debit, resolve twice; aborts when an invariant is broken. */
struct dialogue_options {
    bool noise_only;     /* the card answers noise, nothing right */
    bool never_confirms; /* see struct hostile */
};
struct dialogue_outcome {
    bool prepared;
    enum cc_purchase_state state;
    enum cc_evidence evidence;
};
void dialogue_run(const uint8_t *data, size_t size, const struct dialogue_options *options,
                  struct dialogue_outcome *outcome);

#endif
