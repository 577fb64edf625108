/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Halls and their numbers. What a matter is stands as JSON (kiosk/model/matter.h). Of a hall, a day and a letter the platform counts up
 * (`last_no`) and kiosks get their ranges from the other end (`low_no`, 1000 when none has any): the two meet and never cross. Who it is
 * stands as the card's token, or nobody. The tables hold by themselves:
 *
 *   a number is given once a hall and day; counting only goes on; ranges do not overlap, since each begins where the last one ended
 *   a card has one open number of a matter; a counter has one number that is called or served
 *   a number stays what it was and as it ended; steps are append only, each with an id of its own
 */
const char db_schema_queue[] =
    "CREATE TABLE queue_hall(community TEXT NOT NULL, id TEXT NOT NULL, name_zh TEXT NOT NULL, name_en TEXT NOT NULL,"
    " address_zh TEXT NOT NULL, address_en TEXT NOT NULL, phone TEXT NOT NULL, open_min INT NOT NULL CHECK(open_min BETWEEN 0 AND 1440),"
    " close_min INT NOT NULL CHECK(close_min BETWEEN 0 AND 1440), CHECK(close_min>open_min), PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_kiosk(community TEXT NOT NULL, kiosk TEXT NOT NULL, hall TEXT NOT NULL, own INT NOT NULL CHECK(own BETWEEN 0 AND 200),"
    " PRIMARY KEY(community, kiosk), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX queue_kiosk_hall ON queue_kiosk(community, hall);"
    "CREATE TABLE matter(community TEXT NOT NULL, code TEXT NOT NULL, value TEXT NOT NULL, retired_ms INT NOT NULL,"
    " PRIMARY KEY(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_day(community TEXT NOT NULL, hall TEXT NOT NULL, day INT NOT NULL, run INT NOT NULL CHECK(run>=0),"
    " PRIMARY KEY(community, hall, day), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_line(community TEXT NOT NULL, hall TEXT NOT NULL, day INT NOT NULL, letter TEXT NOT NULL,"
    " last_no INT NOT NULL CHECK(last_no>=0), low_no INT NOT NULL CHECK(low_no<=1000), CHECK(last_no<low_no),"
    " PRIMARY KEY(community, hall, day, letter), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_range(community TEXT NOT NULL, hall TEXT NOT NULL, day INT NOT NULL, letter TEXT NOT NULL, from_no INT NOT NULL"
    " CHECK(from_no>0), to_no INT NOT NULL, kiosk TEXT NOT NULL, closed INT NOT NULL CHECK(closed IN (0,1)), CHECK(to_no BETWEEN from_no AND 999),"
    " PRIMARY KEY(community, hall, day, letter, from_no), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX queue_range_kiosk ON queue_range(community, kiosk, day);"
    "CREATE TABLE queue_issue(community TEXT NOT NULL, kiosk TEXT NOT NULL, version INT NOT NULL, payload TEXT NOT NULL,"
    " signature TEXT NOT NULL, key_id TEXT NOT NULL, PRIMARY KEY(community, kiosk, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_counter(community TEXT NOT NULL, hall TEXT NOT NULL, counter TEXT NOT NULL, paused_ms INT NOT NULL,"
    " PRIMARY KEY(community, hall, counter), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE queue_ticket(community TEXT NOT NULL, id TEXT NOT NULL, hall TEXT NOT NULL, day INT NOT NULL, letter TEXT NOT NULL,"
    " no INT NOT NULL CHECK(no BETWEEN 1 AND 999), matter TEXT NOT NULL, class TEXT NOT NULL CHECK(class IN ('booked','priority','normal')),"
    " card TEXT NOT NULL, kiosk TEXT NOT NULL, drawn INT NOT NULL CHECK(drawn IN (0,1)), state TEXT NOT NULL CHECK(state IN ('ISSUED',"
    "'CALLED','SERVING','MISSED','REQUEUED','DONE','EXPIRED','CANCELLED','TRANSFERRED')), calls INT NOT NULL CHECK(calls BETWEEN 0 AND 3),"
    " behind INT NOT NULL CHECK(behind BETWEEN 0 AND 3), requeued INT NOT NULL CHECK(requeued IN (0,1)), counter TEXT NOT NULL,"
    " moved TEXT NOT NULL, issued_ms INT NOT NULL, called_ms INT NOT NULL, missed_ms INT NOT NULL, served_ms INT NOT NULL,"
    " ended_ms INT NOT NULL, CHECK((ended_ms=0)=(state IN ('ISSUED','CALLED','SERVING','MISSED','REQUEUED'))),"
    " CHECK((moved='')=(state<>'TRANSFERRED')), PRIMARY KEY(community, id), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id),"
    " FOREIGN KEY(community, matter) REFERENCES matter(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX queue_ticket_no ON queue_ticket(community, hall, day, letter, no);"
    "CREATE UNIQUE INDEX queue_ticket_one ON queue_ticket(community, hall, matter, card) WHERE ended_ms=0 AND card<>'';"
    "CREATE UNIQUE INDEX queue_ticket_counter ON queue_ticket(community, hall, counter) WHERE state IN ('CALLED','SERVING');"
    "CREATE INDEX queue_ticket_open ON queue_ticket(community, hall) WHERE ended_ms=0;"
    "CREATE INDEX queue_ticket_card ON queue_ticket(community, card);"
    "CREATE INDEX queue_ticket_served ON queue_ticket(community, hall, letter, served_ms) WHERE state='DONE';"
    "CREATE TABLE queue_step(community TEXT NOT NULL, ticket TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), id TEXT NOT NULL,"
    " at_ms INT NOT NULL, step TEXT NOT NULL, actor TEXT NOT NULL CHECK(actor IN ('resident','staff','platform')), kiosk TEXT NOT NULL,"
    " staff TEXT NOT NULL, counter TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY(community, ticket, seq),"
    " FOREIGN KEY(community, ticket) REFERENCES queue_ticket(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX queue_step_id ON queue_step(community, id);";

