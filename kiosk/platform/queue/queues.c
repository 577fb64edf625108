/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which number, whose turn it is, and what the clock does. Writers of a community come one after the other, so two nodes never
 * give out the same; the tables refuse it besides.
 */
#include "platform/queue/queues.h"
#include "platform/queue/appointments.h"
#include "model/civic.h"
#include "model/model.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include "platform/data/db-tickets.h"
#include "platform/staff.h"
#include <string.h>

#define MINUTE_MS INT64_C(60000)

/* ---- One step ---- */

static bool written(struct db *db, const struct queue_row *row, const struct queue_doing *doing, const char *step, const char *from, GError **error)
{
    const struct queue_step_row said = {.ticket = row->id, .id = doing->id, .step = step, .actor = queue_actor_name(doing->actor),
                                        .kiosk = doing->kiosk, .staff = doing->staff, .counter = doing->counter, .from = from,
                                        .to = queue_state_name(row->ticket.state), .at_ms = doing->at_ms};

    return db_queue_step_add(db, &said, error) && db_change_add(db, "queue", row->hall, error);
}

bool queues_step(struct db *db, struct queue_row *row, const struct queue_doing *doing, enum queue_code *code, GError **error)
{
    const char *from = queue_state_name(row->ticket.state);

    *code = queue_do(&row->ticket, doing->step, doing->actor, doing->at_ms);
    if (*code != QUEUE_OK)
        return true;
    if (doing->step == QUEUE_DO_CALL)
        g_strlcpy(row->counter, doing->counter, sizeof row->counter);
    return db_queue_put(db, row, error) && written(db, row, doing, queue_step_name(doing->step), from, error);
}

/* ---- A number ---- */

/* *ours: the card is of somebody here. */
static bool class_load(struct db *db, const struct queue_asking *asking, enum queue_class *out, bool *ours, GError **error)
{
    struct credit_person person = {0};

    if (*asking->card != '\0' && !db_credit_person(db, asking->card, &person, error))
        return false;
    int age = person.found && person.birth != 0 ? age_on(person.birth, date_of_ms(asking->at_ms)) : -1;
    *out = queue_class_of(false, age, asking->priority);
    *ours = person.found;
    return true;
}

static bool open_now(struct db *db, const struct hall_row *hall, int64_t now_ms, bool *open, GError **error)
{
    uint32_t day = date_of_ms(now_ms);
    g_autoptr(GArray) days = db_ticket_days(db, error);

    if (days == NULL)
        return false;
    const struct calendar calendar = {(const struct calendar_day *)(const void *)days->data, days->len};
    int64_t minute = (now_ms - ms_of_date(day)) / MINUTE_MS;
    *open = workday(&calendar, day) && minute >= hall->open_min && minute < hall->close_min;
    return true;
}

/* What of the place and the matter stands against it. */
static bool place_judge(struct db *db, const struct queue_asking *asking, bool ask_hours, int64_t now_ms, struct matter *matter,
                        const char **code, GError **error)
{
    struct hall_row hall;
    bool retired = false, found = false, open = true;

    if (!db_hall_find(db, asking->hall, &hall, &found, error))
        return false;
    if (!found) {
        *code = "QUEUE_HALL";
        return true;
    }
    if (!db_matter_find(db, asking->matter, matter, &retired, &found, error) || (ask_hours && !open_now(db, &hall, now_ms, &open, error)))
        return false;
    if (!found || retired || !matter_at(matter, asking->hall))
        *code = "QUEUE_MATTER";
    else if (!open)
        *code = "QUEUE_CLOSED";
    return true;
}

bool queues_of_card(struct db *db, const char *hall, const char *matter, const char *card, struct queue_row *out, bool *found, GError **error)
{
    if (!db_queue_of_card(db, hall, matter, card, out, found, error))
        return false;
    if (!*found || !out->drawn)
        return true;
    *found = false;
    return db_queue_unname(db, out->id, error);
}

static bool card_judge(struct db *db, const struct queue_asking *asking, uint32_t day, const struct matter *matter, const char **code, GError **error)
{
    struct queue_row other;
    struct queue_had had = {0};
    bool found = false;

    if (*asking->card == '\0')
        return true;
    if (!queues_of_card(db, asking->hall, asking->matter, asking->card, &other, &found, error) ||
        !db_queue_had(db, asking->hall, asking->matter, asking->card, day, &had, error))
        return false;
    if (found)
        *code = "QUEUE_TWICE";
    else if (had.used >= matter->max_per_day || had.all >= QUEUE_ASKED_TIMES * (int64_t)matter->max_per_day)
        *code = "QUEUE_MANY";
    return true;
}

