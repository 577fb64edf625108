/* SPDX-License-Identifier: Apache-2.0 */
/** The staff's list of open doubts: what happened, for how long, and the next step. For the screen and for the command line. */
#ifndef SERVICE_DOUBT_LIST_H
#define SERVICE_DOUBT_LIST_H

#include "service/kiosk.h"
#include "store/store.h"

struct doubt_view {
    const char *kiosk_id;    /* ours */
    const char *card_number; /* of the card on the reader, "" none */
    bool store_ok;
    int64_t now_ms;
};

/** Our own first, oldest first, then those of other kiosks. An array of *count, g_free it; NULL and error. */
struct kiosk_doubt *doubt_list(struct store *store, const struct doubt_view *view, size_t *count, GError **error);
/** One item as lines for people, the next step in both languages of the catalogues; g_free. */
char *doubt_text(const struct kiosk_doubt *doubt);

#endif
