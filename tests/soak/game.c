/* SPDX-License-Identifier: Apache-2.0 */
#include "game.h"

#include <string.h>

#define PURSE_FEN    20000000 /* what each card gets, more than a soak spends */
#define COUNTER_LAST 60000    /* a card's counter ends at 65535 */
#define TRIES        400

static const char *const keys[GAME_CARDS] = {"adult", "elder", "student", "staff", "lost", "visitor"};

#define GAME_FAIL(game, ...)                                                                                   \
    do {                                                                                                       \
        g_autofree char *what_ = g_strdup_printf(__VA_ARGS__);                                                 \
        g_error("seed %u, tap %" G_GUINT64_FORMAT ", card %s: %s", (game)->seed, (game)->taps,                 \
                (game)->present->key, what_);                                                                  \
    } while (0)

static unsigned below(struct game *game, unsigned limit)
{
    return (unsigned)g_rand_int_range(game->rand, 0, (gint32)limit);
}

static bool chance(struct game *game, unsigned permille)
{
    return below(game, 1000) < permille;
}

static void G_GNUC_PRINTF(2, 3) order(struct game *game, const char *format, ...)
{
    va_list more;
    va_start(more, format);
    g_autofree char *line = g_strdup_vprintf(format, more);
    va_end(more);
    game->world.order(game->world.ctx, line);
}

/* ---- Books --------------------------------------------------------------------------------------------------------- */

static void books_open(struct game *game, struct game_card *card)
{
    void *ctx = game->world.ctx;
    order(game, "set %s balance_fen %d", card->key, PURSE_FEN);
    order(game, "set %s offline_counter 7", card->key);
    card->issued_fen = game->world.balance_fen(ctx, card->key);
    card->issued_counter = game->world.offline_counter(ctx, card->key);
    card->charged_fen = card->charges = 0;
}

static void books_compare(struct game *game, struct game_card *card)
{
    void *ctx = game->world.ctx;
    gint64 charged_fen = card->issued_fen - game->world.balance_fen(ctx, card->key);
    gint64 charges = game->world.offline_counter(ctx, card->key) - card->issued_counter;
    if (charged_fen != card->charged_fen || charges != card->charges)
        GAME_FAIL(game, "%s was charged %" G_GINT64_FORMAT " fen in %" G_GINT64_FORMAT " purchases, confirmed are %" G_GINT64_FORMAT
                  " fen in %" G_GINT64_FORMAT, card->key, charged_fen, charges, card->charged_fen, card->charges);
}

static void book(struct game *game, struct game_card *card, const struct cc_purchase *purchase)
{
    card->charged_fen += purchase->amount_fen;
    card->charges++;
    game->confirmed++;
}

/* ---- The card on the reader ------------------------------------------------------------------------------------------ */

/* Another card, without anything that pcscd could see when the gap is short. */
static void put(struct game *game, struct game_card *card)
{
    static const unsigned gaps_ms[] = {0, 0, 0, 0, 0, 0, 30, 120};
    order(game, "swap %s %u", card->key, gaps_ms[below(game, G_N_ELEMENTS(gaps_ms))]);
    game->present = card;
    game->swaps++;
}

static void card_close(struct game *game)
{
    game->world.close(game->world.ctx, false, chance(game, 100));
}

static int try_read(struct game *game, struct cc_port *port, struct cc_card *card)
{
    struct cc_channel channel;
    int result = game->world.open(game->world.ctx, false, &channel);
    if (result != CC_OK)
        return result;
    cc_port_init(port, &channel);
    result = cc_card_read(port, CC_READ_ALL, card);
    if (result != CC_OK)
        card_close(game);
    return result;
}

static void check_shown(struct game *game, const struct cc_card *card)
{
    const struct game_card *present = game->present;
    if (strcmp(card->card_number, present->number) != 0)
        GAME_FAIL(game, "shown is the number %s, there lies %s", card->card_number, present->number);
    gint64 wanted = present->issued_fen - present->charged_fen;
    bool right = card->balance_fen == wanted ||
                 (present->doubt && card->balance_fen == wanted - present->purchase.amount_fen);
    if (card->has_balance && !right)
        GAME_FAIL(game, "shown are %" G_GINT64_FORMAT " fen instead of %" G_GINT64_FORMAT, card->balance_fen, wanted);
}

