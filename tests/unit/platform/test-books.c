/* SPDX-License-Identifier: Apache-2.0 */
/* What both engines refuse by themselves, whoever asks: each rule of the books is tried to be broken by SQL alone. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <string.h>

/* A proven payment, credit that was earned and spent, a hold, a lot, a quota. */
static void fill(struct credit_kit *f)
{
    g_autofree char *card = kit_card(1);
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct ledger_hold hold = {.book = BOOK_COIN, .amount = 30, .state = HOLD_HELD, .expires_ms = now_ms() + DAY, .ref = "R1"};
    struct ledger_txn spend = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60);
    struct payment payment;

    kit_payment(&payment, card, NULL, 1000);
    json_t *events = json_pack("[o]", pen_payment(&f->pen, &payment, PAYMENT_COMMITTING));
    kit_tac(&payment);
    json_array_append_new(events, pen_payment(&f->pen, &payment, PAYMENT_CONFIRMED));
    json_t *answer = kit_push(f->platform, &f->pen, events);
    g_assert_cmpstr(kit_verdict(answer, 1), ==, "accepted");
    json_decref(answer);
    spend.quota = credit_kit_quota(f, "K0001", set);
    credit_kit_txn(f, &f->pen, &spend, "");
    uuid7(now_ms(), hold.id);
    hold.account.kind = OWNER_PERSON;
    g_strlcpy(hold.account.owner, f->elder, sizeof hold.account.owner);
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(&hold), "accepted", "");
}

static void refuse_all(struct credit_kit *f, const struct kit_attempt *attempts, size_t count)
{
    fill(f);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < count; i++)
        kit_assert_refused(f->platform->db, &attempts[i]);
    db_rollback(f->platform->db);
}

static void test_past(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"UPDATE txn SET closed=0 WHERE community=?1", "zero|append only"},
        {"UPDATE txn SET kind='x' WHERE community=?1", "zero|append only"},
        {"DELETE FROM txn WHERE community=?1", "append only"},
        {"UPDATE entry SET amount_fen=amount_fen+1 WHERE community=?1", "append only"},
        {"UPDATE entry SET account='purse:float' WHERE community=?1", "append only"},
        {"DELETE FROM entry WHERE community=?1", "append only"},
        {"INSERT INTO entry SELECT community, id, 7, 'purse:float', 5 FROM txn WHERE community=?1 LIMIT 1", "closed"},
        {"INSERT INTO txn SELECT community, 'u', payment, 'x', 1, 1 FROM txn WHERE community=?1 LIMIT 1", "zero"},
        {"INSERT INTO txn SELECT community, 'u', payment, 'x', 1, 2 FROM txn WHERE community=?1 LIMIT 1", "zero"},
        {"INSERT INTO posting SELECT community, id, payment, kind, at_ms, first, fen, second FROM posting WHERE community=?1",
         "closed"},
        {"INSERT INTO posting SELECT community, 'u', 'none', kind, at_ms, first, fen, second FROM posting WHERE community=?1",
         "FOREIGN|foreign"},
        {"INSERT INTO posting SELECT community, 'u', payment, kind, at_ms, 'none', fen, second FROM posting WHERE community=?1",
         "FOREIGN|foreign"},
        {"INSERT INTO posting SELECT community, 'u', payment, kind, at_ms, first, 0, second FROM posting WHERE community=?1",
         "CHECK|check"},
        {"UPDATE credit_txn SET closed=0 WHERE community=?1", "zero|append only"},
        {"DELETE FROM credit_txn WHERE community=?1", "append only"},
        {"UPDATE credit_entry SET amount=amount+1 WHERE community=?1", "append only"},
        {"DELETE FROM credit_entry WHERE community=?1", "append only"},
        {"INSERT INTO credit_entry SELECT community, id, 7, 'COIN', 'person:x', 5, 0 FROM credit_txn WHERE community=?1 LIMIT 1",
         "closed"},
        {"UPDATE payment SET amount_fen=amount_fen+1 WHERE community=?1", "stays"},
        {"UPDATE payment SET card='x' WHERE community=?1", "stays"},
        {"UPDATE payment SET counter=counter+1 WHERE community=?1", "stays"},
        {"UPDATE payment SET balance_before_fen=0 WHERE community=?1", "stays"},
        {"UPDATE payment SET state='VOID' WHERE community=?1", "stays"},
        {"UPDATE payment SET tac='NONE' WHERE community=?1", "stays"},
        {"DELETE FROM payment WHERE community=?1", "never deleted"},
        {"UPDATE credit_lot SET remaining=-1 WHERE community=?1", "CHECK|check"},
        {"UPDATE credit_lot SET remaining=amount+1 WHERE community=?1", "CHECK|check"},
        {"UPDATE credit_lot SET amount=amount+1000 WHERE community=?1", "only gives"},
        {"UPDATE credit_lot SET expires_on=0 WHERE community=?1", "only gives"},
        {"DELETE FROM credit_lot WHERE community=?1", "never deleted"},
        {"UPDATE credit_hold SET amount=1 WHERE community=?1", "only ends"},
        {"UPDATE credit_hold SET captured=10 WHERE community=?1", "only ends"},
        {"UPDATE credit_hold SET state='CAPTURED', captured=amount+1 WHERE community=?1", "CHECK|check"},
        {"DELETE FROM credit_hold WHERE community=?1", "never deleted"},
        {"UPDATE quota_issue SET payload='{}' WHERE community=?1", "stays written"},
        {"DELETE FROM quota_issue WHERE community=?1", "stays written"},
        {"INSERT INTO open_never VALUES(?1,'x')", "nothing"},
        {"UPDATE event SET verdict='rejected' WHERE community=?1", "append only"},
    };

    refuse_all(f, ATTEMPTS, G_N_ELEMENTS(ATTEMPTS));
}

