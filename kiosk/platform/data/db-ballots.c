/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Electorates, who voted, and papers. A paper shares nothing with who voted, and nothing that an engine keeps beside its rows (where a row
 * lies, which transaction wrote it) may say which paper came with whom either:
 *
 *   codes      2… 2… 4… │ 7… A… B… │ D… F… K… │ …       parts of about a hundred papers, by the first characters of their codes
 *   a paper             └ its part ┘                    all of its part are sealed anew with it, in the order of their codes
 *
 * So the newest paper is one of a part, and of those before it the trace of their own transaction is gone as their part is written again.
 * While there are fewer than a hundred, all of them are one part.
 */
#include "platform/data/db-topics.h"
#include "platform/data/db-credit.h"
#include "platform/data/db-rows.h"
#include <string.h>

#define CHOICE_PLACE "ballot_paper.choice"
#define SUMS_PLACE   "ballot_urn.sums"
#define PART_MAX     128
#define PART_BITS    10 /* of two characters of a code */

/* ---- The electorate ---- */

/* Rows of person, birth, unit, area; NULL: trouble. */
static GArray *adults(struct db *db, struct db_rows *stmt, uint32_t born_by, GError **error)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct elector_row));
    int step = stmt == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct elector_row row = {.person = db_col_int(stmt, 0), .unit = db_col_int(stmt, 2), .area_cm2 = db_col_int(stmt, 3)};
        uint32_t birth = 0;

        if (!db_birth_read(db, stmt, &birth, error)) {
            db_done(stmt);
            step = -1;
        } else if (birth > 0 && birth <= born_by) {
            g_array_append_val(out, row);
        }
    }
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

/* Whoever has not left, with a card or without one today: it may be lost, and come again before the ballot ends. */
#define HERE "p.birth=0 AND NOT EXISTS (SELECT 1 FROM person_left l WHERE l.community=?1 AND l.person=p.id)"

GArray *db_electors_adults(struct db *db, uint32_t born_by, GError **error)
{
    return adults(db,
                  db_query(db, error, "SELECT p.id, p.born, p.id, 1 FROM person p WHERE p.community=?1 AND " HERE " ORDER BY p.id", ""),
                  born_by, error);
}

static bool unit_read(struct db_rows *stmt, void *out)
{
    *(struct elector_row *)out = (struct elector_row){.person = -1, .unit = db_col_int(stmt, 0), .area_cm2 = db_col_int(stmt, 1)};
    return true;
}

GArray *db_electors_households(struct db *db, uint32_t born_by, GError **error)
{
    static const struct db_reader UNIT = {unit_read, sizeof(struct elector_row), "a unit"};
    g_autoptr(GArray) who = adults(db,
                                   db_query(db, error,
                                            "SELECT p.id, p.born, p.household, h.area_m2*10000 FROM person p JOIN household h ON"
                                            " h.community=p.community AND h.id=p.household WHERE p.community=?1 AND " HERE " ORDER BY p.id",
                                            ""),
                                   born_by, error);
    GArray *out = who == NULL ? NULL : db_array(db, db_query(db, error, "SELECT id, area_m2*10000 FROM household WHERE community=?1", ""), &UNIT, error);

    if (out != NULL && who->len > 0)
        g_array_append_vals(out, who->data, who->len);
    return out;
}

bool db_electors_add(struct db *db, const char *topic, const GArray *electors, GError **error)
{
    bool ok = true;

    for (guint i = 0; ok && i < electors->len; i++) { /* the first of each unit tells of it */
        const struct elector_row *row = &g_array_index(electors, struct elector_row, i);
        if (i == 0 || row->unit != g_array_index(electors, struct elector_row, i - 1).unit)
            ok = db_add_row(db, error, "INSERT INTO elector_unit(community, topic, unit, area_cm2) VALUES(?1,?2,?3,?4)", "sii", topic, row->unit,
                            row->area_cm2);
    }
    for (guint i = 0; ok && i < electors->len; i++) {
        const struct elector_row *row = &g_array_index(electors, struct elector_row, i);
        if (row->person < 0)
            continue;
        ok = db_add_row(db, error, "INSERT INTO elector(community, topic, person, unit) VALUES(?1,?2,?3,?4)", "sii", topic, row->person, row->unit);
    }
    return ok;
}

static bool elector_read(struct db_rows *stmt, void *out)
{
    *(struct elector_row *)out = (struct elector_row){.person = db_col_int(stmt, 0), .unit = db_col_int(stmt, 1), .area_cm2 = db_col_int(stmt, 2)};
    return true;
}

static const struct db_reader ELECTOR = {elector_read, sizeof(struct elector_row), "an elector"};
#define ELECTORS                                                                                                             \
    "SELECT coalesce(e.person,-1), u.unit, u.area_cm2 FROM elector_unit u LEFT JOIN elector e ON e.community=u.community AND" \
    " e.topic=u.topic AND e.unit=u.unit WHERE u.community=?1 AND u.topic=?2"

