/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/persons/preferences.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-preferences.h"
#include "platform/data/db-retention.h"

#include <string.h>

bool preferences_type(const char *type)
{
    return strcmp(type, PREFERENCE_KEPT) == 0 || strcmp(type, PREFERENCE_GIVEN) == 0;
}

/* Nothing is kept of somebody who is not here, or has left. */
static bool card_known(struct db *db, const char *card, bool *known, GError **error)
{
    struct card_row row;
    bool left = false;

    if (!db_card_row(db, card, &row, known, error))
        return false;
    if (*known && !db_person_left(db, row.person, &left, error))
        return false;
    *known = *known && !left;
    return true;
}

bool preferences_apply(struct platform *platform, const struct preference_word *word, json_t *data, const char **code, GError **error)
{
    struct preference_event said;
    bool known = false;

    *code = "DATA";
    if (!preference_event_from_json(data, word->type, &said))
        return true;
    *code = NULL;
    if (!card_known(platform->db, said.card_token, &known, error))
        return false;
    if (known)
        return db_preference_put(platform->db, &said, word->at_ms, word->id, error);
    *code = "CARD";
    return true;
}
