/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to the card's owner, on one list: hours and credit from the platform's page of it (live, or as it was kept), orders,
 * tickets and seats from the cache with what was done here since, payments from this kiosk's own books. Calls for help are not in it:
 * they are of nobody.
 */
#include "service/internal.h"
#include "service/values.h"
#include "store/orders.h"
#include "store/seats.h"
#include "store/tickets.h"
#include "sync/wire.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX    200
#define PAYMENTS_MAX 50
#define PAGE_MAX     50
#define AMOUNT_MAX   INT64_C(1000000000000)

static struct kiosk_happening *line_add(GArray *lines, enum kiosk_happened kind, int64_t at_ms)
{
    struct kiosk_happening line = {.kind = kind, .at_ms = at_ms};

    g_array_append_val(lines, line);
    return &g_array_index(lines, struct kiosk_happening, lines->len - 1);
}

static void trouble(const char *what, const GError *error)
{
    if (error != NULL)
        g_warning("%s: %s", what, error->message);
}

/* ---- What the platform's page says ---------------------------------------------------------------------------------------- */

/* How hours stand that were earned; NULL: they came of an attendance, and stand there as such. A platform of before says nothing of it. */
static const char *hours_state(const char *hours)
{
    static const char *const WAYS[] = {"paper", "corrected", "other"}, *const STATES[] = {"PAPER", "CORRECTED", "EARN"};
    unsigned at = 0;

    return names_find(WAYS, G_N_ELEMENTS(WAYS), hours, &at) ? STATES[at] : NULL;
}

/* `lines` NULL: only looked whether it fits. */
static bool entry_take(json_t *row, GArray *lines)
{
    static const char *const BOOKS[] = {"HOURS", "POINTS", "COIN", "SUBSIDY"};
    const char *type, *book, *hours = "";
    int64_t at_ms, amount;
    unsigned at = 0;
    bool good = wire_get_int(row, "at_ms", 0, G_MAXINT64, &at_ms) && wire_time_plausible(at_ms) &&
                wire_get_int(row, "amount", -AMOUNT_MAX, AMOUNT_MAX, &amount) && wire_get_string(row, "type", 19, &type) &&
                wire_get_string(row, "book", 15, &book) &&
                (json_object_get(row, "hours") == NULL || wire_get_string(row, "hours", 15, &hours));

    if (!good || lines == NULL || !names_find(BOOKS, G_N_ELEMENTS(BOOKS), book, &at))
        return good;
    if (at == 0 && strcmp(type, "EARN") == 0 && (type = hours_state(hours)) == NULL)
        return true;
    struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_CREDIT, at_ms);
    line->amount = amount;
    line->book = at;
    g_strlcpy(line->state, type, sizeof line->state);
    return true;
}

static bool attendance_take(json_t *row, GArray *lines)
{
    const char *state;
    int64_t in_ms, minutes;
    bool good = wire_get_int(row, "in_ms", 0, G_MAXINT64, &in_ms) && wire_time_plausible(in_ms) &&
                wire_get_int(row, "minutes", 0, AMOUNT_MAX, &minutes) && wire_get_string(row, "state", 19, &state);

    if (!good || lines == NULL)
        return good;
    struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_SERVED, in_ms);
    line->amount = minutes;
    g_strlcpy(line->state, state, sizeof line->state);
    return true;
}

static bool rows_take(json_t *rows, GArray *lines, bool (*take)(json_t *row, GArray *lines))
{
    json_t *row;
    size_t i;

    if (!json_is_array(rows) || json_array_size(rows) > PAGE_MAX)
        return false;
    json_array_foreach(rows, i, row)
    {
        if (!take(row, lines))
            return false;
    }
    return true;
}

static bool page_take(json_t *page, GArray *lines, int64_t *asof_ms)
{
    return wire_get_int(page, "asof_ms", 0, G_MAXINT64, asof_ms) && wire_time_plausible(*asof_ms) &&
           rows_take(json_object_get(page, "entries"), lines, entry_take) &&
           rows_take(json_object_get(page, "attendance"), lines, attendance_take);
}

static bool page_fits(json_t *page)
{
    int64_t asof_ms;

    return page_take(page, NULL, &asof_ms);
}

static void credit_add(struct kiosk *kiosk, GArray *lines, struct kiosk_mine_event *out)
{
    json_t *page = person_page(kiosk, PURPOSE_CREDIT, page_fits, &out->live, out->reason);

    out->known = page != NULL && page_take(page, lines, &out->asof_ms);
    json_decref(page);
}

/* ---- What is cached, and what was done here --------------------------------------------------------------------------------- */

static void names_take(json_t *value, const char *zh, const char *en, struct kiosk_happening *line)
{
    value_string(value, zh, line->name_zh, sizeof line->name_zh);
    value_string(value, en, line->name_en, sizeof line->name_en);
}

static void number_put(struct kiosk_happening *line, int64_t no)
{
    if (no > 0)
        g_snprintf(line->number, sizeof line->number, "%" G_GINT64_FORMAT, no);
}

