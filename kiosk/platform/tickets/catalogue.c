/* SPDX-License-Identifier: Apache-2.0 */
/* What a community begins with: what residents can tell of, and what is asked along with it. Its own lists take their place. */
#include "platform/tickets/tickets.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define FACILITY "设施 Facilities"
#define AROUND   "环境 Environment"
#define ORDER    "秩序 Order"
#define SERVICE  "服务 Service"

static const struct ticket_service services[] = {
    {"F01", "楼道灯不亮", "Stair light out", "Lights of stairs, corridors and paths", FACILITY, "light,lamp,灯", TICKET_NORMAL},
    {"F02", "电梯故障", "Lift fault", "Lift stands still, stops between floors or makes noise. People inside: call 119",
     FACILITY, "lift,elevator,电梯", TICKET_URGENT},
    {"F03", "水管漏水", "Leak", "Water comes out of pipes, walls or ceilings", FACILITY, "water,pipe,漏水", TICKET_URGENT},
    {"F04", "下水堵塞", "Blocked drain", "Drains and sewers", FACILITY, "drain,sewer,下水", TICKET_NORMAL},
    {"F05", "路面破损", "Road damage", "Holes and broken slabs", FACILITY, "road,pothole,路面", TICKET_NORMAL},
    {"F06", "井盖缺失", "Manhole cover missing", "An open or broken manhole", FACILITY, "manhole,井盖", TICKET_DANGER},
    {"F07", "门禁损坏", "Gate fault", "Entrance gates, barriers, door phones", FACILITY, "gate,door,门禁", TICKET_NORMAL},
    {"F08", "健身器材损坏", "Fitness gear broken", "Outdoor fitness and play equipment", FACILITY, "fitness,playground,健身", TICKET_NORMAL},
    {"F09", "无障碍坡道", "Ramp", "Ramps, handrails and other access without steps", FACILITY, "ramp,wheelchair,无障碍", TICKET_NORMAL},
    {"E01", "垃圾堆放", "Rubbish left about", "Piles of rubbish and rubble", AROUND, "rubbish,litter,垃圾", TICKET_NORMAL},
    {"E02", "垃圾分类", "Sorting point", "Sorting points full, dirty or shut", AROUND, "recycling,分类", TICKET_NORMAL},
    {"E03", "噪音", "Noise", "Noise of building work, music, machines", AROUND, "noise,噪音", TICKET_NORMAL},
    {"E04", "宠物粪便", "Pet mess", "Pet mess on paths and lawns", AROUND, "dog,pet,宠物", TICKET_NORMAL},
    {"E05", "油烟", "Cooking fumes", "Fumes of kitchens and restaurants", AROUND, "fumes,smoke,油烟", TICKET_NORMAL},
    {"E06", "绿化养护", "Greenery", "Trees, lawns and hedges", AROUND, "tree,lawn,绿化", TICKET_NORMAL},
    {"O01", "乱停车", "Parking", "Cars and bicycles where they must not stand", ORDER, "parking,停车", TICKET_NORMAL},
    {"O02", "电动车充电", "E-bike charging", "E-bikes charged in stairs, corridors or homes, or charging points that fail", ORDER,
     "e-bike,charging,充电", TICKET_DANGER},
    {"O03", "堵塞消防通道", "Fire lane blocked", "Ways of the fire brigade and exits", ORDER, "fire lane,exit,消防", TICKET_DANGER},
    {"O04", "高空抛物", "Falling objects", "Things thrown or falling from windows and facades", ORDER, "falling,高空", TICKET_DANGER},
    {"S01", "物业服务", "Property service", "What the property management does or leaves undone", SERVICE, "property,物业", TICKET_NORMAL},
    {"S02", "办事态度", "Staff attitude", "How somebody was treated. Nobody else sees it; say who may be called back", SERVICE,
     "attitude,态度", TICKET_PERSONAL},
    {"S03", "收费疑问", "Fees", "Questions about what was charged", SERVICE, "fee,charge,收费", TICKET_NORMAL},
    {"A01", "建议", "Suggestion", "What could be better", SERVICE, "idea,suggestion,建议", TICKET_COMPLEX},
    {TICKET_QUESTION, "咨询", "Question", "What the answers of a kiosk did not solve", SERVICE, "question,help,咨询", TICKET_PERSONAL},
};

