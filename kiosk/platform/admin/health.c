/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/admin/health.h"
#include "platform/data/db-figures.h"
#include <string.h>

#define AGENT       "citycard-kiosk/"
#define VERSION_MAX 31

/* "" for what does not say who it is. */
static void version_of(const char *agent, char out[VERSION_MAX + 1])
{
    const char *text = agent != NULL && g_str_has_prefix(agent, AGENT) ? agent + strlen(AGENT) : "";
    size_t len = MIN(strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz.+-~"), VERSION_MAX);

    memcpy(out, text, len);
    out[len] = '\0';
}

bool health_heard(struct platform *platform, const struct request *request, int64_t now_ms, GError **error)
{
    char version[VERSION_MAX + 1];
    gint64 behind = -1;
    bool due = false, ok;

    version_of(request->user_agent, version);
    if (request->behind != NULL && !g_ascii_string_to_signed(request->behind, 10, 0, HEALTH_BEHIND_MAX, &behind, NULL))
        behind = -1;
    if (!db_begin(platform->db, false, error))
        return false;
    ok = db_health_due(platform->db, request->kiosk, now_ms, version, behind, &due, error);
    db_rollback(platform->db);
    if (!ok || !due)
        return ok;
    if (!db_begin(platform->db, true, error))
        return false;
    if (db_health_set(platform->db, request->kiosk, now_ms, version, behind, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
