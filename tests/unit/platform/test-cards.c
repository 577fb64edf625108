/* SPDX-License-Identifier: Apache-2.0 */
/* A card takes another one's place: who may, what follows it, what the books say before and after, what is told late. */
#include "hall-kit.h"
#include "model/clock.h"
#include "model/hotlist.h"
#include "model/hours.h"
#include "model/model.h"
#include "model/volunteer.h"
#include "platform/activities/activities.h"
#include "platform/data/db-cards.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/persons/replace.h"
#include "platform/persons/two.h"
#include "platform/wipe.h"
#include <glib/gstdio.h>
#include <string.h>

/* ---- Cards of the stock ---- */

/* The n-th card that nobody has, as the issuer made it. */
static char *fresh_number(unsigned n)
{
    char digits[17];

    g_snprintf(digits, sizeof digits, "9901%04u%07u", 77, n);
    digits[15] = luhn_digit(digits);
    digits[16] = '\0';
    return g_strconcat("310", digits, NULL);
}

static void stock(struct credit_kit *f, unsigned n, char token[33])
{
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20260101, .valid_to = 20361231};
    g_autofree char *number = fresh_number(n);
    g_autoptr(GError) error = NULL;

    card_stock_add(f->platform, number, &row, now_ms(), &error);
    g_assert_no_error(error);
    g_strlcpy(token, row.token, 33);
}

static int64_t count(struct credit_kit *f, const char *sql, const char *token)
{
    int64_t out = -1;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_int(f->platform->db, NULL, 0, &out, sql, "s", token));
    db_rollback(f->platform->db);
    return out;
}

static void lose(struct credit_kit *f, const char *token)
{
    struct card_row row;
    bool found = false;
    int64_t version;

    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_card_row(f->platform->db, token, &row, &found, NULL) && found);
    g_autofree char *number = NULL;
    struct db_rows *rows = db_query(f->platform->db, NULL, "SELECT number FROM card WHERE community=?1 AND token=?2", "s", token);
    char text[24];
    g_assert_true(rows != NULL && db_next(f->platform->db, rows, NULL) == 1);
    g_assert_true(db_copy_unsealed(f->platform->db, rows, 0, "card.number", token, text, sizeof text, NULL));
    db_done(rows);
    g_assert_true(hotlist_card_tell(f->platform, text, true, now_ms(), &version, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* What refuses it; "" done. */
static char *replaced(struct credit_kit *f, const char *old, const char *successor, const char *cause, const char *a, const char *b)
{
    const char *by[] = {a, b, NULL};
    g_autofree char *data = *cause != '\0' ? g_strconcat(successor, ":", cause, NULL) : g_strdup(successor);
    const struct two_action action = {"card-replace", old, data, "lost in the park"};
    g_autoptr(GError) error = NULL;

    if (two_now(f->platform, &action, (char **)by, now_ms(), &error))
        return g_strdup("");
    return g_strdup(error->message);
}

static void replace_good(struct credit_kit *f, const char *old, const char *successor, const char *cause)
{
    g_autofree char *why = replaced(f, old, successor, cause, "staff-1", "staff-2");

    g_assert_cmpstr(why, ==, "");
}

static void replace_refused(struct credit_kit *f, const char *old, const char *successor, const char *cause, const char *why)
{
    g_autofree char *said = replaced(f, old, successor, cause, "staff-1", "staff-2");

    if (strstr(said, why) == NULL)
        g_error("refused as \"%s\", not as \"%s\"", said, why);
}

static enum card_state state_of(struct credit_kit *f, const char *token)
{
    struct card_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_row(f->platform->db, token, &row, &found, NULL));
    db_rollback(f->platform->db);
    return found ? row.state : CARD_NEW;
}

/* ---- Who, from what, once ---- */

static void test_states(struct credit_kit *f, const void *data)
{
    char one[33], two[33], over[33];
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = 20200101, .valid_to = 20251231};
    g_autofree char *number = fresh_number(3), *elder = kit_card(1), *why = NULL;
    g_autoptr(GError) error = NULL;
    int64_t version;

    stock(f, 1, one);
    stock(f, 2, two);
    g_assert_true(card_stock_add(f->platform, number, &row, now_ms(), NULL));
    g_strlcpy(over, row.token, sizeof over);
    replace_refused(f, STRANGER, one, "", "CARD_UNKNOWN");
    replace_refused(f, f->elder, one, "", "CARD_STATE");           /* in use, and nothing is said of it */
    replace_refused(f, f->elder, one, "expired", "CARD_STATE");    /* it is not */
    replace_refused(f, f->elder, one, "replaced", "CARD_STATE");
    lose(f, f->elder);
    replace_refused(f, f->elder, one, "damaged", "CARD_STATE");    /* lost is lost */
    replace_refused(f, f->elder, STRANGER, "", "CARD_NOT_STOCK");
    replace_refused(f, f->elder, f->student, "", "CARD_NOT_STOCK"); /* somebody's */
    replace_refused(f, f->elder, over, "", "CARD_EXPIRED");
    replace_refused(f, STAFF, one, "damaged", "CARD_OF_STAFF");
    why = replaced(f, f->elder, one, "", "staff-1", "staff-1");
    g_assert_nonnull(strstr(why, "two different"));
    g_assert_cmpint(state_of(f, f->elder), ==, CARD_LOST);
    g_assert_cmpint(count(f, "SELECT count(*) FROM card_replacement WHERE community=?1 OR community=?2", ""), ==, 0);

    replace_good(f, f->elder, one, "");
    g_assert_cmpint(state_of(f, f->elder), ==, CARD_REPLACED);
    g_assert_cmpint(state_of(f, one), ==, CARD_ACTIVE);
    replace_refused(f, f->elder, two, "", "CARD_STATE"); /* once */
    lose(f, f->student);
    replace_refused(f, f->student, one, "", "CARD_NOT_STOCK"); /* a card of the stock is given once */
    g_assert_false(kit_card_told(f->platform, elder, false, now_ms(), &version, &error));
    g_assert_nonnull(strstr(error->message, "replaced"));
    g_assert_cmpint(count(f, "SELECT count(*) FROM card a JOIN card b ON b.community=a.community AND b.person=a.person WHERE a.community=?1"
                             " AND a.token=?2 AND b.state='active'", f->elder), ==, 1);
}

