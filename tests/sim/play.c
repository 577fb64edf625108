/* SPDX-License-Identifier: Apache-2.0 */
/* What people, machines and the world do, one deed a step. */
#include "sim.h"
#include "books.h"
#include "model/model.h"
#include "service/internal.h"
#include "store/ledger.h"

#include <string.h>

#define HOUR_MS     (3600 * 1000LL)
#define DRAIN_TURNS 40
#define LOAD_MAX    30000
#define BALANCE_MAX 200000
#define HEAL_PERMILLE 250
#define STORE_RETRY_MS 6000 /* a store that failed is tried again every five seconds */

typedef void (*deed_fn)(struct world *world, struct sim_kiosk *kiosk, const struct action *action);

static bool here(const struct sim_kiosk *kiosk, unsigned card)
{
    return kiosk->reader.device == (int)card;
}

/* ---- At a kiosk --------------------------------------------------------------------------------------------------- */

void kiosk_sync(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;

    if (kiosk->kiosk == NULL)
        return;
    world->stats.rounds++;
    int was = world_become(world, kiosk->machine.index);
    sync_turn(kiosk->kiosk->sync);
    world_become(world, was);
    if (kiosk->machine.dead)
        kiosk_stop(kiosk);
    books_check_kiosk(world, kiosk); /* what others hear of it must be known by then */
}

void kiosk_lay(struct sim_kiosk *kiosk, int card)
{
    if (kiosk->kiosk == NULL)
        return;
    if (kiosk->reader.device != card)
        card_put(kiosk, card);
    kiosk_turns(kiosk, 2);
}

void kiosk_ask(struct sim_kiosk *kiosk, void (*ask)(struct kiosk *kiosk))
{
    if (kiosk->kiosk == NULL)
        return;
    int was = world_become(kiosk->machine.world, kiosk->machine.index);
    ask(kiosk->kiosk);
    world_become(kiosk->machine.world, was);
    kiosk_turns(kiosk, 1);
}

static void tap(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (!kiosk_start(kiosk))
        return;
    card_put(kiosk, (int)action->card);
    kiosk_turns(kiosk, 2);
}

static void request(struct sim_kiosk *kiosk, void (*ask)(struct sim_kiosk *, const struct action *), const struct action *action)
{
    int was = world_become(kiosk->machine.world, kiosk->machine.index);

    ask(kiosk, action);
    world_become(kiosk->machine.world, was);
    kiosk_turns(kiosk, 1);
}

static void ask_bills(struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk->bill_count = 0;
    kiosk_request_bills(kiosk->kiosk);
}

/* One to three of the bills that are shown. */
static void ask_pay(struct sim_kiosk *kiosk, const struct action *action)
{
    const char *ids[4] = {NULL};
    unsigned count = 1 + action->arg % 3, first = action->arg / 4 % kiosk->bill_count;

    for (unsigned i = 0; i < count && first + i < kiosk->bill_count; i++)
        ids[i] = kiosk->bills[first + i];
    kiosk_request_pay(kiosk->kiosk, ids, kiosk->machine.world->cards[action->card].pin);
}

static const char *ids_wanted[SIM_BILLS_MAX + 1];

static void ask_pay_ids(struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk_request_pay(kiosk->kiosk, ids_wanted, kiosk->machine.world->cards[action->card].pin);
}

/* The same bills, at a kiosk whose cable is out. */
static void pay_same(struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk->online = false;
    if (!kiosk_start(kiosk))
        return;
    card_put(kiosk, (int)action->card);
    kiosk_turns(kiosk, 2);
    if (kiosk->kiosk != NULL)
        request(kiosk, ask_bills, action);
    if (kiosk->kiosk != NULL && kiosk->bill_count > 0)
        request(kiosk, ask_pay_ids, action);
}

static void pay(struct world *world, struct sim_kiosk *kiosk, const struct action *action);

/* Whose payment stayed in doubt pays the same at the next kiosk and something else at the one after, which is heard of first. */
static void pay_again(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_kiosk *second = &world->kiosks[(unsigned)(kiosk->machine.index + 1) % world->kiosk_count];
    struct sim_kiosk *third = &world->kiosks[(unsigned)(kiosk->machine.index + 2) % world->kiosk_count];
    struct action more = {.deed = DEED_PAY, .card = action->card, .arg = action->arg & 0xff};
    unsigned count = kiosk->kiosk != NULL ? books_open_bills(world, kiosk, action->card, ids_wanted, SIM_BILLS_MAX) : 0;

    if (count == 0 || third == kiosk)
        return;
    ids_wanted[count] = NULL;
    pay_same(second, &more);
    pay(world, third, &more);
    if (third->online)
        kiosk_sync(third);
}

