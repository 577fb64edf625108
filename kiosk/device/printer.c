/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a print goes: a folder, a printer of IPP, a printer of ESC/POS.
 */
#include "device/printer-ways.h"
#include "device/printer_reasons.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 63
#define PAPER_OUT  "OUT_OF_PAPER"

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

/* A number becomes a file name: letters, digits and dashes only. */
static bool number_ok(const char *number)
{
    size_t len = strlen(number);

    return len > 0 && len <= NUMBER_MAX &&
           strspn(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") == len;
}

/* Written beside and renamed, so that a reader of the folder never sees half a receipt. */
static bool write_whole(const struct paper *paper, const char *path, GError **error)
{
    g_autofree char *part = g_strconcat(path, ".part", NULL);

    if (!paper_write_pdf(paper, part, error)) {
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

static bool folder_print(const char *folder, const struct paper *paper, char **file, GError **error)
{
    g_autofree char *name = g_strconcat(paper->number, ".pdf", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (!folder_check(folder, error) || !write_whole(paper, path, error))
        return false;
    if (file != NULL)
        *file = g_steal_pointer(&path);
    return true;
}

/* ---- Others ------------------------------------------------------------------------------------------------------ */

bool printer_trouble_report(enum printer_trouble trouble, const char *what, GError **error)
{
    static const enum printer_error code[] = {
        [PRINTER_TROUBLE_PAPER] = PRINTER_ERROR_PAPER,
        [PRINTER_TROUBLE_JAM] = PRINTER_ERROR_JAM,
        [PRINTER_TROUBLE_OFFLINE] = PRINTER_ERROR_OFFLINE,
        [PRINTER_TROUBLE_OTHER] = PRINTER_ERROR_FAILED,
    };

    if (trouble == PRINTER_TROUBLE_NONE)
        return true;
    g_set_error(error, PRINTER_ERROR, (int)code[trouble], "the printer reports %s", what);
    return false;
}

bool printer_may_wait(int64_t deadline_us, GCancellable *stop, GError **error)
{
    if (g_cancellable_is_cancelled(stop))
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "printing was stopped");
    else if (g_get_monotonic_time() >= deadline_us)
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "the printer does not answer");
    else
        return true;
    return false;
}

static bool pdf_print(const char *target, const struct paper *paper, GCancellable *stop, bool *sent, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("citycard-print-XXXXXX.pdf", &path, error);

    if (fd < 0)
        return false;
    close(fd);
    bool done = paper_write_pdf(paper, path, error) && ipp_print(target, path, paper->number, stop, sent, error);
    g_unlink(path);
    return done;
}

static bool dots_print(const char *target, const struct paper *paper, GCancellable *stop, bool *sent, GError **error)
{
    g_autoptr(GBytes) dots = paper_raster(paper, error);

    return dots != NULL && escpos_print(target, dots, stop, sent, error);
}

/* ---- Either ----------------------------------------------------------------------------------------------------- */

static const char *target_part(const char *target, const char *scheme)
{
    return target != NULL && g_str_has_prefix(target, scheme) && target[strlen(scheme)] != '\0'
               ? target + strlen(scheme)
               : NULL;
}

/* A queue of CUPS, or the whole address of a printer. */
static const char *target_ipp(const char *target)
{
    bool address = target != NULL && (g_str_has_prefix(target, "ipp://") || g_str_has_prefix(target, "ipps://"));

    return address ? target : target_part(target, "cups:");
}

static bool target_unknown(GError **error)
{
    g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "no printer is configured");
    return false;
}

bool printer_print(const char *target, const struct paper *paper, GCancellable *stop, char **file, bool *sent, GError **error)
{
    bool unasked;
    const char *folder = target_part(target, "folder:"), *ipp = target_ipp(target), *line = target_part(target, "escpos:");

    if (file != NULL)
        *file = NULL;
    if (sent == NULL)
        sent = &unasked;
    *sent = false;
    if (!number_ok(paper->number)) {
        g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_FAILED, "a number holds letters, digits and dashes");
        return false;
    }
    if (folder != NULL)
        return folder_print(folder, paper, file, error);
    if (ipp != NULL)
        return pdf_print(ipp, paper, stop, sent, error);
    return line != NULL ? dots_print(line, paper, stop, sent, error) : target_unknown(error);
}

bool printer_check(const char *target, GError **error)
{
    const char *folder = target_part(target, "folder:"), *ipp = target_ipp(target), *line = target_part(target, "escpos:");

    if (folder != NULL)
        return folder_check(folder, error);
    if (ipp != NULL)
        return ipp_check(ipp, error);
    return line != NULL ? escpos_check(line, error) : target_unknown(error);
}
