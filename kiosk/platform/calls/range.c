/* SPDX-License-Identifier: Apache-2.0 */
/* A part of something whose bytes never change under its ETag. */
#include "platform/calls/handlers.h"

#include <string.h>

/* One part; anything else is not understood, and then the answer is the whole. */
static bool range_read(const char *text, int64_t length, int64_t *from, int64_t *to)
{
    g_auto(GStrv) ends = NULL;

    if (text == NULL || !g_str_has_prefix(text, "bytes="))
        return false;
    ends = g_strsplit(text + strlen("bytes="), "-", 3);
    *to = length - 1;
    if (g_strv_length(ends) != 2 || !g_ascii_string_to_signed(ends[0], 10, 0, G_MAXINT64, from, NULL) ||
        (*ends[1] != '\0' && !g_ascii_string_to_signed(ends[1], 10, *from, G_MAXINT64, to, NULL)))
        return false;
    *to = MIN(*to, length - 1) + 1;
    return true;
}

bool reply_range(const struct request *request, int64_t length, const char *etag, struct reply *out, int64_t *from, int64_t *to)
{
    bool same = request->if_range == NULL || strcmp(request->if_range, etag) == 0;
    bool part = same && range_read(request->range, length, from, to);

    if (part && *from >= length) {
        handlers_problem(out, 416, "RANGE", "the file is not that long");
        g_snprintf(out->content_range, sizeof out->content_range, "bytes */%" G_GINT64_FORMAT, length);
        return false;
    }
    if (!part) {
        *from = 0;
        *to = length;
    }
    out->status = part ? 206 : 200;
    g_strlcpy(out->etag, etag, sizeof out->etag);
    if (part)
        g_snprintf(out->content_range, sizeof out->content_range,
                   "bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, *from, *to - 1, length);
    return true;
}
