/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/signing.h"
#include "device/files.h"
#include "model/clock.h"
#include "sync/round.h"
#include <string.h>

#define FILE_NAME    "signing.json"
#define FILE_MAX     262144
#define ASK_EVERY_MS INT64_C(60000)

/* ---- Following ---- */

bool signing_init(struct signing *out, const uint8_t enrolled[32])
{
    memset(out, 0, sizeof *out);
    memcpy(out->newest, enrolled, sizeof out->newest);
    return signed_key_id(enrolled, out->line);
}

static bool is_of(const uint8_t key[32], json_t *envelope)
{
    char id[SIGNED_KEY_ID_SIZE];

    return signed_key_id(key, id) && g_strcmp0(json_string_value(json_object_get(envelope, "key_id")), id) == 0;
}

static bool introduction_read(json_t *payload, uint8_t next[32], int64_t *old_until_ms)
{
    const char *kind;

    return wire_get_string(payload, "kind", 32, &kind) && strcmp(kind, SIGNING_KIND) == 0 && wire_get_hex(payload, "public_key", next, 32) &&
           wire_get_int(payload, "old_until", 1, INT64_MAX, old_until_ms);
}

/* Signature first, then form; and it leads to another key. */
static bool step_on(struct signing *signing, json_t *envelope, GError **error)
{
    json_t *payload = signed_open(signing->newest, envelope, error);
    uint8_t next[32];
    int64_t old_until_ms = 0;
    bool good = payload != NULL && introduction_read(payload, next, &old_until_ms) && memcmp(next, signing->newest, sizeof next) != 0;

    if (payload != NULL && !good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "signed, but no introduction of a next key");
    json_decref(payload);
    if (!good)
        return false;
    memcpy(signing->before, signing->newest, sizeof signing->before);
    memcpy(signing->newest, next, sizeof signing->newest);
    signing->before_until_ms = old_until_ms;
    return true;
}

bool signing_follow(struct signing *signing, json_t *introductions, unsigned *steps, GError **error)
{
    json_t *envelope;
    size_t i;

    *steps = 0;
    if (!json_is_array(introductions) || json_array_size(introductions) > SIGNING_LIST_MAX) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "introductions of keys are not an array, or too many");
        return false;
    }
    json_array_foreach(introductions, i, envelope)
    {
        if (!is_of(signing->newest, envelope))
            continue;
        if (!step_on(signing, envelope, error))
            return false;
        ++*steps;
    }
    return true;
}

json_t *signing_way(const uint8_t enrolled[32], json_t *kept, json_t *told, struct signing *end)
{
    json_t *const lists[] = {kept, told};
    json_t *way = signing_init(end, enrolled) ? json_array() : NULL, *envelope;
    size_t i;

    for (size_t at = 0; way != NULL && at < G_N_ELEMENTS(lists); at++) {
        json_array_foreach(lists[at], i, envelope)
        {
            if (!is_of(end->newest, envelope))
                continue;
            if (!step_on(end, envelope, NULL))
                break;
            json_array_append(way, envelope);
        }
    }
    return way;
}

const uint8_t *signing_pick(const struct signing *signing, json_t *envelope, int64_t now_ms)
{
    if (is_of(signing->newest, envelope))
        return signing->newest;
    return signing->before_until_ms > now_ms && is_of(signing->before, envelope) ? signing->before : NULL;
}

/* ---- Of a kiosk ---- */

static json_t *kept_read(const struct round *round, GError **error)
{
    gsize len = 0;
    g_autofree char *text = file_get(round->data_dir, FILE_NAME, FILE_MAX, &len, error);

    return text != NULL ? wire_parse(text, len, error) : NULL;
}

bool signing_open(struct round *round, GError **error)
{
    g_autoptr(GError) why = NULL;
    unsigned steps;

    if (!signing_init(&round->signing, round->identity->signing_key)) {
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_CRYPTO, "SHA-256 failed");
        return false;
    }
    if (!file_there(round->data_dir, FILE_NAME))
        return true;
    json_t *kept = kept_read(round, &why);
    /* What does not hold is asked for anew, once there is a signature that needs it. */
    if (kept == NULL || !signing_follow(&round->signing, json_object_get(kept, "introductions"), &steps, &why))
        g_warning("%s: %s", FILE_NAME, why != NULL ? why->message : "is damaged");
    json_decref(kept);
    return true;
}

/* By the platform's clock, as far as it was signed for us. */
static int64_t platform_ms(const struct round *round)
{
    struct clock_view clock;

    store_clock(round->store, &clock);
    return now_ms() + (clock.offset_known ? clock.offset_ms : 0);
}

/* The next start follows it from the key of the enrolment: it has to end where we are now. */
static json_t *way_to(const struct round *round, const struct signing *next, json_t *list, GError **error)
{
    json_t *had = file_there(round->data_dir, FILE_NAME) ? kept_read(round, NULL) : NULL;
    struct signing end;
    json_t *way = signing_way(round->identity->signing_key, json_object_get(had, "introductions"), list, &end);

    json_decref(had);
    if (way != NULL && memcmp(end.newest, next->newest, sizeof end.newest) == 0)
        return way;
    json_decref(way);
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "introductions do not lead on from the key of the enrolment");
    return NULL;
}

static bool keep(const struct round *round, const struct signing *next, json_t *list, GError **error)
{
    json_t *way = way_to(round, next, list, error);
    json_t *kept = way != NULL ? json_pack("{s:o}", "introductions", way) : NULL;
    char *text = kept != NULL ? json_dumps(kept, JSON_COMPACT) : NULL;
    bool ok = text != NULL && file_put(round->data_dir, FILE_NAME, text, strlen(text), error);

    free(text);
    json_decref(kept);
    return ok;
}

/* Kept before it counts: what is not on the disk would be forgotten by the next start, and asked for again. */
static bool ask(struct round *round, GError **error)
{
    json_t *answer = round_call(round, "/v1/signing-keys", NULL, error), *list = json_object_get(answer, "introductions");
    struct signing next = round->signing;
    unsigned steps = 0;
    bool ok = answer != NULL && signing_follow(&next, list, &steps, error);

    if (ok && steps > 0 && (ok = keep(round, &next, list, error))) {
        g_message("the platform's key of signed lists changed %u times", steps);
        round->signing = next;
    }
    json_decref(answer);
    return ok;
}

const uint8_t *signing_key(struct round *round, json_t *envelope)
{
    struct signing *signing = &round->signing;
    const uint8_t *key = signing_pick(signing, envelope, platform_ms(round));
    int64_t boot_ms = clock_boot_ms();
    g_autoptr(GError) error = NULL;

    if (key != NULL || is_of(signing->before, envelope) || (signing->asked_ms != 0 && boot_ms - signing->asked_ms < ASK_EVERY_MS))
        return key != NULL ? key : signing->newest;
    signing->asked_ms = boot_ms;
    if (!ask(round, &error))
        g_message("introductions of keys: %s", error != NULL ? error->message : "no memory"); /* the signature is refused, which tells it */
    key = signing_pick(signing, envelope, platform_ms(round));
    return key != NULL ? key : signing->newest;
}
