/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks tell of tickets. The event's id is the ticket's token, so that a kiosk without a line can hand out a number that
 * is found later, and the same event twice is one ticket.
 */
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include "sync/wire.h"
#include <string.h>

#define ADDRESS_BYTES_MAX 600
#define PHONE_BYTES_MAX   32
#define NAME_BYTES_MAX    96
#define ATTRIBUTES_MAX    16
#define VALUES_MAX        16

bool tickets_type(const char *type)
{
    return strcmp(type, "ticket.filed") == 0 || strcmp(type, "ticket.interest") == 0 || strcmp(type, "ticket.step") == 0;
}

static bool text_member(json_t *data, const char *name, size_t bytes_max, const char **out)
{
    *out = "";
    return json_object_get(data, name) == NULL || wire_get_string(data, name, bytes_max, out);
}

/* {code: [text, …]}, within bounds; what it says is judged by the service. */
static bool attributes_shape(json_t *attributes)
{
    const char *code;
    json_t *values, *one;
    size_t i;

    if (attributes == NULL)
        return true;
    if (!json_is_object(attributes) || json_object_size(attributes) > ATTRIBUTES_MAX)
        return false;
    json_object_foreach(attributes, code, values)
    {
        if (!json_is_array(values) || json_array_size(values) > VALUES_MAX)
            return false;
        json_array_foreach(values, i, one)
        {
            if (!json_is_string(one))
                return false;
        }
    }
    return true;
}

static bool token_shape(const char *token)
{
    return *token == '\0' || (strlen(token) == 32 && strspn(token, "0123456789abcdef") == 32);
}

static bool members_known(json_t *data)
{
    static const char *const known[] = {"service", "anonymous", "description", "card_token", "address_id", "address", "lat_e6",
                                        "lon_e6",  "name",      "phone",       "attributes", NULL};
    const char *name;
    json_t *value;

    json_object_foreach(data, name, value)
    {
        if (!g_strv_contains(known, name))
            return false;
    }
    return true;
}

static bool place_read(json_t *data, struct ticket_filing *out)
{
    out->has_place = json_object_get(data, "lat_e6") != NULL || json_object_get(data, "lon_e6") != NULL;
    return !out->has_place || (wire_get_int(data, "lat_e6", -90000000, 90000000, &out->lat_e6) &&
                               wire_get_int(data, "lon_e6", -180000000, 180000000, &out->lon_e6));
}

static bool filing_read(json_t *data, struct ticket_filing *out)
{
    const char *name, *phone;

    out->attributes = json_object_get(data, "attributes");
    if (!members_known(data) || !wire_get_string(data, "service", 16, &out->service) ||
        !wire_get_bool(data, "anonymous", &out->anonymous) || !text_member(data, "description", 4 * TICKET_TEXT_MAX, &out->description) ||
        g_utf8_strlen(out->description, -1) > TICKET_TEXT_MAX || !text_member(data, "card_token", 32, &out->reporter) ||
        !token_shape(out->reporter) || !text_member(data, "address_id", 64, &out->address_id) ||
        !text_member(data, "address", ADDRESS_BYTES_MAX, &out->address) || !text_member(data, "name", NAME_BYTES_MAX, &name) ||
        !text_member(data, "phone", PHONE_BYTES_MAX, &phone) || !attributes_shape(out->attributes) || !place_read(data, out))
        return false;
    out->contact = json_object();
    if (*name != '\0')
        json_object_set_new(out->contact, "name", json_string(name));
    if (*phone != '\0')
        json_object_set_new(out->contact, "phone", json_string(phone));
    return true;
}

static bool filed(struct platform *platform, const struct ticket_event *event, json_t *data, int64_t now_ms, const char **code,
                  GError **error)
{
    struct ticket_filing filing = {.token = event->id, .kiosk = event->kiosk, .api_key = "", .filed_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms)};
    struct ticket_row row;
    bool taken = false;

    if (!filing_read(data, &filing)) {
        *code = "DATA";
        return true;
    }
    /* The id of another ticket, or of a step of one: both have a row there. */
    bool ok = db_ticket_event_taken(platform->db, event->id, &taken, error);
    if (ok && taken)
        *code = ID_REUSED;
    else
        ok = ok && tickets_file(platform->db, &filing, now_ms, &row, code, error);
    json_decref(filing.contact);
    if (ok && *code == NULL)
        ticket_row_clear(&row);
    return ok;
}

static bool interest(struct platform *platform, const struct ticket_event *event, json_t *data, int64_t now_ms, const char **code,
                     GError **error)
{
    const char *ticket, *who;

    if (!wire_get_string(data, "ticket", 36, &ticket) || !text_member(data, "card_token", 32, &who) || !token_shape(who) ||
        json_object_size(data) != (*who != '\0' ? 2u : 1u)) {
        *code = "DATA";
        return true;
    }
    return tickets_interest(platform->db, ticket, *who != '\0' ? who : event->id, now_ms, code, error);
}

/* What a resident may say of their own: confirm, deny, withdraw. */
static bool step_read(json_t *data, struct ticket_order *out)
{
    const char *step;

    return wire_get_string(data, "ticket", 36, &out->ticket) && wire_get_string(data, "card_token", 32, &out->card) &&
           *out->card != '\0' && token_shape(out->card) && wire_get_string(data, "step", 16, &step) &&
           ticket_step_parse(step, &out->step) && text_member(data, "description", TICKET_SAID_BYTES, &out->reason) &&
           json_object_size(data) == (json_object_get(data, "description") != NULL ? 4u : 3u);
}

static bool stepped(struct platform *platform, const struct ticket_event *event, json_t *data, int64_t now_ms, const char **code,
                    GError **error)
{
    struct ticket_order order = {.id = event->id, .resident = true};

    if (step_read(data, &order))
        return tickets_step_by_card(platform->db, &order, now_ms, code, error);
    *code = "DATA";
    return true;
}

bool tickets_apply(struct platform *platform, const struct ticket_event *event, json_t *data, int64_t now_ms, const char **code,
                   GError **error)
{
    *code = NULL;
    if (strcmp(event->type, "ticket.filed") == 0)
        return filed(platform, event, data, now_ms, code, error);
    return strcmp(event->type, "ticket.step") == 0 ? stepped(platform, event, data, now_ms, code, error)
                                                   : interest(platform, event, data, now_ms, code, error);
}
