/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"
#include "seen.h"
#include <glib.h>
#include <string.h>

/* ---- Where the document speaks of it ---- */

/* "/v1/hotlist/7" is described as "/v1/hotlist/{version}". */
/* "/a/{b}/c": any part there; a parameter within the last part takes the rest of it. */
static bool described_fits(const char *described, const char *path)
{
    size_t fixed = strcspn(described, "{"), name = strcspn(described + fixed, "}");
    const char *behind = described[fixed] != '\0' && described[fixed + name] != '\0' ? described + fixed + name + 1 : "";

    if (described[fixed] == '\0' || strncmp(described, path, fixed) != 0 || path[fixed] == '\0')
        return false;
    const char *slash = strchr(path + fixed, '/');
    return *behind == '/' ? slash != NULL && strcmp(slash, behind) == 0 : slash == NULL;
}

static json_t *methods_of(const char *path)
{
    json_t *paths = json_object_get(schema_document(), "paths"), *methods = json_object_get(paths, path), *one;
    const char *described;

    json_object_foreach(paths, described, one)
    {
        if (methods == NULL && described_fits(described, path))
            methods = one;
    }
    return methods;
}

static json_t *operation_of(const char *method, const char *path)
{
    g_autofree char *lower = g_ascii_strdown(method, -1), *plain = g_strndup(path, strcspn(path, "?"));

    return json_object_get(methods_of(plain), lower);
}

static json_t *response_of(const char *method, const char *path, unsigned status)
{
    g_autofree char *key = g_strdup_printf("%u", status), *plain = g_strndup(path, strcspn(path, "?"));
    json_t *response = json_object_get(json_object_get(operation_of(method, path), "responses"), key);

    if (response == NULL && status == 404 && methods_of(plain) == NULL)
        response = json_object_get(schema_document(), "x-any-other-path");
    if (response == NULL && status == 405 && operation_of(method, path) == NULL)
        response = json_object_get(schema_document(), "x-any-other-method");
    return schema_resolved(response);
}

/* Of several the one of *type, if that is given; else the first. */
static json_t *media_of(json_t *with_content, const char **type)
{
    json_t *content = json_object_get(with_content, "content"), *media = *type != NULL ? json_object_get(content, *type) : NULL, *one;

    if (media != NULL)
        return media;
    json_object_foreach(content, *type, one)
    {
        media = one;
        break;
    }
    return media;
}

static const char *name_of(json_t *with_content)
{
    const char *type = NULL, *reference;

    reference = json_string_value(json_object_get(json_object_get(media_of(with_content, &type), "schema"), "$ref"));
    return reference != NULL ? strrchr(reference, '/') + 1 : NULL;
}

const char *schema_of_request(const char *method, const char *path)
{
    return name_of(json_object_get(operation_of(method, path), "requestBody"));
}

const char *schema_of_answer(const char *method, const char *path, unsigned status)
{
    return name_of(response_of(method, path, status));
}

/* ---- Requests ---- */

