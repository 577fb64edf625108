/* SPDX-License-Identifier: Apache-2.0 */
/* Settlement files: every posted entry in exactly one, whatever comes when; a closed one stays, to the byte. */
#include "credit-kit.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/money/ledger.h"
#include "platform/money/settle.h"
#include "platform/persons/two.h"
#include "store/file.h"
#include "sync/signed.h"
#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

/* ---- A small reader of RFC 4180 ---------------------------------------------------------------------------------- */

#define FIELDS 13

static GPtrArray *csv_row(const char **at)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = false;

    for (;; (*at)++) {
        char c = **at;
        g_assert_cmpint(c, !=, '\0');
        if (quoted && c == '"' && (*at)[1] == '"')
            g_string_append_c(field, *++*at);
        else if (c == '"' && (quoted || field->len == 0))
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == '\r')) {
            g_ptr_array_add(fields, g_strdup(field->str));
            g_string_truncate(field, 0);
            if (c == '\r')
                break;
        } else
            g_string_append_c(field, c);
    }
    g_assert_cmpint((*at)[1], ==, '\n');
    *at += 2;
    g_assert_cmpuint(fields->len, ==, FIELDS);
    return fields;
}

static int64_t int_of(GPtrArray *row, guint i)
{
    gint64 value = 0;

    g_assert_true(g_ascii_string_to_signed(row->pdata[i], 10, G_MININT64, G_MAXINT64, &value, NULL));
    return value;
}

struct told {
    int64_t lines, late, amount, from_ms, until_ms;
    char *kinds; /* of all lines, in order */
    char *last_period;
};

/* Is it whole by itself: names, head, tail with count, sum and digest? */
static struct told csv_read(const char *csv)
{
    const char *at = csv, *line;
    struct told out = {0};
    g_autoptr(GString) kinds = g_string_new(NULL);
    g_autoptr(GPtrArray) names = csv_row(&at), head = csv_row(&at);

    g_assert_cmpstr(names->pdata[12], ==, "amount");
    g_assert_cmpstr(head->pdata[0], ==, "H");
    out.from_ms = int_of(head, 4);
    out.until_ms = int_of(head, 5);
    for (;;) {
        line = at;
        g_autoptr(GPtrArray) row = csv_row(&at);
        if (strcmp(row->pdata[0], "D") != 0) {
            uint8_t digest[32];
            char hex[65];
            SHA256((const uint8_t *)csv, (size_t)(line - csv), digest);
            g_assert_cmpstr(row->pdata[0], ==, "T");
            g_assert_cmpint(int_of(row, 1), ==, out.lines);
            g_assert_cmpint(int_of(row, 12), ==, out.amount);
            g_autofree char *lower = g_ascii_strdown(cc_hex(digest, 32, hex, sizeof hex), -1);
            g_assert_cmpstr(lower, ==, row->pdata[2]);
            break;
        }
        g_assert_cmpint(int_of(row, 1), ==, ++out.lines);
        out.late += int_of(row, 3);
        out.amount += int_of(row, 12);
        g_string_append_c(kinds, *(char *)row->pdata[2]);
        g_assert_cmpint(int_of(row, 4), <, out.until_ms);
        g_free(out.last_period);
        out.last_period = g_strdup(row->pdata[11]);
    }
    g_assert_cmpint(*at, ==, '\0');
    out.kinds = g_strdup(kinds->str);
    return out;
}

static void told_clear(struct told *told)
{
    g_free(told->kinds);
    g_free(told->last_period);
}

/* ---- What happens ------------------------------------------------------------------------------------------------ */

static void pay(struct credit_kit *f, struct payment *payment, const char *card, const char *bill, int64_t amount_fen, int64_t taken_ms)
{
    kit_payment(payment, card, bill, amount_fen);
    payment->at_ms = taken_ms;
    json_t *events = json_pack("[o]", pen_payment(&f->pen, payment, PAYMENT_COMMITTING));
    kit_tac(payment);
    json_array_append_new(events, pen_payment(&f->pen, payment, PAYMENT_CONFIRMED));
    json_t *answer = kit_push(f->platform, &f->pen, events);
    g_assert_cmpstr(kit_verdict(answer, 1), ==, "accepted");
    json_decref(answer);
}

