/* SPDX-License-Identifier: Apache-2.0 */
/* Cards' chains: what is missing, what cannot be, and that event by event it comes to the same as all of it at once. */
#include "pair.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/money/claims.h"
#include "platform/money/reconcile.h"
#include "platform/persons/replace.h"
#include "platform/persons/two.h"
#include <string.h>

/* ---- A card, and who is told of what it does --------------------------------------------------------------------- */

struct purse {
    char *number;
    int64_t balance_fen, at_ms;
    uint16_t purchases, loads; /* its counters */
};

static struct payment step(struct fixture *f, struct purse *purse, bool load, int64_t amount_fen)
{
    struct payment p;

    purse->at_ms += 60000;
    if (load) {
        kit_load(f->platform, &p, purse->number, amount_fen, purse->balance_fen, purse->loads++, f->staff);
        purse->balance_fen += amount_fen;
    } else {
        kit_payment(&p, purse->number, NULL, amount_fen);
        p.purchase.balance_before_fen = (uint32_t)purse->balance_fen;
        p.purchase.counter = purse->purchases++;
        purse->balance_fen -= amount_fen;
    }
    p.at_ms = purse->at_ms;
    return p;
}

static void set_state(struct fixture *f, struct payment *p, enum payment_state state)
{
    payment_set_outcome(p, state);
    g_assert_true(db_payment_state_set(f->platform->db, p, NULL, "UNPROVEN", NULL));
    g_assert_true(reconcile_follow(f->platform->db, p->id, now_ms(), NULL));
}

