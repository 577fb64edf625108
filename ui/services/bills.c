/* SPDX-License-Identifier: Apache-2.0 */
/* Unpaid bills, all ticked; touching one takes its tick away. The sum follows. */
#include "../charge.h"
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../service.h"
#include "../words.h"
#include "pages.h"

#define LOOK_AGAIN_S 3

struct bills_state {
    GtkWidget *total, *pay, *note;
};

struct bill_list *bills_of(struct ui *ui)
{
    return rooms_get(&ui->session.rooms, &service_bills, sizeof(struct bill_list), bill_list_clear);
}

static const char *title(struct ui *ui)
{
    const struct bill_list *bills = bills_of(ui);

    if (!bills->known)
        return _("Looking for your bills");
    if (bills->away)
        return L_("Bills can be seen when online", NC_("large", "See bills when online"));
    if (bills->count == 0)
        return L_("Nothing to pay", NC_("large", "All paid"));
    return L_("Which bills shall be paid?", NC_("large", "Pay which?"));
}

static char *speech(struct ui *ui)
{
    if (!bills_of(ui)->known || bills_of(ui)->count == 0)
        return g_strdup(title(ui));
    return g_strdup(_("These are your bills. Touch one to leave it out. Then touch Next."));
}

static bool may_pay(const struct ui *ui)
{
    return !ui->status_known || ui->status.allowed <= KIOSK_ALLOWED_OFFLINE_LIMITS;
}

static void look_over(struct ui *ui, size_t index)
{
    flow_go(ui, &page_confirm);
}

static void update(struct page *page)
{
    struct bills_state *state = page->state;
    const struct bill_list *bills = bills_of(page->ui);
    size_t count = bill_list_chosen_count(bills);

    kit_amount_set(state->total, bill_list_chosen_fen(bills));
    gtk_widget_set_sensitive(state->pay, count > 0);
    gtk_widget_set_visible(state->note, count >= BILLS_PAY_MAX && bills->count > BILLS_PAY_MAX);
}

static void paint_tick(GtkWidget *button, bool on)
{
    GtkWidget *tick = g_object_get_data(G_OBJECT(button), "kx-tick");

    gtk_widget_set_opacity(tick, on ? 1 : 0);
    kit_set_chosen(button, on);
}

static void on_row(GtkButton *button, gpointer data)
{
    struct page *page = data;
    size_t index = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(button), "kx-index"));
    struct bill_list *bills = bills_of(page->ui);
    bool on = !bills->chosen[index];

    if (!bill_list_choose(bills, index, on))
        return;
    paint_tick(GTK_WIDGET(button), on);
    update(page);
}

static char *due_text(const struct kiosk_bill *bill)
{
    g_autofree char *day = words_day(bill->due);

    return g_strdup_printf(bill->overdue ? _("Overdue since %s") : _("Pay by %s"), day);
}

static const char *biller_of(const struct kiosk_bill *bill)
{
    return texts_language() == LANGUAGE_ZH || bill->biller_en[0] == '\0' ? bill->biller_zh : bill->biller_en;
}

/* Columns of equal width, so that they stand below each other in all rows. */
static GtkWidget *facts_column(GtkWidget *grid, int at)
{
    GtkWidget *column = kit_column("kx-row-facts");

    gtk_widget_set_hexpand(column, TRUE);
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    gtk_grid_attach(GTK_GRID(grid), column, at, 0, 1, 1);
    return column;
}

/* What, from whom; for when, due when: one column on a high panel, two on a wide one. On a wide panel in the largest text
 * there is room for one only, and not for the company's name; the slip has it. */
static void add_facts(GtkWidget *line, struct ui *ui, const struct kiosk_bill *bill)
{
    bool wide = ui_landscape(ui) && ui->size != TEXT_XLARGE, tight = ui_landscape(ui) && !wide;
    GtkWidget *grid = kit_add(line, gtk_grid_new()), *column = facts_column(grid, 0), *due;
    g_autofree char *period = words_period(bill->period), *when = due_text(bill);
    g_autofree char *detail =
        g_strdup_printf("%s%s%s", period, bill->usage[0] != '\0' ? " · " : "", bill->usage);

    gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
    kit_add(column, kit_label(words_bill_kind(bill->kind), "kx-answer kx-strong"));
    if (!tight)
        kit_add(column, kit_label(biller_of(bill), "kx-note"));
    if (wide)
        column = facts_column(grid, 1);
    kit_add(column, kit_label(detail, "kx-note"));
    due = kit_add(column, kit_label(when, "kx-note"));
    kit_add_classes(due, bill->overdue ? "kx-overdue" : NULL);
}

