/* SPDX-License-Identifier: Apache-2.0 */
/** Where somebody comes from, and how many connections there are from there. Who has an IPv6 network has as many addresses as they like. */
#ifndef PLATFORM_ADDRESS_H
#define PLATFORM_ADDRESS_H

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

#define ADDRESS_CONNECTIONS_MAX 512 /* from one place, unless `serve` is told another number */

/**
 * An IPv4 address, also one that is mapped into IPv6; of IPv6 the network of so many bytes (8: one /64). "?" for anything else, and NULL.
 * g_free.
 */
char *address_network(const struct sockaddr *address, size_t bytes);

/** Connections by address or /64. Thread safe. */
struct crowd;
struct crowd *crowd_new(unsigned most);
void crowd_free(struct crowd *crowd);
/** Fewer than the most are here from there. */
bool crowd_has_room(struct crowd *crowd, const struct sockaddr *address);
/** Each enter() is followed by one leave() of the same address. */
void crowd_enter(struct crowd *crowd, const struct sockaddr *address);
void crowd_leave(struct crowd *crowd, const struct sockaddr *address);

#endif