/* REPLACE puts a row out without asking its triggers; a server has no such word. */
static void test_replaced(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"INSERT OR REPLACE INTO txn SELECT community, id, payment, kind, at_ms, 0 FROM txn WHERE community=?1", "append only"},
        {"REPLACE INTO entry SELECT community, txn, line, account, amount_fen*2 FROM entry WHERE community=?1", "closed"},
        {"REPLACE INTO credit_txn SELECT community, id, type, kiosk, seq, at_ms, rule, ref, hold, reverses, quota, staff_a, staff_b,"
         " flags, posted_ms, 0 FROM credit_txn WHERE community=?1", "append only"},
        {"REPLACE INTO credit_entry SELECT community, txn, line, book, account, amount*2, expires_on FROM credit_entry WHERE"
         " community=?1", "closed"},
        {"REPLACE INTO event SELECT * FROM event WHERE community=?1", "append only"},
        {"REPLACE INTO payment SELECT * FROM payment WHERE community=?1", "not replaced"},
        {"REPLACE INTO credit_lot SELECT * FROM credit_lot WHERE community=?1", "not replaced"},
        {"REPLACE INTO quota_issue SELECT * FROM quota_issue WHERE community=?1", "stays written"},
    };

    if (!kit_on_file()) {
        g_test_skip("a word of SQLite");
        return;
    }
    refuse_all(f, ATTEMPTS, G_N_ELEMENTS(ATTEMPTS));
}

static void run(struct credit_kit *f, const char *sql, const char *who)
{
    g_autoptr(GError) error = NULL;

    if (!db_run(f->platform->db, &error, sql, "s", who))
        g_error("%s: %s", sql, error->message);
}

static void begin(struct credit_kit *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
}

#define CREDIT_TXN(TYPE, FLAGS)                                                                                        \
    "INSERT INTO credit_txn VALUES(?1,'t','" TYPE "',NULL,0,1,'r',?2,'',NULL,0,'a','b'," FLAGS ",1,0)"
#define CLOSE {"UPDATE credit_txn SET closed=1 WHERE community=?1 AND id='t'", "below zero"}

static void take(struct credit_kit *f, const char *book, int64_t amount)
{
    g_autofree char *account = g_strconcat("person:", f->elder, NULL);

    g_assert_true(db_run(f->platform->db, NULL, "INSERT INTO credit_entry VALUES(?1,'t',0,?2,?3,?4,0)", "ssi", book, account, -amount));
    g_assert_true(db_run(f->platform->db, NULL, "INSERT INTO credit_entry VALUES(?1,'t',1,?2,'redeemed:x',?3,0)", "si", book, amount));
}