GArray *db_electors(struct db *db, const char *topic, GError **error)
{
    return db_array(db, db_query(db, error, ELECTORS " ORDER BY u.unit, e.person", "s", topic), &ELECTOR, error);
}

bool db_elector_find(struct db *db, const char *topic, int64_t person, struct elector_row *out, bool *found, GError **error)
{
    return db_first(db, db_query(db, error, ELECTORS " AND e.person=?3", "si", topic, person), &ELECTOR, out, found, error);
}

/* ---- Who voted ---- */

bool db_turnout_has(struct db *db, const char *topic, int64_t unit, bool *has, GError **error)
{
    int64_t count = 0;
    bool ok = db_int(db, error, 0, &count, "SELECT count(*) FROM ballot_turnout WHERE community=?1 AND topic=?2 AND unit=?3", "si", topic, unit);

    *has = count > 0;
    return ok;
}

bool db_turnout_add(struct db *db, const char *topic, int64_t unit, uint32_t day, GError **error)
{
    return db_run(db, error, "INSERT INTO ballot_turnout(community, topic, unit, day) VALUES(?1,?2,?3,?4)", "sii", topic, unit, (int64_t)day);
}

bool db_turnout_sum(struct db *db, const char *topic, int64_t *count, int64_t *area_cm2, GError **error)
{
    return db_int(db, error, 0, count, "SELECT count(*) FROM ballot_turnout WHERE community=?1 AND topic=?2", "s", topic) &&
           db_int(db, error, 0, area_cm2,
                  "SELECT sum(u.area_cm2) FROM ballot_turnout t JOIN elector_unit u ON u.community=t.community AND u.topic=t.topic AND"
                  " u.unit=t.unit WHERE t.community=?1 AND t.topic=?2",
                  "s", topic);
}

/* ---- The urn: its sums are fixed in length, so that a sealed one tells no more than that it is there ---- */

#define SUMS_TEXT_SIZE 128
static void sums_write(const struct urn *urn, char out[SUMS_TEXT_SIZE])
{
    g_snprintf(out, SUMS_TEXT_SIZE, "%015" G_GINT64_FORMAT " %015" G_GINT64_FORMAT " %015" G_GINT64_FORMAT " %015" G_GINT64_FORMAT
               " %015" G_GINT64_FORMAT " %015" G_GINT64_FORMAT, urn->count[0], urn->count[1], urn->count[2], urn->area_cm2[0],
               urn->area_cm2[1], urn->area_cm2[2]);
}

static bool sums_read(const char *text, struct urn *out, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", 7);
    bool ok = g_strv_length(parts) == 2 * BALLOT_CHOICES;

    for (size_t i = 0; ok && i < BALLOT_CHOICES; i++)
        ok = g_ascii_string_to_signed(parts[i], 10, 0, G_MAXINT64, &out->count[i], NULL) &&
             g_ascii_string_to_signed(parts[BALLOT_CHOICES + i], 10, 0, G_MAXINT64, &out->area_cm2[i], NULL);
    if (!ok)
        g_set_error_literal(error, PLATFORM_ERROR, PLATFORM_ERROR_SQL, "the sums of an urn are damaged");
    return ok;
}

bool db_urn_open(struct db *db, const char *topic, GError **error)
{
    char sums[SUMS_TEXT_SIZE];

    sums_write(&(struct urn){0}, sums);
    return db_run(db, error, "INSERT INTO ballot_urn(community, topic, papers, sums) VALUES(?1,?2,0,?3)", "sp", topic, SUMS_PLACE, topic, sums);
}

bool db_urn_get(struct db *db, const char *topic, struct urn *out, GError **error)
{
    struct db_rows *stmt = db_query(db, error, "SELECT papers, sums FROM ballot_urn WHERE community=?1 AND topic=?2", "s", topic);
    int step = stmt == NULL ? -1 : db_next(db, stmt, error);
    char *text = NULL;

    *out = (struct urn){0};
    if (step <= 0)
        return step == 0;
    out->papers = db_col_int(stmt, 0);
    bool ok = db_col_unsealed(db, stmt, 1, SUMS_PLACE, topic, &text, error) && sums_read(text != NULL ? text : "", out, error);
    db_secret_free(text);
    db_done(stmt);
    return ok;
}

static bool urn_put(struct db *db, const char *topic, enum ballot_choice choice, int64_t area_cm2, int64_t *papers, GError **error)
{
    char sums[SUMS_TEXT_SIZE];
    struct urn urn;

    if (!db_urn_get(db, topic, &urn, error))
        return false;
    urn.count[choice - 1]++;
    urn.area_cm2[choice - 1] += area_cm2;
    *papers = urn.papers + 1;
    sums_write(&urn, sums);
    return db_run(db, error, "UPDATE ballot_urn SET papers=?3, sums=?4 WHERE community=?1 AND topic=?2", "sip", topic, *papers, SUMS_PLACE, topic, sums);
}

