/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The families of cards: what real ones answered, byte for byte, and the published traces of one of them. The answers of
 * real cards are from the tests of nfcim/nfsee (commit 7f4db99b8c5a, MIT licence): command and answer pairs only.
 */
#include "crypto.h"
#include "support.h"

#include <string.h>

/* ---- Answers of real cards ------------------------------------------------------------------------------------------ */

#define CITY_UNION "00A4040009A0000000038698070100"
#define FID_1001   "00A4000002100100"
#define PBOC       "6F08840450424F43A5009000"
#define BALANCE                                                                                              \
    {                                                                                                        \
        "805C000204", "8000164E9000"                                                                         \
    }
#define LOG                                                                                                  \
    {"00B201C417", "0002000000000003E805000000000024201708301256379000"},                                    \
        {"00B202C417", "0001000000000005DC05300040000570201708301223179000"},                                \
    {                                                                                                        \
        "00B203C417", "000100000000004E2001000000000020201708301219179000"                                   \
    }

static const struct {
    const char *card;
    struct {
        const char *command, *answer;
    } pairs[8];
} real[] = {
    {"beijing",
     {{"00B0840020", "10007515114099280102003000000000000000000000000020180410202404109000"},
      {FID_1001, PBOC},
      BALANCE,
      LOG}},
    {"shenzhen",
     {{FID_1001,
       "6F3284075041592E535A54A5279F0801029F0C200000000000000000FD21000051800000A344C21320170314202703"
       "14101000009000"},
      {"00B095001C", "0000000000000000FD21000051800000A344C21320170314202703149000"},
      BALANCE,
      LOG}},
    {"wuhan",
     {{"00A40400094150312E5748435443", "6F0B84094150312E57484354439000"}, {FID_1001, PBOC}, BALANCE, LOG}},
    {"macau",
     {{FID_1001,
       "6F42840AB0C4C3C5CDA8C7AEB0FCA5349F0801029F0C2D000108530000000001010000417FC592F420893320210712"
       "2041071285000000000000603205133300000000009000"},
      BALANCE,
      {"00B201C417", "00080000000000001E09000000011735202108201754449000"},
      {"00B202C417", "00070000000000001E09000000011410202108112045509000"},
      {"00B203C417", "00060000000000002809000000011597202108102036309000"}}},
    {"tsinghua",
     {{"00A40000023F00", "9000"},
      {"00B0950021", "0009000401F1000550A3000119022522073100041237007D01F407D01E001401019000"},
      {CITY_UNION,
       "6F328409A00000000386980701A5259F0801019F0C1E62640022333300010301000000000000100011AA2013010120"
       "15123155669000"},
      {"805C000104", "8000164E9000"},
      LOG}},
    {"cityunion",
     {{CITY_UNION,
       "6F2E8409A00000000386980701A5219F0C1E00000001000000000101000101020304050607082017010120271231"
       "00009000"},
      {"00B095001E", "0000000100000000010100010102030405060708201701012027123100009000"},
      BALANCE,
      LOG}},
    {"cityunion", {{FID_1001, PBOC}, BALANCE, LOG}},
    {"t-union",
     {{"00A4040008A00000063201010500",
       "6F318408A000000632010105A5259F0801029F0C1E01011000FFFFFFFF0201031051700701"
       "04791381201907182040123100009000"},
      {"00B097000B", "00000156580058400001019000"},
      BALANCE,
      LOG}},
    {"chongqing",
     {{"00A40000023F00", "9000"},
      {"00B0850030",
       "847540000000FFFF010040004000000212668612201405120002C0A80A1819201412030000000000000000000000"
       "00009000"},
      {CITY_UNION,
       "6F348409A00000000386980701A5279F0801999F0C20000140002014120320991231000000000000000000000000"
       "00000000000000009000"},
      {"00B095001E", "0001400020141203209912310000000000000000000000000000000000009000"},
      BALANCE,
      LOG}},
};

