/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people and the clock do at the platform about activities and orders: dates are made and called off, kiosks get seats of their own,
 * orders are dispatched, taken, refused, done, disputed. What the programs refuse is refused; what they did is looked at by seats.c and orders.c.
 */
#include "books-internal.h"
#include "model/model.h"
#include "platform/activities/activities.h"
#include "platform/orders/service-orders.h"

#include <sqlite3.h>
#include <string.h>

#define ACTIVITY  "TOWN"
#define MINUTE_MS INT64_C(60000)

struct desk {
    struct world *world;
    struct platform *platform;
    const char *kiosk;
    uint32_t arg;
    char staff[2][33];
};

/* The n-th of what a query finds, counted round; "" nothing. */
static void pick(struct world *world, const char *sql, uint32_t n, char *out, size_t size)
{
    int was = world_become(world, SIM_NOBODY);
    sqlite3 *db = books_platform_db(world);
    g_autofree char *count = books_text(db, "SELECT count(*) FROM (%s)", sql);
    guint64 rows = g_ascii_strtoull(count, NULL, 10);
    g_autofree char *row = rows > 0 ? books_text(db, "%s LIMIT 1 OFFSET %u", sql, (unsigned)(n % rows)) : NULL;

    g_strlcpy(out, row != NULL ? row : "", size);
    sqlite3_close(db);
    world_become(world, was);
}

/* ---- Dates ---------------------------------------------------------------------------------------------------------- */

/* Small ones, soon. */
static bool date_make(struct desk *desk)
{
    int64_t start_ms = now_ms() + (20 + desk->arg % 1500) * MINUTE_MS;
    struct date_row row = {.activity = ACTIVITY,
                           .session = {.start_ms = start_ms, .end_ms = start_ms + (30 + desk->arg / 16 % 90) * MINUTE_MS,
                                       .seats = 1 + (int)(desk->arg / 64 % 5)}};

    g_snprintf(row.id, sizeof row.id, "TOWN-%" G_GINT64_FORMAT, now_ms());
    if (!activities_date_add(desk->platform->db, &row, NULL))
        return false;
    for (unsigned i = 0; i < desk->arg / 512 % 3; i++)
        activities_allot(desk->platform, desk->world->kiosks[i].id, row.id, 1, now_ms(), NULL);
    return true;
}

static bool allot(struct desk *desk)
{
    char date[ACTIVITY_ID_SIZE];

    pick(desk->world, "SELECT id FROM activity_session WHERE activity='" ACTIVITY "' AND start_ms>?1 ORDER BY start_ms,id", desk->arg, date,
         sizeof date);
    return activities_allot(desk->platform, desk->kiosk, date, 1 + (int)(desk->arg / 16 % 3), now_ms(), NULL);
}

static bool call_off(struct desk *desk)
{
    char date[ACTIVITY_ID_SIZE];

    pick(desk->world, "SELECT id FROM activity_session WHERE activity='" ACTIVITY "' AND start_ms>?1 AND off_ms=0 ORDER BY start_ms,id",
         desk->arg, date, sizeof date);
    return activities_call_off(desk->platform, date, desk->staff[0], "rain", now_ms(), NULL);
}

/* What somebody asks for by telephone. */
static bool seat_step(struct desk *desk)
{
    static const enum seat_step STEPS[] = {SEAT_DO_CANCEL, SEAT_DO_CANCEL, SEAT_DO_TAKE, SEAT_DO_CHECK_IN};
    char seat[37], id[37];
    enum seat_state out;
    struct seat_order order = {.id = id, .seat = seat, .step = STEPS[desk->arg % 4], .staff = desk->staff[0], .at_ms = now_ms()};

    uuid7(now_ms(), id);
    pick(desk->world, "SELECT id FROM seat WHERE ended_ms=0 ORDER BY id", desk->arg / 16, seat, sizeof seat);
    return *seat != '\0' && activities_seat(desk->platform, &order, now_ms(), &out, NULL);
}

/* ---- Orders --------------------------------------------------------------------------------------------------------- */

