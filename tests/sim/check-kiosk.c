/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kiosk's disk against the books. The journal is read beside the store, row by row from where it was read last: rows that
 * were on the medium once must be there for ever and hang together, and each payment in them must be what its card did.
 */
#include "books-internal.h"
#include "model/model.h"
#include "service/internal.h"

#include <sqlite3.h>
#include <string.h>

/* ---- Payments in rows --------------------------------------------------------------------------------------------- */

static struct claim *claim_new(struct world *world, struct sim_kiosk *kiosk, const struct payment *payment)
{
    const struct payment_facts facts = payment_facts(payment);
    struct claim *claim = g_new0(struct claim, 1);

    g_strlcpy(claim->id, payment->id, sizeof claim->id);
    g_strlcpy(claim->card, facts.card_number, sizeof claim->card);
    g_strlcpy(claim->reverses, payment->reverses, sizeof claim->reverses);
    claim->kiosk = (unsigned)kiosk->machine.index;
    claim->kind = payment->kind;
    claim->amount_fen = facts.amount_fen;
    claim->balance_before_fen = facts.balance_before_fen;
    claim->counter = facts.counter;
    claim->at_ms = payment->at_ms;
    claim->forked = world->books->kiosks[claim->kiosk].forked;
    g_hash_table_insert(world->books->claims, claim->id, claim);
    g_ptr_array_add(world->books->kiosks[claim->kiosk].claims, claim);
    return claim;
}

static bool open_state(enum payment_state state)
{
    return state == PAYMENT_COMMITTING || state == PAYMENT_IN_DOUBT;
}

unsigned books_open_bills(struct world *world, struct sim_kiosk *kiosk, unsigned card, const char *ids[], unsigned most)
{
    unsigned count = 0;
    GHashTableIter iter;
    gpointer id, value;

    books_check_kiosk(world, kiosk);
    g_hash_table_iter_init(&iter, world->books->kiosks[kiosk->machine.index].bills);
    while (count < most && g_hash_table_iter_next(&iter, &id, &value)) {
        const struct claim *claim = value;
        if (open_state(claim->state) && strcmp(claim->card, world->cards[card].number) == 0)
            ids[count++] = id;
    }
    return count;
}

static void one_open(struct world *world, const struct claim *claim)
{
    const GPtrArray *claims = world->books->kiosks[claim->kiosk].claims;

    for (guint i = 0; i < claims->len; i++) {
        const struct claim *other = g_ptr_array_index(claims, i);
        if (other != claim && open_state(other->state) && strcmp(other->card, claim->card) == 0 && !other->forked)
            break_invariant(world, "one-open-doubt", "%s and %s of one card are both open", other->id, claim->id);
    }
}

/* A kiosk takes money for a bill once, unless it knows that the first try came to nothing. */
static void bills_free(struct world *world, struct claim *claim, const struct payment *payment)
{
    GHashTable *bills = world->books->kiosks[claim->kiosk].bills;

    for (size_t i = 0; i < payment->bill_count; i++) {
        const struct claim *other = g_hash_table_lookup(bills, payment->bills[i].id);
        if (other != NULL && other->state != PAYMENT_VOID && !other->given_back && !other->forked)
            break_invariant(world, "bill-once", "%s pays bill %s, which %s covers", claim->id, payment->bills[i].id, other->id);
        g_hash_table_insert(bills, g_strdup(payment->bills[i].id), claim);
    }
}

