/* SPDX-License-Identifier: Apache-2.0 */
/*
 * citycard watch: one line for each change of the service, a reader or a card.
 *
 * The monitor tells that something is in a slot; what it is, only the card can say. It is asked once when it
 * comes; when another program keeps it busy or it goes away meanwhile, it is asked again each second until it
 * answers.
 */
#include "cli.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#define TICK_MS  200 /* at most this long after a signal */
#define PROBE_MS 300
#define AGAIN_MS 1000

struct seen {
    struct cc_reader reader;
    const char *label; /* what was printed last */
    char card_number[CC_CARD_NUMBER_SIZE];
    bool ask_again;
    bool present; /* still in the latest picture */
    uint64_t ask_at_ms;
};

struct watch {
    const struct options *options;
    unsigned long lines;
    int code;
    bool any_service;
    enum cc_reader_state service;
    size_t count;
    struct seen seen[CC_READERS_MAX];
};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static bool is_over(const struct watch *watch)
{
    return stopped || watch->code != EXIT_OK ||
           (watch->options->lines_max > 0 && watch->lines >= watch->options->lines_max);
}

/* ---- Printing ---------------------------------------------------------------------------------------------------- */

static void time_text(char *out, size_t out_size)
{
    struct timeval now;
    struct tm local;
    char day[32] = "", zone[8] = "";
    gettimeofday(&now, NULL);
    if (localtime_r(&now.tv_sec, &local) != NULL) {
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local);
        strftime(zone, sizeof zone, "%z", &local);
    }
    /* RFC 3339 wants a colon in the offset. */
    snprintf(out, out_size, "%s.%03ld%.3s:%s", day, (long)now.tv_usec / 1000, zone,
             zone[0] != '\0' ? zone + 3 : "");
}

static void say(struct watch *watch, json_t *object, const char *reader, const char *state, const char *more)
{
    if (is_over(watch)) {
        json_decref(object);
        return;
    }
    char time[48];
    time_text(time, sizeof time);
    watch->lines++;
    if (watch->options->json) {
        json_object_set_new(object, "time", json_string(time));
        watch->code = print_json(object);
        return;
    }
    json_decref(object);
    char clean[CC_READER_NAME_SIZE];
    clean_text(reader, clean, sizeof clean);
    printf("%s  %-28s %s%s%s\n", time, clean, state, more[0] != '\0' ? "  " : "", more);
    watch->code = finish_output();
}

static void say_service(struct watch *watch, enum cc_reader_state service, unsigned restarts)
{
    const char *state = service == CC_READER_EMPTY ? "ready" : cc_reader_state_name(service);
    json_t *object = json_object();
    json_object_set_new(object, "service", json_string(state));
    json_object_set_new(object, "restarts", json_integer(restarts));
    say(watch, object, "service", state, "");
}

static void say_reader(struct watch *watch, const struct seen *seen, const struct slot *slot)
{
    json_t *object = json_object();
    json_object_set_new(object, "reader", json_text(seen->reader.name));
    json_object_set_new(object, "state", json_string(seen->label));
    if (seen->reader.atr_len > 0 && strcmp(seen->label, "gone") != 0)
        json_object_set_new(object, "atr", json_hex(seen->reader.atr, seen->reader.atr_len));
    bool told = slot != NULL && (slot->holds == HOLDS_CARD || slot->result == CC_NO_IDENTITY);
    if (told)
        json_object_set_new(object, "family", json_string(cc_family_name(slot->card.family)));
    if (told)
        json_object_set_new(object, "card_number", json_text_or_null(slot->card.card_number));
    say(watch, object, seen->reader.name, seen->label,
        slot != NULL && slot->holds == HOLDS_CARD ? slot->card.card_number : "");
}

/* ---- Changes ----------------------------------------------------------------------------------------------------- */

static const char *slot_label(const struct slot *slot)
{
    if (slot->holds == HOLDS_SAM)
        return "sam";
    if (slot->holds == HOLDS_CARD)
        return slot->result == CC_CARD_BLOCKED ? "blocked-card" : "card";
    switch (slot->result) {
    case CC_ERR_IN_USE:
        return "in-use";
    case CC_ERR_UNRESPONSIVE:
        return "mute";
    case CC_ERR_UNSUPPORTED:
    case CC_NO_IDENTITY:
        return "unknown-card";
    default:
        /* It goes away or garbles its answers: nothing to tell before it has been asked again. */
        return "unreadable";
    }
}

static bool is_settled(const struct slot *slot)
{
    return slot->holds != HOLDS_UNKNOWN || slot->result == CC_ERR_UNSUPPORTED ||
           slot->result == CC_NO_IDENTITY;
}