/* Nobody's, as far as anybody can tell, and not of the staff. */
static bool nobody_judge(struct db *db, const struct queue_asking *asking, char letter, int64_t now_ms, const char **code, GError **error)
{
    struct queue_nobodys had = {0};
    enum queue_class class;
    bool ours = false;

    if (asking->staff != NULL)
        return true;
    if (!class_load(db, asking, &class, &ours, error) ||
        (!ours && !db_queue_nobodys(db, asking->kiosk, asking->hall, letter, now_ms, &had, error)))
        return false;
    if (had.open >= QUEUE_NOBODY_OPEN || had.hour >= QUEUE_NOBODY_HOUR)
        *code = "QUEUE_TOO_MANY";
    return true;
}

static bool row_add(struct db *db, const struct queue_asking *asking, struct queue_row *row, GError **error)
{
    const struct queue_doing doing = {.actor = asking->staff != NULL ? QUEUE_BY_DESK : QUEUE_BY_RESIDENT, .id = asking->id,
                                      .kiosk = asking->kiosk, .staff = asking->staff != NULL ? asking->staff : "", .counter = "",
                                      .at_ms = asking->at_ms};
    struct appointment_row due;
    bool ours = false, booked = false;

    g_strlcpy(row->id, asking->id, sizeof row->id);
    g_strlcpy(row->hall, asking->hall, sizeof row->hall);
    g_strlcpy(row->matter, asking->matter, sizeof row->matter);
    g_strlcpy(row->kiosk, asking->kiosk, sizeof row->kiosk);
    row->ticket = (struct queue_ticket){.state = QUEUE_ISSUED, .issued_ms = asking->at_ms};
    if (!class_load(db, asking, &row->class, &ours, error))
        return false;
    g_strlcpy(row->card, ours && !asking->unnamed ? asking->card : "", sizeof row->card);
    if (!appointments_near(db, row, asking->at_ms, &due, &booked, error))
        return false;
    row->class = booked ? QUEUE_BOOKED : row->class;
    return db_queue_add(db, row, error) && written(db, row, &doing, "issue", "", error) &&
           (!booked || appointments_keep(db, &due, row, asking->at_ms, error)) && (!row->drawn || appointments_waited(db, row, error));
}

/* Counted on; *code QUEUE_FULL: no further. */
static bool next_add(struct db *db, const struct queue_asking *asking, char letter, uint32_t day, struct queue_row *row, const char **code,
                     GError **error)
{
    *row = (struct queue_row){.day = day, .letter = letter};
    if (!db_queue_next_no(db, asking->hall, day, letter, &row->no, error))
        return false;
    if (row->no == 0) {
        *code = "QUEUE_FULL";
        return true;
    }
    return row_add(db, asking, row, error);
}

bool queues_issue(struct db *db, const struct queue_asking *asking, int64_t now_ms, const char **code, GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    uint32_t day = date_of_ms(now_ms);
    struct queue_row row;

    *code = NULL;
    if (!place_judge(db, asking, true, now_ms, matter, code, error) || (*code == NULL && !card_judge(db, asking, day, matter, code, error)) ||
        (*code == NULL && !nobody_judge(db, asking, matter->group, now_ms, code, error)))
        return false;
    return *code != NULL || next_add(db, asking, matter->group, day, &row, code, error);
}

/* Nobody comes before the doors were open, or after now, whatever a kiosk's clock says. */
static bool drawn_at(struct db *db, const char *id, uint32_t day, int64_t now_ms, int64_t *at_ms, const char **code, GError **error)
{
    struct hall_row hall = {0};
    bool found = false;

    if (!db_hall_find(db, id, &hall, &found, error))
        return false;
    if (!found)
        *code = "QUEUE_HALL";
    *at_ms = MIN(MAX(*at_ms, ms_of_date(day) + hall.open_min * MINUTE_MS), now_ms);
    return true;
}

/*
 * A card that has one by now gets no second one: the slip is good all the same, as nobody's. So it is when the guide was changed since: the
 * letter is the slip's.
 */
