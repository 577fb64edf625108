/* SPDX-License-Identifier: Apache-2.0 */
#include "model/volunteer.h"
#include "model/codes.h"
#include "model/model.h"
#include "model/strict.h"

#include <string.h>

#define SERIAL_MAX   9999999
#define NUMBER_LEN   13
#define GUARDIAN_AGE 18
#define STARS_MOST   5
#define MINUTES_MAX  1440

bool volunteer_number(unsigned year, unsigned serial, char out[VOLUNTEER_NO_SIZE])
{
    if (year < 1000 || year > 9999 || serial < 1 || serial > SERIAL_MAX)
        return false;
    g_autofree char *body = g_strdup_printf("Z%04u%07u", year, serial);
    g_snprintf(out, VOLUNTEER_NO_SIZE, "%s%c", body, mod37_36(body));
    return true;
}

bool volunteer_number_ok(const char *text)
{
    return text != NULL && strlen(text) == NUMBER_LEN && text[0] == 'Z' && strspn(text + 1, "0123456789") >= NUMBER_LEN - 2 &&
           mod37_36_ok(text);
}

/* ---- Skills, codes ------------------------------------------------------------------------------------------------ */

static const char *const SKILLS[] = {"company", "errand", "repair", "phone", "teach", "culture", "green", "patrol"};
G_STATIC_ASSERT(G_N_ELEMENTS(SKILLS) == VOLUNTEER_SKILLS);
static const char *const CODES[] = {"OK", "UNKNOWN", "ALREADY", "AGE", "CONSENT", "GUARDIAN", "NOT_VOLUNTEER", "STAR", "STATE"};
G_STATIC_ASSERT(G_N_ELEMENTS(CODES) == VOLUNTEER_CODES);
static const char *const DOUBTS[] = {"TOO_FEW", "TOO_MANY", "NOT_MINE"};
G_STATIC_ASSERT(G_N_ELEMENTS(DOUBTS) == VOLUNTEER_DOUBTS);

const char *volunteer_skill_name(enum volunteer_skill skill)
{
    return names_at(SKILLS, VOLUNTEER_SKILLS, skill);
}

const char *volunteer_code_name(enum volunteer_code code)
{
    return names_at(CODES, VOLUNTEER_CODES, code);
}

const char *volunteer_doubt_name(enum volunteer_doubt doubt)
{
    return names_at(DOUBTS, VOLUNTEER_DOUBTS, doubt);
}

json_t *volunteer_skills_to_json(unsigned skills)
{
    json_t *out = json_array();

    for (unsigned i = 0; i < VOLUNTEER_SKILLS; i++)
        if ((skills & 1u << i) != 0)
            json_array_append_new(out, json_string(SKILLS[i]));
    return out;
}

bool volunteer_skills_from_json(json_t *json, unsigned *skills)
{
    json_t *one;
    size_t i;
    unsigned out = 0, at;

    if (!json_is_array(json) || json_array_size(json) > VOLUNTEER_SKILLS)
        return false;
    json_array_foreach(json, i, one)
    {
        const char *name = json_string_value(one);
        if (name == NULL || !names_find(SKILLS, VOLUNTEER_SKILLS, name, &at) || (out & 1u << at) != 0)
            return false;
        out |= 1u << at;
    }
    *skills = out;
    return true;
}

enum volunteer_code volunteer_may_join(uint32_t birth, uint32_t guardian_birth, uint32_t today)
{
    if (guardian_birth != 0 && age_on(guardian_birth, today) < GUARDIAN_AGE)
        return VOLUNTEER_GUARDIAN;
    switch (volunteer_gate(birth, today)) {
    case VOLUNTEER_REFUSED:
        return VOLUNTEER_AGE;
    case VOLUNTEER_ACCOMPANIED:
    case VOLUNTEER_CONSENT:
        return guardian_birth != 0 ? VOLUNTEER_OK : VOLUNTEER_NO_CONSENT;
    default:
        return VOLUNTEER_OK;
    }
}

/* ---- Events ------------------------------------------------------------------------------------------------------- */

static void strict_token(struct strict *r, const char *key, char out[33])
{
    strict_text(r, key, 32, out, 33);
    r->ok = r->ok && strspn(out, "0123456789abcdef") == 32;
}

json_t *volunteer_join_to_json(const struct volunteer_join *join)
{
    json_t *out = json_pack("{s:s, s:o, s:s}", "card_token", join->token, "skills", volunteer_skills_to_json(join->skills), "pledge", join->pledge);

    if (out != NULL && *join->guardian != '\0')
        json_object_set_new(out, "guardian", json_string(join->guardian));
    return out;
}

bool volunteer_join_from_json(json_t *json, struct volunteer_join *out)
{
    struct volunteer_join join = {.guardian = ""};
    struct strict r = strict_open(json);

    strict_token(&r, "card_token", join.token);
    bool skills = volunteer_skills_from_json(strict_take(&r, "skills"), &join.skills);
    strict_text(&r, "pledge", 1, join.pledge, sizeof join.pledge);
    if (strict_has(&r, "guardian"))
        strict_token(&r, "guardian", join.guardian);
    if (!skills || !strict_done(&r))
        return false;
    *out = join;
    return true;
}

