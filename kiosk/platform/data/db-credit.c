/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-figures.h"
#include "model/model.h"
#include <openssl/crypto.h>
#include <string.h>

static bool damaged(GError **error, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "%s is damaged", what);
    return false;
}

/* ---- Who it is about ---- */

/* Sealed in column 1, bound to the person in column 0. */
bool db_birth_read(struct db *db, struct db_rows *stmt, uint32_t *out, GError **error)
{
    char key[24], text[16];
    guint64 date = 0;

    if (!db_copy_unsealed(db, stmt, 1, "person.birth", db_key(db_col_int(stmt, 0), key), text, sizeof text, error))
        return false;
    bool good = g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &date, NULL);
    OPENSSL_cleanse(text, sizeof text);
    *out = (uint32_t)date;
    return good || damaged(error, "a date of birth");
}

bool db_credit_person(struct db *db, const char *token, struct credit_person *out, GError **error)
{
    struct db_rows *stmt = db_query(
        db, error,
        "SELECT p.id, p.born, p.household, c.state<>'active', coalesce(v.hardship,0), coalesce(v.stars,0) FROM card c"
        " JOIN person p ON p.community=c.community AND p.id=c.person"
        " LEFT JOIN volunteer v ON v.community=c.community AND v.token=c.token"
        " WHERE c.community=?1 AND c.token=?2",
        "s", token);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);

    *out = (struct credit_person){.found = step == 1};
    if (step != 1)
        return step == 0;
    out->household = db_col_int(stmt, 2);
    out->frozen = db_col_int(stmt, 3) != 0;
    out->hardship = db_col_int(stmt, 4) != 0;
    out->stars = (unsigned)db_col_int(stmt, 5);
    bool good = db_birth_read(db, stmt, &out->birth, error);
    db_done(stmt);
    return good;
}

bool db_volunteer_set(struct db *db, const char *token, bool hardship, unsigned stars, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO volunteer VALUES(?1,?2,?3,?4) ON CONFLICT(community, token) DO UPDATE SET"
                  " hardship=excluded.hardship, stars=excluded.stars",
                  "sii", token, (int64_t)hardship, (int64_t)stars);
}

/* ---- Transactions ---- */

static bool exists(struct db *db, const char *sql, const char *id, bool *out, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, sql, "s", id);

    *out = count > 0;
    return ok;
}

bool db_credit_txn_taken(struct db *db, const char *id, bool *taken, GError **error)
{
    return exists(db, "SELECT count(*) FROM credit_txn WHERE community=?1 AND id=?2", id, taken, error);
}

bool db_credit_written_at(struct db *db, const char *id, const char *kiosk, bool *here, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM credit_txn WHERE community=?1 AND id=?2 AND kiosk=?3",
                     "ss", id, kiosk);

    *here = count > 0;
    return ok;
}

bool db_credit_reversed(struct db *db, const char *id, bool *reversed, GError **error)
{
    return exists(db, "SELECT count(*) FROM credit_txn WHERE community=?1 AND reverses=?2", id, reversed, error);
}

static bool entries_add(struct db *db, const struct ledger_txn *txn, GError **error)
{
    for (size_t i = 0; i < txn->entry_count; i++) {
        char account[ACCOUNT_TEXT_SIZE];
        account_text(&txn->entries[i].account, account);
        if (!db_run(db, error, "INSERT INTO credit_entry VALUES(?1,?2,?3,?4,?5,?6,?7)", "sissii", txn->id, (int64_t)i,
                    book_name(txn->entries[i].book), account, txn->entries[i].amount,
                    (int64_t)txn->entries[i].expires_on))
            return false;
    }
    return true;
}

/* Hours that people served, or that were taken back. */
static bool hours_count(struct db *db, const struct ledger_txn *txn, int64_t now_ms, GError **error)
{
    int64_t minutes = 0;

    for (size_t i = 0; i < txn->entry_count; i++)
        if (txn->entries[i].book == BOOK_HOURS && txn->entries[i].account.kind == OWNER_PERSON)
            minutes += txn->entries[i].amount;
    return minutes == 0 || db_day_add(db, "hours", "", now_ms, 1, minutes, error);
}

