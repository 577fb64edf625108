/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill-till DIR URL: the kiosk of kiosk.h without a screen. It does what it is told on standard input (pay, load FEN, quit)
 * with the card that lies on the reader, and writes down each event on standard output the moment it is told, one line
 * each: somebody else keeps these, and kills this process at any moment.
 */
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/config.h"
#include "service/kiosk.h"

struct till {
    struct kiosk *kiosk;
    GMainLoop *loop;
    bool paying; /* the next bills are to be paid */
};

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    /* One write: a line is told whole or not at all. */
    if (write(STDOUT_FILENO, line, strlen(line)) != (ssize_t)strlen(line))
        g_error("nobody listens");
}

static void on_bills(struct till *till, const struct kiosk_event *event)
{
    if (!till->paying)
        return;
    till->paying = false;
    if (event->bills.count == 0) {
        say("nobills");
        return;
    }
    const char *const ids[] = {event->bills.items[0].id, NULL};
    kiosk_request_pay(till->kiosk, ids, NULL);
}

static void on_event(void *data, const struct kiosk_event *event)
{
    struct till *till = data;
    const struct kiosk_status *status = &event->status;
    const struct kiosk_payment_event *payment = &event->payment;

    switch (event->kind) {
    case KIOSK_EVENT_STATUS:
        say("status online=%d sam=%d waiting=%d doubts=%d refused=%d store=%d", status->online, status->sam_ready,
            status->waiting, status->in_doubt, status->refused, status->store_ok);
        break;
    case KIOSK_EVENT_CARD:
        say("card verdict=%d staff=%d last4=%s", event->card.verdict, event->card.identity.staff,
            event->card.identity.card_last4);
        break;
    case KIOSK_EVENT_CARD_REMOVED:
        say("removed");
        break;
    case KIOSK_EVENT_BILLS:
        on_bills(till, event);
        break;
    case KIOSK_EVENT_PAYMENT:
        say("payment phase=%d id=%s load=%d amount=%" G_GINT64_FORMAT " recovered=%d reason=%s",
            payment->phase, payment->id[0] != '\0' ? payment->id : "-", payment->load, payment->amount_fen,
            payment->recovered, payment->reason);
        break;
    default: /* not of money */
        break;
    }
}

static void obey(struct till *till, const char *line)
{
    struct kiosk_load_request load = {0};

    if (strcmp(line, "pay") == 0) {
        till->paying = true;
        kiosk_request_bills(till->kiosk);
    } else if (g_str_has_prefix(line, "load ") &&
               g_ascii_string_to_signed(line + 5, 10, 1, 1000000, &load.amount_fen, NULL)) {
        kiosk_request_load(till->kiosk, &load, NULL);
    } else if (strcmp(line, "quit") == 0) {
        g_main_loop_quit(till->loop);
    } else {
        g_error("'%s' means nothing here", line);
    }
}

static gboolean on_input(int fd, GIOCondition condition, void *data)
{
    static char text[256];
    static size_t len;
    struct till *till = data;
    char *end;

    ssize_t got = read(fd, text + len, sizeof text - len - 1);
    if (got <= 0) {
        g_main_loop_quit(till->loop);
        return G_SOURCE_REMOVE;
    }
    len += (size_t)got;
    text[len] = '\0';
    while ((end = strchr(text, '\n')) != NULL) {
        *end = '\0';
        obey(till, text);
        len -= (size_t)(end + 1 - text);
        memmove(text, end + 1, len + 1);
    }
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    struct till till = {.loop = g_main_loop_new(NULL, FALSE)};

    if (argc != 3)
        g_error("kill-till DIR URL");
    struct kiosk_config *config = kiosk_config_load(argv[1], &error);
    if (config == NULL)
        g_error("%s", error->message);
    g_free(config->platform_url);
    config->platform_url = g_strdup(argv[2]);
    till.kiosk = kiosk_new(config, on_event, &till, &error);
    if (till.kiosk == NULL)
        g_error("%s", error->message);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, &till);
    g_main_loop_run(till.loop);
    kiosk_free(till.kiosk);
    kiosk_config_free(config);
    g_main_loop_unref(till.loop);
    return 0;
}
