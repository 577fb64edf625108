/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickets. What the platform tells is a cache: lists for everybody, and a card's own, sealed. What this kiosk wrote down lies in the
 * journal alone: until it is acknowledged it is read from there and put on top by the model, and what the platform refused of it, too.
 */
#include "store/tickets.h"
#include "store/internal.h"
#include "store/item.h"
#include "model/model.h"

#include <openssl/crypto.h>
#include <string.h>

#define LISTED_MAX  2500
#define TICKETS_MAX 200

/* ---- Taking in ---------------------------------------------------------------------------------------------------- */

static const char *topic_name(enum item_topic topic)
{
    return topic == ITEM_CATEGORY ? "category" : topic == ITEM_PLACE ? "place" : topic == ITEM_CALENDAR ? "calendar" : "case";
}

bool tickets_put(struct store *store, const struct item *item, const char *value, GError **error)
{
    if (item->topic != ITEM_TICKET)
        return sql_run(&store->sql, SQL_FEED_LISTED_PUT,
                       "INSERT INTO listed(topic,id,place,about,version,value) VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(topic,id) DO UPDATE"
                       " SET place=excluded.place, about=excluded.about, version=excluded.version, value=excluded.value"
                       " WHERE excluded.version>=listed.version",
                       error, "ssisis", topic_name(item->topic), item->key, item->place, item->about, item->version, value);
    g_autofree char *sealed = cache_close(store, "ticket", item->key, value);
    store->persons_changed = true;
    return sql_run(&store->sql, SQL_FEED_TICKET_PUT,
                   "INSERT INTO ticket(id,card_token,version,value) SELECT ?1,?2,?3,?4" NOT_WIPED("?2", "?3")
                   " ON CONFLICT(id) DO UPDATE SET card_token=excluded.card_token, version=excluded.version,"
                   " value=excluded.value WHERE excluded.version>=ticket.version",
                   error, "ssis", item->key, item->card_token, item->version, sealed);
}

bool tickets_delete(struct store *store, const struct item *item, GError **error)
{
    if (item->topic == ITEM_TICKET)
        return sql_run(&store->sql, SQL_FEED_TICKET_DELETE, "DELETE FROM ticket WHERE id=?1 AND version<=?2", error, "si", item->key,
                       item->version);
    return sql_run(&store->sql, SQL_FEED_LISTED_DELETE, "DELETE FROM listed WHERE topic=?1 AND id=?2 AND version<=?3", error, "ssi",
                   topic_name(item->topic), item->key, item->version);
}

/* ---- Lists of everybody -------------------------------------------------------------------------------------------- */

static GPtrArray *listed(struct store *store, const char *topic, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *out = cache_values(store,
                                  sql_query(&store->sql, SQL_LISTED, "SELECT value FROM listed WHERE topic=?1 ORDER BY place, id LIMIT ?2",
                                            error, "si", topic, (int64_t)LISTED_MAX),
                                  error);
    g_mutex_unlock(&store->lock);
    return out;
}

GPtrArray *store_categories(struct store *store, GError **error)
{
    return listed(store, "category", error);
}

GPtrArray *store_ticket_places(struct store *store, GError **error)
{
    return listed(store, "place", error);
}

/* With the lock. New reference; NULL without error: not there. */
static json_t *one_of(struct store *store, const char *topic, const char *id, GError **error)
{
    g_autoptr(GPtrArray) found = cache_values(
        store, sql_query(&store->sql, SQL_LISTED_ONE, "SELECT value FROM listed WHERE topic=?1 AND id=?2", error, "ss", topic, id), error);

    return found != NULL && found->len > 0 ? json_incref(g_ptr_array_index(found, 0)) : NULL;
}

static json_t *listed_one(struct store *store, const char *topic, const char *id, GError **error)
{
    g_mutex_lock(&store->lock);
    json_t *out = one_of(store, topic, id, error);
    g_mutex_unlock(&store->lock);
    return out;
}

json_t *store_category(struct store *store, const char *code, GError **error)
{
    return listed_one(store, "category", code, error);
}

json_t *store_ticket_place(struct store *store, const char *id, GError **error)
{
    return listed_one(store, "place", id, error);
}

GArray *store_workdays(struct store *store, GError **error)
{
    GError *failure = NULL;
    json_t *calendar = listed_one(store, "calendar", "workdays", &failure), *one;
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct calendar_day));
    size_t i;

    if (failure != NULL) {
        g_propagate_error(error, failure);
        g_array_unref(out);
        return NULL;
    }
    json_array_foreach(json_object_get(calendar, "days"), i, one)
    {
        const struct calendar_day day = {(uint32_t)json_integer_value(json_object_get(one, "date")),
                                         json_is_true(json_object_get(one, "work"))};
        g_array_append_val(out, day);
    }
    json_decref(calendar);
    return out;
}

