/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * What the books refuse by themselves, beside what their tables refused from the beginning (sum zero in each book of a
 * transaction, nothing written into a closed one, no entry changed or deleted):
 *
 *   a transaction that is open at COMMIT   each begins with a row of open_txn that points at nothing; closing takes it away, and
 *                                          the key is only looked at when the transaction of the database ends
 *   a closed one that begins anew          by INSERT OR REPLACE, which fires no trigger for the row that it puts out
 *   anything of a transaction that changes with its closing
 *   who may not owe, below zero            by what people ask for; a reversal or two of the staff may, and what is flagged as owed
 *   a payment's, lot's, hold's, quota's past: who, how much, from where. A proven payment stays confirmed
 *
 * That holds are within the balance is no rule of a table: it is judged by the time of whoever asks, and what is told late was held
 * whatever the balance is by now.
 */
const char db_schema_books_hold[] =
    "CREATE TABLE open_never(community TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE open_txn(community TEXT NOT NULL, book TEXT NOT NULL CHECK(book IN ('MONEY','CREDIT')), id TEXT NOT NULL,"
    " PRIMARY KEY(community, book, id), FOREIGN KEY(community, id) REFERENCES open_never(community, id) DEFERRABLE INITIALLY"
    " DEFERRED) STRICT, WITHOUT ROWID;";

/* Conditions that both engines read alike. */
#define TXN_CHANGED                                                                                                    \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.payment<>OLD.payment OR NEW.kind<>OLD.kind OR NEW.at_ms<>OLD.at_ms"
#define CREDIT_CHANGED                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.type<>OLD.type OR NEW.kiosk IS DISTINCT FROM OLD.kiosk OR"  \
    " NEW.seq<>OLD.seq OR NEW.at_ms<>OLD.at_ms OR NEW.rule<>OLD.rule OR NEW.ref<>OLD.ref OR NEW.hold<>OLD.hold OR"     \
    " NEW.reverses IS DISTINCT FROM OLD.reverses OR NEW.quota<>OLD.quota OR NEW.staff_a<>OLD.staff_a OR"               \
    " NEW.staff_b<>OLD.staff_b OR NEW.flags<>OLD.flags OR NEW.posted_ms<>OLD.posted_ms"
#define PAYMENT_CHANGED                                                                                                \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.kiosk<>OLD.kiosk OR NEW.card<>OLD.card OR NEW.token<>OLD.token OR" \
    " NEW.amount_fen<>OLD.amount_fen OR NEW.balance_before_fen<>OLD.balance_before_fen OR NEW.counter<>OLD.counter OR"  \
    " NEW.kind<>OLD.kind OR NEW.proof<>OLD.proof OR NEW.intent<>OLD.intent OR"                                          \
    " (OLD.state='CONFIRMED' AND OLD.tac='OK' AND (NEW.state<>'CONFIRMED' OR NEW.tac<>'OK'))"
#define LOT_CHANGED                                                                                                    \
    "NEW.community<>OLD.community OR NEW.account<>OLD.account OR NEW.book<>OLD.book OR NEW.id<>OLD.id OR NEW.txn<>OLD.txn OR" \
    " NEW.earned_ms<>OLD.earned_ms OR NEW.expires_on<>OLD.expires_on OR NEW.amount<>OLD.amount"
#define HOLD_CHANGED                                                                                                   \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.kiosk<>OLD.kiosk OR NEW.book<>OLD.book OR"                  \
    " NEW.account<>OLD.account OR NEW.amount<>OLD.amount OR NEW.expires_ms<>OLD.expires_ms OR NEW.ref<>OLD.ref OR"     \
    " (NEW.state<>'CAPTURED' AND NEW.captured<>0) OR (OLD.state<>NEW.state AND OLD.state<>'HELD' AND NOT"              \
    " (OLD.state='EXPIRED' AND NEW.state='CAPTURED')) OR (OLD.state='CAPTURED' AND NEW.captured<>OLD.captured)"
