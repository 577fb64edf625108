/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Orders of services. What a resident wrote, where to and whom to call lie sealed, and so do the notes of the staff. What happened to
 * an order is append only, in order, each step with an id of its own; an order's id is that of the event that placed it. `hold` is
 * what is kept for it in the books of credit, `next_ms` when the clock has to look at it again (0: never), `told` whether kiosks have
 * it still. Services and providers are never taken away, they retire.
 */
const char db_schema_service_orders[] =
    "CREATE TABLE service(community TEXT NOT NULL, code TEXT NOT NULL, place INT NOT NULL, name_zh TEXT NOT NULL,"
    " name_en TEXT NOT NULL, need TEXT NOT NULL CHECK(need IN ('clothing','food','housing','travel','health','joy','care')),"
    " unit TEXT NOT NULL, price_fen INT NOT NULL CHECK(price_fen>=0), coin_min INT NOT NULL CHECK(coin_min>=0),"
    " subsidy_fen INT NOT NULL CHECK(subsidy_fen>=0), minutes INT NOT NULL CHECK(minutes>0), accept_ms INT NOT NULL CHECK(accept_ms>0),"
    " own_words INT NOT NULL CHECK(own_words IN (0,1)), at_home INT NOT NULL CHECK(at_home IN (0,1)), retired_ms INT NOT NULL,"
    " PRIMARY KEY(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE provider(community TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN"
    " ('ngo','social','volunteer','merchant','individual')), name_zh TEXT NOT NULL, name_en TEXT NOT NULL, phone TEXT NOT NULL,"
    " hours TEXT NOT NULL, services TEXT NOT NULL, staff TEXT NOT NULL, retired_ms INT NOT NULL, PRIMARY KEY(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE service_order(community TEXT NOT NULL, id TEXT NOT NULL, no INT NOT NULL, card TEXT NOT NULL, kiosk TEXT NOT NULL,"
    " service TEXT NOT NULL, words TEXT NOT NULL, contact TEXT NOT NULL, said TEXT NOT NULL, want_from_ms INT NOT NULL,"
    " want_to_ms INT NOT NULL, price_fen INT NOT NULL, pay TEXT NOT NULL CHECK(pay IN ('none','coin','subsidy')),"
    " amount INT NOT NULL CHECK(amount>=0), hold TEXT NOT NULL, held_until_ms INT NOT NULL, state TEXT NOT NULL CHECK(state IN"
    " ('PLACED','REVIEW','POOL','OFFERED','ESCALATED','ACCEPTED','IN_SERVICE','NO_SHOW','FINISHED','DISPUTED','COMPLETED','RATED',"
    "'REFUNDED','REJECTED','CANCELLED','EXPIRED')), reviewed INT NOT NULL CHECK(reviewed IN (0,1)), provider TEXT NOT NULL,"
    " placed_ms INT NOT NULL, accept_by_ms INT NOT NULL, offered_ms INT NOT NULL, visit_ms INT NOT NULL, finished_ms INT NOT NULL,"
    " ended_ms INT NOT NULL, refusals INT NOT NULL, withdrawals INT NOT NULL, minutes INT NOT NULL,"
    " alert INT NOT NULL CHECK(alert IN (0,1)), stars INT NOT NULL CHECK(stars BETWEEN 0 AND 5), reminded_ms INT NOT NULL,"
    " next_ms INT NOT NULL, told INT NOT NULL CHECK(told IN (0,1)), received_ms INT NOT NULL, updated_ms INT NOT NULL,"
    " CHECK((pay='none')=(amount=0)), PRIMARY KEY(community, id), FOREIGN KEY(community, service) REFERENCES service(community, code))"
    " STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX service_order_no ON service_order(community, no);"
    "CREATE INDEX service_order_card ON service_order(community, card, placed_ms);"
    "CREATE INDEX service_order_state ON service_order(community, state, placed_ms);"
    "CREATE INDEX service_order_next ON service_order(community, next_ms) WHERE next_ms>0;"
    "CREATE TABLE order_step(community TEXT NOT NULL, service_order TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), id TEXT NOT NULL,"
    " at_ms INT NOT NULL, received_ms INT NOT NULL, step TEXT NOT NULL, actor TEXT NOT NULL CHECK(actor IN"
    " ('resident','provider','clerk','manager','clock')), staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, provider TEXT NOT NULL,"
    " kiosk TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, note TEXT NOT NULL,"
    " PRIMARY KEY(community, service_order, seq), FOREIGN KEY(community, service_order) REFERENCES service_order(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX order_step_id ON order_step(community, id);";

