/* SPDX-License-Identifier: Apache-2.0 */
/* What would be looked for in a whole table that grows: answers that are old enough to go, and what a kiosk was refused. */
#include "platform/data/db.h"

const char db_schema_scans[] = "CREATE INDEX idempotency_at ON idempotency(community, at_ms);"
                               "CREATE INDEX event_refused ON event(community, kiosk) WHERE verdict<>'accepted';";
