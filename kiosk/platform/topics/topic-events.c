/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kiosks tell of topics. All of it is once a person, by whatever card and at whatever kiosk: cards lead to a person's number here. What
 * a person chose in a ballot is none of it (ballots.c); `ballot.wished` says only that somebody wanted to vote where nobody could be asked.
 */
#include "platform/topics/topics.h"
#include "platform/data/db-retention.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include "model/strict.h"
#include "store/store.h"
#include <openssl/crypto.h>
#include <string.h>

#define OPINION   "opinion.given"
#define SUPPORT   "topic.supported"
#define STATEMENT "statement.voted"
#define WISH      "ballot.wished"
#define UNKNOWN   "TOPIC_UNKNOWN"

#define OPINION_BYTES 2000

/* What it is about: pictures to choose from, none to type. */
static const char *const THEMES[] = {"environment", "safety", "property", "elders", "children", "traffic", "culture", "staff", "other"};

/* One event's work. *code NULL: taken. */
struct telling_topic {
    struct db *db;
    const struct topic_event *event;
    json_t *data;
    int64_t now_ms;
    const char **code;
};

static bool no(struct telling_topic *t, const char *code)
{
    *t->code = code;
    return true;
}

/* 32 lower-case hex digits. */
static void card_read(struct strict *r, char out[33])
{
    strict_text(r, "card_token", 32, out, 33);
    r->ok = r->ok && strspn(out, "0123456789abcdef") == 32;
}

/* −1: nobody who is here, by a card that nobody had reported lost then. */
static bool person_of(struct telling_topic *t, const char *card, int64_t *person, GError **error)
{
    bool lost = false, left = false;

    if (!db_card_token_person(t->db, card, person, error) || !db_card_listed_at(t->db, card, t->event->at_ms, &lost, error) ||
        (*person >= 0 && !db_person_left(t->db, *person, &left, error)))
        return false;
    if (lost || left)
        *person = -1;
    return true;
}

/* ---- Opinions ---- */

static bool opinion_keep(struct telling_topic *t, const char *theme, const char *words, const char *card, GError **error)
{
    const struct opinion_row row = {.id = t->event->id, .theme = theme, .words = words, .card = card, .kiosk = t->event->kiosk,
                                    .at_ms = t->event->at_ms};
    int64_t person = 0;
    bool has = false;

    if (!db_opinion_has(t->db, row.id, &has, error) || (*card != '\0' && !person_of(t, card, &person, error)))
        return false;
    if (has || person < 0)
        return no(t, has ? ID_REUSED : topic_code_name(TOPIC_OTHERS));
    return db_opinion_add(t->db, &row, error);
}

static bool opinion(struct telling_topic *t, GError **error)
{
    char words[OPINION_BYTES + 1] = "", card[33] = "";
    struct strict r = strict_open(t->data);
    unsigned theme = strict_name(&r, "theme", THEMES, G_N_ELEMENTS(THEMES));

    strict_words(&r, "description", words, sizeof words);
    if (strict_has(&r, "card_token"))
        card_read(&r, card);
    bool ok = strict_done(&r) && *words != '\0';
    ok = ok ? opinion_keep(t, THEMES[theme], words, card, error) : no(t, "DATA");
    OPENSSL_cleanse(words, sizeof words);
    return ok;
}

/* ---- Support, statements, wishes: a topic and a person ---- */

struct said {
    char topic[TOPIC_ID_SIZE], card[33];
    int64_t person;
    struct topic_row *row; /* freed by who has `said` */
    struct topic_voice voice;
};

/* *code: what is not known of it. */
static bool said_load(struct telling_topic *t, struct said *said, GError **error)
{
    bool found = false;

    said->row = g_new0(struct topic_row, 1);
    if (!db_topic_find(t->db, said->topic, said->row, &found, error) || !person_of(t, said->card, &said->person, error))
        return false;
    said->voice = (struct topic_voice){.elector = said->person >= 0, .at_ms = t->event->at_ms};
    return found || no(t, UNKNOWN);
}

