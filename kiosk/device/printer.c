/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a receipt goes: a folder, or a queue of CUPS. Both ways the PDF is written first. All calls may block (CUPS: up
 * to CUPS_WAIT_MS for the connection and as long for the job), so they belong into the worker thread.
 *
 * The printer's own words come from IPP, RFC 8011 section 5.4.12 (printer-state-reasons): a keyword with the suffix
 * -report, -warning or -error.
 */
#include "device/printer.h"
#include "device/printer_reasons.h"

#include <cups/cups.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <unistd.h>

#define CUPS_WAIT_MS 3000
#define CUPS_POLL_MS 100
#define NUMBER_MAX   63
#define PAPER_OUT    "OUT_OF_PAPER"

G_DEFINE_QUARK(printer - error - quark, printer_error)

/* ---- A folder ------------------------------------------------------------------------------------------------- */

static bool folder_check(const char *folder, GError **error)
{
    g_autofree char *mark = g_build_filename(folder, PAPER_OUT, NULL);

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR) || g_access(folder, W_OK) != 0) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE,
                    "the receipt folder is missing or not writable");
        return false;
    }
    if (g_file_test(mark, G_FILE_TEST_EXISTS)) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_PAPER, "out of paper");
        return false;
    }
    return true;
}

/* A receipt number becomes a file name: letters, digits and dashes only. */
static bool number_ok(const char *number)
{
    size_t len = strlen(number);

    return len > 0 && len <= NUMBER_MAX &&
           strspn(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") == len;
}

/* Written beside and renamed, so that a reader of the folder never sees half a receipt. */
static bool write_whole(const struct receipt *receipt, const char *path, GError **error)
{
    g_autofree char *part = g_strconcat(path, ".part", NULL);

    if (!receipt_write_pdf(receipt, part, error)) {
        g_unlink(part);
        return false;
    }
    if (g_rename(part, path) != 0) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
        g_unlink(part);
        return false;
    }
    return true;
}

static bool folder_print(const char *folder, const struct receipt *receipt, char **file, GError **error)
{
    g_autofree char *name = g_strconcat(receipt->number, ".pdf", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (!folder_check(folder, error) || !write_whole(receipt, path, error))
        return false;
    if (file != NULL)
        *file = g_steal_pointer(&path);
    return true;
}

/* ---- CUPS ------------------------------------------------------------------------------------------------------- */

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
        {"connecting-to-device", PRINTER_TROUBLE_OFFLINE},
        {"moving-to-paused", PRINTER_TROUBLE_OFFLINE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_has_prefix(reason, table[i].prefix))
            return table[i].trouble;
    return g_str_has_suffix(reason, "-error") ? PRINTER_TROUBLE_OTHER : PRINTER_TROUBLE_NONE;
}

static bool report(enum printer_trouble trouble, const char *reason, GError **error)
{
    static const enum printer_error code[] = {
        [PRINTER_TROUBLE_PAPER] = PRINTER_ERROR_PAPER,
        [PRINTER_TROUBLE_JAM] = PRINTER_ERROR_JAM,
        [PRINTER_TROUBLE_OFFLINE] = PRINTER_ERROR_OFFLINE,
        [PRINTER_TROUBLE_OTHER] = PRINTER_ERROR_FAILED,
    };

    if (trouble == PRINTER_TROUBLE_NONE)
        return true;
    g_set_error(error, PRINTER_ERROR, (int)code[trouble], "the printer reports %s", reason);
    return false;
}

static ipp_t *state_request(const char *queue)
{
    static const char *const wanted[] = {"printer-state", "printer-state-reasons",
                                         "printer-is-accepting-jobs"};
    ipp_t *request = ippNewRequest(IPP_OP_GET_PRINTER_ATTRIBUTES);
    char uri[HTTP_MAX_URI];

    httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "ipp", NULL, "localhost", 0, "/printers/%s",
                     queue);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", G_N_ELEMENTS(wanted),
                  NULL, wanted);
    return request;
}

