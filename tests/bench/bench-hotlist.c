/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hotlist of ten million: our file beside a sorted file of the same entries (8-byte marks, then a byte of reason each) that is
 * searched by halves, and beside the size that information theory allows. All in one run on one disk, lookups of both in turns.
 *
 *   bench-hotlist [--entries N] [--queries N] [--cold N] [--dir DIR]
 *
 * Prints three JSON objects. hotlist-size: bytes over the information-theoretic size; hotlist-warm, hotlist-cold: median lookup of
 * a card that is not listed over the same by halves, both by pread(). What the kiosk does with it (putting the file in force, a
 * delta of 10,000 changes, writing both into a new file) runs in a process of its own, whose peak memory is told.
 */
#include "model/hotlist.h"
#include "model/model.h"
#include "store/file.h"
#include "store/store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_ID  "0123456789abcdef"
#define CHANGES 10000
#define SIZE_MAX_RATIO 1.03

struct bench {
    int64_t entries;
    int queries, cold;
    char *parent, *dir, *ours, *sorted;
    struct hotlist_entry *list;
    struct hotfile *file;
    int sorted_fd;
    const uint64_t *map; /* the sorted file */
    uint64_t state;
};

static G_NORETURN void die(const char *what, const GError *error)
{
    fprintf(stderr, "bench-hotlist: %s: %s\n", what, error != NULL ? error->message : g_strerror(errno));
    exit(2);
}

static double seconds(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

static double us_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ---- The list ----------------------------------------------------------------------------------------------------- */

/* In thousandths: most cards are lost. */
static const unsigned SHARES[HOTLIST_REASONS] = {650, 200, 80, 40, 20, 7, 3};

static uint8_t reason_draw(uint64_t *state)
{
    unsigned at = (unsigned)(draw(state) % 1000), reason = 0;

    while (at >= SHARES[reason])
        at -= SHARES[reason++];
    return (uint8_t)reason;
}

static int by_mark(const void *a, const void *b)
{
    uint64_t left = ((const struct hotlist_entry *)a)->mark, right = ((const struct hotlist_entry *)b)->mark;
    return (left > right) - (left < right);
}

static void list_make(struct bench *bench)
{
    bench->list = g_new(struct hotlist_entry, (gsize)bench->entries);
    for (int64_t i = 0; i < bench->entries; i++) {
        bench->list[i].mark = draw(&bench->state);
        bench->list[i].reason = reason_draw(&bench->state);
    }
    qsort(bench->list, (size_t)bench->entries, sizeof *bench->list, by_mark);
}

/* log2 of the number of sets of n marks, and the entropy of their reasons: bytes. */
static double bytes_least(int64_t entries)
{
    double n = (double)entries, all = ldexp(1, 64), entropy = 0;

    for (int i = 0; i < HOTLIST_REASONS; i++)
        entropy -= SHARES[i] / 1000.0 * log2(SHARES[i] / 1000.0);
    double sets = n * log2(all / n) + (all - n) / all * n / log(2) - 0.5 * log2(2 * G_PI * n);
    return (sets + n * entropy) / 8;
}

/* ---- Building ----------------------------------------------------------------------------------------------------- */

static double build_ours(struct bench *bench)
{
    g_autoptr(GError) error = NULL;
    struct hotlist_head head = {.version = 1, .issued_ms = INT64_C(1795276800000), .count = bench->entries};
    double start = seconds();

    for (int64_t i = 0; i < bench->entries; i++)
        hotlist_digest_add(head.digest, bench->list[i].mark, bench->list[i].reason);
    struct hotfile_writer *writer = hotfile_writer_new(bench->ours, &head, &error);
    for (int64_t i = 0; writer != NULL && i < bench->entries; i++)
        if (!hotfile_writer_add(writer, bench->list[i].mark, bench->list[i].reason, &error))
            die("write", error);
    if (writer == NULL || !hotfile_writer_finish(writer, &error))
        die("write", error);
    return seconds() - start;
}

static double build_sorted(struct bench *bench)
{
    g_autoptr(GError) error = NULL;
    double start = seconds();
    struct file_new *file = file_new_open(bench->sorted, &error);

    for (int64_t i = 0; file != NULL && i < bench->entries; i++)
        if (!file_new_write(file, &bench->list[i].mark, 8, &error))
            die("write", error);
    for (int64_t i = 0; file != NULL && i < bench->entries; i++)
        if (!file_new_write(file, &bench->list[i].reason, 1, &error))
            die("write", error);
    if (file == NULL || !file_new_commit(file, &error))
        die("write", error);
    return seconds() - start;
}

static int64_t size_of(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0)
        die(path, NULL);
    return info.st_size;
}

