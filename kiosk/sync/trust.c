/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/trust.h"
#include "device/files.h"
#include "model/clock.h"
#include "sync/credentials.h"
#include "sync/round.h"
#include "sync/signed.h"
#include <stdlib.h>
#include <string.h>

#define CA_FILE      "ca.pem"
#define FILE_MAX     65536
#define PEM_MAX      8192
#define DIGEST_CHARS 64
#define ASK_EVERY_MS INT64_C(3600000)

static bool wrong(GError **error, const char *why)
{
    g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_ANSWER, why);
    return false;
}

void trust_clear(struct trust *trust)
{
    g_free(trust->pem);
    g_free(trust->issuer);
    g_clear_pointer(&trust->left, g_ptr_array_unref);
    *trust = (struct trust){0};
}

/* ---- Those that left ---- */

static bool left_has(const struct trust *trust, const char *digest)
{
    return trust->left != NULL && g_ptr_array_find_with_equal_func(trust->left, digest, g_str_equal, NULL);
}

/* Steals it; each once. */
static void left_add(struct trust *trust, char *digest)
{
    if (trust->left == NULL)
        trust->left = g_ptr_array_new_with_free_func(g_free);
    if (left_has(trust, digest)) {
        g_free(digest);
        return;
    }
    if (trust->left->len == TRUST_LEFT_MAX)
        g_ptr_array_remove_index(trust->left, 0);
    g_ptr_array_add(trust->left, digest);
}

/* Each certificate of them alone. g_strfreev. */
static GStrv split(const char *pems)
{
    g_auto(GStrv) parts = g_strsplit(pems, CREDENTIALS_PEM_END, -1);
    GStrvBuilder *out = g_strv_builder_new();

    for (char **part = parts; *part != NULL && part[1] != NULL; part++) {
        g_autofree char *whole = g_strconcat(*part, CREDENTIALS_PEM_END, NULL);
        g_strv_builder_add(out, whole);
    }
    GStrv all = g_strv_builder_end(out);
    g_strv_builder_unref(out);
    return all;
}

/* All that a list names, whether it counts or not. g_free. */
static char *named(json_t *list)
{
    GString *out = g_string_new(NULL);
    json_t *item = NULL;
    size_t i = 0;

    json_array_foreach(list, i, item)
    {
        g_autofree char *pem = credentials_authority(json_string_value(item), 0);
        g_string_append(out, pem != NULL ? pem : "");
    }
    return g_string_free(out, FALSE);
}

/* What left before, and what was trusted until now and is not named any more. One whose time is over did not leave: clocks may be wrong. */
static void left_follow(const struct trust *before, json_t *list, struct trust *next)
{
    g_autofree char *there = named(list);
    g_auto(GStrv) pems = split(before->pem);

    for (guint i = 0; before->left != NULL && i < before->left->len; i++)
        left_add(next, g_strdup(before->left->pdata[i]));
    for (char **pem = pems; *pem != NULL; pem++) {
        char *digest = credentials_share(*pem, there) ? NULL : credentials_digest(*pem);
        if (digest != NULL)
            left_add(next, digest);
    }
}

/* ---- The list ---- */

/* Does it count? Not when it has left, nor when its time is over; the last one that is listed issues, and has to count. */
static bool counts(const struct trust *before, const char *pem, int64_t now_ms)
{
    g_autofree char *digest = credentials_digest(pem), *today = credentials_authority(pem, now_ms);

    return digest != NULL && today != NULL && !left_has(before, digest);
}

/* `now_ms` 0: it was judged before it was kept. */
static bool list_read(json_t *list, const struct trust *before, int64_t now_ms, struct trust *out)
{
    GString *all = g_string_new(NULL);
    json_t *item = NULL;
    size_t i = 0, good = 0, size = json_array_size(list);
    bool last = false;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        g_autofree char *pem = text != NULL && strlen(text) <= PEM_MAX ? credentials_authority(text, 0) : NULL;

        if (pem == NULL)
            break;
        last = counts(before, pem, now_ms);
        if (last) {
            g_string_append(all, pem);
            g_free(out->issuer);
            out->issuer = g_steal_pointer(&pem);
        }
        good++;
    }
    out->pem = g_string_free(all, FALSE);
    return last && good == size && size <= TRUST_LIST_MAX;
}

bool trust_next(const struct trust *trust, json_t *payload, int64_t now_ms, struct trust *next, GError **error)
{
    json_t *list = json_object_get(payload, "authorities");
    const char *kind;

    *next = (struct trust){0};
    if (!wire_get_string(payload, "kind", 32, &kind) || strcmp(kind, TRUST_KIND) != 0 ||
        !wire_get_int(payload, "version", 1, INT64_MAX, &next->version))
        return wrong(error, "signed, but no list of authorities");
    if (next->version == trust->version)
        return true;
    if (next->version < trust->version)
        return wrong(error, "the platform's authorities are of an older version than ours");
    if (!list_read(list, trust, now_ms, next)) {
        trust_clear(next);
        return wrong(error, "an authority of the list is none, or the one that issues is not of today or was given up");
    }
    if (credentials_share(trust->pem, next->pem)) {
        left_follow(trust, list, next);
        return true;
    }
    trust_clear(next);
    return wrong(error, "the list of authorities has none of ours");
}

