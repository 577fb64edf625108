/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Tickets. What a resident wrote, who it was, where they live and what staff note among themselves lie sealed; `public_text` is
 * what staff released, `status_notes` the last public reply. What happened to a ticket is append only, in order, each with an id of
 * its own; a ticket's id is that of the event that filed it. Keys of the public door are kept as digests.
 */
const char db_schema_tickets[] =
    "CREATE TABLE ticket_service(community TEXT NOT NULL, code TEXT NOT NULL, place INT NOT NULL, name_zh TEXT NOT NULL,"
    " name_en TEXT NOT NULL, about TEXT NOT NULL, grouping TEXT NOT NULL, keywords TEXT NOT NULL, class TEXT NOT NULL CHECK(class IN"
    " ('danger','urgent','normal','personal','complex')), PRIMARY KEY(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket_attribute(community TEXT NOT NULL, service TEXT NOT NULL, place INT NOT NULL, code TEXT NOT NULL,"
    " datatype TEXT NOT NULL CHECK(datatype IN ('string','number','datetime','text','singlevaluelist','multivaluelist')),"
    " required INT NOT NULL CHECK(required IN (0,1)), about TEXT NOT NULL, choices TEXT NOT NULL,"
    " PRIMARY KEY(community, service, code), FOREIGN KEY(community, service) REFERENCES ticket_service(community, code))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket_day(community TEXT NOT NULL, date INT NOT NULL, work INT NOT NULL CHECK(work IN (0,1)),"
    " PRIMARY KEY(community, date)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket_place(community TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket(community TEXT NOT NULL, token TEXT NOT NULL, no INT NOT NULL, service TEXT NOT NULL,"
    " description TEXT NOT NULL, contact TEXT NOT NULL, attributes TEXT NOT NULL, reporter TEXT NOT NULL,"
    " anonymous INT NOT NULL CHECK(anonymous IN (0,1)), public INT NOT NULL CHECK(public IN (0,1)), kiosk TEXT NOT NULL,"
    " api_key TEXT NOT NULL, address_id TEXT NOT NULL, address TEXT NOT NULL,"
    " lat_e6 INT CHECK(lat_e6 BETWEEN -90000000 AND 90000000), lon_e6 INT CHECK(lon_e6 BETWEEN -180000000 AND 180000000),"
    " state TEXT NOT NULL CHECK(state IN ('TRIAGE','ASSIGNED','FORCE_ASSIGNED','IN_PROGRESS','PLANNED','WAIT_INFO','RESOLVED',"
    "'CALLBACK','REOPENED','CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN')), state_ms INT NOT NULL, due INT NOT NULL,"
    " provisional INT NOT NULL CHECK(provisional IN (0,1)), returns INT NOT NULL, reopened INT NOT NULL, waited INT NOT NULL,"
    " extended INT NOT NULL CHECK(extended IN (0,1)), unit TEXT NOT NULL, planned INT NOT NULL, interest INT NOT NULL,"
    " same_as INT, public_text TEXT NOT NULL, status_notes TEXT NOT NULL, filed_ms INT NOT NULL, received_ms INT NOT NULL,"
    " updated_ms INT NOT NULL, CHECK((lat_e6 IS NULL)=(lon_e6 IS NULL)), CHECK(anonymous=0 OR reporter=''),"
    " PRIMARY KEY(community, token), FOREIGN KEY(community, service) REFERENCES ticket_service(community, code))"
    " STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX ticket_no ON ticket(community, no);"
    "CREATE INDEX ticket_filed ON ticket(community, filed_ms);"
    "CREATE INDEX ticket_state ON ticket(community, state, state_ms);"
    "CREATE INDEX ticket_near ON ticket(community, service, filed_ms);"
    "CREATE INDEX ticket_by_key ON ticket(community, api_key, received_ms) WHERE api_key<>'';"
    "CREATE TABLE ticket_event(community TEXT NOT NULL, ticket TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), id TEXT NOT NULL,"
    " at_ms INT NOT NULL, step TEXT NOT NULL, actor TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL,"
    " from_state TEXT NOT NULL, to_state TEXT NOT NULL, public_note TEXT NOT NULL, private_note TEXT NOT NULL,"
    " PRIMARY KEY(community, ticket, seq), FOREIGN KEY(community, ticket) REFERENCES ticket(community, token))"
    " STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX ticket_event_id ON ticket_event(community, id);"
    "CREATE TABLE ticket_interest(community TEXT NOT NULL, ticket TEXT NOT NULL, who TEXT NOT NULL, at_ms INT NOT NULL,"
    " PRIMARY KEY(community, ticket, who), FOREIGN KEY(community, ticket) REFERENCES ticket(community, token))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ticket_key(community TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32),"
    " name TEXT NOT NULL, hourly INT NOT NULL CHECK(hourly>0), made_ms INT NOT NULL, revoked_ms INT NOT NULL,"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX ticket_key_digest ON ticket_key(community, digest);";

