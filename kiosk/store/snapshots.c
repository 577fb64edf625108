/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cache knows of persons: their bills, their credit, their orders and tickets, what was shown of them after a tap. It is sealed with a key of this machine alone, and it does not
 * stay:
 *
 *   a day without a word of the platform ──► all of it goes, and the feed is read from its beginning at the next word
 *   the card is on the hotlist ────────────► what is known of it goes, and is not taken in again until the card is off it
 *   more persons than the cap ─────────────► those go of whom nothing was heard for longest
 *   the platform's command ────────────────► what it names goes; what the feed brings behind it is taken in again
 *   the person asks for it ────────────────► all that is known of them goes, until the card is put here again with a line: RETURNING;
 *                                            also when the feed is read anew, or this machine's own key changes
 *
 * `wiped` remembers of whom nothing is to be taken in up to which version, so that a feed read once more brings nothing back
 * that had to go; of each reason a row, which ends with it. Of a person in it, and of everybody while the cache is old or being filled again, nothing is told: "look
 * again when online" is true, "nothing to pay" might not be.
 *
 * What was shown after a tap is not of the feed: each goes a day after it was kept, and "as of" is its own time.
 *
 * Ages are counted in true time (clockwatch.h): setting a clock back keeps nothing alive.
 */
#include "store/internal.h"
#include "model/model.h"

#include <string.h>

#define LIFE_MS     INT64_C(86400000)
#define EVERYBODY   "*"
#define FOR_EVER    INT64_MAX
#define PERSONS_MAX 20000

/* Every table that holds something of a person, and how it names the person. */
static const struct {
    enum sql_slot wipe, wipe_all;
    const char *wipe_text, *wipe_all_text;
    const char *table; /* a cache, which may be emptied as a whole; NULL it is this kiosk's own */
    const char *topic; /* of the feed; NULL it is not from there */
    bool by_token;     /* items of the topic have the token as their key */
} TABLES[] = {
    {SQL_WIPE_BILL, SQL_WIPE_BILLS, "DELETE FROM bill WHERE card_token=?1 AND version<=?2",
     "DELETE FROM bill WHERE version<=?1", "bill", "bill", false},
    {SQL_WIPE_CREDIT, SQL_WIPE_CREDITS, "DELETE FROM credit WHERE token=?1 AND version<=?2",
     "DELETE FROM credit WHERE version<=?1", "credit", "credit", true},
    {SQL_WIPE_SEAT, SQL_WIPE_SEATS, "DELETE FROM seat WHERE card_token=?1 AND version<=?2",
     "DELETE FROM seat WHERE version<=?1", "seat", "seat", false},
    /* Whose it was goes; that one of this kiosk's own seats was promised stays. */
    {SQL_WIPE_SEAT_OWN, SQL_WIPE_SEATS_OWN, "UPDATE seat_own SET card_token='' WHERE card_token=?1 AND ?2>=0",
     "UPDATE seat_own SET card_token='' WHERE ?1>=0", NULL, NULL, false},
    {SQL_WIPE_ORDER, SQL_WIPE_ORDERS, "DELETE FROM service_order WHERE card_token=?1 AND version<=?2",
     "DELETE FROM service_order WHERE version<=?1", "service_order", "order", false},
    /* Of the card that is out of use only where it leads to is known: that goes with the one in its place. */
    {SQL_WIPE_LINE, SQL_WIPE_LINES, "DELETE FROM card_line WHERE current=?1 AND version<=?2", "DELETE FROM card_line WHERE version<=?1",
     "card_line", "card", false},
    {SQL_WIPE_TICKET, SQL_WIPE_TICKETS, "DELETE FROM ticket WHERE card_token=?1 AND version<=?2", "DELETE FROM ticket WHERE version<=?1",
     "ticket", "ticket", false},
    {SQL_WIPE_VOLUNTEER, SQL_WIPE_VOLUNTEERS, "DELETE FROM volunteer WHERE token=?1 AND version<=?2", "DELETE FROM volunteer WHERE version<=?1",
     "volunteer", "volunteer", true},
    {SQL_WIPE_PREFERENCE, SQL_WIPE_PREFERENCES, "DELETE FROM preference WHERE card_token=?1 AND version<=?2",
     "DELETE FROM preference WHERE version<=?1", "preference", "preference", true},
    {SQL_WIPE_PERSON, SQL_WIPE_PEOPLE, "DELETE FROM person_snapshot WHERE token=?1 AND version<=?2",
     "DELETE FROM person_snapshot WHERE version<=?1", "person_snapshot", NULL, false},
    /* What waits for the printer; that it was printed once stays. */
    {SQL_WIPE_PRINT, SQL_WIPE_PRINTS, "UPDATE print SET state='GIVEN_UP', value='' WHERE card_token=?1 AND ?2>=0 AND state='WAITING'",
     "UPDATE print SET state='GIVEN_UP', value='' WHERE ?1>=0 AND state='WAITING' AND card_token!=''", NULL, NULL, false},
};

