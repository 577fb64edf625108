/* SPDX-License-Identifier: Apache-2.0 */
/* Worked values of purse arithmetic. */
#ifndef CITYCARD_CLI_VECTORS_H
#define CITYCARD_CLI_VECTORS_H

#include "citycard.h"

/** How many values of the set ("V1" to "V6") there are, and how many the suite recomputes. */
void vectors_check(const struct cc_suite *suite, const char *set, unsigned *good, unsigned *all);

#endif
