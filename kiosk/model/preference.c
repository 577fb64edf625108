/* SPDX-License-Identifier: Apache-2.0 */
#include "model/preference.h"
#include "model/strict.h"

#include <string.h>

#define TOKEN_LEN 32

static const char *const SIZES[PREFERENCE_SIZES] = {"standard", "large", "largest"};
static const char *const FLAGS[] = {"contrast", "voice", "slow", "en", "left", "low"};

/* ---- In words ---- */

static unsigned flags_of(const struct preference *p)
{
    return (unsigned)p->contrast | (unsigned)p->voice << 1 | (unsigned)p->slow << 2 | (unsigned)p->english << 3 | (unsigned)p->left << 4 |
           (unsigned)p->low << 5;
}

const char *preference_text(const struct preference *preference, char out[PREFERENCE_WANTS_SIZE])
{
    g_strlcpy(out, names_at(SIZES, PREFERENCE_SIZES, preference->size), PREFERENCE_WANTS_SIZE);
    for (size_t i = 0; i < G_N_ELEMENTS(FLAGS); i++) {
        if ((flags_of(preference) & 1u << i) == 0)
            continue;
        g_strlcat(out, " ", PREFERENCE_WANTS_SIZE);
        g_strlcat(out, FLAGS[i], PREFERENCE_WANTS_SIZE);
    }
    return out;
}

bool preference_parse(const char *text, struct preference *out)
{
    g_auto(GStrv) words = g_strsplit(text, " ", G_N_ELEMENTS(FLAGS) + 2);
    unsigned size = 0, flags = 0, at = 0;
    char again[PREFERENCE_WANTS_SIZE];

    if (words[0] == NULL || !names_find(SIZES, PREFERENCE_SIZES, words[0], &size))
        return false;
    for (size_t i = 1; words[i] != NULL; i++) {
        if (!names_find(FLAGS, G_N_ELEMENTS(FLAGS), words[i], &at))
            return false;
        flags |= 1u << at;
    }
    const struct preference read = {.size = size, .contrast = flags & 1, .voice = flags & 2, .slow = flags & 4, .english = flags & 8,
                                    .left = flags & 16, .low = flags & 32};
    if (strcmp(preference_text(&read, again), text) != 0) /* of one spelling only */
        return false;
    *out = read;
    return true;
}

bool preference_same(const struct preference *a, const struct preference *b)
{
    return a->size == b->size && flags_of(a) == flags_of(b);
}

/* ---- JSON ---- */

static void token_take(struct strict *strict, char out[33])
{
    strict_text(strict, "card_token", TOKEN_LEN, out, 33);
    strict->ok = strict->ok && strspn(out, "0123456789abcdef") == TOKEN_LEN;
}

static void wants_take(struct strict *strict, struct preference *out)
{
    char text[PREFERENCE_WANTS_SIZE] = "";

    strict_words(strict, "wants", text, sizeof text);
    strict->ok = strict->ok && preference_parse(text, out);
}

json_t *preference_event_to_json(const struct preference_event *event)
{
    char wants[PREFERENCE_WANTS_SIZE];

    if (!event->kept)
        return json_pack("{s:s}", "card_token", event->card_token);
    return json_pack("{s:s, s:s}", "card_token", event->card_token, "wants", preference_text(&event->preference, wants));
}

bool preference_event_from_json(json_t *json, const char *type, struct preference_event *out)
{
    struct strict strict = strict_open(json);
    struct preference_event event = {.kept = strcmp(type, PREFERENCE_KEPT) == 0};

    token_take(&strict, event.card_token);
    if (event.kept)
        wants_take(&strict, &event.preference);
    if (!strict_done(&strict))
        return false;
    *out = event;
    return true;
}

json_t *preference_to_json(const char *card_token, const struct preference *preference, int64_t said_ms)
{
    char wants[PREFERENCE_WANTS_SIZE];

    return json_pack("{s:s, s:s, s:I}", "card_token", card_token, "wants", preference_text(preference, wants), "said_ms", (json_int_t)said_ms);
}

bool preference_from_json(json_t *json, char card_token[33], struct preference *out, int64_t *said_ms)
{
    struct strict strict = strict_open(json);
    struct preference preference = {0};
    char token[33];

    token_take(&strict, token);
    wants_take(&strict, &preference);
    int64_t said = strict_int(&strict, "said_ms", 0, STRICT_MS_MAX);
    if (!strict_done(&strict))
        return false;
    memcpy(card_token, token, sizeof token);
    *out = preference;
    *said_ms = said;
    return true;
}