static bool supported(struct telling_topic *t, struct said *said, GError **error)
{
    int done = 0;

    if (!said_load(t, said, error) || *t->code != NULL)
        return *t->code != NULL;
    if (said->voice.elector && !db_support_has(t->db, said->topic, said->person, &said->voice.already, error))
        return false;
    enum topic_code code = topic_support(&said->row->topic, &said->voice);
    if (code != TOPIC_OK)
        return no(t, topic_code_name(code));
    return db_support_add(t->db, said->topic, said->person, t->event->at_ms, error) && db_change_add(t->db, "topic", said->topic, error) &&
           (said->row->topic.support < said->row->topic.threshold || topics_clock(t->db, said->topic, t->now_ms, &done, error));
}

static bool voted(struct telling_topic *t, struct said *said, const char *statement, int64_t vote, GError **error)
{
    struct statement_row row;
    bool found = false;

    if (!db_topic_statement_find(t->db, statement, &row, &found, error))
        return false;
    if (!found || row.hidden)
        return no(t, UNKNOWN);
    g_strlcpy(said->topic, row.topic, sizeof said->topic);
    if (!said_load(t, said, error) || *t->code != NULL)
        return *t->code != NULL;
    enum topic_code code = topic_statement(&said->row->topic, &said->voice, vote);
    if (code != TOPIC_OK)
        return no(t, topic_code_name(code));
    return db_topic_statement_vote(t->db, statement, said->person, vote, t->event->at_ms, error) && db_change_add(t->db, "topic", said->topic, error);
}

static bool wished(struct telling_topic *t, struct said *said, GError **error)
{
    struct elector_row elector;

    if (!said_load(t, said, error) || *t->code != NULL)
        return *t->code != NULL;
    if (said->voice.elector && !db_elector_find(t->db, said->topic, said->person, &elector, &said->voice.elector, error))
        return false;
    if (said->voice.elector && !db_turnout_has(t->db, said->topic, elector.unit, &said->voice.already, error))
        return false;
    enum topic_code code = topic_paper(&said->row->topic, &said->voice);
    if (code != TOPIC_OK)
        return no(t, topic_code_name(code));
    return db_wish_add(t->db, said->topic, said->person, date_of_ms(t->event->at_ms), error);
}

static bool of_topic(struct telling_topic *t, GError **error)
{
    bool votes = strcmp(t->event->type, STATEMENT) == 0, ok;
    char statement[TOPIC_ID_SIZE] = "";
    struct strict r = strict_open(t->data);
    struct said said = {.person = -1};
    int64_t vote = 0;

    card_read(&r, said.card);
    strict_text(&r, votes ? "statement" : "topic", 1, votes ? statement : said.topic, TOPIC_ID_SIZE);
    if (votes)
        vote = strict_int(&r, "vote", STATEMENT_DISAGREE, STATEMENT_AGREE);
    if (!strict_done(&r))
        return no(t, "DATA");
    if (votes)
        ok = voted(t, &said, statement, vote, error);
    else
        ok = strcmp(t->event->type, SUPPORT) == 0 ? supported(t, &said, error) : wished(t, &said, error);
    g_free(said.row);
    return ok;
}

/* ---- The room ---- */

bool topics_type(const char *type)
{
    static const char *const TYPES[] = {OPINION, SUPPORT, STATEMENT, WISH, NULL};

    return g_strv_contains(TYPES, type);
}

bool topics_apply(struct platform *platform, const struct topic_event *event, json_t *data, int64_t now_ms, const char **code, GError **error)
{
    struct telling_topic telling = {platform->db, event, data, now_ms, code};

    *code = NULL;
    return strcmp(event->type, OPINION) == 0 ? opinion(&telling, error) : of_topic(&telling, error);
}
