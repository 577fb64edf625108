/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-service-orders.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <stdlib.h>
#include <string.h>

#define OPEN_STATES "('PLACED','REVIEW','POOL','OFFERED','ESCALATED','ACCEPTED','IN_SERVICE','NO_SHOW','FINISHED','DISPUTED')"

void service_order_clear(struct service_order_row *row)
{
    db_secret_free(row->words);
    db_secret_free(row->contact);
    db_secret_free(row->said);
    memset(row, 0, sizeof *row);
}

bool db_service_order_next_no(struct db *db, uint32_t date, int64_t *no, GError **error)
{
    int64_t first = (int64_t)date * 1000000;

    if (!db_int(db, error, first, no, "SELECT max(no) FROM service_order WHERE community=?1 AND no BETWEEN ?2 AND ?3", "ii", first,
                first + 999999))
        return false;
    (*no)++;
    return true;
}

bool db_service_order_add(struct db *db, const struct service_order_row *row, GError **error)
{
    const struct order *order = &row->order;

    return db_run(db, error,
                  "INSERT INTO service_order(community, id, no, card, kiosk, service, words, contact, said, want_from_ms, want_to_ms,"
                  " price_fen, pay, amount, hold, held_until_ms, state, reviewed, provider, placed_ms, accept_by_ms, offered_ms,"
                  " visit_ms, finished_ms, ended_ms, refusals, withdrawals, minutes, alert, stars, reminded_ms, next_ms, told,"
                  " received_ms, updated_ms) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,'',?19,?20,0,0,0,0,0,"
                  "0,0,0,0,0,0,1,?21,?21)",
                  "sissspppiiisisisiiii", row->id, row->no, row->card, row->kiosk, row->service, "service_order.words", row->id,
                  row->words, "service_order.contact", row->id, row->contact, "service_order.said", row->id, row->said,
                  row->want_from_ms, row->want_to_ms, row->price_fen, order_pay_name(row->pay), row->amount, row->hold,
                  row->held_until_ms, order_state_name(order->state), (int64_t)order->reviewed, order->placed_ms, order->accept_by_ms,
                  row->received_ms);
}

/* ---- Reading ---- */

#define COLUMNS                                                                                                                   \
    "id, no, card, kiosk, service, want_from_ms, want_to_ms, price_fen, pay, amount, hold, held_until_ms, state, reviewed, provider," \
    " placed_ms, accept_by_ms, offered_ms, visit_ms, finished_ms, ended_ms, refusals, withdrawals, minutes, alert, stars,"         \
    " reminded_ms, next_ms, told, received_ms, updated_ms, words, contact, said"

static bool state_read(struct db_rows *row, struct order *out)
{
    out->reviewed = db_col_int(row, 13) != 0;
    db_copy_text(row, 14, out->provider, sizeof out->provider);
    out->placed_ms = db_col_int(row, 15);
    out->accept_by_ms = db_col_int(row, 16);
    out->offered_ms = db_col_int(row, 17);
    out->visit_ms = db_col_int(row, 18);
    out->finished_ms = db_col_int(row, 19);
    out->ended_ms = db_col_int(row, 20);
    out->refusals = (unsigned)db_col_int(row, 21);
    out->withdrawals = (unsigned)db_col_int(row, 22);
    out->minutes = db_col_int(row, 23);
    out->alert = db_col_int(row, 24) != 0;
    return order_state_parse(db_col_text(row, 12), &out->state);
}

static bool row_read(struct db_rows *row, struct service_order_row *out)
{
    db_copy_text(row, 0, out->id, sizeof out->id);
    out->no = db_col_int(row, 1);
    db_copy_text(row, 2, out->card, sizeof out->card);
    db_copy_text(row, 3, out->kiosk, sizeof out->kiosk);
    db_copy_text(row, 4, out->service, sizeof out->service);
    out->want_from_ms = db_col_int(row, 5);
    out->want_to_ms = db_col_int(row, 6);
    out->price_fen = db_col_int(row, 7);
    out->amount = db_col_int(row, 9);
    db_copy_text(row, 10, out->hold, sizeof out->hold);
    out->held_until_ms = db_col_int(row, 11);
    out->stars = (int)db_col_int(row, 25);
    out->reminded_ms = db_col_int(row, 26);
    out->next_ms = db_col_int(row, 27);
    out->told = db_col_int(row, 28) != 0;
    out->received_ms = db_col_int(row, 29);
    out->updated_ms = db_col_int(row, 30);
    return order_pay_parse(db_col_text(row, 8), &out->pay) && state_read(row, &out->order);
}

