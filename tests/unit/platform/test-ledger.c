/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's own rules and the proof of a debit. */
#include "kit.h"
#include "platform/data/db-rows.h"
#include "platform/money/ledger.h"
#include "platform/money/tac.h"
#include <string.h>

struct fixture {
    char *dir;
    struct platform *platform;
    struct pen pen;
    char payment[37];
};

static void up(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(0);
    struct payment payment;
    json_t *answer;

    f->dir = kit_dir();
    f->platform = kit_platform(f->dir);
    kit_enrol(f->platform, "K0001", &f->pen);
    kit_payment(&payment, card, NULL, 1000);
    answer =
        kit_push(f->platform, &f->pen, json_pack("[o]", pen_payment(&f->pen, &payment, PAYMENT_COMMITTING)));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    json_decref(answer);
    g_strlcpy(f->payment, payment.id, sizeof f->payment);
}

static void down(struct fixture *f, const void *data)
{
    platform_close(f->platform);
    kit_dir_done(f->dir);
}

static bool post(struct fixture *f, const char *id, const struct ledger_line *lines, size_t count)
{
    GError *error = NULL;
    bool ok;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    ok = ledger_post(f->platform->db, id, f->payment, "test", 1, lines, count, &error) && db_settle(f->platform->db, &error);
    if (ok)
        g_assert_true(db_commit(f->platform->db, NULL));
    else
        db_rollback(f->platform->db);
    g_assert_true(ok == (error == NULL));
    g_clear_error(&error);
    return ok;
}

static void test_balanced(struct fixture *f, const void *data)
{
    const struct ledger_line good[] = {{"purse:float", 500}, {"payable:ytdl", -300}, {"payable:ytsw", -200}};
    json_t *report;

    g_assert_true(post(f, "t1", good, 3));
    report = kit_report(f->platform);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, 500);
    g_assert_cmpint(kit_balance(report, "payable:ytsw"), ==, -200);
    json_decref(report);
    /* The same id posts once. */
    g_assert_false(post(f, "t1", good, 3));
}

static void test_refused(struct fixture *f, const void *data)
{
    const struct ledger_line unbalanced[] = {{"purse:float", 500}, {"payable:ytdl", -499}};
    const struct ledger_line zero[] = {{"purse:float", 0}, {"payable:ytdl", 0}};
    const struct ledger_line single[] = {{"purse:float", 500}};
    const struct ledger_line huge[] = {{"a", INT64_MAX}, {"b", INT64_MAX}, {"c", -2}};

    g_assert_false(post(f, "t1", unbalanced, 2));
    g_assert_false(post(f, "t2", zero, 2));
    g_assert_false(post(f, "t3", single, 1));
    g_assert_false(post(f, "t4", huge, 3));
}

/* The database refuses the same by itself, and does not let the past be changed. */
static void test_database_refuses(struct fixture *f, const void *data)
{
    static const struct ledger_line good[] = {{"purse:float", 5}, {"payable:ytdl", -5}};
    struct db *db = f->platform->db;

    g_assert_true(post(f, "t1", good, 2));
    g_assert_true(db_begin(db, true, NULL));
    g_assert_true(db_txn_add(db, "t2", f->payment, "test", 1, NULL));
    g_assert_true(db_entry_add(db, "t2", 0, "purse:float", 7, NULL));
    KIT_REFUSED(db, db_txn_close(db, "t2", NULL));
    KIT_REFUSED(db, db_entry_add(db, "t1", 2, "purse:float", 7, NULL));
    KIT_REFUSED(db, db_txn_close(db, "t1", NULL));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE entry SET amount_fen=9 WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM entry WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM txn WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE event SET verdict='rejected' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM event WHERE community=?1", ""));
    db_rollback(db);
}

/* Both in one batch. Borrowed verdict of the end. */
static json_t *push_pair(struct fixture *f, struct payment *payment, const struct payment *end)
{
    struct payment told = *end;
    json_t *intent = pen_payment(&f->pen, payment, PAYMENT_COMMITTING);
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o,o]", intent, pen_payment(&f->pen, &told, PAYMENT_CONFIRMED)));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    return answer;
}