/* One touch target a bill; to a screen reader a tick box with all its facts as its name. */
static GtkWidget *row_new(struct page *page, size_t index)
{
    const struct kiosk_bill *bill = &bills_of(page->ui)->items[index];
    GtkWidget *line = kit_line("kx-row"), *box = kit_line("kx-tickbox"), *amount;
    GtkWidget *button = g_object_new(GTK_TYPE_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_CHECKBOX, NULL);
    g_autofree char *sum = words_amount(bill->amount_fen), *when = due_text(bill);
    g_autofree char *name = g_strdup_printf("%s, %s, %s", words_bill_kind(bill->kind), sum, when);
    GtkWidget *tick = kit_add(box, kx_icon_new("tick"));

    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    kit_add(line, box);
    kit_add(line, kit_badge(words_bill_icon(bill->kind), NULL));
    add_facts(line, page->ui, bill);
    amount = kit_add(line, kit_amount(bill->amount_fen, "kx-row-amount"));
    gtk_label_set_wrap(GTK_LABEL(amount), FALSE);
    gtk_widget_set_valign(amount, GTK_ALIGN_CENTER);
    gtk_button_set_child(GTK_BUTTON(button), line);
    kit_add_classes(button, "kx-card kx-choice");
    kit_name(button, name);
    g_object_set_data(G_OBJECT(button), "kx-tick", tick);
    g_object_set_data(G_OBJECT(button), "kx-index", GSIZE_TO_POINTER(index));
    g_signal_connect(button, "clicked", G_CALLBACK(on_row), page);
    paint_tick(button, bills_of(page->ui)->chosen[index]);
    return button;
}

static GtkWidget *total_new(struct page *page)
{
    struct bills_state *state = page->state;
    GtkWidget *word = kit_label(_("Total"), "kx-answer");

    state->total = kit_amount(0, "kx-sum");
    gtk_label_set_xalign(GTK_LABEL(state->total), 1);
    gtk_label_set_wrap(GTK_LABEL(state->total), FALSE);
    gtk_label_set_wrap(GTK_LABEL(word), FALSE);
    return kit_pair(word, state->total, "kx-total");
}

static GtkWidget *build_empty(struct page *page)
{
    const struct bill_list *bills = bills_of(page->ui);
    bool paid = bills->known && !bills->away;

    return kind_poster(page, &(struct kind_poster){
                                 .drawing = paid ? kit_badge("tick", "kx-badge-large kx-ok")
                                                 : kit_badge("bills", "kx-badge-large"),
                                 .answer = bills->known ? NULL : _("One moment, please"),
                                 .buttons = {{NULL, _("Home"), "kx-primary", kind_go_home}},
                             });
}

