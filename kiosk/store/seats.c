/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seats.h"
#include "store/ledger-internal.h"
#include "model/model.h"
#include "model/strict.h"

#include <string.h>

#define ACTIVITIES_MAX 2000
#define SEATS_MAX      200
#define DATES_MAX      10000

/* ---- Taking in ---------------------------------------------------------------------------------------------------- */

/* One line of text. */
static bool line_fits(json_t *value, const char *name, size_t bytes_max)
{
    const char *text = json_string_value(json_object_get(value, name));

    if (text == NULL || json_string_length(json_object_get(value, name)) > bytes_max || strlen(text) > bytes_max)
        return false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        if (g_unichar_iscntrl(g_utf8_get_char(p)))
            return false;
    return strlen(text) == json_string_length(json_object_get(value, name));
}

static bool id_fits(json_t *value, const char *name, size_t bytes_max)
{
    const char *text = json_string_value(json_object_get(value, name));

    if (!line_fits(value, name, bytes_max) || *text == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text >= 0x7F)
            return false;
    return true;
}

static bool whole_number(json_t *value, const char *name, int64_t max)
{
    json_t *number = json_object_get(value, name);
    return json_is_integer(number) && json_integer_value(number) >= 0 && json_integer_value(number) <= max;
}

/* What a platform of later may add is left out; new reference, NULL: a member is missing. */
static json_t *only(json_t *value, const char *const *names)
{
    json_t *out = json_object();

    for (; *names != NULL; names++)
        if (json_object_get(value, *names) == NULL || json_object_set(out, *names, json_object_get(value, *names)) != 0) {
            json_decref(out);
            return NULL;
        }
    return out;
}

static bool session_read(json_t *date, struct seat_session *out)
{
    static const char *const members[] = {"start_ms", "end_ms", "seats", "age_min", "age_max", "called_off", NULL};
    json_t *session = only(date, members);
    bool good = session != NULL && seat_session_from_json(session, out);

    json_decref(session);
    return good;
}