const char *snapshots_topic(size_t at, bool *end)
{
    *end = at >= G_N_ELEMENTS(TABLES);
    return *end ? NULL : TABLES[at].topic;
}

char *snapshots_forget(void)
{
    GString *script = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++) {
        if (TABLES[i].table != NULL)
            g_string_append_printf(script, "DELETE FROM %s;", TABLES[i].table);
        if (TABLES[i].topic != NULL)
            g_string_append_printf(script, "DELETE FROM pull_quarantine WHERE topic='%s';", TABLES[i].topic);
    }
    return g_string_free(script, FALSE);
}

#define PERSONS "(SELECT card_token AS token, version FROM bill UNION ALL SELECT token, version FROM credit" \
                " UNION ALL SELECT token, version FROM person_snapshot UNION ALL SELECT card_token AS token, version FROM seat" \
                " UNION ALL SELECT card_token, version FROM service_order UNION ALL SELECT card_token, version FROM ticket" \
                " UNION ALL SELECT current, version FROM card_line UNION ALL SELECT token, version FROM volunteer UNION ALL SELECT card_token, version FROM preference)"

/* ---- Sealed ------------------------------------------------------------------------------------------------------- */

static char *place_of(const char *table, const char *key)
{
    return g_strdup_printf("%s|%s", table, key);
}

char *cache_close(const struct store *store, const char *table, const char *key, const char *text)
{
    g_autofree char *place = place_of(table, key);
    return seal_close(store->identity.local_key, place, text, strlen(text));
}

char *cache_open(const struct store *store, const char *table, const char *key, const char *sealed, GError **error)
{
    g_autofree char *place = place_of(table, key);
    size_t len = 0;
    char *text = seal_open(store->identity.local_key, place, sealed, &len);

    if (text == NULL)
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "a cached item of %s does not open", table);
    return text;
}

/* ---- Age ---------------------------------------------------------------------------------------------------------- */

int64_t snapshots_now_ms(struct store *store)
{
    struct clock_reading now;
    struct clock_view view;

    clock_read(&now);
    clockwatch_look(&store->clock, store->time_high.now_ms, &now, &view);
    return view.true_ms;
}

void snapshots_load(struct store *store)
{
    store->refill = meta_int(store, "persons_refill", 0) != 0;
    store->persons_max = PERSONS_MAX;
    store->persons_changed = true;
}

static bool outlived(struct store *store)
{
    return snapshots_now_ms(store) - store->persons.now_ms > LIFE_MS;
}

/* 1 yes, 0 no, -1 error. */
static int is_wiped(struct store *store, const char *token, GError **error)
{
    sqlite3_stmt *find =
        sql_query(&store->sql, SQL_WIPED_FIND, "SELECT 1 FROM wiped WHERE token=?1 AND (version=?2 OR why='returning')", error, "si", token,
                  (int64_t)FOR_EVER);
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found == 1)
        sql_done(find);
    return found;
}

