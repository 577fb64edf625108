/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"
#include <glib.h>
#include <string.h>

struct check {
    enum schema_mode mode;
    bool sealed;
};

static char *fault(const struct check *check, json_t *schema, json_t *value, const char *where);

json_t *schema_document(void)
{
    static json_t *document;
    static gsize once;

    if (g_once_init_enter(&once)) {
        document = json_load_file(OPENAPI_FILE, JSON_REJECT_DUPLICATES, NULL);
        g_once_init_leave(&once, 1);
    }
    g_assert_nonnull(document);
    return document;
}

json_t *schema_resolved(json_t *object)
{
    const char *reference = json_string_value(json_object_get(object, "$ref"));
    json_t *at = schema_document();

    if (reference == NULL)
        return object;
    g_auto(GStrv) parts = g_strsplit(reference, "/", -1);
    g_assert_cmpstr(parts[0], ==, "#");
    for (char **part = parts + 1; *part != NULL; part++)
        at = json_object_get(at, *part);
    g_assert_nonnull(at);
    return at;
}

/* ---- One word each ---- */

static bool type_is(const char *type, json_t *value)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", JSON_OBJECT}, {"array", JSON_ARRAY}, {"string", JSON_STRING}, {"integer", JSON_INTEGER},
                 {"null", JSON_NULL}};

    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(type, types[i].name) == 0)
            return json_typeof(value) == types[i].type;
    g_error("the checker knows no type %s", type);
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

static bool matches(const char *pattern, const char *text)
{
    static GMutex lock;
    static GHashTable *known;

    g_mutex_lock(&lock);
    if (known == NULL)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    GRegex *regex = g_hash_table_lookup(known, pattern);
    if (regex == NULL) {
        regex = g_regex_new(pattern, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
        g_assert_nonnull(regex);
        g_hash_table_insert(known, g_strdup(pattern), regex);
    }
    bool fits = g_regex_match(regex, text, 0, NULL);
    g_mutex_unlock(&lock);
    return fits;
}

/* Is a count within the bounds that two words set? */
static bool counted(json_t *schema, const char *min_word, const char *max_word, size_t count)
{
    json_t *min = json_object_get(schema, min_word), *max = json_object_get(schema, max_word);

    return (min == NULL || (json_int_t)count >= json_integer_value(min)) &&
           (max == NULL || (json_int_t)count <= json_integer_value(max));
}

static bool string_fits(json_t *schema, json_t *value)
{
    const char *text = json_string_value(value), *pattern = json_string_value(json_object_get(schema, "pattern"));
    json_t *bytes = json_object_get(schema, "x-maxBytes");

    return text == NULL || (counted(schema, "minLength", "maxLength", (size_t)g_utf8_strlen(text, -1)) &&
                            (bytes == NULL || (json_int_t)json_string_length(value) <= json_integer_value(bytes)) &&
                            (pattern == NULL || matches(pattern, text)));
}

static bool number_fits(json_t *schema, json_t *value)
{
    json_t *min = json_object_get(schema, "minimum"), *max = json_object_get(schema, "maximum");

    if (!json_is_integer(value))
        return true;
    return (min == NULL || json_integer_value(value) >= json_integer_value(min)) &&
           (max == NULL || json_integer_value(value) <= json_integer_value(max));
}

/* ---- Objects and arrays ---- */

static bool is_personal(const char *key)
{
    static const char *const names[] = {"card_number", "serial", "name", "id_number", "phone", "address", "description", "care_found", "care_closed", NULL};

    return g_strv_contains(names, key);
}

static char *member_fault(const struct check *check, json_t *schema, const char *key, json_t *value, const char *where)
{
    json_t *sub = json_object_get(json_object_get(schema, "properties"), key);
    json_t *others = json_object_get(schema, "additionalProperties");
    bool described = json_object_get(schema, "properties") != NULL;
    g_autofree char *below = g_strdup_printf("%s/%s", where, key);

    if (sub != NULL && check->sealed && is_personal(key) && json_is_object(value))
        return fault(check, json_object_get(json_object_get(json_object_get(schema_document(), "components"), "schemas"), "Sealed"),
                     value, below);
    if (sub != NULL)
        return fault(check, sub, value, below);
    if (json_is_false(others) || (others == NULL && described && check->mode == SCHEMA_OURS))
        return g_strdup_printf("%s is not described", below);
    return json_is_object(others) ? fault(check, others, value, below) : NULL;
}

static char *object_fault(const struct check *check, json_t *schema, json_t *value, const char *where)
{
    json_t *names = json_object_get(schema, "propertyNames"), *one;
    const char *key;
    size_t i;

    if (!counted(schema, "minProperties", "maxProperties", json_object_size(value)))
        return g_strdup_printf("%s has %zu members", where, json_object_size(value));
    json_array_foreach(json_object_get(schema, "required"), i, one)
    {
        if (json_object_get(value, json_string_value(one)) == NULL)
            return g_strdup_printf("%s/%s is missing", where, json_string_value(one));
    }
    json_object_foreach(value, key, one)
    {
        json_t *name = names != NULL ? json_string(key) : NULL;
        char *why = name != NULL ? fault(check, names, name, where) : NULL;

        json_decref(name);
        if (why == NULL)
            why = member_fault(check, schema, key, one, where);
        if (why != NULL)
            return why;
    }
    return NULL;
}

static char *array_fault(const struct check *check, json_t *schema, json_t *value, const char *where)
{
    json_t *items = json_object_get(schema, "items"), *one;
    size_t i;

    if (!counted(schema, "minItems", "maxItems", json_array_size(value)))
        return g_strdup_printf("%s has %zu items", where, json_array_size(value));
    json_array_foreach(value, i, one)
    {
        g_autofree char *below = g_strdup_printf("%s/%zu", where, i);
        char *why = items != NULL ? fault(check, items, one, below) : NULL;

        if (why != NULL)
            return why;
    }
    return NULL;
}

/* ---- Schemas of schemas ---- */

static char *one_of_fault(const struct check *check, json_t *list, json_t *value, const char *where)
{
    unsigned fits = 0;
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        g_autofree char *why = fault(check, one, value, where);
        fits += why == NULL;
    }
    return list == NULL || fits == 1 ? NULL : g_strdup_printf("%s fits %u of its alternatives", where, fits);
}

