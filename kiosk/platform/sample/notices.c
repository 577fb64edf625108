/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/notices.h"
#include "platform/data/db-content.h"
#include "platform/data/db-rows.h"
#include "platform/sample/rng.h"
#include "model/content.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

#define STREETS 3
static const struct { const char *zh, *en; } streets[STREETS] = {
    {"听澜街道：", "Tinglan: "}, {"稻香街道：", "Daoxiang: "}, {"明桥街道：", "Mingqiao: "}};

static const struct {
    const char *kind, *title_zh, *title_en, *body_zh, *body_en;
    int from_days, to_days;
    bool urgent;
} notices[] = {
    {"water", "明日上午停水通知", "Water off tomorrow morning",
     "因检修水管，禾光路 126 弄至 132 弄明日 8:30–11:30 停水。请提前储水，用水前先放一会儿。",
     "Pipes are being repaired: no water in lanes 126 to 132, Heguang Road, tomorrow 8:30 to 11:30. Please "
     "store some water.",
     0, 1, true},
    {"health", "免费测血压、血糖", "Free blood pressure and sugar checks",
     "每周三上午 9:00–11:00，社区卫生站在居民服务站为 60 岁以上居民免费测量，请带卡。",
     "Every Wednesday 9:00 to 11:00 at the service station for residents over 60. Please bring your card.",
     -3, 40, false},
    {"safety", "电动车不要在楼道充电", "Do not charge e-bikes in stairwells",
     "楼道充电容易起火。请到 3 号楼旁的充电棚充电，刷卡即可使用。",
     "Charging in a stairwell can start a fire. Use the shed beside building 3; tap your card.", -10, 60,
     false},
    {"fraud", "谨防冒充水电缴费的诈骗", "Beware of false bill collectors",
     "近期有人冒充工作人员上门或打电话收费。账单只在本机、营业厅或官方渠道缴纳，不要转账给个人。",
     "Somebody pretends to collect bills at the door or by phone. Pay here or at official places only, never "
     "to a person.",
     -5, 30, true},
    {"activity", "邻里饺子宴报名", "Neighbours' dumpling day",
     "本周六 10:00 在活动室包饺子、话家常，名额 40 人，请到服务台报名。",
     "Saturday 10:00 in the activity room: making dumplings together. 40 places, sign up at the desk.", -2, 6,
     false},
    {"activity", "老年大学手机课", "Phone class for seniors",
     "每周二、四 14:00，志愿者手把手教用智能手机：视频通话、挂号、防诈骗。",
     "Tuesdays and Thursdays 14:00: volunteers teach video calls, booking a doctor, spotting fraud.", -14, 45,
     false},
    {"canteen", "长者食堂下周菜单", "Canteen menu of next week",
     "周一番茄炒蛋、周二清蒸鱼、周三萝卜排骨、周四麻婆豆腐、周五饺子。10:45 开餐。",
     "Mon tomato and egg, Tue steamed fish, Wed radish and ribs, Thu mapo tofu, Fri dumplings. From 10:45.",
     -1, 8, false},
    {"service", "冬季供暖前检查", "Check before the heating season",
     "物业将检查各户暖气阀门，请留意门上通知的时间，家中留人。",
     "The property company checks radiator valves in every home. Please look for the time on your door.", -7,
     20, false},
    {"volunteer", "社区清洁日招募志愿者", "Volunteers for the clean-up day",
     "下周日 8:30 在小广场集合，服务 2 小时计入志愿时长。",
     "Next Sunday 8:30 at the small square. Two hours count as volunteer time.", -2, 9, false},
    {"service", "服务站周末开放时间", "Opening hours at the weekend",
     "周六、周日 9:00–16:00 有工作人员值班，自助机 24 小时可用。",
     "Staff are here on Saturdays and Sundays 9:00 to 16:00. The kiosk works day and night.", -30, 180,
     false},
    {"safety", "消防演练", "Fire drill", "本月底周五 15:00 全小区消防演练，听到警报请从楼梯撤到小广场。",
     "Fire drill on the last Friday of the month at 15:00. At the alarm, walk down the stairs to the small "
     "square.",
     -4, 12, false},
    {"library", "小小图书管理员", "Little librarians",
     "寒假招募 8–12 岁小朋友，每次 1 小时，家长请到服务台登记。",
     "Children of 8 to 12 help in the reading room for an hour at a time. Parents, please sign up at the "
     "desk.",
     -6, 50, false},
};

