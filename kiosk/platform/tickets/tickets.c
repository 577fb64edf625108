/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/staff.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define REACH_E6    1000 /* about a hundred metres */
#define SIMILAR_MAX 20
#define DOOR_SCOPE  "-" /* what came by the public door is of no kiosk: only staff of everywhere */

static struct calendar calendar_of(const GArray *days)
{
    return (struct calendar){(const struct calendar_day *)(const void *)days->data, days->len};
}

/* ---- Filing ---- */

static json_t *find_attribute(json_t *known, const char *code)
{
    json_t *one;
    size_t i;

    json_array_foreach(known, i, one)
    {
        if (g_strcmp0(json_string_value(json_object_get(one, "code")), code) == 0)
            return one;
    }
    return NULL;
}

static bool choice_has(const char *choices, const char *value)
{
    g_auto(GStrv) list = g_strsplit(choices, ";", -1);

    for (char **one = list; *one != NULL; one++) {
        size_t key = strcspn(*one, "=");
        if (strlen(value) == key && strncmp(*one, value, key) == 0)
            return true;
    }
    return false;
}

static bool value_fits(json_t *attribute, const char *value)
{
    const char *type = json_string_value(json_object_get(attribute, "datatype"));
    g_autoptr(GDateTime) time = NULL;
    char *end;

    if (*value == '\0' || g_utf8_strlen(value, -1) > TICKET_TEXT_MAX)
        return false;
    if (g_str_has_suffix(type, "list"))
        return choice_has(json_string_value(json_object_get(attribute, "choices")), value);
    if (strcmp(type, "number") == 0)
        return g_ascii_strtod(value, &end), *end == '\0' && strspn(value, "0123456789.-") == strlen(value);
    if (strcmp(type, "datetime") != 0)
        return true;
    time = g_date_time_new_from_iso8601(value, NULL);
    return time != NULL;
}

static bool values_fit(json_t *attribute, json_t *values)
{
    bool many = g_strcmp0(json_string_value(json_object_get(attribute, "datatype")), "multivaluelist") == 0;
    json_t *one;
    size_t i;

    if (json_array_size(values) < 1 || (!many && json_array_size(values) > 1))
        return false;
    json_array_foreach(values, i, one)
    {
        if (!json_is_string(one) || !value_fits(attribute, json_string_value(one)))
            return false;
    }
    return true;
}

static bool attributes_fit(json_t *known, json_t *given)
{
    json_t *one, *values;
    const char *code;
    size_t i;

    json_object_foreach(given, code, values)
    {
        json_t *attribute = find_attribute(known, code);
        if (attribute == NULL || !values_fit(attribute, values))
            return false;
    }
    json_array_foreach(known, i, one)
    {
        if (json_integer_value(json_object_get(one, "required")) == 1 &&
            json_object_get(given, json_string_value(json_object_get(one, "code"))) == NULL)
            return false;
    }
    return true;
}

static bool location_judge(struct db *db, const struct ticket_filing *filing, const char **refused, GError **error)
{
    g_autofree char *name = NULL;

    if (*filing->address_id != '\0') {
        if (!db_ticket_place_name(db, filing->address_id, &name, error))
            return false;
        if (name == NULL)
            *refused = "LOCATION";
    } else if (*filing->address == '\0' && !filing->has_place) {
        *refused = "LOCATION";
    }
    return true;
}

/* Who names a building of the list need not say where it is. */
static bool locate(struct db *db, struct ticket_row *row, GError **error)
{
    struct ticket_point at;
    bool found;

    if (row->has_place || *row->address_id == '\0')
        return true;
    if (!db_ticket_place_point(db, row->address_id, &at, &found, error))
        return false;
    row->has_place = found;
    row->lat_e6 = found ? at.lat_e6 : 0;
    row->lon_e6 = found ? at.lon_e6 : 0;
    return true;
}