/* Until it is read; a contact lost for a moment, a restarted service and a fault in the way are only reasons to try again. */
static void read_card(struct game *game, struct cc_port *port, struct cc_card *card)
{
    int result = try_read(game, port, card);
    for (unsigned tries = 1; result != CC_OK && tries < TRIES; tries++) {
        game->retries++;
        game->world.pause(game->world.ctx);
        result = try_read(game, port, card);
    }
    if (result != CC_OK)
        GAME_FAIL(game, "not read: %s", cc_result_name(result));
    check_shown(game, card);
}

/* ---- The PSAM -------------------------------------------------------------------------------------------------------- */

static void sam_close(struct game *game)
{
    if (game->sam_open)
        game->world.close(game->world.ctx, true, false);
    game->sam_open = false;
}

static int try_sam(struct game *game)
{
    struct cc_channel channel;
    int result = game->world.open(game->world.ctx, true, &channel);
    if (result != CC_OK)
        return result;
    game->sam_open = true;
    result = cc_sam_open(&game->sam, &channel, 20260601);
    if (result != CC_OK)
        sam_close(game);
    return result;
}

static struct cc_sam *take_sam(struct game *game)
{
    if (game->sam_open && game->sam.port.broken)
        sam_close(game);
    int result = game->sam_open ? CC_OK : try_sam(game);
    for (unsigned tries = 1; result != CC_OK && tries < TRIES; tries++) {
        game->retries++;
        game->world.pause(game->world.ctx);
        result = try_sam(game);
    }
    if (result != CC_OK)
        GAME_FAIL(game, "no PSAM: %s", cc_result_name(result));
    return &game->sam;
}

/* ---- Faults ---------------------------------------------------------------------------------------------------------- */

#define FAULTS_WAITING_MAX 16 /* that have not struck: a slot holds no more */

static void faults_clear(struct game *game)
{
    order(game, "faults clear");
    game->waiting = 0;
}

static void arm(struct game *game)
{
    static const char *const any[] = {"pull-before back=0", "pull-after back=0", "pull-after back=900",
                                      "drop",               "promise",           "reset"};
    static const char *const at_debit[] = {"pull-before back=0", "pull-after back=0",   "pull-before back=900",
                                           "pull-after back=0",  "drop",                "promise",
                                           "promise bytes=3",    "cut bytes=2",         "cut bytes=8",
                                           "mac2",               "reset"};
    static const char *const module[] = {"drop", "pull-after back=0", "promise", "reset"};
    unsigned where = below(game, 10);
    if (game->waiting == FAULTS_WAITING_MAX)
        faults_clear(game);
    game->waiting++;
    game->faults++;
    if (where < 5)
        order(game, "fault card %s ins=54", at_debit[below(game, G_N_ELEMENTS(at_debit))]);
    else if (where < 8)
        order(game, "fault card %s at=%u", any[below(game, G_N_ELEMENTS(any))], 1 + below(game, 30));
    else
        order(game, "fault sam %s at=%u", module[below(game, G_N_ELEMENTS(module))], 1 + below(game, 4));
}

/* ---- Paying ---------------------------------------------------------------------------------------------------------- */

static void settle_doubt(struct game *game, struct cc_port *port, struct cc_card *read)
{
    struct game_card *card = game->present;
    struct cc_sam *sam = chance(game, 800) ? take_sam(game) : NULL;
    int result = cc_purchase_resolve(port, sam, &card->purchase);
    for (unsigned tries = 1; result != CC_OK && tries < TRIES; tries++) {
        card_close(game);
        game->retries++;
        read_card(game, port, read);
        result = cc_purchase_resolve(port, sam != NULL ? take_sam(game) : NULL, &card->purchase);
    }
    if (result != CC_OK)
        GAME_FAIL(game, "the doubt stays: %s", cc_result_name(result));
    bool paid = card->purchase.state == CC_PURCHASE_CONFIRMED;
    if (!paid && card->purchase.state != CC_PURCHASE_VOID)
        GAME_FAIL(game, "settled as %s", cc_purchase_state_name(card->purchase.state));
    if (paid)
        book(game, card, &card->purchase);
    *(paid ? &game->settled_paid : &game->settled_void) += 1;
    card->doubt = false;
}

