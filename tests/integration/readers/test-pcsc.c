/* SPDX-License-Identifier: Apache-2.0 */
/* Monitor and links of citycard.h against a real pcscd. Run it through tests/with-readers. */
#include "citycard.h"
#include "pcsc.h"
#include "room.h"

#include <glib.h>
#include <string.h>
#include <winscard.h>

/* ---- Monitor ----------------------------------------------------------------------------------------------------- */

static void test_first_call(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_OK);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 1000);
    g_assert_cmpint(list.service, ==, CC_READER_EMPTY);
    g_assert_cmpuint(list.count, ==, 2);
    g_assert_cmpstr(list.readers[0].name, ==, READER_0);
    g_assert_cmpint(list.readers[0].state, ==, CC_READER_EMPTY);

    start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 600, &list), ==, CC_TIMEOUT);
    uint64_t took_ms = cc_pcsc_now_ms() - start_ms;
    g_assert_cmpuint(took_ms, >=, 590);
    g_assert_cmpuint(took_ms, <, 1200);
    g_assert_cmpuint(list.count, ==, 2);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_TIMEOUT);
    cc_monitor_free(monitor);
}

static void test_insert_remove(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader first = {0}, second = {0};
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_state(monitor, READER_0, CC_READER_CARD, 2000, &first);
    g_assert_cmpmem(first.atr, first.atr_len, atr_contactless, ATR_CONTACTLESS_LEN);
    slot_remove(slot);
    await_state(monitor, READER_0, CC_READER_EMPTY, 2000, &second);
    g_assert_cmpuint(second.events, ==, first.events + 1);
    g_assert_cmpuint(second.atr_len, ==, 0);
    cc_monitor_free(monitor);
}

static gpointer wake_soon(gpointer monitor)
{
    g_usleep(100000);
    cc_monitor_wake(monitor);
    return NULL;
}

static void test_wake(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_OK);
    uint64_t worst_ms = 0;
    for (int round = 0; round < 8; round++) {
        GThread *thread = g_thread_new("wake", wake_soon, monitor);
        uint64_t start_ms = cc_pcsc_now_ms();
        g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_TIMEOUT);
        uint64_t took_ms = cc_pcsc_now_ms() - start_ms;
        g_thread_join(thread);
        g_assert_cmpuint(took_ms, >=, 95);
        worst_ms = MAX(worst_ms, took_ms - 95);
    }
    g_test_message("wake to return: %u ms at worst", (unsigned)worst_ms);
    g_assert_cmpuint(worst_ms, <=, 400);

    /* A wake that comes before the wait is not lost. */
    cc_monitor_wake(monitor);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 500);
    cc_monitor_free(monitor);
}

/* Whoever was kept for long by something else sees what is there now, not how it was when the last slice ended; a wake stays. */
static void test_look(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_look(monitor, &list), ==, CC_OK);
    g_assert_cmpint(find_reader(&list, READER_0)->state, ==, CC_READER_EMPTY);
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_state(monitor, READER_0, CC_READER_CARD, 2000, NULL);
    cc_monitor_wake(monitor);
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_TIMEOUT); /* leaves a slice under way */
    g_assert_cmpint(cc_monitor_look(monitor, &list), ==, CC_TIMEOUT);
    g_assert_cmpint(find_reader(&list, READER_0)->state, ==, CC_READER_CARD);
    cc_monitor_wake(monitor);
    g_usleep(500000); /* that slice is over long since */
    slot_remove(slot);
    g_usleep(1000000); /* for pcscd to see it */
    g_assert_cmpint(cc_monitor_look(monitor, &list), ==, CC_OK);
    g_assert_cmpint(find_reader(&list, READER_0)->state, ==, CC_READER_EMPTY);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 500);
    cc_monitor_free(monitor);
}

/* Of all threads: how often they went to sleep and came back. */
static unsigned wakeups(void)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    unsigned count = 0;
    for (const char *task; (task = g_dir_read_name(tasks)) != NULL;) {
        g_autofree char *path = g_build_filename("/proc/self/task", task, "status", NULL), *text = NULL;
        if (g_file_get_contents(path, &text, NULL, NULL))
            count += (unsigned)g_ascii_strtoull(strstr(text, "\nvoluntary_ctxt_switches:") + 25, NULL, 10);
    }
    return count;
}

