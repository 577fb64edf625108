/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every code of PC/SC that pcscd can be brought to give, and what the library makes of it. Run it through tests/with-readers with
 * the driver of driver/driver.c, which fails on order. The table of them all is in cardlib/PCSC.md.
 */
#include "pcsc.h"
#include "room.h"

#include <string.h>
#include <winscard.h>

/* ---- As a program that uses PC/SC itself: which code is it really -------------------------------------------------- */

struct raw {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
};

static void raw_begin(struct raw *raw)
{
    *raw = (struct raw){0};
    g_assert_cmpint(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &raw->context), ==, SCARD_S_SUCCESS);
}

static LONG raw_connect(struct raw *raw, DWORD share, DWORD protocols)
{
    return SCardConnect(raw->context, READER_0, share, protocols, &raw->card, &raw->protocol);
}

static LONG raw_transmit(struct raw *raw, DWORD room)
{
    static const uint8_t command[] = {0x00, 0xB0, 0x95, 0x00, 0x1E};
    uint8_t answer[300];
    g_assert_cmpuint(room, <=, sizeof answer);
    return SCardTransmit(raw->card, raw->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1, command,
                         sizeof command, NULL, answer, &room);
}

static void raw_end(struct raw *raw)
{
    (void)SCardReleaseContext(raw->context);
}

static void expect_code(LONG rc, LONG code, int result)
{
    g_assert_cmphex((unsigned)rc, ==, (unsigned)code);
    g_assert_cmpint(cc_pcsc_result(rc), ==, result);
}

static struct slot *card_in(const uint8_t *atr, size_t len)
{
    struct slot *slot = slot_insert(SLOT_0, atr, len, NULL, NULL);
    await_card(READER_0);
    return slot;
}

static struct slot *usual_card(void)
{
    return card_in(atr_contactless, ATR_CONTACTLESS_LEN);
}

static struct cc_link *usual_link(void)
{
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    return link;
}

static void card_out(struct slot *slot)
{
    driver_orders(NULL);
    slot_remove(slot);
    await_empty();
}

/* ---- The service --------------------------------------------------------------------------------------------------- */

static void test_no_service(void)
{
    struct slot *slot = usual_card();
    struct raw raw;
    struct cc_link *link = usual_link(), *none = NULL;
    uint8_t answer[258];
    size_t len = sizeof answer;
    raw_begin(&raw);
    service("stop");
    expect_code(SCardListReaders(raw.context, NULL, NULL, &(DWORD){0}), SCARD_E_NO_SERVICE, CC_ERR_NO_SERVICE);
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_SERVICE);
    g_assert_cmpint(cc_link_open(&none, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_NO_SERVICE);
    cc_link_close(link, true);
    raw_end(&raw);
    slot_remove(slot);
    service("start");
    await_empty();
}

static gpointer wait_for_change(gpointer data)
{
    SCARD_READERSTATE state = {.szReader = READER_0};
    const SCARDCONTEXT *context = data;
    LONG rc = SCardGetStatusChange(*context, 0, &state, 1);
    state.dwCurrentState = state.dwEventState;
    if (rc == SCARD_S_SUCCESS)
        rc = SCardGetStatusChange(*context, 20000, &state, 1);
    return GINT_TO_POINTER((gint)rc);
}

/* A wait into which the daemon's death falls. 1.9.9 says one of two things; both are "no service". */
static void test_service_dies_in_a_wait(void)
{
    struct raw raw;
    raw_begin(&raw);
    GThread *thread = g_thread_new("wait", wait_for_change, &raw.context);
    g_usleep(300000);
    service("kill");
    LONG rc = (LONG)(guint)GPOINTER_TO_INT(g_thread_join(thread));
    g_test_message("the wait ended with %08x", (unsigned)rc);
    g_assert_true(rc == SCARD_F_COMM_ERROR || rc == SCARD_E_NO_SERVICE);
    g_assert_cmpint(cc_pcsc_result(rc), ==, CC_ERR_NO_SERVICE);
    raw_end(&raw);
    service("start");
    await_empty();
}