/* By its state: two things that people do to it, the first one more often. */
static const struct {
    enum order_step often, seldom;
    enum order_actor by_often, by_seldom;
} MOVES[ORDER_STATES] = {
    [ORDER_REVIEW] = {ORDER_DO_APPROVE, ORDER_DO_REJECT, ORDER_CLERK, ORDER_CLERK},
    [ORDER_POOL] = {ORDER_DO_DISPATCH, ORDER_DO_GRAB, ORDER_CLERK, ORDER_PROVIDER},
    [ORDER_OFFERED] = {ORDER_DO_ACCEPT, ORDER_DO_REFUSE, ORDER_PROVIDER, ORDER_PROVIDER},
    [ORDER_ESCALATED] = {ORDER_DO_ASSIGN, ORDER_DO_ASSIGN, ORDER_MANAGER, ORDER_MANAGER},
    [ORDER_ACCEPTED] = {ORDER_DO_START, ORDER_DO_WITHDRAW, ORDER_PROVIDER, ORDER_PROVIDER},
    [ORDER_IN_SERVICE] = {ORDER_DO_FINISH, ORDER_DO_FINISH, ORDER_PROVIDER, ORDER_PROVIDER},
    [ORDER_NO_SHOW] = {ORDER_DO_RESCHEDULE, ORDER_DO_CLOSE, ORDER_PROVIDER, ORDER_CLERK},
    [ORDER_FINISHED] = {ORDER_DO_CONFIRM, ORDER_DO_DISPUTE, ORDER_RESIDENT, ORDER_RESIDENT},
    [ORDER_DISPUTED] = {ORDER_DO_SETTLE, ORDER_DO_GIVE_BACK, ORDER_CLERK, ORDER_CLERK},
};

static void saying_fill(const struct desk *desk, const struct service_order_row *row, struct order_saying *out)
{
    bool seldom = desk->arg / 64 % 4 == 0;
    const struct service_provider *provider = provider_first(row->service, desk->arg / 16);

    g_strlcpy(out->order, row->id, sizeof out->order);
    out->deed = (struct order_deed){.step = seldom ? MOVES[row->order.state].seldom : MOVES[row->order.state].often,
                                    .actor = seldom ? MOVES[row->order.state].by_seldom : MOVES[row->order.state].by_often,
                                    .at_ms = now_ms(), .visit_ms = now_ms() + (desk->arg / 256 % 600) * MINUTE_MS, .minutes = 30};
    if (*row->order.provider != '\0')
        g_strlcpy(out->deed.provider, row->order.provider, sizeof out->deed.provider);
    else if (provider != NULL)
        g_strlcpy(out->deed.provider, provider->id, sizeof out->deed.provider);
    if (row->order.state == ORDER_ACCEPTED && desk->arg / 64 % 8 == 5)
        out->deed.step = ORDER_DO_ABSENT;
    g_strlcpy(out->deed.reason, "so it is", sizeof out->deed.reason);
    for (size_t i = 0; i < (out->deed.actor == ORDER_MANAGER ? 2 : 1); i++)
        g_strlcpy(out->staff[i], desk->staff[i], sizeof out->staff[i]);
}

static bool order_step_once(struct desk *desk, const char *name)
{
    g_autofree struct order_saying *saying = g_new0(struct order_saying, 1);
    struct db *db = desk->platform->db;
    struct service_order_row row;
    const char *refused = NULL;
    enum order_state state;
    bool found = false;
    char id[37];

    uuid7(now_ms(), id);
    const struct order_told told = {.id = id, .kiosk = "", .desk = true};
    if (!db_service_order_find(db, name, &row, &found, NULL) || !found)
        return false;
    saying_fill(desk, &row, saying);
    service_order_clear(&row);
    bool done = service_order_step(db, saying, &told, now_ms(), &state, &refused, NULL);
    note(desk->world, "%s %s: %d %s", order_step_name(saying->deed.step), name, done, refused != NULL ? refused : "");
    return done && refused == NULL;
}

