/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db.h"

/*
 * What is owed to billers (MONEY, "payable:BILLER") and what was redeemed at merchants ("redeemed:ITEM"), as lines, and the files
 * that tell them. The tables hold by themselves:
 *
 *   each posted entry of such an account is one line: a trigger on the entries makes it, nobody can forget it
 *   a line gets into one file, once, and only while that file is open; a file is closed when its count and its sum are those of its
 *   lines, and when no line from before its end is left; an open one is never committed (open_file, as open_txn of schema-books.c)
 *   files of one account are numbered without gaps, and each begins where the one before ended; a closed one never changes
 *   a file is paid once, by two of the staff, with exactly its sum: the key of settle_paid says so
 *
 * Amounts here are what the other side gets: above zero is owed to it.
 */
const char db_schema_settle[] =
    "CREATE TABLE settle_file(community TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL, n INT NOT NULL CHECK(n>0),"
    " from_ms INT NOT NULL, until_ms INT NOT NULL, lines INT NOT NULL, late INT NOT NULL, amount INT NOT NULL, sha256 BLOB,"
    " payload TEXT, signature TEXT, key_id TEXT, made_ms INT NOT NULL, closed INT NOT NULL CHECK(closed IN (0,1)),"
    " CHECK(until_ms>from_ms), CHECK(closed=0 OR (lines>0 AND length(sha256)=32 AND payload IS NOT NULL AND signature IS NOT NULL AND"
    " key_id IS NOT NULL)), PRIMARY KEY(community, account, book, n), UNIQUE(community, account, book, n, amount)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE open_file(community TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL, n INT NOT NULL,"
    " PRIMARY KEY(community, account, book, n), FOREIGN KEY(community, account) REFERENCES open_never(community, id) DEFERRABLE"
    " INITIALLY DEFERRED) STRICT, WITHOUT ROWID;"
    "CREATE TABLE settle_line(community TEXT NOT NULL, book TEXT NOT NULL, txn TEXT NOT NULL, line INT NOT NULL, account TEXT NOT NULL,"
    " amount INT NOT NULL, posted_ms INT NOT NULL, n INT, PRIMARY KEY(community, book, txn, line),"
    " FOREIGN KEY(community, account, book, n) REFERENCES settle_file(community, account, book, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX settle_line_file ON settle_line(community, account, book, n, posted_ms, txn, line);"
    "CREATE TABLE settle_paid(community TEXT NOT NULL, account TEXT NOT NULL, book TEXT NOT NULL CHECK(book='MONEY'), n INT NOT NULL,"
    " amount INT NOT NULL CHECK(amount<>0), staff_a TEXT NOT NULL, staff_b TEXT NOT NULL, reason TEXT NOT NULL, paid_ms INT NOT NULL,"
    " CHECK(staff_a<>staff_b), PRIMARY KEY(community, account, book, n),"
    " FOREIGN KEY(community, account, book, n, amount) REFERENCES settle_file(community, account, book, n, amount)) STRICT, WITHOUT ROWID;"
    "INSERT INTO settle_line SELECT e.community, 'MONEY', e.txn, e.line, e.account, -e.amount_fen, t.at_ms, NULL FROM entry e JOIN txn t"
    " ON t.community=e.community AND t.id=e.txn WHERE e.account>='payable:' AND e.account<'payable;';"
    "INSERT INTO settle_line SELECT e.community, e.book, e.txn, e.line, e.account, e.amount, t.posted_ms, NULL FROM credit_entry e JOIN"
    " credit_txn t ON t.community=e.community AND t.id=e.txn WHERE e.account>='redeemed:' AND e.account<'redeemed;' AND"
    " e.book IN ('POINTS','COIN','SUBSIDY');"
    /* The five books as one, with what went out to billers: two entries by each row of settle_paid. */
    "DROP VIEW book_entry;"
    "CREATE VIEW book_entry AS SELECT community, txn, line, 'MONEY' AS book, account, amount_fen AS amount FROM entry"
    " UNION ALL SELECT community, txn, line, book, account, amount FROM credit_entry"
    " UNION ALL SELECT community, 'paid:' || account || ':' || n, 0, 'MONEY', account, amount FROM settle_paid"
    " UNION ALL SELECT community, 'paid:' || account || ':' || n, 1, 'MONEY', 'bank:settlement', -amount FROM settle_paid;";

#define SAME(ALIAS) \
    ALIAS ".community=NEW.community AND " ALIAS ".account=NEW.account AND " ALIAS ".book=NEW.book"
