/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volunteer credit in the town: people sign in and out, redeem, give and donate, staff confirm, enter and undo. What a screen
 * said may be handed over is on the medium then, and the platform posts it whatever else happened; the books of all hold.
 */
#include "books-internal.h"
#include "model/model.h"
#include "platform/credit/credit.h"
#include "platform/data/db-credit.h"
#include "service/internal.h"
#include "store/ledger.h"

#include <string.h>

#define SLOT_MS INT64_C(7200000)

static struct kiosk_credit_request wanted;

/* ---- What is asked ------------------------------------------------------------------------------------------------ */

static void ask(struct sim_kiosk *kiosk)
{
    if (kiosk->kiosk == NULL)
        return;
    int was = world_become(kiosk->machine.world, kiosk->machine.index);
    kiosk_request_credit(kiosk->kiosk, &wanted);
    world_become(kiosk->machine.world, was);
    kiosk_turns(kiosk, 1);
}

static void lay(struct sim_kiosk *kiosk, int card)
{
    if (kiosk->kiosk == NULL)
        return;
    if (kiosk->reader.device != card)
        card_put(kiosk, card);
    kiosk_turns(kiosk, 2);
}

/* Staff tap before the card that it is about is laid there. */
static void staff(struct sim_kiosk *kiosk, unsigned count)
{
    if (kiosk->machine.world->card_count <= SIM_STAFF_B)
        return;
    lay(kiosk, SIM_STAFF_A);
    if (count > 1)
        lay(kiosk, SIM_STAFF_B);
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

void credit_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
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
    lay(kiosk, (int)action->card);
    ask(kiosk);
}

/* ---- What is shown -------------------------------------------------------------------------------------------------- */

void credit_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_credit_event *event)
{
    uint8_t hash[32];

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
    if (!medium_has_row(kiosk, store_head(kiosk->kiosk->store, hash)))
        break_invariant(world, "credit-is-durable", "%s shows %s as done before it is on the medium", kiosk->id, event->id);
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
    for (guint i = 0; i < world->books->handed_over->len; i++)
        handed_over_end(world, g_ptr_array_index(world->books->handed_over, i));
    int was = world_become(world, SIM_PLATFORM);
    g_autofree char *broken = platform_broken(world->platform.platform);
    world_become(world, was);
    if (broken != NULL)
        break_invariant(world, "credit-books", "platform: %s", broken);
}
