/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"
#include "flow.h"
#include "kit/kit.h"
#include "model/model.h"
#include "words.h"

#define TROUBLES_SHOWN 2 /* the strip stays a strip; the staff page has the rest */

/* ---- Top ------------------------------------------------------------------------------------------------------- */

static char *who_text(struct ui *ui)
{
    const struct kiosk_identity *identity = &ui->session.identity;

    if (!ui->session.active)
        return g_strdup(L_("Community services", NC_("large", "Community services")));
    if (identity->name_masked[0] == '\0')
        return g_strdup_printf(_("Card ending in %s"), identity->card_last4);
    /* Translators: masked name, last four digits of the card. */
    return g_strdup_printf(_("%1$s · card %2$s"), identity->name_masked, identity->card_last4);
}

static void build_top(struct frame *frame)
{
    GtkWidget *line = kit_line("kx-who");

    frame->who_icon = kit_add(line, kx_icon_new("leaf"));
    frame->who = kit_add(line, kit_label("", "kx-who-text"));
    frame->clock = kit_label("", "kx-clock");
    frame->top = gtk_center_box_new();
    kit_add_classes(frame->top, "kx-frame kx-top");
    gtk_center_box_set_start_widget(GTK_CENTER_BOX(frame->top), line);
    gtk_center_box_set_end_widget(GTK_CENTER_BOX(frame->top), frame->clock);
}

void frame_update_clock(struct frame *frame)
{
    g_autofree char *time = words_clock(now_ms());

    gtk_label_set_label(GTK_LABEL(frame->clock), time);
}

static void clear(GtkWidget *box)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(box)) != NULL)
        gtk_box_remove(GTK_BOX(box), child);
}

static void on_leave_practice(GtkButton *button, gpointer ui)
{
    practice_exit(ui);
}

/* On every page of a lesson, in the place of what is the matter with the machine: that it is one, what to touch, and the way out. */
static void show_practice(struct frame *frame, struct ui *ui)
{
    GtkWidget *line = kit_add(frame->troubles, kit_line("kx-practice")), *words = kit_add(line, kit_column("kx-practice-words")), *leave;
    g_autofree char *hint = practice_hint(ui);

    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    kit_add(words, kit_label(L_("Practice mode, nothing is real", NC_("large", "This is practice")), "kx-note"));
    kit_add(words, kit_label(hint, "kx-strong"));
    leave = kit_add(line, kit_button(NULL, L_("Leave practice", NC_("large", "Leave")), "kx-plain", G_CALLBACK(on_leave_practice), ui));
    gtk_widget_set_valign(leave, GTK_ALIGN_CENTER);
}

static void update_troubles(struct frame *frame, struct ui *ui)
{
    struct trouble troubles[TROUBLES_MAX];
    size_t count = ui->status_known ? message_troubles(&ui->status, ui->printer_reason, ui->options.config->next_kiosk, troubles) : 0;

    if (ui->status_known && ui->session.active && ui->session.identity.staff && count < TROUBLES_MAX)
        count += message_for_staff(&ui->status, ui->speech.broken, &troubles[count]);

    clear(frame->troubles);
    if (ui->practising.on)
        count = 0;
    if (practice_guides(ui))
        show_practice(frame, ui);
    for (size_t i = 0; i < MIN(count, TROUBLES_SHOWN); i++) {
        GtkWidget *line = kit_add(frame->troubles, kit_line("kx-trouble"));

        kit_add(line, kx_icon_new(troubles[i].icon));
        kit_add(line, kit_label(troubles[i].text, NULL));
    }
    gtk_widget_set_visible(frame->troubles, count > 0 || practice_guides(ui));
}

/* ---- The bar of buttons -------------------------------------------------------------------------------------- */

static void on_home(GtkButton *button, gpointer ui)
{
    flow_home(ui);
}

static void on_back(GtkButton *button, gpointer ui)
{
    flow_back(ui);
}

static void on_size(GtkButton *button, gpointer ui)
{
    flow_next_size(ui);
}

static void on_voice(GtkButton *button, gpointer ui)
{
    flow_sound(ui);
}

static void on_language(GtkButton *button, gpointer ui)
{
    flow_toggle_language(ui);
}

static void on_help(GtkButton *button, gpointer ui)
{
    flow_help(ui);
}

static GtkWidget *bar_button(GtkWidget *bar, const char *icon, const char *text, const char *class,
                             GCallback clicked, struct ui *ui)
{
    GtkWidget *button = kit_tile(icon, text, NULL, class, clicked, ui);

    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_set_vexpand(button, TRUE);
    gtk_widget_set_focus_on_click(button, FALSE);
    return kit_add(bar, button);
}

