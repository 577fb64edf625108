/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine may do now, and telling the screen (F28). */
#include "service/internal.h"

#include <string.h>

#define TELL_AGAIN_MS 60000

static struct sync_status sync_now(struct kiosk *kiosk)
{
    g_mutex_lock(&kiosk->sync_lock);
    struct sync_status status = kiosk->sync_status;
    g_mutex_unlock(&kiosk->sync_lock);
    return status;
}

bool health_online(struct kiosk *kiosk)
{
    return sync_now(kiosk).online;
}

static int64_t hotlist_age_ms(struct kiosk *kiosk)
{
    int64_t version = 0, issued_ms = 0, confirmed_ms = 0;

    if (!store_hotlist_info(kiosk->store, &version, &issued_ms, &confirmed_ms) || version == 0)
        return -1;
    return MAX(0, health_now_ms(kiosk) - MAX(issued_ms, confirmed_ms));
}

enum ladder health_ladder(struct kiosk *kiosk)
{
    return ladder_of(health_online(kiosk), hotlist_age_ms(kiosk));
}

/* The platform's last word was that it does not know this kiosk (any more). Losing the network, the power or the process
 * after that changes nothing. */
bool health_revoked(struct kiosk *kiosk)
{
    return store_revoked(kiosk->store);
}

/* On a disk that the platform knows more of, new events get places that are taken: money that no ledger would hear of. */
enum kiosk_records health_records(struct kiosk *kiosk)
{
    enum store_state state = store_state(kiosk->store, NULL);

    if (state == STORE_LOST)
        return KIOSK_RECORDS_LOST;
    if (state != STORE_WHOLE || sync_now(kiosk).disk_old)
        return KIOSK_RECORDS_WAIT;
    if (store_room(kiosk->store) == STORE_ROOM_NONE)
        return KIOSK_RECORDS_FULL;
    return kiosk->store_ok && !kiosk->books_broken ? KIOSK_RECORDS_GOOD : KIOSK_RECORDS_TROUBLE;
}

bool health_store_ok(struct kiosk *kiosk)
{
    return health_records(kiosk) == KIOSK_RECORDS_GOOD;
}

const char *health_records_code(struct kiosk *kiosk)
{
    static const char *const CODES[] = {[KIOSK_RECORDS_TROUBLE] = "STORE",
                                        [KIOSK_RECORDS_WAIT] = "JOURNAL_WAITS",
                                        [KIOSK_RECORDS_LOST] = "JOURNAL_LOST",
                                        [KIOSK_RECORDS_FULL] = "DISK_FULL"};
    return CODES[health_records(kiosk)];
}

/* A clock that went back would reopen windows that had closed; one far from the platform's is simply wrong. */
bool health_clock_trusted(struct kiosk *kiosk)
{
    struct clock_view view;

    store_clock(kiosk->store, &view);
    return view.trust != CLOCK_UNTRUSTED;
}

int64_t health_now_ms(const struct kiosk *kiosk)
{
    return store_true_ms(kiosk->store);
}

static enum kiosk_reader_status reader_status(const struct kiosk *kiosk)
{
    const struct cc_reader_list *list = &kiosk->readers;
    bool in_use = false;

    if (list->service == CC_READER_NO_SERVICE)
        return KIOSK_READER_NO_SERVICE;
    for (size_t i = 0; i < list->count; i++) {
        const struct cc_reader *reader = &list->readers[i];
        if (kiosk->sam.card.link != NULL && strcmp(reader->name, kiosk->sam.reader) == 0)
            continue;
        if (reader->state == CC_READER_IN_USE)
            in_use = true;
        else if (reader->state != CC_READER_GONE)
            return KIOSK_READER_READY;
    }
    return in_use ? KIOSK_READER_IN_USE : KIOSK_READER_NONE;
}

static struct kiosk_status status_now(struct kiosk *kiosk)
{
    struct sync_status sync = sync_now(kiosk);
    struct kiosk_status status = {0};
    struct clock_view clock;

    status.reader = reader_status(kiosk);
    status.sam_ready = kiosk->sam.card.link != NULL;
    status.online = sync.online;
    status.synced_ms = sync.synced_ms;
    status.hotlist_age_ms = hotlist_age_ms(kiosk);
    status.waiting = store_outbox_waiting(kiosk->store);
    status.refused = store_refused_count(kiosk->store);
    status.in_doubt = store_payments_in_doubt(kiosk->store);
    store_clock(kiosk->store, &clock);
    status.clock_trusted = clock.trust != CLOCK_UNTRUSTED;
    status.clock_drifting = clock.trust == CLOCK_DRIFTING;
    status.records = health_records(kiosk);
    status.store_ok = status.records == KIOSK_RECORDS_GOOD;
    status.disk_little = store_room(kiosk->store) == STORE_ROOM_LITTLE;
    status.hotlist_damaged = store_hotlist_damaged(kiosk->store);
    status.key_in_file = kiosk->key_in_file;
    status.allowed = health_revoked(kiosk) ? KIOSK_ALLOWED_PUBLIC
                                       : (enum kiosk_allowed)ladder_of(sync.online, status.hotlist_age_ms);
    return status;
}

/* Same but for the two figures that grow by themselves. By members: copies of a struct do not keep its padding. */
static bool status_same(const struct kiosk_status *a, const struct kiosk_status *b)
{
    return a->reader == b->reader && a->sam_ready == b->sam_ready && a->online == b->online &&
           a->waiting == b->waiting && a->refused == b->refused && a->in_doubt == b->in_doubt &&
           a->clock_trusted == b->clock_trusted && a->clock_drifting == b->clock_drifting &&
           a->records == b->records && a->disk_little == b->disk_little && a->hotlist_damaged == b->hotlist_damaged &&
           a->key_in_file == b->key_in_file && a->allowed == b->allowed;
}

void health_tell(struct kiosk *kiosk)
{
    struct kiosk_status status = status_now(kiosk);
    int64_t now = clock_boot_ms();
    bool first = kiosk->told_ms == 0;

    if (!first && status_same(&status, &kiosk->told) && now - kiosk->told_ms < TELL_AGAIN_MS)
        return;
    kiosk->told = status;
    kiosk->told_ms = now;
    kiosk_post(kiosk, &(struct kiosk_event){.kind = KIOSK_EVENT_STATUS, .status = status}, NULL);
}
