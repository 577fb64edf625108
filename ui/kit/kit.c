/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"
#include "../words.h"

#include <math.h>

int kit_em(GtkWidget *widget, double ems)
{
    PangoContext *context = gtk_widget_get_pango_context(widget);
    double units = pango_font_description_get_size(pango_context_get_font_description(context));

    /* GTK gives the size of a px font in points of 1/96 inch scaled by the resolution: undo that. */
    if (!pango_font_description_get_size_is_absolute(pango_context_get_font_description(context)))
        units *= pango_cairo_context_get_resolution(context) / 72.0;
    return (int)lround(ems * units / PANGO_SCALE);
}

void kit_add_classes(GtkWidget *widget, const char *classes)
{
    g_auto(GStrv) list = g_strsplit(classes != NULL ? classes : "", " ", -1);

    for (char **class = list; *class != NULL; class ++)
        if (**class != '\0')
            gtk_widget_add_css_class(widget, *class);
}

void kit_name(GtkWidget *widget, const char *name)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* A long word that has to be broken is broken without a hyphen that is not in it. */
static PangoAttrList *no_hyphens(void)
{
    static PangoAttrList *list;

    if (list == NULL) {
        list = pango_attr_list_new();
        pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
    }
    return list;
}

static GtkWidget *dress_label(GtkWidget *label, const char *class)
{
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_attributes(GTK_LABEL(label), no_hyphens());
    kit_add_classes(label, class);
    return label;
}

GtkWidget *kit_label(const char *text, const char *class)
{
    return dress_label(gtk_label_new(text), class);
}

/* For words that must stay whole: buttons grow rather than break one. Chinese may break after any character. */
static GtkWidget *whole_words(GtkWidget *label)
{
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD);
    return label;
}

GtkWidget *kit_markup(const char *markup, const char *class)
{
    GtkWidget *label = kit_label("", class);

    gtk_label_set_markup(GTK_LABEL(label), markup);
    return label;
}

GtkWidget *kit_title(const char *text)
{
    GtkWidget *label =
        g_object_new(GTK_TYPE_LABEL, "label", text, "accessible-role", GTK_ACCESSIBLE_ROLE_HEADING, NULL);

    return dress_label(label, "kx-title"); /* of names, too: one that has no blank is broken before it widens the page */
}

void kit_amount_set(GtkWidget *label, int64_t fen)
{
    g_autofree char *markup = words_amount_markup(fen);
    g_autofree char *name = words_amount(fen);

    gtk_label_set_markup(GTK_LABEL(label), markup);
    kit_name(label, name);
}

GtkWidget *kit_amount(int64_t fen, const char *class)
{
    GtkWidget *label = kit_label("", class);

    gtk_widget_add_css_class(label, "kx-amount");
    kit_amount_set(label, fen);
    return label;
}

GtkWidget *kit_box(GtkOrientation orientation, const char *class)
{
    GtkWidget *box = gtk_box_new(orientation, 0);

    kit_add_classes(box, class);
    return box;
}

GtkWidget *kit_column(const char *class)
{
    return kit_box(GTK_ORIENTATION_VERTICAL, class);
}

GtkWidget *kit_line(const char *class)
{
    return kit_box(GTK_ORIENTATION_HORIZONTAL, class);
}

GtkWidget *kit_add(GtkWidget *box, GtkWidget *child)
{
    gtk_box_append(GTK_BOX(box), child);
    return child;
}

GtkWidget *kit_centred(GtkWidget *label)
{
    gtk_label_set_xalign(GTK_LABEL(label), 0.5);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
    return label;
}