static void test_handle(void)
{
    struct slot *slot = usual_card();
    struct raw raw;
    raw_begin(&raw);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    g_assert_cmpint(SCardDisconnect(raw.card, SCARD_LEAVE_CARD), ==, SCARD_S_SUCCESS);
    expect_code(raw_transmit(&raw, 258), SCARD_E_INVALID_HANDLE, CC_ERR_NO_SERVICE);
    raw_end(&raw);
    card_out(slot);
}

static gpointer cancel_soon(gpointer data)
{
    g_usleep(200000);
    g_assert_cmpint(SCardCancel(*(const SCARDCONTEXT *)data), ==, SCARD_S_SUCCESS);
    return NULL;
}

static void test_waits(void)
{
    struct raw raw;
    SCARD_READERSTATE state = {.szReader = READER_0};
    raw_begin(&raw);
    g_assert_cmpint(SCardGetStatusChange(raw.context, 0, &state, 1), ==, SCARD_S_SUCCESS);
    state.dwCurrentState = state.dwEventState;
    expect_code(SCardGetStatusChange(raw.context, 50, &state, 1), SCARD_E_TIMEOUT, CC_TIMEOUT);
    GThread *thread = g_thread_new("cancel", cancel_soon, &raw.context);
    expect_code(SCardGetStatusChange(raw.context, 10000, &state, 1), SCARD_E_CANCELLED, CC_TIMEOUT);
    g_thread_join(thread);
    raw_end(&raw);
}

/* ---- The reader ---------------------------------------------------------------------------------------------------- */

static void test_no_reader(void)
{
    struct raw raw;
    struct cc_link *link = NULL;
    DWORD size = 0;
    raw_begin(&raw);
    SCARD_READERSTATE state = {.szReader = "No such reader"};
    expect_code(SCardGetStatusChange(raw.context, 10, &state, 1), SCARD_E_UNKNOWN_READER, CC_ERR_NO_READER);
    g_assert_cmpint(cc_link_open(&link, "No such reader", CC_SHARE_TRANSACTION, 0), ==, CC_ERR_NO_READER);
    SCARD_READERSTATE many[17] = {0};
    for (size_t i = 0; i < 17; i++)
        many[i].szReader = READER_0;
    /* More than pcscd was built for: the monitor must not ask so. */
    expect_code(SCardGetStatusChange(raw.context, 10, many, 17), SCARD_E_INVALID_PARAMETER, CC_ERR_ARGUMENT);
    expect_code(raw_connect(&raw, 99, SCARD_PROTOCOL_T1), SCARD_E_INVALID_VALUE, CC_ERR_NO_READER);
    raw_end(&raw);

    service("stop");
    service_slots("0");
    service("start");
    raw_begin(&raw);
    expect_code(SCardListReaders(raw.context, NULL, NULL, &size), SCARD_E_NO_READERS_AVAILABLE, CC_ERR_NO_READER);
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, "", CC_READER_NONE, 2000, NULL);
    cc_monitor_free(monitor);
    raw_end(&raw);
    service("stop");
    service_slots("2");
    service("start");
    await_empty();
}

/* The driver says that its device has gone (IFD_NO_SUCH_DEVICE), in the middle of a command. */
static void test_unplugged_in_use(void)
{
    struct slot *slot = usual_card();
    struct cc_link *link = usual_link();
    uint8_t answer[258];
    size_t len = sizeof answer;
    driver_orders("transmit 617\n");
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_READER);
    len = sizeof answer;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_READER);
    cc_link_close(link, true);

    driver_orders(NULL);
    struct raw raw;
    raw_begin(&raw);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    driver_orders("transmit 617\n");
    expect_code(raw_transmit(&raw, 258), SCARD_E_READER_UNAVAILABLE, CC_ERR_NO_READER);
    raw_end(&raw);
    card_out(slot);
}

static void test_sharing(void)
{
    struct slot *slot = usual_card();
    struct raw raw;
    struct cc_link *link = NULL;
    raw_begin(&raw);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_EXCLUSIVE, 1000), ==, CC_OK);
    expect_code(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), SCARD_E_SHARING_VIOLATION, CC_ERR_IN_USE);
    cc_link_close(link, false);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 300), ==, CC_ERR_IN_USE);
    raw_end(&raw);
    card_out(slot);
}