static void open_both(struct bench *bench)
{
    g_autoptr(GError) error = NULL;

    bench->file = hotfile_open(bench->ours, &error);
    if (bench->file == NULL)
        die("open", error);
    bench->sorted_fd = open(bench->sorted, O_RDONLY | O_CLOEXEC);
    void *map = mmap(NULL, (size_t)bench->entries * 9, PROT_READ, MAP_SHARED, bench->sorted_fd, 0);
    if (bench->sorted_fd < 0 || map == MAP_FAILED || posix_fadvise(bench->sorted_fd, 0, 0, POSIX_FADV_RANDOM) != 0)
        die("open", NULL);
    bench->map = map;
}

/* ---- Lookups ------------------------------------------------------------------------------------------------------ */

typedef int (*find_fn)(struct bench *bench, uint64_t mark); /* reason, −1 not listed */

static int find_ours(struct bench *bench, uint64_t mark)
{
    enum hotlist_reason reason = HOTLIST_OTHER;
    enum hotlist_found found = hotfile_find(bench->file, mark, &reason, NULL);

    if (found == HOTLIST_DAMAGED)
        die("damaged", NULL);
    return found == HOTLIST_LISTED ? (int)reason : -1;
}

static int find_halves(struct bench *bench, uint64_t mark)
{
    int64_t low = 0, high = bench->entries;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        uint64_t at;
        if (!file_read_at(bench->sorted_fd, middle * 8, &at, 8))
            die("read", NULL);
        if (at == mark) {
            uint8_t reason;
            if (!file_read_at(bench->sorted_fd, bench->entries * 8 + middle, &reason, 1))
                die("read", NULL);
            return reason;
        }
        if (at < mark)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static int find_map(struct bench *bench, uint64_t mark)
{
    int64_t low = 0, high = bench->entries;

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (bench->map[middle] == mark)
            return ((const uint8_t *)(bench->map + bench->entries))[middle];
        if (bench->map[middle] < mark)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

struct times {
    double p50, p99;
};

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static struct times times_of(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return (struct times){values[count / 2], values[(int64_t)count * 99 / 100]};
}

/* Marks to ask for: of the list, or of nobody. */
static uint64_t query(struct bench *bench, bool listed, int *expected)
{
    if (!listed) {
        *expected = -1;
        return draw(&bench->state);
    }
    const struct hotlist_entry *entry = &bench->list[draw(&bench->state) % (uint64_t)bench->entries];
    *expected = entry->reason;
    return entry->mark;
}

static double timed(struct bench *bench, find_fn find, uint64_t mark, int expected)
{
    double start = us_now();
    int found = find(bench, mark);
    double end = us_now();

    if (found != expected)
        die("a wrong answer", NULL);
    return end - start;
}

static void warm(struct bench *bench, const find_fn *finds, int count, bool listed, struct times *out)
{
    double *values[3];

    for (int f = 0; f < count; f++)
        values[f] = g_new(double, (gsize)bench->queries);
    for (int i = 0; i < bench->queries; i++) {
        int expected;
        uint64_t mark = query(bench, listed, &expected);
        /* In turns that turn, so that no side always finds what another has just touched. */
        for (int f = 0; f < count; f++)
            values[(f + i) % count][i] = timed(bench, finds[(f + i) % count], mark, expected);
    }
    for (int f = 0; f < count; f++) {
        out[f] = times_of(values[f], bench->queries);
        g_free(values[f]);
    }
}

static void forget(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        die(path, NULL);
    close(fd);
}

static int resident(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), count = 0;
    size_t len = (size_t)size_of(path), pages = (len + 4095) / 4096;
    void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    g_autofree unsigned char *there = g_malloc(pages);

    if (map == MAP_FAILED || mincore(map, len, there) != 0)
        die("mincore", NULL);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    munmap(map, len);
    close(fd);
    return count;
}

struct cold {
    struct times times;
    double pages;
    int pages_max;
};

static void cold(struct bench *bench, find_fn find, const char *path, bool listed, struct cold *out)
{
    g_autofree double *values = g_new(double, (gsize)bench->cold);
    int64_t pages = 0;

    *out = (struct cold){0};
    for (int i = 0; i < bench->cold; i++) {
        int expected;
        uint64_t mark = query(bench, listed, &expected);
        forget(path);
        values[i] = timed(bench, find, mark, expected);
        int count = resident(path);
        pages += count;
        out->pages_max = MAX(out->pages_max, count);
    }
    out->times = times_of(values, bench->cold);
    out->pages = (double)pages / bench->cold;
}

/* ---- The kiosk, in a process of its own ---------------------------------------------------------------------------- */

static void delta_make(const struct hotfile *file, const char *dir, struct hotlist_delta *out)
{
    g_autofree char *path = g_build_filename(dir, "removes", NULL);
    g_autoptr(GError) error = NULL;
    struct hotlist_entry *adds = g_new0(struct hotlist_entry, CHANGES);
    uint64_t *removes = g_new0(uint64_t, CHANGES), state = 4711;
    size_t len = 0;
    g_autofree char *bytes = file_read(path, CHANGES * 9, &len, &error);

    if (bytes == NULL)
        die("removes", error);
    *out = (struct hotlist_delta){.from = 1, .to = 2, .issued_ms = INT64_C(1795363200000), .count = hotfile_head(file)->count,
                                  .adds = adds, .add_count = CHANGES - len / 9, .removes = removes, .remove_count = len / 9};
    memcpy(out->digest, hotfile_head(file)->digest, 32);
    g_strlcpy(out->key_id, KEY_ID, sizeof out->key_id);
    for (size_t i = 0; i < out->remove_count; i++) {
        memcpy(&removes[i], bytes + 9 * i, 8);
        hotlist_digest_remove(out->digest, removes[i], (uint8_t)bytes[9 * i + 8]);
    }
    for (size_t i = 0; i < out->add_count; i++) {
        adds[i] = (struct hotlist_entry){draw(&state), reason_draw(&state)};
        hotlist_digest_add(out->digest, adds[i].mark, adds[i].reason);
    }
    out->count += (int64_t)out->add_count - (int64_t)out->remove_count;
}

static struct times lookups(struct store *store, int count)
{
    g_autofree double *values = g_new(double, (gsize)count);
    uint64_t state = 99;

    for (int i = 0; i < count; i++) {
        g_autofree char *token = g_strdup_printf("%016" G_GINT64_MODIFIER "x0000000000000000", draw(&state));
        double start = us_now();
        g_autofree char *reason = store_hotlist_lookup(store, token);
        values[i] = us_now() - start;
        if (reason != NULL)
            die("a wrong answer", NULL);
    }
    return times_of(values, count);
}

/* Of this program, unlike getrusage(), which also counts what it was forked from. */
static int64_t peak_kib(void)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL) || (line = strstr(text, "VmHWM:")) == NULL)
        die("/proc/self/status", NULL);
    return g_ascii_strtoll(line + strlen("VmHWM:"), NULL, 10);
}

