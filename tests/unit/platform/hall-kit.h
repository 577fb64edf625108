/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of numbers in the hall share: a hall of two matters, RETIRE (A) and WELFARE (B), at ten on a working day; calls and steps of K0001. */
#ifndef TEST_HALL_KIT_H
#define TEST_HALL_KIT_H

#include "credit-kit.h"
#include "platform/queue/queues.h"

#define HALL "HALL"
#define HALL_KIT_ADD(path, test) g_test_add(path, struct credit_kit, NULL, hall_up, test, credit_kit_down)

void hall_up(struct credit_kit *f, const void *data);
void hall_matter(struct credit_kit *f, const char *code, char group, bool retired);
void hall_kiosk(struct credit_kit *f, const char *kiosk, int64_t own);
/** So many days behind the first one, at this hour: a working day. */
void hall_hour(struct credit_kit *f, int day, int hours);

/** A call whose status has to be this one: its answer. Steals body; `secret` NULL: no card was tapped. New reference. */
json_t *hall_post(struct credit_kit *f, const char *kiosk, const char *path, const char *secret, json_t *body, const char *key, unsigned wanted);
const char *hall_text(json_t *json, const char *member);
int64_t hall_int(json_t *json, const char *member);
/** The code of this answer, which it takes. */
void hall_refused(json_t *answer, const char *code);
/** Number and state of this answer, which it takes. */
void hall_stands(json_t *answer, const char *number, const char *state);
/** An id; good until eight more were asked for. */
const char *hall_key(void);
/** The secret of a tap of this card, of somebody of the staff when `staff`. Good until it is asked for again. */
const char *hall_tapped(struct credit_kit *f, const char *card, const char *staff);
json_t *hall_take(struct credit_kit *f, const char *secret, const char *matter, const char *key, unsigned wanted);
/** The id of a number of nobody's that has to be this one. g_free. */
char *hall_given(struct credit_kit *f, const char *matter, const char *number);
/** Body of a step at a counter; `ticket` NULL: of none. */
json_t *hall_saying(const char *step, const char *counter, const char *ticket);
/** The step by staff-1. Steals body. New reference. */
json_t *hall_desk(struct credit_kit *f, json_t *body, unsigned wanted);
struct queue_row hall_number(struct credit_kit *f, const char *id);
/** What this kiosk is told last of it; NULL: nothing. New reference. */
json_t *hall_fed(struct credit_kit *f, const char *kiosk, const char *topic, const char *key);

#endif