/* Told by a kiosk. */
static void tell(struct fixture *f, struct payment *p, const char *kiosk)
{
    struct payment_facts facts = payment_facts(p);
    uint8_t intent[32] = {0}, proof[32];
    char token[33];

    random_bytes(proof, sizeof proof);
    card_token(f->platform->index_key, facts.card_number, token);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    p->state = PAYMENT_COMMITTING;
    g_assert_true(db_payment_add(f->platform->db, kiosk, token, p, NULL, "NONE", intent, proof, NULL, NULL));
    set_state(f, p, PAYMENT_CONFIRMED);
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void take_back(struct fixture *f, struct payment *p)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    set_state(f, p, PAYMENT_VOID);
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* "CODE from..counter" of all open ones, in order. g_free. */
static char *open_ones(struct fixture *f)
{
    GString *out = g_string_new(NULL);
    json_t *rows, *row;
    size_t i;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    rows = db_findings_report(f->platform->db, NULL);
    db_rollback(f->platform->db);
    g_assert_nonnull(rows);
    json_array_foreach(rows, i, row)
        g_string_append_printf(out, "%s%s %s %d..%d", i > 0 ? ", " : "", json_string_value(json_object_get(row, "code")),
                               json_string_value(json_object_get(row, "kind")),
                               (int)json_integer_value(json_object_get(row, "from_counter")),
                               (int)json_integer_value(json_object_get(row, "counter")));
    json_decref(rows);
    return g_string_free(out, FALSE);
}

static void assert_open(struct fixture *f, const char *wanted)
{
    g_autofree char *is = open_ones(f);
    g_assert_cmpstr(is, ==, wanted);
}

/* All at once, out of the payments, finds what was found one by one. */
static int64_t assert_whole(struct fixture *f)
{
    struct reconcile_whole out;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(reconcile_whole(f->platform->db, now_ms(), &out, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpint(out.wrong, ==, 0);
    return out.findings;
}

static struct purse new_purse(unsigned persona, int64_t balance_fen)
{
    return (struct purse){kit_card(persona), balance_fen, now_ms() - 86400000, 100, 7};
}

/* ---- Missing, and explained -------------------------------------------------------------------------------------- */

static void test_gap(struct fixture *f, const void *data)
{
    struct purse purse = new_purse(1, 50000);
    struct payment p[6];

    for (int i = 0; i < 6; i++)
        p[i] = step(f, &purse, false, 100);
    tell(f, &p[0], "K0001");
    tell(f, &p[1], "K0001");
    assert_open(f, "");
    tell(f, &p[5], "K0001");
    assert_open(f, "GAP purchase 101..105");
    tell(f, &p[3], "K0002"); /* K0002 was silent */
    assert_open(f, "GAP purchase 101..103, GAP purchase 103..105");
    tell(f, &p[2], "K0002");
    tell(f, &p[4], "K0002");
    assert_open(f, "");
    assert_whole(f);
    /* What was found stays written, with what ended it. */
    int64_t rows = 0;
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &rows,
                         "SELECT count(*) FROM card_finding WHERE community=?1 AND code='GAP' AND ended_by IN (?2,?3,?4)", "sss", p[2].id,
                         p[3].id, p[4].id));
    db_rollback(f->platform->db);
    g_assert_cmpint(rows, ==, 3);
    g_free(purse.number);
}

static void test_load(struct fixture *f, const void *data)
{
    struct purse purse = new_purse(1, 1000);
    struct payment a = step(f, &purse, false, 100), l = step(f, &purse, true, 1000), m = step(f, &purse, true, 2000),
                   b = step(f, &purse, false, 100);

    tell(f, &a, "K0001");
    tell(f, &b, "K0001");
    assert_open(f, "LOAD_MISSING purchase 100..101");
    tell(f, &l, "K0002");
    assert_open(f, "LOAD_MISSING purchase 100..101"); /* not all of it */
    tell(f, &m, "K0002");
    assert_open(f, "");
    assert_whole(f);
    take_back(f, &m); /* two people say that it did not happen */
    assert_open(f, "LOAD_MISSING purchase 100..101");
    assert_whole(f);
    g_free(purse.number);
}

/* ---- What cannot be ---------------------------------------------------------------------------------------------- */

static void test_impossible(struct fixture *f, const void *data)
{
    struct purse purse = new_purse(1, 50000), copy, load = new_purse(0, 1000), rich = new_purse(3, 500001);
    struct payment a = step(f, &purse, false, 100), b, c;

    copy = purse;
    b = step(f, &purse, false, 200);
    c = step(f, &copy, false, 300);
    tell(f, &a, "K0001");
    tell(f, &b, "K0001");
    assert_open(f, "");
    tell(f, &c, "K0002"); /* the same counter */
    assert_open(f, "SAME_COUNTER purchase 101..101");
    take_back(f, &c);
    assert_open(f, "");
    purse.balance_fen -= 5000; /* less than there was */
    b = step(f, &purse, false, 1);
    tell(f, &b, "K0001");
    assert_open(f, "BALANCE purchase 101..102");
    take_back(f, &b);
    a = step(f, &load, true, 1000);
    load.balance_fen += 700; /* more than the load left */
    b = step(f, &load, true, 1000);
    tell(f, &a, "K0001");
    tell(f, &b, "K0001");
    assert_open(f, "BALANCE load 7..8");
    take_back(f, &b);
    c = step(f, &rich, false, 1);
    tell(f, &c, "K0001");
    assert_open(f, "OVER_CAP purchase -1..100");
    take_back(f, &c);
    rich.balance_fen = 500000; /* as much as it may hold */
    c = step(f, &rich, false, 1);
    tell(f, &c, "K0001");
    assert_open(f, "");
    rich.at_ms -= 2 * RECONCILE_BACK_MS;
    c = step(f, &rich, false, 1);
    tell(f, &c, "K0001");
    assert_open(f, "BACK purchase 101..102");
    assert_whole(f);
    g_free(purse.number);
    g_free(load.number);
    g_free(rich.number);
}

/* ---- Random histories -------------------------------------------------------------------------------------------- */

static void shuffle(struct payment *all, guint count)
{
    for (guint i = count; i > 1; i--) {
        guint other = (guint)g_test_rand_int_range(0, (int)i);
        struct payment swap = all[i - 1];
        all[i - 1] = all[other];
        all[other] = swap;
    }
}

/* Cards that are right, told in any order: when all is told nothing is open. With some that nobody tells, some that cannot be, and some
 * that are taken back, it is the same as all at once after each of them. */
static void test_random(struct fixture *f, const void *data)
{
    enum { STEPS = 90 };
    struct purse purses[3] = {new_purse(0, 20000), new_purse(1, 3000), new_purse(3, 100)};
    g_autofree struct payment *all = g_new0(struct payment, STEPS);
    guint foreign = 0, most = 0;

    for (guint i = 0; i < STEPS; i++) {
        struct purse *purse = &purses[g_test_rand_int_range(0, 3)];
        bool load = purse->balance_fen < 500 || g_test_rand_int_range(0, 4) == 0;
        all[i] = step(f, purse, load, load ? 1000 * g_test_rand_int_range(1, 5) : g_test_rand_int_range(1, 300));
    }
    shuffle(all, STEPS);
    for (guint i = 0; i < STEPS; i++) {
        if (g_test_rand_int_range(0, 8) == 0)
            foreign++; /* later */
        else
            tell(f, &all[i], g_test_rand_bit() ? "K0001" : "K0002");
        if (all[i].state == PAYMENT_CONFIRMED && g_test_rand_int_range(0, 12) == 0) {
            take_back(f, &all[i]);
            all[i].state = PAYMENT_VOID;
        }
        most = MAX(most, (guint)assert_whole(f));
    }
    g_test_message("at most %u findings at once, %u never told until the end", most, foreign);
    g_assert_cmpuint(most, >, 3);
    for (guint i = 0; i < STEPS; i++) {
        if (all[i].state == PAYMENT_VOID) { /* it did happen: told by another name */
            uuid7(now_ms(), all[i].id);
            tell(f, &all[i], "K0002");
        } else if (all[i].state != PAYMENT_CONFIRMED) {
            tell(f, &all[i], "K0002");
        }
    }
    assert_open(f, "");
    g_assert_cmpint(assert_whole(f), ==, 0);
    for (int i = 0; i < 30; i++) { /* and now what cannot be */
        struct purse *purse = &purses[g_test_rand_int_range(0, 3)], wrong = *purse;
        wrong.balance_fen = g_test_rand_int_range(1000, 600000);
        wrong.purchases = (uint16_t)g_test_rand_int_range(95, 140);
        wrong.loads = (uint16_t)g_test_rand_int_range(5, 30);
        struct payment p = step(f, &wrong, g_test_rand_bit(), 1000);
        tell(f, &p, "K0001");
        assert_whole(f);
    }
    for (int i = 0; i < 3; i++)
        g_free(purses[i].number);
}

/* ---- As kiosks tell it, and by SQL alone ------------------------------------------------------------------------- */

static void test_told(struct fixture *f, const void *data)
{
    struct purse purse = {g_strdup(f->card), 50000, now_ms(), 100, 7};
    struct payment a = step(f, &purse, false, 100), b = step(f, &purse, false, 100), c = step(f, &purse, false, 100);

    put(f, &f->pen, &a, PAYMENT_COMMITTING);
    kit_tac(&a);
    put(f, &f->pen, &a, PAYMENT_CONFIRMED);
    put(f, &f->pen, &c, PAYMENT_COMMITTING);
    kit_tac(&c);
    put(f, &f->pen, &c, PAYMENT_CONFIRMED);
    assert_open(f, "GAP purchase 100..102");
    put(f, &f->other, &b, PAYMENT_COMMITTING);
    assert_open(f, "GAP purchase 100..102"); /* nobody knows yet */
    kit_tac(&b);
    put(f, &f->other, &b, PAYMENT_CONFIRMED);
    assert_open(f, "");
    assert_whole(f);
    g_free(purse.number);
}

/* What is lost from the chain is found and put right. */
static void test_put_right(struct fixture *f, const void *data)
{
    struct purse purse = new_purse(1, 50000);
    struct payment a = step(f, &purse, false, 100), b = step(f, &purse, false, 100), c = step(f, &purse, false, 100);
    struct reconcile_whole out;

    tell(f, &a, "K0001");
    tell(f, &c, "K0001");
    tell(f, &b, "K0001");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM card_step WHERE community=?1 AND payment=?2", "s", b.id));
    g_assert_true(reconcile_whole(f->platform->db, now_ms(), &out, NULL));
    g_assert_cmpint(out.wrong, ==, 1);
    g_assert_cmpint(out.steps, ==, 3);
    g_assert_true(reconcile_whole(f->platform->db, now_ms(), &out, NULL));
    g_assert_cmpint(out.wrong, ==, 0);
    g_assert_true(db_commit(f->platform->db, NULL));
    g_free(purse.number);
}

static void test_tables(struct fixture *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"UPDATE card_finding SET severity='ALARM' WHERE community=?1", "only ends"},
        {"UPDATE card_finding SET ended_ms=1, ended_by='x', off_fen=0 WHERE community=?1 AND ended_ms IS NULL", "only ends"},
        {"UPDATE card_finding SET ended_ms=NULL, ended_by=NULL WHERE community=?1", "only ends"},
        {"UPDATE card_finding SET ended_by='x' WHERE community=?1 AND ended_ms IS NOT NULL", "only ends"},
        {"DELETE FROM card_finding WHERE community=?1", "never deleted"},
        {"INSERT INTO card_finding SELECT community, card, kind, counter, code, n+1, severity, from_counter, off_fen, payment_a, payment_b,"
         " kiosk_a, kiosk_b, since_ms, found_ms, NULL, NULL FROM card_finding WHERE community=?1 AND ended_ms IS NULL",
         "begins open|UNIQUE|unique"},
    };
    struct purse purse = new_purse(1, 50000);
    struct payment p[5];

    for (int i = 0; i < 5; i++)
        p[i] = step(f, &purse, false, 100);
    tell(f, &p[0], "K0001");
    tell(f, &p[2], "K0001");
    tell(f, &p[4], "K0001");
    tell(f, &p[1], "K0001"); /* one ended, one open */
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
    g_free(purse.number);
}

