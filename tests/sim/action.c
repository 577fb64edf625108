/* SPDX-License-Identifier: Apache-2.0 */
#include "action.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static const char *const DEEDS[DEED_COUNT] = {
    "tap",  "pay",  "lift",  "idle",     "sync", "time", "restart", "kill",  "power", "clock", "sam",
    "link", "disk", "platform", "bill", "lost", "elsewhere", "load", "cash", "give-back", "late", "audit", "print", "disaster", "settle", "credit", "hotlist", "night", "person", "replace", "authority", "seat", "order", "desk"};

static const char *const FAULTS[FAULT_COUNT] = {
    "none",        "kill",          "power",          "clock",        "eio",          "eio-stuck",
    "full",        "pull-before",   "pull-at-commit", "pull-after",   "empty",        "cut",
    "reset",       "swap",          "swap-live",      "sam-reset",    "sam-pull",     "sam-exchange",
    "sam-empty",   "request-lost",  "answer-lost",    "double",       "late",         "answer-cut",
    "nonsense",    "status",        "platform-kill",  "platform-power", "platform-eio", "platform-full"};

static const char *const ANCHORS[ANCHOR_COUNT] = {"action", "write", "debit"};

/* How often each deed is drawn, before a town's own taste. */
static const unsigned DEED_WEIGHTS[DEED_COUNT] = {
    [DEED_TAP] = 120,    [DEED_PAY] = 260,     [DEED_LIFT] = 30,  [DEED_IDLE] = 40,   [DEED_SYNC] = 200, [DEED_TIME] = 60,
    [DEED_RESTART] = 20, [DEED_KILL] = 12,     [DEED_POWER] = 12, [DEED_CLOCK] = 12,  [DEED_SAM] = 12,   [DEED_LINK] = 25,
    [DEED_DISK] = 14,    [DEED_PLATFORM] = 16, [DEED_BILL] = 150, [DEED_LOST] = 2,    [DEED_ELSEWHERE] = 14,
    [DEED_LOAD] = 15,    [DEED_CASH] = 40,     [DEED_GIVE_BACK] = 20, [DEED_LATE] = 25,     [DEED_AUDIT] = 6,  [DEED_PRINT] = 1,   [DEED_SETTLE] = 1, [DEED_CREDIT] = 120,
    [DEED_HOTLIST] = 8, [DEED_NIGHT] = 30, [DEED_PERSON] = 40, [DEED_REPLACE] = 5,
    [DEED_AUTHORITY] = 6, [DEED_SEAT] = 90, [DEED_ORDER] = 80, [DEED_DESK] = 90};

static const unsigned FAULT_WEIGHTS[FAULT_COUNT] = {
    [FAULT_KILL] = 40,         [FAULT_POWER] = 40,       [FAULT_CLOCK] = 6,        [FAULT_EIO] = 12,
    [FAULT_EIO_STUCK] = 4,     [FAULT_FULL] = 8,         [FAULT_PULL_BEFORE] = 12, [FAULT_PULL_AT_COMMIT] = 12,
    [FAULT_PULL_AFTER] = 14,   [FAULT_EMPTY] = 8,        [FAULT_CUT] = 12,         [FAULT_RESET] = 8,
    [FAULT_SWAP] = 8,          [FAULT_SWAP_LIVE] = 8,    [FAULT_SAM_RESET] = 6,    [FAULT_SAM_PULL] = 4,
    [FAULT_SAM_EXCHANGE] = 4,  [FAULT_SAM_EMPTY] = 4,    [FAULT_REQUEST_LOST] = 8, [FAULT_ANSWER_LOST] = 14,
    [FAULT_DOUBLE] = 10,       [FAULT_LATE] = 10,        [FAULT_ANSWER_CUT] = 8,   [FAULT_NONSENSE] = 8,
    [FAULT_STATUS] = 8,        [FAULT_PLATFORM_KILL] = 8, [FAULT_PLATFORM_POWER] = 8, [FAULT_PLATFORM_EIO] = 6,
    [FAULT_PLATFORM_FULL] = 4};

#define DISASTER_WEIGHT 10
enum disasters town_disasters;

/* ---- Drawing ------------------------------------------------------------------------------------------------------ */

static unsigned kiosks_draw(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    if (draw < 60)
        return 2 + rng_below(rng, 2);
    return draw < 90 ? 4 + rng_below(rng, 5) : draw < 98 ? 9 + rng_below(rng, 12) : 21 + rng_below(rng, 30);
}

