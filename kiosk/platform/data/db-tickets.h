/* SPDX-License-Identifier: Apache-2.0 */
/** Tickets and what belongs to them in the database. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_TICKETS_H
#define PLATFORM_DB_TICKETS_H

#include <jansson.h>
#include "model/ticket.h"
#include "platform/data/db.h"

/** One ticket. Pointers are g_free'd by ticket_row_clear(); texts that are not there are "". */
struct ticket_row {
    char token[37]; /* the id of the event that filed it */
    int64_t no;     /* what people are told: YYYYMMDD and six digits */
    char service[17];
    struct ticket_clock clock;
    bool anonymous, public;
    char kiosk[32], api_key[17], reporter[33]; /* the card's token */
    char address_id[65], unit[65];
    bool told;      /* kiosks have it, for whose card it is */
    bool has_place; /* WGS 84, millionths of a degree */
    int64_t lat_e6, lon_e6;
    uint32_t planned;
    int64_t interest, same_as, filed_ms, received_ms, updated_ms;
    char *description, *contact, *attributes, *address; /* sealed at rest; contact and attributes are JSON */
    char *public_text, *status_notes;
    char *place_name; /* of address_id, by the list of places; of what was read only */
};
void ticket_row_clear(struct ticket_row *row);

/** *no: the next number of that day. */
bool db_ticket_next_no(struct db *db, uint32_t date, int64_t *no, GError **error);
bool db_ticket_add(struct db *db, const struct ticket_row *row, GError **error);
/** By its token, its number as digits, or its kiosk's own number (ticket_local()). */
bool db_ticket_find(struct db *db, const char *name, struct ticket_row *out, bool *found, GError **error);
/** State, counters, due date, unit, texts. */
bool db_ticket_put(struct db *db, const struct ticket_row *row, GError **error);

struct ticket_event_row {
    const char *ticket, *id, *step, *actor, *staff[2], *from, *to, *public_note, *private_note;
    int64_t at_ms;
};
/** At the end of the ticket's events. */
bool db_ticket_event_add(struct db *db, const struct ticket_event_row *row, GError **error);
bool db_ticket_event_taken(struct db *db, const char *id, bool *taken, GError **error);
/** With the notes of the staff; new reference. */
json_t *db_ticket_events(struct db *db, const char *token, GError **error);
/** *added false: this one has said so before. */
bool db_ticket_interest_add(struct db *db, const char *token, const char *who, int64_t at_ms, bool *added, GError **error);

struct ticket_search {
    const char *services;        /* ",F01,F02," or "": any */
    bool open, closed, unpublic; /* unpublic: also those that are not public */
    int64_t from_ms, to_ms;      /* filed, both included */
    int64_t limit, offset;
};
/** All at once, newest first: a GPtrArray of struct ticket_row. Description, contact and attributes stay sealed, they are NULL. */
GPtrArray *db_ticket_search(struct db *db, const struct ticket_search *search, GError **error);
/** An empty one, whose rows are cleared and g_free'd with it. */
GPtrArray *db_ticket_rows_new(void);
/** Numbers of tickets, as a GPtrArray of g_free'd text. */
/** Open public ones of this service at this address, or within `reach_e6` of this place; newest first. */
GPtrArray *db_ticket_near(struct db *db, const struct ticket_row *like, int64_t reach_e6, int64_t limit, GError **error);
/** In CALLBACK since before. */
GPtrArray *db_ticket_unanswered(struct db *db, int64_t before_ms, GError **error);

/* ---- db-ticket-lists.c: services, attributes, working days, places, keys ---- */
struct ticket_service {
    const char *code, *name_zh, *name_en, *about, *group, *keywords;
    enum ticket_class class;
};
bool db_ticket_service_set(struct db *db, const struct ticket_service *service, int place, GError **error);
struct ticket_attribute {
    const char *service, *code, *datatype, *about, *choices; /* choices: "key=name;key=name" */
    const char *about_zh, *choices_zh;                       /* the same in Chinese; NULL: none */
    bool required;
};
bool db_ticket_attribute_set(struct db *db, const struct ticket_attribute *attribute, int place, GError **error);
/** Rows as JSON by the names of their columns, new reference. `code` NULL: all. */
json_t *db_ticket_services(struct db *db, const char *code, GError **error);
json_t *db_ticket_attributes(struct db *db, const char *service, GError **error);
bool db_ticket_day_set(struct db *db, uint32_t date, bool work, GError **error);
/** GArray of struct calendar_day. */
GArray *db_ticket_days(struct db *db, GError **error);
bool db_ticket_place_set(struct db *db, const char *id, const char *name, GError **error);
/** g_free; NULL without error: no such place. */
bool db_ticket_place_name(struct db *db, const char *id, char **name, GError **error);
struct ticket_point {
    int64_t lat_e6, lon_e6; /* WGS 84, millionths of a degree */
};
bool db_ticket_place_locate(struct db *db, const char *id, const struct ticket_point *at, GError **error);
/** *found false: it is not known where that is. */
bool db_ticket_place_point(struct db *db, const char *id, struct ticket_point *out, bool *found, GError **error);

/* ---- db-ticket-feed.c: what kiosks are told, new references; NULL without error: nothing, or no more ---- */
json_t *db_category_value(struct db *db, const char *code, GError **error);
json_t *db_place_value(struct db *db, const char *id, GError **error);
/** Working days from this year on: those that are not as the week says. */
json_t *db_calendar_value(struct db *db, int64_t now_ms, GError **error);
#define TICKET_TOLD_MS (30 * INT64_C(86400000)) /* behind its end kiosks are told of a ticket so long */
/** Of whose card it is, with what happened to it. */
json_t *db_ticket_value(struct db *db, const char *token, GError **error);
/** For everybody: an open, public one at an address of the list, by its number. */
json_t *db_case_value(struct db *db, const char *no, GError **error);
/** It has another state or interest: into the feed again. */
bool db_ticket_tell(struct db *db, const struct ticket_row *row, GError **error);
/** Those that ended before are told no more. */
bool db_tickets_untell(struct db *db, int64_t before_ms, GError **error);

struct ticket_key_row {
    char id[17];
    int64_t hourly, made_ms, revoked_ms;
};
bool db_ticket_key_add(struct db *db, const struct ticket_key_row *row, const char *name, const char *key, GError **error);
bool db_ticket_key_find(struct db *db, const char *key, struct ticket_key_row *out, bool *found, GError **error);
bool db_ticket_key_revoke(struct db *db, const char *id, int64_t at_ms, bool *done, GError **error);
/** No digests. New reference. */
json_t *db_ticket_keys(struct db *db, GError **error);
/** Tickets that came by this key since then. */
bool db_ticket_key_used(struct db *db, const char *id, int64_t since_ms, int64_t *count, GError **error);

#endif
