/* SPDX-License-Identifier: Apache-2.0 */
/* The platform's database against the books, and what must be so when everything is settled and sent. */
#include "books-internal.h"
#include "service/internal.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>

/* A doubt that more records of its card lie on top of can no longer be read from the card's log, which holds ten. */
#define LOG_REACHES 8

sqlite3 *books_platform_db(struct world *world)
{
    g_autofree char *path = g_build_filename(world->platform.machine.folder, "platform.db", NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL), ==, SQLITE_OK);
    return db;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(stmt), ==, SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static sqlite3_stmt *query(sqlite3 *db, const char *format, va_list arguments)
{
    g_autofree char *sql = g_strdup_vprintf(format, arguments);
    sqlite3_stmt *rows = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        g_error("%s: %s", sqlite3_errmsg(db), sql);
    if (sqlite3_bind_parameter_count(rows) == 1)
        sqlite3_bind_int64(rows, 1, world_now()->now_ms);
    return rows;
}

static char *text_of(sqlite3_stmt *rows)
{
    char *out = sqlite3_step(rows) == SQLITE_ROW ? g_strdup((const char *)sqlite3_column_text(rows, 0)) : NULL;

    sqlite3_finalize(rows);
    return out;
}

char *books_text(sqlite3 *db, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sqlite3_stmt *rows = query(db, format, arguments);
    va_end(arguments);
    return text_of(rows);
}

void books_law(struct world *world, sqlite3 *db, const char *invariant, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sqlite3_stmt *rows = query(db, format, arguments);
    va_end(arguments);
    g_autofree char *found = text_of(rows);
    if (found != NULL)
        break_invariant(world, invariant, "platform: %s", found);
}

void books_wish_told(struct world *world, sqlite3 *db, const struct wish *wish)
{
    g_autofree char *told = books_text(db, "SELECT id FROM event WHERE id='%s'", wish->id);

    if (told == NULL)
        break_invariant(world, "wish-is-answered", "%s said that %s is asked for, the platform never heard of it",
                        world->kiosks[wish->kiosk].id, wish->id);
}

bool books_order_known(struct world *world, const char *id)
{
    int was = world_become(world, SIM_NOBODY);
    sqlite3 *db = books_platform_db(world);
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM load_order WHERE id='%s'", id);
    bool known = number(db, sql) == 1;

    sqlite3_close(db);
    world_become(world, was);
    return known;
}

/* ---- Events ------------------------------------------------------------------------------------------------------- */

/* Of volunteer credit the platform may say no: of a balance that changed meanwhile, of two places at one time, of a day's hours at
 * two kiosks, of a card that was replaced by then. Never of what a quota had allowed, nor of who answers: that is known at each kiosk. */
#define LAWFUL_CREDIT                                                                                        \
    "(verdict='rejected' AND (json_extract(body,'$.type') IN ('ledger.txn','attendance.tap','attendance.close')" \
    " OR (json_extract(body,'$.type')='ledger.hold' AND code IN ('BALANCE','CARD_REPLACED')))"               \
    " AND json_extract(body,'$.data.quota') IS NULL AND code NOT GLOB 'STAFF_*')"
/* Of an order, what is there to pay with, the price, and the same at another kiosk; of a step, that somebody else was first; at the door,
 * that the date was called off. Of all, that the card was replaced or lost, and the hour that a clock said which had jumped and was not
 * looked at since. */
#define LAWFUL_ROOMS                                                                                         \
    "(verdict='rejected' AND CASE json_extract(body,'$.type')"                                              \
    " WHEN 'order.placed' THEN code IN ('CARD','CARD_REPLACED','PRICE','REPEATED','BALANCE','HOLD','FROZEN')" \
    " WHEN 'order.step' THEN code IN ('ORDER_STATE','ORDER_EARLY','ORDER_LATE','CARD_REPLACED','UNKNOWN')" \
    " WHEN 'seat.step' THEN code IN ('SEAT_STATE','SEAT_EARLY','SEAT_LATE','SEAT_OVER','CARD_REPLACED')"    \
    " WHEN 'seat.asked' THEN json_extract(body,'$.data.door')=1 AND code IN ('SEAT_EARLY','SEAT_LATE','SEAT_OVER'," \
    "'CARD_REPLACED') END)"
#define LAWFUL "(" LAWFUL_CREDIT " OR coalesce(" LAWFUL_ROOMS ",0))"

/* A new epoch begins behind all numbers that any copy of the disk ever gave. */
static bool never_written(const struct mirror *mirror, int64_t from, int64_t to)
{
    static const uint8_t none[32];

    for (int64_t seq = from; seq < to; seq++)
        if (seq > mirror->seq || memcmp(mirror->hashes->data + 32 * (seq - 1), none, 32) != 0)
            return false;
    return from <= to;
}

