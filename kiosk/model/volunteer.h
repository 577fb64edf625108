/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Volunteers: the number, what somebody can do, what kiosks tell of registering, of stars and of hours that are not right, and what the
 * platform tells of a volunteer. Pure.
 *
 *   nobody ──► asked for (volunteer.joined, written down at a kiosk) ──► on the roll, with a number
 *                 └──► refused, with a code
 *
 * A number is the platform's to give, once for a person: it says nothing of the ID number and stays when the card is replaced (VR-8).
 */
#ifndef MODEL_VOLUNTEER_H
#define MODEL_VOLUNTEER_H

#include "model/hours.h"

/** Z, four digits of the year, seven digits, check character (MOD 37,36). Others may be of another form: at most 20 characters. */
#define VOLUNTEER_NO_SIZE 21
bool volunteer_number(unsigned year, unsigned serial, char out[VOLUNTEER_NO_SIZE]);
/** Is it one of ours, its check character right? */
bool volunteer_number_ok(const char *text);

#endif
