/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(json_t *object, const char *member, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL ? text : otherwise;
}

/* ---- Events ---- */

static bool pushes(const struct schema_exchange *exchange)
{
    return strcmp(exchange->method, "POST") == 0 && strcmp(exchange->path, "/v1/events") == 0 && exchange->status == 200;
}

static json_t *verdict_of(json_t *answer, json_t *event)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(answer, "verdicts"), i, one)
    {
        if (json_equal(json_object_get(one, "id"), json_object_get(event, "id")) &&
            json_equal(json_object_get(one, "seq"), json_object_get(event, "seq")))
            return one;
    }
    return NULL;
}

void seen_events(const struct schema_exchange *exchange, seen_event *each, void *ctx)
{
    bool told = pushes(exchange);
    json_t *request = told ? json_loadb(exchange->request, exchange->request_len, 0, NULL) : NULL, *event;
    json_t *answer = told ? json_loadb(exchange->answer, exchange->answer_len, 0, NULL) : NULL;
    size_t i;

    json_array_foreach(json_object_get(request, "events"), i, event)
    {
        json_t *body = json_loads(text_of(event, "body", ""), 0, NULL), *verdict = verdict_of(answer, event);
        const char *type = text_of(body, "type", NULL);
        if (type != NULL && verdict != NULL)
            each(ctx, type, verdict, body);
        json_decref(body);
    }
    json_decref(answer);
    json_decref(request);
}

static void event_line(void *ctx, const char *type, json_t *verdict, json_t *body)
{
    fprintf(ctx, "EVENT %s %s %s\n", type, text_of(verdict, "verdict", "-"), text_of(verdict, "code", "-"));
}

/* ---- Examples: the first event of each type that is taken, the first item of each topic ---- */

static void tell(const char *word, const char *name, json_t *value)
{
    static GHashTable *told;
    const char *path = g_getenv("CONTRACT_TOLD");

    if (told == NULL)
        told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!g_hash_table_add(told, g_strconcat(word, name, NULL)))
        return;
    FILE *file = fopen(path, "a");
    json_t *line = json_pack("{s:s, s:s, s:O}", "told", word, "name", name, "value", value);
    if (file == NULL || json_dumpf(line, file, JSON_COMPACT) != 0 || fputc('\n', file) == EOF || fclose(file) != 0)
        g_error("%s: %s", path, g_strerror(errno));
    json_decref(line);
}

static void event_told(void *ctx, const char *type, json_t *verdict, json_t *body)
{
    if (strcmp(text_of(verdict, "verdict", ""), "accepted") == 0)
        tell("event", type, body);
}

static void topics_told(json_t *answer)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        if (!json_is_true(json_object_get(item, "deleted")))
            tell("topic", text_of(item, "topic", ""), item);
    }
}

/* ---- Topics, and the file ---- */

static void topic_lines(FILE *file, json_t *answer)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        fprintf(file, "TOPIC %s %s -\n", text_of(item, "topic", "-"), json_is_true(json_object_get(item, "deleted")) ? "deleted" : "value");
    }
}

/* What an earlier run of the program saw is of that run. */
static void begin_anew(const char *path)
{
    static gsize begun;

    if (!g_once_init_enter(&begun))
        return;
    if (!g_test_subprocess() && g_unlink(path) != 0 && errno != ENOENT)
        g_error("%s: %s", path, g_strerror(errno));
    g_once_init_leave(&begun, 1);
}

static void lines_note(const char *path, const struct schema_exchange *exchange, json_t *answer, bool feed)
{
    begin_anew(path);
    FILE *file = fopen(path, "a");

    if (file == NULL)
        g_error("%s: %s", path, g_strerror(errno));
    fprintf(file, "%s %s %u %s\n", exchange->method, exchange->path, exchange->status,
            exchange->status >= 400 ? text_of(answer, "code", "-") : "-");
    seen_events(exchange, event_line, file);
    if (feed)
        topic_lines(file, answer);
    if (fclose(file) != 0)
        g_error("%s: %s", path, g_strerror(errno));
}

void seen_note(const struct schema_exchange *exchange)
{
    const char *seen = g_getenv("CONTRACT_SEEN");
    bool told = g_getenv("CONTRACT_TOLD") != NULL, feed = g_str_has_prefix(exchange->path, "/v1/feed");

    if (seen == NULL && !told)
        return;
    json_t *answer = json_loadb(exchange->answer, exchange->answer_len, 0, NULL);
    if (seen != NULL)
        lines_note(seen, exchange, answer, feed);
    if (told)
        seen_events(exchange, event_told, NULL);
    if (told && feed)
        topics_told(answer);
    json_decref(answer);
}
