/* SPDX-License-Identifier: Apache-2.0 */
#include "disk-faults.h"
#include <errno.h>
#include <unistd.h>

static struct {
    enum fault fault;
    unsigned at, count, length;
} disk;

int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __real_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_unlink(const char *path);
int __wrap_fsync(int fd);

static bool struck(void)
{
    unsigned now = disk.count++;
    return disk.fault != FAULT_NONE && now >= disk.at && now - disk.at < disk.length;
}

#define OPERATION(call)                                                                                                \
    do {                                                                                                               \
        bool hit = struck();                                                                                           \
        if (hit && disk.fault == FAULT_STOP_BEFORE)                                                                    \
            _exit(STOPPED);                                                                                            \
        if (hit && disk.fault == FAULT_FAIL) {                                                                         \
            errno = EIO;                                                                                               \
            return -1;                                                                                                 \
        }                                                                                                              \
        int done = call;                                                                                               \
        if (hit)                                                                                                       \
            _exit(STOPPED);                                                                                            \
        return done;                                                                                                   \
    } while (0)

int __wrap_rename(const char *from, const char *to)
{
    OPERATION(__real_rename(from, to));
}

int __wrap_unlink(const char *path)
{
    OPERATION(__real_unlink(path));
}

int __wrap_fsync(int fd)
{
    OPERATION(__real_fsync(fd));
}

void fault_set(enum fault fault, unsigned at, unsigned length)
{
    disk.fault = fault;
    disk.at = at;
    disk.length = length;
    disk.count = 0;
}

unsigned fault_count(void)
{
    return disk.count;
}
