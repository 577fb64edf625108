/* SPDX-License-Identifier: Apache-2.0 */
/* What a batch will ask of the database, as far as that is known before its first event is judged: on a server all of it goes together. It
 * is asked at the batch's own beginning, behind what the batches before it in their transaction have written. */
#include "platform/calls/ingest-batch.h"
#include "platform/data/db-rows.h"
#include "platform/persons/late.h"
#include <string.h>

static void ask_body(struct batch *batch, size_t i)
{
    const struct body *body = &batch->bodies[i];
    const struct body *before = i > 0 && payment_behind(batch, i - 1) != NULL ? &batch->bodies[i - 1] : NULL;
    struct late_word late;

    if (body->data == NULL)
        return;
    (void)late_read(batch->db, body->type, body->data, 0, &late, NULL); /* which finds nothing, whatever the time */
    if (body->payment != NULL)
        payments_ask(batch->platform, batch->name, body->type, body->payment, before != NULL && payments_pair(before->payment, body->payment));
    else if (credit_type(body->type))
        credit_ask(batch->db, batch->name, body->type, body->data);
}

/* Each function does what it will do then, and finds nothing. */
static void ask_all(struct batch *batch)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct kiosk_row kiosk;
    uint8_t nonce[32];
    bool found;

    (void)db_kiosk_find(batch->db, batch->name, &kiosk, &found, NULL);
    (void)db_epoch_nonce(batch->db, batch->name, batch->epoch, nonce, &found, NULL);
    (void)db_event_ids_taken(batch->db, batch->events, batch->count, taken, NULL);
    for (size_t i = 0; i < batch->count; i++)
        ask_body(batch, i);
}

bool questions_ask(struct batch *batch, GError **error)
{
    if (batch->careful || !db_asks(batch->db)) /* a savepoint ends all answers */
        return true;
    if (!db_asking(batch->db, true, error))
        return false;
    ask_all(batch);
    return db_asking(batch->db, false, error);
}
