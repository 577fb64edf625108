/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volunteer credit in the town: people sign in and out, redeem, give and donate, staff confirm, enter and undo. What a screen
 * said may be handed over is on the medium then, and the platform posts it whatever else happened; the books of all hold.
 */
#include "books-internal.h"
#include "model/model.h"
#include "platform/credit/credit.h"
#include "platform/credit/quota.h"
#include "platform/data/db-credit.h"
#include "service/internal.h"
#include "store/ledger.h"

#include <sqlite3.h>
#include <string.h>

#define SLOT_MS INT64_C(7200000)

static struct kiosk_credit_request wanted;

/* ---- What is asked ------------------------------------------------------------------------------------------------ */

static void request(struct kiosk *kiosk)
{
    kiosk_request_credit(kiosk, &wanted);
}

/* Staff tap before the card that it is about is laid there. */
static void staff(struct sim_kiosk *kiosk, unsigned count)
{
    if (kiosk->machine.world->holder_count <= SIM_STAFF_B)
        return;
    kiosk_lay(kiosk, SIM_STAFF_A);
    if (count > 1)
        kiosk_lay(kiosk, SIM_STAFF_B);
}

static void slot_now(const struct world *world)
{
    wanted.slot_start_ms = world->now_ms - world->now_ms % SLOT_MS;
    wanted.slot_end_ms = wanted.slot_start_ms + SLOT_MS;
    g_strlcpy(wanted.slot, "S1", sizeof wanted.slot);
}

static void want_move(uint32_t arg)
{
    wanted.ask = arg / 16 % 4 == 0   ? KIOSK_CREDIT_ASK_GIVE
                 : arg / 16 % 4 == 1 ? KIOSK_CREDIT_ASK_DONATE
                                     : KIOSK_CREDIT_ASK_REDEEM;
    wanted.book = arg / 64 % 2 == 0 ? KIOSK_BOOK_POINTS : KIOSK_BOOK_COIN;
    wanted.amount = 1 + arg / 128 % 60;
    g_strlcpy(wanted.item, "RICE", sizeof wanted.item);
}

static void want_staff(struct sim_kiosk *kiosk, uint32_t arg)
{
    switch (arg / 16 % 4) {
    case 0:
        wanted.ask = KIOSK_CREDIT_ASK_EARN;
        wanted.amount = 30 * (1 + arg / 64 % 10);
        g_strlcpy(wanted.ref, "slip", sizeof wanted.ref);
        break;
    case 1:
        wanted.ask = KIOSK_CREDIT_ASK_REVERSE;
        g_strlcpy(wanted.id, kiosk->last_credit, sizeof wanted.id);
        break;
    case 2:
        wanted.ask = KIOSK_CREDIT_ASK_ADJUST;
        wanted.book = KIOSK_BOOK_POINTS;
        wanted.amount = 1 + arg / 64 % 20;
        break;
    default:
        wanted.ask = KIOSK_CREDIT_ASK_CONFIRM;
        wanted.amount = arg / 64 % 3 == 0 ? 0 : 30;
        g_strlcpy(wanted.ref, "SEEN", sizeof wanted.ref);
        g_strlcpy(wanted.id, kiosk->last_attendance, sizeof wanted.id);
    }
    staff(kiosk, 2);
}

/* What kiosks have for their offline hours is taken back by the operator, or given again. */
static bool operator_quota(struct platform *platform, const char *kiosk, bool back)
{
    static const struct quota AGAIN[] = {{BOOK_COIN, QUOTA_KIOSK, "", 600, 0},
                                         {BOOK_COIN, QUOTA_PERSON, "", 120, 0},
                                         {BOOK_POINTS, QUOTA_KIOSK, "", 100, 0},
                                         {BOOK_POINTS, QUOTA_PERSON, "", 40, 0}};
    int64_t version = 0;
    bool done = !back || quota_withdraw(platform, kiosk, now_ms(), &version, NULL);

    for (size_t i = 0; done && !back && i < G_N_ELEMENTS(AGAIN); i++)
        done = quota_rule(platform, kiosk, &AGAIN[i], NULL);
    return done;
}

static void play_quota(struct world *world, const struct sim_kiosk *kiosk, bool back)
{
    struct sim_platform *platform = &world->platform;

    if (platform->platform == NULL)
        return;
    int was = world_become(world, SIM_PLATFORM);
    bool done = operator_quota(platform->platform, kiosk->id, back);
    world_become(world, was);
    note(world, "quota %s %s: %d", kiosk->id, back ? "taken back" : "given", done);
    if (platform->machine.dead)
        platform_down(world);
}