static void test_real_answers(void)
{
    static struct vc_card card;
    for (size_t i = 0; i < G_N_ELEMENTS(real); i++) {
        load_card(&card, real[i].card);
        for (size_t j = 0; j < G_N_ELEMENTS(real[i].pairs) && real[i].pairs[j].command; j++)
            expect(&card, real[i].pairs[j].command, real[i].pairs[j].answer);
        expect(&card, "00B204C417", "6A83");
    }
}

/* What a detection sends to a card of another family. */
static void test_foreign_selects(void)
{
    static const char *const cards[] = {"t-union",  "cityunion", "changsha", "beijing", "shenzhen",
                                        "wuhan",    "lingnan",   "suzhou",   "macau",   "ssse",
                                        "tsinghua", "chongqing", "community"};
    static struct vc_card card;
    for (size_t i = 0; i < G_N_ELEMENTS(cards); i++) {
        load_card(&card, cards[i]);
        expect(&card, "00A4040008A00000000000000100", "6A82");
        expect(&card, "00A4000002ABCD", "6A82");
        expect(&card, "00FF000000", "6D00");
        expect(&card, "A0B0000000", "6E00");
        g_assert_cmphex(status_of(&card, "00B09E0001"), ==, 0x6A82);
    }
}

/* ---- Changsha: the published test card -------------------------------------------------------------------------------- */

static void changsha(struct vc_card *card)
{
    load_card(card, "changsha");
    g_assert_cmphex(status_of(card, "00A4040009A00000000386980701"), ==, 0x9000);
}

/* Load with MAC1, MAC2 and TAC of the trace; the record is in the load log and in no other. */
static void test_v3_load(void)
{
    static struct vc_card card;
    changsha(&card);
    set_random("CDEF4F20");
    expect(&card, "805000020B0100001C3700000100005010", "0000000000000100CDEF4F2006B1BEF59000");
    expect(&card, "805200000B201408251031000641DCD804", "ED0F87559000");
    expect(&card, "805C000204", "00001C379000");
    expect(&card, "00B201D417", "000100000000001C3702000001000050201408251031009000");
    expect(&card, "00B201C417", "6A83");
    expect(&card, "805A00020200010800", "6700");
    expect(&card, "805A000202000108", "0641DCD8ED0F87559000");
    expect(&card, "805C000104", "000000009000"); /* the deposit is another purse */
}

/* Compound purchase: MAC1 covers the security code, the record is written by its tag. */
static void test_v4_compound(void)
{
    static struct vc_card card;
    g_autofree char *zeros = g_strnfill(88, '0');
    g_autofree char *cache = g_strconcat("80DC02B830022EA5A5", zeros, NULL);
    g_autofree char *record = g_strconcat("022EA5A5", zeros, "9000", NULL);
    changsha(&card);
    card.state.purses[1].balance_fen = 0x1C37;
    card.state.purses[1].offline_counter = 0;
    set_random("9AC87503");
    expect(&card, "80CA000009", "8588D32B7688D32B769000");
    expect(&card, "805003020B0100001C370000000000010F", "00001C37000000000001009AC875039000");
    expect(&card, cache, "9000");
    expect(&card, "805401000F0000000120110919204812303D735D08", "44A8E04A350AC4809000");
    expect(&card, "00B202BC30", record); /* record 2, and tag 02 */
    expect(&card, "00B202B830", record);
    expect(&card, "00B20ABC00", "6A83");
}

/* Without the code behind it the MAC1 of the trace is another one, and wrong here. */
static void test_v4_without_code(void)
{
    static struct vc_card card;
    changsha(&card);
    card.state.purses[1].balance_fen = 0x1C37;
    set_random("9AC87503");
    g_assert_cmphex(status_of(&card, "805003020B0100001C370000000000010F"), ==, 0x9000);
    expect(&card, "805401000F0000000120110919204812CD57316408", "9302");
    expect(&card, "805C000204", "00001C379000");
}