/* A bill of this biller for persona 1. */
static int64_t bill_add(struct credit_kit *f, const char *biller, const char *period, char id[64])
{
    static unsigned count;
    g_autofree char *card = kit_card(1);
    struct bill_row bill = {.amount_fen = g_test_rand_int_range(1, 30000), .issue = KIT_TODAY, .due = KIT_TODAY, .state = "UNPAID"};

    g_snprintf(bill.id, sizeof bill.id, "T%u", ++count);
    g_snprintf(bill.account_no, sizeof bill.account_no, "T9%u", count);
    g_strlcpy(bill.card, card, sizeof bill.card);
    g_strlcpy(bill.biller, biller, sizeof bill.biller);
    g_strlcpy(bill.period, period, sizeof bill.period);
    g_assert_true(db_begin(f->platform->db, true, NULL) && db_bill_add(f->platform->db, &bill, NULL) &&
                  db_commit(f->platform->db, NULL));
    g_strlcpy(id, bill.id, 64);
    return bill.amount_fen;
}

static void pay_biller(struct credit_kit *f, struct payment *payment, const char *biller, int64_t taken_ms)
{
    g_autofree char *card = kit_card(1);
    char bill[64];
    int64_t amount_fen = bill_add(f, biller, "202611", bill);

    pay(f, payment, card, bill, amount_fen, taken_ms);
}

/* What a correction posts: everything of the payment back. */
static void correct(struct credit_kit *f, const struct payment *payment, const char *biller)
{
    static unsigned count;
    g_autofree char *account = g_strconcat("payable:", biller, NULL), *id = g_strdup_printf("%s:undone-%u", payment->id, ++count);
    int64_t fen = payment->bills[0].amount_fen;
    const struct ledger_line lines[] = {{"purse:float", -fen}, {account, fen}};

    g_assert_true(db_begin(f->platform->db, true, NULL) &&
                  ledger_post(f->platform->db, id, payment->id, "undone", now_ms(), lines, 2, NULL) && db_commit(f->platform->db, NULL));
}

static struct settle_party biller(const char *id)
{
    struct settle_party party = {.book = "MONEY"};

    g_snprintf(party.account, sizeof party.account, "payable:%s", id);
    return party;
}

static bool next(struct credit_kit *f, const struct settle_party *party, int64_t until_ms)
{
    g_autoptr(GError) error = NULL;
    bool made = false;

    g_assert_true(settle_next(f->platform, party, until_ms, now_ms(), &made, &error));
    g_assert_no_error(error);
    return made;
}

/* Its bytes, which open by the platform's key and say what they are. g_free. */
static char *text(struct credit_kit *f, const struct settle_party *party, int64_t n)
{
    g_autoptr(GError) error = NULL;
    struct settle_file file = {.n = 0};
    char *csv = NULL, *envelope = NULL;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_settle_find(f->platform->db, party, n, &file, &found, NULL) && found);
    g_assert_true(settle_text(f->platform, &file, &csv, &envelope, &error));
    db_rollback(f->platform->db);
    json_t *json = json_loads(envelope, 0, NULL), *payload = signed_open(f->platform->sign_public, json, &error);
    g_assert_no_error(error);
    g_assert_cmpint(json_integer_value(json_object_get(payload, "amount")), ==, file.amount);
    g_assert_cmpint(json_integer_value(json_object_get(payload, "bytes")), ==, (int64_t)strlen(csv));
    json_decref(payload);
    json_decref(json);
    g_free(envelope);
    settle_file_clear(&file);
    return csv;
}

static int64_t ask(struct credit_kit *f, const char *sql, const char *account)
{
    int64_t out = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &out, sql, "s", account));
    db_rollback(f->platform->db);
    return out;
}

