/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the community has written down for the card's owner (F02): hours, points, coins. In large text the three numbers only. The
 * platform tells it to a card that proved itself; without network what was told last, with its time.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"
#include "prints.h"

static struct me {
    bool told;
    struct kiosk_person_event person;
} *me_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_me, sizeof(struct me), NULL);
}

static const char *title(struct ui *ui)
{
    const struct me *me = me_of(ui);

    if (!me->told)
        return _("Looking for your page");
    return me->person.known ? _("My page") : L_("Your page can be seen when online", NC_("large", "See it when online"));
}

static char *speech(struct ui *ui)
{
    if (!me_of(ui)->person.known)
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
    const struct kiosk_person_event *person = &me_of(ui)->person;
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

/* What is not said of everybody: nothing of it when there is none. */
static GtkWidget *rest_new(const struct kiosk_person_event *person)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *stars = g_strdup_printf(_("%u-star volunteer"), person->stars),
                    *subsidy = words_amount(person->subsidy_fen), *bills = words_amount(person->bills_fen);

    if (person->stars > 0)
        kit_add(card, kit_label(stars, "kx-answer kx-strong"));
    if (person->subsidy_fen > 0)
        kit_add(card, kit_fact(_("Subsidy"), subsidy));
    if (person->bills > 0)
        kit_add(card, kit_fact(_("Bills to pay"), bills));
    if (gtk_widget_get_first_child(card) != NULL)
        return card;
    g_object_unref(g_object_ref_sink(card));
    return NULL;
}

static GtkWidget *build_known(struct page *page)
{
    const struct kiosk_person_event *person = &me_of(page->ui)->person;
    g_autofree char *moment = words_moment(person->asof_ms);
    g_autofree char *asof = g_strdup_printf(_("As of %s"), moment);
    GtkWidget *blocks[4] = {numbers_new(person)};
    size_t count = 1;
    const struct kind_button buttons[] = {
        {"speak", _("Read aloud"), "kx-plain", read_aloud},
        {NULL, _("Prints"), "kx-plain", prints_enter},
        {NULL, _("Home"), "kx-primary", kind_go_home},
    };

    if (page->ui->size == TEXT_STD && (blocks[count] = rest_new(person)) != NULL)
        count++;
    blocks[count] = kit_label(asof, person->live ? "kx-note" : "kx-soft");
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

static const char *advice(const struct me *me)
{
    if (!me->told)
        return _("One moment, please");
    if (g_str_equal(me->person.reason, "OFFLINE") || g_str_equal(me->person.reason, "NO_ANSWER"))
        return _("The network is away. Please come again later, or ask at the service desk.");
    return _("The service desk can look for you. Bring this card, please.");
}

static GtkWidget *build(struct page *page)
{
    const struct me *me = me_of(page->ui);

    if (me->person.known)
        return build_known(page);
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(me->told ? "offline" : "person", "kx-badge-large"),
                                 .answer = advice(me),
                                 .buttons = {{NULL, me->told ? _("Prints") : NULL, "kx-plain", prints_enter}, {NULL, _("Home"), "kx-primary", kind_go_home}},
                             });
}

const struct page_class page_me = {
    .name = "me",
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

static void event(struct ui *ui, const struct kiosk_event *event)
{
    struct me *me;

    if (event->kind != KIOSK_EVENT_PERSON || !ui->session.active)
        return; /* the answer came after the person had left */
    me = me_of(ui);
    me->told = true;
    me->person = event->person;
    if (ui->page == &page_me)
        flow_refresh(ui, true);
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
