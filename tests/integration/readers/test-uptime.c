/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What years bring: a service that freezes, readers that come and go, a machine that sleeps, dozens of readers. Run it through
 * tests/with-readers; the first argument is citycard-vcard.
 */
#include "pcsc.h"
#include "room.h"
#include "vcards.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *vcard_program;

static struct cc_link *open_link(const char *reader, enum cc_share share)
{
    struct cc_link *link = NULL;
    g_assert_cmpint(cc_link_open(&link, reader, share, 1000), ==, CC_OK);
    return link;
}

static void picture(struct cc_reader_list *list)
{
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 1000, list), ==, CC_OK);
    cc_monitor_free(monitor);
}

static void await_as_before(unsigned (*count)(void), unsigned before)
{
    uint64_t start_ms = cc_pcsc_now_ms();
    while (count() > before && cc_pcsc_now_ms() - start_ms < 10000)
        g_usleep(20000);
    g_assert_cmpuint(count(), <=, before);
}

/* ---- A service that freezes ---------------------------------------------------------------------------------------- */

static void test_frozen_transmit(void)
{
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    unsigned files = open_files(), tasks = threads();
    struct cc_link *link = open_link(READER_0, CC_SHARE_TRANSACTION);
    cc_link_deadline(link, 500);
    service_signal(SIGSTOP);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_FROZEN);
    uint64_t took_ms = cc_pcsc_now_ms() - start_ms;
    g_assert_cmpuint(took_ms, >=, 490);
    g_assert_cmpuint(took_ms, <, 1200);
    g_assert_cmpuint(len, ==, 0);
    len = sizeof answer;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_FROZEN);
    start_ms = cc_pcsc_now_ms();
    cc_link_close(link, true);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 200);
    service_signal(SIGCONT);
    /* What was stuck goes by itself, and the card is free again. */
    await_as_before(open_files, files);
    await_as_before(threads, tasks);
    cc_link_close(open_link(READER_0, CC_SHARE_EXCLUSIVE), false);
    slot_remove(slot);
    await_empty();
}

/* Opening and closing while it is frozen: bounded, refused after some attempts without asking, and nothing is left over. */
static void test_frozen_open_close(void)
{
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    unsigned files = open_files(), tasks = threads();
    struct cc_link *held = open_link(READER_0, CC_SHARE_TRANSACTION), *link = NULL;
    service_signal(SIGSTOP);
    uint64_t start_ms = cc_pcsc_now_ms();
    cc_link_close(held, false);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 4000);
    for (int i = 0; i < 6; i++) {
        start_ms = cc_pcsc_now_ms();
        g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_FROZEN);
        g_assert_null(link);
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 5500);
    }
    start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_link_open(&link, READER_0, CC_SHARE_TRANSACTION, 100), ==, CC_ERR_FROZEN);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 50);
    service_signal(SIGCONT);
    await_as_before(open_files, files);
    await_as_before(threads, tasks);
    cc_link_close(open_link(READER_0, CC_SHARE_EXCLUSIVE), false);
    slot_remove(slot);
    await_empty();
}

/* Frozen, and then killed and started anew, as a watchdog of the system does it. */
static void test_frozen_killed(void)
{
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    unsigned files = open_files(), tasks = threads();
    struct cc_link *link = open_link(READER_0, CC_SHARE_EXCLUSIVE);
    cc_link_deadline(link, 300);
    service_signal(SIGSTOP);
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_FROZEN);
    cc_link_close(link, false);
    service("kill");
    await_as_before(open_files, files);
    await_as_before(threads, tasks);
    slot_remove(slot);
    service("start");
    await_empty();
}