static void pay(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (!kiosk_start(kiosk))
        return;
    if (!here(kiosk, action->card) || action->arg >> 8 & 1)
        card_put(kiosk, (int)action->card);
    kiosk_turns(kiosk, 2);
    if (kiosk->kiosk != NULL)
        request(kiosk, ask_bills, action);
    if (kiosk->kiosk != NULL && kiosk->bill_count > 0)
        request(kiosk, ask_pay, action);
    if (kiosk->kiosk != NULL && action->arg >> 9 & 1)
        card_lift(kiosk);
    if (kiosk->kiosk != NULL && kiosk->online && (action->arg >> 10 & 3) == 0)
        kiosk_sync(kiosk);
    if (action->arg >> 12 & 1)
        pay_again(world, kiosk, action);
}

/* ---- Money onto a card -------------------------------------------------------------------------------------------- */

static void staff_taps(struct sim_kiosk *kiosk, unsigned card)
{
    if (kiosk->kiosk == NULL)
        return;
    card_put(kiosk, (int)card);
    kiosk_turns(kiosk, 2);
}

static struct kiosk_load_request load_wanted;

static void ask_load(struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk_request_load(kiosk->kiosk, &load_wanted, kiosk->machine.world->cards[action->card].pin);
}

/* With the card on the reader, and those who stand for it gone. */
static void load_here(struct sim_kiosk *kiosk, const struct action *action)
{
    if (kiosk->kiosk == NULL)
        return;
    card_put(kiosk, (int)action->card);
    kiosk_turns(kiosk, 2);
    if (kiosk->kiosk != NULL)
        request(kiosk, ask_load, action);
    if (kiosk->kiosk != NULL && action->arg >> 9 & 1)
        card_lift(kiosk);
    if (kiosk->kiosk != NULL && kiosk->online && (action->arg >> 10 & 3) == 0)
        kiosk_sync(kiosk);
}

static void cash(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    load_wanted = (struct kiosk_load_request){.amount_fen = 1000 * (1 + action->arg % 9)};
    if (world->holder_count <= SIM_STAFF_B || action->card == SIM_STAFF_A || !kiosk_start(kiosk))
        return;
    if (!kiosk->kiosk->sync_status.online)
        kiosk_sync(kiosk);
    staff_taps(kiosk, SIM_STAFF_A);
    load_here(kiosk, action);
}

/* The last payment of this kiosk; now and then with another card on the reader, which must be refused. */
static void give_back(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    int card = action->arg % 8 == 0 ? (int)action->card : books_card_of(world, kiosk->last_paid);
    struct action mine = *action;

    load_wanted = (struct kiosk_load_request){.amount_fen = 1 + action->arg % 4000};
    g_strlcpy(load_wanted.reverses, kiosk->last_paid, sizeof load_wanted.reverses);
    if (world->holder_count <= SIM_STAFF_B || card < 0 || card == SIM_STAFF_A || card == SIM_STAFF_B || !kiosk_start(kiosk))
        return;
    if (!kiosk->kiosk->sync_status.online)
        kiosk_sync(kiosk);
    mine.card = (unsigned)card;
    staff_taps(kiosk, SIM_STAFF_A);
    staff_taps(kiosk, SIM_STAFF_B);
    load_here(kiosk, &mine);
}

/* ---- Other things at a kiosk -------------------------------------------------------------------------------------- */

static void lift(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    card_lift(kiosk);
    if (kiosk->kiosk != NULL)
        kiosk_turns(kiosk, 1);
}

static void idle(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (kiosk_start(kiosk))
        kiosk_turns(kiosk, 1 + action->arg % 8);
}

static void synchronise(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (kiosk_start(kiosk))
        kiosk_sync(kiosk);
}

static void ask_print(struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk_request_print(kiosk->kiosk, &(struct kiosk_print_request){.kind = KIOSK_PRINT_RECEIPT, .id = kiosk->last_paid, .language = "zh_CN"});
}