/* The file lies at DIR/list; prints what goes into the size's JSON. */
static int kiosk_run(const char *dir, int queries)
{
    struct store_identity identity = {.kiosk_id = "K0001", .epoch = 1};
    g_autofree char *path = g_build_filename(dir, "kiosk.db", NULL), *list = g_build_filename(dir, "list", NULL);
    g_autoptr(GError) error = NULL;
    struct hotlist_manifest manifest = {.key_id = KEY_ID};
    struct hotlist_delta delta;
    struct hotfile *file = hotfile_open(list, &error);
    struct store *store = store_open(path, &identity, &error);

    if (file == NULL || store == NULL || !file_sha256(list, manifest.sha256, &manifest.length, &error))
        die("kiosk", error);
    int64_t empty_kib = peak_kib();
    manifest.head = *hotfile_head(file);
    g_autofree char *part = store_hotlist_part(store, &manifest);
    if (link(list, part) != 0)
        die(part, NULL);
    double start = seconds();
    if (!store_hotlist_install(store, &manifest, &error))
        die("install", error);
    double install_s = seconds() - start;
    delta_make(file, dir, &delta);
    struct times plain = lookups(store, queries);
    start = seconds();
    if (!store_hotlist_apply(store, &delta, 1, &error))
        die("delta", error);
    double delta_s = seconds() - start;
    struct times overlaid = lookups(store, queries);
    start = seconds();
    if (!store_hotlist_compact(store, true, &error))
        die("compact", error);
    printf("\"install_s\":%.2f,\"delta_changes\":%d,\"delta_s\":%.3f,\"compact_s\":%.2f,\"kiosk_lookup_us\":{\"p50\":%.1f,"
           "\"p99\":%.1f},\"kiosk_lookup_with_changes_us\":{\"p50\":%.1f,\"p99\":%.1f},\"peak_kib\":%" G_GINT64_FORMAT
           ",\"peak_before_kib\":%" G_GINT64_FORMAT,
           install_s, CHANGES, delta_s, seconds() - start, plain.p50, plain.p99, overlaid.p50, overlaid.p99, peak_kib(),
           empty_kib);
    hotfile_unref(file);
    store_close(store);
    return 0;
}