/* ---- What a card that was replaced had left ---- */

static void replaced(struct fixture *f, const char *number)
{
    struct card_row fresh = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20461231};
    char token[33];
    const struct card_replacing ask = {.card = token, .successor = fresh.token, .cause = "damaged", .staff = {"S0001", "S0002"},
                                       .reason = "the chip does not answer"};
    const char *refused = NULL;
    g_autoptr(GError) error = NULL;

    card_token(f->platform->index_key, number, token);
    g_assert_true(card_stock_add(f->platform, "3109901007700000017", &fresh, now_ms(), NULL));
    g_assert_true(db_begin(f->platform->db, true, NULL));
    card_replace(f->platform, &ask, now_ms(), &refused, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(refused, ==, NULL);
    g_assert_true(db_commit(f->platform->db, NULL));
}

static void assert_claim(struct fixture *f, int64_t after_ms, const char *state, int64_t fen)
{
    json_t *claims = claims_list(f->platform, now_ms() + after_ms, NULL), *claim = json_array_get(claims, 0);

    g_assert_cmpuint(json_array_size(claims), ==, 1);
    g_assert_cmpstr(json_string_value(json_object_get(claim, "state")), ==, state);
    g_assert_true(fen < 0 ? json_is_null(json_object_get(claim, "balance_fen")) : json_integer_value(json_object_get(claim, "balance_fen")) == fen);
    json_decref(claims);
}

static void kiosks_told(struct fixture *f)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "UPDATE kiosk SET seen_ms=?2 WHERE community=?1", "i", now_ms() + 2 * CLAIM_OFFLINE_MS));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Waits until nobody can spend it, and for each kiosk; what comes late lowers it; what does not follow is for people first. */
static void test_claims(struct fixture *f, const void *data)
{
    const int64_t late_ms = CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS + 1000;
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200), second = step(f, &purse, false, 300), third = step(f, &purse, false, 500);

    replaced(f, elder);
    assert_claim(f, late_ms, "WAITS", -1);
    kiosks_told(f);
    assert_claim(f, late_ms, "UNKNOWN", -1);
    put(f, &f->pen, &first, PAYMENT_COMMITTING);
    kiosks_told(f);
    assert_claim(f, late_ms, "DOUBT", -1);
    put(f, &f->pen, &first, PAYMENT_CONFIRMED);
    assert_claim(f, late_ms, "WAITS", 3800); /* that kiosk is at a time before */
    kiosks_told(f);
    assert_claim(f, 0, "WAITS", 3800);
    assert_claim(f, late_ms, "DUE", 3800);
    put(f, &f->other, &third, PAYMENT_COMMITTING);
    put(f, &f->other, &third, PAYMENT_CONFIRMED);
    kiosks_told(f);
    assert_claim(f, late_ms, "DOUBT", 3000); /* a gap before it */
    put(f, &f->other, &second, PAYMENT_COMMITTING);
    put(f, &f->other, &second, PAYMENT_CONFIRMED);
    kiosks_told(f);
    assert_claim(f, late_ms, "DUE", 3000);
}

static void put_whole(struct fixture *f, struct payment *p)
{
    put(f, &f->pen, p, PAYMENT_COMMITTING);
    put(f, &f->pen, p, PAYMENT_CONFIRMED);
}

