/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"
#include "hex.h"

#include <stdio.h>
#include <string.h>

enum { INS_DEBIT = 0x54, HOLD_MS = 300, GARBAGE_USUAL = 300 };

/* ---- Devices ------------------------------------------------------------------------------------------------------ */

static enum vc_outcome card_transmit(void *model, const uint8_t *command, size_t len, uint8_t *answer,
                                     size_t room, size_t *answer_len)
{
    return vc_card_transmit(model, command, len, answer, room, answer_len);
}

static void card_power(void *model)
{
    vc_card_power(model);
}

struct vc_device vc_card_device(struct vc_card *card)
{
    return (struct vc_device){card, card_transmit, card_power, &card->lose_power_at_commit,
                              &card->spoil_mac2};
}

static enum vc_outcome sam_transmit(void *model, const uint8_t *command, size_t len, uint8_t *answer,
                                    size_t room, size_t *answer_len)
{
    return vc_sam_transmit(model, command, len, answer, room, answer_len);
}

static void sam_power(void *model)
{
    vc_sam_power(model);
}

struct vc_device vc_sam_device(struct vc_sam *sam)
{
    return (struct vc_device){sam, sam_transmit, sam_power, &sam->lose_power_at_commit, NULL};
}

/* ---- Arming ------------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = {"pull-before", "pull-after", "drop", "empty", "cut",   "promise", "delay",
                                    "swap",        "garbage",    "mac2", "flip",  "reset", "sw"};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const char *vc_fault_name(enum vc_fault_kind kind)
{
    return (size_t)kind < KIND_COUNT ? kinds[kind] : "unknown";
}

static bool parse_unsigned(const char *value, long long lowest, long long highest, unsigned *out)
{
    long long number;
    if (!vc_number(value, lowest, highest, &number))
        return false;
    *out = (unsigned)number;
    return true;
}

static bool parse_bytes(const char *value, struct vc_fault *fault)
{
    long long number;
    fault->has_bytes = vc_number(value, 0, VC_ANSWER_MAX, &number);
    fault->bytes = fault->has_bytes ? (size_t)number : 0;
    return fault->has_bytes;
}

static bool parse_hex(const char *value, uint8_t *out, size_t size)
{
    size_t len = 0;
    return vc_unhex(value, out, size, &len) && len == size;
}

static bool parse_back(const char *value, struct vc_fault *fault)
{
    unsigned ms = 0;
    if (strcmp(value, "out") == 0) {
        fault->back_ms = VC_STAYS_OUT;
        return true;
    }
    bool good = parse_unsigned(value, 0, 600000, &ms);
    fault->back_ms = (int)ms;
    return good;
}

static bool parse_seed(const char *value, struct vc_fault *fault)
{
    long long number;
    bool good = vc_number(value, 0, INT64_MAX, &number);
    fault->seed = good ? (uint64_t)number : 0;
    return good;
}

/* One NAME=VALUE. */
static bool parse_option(struct vc_fault *fault, const char *name, const char *value)
{
    uint8_t bytes[2];
    bool good = false;
    if (strcmp(name, "at") == 0)
        return parse_unsigned(value, 1, 1000000, &fault->at);
    if (strcmp(name, "repeat") == 0)
        return strcmp(value, "all") == 0 ? (fault->repeat = 0, true)
                                         : parse_unsigned(value, 1, 1000000, &fault->repeat);
    if (strcmp(name, "ms") == 0)
        return parse_unsigned(value, 0, 600000, &fault->ms);
    if (strcmp(name, "gap") == 0)
        return parse_back(value, fault) && fault->back_ms >= 0;
    if (strcmp(name, "byte_us") == 0)
        return parse_unsigned(value, 0, 1000000, &fault->byte_us);
    if (strcmp(name, "bytes") == 0 || strcmp(name, "byte") == 0)
        return parse_bytes(value, fault);
    if (strcmp(name, "back") == 0)
        return parse_back(value, fault);
    if (strcmp(name, "seed") == 0)
        return parse_seed(value, fault);
    if (strcmp(name, "when") == 0) {
        fault->swap_before = strcmp(value, "before") == 0;
        return fault->swap_before || strcmp(value, "after") == 0;
    }
    if (strcmp(name, "key") == 0)
        return (size_t)snprintf(fault->key, sizeof(fault->key), "%s", value) < sizeof(fault->key);
    if (strcmp(name, "ins") == 0 && (good = parse_hex(value, bytes, 1)))
        fault->ins = bytes[0];
    else if (strcmp(name, "sw") == 0 && (good = parse_hex(value, bytes, 2)))
        fault->sw = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return good;
}

static bool parse_kind(const char *word, struct vc_fault *fault)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i], word) != 0)
            continue;
        fault->kind = (enum vc_fault_kind)i;
        if (fault->kind == VC_FAULT_MAC2)
            fault->ins = INS_DEBIT;
        if (fault->kind == VC_FAULT_PULL_BEFORE || fault->kind == VC_FAULT_PULL_AFTER)
            fault->back_ms = VC_STAYS_OUT;
        return true;
    }
    return false;
}

/* NULL, or the option that this kind cannot do without. */
static const char *missing(const struct vc_fault *fault)
{
    bool needs_bytes =
        fault->kind == VC_FAULT_CUT || fault->kind == VC_FAULT_PROMISE || fault->kind == VC_FAULT_FLIP;
    if (needs_bytes && !fault->has_bytes)
        return "bytes=";
    if (fault->kind == VC_FAULT_SWAP && !fault->key[0])
        return "key=";
    if (fault->kind == VC_FAULT_SW && !fault->sw)
        return "sw=";
    return NULL;
}