/* What people ask for leaves nobody below zero, to the last point; two of the staff may. */
static void test_below_zero(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt close = CLOSE;
    static const enum book books[] = {BOOK_POINTS, BOOK_COIN, BOOK_SUBSIDY};

    fill(f);
    for (size_t i = 0; i < G_N_ELEMENTS(books); i++) {
        int64_t has = MAX(0, credit_kit_person(f, f->elder, books[i]));
        begin(f);
        run(f, CREDIT_TXN("SPEND", "0"), "");
        take(f, book_name(books[i]), has + 1);
        kit_assert_refused(f->platform->db, &close);
        db_rollback(f->platform->db);
        begin(f);
        run(f, CREDIT_TXN("ADJUST", "0"), "");
        take(f, book_name(books[i]), has + 1);
        g_assert_true(db_run(f->platform->db, NULL, close.sql, ""));
        db_rollback(f->platform->db);
        if (has == 0)
            continue;
        begin(f);
        run(f, CREDIT_TXN("SPEND", "0"), "");
        take(f, book_name(books[i]), has);
        g_assert_true(db_run(f->platform->db, NULL, close.sql, ""));
        db_rollback(f->platform->db);
    }
}

/* Closing says that it is closed, and nothing else. */
static void test_closing(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"UPDATE credit_txn SET closed=1, type='GIFT' WHERE community=?1 AND id='t'", "append only"},
        {"UPDATE credit_txn SET closed=1, flags=8 WHERE community=?1 AND id='t'", "append only"},
        {"UPDATE credit_txn SET closed=1, at_ms=2 WHERE community=?1 AND id='t'", "append only"},
        {"DELETE FROM open_txn WHERE community=?1", "open"},
        {"UPDATE open_txn SET id='u' WHERE community=?1", "open"},
    };

    fill(f);
    begin(f);
    run(f, CREDIT_TXN("ADJUST", "0"), "");
    take(f, "POINTS", 1);
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
}

/* Nothing that is open is committed, though it were balanced. */
static void test_left_open(struct credit_kit *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    fill(f);
    begin(f);
    run(f, CREDIT_TXN("ADJUST", "0"), "");
    take(f, "POINTS", 1);
    g_assert_false(db_commit(f->platform->db, &error));
    g_assert_nonnull(error);
    begin(f);
    run(f, "INSERT INTO txn SELECT community, 'u', payment, 'x', 1, 0 FROM txn WHERE community=?1 AND ?2='' LIMIT 1", "");
    run(f, "INSERT INTO entry VALUES(?1,'u',0,'purse:float',5) ON CONFLICT(community, txn, line) DO UPDATE SET account=?2", "");
    g_assert_false(db_commit(f->platform->db, NULL));
    /* Entries of no transaction are refused at once: one that comes behind them would not count, or not settle them. */
    begin(f);
    g_assert_false(db_run(f->platform->db, NULL, "INSERT INTO entry VALUES(?1,'u',0,'purse:float',5)", "") && db_settle(f->platform->db, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM entry WHERE community=?1 AND txn='u'"), ==, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM credit_txn WHERE community=?1 AND id='t'"), ==, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM txn WHERE community=?1 AND id='u'"), ==, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM open_txn WHERE community=?1"), ==, 0);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM txn WHERE community=?1"), ==, 1);
}

/* Each book of a transaction for itself: what is too much in one does not make up for what is missing in another. */
static void test_each_book(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt close = {"UPDATE credit_txn SET closed=1 WHERE community=?1 AND id='t'", "zero"};
    static const char *const books[] = {"HOURS", "POINTS", "COIN", "SUBSIDY"};

    for (size_t i = 0; i < G_N_ELEMENTS(books); i++) {
        begin(f);
        run(f, CREDIT_TXN("ADJUST", "0"), "");
        g_assert_true(db_run(f->platform->db, NULL, "INSERT INTO credit_entry VALUES(?1,'t',0,?2,'issue:x',-5,0)", "s", books[i]));
        g_assert_true(db_run(f->platform->db, NULL, "INSERT INTO credit_entry VALUES(?1,'t',1,?2,'fund:x',5,0)", "s",
                             books[(i + 1) % G_N_ELEMENTS(books)]));
        kit_assert_refused(f->platform->db, &close);
        db_rollback(f->platform->db);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/platform/books/past", test_past);
    CREDIT_KIT_ADD("/platform/books/replaced", test_replaced);
    CREDIT_KIT_ADD("/platform/books/below-zero", test_below_zero);
    CREDIT_KIT_ADD("/platform/books/closing", test_closing);
    CREDIT_KIT_ADD("/platform/books/left-open", test_left_open);
    CREDIT_KIT_ADD("/platform/books/each-book", test_each_book);
    return g_test_run();
}
