/* SPDX-License-Identifier: Apache-2.0 */
/* The PSAM: files, MAC1 and MAC2, the serial that never repeats, recomputed TACs and block MACs. */
#include "crypto.h"
#include "support.h"

#include <string.h>

#define FCI "6F128410A0000006324D4F542E435053414D30319000"

static void test_select(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    expect_sam(sam, SAM_ADF_SELECT "00", FCI);
    expect_sam(sam, "00A4040007A0000006324D4F00", FCI);
    expect_sam(sam, "00A4000002DF01", FCI);
    expect_sam(sam, "00A4040008A0000006324D4F54", "6A82");
    expect_sam(sam, "00A4040008A000000632010105", "6A82");
    expect_sam(sam, "00A4000002DF03", "6A82");
    expect_sam(sam, "00A4010002DF01", "6A86");
    expect_sam(sam, "00CB0000", "6D00");
    expect_sam(sam, "90A40000", "6E00");
    expect_sam(sam, "0084000004", "A1B2C3D49000");
}

static void test_files(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    expect_sam(sam, "00B0970019",
               "0101019901000000000101990100000000"
               "2020010120391231"
               "9000");
    expect_sam(sam, "00B0980004", "000000009000");
    expect_sam(sam, "00B0960006", "6A82"); /* in the MF */
    vc_sam_power(sam);
    expect_sam(sam, "00B095000E", "23010101000000990101010101019000");
    expect_sam(sam, "00B0960006", "9901000000019000");
    expect_sam(sam, "00B0960007", "6C06");
    expect_sam(sam, "00B0960600", "6B00");
    expect_sam(sam, "00B0970019", "6A82");
    expect_sam(sam, "00B0000006", "6986");
    expect_sam(sam, "00A40000020016", "9000");
    expect_sam(sam, "00B0000006", "9901000000019000");
}

/* One level of factors, with a PSAM and a card of made-up keys. */
static void v6_sam(struct bench *bench)
{
    set_hex(bench->sam.masters.purchase, 16, "000102030405060708090A0B0C0D0E0F");
    set_hex(bench->sam.masters.tac, 16, "F0E0D0C0B0A090807060504030201000");
    set_hex(bench->sam.identity.terminal, 6, "012300033D11");
    bench->sam.state.terminal_serial = 0x101;
}

static void test_v6_purchase(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    v6_sam(bench);
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678"
               "08",
               "00000102E551702B9000");
    expect_sam(sam, "80720000049B91B2CC", "9000");
    expect_sam(sam, "80720000049B91B2CC", "6901");
    g_assert_cmphex(sam->state.terminal_serial, ==, 0x102);
    sam->state.terminal_serial = 0x101;
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8092026011509304501000000000012345678"
               "08",
               "0000010208C5DA899000");
    expect_sam(sam, "80720000049B91B2CC", "9000");
    g_assert_cmpuint(bench->commits, ==, 2);
}

static void test_8070_refusals(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    v6_sam(bench);
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8072026011509304501000000000012345678"
               "08",
               "6A80");
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8062026011509304502000000000012345678"
               "08",
               "9403");
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8062026011509304501010000000012345678"
               "08",
               "9403");
    expect_sam(sam,
               "807000001BA1B2C3D40007000000C80620260115093045010000000000123456"
               "08",
               "6700");
    expect_sam(sam,
               "807001001CA1B2C3D40007000000C8062026011509304501000000000012345678"
               "08",
               "6A86");
    g_assert_cmphex(sam->state.terminal_serial, ==, 0x101);
    sam->state.terminal_serial = UINT32_MAX;
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678"
               "08",
               "9402");
    vc_sam_power(sam);
    expect_sam(sam,
               "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678"
               "08",
               "6985");
    g_assert_cmpuint(bench->commits, ==, 0);
}

static void test_mac2(struct bench *bench, gconstpointer user_data)
{
    static const char init[] = "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678"
                               "08";
    struct vc_sam *sam = &bench->sam;
    v6_sam(bench);
    expect_sam(sam, "8072000004D2D9F2E7", "6901");
    g_assert_cmphex(sam_status_of(sam, init), ==, 0x9000);
    expect_sam(sam, "807200000300000000", "6700");
    for (unsigned i = 0; i < 3; i++)
        expect_sam(sam, "807200000400000000", "9302");
    expect_sam(sam, "807200000400000000", "6901");
    g_assert_cmphex(sam_status_of(sam, init), ==, 0x9000);
    vc_sam_power(sam); /* a reset in between */
    g_assert_cmphex(sam_status_of(sam, SAM_ADF_SELECT), ==, 0x9000);
    expect_sam(sam, "807200000400000000", "6901");
    g_assert_cmphex(sam_status_of(sam, init), ==, 0x9000);
    g_assert_cmphex(sam_status_of(sam, SAM_ADF_SELECT), ==, 0x9000);
    expect_sam(sam, "807200000400000000", "6901");
    g_assert_cmphex(sam->state.terminal_serial, ==, 0x104);
}

