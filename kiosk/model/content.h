/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Notices and the files that belong to them: what is a notice, what is a file, who is told of what. Pure; kiosk and platform link
 * the same file.
 *
 * A notice's value is an object of texts, two dates and what was added later (audience, place, files): who does not know these
 * shows the notice to everybody, without pictures. A file is named by the SHA-256 of its bytes, and its type is what they are, not what somebody
 * calls them.
 */
#ifndef MODEL_CONTENT_H
#define MODEL_CONTENT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_type { FILE_PNG, FILE_JPEG, FILE_PDF, FILE_OGG, FILE_WAV, FILE_TYPES };
#define FILE_ID_SIZE    65 /* SHA-256 as lower-case hex, and a NUL */
#define FILE_BYTES_MAX  (8 * 1024 * 1024) /* of what staff give out */
#define PHOTO_BYTES_MAX (640 * 1024)      /* of what a kiosk sends: as base64 within a request */
#define FILE_NAME_MAX   96

/** "image/png" … */
const char *file_type_name(enum file_type type);
bool file_type_parse(const char *name, enum file_type *out);
/** By the first bytes; false: none of these. */
bool file_type_of(const void *bytes, size_t len, enum file_type *out);
/** 64 lower-case hex digits? */
bool file_id_valid(const char *text);
void file_id_of(const void *bytes, size_t len, char out[FILE_ID_SIZE]);

/** What the feed tells of a file. */
struct file_told {
    char id[FILE_ID_SIZE];
    enum file_type type;
    int64_t length;
    char name[FILE_NAME_MAX + 1];
};
json_t *file_told_to_json(const struct file_told *file);
/** Members that are not known are overlooked. */
bool file_told_from_json(json_t *json, struct file_told *out);

#define NOTICE_FILES_MAX  4
#define NOTICE_EVERYWHERE "*"
/** A notice of this kind is a question with its answer, each line of it a step; it may name a drawing as `symbol`. */
#define NOTICE_QUESTION "question"
/** What is wrong with this value of a notice, a literal; NULL: nothing. Foreign members are wrong. */
const char *notice_wrong(json_t *value);
/** Is this notice for this kiosk? One without a place is for all. */
bool notice_is_for(json_t *value, const char *kiosk);
/** The n-th file's id; NULL: there is none. Borrowed. */
const char *notice_file(json_t *value, size_t n);

/** Data of an event notice.read: how often it was opened since the last one, or once by this card. */
struct notice_read {
    char notice[64];
    int64_t n;
    char card_token[33]; /* "": nobody told */
};
#define NOTICE_READ_MAX 10000
/**
 * Names of what a kiosk has of its own, counted in the same way and with nobody's card: "kiosk.question.bill" (an answer that was opened),
 * "kiosk.unsolved.bill" (that did not help), "kiosk.lesson.bill" (practised to its end). No notice has such an id.
 */
#define NOTICE_OWN "kiosk."
bool notice_is_own(const char *name);
json_t *notice_read_to_json(const struct notice_read *read);
bool notice_read_from_json(json_t *json, struct notice_read *out);

#endif
