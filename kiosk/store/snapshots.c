/* SPDX-License-Identifier: Apache-2.0 */
/* What the cache knows of persons: sealed with a key of this machine alone. */
#include "store/internal.h"

#include <string.h>

static char *place_of(const char *table, const char *key)
{
    return g_strdup_printf("%s|%s", table, key);
}

char *cache_close(const struct store *store, const char *table, const char *key, const char *text)
{
    g_autofree char *place = place_of(table, key);
    return seal_close(store->identity.local_key, place, text, strlen(text));
}

char *cache_open(const struct store *store, const char *table, const char *key, const char *sealed, GError **error)
{
    g_autofree char *place = place_of(table, key);
    size_t len = 0;
    char *text = seal_open(store->identity.local_key, place, sealed, &len);

    if (text == NULL)
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a cached item of %s does not open", table);
    return text;
}