/* Sum and button: one below the other on a high page, side by side on a wide one. */
static GtkWidget *foot_new(struct page *page)
{
    struct bills_state *state = page->state;
    bool landscape = ui_landscape(page->ui);
    GtkWidget *foot = kit_box(landscape ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-foot");
    GtkWidget *total = kit_add(foot, total_new(page));

    state->pay = kit_button(NULL, L_("Next", NC_("large", "Next")), "kx-primary", NULL, NULL);
    kind_touch(state->pay, page->ui, look_over, 0);
    state->note = kit_label("", "kx-note");
    gtk_widget_set_hexpand(total, TRUE);
    kit_add(foot, state->pay);
    return foot;
}

static GtkWidget *build(struct page *page)
{
    const struct bill_list *bills = bills_of(page->ui);
    struct bills_state *state = page->state = g_new0(struct bills_state, 1);
    g_autofree char *most = g_strdup_printf(_("At most %d bills at once"), BILLS_PAY_MAX);
    GtkWidget *pager, *foot;

    if (!bills->known || bills->count == 0)
        return build_empty(page);
    pager = kx_pager_new();
    foot = foot_new(page);
    gtk_label_set_label(GTK_LABEL(state->note), most);
    kx_pager_add(KX_PAGER(pager), state->note);
    for (size_t i = 0; i < bills->count; i++)
        kx_pager_add(KX_PAGER(pager), row_new(page, i));
    update(page);
    if (!may_pay(page->ui)) {
        gtk_widget_set_sensitive(state->pay, FALSE);
        kit_button_set_text(state->pay, L_("View only while offline", NC_("large", "Only looking now")));
    }
    return kit_sheet(kit_title(title(page->ui)), pager, foot);
}

static void ask(struct ui *ui)
{
    ui->backend->bills(ui->kiosk);
}

/* One may come from the platform while somebody reads. */
static gboolean look_again(gpointer data)
{
    struct page *page = data;

    ask(page->ui);
    return G_SOURCE_CONTINUE;
}

static void show(struct page *page)
{
    page->timeout = g_timeout_add_seconds(LOOK_AGAIN_S, look_again, page);
}

const struct page_class page_bills = {
    .name = "bills",
    .news = PAGE_NEWS_ALLOWED,
    .title = title,
    .speech = speech,
    .build = build,
    .show = show,
};

/* ---- The service ----------------------------------------------------------------------------------------------------- */

static const char *word(void)
{
    return L_("Pay bills", NC_("large", "Pay bills"));
}

static const char *spoken(void)
{
    return _("pay bills");
}

static char *note(struct ui *ui)
{
    const struct bill_list *bills = bills_of(ui);
    g_autofree char *amount = words_amount(bill_list_unpaid_fen(bills));

    if (!bills->known)
        return NULL;
    if (bills->away)
        return g_strdup(L_("Bills can be seen when online", NC_("large", "See bills when online")));
    if (bills->count == 0)
        return g_strdup(L_("Nothing to pay", NC_("large", "All paid")));
    /* Translators: number of bills, their sum. */
    return g_strdup_printf(L_("%1$u unpaid, %2$s in total", NC_("large", "%1$u to pay, %2$s")),
                           (unsigned)bills->count, amount);
}

static bool pressing(struct ui *ui)
{
    const struct bill_list *bills = bills_of(ui);

    return bills->known && bills->count > 0;
}

static void enter(struct ui *ui)
{
    ask(ui);
    flow_go(ui, &page_bills);
}

/* Once they are looked over, what is paid is what was read: a bill that comes then is seen the next time. */
static void on_bills(struct ui *ui, const struct kiosk_event *event)
{
    struct bill_list *bills = bills_of(ui);
    bool shown = ui->page == &page_bills, had = bills->known && bills->count > 0;

    if (!ui->session.active)
        return; /* the answer came after the person had left */
    if (bill_list_same(bills, event->bills.items, event->bills.count, event->bills.asof_ms) ||
        (bills->known && !shown && ui->page != &page_home))
        return;
    bill_list_take(bills, event->bills.items, event->bills.count, event->bills.asof_ms);
    if (ui->page == &page_home || shown)
        flow_refresh(ui, shown && !had);
}

/* Bills that were paid, or may have been, are asked for anew; those on the screen no longer hold. */
static void on_payment(struct ui *ui, const struct kiosk_payment_event *payment)
{
    bool changed = payment->phase == KIOSK_PAYMENT_CONFIRMED || payment->phase == KIOSK_PAYMENT_IN_DOUBT ||
                   payment->phase == KIOSK_PAYMENT_ELSEWHERE;

    if (!ui->session.active || !changed)
        return;
    bill_list_clear(bills_of(ui));
    ask(ui);
}

static void event(struct ui *ui, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_BILLS)
        on_bills(ui, event);
    else if (event->kind == KIOSK_EVENT_PAYMENT)
        on_payment(ui, &event->payment);
}

const struct service service_bills = {
    .name = "bills",
    .icon = "bills",
    .who = SERVICE_FOR_RESIDENTS,
    .word = word,
    .spoken = spoken,
    .note = note,
    .pressing = pressing,
    .enter = enter,
    .begin = ask,
    .event = event,
};
