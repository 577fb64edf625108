/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"
#include <glib.h>
#include <string.h>

json_t *schema_document(void)
{
    static json_t *document;

    if (document == NULL)
        document = json_load_file(OPENAPI_FILE, JSON_REJECT_DUPLICATES, NULL);
    g_assert_nonnull(document);
    return document;
}

static json_t *by_path(const char *path)
{
    json_t *at = schema_document();
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);

    g_assert_cmpstr(parts[0], ==, "#");
    for (char **part = parts + 1; *part != NULL; part++)
        at = json_object_get(at, *part);
    g_assert_nonnull(at);
    return at;
}

static char *fault(json_t *schema, json_t *value, const char *where);

static bool type_is(const char *type, json_t *value)
{
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    g_assert_cmpstr(type, ==, "null");
    return json_is_null(value);
}

static bool type_fits(json_t *type, json_t *value)
{
    json_t *one;
    size_t i;

    if (type == NULL)
        return true;
    if (json_is_string(type))
        return type_is(json_string_value(type), value);
    json_array_foreach(type, i, one)
    {
        if (type_is(json_string_value(one), value))
            return true;
    }
    return false;
}

static bool in_enum(json_t *list, json_t *value)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_equal(one, value))
            return true;
    }
    return list == NULL;
}

static bool string_fits(json_t *schema, json_t *value)
{
    json_t *max = json_object_get(schema, "maxLength"), *pattern = json_object_get(schema, "pattern");

    if (!json_is_string(value))
        return true;
    if (max != NULL && g_utf8_strlen(json_string_value(value), -1) > json_integer_value(max))
        return false;
    return pattern == NULL ||
           g_regex_match_simple(json_string_value(pattern), json_string_value(value), 0, 0);
}

static bool number_fits(json_t *schema, json_t *value)
{
    json_t *min = json_object_get(schema, "minimum"), *max = json_object_get(schema, "maximum");

    if (!json_is_integer(value))
        return true;
    return (min == NULL || json_integer_value(value) >= json_integer_value(min)) &&
           (max == NULL || json_integer_value(value) <= json_integer_value(max));
}

static char *object_fault(json_t *schema, json_t *value, const char *where)
{
    json_t *properties = json_object_get(schema, "properties"), *one;
    const char *key;
    size_t i;

    json_array_foreach(json_object_get(schema, "required"), i, one)
    {
        if (json_object_get(value, json_string_value(one)) == NULL)
            return g_strdup_printf("%s/%s is missing", where, json_string_value(one));
    }
    json_object_foreach(value, key, one)
    {
        json_t *sub = json_object_get(properties, key);
        g_autofree char *below = g_strdup_printf("%s/%s", where, key);
        char *why;

        if (sub == NULL && json_is_false(json_object_get(schema, "additionalProperties")))
            return g_strdup_printf("%s is not described", below);
        if (sub != NULL && (why = fault(sub, one, below)) != NULL)
            return why;
    }
    return NULL;
}

static char *array_fault(json_t *schema, json_t *value, const char *where)
{
    json_t *max = json_object_get(schema, "maxItems"), *items = json_object_get(schema, "items"), *one;
    size_t i;

    if (max != NULL && json_array_size(value) > (size_t)json_integer_value(max))
        return g_strdup_printf("%s has %zu items", where, json_array_size(value));
    json_array_foreach(value, i, one)
    {
        g_autofree char *below = g_strdup_printf("%s/%zu", where, i);
        char *why = items != NULL ? fault(items, one, below) : NULL;

        if (why != NULL)
            return why;
    }
    return NULL;
}

static char *one_of_fault(json_t *list, json_t *value, const char *where)
{
    unsigned fits = 0;
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        g_autofree char *why = fault(one, value, where);
        fits += why == NULL;
    }
    return fits == 1 ? NULL : g_strdup_printf("%s fits %u of its alternatives", where, fits);
}

static char *fault(json_t *schema, json_t *value, const char *where)
{
    json_t *reference = json_object_get(schema, "$ref"), *one_of = json_object_get(schema, "oneOf");

    if (reference != NULL)
        return fault(by_path(json_string_value(reference)), value, where);
    if (one_of != NULL)
        return one_of_fault(one_of, value, where);
    if (!type_fits(json_object_get(schema, "type"), value))
        return g_strdup_printf("%s has another type", where);
    if (!in_enum(json_object_get(schema, "enum"), value) || !string_fits(schema, value) ||
        !number_fits(schema, value))
        return g_strdup_printf("%s has a value that is not allowed", where);
    if (json_is_object(value))
        return object_fault(schema, value, where);
    return json_is_array(value) ? array_fault(schema, value, where) : NULL;
}

char *schema_fault(const char *name, json_t *value)
{
    g_autofree char *path = g_strdup_printf("#/components/schemas/%s", name);

    return fault(by_path(path), value, name);
}

/* "/v1/hotlist/7" is described as "/v1/hotlist/{version}". */
static json_t *methods_of(const char *path)
{
    json_t *paths = json_object_get(schema_document(), "paths"), *methods = json_object_get(paths, path), *one;
    const char *described;

    json_object_foreach(paths, described, one)
    {
        size_t fixed = strcspn(described, "{");
        if (methods == NULL && described[fixed] != '\0' && strncmp(described, path, fixed) == 0 &&
            path[fixed] != '\0' && strchr(path + fixed, '/') == NULL)
            methods = one;
    }
    return methods;
}

static json_t *operation(const char *method, const char *path)
{
    g_autofree char *lower = g_ascii_strdown(method, -1);

    return json_object_get(methods_of(path), lower);
}

static const char *content_schema(json_t *with_content)
{
    json_t *content = json_object_get(with_content, "content"), *media;
    const char *type, *reference = NULL;

    json_object_foreach(content, type, media)
    {
        reference = json_string_value(json_object_get(json_object_get(media, "schema"), "$ref"));
    }
    return reference != NULL ? strrchr(reference, '/') + 1 : NULL;
}

const char *schema_of_request(const char *method, const char *path)
{
    return content_schema(json_object_get(operation(method, path), "requestBody"));
}

const char *schema_of_answer(const char *method, const char *path, unsigned status)
{
    g_autofree char *key = g_strdup_printf("%u", status);
    json_t *responses = json_object_get(operation(method, path), "responses");

    return content_schema(json_object_get(responses, key));
}

static void check_text(const char *name, const char *text, size_t len)
{
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    g_autofree char *why = value != NULL ? schema_fault(name, value) : g_strdup("not JSON");

    json_decref(value);
    if (why != NULL)
        g_error("%s: %s\n%.*s", name, why, (int)MIN(len, 2000), text);
}

void schema_check_exchange(const char *method, const char *path, const char *request, unsigned status,
                           const char *answer, size_t answer_len)
{
    const char *name = schema_of_request(method, path);

    if (name != NULL && request != NULL && *request != '\0')
        check_text(name, request, strlen(request));
    name = schema_of_answer(method, path, status);
    if (name == NULL)
        g_error("%s %s: answer %u is not described", method, path, status);
    check_text(name, answer, answer_len);
}