static void stock_days(struct credit_kit *f, unsigned n, uint32_t from, char token[33])
{
    struct card_row row = {.issuer = "01019901FFFFFFFF", .card_class = 1, .valid_from = from, .valid_to = 20361231};
    g_autofree char *number = fresh_number(n);

    g_assert_true(card_stock_add(f->platform, number, &row, now_ms(), NULL));
    g_strlcpy(token, row.token, 33);
}

/* Nobody gets a card that is not good yet, and nobody who left gets one. */
static void test_too_early_too_late(struct credit_kit *f, const void *data)
{
    static const char *const by[2] = {"staff-1", "staff-2"};
    char tomorrow[33], today[33];
    int64_t person = -1;

    stock_days(f, 1, community_date_add(date_of_ms(now_ms()), 1), tomorrow);
    stock_days(f, 2, date_of_ms(now_ms()), today);
    replace_refused(f, f->elder, tomorrow, "damaged", "CARD_TOO_EARLY");
    lose(f, f->student);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(db_card_token_person(f->platform->db, f->student, &person, NULL));
    g_assert_true(db_person_left_add(f->platform->db, person, by, "moved away", now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
    replace_refused(f, f->student, today, "", "PERSON_LEFT");
    g_assert_cmpint(state_of(f, f->student), ==, CARD_LOST);
    replace_good(f, f->elder, today, "damaged");
}

/* Found again only by two people, of whom it is neither's, and only what was lost. */
static void found_refused(struct credit_kit *f, const char *token, const char *a, const char *b, const char *why)
{
    const struct two_action action = {"card-found", token, "", "lay in the garden"};
    const char *by[] = {a, b, NULL};
    g_autoptr(GError) error = NULL;

    g_assert_false(two_now(f->platform, &action, (char **)by, now_ms(), &error));
    if (strstr(error->message, why) == NULL)
        g_error("refused as \"%s\", not as \"%s\"", error->message, why);
}

static void test_found(struct credit_kit *f, const void *data)
{
    const struct two_action action = {"card-found", f->elder, "", "lay in the garden"};
    const char *by[] = {"staff-1", "staff-2", NULL}, *one[] = {"staff-1", NULL};
    g_autoptr(GError) error = NULL;
    char fresh[33];

    found_refused(f, f->elder, "staff-1", "staff-2", "CARD_NOT_LOST");
    found_refused(f, STRANGER, "staff-1", "staff-2", "CARD_UNKNOWN");
    lose(f, f->elder);
    found_refused(f, f->elder, "staff-1", "staff-1", "two different");
    found_refused(f, f->elder, "staff-1", "nobody", "two different");
    g_assert_false(two_now(f->platform, &action, (char **)one, now_ms(), NULL));
    g_assert_false(two_now(f->platform, &action, NULL, now_ms(), NULL));
    found_refused(f, STAFF, "staff-1", "staff-2", "STAFF_OWN_CARD");
    g_assert_cmpint(state_of(f, f->elder), ==, CARD_LOST);
    two_now(f->platform, &action, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    g_assert_cmpint(state_of(f, f->elder), ==, CARD_ACTIVE);
    stock(f, 1, fresh);
    replace_good(f, f->elder, fresh, "lost");
    found_refused(f, f->elder, "staff-1", "staff-2", "CARD_NOT_LOST");
}

/* The file of the list is built when it is done, by whatever door: kiosks that deltas do not reach would wait for the next round. */
static void assert_list_file(struct credit_kit *f)
{
    int64_t version = 0;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_hotlist_file(f->platform->db, &version, NULL, NULL));
    db_rollback(f->platform->db);
    g_autofree char *path = hotlist_path(f->platform, version);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_unlink(path), ==, 0); /* for the next one */
}

static void confirmed(struct credit_kit *f, const char *kind, const char *token, const char *data)
{
    const struct two_action action = {kind, token, data, "lay in the garden"};
    g_autoptr(GError) error = NULL;
    char id[37];

    g_assert_true(two_ask(f->platform, &action, "staff-1", now_ms(), id, &error));
    two_confirm(f->platform, id, "staff-2", now_ms(), &error);
    g_assert_no_error(error);
    assert_list_file(f);
}

static void test_list_follows(struct credit_kit *f, const void *data)
{
    const struct two_action action = {"card-found", f->elder, "", "lay in the garden"};
    const char *by[] = {"staff-1", "staff-2", NULL};
    char fresh[33];

    stock(f, 1, fresh);
    g_assert_true(hotlist_tend(f->platform, now_ms(), NULL));
    assert_list_file(f);
    lose(f, f->elder);
    confirmed(f, "card-found", f->elder, "");
    lose(f, f->elder);
    g_assert_true(two_now(f->platform, &action, (char **)by, now_ms(), NULL));
    assert_list_file(f);
    lose(f, f->elder);
    confirmed(f, "card-replace", f->elder, fresh);
}

/* Three after another: what was said of the first is said of the last. */
static void test_line(struct credit_kit *f, const void *data)
{
    char one[33], two[33], current[33];
    int64_t stopped_ms = 0, since_ms = 0;

    stock(f, 1, one);
    stock(f, 2, two);
    replace_good(f, f->elder, one, "damaged");
    credit_kit_shift_ms += HOUR;
    replace_good(f, one, two, "lost");
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_current(f->platform->db, f->elder, current, &stopped_ms, NULL));
    g_assert_cmpstr(current, ==, two);
    g_assert_cmpint(stopped_ms, <=, now_ms() - HOUR);
    g_assert_true(db_card_current(f->platform->db, two, current, &stopped_ms, NULL));
    g_assert_cmpstr(current, ==, two);
    g_assert_cmpint(stopped_ms, ==, 0);
    g_assert_true(db_card_listed_since(f->platform->db, one, &since_ms, NULL));
    g_assert_cmpint(since_ms, >, 0);
    db_rollback(f->platform->db);
    json_t *feed = kit_feed(f->platform, "K0001"), *item;
    size_t i, gone = 0;
    json_array_foreach(json_object_get(feed, "items"), i, item)
        gone += g_strcmp0(json_string_value(json_object_get(item, "key")), f->elder) == 0 && json_is_true(json_object_get(item, "deleted"));
    g_assert_cmpuint(gone, ==, 1); /* what kiosks keep of it ends */
    json_decref(feed);
}