/* The card goes when its owner left for good, and nothing else. */
#define OTHER_NUMBER                                                                                                               \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.hall<>OLD.hall OR NEW.day<>OLD.day OR NEW.letter<>OLD.letter OR"        \
    " NEW.no<>OLD.no OR NEW.matter<>OLD.matter OR NEW.class<>OLD.class OR (NEW.card<>OLD.card AND NEW.card<>'') OR"                 \
    " NEW.kiosk<>OLD.kiosk OR NEW.drawn<>OLD.drawn OR NEW.issued_ms<>OLD.issued_ms OR NEW.requeued<OLD.requeued OR"                 \
    " (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR NEW.ended_ms<>OLD.ended_ms))"
#define BACKWARDS "NEW.community<>OLD.community OR NEW.hall<>OLD.hall OR NEW.day<>OLD.day OR NEW.letter<>OLD.letter OR" \
                  " NEW.last_no<OLD.last_no OR NEW.low_no>OLD.low_no"
#define OTHER_RANGE                                                                                                      \
    "NEW.community<>OLD.community OR NEW.hall<>OLD.hall OR NEW.day<>OLD.day OR NEW.letter<>OLD.letter OR"                \
    " NEW.from_no<>OLD.from_no OR NEW.to_no<>OLD.to_no OR NEW.kiosk<>OLD.kiosk OR NEW.closed<OLD.closed"

#define ALL(REFUSE, ALWAYS)                                                                                     \
    REFUSE("queue_ticket_update", "UPDATE", "queue_ticket", OTHER_NUMBER, "a number stays what it was and as it ended") \
    REFUSE("queue_ticket_delete", "DELETE", "queue_ticket", ALWAYS, "numbers end, they are not erased")         \
    REFUSE("queue_step_update", "UPDATE", "queue_step", ALWAYS, "what happened to a number stays")              \
    REFUSE("queue_step_delete", "DELETE", "queue_step", ALWAYS, "what happened to a number stays")              \
    REFUSE("queue_line_update", "UPDATE", "queue_line", BACKWARDS, "counting goes on")                          \
    REFUSE("queue_line_delete", "DELETE", "queue_line", ALWAYS, "counting goes on")                             \
    REFUSE("queue_range_update", "UPDATE", "queue_range", OTHER_RANGE, "a kiosk keeps the numbers that it was given") \
    REFUSE("queue_range_delete", "DELETE", "queue_range", ALWAYS, "a kiosk keeps the numbers that it was given") \
    REFUSE("queue_issue_update", "UPDATE", "queue_issue", ALWAYS, "what was signed stays")                      \
    REFUSE("queue_issue_delete", "DELETE", "queue_issue", ALWAYS, "what was signed stays")

