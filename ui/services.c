/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

const struct service *const services[] = {
    &service_bills,
    &service_orders,
    &service_wallet,
    &service_me,
    &service_notices,
    &service_activities,
    &service_volunteer,
    &service_points,
    &service_tickets,
    &service_rating,
    &service_prints,
    &service_settings,
    &service_questions,
    &service_practice,
    NULL,
};

bool service_offered(const struct service *service, const struct ui *ui)
{
    if (service->word == NULL)
        return false;
    if (!ui->session.active)
        return service->who == SERVICE_FOR_ALL;
    return service->who != SERVICE_FOR_RESIDENTS || !ui->session.identity.visitor;
}

void services_attach(struct ui *ui)
{
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->attach != NULL)
            (*service)->attach(ui);
}

void services_begin(struct ui *ui)
{
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->begin != NULL && service_offered(*service, ui))
            (*service)->begin(ui);
}

void services_event(struct ui *ui, const struct kiosk_event *event)
{
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->event != NULL)
            (*service)->event(ui, event);
}

const struct service *services_idle(struct ui *ui, size_t *count, bool *urgent)
{
    *urgent = false;
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->idle_count != NULL && (*count = (*service)->idle_count(ui, urgent)) > 0)
            return *service;
    *count = 0;
    return NULL;
}

void services_idle_ask(struct ui *ui)
{
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->idle_count != NULL && (*service)->attach != NULL)
            (*service)->attach(ui);
}

const struct service *services_paid(struct ui *ui)
{
    for (const struct service *const *service = ui->options.services; *service != NULL; service++)
        if ((*service)->paid != NULL && (*service)->paid(ui) != NULL)
            return *service;
    return NULL;
}
