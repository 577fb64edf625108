/* SPDX-License-Identifier: Apache-2.0 */
/** Text as cards hold it. */
#ifndef CITYCARD_TEXT_H
#define CITYCARD_TEXT_H

#include "bytes.h"

/**
 * GB 18030 (GBK and GB 2312 are parts of it), padded with 00, 20 or FF, to terminated UTF-8. Bytes that are
 * no character, and characters that would steer the screen (controls, direction marks), become U+FFFD. What
 * does not fit is cut off after a whole character.
 */
void cc_text_from_gb(struct cc_bytes in, char *out, size_t out_size);

/** ASCII letters, digits and a few signs, padded as above; anything else becomes '?'. */
void cc_text_from_ascii(struct cc_bytes in, char *out, size_t out_size);

/**
 * Length in bytes (1 to 4) of the UTF-8 character at `text` and its code point; 1 and U+FFFD for a broken
 * byte. `text` is terminated and not at its end.
 */
size_t cc_utf8_next(const char *text, uint32_t *code_point);

#endif
