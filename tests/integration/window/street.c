/* SPDX-License-Identifier: Apache-2.0 */
#include "street.h"
#include "backend.h"
#include "shell.h"

#include <gdk/x11/gdkx.h>
#include <X11/extensions/XTest.h>
#include <string.h>

/* What comes within parts of a second on a machine of its own comes later under a sanitizer on a busy one. */
#define PATIENCE_S 60

/* Of people, not of machines. */
static void hurry(struct ui *ui)
{
    ui->times.after_card_ms = ui->times.goodbye_ms = 500;
    ui->times.strike_ms = 100;
}

static bool over(gint64 from_us)
{
    return g_get_monotonic_time() - from_us > PATIENCE_S * G_USEC_PER_SEC;
}

/* ---- The street ------------------------------------------------------------------------------------------------------- */

struct street *street_new(void)
{
    struct street *street = g_new0(struct street, 1);

    street->lab = lab_new();
    street->stage = stage_new(1080, 1920, LANGUAGE_EN, TEXT_STD);
    hurry(street->stage->ui);
    lab_listen(street->lab, ui_event, street->stage->ui);
    street->stage->ui->options.practice = &ui_practice_kiosk;
    street->stage->config.data_dir = (char *)lab_kiosk_dir(street->lab);
    ui_attach(street->stage->ui, &ui_backend_kiosk, lab_kiosk(street->lab));
    lab_wait_online(street->lab);
    return street;
}

void street_free(struct street *street)
{
    lab_listen(street->lab, NULL, NULL);
    stage_free(street->stage);
    lab_free(street->lab);
    g_free(street);
}

/* Pages follow one another without a touch, too: what was on its way is seen here. */
void street_turn(struct street *street)
{
    const struct page_class *page;

    stage_wait(10);
    lab_events_clear(street->lab);
    page = street->stage->ui->page;
    if (page == street->page || page == &page_working) /* which is too short for some */
        return;
    street->page = page;
    street->pages++;
}

void street_count(struct street *street)
{
    street->touches = street->pages = 0;
    street->page = street->stage->ui->page;
}

/* ---- Touches ---------------------------------------------------------------------------------------------------------- */

static char *name_of(GtkWidget *widget)
{
    return gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "");
}

static GtkWidget *find(GtkWidget *widget, const char *name)
{
    g_autofree char *own = GTK_IS_BUTTON(widget) ? name_of(widget) : NULL;

    if (!gtk_widget_get_mapped(widget) || !gtk_widget_get_child_visible(widget))
        return NULL;
    if (own != NULL && g_str_has_prefix(own, name) && gtk_widget_is_sensitive(widget))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = find(child, name);

        if (found != NULL)
            return found;
    }
    return NULL;
}

static void tell(GtkWidget *widget, GString *out)
{
    g_autofree char *own = GTK_IS_BUTTON(widget) && gtk_widget_get_mapped(widget) ? name_of(widget) : NULL;

    if (own != NULL)
        g_string_append_printf(out, "\n    [%s]%s", own, gtk_widget_is_sensitive(widget) ? "" : " (not now)");
    else if (GTK_IS_LABEL(widget) && gtk_widget_get_mapped(widget))
        g_string_append_printf(out, "\n    %s", gtk_label_get_text(GTK_LABEL(widget)));
    for (GtkWidget *child = own == NULL ? gtk_widget_get_first_child(widget) : NULL; child != NULL; child = gtk_widget_get_next_sibling(child))
        tell(child, out);
}

/* What is missing, and what is shown instead: the cards here are of nobody. */
static G_GNUC_NORETURN void missed(struct street *street, const char *what, const char *name)
{
    g_autoptr(GString) there = g_string_new(NULL);

    tell(GTK_WIDGET(ui_window(street->stage->ui)), there);
    g_error("%s “%s” did not come; page %s shows:%s", what, name, street->stage->ui->page->name, there->str);
}