static void on_tables(struct fixture *f, const char *sql)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, sql, ""));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* What it had left is by its counters and sums; where the kiosks' clocks say otherwise, people look. */
static void test_claims_clocks(struct fixture *f, const void *data)
{
    const int64_t late_ms = CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS + 1000;
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 4 * 3600000, .purchases = 7, .loads = 3};
    struct payment p[] = {step(f, &purse, false, 1200), step(f, &purse, true, 1000), step(f, &purse, false, 300), step(f, &purse, false, 400),
                          step(f, &purse, true, 700)};

    for (size_t i = 0; i < 4; i++)
        tell(f, &p[i], "K0001");
    replaced(f, elder);
    kiosks_told(f);
    assert_claim(f, late_ms, "DUE", 4100); /* two purchases behind the load */
    on_tables(f, "UPDATE card_step SET at_ms=at_ms+7200000 WHERE community=?1 AND kind='load'");
    assert_claim(f, late_ms, "DOUBT", 4800);
    on_tables(f, "UPDATE card_step SET at_ms=at_ms-7200000 WHERE community=?1 AND kind='load'");
    tell(f, &p[4], "K0001");
    kiosks_told(f);
    assert_claim(f, late_ms, "DUE", 4800);
    on_tables(f, "UPDATE card_step SET at_ms=at_ms-7200000 WHERE community=?1 AND kind='load'");
    assert_claim(f, late_ms, "DOUBT", 4100);
}

/* Who has told something, but not all of it; who will not tell any more; and who has nothing to tell. */
static void test_claims_untold(struct fixture *f, const void *data)
{
    const int64_t late_ms = CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS + 1000;
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200);

    put_whole(f, &first);
    replaced(f, elder);
    kiosks_told(f);
    on_tables(f, "DELETE FROM kiosk_health WHERE community=?1");
    assert_claim(f, late_ms, "DUE", 3800);
    on_tables(f, "INSERT INTO kiosk_health(community, kiosk, seen_ms, version, behind) VALUES(?1,'K0002',1,'1',4)");
    assert_claim(f, late_ms, "WAITS", 3800);
    on_tables(f, "UPDATE kiosk SET state='REVOKED' WHERE community=?1 AND id='K0002'");
    assert_claim(f, late_ms, "DOUBT", 3800);
    on_tables(f, "UPDATE kiosk SET seen_ms=1, enrolled_ms=1 WHERE community=?1 AND id='K0002'");
    assert_claim(f, late_ms, "DUE", 3800); /* long before what is known of the card */
    kiosks_told(f);
    on_tables(f, "UPDATE kiosk SET state='ENROLLED' WHERE community=?1 AND id='K0002'");
    on_tables(f, "UPDATE kiosk_health SET behind=0 WHERE community=?1");
    on_tables(f, "UPDATE kiosk SET seen_ms=NULL, head_seq=0, epoch=1 WHERE community=?1 AND id='K0002'");
    assert_claim(f, late_ms, "WAITS", 3800);
    on_tables(f, "UPDATE kiosk SET enrolled_ms=4000000000000 WHERE community=?1 AND id='K0002'");
    assert_claim(f, late_ms, "DUE", 3800);
}

/* ---- It is paid ---- */

/* The end of all waiting: nine days later each kiosk has told. */
static const int64_t LATE_MS = CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS + 1000;

static int64_t money_of(struct fixture *f, const char *what)
{
    json_t *claims = claims_list(f->platform, now_ms() + LATE_MS, NULL);
    int64_t fen = json_integer_value(json_object_get(json_array_get(claims, 0), what));

    json_decref(claims);
    return fen;
}

/* As people name it who have just looked. */
static char *subject_of(struct fixture *f, const char *kind, const char *number, const char *kiosk, int64_t fen)
{
    char token[33];

    card_token(f->platform->index_key, number, token);
    if (strcmp(kind, "claim-accept") != 0)
        return g_strdup_printf("%s:%s:%" G_GINT64_FORMAT, token, kiosk, fen);
    return g_strdup_printf("%s:%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, token, kiosk, fen, money_of(f, "most_fen"));
}

/* What refuses it; "" done. */
static char *asked(struct fixture *f, const char *kind, const char *number, const char *kiosk, int64_t fen, const char *a, const char *b)
{
    const char *by[] = {a, b, NULL};
    g_autofree char *subject = subject_of(f, kind, number, kiosk, fen);
    g_autoptr(GError) error = NULL;

    const struct two_action action = {kind, subject, "", "receipt 12"};
    return g_strdup(two_now(f->platform, &action, (char **)by, now_ms() + LATE_MS, &error) ? "" : error->message);
}

static void assert_asked(struct fixture *f, const char *kind, const char *number, const char *kiosk, int64_t fen, const char *wanted)
{
    g_autofree char *got = asked(f, kind, number, kiosk, fen, "S0001", "S0002");

    g_assert_cmpstr(got, ==, wanted);
}

static int64_t on_account(struct fixture *f, const char *account)
{
    int64_t fen = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &fen, "SELECT sum(amount) FROM book_entry WHERE community=?1 AND book='MONEY' AND account=?2", "s", account));
    db_rollback(f->platform->db);
    return fen;
}

static int64_t all_books(struct fixture *f)
{
    int64_t fen = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &fen, "SELECT sum(amount) FROM book_entry WHERE community=?1 AND book='MONEY'", ""));
    db_rollback(f->platform->db);
    return fen;
}

static char *alarm_of(struct fixture *f, const char *kiosk)
{
    char *alarm = NULL;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_text(f->platform->db, NULL, &alarm, "SELECT alarm FROM kiosk WHERE community=?1 AND id=?2", "s", kiosk));
    db_rollback(f->platform->db);
    return alarm;
}