static int64_t ledger_sum(struct credit_kit *f, const char *account)
{
    return ask(f, "SELECT sum(amount) FROM book_entry WHERE community=?1 AND book='MONEY' AND account=?2", account);
}

/* ---- Random histories -------------------------------------------------------------------------------------------- */

static const char *const BILLERS[] = {"ytdl", "ytsw", "ahwy"};

static int64_t midnight(void)
{
    return ms_of_date(date_of_ms(now_ms()));
}

/* All that were made, as their bytes were then. */
static void make_one(struct credit_kit *f, GPtrArray *made, const char *id, int64_t until_ms)
{
    struct settle_party party = biller(id);
    int64_t n, last_ms;

    if (!next(f, &party, until_ms))
        return;
    g_assert_true(db_begin(f->platform->db, false, NULL) && db_settle_last(f->platform->db, &party, &n, &last_ms, NULL));
    db_rollback(f->platform->db);
    g_ptr_array_add(made, g_strdup_printf("%s %" G_GINT64_FORMAT, id, n));
    g_ptr_array_add(made, text(f, &party, n));
}

static void assert_whole(struct credit_kit *f, GPtrArray *made, int64_t *late)
{
    int64_t sums[G_N_ELEMENTS(BILLERS)] = {0}, ends[G_N_ELEMENTS(BILLERS)] = {0};

    for (guint i = 0; i < made->len; i += 2) {
        g_auto(GStrv) name = g_strsplit(made->pdata[i], " ", 2);
        size_t who = 0;
        while (strcmp(BILLERS[who], name[0]) != 0)
            who++;
        struct settle_party party = biller(name[0]);
        g_autofree char *again = text(f, &party, g_ascii_strtoll(name[1], NULL, 10));
        struct told told = csv_read(again);
        g_assert_cmpstr(again, ==, made->pdata[i + 1]);
        g_assert_cmpint(told.from_ms, ==, ends[who]);
        ends[who] = told.until_ms;
        sums[who] += told.amount;
        *late += told.late;
        told_clear(&told);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(BILLERS); i++) {
        struct settle_party party = biller(BILLERS[i]);
        g_assert_cmpint(sums[i], ==, -ledger_sum(f, party.account));
    }
}

static void test_random(struct credit_kit *f, const void *data)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
    struct payment payments[60];
    const char *whose[60];
    guint paid = 0;
    int64_t late = 0;

    for (int step = 0; step < 120; step++) {
        const char *id = BILLERS[g_test_rand_int_range(0, G_N_ELEMENTS(BILLERS))];
        int64_t back = g_test_rand_bit() ? g_test_rand_int_range(0, 4) * DAY : 0;
        switch (g_test_rand_int_range(0, 5)) {
        case 0:
            credit_kit_shift_ms += g_test_rand_int_range(1, 30) * HOUR;
            break;
        case 1:
            make_one(f, made, id, midnight() - g_test_rand_int_range(0, 3) * DAY);
            break;
        case 2:
            if (paid > 0) {
                guint which = (guint)g_test_rand_int_range(0, (int)paid);
                correct(f, &payments[which], whose[which]);
            }
            break;
        default:
            if (paid < G_N_ELEMENTS(payments)) {
                whose[paid] = id;
                pay_biller(f, &payments[paid++], id, now_ms() - back);
            }
        }
    }
    credit_kit_shift_ms += 2 * DAY;
    for (size_t i = 0; i < G_N_ELEMENTS(BILLERS); i++)
        make_one(f, made, BILLERS[i], midnight());
    assert_whole(f, made, &late);
    g_test_message("%u files, %u payments, %" G_GINT64_FORMAT " late", made->len / 2, paid, late);
    /* Every posted entry in exactly one closed file, with the same amount; and no line without an entry. */
    g_assert_cmpint(ask(f, "SELECT count(*) FROM entry e WHERE community=?1 AND account LIKE 'payable:%' AND ?2='' AND (SELECT count(*)"
                           " FROM settle_line l JOIN settle_file s ON s.community=l.community AND s.account=l.account AND s.book=l.book"
                           " AND s.n=l.n AND s.closed=1 WHERE l.community=e.community AND l.book='MONEY' AND l.txn=e.txn AND"
                           " l.line=e.line AND l.amount=-e.amount_fen AND l.account=e.account)<>1", ""), ==, 0);
    g_assert_cmpint(ask(f, "SELECT (SELECT count(*) FROM settle_line WHERE community=?1 AND book='MONEY')-(SELECT count(*) FROM entry WHERE"
                           " community=?1 AND account LIKE 'payable:%') WHERE ?2=''", ""), ==, 0);
}

