/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Disks that lose power. SQLite's own file system on a folder in memory is what programs see (the page cache); beside it
 * each database file has its durable image: what is on the medium. A sync carries the one over to the other; a power cut
 * leaves the durable image and of everything written since any 512-byte sectors, drawn one by one.
 *
 * Every write, sync, truncation and removal is an effect that the owner of the disk is asked about first: it can let it be,
 * fail it, or be dead, and then nothing happens any more.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "platform/sample/rng.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define DISK_SECTOR 512

enum disk_op { DISK_WRITE, DISK_SYNC, DISK_TRUNCATE, DISK_DELETE };

enum disk_verdict {
    DISK_GOOD,
    DISK_EIO,  /* fails; a write has not happened, a sync has made nothing durable */
    DISK_FULL, /* there is no room for it */
    DISK_DEAD, /* the process is gone: no effect, and whoever asks is only being unwound */
};

/** `name`: without the folder. `bytes` NULL but for writes; `len` the growth of the file is not known here. */
typedef enum disk_verdict (*disk_fn)(void *ctx, enum disk_op op, const char *name, int64_t at, const void *bytes, size_t len);

struct disk;

/** The file system below, for those who must not be seen. */
#define DISK_VFS_BELOW "unix"

/** Make it SQLite's default file system, once a process. `rng` and `now_ms` are what SQLite asks for chance and time. */
void disk_install(void (*random)(uint8_t *out, size_t len), int64_t (*now_ms)(void));

struct disk *disk_new(const char *folder, disk_fn fn, void *ctx);
void disk_free(struct disk *disk);

/** Is anything of the files whose names end so written but not synced? */
bool disk_unsynced(const struct disk *disk, const char *suffix);
/** Write what is on the medium, and nothing else, into another folder. */
void disk_copy_medium(const struct disk *disk, const char *folder);
/** What is on the medium of one file, borrowed until the disk changes; NULL: it is not there. */
const uint8_t *disk_medium(const struct disk *disk, const char *name, size_t *len);
/** The files were changed beside SQLite: what lies there now is what is on the medium. No file may be open. */
void disk_forget(struct disk *disk);
/** Syncs are told to have worked and do nothing: no setting of a database can help against such a disk. */
void disk_lie(struct disk *disk, bool lie);
/** Room that its files may still grow by; −1 no limit. */
void disk_room(struct disk *disk, int64_t bytes);

/** The power is cut; no file may be open. Of 1000 unsynced sectors about `keep_permille` reach the medium all the same. */
void disk_power_cut(struct disk *disk, struct rng *rng, unsigned keep_permille);

#endif
