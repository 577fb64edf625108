/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/hotlist/hotlist.h"
#include "platform/data/db-rows.h"
#include "platform/keys/pki.h"
#include "model/model.h"
#include "sync/hotlist.h"
#include "sync/signed.h"
#include "sync/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The head before ---- */

static bool count_entry(void *ctx, const struct hotlist_entry *entry, GError **error)
{
    struct hotlist_head *head = ctx;

    head->count++;
    hotlist_digest_add(head->digest, entry->mark, entry->reason);
    return true;
}

/* A version of before this program kept count and digest: computed once, and told by one more version (*renew). */
bool hotlist_head_of(struct db *db, struct hotlist_head *head, bool *renew, GError **error)
{
    bool known;

    if (!db_hotlist_head(db, head, &known, error))
        return false;
    *renew = !known;
    if (known || head->version == 0)
        return true;
    head->count = 0;
    return db_hotlist_each(db, count_entry, head, error);
}

/* ---- A delta ---- */

static int by_mark(const void *a, const void *b)
{
    uint64_t left = ((const struct hotlist_change *)a)->mark, right = ((const struct hotlist_change *)b)->mark;
    return (left > right) - (left < right);
}

/* Rising, each mark once: of several changes the last one given. */
void hotlist_changes_sort(GArray *changes)
{
    struct hotlist_change *list = (struct hotlist_change *)(void *)changes->data;
    guint kept = 0;

    for (guint i = 1; i < changes->len; i++)
        if (list[i - 1].mark >= list[i].mark) {
            g_array_sort(changes, by_mark); /* stable, as GLib says of it */
            break;
        }
    list = (struct hotlist_change *)(void *)changes->data;
    for (guint i = 0; i < changes->len; i++) {
        kept += kept == 0 || list[kept - 1].mark != list[i].mark;
        list[kept - 1] = list[i];
    }
    g_array_set_size(changes, kept);
}

/* {"lost": "16 digits each …", …} or the string of those that go. */
static json_t *marks_json(const GArray *changes, int reason)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char digits[HOTLIST_MARK_DIGITS + 1];

    for (guint i = 0; i < changes->len; i++) {
        const struct hotlist_change *change = &g_array_index(changes, struct hotlist_change, i);
        if (change->reason != reason)
            continue;
        hotlist_mark_format(change->mark, digits);
        g_string_append_len(text, digits, HOTLIST_MARK_DIGITS);
    }
    return json_stringn(text->str, text->len);
}

static json_t *adds_json(const GArray *changes)
{
    json_t *adds = json_object();

    for (int reason = 0; reason < HOTLIST_REASONS; reason++) {
        json_t *marks = marks_json(changes, reason);
        if (json_string_length(marks) > 0)
            json_object_set(adds, hotlist_reason_name(reason), marks);
        json_decref(marks);
    }
    return adds;
}

static char *delta_text(const GArray *changes, int64_t from, const struct hotlist_head *head)
{
    char digest[65];
    json_t *payload = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "kind", HOTLIST_KIND_DELTA, "from",
                                (json_int_t)from, "to", (json_int_t)head->version, "issued_at",
                                (json_int_t)head->issued_ms, "count", (json_int_t)head->count, "digest",
                                wire_hex(head->digest, 32, digest), "adds", adds_json(changes), "removes",
                                marks_json(changes, HOTLIST_TAKE_OFF));
    char *text = payload != NULL ? json_dumps(payload, JSON_COMPACT) : NULL;

    json_decref(payload);
    return text;
}

/* Sign a text of ours. g_free the signature. */
static bool sign(struct platform *platform, const char *text, char **signature, char key_id[SIGNED_KEY_ID_SIZE],
                 GError **error)
{
    if (text == NULL || !signed_key_id(platform->sign_public, key_id)) {
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_CRYPTO, "the hotlist cannot be written");
        return false;
    }
    *signature = pki_sign(platform->sign_key, text, strlen(text), error);
    return *signature != NULL;
}

/* ---- A version ---- */