#define ENDED                                                                                                                 \
    "OLD.id<>NEW.id OR OLD.service<>NEW.service OR OLD.placed_ms<>NEW.placed_ms OR OLD.accept_by_ms<>NEW.accept_by_ms OR"       \
    " (OLD.state<>NEW.state AND (OLD.state IN ('RATED','REFUNDED','REJECTED','CANCELLED','EXPIRED') OR"                       \
    " (OLD.state='COMPLETED' AND NEW.state<>'RATED')))"

/* What staff noted may be taken away, and nothing be put in its place. */
#define SAME                                                                                                                  \
    "OLD.community=NEW.community AND OLD.service_order=NEW.service_order AND OLD.seq=NEW.seq AND OLD.id=NEW.id AND"            \
    " OLD.at_ms=NEW.at_ms AND OLD.received_ms=NEW.received_ms AND OLD.step=NEW.step AND OLD.actor=NEW.actor AND"               \
    " OLD.staff_a=NEW.staff_a AND OLD.staff_b=NEW.staff_b AND OLD.provider=NEW.provider AND OLD.kiosk=NEW.kiosk AND"           \
    " OLD.from_state=NEW.from_state AND OLD.to_state=NEW.to_state"

const char db_triggers_service_orders_sqlite[] =
    "CREATE TRIGGER order_step_update BEFORE UPDATE ON order_step WHEN NOT (NEW.note='' AND " SAME ")"
    " BEGIN SELECT RAISE(ABORT,'what happened to an order stays'); END;"
    "CREATE TRIGGER order_step_delete BEFORE DELETE ON order_step"
    " BEGIN SELECT RAISE(ABORT,'what happened to an order stays'); END;"
    "CREATE TRIGGER service_order_delete BEFORE DELETE ON service_order BEGIN SELECT RAISE(ABORT,'orders end, they are not erased'); END;"
    "CREATE TRIGGER service_order_ended BEFORE UPDATE ON service_order WHEN " ENDED
    " BEGIN SELECT RAISE(ABORT,'this order has ended, or is another'); END;"
    "CREATE TRIGGER service_delete BEFORE DELETE ON service BEGIN SELECT RAISE(ABORT,'services retire, they are not erased'); END;"
    "CREATE TRIGGER provider_delete BEFORE DELETE ON provider BEGIN SELECT RAISE(ABORT,'providers retire, they are not erased'); END;";

const char db_triggers_service_orders_pg[] =
    "CREATE TRIGGER order_step_update BEFORE UPDATE ON order_step FOR EACH ROW WHEN (NOT (NEW.note='' AND " SAME ")) EXECUTE FUNCTION"
    " refuse('what happened to an order stays');"
    "CREATE TRIGGER order_step_delete BEFORE DELETE ON order_step FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what happened to an order stays');"
    "CREATE TRIGGER service_order_delete BEFORE DELETE ON service_order FOR EACH ROW EXECUTE FUNCTION"
    " refuse('orders end, they are not erased');"
    "CREATE TRIGGER service_order_ended BEFORE UPDATE ON service_order FOR EACH ROW WHEN (" ENDED
    ") EXECUTE FUNCTION refuse('this order has ended, or is another');"
    "CREATE TRIGGER service_delete BEFORE DELETE ON service FOR EACH ROW EXECUTE FUNCTION refuse('services retire, they are not erased');"
    "CREATE TRIGGER provider_delete BEFORE DELETE ON provider FOR EACH ROW EXECUTE FUNCTION"
    " refuse('providers retire, they are not erased');";
