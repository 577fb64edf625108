/* SPDX-License-Identifier: Apache-2.0 */
/* What a platform can answer: a page of the feed, its envelope, verdicts, an enrolment. Input: the bytes of the answer. */
#include "../fuzz.h"
#include "sync/identity.h"
#include "sync/round.h"
#include "sync/signed.h"
#include <string.h>

static void try_page(json_t *answer)
{
    struct feed_page page;

    if (!feed_page_read(json_incref(answer), &page, NULL))
        return;
    FUZZ_CHECK(json_array_size(page.items) <= WIRE_FEED_LIMIT_MAX);
    FUZZ_CHECK(strlen(page.cursor) <= WIRE_CURSOR_MAX && strpbrk(page.cursor, "&?#/ %") == NULL);
    feed_page_clear(&page);
}

static void try_verdicts(json_t *answer)
{
    static const char *const ids[] = {"01985d5e-5c00-7000-8000-000000000001",
                                      "01985d5e-5c00-7000-8000-000000000002"};
    struct store_row rows[2] = {{.seq = 1}, {.seq = 2}};
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_autofree struct store_verdict_row *out = NULL;

    for (int i = 0; i < 2; i++) {
        g_strlcpy(rows[i].id, ids[i], sizeof rows[i].id);
        g_ptr_array_add(list, &rows[i]);
    }
    out = push_verdicts_read(answer, list, NULL);
    if (out == NULL)
        return;
    for (int i = 0; i < 2; i++)
        FUZZ_CHECK(out[i].seq == rows[i].seq && out[i].verdict <= STORE_RETRY &&
                   strlen(out[i].code) < sizeof out[i].code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sync_identity identity;
    json_t *answer = wire_parse((const char *)data, size, NULL);

    if (answer == NULL)
        return 0;
    try_page(answer);
    try_verdicts(answer);
    if (identity_from_json(answer, &identity))
        FUZZ_CHECK(identity.epoch >= 1 && identity.kiosk_id[0] != '\0');
    json_decref(answer);
    return 0;
}
