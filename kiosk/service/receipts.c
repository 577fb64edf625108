/* SPDX-License-Identifier: Apache-2.0 */
/* The receipt of a payment (BL-6), or of money that came onto the card, from the records and not from the screen. */
#include "service/internal.h"
#include "service/values.h"

#include <string.h>

static char *bill_label(struct kiosk *kiosk, const char *bill_id, bool english)
{
    g_autoptr(GError) error = NULL;
    json_t *bill = store_bill(kiosk->store, bill_id, &error);
    char name[64], period[16];

    if (bill == NULL)
        return g_strdup(bill_id);
    value_string(json_object_get(bill, "biller"), english ? "name_en" : "name_zh", name, sizeof name);
    value_string(bill, "period", period, sizeof period);
    json_decref(bill);
    return g_strdup_printf("%s %s", name, period);
}

static char *when_of(int64_t at_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at_ms / 1000);
    g_autoptr(GDateTime) local = g_date_time_add_hours(utc, 8);
    return g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
}

static void line_put(json_t *lines, const char *label, char *value)
{
    json_array_append_new(lines, json_pack("[s,s]", label, value));
    g_free(value);
}

static char *card_line(const char *number)
{
    size_t digits = strlen(number);
    return g_strdup_printf("**** %s", digits > 4 ? number + digits - 4 : number);
}

/* By these the purchase is found in what the terminal hands in. */
static void terminal_put(json_t *lines, const struct cc_purchase *purchase, bool english)
{
    char hex[9];

    line_put(lines, prints_word(english, "Terminal serial"), g_strdup_printf("%u", purchase->terminal_serial));
    if (purchase->has_tac)
        line_put(lines, "TAC", g_strdup(cc_hex(purchase->tac, 4, hex, sizeof hex)));
}

static json_t *lines_new(struct kiosk *kiosk, const struct payment *payment, bool english)
{
    struct payment_facts facts = payment_facts(payment);
    bool load = payment->kind == PAYMENT_LOAD;
    json_t *lines = json_array();
    char hex[13];

    for (size_t i = 0; i < payment->bill_count; i++) {
        g_autofree char *label = bill_label(kiosk, payment->bills[i].id, english);
        line_put(lines, label, money_format(payment->bills[i].amount_fen));
    }
    line_put(lines, prints_word(english, "Card"), card_line(facts.card_number));
    line_put(lines, load ? prints_word(english, "Card balance") : prints_word(english, "Left on the card"),
             money_format(facts.balance_before_fen + facts.change_fen));
    line_put(lines, prints_word(english, "Terminal"), g_strdup(cc_hex(facts.terminal, 6, hex, sizeof hex)));
    if (!load)
        terminal_put(lines, &payment->purchase, english);
    return lines;
}

static json_t *paper_new(struct kiosk *kiosk, const struct payment *payment, bool english)
{
    int64_t fen = payment_facts(payment).amount_fen;
    bool load = payment->kind == PAYMENT_LOAD;
    const char *title = load ? prints_word(english, "Money added") : prints_word(english, "Payment receipt");
    g_autofree char *when = when_of(payment->at_ms), *total = money_format(fen),
                    *words = english ? money_words_en(fen) : money_words_zh(fen);

    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s}", "title", title, "number", payment->receipt_no,
                     "when", when, "lines", lines_new(kiosk, payment, english), "total_label", prints_word(english, "Total"), "total", total,
                     "total_words", words);
}

json_t *receipts_paper(struct kiosk *kiosk, const char *payment_id, bool english)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment(kiosk->store, payment_id, &error);
    bool done = payment != NULL && payment->state == PAYMENT_CONFIRMED;
    json_t *paper = done ? paper_new(kiosk, payment, english) : NULL;

    payment_free(payment);
    return paper;
}
