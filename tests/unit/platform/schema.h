/* SPDX-License-Identifier: Apache-2.0 */
/** Is a message what kiosk/sync/openapi.json says? A small checker of the JSON Schema words that the document uses. */
#ifndef TEST_SCHEMA_H
#define TEST_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

/** NULL when it fits; else where and why it does not, g_free. `name` is one of components/schemas. */
char *schema_fault(const char *name, json_t *value);
/** Name of the schema of a request body or of an answer; NULL: none is described (a test failure by itself). */
const char *schema_of_request(const char *method, const char *path);
const char *schema_of_answer(const char *method, const char *path, unsigned status);
/** Check both; aborts the test with the fault. `request` and `answer` are texts, `request` may be NULL or empty. */
void schema_check_exchange(const char *method, const char *path, const char *request, unsigned status,
                           const char *answer, size_t answer_len);
/** The document itself, borrowed. */
json_t *schema_document(void);

#endif