static bool state_judge(ipp_t *answer, GError **error)
{
    ipp_attribute_t *reasons = ippFindAttribute(answer, "printer-state-reasons", IPP_TAG_KEYWORD);
    ipp_attribute_t *accepting = ippFindAttribute(answer, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    ipp_attribute_t *state = ippFindAttribute(answer, "printer-state", IPP_TAG_ENUM);

    for (int i = 0; reasons != NULL && i < ippGetCount(reasons); i++) {
        const char *reason = ippGetString(reasons, i, NULL);

        if (reason != NULL && !report(printer_trouble_of(reason), reason, error))
            return false;
    }
    if (accepting != NULL && !ippGetBoolean(accepting, 0))
        return report(PRINTER_TROUBLE_OFFLINE, "not accepting jobs", error);
    if (state != NULL && ippGetInteger(state, 0) == IPP_PSTATE_STOPPED)
        return report(PRINTER_TROUBLE_OFFLINE, "stopped", error);
    return true;
}

static http_t *cups_connect(GError **error)
{
    http_t *http =
        httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1, CUPS_WAIT_MS, NULL);

    if (http == NULL)
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "the print service does not answer");
    return http;
}

static bool cups_check(http_t *http, const char *queue, GError **error)
{
    g_autofree char *resource = g_strconcat("/printers/", queue, NULL);
    ipp_t *answer = cupsDoRequest(http, state_request(queue), resource);
    bool ok;

    if (answer == NULL || cupsLastError() > IPP_STATUS_OK_CONFLICTING) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "%s", cupsLastErrorString());
        ok = false;
    } else {
        ok = state_judge(answer, error);
    }
    ippDelete(answer);
    return ok;
}

/* Wait a little for the job: an empty roll shows only when the printer starts. A job still running then is no error. */
static bool cups_watch(http_t *http, const char *queue, GError **error)
{
    for (int waited = 0; waited < CUPS_WAIT_MS; waited += CUPS_POLL_MS) {
        cups_job_t *jobs = NULL;
        int running = cupsGetJobs2(http, &jobs, queue, 1, CUPS_WHICHJOBS_ACTIVE);

        cupsFreeJobs(MAX(running, 0), jobs);
        if (!cups_check(http, queue, error))
            return false;
        if (running <= 0)
            return true;
        g_usleep(CUPS_POLL_MS * 1000);
    }
    return true;
}

static bool cups_send(http_t *http, const char *queue, const char *path, const char *title, GError **error)
{
    if (!cups_check(http, queue, error))
        return false;
    if (cupsPrintFile2(http, queue, path, title, 0, NULL) == 0) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "%s", cupsLastErrorString());
        return false;
    }
    return cups_watch(http, queue, error);
}

static bool cups_print(const char *queue, const struct receipt *receipt, GError **error)
{
    g_autofree char *path = NULL;
    http_t *http;
    int fd = g_file_open_tmp("citycard-receipt-XXXXXX.pdf", &path, error);
    bool ok = false;

    if (fd < 0)
        return false;
    close(fd);
    http = cups_connect(error);
    if (http != NULL) {
        ok = receipt_write_pdf(receipt, path, error) && cups_send(http, queue, path, receipt->number, error);
        httpClose(http);
    }
    g_unlink(path);
    return ok;
}

/* ---- Either ----------------------------------------------------------------------------------------------------- */

static const char *target_part(const char *target, const char *scheme)
{
    return target != NULL && g_str_has_prefix(target, scheme) && target[strlen(scheme)] != '\0'
               ? target + strlen(scheme)
               : NULL;
}

static bool target_unknown(GError **error)
{
    g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "no printer is configured");
    return false;
}

bool printer_print(const char *target, const struct receipt *receipt, char **file, GError **error)
{
    const char *folder = target_part(target, "folder:");
    const char *queue = target_part(target, "cups:");

    if (file != NULL)
        *file = NULL;
    if (!number_ok(receipt->number)) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED,
                    "a receipt number holds letters, digits and dashes");
        return false;
    }
    if (folder != NULL)
        return folder_print(folder, receipt, file, error);
    return queue != NULL ? cups_print(queue, receipt, error) : target_unknown(error);
}

bool printer_check(const char *target, GError **error)
{
    const char *folder = target_part(target, "folder:");
    const char *queue = target_part(target, "cups:");
    http_t *http;
    bool ok;

    if (folder != NULL)
        return folder_check(folder, error);
    if (queue == NULL)
        return target_unknown(error);
    http = cups_connect(error);
    ok = http != NULL && cups_check(http, queue, error);
    httpClose(http);
    return ok;
}
