/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-engine.h"

/*
 * Topics of the community: opinions, topics with their steps, who supports, statements and their votes, electorates, ballots. Who it is
 * stands as a person's number; below zero it is nobody's any more. The tables hold by themselves:
 *
 *   a topic that has ended stays so; its electorate is written once, while it is talked over, and never changed
 *   support once a person, one vote of a person on a statement, one turnout of a unit; steps are append only
 *   turnout and papers only while a ballot is open; neither goes again
 *
 * The secret ballot is two tables. `ballot_turnout` knows who and which day, `ballot_paper` a random code and what was chosen, sealed:
 * they share the topic and nothing else, no key, time, or order. `ballot_urn` has the sums of the papers, sealed, in one row.
 */
#define ENDED "('REPORTED','LAPSED','RETURNED','MERGED','WITHDRAWN')"
const char db_schema_topics[] =
    "CREATE TABLE topic(community TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('DRAFT','MODERATION','COLLECTING',"
    "'QUALIFIED','DELIBERATION','BALLOT','DECIDED','EXECUTING','REPORTED','LAPSED','RETURNED','MERGED','WITHDRAWN')), words TEXT NOT NULL,"
    " author TEXT NOT NULL, other TEXT NOT NULL, reason TEXT NOT NULL, threshold INT NOT NULL CHECK(threshold>=0),"
    " support INT NOT NULL CHECK(support>=0), until_ms INT NOT NULL, meeting_ms INT NOT NULL, milestones INT NOT NULL,"
    " reached INT NOT NULL CHECK(reached BETWEEN 0 AND milestones), special INT NOT NULL CHECK(special IN (0,1)),"
    " binding INT NOT NULL CHECK(binding IN (0,1)), rule TEXT NOT NULL, electorate TEXT NOT NULL, salt TEXT NOT NULL, units INT NOT NULL,"
    " area_cm2 INT NOT NULL, answer TEXT NOT NULL, report TEXT NOT NULL, result TEXT NOT NULL, made_ms INT NOT NULL,"
    " changed_ms INT NOT NULL, ended_ms INT NOT NULL, CHECK((ended_ms<>0)=(state IN " ENDED ")), CHECK(binding=0 OR rule<>''),"
    " CHECK((electorate='')=(units=0)), PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX topic_state ON topic(community, state, until_ms);"
    "CREATE INDEX topic_ended ON topic(community, ended_ms);"
    "CREATE TABLE topic_step(community TEXT NOT NULL, topic TEXT NOT NULL, seq INT NOT NULL CHECK(seq>0), at_ms INT NOT NULL,"
    " step TEXT NOT NULL, actor TEXT NOT NULL CHECK(actor IN ('author','staff','committee','platform')), staff_a TEXT NOT NULL,"
    " staff_b TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, note TEXT NOT NULL, CHECK(staff_a='' OR staff_a<>staff_b),"
    " PRIMARY KEY(community, topic, seq), FOREIGN KEY(community, topic) REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE topic_milestone(community TEXT NOT NULL, topic TEXT NOT NULL, n INT NOT NULL CHECK(n>0), words TEXT NOT NULL,"
    " due INT NOT NULL, reached_ms INT NOT NULL, PRIMARY KEY(community, topic, n), FOREIGN KEY(community, topic)"
    " REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE topic_support(community TEXT NOT NULL, topic TEXT NOT NULL, person INT NOT NULL, at_ms INT NOT NULL,"
    " PRIMARY KEY(community, topic, person), FOREIGN KEY(community, topic) REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX topic_support_person ON topic_support(community, person);"
    "CREATE TABLE topic_statement(community TEXT NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL, words TEXT NOT NULL,"
    " author_kind TEXT NOT NULL CHECK(author_kind IN ('resident','committee')), hidden INT NOT NULL CHECK(hidden IN (0,1)),"
    " staff TEXT NOT NULL, made_ms INT NOT NULL, PRIMARY KEY(community, id), FOREIGN KEY(community, topic) REFERENCES topic(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX topic_statement_of ON topic_statement(community, topic, made_ms, id);"
    "CREATE TABLE statement_vote(community TEXT NOT NULL, statement TEXT NOT NULL, person INT NOT NULL, vote INT NOT NULL"
    " CHECK(vote BETWEEN -1 AND 1), at_ms INT NOT NULL, PRIMARY KEY(community, statement, person), FOREIGN KEY(community, statement)"
    " REFERENCES topic_statement(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX statement_vote_person ON statement_vote(community, person);"
    "CREATE TABLE opinion(community TEXT NOT NULL, id TEXT NOT NULL, theme TEXT NOT NULL, words TEXT NOT NULL, card TEXT NOT NULL,"
    " kiosk TEXT NOT NULL, at_ms INT NOT NULL, answer TEXT NOT NULL, staff TEXT NOT NULL, answered_ms INT NOT NULL, topic TEXT NOT NULL,"
    " CHECK((answered_ms=0)=(answer='')), PRIMARY KEY(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX opinion_card ON opinion(community, card);"
    "CREATE INDEX opinion_open ON opinion(community, at_ms) WHERE answered_ms=0;"
    "CREATE INDEX opinion_topic ON opinion(community, topic) WHERE topic<>'';"
    "CREATE TABLE elector_unit(community TEXT NOT NULL, topic TEXT NOT NULL, unit INT NOT NULL, area_cm2 INT NOT NULL CHECK(area_cm2>0),"
    " PRIMARY KEY(community, topic, unit), FOREIGN KEY(community, topic) REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE elector(community TEXT NOT NULL, topic TEXT NOT NULL, person INT NOT NULL, unit INT NOT NULL,"
    " PRIMARY KEY(community, topic, person), FOREIGN KEY(community, topic, unit) REFERENCES elector_unit(community, topic, unit))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ballot_wish(community TEXT NOT NULL, topic TEXT NOT NULL, person INT NOT NULL, day INT NOT NULL,"
    " PRIMARY KEY(community, topic, person), FOREIGN KEY(community, topic) REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ballot_turnout(community TEXT NOT NULL, topic TEXT NOT NULL, unit INT NOT NULL, day INT NOT NULL,"
    " PRIMARY KEY(community, topic, unit), FOREIGN KEY(community, topic, unit) REFERENCES elector_unit(community, topic, unit))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE ballot_paper(community TEXT NOT NULL, code TEXT NOT NULL CHECK(length(code)=16), topic TEXT NOT NULL,"
    " choice TEXT NOT NULL, PRIMARY KEY(community, code), FOREIGN KEY(community, topic) REFERENCES topic(community, id))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX ballot_paper_topic ON ballot_paper(community, topic, code);"
    "CREATE TABLE ballot_urn(community TEXT NOT NULL, topic TEXT NOT NULL, papers INT NOT NULL CHECK(papers>=0), sums TEXT NOT NULL,"
    " PRIMARY KEY(community, topic), FOREIGN KEY(community, topic) REFERENCES topic(community, id)) STRICT, WITHOUT ROWID;";

