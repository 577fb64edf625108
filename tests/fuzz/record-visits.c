/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records a visit to each virtual card into a folder, as seeds for the fuzzers (README.md): everything is read; then, as far as
 * the card goes along, a purchase, a compound purchase, a load, a wrong issuer's code and a changed PIN, each settled as after a
 * power cut where it can be.
 */
#include "citycard.h"
#include "data.h"
#include "slot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIN           "123456"
#define PIN_OF(visit) ((visit)->data.profile.pin_count > 0 ? PIN : NULL)

static const struct cc_time now = {2026, 1, 15, 9, 30, 45};
static const uint8_t date_bcd[4] = {0x20, 0x26, 0x01, 0x15}, time_bcd[3] = {0x09, 0x30, 0x45};

struct visit {
    struct vc_data_card data;
    struct vc_card model;
    struct vc_data_sam sam_data;
    struct vc_sam sam_model;
    struct slot card_slot, module_slot;
    struct cc_port port;
    struct cc_card card;
    struct cc_sam sam;
};

static int settle(struct visit *visit, struct cc_purchase *purchase, int result)
{
    if (result != CC_OK)
        return result;
    purchase->state = CC_PURCHASE_SENT;
    result = cc_purchase_debit(&visit->port, &visit->sam, purchase);
    purchase->state = CC_PURCHASE_SENT;
    return result == CC_OK ? cc_purchase_resolve(&visit->port, &visit->sam, purchase) : result;
}

static int pay(struct visit *visit, bool compound)
{
    static const struct cc_compound_record record = {.sfi = 0x1E, .len = 48, .bytes = {0x03, 0x01}};
    struct cc_purchase purchase = {0};
    int result = compound ? cc_compound_prepare(&visit->port, &visit->sam, &visit->card, 100, &now,
                                                PIN_OF(visit), &record, 1, &purchase)
                          : cc_purchase_prepare(&visit->port, &visit->sam, &visit->card, 200, &now,
                                                PIN_OF(visit), &purchase);
    return settle(visit, &purchase, result);
}

static const uint8_t *load_key(const struct visit *visit)
{
    static const uint8_t none[16] = {0};
    for (size_t i = 0; i < visit->data.profile.key_count; i++) {
        if (visit->data.profile.keys[i].kind == VC_KEY_LOAD)
            return visit->data.profile.keys[i].value;
    }
    return none;
}

static int load(struct visit *visit)
{
    struct cc_load load = {0};
    uint8_t session[8], mac2[4] = {0};
    int result =
        cc_load_prepare(&visit->port, &visit->card, visit->sam.terminal, 1, 1000, PIN_OF(visit), &load);
    if (result == CC_OK)
        result = cc_suite_load_session(load_key(visit), load.random, load.counter, session);
    if (result == CC_OK)
        result = cc_load_authorise(&load, date_bcd, time_bcd, mac2);
    if (result == CC_OK)
        result = cc_suite_load_mac2(session, &load, load.mac2);
    if (result == CC_OK)
        result = cc_load_credit(&visit->port, &load);
    load.state = CC_PURCHASE_SENT;
    return result == CC_OK ? cc_load_resolve(&visit->port, &load) : result;
}

static void issue(struct visit *visit)
{
    static const uint8_t wrong_key[16] = {0x40}, data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct cc_signer signer;
    unsigned tries;
    bool genuine;
    cc_signer_of_key(&signer, wrong_key);
    cc_pin_verify(&visit->port, &visit->card, PIN, &tries);
    cc_pin_change(&visit->port, &visit->card, PIN, "654321", &tries);
    cc_file_update(&visit->port, 0x16, 0, data, sizeof data, &signer);
    cc_record_update(&visit->port, 0x1E, 1, data, sizeof data, &signer);
    cc_authenticate_internal(&visit->port, 0, 0, data, &signer, &genuine);
    cc_authenticate_external(&visit->port, 0, &signer, &tries);
    cc_application_block(&visit->port, false, &signer);
    cc_pin_unblock(&visit->port, &visit->card, PIN, &signer);
    cc_pin_reload(&visit->port, &visit->card, PIN, &signer);
}

/* Everything in order; what the card does not go along with is on record too. */
static int take_place(struct visit *visit, struct cc_recorder *recorder)
{
    struct cc_channel card_channel = slot_channel(&visit->card_slot),
                      module_channel = slot_channel(&visit->module_slot);
    cc_port_init(&visit->port, &card_channel);
    cc_port_set_atr(&visit->port, visit->data.profile.atr, visit->data.profile.atr_len);
    int result = cc_recorder_attach(recorder, &visit->port, "card");
    if (result == CC_OK)
        result = cc_card_read(&visit->port, CC_READ_ALL, &visit->card);
    if (result != CC_OK)
        return result;
    result = cc_sam_open(&visit->sam, &module_channel, 20260115);
    if (result == CC_OK)
        result = cc_recorder_attach(recorder, &visit->sam.port, "sam");
    if (result != CC_OK)
        return result;
    printf("  purchase: %s", cc_result_name(pay(visit, false)));
    printf(", compound: %s", cc_result_name(pay(visit, true)));
    printf(", load: %s\n", cc_result_name(load(visit)));
    issue(visit);
    return CC_OK;
}

static int record_card(const char *card_path, const char *sam_path, const char *folder)
{
    static struct visit visit;
    struct cc_recorder *recorder;
    struct vc_sam_state sam_state = {.terminal_serial = 0x1FF};
    char error[256] = "", path[4096];
    memset(&visit, 0, sizeof visit);
    if (!vc_data_card(card_path, &visit.data, error, sizeof error) ||
        !vc_data_sam(sam_path, &visit.sam_data, error, sizeof error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    if (snprintf(path, sizeof path, "%s/%s.rec", folder, visit.data.key) >= (int)sizeof path)
        return 1;
    FILE *file = fopen(path, "w");
    if (!file || cc_recorder_new(&recorder, file, visit.data.key) != CC_OK) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    vc_card_setup(&visit.model, &visit.data.profile, &visit.data.fresh);
    vc_sam_init(&visit.sam_model, &visit.sam_data.identity, &visit.sam_data.masters, &sam_state);
    slot_card(&visit.card_slot, &visit.model);
    slot_module(&visit.module_slot, &visit.sam_model);
    printf("%s: %s\n", path, cc_result_name(take_place(&visit, recorder)));
    int written = cc_recorder_free(recorder);
    return fclose(file) != 0 || written != CC_OK;
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc < 4) {
        fprintf(stderr, "usage: %s OUT-FOLDER PSAM.json CARD.json…\n", argv[0]);
        return 2;
    }
    for (int i = 3; i < argc; i++)
        failed |= record_card(argv[i], argv[2], argv[1]);
    return failed;
}
