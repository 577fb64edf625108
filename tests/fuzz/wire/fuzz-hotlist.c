/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hotlist: a file's bytes, one bucket's bytes, or a delta's payload, by the first byte of the input. Checksums are made right
 * before reading, since no input would ever get past them: what is tried is the reading behind them.
 */
#include "../fuzz.h"
#include "model/hotlist.h"
#include "store/hotfile.h"
#include "sync/hotlist.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_BYTES 128

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t get_i64(const uint8_t *bytes)
{
    return (int64_t)((uint64_t)get_u32(bytes) << 32 | get_u32(bytes + 4));
}

static void put_u64(uint8_t *out, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

static void sum_bucket(int64_t version, uint64_t number, uint8_t *bytes, size_t len)
{
    uint8_t hash[32], *all = g_malloc(16 + len);

    put_u64(all, (uint64_t)version);
    put_u64(all + 8, number);
    memcpy(all + 16, bytes + 4, len - 4);
    FUZZ_CHECK(EVP_Digest(all, 16 + len - 4, hash, NULL, EVP_sha256(), NULL) == 1);
    memcpy(bytes, hash, 4);
    g_free(all);
}

/* ---- A file ---- */

struct seen {
    struct hotfile *file;
    struct hotlist_entry last;
    int64_t count;
};

static bool each(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    struct seen *seen = ctx;
    enum hotlist_reason reason;

    FUZZ_CHECK(seen->count == 0 || entry->mark > seen->last.mark);
    FUZZ_CHECK(entry->reason < HOTLIST_REASONS);
    FUZZ_CHECK(hotfile_find(seen->file, entry->mark, &reason, NULL) == HOTLIST_LISTED && reason == entry->reason);
    if (seen->count > 0 && entry->mark - seen->last.mark > 1)
        FUZZ_CHECK(hotfile_find(seen->file, entry->mark - 1, &reason, NULL) != HOTLIST_LISTED);
    seen->last = *entry;
    seen->count++;
    return true;
}

/* Length, shape, hash of the header; checksums of buckets that lie within the file. */
static void make_right(uint8_t *bytes, size_t len)
{
    int64_t count = get_i64(bytes + 24);
    struct hotlist_shape shape = hotlist_shape_of(count >= 0 && count <= 1000000 ? count : 0);
    uint64_t buckets = UINT64_C(1) << shape.bucket_bits;

    memcpy(bytes, "CCHOTL01", 8);
    if (count < 0 || count > 1000000)
        put_u64(bytes + 24, 0);
    put_u64(bytes + 32, len);
    put_u64(bytes + 72, (uint64_t)shape.bucket_bits << 32 | shape.rice);
    memset(bytes + 80, 0, 16);
    FUZZ_CHECK(EVP_Digest(bytes, 96, bytes + 96, NULL, EVP_sha256(), NULL) == 1);
    for (uint64_t i = 0; i < buckets && HEADER_BYTES + (i + 2) * 4 <= len; i++) {
        uint64_t start = get_u32(bytes + HEADER_BYTES + i * 4), end = get_u32(bytes + HEADER_BYTES + i * 4 + 4);
        if (start >= HEADER_BYTES + (buckets + 1) * 4 && end <= len && end >= start + 4)
            sum_bucket(get_i64(bytes + 8), i, bytes + start, end - start);
    }
}

static void try_file(const uint8_t *data, size_t size)
{
    int fd = memfd_create("hotlist", MFD_CLOEXEC);
    uint8_t *bytes = g_malloc(size + 1);
    struct seen seen = {0};

    FUZZ_CHECK(fd >= 0);
    memcpy(bytes, data, size);
    if (size >= HEADER_BYTES)
        make_right(bytes, size);
    FUZZ_CHECK(write(fd, bytes, size) == (ssize_t)size);
    g_free(bytes);
    seen.file = hotfile_open_fd(fd, "input", NULL);
    if (seen.file == NULL)
        return;
    FUZZ_CHECK(size >= HEADER_BYTES);
    bool whole = hotfile_each(seen.file, each, &seen, NULL);
    if (hotfile_verify(seen.file, NULL))
        FUZZ_CHECK(whole && seen.count == hotfile_head(seen.file)->count);
    hotfile_unref(seen.file);
}

/* ---- A bucket ---- */

static struct hotlist_entry entries[HOTLIST_BUCKET_ENTRIES_MAX];

static void try_bucket(const uint8_t *data, size_t size)
{
    struct hotlist_shape shape = hotlist_shape_of((int64_t)1 << data[0] % 29);
    uint64_t number = data[1] & ((UINT64_C(1) << shape.bucket_bits) - 1);
    uint8_t again[HOTLIST_BUCKET_BYTES_MAX], *bytes;
    enum hotlist_reason reason;

    size -= 2;
    if (size < HOTLIST_BUCKET_BYTES_MIN || size > HOTLIST_BUCKET_BYTES_MAX)
        return;
    bytes = g_memdup2(data + 2, size);
    sum_bucket(7, number, bytes, size);
    int count = hotlist_bucket_read(shape, 7, number, bytes, size, entries);
    /* There is one way to write a bucket. */
    if (count >= 0) {
        FUZZ_CHECK(hotlist_bucket_write(shape, 7, number, entries, (size_t)count, again, sizeof again) == size);
        FUZZ_CHECK(memcmp(again, bytes, size) == 0);
    }
    for (int i = 0; i < count; i++)
        FUZZ_CHECK(hotlist_bucket_find(shape, 7, entries[i].mark, bytes, size, &reason) == HOTLIST_LISTED &&
                   reason == entries[i].reason);
    g_free(bytes);
}

/* ---- A delta ---- */

static void try_delta(const uint8_t *data, size_t size)
{
    json_t *payload = wire_parse((const char *)data, size, NULL);
    struct hotlist_delta_read read = {0};

    if (payload == NULL)
        return;
    if (hotlist_delta_read(payload, &read)) {
        FUZZ_CHECK(read.delta.from >= 1 && read.delta.to > read.delta.from && read.delta.count >= 0);
        FUZZ_CHECK(read.delta.add_count <= HOTLIST_DELTA_MAX && read.delta.remove_count <= HOTLIST_DELTA_MAX);
        for (size_t i = 0; i < read.delta.add_count; i++)
            FUZZ_CHECK(read.delta.adds[i].reason < HOTLIST_REASONS);
    }
    hotlist_delta_clear(&read);
    json_decref(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 3 == 0)
        try_file(data + 1, size - 1);
    else if (data[0] % 3 == 1 && size > 3)
        try_bucket(data + 1, size - 1);
    else
        try_delta(data + 1, size - 1);
    return 0;
}