/* ---- One after the other ----------------------------------------------------------------------------------------- */

static void test_late(struct credit_kit *f, const void *data)
{
    struct settle_party party = biller("ytdl");
    struct payment a, b, c;
    int64_t day_ms;

    pay_biller(f, &a, "ytdl", now_ms());
    g_assert_false(next(f, &party, midnight() - DAY)); /* nothing from then */
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_assert_false(next(f, &party, midnight())); /* told already */
    day_ms = a.at_ms;
    pay_biller(f, &b, "ytdl", day_ms); /* of the day that is told: its kiosk was silent */
    pay_biller(f, &c, "ytdl", now_ms());
    correct(f, &a, "ytdl");
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_autofree char *first = text(f, &party, 1), *second = text(f, &party, 2);
    struct told one = csv_read(first), two = csv_read(second);
    g_assert_cmpint(one.amount, ==, a.bills[0].amount_fen);
    g_assert_cmpint(one.late, ==, 0);
    g_assert_cmpint(two.amount, ==, b.bills[0].amount_fen + c.bills[0].amount_fen - a.bills[0].amount_fen);
    g_assert_cmpint(two.lines, ==, 3);
    g_assert_cmpint(two.late, ==, 2); /* the payment, and the correction of one of then */
    g_assert_nonnull(strchr(two.kinds, 'c'));
    told_clear(&one);
    told_clear(&two);
    GError *error = NULL;
    bool made;
    g_assert_false(settle_next(f->platform, &party, now_ms() + 1, now_ms(), &made, &error)); /* not over */
    g_clear_error(&error);
}

/* A reversal stands in the file of the day it was done, beside the payment that it takes back. */
static void test_reversal(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct settle_party party = biller("ytsw");
    struct payment a, back;
    unsigned status;

    pay_biller(f, &a, "ytsw", now_ms());
    kit_load(f->platform, &back, card, a.bills[0].amount_fen, 20000, 3, card);
    back.way = PAYMENT_WAY_REVERSAL;
    back.staff_count = 2;
    g_strlcpy(back.staff[0], STAFF, sizeof back.staff[0]);
    g_strlcpy(back.staff[1], OTHER_STAFF, sizeof back.staff[1]);
    g_strlcpy(back.reverses, a.id, sizeof back.reverses);
    g_assert_cmpstr(kit_ask_load(f->platform, "K0001", &back, NULL, &status), ==, "");
    json_decref(kit_push(f->platform, &f->pen, json_pack("[o]", pen_payment(&f->pen, &back, PAYMENT_COMMITTING))));
    kit_tac(&back);
    json_decref(kit_push(f->platform, &f->pen, json_pack("[o]", pen_payment(&f->pen, &back, PAYMENT_CONFIRMED))));
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_autofree char *csv = text(f, &party, 1);
    struct told told = csv_read(csv);
    g_assert_cmpint(told.amount, ==, 0);
    g_assert_cmpint(told.lines, ==, 2);
    g_assert_nonnull(strchr(told.kinds, 'r'));
    g_autofree char *beside = g_strdup_printf(",%s,", a.id);
    const char *first = strstr(csv, beside);
    g_assert_nonnull(first);
    g_assert_nonnull(strstr(first + 1, beside));
    told_clear(&told);
}

