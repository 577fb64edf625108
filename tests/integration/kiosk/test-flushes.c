/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a purchase waits for the disk: fsync and fdatasync are counted below SQLite, in the thread that pays, from the
 * request to "paid", with a real card, PSAM, pcscd, service and store. Two: COMMITTING before DEBIT, CONFIRMED before "paid".
 */
#include <glib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"

static gint flushes; /* of the card worker */

static void count(void)
{
    char name[17] = "";

    if (prctl(PR_GET_NAME, name) == 0 && strcmp(name, "card-worker") == 0)
        g_atomic_int_inc(&flushes);
}

/* In place of the C library's, for this program and its libraries. */
int fdatasync(int fd)
{
    count();
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    count();
    return (int)syscall(SYS_fsync, fd);
}

static bool is_offline(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && !event->event.status.online;
}

static int purchase(struct lab *lab)
{
    struct lab_event bills = lab_bills(lab);
    int before = g_atomic_int_get(&flushes);

    g_assert_cmpuint(bills.bill_count, >, 0);
    lab_pay(lab, &bills, NULL);
    struct lab_event paid = lab_wait_payment(lab);
    int after = g_atomic_int_get(&flushes);
    g_assert_cmpint(paid.event.payment.phase, ==, KIOSK_PAYMENT_CONFIRMED);
    return after - before;
}

static void at_most_two(void)
{
    struct lab *lab = lab_new();

    lab_wait_online(lab);
    lab_tap(lab, "elder");
    int online = purchase(lab);
    lab_platform_stop(lab);
    lab_wait(lab, "offline", is_offline, NULL, 15000);
    int offline = purchase(lab);
    g_test_message("flushes until \"paid\": %d online, %d offline", online, offline);
    /* None would be a count that does not count. A time mark that is due, once in some seconds, may come between. */
    g_assert_cmpint(MIN(online, offline), ==, 2);
    g_assert_cmpint(MAX(online, offline), <=, 3);
    lab_free(lab);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kiosk/flushes/at-most-two", at_most_two);
    return g_test_run();
}