GtkWidget *kit_badge(const char *icon, const char *class)
{
    GtkWidget *badge = kit_line("kx-badge");

    kit_add_classes(badge, class);
    gtk_widget_set_halign(badge, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(badge, GTK_ALIGN_CENTER);
    kit_add(badge, kx_icon_new(icon));
    return badge;
}

static GtkWidget *button_new(GtkWidget *content, const char *text, const char *class, GCallback clicked,
                             gpointer data)
{
    GtkWidget *button = gtk_button_new();

    gtk_button_set_child(GTK_BUTTON(button), content);
    gtk_widget_add_css_class(button, "kx-button");
    kit_add_classes(button, class);
    kit_name(button, text);
    if (clicked != NULL)
        g_signal_connect(button, "clicked", clicked, data);
    return button;
}

GtkWidget *kit_button(const char *icon, const char *text, const char *class, GCallback clicked, gpointer data)
{
    GtkWidget *line = kit_line("kx-button-line"), *label = whole_words(kit_label(text, "kx-word"));
    GtkWidget *button;

    gtk_widget_set_halign(line, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(line, GTK_ALIGN_CENTER);
    if (icon != NULL)
        kit_add(line, kx_icon_new(icon));
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
    kit_add(line, label);
    button = button_new(line, text, class, clicked, data);
    g_object_set_data(G_OBJECT(button), "kx-word", label);
    return button;
}

GtkWidget *kit_button_trailing(const char *icon, const char *text, const char *class, GCallback clicked,
                               gpointer data)
{
    GtkWidget *button = kit_button(NULL, text, class, clicked, data);

    kit_add(gtk_button_get_child(GTK_BUTTON(button)), kx_icon_new(icon));
    return button;
}

GtkWidget *kit_tile(const char *icon, const char *text, const char *note, const char *class,
                    GCallback clicked, gpointer data)
{
    GtkWidget *column = kit_column("kx-tile-column"), *label = whole_words(kit_label(text, "kx-word"));
    GtkWidget *button;

    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    if (icon != NULL)
        kit_add(column, kx_icon_new(icon));
    kit_add(column, kit_centred(label));
    if (note != NULL)
        kit_add(column, kit_centred(kit_label(note, "kx-tile-note")));
    button = button_new(column, text, class, clicked, data);
    if (note != NULL)
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, note, -1);
    g_object_set_data(G_OBJECT(button), "kx-word", label);
    return button;
}

void kit_set_chosen(GtkWidget *button, gboolean chosen)
{
    gboolean box = gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(button)) == GTK_ACCESSIBLE_ROLE_CHECKBOX;

    if (chosen)
        gtk_widget_add_css_class(button, "kx-chosen");
    else
        gtk_widget_remove_css_class(button, "kx-chosen");
    gtk_accessible_update_state(GTK_ACCESSIBLE(button), box ? GTK_ACCESSIBLE_STATE_CHECKED : GTK_ACCESSIBLE_STATE_PRESSED,
                                chosen ? GTK_ACCESSIBLE_TRISTATE_TRUE : GTK_ACCESSIBLE_TRISTATE_FALSE, -1);
}

GtkWidget *kit_button_word(GtkWidget *button)
{
    return g_object_get_data(G_OBJECT(button), "kx-word");
}

void kit_button_set_text(GtkWidget *button, const char *text)
{
    gtk_label_set_label(GTK_LABEL(kit_button_word(button)), text);
    kit_name(button, text);
}

GtkWidget *kit_pair(GtkWidget *left, GtkWidget *right, const char *class)
{
    GtkWidget *grid = gtk_grid_new();

    kit_add_classes(grid, class);
    gtk_widget_set_hexpand(right, TRUE);
    gtk_grid_attach(GTK_GRID(grid), left, 0, 0, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), right, 1, 0, 1, 1);
    return grid;
}

GtkWidget *kit_fact(const char *name, const char *value)
{
    GtkWidget *left = kit_label(name, "kx-fact-name"), *right = kit_label(value, "kx-fact-value");

    gtk_widget_set_valign(left, GTK_ALIGN_START);
    gtk_widget_set_valign(right, GTK_ALIGN_START);
    gtk_label_set_wrap_mode(GTK_LABEL(left), PANGO_WRAP_WORD);
    gtk_label_set_xalign(GTK_LABEL(right), 1);
    gtk_label_set_justify(GTK_LABEL(right), GTK_JUSTIFY_RIGHT);
    return kit_pair(left, right, "kx-fact");
}

GtkWidget *kit_poster(GtkWidget *drawing, gboolean wide)
{
    GtkWidget *poster = kit_box(wide ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-poster"),
              *words;

    if (wide)
        gtk_widget_add_css_class(poster, "kx-poster-wide");
    kit_add(poster, drawing);
    words = kit_add(poster, kit_column("kx-poster-words"));
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    return poster;
}

GtkWidget *kit_poster_under(GtkWidget *poster, GtkWidget *label)
{
    if (gtk_widget_has_css_class(poster, "kx-poster-wide") || !GTK_IS_LABEL(label))
        return label;
    return kit_centred(label);
}

GtkWidget *kit_poster_add(GtkWidget *poster, GtkWidget *label)
{
    GtkWidget *words = gtk_widget_get_last_child(poster);

    return kit_add(words, kit_poster_under(poster, label));
}

GtkWidget *kit_sheet(GtkWidget *heading, GtkWidget *pager, GtkWidget *actions)
{
    GtkWidget *sheet = kit_column("kx-sheet");

    if (heading != NULL)
        kit_add(sheet, heading);
    kit_add(sheet, pager);
    if (actions != NULL)
        kit_add(sheet, actions);
    return sheet;
}

GtkWidget *kit_actions(gboolean upright)
{
    GtkWidget *actions =
        kit_box(upright ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL, "kx-actions");

    gtk_box_set_homogeneous(GTK_BOX(actions), !upright);
    return actions;
}

void kit_actions_add(GtkWidget *actions, GtkWidget *button)
{
    gtk_widget_set_hexpand(button, TRUE);
    kit_add(actions, button);
}