static void print_slip(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (kiosk->kiosk != NULL && kiosk->last_paid[0] != '\0')
        request(kiosk, ask_print, action);
}

/* What staff, or the night, asks of the store; on a good disk the answer must be yes. */
static void audit(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    g_autoptr(GError) error = NULL;

    if (!kiosk_start(kiosk))
        return;
    int was = world_become(world, kiosk->machine.index);
    bool good = store_verify_chain(kiosk->kiosk->store, 0, &error) && store_rebuild(kiosk->kiosk->store, &error) &&
                store_ledger_check(kiosk->kiosk->store, &error);
    world_become(world, was);
    if (!good && (g_error_matches(error, STORE_ERROR, STORE_ERROR_CHAIN) ||
                  g_error_matches(error, STORE_ERROR, STORE_ERROR_CORRUPT)))
        break_invariant(world, "rebuild-equal", "%s: %s", kiosk->id, error->message);
    if (kiosk->machine.dead)
        kiosk_stop(kiosk);
}

static void archives_hold(struct world *world, struct sim_kiosk *kiosk)
{
    g_autofree char *folder = g_build_filename(kiosk->machine.folder, STORE_ARCHIVE, NULL);
    g_autoptr(GError) error = NULL;
    int checked = 0;
    int was = world_become(world, SIM_NOBODY);

    bool good = store_archive_check(kiosk->kiosk->store, folder, &checked, &error);
    if (!good && g_error_matches(error, STORE_ERROR, STORE_ERROR_CHAIN))
        break_invariant(world, "archives-hold", "%s: %s", kiosk->id, error->message);
    world->stats.archives += (uint64_t)MAX(0, checked - kiosk->archives);
    kiosk->archives = checked;
    world_become(world, was);
}

/* What the night does to old rows, with few of them and little age. Only where all that is there was met: what is out is not read
 * any more. */
static void night(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    static const int64_t ages_ms[] = {0, 0, 10 * 60 * 1000, HOUR_MS};

    if (!kiosk_start(kiosk) || kiosk->restored || !books_have_all(world, kiosk))
        return;
    int was = world_become(world, kiosk->machine.index);
    struct upkeep_keep keep = {.before_ms = store_true_ms(kiosk->kiosk->store) - ages_ms[action->arg % G_N_ELEMENTS(ages_ms)],
                               .rows = 1 + (int)(action->arg / 4 % 24),
                               .run_min = 1 + (int)(action->arg / 256 % 8),
                               .rows_a_piece = 1 + (int)(action->arg / 4096 % 200)};
    upkeep_archive(kiosk->kiosk, &keep);
    world->stats.nights++;
    world_become(world, was);
    if (kiosk->machine.dead)
        kiosk_stop(kiosk);
    else
        archives_hold(world, kiosk);
}

/* ---- To a kiosk --------------------------------------------------------------------------------------------------- */

static void restart(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk_stop(kiosk);
    kiosk_start(kiosk);
}

static void kill_idle(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk->machine.dead = true;
    kiosk->machine.power_lost = action->deed == DEED_POWER;
    world->stats.kills += !kiosk->machine.power_lost;
    world->stats.power_cuts += kiosk->machine.power_lost;
    kiosk_stop(kiosk);
}

static void clock_jump(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    static const int64_t jumps_ms[] = {0, 0, 0, 0, 90 * 1000, -90 * 1000, 10 * 60 * 1000, -10 * 60 * 1000, 5 * HOUR_MS,
                                       -5 * HOUR_MS, 30 * HOUR_MS, -30 * HOUR_MS, 20 * 24 * HOUR_MS, -400 * 24 * HOUR_MS};

    kiosk->offset_ms = jumps_ms[action->arg % G_N_ELEMENTS(jumps_ms)];
}

static void sam_change(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    switch (action->arg % 4) {
    case 0:
        sam_lift(kiosk);
        break;
    case 1:
        sam_put(kiosk, (int)(world->kiosk_count + action->arg / 4 % 2));
        break;
    case 2:
        if (kiosk->sam.device >= 0)
            vc_sam_power(&world->sams[kiosk->sam.device].sam);
        break;
    default:
        sam_put(kiosk, kiosk->machine.index);
    }
}

