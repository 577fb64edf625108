/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform's command makes a kiosk forget is what the platform tells again behind it. */
#include "platform/wipe.h"
#include "store/internal.h"

static void test_topics(void)
{
    guint topics = 0;
    bool end;

    for (size_t i = 0;; i++) {
        const char *topic = snapshots_topic(i, &end);
        if (end)
            break;
        if (topic == NULL)
            continue;
        topics++;
        if (!g_strv_contains(wipe_topics, topic))
            g_error("%s is not told again", topic);
    }
    g_assert_cmpuint(topics, ==, g_strv_length((char **)wipe_topics));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/wiped/topics", test_topics);
    return g_test_run();
}