static void test_frozen_monitor(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    unsigned files = open_files(), tasks = threads();
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_OK);
    service_signal(SIGSTOP);
    uint64_t took_ms = await_state(monitor, "", CC_READER_NO_SERVICE, 5000, NULL);
    g_test_message("frozen: told after %u ms", (unsigned)took_ms);
    g_assert_cmpuint(took_ms, <, 3500);
    /* It stays so, and each call keeps to its time. */
    for (int i = 0; i < 5; i++) {
        uint64_t start_ms = cc_pcsc_now_ms();
        g_assert_cmpint(cc_monitor_wait(monitor, 300, &list), ==, CC_TIMEOUT);
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 700);
        g_assert_cmpint(list.service, ==, CC_READER_NO_SERVICE);
    }
    cc_monitor_wake(monitor);
    uint64_t start_ms = cc_pcsc_now_ms();
    g_assert_cmpint(cc_monitor_wait(monitor, 5000, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 100);

    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    service_signal(SIGCONT);
    await_state(monitor, READER_0, CC_READER_CARD, 3000, NULL);
    cc_monitor_wait(monitor, 0, &list);
    g_assert_cmpuint(list.restarts, ==, 1);

    /* Given up while frozen. */
    service_signal(SIGSTOP);
    await_state(monitor, "", CC_READER_NO_SERVICE, 5000, NULL);
    start_ms = cc_pcsc_now_ms();
    cc_monitor_free(monitor);
    g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 1500);
    service_signal(SIGCONT);
    slot_remove(slot);
    await_as_before(open_files, files);
    await_as_before(threads, tasks);
    await_empty();
}

static enum slot_deed answer_late(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    g_usleep(*(unsigned *)ctx * 1000);
    return SLOT_ANSWER;
}

/* One reader hangs, the service lives: other readers go on, and the picture of the readers too. */
static void test_one_reader_hangs(void)
{
    unsigned late_ms = 4000;
    uint8_t answer[258];
    size_t len = sizeof answer;
    struct slot *slow = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, answer_late, &late_ms);
    struct slot *good = slot_insert(SLOT_1, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_card(READER_0);
    await_card(READER_1);
    struct cc_link *link = open_link(READER_0, CC_SHARE_TRANSACTION);
    cc_link_deadline(link, 300);
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_ERR_FROZEN);
    cc_link_close(link, false);
    link = open_link(READER_1, CC_SHARE_TRANSACTION);
    len = sizeof answer;
    g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
    cc_link_close(link, false);
    struct cc_reader_list list;
    picture(&list);
    g_assert_cmpint(list.service, ==, CC_READER_EMPTY);
    g_assert_cmpuint(list.count, ==, 2);
    slot_remove(slow);
    slot_remove(good);
    await_empty();
}

/* ---- A machine that sleeps ------------------------------------------------------------------------------------------ */

/* Nobody looks for a while, and much happens meanwhile. */
static void test_long_gap(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    struct cc_reader before = {0}, after = {0};
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    await_state(monitor, READER_0, CC_READER_CARD, 3000, &before);
    for (int i = 0; i < 3; i++) {
        slot_remove(slot);
        await_empty();
        slot = slot_insert(SLOT_0, atr_t0, ATR_T0_LEN, NULL, NULL);
        await_card(READER_0);
    }
    g_assert_cmpint(cc_monitor_wait(monitor, 2000, &list), ==, CC_OK);
    after = *find_reader(&list, READER_0);
    g_assert_cmpint(after.state, ==, CC_READER_CARD);
    g_assert_cmpmem(after.atr, after.atr_len, atr_t0, ATR_T0_LEN);
    g_assert_cmpuint((uint16_t)(after.events - before.events), ==, 6);
    service("restart");
    slot_remove(slot);
    await_state(monitor, READER_0, CC_READER_EMPTY, 5000, NULL);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_TIMEOUT);
    g_assert_cmpuint(list.restarts, ==, 1);
    cc_monitor_free(monitor);
}

/* This very process is stopped for longer than any of its time limits: nothing of that is taken for a frozen service. */
static void test_asleep(void)
{
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    uint8_t answer[258];
    unsigned late_ms = 300;
    struct slot *slot = slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, answer_late, &late_ms);
    await_card(READER_0);
    struct cc_link *link = open_link(READER_0, CC_SHARE_TRANSACTION);
    cc_link_deadline(link, 1000);
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_OK);
    for (int round = 0; round < 2; round++) {
        pid_t child = fork();
        if (child == 0) {
            g_usleep(100000);
            kill(getppid(), SIGSTOP);
            g_usleep(3500000);
            kill(getppid(), SIGCONT);
            _exit(0);
        }
        size_t len = sizeof answer;
        if (round == 0)
            g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
        else
            while (waitpid(child, NULL, WNOHANG) == 0) {
                g_assert_cmpint(cc_monitor_wait(monitor, 200, &list), ==, CC_TIMEOUT);
                g_assert_cmpint(list.service, ==, CC_READER_EMPTY);
            }
        if (round == 0)
            waitpid(child, NULL, 0);
    }
    cc_monitor_free(monitor);
    cc_link_close(link, false);
    slot_remove(slot);
    await_empty();
}