static char *parameter_fault(json_t *parameter, const char *text)
{
    json_t *schema = json_object_get(parameter, "schema");
    const char *name = json_string_value(json_object_get(parameter, "name"));
    bool number = g_strcmp0(json_string_value(json_object_get(schema, "type")), "integer") == 0;
    gint64 integer = 0;
    json_t *value;
    char *why;

    if (text == NULL)
        return json_is_true(json_object_get(parameter, "required")) ? g_strdup_printf("%s is missing", name) : NULL;
    if (number && !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
        return g_strdup_printf("%s is no number", name);
    value = number ? json_integer(integer) : json_string(text);
    why = schema_fault_of(schema, value, SCHEMA_OURS, false, name);
    json_decref(value);
    return why;
}

/* The value of one parameter of "path?a=b&c=d"; g_free, NULL when it is not there. */
static char *query_value(const char *path, const char *name)
{
    const char *mark = strchr(path, '?');
    g_auto(GStrv) parts = g_strsplit(mark != NULL ? mark + 1 : "", "&", -1);

    for (char **part = parts; *part != NULL; part++)
        if (g_str_has_prefix(*part, name) && (*part)[strlen(name)] == '=')
            return g_strdup(*part + strlen(name) + 1);
    return NULL;
}

static char *parameters_fault(const struct schema_exchange *exchange)
{
    json_t *parameters = json_object_get(operation_of(exchange->method, exchange->path), "parameters"), *one;
    size_t i;

    json_array_foreach(parameters, i, one)
    {
        json_t *parameter = schema_resolved(one);
        const char *name = json_string_value(json_object_get(parameter, "name")),
                   *in = json_string_value(json_object_get(parameter, "in"));
        bool query = strcmp(in, "query") == 0;
        g_autofree char *value = query ? query_value(exchange->path, name) : NULL;
        char *why = NULL;

        /* Only what this exchange tells: other headers are not in it. */
        if (query || strcmp(name, "Idempotency-Key") == 0)
            why = parameter_fault(parameter, query ? value : exchange->key);
        if (why != NULL)
            return why;
    }
    return NULL;
}

static char *text_fault(json_t *schema, const char *text, size_t len, enum schema_mode mode, const char *where)
{
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    char *why = value != NULL ? schema_fault_of(schema, value, mode, false, where) : g_strdup_printf("%s is not JSON", where);

    json_decref(value);
    return why;
}

static char *request_fault(const struct schema_exchange *exchange, enum schema_mode mode)
{
    json_t *operation = operation_of(exchange->method, exchange->path);
    const char *type = NULL;
    json_t *media = media_of(json_object_get(operation, "requestBody"), &type);
    char *why = parameters_fault(exchange);

    if (why != NULL || media == NULL)
        return why;
    return text_fault(json_object_get(media, "schema"), exchange->request != NULL ? exchange->request : "",
                      exchange->request_len, mode, "request");
}

/* ---- Answers ---- */

static bool listed(json_t *list, json_t *text)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_equal(one, text))
            return true;
    }
    return false;
}

/* Codes are open for readers, and ours are listed. */
static char *codes_fault(json_t *response, json_t *answer)
{
    json_t *codes = json_object_get(response, "x-codes"), *code = json_object_get(answer, "code"), *verdict;
    json_t *known = json_object_get(json_object_get(schema_document(), "components"), "x-verdict-codes");
    size_t i;

    if (codes != NULL && !listed(codes, code))
        return g_strdup_printf("code %s is not one of this answer's", json_string_value(code));
    json_array_foreach(json_object_get(answer, "verdicts"), i, verdict)
    {
        const char *text = json_string_value(json_object_get(verdict, "code"));
        if (text != NULL && json_object_get(known, text) == NULL)
            return g_strdup_printf("verdict code %s is not listed", text);
    }
    return NULL;
}

/* A reader sets an unknown topic aside, and ours are listed. */
static char *topics_fault(json_t *answer)
{
    json_t *conditions = json_object_get(json_object_get(json_object_get(json_object_get(schema_document(), "components"), "schemas"),
                                                         "FeedItem"), "allOf"),
           *item, *one;
    size_t i, j;

    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        json_t *topic = json_object_get(item, "topic");
        bool known = topic == NULL;
        json_array_foreach(conditions, j, one)
        {
            json_t *properties = json_object_get(json_object_get(one, "if"), "properties");
            known = known || json_equal(json_object_get(json_object_get(properties, "topic"), "const"), topic);
        }
        if (!known)
            return g_strdup_printf("topic %s is not one of FeedItem's", json_string_value(topic));
    }
    return NULL;
}

/* What is taken has a type that the document has. */
static void type_fault(void *ctx, const char *type, json_t *verdict, json_t *body)
{
    const char *word = json_string_value(json_object_get(verdict, "verdict"));
    char **why = ctx;

    if (*why == NULL && g_strcmp0(word, "accepted") == 0 && json_object_get(json_object_get(schema_document(), "x-event-types"), type) == NULL)
        *why = g_strdup_printf("type %s is taken, and is not one of x-event-types", type);
}

