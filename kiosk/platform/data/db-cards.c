/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-cards.h"
#include "platform/data/db-preferences.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-volunteers.h"
#include "model/hotlist.h"
#include <string.h>

/* ---- Cards ---- */

static bool card_read(struct db_rows *row, void *into)
{
    struct card_row *out = into;

    db_copy_text(row, 0, out->token, sizeof out->token);
    db_copy_text(row, 1, out->issuer, sizeof out->issuer);
    out->person = db_col_int(row, 3);
    out->card_class = db_col_int(row, 4);
    out->valid_from = db_col_int(row, 5);
    out->valid_to = db_col_int(row, 6);
    return card_state_parse(db_col_text(row, 2), &out->state);
}

static const struct db_reader CARD = {card_read, sizeof(struct card_row), "a card"};

bool db_card_row(struct db *db, const char *token, struct card_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT token, issuer, " DB_CARD_STATE("c") ", person, class, valid_from, valid_to FROM card c WHERE"
                             " community=?1 AND token=?2",
                             "s", token),
                    &CARD, out, found, error);
}

bool db_card_state_put(struct db *db, const char *token, const char *state, GError **error)
{
    return db_run(db, error, "UPDATE card SET state=?3 WHERE community=?1 AND token=?2", "ss", token, state);
}

/* ---- The stock ---- */

bool db_stock_find(struct db *db, const char *token, struct card_row *out, bool *found, GError **error)
{
    return db_first(db,
                    db_query(db, error,
                             "SELECT token, issuer, CASE issued_ms WHEN 0 THEN 'new' ELSE 'active' END, -1, class, valid_from, valid_to"
                             " FROM card_stock WHERE community=?1 AND token=?2",
                             "s", token),
                    &CARD, out, found, error);
}

bool db_stock_add(struct db *db, const struct card_row *row, const char *number, int64_t now_ms, bool *added, GError **error)
{
    struct card_row had;
    bool card = false, stock = false;

    if (!db_card_row(db, row->token, &had, &card, error) || !db_stock_find(db, row->token, &had, &stock, error))
        return false;
    *added = !card && !stock;
    return !*added || db_run(db, error,
                             "INSERT INTO card_stock(community, token, number, issuer, class, valid_from, valid_to, added_ms, issued_ms)"
                             " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,0)",
                             "spsiiii", row->token, "card_stock.number", row->token, number, row->issuer, row->card_class,
                             row->valid_from, row->valid_to, now_ms);
}

/* Of a row (number). */
static bool number_read(struct db *db, struct db_rows *rows, const char *place, const char *token, char number[24], GError **error)
{
    if (rows == NULL || db_next(db, rows, error) != 1)
        return false;
    bool ok = db_copy_unsealed(db, rows, 0, place, token, number, 24, error);
    db_done(rows);
    return ok;
}

static bool number_of(struct db *db, const char *token, char number[24], GError **error)
{
    return number_read(db, db_query(db, error, "SELECT number FROM card_stock WHERE community=?1 AND token=?2", "s", token),
                       "card_stock.number", token, number, error);
}

/* The number lies in one place: what is issued is no stock. */
bool db_stock_issue(struct db *db, const struct card_row *row, int64_t person, int64_t now_ms, GError **error)
{
    struct sample_card card = {.person = (int)person, .card_class = (uint8_t)row->card_class, .state = CARD_ACTIVE,
                               .valid_from = (uint32_t)row->valid_from, .valid_to = (uint32_t)row->valid_to};
    char number[24] = "";

    if (!number_of(db, row->token, number, error))
        return false;
    g_strlcpy(card.number, number, sizeof card.number);
    g_strlcpy(card.issuer, row->issuer, sizeof card.issuer);
    return db_card_add(db, &card, row->token, error) &&
           db_run(db, error, "UPDATE card_stock SET issued_ms=?3, number=?4 WHERE community=?1 AND token=?2", "sip", row->token, now_ms,
                  "card_stock.number", row->token, "");
}

/* ---- Which took whose place ---- */

