/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rating.h"
#include "model/model.h"

#include <string.h>

static const char *const reasons[] = {"efficiency", "skill", "attitude", "guide", "convenience", "platform"};

static bool text_take(json_t *json, const char *key, const char *of, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(json, key));
    size_t len = text != NULL ? json_string_length(json_object_get(json, key)) : 0;

    if (len == 0 || len >= size || strspn(text, of) != len)
        return false;
    g_strlcpy(out, text, size);
    return true;
}

static unsigned reason_bit(const char *name)
{
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(reasons); i++)
        if (strcmp(name, reasons[i]) == 0)
            return 1u << i;
    return 0;
}

static bool reasons_take(json_t *list, unsigned *out)
{
    json_t *name;
    size_t i;

    *out = 0;
    if (list != NULL && !json_is_array(list))
        return false;
    json_array_foreach(list, i, name)
    {
        unsigned bit = reason_bit(json_string_value(name));
        if (bit == 0 || (*out & bit) != 0)
            return false;
        *out |= bit;
    }
    return true;
}

bool rating_from_json(json_t *json, struct rating *out)
{
    json_t *grade = json_object_get(json, "grade");
    json_int_t value = json_integer_value(grade);

    *out = (struct rating){0};
    if (!text_take(json, "service", "0123456789abcdef-", out->service, sizeof out->service) || !uuid_valid(out->service) ||
        !text_take(json, "kind", "abcdefghijklmnopqrstuvwxyz0123456789.-", out->kind, sizeof out->kind) ||
        !text_take(json, "rater", "0123456789abcdef", out->rater, sizeof out->rater) || strlen(out->rater) != 32 ||
        !json_is_integer(grade) || value < 1 || value > RATING_GRADES)
        return false;
    out->grade = (int)value;
    return reasons_take(json_object_get(json, "reasons"), &out->reasons);
}

json_t *rating_to_json(const struct rating *rating)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:i}", "service", rating->service, "kind", rating->kind, "rater", rating->rater, "grade",
                             rating->grade);
    json_t *list = json_array();

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if ((rating->reasons >> i & 1) != 0)
            json_array_append_new(list, json_string(reasons[i]));
    if (rating->reasons != 0)
        json_object_set(json, "reasons", list);
    json_decref(list);
    return json;
}

bool rating_may_change(int64_t given_ms, int64_t at_ms)
{
    return given_ms > 0 && at_ms - given_ms <= RATING_CHANGE_MS;
}

const char *rating_refusal(const struct rating *rating, const struct rating_facts *facts, int64_t now_ms)
{
    if (rating->grade < 1 || rating->grade > RATING_GRADES)
        return "GRADE";
    if ((rating->reasons & ~(unsigned)RATING_REASONS) != 0)
        return "REASON";
    if (!facts->theirs)
        return "NOT_THEIRS";
    if (facts->rated)
        return !facts->changed && rating_may_change(facts->rated_ms, now_ms) ? NULL : "RATED_ALREADY";
    return now_ms - facts->done_ms > RATING_WINDOW_MS ? "WINDOW_CLOSED" : NULL;
}

char *rating_reasons_text(unsigned bits)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if ((bits >> i & 1) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", reasons[i]);
    return g_string_free(text, FALSE);
}

/* ---- What becomes of a low one ---- */

static const char *const follow_names[FOLLOW_STATES] = {"OPEN",   "CONTACTED", "FIXED",    "EXPLAINED", "CALLBACK",
                                                        "CLOSED", "APPEALED",  "EXCLUDED", "UPHELD"};

const char *rating_follow_name(enum rating_follow state)
{
    return state < FOLLOW_STATES ? follow_names[state] : "?";
}

bool rating_follow_parse(const char *name, enum rating_follow *out)
{
    for (unsigned i = 0; i < FOLLOW_STATES; i++)
        if (strcmp(name, follow_names[i]) == 0) {
            *out = (enum rating_follow)i;
            return true;
        }
    return false;
}

bool rating_follow_may(enum rating_follow from, enum rating_follow to)
{
    switch (to) {
    case FOLLOW_CONTACTED:
        return from == FOLLOW_OPEN || from == FOLLOW_UPHELD;
    case FOLLOW_FIXED:
    case FOLLOW_EXPLAINED:
        return from == FOLLOW_CONTACTED;
    case FOLLOW_CALLBACK:
        return from == FOLLOW_FIXED || from == FOLLOW_EXPLAINED;
    case FOLLOW_CLOSED:
        return from == FOLLOW_CALLBACK;
    case FOLLOW_APPEALED:
        return from == FOLLOW_OPEN;
    case FOLLOW_EXCLUDED:
    case FOLLOW_UPHELD:
        return from == FOLLOW_APPEALED;
    default:
        return false;
    }
}
