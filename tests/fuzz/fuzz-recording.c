/* SPDX-License-Identifier: Apache-2.0 */
/* A file that claims to be a recording: parsed, and played back through the calls of a visit. */
#include "checks.h"
#include "fuzz.h"

#include <string.h>

static void play(struct cc_replay *replay)
{
    static const struct cc_time now = {2026, 1, 15, 9, 30, 45};
    const struct cc_channel *card_channel = cc_replay_channel(replay, "card");
    const struct cc_channel *module_channel = cc_replay_channel(replay, "sam");
    struct cc_port port;
    struct cc_card card;
    struct cc_sam sam;
    struct cc_purchase purchase = {0};
    FUZZ_CHECK(cc_replay_channel(replay, "") == NULL);
    if (!card_channel)
        return;
    cc_port_init(&port, card_channel);
    port.atr_len = cc_replay_atr(replay, "card", port.atr);
    int result = cc_card_read(&port, CC_READ_ALL, &card);
    check_card(result, &card);
    if (!module_channel || result != CC_OK || cc_sam_open(&sam, module_channel, 0) != CC_OK)
        return;
    if (cc_purchase_prepare(&port, &sam, &card, 200, &now, "123456", &purchase) != CC_OK)
        return;
    purchase.state = CC_PURCHASE_SENT;
    cc_purchase_debit(&port, &sam, &purchase);
    cc_port_init(&port, card_channel); /* the next tap */
    cc_purchase_resolve(&port, &sam, &purchase);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cc_replay *replay = NULL;
    unsigned line = 0;
    FILE *file = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
    if (!file)
        return 0;
    int result = cc_replay_new(&replay, file, &line);
    fclose(file);
    FUZZ_CHECK((result == CC_OK) == (replay != NULL) && (result == CC_OK) == (line == 0));
    FUZZ_CHECK(result == CC_OK || (result == CC_ERR_PROTOCOL && line <= size + 1));
    if (replay)
        play(replay);
    cc_replay_free(replay);
    return 0;
}
