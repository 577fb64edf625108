/* SPDX-License-Identifier: Apache-2.0 */
/* Data files: every one is whole and says what a reader should show, wrong ones are refused, channels open from them. */
#include "channel.h"
#include "support.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* ---- Every file ------------------------------------------------------------------------------------------------------- */

static void check_expect(const char *path, const struct vc_data_card *data)
{
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL),
           *expect = json_object_get(root, "expect");
    const json_t *balance = json_object_get(expect, "balance_fen");
    const struct vc_purse_state *purse = &data->fresh.purses[0];
    g_assert_true(json_is_string(json_object_get(root, "about")));
    g_assert_true(json_is_string(json_object_get(expect, "family")));
    g_assert_true(json_object_get(expect, "number") || json_object_get(expect, "uid"));
    if (g_str_has_suffix(path, "/macau.json"))
        g_assert_cmpint(json_integer_value(balance), ==, (json_int_t)purse->balance_fen * 10 - 1000);
    else if (g_str_has_suffix(path, "/dual.json"))
        g_assert_cmpint(json_integer_value(balance), ==, data->fresh.purses[1].balance_fen);
    else if (balance)
        g_assert_cmpint(json_integer_value(balance), ==,
                        (json_int_t)purse->balance_fen - (json_int_t)purse->overdrawn_fen);
    g_assert_true(!balance == (data->profile.purse_count == 0));
    json_decref(root);
}

/* Loaded by the one call, and answering at the seam of cardlib. */
static void check_channel(const char *path)
{
    static struct vc_loaded loaded;
    static const uint8_t select_mf[] = {0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};
    struct cc_channel channel;
    uint8_t answer[258];
    size_t len = sizeof(answer);
    char error[256] = "";
    bool good = vc_channel_load(&loaded, path, &channel, error, sizeof(error));
    g_assert_cmpstr(error, ==, "");
    g_assert_true(good);
    g_assert_cmpint(channel.transmit(channel.ctx, select_mf, sizeof(select_mf), answer, &len), ==, CC_OK);
    g_assert_cmpuint(len, >=, 2);
    if (loaded.is_sam)
        return;
    g_assert_cmpuint(loaded.data.profile.atr_len, >=, 2);
    check_expect(path, &loaded.data);
}

static void test_every_file(void)
{
    g_autoptr(GDir) folder = g_dir_open(CARDS_DIR, 0, NULL);
    const char *name;
    unsigned count = 0;
    g_assert_nonnull(folder);
    while ((name = g_dir_read_name(folder))) {
        g_autofree char *path = g_build_filename(CARDS_DIR, name, NULL);
        check_channel(path);
        count++;
    }
    g_assert_cmpuint(count, >=, 24);
}

/* ---- Wrong files --------------------------------------------------------------------------------------------------------- */

#define HEAD "{\"about\": \"a\", \"atr\": \"3B00\", \"expect\": {}"

