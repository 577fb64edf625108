/* SPDX-License-Identifier: Apache-2.0 */
#include "plain.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* A file by whatever name: what of its bytes is on the medium. */
struct inode {
    GByteArray *durable;
    bool dirty;         /* written since it was flushed */
    GByteArray *after;  /* what the power cut leaves, while it is played */
};

/* A change of names that is not on the medium yet: made (no `from`), renamed, removed (no `to`). */
struct change {
    char *from, *to;
    struct inode *inode;
};

struct plain {
    GPtrArray *paths;  /* all that were ever met, in order */
    GPtrArray *inodes; /* owned */
    GHashTable *now, *durable; /* path → inode, of files that are there */
    GArray *changes;   /* of struct change */
    char *last;        /* written or flushed: the one that a rename is about */
};

static void inode_free(void *data)
{
    struct inode *inode = data;

    g_byte_array_unref(inode->durable);
    if (inode->after != NULL)
        g_byte_array_unref(inode->after);
    g_free(inode);
}

static void change_clear(void *data)
{
    struct change *change = data;

    g_free(change->from);
    g_free(change->to);
}

struct plain *plain_new(void)
{
    struct plain *plain = g_new0(struct plain, 1);

    plain->paths = g_ptr_array_new_with_free_func(g_free);
    plain->inodes = g_ptr_array_new_with_free_func(inode_free);
    plain->now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    plain->durable = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    plain->changes = g_array_new(FALSE, FALSE, sizeof(struct change));
    g_array_set_clear_func(plain->changes, change_clear);
    return plain;
}

void plain_forget(struct plain *plain)
{
    g_array_set_size(plain->changes, 0);
    g_hash_table_remove_all(plain->now);
    g_hash_table_remove_all(plain->durable);
    g_ptr_array_set_size(plain->inodes, 0);
    g_ptr_array_set_size(plain->paths, 0);
    g_clear_pointer(&plain->last, g_free);
}

void plain_free(struct plain *plain)
{
    if (plain == NULL)
        return;
    plain_forget(plain);
    g_array_unref(plain->changes);
    g_hash_table_unref(plain->now);
    g_hash_table_unref(plain->durable);
    g_ptr_array_unref(plain->inodes);
    g_ptr_array_unref(plain->paths);
    g_free(plain);
}

/* ---- Steps -------------------------------------------------------------------------------------------------------- */

/* NULL: there is no such file. */
static GByteArray *bytes_of(const char *path)
{
    char *bytes = NULL;
    gsize len = 0;

    return g_file_get_contents(path, &bytes, &len, NULL) ? g_byte_array_new_take((guint8 *)bytes, len) : NULL;
}

static struct inode *inode_new(struct plain *plain, GByteArray *durable)
{
    struct inode *inode = g_new0(struct inode, 1);

    inode->durable = durable;
    g_ptr_array_add(plain->inodes, inode);
    return inode;
}

/* A file that is met for the first time is taken to be durable as it is. */
static struct inode *meet(struct plain *plain, const char *path)
{
    if (!g_ptr_array_find_with_equal_func(plain->paths, path, g_str_equal, NULL)) {
        GByteArray *bytes = bytes_of(path);
        g_ptr_array_add(plain->paths, g_strdup(path));
        if (bytes != NULL) {
            struct inode *inode = inode_new(plain, bytes);
            g_hash_table_insert(plain->now, g_strdup(path), inode);
            g_hash_table_insert(plain->durable, g_strdup(path), inode);
        }
    }
    return g_hash_table_lookup(plain->now, path);
}

static void names_change(GHashTable *names, const struct change *change)
{
    if (change->from != NULL && g_hash_table_lookup(names, change->from) == change->inode)
        g_hash_table_remove(names, change->from);
    if (change->to != NULL)
        g_hash_table_insert(names, g_strdup(change->to), change->inode);
}

static void change_add(struct plain *plain, const char *from, const char *to, struct inode *inode)
{
    struct change change = {g_strdup(from), g_strdup(to), inode};

    names_change(plain->now, &change);
    g_array_append_val(plain->changes, change);
}

static void on_open(struct plain *plain, const char *path)
{
    struct inode *inode = meet(plain, path);

    if (inode == NULL)
        change_add(plain, NULL, path, inode = inode_new(plain, g_byte_array_new()));
    inode->dirty = true; /* it may be cut */
}

