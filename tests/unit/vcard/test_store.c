/* SPDX-License-Identifier: Apache-2.0 */
/* Memory on disk: what was answered is there, what was not answered is there or not, never half; files of the community. */
#include "support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct folder {
    char *path;
    struct vc_store store;
    struct bench bench;
};

static void reopen(struct folder *folder)
{
    char error[128] = "";
    vc_store_close(&folder->store);
    g_assert_true(vc_store_open(&folder->store, folder->path, error, sizeof(error)));
}

static void folder_setup(struct folder *folder, gconstpointer user_data)
{
    g_autofree char *base = g_dir_make_tmp("vcard-XXXXXX", NULL);
    g_assert_nonnull(base);
    folder->path = g_build_filename(base, "state", NULL);
    folder->store.folder = -1;
    reopen(folder);
    bench_setup(&folder->bench, NULL);
}

static void folder_teardown(struct folder *folder, gconstpointer user_data)
{
    g_autofree char *base = g_path_get_dirname(folder->path);
    g_autoptr(GDir) dir = g_dir_open(folder->path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder->path, name, NULL);
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    vc_store_close(&folder->store);
    g_assert_cmpint(g_rmdir(folder->path), ==, 0);
    g_assert_cmpint(g_rmdir(base), ==, 0);
    g_free(folder->path);
    bench_teardown(&folder->bench, NULL);
}

static enum vc_commit save_card(void *ctx, const struct vc_card_state *next)
{
    struct folder *folder = ctx;
    return vc_store_save_card(&folder->store, &folder->bench.card.profile, "adult", next) ? VC_COMMITTED
                                                                                          : VC_COMMIT_FAILED;
}

static enum vc_commit save_sam(void *ctx, const struct vc_sam_state *next)
{
    struct folder *folder = ctx;
    return vc_store_save_sam(&folder->store, next) ? VC_COMMITTED : VC_COMMIT_FAILED;
}

static void use_disk(struct folder *folder)
{
    folder->bench.card.commit = save_card;
    folder->bench.card.commit_ctx = folder;
    folder->bench.sam.commit = save_sam;
    folder->bench.sam.commit_ctx = folder;
}

static void expect_disk(struct folder *folder, const struct vc_card_state *expected)
{
    struct vc_card_state state = {.commits = 0};
    g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "adult", &state), ==,
                    VC_FOUND);
    g_assert_cmpuint(state.commits, ==, expected->commits);
    g_assert_cmpuint(state.balance_fen, ==, expected->balance_fen);
    g_assert_cmpuint(state.offline_counter, ==, expected->offline_counter);
    g_assert_cmpuint(state.online_counter, ==, expected->online_counter);
    g_assert_cmpmem(state.pins, sizeof(state.pins), expected->pins, sizeof(expected->pins));
    g_assert_cmpmem(state.blocks, sizeof(state.blocks), expected->blocks, sizeof(expected->blocks));
    g_assert_cmpuint(state.card_blocked, ==, expected->card_blocked);
    g_assert_cmpmem(state.counts, sizeof(state.counts), expected->counts, sizeof(expected->counts));
    g_assert_cmpmem(state.image, sizeof(state.image), expected->image, sizeof(expected->image));
    for (size_t i = 0; i < VC_PURSES_MAX; i++) {
        const struct vc_purse_state *here = &state.purses[i], *there = &expected->purses[i];
        g_assert_cmpuint(here->balance_fen, ==, there->balance_fen);
        g_assert_cmpuint(here->limit_fen, ==, there->limit_fen);
        g_assert_cmpuint(here->overdrawn_fen, ==, there->overdrawn_fen);
        g_assert_cmpuint(here->proof.type, ==, there->proof.type);
        g_assert_cmpuint(here->proof.counter, ==, there->proof.counter);
        g_assert_cmpmem(here->proof.mac, 4, there->proof.mac, 4);
        g_assert_cmpmem(here->proof.tac, 4, there->proof.tac, 4);
    }
}

/* Run one command under a fault and give what the wire would do. */
static void run(struct folder *folder, struct vc_faults *faults, const char *command_hex,
                struct vc_play *play)
{
    struct vc_device device = vc_card_device(&folder->bench.card);
    uint8_t command[64];
    size_t len = 0;
    g_assert_true(vc_unhex(command_hex, command, sizeof(command), &len));
    vc_faults_run(faults, &device, command, len, play);
}

static void arm(struct vc_faults *faults, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    char error[128] = "";
    g_assert_true(vc_faults_arm(faults, words, g_strv_length(words), error, sizeof(error)));
}

