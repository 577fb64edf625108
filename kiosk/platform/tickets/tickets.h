/* SPDX-License-Identifier: Apache-2.0 */
/** Tickets of residents: filed, moved by the staff, ended. The rules are those of model/ticket.h. */
#ifndef PLATFORM_TICKETS_H
#define PLATFORM_TICKETS_H

#include "platform/data/db-tickets.h"
#include "platform/platform.h"

/**
 * Why a filing is refused; NULL is none. The verdict codes of events, and what the public door makes its errors of: SERVICE (no such
 * one), EMERGENCY (TK-7: call, do not write), LOCATION (none, or an address that is not in the list), ATTRIBUTES (a required one is
 * missing, or a value that it does not take), ANONYMOUS (TK-5: about a person).
 */
struct ticket_filing {
    const char *token; /* UUID */
    const char *service, *description, *kiosk, *api_key, *reporter, *address_id, *address; /* "" for none */
    json_t *contact;    /* object of texts, borrowed */
    json_t *attributes; /* {code: [text, …]}, borrowed */
    bool anonymous, has_place;
    int64_t lat_e6, lon_e6, filed_ms;
};
/** Inside a transaction. *refused NULL: it is kept, and `out` is to be cleared with ticket_row_clear(). */
bool tickets_file(struct db *db, const struct ticket_filing *filing, int64_t now_ms, struct ticket_row *out, const char **refused,
                  GError **error);

/** "I have this, too". Inside a transaction. *refused: "UNKNOWN", "STATE". */
bool tickets_interest(struct db *db, const char *name, const char *who, int64_t now_ms, const char **refused, GError **error);

/** TK-4: numbers of open ones like this, as text. */
GPtrArray *tickets_similar(struct db *db, const struct ticket_row *like, GError **error);

struct ticket_order {
    const char *ticket;  /* number or token */
    const char *id;      /* of this step: the same one twice is done once */
    enum ticket_step step;
    const char *staff[2];  /* ids of the register; two of them are somebody with authority */
    bool resident;         /* the resident said so, and staff wrote it down */
    const char *card;      /* whose card said so at a kiosk; NULL: nobody's */
    const char *reason, *unit, *reply, *publish, *other; /* NULL: not given */
    uint32_t date;
    unsigned days;
};
/** A transaction of its own. False with PLATFORM_ERROR_STATE: who, what or when it may not. */
bool tickets_step(struct platform *platform, const struct ticket_order *order, int64_t now_ms, enum ticket_state *out, GError **error);

/** The same inside a transaction. */
bool tickets_step_by_staff(struct db *db, const struct ticket_order *order, int64_t now_ms, enum ticket_state *out, GError **error);
/** Inside a transaction: said with the card of whose ticket it is. *refused: "UNKNOWN", "STATE", ID_REUSED; NULL: done. */
bool tickets_step_by_card(struct db *db, const struct ticket_order *order, int64_t now_ms, const char **refused, GError **error);
/** Inside a transaction: nobody answered for seven days. */
bool tickets_expire(struct db *db, const char *ticket, const char *id, int64_t now_ms, GError **error);

/** The day's run: what nobody answered for seven days is closed; what ended thirty days ago is told no more. */
bool tickets_day_run(struct platform *platform, int64_t now_ms, int *closed, GError **error);

/* ---- catalogue.c ---- */
/** Inside a transaction: the services that a community begins with, where it has none. */
bool tickets_catalogue(struct db *db, GError **error);
/** The same in a transaction of its own: a database of before there were tickets gets them when it is used. */
bool tickets_ready(struct platform *platform, GError **error);
/** A list of working days, "YYYYMMDD work|rest" a line; or of places, "ID NAME" a line. Inside a transaction. */
bool tickets_days_read(struct db *db, const char *text, int *count, GError **error);
bool tickets_places_read(struct db *db, const char *text, int *count, GError **error);

/* ---- ticket-events.c ---- */
bool tickets_type(const char *type);
/** An event of a kiosk, inside its transaction. `offset_ms`: platform minus `at`, as far as the kiosk knows. */
struct ticket_event {
    const char *kiosk, *id, *type;
    int64_t at_ms, offset_ms;
};
bool tickets_apply(struct platform *platform, const struct ticket_event *event, json_t *data, int64_t now_ms, const char **code,
                   GError **error);

/* ---- keys.c ---- */
/** A new key, told this once. g_free; a transaction of its own. */
char *ticket_key_new(struct platform *platform, const char *name, int64_t hourly, char id[17], GError **error);

#endif
