/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One link to a slot of the vpcd reader driver. The driver listens, we connect: connected means "card in". A message is
 * two bytes of length (big-endian) and that many bytes; a message of one byte is a word about power or asks for the ATR.
 *
 *   OUT ── in ──▶ WAITING ── due ──▶ CONNECTING ── connected ──▶ UP
 *   UP ── answer due and sent, nothing to close ──▶ UP;   UP ── closed by us, by the driver, by pcscd's end ──▶ WAITING
 *   WAITING, CONNECTING, UP ── out ──▶ OUT
 */
#ifndef VCARD_VPCD_H
#define VCARD_VPCD_H

#include "faults.h"

#include <poll.h>

enum vc_link_state { VC_LINK_OUT, VC_LINK_WAITING, VC_LINK_CONNECTING, VC_LINK_UP };

struct vc_link {
    uint16_t port;
    enum vc_link_state state;
    int fd;
    uint64_t due_us; /* WAITING: connect then; UP: send or close then */
    bool seen; /* the driver asked for the ATR since the link is up: pcscd knows the card, or will at once */
    bool powered;
    uint8_t in[2 + 65535];
    size_t in_len;
    uint8_t out[2 + VC_ANSWER_MAX];
    size_t out_len, out_sent;
    unsigned byte_us;
    bool sending, closing; /* an answer is on its way; the link closes when it is out */
    unsigned hold_ms;
};

/** What the owner of a link does when something arrives. */
struct vc_link_owner {
    void *ctx;
    /** The driver's word: off, on, reset. */
    void (*power)(void *ctx, bool on);
    /** ATR of what is in the slot. */
    const uint8_t *(*atr)(void *ctx, size_t *len);
    /** A command: run it and call vc_link_play. */
    void (*command)(void *ctx, const uint8_t *bytes, size_t len);
    /** The link went down. `ours`: we closed it after an answer (vc_link_play). */
    void (*down)(void *ctx, bool ours);
};

uint64_t vc_now_us(void);

void vc_link_init(struct vc_link *link, uint16_t port);
/** Card in, `after_ms` from now; card out. */
void vc_link_in(struct vc_link *link, unsigned after_ms);
void vc_link_out(struct vc_link *link);
/** Send what a fault plan decided. */
void vc_link_play(struct vc_link *link, const struct vc_play *play);

/** For poll(): descriptor and events (fd -1 when none), and the time of the next thing to do (UINT64_MAX none). */
uint64_t vc_link_prepare(const struct vc_link *link, struct pollfd *pollfd);
/** After poll(). */
void vc_link_step(struct vc_link *link, short revents, const struct vc_link_owner *owner);

#endif
