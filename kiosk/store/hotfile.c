/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hotfile.h"
#include "store/file.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES  128
#define HEADER_HASHED 96
static const uint8_t MAGIC[8] = "CCHOTL01";

struct hotfile {
    gint refs;
    int fd;
    char *name;
    int64_t length;
    struct hotlist_head head;
    struct hotlist_shape shape;
};

static void put_u64(uint8_t *out, uint64_t value)
{
    value = GUINT64_TO_BE(value);
    memcpy(out, &value, sizeof value);
}

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_BE(value);
}

static void put_u32(uint8_t *out, uint32_t value)
{
    value = GUINT32_TO_BE(value);
    memcpy(out, &value, sizeof value);
}

static uint32_t get_u32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_BE(value);
}

static bool damaged(const struct hotfile *file, const char *what, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "%s: %s", file->name, what);
    return false;
}

/* ---- Header ------------------------------------------------------------------------------------------------------- */

static uint64_t buckets_of(struct hotlist_shape shape)
{
    return UINT64_C(1) << shape.bucket_bits;
}

/* Where the first bucket begins. */
static int64_t data_start(struct hotlist_shape shape)
{
    return HEADER_BYTES + (int64_t)(buckets_of(shape) + 1) * 4;
}

static bool header_hash(const uint8_t header[HEADER_HASHED], uint8_t hash[32])
{
    return EVP_Digest(header, HEADER_HASHED, hash, NULL, EVP_sha256(), NULL) == 1;
}

static bool header_write(const struct hotlist_head *head, int64_t length, uint8_t out[HEADER_BYTES])
{
    struct hotlist_shape shape = hotlist_shape_of(head->count);

    memset(out, 0, HEADER_BYTES);
    memcpy(out, MAGIC, sizeof MAGIC);
    put_u64(out + 8, (uint64_t)head->version);
    put_u64(out + 16, (uint64_t)head->issued_ms);
    put_u64(out + 24, (uint64_t)head->count);
    put_u64(out + 32, (uint64_t)length);
    memcpy(out + 40, head->digest, 32);
    put_u32(out + 72, shape.bucket_bits);
    put_u32(out + 76, shape.rice);
    return header_hash(out, out + HEADER_HASHED);
}

static bool header_read(struct hotfile *file, const uint8_t header[HEADER_BYTES])
{
    uint8_t again[HEADER_BYTES];

    file->head.version = (int64_t)get_u64(header + 8);
    file->head.issued_ms = (int64_t)get_u64(header + 16);
    file->head.count = (int64_t)get_u64(header + 24);
    memcpy(file->head.digest, header + 40, 32);
    if (file->head.version < 1 || file->head.issued_ms < 0 || file->head.count < 0 ||
        file->head.count > HOTLIST_COUNT_MAX)
        return false;
    file->shape = hotlist_shape_of(file->head.count);
    /* One way to write it: whatever else a byte could say would be wrong. */
    return header_write(&file->head, file->length, again) && memcmp(header, again, HEADER_BYTES) == 0 &&
           file->length >= data_start(file->shape) && file->length <= UINT32_MAX;
}

struct hotfile *hotfile_open_fd(int fd, const char *name, GError **error)
{
    struct hotfile *file = g_new0(struct hotfile, 1);
    uint8_t header[HEADER_BYTES];
    struct stat info;

    file->refs = 1;
    file->fd = fd;
    file->name = g_strdup(name);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < HEADER_BYTES ||
        !file_read_at(fd, 0, header, sizeof header))
        damaged(file, "no hotlist: too short", error);
    else if (file->length = info.st_size, header_read(file, header)) {
        /* Lookups are scattered: a page that was not asked for is a page too many. Advice only, so nothing hangs on the answer. */
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
        return file;
    } else
        damaged(file, "no hotlist: header damaged", error);
    hotfile_unref(file);
    return NULL;
}

struct hotfile *hotfile_open(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0)
        return hotfile_open_fd(fd, path, error);
    g_set_error(error, STORE_ERROR, STORE_ERROR_FILE, "%s: %s", path, g_strerror(errno));
    return NULL;
}

struct hotfile *hotfile_ref(struct hotfile *file)
{
    g_atomic_int_inc(&file->refs);
    return file;
}

void hotfile_unref(struct hotfile *file)
{
    if (file == NULL || !g_atomic_int_dec_and_test(&file->refs))
        return;
    close(file->fd);
    g_free(file->name);
    g_free(file);
}