void credit_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (action->arg / 4096 % 12 < 2)
        play_quota(world, kiosk, action->arg / 4096 % 12 == 0);
    if (!kiosk_start(kiosk))
        return;
    wanted = (struct kiosk_credit_request){.ask = KIOSK_CREDIT_ASK_ATTEND};
    if (action->arg % 16 < 8)
        want_move(action->arg);
    else if (action->arg % 16 < 12)
        slot_now(world);
    else
        want_staff(kiosk, action->arg);
    if (wanted.ask == KIOSK_CREDIT_ASK_GIVE && kiosk->kiosk != NULL)
        card_token(kiosk->kiosk->enrolment.index_key, world->cards[(action->card + 1) % world->card_count].number, wanted.to);
    kiosk_lay(kiosk, (int)action->card);
    kiosk_ask(kiosk, request);
}

/* ---- What is shown -------------------------------------------------------------------------------------------------- */

void credit_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_credit_event *event)
{
    note(world, "credit %s %u %s", kiosk->id, event->phase, event->reason);
    if (event->phase == KIOSK_CREDIT_IN)
        g_strlcpy(kiosk->last_attendance, event->id, sizeof kiosk->last_attendance);
    if (event->phase != KIOSK_CREDIT_DONE && event->phase != KIOSK_CREDIT_PENDING)
        return;
    if (wanted.ask == KIOSK_CREDIT_ASK_CONFIRM)
        return;
    g_strlcpy(kiosk->last_credit, event->id, sizeof kiosk->last_credit);
    if (event->phase == KIOSK_CREDIT_PENDING)
        return;
    world->stats.credited++;
    books_durable(world, kiosk, "credit-is-durable", event->id);
    g_ptr_array_add(world->books->handed_over, g_strdup(event->id));
}

/* ---- What must be so ------------------------------------------------------------------------------------------------- */

static void handed_over_end(struct world *world, const char *id)
{
    enum ledger_state state = LEDGER_NONE;

    for (unsigned i = 0; i < world->kiosk_count && state == LEDGER_NONE; i++) {
        int was = world_become(world, world->kiosks[i].machine.index);
        store_ledger_state(world->kiosks[i].kiosk->store, id, &state, NULL, NULL);
        world_become(world, was);
    }
    if (state != LEDGER_POSTED && state != LEDGER_REVERSED)
        break_invariant(world, "credit-is-posted", "%s was handed over and is %s", id, ledger_state_name(state));
}

/* What people and kiosks may do at most: each finds what broke it. The day is the town's, +08:00. */
static const struct {
    const char *what, *sql;
} LIMITS[] = {
    {"who answers is in no register",
     "SELECT id FROM credit_txn t WHERE community=?1 AND staff_a<>'' AND NOT EXISTS (SELECT 1 FROM staff s WHERE"
     " s.community=t.community AND s.token=t.staff_a)"},
    {"one person answers twice", "SELECT id FROM credit_txn WHERE community=?1 AND staff_a<>'' AND staff_a=staff_b"},
    {"more hours on paper than a day takes",
     "SELECT e.account FROM credit_txn t JOIN credit_entry e ON e.community=t.community AND e.txn=t.id WHERE t.community=?1 AND"
     " t.type='EARN' AND t.staff_a<>'' AND e.book='HOURS' AND e.amount>0 AND e.account GLOB 'person:*' AND NOT EXISTS"
     " (SELECT 1 FROM credit_txn r WHERE r.community=t.community AND r.reverses=t.id)"
     " GROUP BY e.account, (t.at_ms+28800000)/86400000 HAVING sum(e.amount)>480"},
    {"a quota was spent after a newer one",
     "SELECT a.id FROM credit_txn a JOIN credit_txn b ON b.community=a.community AND b.kiosk=a.kiosk AND b.quota>a.quota AND"
     " b.seq<a.seq WHERE a.community=?1 AND a.quota<>0"},
    {"a card is held in too many pieces",
     "SELECT account FROM credit_hold WHERE community=?1 AND state='HELD' GROUP BY account HAVING count(*)>16"},
};

static char *limit_broken(struct db *db)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
        g_autofree char *who = NULL;
        if (db_text(db, NULL, &who, LIMITS[i].sql, "") && who != NULL)
            return g_strdup_printf("%s (%s)", LIMITS[i].what, who);
    }
    return NULL;
}

