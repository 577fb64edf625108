/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes of faults that malformed answers brought out in OpenSC, the most attacked smart card library, from 2018 to 2025
 * (its own list: github.com/OpenSC/OpenSC/wiki/OpenSC-security-advisories, and the release notes of 0.26.0 and 0.27.0). One test a
 * class: the same kind of answer is given to this library, and the outcome is a plain refusal, or a card without that field.
 * What an assertion cannot see (a byte beyond a buffer, freed memory) AddressSanitizer does: run this under it too.
 */
#include "apdu.h"
#include "desk.h"
#include "tlv.h"

#include <string.h>

#define POISON_A 0x00
#define POISON_B 0xFF

#define EF16                                                                                                 \
    "00 00 D5C5D0E3D3A2 0000000000000000000000000000 "                                                       \
    "393930313032313934343033303830303231 0000000000000000000000000000 00"
#define EF17 "0000015699009901000103"
#define SSSE "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"

static const struct exchange t_union[] = {{SELECT, FCI "9000"},
                                          {"00B0960037", EF16 "9000"},
                                          {"00B097000B", EF17 "9000"},
                                          {BALANCE, "000068E2 9000"},
                                          {LOG_1, OURS},
                                          {LOG_2, "6A83"},
                                          {0}};
static const struct exchange social[] = {
    {SSSE, "9000"},
    {"00A4000002EF0500", "9000"},
    {"00A4000002EF0600", "9000"},
    {"00B20700*", "0709 413132333435363738 9000"},
    {"00B20100*", "0110 330300D15600000599110145FFFFFFFF 9000"},
    {"00B20800*", "0812 393930313032313934343033303830303231 9000"},
    {"00B20900*", "091E B0A2B2BCB6BCC8C8CFC4CCE1A1A4C2F2C2F2CCE1A1A4B0A2B2BBB6BCD7D4 9000"},
    {"00B24E00*", "4E14 BBD5B0A2B2BBB6BCC8C8CFC4CCE1C2F2C2F2CCE1 9000"},
    {0}};

/* ---- A channel that leaves a pattern wherever the card wrote nothing ---------------------------------------------- */

struct poisoned {
    struct script script;
    uint8_t pattern;
};

static int poisoned_transmit(void *ctx, const uint8_t *command, size_t len, uint8_t *answer,
                             size_t *answer_len)
{
    struct poisoned *poisoned = ctx;
    struct cc_channel inner = script_channel(&poisoned->script);
    memset(answer, poisoned->pattern, *answer_len);
    return inner.transmit(inner.ctx, command, len, answer, answer_len);
}

/* Read a card whose `at`-th answer (0: none) is cut to `cut_to`; the memory around the answers and the result has the pattern. */
static int read_with(const struct exchange *rows, uint8_t pattern, size_t at, size_t cut_to,
                     struct cc_card *card, size_t *answers)
{
    struct poisoned poisoned = {.pattern = pattern};
    struct cc_port port;
    struct cc_channel channel = {.ctx = &poisoned, .transmit = poisoned_transmit};
    table_init(&poisoned.script, rows);
    poisoned.script.cut_at = at;
    poisoned.script.cut_to = cut_to;
    cc_port_init(&port, &channel);
    memset(card, pattern, sizeof *card);
    int result = cc_card_read(&port, CC_READ_ALL, card);
    if (answers)
        *answers = poisoned.script.answered;
    script_done(&poisoned.script);
    return result;
}

static int read_card(const struct exchange *rows, struct cc_card *card)
{
    return read_with(rows, POISON_B, 0, 0, card, NULL);
}

