/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cards that take the place of others. The old one lies about still, and is tapped now and then, also where nobody heard of it yet. What
 * it had in the books is the new one's in that moment, and nothing of it is ever the old one's again, however late a kiosk tells of it.
 */
#include "books-internal.h"
#include "model/model.h"
#include "platform/data/db-cards.h"
#include "platform/persons/replace.h"
#include "service/internal.h"

#include <sqlite3.h>
#include <string.h>

#define OLD_ONE_IN 4 /* of taps, the card of before */

unsigned card_newest(const struct world *world, unsigned card)
{
    while (world->cards[card].next >= 0)
        card = (unsigned)world->cards[card].next;
    return card;
}

unsigned card_taken(const struct world *world, const struct action *action)
{
    unsigned card = action->card % world->holder_count;

    return action->salt % OLD_ONE_IN == 0 ? card : card_newest(world, card);
}

static void token_of(const struct world *world, unsigned card, char token[33])
{
    card_token(world->index_key, world->cards[card].number, token);
}

/* ---- At the desk -------------------------------------------------------------------------------------------------- */

static int64_t day_of(const uint8_t bcd[4])
{
    char digits[9];

    return g_ascii_strtoll(cc_hex(bcd, 4, digits, sizeof digits), NULL, 10);
}

/* It may be there already, of a time when it was given to nobody after all. */
static void stock_add(struct world *world, unsigned fresh)
{
    const struct vc_persona *persona = &world->cards[fresh].persona;
    struct card_row row = {.card_class = persona->card_class, .valid_from = day_of(persona->valid_from),
                           .valid_to = day_of(persona->valid_to)};

    cc_hex(persona->issuer, sizeof persona->issuer, row.issuer, sizeof row.issuer);
    bool added = card_stock_add(world->platform.platform, world->cards[fresh].number, &row, now_ms(), NULL);
    note(world, "stock %s: %d", world->cards[fresh].number, added);
}

static bool replace(struct world *world, unsigned old, unsigned fresh, const char *cause, const char **refused)
{
    struct platform *platform = world->platform.platform;
    char card[33], successor[33], a[33], b[33];
    const struct card_replacing ask = {.card = card, .successor = successor, .cause = cause, .staff = {a, b}, .reason = "worn out"};

    token_of(world, old, card);
    token_of(world, fresh, successor);
    token_of(world, SIM_STAFF_A, a);
    token_of(world, SIM_STAFF_B, b);
    if (!db_begin(platform->db, true, NULL))
        return false;
    if (card_replace(platform, &ask, now_ms(), refused, NULL) && *refused == NULL)
        return db_commit(platform->db, NULL);
    db_rollback(platform->db);
    return false;
}

/* ---- What must be so ---------------------------------------------------------------------------------------------- */

struct holding {
    int64_t books[4];
};

/* What a card has in each book, of what is committed. */
static struct holding holding_of(struct world *world, unsigned card)
{
    static const char *const NAMES[] = {"HOURS", "POINTS", "COIN", "SUBSIDY"};
    struct holding out = {0};
    sqlite3_stmt *sum = NULL;
    char token[33];

    token_of(world, card, token);
    g_autofree char *account = g_strconcat("person:", token, NULL);
    int was = world_become(world, SIM_NOBODY);
    sqlite3 *db = books_platform_db(world);
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT coalesce(sum(amount),0) FROM credit_entry WHERE account=?1 AND book=?2", -1, &sum, NULL),
                    ==, SQLITE_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        sqlite3_bind_text(sum, 1, account, -1, SQLITE_STATIC);
        sqlite3_bind_text(sum, 2, NAMES[i], -1, SQLITE_STATIC);
        g_assert_cmpint(sqlite3_step(sum), ==, SQLITE_ROW);
        out.books[i] = sqlite3_column_int64(sum, 0);
        sqlite3_reset(sum);
    }
    sqlite3_finalize(sum);
    sqlite3_close(db);
    world_become(world, was);
    return out;
}

