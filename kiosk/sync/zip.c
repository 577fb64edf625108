/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/zip.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define WINDOW_LOG_MAX 22 /* 4 MiB: what a frame may make us allocate */
#define LEVEL          1

char *zip_pack(const char *bytes, size_t len, size_t *packed_len)
{
    size_t bound = ZSTD_compressBound(len), done;
    char *out = malloc(bound);

    if (out == NULL)
        return NULL;
    done = ZSTD_compress(out, bound, bytes, len, LEVEL);
    if (ZSTD_isError(done) || done >= len) {
        free(out);
        return NULL;
    }
    *packed_len = done;
    return out;
}

/* The next piece of room; false when the text is longer than it may be. */
static bool make_room(char **out, size_t *room, size_t len, size_t most)
{
    size_t more = MIN(MAX(*room * 2, ZIP_FREE_BYTES), most);
    char *bigger;

    if (len < *room)
        return true;
    if (*room >= most || (bigger = realloc(*out, more + 1)) == NULL)
        return false;
    *out = bigger;
    *room = more;
    return true;
}

static enum zip_result unpack(ZSTD_DCtx *ctx, ZSTD_inBuffer *in, size_t most, char **out, size_t *len)
{
    size_t room = 0, left = 1;

    while (left != 0) {
        if (!make_room(out, &room, *len, most))
            return ZIP_TOO_LARGE;
        ZSTD_outBuffer piece = {.dst = *out + *len, .size = room - *len};
        size_t before = in->pos;
        left = ZSTD_decompressStream(ctx, &piece, in);
        *len += piece.pos;
        if (ZSTD_isError(left) || (left != 0 && piece.pos == 0 && in->pos == before))
            return ZIP_BROKEN; /* not zstd, or cut short */
    }
    return in->pos == in->size ? ZIP_OK : ZIP_BROKEN;
}

enum zip_result zip_unpack(const char *packed, size_t packed_len, size_t bytes_max, char **out, size_t *len)
{
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    ZSTD_inBuffer in = {.src = packed, .size = packed_len};
    size_t most = MIN(bytes_max, ZIP_FREE_BYTES + packed_len * ZIP_RATIO_MAX);
    enum zip_result result = ZIP_BROKEN;

    *out = NULL;
    *len = 0;
    if (ctx != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        result = unpack(ctx, &in, most, out, len);
    ZSTD_freeDCtx(ctx);
    if (result == ZIP_OK) {
        (*out)[*len] = '\0';
        return ZIP_OK;
    }
    free(*out);
    *out = NULL;
    return result;
}

static bool refused(const char *parameters)
{
    const char *q = parameters != NULL ? strstr(parameters, "q=") : NULL;

    return q != NULL && q[2] == '0' && q[2 + 1 + strspn(q + 3, ".0")] == '\0';
}

bool zip_listed(const char *codings)
{
    g_auto(GStrv) parts = g_strsplit(codings != NULL ? codings : "", ",", 16);

    for (char **part = parts; *part != NULL; part++) {
        char *parameters = strchr(*part, ';');

        if (parameters != NULL)
            *parameters++ = '\0';
        if (g_ascii_strcasecmp(g_strstrip(*part), "zstd") == 0)
            return !refused(parameters);
    }
    return false;
}