const struct hotlist_head *hotfile_head(const struct hotfile *file)
{
    return &file->head;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

/* The bucket's bytes, or 0 with error. Two reads: its place in the directory, and itself. */
static size_t bucket_load(const struct hotfile *file, uint64_t number, uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX],
                          GError **error)
{
    uint8_t place[8];

    if (!file_read_at(file->fd, HEADER_BYTES + (int64_t)number * 4, place, sizeof place)) {
        damaged(file, errno != 0 ? g_strerror(errno) : "directory cut off", error);
        return 0;
    }
    int64_t start = get_u32(place), end = get_u32(place + 4);
    if (start < data_start(file->shape) || end > file->length || end - start < HOTLIST_BUCKET_BYTES_MIN ||
        end - start > HOTLIST_BUCKET_BYTES_MAX) {
        damaged(file, "directory damaged", error);
        return 0;
    }
    if (!file_read_at(file->fd, start, bytes, (size_t)(end - start))) {
        damaged(file, errno != 0 ? g_strerror(errno) : "bucket cut off", error);
        return 0;
    }
    return (size_t)(end - start);
}

enum hotlist_found hotfile_find(const struct hotfile *file, uint64_t mark, enum hotlist_reason *reason, GError **error)
{
    uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX];
    size_t len = bucket_load(file, hotlist_bucket_of(file->shape, mark), bytes, error);
    enum hotlist_found found;

    if (len == 0)
        return HOTLIST_DAMAGED;
    found = hotlist_bucket_find(file->shape, file->head.version, mark, bytes, len, reason);
    if (found == HOTLIST_DAMAGED)
        damaged(file, "bucket damaged", error);
    return found;
}

struct hotfile_reader {
    struct hotfile *file;
    uint64_t number; /* of the next bucket */
    int at, count;
    uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX];
    struct hotlist_entry entries[HOTLIST_BUCKET_ENTRIES_MAX];
};

struct hotfile_reader *hotfile_reader_new(struct hotfile *file)
{
    struct hotfile_reader *reader = g_new0(struct hotfile_reader, 1);

    reader->file = hotfile_ref(file);
    return reader;
}

void hotfile_reader_free(struct hotfile_reader *reader)
{
    if (reader == NULL)
        return;
    hotfile_unref(reader->file);
    g_free(reader);
}

/* Reading from end to end is the one time when the next pages are wanted, too. */
static void read_ahead(const struct hotfile_reader *reader)
{
    uint64_t buckets = buckets_of(reader->file->shape), each = MAX(buckets / 64, 1);
    int64_t part = reader->file->length / (int64_t)(buckets / each) + 1;

    if (reader->number % each == 0)
        (void)posix_fadvise(reader->file->fd, (off_t)((int64_t)(reader->number / each) * part), (off_t)(2 * part),
                            POSIX_FADV_WILLNEED);
}

static bool reader_load(struct hotfile_reader *reader, GError **error)
{
    const struct hotfile *file = reader->file;

    read_ahead(reader);
    size_t len = bucket_load(file, reader->number, reader->bytes, error);
    if (len == 0)
        return false;
    reader->at = 0;
    reader->count = hotlist_bucket_read(file->shape, file->head.version, reader->number, reader->bytes, len,
                                        reader->entries);
    if (reader->count < 0)
        return damaged(file, "bucket damaged", error);
    reader->number++;
    return true;
}

int hotfile_reader_next(struct hotfile_reader *reader, struct hotlist_entry *entry, GError **error)
{
    while (reader->at == reader->count) {
        if (reader->number == buckets_of(reader->file->shape))
            return 0;
        if (!reader_load(reader, error)) {
            reader->at = reader->count = 0;
            return -1;
        }
    }
    *entry = reader->entries[reader->at++];
    return 1;
}

bool hotfile_each(const struct hotfile *file, hotfile_each_fn each, void *ctx, GError **error)
{
    struct hotfile_reader *reader = hotfile_reader_new((struct hotfile *)file);
    struct hotlist_entry entry;
    int more;

    while ((more = hotfile_reader_next(reader, &entry, error)) == 1)
        if (!each(ctx, &entry, error)) {
            more = -1;
            break;
        }
    hotfile_reader_free(reader);
    return more == 0;
}

struct sum {
    int64_t count;
    uint8_t digest[32];
};

static bool sum_entry(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    struct sum *sum = ctx;

    sum->count++;
    hotlist_digest_add(sum->digest, entry->mark, entry->reason);
    return true;
}

