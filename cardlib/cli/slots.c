/* SPDX-License-Identifier: Apache-2.0 */
/* Which reader holds what, opening cards and the PSAM, and the trace of what is said to them. */
#include "cli.h"

#include <string.h>
#include <time.h>

#define PROBE_MS 300  /* wait for another program while looking around */
#define OPEN_MS  3000 /* wait for another program before a command */
#define STEP_MS  200

/* For a contact lost before anything changed: longer than pcscd needs to see a card that was put back (400 ms). */
#define ATTEMPTS         5
#define ATTEMPT_PAUSE_MS 250

/* ---- Trace ------------------------------------------------------------------------------------------------------- */

/* READ BINARY of EF16 (SFI 16, or selected by its identifier) of T-Union: name and ID number are in its answer, maybe in
 * several parts. */
static bool answers_with_holder(struct tracer *tracer, const uint8_t *command, size_t len)
{
    if (!tracer->is_card || len < 4)
        return false;
    if (command[0] == 0x00 && command[1] == 0xC0)
        return tracer->personal;
    if (command[1] == 0xA4)
        tracer->holder_selected = len >= 7 && command[2] == 0x00 && command[5] == 0x00 && command[6] == 0x16;
    return command[1] == 0xB0 && (command[2] == 0x96 || (tracer->holder_selected && (command[2] & 0x80) == 0));
}

static void trace(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    struct tracer *tracer = ctx;
    char hex[2 * 300 + 1];
    if (kind == CC_TRACE_ERROR) {
        fprintf(stderr, "%s ! %s\n", tracer->name, cc_result_name(result));
        return;
    }
    if (kind == CC_TRACE_COMMAND)
        tracer->personal = answers_with_holder(tracer, bytes, len);
    if (kind == CC_TRACE_ANSWER && tracer->personal && !tracer->unmasked && len > 2) {
        cc_hex(bytes + len - 2, 2, hex, sizeof hex);
        fprintf(stderr, "%s < (%zu bytes masked) %s\n", tracer->name, len - 2, hex);
        return;
    }
    cc_hex(bytes, len, hex, sizeof hex);
    fprintf(stderr, "%s %c %s%s\n", tracer->name, kind == CC_TRACE_COMMAND ? '>' : '<', hex,
            len > sizeof hex / 2 ? "…" : "");
}

/* cc_sam_open() takes a channel, not a port: trace by standing in between. It sends nothing secret. */
static int traced_transmit(void *ctx, const uint8_t *command, size_t command_len, uint8_t *answer,
                           size_t *answer_len)
{
    struct tracer *tracer = ctx;
    if (tracer->on)
        trace(tracer, CC_TRACE_COMMAND, command, command_len, CC_OK);
    int result = tracer->channel.transmit(tracer->channel.ctx, command, command_len, answer, answer_len);
    if (tracer->on)
        trace(tracer, result == CC_OK ? CC_TRACE_ANSWER : CC_TRACE_ERROR, answer, *answer_len, result);
    return result;
}

/* ---- What is in a slot ------------------------------------------------------------------------------------------- */

void slot_probe(const char *reader, unsigned timeout_ms, struct slot *slot)
{
    memset(slot, 0, sizeof *slot);
    struct cc_link *link = NULL;
    slot->result = cc_link_open(&link, reader, CC_SHARE_TRANSACTION, timeout_ms);
    if (slot->result != CC_OK)
        return;
    struct cc_port port;
    struct cc_sam sam;
    cc_port_init(&port, cc_link_channel(link));
    slot->result = cc_card_read(&port, 0, &slot->card);
    if (slot->result == CC_OK || slot->result == CC_CARD_BLOCKED) {
        slot->holds = HOLDS_CARD;
    } else if (!port.broken && cc_sam_open(&sam, cc_link_channel(link), 0) == CC_OK) {
        slot->holds = HOLDS_SAM;
        slot->result = CC_OK;
    }
    cc_link_close(link, false);
}

