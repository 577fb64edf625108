/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Several postings (schema-posting.c) at once, where the engine has arrays: one row of `postings` is a batch, each column but the community
 * an array. What is refused of one posting is refused of the batch.
 */
const char db_schema_postings[] = "";

#define ROWS "unnest(NEW.id,NEW.payment,NEW.kind,NEW.at_ms,NEW.first,NEW.fen,NEW.second) p(id,payment,kind,at_ms,first,fen,second)"

const char db_schema_postings_pg[] =
    "CREATE VIEW postings AS SELECT CAST('' AS TEXT) AS community, CAST(NULL AS TEXT[]) AS id, CAST(NULL AS TEXT[]) AS payment,"
    " CAST(NULL AS TEXT[]) AS kind, CAST(NULL AS BIGINT[]) AS at_ms, CAST(NULL AS TEXT[]) AS first, CAST(NULL AS BIGINT[]) AS fen,"
    " CAST(NULL AS TEXT[]) AS second WHERE false;"
    "CREATE FUNCTION postings_insert() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " INSERT INTO entry SELECT NEW.community,p.id,l.line,CASE l.line WHEN 0 THEN p.first ELSE p.second END,CASE l.line WHEN 0 THEN p.fen"
    " ELSE -p.fen END FROM " ROWS " CROSS JOIN (VALUES(0),(1)) l(line);"
    " INSERT INTO txn SELECT NEW.community,p.id,p.payment,p.kind,p.at_ms,1 FROM " ROWS ";"
    " RETURN NEW; END $$;"
    "CREATE TRIGGER postings_insert INSTEAD OF INSERT ON postings FOR EACH ROW EXECUTE FUNCTION postings_insert();";
