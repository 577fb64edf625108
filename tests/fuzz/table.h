/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A card (or PSAM) that answers from a table which the fuzzer wrote. Order does not matter, so an input stays meaningful when
 * one answer changes: a byte flipped in a record is that card with another record, not another conversation.
 *
 * A row: key 2 ‖ form 1 ‖ length 1 ‖ answer. The key is a digest of the command (table_key); the rows of one key are given in
 * turn, the last one for ever; a command without a row gets 6A82. A row of key 0000 ends the table. tests/fuzz/corpus-from-recordings writes such tables.
 */
#ifndef TEST_TABLE_H
#define TEST_TABLE_H

#include "citycard.h"

/** The low four bits of a row's form; what it does to the answer. */
enum table_form {
    TABLE_PLAIN = 0,   /* the answer as it is, SW included */
    TABLE_CHAIN,       /* 61xx, then the answer through GET RESPONSE in parts of 1 + (form >> 4) * 16 bytes */
    TABLE_RIGHT_LE,    /* 6Cxx first, the answer when the command comes again */
    TABLE_LOST,        /* an error of the channel */
    TABLE_EMPTY,       /* success with no byte */
    TABLE_LONG,        /* the answer 1 + (form >> 4) times over, SW at the end */
    TABLE_FORMS,
};

#define TABLE_ROWS_MAX 256

struct table_row {
    uint16_t key;
    uint8_t form, len;
    const uint8_t *answer;
    bool used;
};

/** The whole answer to the last command of one kind, GET RESPONSE parts put together. */
struct table_heard {
    uint16_t sw;
    size_t len;
    uint8_t data[16]; /* the first bytes */
};

struct table {
    struct table_row rows[TABLE_ROWS_MAX];
    size_t count;
    const struct table_row *chained; /* GET RESPONSE goes on with it … */
    size_t chained_at;               /* … from here */
    bool gone;
    unsigned commands, debits, credits, verifies, writes;
    struct table_heard credit, prove, other;
    struct table_heard *hearing; /* where the answer under way belongs */
};

/** Reads rows until they end or are cut off; returns how many bytes they took. `data` is borrowed. */
size_t table_init(struct table *table, const uint8_t *data, size_t size);
struct cc_channel table_channel(struct table *table);
/** The card is taken away and put on again. Counters go on. */
void table_again(struct table *table);
uint16_t table_key(const uint8_t *command, size_t len);

#endif