json_t *volunteer_star_to_json(const struct volunteer_star *star)
{
    return json_pack("{s:s, s:i, s:s}", "card_token", star->token, "level", (int)star->level, "table", star->table);
}

bool volunteer_star_from_json(json_t *json, struct volunteer_star *out)
{
    struct volunteer_star star = {.level = 0};
    struct strict r = strict_open(json);

    strict_token(&r, "card_token", star.token);
    star.level = (unsigned)strict_int(&r, "level", 1, STARS_MOST);
    strict_text(&r, "table", 1, star.table, sizeof star.table);
    if (!strict_done(&r))
        return false;
    *out = star;
    return true;
}

json_t *volunteer_dispute_to_json(const struct volunteer_dispute *dispute)
{
    return json_pack("{s:s, s:s, s:s}", "card_token", dispute->token, "attendance", dispute->attendance, "what", volunteer_doubt_name(dispute->what));
}

bool volunteer_dispute_from_json(json_t *json, struct volunteer_dispute *out)
{
    struct volunteer_dispute dispute = {.what = DOUBT_TOO_FEW};
    struct strict r = strict_open(json);

    strict_token(&r, "card_token", dispute.token);
    strict_uuid(&r, "attendance", dispute.attendance);
    dispute.what = (enum volunteer_doubt)strict_name(&r, "what", DOUBTS, VOLUNTEER_DOUBTS);
    if (!strict_done(&r))
        return false;
    *out = dispute;
    return true;
}

/* ---- What the platform tells --------------------------------------------------------------------------------------- */

static json_t *hours_to_json(const struct volunteer *volunteer)
{
    json_t *out = json_array();

    for (size_t i = 0; i < volunteer->hour_count; i++) {
        const struct volunteer_hours *one = &volunteer->hours[i];
        json_array_append_new(out, json_pack("{s:s, s:I, s:I, s:s, s:I}", "id", one->id, "in_ms", (json_int_t)one->in_ms, "minutes",
                                             (json_int_t)one->minutes, "state", attendance_state_name(one->state), "until",
                                             (json_int_t)one->until));
    }
    return out;
}

json_t *volunteer_to_json(const struct volunteer *volunteer)
{
    return json_pack("{s:s, s:s, s:I, s:o, s:i, s:b, s:i, s:I, s:s, s:o}", "card_token", volunteer->token, "no", volunteer->no, //
                     "registered_on", (json_int_t)volunteer->registered_on, "skills", volunteer_skills_to_json(volunteer->skills), //
                     "stars", (int)volunteer->stars, "consent", volunteer->consent, "star_asked", (int)volunteer->star_asked, //
                     "star_until", (json_int_t)volunteer->star_until, "star_table", volunteer->star_table, "hours", hours_to_json(volunteer));
}

static bool date_fits(uint32_t date, bool none)
{
    return date == 0 ? none : date_valid(date);
}

static bool one_hours_from_json(json_t *json, struct volunteer_hours *out)
{
    struct strict r = strict_open(json);
    char state[16] = "";

    strict_uuid(&r, "id", out->id);
    out->in_ms = strict_int(&r, "in_ms", 1, STRICT_MS_MAX);
    out->minutes = strict_int(&r, "minutes", 0, MINUTES_MAX);
    strict_text(&r, "state", 1, state, sizeof state);
    out->until = (uint32_t)strict_int(&r, "until", 0, 99991231);
    return r.ok && attendance_state_parse(state, &out->state) && date_fits(out->until, true);
}

static bool hours_from_json(json_t *json, struct volunteer *out)
{
    if (!json_is_array(json) || json_array_size(json) > VOLUNTEER_HOURS_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!one_hours_from_json(json_array_get(json, i), &out->hours[out->hour_count++]))
            return false;
    return true;
}

bool volunteer_from_json(json_t *json, struct volunteer *out)
{
    g_autofree struct volunteer *told = g_new0(struct volunteer, 1);
    struct strict r = strict_open(json);

    strict_token(&r, "card_token", told->token);
    strict_text(&r, "no", 1, told->no, sizeof told->no);
    told->registered_on = (uint32_t)strict_int(&r, "registered_on", 1, 99991231);
    bool parts = volunteer_skills_from_json(strict_take(&r, "skills"), &told->skills);
    told->stars = (unsigned)strict_int(&r, "stars", 0, STARS_MOST);
    told->consent = strict_bool(&r, "consent");
    told->star_asked = (unsigned)strict_int(&r, "star_asked", 0, STARS_MOST);
    told->star_until = (uint32_t)strict_int(&r, "star_until", 0, 99991231);
    strict_text(&r, "star_table", 0, told->star_table, sizeof told->star_table);
    parts = hours_from_json(strict_take(&r, "hours"), told) && parts;
    if (!parts || !r.ok || !date_fits(told->registered_on, false) || !date_fits(told->star_until, told->star_asked == 0))
        return false;
    *out = *told;
    return true;
}