GPtrArray *store_cases(struct store *store, const char *service, const char *place, GError **error)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);

    g_mutex_lock(&store->lock);
    g_autoptr(GPtrArray) all =
        cache_values(store,
                     sql_query(&store->sql, SQL_CASES,
                               "SELECT value FROM listed WHERE topic='case' AND about=?1 ORDER BY id DESC LIMIT ?2", error, "si", service,
                               (int64_t)LISTED_MAX),
                     error);
    g_mutex_unlock(&store->lock);
    if (all == NULL)
        g_clear_pointer(&out, g_ptr_array_unref);
    for (guint i = 0; all != NULL && i < all->len; i++)
        if (g_strcmp0(json_string_value(json_object_get(g_ptr_array_index(all, i), "place")), place) == 0)
            g_ptr_array_add(out, json_incref(g_ptr_array_index(all, i)));
    return out;
}

/* ---- What the platform told of a card's ----------------------------------------------------------------------------- */

static void text_take(json_t *value, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(value, name));

    g_strlcpy(out, text != NULL ? text : "", size);
}

static int64_t number_in(json_t *value, const char *name)
{
    return json_integer_value(json_object_get(value, name));
}

static void steps_read(json_t *steps, struct store_ticket *out)
{
    json_t *one;
    size_t i;

    json_array_foreach(steps, i, one)
    {
        if (out->step_count >= STORE_TICKET_STEPS ||
            !ticket_state_parse(json_string_value(json_object_get(one, "state")), &out->steps[out->step_count].state))
            continue;
        out->steps[out->step_count].at_ms = number_in(one, "at_ms");
        text_take(one, "note", out->steps[out->step_count].note, sizeof out->steps[0].note);
        out->step_count++;
    }
}

static bool told_read(json_t *value, struct store_ticket *out)
{
    memset(out, 0, sizeof *out);
    if (!ticket_state_parse(json_string_value(json_object_get(value, "state")), &out->clock.state))
        return false;
    text_take(value, "id", out->id, sizeof out->id);
    text_take(value, "service", out->service, sizeof out->service);
    text_take(value, "place", out->place, sizeof out->place);
    text_take(value, "reply", out->reply, sizeof out->reply);
    out->no = number_in(value, "no");
    out->clock.state_ms = number_in(value, "state_ms");
    out->clock.due = (uint32_t)number_in(value, "due");
    out->clock.reopened = (unsigned)number_in(value, "reopened");
    out->clock.provisional = json_is_true(json_object_get(value, "provisional"));
    out->planned = (uint32_t)number_in(value, "planned");
    out->filed_ms = number_in(value, "filed_ms");
    out->interest = number_in(value, "interest");
    steps_read(json_object_get(value, "steps"), out);
    return out->id[0] != '\0' && out->service[0] != '\0';
}

static bool told_add(struct store *store, sqlite3_stmt *row, GArray *tickets, GError **error)
{
    struct store_ticket ticket;
    g_autofree char *text = cache_open(store, "ticket", sql_text(row, 0), sql_text(row, 1), error);
    json_t *value = text != NULL ? cache_json(text, error) : NULL;
    bool good = value != NULL && (told_read(value, &ticket) || store_state_error(error, "a cached ticket is damaged"));

    if (good)
        g_array_append_val(tickets, ticket);
    json_decref(value);
    return good;
}

static bool told_load(struct store *store, const char *token, GArray *tickets, GError **error)
{
    sqlite3_stmt *query = sql_query(&store->sql, SQL_TICKETS, "SELECT id,value FROM ticket WHERE card_token=?1 ORDER BY id DESC LIMIT ?2",
                                    error, "si", token, (int64_t)TICKETS_MAX);
    int more = query == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, query, error)) == 1)
        if (!told_add(store, query, tickets, error)) {
            sql_done(query);
            more = -1;
        }
    return more == 0;
}

/* ---- What was done here since ------------------------------------------------------------------------------------------ */

struct waiting_tickets {
    struct store *store;
    const char *token;
    GArray *tickets;
};

static struct store_ticket *find(GArray *tickets, const char *id)
{
    for (guint i = 0; id != NULL && i < tickets->len; i++) {
        struct store_ticket *ticket = &g_array_index(tickets, struct store_ticket, i);
        if (strcmp(ticket->id, id) == 0)
            return ticket;
    }
    return NULL;
}