bool vc_faults_arm(struct vc_faults *faults, char *const words[], size_t count, char *error,
                   size_t error_size)
{
    struct vc_fault fault = {.ins = -1, .at = 1, .repeat = 1};
    if (count == 0 || !parse_kind(words[0], &fault)) {
        snprintf(error, error_size, "no such fault: %s", count ? words[0] : "");
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        char name[16];
        const char *equals = strchr(words[i], '=');
        size_t name_len = equals ? (size_t)(equals - words[i]) : 0;
        snprintf(name, sizeof(name), "%.*s", (int)name_len, words[i]);
        if (!equals || name_len >= sizeof(name) || !parse_option(&fault, name, equals + 1)) {
            snprintf(error, error_size, "cannot read %s", words[i]);
            return false;
        }
    }
    if (missing(&fault) || faults->count == VC_FAULTS_MAX) {
        snprintf(error, error_size, "%s", missing(&fault) ? missing(&fault) : "too many faults");
        return false;
    }
    faults->items[faults->count++] = fault;
    return true;
}

void vc_faults_clear(struct vc_faults *faults)
{
    memset(faults, 0, sizeof(*faults));
}

/* ---- Running -------------------------------------------------------------------------------------------------------- */

static bool fires(struct vc_fault *fault, const uint8_t *command, size_t len)
{
    if (fault->ins >= 0 && (len < 2 || command[1] != fault->ins))
        return false;
    fault->seen++;
    if (fault->seen < fault->at || (fault->repeat && fault->fired >= fault->repeat))
        return false;
    fault->fired++;
    return true;
}

static void go(struct vc_play *play, enum vc_wire wire, const struct vc_fault *fault)
{
    play->wire = wire;
    play->gone = true;
    play->back_ms = fault->back_ms;
}

/* splitmix64: the same bytes for the same seed everywhere. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void garbage(struct vc_fault *fault, struct vc_play *play)
{
    play->len = fault->has_bytes ? fault->bytes : next_random(&fault->seed) % GARBAGE_USUAL;
    for (size_t i = 0; i < play->len; i++)
        play->answer[i] = (uint8_t)next_random(&fault->seed);
}

/* Before the command: what changes its execution. False when it shall not be executed at all. */
static bool before(const struct vc_fault *fault, const struct vc_device *device, struct vc_play *play)
{
    if (fault->kind == VC_FAULT_PULL_BEFORE)
        *device->lose_power_at_commit = true;
    if (fault->kind == VC_FAULT_MAC2 && device->spoil_mac2)
        *device->spoil_mac2 = true;
    if (fault->kind == VC_FAULT_RESET)
        device->power(device->model);
    if (fault->kind == VC_FAULT_SW) {
        play->answer[0] = (uint8_t)(fault->sw >> 8);
        play->answer[1] = (uint8_t)fault->sw;
        play->len = 2;
    }
    return fault->kind != VC_FAULT_SW && !(fault->kind == VC_FAULT_SWAP && fault->swap_before);
}

/* After it: what happens to the answer. */
static void after(struct vc_fault *fault, struct vc_play *play)
{
    switch (fault->kind) {
    case VC_FAULT_PULL_BEFORE:
    case VC_FAULT_PULL_AFTER:
    case VC_FAULT_DROP:
        go(play, VC_WIRE_CLOSE, fault);
        break;
    case VC_FAULT_EMPTY:
        go(play, VC_WIRE_EMPTY, fault);
        play->hold_ms = fault->ms ? fault->ms : HOLD_MS;
        break;
    case VC_FAULT_CUT:
        play->len = fault->bytes < play->len ? fault->bytes : play->len;
        break;
    case VC_FAULT_PROMISE:
        go(play, VC_WIRE_CUT, fault);
        play->promised = play->len;
        play->len = fault->bytes < play->len ? fault->bytes : play->len - 1;
        break;
    case VC_FAULT_DELAY:
        play->delay_ms += fault->ms;
        play->byte_us += fault->byte_us;
        break;
    case VC_FAULT_SWAP:
        go(play, fault->swap_before ? VC_WIRE_CLOSE : VC_WIRE_WHOLE, fault);
        snprintf(play->swap_key, sizeof(play->swap_key), "%s", fault->key);
        break;
    case VC_FAULT_GARBAGE:
        garbage(fault, play);
        break;
    case VC_FAULT_FLIP:
        if (fault->bytes < play->len)
            play->answer[fault->bytes] ^= 0x01;
        break;
    case VC_FAULT_MAC2:
    case VC_FAULT_RESET:
    case VC_FAULT_SW:
        break;
    }
}

void vc_faults_run(struct vc_faults *faults, const struct vc_device *device, const uint8_t *command,
                   size_t len, struct vc_play *play)
{
    bool firing[VC_FAULTS_MAX], execute = true;
    *play = (struct vc_play){.wire = VC_WIRE_WHOLE, .back_ms = VC_STAYS_OUT};
    faults->commands++;
    for (size_t i = 0; i < faults->count; i++) {
        firing[i] = fires(&faults->items[i], command, len);
        if (firing[i])
            execute = before(&faults->items[i], device, play) && execute;
    }
    if (execute)
        device->transmit(device->model, command, len, play->answer, sizeof(play->answer), &play->len);
    /* A spoiled MAC2 is for one command, whether or not that was a DEBIT that went through. */
    *device->lose_power_at_commit = false;
    if (device->spoil_mac2)
        *device->spoil_mac2 = false;
    for (size_t i = 0; i < faults->count; i++)
        if (firing[i])
            after(&faults->items[i], play);
    if (play->gone)
        device->power(device->model);
}