/* A fifth of the changes take cards off. */
static char *kiosk_spawn(struct bench *bench)
{
    g_autofree char *path = g_build_filename(bench->dir, "removes", NULL), *list = g_build_filename(bench->dir, "list", NULL),
                    *queries = g_strdup_printf("%d", bench->queries);
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    char *out = NULL, *argv[] = {(char *)"/proc/self/exe", (char *)"--kiosk", bench->dir, (char *)"--queries", queries, NULL};
    int status;

    for (int i = 0; i < CHANGES / 5; i++) {
        const struct hotlist_entry *entry = &bench->list[(int64_t)i * (bench->entries / CHANGES)];
        g_string_append_len(bytes, (const char *)&entry->mark, 8);
        g_string_append_c(bytes, (char)entry->reason);
    }
    if (!file_replace(path, bytes->str, bytes->len, &error) || link(bench->ours, list) != 0 ||
        !g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error) ||
        !g_spawn_check_wait_status(status, &error))
        die("kiosk", error);
    return out;
}

/* ---- Run ---------------------------------------------------------------------------------------------------------- */

static void print_size(struct bench *bench, double sort_s, double ours_s, double sorted_s)
{
    double least = bytes_least(bench->entries), n = (double)bench->entries;
    int64_t ours = size_of(bench->ours), sorted = size_of(bench->sorted);
    g_autofree char *kiosk = kiosk_spawn(bench);

    printf("{\"bench\":\"hotlist-size\",\"entries\":%" G_GINT64_FORMAT ",\"bytes\":%" G_GINT64_FORMAT
           ",\"bytes_sorted\":%" G_GINT64_FORMAT ",\"bytes_least\":%.0f,\"bytes_per_entry\":%.3f,"
           "\"bytes_per_entry_sorted\":%.3f,\"bytes_per_entry_least\":%.3f,\"sort_s\":%.2f,\"build_s\":%.2f,"
           "\"build_sorted_s\":%.2f,%s,\"ratio\":%.4f,\"bar\":%.2f}\n",
           bench->entries, ours, sorted, least, (double)ours / n, (double)sorted / n, least / n, sort_s, ours_s, sorted_s,
           kiosk, (double)ours / least, SIZE_MAX_RATIO);
}

static void print_warm(struct bench *bench)
{
    static const find_fn finds[] = {find_ours, find_halves, find_map};
    struct times miss[3], hit[3];

    warm(bench, finds, 3, false, miss); /* brings it all into memory */
    warm(bench, finds, 3, false, miss);
    warm(bench, finds, 3, true, hit);
    printf("{\"bench\":\"hotlist-warm\",\"queries\":%d,\"miss_us\":{\"p50\":%.2f,\"p99\":%.2f},\"hit_us\":{\"p50\":%.2f,"
           "\"p99\":%.2f},\"sorted_miss_us\":{\"p50\":%.2f,\"p99\":%.2f},\"sorted_hit_us\":{\"p50\":%.2f,\"p99\":%.2f},"
           "\"sorted_mmap_miss_us\":{\"p50\":%.2f,\"p99\":%.2f},\"sorted_mmap_hit_us\":{\"p50\":%.2f,\"p99\":%.2f},"
           "\"ratio\":%.3f,\"bar\":1.0}\n",
           bench->queries, miss[0].p50, miss[0].p99, hit[0].p50, hit[0].p99, miss[1].p50, miss[1].p99, hit[1].p50, hit[1].p99,
           miss[2].p50, miss[2].p99, hit[2].p50, hit[2].p99, miss[0].p50 / miss[1].p50);
}