static void assert_strings_end(const struct cc_card *card)
{
    g_assert_nonnull(memchr(card->card_number, '\0', sizeof card->card_number));
    g_assert_nonnull(memchr(card->holder.name, '\0', sizeof card->holder.name));
    g_assert_nonnull(memchr(card->holder.id_number, '\0', sizeof card->holder.id_number));
    g_assert_nonnull(memchr(card->card_id, '\0', sizeof card->card_id));
    g_assert_true(g_utf8_validate(card->holder.name, -1, NULL));
    g_assert_true(g_utf8_validate(card->issued_by, -1, NULL));
}

/* ---- The classes ------------------------------------------------------------------------------------------------ */

/*
 * A length that is believed: the object says it is longer than what arrived.
 * CVE-2018-16427 (reads beyond many answers), CVE-2019-15945 (bit string), CVE-2019-15946 (octet string), CVE-2019-19481
 * (certificate of a CAC card), CVE-2023-2977 (CardOS), CVE-2025-66037 (public key info).
 */
static void test_length_believed(void)
{
    static const char *const fcis[] = {
        "6F31 8408A000000632010105 A525 9F080102 9F0CFF " EF15 "9000", /* 9F0C beyond A5 */
        "6F31 8408A000000632010105 A5FF 9F080102 9F0C1E " EF15 "9000", /* A5 beyond 6F */
        "6FFF 8408A000000632010105 A525 9F080102 9F0C1E " EF15 "9000", /* 6F beyond the answer */
        "6F82FFFF 8408A000000632010105 9000",
        "6F31 84FF 9000",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fcis); i++) {
        const struct exchange rows[] = {{SELECT, fcis[i]}, {"00B095*", "6A82"}, {0}};
        struct cc_card card;
        g_assert_cmpint(read_card(rows, &card), !=, CC_OK);
        g_assert_cmpstr(card.card_number, ==, "");
    }
    const struct exchange longer[] = {
        {SSSE, "9000"}, {"00A4*", "9000"}, {"00B20700*", "07FF 413132333435363738 9000"}, {0}};
    struct cc_card card;
    g_assert_cmpint(read_card(longer, &card), !=, CC_OK);
    g_assert_cmpstr(card.card_number, ==, "");
}

/* Rows with `extra` bytes AA before each status word; `text` keeps them. */
static void lengthen(const struct exchange *rows, size_t extra, struct exchange *out, GPtrArray *text)
{
    g_autofree char *filler = g_strnfill(2 * extra, 'A');
    size_t i = 0;
    for (; rows[i].command; i++) {
        size_t data = strlen(rows[i].answer) - 4;
        char *answer = g_strdup_printf("%.*s%s%s", (int)data, rows[i].answer, filler, rows[i].answer + data);
        g_ptr_array_add(text, answer);
        out[i] = (struct exchange){rows[i].command, answer};
    }
    out[i] = (struct exchange){0};
}

/*
 * An answer longer than the buffer it is copied to, on the stack, on the heap, or into a record of a table.
 * CVE-2018-16391 (Muscle), 16392 (TCOS), 16393 (Gemsafe), 16419 (Cryptoflex), 16420 (ePass2003), 16421 (CAC), CVE-2020-26570
 * (Oberthur), 26571 (Gemsafe GPK), 26572 (TCOS), CVE-2021-42781, 42782, CVE-2023-40661, CVE-2024-8443 (OpenPGP), CVE-2025-66215.
 */
static void test_longer_than_buffer(void)
{
    static const size_t extras[] = {1, 2, 23, 48, 200, 254, 1000, 1950};
    const struct exchange *cards[] = {t_union, social};
    for (size_t k = 0; k < G_N_ELEMENTS(cards); k++) {
        struct cc_card whole, card;
        g_assert_cmpint(read_card(cards[k], &whole), ==, CC_OK);
        for (size_t i = 0; i < G_N_ELEMENTS(extras); i++) {
            g_autoptr(GPtrArray) text = g_ptr_array_new_with_free_func(g_free);
            struct exchange rows[16];
            lengthen(cards[k], extras[i], rows, text);
            int result = read_card(rows, &card);
            assert_strings_end(&card);
            g_assert_true(result <= CC_OK);
            if (result == CC_OK)
                g_assert_cmpstr(card.card_number, ==, whole.card_number);
            g_assert_cmpuint(card.log_count, <=, CC_LOGS_MAX);
        }
    }
}

