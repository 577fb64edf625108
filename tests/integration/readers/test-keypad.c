/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PIN entry on a reader with a keypad, through a real pcscd and the driver of driver/driver.c. The card notes which command
 * reached it: the PIN is in that command, and nowhere in this program.
 */
#include "pcsc.h"
#include "room.h"

#include <string.h>

/* The last command with a PIN. */
struct noted {
    uint8_t bytes[32];
    size_t len;
    uint16_t sw; /* what the card says to it */
};

static enum slot_deed note(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    struct noted *noted = ctx;
    bool pin = in[1] == 0x20 || in[1] == 0x5E;
    *len = 2;
    answer[0] = pin ? (uint8_t)(noted->sw >> 8) : 0x90;
    answer[1] = pin ? (uint8_t)noted->sw : 0x00;
    if (pin && in_len <= sizeof noted->bytes) {
        memcpy(noted->bytes, in, in_len);
        noted->len = in_len;
    }
    return SLOT_ANSWER;
}

struct pad {
    struct noted noted;
    struct slot *slot;
    struct cc_link *link;
};

static void pad_open(struct pad *pad, const char *orders)
{
    *pad = (struct pad){.noted = {.sw = 0x9000}};
    driver_orders(orders);
    pad->slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, note, &pad->noted);
    await_card(READER_0);
    g_assert_cmpint(cc_link_open(&pad->link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
}

static void pad_close(struct pad *pad)
{
    cc_link_close(pad->link, true);
    driver_orders(NULL);
    slot_remove(pad->slot);
    await_empty();
}

static uint16_t ask(struct pad *pad, enum cc_pad_kind kind, uint8_t min, uint8_t max, unsigned timeout_s)
{
    const struct cc_channel *channel = cc_link_channel(pad->link);
    struct cc_pad_request request = {.kind = kind, .digits_min = min, .digits_max = max, .timeout_s = timeout_s};
    uint8_t answer[2];
    size_t len = sizeof answer;
    g_assert_nonnull(channel->pad);
    g_assert_cmpint(channel->pad(channel->ctx, &request, answer, &len), ==, CC_OK);
    g_assert_cmpuint(len, ==, 2);
    return (uint16_t)(answer[0] << 8 | answer[1]);
}

static void expect_noted(struct pad *pad, const uint8_t *bytes, size_t len)
{
    g_assert_cmpmem(pad->noted.bytes, pad->noted.len, bytes, len);
}

static void test_verify(void)
{
    static const uint8_t six[] = {0x00, 0x20, 0x00, 0x00, 0x03, 0x12, 0x34, 0x56};
    static const uint8_t five[] = {0x00, 0x20, 0x00, 0x00, 0x03, 0x98, 0x76, 0x5F};
    static const uint8_t eight[] = {0x00, 0x20, 0x00, 0x00, 0x04, 0x12, 0x34, 0x56, 0x78};
    struct pad pad;
    pad_open(&pad, "keypad on\ntype 123456\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 6, 6, 5), ==, 0x9000);
    expect_noted(&pad, six, sizeof six);
    /* As many digits as the resident likes: the reader sets Lc. */
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 12, 5), ==, 0x9000);
    expect_noted(&pad, six, sizeof six);
    driver_orders("keypad on\ntype 98765\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 5, 5, 5), ==, 0x9000);
    expect_noted(&pad, five, sizeof five);
    driver_orders("keypad on\ntype 12345678\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 12, 5), ==, 0x9000);
    expect_noted(&pad, eight, sizeof eight);
    pad.noted.sw = 0x63C2;
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 12, 5), ==, 0x63C2);
    pad.noted.sw = 0x6983;
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 12, 5), ==, 0x6983);
    pad_close(&pad);
}

/* Nothing reaches the card when the resident walks away, presses the red key or types too little. */
static void test_not_typed(void)
{
    struct pad pad;
    pad_open(&pad, "keypad on\n");
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 6, 6, 1), ==, 0x6400);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, >=, 950);
    driver_orders("keypad on\npress cancel\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 6, 6, 5), ==, 0x6401);
    driver_orders("keypad on\ntype 123\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 6, 5), ==, 0x6403);
    driver_orders("keypad on\ntype 1234567\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 6, 5), ==, 0x6403);
    g_assert_cmpuint(pad.noted.len, ==, 0);
    /* The link lives on after all that. */
    driver_orders("keypad on\ntype 123456\n");
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 4, 6, 5), ==, 0x9000);
    pad_close(&pad);
}

