/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands-two.h"
#include "platform/staff.h"
#include "model/clock.h"
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

bool command_two_staff(struct platform *platform, char **by, GError **error)
{
    struct staff_question question = {.needed = 2, .act = STAFF_DESK, .at_ms = now_ms(), .now_ms = now_ms()};
    enum ledger_code code = LEDGER_TWO_PERSONS;

    if (by != NULL && g_strv_length(by) == 2) {
        question.names[0] = by[0];
        question.names[1] = by[1];
        if (!staff_judge(platform->db, &question, &code, error))
            return false;
    }
    if (code != LEDGER_OK)
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "two different members of staff are needed: %s",
                    ledger_code_name(code));
    return code == LEDGER_OK;
}