static struct cc_monitor *still_monitor(struct cc_reader_list *list)
{
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, list), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 3200, list), ==, CC_TIMEOUT); /* no swarm of readers any more */
    return monitor;
}

/* Nothing happens, nothing wakes; and what happens in such a long wait is told at once, whoever else was woken before. */
static void test_still(void)
{
    struct cc_reader_list list;
    struct cc_monitor *monitor = still_monitor(&list);
    unsigned before = wakeups();
    g_assert_cmpint(cc_monitor_wait(monitor, 2000, &list), ==, CC_TIMEOUT);
    g_test_message("wake-ups in 2 s: %u", wakeups() - before);
    g_assert_cmpuint(wakeups() - before, <, 16);

    cc_monitor_wake(monitor);
    g_assert_cmpint(cc_monitor_wait(monitor, 60000, &list), ==, CC_TIMEOUT); /* leaves a minute's wait under way */
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 1000);
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    g_assert_cmpint(cc_monitor_wait(monitor, 60000, &list), ==, CC_OK);
    g_assert_cmpint(find_reader(&list, READER_0)->state, ==, CC_READER_CARD);
    slot_remove(slot);
    await_state(monitor, READER_0, CC_READER_EMPTY, 2000, NULL);
    service("restart");
    for (start_ms = cc_pcsc_now_ms(); list.restarts == 0 || list.count != 2;)
        g_assert_cmpint(cc_monitor_wait(monitor, 60000, &list), ==, CC_OK);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 10000);
    cc_monitor_free(monitor);
}

static void see_empty(void)
{
    struct cc_monitor *other = NULL;
    g_assert_cmpint(cc_monitor_new(&other), ==, CC_OK);
    await_state(other, READER_0, CC_READER_EMPTY, 5000, NULL);
    cc_monitor_free(other);
}

/* A long wait goes out of the way: of another monitor, of a link, and of the end. */
static void test_still_gives_way(void)
{
    struct cc_reader_list list;
    struct slot *slot = slot_insert(SLOT_1, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_1);
    struct cc_link *held = NULL, *link = NULL;
    g_assert_cmpint(cc_link_open(&held, READER_1, CC_SHARE_EXCLUSIVE, 1000), ==, CC_OK);
    struct cc_monitor *monitor = still_monitor(&list);
    unsigned tasks = threads();
    for (int round = 0; round < 20; round++) {
        cc_monitor_wake(monitor);
        g_assert_cmpint(cc_monitor_wait(monitor, 60000, &list), ==, CC_TIMEOUT);
        uint64_t start_ms = cc_pcsc_now_ms();
        if (round % 2 == 0)
            see_empty();
        else
            g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_NO_CARD);
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 5000);
    }
    cc_monitor_wake(monitor);
    g_assert_cmpint(cc_monitor_wait(monitor, 60000, &list), ==, CC_TIMEOUT);
    uint64_t start_ms = cc_pcsc_now_ms();
    cc_monitor_free(monitor);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 5000);
    while (threads() >= tasks && cc_pcsc_now_ms() - start_ms < 10000)
        g_usleep(20000);
    g_assert_cmpuint(threads(), <, tasks);
    cc_link_close(held, false);
    slot_remove(slot);
    await_empty();
}

static void test_service_restart(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_OK);
    unsigned files = open_files();
    for (unsigned round = 1; round <= 3; round++) {
        service(round == 2 ? "stop" : "kill");
        await_state(monitor, "", CC_READER_NO_SERVICE, 1000, NULL);
        g_assert_cmpint(cc_monitor_wait(monitor, 700, &list), ==, CC_TIMEOUT);
        g_assert_cmpuint(list.count, ==, 0);
        service("start");
        uint64_t took_ms = await_state(monitor, READER_0, CC_READER_EMPTY, 5000, NULL);
        g_test_message("back after %u ms", (unsigned)took_ms);
        g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_TIMEOUT);
        g_assert_cmpuint(list.restarts, ==, round);
    }
    g_assert_cmpuint(open_files(), ==, files);
    cc_monitor_free(monitor);
}

