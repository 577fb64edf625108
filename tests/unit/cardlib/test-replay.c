/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings as files: what is one, which line is the first wrong one, and how strictly it is played back. */
#include "recording.h"
#include "script.h"

#include <string.h>

#define HEAD "citycard-recording 1\n"

static struct cc_replay *read_text(const char *text, size_t len, int expected, unsigned line)
{
    struct cc_replay *replay = NULL;
    unsigned wrong = 4711;
    g_autofree char *copy = g_memdup2(text, len + 1); /* so that a sanitizer sees one byte too many */
    FILE *file = fmemopen(copy, len, "r");
    g_assert_nonnull(file);
    int result = cc_replay_new(&replay, file, &wrong);
    fclose(file);
    g_assert_cmpint(result, ==, expected);
    g_assert_cmpuint(wrong, ==, line);
    g_assert_true((replay != NULL) == (result == CC_OK));
    return replay;
}

static struct cc_replay *replay_of(const char *text)
{
    return read_text(text, strlen(text), CC_OK, 0);
}

static void assert_wrong(const char *text, unsigned line)
{
    g_assert_null(read_text(text, strlen(text), CC_ERR_PROTOCOL, line));
}

/* Send hex, expect a result and hex. */
static void ask(const struct cc_channel *channel, const char *command, int expected, const char *answer)
{
    uint8_t bytes[300], got[300];
    size_t len = unhex(command, bytes, sizeof bytes), got_len = sizeof got;
    g_assert_cmpint(channel->transmit(channel->ctx, bytes, len, got, &got_len), ==, expected);
    g_assert_cmpuint(got_len, ==, strlen(answer) / 2);
    assert_hex(got, got_len, answer);
}

static void test_forms(void)
{
    struct cc_replay *replay =
        replay_of(HEAD "about a card\nabout\n# a comment\n\nabout  two  spaces\natr card 3B00\n"
                       "card 0 00a4 > 9000\nsam 1 0084000004 ! CARD_RESET\npad card\n");
    uint8_t atr[CC_ATR_MAX];
    g_assert_nonnull(cc_replay_channel(replay, "card"));
    g_assert_nonnull(cc_replay_channel(replay, "card")->pad);
    g_assert_null(cc_replay_channel(replay, "sam")->pad);
    g_assert_null(cc_replay_channel(replay, "about"));
    g_assert_cmpuint(cc_replay_atr(replay, "card", atr), ==, 2);
    assert_hex(atr, 2, "3B00");
    g_assert_cmpuint(cc_replay_atr(replay, "sam", atr), ==, 0);
    g_assert_cmpuint(cc_replay_atr(replay, "nobody", atr), ==, 0);
    ask(cc_replay_channel(replay, "card"), "00A4", CC_OK, "9000");
    ask(cc_replay_channel(replay, "sam"), "0084000004", CC_ERR_RESET, "");
    cc_replay_free(replay);
    cc_replay_free(replay_of(HEAD));
    cc_replay_free(NULL);
}

static void test_wrong_lines(void)
{
    static const char *const second[] = {
        "card\n",
        "card 0\n",
        "card 0 00A4\n",
        "card 0 00A4 \n",
        "card 0 00A4 >\n",
        "card 0 00A4 > \n",
        "card 0 00A4 > 9\n",
        "card 0 00A4 > 90000\n",
        "card 0 00A > 9000\n",
        "card 0 00AX > 9000\n",
        "card 0 00A4 > 9000 \n",
        " card 0 00A4 > 9000\n",
        "card  0 00A4 > 9000\n",
        "card 0 00A4 > 9000 00\n",
        "card 0 00A4 ! WHAT\n",
        "card 0 00A4 ! UNKNOWN\n",
        "card 0 00A4 ! OK\n",
        "card 0 00A4 ! PIN_WRONG\n",
        "card 0 00A4 ? 9000\n",
        "card -1 00A4 > 9000\n",
        "card 1234567890 00A4 > 9000\n",
        "card x 00A4 > 9000\n",
        "Card 0 00A4 > 9000\n",
        "0card 0 00A4 > 9000\n",
        "a-name-too-long- 0 00A4 > 9000\n",
        "card 0 00A4 > 9000",
        "card 0 00*4 > 9000\n",
        "card 0 *0A4 > 9000\n",
        "card 0 00A4 > 9***\n",
        "atr card\n",
        "atr card 3B\x7F\n",
        "atr card 3\n",
        "atr card **\n",
        "atr card 3B00",
        "atr about 3B\n",
        "pad\n",
        "pad card x\n",
        "pad card",
        "\t\n",
        "card 0 00A4 > 9000\r\n",
        "atr card 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF0011\n",
        "card 0 00A4 ! CARD_REMOVED 00\n",
        "citycard-recording 1\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(second); i++) {
        g_autofree char *text = g_strconcat(HEAD, second[i], NULL),
                        *later = g_strconcat(HEAD "\n#\n", second[i], NULL);
        g_test_message("%s", second[i]);
        assert_wrong(text, 2);
        assert_wrong(later, 4);
    }
    assert_wrong("citycard-recording 2\n", 1);
    assert_wrong("citycard-recording 1", 1);
    assert_wrong("\n" HEAD, 1);
    assert_wrong("\xEF\xBB\xBF" HEAD, 1);
    g_assert_null(read_text(HEAD "card 0 00\0A4 > 9000\n", strlen(HEAD) + 20, CC_ERR_PROTOCOL, 2));
}

