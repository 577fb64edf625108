/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * What is shown and kept beside the books. `notice_case` is a notice from its draft to its end; the table `notice` of before has the
 * value that kiosks are told of those in force. A file is its bytes' SHA-256, in parts, here because several nodes share no disk;
 * of a personal one the parts are sealed. It is kept while something uses it. `card_report` is who said what of a card.
 */
const char db_schema_content[] =
    "CREATE TABLE notice_case(community TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN"
    " ('DRAFT','PUBLISHED','WITHDRAWN')), value TEXT NOT NULL, urgent INT NOT NULL CHECK(urgent IN (0,1)), ends INT NOT NULL,"
    " author TEXT NOT NULL, made_ms INT NOT NULL, approved_by TEXT NOT NULL, approved_ms INT NOT NULL, withdrawn_by TEXT NOT NULL,"
    " withdrawn_ms INT NOT NULL, reason TEXT NOT NULL, CHECK(author<>approved_by), CHECK(state<>'PUBLISHED' OR approved_by<>''),"
    " CHECK((state='WITHDRAWN')=(withdrawn_by<>'')), PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE notice_read(community TEXT NOT NULL, notice TEXT NOT NULL, reader TEXT NOT NULL, kiosk TEXT NOT NULL,"
    " at_ms INT NOT NULL, PRIMARY KEY(community, notice, reader)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE notice_count(community TEXT NOT NULL, notice TEXT NOT NULL, kiosk TEXT NOT NULL, n INT NOT NULL CHECK(n>0),"
    " PRIMARY KEY(community, notice, kiosk)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE file(community TEXT NOT NULL, id TEXT NOT NULL CHECK(length(id)=64), type TEXT NOT NULL CHECK(type IN"
    " ('image/png','image/jpeg','application/pdf','audio/ogg','audio/wav')), length INT NOT NULL CHECK(length>0),"
    " personal INT NOT NULL CHECK(personal IN (0,1)), name TEXT NOT NULL, kiosk TEXT NOT NULL, made_ms INT NOT NULL,"
    " CHECK(personal=0 OR name=''), PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX file_of_kiosk ON file(community, kiosk, made_ms) WHERE kiosk<>'';"
    "CREATE TABLE file_part(community TEXT NOT NULL, file TEXT NOT NULL, n INT NOT NULL CHECK(n>=0), bytes BLOB, sealed TEXT,"
    " CHECK((bytes IS NULL)<>(sealed IS NULL)), PRIMARY KEY(community, file, n),"
    " FOREIGN KEY(community, file) REFERENCES file(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE file_use(community TEXT NOT NULL, file TEXT NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL,"
    " PRIMARY KEY(community, file, what, id), FOREIGN KEY(community, file) REFERENCES file(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX file_use_by ON file_use(community, what, id);"
    "CREATE TABLE card_report(community TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL, what TEXT NOT NULL CHECK(what IN"
    " ('lost','found')), kiosk TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, at_ms INT NOT NULL,"
    " hotlist_version INT NOT NULL, CHECK(staff_a<>staff_b), CHECK(what='lost' OR staff_b<>''), PRIMARY KEY(community, id),"
    " FOREIGN KEY(community, token) REFERENCES card(community, token)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX card_report_card ON card_report(community, token, at_ms);";

const char db_triggers_content_sqlite[] =
    "CREATE TRIGGER notice_case_delete BEFORE DELETE ON notice_case BEGIN SELECT RAISE(ABORT,'notices are withdrawn, not erased'); END;"
    "CREATE TRIGGER notice_case_update BEFORE UPDATE ON notice_case WHEN OLD.state<>'DRAFT' AND NEW.value<>OLD.value"
    " BEGIN SELECT RAISE(ABORT,'what was approved stays as it was'); END;"
    "CREATE TRIGGER card_report_update BEFORE UPDATE ON card_report BEGIN SELECT RAISE(ABORT,'what was said of a card stays'); END;"
    "CREATE TRIGGER card_report_delete BEFORE DELETE ON card_report BEGIN SELECT RAISE(ABORT,'what was said of a card stays'); END;";

const char db_triggers_content_pg[] =
    "CREATE TRIGGER notice_case_delete BEFORE DELETE ON notice_case FOR EACH ROW EXECUTE FUNCTION refuse('notices are withdrawn, not"
    " erased');"
    "CREATE TRIGGER notice_case_update BEFORE UPDATE ON notice_case FOR EACH ROW WHEN (OLD.state<>'DRAFT' AND NEW.value<>OLD.value)"
    " EXECUTE FUNCTION refuse('what was approved stays as it was');"
    "CREATE TRIGGER card_report_update BEFORE UPDATE ON card_report FOR EACH ROW EXECUTE FUNCTION refuse('what was said of a card"
    " stays');"
    "CREATE TRIGGER card_report_delete BEFORE DELETE ON card_report FOR EACH ROW EXECUTE FUNCTION refuse('what was said of a card"
    " stays');";
