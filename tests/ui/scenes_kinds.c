/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "example.h"
#include "kinds_service.h"
#include "service.h"
#include "services/activities.h"
#include "services/pages.h"

/* ---- Kinds of pages: of a service that has one of each ------------------------------------------------------------------ */

static void kind_amount_empty(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_amount);
    stage_settle(stage);
}

static void kind_amount_chosen(struct stage *stage)
{
    kind_amount_empty(stage);
    kinds_press_amount(stage);
}

static void kind_confirm_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_confirm);
    stage_settle(stage);
}

static void kind_progress_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_progress);
    stage_settle(stage);
}

static void kind_result_page(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    flow_go(stage->ui, &page_kind_result);
    stage_settle(stage);
}

static void kind_form_at(struct stage *stage, size_t question)
{
    stage_card(stage, PERSON_ADULT);
    kinds_answer(stage->ui, question);
    flow_go(stage->ui, &page_kind_form);
    stage_settle(stage);
}

static void kind_form_pick(struct stage *stage)
{
    kind_form_at(stage, 0);
}

static void kind_form_day(struct stage *stage)
{
    kind_form_at(stage, 1);
}

static void kind_form_time(struct stage *stage)
{
    kind_form_at(stage, 2);
}

static void kind_form_number(struct stage *stage)
{
    kind_form_at(stage, 3);
}

static void kind_form_all(struct stage *stage)
{
    kind_form_at(stage, 4);
}

/* ---- A service of one's own, and as many as a kiosk will ever have ------------------------------------------------------- */

static const struct service *const with_example[] = {&service_wallet, &service_example, NULL};
static const struct service *const four[] = {&service_wallet, &service_me, &service_notices, &service_bills, NULL};
static const struct service *const seven[] = {&service_wallet,  &service_me,      &service_activities, &service_notices,
                                              &service_example, &service_example, &service_bills,      NULL};
static const struct service *const fourteen[] = {
    &service_wallet, &service_me,      &service_activities, &service_notices, &service_example,
    &service_wallet, &service_me,      &service_activities, &service_notices, &service_example,
    &service_wallet, &service_example, &service_notices,    &service_bills,   NULL};

static void example(struct stage *stage)
{
    stage_press(stage, _("Canteen"));
}

/* With an unpaid bill, whose tile comes first though it is the last one of the list. */
static void home_with(struct stage *stage)
{
    g_autofree char *all = NULL;

    scene_home(stage);
    all = page_home.speech(stage->ui);
    g_assert_nonnull(strstr(all, service_bills.spoken()));
    g_assert_true(strstr(all, service_bills.spoken()) < strstr(all, service_wallet.spoken()));
}

const struct scene scenes_kinds[] = {
    {"home-4", &page_home, home_with, four},
    {"home-7", &page_home, home_with, seven},
    {"home-14", &page_home, home_with, fourteen},
    {"example", &page_example, example, with_example},
    {"kind-amount", &page_kind_amount, kind_amount_empty},
    {"kind-amount-chosen", &page_kind_amount, kind_amount_chosen},
    {"kind-form-pick", &page_kind_form, kind_form_pick},
    {"kind-form-day", &page_kind_form, kind_form_day},
    {"kind-form-time", &page_kind_form, kind_form_time},
    {"kind-form-number", &page_kind_form, kind_form_number},
    {"kind-form-all", &page_kind_form, kind_form_all},
    {"kind-confirm", &page_kind_confirm, kind_confirm_page},
    {"kind-progress", &page_kind_progress, kind_progress_page},
    {"kind-result", &page_kind_result, kind_result_page},
    {NULL}};
