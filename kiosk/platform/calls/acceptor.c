/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/acceptor.h"
#include "platform/data/error.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PAUSE_MS 100 /* there are no more descriptors: they come back when somebody goes */

struct acceptor {
    int socket, end; /* the latter becomes readable when it is over */
    GThread *thread;
    acceptor_fn take;
    void *ctx;
};

/* False: none can be had for a moment. That there is none any more (another one took it, or they left) is no trouble. */
static bool accept_one(struct acceptor *acceptor)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    int connection = accept4(acceptor->socket, (struct sockaddr *)&address, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (connection >= 0)
        acceptor->take(acceptor->ctx, connection, (struct sockaddr *)&address, len);
    return connection >= 0 || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
}

static bool is_over(struct acceptor *acceptor, int ms)
{
    struct pollfd end = {.fd = acceptor->end, .events = POLLIN};

    return poll(&end, 1, ms) > 0;
}

static gpointer run(gpointer data)
{
    struct acceptor *acceptor = data;
    bool well = true;

    while (!is_over(acceptor, well ? 0 : PAUSE_MS)) {
        struct pollfd both[] = {{.fd = acceptor->socket, .events = POLLIN}, {.fd = acceptor->end, .events = POLLIN}};

        well = poll(both, G_N_ELEMENTS(both), -1) >= 0 || errno == EINTR;
        if (well && both[1].revents == 0 && both[0].revents != 0)
            well = accept_one(acceptor);
    }
    return NULL;
}

static bool start(struct acceptor *acceptor, GError **error)
{
    int flags = fcntl(acceptor->socket, F_GETFL);

    acceptor->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (acceptor->end < 0 || flags < 0 || fcntl(acceptor->socket, F_SETFL, flags | O_NONBLOCK) != 0) {
        g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_HTTP, "the socket that was given to us: %s", g_strerror(errno));
        return false;
    }
    acceptor->thread = g_thread_try_new("accept", run, acceptor, error);
    return acceptor->thread != NULL;
}

struct acceptor *acceptor_new(int socket, acceptor_fn take, void *ctx, GError **error)
{
    struct acceptor *acceptor = g_new0(struct acceptor, 1);

    *acceptor = (struct acceptor){.socket = socket, .end = -1, .take = take, .ctx = ctx};
    if (start(acceptor, error))
        return acceptor;
    acceptor_free(acceptor);
    return NULL;
}

void acceptor_free(struct acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    if (acceptor->thread != NULL && eventfd_write(acceptor->end, 1) != 0)
        g_error("an event cannot be told: %s", g_strerror(errno));
    g_clear_pointer(&acceptor->thread, g_thread_join);
    if (acceptor->end >= 0)
        close(acceptor->end);
    g_free(acceptor);
}
