/* SPDX-License-Identifier: Apache-2.0 */
/* Offline quotas: drawn from credit that only the platform can judge, handed out beforehand, each kiosk its own. */
#include "model/credit.h"
#include "model/strict.h"

#include <string.h>

static bool subject_parse(const char *text, struct quota *quota)
{
    if (strcmp(text, "kiosk") == 0)
        quota->subject = QUOTA_KIOSK;
    else if (strcmp(text, "person") == 0)
        quota->subject = QUOTA_PERSON;
    else if (g_str_has_prefix(text, "item:") && text[5] != '\0' && strlen(text + 5) < sizeof quota->item) {
        quota->subject = QUOTA_ITEM;
        g_strlcpy(quota->item, text + 5, sizeof quota->item);
    } else
        return false;
    return true;
}

static void subject_text(const struct quota *quota, char out[48])
{
    if (quota->subject == QUOTA_ITEM)
        g_snprintf(out, 48, "item:%s", quota->item);
    else
        g_strlcpy(out, quota->subject == QUOTA_KIOSK ? "kiosk" : "person", 48);
}

void quota_key(const struct quota *quota, char out[64])
{
    char subject[48];

    subject_text(quota, subject);
    g_snprintf(out, 64, "%s|%s", book_name(quota->book), subject);
}

static bool quota_from_json(json_t *json, struct quota *out)
{
    struct strict r = strict_open(json);
    char book[16] = "", subject[48] = "";

    strict_text(&r, "book", 1, book, sizeof book);
    strict_text(&r, "subject", 1, subject, sizeof subject);
    out->limit = strict_int(&r, "limit", 0, LEDGER_AMOUNT_MAX);
    if (strict_has(&r, "per_card"))
        out->per_card = strict_int(&r, "per_card", 1, LEDGER_AMOUNT_MAX);
    return strict_done(&r) && book_parse(book, &out->book) && out->book != BOOK_MONEY && out->book != BOOK_HOURS &&
           subject_parse(subject, out);
}

static bool repeats(const struct quota_set *set, size_t at)
{
    char key[64], other[64];

    quota_key(&set->quotas[at], key);
    for (size_t i = 0; i < at; i++) {
        quota_key(&set->quotas[i], other);
        if (strcmp(key, other) == 0)
            return true;
    }
    return false;
}

static bool quotas_from_json(json_t *json, struct quota_set *set)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > QUOTAS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!quota_from_json(json_array_get(json, i), &set->quotas[i]) || repeats(set, i))
            return false;
    set->count = count;
    return true;
}

bool quota_set_from_json(json_t *json, struct quota_set *out)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    struct strict r = strict_open(json);

    set->version = strict_int(&r, "version", 1, INT64_MAX);
    strict_text(&r, "kiosk", 1, set->kiosk, sizeof set->kiosk);
    set->issued_ms = strict_int(&r, "issued_at", 0, STRICT_MS_MAX);
    set->expires_ms = strict_int(&r, "expires_at", 0, STRICT_MS_MAX);
    bool quotas = quotas_from_json(strict_take(&r, "quotas"), set);
    if (!quotas || !strict_done(&r) || set->expires_ms <= set->issued_ms)
        return false;
    *out = *set;
    return true;
}

static json_t *quota_to_json(const struct quota *quota)
{
    char subject[48];

    subject_text(quota, subject);
    json_t *json = json_pack("{s:s, s:s, s:I}", "book", book_name(quota->book), "subject", subject, //
                             "limit", (json_int_t)quota->limit);
    if (json != NULL && quota->per_card > 0)
        json_object_set_new(json, "per_card", json_integer(quota->per_card));
    return json;
}

json_t *quota_set_to_json(const struct quota_set *set)
{
    json_t *quotas = json_array();

    for (size_t i = 0; i < set->count; i++)
        json_array_append_new(quotas, quota_to_json(&set->quotas[i]));
    return json_pack("{s:I, s:s, s:I, s:I, s:o}", "version", (json_int_t)set->version, "kiosk", set->kiosk, //
                     "issued_at", (json_int_t)set->issued_ms, "expires_at", (json_int_t)set->expires_ms, //
                     "quotas", quotas);
}

bool quota_concerns(const struct quota *quota, enum book book, const char *item)
{
    return quota->book == book && (quota->subject != QUOTA_ITEM || strcmp(quota->item, item) == 0);
}

static bool fits(int64_t limit, int64_t used, int64_t amount)
{
    return used >= 0 && used <= limit && amount <= limit - used;
}

static bool quota_fits(const struct quota *quota, const struct quota_use *use, int64_t amount)
{
    if (quota->subject == QUOTA_PERSON)
        return fits(quota->limit, use->card, amount);
    return fits(quota->limit, use->all, amount) && (quota->per_card == 0 || fits(quota->per_card, use->card, amount));
}

enum ledger_code quota_check(const struct quota_set *set, const char *kiosk, enum book book, const char *item,
                             int64_t amount, const struct quota_use *uses, int64_t now_ms)
{
    bool of_kiosk = false, of_person = false;

    if (set->version == 0 || strcmp(set->kiosk, kiosk) != 0 || now_ms >= set->expires_ms || amount <= 0)
        return LEDGER_QUOTA;
    for (size_t i = 0; i < set->count; i++) {
        const struct quota *quota = &set->quotas[i];
        if (!quota_concerns(quota, book, item))
            continue;
        if (!quota_fits(quota, &uses[i], amount))
            return LEDGER_QUOTA;
        of_kiosk |= quota->subject == QUOTA_KIOSK;
        of_person |= quota->subject == QUOTA_PERSON;
    }
    return of_kiosk && of_person ? LEDGER_OK : LEDGER_QUOTA;
}