static bool row_open(struct db *db, struct db_rows *row, struct service_order_row *out, GError **error)
{
    if (!row_read(row, out)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "an order is damaged");
        return false;
    }
    return db_col_unsealed(db, row, 31, "service_order.words", out->id, &out->words, error) &&
           db_col_unsealed(db, row, 32, "service_order.contact", out->id, &out->contact, error) &&
           db_col_unsealed(db, row, 33, "service_order.said", out->id, &out->said, error);
}

bool db_service_order_find(struct db *db, const char *name, struct service_order_row *out, bool *found, GError **error)
{
    gint64 no = 0;
    bool is_no = g_ascii_string_to_signed(name, 10, 1, G_MAXINT64, &no, NULL);
    struct db_rows *rows =
        is_no ? db_query(db, error, "SELECT " COLUMNS " FROM service_order WHERE community=?1 AND no=?2", "i", (int64_t)no)
              : db_query(db, error, "SELECT " COLUMNS " FROM service_order WHERE community=?1 AND id=?2", "s", name);
    int step = rows != NULL ? db_next(db, rows, error) : -1;

    memset(out, 0, sizeof *out);
    *found = step > 0;
    if (step <= 0)
        return step == 0;
    bool ok = row_open(db, rows, out, error);
    db_done(rows);
    if (!ok)
        service_order_clear(out);
    return ok;
}

bool db_service_order_put(struct db *db, const struct service_order_row *row, GError **error)
{
    const struct order *order = &row->order;

    return db_run(db, error,
                  "UPDATE service_order SET said=?3, hold=?4, held_until_ms=?5, state=?6, provider=?7, offered_ms=?8, visit_ms=?9,"
                  " finished_ms=?10, ended_ms=?11, refusals=?12, withdrawals=?13, minutes=?14, alert=?15, stars=?16, reminded_ms=?17,"
                  " next_ms=?18, told=?19, updated_ms=?20 WHERE community=?1 AND id=?2",
                  "spsissiiiiiiiiiiiii", row->id, "service_order.said", row->id, row->said, row->hold, row->held_until_ms,
                  order_state_name(order->state), order->provider, order->offered_ms, order->visit_ms, order->finished_ms,
                  order->ended_ms, (int64_t)order->refusals, (int64_t)order->withdrawals, order->minutes, (int64_t)order->alert,
                  (int64_t)row->stars, row->reminded_ms, row->next_ms, (int64_t)row->told, row->updated_ms);
}

bool db_service_order_between(struct db *db, const struct service_order_row *like, int64_t from_ms, int64_t to_ms, bool *there,
                              GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count,
                     "SELECT count(*) FROM service_order WHERE community=?1 AND card=?2 AND service=?3 AND placed_ms BETWEEN ?4 AND ?5"
                     " AND state IN " OPEN_STATES,
                     "ssii", like->card, like->service, from_ms, to_ms);

    *there = count > 0;
    return ok;
}

GPtrArray *db_service_orders_due(struct db *db, int64_t now_ms, int64_t limit, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM service_order WHERE community=?1 AND next_ms>0 AND next_ms<=?2 ORDER BY next_ms, id LIMIT ?3",
                             "ii", now_ms, limit),
                    error);
}

GPtrArray *db_service_orders_search(struct db *db, const struct service_order_search *search, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT id FROM service_order WHERE community=?1 AND (?2='' OR state=?2) AND (?3='' OR provider=?3) AND"
                             " (?4='' OR service=?4) AND (?5=1 OR ?2<>'' OR state IN " OPEN_STATES ")"
                             " ORDER BY placed_ms DESC, no DESC LIMIT ?6",
                             "sssii", search->state, search->provider, search->service, (int64_t)search->ended, search->limit),
                    error);
}

