/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching the hotlist. What the platform gives to `since` our version is either deltas, which are small, or the manifest of a
 * file: then the file is fetched, in as many rounds as it takes, and asked for deltas once more.
 *
 *   behind ──► GET /v1/hotlist?since=V ──► deltas ──► checked, applied ──► newest? ── no ──► behind
 *                        │
 *                        └► manifest ──► GET /v1/hotlist/F, from where the last round ended ──► hash ──► in force ──► behind
 *
 * A list that fails at any of this leaves the one in force as it is, and its age goes on growing.
 */
#include "sync/hotlist.h"
#include "sync/fetch.h"
#include "sync/round.h"
#include "sync/signed.h"
#include "model/clock.h"
#include "model/model.h"

#include <string.h>

/* A round goes on to its push after this much of a file: evidence of payments must get out meanwhile. */
#define FETCH_MS  10000
#define STEPS_MAX 500

bool hotlist_state(struct round *round, struct store_hotlist *out, GError **error)
{
    store_hotlist_state(round->store, round->signing.line, out);
    return true;
}

static bool answer_error(GError **error, const char *what)
{
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "hotlist: %s", what);
    return false;
}

/* ---- The file ----------------------------------------------------------------------------------------------------- */

/* True with *done false: more of it in the next round. */
static bool fetch_list(struct round *round, const struct hotlist_manifest *manifest, bool *done, GError **error)
{
    g_autofree char *part = store_hotlist_part(round->store, manifest);
    g_autofree char *url = g_strdup_printf("/v1/hotlist/%" G_GINT64_FORMAT, manifest->head.version);
    char hash[65];
    g_autofree char *etag = g_strdup_printf("\"%s\"", wire_hex(manifest->sha256, 32, hash));
    struct fetch_order order = {.what = "hotlist", .url = url, .etag = etag, .part = part, .length = manifest->length,
                                .end_ms = clock_boot_ms() + FETCH_MS};

    *done = store_hotlist_have(round->store, manifest);
    return *done || fetch_file(round, &order, done, error);
}

static bool take_file(struct round *round, json_t *envelope, const struct store_hotlist *ours, bool *done, GError **error)
{
    struct hotlist_manifest manifest;

    if (!hotlist_manifest_open(signing_key(round, envelope), envelope, &manifest, error))
        return false;
    g_strlcpy(manifest.key_id, round->signing.line, sizeof manifest.key_id); /* versions go on over a change of the key */
    if (manifest.head.version <= ours->version) {
        g_set_error(error, SYNC_ERROR, SYNC_ERROR_SIGNATURE,
                    "hotlist went back from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, ours->version,
                    manifest.head.version);
        return false;
    }
    return fetch_list(round, &manifest, done, error) &&
           (!*done || store_hotlist_install(round->store, &manifest, error));
}

/* ---- Deltas ------------------------------------------------------------------------------------------------------- */

static bool take_deltas(struct round *round, json_t *envelopes, GError **error)
{
    size_t count = json_array_size(envelopes), read = 0;
    g_autofree struct hotlist_delta_read *deltas = g_new0(struct hotlist_delta_read, count);
    g_autofree struct hotlist_delta *list = g_new0(struct hotlist_delta, count);
    bool good = true;

    for (; good && read < count; read++) {
        json_t *envelope = json_array_get(envelopes, read);
        good = hotlist_delta_open(signing_key(round, envelope), envelope, &deltas[read], error);
        list[read] = deltas[read].delta;
        g_strlcpy(list[read].key_id, round->signing.line, sizeof list[read].key_id);
    }
    good = good && store_hotlist_apply(round->store, list, count, error) &&
           store_hotlist_compact(round->store, false, error);
    for (size_t i = 0; i < read; i++)
        hotlist_delta_clear(&deltas[i]);
    return good;
}

/* ---- One step ----------------------------------------------------------------------------------------------------- */

static bool step(struct round *round, const struct store_hotlist *ours, bool *done, GError **error)
{
    g_autofree char *path = g_strdup_printf("/v1/hotlist?since=%" G_GINT64_FORMAT, ours->version);
    json_t *answer = round_call(round, path, NULL, error);
    json_t *deltas = json_object_get(answer, "deltas"), *manifest = json_object_get(answer, "manifest");
    bool good;

    *done = true;
    if (answer == NULL)
        return false;
    if (json_is_object(manifest))
        good = take_file(round, manifest, ours, done, error);
    else if (!json_is_array(deltas) || json_array_size(deltas) == 0 ||
             json_array_size(deltas) > HOTLIST_ANSWER_DELTAS_MAX)
        good = answer_error(error, "told of a newer one, and given nothing that leads to it");
    else
        good = take_deltas(round, deltas, error);
    json_decref(answer);
    return good;
}

/* What the platform called the newest when it was asked is here: from now on its age is counted. */
static bool reached(struct round *round, const struct store_hotlist *ours, GError **error)
{
    return store_hotlist_confirm(round->store, ours->version, store_true_ms(round->store), error);
}

bool hotlist_pull(struct round *round, int64_t newest, bool *asked, GError **error)
{
    struct store_hotlist ours;
    bool done = true;

    *asked = true;
    round->fetching = false;
    for (int i = 0; i < STEPS_MAX && done; i++) {
        if (!hotlist_state(round, &ours, error))
            return false;
        if (ours.version >= newest) {
            *asked = i > 0;
            return i == 0 || reached(round, &ours, error);
        }
        if (!step(round, &ours, &done, error))
            return false;
    }
    round->fetching = true;
    return true;
}
