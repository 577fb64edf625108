/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"
#include "hex.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 24

static char *answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *answer(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return text;
}

/* Takes over `root`. */
static char *answer_json(json_t *root)
{
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    char *line = text ? answer("ok %s", text) : answer("error out of memory");
    free(text);
    json_decref(root);
    return line;
}

/* ---- JSON of what there is ------------------------------------------------------------------------------------------ */

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
    char hex[129];
    return json_string(vc_hex(bytes, len, hex, sizeof(hex)));
}

/* The purse log of the first purse; other files are read as a terminal reads them. */
static json_t *log_json(const struct vc_card *card)
{
    json_t *list = json_array();
    uint8_t log = card->profile.purse_count ? card->profile.purses[0].log : VC_NONE;
    size_t len = 0;
    const uint8_t *record;
    for (size_t i = 1; (record = vc_state_record(&card->profile, &card->state, log, i, &len)); i++) {
        if (len < VC_LOG_SIZE)
            continue;
        json_array_append_new(list,
                              json_pack("{s:i,s:i,s:I,s:o,s:o,s:o}", "counter", record[0] << 8 | record[1],
                                        "type", record[9], "amount_fen", (json_int_t)vc_get32(record + 5),
                                        "terminal", hex_json(record + 10, 6), "date",
                                        hex_json(record + 16, 4), "time", hex_json(record + 20, 3)));
    }
    return list;
}

static json_t *card_json(const struct vc_drawer *drawer)
{
    const struct vc_card_state *state = &drawer->card.state;
    const struct vc_purse_state *purse = &state->purses[0];
    json_t *log = log_json(&drawer->card);
    json_t *proof = json_pack("{s:i,s:i,s:o,s:o}", "type", purse->proof.type, "counter", purse->proof.counter,
                              "mac", hex_json(purse->proof.mac, 4), "tac", hex_json(purse->proof.tac, 4));
    return json_pack("{s:s,s:s,s:I,s:I,s:i,s:i,s:i,s:i,s:i,s:b,s:o,s:o}", "key", drawer->key, "card_number",
                     drawer->number, "commits", (json_int_t)state->commits, "balance_fen",
                     (json_int_t)purse->balance_fen, "offline_counter", purse->offline_counter,
                     "online_counter", purse->online_counter, "tries", state->pins[0].tries, "block",
                     state->blocks[1], "log_length", (int)json_array_size(log), "chaining",
                     drawer->card.transport.chaining, "proof", proof, "log", log);
}

static json_t *faults_json(const struct vc_slot *slot)
{
    json_t *list = json_array();
    for (size_t i = 0; i < slot->faults.count; i++) {
        const struct vc_fault *fault = &slot->faults.items[i];
        json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:i}", "kind", vc_fault_name(fault->kind), "at",
                                              (int)fault->at, "seen", (int)fault->seen, "fired",
                                              (int)fault->fired));
    }
    return list;
}

static json_t *slot_json(const struct vc_slot *slot)
{
    return json_pack("{s:b,s:b,s:b,s:I,s:o}", "in", slot->device.model != NULL, "seen", slot->link.seen,
                     "powered", slot->link.powered, "commands", (json_int_t)slot->faults.commands, "faults",
                     faults_json(slot));
}

static json_t *drawer_key(const struct vc_slot *slot)
{
    return slot->drawer ? json_string(slot->drawer->key) : json_null();
}

/* The first slot by itself, as most benches have no other; all of them in "slots". */
static json_t *status_json(const struct vc_bench *bench)
{
    const struct vc_slot *first = &bench->card_slots[0];
    json_t *root = first->drawer ? card_json(first->drawer) : json_object(), *slots = json_array();
    json_object_del(root, "log");
    json_object_del(root, "proof");
    json_object_set_new(root, "card", drawer_key(first));
    json_object_set_new(root, "commands", json_integer((json_int_t)first->faults.commands));
    json_object_set_new(root, "card_slot", slot_json(first));
    for (size_t i = 0; i < bench->card_slot_count && bench->card_slot_count > 1; i++) {
        json_t *slot = slot_json(&bench->card_slots[i]);
        json_object_set_new(slot, "card", drawer_key(&bench->card_slots[i]));
        json_array_append_new(slots, slot);
    }
    json_object_set_new(root, "slots", slots);
    json_t *sam = slot_json(&bench->sam_slot);
    json_object_set_new(sam, "terminal_serial", json_integer(bench->sam.state.terminal_serial));
    json_object_set_new(root, "sam", sam);
    return root;
}

