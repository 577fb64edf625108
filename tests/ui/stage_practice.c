/* SPDX-License-Identifier: Apache-2.0 */
#include "stage_practice.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"

static void *lesson_open(kiosk_event_fn fn, void *data, const char *folder, void **kiosk, GError **error)
{
    struct stage *stage = ((struct ui *)data)->machine.kiosk;

    if (stage->no_lessons) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "no room");
        return NULL;
    }
    stage->lesson_fn = fn;
    stage->lesson_data = data;
    stage->lessons++;
    *kiosk = stage;
    return stage;
}

static void lesson_close(void *machine)
{
    ((struct stage *)machine)->lessons_ended++;
}

const struct practice_ways stage_practice = {.backend = &stage_backend, .open = lesson_open, .close = lesson_close};

void stage_practice_card(struct stage *stage)
{
    struct kiosk_event event = {.kind = KIOSK_EVENT_CARD, .card = {.identity = {.name_masked = "练*", .card_last4 = "0009", .has_balance = true, .balance_fen = 20000}}};

    stage_status(stage, NULL);
    stage->lesson_fn(stage->lesson_data, &event);
    stage_settle(stage);
}

void stage_lesson(struct stage *stage, enum lesson lesson)
{
    stage_status(stage, NULL);
    stage_card(stage, PERSON_ELDER);
    flow_home(stage->ui);
    service_practice.enter(stage->ui);
    stage_press(stage, lesson_word(lesson));
    stage_practice_card(stage);
    stage_press(stage, _("Begin"));
}