static void link_change(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    kiosk->online = action->arg % 5 < 3;
}

static void disk_change(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    unsigned draw = action->arg % 8;

    disk_room(kiosk->machine.disk, draw == 0 ? (int64_t)(action->arg / 8 % 60000) : -1);
    kiosk->machine.stuck = draw == 1;
}

/* ---- In the town -------------------------------------------------------------------------------------------------- */

static void time_passes(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    unsigned draw = action->arg % 100, more = action->arg / 100;

    if (draw < 60)
        world->now_ms += more % (60 * 1000);
    else if (draw < 97)
        world->now_ms += more % HOUR_MS;
    else
        world->now_ms += more % (26 * HOUR_MS);
}

static void platform_trouble(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    struct sim_platform *platform = &world->platform;
    unsigned draw = action->arg % 6;

    if (draw == 0) {
        disk_room(platform->machine.disk, action->arg / 8 % 60000);
        return;
    }
    platform->machine.dead = draw >= 2;
    platform->machine.power_lost = draw >= 4;
    world->stats.power_cuts += platform->machine.power_lost;
    platform_down(world);
    platform->down_steps = action->arg / 8 % 3 == 0 ? action->arg / 64 % 20 : 0;
    if (platform->down_steps == 0)
        platform_up(world);
    books_check_platform(world);
}

static void bill(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    for (unsigned i = 0; i < 1 + action->arg % 4; i++)
        platform_bill(world, action->card);
}

static void elsewhere(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    card_elsewhere(world, action->card, 1 + action->arg % 600);
}

/* At the operator's machine. */
static void load(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (world->cards[action->card].card.state.balance_fen < BALANCE_MAX)
        card_load_elsewhere(world, action->card, 1 + action->arg % LOAD_MAX);
}

static void late(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    wire_deliver_late(world);
}

static void disk_disaster(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    disaster(kiosk, action->arg);
}

/* ---- Settling all ------------------------------------------------------------------------------------------------- */

static void heal(struct world *world)
{
    world->platform.down_steps = 0;
    disk_room(world->platform.machine.disk, -1);
    platform_up(world);
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        struct sim_kiosk *kiosk = &world->kiosks[i];
        disk_room(kiosk->machine.disk, -1);
        kiosk->machine.stuck = false;
        kiosk->online = true;
        kiosk->offset_ms = 0;
        card_lift(kiosk);
    }
    for (unsigned i = 0; i < world->kiosk_count; i++)
        sam_put(&world->kiosks[i], (int)i);
}

/* A disk that was full and a clock that was wrong are found to be good again within seconds. */
static void all_send(struct world *world)
{
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        struct sim_kiosk *kiosk = &world->kiosks[i];
        kiosk_start(kiosk);
        for (int round = 0; round < DRAIN_TURNS; round++) {
            kiosk_turns(kiosk, 1);
            kiosk_sync(kiosk);
            if (round >= 2 && kiosk->kiosk->store_ok && store_outbox_waiting(kiosk->kiosk->store) == 0 &&
                hotlist_newest(world, kiosk))
                break;
            world->now_ms += 5000;
        }
    }
}

/* A card that tells its counter only after the PIN is asked when its holder pays something. */
static void pay_with_pin(struct sim_kiosk *kiosk, unsigned card)
{
    const struct action action = {.deed = DEED_PAY, .card = card};

    request(kiosk, ask_bills, &action);
    if (kiosk->bill_count > 0)
        request(kiosk, ask_pay, &action);
}

static void all_tap(struct world *world)
{
    for (unsigned card = 0; card < world->card_count; card++) {
        for (unsigned i = 0; i < world->kiosk_count; i++) {
            card_put(&world->kiosks[i], (int)card);
            kiosk_turns(&world->kiosks[i], 2);
            if (world->cards[card].pin != NULL)
                pay_with_pin(&world->kiosks[i], card);
            card_lift(&world->kiosks[i]);
            kiosk_turns(&world->kiosks[i], 1);
        }
    }
}

void play_drain(struct world *world)
{
    world->calm = true;
    world->stats.drains++;
    heal(world);
    while (world->late->len > 0)
        wire_deliver_late(world);
    for (unsigned card = 0; card < world->card_count; card++)
        for (unsigned i = 0; world->cards[card].pin != NULL && i < world->kiosk_count; i++)
            platform_bill(world, card);
    if (world->authorities_changed) /* kiosks ask once an hour */
        world->now_ms += HOUR_MS;
    all_send(world);
    all_tap(world);
    all_send(world);
    books_check_end(world);
    world->calm = false;
}

