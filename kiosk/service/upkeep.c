/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps a journal believed over months, in a thread of its own and never in the way: each minute a look at the room on
 * the disk; each night, once the day has turned three (+08:00), the whole chain, a backup, and old rows into the archive. Each
 * holds the store's lock for pieces only.
 */
#include "service/internal.h"

#define WAKE_US      (60 * G_USEC_PER_SEC)
#define NIGHT_MS     (3 * INT64_C(3600000))
#define DAYS_MIN     30
#define DAY_MS       INT64_C(86400000)

static const struct upkeep_keep KEEP = {.rows = 1000, .run_min = 50, .rows_a_piece = 500};

struct upkeep {
    struct kiosk *kiosk;
    GThread *thread;
    GAsyncQueue *end; /* anything in it: stop */
    uint32_t done;    /* the night's day */
};

static char *place(const struct kiosk *kiosk, const char *name)
{
    return g_build_filename(kiosk->config->data_dir, name, NULL);
}

/* Only what is wrong with the journal closes the till, not a disk that would not be read just now; and a journal that began to wait
 * meanwhile is being made whole, under the reader's hands. */
static void chain_look(struct kiosk *kiosk)
{
    struct store *store = kiosk->store;
    g_autoptr(GError) error = NULL;

    if (store_verify_chain(store, 0, &error))
        return;
    g_critical("the journal does not hold: %s", error->message);
    bool damage = g_error_matches(error, STORE_ERROR, STORE_ERROR_CHAIN) ||
                  g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    if (damage && store_state(store, NULL) != STORE_WAITS && !store_state_set(store, STORE_LOST, "chain", NULL))
        g_critical("and that cannot be written down");
}

static void backup_make(struct upkeep *upkeep, uint32_t day)
{
    g_autofree char *folder = place(upkeep->kiosk, "backup");
    g_autoptr(GError) error = NULL;

    if (!store_backup_nightly(upkeep->kiosk->store, folder, day, &error))
        g_message("no backup tonight: %s", error->message);
}

void upkeep_archive(struct kiosk *kiosk, const struct upkeep_keep *keep)
{
    struct store_retention retention = {
        .before_ms = keep->before_ms, .rows_kept = keep->rows, .run_min = keep->run_min, .rows_max = keep->rows_a_piece};
    g_autofree char *folder = place(kiosk, STORE_ARCHIVE);
    g_autoptr(GError) error = NULL;
    int gone = 0;

    if (!store_compact(kiosk->store, &retention, folder, &gone, &error))
        g_message("old rows stay in the journal: %s", error->message);
    if (gone > 0)
        g_message("%d rows went into the archive", gone);
}

static void night(struct upkeep *upkeep)
{
    int64_t now = store_true_ms(upkeep->kiosk->store);
    uint32_t day = date_of_ms(now);

    if (day == upkeep->done || now - ms_of_date(day) < NIGHT_MS || store_state(upkeep->kiosk->store, NULL) == STORE_WAITS)
        return;
    upkeep->done = day;
    struct upkeep_keep keep = KEEP;
    keep.before_ms = now - MAX(DAYS_MIN, upkeep->kiosk->config->journal_days) * DAY_MS;
    chain_look(upkeep->kiosk);
    backup_make(upkeep, day);
    upkeep_archive(upkeep->kiosk, &keep);
}

static void *work(void *data)
{
    struct upkeep *upkeep = data;
    g_autofree char *ballast = place(upkeep->kiosk, "ballast");

    do {
        store_ballast_keep(upkeep->kiosk->store, ballast);
        night(upkeep);
    } while (g_async_queue_timeout_pop(upkeep->end, WAKE_US) == NULL);
    return NULL;
}

struct upkeep *upkeep_start(struct kiosk *kiosk, GError **error)
{
    struct upkeep *upkeep = g_new0(struct upkeep, 1);

    upkeep->kiosk = kiosk;
    upkeep->end = g_async_queue_new();
    upkeep->thread = g_thread_try_new("upkeep", work, upkeep, error);
    if (upkeep->thread != NULL)
        return upkeep;
    upkeep_stop(upkeep);
    return NULL;
}

void upkeep_stop(struct upkeep *upkeep)
{
    if (upkeep == NULL)
        return;
    g_async_queue_push(upkeep->end, upkeep);
    if (upkeep->thread != NULL)
        g_thread_join(upkeep->thread);
    g_async_queue_unref(upkeep->end);
    g_free(upkeep);
}