/* A text that would break a line is quoted. */
static void test_quoted(struct credit_kit *f, const void *data)
{
    g_autofree char *card = kit_card(1);
    struct settle_party party = biller("ytrq");
    struct payment payment;
    char bill[64];
    int64_t fen = bill_add(f, "ytrq", "20\"26,\r\n11", bill);

    pay(f, &payment, card, bill, fen, now_ms());
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_autofree char *csv = text(f, &party, 1);
    struct told told = csv_read(csv);
    g_assert_cmpstr(told.last_period, ==, "20\"26,\r\n11");
    g_assert_nonnull(strstr(csv, "\"20\"\"26,\r\n11\""));
    told_clear(&told);
}

static void test_merchant(struct credit_kit *f, const void *data)
{
    struct settle_party party = {.account = "redeemed:CLEANING", .book = "COIN"};
    struct ledger_txn spend = credit_kit_spend(f->elder, BOOK_COIN, "CLEANING", 60), undo = {.at_ms = now_ms(), .rule = "r"};

    credit_kit_txn(f, &f->pen, &spend, "");
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    uuid7(now_ms(), undo.id);
    undo.at_ms = now_ms();
    g_strlcpy(undo.staff[0], STAFF, sizeof undo.staff[0]);
    g_strlcpy(undo.staff[1], OTHER_STAFF, sizeof undo.staff[1]);
    ledger_txn_reverse(&spend, &undo);
    credit_kit_txn(f, &f->pen, &undo, "");
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_autofree char *first = text(f, &party, 1), *second = text(f, &party, 2);
    struct told one = csv_read(first), two = csv_read(second);
    g_assert_cmpint(one.amount, ==, 60);
    g_assert_cmpint(two.amount, ==, -60);
    g_assert_cmpstr(two.kinds, ==, "r");
    told_clear(&one);
    told_clear(&two);
}

/* ---- Files, payments --------------------------------------------------------------------------------------------- */

static int no_room(void *ctx, enum file_step step, const char *path)
{
    return step == FILE_SYNC && g_str_has_suffix(path, ".json.new") ? ENOSPC : 0;
}

static void test_written(struct credit_kit *f, const void *data)
{
    g_autofree char *dir = kit_dir(), *path = g_build_filename(dir, "settlement-payable-ytdl-MONEY-000001.csv", NULL);
    g_autofree char *beside = g_strconcat(path, ".json", NULL), *again = NULL;
    struct settle_party party = biller("ytdl");
    struct payment payment;
    int64_t written = 0;

    pay_biller(f, &payment, "ytdl", now_ms());
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_autofree char *csv = text(f, &party, 1);
    file_faults(no_room, NULL);
    g_assert_false(settle_write(f->platform, &party, dir, &written, NULL));
    file_faults(NULL, NULL);
    g_assert_false(g_file_test(beside, G_FILE_TEST_EXISTS)); /* not signed: not whole */
    g_assert_true(settle_write(f->platform, &party, dir, &written, NULL));
    g_assert_cmpint(written, ==, 1);
    g_assert_true(g_file_get_contents(path, &again, NULL, NULL));
    g_assert_cmpstr(again, ==, csv);
    g_assert_true(settle_write(f->platform, &party, dir, &written, NULL));
    g_assert_cmpint(written, ==, 0); /* it has all */
    kit_dir_done(g_steal_pointer(&dir));
}

/* Who is in the first file was erased: it cannot be told again as it was signed, and the second is written all the same. */
static void test_erased(struct credit_kit *f, const void *data)
{
    g_autofree char *dir = kit_dir(), *second = g_build_filename(dir, "settlement-payable-ytdl-MONEY-000002.csv.json", NULL);
    g_autoptr(GError) error = NULL;
    struct settle_party party = biller("ytdl");
    struct payment payment;
    int64_t written = 0, person = -1;
    bool open = true;

    pay_biller(f, &payment, "ytdl", now_ms());
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    correct(f, &payment, "ytdl");
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_int(f->platform->db, NULL, -1, &person,
                         "SELECT c.person FROM payment p JOIN card c ON c.community=p.community AND c.token=p.card WHERE p.community=?1"
                         " AND p.id=?2",
                         "s", payment.id));
    g_assert_true(db_person_erase(f->platform->db, person, now_ms(), &open, NULL) && !open && db_commit(f->platform->db, NULL));
    g_assert_false(settle_write(f->platform, &party, dir, &written, &error));
    g_assert_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE);
    g_assert_cmpint(written, ==, 1);
    g_assert_true(g_file_test(second, G_FILE_TEST_EXISTS));
    kit_dir_done(g_steal_pointer(&dir));
}

