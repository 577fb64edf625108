/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long people wait for the screen: the real window over the machine, a card in pcscd with the pauses of a contactless one, a platform.
 *
 * greeting: from the moment when pcscd tells of the card to the frame with the greeting, beside the same commands sent to the same card by
 *           cardlib alone, tap by tap. ratio = greeting / (card + 100 ms), at the 95th percentile of the taps.
 * touch:    from the press of a button to the frame where it is seen, while the card takes a second for each command and the platform hangs.
 *           ratio = p95 / 50 ms; page_ms is from lifting the finger to the frame with what comes of it.
 *
 * Prints a JSON line each. Runs inside tests/with-readers and tests/ui/run-ui.
 */
#include "street.h"
#include "citycard.h"
#include "service.h"
#include "services/pages.h"

#include <gdk/x11/gdkx.h>
#include <PCSC/winscard.h>
#include <X11/extensions/XTest.h>

#define TAPS       40
#define ROUNDS     8
#define SPARE_MS   100.0
#define TOUCH_MS   50.0
#define READER     "Virtual PCD 00 00"
#define AIR        "fault card delay ms=12 byte_us=90 repeat=all" /* 106 kbit/s, and what a card needs to think */
#define SLOW       "fault card delay ms=1000 repeat=all"
#define PATIENCE_S 60

static double ms_since(gint64 from_us)
{
    return (double)(g_get_monotonic_time() - from_us) / 1000.0;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double percentile(GArray *values, unsigned percent)
{
    g_assert_cmpuint(values->len, >, 0);
    g_array_sort(values, by_value);
    return g_array_index(values, double, (values->len - 1) * percent / 100);
}

/* ---- When the card is there ---------------------------------------------------------------------------------------------- */

struct watcher {
    SCARDCONTEXT context;
    gint64 seen_us; /* atomic by the join */
};

static gpointer watch_reader(gpointer data)
{
    struct watcher *watcher = data;
    SCARD_READERSTATE state = {.szReader = READER};

    while ((state.dwEventState & SCARD_STATE_PRESENT) == 0) {
        if (SCardGetStatusChange(watcher->context, INFINITE, &state, 1) != SCARD_S_SUCCESS)
            g_error("the reader cannot be watched");
        state.dwCurrentState = state.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
    }
    watcher->seen_us = g_get_monotonic_time();
    return NULL;
}

static void command(struct lab *lab, const char *text)
{
    g_autofree char *answer = lab_cards(lab, "%s", text);
}

/* ---- From the card to the greeting -------------------------------------------------------------------------------------------- */

struct look {
    struct ui *ui;
    gint64 painted_us; /* the frame with the page that is waited for; 0: not yet */
};

static void on_greeting_painted(GdkFrameClock *clock, gpointer data)
{
    struct look *look = data;

    if (look->painted_us == 0 && look->ui->page == &page_greeting)
        look->painted_us = g_get_monotonic_time();
}

static double greet(struct street *street, SCARDCONTEXT context, const char *card)
{
    struct look look = {.ui = street->stage->ui};
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(ui_window(look.ui)));
    gulong handler = g_signal_connect(clock, "after-paint", G_CALLBACK(on_greeting_painted), &look);
    struct watcher watcher = {.context = context};
    GThread *thread = g_thread_new("watcher", watch_reader, &watcher);
    gint64 from_us = g_get_monotonic_time();

    command(street->lab, card);
    while (look.painted_us == 0) {
        if (ms_since(from_us) > PATIENCE_S * 1000.0)
            g_error("no greeting came");
        g_main_context_iteration(NULL, TRUE);
    }
    g_thread_join(thread);
    g_signal_handler_disconnect(clock, handler);
    return (double)(look.painted_us - watcher.seen_us) / 1000.0;
}

/* The same card, while it still lies there, without a kiosk around. */
static double read_bare(void)
{
    struct cc_link *link = NULL;
    struct cc_port port;
    struct cc_card card;
    gint64 from_us;

    if (cc_link_open(&link, READER, CC_SHARE_TRANSACTION, 5000) != CC_OK)
        g_error("the card cannot be opened");
    from_us = g_get_monotonic_time();
    cc_port_init(&port, cc_link_channel(link));
    if (cc_card_read(&port, CC_READ_HOLDER | CC_READ_CLASS | CC_READ_BALANCE, &card) != CC_OK)
        g_error("the card cannot be read");
    double ms = ms_since(from_us);

    cc_link_close(link, false);
    return ms;
}

