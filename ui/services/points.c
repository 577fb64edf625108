/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points and coins, and what they are good for (F04): what the card has, what it is enough for, one thing, what became of it. Handed
 * over is only what is DONE; PENDING is the platform's to say, and is looked for while the page is there.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "credit_words.h"
#include "pages.h"

#define REWARDS_SHOWN_MAX 48
#define NUMBER_DIGITS     8

struct points {
    bool told;
    struct kiosk_credit_event balance;
    struct kiosk_reward chosen;
};

/* What was asked for, and what became of it. */
struct redemption {
    bool waits, untold; /* for the answer; it came while another page was read */
    struct kiosk_reward reward;
    struct kiosk_credit_event answer;
};

struct rewards {
    bool known;
    struct kiosk_reward items[REWARDS_SHOWN_MAX];
    size_t count;
};

static struct points *points_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_points, sizeof(struct points), NULL);
}

/* Owned by its page: it stays when the card is taken from it. */
static struct redemption *redemption_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &page_reward_done, sizeof(struct redemption), NULL);
}

static struct rewards *rewards_of(struct ui *ui)
{
    return rooms_get(&ui->rooms, &service_points, sizeof(struct rewards), NULL);
}

/* ---- What the card has --------------------------------------------------------------------------------------------- */

static const char *title(struct ui *ui)
{
    if (!points_of(ui)->told)
        return _("One moment, please");
    return points_of(ui)->balance.known ? L_("My points", NC_("large", "My points"))
                                        : L_("Your points can be seen when online", NC_("large", "See them when online"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(points_of(ui)->balance.known ? _("These are your points. Touch What can I get to see what they are good for.") : title(ui));
}

static void show_rewards(struct ui *ui, size_t index)
{
    flow_go(ui, &page_rewards);
}

static GtkWidget *numbers_new(const struct kiosk_credit_event *balance)
{
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *points = g_strdup_printf("%" G_GINT64_FORMAT, balance->points), *coins = words_duration(balance->coin_min);

    kit_add(card, kit_fact(_("Points"), points));
    kit_add(card, kit_fact(L_("Time coins (1 hour = 1 coin)", NC_("large", "Hours saved")), coins));
    return card;
}

static GtkWidget *ending_new(const struct kiosk_credit_event *balance)
{
    g_autofree char *day = words_day(balance->points_end_on);
    g_autofree char *text = /* Translators: how many points, the day. */
        g_strdup_printf(P_("%1$lld point ends with %2$s. Use it before.", "%1$lld points end with %2$s. Use them before.", balance->points_ending),
                        (long long)balance->points_ending, day);
    GtkWidget *line = kit_line("kx-slip kx-warn");

    kit_add(line, kx_icon_new("clock"));
    kit_add(line, kit_label(text, "kx-body"));
    return line;
}

static GtkWidget *build(struct page *page)
{
    const struct kiosk_credit_event *balance = &points_of(page->ui)->balance;
    g_autofree char *moment = words_moment(balance->asof_ms), *asof = g_strdup_printf(_("As of %s"), moment);
    GtkWidget *blocks[4] = {NULL};
    size_t count = 0;
    const struct kind_button buttons[] = {
        {NULL, _("Home"), "kx-plain", kind_go_home},
        {"gift", L_("What can I get?", NC_("large", "Get what?")), "kx-primary", show_rewards},
    };

    if (!balance->known)
        return kind_poster(page, &(struct kind_poster){
                                     .drawing = kit_badge(points_of(page->ui)->told ? "offline" : "gift", "kx-badge-large"),
                                     .answer = points_of(page->ui)->told ? _("The service desk can look for you. Bring this card, please.") : NULL,
                                     .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}},
                                 });
    blocks[count++] = numbers_new(balance);
    if (balance->points_ending > 0)
        blocks[count++] = ending_new(balance);
    blocks[count++] = kit_label(asof, "kx-note");
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_points = {
    .name = "points",
    .service = &service_points,
    .title = title,
    .speech = speech,
    .build = build,
};

/* ---- What it is good for ------------------------------------------------------------------------------------------- */

static const char *rewards_title(struct ui *ui)
{
    return L_("What would you like to have?", NC_("large", "Have what?"));
}

static char *rewards_speech(struct ui *ui)
{
    return g_strdup(rewards_of(ui)->count > 0 ? _("Touch what you would like to have.") : _("There is nothing to be had here now."));
}

void points_choose(struct ui *ui, size_t index)
{
    g_assert(index < rewards_of(ui)->count);
    points_of(ui)->chosen = rewards_of(ui)->items[index];
    flow_go(ui, &page_reward);
}

static GtkWidget *rewards_build(struct page *page)
{
    struct rewards *rewards = rewards_of(page->ui);
    const struct kiosk_credit_event *balance = &points_of(page->ui)->balance;
    g_autofree struct kind_row *rows = g_new0(struct kind_row, MAX(rewards->count, 1));
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < rewards->count; i++) {
        const struct kiosk_reward *reward = &rewards->items[i];
        g_autofree char *price = credit_price(reward->book, reward->price), *enough = reward_enough(reward, balance);
        bool affords = credit_has(balance, reward->book) >= reward->price;

        g_ptr_array_add(notes, g_strdup_printf("%s · %s", price, enough));
        rows[i] = (struct kind_row){.icon = affords ? "gift" : "lock", .text = reward_name(reward), .note = notes->pdata[i],
                                    .go = points_choose, .index = i};
    }
    return kind_list(page, rows, rewards->count,
                     rewards->known ? _("There is nothing to be had here now.") : _("One moment, please"), NULL);
}