/* Offline, a card may not pay more than its day's share, whatever restarts and clocks do. */
static void within_limits(struct world *world, const struct claim *claim, bool online)
{
    const struct kiosk_config *config = &world->kiosks[claim->kiosk].config;
    const GPtrArray *claims = world->books->kiosks[claim->kiosk].claims;
    int64_t day_ms = ms_of_date(date_of_ms(claim->at_ms)), sum_fen = 0;

    if (online || claim->kind == PAYMENT_LOAD)
        return;
    for (guint i = 0; i < claims->len; i++) {
        const struct claim *other = g_ptr_array_index(claims, i);
        if (other->kind == PAYMENT_PURCHASE && other->state != PAYMENT_VOID && !other->forked && other->at_ms >= day_ms &&
            strcmp(other->card, claim->card) == 0)
            sum_fen += other->amount_fen;
    }
    if (claim->amount_fen > config->offline_payment_fen_max || sum_fen > config->offline_card_day_fen_max)
        break_invariant(world, "offline-limits", "%s: %" G_GINT64_FORMAT " fen offline, %" G_GINT64_FORMAT " on that day", claim->id,
                        claim->amount_fen, sum_fen);
}

static void claim_begins(struct world *world, struct sim_kiosk *kiosk, const struct payment *payment)
{
    struct claim *claim = claim_new(world, kiosk, payment);
    const char *known = g_hash_table_lookup(world->books->receipts, payment->receipt_no);

    claim->state = payment->state;
    g_strlcpy(claim->receipt_no, payment->receipt_no, sizeof claim->receipt_no);
    /* On an old copy of its disk a kiosk knows neither its last numbers nor what was paid. */
    if (claim->forked)
        return;
    if (known != NULL && strcmp(known, claim->id) != 0)
        break_invariant(world, "receipts-unique", "%s for %s and %s", payment->receipt_no, known, claim->id);
    if (known == NULL && payment->receipt_no[0] != '\0')
        g_hash_table_insert(world->books->receipts, g_strdup(payment->receipt_no), g_strdup(claim->id));
    if (open_state(claim->state))
        one_open(world, claim);
    bills_free(world, claim, payment);
    within_limits(world, claim, payment->online);
}

/* The end of a payment says what the card did. */
static void claim_ends(struct world *world, const struct claim *claim)
{
    const struct debit *debit = debit_of(world->books, claim->id);
    struct claim *original = claim->reverses[0] != '\0' ? g_hash_table_lookup(world->books->claims, claim->reverses) : NULL;

    if (claim->state == PAYMENT_CONFIRMED && debit == NULL)
        break_invariant(world, "confirmed-is-debited", "%s is CONFIRMED, its card did nothing", claim->id);
    if (claim->state == PAYMENT_VOID && debit != NULL)
        break_invariant(world, "void-not-debited", "%s is VOID, its card carried it out", claim->id);
    if (debit != NULL && (debit->amount_fen != claim->amount_fen || debit->counter != claim->counter ||
                          debit->load != (claim->kind == PAYMENT_LOAD) || debit->kiosk != (int)claim->kiosk ||
                          strcmp(world->cards[debit->card].number, claim->card) != 0))
        break_invariant(world, "confirmed-is-debited", "%s is not what card %d did", claim->id, debit->card);
    if (claim->state != PAYMENT_CONFIRMED || original == NULL)
        return;
    if (original->given_back)
        break_invariant(world, "given-back-once", "%s gives %s back again", claim->id, original->id);
    original->given_back = true;
}