static struct hotlist_listed listed_of(struct credit_kit *f, const char *token)
{
    struct hotlist_listed listed;
    uint64_t mark = 0;

    g_assert_true(hotlist_mark_of_token(token, &mark));
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_hotlist_entry_find(f->platform->db, mark, &listed, NULL));
    db_rollback(f->platform->db);
    return listed;
}

/* The issuer's file, of one line. */
static void file_import(struct credit_kit *f, const char *before, const char *token, const char *reason)
{
    g_autofree char *path = g_build_filename(f->dir, "issuer", NULL), *text = g_strconcat(before, token, reason, "\n", NULL);
    g_autoptr(GError) error = NULL;
    int64_t version, lines;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    hotlist_import(f->platform, path, now_ms(), &version, &lines, &error);
    g_assert_no_error(error);
}

static void publish(struct credit_kit *f, const char *token, int reason)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    struct hotlist_change change = {.reason = reason};
    int64_t version;

    g_assert_true(hotlist_mark_of_token(token, &change.mark));
    g_array_append_val(changes, change);
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(hotlist_publish(f->platform, changes, now_ms(), &version, NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* Whoever asks for it, and by whichever way: it stays on the list as replaced, also in what kiosks are told. */
static void test_listed(struct credit_kit *f, const void *data)
{
    static const char *const REASONS[] = {"", " lost", " stolen"};
    char one[33];

    stock(f, 1, one);
    replace_good(f, f->elder, one, "lost");
    struct hotlist_listed was = listed_of(f, f->elder);
    g_assert_cmpint(was.reason, ==, HOTLIST_REPLACED);
    for (size_t i = 0; i < G_N_ELEMENTS(REASONS); i++) {
        credit_kit_shift_ms += HOUR;
        file_import(f, i == 0 ? "-" : "", f->elder, REASONS[i]);
        publish(f, f->elder, i == 0 ? HOTLIST_TAKE_OFF : HOTLIST_STOLEN);
        g_assert_cmpint(listed_of(f, f->elder).reason, ==, HOTLIST_REPLACED);
        g_assert_true(hotlist_settle(f->platform, NULL));
        g_assert_cmpint(listed_of(f, f->elder).reason, ==, HOTLIST_REPLACED);
        g_assert_cmpint(listed_of(f, f->elder).since_ms, ==, was.since_ms);
    }
    file_import(f, "", f->student, " stolen");
    file_import(f, "-", f->student, ""); /* of another card it is done */
    g_assert_cmpint(listed_of(f, f->student).reason, ==, HOTLIST_TAKE_OFF);
}

static void since_is(struct credit_kit *f, const char *token, int reason, int64_t since_ms)
{
    struct hotlist_listed listed = listed_of(f, token);
    bool before = true, then = false;

    g_assert_cmpint(listed.reason, ==, reason);
    g_assert_cmpint(listed.since_ms, ==, since_ms);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_listed_at(f->platform->db, token, since_ms - 1, &before, NULL));
    g_assert_true(db_card_listed_at(f->platform->db, token, since_ms, &then, NULL));
    db_rollback(f->platform->db);
    g_assert_false(before);
    g_assert_true(then);
}

/* Lost, then in a file with another reason, then replaced: out of use since it was lost. */
static void test_since(struct credit_kit *f, const void *data)
{
    char one[33], two[33], current[33];
    int64_t stopped_ms = 0;

    stock(f, 1, one);
    stock(f, 2, two);
    publish(f, f->elder, HOTLIST_LOST);
    int64_t lost_ms = listed_of(f, f->elder).since_ms;
    for (int i = 0; i < 2; i++) { /* over the list, and moved into it */
        credit_kit_shift_ms += HOUR;
        file_import(f, "", f->elder, i == 0 ? " stolen" : " suspended");
        since_is(f, f->elder, i == 0 ? HOTLIST_STOLEN : HOTLIST_SUSPENDED, lost_ms);
        g_assert_true(hotlist_settle(f->platform, NULL));
        since_is(f, f->elder, i == 0 ? HOTLIST_STOLEN : HOTLIST_SUSPENDED, lost_ms);
    }
    credit_kit_shift_ms += HOUR;
    replace_good(f, f->elder, one, "lost");
    since_is(f, f->elder, HOTLIST_REPLACED, lost_ms);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_current(f->platform->db, f->elder, current, &stopped_ms, NULL));
    db_rollback(f->platform->db);
    g_assert_cmpint(stopped_ms, ==, lost_ms);

    file_import(f, "", one, " stolen"); /* known by a file alone that nobody moved yet */
    int64_t stolen_ms = listed_of(f, one).since_ms;
    credit_kit_shift_ms += HOUR;
    replace_good(f, one, two, "lost");
    since_is(f, one, HOTLIST_REPLACED, stolen_ms);
    file_import(f, "", two, " stolen");
    g_assert_true(hotlist_settle(f->platform, NULL));
    file_import(f, "-", two, "");
    credit_kit_shift_ms += HOUR;
    publish(f, two, HOTLIST_LOST); /* it was off the list meanwhile */
    g_assert_cmpint(listed_of(f, two).since_ms, >, now_ms() - HOUR);
}

static json_t *joining(struct credit_kit *f, const char *token, const char *guardian)
{
    struct volunteer_join join = {.pledge = VOLUNTEER_PLEDGE};

    g_strlcpy(join.token, token, sizeof join.token);
    g_strlcpy(join.guardian, guardian, sizeof join.guardian);
    return pen_event(&f->pen, VOLUNTEER_JOINED, volunteer_join_to_json(&join));
}

