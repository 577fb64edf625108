/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/money/claims.h"

static const char *const STATES[] = {"WAITS", "DOUBT", "UNKNOWN", "DUE"};

const char *claim_state_name(enum claim_state state)
{
    return STATES[state];
}

int64_t claim_due_ms(const struct purse_claim *claim)
{
    return claim->stopped_ms + CLAIM_OFFLINE_MS + CLAIM_SETTLE_MS;
}

enum claim_state claim_state(const struct purse_claim *claim, int64_t now_ms)
{
    if (claim->open > 0 || claim->findings > 0)
        return CLAIM_DOUBT;
    if (now_ms < claim_due_ms(claim) || claim->silent > 0)
        return CLAIM_WAITS;
    return claim->balance_fen < 0 ? CLAIM_UNKNOWN : CLAIM_DUE;
}

static json_t *claim_json(const struct purse_claim *claim, int64_t now_ms)
{
    json_t *balance = claim->balance_fen < 0 ? json_null() : json_integer(claim->balance_fen);

    return json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "card", claim->card, "successor", claim->successor, "state",
                     claim_state_name(claim_state(claim, now_ms)), "balance_fen", balance, "due_ms", (json_int_t)claim_due_ms(claim),
                     "open_payments", (json_int_t)claim->open, "findings", (json_int_t)claim->findings, "silent_kiosks",
                     (json_int_t)claim->silent);
}

json_t *claims_list(struct platform *platform, int64_t now_ms, GError **error)
{
    if (!db_begin(platform->db, false, error))
        return NULL;
    g_autoptr(GArray) claims = db_purse_claims(platform->db, CLAIM_OFFLINE_MS, error);
    db_rollback(platform->db);
    json_t *out = claims != NULL ? json_array() : NULL;
    for (guint i = 0; claims != NULL && i < claims->len; i++)
        json_array_append_new(out, claim_json(&g_array_index(claims, struct purse_claim, i), now_ms));
    return out;
}
