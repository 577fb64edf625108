/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tickets/georeport.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/tickets/form.h"
#include "platform/tickets/tickets.h"
#include <stdlib.h>
#include <string.h>

#define SPAN_MS      (90 * INT64_C(86400000))
#define ANSWERS_MAX  1000
#define PAGE_MAX     1000000
#define IDS_MAX      100
#define COARSE_E6    100 /* ten metres: the building, not the window */

/* ---- What is asked for ---- */

enum resource { SERVICES, SERVICE, REQUESTS, REQUEST, TOKEN, DISCOVERY, NOTHING };

struct target {
    enum resource resource;
    enum georeport_format format;
    char *id; /* "" for a list */
};

static bool suffix_take(char *path, const char *suffix)
{
    if (!g_str_has_suffix(path, suffix))
        return false;
    path[strlen(path) - strlen(suffix)] = '\0';
    return true;
}

/* "services", "services/F01.json"; without a suffix it is XML, which the specification requires, unless JSON is what is accepted. */
static struct target target_of(const struct request *request)
{
    static const struct {
        const char *name;
        enum resource list, one;
    } names[] = {{"services", SERVICES, SERVICE}, {"requests", REQUESTS, REQUEST}, {"tokens", NOTHING, TOKEN}};
    bool wants_json = request->accept != NULL && strstr(request->accept, "application/json") != NULL;
    struct target out = {NOTHING, wants_json ? GEOREPORT_JSON : GEOREPORT_XML, NULL};
    bool below = g_str_has_prefix(request->path, GEOREPORT_ROOT);
    g_autofree char *path = g_strdup(request->path + strlen(below ? GEOREPORT_ROOT : GEOREPORT_HOUSE));

    if (suffix_take(path, ".json"))
        out.format = GEOREPORT_JSON;
    else if (suffix_take(path, ".xml"))
        out.format = GEOREPORT_XML;
    char *slash = strchr(path, '/');
    out.id = g_strdup(slash != NULL ? slash + 1 : "");
    if (!below) {
        out.resource = strcmp(path, "discovery") == 0 ? DISCOVERY : NOTHING;
        return out;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i].name) == strcspn(path, "/") && g_str_has_prefix(path, names[i].name))
            out.resource = slash == NULL ? names[i].list : names[i].one;
    if (slash != NULL && (*out.id == '\0' || strchr(out.id, '/') != NULL))
        out.resource = NOTHING;
    return out;
}

bool georeport_path(const char *path)
{
    return g_str_has_prefix(path, GEOREPORT_ROOT) || g_str_has_prefix(path, GEOREPORT_HOUSE "discovery");
}

