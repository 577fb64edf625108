/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the community has written down for the card's owner (F02): hours, points and coins as the three largest things on the page, and
 * below them the ways to all else that is theirs. The platform tells it to a card that proved itself; without network what was told
 * last, with its time.
 */
#include "me.h"
#include "../flow.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "prints.h"

struct mine *mine_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_me, sizeof(struct mine), NULL);
}

void mine_ask(struct ui *ui, enum kiosk_mine_ask ask)
{
    ui->backend->mine(ui->kiosk, &(struct kiosk_mine_request){.ask = ask});
}

GtkWidget *mine_asof(int64_t asof_ms, bool live)
{
    g_autofree char *moment = words_moment(asof_ms);
    g_autofree char *text = g_strdup_printf(_("As of %s"), moment);

    return kit_label(text, live ? "kx-note" : "kx-soft");
}

const char *mine_away(const char *reason)
{
    if (g_str_equal(reason, "OFFLINE") || g_str_equal(reason, "NO_ANSWER"))
        return _("The network is away. Please come again later, or ask at the service desk.");
    return _("The service desk can look for you. Bring this card, please.");
}

GtkWidget *mine_end(struct page *page, bool good, const char *answer, const char *number)
{
    GtkWidget *card = NULL;

    if (number[0] != '\0') {
        card = kit_column("kx-card kx-place");
        kit_add(card, kit_fact(_("Number"), number));
    }
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(good ? "tick" : "warn", good ? "kx-badge-large kx-ok" : "kx-badge-large"),
                                 .answer = answer,
                                 .blocks = {card},
                                 .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}},
                             });
}

static const char *title(struct ui *ui)
{
    const struct mine *mine = mine_of(ui);

    if (!mine->told)
        return _("Looking for your page");
    return mine->person.known ? _("My page") : L_("Your page can be seen when online", NC_("large", "See it when online"));
}

static char *speech(struct ui *ui)
{
    if (!mine_of(ui)->person.known)
        return g_strdup(title(ui));
    return g_strdup(_("This is written down for you. Touch Read aloud to hear it."));
}

static char *number(int64_t value)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

/* Coins are hours; what is left over of one is told as time. */
static char *coins(int64_t minutes)
{
    g_autofree char *time = words_duration(minutes);

    return minutes % 60 == 0 ? g_strdup_printf("%" G_GINT64_FORMAT, minutes / 60) : g_steal_pointer(&time);
}

static void read_aloud(struct ui *ui, size_t index)
{
    const struct kiosk_person_event *person = &mine_of(ui)->person;
    g_autofree char *hours = words_duration(person->hours_min), *points = number(person->points),
                    *coin = coins(person->coin_min);
    /* Translators: said aloud: hours of service, points, time coins. */
    g_autofree char *text = g_strdup_printf(_("Volunteer hours: %1$s. Points: %2$s. Time coins: %3$s."), hours, points, coin);

    flow_say(ui, text);
}

static GtkWidget *numbers_new(const struct kiosk_person_event *person)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *hours = words_duration(person->hours_min), *points = number(person->points),
                    *coin = coins(person->coin_min);

    kit_add(card, kit_fact(_("Volunteer hours"), hours));
    kit_add(card, kit_fact(_("Points"), points));
    kit_add(card, kit_fact(L_("Time coins (1 hour = 1 coin)", NC_("large", "Hours saved")), coin));
    return card;
}

/* ---- What is theirs by right ---------------------------------------------------------------------------------------------- */

static const char *rights_title(struct ui *ui)
{
    return L_("What you are entitled to", NC_("large", "My benefits"));
}

static void rights_read(struct ui *ui, size_t index)
{
    const struct kiosk_person_event *person = &mine_of(ui)->person;
    g_autofree char *subsidy = words_amount_spoken(person->subsidy_fen), *stars = g_strdup_printf(_("%u-star volunteer"), person->stars),
                    *bills = words_amount_spoken(person->bills_fen);
    /* Translators: said aloud: an amount, stars, an amount. */
    g_autofree char *text = g_strdup_printf(_("Subsidy: %1$s. %2$s. Bills to pay: %3$s."), subsidy, stars, bills);

    flow_say(ui, text);
}

