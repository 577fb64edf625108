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
    *trust = (struct trust){0};
}

/* ---- The list ---- */

/* `now_ms` 0: it was judged before it was kept. */
static bool list_read(json_t *list, int64_t now_ms, struct trust *out)
{
    GString *all = g_string_new(NULL);
    json_t *item = NULL;
    size_t i = 0, good = 0;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        char *pem = text != NULL && strlen(text) <= PEM_MAX ? credentials_authority(text, now_ms) : NULL;

        if (pem == NULL)
            break;
        g_string_append(all, pem);
        g_free(out->issuer);
        out->issuer = pem;
        good++;
    }
    out->pem = g_string_free(all, FALSE);
    return good > 0 && good == json_array_size(list) && good <= TRUST_LIST_MAX;
}

bool trust_next(const struct trust *trust, json_t *payload, int64_t now_ms, struct trust *next, GError **error)
{
    const char *kind;

    *next = (struct trust){0};
    if (!wire_get_string(payload, "kind", 32, &kind) || strcmp(kind, TRUST_KIND) != 0 ||
        !wire_get_int(payload, "version", 1, INT64_MAX, &next->version))
        return wrong(error, "signed, but no list of authorities");
    if (next->version == trust->version)
        return true;
    if (next->version < trust->version)
        return wrong(error, "the platform's authorities are of an older version than ours");
    if (!list_read(json_object_get(payload, "authorities"), now_ms, next)) {
        trust_clear(next);
        return wrong(error, "an authority of the list is none, or not of today");
    }
    if (credentials_share(trust->pem, next->pem))
        return true;
    trust_clear(next);
    return wrong(error, "the list of authorities has none of ours");
}

/* ---- On the disk ---- */

char *trust_text(const struct trust *trust)
{
    g_auto(GStrv) pems = g_strsplit(trust->pem, CREDENTIALS_PEM_END, -1);
    json_t *list = json_array(), *json;
    char *dump, *out;

    for (char **pem = pems; *pem != NULL && pem[1] != NULL; pem++) {
        g_autofree char *whole = g_strconcat(*pem, CREDENTIALS_PEM_END, NULL);
        json_array_append_new(list, json_string(whole));
    }
    json = json_pack("{s:I, s:o}", "version", (json_int_t)trust->version, "authorities", list);
    dump = json_dumps(json, JSON_COMPACT);
    out = g_strdup(dump);
    free(dump);
    json_decref(json);
    return out;
}

static bool kept_read(const char *data_dir, struct trust *out, GError **error)
{
    gsize len = 0;
    g_autofree char *text = file_get(data_dir, TRUST_FILE, FILE_MAX, &len, error);
    json_t *json = text != NULL ? wire_parse(text, len, NULL) : NULL;
    bool good = wire_get_int(json, "version", 1, INT64_MAX, &out->version) && list_read(json_object_get(json, "authorities"), 0, out);

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
