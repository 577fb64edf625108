/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipt printers that speak ESC/POS (Epson's published command reference; every 80 mm printer understands this part):
 *
 *   ESC @          1b 40                 reset
 *   GS v 0         1d 76 30 00 xL xH yL yH …   print dots: xL xH bytes a row, yL yH rows; here in bands, for small buffers
 *   ESC d n        1b 64 n               feed n lines
 *   GS V 66 0      1d 56 42 00           feed to the knife, and cut
 *   GS r 1         1d 72 01              → one byte 0xx0 xxxx. It waits in line behind all that was sent before: the paper is out
 *   DLE EOT n      10 04 n               → one byte 0xx1 xx10, at once, also while printing or out of paper. n 2 why it is offline,
 *                                          3 what broke, 4 the paper
 *   DLE DC4 8 …    10 14 08 01 03 14 01 06 02 08   forget what was sent: it must not come out with the next roll
 *
 *   asked (and what lies there from before forgotten) ─ trouble ─► said, nothing was sent
 *     └► sent ─► DLE EOT again and again until GS r is answered ─► printed
 *          └ trouble, time over, stop ─► DLE DC4
 *
 * A printer that cannot answer (a cable of one direction) prints nothing here: nobody would know whether it did.
 */
#include "device/printer-ways.h"
#include "device/printer_reasons.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CONNECT_WAIT_S 3
#define ANSWER_WAIT_MS 1000
#define TICK_MS        200
#define BAND_ROWS      128
#define IN_LINE        0x100 /* what wait_answer() gives for the byte of GS r */

static const uint8_t FORGET[] = {0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08};

struct line {
    int fd;
    GSocketConnection *connection; /* owns fd; NULL: fd is ours */
    GCancellable *stop;
};

enum printer_trouble printer_trouble_of_status(unsigned n, uint8_t status)
{
    static const struct {
        unsigned n;
        uint8_t bit;
        enum printer_trouble trouble;
    } table[] = {
        {4, 0x60, PRINTER_TROUBLE_PAPER}, /* no paper at the roll's sensor */
        {2, 0x20, PRINTER_TROUBLE_PAPER}, /* stopped by the paper's end */
        {2, 0x04, PRINTER_TROUBLE_JAM},   /* the cover is open */
        {3, 0x0c, PRINTER_TROUBLE_JAM},   /* can be helped by hand; the knife */
        {3, 0x60, PRINTER_TROUBLE_OTHER}, /* cannot; too hot */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].n == n && (status & table[i].bit) != 0)
            return table[i].trouble;
    return PRINTER_TROUBLE_NONE;
}

static bool offline(GError **error, const char *why)
{
    g_set_error(error, PRINTER_ERROR, PRINTER_ERROR_OFFLINE, "%s", why);
    return false;
}

/* ---- The line ----------------------------------------------------------------------------------------------------- */

static bool open_device(struct line *line, const char *path, GError **error)
{
    struct termios mode;

    line->fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (line->fd < 0)
        return offline(error, g_strerror(errno));
    if (tcgetattr(line->fd, &mode) != 0)
        return true; /* not a serial line */
    cfmakeraw(&mode);
    return tcsetattr(line->fd, TCSANOW, &mode) == 0 || offline(error, g_strerror(errno));
}

static bool open_host(struct line *line, const char *host, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) why = NULL;

    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, CONNECT_WAIT_S);
    line->connection = g_socket_client_connect_to_host(client, host, 9100, line->stop, &why);
    if (line->connection == NULL)
        return offline(error, why->message);
    line->fd = g_socket_get_fd(g_socket_connection_get_socket(line->connection));
    return true;
}

static bool line_open(struct line *line, const char *target, GCancellable *stop, GError **error)
{
    *line = (struct line){.fd = -1, .stop = stop};
    return target[0] == '/' ? open_device(line, target, error) : open_host(line, target, error);
}

static void line_close(struct line *line)
{
    if (line->connection != NULL)
        g_object_unref(line->connection);
    else if (line->fd >= 0)
        close(line->fd);
}

/* Wait for `events` in steps, until the deadline or a stop. */
static bool line_wait(struct line *line, short events, int64_t deadline_us, GError **error)
{
    struct pollfd poll_fd = {.fd = line->fd, .events = events};

    for (;;) {
        int ready = poll(&poll_fd, 1, TICK_MS);

        if (ready > 0 && (poll_fd.revents & events) != 0)
            return true;
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return offline(error, "the line to the printer is cut");
        if (!printer_may_wait(deadline_us, line->stop, error))
            return false;
    }
}

