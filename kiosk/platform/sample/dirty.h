/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dirty data on purpose: what a platform that takes over real registers has to live with. From the seed; which row has what is told by the report
 * alone, the rows do not say it. One kind a row. Personas stay clean, and nothing of it touches bills, payments or books.
 */
#ifndef PLATFORM_DIRTY_H
#define PLATFORM_DIRTY_H

#include "platform/sample/community.h"

enum dirt_kind {
    DIRT_CHECK_DIGIT, /* the last digit of the ID number is wrong */
    DIRT_SEX,         /* another sex than digit 17 says */
    DIRT_STALE,       /* lives somewhere else by now: the address is old */
    DIRT_TWICE,       /* there once more: old ID number of 15 digits, a variant of the name, no phone */
    DIRT_NO_PHONE,    /* had one */
    DIRT_NATION,      /* codes 57 and 99, which are no nation's */
    DIRT_BIRTH,       /* 19000101, which the ID number contradicts */
    DIRT_WIDE,        /* a phone in full-width digits */
    DIRT_SPACE,       /* a space within the name */
    DIRT_LOWER_X,     /* the ID number ends in x */
    DIRT_LOCAL,       /* registered here, with the ID number of elsewhere, or the reverse */
    DIRT_GCJ,         /* of a household: its building is where GCJ-02 has it, some hundred metres off */
    DIRT_KINDS
};
const char *dirt_name(enum dirt_kind kind);

struct dirt {
    enum dirt_kind kind;
    int number; /* of the person, or the household, in the database */
};

/** Persons that are there twice have numbers from here on. */
#define DIRT_TWICE_FIRST 2000000

/** How many there are to be, of 100,000 rows: from … to. */
void dirt_bounds(enum dirt_kind kind, unsigned *low, unsigned *high);

/** Into a block that is made: fills `dirt` and `doubles` of it. */
void community_dirty(struct community *community, const struct community_options *options);
/** "KIND person|household NUMBER" a line, with a line of how many behind each kind's name at the end. g_free. */
char *dirt_report(const GArray *dirt);

#endif
