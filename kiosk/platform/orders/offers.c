/* SPDX-License-Identifier: Apache-2.0 */
/* What a community begins with: services by the seven needs of daily life, and who does them. Its own lists take their place. */
#include "platform/orders/service-orders.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define HOUR      INT64_C(3600000)
#define DAY       (24 * HOUR)
#define CODE_SIGN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
#define TIMES     "次 time"

static const struct service_offer offers[] = {
    {"C01", "衣物洗涤", "Laundry", "clothing", "袋 bag", 1, 1500, 0, 0, 60, DAY, false, true, 0},
    {"C02", "缝补衣物", "Mending", "clothing", "件 piece", 2, 800, 30, 0, 30, DAY, false, false, 0},
    {"F01", "助餐送餐", "Meal delivery", "food", "份 meal", 3, 1200, 0, 400, 30, 4 * HOUR, false, true, 0},
    {"F02", "长者食堂堂食", "Canteen meal", "food", "份 meal", 4, 1000, 0, 300, 30, 4 * HOUR, false, false, 0},
    {"H01", "助洁保洁", "Home cleaning", "housing", "小时 hour", 5, 4000, 60, 2000, 60, DAY, false, true, 0},
    {"H02", "家电维修", "Appliance repair", "housing", TIMES, 6, 6000, 0, 0, 60, DAY, false, true, 0},
    {"H03", "水管疏通", "Drain clearing", "housing", TIMES, 7, 8000, 0, 0, 60, 4 * HOUR, false, true, 0},
    {"H04", "换灯泡换锁", "Bulbs and locks", "housing", TIMES, 8, 2000, 30, 0, 30, DAY, false, true, 0},
    {"H05", "电路检查", "Wiring check", "housing", TIMES, 9, 5000, 0, 0, 60, DAY, false, true, 0},
    {"H06", "磨刀", "Knife grinding", "housing", "把 knife", 10, 500, 15, 0, 15, 2 * DAY, false, false, 0},
    {"H07", "居家适老化评估", "Home-safety check", "housing", TIMES, 11, 0, 0, 0, 60, 3 * DAY, false, true, 0},
    {"H08", "防滑垫安装", "Anti-slip mats", "housing", TIMES, 12, 3000, 60, 1500, 60, 2 * DAY, false, true, 0},
    {"H09", "烟感检查", "Smoke-alarm check", "housing", TIMES, 13, 0, 0, 0, 30, 3 * DAY, false, true, 0},
    {"H10", "大件垃圾清运", "Bulky waste", "housing", TIMES, 14, 5000, 0, 0, 60, 2 * DAY, false, true, 0},
    {"H11", "电子废弃物回收", "E-waste pick-up", "housing", TIMES, 15, 0, 0, 0, 30, 2 * DAY, false, true, 0},
    {"H12", "搬重物", "Heavy lifting", "housing", TIMES, 16, 3000, 60, 0, 60, DAY, false, true, 0},
    {"T01", "陪同就医", "Hospital escort", "travel", "半天 half day", 17, 8000, 180, 4000, 180, DAY, false, true, 0},
    {"T02", "助行租轮椅", "Wheelchair loan", "travel", "天 day", 18, 0, 0, 0, 15, DAY, false, false, 0},
    {"T03", "陪同散步", "Walking company", "travel", "小时 hour", 19, 0, 60, 0, 60, DAY, false, true, 0},
    {"T04", "代购代办", "Errands", "travel", TIMES, 20, 1000, 60, 0, 60, 4 * HOUR, false, true, 0},
    {"T05", "自行车修理", "Bicycle repair", "travel", TIMES, 21, 1500, 30, 0, 30, DAY, false, false, 0},
    {"K01", "代配药", "Medicine pick-up", "health", TIMES, 22, 500, 30, 0, 30, 4 * HOUR, false, true, 0},
    {"K02", "健康测量", "Health check", "health", TIMES, 23, 0, 0, 0, 15, DAY, false, false, 0},
    {"K03", "家庭医生预约", "Family-doctor booking", "health", TIMES, 24, 0, 0, 0, 15, DAY, false, false, 0},
    {"K04", "中医推拿预约", "TCM massage booking", "health", TIMES, 25, 9000, 0, 3000, 45, 2 * DAY, false, false, 0},
    {"J01", "心理陪聊", "Friendly chat", "joy", "小时 hour", 26, 0, 60, 0, 60, DAY, false, true, 0},
    {"J02", "生命故事记录", "Life-story writing", "joy", "小时 hour", 27, 0, 60, 0, 60, 3 * DAY, false, true, 0},
    {"J03", "智能手机教学", "Smartphone lesson", "joy", "小时 hour", 28, 0, 60, 0, 60, 2 * DAY, false, false, 0},
    {"J04", "防诈骗讲座", "Anti-fraud talk", "joy", TIMES, 29, 0, 0, 0, 60, 3 * DAY, false, false, 0},
    {"J05", "亲子阅读", "Story time", "joy", "小时 hour", 30, 0, 60, 0, 60, 2 * DAY, false, false, 0},
    {"J06", "宠物照看", "Pet care", "joy", "天 day", 31, 3000, 60, 0, 60, DAY, false, true, 0},
    {"J07", "场地借用", "Room booking", "joy", "小时 hour", 32, 0, 0, 0, 60, 2 * DAY, false, false, 0},
    {"N01", "助浴", "Bathing help", "care", TIMES, 33, 9000, 0, 5000, 60, 2 * DAY, false, true, 0},
    {"N02", "上门理发", "Home haircut", "care", TIMES, 34, 2500, 45, 1000, 45, DAY, false, true, 0},
    {"N03", "临时看护", "Short child-minding", "care", "小时 hour", 35, 4000, 60, 0, 60, DAY, false, true, 0},
    {"N04", "晚托班", "After-school care", "care", "次 session", 36, 2000, 0, 1000, 120, 2 * DAY, false, false, 0},
    {"N05", "代写书信", "Letter writing", "care", TIMES, 37, 0, 30, 0, 30, DAY, false, false, 0},
    {"N06", "法律咨询", "Legal advice", "care", TIMES, 38, 0, 0, 0, 45, 3 * DAY, false, false, 0},
    {"N07", "就业登记咨询", "Job counselling", "care", TIMES, 39, 0, 0, 0, 30, 2 * DAY, false, false, 0},
    {"N08", "简历指导", "CV help", "care", TIMES, 40, 0, 0, 0, 45, 2 * DAY, false, false, 0},
    {"N09", "打印复印", "Printing", "care", "页 page", 41, 50, 0, 0, 5, 4 * HOUR, false, false, 0},
    {"N10", "临时身份证明指引", "ID guidance", "care", TIMES, 42, 0, 0, 0, 15, 4 * HOUR, false, false, 0},
    {"X01", "说出您的需要", "Something else, in your own words", "care", TIMES, 43, 0, 0, 0, 60, DAY, true, false, 0},
};