static void event_check(struct world *world, unsigned at, int64_t seq, const uint8_t *hash, const char *verdict, const char *code)
{
    struct mirror *mirror = &world->books->kiosks[at];
    const char *id = world->kiosks[at].id;

    if (!never_written(mirror, mirror->platform_seq + 1, seq))
        break_invariant(world, "events-once", "the platform has row %" G_GINT64_FORMAT " of %s after %" G_GINT64_FORMAT, seq, id,
                        mirror->platform_seq);
    if (seq <= mirror->seq && memcmp(hash, mirror->hashes->data + 32 * (seq - 1), 32) != 0)
        break_invariant(world, "events-once", "row %" G_GINT64_FORMAT " of %s is another at the platform", seq, id);
    if (strcmp(verdict, "accepted") != 0)
        break_invariant(world, "honest-is-accepted", "row %" G_GINT64_FORMAT " of %s is %s: %s", seq, id, verdict, code);
}

/* Rows that the kiosk's mirror has not met yet are looked at again. */
static void events_check(struct world *world, sqlite3 *db, unsigned at)
{
    struct mirror *mirror = &world->books->kiosks[at];
    sqlite3_stmt *rows = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT seq,hash,iif(" LAWFUL ",'accepted',verdict),coalesce(code,'') FROM event WHERE kiosk=?1 AND seq>?2 ORDER BY seq",
                                       -1, &rows, NULL), ==, SQLITE_OK);
    sqlite3_bind_text(rows, 1, world->kiosks[at].id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 2, mirror->platform_seq);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        int64_t seq = sqlite3_column_int64(rows, 0);
        if (seq > mirror->seq)
            break;
        event_check(world, at, seq, sqlite3_column_blob(rows, 1), (const char *)sqlite3_column_text(rows, 2),
                    (const char *)sqlite3_column_text(rows, 3));
        mirror->platform_seq = seq;
    }
    sqlite3_finalize(rows);
}

/* ---- Money -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *invariant, *sql; /* must give 0 */
} ZEROES[] = {
    {"sums-zero", "SELECT count(*) FROM (SELECT 1 FROM entry GROUP BY community, txn HAVING sum(amount_fen)<>0)"},
    {"sums-zero", "SELECT count(*) FROM txn WHERE closed=0"},
    {"posted-once", "SELECT count(*) FROM payment p WHERE (SELECT count(*) FROM txn t WHERE t.payment=p.id AND t.kind IN ('payment','load','reversal')) <> (p.state='CONFIRMED')"},
    {"ledger-is-payments", "SELECT coalesce((SELECT sum(amount_fen) FROM entry WHERE account='purse:float'),0)"
                           "-coalesce((SELECT sum(amount_fen) FROM payment WHERE state='CONFIRMED' AND kind='purchase'),0)"
                           "+coalesce((SELECT sum(amount_fen) FROM payment WHERE state='CONFIRMED' AND kind='load' AND tac='OK'),0)"},
    {"given-back-once", "SELECT count(*) FROM (SELECT 1 FROM load_order WHERE reverses<>'' AND state='POSTED' GROUP BY reverses"
                        " HAVING count(*)>1)"},
    {"orders-are-loads", "SELECT count(*) FROM payment p JOIN load_order o ON o.id=p.id WHERE (p.state='CONFIRMED') <> (o.state='POSTED')"},
    {"bill-paid-once", "SELECT count(*) FROM (SELECT 1 FROM payment_bill WHERE outcome='PAID' GROUP BY bill HAVING count(*)>1)"},
    {"bill-state", "SELECT count(*) FROM bill b WHERE b.id GLOB 'S*' AND (b.state='PAID') <>"
                   " EXISTS(SELECT 1 FROM payment_bill l WHERE l.bill=b.id AND l.outcome='PAID')"},
    {"proof-once", "SELECT count(*) FROM (SELECT 1 FROM payment WHERE state='CONFIRMED' GROUP BY proof HAVING count(*)>1)"},
    {"refused-none", "SELECT count(*) FROM refusal"},
    {"tac-right", "SELECT count(*) FROM payment WHERE tac='WRONG'"},
};

void books_check_platform(struct world *world)
{
    if (world->platform.platform == NULL)
        return;
    int was = world_become(world, SIM_NOBODY);
    sqlite3 *db = books_platform_db(world);
    for (unsigned i = 0; i < world->kiosk_count; i++)
        events_check(world, db, i);
    for (size_t i = 0; i < G_N_ELEMENTS(ZEROES); i++) {
        int64_t found = number(db, ZEROES[i].sql);
        if (found != 0)
            break_invariant(world, ZEROES[i].invariant, "platform: %" G_GINT64_FORMAT " from %s", found, ZEROES[i].sql);
    }
    credit_check_open(world, db);
    session_check_log(world, db);
    replace_check(world, db);
    seats_check(world, db);
    orders_check(world, db);
    sqlite3_close(db);
    world_become(world, was);
}

