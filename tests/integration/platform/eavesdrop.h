/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every exchange of the kiosks of a test is checked against openapi.json, by the linker's --wrap of what carries them: the request
 * with what its events hold, and the answer. The real libcurl carries on below.
 */
#ifndef TEST_EAVESDROP_H
#define TEST_EAVESDROP_H

#include <stdbool.h>

/** Are answers the platform's own? True at first; a test that changes them on their way says false. */
void eavesdrop_answers(bool checked);
/** Nothing is looked at any more: for benches, which measure the product and not its tests. */
void eavesdrop_off(void);
/** Requests and answers that were looked at so far. */
unsigned eavesdrop_requests(void);
unsigned eavesdrop_heard(void);

/** After so many pages of the feed that were pulled the line is dead for them; -1, as at first: never. */
void eavesdrop_pages(int left);

#endif
