/* SPDX-License-Identifier: Apache-2.0 */
/** A kiosk with a real store and no readers, for tests of its rooms: cards are laid where the reader would have found them. */
#ifndef TESTS_ROOMKIT_H
#define TESTS_ROOMKIT_H

#include <jansson.h>
#include "service/internal.h"
#include "sync/transport.h"

struct roomkit {
    char *dir;
    struct kiosk_config *config;
    struct kiosk *kiosk;
    const struct transport *transport; /* NULL: not enrolled */
    kiosk_event_fn fn;
    void *data;
    bool lies; /* a card, at that count of the reader's: */
    uint16_t events;
};

/** In a folder of its own, with a fresh hotlist that names nobody. */
void roomkit_open(struct roomkit *kit, kiosk_event_fn fn, void *data);
/** The same, enrolled, with a line that is this transport's: a question is carried in the thread that asks it, and nothing else is. */
void roomkit_open_enrolled(struct roomkit *kit, const struct transport *transport, kiosk_event_fn fn, void *data);
/** The machine stops at once and starts again on what is on the disk; no card lies there then. As it was opened. */
void roomkit_restart(struct roomkit *kit);
/** What the sync's thread would have said of the line. */
void roomkit_online(struct roomkit *kit, bool online);
/** The store is rebuilt first: what it shows has to follow from its journal. */
void roomkit_close(struct roomkit *kit);
/** The platform tells this; `value` is taken, NULL is a tombstone. */
void roomkit_feed(struct roomkit *kit, const char *topic, const char *key, json_t *value);
/** A card that has been looked at lies there, and the screen has heard of it. */
void roomkit_lay(struct roomkit *kit, const char *token);
void roomkit_lift(struct roomkit *kit);
/** Another one lies there, which nobody has looked at. */
void roomkit_swap(struct roomkit *kit);
/** A payment of this card is begun, and confirmed. */
void roomkit_pay(struct roomkit *kit, const char *card_number, struct payment *payment);
void roomkit_paid(struct roomkit *kit, struct payment *payment);
/** What the machine has said reaches the screen. */
void roomkit_deliver(void);

/** What was written of this type and waits for the platform, and the data of the last one: new reference, NULL none. */
json_t *roomkit_written(struct roomkit *kit, const char *type, unsigned *count);
/** What can be read on this paper; g_free. */
char *roomkit_paper_text(const char *pdf);

#endif
