/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/commands/commands.h"
#include "platform/hotlist/hotlist.h"
#include "platform/calls/http.h"
#include "device/locale.h"
#include "model/model.h"
#include "platform/keys/pki.h"
#include "platform/calls/versions.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Blocked before any thread starts, so that only the wait below gets them. */
static bool block_signals(sigset_t *set, GError **error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, set, NULL) == 0 && sigaction(SIGPIPE, &ignore, NULL) == 0)
        return true;
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "signals: %s", g_strerror(errno));
    return false;
}

#define TEND_S 5

/*
 * Until a signal. Meanwhile the file of the hotlist is built whenever this node has none of the newest: another node, or a command,
 * made a version. Through a connection of the builder's own, so that nobody who asks waits for it.
 */
static void wait_for_end(const sigset_t *set, struct platform *builder)
{
    const struct timespec step = {.tv_sec = TEND_S};
    bool well = true;

    while (sigtimedwait(set, NULL, &step) < 0) {
        g_autoptr(GError) error = NULL;
        bool tended = errno != EAGAIN || hotlist_tend(builder, now_ms(), &error);
        if (!tended && well) /* a list without its file still has its deltas */
            g_warning("hotlist: %s", error->message);
        well = tended;
    }
}

/* A token that has other keys, or is not what is needed, is found now and not at the first load. */
static bool keys_answer(struct platform *platform, const char *uri, GError **error)
{
    bool in_clear = platform->hsm == NULL;

    if (uri != NULL && !platform_use_hsm(platform, uri, error))
        return false;
    if (uri != NULL && in_clear)
        g_warning("%s still has the masters: keys-to-hsm takes them out", PLATFORM_SECRETS_FILE);
    return platform->hsm == NULL || hsm_check(platform->hsm, error);
}

bool command_serve(int argc, char **argv, GError **error)
{
    g_autofree char *data_dir = NULL, *listen = NULL, *hsm = NULL, *version_min = NULL;
    gint life_h = PKI_KIOSK_LIFE_S / 3600;
    GOptionEntry entries[] = {
        {"data", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "data folder", "DIR"},
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen, "127.0.0.1:8443", "ADDRESS:PORT"},
        {"hsm", 0, 0, G_OPTION_ARG_STRING, &hsm, "another token than the one that secrets.json names", "PKCS11_URI"},
        {"certificate-hours", 0, 0, G_OPTION_ARG_INT, &life_h, "life of kiosks' certificates (2160)", "HOURS"},
        {"kiosk-version-min", 0, 0, G_OPTION_ARG_STRING, &version_min, "oldest software of kiosks that is served", "N.N.N"},
        {NULL},
    };
    g_autoptr(GError) hotlist_error = NULL;
    struct platform *platform, *builder;
    struct server *server;
    sigset_t set;

    if (!command_options(&argc, &argv, "citycard-platform serve", entries, NULL, error))
        return false;
    if (data_dir == NULL || life_h < 1 || life_h > 24 * 825 || !versions_valid(version_min)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT,
                            "--data DIR is needed, --certificate-hours is 1 to 19800, --kiosk-version-min is N.N.N");
        return false;
    }
    locale_bind(NULL); /* what the page for operators says */
    if (!block_signals(&set, error) || (platform = platform_open(data_dir, error)) == NULL)
        return false;
    if (!keys_answer(platform, hsm, error)) {
        platform_close(platform);
        return false;
    }
    platform->kiosk_life_s = life_h * INT64_C(3600);
    platform->kiosk_version_min = g_steal_pointer(&version_min);
    /* A list without its file still has its deltas: not a reason to shut. */
    if (!hotlist_tend(platform, now_ms(), &hotlist_error))
        g_warning("hotlist: %s", hotlist_error->message);
    builder = platform_open(data_dir, error);
    server = builder != NULL ? server_start(platform, listen != NULL ? listen : "127.0.0.1:8443", error) : NULL;
    if (server != NULL) {
        printf("listening on %s\n", server_address(server));
        fflush(stdout);
        wait_for_end(&set, builder);
        server_drain(server);
    }
    platform_close(builder);
    platform_close(platform);
    return server != NULL;
}