/* Block, unblock, an update and a new key: the commands of the traces as they were sent. */
static void test_v5_secure_messaging(void)
{
    static struct vc_card card;
    changsha(&card);
    set_random("1EA2B2E6");
    expect(&card, "0084000004", "1EA2B2E69000");
    expect(&card, "841E000004A86CC6A8", "9000");
    g_assert_cmphex(status_of(&card, "00A4040009A00000000386980701"), ==, 0x6A81);
    expect(&card, "805003020B01000000000000000000010F", "6985");
    set_random("DBCF515E");
    expect(&card, "0084000004", "DBCF515E9000");
    expect(&card, "84180000042BDCFB5E", "9000");
    g_assert_cmphex(status_of(&card, "00A4040009A00000000386980701"), ==, 0x9000);
    expect(&card, "00A40000023F00", "9000");
    set_random("1B534732");
    expect(&card, "0084000004", "1B5347329000");
    expect(
        &card,
        "04D685002C07314100000000004100000089999985020020150605000F00000001000120150605203808080000C853F358",
        "9000");
    set_random("19393A92");
    expect(&card, "0084000004", "19393A929000");
    expect(&card, "84D439001C7B9864710732C21C8BB314B67CC4B6C352C518AA7305D7FF6B72FE30", "9000");
    set_random("DCE8F511"); /* the old key FF… is no longer the right one */
    expect(&card, "0084000004", "DCE8F5119000");
    expect(&card, "0082000008CB1693339A342336", "6300");
}

static void test_changsha_files(void)
{
    static struct vc_card card;
    changsha(&card);
    g_autofree char *holder = ask(&card, "00B096005C");
    g_assert_cmpuint(strlen(holder), ==, 2 * 92 + 4);
    expect(&card, "00B2115C00", "6A82");
    g_autofree char *short_record = ask(&card, "00B211B818");
    g_assert_true(g_str_has_prefix(short_record, "1116"));
    g_assert_cmpuint(strlen(short_record), ==, 2 * 24 + 4);
    expect(&card, "00B20AB818", "6A83");
    g_assert_cmphex(status_of(&card, "00B0910020"), ==, 0x9000);
    expect(&card, "805001010B01000000000000000000010F", "6982"); /* the deposit wants the PIN */
    expect(&card, "0020000003123456", "9000");
    g_assert_cmphex(status_of(&card, "805001010B01000000000000000000010F"), ==, 0x9000);
}

/* ---- Social security ----------------------------------------------------------------------------------------------------- */

#define SSSE_FCI "6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000"
#define SSSE     "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"

/* T=0: an answer comes in two steps, or after a second try with the right length. */
static char *t0(struct vc_card *card, const char *command)
{
    char *answer = ask(card, command);
    if (g_str_has_prefix(answer, "6C")) {
        g_autofree char *again = g_strdup_printf("%.*s%.2s", (int)strlen(command) - 2, command, answer + 2);
        g_free(answer);
        answer = ask(card, again);
    }
    if (!g_str_has_prefix(answer, "61"))
        return answer;
    g_autofree char *get = g_strdup_printf("00C00000%.2s", answer + 2);
    g_free(answer);
    return ask(card, get);
}

static void expect_t0(struct vc_card *card, const char *command, const char *answer)
{
    g_autofree char *got = t0(card, command);
    g_assert_cmpstr(got, ==, answer);
}

