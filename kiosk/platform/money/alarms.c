/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/alarms.h"
#include <string.h>

bool alarm_raise(struct db *db, const char *payment, const char *kind, const char *named, const char *teller,
                 int64_t now_ms, GError **error)
{
    return db_alarm_add(db, payment, kind, named, teller != NULL ? teller : "", now_ms, error) &&
           (*named == '\0' || db_kiosk_alarm_set(db, named, kind, error));
}

bool alarm_of_outcome(struct db *db, const struct outcome *outcome, const char *teller, int64_t now_ms, GError **error)
{
    const char *kind = outcome->alarm;

    if (kind == NULL)
        return true;
    return (strcmp(kind, "TAC_WRONG") != 0 || db_payment_tac_set(db, outcome->payment, "WRONG", error)) &&
           alarm_raise(db, outcome->payment, kind, outcome->named, teller, now_ms, error);
}