/* Ceilings: the last that fits, and the first that does not. */
static void test_ceilings(void)
{
    g_autoptr(GString) longest = g_string_new(HEAD "card 0 ");
    for (size_t i = 0; i < CC_RECORDING_COMMAND_MAX; i++)
        g_string_append(longest, "**");
    g_string_append(longest, " > ");
    for (size_t i = 0; i < CC_ANSWER_MAX; i++)
        g_string_append(longest, "90");
    g_autofree char *one_more = g_strconcat(longest->str, "90\n", NULL);
    assert_wrong(one_more, 2);
    g_string_append_c(longest, '\n');
    g_assert_cmpuint(longest->len - strlen(HEAD), <=, CC_RECORDING_LINE_MAX + 1);
    cc_replay_free(replay_of(longest->str));

    g_autoptr(GString) comment = g_string_new(HEAD "#");
    for (size_t i = 1; i < CC_RECORDING_LINE_MAX; i++)
        g_string_append_c(comment, ' ');
    g_autofree char *too_long = g_strconcat(comment->str, " \n", NULL);
    assert_wrong(too_long, 2);
    g_string_append_c(comment, '\n');
    cc_replay_free(replay_of(comment->str));

    g_autoptr(GString) lines = g_string_new(HEAD);
    for (unsigned i = 1; i < CC_RECORDING_LINES_MAX; i++)
        g_string_append_c(lines, '\n');
    cc_replay_free(replay_of(lines->str));
    g_string_append_c(lines, '\n');
    assert_wrong(lines->str, CC_RECORDING_LINES_MAX + 1);
}

static void test_ceilings_names(void)
{
    g_autoptr(GString) names = g_string_new(HEAD);
    for (int i = 0; i < CC_RECORDING_NAMES_MAX; i++)
        g_string_append_printf(names, "card-%d 0 00 > 9000\n", i);
    cc_replay_free(replay_of(names->str));
    g_string_append(names, "card-9 0 00 > 9000\n");
    assert_wrong(names->str, CC_RECORDING_NAMES_MAX + 2);

    g_autoptr(GString) bytes = g_string_new(HEAD); /* 65000 bytes a line */
    g_autofree char *digits = g_strnfill(2 * 65000, 'A');
    unsigned fitting = CC_RECORDING_BYTES_MAX / (65000 + 2);
    for (unsigned i = 0; i < fitting; i++)
        g_string_append_printf(bytes, "card 0 00 > %s\n", digits);
    cc_replay_free(replay_of(bytes->str));
    g_string_append_printf(bytes, "card 0 00 > %s\n", digits);
    assert_wrong(bytes->str, fitting + 2);
}

static void test_strict(void)
{
    struct cc_replay *replay =
        replay_of(HEAD "card 0 00A4 > 9000\nsam 1 0084 > 11229000\ncard 2 00B0 > 01\n");
    const struct cc_channel *card = cc_replay_channel(replay, "card"),
                            *sam = cc_replay_channel(replay, "sam");
    ask(sam, "0084", CC_OK, "11229000");  /* each name has its own order */
    ask(sam, "0084", CC_ERR_REMOVED, ""); /* the end */
    ask(sam, "0084", CC_ERR_REMOVED, "");
    ask(card, "00A4", CC_OK, "9000");
    ask(card, "00B000", CC_ERR_PROTOCOL, "");
    ask(card, "00B0", CC_ERR_PROTOCOL, ""); /* strayed once, strayed for good */
    cc_replay_free(replay);
}

static void test_skipped(void)
{
    struct cc_replay *replay = replay_of(HEAD "card 0 00A4 > 9000\ncard 1 00B0 > 9000\n");
    ask(cc_replay_channel(replay, "card"), "00B0", CC_ERR_PROTOCOL, "");
    cc_replay_free(replay);
}

static void test_masks(void)
{
    struct cc_replay *replay =
        replay_of(HEAD "card 0 0020000002**34 > **419000\ncard 0 002A > 9000\ncard 0 002A > 9000\n");
    const struct cc_channel *card = cc_replay_channel(replay, "card");
    ask(card, "0020000002FF34", CC_OK, "2A419000");
    ask(card, "002A", CC_OK, "9000"); /* a true 2A stands for itself */
    ask(card, "0029", CC_ERR_PROTOCOL, "");
    cc_replay_free(replay);
}

