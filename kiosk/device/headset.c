/* SPDX-License-Identifier: Apache-2.0 */
#include "device/headset.h"

#include <fcntl.h>
#include <glib.h>
#include <linux/input.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool switch_is_on(const char *path)
{
    guint8 bits[SW_MAX / 8 + 1] = {0};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool on = fd >= 0 && ioctl(fd, EVIOCGSW(sizeof bits), bits) >= 0 &&
              (bits[SW_HEADPHONE_INSERT / 8] >> (SW_HEADPHONE_INSERT % 8) & 1) != 0;

    if (fd >= 0)
        close(fd);
    return on;
}

static bool file_says_so(const char *path)
{
    char text[256] = "";
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return false;
    text[len] = '\0';
    g_strstrip(text);
    return strcmp(text, "1") == 0 || strstr(text, "HEADPHONE=1") != NULL;
}

bool headset_plugged(const char *where)
{
    if (where == NULL)
        return false;
    if (g_str_has_prefix(where, "switch:"))
        return switch_is_on(where + strlen("switch:"));
    if (g_str_has_prefix(where, "file:"))
        return file_says_so(where + strlen("file:"));
    return strcmp(where, "always") == 0;
}
