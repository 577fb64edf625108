/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds in any order leave the journal in any pieces: the same answers before, after, built anew, and after damage. */
#include "compactkit.h"
#include "model/model.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *const TOKENS[] = {ALICE, BOB, STAFF};

struct town {
    GPtrArray *payments, *txns, *holds, *taps; /* of all that was written */
    int64_t clock;                             /* of the attendances */
    int bills;
};

static void *any(GPtrArray *of)
{
    return of->len == 0 ? NULL : of->pdata[g_test_rand_int_range(0, (int)of->len)];
}

static void do_pay(struct store *store, struct town *town)
{
    static const enum payment_state ENDS[] = {PAYMENT_CONFIRMED, PAYMENT_CONFIRMED, PAYMENT_VOID, PAYMENT_IN_DOUBT};
    g_autofree char *bill = g_strdup_printf("bill-%d", town->bills++ / 2); /* each is tried twice */
    struct payment *payment = g_new0(struct payment, 1);

    payment_make(payment, CARDS[g_test_rand_int_range(0, 3)], bill, 100 + town->bills);
    if (!try_payment(store, payment, PAYMENT_COMMITTING)) {
        g_free(payment);
        return;
    }
    g_autofree char *receipt = store_receipt_no(store, NULL);
    g_strlcpy(payment->receipt_no, receipt, sizeof payment->receipt_no);
    g_assert_true(try_payment(store, payment, ENDS[g_test_rand_int_range(0, 4)]));
    g_ptr_array_add(town->payments, payment);
}

static void do_load(struct store *store, struct town *town)
{
    struct payment *load = g_new0(struct payment, 1), *original = any(town->payments);
    bool back = original != NULL && original->state == PAYMENT_CONFIRMED && original->kind == PAYMENT_PURCHASE;

    load_make(load, back ? original->purchase.card_number : CARDS[g_test_rand_int_range(0, 3)], 500, back ? original->id : "");
    if (!try_payment(store, load, PAYMENT_COMMITTING)) {
        g_free(load);
        return;
    }
    g_assert_true(try_payment(store, load, g_test_rand_int_range(0, 3) == 0 ? PAYMENT_VOID : PAYMENT_CONFIRMED));
    g_ptr_array_add(town->payments, load);
}

static void do_settle(struct store *store, struct town *town)
{
    struct payment *payment = any(town->payments), elsewhere;

    if (payment != NULL && payment->state == PAYMENT_IN_DOUBT)
        g_assert_true(try_payment(store, payment, g_test_rand_int_range(0, 2) == 0 ? PAYMENT_VOID : PAYMENT_CONFIRMED));
    else if (payment != NULL && payment->kind == PAYMENT_PURCHASE && payment->state == PAYMENT_CONFIRMED)
        try_print(store, payment);
    payment_make(&elsewhere, OTHER, NULL, 700);
    g_assert_true(try_settled(store, &elsewhere));
}

static void do_spend(struct store *store, struct town *town)
{
    struct ledger_txn *txn = g_new0(struct ledger_txn, 1);
    const struct ledger_txn *original = any(town->txns);

    spend_make(txn, TOKENS[g_test_rand_int_range(0, 3)], "SALT", 10, 0);
    g_assert_true(try_txn(store, txn));
    g_ptr_array_add(town->txns, txn);
    if (original != NULL)
        try_undo(store, original);
}

static void do_hold(struct store *store, struct town *town)
{
    struct ledger_hold *hold = g_new0(struct ledger_hold, 1), *old = any(town->holds);
    struct ledger_txn txn;

    hold_make(hold, 20, 600000);
    if (try_hold(store, hold)) /* a person has so many at a time, and no more */
        g_ptr_array_add(town->holds, hold);
    else
        g_clear_pointer(&hold, g_free);
    if (old != NULL && g_test_rand_int_range(0, 2) == 0)
        try_capture(store, old, &txn);
    else if (old != NULL) {
        old->state = HOLD_RELEASED;
        try_hold(store, old);
    }
}

