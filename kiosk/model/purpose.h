/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Why somebody looks at a person, and what of the person that reason needs: nobody gets more. Pure; kiosk and platform link the
 * same file. The names stand in requests and in the access log.
 */
#ifndef MODEL_PURPOSE_H
#define MODEL_PURPOSE_H

#include <stdbool.h>

enum person_field {
    PERSON_NAME = 1 << 0, /* masked, PV-1 */
    PERSON_CARD = 1 << 1, /* last four digits, state, end */
    PERSON_BALANCES = 1 << 2,
    PERSON_HOLDS = 1 << 3,
    PERSON_BILLS = 1 << 4,
    PERSON_ENTRIES = 1 << 5,
    PERSON_ATTENDANCE = 1 << 6,
    PERSON_ACCESS_LOG = 1 << 7,
    PERSON_ACCOUNTS = 1 << 8, /* with billers: masked, and what is unpaid */
    PERSON_CARE = 1 << 9,     /* visits, needs and risks: of no snapshot, for whoever looks after them alone */
};
#define PERSON_FIELDS_TEXT_SIZE 96

enum purpose {
    /* The person, at a kiosk. */
    PURPOSE_HOME,
    PURPOSE_CREDIT,
    PURPOSE_BILLS,
    PURPOSE_ACCOUNTS,
    PURPOSE_ACCESS,
    /* Staff, with the person's card at hand. */
    PURPOSE_DESK_HELP,
    PURPOSE_COMPLAINT,
    PURPOSE_CORRECTION,
    PURPOSE_CARE,
    /* Whoever runs the platform. */
    PURPOSE_EXPORT,
    PURPOSE_AUDIT,
    PURPOSE_REGISTER,
    PURPOSES
};
enum purpose_for { PURPOSE_FOR_PERSON, PURPOSE_FOR_STAFF, PURPOSE_FOR_PLATFORM };

/** "home" … */
const char *purpose_name(enum purpose purpose);
bool purpose_parse(const char *name, enum purpose *out);
enum purpose_for purpose_for(enum purpose purpose);
/** Bits of enum person_field. */
unsigned purpose_fields(enum purpose purpose);
/** Bits of such a text; words that are not known here are left out. */
unsigned person_fields_parse(const char *text);
/** "name,card,balances" */
const char *person_fields_text(unsigned fields, char out[PERSON_FIELDS_TEXT_SIZE]);

#endif
