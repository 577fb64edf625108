/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every column that holds something sealed. db_seal() seals for no other place, so that a column which is new stands here from its
 * first row on, and whatever goes through all of them (`admin check`) finds it.
 */
#include "platform/data/db-engine.h"
#include "platform/data/db-seal.h"
#include <string.h>

const struct db_seal_place db_seal_places[] = {
    {"household.address", "household", "id", "address", false},
    {"person.name", "person", "id", "name", false},
    {"person.id_number", "person", "id", "id_number", false},
    {"person.phone", "person", "id", "phone", false},
    {"person.birth", "person", "id", "born", false},
    {"card.number", "card", "token", "number", false},
    {"card_stock.number", "card_stock", "token", "number", false},
    {"bill.account_no", "bill", "id", "account_no", false},
    {"statement.account_no", "statement", "id", "account_no", false},
    {"payment.number", "payment", "id", "number", false},
    {DB_SEAL_BODY, "payment", "id", "body", false},
    {DB_SEAL_BODY, "load_order", "id", "body", false},
    {"staff.name", "staff", "id", "name", false},
    {"staff.name", "staff_post", "id", "name", false},
    {"ticket.description", "ticket", "token", "description", false},
    {"ticket.contact", "ticket", "token", "contact", false},
    {"ticket.attributes", "ticket", "token", "attributes", false},
    {"ticket.address", "ticket", "token", "address", false},
    {"ticket_event.private_note", "ticket_event", "id", "private_note", true},
    {"file_part.sealed", "file_part", "file||'/'||n", "sealed", false},
    {"service_order.words", "service_order", "id", "words", false},
    {"service_order.contact", "service_order", "id", "contact", false},
    {"service_order.said", "service_order", "id", "said", false},
    {"order_step.note", "order_step", "id", "note", true},
    {"authorities.sealed", "authorities", "id", "sealed", false},
    {"certificate_issuer.lead", "certificate_issuer", "code", "lead", false},
    {"service_certificate.told", "service_certificate", "number", "told", false},
    {"care_profile.items", "care_profile", "id", "items", false},
    {"care_visit.told", "care_visit", "id", "told", true},
    {"preference.value", "preference", "card", "value", false},
    {"opinion.words", "opinion", "id", "words", false},
    {"ballot_paper.choice", "ballot_paper", "code", "choice", false},
    {"ballot_urn.sums", "ballot_urn", "topic", "sums", false},
    {NULL, NULL, NULL, NULL, false},
};

bool db_seal_place_known(const char *place)
{
    size_t len = strcspn(place, "|");

    for (const struct db_seal_place *at = db_seal_places; at->place != NULL; at++)
        if (len > 0 && strlen(at->place) == len && memcmp(at->place, place, len) == 0)
            return true;
    return false;
}
