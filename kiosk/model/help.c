/* SPDX-License-Identifier: Apache-2.0 */
#include "model/help.h"
#include "model/model.h"

#include <string.h>

static const char *const KINDS[HELP_KINDS] = {"green", "red"};
static const char *const HOWS[HELP_HOWS] = {"card", "touch", "nobody", "raised"};

const char *help_kind_name(enum help_kind kind)
{
    return KINDS[kind];
}

const char *help_how_name(enum help_how how)
{
    return HOWS[how];
}

static int name_find(json_t *text, const char *const *names, int count)
{
    const char *name = json_string_value(text);

    for (int i = 0; name != NULL && i < count; i++)
        if (json_string_length(text) == strlen(names[i]) && strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

json_t *help_call_to_json(enum help_kind kind)
{
    return json_pack("{s:s}", "kind", KINDS[kind]);
}

bool help_call_from_json(json_t *json, enum help_kind *out)
{
    int kind = name_find(json_object_get(json, "kind"), KINDS, HELP_KINDS);

    if (kind < 0 || json_object_size(json) != 1)
        return false;
    *out = (enum help_kind)kind;
    return true;
}

json_t *help_end_to_json(const struct help_end *end)
{
    return json_pack("{s:s, s:s, s:I}", "call", end->call, "how", HOWS[end->how], "after_ms", (json_int_t)end->after_ms);
}

bool help_end_from_json(json_t *json, struct help_end *out)
{
    const char *call = json_string_value(json_object_get(json, "call"));
    json_t *after = json_object_get(json, "after_ms");
    int how = name_find(json_object_get(json, "how"), HOWS, HELP_HOWS);

    if (how < 0 || !uuid_valid(call) || !json_is_integer(after) || json_integer_value(after) < 0 ||
        json_integer_value(after) > HELP_AFTER_MS_MAX || json_object_size(json) != 3)
        return false;
    *out = (struct help_end){.how = (enum help_how)how, .after_ms = json_integer_value(after)};
    g_strlcpy(out->call, call, sizeof out->call);
    return true;
}