/* Towns with everything find what depends on everything; towns with a few faults get further with each. */
static void taste(struct rng *rng, const unsigned *usual, unsigned *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned draw = rng_below(rng, 10);
        out[i] = draw < 2 ? (usual[i] + 3) / 4 : draw < 4 ? usual[i] * 3 : usual[i];
    }
}

/* What happens to a kiosk after a disaster is judged more mildly here and there: half of the lives go without. */
static unsigned disaster_weight(struct rng *rng)
{
    bool some = rng_permille(rng, 500);

    if (town_disasters == DISASTERS_SOME)
        return some ? DISASTER_WEIGHT : 0;
    return town_disasters == DISASTERS_MANY ? 3 * DISASTER_WEIGHT : 0;
}

struct town town_draw(uint64_t seed)
{
    struct rng rng = rng_of(seed, 100, 0);
    struct town town = {.kiosks = kiosks_draw(&rng), .cards = 2 + rng_below(&rng, 6), .tight_limits = rng_permille(&rng, 300)};

    taste(&rng, DEED_WEIGHTS, town.deed_weight, DEED_COUNT);
    taste(&rng, FAULT_WEIGHTS, town.fault_weight, FAULT_COUNT);
    town.deed_weight[DEED_PAY] = DEED_WEIGHTS[DEED_PAY];
    town.deed_weight[DEED_DISASTER] = disaster_weight(&rng);
    if (town.deed_weight[DEED_DISASTER] > 0) /* an old copy of a disk may be of a time that no authority in force knows: enrol anew */
        town.deed_weight[DEED_AUTHORITY] = 0;
    town.deed_weight[DEED_SYNC] = MAX(town.deed_weight[DEED_SYNC], DEED_WEIGHTS[DEED_SYNC] / 2);
    town.fault_permille = 150 + rng_below(&rng, 350);
    town.two_nodes = rng_permille(&rng, 400);
    return town;
}

static unsigned weighted(struct rng *rng, const unsigned *weights, unsigned count)
{
    unsigned sum = 0, i = 0;

    for (unsigned at = 0; at < count; at++)
        sum += weights[at];
    unsigned draw = rng_below(rng, sum);
    while (draw >= weights[i])
        draw -= weights[i++];
    return i;
}

static bool deed_moves_money(enum deed deed)
{
    return deed == DEED_PAY || deed == DEED_CASH || deed == DEED_GIVE_BACK;
}

/* Deeds in which something runs that a fault could strike. */
static bool deed_runs(enum deed deed)
{
    return deed == DEED_TAP || deed_moves_money(deed) || deed == DEED_IDLE || deed == DEED_SYNC || deed == DEED_RESTART ||
           deed == DEED_LATE || deed == DEED_AUDIT || deed == DEED_CREDIT || deed == DEED_HOTLIST || deed == DEED_NIGHT ||
           deed == DEED_PERSON || deed == DEED_SEAT || deed == DEED_ORDER || deed == DEED_DESK;
}

/* As often among the first two effects as among the next two, four, eight …: the dangerous ones are close to each other. */
static unsigned at_draw(struct rng *rng)
{
    return 1 + rng_below(rng, 1u << rng_below(rng, 8));
}

/* Can it strike in such a deed at all? */
static bool fault_fits(enum fault_kind kind, enum deed deed)
{
    bool room = deed == DEED_SEAT || deed == DEED_ORDER, platform = deed == DEED_LATE || deed == DEED_HOTLIST || deed == DEED_DESK;
    bool asks = deed == DEED_CASH || deed == DEED_GIVE_BACK || deed == DEED_PERSON || room, wire = deed == DEED_SYNC || asks;
    bool cards = deed == DEED_TAP || deed_moves_money(deed) || deed == DEED_IDLE || deed == DEED_PERSON || room;

    if (kind >= FAULT_PLATFORM_KILL)
        return wire || platform;
    if (kind >= FAULT_REQUEST_LOST)
        return wire;
    if (kind >= FAULT_PULL_BEFORE)
        return cards;
    /* Limits and dates of one payment are judged by one clock: it jumps between deeds, and in others. */
    return kind != FAULT_NONE && !platform && !(kind == FAULT_CLOCK && deed_moves_money(deed));
}

static struct fault fault_draw(struct rng *rng, const struct town *town, enum deed deed)
{
    struct fault fault = {0};

