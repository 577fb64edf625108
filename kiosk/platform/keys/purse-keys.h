/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whoever holds the keys that put money onto cards (MAC1, MAC2), that prove what a card did (TAC), and that a card lies on a
 * reader now (INTERNAL AUTHENTICATE). A key file's masters
 * (below), or a token of PKCS#11 (hsm.h); nothing else of the platform ever sees a key of a purse.
 *
 * Keys of a card: master → issuer code → card serial, JR/T 0025.2, 3DES suite.
 */
#ifndef PLATFORM_PURSE_KEYS_H
#define PLATFORM_PURSE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>
#include "citycard.h"

enum purse_keys_verdict {
    PURSE_KEYS_OK,
    PURSE_KEYS_MAC1_WRONG, /* no card of ours said this */
    PURSE_KEYS_UNKNOWN,    /* an algorithm or key version that is not ours */
    PURSE_KEYS_AWAY,       /* whoever has the keys does not answer: nothing is said about the card, ask later */
    PURSE_KEYS_FAILED,
};

struct purse_keys {
    void *ctx;
    /**
     * Check the card's MAC1, which covers its balance and its online counter; with `date` and `time` (both or none) also
     * make MAC2 for them. `load` is PREPARED. Any thread.
     */
    enum purse_keys_verdict (*authorise)(void *ctx, const struct cc_load *load, const uint8_t date_bcd[4],
                                         const uint8_t time_bcd[3], uint8_t mac2[4]);
    /**
     * The TAC that a card makes over `code`: OK, AWAY or FAILED. `code` makes it of the card's key, which nobody keeps. Any
     * thread.
     */
    enum purse_keys_verdict (*tac)(void *ctx, const uint8_t issuer[8], const uint8_t serial[8],
                                   int (*code)(const uint8_t key[16], const void *what, uint8_t tac[4]), const void *what,
                                   uint8_t tac[4]);
    /**
     * What a card answers to INTERNAL AUTHENTICATE with this challenge: OK, UNKNOWN (there is no such master here), AWAY or FAILED.
     * Any thread.
     */
    enum purse_keys_verdict (*prove)(void *ctx, const uint8_t issuer[8], const uint8_t serial[8], const uint8_t challenge[8],
                                     uint8_t answer[8]);
};

/** Masters of 16 bytes in memory; a platform from before cards proved themselves has no `proof`. */
struct purse_masters {
    uint8_t load[16], tac[16], proof[16];
    bool has_proof;
};
/** Borrows them. */
struct purse_keys purse_keys_of_masters(struct purse_masters *masters);

/** master.NAME of a file of keys (JSON): "tac", "load", "authentication". Cleanse it. */
bool purse_master_read(const char *keys_file, const char *name, uint8_t out[16], GError **error);

/** The key of one card: master → issuer code → card serial. Cleanse it. */
bool purse_card_key(const uint8_t master[16], const uint8_t issuer[8], const uint8_t serial[8], uint8_t key[16]);

/** First three bytes of eight zero bytes under this master: what people compare, and may know. */
#define PURSE_CHECK_SIZE 3
bool purse_check_value(const uint8_t master[16], uint8_t check[PURSE_CHECK_SIZE]);

/**
 * What every keeper of keys does once it has the session key of a load, in whatever form `session` is: MAC1 first, and MAC2
 * only for one that is right. `mac` is false for trouble, which is PURSE_KEYS_FAILED.
 */
typedef bool (*purse_mac_fn)(void *session, const uint8_t *data, size_t len, uint8_t mac[4]);
enum purse_keys_verdict purse_keys_answer(purse_mac_fn mac, void *session, const struct cc_load *load,
                                          const uint8_t date_bcd[4], const uint8_t time_bcd[3], uint8_t mac2[4]);

#endif
