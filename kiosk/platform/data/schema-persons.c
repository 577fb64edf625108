/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Who looked at whom. A challenge is asked of a card once; a session is known by the digest of its secret; the access log is
 * append only until its time is over, which `retention_floor` says. Two-person actions end once, by somebody else than who asked.
 */
const char db_schema_persons[] =
    "CREATE TABLE tap_challenge(community TEXT NOT NULL, id TEXT NOT NULL, kiosk TEXT NOT NULL, card TEXT NOT NULL,"
    " challenge BLOB NOT NULL CHECK(length(challenge)=8), made_ms INT NOT NULL, PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tap_challenge_kiosk ON tap_challenge(community, kiosk);"
    "CREATE TABLE tap_failure(community TEXT NOT NULL, scope TEXT NOT NULL, failures INT NOT NULL CHECK(failures>=0),"
    " since_ms INT NOT NULL, PRIMARY KEY(community, scope)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE tap_session(community TEXT NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32), kiosk TEXT NOT NULL,"
    " card TEXT NOT NULL, staff TEXT NOT NULL, opened_ms INT NOT NULL, expires_ms INT NOT NULL CHECK(expires_ms>opened_ms),"
    " ended_ms INT NOT NULL, PRIMARY KEY(community, digest), FOREIGN KEY(community, kiosk) REFERENCES kiosk(community, id),"
    " FOREIGN KEY(community, card) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX tap_session_kiosk ON tap_session(community, kiosk) WHERE ended_ms=0;"
    "CREATE INDEX tap_session_card ON tap_session(community, card) WHERE ended_ms=0;"

    "CREATE TABLE access_log(community TEXT NOT NULL, n INT NOT NULL, at_ms INT NOT NULL, actor TEXT NOT NULL,"
    " role TEXT NOT NULL, person INT, fields TEXT NOT NULL, purpose TEXT NOT NULL, case_id TEXT NOT NULL, kiosk TEXT NOT NULL,"
    " PRIMARY KEY(community, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX access_log_person ON access_log(community, person, n);"
    "CREATE INDEX access_log_actor ON access_log(community, actor, at_ms);"
    "CREATE TABLE retention_floor(community TEXT NOT NULL, kind TEXT NOT NULL, before_ms INT NOT NULL,"
    " PRIMARY KEY(community, kind)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE person_left(community TEXT NOT NULL, person INT NOT NULL, left_ms INT NOT NULL, staff_a TEXT NOT NULL,"
    " staff_b TEXT NOT NULL, reason TEXT NOT NULL, erased_ms INT NOT NULL, CHECK(staff_a<>staff_b),"
    " PRIMARY KEY(community, person), FOREIGN KEY(community, person) REFERENCES person(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pending_action(community TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,"
    " data TEXT NOT NULL, reason TEXT NOT NULL, asked_by TEXT NOT NULL, asked_ms INT NOT NULL, expires_ms INT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('ASKED','DONE','WITHDRAWN','EXPIRED')), ended_by TEXT NOT NULL, ended_ms INT NOT NULL,"
    " CHECK(state<>'DONE' OR (ended_by<>'' AND ended_by<>asked_by)), CHECK((state='ASKED')=(ended_ms=0)),"
    " PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX pending_action_open ON pending_action(community, asked_ms) WHERE state='ASKED';"
    /* What somebody owes is asked at each tap. */
    "CREATE INDEX bill_card ON bill(community, card);";

const char db_schema_persons_sqlite[] =
    "CREATE TRIGGER access_log_update BEFORE UPDATE ON access_log BEGIN SELECT RAISE(ABORT,'the access log is append only'); END;"
    "CREATE TRIGGER access_log_delete BEFORE DELETE ON access_log WHEN NOT EXISTS (SELECT 1 FROM retention_floor f WHERE"
    " f.community=OLD.community AND f.kind='access_log' AND f.before_ms>OLD.at_ms)"
    " BEGIN SELECT RAISE(ABORT,'the access log is append only'); END;"
    "CREATE TRIGGER pending_action_update BEFORE UPDATE ON pending_action WHEN OLD.state<>'ASKED' OR NEW.asked_by<>OLD.asked_by"
    " OR NEW.data<>OLD.data OR NEW.kind<>OLD.kind OR NEW.subject<>OLD.subject"
    " BEGIN SELECT RAISE(ABORT,'what was asked and decided stays'); END;"
    "CREATE TRIGGER pending_action_delete BEFORE DELETE ON pending_action"
    " BEGIN SELECT RAISE(ABORT,'decisions are never deleted'); END;";

const char db_schema_persons_pg[] =
    "CREATE TRIGGER access_log_update BEFORE UPDATE ON access_log FOR EACH ROW EXECUTE FUNCTION refuse('the access log is append"
    " only');"
    "CREATE FUNCTION access_log_is_over() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN"
    " IF NOT EXISTS (SELECT 1 FROM retention_floor f WHERE f.community=OLD.community AND f.kind='access_log' AND"
    "  f.before_ms>OLD.at_ms) THEN RAISE EXCEPTION 'the access log is append only'; END IF; RETURN OLD; END $$;"
    "CREATE TRIGGER access_log_delete BEFORE DELETE ON access_log FOR EACH ROW EXECUTE FUNCTION access_log_is_over();"
    "CREATE TRIGGER pending_action_update BEFORE UPDATE ON pending_action FOR EACH ROW WHEN (OLD.state<>'ASKED' OR"
    " NEW.asked_by<>OLD.asked_by OR NEW.data<>OLD.data OR NEW.kind<>OLD.kind OR NEW.subject<>OLD.subject)"
    " EXECUTE FUNCTION refuse('what was asked and decided stays');"
    "CREATE TRIGGER pending_action_delete BEFORE DELETE ON pending_action FOR EACH ROW EXECUTE FUNCTION refuse('decisions are"
    " never deleted');";