bool db_credit_txn_add(struct db *db, const struct ledger_txn *txn, const char *kiosk, int64_t seq, int64_t now_ms,
                       unsigned flags, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO credit_txn VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,nullif(?10,''),?11,?12,?13,?14,?15,0)",
                  "sssiissssissii", txn->id, ledger_type_name(txn->type), kiosk, seq, txn->at_ms, txn->rule, txn->ref,
                  txn->hold, txn->reverses, txn->quota, txn->staff[0], txn->staff[1], (int64_t)flags, now_ms) &&
           entries_add(db, txn, error) && hours_count(db, txn, now_ms, error) &&
           db_run(db, error, "UPDATE credit_txn SET closed=1 WHERE community=?1 AND id=?2", "s", txn->id);
}

static bool entries_find(struct db *db, struct ledger_txn *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error,
                                  "SELECT book, account, amount, expires_on FROM credit_entry WHERE community=?1 AND"
                                  " txn=?2 ORDER BY line",
                                  "s", out->id);
    bool good = stmt != NULL;
    int step = -1;

    while (good && (step = db_next(db, stmt, error)) == 1) {
        struct ledger_entry *entry = &out->entries[out->entry_count];
        good = out->entry_count < LEDGER_ENTRIES_MAX &&
               book_parse(db_col_text(stmt, 0), &entry->book) &&
               account_parse(db_col_text(stmt, 1), &entry->account);
        entry->amount = db_col_int(stmt, 2);
        entry->expires_on = (uint32_t)db_col_int(stmt, 3);
        out->entry_count += good;
    }
    if (good || stmt == NULL)
        return good && step == 0;
    db_done(stmt);
    return damaged(error, "a ledger entry");
}

static bool txn_read(struct db_rows *stmt, void *into)
{
    struct ledger_txn *out = into;
    char type[16];

    db_copy_text(stmt, 0, type, sizeof type);
    out->at_ms = db_col_int(stmt, 1);
    db_copy_text(stmt, 2, out->rule, sizeof out->rule);
    db_copy_text(stmt, 3, out->ref, sizeof out->ref);
    db_copy_text(stmt, 4, out->hold, sizeof out->hold);
    db_copy_text(stmt, 5, out->reverses, sizeof out->reverses);
    out->quota = db_col_int(stmt, 6);
    db_copy_text(stmt, 7, out->staff[0], sizeof out->staff[0]);
    db_copy_text(stmt, 8, out->staff[1], sizeof out->staff[1]);
    db_copy_text(stmt, 9, out->id, sizeof out->id);
    return ledger_type_parse(type, &out->type);
}

bool db_credit_txn_find(struct db *db, const char *id, struct ledger_txn *out, bool *found, GError **error)
{
    static const struct db_reader TXN = {txn_read, sizeof *out, "a transaction"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT type, at_ms, rule, ref, hold, coalesce(reverses,''), quota, staff_a, staff_b, id"
                             " FROM credit_txn WHERE community=?1 AND id=?2",
                             "s", id),
                    &TXN, out, found, error) &&
           (!*found || entries_find(db, out, error));
}

bool db_credit_derived(struct db *db, const char *id, char out[37], GError **error)
{
    g_autofree char *text = NULL;

    if (!db_text(db, error, &text,
                 "SELECT id FROM credit_txn t INDEXED BY credit_txn_ref WHERE community=?1 AND ref=?2 AND ref<>'' AND"
                 " kiosk IS NULL AND (type='EARN' OR (type='ISSUE' AND (flags&4)<>0)) AND NOT EXISTS"
                 " (SELECT 1 FROM credit_txn r WHERE r.community=?1 AND r.reverses=t.id) ORDER BY id",
                 "s", id))
        return false;
    g_strlcpy(out, text != NULL ? text : "", 37);
    return true;
}

