/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <openssl/crypto.h>

static void wipe_bills(struct session *session)
{
    if (session->bills != NULL)
        OPENSSL_cleanse(session->bills, session->bill_count * sizeof *session->bills);
    g_clear_pointer(&session->bills, g_free);
    g_clear_pointer(&session->chosen, g_free);
    session->bill_count = 0;
    session->bills_known = false;
    session->bills_away = false;
}

/* Whether the person has taken the tick off this bill. */
static bool was_unticked(const struct session *session, const char *id)
{
    for (size_t i = 0; i < session->bill_count; i++)
        if (strcmp(session->bills[i].id, id) == 0)
            return !session->chosen[i];
    return false;
}

void session_take_bills(struct session *session, const struct kiosk_bill *items, size_t count,
                        int64_t asof_ms)
{
    size_t taken = MIN(count, SESSION_BILLS_MAX), ticked = 0;
    struct kiosk_bill *bills = g_new0(struct kiosk_bill, MAX(taken, 1));
    bool *chosen = g_new0(bool, MAX(taken, 1));

    for (size_t i = 0; i < taken; i++) {
        bills[i] = items[i];
        chosen[i] = ticked < SESSION_PAY_MAX && !was_unticked(session, items[i].id);
        ticked += chosen[i];
    }
    wipe_bills(session);
    session->bills = bills;
    session->chosen = chosen;
    session->bill_count = taken;
    session->bills_asof_ms = asof_ms;
    session->bills_away = count == 0 && asof_ms == 0;
    session->bills_known = true;
}

size_t session_chosen_count(const struct session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < session->bill_count; i++)
        count += session->chosen[i];
    return count;
}

static int64_t sum(const struct session *session, bool chosen_only)
{
    int64_t fen = 0;

    for (size_t i = 0; i < session->bill_count; i++)
        if (session->chosen[i] || !chosen_only)
            fen += session->bills[i].amount_fen;
    return fen;
}

int64_t session_chosen_fen(const struct session *session)
{
    return sum(session, true);
}

int64_t session_unpaid_fen(const struct session *session)
{
    return sum(session, false);
}

bool session_choose(struct session *session, size_t index, bool chosen)
{
    g_assert(index < session->bill_count);
    if (chosen && !session->chosen[index] && session_chosen_count(session) >= SESSION_PAY_MAX)
        return false;
    session->chosen[index] = chosen;
    return true;
}

const char **session_chosen_ids(const struct session *session)
{
    const char **ids = g_new0(const char *, session->bill_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < session->bill_count; i++)
        if (session->chosen[i])
            ids[count++] = session->bills[i].id;
    return ids;
}

bool session_pin_add(struct session *session, char digit)
{
    size_t len = strlen(session->pin);

    if (!g_ascii_isdigit(digit) || len >= SESSION_PIN_MAX)
        return false;
    session->pin[len] = digit;
    return true;
}

void session_pin_erase(struct session *session)
{
    size_t len = strlen(session->pin);

    if (len > 0)
        session->pin[len - 1] = '\0';
}

void session_pin_wipe(struct session *session)
{
    OPENSSL_cleanse(session->pin, sizeof session->pin);
}

void session_wipe(struct session *session)
{
    wipe_bills(session);
    OPENSSL_cleanse(session, sizeof *session);
}
