/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest-make.h"
#include "model/hours.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include <stdlib.h>
#include <string.h>

#define HOUR_MS     INT64_C(3600000)
#define PURSE_FEN   500000
#define ADULTS_BORN 20000101u

static void batch_free(gpointer data)
{
    struct made_batch *batch = data;

    g_free(batch->text);
    g_free(batch);
}

static void kiosk_name(unsigned i, char name[32])
{
    g_snprintf(name, 32, "B%04u", i);
}

void maker_kiosks_into(const struct maker *maker, struct platform *platform)
{
    char name[32];

    g_assert_true(db_begin(platform->db, true, NULL));
    for (unsigned i = 0; i < maker->kiosks; i++) {
        kiosk_name(i, name);
        g_assert_true(db_kiosk_add(platform->db, name, "社区", "Community", NULL));
    }
    g_assert_true(db_commit(platform->db, NULL));
}

static bool grown_up(struct db *db, const char *token)
{
    struct credit_person person;

    g_assert_true(db_credit_person(db, token, &person, NULL) && person.found);
    return person.birth < ADULTS_BORN;
}

/* Cards of grown-ups: who volunteers without anybody's consent. */
static void cards_find(struct maker *maker)
{
    struct db *db = maker->platform->db;
    g_autoptr(GPtrArray) numbers = g_ptr_array_new();

    g_assert_true(db_begin(db, false, NULL));
    g_autoptr(GPtrArray) tokens = db_texts(
        db,
        db_query(db, NULL, "SELECT token FROM card WHERE community=?1 AND state='active' ORDER BY token", ""),
        NULL);
    for (guint i = 0; i < tokens->len; i++) {
        char *number = NULL;
        struct db_rows *rows = db_query(db, NULL, "SELECT number FROM card WHERE community=?1 AND token=?2",
                                        "s", tokens->pdata[i]);
        g_assert_cmpint(db_next(db, rows, NULL), ==, 1);
        db_col_unsealed(db, rows, 0, "card.number", tokens->pdata[i], &number, NULL);
        db_done(rows);
        g_assert_nonnull(number);
        if (grown_up(db, tokens->pdata[i]))
            g_ptr_array_add(numbers, number);
        else
            g_free(number);
    }
    db_rollback(db);
    maker->card_count = numbers->len;
    g_assert_cmpuint(maker->card_count, >=, maker->kiosks);
    maker->cards = (char **)g_memdup2(numbers->pdata, numbers->len * sizeof(char *));
    maker->purses = g_new0(struct maker_purse, numbers->len);
}

static void open_with(struct maker *maker, unsigned kiosks, unsigned residents, bool unchecked)
{
    char name[32];

    *maker = (struct maker){.dir = kit_dir(), .kiosks = kiosks, .hour = now_ms() / HOUR_MS};
    maker->platform = kit_platform_of(maker->dir, residents);
    maker->pens = g_new0(struct pen, kiosks);
    maker->turns = g_new0(uint64_t, kiosks);
    maker_kiosks_into(maker, maker->platform);
    for (unsigned i = 0; i < kiosks; i++) {
        kiosk_name(i, name);
        kit_enrol(maker->platform, name, &maker->pens[i]);
        maker->pens[i].unchecked = unchecked;
    }
    cards_find(maker);
}

void maker_open(struct maker *maker, unsigned kiosks)
{
    open_with(maker, kiosks, KIT_RESIDENTS, false);
}

void maker_open_large(struct maker *maker, unsigned kiosks, unsigned residents)
{
    open_with(maker, kiosks, residents, true);
}

void maker_close(struct maker *maker)
{
    platform_close(maker->platform);
    kit_dir_done(maker->dir);
    for (unsigned i = 0; i < maker->card_count; i++)
        g_free(maker->cards[i]);
    g_free(maker->cards);
    g_free(maker->purses);
    g_free(maker->pens);
    g_free(maker->turns);
}

static void bill_issue(struct maker *maker, const char *card, int64_t amount_fen, char id[64])
{
    struct bill_row bill = {.biller = "ytdl",
                            .period = "202611",
                            .state = "UNPAID",
                            .amount_fen = amount_fen,
                            .issue = 20261101,
                            .due = 20261231};

    g_snprintf(bill.id, sizeof bill.id, "bench-%" G_GUINT64_FORMAT, ++maker->bills);
    g_snprintf(bill.account_no, sizeof bill.account_no, "T%" G_GUINT64_FORMAT, maker->bills);
    g_strlcpy(bill.card, card, sizeof bill.card);
    g_assert_true(db_bill_add(maker->platform->db, &bill, NULL));
    g_strlcpy(id, bill.id, 64);
}

