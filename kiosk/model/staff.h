/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The register of staff as kiosks are told it: whose card answers for what, where and until when. No names: those stay at the
 * platform. Pure; kiosk and platform link the same file.
 *
 * What a role may answer for is one table, in staff.c; all of it only where the scope of a row lies and while it is valid:
 *
 *     leader       of a team: confirms hours            merchant    the till: redemptions, the canteen
 *     clerk        everything of the desk               technician  the machine and its health, never a person's data
 *     grid_worker  visits and tickets of the grid       manager     tickets and orders of others, releases notices, figures
 *     provider     takes and finishes service orders    auditor     the access log, figures
 *
 * The first two are older than the others and told under the feed's topic "staff", whose readers know no more; the others come
 * under "post". A kiosk that does not know a role sets the item aside, and that card answers for nothing there.
 */
#ifndef MODEL_STAFF_H
#define MODEL_STAFF_H

#include "model/book.h"

enum staff_role {
    STAFF_LEADER,
    STAFF_CLERK,
    STAFF_GRID_WORKER,
    STAFF_PROVIDER,
    STAFF_MERCHANT,
    STAFF_TECHNICIAN,
    STAFF_MANAGER,
    STAFF_AUDITOR,
    STAFF_ROLES
};
const char *staff_role_name(enum staff_role role);
bool staff_role_parse(const char *name, enum staff_role *out);

enum staff_act {
    STAFF_CONFIRM, /* hours: of two taps, of one and a reason, of a slip of paper */
    STAFF_DESK,    /* corrections, reversals, loads, settlements, other people's holds, personal data behind a purpose */
    STAFF_TICKETS, /* steps of residents' tickets, visits */
    STAFF_ORDERS,  /* service orders: take, withdraw, finish */
    STAFF_DISPATCH, /* service orders and tickets of others: to whom, and what is in dispute */
    STAFF_TILL,    /* redemptions and meals at a merchant's */
    STAFF_PUBLISH, /* write and withdraw notices, activities, services */
    STAFF_APPROVE, /* release what somebody else wrote */
    STAFF_FIGURES, /* statistics */
    STAFF_AUDIT,   /* who looked at whose data */
    STAFF_MACHINE, /* diagnosis and health of kiosks */
    STAFF_PRESENT, /* is of the staff at all */
    STAFF_ACTS
};
/** May this role answer for it anywhere? */
bool staff_role_may(enum staff_role role, enum staff_act act);
/** The names of all roles, ", " between them. g_free. */
char *staff_role_names(void);
/** The topic of the feed that tells rows of this role. */
const char *staff_topic(enum staff_role role);

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
