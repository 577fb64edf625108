/* SPDX-License-Identifier: Apache-2.0 */
/* What rooms have in common: why nothing is written down now, and writing it down. */
#include "service/internal.h"

const char *gate_machine(struct kiosk *kiosk)
{
    if (!health_store_ok(kiosk))
        return health_records_code(kiosk);
    if (health_revoked(kiosk))
        return "REVOKED";
    return health_clock_trusted(kiosk) ? NULL : "CLOCK";
}

const char *gate_card(struct kiosk *kiosk)
{
    if (!worker_card_there(kiosk) || kiosk->session.identity.visitor)
        return "NO_CARD";
    g_autofree char *lost = store_hotlist_lookup(kiosk->store, kiosk->session.token);
    return lost != NULL ? "CARD_LOST" : NULL;
}

const char *room_write(struct kiosk *kiosk, const char *type, json_t *data, char id[37])
{
    g_autoptr(GError) error = NULL;
    bool done = data != NULL && store_append(kiosk->store, type, data, id, &error);

    json_decref(data);
    if (done) {
        sync_kick(kiosk->sync);
        return NULL;
    }
    g_critical("%s cannot be written: %s", type, error != NULL ? error->message : "no memory");
    kiosk->store_ok = kiosk->store_ok && g_error_matches(error, STORE_ERROR, STORE_ERROR_STATE);
    return "STORE";
}
