/* SPDX-License-Identifier: Apache-2.0 */
/* What a platform can answer: a page of the feed, its envelope, verdicts, an enrolment, a list of authorities. Input: the bytes of the answer. */
#include "../fuzz.h"
#include "sync/credentials.h"
#include "sync/identity.h"
#include "sync/round.h"
#include "sync/signed.h"
#include "sync/trust.h"
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

/* ---- A list of authorities, as its signature protected it ---- */

#define IN_2030_MS INT64_C(1893456000000)

/* One that the kiosk trusts, and one that it gave up. */
static const char OURS[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhTCCASugAwIBAgIUDkIeU4JIBCrxva5l+mt4fAi0p14wCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEb3VyczAgFw0yNjExMjMwNTI5MTFaGA8yMTI2MTAzMDA1Mjkx\n"
    "MVowDzENMAsGA1UEAwwEb3VyczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDXz\n"
    "ukIy4zCeuaH2PXYNqHKkZlGtFPyFO2BMCLxnMi13ADopmBCpiIjPOXOjBc11UzM3\n"
    "cq+6aqwE/Firhp7P6FCjYzBhMB0GA1UdDgQWBBQjmi/zLltgnAshBTT3wtLUsfZb\n"
    "+DAfBgNVHSMEGDAWgBQjmi/zLltgnAshBTT3wtLUsfZb+DAPBgNVHRMBAf8EBTAD\n"
    "AQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiA84sqpR0L2mN8Z\n"
    "iBjOyvbCJDoX1d3eaWajuOGAkpUB4AIhAObjE2VUc/GxOwWFrKv0aZJbrdFX615t\n"
    "XayEW40NoENQ\n"
    "-----END CERTIFICATE-----\n";
static const char GONE[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhjCCASugAwIBAgIUH+XuRc12mXb3ZCNprMTu0p8GYI8wCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEZ29uZTAgFw0yNjExMjMwNTI5MTFaGA8yMTI2MTAzMDA1Mjkx\n"
    "MVowDzENMAsGA1UEAwwEZ29uZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBM+\n"
    "B7P6qBTfpjjCnR8Ut5pw21APe3I4fJdgQLFRtNvmNhISprZMg2SAjZ6D6N8UT9/9\n"
    "bjjCtxyobaRlxcaPWTOjYzBhMB0GA1UdDgQWBBR8nVXYFFSz5S4icmJ8Qu2YhZ0S\n"
    "ijAfBgNVHSMEGDAWgBR8nVXYFFSz5S4icmJ8Qu2YhZ0SijAPBgNVHRMBAf8EBTAD\n"
    "AQH/MA4GA1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNJADBGAiEAlZqt7zn6LCtY\n"
    "s7NY/r73ULfCwwRrEskH55cIISTpNTcCIQCN1jcf2PWkwoAkatCj4uBI242qPrKJ\n"
    "ZDnfFR69HLUMIw==\n"
    "-----END CERTIFICATE-----\n";

static void try_authorities(json_t *payload)
{
    g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);
    struct trust ours = {.version = 1, .pem = (char *)OURS, .left = left}, next;

    g_ptr_array_add(left, credentials_digest(GONE));
    if (!trust_next(&ours, payload, IN_2030_MS, &next, NULL)) {
        FUZZ_CHECK(next.pem == NULL && next.left == NULL);
        return;
    }
    if (next.pem != NULL) {
        g_autofree char *issuer = credentials_authority(next.issuer, IN_2030_MS);

        FUZZ_CHECK(next.version > ours.version && issuer != NULL);
        FUZZ_CHECK(credentials_share(next.pem, OURS) && !credentials_share(next.pem, GONE));
        FUZZ_CHECK(g_ptr_array_find_with_equal_func(next.left, left->pdata[0], g_str_equal, NULL));
        FUZZ_CHECK(next.left->len <= TRUST_LEFT_MAX);
    }
    trust_clear(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sync_identity identity;
    json_t *answer = wire_parse((const char *)data, size, NULL);

    if (answer == NULL)
        return 0;
    try_page(answer);
    try_verdicts(answer);
    try_authorities(answer);
    if (identity_from_json(answer, &identity))
        FUZZ_CHECK(identity.epoch >= 1 && identity.kiosk_id[0] != '\0');
    json_decref(answer);
    return 0;
}
