/* SPDX-License-Identifier: Apache-2.0 */
/* The fault plan: its grammar, when a fault fires, what it does, and how it looks through cardlib's seam. */
#include "channel.h"
#include "support.h"

#include <string.h>

struct plan {
    struct bench bench;
    struct vc_channel channel;
    struct cc_channel seam;
    uint8_t answer[VC_ANSWER_MAX];
    size_t len; /* of the last answer */
};

static void plan_setup(struct plan *plan, gconstpointer user_data)
{
    bench_setup(&plan->bench, NULL);
    plan->seam = vc_channel_open(&plan->channel, vc_card_device(&plan->bench.card));
}

static void plan_teardown(struct plan *plan, gconstpointer user_data)
{
    bench_teardown(&plan->bench, NULL);
}

static bool try_arm(struct plan *plan, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    char error[128] = "";
    bool armed = vc_faults_arm(&plan->channel.faults, words, g_strv_length(words), error, sizeof(error));
    g_assert_true(armed || error[0]);
    return armed;
}

static void arm(struct plan *plan, const char *line)
{
    vc_faults_clear(&plan->channel.faults);
    plan->channel.gone = false;
    g_assert_true(try_arm(plan, line));
}

static int go(struct plan *plan, const char *command_hex)
{
    uint8_t command[64];
    size_t len = 0;
    g_assert_true(vc_unhex(command_hex, command, sizeof(command), &len));
    plan->len = sizeof(plan->answer);
    return plan->seam.transmit(plan->seam.ctx, command, len, plan->answer, &plan->len);
}

/* The command is answered as if there were no plan. */
static void expect_plain(struct plan *plan)
{
    static const uint8_t balance[] = {0x00, 0x00, 0x68, 0xE2, 0x90, 0x00};
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpmem(plan->answer, plan->len, balance, sizeof(balance));
}

static void select_again(struct plan *plan)
{
    g_assert_cmphex(status_of(&plan->bench.card, ADF_SELECT), ==, 0x9000);
}

/* ---- Grammar ------------------------------------------------------------------------------------------------------ */