/* HEAD is GET without the body, which the library keeps back. */
static bool reads(const struct request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

int georeport_call(const struct request *request)
{
    struct target target = target_of(request);

    g_free(target.id);
    if (strcmp(request->method, "POST") == 0 && target.resource == REQUESTS)
        return GEOREPORT_CALLS - 1;
    return reads(request) && target.resource != NOTHING ? (int)target.resource : -1;
}

const char *georeport_call_name(int call)
{
    static const char *const names[] = {
        [SERVICES] = "GET " GEOREPORT_ROOT "services",  [SERVICE] = "GET " GEOREPORT_ROOT "services/",
        [REQUESTS] = "GET " GEOREPORT_ROOT "requests",  [REQUEST] = "GET " GEOREPORT_ROOT "requests/",
        [TOKEN] = "GET " GEOREPORT_ROOT "tokens/",      [DISCOVERY] = "GET " GEOREPORT_HOUSE "discovery",
        [GEOREPORT_CALLS - 1] = "POST " GEOREPORT_ROOT "requests"};

    return names[call];
}

static bool is_form_type(const char *type)
{
    static const char name[] = "application/x-www-form-urlencoded";

    return type != NULL && g_ascii_strncasecmp(type, name, sizeof name - 1) == 0 && strchr(" ;", type[sizeof name - 1]) != NULL;
}

unsigned georeport_precheck(const struct request *request, const char **allow)
{
    struct target target = target_of(request);
    bool post = strcmp(request->method, "POST") == 0;

    g_free(target.id);
    if (target.resource == NOTHING)
        return 404;
    *allow = target.resource == REQUESTS ? "GET, HEAD, POST" : "GET, HEAD";
    if (!reads(request) && (!post || target.resource != REQUESTS))
        return 405;
    return post && !is_form_type(request->content_type) ? 415 : 0;
}

/* ---- Errors ---- */

static void error_reply(struct reply *out, enum georeport_format format, unsigned status, const char *description)
{
    georeport_reply(out, format, status, "errors", "error", json_pack("[{s:i, s:s}]", "code", (int)status, "description", description));
    if (status == 503 || status == 429)
        out->retry_after_s = 1 + random_below(status == 503 ? 5 : 60);
}

void georeport_error(struct reply *out, const struct request *request, unsigned status, const char *description)
{
    struct target target = target_of(request);

    g_free(target.id);
    error_reply(out, target.format, status, description);
}

void georeport_refuse(struct georeport *door, unsigned status, const char *description)
{
    error_reply(door->out, door->format, status, description);
}

void georeport_trouble(struct georeport *door, GError *error)
{
    g_warning("request failed: %s", error != NULL ? error->message : "unknown");
    g_clear_error(&error);
    georeport_refuse(door, 503, "The platform cannot do this now");
}

bool georeport_jurisdiction(struct georeport *door, const struct form *form)
{
    const char *id = form_get(form, "jurisdiction_id");

    if (id == NULL || strcmp(id, db_community(door->platform->db)) == 0)
        return true;
    georeport_refuse(door, 404, "jurisdiction_id provided was not found");
    return false;
}

/* ---- Services ---- */

static json_t *service_json(json_t *row)
{
    g_autofree char *name = g_strdup_printf("%s %s", json_string_value(json_object_get(row, "name_zh")),
                                            json_string_value(json_object_get(row, "name_en")));

    return json_pack("{s:O, s:s, s:O, s:b, s:s, s:O, s:O}", "service_code", json_object_get(row, "code"), "service_name", name,
                     "description", json_object_get(row, "about"), "metadata",
                     json_integer_value(json_object_get(row, "attributes")) > 0, "type", "realtime", "keywords",
                     json_object_get(row, "keywords"), "group", json_object_get(row, "grouping"));
}

static void services(struct georeport *door, const char *id, const struct form *form)
{
    GError *error = NULL;
    json_t *rows = db_ticket_services(door->platform->db, NULL, &error), *out = json_array(), *row;
    size_t i;

    (void)id;
    (void)form;
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(out, service_json(row));
    }
    if (rows != NULL)
        georeport_reply(door->out, door->format, 200, "services", "service", json_incref(out));
    else
        georeport_trouble(door, error);
    json_decref(rows);
    json_decref(out);
}

static json_t *choices_json(const char *choices)
{
    g_auto(GStrv) list = g_strsplit(choices, ";", -1);
    json_t *out = json_array();

    for (char **one = list; *one != NULL && **one != '\0'; one++) {
        size_t key = strcspn(*one, "=");
        g_autofree char *name = g_strndup(*one, key);
        json_array_append_new(out, json_pack("{s:s, s:s}", "key", name, "name", (*one)[key] == '=' ? *one + key + 1 : name));
    }
    return out;
}

static json_t *attribute_json(json_t *row, size_t place)
{
    json_t *out = json_pack("{s:b, s:O, s:O, s:b, s:n, s:i, s:O}", "variable", 1, "code", json_object_get(row, "code"), "datatype",
                            json_object_get(row, "datatype"), "required", json_integer_value(json_object_get(row, "required")) == 1,
                            "datatype_description", "order", (int)place + 1, "description", json_object_get(row, "about"));
    const char *choices = json_string_value(json_object_get(row, "choices"));

    if (choices != NULL && *choices != '\0')
        json_object_set_new(out, "values", choices_json(choices));
    return out;
}

