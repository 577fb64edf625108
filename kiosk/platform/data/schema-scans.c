/* SPDX-License-Identifier: Apache-2.0 */
/* What would be looked for in a whole table that grows: answers that are old enough to go, and what a kiosk was refused. */
#include "platform/data/db.h"

const char db_schema_scans[] = "CREATE INDEX idempotency_at ON idempotency(community, at_ms);"
                               "CREATE INDEX event_refused ON event(community, kiosk) WHERE verdict<>'accepted';";

/* In which kiosks a person has held credit: asked for each balance that the feed has. */
const char db_schema_scans_holds[] = "CREATE INDEX credit_hold_account ON credit_hold(community, account);";

/* Balances from the index alone: SQLite without statistics went through all of the community's entries rather than to one account's. */
const char db_schema_scans_balance[] = "CREATE INDEX credit_entry_balance ON credit_entry(community, account, book, amount);";

/* What a kiosk is told in front of a backlog, however long; with all that is asked of a row. */
const char db_schema_change_first[] = "CREATE INDEX change_first ON change(community, n, topic, key) WHERE"
                                      " topic IN ('command','doubt','staff','post','notice','help','quota','allotment');";
