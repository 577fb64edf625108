/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/data/db-service-orders.h"
#include <string.h>

/* ---- Services ---- */

bool db_service_set(struct db *db, const struct service_offer *offer, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO service(community, code, place, name_zh, name_en, need, unit, price_fen, coin_min, subsidy_fen, minutes,"
                  " accept_ms, own_words, at_home, retired_ms) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"
                  " ON CONFLICT(community, code) DO UPDATE SET place=excluded.place, name_zh=excluded.name_zh,"
                  " name_en=excluded.name_en, need=excluded.need, unit=excluded.unit, price_fen=excluded.price_fen,"
                  " coin_min=excluded.coin_min, subsidy_fen=excluded.subsidy_fen, minutes=excluded.minutes,"
                  " accept_ms=excluded.accept_ms, own_words=excluded.own_words, at_home=excluded.at_home,"
                  " retired_ms=excluded.retired_ms",
                  "sissssiiiiiiii", offer->code, offer->place, offer->name_zh, offer->name_en, offer->need, offer->unit,
                  offer->price_fen, offer->coin_min, offer->subsidy_fen, offer->minutes, offer->accept_ms, (int64_t)offer->own_words,
                  (int64_t)offer->at_home, offer->retired_ms);
}

static bool service_read(struct db_rows *row, void *into)
{
    struct service_offer *out = into;

    db_copy_text(row, 0, out->code, sizeof out->code);
    out->place = db_col_int(row, 1);
    db_copy_text(row, 2, out->name_zh, sizeof out->name_zh);
    db_copy_text(row, 3, out->name_en, sizeof out->name_en);
    db_copy_text(row, 4, out->need, sizeof out->need);
    db_copy_text(row, 5, out->unit, sizeof out->unit);
    out->price_fen = db_col_int(row, 6);
    out->coin_min = db_col_int(row, 7);
    out->subsidy_fen = db_col_int(row, 8);
    out->minutes = db_col_int(row, 9);
    out->accept_ms = db_col_int(row, 10);
    out->own_words = db_col_int(row, 11) != 0;
    out->at_home = db_col_int(row, 12) != 0;
    out->retired_ms = db_col_int(row, 13);
    return true;
}

bool db_service_find(struct db *db, const char *code, struct service_offer *out, bool *found, GError **error)
{
    static const struct db_reader SERVICE = {service_read, sizeof(struct service_offer), "a service"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT code, place, name_zh, name_en, need, unit, price_fen, coin_min, subsidy_fen, minutes, accept_ms,"
                             " own_words, at_home, retired_ms FROM service WHERE community=?1 AND code=?2",
                             "s", code),
                    &SERVICE, out, found, error);
}

GPtrArray *db_service_codes(struct db *db, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT code FROM service WHERE community=?1 ORDER BY place, code", ""), error);
}

json_t *db_service_value(struct db *db, const char *code, GError **error)
{
    struct service_offer offer;
    bool found = false;

    if (!db_service_find(db, code, &offer, &found, error) || !found || offer.retired_ms != 0)
        return NULL;
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "id", offer.code, "place",
                     (json_int_t)offer.place, "name_zh", offer.name_zh, "name_en", offer.name_en, "need", offer.need, "unit",
                     offer.unit, "price_fen", (json_int_t)offer.price_fen, "coin_min", (json_int_t)offer.coin_min, "subsidy_fen",
                     (json_int_t)offer.subsidy_fen, "minutes", (json_int_t)offer.minutes, "accept_ms", (json_int_t)offer.accept_ms,
                     "own_words", offer.own_words, "at_home", offer.at_home);
}

/* ---- Providers ---- */

bool db_provider_set(struct db *db, const struct service_provider *provider, GError **error)
{
    return db_run(db, error,
                  "INSERT INTO provider(community, id, kind, name_zh, name_en, phone, hours, services, staff, retired_ms)"
                  " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT(community, id) DO UPDATE SET kind=excluded.kind,"
                  " name_zh=excluded.name_zh, name_en=excluded.name_en, phone=excluded.phone, hours=excluded.hours,"
                  " services=excluded.services, staff=excluded.staff, retired_ms=excluded.retired_ms",
                  "ssssssssi", provider->id, provider->kind, provider->name_zh, provider->name_en, provider->phone, provider->hours,
                  provider->services, provider->staff, provider->retired_ms);
}

static bool provider_read(struct db_rows *row, void *into)
{
    struct service_provider *out = into;

    db_copy_text(row, 0, out->id, sizeof out->id);
    db_copy_text(row, 1, out->kind, sizeof out->kind);
    db_copy_text(row, 2, out->name_zh, sizeof out->name_zh);
    db_copy_text(row, 3, out->name_en, sizeof out->name_en);
    db_copy_text(row, 4, out->phone, sizeof out->phone);
    db_copy_text(row, 5, out->hours, sizeof out->hours);
    db_copy_text(row, 6, out->services, sizeof out->services);
    db_copy_text(row, 7, out->staff, sizeof out->staff);
    out->retired_ms = db_col_int(row, 8);
    return true;
}

bool db_provider_find(struct db *db, const char *id, struct service_provider *out, bool *found, GError **error)
{
    static const struct db_reader PROVIDER = {provider_read, sizeof(struct service_provider), "a provider"};

    return db_first(db,
                    db_query(db, error,
                             "SELECT id, kind, name_zh, name_en, phone, hours, services, staff, retired_ms FROM provider WHERE"
                             " community=?1 AND id=?2",
                             "s", id),
                    &PROVIDER, out, found, error);
}

GPtrArray *db_provider_ids(struct db *db, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT id FROM provider WHERE community=?1 ORDER BY id", ""), error);
}

json_t *db_provider_value(struct db *db, const char *id, GError **error)
{
    struct service_provider provider;
    bool found = false;

    if (!db_provider_find(db, id, &provider, &found, error) || !found || provider.retired_ms != 0)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", provider.id, "kind", provider.kind, "name_zh", provider.name_zh,
                     "name_en", provider.name_en, "phone", provider.phone, "hours", provider.hours, "services", provider.services);
}

bool db_list_has(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; len > 0 && (at = strstr(at, word)) != NULL; at++)
        if ((at == list || at[-1] == ',') && (at[len] == '\0' || at[len] == ','))
            return true;
    return false;
}