/* Ask the card in this slot, and print when that is news. `came`: the monitor saw it come or change. */
static void ask_card(struct watch *watch, struct seen *seen, bool came)
{
    struct slot slot;
    slot_probe(seen->reader.name, PROBE_MS, &slot);
    const char *label = slot_label(&slot);
    seen->ask_again = !is_settled(&slot);
    seen->ask_at_ms = now_ms() + AGAIN_MS;
    /* Removed, or the service gone, in the middle of asking: the monitor is about to say so itself. */
    if (slot.result == CC_ERR_REMOVED || slot.result == CC_ERR_NO_CARD || slot.result == CC_ERR_NO_SERVICE ||
        slot.result == CC_ERR_NO_READER)
        return;
    if (!came && strcmp(label, seen->label) == 0 && strcmp(slot.card.card_number, seen->card_number) == 0)
        return;
    seen->label = label;
    memcpy(seen->card_number, slot.card.card_number, sizeof seen->card_number);
    say_reader(watch, seen, &slot);
}

static void reader_news(struct watch *watch, struct seen *seen, const struct cc_reader *reader, bool is_new)
{
    bool moved = is_new || seen->reader.state != reader->state;
    bool changed = moved || seen->reader.events != reader->events ||
                   seen->reader.atr_len != reader->atr_len ||
                   memcmp(seen->reader.atr, reader->atr, sizeof reader->atr) != 0;
    seen->reader = *reader;
    if (reader->state == CC_READER_CARD && changed) {
        ask_card(watch, seen, true);
    } else if (moved && reader->state != CC_READER_CARD) {
        const char *label = cc_reader_state_name(reader->state);
        bool is_news = strcmp(label, seen->label) != 0;
        seen->ask_again = false;
        seen->card_number[0] = '\0';
        seen->label = label;
        if (is_news)
            say_reader(watch, seen, NULL);
    }
}

static struct seen *find_seen(struct watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->seen[i].reader.name, name) == 0)
            return &watch->seen[i];
    return NULL;
}

static void drop_gone(struct watch *watch)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->count; i++) {
        struct seen *seen = &watch->seen[i];
        if (!seen->present) {
            seen->label = cc_reader_state_name(CC_READER_GONE);
            say_reader(watch, seen, NULL);
            continue;
        }
        if (kept != i)
            watch->seen[kept] = *seen;
        kept++;
    }
    watch->count = kept;
}

static void picture_news(struct watch *watch, const struct cc_reader_list *list)
{
    /* Without a service nothing is known of any reader; they are told anew when it is back. */
    if (list->service == CC_READER_NO_SERVICE)
        watch->count = 0;
    for (size_t i = 0; i < watch->count; i++)
        watch->seen[i].present = false;
    for (size_t i = 0; i < list->count; i++) {
        struct seen *seen = find_seen(watch, list->readers[i].name);
        if (seen != NULL)
            seen->present = true;
    }
    drop_gone(watch);
    if (!watch->any_service || watch->service != list->service)
        say_service(watch, list->service, list->restarts);
    watch->any_service = true;
    watch->service = list->service;
    for (size_t i = 0; i < list->count && i < CC_READERS_MAX; i++) {
        struct seen *seen = find_seen(watch, list->readers[i].name);
        bool is_new = seen == NULL;
        if (is_new && watch->count == CC_READERS_MAX)
            continue;
        if (is_new) {
            seen = &watch->seen[watch->count++];
            memset(seen, 0, sizeof *seen);
            seen->present = true;
            seen->label = "";
        }
        reader_news(watch, seen, &list->readers[i], is_new);
    }
}

static void ask_again(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->seen[i].ask_again && now_ms() >= watch->seen[i].ask_at_ms)
            ask_card(watch, &watch->seen[i], false);
}

int command_watch(const struct options *options)
{
    /* Not SA_RESTART: a write to a reader that has stopped reading must end as well. */
    struct sigaction action = {.sa_handler = stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    struct cc_monitor *monitor = NULL;
    int result = cc_monitor_new(&monitor);
    if (result != CC_OK)
        return report_result(options, result);
    struct watch watch = {.options = options};
    uint64_t start_ms = now_ms();
    while (!is_over(&watch)) {
        uint64_t spent_ms = now_ms() - start_ms;
        if (options->timeout_ms > 0 && spent_ms >= options->timeout_ms)
            break;
        unsigned tick_ms = TICK_MS;
        if (options->timeout_ms > 0 && options->timeout_ms - spent_ms < TICK_MS)
            tick_ms = (unsigned)(options->timeout_ms - spent_ms);
        struct cc_reader_list list;
        result = cc_monitor_wait(monitor, tick_ms, &list);
        if (result < 0)
            break;
        if (result == CC_OK)
            picture_news(&watch, &list);
        ask_again(&watch);
    }
    cc_monitor_free(monitor);
    return result < 0 ? report_result(options, result) : watch.code;
}
