/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money onto the card (F08), for cash at the desk:
 *
 *   how much ──► the desk: cash is handed over, staff put their card there, then the same card again ──► read back ──► charge.h
 *
 * Between the cards nobody's name is kept: only how much, and the last four digits of the card that it is for. A card with other
 * digits is another person, who is greeted; the card that is loaded is read back by name before it is.
 */
#include "../charge.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "model/clock.h"
#include "model/load.h"
#include "pages.h"

static struct load {
    int64_t amount_fen;
    char last4[5]; /* of the card that it is for */
    bool staff;    /* one of the staff has tapped since */
    int64_t since_boot_ms; /* when they were asked */
} *load_of(struct ui *ui)
{
    /* of this page: it outlives its card */
    return rooms_get(&ui->session.rooms, &page_load_desk, sizeof(struct load), NULL);
}

int64_t *load_amount(struct ui *ui)
{
    return &load_of(ui)->amount_fen;
}

/* ---- How much ---------------------------------------------------------------------------------------------------------- */

static int64_t room_fen(const struct kiosk_identity *identity)
{
    int64_t room = LOAD_CAP_REGISTERED_FEN - MAX(0, identity->balance_fen);

    return MAX(0, room / LOAD_UNIT_FEN * LOAD_UNIT_FEN);
}

static bool is_offline(const struct ui *ui)
{
    return ui->status_known && !ui->status.online;
}

static const char *load_title(struct ui *ui)
{
    if (is_offline(ui))
        return L_("Money cannot be added without the network", NC_("large", "No network: not now"));
    return room_fen(&ui->session.identity) == 0 ? L_("The card is full", NC_("large", "The card is full"))
                                                : L_("How much shall go on the card?", NC_("large", "How much?"));
}

static char *load_speech(struct ui *ui)
{
    if (is_offline(ui))
        return g_strdup(_("Money cannot be added without the network. Please come again later, or ask at the service desk."));
    return g_strdup_printf("%s.", load_title(ui));
}

void load_desk_enter(struct ui *ui)
{
    struct load *load = load_of(ui);

    g_strlcpy(load->last4, ui->session.identity.card_last4, sizeof load->last4);
    load->staff = false;
    load->since_boot_ms = clock_boot_ms();
    flow_go(ui, &page_load_desk);
}

static void go_desk(struct ui *ui, size_t index)
{
    load_desk_enter(ui);
}

static char *amount_words(int64_t fen)
{
    return words_amount_round(fen);
}

static char *after_words(struct ui *ui, int64_t fen)
{
    g_autofree char *amount = words_amount(MAX(0, ui->session.identity.balance_fen) + fen);

    return g_strdup_printf(L_("Then %s are on the card", NC_("large", "Then on it: %s")), amount);
}

/* WL: nothing here refuses what it could have said before. */
static char *cap_words(int64_t room)
{
    g_autofree char *cap = words_amount_round(LOAD_CAP_REGISTERED_FEN), *left = words_amount_round(room);

    return g_strdup_printf(L_("Balance may not exceed %1$s: at most %2$s more", NC_("large", "At most %2$s more (card holds %1$s)")), cap, left);
}

static GtkWidget *closed_new(struct page *page)
{
    bool offline = is_offline(page->ui);
    g_autofree char *cap = cap_words(0);

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = kit_badge(offline ? "offline" : "wallet", "kx-badge-large kx-warn"),
                                 .answer = offline ? _("What is on the card stays there, and can be used.") : cap,
                                 .soft = {offline ? _("Please come again later, or ask at the service desk.") : NULL},
                                 .buttons = {{NULL, _("OK"), "kx-primary", kind_go_back}},
                             });
}

static GtkWidget *load_build(struct page *page)
{
    int64_t room = room_fen(&page->ui->session.identity), *amount_fen = load_amount(page->ui);
    g_autofree char *cap = cap_words(room);

    if (is_offline(page->ui) || room == 0)
        return closed_new(page);
    *amount_fen = MIN(*amount_fen, room);
    return kind_amount(page, &(struct kind_amount){
                                 .value = amount_fen,
                                 .given = {5000, 10000, 20000},
                                 .icons = {"note", "note", "notes"},
                                 .min = LOAD_UNIT_FEN,
                                 .max = room,
                                 .step = LOAD_UNIT_FEN,
                                 .words = amount_words,
                                 .cap = cap,
                                 .cost = after_words,
                                 .next = {NULL, L_("Next", NC_("large", "Next")), "kx-primary", go_desk},
                             });
}

const struct page_class page_load = {
    .name = "load",
    .news = PAGE_NEWS_ONLINE,
    .title = load_title,
    .speech = load_speech,
    .build = load_build,
};

/* ---- At the desk -------------------------------------------------------------------------------------------------------- */

static const char *desk_title(struct ui *ui)
{
    if (!load_of(ui)->staff)
        return L_("Pay at the service desk", NC_("large", "Pay at the desk"));
    return ui->card_present && !ui->session.active ? L_("Staff: take your card away, please", NC_("large", "Staff: take your card"))
                                                   : L_("Now put your own card back", NC_("large", "Now your card again"));
}

static char *desk_speech(struct ui *ui)
{
    if (load_of(ui)->staff)
        return g_strdup_printf("%s.", desk_title(ui));
    return g_strdup(_("Take your card and give the money to the staff. They put their card here first, then you put yours back."));
}

static GtkWidget *step_new(bool done, const char *text, bool next)
{
    GtkWidget *line = kit_line("kx-bill");

    kit_add(line, kx_icon_new(done ? "tick" : "next"));
    kit_add(line, kit_label(text, next ? "kx-answer kx-strong" : "kx-answer"));
    return line;
}

