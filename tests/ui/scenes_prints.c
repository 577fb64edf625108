/* SPDX-License-Identifier: Apache-2.0 */
#include "scenes.h"

#include "flow.h"
#include "printing.h"
#include "service.h"
#include "services/orders.h"
#include "services/pages.h"
#include "services/prints.h"
#include "services/tickets.h"
#include "stage_prints.h"
#include "stage_tickets.h"

#include <string.h>

static void prints(struct stage *stage)
{
    stage_card(stage, PERSON_ELDER);
    prints_enter(stage->ui, 0);
    stage_settle(stage);
}

static void receipts_of(struct stage *stage, size_t count)
{
    prints(stage);
    stage_press(stage, _("Receipts"));
    stage_receipts(stage, count);
}

static void receipts(struct stage *stage)
{
    receipts_of(stage, 6);
}

static void receipts_none(struct stage *stage)
{
    receipts_of(stage, 0);
}

static void receipt(struct stage *stage)
{
    receipts_of(stage, 1);
    receipts_choose(stage->ui, 0);
    stage_settle(stage);
}

static void receipt_paper(struct stage *stage)
{
    receipt(stage);
    stage_press(stage, L_("Print slip", NC_("large", "Print")));
    stage_print(stage, false, "NO_PAPER");
}

static void list_of(struct stage *stage, size_t offers, size_t made, bool hostile)
{
    stage_card(stage, PERSON_ELDER);
    certificates_enter(stage->ui);
    stage_certificates(stage, offers, made, hostile);
}

static void certificates(struct stage *stage)
{
    list_of(stage, 3, 2, false);
}

static void certificates_none(struct stage *stage)
{
    list_of(stage, 0, 0, false);
}

static void certificates_hostile(struct stage *stage)
{
    list_of(stage, 2, 1, true);
}

static void certificates_offline(struct stage *stage)
{
    stage_card(stage, PERSON_ELDER);
    stage_status(stage, scene_offline);
    certificates_enter(stage->ui);
    stage_certificates_not(stage, KIOSK_CERTIFICATE_ASK_LIST, "OFFLINE");
}

static void certificates_name(struct stage *stage)
{
    stage_card(stage, PERSON_ELDER);
    certificates_enter(stage->ui);
    stage_certificates_not(stage, KIOSK_CERTIFICATE_ASK_LIST, "NAME");
}

static void preview_of(struct stage *stage, bool hostile)
{
    list_of(stage, 1, 0, hostile);
    certificates_choose(stage->ui, 0);
    stage_settle(stage);
}

static void preview(struct stage *stage)
{
    preview_of(stage, false);
}

static void preview_hostile(struct stage *stage)
{
    preview_of(stage, true);
}

static void printed(struct stage *stage)
{
    preview(stage);
    stage_press(stage, L_("Print", NC_("large", "Print")));
    stage_certificate_made(stage);
    stage_print(stage, true, "");
}

static void no_paper(struct stage *stage)
{
    preview(stage);
    stage_press(stage, L_("Print", NC_("large", "Print")));
    stage_certificate_made(stage);
    stage_print(stage, false, "NO_PAPER");
}

static void refused(struct stage *stage)
{
    preview(stage);
    stage_press(stage, L_("Print", NC_("large", "Print")));
    stage_certificates_not(stage, KIOSK_CERTIFICATE_ASK_MAKE, "HOURS_NONE");
}

static void ticket_slip(struct stage *stage)
{
    stage_card(stage, PERSON_ADULT);
    stage_tickets(stage, "TRIAGE");
    g_strlcpy(tickets_of(stage->ui)->ticket, FIRST_TICKET, sizeof tickets_of(stage->ui)->ticket);
    flow_go(stage->ui, &page_ticket);
    stage_settle(stage);
    stage_press(stage, L_("Print slip", NC_("large", "Print")));
    stage_print(stage, true, "");
}

const struct scene scenes_prints[] = {
    {"prints", &page_prints, prints},
    {"receipts", &page_receipts, receipts},
    {"receipts-none", &page_receipts, receipts_none},
    {"receipt", &page_receipt, receipt},
    {"receipt-no-paper", &page_receipt, receipt_paper},
    {"certificates", &page_certificates, certificates},
    {"certificates-none", &page_certificates, certificates_none},
    {"certificates-hostile", &page_certificates, certificates_hostile},
    {"certificates-offline", &page_certificates, certificates_offline},
    {"certificates-name", &page_certificates, certificates_name},
    {"certificate", &page_certificate, preview},
    {"certificate-hostile", &page_certificate, preview_hostile},
    {"certificate-printed", &page_certificate, printed},
    {"certificate-no-paper", &page_certificate, no_paper},
    {"certificate-refused", &page_certificate, refused},
    {"ticket-slip", &page_ticket, ticket_slip},
    {NULL},
};
