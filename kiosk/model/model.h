/* SPDX-License-Identifier: Apache-2.0 */
/** Small pure rules: money in words, ages, check digits, masks, the offline ladder, tokens, ids. No I/O. */
#ifndef MODEL_H
#define MODEL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/clock.h"

/* ---- Money (fen). Results are g_free'd by the caller. ---- */
char *money_format(int64_t fen);    /* "1,409.50" */
char *money_yuan(int64_t fen);      /* "1,409" */
char *money_cents(int64_t fen);     /* "50" */
char *money_words_zh(int64_t fen);  /* 壹仟肆佰零玖元伍角: receipts */
char *money_spoken_zh(int64_t fen); /* 一千四百零九元五角: speech */
char *money_words_en(int64_t fen);  /* "one thousand four hundred and nine yuan fifty" */
char *number_spoken_zh(uint64_t n, bool counts); /* 一千零二十; `counts`: a measure word follows, two of them is 两 */
char *number_words_en(uint64_t n);               /* "one thousand and twenty" */

/* ---- Dates and ages. YYYYMMDD as a number; time zone fixed at +08:00. ---- */
uint32_t date_of_ms(int64_t wall_ms);
int64_t ms_of_date(uint32_t date); /* 00:00 +08:00 */
bool date_valid(uint32_t date);
int age_on(uint32_t birth, uint32_t date); /* AG-1: 29 February counts on the 28th in other years; -1 not born */

/* ---- Numbers with a check digit ---- */
enum id_verdict { ID_OK, ID_BAD_FORM, ID_BAD_DATE, ID_BAD_CHECK };
enum id_verdict id_number_check(const char *id18); /* GB 11643; accepts x for X */
bool id_number_upgrade(const char *id15, char out[19]);
uint32_t id_number_birth(const char *id18); /* 0 when not valid */
char id_number_sex(const char *id18);       /* 'M', 'F' or 0 */
bool luhn_ok(const char *digits);
/** The check digit to append to these digits, '0' to '9'; 0 for foreign characters. */
char luhn_digit(const char *digits);

/* ---- Masks (PV-1 screen, PV-2 paper). g_free. ---- */
char *mask_name(const char *name);       /* 张*, 欧阳**, 阿***·*** */
char *mask_id_screen(const char *id);    /* last four */
char *mask_id_paper(const char *id);     /* first three and last four */
char *mask_phone(const char *phone);     /* 138****1234 */
char *mask_address(const char *address); /* to the building: up to and with 号 or 号楼 */

/* ---- Offline ladder by the age of the hotlist ---- */
enum ladder { LADDER_FULL, LADDER_OFFLINE_LIMITS, LADDER_READING, LADDER_PUBLIC };
/** online and young → FULL; ≤ 24 h OFFLINE_LIMITS; ≤ 72 h READING; older or none (age < 0) PUBLIC. */
enum ladder ladder_of(bool online, int64_t hotlist_age_ms);

/* ---- Ids ---- */
/** UUIDv7 (RFC 9562) of this wall time, lower case; monotonic within the process. */
void uuid7(int64_t wall_ms, char out[37]);
bool uuid_valid(const char *text);

/** Base64 in its one canonical spelling, at most `bytes_max` bytes; g_free. NULL: anything else. */
uint8_t *base64_read(const char *text, size_t bytes_max, size_t *len);

/** Blind index of a card number: HMAC-SHA-256 by `key`, first 16 bytes, lower-case hex (33 bytes with NUL). */
void card_token(const uint8_t key[32], const char *card_number, char out[33]);
/** HMAC-SHA-256 of bytes; ends the program when OpenSSL has none. */
void keyed_digest(const uint8_t key[32], const void *bytes, size_t len, uint8_t out[32]);

/* ---- Hash chain of the journal ---- */
/** SHA-256("SCK1" ‖ prev 32 ‖ epoch 8 ‖ seq 8 ‖ id 16 ‖ len(body) 8 ‖ body), integers big endian, id as its 16 bytes. */
void chain_hash(const uint8_t prev[32], int64_t epoch, int64_t seq, const char *id, const char *body, size_t body_len,
                uint8_t hash[32]);

#endif
