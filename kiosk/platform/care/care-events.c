/* SPDX-License-Identifier: Apache-2.0 */
/* What kiosks tell of visits. The event's id is the visit's: the same one twice is one. */
#include "platform/care/care.h"
#include <openssl/crypto.h>
#include <string.h>

bool care_type(const char *type)
{
    return strcmp(type, CARE_VISITED_TYPE) == 0;
}

bool care_apply(struct platform *platform, const struct care_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct care_origin origin = {.id = event->id, .kiosk = event->kiosk, .told_ms = platform_told_ms(event->at_ms, event->offset_ms, now_ms)};
    struct care_visit visit;
    bool ok = true;

    *code = NULL;
    if (care_visit_from_json(data, &visit)) {
        /* By the same clock as the event: so long before it, whatever that clock said. */
        visit.at_ms = origin.told_ms - (event->at_ms - visit.at_ms);
        ok = care_visit_take(platform->db, &visit, &origin, now_ms, code, error);
    } else {
        *code = "DATA";
    }
    OPENSSL_cleanse(&visit, sizeof visit);
    return ok;
}
