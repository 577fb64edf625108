/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bounded reading and writing of bytes.
 *
 * Every byte that a card, a PSAM or a test wrote is read through struct cc_bytes. A read beyond the end gives
 * zeros and sets `bad`, which stays set: read a whole structure and ask once at the end.
 */
#ifndef CITYCARD_BYTES_H
#define CITYCARD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cc_bytes {
    const uint8_t *at;
    size_t left;
    bool bad;
};

struct cc_bytes cc_bytes_of(const uint8_t *at, size_t len);
uint8_t cc_take_u8(struct cc_bytes *in);
uint16_t cc_take_u16(struct cc_bytes *in);
uint32_t cc_take_u24(struct cc_bytes *in);
uint32_t cc_take_u32(struct cc_bytes *in);
/** Copy `len` bytes; when there are fewer, `out` becomes zeros and nothing is consumed. */
void cc_take(struct cc_bytes *in, uint8_t *out, size_t len);
void cc_skip(struct cc_bytes *in, size_t len);
/** The next `len` bytes as a reader of their own; an empty, bad one when there are fewer. */
struct cc_bytes cc_take_sub(struct cc_bytes *in, size_t len);
/** `len` bytes from `offset` on, as a reader of their own; an empty, bad one when there are fewer. */
struct cc_bytes cc_bytes_slice(struct cc_bytes in, size_t offset, size_t len);
/** True when all bytes that are left have the value. */
bool cc_bytes_all(struct cc_bytes in, uint8_t value);
/** Nothing but 00 or nothing but FF: a record or file never written (empty counts as blank). */
bool cc_bytes_blank(struct cc_bytes in);

/** Four BCD bytes YYYYMMDD as a number, 0 when a digit is not decimal or month or day cannot be. */
uint32_t cc_bcd_date(const uint8_t bcd[4]);
/** 0 to 99 as one BCD byte. */
uint8_t cc_bcd_byte(unsigned value);

/** Appends to an array; what does not fit sets `bad` and is left out. */
struct cc_writer {
    uint8_t *at;
    size_t room, len;
    bool bad;
};

struct cc_writer cc_writer_on(uint8_t *at, size_t room);
void cc_put_u8(struct cc_writer *out, uint8_t value);
void cc_put_u16(struct cc_writer *out, uint16_t value);
void cc_put_u32(struct cc_writer *out, uint32_t value);
void cc_put(struct cc_writer *out, const uint8_t *bytes, size_t len);

#endif
