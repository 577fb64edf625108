/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Activities, their dates, and who has a seat. What a date promises (when, how many, how old) never changes: it is called off and
 * another one is made. Who it is stands as the card's token. The tables hold by themselves:
 *
 *   whoever gets a place gets one that is left; who comes to the `door` without one is there whatever is left
 *   a seat is of one card at one date for ever, and a card has one open seat at a date
 *   what has ended stays as it ended; steps are append only, each with an id of its own
 *
 * `drawn`: from the seats that its kiosk was given beforehand (seat_allotment, told signed by seat_issue). `reason`: why it was refused.
 */
const char db_schema_activities[] =
    "CREATE TABLE activity(community TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, title_zh TEXT NOT NULL,"
    " title_en TEXT NOT NULL, place_zh TEXT NOT NULL, place_en TEXT NOT NULL, phone TEXT NOT NULL, fee_fen INT NOT NULL"
    " CHECK(fee_fen>=0), made_ms INT NOT NULL, PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE activity_session(community TEXT NOT NULL, id TEXT NOT NULL, activity TEXT NOT NULL, start_ms INT NOT NULL,"
    " end_ms INT NOT NULL, seats INT NOT NULL CHECK(seats BETWEEN 1 AND 10000), age_min INT NOT NULL, age_max INT NOT NULL,"
    " off_ms INT NOT NULL, off_reason TEXT NOT NULL, CHECK(end_ms>start_ms), CHECK(age_max>=age_min AND age_min>=0),"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, activity) REFERENCES activity(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX activity_session_of ON activity_session(community, activity, start_ms);"
    "CREATE INDEX activity_session_end ON activity_session(community, end_ms);"
    "CREATE TABLE seat(community TEXT NOT NULL, id TEXT NOT NULL, session TEXT NOT NULL, card TEXT NOT NULL, kiosk TEXT NOT NULL,"
    " companions INT NOT NULL CHECK(companions BETWEEN 0 AND 5), drawn INT NOT NULL CHECK(drawn IN (0,1)),"
    " door INT NOT NULL CHECK(door IN (0,1)), state TEXT NOT NULL CHECK(state IN ('REQUESTED','WAITLISTED','OFFERED','REGISTERED',"
    "'CHECKED_IN','COMPLETED','REFUSED','LAPSED','CANCELLED','NO_SHOW')), reason TEXT NOT NULL, asked_ms INT NOT NULL,"
    " offered_ms INT NOT NULL, ended_ms INT NOT NULL, changed_ms INT NOT NULL,"
    " CHECK((ended_ms=0)=(state IN ('REQUESTED','WAITLISTED','OFFERED','REGISTERED','CHECKED_IN'))),"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, session) REFERENCES activity_session(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX seat_session ON seat(community, session, state, asked_ms, id);"
    "CREATE INDEX seat_card ON seat(community, card);"
    "CREATE INDEX seat_changed ON seat(community, changed_ms);"
    "CREATE UNIQUE INDEX seat_one ON seat(community, session, card) WHERE ended_ms=0 AND card<>'';"
    "CREATE TABLE seat_step(community TEXT NOT NULL, seat TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), id TEXT NOT NULL,"
    " at_ms INT NOT NULL, step TEXT NOT NULL, actor TEXT NOT NULL CHECK(actor IN ('resident','staff','platform')), kiosk TEXT NOT NULL,"
    " staff TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY(community, seat, seq),"
    " FOREIGN KEY(community, seat) REFERENCES seat(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX seat_step_id ON seat_step(community, id);"
    "CREATE TABLE seat_allotment(community TEXT NOT NULL, kiosk TEXT NOT NULL, session TEXT NOT NULL, places INT NOT NULL"
    " CHECK(places>0), PRIMARY KEY(community, kiosk, session), FOREIGN KEY(community, session)"
    " REFERENCES activity_session(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX seat_allotment_session ON seat_allotment(community, session);"
    "CREATE TABLE seat_issue(community TEXT NOT NULL, kiosk TEXT NOT NULL, version INT NOT NULL, payload TEXT NOT NULL,"
    " signature TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY(community, kiosk, version)) STRICT, WITHOUT ROWID;";

#define WITH_PLACE "('REGISTERED','OFFERED','CHECKED_IN','COMPLETED','NO_SHOW')"
#define GETS_PLACE "NEW.door=0 AND NEW.state IN " WITH_PLACE
#define HAD_NONE   "OLD.state NOT IN " WITH_PLACE
#define NONE_LEFT                                                                                                                  \
    "(SELECT coalesce(sum(1+s.companions),0) FROM seat s WHERE s.community=NEW.community AND s.session=NEW.session AND s.door=0 AND" \
    " s.state IN " WITH_PLACE ")+1+NEW.companions>(SELECT a.seats FROM activity_session a"       \
    " WHERE a.community=NEW.community AND a.id=NEW.session)"
/* The card goes when its owner left for good, and nothing else. */
#define OTHER_SEAT                                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.session<>OLD.session OR (NEW.card<>OLD.card AND NEW.card<>'') OR"       \
    " NEW.kiosk<>OLD.kiosk OR NEW.companions<>OLD.companions OR NEW.drawn<>OLD.drawn OR NEW.asked_ms<>OLD.asked_ms OR"             \
    " (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR NEW.ended_ms<>OLD.ended_ms))"
#define OTHER_DATE                                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.activity<>OLD.activity OR NEW.start_ms<>OLD.start_ms OR"                \
    " NEW.end_ms<>OLD.end_ms OR NEW.seats<>OLD.seats OR NEW.age_min<>OLD.age_min OR NEW.age_max<>OLD.age_max OR OLD.off_ms<>0"

#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
const char db_triggers_activities_sqlite[] =
    REFUSE("seat_insert", "INSERT", "seat", GETS_PLACE " AND " NONE_LEFT, "no place is left")
    REFUSE("seat_place", "UPDATE", "seat", GETS_PLACE " AND " HAD_NONE " AND " NONE_LEFT, "no place is left")
    REFUSE("seat_update", "UPDATE", "seat", OTHER_SEAT, "a seat stays what it was and as it ended")
    REFUSE("seat_delete", "DELETE", "seat", "1", "seats end, they are not erased")
    REFUSE("seat_step_update", "UPDATE", "seat_step", "1", "what happened to a seat stays")
    REFUSE("seat_step_delete", "DELETE", "seat_step", "1", "what happened to a seat stays")
    REFUSE("activity_session_update", "UPDATE", "activity_session", OTHER_DATE, "a date is called off, once, and not changed")
    REFUSE("activity_session_delete", "DELETE", "activity_session", "1", "dates are called off, they are not erased")
    REFUSE("seat_issue_update", "UPDATE", "seat_issue", "1", "what was signed stays")
    REFUSE("seat_issue_delete", "DELETE", "seat_issue", "1", "what was signed stays")
    REFUSE("seat_allotment_update", "UPDATE", "seat_allotment", "NEW.places<OLD.places", "a kiosk keeps the seats that it was given")
    REFUSE("seat_allotment_delete", "DELETE", "seat_allotment", "1", "a kiosk keeps the seats that it was given");

#undef REFUSE
#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"
/* What asks other rows is a function: a trigger's own condition may not. */
const char db_triggers_activities_pg[] =
    DB_PG_ASK("seat_insert", "INSERT", "seat", GETS_PLACE " AND " NONE_LEFT, "no place is left")
    DB_PG_ASK("seat_place", "UPDATE", "seat", GETS_PLACE " AND " HAD_NONE " AND " NONE_LEFT, "no place is left")
    REFUSE("seat_update", "UPDATE", "seat", OTHER_SEAT, "a seat stays what it was and as it ended")
    REFUSE("seat_delete", "DELETE", "seat", "true", "seats end, they are not erased")
    REFUSE("seat_step_update", "UPDATE", "seat_step", "true", "what happened to a seat stays")
    REFUSE("seat_step_delete", "DELETE", "seat_step", "true", "what happened to a seat stays")
    REFUSE("activity_session_update", "UPDATE", "activity_session", OTHER_DATE, "a date is called off, once, and not changed")
    REFUSE("activity_session_delete", "DELETE", "activity_session", "true", "dates are called off, they are not erased")
    REFUSE("seat_issue_update", "UPDATE", "seat_issue", "true", "what was signed stays")
    REFUSE("seat_issue_delete", "DELETE", "seat_issue", "true", "what was signed stays")
    REFUSE("seat_allotment_update", "UPDATE", "seat_allotment", "NEW.places<OLD.places", "a kiosk keeps the seats that it was given")
    REFUSE("seat_allotment_delete", "DELETE", "seat_allotment", "true", "a kiosk keeps the seats that it was given");
