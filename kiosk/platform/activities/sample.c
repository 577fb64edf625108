/* SPDX-License-Identifier: Apache-2.0 */
/* What a sample community has to offer. */
#include "platform/activities/activities.h"
#include "model/model.h"

#define DAY_MS    INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define OWN_SEATS 2 /* of each date, to each of the first kiosks */

struct offer {
    struct activity_row activity;
    int day, every_days, times; /* the first date, from today */
    int minute, minutes;        /* of the day; how long */
    int seats, age_min, age_max;
};

#define ROOM   "居民服务站活动室", "Activity room of the service station"
#define SQUARE "小广场", "Small square"
static const struct offer OFFERS[] = {
    {{"ACT-TAICHI", "sport", "清晨太极", "Morning tai chi", SQUARE, "100-0000-2001", 0, 0}, 1, 7, 3, 420, 60, 30, 0, 0},
    {{"ACT-PHONE", "class", "老年大学手机课", "Phone class", ROOM, "100-0000-2002", 0, 0}, 2, 7, 3, 840, 90, 16, 50, 120},
    {{"ACT-CHOIR", "culture", "合唱团", "Choir", ROOM, "100-0000-2001", 0, 0}, 3, 7, 3, 870, 90, 24, 0, 0},
    {{"ACT-CLINIC", "health", "义诊", "Free clinic", ROOM, "100-0000-2003", 0, 0}, 4, 14, 2, 540, 180, 40, 0, 0},
    {{"ACT-DUMPLING", "festival", "邻里饺子宴", "Dumpling day", ROOM, "100-0000-2001", 1000, 0}, 6, 21, 1, 600, 150, 40, 0, 0},
    {{"ACT-CRAFT", "family", "亲子手工", "Craft with children", ROOM, "100-0000-2004", 500, 0}, 7, 14, 2, 570, 90, 12, 0, 0},
    {{"ACT-LIBRARY", "family", "小小图书管理员", "Little librarian", "阅览室", "Reading room", "100-0000-2004", 0, 0}, 8, 7, 2, 600, 60, 12,
     8, 12},
    {{"ACT-WASTE", "talk", "垃圾分类讲堂", "Waste-sorting talk", ROOM, "100-0000-2001", 0, 0}, 9, 28, 1, 900, 60, 60, 0, 0},
};

static bool own_seats(struct platform *platform, const char *session, int64_t now_ms, GError **error)
{
    return activities_allot(platform, "K0001", session, OWN_SEATS, now_ms, error) &&
           activities_allot(platform, "K0002", session, OWN_SEATS, now_ms, error);
}

static bool date_add(struct platform *platform, const struct offer *offer, int time, uint32_t today, int64_t now_ms, GError **error)
{
    int64_t start_ms = ms_of_date(today) + (offer->day + time * offer->every_days) * DAY_MS + offer->minute * MINUTE_MS;
    struct date_row row = {.session = {.start_ms = start_ms, .end_ms = start_ms + offer->minutes * MINUTE_MS, .seats = offer->seats,
                                          .age_min = offer->age_min, .age_max = offer->age_max}};

    g_snprintf(row.id, sizeof row.id, "%s-%u", offer->activity.id, date_of_ms(start_ms));
    g_strlcpy(row.activity, offer->activity.id, sizeof row.activity);
    return activities_date_add(platform->db, &row, error) && (now_ms >= start_ms || own_seats(platform, row.id, now_ms, error));
}

bool activities_sample(struct platform *platform, uint32_t today, int64_t now_ms, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(OFFERS); i++) {
        struct activity_row activity = OFFERS[i].activity;

        activity.made_ms = ms_of_date(today);
        if (!activities_add(platform->db, &activity, error))
            return false;
        for (int time = 0; time < OFFERS[i].times; time++)
            if (!date_add(platform, &OFFERS[i], time, today, now_ms, error))
                return false;
    }
    return true;
}
