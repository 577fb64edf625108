/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   window > overlay > root (portrait: column, landscape: line)
 *                        main column: top, troubles, (lowered:) middle (one page)
 *                        bar
 *            overlay child: the question "still there?"
 */
#include "shell.h"
#include "flow.h"
#include "frame.h"
#include "kit/kit.h"
#include "lockdown.h"
#include "model/model.h"
#include "watch.h"

#define MINUTE_MS 60000
#define HIGH_PERCENT 30 /* of a high panel, from its top: who sits does not reach up there (EN 301 549, 8.3.3) */
#define LEADS_US  G_GINT64_CONSTANT(400000) /* a page that comes so soon behind a touch, comes by it: a button waits 250 ms for a key */

struct shell {
    struct ui *ui;
    GtkWidget *window, *overlay, *root, *middle, *question;
    struct frame frame;
    struct page *page;
    guint clock_timer;
    gint64 touched_us, deaf_until_us; /* monotonic; 0: not yet */
};

/* ---- The page --------------------------------------------------------------------------------------------------- */

static void page_free(struct shell *shell)
{
    struct page *page = g_steal_pointer(&shell->page);

    if (page == NULL)
        return;
    g_clear_handle_id(&page->timeout, g_source_remove);
    if (page->class->hide != NULL)
        page->class->hide(page);
    gtk_box_remove(GTK_BOX(shell->middle), page->widget);
    g_free(page->state);
    g_free(page);
}

/* ---- One touch, one page -------------------------------------------------------------------------------------- */

bool shell_hears(struct shell *shell)
{
    gint64 now_us = g_get_monotonic_time();

    if (now_us < shell->deaf_until_us)
        return false;
    shell->touched_us = now_us;
    return true;
}

bool shell_touched_within(struct shell *shell, unsigned ms)
{
    return shell->touched_us != 0 && g_get_monotonic_time() - shell->touched_us < (gint64)ms * 1000;
}

/* Another page than before has come: whoever trembles has not touched what lies under the finger now. */
static void expect_second_strike(struct shell *shell)
{
    gint64 now_us = g_get_monotonic_time();

    if (shell->touched_us != 0 && now_us - shell->touched_us < LEADS_US)
        shell->deaf_until_us = now_us + (gint64)shell->ui->times.strike_ms * 1000;
}