static GtkWidget *rights_build(struct page *page)
{
    const struct kiosk_person_event *person = &mine_of(page->ui)->person;
    GtkWidget *card = kit_column("kx-card kx-place"), *blocks[3] = {card};
    g_autofree char *stars = g_strdup_printf(_("%u-star volunteer"), person->stars), *subsidy = words_amount(person->subsidy_fen),
                    *bills = words_amount(person->bills_fen), *holds = g_strdup_printf("%u", person->holds);
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", rights_read},
        {NULL, _("OK"), "kx-primary", kind_go_back},
    };

    kit_add(card, kit_fact(_("Subsidy"), subsidy));
    if (person->stars > 0)
        kit_add(card, kit_label(stars, "kx-answer kx-strong"));
    if (person->holds > 0)
        kit_add(card, kit_fact(_("Held for orders"), holds));
    if (person->bills > 0)
        kit_add(card, kit_fact(_("Bills to pay"), bills));
    blocks[1] = mine_asof(person->asof_ms, person->live);
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

static char *rights_speech(struct ui *ui)
{
    return g_strdup(_("This is written down for you. Touch Read aloud to hear it."));
}

const struct page_class page_me_rights = {
    .name = "me-rights",
    .service = &service_me,
    .title = rights_title,
    .speech = rights_speech,
    .build = rights_build,
};

/* ---- The ways from here ------------------------------------------------------------------------------------------------------ */

static void go_happened(struct ui *ui, size_t index)
{
    happened_enter(ui, false);
}

static void go_open(struct ui *ui, size_t index)
{
    happened_enter(ui, true);
}

static void go_rights(struct ui *ui, size_t index)
{
    flow_go(ui, &page_me_rights);
}

static void go_wallet(struct ui *ui, size_t index)
{
    service_wallet.enter(ui);
}

static void go_readings(struct ui *ui, size_t index)
{
    readings_enter(ui);
}

static void go_keep(struct ui *ui, size_t index)
{
    flow_go(ui, &page_settings_keep);
}

static void go_forget(struct ui *ui, size_t index)
{
    flow_go(ui, &page_me_forget);
}

#define WAYS_MAX 8

/* In large text without the stars: the three numbers are enough to look at. */
static size_t ways(struct ui *ui, const char *stars, struct kind_row rows[WAYS_MAX])
{
    const bool kept = ui->session.identity.preference_kept;
    size_t count = 0;

    rows[count++] = (struct kind_row){.icon = "calendar", .text = _("What I have done"), .go = go_happened};
    rows[count++] = (struct kind_row){.icon = "orders", .text = L_("Orders, reports and seats that are open", NC_("large", "What is open")), .go = go_open};
    if (mine_of(ui)->person.known)
        rows[count++] = (struct kind_row){.icon = "gift", .text = rights_title(ui), .note = ui->size == TEXT_STD ? stars : NULL, .go = go_rights};
    rows[count++] = (struct kind_row){.icon = "wallet", .text = L_("Wallet: what is on this card", NC_("large", "Wallet")), .go = go_wallet};
    rows[count++] = (struct kind_row){.icon = "print", .text = _("Prints"), .go = prints_enter};
    rows[count++] = (struct kind_row){.icon = "people", .text = L_("Who viewed my data", NC_("large", "Who viewed me")), .go = go_readings};
    rows[count++] = (struct kind_row){.icon = "text", .text = kept ? L_("Text and voice are kept for you", NC_("large", "Kept for you")) : L_("Keep text and voice for next time", NC_("large", "Keep for next time")), .go = go_keep};
    rows[count++] = (struct kind_row){.icon = "erase", .text = L_("Delete what this machine keeps of me", NC_("large", "Delete my traces")), .go = go_forget};
    return count;
}

