/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks tell of numbers: one that was given out of a kiosk's own range (the event's id is the number's), somebody who goes, and
 * somebody who was called, was away, and is back (the event's id is the step's).
 */
#include "platform/queue/queues.h"
#include "model/model.h"
#include "model/strict.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define ISSUED    "queue.issued"
#define CANCELLED "queue.cancelled"
#define BACK      "queue.back"

bool queues_type(const char *type)
{
    return strcmp(type, ISSUED) == 0 || strcmp(type, CANCELLED) == 0 || strcmp(type, BACK) == 0;
}

/* 32 lower-case hex digits; "" when there is none. */
static void token_read(struct strict *r, char out[33])
{
    if (!strict_has(r, "card_token"))
        return;
    strict_text(r, "card_token", 32, out, 33);
    r->ok = r->ok && strspn(out, "0123456789abcdef") == 32;
}

/* An id that is something else's already. */
static bool id_free(struct db *db, const char *id, const char **code, GError **error)
{
    struct queue_row row;
    struct queue_step_found step;
    bool found = false;

    if (!db_queue_find(db, id, &row, &found, error) || !db_queue_step_of(db, id, &step, error))
        return false;
    if (found || *step.ticket != '\0')
        *code = ID_REUSED;
    return true;
}

static bool issued(struct platform *platform, const struct queue_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    char place[QUEUE_PLACE_SIZE] = "", matter[MATTER_CODE_SIZE] = "", token[33] = "", number[QUEUE_NO_SIZE] = "";
    struct queue_asking asking = {.id = event->id, .hall = place, .matter = matter, .kiosk = event->kiosk, .card = token, .at_ms = event->at_ms};
    struct queue_drawn drawn = {0};
    struct strict r = strict_open(data);

    strict_text(&r, "place", 1, place, sizeof place);
    strict_text(&r, "matter", 1, matter, sizeof matter);
    drawn.day = (uint32_t)strict_int(&r, "day", 19700101, 99991231);
    strict_text(&r, "number", 4, number, sizeof number);
    token_read(&r, token);
    if (!strict_done(&r) || !date_valid(drawn.day) || !queue_no_read(number, &drawn.letter, &drawn.no)) {
        *code = "DATA";
        return true;
    }
    return queues_drawn(platform->db, &asking, &drawn, now_ms, code, error);
}

/* Who has a card says it with this card; a slip of nobody's counts by itself, at a kiosk of its hall. */
static bool may(struct db *db, const struct queue_event *event, const struct queue_row *row, const char *token, const char **code, GError **error)
{
    char hall[QUEUE_PLACE_SIZE];
    int64_t own;

    if (!db_hall_of_kiosk(db, event->kiosk, hall, &own, error))
        return false;
    if (row->card[0] != '\0' ? strcmp(row->card, token) != 0 : strcmp(row->hall, hall) != 0 && strcmp(row->kiosk, event->kiosk) != 0)
        *code = "QUEUE_OTHER_CARD";
    return true;
}

/* The clock has ended it before its kiosk could tell: it goes on today, unless the card has another one by now. */
static bool goes_on(struct db *db, const struct queue_row *row, int64_t now_ms, const char **code, GError **error)
{
    struct queue_row other;
    bool found = false;

    if (row->ticket.state != QUEUE_EXPIRED)
        return true;
    if (!db_queue_of_card(db, row->hall, row->matter, row->card, &other, &found, error))
        return false;
    if (row->day != date_of_ms(now_ms) || found)
        *code = found ? "QUEUE_TWICE" : queue_code_name(QUEUE_LATE);
    return true;
}

static bool stepped(struct db *db, const struct queue_event *event, struct queue_row *row, int64_t now_ms, const char **code, GError **error)
{
    const struct queue_doing doing = {.step = strcmp(event->type, BACK) == 0 ? QUEUE_DO_BACK : QUEUE_DO_CANCEL, .actor = QUEUE_BY_RESIDENT,
                                      .id = event->id, .kiosk = event->kiosk, .staff = "", .counter = "", .at_ms = event->at_ms};
    enum queue_code done = QUEUE_OK;
    int ticked = 0;
    bool found;

    /* The clock comes first, as far as it had to do something before that. */
    if (!queues_tick(db, row->hall, MIN(event->at_ms, now_ms), &ticked, error) || !db_queue_find(db, row->id, row, &found, error) ||
        (doing.step == QUEUE_DO_BACK && !goes_on(db, row, now_ms, code, error)))
        return false;
    if (*code != NULL)
        return true;
    if (!queues_step(db, row, &doing, &done, error))
        return false;
    *code = done != QUEUE_OK ? queue_code_name(done) : NULL;
    return true;
}

static bool said(struct platform *platform, const struct queue_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    char ticket[37] = "", token[33] = "";
    struct strict r = strict_open(data);
    struct queue_row row;
    bool found = false;

    strict_uuid(&r, "ticket", ticket);
    token_read(&r, token);
    if (!strict_done(&r)) {
        *code = "DATA";
        return true;
    }
    if (!db_queue_find(platform->db, ticket, &row, &found, error))
        return false;
    if (!found)
        *code = "QUEUE_UNKNOWN";
    else if (!may(platform->db, event, &row, token, code, error))
        return false;
    return *code != NULL || stepped(platform->db, event, &row, now_ms, code, error);
}

bool queues_apply(struct platform *platform, const struct queue_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    *code = NULL;
    if (!id_free(platform->db, event->id, code, error))
        return false;
    if (*code != NULL)
        return true;
    return strcmp(event->type, ISSUED) == 0 ? issued(platform, event, data, now_ms, code, error)
                                            : said(platform, event, data, now_ms, code, error);
}
