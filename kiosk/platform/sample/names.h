/* SPDX-License-Identifier: Apache-2.0 */
/** Names of people who do not exist: surnames by their share of the population, given names by sex and decade of birth. */
#ifndef PLATFORM_NAMES_H
#define PLATFORM_NAMES_H

#include <glib.h>
#include "platform/sample/rng.h"

/** Borrowed. */
const char *names_surname(struct rng *rng);
/** `sex` 'M' or 'F'; `birth` YYYYMMDD. g_free. */
char *names_given(struct rng *rng, char sex, uint32_t birth);

/** Whole names that are hard for screens, fonts and parsers; a sample community holds each of them once. */
extern const char *const names_hard[];
extern const unsigned names_hard_count;

#endif