static json_t *dates_read(json_t *dates)
{
    static const char *const members[] = {"id", "start_ms", "end_ms", "seats", "age_min", "age_max", "called_off", "left", "waiting", NULL};
    json_t *out = json_array(), *date;
    struct seat_session session;
    size_t i;

    if (!json_is_array(dates) || json_array_size(dates) > DATES_MAX)
        g_clear_pointer(&out, json_decref);
    json_array_foreach(dates, i, date)
    {
        bool good = out != NULL && id_fits(date, "id", ACTIVITY_ID_SIZE - 1) && session_read(date, &session) &&
                    whole_number(date, "left", SEAT_SEATS_MAX) && whole_number(date, "waiting", INT64_MAX);
        if (!good || json_array_append_new(out, only(date, members)) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* As it will be kept; new reference, NULL: it does not fit. */
static json_t *activity_read(json_t *value, const char *key)
{
    static const char *const members[] = {"id", "kind", "title_zh", "title_en", "place_zh", "place_en", "phone", "fee_fen", NULL};
    json_t *dates = dates_read(json_object_get(value, "sessions")), *out = NULL;

    if (dates != NULL && id_fits(value, "id", ACTIVITY_ID_SIZE - 1) && id_fits(value, "kind", 31) && line_fits(value, "title_zh", 127) &&
        line_fits(value, "title_en", 127) && line_fits(value, "place_zh", 127) && line_fits(value, "place_en", 127) &&
        line_fits(value, "phone", 31) && whole_number(value, "fee_fen", INT64_MAX) &&
        strcmp(json_string_value(json_object_get(value, "id")), key) == 0)
        out = only(value, members);
    if (out == NULL || json_object_set_new(out, "sessions", dates) != 0) {
        if (out == NULL)
            json_decref(dates);
        g_clear_pointer(&out, json_decref);
    }
    return out;
}

const char *activity_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    json_t *kept = value != NULL ? activity_read(value, key) : NULL;
    g_autofree char *text = kept != NULL ? json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(kept);
    if (value == NULL)
        sql_run(&store->sql, SQL_ACTIVITY_DELETE, "DELETE FROM activity WHERE id=?1 AND version<=?2", error, "si", key, version);
    else if (text == NULL)
        return "value";
    else
        sql_run(&store->sql, SQL_ACTIVITY_PUT,
                "INSERT INTO activity(id,version,value) VALUES(?1,?2,?3) ON CONFLICT(id) DO UPDATE SET version=excluded.version,"
                " value=excluded.value WHERE excluded.version>=activity.version",
                error, "sis", key, version, text);
    return NULL;
}

/* A seat as told: `value` into `out`, with whose it is. */
static bool seat_read(json_t *value, struct store_seat *out, char token[33])
{
    static const char *const needed[] = {"id", "card_token", "session", "activity", "seat", "reason", "start_ms", "end_ms", NULL};
    json_t *known = only(value, needed);
    struct strict r = strict_open(known);

    memset(out, 0, sizeof *out);
    strict_uuid(&r, "id", out->id);
    strict_text(&r, "card_token", 32, token, 33);
    strict_text(&r, "session", 1, out->session, sizeof out->session);
    strict_text(&r, "activity", 1, out->activity, sizeof out->activity);
    strict_text(&r, "reason", 0, out->reason, sizeof out->reason);
    out->start_ms = strict_int(&r, "start_ms", 0, STRICT_MS_MAX);
    out->end_ms = strict_int(&r, "end_ms", 0, STRICT_MS_MAX);
    bool good = seat_from_json(strict_take(&r, "seat"), &out->seat) && strict_done(&r) && strspn(token, "0123456789abcdef") == 32;
    out->told = true;
    json_decref(known);
    return good;
}

static void seat_put(struct store *store, const struct store_seat *seat, const char *token, int64_t version, json_t *value, GError **error)
{
    g_autofree char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    g_autofree char *sealed = text != NULL ? cache_close(store, "seat", seat->id, text) : NULL;

    if (sealed == NULL) {
        store_state_error(error, "no memory for an item");
        return;
    }
    store->persons_changed = true;
    /* What was asked for here is answered by it, whoever may know of the card now. */
    if (sql_run(&store->sql, SQL_SEAT_PUT,
                "INSERT INTO seat(id,card_token,session,version,value) SELECT ?1,?2,?3,?4,?5" NOT_WIPED("?2", "?4")
                " ON CONFLICT(id) DO UPDATE SET card_token=excluded.card_token, session=excluded.session, version=excluded.version,"
                " value=excluded.value WHERE excluded.version>=seat.version",
                error, "sssis", seat->id, token, seat->session, version, sealed))
        sql_run(&store->sql, SQL_SEAT_ANSWERED, "UPDATE seat_own SET step='', told=1 WHERE id=?1", error, "s", seat->id);
}

const char *seat_take(struct store *store, const char *key, int64_t version, json_t *value, GError **error)
{
    struct store_seat seat;
    char token[33] = "";

    if (value == NULL) {
        sql_run(&store->sql, SQL_SEAT_DELETE, "DELETE FROM seat WHERE id=?1 AND version<=?2", error, "si", key, version);
        return NULL;
    }
    if (!seat_read(value, &seat, token) || strcmp(seat.id, key) != 0)
        return "value";
    seat_put(store, &seat, token, version, value, error);
    return NULL;
}

/* ---- Activities --------------------------------------------------------------------------------------------------- */

static GPtrArray *values(struct store *store, GError **error)
{
    sqlite3_stmt *rows = sql_query(&store->sql, SQL_ACTIVITIES, "SELECT value FROM activity ORDER BY id LIMIT ?1", error, "i",
                                   (int64_t)ACTIVITIES_MAX);
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
    int more = rows == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, rows, error)) == 1) {
        json_t *value = json_loads(sql_text(rows, 0), JSON_REJECT_DUPLICATES, NULL);

        if (value != NULL) {
            g_ptr_array_add(out, value);
            continue;
        }
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "an activity is not as it was written");
        sql_done(rows);
        more = -1;
    }
    if (more < 0)
        g_clear_pointer(&out, g_ptr_array_unref);
    return out;
}