static void test_no_service_wake(void)
{
    service("stop");
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_OK);
    g_assert_cmpint(list.service, ==, CC_READER_NO_SERVICE);
    GThread *thread = g_thread_new("wake", wake_soon, monitor);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 10000, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 1000);
    g_thread_join(thread);

    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_NO_SERVICE);
    g_assert_null(link);
    service("start");
    await_state(monitor, READER_0, CC_READER_EMPTY, 5000, NULL);
    cc_monitor_free(monitor);
}

/* ---- Links ------------------------------------------------------------------------------------------------------- */

static void test_link_refusals(void)
{
    struct cc_link *link = NULL;
    char too_long[CC_READER_NAME_SIZE + 8];
    memset(too_long, 'x', sizeof too_long);
    too_long[sizeof too_long - 1] = '\0';
    g_assert_cmpint(cc_link_open(&link, "No such reader", CC_SHARE_TRANSACTION, 0), ==, CC_ERR_NO_READER);
    g_assert_cmpint(cc_link_open(&link, too_long, CC_SHARE_TRANSACTION, 0), ==, CC_ERR_NO_READER);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 0), ==, CC_ERR_NO_CARD);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_EXCLUSIVE, 0), ==, CC_ERR_NO_CARD);
    g_assert_null(link);
    cc_link_close(NULL, true);
}

static enum slot_deed answer_long(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    *len = *(size_t *)ctx;
    memset(answer, 0xA5, *len - 2);
    memcpy(answer + *len - 2, "\x90\x00", 2);
    return SLOT_ANSWER;
}

static void test_link_answers(void)
{
    static uint8_t answer[CC_ANSWER_MAX];
    size_t told = 2, lengths[] = {2, 3, 258, 259, 32769, 65535};
    struct slot *slot = slot_insert(SLOT_0, atr_t0, ATR_T0_LEN, answer_long, &told);
    await_card(READER_0);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_EXCLUSIVE, 1000), ==, CC_OK);
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len = cc_link_atr(link, atr);
    g_assert_cmpmem(atr, atr_len, atr_t0, ATR_T0_LEN);
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        size_t len = sizeof answer;
        told = lengths[i];
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
        g_assert_cmpuint(len, ==, told);
        g_assert_cmpuint(answer[len - 2], ==, 0x90);
    }
    /* A caller with little room gets short answers, and never half of a long one. */
    size_t len = 258;
    told = 258;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    g_assert_cmpuint(len, ==, 258);
    len = 258;
    told = 259;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_PROTOCOL);
    g_assert_cmpuint(len, ==, 0);
    len = sizeof answer;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_PROTOCOL);
    cc_link_close(link, false);
    slot_remove(slot);
    await_empty();
}

static enum slot_deed pull_at_third(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    static unsigned count;
    enum slot_deed *deed = ctx;
    count = *deed == SLOT_ANSWER ? 0 : count + 1;
    if (*deed == SLOT_ANSWER || count < 3)
        return SLOT_ANSWER;
    count = 0;
    return *deed;
}

/* Case 1 of the dangerous ones: the driver reports success and no bytes. And the ordinary torn answer. */
static void test_link_pulled(gconstpointer data)
{
    enum slot_deed deed = *(const enum slot_deed *)data;
    uint8_t answer[CC_ANSWER_MAX];
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, pull_at_third, &deed);
    await_card(READER_0);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    for (int i = 0; i < 2; i++) {
        size_t len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    }
    for (int i = 0; i < 2; i++) {
        size_t len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_REMOVED);
        g_assert_cmpuint(len, ==, 0);
    }
    cc_link_close(link, true);
    slot_remove(slot);
    await_empty();
}

/* Case 2: the card is exchanged faster than pcscd looks. The old link must never speak to the new card. */
static void test_link_silent_swap(void)
{
    uint8_t answer[CC_ANSWER_MAX];
    struct slot *first = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *link = NULL;
    size_t len = sizeof answer;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    slot_remove(first);
    struct slot *second = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    for (int i = 0; i < 20; i++) {
        len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_REMOVED);
        g_usleep(50000);
    }
    g_assert_cmpuint(slot_commands(second), ==, 0);
    cc_link_close(link, false);
    slot_remove(second);
    await_empty();
}

