/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding slots by what is in them. Each call asks the cards anew: which slot is which may change with every
 * card.
 *
 * A city card and a PSAM both have a master file, and some PSAMs carry a purse application. A slot is a
 * card's when a family reads it and it does not open as a PSAM; it is a PSAM's when it opens as one and no
 * family reads it.
 */
#include "citycard.h"

#include <string.h>

#define PROBE_TIMEOUT_MS 300

enum holds { HOLDS_NOTHING, HOLDS_CARD, HOLDS_SAM };

static enum holds probe(const char *reader)
{
    struct cc_link *link = NULL;
    if (cc_link_open(&link, reader, CC_SHARE_TRANSACTION, PROBE_TIMEOUT_MS) != CC_OK)
        return HOLDS_NOTHING;
    struct cc_port port;
    struct cc_card card;
    cc_port_init(&port, cc_link_channel(link));
    int as_card = cc_card_read(&port, 0, &card);
    bool is_card = as_card == CC_OK || as_card == CC_CARD_BLOCKED;

    /* Its dates do not matter here: an expired PSAM is found, and refused with a reason when it is opened for
     * use. */
    struct cc_sam sam;
    bool is_sam = !is_card && !port.broken && cc_sam_open(&sam, cc_link_channel(link), 0) == CC_OK;
    cc_link_close(link, false);
    return is_card ? HOLDS_CARD : is_sam ? HOLDS_SAM : HOLDS_NOTHING;
}

static int find(const struct cc_reader_list *list, const char *name, enum holds wanted)
{
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < list->count && i < CC_READERS_MAX; i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (name != NULL && strcmp(name, reader->name) != 0)
            continue;
        if (reader->state == CC_READER_CARD && probe(reader->name) == wanted)
            return (int)i;
    }
    return -1;
}

int cc_find_card_reader(const struct cc_reader_list *list, const char *name)
{
    return find(list, name, HOLDS_CARD);
}

int cc_find_sam_reader(const struct cc_reader_list *list, const char *name)
{
    return find(list, name, HOLDS_SAM);
}
