/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One digest of all that a sample put into the tables: the same for the same seed, on whatever engine and under whatever keys. Sealed columns
 * are opened, and a token, which depends on the platform's key, stands as the person that it is about.
 */
#include "platform/data/db-rows.h"
#include <openssl/crypto.h>
#include <string.h>

#define SEALED_MAX 4

struct part {
    const char *sql;
    struct { int column; const char *place; } sealed[SEALED_MAX]; /* bound to column 0 */
};

/* What has ids of chance stands by what it is about, as holds of orders and steps of the clock do; the hours that personas have from the beginning are left out. */
static const struct part parts[] = {
    {"SELECT id, name, lat_e6, lon_e6 FROM ticket_place WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, grid, area_m2, address FROM household WHERE community=?1 ORDER BY id", {{3, "household.address"}}},
    {"SELECT id, sex, nation, local, household, name, id_number, phone, born FROM person WHERE community=?1 ORDER BY id",
     {{5, "person.name"}, {6, "person.id_number"}, {7, "person.phone"}, {8, "person.birth"}}},
    {"SELECT token, issuer, class, valid_from, valid_to, state, number FROM card WHERE community=?1 ORDER BY person, valid_from", {{6, "card.number"}}},
    {"SELECT id, card, biller, period, amount_fen, usage, issue, due, state, account_no FROM bill WHERE community=?1 ORDER BY id",
     {{9, "bill.account_no"}}},
    {"SELECT id, card, biller, period, amount_fen, usage, issue, account_no FROM statement WHERE community=?1 ORDER BY id",
     {{7, "statement.account_no"}}},
    {"SELECT id, name_zh, name_en FROM canteen WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, canteen, person, at_ms, date, rules, gross_fen, discounted_fen, subsidy_fen FROM meal WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, value FROM notice WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, state, value, urgent, ends, author, made_ms, approved_by, approved_ms FROM notice_case WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, token, kiosk, slot, slot_start_ms, slot_end_ms, in_ms, out_ms, minutes, state FROM attendance WHERE community=?1 ORDER BY id", {}},
    {"SELECT c.person, v.hardship, v.stars FROM volunteer v JOIN card c ON c.community=v.community AND c.token=v.token"
     " WHERE v.community=?1 ORDER BY c.person", {}},
    {"SELECT e.txn, e.line, e.book, e.account, e.amount, e.expires_on, t.type, t.at_ms, t.kiosk, t.flags FROM credit_entry e JOIN credit_txn t"
     " ON t.community=e.community AND t.id=e.txn WHERE e.community=?1 AND t.ref<>'sample' AND t.hold='' ORDER BY e.txn, e.line", {}},
    {"SELECT t.ref, e.line, e.book, e.account, e.amount, e.expires_on, t.type, t.at_ms FROM credit_entry e JOIN credit_txn t"
     " ON t.community=e.community AND t.id=e.txn WHERE e.community=?1 AND t.hold<>'' ORDER BY t.ref, e.line", {}},
    {"SELECT ref, book, account, amount, captured, state, expires_ms FROM credit_hold WHERE community=?1 ORDER BY ref", {}},
    {"SELECT id, no, card, kiosk, service, want_from_ms, want_to_ms, price_fen, pay, amount, held_until_ms, state, reviewed, provider, placed_ms,"
     " accept_by_ms, offered_ms, visit_ms, finished_ms, ended_ms, refusals, withdrawals, minutes, alert, stars, reminded_ms, next_ms, told,"
     " received_ms, updated_ms, words, contact, said FROM service_order WHERE community=?1 ORDER BY id",
     {{30, "service_order.words"}, {31, "service_order.contact"}, {32, "service_order.said"}}},
    {"SELECT id, service_order, seq, at_ms, step, actor, staff_a, staff_b, provider, kiosk, from_state, to_state, note FROM order_step"
     " WHERE community=?1 AND actor<>'clock' ORDER BY service_order, seq", {{12, "order_step.note"}}},
    {"SELECT service_order, seq, at_ms, step, from_state, to_state FROM order_step WHERE community=?1 AND actor='clock'"
     " ORDER BY service_order, seq", {}},
    {"SELECT l.id, l.book, l.account, l.earned_ms, l.expires_on, l.amount, l.remaining FROM credit_lot l JOIN credit_txn t"
     " ON t.community=l.community AND t.id=l.txn WHERE l.community=?1 AND t.ref<>'sample' ORDER BY l.id, l.book", {}},
    {"SELECT id, token, kiosk, kind, state, amount_fen, balance_before_fen, counter, terminal, terminal_serial, receipt_no, at_ms, tac"
     " FROM payment WHERE community=?1 ORDER BY id", {}},
    {"SELECT payment, line, bill, amount_fen, outcome FROM payment_bill WHERE community=?1 ORDER BY payment, line", {}},
    {"SELECT id, kiosk, state, amount_fen, counter, made_ms FROM load_order WHERE community=?1 ORDER BY id", {}},
    {"SELECT token, no, service, reporter, anonymous, public, kiosk, address_id, lat_e6, lon_e6, state, state_ms, due, returns, reopened,"
     " unit, interest, status_notes, filed_ms, received_ms, description, attributes FROM ticket WHERE community=?1 ORDER BY token",
     {{20, "ticket.description"}, {21, "ticket.attributes"}}},
    {"SELECT id, ticket, seq, at_ms, step, actor, staff_a, from_state, to_state, public_note, private_note FROM ticket_event WHERE community=?1"
     " ORDER BY ticket, seq", {{10, "ticket_event.private_note"}}},
    {"SELECT i.ticket, c.person, i.at_ms FROM ticket_interest i JOIN card c ON c.community=i.community AND c.token=i.who WHERE i.community=?1"
     " ORDER BY i.ticket, c.person", {}},
    {"SELECT service, rater, kind, grade, kiosk, at_ms FROM rating WHERE community=?1 ORDER BY service, rater", {}},
    {"SELECT person, left_ms, staff_a, staff_b, reason FROM person_left WHERE community=?1 ORDER BY person", {}},
    {"SELECT id, kind, title_zh, title_en, place_zh, place_en, phone, fee_fen, made_ms FROM activity WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, activity, start_ms, end_ms, seats, age_min, age_max, off_ms FROM activity_session WHERE community=?1 ORDER BY id", {}},
    {"SELECT id, session, card, kiosk, companions, drawn, door, state, reason, asked_ms, offered_ms, ended_ms, changed_ms FROM seat"
     " WHERE community=?1 ORDER BY id", {}},
    {"SELECT seat, seq, id, at_ms, step, actor, kiosk, staff, from_state, to_state FROM seat_step WHERE community=?1 ORDER BY seat, seq", {}},
    {"SELECT id, person, household, level, consent, began, last, chosen, extra, changed_ms, ended_ms, due_ms, items FROM care_profile WHERE"
     " community=?1 ORDER BY id", {{12, "care_profile.items"}}},
    {"SELECT id, care, at_ms, date, kind, result, contact, due_ms, next, worker, kiosk, received_ms, told FROM care_visit WHERE community=?1"
     " ORDER BY id", {{12, "care_visit.told"}}},
    {"SELECT person, no, registered_ms, skills, pledge, guardian FROM volunteer_roll WHERE community=?1 ORDER BY person", {}},
    {"SELECT worker, grid, from_ms, to_ms FROM care_grid WHERE community=?1 ORDER BY worker, grid", {}},
    {"SELECT txn, line, account, amount_fen FROM entry WHERE community=?1 ORDER BY txn, line", {}},
};

