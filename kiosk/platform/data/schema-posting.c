/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * What most transactions of money are, two entries, goes in by one statement: INSERT INTO posting. Its entries come first, then their
 * transaction, which is closed from its beginning and refused unless they sum to zero: nothing is written to be changed at once. One
 * that begins open and is closed by UPDATE, as it was before, still may.
 */
const char db_schema_posting[] =
    "CREATE VIEW posting AS SELECT t.community, t.id, t.payment, t.kind, t.at_ms, a.account AS first, a.amount_fen AS fen, b.account AS"
    " second FROM txn t JOIN entry a ON a.community=t.community AND a.txn=t.id AND a.line=0 JOIN entry b ON b.community=t.community AND"
    " b.txn=t.id AND b.line=1;";

#define ENTRIES \
    "INSERT INTO entry VALUES(NEW.community,NEW.id,0,NEW.first,NEW.fen),(NEW.community,NEW.id,1,NEW.second,-NEW.fen);"
#define CLOSED "INSERT INTO txn VALUES(NEW.community,NEW.id,NEW.payment,NEW.kind,NEW.at_ms,1);"
#define OWED(ENTRY) ENTRY ".account>='payable:' AND " ENTRY ".account<'payable;'"
#define SETTLE_ENTRY \
    "INSERT INTO settle_line SELECT NEW.community,'MONEY',NEW.txn,NEW.line,NEW.account,-NEW.amount_fen,t.at_ms,NULL FROM txn t WHERE" \
    " t.community=NEW.community AND t.id=NEW.txn"
#define SETTLE_TXN \
    "INSERT INTO settle_line SELECT e.community,'MONEY',e.txn,e.line,e.account,-e.amount_fen,NEW.at_ms,NULL FROM entry e WHERE" \
    " e.community=NEW.community AND e.txn=NEW.id AND " OWED("e")
#define SUM "(SELECT coalesce(sum(amount_fen),1) FROM entry WHERE community=NEW.community AND txn=NEW.id)"

/* A key that points at nothing yet is looked at when the statement from outside ends. */
const char db_schema_posting_sqlite[] =
    "DROP TRIGGER txn_insert;"
    "CREATE TRIGGER txn_insert BEFORE INSERT ON txn WHEN NEW.closed<>0 AND (NEW.closed<>1 OR " SUM "<>0)"
    " BEGIN SELECT RAISE(ABORT,'transaction does not sum to zero'); END;"
    "DROP TRIGGER txn_opened;"
    "CREATE TRIGGER txn_opened AFTER INSERT ON txn WHEN NEW.closed=0 BEGIN INSERT INTO open_txn VALUES(NEW.community,'MONEY',NEW.id); END;"
    "DROP TRIGGER entry_settle;"
    "CREATE TRIGGER entry_settle AFTER INSERT ON entry WHEN " OWED("NEW") " BEGIN " SETTLE_ENTRY "; END;"
    "CREATE TRIGGER txn_settle AFTER INSERT ON txn WHEN NEW.closed=1 BEGIN " SETTLE_TXN "; END;"
    "CREATE TRIGGER posting_insert INSTEAD OF INSERT ON posting BEGIN " ENTRIES CLOSED " END;";

/* There it is looked at when the transaction of the database ends, as that of open_txn; who inserts entries alone is refused at once, since
 * a transaction of the same name that another connection closes meanwhile would not have counted them. */
const char db_schema_posting_pg[] =
    "CREATE OR REPLACE FUNCTION entry_is_open() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ DECLARE state BIGINT; BEGIN"
    " SELECT closed INTO state FROM txn WHERE community=NEW.community AND id=NEW.txn;"
    " IF state<>0 THEN RAISE EXCEPTION 'transaction is closed'; END IF;"
    " IF NOT FOUND AND pg_trigger_depth()<2 THEN RAISE EXCEPTION 'an entry is of a transaction'; END IF; RETURN NEW; END $$;"
    "ALTER TABLE entry ALTER CONSTRAINT entry_community_txn_fkey DEFERRABLE INITIALLY DEFERRED;"
    "CREATE FUNCTION txn_may_begin() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " IF NEW.closed<>1 OR " SUM "<>0 THEN RAISE EXCEPTION 'transaction does not sum to zero'; END IF; RETURN NEW; END $$;"
    "DROP TRIGGER txn_insert ON txn;"
    "CREATE TRIGGER txn_insert BEFORE INSERT ON txn FOR EACH ROW WHEN (NEW.closed<>0) EXECUTE FUNCTION txn_may_begin();"
    "DROP TRIGGER txn_opened ON txn;"
    "CREATE TRIGGER txn_opened AFTER INSERT ON txn FOR EACH ROW WHEN (NEW.closed=0) EXECUTE FUNCTION txn_opened('MONEY');"
    "CREATE OR REPLACE FUNCTION entry_settle() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN " SETTLE_ENTRY
    "; RETURN NULL; END $$;"
    "CREATE FUNCTION txn_settle() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN " SETTLE_TXN
    "; RETURN NULL; END $$;"
    "CREATE TRIGGER txn_settle AFTER INSERT ON txn FOR EACH ROW WHEN (NEW.closed=1) EXECUTE FUNCTION txn_settle();"
    "CREATE FUNCTION posting_insert() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN " ENTRIES CLOSED
    " RETURN NEW; END $$;"
    "CREATE TRIGGER posting_insert INSTEAD OF INSERT ON posting FOR EACH ROW EXECUTE FUNCTION posting_insert();";