#define SQLITE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
#define PG(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"
const char db_triggers_queue_sqlite[] = ALL(SQLITE, "1");
const char db_triggers_queue_pg[] = ALL(PG, "true");

/*
 * Calls of those who go before others are counted for each letter (counter '') and for each counter (letter ''), which `queue_day` did for
 * a hall as a whole. A number goes along when a card takes the place of another, and goes on when somebody had been back in time.
 */
const char db_schema_queue_runs[] =
    "CREATE TABLE queue_run(community TEXT NOT NULL, hall TEXT NOT NULL, day INT NOT NULL, letter TEXT NOT NULL, counter TEXT NOT NULL,"
    " run INT NOT NULL CHECK(run>=0), CHECK((letter='')<>(counter='')), PRIMARY KEY(community, hall, day, letter, counter),"
    " FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id)) STRICT, WITHOUT ROWID;";

#define BACK_AFTER_ALL "OLD.state='EXPIRED' AND NEW.state='REQUEUED' AND OLD.missed_ms<>0 AND OLD.requeued=0 AND NEW.requeued=1"
#define NOT_ITSELF(CLASS)                                                                                                      \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.hall<>OLD.hall OR NEW.day<>OLD.day OR NEW.letter<>OLD.letter OR"    \
    " NEW.no<>OLD.no OR NEW.matter<>OLD.matter OR " CLASS " OR (NEW.card<>OLD.card AND NEW.card<>'' AND NOT "                 \
    DB_CARD_FOLLOWS("OLD.card", "NEW.card") ") OR NEW.kiosk<>OLD.kiosk OR NEW.drawn<>OLD.drawn OR"                             \
    " NEW.issued_ms<>OLD.issued_ms OR NEW.requeued<OLD.requeued OR (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR"              \
    " NEW.ended_ms<>OLD.ended_ms) AND NOT (" BACK_AFTER_ALL "))"
#define SAME_CLASS  "NEW.class<>OLD.class"
#define AS_IT_ENDED "a number stays what it was and as it ended"
const char db_triggers_queue_runs_sqlite[] =
    "DROP TRIGGER queue_ticket_update;" SQLITE("queue_ticket_update", "UPDATE", "queue_ticket", NOT_ITSELF(SAME_CLASS), AS_IT_ENDED);
const char db_triggers_queue_runs_pg[] =
    "DROP TRIGGER queue_ticket_update ON queue_ticket;" DB_PG_ASK("queue_ticket_update", "UPDATE", "queue_ticket", NOT_ITSELF(SAME_CLASS), AS_IT_ENDED);

/*
 * Appointments: times that a hall offers for a matter, with so many places, and who has one. A place is never given twice: writers of a
 * community come one after the other. Who came before the time was in time waits with a number that becomes a booked one then.
 *
 *   a card has one appointment at a time; what ended stays, but an absence that turns out to be none; steps are append only
 */