static void push_one(struct credit_kit *f, json_t *event, const char *verdict, const char *code)
{
    json_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    g_assert_cmpstr(kit_verdict(answer, 0), ==, verdict);
    json_decref(answer);
}

/* Who agreed for a child did so with a card that was in use then, whatever became of it before the kiosk could tell. */
static void test_consent(struct credit_kit *f, const void *data)
{
    char one[33];

    stock(f, 1, one);
    json_t *before = joining(f, f->student, f->elder);
    credit_kit_shift_ms += HOUR;
    replace_good(f, f->elder, one, "lost");
    push_one(f, before, "accepted", "");
    push_one(f, joining(f, f->adult, f->elder), "rejected", "GUARDIAN");
    before = joining(f, f->adult, one);
    credit_kit_shift_ms += HOUR;
    lose(f, one);
    json_t *after = joining(f, f->adult, one);
    push_one(f, before, "accepted", "");
    push_one(f, after, "rejected", "GUARDIAN");
}

/* The tables hold it by themselves. */
static void test_tables(struct credit_kit *f, const void *data)
{
    struct db *db = f->platform->db;
    char one[33];

    stock(f, 1, one);
    replace_good(f, f->elder, one, "damaged");
    g_assert_true(db_begin(db, true, NULL));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE card SET state='active' WHERE community=?1 AND token=?2", "s", f->elder));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM card_replacement WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE card_replacement SET reason='' WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "DELETE FROM card_line WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "UPDATE card_stock SET issued_ms=1 WHERE community=?1", ""));
    KIT_REFUSED(db, db_run(db, NULL, "INSERT INTO card_replacement VALUES(?1,?2,?3,'lost','','A','B','','','',0,1,1)", "ss", f->student,
                           f->adult)); /* another person's */
    db_rollback(db);
}

/* ---- The books ---- */

static void earn(struct credit_kit *f, const char *token, int64_t minutes)
{
    g_assert_true(db_begin(f->platform->db, true, NULL));
    g_assert_true(credit_post_hours(f->platform->db, &f->rules, token, "tests", minutes, now_ms(), NULL));
    g_assert_true(db_commit(f->platform->db, NULL));
}