/* ---- The lines -------------------------------------------------------------------------------------------------------- */

struct call {
    struct vc_bench *bench;
    char **words;
    size_t count;
    bool quit;
};

static const char *word(const struct call *call, size_t index)
{
    return index < call->count ? call->words[index] : "";
}

static char *find_or_error(struct call *call, size_t index, struct vc_drawer **drawer)
{
    *drawer = vc_bench_find(call->bench, word(call, index));
    return *drawer ? NULL : answer("error no card \"%s\"", word(call, index));
}

/* The slot that a word names; the first one when there is no such word. */
static char *slot_or_error(struct call *call, size_t index, struct vc_slot **slot)
{
    long long number = 0;
    if (index < call->count &&
        !vc_number(word(call, index), 0, (long long)call->bench->card_slot_count - 1, &number))
        return answer("error no slot \"%s\"", word(call, index));
    *slot = &call->bench->card_slots[number];
    return NULL;
}

/* A card lies on one reader only. */
static char *elsewhere_or_error(const struct call *call, const struct vc_drawer *drawer,
                                const struct vc_slot *slot)
{
    if (!drawer->slot || drawer->slot == slot)
        return NULL;
    return answer("error %s is in slot %d", drawer->key, (int)(drawer->slot - call->bench->card_slots));
}

static char *do_insert(struct call *call)
{
    struct vc_drawer *drawer;
    struct vc_slot *slot = NULL;
    char *error = find_or_error(call, 1, &drawer);
    if (!error)
        error = slot_or_error(call, 2, &slot);
    if (!error)
        error = elsewhere_or_error(call, drawer, slot);
    if (error)
        return error;
    if (slot->drawer == drawer)
        return answer("ok %s", drawer->key);
    if (slot->drawer)
        return answer("error %s is in: remove it, or use swap", slot->drawer->key);
    vc_bench_insert(slot, drawer, 0);
    return answer("ok %s", drawer->key);
}

static char *do_remove(struct call *call)
{
    struct vc_slot *slot = NULL;
    char *error = slot_or_error(call, 1, &slot);
    if (error)
        return error;
    vc_bench_remove(slot);
    return answer("ok");
}

static char *do_swap(struct call *call)
{
    struct vc_drawer *drawer;
    struct vc_slot *slot = NULL;
    long long gap_ms = 0;
    char *error = find_or_error(call, 1, &drawer);
    if (!error)
        error = slot_or_error(call, 3, &slot);
    if (!error)
        error = elsewhere_or_error(call, drawer, slot);
    if (error)
        return error;
    if (call->count > 2 && !vc_number(word(call, 2), 0, 600000, &gap_ms))
        return answer("error gap in ms: 0 to 600000");
    vc_bench_insert(slot, drawer, (unsigned)gap_ms);
    return answer("ok %s", drawer->key);
}

static char *do_sam(struct call *call)
{
    if (strcmp(word(call, 1), "reset") == 0)
        vc_sam_power(&call->bench->sam);
    else if (strcmp(word(call, 1), "on") == 0)
        vc_bench_sam(call->bench, true);
    else if (strcmp(word(call, 1), "off") == 0)
        vc_bench_sam(call->bench, false);
    else
        return answer("error sam on|off|reset");
    return answer("ok");
}

static char *do_fault(struct call *call)
{
    char error[128];
    bool sam = strcmp(word(call, 1), "sam") == 0;
    long long number = 0, last = (long long)call->bench->card_slot_count - 1;
    const char *digits = strncmp(word(call, 1), "card", 4) == 0 ? word(call, 1) + 4 : "?";
    if (!sam && digits[0] && !vc_number(digits, 0, last, &number))
        return answer("error fault card|card0…|sam KIND [NAME=VALUE]…");
    struct vc_faults *faults = sam ? &call->bench->sam_slot.faults : &call->bench->card_slots[number].faults;
    if (!vc_faults_arm(faults, call->words + 2, call->count - 2, error, sizeof(error)))
        return answer("error %s", error);
    struct vc_fault *fault = &faults->items[faults->count - 1];
    bool nobody = fault->kind == VC_FAULT_SWAP && !vc_bench_find(call->bench, fault->key);
    if (nobody || (sam && (fault->kind == VC_FAULT_SWAP || fault->kind == VC_FAULT_MAC2))) {
        faults->count--;
        return nobody ? answer("error no card \"%s\"", fault->key) : answer("error not for the PSAM");
    }
    if (fault->kind == VC_FAULT_GARBAGE)
        fprintf(stderr, "garbage with seed=%llu\n", (unsigned long long)fault->seed);
    return answer("ok");
}