/* The serial of an 8070 that nobody heard of is used up all the same, unless it was never committed. */
static void test_serial_and_power(struct bench *bench, gconstpointer user_data)
{
    static const char init[] = "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678"
                               "08";
    struct vc_sam *sam = &bench->sam;
    v6_sam(bench);
    sam->lose_power_at_commit = true;
    expect_sam(sam, init, "");
    g_assert_cmphex(sam->state.terminal_serial, ==, 0x101);
    g_assert_cmphex(sam_status_of(sam, SAM_ADF_SELECT), ==, 0x9000);
    bench->commit_says = VC_COMMIT_FAILED;
    expect_sam(sam, init, "6581");
    expect_sam(sam, "807200000400000000", "6901");
    bench->commit_says = VC_COMMITTED;
    expect_sam(sam, init, "00000102E551702B9000");
    expect_sam(sam, "80720000049B91B2CC", "9000");
}

/* Both factors, issuer last: the card's own purchase, then its TAC recomputed. */
static void test_tac(struct bench *bench, gconstpointer user_data)
{
    g_autofree char *debit = prepare_debit(bench, 1, 200);
    g_autofree char *answer = ask(&bench->card, debit);
    g_autofree char *tac = g_strdup_printf("%.8s9000", answer);
    static const char compute[] = "80FA0500200000000000000000"
                                  "000000C806990100000001"
                                  "0000000120260115093045"
                                  "8000"
                                  "04";
    struct vc_sam *sam = &bench->sam;
    expect_sam(sam, compute, "6985");
    expect_sam(sam,
               "801A440010"
               "9901000000001017"
               "01019901FFFFFFFF",
               "9000");
    expect_sam(sam, compute, tac);
    expect_sam(sam, compute, "6985"); /* a working key serves once */
    expect_sam(sam,
               "801A4C0010"
               "9901000000001017"
               "01019901FFFFFFFF",
               "9000");
    expect_sam(sam, compute, tac);
    expect_sam(sam,
               "801A440010"
               "01019901FFFFFFFF"
               "9901000000001017",
               "9000");
    g_autofree char *other_order = ask_sam(sam, compute);
    g_assert_cmpstr(other_order, !=, tac);
    v6_sam(bench);
    expect_sam(sam,
               "801A240008"
               "0000000012345678",
               "9000");
    expect_sam(sam,
               "80FA0500200000000000000000"
               "000000C806012300033D11"
               "0000010220260115093045"
               "8000"
               "04",
               "DE01C0699000");
}

/* The operator locks a card on its list: challenge, MAC by the PSAM, APPLICATION BLOCK. */
static void test_block(struct bench *bench, gconstpointer user_data)
{
    expect(&bench->card, "0084000004", "A1B2C3D49000");
    expect_sam(&bench->sam,
               "801A450210"
               "9901000000001017"
               "01019901FFFFFFFF",
               "9000");
    g_autofree char *mac = ask_sam(&bench->sam, "80FA050010"
                                                "A1B2C3D400000000"
                                                "841E000004800000"
                                                "04");
    g_autofree char *block = g_strdup_printf("841E000004%.8s", mac);
    expect(&bench->card, block, "9000");
    g_assert_cmphex(status_of(&bench->card, ADF_SELECT), ==, 0x6A81);
}

static void test_key_refusals(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    expect_sam(sam,
               "801A420010"
               "9901000000001017"
               "01019901FFFFFFFF",
               "6A88"); /* the purchase key does not leave */
    expect_sam(sam,
               "801A440310"
               "9901000000001017"
               "01019901FFFFFFFF",
               "9403");
    expect_sam(sam,
               "801A440008"
               "9901000000001017",
               "6700");
    expect_sam(sam,
               "801A040008"
               "9901000000001017",
               "6700");
    expect_sam(sam,
               "801A240008"
               "9901000000001017",
               "9000");
    expect_sam(sam, "80FA0000080000000000000000", "6A86");
    expect_sam(sam,
               "801A240008"
               "9901000000001017",
               "9000");
    expect_sam(sam, "80FA0500080000000000000000", "6700");
    expect_sam(sam,
               "801A240008"
               "9901000000001017",
               "9000");
    vc_sam_power(sam);
    expect_sam(sam, "80FA05001000000000000000000000000000000000", "6985");
    expect_sam(sam,
               "801A240008"
               "9901000000001017",
               "6985");
}

static void test_chaining(struct bench *bench, gconstpointer user_data)
{
    struct vc_sam *sam = &bench->sam;
    v6_sam(bench);
    sam->transport.chaining = true;
    expect_sam(sam, "807000001CA1B2C3D40007000000C8062026011509304501000000000012345678", "6108");
    expect_sam(sam, "00C0000008", "00000102E551702B9000");
    expect_sam(sam, "80720000049B91B2CC", "9000");
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/sam/" name, struct bench, NULL, bench_setup, function, bench_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("select", test_select);
    ADD("files", test_files);
    ADD("v6-purchase", test_v6_purchase);
    ADD("8070-refusals", test_8070_refusals);
    ADD("mac2", test_mac2);
    ADD("serial-and-power", test_serial_and_power);
    ADD("tac", test_tac);
    ADD("block", test_block);
    ADD("key-refusals", test_key_refusals);
    ADD("chaining", test_chaining);
    return g_test_run();
}
