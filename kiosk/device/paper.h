/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What comes out of the printer: slips, receipts, notices, certificates, all of the same few parts, on a roll of 80 mm. One
 * drawing (Cairo and Pango, no display needed) makes a page of PDF, and dots for a print head.
 */
#ifndef DEVICE_PAPER_H
#define DEVICE_PAPER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/** A print head of 72 mm at 203 dpi. */
#define PAPER_DOTS  576
#define PAPER_BYTES (PAPER_DOTS / 8)
/** Whoever asks for more gets an error: nobody reads a metre and a half, and a roll is fifty. */
#define PAPER_MM_MAX 1500
/** Bytes of the text in a QR code. */
#define PAPER_QR_MAX 512

struct paper_line { const char *label; const char *value; };

/** All strings UTF-8, in the reader's language and masked by PV-2; whatever else they hold is drawn as text. NULL: left out. */
struct paper {
    const char *title;
    const char *place;
    const char *number;      /* large; never NULL or "" */
    const char *when;
    const char *kiosk;
    const char *text;        /* a notice's, with ends of lines */
    const struct paper_line *lines;
    size_t line_count;
    const char *total_label;
    const char *total;       /* "86.50" */
    const char *total_words; /* 捌拾陆元伍角 */
    const char *footer;
    const char *qr;          /* text of the QR code */
    const char *mark;        /* 补打; NULL: the first of its number */
    bool large;              /* for eyes that need it: type half as large again */
};

/** Draw to a PDF file of one page of exact length. False with PRINTER_ERROR_FAILED. */
bool paper_write_pdf(const struct paper *paper, const char *path, GError **error);
/** Draw for the print head: rows of PAPER_BYTES bytes, the leftmost dot in the highest bit, 1 is black. NULL with the same error. */
GBytes *paper_raster(const struct paper *paper, GError **error);

#endif
