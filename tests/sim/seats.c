/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seats at activities: residents ask for them with and without a line, take what they are offered, give back, come to the door. What a
 * screen promised is a seat of the kiosk's own at the platform, too; nobody is passed in the queue, no place lies empty beside it, and both
 * ends say the same of each seat when all is settled.
 */
#include "books-internal.h"
#include "model/model.h"
#include "service/internal.h"
#include "store/seats.h"

#include <sqlite3.h>
#include <string.h>

#define LATEST 8
#define SOON   3 /* of the dates that are shown, the first ones: those fill, and people wait */

static struct kiosk_seat_request wanted;

/* What the screen was shown last. */
static struct {
    char dates[LATEST][64], seats[LATEST][37];
    bool offered[LATEST];
    unsigned date_count, seat_count;
} shown;

/* ---- At a kiosk ---------------------------------------------------------------------------------------------------- */

static void request(struct kiosk *kiosk)
{
    kiosk_request_seat(kiosk, &wanted);
}

static void ask(struct sim_kiosk *kiosk, enum kiosk_seat_ask what)
{
    wanted.ask = what;
    kiosk_ask(kiosk, request);
}

/* Mostly alone; a few fill a room. */
static void want_date(uint32_t arg)
{
    wanted.companions = arg / 64 % 4 == 0 ? (int)(arg / 256 % (SEAT_COMPANIONS_MAX + 1)) : 0;
    g_strlcpy(wanted.session, shown.dates[arg / 16 % MIN(SOON, shown.date_count)], sizeof wanted.session);
}

/* Who is offered a place takes it, mostly. */
static enum kiosk_seat_ask want_own(uint32_t arg)
{
    unsigned at = arg / 16 % shown.seat_count;

    for (unsigned i = 0; i < shown.seat_count && !shown.offered[at]; i++)
        at = shown.offered[i] ? i : at;
    g_strlcpy(wanted.id, shown.seats[at], sizeof wanted.id);
    return shown.offered[at] && arg / 64 % 4 != 0 ? KIOSK_SEAT_ASK_TAKE : KIOSK_SEAT_ASK_CANCEL;
}

void seat_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    unsigned draw = action->arg % 16;

    if (!kiosk_start(kiosk))
        return;
    wanted = (struct kiosk_seat_request){.companions = 0};
    shown.date_count = shown.seat_count = 0;
    kiosk_lay(kiosk, (int)action->card);
    ask(kiosk, KIOSK_SEAT_ASK_LIST);
    ask(kiosk, KIOSK_SEAT_ASK_MINE);
    if (shown.date_count > 0)
        want_date(action->arg);
    if (draw < 10 && shown.date_count > 0)
        ask(kiosk, KIOSK_SEAT_ASK_SEAT);
    else if (draw < 14 && shown.seat_count > 0)
        ask(kiosk, want_own(action->arg));
    else if (shown.date_count > 0)
        ask(kiosk, KIOSK_SEAT_ASK_CHECK_IN);
    if (kiosk->online && action->arg >> 12 & 1)
        kiosk_sync(kiosk);
}

/* ---- What is shown -------------------------------------------------------------------------------------------------- */

static void list_shown(const struct kiosk_event *event)
{
    shown.seat_count = (unsigned)MIN(event->seats.count, LATEST);
    for (unsigned i = 0; i < shown.seat_count; i++) {
        g_strlcpy(shown.seats[i], event->seats.items[i].id, sizeof shown.seats[i]);
        shown.offered[i] = strcmp(event->seats.items[i].state, "OFFERED") == 0;
    }
}

static void dates_shown(const struct kiosk_event *event)
{
    shown.date_count = (unsigned)MIN(event->activities.count, LATEST);
    for (unsigned i = 0; i < shown.date_count; i++)
        g_strlcpy(shown.dates[i], event->activities.items[i].session, sizeof shown.dates[i]);
}

static bool asked_new(enum kiosk_seat_phase phase)
{
    return phase == KIOSK_SEAT_PROMISED || phase == KIOSK_SEAT_ASKED || phase == KIOSK_SEAT_WALKED_IN;
}