static void settle(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    play_drain(world);
}

/* ---- One step ----------------------------------------------------------------------------------------------------- */

static const deed_fn DEEDS[DEED_COUNT] = {
    [DEED_TAP] = tap,         [DEED_PAY] = pay,         [DEED_LIFT] = lift,        [DEED_IDLE] = idle,
    [DEED_SYNC] = synchronise, [DEED_TIME] = time_passes, [DEED_RESTART] = restart, [DEED_KILL] = kill_idle,
    [DEED_POWER] = kill_idle, [DEED_CLOCK] = clock_jump, [DEED_SAM] = sam_change,  [DEED_LINK] = link_change,
    [DEED_DISK] = disk_change, [DEED_PLATFORM] = platform_trouble, [DEED_BILL] = bill, [DEED_LOST] = hotlist_lose,
    [DEED_ELSEWHERE] = elsewhere, [DEED_LOAD] = load, [DEED_CASH] = cash, [DEED_GIVE_BACK] = give_back,   [DEED_LATE] = late,        [DEED_AUDIT] = audit,
    [DEED_PRINT] = print_slip, [DEED_DISASTER] = disk_disaster, [DEED_SETTLE] = settle,
    [DEED_CREDIT] = credit_play, [DEED_HOTLIST] = hotlist_play, [DEED_NIGHT] = night,
    [DEED_PERSON] = session_play, [DEED_REPLACE] = replace_play,
    [DEED_AUTHORITY] = authority_play, [DEED_SEAT] = seat_play, [DEED_ORDER] = order_play,
    [DEED_DESK] = desk_play};

/* What is broken is mended after a while; else a town would stand still soon. */
static void staff_come(struct world *world, struct sim_kiosk *kiosk)
{
    if (rng_permille(&world->env, HEAL_PERMILLE / 4))
        disk_room(world->platform.machine.disk, -1);
    if (!rng_permille(&world->env, HEAL_PERMILLE))
        return;
    disk_room(kiosk->machine.disk, -1);
    kiosk->machine.stuck = false;
    kiosk->offset_ms = (int64_t)rng_below(&world->env, 4000) - 2000;
    if (kiosk->sam.device != kiosk->machine.index)
        sam_put(kiosk, kiosk->machine.index);
    if (kiosk->kiosk != NULL) {
        world->now_ms += STORE_RETRY_MS;
        kiosk_turns(kiosk, 1);
    }
}

/* A program that died is started again at once, and sends what it finds; now and then the platform has no time for it first. */
static void watchdog(struct world *world, struct sim_kiosk *kiosk)
{
    const struct action busy = {
        .faults = {{.kind = FAULT_STATUS, .anchor = ANCHOR_ACTION, .at = 2, .arg = rng_below(&world->env, 6)}}};

    if (kiosk->kiosk != NULL || rng_permille(&world->env, 500) || !kiosk_start(kiosk))
        return;
    if (rng_permille(&world->env, 500))
        faults_arm(world, &busy);
    kiosk_sync(kiosk);
    faults_arm(world, NULL);
}

void play(struct world *world, const struct action *action)
{
    struct sim_kiosk *kiosk = &world->kiosks[action->kiosk % world->kiosk_count];
    struct action mine = *action;
    g_autofree char *text = action_text(action);

    uint64_t kills = world->stats.kills;

    mine.card = card_taken(world, action);
    world->env = rng_of(action->salt, 7, 0);
    world->now_ms += 200 + rng_below(&world->env, 4000);
    if (world->platform.down_steps > 0)
        world->platform.down_steps--;
    note(world, "%s", text);
    staff_come(world, kiosk);
    faults_arm(world, action);
    platform_step(world);
    DEEDS[action->deed](world, kiosk, &mine);
    faults_arm(world, NULL);
    if (world->stats.kills > kills)
        watchdog(world, kiosk);
    books_check_kiosk(world, kiosk);
    hotlist_check(world, kiosk);
    if (world->step % 64 == 0) {
        books_check_cards(world);
        books_check_platform(world);
    }
}