/* ---- Tests -------------------------------------------------------------------------------------------------------- */

static void test_round_trip(struct folder *folder, gconstpointer user_data)
{
    struct vc_card_state state = {.commits = 77}, nothing;
    const struct vc_profile *profile = &folder->bench.card.profile;
    state.purses[0] = (struct vc_purse_state){.balance_fen = 0x7FFFFFFF, .offline_counter = 0xFFFF};
    state.purses[0].limit_fen = 500;
    state.purses[0].overdrawn_fen = 499;
    state.purses[0].proof = (struct vc_proof){9, 0xFFFE, {1, 2, 3, 4}, {5, 6, 7, 8}};
    state.pins[0] = (struct vc_pin_state){.tries = 1, .len = 2};
    state.blocks[1] = VC_BLOCKED;
    state.card_blocked = 1;
    state.counts[FILE_LOG] = 10;
    memset(state.image, 0xA5, profile->image_used);
    g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "adult", &nothing), ==,
                    VC_ABSENT);
    g_assert_true(vc_store_save_card(&folder->store, &folder->bench.card.profile, "adult", &state));
    reopen(folder);
    expect_disk(folder, &state);
    g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "elder", &nothing), ==,
                    VC_ABSENT);
}

/* Whatever was answered is on disk, before and after each of the two moments of a pull. */
static void test_disk_is_the_card(struct folder *folder, gconstpointer user_data)
{
    struct vc_card *card = &folder->bench.card;
    static struct vc_play play;
    struct vc_faults faults = {.count = 0};
    use_disk(folder);
    g_autofree char *first = prepare_debit(&folder->bench, 1, 100);
    run(folder, &faults, first, &play);
    g_assert_cmpuint(play.len, ==, 10);
    expect_disk(folder, &card->state);
    struct vc_card_state before = card->state;

    g_autofree char *second = prepare_debit(&folder->bench, 1, 100);
    arm(&faults, "pull-before");
    run(folder, &faults, second, &play);
    g_assert_cmpint(play.wire, ==, VC_WIRE_CLOSE);
    g_assert_cmpint(play.back_ms, ==, VC_STAYS_OUT);
    expect_disk(folder, &before);

    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    g_autofree char *third = prepare_debit(&folder->bench, 1, 100);
    arm(&faults, "pull-after");
    run(folder, &faults, third, &play);
    g_assert_cmpint(play.wire, ==, VC_WIRE_CLOSE);
    g_assert_cmpuint(card->state.balance_fen, ==, before.balance_fen - 100);
    g_assert_cmpuint(card->state.offline_counter, ==, before.offline_counter + 1);
    expect_disk(folder, &card->state);
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    g_assert_cmphex(status_of(card, "805A000602000908"), ==, 0x9000);
}

/* A card read back from disk is the same card: its proof and its counters too. */
static void test_card_over_restart(struct folder *folder, gconstpointer user_data)
{
    struct vc_card *card = &folder->bench.card;
    const struct vc_persona *persona = vc_community_find(&folder->bench.community, "adult");
    struct vc_card_state state = {.commits = 0};
    use_disk(folder);
    g_autofree char *debit = prepare_debit(&folder->bench, 1, 100);
    g_assert_cmphex(status_of(card, debit), ==, 0x9000);
    expect(card, "0020000003000000", "63C2");
    g_autofree char *proof = ask(card, "805A000602000808");
    reopen(folder);
    g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "adult", &state), ==,
                    VC_FOUND);
    g_assert_true(vc_card_init(card, persona, &folder->bench.community.keys, &state));
    g_assert_cmphex(status_of(card, ADF_SELECT), ==, 0x9000);
    expect(card, "805A000602000808", proof);
    expect(card, "0020000003000000", "63C1");
}

/* However often the program dies between 8070 and its answer, no serial is seen twice. */
static void test_serial_over_restart(struct folder *folder, gconstpointer user_data)
{
    static const char init[] = "807000001CA1B2C3D40007000000C806202601150930450100000000001234567808";
    struct vc_sam *sam = &folder->bench.sam;
    uint32_t last = 0;
    for (unsigned i = 0; i < 12; i++) {
        struct vc_sam_state state = {.commits = 0};
        g_assert_cmpint(vc_store_load_sam(&folder->store, &state), ==, i ? VC_FOUND : VC_ABSENT);
        vc_sam_init(sam, &folder->bench.community.sam, &folder->bench.community.keys, &state);
        use_disk(folder);
        g_assert_cmphex(sam_status_of(sam, SAM_ADF_SELECT), ==, 0x9000);
        sam->lose_power_at_commit = i % 3 == 2;
        g_autofree char *answer = ask_sam(sam, init);
        if (i % 3 == 2) {
            g_assert_cmpstr(answer, ==, "");
            continue;
        }
        answer[8] = '\0';
        uint32_t serial = (uint32_t)g_ascii_strtoull(answer, NULL, 16);
        g_assert_cmpuint(serial, >, last);
        last = serial;
        reopen(folder);
    }
    g_assert_cmpuint(last, ==, 8);
}