bool snapshots_known(struct store *store, const char *token)
{
    g_autoptr(GError) error = NULL;

    if (store->refill || outlived(store))
        return false;
    int wiped = is_wiped(store, token, &error);
    if (wiped < 0)
        g_critical("wiped: %s", error->message);
    return wiped == 0;
}

/* ---- Wiping, within a running transaction -------------------------------------------------------------------------- */

static bool remember(struct store *store, const char *token, int64_t version, const char *why, GError **error)
{
    return sql_run(&store->sql, SQL_WIPED_PUT,
                   "INSERT INTO wiped(token,version,why) VALUES(?1,?2,?3) ON CONFLICT(token,why) DO UPDATE SET"
                   " version=excluded.version WHERE excluded.version>=wiped.version",
                   error, "sis", token, version, why);
}

/* What was set aside is sealed: whose it is tells its key, or nothing, and then the whole topic goes. "" is everybody. */
static bool aside_wipe(struct store *store, size_t at, const char *token, GError **error)
{
    return TABLES[at].topic == NULL ||
           sql_run(&store->sql, SQL_WIPE_ASIDE, "DELETE FROM pull_quarantine WHERE topic=?1 AND (?2='' OR key=?2)", error, "ss",
                   TABLES[at].topic, TABLES[at].by_token ? token : "");
}

static bool wipe_person(struct store *store, const char *token, int64_t version, const char *why, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++)
        if (!sql_run(&store->sql, TABLES[i].wipe, TABLES[i].wipe_text, error, "si", token, version) || !aside_wipe(store, i, token, error))
            return false;
    store->wiped = true;
    return remember(store, token, version, why, error);
}

static bool wipe_everybody(struct store *store, int64_t version, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TABLES); i++)
        if (!sql_run(&store->sql, TABLES[i].wipe_all, TABLES[i].wipe_all_text, error, "i", version) || !aside_wipe(store, i, "", error))
            return false;
    store->wiped = true;
    return true;
}

/* What was deleted is overwritten in the database (secure_delete); the WAL still has it until it is emptied. */
void snapshots_settle(struct store *store)
{
    if (store->wiped && !sql_settle(&store->sql))
        g_warning("what was wiped is still in the WAL; it goes with the next checkpoint");
    store->wiped = false;
}

static bool transaction(struct store *store, bool done, GError **error)
{
    bool ok = (done && store_commit(store, error)) || store_abandon(store);
    snapshots_settle(store);
    return ok;
}

/* ---- The platform's command --------------------------------------------------------------------------------------- */

static bool token_fits(const char *token)
{
    return token != NULL && strlen(token) == 32 && strspn(token, "0123456789abcdef") == 32;
}

static bool command_do(struct store *store, const char *token, int64_t version, GError **error)
{
    bool done = token != NULL ? wipe_person(store, token, version, "command", error)
                              : wipe_everybody(store, version, error) &&
                                    remember(store, EVERYBODY, version, "command", error);

    /* What the platform still wants us to have comes behind it: until the feed's end nobody is told anything. */
    store->refill = true;
    return done && meta_set_int(store, "command_version", version, error) &&
           meta_set_int(store, "persons_refill", 1, error);
}

/* Each command once: one that the feed brings again is over. */
const char *snapshots_command(struct store *store, json_t *item, GError **error)
{
    json_t *value = json_object_get(item, "value"), *version = json_object_get(item, "version");
    const char *token = json_string_value(json_object_get(value, "token"));
    bool all = json_is_true(json_object_get(value, "all"));

    if (!json_is_integer(version) || json_integer_value(version) < 0 || json_integer_value(version) == FOR_EVER)
        return "version";
    if (json_is_true(json_object_get(item, "deleted")))
        return NULL;
    if (g_strcmp0(json_string_value(json_object_get(value, "kind")), "wipe") != 0)
        return "kind";
    if (json_object_get(value, "token") != NULL ? all || !token_fits(token) : !all)
        return "token";
    if (json_integer_value(version) > meta_int(store, "command_version", 0))
        command_do(store, token, json_integer_value(version), error);
    return NULL;
}