/* Of two reasons the one that says more about what a person could do; the first of an equal pair. */
static int worse(int a, int b)
{
    static const int order[] = {CC_ERR_NO_SERVICE, CC_ERR_UNSUPPORTED,  CC_ERR_PROTOCOL, CC_ERR_REFUSED,
                                CC_ERR_REMOVED,    CC_ERR_UNRESPONSIVE, CC_ERR_NO_CARD,  CC_ERR_IN_USE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}

static int state_result(enum cc_reader_state state)
{
    switch (state) {
    case CC_READER_NO_SERVICE:
        return CC_ERR_NO_SERVICE;
    case CC_READER_EMPTY:
        return CC_ERR_NO_CARD;
    case CC_READER_MUTE:
        return CC_ERR_UNRESPONSIVE;
    case CC_READER_IN_USE:
        return CC_ERR_IN_USE;
    case CC_READER_CARD:
        return CC_OK;
    case CC_READER_NONE:
    case CC_READER_GONE:
        break;
    }
    return CC_ERR_NO_READER;
}

static int why_no_card(const struct cc_reader_list *list, const char *name)
{
    int reason = list->service == CC_READER_NO_SERVICE ? CC_ERR_NO_SERVICE : CC_ERR_NO_READER;
    bool only_sam = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (name != NULL && strcmp(name, reader->name) != 0)
            continue;
        int result = state_result(reader->state);
        if (result == CC_OK) {
            struct slot slot;
            slot_probe(reader->name, PROBE_MS, &slot);
            if (slot.holds == HOLDS_SAM && name == NULL) {
                only_sam = true; /* says nothing about where the resident's card is */
                continue;
            }
            result = slot.holds == HOLDS_SAM    ? CC_ERR_UNSUPPORTED
                     : slot.holds == HOLDS_CARD ? CC_ERR_REMOVED /* not there at the first look */
                                                : slot.result;
        }
        reason = worse(reason, result);
    }
    return reason == CC_ERR_NO_READER && only_sam ? CC_ERR_NO_CARD : reason;
}

static int why_no_sam(const struct cc_reader_list *list, const char *name)
{
    if (list->service == CC_READER_NO_SERVICE)
        return CC_ERR_NO_SERVICE;
    if (list->count == 0)
        return CC_ERR_NO_READER;
    int reason = name != NULL ? CC_ERR_NO_READER : CC_ERR_SAM;
    for (size_t i = 0; i < list->count; i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (name != NULL && strcmp(name, reader->name) == 0)
            return state_result(reader->state) == CC_OK ? CC_ERR_SAM : state_result(reader->state);
        if (name == NULL && reader->state == CC_READER_IN_USE)
            reason = CC_ERR_IN_USE;
    }
    return reason;
}

/* ---- Finding ----------------------------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Waiting may help against these: a service that starts, a reader that is being recognised, a card on its
 * way. */
static bool may_come(int result)
{
    return result == CC_ERR_NO_SERVICE || result == CC_ERR_NO_READER || result == CC_ERR_NO_CARD ||
           result == CC_ERR_REMOVED || result == CC_ERR_SAM;
}

static int find_slot(const struct options *options, const char *name, bool sam,
                     char reader[CC_READER_NAME_SIZE])
{
    struct cc_monitor *monitor = NULL;
    int result = cc_monitor_new(&monitor);
    if (result != CC_OK)
        return result;
    uint64_t deadline_ms = now_ms() + options->wait_ms;
    for (;;) {
        struct cc_reader_list list;
        uint64_t at_ms = now_ms();
        unsigned left_ms = at_ms < deadline_ms ? (unsigned)(deadline_ms - at_ms) : 0;
        int news = cc_monitor_wait(monitor, left_ms < STEP_MS ? left_ms : STEP_MS, &list);
        /* A contact lost for a moment is no news to pcscd: ask again. */
        if (news == CC_OK || (news == CC_TIMEOUT && result == CC_ERR_REMOVED)) {
            int index[2] = {-1, -1};
            result = sam ? CC_ERR_SAM : cc_find_card(&list, name, index);
            if (sam && (index[0] = cc_find_sam_reader(&list, name)) >= 0)
                result = CC_OK;
            if (result < 0)
                result = sam ? why_no_sam(&list, name) : why_no_card(&list, name);
            if (result == CC_OK)
                memcpy(reader, list.readers[index[0]].name, CC_READER_NAME_SIZE);
        } else if (news != CC_TIMEOUT) {
            result = news;
        }
        /* Looking into slow slots takes time in which a card may have come: one look follows after the deadline. */
        if (!may_come(result) || at_ms >= deadline_ms)
            break;
    }
    cc_monitor_free(monitor);
    return result;
}

