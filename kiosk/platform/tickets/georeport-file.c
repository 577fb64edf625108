/* SPDX-License-Identifier: Apache-2.0 */
/* POST /requests: who may, what, where. Everything about a person goes into what lies sealed, and none of it comes back. */
#include "platform/tickets/form.h"
#include "platform/tickets/georeport.h"
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include <string.h>

#define KEY_BYTES     64
#define HOUR_MS       INT64_C(3600000)
#define FIELD_CHARS   200
#define MEDIA_CHARS   1000
#define ADDRESS_CHARS 200

/* ---- The key ---- */

/* 403 for no key, one that never was and one that was taken away; 429 for one that has had its hour. */
static bool key_judge(struct georeport *door, const char *key, struct ticket_key_row *row)
{
    struct db *db = door->platform->db;
    GError *error = NULL;
    bool found = false;
    int64_t used = 0;

    if (strlen(key) == KEY_BYTES && !db_ticket_key_find(db, key, row, &found, &error)) {
        georeport_trouble(door, error);
        return false;
    }
    if (!found || row->revoked_ms != 0) {
        georeport_refuse(door, 403, *key == '\0' ? "Missing api_key" : "Invalid api_key");
        return false;
    }
    if (!db_ticket_key_used(db, row->id, door->now_ms - HOUR_MS, &used, &error)) {
        georeport_trouble(door, error);
        return false;
    }
    if (used >= row->hourly)
        georeport_refuse(door, 429, "This api_key has filed as many requests as it may in an hour");
    return used < row->hourly;
}

/* ---- The form ---- */

static bool fits(const char *text, glong chars_max)
{
    return g_utf8_strlen(text, -1) <= chars_max;
}

static bool url_fits(const char *url)
{
    return *url == '\0' || ((g_str_has_prefix(url, "https://") || g_str_has_prefix(url, "http://")) && fits(url, MEDIA_CHARS) &&
                            strpbrk(url, " <>\"\r\n\t") == NULL);
}

/* What tells who it was; empty: anonymous. */
static json_t *contact_read(const struct form *form, const char **why)
{
    static const char *const names[] = {"email", "device_id", "account_id", "first_name", "last_name", "phone", "media_url"};
    json_t *out = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *text = form_text(form, names[i]);
        bool url = strcmp(names[i], "media_url") == 0;
        if (url ? !url_fits(text) : !fits(text, FIELD_CHARS))
            *why = url ? "media_url is an address of http or https" : "a field about the reporter is too long";
        if (*text != '\0')
            json_object_set_new(out, names[i], json_string(text));
    }
    return out;
}

