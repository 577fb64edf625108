/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * What becomes of low ratings: a trigger opens a case with each, so that none is forgotten; steps are added and never changed. Why
 * somebody rated so lies beside the rating, as bits of enum rating_reason.
 */
const char db_schema_ratings[] =
    "CREATE TABLE rating_reason(community TEXT NOT NULL, service TEXT NOT NULL, rater TEXT NOT NULL, reasons INT NOT NULL"
    " CHECK(reasons BETWEEN 1 AND 63), PRIMARY KEY(community, service, rater), FOREIGN KEY(community, service, rater) REFERENCES"
    " rating(community, service, rater)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE rating_step(community TEXT NOT NULL, service TEXT NOT NULL, rater TEXT NOT NULL, n INT NOT NULL CHECK(n>=0),"
    " state TEXT NOT NULL CHECK(state IN ('OPEN','CONTACTED','FIXED','EXPLAINED','CALLBACK','CLOSED','APPEALED','EXCLUDED','UPHELD')),"
    " staff TEXT NOT NULL, note TEXT NOT NULL, at_ms INT NOT NULL, CHECK((n=0)=(state='OPEN')), CHECK(n=0 OR staff<>''),"
    " PRIMARY KEY(community, service, rater, n), FOREIGN KEY(community, service, rater) REFERENCES rating(community, service, rater))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO rating_step SELECT community, service, rater, 0, 'OPEN', '', '', at_ms FROM rating WHERE grade<=2;";

#define OPENS "INSERT INTO rating_step VALUES(NEW.community, NEW.service, NEW.rater, 0, 'OPEN', '', '', NEW.at_ms)"
#define STAYS "'steps are only added'"

const char db_schema_ratings_sqlite[] =
    "CREATE TRIGGER rating_low AFTER INSERT ON rating WHEN NEW.grade<=2 BEGIN " OPENS "; END;"
    "CREATE TRIGGER rating_step_update BEFORE UPDATE ON rating_step BEGIN SELECT RAISE(ABORT," STAYS "); END;"
    "CREATE TRIGGER rating_step_delete BEFORE DELETE ON rating_step BEGIN SELECT RAISE(ABORT," STAYS "); END;"
    "CREATE TRIGGER rating_step_insert BEFORE INSERT ON rating_step WHEN EXISTS (SELECT 1 FROM rating_step s WHERE"
    " s.community=NEW.community AND s.service=NEW.service AND s.rater=NEW.rater AND s.n=NEW.n) BEGIN SELECT RAISE(ABORT," STAYS "); END;";
const char db_schema_ratings_pg[] =
    "CREATE FUNCTION rating_opened() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN " OPENS
    "; RETURN NULL; END $$;"
    "CREATE TRIGGER rating_low AFTER INSERT ON rating FOR EACH ROW WHEN (NEW.grade<=2) EXECUTE FUNCTION rating_opened();"
    "CREATE TRIGGER rating_step_update BEFORE UPDATE ON rating_step FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");"
    "CREATE TRIGGER rating_step_delete BEFORE DELETE ON rating_step FOR EACH ROW EXECUTE FUNCTION refuse(" STAYS ");";
