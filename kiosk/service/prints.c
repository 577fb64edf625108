/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is printed (F30): a queue apart from paying. The card worker writes down what is on it, in the words of the screen's catalogues;
 * the thread of the printer takes one after another, and tells the screen what the printer says. Nobody waits for it.
 *
 *   {title, number, text, lines: [[label, value]], total …}   what the screen says, or receipts.c and certificates.c from the records
 * + {id, english, large, when, place, kiosk, footer, qr}      what every print bears
 *   ─► store/prints.h ─► drawn, with the mark of a reprint if it was out before
 */
#include "device/printer.h"
#include "service/internal.h"
#include "service/values.h"
#include "store/prints.h"

#include <libintl.h>
#include <openssl/crypto.h>
#include <string.h>

#define LINES_MAX  64
#define NUMBER_MAX 40

static const char *const KINDS[] = {"receipt", "order", "seat", "notice", "ticket", "certificate", "lesson"};

/* Each language is a catalogue of its own (assets/po): a slip keeps the language it was asked in. */
const char *prints_word(bool english, const char *text)
{
    return dgettext(english ? "citycard-en" : "citycard-zh_CN", text);
}

/* ---- What is on it ------------------------------------------------------------------------------------------------ */

static void put(json_t *paper, const char *name, const char *text)
{
    if (text != NULL && *text != '\0')
        json_object_set_new(paper, name, json_string(text));
}

char *prints_pack(const struct kiosk_slip *slip)
{
    json_t *paper = json_object(), *lines = json_array();

    put(paper, "title", slip->title);
    put(paper, "number", slip->number);
    put(paper, "text", slip->text);
    for (size_t i = 0; i < MIN(slip->count, KIOSK_SLIP_LINES); i++)
        json_array_append_new(lines, json_pack("[s,s]", slip->lines[i].label, slip->lines[i].value));
    json_object_set_new(paper, "lines", lines);
    char *text = json_dumps(paper, JSON_COMPACT);
    json_decref(paper);
    return text;
}

/* What a printer's job and a file may be called; without a number the end of the id stands for it. */
static void number_put(json_t *paper, const char *id)
{
    const char *given = json_string_value(json_object_get(paper, "number"));
    g_autofree char *number = g_strndup(given != NULL ? given : id + strlen(id) - MIN(strlen(id), 8), NUMBER_MAX);

    g_strcanon(number, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_", '-');
    put(paper, "number", number);
}

static char *now_text(struct kiosk *kiosk)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(health_now_ms(kiosk) / 1000);
    g_autoptr(GDateTime) local = g_date_time_add_hours(utc, 8);
    return g_date_time_format(local, "%Y-%m-%d %H:%M");
}

static void common_put(struct kiosk *kiosk, json_t *paper, const struct request *request)
{
    bool english = g_strcmp0(request->language, "en") == 0;
    g_autofree char *now = now_text(kiosk), *machine = NULL, *qr = NULL;

    number_put(paper, request->print_id);
    machine = g_strdup_printf(prints_word(english, "Machine %s"), kiosk->enrolment.kiosk_id);
    qr = g_strdup_printf("citycard:%s:%s:%s", KINDS[request->print], json_string_value(json_object_get(paper, "number")), request->print_id);
    if (json_object_get(paper, "when") == NULL)
        put(paper, "when", now);
    put(paper, "id", request->print_id);
    put(paper, "place", english ? kiosk->enrolment.place_en : kiosk->enrolment.place_zh);
    put(paper, "kiosk", machine);
    if (json_object_get(paper, "footer") == NULL)
        put(paper, "footer", prints_word(english, "Keep this slip. Ask the service desk about it at any time."));
    if (json_object_get(paper, "qr") == NULL)
        put(paper, "qr", qr);
    json_object_set_new(paper, "english", json_boolean(english));
    json_object_set_new(paper, "large", json_boolean(request->large));
}

/* ---- Told --------------------------------------------------------------------------------------------------------- */

static void told(struct kiosk *kiosk, size_t kind, json_t *paper, const char *reason, const char *file)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_PRINT, .print = {.kind = (enum kiosk_print_kind)kind, .ok = reason == NULL}};

    value_string(paper, "id", event.print.id, sizeof event.print.id);
    value_string(paper, "number", event.print.number, sizeof event.print.number);
    g_strlcpy(event.print.reason, reason != NULL ? reason : "", sizeof event.print.reason);
    g_strlcpy(event.print.file, file != NULL ? file : "", sizeof event.print.file);
    kiosk_post(kiosk, &event, NULL);
}