bool queues_drawn(struct db *db, const struct queue_asking *asking, const struct queue_drawn *drawn, int64_t now_ms, const char **code,
                  GError **error)
{
    g_autofree struct matter *matter = g_new0(struct matter, 1);
    struct queue_asking told = *asking;
    struct queue_row row = {.day = drawn->day, .letter = drawn->letter, .no = drawn->no, .drawn = true}, other;
    bool held = false, taken = false, found = false, retired, known = false;
    int done = 0;

    *code = drawn->day > date_of_ms(now_ms) ? "QUEUE_RANGE" : NULL;
    if (*code != NULL)
        return true;
    if (!queues_tick(db, asking->hall, now_ms, &done, error) || !db_matter_find(db, asking->matter, matter, &retired, &known, error) ||
        !drawn_at(db, asking->hall, drawn->day, now_ms, &told.at_ms, code, error))
        return false;
    if (*code == NULL && !known)
        *code = "QUEUE_MATTER";
    if (*code != NULL)
        return true;
    if (!db_queue_range_held(db, asking->kiosk, asking->hall, drawn->day, drawn->letter, drawn->no, &held, error) ||
        !db_queue_numbered(db, asking->hall, drawn->day, drawn->letter, drawn->no, &taken, error) ||
        !db_queue_of_card(db, asking->hall, asking->matter, asking->card, &other, &found, error))
        return false;
    *code = !held ? "QUEUE_RANGE" : taken ? "QUEUE_TAKEN" : NULL;
    told.unnamed = found; /* who goes before others does so with this slip too */
    return *code != NULL || row_add(db, &told, &row, error);
}

/* ---- Whose turn ---- */

struct line {
    GArray *rows; /* open ones of the hall and day */
    struct queue_wait *waits;
    guint *whose;
    guint count;
};

static void line_clear(struct line *line)
{
    g_clear_pointer(&line->rows, g_array_unref);
    g_clear_pointer(&line->waits, g_free);
    g_clear_pointer(&line->whose, g_free);
}

/* Who waits in these groups, "" any, at most as many as there are numbers of one. */
static bool line_load(struct db *db, const char *hall, uint32_t day, const char *groups, struct line *out, GError **error)
{
    *out = (struct line){.rows = db_queue_open_of(db, hall, day, error)};
    if (out->rows == NULL)
        return false;
    out->waits = g_new0(struct queue_wait, out->rows->len + 1);
    out->whose = g_new0(guint, out->rows->len + 1);
    for (guint i = 0; i < out->rows->len; i++) {
        const struct queue_row *row = &g_array_index(out->rows, struct queue_row, i);
        if (!queue_waits(row->ticket.state) || (*groups != '\0' && strchr(groups, row->letter) == NULL))
            continue;
        out->waits[out->count] = (struct queue_wait){.class = row->class, .letter = row->letter, .requeued = row->ticket.requeued,
                                                     .behind = row->ticket.behind, .issued_ms = row->ticket.issued_ms, .no = row->no};
        out->whose[out->count++] = i;
    }
    return true;
}

/* Those who let others go first have one less of them. */
static bool behind_keep(struct db *db, struct line *line, GError **error)
{
    for (guint i = 0; i < line->count; i++) {
        struct queue_row *row = &g_array_index(line->rows, struct queue_row, line->whose[i]);
        if (!queue_waits(row->ticket.state) || row->ticket.behind == line->waits[i].behind)
            continue;
        row->ticket.behind = line->waits[i].behind;
        if (!db_queue_put(db, row, error))
            return false;
    }
    return true;
}

bool queues_own(struct db *db, const struct queue_doing *doing, const char *card, bool *own, GError **error)
{
    struct staff_question question = {.names = {doing->staff}, .needed = 1, .act = STAFF_DESK, .kiosk = *doing->kiosk != '\0' ? doing->kiosk : NULL,
                                      .about = card, .at_ms = doing->at_ms, .now_ms = doing->at_ms};
    enum ledger_code code = LEDGER_OK;

    *own = false;
    if (*card == '\0')
        return true;
    bool ok = staff_judge(db, &question, &code, error);
    *own = code != LEDGER_OK;
    return ok;
}

/* Nobody calls their own number: another counter does. */
static bool pick_other(struct db *db, struct line *line, const struct queue_doing *doing, const struct queue_runs *runs, size_t *picked, GError **error)
{
    bool own = true;

    while (own && (*picked = queue_pick(line->waits, line->count, runs)) < line->count) {
        if (!queues_own(db, doing, g_array_index(line->rows, struct queue_row, line->whose[*picked]).card, &own, error))
            return false;
        if (!own)
            break;
        line->count--;
        line->waits[*picked] = line->waits[line->count];
        line->whose[*picked] = line->whose[line->count];
    }
    return true;
}

