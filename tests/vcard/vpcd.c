/* SPDX-License-Identifier: Apache-2.0 */
#include "vpcd.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_US = 50000, WORD_OFF = 0x00, WORD_ON = 0x01, WORD_RESET = 0x02, WORD_ATR = 0x04 };

uint64_t vc_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void vc_link_init(struct vc_link *link, uint16_t port)
{
    memset(link, 0, sizeof(*link));
    link->port = port;
    link->fd = -1;
    link->state = VC_LINK_OUT;
}

static void hang_up(struct vc_link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
    link->in_len = link->out_len = link->out_sent = 0;
    link->sending = link->closing = link->seen = link->powered = false;
}

void vc_link_in(struct vc_link *link, unsigned after_ms)
{
    hang_up(link);
    link->state = VC_LINK_WAITING;
    link->due_us = vc_now_us() + (uint64_t)after_ms * 1000u;
}

void vc_link_out(struct vc_link *link)
{
    hang_up(link);
    link->state = VC_LINK_OUT;
}

/* ---- Connecting ------------------------------------------------------------------------------------------------------ */

static void try_later(struct vc_link *link)
{
    hang_up(link);
    link->state = VC_LINK_WAITING;
    link->due_us = vc_now_us() + RETRY_US;
}

static void begin(struct vc_link *link)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(link->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0) {
        try_later(link);
    } else if (connect(link->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        link->state = VC_LINK_UP;
    } else if (errno == EINPROGRESS) {
        link->state = VC_LINK_CONNECTING;
    } else {
        try_later(link);
    }
}

static void end_connecting(struct vc_link *link)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
        link->state = VC_LINK_UP;
    else
        try_later(link);
}

/* ---- Sending ----------------------------------------------------------------------------------------------------------- */

static void put_message(struct vc_link *link, size_t promised, const uint8_t *bytes, size_t len)
{
    link->out[0] = (uint8_t)(promised >> 8);
    link->out[1] = (uint8_t)promised;
    if (len)
        memcpy(link->out + 2, bytes, len);
    link->out_len = 2 + len;
    link->out_sent = 0;
    link->sending = true;
    link->due_us = vc_now_us();
}

void vc_link_play(struct vc_link *link, const struct vc_play *play)
{
    /* The protocol's length has 16 bits: a longer answer cannot be told. */
    size_t len = play->len < 65535 ? play->len : 65535,
           promised = play->promised < 65535 ? play->promised : 65535;
    if (play->wire == VC_WIRE_CLOSE)
        link->out_len = link->out_sent = 0;
    else if (play->wire == VC_WIRE_EMPTY)
        put_message(link, 0, NULL, 0);
    else
        put_message(link, play->wire == VC_WIRE_CUT ? promised : len, play->answer, len);
    link->sending = true;
    link->closing = play->gone;
    link->hold_ms = play->wire == VC_WIRE_EMPTY ? play->hold_ms : 0;
    link->byte_us = play->byte_us;
    link->due_us = vc_now_us() + (uint64_t)play->delay_ms * 1000u;
}

/* False when the link is lost. */
static bool send_some(struct vc_link *link)
{
    while (link->out_sent < link->out_len && vc_now_us() >= link->due_us) {
        size_t len = link->byte_us ? 1 : link->out_len - link->out_sent;
        ssize_t sent = send(link->fd, link->out + link->out_sent, len, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (sent < 0)
            return false;
        link->out_sent += (size_t)sent;
        link->due_us += (uint64_t)link->byte_us * (uint64_t)sent;
    }
    return true;
}

/* Send what is due; when all is out, close if the plan wants it. True when the link was closed by us. */
static bool advance(struct vc_link *link, bool *lost)
{
    *lost = !send_some(link);
    if (*lost || link->out_sent < link->out_len || vc_now_us() < link->due_us)
        return false;
    if (!link->closing) {
        link->sending = false;
        return false;
    }
    if (link->hold_ms) {
        link->due_us += (uint64_t)link->hold_ms * 1000u;
        link->hold_ms = 0;
        return false;
    }
    return true;
}

/* ---- Receiving --------------------------------------------------------------------------------------------------------- */

static void word(struct vc_link *link, uint8_t value, const struct vc_link_owner *owner)
{
    if (value == WORD_ATR) {
        size_t len = 0;
        const uint8_t *atr = owner->atr(owner->ctx, &len);
        put_message(link, len, atr, len);
        link->byte_us = 0;
        link->seen = true;
    } else if (value == WORD_OFF || value == WORD_ON || value == WORD_RESET) {
        link->powered = value != WORD_OFF;
        owner->power(owner->ctx, link->powered);
    }
}

/* Take whole messages out of the buffer, until one of them makes an answer that has to leave first. */
static void take_messages(struct vc_link *link, const struct vc_link_owner *owner)
{
    while (link->state == VC_LINK_UP && !link->sending && link->in_len >= 2) {
        size_t len = (size_t)link->in[0] << 8 | link->in[1];
        if (link->in_len < 2 + len)
            return;
        if (len == 1)
            word(link, link->in[2], owner);
        else if (len > 1)
            owner->command(owner->ctx, link->in + 2, len);
        if (link->in_len < 2 + len)
            return; /* the owner took the card out */
        link->in_len -= 2 + len;
        memmove(link->in, link->in + 2 + len, link->in_len);
    }
}

/* False when the driver has gone. */
static bool receive(struct vc_link *link)
{
    int one = 1;
    if (link->in_len == sizeof(link->in))
        return true;
    ssize_t got = recv(link->fd, link->in + link->in_len, sizeof(link->in) - link->in_len, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    /* The driver sends length and body apart: without this each command waits 40 ms for a delayed acknowledgement. */
    if (setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one)) != 0)
        return false;
    link->in_len += (size_t)got;
    return got > 0;
}

/* ---- The loop's two questions ------------------------------------------------------------------------------------------- */

uint64_t vc_link_prepare(const struct vc_link *link, struct pollfd *pollfd)
{
    *pollfd = (struct pollfd){.fd = link->fd, .events = 0};
    switch (link->state) {
    case VC_LINK_WAITING:
        return link->due_us;
    case VC_LINK_CONNECTING:
        pollfd->events = POLLOUT;
        return UINT64_MAX;
    case VC_LINK_UP:
        pollfd->events = POLLIN;
        if (!link->sending)
            return UINT64_MAX;
        if (link->out_sent == link->out_len || vc_now_us() < link->due_us)
            return link->due_us;
        pollfd->events |= POLLOUT;
        return UINT64_MAX;
    default:
        return UINT64_MAX;
    }
}

static void step_up(struct vc_link *link, short revents, const struct vc_link_owner *owner)
{
    bool lost = (revents & (POLLIN | POLLHUP | POLLERR)) && !receive(link), ours = false;
    for (bool again = true; again && !lost && !ours;) {
        again = false;
        take_messages(link, owner);
        if (link->state == VC_LINK_UP && link->sending) {
            ours = advance(link, &lost);
            again = !link->sending && link->in_len >= 2;
        }
    }
    if (link->state != VC_LINK_UP || (!lost && !ours))
        return;
    try_later(link);
    owner->down(owner->ctx, ours);
}

void vc_link_step(struct vc_link *link, short revents, const struct vc_link_owner *owner)
{
    if (link->state == VC_LINK_WAITING && vc_now_us() >= link->due_us)
        begin(link);
    else if (link->state == VC_LINK_CONNECTING && revents)
        end_connecting(link);
    else if (link->state == VC_LINK_UP)
        step_up(link, revents, owner);
}