static const struct service_provider providers[] = {
    {"anhe", "merchant", "安和物业", "Anhe Property", "010-00008101", "周一至周日 8:00-20:00", "H03,H04,H05,H09,H10,H11,H12,X01", "", 0},
    {"canteen", "ngo", "稻香长者食堂", "Daoxiang Elder Canteen", "010-00008102", "周一至周日 10:00-18:30", "F01,F02", "", 0},
    {"yuehua", "merchant", "月华洗衣", "Yuehua Laundry", "010-00008103", "周一至周六 9:00-19:00", "C01,C02", "", 0},
    {"shiqiao", "merchant", "小石桥修理铺", "Stone-Bridge Repairs", "010-00008104", "周二至周日 9:00-18:00", "H02,H06,T05", "", 0},
    {"qiaobian", "merchant", "桥边理发", "Bridge Barber", "010-00008105", "周一至周日 9:00-20:00", "N02", "", 0},
    {"yinling", "social", "银龄社工服务中心", "Yinling Social Work Centre", "010-00008106", "周一至周五 9:00-17:30",
     "H01,H07,H08,T01,T02,J04,J07,N01,N03,N04,N06,N07,N08,N09,N10,X01", "", 0},
    {"jiankang", "social", "社区卫生服务站", "Community Health Station", "010-00008107", "周一至周六 8:00-17:00", "K01,K02,K03,K04", "", 0},
    {"linli", "volunteer", "邻里志愿服务队", "Neighbours' Volunteer Team", "010-00008108", "周一至周日 9:00-17:00",
     "T03,T04,J01,J02,J03,J05,J06,N05,H04,H12,K01", "", 0},
};

