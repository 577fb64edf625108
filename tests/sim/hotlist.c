/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's hotlist: it changes by single cards and by thousands, and what a kiosk has of it is at any time one version of it
 * to the last entry, never an older one than it had in force, and at the end the newest.
 */
#include "books-internal.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "service/internal.h"
#include "store/hotfile.h"
#include "store/hotlist.h"

#include <sqlite3.h>
#include <string.h>

#define STRANGERS  4000                  /* cards of nobody in the town */
#define BULK       1100                  /* more than a kiosk keeps beside its file */
#define LONG_MS    INT64_C(5270400000)   /* 61 days: nobody remembers the changes before */

/* ---- At the operator's -------------------------------------------------------------------------------------------- */

static GArray *changes_draw(struct world *world, unsigned count)
{
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));

    for (unsigned i = 0; i < count; i++) {
        struct hotlist_change change = {.mark = (1 + rng_below(&world->env, STRANGERS)) * UINT64_C(0x9E3779B97F4A7C15),
                                        .reason = (int)rng_below(&world->env, HOTLIST_REASONS + 3)};
        if (change.reason >= HOTLIST_REASONS)
            change.reason = HOTLIST_TAKE_OFF;
        g_array_append_val(changes, change);
    }
    return changes;
}

static bool publish(struct world *world, struct platform *platform, unsigned count)
{
    g_autoptr(GArray) changes = changes_draw(world, count);
    int64_t version = 0;

    if (!db_begin(platform->db, true, NULL))
        return false;
    if (hotlist_publish(platform, changes, now_ms(), &version, NULL))
        return db_commit(platform->db, NULL);
    db_rollback(platform->db);
    return false;
}

/* A few, or so many that kiosks write them into a file of their own, or that the platform builds one and forgets how it came to be. */
void hotlist_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_platform *platform = &world->platform;
    unsigned draw = action->arg % 4;

    if (platform->platform == NULL)
        return;
    int was = world_become(world, SIM_PLATFORM);
    bool done = publish(world, platform->platform, draw < 2 ? 1 + action->arg / 4 % 20 : BULK);
    if (done && draw == 3)
        done = hotlist_tend(platform->platform, now_ms() + LONG_MS, NULL);
    world_become(world, was);
    note(world, "hotlist %u: %d", draw, done);
    if (platform->machine.dead)
        platform_down(world);
}

static bool card_told(struct platform *platform, const char *number, bool lost)
{
    int64_t version = 0;

    if (!db_begin(platform->db, true, NULL))
        return false;
    if (hotlist_card_tell(platform, number, lost, now_ms(), &version, NULL))
        return db_commit(platform->db, NULL);
    db_rollback(platform->db);
    return false;
}

/* Lost, or found again; never all of them: a lost card pays nothing. */
void hotlist_lose(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_card *card = &world->cards[action->card];
    struct platform *platform = world->platform.platform;

    if (action->card < 2 || card->next >= 0 || platform == NULL)
        return;
    int was = world_become(world, SIM_PLATFORM);
    bool done = card_told(platform, card->number, !card->lost);
    card->lost = done ? !card->lost : card->lost;
    world_become(world, was);
}

/* ---- At a kiosk --------------------------------------------------------------------------------------------------- */

struct list {
    int64_t version, count;
    uint8_t digest[32];
};

static bool entry_add(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    struct list *list = ctx;

    list->count++;
    hotlist_digest_add(list->digest, entry->mark, entry->reason);
    return true;
}

/* One row of what changed since the file. */
static void change_add(struct list *list, const struct hotfile *base, uint64_t mark, int64_t reason)
{
    enum hotlist_reason had = HOTLIST_OTHER;

    if (base != NULL && hotfile_find(base, mark, &had, NULL) == HOTLIST_LISTED) {
        list->count--;
        hotlist_digest_remove(list->digest, mark, (uint8_t)had);
    }
    if (reason != HOTLIST_OFF) {
        list->count++;
        hotlist_digest_add(list->digest, mark, (uint8_t)reason);
    }
}

static int64_t meta_of(sqlite3 *db, const char *key)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = 0;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key=?1", -1, &stmt, NULL), ==, SQLITE_OK);
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

/* All of it, read beside the store: the file that the database names and the rows. False: the file cannot be read. */
static bool list_read(const struct sim_kiosk *kiosk, sqlite3 *db, struct list *list)
{
    g_autofree char *name = g_strdup_printf("kiosk.db.hotlist.%" G_GINT64_FORMAT, meta_of(db, "hotlist_base"));
    g_autofree char *path = g_build_filename(kiosk->machine.folder, name, NULL);
    struct hotfile *base = hotfile_open(path, NULL);
    sqlite3_stmt *rows = NULL;
    uint64_t mark = 0;

    *list = (struct list){.version = meta_of(db, "hotlist_version")};
    bool good = base != NULL ? hotfile_each(base, entry_add, list, NULL) : meta_of(db, "hotlist_base") == 0;
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT mark,reason FROM hotlist_overlay", -1, &rows, NULL), ==, SQLITE_OK);
    while (good && sqlite3_step(rows) == SQLITE_ROW) {
        g_assert_true(hotlist_mark_parse((const char *)sqlite3_column_text(rows, 0), &mark));
        change_add(list, base, mark, sqlite3_column_int64(rows, 1));
    }
    sqlite3_finalize(rows);
    hotfile_unref(base);
    return good;
}

