/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands for it: members of staff tap their cards, and for some minutes (by the boot clock) what needs them may begin.
 * One tap is good for one load. Who they are and what they may do says the platform's register, which is known here also while
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

enum ledger_code staff_approvals(struct kiosk *kiosk, size_t count, enum staff_act act, char tokens[][33])
{
    enum ledger_code refused = LEDGER_TWO_PERSONS;
    struct staff members[2];
    size_t found = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kiosk->approvals) && found < count; i++) {
        const struct approval *one = &kiosk->approvals[i];
        if (!fresh(one) || strcmp(one->token, kiosk->session.token) == 0)
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
