/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The card's side of the purse arithmetic (3DES suite), written apart from cardlib on purpose: when a kiosk and this
 * card agree on a MAC, two independent programs agreed.
 *
 * JR/T 0025.2 and JT/T 978.6: two-key triple DES, MACs of single DES in CBC with ISO 9797-1 padding method 2 always,
 * cut to the leftmost four bytes. Every function returns false when OpenSSL fails.
 */
#ifndef VCARD_CRYPTO_H
#define VCARD_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One block under a two-key triple DES key. */
bool vc_des3_encrypt(const uint8_t key[16], const uint8_t in[8], uint8_t out[8]);
bool vc_des3_decrypt(const uint8_t key[16], const uint8_t in[8], uint8_t out[8]);

/** One level of key diversification: left = E(key, x), right = E(key, ~x). `child` may be `key`. */
bool vc_diversify(const uint8_t key[16], const uint8_t x[8], uint8_t child[16]);

/** MAC under a session key (8 bytes), IV of zeros. */
bool vc_mac(const uint8_t key[8], const uint8_t *data, size_t len, uint8_t mac[4]);

/** TAC: MAC under left half XOR right half of the TAC key. */
bool vc_tac(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t tac[4]);
void vc_fold(const uint8_t key[16], uint8_t folded[8]);

/** Secure messaging: retail MAC (ISO 9797-1 algorithm 3) over command header and data; `iv` is the challenge. */
bool vc_retail_mac(const uint8_t key[16], const uint8_t iv[8], const uint8_t *data, size_t len,
                   uint8_t mac[4]);

/** The same two chains over data that the caller has padded already (PSAM command 80 FA). */
bool vc_mac_padded(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len,
                   uint8_t mac[4]);
bool vc_retail_mac_padded(const uint8_t key[16], const uint8_t iv[8], const uint8_t *data, size_t len,
                          uint8_t mac[4]);

/** The whole last block of the first chain, for a MAC of several commands. */
bool vc_mac_chain(const uint8_t key[8], const uint8_t iv[8], const uint8_t *data, size_t len,
                  uint8_t last[8]);

/** E(key, random 4 ‖ serial 2 ‖ tail 2): tail is 8000 for a load, the terminal serial's last two bytes for a purchase. */
bool vc_session_key(const uint8_t key[16], const uint8_t random[4], uint16_t serial, const uint8_t tail[2],
                    uint8_t session[8]);

bool vc_random(uint8_t *out, size_t len);

#endif
