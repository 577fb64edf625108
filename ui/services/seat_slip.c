/* SPDX-License-Identifier: Apache-2.0 */
/* The slip of a seat (F09): how it stands, where, when, and for how many. */
#include "../printing.h"
#include "../words.h"
#include "activities.h"
#include "seat_words.h"

void seat_slip_print(struct ui *ui, const struct kiosk_activity *activity, const struct seat_slip *of)
{
    g_autofree char *when = words_span(activity->start_ms, activity->end_ms), *people = g_strdup_printf("%d", of->companions + 1);
    struct kiosk_slip slip = {.title = of->title, .text = of->text};

    slip_line(&slip, _("Activity"), activity_title(activity));
    slip_line(&slip, _("When"), when);
    slip_line(&slip, _("Where"), activity_place(activity));
    slip_line(&slip, _("People"), people);
    slip_line(&slip, _("Telephone"), activity->phone);
    printing_ask(ui, KIOSK_PRINT_SEAT, of->id, &slip);
}