const struct page_class page_rewards = {
    .name = "rewards",
    .service = &service_points,
    .title = rewards_title,
    .speech = rewards_speech,
    .build = rewards_build,
};

/* ---- One of them --------------------------------------------------------------------------------------------------- */

static bool affords(struct ui *ui)
{
    const struct points *points = points_of(ui);

    return credit_has(&points->balance, points->chosen.book) >= points->chosen.price;
}

static const char *reward_title(struct ui *ui)
{
    return reward_name(&points_of(ui)->chosen);
}

static char *reward_speech(struct ui *ui)
{
    return g_strdup(affords(ui) ? _("Redemption is final; your hours stay. Touch Get it if you want it.") : _("There is not enough for this."));
}

void points_redeem(struct ui *ui, size_t index)
{
    const struct kiosk_reward *chosen = &points_of(ui)->chosen;
    struct kiosk_credit_request request = {.ask = KIOSK_CREDIT_ASK_REDEEM, .book = chosen->book, .amount = chosen->price};

    if (redemption_of(ui)->waits)
        return;
    g_strlcpy(request.item, chosen->id, sizeof request.item);
    *redemption_of(ui) = (struct redemption){.waits = true, .reward = *chosen};
    ui->backend->credit(ui->kiosk, &request);
    flow_go(ui, &page_reward_done);
}

static GtkWidget *reward_facts(struct ui *ui)
{
    const struct points *points = points_of(ui);
    const struct kiosk_reward *reward = &points->chosen;
    int64_t has = credit_has(&points->balance, reward->book);
    g_autofree char *price = credit_price(reward->book, reward->price), *left = credit_price(reward->book, MAX(0, has - reward->price));
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_fact(_("Price"), price));
    if (affords(ui))
        kit_add(card, kit_fact(_("Left after it"), left));
    if (reward_place(reward)[0] != '\0')
        kit_add(card, kit_fact(_("Handed over at"), reward_place(reward)));
    return card;
}

