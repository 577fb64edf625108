/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/sample/dirty.h"
#include "platform/sample/rng.h"
#include "model/model.h"
#include <string.h>

enum kind { KIND_DIRT = 110, KIND_GCJ };

#define WHOLE 100000

/* Of a hundred thousand people: at most one kind each. A phone, and an x, not everybody has. */
static const struct { const char *name; unsigned share, low, high; } KINDS[DIRT_KINDS] = {
    [DIRT_CHECK_DIGIT] = {"check-digit", 100, 70, 130},
    [DIRT_SEX] = {"sex", 50, 28, 72},
    [DIRT_STALE] = {"stale-address", 2000, 1860, 2140},
    [DIRT_TWICE] = {"twice", 300, 245, 355},
    [DIRT_NO_PHONE] = {"no-phone", 3000, 2500, 2900},
    [DIRT_NATION] = {"nation-code", 200, 155, 245},
    [DIRT_BIRTH] = {"birth-1900", 50, 28, 72},
    [DIRT_WIDE] = {"full-width", 200, 135, 225},
    [DIRT_SPACE] = {"space-in-name", 200, 155, 245},
    [DIRT_LOWER_X] = {"lower-x", 3000, 200, 350},
    [DIRT_LOCAL] = {"registered-elsewhere", 300, 245, 355},
    [DIRT_GCJ] = {"gcj-02", 1000, 320, 460},
};

const char *dirt_name(enum dirt_kind kind)
{
    return KINDS[kind].name;
}

void dirt_bounds(enum dirt_kind kind, unsigned *low, unsigned *high)
{
    *low = KINDS[kind].low;
    *high = KINDS[kind].high;
}

static void note(struct community *community, enum dirt_kind kind, int number)
{
    struct dirt dirt = {kind, number};

    g_array_append_val(community->dirt, dirt);
}

/* ---- People ---- */

/* "张 伟": behind the first character. Names with other writing stay. */
static bool space_in(struct person *person)
{
    const char *second = g_utf8_next_char(person->name);

    if (g_utf8_strlen(person->name, -1) > 4 || strchr(person->name, ' ') != NULL || *second == '\0')
        return false;
    char *name = g_strdup_printf("%.*s %s", (int)(second - person->name), person->name, second);
    g_free(person->name);
    person->name = name;
    return true;
}

static bool widen(struct person *person)
{
    g_autoptr(GString) wide = g_string_new(NULL);

    if (person->phone[0] == '\0')
        return false;
    for (const char *digit = person->phone; *digit != '\0'; digit++)
        g_string_append_unichar(wide, 0xFF10u + (gunichar)(*digit - '0'));
    g_strlcpy(person->phone, wide->str, sizeof person->phone);
    return true;
}

/* As somebody else wrote it: without the middle character of three, with the last of two once more. */
static char *name_variant(const char *name)
{
    glong len = g_utf8_strlen(name, -1);
    const char *last = g_utf8_offset_to_pointer(name, len - 1);

    if (len == 3)
        return g_strdup_printf("%.*s%s", (int)(g_utf8_next_char(name) - name), name, last);
    return g_strdup_printf("%s%s", name, last);
}

/* The old number: no century, no check digit. */
static void double_of(struct community *community, int at, int number)
{
    struct person twin = g_array_index(community->people, struct person, at);

    twin.name = name_variant(twin.name);
    memmove(twin.id_number + 6, twin.id_number + 8, 9);
    twin.id_number[15] = '\0';
    twin.phone[0] = '\0';
    twin.double_number = DIRT_TWICE_FIRST + number;
    g_array_append_val(community->doubles, twin);
}

static void wrong_digit(struct person *person)
{
    person->id_number[17] = person->id_number[17] == '0' ? '1' : '0';
}

/* False: this person has nothing that could be dirty in this way. */
static bool spoil(struct community *community, int at, enum dirt_kind kind, struct rng *rng)
{
    struct person *person = &g_array_index(community->people, struct person, at);
    size_t last = strlen(person->id_number) - 1;
    bool had_phone = person->phone[0] != '\0';

    switch (kind) {
    case DIRT_CHECK_DIGIT:
        return wrong_digit(person), true;
    case DIRT_SEX:
        return person->sex = person->sex == 'M' ? 'F' : 'M', true;
    case DIRT_TWICE:
        return double_of(community, at, community->first + at), true;
    case DIRT_NO_PHONE:
        return person->phone[0] = '\0', had_phone;
    case DIRT_NATION:
        return person->nation = rng_permille(rng, 500) ? 57 : 99, true;
    case DIRT_BIRTH:
        return person->birth = 19000101, true;
    case DIRT_WIDE:
        return widen(person);
    case DIRT_SPACE:
        return space_in(person);
    case DIRT_LOWER_X:
        return person->id_number[last] == 'X' && (person->id_number[last] = 'x', true);
    case DIRT_LOCAL:
        return person->local = !person->local, true;
    default: /* stale: the row is as it was, the person is not there */
        return true;
    }
}

static void people(struct community *community, uint64_t seed)
{
    for (unsigned i = 0; i < community->people->len; i++) {
        struct rng rng = rng_of(seed, KIND_DIRT, (uint64_t)community->first + i);
        unsigned draw = rng_below(&rng, WHOLE), kind = 0;

        while (kind < DIRT_GCJ && draw >= KINDS[kind].share)
            draw -= KINDS[kind++].share;
        if (kind == DIRT_GCJ || g_array_index(community->people, struct person, i).persona)
            continue;
        if (spoil(community, (int)i, kind, &rng))
            note(community, kind, community->first + (int)i);
    }
}

/* ---- Places ---- */

/* GCJ-02 lies some hundred metres off WGS 84, in both directions by the place: here it is about 280 m and 430 m. */
static void places(struct community *community, uint64_t seed)
{
    for (unsigned i = 0; i < community->households->len; i++) {
        struct household *household = &g_array_index(community->households, struct household, i);
        struct rng rng = rng_of(seed, KIND_GCJ, (uint64_t)household->id);

        if (rng_below(&rng, WHOLE) >= KINDS[DIRT_GCJ].share)
            continue;
        household->lat_e6 += 2300 + (int32_t)rng_below(&rng, 400);
        household->lon_e6 += 4300 + (int32_t)rng_below(&rng, 400);
        note(community, DIRT_GCJ, household->id);
    }
}

void community_dirty(struct community *community, const struct community_options *options)
{
    if (!options->dirty)
        return;
    people(community, options->seed);
    places(community, options->seed);
}

char *dirt_report(const GArray *dirt)
{
    GString *out = g_string_new(NULL);
    unsigned counts[DIRT_KINDS] = {0};

    for (guint i = 0; i < dirt->len; i++) {
        const struct dirt *one = &g_array_index(dirt, struct dirt, i);
        g_string_append_printf(out, "%s %s %d\n", KINDS[one->kind].name, one->kind == DIRT_GCJ ? "household" : "person", one->number);
        counts[one->kind]++;
    }
    for (unsigned kind = 0; kind < DIRT_KINDS; kind++)
        g_string_append_printf(out, "# %s %u\n", KINDS[kind].name, counts[kind]);
    return g_string_free(out, FALSE);
}
