/* SPDX-License-Identifier: Apache-2.0 */
/** Names of people who do not exist: surnames by their share of the population, given names by sex and decade of birth. */
#ifndef PLATFORM_NAMES_H
#define PLATFORM_NAMES_H

#include <glib.h>
#include <stdbool.h>
#include "platform/sample/rng.h"

/** Borrowed. */
const char *names_surname(struct rng *rng);
/** `sex` 'M' or 'F'; `birth` YYYYMMDD. g_free. */
char *names_given(struct rng *rng, char sex, uint32_t birth);
/** Bytes of the surname that a Han name begins with. */
size_t names_surname_size(const char *name);
/** Does it begin with one of those surnames that have a share of their own? */
bool names_is_listed(const char *name);

/** Whole names that are hard for screens, fonts and parsers; a sample community holds each of them once. */
extern const char *const names_hard[];
extern const unsigned names_hard_count;

#endif
