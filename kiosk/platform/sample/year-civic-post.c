/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets, ratings and who left, of a planned year: by the rules of their rooms, and refused by the same. */
#include "platform/sample/year-post.h"
#include "platform/admin/ratings.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "platform/hotlist/hotlist.h"
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include <string.h>

/* What is written of each service, and what its attribute says where one is required. */
static const struct { const char *code, *text, *unit, *attribute, *value; } TEXTS[] = {
    {"F01", "楼道灯坏了两天，晚上看不清台阶", "安和物业 Anhe Property", NULL, NULL},
    {"F02", "电梯又停了，老人下不了楼", "电梯维保 Lift service", "symptom", "stands"},
    {"F03", "天花板往下滴水，墙都湿了", "安和物业 Anhe Property", NULL, NULL},
    {"F04", "下水道堵了，厨房返水", "禾家物业 Hejia Property", NULL, NULL},
    {"F05", "路面有个坑，骑车容易摔", "市政养护 Road works", NULL, NULL},
    {"F06", "井盖不见了，先用树枝挡着", "市政养护 Road works", NULL, NULL},
    {"F07", "单元门关不上，谁都能进", "禾家物业 Hejia Property", NULL, NULL},
    {"F08", "健身器材螺丝松了", "街道文体 Culture and sports", NULL, NULL},
    {"F09", "坡道被杂物占了，轮椅过不去", "安和物业 Anhe Property", NULL, NULL},
    {"E01", "楼下堆了装修垃圾没人运", "环卫 Sanitation", NULL, NULL},
    {"E02", "分类点的桶满了", "环卫 Sanitation", NULL, NULL},
    {"E03", "施工太吵，孩子睡不好", "城管 City management", "when", "night"},
    {"E04", "草坪上狗粪没人清", "安和物业 Anhe Property", NULL, NULL},
    {"E05", "楼下饭馆油烟直往家里灌", "城管 City management", NULL, NULL},
    {"E06", "树枝挡住了路灯", "绿化 Greenery", NULL, NULL},
    {"O01", "车停在人行道上", "城管 City management", NULL, NULL},
    {"O02", "有人在楼道里给电动车充电", "消防 Fire service", "where", "indoors"},
    {"O03", "消防通道被堵了", "消防 Fire service", NULL, NULL},
    {"O04", "有东西从楼上掉下来", "派出所 Police station", NULL, NULL},
    {"S01", "物业几天没来打扫", "禾家物业 Hejia Property", NULL, NULL},
    {"S02", "窗口态度不好", "居委会 Residents' committee", NULL, NULL},
    {"S03", "物业费怎么多了", "安和物业 Anhe Property", NULL, NULL},
    {"A01", "希望多摆几把椅子", "居委会 Residents' committee", "idea", "花园里加两把带扶手的椅子"},
};

static bool refused(const struct act *act, const char *code, GError **error)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "the sample's %s of %u was refused: %s", act_kind_name(act->kind),
                date_of_ms(act->at_ms), code);
    return false;
}

/* ---- Tickets ---- */

static bool step_post(struct year_posting *posting, const struct act *act, unsigned i, size_t text, GError **error)
{
    struct db *db = posting->platform->db;
    const enum ticket_step step = act->ticket.steps[i].step;
    const int64_t at_ms = act->ticket.steps[i].at_ms;
    enum ticket_state state;
    char id[37];

    year_step_id(act, i + 1, id);
    if (step == TICKET_EXPIRE)
        return tickets_expire(db, act->id, id, at_ms, error);
    const struct ticket_order order = {
        .ticket = act->id, .id = id, .step = step, .staff = {posting->staff_ids[act->ticket.staff]},
        .resident = step == TICKET_CONFIRM || step == TICKET_DENY || step == TICKET_WITHDRAW,
        .unit = step == TICKET_ASSIGN || step == TICKET_RETURN ? TEXTS[text].unit : NULL,
        .reason = step == TICKET_RETURN   ? "不在我单位范围 Not ours"
                  : step == TICKET_DENY   ? "没有修好 Not mended"
                  : step == TICKET_REFUSE ? "属私人事务 A private matter"
                                          : NULL,
        .reply = step == TICKET_RESOLVE  ? "已处理 It is done"
                 : step == TICKET_REFUSE ? "请向业主大会提出 Please ask the owners' assembly"
                                         : NULL};
    return tickets_step_by_staff(db, &order, at_ms, &state, error);
}