/* ---- Papers ---- */

struct paper {
    char code[PAPER_CODE_SIZE], choice[2];
};

/* From this code on, before that one ("" no end): the part of a code when there are so many papers. */
static void part_of(const char *code, int64_t papers, char from[PAPER_CODE_SIZE], char to[PAPER_CODE_SIZE])
{
    unsigned at = (unsigned)(strchr(PAPER_ALPHABET, code[0]) - PAPER_ALPHABET) * 32 + (unsigned)(strchr(PAPER_ALPHABET, code[1]) - PAPER_ALPHABET);
    unsigned bits = 0;

    while (bits < PART_BITS && papers >> bits >= PART_MAX)
        bits++;
    unsigned size = 1u << (PART_BITS - bits), first = at / size * size, end = first + size;
    g_snprintf(from, PAPER_CODE_SIZE, "%c%c", PAPER_ALPHABET[first / 32], PAPER_ALPHABET[first % 32]);
    if (end < 1u << PART_BITS)
        g_snprintf(to, PAPER_CODE_SIZE, "%c%c", PAPER_ALPHABET[end / 32], PAPER_ALPHABET[end % 32]);
    else
        g_strlcpy(to, "~", PAPER_CODE_SIZE);
}

/* Opened; NULL: trouble. */
static GArray *papers_read(struct db *db, struct db_rows *stmt, GError **error)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct paper));
    int step = stmt == NULL ? -1 : 1;

    while (step > 0 && (step = db_next(db, stmt, error)) > 0) {
        struct paper paper;

        db_copy_text(stmt, 0, paper.code, sizeof paper.code);
        if (db_copy_unsealed(db, stmt, 1, CHOICE_PLACE, paper.code, paper.choice, sizeof paper.choice, error)) {
            g_array_append_val(out, paper);
        } else {
            db_done(stmt);
            step = -1;
        }
    }
    if (step == 0)
        return out;
    g_array_unref(out);
    return NULL;
}

static bool part_write(struct db *db, const char *topic, const char *code, int64_t papers, GError **error)
{
    char from[PAPER_CODE_SIZE], to[PAPER_CODE_SIZE];

    part_of(code, papers, from, to);
    g_autoptr(GArray) part = papers_read(db,
                                         db_query(db, error,
                                                  "SELECT code, choice FROM ballot_paper WHERE community=?1 AND topic=?2 AND code>=?3 AND code<?4"
                                                  " ORDER BY code",
                                                  "sss", topic, from, to),
                                         error);
    bool ok = part != NULL;
    for (guint i = 0; ok && i < part->len; i++) {
        const struct paper *paper = &g_array_index(part, struct paper, i);
        ok = db_run(db, error, "UPDATE ballot_paper SET choice=?3 WHERE community=?1 AND code=?2", "sp", paper->code, CHOICE_PLACE, paper->code,
                    paper->choice);
    }
    return ok;
}

bool db_paper_add(struct db *db, const char *topic, const char *code, enum ballot_choice choice, int64_t area_cm2, GError **error)
{
    char text[2] = {(char)('0' + choice), '\0'};
    int64_t papers = 0;

    return db_run(db, error, "INSERT INTO ballot_paper(community, code, topic, choice) VALUES(?1,?2,?3,?4)", "ssp", code, topic, CHOICE_PLACE, code,
                  text) &&
           urn_put(db, topic, choice, area_cm2, &papers, error) && part_write(db, topic, code, papers, error);
}

bool db_paper_has(struct db *db, const char *code, const char *topic, bool *has, bool *taken, GError **error)
{
    g_autofree char *of = NULL;

    if (!db_text(db, error, &of, "SELECT topic FROM ballot_paper WHERE community=?1 AND code=?2", "s", code))
        return false;
    *taken = of != NULL;
    *has = of != NULL && strcmp(of, topic) == 0;
    return true;
}

bool db_papers_count(struct db *db, const char *topic, struct urn *out, GError **error)
{
    g_autoptr(GArray) papers =
        papers_read(db, db_query(db, error, "SELECT code, choice FROM ballot_paper WHERE community=?1 AND topic=?2 ORDER BY code", "s", topic), error);

    *out = (struct urn){.papers = papers != NULL ? papers->len : 0};
    for (guint i = 0; i < out->papers; i++) {
        int choice = g_array_index(papers, struct paper, i).choice[0] - '0';
        if (choice >= BALLOT_FOR && choice <= BALLOT_CHOICES)
            out->count[choice - 1]++;
    }
    return papers != NULL;
}

GPtrArray *db_paper_codes(struct db *db, const char *topic, GError **error)
{
    return db_texts(db, db_query(db, error, "SELECT code FROM ballot_paper WHERE community=?1 AND topic=?2 ORDER BY code", "s", topic), error);
}