/* Nothing of what was written or of where and who: a desk that works on it asks the platform, and is written down. */
json_t *db_service_order_value(struct db *db, const char *id, GError **error)
{
    struct service_order_row row;
    bool found = false;

    if (!db_service_order_find(db, id, &row, &found, error) || !found)
        return NULL;
    json_t *value = !row.told ? NULL
                              : json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:i, s:b, s:o}", "id", row.id, "no",
                                          (json_int_t)row.no, "card_token", row.card, "service", row.service, "want_from_ms",
                                          (json_int_t)row.want_from_ms, "want_to_ms", (json_int_t)row.want_to_ms, "price_fen",
                                          (json_int_t)row.price_fen, "pay", order_pay_name(row.pay), "amount", (json_int_t)row.amount,
                                          "stars", row.stars, "remind", row.reminded_ms != 0 && row.order.state == ORDER_FINISHED,
                                          "order", order_to_json(&row.order));
    service_order_clear(&row);
    return value;
}

/* ---- What happened ---- */

bool db_order_step_add(struct db *db, const struct order_step_row *row, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO order_step(community, service_order, seq, id, at_ms, received_ms, step, actor, staff_a, staff_b, provider,"
                  " kiosk, from_state, to_state, note) SELECT ?1, ?2, coalesce(max(seq),0)+1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                  " ?12, ?13, ?14 FROM order_step WHERE community=?1 AND service_order=?2",
                  "ssiissssssssp", row->order, row->id, row->at_ms, row->received_ms, row->step, row->actor, row->staff[0], row->staff[1],
                  row->provider, row->kiosk, row->from, row->to, "order_step.note", row->id, row->note);
}

bool db_order_step_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    int64_t found = 0;
    bool ok = db_int(db, error, 0, &found, "SELECT 1 FROM order_step WHERE community=?1 AND id=?2", "s", id);

    *taken = found != 0;
    return ok;
}

json_t *db_order_steps(struct db *db, const char *order, GError **error)
{
    static const struct db_sealed NOTE = {.member = "note", .key = "id", .place = "order_step.note"};
    json_t *rows = json_array();

    if (db_rows_json(db,
                     db_query(db, error,
                              "SELECT seq, id, at_ms, received_ms, step, actor, staff_a, staff_b, provider, kiosk, from_state, to_state,"
                              " nullif(note,'') AS note FROM order_step WHERE community=?1 AND service_order=?2 ORDER BY seq",
                              "s", order),
                     &NOTE, rows, error))
        return rows;
    json_decref(rows);
    return NULL;
}

/* ---- Who left ---- */

bool db_service_orders_erase(struct db *db, const char *card, GError **error)
{
    g_autoptr(GPtrArray) orders =
        db_texts(db, db_query(db, error, "SELECT id FROM service_order WHERE community=?1 AND card=?2", "s", card), error);
    bool ok = orders != NULL;

    for (guint i = 0; ok && i < orders->len; i++) {
        const char *id = g_ptr_array_index(orders, i);
        ok = db_run(db, error,
                    "UPDATE service_order SET words=?3, contact=?4, said=?5, card='', told=0, next_ms=0 WHERE community=?1 AND id=?2",
                    "sppp", id, "service_order.words", id, "", "service_order.contact", id, "{}", "service_order.said", id, "") &&
             db_run(db, error, "UPDATE order_step SET note='' WHERE community=?1 AND service_order=?2", "s", id) &&
             db_change_add(db, "order", id, error);
    }
    return ok;
}

GPtrArray *db_service_orders_open(struct db *db, int64_t person, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT o.id FROM service_order o JOIN card c ON c.community=o.community AND c.token=o.card WHERE"
                             " o.community=?1 AND c.person=?2 AND o.state IN " OPEN_STATES " ORDER BY o.id",
                             "i", person),
                    error);
}
