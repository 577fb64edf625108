/* SPDX-License-Identifier: Apache-2.0 */
/* The notices of the community, and one of them to read or to hear; with or without a card. */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "model/model.h"
#include "../notice_text.h"
#include "../printing.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#define NOTICES_MAX 200
#define IDLE_MAX    8 /* in turn on the idle screen: the newest */

struct notices {
    bool known;
    struct kiosk_notice *items;
    size_t count;
    struct kiosk_notice read; /* the one on the screen: a newer list does not change it */
    char *lead;               /* of the one on the idle screen */
    struct photo {
        char path[sizeof(((struct kiosk_notice *)NULL)->picture)]; /* "" none was read */
        GdkTexture *texture;                                       /* NULL: it cannot be shown */
    } photos[IDLE_MAX]; /* of this list, by their turn: reading one takes the screen's time */
};

static void photos_forget(struct notices *notices)
{
    for (size_t i = 0; i < IDLE_MAX; i++)
        g_clear_object(&notices->photos[i].texture);
    memset(notices->photos, 0, sizeof notices->photos);
}

static void clear(void *data)
{
    struct notices *notices = data;

    photos_forget(notices);
    g_free(notices->items);
    g_free(notices->lead);
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

/* ---- Without being asked ------------------------------------------------------------------------------------------------ */

/* The machine's own clock: what has ended is not shown, whether the list has been told anew or not. */
static bool is_current(const struct kiosk_notice *notice)
{
    return notice->to == 0 || notice->to >= date_of_ms(now_ms());
}

static size_t count_of(const struct notices *notices, bool urgent_only)
{
    size_t count = 0;

    for (size_t i = 0; i < notices->count; i++)
        count += is_current(&notices->items[i]) && (!urgent_only || notices->items[i].urgent);
    return count;
}

static size_t idle_count(struct ui *ui, bool *urgent)
{
    const struct notices *notices = notices_of(ui);
    size_t count = count_of(notices, true);

    *urgent = count > 0;
    return *urgent ? count : MIN(count_of(notices, false), IDLE_MAX);
}

/* The n-th of those that idle_count() counts; their count does not change within a turn of the main loop but at midnight. */
static size_t idle_at(const struct notices *notices, bool urgent, size_t n)
{
    size_t last = 0;

    for (size_t i = 0; i < notices->count; i++)
        if (is_current(&notices->items[i]) && (!urgent || notices->items[i].urgent)) {
            last = i;
            if (n-- == 0)
                break;
        }
    return last;
}

/* The beginning of it, as much as stands on one screen beside the headline; in the largest text that alone. */
static char *lead_of(const struct kiosk_notice *notice, enum text_size size)
{
    static const glong chars_max[TEXT_SIZE_COUNT] = {[TEXT_STD] = 120, [TEXT_LARGE] = 70};
    g_auto(GStrv) paragraphs = notice_paragraphs(notice_body(notice));

    if (paragraphs[0] == NULL || chars_max[size] == 0)
        return NULL;
    if (g_utf8_strlen(paragraphs[0], -1) <= chars_max[size])
        return g_strdup(paragraphs[0]);
    g_autofree char *head = g_utf8_substring(paragraphs[0], 0, chars_max[size]);
    return g_strconcat(head, "…", NULL);
}

/* NULL: it has none that can be shown. Read once for each list, however often its turn comes. */
static GtkWidget *photo_new(struct notices *notices, const struct kiosk_notice *notice, size_t n)
{
    struct photo *photo = &notices->photos[n % IDLE_MAX];

    if (strcmp(photo->path, notice->picture) != 0) {
        g_clear_object(&photo->texture);
        g_strlcpy(photo->path, notice->picture, sizeof photo->path);
        photo->texture = photo->path[0] != '\0' ? kx_photo_read(photo->path) : NULL;
    }
    return photo->texture != NULL ? kx_photo_new(photo->texture, notice_title(notice)) : NULL;
}

static void idle_show(struct ui *ui, size_t n, struct kind_poster *poster)
{
    struct notices *notices = notices_of(ui);
    bool urgent = count_of(notices, true) > 0;
    size_t at = idle_at(notices, urgent, n);
    const struct kiosk_notice *notice = &notices->items[at];

    g_free(notices->lead);
    notices->lead = lead_of(notice, ui->size);
    poster->drawing = photo_new(notices, notice, n);
    if (poster->drawing == NULL)
        poster->drawing = kit_badge(urgent ? "warn" : "notice", urgent ? "kx-badge-large kx-warn" : "kx-badge-large");
    poster->headline = notice_title(notice);
    poster->answer = notices->lead;
    poster->buttons[0] = (struct kind_button){"speak", L_("Read it", NC_("large", "Read it")), "kx-plain", notices_open, at};
}

/* On its tile, behind a card. */
static char *note(struct ui *ui)
{
    size_t count = count_of(notices_of(ui), false);

    if (!ui->session.active || count == 0)
        return NULL;
    return g_strdup_printf(P_("%u for you", "%u for you", (int64_t)count), (unsigned)count);
}

static void ask(struct ui *ui)
{
    ui->backend->notices(ui->kiosk);
}

void notices_enter(struct ui *ui)
{
    ask(ui);
    flow_go(ui, &page_notices);
}

/* False: it is the list that is known already. */
static bool take(struct notices *notices, const struct kiosk_notice *items, size_t count)
{
    g_autofree struct kiosk_notice *told = g_new0(struct kiosk_notice, NOTICES_MAX);
    size_t taken = 0;

    for (size_t i = 0; i < count && taken < NOTICES_MAX; i++)
        if (!items[i].question) /* those stand behind help */
            told[taken++] = items[i];
    if (notices->known && notices->count == taken && (taken == 0 || memcmp(notices->items, told, taken * sizeof *told) == 0))
        return false;
    photos_forget(notices);
    g_free(notices->items);
    notices->count = taken;
    notices->items = g_steal_pointer(&told);
    notices->known = true;
    return true;
}

/* The idle screen follows at once when there is another list: an emergency does not wait for its turn. */
static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind != KIOSK_EVENT_NOTICES || !take(notices_of(ui), event->notices.items, event->notices.count))
        return;
    if (ui->page == &page_notices)
        flow_refresh(ui, true);
    else if (ui->page == &page_idle)
        flow_refresh(ui, false);
}

const struct service service_notices = {
    .name = "notices",
    .icon = "notice",
    .who = SERVICE_FOR_ALL,
    .word = word,
    .spoken = spoken,
    .note = note,
    .idle_count = idle_count,
    .idle_show = idle_show,
    .attach = ask,
    .enter = notices_enter,
    .event = event,
};