bool db_credit_gifts(struct db *db, const char *from, const char *to, int64_t since_ms, int64_t *count, GError **error)
{
    return db_int(db, error, 0, count,
                  "SELECT count(*) FROM credit_entry a INDEXED BY credit_entry_account CROSS JOIN credit_entry b CROSS JOIN"
                  " credit_txn t WHERE b.community=a.community AND b.txn=a.txn AND t.community=a.community AND t.id=a.txn"
                  " AND a.community=?1 AND a.account=?2 AND a.book='COIN' AND a.amount<0 AND b.account=?3 AND b.amount>0 AND t.type='GIFT' AND t.posted_ms>=?4",
                  "ssi", from, to, since_ms);
}

/* ---- Hours on paper ---- */

#define PAPER_COUNTS                                                                                         \
    " t.type='EARN' AND t.staff_a<>'' AND e.book='HOURS' AND e.amount>0 AND NOT EXISTS (SELECT 1 FROM"       \
    " credit_txn r WHERE r.community=t.community AND r.reverses=t.id)"

/* Also on the slips of cards in whose place it stands. */
static bool paper_of_person(struct db *db, const char *account, int64_t day_ms, const int64_t month_ms[2], int64_t since_ms,
                            struct paper_use *out, int64_t *received_min, GError **error)
{
    const char *person = g_str_has_prefix(account, "person:") ? account + strlen("person:") : "";
    struct db_rows *stmt = db_query(
        db, error,
        "SELECT coalesce(sum(CASE WHEN t.at_ms>=?3 AND t.at_ms<?3+86400000 THEN e.amount ELSE 0 END),0),"
        " coalesce(sum(CASE WHEN t.at_ms>=?4 AND t.at_ms<?5 THEN e.amount ELSE 0 END),0),"
        " coalesce(sum(CASE WHEN t.posted_ms>=?6 THEN e.amount ELSE 0 END),0)"
        " FROM credit_entry e INDEXED BY credit_entry_account CROSS JOIN credit_txn t WHERE t.community=e.community AND t.id=e.txn"
        " AND e.community=?1 AND e.account IN (SELECT ?2 UNION ALL SELECT 'person:'||n.card FROM card_line n WHERE n.community=?1 AND"
        " n.current=?7) AND" PAPER_COUNTS,
        "siiiis", account, day_ms, month_ms[0], month_ms[1], since_ms, person);

    if (stmt == NULL || db_next(db, stmt, error) != 1)
        return false;
    out->day_min = db_col_int(stmt, 0);
    out->month_min = db_col_int(stmt, 1);
    *received_min = db_col_int(stmt, 2);
    db_done(stmt);
    return true;
}

static int64_t month_begin(int64_t ms)
{
    return ms_of_date(date_of_ms(ms) / 100 * 100 + 1);
}

bool db_credit_paper(struct db *db, const char *account, const char *const staff[2], int64_t at_ms, int64_t now_ms,
                     struct paper_use *out, int64_t *received_min, GError **error)
{
    int64_t day_ms = ms_of_date(date_of_ms(at_ms));
    const int64_t month_ms[2] = {month_begin(at_ms), ms_of_date(lot_end(date_of_ms(month_begin(at_ms)), 1))};

    *out = (struct paper_use){0};
    return paper_of_person(db, account, day_ms, month_ms, month_begin(now_ms), out, received_min, error) &&
           db_int(db, error, 0, &out->staff_day_min,
                  "SELECT sum(e.amount) FROM credit_txn t INDEXED BY credit_txn_paper CROSS JOIN credit_entry e WHERE"
                  " e.community=t.community AND e.txn=t.id AND t.community=?1 AND t.staff_a IN (?2,?3) AND t.at_ms>=?4 AND t.at_ms<?4+86400000 AND" PAPER_COUNTS,
                  "ssi", staff[0], staff[1], day_ms);
}

/* ---- Balances and lots ---- */

