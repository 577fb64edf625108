/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Money off the card, or onto it, for whatever service: asked for, the PIN when the card wants it, working, and the end, which
 * is the same page for all of them. A service says what it asks for, and where the person looks it over again.
 */
#ifndef UI_CHARGE_H
#define UI_CHARGE_H

#include "ui.h"

struct charge {
    /** Ask the machine; `pin` NULL until it was asked for. False: there is nothing to ask for. */
    bool (*ask)(struct ui *ui, const char *pin);
    bool load;                       /* onto the card: what is told of it before it has a number is of a load */
    const struct page_class *review; /* where the person sees what will be charged */
    void (*anew)(struct ui *ui);     /* choose again: what was chosen holds no more */
};

/** Ask, with the PIN when one has been typed (wiped here), and show that it is under way. */
void charge_ask(struct ui *ui, const struct charge *charge);
/** What the machine says of it. */
void charge_event(struct ui *ui, const struct kiosk_payment_event *payment);
/** The card is gone, the page stays: what it still has to say needs no name and no list. A room of the page's own (rooms_get()) is kept. */
void charge_forget_person(struct ui *ui);

#endif
