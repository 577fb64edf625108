/* SPDX-License-Identifier: Apache-2.0 */
/** One object of a JSON file while it is read: strict, and the first thing wrong with it is remembered. */
#ifndef VCARD_JSON_READ_H
#define VCARD_JSON_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vc_reader {
    const json_t *object;
    const char *what; /* for the message */
    char *error;
    size_t error_size;
    bool failed;
};

void vc_read_fail(struct vc_reader *reader, const char *field, const char *why);
/** Another object of the same file; hand its failure back with vc_read_join. */
struct vc_reader vc_read_inner(const struct vc_reader *reader, const json_t *object, const char *what);
void vc_read_join(struct vc_reader *reader, const struct vc_reader *inner);

bool vc_read_has(const struct vc_reader *reader, const char *field);
/** "" when it is missing or no text, which fails. */
const char *vc_read_text(struct vc_reader *reader, const char *field);
void vc_read_copy(struct vc_reader *reader, const char *field, char *out, size_t room);
long long vc_read_number(struct vc_reader *reader, const char *field, long long highest);
/** The same, or `otherwise` when the field is not there. */
long long vc_read_number_or(struct vc_reader *reader, const char *field, long long highest,
                            long long otherwise);
bool vc_read_truth(struct vc_reader *reader, const char *field, bool otherwise);
void vc_read_hex(struct vc_reader *reader, const char *field, uint8_t *out, size_t size);
size_t vc_read_hex_some(struct vc_reader *reader, const char *field, uint8_t *out, size_t lowest,
                        size_t room);
/** Which of `names` the text is; 0 and a failure when none of them. A missing field is `otherwise`. */
size_t vc_read_choice(struct vc_reader *reader, const char *field, const char *const names[], size_t count,
                      size_t otherwise);
/** A list, or NULL when it is missing; anything else fails. */
const json_t *vc_read_list(struct vc_reader *reader, const char *field);

#endif