/* "book|end|what is left" of each lot, and the balances: the same before and after, whatever the card is called. */
static char *picture(struct credit_kit *f, const char *token)
{
    static const enum book BOOKS_SEEN[] = {BOOK_HOURS, BOOK_POINTS, BOOK_COIN, BOOK_SUBSIDY};
    g_autofree char *account = g_strconcat("person:", token, NULL);
    GString *out = g_string_new(NULL);

    g_assert_true(db_begin(f->platform->db, false, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(BOOKS_SEEN); i++) {
        int64_t balance = 0, held = 0;
        g_autoptr(GArray) lots = db_credit_lots(f->platform->db, account, BOOKS_SEEN[i], NULL);
        g_assert_true(db_credit_balance(f->platform->db, account, BOOKS_SEEN[i], &balance, NULL));
        g_assert_true(db_credit_held(f->platform->db, account, BOOKS_SEEN[i], "", now_ms(), &held, NULL));
        g_string_append_printf(out, "%s %" G_GINT64_FORMAT " held %" G_GINT64_FORMAT "\n", book_name(BOOKS_SEEN[i]), balance, held);
        for (guint n = 0; n < lots->len; n++) {
            const struct lot *lot = &g_array_index(lots, struct lot, n);
            g_string_append_printf(out, " %s %" G_GINT64_FORMAT " %u %" G_GINT64_FORMAT "\n", lot->id, lot->earned_ms, lot->expires_on,
                                   lot->remaining);
        }
    }
    db_rollback(f->platform->db);
    return g_string_free(out, FALSE);
}

static void push_hold(struct credit_kit *f, struct ledger_hold *hold, const char *code)
{
    credit_kit_push(f, &f->pen, "ledger.hold", "LedgerHold", ledger_hold_to_json(hold), *code == '\0' ? "accepted" : "rejected", code);
}

static struct ledger_hold hold_of(const char *token, int64_t amount)
{
    struct ledger_hold hold = {.book = BOOK_COIN, .account = {.kind = OWNER_PERSON}, .amount = amount, .expires_ms = now_ms() + DAY};

    uuid7(now_ms(), hold.id);
    g_strlcpy(hold.account.owner, token, sizeof hold.account.owner);
    return hold;
}

/* The whole picture is the new card's, the old one's is empty, and a kiosk that holds something still ends it by the old name. */
static void test_books(struct credit_kit *f, const void *data)
{
    char one[33];

    earn(f, f->elder, 240);
    credit_kit_shift_ms += 40 * DAY;
    earn(f, f->elder, 120);
    struct ledger_hold hold = hold_of(f->elder, 60);
    push_hold(f, &hold, "");
    g_autofree char *before = picture(f, f->elder);
    stock(f, 1, one);
    replace_good(f, f->elder, one, "damaged");
    g_autofree char *after = picture(f, one), *empty = picture(f, f->elder);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpstr(empty, ==, "HOURS 0 held 0\nPOINTS 0 held 0\nCOIN 0 held 0\nSUBSIDY 0 held 0\n");
    credit_kit_books(f);
    hold.state = HOLD_RELEASED;
    push_hold(f, &hold, "");
    g_autofree char *freed = picture(f, one);
    g_assert_cmpstr(freed, !=, before);
    g_assert_cmpint(count(f, "SELECT count(*) FROM credit_hold WHERE community=?1 AND id=?2 AND state='RELEASED'", hold.id), ==, 1);
}

/* ---- What is told late ---- */

static struct attendance_event tap_of(const char *token, int64_t start_ms)
{
    struct attendance_event tap = {.slot = "garden", .slot_start_ms = start_ms, .slot_end_ms = start_ms + 4 * HOUR, .at_ms = now_ms()};

    uuid7(now_ms(), tap.id);
    g_strlcpy(tap.token, token, sizeof tap.token);
    return tap;
}

static void push_tap(struct credit_kit *f, const struct attendance_event *tap, const char *code)
{
    credit_kit_push(f, &f->other, "attendance.tap", "AttendanceTap", attendance_event_to_json(tap), *code == '\0' ? "accepted" : "rejected",
                    code);
}

/* Signed in with the old card, out with the new one; what the old one is said to have done after it stopped is refused. */
static void test_attendance(struct credit_kit *f, const void *data)
{
    int64_t start_ms = now_ms();
    struct attendance_event tap = tap_of(f->elder, start_ms), other;
    char one[33];

    push_tap(f, &tap, "");
    stock(f, 1, one);
    replace_good(f, f->elder, one, "damaged");
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2 AND state='IN'", one), ==, 1);
    credit_kit_shift_ms += HOUR;
    other = tap_of(f->elder, start_ms);
    push_tap(f, &other, "CARD_REPLACED");
    tap.out = true;
    tap.at_ms = now_ms();
    push_tap(f, &tap, "CARD_REPLACED");
    g_strlcpy(tap.token, one, sizeof tap.token);
    push_tap(f, &tap, "");
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2 AND state='OUT'", one), ==, 1);
}

/* A kiosk without a line does not know of it: what it takes for a second attendance is the first one, whose hours go on. */
static void test_attendance_again(struct credit_kit *f, const void *data)
{
    int64_t start_ms = now_ms();
    struct attendance_event first = tap_of(f->elder, start_ms), again, elsewhere;
    char one[33], two[33];

    push_tap(f, &first, "");
    credit_kit_shift_ms += HOUR;
    stock(f, 1, one);
    stock(f, 2, two);
    replace_good(f, f->elder, one, "damaged");
    credit_kit_shift_ms += HOUR / 4;
    replace_good(f, one, two, "damaged");
    again = tap_of(two, start_ms);
    elsewhere = tap_of(two, start_ms);
    g_strlcpy(elsewhere.slot, "kitchen", sizeof elsewhere.slot);
    push_tap(f, &elsewhere, "OVERLAP"); /* not that one */
    push_tap(f, &again, "");
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2", two), ==, 1);
    credit_kit_shift_ms += HOUR;
    again.out = true;
    again.at_ms = now_ms();
    push_tap(f, &again, "");
    g_assert_cmpint(count(f, "SELECT (out_ms-in_ms)/60000 FROM attendance WHERE community=?1 AND token=?2 AND state='OUT'", two), ==, 135);
    first.out = true;
    first.at_ms = now_ms();
    g_strlcpy(first.token, two, sizeof first.token);
    push_tap(f, &first, "RULE"); /* it is over, by whichever of its names */
    again = tap_of(two, start_ms);
    push_tap(f, &again, ""); /* what is over is not gone on with: this one is another */
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2", two), ==, 2);
}

static void push_close(struct credit_kit *f, const char *id, int64_t minutes, const char *reason)
{
    struct attendance_close end = {.confirmed = minutes > 0, .minutes = minutes, .staff = STAFF};

    g_strlcpy(end.id, id, sizeof end.id);
    g_strlcpy(end.reason, reason, sizeof end.reason);
    credit_kit_push(f, &f->other, "attendance.close", "AttendanceClose", attendance_close_to_json(&end), "accepted", "");
}

/* Its kiosk lets people close both: what is said of the first part alone takes nothing away, and the whole time counts once. */
static void test_attendance_closed(struct credit_kit *f, const void *data)
{
    int64_t start_ms = now_ms();
    struct attendance_event first = tap_of(f->elder, start_ms), again;
    char one[33];

    push_tap(f, &first, "");
    credit_kit_shift_ms += HOUR;
    stock(f, 1, one);
    replace_good(f, f->elder, one, "damaged");
    again = tap_of(one, start_ms);
    push_tap(f, &again, "");
    credit_kit_shift_ms += HOUR;
    again.out = true;
    again.at_ms = now_ms();
    push_tap(f, &again, "");
    push_close(f, first.id, 0, "forgotten");
    g_assert_cmpint(count(f, "SELECT count(*) FROM attendance WHERE community=?1 AND token=?2 AND state='OUT'", one), ==, 1);
    push_close(f, again.id, 60, "");
    push_close(f, first.id, 60, "forgotten");
    g_assert_cmpint(count(f, "SELECT minutes FROM attendance WHERE community=?1 AND token=?2 AND state IN ('PUBLIC','POSTED')", one), ==, 120);
}

/* Kiosks hear which card took whose place, each of the line. */
static void test_line_told(struct credit_kit *f, const void *data)
{
    char one[33], two[33];
    struct feed_place place = {0};

    stock(f, 1, one);
    stock(f, 2, two);
    replace_good(f, f->elder, one, "damaged");
    replace_good(f, one, two, "damaged");
    g_assert_true(db_begin(f->platform->db, false, NULL));
    json_t *items = db_change_items(f->platform->db, "K0001", &place, 100000, NULL), *item;
    db_rollback(f->platform->db);
    unsigned told = 0;
    size_t i;
    json_array_foreach(items, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "topic")), "card") != 0)
            continue;
        g_assert_cmpstr(json_string_value(json_object_get(json_object_get(item, "value"), "current")), ==, two);
        told++;
    }
    json_decref(items);
    g_assert_cmpuint(told, ==, 2);
}

/* ---- Wiped ---- */

static int64_t wipes_of(struct credit_kit *f, const char *token)
{
    g_autofree char *id = g_strconcat("wipe-", token, NULL);

    return count(f, "SELECT count(*) FROM command c JOIN change n ON n.community=c.community AND n.topic='command' AND n.key=c.id WHERE"
                    " c.community=?1 AND c.id=?2", id);
}

static void wiped(struct credit_kit *f, const char *number, int64_t *again)
{
    g_autoptr(GError) error = NULL;

    wipe_order(f->platform, number, again, &error);
    g_assert_no_error(error);
}

