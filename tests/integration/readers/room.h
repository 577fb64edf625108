/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests beside a real pcscd share: the service, its readers, and what they look like through citycard.h. */
#ifndef TEST_ROOM_H
#define TEST_ROOM_H

#include "citycard.h"
#include "slot.h"

#include <glib.h>
#include <signal.h>

#define READER_0 "Virtual PCD 00 00"
#define READER_1 "Virtual PCD 00 01"

#define ATR_CONTACTLESS_LEN 13
#define ATR_T0_LEN          16
extern const uint8_t atr_contactless[ATR_CONTACTLESS_LEN], atr_t0[ATR_T0_LEN];

/** $WITH_READERS_RESTART with these words, the second may be NULL. */
void service(const char *what);
void service_slots(const char *count);
/** Send a signal to the present pcscd: SIGSTOP freezes it (all of it stands when this returns), SIGCONT lets it go on. */
void service_signal(int number);

const struct cc_reader *find_reader(const struct cc_reader_list *list, const char *name);
/** Wait until the reader (or with a name that no reader has, the service) is in that state. Gives the time it took. */
uint64_t await_state(struct cc_monitor *monitor, const char *name, enum cc_reader_state state, unsigned timeout_ms,
                     struct cc_reader *out);
void await_card(const char *name);
/** Both slots empty. */
void await_empty(void);
unsigned open_files(void);
unsigned threads(void);

/** READ BINARY of EF15 with Le 1E. */
int transmit(struct cc_link *link, uint8_t *answer, size_t *len);

/** Tell the driver of the tests what to do, lines of driver/driver.c; NULL: behave. */
void driver_orders(const char *orders);

#endif
