/* SPDX-License-Identifier: Apache-2.0 */
#include "service/hall.h"

#include <string.h>

static int pcsc_wait(void *monitor, unsigned timeout_ms, struct cc_reader_list *out)
{
    return timeout_ms == 0 ? cc_monitor_look(monitor, out) : cc_monitor_wait(monitor, timeout_ms, out);
}

static void pcsc_wake(void *monitor)
{
    cc_monitor_wake(monitor);
}

static int pcsc_open(void *monitor, const char *reader, enum cc_share share, unsigned timeout_ms,
                     struct hall_card *out)
{
    struct cc_link *link = NULL;
    int result = cc_link_open(&link, reader, share, timeout_ms);

    memset(out, 0, sizeof *out);
    if (result != CC_OK)
        return result;
    out->link = link;
    out->channel = *cc_link_channel(link);
    out->atr_len = cc_link_atr(link, out->atr);
    return CC_OK;
}

static void pcsc_close(void *monitor, struct hall_card *card, bool reset)
{
    cc_link_close(card->link, reset);
    memset(card, 0, sizeof *card);
}

static bool pcsc_two_cards(void *monitor, const struct cc_reader_list *readers)
{
    int index[2];

    return cc_find_card(readers, NULL, index) == CC_TWO_CARDS;
}

static void pcsc_free(void *monitor)
{
    cc_monitor_free(monitor);
}

bool hall_pcsc(struct hall *out)
{
    struct cc_monitor *monitor = NULL;

    if (cc_monitor_new(&monitor) != CC_OK)
        return false;
    *out = (struct hall){.ctx = monitor,
                         .wait = pcsc_wait,
                         .wake = pcsc_wake,
                         .open = pcsc_open,
                         .close = pcsc_close,
                         .two_cards = pcsc_two_cards,
                         .free = pcsc_free};
    return true;
}
