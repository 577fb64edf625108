/* SPDX-License-Identifier: Apache-2.0 */
/** What a keyword of printer-state-reasons (RFC 8011, 5.4.12) means for a receipt. Pure; apart so that it can be tested. */
#ifndef DEVICE_PRINTER_REASONS_H
#define DEVICE_PRINTER_REASONS_H

enum printer_trouble {
    PRINTER_TROUBLE_NONE,
    PRINTER_TROUBLE_PAPER,
    PRINTER_TROUBLE_JAM, /* or an open cover: a hand has to go in */
    PRINTER_TROUBLE_OFFLINE,
    PRINTER_TROUBLE_OTHER,
};

enum printer_trouble printer_trouble_of(const char *reason);

#endif
