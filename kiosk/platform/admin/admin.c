/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may look: a certificate of the operators' authority (http.c has verified it), whose number is in the register with the same id,
 * role and digest, and was not revoked: all but the digest is chosen by whoever makes a certificate. Asked at each request, as with kiosks.
 */
#include "platform/admin/admin.h"
#include "platform/admin/page.h"
#include "model/clock.h"
#include <gio/gio.h>
#include <string.h>

/* One of before digests were kept has none. */
static bool is_same(const struct operator_row *row, const struct request *request)
{
    return strcmp(row->id, request->operator_id) == 0 && strcmp(row->role, request->operator_role) == 0 &&
           (row->digest[0] == '\0' || g_strcmp0(row->digest, request->certificate_digest) == 0);
}

static bool registered(struct platform *platform, const struct request *request, bool *may, GError **error)
{
    struct operator_row row;
    bool found = false, ok;

    if (!db_begin(platform->db, false, error))
        return false;
    ok = db_operator_find(platform->db, request->certificate, &row, &found, error);
    db_rollback(platform->db);
    *may = ok && found && row.revoked_ms == 0 && is_same(&row, request);
    return ok;
}

static bool operator_may(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    bool may = false;

    if (request->operator_id != NULL && request->operator_role != NULL && request->certificate != NULL &&
        !registered(platform, request, &may, &error)) {
        reply_or_error(out, NULL, error, 503, "UNAVAILABLE");
        return false;
    }
    if (!may)
        handlers_problem(out, 403, "OPERATOR_NEEDED", "citycard-platform admin operator add makes one for a browser");
    return may;
}

void call_admin(struct platform *platform, const struct request *request, struct reply *out)
{
    struct page page = {.who = request->operator_id, .role = request->operator_role,
                        .language = words_choose(request->lang, request->accept_language)};
    struct figures figures;
    GError *error = NULL;

    if (!operator_may(platform, request, out))
        return;
    if (!figures_read(platform->db, request->days, request->of, now_ms(), &figures, &error)) {
        reply_or_error(out, NULL, error, 503, "UNAVAILABLE");
        return;
    }
    page.figures = &figures;
    g_autofree char *text = page_write(&page);
    figures_clear(&figures);
    reply_bytes(out, "text/html; charset=utf-8", text, strlen(text));
    out->page_language = words_code(page.language);
}

void call_admin_style(struct platform *platform, const struct request *request, struct reply *out)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize len = 0;

    if (!operator_may(platform, request, out))
        return;
    bytes = g_resources_lookup_data("/org/citycard/platform/admin/style.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &len) : NULL;
    reply_bytes(out, "text/css; charset=utf-8", data, len);
}
