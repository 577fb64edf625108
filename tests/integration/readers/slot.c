/* SPDX-License-Identifier: Apache-2.0 */
/* vpcd speaks: length of two bytes, then 00 off, 01 on, 02 reset, 04 ask the ATR, or an APDU. The card
 * connects to it. */
#include "slot.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_MAX 65535

struct slot {
    int fd;
    GThread *thread;
    slot_fn answer;
    void *ctx;
    size_t atr_len;
    uint8_t atr[33];
    atomic_uint commands, resets;
    uint8_t in[MESSAGE_MAX], out[MESSAGE_MAX + 2];
};

static bool receive(struct slot *slot, uint8_t *out, size_t len)
{
    int on = 1;
    bool whole = recv(slot->fd, out, len, MSG_WAITALL) == (ssize_t)len;
    /* Without it the kernel delays its acknowledgement and each message costs 40 ms. */
    setsockopt(slot->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    return whole;
}

static bool reply(struct slot *slot, const uint8_t *bytes, size_t len)
{
    slot->out[0] = (uint8_t)(len >> 8);
    slot->out[1] = (uint8_t)len;
    memmove(slot->out + 2, bytes, len);
    return send(slot->fd, slot->out, len + 2, MSG_NOSIGNAL) == (ssize_t)(len + 2);
}

static bool answer_command(struct slot *slot, size_t len)
{
    size_t answer_len = 2;
    uint8_t *answer = slot->out + 2;
    memcpy(answer, "\x90\x00", 2);
    atomic_fetch_add(&slot->commands, 1);
    enum slot_deed deed =
        slot->answer ? slot->answer(slot->ctx, slot->in, len, answer, &answer_len) : SLOT_ANSWER;
    if (deed == SLOT_PULL_HALF)
        (void)send(slot->fd, "\x00\x20\x6F", 3, MSG_NOSIGNAL);
    return deed == SLOT_ANSWER && reply(slot, answer, answer_len);
}

static bool serve_one(struct slot *slot)
{
    uint8_t head[2];
    if (!receive(slot, head, sizeof head))
        return false;
    size_t len = (size_t)head[0] << 8 | head[1];
    if (len == 0 || !receive(slot, slot->in, len))
        return false;
    if (len > 1)
        return answer_command(slot, len);
    if (slot->in[0] == 0x01 || slot->in[0] == 0x02)
        atomic_fetch_add(&slot->resets, 1);
    return slot->in[0] != 0x04 || reply(slot, slot->atr, slot->atr_len);
}

static gpointer serve(gpointer data)
{
    struct slot *slot = data;
    while (serve_one(slot))
        ;
    shutdown(slot->fd, SHUT_RDWR);
    return NULL;
}

struct slot *slot_insert(uint16_t port, const uint8_t *atr, size_t atr_len, slot_fn answer, void *ctx)
{
    struct slot *slot = g_new0(struct slot, 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    g_assert_cmpuint(atr_len, <=, sizeof slot->atr);
    memcpy(slot->atr, atr, atr_len);
    slot->atr_len = atr_len;
    slot->answer = answer;
    slot->ctx = ctx;
    slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(slot->fd, >=, 0);
    setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    g_assert_cmpint(connect(slot->fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    slot->thread = g_thread_new("slot", serve, slot);
    return slot;
}

unsigned slot_commands(const struct slot *slot)
{
    return atomic_load(&slot->commands);
}

unsigned slot_resets(const struct slot *slot)
{
    return atomic_load(&slot->resets);
}

void slot_remove(struct slot *slot)
{
    if (slot == NULL)
        return;
    shutdown(slot->fd, SHUT_RDWR);
    g_thread_join(slot->thread);
    close(slot->fd);
    g_free(slot);
}