static void test_grammar(struct plan *plan, gconstpointer user_data)
{
    static const char *const wrong[] = {
        "",
        "explode",
        "pull-after at=0",
        "pull-after at=-1",
        "pull-after at=1x",
        "pull-after at",
        "cut",
        "cut at=1",
        "flip",
        "swap",
        "sw",
        "sw sw=90",
        "sw sw=9x00",
        "pull-after ins=1",
        "delay ms=999999",
        "garbage seed=-1",
        "garbage bytes=65539",
        "drop back=never",
        "swap key=elder when=now",
        "pull-after a-very-long-option-name=1",
        "swap gap=out key=elder",
    };
    static const char *const right[] = {
        "pull-before",
        "pull-after at=3 back=200",
        "drop ins=54",
        "empty ms=10",
        "cut bytes=0",
        "promise bytes=1",
        "delay ms=1 byte_us=10 repeat=all",
        "swap key=elder gap=100 when=before",
        "garbage seed=42 bytes=65538",
        "mac2 at=2",
        "flip byte=3",
        "reset",
        "sw sw=6F00 repeat=2",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(try_arm(plan, wrong[i]));
    g_assert_cmpuint(plan->channel.faults.count, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(right); i++) {
        g_autofree char *name = g_strndup(right[i], strcspn(right[i], " "));
        g_assert_true(try_arm(plan, right[i]));
        g_assert_cmpstr(vc_fault_name(plan->channel.faults.items[i].kind), ==, name);
    }
    while (plan->channel.faults.count < VC_FAULTS_MAX)
        g_assert_true(try_arm(plan, "drop at=1000"));
    g_assert_false(try_arm(plan, "drop"));
}

static void test_counting(struct plan *plan, gconstpointer user_data)
{
    static const bool fires[] = {false, false, true, true, false, false};
    arm(plan, "sw sw=6F00 at=3 repeat=2");
    for (size_t i = 0; i < G_N_ELEMENTS(fires); i++) {
        g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
        g_assert_cmpuint(plan->len, ==, fires[i] ? 2 : 6);
    }
    g_assert_cmpuint(plan->channel.faults.commands, ==, 6);
    g_assert_cmpuint(plan->channel.faults.items[0].seen, ==, 6);
    g_assert_cmpuint(plan->channel.faults.items[0].fired, ==, 2);
    arm(plan, "sw sw=6F00 ins=B0 at=2");
    expect_plain(plan);
    g_assert_cmpint(go(plan, "00B0950001"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 3);
    expect_plain(plan);
    g_assert_cmpint(go(plan, "00B0950001"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 2);
    arm(plan, "sw sw=6F00 repeat=all");
    for (size_t i = 0; i < 50; i++) {
        g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
        g_assert_cmpuint(plan->len, ==, 2);
    }
}

/* ---- Kinds ---------------------------------------------------------------------------------------------------------- */

/* Both pulls look the same to the terminal, and only the card knows. */
static void test_pulls(struct plan *plan, gconstpointer user_data)
{
    static const char *const kinds[] = {"pull-before ins=54", "pull-after ins=54", "drop ins=54"};
    struct vc_card *card = &plan->bench.card;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        uint32_t balance_fen = card->state.balance_fen;
        g_autofree char *debit = prepare_debit(&plan->bench, 1, 100);
        arm(plan, kinds[i]);
        g_assert_cmpint(go(plan, debit), ==, CC_OK);
        g_assert_cmpuint(plan->len, ==, 0);
        g_assert_cmpint(go(plan, "805C000204"), ==, CC_ERR_REMOVED);
        g_assert_cmpuint(card->state.balance_fen, ==, i == 0 ? balance_fen : balance_fen - 100);
        g_assert_cmpint(plan->channel.play.back_ms, ==, i == 2 ? 0 : VC_STAYS_OUT);
        g_assert_cmpint(card->session.app, ==, 0);
        select_again(plan);
    }
}

/* Before its commit means nothing for a command without one: no answer, and nothing else is left of the fault. */
static void test_pull_while_reading(struct plan *plan, gconstpointer user_data)
{
    arm(plan, "pull-before");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 0);
    select_again(plan);
    g_autofree char *debit = prepare_debit(&plan->bench, 1, 100);
    plan->channel.gone = false;
    g_assert_cmpint(go(plan, debit), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 10);
}

static void test_answers(struct plan *plan, gconstpointer user_data)
{
    arm(plan, "cut bytes=2");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 2);
    expect_plain(plan);
    arm(plan, "cut bytes=100");
    expect_plain(plan);
    arm(plan, "flip byte=2");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmphex(plan->answer[2], ==, 0x69);
    arm(plan, "promise bytes=3");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 3);
    g_assert_cmpint(plan->channel.play.wire, ==, VC_WIRE_CUT);
    g_assert_cmpuint(plan->channel.play.promised, ==, 6);
    g_assert_true(plan->channel.gone);
    select_again(plan);
    arm(plan, "promise");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_ERR_REMOVED);
    g_assert_cmpuint(plan->len, ==, 0);
    select_again(plan);
    arm(plan, "empty ms=20");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 0);
    g_assert_cmpuint(plan->channel.play.hold_ms, ==, 20);
    select_again(plan);
    arm(plan, "delay ms=5 byte_us=7");
    expect_plain(plan);
    g_assert_cmpuint(plan->channel.play.delay_ms, ==, 5);
    g_assert_cmpuint(plan->channel.play.byte_us, ==, 7);
}

static void test_garbage(struct plan *plan, gconstpointer user_data)
{
    g_autofree uint8_t *first = NULL;
    arm(plan, "garbage seed=7 bytes=65538");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, VC_ANSWER_MAX);
    first = g_memdup2(plan->answer, plan->len);
    arm(plan, "garbage seed=7 bytes=65538");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpmem(plan->answer, plan->len, first, VC_ANSWER_MAX);
    arm(plan, "garbage seed=8 bytes=65538");
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmpint(memcmp(plan->answer, first, VC_ANSWER_MAX), !=, 0);
    /* Never more than the caller has room for. */
    uint8_t command[] = {0x80, 0x5C, 0x00, 0x02, 0x04}, small[4];
    size_t len = sizeof(small);
    arm(plan, "garbage seed=7 bytes=65538");
    g_assert_cmpint(plan->seam.transmit(plan->seam.ctx, command, sizeof(command), small, &len), ==, CC_OK);
    g_assert_cmpmem(small, len, first, sizeof(small));
}

