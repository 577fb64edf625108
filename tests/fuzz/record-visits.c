/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records a visit to each virtual card of a community into a folder, as seeds for the fuzzers (README.md): everything is read,
 * then a purchase with the PIN, and the same purchase settled as after a power cut.
 */
#include "citycard.h"
#include "slot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct cc_time now = {2026, 1, 15, 9, 30, 45};

static int pay(struct cc_port *port, struct cc_sam *sam, const struct cc_card *card)
{
    struct cc_purchase purchase = {0};
    int result = cc_purchase_prepare(port, sam, card, 200, &now, "123456", &purchase);
    if (result != CC_OK)
        return result;
    purchase.state = CC_PURCHASE_SENT;
    result = cc_purchase_debit(port, sam, &purchase);
    purchase.state = CC_PURCHASE_SENT;
    return result == CC_OK ? cc_purchase_resolve(port, sam, &purchase) : result;
}

static int visit(struct slot *card_slot, struct slot *module_slot, struct cc_recorder *recorder)
{
    struct cc_channel card_channel = slot_channel(card_slot), module_channel = slot_channel(module_slot);
    struct cc_port port;
    struct cc_card card;
    struct cc_sam sam;
    cc_port_init(&port, &card_channel);
    int result = cc_recorder_attach(recorder, &port, "card");
    if (result == CC_OK)
        result = cc_card_read(&port, CC_READ_ALL, &card);
    if (result == CC_OK)
        result = cc_sam_open(&sam, &module_channel, 20260115);
    if (result == CC_OK)
        result = cc_recorder_attach(recorder, &sam.port, "sam");
    return result == CC_OK ? pay(&port, &sam, &card) : result;
}

static int record_persona(const struct vc_community *community, const struct vc_persona *persona, FILE *file)
{
    struct vc_card_state state;
    struct vc_sam_state sam_state = {.terminal_serial = 0x1FF};
    struct vc_card card;
    struct vc_sam module;
    struct slot card_slot, module_slot;
    struct cc_recorder *recorder;
    if (!vc_card_fresh(persona, &state) || !vc_card_init(&card, persona, &community->keys, &state))
        return CC_ERR_ARGUMENT;
    vc_sam_init(&module, &community->sam, &community->keys, &sam_state);
    slot_card(&card_slot, &card);
    slot_module(&module_slot, &module);
    int result = cc_recorder_new(&recorder, file, persona->key);
    if (result != CC_OK)
        return result;
    result = visit(&card_slot, &module_slot, recorder);
    int written = cc_recorder_free(recorder);
    return written == CC_OK ? result : written;
}

static int record_into(const char *folder, const struct vc_community *community, const struct vc_persona *persona)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.rec", folder, persona->key) >= (int)sizeof path)
        return 1;
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    int result = record_persona(community, persona, file);
    printf("%s: %s\n", path, cc_result_name(result));
    return fclose(file) != 0 || result < 0;
}

int main(int argc, char **argv)
{
    static struct vc_community community;
    char personas[4096], keys[4096], error[256] = "";
    int failed = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: %s COMMUNITY-FOLDER OUT-FOLDER\n", argv[0]);
        return 2;
    }
    snprintf(personas, sizeof personas, "%s/personas.json", argv[1]);
    snprintf(keys, sizeof keys, "%s/demo-keys.json", argv[1]);
    if (!vc_community_load(&community, personas, keys, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    for (size_t i = 0; i < community.count; i++)
        failed |= record_into(argv[2], &community, &community.personas[i]);
    return failed;
}