static void test_ssse_records(void)
{
    static struct vc_card card;
    load_card(&card, "ssse");
    expect_t0(&card, SSSE, SSSE_FCI);
    expect_t0(&card, "00A4000002EF05", "9000");
    expect_t0(&card, "00B2010412", "0110990100D15600000599110145FFFFFFFF9000");
    expect_t0(&card, "00B2010000", "0110990100D15600000599110145FFFFFFFF9000");
    expect_t0(&card, "00B2030006", "0304332E30309000");
    expect_t0(&card, "00B2080400", "6A83");
    expect_t0(&card, "00B2080000", "6A83");
    expect_t0(&card, "00A4020002EF06", "9000");
    expect_t0(&card, "00B2080014", "08123939303130323139383830373135303032399000");
    expect_t0(&card, "00B20A0003", "0A01329000");
    expect_t0(&card, "00B20D0006", "0D04198807159000");
    g_autofree char *name = t0(&card, "00B2090020"), *rest = t0(&card, "00B24E0016");
    g_assert_cmpuint(strlen(name), ==, 2 * 32 + 4);
    g_assert_cmpuint(strlen(rest), ==, 2 * 22 + 4);
    g_assert_true(g_str_has_prefix(rest, "4E14"));
    g_assert_false(g_str_has_prefix(rest, "4E140000"));
    /* Fingerprint: not without the external authentication of key 0A. */
    expect_t0(&card, "00A4000002EF07", "9000");
    expect_t0(&card, "00B2010400", "6982");
    expect_t0(&card, "0082000A080000000000000000", "6984");
    expect_t0(&card, "805C000204", "6D00"); /* class 80 is there, for CHANGE PIN */
}

/* The first version knows no tags: the reader has to count, and sex is the third record. */
static void test_ssse_v1(void)
{
    static struct vc_card card;
    load_card(&card, "ssse-v1");
    expect_t0(&card, SSSE, SSSE_FCI);
    expect_t0(&card, "00A4000002EF05", "9000");
    expect_t0(&card, "00B2010000", "6A86");
    expect_t0(&card, "00B2030406", "0304312E30309000");
    expect_t0(&card, "00A4000002EF06", "9000");
    expect_t0(&card, "00B2080000", "6B00");
    expect_t0(&card, "00B2030403", "0A01329000");
}

/* ---- Cards without much to say ---------------------------------------------------------------------------------------------- */

static void test_storage(void)
{
    static struct vc_card card;
    load_card(&card, "storage");
    expect(&card, "FFCA000000", "9900C1019000");
    expect(&card, "FFCA000004", "9900C1019000");
    expect(&card, "FFCA000002", "6C04");
    expect(&card, "FFCA010000", "6A81");
    expect(&card, "FFB0000010", "6D00");
    expect(&card, "00A4040008A000000632010105", "6E00");
    expect(&card, "805C000204", "6E00");
}

static void test_unknown(void)
{
    static struct vc_card card;
    load_card(&card, "unknown-iso");
    expect(&card, "FFCA000000", "0499C1C2C3C4C59000");
    expect(&card, "FFCA010000", "554E4B4E4F574E9000");
    expect(&card, "00A4040008A000000632010105", "6A82");
    expect(&card, "805C000204", "6E00");
    expect(&card, "0020000003123456", "6D00");
    expect(&card, "00A4040008F0554E4B4E4F574E", "6F138408F0554E4B4E4F574EA5075005534348454D9000");
    expect(&card, "00B0810008", "0123456789ABCDEF9000");
    expect(&card, "00D681000100", "6982");
}

static void test_small_families(void)
{
    static const struct {
        const char *card, *select, *command, *answer;
    } rows[] = {
        {"wuhan", "00A40400094150312E5748435443", "00B08A0005", "99001234569000"},
        {"wuhan", "00A40400094150312E5748435443", "00B0851008", "20360519201605209000"},
        {"lingnan", "00A40400085041592E41505059", "00B0950B05", "99007654329000"},
        {"lingnan", "00A40400085041592E5449434C", "805C000204", "8000164E9000"},
        {"suzhou", "00A404000B535558494E2E4444463031", "00B0950008", "99000000123456789000"},
        {"suzhou", "00A404000B535558494E2E4444463031", "805C000104", "000018249000"},
        {"suzhou", "00A404000B535558494E2E4444463031", "805C000204", "6A86"},
        {"suzhou", "00A404000B535558494E2E4444463031", "00B201C417", "6A82"},
        {"cityunion-29", "00A4040009A00000000386980701", "00B095001E", "6C1D"},
        {"tsinghua", "00A4040009A00000000386980701", "00B0961C0A", "393930313939393030319000"},
        {"tsinghua", "00A4040009A00000000386980701", "805C000204", "6A86"},
        {"community", "00A404000AF0434954594341524401", "00B0970013",
         "990102004007032003101599010000000003219000"},
        {"community", "00A404000AF0434954594341524401", "805C000204", "000021349000"},
    };
    static struct vc_card card;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        load_card(&card, rows[i].card);
        g_assert_cmphex(status_of(&card, rows[i].select), ==, 0x9000);
        expect(&card, rows[i].command, rows[i].answer);
    }
}

