/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A stage for the real windows: the screen's own code and GTK, with its requests written down instead of sent, and events
 * played to it as the machine would. Nothing of GTK or of the pages is replaced.
 */
#ifndef TESTS_UI_STAGE_H
#define TESTS_UI_STAGE_H

#include "ui.h"

struct stage {
    struct kiosk_config config;
    struct ui *ui;
    int width, height;
    /* what was asked of the machine */
    unsigned bills, pays, prints, notices, persons, ends;
    unsigned seats, seat_lists; /* seats: other than lists */
    struct kiosk_seat_request seat; /* the last of them */
    unsigned credits; /* other than balances and lists */
    struct kiosk_credit_request credit; /* the last of them */
    unsigned helps;
    enum kiosk_help_ask help; /* the last of them */
    unsigned loads, statements;
    struct kiosk_load_request load; /* the last of them */
    char *paid_ids; /* "a,b" */
    char *paid_pin; /* NULL: none was given */
    char *printed_id, *printed_language, *printed_text; /* the last one's; .printed_text NULL: a receipt */
    enum kiosk_print_kind printed_kind;
    bool printed_large;
    unsigned catalogues, order_lists, orders, rates;
    struct kiosk_order_request order;  /* the last one that was no list */
    struct kiosk_mine_request mine; /* the last one */
    unsigned mines;
    struct kiosk_rating_request rated; /* the last one */
    unsigned certificates; /* lists, too */
    struct kiosk_certificate_request certificate; /* the last of them */
    unsigned volunteers; /* other than looks */
    struct kiosk_volunteer_request volunteer; /* the last of them */
    kiosk_event_fn lesson_fn; /* of the lesson that is on */
    void *lesson_data;
    unsigned lessons, lessons_ended;
    char *counted; /* names that were counted, a blank before each; NULL: none */
    bool no_lessons; /* there is no machine to learn on */
    bool beside;     /* what is played is said by the kiosk's own machine, not by the lesson's */
    unsigned ticket_lists, tickets;
    struct kiosk_ticket_request ticket; /* the last one that was no list and no catalogue */
};

struct stage *stage_new(int width, int height, enum language language, enum text_size size);
/** The same with other services than those of the kiosk; NULL-terminated, borrowed. */
struct stage *stage_new_serving(int width, int height, enum language language, enum text_size size,
                                const struct service *const *serving);
void stage_free(struct stage *stage);

/** Wait until the page has been laid out and drawn. */
void stage_settle(struct stage *stage);
/** Turn the main loop for this long. */
void stage_wait(unsigned ms);
/** Turn it until this page, or a text on it, has come or gone; fails the test when that takes a minute. */
void stage_await_page(struct stage *stage, const struct page_class *page);
void stage_await_text(struct stage *stage, const char *text, bool there);
/** Press the button with this accessible name; fails the test when there is none, or it is insensitive. */
void stage_press(struct stage *stage, const char *name);
GtkWidget *stage_button(struct stage *stage, const char *name);
/** Whether any visible label has this text in it. */
bool stage_shows(struct stage *stage, const char *text);
/** Whether any widget at all, visible or not, has it. */
bool stage_holds(struct stage *stage, const char *text);
void stage_assert_page(struct stage *stage, const struct page_class *page);

/* Events. */
/** By the machine that pages ask. */
void stage_tell(struct stage *stage, const struct kiosk_event *event);
void stage_status(struct stage *stage, void (*change)(struct kiosk_status *));
enum stage_person { PERSON_ADULT, PERSON_ELDER, PERSON_VISITOR, PERSON_NAMELESS, PERSON_STAFF, PERSON_RICH };
void stage_card(struct stage *stage, enum stage_person person);
void stage_bad_card(struct stage *stage, enum kiosk_card_verdict verdict);
void stage_card_removed(struct stage *stage);
void stage_bills(struct stage *stage, size_t count);
void stage_notices(struct stage *stage, size_t count);
/** Up to three that are no emergency; the first with this picture (NULL: none), the last ended long ago when `ended`. */
void stage_notices_calm(struct stage *stage, size_t count, const char *picture, bool ended);
/** The sample's dates, by the hour of 4 November 2026, 09:15: one about to begin, one full, one called off, more. */
void stage_activities(struct stage *stage);
/** The card's seats there: `whole` false: of this machine only. */
void stage_seats(struct stage *stage, bool whole);
/** What the platform made of the wish "seat-1" for the one that is full. */
void stage_seat_told(struct stage *stage, const char *state, const char *reason);
void stage_seat(struct stage *stage, enum kiosk_seat_phase phase, const char *reason);
/** What the card has: signed in since 08:50 or not, once never out; `known` false: nothing was told of it. */
void stage_balance(struct stage *stage, bool known, bool serving);
void stage_rewards(struct stage *stage);
void stage_credit(struct stage *stage, enum kiosk_credit_phase phase, const char *reason);
void stage_payment(struct stage *stage, enum kiosk_payment_phase phase, const char *reason);
void stage_payment_full(struct stage *stage, const struct kiosk_payment_event *payment);
enum stage_page { PERSON_LIVE, PERSON_KEPT, PERSON_AWAY };
void stage_person(struct stage *stage, enum stage_page page);
/** What is offered; in the morning of 4 November 2026. */
void stage_services(struct stage *stage);
/** One order in each of these states, "PLACED …", at home and as far as the state says with somebody who comes. */
void stage_orders(struct stage *stage, const char *states);
/** The same, and what there is to pay with. */
void stage_orders_rich(struct stage *stage, const char *states);
void stage_order_answer(struct stage *stage, enum kiosk_order_phase phase, const char *id, const char *reason);
void stage_rated(struct stage *stage, const char *reason);
void stage_help(struct stage *stage, enum kiosk_help_phase phase, bool red, bool heard);
/** So many movements of the purse, of six kinds; `read` false: the card's own log could not be read. */
void stage_statement(struct stage *stage, size_t count, bool read);
/** A load as it goes on: of 100 yuan. */
void stage_load(struct stage *stage, enum kiosk_payment_phase phase, const char *reason, bool recovered);
void stage_print(struct stage *stage, bool ok, const char *reason);

/** From idle to the read-back page with three bills ticked. */
void stage_to_confirm(struct stage *stage, enum stage_person person);

/** What the window shows; free with cairo_surface_destroy(). */
cairo_surface_t *stage_picture(struct stage *stage);

#endif