static void bench_greeting(struct street *street, SCARDCONTEXT context)
{
    static const char *const cards[] = {"insert adult", "insert elder"};
    g_autoptr(GArray) greeting = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) bare = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));

    command(street->lab, AIR);
    for (int tap = 0; tap < TAPS; tap++) {
        double whole = greet(street, context, cards[tap % 2]), alone = read_bare(), ratio = whole / (alone + SPARE_MS);

        g_array_append_val(greeting, whole);
        g_array_append_val(bare, alone);
        g_array_append_val(ratios, ratio);
        street_card_away(street);
        street_await(street, &page_idle);
    }
    command(street->lab, "faults clear");
    g_print("{\"bench\": \"greeting\", \"taps\": %d, \"greeting_ms\": %.0f, \"greeting_p95_ms\": %.0f, \"card_ms\": %.0f, \"card_p95_ms\": %.0f, "
            "\"ratio\": %.3f, \"bar\": 1.0}\n",
            TAPS, percentile(greeting, 50), percentile(greeting, 95), percentile(bare, 50), percentile(bare, 95), percentile(ratios, 95));
}

/* ---- From the touch to what is seen of it --------------------------------------------------------------------------------------- */

struct touch {
    GtkWidget *button;
    struct ui *ui;
    const struct page_class *page; /* before */
    enum text_size size;
    bool released;
    gint64 painted_us;
};

static bool is_seen(const struct touch *touch)
{
    if (!touch->released)
        return (gtk_widget_get_state_flags(touch->button) & GTK_STATE_FLAG_ACTIVE) != 0;
    return touch->ui->page != touch->page || touch->ui->size != touch->size;
}

static void on_touch_painted(GdkFrameClock *clock, gpointer data)
{
    struct touch *touch = data;

    if (touch->painted_us == 0 && is_seen(touch))
        touch->painted_us = g_get_monotonic_time();
}

static double strike(struct touch *touch, bool press)
{
    Display *x = gdk_x11_display_get_xdisplay(gdk_display_get_default());
    gint64 from_us = g_get_monotonic_time();

    touch->painted_us = 0;
    touch->released = !press;
    XTestFakeButtonEvent(x, 1, press, CurrentTime);
    XFlush(x);
    while (touch->painted_us == 0) {
        if (ms_since(from_us) > PATIENCE_S * 1000.0)
            g_error("nothing was seen of a touch on page %s", touch->ui->page->name);
        g_main_context_iteration(NULL, TRUE);
    }
    return (double)(touch->painted_us - from_us) / 1000.0;
}

static void touch(struct street *street, const char *name, GArray *pressed, GArray *came)
{
    struct ui *ui = street->stage->ui;
    GtkWidget *window = GTK_WIDGET(ui_window(ui));
    GdkFrameClock *clock = gtk_widget_get_frame_clock(window);
    struct touch touch = {.button = street_find(street, name), .ui = ui, .page = ui->page, .size = ui->size};
    gulong handler;
    double ms;

    stage_settle(street->stage);
    street_point(touch.button);
    handler = g_signal_connect(clock, "after-paint", G_CALLBACK(on_touch_painted), &touch);
    ms = strike(&touch, true);
    g_array_append_val(pressed, ms);
    ms = strike(&touch, false);
    g_array_append_val(came, ms);
    g_signal_handler_disconnect(clock, handler);
}

/* Without a card, while one is read, and with one whose services ask the platform. */
static void bench_touch(struct street *street)
{
    g_autoptr(GArray) pressed = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) came = g_array_new(FALSE, FALSE, sizeof(double));
    static const char *const reading[] = {"Get help", "Back", "Large text", "Large text", "Large text"};
    static const char *const within[] = {"Pay bills", "Home", "Notices", "Home", "My wallet", "Home"};

    for (int round = 0; round < ROUNDS; round++) {
        lab_platform_hang(street->lab, true);
        command(street->lab, SLOW);
        command(street->lab, "insert adult");
        for (size_t i = 0; i < G_N_ELEMENTS(reading) && street->stage->ui->page != &page_greeting; i++)
            touch(street, reading[i], pressed, came);
        command(street->lab, "faults clear");
        street_await(street, &page_greeting);
        command(street->lab, SLOW);
        touch(street, "Start", pressed, came);
        for (size_t i = 0; i < G_N_ELEMENTS(within); i++)
            touch(street, within[i], pressed, came);
        command(street->lab, "faults clear");
        lab_platform_hang(street->lab, false);
        street_card_away(street);
        street_await(street, &page_idle);
    }
    g_print("{\"bench\": \"touch\", \"touches\": %u, \"touch_ms\": %.0f, \"touch_p95_ms\": %.0f, \"page_ms\": %.0f, \"page_p95_ms\": %.0f, "
            "\"ratio\": %.3f, \"bar\": 1.0}\n",
            pressed->len, percentile(pressed, 50), percentile(pressed, 95), percentile(came, 50), percentile(came, 95),
            percentile(pressed, 95) / TOUCH_MS);
}

int main(int argc, char **argv)
{
    SCARDCONTEXT context;
    struct street *street;

    texts_init(NULL);
    gtk_test_init(&argc, &argv, NULL);
    street = street_new();
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context) != SCARD_S_SUCCESS)
        g_error("no pcscd");
    bench_greeting(street, context);
    bench_touch(street);
    SCardReleaseContext(context);
    street_free(street);
    return 0;
}
