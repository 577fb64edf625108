/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/versions.h"
#include <glib.h>
#include <string.h>

#define PARTS 3

/* Numbers up to a blank or the end; missing ones are 0. */
static bool parse(const char *text, guint64 out[PARTS])
{
    g_autofree char *word = g_strndup(text, strcspn(text, " "));
    g_auto(GStrv) parts = g_strsplit(word, ".", PARTS + 1);
    guint count = g_strv_length(parts);

    memset(out, 0, PARTS * sizeof *out);
    for (guint i = 0; i < count; i++)
        if (i == PARTS || !g_ascii_string_to_unsigned(parts[i], 10, 0, 1000000, &out[i], NULL))
            return false;
    return count > 0;
}

bool versions_valid(const char *version)
{
    guint64 parts[PARTS];

    return version == NULL || (strchr(version, ' ') == NULL && parse(version, parts));
}

bool versions_too_old(const char *min, const char *user_agent)
{
    static const char name[] = "citycard-kiosk/";
    guint64 least[PARTS], theirs[PARTS];

    if (min == NULL || !parse(min, least))
        return false;
    if (user_agent == NULL || !g_str_has_prefix(user_agent, name) || !parse(user_agent + sizeof name - 1, theirs))
        return true;
    for (unsigned i = 0; i < PARTS; i++)
        if (theirs[i] != least[i])
            return theirs[i] < least[i];
    return false;
}
