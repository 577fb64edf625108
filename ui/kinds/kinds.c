/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"
#include "../flow.h"
#include "../shell.h"

struct touch {
    struct ui *ui;
    kind_go go;
    size_t index;
};

static void on_touch(GtkButton *button, gpointer data)
{
    struct touch touch = *(struct touch *)data; /* the button goes with its page */

    touch.go(touch.ui, touch.index);
}

static void touch_free(gpointer data, GClosure *closure)
{
    g_free(data);
}

GtkWidget *kind_touch(GtkWidget *button, struct ui *ui, kind_go go, size_t index)
{
    struct touch *touch = g_new(struct touch, 1);

    *touch = (struct touch){.ui = ui, .go = go, .index = index};
    g_signal_connect_data(button, "clicked", G_CALLBACK(on_touch), touch, touch_free, 0);
    return button;
}

struct page *kind_page(struct ui *ui)
{
    return shell_page(ui->shell);
}

bool kind_upright(const struct ui *ui)
{
    return ui->size == TEXT_XLARGE && !ui_landscape(ui);
}

GtkWidget *kind_foot(struct ui *ui, const struct kind_button *buttons, size_t count, bool upright)
{
    GtkWidget *actions = NULL;

    for (size_t i = 0; i < count; i++) {
        if (buttons[i].word == NULL)
            continue;
        GtkWidget *button = kit_button(buttons[i].icon, buttons[i].word, buttons[i].class, NULL, NULL);
        kind_touch(button, ui, buttons[i].go, buttons[i].index);
        gtk_widget_set_sensitive(button, !buttons[i].off);
        actions = actions != NULL ? actions : kit_actions(upright);
        kit_actions_add(actions, button);
    }
    return actions;
}

/* ---- What many buttons do ---------------------------------------------------------------------------------------------- */

void kind_go_home(struct ui *ui, size_t index)
{
    flow_home(ui);
}

void kind_go_back(struct ui *ui, size_t index)
{
    flow_back(ui);
}

void kind_go_end(struct ui *ui, size_t index)
{
    flow_end(ui);
}

void kind_go_read(struct ui *ui, size_t index)
{
    g_autofree char *text = ui->page->speech(ui);

    flow_say(ui, text);
}
