/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A service, as home and the frame see it: a tile, and what it does when it is touched. A service is one file in services/:
 * its pages, what it asks of its room (kiosk/service), what it keeps of the person; services.c lists them. Shell, home and flow
 * know none of them.
 */
#ifndef UI_SERVICE_H
#define UI_SERVICE_H

#include "ui.h"

enum service_for {
    SERVICE_FOR_RESIDENTS, /* cards of this city */
    SERVICE_FOR_CARDS,     /* any city's */
    SERVICE_FOR_ALL,       /* without a card, too */
};

struct kind_poster;

struct service {
    const char *name; /* for tests and logs */
    const char *icon;
    enum service_for who;
    /** The word on the tile: a verb of at most six characters (zh). NULL: it has no tile, no name and is not entered. */
    const char *(*word)(void);
    /** Its name in the sentence "Choose: …". */
    const char *(*spoken)(void);
    /** A note below the word; g_free'd. May be NULL, and give NULL. */
    char *(*note)(struct ui *ui);
    /** Whether the person needs this now (an unpaid bill, a seat offered): its tile comes first. May be NULL: never. */
    bool (*pressing)(struct ui *ui);
    void (*enter)(struct ui *ui);
    /** The machine is there: what the tile's note needs without a card is asked for here. May be NULL. */
    void (*attach)(struct ui *ui);
    /** A person's card was read: what the tile's note needs is asked for here. May be NULL. */
    void (*begin)(struct ui *ui);
    /** All that the machine says, before the frame follows it. May be NULL. */
    void (*event)(struct ui *ui, const struct kiosk_event *event);
    /**
     * For the idle screen: how many it has to show there, one at a time; `urgent`: these are emergencies, and there is nothing else on
     * it. And the n-th of them, into an empty poster; texts live until the next call. May be NULL.
     */
    size_t (*idle_count)(struct ui *ui, bool *urgent);
    void (*idle_show)(struct ui *ui, size_t n, struct kind_poster *poster);
    /** Behind a payment that went through: the word of a button on its page, NULL not now; and what it does. May be NULL. */
    const char *(*paid)(struct ui *ui);
    void (*paid_enter)(struct ui *ui);
};

extern const struct service service_bills, service_orders, service_wallet, service_me, service_notices, service_activities, service_volunteer,
    service_points, service_tickets, service_rating, service_prints, service_settings, service_questions, service_practice;

/** Those that the kiosk has, in the order of the tiles; NULL after the last one. Pages ask ui->options.services. */
extern const struct service *const services[];

/** Has it a tile for who is there? */
bool service_offered(const struct service *service, const struct ui *ui);
void services_attach(struct ui *ui);
void services_begin(struct ui *ui);
void services_event(struct ui *ui, const struct kiosk_event *event);
/** Which has something for the idle screen, how many, and whether that is an emergency; NULL: none. */
const struct service *services_idle(struct ui *ui, size_t *count, bool *urgent);
/** They are asked for what they have for it. */
void services_idle_ask(struct ui *ui);
/** Which has something to do behind the payment on the screen; NULL: none. */
const struct service *services_paid(struct ui *ui);

#endif
