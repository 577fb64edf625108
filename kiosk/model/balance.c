/* SPDX-License-Identifier: Apache-2.0 */
#include "model/balance.h"
#include "model/model.h"
#include "model/strict.h"

#include <string.h>

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

int64_t balance_spendable(const struct balance *balance, enum book book, int64_t now_ms)
{
    int64_t free = balance->books[book].balance;
    uint32_t today = date_of_ms(now_ms);

    if (book == BOOK_POINTS || book == BOOK_COIN) {
        int64_t living = 0;
        for (size_t i = 0; i < balance->lot_count; i++)
            if (balance->lots[i].book == book && (balance->lots[i].expires_on == 0 || today < balance->lots[i].expires_on))
                living += balance->lots[i].remaining;
        free = MIN(free, living);
    }
    return MAX(0, free - (now_ms < balance->books[book].held_until_ms ? balance->books[book].held : 0));
}

int64_t balance_seen(const struct balance *balance, const char *kiosk)
{
    for (size_t i = 0; i < balance->seen_count; i++)
        if (strcmp(balance->seen[i].kiosk, kiosk) == 0)
            return balance->seen[i].seq;
    return 0;
}

/* Without room nothing may look longer-lived than it is: it joins what ends no later. */
void balance_add_lot(struct balance *balance, enum book book, uint32_t expires_on, int64_t remaining)
{
    struct balance_lot *soonest = NULL;

    for (size_t i = 0; i < balance->lot_count; i++) {
        struct balance_lot *lot = &balance->lots[i];
        if (lot->book != book)
            continue;
        if (lot->expires_on == expires_on) {
            lot->remaining += remaining;
            return;
        }
        if (lot->expires_on != 0 && (soonest == NULL || lot->expires_on < soonest->expires_on))
            soonest = lot;
    }
    if (balance->lot_count < BALANCE_LOTS_MAX)
        balance->lots[balance->lot_count++] = (struct balance_lot){book, expires_on, remaining};
    else if (soonest != NULL && (expires_on == 0 || soonest->expires_on < expires_on))
        soonest->remaining += remaining;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static const enum book TOLD[] = {BOOK_HOURS, BOOK_POINTS, BOOK_COIN, BOOK_SUBSIDY};

static json_t *books_to_json(const struct balance *balance)
{
    json_t *books = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(TOLD); i++)
        json_object_set_new(books, book_name(TOLD[i]),
                            json_pack("{s:I, s:I, s:I}", "balance", (json_int_t)balance->books[TOLD[i]].balance, "held",
                                      (json_int_t)balance->books[TOLD[i]].held, "held_until_ms",
                                      (json_int_t)balance->books[TOLD[i]].held_until_ms));
    return books;
}

json_t *balance_to_json(const struct balance *balance)
{
    json_t *lots = json_array(), *seen = json_object();

    for (size_t i = 0; i < balance->lot_count; i++)
        json_array_append_new(lots, json_pack("{s:s, s:I, s:I}", "book", book_name(balance->lots[i].book), //
                                              "expires_on", (json_int_t)balance->lots[i].expires_on, "remaining",
                                              (json_int_t)balance->lots[i].remaining));
    for (size_t i = 0; i < balance->seen_count; i++)
        json_object_set_new(seen, balance->seen[i].kiosk, json_integer(balance->seen[i].seq));
    return json_pack("{s:s, s:I, s:i, s:b, s:b, s:i, s:o, s:o, s:o}", "card_token", balance->token, "asof_ms",
                     (json_int_t)balance->asof_ms, "age", balance->age, "hardship", balance->hardship, //
                     "frozen", balance->frozen, "stars", (int)balance->stars, "books", books_to_json(balance), //
                     "lots", lots, "seen", seen);
}

static bool books_from_json(json_t *json, struct balance *out)
{
    struct strict books = strict_open(json);

    for (size_t i = 0; i < G_N_ELEMENTS(TOLD); i++) {
        struct strict r = strict_open(strict_take(&books, book_name(TOLD[i])));
        out->books[TOLD[i]].balance = strict_int(&r, "balance", -LEDGER_AMOUNT_MAX, LEDGER_AMOUNT_MAX);
        out->books[TOLD[i]].held = strict_int(&r, "held", 0, LEDGER_AMOUNT_MAX);
        out->books[TOLD[i]].held_until_ms = strict_int(&r, "held_until_ms", 0, STRICT_MS_MAX);
        if (!strict_done(&r))
            return false;
    }
    return strict_done(&books);
}

static bool lots_from_json(json_t *json, struct balance *out)
{
    size_t count = json_array_size(json);

    if (!json_is_array(json) || count > BALANCE_LOTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct strict r = strict_open(json_array_get(json, i));
        char book[16] = "";
        strict_text(&r, "book", 1, book, sizeof book);
        out->lots[i].expires_on = (uint32_t)strict_int(&r, "expires_on", 0, 99991231);
        out->lots[i].remaining = strict_int(&r, "remaining", 0, LEDGER_AMOUNT_MAX);
        if (!strict_done(&r) || !book_parse(book, &out->lots[i].book))
            return false;
    }
    out->lot_count = count;
    return true;
}

static bool seen_from_json(json_t *json, struct balance *out)
{
    const char *kiosk;
    json_t *seq;

    if (!json_is_object(json) || json_object_size(json) > BALANCE_SEEN_MAX)
        return false;
    json_object_foreach(json, kiosk, seq) {
        if (strlen(kiosk) >= sizeof out->seen[0].kiosk || !json_is_integer(seq) || json_integer_value(seq) < 0)
            return false;
        g_strlcpy(out->seen[out->seen_count].kiosk, kiosk, sizeof out->seen[0].kiosk);
        out->seen[out->seen_count++].seq = json_integer_value(seq);
    }
    return true;
}

bool balance_from_json(json_t *json, struct balance *out)
{
    g_autofree struct balance *balance = g_new0(struct balance, 1);
    struct strict r = strict_open(json);

    strict_text(&r, "card_token", 32, balance->token, sizeof balance->token);
    balance->asof_ms = strict_int(&r, "asof_ms", 0, STRICT_MS_MAX);
    balance->age = (int)strict_int(&r, "age", -1, 150);
    balance->hardship = strict_bool(&r, "hardship");
    balance->frozen = strict_bool(&r, "frozen");
    balance->stars = (unsigned)strict_int(&r, "stars", 0, 5);
    bool parts = books_from_json(strict_take(&r, "books"), balance);
    parts = lots_from_json(strict_take(&r, "lots"), balance) && parts;
    parts = seen_from_json(strict_take(&r, "seen"), balance) && parts;
    if (!parts || !strict_done(&r))
        return false;
    *out = *balance;
    return true;
}
