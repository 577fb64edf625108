/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP proxy of one thread; it sees ciphertext only, as a bad network does. */
#include "rig.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS_MAX 32

struct pair {
    int client, server;
};

struct wire {
    GThread *thread;
    int listener;
    unsigned port;
    gint server_port, mode, stop, cut, passed;
    struct pair pairs[PAIRS_MAX];
    size_t count;
};

static struct sockaddr_in local(unsigned port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void take_connection(struct wire *wire)
{
    int client = accept4(wire->listener, NULL, NULL, SOCK_CLOEXEC);
    struct sockaddr_in address = local((unsigned)g_atomic_int_get(&wire->server_port));
    int server;

    if (client < 0)
        return;
    server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (g_atomic_int_get(&wire->mode) == WIRE_REFUSE || wire->count == PAIRS_MAX || server < 0 ||
        (g_atomic_int_get(&wire->mode) != WIRE_BLACKHOLE &&
         connect(server, (struct sockaddr *)&address, sizeof address) != 0)) {
        close(client);
        if (server >= 0)
            close(server);
        return;
    }
    no_delay(client);
    no_delay(server);
    wire->pairs[wire->count++] = (struct pair){client, server};
}

static bool send_all(int fd, const char *bytes, ssize_t len)
{
    while (len > 0) {
        ssize_t done = send(fd, bytes, (size_t)len, MSG_NOSIGNAL);

        if (done <= 0)
            return false;
        bytes += done;
        len -= done;
    }
    return true;
}

/* False: the pair is at its end. */
static bool pass(struct wire *wire, int from, int to, bool from_client)
{
    char bytes[16384];
    ssize_t len = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
    int mode = g_atomic_int_get(&wire->mode);

    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    if (len == 0)
        return false;
    if (mode == WIRE_BLACKHOLE || (mode == WIRE_DEAF && !from_client))
        return true;
    if (from_client && g_atomic_int_add(&wire->passed, (gint)len) + (gint)len > 12000 &&
        mode == WIRE_DEAF_ON_PUSH)
        g_atomic_int_set(&wire->mode, WIRE_DEAF);
    return send_all(to, bytes, len);
}

static void drop(struct wire *wire, size_t i)
{
    close(wire->pairs[i].client);
    close(wire->pairs[i].server);
    wire->pairs[i] = wire->pairs[--wire->count];
}

static gpointer work(gpointer data)
{
    struct wire *wire = data;

    while (g_atomic_int_get(&wire->stop) == 0) {
        struct pollfd fds[1 + 2 * PAIRS_MAX] = {{.fd = wire->listener, .events = POLLIN}};
        size_t count = wire->count;
        bool blackhole = g_atomic_int_get(&wire->mode) == WIRE_BLACKHOLE;

        if (g_atomic_int_exchange(&wire->cut, 0) != 0 || g_atomic_int_get(&wire->mode) == WIRE_REFUSE)
            while (wire->count > 0)
                drop(wire, 0);
        count = wire->count;
        for (size_t i = 0; i < count; i++) {
            fds[1 + 2 * i] = (struct pollfd){.fd = wire->pairs[i].client, .events = blackhole ? 0 : POLLIN};
            fds[2 + 2 * i] = (struct pollfd){.fd = blackhole ? -1 : wire->pairs[i].server, .events = POLLIN};
        }
        if (poll(fds, 1 + 2 * count, 10) <= 0)
            continue;
        for (size_t i = count; i-- > 0;) {
            struct pair pair = wire->pairs[i];
            bool open = true;

            if (fds[1 + 2 * i].revents != 0)
                open = pass(wire, pair.client, pair.server, true);
            if (open && fds[2 + 2 * i].revents != 0)
                open = pass(wire, pair.server, pair.client, false);
            if (!open)
                drop(wire, i);
        }
        if (fds[0].revents != 0)
            take_connection(wire);
    }
    while (wire->count > 0)
        drop(wire, 0);
    return NULL;
}

struct wire *wire_new(unsigned server_port)
{
    struct wire *wire = g_new0(struct wire, 1);
    struct sockaddr_in address = local(0);
    socklen_t len = sizeof address;

    wire->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(wire->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(wire->listener, 16), ==, 0);
    g_assert_cmpint(getsockname(wire->listener, (struct sockaddr *)&address, &len), ==, 0);
    wire->port = ntohs(address.sin_port);
    wire->server_port = (gint)server_port;
    wire->thread = g_thread_new("wire", work, wire);
    return wire;
}

unsigned wire_port(const struct wire *wire)
{
    return wire->port;
}

void wire_set(struct wire *wire, enum wire_mode mode)
{
    g_atomic_int_set(&wire->passed, 0);
    g_atomic_int_set(&wire->mode, (gint)mode);
}

void wire_server(struct wire *wire, unsigned server_port)
{
    g_atomic_int_set(&wire->server_port, (gint)server_port);
}

void wire_cut(struct wire *wire)
{
    g_atomic_int_set(&wire->cut, 1);
}

void wire_free(struct wire *wire)
{
    g_atomic_int_set(&wire->stop, 1);
    g_thread_join(wire->thread);
    close(wire->listener);
    g_free(wire);
}
