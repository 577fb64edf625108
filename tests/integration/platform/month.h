/* SPDX-License-Identifier: Apache-2.0 */
/** A kiosk that was offline for thirty days: its journal, made in virtual time; and what processes weigh. */
#ifndef TEST_MONTH_H
#define TEST_MONTH_H

#include "rig.h"

#define MONTH_FEN 10 /* of each payment */

/** Append `events` (an even number: payments, two each) whose times run over the thirty days that end now. */
void month_fill(struct kiosk_rig *kiosk, unsigned events);
/** Resident bytes of a process, "self" or its number. */
int64_t month_resident(const char *process);
/** Copy a folder of files. */
void month_copy(const char *from, const char *to);

#endif