/* Who may not owe, and is taken from, is not below zero then. Ranges "person:" to "person;" of the account's name. */
#define UNDER(PREFIX) "(e.account>='" PREFIX ":' AND e.account<'" PREFIX ";')"
#define OWES                                                                                                           \
    "SELECT 1 FROM credit_entry e WHERE e.community=NEW.community AND e.txn=NEW.id AND e.amount<0 AND (" UNDER("person") \
    " OR " UNDER("team") " OR " UNDER("org") " OR " UNDER("donation") ") AND (SELECT sum(b.amount) FROM credit_entry b" \
    " WHERE b.community=e.community AND b.account=e.account AND b.book=e.book)<0"
#define MAY_OWE "NEW.type IN ('REVERSE','ADJUST') OR (NEW.flags&12)<>0" /* covered by a fund; within the credit limit */

#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
#define KEPT(TABLE, KEY) "EXISTS (SELECT 1 FROM " TABLE " k WHERE k.community=NEW.community AND " KEY ")"
#define ONCE(TABLE, KEY, WHY) REFUSE(TABLE "_again", "INSERT", TABLE, KEPT(TABLE, KEY), WHY)

const char db_schema_books_hold_sqlite[] =
    "CREATE TRIGGER txn_opened AFTER INSERT ON txn BEGIN INSERT INTO open_txn VALUES(NEW.community,'MONEY',NEW.id); END;"
    "CREATE TRIGGER txn_closed AFTER UPDATE ON txn BEGIN DELETE FROM open_txn WHERE community=NEW.community AND book='MONEY'"
    " AND id=NEW.id; END;"
    "CREATE TRIGGER credit_txn_opened AFTER INSERT ON credit_txn BEGIN INSERT INTO open_txn VALUES(NEW.community,'CREDIT',NEW.id); END;"
    "CREATE TRIGGER credit_txn_closed AFTER UPDATE ON credit_txn BEGIN DELETE FROM open_txn WHERE community=NEW.community AND"
    " book='CREDIT' AND id=NEW.id; END;"
    REFUSE("open_txn_delete", "DELETE", "open_txn", "CASE OLD.book WHEN 'MONEY' THEN (SELECT closed FROM txn WHERE"
           " community=OLD.community AND id=OLD.id) ELSE (SELECT closed FROM credit_txn WHERE community=OLD.community AND"
           " id=OLD.id) END IS NOT 1", "transaction is open")
    REFUSE("open_txn_update", "UPDATE", "open_txn", "1", "transaction is open")
    REFUSE("open_never_insert", "INSERT", "open_never", "1", "nothing is ever here")
    ONCE("txn", "k.id=NEW.id", "ledger is append only")
    ONCE("credit_txn", "k.id=NEW.id", "ledger is append only")
    ONCE("event", "k.kiosk=NEW.kiosk AND k.epoch=NEW.epoch AND k.seq=NEW.seq", "events are append only")
    ONCE("settlement", "k.payment=NEW.payment", "settlements are append only")
    ONCE("payment", "k.id=NEW.id", "payments are not replaced")
    ONCE("credit_lot", "k.account=NEW.account AND k.book=NEW.book AND k.id=NEW.id", "lots are not replaced")
    ONCE("quota_issue", "k.kiosk=NEW.kiosk AND k.version=NEW.version", "what was handed out stays written")
    REFUSE("txn_change", "UPDATE", "txn", TXN_CHANGED, "ledger is append only")
    REFUSE("credit_txn_change", "UPDATE", "credit_txn", CREDIT_CHANGED, "ledger is append only")
    REFUSE("credit_txn_owes", "UPDATE", "credit_txn", "NOT (" MAY_OWE ") AND EXISTS (" OWES ")", "an account would be below zero")
    REFUSE("payment_change", "UPDATE", "payment", PAYMENT_CHANGED, "what was intended, or proven, stays")
    REFUSE("payment_delete", "DELETE", "payment", "1", "payments are never deleted")
    REFUSE("credit_lot_change", "UPDATE", "credit_lot", LOT_CHANGED, "a lot only gives and takes back")
    REFUSE("credit_lot_delete", "DELETE", "credit_lot", "1", "lots are never deleted")
    REFUSE("credit_hold_change", "UPDATE", "credit_hold", HOLD_CHANGED, "a hold only ends")
    REFUSE("credit_hold_delete", "DELETE", "credit_hold", "1", "holds are never deleted")
    REFUSE("quota_issue_update", "UPDATE", "quota_issue", "1", "what was handed out stays written")
    REFUSE("quota_issue_delete", "DELETE", "quota_issue", "1", "what was handed out stays written");