/* ---- Putting in force ---- */

static bool wrong(GError **error, const char *what)
{
    g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, what);
    return false;
}

static bool sign_fits(const char *text)
{
    return *text != '\0' && strspn(text, CODE_SIGN) == strlen(text);
}

static bool names_fit(const char *zh, const char *en)
{
    return *zh != '\0' && *en != '\0' && g_utf8_validate(zh, -1, NULL) && g_utf8_validate(en, -1, NULL);
}

static bool need_fits(const char *need)
{
    static const char *const needs[] = {"clothing", "food", "housing", "travel", "health", "joy", "care", NULL};
    return g_strv_contains(needs, need);
}

static bool kind_fits(const char *kind)
{
    static const char *const kinds[] = {"ngo", "social", "volunteer", "merchant", "individual", NULL};
    return g_strv_contains(kinds, kind);
}

bool service_put(struct db *db, const struct service_offer *offer, GError **error)
{
    if (!sign_fits(offer->code) || !names_fit(offer->name_zh, offer->name_en) || !need_fits(offer->need))
        return wrong(error, "a service has a code of letters, digits and -, both names, and one of the needs clothing food housing"
                            " travel health joy care");
    if (offer->price_fen < 0 || offer->price_fen > 100000000 || offer->coin_min < 0 || offer->coin_min > 6000 || offer->subsidy_fen < 0 ||
        offer->subsidy_fen > 100000000 || offer->minutes < 1 || offer->minutes > ORDER_MINUTES_MAX || offer->accept_ms < 60000 ||
        offer->accept_ms > ORDER_RULES.expire_ms)
        return wrong(error, "a service's price, coins, subsidy, minutes or promise cannot be");
    return db_service_set(db, offer, error) && db_change_add(db, "service", offer->code, error);
}

static bool list_fits(const char *list)
{
    return *list == '\0' || (strspn(list, CODE_SIGN "_.,") == strlen(list) && *list != ',' && strstr(list, ",,") == NULL);
}

bool provider_put(struct db *db, const struct service_provider *provider, GError **error)
{
    if (!sign_fits(provider->id) || !names_fit(provider->name_zh, provider->name_en) || !kind_fits(provider->kind) ||
        !g_utf8_validate(provider->phone, -1, NULL) || !g_utf8_validate(provider->hours, -1, NULL))
        return wrong(error, "a provider has an id of letters, digits and -, both names, and one of the kinds ngo social volunteer"
                            " merchant individual");
    if (!list_fits(provider->services) || !list_fits(provider->staff))
        return wrong(error, "services and staff are codes and ids with commas between them");
    return db_provider_set(db, provider, error) && db_change_add(db, "provider", provider->id, error);
}

/* ---- The beginning ---- */

const struct service_offer *service_first(const char *code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++)
        if (strcmp(offers[i].code, code) == 0)
            return &offers[i];
    return NULL;
}

const struct service_provider *provider_first(const char *code, unsigned n)
{
    const struct service_provider *those[G_N_ELEMENTS(providers)];
    unsigned count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
        if (db_list_has(providers[i].services, code))
            those[count++] = &providers[i];
    return count > 0 ? those[n % count] : NULL;
}

bool service_catalogue(struct db *db, GError **error)
{
    g_autoptr(GPtrArray) codes = db_service_codes(db, error), ids = codes != NULL ? db_provider_ids(db, error) : NULL;
    bool ok = ids != NULL;

    for (size_t i = 0; ok && codes->len == 0 && i < G_N_ELEMENTS(offers); i++)
        ok = service_put(db, &offers[i], error);
    for (size_t i = 0; ok && ids->len == 0 && i < G_N_ELEMENTS(providers); i++)
        ok = provider_put(db, &providers[i], error);
    return ok;
}

bool service_catalogue_ready(struct platform *platform, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (service_catalogue(platform->db, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