/* ---- Readers that come and go, and dozens of them ------------------------------------------------------------------- */

static void with_slots(const char *count)
{
    service("stop");
    service_slots(count);
    service("start");
}

static void test_hot_plug(void)
{
    static const struct {
        const char *slots;
        size_t count;
    } steps[] = {{"6", 6}, {"2", 2}, {"0", 0}, {"4", 4}, {"16", 16}, {"2", 2}};
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    unsigned tasks = threads();
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    g_assert_cmpint(cc_monitor_wait(monitor, 0, &list), ==, CC_OK);
    unsigned files = open_files();
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        with_slots(steps[i].slots);
        uint64_t start_ms = cc_pcsc_now_ms();
        do {
            cc_monitor_wait(monitor, 100, &list);
            g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 5000);
        } while (list.restarts != i + 1 || list.count != steps[i].count);
        g_assert_cmpint(list.service, ==, steps[i].count > 0 ? CC_READER_EMPTY : CC_READER_NONE);
        g_assert_true(list.full == (steps[i].count == 16));
    }
    g_assert_cmpuint(open_files(), ==, files);
    cc_monitor_free(monitor);
    await_as_before(threads, tasks);
}

/* Sixteen slots with a card in each, all opened, read and closed at the same time, often; and what happens with more. */
static gpointer use_reader(gpointer name)
{
    for (int i = 0; i < 100; i++) {
        struct cc_link *link = open_link(name, i % 2 == 0 ? CC_SHARE_TRANSACTION : CC_SHARE_EXCLUSIVE);
        uint8_t answer[258];
        size_t len = sizeof answer;
        g_assert_cmpint(transmit(link, answer, &len), ==, CC_OK);
        cc_link_close(link, false);
    }
    return NULL;
}

static void test_sixteen(void)
{
    struct slot *slots[16];
    GThread *users[16];
    struct cc_monitor *monitor = NULL;
    struct cc_reader_list list;
    with_slots("16");
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    for (uint16_t i = 0; i < 16; i++)
        slots[i] = slot_insert(SLOT_0 + i, atr_contactless, ATR_CONTACTLESS_LEN, NULL, NULL);
    size_t cards = 0;
    for (uint64_t start_ms = cc_pcsc_now_ms(); cards < 16;) {
        cc_monitor_wait(monitor, 200, &list);
        cards = 0;
        for (size_t i = 0; i < list.count; i++)
            cards += list.readers[i].state == CC_READER_CARD;
        g_assert_cmpuint(cc_pcsc_now_ms() - start_ms, <, 10000);
    }
    g_assert_cmpuint(list.count, ==, 16);
    for (size_t i = 0; i < 16; i++)
        users[i] = g_thread_new("user", use_reader, list.readers[i].name);
    for (size_t i = 0; i < 16; i++)
        g_thread_join(users[i]);
    for (size_t i = 0; i < 16; i++)
        slot_remove(slots[i]);
    cc_monitor_free(monitor);

    /* pcscd 1.9.9 takes sixteen and is silent about the rest: the picture says that it is full. */
    with_slots("20");
    picture(&list);
    g_assert_cmpuint(list.count, ==, 16);
    g_assert_true(list.full);
    with_slots("2");
    picture(&list);
    g_assert_false(list.full);
}

/* ---- Roles, and two cards ------------------------------------------------------------------------------------------- */

struct two_desks {
    char *folders[2];
    struct vcards *cards[2];
};

static void desks_open(struct two_desks *desks)
{
    with_slots("4");
    for (int i = 0; i < 2; i++) {
        desks->folders[i] = g_dir_make_tmp("citycard-uptime-XXXXXX", NULL);
        desks->cards[i] = vcards_new(vcard_program, desks->folders[i], SLOT_0 + 2 * i, SLOT_1 + 2 * i);
    }
    await_card(READER_1);
    await_card("Virtual PCD B 00 01");
}

