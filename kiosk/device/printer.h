/* SPDX-License-Identifier: Apache-2.0 */
/** Printing: one drawing function (Cairo and Pango, no display needed) → PDF → a folder or a CUPS queue. */
#ifndef DEVICE_PRINTER_H
#define DEVICE_PRINTER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct receipt_line { const char *label; const char *value; };

/** A receipt for an 80 mm roll. All strings UTF-8, already in the reader's language and masked by PV-2. */
struct receipt {
    const char *title;
    const char *place;
    const char *number;     /* receipt number, large */
    const char *when;
    const struct receipt_line *lines;
    size_t line_count;
    const char *total_label;
    const char *total;       /* "86.50" */
    const char *total_words; /* 捌拾陆元伍角 */
    const char *footer;
    const char *qr;          /* text of the QR code, NULL none */
    bool reprint;            /* 补打 */
    const char *reprint_mark;
};

/** Draw to a PDF file of exact length. */
bool receipt_write_pdf(const struct receipt *receipt, const char *path, GError **error);

#define PRINTER_ERROR printer_error_quark()
GQuark printer_error_quark(void);
enum printer_error { PRINTER_ERROR_OFFLINE, PRINTER_ERROR_PAPER, PRINTER_ERROR_JAM, PRINTER_ERROR_FAILED };

/**
 * Print to `target`: "folder:PATH" leaves PATH/<number>.pdf (a file named OUT_OF_PAPER in PATH stands for an empty roll);
 * "cups:QUEUE" sends the PDF to that queue and reads the printer's state back. *file gets the PDF's path (g_free).
 */
bool printer_print(const char *target, const struct receipt *receipt, char **file, GError **error);
/** The printer's state before anything is printed; false with PRINTER_ERROR_*. */
bool printer_check(const char *target, GError **error);

#endif
