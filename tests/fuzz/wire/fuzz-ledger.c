/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of volunteer credit: what a kiosk writes and what the platform tells. Input: one JSON text, tried as each of them.
 * What is taken is written again to the same values, keeps its ranges, and can be judged without harm.
 */
#include "../fuzz.h"
#include "model/balance.h"
#include "model/credit.h"
#include "model/hours.h"
#include "sync/quota.h"
#include "sync/wire.h"
#include <stdlib.h>
#include <string.h>

static void same(json_t *written, const void *value, void *again, size_t size, bool (*read)(json_t *, void *))
{
    FUZZ_CHECK(written != NULL && read(written, again));
    FUZZ_CHECK(memcmp(value, again, size) == 0);
    json_decref(written);
}

static bool txn_read(json_t *json, void *out)
{
    return ledger_txn_from_json(json, out);
}

static void try_txn(json_t *json)
{
    static struct ledger_txn txn, again, undo;
    static const struct credit_rules rules = {.hours = {30, 0, 480, 480}, .coin_granularity_min = 60};
    struct credit_facts facts = {.original = &again, .judge = true};
    int64_t sums[BOOKS] = {0};

    if (!ledger_txn_from_json(json, &txn))
        return;
    same(ledger_txn_to_json(&txn), &txn, &again, sizeof txn, txn_read);
    credit_judge(&rules, &txn, &facts);
    if (ledger_txn_check(&txn) != LEDGER_OK)
        return;
    for (size_t i = 0; i < txn.entry_count; i++)
        sums[txn.entries[i].book] += txn.entries[i].amount;
    for (size_t book = 0; book < BOOKS; book++)
        FUZZ_CHECK(sums[book] == 0);
    FUZZ_CHECK(txn.entry_count >= 2);
    undo = (struct ledger_txn){.at_ms = txn.at_ms};
    ledger_txn_reverse(&txn, &undo);
    if (txn.type != LEDGER_REVERSE)
        FUZZ_CHECK(ledger_txn_undoes(&undo, &txn) == LEDGER_OK);
}

static bool hold_read(json_t *json, void *out)
{
    return ledger_hold_from_json(json, out);
}

static void try_hold(json_t *json)
{
    static struct ledger_hold hold, again;

    if (!ledger_hold_from_json(json, &hold))
        return;
    same(ledger_hold_to_json(&hold), &hold, &again, sizeof hold, hold_read);
    FUZZ_CHECK(hold.amount > 0 && hold.captured >= 0 && hold.captured <= hold.amount);
    FUZZ_CHECK(hold_capture(&again, hold.amount + 1, 0) == LEDGER_HOLD);
}

static bool event_read(json_t *json, void *out)
{
    return attendance_event_from_json(json, out);
}

static bool close_read(json_t *json, void *out)
{
    return attendance_close_from_json(json, out);
}

static void try_attendance(json_t *json)
{
    static struct attendance_event event, event_again;
    static struct attendance_close end, end_again;
    static const struct hours_rules rules = {30, 10, 480, 480};

    if (attendance_event_from_json(json, &event)) {
        struct attendance times = {.slot_start_ms = event.slot_start_ms, .slot_end_ms = event.slot_end_ms,
                                   .in_ms = event.slot_start_ms, .out_ms = event.at_ms};
        same(attendance_event_to_json(&event), &event, &event_again, sizeof event, event_read);
        int64_t minutes = hours_credited(&rules, &times, 0);
        FUZZ_CHECK(minutes >= 0 && minutes <= 480 && minutes % 30 == 0);
        attendance_tap(&times, event.at_ms);
    }
    if (attendance_close_from_json(json, &end))
        same(attendance_close_to_json(&end), &end, &end_again, sizeof end, close_read);
}

static bool balance_read(json_t *json, void *out)
{
    return balance_from_json(json, out);
}

static bool quota_read(json_t *json, void *out)
{
    return quota_set_from_json(json, out);
}

static void try_told(json_t *json)
{
    static struct balance balance, balance_again;
    static struct quota_set set, set_again;
    static struct credit_rules rules, rules_again;
    static const struct quota_use none[QUOTAS_MAX];
    static const uint8_t key[32] = {1};

    if (balance_from_json(json, &balance)) {
        same(balance_to_json(&balance), &balance, &balance_again, sizeof balance, balance_read);
        for (size_t book = 0; book < BOOKS; book++)
            FUZZ_CHECK(balance_spendable(&balance, (enum book)book, INT64_C(1795276800000)) >= 0);
    }
    if (quota_set_from_json(json, &set)) {
        same(quota_set_to_json(&set), &set, &set_again, sizeof set, quota_read);
        FUZZ_CHECK(quota_check(&set, "another", BOOK_COIN, "", 1, none, 0) == LEDGER_QUOTA || strcmp(set.kiosk, "another") == 0);
    }
    if (credit_rules_from_json(json, &rules)) {
        json_t *written = credit_rules_to_json(&rules);
        FUZZ_CHECK(credit_rules_from_json(written, &rules_again) && memcmp(&rules, &rules_again, sizeof rules) == 0);
        json_decref(written);
    }
    /* Nobody has the private half of this key: no input may ever open. */
    FUZZ_CHECK(!quota_open(key, "K0001", json, &set, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = size <= WIRE_PUSH_BYTES_MAX ? wire_parse((const char *)data, size, NULL) : NULL;

    if (json == NULL)
        return 0;
    try_txn(json);
    try_hold(json);
    try_attendance(json);
    try_told(json);
    json_decref(json);
    return 0;
}
