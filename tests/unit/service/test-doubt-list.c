/* SPDX-License-Identifier: Apache-2.0 */
/* What staff see of open doubts: what happened, for how long, and a next step that fits. */
#include "fixture.h"
#include "model/model.h"
#include "service/doubt-list.h"

#include <string.h>

static void doubt_put(struct store *store, struct payment *payment, const char *card, enum payment_why why)
{
    payment_make(payment, card, NULL, 8650);
    payment_put(store, payment, PAYMENT_COMMITTING);
    payment->why = why;
    payment_put(store, payment, PAYMENT_IN_DOUBT);
}

static struct kiosk_doubt *list(struct fixture *f, const struct doubt_view *view, size_t *count)
{
    g_autoptr(GError) error = NULL;
    struct kiosk_doubt *items = doubt_list(f->store, view, count, &error);

    g_assert_no_error(error);
    g_assert_nonnull(items);
    return items;
}

static void assert_step(struct fixture *f, const struct doubt_view *view, const char *step)
{
    size_t count;
    g_autofree struct kiosk_doubt *items = list(f, view, &count);

    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpstr(items[0].step, ==, step);
    g_assert_nonnull(items[0].sentence);
}

static void test_steps(struct fixture *f, const void *data)
{
    struct payment payment;
    doubt_put(f->store, &payment, CARD, PAYMENT_WHY_CARD);
    struct doubt_view view = {.kiosk_id = "K0001", .card_number = "", .store_ok = true, .now_ms = payment.at_ms + 60000};

    assert_step(f, &view, "ASK_HOLDER");
    view.card_number = CARD;
    assert_step(f, &view, "CARD_AGAIN");
    view.now_ms = payment.at_ms + 8 * INT64_C(86400000);
    assert_step(f, &view, "TWO_PEOPLE"); /* its log has moved on: asking again is of no use */
    view.store_ok = false;
    assert_step(f, &view, "DISK");
}

static void test_items(struct fixture *f, const void *data)
{
    struct payment first, second, elsewhere;
    g_autoptr(GError) error = NULL;
    size_t count;

    doubt_put(f->store, &first, CARD, PAYMENT_WHY_STOPPED);
    doubt_put(f->store, &second, OTHER, PAYMENT_WHY_CARD);
    payment_make(&elsewhere, CARD, NULL, 700);
    elsewhere.state = PAYMENT_IN_DOUBT;
    json_t *items_json =
        json_pack("[{s:s, s:s, s:i, s:b, s:{s:s, s:s, s:s, s:s, s:o}}]", "topic", "doubt", "key", elsewhere.id, "version", 1,
                  "deleted", 0, "value", "id", elsewhere.id, "card_token", TOKEN, "kiosk", "K0002", "state", "OPEN",
                  "payment", payment_to_json(&elsewhere));
    g_assert_true(store_feed_apply(f->store, items_json, "c", &error));
    json_decref(items_json);
    struct doubt_view view = {.kiosk_id = "K0001", .card_number = "", .store_ok = true, .now_ms = first.at_ms - 5000};
    g_autofree struct kiosk_doubt *items = list(f, &view, &count);
    g_assert_cmpuint(count, ==, 3);
    g_assert_cmpstr(items[0].id, ==, first.id);
    g_assert_cmpstr(items[0].happened, ==, "STOPPED");
    g_assert_cmpstr(items[0].card_last4, ==, "1017");
    g_assert_cmpint(items[0].age_ms, ==, 0); /* a clock that was set back makes nobody younger than new */
    g_assert_true(items[0].own && items[1].own && !items[2].own);
    g_assert_cmpstr(items[1].happened, ==, "CARD");
    g_assert_cmpstr(items[2].kiosk, ==, "K0002");
    g_autofree char *text = doubt_text(&items[2]);
    g_assert_nonnull(strstr(text, "K0002"));
    g_assert_nonnull(strstr(text, "7.00"));
    g_assert_nonnull(strstr(text, "**** 1017"));
    g_assert_null(strstr(text, CARD)); /* never the whole number */
}

static void test_none(struct fixture *f, const void *data)
{
    struct doubt_view view = {.kiosk_id = "K0001", .card_number = "", .store_ok = true, .now_ms = 0};
    size_t count = 9;
    g_autofree struct kiosk_doubt *items = list(f, &view, &count);

    g_assert_cmpuint(count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/service/doubt-list/steps", test_steps);
    FIXTURE_ADD("/service/doubt-list/items", test_items);
    FIXTURE_ADD("/service/doubt-list/none", test_none);
    return g_test_run();
}
