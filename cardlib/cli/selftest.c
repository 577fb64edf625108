/* SPDX-License-Identifier: Apache-2.0 */
/* citycard selftest: is everything here that reading and paying take? Nothing is written to any card. */
#include "cli.h"
#include "vectors.h"

#include <string.h>

#define LOOK_MS 1500 /* for a reader that somebody holds: on a busy machine the last program may only just have left it */

enum outcome { GOOD, ABSENT, BAD };

struct selftest {
    const struct options *options;
    json_t *checks;
    enum outcome worst;
    bool sam_seen;
};

static void say(struct selftest *test, const char *name, enum outcome outcome, const char *detail)
{
    static const char *const words[] = {"ok", "absent", "failed"};
    char clean_name[CC_READER_NAME_SIZE + 16], clean[256];
    clean_text(name, clean_name, sizeof clean_name);
    clean_text(detail, clean, sizeof clean);
    if (outcome > test->worst)
        test->worst = outcome;
    if (test->options->json)
        json_array_append_new(test->checks, json_pack("{s:s,s:s,s:s}", "name", clean_name, "state",
                                                      words[outcome], "detail", clean));
    else
        printf("%-6s  %-36s %s\n", words[outcome], clean_name, clean);
}

/* ---- Arithmetic -------------------------------------------------------------------------------------------------- */

static void check_vectors(struct selftest *test)
{
    static const char *const sets[][2] = {
        {"V1", "load, tutorial"},   {"V2", "purchase, tutorial"},
        {"V3", "load, real card"},  {"V4", "compound purchase, real card"},
        {"V5", "secure messaging"}, {"V6", "whole chain from a master key"}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char name[16], detail[96];
        unsigned good, all;
        vectors_check(&cc_suite_3des, sets[i][0], &good, &all);
        snprintf(name, sizeof name, "vector %s", sets[i][0]);
        snprintf(detail, sizeof detail, "%s: %u of %u values", sets[i][1], good, all);
        say(test, name, good == all && all > 0 ? GOOD : BAD, detail);
    }
}

static void check_suite(struct selftest *test, const struct cc_suite *suite)
{
    char name[32];
    bool handed_out = false;
    for (unsigned algorithm = 0; algorithm <= UINT8_MAX; algorithm++)
        handed_out |= cc_suite_for((uint8_t)algorithm) == suite;
    snprintf(name, sizeof name, "suite %s", suite->name);
    /* A suite that is not usable may not be handed out, and the other way round. */
    say(test, name, handed_out == suite->usable ? GOOD : BAD,
        suite->usable ? "usable" : "written down, not used: no issuer's vector is public");
}

/* ---- Readers ----------------------------------------------------------------------------------------------------- */

static void check_sam(struct selftest *test, const char *reader)
{
    char detail[128], name[CC_READER_NAME_SIZE + 16], terminal[13], to[DATE_SIZE];
    struct cc_link *link = NULL;
    struct cc_sam sam;
    int result = cc_link_open(&link, reader, CC_SHARE_EXCLUSIVE, LOOK_MS);
    if (result == CC_OK)
        result = cc_sam_open(&sam, cc_link_channel(link), today());
    cc_link_close(link, false);
    snprintf(name, sizeof name, "psam in %s", reader);
    if (result != CC_OK) {
        say(test, name, BAD, problem_of(result).message);
        return;
    }
    cc_hex(sam.terminal, sizeof sam.terminal, terminal, sizeof terminal);
    snprintf(detail, sizeof detail, "terminal %s, key index %u, valid to %s", terminal, sam.key_index,
             date_text(sam.valid_to, to) ? to : "unknown");
    say(test, name, GOOD, detail);
}

static void check_reader(struct selftest *test, const struct cc_reader *reader)
{
    struct slot slot = {0};
    if (reader->state == CC_READER_CARD)
        slot_probe(reader->name, LOOK_MS, &slot);
    bool known = slot.holds == HOLDS_CARD || slot.result == CC_NO_IDENTITY;
    const char *what = reader->state != CC_READER_CARD ? cc_reader_state_name(reader->state)
                       : slot.holds == HOLDS_SAM       ? "sam"
                       : known                         ? cc_family_name(slot.card.family)
                                                       : problem_of(slot.result).message;
    bool bad = reader->state == CC_READER_MUTE || (reader->state == CC_READER_CARD && slot.result < 0);
    say(test, reader->name, bad ? BAD : GOOD, what);
    if (slot.holds == HOLDS_SAM &&
        (test->options->sam == NULL || strcmp(test->options->sam, reader->name) == 0)) {
        test->sam_seen = true;
        check_sam(test, reader->name);
    }
}

static void check_service(struct selftest *test)
{
    static struct cc_reader_list list;
    struct cc_monitor *monitor = NULL;
    int result = cc_monitor_new(&monitor);
    uint64_t deadline_ms = now_ms() + test->options->wait_ms;
    while (result == CC_OK) {
        result = cc_monitor_wait(monitor, 100, &list);
        result = result == CC_TIMEOUT ? CC_OK : result;
        if (list.count > 0 || now_ms() >= deadline_ms)
            break;
    }
    cc_monitor_free(monitor);
    bool there = result == CC_OK && list.service != CC_READER_NO_SERVICE;
    say(test, "service",
        result != CC_OK ? BAD
        : there         ? GOOD
                        : ABSENT,
        there ? "ready" : problem_of(result != CC_OK ? result : CC_ERR_NO_SERVICE).message);
    if (!there)
        return;
    if (list.count == 0)
        say(test, "readers", ABSENT, "no reader is plugged in");
    for (size_t i = 0; i < list.count; i++)
        check_reader(test, &list.readers[i]);
    if (!test->sam_seen)
        say(test, "psam", ABSENT,
            "no slot holds the operator's security module: cards can be read but not charged");
}

int command_selftest(const struct options *options)
{
    struct selftest test = {.options = options, .checks = json_array()};
    check_vectors(&test);
    check_suite(&test, &cc_suite_3des);
    check_suite(&test, &cc_suite_sm4);
    check_service(&test);
    int code = test.worst == BAD ? EXIT_CARD : test.worst == ABSENT ? EXIT_ABSENT : EXIT_OK;
    int written = EXIT_OK;
    if (options->json)
        written = print_json(json_pack("{s:b,s:O}", "ok", code == EXIT_OK, "checks", test.checks));
    else
        written = finish_output();
    json_decref(test.checks);
    return written != EXIT_OK ? written : code;
}