/* One of them goes on by some steps, as long as nothing speaks against it. */
static bool order_move(struct desk *desk)
{
    unsigned steps = 1 + desk->arg / 1024 % 5, done = 0;
    char name[37];

    pick(desk->world, "SELECT id FROM service_order WHERE ended_ms=0 ORDER BY id", desk->arg, name, sizeof name);
    while (*name != '\0' && done < steps && order_step_once(desk, name)) {
        desk->arg = desk->arg * 1103515245 + 12345;
        done++;
    }
    return done > 0;
}

/* What was on a screen before is asked again. */
static bool price_change(struct desk *desk)
{
    struct service_offer offer;
    bool found = false;

    if (!db_service_find(desk->platform->db, desk->arg % 2 == 0 ? "H04" : "F01", &offer, &found, NULL) || !found)
        return false;
    offer.price_fen = 1000 + desk->arg / 16 % 10 * 100;
    return service_put(desk->platform->db, &offer, NULL);
}

/* ---- The clock ------------------------------------------------------------------------------------------------------- */

static bool clock_run(struct desk *desk)
{
    struct order_run run = {0};
    int done = 0;
    bool good = service_orders_run(desk->platform, now_ms(), &run, NULL) & seats_run(desk->platform, now_ms(), &done, NULL);

    if (run.broken > 0)
        break_invariant(desk->world, "order-clock", "the clock left %d orders as they were", run.broken);
    return good;
}

/* ---- One of them ------------------------------------------------------------------------------------------------------ */

static bool in_one(struct desk *desk, bool (*what)(struct desk *desk))
{
    struct db *db = desk->platform->db;

    if (!db_begin(db, true, NULL))
        return false;
    if (what(desk))
        return db_commit(db, NULL);
    db_rollback(db);
    return false;
}

static bool one(struct desk *desk, unsigned draw)
{
    switch (draw) {
    case 0:
    case 1:
    case 2:
        return in_one(desk, date_make);
    case 3:
        return in_one(desk, allot);
    case 4:
        return desk->arg % 4 == 0 ? call_off(desk) : in_one(desk, price_change);
    case 5:
    case 6:
        return seat_step(desk);
    case 7:
    case 8:
        return clock_run(desk);
    default:
        return in_one(desk, order_move);
    }
}

static void desk_at(struct world *world, const char *kiosk, uint32_t arg, struct desk *out)
{
    unsigned first = arg / 8 % 2 == 0 ? SIM_STAFF_A : SIM_STAFF_B;

    *out = (struct desk){.world = world, .platform = world->platform.platform, .kiosk = kiosk, .arg = arg / 16};
    for (unsigned i = 0; world->holder_count > SIM_STAFF_B && i < 2; i++)
        card_token(world->index_key, world->cards[i == 0 ? first : SIM_STAFF_A + SIM_STAFF_B - first].number, out->staff[i]);
}

void desk_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_platform *platform = &world->platform;
    struct desk desk;

    if (platform->platform == NULL)
        return;
    desk_at(world, kiosk->id, action->arg, &desk);
    int was = world_become(world, SIM_PLATFORM);
    bool done = one(&desk, action->arg % 16);
    world_become(world, was);
    world->stats.moved += done;
    note(world, "desk %u: %d", action->arg % 16, done);
    if (platform->machine.dead)
        platform_down(world);
}

void desk_first_day(struct world *world)
{
    static const struct activity_row TOWN = {.id = ACTIVITY, .kind = "sport", .title_zh = "棋", .title_en = "Chess"};
    struct desk desk;

    desk_at(world, world->kiosks[0].id, 0, &desk);
    int was = world_become(world, SIM_PLATFORM);
    bool made = db_begin(desk.platform->db, true, NULL) && activities_add(desk.platform->db, &TOWN, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        desk.arg = 512 + 65 * i + 40;
        made = made && date_make(&desk);
        world->now_ms += 1000;
    }
    g_assert_true(made && db_commit(desk.platform->db, NULL));
    world_become(world, was);
}