#define OTHER_TOPIC                                                                                                                 \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.author<>OLD.author OR NEW.made_ms<>OLD.made_ms OR"                       \
    " (OLD.ended_ms<>0 AND (NEW.state<>OLD.state OR NEW.ended_ms<>OLD.ended_ms)) OR (OLD.electorate<>'' AND"                         \
    " (NEW.electorate<>OLD.electorate OR NEW.salt<>OLD.salt OR NEW.units<>OLD.units OR NEW.area_cm2<>OLD.area_cm2 OR"                \
    " NEW.until_ms<>OLD.until_ms OR NEW.special<>OLD.special OR NEW.binding<>OLD.binding OR NEW.rule<>OLD.rule)) OR"                 \
    " (OLD.result<>'' AND NEW.result<>OLD.result)"
#define STATE_OF_NEW "coalesce((SELECT t.state FROM topic t WHERE t.community=NEW.community AND t.id=NEW.topic),'')"
/* Whose number it was goes when they left for good, and nothing else. */
#define OTHER_SUPPORT \
    "NEW.community<>OLD.community OR NEW.topic<>OLD.topic OR NEW.at_ms<>OLD.at_ms OR (NEW.person<>OLD.person AND NEW.person>=0)"
#define OTHER_PAPER "NEW.community<>OLD.community OR NEW.code<>OLD.code OR NEW.topic<>OLD.topic"
#define OTHER_OPINION \
    "NEW.community<>OLD.community OR NEW.id<>OLD.id OR NEW.at_ms<>OLD.at_ms OR NEW.theme<>OLD.theme OR (OLD.card='' AND NEW.card<>'')"