/* ---- By itself: age, cap, lost cards ------------------------------------------------------------------------------- */

static GPtrArray *tokens_take(struct store *store, sqlite3_stmt *query, GError **error)
{
    GPtrArray *tokens = g_ptr_array_new_with_free_func(g_free);
    int more = -1;

    while (query != NULL && (more = sql_step(&store->sql, query, error)) == 1)
        g_ptr_array_add(tokens, g_strdup(sql_text(query, 0)));
    if (more < 0)
        g_clear_pointer(&tokens, g_ptr_array_unref);
    return tokens;
}

static int64_t persons_count(struct store *store, GError **error)
{
    sqlite3_stmt *count = sql_query(&store->sql, SQL_PERSONS_COUNT, "SELECT count(DISTINCT token) FROM " PERSONS, error, "");

    if (count == NULL || sql_step(&store->sql, count, error) != 1)
        return -1;
    int64_t persons = sqlite3_column_int64(count, 0);
    sql_done(count);
    return persons;
}

/* The feed from its beginning: until it was read to its end nobody is told anything. */
static bool refill_write(struct store *store, GError **error)
{
    return meta_set_text(store, "cursor", "", error) && meta_set_int(store, "persons_refill", 1, error) &&
           mark_write(store, &store->persons, 0, error);
}

static bool age_out(struct store *store, GError **error)
{
    int64_t persons = outlived(store) ? persons_count(store, error) : 0;

    if (persons <= 0)
        return persons == 0;
    bool done = sql_begin(&store->sql, error) && wipe_everybody(store, FOR_EVER, error) &&
                sql_script(&store->sql, "DELETE FROM wiped WHERE why='cap'", error) && refill_write(store, error);
    if (!transaction(store, done, error))
        return false;
    store->refill = true;
    store->persons.now_ms = 0;
    g_message("what was cached of persons (%" G_GINT64_FORMAT ") was older than a day and is gone", persons);
    return true;
}

static bool wipe_list(struct store *store, GPtrArray *tokens, const char *why, GError **error)
{
    bool done = sql_begin(&store->sql, error);

    for (guint i = 0; done && i < tokens->len; i++)
        done = wipe_person(store, g_ptr_array_index(tokens, i), FOR_EVER, why, error);
    return transaction(store, done, error);
}

static bool cap_hold(struct store *store, GError **error)
{
    int64_t persons = persons_count(store, error);

    if (persons < 0 || persons <= store->persons_max)
        return persons >= 0;
    sqlite3_stmt *oldest = sql_query(&store->sql, SQL_PERSONS_OLDEST,
                                     "SELECT token FROM " PERSONS " GROUP BY token ORDER BY max(version) LIMIT ?1", error, "i",
                                     persons - store->persons_max);
    g_autoptr(GPtrArray) tokens = tokens_take(store, oldest, error);
    return tokens != NULL && wipe_list(store, tokens, "cap", error);
}

/* What was shown after a tap, a day after it was kept. */
static bool people_age_out(struct store *store, GError **error)
{
    sqlite3_stmt *old = sql_query(&store->sql, SQL_PERSON_OLD, "DELETE FROM person_snapshot WHERE kept_ms<?1 RETURNING token", error, "i",
                                  snapshots_now_ms(store) - LIFE_MS);
    g_autoptr(GPtrArray) tokens = tokens_take(store, old, error);

    if (tokens == NULL)
        return false;
    store->wiped = store->wiped || tokens->len > 0;
    snapshots_settle(store);
    return true;
}