static void service(struct georeport *door, const char *id, const struct form *form)
{
    GError *error = NULL;
    json_t *known = db_ticket_services(door->platform->db, id, &error);
    json_t *rows = known != NULL ? db_ticket_attributes(door->platform->db, id, &error) : NULL, *attributes = json_array(), *row;
    size_t i;

    (void)form;
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(attributes, attribute_json(row, i));
    }
    if (rows == NULL)
        georeport_trouble(door, error);
    else if (json_array_size(known) == 0)
        georeport_refuse(door, 404, "service_code provided was not found");
    else
        georeport_reply(door->out, door->format, 200, "service_definition", NULL,
                        json_pack("{s:s, s:O}", "service_code", id, "attributes", attributes));
    json_decref(attributes);
    json_decref(rows);
    json_decref(known);
}

/* ---- Requests: what staff released, never what a resident wrote, and nobody's name ---- */

static json_t *text_or_null(const char *text)
{
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *degrees(const struct ticket_row *row, int64_t e6)
{
    int64_t coarse = e6 / COARSE_E6 * COARSE_E6;

    return row->has_place ? json_real((double)coarse / 1e6) : json_null();
}

/* The date that was told last: when it is planned, or else due; the end of that day. */
static json_t *expected(const struct ticket_row *row)
{
    uint32_t date = row->clock.state == TICKET_PLANNED && row->planned != 0 ? row->planned : row->clock.due;

    return georeport_time(ms_of_date(date) + 86399000);
}

/* {code: name} of all services, read once for a list. */
static json_t *service_names(struct db *db, GError **error)
{
    json_t *rows = db_ticket_services(db, NULL, error), *out = rows != NULL ? json_object() : NULL, *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_t *shown = service_json(row);
        json_object_set(out, json_string_value(json_object_get(row, "code")), json_object_get(shown, "service_name"));
        json_decref(shown);
    }
    json_decref(rows);
    return out;
}

static json_t *request_json_of(const struct ticket_row *row, json_t *names)
{
    g_autofree char *no = g_strdup_printf("%" G_GINT64_FORMAT, row->no), *address = NULL;
    json_t *name = json_object_get(names, row->service);

    if (*row->place_name != '\0')
        address = g_strdup(row->place_name);
    /* A text that somebody wrote goes out when staff have seen the ticket and released it, not before. */
    if (address == NULL && *row->address != '\0' && *row->public_text != '\0')
        address = mask_address(row->address);
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:n, s:o, s:o, s:o, s:o, s:o, s:n, s:o, s:o, s:n}", "service_request_id", no,
                     "status", ticket_closed(row->clock.state) ? "closed" : "open", "status_notes", text_or_null(row->status_notes),
                     "service_name", name != NULL ? json_incref(name) : json_null(), "service_code", row->service, "description", text_or_null(row->public_text),
                     "agency_responsible", text_or_null(row->unit), "service_notice", "requested_datetime",
                     georeport_time(row->filed_ms), "updated_datetime", georeport_time(row->updated_ms), "expected_datetime",
                     expected(row), "address", text_or_null(address), "address_id", text_or_null(row->address_id), "zipcode", "lat",
                     degrees(row, row->lat_e6), "long", degrees(row, row->lon_e6), "media_url");
}

/* Those of these numbers that anybody may see. */
static json_t *requests_json(struct db *db, GPtrArray *rows, GError **error)
{
    json_t *names = service_names(db, error), *out = names != NULL ? json_array() : NULL;

    for (guint i = 0; out != NULL && i < rows->len; i++) {
        const struct ticket_row *row = g_ptr_array_index(rows, i);
        if (row->public)
            json_array_append_new(out, request_json_of(row, names));
    }
    json_decref(names);
    return out;
}