#define OWED  "NEW.account>='payable:' AND NEW.account<'payable;'"
#define TAKEN "NEW.account>='redeemed:' AND NEW.account<'redeemed;' AND NEW.book IN ('POINTS','COIN','SUBSIDY')"
#define LINE_CHANGED                                                                                                     \
    "NEW.community<>OLD.community OR NEW.book<>OLD.book OR NEW.txn<>OLD.txn OR NEW.line<>OLD.line OR NEW.account<>OLD.account OR" \
    " NEW.amount<>OLD.amount OR NEW.posted_ms<>OLD.posted_ms OR OLD.n IS NOT NULL OR NEW.n IS NULL"
#define NO_OPEN_FILE "NOT EXISTS (SELECT 1 FROM settle_file f WHERE " SAME("f") " AND f.n=NEW.n AND f.closed=0)"
#define NOT_NEXT                                                                                                         \
    "NEW.closed<>0 OR NEW.n<>(SELECT coalesce(max(f.n),0)+1 FROM settle_file f WHERE " SAME("f") ") OR"                 \
    " NEW.from_ms<>(SELECT coalesce(max(f.until_ms),0) FROM settle_file f WHERE " SAME("f") ")"
#define NOT_WHOLE                                                                                                        \
    "OLD.closed<>0 OR NEW.closed<>1 OR NEW.community<>OLD.community OR NEW.account<>OLD.account OR NEW.book<>OLD.book OR"   \
    " NEW.n<>OLD.n OR NEW.from_ms<>OLD.from_ms OR NEW.until_ms<>OLD.until_ms OR NEW.lines<>(SELECT count(*) FROM settle_line l" \
    " WHERE " SAME("l") " AND l.n=NEW.n) OR NEW.amount<>(SELECT coalesce(sum(l.amount),0) FROM settle_line l WHERE " SAME("l") \
    " AND l.n=NEW.n) OR EXISTS (SELECT 1 FROM settle_line l WHERE " SAME("l") " AND l.n IS NULL AND l.posted_ms<NEW.until_ms)"
#define NOT_PAYABLE "NOT EXISTS (SELECT 1 FROM settle_file f WHERE " SAME("f") " AND f.n=NEW.n AND f.closed=1)"

#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " WHEN " CONDITION " BEGIN SELECT RAISE(ABORT,'" WHY "'); END;"
const char db_schema_settle_sqlite[] =
    "CREATE TRIGGER entry_settle AFTER INSERT ON entry WHEN " OWED " BEGIN INSERT INTO settle_line VALUES(NEW.community,'MONEY',NEW.txn,"
    "NEW.line,NEW.account,-NEW.amount_fen,(SELECT at_ms FROM txn WHERE community=NEW.community AND id=NEW.txn),NULL); END;"
    "CREATE TRIGGER credit_entry_settle AFTER INSERT ON credit_entry WHEN " TAKEN " BEGIN INSERT INTO settle_line VALUES(NEW.community,"
    "NEW.book,NEW.txn,NEW.line,NEW.account,NEW.amount,(SELECT posted_ms FROM credit_txn WHERE community=NEW.community AND id=NEW.txn),"
    "NULL); END;"
    "CREATE TRIGGER settle_file_opened AFTER INSERT ON settle_file BEGIN INSERT INTO open_file VALUES(NEW.community,NEW.account,NEW.book,"
    "NEW.n); END;"
    "CREATE TRIGGER settle_file_closed AFTER UPDATE ON settle_file BEGIN DELETE FROM open_file WHERE community=NEW.community AND"
    " account=NEW.account AND book=NEW.book AND n=NEW.n; END;"
    REFUSE("open_file_delete", "DELETE", "open_file", "(SELECT closed FROM settle_file f WHERE f.community=OLD.community AND"
           " f.account=OLD.account AND f.book=OLD.book AND f.n=OLD.n) IS NOT 1", "file is open")
    REFUSE("open_file_update", "UPDATE", "open_file", "1", "file is open")
    REFUSE("settle_line_insert", "INSERT", "settle_line", "NEW.n IS NOT NULL OR EXISTS (SELECT 1 FROM settle_line l WHERE"
           " l.community=NEW.community AND l.book=NEW.book AND l.txn=NEW.txn AND l.line=NEW.line)", "a line begins outside of files, once")
    REFUSE("settle_line_update", "UPDATE", "settle_line", LINE_CHANGED " OR " NO_OPEN_FILE, "a line gets into one open file, once")
    REFUSE("settle_line_delete", "DELETE", "settle_line", "1", "lines are never deleted")
    REFUSE("settle_file_insert", "INSERT", "settle_file", NOT_NEXT, "files follow each other")
    REFUSE("settle_file_update", "UPDATE", "settle_file", NOT_WHOLE, "a file is closed with all its lines, once")
    REFUSE("settle_file_delete", "DELETE", "settle_file", "1", "files are never deleted")
    REFUSE("settle_paid_insert", "INSERT", "settle_paid", NOT_PAYABLE " OR EXISTS (SELECT 1 FROM settle_paid f WHERE " SAME("f")
           " AND f.n=NEW.n)", "only a closed file is paid, once")
    REFUSE("settle_paid_update", "UPDATE", "settle_paid", "1", "what was paid stays written")
    REFUSE("settle_paid_delete", "DELETE", "settle_paid", "1", "what was paid stays written");