static char *platform_broken(struct platform *platform)
{
    if (!db_begin(platform->db, false, NULL))
        return NULL;
    char *broken = db_credit_broken(platform->db, NULL);
    if (broken == NULL)
        broken = limit_broken(platform->db);
    db_rollback(platform->db);
    return broken;
}

/* The version that this kiosk would let somebody spend from at this moment, while it is offline; 0 none. */
static int64_t spendable_version(struct sim_kiosk *kiosk, enum book book)
{
    enum ledger_code code = LEDGER_QUOTA;
    int64_t version = 0;

    if (kiosk->kiosk == NULL || kiosk->restored || kiosk->machine.dead)
        return 0;
    int was = world_become(kiosk->machine.world, kiosk->machine.index);
    bool asked = store_quota_ask(kiosk->kiosk->store, "ffffffffffffffffffffffffffffffff", book, "RICE", 1, now_ms(), &code, &version, NULL);
    world_become(kiosk->machine.world, was);
    return asked && code == LEDGER_OK ? version : 0;
}

/* Whoever may spend at a kiosk that hears of nobody spends from what the platform counts as handed out and open: all of them together never
 * more than that. */
void credit_check_open(struct world *world, struct sqlite3 *db)
{
    sqlite3_stmt *over = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT (SELECT count(*) FROM quota_issue WHERE kiosk=?1 AND version=?2)=1 AND NOT EXISTS"
                                           " (SELECT 1 FROM quota_over WHERE kiosk=?1 AND below>?2)", -1, &over, NULL), ==, SQLITE_OK);
    for (unsigned i = 0; i < world->kiosk_count; i++)
        for (enum book book = BOOK_POINTS; book <= BOOK_COIN; book++) {
            int64_t version = spendable_version(&world->kiosks[i], book);
            sqlite3_bind_text(over, 1, world->kiosks[i].id, -1, SQLITE_STATIC);
            sqlite3_bind_int64(over, 2, version);
            if (version != 0 && sqlite3_step(over) == SQLITE_ROW && sqlite3_column_int(over, 0) == 0)
                break_invariant(world, "quota-is-open", "%s may let spend from version %" G_GINT64_FORMAT
                                ", which the platform counts as closed", world->kiosks[i].id, version);
            sqlite3_reset(over);
        }
    sqlite3_finalize(over);
}

/* Everybody has heard of everything: the platform knows which version each kiosk has in force. */
static void taken_end(struct world *world)
{
    g_autofree struct quota_set *set = g_new0(struct quota_set, 1);
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < world->kiosk_count; i++) {
        struct sim_kiosk *kiosk = &world->kiosks[i];
        int was = world_become(world, kiosk->machine.index);
        bool read = store_quota(kiosk->kiosk->store, set, &error);
        world_become(world, SIM_PLATFORM);
        int64_t taken = 0;
        read = read && db_begin(world->platform.platform->db, false, &error);
        read = read && db_int(world->platform.platform->db, &error, 0, &taken,
                              "SELECT max(below) FROM quota_over WHERE community=?1 AND kiosk=?2 AND why='taken'", "s", kiosk->id);
        db_rollback(world->platform.platform->db);
        world_become(world, was);
        if (!read || (set->version != 0 && taken != set->version))
            break_invariant(world, "quota-is-told", "%s has version %" G_GINT64_FORMAT ", the platform knows of %" G_GINT64_FORMAT, kiosk->id,
                            set->version, taken);
    }
}

void credit_check_end(struct world *world)
{
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        struct sim_kiosk *kiosk = &world->kiosks[i];
        g_autoptr(GError) error = NULL;
        int was = world_become(world, kiosk->machine.index);
        bool holds = store_ledger_check(kiosk->kiosk->store, &error);
        world_become(world, was);
        if (!holds)
            break_invariant(world, "credit-books", "%s: %s", kiosk->id, error->message);
    }
    taken_end(world);
    for (guint i = 0; i < world->books->handed_over->len; i++)
        handed_over_end(world, g_ptr_array_index(world->books->handed_over, i));
    int was = world_become(world, SIM_PLATFORM);
    g_autofree char *broken = platform_broken(world->platform.platform);
    world_become(world, was);
    if (broken != NULL)
        break_invariant(world, "credit-books", "platform: %s", broken);
}