/* More records than the table has room for: a card whose log never ends. Classes as above. */
static void test_endless_log(void)
{
    const struct exchange rows[] = {{SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {"00B2*", OURS}, {0}};
    struct cc_card card;
    size_t answers;
    g_assert_cmpint(read_with(rows, POISON_B, 0, 0, &card, &answers), ==, CC_OK);
    g_assert_cmpuint(card.log_count, <=, CC_LOGS_MAX);
    g_assert_cmpuint(card.journey_count, <=, CC_JOURNEYS_MAX);
    g_assert_cmpuint(answers, <, 100);
}

/*
 * One byte too few for the end of a string: fields filled to their last byte, and two of them put together.
 * CVE-2018-16422 (esteid, a single byte), CVE-2018-16418 (string concatenation).
 */
static void test_full_fields(void)
{
    g_autoptr(GString) holder = g_string_new("0000");
    for (int i = 0; i < 5; i++)
        g_string_append(holder, "8139EE39"); /* four bytes in GB 18030, three in UTF-8 */
    for (int i = 0; i < 32; i++)
        g_string_append(holder, "39");
    g_string_append(holder, "009000");
    const struct exchange rows[] = {{SELECT, FCI "9000"}, {"00B0960037", holder->str}, {0}};
    struct cc_card card;
    g_assert_cmpint(read_card(rows, &card), ==, CC_OK);
    assert_strings_end(&card);
    g_assert_cmpuint(strlen(card.holder.id_number), ==, CC_ID_NUMBER_SIZE - 1);
    g_assert_cmpint(read_card(social, &card), ==, CC_OK);
    assert_strings_end(&card);
    g_assert_cmpuint(g_utf8_strlen(card.holder.name, -1), ==, 25); /* 30 and 20 bytes, two each */
}

/*
 * GET RESPONSE: more bytes than announced, parts that overrun the buffer together, and a card that always has more.
 * CVE-2025-49010, CVE-2018-16421.
 */
static void test_get_response(void)
{
    static const struct exchange more[] = {
        {SELECT, "6104"}, {"00C0000004", FCI "9000"}, {BALANCE, "000068E2 9000"}, {0}};
    static const struct exchange endless[] = {{SELECT, "6110"}, {"00C0*", "11223344 6110"}, {0}};
    static const struct exchange idle[] = {{SELECT, "6110"}, {"00C0*", "6110"}, {0}};
    static const struct exchange undecided[] = {{SELECT, "6110"}, {"00C0*", "6C20"}, {0}};
    struct cc_card card;
    size_t answers;
    g_assert_cmpint(read_card(more, &card), ==, CC_OK);
    g_assert_cmpstr(card.card_number, ==, "9901000000001017");
    const struct exchange *busy[] = {endless, idle, undecided};
    for (size_t i = 0; i < G_N_ELEMENTS(busy); i++) {
        g_assert_cmpint(read_with(busy[i], POISON_B, 0, 0, &card, &answers), <, CC_OK);
        g_assert_cmpuint(answers, <=,
                         CC_APDU_GET_RESPONSE_MAX + 30); /* the other families are asked for too */
    }
    g_autofree char *part = g_strnfill(2 * 256, 'A'), *huge = g_strconcat(part, "6100", NULL);
    const struct exchange overrun[] = {{SELECT, "6100"}, {"00C0*", huge}, {0}};
    g_assert_cmpint(read_with(overrun, POISON_B, 0, 0, &card, &answers), <, CC_OK);
    g_assert_cmpuint(answers, <=, CC_APDU_DATA_MAX / 256 + 30);
}

/* Nothing that was read points into memory which goes away afterwards, and giving up half way frees once. */
static void try_recording(const char *text, size_t len)
{
    struct cc_replay *replay;
    unsigned line;
    g_autofree char *copy = g_memdup2(text, len);
    FILE *file = fmemopen(copy, len, "r");
    int result = cc_replay_new(&replay, file, &line);
    fclose(file);
    g_assert_true(result == CC_OK || replay == NULL);
    cc_replay_free(replay);
}

/*
 * Freed twice, used after it was freed or after its function returned: error paths half way through. The card side allocates
 * nothing; what it tells must not depend on the answers' memory, which is overwritten here. The recordings do allocate.
 * CVE-2018-16423, 16424, 16425, CVE-2019-19480, CVE-2021-42778, 42779, 42780, CVE-2024-1454.
 */
static void test_freed(void)
{
    struct cc_card before, after;
    g_assert_cmpint(read_card(t_union, &before), ==, CC_OK);
    g_autofree uint8_t *scratch = g_malloc(1 << 20);
    memset(scratch, 0xEE, 1 << 20);
    g_assert_cmpint(read_card(social, &after), ==, CC_OK);
    struct cc_card copy = before;
    g_assert_cmpint(read_card(t_union, &after), ==, CC_OK);
    g_assert_cmpmem(&copy, sizeof copy, &before, sizeof before);
    static const char recording[] =
        "citycard-recording 1\natr card 3B00\npad sam\ncard 0 00A4 > 9000\nsam 1 00 ! MAC\nx 2 00 > !\n";
    for (size_t len = 1; len < sizeof recording; len++)
        try_recording(recording, len);
}

/* Objects within objects without end, and files that lead back to themselves. CVE-2018-16426 (endless recursion, iasecc). */
static void test_recursion(void)
{
    static uint8_t nested[2000];
    struct cc_bytes value;
    for (size_t i = 0; i + 4 <= sizeof nested; i += 4) {
        size_t left = sizeof nested - i - 4;
        nested[i] = 0x6F;
        nested[i + 1] = 0x82;
        nested[i + 2] = (uint8_t)(left >> 8);
        nested[i + 3] = (uint8_t)left;
    }
    g_assert_false(cc_tlv_find(cc_bytes_of(nested, sizeof nested), 0x9F0C, &value));
    g_assert_cmpuint(value.left, ==, 0);
    g_autofree char *text = g_malloc(2 * sizeof nested + 1);
    g_autofree char *answer =
        g_strconcat(cc_hex(nested, sizeof nested, text, 2 * sizeof nested + 1), "9000", NULL);
    const struct exchange rows[] = {{"00A4*", answer}, {"00B0*", answer}, {"00B2*", answer}, {0}};
    struct cc_card card;
    size_t answers;
    read_with(rows, POISON_B, 0, 0, &card, &answers); /* some family's number may be any four bytes */
    assert_strings_end(&card);
    g_assert_cmpuint(answers, <, 200);
}

/*
 * Bytes used that never arrived: an answer shorter than its reader takes for granted, the rest being what was in memory before.
 * Every answer of a card, cut to every length: the outcome is the same whatever lay in the buffers.
 * CVE-2024-45615, 45616, 45617, 45618, 45619, 45620, CVE-2025-13763, CVE-2019-19479 (setcos), CVE-2023-4535 (MyEID).
 */
static void check_uninitialised(const struct exchange *rows)
{
    struct cc_card whole, a, b;
    size_t answers;
    g_assert_cmpint(read_with(rows, POISON_A, 0, 0, &whole, &answers), ==, CC_OK);
    for (size_t at = 1; at <= answers; at++) {
        for (size_t cut_to = 0; cut_to < 64; cut_to++) {
            int result = read_with(rows, POISON_A, at, cut_to, &a, NULL);
            g_assert_cmpint(read_with(rows, POISON_B, at, cut_to, &b, NULL), ==, result);
            g_assert_cmpmem(&a, sizeof a, &b, sizeof b);
            g_assert_true(cut_to >= 2 || result == CC_ERR_REMOVED);
            g_assert_true(a.card_number[0] == '\0' || strcmp(a.card_number, whole.card_number) == 0);
            g_assert_true(a.holder.id_number[0] == '\0' ||
                          strcmp(a.holder.id_number, whole.holder.id_number) == 0);
            g_assert_true(!a.has_balance || a.balance_fen == whole.balance_fen);
            assert_strings_end(&a);
        }
    }
}

static void test_uninitialised(void)
{
    check_uninitialised(t_union);
    check_uninitialised(social);
}

/* Success without a byte, or with one: no status word to look at. CVE-2018-16427, CVE-2019-19479. */
static void test_no_status_word(void)
{
    static const char *const answers[] = {"empty", "one"};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        const struct exchange rows[] = {{"00A4*", answers[i]}, {0}};
        struct cc_card card;
        g_assert_cmpint(read_card(rows, &card), ==, CC_ERR_REMOVED);
        const struct exchange late[] = {{SELECT, FCI "9000"}, {"00B0*", answers[i]}, {0}};
        g_assert_cmpint(read_card(late, &card), ==, CC_ERR_REMOVED);
    }
}

