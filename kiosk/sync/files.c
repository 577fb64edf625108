/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching the files that the feed told of, after everything else of a round.
 *
 *   told ──► GET /v1/files/SHA256, from where the last round ended ──► SHA-256 ──► in its place
 *                    │                                                   └► other bytes: thrown away, again in an hour
 *                    └► the line breaks, or ten seconds are over: the next round goes on from there; a line that breaks twice
 *                       and brings nothing is the file's failure
 *
 * A file that fails is left for an hour and does not hold up the others: at most eight fail in a round. A platform that is busy has
 * failed at nothing: no file is asked for until it wants to be asked again. Nothing of a file is shown before its hash was checked.
 */
#include "sync/fetch.h"
#include "sync/files.h"
#include "sync/backoff.h"
#include "model/clock.h"
#include "store/files.h"

#include <string.h>

#define FETCH_MS 10000
#define AGAIN_MS (60 * 60 * 1000)
#define FAILED_MAX 8 /* of a round */
#define REST_S 60    /* when a busy platform does not say how long */

static bool fetch_one(struct round *round, const struct file_told *file, int64_t end_ms, bool *done, GError **error)
{
    g_autofree char *part = store_file_part(round->store, file->id), *url = g_strconcat("/v1/files/", file->id, NULL);
    g_autofree char *etag = g_strconcat("\"", file->id, "\"", NULL), *what = g_strdup_printf("file %.16s", file->id);
    struct fetch_order order = {.what = what, .url = url, .etag = etag, .part = part, .length = file->length, .end_ms = end_ms};

    return fetch_file(round, &order, done, error) && (!*done || store_file_install(round->store, file, error));
}

/* ---- Those that failed ---- */

static bool failed_lately(const struct round *round, const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(round->files_failed); i++)
        if (strcmp(round->files_failed[i].id, id) == 0 && clock_boot_ms() - round->files_failed[i].boot_ms < AGAIN_MS)
            return true;
    return false;
}

/* In the place of the one that is the longest ago. */
static void failed(struct round *round, const char *id)
{
    size_t oldest = 0;

    for (size_t i = 1; i < G_N_ELEMENTS(round->files_failed); i++)
        if (round->files_failed[i].boot_ms < round->files_failed[oldest].boot_ms)
            oldest = i;
    g_strlcpy(round->files_failed[oldest].id, id, sizeof round->files_failed[oldest].id);
    round->files_failed[oldest].boot_ms = clock_boot_ms();
}

/* The platform, or who stands before it, asks to be left alone. Not all kiosks come back at the same moment. */
static bool busy(struct round *round, const GError *why)
{
    unsigned rest_s = round->retry_after_s > 0 ? MIN(round->retry_after_s, BACKOFF_RETRY_S_MAX) : REST_S;
    int status = round->http_status;

    if (!g_error_matches(why, SYNC_ERROR, SYNC_ERROR_STATUS) || (status != 429 && status != 502 && status != 503 && status != 504))
        return false;
    round->files_from_ms = clock_boot_ms() + rest_s * INT64_C(1000) + random_below(rest_s * 500 + 1);
    return true;
}

/*
 * A line that broke off is no fault of the file when it brought some of it: the next round goes on where it ended. When it brought
 * nothing, the platform may just have gone, which the next round finds out; the second time the others are let past.
 */
static bool broke_off(struct round *round, const struct file_told *file)
{
    bool again = strcmp(round->file_broke, file->id) == 0;

    if (!round->fetch_broke)
        return false;
    g_strlcpy(round->file_broke, round->fetch_grew || again ? "" : file->id, sizeof round->file_broke);
    return round->fetch_grew || !again;
}

/* *enough: no more files in this round. */
static bool judge(struct round *round, const struct file_told *file, GError *why, bool *enough, GError **error)
{
    int64_t unused = 0;

    *enough = busy(round, why) || broke_off(round, file);
    if (*enough) {
        g_info("a file is not whole yet: %s", why->message);
        g_error_free(why);
        return true;
    }
    failed(round, file->id);
    return round_spare(&unused, "a file was not fetched", why, error);
}

/* One by one until the time is over. */
static bool fetch_all(struct round *round, const GArray *files, GError **error)
{
    int64_t end_ms = clock_boot_ms() + FETCH_MS;
    unsigned failures = 0;

    for (guint i = 0; i < files->len; i++) {
        const struct file_told *file = &g_array_index(files, struct file_told, i);
        bool done = false, enough = false;
        GError *why = NULL;
        if (failed_lately(round, file->id))
            continue;
        if (!fetch_one(round, file, end_ms, &done, &why)) {
            if (!judge(round, file, why, &enough, error))
                return false;
            if (enough || ++failures == FAILED_MAX)
                return true;
        } else if (!done || clock_boot_ms() >= end_ms) {
            round->fetching = true;
            return true;
        }
    }
    return true;
}

/* Before files come, and else once an hour. A fault of our own disk is no matter of the round's: it is told of once an hour. */
static void tidy_up(struct round *round, bool coming, int64_t boot_ms)
{
    g_autoptr(GError) error = NULL;
    bool long_ago = round->files_tidied_ms == 0 || boot_ms - round->files_tidied_ms >= AGAIN_MS;

    if (!long_ago && (!coming || round->files_untidy))
        return;
    round->files_tidied_ms = MAX(boot_ms, 1);
    round->files_untidy = !store_files_tidy(round->store, &error);
    if (round->files_untidy)
        g_warning("the folder of files is not tidy: %s", error->message);
}

bool files_pull(struct round *round, GError **error)
{
    g_autoptr(GArray) files = store_files_wanted(round->store, error);
    int64_t boot_ms = clock_boot_ms();

    if (files == NULL)
        return false;
    tidy_up(round, files->len > 0, boot_ms);
    return boot_ms < round->files_from_ms || fetch_all(round, files, error);
}
