/* SPDX-License-Identifier: Apache-2.0 */
/* Words and steps change as it goes on; nothing turns or blinks. */
#include "kinds.h"

#define PATIENCE_MS 5000
#define STEPS_MAX   12

struct progress_state {
    GtkWidget *doing, *steps, *far;
    const char *const *later;
};

static void paint_steps(GtkWidget *steps, unsigned done, unsigned of)
{
    GtkWidget *step = gtk_widget_get_first_child(steps);

    for (unsigned i = 0; step != NULL; i++, step = gtk_widget_get_next_sibling(step)) {
        gtk_widget_set_visible(step, i < of);
        if (i < done)
            gtk_widget_add_css_class(step, "kx-step-on");
        else
            gtk_widget_remove_css_class(step, "kx-step-on");
    }
}

static void set_far(struct progress_state *state, unsigned done, unsigned of)
{
    g_autofree char *far = g_strdup_printf(_("%1$u of %2$u steps done"), done, of);

    gtk_widget_set_visible(state->steps, of > 0);
    gtk_widget_set_visible(state->far, of > 0);
    gtk_label_set_label(GTK_LABEL(state->far), far);
    if (of > STEPS_MAX)
        done = (unsigned)((uint64_t)done * STEPS_MAX / of);
    paint_steps(state->steps, done, MIN(of, STEPS_MAX));
}

void kind_progress_set(struct page *page, const char *doing, unsigned done, unsigned of)
{
    struct progress_state *state = page->state;

    gtk_label_set_label(GTK_LABEL(state->doing), doing);
    set_far(state, MIN(done, of), of);
}

static gboolean on_time(gpointer data)
{
    struct page *page = data;
    struct progress_state *state = page->state;

    gtk_label_set_label(GTK_LABEL(state->doing), _(*state->later));
    if (*++state->later != NULL)
        return G_SOURCE_CONTINUE;
    page->timeout = 0;
    return G_SOURCE_REMOVE;
}

/* As kit_poster() aligns its words. */
static GtkWidget *aligned(struct ui *ui, GtkWidget *label)
{
    return ui_landscape(ui) ? label : kit_centred(label);
}

static GtkWidget *steps_new(void)
{
    GtkWidget *steps = kit_line("kx-steps");

    for (unsigned i = 0; i < STEPS_MAX; i++)
        gtk_widget_set_hexpand(kit_add(steps, kit_line("kx-step")), TRUE);
    return steps;
}

GtkWidget *kind_progress(struct page *page, const struct kind_progress *it)
{
    struct progress_state *state = page->state = g_new0(struct progress_state, 1);
    GtkWidget *under = kit_column("kx-progress");

    state->doing = aligned(page->ui, kit_label(it->doing, "kx-answer"));
    state->steps = steps_new();
    state->far = aligned(page->ui, kit_label("", "kx-note"));
    state->later = it->later;
    kit_add(under, state->doing);
    kit_add(under, state->steps);
    kit_add(under, state->far);
    set_far(state, MIN(it->done, it->of), it->of);
    if (it->later != NULL && *it->later != NULL)
        page->timeout = g_timeout_add(PATIENCE_MS, on_time, page);
    return kind_poster(page, &(struct kind_poster){.drawing = it->drawing, .under = under, .buttons = {it->cancel}});
}