void trust_first(const char *ca_pem, json_t *payload, int64_t now_ms, struct trust *out)
{
    const struct trust given = {.pem = (char *)ca_pem};
    g_autoptr(GError) why = NULL;

    if (!trust_next(&given, payload, now_ms, out, &why))
        g_warning("enrolled with ca.pem alone: %s", why->message);
}

/* ---- On the disk ---- */

char *trust_text(const struct trust *trust)
{
    g_auto(GStrv) pems = split(trust->pem);
    json_t *list = json_array(), *left = json_array(), *json;
    char *dump, *out;

    for (char **pem = pems; *pem != NULL; pem++)
        json_array_append_new(list, json_string(*pem));
    for (guint i = 0; trust->left != NULL && i < trust->left->len; i++)
        json_array_append_new(left, json_string(trust->left->pdata[i]));
    json = json_pack("{s:I, s:o, s:o}", "version", (json_int_t)trust->version, "authorities", list, "left", left);
    dump = json_dumps(json, JSON_COMPACT);
    out = g_strdup(dump);
    free(dump);
    json_decref(json);
    return out;
}

/* Files of before there was such a memory have none. */
static bool left_read(json_t *list, struct trust *out)
{
    json_t *item = NULL;
    size_t i = 0;

    if (list != NULL && (!json_is_array(list) || json_array_size(list) > TRUST_LEFT_MAX))
        return false;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item) || json_string_length(item) != DIGEST_CHARS)
            return false;
        left_add(out, g_strdup(json_string_value(item)));
    }
    return true;
}

static bool kept_json(json_t *json, struct trust *out)
{
    static const struct trust nothing = {0};

    return wire_get_int(json, "version", 1, INT64_MAX, &out->version) && list_read(json_object_get(json, "authorities"), &nothing, 0, out) &&
           left_read(json_object_get(json, "left"), out);
}

static bool kept_read(const char *data_dir, struct trust *out, GError **error)
{
    gsize len = 0;
    g_autofree char *text = file_get(data_dir, TRUST_FILE, FILE_MAX, &len, error);
    json_t *json = text != NULL ? wire_parse(text, len, NULL) : NULL;
    bool good = kept_json(json, out);

    json_decref(json);
    if (!good)
        trust_clear(out);
    if (text != NULL && !good)
        g_set_error_literal(error, SYNC_ERROR, SYNC_ERROR_FILE, TRUST_FILE " is damaged: enrol this kiosk anew");
    return good;
}

bool trust_open(const char *data_dir, struct trust *out, GError **error)
{
    *out = (struct trust){0};
    if (file_there(data_dir, TRUST_FILE))
        return kept_read(data_dir, out, error);
    out->pem = file_get(data_dir, CA_FILE, FILE_MAX, NULL, error);
    return out->pem != NULL;
}

static bool keep(const char *data_dir, const struct trust *next, GError **error)
{
    g_autofree char *text = trust_text(next);

    return text != NULL && file_put(data_dir, TRUST_FILE, text, strlen(text), error);
}

/* ---- Asking ---- */

/* Kept before it counts. From then on the old list is gone, whatever the transport says: it is used from the next start at the latest. */
static bool take(struct round *round, struct trust *next, GError **error)
{
    if (!keep(round->data_dir, next, error))
        return false;
    trust_clear(&round->trust);
    round->trust = *next;
    *next = (struct trust){0};
    round->renew_tried_ms = 0; /* our certificate may be of an authority that does not issue any more */
    g_message("the platform's certificate authorities are those of version %" G_GINT64_FORMAT, round->trust.version);
    return round->transport->trust(round->transport->ctx, round->trust.pem) || crypto_failed(error, "changing the authorities");
}

static bool judge(struct round *round, json_t *answer, bool *taken, GError **error)
{
    json_t *envelope = json_object_get(answer, "authorities");
    json_t *payload = signed_open(signing_key(round, envelope), envelope, error);
    struct trust next = {0};
    bool good = payload != NULL && trust_next(&round->trust, payload, store_true_ms(round->store), &next, error);

    *taken = good && next.pem != NULL;
    json_decref(payload);
    good = good && (!*taken || take(round, &next, error));
    trust_clear(&next);
    return good;
}

static bool ask(struct round *round, bool *taken, GError **error)
{
    g_autofree char *path = g_strdup_printf("/v1/authorities?known=%" G_GINT64_FORMAT, round->trust.version);
    json_t *answer = round_call(round, path, NULL, error);
    bool good = answer != NULL && judge(round, answer, taken, error);

    json_decref(answer);
    return good;
}

bool trust_ask(struct round *round, GError **error)
{
    int64_t boot_ms = clock_boot_ms();
    bool taken = true, good = true;
    GError *why = NULL;

    if (round->transport->trust == NULL || (round->trust_asked_ms != 0 && boot_ms - round->trust_asked_ms < ASK_EVERY_MS))
        return true;
    round->trust_asked_ms = MAX(boot_ms, 1);
    for (int times = 0; good && taken && times < 2; times++) {
        taken = false;
        good = ask(round, &taken, &why);
    }
    if (good)
        return true;
    if (round->http_status == 404) { /* a platform of before there were such lists */
        g_clear_error(&why);
        return true;
    }
    return round_spare(&round->trust_asked_ms, "the platform's authorities stay as they were", why, error);
}
