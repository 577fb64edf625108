/* SPDX-License-Identifier: Apache-2.0 */
#include "till.h"

#include <string.h>

struct lab *lab;

void begin(void)
{
    lab = lab_new();
    lab_wait_online(lab);
}

void finish(void)
{
    lab_free(lab);
    lab = NULL;
}

bool is_removed(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_CARD_REMOVED;
}

bool has_no_doubts(const struct lab_event *event, void *data)
{
    return event->event.kind == KIOSK_EVENT_STATUS && event->event.status.in_doubt == 0;
}

void lift(void)
{
    g_autofree char *removed = lab_cards(lab, "remove");
    lab_wait(lab, "card removed", is_removed, NULL, 5000);
}

struct lab_event tear_payment(const char *kind)
{
    lab_tap(lab, CARD);
    struct lab_event bills = lab_bills(lab);
    g_autofree char *armed = lab_cards(lab, "fault card %s ins=54", kind);
    lab_pay(lab, &bills, NULL);
    struct lab_event end = lab_wait_payment(lab);
    g_autofree char *cleared = lab_cards(lab, "faults clear");
    g_assert_cmpint(end.event.payment.phase, ==, KIOSK_PAYMENT_IN_DOUBT);
    return end;
}

static json_t *row_of(const char *list, const char *key, const char *value)
{
    json_t *ledger = lab_ledger(lab), *row, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(ledger, list), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, key)), value) == 0)
            found = row;
    }
    json_incref(found);
    json_decref(ledger);
    return found;
}

int64_t account(const char *code)
{
    json_t *row = row_of("accounts", "code", code);
    int64_t fen = json_integer_value(json_object_get(row, "balance_fen"));

    json_decref(row);
    return fen;
}

char *payment_member(const char *id, const char *member)
{
    json_t *row = row_of("payments", "id", id);
    char *text = g_strdup(json_string_value(json_object_get(row, member)));

    json_decref(row);
    return text;
}
