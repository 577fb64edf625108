/* SPDX-License-Identifier: Apache-2.0 */
/* The volunteer certificate: whose hours and of which time, what will stand on it, and that it is out. The screen shows no full name. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "prints.h"

#include <string.h>

static struct certificates {
    bool told, known, asking; /* asking: one is being made */
    char reason[32];          /* why there is none; of making one: untold until it is asked for again */
    struct kiosk_certificates list;
    struct kiosk_certificate at; /* looked at; .number "": an offer */
} *certificates_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_certificates, sizeof(struct certificates), NULL);
}

/* ---- Words --------------------------------------------------------------------------------------------------------------- */

static const char *issuer_name(const struct kiosk_certificate_offer *offer)
{
    return texts_language() == LANGUAGE_EN && offer->name_en[0] != '\0' ? offer->name_en : offer->name_zh;
}

static char *span(const struct kiosk_certificate_offer *offer)
{
    g_autofree char *from = words_date(offer->from), *to = words_date(offer->to);

    /* Translators: from this day to that one. */
    return g_strdup_printf(_("%1$s to %2$s"), from, to);
}

/* What happened, and what to do now. */
static const char *advice(const char *reason)
{
    static const struct { const char *reason, *says; } SAYS[] = {
        {"OFFLINE", N_("A certificate needs the network, which is away now. Please come again later, or ask at the service desk.")},
        {"NO_ANSWER", N_("A certificate needs the network, which is away now. Please come again later, or ask at the service desk.")},
        {"NAME", N_("The name on the card is another one. The service desk can help. Bring this card, please.")},
        {"HOURS_NONE", N_("No hours of that time are recorded yet. They count when they were on public notice.")},
        {"CERTIFICATES_TOO_MANY", N_("Enough certificates for today. The service desk can help.")},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(SAYS); i++)
        if (strcmp(SAYS[i].reason, reason) == 0)
            return _(SAYS[i].says);
    return _("The service desk can look for you. Bring this card, please.");
}

/* ---- Which one? ------------------------------------------------------------------------------------------------------------- */

static const char *list_title(struct ui *ui)
{
    const struct certificates *certificates = certificates_of(ui);

    if (certificates->told && !certificates->known)
        return L_("No certificate now", NC_("large", "Not now"));
    return L_("For which time?", NC_("large", "Which time?"));
}

static char *list_speech(struct ui *ui)
{
    const struct certificates *certificates = certificates_of(ui);

    if (!certificates->told)
        return g_strdup(_("One moment, please"));
    return g_strdup(certificates->known ? list_title(ui) : advice(certificates->reason));
}

void certificates_choose(struct ui *ui, size_t index)
{
    struct certificates *certificates = certificates_of(ui);

    certificates->at = (struct kiosk_certificate){.of = certificates->list.offers[index]};
    certificates->reason[0] = '\0';
    flow_go(ui, &page_certificate);
}

static void go_again(struct ui *ui, size_t index)
{
    struct certificates *certificates = certificates_of(ui);

    certificates->at = certificates->list.items[index];
    certificates->reason[0] = '\0';
    flow_go(ui, &page_certificate);
}

static struct kind_row row_of(const struct kiosk_certificate_offer *offer, GPtrArray *texts)
{
    g_autofree char *time = words_duration(offer->minutes);

    g_ptr_array_add(texts, span(offer));
    g_ptr_array_add(texts, g_strdup_printf("%s · %s", time, issuer_name(offer)));
    return (struct kind_row){.icon = "volunteer", .text = texts->pdata[texts->len - 2], .note = texts->pdata[texts->len - 1]};
}

static GtkWidget *list_build(struct page *page)
{
    const struct certificates *certificates = certificates_of(page->ui);
    const struct kiosk_certificates *list = &certificates->list;
    struct kind_row rows[KIOSK_CERTIFICATE_OFFERS + KIOSK_CERTIFICATES];
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    size_t count = 0;

    if (!certificates->known)
        return kind_poster(page, &(struct kind_poster){.drawing = kit_badge(certificates->told ? "offline" : "volunteer", "kx-badge-large"),
                                                       .answer = certificates->told ? advice(certificates->reason) : _("One moment, please"),
                                                       .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}}});
    for (size_t i = 0; i < list->offer_count; i++, count++) {
        rows[count] = row_of(&list->offers[i], texts);
        rows[count].go = certificates_choose;
        rows[count].index = i;
    }
    for (size_t i = 0; i < list->count; i++, count++) {
        rows[count] = row_of(&list->items[i].of, texts);
        rows[count].icon = "print";
        rows[count].kicker = _("Made before: print it again");
        rows[count].go = go_again;
        rows[count].index = i;
    }
    return kind_list(page, rows, count, advice("HOURS_NONE"), NULL);
}

const struct page_class page_certificates = {
    .name = "certificates",
    .service = &service_prints,
    .title = list_title,
    .speech = list_speech,
    .build = list_build,
};

/* ---- What stands on it -------------------------------------------------------------------------------------------------------- */

static const char *one_title(struct ui *ui)
{
    return L_("Volunteer certificate", NC_("large", "Certificate"));
}

static char *one_speech(struct ui *ui)
{
    const struct certificates *certificates = certificates_of(ui);
    char *slip = printing_says(ui, KIOSK_PRINT_CERTIFICATE, certificates->at.number, "");

    if (slip != NULL)
        return slip;
    if (certificates->reason[0] != '\0')
        return g_strdup(advice(certificates->reason));
    return g_strdup(_("This stands on the certificate. It is free of charge."));
}

static void print(struct ui *ui)
{
    printing_ask(ui, KIOSK_PRINT_CERTIFICATE, certificates_of(ui)->at.number, NULL);
}