/* What kiosks are told. `place_zh` and `place_en` stand before the titles; "" nothing. New reference, NULL: no memory. */
static json_t *value_of(const char *id, size_t text, const char *place_zh, const char *place_en, uint32_t from, uint32_t to)
{
    g_autofree char *title_zh = g_strconcat(place_zh, notices[text].title_zh, NULL), *title_en = g_strconcat(place_en, notices[text].title_en, NULL);

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:b}", "id", id, "kind", notices[text].kind, "title_zh", title_zh, "title_en",
                     title_en, "body_zh", notices[text].body_zh, "body_en", notices[text].body_en, "from", (json_int_t)from, "to", (json_int_t)to,
                     "urgent", (int)notices[text].urgent);
}

static bool no_notice(const char *id, GError **error)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "notice %s is too long or no notice", id);
    return false;
}

static bool add(struct db *db, size_t i, uint32_t today, GError **error)
{
    g_autofree char *id = g_strdup_printf("N%04zu", i + 1);
    json_t *value = value_of(id, i, "", "", community_date_add(today, notices[i].from_days), community_date_add(today, notices[i].to_days));
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    bool ok = text != NULL ? db_notice_set(db, id, text, error) && db_change_add(db, "notice", id, error) : no_notice(id, error);

    free(text);
    json_decref(value);
    return ok;
}

bool notices_add(struct db *db, uint32_t today, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(notices); i++)
        if (!add(db, i, today, error))
            return false;
    return true;
}

/* ---- A year of them ---- */

enum kind { KIND_NOTICE = 160 };

#define WEEKS         52
#define A_WEEK        12 /* of a hundred thousand people */
#define URGENT_EVERY  52 /* of 624 a year, twelve */
#define CITY          100000

/* Those that are urgent by what they say, or those that are not. */
static unsigned draw_text(struct rng *rng, bool urgent)
{
    unsigned text;

    do
        text = rng_below(rng, G_N_ELEMENTS(notices));
    while (notices[text].urgent != urgent);
    return text;
}

static int by_day(gconstpointer a, gconstpointer b)
{
    const struct year_notice *one = a, *two = b;

    return one->from != two->from ? (one->from < two->from ? -1 : 1) : strcmp(one->id, two->id);
}

GArray *notices_plan(const struct community_options *options)
{
    unsigned count = (unsigned)((uint64_t)options->residents * A_WEEK * WEEKS / CITY);
    GArray *plan = g_array_sized_new(FALSE, TRUE, sizeof(struct year_notice), count);

    for (unsigned i = 0; i < count; i++) {
        struct rng rng = rng_of(options->seed, KIND_NOTICE, i);
        unsigned week = (unsigned)((uint64_t)i * WEEKS / count);
        struct year_notice notice = {.urgent = i % URGENT_EVERY == URGENT_EVERY - 1, .street = rng_below(&rng, STREETS)};

        notice.text = draw_text(&rng, notice.urgent);
        notice.from = community_date_add(options->today, (int)(7 * week + rng_below(&rng, 7)) - 7 * WEEKS);
        notice.to = community_date_add(notice.from, notices[notice.text].to_days - notices[notice.text].from_days);
        g_snprintf(notice.id, sizeof notice.id, "NY%05u", i + 1);
        g_array_append_val(plan, notice);
    }
    g_array_sort(plan, by_day);
    return plan;
}

static bool post(struct db *db, const struct year_notice *notice, const char *const staff[2], uint32_t today, GError **error)
{
    int64_t at_ms = ms_of_date(notice->from) + 8 * INT64_C(3600000);
    struct notice_case draft = {.urgent = notice->urgent, .ends = notice->to, .made_ms = at_ms - INT64_C(1800000)};
    json_t *value = value_of(notice->id, notice->text, streets[notice->street].zh, streets[notice->street].en, notice->from, notice->to);
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool fits = text != NULL && g_strlcpy(draft.value, text, sizeof draft.value) < sizeof draft.value && notice_wrong(value) == NULL;

    free(text);
    json_decref(value);
    if (!fits)
        return no_notice(notice->id, error);
    g_strlcpy(draft.id, notice->id, sizeof draft.id);
    g_strlcpy(draft.author, staff[0], sizeof draft.author);
    return db_notice_case_add(db, &draft, error) && db_notice_case_approve(db, notice->id, staff[1], at_ms, error) &&
           (notice->to < today ? db_notice_delete(db, notice->id, error) : db_change_add(db, "notice", notice->id, error));
}

bool notices_post(struct db *db, const GArray *plan, const char *const staff[2], uint32_t today, GError **error)
{
    for (guint i = 0; i < plan->len; i++)
        if (!post(db, &g_array_index(plan, struct year_notice, i), staff, today, error))
            return false;
    return true;
}
