/* SPDX-License-Identifier: Apache-2.0 */
/* The game with the models of tests/vcard in this process: no pcscd, no sockets, no waiting; every tenth tap has a fault. */
#include "channel.h"
#include "community.h"
#include "game.h"

#include <string.h>

#define TAPS 100000

struct models {
    struct vc_community community;
    struct vc_card cards[GAME_CARDS];
    char keys[GAME_CARDS][32];
    size_t count;
    struct vc_sam module;
    struct vc_channel card, sam;
    struct cc_channel card_channel, sam_channel;
};

static struct vc_card *card_of(struct models *models, const char *key)
{
    for (size_t i = 0; i < models->count; i++)
        if (strcmp(models->keys[i], key) == 0)
            return &models->cards[i];
    const struct vc_persona *persona = vc_community_find(&models->community, key);
    struct vc_card_state state;
    struct vc_card *card = &models->cards[models->count];
    g_assert_nonnull(persona);
    g_assert_cmpuint(models->count, <, GAME_CARDS);
    g_assert_true(vc_card_fresh(persona, &state));
    g_assert_true(vc_card_init(card, persona, &models->community.keys, &state));
    g_strlcpy(models->keys[models->count++], key, sizeof models->keys[0]);
    return card;
}

static int world_open(void *ctx, bool sam, struct cc_channel *channel)
{
    struct models *models = ctx;
    struct vc_channel *end = sam ? &models->sam : &models->card;
    if (end->gone)
        end->device.power(end->device.model);
    end->gone = false;
    *channel = sam ? models->sam_channel : models->card_channel;
    return CC_OK;
}

static void world_close(void *ctx, bool sam, bool reset)
{
    struct models *models = ctx;
    struct vc_channel *end = sam ? &models->sam : &models->card;
    if (reset)
        end->device.power(end->device.model);
}

static void lay(struct models *models, const char *key)
{
    struct vc_card *card = card_of(models, key);
    vc_card_power(card);
    models->card.device = vc_card_device(card);
    models->card.gone = true; /* for the link that is open */
}

static void set(struct models *models, const char *key, const char *field, const char *value)
{
    struct vc_card_state *state = &card_of(models, key)->state;
    gint64 number = g_ascii_strtoll(value, NULL, 10);
    if (strcmp(field, "balance_fen") == 0)
        state->balance_fen = (uint32_t)number;
    else if (strcmp(field, "offline_counter") == 0)
        state->offline_counter = (uint16_t)number;
    else
        g_error("set what: %s", field);
}

static void world_order(void *ctx, const char *line)
{
    struct models *models = ctx;
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    guint count = g_strv_length(words);
    char error[128];
    if (strcmp(words[0], "swap") == 0)
        lay(models, words[1]);
    else if (strcmp(words[0], "set") == 0)
        set(models, words[1], words[2], words[3]);
    else if (strcmp(words[0], "faults") == 0) {
        vc_faults_clear(&models->card.faults);
        vc_faults_clear(&models->sam.faults);
    } else if (!vc_faults_arm(strcmp(words[1], "sam") == 0 ? &models->sam.faults : &models->card.faults, words + 2,
                              count - 2, error, sizeof error))
        g_error("%s: %s", line, error);
}

static gint64 world_balance(void *ctx, const char *key)
{
    return card_of(ctx, key)->state.balance_fen;
}

static gint64 world_counter(void *ctx, const char *key)
{
    return card_of(ctx, key)->state.offline_counter;
}

/* "310" and the persona's sixteen digits, as the virtual card has it in EF15. */
static char *world_number(void *ctx, const char *key)
{
    const struct vc_persona *persona = vc_community_find(&((struct models *)ctx)->community, key);
    char digits[17];
    return g_strconcat("310", cc_hex(persona->serial, 8, digits, sizeof digits), NULL);
}

static void world_pause(void *ctx)
{
    (void)ctx;
}

static void test_models(void)
{
    static struct models models;
    struct vc_sam_state state = {.terminal_serial = 0x1FF};
    struct world world = {&models, world_open, world_close, world_order, world_balance, world_counter, world_number, world_pause};
    struct game game;
    char error[256];
    g_assert_true(vc_community_load(&models.community, COMMUNITY_DIR "/personas.json", COMMUNITY_DIR "/demo-keys.json", error,
                                    sizeof error));
    vc_sam_init(&models.module, &models.community.sam, &models.community.keys, &state);
    models.card_channel = vc_channel_open(&models.card, vc_card_device(card_of(&models, "adult")));
    models.sam_channel = vc_channel_open(&models.sam, vc_sam_device(&models.module));
    gint64 start_us = g_get_monotonic_time();
    game_begin(&game, &world, (guint32)g_test_rand_int(), 100, 300);
    while (game.taps < TAPS) {
        game_tap(&game);
        if (game.taps % 1000 == 0)
            game_settle(&game);
    }
    game_settle(&game);
    g_test_message("%d taps, %.0f a second: %u purchases, %u confirmed, %u refused, %u doubts (%u paid, %u not), %u faults, %u swaps", TAPS,
                   TAPS * 1e6 / (double)(g_get_monotonic_time() - start_us), (unsigned)game.purchases, (unsigned)game.confirmed, (unsigned)game.refused,
                   (unsigned)game.doubts, (unsigned)game.settled_paid, (unsigned)game.settled_void, (unsigned)game.faults,
                   (unsigned)game.swaps);
    g_assert_cmpuint(game.settled_paid, >, 0);
    g_assert_cmpuint(game.settled_void, >, 0);
    g_assert_cmpuint(game.doubts, ==, game.settled_paid + game.settled_void);
    game_end(&game);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/soak/models", test_models);
    return g_test_run();
}
