/* SPDX-License-Identifier: Apache-2.0 */
/* The frame and its parts: lockdown, the pager, names for screen readers, language and size at run time. */
#include "audit.h"
#include "charge.h"
#include "flow.h"
#include "service.h"
#include "services/pages.h"
#include "kit/kit.h"
#include "shell.h"
#include "stage.h"
#include "watch.h"

#include <gdk/x11/gdkx.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>

static void test_cannot_be_closed(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    GtkWindow *window = ui_window(stage->ui);

    gtk_window_close(window);
    stage_settle(stage);
    g_assert_true(gtk_widget_get_mapped(GTK_WIDGET(window)));
    g_assert_false(gtk_window_get_deletable(window));
    g_assert_false(gtk_window_get_decorated(window));
    g_assert_false(gtk_window_get_handle_menubar_accel(window));
    stage_free(stage);
}

static void test_language_at_run_time(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_ZH, TEXT_STD);

    g_assert_true(stage_shows(stage, "请把卡放在感应区"));
    stage_press(stage, "English");
    g_assert_true(stage_shows(stage, "Place your card on the reader"));
    g_assert_true(stage_shows(stage, "Get help"));
    g_assert_false(stage_holds(stage, "找人帮忙"));
    stage_press(stage, "中文");
    g_assert_true(stage_shows(stage, "找人帮忙"));
    stage_free(stage);
}

static void test_three_sizes(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_ZH, TEXT_STD);
    GtkWidget *window = GTK_WIDGET(ui_window(stage->ui));
    int std = kit_em(window, 1), large, xlarge;

    g_assert_true(stage_shows(stage, "请把卡放在感应区"));
    stage_press(stage, "大字");
    large = kit_em(window, 1);
    g_assert_true(stage_shows(stage, "放上卡")); /* the shorter wording */
    stage_press(stage, "大字");
    xlarge = kit_em(window, 1);
    g_assert_cmpint(std, ==, 28);
    g_assert_cmpint(large, ==, 40);
    g_assert_cmpint(xlarge, ==, 56); /* 200 %, WCAG 1.4.4 */
    stage_press(stage, "大字");
    g_assert_cmpint(kit_em(window, 1), ==, std);
    stage_free(stage);
}

static void test_names_for_screen_readers(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    GtkWidget *row;

    stage_card(stage, PERSON_ADULT);
    service_bills.enter(stage->ui);
    stage_bills(stage, 2);
    row = stage_button(stage, "Water, ¥43.80, Pay by 15 November");
    g_assert_nonnull(row);
    gtk_test_accessible_assert_role(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_ROLE_CHECKBOX);
    gtk_test_accessible_assert_state(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_STATE_CHECKED,
                                     GTK_ACCESSIBLE_TRISTATE_TRUE);
    g_signal_emit_by_name(row, "clicked");
    gtk_test_accessible_assert_state(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_STATE_CHECKED,
                                     GTK_ACCESSIBLE_TRISTATE_FALSE);
    gtk_test_accessible_assert_state(GTK_ACCESSIBLE(stage_button(stage, "Large text")),
                                     GTK_ACCESSIBLE_STATE_PRESSED, GTK_ACCESSIBLE_TRISTATE_FALSE);
    stage_press(stage, "Large text");
    gtk_test_accessible_assert_state(GTK_ACCESSIBLE(stage_button(stage, "Large text")),
                                     GTK_ACCESSIBLE_STATE_PRESSED, GTK_ACCESSIBLE_TRISTATE_TRUE);
    stage_free(stage);
}

/* Tab goes through every button of a page and of the bar, and each can be pressed by its key. */
static void test_keys_reach_everything(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    GtkWidget *window = GTK_WIDGET(ui_window(stage->ui)), *first;
    unsigned reached = 1;

    gtk_widget_child_focus(window, GTK_DIR_TAB_FORWARD);
    first = gtk_window_get_focus(GTK_WINDOW(window));
    g_assert_nonnull(first);
    for (int i = 0; i < 20; i++) {
        if (!gtk_widget_child_focus(window, GTK_DIR_TAB_FORWARD))
            gtk_widget_child_focus(window, GTK_DIR_TAB_FORWARD);
        if (gtk_window_get_focus(GTK_WINDOW(window)) == first)
            break;
        reached++;
    }
    g_assert_cmpuint(reached, ==,
                     3 + 4); /* the page's three; size, voice, language, help: home and back are idle */
    gtk_widget_grab_focus(stage_button(stage, "Notices"));
    g_assert_true(gtk_widget_activate(stage_button(stage, "Notices")));
    stage_await_page(stage, &page_notices);
    stage_free(stage);
}

static void strike(struct stage *stage, KeySym key)
{
    Display *x = gdk_x11_display_get_xdisplay(gtk_widget_get_display(GTK_WIDGET(ui_window(stage->ui))));
    unsigned code = XKeysymToKeycode(x, key);

    XTestFakeKeyEvent(x, code, True, CurrentTime);
    XTestFakeKeyEvent(x, code, False, CurrentTime);
    XFlush(x);
}

static GtkWidget *focus_of(struct stage *stage)
{
    return gtk_window_get_focus(ui_window(stage->ui));
}

/* Tab until it is there; the window of this test has the keyboard, as there is no window manager. */
static void tab_to(struct stage *stage, const char *name)
{
    GtkWidget *wanted = stage_button(stage, name);

    for (int i = 0; i < 20 && focus_of(stage) != wanted; i++) {
        GtkWidget *before = focus_of(stage);

        strike(stage, XK_Tab);
        while (focus_of(stage) == before)
            g_main_context_iteration(NULL, TRUE);
    }
    g_assert_true(focus_of(stage) == wanted);
}