static bool people_of_tokens(struct db *db, GHashTable *people, GError **error)
{
    struct db_rows *rows = db_query(db, error, "SELECT token, person FROM card WHERE community=?1", "");
    int step = -1;

    while (rows != NULL && (step = db_next(db, rows, error)) > 0)
        g_hash_table_insert(people, g_strdup(db_col_text(rows, 0)), g_strdup_printf("person %" G_GINT64_FORMAT, db_col_int(rows, 1)));
    return step == 0;
}

/* A token, or an account of one: "person:TOKEN", "refund:TOKEN". */
static void add_text(GHashTable *people, const char *text, GChecksum *sum)
{
    const char *colon = strchr(text, ':'), *token = colon != NULL ? colon + 1 : text;
    const char *person = g_hash_table_lookup(people, token);

    if (person != NULL)
        g_checksum_update(sum, (const guchar *)text, (gssize)(token - text));
    text = person != NULL ? person : text;
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static bool add_column(struct db *db, const struct part *part, struct db_rows *row, int column, GHashTable *people, GChecksum *sum, GError **error)
{
    const char *place = NULL, *text = db_col_text(row, column);
    char *opened = NULL;

    for (int i = 0; i < SEALED_MAX && part->sealed[i].place != NULL; i++)
        if (part->sealed[i].column == column)
            place = part->sealed[i].place;
    if (place != NULL && !db_col_unsealed(db, row, column, place, db_col_text(row, 0), &opened, error))
        return false;
    add_text(people, opened != NULL ? opened : text != NULL ? text : "", sum);
    db_secret_free(opened);
    return true;
}

static bool add_part(struct db *db, const struct part *part, GHashTable *people, GChecksum *sum, GError **error)
{
    struct db_rows *rows = db_query(db, error, part->sql, "");
    int step = -1;

    while (rows != NULL && (step = db_next(db, rows, error)) > 0)
        for (int i = 0; i < db_col_count(rows); i++)
            if (!add_column(db, part, rows, i, people, sum, error)) {
                db_done(rows);
                return false;
            }
    return step == 0;
}

char *db_sample_digest(struct db *db, GError **error)
{
    g_autoptr(GHashTable) people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    if (!people_of_tokens(db, people, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!add_part(db, &parts[i], people, sum, error))
            return NULL;
    return g_strdup(g_checksum_get_string(sum));
}