/* Those of these numbers that there are. */
static GPtrArray *rows_of(struct db *db, GPtrArray *numbers, GError **error)
{
    g_autoptr(GPtrArray) out = db_ticket_rows_new();

    for (guint i = 0; i < numbers->len; i++) {
        struct ticket_row *row = g_new0(struct ticket_row, 1);
        bool found = false;
        bool ok = db_ticket_find(db, g_ptr_array_index(numbers, i), row, &found, error);
        if (found)
            g_ptr_array_add(out, row);
        else
            g_free(row);
        if (!ok)
            return NULL;
    }
    return g_steal_pointer(&out);
}

/* "293944,293945": digits only, each once; NULL: it is not. */
static GPtrArray *ids_read(const char *text)
{
    g_auto(GStrv) list = g_strsplit(text, ",", IDS_MAX + 1);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(g_free);

    for (char **one = list; *one != NULL; one++) {
        const char *id = g_strstrip(*one);
        gint64 no;
        if (out->len >= IDS_MAX || strspn(id, "0123456789") != strlen(id) || !g_ascii_string_to_signed(id, 10, 1, G_MAXINT64, &no, NULL))
            return NULL;
        if (!g_ptr_array_find_with_equal_func(out, id, g_str_equal, NULL))
            g_ptr_array_add(out, g_strdup(id));
    }
    return out->len > 0 ? g_steal_pointer(&out) : NULL;
}

static void requests_answer(struct georeport *door, GPtrArray *rows, bool must_be, GError *error)
{
    json_t *out = rows != NULL ? requests_json(door->platform->db, rows, &error) : NULL;

    if (out == NULL)
        georeport_trouble(door, error);
    else if (must_be && json_array_size(out) == 0)
        georeport_refuse(door, 404, "service_request_id provided was not found");
    else
        georeport_reply(door->out, door->format, 200, "service_requests", "request", json_incref(out));
    json_decref(out);
}

static void requests_named(struct georeport *door, GPtrArray *numbers)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) rows = rows_of(door->platform->db, numbers, &error);

    requests_answer(door, rows, true, error);
}

static void request_of(struct georeport *door, const char *id, const struct form *form)
{
    g_autoptr(GPtrArray) numbers = ids_read(id);

    (void)form;
    if (numbers == NULL)
        georeport_refuse(door, 404, "service_request_id provided was not found");
    else
        requests_named(door, numbers);
}

