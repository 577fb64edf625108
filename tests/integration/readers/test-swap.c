/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card exchanged for another within the 400 ms in which pcscd does not look: nothing that was begun with the first card may
 * go on with the second. Run it through tests/with-readers; the first argument is citycard-vcard.
 */
#include "pcsc.h"
#include "room.h"
#include "vcards.h"

#include <glib/gstdio.h>
#include <string.h>

static struct vcards *cards;
static const struct cc_time now = {2026, 6, 1, 12, 0, 0};

enum operation { OP_READ, OP_RESELECT, OP_BALANCE, OP_LOG, OP_PIN, OP_PREPARE, OP_DEBIT, OP_RESOLVE, OPERATIONS };
static const char *const names[OPERATIONS] = {"read", "reselect", "balance", "log", "pin", "prepare", "debit", "resolve"};

/* Both devices open, the adult's card read. */
struct till {
    struct cc_link *link, *sam_link;
    struct cc_port port;
    struct cc_sam sam;
    struct cc_card card;
    struct cc_purchase purchase;
};

static void till_open(struct till *till)
{
    memset(till, 0, sizeof *till);
    g_assert_cmpint(cc_link_open(&till->sam_link, READER_1, CC_SHARE_EXCLUSIVE, 2000), ==, CC_OK);
    g_assert_cmpint(cc_sam_open(&till->sam, cc_link_channel(till->sam_link), 0), ==, CC_OK);
    g_assert_cmpint(cc_link_open(&till->link, READER_0, CC_SHARE_TRANSACTION, 2000), ==, CC_OK);
    cc_port_init(&till->port, cc_link_channel(till->link));
    g_assert_cmpint(cc_card_read(&till->port, CC_READ_ALL, &till->card), ==, CC_OK);
}

static void till_close(struct till *till)
{
    cc_link_close(till->link, true);
    cc_link_close(till->sam_link, false);
}

static int prepare(struct till *till)
{
    return cc_purchase_prepare(&till->port, &till->sam, &till->card, 100, &now, NULL, &till->purchase);
}

static void before_swap(struct till *till, enum operation operation)
{
    if (operation == OP_DEBIT || operation == OP_RESOLVE)
        g_assert_cmpint(prepare(till), ==, CC_OK);
    if (operation == OP_RESOLVE)
        till->purchase.state = CC_PURCHASE_IN_DOUBT;
}

static int operate(struct till *till, enum operation operation)
{
    int64_t balance_fen = 0;
    struct cc_log_entry log[CC_LOG_MAX];
    size_t count = 0;
    unsigned tries = 0;
    struct cc_card other;
    switch (operation) {
    case OP_READ:
        return cc_card_read(&till->port, CC_READ_ALL, &other);
    case OP_RESELECT:
        return cc_card_reselect(&till->port, &till->card);
    case OP_BALANCE:
        return cc_balance(&till->port, &till->card, &balance_fen);
    case OP_LOG:
        return cc_log_read(&till->port, &till->card, log, &count);
    case OP_PIN:
        return cc_pin_verify(&till->port, &till->card, "123456", &tries);
    case OP_PREPARE:
        return prepare(till);
    case OP_DEBIT:
        return cc_purchase_debit(&till->port, &till->sam, &till->purchase);
    case OP_RESOLVE:
        return cc_purchase_resolve(&till->port, &till->sam, &till->purchase);
    default:
        g_assert_not_reached();
    }
}

static void card_alone(const char *key)
{
    vcards_do(cards, "remove");
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, READER_0, CC_READER_EMPTY, 3000, NULL);
    vcards_do(cards, "insert %s", key);
    await_state(monitor, READER_0, CC_READER_CARD, 3000, NULL);
    cc_monitor_free(monitor);
}

static void swap_and(enum operation operation, unsigned gap_ms, unsigned wait_ms)
{
    struct till till;
    card_alone("adult");
    till_open(&till);
    before_swap(&till, operation);
    gint64 balances[2] = {vcards_number(cards, "adult", "balance_fen"), vcards_number(cards, "student", "balance_fen")};
    gint64 tries = vcards_number(cards, "student", "tries");
    vcards_do(cards, "swap student %u", gap_ms);
    g_usleep(wait_ms * 1000);
    int result = operate(&till, operation);
    g_test_message("%s, gap %u ms, %u ms later: %s", names[operation], gap_ms, wait_ms, cc_result_name(result));
    /* The link died, or the library saw another card; never a result of the second card under the first one's name. */
    if (operation == OP_DEBIT)
        g_assert_cmpint(result, ==, CC_IN_DOUBT);
    else
        g_assert_true(result == CC_OTHER_CARD || (result < 0 && till.port.broken));
    g_assert_cmpint(vcards_number(cards, "adult", "balance_fen"), ==, balances[0]);
    g_assert_cmpint(vcards_number(cards, "student", "balance_fen"), ==, balances[1]);
    g_assert_cmpint(vcards_number(cards, "student", "tries"), ==, tries);
    till_close(&till);
}

static void test_swap(gconstpointer data)
{
    static const unsigned gaps_ms[] = {0, 300}, waits_ms[] = {0, 350, 900};
    enum operation operation = (enum operation)GPOINTER_TO_INT(data);
    for (size_t g = 0; g < G_N_ELEMENTS(gaps_ms); g++)
        for (size_t w = 0; w < G_N_ELEMENTS(waits_ms); w++)
            swap_and(operation, gaps_ms[g], waits_ms[w]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    g_autofree char *folder = g_dir_make_tmp("citycard-swap-XXXXXX", NULL);
    cards = vcards_new(argv[1], folder, SLOT_0, SLOT_1);
    await_card(READER_1);
    for (enum operation operation = 0; operation < OPERATIONS; operation++) {
        g_autofree char *path = g_strconcat("/swap/", names[operation], NULL);
        g_test_add_data_func(path, GINT_TO_POINTER((gint)operation), test_swap);
    }
    int code = g_test_run();
    vcards_free(cards);
    gchar *remove[] = {(gchar *)"rm", (gchar *)"-rf", folder, NULL};
    g_spawn_sync(NULL, remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    return code;
}
