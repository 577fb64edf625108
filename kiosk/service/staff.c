/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands for it: members of staff tap their cards, and for some minutes (by the boot clock) what needs them may begin.
 * One tap is good for one load. Their cards have to be in use, as any other.
 */
#include "service/wallet.h"

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

bool staff_approvals(struct kiosk *kiosk, size_t count, char tokens[][33])
{
    size_t found = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kiosk->approvals) && found < count; i++) {
        const struct approval *one = &kiosk->approvals[i];
        if (fresh(one) && strcmp(one->token, kiosk->session.token) != 0)
            g_strlcpy(tokens[found++], one->token, 33);
    }
    return found == count;
}

void staff_approvals_use(struct kiosk *kiosk)
{
    memset(kiosk->approvals, 0, sizeof kiosk->approvals);
}