bool db_credit_balance(struct db *db, const char *account, enum book book, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT sum(amount) FROM credit_entry INDEXED BY credit_entry_account WHERE community=?1 AND account=?2 AND"
                  " book=?3",
                  "ss", account, book_name(book));
}

static bool lot_read(struct db_rows *stmt, void *into)
{
    struct lot *out = into;

    out->earned_ms = db_col_int(stmt, 1);
    out->expires_on = (uint32_t)db_col_int(stmt, 2);
    out->remaining = db_col_int(stmt, 3);
    db_copy_text(stmt, 0, out->id, sizeof out->id);
    return true;
}

static const struct db_reader LOT = {lot_read, sizeof(struct lot), "a lot"};

GArray *db_credit_lots(struct db *db, const char *account, enum book book, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT id, earned_ms, expires_on, remaining FROM credit_lot WHERE community=?1 AND"
                             " account=?2 AND book=?3 AND remaining>0 ORDER BY id",
                             "ss", account, book_name(book)),
                    &LOT, error);
}

bool db_credit_lot_open(struct db *db, const char *account, enum book book, const char *txn, const struct lot *lot,
                        GError **error)
{
    return db_run(db, error, "INSERT INTO credit_lot VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?8)", "ssssiii", account, book_name(book),
                  lot->id, txn, lot->earned_ms, (int64_t)lot->expires_on, lot->remaining);
}

GArray *db_credit_given(struct db *db, const char *txn, enum book book, GError **error)
{
    return db_array(db,
                    db_query(db, error,
                             "SELECT '', 0, l.expires_on, sum(u.amount) FROM credit_lot_use u JOIN credit_lot l ON"
                             " l.community=u.community AND l.account=u.account AND l.book=u.book AND l.id=u.lot WHERE"
                             " u.community=?1 AND u.txn=?2 AND u.book=?3 AND u.amount>0 GROUP BY l.expires_on"
                             " ORDER BY l.expires_on=0, l.expires_on",
                             "ss", txn, book_name(book)),
                    &LOT, error);
}

bool db_credit_lot_use(struct db *db, const char *txn, const char *account, enum book book, const char *lot,
                       int64_t amount, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO credit_lot_use VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(community, txn, account, book, lot)"
                  " DO UPDATE SET amount=credit_lot_use.amount+excluded.amount",
                  "ssssi", txn, account, book_name(book), lot, amount) &&
           db_run(db, error,
                  "UPDATE credit_lot SET remaining=remaining-?5 WHERE community=?1 AND account=?2 AND book=?3 AND id=?4",
                  "sssi", account, book_name(book), lot, amount);
}

static bool use_read(struct db_rows *stmt, void *into)
{
    struct credit_use *out = into;

    out->amount = db_col_int(stmt, 1);
    db_copy_text(stmt, 0, out->lot, sizeof out->lot);
    return true;
}

GArray *db_credit_uses(struct db *db, const char *txn, const char *account, enum book book, GError **error)
{
    static const struct db_reader USE = {use_read, sizeof(struct credit_use), "what a lot gave"};

    return db_array(db,
                    db_query(db, error,
                             "SELECT lot, amount FROM credit_lot_use WHERE community=?1 AND txn=?2 AND account=?3 AND book=?4"
                             " ORDER BY lot",
                             "sss", txn, account, book_name(book)),
                    &USE, error);
}

bool db_credit_last_end(struct db *db, const char *account, enum book book, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT CASE WHEN min(expires_on)=0 THEN 0 ELSE max(expires_on) END FROM credit_lot WHERE community=?1 AND account=?2 AND"
                  " book=?3",
                  "ss", account, book_name(book));
}

GPtrArray *db_credit_ended(struct db *db, uint32_t today, GError **error)
{
    return db_texts(db,
                    db_query(db, error,
                             "SELECT DISTINCT account||'|'||book FROM credit_lot WHERE community=?1 AND remaining>0 AND"
                             " expires_on BETWEEN 1 AND ?2",
                             "i", (int64_t)today),
                    error);
}

/* ---- Holds ---- */

struct hold_found {
    struct ledger_hold hold;
    char kiosk[32];
};