/* How many cards are in this state, and that nothing is broken. */
static int64_t in_state(struct fixture *f, enum claim_state state)
{
    int64_t counts[CLAIM_STATES];
    char *broken = NULL;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(claims_check(f->platform->db, now_ms() + LATE_MS, counts, &broken, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpstr(broken, ==, NULL);
    return counts[state];
}

static int64_t short_gauge(struct fixture *f)
{
    struct db_gauges gauges = {0};

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_gauges(f->platform->db, &gauges, NULL));
    db_rollback(f->platform->db);
    return gauges.purses_short;
}

/* Two people, once, exactly what is owed; a payment that comes later is answered for, by whom two people say. */
static void test_paid(struct fixture *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"INSERT INTO purse_payout SELECT community, card, 1, 'PAID', 'purse:float', 'cash:K0001', fen, 'K0001', '', 'S0003', 'S0004', 'again', 5"
         " FROM purse_payout WHERE community=?1", "UNIQUE|unique"},
        {"INSERT INTO purse_payout SELECT community, card, 2, 'PAID', 'purse:float', 'cash:K0001', fen, 'K0001', '', 'S0003', 'S0003', 'alone', 5"
         " FROM purse_payout WHERE community=?1", "CHECK|check"},
        {"UPDATE purse_payout SET fen=1 WHERE community=?1", "stays written"},
        {"DELETE FROM purse_payout WHERE community=?1", "stays written"},
    };
    g_autofree char *elder = kit_card(1), *overpaid = NULL;
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200), second = step(f, &purse, false, 300), more = step(f, &purse, true, 1000);
    char token[33];

    card_token(f->platform->index_key, elder, token);
    overpaid = g_strconcat("overpaid:", token, NULL);
    put(f, &f->pen, &first, PAYMENT_COMMITTING);
    put(f, &f->pen, &first, PAYMENT_CONFIRMED);
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "CLAIM_NONE");
    replaced(f, elder);
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "CLAIM_NOT_DUE"); /* kiosks have not told yet */
    kiosks_told(f);
    assert_asked(f, "claim-pay", elder, "K0001", 3900, "CLAIM_AMOUNT");
    assert_asked(f, "claim-pay", elder, "K9999", 3800, "KIOSK_UNKNOWN");
    assert_asked(f, "claim-pay", elder, "-", 3800, "what a purse had left is named as CARD:KIOSK:FEN");
    assert_asked(f, "claim-short", elder, "K0001", 300, "CLAIM_NOT_SHORT");
    g_autofree char *alone = asked(f, "claim-pay", elder, "K0001", 3800, "S0001", "S0001");
    g_assert_cmpstr(alone, !=, "");
    g_assert_cmpint(in_state(f, CLAIM_DUE), ==, 1);

    int64_t float_fen = on_account(f, "purse:float"), drawer_fen = on_account(f, "cash:K0001");
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "");
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "CLAIM_NOT_DUE");
    g_assert_cmpint(on_account(f, "purse:float"), ==, float_fen + 3800);
    g_assert_cmpint(on_account(f, "cash:K0001"), ==, drawer_fen - 3800);
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);

    put(f, &f->other, &second, PAYMENT_COMMITTING); /* it had lain in a kiosk that came back */
    put(f, &f->other, &second, PAYMENT_CONFIRMED);
    assert_claim(f, LATE_MS, "SHORT", 3500);
    g_assert_cmpint(on_account(f, overpaid), ==, 300);
    g_assert_cmpint(short_gauge(f), ==, 1);
    g_autofree char *alarm = alarm_of(f, "K0002");
    g_assert_cmpstr(alarm, ==, "PURSE_WAS_PAID_OUT");
    assert_asked(f, "claim-short", elder, "K0001", 299, "CLAIM_AMOUNT");
    assert_asked(f, "claim-short", elder, "-", 300, "");
    assert_asked(f, "claim-short", elder, "-", 300, "CLAIM_NOT_SHORT");
    g_assert_cmpint(on_account(f, overpaid), ==, 0);
    g_assert_cmpint(on_account(f, "loss:purses"), ==, 300);
    g_assert_cmpint(short_gauge(f), ==, 0);
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);

    tell(f, &more, "K0001"); /* more was there after all: what was missing was there, and the rest is due */
    assert_claim(f, LATE_MS, "SHORT", 4500);
    assert_asked(f, "claim-short", elder, "-", -300, "");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DUE", 4500);
    assert_asked(f, "claim-pay", elder, "K0001", 700, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(on_account(f, overpaid), ==, 0);
    g_assert_cmpint(all_books(f), ==, 0);
}

/* The chain is put right as a whole: what was paid follows it, too. */
static void test_paid_whole(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200), second = step(f, &purse, false, 300);
    struct reconcile_whole out;

    tell(f, &first, "K0001");
    replaced(f, elder);
    kiosks_told(f);
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "");
    tell(f, &second, "K0001");
    assert_asked(f, "claim-short", elder, "K0001", 300, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_run(f->platform->db, NULL, "DELETE FROM card_step WHERE community=?1 AND payment=?2", "s", second.id));
    g_assert_true(reconcile_whole(f->platform->db, now_ms(), &out, NULL));
    g_assert_cmpint(out.wrong, ==, 1);
    g_assert_true(db_commit(f->platform->db, NULL));
    assert_claim(f, LATE_MS, "DONE", 3500);
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
}