static void desks_close(struct two_desks *desks)
{
    for (int i = 0; i < 2; i++) {
        vcards_free(desks->cards[i]);
        gchar *argv[] = {(gchar *)"rm", (gchar *)"-rf", desks->folders[i], NULL};
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
        g_free(desks->folders[i]);
    }
    with_slots("2");
}

static int role(const struct cc_reader_list *list, const char *prefix, int slot, const char *terminal)
{
    struct cc_role wanted = {.slot = slot, .has_terminal = terminal != NULL};
    g_strlcpy(wanted.name_prefix, prefix, sizeof wanted.name_prefix);
    if (terminal)
        g_assert_cmpint(cc_unhex(terminal, wanted.terminal, 6), ==, 6);
    return cc_find_role(list, &wanted);
}

static void test_roles(void)
{
    struct two_desks desks;
    struct cc_reader_list list;
    desks_open(&desks);
    vcards_do(desks.cards[0], "insert adult");
    await_card(READER_0);
    picture(&list);
    g_assert_cmpint(role(&list, "Virtual PCD B", 0, NULL), ==, 2);
    g_assert_cmpint(role(&list, "Virtual PCD B", 1, NULL), ==, 3);
    g_assert_cmpint(role(&list, "Virtual PCD", 0, NULL), ==, -2);
    g_assert_cmpint(role(&list, "Virtual PCD B", -1, NULL), ==, -2);
    g_assert_cmpint(role(&list, "Another", -1, NULL), ==, -1);
    g_assert_cmpint(role(&list, "Virtual PCD B", 2, NULL), ==, -1);
    /* Both PSAMs of the test have the same number; the slot with the card is never taken for one. */
    g_assert_cmpint(role(&list, "", -1, "990100000001"), ==, -2);
    g_assert_cmpint(role(&list, "Virtual PCD B", -1, "990100000001"), ==, 3);
    g_assert_cmpint(role(&list, "Virtual PCD B", -1, "990100000002"), ==, -1);
    g_assert_cmpint(role(&list, "", 0, "990100000001"), ==, -1);
    vcards_do(desks.cards[0], "sam off");
    g_usleep(800000);
    picture(&list);
    g_assert_cmpint(role(&list, "", -1, "990100000001"), ==, 3);
    /* Held by somebody: not to be proven. */
    struct cc_link *link = open_link("Virtual PCD B 00 01", CC_SHARE_EXCLUSIVE);
    picture(&list);
    g_assert_cmpint(role(&list, "", -1, "990100000001"), ==, -1);
    cc_link_close(link, false);
    desks_close(&desks);
}

/* Why there is no card is in the picture; nothing is asked for it. */
static void test_no_card(void)
{
    struct cc_reader_list list = {.service = CC_READER_NO_SERVICE};
    int index[2] = {7, 7};
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_ERR_NO_SERVICE);
    g_assert_cmpint(index[0], ==, -1);
    g_assert_cmpint(index[1], ==, -1);
    list.service = CC_READER_NONE;
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_ERR_NO_READER);
    list = (struct cc_reader_list){.service = CC_READER_EMPTY, .count = 1};
    list.readers[0] = (struct cc_reader){.name = "one", .state = CC_READER_EMPTY};
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_ERR_NO_CARD);
    g_assert_cmpint(cc_find_card(&list, "one", index), ==, CC_ERR_NO_CARD);
    g_assert_cmpint(cc_find_card(&list, "two", index), ==, CC_ERR_NO_READER);
}

static void test_two_cards(void)
{
    struct two_desks desks;
    struct cc_reader_list list;
    int index[2];
    desks_open(&desks);
    picture(&list);
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_ERR_NO_CARD);
    g_assert_cmpint(index[0], ==, -1);
    vcards_do(desks.cards[1], "insert elder");
    await_card("Virtual PCD B 00 00");
    picture(&list);
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_OK);
    g_assert_cmpint(index[0], ==, 2);
    g_assert_cmpint(index[1], ==, -1);
    vcards_do(desks.cards[0], "insert adult");
    await_card(READER_0);
    picture(&list);
    g_assert_cmpint(cc_find_card(&list, NULL, index), ==, CC_TWO_CARDS);
    g_assert_cmpint(index[0], ==, 0);
    g_assert_cmpint(index[1], ==, 2);
    g_assert_cmpint(cc_find_card(&list, READER_0, index), ==, CC_OK);
    g_assert_cmpint(index[0], ==, 0);
    g_assert_cmpint(cc_find_card(&list, READER_1, index), ==, CC_ERR_NO_CARD);
    desks_close(&desks);
}

