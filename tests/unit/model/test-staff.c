/* SPDX-License-Identifier: Apache-2.0 */
/* Who of the staff may answer for what: the table, and the rows that tell it. */
#include "model/staff.h"

#include <string.h>

/* Letters of the acts in their order: Confirm Desk Tickets Orders dIspatch tiLl Publish aPprove Figures aUdit Machine preSent. */
static const struct {
    const char *role, *topic, *may;
} ROLES[] = {
    {"leader", "staff", "C........U.S"},     {"clerk", "staff", "CDTOILPAFUMS"},      {"grid_worker", "post", "..T........S"},
    {"provider", "post", "...O.......S"},    {"merchant", "post", ".....L.....S"},    {"technician", "post", "..........MS"},
    {"manager", "post", "..T.I.PAF..S"},     {"auditor", "post", "........FU.S"},
};

static void test_table(void)
{
    G_STATIC_ASSERT(G_N_ELEMENTS(ROLES) == STAFF_ROLES);
    for (unsigned i = 0; i < STAFF_ROLES; i++) {
        enum staff_role role;
        g_assert_true(staff_role_parse(ROLES[i].role, &role) && role == i);
        g_assert_cmpstr(staff_role_name(role), ==, ROLES[i].role);
        g_assert_cmpstr(staff_topic(role), ==, ROLES[i].topic);
        g_assert_cmpuint(strlen(ROLES[i].may), ==, STAFF_ACTS);
        for (unsigned act = 0; act < STAFF_ACTS; act++)
            g_assert_cmpint(staff_role_may(role, act), ==, ROLES[i].may[act] != '.');
        g_assert_false(staff_role_may(role, STAFF_ACTS));
    }
    g_assert_false(staff_role_may(STAFF_ROLES, STAFF_PRESENT));
}

static void test_where_and_when(void)
{
    struct staff staff = {.role = STAFF_TECHNICIAN, .scope = "K0001", .from_ms = 1000, .to_ms = 2000};

    g_assert_cmpint(staff_may(&staff, STAFF_MACHINE, "K0001", 1000), ==, LEDGER_OK);
    g_assert_cmpint(staff_may(&staff, STAFF_MACHINE, "K0002", 1000), ==, LEDGER_STAFF_ROLE);
    g_assert_cmpint(staff_may(&staff, STAFF_DESK, "K0001", 1000), ==, LEDGER_STAFF_ROLE);
    g_assert_cmpint(staff_may(&staff, STAFF_MACHINE, "K0001", 999), ==, LEDGER_STAFF_RETIRED);
    g_assert_cmpint(staff_may(&staff, STAFF_MACHINE, "K0001", 2000), ==, LEDGER_STAFF_RETIRED);
}

/* A row of a role that nobody here knows is no row. */
static void test_rows(void)
{
    struct staff read;

    for (unsigned i = 0; i < STAFF_ROLES; i++) {
        struct staff staff = {.token = "0123456789abcdef0123456789abcdef", .id = "S0001", .role = i, .scope = STAFF_EVERYWHERE};
        json_t *json = staff_to_json(&staff);
        g_assert_true(staff_from_json(json, &read) && read.role == i);
        json_object_set_new(json, "role", json_string("mayor"));
        g_assert_false(staff_from_json(json, &read));
        json_decref(json);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/staff/table", test_table);
    g_test_add_func("/model/staff/where-and-when", test_where_and_when);
    g_test_add_func("/model/staff/rows", test_rows);
    return g_test_run();
}