#undef REFUSE
#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"

/* What asks other rows is a function: a trigger's own condition may not. */
const char db_schema_books_hold_pg[] =
    "CREATE FUNCTION txn_opened() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " INSERT INTO open_txn VALUES(NEW.community, TG_ARGV[0], NEW.id); RETURN NULL; END $$;"
    "CREATE FUNCTION txn_closed() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " DELETE FROM open_txn WHERE community=NEW.community AND book=TG_ARGV[0] AND id=NEW.id; RETURN NULL; END $$;"
    "CREATE FUNCTION open_txn_delete() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " IF (CASE OLD.book WHEN 'MONEY' THEN (SELECT closed FROM txn WHERE community=OLD.community AND id=OLD.id) ELSE (SELECT"
    "  closed FROM credit_txn WHERE community=OLD.community AND id=OLD.id) END) IS DISTINCT FROM 1 THEN"
    "  RAISE EXCEPTION 'transaction is open'; END IF; RETURN OLD; END $$;"
    "CREATE FUNCTION credit_txn_owes() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " IF NOT (" MAY_OWE ") AND EXISTS (" OWES ") THEN RAISE EXCEPTION 'an account would be below zero'; END IF; RETURN NEW; END $$;"
    "CREATE TRIGGER txn_opened AFTER INSERT ON txn FOR EACH ROW EXECUTE FUNCTION txn_opened('MONEY');"
    "CREATE TRIGGER txn_closed AFTER UPDATE ON txn FOR EACH ROW EXECUTE FUNCTION txn_closed('MONEY');"
    "CREATE TRIGGER credit_txn_opened AFTER INSERT ON credit_txn FOR EACH ROW EXECUTE FUNCTION txn_opened('CREDIT');"
    "CREATE TRIGGER credit_txn_closed AFTER UPDATE ON credit_txn FOR EACH ROW EXECUTE FUNCTION txn_closed('CREDIT');"
    "CREATE TRIGGER open_txn_delete BEFORE DELETE ON open_txn FOR EACH ROW EXECUTE FUNCTION open_txn_delete();"
    "CREATE TRIGGER credit_txn_owes BEFORE UPDATE ON credit_txn FOR EACH ROW EXECUTE FUNCTION credit_txn_owes();"
    REFUSE("open_txn_update", "UPDATE", "open_txn", "true", "transaction is open")
    REFUSE("open_never_insert", "INSERT", "open_never", "true", "nothing is ever here")
    REFUSE("txn_change", "UPDATE", "txn", TXN_CHANGED, "ledger is append only")
    REFUSE("credit_txn_change", "UPDATE", "credit_txn", CREDIT_CHANGED, "ledger is append only")
    REFUSE("payment_change", "UPDATE", "payment", PAYMENT_CHANGED, "what was intended, or proven, stays")
    REFUSE("payment_delete", "DELETE", "payment", "true", "payments are never deleted")
    REFUSE("credit_lot_change", "UPDATE", "credit_lot", LOT_CHANGED, "a lot only gives and takes back")
    REFUSE("credit_lot_delete", "DELETE", "credit_lot", "true", "lots are never deleted")
    REFUSE("credit_hold_change", "UPDATE", "credit_hold", HOLD_CHANGED, "a hold only ends")
    REFUSE("credit_hold_delete", "DELETE", "credit_hold", "true", "holds are never deleted")
    REFUSE("quota_issue_update", "UPDATE", "quota_issue", "true", "what was handed out stays written")
    REFUSE("quota_issue_delete", "DELETE", "quota_issue", "true", "what was handed out stays written");