static bool tells_who(json_t *contact)
{
    static const char *const names[] = {"email", "account_id", "first_name", "last_name", "phone"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (json_object_get(contact, names[i]) != NULL)
            return true;
    return false;
}

/* attribute[code] and attribute[code][] → {code: [text, …]} */
static json_t *attributes_read(const struct form *form)
{
    static const char prefix[] = "attribute[";
    json_t *out = json_object();

    for (size_t i = 0; i < form->count; i++) {
        const char *name = form->fields[i].name, *code = name + sizeof prefix - 1, *end = NULL;
        if (!g_str_has_prefix(name, prefix) || (end = strchr(code, ']')) == NULL || end == code ||
            (strcmp(end, "]") != 0 && strcmp(end, "][]") != 0) || *form->fields[i].value == '\0')
            continue;
        g_autofree char *key = g_strndup(code, (gsize)(end - code));
        json_t *values = json_object_get(out, key);
        if (values == NULL)
            json_object_set_new(out, key, values = json_array());
        json_array_append_new(values, json_string(form->fields[i].value));
    }
    return out;
}

/* One full location: lat and long, address_string or address_id. */
static const char *location_read(const struct form *form, struct ticket_filing *out)
{
    const char *lat = form_text(form, "lat"), *lon = form_text(form, "long");

    out->address_id = form_text(form, "address_id");
    out->address = form_text(form, "address_string");
    out->has_place = *lat != '\0' && *lon != '\0';
    if ((*lat != '\0') != (*lon != '\0'))
        return "lat and long go together";
    if (out->has_place && (!form_degrees(lat, 90, &out->lat_e6) || !form_degrees(lon, 180, &out->lon_e6)))
        return "lat and long are degrees of WGS 84";
    if (strlen(out->address_id) > 64 || !fits(out->address, ADDRESS_CHARS))
        return "address_id or address_string is too long";
    return !out->has_place && *out->address_id == '\0' && *out->address == '\0'
               ? "A full location is needed: lat and long, address_string, or address_id"
               : NULL;
}

static const char *form_read(const struct form *form, struct ticket_filing *out)
{
    const char *why = NULL, *where = location_read(form, out);

    out->service = form_text(form, "service_code");
    out->description = form_text(form, "description");
    out->contact = contact_read(form, &why);
    out->attributes = attributes_read(form);
    out->anonymous = !tells_who(out->contact);
    if (*out->service == '\0')
        return "service_code was not provided";
    if (strlen(out->service) > 16)
        return "service_code is too long";
    if (!fits(out->description, TICKET_TEXT_MAX))
        return "description has at most 4000 characters";
    return where != NULL ? where : why;
}

/* ---- Keeping it ---- */

static void refused_reply(struct georeport *door, const char *refused)
{
    static const struct {
        const char *code;
        unsigned status;
        const char *text;
    } texts[] = {
        {"SERVICE", 404, "service_code provided was not found"},
        {"EMERGENCY", 400, "In danger call 119, 120 or 110 now: this is not taken as a request"},
        {"LOCATION", 400, "address_id is not one of ours"},
        {"ATTRIBUTES", 400, "An attribute is missing, or is not one of this service: see services/{service_code}"},
        {"ANONYMOUS", 400, "This service needs a name, phone, email or account_id to answer to"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strcmp(texts[i].code, refused) == 0)
            georeport_refuse(door, texts[i].status, texts[i].text);
}

static void kept_reply(struct georeport *door, const struct ticket_row *row)
{
    g_autofree char *no = g_strdup_printf("%" G_GINT64_FORMAT, row->no);
    g_autofree char *notice = g_strdup_printf("Answer by %04u-%02u-%02u. In danger call 119, 120 or 110.", row->clock.due / 10000,
                                              row->clock.due / 100 % 100, row->clock.due % 100);

    georeport_reply(door->out, door->format, 201, "service_requests", "request",
                    json_pack("[{s:s, s:s, s:n}]", "service_request_id", no, "service_notice", notice, "account_id"));
}

/* The answer goes out after the commit. */
static void keep(struct georeport *door, struct ticket_filing *filing, const char *key)
{
    struct db *db = door->platform->db;
    struct ticket_key_row row;
    struct ticket_row kept;
    const char *refused = NULL;
    GError *error = NULL;

    if (!db_begin(db, true, &error)) {
        georeport_trouble(door, error);
        return;
    }
    if (!key_judge(door, key, &row)) {
        db_rollback(db);
        return;
    }
    filing->api_key = row.id;
    if (!tickets_file(db, filing, door->now_ms, &kept, &refused, &error)) {
        db_rollback(db);
        georeport_trouble(door, error);
    } else if (refused != NULL) {
        db_rollback(db);
        refused_reply(door, refused);
    } else {
        if (db_commit(db, &error))
            kept_reply(door, &kept);
        else
            georeport_trouble(door, error);
        ticket_row_clear(&kept);
    }
}

void georeport_file(struct georeport *door)
{
    char token[37];
    struct ticket_filing filing = {.token = token, .kiosk = "", .reporter = "", .filed_ms = door->now_ms};
    const char *why = NULL;
    struct form *form = form_parse(door->request->body, door->request->body_len, &why);

    if (form == NULL) {
        georeport_refuse(door, 400, why);
        return;
    }
    uuid7(door->now_ms, token);
    if (georeport_jurisdiction(door, form)) {
        const char *key = form_text(form, "api_key");
        why = *key == '\0' ? NULL : form_read(form, &filing);
        if (*key == '\0')
            georeport_refuse(door, 403, "Missing api_key");
        else if (why != NULL)
            georeport_refuse(door, 400, why);
        else
            keep(door, &filing, key);
    }
    json_decref(filing.contact);
    json_decref(filing.attributes);
    form_free(form);
}