/* ---- The card ------------------------------------------------------------------------------------------------------ */

static void test_empty_slot(void)
{
    struct raw raw;
    struct cc_link *link = NULL;
    raw_begin(&raw);
    expect_code(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), SCARD_E_NO_SMARTCARD, CC_ERR_NO_CARD);
    raw_end(&raw);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_NO_CARD);

    /* The driver tells it in the middle of a command (IFD_ICC_NOT_PRESENT). */
    struct slot *slot = usual_card();
    uint8_t answer[258];
    size_t len = sizeof answer;
    link = usual_link();
    driver_orders("transmit 616\n");
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_CARD);
    cc_link_close(link, true);
    card_out(slot);
}

static void test_protocol(void)
{
    struct slot *slot = card_in(atr_t0, ATR_T0_LEN);
    struct raw raw;
    raw_begin(&raw);
    expect_code(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), SCARD_E_PROTO_MISMATCH, CC_ERR_UNSUPPORTED);
    raw_end(&raw);
    card_out(slot);
}

/* Upside down: there, and no power-up succeeds (IFD_ERROR_POWER_ACTION). */
static void test_mute(void)
{
    struct raw raw;
    struct cc_link *link = NULL;
    struct cc_monitor *monitor = NULL;
    raw_begin(&raw);
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    driver_orders("power 608\n");
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_state(monitor, READER_0, CC_READER_MUTE, 3000, NULL);
    LONG rc = raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1);
    g_test_message("connect to a mute card: %08x", (unsigned)rc);
    g_assert_true(rc == SCARD_W_UNPOWERED_CARD || rc == SCARD_W_UNRESPONSIVE_CARD);
    g_assert_cmpint(cc_pcsc_result(rc), ==, CC_ERR_UNRESPONSIVE);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_UNRESPONSIVE);
    g_assert_cmpstr(cc_result_text(CC_ERR_UNRESPONSIVE), ==, "The card does not answer.");
    raw_end(&raw);
    cc_monitor_free(monitor);
    card_out(slot);
}

/* It answers to reset and then agrees on no protocol (IFD_ERROR_PTS_FAILURE). */
static void test_unresponsive(void)
{
    struct slot *slot = usual_card();
    struct raw raw;
    struct cc_link *link = NULL;
    driver_orders("pts 605\n");
    raw_begin(&raw);
    expect_code(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), SCARD_W_UNRESPONSIVE_CARD,
                CC_ERR_UNRESPONSIVE);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_UNRESPONSIVE);
    raw_end(&raw);
    card_out(slot);
}

static void test_reset_elsewhere(void)
{
    struct slot *slot = usual_card();
    struct raw ours, other;
    raw_begin(&ours);
    raw_begin(&other);
    g_assert_cmpint(raw_connect(&ours, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    g_assert_cmpint(raw_connect(&other, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    g_assert_cmpint(SCardDisconnect(other.card, SCARD_RESET_CARD), ==, SCARD_S_SUCCESS);
    expect_code(raw_transmit(&ours, 258), SCARD_W_RESET_CARD, CC_ERR_RESET);
    raw_end(&other);
    raw_end(&ours);
    card_out(slot);
}

static void test_removed(void)
{
    struct slot *slot = usual_card();
    struct raw raw;
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct cc_link *link = usual_link();
    slot_remove(slot);
    await_empty();
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_REMOVED);
    cc_link_close(link, true);

    slot = usual_card();
    raw_begin(&raw);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    slot_remove(slot);
    await_empty();
    expect_code(raw_transmit(&raw, 258), SCARD_W_REMOVED_CARD, CC_ERR_REMOVED);
    raw_end(&raw);
}

/* Whatever else the driver fails with, pcscd calls it "not transacted". */
static void test_not_transacted(void)
{
    static const char *const orders[] = {"transmit 612\n", "transmit 613\n", "transmit 614\n", "transmit 99999\n"};
    struct slot *slot = usual_card();
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        uint8_t answer[258];
        size_t len = sizeof answer;
        struct cc_link *link = usual_link();
        unsigned before = slot_commands(slot);
        driver_orders(orders[i]);
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_REMOVED);
        g_assert_cmpuint(len, ==, 0);
        driver_orders(NULL);
        /* The card is back in order, the link is not: nothing reaches the card by it. */
        len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_REMOVED);
        g_assert_cmpuint(slot_commands(slot), ==, before);
        cc_link_close(link, true);
    }
    struct raw raw;
    raw_begin(&raw);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    driver_orders("transmit 612\n");
    expect_code(raw_transmit(&raw, 258), SCARD_E_NOT_TRANSACTED, CC_ERR_REMOVED);
    raw_end(&raw);
    card_out(slot);
}