int find_card(const struct options *options, char reader[CC_READER_NAME_SIZE])
{
    return find_slot(options, options->reader, false, reader);
}

int find_sam(const struct options *options, char reader[CC_READER_NAME_SIZE])
{
    return find_slot(options, options->sam, true, reader);
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static void take_seat(const struct options *options, struct seat *seat, bool is_card)
{
    memset(seat, 0, sizeof *seat);
    seat->tracer.on = options->trace;
    seat->tracer.unmasked = options->unmasked;
    seat->tracer.is_card = is_card;
    seat->tracer.name = is_card ? "card" : "sam ";
}

static int link_card(struct seat *seat, unsigned timeout_ms)
{
    int result = cc_link_open(&seat->link, seat->reader, CC_SHARE_TRANSACTION, timeout_ms);
    if (result != CC_OK)
        return result;
    cc_port_init(&seat->port, cc_link_channel(seat->link));
    if (seat->tracer.on) {
        seat->port.trace = trace;
        seat->port.trace_ctx = &seat->tracer;
    }
    return CC_OK;
}

static int open_card(const struct options *options, struct seat *seat)
{
    take_seat(options, seat, true);
    int result = find_card(options, seat->reader);
    return result == CC_OK ? link_card(seat, OPEN_MS) : result;
}

int reopen_card(struct seat *seat)
{
    close_seat(seat, false);
    return link_card(seat, PROBE_MS);
}

bool contact_may_return(int result, int *attempt)
{
    if (result != CC_ERR_REMOVED && result != CC_ERR_RESET && result != CC_ERR_NO_CARD)
        return false;
    if (++*attempt >= ATTEMPTS)
        return false;
    struct timespec pause = {.tv_nsec = ATTEMPT_PAUSE_MS * 1000000L};
    nanosleep(&pause, NULL);
    return true;
}

int open_and_read(const struct options *options, struct seat *seat, unsigned what, struct cc_card *card)
{
    int attempt = 0;
    int result = open_card(options, seat);
    if (result != CC_OK)
        return result;
    do {
        if (attempt > 0)
            result = reopen_card(seat);
        if (result == CC_OK)
            result = cc_card_read(&seat->port, what, card);
    } while (contact_may_return(result, &attempt));
    return result;
}

int open_sam(const struct options *options, struct seat *seat, struct cc_sam *sam)
{
    take_seat(options, seat, false);
    int result = find_sam(options, seat->reader);
    if (result == CC_OK)
        result = cc_link_open(&seat->link, seat->reader, CC_SHARE_EXCLUSIVE, OPEN_MS);
    if (result != CC_OK)
        return result;
    seat->tracer.channel = *cc_link_channel(seat->link);
    struct cc_channel channel = {.ctx = &seat->tracer, .transmit = traced_transmit};
    result = cc_sam_open(sam, &channel, today());
    /* From here on the port traces, masked as the library does it. */
    seat->tracer.on = false;
    if (result == CC_OK && options->trace) {
        sam->port.trace = trace;
        sam->port.trace_ctx = &seat->tracer;
    }
    return result;
}

void close_seat(struct seat *seat, bool reset)
{
    cc_link_close(seat->link, reset);
    seat->link = NULL;
}
