/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/calls/hotlist-serve.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/keys/signing.h"
#include "model/model.h"
#include "sync/hotlist.h"
#include "sync/wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- What leads on ---- */

/* A change takes three times the bytes that an entry of the file takes. */
static bool deltas_are_nearer(const struct hotlist_way *way, int64_t count)
{
    return !way->broken && way->changes <= MAX(HOTLIST_ANSWER_CHANGES_MAX, count / 4);
}

static json_t *answer_of(json_t *deltas, json_t *manifest, int64_t newest, int64_t now_ms)
{
    return json_pack("{s:o, s:o, s:I, s:I}", "deltas", deltas, "manifest", manifest, "hotlist_version",
                     (json_int_t)newest, "server_time", (json_int_t)now_ms);
}

static json_t *lead_on(struct db *db, int64_t since, int64_t now_ms, GError **error)
{
    struct hotlist_head head;
    struct hotlist_way way;
    int64_t file;
    bool known;
    json_t *deltas = NULL, *manifest = NULL;

    if (!db_hotlist_head(db, &head, &known, error) || !db_hotlist_way(db, since, &way, error) ||
        !db_hotlist_file(db, &file, NULL, error))
        return NULL;
    if (since > head.version) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "this platform has no such version yet");
        return NULL;
    }
    if (since > 0 && (deltas_are_nearer(&way, head.count) || (file <= since && !way.broken)))
        deltas = db_hotlist_deltas(db, since, HOTLIST_ANSWER_DELTAS_MAX, HOTLIST_ANSWER_CHANGES_MAX, error);
    else if (file > since && db_hotlist_file(db, &file, &manifest, error))
        deltas = json_array();
    else if (file <= since)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_FILE, "the file of the hotlist is not built yet");
    return deltas != NULL ? answer_of(deltas, manifest != NULL ? manifest : json_null(), head.version, now_ms) : NULL;
}

static bool is_kind(json_t *payload, const char *kind)
{
    const char *said;
    return wire_get_string(payload, "kind", 32, &said) && strcmp(said, kind) == 0;
}

static bool is_delta(json_t *payload)
{
    return is_kind(payload, HOTLIST_KIND_DELTA);
}

static bool is_manifest(json_t *payload)
{
    return is_kind(payload, HOTLIST_KIND_FILE);
}

/* What an older key signed: nobody has to know that one any more. */
static bool signed_now(struct platform *platform, json_t *answer, GError **error)
{
    json_t *deltas = json_object_get(answer, "deltas"), *manifest = json_object_get(answer, "manifest"), *delta;
    size_t i;

    json_array_foreach(deltas, i, delta)
        if (!signing_again(platform, delta, is_delta, error))
            return false;
    return json_is_null(manifest) || signing_again(platform, manifest, is_manifest, error);
}

void call_hotlist(struct platform *platform, const struct request *request, struct reply *out)
{
    GError *error = NULL;
    json_t *answer = NULL;
    gint64 since;

    if (request->since == NULL || !g_ascii_string_to_signed(request->since, 10, 0, G_MAXINT64, &since, NULL)) {
        handlers_problem(out, 400, "MALFORMED", "since is a version, 0 for none");
        return;
    }
    if (db_begin(platform->db, false, &error)) {
        answer = lead_on(platform->db, since, now_ms(), &error);
        db_rollback(platform->db);
    }
    if (answer != NULL && !signed_now(platform, answer, &error))
        g_clear_pointer(&answer, json_decref);
    reply_or_error(out, answer, error, 410, "VERSION_AHEAD");
}

/* ---- The file ---- */

/* The SHA-256 that was signed, as a strong validator. */
static bool etag_of(struct db *db, int64_t version, char etag[68], GError **error)
{
    g_autofree char *hash = NULL;
    bool done = db_begin(db, false, error);

    etag[0] = '\0';
    if (done) {
        done = db_hotlist_file_hash(db, version, &hash, error);
        db_rollback(db);
    }
    if (done && hash != NULL)
        g_snprintf(etag, 68, "\"%s\"", hash);
    return done;
}

/* Of a file that lies open. */
static void file_reply(const struct request *request, int fd, int64_t length, const char *etag, struct reply *out)
{
    int64_t from, to;

    if (!reply_range(request, length, etag, out, &from, &to)) {
        close(fd);
        return;
    }
    out->content_type = "application/octet-stream";
    out->is_file = true;
    out->fd = fd;
    out->offset = from;
    out->body_len = (size_t)(to - from);
}

void call_hotlist_file(struct platform *platform, const struct request *request, struct reply *out)
{
    g_autofree char *path = NULL;
    GError *error = NULL;
    gint64 version;
    char etag[68];
    struct stat info;
    int fd;

    if (!g_ascii_string_to_signed(request->path + strlen(HOTLIST_FILE_PATH), 10, 1, G_MAXINT64, &version, NULL)) {
        handlers_problem(out, 404, "NOT_FOUND", NULL);
        return;
    }
    if (!etag_of(platform->db, version, etag, &error)) {
        reply_or_error(out, NULL, error, 503, "UNAVAILABLE");
        return;
    }
    path = hotlist_path(platform, version);
    fd = etag[0] != '\0' ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        file_reply(request, fd, info.st_size, etag, out);
        return;
    }
    if (fd >= 0)
        close(fd);
    handlers_problem(out, 404, "NOT_FOUND", "there is no file of this version");
}