static GtkWidget *desk_build(struct page *page)
{
    const struct load *load = load_of(page->ui);
    GtkWidget *sum = kit_column("kx-card kx-sum-card");
    g_autofree char *words = words_amount_in_words(load->amount_fen);
    GtkWidget *blocks[] = {sum, step_new(load->staff, _("Give the cash to the staff"), !load->staff),
                           step_new(load->staff, _("Staff put their card here"), false),
                           step_new(false, _("Put your own card back"), load->staff), NULL};
    const struct kind_button buttons[] = {{NULL, L_("Rather not", NC_("large", "Rather not")), "kx-plain", kind_go_end}};

    kit_add(sum, kit_amount(load->amount_fen, "kx-sum"));
    if (!ui_landscape(page->ui) || page->ui->size != TEXT_XLARGE)
        kit_add(sum, kit_label(words, "kx-words"));
    return kind_sheet(page, blocks, buttons, G_N_ELEMENTS(buttons));
}

/* The card is back behind one of the staff's: what was chosen goes on with it. */
static void card_back(struct ui *ui, const struct kiosk_identity *identity)
{
    struct load load = *load_of(ui);

    flow_take(ui, identity);
    *load_of(ui) = load;
    flow_go(ui, load.staff ? &page_load_confirm : &page_load_desk);
}

static bool desk_card(struct ui *ui, const struct kiosk_identity *identity)
{
    struct load *load = load_of(ui);
    bool theirs = strcmp(identity->card_last4, load->last4) == 0 && !identity->visitor;

    if (theirs) {
        card_back(ui, identity);
        return true;
    }
    if (!identity->staff || identity->visitor)
        return false;
    load->staff = true;
    flow_refresh(ui, true);
    return true;
}

const struct page_class page_load_desk = {
    .name = "load-desk",
    .flags = PAGE_OUTLIVES_CARD | PAGE_AWAITS_CARD | PAGE_NO_BACK | PAGE_PASSING, /* nobody is known here who could choose again */
    .title = desk_title,
    .speech = desk_speech,
    .build = desk_build,
    .card = desk_card,
};

/* ---- Read back ----------------------------------------------------------------------------------------------------------- */

static const char *confirm_title(struct ui *ui)
{
    return L_("Is this your card?", NC_("large", "Your card?"));
}

static char *confirm_speech(struct ui *ui)
{
    return g_strdup(_("Please check the name. Then touch Put it on the card, and keep the card still."));
}

static bool ask(struct ui *ui, const char *pin)
{
    const struct load *load = load_of(ui);
    struct kiosk_load_request request = {.amount_fen = load->amount_fen, .since_boot_ms = load->since_boot_ms};

    if (request.amount_fen <= 0)
        return false;
    ui->backend->load(ui->kiosk, &request, pin);
    return true;
}

/* Staff are asked once more, or another amount is. */
static void anew(struct ui *ui)
{
    bool staff = strcmp(ui->session.payment.reason, "STAFF") == 0;

    if (staff)
        load_desk_enter(ui);
    else
        flow_go(ui, &page_load);
}

static const struct charge charge = {.ask = ask, .load = true, .review = &page_load_confirm, .anew = anew};

void load_put(struct ui *ui)
{
    charge_ask(ui, &charge);
}

static void put(struct ui *ui, size_t index)
{
    load_put(ui);
}

static void read_aloud(struct ui *ui, size_t index)
{
    g_autofree char *amount = words_amount_spoken(load_of(ui)->amount_fen);
    g_autofree char *text = g_strdup_printf(_("%s go on this card."), amount);

    flow_say(ui, text);
}

/* In large text what is there now gives way to what will be. */
static GtkWidget *card_new(const struct ui *ui, int64_t amount_fen)
{
    const struct kiosk_identity *identity = &ui->session.identity;
    GtkWidget *card = kit_column("kx-card kx-place");
    g_autofree char *number = g_strdup_printf(_("ending in %s"), identity->card_last4), *now = words_amount(identity->balance_fen),
                    *then = words_amount(MAX(0, identity->balance_fen) + amount_fen);

    if (identity->name_masked[0] != '\0')
        kit_add(card, kit_label(identity->name_masked, "kx-answer kx-strong"));
    kit_add(card, kit_fact(_("Card number"), number));
    if (ui->size == TEXT_STD)
        kit_add(card, kit_fact(_("On the card now"), now));
    kit_add(card, kit_fact(_("Then on it"), then));
    return card;
}

static GtkWidget *confirm_build(struct page *page)
{
    struct ui *ui = page->ui;
    int64_t amount_fen = load_of(ui)->amount_fen;
    GtkWidget *const blocks[] = {card_new(ui, amount_fen), NULL};

    return kind_confirm(page, &(struct kind_confirm){
                                  .blocks = blocks,
                                  .payer = _("Cash was given to the staff"),
                                  .sum_fen = amount_fen,
                                  .read = read_aloud,
                                  .yes = L_("Put it on the card", NC_("large", "Put it on")),
                                  .yes_go = put,
                                  .yes_off = is_offline(ui),
                              });
}

/* The cash is counted: back is "no", and another amount begins anew. */
static bool confirm_back(struct ui *ui)
{
    flow_end(ui);
    return true;
}

const struct page_class page_load_confirm = {
    .name = "load-confirm",
    .news = PAGE_NEWS_ONLINE,
    .title = confirm_title,
    .speech = confirm_speech,
    .back = confirm_back,
    .build = confirm_build,
};

void load_enter(struct ui *ui)
{
    flow_go(ui, &page_load);
}
