/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a person can have printed, in five pages from home (My page leads here):
 *
 *   PRINTS ─┬─► CERTIFICATES (whose hours, of which time; those that have a number) ─► CERTIFICATE (preview, printed there)
 *           ├─► RECEIPTS ─► RECEIPT (preview, printed there)
 *           ├─► ORDER_MINE ─► ORDER (orders.h: its slip)
 *           ├─► TICKET_MINE ─► TICKET (tickets.h: its slip)
 *           ├─► ACTIVITIES ─► ACTIVITY (activities.h: the slip of the card's seat there)
 *           └─► NOTICES ─► NOTICE (its slip)
 */
#ifndef UI_SERVICES_PRINTS_H
#define UI_SERVICES_PRINTS_H

#include "../ui.h"

/** From My page. */
void prints_enter(struct ui *ui, size_t index);
/** Look at one of the receipts that are listed. */
void receipts_choose(struct ui *ui, size_t index);
/** Look at one of the offers that are listed. */
void certificates_choose(struct ui *ui, size_t index);
/** Ask for what can be certified, and show it. */
void certificates_enter(struct ui *ui);
/** For the service's event(). */
void certificates_event(struct ui *ui, const struct kiosk_certificates_event *told);

#endif
