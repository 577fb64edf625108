/* SPDX-License-Identifier: Apache-2.0 */
/* The practice machine's readers: a card in one, a PSAM in the other, both models (kiosk/vcard) under keys of this lesson alone. */
#include "model/clock.h"
#include "service/practice-internal.h"
#include "vcard/model.h"

#include <glib.h>
#include <openssl/crypto.h>
#include <string.h>

#define CARD_READER "Practice card"
#define SAM_READER  "Practice PSAM"

/* Of the region that does not exist, and of a name that no city gives out. */
const char practice_card_number[] = "3109901999999990009";

static const struct vc_persona PERSONA = {
    .key = "practice",
    .name = "练习",
    .serial = {0x99, 0x01, 0x99, 0x99, 0x99, 0x99, 0x00, 0x09},
    .issuer = {0x01, 0x01, 0x99, 0x01, 0xFF, 0xFF, 0xFF, 0xFF},
    .city = {0x99, 0x01},
    .card_class = 1,
    .valid_from = {0x20, 0x00, 0x01, 0x01},
    .valid_to = {0x20, 0x99, 0x12, 0x31},
    .balance_fen = 20000,
    .offline_counter = 1,
    .online_counter = 1,
    .atr = {0x3B, 0x88, 0x80, 0x01, 0x4A, 0x54, 0x43, 0x43, 0x00, 0x99, 0x01, 0x00, 0x8F},
    .atr_len = 13,
};

static const struct vc_sam_identity SAM = {
    .serial = {0x23, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x99, 0x99, 0x99},
    .terminal = {0x99, 0x01, 0x99, 0x99, 0x99, 0x99},
    .issuer = {0x01, 0x01, 0x99, 0x01},
    .receiver = {0x01, 0x01, 0x99, 0x01},
    .valid_from = {0x20, 0x00, 0x01, 0x01},
    .valid_to = {0x20, 0x99, 0x12, 0x31},
    .key_index = 1,
    .atr = {0x3B, 0x6C, 0x00, 0x02, 0x13, 0x02, 0x86, 0x38, 0x18, 0x43, 0x56, 0x07, 0x1E, 0x10, 0x2B, 0x23},
    .atr_len = 16,
};

struct readers {
    struct vc_card card;
    struct vc_sam sam;
    GAsyncQueue *wakes; /* anything: somebody wants the worker */
    bool told;
};

/* ---- One command -------------------------------------------------------------------------------------------------- */

static bool draw(void *ctx, uint8_t *out, size_t len)
{
    random_bytes(out, len);
    return true;
}

static int card_transmit(void *card, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    size_t room = *answer_len;

    *answer_len = 0;
    return vc_card_transmit(card, command, len, answer, room, answer_len) == VC_ANSWERED ? CC_OK : CC_ERR_REMOVED;
}

static int sam_transmit(void *sam, const uint8_t *command, size_t len, uint8_t *answer, size_t *answer_len)
{
    size_t room = *answer_len;

    *answer_len = 0;
    return vc_sam_transmit(sam, command, len, answer, room, answer_len) == VC_ANSWERED ? CC_OK : CC_ERR_REMOVED;
}

/* ---- The seam ----------------------------------------------------------------------------------------------------- */

static void reader_fill(struct cc_reader_list *list, const char *name, const uint8_t *atr, size_t atr_len)
{
    struct cc_reader *reader = &list->readers[list->count++];

    memset(reader, 0, sizeof *reader);
    g_strlcpy(reader->name, name, sizeof reader->name);
    reader->state = CC_READER_CARD;
    reader->events = 1;
    memcpy(reader->atr, atr, atr_len);
    reader->atr_len = atr_len;
}

/* Nothing ever changes there: it is told once, and waiting ends by a request. */
static int hall_wait(void *ctx, unsigned timeout_ms, struct cc_reader_list *out)
{
    struct readers *readers = ctx;

    out->service = CC_READER_EMPTY;
    out->count = 0;
    reader_fill(out, CARD_READER, PERSONA.atr, PERSONA.atr_len);
    reader_fill(out, SAM_READER, SAM.atr, SAM.atr_len);
    if (!readers->told) {
        readers->told = true;
        return CC_OK;
    }
    if (timeout_ms > 0)
        g_async_queue_timeout_pop(readers->wakes, (guint64)timeout_ms * 1000);
    return CC_TIMEOUT;
}

static void hall_wake(void *ctx)
{
    struct readers *readers = ctx;

    g_async_queue_push(readers->wakes, readers);
}

static int hall_open(void *ctx, const char *reader, enum cc_share share, unsigned timeout_ms, struct hall_card *out)
{
    struct readers *readers = ctx;
    bool is_sam = strcmp(reader, SAM_READER) == 0;

    memset(out, 0, sizeof *out);
    out->link = is_sam ? (void *)&readers->sam : (void *)&readers->card;
    out->channel = (struct cc_channel){.ctx = out->link, .transmit = is_sam ? sam_transmit : card_transmit};
    out->atr_len = is_sam ? SAM.atr_len : PERSONA.atr_len;
    memcpy(out->atr, is_sam ? SAM.atr : PERSONA.atr, out->atr_len);
    return CC_OK;
}

static void hall_close(void *ctx, struct hall_card *card, bool reset)
{
    struct readers *readers = ctx;

    if (reset && card->link == &readers->card)
        vc_card_power(&readers->card);
    memset(card, 0, sizeof *card);
}

static bool hall_two_cards(void *ctx, const struct cc_reader_list *list)
{
    return false;
}

static void hall_free(void *ctx)
{
    struct readers *readers = ctx;

    vc_card_cleanse(&readers->card);
    vc_sam_cleanse(&readers->sam);
    g_async_queue_unref(readers->wakes);
    g_free(readers);
}

/* ---- Making them -------------------------------------------------------------------------------------------------- */

static bool cards_make(struct readers *readers)
{
    static const struct vc_sam_state new_sam = {.commits = 0};
    struct vc_card_state *fresh = g_new0(struct vc_card_state, 1);
    struct vc_keys masters;

    random_bytes((uint8_t *)&masters, sizeof masters);
    bool made = vc_card_fresh(&PERSONA, fresh) && vc_card_init(&readers->card, &PERSONA, &masters, fresh);
    vc_sam_init(&readers->sam, &SAM, &masters, &new_sam);
    readers->card.random = readers->sam.random = draw;
    OPENSSL_cleanse(&masters, sizeof masters);
    g_free(fresh);
    return made;
}

bool practice_hall(struct hall *out)
{
    struct readers *readers = g_new0(struct readers, 1);

    readers->wakes = g_async_queue_new();
    *out = (struct hall){.ctx = readers,
                         .wait = hall_wait,
                         .wake = hall_wake,
                         .open = hall_open,
                         .close = hall_close,
                         .two_cards = hall_two_cards,
                         .free = hall_free};
    if (cards_make(readers))
        return true;
    hall_free(readers);
    return false;
}