GPtrArray *store_activities(struct store *store, GError **error)
{
    g_mutex_lock(&store->lock);
    GPtrArray *out = values(store, error);
    g_mutex_unlock(&store->lock);
    return out;
}

static bool date_in(json_t *activity, const char *session, struct store_date *out)
{
    json_t *date;
    size_t i;

    json_array_foreach(json_object_get(activity, "sessions"), i, date)
    {
        if (strcmp(json_string_value(json_object_get(date, "id")), session) != 0)
            continue;
        g_strlcpy(out->activity, json_string_value(json_object_get(activity, "id")), sizeof out->activity);
        out->left = json_integer_value(json_object_get(date, "left"));
        out->waiting = json_integer_value(json_object_get(date, "waiting"));
        return session_read(date, &out->session);
    }
    return false;
}

bool store_date(struct store *store, const char *session, struct store_date *out, bool *found, GError **error)
{
    g_autoptr(GPtrArray) activities = store_activities(store, error);

    memset(out, 0, sizeof *out);
    *found = false;
    for (guint i = 0; activities != NULL && !*found && i < activities->len; i++)
        *found = date_in(g_ptr_array_index(activities, i), session, out);
    return activities != NULL;
}

/* ---- Seats of this kiosk ------------------------------------------------------------------------------------------ */

static bool allotment_load(struct sql *sql, struct allotment *out, GError **error)
{
    sqlite3_stmt *get = sql_query(sql, SQL_ALLOTMENT_GET, "SELECT value FROM allotment ORDER BY version DESC LIMIT 1", error, "");
    int step = get == NULL ? -1 : sql_step(sql, get, error);

    memset(out, 0, sizeof *out);
    if (step != 1)
        return step == 0;
    json_t *json = json_loads(sql_text(get, 0), JSON_REJECT_DUPLICATES, NULL);
    bool good = allotment_from_json(json, out);
    json_decref(json);
    sql_done(get);
    if (!good)
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "this kiosk's seats are not as they were written");
    return good;
}

bool store_allotment(struct store *store, struct allotment *out, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = allotment_load(&store->sql, out, error);
    g_mutex_unlock(&store->lock);
    return done;
}

static bool allotment_write(struct store *store, const struct allotment *allotment, GError **error)
{
    json_t *json = allotment_to_json(allotment);
    g_autofree char *value = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(json);
    if (value == NULL)
        return store_state_error(error, "no memory for this kiosk's seats");
    return sql_begin(&store->sql, error) &&
           sql_run(&store->sql, SQL_ALLOTMENT_CLEAR, "DELETE FROM allotment WHERE version<?1", error, "i", allotment->version) &&
           sql_run(&store->sql, SQL_ALLOTMENT_ADD, "INSERT INTO allotment VALUES(?1,?2)", error, "is", allotment->version, value) &&
           store_commit(store, error);
}

bool store_allotment_set(struct store *store, const struct allotment *allotment, GError **error)
{
    g_autofree struct allotment *had = g_new0(struct allotment, 1);
    bool done = false;

    g_mutex_lock(&store->lock);
    if (!allotment_load(&store->sql, had, error))
        done = false;
    else if (strcmp(allotment->kiosk, store->identity.kiosk_id) != 0)
        store_state_error(error, "the seats are another kiosk's");
    else if (allotment->version <= had->version)
        store_state_error(error, "a kiosk's seats never go back");
    else
        done = allotment_write(store, allotment, error) || store_abandon(store);
    g_mutex_unlock(&store->lock);
    return done;
}

