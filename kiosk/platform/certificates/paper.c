/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on a certificate. It is kept as it was said: a name or an organiser that changes later changes no paper. */
#include "platform/certificates/certificates.h"
#include "platform/certificates/verify.h"
#include "model/model.h"
#include <string.h>

static bool is_of(const struct certificate_service *service, const struct certificate_issuer *issuer)
{
    return service->issuer[0] == '\0' ? issuer->own : strcmp(service->issuer, issuer->code) == 0;
}

/* The most first; what is behind the last place, or has no title, is one line without a name. */
static json_t *content(const struct certificate_issuer *issuer, GArray *services, int64_t *times)
{
    json_t *out = json_array();
    int64_t rest = 0;

    for (guint i = 0; i < services->len; i++) {
        const struct certificate_service *service = &g_array_index(services, struct certificate_service, i);
        if (!is_of(service, issuer))
            continue;
        *times += service->times;
        if (service->title_zh[0] == '\0' || json_array_size(out) >= CERTIFICATE_CONTENT_MAX)
            rest += service->minutes;
        else
            json_array_append_new(out, json_pack("{s:s, s:s, s:I}", "title_zh", service->title_zh, "title_en", service->title_en, "minutes",
                                                 (json_int_t)service->minutes));
    }
    if (rest > 0)
        json_array_append_new(out, json_pack("{s:s, s:s, s:I}", "title_zh", "", "title_en", "", "minutes", (json_int_t)rest));
    return out;
}

json_t *certificate_paper(const struct certificate_row *row, const struct certificate_issuer *issuer, const char *name,
                          const char *volunteer_no, GArray *services)
{
    g_autofree char *masked = mask_name(name);
    int64_t times = 0;
    json_t *lines = content(issuer, services, &times);

    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:I, s:o}", "name", row->full_name ? name : masked, "name_masked",
                     masked, "volunteer_no", volunteer_no, "issuer", "code", issuer->code, "uscc", issuer->uscc, "name_zh", issuer->name_zh,
                     "name_en", issuer->name_en, "lead", issuer->lead, "phone", issuer->phone, "times", (json_int_t)times, "content", lines);
}

json_t *certificate_json(struct db *db, const struct certificate_row *row, GError **error)
{
    char code[CERTIFICATE_CODE_SIZE];

    if (!db_certificate_code(db, row->number, code, error))
        return NULL;
    g_autofree char *verify = g_strdup_printf(VERIFY_PATH "?number=%s&code=%s", row->number, code);
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "number", row->number, "code", code, "verify", verify,
                            "state", row->state, "from", (json_int_t)row->from, "to", (json_int_t)row->to, "minutes",
                            (json_int_t)row->minutes, "made_ms", (json_int_t)row->made_ms, "prints", (json_int_t)row->prints, "full_name",
                            row->full_name);
    json_object_update(out, row->told);
    return out;
}
