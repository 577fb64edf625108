/* SPDX-License-Identifier: Apache-2.0 */
/* Opening cards and the PSAM, and the trace of what is said to them. */
#include "cli.h"

#include <string.h>
#include <time.h>

#define OPEN_MS   3000 /* wait for another program before a command */
#define REOPEN_MS 300

/* For a contact lost before anything changed: longer than pcscd needs to see a card that was put back (400
 * ms). */
#define ATTEMPTS         5
#define ATTEMPT_PAUSE_MS 250

/* ---- Trace ------------------------------------------------------------------------------------------------------- */

/* PINs, keys and people are stars (2A) before they come here. */
static void trace(void *ctx, enum cc_trace_kind kind, const uint8_t *bytes, size_t len, int result)
{
    const struct seat *seat = ctx;
    char hex[2 * 300 + 1];
    if (kind == CC_TRACE_ERROR) {
        fprintf(stderr, "%-4s ! %s\n", seat->name, cc_result_name(result));
        return;
    }
    cc_hex(bytes, len, hex, sizeof hex);
    fprintf(stderr, "%-4s %c %s%s\n", seat->name, kind == CC_TRACE_COMMAND ? '>' : '<', hex,
            len > sizeof hex / 2 ? "…" : "");
}

static void watch_port(struct seat *seat, struct cc_port *port)
{
    if (seat->trace) {
        port->trace = trace;
        port->trace_ctx = seat;
    }
    recording_attach(port, seat->name);
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static int take_seat(const struct options *options, enum wanted wanted, struct seat *seat)
{
    struct found found = {0};
    memset(seat, 0, sizeof *seat);
    seat->trace = options->trace;
    seat->name = wanted == WANT_SAM ? "sam" : "card";
    int result = find_slot(options, wanted, &found);
    memcpy(seat->reader, found.reader, sizeof seat->reader);
    return result;
}

static void init_port(struct seat *seat, struct cc_port *port)
{
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len = cc_link_atr(seat->link, atr);
    cc_port_init(port, cc_link_channel(seat->link));
    cc_port_set_atr(port, atr, atr_len);
    watch_port(seat, port);
}

static int link_card(struct seat *seat, unsigned timeout_ms)
{
    int result = cc_link_open(&seat->link, seat->reader[0], CC_SHARE_TRANSACTION, timeout_ms);
    if (result == CC_OK)
        init_port(seat, &seat->port);
    return result;
}

int open_slot(const struct options *options, enum wanted wanted, struct seat *seat)
{
    int result = take_seat(options, wanted, seat);
    return result == CC_OK ? link_card(seat, OPEN_MS) : result;
}

int reopen_card(struct seat *seat)
{
    close_seat(seat, false);
    return link_card(seat, REOPEN_MS);
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

int open_and_read(const struct options *options, enum wanted wanted, struct seat *seat, unsigned what,
                  struct cc_card *card)
{
    int attempt = 0;
    int result = open_slot(options, wanted, seat);
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
    int result = take_seat(options, WANT_SAM, seat);
    if (result == CC_OK)
        result = cc_link_open(&seat->link, seat->reader[0], CC_SHARE_EXCLUSIVE, OPEN_MS);
    if (result != CC_OK)
        return result;
    init_port(seat, &sam->port);
    return cc_sam_open_port(sam, today());
}

void close_seat(struct seat *seat, bool reset)
{
    cc_link_close(seat->link, reset);
    seat->link = NULL;
}

int report_seat(const struct options *options, int result, const struct seat *seat)
{
    if (result != CC_TWO_CARDS)
        return report_result(options, result);
    char first[CC_READER_NAME_SIZE], second[CC_READER_NAME_SIZE], message[2 * CC_READER_NAME_SIZE + 64];
    clean_text(seat->reader[0], first, sizeof first);
    clean_text(seat->reader[1], second, sizeof second);
    snprintf(message, sizeof message, "There are two cards, on \"%s\" and on \"%s\"; nothing was done", first,
             second);
    struct problem problem = problem_of(result);
    problem.message = message;
    return report(options, problem);
}