static void payment_row(struct world *world, struct sim_kiosk *kiosk, const struct payment *payment)
{
    struct claim *claim = g_hash_table_lookup(world->books->claims, payment->id);

    if (!payment_may(payment->kind, claim != NULL ? claim->state : PAYMENT_INTENT, payment->state))
        break_invariant(world, "states", "%s goes from %s to %s", payment->id,
                        claim != NULL ? payment_state_name(claim->state) : "INTENT", payment_state_name(payment->state));
    if (claim == NULL) {
        claim_begins(world, kiosk, payment);
        return;
    }
    const struct payment_facts facts = payment_facts(payment);
    if (claim->kiosk != (unsigned)kiosk->machine.index || claim->kind != payment->kind ||
        claim->amount_fen != facts.amount_fen || claim->counter != facts.counter ||
        strcmp(claim->receipt_no, payment->receipt_no) != 0)
        break_invariant(world, "intent-stays", "%s became another payment", payment->id);
    claim->state = payment->state;
    claim_ends(world, claim);
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

struct row {
    int64_t seq, epoch;
    const char *id, *type, *body;
    size_t body_len;
    const uint8_t *prev, *hash, *nonce; /* nonce: of the row's epoch */
};

static void body_read(struct world *world, struct sim_kiosk *kiosk, const struct row *row)
{
    const struct sync_identity *enrolment = &kiosk->kiosk->enrolment;
    json_t *body = json_loadb(row->body, row->body_len, JSON_REJECT_DUPLICATES, NULL);
    json_t *data = seal_open_members(&enrolment->seal, row->id, json_object_get(body, "data"));
    struct payment payment = {0};

    if (!payment_from_json(data, &payment))
        break_invariant(world, "journal-readable", "%s: row %" G_GINT64_FORMAT " is no payment", kiosk->id, row->seq);
    payment_row(world, kiosk, &payment);
    json_decref(data);
    json_decref(body);
}

/* Numbers go on over all epochs; what was never written has no hash. */
static void mirror_reach(struct mirror *mirror, int64_t seq)
{
    static const uint8_t none[32];

    for (; mirror->seq < seq; mirror->seq++) {
        g_byte_array_append(mirror->hashes, none, 32);
        g_ptr_array_add(mirror->names, NULL);
    }
}

int64_t books_rows(const struct sim_kiosk *kiosk)
{
    return kiosk->machine.world->books->kiosks[kiosk->machine.index].seq;
}

static void row_take(struct world *world, struct sim_kiosk *kiosk, const struct row *row)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    bool first = row->epoch != mirror->epoch;
    const uint8_t *before = first ? row->nonce : mirror->hashes->data + 32 * (mirror->seq - 1);
    uint8_t hash[32];

    if (first)
        mirror_reach(mirror, row->seq - 1);
    mirror->epoch = row->epoch;
    chain_hash(before, row->epoch, row->seq, row->id, row->body, row->body_len, hash);
    if (row->seq != mirror->seq + 1 || memcmp(row->prev, before, 32) != 0 || memcmp(row->hash, hash, 32) != 0)
        break_invariant(world, "chain", "%s: row %" G_GINT64_FORMAT " does not hang on row %" G_GINT64_FORMAT, kiosk->id,
                        row->seq, mirror->seq);
    if (!g_hash_table_add(world->books->ids, g_strdup(row->id)))
        break_invariant(world, "event-ids", "%s: id %s of row %" G_GINT64_FORMAT " was used before", kiosk->id, row->id, row->seq);
    g_byte_array_append(mirror->hashes, hash, 32);
    /* What tells of a loss is told anew after the next one. */
    g_ptr_array_add(mirror->names, strcmp(row->type, "journal.restored") == 0 ? NULL : g_strdup(row->id));
    mirror->seq = row->seq;
    if (g_hash_table_remove(mirror->owed, row->id))
        return;
    if (g_str_has_prefix(row->type, "payment.") || g_str_has_prefix(row->type, "load."))
        body_read(world, kiosk, row);
}

/* Not one that was taken out of the chain. */
static bool place_used(const struct mirror *mirror, int64_t seq)
{
    static const uint8_t none[32];

    return memcmp(mirror->hashes->data + 32 * (seq - 1), none, 32) != 0;
}

static void row_still_there(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db)
{
    const struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    sqlite3_stmt *last = NULL;

    if (mirror->seq == 0 || !place_used(mirror, mirror->seq))
        return;
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT hash FROM journal WHERE seq=?1", -1, &last, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(last, 1, mirror->seq);
    int step = sqlite3_step(last);
    if (step != SQLITE_ROW || memcmp(sqlite3_column_blob(last, 0), mirror->hashes->data + 32 * (mirror->seq - 1), 32) != 0)
        break_invariant(world, "rows-stay", "%s: row %" G_GINT64_FORMAT " was on the medium and is %s", kiosk->id, mirror->seq,
                        step == SQLITE_ROW ? "another now" : "gone");
    sqlite3_finalize(last);
}

