/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts (F30, BL-6): a queue apart from paying. The payment is read in the card worker, the slip is drawn and sent in
 * the print thread. Its words come from the screen's catalogues.
 */
#include "service/internal.h"
#include "service/values.h"
#include "device/printer.h"

#include <libintl.h>
#include <string.h>

struct print_job {
    struct payment *payment;
    char *place;
    char *words_of_total;
    char *labels[PAYMENT_BILLS_MAX];
    bool english;
    bool reprint;
};

/* Each language is a catalogue of its own (assets/po): the slip keeps the language it was asked in. */
static const char *word(const struct print_job *job, const char *text)
{
    return dgettext(job->english ? "citycard-en" : "citycard-zh_CN", text);
}

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

static void job_free(struct print_job *job)
{
    for (size_t i = 0; i < PAYMENT_BILLS_MAX; i++)
        g_free(job->labels[i]);
    g_free(job->words_of_total);
    g_free(job->place);
    payment_free(job->payment);
    g_free(job);
}

static void told(struct kiosk *kiosk, const struct payment *payment, const char *reason, const char *file)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PRINT, .print = {.ok = reason == NULL}};

    if (payment != NULL)
        g_strlcpy(event.print.receipt_no, payment->receipt_no, sizeof event.print.receipt_no);
    g_strlcpy(event.print.reason, reason != NULL ? reason : "", sizeof event.print.reason);
    g_strlcpy(event.print.file, file != NULL ? file : "", sizeof event.print.file);
    kiosk_post(kiosk, &event, NULL);
}

void receipts_print(struct kiosk *kiosk, const char *payment_id, const char *language)
{
    g_autoptr(GError) error = NULL;
    struct payment *payment = store_payment(kiosk->store, payment_id, &error);

    if (payment == NULL || payment->state != PAYMENT_CONFIRMED) {
        told(kiosk, NULL, "NO_PAYMENT", NULL);
        payment_free(payment);
        return;
    }
    struct print_job *job = g_new0(struct print_job, 1);
    job->english = g_strcmp0(language, "en") == 0;
    job->payment = payment;
    job->reprint = store_receipt_printed(kiosk->store, payment->id);
    job->place = g_strdup(job->english ? kiosk->enrolment.place_en : kiosk->enrolment.place_zh);
    job->words_of_total =
        job->english ? money_words_en(payment->purchase.amount_fen) : money_words_zh(payment->purchase.amount_fen);
    for (size_t i = 0; i < payment->bill_count; i++)
        job->labels[i] = bill_label(kiosk, payment->bills[i].id, job->english);
    if (kiosk->print_queue == NULL) { /* no threads: printed here and now */
        receipts_run(job, kiosk);
        return;
    }
    if (!g_thread_pool_push(kiosk->print_queue, job, &error)) {
        told(kiosk, payment, "QUEUE", NULL);
        job_free(job);
    }
}

static char *when_of(int64_t at_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at_ms / 1000);
    g_autoptr(GDateTime) local = g_date_time_add_hours(utc, 8);
    return g_date_time_format(local, "%Y-%m-%d %H:%M:%S");
}

static char *card_line(const struct payment *payment)
{
    const char *number = payment->purchase.card_number;
    size_t digits = strlen(number);
    return g_strdup_printf("**** %s", digits > 4 ? number + digits - 4 : number);
}

/* The line values live until the slip is drawn. */
static void lines_fill(GArray *lines, GPtrArray *texts, const struct print_job *job)
{
    const struct payment *payment = job->payment;
    char hex[17];

    for (size_t i = 0; i < payment->bill_count; i++) {
        g_ptr_array_add(texts, money_format(payment->bills[i].amount_fen));
        g_array_append_vals(lines, &(struct paper_line){job->labels[i], texts->pdata[texts->len - 1]}, 1);
    }
    g_ptr_array_add(texts, card_line(payment));
    g_array_append_vals(lines, &(struct paper_line){word(job, "Card"), texts->pdata[texts->len - 1]}, 1);
    g_ptr_array_add(texts, money_format((int64_t)payment->purchase.balance_before_fen - payment->purchase.amount_fen));
    g_array_append_vals(lines, &(struct paper_line){word(job, "Left on the card"), texts->pdata[texts->len - 1]}, 1);
    g_ptr_array_add(texts, g_strdup(cc_hex(payment->purchase.terminal, 6, hex, sizeof hex)));
    g_array_append_vals(lines, &(struct paper_line){word(job, "Terminal"), texts->pdata[texts->len - 1]}, 1);
    g_ptr_array_add(texts, g_strdup_printf("%u", payment->purchase.terminal_serial));
    g_array_append_vals(lines, &(struct paper_line){word(job, "Terminal serial"), texts->pdata[texts->len - 1]}, 1);
    if (payment->purchase.has_tac) {
        g_ptr_array_add(texts, g_strdup(cc_hex(payment->purchase.tac, 4, hex, sizeof hex)));
        g_array_append_vals(lines, &(struct paper_line){"TAC", texts->pdata[texts->len - 1]}, 1);
    }
}

static const char *reason_of(const GError *error)
{
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_PAPER))
        return "NO_PAPER";
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_JAM))
        return "JAM";
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE))
        return "OFFLINE";
    return "FAILED";
}

/* The fact goes into the journal: a second slip is marked as one. */
static void printed_write(struct kiosk *kiosk, const struct payment *payment)
{
    g_autoptr(GError) error = NULL;
    json_t *data = json_pack("{s:s, s:s}", "payment_id", payment->id, "receipt_no", payment->receipt_no);
    if (data == NULL || !store_append(kiosk->store, "receipt.printed", data, NULL, &error))
        g_warning("receipt %s is printed but not recorded: %s", payment->receipt_no, error ? error->message : "memory");
    json_decref(data);
    sync_kick(kiosk->sync);
}

void receipts_run(void *data, void *user_data)
{
    struct print_job *job = data;
    struct kiosk *kiosk = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct paper_line));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *when = when_of(job->payment->at_ms);
    g_autofree char *total = money_format(job->payment->purchase.amount_fen);
    g_autofree char *qr = g_strdup_printf("citycard:receipt:%s:%s", job->payment->receipt_no, job->payment->id);
    g_autofree char *file = NULL;

    lines_fill(lines, texts, job);
    struct paper paper = {
        .title = word(job, "Payment receipt"), .place = job->place, .number = job->payment->receipt_no, .when = when,
        .lines = (const struct paper_line *)(const void *)lines->data, .line_count = lines->len,
        .total_label = word(job, "Total"), .total = total, .total_words = job->words_of_total,
        .footer = word(job, "Keep this slip. Ask the service desk about it at any time."), .qr = qr,
        .mark = job->reprint ? word(job, "Printed again") : NULL};
    if (printer_print(kiosk->config->printer, &paper, kiosk->print_stop, &file, &error)) {
        printed_write(kiosk, job->payment);
        told(kiosk, job->payment, NULL, file);
    } else {
        g_warning("receipt %s: %s", job->payment->receipt_no, error->message);
        told(kiosk, job->payment, reason_of(error), NULL);
    }
    job_free(job);
}
