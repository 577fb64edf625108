/* SPDX-License-Identifier: Apache-2.0 */
/** What printers say of themselves, in one list of troubles. Pure; apart so that it can be tested. */
#ifndef DEVICE_PRINTER_REASONS_H
#define DEVICE_PRINTER_REASONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum printer_trouble {
    PRINTER_TROUBLE_NONE,
    PRINTER_TROUBLE_PAPER,
    PRINTER_TROUBLE_JAM, /* or an open cover: a hand has to go in */
    PRINTER_TROUBLE_OFFLINE,
    PRINTER_TROUBLE_OTHER,
};

/** A keyword of printer-state-reasons (RFC 8011, 5.4.12). */
enum printer_trouble printer_trouble_of(const char *reason);
/** The answer to DLE EOT n, n from 2 to 4 (escpos.c). */
enum printer_trouble printer_trouble_of_status(unsigned n, uint8_t status);
/** The trouble as an error that says `what` was reported; true when there is none. */
bool printer_trouble_report(enum printer_trouble trouble, const char *what, GError **error);

#endif
