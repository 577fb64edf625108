/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * Cards' chains: each confirmed purchase and load of a card by its counter, with the balance before and after it (card_step, derived
 * from payments), and what does not follow in them (card_finding). A finding is never changed but for its end, once, and never
 * deleted; what does not follow anew is a row of its own.
 */
const char db_schema_reconcile[] =
    "CREATE TABLE card_step(community TEXT NOT NULL, card TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('purchase','load')),"
    " counter INT NOT NULL, payment TEXT NOT NULL, kiosk TEXT NOT NULL, before_fen INT NOT NULL, after_fen INT NOT NULL,"
    " at_ms INT NOT NULL, PRIMARY KEY(community, card, kind, counter, payment),"
    " FOREIGN KEY(community, payment) REFERENCES payment(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX card_step_before ON card_step(community, card, kind, before_fen);"
    "CREATE INDEX card_step_after ON card_step(community, card, kind, after_fen);"
    "CREATE TABLE card_finding(community TEXT NOT NULL, card TEXT NOT NULL, kind TEXT NOT NULL, counter INT NOT NULL, code TEXT NOT NULL"
    " CHECK(code IN ('GAP','LOAD_MISSING','BALANCE','SAME_COUNTER','BACK','OVER_CAP')), n INT NOT NULL, severity TEXT NOT NULL"
    " CHECK(severity IN ('NOTE','ALARM')), from_counter INT NOT NULL, off_fen INT NOT NULL, payment_a TEXT NOT NULL,"
    " payment_b TEXT NOT NULL, kiosk_a TEXT NOT NULL, kiosk_b TEXT NOT NULL, since_ms INT NOT NULL, found_ms INT NOT NULL,"
    " ended_ms INT, ended_by TEXT, CHECK((ended_ms IS NULL)=(ended_by IS NULL)),"
    " PRIMARY KEY(community, card, kind, counter, code, n)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX card_finding_open ON card_finding(community, card, kind, counter, code) WHERE ended_ms IS NULL;"
    "INSERT INTO card_step SELECT community, card, kind, counter, id, kiosk, balance_before_fen, CASE kind WHEN 'load' THEN"
    " balance_before_fen+amount_fen ELSE balance_before_fen-amount_fen END, at_ms FROM payment WHERE state='CONFIRMED';";

#define CHANGED                                                                                                            \
    "OLD.ended_ms IS NOT NULL OR NEW.ended_ms IS NULL OR NEW.community<>OLD.community OR NEW.card<>OLD.card OR NEW.kind<>OLD.kind OR" \
    " NEW.counter<>OLD.counter OR NEW.code<>OLD.code OR NEW.n<>OLD.n OR NEW.severity<>OLD.severity OR"                     \
    " NEW.from_counter<>OLD.from_counter OR NEW.off_fen<>OLD.off_fen OR NEW.payment_a<>OLD.payment_a OR"                   \
    " NEW.payment_b<>OLD.payment_b OR NEW.kiosk_a<>OLD.kiosk_a OR NEW.kiosk_b<>OLD.kiosk_b OR NEW.since_ms<>OLD.since_ms OR" \
    " NEW.found_ms<>OLD.found_ms"

const char db_schema_reconcile_sqlite[] =
    "CREATE TRIGGER card_finding_update BEFORE UPDATE ON card_finding WHEN " CHANGED
    " BEGIN SELECT RAISE(ABORT,'a finding only ends, once'); END;"
    "CREATE TRIGGER card_finding_delete BEFORE DELETE ON card_finding BEGIN SELECT RAISE(ABORT,'findings are never deleted'); END;"
    "CREATE TRIGGER card_finding_insert BEFORE INSERT ON card_finding WHEN NEW.ended_ms IS NOT NULL OR EXISTS (SELECT 1 FROM card_finding"
    " f WHERE f.community=NEW.community AND f.card=NEW.card AND f.kind=NEW.kind AND f.counter=NEW.counter AND f.code=NEW.code AND"
    " (f.n=NEW.n OR f.ended_ms IS NULL)) BEGIN SELECT RAISE(ABORT,'a finding begins open, once'); END;";
const char db_schema_reconcile_pg[] =
    "CREATE TRIGGER card_finding_update BEFORE UPDATE ON card_finding FOR EACH ROW WHEN (" CHANGED
    ") EXECUTE FUNCTION refuse('a finding only ends, once');"
    "CREATE TRIGGER card_finding_delete BEFORE DELETE ON card_finding FOR EACH ROW EXECUTE FUNCTION refuse('findings are never deleted');"
    "CREATE TRIGGER card_finding_insert BEFORE INSERT ON card_finding FOR EACH ROW WHEN (NEW.ended_ms IS NOT NULL) EXECUTE FUNCTION"
    " refuse('a finding begins open, once');";

/* Both balances of each step were indexed: of a purchase that is two rows somewhere in a large tree, which an event pays for all its
 * ledger's life. Only loads are looked for by them; who is told of a load goes through that card's purchases. An index that no
 * statement names may go: an older node beside does without. */
const char db_schema_steps_of_loads[] =
    "DROP INDEX card_step_before; DROP INDEX card_step_after;"
    "CREATE INDEX card_load_before ON card_step(community, card, before_fen) WHERE kind='load';"
    "CREATE INDEX card_load_after ON card_step(community, card, after_fen) WHERE kind='load';";
