/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Votes, and what came of them. A vote is a call behind a tap that proved its card and no event of a kiosk: events are kept for ever, as
 * they came, beside whoever they are about. Turnout and paper are one transaction, and nothing else of the vote is kept: no change of the
 * feed, no key of the request, no time. A kiosk that lost the answer sends the same code again.
 */
#include "platform/topics/topics.h"
#include "platform/data/db-rows.h"
#include "model/model.h"
#include <stdlib.h>
#include <string.h>

/* ---- Voting ---- */

static void refuse_by(struct tap_refusal *refusal, unsigned status, const char *code)
{
    *refusal = (struct tap_refusal){.status = status, .code = code};
}

static bool session_person(struct db *db, const struct ballot_call *call, int64_t now_ms, int64_t *person, struct tap_refusal *refusal, GError **error)
{
    struct tap_session session;
    bool found = false;

    *person = -1;
    if (!taps_find(db, call->kiosk, call->secret, now_ms, &session, &found, error) ||
        (found && !db_card_token_person(db, session.card, person, error)))
        return false;
    if (!found)
        refuse_by(refusal, 403, "SESSION_OVER");
    return true;
}

static unsigned status_of(enum topic_code code)
{
    return code == TOPIC_OTHERS ? 403 : 409;
}

static json_t *answer_of(const struct ballot_call *call)
{
    return json_pack("{s:s, s:s}", "topic", call->topic, "code", call->code);
}

/* The last call's answer was lost: this code is in the urn, and of what it says nobody is told here. */
static bool again(struct db *db, const struct ballot_call *call, bool voted, bool *same, struct tap_refusal *refusal, GError **error)
{
    bool has = false, taken = false;

    if (!db_paper_has(db, call->code, call->topic, &has, &taken, error))
        return false;
    *same = voted && has;
    if (taken && !*same)
        refuse_by(refusal, 409, "PAPER_CODE");
    return true;
}

static bool put(struct db *db, const struct ballot_call *call, const struct elector_row *elector, int64_t now_ms, GError **error)
{
    return db_turnout_add(db, call->topic, elector->unit, date_of_ms(now_ms), error) &&
           db_paper_add(db, call->topic, call->code, call->choice, elector->area_cm2, error);
}

static bool judged(struct db *db, const struct ballot_call *call, int64_t person, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    struct topic_voice voice = {.at_ms = now_ms};
    struct elector_row elector = {0};
    bool found = false, same = false;

    if (!db_topic_find(db, call->topic, row, &found, error) || !db_elector_find(db, call->topic, person, &elector, &voice.elector, error) ||
        (voice.elector && !db_turnout_has(db, call->topic, elector.unit, &voice.already, error)))
        return false;
    if (!found) {
        refuse_by(refusal, 404, "NOT_FOUND");
        return true;
    }
    enum topic_code code = topic_paper(&row->topic, &voice);
    if ((code == TOPIC_OK || voice.already) && !again(db, call, voice.already, &same, refusal, error)) /* also after the end */
        return false;
    if (same)
        return true;
    if (code != TOPIC_OK)
        refuse_by(refusal, status_of(code), topic_code_name(code));
    return refusal->status != 0 || put(db, call, &elector, now_ms, error);
}

static json_t *vote_in(struct db *db, const struct ballot_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    int64_t person = -1;

    if (!session_person(db, call, now_ms, &person, refusal, error))
        return NULL;
    if (refusal->status == 0 && !judged(db, call, person, now_ms, refusal, error))
        return NULL;
    return refusal->status == 0 ? answer_of(call) : NULL;
}

json_t *ballots_vote(struct platform *platform, const struct ballot_call *call, int64_t now_ms, struct tap_refusal *refusal, GError **error)
{
    *refusal = (struct tap_refusal){0};
    if (!db_begin(platform->db, true, error))
        return NULL;
    json_t *answer = vote_in(platform->db, call, now_ms, refusal, error);
    if (answer == NULL)
        db_rollback(platform->db);
    else if (!db_commit(platform->db, error))
        g_clear_pointer(&answer, json_decref);
    return answer;
}

/* ---- Counting, twice ---- */

struct tally {
    struct urn sums, papers; /* kept with each paper; counted one by one */
    int64_t voted, voted_cm2, units, area_cm2;
    char hash[65];
};

static bool tally_read(struct db *db, const struct topic_row *row, struct tally *out, GError **error)
{
    return electorate_hash(db, row, out->hash, &out->units, &out->area_cm2, error) && db_urn_get(db, row->id, &out->sums, error) &&
           db_papers_count(db, row->id, &out->papers, error) && db_turnout_sum(db, row->id, &out->voted, &out->voted_cm2, error);
}

/* NULL: both tables, the sums and the list agree. */
static const char *tally_wrong(const struct topic_row *row, const struct tally *t)
{
    int64_t counted = 0, area_cm2 = 0;

    for (size_t i = 0; i < BALLOT_CHOICES; i++) {
        counted += t->papers.count[i];
        area_cm2 += t->sums.area_cm2[i];
        if (t->papers.count[i] != t->sums.count[i])
            return "the papers are not those of the sums";
    }
    if (strcmp(t->hash, row->electorate) != 0 || t->units != row->units || t->area_cm2 != row->area_cm2)
        return "the electorate is not the one that was frozen";
    if (counted != t->papers.papers || t->sums.papers != t->papers.papers)
        return "a paper says nothing that can be counted";
    if (t->papers.papers != t->voted)
        return "there are not as many papers as voted";
    return area_cm2 != t->voted_cm2 ? "the areas of the papers are not those of who voted" : NULL;
}

