/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/money/doubts.h"
#include <string.h>

void up(struct fixture *f, const void *data)
{
    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    kit_enrol(f->platform, "K0002", &f->other);
    f->card = kit_card(1);
    f->staff = kit_card(3);
    f->second_staff = kit_card(0);
    f->amount_fen = kit_bill(f->platform, f->card, 0, f->bill);
}

void down(struct fixture *f, const void *data)
{
    json_t *report = kit_report(f->platform);

    kit_assert_ledger(report);
    json_decref(report);
    g_free(f->card);
    g_free(f->staff);
    g_free(f->second_staff);
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

void push_one(struct fixture *f, struct pen *pen, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    json_decref(answer);
}

void put(struct fixture *f, struct pen *pen, struct payment *payment, enum payment_state state)
{
    push_one(f, pen, pen_payment(pen, payment, state), "accepted", "");
}

int64_t balance(struct fixture *f, const char *account)
{
    json_t *report = kit_report(f->platform);
    int64_t fen = kit_balance(report, account);

    json_decref(report);
    return fen;
}

void assert_payment(struct fixture *f, const char *id, const char *state, const char *settled)
{
    json_t *report = kit_report(f->platform);

    g_assert_cmpstr(kit_payment_text(report, id, "state"), ==, state);
    g_assert_cmpstr(kit_payment_text(report, id, "settled"), ==, settled);
    json_decref(report);
}

void assert_bill(struct fixture *f, const char *state)
{
    struct bill_row row;
    bool found;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_bill_find(f->platform->db, f->bill, &row, &found, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpstr(row.state, ==, state);
}

json_t *item(struct fixture *f, const char *id)
{
    g_autofree char *cursor = g_strdup("");
    json_t *value = NULL;
    bool more = true, seen = false;

    while (more) {
        unsigned status;
        json_t *page = kit_call(f->platform, "GET", "/v1/feed", cursor, "K0002", NULL, &status), *one;
        size_t i;

        g_assert_cmpuint(status, ==, 200);
        json_array_foreach(json_object_get(page, "items"), i, one)
        {
            if (g_strcmp0(json_string_value(json_object_get(one, "key")), id) != 0)
                continue;
            seen = true;
            g_assert_cmpstr(json_string_value(json_object_get(one, "topic")), ==, "doubt");
            if (!json_is_true(json_object_get(one, "deleted")))
                value = json_incref(json_object_get(one, "value"));
        }
        g_free(cursor);
        cursor = g_strdup(json_string_value(json_object_get(page, "cursor")));
        more = json_is_true(json_object_get(page, "more"));
        json_decref(page);
    }
    g_assert_true(seen);
    return value;
}

void assert_item(struct fixture *f, const char *id, const char *state)
{
    json_t *value = item(f, id);

    g_assert_cmpstr(json_string_value(json_object_get(value, "state")), ==, state);
    json_decref(value);
}

void make_doubt(struct fixture *f, struct payment *payment)
{
    kit_payment(payment, f->card, f->bill, f->amount_fen);
    put(f, &f->pen, payment, PAYMENT_COMMITTING);
    payment->why = PAYMENT_WHY_CARD;
    put(f, &f->pen, payment, PAYMENT_IN_DOUBT);
}

json_t *settled_event(struct pen *pen, struct payment *payment, enum payment_state state)
{
    payment_set_outcome(payment, state);
    return pen_event(pen, "doubt.settled", json_pack("{s:s, s:o}", "kiosk", "K0001", "payment", payment_to_json(payment)));
}

bool by_people(struct fixture *f, const char *id, enum payment_state outcome, const char *a, const char *b)
{
    struct settlement s = {.outcome = outcome, .by = PAYMENT_BY_STAFF, .staff_a = a, .staff_b = b, .reason = "clearing"};
    struct outcome out = {0};

    g_assert_true(db_begin(f->platform->db, true, NULL));
    bool ok = doubts_settle(f->platform, id, &s, now_ms(), &out, NULL);
    if (ok && out.verdict == STORE_ACCEPTED)
        return db_commit(f->platform->db, NULL);
    db_rollback(f->platform->db);
    return false;
}

void ask(struct fixture *f, const char *kiosk, struct payment *load, unsigned wanted, const char *code)
{
    unsigned status;
    const char *got = kit_ask_load(f->platform, kiosk, load, NULL, &status);

    g_assert_cmpstr(got, ==, code);
    g_assert_cmpuint(status, ==, wanted);
}