/* Whose turn it is, of those who come to this kiosk; *before: how often each of them was already. */
static unsigned next_card(struct maker *maker, const struct pen *pen, int64_t *before)
{
    unsigned kiosk = (unsigned)(pen - maker->pens), people = maker->card_count / maker->kiosks;
    uint64_t turn = maker->turns[kiosk]++;

    *before = (int64_t)(turn / people);
    return kiosk + maker->kiosks * (unsigned)(turn % people);
}

static void pay(struct maker *maker, struct pen *pen, json_t *events, bool with_bill)
{
    int64_t before;
    unsigned who = next_card(maker, pen, &before);
    const char *card = maker->cards[who];
    struct maker_purse *purse = &maker->purses[who];
    int64_t amount_fen = 100 + (before * 7 + who) % 900;
    struct payment payment;
    char bill[64];

    if (with_bill)
        bill_issue(maker, card, amount_fen, bill);
    kit_payment(&payment, card, with_bill ? bill : NULL, amount_fen);
    if (purse->balance_fen < amount_fen)
        purse->balance_fen = PURSE_FEN; /* loaded somewhere */
    payment.purchase.counter = ++purse->counter;
    payment.purchase.balance_before_fen = purse->balance_fen;
    purse->balance_fen -= (uint32_t)amount_fen;
    json_array_append_new(events, pen_payment(pen, &payment, PAYMENT_COMMITTING));
    kit_tac(&payment);
    json_array_append_new(events, pen_payment(pen, &payment, PAYMENT_CONFIRMED));
}

/* Each of a person's attendances has an hour of its own, going back in time. */
static void attend(struct maker *maker, struct pen *pen, json_t *events)
{
    struct attendance_event event = {.slot = "bench-slot"};
    int64_t before;
    unsigned who = next_card(maker, pen, &before);

    event.slot_start_ms = (maker->hour - 2 - before) * HOUR_MS;
    event.slot_end_ms = event.slot_start_ms + HOUR_MS;
    event.at_ms = event.slot_start_ms + 60000;
    uuid7(now_ms(), event.id);
    card_token(maker->platform->index_key, maker->cards[who], event.token);
    json_array_append_new(events, pen_event(pen, "attendance.tap", attendance_event_to_json(&event)));
    event.out = true;
    event.at_ms = event.slot_end_ms - 60000;
    json_array_append_new(events, pen_event(pen, "attendance.tap", attendance_event_to_json(&event)));
}

static json_t *anchor_note(const struct pen *pen)
{
    char hash[65];

    for (int i = 0; i < 32; i++)
        g_snprintf(hash + 2 * i, 3, "%02x", pen->prev[i]);
    return json_pack("{s:I, s:I, s:s}", "epoch", (json_int_t)pen->epoch, "seq", (json_int_t)MAX(pen->seq, 1),
                     "hash", hash);
}

static struct made_batch *batch_make(struct maker *maker, struct pen *pen, unsigned events)
{
    json_t *array = json_array(), *request;
    struct made_batch *batch = g_new0(struct made_batch, 1);

    for (unsigned i = 0; i < events; i += 10) {
        pay(maker, pen, array, false);
        pay(maker, pen, array, true);
        attend(maker, pen, array);
        for (int receipt = 0; receipt < 3; receipt++)
            json_array_append_new(
                array, pen_event(pen, "receipt.printed",
                                 json_pack("{s:s, s:b}", "receipt_no", "R-1", "copy", receipt > 0)));
        json_array_append_new(array, pen_event(pen, "journal.anchored", anchor_note(pen)));
    }
    request = json_pack("{s:I, s:o}", "epoch", (json_int_t)pen->epoch, "events", array);
    char *text = json_dumps(request, JSON_COMPACT);
    g_assert_nonnull(text);
    batch->kiosk = pen->kiosk;
    batch->text = g_strdup(text);
    free(text);
    json_decref(request);
    return batch;
}

GPtrArray *maker_batches(struct maker *maker, unsigned count, unsigned events)
{
    GPtrArray *batches = g_ptr_array_new_with_free_func(batch_free);

    g_assert_true(db_begin(maker->platform->db, true, NULL));
    for (unsigned i = 0; i < count; i++)
        g_ptr_array_add(batches, batch_make(maker, &maker->pens[maker->next++ % maker->kiosks], events));
    g_assert_true(db_commit(maker->platform->db, NULL));
    return batches;
}