/* Whichever number of a line is named, kiosks forget what they keep of each of its cards, and are told of the one in use behind it. */
static void test_wipe_line(struct credit_kit *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *last = fresh_number(2), *stranger = fresh_number(9), *third = fresh_number(3);
    char token[33], one[33], two[33], three[33];
    int64_t again = 0;

    card_token(f->platform->index_key, elder, token);
    stock(f, 1, one);
    stock(f, 2, two);
    stock(f, 3, three);
    replace_good(f, token, one, "damaged");
    replace_good(f, one, two, "damaged");
    wiped(f, elder, &again);
    g_assert_cmpint(wipes_of(f, token), ==, 1);
    g_assert_cmpint(wipes_of(f, one), ==, 1);
    g_assert_cmpint(wipes_of(f, two), ==, 1);
    g_assert_cmpint(wipes_of(f, three), ==, 0);
    g_assert_cmpint(again, >, 0);
    g_assert_cmpint(count(f, "SELECT count(*) FROM change a JOIN change w ON w.community=a.community AND w.topic='command' AND w.key='wipe-'||?2"
                             " WHERE a.community=?1 AND a.topic='credit' AND a.key=?2 AND a.n>w.n", two), ==, 1);
    g_assert_cmpint(count(f, "SELECT count(*) FROM change a JOIN change w ON w.community=a.community AND w.topic='command' AND w.key='wipe-'||?2"
                             " WHERE a.community=?1 AND a.topic='card' AND a.n<w.n", two), ==, 0); /* and which card is in whose place */
    wiped(f, last, &again);
    g_assert_cmpint(wipes_of(f, token), ==, 1);
    wiped(f, third, &again); /* nobody has it, and nothing is known of it */
    g_assert_cmpint(wipes_of(f, three), ==, 1);
    g_assert_cmpint(again, ==, 0);
    g_assert_false(wipe_order(f->platform, stranger, &again, NULL));
    g_assert_cmpint(count(f, "SELECT count(*) FROM card_replacement WHERE community=?1 OR community=?2", ""), ==, 2); /* what is here stays */
}

/* ---- Wishes ---- */

static void garden_add(struct credit_kit *f)
{
    struct activity_row activity = {"T", "class", "测试课", "A test", "活动室", "Room", "100", 0, 1};
    struct date_row date = {.session = {.start_ms = now_ms() + 3 * DAY, .end_ms = now_ms() + 3 * DAY + HOUR, .seats = 1}};
    struct db *db = f->platform->db;

    g_strlcpy(date.id, "T-1", sizeof date.id);
    g_strlcpy(date.activity, "T", sizeof date.activity);
    g_assert_true(db_begin(db, true, NULL) && activities_add(db, &activity, NULL) && activities_date_add(db, &date, NULL) &&
                  db_allotment_set(db, "K0001", "T-1", 1, NULL) && db_commit(db, NULL));
}

static char *wish(struct credit_kit *f, struct pen *pen, const char *card, const char *how, const char *code)
{
    json_t *data = json_pack("{s:s, s:s, s:i}", "session", "T-1", "card_token", card, "companions", 0);
    if (how != NULL)
        json_object_set_new(data, how, json_true());
    json_t *event = pen_event(pen, "seat.asked", data), *answer = kit_push(f->platform, pen, json_pack("[O]", event));
    char *id = g_strdup(json_string_value(json_object_get(event, "id")));

    g_assert_cmpstr(kit_verdict(answer, 0), ==, *code == '\0' ? "accepted" : "rejected");
    g_assert_cmpstr(kit_code(answer, 0), ==, code);
    json_decref(event);
    json_decref(answer);
    return id;
}

static void seat_is(struct credit_kit *f, const char *id, const char *card, enum seat_state state, const char *reason)
{
    struct seat_row row;
    bool found = false;

    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_seat_find(f->platform->db, id, &row, &found, NULL) && found);
    db_rollback(f->platform->db);
    g_assert_cmpstr(row.card, ==, card);
    g_assert_cmpstr(seat_state_name(row.seat.state), ==, seat_state_name(state));
    g_assert_cmpstr(row.reason, ==, reason);
}

/* A wish is no refused event, also of a card that was replaced: there is a seat that says so, and the place that its kiosk kept is free. */
static void test_wish(struct credit_kit *f, const void *data)
{
    char one[33];

    garden_add(f);
    stock(f, 1, one);
    g_autofree char *waits = wish(f, &f->other, f->student, NULL, "");
    seat_is(f, waits, f->student, SEAT_WAITLISTED, "");
    replace_good(f, f->elder, one, "damaged");
    credit_kit_shift_ms += HOUR;
    g_free(wish(f, &f->pen, f->elder, "door", "CARD_REPLACED"));
    g_autofree char *late = wish(f, &f->pen, f->elder, "drawn", "");
    seat_is(f, late, f->elder, SEAT_REFUSED, "SEAT_CARD");
    seat_is(f, waits, f->student, SEAT_OFFERED, "");
}

/* ---- Numbers in the hall ---- */

/* Of that old card, told when it was told. */
static void number_told(struct credit_kit *f, json_t *event, const char *code)
{
    json_auto_t *answer = kit_push(f->platform, &f->pen, json_pack("[o]", event));

    g_assert_cmpstr(kit_code(answer, 0), ==, code);
}

static json_t *number_drawn(struct credit_kit *f, const char *number, char id[37])
{
    json_t *event = pen_event(&f->pen, "queue.issued", json_pack("{s:s, s:s, s:i, s:s, s:s}", "place", HALL, "matter", "WELFARE", "day",
                                                                 (int)date_of_ms(now_ms()), "number", number, "card_token", f->elder));

    g_strlcpy(id, hall_text(event, "id"), 37);
    return event;
}

static json_t *number_given_up(struct credit_kit *f, const char *ticket)
{
    return pen_event(&f->pen, "queue.cancelled", json_pack("{s:s, s:s}", "ticket", ticket, "card_token", f->elder));
}