/*
 * Arithmetic on tags and lengths that wraps: length 0 less one, lengths of four bytes, tags without an end.
 * CVE-2019-15945 (bit string of length 0), CVE-2018-16427, CVE-2025-66037.
 */
static void test_tag_arithmetic(void)
{
    static const char *const objects[] = {"9F0C00",
                                          "9F0C84FFFFFFFF",
                                          "9F0C8400000001",
                                          "9F0C82FFFF",
                                          "9F0C80",
                                          "9F0CFF",
                                          "9F8C8C8C8C8C0C00",
                                          "9F",
                                          "9F0C",
                                          "5F",
                                          "6F",
                                          "6F00",
                                          "00",
                                          "FF",
                                          "6F0484029F0C",
                                          "9F0C81",
                                          "9F0C82",
                                          "9F0C8200",
                                          "6F81",
                                          "1F"};
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        uint8_t bytes[32];
        size_t len = unhex(objects[i], bytes, sizeof bytes);
        g_autofree uint8_t *exact = g_memdup2(bytes, len);
        struct cc_bytes value;
        bool found = cc_tlv_find(cc_bytes_of(exact, len), 0x9F0C, &value);
        g_assert_cmpuint(value.left, ==, 0);
        g_assert_true(!found || strcmp(objects[i], "9F0C00") == 0);
        g_autofree char *answer = g_strconcat(objects[i], "9000", NULL);
        const struct exchange rows[] = {{"00A4*", answer}, {"00B0*", answer}, {"00B2*", answer}, {0}};
        struct cc_card card;
        g_assert_cmpint(read_card(rows, &card), !=, CC_OK);
        g_assert_cmpstr(card.card_number, ==, "");
    }
}