static void rows_read(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db)
{
    const struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    sqlite3_stmt *rows = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT j.seq,j.id,j.type,j.body,j.prev,j.hash,j.epoch,e.nonce FROM journal j"
                                       " JOIN epoch e ON e.epoch=j.epoch WHERE j.seq>?1 ORDER BY j.seq",
                                       -1, &rows, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(rows, 1, mirror->seq);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        struct row row = {.seq = sqlite3_column_int64(rows, 0),
                          .id = (const char *)sqlite3_column_text(rows, 1),
                          .type = (const char *)sqlite3_column_text(rows, 2),
                          .body = (const char *)sqlite3_column_text(rows, 3),
                          .body_len = (size_t)sqlite3_column_bytes(rows, 3),
                          .prev = sqlite3_column_blob(rows, 4),
                          .hash = sqlite3_column_blob(rows, 5),
                          .epoch = sqlite3_column_int64(rows, 6),
                          .nonce = sqlite3_column_blob(rows, 7)};
        row_take(world, kiosk, &row);
    }
    sqlite3_finalize(rows);
}

/* ---- Together ----------------------------------------------------------------------------------------------------- */

/* Whatever was shown as paid is paid in a journal that was read to its end. */
static void told_holds(struct world *world, const struct sim_kiosk *kiosk)
{
    struct books *books = world->books;

    for (guint i = 0; i < books->told->len;) {
        const struct told *told = &g_array_index(books->told, struct told, i);
        const struct claim *claim = g_hash_table_lookup(books->claims, told->id);
        if (claim != NULL && claim->state == PAYMENT_CONFIRMED) {
            g_array_remove_index_fast(books->told, i);
            continue;
        }
        /* What was found out at another kiosk comes by the platform. */
        if (claim != NULL && claim->kiosk == (unsigned)kiosk->machine.index && told->kiosk == claim->kiosk)
            break_invariant(world, "paid-stays", "%s was shown as paid and is %s", claim->id, payment_state_name(claim->state));
        i++;
    }
}

/* The last one: those before were looked at when they were. */
static void debits_known(struct world *world, const struct sim_kiosk *kiosk)
{
    const struct books *books = world->books;

    for (guint i = books->debits->len; i-- > 0;) {
        const struct debit *debit = &g_array_index(books->debits, struct debit, i);
        if (debit->kiosk != kiosk->machine.index)
            continue;
        if (g_hash_table_lookup(books->claims, debit->payment) == NULL)
            break_invariant(world, "debited-is-known", "%s moved %u fen of card %d, its journal knows nothing of it", kiosk->id,
                            debit->amount_fen, debit->card);
        return;
    }
}

/* Nothing was appended since the last look; after a start it is looked at in any case. */
static bool nothing_new(const struct world *world, struct sim_kiosk *kiosk)
{
    const struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    uint8_t hash[32];

    return mirror->seq > 0 && mirror->opens == kiosk->opens && store_head(kiosk->kiosk->store, hash) == mirror->seq &&
           memcmp(hash, mirror->hashes->data + 32 * (mirror->seq - 1), 32) == 0;
}

bool books_have_all(struct world *world, struct sim_kiosk *kiosk)
{
    return kiosk->kiosk != NULL && kiosk->kiosk->store != NULL && nothing_new(world, kiosk);
}

static bool same_at(struct store *store, const struct mirror *mirror, int64_t seq)
{
    uint8_t hash[32];

    return store_hash_at(store, seq, hash, NULL) == 1 && memcmp(hash, mirror->hashes->data + 32 * (seq - 1), 32) == 0;
}

/* The rows that it had are there again, byte by byte; what it did meanwhile follows behind them. Rows that nobody else had may be
 * gone from their places when the file beside the database had their facts: then the journal goes on in a later epoch. */