static const struct ticket_attribute attributes[] = {
    {"F01", "floor", "string", "Which floor", "", NULL, NULL, false},
    {"F02", "symptom", "singlevaluelist", "What the lift does", "stands=It stands still;doors=Doors do not close;noise=It makes noise",
     "电梯怎么了", "stands=停着不动;doors=门关不上;noise=有响声", true},
    {"F02", "lift_no", "string", "The number on the lift", "", NULL, NULL, false},
    {"E03", "when", "multivaluelist", "When it is loud", "day=By day;evening=In the evening;night=At night", "什么时候吵",
     "day=白天;evening=晚上;night=夜里", true},
    {"E03", "since", "datetime", "Since when", "", NULL, NULL, false},
    {"O02", "where", "singlevaluelist", "Where it is charged", "indoors=Inside a building;outdoors=Outside", "在哪里充电",
     "indoors=楼里;outdoors=楼外", true},
    {"S03", "amount_yuan", "number", "How much was charged, in yuan", "", NULL, NULL, false},
    {"A01", "idea", "text", "What should be done", "", NULL, NULL, false},
};

static bool has_service(json_t *services_there, const char *code)
{
    json_t *one;
    size_t i;

    json_array_foreach(services_there, i, one)
        if (g_strcmp0(json_string_value(json_object_get(one, "code")), code) == 0)
            return true;
    return false;
}

/* Questions came later: a community of before gets them. */
bool tickets_catalogue(struct db *db, GError **error)
{
    json_t *there = db_ticket_services(db, NULL, error);
    bool ok = there != NULL, empty = json_array_size(there) == 0, asked = has_service(there, TICKET_QUESTION);

    json_decref(there);
    for (size_t i = 0; ok && i < G_N_ELEMENTS(services); i++)
        if (empty || (strcmp(services[i].code, TICKET_QUESTION) == 0 && !asked))
            ok = db_ticket_service_set(db, &services[i], (int)i, error) && db_change_add(db, "category", services[i].code, error);
    for (size_t i = 0; ok && empty && i < G_N_ELEMENTS(attributes); i++)
        ok = db_ticket_attribute_set(db, &attributes[i], (int)i + 1, error);
    return ok;
}

bool tickets_ready(struct platform *platform, GError **error)
{
    if (!db_begin(platform->db, true, error))
        return false;
    if (tickets_catalogue(platform->db, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}

/* ---- Lists that a community brings ---- */

static bool wrong_line(GError **error, unsigned line, const char *what)
{
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_ARGUMENT, "line %u: %s", line, what);
    return false;
}

static bool day_line(struct db *db, char **words, unsigned line, GError **error)
{
    guint64 date = 0;
    bool work = g_strcmp0(words[1], "work") == 0;

    if (!g_ascii_string_to_unsigned(words[0], 10, 19700102, 99991231, &date, NULL) || !date_valid((uint32_t)date) ||
        (!work && g_strcmp0(words[1], "rest") != 0))
        return wrong_line(error, line, "YYYYMMDD and work or rest");
    return db_ticket_day_set(db, (uint32_t)date, work, error);
}

static bool place_line(struct db *db, char **words, unsigned line, GError **error)
{
    if (words[1] == NULL || strlen(words[0]) > 64 || strspn(words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != strlen(words[0]) ||
        strlen(words[1]) > 200)
        return wrong_line(error, line, "an id of letters, digits and -, and the address as it is shown");
    return db_ticket_place_set(db, words[0], words[1], error) && db_change_add(db, "place", words[0], error);
}

static bool lines_read(struct db *db, const char *text, bool (*read)(struct db *db, char **words, unsigned line, GError **error),
                       int *count, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    *count = 0;
    if (!g_utf8_validate(text, -1, NULL))
        return wrong_line(error, 0, "not UTF-8");
    for (unsigned i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (*line == '\0' || *line == '#')
            continue;
        g_auto(GStrv) words = g_strsplit(line, " ", 2);
        if (!read(db, words, i + 1, error))
            return false;
        (*count)++;
    }
    return true;
}

bool tickets_days_read(struct db *db, const char *text, int *count, GError **error)
{
    return lines_read(db, text, day_line, count, error) && db_change_add(db, "calendar", "workdays", error);
}

bool tickets_places_read(struct db *db, const char *text, int *count, GError **error)
{
    return lines_read(db, text, place_line, count, error);
}
