/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Who is looked after, by whom, and each visit. What somebody needs, what endangers them and what was said at a visit lie sealed. A
 * visit's id is that of the event that told it; visits stay, but for what was said, and a profile ends and is never taken away.
 * `due_ms` is until when somebody has to be there (0: nothing is due), of a visit what it was before.
 */
const char db_schema_care[] =
    "CREATE TABLE care_grid(community TEXT NOT NULL, worker TEXT NOT NULL, grid TEXT NOT NULL, from_ms INT NOT NULL,"
    " to_ms INT NOT NULL CHECK(to_ms=0 OR to_ms>=from_ms), PRIMARY KEY(community, worker, grid, from_ms)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE care_profile(community TEXT NOT NULL, id TEXT NOT NULL, person INT NOT NULL, household INT NOT NULL,"
    " level TEXT NOT NULL CHECK(level IN ('high','key','general')), consent INT NOT NULL CHECK(consent IN (0,1)),"
    " began INT NOT NULL, last INT NOT NULL, chosen INT NOT NULL, extra INT NOT NULL, extra_ms INT NOT NULL,"
    " changed_ms INT NOT NULL, ended_ms INT NOT NULL, due_ms INT NOT NULL, items TEXT NOT NULL, CHECK(ended_ms=0 OR due_ms=0),"
    " CHECK(consent=1 OR due_ms=0), PRIMARY KEY(community, id), FOREIGN KEY(community, person) REFERENCES person(community, id),"
    " FOREIGN KEY(community, household) REFERENCES household(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX care_profile_person ON care_profile(community, person);"
    "CREATE INDEX care_profile_household ON care_profile(community, household);"
    "CREATE INDEX care_profile_due ON care_profile(community, due_ms, id) WHERE due_ms>0;"
    "CREATE TABLE care_visit(community TEXT NOT NULL, id TEXT NOT NULL, care TEXT NOT NULL, at_ms INT NOT NULL, date INT NOT NULL,"
    " kind TEXT NOT NULL CHECK(kind IN ('home','phone','video','third','kiosk')), result TEXT NOT NULL CHECK(result IN"
    " ('well','help_needed','major_change','not_met','died','moved','declined')), contact INT NOT NULL CHECK(contact IN (0,1)),"
    " due_ms INT NOT NULL, next INT NOT NULL, worker TEXT NOT NULL, kiosk TEXT NOT NULL, told TEXT NOT NULL, received_ms INT NOT NULL,"
    " PRIMARY KEY(community, id), FOREIGN KEY(community, care) REFERENCES care_profile(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX care_visit_care ON care_visit(community, care, at_ms);"
    "CREATE UNIQUE INDEX care_visit_day ON care_visit(community, care, date) WHERE contact=1;"
    /* When somebody was last seen at a kiosk. */
    "CREATE INDEX tap_session_seen ON tap_session(community, card, opened_ms);";

/* What was said may be taken away, and nothing be put in its place. */
#define SAME                                                                                                                  \
    "OLD.community=NEW.community AND OLD.id=NEW.id AND OLD.care=NEW.care AND OLD.at_ms=NEW.at_ms AND OLD.date=NEW.date AND"    \
    " OLD.kind=NEW.kind AND OLD.result=NEW.result AND OLD.contact=NEW.contact AND OLD.due_ms=NEW.due_ms AND"                  \
    " OLD.next=NEW.next AND OLD.worker=NEW.worker AND OLD.kiosk=NEW.kiosk AND OLD.received_ms=NEW.received_ms"
#define OTHER "OLD.id<>NEW.id OR OLD.person<>NEW.person OR (OLD.ended_ms<>0 AND NEW.due_ms<>0 AND NEW.began<=OLD.began)"

const char db_triggers_care_sqlite[] =
    "CREATE TRIGGER care_visit_update BEFORE UPDATE ON care_visit WHEN NOT (NEW.told='' AND " SAME ")"
    " BEGIN SELECT RAISE(ABORT,'visits stay as they were told'); END;"
    "CREATE TRIGGER care_visit_delete BEFORE DELETE ON care_visit BEGIN SELECT RAISE(ABORT,'visits stay as they were told'); END;"
    "CREATE TRIGGER care_profile_update BEFORE UPDATE ON care_profile WHEN " OTHER
    " BEGIN SELECT RAISE(ABORT,'who is looked after no more is due no more'); END;"
    "CREATE TRIGGER care_profile_delete BEFORE DELETE ON care_profile"
    " BEGIN SELECT RAISE(ABORT,'looking after somebody ends, it is not erased'); END;";

const char db_triggers_care_pg[] =
    "CREATE TRIGGER care_visit_update BEFORE UPDATE ON care_visit FOR EACH ROW WHEN (NOT (NEW.told='' AND " SAME ")) EXECUTE FUNCTION"
    " refuse('visits stay as they were told');"
    "CREATE TRIGGER care_visit_delete BEFORE DELETE ON care_visit FOR EACH ROW EXECUTE FUNCTION refuse('visits stay as they were told');"
    "CREATE TRIGGER care_profile_update BEFORE UPDATE ON care_profile FOR EACH ROW WHEN (" OTHER
    ") EXECUTE FUNCTION refuse('who is looked after no more is due no more');"
    "CREATE TRIGGER care_profile_delete BEFORE DELETE ON care_profile FOR EACH ROW EXECUTE FUNCTION"
    " refuse('looking after somebody ends, it is not erased');";