/* Historical bytes: an ATR that says it has more of them than it has. CVE-2025-66038 (PIV). */
static void test_historical_bytes(void)
{
    static const uint8_t storage[20] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                        0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6A};
    for (size_t len = 0; len <= sizeof storage; len++) {
        g_autofree uint8_t *exact = len > 0 ? g_memdup2(storage, len) : g_malloc(1);
        static const struct exchange nothing[] = {{0}};
        struct script script;
        struct cc_port port;
        struct cc_card card;
        table_init(&script, nothing);
        script_port(&script, &port);
        cc_port_set_atr(&port, exact, len);
        int result = cc_card_read(&port, CC_READ_ALL, &card);
        g_assert_true(result != CC_OK && card.card_number[0] == '\0');
        g_assert_true(card.family != CC_FAMILY_STORAGE ||
                      len >= 12); /* told by the registered identifier, bytes 7 to 11 */
        script_done(&script);
    }
    uint8_t many[300];
    struct cc_port port = {0};
    memset(many, 0x3B, sizeof many);
    cc_port_set_atr(&port, many, sizeof many);
    g_assert_cmpuint(port.atr_len, <=, CC_ATR_MAX);
}

/* An empty PIN that opens a card which is logged in already. CVE-2023-40660. No such PIN ever leaves. */
static void test_empty_pin(void)
{
    static const char *const pins[] = {"", "1", "123", "1234567890123", "12a4", "１２３４"};
    for (size_t i = 0; i < G_N_ELEMENTS(pins); i++) {
        static const struct exchange obliging[] = {{"0020*", "9000"}, {0}};
        struct script script;
        struct cc_port port;
        unsigned tries = 9;
        table_init(&script, obliging);
        script_port(&script, &port);
        g_assert_cmpint(cc_pin_verify(&port, &the_card, pins[i], &tries), ==, CC_ERR_ARGUMENT);
        g_assert_cmpuint(port.commands, ==, 0);
        g_assert_cmpuint(tries, ==, 0);
        script_done(&script);
    }
}

