/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * The roll of volunteers: a number for a person, once and for ever; who agreed for a child is named (`guardian`, a person; −1 none).
 * Stars that were asked for, with the rules that were in force then; both taps of an attendance as they were told, with what each kiosk
 * knew of its clock; and hours of which their volunteer says that they are not right.
 */
const char db_schema_volunteers[] =
    "CREATE TABLE volunteer_roll(community TEXT NOT NULL, person INT NOT NULL, no TEXT NOT NULL, year INT NOT NULL CHECK(year>0),"
    " serial INT NOT NULL CHECK(serial>0), event TEXT NOT NULL, kiosk TEXT NOT NULL, registered_ms INT NOT NULL, registered_on INT NOT NULL,"
    " skills INT NOT NULL CHECK(skills>=0), pledge TEXT NOT NULL, guardian INT NOT NULL, CHECK(guardian<>person),"
    " PRIMARY KEY(community, person), FOREIGN KEY(community, person) REFERENCES person(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX volunteer_roll_no ON volunteer_roll(community, no);"
    "CREATE UNIQUE INDEX volunteer_roll_serial ON volunteer_roll(community, year, serial);"
    "CREATE TABLE volunteer_star(community TEXT NOT NULL, id TEXT NOT NULL, person INT NOT NULL, level INT NOT NULL CHECK(level BETWEEN 1"
    " AND 5), rules TEXT NOT NULL, minutes INT NOT NULL, asked_ms INT NOT NULL, public_until INT NOT NULL, state TEXT NOT NULL CHECK(state IN"
    " ('PUBLIC','GRANTED','MISSED')), ended_ms INT NOT NULL, CHECK((state='PUBLIC')=(ended_ms=0)), PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, person) REFERENCES volunteer_roll(community, person)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX volunteer_star_open ON volunteer_star(community, person) WHERE state='PUBLIC';"
    "CREATE INDEX volunteer_star_due ON volunteer_star(community, public_until) WHERE state='PUBLIC';"
    "CREATE TABLE attendance_tap(community TEXT NOT NULL, attendance TEXT NOT NULL, tap TEXT NOT NULL CHECK(tap IN ('IN','OUT')),"
    " at_ms INT NOT NULL, kiosk TEXT NOT NULL, offset_ms INT NOT NULL, PRIMARY KEY(community, attendance, tap)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE attendance_dispute(community TEXT NOT NULL, attendance TEXT NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL CHECK(what IN"
    " ('TOO_FEW','TOO_MANY','NOT_MINE')), minutes_before INT NOT NULL, at_ms INT NOT NULL, kiosk TEXT NOT NULL, ended_ms INT NOT NULL,"
    " minutes INT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, reason TEXT NOT NULL, CHECK((ended_ms=0)=(staff_a='')),"
    " CHECK(staff_a='' OR staff_a<>staff_b), PRIMARY KEY(community, attendance), FOREIGN KEY(community, attendance) REFERENCES"
    " attendance(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX attendance_dispute_open ON attendance_dispute(community, at_ms) WHERE ended_ms=0;";

#define NUMBER_STAYS  "'a volunteer keeps the number'"
#define NUMBER_OTHER                                                                                                             \
    "OLD.person<>NEW.person OR OLD.no<>NEW.no OR OLD.registered_ms<>NEW.registered_ms OR OLD.event<>NEW.event OR"                  \
    " OLD.pledge<>NEW.pledge"
#define STAR_STAYS    "'what became of a star stays'"
#define STAR_OTHER    "OLD.state<>'PUBLIC' OR OLD.person<>NEW.person OR OLD.level<>NEW.level OR OLD.rules<>NEW.rules"
#define TAP_STAYS     "'taps stay as they were told'"
#define DISPUTE_STAYS "'what became of hours in dispute stays'"

const char db_triggers_volunteers_sqlite[] =
    "CREATE TRIGGER volunteer_roll_update BEFORE UPDATE ON volunteer_roll WHEN " NUMBER_OTHER " BEGIN SELECT RAISE(ABORT," NUMBER_STAYS "); END;"
    "CREATE TRIGGER volunteer_roll_delete BEFORE DELETE ON volunteer_roll BEGIN SELECT RAISE(ABORT," NUMBER_STAYS "); END;"
    "CREATE TRIGGER volunteer_star_update BEFORE UPDATE ON volunteer_star WHEN " STAR_OTHER " BEGIN SELECT RAISE(ABORT," STAR_STAYS "); END;"
    "CREATE TRIGGER volunteer_star_delete BEFORE DELETE ON volunteer_star BEGIN SELECT RAISE(ABORT," STAR_STAYS "); END;"
    "CREATE TRIGGER attendance_tap_update BEFORE UPDATE ON attendance_tap BEGIN SELECT RAISE(ABORT," TAP_STAYS "); END;"
    "CREATE TRIGGER attendance_tap_delete BEFORE DELETE ON attendance_tap BEGIN SELECT RAISE(ABORT," TAP_STAYS "); END;"
    "CREATE TRIGGER attendance_dispute_update BEFORE UPDATE ON attendance_dispute WHEN OLD.ended_ms<>0 OR OLD.what<>NEW.what"
    " BEGIN SELECT RAISE(ABORT," DISPUTE_STAYS "); END;"
    "CREATE TRIGGER attendance_dispute_delete BEFORE DELETE ON attendance_dispute BEGIN SELECT RAISE(ABORT," DISPUTE_STAYS "); END;";

const char db_triggers_volunteers_pg[] =
    "CREATE TRIGGER volunteer_roll_update BEFORE UPDATE ON volunteer_roll FOR EACH ROW WHEN (" NUMBER_OTHER ") EXECUTE FUNCTION"
    " refuse(" NUMBER_STAYS ");"
    "CREATE TRIGGER volunteer_roll_delete BEFORE DELETE ON volunteer_roll FOR EACH ROW EXECUTE FUNCTION refuse(" NUMBER_STAYS ");"
    "CREATE TRIGGER volunteer_star_update BEFORE UPDATE ON volunteer_star FOR EACH ROW WHEN (" STAR_OTHER ") EXECUTE FUNCTION"
    " refuse(" STAR_STAYS ");"
    "CREATE TRIGGER volunteer_star_delete BEFORE DELETE ON volunteer_star FOR EACH ROW EXECUTE FUNCTION refuse(" STAR_STAYS ");"
    "CREATE TRIGGER attendance_tap_update BEFORE UPDATE ON attendance_tap FOR EACH ROW EXECUTE FUNCTION refuse(" TAP_STAYS ");"
    "CREATE TRIGGER attendance_tap_delete BEFORE DELETE ON attendance_tap FOR EACH ROW EXECUTE FUNCTION refuse(" TAP_STAYS ");"
    "CREATE TRIGGER attendance_dispute_update BEFORE UPDATE ON attendance_dispute FOR EACH ROW WHEN (OLD.ended_ms<>0 OR"
    " OLD.what<>NEW.what) EXECUTE FUNCTION refuse(" DISPUTE_STAYS ");"
    "CREATE TRIGGER attendance_dispute_delete BEFORE DELETE ON attendance_dispute FOR EACH ROW EXECUTE FUNCTION refuse(" DISPUTE_STAYS ");";
