/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came off the card and went onto it (F08): the card's own log says what and when, also of other machines; of its payments here this
 * kiosk says more. The card is asked when somebody wants to see it, and nothing of it is kept.
 */
#include "service/internal.h"

#include <openssl/crypto.h>
#include <string.h>

#define OURS_MAX  20
#define LINES_MAX (CC_LOGS_MAX + OURS_MAX)
#define TYPE_ED_LOAD 0x01 /* JR/T 0025 */
#define TYPE_EP_LOAD 0x02

/* Two digits; -1: none. */
static int bcd(uint8_t byte)
{
    return (byte >> 4) < 10 && (byte & 15) < 10 ? (byte >> 4) * 10 + (byte & 15) : -1;
}

/* 0: nonsense, which cards do write. */
static int64_t moment_of(const uint8_t date[4], const uint8_t time[3])
{
    int hour = bcd(time[0]), minute = bcd(time[1]), second = bcd(time[2]);
    uint32_t day = 0;

    for (size_t i = 0; i < 4; i++) {
        if (bcd(date[i]) < 0)
            return 0;
        day = day * 100 + (uint32_t)bcd(date[i]);
    }
    if (!date_valid(day) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return 0;
    return ms_of_date(day) + ((int64_t)(hour * 60 + minute) * 60 + second) * 1000;
}

static void movement_of_payment(const struct payment *payment, struct kiosk_movement *out)
{
    bool load = payment->kind == PAYMENT_LOAD;

    *out = (struct kiosk_movement){.amount_fen = payment_facts(payment).amount_fen,
                                   .load = load,
                                   .here = true,
                                   .returned = load && payment->way == PAYMENT_WAY_REVERSAL,
                                   .open = payment_is_open(payment->state),
                                   .bills = (unsigned)payment->bill_count};
    out->at_ms = load ? moment_of(payment->load.date_bcd, payment->load.time_bcd)
                      : moment_of(payment->purchase.date_bcd, payment->purchase.time_bcd);
    if (out->at_ms == 0)
        out->at_ms = payment->at_ms;
    g_strlcpy(out->receipt_no, payment->receipt_no, sizeof out->receipt_no);
    if (payment->state == PAYMENT_CONFIRMED)
        g_strlcpy(out->payment, payment->id, sizeof out->payment);
}

/* Void ones moved nothing. */
static size_t ours_take(struct kiosk *kiosk, struct kiosk_movement *lines)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) payments = store_payments_of(kiosk->store, kiosk->session.card.card_number, OURS_MAX, &error);
    size_t count = 0;

    if (payments == NULL) {
        g_warning("payments of a card: %s", error->message);
        return 0;
    }
    for (guint i = 0; i < payments->len; i++) {
        const struct payment *payment = g_ptr_array_index(payments, i);
        if (payment->state != PAYMENT_VOID && count < OURS_MAX)
            movement_of_payment(payment, &lines[count++]);
    }
    return count;
}

static bool same(const struct kiosk_movement *a, const struct kiosk_movement *b)
{
    return a->at_ms == b->at_ms && a->amount_fen == b->amount_fen && a->load == b->load;
}

/* What the card wrote of a payment of ours is that payment, and settles nothing: a doubt is ended by the tap. */
static size_t log_add(struct kiosk *kiosk, const struct cc_card *card, struct kiosk_movement *lines, size_t ours)
{
    const uint8_t *terminal = kiosk->sam.card.link != NULL ? kiosk->sam.sam.terminal : NULL;
    size_t count = ours;

    for (size_t i = 0; i < card->log_count && i < CC_LOGS_MAX; i++) {
        const struct cc_log_entry *entry = &card->log[i];
        struct kiosk_movement line = {.at_ms = moment_of(entry->date_bcd, entry->time_bcd),
                                      .amount_fen = entry->amount_fen,
                                      .load = entry->type == TYPE_EP_LOAD || entry->type == TYPE_ED_LOAD,
                                      .here = terminal != NULL &&
                                              memcmp(entry->terminal, terminal, sizeof entry->terminal) == 0};
        bool known = false;
        for (size_t j = 0; j < ours && !known; j++)
            known = same(&lines[j], &line);
        if (!known && line.amount_fen > 0)
            lines[count++] = line;
    }
    return count;
}

/* True: it is the session's card, and its logs are in `out`. */
static bool card_read_logs(struct kiosk *kiosk, struct cc_card *out)
{
    struct hall_card card = {0};
    struct cc_port port;
    int result = worker_card_open(kiosk, &card, &port);

    if (result == CC_OK) {
        result = cc_card_read(&port, CC_READ_LOG, out);
        worker_card_close(kiosk, &card, false);
    }
    if (result != CC_OK)
        g_message("the card's log is not read: %s", cc_result_name(result));
    return result == CC_OK && out->family == kiosk->session.card.family &&
           strcmp(out->card_number, kiosk->session.card.card_number) == 0;
}

static int newer_first(const void *a, const void *b)
{
    const struct kiosk_movement *one = a, *other = b;

    return (one->at_ms < other->at_ms) - (one->at_ms > other->at_ms);
}

void statement_tell(struct kiosk *kiosk)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_STATEMENT};
    struct kiosk_movement *lines = g_new0(struct kiosk_movement, LINES_MAX);
    struct cc_card card = {0};
    size_t count = 0;

    if (worker_card_there(kiosk) && kiosk->session.token[0] != '\0') {
        count = ours_take(kiosk, lines);
        event.statement.read = card_read_logs(kiosk, &card);
        if (event.statement.read)
            count = log_add(kiosk, &card, lines, count);
        if (!worker_card_there(kiosk)) /* gone while it was read: nothing of it to whoever stands there now */
            count = 0, event.statement.read = false;
    }
    qsort(lines, count, sizeof *lines, newer_first);
    event.statement.items = lines;
    event.statement.count = count;
    kiosk_post(kiosk, &event, lines);
    OPENSSL_cleanse(&card, sizeof card);
}