/* ---- The end ------------------------------------------------------------------------------------------------------ */

static void claim_at_platform(struct world *world, sqlite3_stmt *find, const struct claim *claim)
{
    sqlite3_reset(find);
    sqlite3_bind_text(find, 1, claim->id, -1, SQLITE_STATIC);
    if (sqlite3_step(find) != SQLITE_ROW) {
        /* A load that was given up before CREDIT is an order and no payment. */
        if (claim->kind == PAYMENT_LOAD && claim->state == PAYMENT_VOID)
            return;
        break_invariant(world, "platform-has-all", "%s is not at the platform", claim->id);
    }
    const char *state = (const char *)sqlite3_column_text(find, 0);
    bool settled = sqlite3_column_int(find, 1) != 0;
    if (strcmp(state, payment_state_name(claim->state)) != 0 && !(settled && claim->state == PAYMENT_IN_DOUBT))
        break_invariant(world, "platform-has-all", "%s is %s at the kiosk, %s at the platform", claim->id,
                        payment_state_name(claim->state), state);
    bool debited = debit_of(world->books, claim->id) != NULL;
    if (settled && debited != (strcmp(state, "CONFIRMED") == 0))
        break_invariant(world, "settled-right", "%s was settled as %s by the platform, and the card was %sdebited", claim->id, state,
                        debited ? "" : "not ");
}

/* Records that the card's log got since this payment was meant to be made, its own among them. */
static unsigned records_since(const struct world *world, const struct claim *claim)
{
    const GArray *debits = world->books->debits;
    unsigned records = 0;

    for (guint i = 0; i < debits->len; i++) {
        const struct debit *debit = &g_array_index(debits, struct debit, i);
        bool first = debit->load == (claim->kind == PAYMENT_LOAD) && debit->counter >= claim->counter;
        if (strcmp(world->cards[debit->card].number, claim->card) == 0 && (records > 0 || first))
            records++;
    }
    return records;
}

/* A card that was lost pays no more, and so nobody types its PIN; without that it tells its log alone, and a new card has none. */
static bool is_mute(const struct world *world, int card)
{
    const GArray *debits = world->books->debits;
    bool mute = world->cards[card].pin != NULL && world->cards[card].lost;

    for (guint i = 0; mute && i < debits->len; i++) {
        const struct debit *debit = &g_array_index(debits, struct debit, i);
        mute = debit->card != card || debit->load;
    }
    return mute;
}

/* Where another terminal's record has the number that ours would have, the log is believed as far as it goes back beyond it; loads
 * may have filled it. */
static bool goes_back(const struct world *world, int card, const struct claim *claim)
{
    const GArray *debits = world->books->debits;
    unsigned records = 0;

    for (guint i = debits->len; i > 0 && records < LOG_REACHES; i--) {
        const struct debit *debit = &g_array_index(debits, struct debit, i - 1);
        if (debit->card != card)
            continue;
        if (!debit->load && debit->counter < claim->counter)
            return true;
        records++;
    }
    return records < LOG_REACHES || debit_of(world->books, claim->id) != NULL;
}

/* Can the card itself still tell? Its log reaches back only so far, and after a load the counter alone is not believed. */
static bool readable_still(const struct world *world, const struct claim *claim)
{
    const struct vc_card_state *state = NULL;
    bool mute = false;

    for (unsigned i = 0; i < world->card_count; i++)
        if (strcmp(world->cards[i].number, claim->card) == 0) {
            state = &world->cards[i].card.state;
            mute = claim->kind == PAYMENT_PURCHASE &&
                   (is_mute(world, (int)i) || (state->offline_counter != claim->counter && !goes_back(world, (int)i, claim)));
        }
    if (state == NULL || mute || records_since(world, claim) > LOG_REACHES)
        return false;
    uint16_t counter = claim->kind == PAYMENT_LOAD ? state->online_counter : state->offline_counter;
    return counter != claim->counter || state->balance_fen == claim->balance_before_fen;
}

static void claims_end(struct world *world, sqlite3 *db)
{
    sqlite3_stmt *find = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT state, EXISTS(SELECT 1 FROM settlement s WHERE s.payment=p.id) FROM payment p WHERE id=?1", -1, &find, NULL), ==,
                    SQLITE_OK);
    for (unsigned at = 0; at < world->kiosk_count; at++) {
        const GPtrArray *claims = world->books->kiosks[at].claims;
        for (guint i = 0; i < claims->len; i++) {
            const struct claim *claim = g_ptr_array_index(claims, i);
            claim_at_platform(world, find, claim);
            if (claim->state == PAYMENT_COMMITTING || (claim->state == PAYMENT_IN_DOUBT && readable_still(world, claim)))
                break_invariant(world, "doubts-end", "%s of card %s is still %s", claim->id, claim->card,
                                payment_state_name(claim->state));
        }
    }
    sqlite3_finalize(find);
}

