/* SPDX-License-Identifier: Apache-2.0 */
#include "backend.h"
#include "practice.h"
#include "service/kiosk.h"
#include "service/practice.h"

static void bills(void *kiosk)
{
    kiosk_request_bills(kiosk);
}

static void pay(void *kiosk, const char *const *bill_ids, const char *pin)
{
    kiosk_request_pay(kiosk, bill_ids, pin);
}

static void load(void *kiosk, const struct kiosk_load_request *request, const char *pin)
{
    kiosk_request_load(kiosk, request, pin);
}

static void help(void *kiosk, enum kiosk_help_ask ask)
{
    kiosk_request_help(kiosk, ask);
}

static void statement(void *kiosk)
{
    kiosk_request_statement(kiosk);
}

static void print(void *kiosk, const struct kiosk_print_request *request)
{
    kiosk_request_print(kiosk, request);
}

static void notices(void *kiosk)
{
    kiosk_request_notices(kiosk);
}

static void person(void *kiosk)
{
    kiosk_request_person(kiosk);
}

static void mine(void *kiosk, const struct kiosk_mine_request *request)
{
    kiosk_request_mine(kiosk, request);
}

static void notice_read(void *kiosk, const char *id)
{
    kiosk_notice_read(kiosk, id);
}

static void services(void *kiosk)
{
    kiosk_request_services(kiosk);
}

static void orders(void *kiosk, const struct kiosk_order_request *request)
{
    kiosk_request_orders(kiosk, request);
}

static void tickets(void *kiosk, const struct kiosk_ticket_request *request)
{
    kiosk_request_tickets(kiosk, request);
}

static void rate(void *kiosk, const struct kiosk_rating_request *request)
{
    kiosk_request_rate(kiosk, request);
}

static void seat(void *kiosk, const struct kiosk_seat_request *request)
{
    kiosk_request_seat(kiosk, request);
}

static void credit(void *kiosk, const struct kiosk_credit_request *request)
{
    kiosk_request_credit(kiosk, request);
}

static void certificates(void *kiosk, const struct kiosk_certificate_request *request)
{
    kiosk_request_certificates(kiosk, request);
}

static void volunteer(void *kiosk, const struct kiosk_volunteer_request *request)
{
    kiosk_request_volunteer(kiosk, request);
}

static void end(void *kiosk)
{
    kiosk_request_end(kiosk);
}

const struct ui_backend ui_backend_kiosk = {
    .bills = bills,
    .pay = pay,
    .load = load,
    .help = help,
    .statement = statement,
    .print = print,
    .notices = notices,
    .notice_read = notice_read,
    .person = person,
    .mine = mine,
    .services = services,
    .orders = orders,
    .tickets = tickets,
    .rate = rate,
    .seat = seat,
    .credit = credit,
    .certificates = certificates,
    .volunteer = volunteer,
    .end = end,
};

static void *lesson_open(kiosk_event_fn fn, void *data, const char *folder, void **kiosk, GError **error)
{
    struct practice *practice = practice_open(folder, fn, data, error);

    if (practice != NULL)
        *kiosk = practice_kiosk(practice);
    return practice;
}

static void lesson_close(void *practice)
{
    practice_close(practice);
}

const struct practice_ways ui_practice_kiosk = {.backend = &ui_backend_kiosk, .open = lesson_open, .close = lesson_close};
