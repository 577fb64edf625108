/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The electorate of a ballot, frozen when it opens. Its hash is told to kiosks and can be reckoned again from the tables at any time:
 *
 *   SHA-256 of "citycard electorate 1 TOPIC SALT\n" and, by unit and person, "UNIT AREA_CM2 PERSON\n" for each elector, PERSON -1 where
 *   a unit has none
 *
 * Numbers of people are few; the salt keeps anybody who has only the hash from trying who may be on the list.
 */
#include "platform/topics/topics.h"
#include "platform/data/db-rows.h"
#include "model/clock.h"
#include "model/model.h"
#include "sync/wire.h"
#include <openssl/evp.h>
#include <string.h>

#define ADULT_YEARS   18
#define AREA_MAX      INT64_C(100000000000) /* 10 km² */
#define AREA_ALL_MAX  INT64_C(1000000000000)
#define ELECTORS_MAX  1000000

/* ---- A list of the committee ---- */

#define NO_CARD "-"

static bool line_fits(char **parts, int64_t *area_cm2)
{
    return g_strv_length(parts) == 2 &&
           (strcmp(parts[0], NO_CARD) == 0 || (strlen(parts[0]) == 19 && strspn(parts[0], "0123456789") == 19)) &&
           g_ascii_string_to_signed(parts[1], 10, 1, AREA_MAX, area_cm2, NULL);
}

/* An owner without a card of ours is a unit of its own, below zero: none of a person. A number that is nobody's is one that was mistyped. */
static bool line_read(struct platform *platform, char *line, int64_t *without, struct elector_row *out, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(g_strstrip(line), " ", 3);
    char token[33];

    if (!line_fits(parts, &out->area_cm2))
        return platform_refuse(error, "each line of the list is a card's number of 19 digits, or - for an owner who has none, and an area in square"
                             " centimetres");
    if (strcmp(parts[0], NO_CARD) == 0) {
        *out = (struct elector_row){.person = -1, .unit = --*without, .area_cm2 = out->area_cm2};
        return true;
    }
    card_token(platform->index_key, parts[0], token);
    if (!db_card_token_person(platform->db, token, &out->person, error))
        return false;
    out->unit = out->person;
    return out->person >= 0 || platform_refuse(error, "a card of the list is nobody's here; an owner without a card is written -");
}

static int by_unit(gconstpointer a, gconstpointer b)
{
    const struct elector_row *one = a, *other = b;

    if (one->unit != other->unit)
        return one->unit < other->unit ? -1 : 1;
    return (one->person > other->person) - (one->person < other->person);
}

/* Somebody with two cards is on it once. */
static bool all_differ(const GArray *electors, GError **error)
{
    for (guint i = 1; i < electors->len; i++)
        if (g_array_index(electors, struct elector_row, i).unit == g_array_index(electors, struct elector_row, i - 1).unit)
            return platform_refuse(error, "somebody is on the list twice");
    return true;
}

static GArray *listed(struct platform *platform, const char *list, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(list != NULL ? list : "", "\n", ELECTORS_MAX);
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct elector_row));
    int64_t without = 0;
    bool ok = true;

    for (char **line = lines; ok && *line != NULL; line++) {
        struct elector_row row = {0};
        if (*g_strstrip(*line) == '\0')
            continue;
        ok = line_read(platform, *line, &without, &row, error);
        g_array_append_val(out, row);
    }
    g_array_sort(out, by_unit);
    if (ok && all_differ(out, error))
        return out;
    g_array_unref(out);
    return NULL;
}

/* ---- The hash ---- */

struct counting {
    EVP_MD_CTX *ctx;
    int64_t units, area_cm2;
    bool ok;
};

static void hashed(struct counting *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void hashed(struct counting *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    c->ok = c->ok && EVP_DigestUpdate(c->ctx, text, strlen(text)) == 1;
}

static void counted(struct counting *c, const GArray *electors)
{
    for (guint i = 0; i < electors->len; i++) {
        const struct elector_row *row = &g_array_index(electors, struct elector_row, i);
        bool first = i == 0 || row->unit != g_array_index(electors, struct elector_row, i - 1).unit;

        c->units += first;
        c->area_cm2 += first ? row->area_cm2 : 0;
        hashed(c, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", row->unit, row->area_cm2, row->person);
    }
}

bool electorate_hash(struct db *db, const struct topic_row *row, char hash[65], int64_t *units, int64_t *area_cm2, GError **error)
{
    g_autoptr(GArray) electors = db_electors(db, row->id, error);
    struct counting c = {.ctx = EVP_MD_CTX_new()};
    uint8_t digest[32];

    c.ok = c.ctx != NULL && EVP_DigestInit_ex(c.ctx, EVP_sha256(), NULL) == 1;
    hashed(&c, "citycard electorate 1 %s %s\n", row->id, row->salt);
    if (electors != NULL)
        counted(&c, electors);
    c.ok = c.ok && EVP_DigestFinal_ex(c.ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(c.ctx);
    if (electors != NULL && !c.ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "no hash can be made of the electorate");
    if (c.ok)
        wire_hex(digest, sizeof digest, hash);
    *units = c.units;
    *area_cm2 = c.area_cm2;
    return electors != NULL && c.ok;
}

/* ---- Freezing ---- */

/* Born on this day or before: an adult today. */
static uint32_t born_by(int64_t now_ms)
{
    return date_of_ms(now_ms) - ADULT_YEARS * 10000;
}

static GArray *electors_of(struct platform *platform, const struct topic_order *order, int64_t now_ms, GError **error)
{
    switch (order->kind) {
    case ELECTORATE_ADULTS:
        return db_electors_adults(platform->db, born_by(now_ms), error);
    case ELECTORATE_HOUSEHOLDS:
        return db_electors_households(platform->db, born_by(now_ms), error);
    case ELECTORATE_LIST:
        return listed(platform, order->list, error);
    default:
        platform_refuse(error, "an electorate is adults, households or a list");
        return NULL;
    }
}

/* A unit that was left out would make the quorum easier for the others. */
static bool electors_fit(const GArray *electors, GError **error)
{
    bool anybody = false;

    for (guint i = 0; i < electors->len; i++) {
        const struct elector_row *row = &g_array_index(electors, struct elector_row, i);

        if (row->area_cm2 < 1) {
            g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE,
                        "no area is known of the household of number %" G_GINT64_FORMAT ": use a list of cards and areas", row->unit);
            return false;
        }
        anybody = anybody || row->person >= 0;
    }
    return anybody || platform_refuse(error, "nobody is of this electorate");
}

static void salt_draw(char salt[33])
{
    uint8_t bytes[16];

    random_bytes(bytes, sizeof bytes);
    wire_hex(bytes, sizeof bytes, salt);
}

bool electorate_freeze(struct platform *platform, const struct topic_order *order, struct topic_row *row, int64_t now_ms, GError **error)
{
    g_autoptr(GArray) electors = electors_of(platform, order, now_ms, error);

    if (electors == NULL)
        return false;
    g_array_sort(electors, by_unit);
    if (!electors_fit(electors, error))
        return false;
    salt_draw(row->salt);
    if (!db_electors_add(platform->db, row->id, electors, error) ||
        !electorate_hash(platform->db, row, row->electorate, &row->units, &row->area_cm2, error))
        return false;
    return row->area_cm2 <= AREA_ALL_MAX || platform_refuse(error, "the areas of the electorate are too large to be counted");
}
