/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The register of staff as kiosks are told it: whose card answers for what, where and until when. No names: those stay at the
 * platform. Pure; kiosk and platform link the same file.
 *
 * A LEADER confirms hours; a CLERK does everything of the desk. Both only where their scope lies and while their row is valid.
 */
#ifndef MODEL_STAFF_H
#define MODEL_STAFF_H

#include "model/book.h"

enum staff_role { STAFF_LEADER, STAFF_CLERK, STAFF_ROLES };
const char *staff_role_name(enum staff_role role);
bool staff_role_parse(const char *name, enum staff_role *out);

enum staff_act {
    STAFF_CONFIRM, /* hours: of two taps, of one and a reason, of a slip of paper */
    STAFF_DESK,    /* corrections, reversals, loads, settlements, other people's holds */
};

#define STAFF_EVERYWHERE "*"
struct staff {
    char token[33]; /* of the card */
    char id[33];
    enum staff_role role;
    char scope[32];         /* a kiosk's id, or STAFF_EVERYWHERE */
    int64_t from_ms, to_ms; /* from then until before; to_ms 0: until further notice */
};
json_t *staff_to_json(const struct staff *staff);
bool staff_from_json(json_t *json, struct staff *out);

/** May this member do this at that time? `kiosk` NULL: at the platform itself. */
enum ledger_code staff_may(const struct staff *staff, enum staff_act act, const char *kiosk, int64_t at_ms);

#endif