/* A kiosk is gone for ever: two people say what the purse had left, once, and no more than it can have had. */
static void test_accepted(struct fixture *f, const void *data)
{
    static const struct kit_attempt ATTEMPTS[] = {
        {"INSERT INTO purse_accepted SELECT community, card, 1, 0, most_fen, NULL, 'S0003', 'S0004', 'again', 5, 0, 0 FROM purse_accepted WHERE"
         " community=?1", "UNIQUE|unique"},
        {"INSERT INTO purse_accepted SELECT community, card, 2, 1, most_fen, NULL, 'S0003', 'S0004', 'no row', 5, 0, 0 FROM purse_accepted WHERE"
         " community=?1", "CHECK|check"},
        {"INSERT INTO purse_accepted SELECT community, card, 2, 0, most_fen, NULL, 'S0003', 'S0003', 'alone', 5, 0, 0 FROM purse_accepted WHERE"
         " community=?1", "CHECK|check"},
        {"UPDATE purse_accepted SET fen=1 WHERE community=?1", "stays written"},
        {"DELETE FROM purse_accepted WHERE community=?1", "stays written"},
    };
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200), second = step(f, &purse, false, 300), third = step(f, &purse, false, 100);

    put_whole(f, &first);
    assert_asked(f, "claim-accept", elder, "K0001", 3500, "CLAIM_NONE");
    replaced(f, elder);
    assert_asked(f, "claim-accept", elder, "K0001", 3500, "CLAIM_WAITS");
    kiosks_told(f);
    assert_asked(f, "claim-accept", elder, "K0001", 3500, "CLAIM_NOT_IN_DOUBT");
    on_tables(f, "INSERT INTO kiosk_health(community, kiosk, seen_ms, version, behind) VALUES(?1,'K0002',1,'1',4)"
                 " ON CONFLICT(community, kiosk) DO UPDATE SET behind=4");
    assert_asked(f, "claim-accept", elder, "K0001", 3500, "CLAIM_WAITS");
    on_tables(f, "UPDATE kiosk SET state='REVOKED' WHERE community=?1 AND id='K0002'");
    assert_claim(f, LATE_MS, "DOUBT", 3800);
    g_assert_cmpint(money_of(f, "most_fen"), ==, 3800);
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "CLAIM_NOT_DUE");
    assert_asked(f, "claim-accept", elder, "K0001", 3801, "CLAIM_AMOUNT");
    assert_asked(f, "claim-accept", elder, "K0001", -1, "CLAIM_AMOUNT");
    assert_asked(f, "claim-accept", elder, "K9999", 3500, "KIOSK_UNKNOWN");
    assert_asked(f, "claim-accept", elder, "-", 3500, "what is accepted of a purse is named as CARD:KIOSK:FEN:MOST");
    g_autofree char *alone = asked(f, "claim-accept", elder, "K0001", 3500, "S0001", "S0001");
    g_assert_cmpstr(alone, !=, "");

    int64_t float_fen = on_account(f, "purse:float"), drawer_fen = on_account(f, "cash:K0001");
    assert_asked(f, "claim-accept", elder, "K0001", 3500, "");
    assert_claim(f, LATE_MS, "DONE", 3800);
    g_assert_cmpint(money_of(f, "owed_fen"), ==, 0);
    g_assert_cmpint(on_account(f, "purse:float"), ==, float_fen + 3500);
    g_assert_cmpint(on_account(f, "cash:K0001"), ==, drawer_fen - 3500);
    assert_asked(f, "claim-accept", elder, "K0001", 300, "CLAIM_NOT_IN_DOUBT");
    assert_asked(f, "claim-pay", elder, "K0001", 300, "CLAIM_NOT_DUE");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(ATTEMPTS); i++)
        kit_assert_refused(f->platform->db, &ATTEMPTS[i]);
    db_rollback(f->platform->db);
    g_assert_cmpint(kit_count(f->platform, "SELECT count(*) FROM pending_action WHERE community=?1 AND kind='claim-accept' AND state='DONE'"),
                    ==, 1);

    put_whole(f, &second); /* what they had thought of */
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DONE", 3500);
    put_whole(f, &third); /* and what they had not */
    kiosks_told(f);
    assert_claim(f, LATE_MS, "SHORT", 3400);
    g_assert_cmpint(money_of(f, "short_fen"), ==, 100);
    assert_asked(f, "claim-accept", elder, "K0001", 0, "what is accepted of a purse is named as CARD:KIOSK:FEN:MOST");
    assert_asked(f, "claim-accept", elder, "-", 0, "CLAIM_NOT_IN_DOUBT");
    assert_asked(f, "claim-short", elder, "-", 100, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);
}

static void kiosk_lost(struct fixture *f)
{
    on_tables(f, "INSERT INTO kiosk_health(community, kiosk, seen_ms, version, behind) VALUES(?1,'K0002',1,'1',4)"
                 " ON CONFLICT(community, kiosk) DO UPDATE SET behind=4");
    on_tables(f, "UPDATE kiosk SET state='REVOKED' WHERE community=?1 AND id='K0002'");
}

/* More is told than there could be: people are asked again. Once it is certain, the chain is believed. */
static void test_accepted_more(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200), load = step(f, &purse, true, 1000), open = step(f, &purse, false, 100);

    put_whole(f, &first);
    replaced(f, elder);
    kiosks_told(f);
    kiosk_lost(f);
    assert_asked(f, "claim-accept", elder, "-", 0, "");
    assert_claim(f, LATE_MS, "DONE", 3800);
    tell(f, &load, "K0001");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DOUBT", 4800);
    assert_asked(f, "claim-accept", elder, "K0001", 4801, "CLAIM_AMOUNT");
    put(f, &f->pen, &open, PAYMENT_COMMITTING);
    kiosks_told(f);
    assert_asked(f, "claim-accept", elder, "K0001", 800, "CLAIM_OPEN");
    put(f, &f->pen, &open, PAYMENT_VOID);
    kiosks_told(f);
    assert_asked(f, "claim-accept", elder, "K0001", 800, "");
    assert_claim(f, LATE_MS, "DONE", 4800);
    on_tables(f, "UPDATE kiosk_health SET behind=0 WHERE community=?1"); /* it had nothing after all */
    assert_claim(f, LATE_MS, "DUE", 4800);
    assert_asked(f, "claim-pay", elder, "K0001", 4000, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);
}