static void assert_pair(struct fixture *f, json_t *answer, const char *verdict, const char *code, const struct payment *payment,
                        const char *state, const char *tac, int64_t float_fen)
{
    json_t *report = kit_report(f->platform);

    g_assert_cmpstr(kit_verdict(answer, 1), ==, verdict);
    g_assert_cmpstr(kit_code(answer, 1), ==, code);
    g_assert_cmpstr(kit_payment_text(report, payment->id, "state"), ==, state);
    g_assert_cmpstr(kit_payment_text(report, payment->id, "tac"), ==, tac);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, float_fen);
    kit_assert_ledger(report);
    json_decref(report);
    json_decref(answer);
}

/* An intent and its end in one batch are written as one, and leave what they leave one after the other. */
static void test_pair(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment payment, end;
    char bill[64];
    int64_t amount_fen = kit_bill(f->platform, card, 0, bill);

    kit_payment(&payment, card, bill, amount_fen);
    end = payment;
    kit_tac(&end);
    uint64_t before = db_runs(f->platform->db);
    assert_pair(f, push_pair(f, &payment, &end), "accepted", "", &payment, "CONFIRMED", "OK", amount_fen);
    g_assert_cmpuint(db_runs(f->platform->db) - before, <=, 15); /* one after the other: 22 and more */
    json_t *report = kit_report(f->platform);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, -amount_fen);
    json_decref(report);
}

/* What the end says must be of what was intended; else the intent is there by itself, as if the end had come later. */
static void test_pair_not_its_end(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment payment, end, paid;

    kit_payment(&payment, card, NULL, 700);
    end = payment;
    end.purchase.amount_fen = 800;
    kit_tac(&end);
    assert_pair(f, push_pair(f, &payment, &end), "conflict", "PAYMENT_CHANGED", &payment, "COMMITTING", "NONE", 0);

    kit_payment(&payment, card, NULL, 700);
    end = payment;
    kit_tac(&end);
    end.purchase.tac[0] ^= 1;
    assert_pair(f, push_pair(f, &payment, &end), "conflict", "TAC_WRONG", &payment, "COMMITTING", "WRONG", 0);

    kit_payment(&paid, card, NULL, 700);
    end = paid;
    kit_tac(&end);
    assert_pair(f, push_pair(f, &paid, &end), "accepted", "", &paid, "CONFIRMED", "OK", 700);
    kit_payment(&payment, card, NULL, 700);
    payment.purchase = paid.purchase; /* the same debit under another name */
    end = payment;
    kit_tac(&end);
    assert_pair(f, push_pair(f, &payment, &end), "conflict", "PROOF_USED", &payment, "COMMITTING", "NONE", 700);
}

/* The end is not taken at all. */
static void test_pair_broken(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment payment;

    kit_payment(&payment, card, NULL, 700);
    json_t *intent = pen_payment(&f->pen, &payment, PAYMENT_COMMITTING);
    f->pen.prev[0] ^= 1;
    kit_tac(&payment);
    json_t *end = pen_payment(&f->pen, &payment, PAYMENT_CONFIRMED);
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o,o]", intent, end));
    g_assert_cmpstr(kit_verdict(answer, 0), ==, "accepted");
    assert_pair(f, answer, "conflict", "CHAIN_BROKEN", &payment, "COMMITTING", "NONE", 0);
}

/* V6 of the card notes: the whole chain from a master key. */
static void test_tac_vector(void)
{
    struct cc_purchase p = {.type = 6, .amount_fen = 0xC8, .terminal_serial = 0x102, .has_tac = true};
    uint8_t master[16], key[16], tac[4];
    char hex[33];

    g_assert_cmpint(cc_unhex("F0E0D0C0B0A090807060504030201000", master, 16), ==, 16);
    g_assert_cmpint(cc_unhex("0000000012345678", p.serial, 8), ==, 8);
    g_assert_cmpint(cc_unhex("012300033D11", p.terminal, 6), ==, 6);
    g_assert_cmpint(cc_unhex("20260115", p.date_bcd, 4), ==, 4);
    g_assert_cmpint(cc_unhex("093045", p.time_bcd, 3), ==, 3);
    g_assert_cmpint(cc_suite_diversify(master, p.serial, key), ==, CC_OK);
    g_assert_cmpstr(cc_hex(key, 16, hex, sizeof hex), ==, "23B180836365D52D7873441FD0B8E32E");
    g_assert_cmpint(cc_suite_purchase_tac(key, &p, tac), ==, CC_OK);
    g_assert_cmpstr(cc_hex(tac, 4, hex, sizeof hex), ==, "DE01C069");
    p.type = 9;
    g_assert_cmpint(cc_suite_purchase_tac(key, &p, tac), ==, CC_OK);
    g_assert_cmpstr(cc_hex(tac, 4, hex, sizeof hex), ==, "30B243A4");
}

