/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One command and its whole answer (ISO 7816-3 and -4): 61xx and 6Cxx are dealt with here, counters and the
 * trace are kept here, and bodies that hold a PIN are masked here, below everything that could write them
 * down.
 */
#ifndef CITYCARD_APDU_H
#define CITYCARD_APDU_H

#include "bytes.h"
#include "citycard.h"

#define CC_APDU_DATA_MAX         2048 /* ceiling of one whole answer, chained parts together */
#define CC_APDU_GET_RESPONSE_MAX 32
#define CC_LE_NONE               (-1)

struct cc_command {
    uint8_t cla, ins, p1, p2;
    const uint8_t *data;
    size_t data_len; /* 0 to 255 */
    int le;          /* CC_LE_NONE, or 0 to 255 where 0 means "all there is" */
    bool once;       /* never sent a second time, whatever the card says (DEBIT, VERIFY) */
};

struct cc_answer {
    uint8_t data[CC_APDU_DATA_MAX];
    size_t len;
    uint16_t sw;
    bool chained; /* the card had accepted the command (61xx); sw is that of the last GET RESPONSE */
};

/**
 * Send one command. CC_OK when a whole answer with any status word arrived. CC_ERR_REMOVED or the channel's
 * own error when not; CC_ERR_PROTOCOL when the card breaks a ceiling.
 */
int cc_apdu(struct cc_port *port, const struct cc_command *command, struct cc_answer *answer);

/** A status word as a result; 9000 is CC_OK. 6A81 has two meanings and is left to the caller. */
int cc_sw_result(uint16_t sw);

/** The bytes of an answer, without its status word. */
struct cc_bytes cc_answer_bytes(const struct cc_answer *answer);

/** SELECT by name (00 A4 04 00) and by file identifier (00 A4 00 00). Any status word is left in `answer`. */
int cc_select_name(struct cc_port *port, const uint8_t *name, size_t len, struct cc_answer *answer);
int cc_select_file(struct cc_port *port, uint16_t file, struct cc_answer *answer);
/** SELECT of an EF below the present DF (00 A4 02 00). */
int cc_select_child(struct cc_port *port, uint16_t file, struct cc_answer *answer);

/**
 * READ BINARY by short file identifier. CC_OK with at least one byte in `answer`; CC_NOT_FOUND for every
 * refusal (a file that is closed is as good as absent; port->last_sw has the reason); below zero when the
 * card is gone.
 */
int cc_file_read(struct cc_port *port, uint8_t sfi, uint8_t want, struct cc_answer *answer);
/** The same for the file selected last. */
int cc_file_read_current(struct cc_port *port, uint8_t want, struct cc_answer *answer);
/** By short file identifier, else (unless it is closed, 6982) by SELECT of file 00 `sfi` and READ BINARY. */
int cc_file_read_either(struct cc_port *port, uint8_t sfi, uint8_t want, struct cc_answer *answer);

#endif
