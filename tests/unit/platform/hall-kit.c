/* SPDX-License-Identifier: Apache-2.0 */
#include "hall-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/calls/queue-serve.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/persons/taps.h"
#include "schema.h"
#include <stdlib.h>
#include <string.h>

/* ---- A hall ---- */

void hall_matter(struct credit_kit *f, const char *code, char group, bool retired)
{
    struct matter matter = {.group = group, .name = {"测试事项", "A matter"}, .papers = {{"身份证", "ID card"}}, .paper_count = 1,
                            .places = {HALL}, .place_count = 1, .kiosk = MATTER_KIOSK_PART, .max_per_day = 2};
    g_autoptr(GError) error = NULL;

    g_strlcpy(matter.code, code, sizeof matter.code);
    g_assert_true(db_begin(f->platform->db, true, &error) && queues_matter_put(f->platform->db, &matter, retired, now_ms(), &error) &&
                  db_commit(f->platform->db, &error));
}

void hall_kiosk(struct credit_kit *f, const char *kiosk, int64_t own)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, &error) && queues_kiosk_put(f->platform->db, kiosk, HALL, own, &error) &&
                  db_commit(f->platform->db, &error));
}

/* Tomorrow at this hour, a working day. */
void hall_hour(struct credit_kit *f, int day, int hours)
{
    static uint32_t first;
    int64_t at_ms;

    if (day == 0 && hours == 10)
        first = date_of_ms(g_get_real_time() / 1000 + DAY);
    at_ms = ms_of_date(first) + day * DAY + hours * HOUR;
    credit_kit_shift_ms = at_ms - g_get_real_time() / 1000;
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_ticket_day_set(f->platform->db, date_of_ms(at_ms), true, NULL) &&
                  db_commit(f->platform->db, NULL));
}

static unsigned tap_count;

void hall_up(struct credit_kit *f, const void *data)
{
    struct hall_row hall = {HALL, "办事大厅", "Service hall", "", "", "100-0000-0000", 9 * 60, 17 * 60};
    g_autoptr(GError) error = NULL;

    credit_kit_up(f, data);
    tap_count = 0;
    hall_hour(f, 0, 10);
    g_assert_true(db_begin(f->platform->db, true, &error) && queues_hall_put(f->platform->db, &hall, &error) &&
                  db_commit(f->platform->db, &error));
    hall_kiosk(f, "K0001", 0);
    hall_matter(f, "RETIRE", 'A', false);
    hall_matter(f, "WELFARE", 'B', false);
}

/* ---- As a kiosk asks ---- */

json_t *hall_post(struct credit_kit *f, const char *kiosk, const char *path, const char *secret, json_t *body, const char *key, unsigned wanted)
{
    g_autofree char *header = g_strconcat("Bearer ", secret != NULL ? secret : "", NULL), *quoted = g_strdup_printf("\"%s\"", key);
    char *text = json_dumps(body, JSON_COMPACT);
    struct request given = {.method = "POST", .path = path, .kiosk = kiosk, .certificate = KIT_SERIAL, .idempotency_key = quoted,
                            .authorization = secret != NULL ? header : NULL, .body = text, .body_len = strlen(text)};
    struct reply reply = {0};

    handlers_run(f->platform, &given, &reply);
    schema_check_exchange("POST", path, text, reply.status, reply.body, reply.body_len);
    json_t *answer = json_loadb(reply.body, reply.body_len, 0, NULL);
    if (reply.status != wanted)
        g_error("%s: %u %s", text, reply.status, reply.body);
    reply_clear(&reply);
    free(text);
    json_decref(body);
    return answer;
}

const char *hall_text(json_t *json, const char *member)
{
    return json_string_value(json_object_get(json, member));
}

int64_t hall_int(json_t *json, const char *member)
{
    return json_integer_value(json_object_get(json, member));
}

void hall_refused(json_t *answer, const char *code)
{
    g_assert_cmpstr(hall_text(answer, "code"), ==, code);
    json_decref(answer);
}

const char *hall_key(void)
{
    static char keys[8][37];
    static unsigned at;
    char *key = keys[at++ % 8];

    uuid7(now_ms(), key);
    return key;
}

/* Taps that proved their card, of this test. */
static struct tap {
    char card[33], staff[33];
    int64_t at_ms;
} taps[16];

/* The secret of a tap of this card, of somebody of the staff when `staff`. Good until it is asked for again. */
const char *hall_tapped(struct credit_kit *f, const char *card, const char *staff)
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < tap_count; i++)
        if (strcmp(taps[i].card, card) == 0 && strcmp(taps[i].staff, staff) == 0 && now_ms() < taps[i].at_ms + TAP_SESSION_MS / 2)
            return credit_kit_secret(digits[i]);
    g_assert_cmpuint(tap_count, <, 16);
    g_strlcpy(taps[tap_count].card, card, sizeof taps[0].card);
    g_strlcpy(taps[tap_count].staff, staff, sizeof taps[0].staff);
    taps[tap_count].at_ms = now_ms();
    return credit_kit_session(f, card, staff, digits[tap_count++]);
}

json_t *hall_take(struct credit_kit *f, const char *secret, const char *matter, const char *key, unsigned wanted)
{
    return hall_post(f, "K0001", QUEUE_TICKETS_PATH, secret, json_pack("{s:s}", "matter", matter), key, wanted);
}

/* The id of a number of nobody's that has to be this one. */
char *hall_given(struct credit_kit *f, const char *matter, const char *number)
{
    json_t *answer = hall_take(f, NULL, matter, hall_key(), 200);
    char *id = g_strdup(hall_text(answer, "id"));

    g_assert_cmpstr(hall_text(answer, "number"), ==, number);
    json_decref(answer);
    return id;
}

json_t *hall_saying(const char *step, const char *counter, const char *ticket)
{
    json_t *body = json_pack("{s:s, s:s}", "step", step, "counter", counter);

    if (ticket != NULL)
        json_object_set_new(body, "ticket", json_string(ticket));
    return body;
}

json_t *hall_desk(struct credit_kit *f, json_t *body, unsigned wanted)
{
    return hall_post(f, "K0001", QUEUE_STEPS_PATH, hall_tapped(f, STAFF, "staff-1"), body, hall_key(), wanted);
}

void hall_stands(json_t *answer, const char *number, const char *state)
{
    g_assert_cmpstr(hall_text(answer, "number"), ==, number);
    g_assert_cmpstr(hall_text(answer, "state"), ==, state);
    json_decref(answer);
}

struct queue_row hall_number(struct credit_kit *f, const char *id)
{
    struct queue_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL) && db_queue_find(f->platform->db, id, &row, &found, NULL) && found);
    db_rollback(f->platform->db);
    return row;
}

json_t *hall_fed(struct credit_kit *f, const char *kiosk, const char *topic, const char *key)
{
    json_t *feed = kit_feed(f->platform, kiosk), *value = json_incref(json_object_get(kit_fed(feed, topic, key), "value"));

    json_decref(feed);
    return value;
}