static char *answer_fault(const struct schema_exchange *exchange, enum schema_mode mode)
{
    json_t *response = response_of(exchange->method, exchange->path, exchange->status), *media, *schema, *value;
    const char *type = exchange->type;
    char *why;

    if (response == NULL)
        return g_strdup_printf("answer %u is not described", exchange->status);
    media = media_of(response, &type);
    if (exchange->type != NULL && g_strcmp0(type, exchange->type) != 0)
        return g_strdup_printf("answer %u is %s, described as %s", exchange->status, exchange->type, type);
    schema = json_object_get(media, "schema");
    if (schema == NULL)
        return NULL; /* bytes of a file */
    /* Whoever reads the document itself has another schema for it. */
    if (json_object_get(schema, "$ref") == NULL)
        mode = SCHEMA_OTHER;
    value = json_loadb(exchange->answer, exchange->answer_len, JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        return g_strdup("answer is not JSON");
    why = schema_fault_of(schema, value, mode, false, "answer");
    if (why == NULL && mode == SCHEMA_OURS)
        why = codes_fault(response, value);
    if (why == NULL && mode == SCHEMA_OURS)
        why = topics_fault(value);
    json_decref(value);
    return why;
}

char *schema_exchange_fault(const struct schema_exchange *exchange, enum schema_mode mode)
{
    char *why = exchange->status < 400 ? request_fault(exchange, mode) : NULL;

    return why != NULL ? why : answer_fault(exchange, mode);
}

static void end(const struct schema_exchange *exchange, const char *why)
{
    g_error("%s %s %u: %s\n%.*s\n%.*s", exchange->method, exchange->path, exchange->status, why,
            (int)MIN(exchange->request_len, 2000), exchange->request != NULL ? exchange->request : "",
            (int)MIN(exchange->answer_len, 2000), exchange->answer);
}

void schema_check_exchange(const char *method, const char *path, const char *request, unsigned status,
                           const char *answer, size_t answer_len)
{
    const struct schema_exchange exchange = {.method = method, .path = path, .request = request,
                                             .request_len = request != NULL ? strlen(request) : 0, .status = status,
                                             .answer = answer, .answer_len = answer_len};
    json_t *operation = operation_of(method, path);
    const char *type = NULL;
    json_t *media = media_of(json_object_get(operation, "requestBody"), &type);
    char *why = status < 400 && media != NULL ? text_fault(json_object_get(media, "schema"), request != NULL ? request : "",
                                                           exchange.request_len, SCHEMA_OURS, "request")
                                              : NULL;

    if (why == NULL)
        why = answer_fault(&exchange, SCHEMA_OURS);
    if (why == NULL)
        seen_events(&exchange, type_fault, &why);
    if (why != NULL)
        end(&exchange, why);
    seen_note(&exchange);
}

void schema_check_answer(const struct schema_exchange *exchange)
{
    char *why = answer_fault(exchange, SCHEMA_OURS);

    if (why != NULL)
        end(exchange, why);
}

/* ---- What a kiosk's events hold ---- */

static char *body_fault(const char *text)
{
    json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *data = json_object_get(body, "data"), *types, *schemas;
    const char *type = json_string_value(json_object_get(body, "type")), *name;
    char *why = body != NULL ? schema_fault("EventBody", body) : g_strdup("body is not JSON");

    types = json_object_get(schema_document(), "x-event-types");
    schemas = json_object_get(json_object_get(schema_document(), "components"), "schemas");
    if (why == NULL && json_object_get(types, type) == NULL)
        why = g_strdup_printf("type %s is not one of x-event-types", type);
    name = json_string_value(json_object_get(types, type != NULL ? type : ""));
    if (why == NULL && name != NULL)
        why = schema_fault_of(json_object_get(schemas, name), data, SCHEMA_OURS, true, type);
    json_decref(body);
    return why;
}

void schema_check_kiosk(const struct schema_exchange *exchange)
{
    json_t *request = exchange->request_len > 0 ? json_loadb(exchange->request, exchange->request_len, 0, NULL) : NULL, *event;
    char *why = request_fault(exchange, SCHEMA_OURS);
    size_t i;

    json_array_foreach(json_object_get(request, "events"), i, event)
    {
        if (why == NULL)
            why = body_fault(json_string_value(json_object_get(event, "body")));
    }
    json_decref(request);
    if (why != NULL)
        end(exchange, why);
}