void street_point(GtkWidget *widget)
{
    GtkWidget *window = GTK_WIDGET(gtk_widget_get_root(widget));
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(window));
    GdkDisplay *display = gtk_widget_get_display(window);
    Display *x = gdk_x11_display_get_xdisplay(display);
    graphene_rect_t bounds;
    Window child;
    int left, top;

    g_assert_true(gtk_widget_compute_bounds(widget, window, &bounds));
    XTranslateCoordinates(x, gdk_x11_surface_get_xid(surface), DefaultRootWindow(x), (int)(bounds.origin.x + bounds.size.width / 2),
                          (int)(bounds.origin.y + bounds.size.height / 2), &left, &top, &child);
    XTestFakeMotionEvent(x, -1, left, top, CurrentTime);
    XSync(x, False);
}

static void strike(GtkWidget *widget)
{
    Display *x = gdk_x11_display_get_xdisplay(gtk_widget_get_display(widget));

    street_point(widget);
    XTestFakeButtonEvent(x, 1, True, CurrentTime);
    XTestFakeButtonEvent(x, 1, False, CurrentTime);
    XSync(x, False);
}

static GtkWidget *reach(struct street *street, const char *name)
{
    GtkWidget *window = GTK_WIDGET(ui_window(street->stage->ui));
    GtkWidget *found = find(window, name);

    return found != NULL ? found : find(window, "More");
}

GtkWidget *street_find(struct street *street, const char *name)
{
    gint64 from_us = g_get_monotonic_time();
    GtkWidget *found;

    while ((found = reach(street, name)) == NULL || !shell_hears(street->stage->ui->shell)) {
        if (over(from_us))
            missed(street, "a button", name);
        street_turn(street);
    }
    return found;
}

void street_touch(struct street *street, const char *name)
{
    g_autofree char *touched = NULL;

    do {
        street_find(street, name);
        stage_settle(street->stage);
        GtkWidget *button = street_find(street, name); /* the page may have been built anew meanwhile */
        g_free(touched);
        touched = name_of(button);
        strike(button);
        street->touches++;
        for (int i = 0; i < 10; i++)
            street_turn(street);
    } while (!g_str_has_prefix(touched, name));
}

/* ---- Waiting ---------------------------------------------------------------------------------------------------------- */

void street_await(struct street *street, const struct page_class *page)
{
    gint64 from_us = g_get_monotonic_time();

    while (street->stage->ui->page != page) {
        if (over(from_us))
            missed(street, "page", page->name);
        street_turn(street);
    }
    street_turn(street);
}

void street_await_text(struct street *street, const char *text)
{
    gint64 from_us = g_get_monotonic_time();

    while (!stage_shows(street->stage, text)) {
        if (over(from_us))
            missed(street, "the text", text);
        street_turn(street);
    }
}

void street_await_idle(struct street *street)
{
    street_await(street, &page_idle);
    g_assert_false(street->stage->ui->session.active);
    g_assert_false(stage_holds(street->stage, "*")); /* names are masked with it */
    g_assert_false(stage_holds(street->stage, "¥"));
}

/* ---- What happens in the hall ------------------------------------------------------------------------------------------- */

void street_card(struct street *street, const char *key)
{
    g_autofree char *answer = lab_cards(street->lab, "insert %s", key);

    street_await(street, &page_greeting);
    street_touch(street, "Start");
    street_await(street, &page_home);
}

void street_card_away(struct street *street)
{
    g_autofree char *answer = lab_cards(street->lab, "remove");
    gint64 from_us = g_get_monotonic_time();

    while (street->stage->ui->card_present) {
        if (over(from_us))
            g_error("the screen does not know that the card is gone");
        street_turn(street);
    }
}

void street_line(struct street *street, bool there)
{
    gint64 from_us = g_get_monotonic_time();

    there ? lab_platform_start(street->lab) : lab_platform_stop(street->lab);
    while (street->stage->ui->status.online != there) {
        if (over(from_us))
            g_error("the screen does not know that the line is %s", there ? "back" : "gone");
        street_turn(street);
    }
}
