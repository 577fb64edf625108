/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is on the reader? Build it against the installed library:
 *     cc read-card.c $(pkg-config --cflags --libs citycard) -o read-card
 */
#include <citycard.h>
#include <stdio.h>

static int read_card(const struct cc_reader *reader, struct cc_card *card)
{
    struct cc_link *link = NULL;
    int result = cc_link_open(&link, reader->name, CC_SHARE_TRANSACTION, 2000);
    if (result == CC_OK) {
        struct cc_port port;
        cc_port_init(&port, cc_link_channel(link));
        cc_port_set_atr(&port, reader->atr, reader->atr_len);
        result = cc_card_read(&port, CC_READ_HOLDER | CC_READ_BALANCE, card);
        cc_link_close(link, false);
    }
    return result;
}

int main(void)
{
    struct cc_monitor *monitor = NULL;
    static struct cc_reader_list list;
    struct cc_card card;
    int result = cc_monitor_new(&monitor);
    if (result == CC_OK)
        result = cc_monitor_wait(monitor, 1000, &list);
    int index[2];
    if (result == CC_OK)
        result = cc_find_card(&list, NULL, index);
    if (result == CC_OK)
        result = read_card(&list.readers[index[0]], &card);
    cc_monitor_free(monitor);
    if (result != CC_OK) {
        fprintf(stderr, "%s: %s\n", cc_result_name(result), cc_result_text(result));
        return 1;
    }
    char name[CC_NAME_SIZE];
    cc_mask_name(card.holder.name, name, sizeof name);
    printf("%s %s %s", cc_family_name(card.family), card.card_number, name);
    if (card.has_balance) /* not every card has a purse, and not every purse may be read */
        printf(" %lld fen", (long long)card.balance_fen);
    printf("\n");
    return 0;
}