static void do_attend(struct store *store, struct town *town)
{
    struct attendance_event *tap = g_new0(struct attendance_event, 1), *old = any(town->taps), out;
    struct attendance_close end;

    town->clock += g_test_rand_int_range(1, 80) * MINUTE;
    tap_make(tap, TOKENS[g_test_rand_int_range(0, 2)], town->clock, town->clock);
    try_tap(store, tap);
    g_ptr_array_add(town->taps, tap);
    if (old == NULL)
        return;
    out = *old;
    out.out = true;
    out.at_ms += 30 * MINUTE;
    try_tap(store, &out);
    close_make(&end, ((struct attendance_event *)any(town->taps))->id, STAFF, g_test_rand_int_range(0, 2) * 30, "FORGOT");
    try_close(store, &end);
}

static void do_resolve(struct store *store, struct town *town)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) open = store_refused(store, false, &error);
    const struct store_refused *row = any(open);

    if (row != NULL)
        g_assert_true(store_refused_resolve(store, row->seq, "Wang Fang", "seen", &error));
    g_assert_true(try_event(store, "journal.anchored", json_object()));
}

static void answer_persons(struct store *store, GString *out)
{
    int64_t day = ms_of_date(date_of_ms(now_ms())), minutes = 0;
    g_autofree struct store_credit *credit = g_new0(struct store_credit, 1);
    struct store_usage usage;

    for (size_t i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        struct payment *open = store_payment_open(store, CARDS[i], &error);
        g_assert_true(store_usage(store, CARDS[i], day, &usage, &error) &&
                      store_attendance_done(store, TOKENS[i], 0, &minutes, &error) &&
                      store_credit(store, TOKENS[i], now_ms(), credit, &error));
        g_string_append_printf(out, "%s: open %s, %" G_GINT64_FORMAT " fen today, %" G_GINT64_FORMAT " minutes, %" G_GINT64_FORMAT
                               " points today\n",
                               CARDS[i], open != NULL ? open->id : "-", usage.card_day_fen, minutes, credit->used[BOOK_POINTS].day);
        payment_free(open);
    }
}

static void answer_books(struct store *store, const struct town *town, GString *out)
{
    struct ledger_hold hold;
    struct store_attendance attendance;
    bool found;

    for (guint i = 0; i < town->txns->len; i++)
        g_string_append_printf(out, "txn %u %d\n", i, state_of(store, ((struct ledger_txn *)town->txns->pdata[i])->id));
    for (guint i = 0; i < town->holds->len; i++) {
        g_assert_true(store_ledger_hold(store, ((struct ledger_hold *)town->holds->pdata[i])->id, &hold, &found, NULL) && found);
        g_string_append_printf(out, "hold %u %d %" G_GINT64_FORMAT "\n", i, hold.state, hold.captured);
    }
    for (guint i = 0; i < town->taps->len; i++) {
        memset(&attendance, 0, sizeof attendance);
        g_assert_true(store_attendance(store, ((struct attendance_event *)town->taps->pdata[i])->id, &attendance, &found, NULL));
        g_string_append_printf(out, "attendance %u %d %d\n", i, found, attendance.times.state);
    }
}

static char *answers(struct store *store, const struct town *town)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *receipt = store_receipt_no(store, &error);
    g_autoptr(GPtrArray) refused = store_refused(store, true, &error);

    g_string_append_printf(out, "receipt %s, doubts %d, anchored %" G_GINT64_FORMAT "\n", receipt, store_payments_in_doubt(store),
                           store_anchored_ms(store));
    for (guint i = 0; i < town->payments->len; i++) {
        const struct payment *payment = town->payments->pdata[i];
        struct payment *found = store_payment(store, payment->id, &error);
        g_assert_no_error(error);
        g_string_append_printf(out, "payment %u %d %d %s %s\n", i, store_payment_reversed(store, payment->id),
                               store_receipt_printed(store, payment->id), payment_state_name(found->state), found->receipt_no);
        payment_free(found);
    }
    for (guint i = 0; i < refused->len; i++) {
        const struct store_refused *row = refused->pdata[i];
        g_string_append_printf(out, "refused %" G_GINT64_FORMAT " %s %s %s\n", row->seq, row->id, row->type, row->by);
    }
    answer_persons(store, out);
    answer_books(store, town, out);
    return g_string_free(out, FALSE);
}

static void (*const DEEDS[])(struct store *, struct town *) = {do_pay,   do_pay,  do_load,   do_settle,
                                                              do_spend, do_hold, do_attend, do_resolve};

static void town_clear(struct town *town)
{
    g_ptr_array_unref(town->payments);
    g_ptr_array_unref(town->txns);
    g_ptr_array_unref(town->holds);
    g_ptr_array_unref(town->taps);
}