/* The schemas of an allOf or of an if say something of a value that another one describes. */
static char *all_of_fault(const struct check *check, json_t *list, json_t *value, const char *where)
{
    const struct check beside = {SCHEMA_OTHER, check->sealed};
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        json_t *condition = json_object_get(one, "if"), *member, *then;
        g_autofree char *unmet = fault(&beside, condition, value, where);
        const char *key;

        if (unmet != NULL)
            continue;
        json_object_foreach(json_object_get(json_object_get(one, "then"), "properties"), key, then)
        {
            g_autofree char *below = g_strdup_printf("%s/%s", where, key);
            char *why = (member = json_object_get(value, key)) != NULL ? fault(check, then, member, below) : NULL;
            if (why != NULL)
                return why;
        }
    }
    return NULL;
}

static void words_known(json_t *schema)
{
    static const char *const known[] = {
        "$ref", "type", "enum", "const", "pattern", "minLength", "maxLength", "x-maxBytes", "minimum", "maximum", "properties",
        "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties", "items", "minItems", "maxItems",
        "oneOf", "allOf", "description", "default", "format", NULL};
    const char *word;
    json_t *value;

    json_object_foreach(schema, word, value)
    {
        if (!g_strv_contains(known, word))
            g_error("the checker does not know the word %s", word);
    }
}

static char *fault(const struct check *check, json_t *schema, json_t *value, const char *where)
{
    json_t *constant = json_object_get(schema, "const");
    char *why;

    if (json_object_get(schema, "$ref") != NULL)
        return fault(check, schema_resolved(schema), value, where);
    words_known(schema);
    if ((why = one_of_fault(check, json_object_get(schema, "oneOf"), value, where)) != NULL)
        return why;
    if (!type_fits(json_object_get(schema, "type"), value))
        return g_strdup_printf("%s has another type", where);
    if (!in_enum(json_object_get(schema, "enum"), value) || (constant != NULL && !json_equal(constant, value)) ||
        !string_fits(schema, value) || !number_fits(schema, value))
        return g_strdup_printf("%s has a value that is not allowed", where);
    if (json_is_object(value)) {
        why = object_fault(check, schema, value, where);
        return why != NULL ? why : all_of_fault(check, json_object_get(schema, "allOf"), value, where);
    }
    return json_is_array(value) ? array_fault(check, schema, value, where) : NULL;
}

char *schema_fault_of(json_t *schema, json_t *value, enum schema_mode mode, bool sealed, const char *where)
{
    return fault(&(struct check){mode, sealed}, schema, value, where);
}

char *schema_fault(const char *name, json_t *value)
{
    json_t *schemas = json_object_get(json_object_get(schema_document(), "components"), "schemas");
    json_t *schema = json_object_get(schemas, name);

    g_assert_nonnull(schema);
    return schema_fault_of(schema, value, SCHEMA_OURS, false, name);
}
