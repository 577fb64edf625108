/* SPDX-License-Identifier: Apache-2.0 */
/* The notices of the community, and one of them to read or to hear; with or without a card. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../notice_text.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#define NOTICES_MAX 200

struct notices {
    bool known;
    struct kiosk_notice *items;
    size_t count;
    struct kiosk_notice read; /* the one on the screen: a newer list does not change it */
};

static void clear(void *data)
{
    struct notices *notices = data;

    g_free(notices->items);
}

static struct notices *notices_of(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_notices, sizeof(struct notices), clear);
}

/* ---- All of them --------------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    return L_("Community notices", NC_("large", "Notices"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(notices_of(ui)->count > 0 ? _("Community notices. Touch one to read it.")
                                              : _("There are no notices."));
}

void notices_open(struct ui *ui, size_t index)
{
    struct notices *notices = notices_of(ui);

    g_assert(index < notices->count);
    notices->read = notices->items[index];
    if (ui->backend->notice_read != NULL)
        ui->backend->notice_read(ui->kiosk, notices->read.id);
    flow_go(ui, &page_notice);
}

static GtkWidget *build(struct page *page)
{
    struct notices *notices = notices_of(page->ui);
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MAX(notices->count, 1));
    g_autoptr(GPtrArray) days = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < notices->count; i++) {
        const struct kiosk_notice *notice = &notices->items[i];

        g_ptr_array_add(days, words_day(notice->from));
        rows[i] = (struct kind_row){.icon = notice->urgent ? "warn" : "notice",
                                    .tone = notice->urgent ? "kx-warn" : NULL,
                                    .kicker = notice->urgent ? _("Urgent") : NULL,
                                    .text = notice_title(notice),
                                    .note = days->pdata[i],
                                    .go = notices_open,
                                    .index = i};
    }
    return kind_list(page, rows, notices->count,
                     notices->known ? _("There are no notices.") : _("One moment, please"), NULL);
}

const struct page_class page_notices = {
    .name = "notices",
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- One of them --------------------------------------------------------------------------------------------------- */

static const char *notice_page_title(struct ui *ui)
{
    return notice_title(&notices_of(ui)->read);
}

static char *notice_speech(struct ui *ui)
{
    const struct kiosk_notice *notice = &notices_of(ui)->read;
    g_autofree char *slip = printing_says(ui, KIOSK_PRINT_NOTICE, notice->id, "");

    return g_strdup_printf("%s%s%s. %s", slip != NULL ? slip : "", slip != NULL ? ". " : "", notice_title(notice), notice_body(notice));
}

static void notice_print(struct ui *ui, size_t index)
{
    const struct kiosk_notice *notice = &notices_of(ui)->read;
    g_autofree char *number = g_strdup_printf("%u", notice->from);
    struct kiosk_slip slip = {.title = notice_title(notice), .number = number, .text = notice_body(notice)};

    printing_ask(ui, KIOSK_PRINT_NOTICE, notice->id, &slip);
}

static GtkWidget *notice_build(struct page *page)
{
    const struct kiosk_notice *notice = &notices_of(page->ui)->read;
    GtkWidget *pager = kx_pager_new();
    g_auto(GStrv) paragraphs = notice_paragraphs(notice_body(notice));
    g_autofree char *day = words_date(notice->from);
    GtkWidget *slip = printing_line(page->ui, KIOSK_PRINT_NOTICE, notice->id, "");
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", kind_go_read},
        printing_button(page->ui, KIOSK_PRINT_NOTICE, notice->id, notice_print),
        {NULL, _("Other notices"), "kx-primary", kind_go_back},
    };

    kx_pager_add(KX_PAGER(pager), kit_title(notice_title(notice)));
    if (day[0] != '\0')
        kx_pager_add(KX_PAGER(pager), kit_label(day, "kx-note"));
    if (slip != NULL)
        kx_pager_add(KX_PAGER(pager), slip);
    for (char **text = paragraphs; *text != NULL; text++)
        kx_pager_add(KX_PAGER(pager), kit_label(*text, "kx-body kx-reading"));
    return kit_sheet(NULL, pager, kind_foot(page->ui, buttons, G_N_ELEMENTS(buttons), kind_upright(page->ui)));
}

const struct page_class page_notice = {
    .name = "notice",
    .news = PAGE_NEWS_PRINT,
    .title = notice_page_title,
    .speech = notice_speech,
    .build = notice_build,
};

/* ---- The service ----------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return L_("Notices", NC_("large", "Read notices"));
}

static const char *spoken(void)
{
    return _("notices");
}

static void ask(struct ui *ui)
{
    ui->backend->notices(ui->kiosk);
}

static void enter(struct ui *ui)
{
    ask(ui);
    flow_go(ui, &page_notices);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    struct notices *notices = notices_of(ui);

    if (event->kind != KIOSK_EVENT_NOTICES)
        return;
    g_free(notices->items);
    notices->count = MIN(event->notices.count, NOTICES_MAX);
    notices->items = g_new0(struct kiosk_notice, MAX(notices->count, 1));
    for (size_t i = 0; i < notices->count; i++)
        notices->items[i] = event->notices.items[i];
    notices->known = true;
    if (ui->page == &page_notices)
        flow_refresh(ui, true);
}

const struct service service_notices = {
    .name = "notices",
    .icon = "notice",
    .who = SERVICE_FOR_ALL,
    .word = word,
    .spoken = spoken,
    .attach = ask,
    .enter = enter,
    .event = event,
};
