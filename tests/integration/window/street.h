/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The whole way of a resident: the real window with its real touches, the kiosk's machine and store behind it, cards in a real
 * pcscd, a real platform. Runs inside tests/with-readers and tests/ui/run-ui.
 */
#ifndef TESTS_STREET_H
#define TESTS_STREET_H

#include "lab.h"
#include "stage.h"

struct street {
    struct lab *lab;
    struct stage *stage;      /* of the window only: its requests go to the machine */
    unsigned touches, pages;  /* since street_count(): touches, and pages that came */
    const struct page_class *page; /* the last one that was counted */
};

/** In English, upright, with the platform at hand; no card. */
struct street *street_new(void);
void street_free(struct street *street);
/** Count from here. */
void street_count(struct street *street);

/** Put a card on the reader, and wait for the page that greets; take it away, and wait until the screen knows: nobody changes cards faster than pcscd looks. */
void street_card(struct street *street, const char *key);
void street_card_away(struct street *street);
/** The platform goes, or comes back; waits until the screen knows. */
void street_line(struct street *street, bool there);
/** Look on for a moment. */
void street_turn(struct street *street);

/**
 * Touch the button whose name begins so, with the pointer, where it is on the screen; leafs on when it is on a later leaf. Waits until there is
 * one that can be touched, and until the window hears touches again. Fails the test when none comes.
 */
void street_touch(struct street *street, const char *name);
/** The button that would be touched, when it can be; the one that leafs on, when it is on a later leaf. */
GtkWidget *street_find(struct street *street, const char *name);
/** Put the pointer on it, and press nothing. */
void street_point(GtkWidget *widget);
/** Wait for that page. */
void street_await(struct street *street, const struct page_class *page);
/** The same, for the text that is seen on it. */
void street_await_text(struct street *street, const char *text);
/** No card, no person: the idle page, with nothing on it that tells of anybody. */
void street_await_idle(struct street *street);

#endif