static void orders_add(struct kiosk *kiosk, GArray *lines)
{
    g_autoptr(GError) error = NULL;
    bool known;
    g_autoptr(GArray) orders = store_orders(kiosk->store, kiosk->session.token, &known, &error);

    for (guint i = 0; orders != NULL && i < orders->len; i++) {
        const struct store_order *order = &g_array_index(orders, struct store_order, i);
        struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_ORDER, order->order.placed_ms);
        json_t *service = store_service(kiosk->store, order->service, error == NULL ? &error : NULL);
        g_strlcpy(line->state, order->refused ? "REFUSED" : order_state_name(order->order.state), sizeof line->state);
        names_take(service, "name_zh", "name_en", line);
        number_put(line, order->no);
        json_decref(service);
    }
    trouble("orders", error);
}

static void tickets_add(struct kiosk *kiosk, GArray *lines)
{
    g_autoptr(GError) error = NULL;
    bool known;
    g_autoptr(GArray) tickets = store_tickets(kiosk->store, kiosk->session.token, &known, &error);

    for (guint i = 0; tickets != NULL && i < tickets->len; i++) {
        const struct store_ticket *ticket = &g_array_index(tickets, struct store_ticket, i);
        struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_TICKET, ticket->filed_ms);
        json_t *category = store_category(kiosk->store, ticket->service, error == NULL ? &error : NULL);
        g_strlcpy(line->state, ticket->refused ? "REFUSED" : ticket_state_name(ticket->clock.state), sizeof line->state);
        line->personal = category_personal(category);
        if (!line->personal)
            names_take(category, "name_zh", "name_en", line);
        number_put(line, ticket->no);
        json_decref(category);
    }
    trouble("tickets", error);
}

static void activity_name(GPtrArray *activities, const char *id, struct kiosk_happening *line)
{
    for (guint i = 0; activities != NULL && i < activities->len; i++)
        if (g_strcmp0(json_string_value(json_object_get(g_ptr_array_index(activities, i), "id")), id) == 0)
            names_take(g_ptr_array_index(activities, i), "title_zh", "title_en", line);
}

static void seats_add(struct kiosk *kiosk, GArray *lines)
{
    g_autoptr(GError) error = NULL;
    bool known;
    g_autoptr(GArray) seats = store_seats(kiosk->store, kiosk->session.token, &known, &error);
    g_autoptr(GPtrArray) activities = seats != NULL && seats->len > 0 ? store_activities(kiosk->store, &error) : NULL;

    for (guint i = 0; seats != NULL && i < seats->len; i++) {
        const struct store_seat *seat = &g_array_index(seats, struct store_seat, i);
        struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_SEAT, seat->seat.asked_ms);
        struct store_date date;
        bool found = false;
        g_strlcpy(line->state, seat_state_name(seat->seat.state), sizeof line->state);
        if (store_date(kiosk->store, seat->session, &date, &found, error == NULL ? &error : NULL) && found)
            activity_name(activities, date.activity, line);
    }
    trouble("seats", error);
}

/* Void ones moved nothing. */
static void payments_add(struct kiosk *kiosk, GArray *lines)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) payments = store_payments_of(kiosk->store, kiosk->session.card.card_number, PAYMENTS_MAX, &error);

    for (guint i = 0; payments != NULL && i < payments->len; i++) {
        const struct payment *payment = g_ptr_array_index(payments, i);
        int64_t fen = payment_facts(payment).amount_fen;
        if (payment->state == PAYMENT_VOID)
            continue;
        struct kiosk_happening *line = line_add(lines, KIOSK_HAPPENED_PAYMENT, payment->at_ms);
        line->amount = payment->kind == PAYMENT_LOAD ? fen : -fen;
        line->returned = payment->kind == PAYMENT_LOAD && payment->way == PAYMENT_WAY_REVERSAL;
        g_strlcpy(line->state, payment_is_open(payment->state) ? "OPEN" : "", sizeof line->state);
        g_strlcpy(line->number, payment->receipt_no, sizeof line->number);
        g_strlcpy(line->payment, payment->id, sizeof line->payment);
        line->may_rate = rating_may(kiosk, payment->id, &line->rated);
    }
    trouble("payments of a card", error);
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------------- */

static gint newer_first(gconstpointer a, gconstpointer b)
{
    const struct kiosk_happening *one = a, *other = b;

    return (one->at_ms < other->at_ms) - (one->at_ms > other->at_ms);
}

struct kiosk_happening *timeline_make(struct kiosk *kiosk, struct kiosk_mine_event *out)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(struct kiosk_happening));

    credit_add(kiosk, lines, out);
    orders_add(kiosk, lines);
    tickets_add(kiosk, lines);
    seats_add(kiosk, lines);
    payments_add(kiosk, lines);
    g_array_sort(lines, newer_first);
    out->count = MIN(lines->len, LINES_MAX);
    return (struct kiosk_happening *)(void *)g_array_free(lines, FALSE);
}
