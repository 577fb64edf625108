/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier.h"
#include "platform/calls/handlers.h"
#include "platform/data/db-rows.h"

#include <glib.h>
#include <string.h>

/* Where request's value of each parameter stands. */
static const struct {
    const char *name;
    size_t at;
} PARAMETERS[] = {
    {"cursor", offsetof(struct request, cursor)}, {"limit", offsetof(struct request, limit)},
    {"wait", offsetof(struct request, wait)},     {"nonce", offsetof(struct request, nonce)},
    {"epoch", offsetof(struct request, epoch)},   {"after", offsetof(struct request, after)},
    {"since", offsetof(struct request, since)},   {"behind", offsetof(struct request, behind)},
    {"known", offsetof(struct request, known)},   {"purpose", offsetof(struct request, purpose)},
    {"case", offsetof(struct request, case_id)},
};

/* One of "a=b". Names that nobody knows are overlooked, as the server does. */
static void parameter(struct request *request, const char *part)
{
    size_t len = strcspn(part, "=");

    for (size_t i = 0; part[len] == '=' && i < G_N_ELEMENTS(PARAMETERS); i++)
        if (strncmp(part, PARAMETERS[i].name, len) == 0 && PARAMETERS[i].name[len] == '\0')
            *(const char **)((char *)request + PARAMETERS[i].at) = part + len + 1;
}

void carrier_run(struct platform *platform, const struct carried *carried, struct reply *out)
{
    g_auto(GStrv) halves = g_strsplit(carried->path, "?", 2);
    g_autofree char *bearer = carried->session != NULL ? g_strconcat("Bearer ", carried->session, NULL) : NULL;
    g_auto(GStrv) parts = g_strsplit(halves[1] != NULL ? halves[1] : "", "&", -1);
    bool has_body = carried->body != NULL, shown = carried->certificate != NULL && carried->certificate[0] != '\0';
    struct request request = {.method = carried->method != NULL ? carried->method : has_body ? "POST" : "GET",
                              .path = halves[0],
                              .content_type = has_body ? "application/json" : NULL,
                              .range = carried->range,
                              .if_range = carried->if_range,
                              .idempotency_key = carried->key,
                              .authorization = bearer,
                              .kiosk = shown ? carried->kiosk : NULL,
                              .certificate = shown ? carried->certificate : NULL,
                              .body = has_body ? carried->body : "",
                              .body_len = has_body ? strlen(carried->body) : 0};

    for (char **part = parts; *part != NULL; part++)
        parameter(&request, *part);
    memset(out, 0, sizeof *out);
    handlers_run(platform, &request, out);
    if (out->is_file)
        reply_read_file(out); /* where it fails, the answer says so */
}

void carrier_certificate(struct platform *platform, const char *kiosk, char serial[64])
{
    struct kiosk_row row;
    bool found = false;

    g_assert_true(db_begin(platform->db, false, NULL));
    g_assert_true(db_kiosk_find(platform->db, kiosk, &row, &found, NULL) && found);
    db_rollback(platform->db);
    g_strlcpy(serial, row.certificate, 64);
}