static char *do_faults(struct call *call)
{
    if (strcmp(word(call, 1), "clear") != 0)
        return answer("error faults clear");
    for (size_t i = 0; i < call->bench->card_slot_count; i++)
        vc_faults_clear(&call->bench->card_slots[i].faults);
    vc_faults_clear(&call->bench->sam_slot.faults);
    return answer("ok");
}

static char *do_chaining(struct call *call)
{
    bool on = strcmp(word(call, 1), "on") == 0, sam = strcmp(word(call, 2), "sam") == 0;
    struct vc_drawer *drawer = call->bench->card_slots[0].drawer;
    if (!on && strcmp(word(call, 1), "off") != 0)
        return answer("error chaining on|off [KEY|sam]");
    if (call->count > 2 && !sam) {
        char *error = find_or_error(call, 2, &drawer);
        if (error)
            return error;
    }
    if (!sam && !drawer)
        return answer("error no card is in: name one");
    struct vc_transport *transport = sam ? &call->bench->sam.transport : &drawer->card.transport;
    *transport = (struct vc_transport){.chaining = on};
    return answer("ok");
}

static char *do_status(struct call *call)
{
    return answer_json(status_json(call->bench));
}

static char *do_card(struct call *call)
{
    struct vc_drawer *drawer;
    char *error = find_or_error(call, 1, &drawer);
    return error ? error : answer_json(card_json(drawer));
}

/* Of the first purse, PIN and application. */
static bool set_field(struct vc_card_state *state, const char *field, long long value)
{
    if (strcmp(field, "balance_fen") == 0 && value <= INT32_MAX)
        state->balance_fen = (uint32_t)value;
    else if (strcmp(field, "offline_counter") == 0 && value <= UINT16_MAX)
        state->offline_counter = (uint16_t)value;
    else if (strcmp(field, "online_counter") == 0 && value <= UINT16_MAX)
        state->online_counter = (uint16_t)value;
    else if (strcmp(field, "tries") == 0 && value <= VC_PIN_TRIES)
        state->pins[0].tries = (uint8_t)value;
    else if (strcmp(field, "block") == 0 && value <= VC_BLOCKED_FOR_EVER)
        state->blocks[1] = (uint8_t)value;
    else
        return false;
    return true;
}

/* What the issuer, time or another terminal could have done to the card meanwhile. */
static char *do_set(struct call *call)
{
    struct vc_drawer *drawer;
    long long value;
    char *error = find_or_error(call, 1, &drawer);
    if (error)
        return error;
    struct vc_card_state next = drawer->card.state;
    if (!vc_number(word(call, 3), 0, INT32_MAX, &value) || !set_field(&next, word(call, 2), value))
        return answer("error set KEY balance_fen|offline_counter|online_counter|tries|block NUMBER");
    next.commits++;
    if (!vc_store_save_card(&call->bench->store, &drawer->card.profile, drawer->key, &next))
        return answer("error cannot write the state");
    drawer->card.state = next;
    return answer("ok");
}

static char *do_quit(struct call *call)
{
    call->quit = true;
    return answer("ok");
}

static const struct {
    const char *name;
    size_t words_min, words_max;
    char *(*run)(struct call *call);
} lines[] = {
    {"insert", 2, 3, do_insert}, {"remove", 1, 2, do_remove},     {"swap", 2, 4, do_swap},
    {"sam", 2, 2, do_sam},       {"fault", 3, 20, do_fault},      {"faults", 2, 2, do_faults},
    {"status", 1, 1, do_status}, {"chaining", 2, 3, do_chaining}, {"card", 2, 2, do_card},
    {"set", 4, 4, do_set},       {"quit", 1, 1, do_quit},
};

char *vc_control_answer(struct vc_bench *bench, const char *line, bool *quit)
{
    char copy[VC_LINE_MAX], *words[WORDS_MAX], *rest = copy, *next;
    struct call call = {bench, words, 0, false};
    snprintf(copy, sizeof(copy), "%s", line);
    while (call.count < WORDS_MAX && (next = strsep(&rest, " \t\r")))
        if (*next)
            words[call.count++] = next;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (strcmp(word(&call, 0), lines[i].name) != 0)
            continue;
        if (call.count < lines[i].words_min || call.count > lines[i].words_max)
            return answer("error wrong number of words after \"%s\"", lines[i].name);
        char *text = lines[i].run(&call);
        *quit = *quit || call.quit;
        return text;
    }
    return answer("error unknown command \"%s\"", word(&call, 0));
}