static bool filing_judge(struct db *db, const struct ticket_filing *filing, enum ticket_class *class, const char **refused,
                         GError **error)
{
    const char *number;

    *refused = NULL;
    if (ticket_emergency(filing->service, &number)) {
        *refused = "EMERGENCY";
        return true;
    }
    json_t *services = db_ticket_services(db, filing->service, error), *known = db_ticket_attributes(db, filing->service, error);
    json_t *service = json_array_get(services, 0);
    bool ok = services != NULL && known != NULL;

    if (ok && (*filing->service == '\0' || !ticket_class_parse(json_string_value(json_object_get(service, "class")), class)))
        *refused = "SERVICE";
    else if (ok && filing->anonymous && !ticket_anonymous_allowed(*class))
        *refused = "ANONYMOUS";
    else if (ok && !attributes_fit(known, filing->attributes))
        *refused = "ATTRIBUTES";
    else if (ok)
        ok = location_judge(db, filing, refused, error);
    json_decref(services);
    json_decref(known);
    return ok;
}

/* Who is anonymous leaves nothing here, whatever came along. */
static char *contact_text(const struct ticket_filing *filing)
{
    char *text = filing->anonymous || filing->contact == NULL ? NULL : json_dumps(filing->contact, JSON_COMPACT);
    char *out = g_strdup(text != NULL ? text : "{}");

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    return out;
}

static char *json_text(json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL, *out = g_strdup(text != NULL ? text : "{}");

    free(text);
    return out;
}

static void row_make(const struct ticket_filing *filing, enum ticket_class class, int64_t now_ms, struct ticket_row *out)
{
    g_strlcpy(out->token, filing->token, sizeof out->token);
    g_strlcpy(out->service, filing->service, sizeof out->service);
    g_strlcpy(out->kiosk, filing->kiosk, sizeof out->kiosk);
    g_strlcpy(out->api_key, filing->api_key, sizeof out->api_key);
    g_strlcpy(out->reporter, filing->anonymous ? "" : filing->reporter, sizeof out->reporter);
    g_strlcpy(out->address_id, filing->address_id, sizeof out->address_id);
    out->anonymous = filing->anonymous;
    out->public = ticket_public(class);
    out->has_place = filing->has_place;
    out->lat_e6 = filing->lat_e6;
    out->lon_e6 = filing->lon_e6;
    out->filed_ms = filing->filed_ms;
    out->received_ms = out->updated_ms = now_ms;
    out->description = g_strdup(filing->description);
    out->contact = contact_text(filing);
    out->attributes = json_text(filing->attributes);
    out->address = g_strdup(filing->address);
    out->public_text = g_strdup("");
    out->status_notes = g_strdup("");
}

bool tickets_file(struct db *db, const struct ticket_filing *filing, int64_t now_ms, struct ticket_row *out, const char **refused,
                  GError **error)
{
    enum ticket_class class = TICKET_NORMAL;

    memset(out, 0, sizeof *out);
    if (!filing_judge(db, filing, &class, refused, error))
        return false;
    if (*refused != NULL)
        return true;
    g_autoptr(GArray) days = db_ticket_days(db, error);
    if (days == NULL)
        return false;
    struct calendar calendar = calendar_of(days);
    row_make(filing, class, now_ms, out);
    ticket_file(&out->clock, class, filing->filed_ms, &calendar);
    struct ticket_event_row event = {.ticket = out->token, .id = out->token, .at_ms = filing->filed_ms, .step = "receive",
                                     .actor = "system", .from = "NEW", .to = "TRIAGE", .public_note = "", .private_note = ""};
    if (locate(db, out, error) && db_ticket_next_no(db, date_of_ms(now_ms), &out->no, error) && db_ticket_add(db, out, error) &&
        db_ticket_event_add(db, &event, error) && db_ticket_tell(db, out, error))
        return true;
    ticket_row_clear(out);
    return false;
}

bool tickets_interest(struct db *db, const char *name, const char *who, int64_t now_ms, const char **refused, GError **error)
{
    struct ticket_row row;
    bool found, added = false, ok;

    *refused = NULL;
    if (!db_ticket_find(db, name, &row, &found, error))
        return false;
    if (!found || !row.public) {
        *refused = "UNKNOWN";
        ticket_row_clear(&row);
        return true;
    }
    if (ticket_closed(row.clock.state))
        *refused = "STATE";
    ok = *refused != NULL || db_ticket_interest_add(db, row.token, who, now_ms, &added, error);
    row.interest += added;
    ok = ok && (!added || (db_ticket_put(db, &row, error) && db_ticket_tell(db, &row, error)));
    ticket_row_clear(&row);
    return ok;
}

