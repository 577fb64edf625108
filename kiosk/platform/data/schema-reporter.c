/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Whose tickets: looked for when a person's are erased. What happened to a ticket stays, but for one thing: what staff noted among
 * themselves may be taken away, and nothing be put in its place.
 */
const char db_schema_reporter[] = "CREATE INDEX ticket_reporter ON ticket(community, reporter) WHERE reporter<>'';";

const char db_triggers_reporter_sqlite[] =
    "DROP TRIGGER ticket_event_update;"
    "CREATE TRIGGER ticket_event_update BEFORE UPDATE ON ticket_event WHEN NOT (NEW.private_note='' AND OLD.community=NEW.community"
    " AND OLD.ticket=NEW.ticket AND OLD.seq=NEW.seq AND OLD.id=NEW.id AND OLD.at_ms=NEW.at_ms AND OLD.step=NEW.step AND"
    " OLD.actor=NEW.actor AND OLD.staff_a=NEW.staff_a AND OLD.staff_b=NEW.staff_b AND OLD.from_state=NEW.from_state AND"
    " OLD.to_state=NEW.to_state AND OLD.public_note=NEW.public_note)"
    " BEGIN SELECT RAISE(ABORT,'what happened to a ticket stays'); END;";

const char db_triggers_reporter_pg[] =
    "DROP TRIGGER ticket_event_update ON ticket_event;"
    "CREATE TRIGGER ticket_event_update BEFORE UPDATE ON ticket_event FOR EACH ROW WHEN (NOT (NEW.private_note='' AND"
    " (OLD.community, OLD.ticket, OLD.seq, OLD.id, OLD.at_ms, OLD.step, OLD.actor, OLD.staff_a, OLD.staff_b, OLD.from_state,"
    " OLD.to_state, OLD.public_note)=(NEW.community, NEW.ticket, NEW.seq, NEW.id, NEW.at_ms, NEW.step, NEW.actor, NEW.staff_a,"
    " NEW.staff_b, NEW.from_state, NEW.to_state, NEW.public_note))) EXECUTE FUNCTION refuse('what happened to a ticket stays');";