static void test_any_order(struct fixture *f, const void *data)
{
    struct town town = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                        g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free), ms_of_date(20260101), 0};
    int gone = 0;

    for (int round = 0; round < 25; round++) {
        for (int i = g_test_rand_int_range(5, 40); i > 0; i--)
            DEEDS[g_test_rand_int_range(0, G_N_ELEMENTS(DEEDS))](f->store, &town);
        if (round % 4 != 3)
            acknowledge(f->store, 25);
        g_autofree char *before = answers(f->store, &town);
        gone += compact(f, g_test_rand_int_range(1, 40), g_test_rand_int_range(1, 8), g_test_rand_int_range(1, 60));
        g_autofree char *after = answers(f->store, &town);
        g_assert_cmpstr(before, ==, after);
        reopen(f);
        g_autofree char *rebuilt = answers(f->store, &town);
        g_assert_cmpstr(before, ==, rebuilt);
    }
    g_assert_cmpint(gone, >, 300);
    town_clear(&town);
}

/* ---- Damaged afterwards ------------------------------------------------------------------------------------------------- */

/* The platform gives all that it has: what lies in segments that could be read is known, all else comes again. */
static void made_whole(struct fixture *f, const GPtrArray *rows)
{
    const struct store_row *last = rows->pdata[rows->len - 1];
    g_autofree struct store_verdict_row *verdicts = g_new0(struct store_verdict_row, rows->len);
    g_autoptr(GError) error = NULL;
    uint8_t nonce[32];

    for (guint i = 0; i < rows->len; i++)
        verdicts[i].seq = ((struct store_row *)rows->pdata[i])->seq;
    memset(nonce, 0x5A, sizeof nonce);
    f->store = store_open_or_salvage(f->path, &f->identity, &error);
    g_assert_no_error(error);
    g_assert_cmpint(store_state(f->store, NULL), ==, STORE_WAITS);
    bool adopted = store_rows_adopt(f->store, (struct store_row *const *)rows->pdata, verdicts, rows->len, &error);
    g_assert_no_error(error);
    bool opened = adopted && store_epoch_open(f->store, 2, nonce, last->seq, &error);
    g_assert_no_error(error);
    g_assert_true(opened);
    assert_sound(f->store);
    g_assert_true(store_ledger_check(f->store, &error));
}

static void file_damage(struct fixture *f, const char *bytes, gsize len, int which)
{
    g_autofree char *damaged = g_memdup2(bytes, len), *wal = g_strconcat(f->path, "-wal", NULL);
    gsize page = which <= 1 ? 0 : (gsize)g_test_rand_int_range(1, (int)(len / 4096));

    memset(damaged + page * 4096, 0, which == 1 ? 4096 : 100);
    g_unlink(wal);
    g_assert_true(g_file_set_contents(f->path, damaged, (gssize)(which == 0 ? len / 2 : len), NULL));
}

static void test_damaged(struct fixture *f, const void *data)
{
    struct town town = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                        g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free), ms_of_date(20260101), 0};
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize len = 0;

    for (int i = 0; i < 250; i++)
        DEEDS[g_test_rand_int_range(0, G_N_ELEMENTS(DEEDS))](f->store, &town);
    g_autoptr(GPtrArray) rows = store_outbox(f->store, 10000, SIZE_MAX, &error);
    acknowledge(f->store, 0);
    g_assert_cmpint(compact(f, 50, 2, 200), >, 10);
    g_autofree char *before = answers(f->store, &town);
    fixture_close(f);
    g_assert_true(g_file_get_contents(f->path, &bytes, &len, NULL));
    for (int which = 0; which < 6; which++) {
        file_damage(f, bytes, len, which);
        struct store *store = store_open(f->path, &f->identity, NULL);
        bool opens = store != NULL; /* a page that nobody reads at the start */
        store_close(store);
        if (opens)
            continue;
        made_whole(f, rows);
        g_autofree char *after = answers(f->store, &town);
        g_assert_cmpstr(before, ==, after);
        fixture_close(f);
        fixture_tail_remove(f);
    }
    fixture_open(f);
    town_clear(&town);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/compact/any-order", test_any_order);
    FIXTURE_ADD("/store/compact/damaged", test_damaged);
    return g_test_run();
}