static void answer_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_seat_event *event)
{
    note(world, "seat %s %u %s", kiosk->id, event->phase, event->reason);
    if (event->phase == KIOSK_SEAT_REFUSED)
        return;
    books_durable(world, kiosk, "seat-is-durable", event->id);
    world->stats.seats++;
    if (asked_new(event->phase))
        books_wish(world, kiosk, event->phase == KIOSK_SEAT_PROMISED ? WISH_PROMISED : WISH_SEAT, event->id, "");
}

void seat_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_event *event)
{
    if (event->kind == KIOSK_EVENT_ACTIVITIES)
        dates_shown(event);
    else if (event->kind == KIOSK_EVENT_SEATS)
        list_shown(event);
    else if (event->kind == KIOSK_EVENT_SEAT)
        answer_shown(world, kiosk, &event->seat);
}

/* ---- What must be so at the platform ---------------------------------------------------------------------------------- */

#define HAS   "('REGISTERED','OFFERED','CHECKED_IN','COMPLETED','NO_SHOW')"
#define DRAWN "(SELECT coalesce(sum(1+d.companions),0) FROM seat d WHERE d.session=a.session AND d.kiosk=a.kiosk AND d.drawn=1)"
#define HELD  "(SELECT coalesce(sum(max(0,a.places-" DRAWN ")),0) FROM seat_allotment a WHERE a.session=s.id)"
#define TAKEN(MORE) "(SELECT coalesce(sum(1+t.companions),0) FROM seat t WHERE t.session=s.id AND t.state IN " HAS MORE ")"
#define WAITS "w.state='WAITLISTED' AND w.session=s.id"

/* When the platform heard of it: steps of kiosks have the id of their event, its own and those of staff the platform's time. */
#define HEARD(STEP) "coalesce((SELECT v.received_ms FROM event v WHERE v.community=b.community AND v.id=" STEP ".id AND v.verdict='accepted')," STEP ".at_ms)"
/* `w` waited by then in the same queue, and went on waiting; `when` is that moment. */
#define WAITED(WHEN)                                                                                                        \
    " JOIN seat w ON w.session=b.session AND w.id<>b.id JOIN seat_step q ON q.seat=w.id AND q.step='ask' JOIN seat_step q2 ON"  \
    " q2.seat=w.id AND q2.step='queue' WHERE " HEARD("q") "<" WHEN " AND NOT EXISTS (SELECT 1 FROM seat_step e WHERE"          \
    " e.seat=w.id AND e.seq>q2.seq AND " HEARD("e") "<=" WHEN ")"

static const struct law LAWS[] = {
    {"seats-fit", "SELECT s.id FROM activity_session s WHERE " TAKEN(" AND t.door=0") "+" HELD ">s.seats"},
    {"seats-fit", "SELECT a.session FROM seat_allotment a WHERE " DRAWN ">a.places"},
    {"seat-once", "SELECT session FROM seat WHERE ended_ms=0 GROUP BY session,card HAVING count(*)>1"},
    {"queue-in-order", "SELECT b.id FROM seat b JOIN seat_step o ON o.seat=b.id AND o.step='offer'" WAITED("o.at_ms")
                       " AND w.asked_ms<b.asked_ms"},
    {"queue-in-order", "SELECT b.id FROM seat b JOIN seat_step o ON o.seat=b.id AND o.step='seat' JOIN seat_step a ON a.seat=b.id AND"
                       " a.step='ask'" WAITED(HEARD("a")) " AND b.drawn=0 AND w.asked_ms<b.asked_ms"},
    {"nobody-waits-beside", "SELECT s.id FROM activity_session s WHERE s.off_ms=0 AND s.start_ms>?1 AND s.seats-" TAKEN("") "-" HELD
                            ">=(SELECT 1+w.companions FROM seat w WHERE " WAITS " ORDER BY w.asked_ms,w.id LIMIT 1)"},
    {"seat-steps", "SELECT b.id FROM seat b WHERE b.state<>(SELECT t.to_state FROM seat_step t WHERE t.seat=b.id ORDER BY t.seq DESC LIMIT 1)"},
    {"seat-steps", "SELECT n.id FROM seat_step n LEFT JOIN seat_step p ON p.seat=n.seat AND p.seq=n.seq-1 WHERE"
                   " n.from_state<>coalesce(p.to_state,'')"},
    {"seat-called-off", "SELECT b.id FROM seat b JOIN activity_session s ON s.id=b.session WHERE s.off_ms<>0 AND b.ended_ms=0"},
};