static GtkWidget *build(struct page *page)
{
    const struct mine *mine = mine_of(page->ui);
    const bool known = mine->person.known;
    struct kind_row rows[WAYS_MAX] = {0};
    GtkWidget *blocks[WAYS_MAX + 3] = {NULL};
    g_autofree char *stars = mine->person.stars > 0 ? g_strdup_printf(_("%u-star volunteer"), mine->person.stars) : NULL;
    size_t count = 0, n = ways(page->ui, stars, rows);
    const struct kind_button buttons[] = {
        {"speak", known ? _("Read aloud") : NULL, "kx-plain", read_aloud},
        {NULL, _("Home"), "kx-primary", kind_go_home},
    };

    if (known)
        blocks[count++] = numbers_new(&mine->person);
    else
        blocks[count++] = kit_label(mine->told ? mine_away(mine->person.reason) : _("One moment, please"), "kx-answer");
    if (known)
        blocks[count++] = mine_asof(mine->person.asof_ms, mine->person.live);
    for (size_t i = 0; i < n; i++)
        blocks[count++] = kind_row_new(page->ui, &rows[i]);
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_me = {
    .name = "me",
    .service = &service_me,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- The service ----------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return _("My page");
}

static const char *spoken(void)
{
    return _("my page");
}

/* Each reading is a row in the log that the resident sees: it is asked for when the page is wanted, not before. */
static void enter(struct ui *ui)
{
    ui->backend->person(ui->kiosk);
    flow_go(ui, &page_me);
}

static void on_person(struct ui *ui, const struct kiosk_person_event *person)
{
    struct mine *mine = mine_of(ui);

    mine->told = true;
    mine->person = *person;
    if (ui->page == &page_me || ui->page == &page_me_rights)
        flow_refresh(ui, ui->page == &page_me);
}

static struct mine_told told_of(const struct kiosk_mine_event *told)
{
    return (struct mine_told){.told = true, .known = told->known, .live = told->live, .asof_ms = told->asof_ms};
}

static void on_readings(struct ui *ui, const struct kiosk_mine_event *told)
{
    struct mine *mine = mine_of(ui);

    mine->looked = told_of(told);
    g_strlcpy(mine->refused, told->reason, sizeof mine->refused);
    mine->reading_count = MIN(told->count, MINE_READINGS);
    for (size_t i = 0; i < mine->reading_count; i++)
        mine->readings[i] = told->readings[i];
    mine->own_times = told->own_times;
    mine->own_ms = told->own_ms;
    if (ui->page == &page_me_readings)
        flow_refresh(ui, true);
}

static void on_happened(struct ui *ui, const struct kiosk_mine_event *told)
{
    struct mine *mine = mine_of(ui);

    mine->happened = told_of(told);
    mine->line_count = MIN(told->count, MINE_LINES);
    for (size_t i = 0; i < mine->line_count; i++)
        mine->lines[i] = told->happenings[i];
    if (ui->page == &page_me_happened)
        flow_refresh(ui, true);
}

static void on_forgotten(struct ui *ui, const struct kiosk_mine_event *told)
{
    g_strlcpy(mine_of(ui)->not_gone, told->reason, sizeof mine_of(ui)->not_gone);
    if (ui->page == &page_me_forget)
        flow_go(ui, &page_me_forgotten);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (!ui->session.active)
        return; /* the answer came after the person had left */
    if (event->kind == KIOSK_EVENT_PERSON)
        on_person(ui, &event->person);
    else if (event->kind == KIOSK_EVENT_TICKETS)
        readings_event(ui, event);
    else if (event->kind != KIOSK_EVENT_MINE)
        return;
    else if (event->mine.ask == KIOSK_MINE_ASK_READINGS)
        on_readings(ui, &event->mine);
    else if (event->mine.ask == KIOSK_MINE_ASK_HAPPENED)
        on_happened(ui, &event->mine);
    else if (event->mine.ask == KIOSK_MINE_ASK_FORGET)
        on_forgotten(ui, &event->mine);
}

const struct service service_me = {
    .name = "me",
    .icon = "person",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .enter = enter,
    .event = event,
};
