/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The register of staff: who may answer for what. Kiosks are told of it (feed topic "staff") and ask the same of a card that
 * was tapped; the platform's word is the one that counts.
 */
#ifndef PLATFORM_STAFF_H
#define PLATFORM_STAFF_H

#include "model/staff.h"
#include "platform/platform.h"

struct staff_question {
    const char *names[2]; /* card tokens or ids of the register; NULL or "" behind the last one */
    size_t needed;        /* so many different people */
    enum staff_act act;
    const char *kiosk;    /* NULL: here */
    const char *about;    /* card token of who it is about; NULL nobody */
    int64_t at_ms, now_ms; /* when it was recorded, and now */
};
/**
 * Inside a transaction. LEDGER_OK, or why not: TWO_PERSONS (fewer than needed), STAFF_UNKNOWN, STAFF_RETIRED, STAFF_ROLE,
 * STAFF_ONE_PERSON (two cards of one), STAFF_OWN_CARD, FROZEN (the card was reported lost before). False: trouble.
 */
bool staff_judge(struct db *db, const struct staff_question *question, enum ledger_code *out, GError **error);
/** The same for people, who are told why not: PLATFORM_ERROR_STATE. */
bool staff_allows(struct db *db, const struct staff_question *question, GError **error);

/**
 * Inside a transaction: a row for the owner of this card; *out.token is filled in. It may follow one that ends on a day to come, or come
 * before one that is planned, and overlaps none. Kiosks are told of the row in force, and of the next one when it begins.
 */
bool staff_add(struct platform *platform, const char *card_number, const char *name, struct staff *staff, GError **error);
/** A transaction of its own: not any more, from `at_ms` on. */
bool staff_retire(struct platform *platform, const char *id, int64_t at_ms, GError **error);
/** Transactions of its own: kiosks are told of rows that began since it was called last, and once more a minute later
 * (for nodes whose clock is behind). At any time, on any node. */
bool staff_tend(struct platform *platform, int64_t now_ms, GError **error);

#endif