bool store_person_put(struct store *store, const char *token, const char *purpose, const char *text, GError **error)
{
    g_autofree char *key = place_of(token, purpose), *sealed = cache_close(store, "person_snapshot", key, text);
    bool done = sealed != NULL || store_state_error(error, "a snapshot of a person is too long");

    g_mutex_lock(&store->lock);
    done = done &&
           ((sql_begin(&store->sql, error) &&
             sql_run(&store->sql, SQL_PERSON_PUT,
                     "INSERT INTO person_snapshot(token,purpose,version,kept_ms,value) SELECT ?1,?5,0,?3,?4" NOT_WIPED("?1", "?2")
                     " ON CONFLICT(token,purpose) DO UPDATE SET kept_ms=excluded.kept_ms, value=excluded.value",
                     error, "siiss", token, (int64_t)FOR_EVER, snapshots_now_ms(store), sealed, purpose) &&
             store_commit(store, error)) ||
            store_abandon(store));
    store->persons_changed = true;
    g_mutex_unlock(&store->lock);
    return done;
}

/* 1 there, 0 not, -1 error. */
static int person_find(struct store *store, const char *token, const char *purpose, char **text, GError **error)
{
    g_autofree char *key = place_of(token, purpose);
    sqlite3_stmt *get = sql_query(&store->sql, SQL_PERSON_GET,
                                  "SELECT value FROM person_snapshot WHERE token=?1 AND purpose=?3 AND kept_ms>=?2", error, "sis", token,
                                  snapshots_now_ms(store) - LIFE_MS, purpose);
    int found = get == NULL ? -1 : sql_step(&store->sql, get, error);

    if (found != 1)
        return found;
    *text = cache_open(store, "person_snapshot", key, sql_text(get, 0), error);
    sql_done(get);
    return *text != NULL ? 1 : -1;
}

char *store_person(struct store *store, const char *token, const char *purpose, GError **error)
{
    char *text = NULL;

    g_mutex_lock(&store->lock);
    if (person_find(store, token, purpose, &text, error) == 1 && is_wiped(store, token, error) != 0)
        g_clear_pointer(&text, g_free);
    g_mutex_unlock(&store->lock);
    return text;
}

/* Those of `tokens` that are on the hotlist, or not. Without the lock: the list has its own way. A list that cannot be read
 * says nothing. */
static GPtrArray *on_hotlist(struct store *store, GPtrArray *tokens, bool listed)
{
    GPtrArray *out = g_ptr_array_new();

    for (guint i = 0; i < tokens->len; i++) {
        g_autofree char *reason = store_hotlist_lookup(store, g_ptr_array_index(tokens, i));
        if (g_strcmp0(reason, "UNREADABLE") != 0 && (reason != NULL) == listed)
            g_ptr_array_add(out, g_ptr_array_index(tokens, i));
    }
    return out;
}

/* Off the list again: what the feed has of them comes with a reading from its beginning. */
static bool found_again(struct store *store, GPtrArray *tokens, GError **error)
{
    bool done = sql_begin(&store->sql, error) && feed_anew(store, error);

    for (guint i = 0; done && i < tokens->len; i++)
        done = sql_run(&store->sql, SQL_WIPED_END, "DELETE FROM wiped WHERE token=?1 AND why='lost'", error, "s",
                       g_ptr_array_index(tokens, i));
    return transaction(store, done, error);
}

static bool lost_wipe(struct store *store, GPtrArray *cached, GPtrArray *lost, GError **error)
{
    g_autoptr(GPtrArray) now_lost = on_hotlist(store, cached, true), found = on_hotlist(store, lost, false);

    g_mutex_lock(&store->lock);
    bool good = (now_lost->len == 0 || wipe_list(store, now_lost, "lost", error)) &&
                (found->len == 0 || found_again(store, found, error));
    g_mutex_unlock(&store->lock);
    return good;
}

