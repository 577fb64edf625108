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

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static json_t *log_json(const struct vc_card_state *state)
{
    json_t *list = json_array();
    for (size_t i = 0; i < state->log_count; i++) {
        const uint8_t *record = state->log[i];
        json_array_append_new(list,
                              json_pack("{s:i,s:i,s:I,s:o,s:o,s:o}", "counter", record[0] << 8 | record[1],
                                        "type", record[9], "amount_fen", (json_int_t)get32(record + 5),
                                        "terminal", hex_json(record + 10, 6), "date",
                                        hex_json(record + 16, 4), "time", hex_json(record + 20, 3)));
    }
    return list;
}

static json_t *card_json(const struct vc_drawer *drawer)
{
    const struct vc_card_state *state = &drawer->card.state;
    char number[21];
    vc_hex(state->ef15 + 10, 10, number, sizeof(number));
    json_t *proof = json_pack("{s:i,s:i,s:o,s:o}", "type", state->proof.type, "counter", state->proof.counter,
                              "mac", hex_json(state->proof.mac, 4), "tac", hex_json(state->proof.tac, 4));
    return json_pack("{s:s,s:s,s:I,s:I,s:i,s:i,s:i,s:i,s:i,s:b,s:o,s:o}", "key", drawer->persona->key,
                     "card_number", number + 1, "commits", (json_int_t)state->commits, "balance_fen",
                     (json_int_t)state->balance_fen, "offline_counter", state->offline_counter,
                     "online_counter", state->online_counter, "tries", state->tries, "block",
                     (int)state->block, "log_length", (int)state->log_count, "chaining",
                     drawer->card.transport.chaining, "proof", proof, "log", log_json(state));
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

static json_t *status_json(const struct vc_bench *bench)
{
    json_t *root = bench->inserted ? card_json(bench->inserted) : json_object();
    json_object_del(root, "log");
    json_object_del(root, "proof");
    json_object_set_new(root, "card",
                        bench->inserted ? json_string(bench->inserted->persona->key) : json_null());
    json_object_set_new(root, "commands", json_integer((json_int_t)bench->card_slot.faults.commands));
    json_object_set_new(root, "card_slot", slot_json(&bench->card_slot));
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

static char *do_insert(struct call *call)
{
    struct vc_drawer *drawer;
    char *error = find_or_error(call, 1, &drawer);
    if (error)
        return error;
    if (call->bench->inserted == drawer)
        return answer("ok %s", drawer->persona->key);
    if (call->bench->inserted)
        return answer("error %s is in: remove it, or use swap", call->bench->inserted->persona->key);
    vc_bench_insert(call->bench, drawer, 0);
    return answer("ok %s", drawer->persona->key);
}

static char *do_remove(struct call *call)
{
    vc_bench_remove(call->bench);
    return answer("ok");
}

static char *do_swap(struct call *call)
{
    struct vc_drawer *drawer;
    long long gap_ms = 0;
    char *error = find_or_error(call, 1, &drawer);
    if (error)
        return error;
    if (call->count > 2 && !vc_number(word(call, 2), 0, 600000, &gap_ms))
        return answer("error gap in ms: 0 to 600000");
    vc_bench_insert(call->bench, drawer, (unsigned)gap_ms);
    return answer("ok %s", drawer->persona->key);
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
    struct vc_faults *faults = sam ? &call->bench->sam_slot.faults : &call->bench->card_slot.faults;
    if (!sam && strcmp(word(call, 1), "card") != 0)
        return answer("error fault card|sam KIND [NAME=VALUE]…");
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
    vc_faults_clear(&call->bench->card_slot.faults);
    vc_faults_clear(&call->bench->sam_slot.faults);
    return answer("ok");
}

static char *do_chaining(struct call *call)
{
    bool on = strcmp(word(call, 1), "on") == 0, sam = strcmp(word(call, 2), "sam") == 0;
    struct vc_drawer *drawer = call->bench->inserted;
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

static bool set_field(struct vc_card_state *state, const char *field, long long value)
{
    if (strcmp(field, "balance_fen") == 0 && value <= INT32_MAX)
        state->balance_fen = (uint32_t)value;
    else if (strcmp(field, "offline_counter") == 0 && value <= UINT16_MAX)
        state->offline_counter = (uint16_t)value;
    else if (strcmp(field, "online_counter") == 0 && value <= UINT16_MAX)
        state->online_counter = (uint16_t)value;
    else if (strcmp(field, "tries") == 0 && value <= VC_PIN_TRIES)
        state->tries = (uint8_t)value;
    else if (strcmp(field, "block") == 0 && value <= VC_BLOCKED_FOR_EVER)
        state->block = (enum vc_block)value;
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
    if (!vc_store_save_card(&call->bench->store, drawer->persona->key, &next))
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
    {"insert", 2, 2, do_insert}, {"remove", 1, 1, do_remove},     {"swap", 2, 3, do_swap},
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