/* ---- What is told: the exact areas stay in the urn, since with the areas of flats they would tell whose papers they are ---- */

#define PAPERS_FEW 5

static json_int_t percent(int64_t part, int64_t whole)
{
    return whole > 0 ? part * 100 / whole : 0;
}

/* So many papers, and their share of the area that took part when `shares`. */
static void papers_tell(json_t *json, const char *name, int64_t count, int64_t area_cm2, const struct tally *t, bool shares)
{
    g_autofree char *share = g_strconcat(name, "_percent", NULL);

    json_object_set_new(json, name, json_integer(count));
    if (shares)
        json_object_set_new(json, share, json_integer(percent(area_cm2, t->voted_cm2)));
}

/* Against and abstained are one where either is of few, and no share is told where that of few could be reckoned from it. */
static json_t *tally_json(const struct topic_row *row, const struct tally *t)
{
    const int64_t *count = t->sums.count, *area = t->sums.area_cm2;
    const struct ballot ballot = {row->units, row->area_cm2, t->voted, t->voted_cm2, count[BALLOT_FOR - 1], area[BALLOT_FOR - 1]};
    bool apart = count[BALLOT_AGAINST - 1] >= PAPERS_FEW && count[BALLOT_ABSTAIN - 1] >= PAPERS_FEW;
    int64_t rest = count[BALLOT_AGAINST - 1] + count[BALLOT_ABSTAIN - 1];
    bool shares = count[BALLOT_FOR - 1] >= PAPERS_FEW && rest >= PAPERS_FEW;
    json_t *json = json_pack("{s:s, s:I, s:I}", "outcome", topic_outcome_name(topic_outcome(&ballot, row->special)), "voted",
                             (json_int_t)t->voted, "voted_percent", percent(t->voted_cm2, row->area_cm2));

    papers_tell(json, "for", count[BALLOT_FOR - 1], area[BALLOT_FOR - 1], t, shares);
    if (!apart)
        papers_tell(json, "against_or_abstain", rest, area[BALLOT_AGAINST - 1] + area[BALLOT_ABSTAIN - 1], t, shares);
    for (enum ballot_choice choice = BALLOT_AGAINST; apart && choice <= BALLOT_ABSTAIN; choice++)
        papers_tell(json, ballot_choice_name(choice), count[choice - 1], area[choice - 1], t, shares);
    return json;
}

static char *tally_text(const struct topic_row *row, const struct tally *t)
{
    json_t *json = tally_json(row, t);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS), *out = g_strdup(text);

    free(text);
    json_decref(json);
    return out;
}

char *ballots_result(struct db *db, const struct topic_row *row, GError **error)
{
    struct tally tally = {0};

    if (!tally_read(db, row, &tally, error))
        return NULL;
    const char *wrong = tally_wrong(row, &tally);
    if (wrong == NULL)
        return tally_text(row, &tally);
    g_set_error(error, PLATFORM_ERROR, PLATFORM_ERROR_STATE, "nothing is decided by this count: %s", wrong);
    return NULL;
}

static bool support_wrong(struct db *db, const struct topic_row *row, bool *wrong, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM topic_support WHERE community=?1 AND topic=?2", "s", row->id);

    *wrong = count != row->topic.support;
    return ok;
}

static bool ballot_wrong(struct db *db, const struct topic_row *row, const char **wrong, GError **error)
{
    struct tally tally = {0};

    if (!tally_read(db, row, &tally, error))
        return false;
    *wrong = tally_wrong(row, &tally);
    g_autofree char *text = *wrong == NULL ? tally_text(row, &tally) : NULL;
    if (text != NULL && *row->result != '\0' && strcmp(text, row->result) != 0)
        *wrong = "the result that was told is not what the papers come to";
    return true;
}

bool ballots_check(struct db *db, const char *topic, char **broken, GError **error)
{
    g_autofree struct topic_row *row = g_new0(struct topic_row, 1);
    bool found = false, miscounted = false;
    const char *wrong = NULL;

    *broken = NULL;
    if (!db_topic_find(db, topic, row, &found, error) || (found && !support_wrong(db, row, &miscounted, error)))
        return false;
    if (!found)
        wrong = "there is no such topic";
    else if (miscounted)
        wrong = "its support is not counted right";
    else if (*row->electorate != '\0' && !ballot_wrong(db, row, &wrong, error))
        return false;
    if (wrong != NULL)
        *broken = g_strdup_printf("topic %s: %s", topic, wrong);
    return true;
}

bool ballots_check_all(struct db *db, int64_t *count, char **broken, GError **error)
{
    g_autoptr(GPtrArray) topics = db_texts(db, db_query(db, error, "SELECT id FROM topic WHERE community=?1 ORDER BY id", ""), error);
    bool ok = topics != NULL;

    *broken = NULL;
    *count = 0;
    for (guint i = 0; ok && *broken == NULL && i < topics->len; i++, ++*count)
        ok = ballots_check(db, g_ptr_array_index(topics, i), broken, error);
    return ok;
}