bool db_replacement_add(struct db *db, const struct card_replacement *r, GError **error)
{
    return db_run(db, error, "INSERT INTO card_replacement VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", "sssssssssiii", r->card,
                  r->successor, card_state_name(r->cause), r->kiosk, r->staff_a, r->staff_b, r->reason, r->request, r->txn, r->stopped_ms, r->at_ms,
                  r->version) &&
           db_run(db, error, "UPDATE card_line SET current=?3 WHERE community=?1 AND current=?2", "ss", r->card, r->successor) &&
           db_run(db, error, "INSERT INTO card_line VALUES(?1,?2,?3)", "ss", r->card, r->successor);
}

static bool replacement_read(struct db_rows *row, void *into)
{
    struct card_replacement *out = into;

    db_copy_text(row, 0, out->card, sizeof out->card);
    db_copy_text(row, 1, out->successor, sizeof out->successor);
    db_copy_text(row, 3, out->kiosk, sizeof out->kiosk);
    db_copy_text(row, 4, out->staff_a, sizeof out->staff_a);
    db_copy_text(row, 5, out->staff_b, sizeof out->staff_b);
    db_copy_text(row, 6, out->reason, sizeof out->reason);
    db_copy_text(row, 7, out->request, sizeof out->request);
    db_copy_text(row, 8, out->txn, sizeof out->txn);
    out->stopped_ms = db_col_int(row, 9);
    out->at_ms = db_col_int(row, 10);
    out->version = db_col_int(row, 11);
    return card_state_parse(db_col_text(row, 2), &out->cause);
}

static const struct db_reader REPLACEMENT = {replacement_read, sizeof(struct card_replacement), "a card's replacement"};

#define REPLACEMENT_OF                                                                                                              \
    "SELECT card, successor, cause, kiosk, staff_a, staff_b, reason, request, txn, stopped_ms, at_ms, hotlist_version FROM card_replacement" \
    " WHERE community=?1 AND "

bool db_replacement_find(struct db *db, const char *card, struct card_replacement *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, REPLACEMENT_OF "card=?2", "s", card), &REPLACEMENT, out, found, error);
}

bool db_replacement_of_request(struct db *db, const char *request, struct card_replacement *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, REPLACEMENT_OF "request=?2 AND request<>''", "s", request), &REPLACEMENT, out, found, error);
}

struct line {
    char current[33];
    int64_t stopped_ms;
};

static bool line_read(struct db_rows *row, void *into)
{
    struct line *out = into;

    db_copy_text(row, 0, out->current, sizeof out->current);
    out->stopped_ms = db_col_int(row, 1);
    return true;
}

bool db_card_current(struct db *db, const char *card, char current[33], int64_t *stopped_ms, GError **error)
{
    static const struct db_reader LINE = {line_read, sizeof(struct line), "a card's line"};
    struct line line;
    bool found = false;

    if (!db_first(db,
                  db_query(db, error,
                           "SELECT l.current, r.stopped_ms FROM card_line l JOIN card_replacement r ON r.community=l.community AND"
                           " r.card=l.card WHERE l.community=?1 AND l.card=?2",
                           "s", card),
                  &LINE, &line, &found, error))
        return false;
    g_strlcpy(current, found ? line.current : card, 33);
    *stopped_ms = found ? line.stopped_ms : 0;
    return true;
}

bool db_card_number_now(struct db *db, const char *number, char current[24], bool *found, GError **error)
{
    g_autofree char *token = NULL, *state = NULL;
    int64_t stopped_ms;
    char now[33];

    if (!db_card_find(db, number, &token, &state, error))
        return false;
    *found = token != NULL;
    return !*found || (db_card_current(db, token, now, &stopped_ms, error) &&
                       number_read(db, db_query(db, error, "SELECT number FROM card WHERE community=?1 AND token=?2", "s", now), "card.number",
                                   now, current, error));
}

bool db_card_listed_since(struct db *db, const char *card, int64_t *since_ms, GError **error)
{
    struct hotlist_listed entry = {.reason = -1};
    uint64_t mark = 0;

    if (hotlist_mark_of_token(card, &mark) && !db_hotlist_entry_find(db, mark, &entry, error))
        return false;
    *since_ms = entry.since_ms;
    return true;
}

/* ---- What follows ---- */

