/* SPDX-License-Identifier: Apache-2.0 */
/** What commands share that two of the staff have to answer for. */
#ifndef PLATFORM_COMMANDS_TWO_H
#define PLATFORM_COMMANDS_TWO_H

#include "platform/platform.h"
#include <glib.h>
#include <stdbool.h>

#define COMMAND_REASON_BYTES_MAX 200

/** Set error to PLATFORM_ERROR_ARGUMENT with this text; always false. */
bool command_wrong(GError **error, const char *text);
/** 1 to bytes_max bytes of UTF-8. */
bool command_text_fits(const char *text, size_t bytes_max);
/** The 16 digits that are printed on a card are as good as the 19 that it tells. g_free; NULL gives NULL. */
char *command_card_number(const char *card);
/** What a pending card-replace keeps of the new card: "TOKEN" or "TOKEN:CAUSE". g_free. */
char *command_successor(struct platform *platform, const char *number, const char *cause);

#endif