/* A card is reset where that was asked for, and only there: also one that was held exclusively. */
static void test_link_reset(gconstpointer data)
{
    enum cc_share share = (enum cc_share)GPOINTER_TO_INT(data);
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, share, 1000), ==, CC_OK);
    unsigned before = slot_resets(slot);
    cc_link_close(link, false);
    g_assert_cmpuint(slot_resets(slot), ==, before);
    g_assert_cmpint(cc_link_open(&link, READER_0, share, 1000), ==, CC_OK);
    before = slot_resets(slot);
    cc_link_close(link, true);
    g_assert_cmpuint(slot_resets(slot), >, before);
    slot_remove(slot);
    await_empty();
}

/*
 * Pulled after its last answer, closed with or without a reset, and back before pcscd looks: pcscd must not be made to think that
 * the slot is empty, because it would think so until the card is taken out once more.
 */
static void pulled_and_back(enum cc_share share, bool reset)
{
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, share, 1000), ==, CC_OK);
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    slot_remove(slot);
    cc_link_close(link, reset);
    slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    uint64_t start_ms = cc_pcsc_now_ms();
    int result;
    do {
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 3000);
        link = NULL;
        len = sizeof answer;
        result = cc_link_open(&link, READER_0, share, 100);
        result = result == CC_OK ? transmit(link, answer, &len) : result;
        cc_link_close(link, false);
        g_usleep(20000);
    } while (result != CC_OK);
    slot_remove(slot);
    await_empty();
}

static void test_link_back(gconstpointer data)
{
    enum cc_share share = (enum cc_share)GPOINTER_TO_INT(data);
    for (int i = 0; i < 4; i++)
        pulled_and_back(share, i % 2 == 0);
}

static void test_link_in_use(void)
{
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *holder = NULL, *link = NULL;
    g_assert_cmpint(cc_link_open(&holder, READER_0, CC_SHARE_EXCLUSIVE, 1000), ==, CC_OK);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 500), ==, CC_ERR_IN_USE);
    uint64_t took_ms = cc_pcsc_now_ms() - start_ms;
    g_assert_cmpuint(took_ms, >=, 400);
    g_assert_cmpuint(took_ms, <, 1500);

    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, READER_0, CC_READER_IN_USE, 1000, NULL);
    cc_link_close(holder, false);
    await_state(monitor, READER_0, CC_READER_CARD, 1000, NULL);
    cc_monitor_free(monitor);
    slot_remove(slot);
    await_empty();
}

static gpointer close_soon(gpointer link)
{
    g_usleep(300000);
    cc_link_close(link, false);
    return NULL;
}

/* A transaction elsewhere blocks SCardConnect() and SCardBeginTransaction() without end: the caller must not
 * hang. */
static void test_link_transaction_elsewhere(void)
{
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *holder = NULL, *link = NULL;
    unsigned files = open_files();
    g_assert_cmpint(cc_link_open(&holder, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    for (int i = 0; i < 12; i++) {
        uint64_t start_ms = cc_pcsc_now_ms();
        g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_IN_USE);
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 1000);
    }
    cc_link_close(holder, false);
    /* What was given up goes by itself, and the next one gets the card. */
    uint64_t start_ms = cc_pcsc_now_ms();
    while (open_files() > files && cc_pcsc_now_ms() - start_ms < 10000)
        g_usleep(50000);
    g_test_message("given-up attempts gone after %u ms", (unsigned)(cc_pcsc_now_ms() - start_ms));
    g_assert_cmpuint(open_files(), ==, files);
    g_assert_cmpint(cc_link_open(&holder, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    GThread *thread = g_thread_new("close", close_soon, holder);
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 3000), ==, CC_OK);
    g_thread_join(thread);
    cc_link_close(link, false);
    slot_remove(slot);
    await_empty();
}

static gpointer watch_on(gpointer stop)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    while (!g_atomic_int_get((gint *)stop)) {
        g_assert_cmpint(cc_monitor_wait(monitor, 300, &list), >=, CC_OK);
        g_assert_cmpint(list.service, ==, CC_READER_EMPTY);
        g_assert_cmpuint(list.count, ==, 2);
    }
    cc_monitor_free(monitor);
    return NULL;
}

