/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PIN and issuer's commands with a hostile card and a hostile PSAM as signer. First byte: which command; second: family; the
 * rest: the card's table up to a row of key 0000, then the PSAM's. Each command that changes something goes out at most once,
 * success is only what the card called so, and a PIN is never sent twice.
 */
#include "checks.h"
#include "fuzz.h"
#include "table.h"

#include <string.h>

enum { COMMANDS = 10 };

struct scene {
    struct table card_table, module_table;
    struct cc_port port;
    struct cc_card card;
    struct cc_sam sam;
    struct cc_sam_key sam_key;
    struct cc_signer signer;
    unsigned tries;
    bool genuine;
};

static int one_pin_command(struct scene *scene, unsigned which)
{
    switch (which) {
    case 0:
        return cc_pin_verify(&scene->port, &scene->card, "123456", &scene->tries);
    case 1:
        return cc_pin_change(&scene->port, &scene->card, "123456", "65432", &scene->tries);
    case 2:
        return cc_pin_unblock(&scene->port, &scene->card, "123456", &scene->signer);
    default:
        return cc_pin_reload(&scene->port, &scene->card, "1234", &scene->signer);
    }
}

static int one_command(struct scene *scene, unsigned which)
{
    static const uint8_t bytes[251] = {1, 2, 3};
    switch (which) {
    case 4:
        return cc_application_block(&scene->port, false, &scene->signer);
    case 5:
        return cc_application_unblock(&scene->port, &scene->signer);
    case 6:
        return cc_file_update(&scene->port, 0x16, 0, bytes, sizeof bytes, &scene->signer);
    case 7:
        return cc_record_update(&scene->port, 0x1E, 1, bytes, 48, &scene->signer);
    case 8:
        return cc_authenticate_external(&scene->port, 1, &scene->signer, &scene->tries);
    case 9:
        return cc_authenticate_internal(&scene->port, 0, 1, bytes, &scene->signer, &scene->genuine);
    default:
        return one_pin_command(scene, which);
    }
}

static void check(const struct scene *scene, unsigned which, int result)
{
    const struct table *card = &scene->card_table;
    bool sends = which != 8 && which != 9;
    FUZZ_CHECK(card->writes + card->verifies <= 1 && card->debits == 0 && card->credits == 0);
    FUZZ_CHECK(scene->tries <= 15 && (scene->tries == 0 || result == CC_PIN_WRONG));
    FUZZ_CHECK(card->commands < 200 && scene->module_table.commands < 200);
    if (result == CC_OK)
        FUZZ_CHECK(scene->port.last_sw == 0x9000 && (!sends || card->writes + card->verifies == 1));
    FUZZ_CHECK(!scene->genuine || result == CC_OK);
}

/* A signer that a test's key makes, or the hostile PSAM. */
static void make_signer(struct scene *scene, bool by_key)
{
    static const uint8_t key[16] = {0x40, 0x41};
    struct cc_channel channel = table_channel(&scene->module_table);
    cc_signer_of_key(&scene->signer, key);
    if (by_key)
        return;
    struct cc_signer of_sam;
    cc_port_init(&scene->sam.port, &channel);
    scene->sam_key = (struct cc_sam_key){&scene->sam, &scene->card, 0x44, 0x00};
    cc_signer_of_sam(&of_sam, &scene->sam_key);
    scene->signer.ctx = of_sam.mac ? of_sam.ctx : scene->signer.ctx;
    if (of_sam.mac)
        scene->signer = of_sam;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scene scene;
    if (size < 2)
        return 0;
    memset(&scene, 0, sizeof scene);
    size_t used = table_init(&scene.card_table, data + 2, size - 2);
    table_init(&scene.module_table, data + 2 + used, size - 2 - used);
    struct cc_channel channel = table_channel(&scene.card_table);
    cc_port_init(&scene.port, &channel);
    scene.card = (struct cc_card){.family = data[1] % CC_FAMILIES, .card_number = "9901000000001017"};
    make_signer(&scene, data[0] & 0x80);
    unsigned which = (data[0] & 0x7F) % COMMANDS;
    check(&scene, which, one_command(&scene, which));
    return 0;
}
