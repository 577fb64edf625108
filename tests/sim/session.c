/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taps that prove their card, and what the sessions behind them may see: a session is opened by the card that answered its challenge,
 * reads what is its owner's, at its kiosk alone, and each reading is in the access log. What a screen shows is the owner's of the card
 * that lies there.
 */
#include "books-internal.h"
#include "model/model.h"
#include "service/internal.h"
#include "sync/wire.h"

#include <sqlite3.h>
#include <string.h>

#define INS_INTERNAL_AUTHENTICATE 0x88
#define CHALLENGE_AT              5
#define CHALLENGE_SIZE            8

/** A challenge, and the session that it became. */
struct proof {
    char kiosk[8], token[33], challenge[2 * CHALLENGE_SIZE + 1];
};

struct sessions {
    GHashTable *challenges; /* id → struct proof */
    GHashTable *answered;   /* "challenge:token" of each that a card answered */
    GHashTable *open;       /* secret → struct proof */
    unsigned looks[SIM_KIOSKS_MAX]; /* that were answered */
};

struct sessions *sessions_new(void)
{
    struct sessions *sessions = g_new0(struct sessions, 1);

    sessions->challenges = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sessions->answered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    sessions->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return sessions;
}

void sessions_free(struct sessions *sessions)
{
    g_hash_table_unref(sessions->challenges);
    g_hash_table_unref(sessions->answered);
    g_hash_table_unref(sessions->open);
    g_free(sessions);
}

/* ---- At a kiosk --------------------------------------------------------------------------------------------------- */

void session_play(struct world *world, struct sim_kiosk *kiosk, const struct action *action)
{
    if (!kiosk_start(kiosk))
        return;
    if (kiosk->reader.device != (int)action->card || action->arg & 1)
        card_put(kiosk, (int)action->card);
    kiosk_turns(kiosk, 2);
    for (unsigned i = 0; i <= action->arg / 2 % 3; i++)
        kiosk_ask(kiosk, kiosk_request_person);
    if (kiosk->kiosk != NULL && action->arg >> 4 & 1)
        card_lift(kiosk);
}

void session_command(struct world *world, int card, const uint8_t *command, size_t len)
{
    char hex[2 * CHALLENGE_SIZE + 1], token[33];

    if (len < CHALLENGE_AT + CHALLENGE_SIZE || command[1] != INS_INTERNAL_AUTHENTICATE)
        return;
    card_token(world->index_key, world->cards[card].number, token);
    g_hash_table_add(world->books->sessions->answered,
                     g_strdup_printf("%s:%s", wire_hex(command + CHALLENGE_AT, CHALLENGE_SIZE, hex), token));
}

/* As a screen names the owner of this card; "" it is none of the town. What the card itself told may be cut off. g_free. */
static char *owner_of(const struct world *world, const char *card)
{
    char token[33];

    for (unsigned i = 0; i < world->card_count; i++) {
        card_token(world->index_key, world->cards[i].number, token);
        if (strcmp(token, card) == 0)
            return mask_name(world->cards[i].persona.name);
    }
    return g_strdup("");
}

/* A live one is of the platform's answer that was judged on its way; a kept one is what this kiosk was told of this card before. */
void session_shown(struct world *world, struct sim_kiosk *kiosk, const struct kiosk_person_event *event)
{
    const struct session *session = &kiosk->kiosk->session;
    const struct proof *proof = g_hash_table_lookup(world->books->sessions->open, session->secret);

    note(world, "person %s %d %d %s", kiosk->id, event->known, event->live, event->reason);
    world->stats.looks += event->known && event->live;
    if (session->secret[0] != '\0' && (proof == NULL || strcmp(proof->token, session->token) != 0))
        break_invariant(world, "session-is-its-cards", "%s has the session of another card than lies there", kiosk->id);
    g_autofree char *owner = owner_of(world, session->token);
    if (event->known && strcmp(event->name_masked, owner) != 0)
        break_invariant(world, "shown-is-theirs", "%s shows what is of %s to %s", kiosk->id, event->name_masked, owner);
}

/* ---- At the platform ---------------------------------------------------------------------------------------------- */

static void challenge_given(struct sessions *sessions, const char *kiosk, json_t *ask, json_t *answer)
{
    struct proof proof = {0};
    const char *id = NULL, *token = NULL, *challenge = NULL;

    g_assert_cmpint(json_unpack(ask, "{s:s}", "card_token", &token), ==, 0);
    g_assert_cmpint(json_unpack(answer, "{s:s, s:s}", "id", &id, "challenge", &challenge), ==, 0);
    g_strlcpy(proof.kiosk, kiosk, sizeof proof.kiosk);
    g_strlcpy(proof.token, token, sizeof proof.token);
    g_strlcpy(proof.challenge, challenge, sizeof proof.challenge);
    g_hash_table_insert(sessions->challenges, g_strdup(id), g_memdup2(&proof, sizeof proof));
}

