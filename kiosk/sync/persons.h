/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The platform's personal calls, as the kiosk asks them: a challenge for the card on the reader, its answer for a session, and
 * what the session may see. Any thread but the sync worker's; each waits a bounded time.
 */
#ifndef SYNC_PERSONS_H
#define SYNC_PERSONS_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define PERSONS_ASK_MS      6000
#define PERSONS_SECRET_SIZE 65
#define PERSONS_CODE_SIZE   32

struct sync;

struct persons_challenge {
    char id[37];
    uint8_t bytes[8];
};
/** False: `code` is the problem's, or "NO_ANSWER". */
bool persons_challenge(struct sync *sync, const char *card_token, struct persons_challenge *out, char code[PERSONS_CODE_SIZE]);
/** `secret` gets the session's; cleanse it. */
bool persons_open(struct sync *sync, const struct persons_challenge *challenge, const uint8_t answer[8],
                  char secret[PERSONS_SECRET_SIZE], char code[PERSONS_CODE_SIZE]);
/** The snapshot for this purpose (kiosk/model/purpose.h), of "access" the newest page of who else looked; new reference; NULL: `code`. */
json_t *persons_me(struct sync *sync, const char *secret, const char *purpose, char code[PERSONS_CODE_SIZE]);
/** What can be certified of the person, and what was; as persons_me(). */
json_t *persons_certificates(struct sync *sync, const char *secret, char code[PERSONS_CODE_SIZE]);
/** One more certificate: `body` (stolen), `key` a UUID; likewise. */
json_t *persons_certificate_make(struct sync *sync, const char *secret, const char *key, json_t *body, char code[PERSONS_CODE_SIZE]);
/** Tell that it is over; nothing is waited for. */
void persons_end(struct sync *sync, const char *secret);

#endif
