/* SPDX-License-Identifier: Apache-2.0 */
#include "roomkit.h"
#include "fixture.h"
#include "device/config.h"
#include "device/files.h"
#include "device/keys.h"
#include "hotkit.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#define READER "Room"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
#define IDENTITY                                                                                                                      \
    "{\"kiosk\":\"K0001\",\"place_zh\":\"燕塔社区服务中心\",\"place_en\":\"Yanta Service Centre\",\"epoch\":1,\"chain_nonce\":\"" ZEROS \
    "\",\"index_key\":\"" ZEROS "\",\"signing_key\":\"" ZEROS "\",\"seal_keys\":[\"" ZEROS "\"]}"

/* Always news: so a look that the worker's next turn has to act upon is seen, too. */
static int hall_wait(void *ctx, unsigned timeout_ms, struct cc_reader_list *out)
{
    const struct roomkit *kit = ctx;

    memset(out, 0, sizeof *out);
    out->service = CC_READER_EMPTY;
    out->count = 1;
    out->readers[0].events = kit->events;
    out->readers[0].state = kit->lies ? CC_READER_CARD : CC_READER_EMPTY;
    g_strlcpy(out->readers[0].name, READER, sizeof out->readers[0].name);
    return CC_OK;
}

static int hall_open(void *ctx, const char *reader, enum cc_share share, unsigned timeout_ms, struct hall_card *out)
{
    memset(out, 0, sizeof *out);
    return CC_ERR_NO_CARD;
}

static void hall_nothing(void *ctx)
{
}

static void hall_close(void *ctx, struct hall_card *card, bool reset)
{
}

static void start(struct roomkit *kit)
{
    const struct hall hall = {.ctx = kit, .wait = hall_wait, .wake = hall_nothing, .open = hall_open, .close = hall_close, .free = hall_nothing};
    g_autoptr(GError) error = NULL;

    kit->kiosk = kiosk_open(kit->config, &hall, kit->transport, kit->fn, kit->data, &error);
    g_assert_no_error(error);
    kit->kiosk->raised_ms = kit->kiosk->swept_ms = clock_boot_ms();
}

static void enrol(struct roomkit *kit)
{
    g_autoptr(GError) error = NULL;
    struct device_keys *keys = device_keys_open(kit->dir, &error);

    g_assert_no_error(error);
    g_autofree char *sealed = device_keys_wrap(keys, "platform.json", IDENTITY, &error);
    g_assert_no_error(error);
    g_assert_true(file_put(kit->dir, "platform.json", sealed, strlen(sealed), NULL));
    device_keys_free(keys);
    kit->config->platform_url = g_strdup("https://platform.example:8443");
}

void roomkit_open(struct roomkit *kit, kiosk_event_fn fn, void *data)
{
    roomkit_open_enrolled(kit, NULL, fn, data);
}

void roomkit_open_enrolled(struct roomkit *kit, const struct transport *transport, kiosk_event_fn fn, void *data)
{
    g_autoptr(GError) error = NULL;

    kit->dir = g_dir_make_tmp("citycard-room-XXXXXX", &error);
    g_assert_no_error(error);
    kit->config = kiosk_config_load(kit->dir, &error);
    g_assert_no_error(error);
    kit->fn = fn;
    kit->data = data;
    start(kit);
    if (transport != NULL) {
        enrol(kit); /* it ran before: an enrolled one with nothing on its disk has lost what was there, and waits for the platform */
        kit->transport = transport;
        roomkit_restart(kit);
    }
    hotkit_give(kit->kiosk->store, 1, now_ms(), json_array(), &error);
    g_assert_no_error(error);
}

void roomkit_restart(struct roomkit *kit)
{
    kiosk_free(kit->kiosk);
    kit->lies = false;
    start(kit);
}

void roomkit_online(struct roomkit *kit, bool online)
{
    g_mutex_lock(&kit->kiosk->sync_lock);
    kit->kiosk->sync_status.online = online;
    g_mutex_unlock(&kit->kiosk->sync_lock);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

void roomkit_close(struct roomkit *kit)
{
    g_autoptr(GError) error = NULL;

    store_rebuild(kit->kiosk->store, &error);
    g_assert_no_error(error);
    kiosk_free(kit->kiosk);
    kiosk_config_free(kit->config);
    g_assert_cmpint(nftw(kit->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(kit->dir);
}

void roomkit_feed(struct roomkit *kit, const char *topic, const char *key, json_t *value)
{
    static int version;
    g_autoptr(GError) error = NULL;
    json_t *items = json_pack("[{s:s, s:s, s:i, s:b, s:o?}]", "topic", topic, "key", key, "version", ++version, "deleted",
                              value == NULL, "value", value);

    store_feed_apply(kit->kiosk->store, items, "c", &error);
    g_assert_no_error(error);
    json_decref(items);
}

void roomkit_swap(struct roomkit *kit)
{
    kit->events += 2;
    kit->lies = true;
}

static void told(struct roomkit *kit)
{
    kiosk_post(kit->kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_CARD}, NULL);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    kit->kiosk->asked_in = kit->kiosk->session.number;
}

void roomkit_lift(struct roomkit *kit)
{
    kit->lies = false;
    kit->events++;
    kit->kiosk->session.present = false;
}

void roomkit_lay(struct roomkit *kit, const char *token)
{
    struct session *session = &kit->kiosk->session;

    session->present = true;
    session->closed = false;
    session->verdict = KIOSK_CARD_OK;
    session->number = ++kit->kiosk->sessions;
    session->events = kit->events;
    kit->lies = true;
    g_strlcpy(session->reader, READER, sizeof session->reader);
    g_strlcpy(session->token, token, sizeof session->token);
    told(kit);
}

void roomkit_pay(struct roomkit *kit, const char *card_number, struct payment *payment)
{
    payment_make(payment, card_number, NULL, 8640);
    payment_put(kit->kiosk->store, payment, PAYMENT_COMMITTING);
}

void roomkit_paid(struct roomkit *kit, struct payment *payment)
{
    payment_put(kit->kiosk->store, payment, PAYMENT_CONFIRMED);
}

json_t *roomkit_written(struct roomkit *kit, const char *type, unsigned *count)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = store_outbox(kit->kiosk->store, 100, 1 << 20, &error);
    json_t *last = NULL;

    g_assert_no_error(error);
    *count = 0;
    for (guint i = 0; i < rows->len; i++) {
        json_t *body = json_loads(((const struct store_row *)g_ptr_array_index(rows, i))->body, 0, NULL);
        if (strcmp(json_string_value(json_object_get(body, "type")), type) == 0) {
            json_decref(last);
            last = json_incref(json_object_get(body, "data"));
            (*count)++;
        }
        json_decref(body);
    }
    return last;
}

char *roomkit_paper_text(const char *pdf)
{
    const char *argv[] = {"pdftotext", "-layout", pdf, "-", NULL};
    char *text = NULL;

    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, NULL));
    return text;
}

void roomkit_deliver(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}
