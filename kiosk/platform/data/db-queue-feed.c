/* SPDX-License-Identifier: Apache-2.0 */
/* What the kiosks of a hall are told of its numbers: who waits, who is called where, how long it takes. Nobody's card. */
#include "platform/data/db-queue.h"
#include "model/model.h"
#include <string.h>

/* How many are called before each who waits, by letter; in the order of `rows`. */
struct places {
    unsigned ahead[QUEUE_TOLD_MAX];
};

static guint waits_of(const GArray *rows, guint count, char letter, struct queue_wait *waits, guint *whose)
{
    guint out = 0;

    for (guint i = 0; i < count; i++) {
        const struct queue_row *row = &g_array_index(rows, struct queue_row, i);
        if (row->letter != letter || !queue_waits(row->ticket.state))
            continue;
        waits[out] = (struct queue_wait){.class = row->class, .letter = row->letter, .requeued = row->ticket.requeued, .behind = row->ticket.behind,
                                         .issued_ms = row->ticket.issued_ms, .no = row->no};
        whose[out++] = i;
    }
    return out;
}

static bool places_count(const GArray *rows, guint count, const struct queue_runs *runs, char letter, struct places *out, unsigned *waiting)
{
    struct queue_wait waits[QUEUE_TOLD_MAX];
    unsigned order[QUEUE_TOLD_MAX];
    guint whose[QUEUE_TOLD_MAX];

    *waiting = waits_of(rows, count, letter, waits, whose);
    if (!queue_order(waits, *waiting, runs, order))
        return false;
    for (guint i = 0; i < *waiting; i++)
        out->ahead[whose[i]] = order[i];
    return true;
}

static json_t *ticket_json(const struct queue_row *row, unsigned ahead)
{
    char number[QUEUE_NO_SIZE] = "";

    queue_no_write(row->letter, row->no, number);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:I, s:b}", "id", row->id, "number", number, "matter", row->matter, "class",
                     queue_class_name(row->class), "state", queue_state_name(row->ticket.state), "calls", (int)row->ticket.calls, "counter",
                     row->counter, "ahead", queue_waits(row->ticket.state) ? (int)ahead : 0, "issued_ms", (json_int_t)row->ticket.issued_ms,
                     "called_ms", (json_int_t)row->ticket.called_ms, "requeued", row->ticket.requeued);
}

/* {group, waiting, counters, each_ms}: of the last services, −1 when there were too few. */
static bool group_add(struct db *db, const char *hall, char letter, unsigned waiting, json_t *out, GError **error)
{
    const char name[2] = {letter, '\0'};
    g_autoptr(GArray) services = db_queue_services(db, hall, letter, error);
    int64_t counters = 0;

    if (services == NULL || !db_queue_counters(db, hall, letter, &counters, error))
        return false;
    int64_t each_ms = queue_median((int64_t *)(void *)services->data, services->len);
    return json_array_append_new(out, json_pack("{s:s, s:i, s:I, s:I}", "group", name, "waiting", (int)waiting, "counters",
                                                (json_int_t)counters, "each_ms", (json_int_t)each_ms)) == 0;
}

static bool letter_first(const GArray *rows, guint at)
{
    char letter = g_array_index(rows, struct queue_row, at).letter;

    for (guint i = 0; i < at; i++)
        if (g_array_index(rows, struct queue_row, i).letter == letter)
            return false;
    return true;
}

static bool lines_json(struct db *db, const char *hall, const GArray *rows, const struct queue_runs *runs, json_t *tickets, json_t *groups, GError **error)
{
    guint count = MIN(rows->len, QUEUE_TOLD_MAX);
    g_autofree struct places *places = g_new0(struct places, 1);

    for (guint i = 0; i < count; i++) {
        char letter = g_array_index(rows, struct queue_row, i).letter;
        unsigned waiting = 0;

        if (letter_first(rows, i) && (!places_count(rows, count, runs, letter, places, &waiting) ||
                                      !group_add(db, hall, letter, waiting, groups, error)))
            return false;
    }
    for (guint i = 0; i < count; i++)
        json_array_append_new(tickets, ticket_json(&g_array_index(rows, struct queue_row, i), places->ahead[i]));
    return true;
}

json_t *db_queue_value(struct db *db, const char *hall, int64_t now_ms, GError **error)
{
    uint32_t day = date_of_ms(now_ms);
    struct hall_row row;
    struct queue_runs runs;
    bool found;

    if (!db_hall_find(db, hall, &row, &found, error) || !found || !db_queue_runs(db, hall, day, "", &runs, error))
        return NULL;
    g_autoptr(GArray) rows = db_queue_open_of(db, hall, day, error);
    g_autoptr(GPtrArray) paused = db_queue_paused(db, hall, error);
    if (rows == NULL || paused == NULL)
        return NULL;
    json_t *tickets = json_array(), *groups = json_array(), *counters = json_array();
    if (!lines_json(db, hall, rows, &runs, tickets, groups, error)) {
        json_decref(tickets);
        json_decref(groups);
        json_decref(counters);
        return NULL;
    }
    for (guint i = 0; i < paused->len; i++)
        json_array_append_new(counters, json_string(g_ptr_array_index(paused, i)));
    return json_pack("{s:o, s:i, s:o, s:o, s:o}", "hall", db_hall_json(&row), "day", (int)day, "groups", groups, "tickets", tickets, "paused",
                     counters);
}
