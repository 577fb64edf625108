/* SPDX-License-Identifier: Apache-2.0 */
/** The authorities' document (keys/authorities.h) and what kiosks know of it. All inside a transaction of db.h. */
#ifndef PLATFORM_DB_AUTHORITIES_H
#define PLATFORM_DB_AUTHORITIES_H

#include "platform/data/db.h"

/** 0: there is none. */
bool db_authorities_version(struct db *db, int64_t *version, GError **error);
/** *text NULL without error: there is none. Cleanse and g_free it. */
bool db_authorities_get(struct db *db, char **text, GError **error);
bool db_authorities_set(struct db *db, int64_t version, const char *text, GError **error);

/** The version that a kiosk told last; 0: none. */
bool db_kiosk_authorities_get(struct db *db, const char *kiosk, int64_t *version, GError **error);
bool db_kiosk_authorities_set(struct db *db, const char *kiosk, int64_t version, int64_t now_ms, GError **error);

/** An enrolled kiosk: what it told, when it was heard of, and the certificate that it uses. */
struct kiosk_authorities {
    char id[32];
    int64_t version, seen_ms;
    char pem[4096];
};
/** Of all of them, by id; g_array_unref. */
GArray *db_kiosks_authorities(struct db *db, GError **error);

#endif