static bool whole_again(struct world *world, struct sim_kiosk *kiosk)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    struct store *store = kiosk->kiosk->store;
    bool whole = store_state(store, NULL) != STORE_WAITS && (mirror->seq == 0 || same_at(store, mirror, mirror->seq));

    if (!whole && kiosk->had_more && store_state(store, NULL) != STORE_WAITS && store_epoch(store) > mirror->epoch)
        whole = kiosk->acked == 0 || same_at(store, mirror, kiosk->acked);
    kiosk->restored = !whole;
    mirror->forked = whole && !kiosk->must_ask;
    return whole;
}

/* Its facts are recorded again, each once, at places that were never used. */
static void row_owed(struct world *world, struct mirror *mirror, int64_t seq)
{
    static const uint8_t none[32];
    const char *name = g_ptr_array_index(mirror->names, seq - 1);

    memcpy(mirror->hashes->data + 32 * (seq - 1), none, 32);
    if (name == NULL)
        return;
    g_hash_table_remove(world->books->ids, name);
    g_hash_table_add(mirror->owed, g_strdup(name));
    g_clear_pointer(&mirror->names->pdata[seq - 1], g_free);
}

static int64_t epoch_at(sqlite3 *db, int64_t seq)
{
    sqlite3_stmt *stmt = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT epoch FROM journal WHERE seq=?1", -1, &stmt, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, seq);
    int64_t epoch = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    return epoch;
}

/* From the end back to where journal and mirror are the same; the places stay used. */
static void mirror_owe(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    int64_t seq = mirror->seq;

    for (; seq > 0 && !same_at(kiosk->kiosk->store, mirror, seq); seq--) {
        if (epoch_at(db, seq) >= 0)
            break_invariant(world, "rows-stay", "%s: another row stands at place %" G_GINT64_FORMAT, kiosk->id, seq);
        row_owed(world, mirror, seq);
    }
    if (seq < mirror->seq)
        mirror->epoch = epoch_at(db, seq);
    kiosk->had_more = false;
}

static void journal_read(struct world *world, struct sim_kiosk *kiosk)
{
    g_autofree char *path = g_build_filename(kiosk->machine.folder, "kiosk.db", NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL), ==, SQLITE_OK);
    if (kiosk->had_more)
        mirror_owe(world, kiosk, db);
    row_still_there(world, kiosk, db);
    rows_read(world, kiosk, db);
    sqlite3_close(db);
    world->books->kiosks[kiosk->machine.index].opens = kiosk->opens;
}

void books_check_kiosk(struct world *world, struct sim_kiosk *kiosk)
{
    /* What is not on the medium yet may still go, and nobody relies on it. */
    uint8_t hash[32];
    if (kiosk->kiosk == NULL || kiosk->kiosk->store == NULL || !medium_has_row(kiosk, store_head(kiosk->kiosk->store, hash)))
        return;
    int was = world_become(world, SIM_NOBODY);
    if (kiosk->restored && !whole_again(world, kiosk)) {
        if (kiosk->must_ask && store_state(kiosk->kiosk->store, NULL) != STORE_WAITS)
            break_invariant(world, "restored-whole", "%s goes on with a journal that is not whole and asked nobody", kiosk->id);
        world_become(world, was);
        return;
    }
    if (!nothing_new(world, kiosk))
        journal_read(world, kiosk);
    world->books->kiosks[kiosk->machine.index].forked = false;
    told_holds(world, kiosk);
    debits_known(world, kiosk);
    world_become(world, was);
}

void books_check_cards(struct world *world)
{
    int64_t spent_fen[SIM_CARDS_ALL] = {0};

    for (guint i = 0; i < world->books->debits->len; i++) {
        const struct debit *debit = &g_array_index(world->books->debits, struct debit, i);
        spent_fen[debit->card] += debit->load ? -(int64_t)debit->amount_fen : debit->amount_fen;
    }
    for (unsigned i = 0; i < world->card_count; i++) {
        const struct sim_card *card = &world->cards[i];
        if ((int64_t)card->card.state.balance_fen != card->issued_fen - spent_fen[i])
            break_invariant(world, "conservation", "card %u holds %u fen, not what it got less what it spent", i,
                            card->card.state.balance_fen);
    }
}
