/* SPDX-License-Identifier: Apache-2.0 */
/** Asking how a service was, for whatever service. */
#ifndef UI_SERVICES_RATING_H
#define UI_SERVICES_RATING_H

#include "../ui.h"

enum rating_of { RATING_OF_PAYMENT, RATING_OF_ORDER }; /* what they may say was not good: of a service of people as of an order */

/** Ask now; "Not now" leads back to the page on the screen. */
void rating_ask(struct ui *ui, const char *id, enum rating_of of);
/** The same of one that was rated: it is changed, and not once more (RT-2). */
void rating_ask_again(struct ui *ui, const char *id, enum rating_of of);

#endif