GPtrArray *tickets_similar(struct db *db, const struct ticket_row *like, GError **error)
{
    return db_ticket_near(db, like, REACH_E6, SIMILAR_MAX, error);
}

/* ---- Steps ---- */

static bool given(const char *text)
{
    return text != NULL && *text != '\0';
}

static unsigned brought(const struct ticket_order *order)
{
    return (given(order->reason) ? TICKET_NEEDS_REASON : 0) | (given(order->unit) ? TICKET_NEEDS_UNIT : 0) |
           (given(order->reply) ? TICKET_NEEDS_REPLY : 0) | (date_valid(order->date) ? TICKET_NEEDS_DATE : 0) |
           (order->days > 0 ? TICKET_NEEDS_DAYS : 0) | (given(order->other) ? TICKET_NEEDS_OTHER : 0);
}

/* The one whose ticket it is has said so with the card: nobody of the staff answers for that. */
static bool by_card(const struct ticket_order *order, const struct ticket_row *row)
{
    return given(order->card) && strcmp(order->card, row->reporter) == 0;
}

/* Asked where the ticket came from: the desk of one kiosk has no say in another one's tickets, and nobody in their own. */
static bool staff_may_step(struct db *db, const struct ticket_order *order, const struct ticket_row *row, int64_t now_ms, GError **error)
{
    size_t count = given(order->staff[1]) ? 2 : 1;
    struct staff_question question = {.names = {order->staff[0], order->staff[1]},
                                      .needed = count,
                                      .act = STAFF_TICKETS,
                                      .kiosk = *row->kiosk != '\0' ? row->kiosk : DOOR_SCOPE,
                                      .about = *row->reporter != '\0' ? row->reporter : NULL,
                                      .at_ms = now_ms,
                                      .now_ms = now_ms};

    return staff_allows(db, &question, error);
}

static bool other_find(struct db *db, const struct ticket_order *order, struct ticket_row *row, GError **error)
{
    struct ticket_row other;
    bool found;

    if (!given(order->other))
        return true;
    if (!db_ticket_find(db, order->other, &other, &found, error))
        return false;
    bool fits = found && other.no != row->no && other.same_as == 0;
    row->same_as = fits ? other.no : 0;
    ticket_row_clear(&other);
    return fits || platform_refuse(error, "--other names another ticket that is no duplicate itself");
}

static void row_note(struct ticket_row *row, const struct ticket_order *order, int64_t now_ms)
{
    row->updated_ms = now_ms;
    if (given(order->unit))
        g_strlcpy(row->unit, order->unit, sizeof row->unit);
    if (order->step == TICKET_PLAN)
        row->planned = order->date;
    if (given(order->reply)) {
        g_free(row->status_notes);
        row->status_notes = g_strdup(order->reply);
    }
    if (order->publish != NULL) {
        g_free(row->public_text);
        row->public_text = g_strdup(order->publish);
    }
}

static bool row_step(struct db *db, const struct ticket_order *order, enum ticket_actor actor, struct ticket_row *row, int64_t now_ms,
                     GError **error)
{
    struct ticket_move move = {.step = order->step, .actor = actor, .brings = brought(order), .days = order->days, .at_ms = now_ms};
    static const char *const actors[] = {"desk", "manager", "resident", "system"};
    const char *from = ticket_state_name(row->clock.state);
    g_autoptr(GArray) days = db_ticket_days(db, error);

    if (days == NULL)
        return false;
    struct calendar calendar = calendar_of(days);
    enum ticket_code code = ticket_move(&row->clock, &move, &calendar);
    if (code != TICKET_OK) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "%s of a ticket in %s: %s", ticket_step_name(order->step), from,
                    ticket_code_name(code));
        return false;
    }
    row_note(row, order, now_ms);
    struct ticket_event_row event = {.ticket = row->token, .id = order->id, .at_ms = now_ms, .step = ticket_step_name(order->step),
                                     .actor = actors[actor], .staff = {order->staff[0], order->staff[1]}, .from = from,
                                     .to = ticket_state_name(row->clock.state), .public_note = given(order->reply) ? order->reply : "",
                                     .private_note = given(order->reason) ? order->reason : ""};
    return other_find(db, order, row, error) && db_ticket_put(db, row, error) && db_ticket_event_add(db, &event, error) &&
           db_ticket_tell(db, row, error);
}