void seats_check(struct world *world, struct sqlite3 *db)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LAWS); i++)
        books_law(world, db, LAWS[i].invariant, "%s", LAWS[i].sql);
}

/* ---- When all is settled ---------------------------------------------------------------------------------------------- */

/* A promise is of the kiosk's own seats also there, whatever comes of it; but for one that its own disk had forgotten. */
static void promise_end(struct world *world, sqlite3 *db, const struct wish *wish)
{
    if (wish->kind == WISH_PROMISED && !wish->forked)
        books_law(world, db, "promise-is-kept",
                  "SELECT id FROM seat b WHERE id='%s' AND drawn=0 AND asked_ms<(SELECT start_ms FROM activity_session s WHERE s.id=b.session)",
                  wish->id);
}

/* Each accepted wish has become a seat, or the step of one: once. */
static void wish_end(struct world *world, sqlite3 *db, const struct wish *wish)
{
    books_wish_told(world, db, wish);
    books_law(world, db, "wish-is-answered",
              "SELECT e.id FROM event e WHERE e.id='%s' AND e.verdict='accepted' AND NOT EXISTS (SELECT 1 FROM seat_step t WHERE t.id=e.id)"
              " AND json_extract(e.body,'$.data.door') IS NULL", wish->id);
}

struct seat_view {
    struct world *world;
    struct sim_kiosk *kiosk;
    sqlite3 *db;
    char token[33];
};

static void told_same(const struct seat_view *view, const struct store_seat *seat)
{
    const char *state = seat_state_name(seat->seat.state);
    g_autofree char *there = books_text(view->db, "SELECT state FROM seat WHERE id='%s' AND card='%s'", seat->id, view->token);

    if (there == NULL || strcmp(there, state) != 0)
        break_invariant(view->world, "seats-agree", "%s shows seat %s as %s, the platform has it as %s", view->kiosk->id, seat->id, state,
                        there != NULL ? there : "none of this card");
}

static void row_end(const struct seat_view *view, const struct store_seat *seat)
{
    if (*seat->waits != '\0')
        break_invariant(view->world, "seat-is-answered", "%s still waits for an answer to %s of seat %s", view->kiosk->id, seat->waits, seat->id);
    if (!seat->told && seat->seat.state != SEAT_REFUSED)
        break_invariant(view->world, "seat-is-answered", "%s still waits for an answer to seat %s", view->kiosk->id, seat->id);
    if (seat->told)
        told_same(view, seat);
}

/* All that the platform has of this card is in the list. */
static void missing_end(const struct seat_view *view, const GArray *rows)
{
    g_autofree char *there = books_text(view->db, "SELECT count(*) FROM seat WHERE card='%s'", view->token);
    guint told = 0;

    for (guint i = 0; i < rows->len; i++)
        told += g_array_index(rows, struct store_seat, i).told;
    if (told != (guint)g_ascii_strtoull(there, NULL, 10))
        break_invariant(view->world, "seats-agree", "%s knows %u seats of a card, the platform %s", view->kiosk->id, told, there);
}

static void card_end(struct world *world, struct sim_kiosk *kiosk, sqlite3 *db, unsigned card)
{
    struct seat_view view = {.world = world, .kiosk = kiosk, .db = db};
    bool known = false;

    card_token(world->index_key, world->cards[card].number, view.token);
    int was = world_become(world, kiosk->machine.index);
    g_autoptr(GArray) rows = store_seats(kiosk->kiosk->store, view.token, &known, NULL);
    world_become(world, was);
    if (rows == NULL)
        break_invariant(world, "seats-agree", "%s cannot read its seats", kiosk->id);
    for (guint i = 0; i < rows->len; i++)
        row_end(&view, &g_array_index(rows, struct store_seat, i));
    if (known)
        missing_end(&view, rows);
}

void seats_check_end(struct world *world, struct sqlite3 *db)
{
    for (guint i = 0; i < world->books->wishes->len; i++) {
        const struct wish *wish = &g_array_index(world->books->wishes, struct wish, i);
        if (wish->kind == WISH_ORDER)
            continue;
        promise_end(world, db, wish);
        wish_end(world, db, wish);
    }
    for (unsigned i = 0; i < world->kiosk_count; i++)
        for (unsigned card = 0; card < world->card_count; card++)
            card_end(world, &world->kiosks[i], db, card);
}
