/* SPDX-License-Identifier: Apache-2.0 */
/** What the screen and the machine say to each other of certificates of volunteer service: a part of kiosk.h. */
#ifndef SERVICE_KIOSK_CERTIFICATES_H
#define SERVICE_KIOSK_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIOSK_CERTIFICATES       10
#define KIOSK_CERTIFICATE_OFFERS 16
/** Posted hours that a body certifies. */
struct kiosk_certificate_offer {
    char issuer[9], name_zh[128], name_en[128]; /* name_en may be "" */
    uint32_t from, to;                          /* YYYYMMDD, both in it */
    int64_t minutes;
};
/** One that has its number: it is printed under the same again, at any machine. */
struct kiosk_certificate {
    char number[24];
    struct kiosk_certificate_offer of;
    bool full_name;
    int64_t made_ms, prints;
};
struct kiosk_certificates {
    char name_masked[64], volunteer_no[21]; /* "" not on the roll */
    struct kiosk_certificate_offer offers[KIOSK_CERTIFICATE_OFFERS];
    struct kiosk_certificate items[KIOSK_CERTIFICATES]; /* newest first */
    size_t offer_count, count;
};

enum kiosk_certificate_ask {
    KIOSK_CERTIFICATE_ASK_LIST,
    KIOSK_CERTIFICATE_ASK_MAKE, /* .issuer .from .to of an offer */
};
struct kiosk_certificate_request {
    enum kiosk_certificate_ask ask;
    char issuer[9];
    uint32_t from, to;
    bool full_name; /* on the paper; else masked */
};
struct kiosk_certificates_event {
    enum kiosk_certificate_ask ask;        /* what this answers */
    char reason[32]; /* "" it is done; OFFLINE, NO_ANSWER, NO_CARD, NAME (the card bears another one), HOURS_NONE, CERTIFICATES_TOO_MANY, … */
    char number[24];                       /* with MAKE: it can be printed now */
    const struct kiosk_certificates *list; /* with LIST; NULL: not known now */
};

#endif