/* ---- A random walk over every card -------------------------------------------------------------------------------------------- */

static void walk(const char *name)
{
    static const uint8_t classes[] = {0x00, 0x04, 0x80, 0x84, 0xFF};
    static const uint8_t instructions[] = {0xA4, 0xB0, 0xB2, 0x5C, 0x50, 0x52, 0xDC, 0x54,
                                           0x58, 0x5A, 0x84, 0x82, 0x88, 0x20, 0x5E, 0x24,
                                           0xD6, 0xE2, 0x1E, 0x18, 0x16, 0xD4, 0xC0, 0xCA};
    static struct vc_card card;
    uint8_t command[261], answer[258];
    load_card(&card, name);
    uint32_t balance_fen = card.state.balance_fen;
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = (size_t)g_test_rand_int_range(4, 40), answer_len = 0;
        for (size_t j = 0; j < len; j++)
            command[j] = (uint8_t)g_test_rand_int_range(0, 256);
        command[0] = classes[g_test_rand_int_range(0, G_N_ELEMENTS(classes))];
        command[1] = instructions[g_test_rand_int_range(0, G_N_ELEMENTS(instructions))];
        if (len > 5 && g_test_rand_int_range(0, 4))
            command[4] = (uint8_t)(len - 5);
        if (i % 16 == 0) /* into one of the directories */
            card.session.app = (uint8_t)g_test_rand_int_range(0, (gint32)card.profile.app_count);
        g_assert_cmpint(vc_card_transmit(&card, command, len, answer, sizeof(answer), &answer_len), ==,
                        VC_ANSWERED);
        g_assert_cmpuint(answer_len, >=, 2);
    }
    g_assert_cmpuint(card.state.balance_fen, ==, balance_fen);
    g_assert_false(card.state.card_blocked);
}

static void test_random_walk(void)
{
    g_autoptr(GDir) folder = g_dir_open(CARDS_DIR, 0, NULL);
    const char *file;
    unsigned cards = 0;
    g_assert_nonnull(folder);
    while ((file = g_dir_read_name(folder))) {
        g_autofree char *name = g_strndup(file, strlen(file) - strlen(".json"));
        if (g_str_has_prefix(file, "psam-"))
            continue;
        walk(name);
        cards++;
    }
    g_assert_cmpuint(cards, >=, 17);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vcard/families/real-answers", test_real_answers);
    g_test_add_func("/vcard/families/foreign-selects", test_foreign_selects);
    g_test_add_func("/vcard/families/v3-load", test_v3_load);
    g_test_add_func("/vcard/families/v4-compound", test_v4_compound);
    g_test_add_func("/vcard/families/v4-without-code", test_v4_without_code);
    g_test_add_func("/vcard/families/v5-secure-messaging", test_v5_secure_messaging);
    g_test_add_func("/vcard/families/changsha-files", test_changsha_files);
    g_test_add_func("/vcard/families/ssse-records", test_ssse_records);
    g_test_add_func("/vcard/families/ssse-v1", test_ssse_v1);
    g_test_add_func("/vcard/families/storage", test_storage);
    g_test_add_func("/vcard/families/unknown", test_unknown);
    g_test_add_func("/vcard/families/small", test_small_families);
    g_test_add_func("/vcard/families/random-walk", test_random_walk);
    return g_test_run();
}