/*
 * What was drawn is counted by what was set aside, and by the journal, which is there again when this file was not. A promise is in
 * both, once by its id; one that was set aside and never written down counts as well.
 */
#define DRAWN_SQL                                                                                                                    \
    "SELECT coalesce((SELECT sum(1+companions) FROM seat_own WHERE session=?1 AND drawn=1),0)"                                     \
    "+coalesce((SELECT sum(1+json_extract(body,'$.data.companions')) FROM journal WHERE type='seat.asked' AND"                     \
    " json_extract(body,'$.data.session')=?1 AND json_extract(body,'$.data.drawn')=1 AND id NOT IN (SELECT id FROM seat_own WHERE drawn=1)),0)"

/* Only the journal has them after this file was lost: leaving it they are set aside again. */
bool seats_keep(struct store *store, int64_t first, int64_t last, GError **error)
{
    return sql_run(&store->sql, SQL_SEAT_OWN_KEEP,
                   "INSERT INTO seat_own(id,card_token,session,companions,drawn,door,at_ms,step,told) SELECT j.id,'',"
                   "json_extract(j.body,'$.data.session'),json_extract(j.body,'$.data.companions'),1,0,j.at_ms,'',1 FROM journal j WHERE j.seq"
                   " BETWEEN ?1 AND ?2 AND j.type='seat.asked' AND json_extract(j.body,'$.data.drawn')=1 ON CONFLICT(id) DO UPDATE SET drawn=1,"
                   "session=excluded.session,companions=excluded.companions",
                   error, "ii", first, last);
}

static bool left_load(struct store *store, const char *session, int64_t *left, GError **error)
{
    g_autofree struct allotment *allotment = g_new0(struct allotment, 1);

    *left = 0;
    if (!allotment_load(&store->sql, allotment, error))
        return false;
    int places = allotment_places(allotment, session);
    if (places == 0)
        return true;
    sqlite3_stmt *get = sql_query(&store->sql, SQL_SEAT_DRAWN, DRAWN_SQL, error, "s", session);
    if (get == NULL || sql_step(&store->sql, get, error) != 1)
        return false;
    *left = MAX(0, places - sqlite3_column_int64(get, 0));
    sql_done(get);
    return true;
}

