/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

#define GIVEN_COLUMNS 3
#define APART         24 /* px */

struct amount_state {
    struct kind_amount it;
    GtkWidget *buttons[KIND_GIVEN], *value, *cost, *less, *more, *next;
};

static char *words_of(const struct kind_amount *it, int64_t value)
{
    return it->words != NULL ? it->words(value) : g_strdup_printf("%" G_GINT64_FORMAT, value);
}

/* On a wide panel in large text there is no line for the cap: it stands where the cost will be. */
static bool is_cramped(const struct ui *ui)
{
    return ui->size != TEXT_STD && ui_landscape(ui);
}

static void paint_given(struct amount_state *state)
{
    for (size_t i = 0; i < KIND_GIVEN && state->buttons[i] != NULL; i++)
        kit_set_chosen(state->buttons[i], state->it.given[i] == *state->it.value);
}

static void update(struct page *page)
{
    struct amount_state *state = page->state;
    const struct kind_amount *it = &state->it;
    int64_t value = *it->value;
    g_autofree char *words = words_of(it, value);
    g_autofree char *cost = it->cost != NULL && value != 0 ? it->cost(page->ui, value) : NULL;

    paint_given(state);
    gtk_label_set_label(GTK_LABEL(state->value), words);
    if (cost != NULL)
        gtk_label_set_label(GTK_LABEL(state->cost), cost);
    gtk_widget_set_visible(state->cost, cost != NULL || (value == 0 && is_cramped(page->ui)));
    gtk_widget_set_sensitive(state->less, value > it->min);
    gtk_widget_set_sensitive(state->more, value < it->max);
    gtk_widget_set_sensitive(state->next, value != 0 && !it->next.off);
}

static void set(struct ui *ui, int64_t value)
{
    struct page *page = kind_page(ui);
    struct amount_state *state = page->state;

    *state->it.value = CLAMP(value, state->it.min, state->it.max);
    update(page);
}

static void on_given(struct ui *ui, size_t index)
{
    const struct amount_state *state = kind_page(ui)->state;

    set(ui, state->it.given[index]);
}

static void on_less(struct ui *ui, size_t index)
{
    const struct kind_amount *it = &((const struct amount_state *)kind_page(ui)->state)->it;

    set(ui, *it->value - it->step);
}

static void on_more(struct ui *ui, size_t index)
{
    const struct kind_amount *it = &((const struct amount_state *)kind_page(ui)->state)->it;

    set(ui, *it->value + it->step);
}

static GtkWidget *given_new(struct page *page)
{
    struct amount_state *state = page->state;
    GtkWidget *grid = gtk_grid_new();

    kit_add_classes(grid, "kx-given");
    gtk_grid_set_column_homogeneous(GTK_GRID(grid), TRUE);
    gtk_grid_set_column_spacing(GTK_GRID(grid), APART);
    gtk_grid_set_row_spacing(GTK_GRID(grid), APART);
    for (int i = 0; i < KIND_GIVEN && state->it.given[i] != 0; i++) {
        g_autofree char *words = words_of(&state->it, state->it.given[i]);
        const char *icon = state->it.icons[i];
        GtkWidget *button = icon != NULL ? kit_tile(icon, words, NULL, "kx-plain kx-choice kx-note-money", NULL, NULL)
                                         : kit_button(NULL, words, "kx-plain kx-choice", NULL, NULL);

        state->buttons[i] = kind_touch(button, page->ui, on_given, (size_t)i);
        gtk_widget_set_hexpand(button, TRUE);
        gtk_widget_set_sensitive(button, state->it.given[i] >= state->it.min && state->it.given[i] <= state->it.max);
        gtk_grid_attach(GTK_GRID(grid), button, i % GIVEN_COLUMNS, i / GIVEN_COLUMNS, 1, 1);
    }
    return grid;
}

/* On a wide panel less and more stand beside the value, on a high one below it. */
static GtkWidget *stepper_place(struct page *page)
{
    struct amount_state *state = page->state;
    GtkWidget *column, *line;

    if (ui_landscape(page->ui)) {
        line = kit_line("kx-stepper");
        kit_add(line, state->less);
        kit_add(line, state->value);
        kit_add(line, state->more);
        return line;
    }
    column = kit_column("kx-stepper");
    kit_add(column, state->value);
    line = kit_add(column, kit_actions(FALSE));
    kit_actions_add(line, state->less);
    kit_actions_add(line, state->more);
    return column;
}

static GtkWidget *stepper_new(struct page *page)
{
    struct amount_state *state = page->state;

    state->less = kit_button("minus", _("Less"), "kx-plain", NULL, NULL);
    state->more = kit_button("plus", _("Add"), "kx-plain", NULL, NULL);
    state->value = kit_centred(kit_label("", "kx-sum kx-stepper-value"));
    gtk_label_set_wrap(GTK_LABEL(state->value), FALSE);
    gtk_widget_set_hexpand(state->value, TRUE);
    kind_touch(state->less, page->ui, on_less, 0);
    kind_touch(state->more, page->ui, on_more, 0);
    return stepper_place(page);
}

static GtkWidget *foot_new(struct page *page)
{
    struct amount_state *state = page->state;
    const struct kind_button *next = &state->it.next;
    bool landscape = ui_landscape(page->ui);
    GtkWidget *foot = kit_box(landscape ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-foot");

    kit_add(foot, state->cost);
    gtk_widget_set_hexpand(state->cost, landscape);
    state->next = kit_button(next->icon, next->word, next->class, NULL, NULL);
    gtk_widget_set_hexpand(state->next, TRUE);
    kit_add(foot, kind_touch(state->next, page->ui, next->go, next->index));
    return foot;
}

GtkWidget *kind_amount(struct page *page, const struct kind_amount *it)
{
    struct amount_state *state = page->state = g_new0(struct amount_state, 1);
    GtkWidget *pager = kx_pager_new(), *foot;

    g_assert(it->step > 0 && it->min <= it->max);
    state->it = *it;
    state->cost = kit_label("", "kx-answer");
    if (it->given[0] != 0)
        kx_pager_add(KX_PAGER(pager), given_new(page));
    kx_pager_add(KX_PAGER(pager), stepper_new(page));
    if (it->cap != NULL && is_cramped(page->ui))
        gtk_label_set_label(GTK_LABEL(state->cost), it->cap);
    else if (it->cap != NULL)
        kx_pager_add(KX_PAGER(pager), kit_centred(kit_label(it->cap, "kx-soft")));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    foot = foot_new(page);
    state->it.cap = NULL; /* was borrowed for the call */
    update(page);
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, foot);
}