static GtkWidget *reward_build(struct page *page)
{
    struct ui *ui = page->ui;
    g_autofree char *enough = reward_enough(&points_of(ui)->chosen, &points_of(ui)->balance);
    GtkWidget *const blocks[] = {reward_facts(ui),
                                 kit_label(affords(ui) ? L_("Redemption is final; your hours stay", NC_("large", "Final; your hours stay"))
                                                       : enough,
                                           "kx-answer"),
                                 NULL};
    const struct kind_button buttons[] = {
        {NULL, L_("Something else", NC_("large", "Others")), affords(ui) ? "kx-plain" : "kx-primary", kind_go_back},
        {"tick", affords(ui) ? _("Get it") : NULL, "kx-primary", points_redeem},
    };

    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

const struct page_class page_reward = {
    .name = "reward",
    .service = &service_points,
    .title = reward_title,
    .speech = reward_speech,
    .build = reward_build,
};

/* ---- What became of it --------------------------------------------------------------------------------------------- */

static bool is_had(const struct redemption *redemption)
{
    enum kiosk_credit_phase phase = redemption->answer.phase;

    return !redemption->waits && (phase == KIOSK_CREDIT_DONE || phase == KIOSK_CREDIT_POSTED);
}

static bool is_pending(const struct redemption *redemption)
{
    return !redemption->waits && redemption->answer.phase == KIOSK_CREDIT_PENDING;
}

static const char *done_title(struct ui *ui)
{
    const struct redemption *redemption = redemption_of(ui);

    if (redemption->waits)
        return _("One moment, please");
    if (is_had(redemption))
        return L_("It is yours", NC_("large", "It is yours"));
    return is_pending(redemption) ? L_("Asked for: the centre still has to say yes", NC_("large", "Not yours yet"))
                              : L_("This did not work", NC_("large", "It did not work"));
}

static char *done_advice(struct ui *ui)
{
    const struct redemption *redemption = redemption_of(ui);

    if (redemption->waits)
        return g_strdup("");
    if (is_had(redemption))
        return g_strdup(_("Note the number, and show it where it is handed over."));
    return is_pending(redemption) ? g_strdup(_("Please wait a moment here. Nothing is handed over before.")) : credit_refused(&redemption->answer);
}

static char *done_speech(struct ui *ui)
{
    g_autofree char *advice = done_advice(ui);

    return g_strdup_printf("%s. %s", done_title(ui), advice);
}

/* The end of the transaction's id, which differs; what staff look for. */
static char *number_of(const struct redemption *redemption)
{
    size_t len = strlen(redemption->answer.id);

    return g_ascii_strup(redemption->answer.id + (len > NUMBER_DIGITS ? len - NUMBER_DIGITS : 0), -1);
}

static GtkWidget *done_facts(struct ui *ui)
{
    const struct redemption *redemption = redemption_of(ui);
    g_autofree char *number = number_of(redemption);
    GtkWidget *card = kit_column("kx-card kx-place");

    kit_add(card, kit_label(reward_name(&redemption->reward), "kx-answer kx-strong"));
    kit_add(card, kit_fact(_("Your number"), number));
    if (reward_place(&redemption->reward)[0] != '\0')
        kit_add(card, kit_fact(_("Handed over at"), reward_place(&redemption->reward)));
    return card;
}

static GtkWidget *done_build(struct page *page)
{
    struct redemption *redemption = redemption_of(page->ui);
    g_autofree char *advice = done_advice(page->ui);

    redemption->untold = false;
    return kind_poster(page, &(struct kind_poster){
                                 .drawing = is_had(redemption) ? kit_badge("tick", "kx-badge-large kx-ok")
                                            : redemption->waits || is_pending(redemption) ? kit_badge("clock", "kx-badge-large")
                                                                                  : kit_badge("warn", "kx-badge-large kx-warn"),
                                 .answer = advice,
                                 .blocks = {is_had(redemption) ? done_facts(page->ui) : NULL},
                                 .buttons = {{NULL, page->ui->session.active ? _("Home") : NULL, "kx-plain", kind_go_home},
                                             {NULL, L_("Finish", NC_("large", "Finish")), "kx-primary", kind_go_end}},
                             });
}

const struct page_class page_reward_done = {
    .name = "reward-done",
    .service = &service_points,
    .flags = PAGE_NO_BACK | PAGE_OUTLIVES_CARD | PAGE_PASSING,
    .title = done_title,
    .speech = done_speech,
    .build = done_build,
};

/* ---- The service --------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return _("My points");
}

static const char *spoken(void)
{
    return _("my points");
}

static void ask(struct ui *ui, enum kiosk_credit_ask what)
{
    ui->backend->credit(ui->kiosk, &(struct kiosk_credit_request){.ask = what});
}

/* Somebody went away from the page before its answer came. */
static char *note(struct ui *ui)
{
    return redemption_of(ui)->untold ? g_strdup(done_title(ui)) : NULL;
}

static void enter(struct ui *ui)
{
    ask(ui, KIOSK_CREDIT_ASK_BALANCE);
    ask(ui, KIOSK_CREDIT_ASK_REWARDS);
    flow_go(ui, redemption_of(ui)->untold ? &page_reward_done : &page_points);
}

static bool is_answer(const struct redemption *redemption, const struct kiosk_credit_event *credit)
{
    if (credit->ask != KIOSK_CREDIT_ASK_REDEEM)
        return false; /* of another service, or of what the card has */
    switch (credit->phase) {
    case KIOSK_CREDIT_DONE:
    case KIOSK_CREDIT_PENDING:
    case KIOSK_CREDIT_REFUSED:
        return redemption->waits;
    case KIOSK_CREDIT_POSTED:
    case KIOSK_CREDIT_REJECTED:
        return is_pending(redemption) && strcmp(credit->id, redemption->answer.id) == 0;
    default:
        return false; /* of another card */
    }
}

static void on_answer(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct redemption *redemption = redemption_of(ui);

    if (!is_answer(redemption, credit))
        return;
    redemption->waits = false;
    redemption->untold = true;
    redemption->answer = *credit;
    if (ui->session.active)
        ask(ui, KIOSK_CREDIT_ASK_BALANCE);
    if (flow_within(ui, &service_points))
        flow_go(ui, &page_reward_done);
    else if (ui->page == &page_home)
        flow_refresh(ui, false);
}

static void on_credit(struct ui *ui, const struct kiosk_credit_event *credit)
{
    struct points *points = points_of(ui);

    if (credit->phase != KIOSK_CREDIT_BALANCE) {
        on_answer(ui, credit);
        return;
    }
    points->told = true;
    points->balance = *credit;
    if (ui->page == &page_points || ui->page == &page_rewards)
        flow_refresh(ui, false);
}

static void on_rewards(struct ui *ui, const struct kiosk_event *event)
{
    struct rewards *rewards = rewards_of(ui);

    rewards->known = true;
    rewards->count = MIN(event->rewards.count, REWARDS_SHOWN_MAX);
    for (size_t i = 0; i < rewards->count; i++)
        rewards->items[i] = event->rewards.items[i];
    if (ui->page == &page_rewards)
        flow_refresh(ui, false);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_REWARDS)
        on_rewards(ui, event);
    else if (event->kind == KIOSK_EVENT_CREDIT && (ui->session.active || flow_underneath(ui) == &page_reward_done))
        on_credit(ui, &event->credit);
}

const struct service service_points = {
    .name = "points",
    .icon = "gift",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .note = note,
    .enter = enter,
    .event = event,
};
