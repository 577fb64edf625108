/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define NETWORK_BYTES 8

/* ---- Where from ---- */

static char *name_v4(const void *address)
{
    char text[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, address, text, sizeof text);
    return g_strdup(text);
}

static char *name_v6(const struct in6_addr *address, size_t bytes)
{
    struct in6_addr network = {0};
    char text[INET6_ADDRSTRLEN];

    memcpy(&network, address, bytes);
    inet_ntop(AF_INET6, &network, text, sizeof text);
    return g_strdup_printf("%s/%zu", text, bytes * 8);
}

char *address_network(const struct sockaddr *address, size_t bytes)
{
    if (address != NULL && address->sa_family == AF_INET)
        return name_v4(&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address == NULL || address->sa_family != AF_INET6)
        return g_strdup("?");
    const struct in6_addr *from = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return IN6_IS_ADDR_V4MAPPED(from) ? name_v4(&from->s6_addr[12]) : name_v6(from, bytes);
}

/* ---- How many ---- */

struct crowd {
    GMutex lock;
    GHashTable *counts; /* name → how many; none of them is 0 */
    unsigned most;
};

struct crowd *crowd_new(unsigned most)
{
    struct crowd *crowd = g_new0(struct crowd, 1);

    g_mutex_init(&crowd->lock);
    crowd->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    crowd->most = most;
    return crowd;
}

void crowd_free(struct crowd *crowd)
{
    if (crowd == NULL)
        return;
    g_hash_table_unref(crowd->counts);
    g_mutex_clear(&crowd->lock);
    g_free(crowd);
}

static unsigned count_of(struct crowd *crowd, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(crowd->counts, name));
}

bool crowd_has_room(struct crowd *crowd, const struct sockaddr *address)
{
    g_autofree char *name = address_network(address, NETWORK_BYTES);

    g_mutex_lock(&crowd->lock);
    bool room = count_of(crowd, name) < crowd->most;
    g_mutex_unlock(&crowd->lock);
    return room;
}

void crowd_enter(struct crowd *crowd, const struct sockaddr *address)
{
    char *name = address_network(address, NETWORK_BYTES);

    g_mutex_lock(&crowd->lock);
    unsigned count = count_of(crowd, name) + 1;
    g_hash_table_insert(crowd->counts, name, GUINT_TO_POINTER(count));
    g_mutex_unlock(&crowd->lock);
}

void crowd_leave(struct crowd *crowd, const struct sockaddr *address)
{
    g_autofree char *name = address_network(address, NETWORK_BYTES);

    g_mutex_lock(&crowd->lock);
    unsigned count = count_of(crowd, name);
    g_assert(count > 0);
    if (count > 1)
        g_hash_table_insert(crowd->counts, g_steal_pointer(&name), GUINT_TO_POINTER(count - 1));
    else
        g_hash_table_remove(crowd->counts, name);
    g_mutex_unlock(&crowd->lock);
}