bool store_allotment_left(struct store *store, const char *session, int64_t *left, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = left_load(store, session, left, error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* ---- Asking ------------------------------------------------------------------------------------------------------- */

/* Under the lock: a seat set aside, or a mark that something was asked for; *n names it until it has an id. */
static bool set_aside(struct store *store, const struct store_wish *wish, bool own, bool *drawn, char mark[37], GError **error)
{
    int64_t left = 0;

    if (own && !left_load(store, wish->session, &left, error))
        return false;
    *drawn = own && left >= 1 + wish->companions;
    uuid7(now_ms(), mark);
    return (sql_begin(&store->sql, error) &&
            sql_run(&store->sql, SQL_SEAT_OWN_ADD,
                    "INSERT INTO seat_own(id,card_token,session,companions,drawn,door,at_ms,step,told) VALUES(?1,?2,?3,?4,?5,?6,?7,'',2)",
                    error, "sssiiii", mark, wish->token, wish->session, (int64_t)wish->companions, (int64_t)*drawn, (int64_t)wish->door,
                    now_ms()) &&
            store_commit(store, error)) ||
           store_abandon(store);
}

static bool named(struct store *store, const char *mark, const char *id, GError **error)
{
    g_mutex_lock(&store->lock);
    bool done = (sql_begin(&store->sql, error) &&
                 sql_run(&store->sql, SQL_SEAT_OWN_NAME, "UPDATE seat_own SET id=?2, told=0 WHERE id=?1", error, "ss", mark, id) &&
                 store_commit(store, error)) ||
                store_abandon(store);
    g_mutex_unlock(&store->lock);
    return done;
}

bool store_seat_ask(struct store *store, const struct store_wish *wish, bool own, bool *drawn, char *id_out, GError **error)
{
    g_autoptr(GError) later = NULL;
    char mark[37];

    g_mutex_lock(&store->lock);
    bool done = set_aside(store, wish, own && !wish->door, drawn, mark, error);
    g_mutex_unlock(&store->lock);
    if (!done)
        return false;
    json_t *data = json_pack("{s:s, s:s, s:i}", "session", wish->session, "card_token", wish->token, "companions", wish->companions);
    if (*drawn || wish->door)
        json_object_set_new(data, *drawn ? "drawn" : "door", json_true());
    done = store_append(store, "seat.asked", data, id_out, error);
    json_decref(data);
    /* It is written down: that the mark keeps its other name costs one of this kiosk's seats at worst. */
    if (done && !named(store, mark, id_out, &later))
        g_warning("a seat that was asked for keeps its mark: %s", later->message);
    return done;
}

struct stepping {
    const char *seat, *token, *step;
};

static bool step_mark(struct store *store, const void *ctx, GError **error)
{
    const struct stepping *s = ctx;

    return sql_run(&store->sql, SQL_SEAT_OWN_STEP,
                   "INSERT INTO seat_own(id,card_token,session,companions,drawn,door,at_ms,step,told) VALUES(?1,?2,'',0,0,0,?4,?3,1)"
                   " ON CONFLICT(id) DO UPDATE SET step=excluded.step",
                   error, "sssi", s->seat, s->token, s->step, now_ms());
}

bool store_seat_step(struct store *store, const char *seat, const char *token, enum seat_step step, GError **error)
{
    const struct stepping stepping = {seat, token, seat_step_name(step)};
    json_t *data = json_pack("{s:s, s:s, s:s}", "seat", seat, "card_token", token, "step", stepping.step);

    g_mutex_lock(&store->lock);
    bool done = data != NULL && journal_append_with(store, "seat.step", data, step_mark, &stepping, error);
    g_mutex_unlock(&store->lock);
    json_decref(data);
    return done;
}

/* ---- Seats of a card ---------------------------------------------------------------------------------------------- */

static bool told_add(struct store *store, sqlite3_stmt *row, GArray *out, GError **error)
{
    g_autofree char *text = cache_open(store, "seat", sql_text(row, 0), sql_text(row, 1), error);
    struct store_seat seat;
    char token[33] = "";
    json_t *value = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool good = value != NULL && seat_read(value, &seat, token);

    json_decref(value);
    if (!good) {
        if (error != NULL && *error == NULL)
            g_set_error_literal(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a seat is not as it was written");
        return false;
    }
    g_strlcpy(seat.waits, sql_text(row, 2), sizeof seat.waits);
    g_array_append_val(out, seat);
    return true;
}

static bool own_add(struct store *store, sqlite3_stmt *row, GArray *out, GError **error)
{
    struct store_seat seat = {.seat = {.companions = sqlite3_column_int(row, 2), .asked_ms = sqlite3_column_int64(row, 5)}};

    (void)store;
    (void)error;
    g_strlcpy(seat.id, sql_text(row, 0), sizeof seat.id);
    g_strlcpy(seat.session, sql_text(row, 1), sizeof seat.session);
    g_strlcpy(seat.reason, sql_text(row, 7), sizeof seat.reason);
    seat.seat.state = *seat.reason != '\0'              ? SEAT_REFUSED
                      : sqlite3_column_int(row, 4) != 0 ? SEAT_CHECKED_IN
                      : sqlite3_column_int(row, 3) != 0 ? SEAT_REGISTERED
                                                        : SEAT_REQUESTED;
    g_strlcpy(seat.waits, sql_text(row, 6), sizeof seat.waits);
    g_array_append_val(out, seat);
    return true;
}

static bool rows_add(struct store *store, sqlite3_stmt *rows, bool (*add)(struct store *store, sqlite3_stmt *row, GArray *out, GError **error),
                     GArray *out, GError **error)
{
    int more = rows == NULL ? -1 : 1;

    while (more == 1 && (more = sql_step(&store->sql, rows, error)) == 1)
        if (!add(store, rows, out, error)) {
            sql_done(rows);
            return false;
        }
    return more == 0;
}

/* What the platform refused waits for no answer: of a seat that was asked for its event, of steps the last one. */
#define NOT_REFUSED                                                                                                                  \
    "o.id NOT IN (SELECT j.id FROM refused r JOIN journal j ON j.seq=r.seq WHERE j.type='seat.asked' UNION ALL"                     \
    " SELECT id FROM refused_row WHERE type='seat.asked')"
#define STEP_WAITS                                                                                                                   \
    "CASE WHEN o.step<>'' AND (SELECT max(j.seq) FROM journal j WHERE j.type='seat.step' AND"                                       \
    " json_extract(j.body,'$.data.seat')=o.id) IN (SELECT seq FROM refused) THEN '' ELSE o.step END"

/* Who was let in at the door and refused afterwards is told so: of that there is no seat that the platform could tell of. */
#define DOOR_REFUSED                                                                                                                 \
    "coalesce((SELECT iif(r.code='',r.verdict,r.code) FROM refused r JOIN journal j ON j.seq=r.seq WHERE j.type='seat.asked' AND j.id=o.id AND" \
    " o.door<>0 AND j.id NOT IN (SELECT id FROM refused_resolved)),'')"

static bool was_there(const GArray *rows, const char *session)
{
    for (guint i = 0; i < rows->len; i++) {
        const struct store_seat *seat = &g_array_index(rows, struct store_seat, i);
        if (seat->told && (seat->seat.state == SEAT_CHECKED_IN || seat->seat.state == SEAT_COMPLETED) && strcmp(seat->session, session) == 0)
            return true;
    }
    return false;
}

/* Who was let in at the door and had a seat, or was there already, is told of that one: no other comes of it. */
static void let_in_drop(GArray *rows)
{
    for (guint i = rows->len; i-- > 0;) {
        const struct store_seat *seat = &g_array_index(rows, struct store_seat, i);
        if (!seat->told && seat->seat.state == SEAT_CHECKED_IN && was_there(rows, seat->session))
            g_array_remove_index(rows, i);
    }
}

/* Also what was asked with a card in whose place this one is. */
#define OWN_OF_CARD "(o.card_token=?1 OR o.card_token IN (SELECT l.token FROM card_line l WHERE l.current=?1))"

GArray *store_seats(struct store *store, const char *token, bool *known, GError **error)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct store_seat));

    g_mutex_lock(&store->lock);
    *known = snapshots_known(store, token);
    bool done = rows_add(store,
                         sql_query(&store->sql, SQL_SEATS_OWN,
                                   "SELECT o.id,o.session,o.companions,o.drawn,o.door,o.at_ms," STEP_WAITS "," DOOR_REFUSED
                                   " FROM seat_own o WHERE " OWN_OF_CARD " AND o.told=0 AND (" NOT_REFUSED " OR " DOOR_REFUSED "<>'')"
                                   " ORDER BY o.at_ms DESC, o.id LIMIT ?2",
                                   error, "si", token, (int64_t)SEATS_MAX),
                         own_add, out, error) &&
                rows_add(store,
                         sql_query(&store->sql, SQL_SEATS,
                                   "SELECT s.id,s.value,coalesce((SELECT " STEP_WAITS " FROM seat_own o WHERE o.id=s.id),'') FROM seat s WHERE"
                                   " s.card_token=?1 ORDER BY s.version DESC LIMIT ?2",
                                   error, "si", token, (int64_t)(*known ? SEATS_MAX : 0)),
                         told_add, out, error);
    g_mutex_unlock(&store->lock);
    if (done)
        let_in_drop(out);
    else
        g_clear_pointer(&out, g_array_unref);
    return out;
}