    do
        fault.kind = weighted(rng, town->fault_weight, FAULT_COUNT);
    while (!fault_fits(fault.kind, deed));
    fault.arg = (uint32_t)rng_next(rng);
    if (deed_moves_money(deed))
        fault.anchor = rng_permille(rng, 500) ? ANCHOR_DEBIT : rng_permille(rng, 500) ? ANCHOR_WRITE : ANCHOR_ACTION;
    else
        fault.anchor = rng_permille(rng, 300) ? ANCHOR_WRITE : ANCHOR_ACTION;
    fault.at = at_draw(rng);
    if (fault.kind >= FAULT_REQUEST_LOST && fault.kind <= FAULT_STATUS) {
        fault.anchor = ANCHOR_ACTION; /* a round has a handful of requests */
        fault.at = 1 + rng_below(rng, 3);
    }
    return fault;
}

struct action action_draw(struct rng *rng, const struct town *town)
{
    struct action action = {.deed = weighted(rng, town->deed_weight, DEED_COUNT),
                            .kiosk = rng_below(rng, town->kiosks),
                            .card = rng_below(rng, town->cards),
                            .arg = (uint32_t)rng_next(rng),
                            .salt = rng_next(rng)};

    for (size_t i = 0; i < ACTION_FAULTS; i++) {
        bool wanted = rng_permille(rng, i == 0 ? town->fault_permille : town->fault_permille / 4);
        if (wanted && deed_runs(action.deed))
            action.faults[i] = fault_draw(rng, town, action.deed);
    }
    return action;
}

bool action_has_fault(const struct action *action)
{
    switch (action->deed) {
    case DEED_KILL:
    case DEED_POWER:
    case DEED_CLOCK:
    case DEED_SAM:
    case DEED_LINK:
    case DEED_DISK:
    case DEED_PLATFORM:
    case DEED_LATE:
    case DEED_DISASTER:
        return true;
    default:
        return action->faults[0].kind != FAULT_NONE || action->faults[1].kind != FAULT_NONE;
    }
}

/* ---- As text ------------------------------------------------------------------------------------------------------ */

char *action_text(const struct action *action)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s kiosk=%u card=%u arg=%u salt=%016" G_GINT64_MODIFIER "x", DEEDS[action->deed],
                           action->kiosk, action->card, action->arg, action->salt);
    for (size_t i = 0; i < ACTION_FAULTS; i++) {
        const struct fault *fault = &action->faults[i];
        if (fault->kind != FAULT_NONE)
            g_string_append_printf(text, " %s@%s+%u/%u", FAULTS[fault->kind], ANCHORS[fault->anchor], fault->at, fault->arg);
    }
    return g_string_free(text, FALSE);
}

static bool name_find(const char *const *names, size_t count, const char *name, unsigned *out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = (unsigned)i;
        return true;
    }
    return false;
}

static bool fault_parse(const char *word, struct fault *out)
{
    char kind[24], anchor[24];
    unsigned kind_at = 0, anchor_at = 0;

    if (sscanf(word, "%23[^@]@%23[^+]+%u/%u", kind, anchor, &out->at, &out->arg) != 4 ||
        !name_find(FAULTS, FAULT_COUNT, kind, &kind_at) || !name_find(ANCHORS, ANCHOR_COUNT, anchor, &anchor_at))
        return false;
    out->kind = (enum fault_kind)kind_at;
    out->anchor = (enum anchor)anchor_at;
    return true;
}

bool action_parse(const char *line, struct action *out)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    guint count = g_strv_length(words);
    unsigned deed = 0;

    memset(out, 0, sizeof *out);
    if (count < 5 || count > 5 + ACTION_FAULTS || !name_find(DEEDS, DEED_COUNT, words[0], &deed) ||
        sscanf(words[1], "kiosk=%u", &out->kiosk) != 1 || sscanf(words[2], "card=%u", &out->card) != 1 ||
        sscanf(words[3], "arg=%u", &out->arg) != 1 ||
        sscanf(words[4], "salt=%" G_GINT64_MODIFIER "x", &out->salt) != 1)
        return false;
    out->deed = (enum deed)deed;
    for (guint i = 5; i < count; i++)
        if (!fault_parse(words[i], &out->faults[i - 5]))
            return false;
    return true;
}

char *town_text(const struct town *town)
{
    return g_strdup_printf("town kiosks=%u cards=%u tight=%d lying=%d nodes=%d", town->kiosks, town->cards, town->tight_limits,
                           town->lying_disks, town->two_nodes ? 2 : 1);
}

bool town_parse(const char *line, struct town *out)
{
    int tight = 0, lying = 0, nodes = 0;

    memset(out, 0, sizeof *out);
    if (sscanf(line, "town kiosks=%u cards=%u tight=%d lying=%d nodes=%d", &out->kiosks, &out->cards, &tight, &lying, &nodes) != 5)
        return false;
    out->tight_limits = tight != 0;
    out->lying_disks = lying != 0;
    out->two_nodes = nodes == 2;
    return true;
}
