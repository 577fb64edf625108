/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands-two.h"
#include "platform/data/error.h"
#include <string.h>

bool command_wrong(GError **error, const char *text)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, text);
    return false;
}

bool command_text_fits(const char *text, size_t bytes_max)
{
    return text != NULL && *text != '\0' && strlen(text) <= bytes_max && g_utf8_validate(text, -1, NULL);
}

char *command_card_number(const char *card)
{
    return card != NULL && strlen(card) == 16 ? g_strconcat("310", card, NULL) : g_strdup(card);
}