/* The number that she waits with is the new card's, also for what was told late of the old one. */
static void test_numbers(struct credit_kit *f, const void *data)
{
    char one[33], early_id[37], late_id[37];
    int done = 0;

    hall_kiosk(f, "K0001", 10);
    g_assert_true(queues_run(f->platform, now_ms(), &done, NULL));
    stock(f, 1, one);
    json_auto_t *taken = hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 200);
    const char *id = hall_text(taken, "id");
    credit_kit_shift_ms += MINUTE;
    json_t *early = number_drawn(f, "B990", early_id), *given_up = number_given_up(f, id);
    credit_kit_shift_ms += MINUTE;
    replace_good(f, f->elder, one, "damaged");
    g_assert_cmpstr(hall_number(f, id).card, ==, one);
    hall_stands(hall_take(f, hall_tapped(f, one, ""), "RETIRE", hall_key(), 200), "A001", "ISSUED");
    credit_kit_shift_ms += MINUTE;
    number_told(f, early, "");
    g_assert_cmpstr(hall_number(f, early_id).card, ==, one);
    number_told(f, given_up, "");
    number_told(f, number_given_up(f, early_id), "CARD_REPLACED");
    number_told(f, number_drawn(f, "B991", late_id), ""); /* it was printed */
    g_assert_cmpstr(hall_number(f, late_id).card, ==, "");
    g_assert_true(db_begin(f->platform->db, true, NULL));
    KIT_REFUSED(f->platform->db, db_run(f->platform->db, NULL, "UPDATE queue_ticket SET card=?2 WHERE community=?1", "s", f->student));
    db_rollback(f->platform->db);
}

/* Who left waits for nobody's number; the slip is good as before. */
static void test_number_left(struct credit_kit *f, const void *data)
{
    static const char *const by[] = {"staff-1", "staff-2", NULL};
    const struct two_action left = {"person-left", f->elder, "", "moved away"};
    json_auto_t *taken = hall_take(f, hall_tapped(f, f->elder, ""), "RETIRE", hall_key(), 200);
    g_autoptr(GError) error = NULL;

    lose(f, f->elder);
    two_now(f->platform, &left, (char **)by, now_ms(), &error);
    g_assert_no_error(error);
    struct queue_row row = hall_number(f, hall_text(taken, "id"));
    g_assert_cmpstr(row.card, ==, "");
    g_assert_cmpint(row.ticket.state, ==, QUEUE_ISSUED);
}

/* ---- What people do here with a number that they know ---- */

static void test_by_number(struct credit_kit *f, const void *data)
{
    g_autofree char *elder = kit_card(1), *fresh = fresh_number(1), *unknown = fresh_number(2);
    char one[33], number[24] = "";
    unsigned stars = 0;
    bool granted = false, found = false;

    stock(f, 1, one);
    earn(f, f->elder, 6000);
    replace_good(f, f->elder, one, "damaged");
    g_assert_true(credit_hardship(f->platform, elder, true, NULL));
    g_assert_true(credit_star(f->platform, elder, &granted, &stars, NULL));
    g_assert_true(granted);
    g_assert_cmpint(count(f, "SELECT count(*) FROM volunteer WHERE community=?1 AND token=?2", f->elder), ==, 0);
    g_assert_cmpint(count(f, "SELECT count(*) FROM volunteer WHERE community=?1 AND token=?2 AND hardship=1 AND stars>0", one), ==, 1);
    g_assert_true(db_begin(f->platform->db, false, NULL));
    g_assert_true(db_card_number_now(f->platform->db, elder, number, &found, NULL) && found);
    g_assert_cmpstr(number, ==, fresh);
    g_assert_true(db_card_number_now(f->platform->db, fresh, number, &found, NULL) && found);
    g_assert_cmpstr(number, ==, fresh);
    g_assert_true(db_card_number_now(f->platform->db, unknown, number, &found, NULL));
    g_assert_false(found);
    db_rollback(f->platform->db);
}

/* Spent within a quota while nobody could be asked: the new card's credit pays. What would be given away by the old one is not. */
static void test_spent(struct credit_kit *f, const void *data)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    char one[33];

    earn(f, f->elder, 240);
    int64_t had = credit_kit_person(f, f->elder, BOOK_COIN);
    int64_t version = credit_kit_quota(f, "K0001", set);
    struct ledger_txn spent = credit_kit_spend(f->elder, BOOK_COIN, "WATER", 60), more = spent;
    spent.quota = version;
    stock(f, 1, one);
    credit_kit_shift_ms += HOUR;
    replace_good(f, f->elder, one, "damaged");
    credit_kit_txn(f, &f->pen, &spent, "");
    g_assert_cmpint(credit_kit_person(f, one, BOOK_COIN), ==, had - 60);
    credit_kit_shift_ms += HOUR;
    uuid7(now_ms(), more.id);
    more.at_ms = now_ms();
    credit_kit_txn(f, &f->pen, &more, "CARD_REPLACED");
    struct ledger_txn gift = credit_kit_gift(f->elder, f->adult, 60);
    credit_kit_txn(f, &f->pen, &gift, "CARD_REPLACED");
    gift = credit_kit_gift(f->adult, f->elder, 60);
    earn(f, f->adult, 120);
    credit_kit_txn(f, &f->pen, &gift, ""); /* what is given to it arrives */
    g_assert_cmpint(credit_kit_person(f, one, BOOK_COIN), ==, had);
    struct ledger_txn undo = {.at_ms = now_ms()};
    ledger_txn_reverse(&spent, &undo);
    uuid7(now_ms(), undo.id);
    g_strlcpy(undo.rule, spent.rule, sizeof undo.rule);
    g_strlcpy(undo.staff[0], STAFF, sizeof undo.staff[0]);
    credit_kit_txn(f, &f->pen, &undo, ""); /* told of the old one, undone at the new one */
    g_assert_cmpint(credit_kit_person(f, one, BOOK_COIN), ==, had + 60);
    g_assert_cmpint(credit_kit_person(f, f->elder, BOOK_COIN), ==, 0);
}

/* ---- By chance ---- */

