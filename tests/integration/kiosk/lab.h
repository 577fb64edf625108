/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A whole street for a test: virtual cards in a real pcscd (the test runs inside tests/with-readers), a real
 * citycard-platform on the loopback, a kiosk enrolled with it, and the kiosk's events in a queue.
 */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "device/config.h"
#include "service/kiosk.h"

#define LAB_BILLS_MAX 8

struct lab_event {
    struct kiosk_event event; /* pointers inside are not to be followed */
    size_t bill_count;
    char bill_ids[LAB_BILLS_MAX][64];
    int64_t bill_fen[LAB_BILLS_MAX];
    struct kiosk_movement movement; /* the newest of KIOSK_EVENT_STATEMENT */
    struct kiosk_order order;  /* the newest of KIOSK_EVENT_ORDERS */
    int64_t price_fen;         /* of service H04 in KIOSK_EVENT_SERVICES; 0: not offered */
};

struct lab;

/** Start cards (none inserted, PSAM in), platform and kiosk. Aborts the test when something does not start. */
struct lab *lab_new(void);
void lab_free(struct lab *lab);
struct kiosk *lab_kiosk(struct lab *lab);
const char *lab_dir(struct lab *lab);
/** Each event goes there as well, from now on; NULL: no more. */
void lab_listen(struct lab *lab, kiosk_event_fn fn, void *data);
/** Data folder of the present kiosk. */
const char *lab_kiosk_dir(struct lab *lab);

/**
 * The readers belong to another kiosk of the platform from now on: the present one is stopped, this one enrolled (at first)
 * and started.
 */
void lab_kiosk_move(struct lab *lab, const char *kiosk_id);

/** The cards go on as they are, beside the PSAM of this file (NULL: the first one again). The kiosk sees all of them come back. */
void lab_psam(struct lab *lab, const char *file);

/** One command to the virtual cards; the answer without "ok ". Fails the test on "error". g_free. */
char *lab_cards(struct lab *lab, const char *format, ...) G_GNUC_PRINTF(2, 3);
/** Durable state of a card as the card itself has it. New reference. */
json_t *lab_card_state(struct lab *lab, const char *key);
int64_t lab_card_balance(struct lab *lab, const char *key);

/** Run citycard-platform with these arguments (NULL-terminated, after `--data DIR`) and return its output; g_free. */
char *lab_platform_run(struct lab *lab, const char *command, ...) G_GNUC_NULL_TERMINATED;
/** Stop and start the platform's server: the network is gone in between. */
void lab_platform_stop(struct lab *lab);
void lab_platform_start(struct lab *lab);
/** The platform's server takes calls and answers none, or goes on where it was. */
void lab_platform_hang(struct lab *lab, bool hangs);
/** The platform's ledger. New reference. */
json_t *lab_ledger(struct lab *lab);

/** Stop the kiosk (as at a power cut of its program) and start it on the same data. */
void lab_kiosk_stop(struct lab *lab);
/** While it is stopped: the reader and terminal that its PSAM must have. */
void lab_kiosk_bind_sam(struct lab *lab, const char *reader, const char *terminal);
void lab_kiosk_start(struct lab *lab);

/** While it is stopped: both readers are residents', "insert KEY SLOT"; the PSAM is out. */
void lab_two_readers(struct lab *lab);

/** Forget the events so far. */
void lab_events_clear(struct lab *lab);
typedef bool (*lab_match)(const struct lab_event *event, void *data);
/** The first queued or coming event that fits, taken out of the queue with all before it. Fails the test after timeout_ms. */
struct lab_event lab_wait(struct lab *lab, const char *what, lab_match match, void *data, unsigned timeout_ms);
/** True when such an event comes within timeout_ms. */
bool lab_try(struct lab *lab, lab_match match, void *data, unsigned timeout_ms, struct lab_event *out);

/** Common waits. */
struct lab_event lab_wait_card(struct lab *lab);
void lab_wait_online(struct lab *lab);
void lab_wait_synced(struct lab *lab);
/** The end of a payment: any phase but WORKING. */
struct lab_event lab_wait_payment(struct lab *lab);
/** Put a card on the reader and wait until the kiosk has looked at it. */
struct lab_event lab_tap(struct lab *lab, const char *key);
/** Unpaid bills of the card there. */
struct lab_event lab_bills(struct lab *lab);
/** Pay the first bill of the last lab_bills(). */
void lab_pay(struct lab *lab, const struct lab_event *bills, const char *pin);

#endif