static bool paid(struct credit_kit *f, const struct settle_party *party, int64_t n, const char *a, const char *b)
{
    const struct settle_payment payment = {a, b, "BANK-1", now_ms()};
    g_autoptr(GError) error = NULL;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    bool ok = settle_pay(f->platform, party, n, &payment, &error);
    g_assert_true(ok == (error == NULL));
    if (ok)
        g_assert_true(db_commit(f->platform->db, NULL));
    else
        db_rollback(f->platform->db);
    return ok;
}

static void test_paid(struct credit_kit *f, const void *data)
{
    struct settle_party party = biller("ytdl");
    struct payment payment;

    pay_biller(f, &payment, "ytdl", now_ms());
    g_assert_false(paid(f, &party, 1, "staff-1", "staff-2")); /* there is no file yet */
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    g_assert_false(paid(f, &party, 1, "staff-1", "staff-1"));
    g_assert_true(paid(f, &party, 1, "staff-1", "staff-2"));
    g_assert_false(paid(f, &party, 1, "staff-1", "staff-2")); /* once */
    /* By one who asks and another who confirms: the same rules, and what fails goes on waiting. */
    const struct two_action again = {"settlement-paid", "ytdl:1", "", "BANK-1"}, none = {"settlement-paid", "ytdl", "", "BANK-1"};
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    g_assert_false(two_now(f->platform, &again, (char **)by, now_ms(), NULL));
    g_assert_false(two_now(f->platform, &none, (char **)by, now_ms(), NULL));
    json_t *report = kit_report(f->platform);
    kit_assert_ledger(report);
    g_assert_cmpint(kit_balance(report, "payable:ytdl"), ==, 0);
    g_assert_cmpint(kit_balance(report, "bank:settlement"), ==, -payment.bills[0].amount_fen);
    g_assert_cmpint(kit_balance(report, "purse:float"), ==, payment.bills[0].amount_fen);
    json_decref(report);
    /* What went out is no line of a file. */
    credit_kit_shift_ms += DAY;
    g_assert_false(next(f, &party, midnight()));
}

/* ---- By SQL alone ------------------------------------------------------------------------------------------------ */

