/* SPDX-License-Identifier: Apache-2.0 */
/** The ways to a printer, for printer.c. Errors are PRINTER_ERROR_*; `target` is without its scheme. */
#ifndef DEVICE_PRINTER_WAYS_H
#define DEVICE_PRINTER_WAYS_H

#include "device/printer.h"

/** Has the waiting to end: its time is over, or it was stopped? Then false, and an error. `deadline_us` as g_get_monotonic_time(). */
bool printer_may_wait(int64_t deadline_us, GCancellable *stop, GError **error);

/* *sent becomes true as soon as the printer may have any of it. */
/* ipp.c: a queue of this machine's CUPS by its name, or the address of a printer that speaks IPP. */
bool ipp_print(const char *target, const char *pdf, const char *title, GCancellable *stop, bool *sent, GError **error);
bool ipp_check(const char *target, GError **error);

/* escpos.c: the path of a device, or HOST:PORT. */
bool escpos_print(const char *target, GBytes *dots, GCancellable *stop, bool *sent, GError **error);
bool escpos_check(const char *target, GError **error);

#endif
