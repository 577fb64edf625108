/* SPDX-License-Identifier: Apache-2.0 */
#include "model/staff.h"
#include "model/strict.h"

#include <string.h>

static const char *const ROLE_NAMES[] = {"leader",   "clerk",      "grid_worker", "provider",
                                         "merchant", "technician", "manager",     "auditor"};
G_STATIC_ASSERT(G_N_ELEMENTS(ROLE_NAMES) == STAFF_ROLES);

#define MAY(act) (1u << (act))
#define ALL_OF_THE_DESK                                                                                                     \
    (MAY(STAFF_CONFIRM) | MAY(STAFF_DESK) | MAY(STAFF_TICKETS) | MAY(STAFF_ORDERS) | MAY(STAFF_DISPATCH) | MAY(STAFF_TILL) | \
     MAY(STAFF_PUBLISH) | MAY(STAFF_APPROVE) | MAY(STAFF_FIGURES) | MAY(STAFF_AUDIT) | MAY(STAFF_MACHINE))

/* What each may answer for. Whoever is in the register at all is present. */
static const unsigned CAPABILITIES[STAFF_ROLES] = {
    [STAFF_LEADER] = MAY(STAFF_CONFIRM) | MAY(STAFF_AUDIT),
    [STAFF_CLERK] = ALL_OF_THE_DESK,
    [STAFF_GRID_WORKER] = MAY(STAFF_TICKETS),
    [STAFF_PROVIDER] = MAY(STAFF_ORDERS),
    [STAFF_MERCHANT] = MAY(STAFF_TILL),
    [STAFF_TECHNICIAN] = MAY(STAFF_MACHINE),
    [STAFF_MANAGER] = MAY(STAFF_TICKETS) | MAY(STAFF_DISPATCH) | MAY(STAFF_PUBLISH) | MAY(STAFF_APPROVE) | MAY(STAFF_FIGURES),
    [STAFF_AUDITOR] = MAY(STAFF_FIGURES) | MAY(STAFF_AUDIT),
};

bool staff_role_may(enum staff_role role, enum staff_act act)
{
    return role < STAFF_ROLES && act < STAFF_ACTS && (act == STAFF_PRESENT || (CAPABILITIES[role] & MAY(act)) != 0);
}

char *staff_role_names(void)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < STAFF_ROLES; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", ROLE_NAMES[i]);
    return g_string_free(text, FALSE);
}

const char *staff_topic(enum staff_role role)
{
    return role == STAFF_LEADER || role == STAFF_CLERK ? "staff" : "post";
}

const char *staff_role_name(enum staff_role role)
{
    return names_at(ROLE_NAMES, STAFF_ROLES, role);
}

bool staff_role_parse(const char *name, enum staff_role *out)
{
    unsigned at = 0;
    bool found = names_find(ROLE_NAMES, STAFF_ROLES, name, &at);

    if (found)
        *out = (enum staff_role)at;
    return found;
}

enum ledger_code staff_may(const struct staff *staff, enum staff_act act, const char *kiosk, int64_t at_ms)
{
    if (at_ms < staff->from_ms || (staff->to_ms != 0 && at_ms >= staff->to_ms))
        return LEDGER_STAFF_RETIRED;
    if (!staff_role_may(staff->role, act))
        return LEDGER_STAFF_ROLE;
    if (kiosk != NULL && strcmp(staff->scope, STAFF_EVERYWHERE) != 0 && strcmp(staff->scope, kiosk) != 0)
        return LEDGER_STAFF_ROLE;
    return LEDGER_OK;
}

json_t *staff_to_json(const struct staff *staff)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "card_token", staff->token, "id", staff->id, "role",
                     staff_role_name(staff->role), "scope", staff->scope, "from_ms", (json_int_t)staff->from_ms, "to_ms",
                     (json_int_t)staff->to_ms);
}

bool staff_from_json(json_t *json, struct staff *out)
{
    struct staff staff = {0};
    struct strict r = strict_open(json);

    strict_text(&r, "card_token", 32, staff.token, sizeof staff.token);
    strict_text(&r, "id", 1, staff.id, sizeof staff.id);
    staff.role = (enum staff_role)strict_name(&r, "role", ROLE_NAMES, STAFF_ROLES);
    strict_text(&r, "scope", 1, staff.scope, sizeof staff.scope);
    staff.from_ms = strict_int(&r, "from_ms", 0, STRICT_MS_MAX);
    staff.to_ms = strict_int(&r, "to_ms", 0, STRICT_MS_MAX);
    if (!strict_done(&r))
        return false;
    *out = staff;
    return true;
}
