/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is needed: somebody of the desk, or an emergency. A touch is not yet a call: the finger stays there for a second, or touches once
 * more. So no child calls the desk in passing, and nobody has to hold still who cannot.
 */
#include "../flow.h"
#include "../kinds/kinds.h"
#include "../services/pages.h"
#include "../shell.h"

#define HOLD_FACTOR 2 /* of GTK's long press: a second */

struct state {
    int armed; /* the one that was touched once; -1 none */
    GtkWidget *hint, *buttons[2];
};

static const char *title(struct ui *ui)
{
    return L_("Who do you need?", NC_("large", "Who do you need?"));
}

static char *speech(struct ui *ui)
{
    return g_strdup(_("Touch the green one twice for somebody of the desk, the red one twice in an emergency."));
}

static void change_contrast(struct ui *ui, size_t index)
{
    flow_set_contrast(ui, !ui->contrast);
}

static void go_questions(struct ui *ui, size_t index)
{
    flow_go(ui, &page_questions);
}

static void on_touch(struct ui *ui, size_t index)
{
    struct state *state = kind_page(ui)->state;

    if (state->armed == (int)index) {
        flow_help_call(ui, index == 1);
        return;
    }
    state->armed = (int)index;
    for (size_t i = 0; i < 2; i++)
        kit_set_chosen(state->buttons[i], i == index);
    gtk_label_set_label(GTK_LABEL(state->hint), L_("Touch it once more to call", NC_("large", "Touch it once more")));
    if (ui->voice_on)
        flow_say(ui, gtk_label_get_label(GTK_LABEL(state->hint)));
}

static void on_held(GtkGestureLongPress *press, double x, double y, gpointer button)
{
    struct ui *ui = g_object_get_data(G_OBJECT(button), "kx-ui");

    shell_hears(ui->shell); /* the finger is there still: what trembles on the next page is no touch */
    gtk_gesture_set_state(GTK_GESTURE(press), GTK_EVENT_SEQUENCE_CLAIMED); /* lifting it is no touch */
    flow_help_call(ui, g_object_get_data(G_OBJECT(button), "kx-red") != NULL);
}

static GtkWidget *call_new(struct page *page, size_t index, const char *icon, const char *word, const char *note, const char *class)
{
    struct state *state = page->state;
    GtkWidget *button = kit_tile(icon, word, page->ui->size == TEXT_STD ? note : NULL, class, NULL, NULL);
    GtkGesture *press = gtk_gesture_long_press_new();

    gtk_gesture_long_press_set_delay_factor(GTK_GESTURE_LONG_PRESS(press), HOLD_FACTOR);
    g_object_set_data(G_OBJECT(button), "kx-ui", page->ui);
    g_object_set_data(G_OBJECT(button), "kx-red", index == 1 ? button : NULL);
    g_signal_connect(press, "pressed", G_CALLBACK(on_held), button);
    gtk_widget_add_controller(button, GTK_EVENT_CONTROLLER(press));
    gtk_widget_set_hexpand(button, TRUE);
    state->buttons[index] = kind_touch(button, page->ui, on_touch, index);
    return button;
}

static GtkWidget *build(struct page *page)
{
    struct ui *ui = page->ui;
    struct state *state = page->state = g_new0(struct state, 1);
    GtkWidget *pager = kx_pager_new(), *both = kit_box(GTK_ORIENTATION_HORIZONTAL, "kx-help-both");
    bool drawn = ui->size == TEXT_STD || kind_upright(ui); /* three words beside each other have no room for drawings */
    bool wide = ui_landscape(ui) && ui->size == TEXT_XLARGE;     /* and two only there: the bar leads back */
    const struct kind_button buttons[] = {
        {drawn ? "text" : NULL, ui->contrast ? L_("Normal colours", NC_("large", "Colours")) : L_("Strong contrast", NC_("large", "Contrast")),
         "kx-plain", change_contrast},
        {drawn ? "info" : NULL, L_("Questions and answers", NC_("large", "Questions")), "kx-plain", go_questions,
         .off = ui->practising.on}, /* what they do not solve goes to a real desk */
        {NULL, wide ? NULL : L_("Go on by myself", NC_("large", "Go on")), "kx-primary", kind_go_back},
    };

    state->armed = -1;
    if (kind_upright(ui))
        gtk_orientable_set_orientation(GTK_ORIENTABLE(both), GTK_ORIENTATION_VERTICAL);
    gtk_box_set_homogeneous(GTK_BOX(both), TRUE);
    kit_add(both, call_new(page, 0, "help", _("Somebody of the desk"), _("with this machine, a form, a question"), "kx-tile kx-help kx-help-green"));
    kit_add(both, call_new(page, 1, "warn", L_("Emergency", NC_("large", "Emergency")), _("somebody is hurt or in danger"),
                           "kx-tile kx-help kx-help-red"));
    state->hint = kit_centred(kit_label(_("Touch one, then once more. Or keep your finger on it for a second."), "kx-soft"));
    kx_pager_set_centred(KX_PAGER(pager), TRUE);
    kx_pager_add(KX_PAGER(pager), both);
    kx_pager_add(KX_PAGER(pager), state->hint);
    return kit_sheet(kit_title(title(ui)), pager, kind_foot(ui, buttons, G_N_ELEMENTS(buttons), kind_upright(ui)));
}

const struct page_class page_help = {
    .name = "help",
    .flags = PAGE_PASSING | PAGE_ASIDE,
    .title = title,
    .speech = speech,
    .build = build,
};
