/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/problems.h"
#include <string.h>

const struct problem problems[] = {
    /* Any call. */
    {"MALFORMED", 400, "The request is not what the contract says"},
    {"CERTIFICATE_NEEDED", 403, "This call needs a kiosk's client certificate"},
    {"KIOSK_UNKNOWN", 403, "This kiosk is not enrolled with this certificate"},
    {"KIOSK_REVOKED", 403, "This kiosk was revoked"},
    {"KIOSK_TOO_OLD", 403, "The software of this kiosk is too old: update it"},
    {"OPERATOR_NEEDED", 403, "This page needs an operator's client certificate"},
    {"NOT_FOUND", 404, "There is nothing at this address"},
    {"METHOD", 405, "This address takes another method"},
    {"TOO_LARGE", 413, "The body is too large"},
    {"MEDIA_TYPE", 415, "The body is of another type or coding"},
    {"TOO_MANY", 429, "Too many requests of this kiosk"},
    {"INTERNAL", 500, "The platform failed"},
    {"UNAVAILABLE", 503, "The platform cannot do this now"},
    {"DRAINING", 503, "This node of the platform is about to end: ask another one"},
    {"BUSY", 503, "The platform has too much to do"},
    /* One call. */
    {"ENROL_REFUSED", 403, "Kiosk or code is not valid"},
    {"SIGNATURE", 403, "The anchor is not signed with the key of this certificate"},
    {"HEAD_BEHIND", 409, "The platform has events that this kiosk has not"},
    {"CURSOR_GONE", 410, "The cursor is of another database"},
    {"VERSION_AHEAD", 410, "This platform has no such version of the hotlist yet"},
    {"RANGE", 416, "The file is not that long"},
    /* Loads: the request, then the card, who answers for it, the amount and what is given back. */
    {"IDEMPOTENCY_KEY", 400, "Idempotency-Key has to be a UUID in quotes"},
    {"LOADS_CLOSED", 503, "This platform loads no cards"},
    {"KEYS_AWAY", 503, "The keys for loads do not answer now"},
    {"RUNNING", 409, "A request with this key is under way"},
    {"LOAD_OVER", 409, "This load is over"},
    {"CARD_IN_DOUBT", 409, "A payment of this card has to be settled first"},
    {"KEY_REUSED", 422, "This key came with another request before"},
    {"CARD_UNKNOWN", 422, "This card is not one of ours"},
    {"CARD_CLOSED", 422, "This card is lost, suspended or over"},
    {"CARD_SERIAL", 422, "Card number and serial number do not belong together"},
    {"MAC1_WRONG", 422, "The card's proof is wrong"},
    {"MAC1_USED", 422, "The card's proof was used before"},
    {"KEY_UNKNOWN", 422, "There is no such key for loads"},
    {"COUNTER_OLD", 422, "The card has gone on since"},
    {"STAFF_UNKNOWN", 422, "Who answers for it is not in the register of staff"},
    {"STAFF_RETIRED", 422, "Who answers for it is no longer of the staff"},
    {"STAFF_ROLE", 422, "Who answers for it may not do this here"},
    {"STAFF_ONE_PERSON", 422, "Two people have to answer for it"},
    {"STAFF_OWN_CARD", 422, "Nobody answers for their own card"},
    {"LOAD_AMOUNT", 422, "The amount or the balance is none"},
    {"LOAD_UNIT", 422, "The amount is not a multiple of the unit"},
    {"LOAD_CAP", 422, "The card would hold more than it may"},
    {"ORIGINAL_UNKNOWN", 422, "There is no such payment to give back"},
    {"ORIGINAL_OTHER", 422, "The payment was by another card or of another amount"},
    {"ORIGINAL_UNPROVEN", 422, "Nothing proves that the card paid"},
    {"REVERSED_ALREADY", 422, "This payment was given back already"},
    /* Taps that prove their card, and what may be read by them. */
    {"PURPOSE", 400, "Nobody may look at a person for this reason, or without a case"},
    {"PROOF_WRONG", 403, "The card's answer is wrong"},
    {"SESSION_OVER", 403, "The card has to be tapped again"},
    {"STAFF_NEEDED", 403, "Only staff who may be at this desk look at others"},
    {"CHALLENGE_UNKNOWN", 409, "There is no such challenge here, or it was answered"},
    {"CHALLENGE_OVER", 409, "The answer came too late"},
    {"PROOF_TRIES", 429, "Too many tries with this card or at this kiosk"},
    {"PERSONS_TOO_MANY", 429, "This member of staff has looked at too many people"},
    {"CARD_NOT_LOST", 409, "The card was not reported lost"},
    {"CARD_STATE", 409, "The card is not in a state that this follows on"},
    {"CARD_NOT_STOCK", 422, "The new card is not one that nobody has yet"},
    {"CARD_EXPIRED", 422, "The new card is over already"},
    {"CARD_TOO_EARLY", 422, "The new card is good from a later day on"},
    {"CARD_OF_STAFF", 422, "The card is one of the staff's: they retire with it first"},
    {"PERSON_LEFT", 422, "Whose card it was has left the community"},
    {"FILE_TYPE", 422, "The file is not what it is said to be, or of a type that is not taken"},
    {"FILE_DIGEST", 422, "The SHA-256 is of other bytes"},
    {"FILE_PUBLIC", 422, "The file is one that is shown to everybody"},
    {"FILE_TICKET", 422, "The ticket is of another kiosk"},
    {"ISSUER_UNKNOWN", 422, "Nobody issues certificates here under this name"},
    {"HOURS_NONE", 422, "No posted hours of this body in that time"},
    {"CERTIFICATES_TOO_MANY", 429, "Too many certificates for this person today"},
    {"FILES_TOO_MANY", 429, "This kiosk has sent too many files today"},
    {"PROOF_CLOSED", 503, "This platform has no key that cards prove themselves by"},
};

const size_t problems_count = sizeof problems / sizeof problems[0];

const struct problem *problem_find(const char *code)
{
    for (size_t i = 0; i < problems_count; i++)
        if (strcmp(problems[i].code, code) == 0)
            return &problems[i];
    return NULL;
}
