/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Printers that speak IPP (RFC 8010, 8011): one on the network, or a queue of this machine's CUPS, which is one, too.
 *
 *   Get-Printer-Attributes ─ trouble ─► said, nothing was sent
 *     └► Print-Job ─► Get-Job-Attributes, Get-Printer-Attributes again and again
 *          ├ job completed ─────────────► printed
 *          ├ job aborted, cancelled ────► not printed, for the printer's reason when it has one
 *          └ trouble, time over, stop ──► Cancel-Job: it must not come out when nobody stands there any more
 *
 * The printer's own words come from printer-state-reasons (RFC 8011, 5.4.12): a keyword with the suffix -report, -warning or -error.
 */
#include "device/printer-ways.h"
#include "device/printer_reasons.h"

#include <cups/cups.h>
#include <string.h>

#define CONNECT_WAIT_MS 3000
#define ANSWER_WAIT_S   5.0
#define POLL_MS         100

struct printer {
    char uri[HTTP_MAX_URI], host[HTTP_MAX_HOST], resource[HTTP_MAX_URI];
    int port;
    http_encryption_t encryption;
    http_t *http;
};

enum printer_trouble printer_trouble_of(const char *reason)
{
    static const struct {
        const char *prefix;
        enum printer_trouble trouble;
    } table[] = {
        {"media-empty", PRINTER_TROUBLE_PAPER},
        {"media-needed", PRINTER_TROUBLE_PAPER},
        {"media-jam", PRINTER_TROUBLE_JAM},
        {"cover-open", PRINTER_TROUBLE_JAM},
        {"door-open", PRINTER_TROUBLE_JAM},
        {"offline", PRINTER_TROUBLE_OFFLINE},
        {"paused", PRINTER_TROUBLE_OFFLINE},
        {"shutdown", PRINTER_TROUBLE_OFFLINE},
        {"timed-out", PRINTER_TROUBLE_OFFLINE},
        {"moving-to-paused", PRINTER_TROUBLE_OFFLINE},
        {"connecting-to-device", PRINTER_TROUBLE_NONE}, /* CUPS says so while each job begins; one that lasts meets the deadline */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_has_prefix(reason, table[i].prefix))
            return table[i].trouble;
    return g_str_has_suffix(reason, "-error") ? PRINTER_TROUBLE_OTHER : PRINTER_TROUBLE_NONE;
}

static bool offline(GError **error, const char *why)
{
    g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "%s", why);
    return false;
}

/* ---- Reaching it -------------------------------------------------------------------------------------------------- */

static bool address_queue(struct printer *printer, const char *queue)
{
    g_strlcpy(printer->host, cupsServer(), sizeof printer->host);
    printer->port = ippPort();
    printer->encryption = cupsEncryption();
    g_snprintf(printer->resource, sizeof printer->resource, "/printers/%s", queue);
    return httpAssembleURIf(HTTP_URI_CODING_ALL, printer->uri, sizeof printer->uri, "ipp", NULL, "localhost", 0, "/printers/%s",
                            queue) == HTTP_URI_STATUS_OK;
}

static bool address_uri(struct printer *printer, const char *uri)
{
    char scheme[16], user[HTTP_MAX_URI];

    g_strlcpy(printer->uri, uri, sizeof printer->uri);
    if (httpSeparateURI(HTTP_URI_CODING_ALL, uri, scheme, sizeof scheme, user, sizeof user, printer->host, sizeof printer->host,
                        &printer->port, printer->resource, sizeof printer->resource) < HTTP_URI_STATUS_OK)
        return false;
    printer->encryption = strcmp(scheme, "ipps") == 0 ? HTTP_ENCRYPTION_ALWAYS : HTTP_ENCRYPTION_IF_REQUESTED;
    return true;
}

/* A printer that stops to answer in the middle is let go. */
static int on_silence(http_t *http, void *data)
{
    return 0;
}

static bool printer_open(struct printer *printer, const char *target, GError **error)
{
    if (!(strstr(target, "://") != NULL ? address_uri(printer, target) : address_queue(printer, target)))
        return offline(error, "this is no printer's address");
    printer->http = httpConnect2(printer->host, printer->port, NULL, AF_UNSPEC, printer->encryption, 1, CONNECT_WAIT_MS, NULL);
    if (printer->http == NULL)
        return offline(error, "the print service does not answer");
    httpSetTimeout(printer->http, ANSWER_WAIT_S, on_silence, NULL);
    return true;
}

/* ---- What it says ------------------------------------------------------------------------------------------------- */

static ipp_t *request_new(const struct printer *printer, ipp_op_t operation, int job)
{
    ipp_t *request = ippNewRequest(operation);

    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, printer->uri);
    if (job != 0)
        ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "citycard");
    return request;
}

/* The answer itself, if it says yes; else it is deleted: NULL with error. */
static ipp_t *answer_judge(ipp_t *answer, GError **error)
{
    if (answer != NULL && cupsLastError() <= IPP_STATUS_OK_CONFLICTING)
        return answer;
    ippDelete(answer);
    offline(error, cupsLastErrorString());
    return NULL;
}

/* The answer (ippDelete), NULL with error. `request` is consumed. */
static ipp_t *ask(struct printer *printer, ipp_t *request, GError **error)
{
    return answer_judge(cupsDoRequest(printer->http, request, printer->resource), error);
}

