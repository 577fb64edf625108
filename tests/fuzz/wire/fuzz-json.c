/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as both readers take it: what the fast one accepts, jansson reads to the same value. Input: the text. */
#include "../fuzz.h"
#include "sync/wire-internal.h"
#include "sync/wire.h"
#include <string.h>

static void compare(const char *text, size_t len)
{
    json_t *fast = wire_read(text, len), *strict;

    if (fast == NULL)
        return;
    strict = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    FUZZ_CHECK(strict != NULL && json_equal(fast, strict));
    json_decref(strict);
    json_decref(fast);
}

/* What was written anew is of the kind that the fast one is for. */
static void again(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_t *fast;

    FUZZ_CHECK(text != NULL);
    fast = wire_read(text, strlen(text));
    FUZZ_CHECK(fast == NULL || json_equal(fast, json));
    json_decref(fast);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json;

    compare((const char *)data, size);
    json = wire_parse((const char *)data, size, NULL);
    if (json == NULL)
        return 0;
    FUZZ_CHECK(json_is_object(json));
    again(json);
    json_decref(json);
    return 0;
}
