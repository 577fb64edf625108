/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hotlist.h"
#include "sync/signed.h"
#include "sync/wire.h"

#include <string.h>

/* Verify, and see that it is of the kind. The key's id goes along: versions are counted by key. */
static json_t *open_kind(const uint8_t public_key[32], json_t *envelope, const char *kind, char key_id[17],
                         GError **error)
{
    json_t *payload = signed_open(public_key, envelope, error);
    const char *said;

    if (payload == NULL)
        return NULL;
    if (wire_get_string(payload, "kind", 32, &said) && strcmp(said, kind) == 0 && signed_key_id(public_key, key_id))
        return payload;
    g_set_error(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "signed, but no %s", kind);
    json_decref(payload);
    return NULL;
}

static bool manifest_read(json_t *payload, struct hotlist_manifest *out)
{
    return wire_get_int(payload, "version", 1, INT64_MAX, &out->head.version) &&
           wire_get_int(payload, "issued_at", 0, INT64_MAX, &out->head.issued_ms) &&
           wire_time_plausible(out->head.issued_ms) &&
           wire_get_int(payload, "count", 0, HOTLIST_COUNT_MAX, &out->head.count) &&
           wire_get_hex(payload, "digest", out->head.digest, 32) &&
           wire_get_int(payload, "length", 1, UINT32_MAX, &out->length) &&
           wire_get_hex(payload, "sha256", out->sha256, 32);
}

bool hotlist_manifest_open(const uint8_t public_key[32], json_t *envelope, struct hotlist_manifest *out, GError **error)
{
    json_t *payload;
    bool good;

    memset(out, 0, sizeof *out);
    payload = open_kind(public_key, envelope, HOTLIST_KIND_FILE, out->key_id, error);
    if (payload == NULL)
        return false;
    good = manifest_read(payload, out);
    json_decref(payload);
    if (!good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "hotlist manifest is signed but not well-formed");
    return good;
}

/* ---- Deltas ------------------------------------------------------------------------------------------------------- */

/* Marks in one string, 16 digits each. */
static const char *marks_of(json_t *json, size_t *count)
{
    size_t len = json_string_length(json);

    *count = len / HOTLIST_MARK_DIGITS;
    return json_is_string(json) && len % HOTLIST_MARK_DIGITS == 0 && *count <= HOTLIST_DELTA_MAX
               ? json_string_value(json)
               : NULL;
}

static bool adds_read(json_t *adds, GArray *out)
{
    const char *name;
    json_t *value;

    if (!json_is_object(adds))
        return false;
    json_object_foreach(adds, name, value)
    {
        enum hotlist_reason reason;
        size_t count;
        const char *marks = marks_of(value, &count);

        if (marks == NULL || !hotlist_reason_parse(name, &reason) || out->len + count > HOTLIST_DELTA_MAX)
            return false;
        for (size_t i = 0; i < count; i++) {
            struct hotlist_entry entry = {.reason = (uint8_t)reason};
            if (!hotlist_mark_parse(marks + i * HOTLIST_MARK_DIGITS, &entry.mark))
                return false;
            g_array_append_val(out, entry);
        }
    }
    return true;
}

static bool removes_read(json_t *removes, GArray *out)
{
    size_t count;
    const char *marks = marks_of(removes, &count);

    for (size_t i = 0; marks != NULL && i < count; i++) {
        uint64_t mark;
        if (!hotlist_mark_parse(marks + i * HOTLIST_MARK_DIGITS, &mark))
            return false;
        g_array_append_val(out, mark);
    }
    return marks != NULL;
}

bool hotlist_delta_read(json_t *payload, struct hotlist_delta_read *out)
{
    struct hotlist_delta *delta = &out->delta;

    out->adds = g_array_new(FALSE, FALSE, sizeof(struct hotlist_entry));
    out->removes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    if (!wire_get_int(payload, "from", 1, INT64_MAX - 1, &delta->from) ||
        !wire_get_int(payload, "to", delta->from + 1, INT64_MAX, &delta->to) ||
        !wire_get_int(payload, "issued_at", 0, INT64_MAX, &delta->issued_ms) ||
        !wire_time_plausible(delta->issued_ms) ||
        !wire_get_int(payload, "count", 0, HOTLIST_COUNT_MAX, &delta->count) ||
        !wire_get_hex(payload, "digest", delta->digest, 32) ||
        !adds_read(json_object_get(payload, "adds"), out->adds) ||
        !removes_read(json_object_get(payload, "removes"), out->removes))
        return false;
    delta->adds = (const struct hotlist_entry *)(void *)out->adds->data;
    delta->add_count = out->adds->len;
    delta->removes = (const uint64_t *)(void *)out->removes->data;
    delta->remove_count = out->removes->len;
    return true;
}

bool hotlist_delta_open(const uint8_t public_key[32], json_t *envelope, struct hotlist_delta_read *out, GError **error)
{
    json_t *payload;
    bool good;

    memset(out, 0, sizeof *out);
    payload = open_kind(public_key, envelope, HOTLIST_KIND_DELTA, out->delta.key_id, error);
    if (payload == NULL)
        return false;
    good = hotlist_delta_read(payload, out);
    json_decref(payload);
    if (!good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, "hotlist delta is signed but not well-formed");
    return good;
}

void hotlist_delta_clear(struct hotlist_delta_read *delta)
{
    if (delta->adds != NULL)
        g_array_unref(delta->adds);
    if (delta->removes != NULL)
        g_array_unref(delta->removes);
    memset(delta, 0, sizeof *delta);
}