static void moved_whole(struct world *world, unsigned old, unsigned fresh, const struct holding *had)
{
    struct holding left = holding_of(world, old), got = holding_of(world, fresh);

    for (size_t i = 0; i < G_N_ELEMENTS(had->books); i++)
        if (left.books[i] != 0 || got.books[i] != had->books[i])
            break_invariant(world, "books-move-whole", "card %u had %" G_GINT64_FORMAT " in book %zu, has %" G_GINT64_FORMAT
                            " and the new one %" G_GINT64_FORMAT, old, had->books[i], i, left.books[i], got.books[i]);
}

void replace_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    static const char *const CAUSES[] = {"damaged", "lost", "suspended", ""};
    unsigned old = card_newest(world, action->card), fresh = world->card_count;
    const char *refused = NULL;

    if (world->platform.platform == NULL || world->holder_count <= SIM_STAFF_B || old == SIM_STAFF_A || old == SIM_STAFF_B ||
        fresh == SIM_CARDS_ALL)
        return;
    struct holding had = holding_of(world, old);
    card_successor(world, old, fresh);
    int was = world_become(world, SIM_PLATFORM);
    stock_add(world, fresh);
    bool done = replace(world, old, fresh, CAUSES[action->arg % G_N_ELEMENTS(CAUSES)], &refused);
    world_become(world, was);
    note(world, "replace %u by %u: %d %s", old, fresh, done, refused != NULL ? refused : "");
    if (!done)
        return;
    world->card_count++;
    world->stats.replaced++;
    world->cards[old].next = (int)fresh;
    world->cards[old].lost = true;
    moved_whole(world, old, fresh, &had);
}

/* ?1 is a card that was replaced, ?2 its account; each must give 0. */
static const struct {
    const char *what, *sql;
} EMPTY[] = {
    {"credit", "SELECT count(*) FROM (SELECT 1 FROM credit_entry WHERE account=?2 GROUP BY book HAVING sum(amount)<>0)"},
    {"holds", "SELECT count(*) FROM credit_hold WHERE account=?2 AND state='HELD'"},
    {"lots", "SELECT count(*) FROM credit_lot WHERE account=?2 AND remaining<>0"},
    {"attendances", "SELECT count(*) FROM attendance WHERE token=?1"},
    {"bills", "SELECT count(*) FROM bill WHERE card=?1"},
    {"sessions", "SELECT count(*) FROM tap_session WHERE card=?1 AND ended_ms=0"},
};

static void empty_check(struct world *world, sqlite3 *db, unsigned card)
{
    char token[33];

    token_of(world, card, token);
    g_autofree char *account = g_strconcat("person:", token, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(EMPTY); i++) {
        sqlite3_stmt *find = NULL;
        g_assert_cmpint(sqlite3_prepare_v2(db, EMPTY[i].sql, -1, &find, NULL), ==, SQLITE_OK);
        bool by_account = sqlite3_bind_parameter_count(find) == 2;
        sqlite3_bind_text(find, by_account ? 2 : 1, by_account ? account : token, -1, SQLITE_STATIC);
        bool good = sqlite3_step(find) == SQLITE_ROW && sqlite3_column_int(find, 0) == 0;
        sqlite3_finalize(find);
        if (!good)
            break_invariant(world, "old-card-is-empty", "card %u was replaced and has %s", card, EMPTY[i].what);
    }
}

void replace_check(struct world *world, struct sqlite3 *db)
{
    for (unsigned card = 0; card < world->card_count; card++)
        if (world->cards[card].next >= 0)
            empty_check(world, db, card);
}

/* Everybody has heard of everything: no kiosk takes the old card, nor lets anybody spend what it had. */
void replace_check_end(struct world *world)
{
    for (unsigned card = 0; card < world->card_count; card++) {
        char token[33];
        token_of(world, card, token);
        for (unsigned i = 0; world->cards[card].next >= 0 && i < world->kiosk_count; i++) {
            int was = world_become(world, (int)i);
            g_autofree char *reason = store_hotlist_lookup(world->kiosks[i].kiosk->store, token);
            world_become(world, was);
            if (reason == NULL)
                break_invariant(world, "old-card-is-stopped", "%s takes card %u, which was replaced", world->kiosks[i].id, card);
        }
    }
}