static sqlite3 *db_of(const struct machine *machine, const char *name)
{
    g_autofree char *path = g_build_filename(machine->folder, name, NULL);
    sqlite3 *db = NULL;

    g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL), ==, SQLITE_OK);
    return db;
}

/* The newest is meant by version 0. */
static void list_of_platform(struct world *world, int64_t version, struct list *out)
{
    sqlite3 *db = db_of(&world->platform.machine, "platform.db");
    sqlite3_stmt *stmt = NULL;

    *out = (struct list){0};
    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT version,count,digest FROM hotlist WHERE ?1 IN (0,version)"
                                       " ORDER BY version DESC LIMIT 1", -1, &stmt, NULL), ==, SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, version);
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_bytes(stmt, 2) == 32) {
        out->version = sqlite3_column_int64(stmt, 0);
        out->count = sqlite3_column_int64(stmt, 1);
        memcpy(out->digest, sqlite3_column_blob(stmt, 2), 32);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void one_version(struct world *world, struct sim_kiosk *kiosk)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    sqlite3 *db = db_of(&kiosk->machine, "kiosk.db");
    struct list ours, theirs = {0};
    bool whole = list_read(kiosk, db, &ours);

    sqlite3_close(db);
    if (ours.version == mirror->list_read && mirror->list_opens == kiosk->opens)
        return;
    if (whole && ours.version > 0)
        list_of_platform(world, ours.version, &theirs);
    if (whole && (ours.version != theirs.version || ours.count != theirs.count || memcmp(ours.digest, theirs.digest, 32) != 0))
        break_invariant(world, "hotlist-one-version", "%s: its hotlist %" G_GINT64_FORMAT " is not that of the platform, %"
                        G_GINT64_FORMAT " entries for %" G_GINT64_FORMAT, kiosk->id, ours.version, ours.count, theirs.count);
    /* A database that was put back alone names a file that is gone. */
    if (!whole && !(mirror->list_lost && store_hotlist_damaged(kiosk->kiosk->store)))
        break_invariant(world, "hotlist-one-version", "%s: the file of its hotlist %" G_GINT64_FORMAT " is not whole", kiosk->id,
                        ours.version);
    mirror->list_read = ours.version;
    mirror->list_opens = kiosk->opens;
}

void hotlist_check(struct world *world, struct sim_kiosk *kiosk)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    int64_t version = 0, issued_ms, confirmed_ms;

    if (kiosk->kiosk == NULL || kiosk->kiosk->store == NULL || world->platform.platform == NULL)
        return;
    int was = world_become(world, SIM_NOBODY);
    store_hotlist_info(kiosk->kiosk->store, &version, &issued_ms, &confirmed_ms);
    if (version != mirror->list_read || mirror->list_opens != kiosk->opens)
        one_version(world, kiosk);
    /* After its database was lost it has none in force until it is where it was. */
    if (version < mirror->list_high && !(version == 0 && mirror->list_lost))
        break_invariant(world, "hotlist-forward", "%s: hotlist %" G_GINT64_FORMAT " is in force, after %" G_GINT64_FORMAT,
                        kiosk->id, version, mirror->list_high);
    mirror->list_high = MAX(mirror->list_high, version);
    mirror->list_lost = mirror->list_lost && (version == 0 || store_hotlist_damaged(kiosk->kiosk->store));
    world_become(world, was);
}

bool hotlist_newest(struct world *world, struct sim_kiosk *kiosk)
{
    int64_t version = 0, issued_ms, confirmed_ms;
    struct list newest;

    int was = world_become(world, SIM_NOBODY);
    list_of_platform(world, 0, &newest);
    store_hotlist_info(kiosk->kiosk->store, &version, &issued_ms, &confirmed_ms);
    bool same = version == newest.version && !store_hotlist_damaged(kiosk->kiosk->store);
    world_become(world, was);
    return same;
}

/* ---- After a disaster --------------------------------------------------------------------------------------------- */

/* The second file remembers what was in force when the database does not; it may be one change behind. */
void hotlist_disk_changed(struct world *world, struct sim_kiosk *kiosk)
{
    struct mirror *mirror = &world->books->kiosks[kiosk->machine.index];
    g_autofree char *path = g_build_filename(kiosk->machine.folder, "kiosk.db.hotlist.high", NULL), *text = NULL;
    const char *number = g_file_get_contents(path, &text, NULL, NULL) ? strchr(text, ' ') : NULL;

    mirror->list_high = MIN(mirror->list_high, number != NULL ? g_ascii_strtoll(number, NULL, 10) : 0);
    mirror->list_lost = true;
    mirror->list_read = 0;
}