/* ?2 the old one, ?3 its successor: tokens, or their accounts. Statements are kept by their address. */
static const struct {
    const char *sql;
    bool account;
} FOLLOWS[] = {
    {"UPDATE volunteer SET token=?3 WHERE community=?1 AND token=?2", false},
    {"UPDATE attendance SET token=?3 WHERE community=?1 AND token=?2", false},
    {"UPDATE seat SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE queue_ticket SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE appointment SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE service_order SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE ticket SET reporter=?3 WHERE community=?1 AND reporter=?2 AND reporter<>''", false},
    {"UPDATE ticket_interest SET who=?3 WHERE community=?1 AND who=?2", false},
    {"UPDATE opinion SET card=?3 WHERE community=?1 AND card=?2 AND card<>''", false},
    {"UPDATE bill SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE statement SET card=?3 WHERE community=?1 AND card=?2", false},
    {"UPDATE credit_hold SET account=?3 WHERE community=?1 AND account=?2", true},
};

static bool told_again(struct db *db, const char *topic, const char *token, GError **error)
{
    g_autoptr(GPtrArray) keys = db_change_personal(db, topic, token, error);
    bool ok = keys != NULL;

    for (guint i = 0; ok && i < keys->len; i++)
        ok = db_change_add(db, topic, g_ptr_array_index(keys, i), error);
    return ok;
}

GPtrArray *db_card_line(struct db *db, const char *current, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT card FROM card_line WHERE community=?1 AND current=?2 ORDER BY card", "s", current), error);
}

static bool line_told(struct db *db, const char *current, GError **error)
{
    g_autoptr(GPtrArray) cards = db_card_line(db, current, error);
    bool ok = cards != NULL;

    for (guint i = 0; ok && i < cards->len; i++)
        ok = db_change_add(db, "card", g_ptr_array_index(cards, i), error);
    return ok;
}

bool db_card_follow(struct db *db, const struct card_replacement *row, GError **error)
{
    static const char *const TOPICS[] = {"bill", "order", "ticket", "seat"};
    g_autofree char *from = g_strconcat("person:", row->card, NULL), *to = g_strconcat("person:", row->successor, NULL);
    bool ok = true;

    for (size_t i = 0; ok && i < G_N_ELEMENTS(FOLLOWS); i++)
        ok = FOLLOWS[i].account ? db_run(db, error, FOLLOWS[i].sql, "ss", from, to)
                                : db_run(db, error, FOLLOWS[i].sql, "ss", row->card, row->successor);
    for (size_t i = 0; ok && i < G_N_ELEMENTS(TOPICS); i++)
        ok = told_again(db, TOPICS[i], row->successor, error);
    return ok && db_preference_move(db, row->card, row->successor, error) && line_told(db, row->successor, error) && db_change_add(db, "credit", row->card, error) && db_change_add(db, "credit", row->successor, error) &&
           db_volunteer_changed(db, row->card, error) && db_volunteer_changed(db, row->successor, error);
}

/* ---- Lots ---- */

static bool lot_read(struct db_rows *row, void *into)
{
    struct lot *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    out->earned_ms = db_col_int(row, 1);
    out->expires_on = (uint32_t)db_col_int(row, 2);
    out->remaining = db_col_int(row, 3);
    return true;
}

static const struct db_reader LOT = {lot_read, sizeof(struct lot), "a lot"};

#define TAKEN                                                                                                             \
    "SELECT l.id, l.earned_ms, l.expires_on, u.amount FROM credit_lot_use u JOIN credit_lot l ON l.community=u.community AND" \
    " l.account=u.account AND l.book=u.book AND l.id=u.lot WHERE u.community=?1 AND u.txn=?2 AND u.book=?3"

GArray *db_lots_moved(struct db *db, const char *txn, enum book book, GError **error)
{
    return db_array(db, db_query(db, error, TAKEN " AND u.amount>0 ORDER BY l.id", "ss", txn, book_name(book)), &LOT, error);
}

GArray *db_uses_before(struct db *db, const char *txn, const char *card, enum book book, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             TAKEN " AND u.amount>0 AND u.account IN (SELECT 'person:'||n.card FROM card_line n WHERE n.community=?1 AND"
                                   " n.current=?4) ORDER BY l.id",
                             "sss", txn, book_name(book), card),
                    &LOT, error);
}
