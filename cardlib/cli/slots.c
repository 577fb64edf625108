/* SPDX-License-Identifier: Apache-2.0 */
/* Which reader holds what. */
#include "cli.h"

#include <string.h>

#define PROBE_MS 300 /* wait for another program while looking around */
#define STEP_MS  200

/* ---- What is in a slot ------------------------------------------------------------------------------------------- */

/* A card that no family knows may be the PSAM; storage cards and bank cards are not. */
static bool may_be_sam(const struct slot *slot, const struct cc_port *port)
{
    return !port->broken && slot->card.family != CC_FAMILY_STORAGE && slot->card.family != CC_FAMILY_BANK;
}

void slot_probe(const char *reader, unsigned timeout_ms, struct slot *slot)
{
    memset(slot, 0, sizeof *slot);
    struct cc_link *link = NULL;
    slot->result = cc_link_open(&link, reader, CC_SHARE_TRANSACTION, timeout_ms);
    if (slot->result != CC_OK)
        return;
    struct cc_port port;
    struct cc_sam sam;
    uint8_t atr[CC_ATR_MAX];
    size_t atr_len = cc_link_atr(link, atr);
    cc_port_init(&port, cc_link_channel(link));
    cc_port_set_atr(&port, atr, atr_len);
    slot->result = cc_card_read(&port, 0, &slot->card);
    if (slot->result == CC_OK || slot->result == CC_CARD_BLOCKED) {
        slot->holds = HOLDS_CARD;
    } else if (may_be_sam(slot, &port) && cc_sam_open(&sam, cc_link_channel(link), 0) == CC_OK) {
        slot->holds = HOLDS_SAM;
        slot->result = CC_OK;
    }
    cc_link_close(link, false);
}

/* ---- Why there is none ------------------------------------------------------------------------------------------- */

/* Of two reasons the one that says more about what a person could do; the first of an equal pair. */
static int worse(int a, int b)
{
    static const int order[] = {CC_ERR_NO_SERVICE, CC_NO_IDENTITY, CC_ERR_UNSUPPORTED, CC_ERR_PROTOCOL,
                                CC_ERR_REFUSED,    CC_ERR_REMOVED, CC_ERR_FROZEN,      CC_ERR_UNRESPONSIVE,
                                CC_ERR_NO_CARD,    CC_ERR_IN_USE};
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

/* Look into each slot again. *index: the reader whose card has no number, -1 without one. */
static int why_no_card(const struct cc_reader_list *list, const char *name, int *index)
{
    int reason = list->service == CC_READER_NO_SERVICE ? CC_ERR_NO_SERVICE : CC_ERR_NO_READER;
    bool only_sam = false;
    *index = -1;
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
            if (result == CC_NO_IDENTITY && *index < 0)
                *index = (int)i;
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

/* Waiting may help against these: a service that starts, a reader that is being recognised, a card on its
 * way. */
static bool may_come(int result)
{
    return result == CC_ERR_NO_SERVICE || result == CC_ERR_NO_READER || result == CC_ERR_NO_CARD ||
           result == CC_ERR_REMOVED || result == CC_ERR_SAM;
}

/* The named slot, whatever is in it. */
static int look_for_slot(const struct cc_reader_list *list, const char *name, int index[2])
{
    int result = list->service == CC_READER_NO_SERVICE ? CC_ERR_NO_SERVICE : CC_ERR_NO_READER;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(name, list->readers[i].name) == 0) {
            index[0] = (int)i;
            result = state_result(list->readers[i].state);
        }
    return result;
}

static int look(const struct options *options, enum wanted wanted, const struct cc_reader_list *list,
                int index[2])
{
    index[0] = index[1] = -1;
    if (wanted == WANT_SAM) {
        index[0] = cc_find_sam_reader(list, options->sam);
        return index[0] >= 0 ? CC_OK : why_no_sam(list, options->sam);
    }
    if (wanted == WANT_SLOT && options->reader != NULL)
        return look_for_slot(list, options->reader, index);
    int result = cc_find_card(list, options->reader, index);
    if (result < 0)
        result = why_no_card(list, options->reader, &index[0]);
    return result == CC_NO_IDENTITY && wanted != WANT_CARD ? CC_OK : result;
}

int find_slot(const struct options *options, enum wanted wanted, struct found *found)
{
    struct cc_monitor *monitor = NULL;
    int result = cc_monitor_new(&monitor);
    if (result != CC_OK)
        return result;
    uint64_t deadline_ms = now_ms() + options->wait_ms;
    for (;;) {
        static struct cc_reader_list list;
        uint64_t at_ms = now_ms();
        unsigned left_ms = at_ms < deadline_ms ? (unsigned)(deadline_ms - at_ms) : 0;
        int news = cc_monitor_wait(monitor, left_ms < STEP_MS ? left_ms : STEP_MS, &list);
        /* A contact lost for a moment is no news to pcscd: ask again. */
        if (news == CC_OK || (news == CC_TIMEOUT && result == CC_ERR_REMOVED)) {
            int index[2];
            result = look(options, wanted, &list, index);
            for (int i = 0; i < 2; i++)
                if (index[i] >= 0)
                    memcpy(found->reader[i], list.readers[index[i]].name, CC_READER_NAME_SIZE);
        } else if (news != CC_TIMEOUT) {
            result = news;
        }
        /* Looking into slow slots takes time in which a card may have come: one look follows after the
         * deadline. */
        if (!may_come(result) || at_ms >= deadline_ms)
            break;
    }
    cc_monitor_free(monitor);
    return result;
}