/* ",F01,F02," for what a statement asks; NULL: no codes. */
static char *codes_read(const char *text)
{
    g_auto(GStrv) list = g_strsplit(text, ",", IDS_MAX + 1);
    g_autoptr(GString) out = g_string_new(",");

    for (char **one = list; *one != NULL; one++) {
        const char *code = g_strstrip(*one);
        if (*code == '\0' || strlen(code) > 16)
            return NULL;
        for (const char *at = code; *at != '\0'; at++)
            if (!g_ascii_isalnum(*at))
                return NULL;
        g_string_append_printf(out, "%s,", code);
    }
    return out->len > 1 ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static bool number_field(const struct form *form, const char *name, gint64 max, gint64 fallback, gint64 *out)
{
    const char *text = form_get(form, name);

    *out = fallback;
    return text == NULL || g_ascii_string_to_signed(text, 10, 1, max, out, NULL);
}

/* NULL: *search says all but the services. Else what is wrong. */
static const char *search_read(const struct form *form, int64_t now_ms, struct ticket_search *search)
{
    const char *start = form_get(form, "start_date"), *end = form_get(form, "end_date"), *status = form_get(form, "status");
    g_auto(GStrv) states = g_strsplit(status != NULL ? status : "open,closed", ",", 8);
    gint64 page, size;

    if ((start != NULL && !form_time(start, &search->from_ms)) || (end != NULL && !form_time(end, &search->to_ms)))
        return "start_date and end_date are ISO 8601 with a time zone";
    if (end == NULL)
        search->to_ms = start != NULL ? search->from_ms + SPAN_MS : now_ms;
    if (start == NULL)
        search->from_ms = search->to_ms - SPAN_MS;
    if (search->from_ms > search->to_ms || search->to_ms - search->from_ms > SPAN_MS)
        return "start_date to end_date may span 90 days";
    for (char **one = states; *one != NULL; one++) {
        search->open |= strcmp(g_strstrip(*one), "open") == 0;
        search->closed |= strcmp(*one, "closed") == 0;
        if (strcmp(*one, "open") != 0 && strcmp(*one, "closed") != 0)
            return "status is open, closed, or both with a comma";
    }
    if (!search->open && !search->closed)
        return "status is open, closed, or both with a comma";
    if (!number_field(form, "page", PAGE_MAX, 1, &page) || !number_field(form, "page_size", ANSWERS_MAX, ANSWERS_MAX, &size))
        return "page is 1 or more, page_size 1 to 1000";
    search->limit = size;
    search->offset = (page - 1) * size;
    return NULL;
}

static void requests(struct georeport *door, const char *id, const struct form *form)
{
    const char *ids = form_get(form, "service_request_id"), *code = form_get(form, "service_code");
    g_autoptr(GPtrArray) numbers = ids != NULL ? ids_read(ids) : NULL;
    g_autofree char *services = code != NULL ? codes_read(code) : g_strdup("");
    struct ticket_search search = {0};
    GError *error = NULL;

    (void)id;
    if (ids != NULL) { /* it overrides all others */
        if (numbers == NULL)
            georeport_refuse(door, 400, "service_request_id is a list of numbers, at most 100");
        else
            requests_named(door, numbers);
        return;
    }
    const char *why = services == NULL ? "service_code is a list of codes" : search_read(form, door->now_ms, &search);
    if (why != NULL) {
        georeport_refuse(door, 400, why);
        return;
    }
    search.services = services;
    g_autoptr(GPtrArray) rows = db_ticket_search(door->platform->db, &search, &error);
    requests_answer(door, rows, false, error);
}

static void token(struct georeport *door, const char *id, const struct form *form)
{
    struct ticket_row row;
    GError *error = NULL;
    bool found;

    (void)form;
    if (!uuid_valid(id)) {
        georeport_refuse(door, 404, "token provided was not found");
    } else if (!db_ticket_find(door->platform->db, id, &row, &found, &error)) {
        georeport_trouble(door, error);
    } else if (!found) {
        georeport_refuse(door, 404, "token provided was not found");
    } else {
        g_autofree char *no = g_strdup_printf("%" G_GINT64_FORMAT, row.no);
        georeport_reply(door->out, door->format, 200, "service_requests", "request",
                        json_pack("[{s:s, s:s}]", "service_request_id", no, "token", id));
        ticket_row_clear(&row);
    }
}

/* ---- The door ---- */

static void read_in(struct georeport *door, const struct target *target, const struct form *form)
{
    static void (*const answer[])(struct georeport *door, const char *id, const struct form *form) = {
        [SERVICES] = services, [SERVICE] = service, [REQUESTS] = requests, [REQUEST] = request_of, [TOKEN] = token};
    GError *error = NULL;

    if (!db_begin(door->platform->db, false, &error)) {
        georeport_trouble(door, error);
        return;
    }
    answer[target->resource](door, target->id, form);
    db_rollback(door->platform->db);
}

void georeport_run(struct platform *platform, const struct request *request, struct reply *out)
{
    struct target target = target_of(request);
    struct georeport door = {platform, request, target.format, out, now_ms()};
    const char *query = request->query != NULL ? request->query : "", *why = NULL;
    struct form *form = form_parse(query, strlen(query), &why);

    if (target.resource == NOTHING)
        georeport_refuse(&door, 404, "There is nothing at this address");
    else if (target.resource == DISCOVERY)
        georeport_discovery(&door);
    else if (strcmp(request->method, "POST") == 0 && target.resource == REQUESTS)
        georeport_file(&door);
    else if (form == NULL)
        georeport_refuse(&door, 400, why);
    else if (georeport_jurisdiction(&door, form))
        read_in(&door, &target, form);
    form_free(form);
    g_free(target.id);
}
