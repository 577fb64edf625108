/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The screen's requests, as a table: the shipped one (backend.c) calls kiosk_request_*() of kiosk/service/kiosk.h. The
 * pages and the flow know only this table, so that tests can drive the real windows without a machine behind them.
 */
#ifndef UI_BACKEND_H
#define UI_BACKEND_H

#include "service/kiosk.h"

struct practice_ways;

struct ui_backend {
    void (*bills)(void *kiosk);
    void (*pay)(void *kiosk, const char *const *bill_ids, const char *pin);
    void (*load)(void *kiosk, const struct kiosk_load_request *request, const char *pin);
    void (*help)(void *kiosk, enum kiosk_help_ask ask);
    void (*statement)(void *kiosk);
    void (*print)(void *kiosk, const struct kiosk_print_request *request);
    void (*notices)(void *kiosk);
    void (*notice_read)(void *kiosk, const char *id); /* may be NULL */
    void (*person)(void *kiosk);
    void (*mine)(void *kiosk, const struct kiosk_mine_request *request);
    void (*services)(void *kiosk);
    void (*orders)(void *kiosk, const struct kiosk_order_request *request);
    void (*tickets)(void *kiosk, const struct kiosk_ticket_request *request);
    void (*rate)(void *kiosk, const struct kiosk_rating_request *request);
    void (*seat)(void *kiosk, const struct kiosk_seat_request *request);
    void (*volunteer)(void *kiosk, const struct kiosk_volunteer_request *request);
    void (*credit)(void *kiosk, const struct kiosk_credit_request *request);
    void (*certificates)(void *kiosk, const struct kiosk_certificate_request *request);
    void (*end)(void *kiosk);
};

extern const struct ui_backend ui_backend_kiosk; /* its `kiosk` is a struct kiosk */
extern const struct practice_ways ui_practice_kiosk; /* of practice.h; the same backend */

#endif
