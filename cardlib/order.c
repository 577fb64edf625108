/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of asking follows what this reader saw most (struct cc_history), with one rule above it: a card may carry T-Union
 * beside a city's application, and its identity is then T-Union's, whatever the order. So T-Union is asked before every family
 * that may lie beside it, and only families that never do may come first.
 */
#include "recognise.h"

#include <string.h>

#define HISTORY_MAX 1000 /* then all counts are halved: the reader follows a change of its neighbourhood */

bool cc_same_name(const struct cc_select_desc *a, const struct cc_select_desc *b)
{
    return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static bool probe_finds(const struct cc_probe *probe, const struct cc_family_desc *desc)
{
    switch (probe->kind) {
    case CC_PROBE_NAME:
        return desc->select.name_len > 0 && cc_same_name(&desc->select, &probe->desc->select);
    case CC_PROBE_MASTER:
        return desc == probe->desc;
    case CC_PROBE_FILE:
        return desc->select.file == probe->desc->select.file;
    }
    return false;
}

static bool is_known_probe(const struct cc_probe *probes, size_t count, enum cc_probe_kind kind,
                           const struct cc_family_desc *desc)
{
    for (size_t i = 0; i < count; i++) {
        if (probes[i].kind == kind && probe_finds(&probes[i], desc))
            return true;
    }
    return false;
}

static size_t add_probes(enum cc_probe_kind kind, bool also_by_file, struct cc_probe *probes, size_t count)
{
    for (size_t i = 0; i < cc_family_desc_count && count < CC_PROBES_MAX; i++) {
        const struct cc_family_desc *desc = cc_family_descs[i];
        const struct cc_select_desc *select = &desc->select;
        bool fits = kind == CC_PROBE_NAME     ? select->name_len > 0 && (select->file != 0) == also_by_file
                    : kind == CC_PROBE_MASTER ? select->master_sfi != 0
                                              : select->file != 0;
        if (fits && !is_known_probe(probes, count, kind, desc))
            probes[count++] = (struct cc_probe){.kind = kind, .desc = desc};
    }
    return count;
}

/* How often this question would have found this family. Beijing by its own EF costs two commands less than by file 1001. */
static uint32_t found_by(const struct cc_history *history, const struct cc_probe *probe, const struct cc_family_desc *desc)
{
    uint32_t seen = history->seen[desc->family], by_file = history->by_file[desc->family];
    if (!probe_finds(probe, desc) || by_file > seen)
        return 0;
    switch (probe->kind) {
    case CC_PROBE_NAME:
        return seen - by_file;
    case CC_PROBE_MASTER:
        return seen;
    case CC_PROBE_FILE:
        return desc->select.master_sfi == 0 ? by_file : 0;
    }
    return 0;
}

static void weigh(const struct cc_history *history, struct cc_probe *probes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cc_family_desc_count; k++)
            probes[i].weight += found_by(history, &probes[i], cc_family_descs[k]);
    }
}

/* Stable, so that equal weights keep the order of the descriptions. */
static void sort_by_weight(struct cc_probe *probes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct cc_probe probe = probes[i];
        size_t k = i;
        for (; k > 0 && probes[k - 1].weight < probe.weight; k--)
            probes[k] = probes[k - 1];
        probes[k] = probe;
    }
}

bool cc_probe_finds_beside(const struct cc_probe *probe)
{
    for (size_t i = 0; i < cc_family_desc_count; i++) {
        if (cc_family_descs[i]->beside_t_union && probe_finds(probe, cc_family_descs[i]))
            return true;
    }
    return false;
}

/* The one rule above the counts: T-Union before any question that could find a family lying beside it. */
static void put_identity_first(struct cc_probe *probes, size_t count)
{
    size_t first = 0, t_union = 0;
    while (first < count && !cc_probe_finds_beside(&probes[first]))
        first++;
    while (t_union < count && probes[t_union].desc->family != CC_FAMILY_T_UNION)
        t_union++;
    if (t_union >= count || t_union < first)
        return;
    struct cc_probe probe = probes[t_union];
    for (size_t i = t_union; i > first; i--)
        probes[i] = probes[i - 1];
    probes[first] = probe;
}

size_t cc_probe_order(const struct cc_history *history, struct cc_probe probes[CC_PROBES_MAX])
{
    size_t count = add_probes(CC_PROBE_NAME, false, probes, 0);
    count = add_probes(CC_PROBE_MASTER, false, probes, count);
    count = add_probes(CC_PROBE_FILE, false, probes, count);
    count = add_probes(CC_PROBE_NAME, true, probes, count);
    if (history) {
        weigh(history, probes, count);
        sort_by_weight(probes, count);
        put_identity_first(probes, count);
    }
    return count;
}

void cc_history_note(struct cc_history *history, enum cc_family family, bool by_file)
{
    if (!history || (unsigned)family >= CC_FAMILIES)
        return;
    if (history->seen[family] >= HISTORY_MAX) {
        for (size_t i = 0; i < CC_FAMILIES; i++) {
            history->seen[i] /= 2;
            history->by_file[i] /= 2;
        }
    }
    history->seen[family] += 1;
    history->by_file[family] += by_file;
}
