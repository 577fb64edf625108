/* SPDX-License-Identifier: Apache-2.0 */
/* citycard readers: every reader, its state, and what is in it. */
#include "cli.h"

#include <string.h>

#define LOOK_MS 300

/* The word for what is in a slot; NULL when there is nothing to say. */
static const char *holds_name(const struct slot *slot)
{
    if (slot->holds == HOLDS_SAM)
        return "sam";
    if (slot->holds == HOLDS_CARD)
        return slot->result == CC_CARD_BLOCKED ? "blocked-card" : cc_family_name(slot->card.family);
    if (slot->result == CC_NO_IDENTITY)
        return cc_family_name(slot->card.family);
    return slot->result == CC_ERR_UNSUPPORTED ? "unknown-card" : NULL;
}

static json_t *reader_json(const struct cc_reader *reader, const struct slot *slot)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", json_text(reader->name));
    json_object_set_new(object, "state", json_string(cc_reader_state_name(reader->state)));
    json_object_set_new(object, "atr",
                        reader->atr_len > 0 ? json_hex(reader->atr, reader->atr_len) : json_null());
    json_object_set_new(object, "events", json_integer(reader->events));
    const char *holds = holds_name(slot);
    json_object_set_new(object, "holds", holds != NULL ? json_string(holds) : json_null());
    return object;
}

static void reader_line(const struct cc_reader *reader, const struct slot *slot)
{
    char name[CC_READER_NAME_SIZE], atr[2 * CC_ATR_MAX + 1];
    clean_text(reader->name, name, sizeof name);
    cc_hex(reader->atr, reader->atr_len, atr, sizeof atr);
    const char *holds = holds_name(slot);
    printf("%-32s %-8s %-14s %s\n", name, cc_reader_state_name(reader->state), holds != NULL ? holds : "",
           atr);
}

/* The first picture that has readers, or the last one when the time is over. */
static int take_picture(const struct options *options, struct cc_reader_list *list)
{
    struct cc_monitor *monitor = NULL;
    int result = cc_monitor_new(&monitor);
    if (result != CC_OK)
        return result;
    unsigned step_ms = 100;
    for (unsigned waited_ms = 0;; waited_ms += step_ms) {
        result = cc_monitor_wait(monitor, step_ms, list);
        if (result < 0 || list->count > 0 || waited_ms >= options->wait_ms)
            break;
    }
    cc_monitor_free(monitor);
    return result < 0 ? result : CC_OK;
}

int command_readers(const struct options *options)
{
    struct cc_reader_list list;
    int result = take_picture(options, &list);
    if (result == CC_OK && list.service == CC_READER_NO_SERVICE)
        result = CC_ERR_NO_SERVICE;
    if (result == CC_OK && list.count == 0)
        return report(options,
                      (struct problem){"NO_READER", "There is no reader", "plug one in", EXIT_ABSENT});
    if (result != CC_OK)
        return report_result(options, result);

    size_t shown = 0;
    json_t *readers = json_array();
    for (size_t i = 0; i < list.count; i++) {
        if (options->reader != NULL && strcmp(options->reader, list.readers[i].name) != 0)
            continue;
        struct slot slot = {0};
        if (list.readers[i].state == CC_READER_CARD)
            slot_probe(list.readers[i].name, LOOK_MS, &slot);
        if (options->json)
            json_array_append_new(readers, reader_json(&list.readers[i], &slot));
        else
            reader_line(&list.readers[i], &slot);
        shown++;
    }
    if (shown == 0) {
        json_decref(readers);
        return report_result(options, CC_ERR_NO_READER);
    }
    if (options->json)
        return print_json(
            json_pack("{s:s,s:b,s:o}", "service", "ready", "full", list.full, "readers", readers));
    json_decref(readers);
    if (list.full)
        fprintf(stderr, "citycard: these are as many readers as pcscd shows; there may be more.\n");
    return finish_output();
}