/* Which one was the last, nobody can say: as much as either left; what is told later decides. */
static void test_accepted_unclear(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *overpaid = NULL;
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 4 * 3600000, .purchases = 7, .loads = 3};
    struct payment p[] = {step(f, &purse, false, 1200), step(f, &purse, true, 1000), step(f, &purse, false, 300), step(f, &purse, false, 400)};
    char token[33];

    card_token(f->platform->index_key, elder, token);
    overpaid = g_strconcat("overpaid:", token, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(p); i++)
        tell(f, &p[i], "K0001");
    replaced(f, elder);
    kiosks_told(f);
    on_tables(f, "UPDATE card_step SET at_ms=at_ms+7200000 WHERE community=?1 AND kind='load'");
    assert_claim(f, LATE_MS, "DOUBT", 4800); /* 4,800 behind the load, 4,100 behind the purchase */
    assert_asked(f, "claim-accept", elder, "K0001", 4801, "CLAIM_AMOUNT");
    assert_asked(f, "claim-accept", elder, "K0001", 4800, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    on_tables(f, "UPDATE card_step SET at_ms=at_ms-7200000 WHERE community=?1 AND kind='load'");
    g_assert_true(db_begin(f->platform->db, true, NULL)); /* the event that puts the clocks right */
    g_assert_true(claim_follow(f->platform->db, token, "", "", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    assert_claim(f, LATE_MS, "SHORT", 4100);
    g_assert_cmpint(on_account(f, overpaid), ==, 700);
    assert_asked(f, "claim-short", elder, "K0001", 700, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);
}

/* 800 → 300, a load → 500, and a purchase → 300: by sums the load or the second purchase was the last. */
static void steps_round(struct fixture *f, char *number, struct payment p[3])
{
    struct purse purse = {.number = number, .balance_fen = 800, .at_ms = now_ms() - 4 * 3600000, .purchases = 7, .loads = 3};

    p[0] = step(f, &purse, false, 500);
    p[1] = step(f, &purse, true, 200);
    p[2] = step(f, &purse, false, 200);
    tell(f, &p[0], "K0001");
    tell(f, &p[1], "K0001");
}

/* All of it went out, and the last purchase is told late: it is short, though nobody can be certain of the order. */
static void late_is_short(struct fixture *f, const char *number, struct payment *late)
{
    char token[33];

    card_token(f->platform->index_key, number, token);
    g_autofree char *overpaid = g_strconcat("overpaid:", token, NULL);
    assert_claim(f, LATE_MS, "DONE", 500);
    tell(f, late, "K0002");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "SHORT", 300);
    g_assert_cmpint(on_account(f, overpaid), ==, 200);
    g_autofree char *alarm = alarm_of(f, "K0002");
    g_assert_cmpstr(alarm, ==, "PURSE_WAS_PAID_OUT");
    assert_asked(f, "claim-accept", number, "-", 0, "CLAIM_NOT_IN_DOUBT");
    assert_asked(f, "claim-short", number, "-", 200, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(on_account(f, overpaid), ==, 0);
    g_assert_cmpint(all_books(f), ==, 0);
}

static void test_accepted_short(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1);
    struct payment p[3];

    steps_round(f, elder, p);
    replaced(f, elder);
    kiosks_told(f);
    kiosk_lost(f);
    assert_claim(f, LATE_MS, "DOUBT", 500);
    assert_asked(f, "claim-accept", elder, "K0001", 500, "");
    late_is_short(f, elder, &p[2]);
}

/* What was short was there after all, and more: the same news opens what two people had ended, and its kiosk has the alarm. */
static void test_accepted_back(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *before = NULL, *after = NULL;
    struct purse later = {.number = elder, .balance_fen = 300, .at_ms = now_ms() - 3600000, .purchases = 9, .loads = 4};
    struct payment p[3], load = step(f, &later, true, 1000);
    char token[33];

    card_token(f->platform->index_key, elder, token);
    g_autofree char *overpaid = g_strconcat("overpaid:", token, NULL);
    steps_round(f, elder, p);
    replaced(f, elder);
    kiosks_told(f);
    kiosk_lost(f);
    assert_asked(f, "claim-accept", elder, "K0001", 500, "");
    tell(f, &p[2], "K0002");
    g_assert_cmpint(on_account(f, overpaid), ==, 200);
    before = alarm_of(f, "K0001");
    g_assert_cmpstr(before, !=, "PURSE_OPEN_AGAIN");
    tell(f, &load, "K0001");
    kiosks_told(f);
    g_assert_cmpint(on_account(f, overpaid), ==, 0);
    after = alarm_of(f, "K0001");
    g_assert_cmpstr(after, ==, "PURSE_OPEN_AGAIN");
    assert_claim(f, LATE_MS, "DOUBT", 1300);
    assert_asked(f, "claim-accept", elder, "K0001", 800, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);
}

static void test_paid_short(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1);
    struct payment p[3];

    steps_round(f, elder, p);
    replaced(f, elder);
    kiosks_told(f);
    assert_asked(f, "claim-pay", elder, "K0001", 500, "");
    late_is_short(f, elder, &p[2]);
}

/* What they knew when they accepted more is not held against it; what took of it afterwards is. */
static void test_accepted_over(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1);
    struct purse purse = {.number = elder, .balance_fen = 900, .at_ms = now_ms() - 5 * 3600000, .purchases = 6, .loads = 3};
    struct purse later = {.number = elder, .balance_fen = 300, .at_ms = now_ms() - 3600000, .purchases = 9, .loads = 4};
    struct payment first = step(f, &purse, false, 100), last = step(f, &later, false, 50), p[3];

    steps_round(f, elder, p);
    tell(f, &p[2], "K0001");
    replaced(f, elder);
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DOUBT", 300);
    assert_asked(f, "claim-accept", elder, "K0001", 500, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    tell(f, &first, "K0001");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DONE", 300);
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    tell(f, &last, "K0001"); /* now the order is certain */
    kiosks_told(f);
    assert_claim(f, LATE_MS, "SHORT", 250);
    g_assert_cmpint(money_of(f, "short_fen"), ==, 250);
    g_assert_cmpint(in_state(f, CLAIM_SHORT), ==, 1);
    g_assert_cmpint(all_books(f), ==, 0);
}