static void take_keyboard(struct stage *stage)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(ui_window(stage->ui)));

    XSetInputFocus(gdk_x11_display_get_xdisplay(gdk_surface_get_display(surface)), gdk_x11_surface_get_xid(surface), RevertToParent,
                   CurrentTime);
    while (!gtk_window_is_active(ui_window(stage->ui)))
        g_main_context_iteration(NULL, TRUE);
}

/* Real keys: Tab goes on, Enter and Space press, Escape is the way back, and does nothing where there is none. */
static void test_keys_press(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);

    stage->ui->times.strike_ms = 0;
    take_keyboard(stage);
    strike(stage, XK_Escape);
    tab_to(stage, "Notices");
    g_assert_true(stage->ui->page == &page_idle);
    strike(stage, XK_Return);
    stage_await_page(stage, &page_notices);
    strike(stage, XK_Escape);
    stage_await_page(stage, &page_idle);
    stage_settle(stage); /* the focus comes to a new page with its first frame */
    tab_to(stage, "Get help");
    strike(stage, XK_space);
    stage_await_page(stage, &page_help);
    strike(stage, XK_Escape);
    stage_await_page(stage, &page_idle);
    stage_free(stage);
}

/* The key that answers "still there?" does nothing else, and what lies under the question is not reached by any. */
static void test_keys_calm(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    GString *report;

    stage_card(stage, PERSON_ADULT);
    stage_notices(stage, 2);
    service_notices.enter(stage->ui);
    stage_settle(stage);
    take_keyboard(stage);
    watch_start(stage->ui->watch, 61000, 60000);
    stage_await_text(stage, "Still there?", true);
    stage_settle(stage);
    report = audit_window(stage->ui);
    g_assert_cmpstr(report->str, ==, "");
    g_string_free(report, TRUE);
    strike(stage, XK_Escape);
    stage_await_text(stage, "Still there?", false);
    watch_stop(stage->ui->watch);
    g_assert_true(stage->ui->page == &page_notices);
    g_assert_true(gtk_widget_is_ancestor(focus_of(stage), shell_page(stage->ui->shell)->widget));
    strike(stage, XK_Escape);
    stage_await_page(stage, &page_home);
    stage_free(stage);
}

static void test_pager(void)
{
    struct stage *stage = stage_new(1280, 800, LANGUAGE_EN, TEXT_LARGE);

    stage_notices(stage, 4);
    service_notices.enter(stage->ui);
    stage_settle(stage);
    g_assert_true(stage_shows(stage, "No water at Lane 126 tomorrow"));
    g_assert_false(stage_shows(stage, "Volunteers for waste sorting wanted"));
    g_assert_false(gtk_widget_is_sensitive(stage_button(stage, "Earlier")));
    while (gtk_widget_is_sensitive(stage_button(stage, "More")))
        stage_press(stage, "More");
    g_assert_true(stage_shows(stage, "Volunteers for waste sorting wanted"));
    g_assert_false(stage_shows(stage, "No water at Lane 126 tomorrow"));
    g_assert_null(stage_button(stage, "No water at Lane 126 tomorrow")); /* not there to be touched either */
    stage_press(stage, "Earlier");
    stage_free(stage);
}

static void test_contrast(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    GtkWidget *window = GTK_WIDGET(ui_window(stage->ui));
    GdkRGBA colour;

    stage_press(stage, "Get help");
    stage_press(stage, "Strong contrast");
    gtk_style_context_get_color(gtk_widget_get_style_context(window), &colour);
    g_assert_cmpfloat(colour.red + colour.green + colour.blue, ==, 3.0);
    stage_press(stage, "Normal colours");
    gtk_style_context_get_color(gtk_widget_get_style_context(window), &colour);
    g_assert_cmpfloat(colour.red + colour.green + colour.blue, <, 0.4);
    stage_free(stage);
}

/* Nothing blinks, turns or ticks: an idle screen draws no frame. */
static void on_paint(GdkFrameClock *clock, gpointer frames)
{
    (*(unsigned *)frames)++;
}

static void test_idle_draws_nothing(void)
{
    struct stage *stage = stage_new(1080, 1920, LANGUAGE_ZH, TEXT_STD);
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(ui_window(stage->ui)));
    unsigned frames = 0;
    gulong handler;

    handler = g_signal_connect(clock, "after-paint", G_CALLBACK(on_paint), &frames);
    for (int i = 0; i < 100 && (i == 0 || frames > 0); i++) { /* the first frames, on a busy machine late */
        frames = 0;
        stage_wait(300);
    }
    stage_wait(1500);
    g_assert_cmpuint(frames, <=, 1); /* one when a minute begins */
    g_signal_handler_disconnect(clock, handler);
    stage_free(stage);
}

int main(int argc, char **argv)
{
    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/shell/not-closed", test_cannot_be_closed);
    g_test_add_func("/ui/shell/language", test_language_at_run_time);
    g_test_add_func("/ui/shell/sizes", test_three_sizes);
    g_test_add_func("/ui/shell/accessible-names", test_names_for_screen_readers);
    g_test_add_func("/ui/shell/keys", test_keys_reach_everything);
    g_test_add_func("/ui/shell/keys-press", test_keys_press);
    g_test_add_func("/ui/shell/keys-calm", test_keys_calm);
    g_test_add_func("/ui/shell/pager", test_pager);
    g_test_add_func("/ui/shell/contrast", test_contrast);
    g_test_add_func("/ui/shell/idle-is-still", test_idle_draws_nothing);
    return g_test_run();
}