bool store_snapshots_sweep(struct store *store, GError **error)
{
    g_autoptr(GPtrArray) cached = NULL, lost = NULL;
    int64_t version = 0, issued_ms = 0, confirmed_ms = 0;

    store_hotlist_info(store, &version, &issued_ms, &confirmed_ms);
    g_mutex_lock(&store->lock);
    bool good = age_out(store, error) && people_age_out(store, error) && (!store->persons_changed || cap_hold(store, error));
    bool look = good && (store->persons_changed || version != store->swept_hotlist);
    if (look) {
        cached = tokens_take(store,
                             sql_query(&store->sql, SQL_PERSONS, "SELECT DISTINCT token FROM " PERSONS, error, ""), error);
        lost = tokens_take(store,
                           sql_query(&store->sql, SQL_WIPED_LOST, "SELECT token FROM wiped WHERE why='lost'", error, ""),
                           error);
        store->persons_changed = false;
    }
    g_mutex_unlock(&store->lock);
    if (!look)
        return good;
    good = cached != NULL && lost != NULL && lost_wipe(store, cached, lost, error);
    g_mutex_lock(&store->lock);
    if (good)
        store->swept_hotlist = version;
    else
        store->persons_changed = true; /* once more */
    g_mutex_unlock(&store->lock);
    return good;
}

/* ---- The person asks for it ----------------------------------------------------------------------------------------- */

bool store_person_forget(struct store *store, const char *token, GError **error)
{
    g_autoptr(GPtrArray) tokens = g_ptr_array_new();

    g_ptr_array_add(tokens, (gpointer)token);
    g_mutex_lock(&store->lock);
    bool done = wipe_list(store, tokens, "asked", error);
    g_mutex_unlock(&store->lock);
    return done;
}

/* 1 yes, 0 no, -1 error. */
static int was_asked(struct store *store, const char *token, GError **error)
{
    sqlite3_stmt *find = sql_query(&store->sql, SQL_WIPED_RETURN, "SELECT 1 FROM wiped WHERE token=?1 AND why='asked'", error, "s", token);
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found == 1)
        sql_done(find);
    return found;
}

bool store_person_return(struct store *store, const char *token, GError **error)
{
    g_mutex_lock(&store->lock);
    int asked = was_asked(store, token, error);
    bool done = asked >= 0;
    if (asked == 1) {
        done = sql_begin(&store->sql, error) && feed_anew(store, error) &&
               sql_run(&store->sql, SQL_WIPED_RETURNING, "UPDATE OR REPLACE wiped SET version=0, why='returning' WHERE token=?1 AND why='asked'", error, "s",
                       token);
        done = transaction(store, done, error);
    }
    g_mutex_unlock(&store->lock);
    return done;
}

void store_snapshots_cap(struct store *store, int persons_max)
{
    g_mutex_lock(&store->lock);
    store->persons_max = MAX(1, persons_max);
    store->persons_changed = true;
    g_mutex_unlock(&store->lock);
}

/* Who comes back is there again, and the roll of volunteers is whole, when the feed was read from its beginning. */
static bool returned(struct store *store, GError **error)
{
    sqlite3_stmt *find =
        sql_query(&store->sql, SQL_WIPED_RETURNED, "SELECT 1 FROM wiped WHERE why='returning' UNION ALL"
                                                   " SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key='roll_whole') LIMIT 1",
                  error, "");
    int found = find == NULL ? -1 : sql_step(&store->sql, find, error);

    if (found != 1)
        return found == 0;
    sql_done(find);
    return (sql_begin(&store->sql, error) && sql_script(&store->sql, "DELETE FROM wiped WHERE why='returning'; INSERT OR REPLACE INTO meta VALUES('roll_whole',1)", error) &&
            store_commit(store, error)) ||
           store_abandon(store);
}

bool store_feed_whole(struct store *store, GError **error)
{
    bool done = true;

    g_mutex_lock(&store->lock);
    if (!feed_current(store)) {
        g_mutex_unlock(&store->lock);
        return true;
    }
    done = returned(store, error);
    if (done && store->refill) {
        done = (sql_begin(&store->sql, error) && meta_set_int(store, "persons_refill", 0, error) &&
                mark_write(store, &store->persons, snapshots_now_ms(store), error) && store_commit(store, error)) ||
               store_abandon(store);
        store->refill = !done;
        if (done)
            store->persons.now_ms = store->persons.disk_ms;
    }
    g_mutex_unlock(&store->lock);
    return done;
}