static void pay(struct game *game, struct cc_port *port, const struct cc_card *read)
{
    struct game_card *payer = game->present;
    struct cc_purchase purchase;
    guint64 minute = game->taps / 60;
    struct cc_time now = {2026, 6, 1 + (unsigned)(minute / 1440 % 28), (unsigned)(minute / 60 % 24), (unsigned)(minute % 60),
                          (unsigned)(game->taps % 60)};
    struct cc_sam *sam = take_sam(game);
    game->purchases++;
    if (chance(game, game->swap_permille / 20))
        put(game, &game->cards[below(game, GAME_CARDS)]);
    int result = cc_purchase_prepare(port, sam, read, 1 + below(game, 300), &now, NULL, &purchase);
    if (result == CC_OK && payer != game->present && strcmp(read->card_number, game->present->number) != 0)
        GAME_FAIL(game, "a purchase of %s was prepared on another card", payer->key);
    if (result != CC_OK) {
        game->refused++;
        if (result == CC_ERR_SAM)
            sam_close(game);
        return;
    }
    if (chance(game, game->swap_permille / 20))
        put(game, &game->cards[below(game, GAME_CARDS)]);
    /* The caller's duty: on disk before it is sent. */
    payer->purchase = purchase;
    result = cc_purchase_debit(port, sam, &payer->purchase);
    if (result == CC_OK)
        book(game, payer, &payer->purchase);
    payer->doubt = result == CC_IN_DOUBT;
    game->doubts += payer->doubt;
    game->refused += result != CC_OK && !payer->doubt;
}

/* ---- Residents ------------------------------------------------------------------------------------------------------- */

void game_begin(struct game *game, const struct world *world, guint32 seed, unsigned tear_permille, unsigned swap_permille)
{
    memset(game, 0, sizeof *game);
    game->world = *world;
    game->rand = g_rand_new_with_seed(seed);
    game->seed = seed;
    game->tear_permille = tear_permille;
    game->swap_permille = swap_permille;
    game->present = &game->cards[0];
    for (unsigned i = 0; i < GAME_CARDS; i++) {
        game->cards[i].key = keys[i];
        game->cards[i].number = world->card_number(world->ctx, keys[i]);
        books_open(game, &game->cards[i]);
    }
    put(game, game->present);
}

void game_tap(struct game *game)
{
    struct cc_port port;
    struct cc_card read;
    game->taps++;
    if (chance(game, game->swap_permille))
        put(game, &game->cards[below(game, GAME_CARDS)]);
    bool armed = chance(game, game->tear_permille);
    if (armed)
        arm(game);
    read_card(game, &port, &read);
    if (game->present->doubt)
        settle_doubt(game, &port, &read);
    if (game->present->charges + game->present->issued_counter < COUNTER_LAST && chance(game, 500))
        pay(game, &port, &read);
    card_close(game);
    /* A fault that has not struck yet may strike in the next taps, but not for ever. */
    if (armed && chance(game, 500))
        faults_clear(game);
    if (chance(game, 5))
        sam_close(game);
}

void game_rest(struct game *game)
{
    sam_close(game);
}

void game_settle(struct game *game)
{
    faults_clear(game);
    for (size_t i = 0; i < GAME_CARDS; i++) {
        struct game_card *card = &game->cards[i];
        struct cc_port port;
        struct cc_card read;
        if (card->doubt) {
            put(game, card);
            read_card(game, &port, &read);
            settle_doubt(game, &port, &read);
            card_close(game);
        }
        books_compare(game, card);
        if (card->charges + card->issued_counter >= COUNTER_LAST)
            books_open(game, card);
    }
}

void game_end(struct game *game)
{
    game_rest(game);
    g_rand_free(game->rand);
    for (size_t i = 0; i < GAME_CARDS; i++)
        g_free(game->cards[i].number);
}