/* index: the full name. */
static void make(struct ui *ui, size_t index)
{
    struct certificates *certificates = certificates_of(ui);
    const struct kiosk_certificate_offer *of = &certificates->at.of;
    struct kiosk_certificate_request request = {
        .ask = KIOSK_CERTIFICATE_ASK_MAKE, .from = of->from, .to = of->to, .full_name = index == 1};

    if (certificates->asking)
        return;
    g_strlcpy(request.issuer, of->issuer, sizeof request.issuer);
    certificates->asking = true;
    certificates->reason[0] = '\0';
    certificates->at.full_name = request.full_name;
    ui->backend->certificates(ui->kiosk, &request);
    flow_refresh(ui, false);
}

static void again(struct ui *ui, size_t index)
{
    print(ui);
}

/* A number has no place to break: it stands on a line of its own. */
static void add_number(GtkWidget *card, const char *name, const char *number)
{
    if (number[0] == '\0')
        return;
    kit_add(card, kit_label(name, "kx-note"));
    kit_add(card, kit_label(number, "kx-body kx-strong"));
}

/* Two cards, so that each fits on a leaf of a wide panel: what was done, and whose it is. */
static GtkWidget *hours_new(const struct certificates *certificates)
{
    const struct kiosk_certificate *at = &certificates->at;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *time = words_duration(at->of.minutes), *period = span(&at->of);

    kit_add(card, kit_fact(_("Volunteer hours"), time));
    kit_add(card, kit_label(period, "kx-body"));
    kit_add(card, kit_label(issuer_name(&at->of), "kx-body"));
    return card;
}

static GtkWidget *person_new(const struct certificates *certificates)
{
    const struct kiosk_certificate *at = &certificates->at;
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_fact(_("Name"), at->number[0] != '\0' && at->full_name ? _("in full") : certificates->list.name_masked));
    add_number(card, _("Volunteer number"), certificates->list.volunteer_no);
    add_number(card, _("Number"), at->number);
    return card;
}

/* How it is: with paper out nothing was issued, and the number is the same next time. */
static GtkWidget *state_new(struct ui *ui)
{
    const struct certificates *certificates = certificates_of(ui);
    const char *number = certificates->at.number;

    if (certificates->reason[0] != '\0')
        return kind_slip(advice(certificates->reason), true);
    if (printing_state(ui, KIOSK_PRINT_CERTIFICATE, number) == PRINT_FAILED)
        return kind_slip(_("It was not printed, so it is not issued yet. Print it again here or at another machine: the number stays."), true);
    return number[0] != '\0' ? printing_line(ui, KIOSK_PRINT_CERTIFICATE, number, number) : NULL;
}

static GtkWidget *one_build(struct page *page)
{
    struct ui *ui = page->ui;
    const struct certificates *certificates = certificates_of(ui);
    const struct kiosk_certificate *at = &certificates->at;
    bool made = at->number[0] != '\0', off = certificates->asking;
    enum print_state state = printing_state(ui, KIOSK_PRINT_CERTIFICATE, at->number);
    GtkWidget *blocks[5] = {NULL};
    size_t count = 0;
    const struct kind_button buttons[] = {
        {NULL, made ? NULL : L_("With the full name", NC_("large", "Full name")), "kx-plain", make, 1, off},
        {NULL, made ? NULL : L_("Print", NC_("large", "Print")), "kx-primary", make, 0, off},
        {NULL, made && state != PRINT_DONE ? _("Print again") : NULL, "kx-plain", again, 0, state == PRINT_RUNNING},
        {NULL, made ? _("OK") : NULL, "kx-primary", kind_go_back},
    };

    if ((blocks[count] = state_new(ui)) != NULL)
        count++;
    blocks[count++] = hours_new(certificates);
    blocks[count++] = person_new(certificates);
    if (!made)
        blocks[count++] = kit_label(_("On the paper your name stands as it is here, or in full if you wish. It costs nothing."), "kx-soft");
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_certificate = {
    .name = "certificate",
    .service = &service_prints,
    .news = PAGE_NEWS_PRINT,
    .title = one_title,
    .speech = one_speech,
    .build = one_build,
};

/* ---- Asked and told ------------------------------------------------------------------------------------------------------------- */

void certificates_enter(struct ui *ui)
{
    *certificates_of(ui) = (struct certificates){0};
    ui->backend->certificates(ui->kiosk, &(struct kiosk_certificate_request){.ask = KIOSK_CERTIFICATE_ASK_LIST});
    flow_go(ui, &page_certificates);
}

static void on_list(struct ui *ui, const struct kiosk_certificates_event *told)
{
    struct certificates *certificates = certificates_of(ui);

    certificates->told = true;
    certificates->known = told->list != NULL;
    g_strlcpy(certificates->reason, told->reason, sizeof certificates->reason);
    if (told->list != NULL)
        certificates->list = *told->list;
    if (ui->page == &page_certificates)
        flow_refresh(ui, true);
}

static void on_made(struct ui *ui, const struct kiosk_certificates_event *told)
{
    struct certificates *certificates = certificates_of(ui);

    certificates->asking = false;
    g_strlcpy(certificates->reason, told->reason, sizeof certificates->reason);
    g_strlcpy(certificates->at.number, told->number, sizeof certificates->at.number);
    if (told->number[0] != '\0')
        print(ui);
    else if (ui->page == &page_certificate)
        flow_refresh(ui, true);
}

void certificates_event(struct ui *ui, const struct kiosk_certificates_event *told)
{
    if (told->ask == KIOSK_CERTIFICATE_ASK_LIST)
        on_list(ui, told);
    else if (certificates_of(ui)->asking)
        on_made(ui, told);
}
