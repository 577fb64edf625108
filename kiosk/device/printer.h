/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Printing on what is there. All calls block, for PRINTER_WAIT_MS at most: they belong into a thread of their own. What is
 * printed counts when the printer has said so, and not when it was sent.
 */
#ifndef DEVICE_PRINTER_H
#define DEVICE_PRINTER_H

#include "device/paper.h"

#include <gio/gio.h>

#define PRINTER_WAIT_MS 30000

#define PRINTER_ERROR printer_error_quark()
GQuark printer_error_quark(void);
enum printer_error {
    PRINTER_ERROR_OFFLINE, /* or it does not answer, or printing was stopped */
    PRINTER_ERROR_PAPER,
    PRINTER_ERROR_JAM,
    PRINTER_ERROR_FAILED,
};

/**
 * Print to `target`:
 * - "folder:PATH" leaves PATH/<number>.pdf (a file named OUT_OF_PAPER in PATH stands for an empty roll);
 * - "cups:QUEUE" and "ipp://HOST[:PORT]/PATH" send the PDF and wait for the job's end;
 * - "escpos:/dev/…" and "escpos:HOST:PORT" send dots and wait until the paper was cut.
 * True: the printer has reported that it is out. False: it is not known to be, and what could be called back was; *sent says whether
 * anything of it went to the printer, so that it may be out all the same. *file gets the PDF's path (g_free) when it is a folder, else
 * NULL. `stop`, `file` and `sent` may be NULL.
 */
bool printer_print(const char *target, const struct paper *paper, GCancellable *stop, char **file, bool *sent, GError **error);
/** The printer's state before anything is printed; false with PRINTER_ERROR_*. */
bool printer_check(const char *target, GError **error);

#endif
