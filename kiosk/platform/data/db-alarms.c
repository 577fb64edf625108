/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-rows.h"

bool db_alarm_add(struct db *db, const char *payment, const char *kind, const char *named, const char *teller,
                  int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO alarm(community, payment, kind, named, teller, at_ms) VALUES(?1,?2,?3,?4,?5,?6)"
                  " ON CONFLICT DO NOTHING",
                  "ssssi", payment, kind, named, teller, now_ms);
}

bool db_alarms_open(struct db *db, const char *payment, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM alarm WHERE community=?1 AND payment=?2 AND closed_ms IS NULL", "s", payment);
}

bool db_alarms_close(struct db *db, const char *payment, const struct settlement *settlement, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "UPDATE alarm SET closed_ms=?3, outcome=?4, staff_a=?5, staff_b=?6, reason=?7"
                  " WHERE community=?1 AND payment=?2 AND closed_ms IS NULL",
                  "sissss", payment, now_ms, payment_state_name(settlement->outcome), settlement->staff_a,
                  settlement->staff_b, settlement->reason);
}