static void insert(GArray *tickets, const struct store_ticket *ticket)
{
    guint at = 0;

    while (at < tickets->len && g_array_index(tickets, struct store_ticket, at).filed_ms > ticket->filed_ms)
        at++;
    g_array_insert_vals(tickets, at, ticket, 1);
}

/* The name of the list's place, or what was said instead. */
static bool place_take(struct store *store, json_t *data, struct store_ticket *out, GError **error)
{
    GError *failure = NULL;
    const char *id = json_string_value(json_object_get(data, "address_id"));
    json_t *place = id != NULL ? one_of(store, "place", id, &failure) : NULL;

    text_take(place != NULL ? place : data, place != NULL ? "name" : "address", out->place, sizeof out->place);
    json_decref(place);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static bool filed_add(struct waiting_tickets *w, const struct waiting_row *row, GError **error)
{
    struct store_ticket ticket = {.pending = row->refused == NULL, .refused = row->refused != NULL, .filed_ms = row->at_ms};

    if (g_strcmp0(json_string_value(json_object_get(row->data, "card_token")), w->token) != 0 || find(w->tickets, row->id) != NULL)
        return true;
    g_strlcpy(ticket.id, row->id, sizeof ticket.id);
    g_strlcpy(ticket.reason, row->refused != NULL ? row->refused : "", sizeof ticket.reason);
    text_take(row->data, "service", ticket.service, sizeof ticket.service);
    ticket.clock = (struct ticket_clock){.state = ticket.refused ? TICKET_NOT_ACCEPTED : TICKET_NEW, .state_ms = row->at_ms};
    bool good = place_take(w->store, row->data, &ticket, error);
    if (good)
        insert(w->tickets, &ticket);
    return good;
}

/* Where a ticket stands already where the step would have taken it, it is no news that the step was refused. */
static bool come_about(enum ticket_state state, enum ticket_step step)
{
    return step == TICKET_DENY ? state == TICKET_REOPENED || state == TICKET_IN_PROGRESS : ticket_closed(state);
}

/* What the model does not allow any more, the platform will not either: it is shown as it was told. One that waits here is not known there. */
static void step_add(struct waiting_tickets *w, const struct waiting_row *row)
{
    struct store_ticket *ticket = find(w->tickets, json_string_value(json_object_get(row->data, "ticket")));
    struct ticket_move move = {.actor = TICKET_BY_RESIDENT, .brings = TICKET_NEEDS_REASON, .at_ms = row->at_ms};

    if (ticket == NULL || !ticket_step_parse(json_string_value(json_object_get(row->data, "step")), &move.step))
        return;
    if (row->refused != NULL) {
        if (!ticket->refused && !come_about(ticket->clock.state, move.step))
            g_strlcpy(ticket->reason, row->refused, sizeof ticket->reason);
        return;
    }
    if (ticket_move(&ticket->clock, &move, NULL) != TICKET_OK)
        return;
    ticket->pending = true;
    ticket->reason[0] = '\0';
}

static bool waiting_add(void *data, const struct waiting_row *row, GError **error)
{
    if (strcmp(row->type, "ticket.filed") == 0)
        return filed_add(data, row, error);
    step_add(data, row);
    return true;
}

GArray *store_tickets(struct store *store, const char *card_token, bool *known, GError **error)
{
    GArray *tickets = g_array_new(FALSE, FALSE, sizeof(struct store_ticket));
    struct waiting_tickets w = {store, card_token, tickets};

    g_mutex_lock(&store->lock);
    *known = snapshots_known(store, card_token);
    bool done = (!*known || told_load(store, card_token, tickets, error)) &&
                waiting_each(store, ",ticket.filed,ticket.step,", waiting_add, &w, error);
    g_mutex_unlock(&store->lock);
    if (!done)
        g_clear_pointer(&tickets, g_array_unref);
    return tickets;
}

struct interest {
    const char *token, *no;
    bool waits;
};

static bool interest_look(void *data, const struct waiting_row *row, GError **error)
{
    struct interest *interest = data;

    interest->waits = interest->waits ||
                      (row->refused == NULL && g_strcmp0(json_string_value(json_object_get(row->data, "card_token")), interest->token) == 0 &&
                       g_strcmp0(json_string_value(json_object_get(row->data, "ticket")), interest->no) == 0);
    return true;
}

bool store_interest_waits(struct store *store, const char *card_token, const char *no, bool *waits, GError **error)
{
    struct interest interest = {card_token, no, false};

    g_mutex_lock(&store->lock);
    bool done = waiting_each(store, ",ticket.interest,", interest_look, &interest, error);
    g_mutex_unlock(&store->lock);
    *waits = interest.waits;
    return done;
}
