/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the control socket. */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ASK_TRIES = 40, ASK_PAUSE_US = 50000 };

static bool make_address(struct sockaddr_un *address, const char *path)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    return (size_t)snprintf(address->sun_path, sizeof(address->sun_path), "%s", path) <
           sizeof(address->sun_path);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address;
    if (!make_address(&address, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* ---- Serving ------------------------------------------------------------------------------------------------------- */

/* Bound beside its name and moved there once it listens: whoever finds the socket can connect. */
static bool listen_at(struct vc_control *control)
{
    char aside[sizeof(control->path)];
    struct sockaddr_un address;
    if ((size_t)snprintf(aside, sizeof(aside), "%s.new", control->path) >= sizeof(aside) ||
        !make_address(&address, aside)) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(aside);
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return control->listener >= 0 &&
           bind(control->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
           chmod(aside, 0600) == 0 && listen(control->listener, VC_CLIENTS_MAX) == 0 &&
           rename(aside, control->path) == 0;
}

bool vc_control_open(struct vc_control *control, const char *path, char *error, size_t error_size)
{
    memset(control, 0, sizeof(*control));
    control->listener = -1;
    for (size_t i = 0; i < VC_CLIENTS_MAX; i++)
        control->clients[i].fd = -1;
    int living = connect_to(path);
    if (living >= 0) {
        close(living);
        snprintf(error, error_size, "%s is in use by another process", path);
        return false;
    }
    if ((size_t)snprintf(control->path, sizeof(control->path), "%s", path) < sizeof(control->path) &&
        listen_at(control))
        return true;
    snprintf(error, error_size, "cannot listen at %s: %s", path, strerror(errno));
    return false;
}

static void hang_up(struct vc_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->len = 0;
}

void vc_control_close(struct vc_control *control)
{
    for (size_t i = 0; i < VC_CLIENTS_MAX; i++)
        hang_up(&control->clients[i]);
    if (control->listener < 0)
        return;
    close(control->listener);
    control->listener = -1;
    unlink(control->path);
}

void vc_control_prepare(const struct vc_control *control, struct pollfd pollfds[1 + VC_CLIENTS_MAX])
{
    pollfds[0] = (struct pollfd){.fd = control->listener, .events = POLLIN};
    for (size_t i = 0; i < VC_CLIENTS_MAX; i++)
        pollfds[1 + i] = (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
}

static void accept_client(struct vc_control *control)
{
    int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t i = 0; i < VC_CLIENTS_MAX && fd >= 0; i++) {
        if (control->clients[i].fd >= 0)
            continue;
        control->clients[i].fd = fd;
        return;
    }
    if (fd >= 0)
        close(fd);
}

static bool send_line(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        text += sent;
        len -= (size_t)sent;
    }
    return send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
}

static bool serve_line(struct vc_control *control, struct vc_client *client, const char *line,
                       struct vc_bench *bench)
{
    char *text = vc_control_answer(bench, line, &control->quit);
    bool sent = text && send_line(client->fd, text);
    free(text);
    return sent;
}

static void serve(struct vc_control *control, struct vc_client *client, struct vc_bench *bench)
{
    ssize_t got =
        recv(client->fd, client->line + client->len, sizeof(client->line) - client->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->len += got > 0 ? (size_t)got : 0;
    char *end;
    bool open = got > 0;
    while (open && (end = memchr(client->line, '\n', client->len))) {
        size_t used = (size_t)(end - client->line) + 1;
        *end = '\0';
        open = serve_line(control, client, client->line, bench);
        client->len -= used;
        memmove(client->line, client->line + used, client->len);
    }
    if (!open || client->len == sizeof(client->line))
        hang_up(client);
}

void vc_control_step(struct vc_control *control, const struct pollfd pollfds[1 + VC_CLIENTS_MAX],
                     struct vc_bench *bench)
{
    for (size_t i = 0; i < VC_CLIENTS_MAX; i++)
        if (pollfds[1 + i].revents && control->clients[i].fd == pollfds[1 + i].fd && pollfds[1 + i].fd >= 0)
            serve(control, &control->clients[i], bench);
    if (pollfds[0].revents)
        accept_client(control);
}

/* ---- Asking ----------------------------------------------------------------------------------------------------------- */

/* The server may be starting just now: two seconds of patience. */
static int connect_patiently(const char *path)
{
    for (int i = 0; i < ASK_TRIES; i++) {
        int fd = connect_to(path);
        if (fd >= 0 || (errno != ENOENT && errno != ECONNREFUSED))
            return fd;
        usleep(ASK_PAUSE_US);
    }
    return -1;
}

static bool ask(int fd, const char *line, FILE *stream, char **text, size_t *size)
{
    if (!send_line(fd, line) || getline(text, size, stream) <= 0)
        return false;
    (*text)[strcspn(*text, "\n")] = '\0';
    return true;
}

static bool join(char line[VC_LINE_MAX], char *const words[], size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        int put = snprintf(line + len, VC_LINE_MAX - len, "%s%s", i ? " " : "", words[i]);
        if (put < 0 || (size_t)put >= VC_LINE_MAX - len || strchr(words[i], '\n'))
            return false;
        len += (size_t)put;
    }
    return len + 1 < VC_LINE_MAX;
}

int vc_control_ask(const char *path, char *const words[], size_t count)
{
    char line[VC_LINE_MAX], *text = NULL;
    size_t size = 0;
    if (!join(line, words, count)) {
        fprintf(stderr, "error the command is too long\n");
        return 2;
    }
    int fd = connect_patiently(path);
    FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
    bool answered = stream && ask(fd, line, stream, &text, &size),
         good = answered && strncmp(text, "ok", 2) == 0;
    if (good && text[2])
        printf("%s\n", text + 3);
    else if (!good)
        fprintf(stderr, "%s\n", answered ? text : "error no answer from the control socket");
    free(text);
    if (stream)
        fclose(stream);
    else if (fd >= 0)
        close(fd);
    return good ? 0 : 1;
}
