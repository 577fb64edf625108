/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding slots by what is in them, and readers by what they are for. Each call asks the cards anew: which slot is which may
 * change with every card.
 *
 * A city card and a PSAM both have a master file, and some PSAMs carry a purse application. A slot is a card's when a family
 * reads it and it does not open as a PSAM; it is a PSAM's when it opens as one and no family reads it.
 *
 * pcscd puts two numbers of two hex digits behind a reader's name, "… 00 01": its own index, which follows the order of USB,
 * and the slot within the reader, which does not change.
 */
#include "bytes.h"
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

static size_t readers_in(const struct cc_reader_list *list)
{
    return list == NULL ? 0 : list->count < CC_READERS_MAX ? list->count : CC_READERS_MAX;
}

/* Index of the next reader from `from` on that holds it, or -1. */
static int find(const struct cc_reader_list *list, const char *name, enum holds wanted, size_t from)
{
    for (size_t i = from; i < readers_in(list); i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (name != NULL && strcmp(name, reader->name) != 0)
            continue;
        if (reader->state == CC_READER_CARD && probe(reader->name) == wanted)
            return (int)i;
    }
    return -1;
}

static int why_none(const struct cc_reader_list *list, const char *name)
{
    bool plugged = false;
    for (size_t i = 0; i < readers_in(list); i++)
        plugged = plugged || name == NULL || strcmp(name, list->readers[i].name) == 0;
    if (plugged)
        return CC_ERR_NO_CARD;
    return list != NULL && list->service == CC_READER_NO_SERVICE ? CC_ERR_NO_SERVICE : CC_ERR_NO_READER;
}

int cc_find_card(const struct cc_reader_list *list, const char *name, int index[2])
{
    index[1] = -1;
    index[0] = find(list, name, HOLDS_CARD, 0);
    if (index[0] < 0)
        return why_none(list, name);
    index[1] = find(list, name, HOLDS_CARD, (size_t)index[0] + 1);
    return index[1] < 0 ? CC_OK : CC_TWO_CARDS;
}

int cc_find_sam_reader(const struct cc_reader_list *list, const char *name)
{
    return find(list, name, HOLDS_SAM, 0);
}

/* ---- Roles ------------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* " XX" at `at`: its number, or -1. */
static int number_at(const char *at)
{
    if (at[0] != ' ' || hex_digit(at[1]) < 0 || hex_digit(at[2]) < 0)
        return -1;
    return hex_digit(at[1]) << 4 | hex_digit(at[2]);
}

int cc_reader_slot(const char *name)
{
    size_t len = name == NULL ? 0 : strnlen(name, CC_READER_NAME_SIZE);
    if (len < 7 || len == CC_READER_NAME_SIZE || number_at(name + len - 6) < 0)
        return -1;
    return number_at(name + len - 3);
}

bool cc_role_fits(const struct cc_role *role, const char *name)
{
    int slot = cc_reader_slot(name);
    size_t stem = strnlen(name, CC_READER_NAME_SIZE) - (slot >= 0 ? 6 : 0);
    size_t wanted = strnlen(role->name_prefix, CC_READER_NAME_SIZE);
    return wanted <= stem && memcmp(name, role->name_prefix, wanted) == 0 && (role->slot < 0 || role->slot == slot);
}

void cc_role_of(const char *name, struct cc_role *role)
{
    struct cc_writer out = cc_writer_on((uint8_t *)role->name_prefix, sizeof role->name_prefix - 1);
    size_t len = strnlen(name, CC_READER_NAME_SIZE);
    *role = (struct cc_role){.slot = cc_reader_slot(name)};
    cc_put(&out, (const uint8_t *)name, role->slot >= 0 ? len - 6 : len);
}

/* A contact card that speaks T=0: without TD1, or TD1 names T=0 (ISO 7816-3, 8.2). */
static bool atr_is_t0(const struct cc_reader *reader)
{
    if (reader->atr_len < 2 || (reader->atr[0] != 0x3B && reader->atr[0] != 0x3F))
        return false;
    uint8_t t0 = reader->atr[1];
    if ((t0 & 0x80) == 0)
        return true;
    size_t td1 = 2 + ((t0 & 0x10) != 0) + ((t0 & 0x20) != 0) + ((t0 & 0x40) != 0);
    /* 3B 8N 80 01 is what readers make up for a contactless card (PC/SC part 3). */
    bool contactless = t0 >> 4 == 8 && reader->atr_len > 3 && reader->atr[2] == 0x80 && reader->atr[3] == 0x01;
    return td1 < reader->atr_len && (reader->atr[td1] & 0x0F) == 0 && !contactless;
}

static bool terminal_fits(const struct cc_role *role, const struct cc_reader *reader)
{
    struct cc_link *link = NULL;
    if (reader->state != CC_READER_CARD || !atr_is_t0(reader) ||
        cc_link_open(&link, reader->name, CC_SHARE_EXCLUSIVE, PROBE_TIMEOUT_MS) != CC_OK)
        return false;
    struct cc_sam sam;
    bool fits = cc_sam_open(&sam, cc_link_channel(link), 0) == CC_OK &&
                memcmp(sam.terminal, role->terminal, sizeof sam.terminal) == 0;
    cc_link_close(link, false);
    return fits;
}

int cc_find_role(const struct cc_reader_list *list, const struct cc_role *role)
{
    int found = -1;
    for (size_t i = 0; i < readers_in(list); i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (!cc_role_fits(role, reader->name) || (role->has_terminal && !terminal_fits(role, reader)))
            continue;
        if (found >= 0)
            return -2;
        found = (int)i;
    }
    return found;
}