/* The last line without an answer: the program, or the machine, died in it. */
static void test_cut_off(void)
{
    struct cc_replay *replay = replay_of(HEAD "card 0 00A4 > 9000\ncard 1 805401");
    ask(cc_replay_channel(replay, "card"), "00A4", CC_OK, "9000");
    ask(cc_replay_channel(replay, "card"), "805401", CC_ERR_REMOVED, "");
    cc_replay_free(replay);
}

static void test_no_room(void)
{
    struct cc_replay *replay = replay_of(HEAD "card 0 00A4 > 11229000\n");
    const struct cc_channel *card = cc_replay_channel(replay, "card");
    uint8_t answer[3], command[2] = {0x00, 0xA4};
    size_t len = sizeof answer;
    g_assert_cmpint(card->transmit(card->ctx, command, sizeof command, answer, &len), ==, CC_ERR_SYSTEM);
    g_assert_cmpuint(len, ==, 0);
    cc_replay_free(replay);
}

static void test_two_taps(void)
{
    struct cc_replay *replay = replay_of(HEAD "atr card 3B01\ncard 0 00A4 ! CARD_REMOVED\natr card 3B0203\n"
                                              "card 9 00A4 > 6A82\natr sam 3B\n");
    uint8_t atr[CC_ATR_MAX];
    g_assert_cmpuint(cc_replay_atr(replay, "card", atr), ==, 2);
    ask(cc_replay_channel(replay, "card"), "00A4", CC_ERR_REMOVED, "");
    g_assert_cmpuint(cc_replay_atr(replay, "card", atr), ==, 3);
    ask(cc_replay_channel(replay, "card"), "00A4", CC_OK, "6A82");
    g_assert_cmpuint(cc_replay_atr(replay, "sam", atr), ==, 1);
    cc_replay_free(replay);
}

static int press(const struct cc_channel *channel, enum cc_pad_kind kind, uint8_t reference, uint16_t *sw)
{
    struct cc_pad_request request = {
        .kind = kind, .reference = reference, .digits_min = 6, .digits_max = 6, .timeout_s = 30};
    uint8_t answer[2] = {0};
    size_t len = sizeof answer;
    int result = channel->pad(channel->ctx, &request, answer, &len);
    *sw = (uint16_t)(answer[0] << 8 | answer[1]);
    return result;
}

static void test_pad(void)
{
    struct cc_replay *replay = replay_of(
        HEAD
        "pad card\ncard 0 0020000103****** > 63C2\ncard 1 805E010107 > 6401\ncard 2 0020000103 > 9000\n");
    const struct cc_channel *card = cc_replay_channel(replay, "card");
    uint16_t sw;
    g_assert_cmpint(press(card, CC_PAD_VERIFY, 1, &sw), ==, CC_OK);
    g_assert_cmphex(sw, ==, 0x63C2);
    g_assert_cmpint(press(card, CC_PAD_CHANGE, 1, &sw), ==, CC_OK);
    g_assert_cmphex(sw, ==, 0x6401);
    g_assert_cmpint(press(card, CC_PAD_VERIFY, 2, &sw), ==, CC_ERR_PROTOCOL);
    g_assert_cmpint(press(card, CC_PAD_VERIFY, 1, &sw), ==, CC_ERR_PROTOCOL);
    cc_replay_free(replay);
    replay = replay_of(HEAD "pad card\n");
    g_assert_cmpint(press(cc_replay_channel(replay, "card"), CC_PAD_VERIFY, 1, &sw), ==, CC_ERR_REMOVED);
    cc_replay_free(replay);
}

static void test_no_file(void)
{
    struct cc_replay *replay;
    unsigned line = 1;
    g_assert_cmpint(cc_replay_new(&replay, NULL, &line), ==, CC_ERR_ARGUMENT);
    FILE *folder = fopen("/", "r"); /* opens, and cannot be read */
    if (folder) {
        g_assert_cmpint(cc_replay_new(&replay, folder, &line), ==, CC_ERR_PROTOCOL);
        g_assert_cmpuint(line, ==, 1);
        fclose(folder);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/replay/forms", test_forms);
    g_test_add_func("/replay/wrong-lines", test_wrong_lines);
    g_test_add_func("/replay/ceilings", test_ceilings);
    g_test_add_func("/replay/ceilings-names", test_ceilings_names);
    g_test_add_func("/replay/strict", test_strict);
    g_test_add_func("/replay/skipped", test_skipped);
    g_test_add_func("/replay/masks", test_masks);
    g_test_add_func("/replay/cut-off", test_cut_off);
    g_test_add_func("/replay/no-room", test_no_room);
    g_test_add_func("/replay/two-taps", test_two_taps);
    g_test_add_func("/replay/pad", test_pad);
    g_test_add_func("/replay/no-file", test_no_file);
    return g_test_run();
}