static void print_cold(struct bench *bench)
{
    struct cold miss, hit, sorted_miss, sorted_hit;

    munmap((void *)bench->map, (size_t)bench->entries * 9);
    cold(bench, find_ours, bench->ours, false, &miss);
    cold(bench, find_halves, bench->sorted, false, &sorted_miss);
    cold(bench, find_ours, bench->ours, true, &hit);
    cold(bench, find_halves, bench->sorted, true, &sorted_hit);
    printf("{\"bench\":\"hotlist-cold\",\"queries\":%d,\"miss_us\":{\"p50\":%.0f,\"p99\":%.0f},\"hit_us\":{\"p50\":%.0f,"
           "\"p99\":%.0f},\"sorted_miss_us\":{\"p50\":%.0f,\"p99\":%.0f},\"sorted_hit_us\":{\"p50\":%.0f,\"p99\":%.0f},"
           "\"pages\":%.2f,\"pages_max\":%d,\"sorted_pages\":%.2f,\"sorted_pages_max\":%d,\"ratio\":%.3f,\"bar\":1.0}\n",
           bench->cold, miss.times.p50, miss.times.p99, hit.times.p50, hit.times.p99, sorted_miss.times.p50,
           sorted_miss.times.p99, sorted_hit.times.p50, sorted_hit.times.p99, miss.pages, MAX(miss.pages_max, hit.pages_max),
           sorted_miss.pages, MAX(sorted_miss.pages_max, sorted_hit.pages_max), miss.times.p50 / sorted_miss.times.p50);
}

static void run(struct bench *bench)
{
    double start = seconds();

    list_make(bench);
    double sort_s = seconds() - start, ours_s = build_ours(bench), sorted_s = build_sorted(bench);
    print_size(bench, sort_s, ours_s, sorted_s);
    open_both(bench);
    print_warm(bench);
    print_cold(bench);
}

static void clean(const char *dir)
{
    const char *name;
    GDir *open = g_dir_open(dir, 0, NULL);

    while (open != NULL && (name = g_dir_read_name(open)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_unlink(path);
    }
    g_clear_pointer(&open, g_dir_close);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    struct bench bench = {.entries = 10000000, .queries = 100000, .cold = 1000, .state = 1};
    g_autofree char *kiosk = NULL;
    const GOptionEntry options[] = {
        {"entries", 0, 0, G_OPTION_ARG_INT64, &bench.entries, "Entries of the list", "N"},
        {"queries", 0, 0, G_OPTION_ARG_INT, &bench.queries, "Lookups of each kind, all in memory", "N"},
        {"cold", 0, 0, G_OPTION_ARG_INT, &bench.cold, "Lookups of each kind, nothing in memory", "N"},
        {"dir", 0, 0, G_OPTION_ARG_FILENAME, &bench.parent, "Where the files lie (a disk, no tmpfs)", "DIR"},
        {"kiosk", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &kiosk, "", "DIR"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- the hotlist beside a sorted file");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        die("options", error);
    if (kiosk != NULL)
        return kiosk_run(kiosk, bench.queries);
    if (bench.entries < CHANGES || bench.entries > HOTLIST_COUNT_MAX || bench.queries < 100 || bench.cold < 10)
        die("options out of bounds", NULL);
    bench.dir = g_build_filename(bench.parent != NULL ? bench.parent : g_get_tmp_dir(), "bench-hotlist-XXXXXX", NULL);
    if (g_mkdtemp(bench.dir) == NULL)
        die(bench.dir, NULL);
    bench.ours = g_build_filename(bench.dir, "ours", NULL);
    bench.sorted = g_build_filename(bench.dir, "sorted", NULL);
    run(&bench);
    clean(bench.dir);
    return 0;
}