static bool call_in(struct db *db, struct line *line, const struct queue_doing *doing, const char *hall, struct queue_row *out,
                    const char **code, GError **error)
{
    uint32_t day = date_of_ms(doing->at_ms);
    enum queue_code done = QUEUE_OK;
    struct queue_runs runs;
    size_t picked;

    if (!db_queue_runs(db, hall, day, doing->counter, &runs, error) || !pick_other(db, line, doing, &runs, &picked, error))
        return false;
    if (picked == line->count) {
        *code = "QUEUE_NOBODY";
        return true;
    }
    queue_called(line->waits, line->count, picked, &runs);
    struct queue_row *row = &g_array_index(line->rows, struct queue_row, line->whose[picked]);
    if (!queues_step(db, row, doing, &done, error) || !behind_keep(db, line, error) ||
        !db_queue_runs_put(db, hall, day, row->letter, doing->counter, &runs, error))
        return false;
    *out = *row;
    *code = done != QUEUE_OK ? queue_code_name(done) : NULL;
    return true;
}

bool queues_call(struct db *db, const char *hall, const char *groups, const struct queue_doing *doing, struct queue_row *out,
                 const char **code, GError **error)
{
    struct line line;
    bool ok = line_load(db, hall, date_of_ms(doing->at_ms), groups, &line, error) && call_in(db, &line, doing, hall, out, code, error);

    line_clear(&line);
    return ok;
}

bool queues_ahead(struct db *db, const struct queue_row *row, int64_t now_ms, unsigned *ahead, GError **error)
{
    const char letter[2] = {row->letter, '\0'};
    struct queue_runs runs;
    struct line line;
    bool ok = db_queue_runs(db, row->hall, date_of_ms(now_ms), "", &runs, error) &&
              line_load(db, row->hall, date_of_ms(now_ms), letter, &line, error);

    *ahead = 0;
    if (!ok)
        return false;
    g_autofree unsigned *order = g_new0(unsigned, line.count + 1);
    ok = queue_order(line.waits, MIN(line.count, QUEUE_NO_MAX), &runs, order);
    for (guint i = 0; ok && i < MIN(line.count, QUEUE_NO_MAX); i++)
        if (strcmp(g_array_index(line.rows, struct queue_row, line.whose[i]).id, row->id) == 0)
            *ahead = order[i];
    line_clear(&line);
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "no memory for a queue");
    return ok;
}

/* ---- To another matter ---- */

/* Whoever asked first at the wrong counter keeps the time of it, and what goes before others. */
bool queues_transfer(struct db *db, struct queue_row *row, const char *matter, const char *id, const struct queue_doing *doing,
                     struct queue_row *out, const char **code, GError **error)
{
    g_autofree struct matter *other = g_new0(struct matter, 1);
    struct queue_ticket tried = row->ticket;
    struct queue_asking asking = {.id = id, .hall = row->hall, .matter = matter, .kiosk = doing->kiosk, .card = row->card,
                                  .staff = doing->staff, .priority = row->class != QUEUE_NORMAL, .at_ms = row->ticket.issued_ms};
    enum queue_code done = queue_do(&tried, QUEUE_DO_TRANSFER, doing->actor, doing->at_ms);
    struct queue_row same;
    bool found = false;

    *code = done != QUEUE_OK ? queue_code_name(done) : NULL;
    if (*code != NULL)
        return true;
    if (!place_judge(db, &asking, false, doing->at_ms, other, code, error) ||
        !queues_of_card(db, row->hall, matter, row->card, &same, &found, error))
        return false;
    if (*code == NULL && (found || strcmp(matter, row->matter) == 0))
        *code = "QUEUE_TWICE";
    if (*code != NULL)
        return true;
    if (!next_add(db, &asking, other->group, row->day, out, code, error) || *code != NULL)
        return *code != NULL;
    g_strlcpy(row->moved, id, sizeof row->moved);
    return queues_step(db, row, doing, &done, error);
}

/* ---- The clock ---- */