static gboolean on_input(GtkEventControllerLegacy *controller, GdkEvent *event, gpointer data)
{
    switch (gdk_event_get_event_type(event)) {
    case GDK_BUTTON_PRESS: /* without it a release is nothing */
    case GDK_TOUCH_BEGIN:
    case GDK_KEY_PRESS:
        if (!shell_hears(data))
            return GDK_EVENT_STOP;
        speech_stop(((struct shell *)data)->ui); /* EN 301 549, 5.1.3.5 */
        return GDK_EVENT_PROPAGATE;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

void shell_show(struct shell *shell, const struct page_class *class, bool aloud)
{
    struct page *page = g_new0(struct page, 1);

    if (shell->page == NULL || shell->page->class != class)
        expect_second_strike(shell);
    page_free(shell);
    page->class = class;
    page->ui = shell->ui;
    shell->page = page;
    page->widget = class->build(page);
    gtk_widget_set_vexpand(page->widget, TRUE);
    gtk_widget_set_name(page->widget, class->name);
    gtk_box_append(GTK_BOX(shell->middle), page->widget);
    gtk_window_set_title(GTK_WINDOW(shell->window), class->title(shell->ui));
    shell_update(shell);
    gtk_widget_child_focus(page->widget, GTK_DIR_TAB_FORWARD);
    if (aloud)
        speech_of_page(shell->ui, page);
    if (class->show != NULL)
        class->show(page);
}

struct page *shell_page(struct shell *shell)
{
    return shell->page;
}

/* ---- The frame ---------------------------------------------------------------------------------------------------- */

/*
 * A page that stands as low as it can, for who sits: it begins where they reach, and higher only as far as it needs the room (in larger
 * text; what it begins with then is words).
 */
static void lowered_measure(GtkWidget *lowered, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
    gtk_widget_measure(gtk_widget_get_first_child(lowered), orientation, for_size, minimum, natural, NULL, NULL);
}

static void lowered_allocate(GtkWidget *lowered, int width, int height, int baseline)
{
    GtkWidget *middle = gtk_widget_get_first_child(lowered), *main = gtk_widget_get_parent(lowered);
    int reach = gtk_widget_get_height(GTK_WIDGET(gtk_widget_get_root(lowered))) * HIGH_PERCENT / 100;
    int above = gtk_widget_get_height(main) - height, least = 0;

    gtk_widget_measure(middle, GTK_ORIENTATION_VERTICAL, width, &least, NULL, NULL, NULL);
    int gap = CLAMP(reach - above, 0, MAX(height - least, 0));
    gtk_widget_allocate(middle, width, height - gap, -1, gsk_transform_translate(NULL, &GRAPHENE_POINT_INIT(0, (float)gap)));
}

static GtkSizeRequestMode lowered_mode(GtkWidget *lowered)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static GtkWidget *lowered_new(GtkWidget *middle)
{
    GtkWidget *lowered = kit_column("kx-lowered");

    gtk_widget_set_layout_manager(lowered, gtk_custom_layout_new(lowered_mode, lowered_measure, lowered_allocate));
    kit_add(lowered, middle);
    return lowered;
}

static void place_frame(struct shell *shell)
{
    bool landscape = ui_landscape(shell->ui);
    GtkWidget *main = kit_column("kx-main");

    shell->root = kit_box(landscape ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL, "kx-root");
    gtk_widget_set_hexpand(main, TRUE);
    gtk_widget_set_vexpand(main, TRUE);
    frame_build(&shell->frame, shell->ui);
    kit_add(main, shell->frame.top);
    kit_add(main, shell->frame.troubles);
    kit_add(main, !landscape && shell->ui->low ? lowered_new(shell->middle) : shell->middle);
    kit_add(shell->root, main);
    if (landscape && shell->ui->bar_left)
        gtk_box_prepend(GTK_BOX(shell->root), shell->frame.bar);
    else
        kit_add(shell->root, shell->frame.bar);
    gtk_overlay_set_child(GTK_OVERLAY(shell->overlay), shell->root);
}

void shell_rebuild_frame(struct shell *shell)
{
    g_object_ref(shell->middle);
    gtk_box_remove(GTK_BOX(gtk_widget_get_parent(shell->middle)), shell->middle);
    place_frame(shell);
    g_object_unref(shell->middle);
    shell_update(shell);
}

void shell_update(struct shell *shell)
{
    frame_update(&shell->frame, shell->ui);
}

static gboolean on_minute(gpointer data);

/* Wakes once a minute, at its start. */
static void arm_clock(struct shell *shell)
{
    shell->clock_timer = g_timeout_add((guint)(MINUTE_MS - now_ms() % MINUTE_MS) + 50, on_minute, shell);
}

static gboolean on_minute(gpointer data)
{
    struct shell *shell = data;

    frame_update_clock(&shell->frame);
    arm_clock(shell);
    return G_SOURCE_REMOVE;
}

/* ---- Still there? --------------------------------------------------------------------------------------------------- */

static void on_stay(GtkButton *button, gpointer data)
{
    struct shell *shell = data;

    watch_touch(shell->ui->watch);
}

static void on_leave(GtkButton *button, gpointer data)
{
    struct shell *shell = data;

    flow_end(shell->ui);
}

void shell_warn(struct shell *shell, unsigned seconds)
{
    if (shell->question == NULL) {
        shell->question = question_new(shell->ui, G_CALLBACK(on_stay), G_CALLBACK(on_leave), shell);
        gtk_overlay_add_overlay(GTK_OVERLAY(shell->overlay), shell->question);
        gtk_widget_set_can_target(shell->root, FALSE);
        gtk_widget_set_can_focus(shell->root, FALSE);
        gtk_widget_grab_focus(question_stay_button(shell->question));
        if (shell->ui->voice_on)
            speech_say(shell->ui, L_("Still there?", NC_("large", "Still there?")));
    }
    question_set(shell->question, seconds);
}

/* Taken down from an idle callback: the touch that calms may be on the question's own button. */
static gboolean on_calm(gpointer data)
{
    GtkWidget *question = data;
    GtkWidget *overlay = gtk_widget_get_parent(question);

    if (overlay != NULL)
        gtk_overlay_remove_overlay(GTK_OVERLAY(overlay), question);
    return G_SOURCE_REMOVE;
}

void shell_calm(struct shell *shell)
{
    GtkWidget *question = g_steal_pointer(&shell->question);

    if (question == NULL)
        return;
    gtk_widget_set_can_target(shell->root, TRUE);
    gtk_widget_set_can_focus(shell->root, TRUE);
    gtk_window_set_focus(GTK_WINDOW(shell->window), NULL); /* else it stays there until the next frame, and a key is lost */
    gtk_widget_set_visible(question, FALSE);
    g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_calm, g_object_ref(question), g_object_unref);
    if (shell->page != NULL)
        gtk_widget_child_focus(shell->page->widget, GTK_DIR_TAB_FORWARD);
}

/* ---- The window ------------------------------------------------------------------------------------------------------ */

/* The question goes for good when the key that calms has been dealt with: that key does nothing else. */
static bool is_asked(const struct shell *shell)
{
    return gtk_widget_get_next_sibling(shell->root) != NULL;
}

/* As the bar's own button; where that one is off, it does nothing. */
static gboolean on_escape(struct shell *shell)
{
    if (!is_asked(shell) && (shell->page->class->flags & PAGE_NO_BACK) == 0)
        flow_back(shell->ui);
    return GDK_EVENT_STOP;
}

static gboolean on_key(GtkEventControllerKey *keys, guint keyval, guint keycode, GdkModifierType state,
                       gpointer data)
{
    struct shell *shell = data;

    if (shell->page == NULL)
        return GDK_EVENT_PROPAGATE;
    if (keyval == GDK_KEY_Escape)
        return on_escape(shell);
    if (shell->page->class->key == NULL || shell->question != NULL)
        return GDK_EVENT_PROPAGATE;
    return shell->page->class->key(shell->page, keyval) ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

static void on_focus_moved(GtkWindow *window, GtkDirectionType direction, gpointer data)
{
    GtkWidget *focus = gtk_window_get_focus(window);

    if (focus != NULL)
        speech_of_button(((struct shell *)data)->ui, focus);
}

static void build_window(struct shell *shell)
{
    const struct ui_options *options = &shell->ui->options;
    GtkEventController *keys = gtk_event_controller_key_new(), *input = gtk_event_controller_legacy_new();

    shell->window = gtk_window_new();
    gtk_widget_add_css_class(shell->window, "kx-window");
    if (ui_landscape(shell->ui))
        gtk_widget_add_css_class(shell->window, "kx-landscape");
    gtk_window_set_default_size(GTK_WINDOW(shell->window), options->width, options->height);
    shell->overlay = gtk_overlay_new();
    gtk_window_set_child(GTK_WINDOW(shell->window), shell->overlay);
    shell->middle = kit_column("kx-middle");
    gtk_widget_set_vexpand(shell->middle, TRUE);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), shell);
    gtk_widget_add_controller(shell->window, keys);
    gtk_event_controller_set_propagation_phase(input, GTK_PHASE_CAPTURE);
    g_signal_connect(input, "event", G_CALLBACK(on_input), shell);
    gtk_widget_add_controller(shell->window, input);
    g_signal_connect_after(shell->window, "move-focus", G_CALLBACK(on_focus_moved), shell);
    if (!options->windowed) {
        lockdown_apply(GTK_WINDOW(shell->window));
        gtk_window_fullscreen(GTK_WINDOW(shell->window));
    }
}

struct shell *shell_new(struct ui *ui)
{
    struct shell *shell = g_new0(struct shell, 1);

    shell->ui = ui;
    build_window(shell);
    place_frame(shell);
    arm_clock(shell);
    return shell;
}

void shell_free(struct shell *shell)
{
    shell_calm(shell);
    g_clear_handle_id(&shell->clock_timer, g_source_remove);
    page_free(shell);
    gtk_window_destroy(GTK_WINDOW(shell->window));
    g_free(shell);
}

GtkWindow *shell_window(struct shell *shell)
{
    return GTK_WINDOW(shell->window);
}
