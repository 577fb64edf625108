/* SPDX-License-Identifier: Apache-2.0 */
/* Unpaid bills, all ticked; touching one takes its tick away. The sum follows. */
#include "../flow.h"
#include "../kit/kit.h"
#include "../words.h"

struct bills_state {
    GtkWidget *total, *pay, *note;
};

static const char *title(struct ui *ui)
{
    if (!ui->session.bills_known)
        return _("Looking for your bills");
    if (ui->session.bills_away)
        return L_("Bills can be seen when online", NC_("large", "See bills when online"));
    if (ui->session.bill_count == 0)
        return L_("Nothing to pay", NC_("large", "All paid"));
    return L_("Which bills shall be paid?", NC_("large", "Pay which?"));
}

static char *speech(struct ui *ui)
{
    if (!ui->session.bills_known || ui->session.bill_count == 0)
        return g_strdup(title(ui));
    return g_strdup(_("These are your bills. Touch one to leave it out. Then touch Next."));
}

static bool may_pay(const struct ui *ui)
{
    return !ui->status_known || ui->status.allowed <= KIOSK_ALLOWED_OFFLINE_LIMITS;
}

static void on_next(GtkButton *button, gpointer ui)
{
    flow_go(ui, PAGE_CONFIRM);
}

static void on_home(GtkButton *button, gpointer ui)
{
    flow_home(ui);
}

static void update(struct page *page)
{
    struct bills_state *state = page->state;
    size_t count = session_chosen_count(&page->ui->session);

    kit_amount_set(state->total, session_chosen_fen(&page->ui->session));
    gtk_widget_set_sensitive(state->pay, count > 0);
    gtk_widget_set_visible(state->note,
                           count >= SESSION_PAY_MAX && page->ui->session.bill_count > SESSION_PAY_MAX);
}

static void paint_tick(GtkWidget *button, bool on)
{
    GtkWidget *tick = g_object_get_data(G_OBJECT(button), "kx-tick");

    gtk_widget_set_opacity(tick, on ? 1 : 0);
    if (on)
        gtk_widget_add_css_class(button, "kx-chosen");
    else
        gtk_widget_remove_css_class(button, "kx-chosen");
    gtk_accessible_update_state(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_STATE_CHECKED,
                                on ? GTK_ACCESSIBLE_TRISTATE_TRUE : GTK_ACCESSIBLE_TRISTATE_FALSE, -1);
}

static void on_row(GtkButton *button, gpointer data)
{
    struct page *page = data;
    size_t index = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(button), "kx-index"));
    bool on = !page->ui->session.chosen[index];

    if (!session_choose(&page->ui->session, index, on))
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
    const struct kiosk_bill *bill = &page->ui->session.bills[index];
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
    paint_tick(button, page->ui->session.chosen[index]);
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
    struct ui *ui = page->ui;
    bool paid = ui->session.bills_known && !ui->session.bills_away;
    GtkWidget *badge = paid ? kit_badge("tick", "kx-badge-large kx-ok") : kit_badge("bills", "kx-badge-large");
    GtkWidget *pager = kx_pager_new(), *actions = kit_actions(FALSE),
              *poster = kit_poster(badge, ui_landscape(ui));

    kit_poster_add(poster, kit_title(title(ui)));
    if (!ui->session.bills_known)
        kit_poster_add(poster, kit_label(_("One moment, please"), "kx-answer"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), poster);
    kit_actions_add(actions, kit_button(NULL, _("Home"), "kx-primary", G_CALLBACK(on_home), ui));
    return kit_sheet(NULL, pager, actions);
}

/* Sum and button: one below the other on a high page, side by side on a wide one. */
static GtkWidget *foot_new(struct page *page)
{
    struct bills_state *state = page->state;
    bool landscape = ui_landscape(page->ui);
    GtkWidget *foot = kit_box(landscape ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-foot");
    GtkWidget *total = kit_add(foot, total_new(page));

    state->pay =
        kit_button(NULL, L_("Next", NC_("large", "Next")), "kx-primary", G_CALLBACK(on_next), page->ui);
    state->note = kit_label("", "kx-note");
    gtk_widget_set_hexpand(total, TRUE);
    kit_add(foot, state->pay);
    return foot;
}

static GtkWidget *build(struct page *page)
{
    struct session *session = &page->ui->session;
    struct bills_state *state = page->state = g_new0(struct bills_state, 1);
    g_autofree char *most = g_strdup_printf(_("At most %d bills at once"), SESSION_PAY_MAX);
    GtkWidget *pager, *foot;

    if (!session->bills_known || session->bill_count == 0)
        return build_empty(page);
    pager = kx_pager_new();
    foot = foot_new(page);
    gtk_label_set_label(GTK_LABEL(state->note), most);
    kx_pager_add(KX_PAGER(pager), state->note);
    for (size_t i = 0; i < session->bill_count; i++)
        kx_pager_add(KX_PAGER(pager), row_new(page, i));
    update(page);
    if (!may_pay(page->ui)) {
        gtk_widget_set_sensitive(state->pay, FALSE);
        kit_button_set_text(state->pay, L_("View only while offline", NC_("large", "Only looking now")));
    }
    return kit_sheet(kit_title(title(page->ui)), pager, foot);
}

const struct page_class page_bills = {
    .name = "bills",
    .back = PAGE_HOME,
    .title = title,
    .speech = speech,
    .build = build,
};