static void test_refused(void)
{
    static const char *const texts[] = {
        "nonsense",
        "[]",
        "{}",
        "{\"about\": \"a\"}",
        "{\"about\": \"a\", \"expect\": {}}",
        "{\"about\": \"a\", \"atr\": \"3\", \"expect\": {}}",
        "{\"about\": \"a\", \"atr\": \"3B00\"}",
        HEAD ", \"type\": \"purse\"}",
        HEAD ", \"uid\": \"99\"}",
        HEAD ", \"lacks\": [\"80\"]}",
        HEAD ", \"apps\": [{}]}",
        HEAD ", \"apps\": [{\"name\": \"a\"}, {}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"aid\": \"\"}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"code\": \"85\"}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"shares\": [\"b.ef15\"]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"keys_as\": \"b\"}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\", \"data\": \"1\"}]}]}",
        HEAD
        ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\", \"size\": 1, \"data\": \"0000\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\", \"size\": 8193}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0018\", \"kind\": \"cyclic\", \"size\": "
             "23}]}]}",
        HEAD
        ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0018\", \"kind\": \"cyclic\", \"size\": 2, "
        "\"records\": [\"00\"]}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0016\", \"data\": [{\"gbk\": \"一二\", "
             "\"size\": 3}]}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\", \"data\": \"00\"}, {\"fid\": "
             "\"0015\", "
             "\"data\": \"00\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"files\": [{\"fid\": \"0015\", \"data\": \"00\", \"read\": "
             "\"all\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"keys\": [{\"kind\": \"purchase\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"keys\": [{\"kind\": \"front door\", \"value\": \"00\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"pins\": [{\"value\": \"12\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"purses\": [{\"kind\": \"ep\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"purses\": [{\"as\": \"b.ep\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"purses\": [{\"balance_fen\": 1, \"log\": \"a.ef18\"}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"purses\": [{\"balance_fen\": 1}, {\"balance_fen\": 2}]}]}",
        HEAD
        ", \"apps\": [{\"name\": \"a\", \"purses\": [{\"balance_fen\": 1, \"get_balance\": [\"much\"]}]}]}",
        HEAD ", \"apps\": [{\"name\": \"a\", \"fci\": {\"file\": \"a.ef15\"}}]}",
    };
    static struct vc_loaded loaded;
    g_autofree char *folder = g_dir_make_tmp("vcard-data-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "one.json", NULL);
    struct cc_channel channel;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        char error[256] = "";
        g_assert_true(g_file_set_contents(path, texts[i], -1, NULL));
        if (vc_channel_load(&loaded, path, &channel, error, sizeof(error)))
            g_error("taken: %s", texts[i]);
        g_assert_cmpstr(error, !=, "");
    }
    char error[256] = "";
    g_assert_true(g_file_set_contents(path, HEAD "}", -1, NULL));
    g_assert_true(vc_channel_load(&loaded, path, &channel, error, sizeof(error)));
    g_assert_true(g_file_set_contents(path, "{\"type\": \"psam\"}", -1, NULL));
    g_assert_false(vc_channel_load(&loaded, path, &channel, error, sizeof(error)));
    g_assert_false(vc_channel_load(&loaded, "/nonexistent/a.json", &channel, error, sizeof(error)));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* ---- Memory on disk -------------------------------------------------------------------------------------------------------- */

static void remove_state(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* Two purses, two applications, records of their own length, a blocked card and a written key: all of it comes back. */
static void test_round_trip(void)
{
    static struct vc_card card;
    struct vc_store store;
    char error[256] = "";
    g_autofree char *folder = g_dir_make_tmp("vcard-state-XXXXXX", NULL);
    load_card(&card, "changsha");
    static struct vc_card_state next, back;
    back = card.state;
    next = card.state;
    next.commits = 5;
    next.purses[0].balance_fen = 11;
    next.purses[1].balance_fen = 22;
    next.purses[1].proof = (struct vc_proof){9, 7, {1, 2, 3, 4}, {5, 6, 7, 8}};
    next.blocks[1] = VC_BLOCKED;
    next.card_blocked = 1;
    next.rekeyed[3] = 1;
    memset(next.new_keys[3], 0xC7, 16);
    vc_state_push(&card.profile, &next, vc_profile_file(&card.profile, "city.ef1a"),
                  (const uint8_t *)"loaded", 6);
    g_assert_true(vc_store_open(&store, folder, error, sizeof(error)));
    g_assert_cmpint(vc_store_load_card(&store, &card.profile, "changsha", &back), ==, VC_ABSENT);
    g_assert_true(vc_store_save_card(&store, &card.profile, "changsha", &next));
    g_assert_cmpint(vc_store_load_card(&store, &card.profile, "changsha", &back), ==, VC_FOUND);
    g_assert_cmpmem(&back, sizeof(back), &next, sizeof(next));
    /* A record longer than its slot, or more tries than the card has, is damage. */
    next.image[card.profile.files[vc_profile_file(&card.profile, "city.ef17")].at] = 49;
    g_assert_true(vc_store_save_card(&store, &card.profile, "changsha", &next));
    g_assert_cmpint(vc_store_load_card(&store, &card.profile, "changsha", &back), ==, VC_DAMAGED);
    vc_store_close(&store);
    remove_state(folder, "card-changsha.json");
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* A person's state file as it was written before cards were data: it says nothing of overdraft or of journeys' number. */
static void test_older_state_file(void)
{
    struct bench bench;
    struct vc_store store;
    char error[256] = "";
    g_autofree char *folder = g_dir_make_tmp("vcard-state-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "card-adult.json", NULL);
    g_autofree char *ef16 = g_strnfill(110, '0'), *ef17 = g_strnfill(120, '1'), *log = g_strnfill(460, '2'),
                    *journeys = g_strnfill(2880, '3');
    g_autofree char *text = g_strdup_printf("{\"commits\": 4, \"balance_fen\": 1234, \"offline_counter\": 9, "
                                            "\"online_counter\": 3, \"tries\": 2, \"block\": 0,"
                                            " \"pin\": \"123456000000\", \"pin_len\": 3, \"ef15\": "
                                            "\"%060d\", \"ef16\": \"%s\", \"ef17\": \"%s\", \"log\": \"%s\","
                                            " \"log_count\": 2, \"journeys\": \"%s\", \"proof_type\": 0, "
                                            "\"proof_counter\": 0, \"proof_mac\": \"00000000\","
                                            " \"proof_tac\": \"00000000\"}",
                                            0, ef16, ef17, log, journeys);
    bench_setup(&bench, NULL);
    struct vc_card_state state = bench.card.state;
    g_assert_true(vc_store_open(&store, folder, error, sizeof(error)));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(vc_store_load_card(&store, &bench.card.profile, "adult", &state), ==, VC_FOUND);
    g_assert_cmpuint(state.balance_fen, ==, 1234);
    g_assert_cmpuint(state.pins[0].tries, ==, 2);
    g_assert_cmpuint(state.counts[FILE_LOG], ==, 2);
    g_assert_cmpuint(state.counts[FILE_JOURNEYS], ==, 30);
    vc_store_close(&store);
    remove_state(folder, "card-adult.json");
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    bench_teardown(&bench, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vcard/data/every-file", test_every_file);
    g_test_add_func("/vcard/data/refused", test_refused);
    g_test_add_func("/vcard/data/round-trip", test_round_trip);
    g_test_add_func("/vcard/data/older-state-file", test_older_state_file);
    return g_test_run();
}
