/* SPDX-License-Identifier: Apache-2.0 */
/* The slip of a case (F12): its number, what and where, until when there is an answer, and how to ask after it. */
#include "../printing.h"
#include "../words.h"
#include "tickets.h"

void ticket_slip_print(struct ui *ui, const struct ticket_slip *of)
{
    g_autofree char *no = of->no != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, of->no) : g_strdup(of->local),
                    *due = ticket_due_words(of->due, of->provisional), *told = of->filed_ms != 0 ? words_moment(of->filed_ms) : g_strdup("");
    struct kiosk_slip slip = {.title = _("Your case"), .number = no,
                              .text = _("Ask after it with this number: phone 12345, the service desk, or My cases at any machine.")};

    slip_line(&slip, _("What"), of->what);
    slip_line(&slip, _("Where"), of->where);
    slip_line(&slip, _("Told on"), told);
    slip_line(&slip, _("Answer by"), due);
    slip_line(&slip, _("Ask after it"), "12345");
    printing_ask(ui, KIOSK_PRINT_TICKET, of->id, &slip);
}