static enum slot_deed answer_300(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    *len = 300;
    memset(answer, 0x90, *len);
    return SLOT_ANSWER;
}

/* The answer is lost when the room is too small: a link always gives room for the longest. */
static void test_small_buffer(void)
{
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, answer_300, NULL);
    struct raw raw;
    uint8_t answer[300];
    size_t len = sizeof answer;
    await_card(READER_0);
    raw_begin(&raw);
    g_assert_cmpint(raw_connect(&raw, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1), ==, SCARD_S_SUCCESS);
    expect_code(raw_transmit(&raw, 258), SCARD_E_INSUFFICIENT_BUFFER, CC_ERR_PROTOCOL);
    raw_end(&raw);
    struct cc_link *link = usual_link();
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    g_assert_cmpuint(len, ==, 300);
    cc_link_close(link, false);
    card_out(slot);
}

/* The driver fails when it is asked whether there is a card: pcscd knows nothing of the slot, then all is well again. */
static void test_presence_fails(void)
{
    struct slot *slot = usual_card();
    struct cc_monitor *monitor = NULL;
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, READER_0, CC_READER_CARD, 1000, NULL);
    driver_orders("presence 612\n");
    await_state(monitor, READER_0, CC_READER_GONE, 3000, NULL);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_NO_READER);
    driver_orders(NULL);
    await_state(monitor, READER_0, CC_READER_CARD, 3000, NULL);
    cc_link_close(usual_link(), false);
    cc_monitor_free(monitor);
    card_out(slot);
}

/* A reader that refuses SCardControl has no keypad, and works. */
static void test_control_fails(void)
{
    static const char *const orders[] = {"control 606\n", "control 612\n", "control 617\n", "control 618\n"};
    struct slot *slot = usual_card();
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        uint8_t answer[258];
        size_t len = sizeof answer;
        driver_orders(orders[i]);
        struct cc_link *link = usual_link();
        g_assert_null(cc_link_channel(link)->pad);
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
        cc_link_close(link, false);
    }
    card_out(slot);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_getenv("WITH_READERS_DRIVER") == NULL)
        g_error("WITH_READERS_DRIVER must name the driver of driver/driver.c");
    g_test_add_func("/codes/no-service", test_no_service);
    g_test_add_func("/codes/service-dies-in-a-wait", test_service_dies_in_a_wait);
    g_test_add_func("/codes/handle", test_handle);
    g_test_add_func("/codes/waits", test_waits);
    g_test_add_func("/codes/no-reader", test_no_reader);
    g_test_add_func("/codes/unplugged-in-use", test_unplugged_in_use);
    g_test_add_func("/codes/sharing", test_sharing);
    g_test_add_func("/codes/empty-slot", test_empty_slot);
    g_test_add_func("/codes/protocol", test_protocol);
    g_test_add_func("/codes/mute", test_mute);
    g_test_add_func("/codes/unresponsive", test_unresponsive);
    g_test_add_func("/codes/reset-elsewhere", test_reset_elsewhere);
    g_test_add_func("/codes/removed", test_removed);
    g_test_add_func("/codes/not-transacted", test_not_transacted);
    g_test_add_func("/codes/small-buffer", test_small_buffer);
    g_test_add_func("/codes/presence-fails", test_presence_fails);
    g_test_add_func("/codes/control-fails", test_control_fails);
    return g_test_run();
}