#undef REFUSE
#define REFUSE(NAME, WHEN, TABLE, CONDITION, WHY) \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION refuse('" WHY "');"
/* What asks other rows is a function: a trigger's own condition may not. */
#define ASK(NAME, WHEN, TABLE, CONDITION, WHY)                                                                             \
    "CREATE FUNCTION " NAME "() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN IF (" CONDITION ") THEN" \
    " RAISE EXCEPTION '" WHY "'; END IF; IF TG_OP='DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$;"                  \
    "CREATE TRIGGER " NAME " BEFORE " WHEN " ON " TABLE " FOR EACH ROW EXECUTE FUNCTION " NAME "();"
#define DOES(NAME, WHEN, TABLE, CONDITION, SQL)                                                                            \
    "CREATE FUNCTION " NAME "() RETURNS trigger LANGUAGE plpgsql SET search_path=citycard AS $$ BEGIN " SQL "; RETURN NULL; END $$;" \
    "CREATE TRIGGER " NAME " AFTER " WHEN " ON " TABLE " FOR EACH ROW WHEN (" CONDITION ") EXECUTE FUNCTION " NAME "();"
const char db_schema_settle_pg[] =
    DOES("entry_settle", "INSERT", "entry", OWED, "INSERT INTO settle_line VALUES(NEW.community,'MONEY',NEW.txn,NEW.line,NEW.account,"
         "-NEW.amount_fen,(SELECT at_ms FROM txn WHERE community=NEW.community AND id=NEW.txn),NULL)")
    DOES("credit_entry_settle", "INSERT", "credit_entry", TAKEN, "INSERT INTO settle_line VALUES(NEW.community,NEW.book,NEW.txn,NEW.line,"
         "NEW.account,NEW.amount,(SELECT posted_ms FROM credit_txn WHERE community=NEW.community AND id=NEW.txn),NULL)")
    DOES("settle_file_opened", "INSERT", "settle_file", "true",
         "INSERT INTO open_file VALUES(NEW.community,NEW.account,NEW.book,NEW.n)")
    DOES("settle_file_closed", "UPDATE", "settle_file", "true", "DELETE FROM open_file WHERE community=NEW.community AND"
         " account=NEW.account AND book=NEW.book AND n=NEW.n")
    ASK("open_file_delete", "DELETE", "open_file", "(SELECT closed FROM settle_file f WHERE f.community=OLD.community AND"
        " f.account=OLD.account AND f.book=OLD.book AND f.n=OLD.n) IS DISTINCT FROM 1", "file is open")
    REFUSE("open_file_update", "UPDATE", "open_file", "true", "file is open")
    REFUSE("settle_line_insert", "INSERT", "settle_line", "NEW.n IS NOT NULL", "a line begins outside of files, once")
    ASK("settle_line_update", "UPDATE", "settle_line", LINE_CHANGED " OR " NO_OPEN_FILE, "a line gets into one open file, once")
    REFUSE("settle_line_delete", "DELETE", "settle_line", "true", "lines are never deleted")
    ASK("settle_file_insert", "INSERT", "settle_file", NOT_NEXT, "files follow each other")
    ASK("settle_file_update", "UPDATE", "settle_file", NOT_WHOLE, "a file is closed with all its lines, once")
    REFUSE("settle_file_delete", "DELETE", "settle_file", "true", "files are never deleted")
    ASK("settle_paid_insert", "INSERT", "settle_paid", NOT_PAYABLE, "only a closed file is paid, once")
    REFUSE("settle_paid_update", "UPDATE", "settle_paid", "true", "what was paid stays written")
    REFUSE("settle_paid_delete", "DELETE", "settle_paid", "true", "what was paid stays written");