static void swap_card(void *ctx, const char *key)
{
    struct plan *plan = ctx;
    bench_card(&plan->bench, key);
}

static void test_swap(struct plan *plan, gconstpointer user_data)
{
    plan->channel.swap = swap_card;
    plan->channel.swap_ctx = plan;
    arm(plan, "swap key=elder gap=100");
    expect_plain(plan); /* the adult's own answer still arrives */
    g_assert_cmpint(plan->channel.play.back_ms, ==, 100);
    g_assert_cmpint(go(plan, "805C000204"), ==, CC_OK);
    g_assert_cmphex(plan->answer[2], ==, 0x62); /* 25230 fen = 0x628E */
    g_autofree char *debit = prepare_debit(&plan->bench, 1, 100);
    arm(plan, "swap key=adult when=before");
    g_assert_cmpint(go(plan, debit), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 0);
    g_assert_cmpint(go(plan, debit), ==, CC_OK);
    g_assert_cmphex(plan->answer[0], ==, 0x69); /* the adult's card knows of no transaction */
    expect_plain(plan);
}

static void test_reset_and_mac2(struct plan *plan, gconstpointer user_data)
{
    g_autofree char *first = prepare_debit(&plan->bench, 1, 100);
    arm(plan, "reset");
    g_assert_cmpint(go(plan, first), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 2);
    g_assert_cmphex(plan->answer[0] << 8 | plan->answer[1], ==, 0x6985);
    select_again(plan);
    g_autofree char *second = prepare_debit(&plan->bench, 1, 100);
    arm(plan, "mac2");
    expect_plain(plan); /* counts debits only… and drops this one's transaction */
    g_autofree char *third = prepare_debit(&plan->bench, 1, 100);
    g_assert_cmpint(go(plan, third), ==, CC_OK);
    g_assert_cmpuint(plan->len, ==, 10);
    g_assert_cmpint(memcmp(plan->answer + 4, plan->bench.card.state.purses[0].proof.mac, 4), !=, 0);
    g_assert_cmpmem(plan->answer, 4, plan->bench.card.state.purses[0].proof.tac, 4);
    g_assert_false(plan->bench.card.spoil_mac2);
}

/* Every command of a purchase in turn: the card is debited once or not at all, and its proof says which. */
static void test_every_command(struct plan *plan, gconstpointer user_data)
{
    struct vc_card *card = &plan->bench.card;
    for (unsigned at = 1; at <= 5; at++) {
        for (unsigned after = 0; after < 2; after++) {
            uint32_t balance_fen = card->state.balance_fen;
            uint16_t counter = card->state.offline_counter;
            g_autofree char *plan_line =
                g_strdup_printf("%s at=%u", after ? "pull-after" : "pull-before", at);
            select_again(plan);
            g_autofree char *debit = prepare_debit(&plan->bench, 1, 100);
            const char *commands[] = {debit, ADF_SELECT, "805C000204", "00B201C417"};
            arm(plan, plan_line);
            for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
                go(plan, commands[i]);
            bool debited = !(at == 1 && !after);
            select_again(plan);
            g_autofree char *prove = g_strdup_printf("805A000602%04X08", counter + 1u);
            g_assert_cmphex(status_of(card, prove), ==, debited ? 0x9000 : 0x9406);
            g_assert_cmpuint(card->state.balance_fen, ==, balance_fen - (debited ? 100 : 0));
            g_assert_cmpuint(card->state.offline_counter, ==, counter + (debited ? 1 : 0));
        }
    }
}

#define ADD(name, function)                                                                                  \
    g_test_add("/vcard/faults/" name, struct plan, NULL, plan_setup, function, plan_teardown)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("grammar", test_grammar);
    ADD("counting", test_counting);
    ADD("pulls", test_pulls);
    ADD("pull-while-reading", test_pull_while_reading);
    ADD("answers", test_answers);
    ADD("garbage", test_garbage);
    ADD("swap", test_swap);
    ADD("reset-and-mac2", test_reset_and_mac2);
    ADD("every-command", test_every_command);
    return g_test_run();
}