/* One asked when nothing was known of more; another confirms when it is: they have not seen it. */
static void test_accepted_unseen(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *subject = NULL;
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 5000), load = step(f, &purse, true, 30000);
    g_autoptr(GError) error = NULL;
    char id[37];

    tell(f, &first, "K0001");
    replaced(f, elder);
    kiosks_told(f);
    kiosk_lost(f);
    assert_claim(f, LATE_MS, "DOUBT", 0);
    subject = subject_of(f, "claim-accept", elder, "-", 0);
    const struct two_action action = {"claim-accept", subject, "", "receipt 12"};
    g_assert_true(two_ask(f->platform, &action, "S0001", now_ms() + LATE_MS, id, &error));
    tell(f, &load, "K0001");
    kiosks_told(f);
    g_assert_false(two_confirm(f->platform, id, "S0002", now_ms() + LATE_MS, &error));
    g_assert_cmpstr(error->message, ==, "CLAIM_AMOUNT");
    assert_claim(f, LATE_MS, "DOUBT", 30000);
    assert_asked(f, "claim-accept", elder, "K0001", 30000, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
}

static int64_t looked_at(struct fixture *f, const char *staff)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM access_log WHERE community=?1 AND actor='%s' AND purpose='correction'", staff);

    return kit_count(f->platform, sql);
}

/* Nobody ever told of it: two people end it by nothing, seen by its holder; what comes late opens it, and its kiosk has an alarm. */
static void test_accepted_unknown(struct fixture *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *alarm = NULL;
    struct purse purse = {.number = elder, .balance_fen = 5000, .at_ms = now_ms() - 3600000, .purchases = 7, .loads = 3};
    struct payment first = step(f, &purse, false, 1200);

    replaced(f, elder);
    assert_asked(f, "claim-accept", elder, "-", 0, "CLAIM_WAITS");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "UNKNOWN", -1);
    assert_asked(f, "claim-accept", elder, "K0001", 1, "CLAIM_AMOUNT");
    g_autofree char *alone = asked(f, "claim-accept", elder, "-", 0, "S0001", "S0001");
    g_assert_cmpstr(alone, !=, "");
    g_assert_cmpint(looked_at(f, "S0001"), ==, 0);
    assert_asked(f, "claim-accept", elder, "-", 0, "");
    g_assert_cmpint(looked_at(f, "S0001"), ==, 1);
    g_assert_cmpint(looked_at(f, "S0002"), ==, 1);
    assert_claim(f, LATE_MS, "DONE", -1);
    assert_asked(f, "claim-accept", elder, "-", 0, "CLAIM_NOT_IN_DOUBT");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
    tell(f, &first, "K0001");
    kiosks_told(f);
    assert_claim(f, LATE_MS, "DUE", 3800);
    alarm = alarm_of(f, "K0001");
    g_assert_cmpstr(alarm, ==, "PURSE_OPEN_AGAIN");
    assert_asked(f, "claim-pay", elder, "K0001", 3800, "");
    g_assert_cmpint(in_state(f, CLAIM_DONE), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/platform/reconcile/gap", struct fixture, NULL, up, test_gap, down);
    g_test_add("/platform/reconcile/load", struct fixture, NULL, up, test_load, down);
    g_test_add("/platform/reconcile/impossible", struct fixture, NULL, up, test_impossible, down);
    g_test_add("/platform/reconcile/random", struct fixture, NULL, up, test_random, down);
    g_test_add("/platform/reconcile/told", struct fixture, NULL, up, test_told, down);
    g_test_add("/platform/reconcile/put-right", struct fixture, NULL, up, test_put_right, down);
    g_test_add("/platform/reconcile/tables", struct fixture, NULL, up, test_tables, down);
    g_test_add("/platform/reconcile/claims", struct fixture, NULL, up, test_claims, down);
    g_test_add("/platform/reconcile/claims_clocks", struct fixture, NULL, up, test_claims_clocks, down);
    g_test_add("/platform/reconcile/claims_untold", struct fixture, NULL, up, test_claims_untold, down);
    g_test_add("/platform/reconcile/paid", struct fixture, NULL, up, test_paid, down);
    g_test_add("/platform/reconcile/paid-whole", struct fixture, NULL, up, test_paid_whole, down);
    g_test_add("/platform/reconcile/accepted", struct fixture, NULL, up, test_accepted, down);
    g_test_add("/platform/reconcile/accepted-more", struct fixture, NULL, up, test_accepted_more, down);
    g_test_add("/platform/reconcile/accepted-unclear", struct fixture, NULL, up, test_accepted_unclear, down);
    g_test_add("/platform/reconcile/accepted-short", struct fixture, NULL, up, test_accepted_short, down);
    g_test_add("/platform/reconcile/paid-short", struct fixture, NULL, up, test_paid_short, down);
    g_test_add("/platform/reconcile/accepted-back", struct fixture, NULL, up, test_accepted_back, down);
    g_test_add("/platform/reconcile/accepted-over", struct fixture, NULL, up, test_accepted_over, down);
    g_test_add("/platform/reconcile/accepted-unseen", struct fixture, NULL, up, test_accepted_unseen, down);
    g_test_add("/platform/reconcile/accepted-unknown", struct fixture, NULL, up, test_accepted_unknown, down);
    return g_test_run();
}