static bool step_in(struct db *db, const struct ticket_order *order, enum ticket_actor actor, int64_t now_ms, enum ticket_state *out,
                    GError **error)
{
    struct ticket_row row;
    bool found, taken = false, ok;

    if (!db_ticket_find(db, order->ticket, &row, &found, error))
        return false;
    if (!found)
        return platform_refuse(error, "no such ticket");
    ok = db_ticket_event_taken(db, order->id, &taken, error);
    if (ok && !taken)
        ok = (actor == TICKET_BY_SYSTEM || by_card(order, &row) || staff_may_step(db, order, &row, now_ms, error)) &&
             row_step(db, order, actor, &row, now_ms, error);
    *out = row.clock.state;
    ticket_row_clear(&row);
    return ok;
}

bool tickets_step_by_staff(struct db *db, const struct ticket_order *order, int64_t now_ms, enum ticket_state *out, GError **error)
{
    enum ticket_actor actor = order->resident ? TICKET_BY_RESIDENT : given(order->staff[1]) ? TICKET_BY_MANAGER : TICKET_BY_DESK;

    if (!given(order->staff[0]))
        return platform_refuse(error, "somebody of the staff answers for each step");
    return step_in(db, order, actor, now_ms, out, error);
}

/* NULL: the model says yes. */
static const char *card_refusal(const struct ticket_order *order, const struct ticket_row *row, int64_t now_ms)
{
    struct ticket_clock clock = row->clock;
    const struct ticket_move move = {.step = order->step, .actor = TICKET_BY_RESIDENT, .brings = brought(order), .at_ms = now_ms};

    if (!by_card(order, row))
        return "UNKNOWN";
    return ticket_move(&clock, &move, NULL) == TICKET_OK ? NULL : "STATE";
}

bool tickets_step_by_card(struct db *db, const struct ticket_order *order, int64_t now_ms, const char **refused, GError **error)
{
    struct ticket_row row;
    enum ticket_state state;
    bool found, taken = false;

    if (!db_ticket_find(db, order->ticket, &row, &found, error))
        return false;
    *refused = found ? card_refusal(order, &row, now_ms) : "UNKNOWN";
    ticket_row_clear(&row);
    if (!db_ticket_event_taken(db, order->id, &taken, error))
        return false;
    if (taken)
        *refused = ID_REUSED;
    return *refused != NULL || step_in(db, order, TICKET_BY_RESIDENT, now_ms, &state, error);
}

bool tickets_expire(struct db *db, const char *ticket, const char *id, int64_t now_ms, GError **error)
{
    const struct ticket_order order = {.ticket = ticket, .id = id, .step = TICKET_EXPIRE};
    enum ticket_state state;

    return step_in(db, &order, TICKET_BY_SYSTEM, now_ms, &state, error);
}

bool tickets_step(struct platform *platform, const struct ticket_order *order, int64_t now_ms, enum ticket_state *out, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (tickets_step_by_staff(platform->db, order, now_ms, out, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* ---- The day's run ---- */

static bool close_all(struct db *db, int64_t now_ms, int *closed, GError **error)
{
    g_autoptr(GPtrArray) due = db_ticket_unanswered(db, now_ms - TICKET_CALLBACK_MS, error);

    if (due == NULL)
        return false;
    for (guint i = 0; i < due->len; i++, (*closed)++) {
        char id[37];

        uuid7(now_ms, id);
        if (!tickets_expire(db, g_ptr_array_index(due, i), id, now_ms, error))
            return false;
    }
    return true;
}

bool tickets_day_run(struct platform *platform, int64_t now_ms, int *closed, GError **error)
{
    *closed = 0;
    if (!db_begin(platform->db, true, error))
        return false;
    if (close_all(platform->db, now_ms, closed, error) && db_tickets_untell(platform->db, now_ms - TICKET_TOLD_MS, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