/* Every input of the TAC matters, and each bit of it. */
static void test_tac_check(struct fixture *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct payment payment, changed;
    const struct purse_keys *keys = &f->platform->purse_keys;

    kit_payment(&payment, card, NULL, 8650);
    g_assert_cmpint(tac_check(keys, &payment.purchase), ==, TAC_UNPROVEN);
    kit_tac(&payment);
    g_assert_cmpint(tac_check(keys, &payment.purchase), ==, TAC_OK);
#define CHANGED(change)                                                                                      \
    do {                                                                                                     \
        changed = payment;                                                                                   \
        change;                                                                                              \
        g_assert_cmpint(tac_check(keys, &changed.purchase), ==, TAC_WRONG);                                \
    } while (0)
    CHANGED(changed.purchase.amount_fen++);
    CHANGED(changed.purchase.terminal_serial++);
    CHANGED(changed.purchase.terminal[5] ^= 1);
    CHANGED(changed.purchase.serial[7] ^= 1);
    CHANGED(changed.purchase.issuer[7] ^= 1);
    CHANGED(changed.purchase.type = 9);
    CHANGED(changed.purchase.date_bcd[3] ^= 1);
    CHANGED(changed.purchase.time_bcd[2] ^= 1);
    for (int bit = 0; bit < 32; bit++)
        CHANGED(changed.purchase.tac[bit / 8] ^= (uint8_t)(1 << bit % 8));
#undef CHANGED
}

static void test_proof(void)
{
    g_autofree char *card = kit_card(1);
    struct payment a, b;
    uint8_t pa[TAC_PROOF_SIZE], pb[TAC_PROOF_SIZE];

    kit_payment(&a, card, NULL, 100);
    b = a;
    b.purchase.counter++; /* not an input of the TAC */
    tac_proof(&a.purchase, pa);
    tac_proof(&b.purchase, pb);
    g_assert_cmpmem(pa, sizeof pa, pb, sizeof pb);
    b.purchase.time_bcd[2]++;
    tac_proof(&b.purchase, pb);
    g_assert_cmpint(memcmp(pa, pb, sizeof pa), !=, 0);
    g_assert_true(tac_serial_fits(a.purchase.card_number, a.purchase.serial));
    a.purchase.serial[0] ^= 1;
    g_assert_false(tac_serial_fits(a.purchase.card_number, a.purchase.serial));
    g_strlcpy(a.purchase.card_number, "123", sizeof a.purchase.card_number);
    g_assert_false(tac_serial_fits(a.purchase.card_number, a.purchase.serial));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/platform/ledger/balanced", struct fixture, NULL, up, test_balanced, down);
    g_test_add("/platform/ledger/refused", struct fixture, NULL, up, test_refused, down);
    g_test_add("/platform/ledger/database-refuses", struct fixture, NULL, up, test_database_refuses, down);
    g_test_add("/platform/ledger/pair", struct fixture, NULL, up, test_pair, down);
    g_test_add("/platform/ledger/pair-not-its-end", struct fixture, NULL, up, test_pair_not_its_end, down);
    g_test_add("/platform/ledger/pair-broken", struct fixture, NULL, up, test_pair_broken, down);
    g_test_add("/platform/tac/check", struct fixture, NULL, up, test_tac_check, down);
    g_test_add_func("/platform/tac/vector", test_tac_vector);
    g_test_add_func("/platform/tac/proof", test_proof);
    return g_test_run();
}