/*
 * A whole answer of another length than the command can have, taken for the right one: its bytes would be moved by a few.
 * CVE-2023-4535 and CVE-2023-5992 (what is made of an answer's padding). Money: INIT and DEBIT are exact, or doubt.
 */
static void test_other_length(void)
{
    static const char *const inits[] = {"000068E2 0007 000000 01 00 A1B2C3 9000",
                                        "000068E2 0007 000000 01 00 A1B2C3D4 80 9000",
                                        "000068E2 0007 000000 01 00 A1B2C3D4 0000000000 9000", "9000"};
    static const char *const debits[] = {"DE01C069 9B91B2 9000", "DE01C069 9B91B2CC 80 9000", "DE01C069 9000",
                                         "9000", "DE01C069 9B91B2CC DE01C069 9B91B2CC 9000"};
    struct desk desk;
    for (size_t i = 0; i < G_N_ELEMENTS(inits); i++) {
        const struct exchange card[] = {
            {SELECT, FCI "9000"}, {BALANCE, "000068E2 9000"}, {INIT, inits[i]}, {0}};
        desk_open(&desk, card, NULL);
        g_assert_cmpint(prepare(&desk, NULL), ==, CC_ERR_PROTOCOL);
        g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_NONE);
        desk_close(&desk);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(debits); i++) {
        const struct exchange card[] = {{DEBIT, debits[i]}, {0}};
        desk_prepared(&desk, card, NULL);
        g_assert_cmpint(cc_purchase_debit(&desk.port, &desk.sam, &desk.purchase), ==, CC_IN_DOUBT);
        g_assert_cmpint(desk.purchase.state, ==, CC_PURCHASE_IN_DOUBT);
        g_assert_false(desk.purchase.has_tac);
        desk_close(&desk);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/length-believed", test_length_believed);
    g_test_add_func("/hostile/longer-than-buffer", test_longer_than_buffer);
    g_test_add_func("/hostile/endless-log", test_endless_log);
    g_test_add_func("/hostile/full-fields", test_full_fields);
    g_test_add_func("/hostile/get-response", test_get_response);
    g_test_add_func("/hostile/freed", test_freed);
    g_test_add_func("/hostile/recursion", test_recursion);
    g_test_add_func("/hostile/uninitialised", test_uninitialised);
    g_test_add_func("/hostile/no-status-word", test_no_status_word);
    g_test_add_func("/hostile/tag-arithmetic", test_tag_arithmetic);
    g_test_add_func("/hostile/historical-bytes", test_historical_bytes);
    g_test_add_func("/hostile/empty-pin", test_empty_pin);
    g_test_add_func("/hostile/other-length", test_other_length);
    return g_test_run();
}
