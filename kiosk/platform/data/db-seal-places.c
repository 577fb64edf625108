/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every column that holds something sealed. db_seal() seals for no other place, so that a column which is new stands here from its
 * first row on, and whatever goes through all of them (`admin check`) finds it.
 */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include <string.h>

const struct db_seal_place db_seal_places[] = {
    {"household.address", "household", "id", "address"},
    {"person.name", "person", "id", "name"},
    {"person.id_number", "person", "id", "id_number"},
    {"person.phone", "person", "id", "phone"},
    {"person.birth", "person", "id", "born"},
    {"card.number", "card", "token", "number"},
    {"bill.account_no", "bill", "id", "account_no"},
    {"payment.number", "payment", "id", "number"},
    {DB_SEAL_BODY, "payment", "id", "body"},
    {DB_SEAL_BODY, "load_order", "id", "body"},
    {"staff.name", "staff", "id", "name"},
    {"staff.name", "staff_post", "id", "name"},
    {"ticket.description", "ticket", "token", "description"},
    {"ticket.contact", "ticket", "token", "contact"},
    {"ticket.attributes", "ticket", "token", "attributes"},
    {"ticket.address", "ticket", "token", "address"},
    {"ticket_event.private_note", "ticket_event", "id", "private_note"},
    {NULL, NULL, NULL, NULL},
};

bool db_seal_place_known(const char *place)
{
    size_t len = strcspn(place, "|");

    for (const struct db_seal_place *at = db_seal_places; at->place != NULL; at++)
        if (len > 0 && strlen(at->place) == len && memcmp(at->place, place, len) == 0)
            return true;
    return false;
}