/* What asks other rows is ASK: on a server a trigger's own condition may not. */
#define ALL(REFUSE, ASK, ALWAYS)                                                                                                  \
    REFUSE("topic_update", "UPDATE", "topic", OTHER_TOPIC, "a topic stays as it ended, and its electorate as it was frozen")       \
    REFUSE("topic_delete", "DELETE", "topic", ALWAYS, "topics end, they are not erased")                                          \
    REFUSE("topic_step_update", "UPDATE", "topic_step", ALWAYS, "what happened to a topic stays")                                 \
    REFUSE("topic_step_delete", "DELETE", "topic_step", ALWAYS, "what happened to a topic stays")                                 \
    REFUSE("topic_support_update", "UPDATE", "topic_support", OTHER_SUPPORT, "support stays")                                     \
    REFUSE("topic_support_delete", "DELETE", "topic_support", ALWAYS, "support stays")                                            \
    REFUSE("opinion_update", "UPDATE", "opinion", OTHER_OPINION, "what was said stays with whose it is")                                   \
    REFUSE("opinion_delete", "DELETE", "opinion", ALWAYS, "opinions are answered, they are not erased")                           \
    ASK("elector_unit_insert", "INSERT", "elector_unit", STATE_OF_NEW "<>'DELIBERATION'", "the electorate is frozen")             \
    ASK("elector_insert", "INSERT", "elector", STATE_OF_NEW "<>'DELIBERATION'", "the electorate is frozen")                       \
    REFUSE("elector_unit_update", "UPDATE", "elector_unit", ALWAYS, "the electorate is frozen")                                   \
    REFUSE("elector_unit_delete", "DELETE", "elector_unit", ALWAYS, "the electorate is frozen")                                   \
    REFUSE("elector_update", "UPDATE", "elector", ALWAYS, "the electorate is frozen")                                             \
    REFUSE("elector_delete", "DELETE", "elector", ALWAYS, "the electorate is frozen")                                             \
    ASK("ballot_turnout_insert", "INSERT", "ballot_turnout", STATE_OF_NEW "<>'BALLOT'", "no ballot is open")                      \
    REFUSE("ballot_turnout_update", "UPDATE", "ballot_turnout", ALWAYS, "who voted has voted")                                    \
    REFUSE("ballot_turnout_delete", "DELETE", "ballot_turnout", ALWAYS, "who voted has voted")                                    \
    ASK("ballot_paper_insert", "INSERT", "ballot_paper", STATE_OF_NEW "<>'BALLOT'", "no ballot is open")                          \
    ASK("ballot_paper_update", "UPDATE", "ballot_paper", OTHER_PAPER " OR " STATE_OF_NEW "<>'BALLOT'", "papers stay in the urn")  \
    REFUSE("ballot_paper_delete", "DELETE", "ballot_paper", ALWAYS, "papers stay in the urn")                                     \
    REFUSE("ballot_urn_delete", "DELETE", "ballot_urn", ALWAYS, "papers stay in the urn")

#define SQLITE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
#define PG(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"
#define PG_ASK(NAME, WHEN, TABLE, CONDITION, WHY)                                                                                      \
    "CREATE FUNCTION " NAME "() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN IF (" CONDITION ") THEN"            \
    " RAISE EXCEPTION '" WHY "'; END IF; RETURN NEW; END $$;"                                                                           \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW EXECUTE FUNCTION " NAME "();"
const char db_triggers_topics_sqlite[] = ALL(SQLITE, SQLITE, "1");
const char db_triggers_topics_pg[] = ALL(PG, PG_ASK, "true");