static bool reasons_judge(ipp_t *answer, GError **error)
{
    ipp_attribute_t *reasons = ippFindAttribute(answer, "printer-state-reasons", IPP_TAG_KEYWORD);

    for (int i = 0; reasons != NULL && i < ippGetCount(reasons); i++) {
        const char *reason = ippGetString(reasons, i, NULL);

        if (reason != NULL && !printer_trouble_report(printer_trouble_of(reason), reason, error))
            return false;
    }
    return true;
}

static bool state_judge(ipp_t *answer, GError **error)
{
    ipp_attribute_t *accepting = ippFindAttribute(answer, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    ipp_attribute_t *state = ippFindAttribute(answer, "printer-state", IPP_TAG_ENUM);

    if (!reasons_judge(answer, error))
        return false;
    if (accepting != NULL && !ippGetBoolean(accepting, 0))
        return offline(error, "the printer does not accept jobs");
    if (state != NULL && ippGetInteger(state, 0) == IPP_PSTATE_STOPPED)
        return offline(error, "the printer is stopped");
    return true;
}

static bool printer_well(struct printer *printer, GError **error)
{
    static const char *const wanted[] = {"printer-state", "printer-state-reasons", "printer-is-accepting-jobs"};
    ipp_t *request = request_new(printer, IPP_OP_GET_PRINTER_ATTRIBUTES, 0), *answer;

    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", G_N_ELEMENTS(wanted), NULL, wanted);
    answer = ask(printer, request, error);
    if (answer == NULL)
        return false;
    bool well = state_judge(answer, error);
    ippDelete(answer);
    return well;
}

/* ---- A job -------------------------------------------------------------------------------------------------------- */

/* Its number; 0 with error. Without an answer it may be there; a refusal is none. */
static int job_send(struct printer *printer, const char *pdf, const char *title, bool *sent, GError **error)
{
    ipp_t *request = request_new(printer, IPP_OP_PRINT_JOB, 0), *answer;
    ipp_attribute_t *id;
    int job = 0;

    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, title);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL, "application/pdf");
    answer = cupsDoFileRequest(printer->http, request, printer->resource, pdf);
    *sent = answer == NULL || cupsLastError() <= IPP_STATUS_OK_CONFLICTING;
    answer = answer_judge(answer, error);
    if (answer == NULL)
        return 0;
    id = ippFindAttribute(answer, "job-id", IPP_TAG_INTEGER);
    job = id != NULL ? ippGetInteger(id, 0) : 0;
    ippDelete(answer);
    if (job == 0)
        offline(error, "the printer took the job and gave no number");
    return job;
}

static bool job_state(struct printer *printer, int job, ipp_jstate_t *out, GError **error)
{
    ipp_t *request = request_new(printer, IPP_OP_GET_JOB_ATTRIBUTES, job), *answer;
    ipp_attribute_t *state;

    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", NULL, "job-state");
    answer = ask(printer, request, error);
    if (answer == NULL)
        return false;
    state = ippFindAttribute(answer, "job-state", IPP_TAG_ENUM);
    if (state != NULL)
        *out = (ipp_jstate_t)ippGetInteger(state, 0);
    ippDelete(answer);
    return state != NULL || offline(error, "the printer does not say how the job is");
}

static void job_cancel(struct printer *printer, int job)
{
    g_autoptr(GError) error = NULL;
    ipp_t *answer = ask(printer, request_new(printer, IPP_OP_CANCEL_JOB, job), &error);

    if (answer == NULL)
        g_message("print job %d was not called back: %s", job, error->message);
    ippDelete(answer);
}

static bool job_broken(struct printer *printer, GError **error)
{
    if (printer_well(printer, error))
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "the printer gave the job up");
    return false;
}

/* True when it is printed. False: *over says whether the printer is done with it. */
static bool job_watch(struct printer *printer, int job, GCancellable *stop, bool *over, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + PRINTER_WAIT_MS * G_TIME_SPAN_MILLISECOND;
    ipp_jstate_t state = IPP_JSTATE_PENDING;

    *over = false;
    for (;;) {
        if (!job_state(printer, job, &state, error))
            return false;
        *over = state >= IPP_JSTATE_CANCELED;
        if (state == IPP_JSTATE_COMPLETED)
            return true;
        if (*over)
            return job_broken(printer, error);
        if (!printer_well(printer, error) || !printer_may_wait(deadline, stop, error))
            return false;
        g_usleep(POLL_MS * 1000);
    }
}

static bool job_do(struct printer *printer, const char *pdf, const char *title, GCancellable *stop, bool *sent, GError **error)
{
    bool over, printed;
    int job = printer_well(printer, error) ? job_send(printer, pdf, title, sent, error) : 0;

    if (job == 0)
        return false;
    printed = job_watch(printer, job, stop, &over, error);
    if (!printed && !over)
        job_cancel(printer, job);
    return printed;
}

bool ipp_print(const char *target, const char *pdf, const char *title, GCancellable *stop, bool *sent, GError **error)
{
    struct printer printer = {0};
    bool done = printer_open(&printer, target, error) && job_do(&printer, pdf, title, stop, sent, error);

    httpClose(printer.http);
    return done;
}

bool ipp_check(const char *target, GError **error)
{
    struct printer printer = {0};
    bool well = printer_open(&printer, target, error) && printer_well(&printer, error);

    httpClose(printer.http);
    return well;
}