/* ---- T=0 ------------------------------------------------------------------------------------------------------------- */

struct seen {
    uint8_t bytes[32];
    size_t len;
};

static enum slot_deed remember(void *ctx, const uint8_t *in, size_t in_len, uint8_t *answer, size_t *len)
{
    struct seen *seen = ctx;
    seen->len = MIN(in_len, sizeof seen->bytes);
    memcpy(seen->bytes, in, seen->len);
    /* As T=0 cards do: a body with Le behind it is a wrong length, without it the answer waits. */
    bool whole = in_len > 5 && in_len == 5u + in[4];
    memcpy(answer, in[1] == 0xC0 ? "\xAA\x90\x00" : whole ? "\x61\x01" : in_len > 5 ? "\x67\x00" : "\x90\x00", 3);
    *len = in[1] == 0xC0 ? 3 : 2;
    return SLOT_ANSWER;
}

static void send_bytes(const struct cc_channel *channel, const uint8_t *command, size_t len)
{
    uint8_t answer[258];
    size_t answer_len = sizeof answer;
    g_assert_cmpint(channel->transmit(channel->ctx, command, len, answer, &answer_len), ==, CC_OK);
}

/* Le behind a body goes only where the protocol has a place for it. */
static void test_le(gconstpointer data)
{
    static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x02, 0xA0, 0x00, 0x00};
    static const uint8_t read[] = {0x00, 0xB0, 0x95, 0x00, 0x1E};
    static const uint8_t body[] = {0x00, 0x20, 0x00, 0x00, 0x02, 0x12, 0x34};
    bool t0 = GPOINTER_TO_INT(data);
    struct seen seen = {.len = 0};
    struct slot *slot = t0 ? slot_insert(SLOT_0, atr_t0, ATR_T0_LEN, remember, &seen)
                           : slot_insert(SLOT_0, atr_contactless, ATR_CONTACTLESS_LEN, remember, &seen);
    await_card(READER_0);
    struct cc_link *link = open_link(READER_0, CC_SHARE_TRANSACTION);
    const struct cc_channel *channel = cc_link_channel(link);
    send_bytes(channel, select, sizeof select);
    g_assert_cmpmem(seen.bytes, seen.len, select, t0 ? sizeof select - 1 : sizeof select);
    send_bytes(channel, read, sizeof read);
    g_assert_cmpmem(seen.bytes, seen.len, read, sizeof read);
    send_bytes(channel, body, sizeof body);
    g_assert_cmpmem(seen.bytes, seen.len, body, sizeof body);
    cc_link_close(link, false);
    slot_remove(slot);
    await_empty();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    vcard_program = argv[1];
    g_test_add_func("/frozen/transmit", test_frozen_transmit);
    g_test_add_func("/frozen/open-close", test_frozen_open_close);
    g_test_add_func("/frozen/killed", test_frozen_killed);
    g_test_add_func("/frozen/monitor", test_frozen_monitor);
    g_test_add_func("/frozen/one-reader-hangs", test_one_reader_hangs);
    g_test_add_func("/asleep/long-gap", test_long_gap);
    g_test_add_func("/asleep/stopped", test_asleep);
    g_test_add_func("/readers/hot-plug", test_hot_plug);
    g_test_add_func("/readers/sixteen", test_sixteen);
    g_test_add_func("/readers/roles", test_roles);
    g_test_add_func("/readers/two-cards", test_two_cards);
    g_test_add_func("/readers/no-card", test_no_card);
    g_test_add_data_func("/le/t0", GINT_TO_POINTER(1), test_le);
    g_test_add_data_func("/le/t1", GINT_TO_POINTER(0), test_le);
    return g_test_run();
}