bool hotfile_verify(const struct hotfile *file, GError **error)
{
    struct sum sum = {0};

    if (!hotfile_each(file, sum_entry, &sum, error))
        return false;
    return (sum.count == file->head.count && memcmp(sum.digest, file->head.digest, 32) == 0) ||
           damaged(file, "does not hold what it says", error);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------ */

struct hotfile_writer {
    struct file_new *out;
    struct hotlist_head head;
    struct hotlist_shape shape;
    struct sum sum;
    uint8_t *directory;
    int64_t length;
    uint64_t number; /* of the bucket that is being filled */
    size_t held;
    struct hotlist_entry entries[HOTLIST_BUCKET_ENTRIES_MAX];
};

static bool refuse(const char *what, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_STATE, "hotlist: %s", what);
    return false;
}

/* Header and directory are written at the end; until then zeros hold their place. */
static bool hold_place(struct hotfile_writer *writer, GError **error)
{
    static const uint8_t zeros[4096];

    for (int64_t left = data_start(writer->shape); left > 0; left -= MIN(left, (int64_t)sizeof zeros))
        if (!file_new_write(writer->out, zeros, (size_t)MIN(left, (int64_t)sizeof zeros), error))
            return false;
    writer->length = data_start(writer->shape);
    return true;
}

struct hotfile_writer *hotfile_writer_new(const char *path, const struct hotlist_head *head, GError **error)
{
    struct hotfile_writer *writer = g_new0(struct hotfile_writer, 1);

    writer->head = *head;
    writer->shape = hotlist_shape_of(head->count);
    if (head->version < 1 || head->issued_ms < 0 || head->count < 0 || head->count > HOTLIST_COUNT_MAX)
        refuse("version, time or count is out of bounds", error);
    else if ((writer->out = file_new_open(path, error)) != NULL) {
        writer->directory = g_malloc0((buckets_of(writer->shape) + 1) * 4);
        if (hold_place(writer, error))
            return writer;
    }
    hotfile_writer_abandon(writer);
    return NULL;
}

static bool bucket_end(struct hotfile_writer *writer, GError **error)
{
    uint8_t bytes[HOTLIST_BUCKET_BYTES_MAX];
    size_t len = hotlist_bucket_write(writer->shape, writer->head.version, writer->number, writer->entries,
                                      writer->held, bytes, sizeof bytes);

    if (len == 0)
        return refuse("marks do not rise, or are not random", error);
    if (writer->length + (int64_t)len > UINT32_MAX)
        return refuse("too large for one file", error);
    put_u32(writer->directory + writer->number * 4, (uint32_t)writer->length);
    writer->length += (int64_t)len;
    writer->number++;
    writer->held = 0;
    return file_new_write(writer->out, bytes, len, error);
}

bool hotfile_writer_add(struct hotfile_writer *writer, uint64_t mark, uint8_t reason, GError **error)
{
    uint64_t number = hotlist_bucket_of(writer->shape, mark);

    if (number < writer->number)
        return refuse("marks do not rise", error);
    while (writer->number < number)
        if (!bucket_end(writer, error))
            return false;
    if (writer->held == HOTLIST_BUCKET_ENTRIES_MAX)
        return refuse("marks are not random", error);
    writer->entries[writer->held++] = (struct hotlist_entry){mark, reason};
    return sum_entry(&writer->sum, &writer->entries[writer->held - 1], error);
}

static bool finish(struct hotfile_writer *writer, GError **error)
{
    uint8_t header[HEADER_BYTES];
    uint64_t buckets = buckets_of(writer->shape);

    while (writer->number < buckets)
        if (!bucket_end(writer, error))
            return false;
    if (writer->sum.count != writer->head.count || memcmp(writer->sum.digest, writer->head.digest, 32) != 0)
        return refuse("entries are not those of the count and the digest", error);
    put_u32(writer->directory + buckets * 4, (uint32_t)writer->length);
    if (!header_write(&writer->head, writer->length, header))
        return refuse("SHA-256 failed", error);
    return file_new_write_at(writer->out, 0, header, sizeof header, error) &&
           file_new_write_at(writer->out, HEADER_BYTES, writer->directory, (buckets + 1) * 4, error) &&
           file_new_commit(g_steal_pointer(&writer->out), error);
}

bool hotfile_writer_finish(struct hotfile_writer *writer, GError **error)
{
    bool done = finish(writer, error);

    hotfile_writer_abandon(writer);
    return done;
}

void hotfile_writer_abandon(struct hotfile_writer *writer)
{
    if (writer == NULL)
        return;
    file_new_abandon(writer->out);
    g_free(writer->directory);
    g_free(writer);
}