/* ---- Asked for ---------------------------------------------------------------------------------------------------- */

void prints_kick(struct kiosk *kiosk)
{
    g_autoptr(GError) error = NULL;

    if (kiosk->print_queue == NULL) /* no threads: printed here and now */
        prints_run(NULL, kiosk);
    else if (!g_thread_pool_push(kiosk->print_queue, kiosk, &error))
        g_warning("the printer's thread: %s", error->message);
}

static bool queue_put(struct kiosk *kiosk, json_t *paper, const struct request *request)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *what = g_strdup_printf("%s:%s", KINDS[request->print], request->print_id);
    char *text = json_dumps(paper, JSON_COMPACT);
    bool done = text != NULL && strlen(what) < STORE_PRINT_WHAT_SIZE && store_print_add(kiosk->store, what, kiosk->session.token, text, &error);

    if (text != NULL)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
    if (error != NULL)
        g_warning("the printer's queue: %s", error->message);
    return done;
}

static json_t *paper_of(struct kiosk *kiosk, const struct request *request)
{
    if (request->print == KIOSK_PRINT_RECEIPT)
        return receipts_paper(kiosk, request->print_id, g_strcmp0(request->language, "en") == 0);
    if (request->print == KIOSK_PRINT_CERTIFICATE)
        return certificates_paper(kiosk, request->print_id, g_strcmp0(request->language, "en") == 0);
    return request->slip != NULL ? json_loads(request->slip, 0, NULL) : NULL;
}

void prints_ask(struct kiosk *kiosk, const struct request *request)
{
    json_t *paper = paper_of(kiosk, request);

    if (paper == NULL) {
        told(kiosk, request->print, NULL, "NO_PAYMENT", NULL);
        return;
    }
    common_put(kiosk, paper, request);
    if (queue_put(kiosk, paper, request))
        prints_kick(kiosk);
    else
        told(kiosk, request->print, paper, "QUEUE", NULL);
    json_decref(paper);
}

/* ---- Printed: the thread of the printer --------------------------------------------------------------------------- */

static const char *reason_of(struct kiosk *kiosk, const GError *error)
{
    if (g_cancellable_is_cancelled(kiosk->print_stop))
        return "STOPPED"; /* it may be out */
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_PAPER))
        return "NO_PAPER";
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_JAM))
        return "JAM";
    if (g_error_matches(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE))
        return "OFFLINE";
    return "FAILED";
}

static size_t kind_of(const struct store_print *job)
{
    size_t kind = 0;

    while (kind + 1 < G_N_ELEMENTS(KINDS) && !g_str_has_prefix(job->what, KINDS[kind]))
        kind++;
    return kind;
}

/* What is told of a print, and its type; NULL: nothing. A certificate that may be out is issued: whoever holds it must not hear that nobody
 * knows it. A receipt is out when the printer has said so. */
static json_t *fact_of(const struct store_print *job, json_t *paper, enum store_print_state state, const char *reason, const char **type)
{
    size_t kind = kind_of(job);
    bool may_be_out = state != STORE_PRINT_FAILED || strcmp(reason, "STOPPED") == 0;

    *type = kind == KIOSK_PRINT_RECEIPT ? "receipt.printed" : "certificate.printed";
    if (kind == KIOSK_PRINT_RECEIPT && state == STORE_PRINT_DONE)
        return json_pack("{s:O, s:O}", "payment_id", json_object_get(paper, "id"), "receipt_no", json_object_get(paper, "number"));
    return kind == KIOSK_PRINT_CERTIFICATE && may_be_out ? json_pack("{s:s}", "number", job->what + strlen(KINDS[kind]) + 1) : NULL;
}

/* The fact goes into the journal: at another machine, too, a second slip is known as one, and only now is a certificate issued. */
static void end_write(struct kiosk *kiosk, const struct store_print *job, json_t *paper, enum store_print_state state, const char *reason)
{
    g_autoptr(GError) error = NULL, unwritten = NULL;
    const char *type;
    json_t *data = fact_of(job, paper, state, reason, &type);
    bool told = data != NULL && store_print_out(kiosk->store, job->id, state, reason, type, data, &error);

    if (error != NULL)
        g_warning("print %" G_GINT64_FORMAT " is out but not recorded: %s", job->id, error->message);
    if (!told && !store_print_end(kiosk->store, job->id, state, reason, &unwritten))
        g_warning("the printer's queue: %s", unwritten->message);
    if (told)
        sync_kick(kiosk->sync);
    json_decref(data);
}

