/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * The register of certificates. Who issues them: one body is the community's `own`, to which all service belongs that is not of an
 * activity of another one. A certificate has its number for ever, and what stands on it lies sealed (`told`): it is printed again as it
 * was, and read without its name when the person has left for good.
 */
const char db_schema_certificates[] =
    "CREATE TABLE certificate_issuer(community TEXT NOT NULL, code TEXT NOT NULL, uscc TEXT NOT NULL, name_zh TEXT NOT NULL,"
    " name_en TEXT NOT NULL, lead TEXT NOT NULL, phone TEXT NOT NULL, own INT NOT NULL CHECK(own IN (0,1)),"
    " changed_ms INT NOT NULL, PRIMARY KEY(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX certificate_issuer_own ON certificate_issuer(community) WHERE own=1;"
    "CREATE TABLE activity_issuer(community TEXT NOT NULL, activity TEXT NOT NULL, issuer TEXT NOT NULL,"
    " PRIMARY KEY(community, activity), FOREIGN KEY(community, activity) REFERENCES activity(community, id),"
    " FOREIGN KEY(community, issuer) REFERENCES certificate_issuer(community, code)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE service_certificate(community TEXT NOT NULL, number TEXT NOT NULL, issuer TEXT NOT NULL, year INT NOT NULL,"
    " seq INT NOT NULL CHECK(seq BETWEEN 1 AND 999999), request TEXT NOT NULL, person INT NOT NULL, kiosk TEXT NOT NULL,"
    " from_date INT NOT NULL, to_date INT NOT NULL, minutes INT NOT NULL CHECK(minutes>0), full_name INT NOT NULL CHECK(full_name IN (0,1)),"
    " told TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('MADE','ISSUED','WITHDRAWN')), prints INT NOT NULL CHECK(prints>=0),"
    " made_ms INT NOT NULL, issued_ms INT NOT NULL, withdrawn_ms INT NOT NULL, CHECK(to_date>=from_date),"
    " CHECK((withdrawn_ms=0)=(state<>'WITHDRAWN')), CHECK(state<>'ISSUED' OR issued_ms>0), CHECK((prints=0)=(issued_ms=0)),"
    " PRIMARY KEY(community, number), FOREIGN KEY(community, issuer) REFERENCES certificate_issuer(community, code),"
    " FOREIGN KEY(community, person) REFERENCES person(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX service_certificate_seq ON service_certificate(community, issuer, year, seq);"
    "CREATE UNIQUE INDEX service_certificate_request ON service_certificate(community, request);"
    "CREATE INDEX service_certificate_person ON service_certificate(community, person, made_ms);"
    "CREATE TABLE service_certificate_step(community TEXT NOT NULL, number TEXT NOT NULL, n INT NOT NULL CHECK(n>0), at_ms INT NOT NULL,"
    " step TEXT NOT NULL CHECK(step IN ('MADE','PRINTED','WITHDRAWN')), kiosk TEXT NOT NULL, staff_a TEXT NOT NULL, staff_b TEXT NOT NULL,"
    " reason TEXT NOT NULL, CHECK((step='WITHDRAWN')=(staff_a<>'')), CHECK(step<>'WITHDRAWN' OR (staff_b<>'' AND staff_a<>staff_b)),"
    " PRIMARY KEY(community, number, n), FOREIGN KEY(community, number) REFERENCES service_certificate(community, number)) STRICT, WITHOUT ROWID;";

/* It is printed, it is withdrawn, and what stands on it is erased: nothing else of it ever changes. */
#define CHANGED                                                                                                                   \
    "NEW.community<>OLD.community OR NEW.number<>OLD.number OR NEW.issuer<>OLD.issuer OR NEW.year<>OLD.year OR NEW.seq<>OLD.seq OR" \
    " NEW.request<>OLD.request OR NEW.person<>OLD.person OR NEW.kiosk<>OLD.kiosk OR NEW.from_date<>OLD.from_date OR"               \
    " NEW.to_date<>OLD.to_date OR NEW.minutes<>OLD.minutes OR NEW.full_name<>OLD.full_name OR NEW.made_ms<>OLD.made_ms OR"         \
    " NEW.prints<OLD.prints OR (OLD.issued_ms<>0 AND NEW.issued_ms<>OLD.issued_ms) OR (OLD.state='WITHDRAWN' AND"                  \
    " NEW.state<>'WITHDRAWN') OR (OLD.state='ISSUED' AND NEW.state='MADE')"

const char db_triggers_certificates_sqlite[] =
    "CREATE TRIGGER service_certificate_update BEFORE UPDATE ON service_certificate WHEN " CHANGED
    " BEGIN SELECT RAISE(ABORT,'a certificate stays as it was made'); END;"
    "CREATE TRIGGER service_certificate_delete BEFORE DELETE ON service_certificate BEGIN SELECT RAISE(ABORT,'the register of certificates is kept'); END;"
    "CREATE TRIGGER service_certificate_step_update BEFORE UPDATE ON service_certificate_step"
    " BEGIN SELECT RAISE(ABORT,'the register of certificates is kept'); END;"
    "CREATE TRIGGER service_certificate_step_delete BEFORE DELETE ON service_certificate_step"
    " BEGIN SELECT RAISE(ABORT,'the register of certificates is kept'); END;";

const char db_triggers_certificates_pg[] =
    "CREATE TRIGGER service_certificate_update BEFORE UPDATE ON service_certificate FOR EACH ROW WHEN (" CHANGED
    ") EXECUTE FUNCTION refuse('a certificate stays as it was made');"
    "CREATE TRIGGER service_certificate_delete BEFORE DELETE ON service_certificate FOR EACH ROW EXECUTE FUNCTION"
    " refuse('the register of certificates is kept');"
    "CREATE TRIGGER service_certificate_step_update BEFORE UPDATE ON service_certificate_step FOR EACH ROW EXECUTE FUNCTION"
    " refuse('the register of certificates is kept');"
    "CREATE TRIGGER service_certificate_step_delete BEFORE DELETE ON service_certificate_step FOR EACH ROW EXECUTE FUNCTION"
    " refuse('the register of certificates is kept');";