/* A monitor waits on another thread: both use the client library's one array of states, and neither keeps the other waiting. */
static void test_link_beside_monitor(void)
{
    gint stop = 0;
    uint64_t took_ms[40], sum_ms = 0;
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    GThread *thread = g_thread_new("monitor", watch_on, &stop);
    for (size_t i = 0; i < G_N_ELEMENTS(took_ms); i++) {
        uint8_t atr[CC_ATR_MAX];
        struct cc_link *link = NULL;
        g_usleep(10000);
        uint64_t start_ms = cc_pcsc_now_ms();
        g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
        took_ms[i] = cc_pcsc_now_ms() - start_ms;
        sum_ms += took_ms[i];
        g_assert_cmpmem(atr, cc_link_atr(link, atr), atr_contactless, ATR_CONTACTLESS_LEN);
        cc_link_close(link, false);
    }
    g_test_message("opening beside a waiting monitor: %u ms on average", (unsigned)(sum_ms / G_N_ELEMENTS(took_ms)));
    g_assert_cmpuint(sum_ms / G_N_ELEMENTS(took_ms), <, 150);
    g_atomic_int_set(&stop, 1);
    g_thread_join(thread);
    slot_remove(slot);
    await_empty();
}

static void test_link_service_dies(void)
{
    uint8_t answer[CC_ANSWER_MAX];
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    service("kill");
    for (int i = 0; i < 2; i++) {
        size_t len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_SERVICE);
    }
    service("start");
    size_t len = sizeof answer;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_NO_SERVICE);
    cc_link_close(link, true);
    slot_remove(slot);
    await_empty();
}

/* ---- Cost -------------------------------------------------------------------------------------------------------- */

#define ROUNDS 1500

static int compare_times(const void *a, const void *b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

static gint64 median_us(gint64 *times, size_t count)
{
    qsort(times, count, sizeof times[0], compare_times);
    return times[count / 2];
}

/* The link against SCardTransmit() on a handle of its own, in turns, so that a busy machine hurts both alike.
 */
static void test_overhead(void)
{
    static gint64 ours[ROUNDS], theirs[ROUNDS];
    static const uint8_t command[] = {0x00, 0xB0, 0x95, 0x00, 0x1E};
    uint8_t answer[258];
    struct slot *slots[2] = {slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL),
                             slot_insert(SLOT_1, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL)};
    await_card(READER_0);
    await_card(READER_1);
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 1000), ==, CC_OK);
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    g_assert_cmpint(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context), ==, SCARD_S_SUCCESS);
    g_assert_cmpint(SCardConnect(context, READER_1, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card, &protocol),
                    ==, SCARD_S_SUCCESS);
    for (size_t i = 0; i < ROUNDS; i++) {
        gint64 start_us = g_get_monotonic_time();
        size_t len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
        gint64 middle_us = g_get_monotonic_time();
        DWORD raw_len = sizeof answer;
        g_assert_cmpint(SCardTransmit(card, SCARD_PCI_T1, command, sizeof command, NULL, answer, &raw_len),
                        ==, SCARD_S_SUCCESS);
        ours[i] = middle_us - start_us;
        theirs[i] = g_get_monotonic_time() - middle_us;
    }
    gint64 with = median_us(ours, ROUNDS), without = median_us(theirs, ROUNDS);
    g_test_message("median of %d commands: link %u us, SCardTransmit %u us", ROUNDS, (unsigned)with,
                   (unsigned)without);
    /* Two switches between threads are the price of a time limit; a real card takes some 10000 us. */
    g_assert_cmpint(with, <=, 2 * without + 100);
    SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
    cc_link_close(link, false);
    slot_remove(slots[0]);
    slot_remove(slots[1]);
    await_empty();
}