static void test_change(void)
{
    static const uint8_t wanted[] = {0x80, 0x5E, 0x01, 0x00, 0x07, 0x12, 0x34, 0x56, 0xFF, 0x65, 0x43, 0x21};
    struct pad pad;
    pad_open(&pad, "keypad on\ntype 123456\nnew 654321\nagain 654321\n");
    g_assert_cmphex(ask(&pad, CC_PAD_CHANGE, 6, 6, 5), ==, 0x9000);
    expect_noted(&pad, wanted, sizeof wanted);
    pad.noted.len = 0;
    driver_orders("keypad on\ntype 123456\nnew 654321\nagain 654322\n");
    g_assert_cmphex(ask(&pad, CC_PAD_CHANGE, 6, 6, 5), ==, 0x6402);
    driver_orders("keypad on\ntype 123456\nnew 6543\nagain 6543\n");
    g_assert_cmphex(ask(&pad, CC_PAD_CHANGE, 6, 6, 5), ==, 0x6403);
    g_assert_cmpuint(pad.noted.len, ==, 0);
    pad_close(&pad);
}

static int refuse(struct pad *pad, const struct cc_pad_request *request)
{
    const struct cc_channel *channel = cc_link_channel(pad->link);
    uint8_t answer[2];
    size_t len = sizeof answer;
    return channel->pad(channel->ctx, request, answer, &len);
}

static void test_refusals(void)
{
    static const struct cc_pad_request wrong[] = {
        {.digits_min = 3, .digits_max = 6, .timeout_s = 5},   {.digits_min = 6, .digits_max = 13, .timeout_s = 5},
        {.digits_min = 8, .digits_max = 6, .timeout_s = 5},   {.digits_min = 6, .digits_max = 6, .timeout_s = 0},
        {.digits_min = 6, .digits_max = 6, .timeout_s = 300}, {.kind = CC_PAD_CHANGE, .digits_min = 4, .digits_max = 6, .timeout_s = 5},
        {.kind = 7, .digits_min = 6, .digits_max = 6, .timeout_s = 5},
    };
    struct pad pad;
    pad_open(&pad, "keypad verify\ntype 123456\n");
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_cmpint(refuse(&pad, &wrong[i]), ==, CC_ERR_ARGUMENT);
    struct cc_pad_request change = {.kind = CC_PAD_CHANGE, .digits_min = 6, .digits_max = 6, .timeout_s = 5};
    g_assert_cmpint(refuse(&pad, &change), ==, CC_ERR_UNSUPPORTED);
    g_assert_cmphex(ask(&pad, CC_PAD_VERIFY, 6, 6, 5), ==, 0x9000);
    pad_close(&pad);
}

/* A reader without keypad, and drivers that say nonsense. */
static void test_no_keypad(void)
{
    static const char *const orders[] = {NULL, "features \n", "features 06\n", "features 0604\n", "features 06040000\n",
                                         "features 0603000000\n", "features 060400000000\n", "features 12044233000C\n",
                                         "features FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        struct pad pad;
        uint8_t answer[258];
        size_t len = sizeof answer;
        pad_open(&pad, orders[i]);
        g_assert_null(cc_link_channel(pad.link)->pad);
        g_assert_cmpint(transmit(pad.link, answer, &len), ==, CC_OK);
        pad_close(&pad);
    }
}

/* The entry that the driver offered fails when it is used: the card may have seen a PIN, so the link is dead. */
static void test_entry_fails(void)
{
    struct pad pad;
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct cc_pad_request request = {.digits_min = 6, .digits_max = 6, .timeout_s = 5};
    pad_open(&pad, "keypad on\n");
    driver_orders("control 612\n");
    g_assert_cmpint(refuse(&pad, &request), ==, CC_ERR_REMOVED);
    driver_orders(NULL);
    g_assert_cmpint(refuse(&pad, &request), ==, CC_ERR_REMOVED);
    g_assert_cmpint(transmit(pad.link, answer, &len), ==, CC_ERR_REMOVED);
    pad_close(&pad);
}

/* The service stops while the resident types: the time limit of the link ends the wait. */
static void test_keypad_hangs(void)
{
    struct pad pad;
    struct cc_pad_request request = {.digits_min = 6, .digits_max = 6, .timeout_s = 1};
    pad_open(&pad, "keypad on\ntype 123456\n");
    cc_link_deadline(pad.link, 500);
    service_signal(SIGSTOP);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(refuse(&pad, &request), ==, CC_ERR_FROZEN);
    uint64_t took_ms = cc_pcsc_now_ms() - start_ms;
    g_assert_cmpuint(took_ms, >=, 2400);
    g_assert_cmpuint(took_ms, <, 4000);
    service_signal(SIGCONT);
    pad_close(&pad);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_getenv("WITH_READERS_DRIVER") == NULL)
        g_error("WITH_READERS_DRIVER must name the driver of driver/driver.c");
    g_test_add_func("/keypad/verify", test_verify);
    g_test_add_func("/keypad/not-typed", test_not_typed);
    g_test_add_func("/keypad/change", test_change);
    g_test_add_func("/keypad/refusals", test_refusals);
    g_test_add_func("/keypad/no-keypad", test_no_keypad);
    g_test_add_func("/keypad/entry-fails", test_entry_fails);
    g_test_add_func("/keypad/hangs", test_keypad_hangs);
    return g_test_run();
}
