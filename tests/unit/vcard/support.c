/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "crypto.h"

#include <string.h>

void set_hex(uint8_t *out, size_t size, const char *hex)
{
    size_t len = 0;
    g_assert_true(vc_unhex(hex, out, size, &len));
    g_assert_cmpuint(len, ==, size);
}

static bool known_random(void *ctx, uint8_t *out, size_t len)
{
    const struct bench *bench = ctx;
    g_assert_cmpuint(len, <=, sizeof(bench->random));
    memcpy(out, bench->random, len);
    return true;
}

static enum vc_commit count_card(void *ctx, const struct vc_card_state *next)
{
    struct bench *bench = ctx;
    g_assert_cmpuint(next->commits, ==, bench->card.state.commits + 1);
    bench->commits++;
    return bench->commit_says;
}

static enum vc_commit count_sam(void *ctx, const struct vc_sam_state *next)
{
    struct bench *bench = ctx;
    g_assert_cmpuint(next->terminal_serial, ==, bench->sam.state.terminal_serial + 1);
    bench->commits++;
    return bench->commit_says;
}

void bench_card(struct bench *bench, const char *key)
{
    const struct vc_persona *persona = vc_community_find(&bench->community, key);
    struct vc_card_state state;
    g_assert_nonnull(persona);
    g_assert_true(vc_card_fresh(persona, &state));
    g_assert_true(vc_card_init(&bench->card, persona, &bench->community.keys, &state));
    bench->card.commit = count_card;
    bench->card.commit_ctx = bench;
    bench->card.random = known_random;
    bench->card.random_ctx = bench;
    g_assert_cmphex(status_of(&bench->card, ADF_SELECT), ==, 0x9000);
}

void bench_setup(struct bench *bench, gconstpointer user_data)
{
    char error[256] = "";
    struct vc_sam_state fresh = {.commits = 0};
    memset(bench, 0, sizeof(*bench));
    bool loaded = vc_community_load(&bench->community, COMMUNITY_DIR "/personas.json",
                                    COMMUNITY_DIR "/demo-keys.json", error, sizeof(error));
    g_assert_cmpstr(error, ==, "");
    g_assert_true(loaded);
    set_hex(bench->random, 8, "A1B2C3D4E5F60718");
    bench->commit_says = VC_COMMITTED;
    bench_card(bench, "adult");
    vc_sam_init(&bench->sam, &bench->community.sam, &bench->community.keys, &fresh);
    bench->sam.commit = count_sam;
    bench->sam.commit_ctx = bench;
    bench->sam.random = known_random;
    bench->sam.random_ctx = bench;
    g_assert_cmphex(sam_status_of(&bench->sam, SAM_ADF_SELECT), ==, 0x9000);
}

void bench_teardown(struct bench *bench, gconstpointer user_data)
{
    vc_card_cleanse(&bench->card);
    vc_sam_cleanse(&bench->sam);
}

static char *to_hex(enum vc_outcome outcome, const uint8_t *answer, size_t len)
{
    char *hex = g_malloc(2 * len + 1);
    g_assert_cmpint(outcome, ==, len ? VC_ANSWERED : VC_POWER_LOST);
    return vc_hex(answer, len, hex, 2 * len + 1);
}

char *ask(struct vc_card *card, const char *command)
{
    uint8_t bytes[300], answer[258];
    size_t len = 0, answer_len = 0;
    g_assert_true(vc_unhex(command, bytes, sizeof(bytes), &len));
    enum vc_outcome outcome = vc_card_transmit(card, bytes, len, answer, sizeof(answer), &answer_len);
    return to_hex(outcome, answer, answer_len);
}

char *ask_sam(struct vc_sam *sam, const char *command)
{
    uint8_t bytes[300], answer[258];
    size_t len = 0, answer_len = 0;
    g_assert_true(vc_unhex(command, bytes, sizeof(bytes), &len));
    enum vc_outcome outcome = vc_sam_transmit(sam, bytes, len, answer, sizeof(answer), &answer_len);
    return to_hex(outcome, answer, answer_len);
}

void expect(struct vc_card *card, const char *command, const char *answer)
{
    g_autofree char *got = ask(card, command);
    if (g_strcmp0(got, answer) != 0)
        g_error("%s answered %s instead of %s", command, got, answer);
}