static void test_codes(void)
{
    /* Every code that PC/SC is known to give on this path: what the layers above decide by. */
    static const struct {
        LONG rc;
        int result;
    } codes[] = {
        {SCARD_E_NO_SERVICE, CC_ERR_NO_SERVICE},
        {SCARD_E_SERVICE_STOPPED, CC_ERR_NO_SERVICE},
        {SCARD_F_COMM_ERROR, CC_ERR_NO_SERVICE},
        {SCARD_E_INVALID_HANDLE, CC_ERR_NO_SERVICE},
        {SCARD_E_TIMEOUT, CC_TIMEOUT},
        {SCARD_E_CANCELLED, CC_TIMEOUT},
        {SCARD_E_UNKNOWN_READER, CC_ERR_NO_READER},
        {SCARD_E_NO_READERS_AVAILABLE, CC_ERR_NO_READER},
        {SCARD_E_READER_UNAVAILABLE, CC_ERR_NO_READER},
        {SCARD_E_INVALID_VALUE, CC_ERR_NO_READER},
        {SCARD_E_NO_SMARTCARD, CC_ERR_NO_CARD},
        {SCARD_E_SHARING_VIOLATION, CC_ERR_IN_USE},
        {SCARD_E_PROTO_MISMATCH, CC_ERR_UNSUPPORTED},
        {SCARD_W_UNRESPONSIVE_CARD, CC_ERR_UNRESPONSIVE},
        {SCARD_W_UNPOWERED_CARD, CC_ERR_UNRESPONSIVE},
        {SCARD_W_RESET_CARD, CC_ERR_RESET},
        {SCARD_W_REMOVED_CARD, CC_ERR_REMOVED},
        {SCARD_E_NOT_TRANSACTED, CC_ERR_REMOVED},
        {SCARD_E_COMM_DATA_LOST, CC_ERR_REMOVED},
        {SCARD_E_INSUFFICIENT_BUFFER, CC_ERR_PROTOCOL},
        {SCARD_F_UNKNOWN_ERROR, CC_ERR_SYSTEM},
        {SCARD_F_INTERNAL_ERROR, CC_ERR_SYSTEM},
        {(LONG)0x8010FFFF, CC_ERR_SYSTEM},
        {SCARD_S_SUCCESS, CC_OK},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_cmpint(cc_pcsc_result(codes[i].rc), ==, codes[i].result);
}

int main(int argc, char **argv)
{
    static const enum slot_deed pull = SLOT_PULL, pull_half = SLOT_PULL_HALF;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcsc/codes", test_codes);
    g_test_add_func("/monitor/first-call", test_first_call);
    g_test_add_func("/monitor/insert-remove", test_insert_remove);
    g_test_add_func("/monitor/wake", test_wake);
    g_test_add_func("/monitor/look", test_look);
    g_test_add_func("/monitor/still", test_still);
    g_test_add_func("/monitor/still-gives-way", test_still_gives_way);
    g_test_add_func("/monitor/service-restart", test_service_restart);
    g_test_add_func("/monitor/no-service-wake", test_no_service_wake);
    g_test_add_func("/link/refusals", test_link_refusals);
    g_test_add_func("/link/answers", test_link_answers);
    g_test_add_data_func("/link/pulled-empty-success", &pull, test_link_pulled);
    g_test_add_data_func("/link/pulled-half-answer", &pull_half, test_link_pulled);
    g_test_add_func("/link/silent-swap", test_link_silent_swap);
    g_test_add_data_func("/link/reset-on-close", GINT_TO_POINTER(CC_SHARE_TRANSACTION), test_link_reset);
    g_test_add_data_func("/link/reset-on-close/exclusive", GINT_TO_POINTER(CC_SHARE_EXCLUSIVE), test_link_reset);
    g_test_add_data_func("/link/back", GINT_TO_POINTER(CC_SHARE_TRANSACTION), test_link_back);
    g_test_add_data_func("/link/back/exclusive", GINT_TO_POINTER(CC_SHARE_EXCLUSIVE), test_link_back);
    g_test_add_func("/link/in-use", test_link_in_use);
    g_test_add_func("/link/transaction-elsewhere", test_link_transaction_elsewhere);
    g_test_add_func("/link/beside-a-monitor", test_link_beside_monitor);
    g_test_add_func("/link/service-dies", test_link_service_dies);
    g_test_add_func("/link/overhead", test_overhead);
    return g_test_run();
}