static void test_one_process(struct folder *folder, gconstpointer user_data)
{
    struct vc_store second;
    char error[256] = "";
    g_assert_false(vc_store_open(&second, folder->path, error, sizeof(error)));
    g_assert_nonnull(strstr(error, "alone"));
    g_assert_false(vc_store_open(&second, "/nonexistent/folder/state", error, sizeof(error)));
}

static void write_file(struct folder *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A damaged file is never taken for a fresh card. */
static void test_damaged(struct folder *folder, gconstpointer user_data)
{
    static const char *const texts[] = {"", "{", "{}", "[]", "{\"commits\": 1}"};
    struct vc_card_state state;
    struct vc_sam_state sam;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        write_file(folder, "card-adult.json", texts[i]);
        write_file(folder, "sam.json", texts[i]);
        g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "adult", &state), ==,
                        VC_DAMAGED);
        g_assert_cmpint(vc_store_load_sam(&folder->store, &sam), ==, VC_DAMAGED);
    }
    write_file(folder, "sam.json", "{\"commits\": 1, \"terminal_serial\": 4294967296}");
    g_assert_cmpint(vc_store_load_sam(&folder->store, &sam), ==, VC_DAMAGED);
    write_file(folder, "sam.json", "{\"commits\": 1, \"terminal_serial\": 4294967295}");
    g_assert_cmpint(vc_store_load_sam(&folder->store, &sam), ==, VC_FOUND);
}

/* The folder went read-only, or the disk is full: the card says so and nothing has changed. */
static void test_cannot_write(struct folder *folder, gconstpointer user_data)
{
    struct vc_card *card = &folder->bench.card;
    use_disk(folder);
    g_autofree char *debit = prepare_debit(&folder->bench, 1, 100);
    struct vc_card_state before = card->state;
    vc_store_close(&folder->store);
    expect(card, debit, "6581");
    g_assert_cmpmem(&card->state, sizeof(before), &before, sizeof(before));
    reopen(folder);
    g_assert_cmpint(vc_store_load_card(&folder->store, &folder->bench.card.profile, "adult", &before), ==,
                    VC_ABSENT);
}

static void test_community_files(struct folder *folder, gconstpointer user_data)
{
    static const char *const personas[] = {"{}", "{\"cards\": [{}]}", "{\"cards\": 3}", "nonsense"};
    struct vc_community community;
    char error[256];
    g_autofree char *path = g_build_filename(folder->path, "people.json", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(personas); i++) {
        write_file(folder, "people.json", personas[i]);
        error[0] = '\0';
        g_assert_false(
            vc_community_load(&community, path, COMMUNITY_DIR "/demo-keys.json", error, sizeof(error)));
        g_assert_cmpstr(error, !=, "");
        error[0] = '\0';
        g_assert_false(
            vc_community_load(&community, COMMUNITY_DIR "/personas.json", path, error, sizeof(error)));
        g_assert_cmpstr(error, !=, "");
    }
    g_assert_false(vc_community_load(&community, "/nonexistent", path, error, sizeof(error)));
    uint8_t name[20];
    g_assert_true(vc_gb18030("一二三四五六七八九十", name, sizeof(name)));
    g_assert_false(vc_gb18030("一二三四五六七八九十百", name, sizeof(name)));
    g_assert_false(vc_gb18030("\xFF\xFE", name, sizeof(name)));
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/store/" name, struct folder, NULL, folder_setup, function, folder_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("round-trip", test_round_trip);
    ADD("disk-is-the-card", test_disk_is_the_card);
    ADD("card-over-restart", test_card_over_restart);
    ADD("serial-over-restart", test_serial_over_restart);
    ADD("one-process", test_one_process);
    ADD("damaged", test_damaged);
    ADD("cannot-write", test_cannot_write);
    ADD("community-files", test_community_files);
    return g_test_run();
}
