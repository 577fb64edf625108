/* SPDX-License-Identifier: Apache-2.0 */
/** What holds for every card that was read, whoever answered. */
#ifndef TEST_CHECKS_H
#define TEST_CHECKS_H

#include "citycard.h"

/** Text is terminated, whole UTF-8, without controls or direction marks. */
void check_text(const char *text, size_t size);
/** `result` is what cc_card_read() said of `card`. */
void check_card(int result, const struct cc_card *card);

#endif
