/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Is a message what kiosk/sync/openapi.json says? A checker of the JSON Schema words that the document uses; a word that it does not
 * know fails the test, so that none is there for show.
 */
#ifndef TEST_SCHEMA_H
#define TEST_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

enum schema_mode {
    SCHEMA_OURS,  /* said by code of this tree: a member that is not described is a fault, also where a reader would ignore it */
    SCHEMA_OTHER, /* said by another version: as JSON Schema has it */
};

/** NULL when it fits; else where and why it does not, g_free. `name` is one of components/schemas; SCHEMA_OURS. */
char *schema_fault(const char *name, json_t *value);
/** The same of a schema object of the document. Personal members may be sealed where `sealed`. */
char *schema_fault_of(json_t *schema, json_t *value, enum schema_mode mode, bool sealed, const char *where);

/** The document itself, borrowed. */
json_t *schema_document(void);
/** "#/components/…", or `object` itself when it is no reference. Borrowed. */
json_t *schema_resolved(json_t *object);

/** One exchange as it was on the wire, unpacked. */
struct schema_exchange {
    const char *method, *path; /* with its query */
    const char *key;           /* Idempotency-Key, NULL: none */
    const char *request;       /* NULL: no body */
    size_t request_len;
    unsigned status;
    const char *type; /* of the answer; NULL: not known */
    const char *answer;
    size_t answer_len;
};
/** NULL when both fit; the request is looked at when the platform took it (below 400), else only the answer. g_free. */
char *schema_exchange_fault(const struct schema_exchange *exchange, enum schema_mode mode);
/** Check it as ours, and end the test with the fault. Both are texts; `request` may be NULL or empty. */
void schema_check_exchange(const char *method, const char *path, const char *request, unsigned status,
                           const char *answer, size_t answer_len);
/** Check the answer alone, as ours. */
void schema_check_answer(const struct schema_exchange *exchange);
/** Check the request as ours, with what the kiosk's events hold: nothing that a kiosk of this tree sends may be undescribed. */
void schema_check_kiosk(const struct schema_exchange *exchange);

/** Name of the schema of a request body or of an answer; NULL: none is described. */
const char *schema_of_request(const char *method, const char *path);
const char *schema_of_answer(const char *method, const char *path, unsigned status);

#endif
