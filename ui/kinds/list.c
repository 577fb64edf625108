/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

GtkWidget *kind_row_new(struct ui *ui, const struct kind_row *row)
{
    GtkWidget *line = kit_line("kx-row"), *column, *button = gtk_button_new();

    kit_add(line, kit_badge(row->icon, row->tone));
    column = kit_add(line, kit_column("kx-row-facts"));
    gtk_widget_set_hexpand(column, TRUE);
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    if (row->kicker != NULL)
        kit_add(column, kit_label(row->kicker, "kx-note kx-overdue"));
    kit_add(column, kit_label(row->text, "kx-answer kx-strong"));
    if (row->note != NULL && row->note[0] != '\0')
        kit_add(column, kit_label(row->note, "kx-note"));
    if (!row->off) /* it leads nowhere */
        kit_add(line, kx_icon_new("next"));
    gtk_widget_set_sensitive(button, !row->off);
    gtk_button_set_child(GTK_BUTTON(button), line);
    kit_add_classes(button, "kx-card kx-choice");
    kit_name(button, row->text);
    if (row->note != NULL)
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, row->note, -1);
    return kind_touch(button, ui, row->go, row->index);
}

/* A heading stays with the row below it, on one leaf. */
static GtkWidget *headed(struct ui *ui, const struct kind_row *row)
{
    GtkWidget *column;

    if (row->heading == NULL)
        return kind_row_new(ui, row);
    column = kit_column("kx-row-group");
    kit_add(column, kit_label(row->heading, "kx-soft kx-strong"));
    kit_add(column, kind_row_new(ui, row));
    return column;
}

GtkWidget *kind_list(struct page *page, const struct kind_row *rows, size_t count, const char *empty, GtkWidget *foot)
{
    GtkWidget *pager = kx_pager_new();

    for (size_t i = 0; i < count; i++)
        kx_pager_add(KX_PAGER(pager), headed(page->ui, &rows[i]));
    if (count == 0)
        kx_pager_add(KX_PAGER(pager), kit_label(empty, "kx-answer"));
    return kit_sheet(kit_title(page->class->title(page->ui)), pager, foot);
}