static void build_bar(struct frame *frame, struct ui *ui)
{
    bool landscape = ui_landscape(ui);
    GtkWidget *bar =
        kit_box(landscape ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL, "kx-frame kx-bar");

    gtk_box_set_homogeneous(GTK_BOX(bar), TRUE);
    gtk_widget_set_hexpand(bar, !landscape); /* its buttons share it; it does not share the page's room */
    gtk_widget_set_vexpand(bar, landscape);
    gtk_widget_add_css_class(bar, landscape ? "kx-bar-side" : "kx-bar-foot");
    if (landscape && ui->bar_left)
        gtk_widget_add_css_class(bar, "kx-bar-left");
    frame->bar = bar;
    frame->home = bar_button(bar, "home", _("Home"), "kx-bar-button", G_CALLBACK(on_home), ui);
    frame->back = bar_button(bar, "back", _("Back"), "kx-bar-button", G_CALLBACK(on_back), ui);
    frame->size = bar_button(bar, "text", _("Large text"), "kx-bar-button", G_CALLBACK(on_size), ui);
    frame->voice = bar_button(bar, "voice", L_("Voice", NC_("large", "Voice")), "kx-bar-button",
                              G_CALLBACK(on_voice), ui);
    frame->language =
        bar_button(bar, "language", /* Translators: the name of the other language, in itself. */
                   _("Other language"), "kx-bar-button", G_CALLBACK(on_language), ui);
    frame->help = bar_button(bar, "help", _("Get help"), "kx-bar-button kx-accent", G_CALLBACK(on_help), ui);
}

static void set_pressed(GtkWidget *button, bool pressed)
{
    if (pressed)
        gtk_widget_add_css_class(button, "kx-on");
    else
        gtk_widget_remove_css_class(button, "kx-on");
    gtk_accessible_update_state(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_STATE_PRESSED,
                                pressed ? GTK_ACCESSIBLE_TRISTATE_TRUE : GTK_ACCESSIBLE_TRISTATE_FALSE, -1);
}

static void update_bar(struct frame *frame, struct ui *ui)
{
    const struct page_class *class = ui->page;

    gtk_widget_set_sensitive(frame->home, (class->flags & PAGE_NO_HOME) == 0);
    gtk_widget_set_sensitive(frame->back, (class->flags & PAGE_NO_BACK) == 0);
    set_pressed(frame->size, ui->size != TEXT_STD);
    set_pressed(frame->voice, ui->voice_on);
    kx_icon_set_name(KX_ICON(gtk_widget_get_first_child(gtk_button_get_child(GTK_BUTTON(frame->voice)))),
                     ui->voice_on ? "voice" : "voice-off");
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

void frame_build(struct frame *frame, struct ui *ui)
{
    build_top(frame);
    frame->troubles = kit_column("kx-frame kx-troubles");
    build_bar(frame, ui);
}

void frame_update(struct frame *frame, struct ui *ui)
{
    g_autofree char *who = who_text(ui);

    gtk_label_set_label(GTK_LABEL(frame->who), who);
    kx_icon_set_name(KX_ICON(frame->who_icon), ui->session.active ? "person" : "leaf");
    frame_update_clock(frame);
    update_troubles(frame, ui);
    update_bar(frame, ui);
}

/* ---- Still there? -------------------------------------------------------------------------------------------------- */

GtkWidget *question_new(struct ui *ui, GCallback stay, GCallback leave, gpointer data)
{
    GtkWidget *scrim = kit_column("kx-scrim"), *card = kit_column("kx-question"), *actions, *seconds, *button;

    gtk_widget_set_halign(card, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(card, GTK_ALIGN_CENTER);
    gtk_widget_set_vexpand(card, TRUE);
    kit_add(card, kit_title(L_("Still there?", NC_("large", "Still there?"))));
    seconds = kit_add(card, kit_label("", "kx-answer"));
    actions = kit_add(card, kit_actions(!ui_landscape(ui)));
    button = kit_button(NULL, _("I'm still here"), "kx-primary", stay, data);
    kit_actions_add(actions, button);
    kit_actions_add(actions, kit_button(NULL, L_("Finish", NC_("large", "Finish")), "kx-plain", leave, data));
    kit_add(scrim, card);
    g_object_set_data(G_OBJECT(scrim), "kx-seconds", seconds);
    g_object_set_data(G_OBJECT(scrim), "kx-stay", button);
    return scrim;
}

void question_set(GtkWidget *question, unsigned seconds)
{
    g_autofree char *text = g_strdup_printf(_("Signing out in %u s"), seconds);

    gtk_label_set_label(g_object_get_data(G_OBJECT(question), "kx-seconds"), text);
}

GtkWidget *question_stay_button(GtkWidget *question)
{
    return g_object_get_data(G_OBJECT(question), "kx-stay");
}