/* What was stopped in the middle: certificates may be out. */
static bool settle(struct kiosk *kiosk, GError **error)
{
    struct store_print job = {0};
    int found;

    while ((found = store_print_stopped(kiosk->store, KINDS[KIOSK_PRINT_CERTIFICATE], job.id, &job, error)) == 1)
        end_write(kiosk, &job, NULL, STORE_PRINT_FAILED, "STOPPED");
    return found == 0 && store_prints_settle(kiosk->store, error);
}

/* Strings are borrowed from `json`. */
static void paper_fill(json_t *json, struct paper *paper, struct paper_line lines[LINES_MAX])
{
    const struct { const char *name, **text; } members[] = {
        {"title", &paper->title}, {"place", &paper->place}, {"number", &paper->number}, {"when", &paper->when},
        {"kiosk", &paper->kiosk}, {"text", &paper->text}, {"total_label", &paper->total_label}, {"total", &paper->total},
        {"total_words", &paper->total_words}, {"footer", &paper->footer}, {"qr", &paper->qr}};
    json_t *line;
    size_t at;

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        *members[i].text = json_string_value(json_object_get(json, members[i].name));
    json_array_foreach(json_object_get(json, "lines"), at, line)
    {
        const char *label = json_string_value(json_array_get(line, 0)), *value = json_string_value(json_array_get(line, 1));
        if (label != NULL && value != NULL && paper->line_count < LINES_MAX)
            lines[paper->line_count++] = (struct paper_line){label, value};
    }
    paper->lines = lines;
    paper->large = json_is_true(json_object_get(json, "large"));
}

/* A notice is nobody's document: each slip of it is as good as the first. */
static bool was_out(struct kiosk *kiosk, const struct store_print *job, json_t *json, size_t kind)
{
    if (kind == KIOSK_PRINT_NOTICE)
        return false;
    return store_print_was_out(kiosk->store, job->what) || json_is_true(json_object_get(json, "again")) ||
           (kind == KIOSK_PRINT_RECEIPT && store_receipt_printed(kiosk->store, json_string_value(json_object_get(json, "id"))));
}

static bool print(struct kiosk *kiosk, const struct store_print *job, json_t *json, char **file, bool *sent, GError **error)
{
    struct paper_line lines[LINES_MAX];
    struct paper paper = {0};

    paper_fill(json, &paper, lines);
    if (paper.number == NULL) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "what was to be printed cannot be read");
        return false;
    }
    if (was_out(kiosk, job, json, kind_of(job)))
        paper.mark = prints_word(json_is_true(json_object_get(json, "english")), "Printed again");
    return printer_print(kiosk->config->printer, &paper, kiosk->print_stop, file, sent, error);
}

static void job_do(struct kiosk *kiosk, const struct store_print *job)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    json_t *json = job->text != NULL ? json_loads(job->text, 0, NULL) : NULL;
    bool sent = false, printed = print(kiosk, job, json, &file, &sent, &error);
    const char *reason = printed ? NULL : reason_of(kiosk, error);

    end_write(kiosk, job, json, printed ? STORE_PRINT_DONE : sent ? STORE_PRINT_UNSURE : STORE_PRINT_FAILED, printed ? "" : reason);
    if (error != NULL)
        g_warning("print %" G_GINT64_FORMAT ": %s", job->id, error->message);
    told(kiosk, kind_of(job), json, reason, file);
    json_decref(json);
}

void prints_run(void *data, void *user_data)
{
    struct kiosk *kiosk = user_data;
    g_autoptr(GError) error = NULL;
    struct store_print job;
    int found = settle(kiosk, &error) ? 1 : -1;

    while (found == 1 && !g_cancellable_is_cancelled(kiosk->print_stop) && (found = store_print_next(kiosk->store, &job, &error)) == 1) {
        job_do(kiosk, &job);
        if (job.text != NULL)
            OPENSSL_cleanse(job.text, strlen(job.text));
        g_free(job.text);
    }
    if (found < 0) {
        g_warning("the printer's queue: %s", error->message);
        told(kiosk, KIOSK_PRINT_RECEIPT, NULL, "QUEUE", NULL);
    }
}