/*
 * What kiosks are told: the questions in Chinese, and whose tickets (`told`, until thirty days after their end). What was there before
 * is put into the feed once, behind all that it has.
 */
#define TELL(TOPIC, KEY, FROM)                                                                                                       \
    "INSERT INTO change(community, n, topic, key) SELECT t.community, (SELECT coalesce(max(c.n),0) FROM change c WHERE"              \
    " c.community=t.community)+row_number() OVER (PARTITION BY t.community ORDER BY " KEY "), '" TOPIC "', " KEY " FROM " FROM ";"
#define STILL_OPEN "t.state NOT IN ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN')"
const char db_schema_tickets_told[] =
    "ALTER TABLE ticket_attribute ADD COLUMN about_zh TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ticket_attribute ADD COLUMN choices_zh TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE ticket ADD COLUMN told INT NOT NULL DEFAULT 0;"
    "UPDATE ticket AS t SET told=1 WHERE t.reporter<>'' AND " STILL_OPEN ";"
    "CREATE INDEX ticket_told ON ticket(community, state_ms) WHERE told=1;"
    TELL("category", "t.code", "ticket_service t")
    TELL("place", "t.id", "ticket_place t")
    TELL("ticket", "t.token", "ticket t WHERE t.told=1")
    TELL("case", "CAST(t.no AS TEXT)", "ticket t WHERE t.public=1 AND t.address_id<>'' AND " STILL_OPEN);
#undef TELL
#undef STILL_OPEN

/* Where a building is, WGS 84. */
const char db_schema_places[] =
    "ALTER TABLE ticket_place ADD COLUMN lat_e6 INT CHECK(lat_e6 BETWEEN -90000000 AND 90000000);"
    "ALTER TABLE ticket_place ADD COLUMN lon_e6 INT CHECK(lon_e6 BETWEEN -180000000 AND 180000000);";

const char db_triggers_tickets_sqlite[] =
    "CREATE TRIGGER ticket_event_update BEFORE UPDATE ON ticket_event"
    " BEGIN SELECT RAISE(ABORT,'what happened to a ticket stays'); END;"
    "CREATE TRIGGER ticket_event_delete BEFORE DELETE ON ticket_event"
    " BEGIN SELECT RAISE(ABORT,'what happened to a ticket stays'); END;"
    "CREATE TRIGGER ticket_delete BEFORE DELETE ON ticket BEGIN SELECT RAISE(ABORT,'tickets end, they are not erased'); END;"
    "CREATE TRIGGER ticket_ended BEFORE UPDATE ON ticket WHEN OLD.state IN ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN') AND"
    " OLD.state<>NEW.state BEGIN SELECT RAISE(ABORT,'this ticket has ended'); END;";

const char db_triggers_tickets_pg[] =
    "CREATE TRIGGER ticket_event_update BEFORE UPDATE ON ticket_event FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what happened to a ticket stays');"
    "CREATE TRIGGER ticket_event_delete BEFORE DELETE ON ticket_event FOR EACH ROW EXECUTE FUNCTION"
    " refuse('what happened to a ticket stays');"
    "CREATE TRIGGER ticket_delete BEFORE DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION"
    " refuse('tickets end, they are not erased');"
    "CREATE TRIGGER ticket_ended BEFORE UPDATE ON ticket FOR EACH ROW WHEN (OLD.state IN"
    " ('CLOSED','DUPLICATE','NOT_ACCEPTED','WITHDRAWN') AND OLD.state<>NEW.state) EXECUTE FUNCTION refuse('this ticket has ended');";
