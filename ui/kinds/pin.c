/* SPDX-License-Identifier: Apache-2.0 */
/* A 12-key pad (ADA 707.6), dots only, tries left told before the first key; nothing of it is spoken. */
#include "../flow.h"
#include "kinds.h"

struct pin_state {
    void (*entered)(struct ui *ui);
    GtkWidget *dots[SESSION_PIN_MAX], *field, *confirm;
};

static void update(struct page *page)
{
    struct pin_state *state = page->state;
    size_t len = strlen(page->ui->session.pin);
    g_autofree char *name = g_strdup_printf(_("%u digits entered"), (unsigned)len);

    for (size_t i = 0; i < SESSION_PIN_MAX; i++) {
        if (i < len)
            gtk_widget_add_css_class(state->dots[i], "kx-dot-on");
        else
            gtk_widget_remove_css_class(state->dots[i], "kx-dot-on");
    }
    kit_name(state->field, name);
    gtk_widget_set_sensitive(state->confirm, len >= SESSION_PIN_MIN);
}

static void on_digit(GtkButton *button, gpointer data)
{
    struct page *page = data;

    session_pin_add(&page->ui->session,
                    (char)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(button), "kx-digit")));
    update(page);
}

static void on_erase(GtkButton *button, gpointer data)
{
    struct page *page = data;

    session_pin_erase(&page->ui->session);
    update(page);
}

static void on_confirm(GtkButton *button, gpointer data)
{
    struct page *page = data;
    const struct pin_state *state = page->state;

    if (strlen(page->ui->session.pin) >= SESSION_PIN_MIN)
        state->entered(page->ui);
}

static void on_cancel(GtkButton *button, gpointer ui)
{
    flow_back(ui);
}

bool kind_pin_key(struct page *page, guint keyval)
{
    gunichar c = gdk_keyval_to_unicode(keyval);

    if (keyval == GDK_KEY_BackSpace || keyval == GDK_KEY_Delete)
        session_pin_erase(&page->ui->session);
    else if (c >= '0' && c <= '9')
        session_pin_add(&page->ui->session, (char)c);
    else
        return false;
    update(page);
    return true;
}

static GtkWidget *dots_new(struct page *page)
{
    struct pin_state *state = page->state;

    state->field = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
    kit_add_classes(state->field, "kx-dots");
    gtk_widget_set_halign(state->field, GTK_ALIGN_CENTER);
    for (size_t i = 0; i < SESSION_PIN_MAX; i++)
        state->dots[i] = kit_add(state->field, kit_line("kx-dot"));
    return state->field;
}

static GtkWidget *digit_new(struct page *page, int digit)
{
    char text[2] = {(char)digit, '\0'};
    GtkWidget *button = kit_button(NULL, text, "kx-key", G_CALLBACK(on_digit), page);

    g_object_set_data(G_OBJECT(button), "kx-digit", GINT_TO_POINTER(digit));
    return button;
}

static void attach(GtkWidget *pad, GtkWidget *button, int column, int row)
{
    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_focus_on_click(button, FALSE);
    gtk_grid_attach(GTK_GRID(pad), button, column, row, 1, 1);
}

static GtkWidget *pad_new(struct page *page)
{
    struct pin_state *state = page->state;
    GtkWidget *pad = gtk_grid_new();

    kit_add_classes(pad, "kx-pad");
    gtk_grid_set_column_homogeneous(GTK_GRID(pad), TRUE);
    gtk_grid_set_row_homogeneous(GTK_GRID(pad), TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(pad), 16);
    gtk_grid_set_row_spacing(GTK_GRID(pad), 16);
    for (int i = 0; i < 9; i++)
        attach(pad, digit_new(page, '1' + i), i % 3, i / 3);
    attach(pad, kit_button(NULL, _("Erase"), "kx-key kx-key-word", G_CALLBACK(on_erase), page), 0, 3);
    attach(pad, digit_new(page, '0'), 1, 3);
    state->confirm =
        kit_button(NULL, _("Confirm"), "kx-key kx-key-word kx-primary", G_CALLBACK(on_confirm), page);
    attach(pad, state->confirm, 2, 3);
    return pad;
}

static GtkWidget *question_new(struct page *page, const struct kind_pin *pin)
{
    GtkWidget *column = kit_column("kx-pin-question");
    bool cramped = page->ui->size == TEXT_XLARGE && ui_landscape(page->ui);

    if (pin->trouble == NULL || !cramped)
        kit_add(column, kit_title(page->class->title(page->ui)));
    if (pin->trouble != NULL && cramped) /* there is room for one of both */
        kit_add_classes(kit_add(column, kit_title(pin->trouble)), "kx-body kx-overdue");
    else if (pin->trouble != NULL)
        kit_add(column, kit_label(pin->trouble, "kx-body kx-overdue"));
    if (pin->tries_left > 0) {
        g_autofree char *tries = g_strdup_printf(_("%u tries left"), pin->tries_left);

        kit_add(column, kit_label(tries, "kx-answer"));
    }
    kit_add(column, dots_new(page));
    return column;
}

static GtkWidget *cancel_new(struct ui *ui)
{
    return kit_button(NULL, L_("Cancel", NC_("large", "Cancel")), "kx-plain", G_CALLBACK(on_cancel), ui);
}

GtkWidget *kind_pin(struct page *page, const struct kind_pin *pin)
{
    bool landscape = ui_landscape(page->ui);
    struct pin_state *state = page->state = g_new0(struct pin_state, 1);
    GtkWidget *pager = kx_pager_new(), *question;
    GtkWidget *block = kit_box(landscape ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-pin");

    state->entered = pin->entered;
    question = kit_add(block, question_new(page, pin));
    gtk_widget_set_valign(question, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(question, TRUE);
    if (landscape)
        kit_add(question, cancel_new(page->ui));
    kit_add(block, pad_new(page));
    if (!landscape)
        kit_add(block, cancel_new(page->ui));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), block);
    update(page);
    return kit_sheet(NULL, pager, NULL);
}
