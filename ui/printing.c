/* SPDX-License-Identifier: Apache-2.0 */
#include "printing.h"
#include "flow.h"
#include "texts.h"

#include <string.h>

static bool is_it(const struct ui *ui, enum kiosk_print_kind kind, const char *id)
{
    const struct session_print *print = &ui->session.print;

    return print->state != PRINT_NONE && print->kind == kind && strcmp(print->id, id) == 0;
}

enum print_state printing_state(const struct ui *ui, enum kiosk_print_kind kind, const char *id)
{
    return is_it(ui, kind, id) ? ui->session.print.state : PRINT_NONE;
}

void printing_ask(struct ui *ui, enum kiosk_print_kind kind, const char *id, const struct kiosk_slip *slip)
{
    struct session_print *print = &ui->session.print;

    if (id[0] == '\0' || printing_state(ui, kind, id) == PRINT_RUNNING)
        return;
    *print = (struct session_print){.kind = kind, .state = PRINT_RUNNING};
    g_strlcpy(print->id, id, sizeof print->id);
    ui->backend->print(ui->kiosk, &(struct kiosk_print_request){.kind = kind,
                                                                .id = print->id,
                                                                .language = texts_code(texts_language()),
                                                                .large = ui->size != TEXT_STD,
                                                                .slip = slip});
    flow_refresh(ui, false);
}

void slip_line(struct kiosk_slip *slip, const char *label, const char *value)
{
    g_assert(slip->count < KIOSK_SLIP_LINES);
    if (value[0] == '\0')
        return;
    slip->lines[slip->count].label = label;
    slip->lines[slip->count++].value = value;
}

void printing_done(struct ui *ui, const struct kiosk_print_event *print)
{
    const char *reason = print->reason[0] != '\0' ? print->reason : "FAILED";
    struct session_print *waited = &ui->session.print;

    g_strlcpy(ui->printer_reason, print->ok ? "" : reason, sizeof ui->printer_reason);
    if (waited->state == PRINT_RUNNING && (print->id[0] == '\0' || is_it(ui, print->kind, print->id)))
        waited->state = print->ok ? PRINT_DONE : PRINT_FAILED;
    flow_news(ui, PAGE_NEWS_PRINT, true);
}

static char *failed_says(const struct ui *ui, const char *number)
{
    bool paper = strstr(ui->printer_reason, "PAPER") != NULL;

    if (number[0] == '\0')
        return g_strdup(paper ? L_("The printer has no paper", NC_("large", "No paper"))
                              : L_("The printer does not work", NC_("large", "Printer does not work")));
    return g_strdup_printf(paper ? L_("No paper. Note the number %s", NC_("large", "No paper. Note %s"))
                                 : L_("The printer does not work. Note the number %s", NC_("large", "Not printed. Note %s")),
                           number);
}

char *printing_says(const struct ui *ui, enum kiosk_print_kind kind, const char *id, const char *number)
{
    switch (printing_state(ui, kind, id)) {
    case PRINT_DONE:
        return g_strdup(_("The slip is in the tray below the screen"));
    case PRINT_FAILED:
        return failed_says(ui, number);
    case PRINT_RUNNING:
        return g_strdup(_("Printing"));
    default:
        return NULL;
    }
}

GtkWidget *printing_line(const struct ui *ui, enum kiosk_print_kind kind, const char *id, const char *number)
{
    g_autofree char *says = printing_says(ui, kind, id, number);

    return kind_slip(says, printing_state(ui, kind, id) == PRINT_FAILED);
}

/* In a lesson nothing is on paper that somebody could take for real. */
struct kind_button printing_button(const struct ui *ui, enum kiosk_print_kind kind, const char *id, kind_go go)
{
    enum print_state state = printing_state(ui, kind, id);
    const char *word = state == PRINT_FAILED ? _("Print again") : L_("Print slip", NC_("large", "Print"));

    return (struct kind_button){"print", state != PRINT_DONE && !ui->practising.on ? word : NULL, "kx-plain", go, .off = state == PRINT_RUNNING};
}
