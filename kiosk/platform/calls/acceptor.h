/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Takes connections of a listening socket that somebody else holds too (systemd), on a thread of its own. The HTTP library would go on
 * hearing of those that come when it has left the socket, and would shut it down for whoever serves next.
 */
#ifndef PLATFORM_ACCEPTOR_H
#define PLATFORM_ACCEPTOR_H

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

struct acceptor;
/** `connection` is the callee's; called on the acceptor's thread. */
typedef void (*acceptor_fn)(void *ctx, int connection, const struct sockaddr *address, socklen_t len);

/** `socket` stays the caller's. */
struct acceptor *acceptor_new(int socket, acceptor_fn take, void *ctx, GError **error);
/** Takes no more: who comes from now on waits in the socket's queue. Those that were taken are with the callee. NULL is allowed. */
void acceptor_free(struct acceptor *acceptor);

#endif
