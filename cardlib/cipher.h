/* SPDX-License-Identifier: Apache-2.0 */
/** Block ciphers of OpenSSL's default provider, in a library context of our own, for the suites and the signers. */
#ifndef CITYCARD_CIPHER_H
#define CITYCARD_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CC_BLOCK_MAX 16
/** Longest input of a code: no command with its header is longer. */
#define CC_CODE_INPUT_MAX 264

/** Key bytes: 24 (two-key triple DES is spread, see cc_cipher_des_key), 16 for SM4. */
enum cc_cipher { CC_CIPHER_DES_ECB, CC_CIPHER_DES_CBC, CC_CIPHER_SM4_ECB, CC_CIPHER_SM4_CBC, CC_CIPHERS };

/** False when OpenSSL has not all ciphers of this kind. Safe from any thread; fetches once. */
bool cc_cipher_ready(enum cc_cipher cipher);
size_t cc_cipher_block(enum cc_cipher cipher);

/** Whole blocks, no padding, `out` as long as `in`; `iv` may be NULL for ECB. The key schedule is cleansed. */
bool cc_cipher_run(enum cc_cipher cipher, bool encrypt, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                   size_t len, uint8_t *out);

/**
 * CBC over data with ISO 9797-1 padding method 2, which is always applied: a whole block more when the data already fill
 * their last. The last block goes to `last`. False when len is above CC_CODE_INPUT_MAX or OpenSSL fails.
 */
bool cc_cipher_chain(enum cc_cipher cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *data, size_t len,
                     uint8_t last[CC_BLOCK_MAX]);

/** Three DES keys out of two (16 bytes) or one (8 bytes): single DES is triple DES with three equal keys. */
void cc_cipher_des_key(const uint8_t *key, size_t len, uint8_t out[24]);

/** Two-key triple DES of whole blocks in ECB. */
bool cc_cipher_des3(bool encrypt, const uint8_t key[16], const uint8_t *in, size_t len, uint8_t *out);

#endif