void expect_sam(struct vc_sam *sam, const char *command, const char *answer)
{
    g_autofree char *got = ask_sam(sam, command);
    if (g_strcmp0(got, answer) != 0)
        g_error("PSAM: %s answered %s instead of %s", command, got, answer);
}

static unsigned last_word(const char *hex)
{
    size_t len = strlen(hex);
    g_assert_cmpuint(len, >=, 4);
    return (unsigned)g_ascii_strtoull(hex + len - 4, NULL, 16);
}

unsigned status_of(struct vc_card *card, const char *command)
{
    g_autofree char *answer = ask(card, command);
    return last_word(answer);
}

unsigned sam_status_of(struct vc_sam *sam, const char *command)
{
    g_autofree char *answer = ask_sam(sam, command);
    return last_word(answer);
}

const uint8_t *file_of(const struct vc_card *card, uint8_t file)
{
    return card->state.image + card->profile.files[file].at;
}

const uint8_t *journey_of(const struct vc_card *card, size_t index)
{
    return vc_state_record(&card->profile, &card->state, FILE_JOURNEYS, index + 1, NULL);
}

char *prepare_debit(struct bench *bench, unsigned p1, uint32_t amount_fen)
{
    static const char when[] = "20260115093045";
    g_autofree char *init = g_strdup_printf("8050%02X020B01%08X9901000000010F", p1, amount_fen);
    g_autofree char *card = ask(&bench->card, init);
    char number[21], issuer[17];
    vc_hex(file_of(&bench->card, FILE_EF15) + 12, 8, number, sizeof(number));
    vc_hex(file_of(&bench->card, FILE_EF15), 8, issuer, sizeof(issuer));
    g_assert_cmpuint(strlen(card), ==, 34);
    /* random, serial, amount, type, date and time, key version and algorithm, factors */
    g_autofree char *command = g_strdup_printf("8070000024%.8s%.4s%08X%s%s0100%s%s08", card + 22, card + 8,
                                               amount_fen, p1 == 3 ? "09" : "06", when, number, issuer);
    g_autofree char *sam = ask_sam(&bench->sam, command);
    g_assert_cmpuint(strlen(sam), ==, 20);
    return g_strdup_printf("805401000F%.8s%s%.8s08", sam, when, sam + 8);
}

static uint8_t loaded_random[8] = {0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 0x07, 0x18};

static bool give_loaded_random(void *ctx, uint8_t *out, size_t len)
{
    g_assert_cmpuint(len, <=, sizeof(loaded_random));
    memcpy(out, loaded_random, len);
    return true;
}

void set_random(const char *hex)
{
    set_hex(loaded_random, strlen(hex) / 2, hex);
}

void load_card(struct vc_card *card, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/%s.json", CARDS_DIR, name);
    g_autofree struct vc_data_card *data = g_new0(struct vc_data_card, 1);
    char error[256] = "";
    bool good = vc_data_card(path, data, error, sizeof(error));
    g_assert_cmpstr(error, ==, "");
    g_assert_true(good);
    g_assert_cmpstr(data->key, ==, name);
    vc_card_setup(card, &data->profile, &data->fresh);
    card->random = give_loaded_random;
    set_random("A1B2C3D4E5F60718");
}

void load_sam(struct vc_sam *sam, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/%s.json", CARDS_DIR, name);
    struct vc_sam_state fresh = {.commits = 0};
    struct vc_data_sam data;
    char error[256] = "";
    bool good = vc_data_sam(path, &data, error, sizeof(error));
    g_assert_cmpstr(error, ==, "");
    g_assert_true(good);
    vc_sam_init(sam, &data.identity, &data.masters, &fresh);
}

char *with_mac_of(struct vc_card *card, const uint8_t key[16], const char *header_and_data)
{
    uint8_t bytes[300], iv[8] = {0}, mac[4];
    char hex[9];
    size_t len = 0;
    g_autofree char *challenge = ask(card, "0084000004");
    g_assert_cmpuint(strlen(challenge), ==, 12);
    challenge[8] = '\0';
    set_hex(iv, 4, challenge);
    g_assert_true(vc_unhex(header_and_data, bytes, sizeof(bytes), &len));
    g_assert_true(vc_retail_mac(key, iv, bytes, len, mac));
    return g_strconcat(header_and_data, vc_hex(mac, 4, hex, sizeof(hex)), NULL);
}
