/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * Which quotas are over before their time: versions below `below` are closed to what their kiosk wrote in `epoch`, or a later one, behind
 * its event `seq`.
 *
 *   taken     the kiosk said in its event `seq` that it spends from a newer version, or did so: quota.taken, or a spend
 *   enrolled  it was enrolled anew and forgot what it had: all that it writes in the new epoch; what waits of the old one still counts
 *   revoked   nobody knows who writes for it from now on: all that had not been told, whatever its epoch
 */
const char db_schema_quota[] =
    "CREATE TABLE quota_over(community TEXT NOT NULL, kiosk TEXT NOT NULL, below INT NOT NULL CHECK(below>0), why TEXT NOT NULL"
    " CHECK(why IN ('taken','enrolled','revoked')), epoch INT NOT NULL, seq INT NOT NULL, at_ms INT NOT NULL,"
    " PRIMARY KEY(community, kiosk, below, why, epoch)) STRICT, WITHOUT ROWID;"
    "INSERT INTO quota_over SELECT community, kiosk, quota, 'taken', 0, min(seq), min(posted_ms) FROM credit_txn WHERE quota<>0 AND"
    " kiosk IS NOT NULL GROUP BY community, kiosk, quota;"
    "CREATE INDEX quota_issue_version ON quota_issue(community, version);";

#define STAYS "'a quota that is over stays over'"

const char db_schema_quota_sqlite[] =
    "CREATE TRIGGER quota_over_update BEFORE UPDATE ON quota_over BEGIN SELECT RAISE(ABORT," STAYS "); END;"
    "CREATE TRIGGER quota_over_delete BEFORE DELETE ON quota_over BEGIN SELECT RAISE(ABORT," STAYS "); END;"
    "CREATE TRIGGER quota_over_insert BEFORE INSERT ON quota_over WHEN EXISTS (SELECT 1 FROM quota_over o WHERE o.community=NEW.community"
    " AND o.kiosk=NEW.kiosk AND o.below=NEW.below AND o.why=NEW.why AND o.epoch=NEW.epoch) BEGIN SELECT RAISE(ABORT," STAYS "); END;";
const char db_schema_quota_pg[] =
    "CREATE TRIGGER quota_over_update BEFORE UPDATE ON quota_over FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");"
    "CREATE TRIGGER quota_over_delete BEFORE DELETE ON quota_over FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");";
