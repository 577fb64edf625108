/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/told.h"
#include "platform/activities/activities.h"
#include "platform/care/care.h"
#include "platform/certificates/certificates.h"
#include "platform/content/content.h"
#include "platform/data/db-content.h"
#include "platform/help/help.h"
#include "platform/orders/service-orders.h"
#include "platform/persons/preferences.h"
#include "platform/queue/queues.h"
#include "platform/tickets/tickets.h"
#include "platform/topics/topics.h"
#include "platform/volunteers/volunteers.h"
#include <string.h>

/* Of a ticket, a seat, an order: an id that is something else already is for the staff, all else will never be. */
static struct outcome refused_by(const char *code)
{
    return (struct outcome){.verdict = strcmp(code, ID_REUSED) == 0 ? STORE_CONFLICT : STORE_REJECTED, .code = code};
}

static bool ticket_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct ticket_event ticket = {.kiosk = told->event->kiosk,
                                  .id = told->event->id,
                                  .type = told->type,
                                  .at_ms = json_integer_value(json_object_get(told->json, "at")),
                                  .offset_ms = json_integer_value(json_object_get(told->json, "clock_offset_ms"))};
    const char *code;
    bool ok = tickets_apply(platform, &ticket, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool seat_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct seat_event seat = {.kiosk = told->event->kiosk,
                              .id = told->event->id,
                              .type = told->type,
                              .at_ms = platform_told_ms(json_integer_value(json_object_get(told->json, "at")),
                                                        json_integer_value(json_object_get(told->json, "clock_offset_ms")), now_ms)};
    const char *code;
    bool ok = seats_apply(platform, &seat, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

/* Two were there on one day: people say which of them counts. */
static bool care_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct care_event visit = {.kiosk = told->event->kiosk,
                               .id = told->event->id,
                               .at_ms = json_integer_value(json_object_get(told->json, "at")),
                               .offset_ms = json_integer_value(json_object_get(told->json, "clock_offset_ms"))};
    const char *code;
    bool ok = care_apply(platform, &visit, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    if (ok && code != NULL && strcmp(code, care_code_name(CARE_SAME_DAY)) == 0)
        out->verdict = STORE_CONFLICT;
    return ok;
}

static bool notice_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    const char *code;
    bool ok = notices_read(platform->db, told->event->kiosk, told->data, json_integer_value(json_object_get(told->json, "at")), &code, error);

    if (ok && code != NULL)
        *out = (struct outcome){.verdict = STORE_REJECTED, .code = code};
    return ok;
}

static bool order_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct order_event order = {.kiosk = told->event->kiosk,
                                .id = told->event->id,
                                .type = told->type,
                                .at_ms = json_integer_value(json_object_get(told->json, "at")),
                                .offset_ms = json_integer_value(json_object_get(told->json, "clock_offset_ms"))};
    const char *code;
    bool ok = service_orders_apply(platform, &order, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool help_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct help_event help = {.kiosk = told->event->kiosk,
                              .id = told->event->id,
                              .type = told->type,
                              .at_ms = json_integer_value(json_object_get(told->json, "at"))};
    const char *code;
    bool ok = help_apply(platform, &help, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool preference_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct preference_word word = {.id = told->event->id,
                                   .type = told->type,
                                   .at_ms = platform_told_ms(json_integer_value(json_object_get(told->json, "at")),
                                                             json_integer_value(json_object_get(told->json, "clock_offset_ms")), now_ms)};
    const char *code;
    bool ok = preferences_apply(platform, &word, told->data, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool volunteer_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct volunteer_event event = {.kiosk = told->event->kiosk,
                                    .id = told->event->id,
                                    .type = told->type,
                                    .at_ms = json_integer_value(json_object_get(told->json, "at")),
                                    .offset_ms = json_integer_value(json_object_get(told->json, "clock_offset_ms"))};
    const char *code;
    bool ok = volunteers_apply(platform, &event, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool certificate_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    int64_t at_ms = platform_told_ms(json_integer_value(json_object_get(told->json, "at")),
                                     json_integer_value(json_object_get(told->json, "clock_offset_ms")), now_ms);
    const char *code;
    bool ok = certificate_apply(platform, told->event->kiosk, told->data, at_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool queue_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct queue_event event = {.kiosk = told->event->kiosk,
                                .id = told->event->id,
                                .type = told->type,
                                .at_ms = platform_told_ms(json_integer_value(json_object_get(told->json, "at")),
                                                          json_integer_value(json_object_get(told->json, "clock_offset_ms")), now_ms)};
    const char *code;
    bool ok = queues_apply(platform, &event, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool topic_body(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    struct topic_event event = {.kiosk = told->event->kiosk,
                                .id = told->event->id,
                                .type = told->type,
                                .at_ms = platform_told_ms(json_integer_value(json_object_get(told->json, "at")),
                                                          json_integer_value(json_object_get(told->json, "clock_offset_ms")), now_ms)};
    const char *code;
    bool ok = topics_apply(platform, &event, told->data, now_ms, &code, error);

    if (ok && code != NULL)
        *out = refused_by(code);
    return ok;
}

static bool notice_type(const char *type)
{
    return strcmp(type, NOTICE_READ_TYPE) == 0;
}

static const struct telling {
    bool (*has)(const char *type);
    bool (*apply)(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error);
} TELLINGS[] = {{tickets_type, ticket_body}, {service_orders_type, order_body}, {seats_type, seat_body}, {care_type, care_body}, {notice_type, notice_body},
              {help_type, help_body}, {volunteers_type, volunteer_body}, {preferences_type, preference_body},
              {certificate_type, certificate_body}, {queues_type, queue_body}, {topics_type, topic_body}};

static const struct telling *telling_of(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TELLINGS); i++)
        if (TELLINGS[i].has(type))
            return &TELLINGS[i];
    return NULL;
}

bool told_type(const char *type)
{
    return telling_of(type) != NULL;
}

bool told_apply(struct platform *platform, const struct told *told, int64_t now_ms, struct outcome *out, GError **error)
{
    return telling_of(told->type)->apply(platform, told, now_ms, out, error);
}