static bool too_post(struct year_posting *posting, const struct act *act, GError **error)
{
    char who[33];
    const char *code = NULL;

    if (act->other < 0)
        return true;
    year_token_of(posting, act->other, who);
    return tickets_interest(posting->platform->db, act->id, who, act->ticket.too_ms, &code, error) && (code == NULL || refused(act, code, error));
}

static bool file_post(struct year_posting *posting, const struct act *act, const char *token, size_t text, GError **error)
{
    const struct person *person = year_person_of(posting, act->card);
    const struct household *home = &g_array_index(posting->community->households, struct household, person->household);
    g_autofree char *address = mask_address(home->address);
    const char *place = g_hash_table_lookup(posting->places, address), *code = NULL;
    struct ticket_row row;
    char kiosk[8];

    year_kiosk_id(act->kiosk, kiosk);
    struct ticket_filing filing = {.token = act->id, .service = act->item, .description = TEXTS[text].text, .kiosk = kiosk, .api_key = "",
                                   .reporter = act->ticket.anonymous ? "" : token, .address_id = place != NULL ? place : "",
                                   .address = place != NULL ? "" : home->address, .anonymous = act->ticket.anonymous, .filed_ms = act->at_ms};
    if (TEXTS[text].attribute != NULL)
        filing.attributes = json_pack("{s:[s]}", TEXTS[text].attribute, TEXTS[text].value);
    bool ok = tickets_file(posting->platform->db, &filing, act->at_ms, &row, &code, error);
    json_decref(filing.attributes);
    if (!ok || code != NULL)
        return ok && refused(act, code, error);
    ticket_row_clear(&row);
    return true;
}

/* In the order of time: whoever had it too says so between the steps. */
static bool course_post(struct year_posting *posting, const struct act *act, size_t text, GError **error)
{
    const struct ticket_course *course = &act->ticket;
    bool told = act->other < 0;

    for (unsigned i = 0; i < course->count; i++) {
        if (!told && course->steps[i].at_ms > course->too_ms) {
            told = true;
            if (!too_post(posting, act, error))
                return false;
        }
        if (!step_post(posting, act, i, text, error))
            return false;
    }
    return told || too_post(posting, act, error);
}

static bool ticket_post(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    size_t text = 0;

    while (text + 1 < G_N_ELEMENTS(TEXTS) && strcmp(TEXTS[text].code, act->item) != 0)
        text++;
    return file_post(posting, act, token, text, error) && course_post(posting, act, text, error);
}

/* ---- Ratings ---- */

static bool rating_post(struct year_posting *posting, const struct act *act, GError **error)
{
    json_t *data = json_pack("{s:s, s:s, s:I, s:s}", "service", act->rated, "kind", act->item, "grade", (json_int_t)act->amount, "rater", act->rater);
    struct outcome out = {.verdict = STORE_ACCEPTED};
    char kiosk[8];

    year_kiosk_id(act->kiosk, kiosk);
    bool ok = ratings_apply(posting->platform->db, kiosk, data, act->at_ms, act->at_ms, &out, error);
    json_decref(data);
    return ok && (out.verdict == STORE_ACCEPTED || refused(act, out.code, error));
}

/* ---- Who left ---- */

/* The card first, and the list that keeps it from being used; then two of the staff. */
static bool left_post(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    const struct sample_card *card = &g_array_index(posting->community->cards, struct sample_card, act->card);
    struct db *db = posting->platform->db;
    struct hotlist_change change = {.reason = HOTLIST_OTHER};
    const char *const by[2] = {posting->staff_ids[0], posting->staff_ids[1]}, *why = NULL;
    int64_t person = posting->community->first + card->person;

    if (card->state == CARD_ACTIVE) {
        if (!db_card_state_set(db, card->number, "suspended", error) || !hotlist_mark_of_token(token, &change.mark))
            return false;
        g_array_append_val(posting->listed, change);
    }
    if (!db_person_may_leave(db, person, &why, error))
        return false;
    return why != NULL ? refused(act, why, error) : db_person_left_add(db, person, by, act->item, act->at_ms, error);
}

bool year_post_civic(struct year_posting *posting, const struct act *act, const char *token, GError **error)
{
    switch (act->kind) {
    case ACT_TICKET:
        return ticket_post(posting, act, token, error);
    case ACT_RATING:
        return rating_post(posting, act, error);
    default:
        return left_post(posting, act, token, error);
    }
}