static bool hold_read(struct db_rows *stmt, void *into)
{
    struct hold_found *out = into;
    struct ledger_hold *hold = &out->hold;

    hold->amount = db_col_int(stmt, 2);
    hold->captured = db_col_int(stmt, 3);
    hold->expires_ms = db_col_int(stmt, 5);
    db_copy_text(stmt, 6, hold->ref, sizeof hold->ref);
    db_copy_text(stmt, 7, out->kiosk, sizeof out->kiosk);
    db_copy_text(stmt, 8, hold->id, sizeof hold->id);
    return book_parse(db_col_text(stmt, 0), &hold->book) &&
           account_parse(db_col_text(stmt, 1), &hold->account) &&
           hold_state_parse(db_col_text(stmt, 4), &hold->state);
}

bool db_credit_hold_find(struct db *db, const char *id, struct ledger_hold *out, char kiosk[32], bool *found, GError **error)
{
    static const struct db_reader HOLD = {hold_read, sizeof(struct hold_found), "a hold"};
    struct hold_found row;

    if (!db_first(db,
                  db_query(db, error,
                           "SELECT book, account, amount, captured, state, expires_ms, ref, kiosk, id FROM credit_hold WHERE"
                           " community=?1 AND id=?2",
                           "s", id),
                  &HOLD, &row, found, error))
        return false;
    if (!*found)
        return true;
    *out = row.hold;
    g_strlcpy(kiosk, row.kiosk, 32);
    return true;
}

bool db_credit_hold_put(struct db *db, const struct ledger_hold *hold, const char *kiosk, GError **error)
{
    char account[ACCOUNT_TEXT_SIZE];

    account_text(&hold->account, account);
    return db_run(db, error,
                  "INSERT INTO credit_hold VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT(community, id) DO UPDATE SET"
                  " captured=excluded.captured, state=excluded.state",
                  "ssssiisis", hold->id, kiosk, book_name(hold->book), account, hold->amount, hold->captured,
                  hold_state_name(hold->state), hold->expires_ms, hold->ref);
}

bool db_credit_held(struct db *db, const char *account, enum book book, const char *except, int64_t now_ms, int64_t *out,
                    GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT sum(amount) FROM credit_hold INDEXED BY credit_hold_open WHERE community=?1 AND account=?2 AND"
                  " book=?3 AND id<>?4 AND state='HELD' AND expires_ms>?5",
                  "sssi", account, book_name(book), except, now_ms);
}

bool db_credit_holds_open(struct db *db, const char *account, int64_t now_ms, int64_t *out, GError **error)
{
    return db_int(db, error, 0, out,
                  "SELECT count(*) FROM credit_hold INDEXED BY credit_hold_open WHERE community=?1 AND account=?2 AND"
                  " state='HELD' AND expires_ms>?3",
                  "si", account, now_ms);
}

bool db_credit_hold_ended(struct db *db, const char *id, char **by, const char *reason, int64_t now_ms, GError **error)
{
    return db_run(db, error, "INSERT INTO credit_hold_end VALUES(?1,?2,?3,?4,?5,?6)", "ssssi", id, by[0], by[1], reason, now_ms);
}

bool db_credit_holds_expire(struct db *db, int64_t now_ms, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO change(community, n, topic, key) SELECT ?1, (SELECT coalesce(max(n),0) FROM change WHERE"
                  " community=?1) + row_number() OVER (ORDER BY account), 'credit', substr(account,8) FROM (SELECT DISTINCT"
                  " account FROM credit_hold WHERE community=?1 AND state='HELD' AND expires_ms<=?2) h"
                  " WHERE true ON CONFLICT(community, topic, key) DO UPDATE SET n=excluded.n",
                  "i", now_ms) &&
           db_run(db, error, "UPDATE credit_hold INDEXED BY credit_hold_open SET state='EXPIRED' WHERE community=?1 AND state='HELD'"
                  " AND expires_ms<=?2",
                  "i", now_ms);
}