#define PEOPLE 3
#define ROUNDS 60

struct town {
    struct credit_kit *f;
    char cards[PEOPLE][8][33]; /* one after another, of each person */
    size_t count[PEOPLE];
    unsigned stocked;
};

static const char *newest_of(const struct town *town, size_t person)
{
    return town->cards[person][town->count[person] - 1];
}

/* By whatever card they ever had: kiosks may know no newer one. */
static const char *any_of(const struct town *town, size_t person)
{
    return town->cards[person][g_test_rand_int_range(0, (gint32)town->count[person])];
}

static void sums(const struct town *town, int64_t out[PEOPLE][BOOKS])
{
    memset(out, 0, PEOPLE * sizeof out[0]);
    for (size_t person = 0; person < PEOPLE; person++)
        for (size_t i = 0; i < town->count[person]; i++)
            for (int book = 0; book < BOOKS; book++)
                if (book != BOOK_MONEY)
                    out[person][book] += credit_kit_person(town->f, town->cards[person][i], (enum book)book);
}

/* Whatever each person had in each book is what they have, all of it with the newest card. */
static void replace_by_chance(struct town *town, size_t person)
{
    static const char *const CAUSES[] = {"lost", "damaged", "suspended"};
    int64_t before[PEOPLE][BOOKS], after[PEOPLE][BOOKS];
    size_t n = town->count[person];

    if (n == G_N_ELEMENTS(town->cards[person]))
        return;
    stock(town->f, ++town->stocked, town->cards[person][n]);
    sums(town, before);
    g_autofree char *was = picture(town->f, newest_of(town, person));
    replace_good(town->f, newest_of(town, person), town->cards[person][n], CAUSES[g_test_rand_int_range(0, 3)]);
    town->count[person]++;
    sums(town, after);
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
    g_autofree char *is = picture(town->f, newest_of(town, person));
    g_assert_cmpstr(was, ==, is);
}

/* Told by a kiosk, with any card of theirs: taken or refused, what moves is as much as was told. */
static void tell(struct town *town, size_t person, enum ledger_type type, int64_t amount)
{
    const char *from = any_of(town, person), *to = any_of(town, (person + 1) % PEOPLE);
    struct ledger_txn txn = type == LEDGER_GIFT ? credit_kit_gift(from, to, amount)
                            : type == LEDGER_SPEND ? credit_kit_spend(from, BOOK_COIN, "WATER", amount)
                                                   : credit_kit_make(LEDGER_DONATE, BOOK_POINTS, OWNER_PERSON, from, OWNER_DONATION, "community", amount);
    int64_t before[PEOPLE][BOOKS], after[PEOPLE][BOOKS];
    enum book book = type == LEDGER_DONATE ? BOOK_POINTS : BOOK_COIN;

    txn.at_ms = now_ms() - g_test_rand_int_range(0, 120) * MINUTE;
    sums(town, before);
    json_t *answer = kit_push(town->f->platform, &town->f->pen, json_pack("[o]", pen_event(&town->f->pen, "ledger.txn", ledger_txn_to_json(&txn))));
    bool taken = strcmp(kit_verdict(answer, 0), "accepted") == 0;
    json_decref(answer);
    sums(town, after);
    before[person][book] -= taken ? amount : 0;
    if (type == LEDGER_GIFT)
        before[(person + 1) % PEOPLE][book] += taken ? amount : 0;
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
}

static void test_by_chance(struct credit_kit *f, const void *data)
{
    struct town town = {.f = f, .count = {1, 1, 1}};
    g_autofree char *third = kit_card(8);

    g_strlcpy(town.cards[0][0], f->elder, 33);
    g_strlcpy(town.cards[1][0], f->student, 33);
    card_token(f->platform->index_key, third, town.cards[2][0]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t person = (size_t)g_test_rand_int_range(0, PEOPLE);
        credit_kit_shift_ms += g_test_rand_int_range(1, 90) * MINUTE;
        switch (g_test_rand_int_range(0, 6)) {
        case 0:
            replace_by_chance(&town, person);
            break;
        case 1:
            earn(f, newest_of(&town, person), 60 * g_test_rand_int_range(1, 4));
            break;
        case 2:
            tell(&town, person, LEDGER_SPEND, 60);
            break;
        case 3:
            tell(&town, person, LEDGER_DONATE, 5);
            break;
        default:
            tell(&town, person, LEDGER_GIFT, 30 * g_test_rand_int_range(1, 3));
        }
        credit_kit_books(f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    HALL_KIT_ADD("/cards/numbers", test_numbers);
    HALL_KIT_ADD("/cards/number-left", test_number_left);
    CREDIT_KIT_ADD("/cards/states", test_states);
    CREDIT_KIT_ADD("/cards/too-early-too-late", test_too_early_too_late);
    CREDIT_KIT_ADD("/cards/found", test_found);
    CREDIT_KIT_ADD("/cards/list-follows", test_list_follows);
    CREDIT_KIT_ADD("/cards/line", test_line);
    CREDIT_KIT_ADD("/cards/listed", test_listed);
    CREDIT_KIT_ADD("/cards/since", test_since);
    CREDIT_KIT_ADD("/cards/consent", test_consent);
    CREDIT_KIT_ADD("/cards/tables", test_tables);
    CREDIT_KIT_ADD("/cards/books", test_books);
    CREDIT_KIT_ADD("/cards/attendance", test_attendance);
    CREDIT_KIT_ADD("/cards/attendance-again", test_attendance_again);
    CREDIT_KIT_ADD("/cards/attendance-closed", test_attendance_closed);
    CREDIT_KIT_ADD("/cards/line-told", test_line_told);
    CREDIT_KIT_ADD("/cards/wipe-line", test_wipe_line);
    CREDIT_KIT_ADD("/cards/wish", test_wish);
    CREDIT_KIT_ADD("/cards/by-number", test_by_number);
    CREDIT_KIT_ADD("/cards/spent", test_spent);
    CREDIT_KIT_ADD("/cards/by-chance", test_by_chance);
    return g_test_run();
}
