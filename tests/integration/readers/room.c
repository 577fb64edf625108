/* SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

#include "pcsc.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>

#define ORDERS "/run/pcscd/with-readers/orders"

const uint8_t atr_contactless[ATR_CONTACTLESS_LEN] = {0x3B, 0x88, 0x80, 0x01, 0x4A, 0x54, 0x43,
                                                      0x43, 0x00, 0x99, 0x01, 0x00, 0x8F};
const uint8_t atr_t0[ATR_T0_LEN] = {0x3B, 0x6C, 0x00, 0x02, 0x13, 0x02, 0x86, 0x38,
                                    0x18, 0x43, 0x56, 0x07, 0x1E, 0x10, 0x2B, 0x23};

static char *ask_service(const char *what, const char *more)
{
    const char *helper = g_getenv("WITH_READERS_RESTART");
    char *out = NULL;
    g_assert_nonnull(helper);
    gchar *argv[] = {(gchar *)helper, (gchar *)what, (gchar *)more, NULL};
    gint status = 0;
    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    return out;
}

void service(const char *what)
{
    g_free(ask_service(what, NULL));
}

void service_slots(const char *count)
{
    g_free(ask_service("slots", count));
}

/* 'R', 'S', 'T' …; 0: that thread has ended. */
static char task_state(const char *tasks, const char *task)
{
    g_autofree char *path = g_build_filename(tasks, task, "stat", NULL), *stat = NULL;
    const char *end;

    if (!g_file_get_contents(path, &stat, NULL, NULL))
        return 0;
    end = strrchr(stat, ')');
    g_assert_true(end != NULL && end[1] == ' ');
    return end[2];
}

static bool all_stand(pid_t pid)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", pid);
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    const char *task;
    char state;

    g_assert_nonnull(dir);
    while ((task = g_dir_read_name(dir)) != NULL)
        if ((state = task_state(tasks, task)) != 0 && state != 'T')
            return false;
    return true;
}

void service_signal(int number)
{
    g_autofree char *text = ask_service("pid", NULL);
    pid_t pid = (pid_t)g_ascii_strtoll(text, NULL, 10);

    g_assert_cmpint(kill(pid, number), ==, 0);
    /* The kernel stops a process when one of its threads has run to take the signal; until then the others go on. */
    for (int i = 0; number == SIGSTOP && i < 10000 && !all_stand(pid); i++)
        g_usleep(1000);
    g_assert_true(number != SIGSTOP || all_stand(pid));
}

const struct cc_reader *find_reader(const struct cc_reader_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->readers[i].name, name) == 0)
            return &list->readers[i];
    return NULL;
}

uint64_t await_state(struct cc_monitor *monitor, const char *name, enum cc_reader_state state, unsigned timeout_ms,
                     struct cc_reader *out)
{
    uint64_t start_ms = cc_pcsc_now_ms();
    while (cc_pcsc_now_ms() - start_ms < timeout_ms) {
        struct cc_reader_list list;
        int result = cc_monitor_wait(monitor, 100, &list);
        g_assert_true(result == CC_OK || result == CC_TIMEOUT);
        const struct cc_reader *reader = find_reader(&list, name);
        bool hit = reader ? reader->state == state : list.service == state;
        if (hit && out && reader)
            *out = *reader;
        if (hit)
            return cc_pcsc_now_ms() - start_ms;
    }
    g_error("%s did not become %s within %u ms", name, cc_reader_state_name(state), timeout_ms);
}

void await_card(const char *name)
{
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, name, CC_READER_CARD, 3000, NULL);
    cc_monitor_free(monitor);
}

void await_empty(void)
{
    struct cc_monitor *monitor = NULL;
    g_assert_cmpint(cc_monitor_new(&monitor), ==, CC_OK);
    await_state(monitor, READER_0, CC_READER_EMPTY, 3000, NULL);
    await_state(monitor, READER_1, CC_READER_EMPTY, 3000, NULL);
    cc_monitor_free(monitor);
}

static unsigned entries(const char *folder)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;
    g_assert_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

unsigned open_files(void)
{
    return entries("/proc/self/fd");
}

unsigned threads(void)
{
    return entries("/proc/self/task");
}

int transmit(struct cc_link *link, uint8_t *answer, size_t *len)
{
    static const uint8_t command[] = {0x00, 0xB0, 0x95, 0x00, 0x1E};
    const struct cc_channel *channel = cc_link_channel(link);
    return channel->transmit(channel->ctx, command, sizeof command, answer, len);
}

void driver_orders(const char *orders)
{
    if (orders == NULL)
        (void)g_unlink(ORDERS);
    else
        g_assert_true(g_file_set_contents(ORDERS, orders, -1, NULL));
}