/* Every fen that moved at one of our kiosks is confirmed, or in a doubt that can be named; and nothing else is. */
static void money_end(struct world *world, bool load)
{
    const struct books *books = world->books;
    int64_t moved_fen = 0, confirmed_fen = 0, doubted_fen = 0;
    GHashTableIter iter;
    gpointer value;

    for (guint i = 0; i < books->debits->len; i++) {
        const struct debit *debit = &g_array_index(books->debits, struct debit, i);
        moved_fen += debit->kiosk >= 0 && debit->load == load ? debit->amount_fen : 0;
    }
    g_hash_table_iter_init(&iter, books->claims);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct claim *claim = value;
        if ((claim->kind == PAYMENT_LOAD) != load)
            continue;
        if (claim->state == PAYMENT_CONFIRMED)
            confirmed_fen += claim->amount_fen;
        else if (claim->state == PAYMENT_IN_DOUBT && debit_of(books, claim->id) != NULL)
            doubted_fen += claim->amount_fen;
    }
    if (moved_fen != confirmed_fen + doubted_fen)
        break_invariant(world, "conservation", "cards %s %" G_GINT64_FORMAT " fen, confirmed are %" G_GINT64_FORMAT
                        ", in doubt %" G_GINT64_FORMAT, load ? "got" : "gave", moved_fen, confirmed_fen, doubted_fen);
}

static int64_t lawfully_refused(sqlite3 *db, const char *kiosk)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM event WHERE kiosk='%s' AND " LAWFUL, kiosk);
    return number(db, sql);
}

static void kiosk_end(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db)
{
    const struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    struct store *store = kiosk->kiosk->store;
    g_autoptr(GError) error = NULL;
    uint8_t hash[32];

    int was = world_become(world, kiosk->machine.index);
    bool chain = store_verify_chain(store, 0, &error);
    bool rebuilt = chain && store_rebuild(store, &error);
    int waiting = store_outbox_waiting(store), refused = store_refused_count(store);
    int64_t head = store_head(store, hash);
    world_become(world, was);
    if (g_hash_table_size(mirror->owed) > 0)
        break_invariant(world, "facts-stay", "%s: %u facts that its disk had beside its database are in no row", kiosk->id,
                        g_hash_table_size(mirror->owed));
    if (kiosk->restored)
        break_invariant(world, "restored-whole", "%s has not got back what the platform has of it", kiosk->id);
    if (!chain || !rebuilt)
        break_invariant(world, chain ? "rebuild-equal" : "chain", "%s: %s", kiosk->id, error->message);
    if (waiting != 0)
        break_invariant(world, "outbox-ends-empty", "%s: %d rows wait: %s", kiosk->id, waiting, kiosk->kiosk->sync_status.error);
    if (refused != lawfully_refused(db, kiosk->id))
        break_invariant(world, "refused-none", "%s: %d rows were refused", kiosk->id, refused);
    if (head != mirror->seq || mirror->platform_seq != mirror->seq)
        break_invariant(world, "events-once", "%s has %" G_GINT64_FORMAT " rows, %" G_GINT64_FORMAT " on the medium, the platform %"
                        G_GINT64_FORMAT, kiosk->id, head, mirror->seq, mirror->platform_seq);
}

void books_check_end(struct world *world)
{
    for (unsigned i = 0; i < world->kiosk_count; i++)
        books_check_kiosk(world, &world->kiosks[i]);
    books_check_cards(world);
    books_check_platform(world);
    credit_check_end(world);
    replace_check_end(world);
    authority_check_end(world);
    sqlite3 *db = books_platform_db(world);
    for (unsigned i = 0; i < world->kiosk_count; i++)
        kiosk_end(world, &world->kiosks[i], db);
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        hotlist_check(world, &world->kiosks[i]);
        if (!hotlist_newest(world, &world->kiosks[i]))
            break_invariant(world, "hotlist-ends-new", "%s has not got the newest hotlist", world->kiosks[i].id);
    }
    claims_end(world, db);
    seats_check_end(world, db);
    orders_check_end(world, db);
    sqlite3_close(db);
    money_end(world, false);
    money_end(world, true);
    if (world->books->told->len > 0)
        break_invariant(world, "paid-stays", "%s was shown as paid and is not so in the journal of its kiosk",
                        g_array_index(world->books->told, struct told, 0).id);
}