static bool line_send(struct line *line, const uint8_t *bytes, size_t len, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + PRINTER_WAIT_MS * G_TIME_SPAN_MILLISECOND;

    while (len > 0) {
        ssize_t sent = write(line->fd, bytes, len);

        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return offline(error, g_strerror(errno));
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        } else if (!line_wait(line, POLLOUT, deadline, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Status ------------------------------------------------------------------------------------------------------- */

static int none(GError **error, const char *why)
{
    offline(error, why);
    return -1;
}

/* The next byte that means anything: a status at once, or IN_LINE. -1: none in time, with error. */
static int wait_answer(struct line *line, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + ANSWER_WAIT_MS * G_TIME_SPAN_MILLISECOND;
    uint8_t byte;

    for (;;) {
        ssize_t got = read(line->fd, &byte, 1);

        if (got == 0 && line->connection != NULL)
            return none(error, "the printer hung up");
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return none(error, g_strerror(errno));
        if (got == 1 && (byte & 0x93) == 0x12)
            return byte;
        if (got == 1 && (byte & 0x90) == 0x00)
            return IN_LINE;
        if (got <= 0 && !line_wait(line, POLLIN, deadline, error))
            return -1;
    }
}

/* Ask for one status. An answer to GS r that comes before it is written down in *out. */
static bool status_ask(struct line *line, unsigned n, bool *out, GError **error)
{
    const uint8_t command[] = {0x10, 0x04, (uint8_t)n};
    g_autofree char *what = NULL;
    int answer;

    if (!line_send(line, command, sizeof command, error))
        return false;
    while ((answer = wait_answer(line, error)) == IN_LINE)
        *out = true;
    if (answer < 0)
        return false;
    what = g_strdup_printf("status %u: 0x%02x", n, (unsigned)answer);
    return printer_trouble_report(printer_trouble_of_status(n, (uint8_t)answer), what, error);
}

/* The paper first: an empty roll also is a reason to be offline. */
static bool status_well(struct line *line, bool *out, GError **error)
{
    return status_ask(line, 4, out, error) && status_ask(line, 2, out, error) && status_ask(line, 3, out, error);
}

/* ---- A page ------------------------------------------------------------------------------------------------------- */

/* A printer also looks for DLE EOT, DLE ENQ and DLE DC4 among the dots, and obeys: such a place gets one dot more. */
static void dots_quiet(uint8_t *dots, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (dots[i] == 0x10 && (dots[i + 1] == 0x04 || dots[i + 1] == 0x05 || dots[i + 1] == 0x14))
            dots[i] = 0x30;
}

static void band_add(GByteArray *page, const uint8_t *rows, size_t count)
{
    const uint8_t head[] = {0x1d, 0x76, 0x30, 0, PAPER_BYTES, 0, (uint8_t)(count & 0xff), (uint8_t)(count >> 8)};
    guint len = (guint)(count * PAPER_BYTES);

    g_byte_array_append(page, head, sizeof head);
    g_byte_array_append(page, rows, len);
    dots_quiet(page->data + page->len - len, len);
}

static GByteArray *page_new(GBytes *dots)
{
    static const uint8_t reset[] = {0x1b, 0x40}, end[] = {0x1b, 0x64, 4, 0x1d, 0x56, 0x42, 0, 0x1d, 0x72, 1};
    GByteArray *page = g_byte_array_new();
    gsize len;
    const uint8_t *bits = g_bytes_get_data(dots, &len);

    g_byte_array_append(page, reset, sizeof reset);
    for (size_t rows = len / PAPER_BYTES, at = 0; at < rows; at += BAND_ROWS)
        band_add(page, bits + at * PAPER_BYTES, MIN(BAND_ROWS, rows - at));
    g_byte_array_append(page, end, sizeof end);
    return page;
}

static bool page_watch(struct line *line, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + PRINTER_WAIT_MS * G_TIME_SPAN_MILLISECOND;
    bool out = false;

    while (status_well(line, &out, error)) {
        if (out)
            return true;
        if (!printer_may_wait(deadline, line->stop, error))
            return false;
        g_usleep(TICK_MS * 1000);
    }
    return false;
}

/* What the printer holds, or a part of it, is called back; the error that led here stays. */
static void page_forget(struct line *line)
{
    g_autoptr(GError) error = NULL;

    line->stop = NULL;
    if (poll(&(struct pollfd){.fd = line->fd, .events = POLLOUT}, 1, TICK_MS) != 1 ||
        !line_send(line, FORGET, sizeof FORGET, &error))
        g_message("what was sent to the printer was not called back: %s", error != NULL ? error->message : "it takes nothing");
}

static bool page_print(struct line *line, GBytes *dots, bool *sent, GError **error)
{
    g_autoptr(GByteArray) page = page_new(dots);
    bool early = false;

    /* What somebody before us left there would come out first, and be answered in place of ours. */
    if (!line_send(line, FORGET, sizeof FORGET, error) || !status_well(line, &early, error))
        return false;
    *sent = true;
    if (line_send(line, page->data, page->len, error) && page_watch(line, error))
        return true;
    page_forget(line);
    return false;
}

bool escpos_print(const char *target, GBytes *dots, GCancellable *stop, bool *sent, GError **error)
{
    struct line line;
    bool printed = line_open(&line, target, stop, error) && page_print(&line, dots, sent, error);

    line_close(&line);
    return printed;
}

bool escpos_check(const char *target, GError **error)
{
    struct line line;
    bool out = false, well = line_open(&line, target, NULL, error) && status_well(&line, &out, error);

    line_close(&line);
    return well;
}