static void session_opened(struct world *world, const char *kiosk, json_t *ask, json_t *answer)
{
    struct sessions *sessions = world->books->sessions;
    const char *id = json_string_value(json_object_get(ask, "id"));
    const struct proof *proof = g_hash_table_lookup(sessions->challenges, id);
    g_autofree char *answered = proof != NULL ? g_strdup_printf("%s:%s", proof->challenge, proof->token) : g_strdup("");

    if (proof == NULL || strcmp(proof->kiosk, kiosk) != 0 || !g_hash_table_contains(sessions->answered, answered))
        break_invariant(world, "session-needs-its-card", "a session was opened at %s without an answer of its card", kiosk);
    g_hash_table_insert(sessions->open, g_strdup(json_string_value(json_object_get(answer, "session"))),
                        g_memdup2(proof, sizeof *proof));
    /* One challenge, one session. */
    g_hash_table_remove(sessions->challenges, id);
}

/* Each bill that was told is this card's, there and now. */
static void bills_are_theirs(struct world *world, const struct proof *proof, json_t *answer)
{
    sqlite3 *db = books_platform_db(world);
    sqlite3_stmt *find = NULL;
    json_t *bill;
    size_t i;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT count(*) FROM bill WHERE id=?1 AND card=?2", -1, &find, NULL), ==, SQLITE_OK);
    json_array_foreach(json_object_get(answer, "bills"), i, bill)
    {
        const char *id = json_string_value(json_object_get(bill, "id"));
        sqlite3_bind_text(find, 1, id, -1, SQLITE_STATIC);
        sqlite3_bind_text(find, 2, proof->token, -1, SQLITE_STATIC);
        if (sqlite3_step(find) != SQLITE_ROW || sqlite3_column_int(find, 0) != 1)
            break_invariant(world, "session-is-its-cards", "%s was told of bill %s, which is another card's", proof->kiosk, id);
        sqlite3_reset(find);
    }
    sqlite3_finalize(find);
    sqlite3_close(db);
}

static void session_read(struct world *world, const struct sim_kiosk *kiosk, const char *secret, json_t *answer)
{
    const struct proof *proof = g_hash_table_lookup(world->books->sessions->open, secret);

    if (proof == NULL || strcmp(proof->kiosk, kiosk->id) != 0)
        break_invariant(world, "session-is-its-cards", "%s was told of a person without a session of its own", kiosk->id);
    world->books->sessions->looks[kiosk->machine.index]++;
    bills_are_theirs(world, proof, answer);
}

static void judge(struct world *world, const struct sim_kiosk *kiosk, const struct session_exchange *x, json_t *ask, json_t *answer)
{
    if (strcmp(x->path, "/v1/taps") == 0)
        challenge_given(world->books->sessions, kiosk->id, ask, answer);
    else if (strcmp(x->path, "/v1/sessions") == 0)
        session_opened(world, kiosk->id, ask, answer);
    else
        session_read(world, kiosk, x->secret, answer);
}

void session_answered(struct world *world, const char *kiosk, const struct session_exchange *x)
{
    if (strcmp(x->path, "/v1/taps") != 0 && strcmp(x->path, "/v1/sessions") != 0 && !g_str_has_prefix(x->path, "/v1/me?"))
        return;
    json_t *ask = x->body != NULL ? json_loads(x->body, 0, NULL) : NULL, *answer = json_loadb(x->answer, x->answer_len, 0, NULL);
    int was = world_become(world, SIM_NOBODY);

    for (unsigned i = 0; i < world->kiosk_count; i++)
        if (strcmp(world->kiosks[i].id, kiosk) == 0)
            judge(world, &world->kiosks[i], x, ask, answer);
    world_become(world, was);
    json_decref(ask);
    json_decref(answer);
}

/* What was told is written down, and durably: the platform may have died since. */
void session_check_log(struct world *world, struct sqlite3 *db)
{
    sqlite3_stmt *rows = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT count(*) FROM access_log WHERE kiosk=?1 AND purpose='home'", -1, &rows, NULL), ==,
                    SQLITE_OK);
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        unsigned looks = world->books->sessions->looks[i];
        sqlite3_bind_text(rows, 1, world->kiosks[i].id, -1, SQLITE_STATIC);
        if (sqlite3_step(rows) != SQLITE_ROW || sqlite3_column_int64(rows, 0) < looks)
            break_invariant(world, "looks-are-logged", "%s was told %u times of somebody, the access log has %" G_GINT64_FORMAT " rows",
                            world->kiosks[i].id, looks, (gint64)sqlite3_column_int64(rows, 0));
        sqlite3_reset(rows);
    }
    sqlite3_finalize(rows);
}
