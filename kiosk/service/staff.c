/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands for it: members of staff tap their cards, and for some minutes (by the boot clock) what needs them may begin.
 * One tap is good for one load, and of several who could answer for it alone only the last one does. Who they are and what they may do says the platform's register, which is known here also while
 * nobody can be asked; what a card says of itself is not enough.
 */
#include "service/wallet.h"
#include "store/staff.h"

#include <string.h>

#define APPROVAL_MS (5 * 60 * 1000)

static bool fresh(const struct approval *approval)
{
    return approval->token[0] != '\0' && clock_boot_ms() - approval->boot_ms < APPROVAL_MS;
}

/* The same person's second tap only renews the first; of more than two people the last two count. */
void staff_tapped(struct kiosk *kiosk)
{
    struct approval *place = &kiosk->approvals[0];

    for (size_t i = 0; i < G_N_ELEMENTS(kiosk->approvals); i++) {
        struct approval *one = &kiosk->approvals[i];
        if (strcmp(one->token, kiosk->session.token) == 0) {
            place = one;
            break;
        }
        if (!fresh(one) || (fresh(place) && one->boot_ms < place->boot_ms))
            place = one;
    }
    place->boot_ms = clock_boot_ms();
    g_strlcpy(place->token, kiosk->session.token, sizeof place->token);
}

static enum ledger_code registered(struct kiosk *kiosk, const char *token, enum staff_act act, struct staff *out)
{
    g_autoptr(GError) error = NULL;
    bool found = false;

    if (!store_staff(kiosk->store, token, health_now_ms(kiosk), out, &found, &error)) {
        g_warning("staff: %s", error->message);
        return LEDGER_STAFF_UNKNOWN;
    }
    g_autofree char *lost = store_hotlist_lookup(kiosk->store, token);
    if (lost != NULL)
        return LEDGER_FROZEN;
    return found ? staff_may(out, act, kiosk->enrolment.kiosk_id, health_now_ms(kiosk)) : LEDGER_STAFF_UNKNOWN;
}

static bool counts(struct kiosk *kiosk, const struct approval *approval, int64_t since_boot_ms)
{
    return fresh(approval) && approval->boot_ms >= since_boot_ms && strcmp(approval->token, kiosk->session.token) != 0;
}

/* Who came last stands there: an earlier tap of somebody else is not taken in their place. */
static enum ledger_code one_approves(struct kiosk *kiosk, enum staff_act act, int64_t since_boot_ms, char token[33])
{
    const struct approval *last = NULL;
    struct staff member;

    for (size_t i = 0; i < G_N_ELEMENTS(kiosk->approvals); i++) {
        const struct approval *one = &kiosk->approvals[i];
        if (counts(kiosk, one, since_boot_ms) && (last == NULL || one->boot_ms > last->boot_ms))
            last = one;
    }
    enum ledger_code code = last != NULL ? registered(kiosk, last->token, act, &member) : LEDGER_TWO_PERSONS;
    if (code == LEDGER_OK)
        g_strlcpy(token, last->token, 33);
    return code;
}

enum ledger_code staff_approvals(struct kiosk *kiosk, size_t count, enum staff_act act, int64_t since_boot_ms, char tokens[][33])
{
    enum ledger_code refused = LEDGER_TWO_PERSONS;
    struct staff members[2];
    size_t found = 0;

    if (count == 1)
        return one_approves(kiosk, act, since_boot_ms, tokens[0]);
    for (size_t i = 0; i < G_N_ELEMENTS(kiosk->approvals) && found < count; i++) {
        const struct approval *one = &kiosk->approvals[i];
        if (!counts(kiosk, one, since_boot_ms))
            continue;
        enum ledger_code code = registered(kiosk, one->token, act, &members[found]);
        if (code == LEDGER_OK && found == 1 && strcmp(members[0].id, members[1].id) == 0)
            code = LEDGER_STAFF_ONE_PERSON;
        if (code == LEDGER_OK)
            g_strlcpy(tokens[found++], one->token, 33);
        else
            refused = code;
    }
    return found == count ? LEDGER_OK : refused;
}

void staff_approvals_use(struct kiosk *kiosk)
{
    memset(kiosk->approvals, 0, sizeof kiosk->approvals);
}