static void on_sync(struct plain *plain, const char *path)
{
    struct inode *inode = meet(plain, path);
    GByteArray *bytes = bytes_of(path);

    if (inode == NULL || bytes == NULL)
        g_error("%s is flushed and not there", path);
    g_byte_array_unref(inode->durable);
    inode->durable = bytes;
    inode->dirty = false;
}

static void on_rename(struct plain *plain, const char *to)
{
    struct inode *inode = plain->last != NULL ? meet(plain, plain->last) : NULL;

    if (inode == NULL)
        g_error("%s is the new name of nobody knows which file", to);
    meet(plain, to);
    change_add(plain, plain->last, to, inode);
}

static void on_sync_folder(struct plain *plain, const char *folder)
{
    for (guint i = 0; i < plain->changes->len;) {
        const struct change *change = &g_array_index(plain->changes, struct change, i);
        g_autofree char *parent = g_path_get_dirname(change->to != NULL ? change->to : change->from);
        if (strcmp(parent, folder) == 0) {
            names_change(plain->durable, change);
            g_array_remove_index(plain->changes, i);
        } else {
            i++;
        }
    }
}

void plain_step(struct plain *plain, enum file_step step, const char *path)
{
    struct inode *inode;

    if (step == FILE_OPEN || step == FILE_WRITE || step == FILE_SYNC) {
        g_free(plain->last);
        plain->last = g_strdup(path);
    }
    switch (step) {
    case FILE_OPEN:
        on_open(plain, path);
        break;
    case FILE_WRITE:
    case FILE_CUT:
        inode = meet(plain, path);
        if (inode != NULL)
            inode->dirty = true;
        break;
    case FILE_SYNC:
        on_sync(plain, path);
        break;
    case FILE_RENAME:
        on_rename(plain, path);
        break;
    case FILE_SYNC_DIR:
        on_sync_folder(plain, path);
        break;
    case FILE_REMOVE:
        inode = meet(plain, path);
        if (inode != NULL)
            change_add(plain, path, NULL, inode);
        break;
    default:
        g_error("a step of file.h that is not known here: %d", step);
    }
}

/* ---- Power -------------------------------------------------------------------------------------------------------- */

/* Each sector as it was flushed last, or as it was written since; so is the length. */
static GByteArray *torn(const GByteArray *durable, const GByteArray *written, struct rng *rng, unsigned keep_permille)
{
    guint len = rng_permille(rng, keep_permille) ? written->len : durable->len;
    GByteArray *out = g_byte_array_sized_new(len);

    g_byte_array_set_size(out, len);
    memset(out->data, 0, len);
    for (guint at = 0; at < len; at += SECTOR) {
        const GByteArray *from = rng_permille(rng, keep_permille) ? written : durable;
        if (at < from->len)
            memcpy(out->data + at, from->data + at, MIN(MIN(len, from->len) - at, SECTOR));
    }
    return out;
}

static void tear_all(struct plain *plain, struct rng *rng, unsigned keep_permille)
{
    for (guint i = 0; i < plain->paths->len; i++) {
        const char *path = g_ptr_array_index(plain->paths, i);
        struct inode *inode = g_hash_table_lookup(plain->now, path);
        g_autoptr(GByteArray) written = inode != NULL && inode->dirty ? bytes_of(path) : NULL;
        if (written != NULL)
            inode->after = torn(inode->durable, written, rng, keep_permille);
    }
}

static void put_back(const char *path, const struct inode *inode)
{
    const GByteArray *bytes = inode == NULL ? NULL : inode->after != NULL ? inode->after : inode->durable;
    g_autoptr(GError) error = NULL;

    if (bytes == NULL && unlink(path) != 0 && errno != ENOENT)
        g_error("%s: %s", path, g_strerror(errno));
    if (bytes != NULL && !g_file_set_contents(path, (const char *)bytes->data, bytes->len, &error))
        g_error("%s", error->message);
}

void plain_power_cut(struct plain *plain, struct rng *rng, unsigned keep_permille)
{
    tear_all(plain, rng, keep_permille);
    for (guint i = 0; i < plain->changes->len; i++)
        if (rng_permille(rng, keep_permille))
            names_change(plain->durable, &g_array_index(plain->changes, struct change, i));
    for (guint i = 0; i < plain->paths->len; i++) {
        const char *path = g_ptr_array_index(plain->paths, i);
        put_back(path, g_hash_table_lookup(plain->durable, path));
    }
    plain_forget(plain);
}