/* A replaced card stays so whatever is asked, and what was on the list already is there since then. */
static bool change_entry(struct db *db, struct hotlist_change *change, bool fresh, struct hotlist_head *head, bool *changed,
                         GError **error)
{
    struct hotlist_listed had = {.reason = HOTLIST_TAKE_OFF};

    if (!fresh && !db_hotlist_entry_find(db, change->mark, &had, error))
        return false;
    change->reason = had.replaced ? HOTLIST_REPLACED : change->reason;
    *changed = had.reason != change->reason;
    if (!*changed)
        return hotlist_import_heard(db, change->mark, change->reason, false, error);
    if (had.reason >= 0)
        hotlist_digest_remove(head->digest, change->mark, (uint8_t)had.reason);
    if (change->reason >= 0)
        hotlist_digest_add(head->digest, change->mark, (uint8_t)change->reason);
    head->count += (change->reason >= 0) - (had.reason >= 0);
    if (!hotlist_import_heard(db, change->mark, change->reason, true, error))
        return false;
    const struct hotlist_entry entry = {change->mark, (uint8_t)change->reason};
    int64_t since_ms = had.reason >= 0 ? MIN(had.since_ms, head->issued_ms) : head->issued_ms;
    return change->reason >= 0 ? db_hotlist_entry_set(db, &entry, since_ms, error) : db_hotlist_entry_delete(db, change->mark, error);
}

/* Those that change something move to the front. */
static bool change_entries(struct db *db, GArray *changes, struct hotlist_head *head, GError **error)
{
    struct hotlist_change *list = (struct hotlist_change *)(void *)changes->data;
    bool fresh = head->count == 0, changed;
    guint kept = 0;

    for (guint i = 0; i < changes->len; i++) {
        if (list[i].reason < HOTLIST_TAKE_OFF || list[i].reason >= HOTLIST_REASONS)
            return platform_refuse(error, "a reason that is none");
        if (!change_entry(db, &list[i], fresh, head, &changed, error))
            return false;
        if (changed)
            list[kept++] = list[i];
    }
    g_array_set_size(changes, kept);
    return head->count <= HOTLIST_COUNT_MAX || platform_refuse(error, "more entries than a hotlist can have");
}

bool hotlist_version_add(struct platform *platform, const GArray *changes, int64_t count, const struct hotlist_head *head,
                         GError **error)
{
    struct hotlist_version_row row = {.head = *head, .changes = count};
    g_autofree char *signature = NULL;
    char key_id[SIGNED_KEY_ID_SIZE], *text = NULL;
    bool done = true;

    /* Many changes at once are a file's business; and nobody has the version before the first. */
    if (head->version > 1 && count <= HOTLIST_DELTA_MAX) {
        text = delta_text(changes, head->version - 1, head);
        done = sign(platform, text, &signature, key_id, error);
        row.payload = text;
        row.signature = signature;
        row.key_id = key_id;
    }
    done = done && db_hotlist_add(platform->db, &row, error);
    free(text);
    return done;
}

bool hotlist_publish(struct platform *platform, GArray *changes, int64_t now_ms, int64_t *version, GError **error)
{
    struct hotlist_head head;
    bool renew;

    if (!hotlist_head_of(platform->db, &head, &renew, error))
        return false;
    *version = head.version;
    head.issued_ms = now_ms;
    hotlist_changes_sort(changes);
    if (!change_entries(platform->db, changes, &head, error))
        return false;
    if (changes->len == 0 && !renew)
        return true;
    *version = ++head.version;
    return hotlist_version_add(platform, changes, changes->len, &head, error);
}

/* ---- One card ---- */

bool hotlist_card_tell(struct platform *platform, const char *number, bool lost, int64_t now_ms, int64_t *version, GError **error)
{
    g_autofree char *token = NULL, *state = NULL;
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    struct hotlist_change change = {.reason = lost ? HOTLIST_LOST : HOTLIST_TAKE_OFF};
    bool other = false;

    if (!db_card_find(platform->db, number, &token, &state, error))
        return false;
    if (token == NULL || !hotlist_mark_of_token(token, &change.mark))
        return platform_refuse(error, "no such card in this community");
    if (strcmp(state, card_state_name(CARD_REPLACED)) == 0)
        return platform_refuse(error, "this card was replaced, and stays so");
    if (!lost && !db_card_mark_listed(platform->db, change.mark, token, &other, error))
        return false;
    if (!other)
        g_array_append_val(changes, change);
    return db_card_state_set(platform->db, number, lost ? "lost" : "active", error) &&
           hotlist_publish(platform, changes, now_ms, version, error);
}

bool hotlist_card_replaced(struct platform *platform, const char *token, int64_t now_ms, int64_t *version, GError **error)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(struct hotlist_change));
    struct hotlist_change change = {.reason = HOTLIST_REPLACED};

    if (!hotlist_mark_of_token(token, &change.mark))
        return platform_refuse(error, "no token of a card");
    g_array_append_val(changes, change);
    return hotlist_publish(platform, changes, now_ms, version, error);
}

bool hotlist_card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                       GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (!hotlist_card_tell(platform, card_number, true, now_ms, version, error)) {
        db_rollback(platform->db);
        return false;
    }
    return db_commit(platform->db, error);
}