static void test_tables(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"UPDATE settle_line SET n=2 WHERE community=?1", "once"},
        {"UPDATE settle_line SET n=NULL WHERE community=?1 AND n=1", "once"},
        {"UPDATE settle_line SET n=1 WHERE community=?1 AND n IS NULL", "once"}, /* into a closed file */
        {"UPDATE settle_line SET amount=amount+1 WHERE community=?1", "once"},
        {"UPDATE settle_line SET account='payable:ytsw' WHERE community=?1", "once"},
        {"DELETE FROM settle_line WHERE community=?1", "never deleted"},
        {"INSERT INTO settle_line SELECT community, book, 'x', 9, account, 5, 1, n FROM settle_file WHERE community=?1", "outside of files"},
        {"INSERT INTO settle_line SELECT community, book, txn, line, account, 1, 1, NULL FROM settle_line WHERE community=?1",
         "outside of files|duplicate"},
        {"UPDATE settle_file SET amount=amount+1 WHERE community=?1", "once"},
        {"UPDATE settle_file SET closed=0 WHERE community=?1", "once"},
        {"UPDATE settle_file SET payload='{}' WHERE community=?1", "once"},
        {"DELETE FROM settle_file WHERE community=?1", "never deleted"},
        {"INSERT INTO settle_file SELECT community, account, book, 3, until_ms, until_ms+1, 0, 0, 0, NULL, NULL, NULL, NULL, 1, 0 FROM"
         " settle_file WHERE community=?1", "follow"}, /* a gap */
        {"INSERT INTO settle_file SELECT community, account, book, 2, until_ms-1, until_ms+1, 0, 0, 0, NULL, NULL, NULL, NULL, 1, 0 FROM"
         " settle_file WHERE community=?1", "follow"}, /* an overlap */
        {"INSERT INTO settle_file SELECT community, account, book, 2, until_ms, until_ms+1, lines, late, amount, sha256, payload,"
         " signature, key_id, 1, 1 FROM settle_file WHERE community=?1", "follow"}, /* born closed */
        {"INSERT INTO settle_paid SELECT community, account, book, n, amount-1, 'a', 'b', 'r', 1 FROM settle_file WHERE community=?1",
         "FOREIGN KEY|foreign key"},
        {"INSERT INTO settle_paid SELECT community, account, book, n, amount, 'a', 'a', 'r', 1 FROM settle_file WHERE community=?1",
         "CHECK|check"},
        {"INSERT INTO settle_paid SELECT community, account, book, 7, amount, 'a', 'b', 'r', 1 FROM settle_file WHERE community=?1",
         "only a closed file"},
    };
    struct settle_party party = biller("ytdl");
    struct payment payment;

    pay_biller(f, &payment, "ytdl", now_ms());
    credit_kit_shift_ms += DAY;
    g_assert_true(next(f, &party, midnight()));
    pay_biller(f, &payment, "ytdl", now_ms());
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
}

/* A file that leaves a line out, or says another sum, is not closed; an open one is not committed. */
static void test_whole(struct credit_kit *f, const void *data)
{
    static const struct kit_attempt CLOSE = {
        "UPDATE settle_file SET lines=1, amount=5, sha256=(SELECT hash FROM event LIMIT 1), payload='{}', signature='s', key_id='k',"
        " closed=1 WHERE community=?1", "once"};
    struct settle_party party = biller("ytdl");
    struct settle_file file = {.party = party, .n = 1, .until_ms = now_ms() + DAY, .made_ms = 1};
    struct payment payment;
    int64_t lines = 0;

    pay_biller(f, &payment, "ytdl", now_ms());
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_settle_open(f->platform->db, &file, &lines, NULL));
    g_assert_cmpint(lines, ==, 1);
    kit_assert_refused(f->platform->db, &CLOSE);
    g_assert_false(db_commit(f->platform->db, NULL));
    g_assert_cmpint(ask(f, "SELECT count(*) FROM settle_file WHERE community=?1 AND ?2=''", ""), ==, 0);
    /* Left out: opened by hand, with nothing in it. */
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL,
                         "INSERT INTO settle_file VALUES(?1,?2,'MONEY',1,0,?3,0,0,0,NULL,NULL,NULL,NULL,1,0)", "si", party.account,
                         now_ms() + DAY));
    static const struct kit_attempt EMPTY = {"UPDATE settle_file SET lines=0, amount=0, sha256=(SELECT hash FROM event LIMIT 1), payload='{}',"
                                             " signature='s', key_id='k', closed=1 WHERE community=?1", "once"};
    kit_assert_refused(f->platform->db, &EMPTY);
    db_rollback(f->platform->db);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CREDIT_KIT_ADD("/platform/settle/random", test_random);
    CREDIT_KIT_ADD("/platform/settle/late", test_late);
    CREDIT_KIT_ADD("/platform/settle/reversal", test_reversal);
    CREDIT_KIT_ADD("/platform/settle/quoted", test_quoted);
    CREDIT_KIT_ADD("/platform/settle/merchant", test_merchant);
    CREDIT_KIT_ADD("/platform/settle/written", test_written);
    CREDIT_KIT_ADD("/platform/settle/erased", test_erased);
    CREDIT_KIT_ADD("/platform/settle/paid", test_paid);
    CREDIT_KIT_ADD("/platform/settle/tables", test_tables);
    CREDIT_KIT_ADD("/platform/settle/whole", test_whole);
    return g_test_run();
}
