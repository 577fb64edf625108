/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a platform would have told of the practice card. It goes into the practice store by the feed, as from a real one; what becomes of it
 * then is the rooms' own doing. Names are of nobody and nowhere; small amounts, so that the limits of a machine without a line hold.
 */
#include "model/balance.h"
#include "model/model.h"
#include "model/volunteer.h"
#include "service/practice-internal.h"
#include "store/file.h"
#include "store/store.h"

#include <string.h>

#define HOME      "练习路 1 号"
#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

struct town {
    json_t *items;
    const char *token;
    int64_t now_ms;
};

static void tell(struct town *town, const char *topic, const char *key, json_t *value)
{
    json_array_append_new(town->items, json_pack("{s:s, s:s, s:i, s:b, s:o}", "topic", topic, "key", key, "version", 1, "deleted", 0, "value", value));
}

/* ---- Bills -------------------------------------------------------------------------------------------------------- */

static void bill(struct town *town, const char *id, const char *kind, const char *name_zh, const char *name_en, const char *usage, int fen)
{
    uint32_t today = date_of_ms(town->now_ms);
    g_autofree char *period = g_strdup_printf("%06u", date_of_ms(town->now_ms - 31 * DAY_MS) / 100);

    tell(town, "bill", id,
         json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s}", "id", id, "card_token", town->token,
                   "biller", "id", kind, "kind", kind, "name_zh", name_zh, "name_en", name_en, "account_masked", "0000", "period", period,
                   "name_masked", "练*", "address_masked", HOME, "usage", usage, "amount_fen", fen, "issue", (int)today, "due",
                   (int)date_of_ms(town->now_ms + 14 * DAY_MS), "state", "UNPAID"));
}

static void bills(struct town *town)
{
    bill(town, "PRACTICE-WATER", "water", "练习水务", "Practice Water", "12 m³", 3860);
    bill(town, "PRACTICE-ELEC", "elec", "练习供电", "Practice Power", "86 kWh", 4530);
}

/* ---- Services to order --------------------------------------------------------------------------------------------- */

static void service(struct town *town, const char *id, int place, const char *need, const char *name_zh, const char *name_en, int fen)
{
    tell(town, "service", id,
         json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:b, s:b}", "id", id, "place", place, "name_zh", name_zh, "name_en",
                   name_en, "need", need, "unit", "次 time", "price_fen", fen, "coin_min", 0, "subsidy_fen", 0, "minutes", 60, "accept_ms",
                   (json_int_t)DAY_MS, "own_words", 0, "at_home", 1));
}

static void services(struct town *town)
{
    service(town, "C01", 1, "food", "送餐上门", "Meal delivery", 1500);
    service(town, "H01", 2, "housing", "打扫房间", "House cleaning", 3000);
    service(town, "H04", 3, "housing", "换灯泡换锁", "Bulbs and locks", 2000);
    service(town, "T01", 4, "travel", "陪同就医", "Company to the doctor", 2500);
    tell(town, "provider", "practice",
         json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", "practice", "kind", "volunteer", "name_zh", "练习服务队", "name_en",
                   "Practice Team", "phone", "", "hours", "", "services", "C01,H01,H04,T01"));
}

/* ---- What can be reported ------------------------------------------------------------------------------------------- */

static void category(struct town *town, const char *id, int place, const char *name_zh, const char *name_en)
{
    tell(town, "category", id,
         json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b, s:[]}", "id", id, "place", place, "name_zh", name_zh, "name_en", name_en, "group",
                   "设施 Facilities", "class", "normal", "other", 0, "questions"));
}

static void categories(struct town *town)
{
    category(town, "F01", 1, "路灯楼道灯", "Light out");
    category(town, "F03", 2, "漏水", "Water leak");
    category(town, "F07", 3, "门禁单元门", "Door or gate");
    tell(town, "place", "PRACTICE", json_pack("{s:s, s:s}", "id", "PRACTICE", "name", HOME));
    tell(town, "place", "PRACTICE-GATE", json_pack("{s:s, s:s}", "id", "PRACTICE-GATE", "name", "练习路 2 号"));
}

/* ---- Service as a volunteer ------------------------------------------------------------------------------------------ */

static void volunteer(struct town *town)
{
    g_autofree struct volunteer *told = g_new0(struct volunteer, 1);
    g_autofree struct balance *balance = g_new0(struct balance, 1);

    g_strlcpy(told->token, town->token, sizeof told->token);
    volunteer_number(date_of_ms(town->now_ms) / 10000, 1, told->no);
    told->registered_on = date_of_ms(town->now_ms - 60 * DAY_MS);
    told->skills = 1u << SKILL_COMPANY;
    tell(town, "volunteer", town->token, volunteer_to_json(told));
    g_strlcpy(balance->token, town->token, sizeof balance->token);
    balance->asof_ms = town->now_ms;
    balance->age = -1;
    balance->books[BOOK_HOURS].balance = 240;
    balance_add_lot(balance, BOOK_HOURS, 0, 240);
    tell(town, "credit", town->token, balance_to_json(balance));
}

static json_t *date_now(const struct town *town)
{
    return json_pack("{s:s, s:I, s:I, s:i, s:i, s:i, s:b, s:i, s:i}", "id", "PRACTICE-1", "start_ms", (json_int_t)(town->now_ms - 10 * MINUTE_MS),
                     "end_ms", (json_int_t)(town->now_ms + 170 * MINUTE_MS), "seats", 10, "age_min", 0, "age_max", 0, "called_off", 0, "left", 5,
                     "waiting", 0);
}

static void activity(struct town *town)
{
    tell(town, "activity", "PRACTICE",
         json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:[o]}", "id", "PRACTICE", "kind", "volunteer", "title_zh", "大厅引导", "title_en",
                   "Showing the way in the hall", "place_zh", "服务大厅", "place_en", "Service hall", "phone", "", "fee_fen", 0, "sessions",
                   date_now(town)));
}

/* ---- Lost cards: none -------------------------------------------------------------------------------------------------- */

static bool list_write(const char *aside, struct hotlist_manifest *out, GError **error)
{
    struct hotfile_writer *writer = hotfile_writer_new(aside, &out->head, error);

    return writer != NULL && hotfile_writer_finish(writer, error) && file_sha256(aside, out->sha256, &out->length, error);
}

/* The name of the file has its hash in it, so it is written under another one first. */
static bool lost_cards(struct store *store, int64_t now_ms, GError **error)
{
    struct hotlist_manifest manifest = {.head = {.version = 1, .issued_ms = now_ms}, .key_id = "practice"};
    g_autofree char *aside = store_hotlist_part(store, &(struct hotlist_manifest){0});

    if (!list_write(aside, &manifest, error))
        return false;
    g_autofree char *part = store_hotlist_part(store, &manifest);
    return file_move(aside, part, error) && store_hotlist_install(store, &manifest, error);
}

bool practice_town(struct store *store, const char *card_token, int64_t now_ms, GError **error)
{
    struct town town = {.items = json_array(), .token = card_token, .now_ms = now_ms};

    bills(&town);
    services(&town);
    categories(&town);
    volunteer(&town);
    activity(&town);
    bool done = store_feed_apply(store, town.items, "practice", error) && store_feed_whole(store, error) && lost_cards(store, now_ms, error);
    json_decref(town.items);
    return done;
}