const char db_schema_appointments[] =
    "CREATE TABLE appointment_slot(community TEXT NOT NULL, hall TEXT NOT NULL, matter TEXT NOT NULL, start_ms INT NOT NULL,"
    " minutes INT NOT NULL CHECK(minutes BETWEEN 1 AND 480), places INT NOT NULL CHECK(places BETWEEN 0 AND 1000),"
    " PRIMARY KEY(community, hall, matter, start_ms), FOREIGN KEY(community, hall) REFERENCES queue_hall(community, id),"
    " FOREIGN KEY(community, matter) REFERENCES matter(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE appointment(community TEXT NOT NULL, id TEXT NOT NULL, hall TEXT NOT NULL, matter TEXT NOT NULL, card TEXT NOT NULL,"
    " ticket TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('BOOKED','KEPT','CANCELLED','NO_SHOW')), start_ms INT NOT NULL,"
    " booked_ms INT NOT NULL, ended_ms INT NOT NULL, CHECK((ended_ms=0)=(state='BOOKED')), CHECK(ticket='' OR state='KEPT'),"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, hall, matter, start_ms) REFERENCES"
    " appointment_slot(community, hall, matter, start_ms)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX appointment_one ON appointment(community, card, start_ms) WHERE ended_ms=0 AND card<>'';"
    "CREATE INDEX appointment_card ON appointment(community, card, start_ms);"
    "CREATE INDEX appointment_place ON appointment(community, hall, matter, start_ms);"
    "CREATE INDEX appointment_due ON appointment(community, start_ms) WHERE ended_ms=0;"
    "CREATE TABLE appointment_step(community TEXT NOT NULL, appointment TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), step TEXT NOT NULL,"
    " staff TEXT NOT NULL, at_ms INT NOT NULL, start_ms INT NOT NULL, PRIMARY KEY(community, appointment, seq),"
    " FOREIGN KEY(community, appointment) REFERENCES appointment(community, id)) STRICT, WITHOUT ROWID;";

#define NOW_BOOKED                                                                                     \
    "(NEW.class<>OLD.class AND NOT (NEW.class='booked' AND OLD.state='ISSUED') AND NOT (OLD.class='booked' AND" \
    " NEW.class='normal' AND OLD.card<>'' AND NEW.card=''))"
#define OTHER_APPOINTMENT                                                                                                      \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.hall<>OLD.hall OR NEW.matter<>OLD.matter OR"                        \
    " NEW.booked_ms<>OLD.booked_ms OR (NEW.card<>OLD.card AND NEW.card<>'' AND NOT " DB_CARD_FOLLOWS("OLD.card", "NEW.card") ") OR" \
    " (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR NEW.ended_ms<>OLD.ended_ms OR NEW.start_ms<>OLD.start_ms) AND NOT"         \
    " (OLD.state='NO_SHOW' AND NEW.state IN ('KEPT','CANCELLED') AND NEW.start_ms=OLD.start_ms))"
#define APPOINTMENTS_KEPT(REFUSE, ALWAYS)                                                                   \
    REFUSE("appointment_delete", "DELETE", "appointment", ALWAYS, "appointments end, they are not erased")       \
    REFUSE("appointment_slot_delete", "DELETE", "appointment_slot", ALWAYS, "a time that was offered stays")     \
    REFUSE("appointment_step_update", "UPDATE", "appointment_step", ALWAYS, "what happened to an appointment stays") \
    REFUSE("appointment_step_delete", "DELETE", "appointment_step", ALWAYS, "what happened to an appointment stays")
#define AS_IT_WAS "an appointment stays what it was and as it ended"
const char db_triggers_appointments_sqlite[] =
    APPOINTMENTS_KEPT(SQLITE, "1") SQLITE("appointment_update", "UPDATE", "appointment", OTHER_APPOINTMENT, AS_IT_WAS)
    "DROP TRIGGER queue_ticket_update;" SQLITE("queue_ticket_update", "UPDATE", "queue_ticket", NOT_ITSELF(NOW_BOOKED), AS_IT_ENDED);
const char db_triggers_appointments_pg[] =
    APPOINTMENTS_KEPT(PG, "true") DB_PG_ASK("appointment_update", "UPDATE", "appointment", OTHER_APPOINTMENT, AS_IT_WAS)
    "DROP TRIGGER queue_ticket_update ON queue_ticket; DROP FUNCTION queue_ticket_update();"
    DB_PG_ASK("queue_ticket_update", "UPDATE", "queue_ticket", NOT_ITSELF(NOW_BOOKED), AS_IT_ENDED);
