/* SPDX-License-Identifier: Apache-2.0 */
/** Which family a card is of, in the fewest questions, and its identity. */
#ifndef CITYCARD_RECOGNISE_H
#define CITYCARD_RECOGNISE_H

#include "apdu.h"
#include "fields.h"

/**
 * Ask the card family by family. CC_OK or CC_CARD_BLOCKED: its application is selected, *desc is its description, and the
 * files in its application that are always read have been (the master file's have not, but for families that are recognised
 * by them). CC_NO_IDENTITY: storage, bank or unknown ISO 7816-4 card; family and UID are in the card. Below zero: gone.
 */
int cc_recognise(struct cc_port *port, struct cc_reading *reading, const struct cc_family_desc **desc);

/**
 * The next application that lies beside T-Union on this card: *at begins at 0 and goes from question to question. As
 * cc_recognise(), and CC_NOT_FOUND when there is no further one.
 */
int cc_recognise_beside(struct cc_port *port, size_t *at, struct cc_reading *reading, const struct cc_family_desc **desc);

/**
 * SELECT one family's application and read its identity, the master file's part included. CC_OK; CC_CARD_BLOCKED with the
 * identity; CC_ERR_UNSUPPORTED when the card has no such application or its files are not the family's; below zero when
 * the card is gone. The application is selected afterwards.
 */
int cc_family_select(struct cc_port *port, const struct cc_family_desc *desc, struct cc_card *card);

/** Read the files of `place` that `what` asks for. Below zero only when the card is gone. */
int cc_files_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_reading *reading);
/** The files of the master file; it stays selected. CC_OK, CC_ERR_UNSUPPORTED when a needed one is not there. */
int cc_master_files_read(struct cc_port *port, const struct cc_family_desc *desc, struct cc_reading *reading);
/**
 * The records that `what` asks for (0: those always read), by tag, else by number (records.c). CC_OK; CC_ERR_UNSUPPORTED when a
 * needed one is not there; below zero when the card is gone.
 */
int cc_records_read(struct cc_port *port, const struct cc_family_desc *desc, unsigned what, struct cc_reading *reading);
bool cc_has_master_files(const struct cc_family_desc *desc);
/** SELECT alone, without reading anything. CC_OK, CC_CARD_BLOCKED, CC_ERR_UNSUPPORTED. */
int cc_family_enter(struct cc_port *port, const struct cc_family_desc *desc, struct cc_answer *fci);

/** A family found, by file identifier or by name: count it. */
void cc_history_note(struct cc_history *history, enum cc_family family, bool by_file);

/* One question of the recognition, and the order of all: for tests and benches. */
enum cc_probe_kind { CC_PROBE_NAME, CC_PROBE_MASTER, CC_PROBE_FILE };
struct cc_probe {
    enum cc_probe_kind kind;
    const struct cc_family_desc *desc; /* the first of those that it can find */
    uint32_t weight;
};
#define CC_PROBES_MAX 24
/** Whether this question could find a family that may lie beside T-Union. */
bool cc_probe_finds_beside(const struct cc_probe *probe);
/** One name, one question. */
bool cc_same_name(const struct cc_select_desc *a, const struct cc_select_desc *b);
/** The questions in the order of asking for this history (may be NULL). Returns their number. */
size_t cc_probe_order(const struct cc_history *history, struct cc_probe probes[CC_PROBES_MAX]);

#endif
