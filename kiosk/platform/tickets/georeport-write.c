/* SPDX-License-Identifier: Apache-2.0 */
/* The same tree as JSON, or as XML by libxml2's writer: an array's elements have its name without the s. */
#include "platform/tickets/georeport.h"
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 6

/* XML 1.0 has no way to write most control characters: they become the character for what cannot be shown. */
static char *xml_text(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool fits = c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
        g_string_append_unichar(out, fits ? c : 0xFFFD);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool write_scalar(xmlTextWriter *writer, const char *name, json_t *value)
{
    g_autofree char *text = json_is_string(value)    ? xml_text(json_string_value(value))
                            : json_is_integer(value) ? g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value))
                            : json_is_real(value)    ? g_strdup_printf("%.6f", json_real_value(value))
                            : json_is_boolean(value) ? g_strdup(json_is_true(value) ? "true" : "false")
                                                     : NULL;

    if (text == NULL || *text == '\0')
        return xmlTextWriterStartElement(writer, BAD_CAST name) >= 0 && xmlTextWriterEndElement(writer) >= 0;
    return xmlTextWriterWriteElement(writer, BAD_CAST name, BAD_CAST text) >= 0;
}

static bool write_value(xmlTextWriter *writer, const char *name, const char *item, json_t *value, int depth)
{
    g_autofree char *one_name = item != NULL ? g_strdup(item) : g_strndup(name, strlen(name) - 1);
    const char *member;
    json_t *one;
    size_t i;

    if (depth > DEPTH_MAX || (!json_is_object(value) && !json_is_array(value)))
        return depth <= DEPTH_MAX && write_scalar(writer, name, value);
    if (xmlTextWriterStartElement(writer, BAD_CAST name) < 0)
        return false;
    json_object_foreach(value, member, one)
    {
        if (!write_value(writer, member, NULL, one, depth + 1))
            return false;
    }
    json_array_foreach(value, i, one)
    {
        if (!write_value(writer, one_name, NULL, one, depth + 1))
            return false;
    }
    return xmlTextWriterEndElement(writer) >= 0;
}

/* malloc'd, NULL: no memory. */
static char *xml_dump(const char *root, const char *item, json_t *value)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlTextWriter *writer = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    bool ok = writer != NULL && xmlTextWriterStartDocument(writer, "1.0", "UTF-8", NULL) >= 0 &&
              write_value(writer, root, item, value, 0) && xmlTextWriterEndDocument(writer) >= 0 && xmlTextWriterFlush(writer) >= 0;

    if (writer != NULL)
        xmlFreeTextWriter(writer);
    char *text = ok ? strdup((const char *)xmlBufferContent(buffer)) : NULL;
    if (buffer != NULL)
        xmlBufferFree(buffer);
    return text;
}

void georeport_reply(struct reply *out, enum georeport_format format, unsigned status, const char *root, const char *item, json_t *value)
{
    bool json = format == GEOREPORT_JSON;
    /* Nine digits: a place in millionths of a degree as it is, and no others behind them. */
    char *text = json ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : xml_dump(root, item, value);

    json_decref(value);
    if (text == NULL) {
        handlers_problem(out, 500, "INTERNAL", NULL);
        return;
    }
    *out = (struct reply){.status = status,
                          .content_type = json ? "application/json; charset=utf-8" : "text/xml; charset=utf-8",
                          .body = text,
                          .body_len = strlen(text)};
}

json_t *georeport_time(int64_t ms)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    g_autofree char *text = local != NULL ? g_date_time_format(local, "%Y-%m-%dT%H:%M:%S%:z") : NULL;

    return text != NULL ? json_string(text) : json_null();
}