static bool tick_one(struct db *db, struct queue_row *row, uint32_t today, int64_t now_ms, int *done, GError **error)
{
    struct queue_doing doing = {.step = QUEUE_DO_CLOSE, .actor = QUEUE_BY_SYSTEM, .id = "", .kiosk = "", .staff = "", .counter = row->counter,
                                .at_ms = now_ms};
    enum queue_code code = QUEUE_OK;

    while (code == QUEUE_OK && queue_open(row->ticket.state)) {
        int64_t at_ms = now_ms;

        if (row->day < today)
            doing.step = QUEUE_DO_CLOSE;
        else if (!queue_next_step(&row->ticket, &doing.step, &at_ms) || at_ms > now_ms)
            return true;
        doing.at_ms = row->day < today ? MAX(row->ticket.served_ms, ms_of_date(today)) : at_ms;
        if (!queues_step(db, row, &doing, &code, error))
            return false;
        *done += code == QUEUE_OK;
    }
    return true;
}

bool queues_tick(struct db *db, const char *hall, int64_t now_ms, int *done, GError **error)
{
    g_autoptr(GArray) rows = db_queue_open(db, hall, error);
    bool ok = rows != NULL;

    for (guint i = 0; ok && i < rows->len; i++)
        ok = tick_one(db, &g_array_index(rows, struct queue_row, i), date_of_ms(now_ms), now_ms, done, error);
    return ok;
}

/* Reads only: is there anything for the clock here? */
static bool due_here(struct db *db, const char *hall, int64_t now_ms, bool *due, GError **error)
{
    g_autoptr(GArray) rows = db_queue_open(db, hall, error);

    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct queue_row *row = &g_array_index(rows, struct queue_row, i);
        enum queue_step step;
        int64_t at_ms;

        *due |= row->day < date_of_ms(now_ms) || (queue_next_step(&row->ticket, &step, &at_ms) && at_ms <= now_ms);
    }
    return rows != NULL;
}

static bool all_in(struct platform *platform, int64_t now_ms, int *done, GError **error)
{
    g_autoptr(GPtrArray) halls = db_halls(platform->db, error);
    g_autoptr(GPtrArray) kiosks = halls != NULL ? db_hall_kiosks_own(platform->db, error) : NULL;
    bool ok = kiosks != NULL && appointments_tick(platform->db, now_ms, done, error), given = false; /* by what waits until now */

    for (guint i = 0; ok && i < halls->len; i++)
        ok = queues_tick(platform->db, g_ptr_array_index(halls, i), now_ms, done, error);
    for (guint i = 0; ok && i < kiosks->len; i++) {
        ok = queues_ranges_give(platform, g_ptr_array_index(kiosks, i), now_ms, &given, error);
        *done += given;
    }
    return ok;
}

static bool look_in(struct db *db, int64_t now_ms, bool *due, GError **error)
{
    g_autoptr(GPtrArray) halls = db_halls(db, error);
    g_autofree char *handed = NULL, *today = g_strdup_printf("%u", date_of_ms(now_ms));
    bool ok = halls != NULL;

    for (guint i = 0; ok && i < halls->len; i++)
        ok = due_here(db, g_ptr_array_index(halls, i), now_ms, due, error);
    g_autoptr(GArray) missed = ok ? db_appointments_due(db, now_ms - APPOINTMENT_AFTER_MS, error) : NULL;
    if (missed == NULL || !db_meta_get(db, QUEUE_HANDED_OUT, &handed, error))
        return false;
    *due |= missed->len > 0;
    *due |= halls->len > 0 && g_strcmp0(handed, today) != 0;
    return true;
}

static bool look(struct db *db, int64_t now_ms, bool *due, GError **error)
{
    bool ok = db_begin(db, false, error);

    *due = false;
    if (!ok)
        return false;
    ok = look_in(db, now_ms, due, error);
    db_rollback(db); /* nothing was written */
    return ok;
}

bool queues_run(struct platform *platform, int64_t now_ms, int *done, GError **error)
{
    g_autofree char *today = g_strdup_printf("%u", date_of_ms(now_ms));
    bool due;

    *done = 0;
    if (!look(platform->db, now_ms, &due, error))
        return false;
    if (!due)
        return true;
    if (!db_begin(platform->db, true, error))
        return false;
    if (all_in(platform, now_ms, done, error) && db_meta_set(platform->db, QUEUE_HANDED_OUT, today, error))
        return db_commit(platform->db, error);
    db_rollback(platform->db);
    return false;
}
