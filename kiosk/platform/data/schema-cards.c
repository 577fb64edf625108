/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Cards that take the place of others. `card_stock` is what the issuer made and nobody has yet. A card is replaced once, by a card that
 * takes the place of no other; that stays written. `card_line` leads from each card that was ever replaced to the one that stands in its
 * place now, however many were between.
 */
const char db_schema_cards[] =
    "CREATE TABLE card_stock(community TEXT NOT NULL, token TEXT NOT NULL, number TEXT NOT NULL, issuer TEXT NOT NULL, class INT NOT NULL,"
    " valid_from INT NOT NULL, valid_to INT NOT NULL, added_ms INT NOT NULL, issued_ms INT NOT NULL, CHECK(valid_to>=valid_from),"
    " PRIMARY KEY(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE card_replacement(community TEXT NOT NULL, card TEXT NOT NULL, successor TEXT NOT NULL, cause TEXT NOT NULL CHECK(cause IN"
    " ('lost','suspended','expired','damaged')), kiosk TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, reason TEXT NOT NULL,"
    " request TEXT NOT NULL, txn TEXT NOT NULL, stopped_ms INT NOT NULL, at_ms INT NOT NULL, hotlist_version INT NOT NULL, CHECK(staff_a<>staff_b),"
    " CHECK(card<>successor), CHECK(stopped_ms<=at_ms), PRIMARY KEY(community, card),"
    " FOREIGN KEY(community, card) REFERENCES card(community, token),"
    " FOREIGN KEY(community, successor) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX card_replacement_successor ON card_replacement(community, successor);"
    "CREATE UNIQUE INDEX card_replacement_request ON card_replacement(community, request) WHERE request<>'';"
    "CREATE TABLE card_line(community TEXT NOT NULL, card TEXT NOT NULL, current TEXT NOT NULL, CHECK(card<>current),"
    " PRIMARY KEY(community, card), FOREIGN KEY(community, card) REFERENCES card_replacement(community, card),"
    " FOREIGN KEY(community, current) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX card_line_current ON card_line(community, current);";

/* Conditions that both engines read alike. */
#define COMES_BACK                                                                                                                 \
    "NEW.state<>OLD.state AND EXISTS (SELECT 1 FROM card_replacement r WHERE r.community=OLD.community AND r.card=OLD.token)"
#define OTHER_SEAT                                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.session<>OLD.session OR (NEW.card<>OLD.card AND NEW.card<>'' AND NOT "  \
    DB_CARD_FOLLOWS("OLD.card", "NEW.card") ") OR NEW.kiosk<>OLD.kiosk OR NEW.companions<>OLD.companions OR NEW.drawn<>OLD.drawn OR"       \
    " NEW.asked_ms<>OLD.asked_ms OR (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR NEW.ended_ms<>OLD.ended_ms))"
#define OTHER_HOLD                                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.kiosk<>OLD.kiosk OR NEW.book<>OLD.book OR (NEW.account<>OLD.account AND NOT " \
    DB_CARD_FOLLOWS("substr(OLD.account,8)", "substr(NEW.account,8)") ") OR NEW.amount<>OLD.amount OR NEW.expires_ms<>OLD.expires_ms OR"  \
    " NEW.ref<>OLD.ref OR (NEW.state<>'CAPTURED' AND NEW.captured<>0) OR (OLD.state<>NEW.state AND OLD.state<>'HELD' AND NOT"      \
    " (OLD.state='EXPIRED' AND NEW.state='CAPTURED')) OR (OLD.state='CAPTURED' AND NEW.captured<>OLD.captured)"
#define STOCK_CHANGED                                                                                                              \
    "NEW.community<>OLD.community OR NEW.token<>OLD.token OR NEW.issuer<>OLD.issuer OR NEW.class<>OLD.class OR"                   \
    " NEW.valid_from<>OLD.valid_from OR NEW.valid_to<>OLD.valid_to OR OLD.issued_ms<>0"
#define OTHER_PERSON                                                                                                               \
    "(SELECT a.person FROM card a WHERE a.community=NEW.community AND a.token=NEW.card)<>(SELECT b.person FROM card b WHERE"        \
    " b.community=NEW.community AND b.token=NEW.successor)"

#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
const char db_triggers_cards_sqlite[] =
    "DROP TRIGGER seat_update; DROP TRIGGER credit_hold_change;"
    REFUSE("seat_update", "UPDATE", "seat", OTHER_SEAT, "a seat stays what it was and as it ended")
    REFUSE("credit_hold_change", "UPDATE", "credit_hold", OTHER_HOLD, "a hold only ends")
    REFUSE("card_back", "UPDATE", "card", COMES_BACK, "a card that was replaced stays so")
    REFUSE("card_replacement_insert", "INSERT", "card_replacement", OTHER_PERSON, "a card takes the place of one of the same person")
    REFUSE("card_replacement_update", "UPDATE", "card_replacement", "1", "which card took whose place stays")
    REFUSE("card_replacement_delete", "DELETE", "card_replacement", "1", "which card took whose place stays")
    REFUSE("card_line_delete", "DELETE", "card_line", "1", "which card took whose place stays")
    REFUSE("card_stock_update", "UPDATE", "card_stock", STOCK_CHANGED, "a card is issued once, as it was made");

#undef REFUSE
#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"
const char db_triggers_cards_pg[] =
    "DROP TRIGGER seat_update ON seat; DROP TRIGGER credit_hold_change ON credit_hold;"
    DB_PG_ASK("seat_update", "UPDATE", "seat", OTHER_SEAT, "a seat stays what it was and as it ended")
    DB_PG_ASK("credit_hold_change", "UPDATE", "credit_hold", OTHER_HOLD, "a hold only ends")
    DB_PG_ASK("card_back", "UPDATE", "card", COMES_BACK, "a card that was replaced stays so")
    DB_PG_ASK("card_replacement_insert", "INSERT", "card_replacement", OTHER_PERSON, "a card takes the place of one of the same person")
    REFUSE("card_replacement_update", "UPDATE", "card_replacement", "true", "which card took whose place stays")
    REFUSE("card_replacement_delete", "DELETE", "card_replacement", "true", "which card took whose place stays")
    REFUSE("card_line_delete", "DELETE", "card_line", "true", "which card took whose place stays")
    REFUSE("card_stock_update", "UPDATE", "card_stock", STOCK_CHANGED, "a card is issued once, as it was made");
